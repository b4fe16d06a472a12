//! A process that writes to a store until it is stopped, and what must be true of the store afterwards.
//!
//! Both halves are shared by the ways of stopping it: pulling the plug, kill −9, calls of the disk that fail. The
//! writer is the test's own executable, started again with a variable set. It says on its standard output what it is
//! about to do, so that it can be hit there. What it writes at a log index depends on that index alone, so the checker
//! knows what to expect without being told; and it is signed beforehand, so that the writer spends its time where it
//! is to be hit, in the store.

// Each way of stopping it uses its part.
#![allow(dead_code, reason = "shared by several targets, none of which needs all of it")]

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fangwei_node::store::{Opened, Store, StoreFailure, StoreOptions, journal_facts};
use fangwei_protocol::{
    record::{
        cbor,
        entry::{DocId, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
    },
    records::{Batch, Fact, LogIndex, Record, Records, indexes, indexes_value, key},
    trust::{genesis::GenesisHash, key::KeyPair},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::phases::{Aim, Phase};

/// Where the writer finds its store; without it there is nothing to write.
const STORE: &str = "FANGWEI_WRITER_STORE";

/// What it draws its batches from.
const SEED: &str = "FANGWEI_WRITER_SEED";

/// Set: the writer acknowledges what it does not sync, a mistake that has to be found.
const UNSYNCED: &str = "FANGWEI_WRITER_DOES_NOT_SYNC";

/// Entries of each sync; drawn, if it is not set.
const BATCH: &str = "FANGWEI_WRITER_BATCH";

/// Set: the writer derives its index anew now and then.
const REBUILDS: &str = "FANGWEI_WRITER_REBUILDS";

/// Key of a sum over all entries, which every batch reads and writes.
const TOTAL: &[u8] = b"ttotal";

/// The tree all of this happens in.
const GENESIS: GenesisHash = GenesisHash(Hash([9; 32]));

/// How many lives a writer is to live through whatever its disk does, before it ends.
const ENDURES: &str = "FANGWEI_WRITER_ENDURES";

/// Failures before a writer gives up: more than any fault lasts.
const FAILURES_MAX: u64 = 100;

/// Small enough that segments, moves into the index and waits for it happen within a second.
fn options() -> StoreOptions {
    StoreOptions {
        segment_bytes_max: 2 * 1024 * 1024,
        cache_bytes: 1024 * 1024,
        tail_bytes_max: 4 * 1024 * 1024,
        tail_keys_max: 20_000,
        room_bytes_min: 8 * 1024 * 1024,
        ..StoreOptions::default()
    }
}

/// How often a test is to try, by default so many times.
pub(crate) fn rounds(default: u64) -> u64 {
    env::var("FANGWEI_ROUNDS").map_or(default, |text| text.parse().unwrap())
}

/// A writer at work.
pub(crate) struct Writer {
    child: Child,
    acknowledged: Arc<AtomicU64>,
    /// What it says it is about to do.
    phases: Receiver<Phase>,
    /// Reads what it says until it ends; knows what it was about to do last.
    reader: JoinHandle<(Option<Phase>, Vec<String>)>,
    /// Reads what it says about itself: a cut makes it say much, and only an end by itself makes that worth reading.
    listener: JoinHandle<String>,
}

/// How a writer ended.
pub(crate) struct Stopped {
    /// Entries it had said were safe.
    pub(crate) acknowledged: u64,
    /// What it was doing when it ended; none if it had not begun.
    pub(crate) phase: Option<Phase>,
    /// What else it said.
    pub(crate) said: Vec<String>,
    /// Whether it ended before it was killed: because there was no room, or else with these words.
    pub(crate) by_itself: Option<Result<(), String>>,
}

/// What a writer is to be like.
#[derive(Clone, Copy, Default)]
pub(crate) struct Habits {
    /// What it draws its batches from.
    pub(crate) seed: u64,
    /// Entries of each sync; none: drawn from 1 to 15,000.
    pub(crate) batch: Option<u64>,
    /// Whether it derives its index anew now and then.
    pub(crate) rebuilds: bool,
    /// How many lives it is to live through whatever its disk does; none: it ends with the first failure.
    pub(crate) endures: Option<u64>,
    /// A mistake, to see whether it is found: it acknowledges what it does not sync.
    pub(crate) acknowledges_unsynced: bool,
}

impl Writer {
    /// Starts this executable again as a writer on the store in `dir`; its test `the_writer` calls [`write_if_asked`].
    pub(crate) fn start(dir: &Path, habits: Habits) -> Writer {
        Writer::start_with(dir, habits, |command| command)
    }

    /// The same, with more that the process is to be told.
    pub(crate) fn start_with(dir: &Path, habits: Habits, with: impl FnOnce(&mut Command) -> &mut Command) -> Writer {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "the_writer", "--nocapture"]).env(STORE, dir).env(SEED, habits.seed.to_string());
        if habits.acknowledges_unsynced {
            command.env(UNSYNCED, "1");
        }
        if habits.rebuilds {
            command.env(REBUILDS, "1");
        }
        if let Some(lives) = habits.endures {
            command.env(ENDURES, lives.to_string());
        }
        if let Some(entries) = habits.batch {
            command.env(BATCH, entries.to_string());
        }
        let mut child = with(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let acknowledged = Arc::new(AtomicU64::new(0));
        let (lines, seen) = (BufReader::new(child.stdout.take().unwrap()), acknowledged.clone());
        let (tells, phases) = mpsc::channel();
        let reader = thread::spawn(move || {
            let (mut last, mut said) = (None, Vec::new());
            for line in lines.lines().map_while(Result::ok) {
                // Whole lines only: the last one may have been cut short.
                if let Some(entries) = line.strip_prefix("safe ").and_then(|line| line.strip_suffix(" entries")) {
                    seen.store(entries.parse().unwrap(), Ordering::SeqCst);
                } else if let Some(phase) = Phase::told(&line) {
                    last = Some(phase);
                    // Nobody may be waiting for it.
                    tells.send(phase).ok();
                } else {
                    said.push(line);
                }
            }
            (last, said)
        });
        let mut errors = child.stderr.take().unwrap();
        let listener = thread::spawn(move || {
            let mut bytes = Vec::new();
            errors.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Writer { child, acknowledged, phases, reader, listener }
    }

    /// Stops it after `limit`, unless it ends before: does what the test does to its disk, then kills it with signal 9.
    pub(crate) fn stop_after(mut self, limit: Duration, cut: impl FnOnce()) -> Stopped {
        let until = Instant::now() + limit;
        while Instant::now() < until && self.child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        self.stop(cut)
    }

    /// Stops it somewhere in a phase, the `nth` time it comes to it (from 0).
    pub(crate) fn stop_in(self, aim: &mut Aim, nth: u64, random: &mut StdRng, cut: impl FnOnce()) -> Stopped {
        aim.wait(&self.phases, nth, random);
        self.stop(cut)
    }

    fn stop(mut self, cut: impl FnOnce()) -> Stopped {
        let ended = self.child.try_wait().unwrap();
        // Sampled before the cut: what is said while it happens proves nothing.
        let mut acknowledged = self.acknowledged.load(Ordering::SeqCst);
        cut();
        self.child.kill().ok();
        self.child.wait().unwrap();
        let (phase, said) = self.reader.join().unwrap();
        let errors = self.listener.join().unwrap();
        if ended.is_some() {
            // Nothing was done to it: all it said counts.
            acknowledged = self.acknowledged.load(Ordering::SeqCst);
        }
        let by_itself = ended.map(|status| if status.success() { Ok(()) } else { Err(format!("{status}: {errors}")) });
        Stopped { acknowledged, phase, said, by_itself }
    }
}

/// In a process started by [`Writer::start`]: writes until it is stopped, or until the disk is full.
pub(crate) fn write_if_asked() {
    let Ok(dir) = env::var(STORE) else { return };
    let seed = env::var(SEED).unwrap().parse().unwrap();
    // Every other one runs into the end of the disk, instead of saying no before.
    let room_bytes_min = if seed % 2 == 0 { options().room_bytes_min } else { 0 };
    let options = StoreOptions { room_bytes_min, ..options() };
    let (mut random, stock) = (StdRng::seed_from_u64(seed), Stock::sign());
    let mut life = Life::default();
    if let Ok(lives) = env::var(ENDURES) {
        // Everything happens often, in few calls.
        let options =
            StoreOptions { segment_bytes_max: 128 * 1024, tail_bytes_max: 512 * 1024, tail_keys_max: 2_000, ..options };
        return endure(Path::new(&dir), options, &stock, &mut random, lives.parse().unwrap());
    }
    let failure = loop {
        match live(Path::new(&dir), options, &stock, &mut random, &mut life) {
            Ok(()) => {}
            Err(failure) => break failure,
        }
    };
    assert!(matches!(failure, StoreFailure::DiskFull { .. }), "{failure}");
}

/// What is left of a life that a failure ended.
#[derive(Default)]
struct Life {
    store: Option<Store>,
    /// Whether the index is not to be believed when it is opened again.
    doubts_index: bool,
    /// Entries put, by this process.
    put: u64,
    /// Entries acknowledged, by this process.
    acknowledged: u64,
}

/// Lives so many lives, and after each failure does what a node does: goes on reading, and opens again.
fn endure(dir: &Path, options: StoreOptions, stock: &Stock, random: &mut StdRng, lives: u64) {
    let (mut life, mut lived, mut failures) = (Life::default(), 0, 0);
    while lived < lives {
        let Err(failure) = live(dir, options, stock, random, &mut life) else {
            lived += 1;
            continue;
        };
        failures += 1;
        assert!(failures < FAILURES_MAX, "the disk is well again, and the store does not open: {failure}");
        let Some(store) = life.store.take() else {
            println!("not opened: {failure}");
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        let mut unread = None;
        for at in (0..life.acknowledged).rev().step_by(37).take(50) {
            match store.read(LogIndex(at)) {
                Ok(record) => assert!(stock.is(at, record), "entry {at} reads as another one"),
                Err(failure) => unread = Some(failure),
            }
        }
        life.doubts_index |= store.needs_rebuild();
        println!("failed: {failure}");
        // Reading goes on, except out of an index that has to be derived again.
        if let Some(unread) = unread {
            println!("unread: {unread}");
            assert!(life.doubts_index || matches!(failure, StoreFailure::DiskFull { .. }), "{unread} after {failure}");
        }
    }
    println!("lived");
}

/// One life of a store, from opening to closing: a dozen syncs.
fn live(
    dir: &Path,
    options: StoreOptions,
    stock: &Stock,
    random: &mut StdRng,
    life: &mut Life,
) -> Result<(), StoreFailure> {
    let batch: Option<u64> = env::var(BATCH).ok().map(|text| text.parse().unwrap());
    let (unsynced, rebuilds) = (env::var(UNSYNCED).is_ok(), env::var(REBUILDS).is_ok());
    Phase::Open.tell();
    let store = life.store.insert(Store::open(dir, options, &GENESIS)?);
    if life.doubts_index {
        store.rebuild()?;
    }
    Phase::Replay.tell();
    replay(store)?;
    life.doubts_index = false;
    let there = store.next_index().0;
    if life.put > 0 {
        println!("opened: {} acknowledged, {} put, {there} there", life.acknowledged, life.put);
        assert!((life.acknowledged..=life.put).contains(&there), "neither lost nor made up");
    }
    (life.put, life.acknowledged) = (there, there);
    for _ in 0..random.random_range(8..16) {
        Phase::Write.tell();
        for entries in drawn(batch, random) {
            let batch = stock.batch(store, entries)?;
            life.put += entries;
            store.put(batch)?;
        }
        if !unsynced {
            Phase::Sync.tell();
            store.sync()?;
        }
        life.acknowledged = store.next_index().0;
        acknowledge(life.acknowledged);
        match random.random_range(0..4) {
            0 => {
                Phase::Flush.tell();
                store.flush_index()?;
            }
            one => {
                Phase::Index.tell();
                store.index_some(if one == 1 { usize::MAX } else { 2_000 })?;
            }
        }
        if rebuilds && random.random_range(0..4) == 0 {
            Phase::Rebuild.tell();
            store.rebuild()?;
            replay(store)?;
        }
    }
    Phase::Close.tell();
    life.store.take().unwrap().close()
}

/// How many entries the batches of one sync have.
fn drawn(batch: Option<u64>, random: &mut StdRng) -> Vec<u64> {
    match batch {
        Some(entries) => vec![entries],
        // 1 to 5,000, small numbers as often as large ones.
        None => (0..random.random_range(1..4)).map(|_| 5_000f64.powf(random.random()).round() as u64).collect(),
    }
}

fn acknowledge(entries: u64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "safe {entries} entries").unwrap();
    out.flush().unwrap();
}

/// What is written at a log index: one of these, in turn.
struct Stock(Vec<Fact>);

/// A prime, so that no batch size that is likely to be lost or doubled hides behind it.
const STOCK: u64 = 1_009;

impl Stock {
    fn sign() -> Stock {
        let key = KeyPair::from_seed(&[7; 32]);
        Stock((0..STOCK).map(|number| fact(number, &key)).collect())
    }

    fn at(&self, at: u64) -> &Fact {
        &self.0[(at % STOCK) as usize]
    }

    /// Whether this is what was written there.
    fn is(&self, at: u64, Record { entry, body }: Record) -> bool {
        Fact::Entry { own: true, entry, body } == *self.at(at)
    }

    /// The next so many entries.
    fn batch(&self, store: &Store, entries: u64) -> Result<Batch, StoreFailure> {
        let first = store.next_index();
        derive(store, first, (first.0..first.0 + entries).map(|at| self.at(at).clone()).collect())
    }
}

/// A signed entry, now and then without its body.
fn fact(number: u64, key: &KeyPair) -> Fact {
    let len = 200 + usize::from(Hash::of(&number.to_be_bytes()).0[0]) * 2;
    let body: Vec<u8> = number.to_be_bytes().into_iter().cycle().take(len).collect();
    let header = Header {
        scope: Scope { home: "370126.105".parse().unwrap(), reach: Reach::UP, shelf: Shelf::LIBRARY },
        kind: Kind(3),
        doc: DocId([(number % 250) as u8; 16]),
        author: EntryId(Hash([1; 32])),
        epoch: Epoch([2; 8]),
        seq: number,
        prev: (number > 0).then_some(EntryId(Hash([3; 32]))),
        after: (number > 0).then(Vec::new),
        claimed_time_s: 1_790_000_000,
        anchor: None,
        body: Hash::of(&body),
    };
    let entry = header.sign(&GENESIS, key).unwrap().bytes().clone();
    Fact::Entry { own: true, entry, body: (!number.is_multiple_of(11)).then(|| body.into()) }
}

/// Index keys such as the core derives: one per entry, scattered as ids are, a run per batch, and a value that every batch reads and writes.
fn derive(store: &Store, first: LogIndex, facts: Vec<Fact>) -> Result<Batch, StoreFailure> {
    let run: Vec<LogIndex> = (first.0..first.0 + facts.len() as u64).map(LogIndex).collect();
    let mut index = Vec::with_capacity(facts.len() + 2);
    for at in &run {
        index.push((key::entry(&EntryId(Hash::of(&at.0.to_be_bytes()))), cbor::encode(at)));
    }
    let total = total(store)? + run.iter().map(|at| at.0).sum::<u64>();
    index.push((TOTAL.to_vec(), total.to_be_bytes().to_vec()));
    index.push(([b"f".as_slice(), &first.0.to_be_bytes()].concat(), indexes_value(&run)));
    Ok(Batch { first, facts, index })
}

/// What every batch reads; an engine that fails may say so here first.
fn total(store: &Store) -> Result<u64, StoreFailure> {
    let value =
        store.get(TOTAL).map_err(|failure| StoreFailure::Index { path: PathBuf::new(), cause: failure.to_string() })?;
    Ok(value.map_or(0, |value| u64::from_be_bytes(value.try_into().unwrap())))
}

fn replay(store: &mut Store) -> Result<(), StoreFailure> {
    while let Some(facts) = store.next_unindexed(1_000)? {
        let batch = derive(store, store.next_index(), facts)?;
        store.put_indexed(batch)?;
    }
    Ok(())
}

/// What a check found.
pub(crate) struct Checked {
    /// Entries that are there.
    pub(crate) entries: u64,
    /// What opening said.
    pub(crate) opened: Opened,
}

/// Opens a store that was stopped and checks that its index stands exactly between two batches, and after the replay
/// at the end; that each entry in the journal is the one written there, and many by index too.
pub(crate) fn check(dir: &Path) -> Checked {
    let mut store = Store::open(dir, options(), &GENESIS).unwrap();
    check_index(&store);
    replay(&mut store).unwrap();
    check_index(&store);
    let entries = store.next_index().0;
    let stock = Stock::sign();
    let mut at = 0;
    for located in journal_facts(dir).unwrap() {
        let located = located.unwrap();
        assert!(located.index == Some(LogIndex(at)) && located.fact == *stock.at(at), "entry {at} in the journal");
        at += 1;
    }
    assert_eq!(at, entries);
    for at in (0..entries).step_by(97).chain(entries.saturating_sub(2_000)..entries) {
        assert!(stock.is(at, store.read(LogIndex(at)).unwrap()), "entry {at}");
    }
    let opened = store.opened().clone();
    store.close().unwrap();
    Checked { entries, opened }
}

/// Writes a store of so many entries and closes it.
pub(crate) fn grow(dir: &Path, entries: u64) {
    let mut store = Store::open(dir, options(), &GENESIS).unwrap();
    let stock = Stock::sign();
    while store.next_index().0 < entries {
        let batch = stock.batch(&store, 1_000.min(entries - store.next_index().0)).unwrap();
        store.put(batch).unwrap();
        store.sync().unwrap();
    }
    store.close().unwrap();
}

/// Opens a store as a writer would, and says how many entries are there.
pub(crate) fn try_open(dir: &Path) -> Result<u64, StoreFailure> {
    let mut store = Store::open(dir, options(), &GENESIS)?;
    assert_eq!(store.opened().set_aside, None);
    replay(&mut store)?;
    Ok(store.next_index().0)
}

/// Deletes the index of a store, so that there is something to replay.
pub(crate) fn lose_index(dir: &Path) {
    fs::remove_dir_all(dir.join("index")).ok();
    fs::remove_file(dir.join("index.flushed")).ok();
}

/// The index knows every entry before the place it stands at, once, and nothing behind it.
fn check_index(store: &Store) {
    let entries = store.next_index().0;
    let mut found = Vec::new();
    let scanned = store.scan(b"e", &mut |_, value| {
        found.push(cbor::decode::<LogIndex>(value).unwrap().0);
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    found.sort_unstable();
    assert!(found.iter().copied().eq(0..entries), "{} keys for {entries} entries", found.len());
    assert!(indexes(store, b"f").unwrap().into_iter().map(|at| at.0).eq(0..entries));
    assert_eq!(total(store).unwrap(), (0..entries).sum::<u64>());
}
