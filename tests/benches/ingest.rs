//! How many entries a second one node takes in: verified, admitted and durable in its journal before they are
//! acknowledged, over the very driver that runs in a node, beside what its cores can verify at all.
//!
//! Townships that were cut off give what their reporters wrote, as their sessions would: `Give` frames of 32 KiB, never
//! more unacknowledged than a session keeps in flight. The frames are made beforehand, so that the time is the taker's.
//! What is printed: entries a second, the ratio to verifying alone in the same run, where the time went, how far the
//! index lagged behind and when it had caught up, and memory.
//!
//! `cargo bench -p tests`; `FANGWEI_ENTRIES` says how many entries, `FANGWEI_DIR` on which disk.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on should stop")]

use std::{
    collections::VecDeque,
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use fangwei_node::{
    identity::Identity,
    run::{self, Core, Outbox},
    store::{Lag, StoreOptions},
};
use fangwei_protocol::{
    limits::{GIVE_BYTES, IN_FLIGHT_BYTES_MAX},
    record::{
        entry::Claim,
        message::{Frame, Parcel},
    },
    records::Fact,
    replica::{PeerId, Replica, Unchecked},
    trust::{
        charter::Role,
        key::{KeyPair, PublicKey},
    },
};
use rayon::prelude::*;
use tests::{
    load::{Reporter, Written},
    pace::{Clock, Pace, memory, mib},
    world::{Officer, World},
};

const COUNTY: &str = "370126";

/// Keys the index may lag behind in the run that shows what goes on for hours: so few that it must keep up.
const KEYS_FEW: usize = 20_000;

/// One township with what it has to give.
struct Township {
    key: KeyPair,
    hello: Frame,
    frames: Vec<Vec<u8>>,
    weights: Vec<usize>,
}

fn main() {
    // `cargo bench` says `--bench`; `cargo test --benches` does not and wants to see only that it runs.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let entries =
        env::var("FANGWEI_ENTRIES").map_or(if is_bench { 60_000 } else { 2_000 }, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let usual = StoreOptions::default().tail_keys_max;
    let runs: &[(u64, usize)] = if is_bench { &[(1, usual), (13, usual), (13, KEYS_FEW)] } else { &[(2, usual)] };
    for &(townships, tail_keys_max) in runs {
        let county = County::with(townships, entries / townships);
        let raw = county.verify_alone();
        println!("{entries} entries of {townships} townships, the index at most {tail_keys_max} keys behind");
        runtime.block_on(county.take(tail_keys_max)).print(&raw);
    }
}

/// The taker and those who give.
struct County {
    world: World,
    townships: Vec<Township>,
    parcels: Vec<(Vec<u8>, Arc<[u8]>, PublicKey)>,
}

impl County {
    fn with(townships: u64, entries: u64) -> County {
        let mut world = World::new(COUNTY);
        let units: Vec<String> = (1..=townships).map(|number| format!("{COUNTY}.{:03}", 100 + number)).collect();
        let officers: Vec<Officer> = units
            .iter()
            .map(|unit| {
                world.add_node(unit);
                world.add_officer(unit, &[Role::REPORTER])
            })
            .collect();
        let genesis = world.genesis.hash();
        let written: Vec<Written> = units
            .par_iter()
            .zip(&officers)
            .map(|(unit, by)| Reporter::new(unit, by).write(&genesis, entries))
            .collect();
        let mut parcels = Vec::new();
        let mut all = Vec::new();
        for ((unit, by), written) in units.iter().zip(&officers).zip(written) {
            let (frames, weights) = in_frames(&written);
            let key = KeyPair::from_seed(world.node(unit).key_pair().seed());
            all.push(Township { key, hello: Frame::Hello(world.hello_of(unit)), frames, weights });
            let author = World::key_of(by).public();
            parcels.extend(written.into_iter().map(|(entry, body)| (entry.to_vec(), body, author)));
        }
        County { world, townships: all, parcels }
    }

    /// Signature checks alone, on all cores: what nothing can be faster than.
    fn verify_alone(&self) -> Pace {
        let genesis = self.world.genesis.hash();
        let claims: Vec<_> = self
            .parcels
            .iter()
            .map(|(entry, body, key)| Unchecked::new(Claim::parse(entry).unwrap(), Some(body.clone()), *key))
            .collect();
        let count = claims.len();
        let clock = Clock::start();
        claims.into_par_iter().for_each(|claim| drop(claim.check(&genesis).unwrap()));
        clock.pace(count as u64)
    }

    /// Lets the county's node take everything in.
    async fn take(self, tail_keys_max: usize) -> Taken {
        let dir = env::var_os("FANGWEI_DIR").map_or_else(env::temp_dir, PathBuf::from);
        let dir = tempfile::tempdir_in(dir).unwrap();
        let (identity, before) = self.prepare(dir.path());
        let entries = self.parcels.len() as u64;
        let County { townships, parcels, .. } = self;
        drop(parcels);
        let options = StoreOptions { tail_keys_max, ..StoreOptions::default() };
        let core = Core::start(dir.path(), Arc::new(identity), options, &mut |_| {}).unwrap();
        let memory_before = memory("VmRSS:");
        // The peak so far is that of writing all this.
        fs::write("/proc/self/clear_refs", "5").ok();
        let clock = Clock::start();
        let mut giving = tokio::task::JoinSet::new();
        for (number, township) in townships.into_iter().enumerate() {
            giving.spawn(give(core.clone(), PeerId(number as u64 + 1), township));
        }
        let mut lag_max = Lag::default();
        let watching = tokio::spawn({
            let core = core.clone();
            async move {
                loop {
                    let lag = lag(&core).await;
                    lag_max = if lag.keys > lag_max.keys { lag } else { lag_max };
                    if core.counts().admitted.load(Ordering::Relaxed) >= entries {
                        return (lag, lag_max);
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        });
        while let Some(given) = giving.join_next().await {
            given.unwrap();
        }
        let durable = clock.pace(entries);
        let spent = Spent::of(&core);
        let (lag_after, lag_max) = watching.await.unwrap();
        while lag(&core).await != Lag::default() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let indexed = clock.pace(entries);
        let spent_in_all = Spent::of(&core);
        let held = core.read(|sight| sight.replica.log_length().0).await.unwrap();
        assert_eq!(held, before + entries);
        let syncs = core.counts().syncs.load(Ordering::Relaxed);
        let memory_peak = memory("VmHWM:").saturating_sub(memory_before);
        let bytes = bytes_below(&dir.path().join("journal"));
        core.stop().await;
        Taken { entries, durable, indexed, spent, spent_in_all, lag_after, lag_max, syncs, memory_peak, bytes }
    }

    /// The county's node as it stands before: it holds the charters. Returns also how many entries that are.
    fn prepare(&self, dir: &Path) -> (Identity, u64) {
        let county = self.world.node(COUNTY);
        let me = county.replica.me().clone();
        let key = KeyPair::from_seed(county.key_pair().seed());
        let identity = Identity {
            genesis: fangwei_protocol::trust::genesis::SignedGenesis::new(self.world.genesis.clone()),
            me,
            key,
        };
        let (mut store, mut replica) = run::open(dir, &identity, StoreOptions::default(), &mut |_| {}).unwrap();
        for fact in county.records.facts() {
            let Fact::Entry { entry, body, .. } = fact else { continue };
            let claim = Claim::parse(entry).unwrap();
            let key = key_of(&replica, &claim);
            let checked = Unchecked::new(claim, body.clone(), key).check(&self.world.genesis.hash()).unwrap();
            let batch = replica.admit(&checked, &store).unwrap().unwrap();
            store.put(batch).unwrap();
        }
        store.close().unwrap();
        (identity, replica.log_length().0)
    }
}

fn key_of(replica: &Replica, claim: &Claim) -> PublicKey {
    replica.charter().complete(&claim.claimed_author()).unwrap().certificate.key
}

/// The frames a session makes of it, and what each weighs.
fn in_frames(written: &[(Arc<[u8]>, Arc<[u8]>)]) -> (Vec<Vec<u8>>, Vec<usize>) {
    let (mut frames, mut weights) = (Vec::new(), Vec::new());
    let (mut parcels, mut weight) = (Vec::new(), 0);
    let mut rest = written.iter().peekable();
    while let Some((entry, body)) = rest.next() {
        let parcel = Parcel::new(entry, Some(body));
        weight += parcel.weight();
        parcels.push(parcel);
        if weight >= GIVE_BYTES || rest.peek().is_none() {
            frames.push(Frame::Give(std::mem::take(&mut parcels)).to_bytes());
            weights.push(std::mem::take(&mut weight));
        }
    }
    (frames, weights)
}

/// Gives everything, with no more in flight than a session has, and waits until all of it is acknowledged.
async fn give(core: Core, peer: PeerId, township: Township) {
    let (outbox, mut answers) = Outbox::pair();
    core.attach(peer, township.key.public(), false, outbox).await;
    core.received(peer, township.hello.to_bytes()).await;
    let frames = township.frames.len() as u64;
    let mut to_give = township.frames.into_iter().zip(township.weights);
    let (mut in_flight, mut in_flight_bytes) = (VecDeque::new(), 0);
    let mut acked = 0;
    let mut met = false;
    while acked < frames {
        while met
            && in_flight_bytes < IN_FLIGHT_BYTES_MAX - GIVE_BYTES
            && let Some((frame, weight)) = to_give.next()
        {
            in_flight.push_back(weight);
            in_flight_bytes += weight;
            core.received(peer, frame).await;
        }
        match answers.next().await {
            Some(outgoing) => match Frame::parse(&outgoing.frame).unwrap() {
                Frame::Hello(_) => met = true,
                Frame::Ack(ack) => {
                    while acked < ack.frames {
                        acked += 1;
                        in_flight_bytes -= in_flight.pop_front().unwrap();
                    }
                }
                other => panic!("{other:?}"),
            },
            None => panic!("the county ended the session"),
        }
    }
    core.detach(peer).await;
}

async fn lag(core: &Core) -> Lag {
    core.read(|sight| sight.store.lag()).await.unwrap()
}

/// What one run showed.
struct Taken {
    entries: u64,
    durable: Pace,
    indexed: Pace,
    spent: Spent,
    spent_in_all: Spent,
    lag_after: Lag,
    lag_max: Lag,
    syncs: u64,
    memory_peak: u64,
    bytes: u64,
}

/// Where the driver's thread spent its time, in microseconds.
struct Spent {
    checking: u64,
    deciding: u64,
    syncing: u64,
    indexing: u64,
}

impl Spent {
    fn of(core: &Core) -> Spent {
        let read = |of: &std::sync::atomic::AtomicU64| of.load(Ordering::Relaxed);
        let counts = core.counts();
        Spent {
            checking: read(&counts.checking_us),
            deciding: read(&counts.deciding_us),
            syncing: read(&counts.syncing_us),
            indexing: read(&counts.indexing_us),
        }
    }
}

impl Taken {
    fn print(&self, raw: &Pace) {
        let per_entry = |us: u64| us as f64 / self.entries as f64;
        let Spent { checking, deciding, syncing, indexing } = self.spent;
        println!("  verified alone, on all cores {raw}");
        for (what, pace) in [("durable in the journal", &self.durable), ("and in the index", &self.indexed)] {
            println!("  {what:<28} {pace}, ratio {:.2}", pace.a_second() / raw.a_second());
        }
        println!(
            "  an entry's {:.1} µs: checking {:.1}, deciding {:.1}, syncing {:.1}, indexing {:.1} (in the end {:.1})",
            1e6 / self.durable.a_second(),
            per_entry(checking),
            per_entry(deciding),
            per_entry(syncing),
            per_entry(indexing),
            per_entry(self.spent_in_all.indexing),
        );
        println!(
            "  index behind: at most {} keys ({:.1} MiB), {} when all was durable; caught up {:.1} s later",
            self.lag_max.keys,
            mib(self.lag_max.bytes as u64),
            self.lag_after.keys,
            (self.indexed.took - self.durable.took).as_secs_f64()
        );
        let (journal, memory) = (mib(self.bytes), mib(self.memory_peak));
        println!("  {} syncs, {journal:.1} MiB in the journal, {memory:.1} MiB of memory above the frames", self.syncs);
    }
}

fn bytes_below(dir: &Path) -> u64 {
    fs::read_dir(dir).unwrap().map(|found| found.unwrap().metadata().unwrap().len()).sum()
}
