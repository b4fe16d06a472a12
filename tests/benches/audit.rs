//! What checking a whole store costs, beside what its cores can verify at all, and how much memory it takes.
//!
//! A county's journal with the reports of some townships is written first; a process of its own then checks it, so that
//! its memory is the audit's alone. Printed are entries a second, the ratio to verifying the same signatures alone in the
//! same process, peak memory, and the same again with what the first audit had checked.
//!
//! `cargo bench -p tests --bench audit`; `FANGWEI_ENTRIES` says how many entries, `FANGWEI_DIR` on which disk.
//! `FANGWEI_RATIO_MAX` (percent) and `FANGWEI_MIB_MAX` make it fail past them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on should stop")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use fangwei_node::{
    audit::{Asked, Known, audit},
    identity::Identity,
    run,
    store::{StoreOptions, journal_facts},
};
use fangwei_protocol::{
    record::entry::Claim,
    records::{Batch, Fact, LogIndex},
    replica::Unchecked,
    trust::{charter::Role, genesis::SignedGenesis, key::KeyPair},
};
use rayon::prelude::*;
use tests::{
    load::{Reporter, Written},
    pace::{Clock, Pace, memory, mib},
    world::{Officer, World},
};

const COUNTY: &str = "370126";

/// Townships whose reporters wrote.
const TOWNSHIPS: u64 = 20;

/// Entries of one township written, and read again, at one go.
const AT_ONCE: u64 = 2_500;

fn main() {
    if let Some(dir) = env::var_os("FANGWEI_AUDIT_OF") {
        return check(Path::new(&dir));
    }
    let is_bench = env::args().any(|argument| argument == "--bench");
    let entries = number("FANGWEI_ENTRIES").unwrap_or(if is_bench { 1_000_000 } else { 5_000 });
    let dir = env::var_os("FANGWEI_DIR").map_or_else(env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(dir).unwrap();
    write(dir.path(), entries);
    let status = Command::new(env::current_exe().unwrap()).env("FANGWEI_AUDIT_OF", dir.path()).status().unwrap();
    assert!(status.success(), "the audit ended well and within its budget");
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}

fn world() -> (World, Vec<(String, Officer)>) {
    let mut world = World::new(COUNTY);
    let units = (1..=TOWNSHIPS).map(|number| format!("{COUNTY}.{:03}", 100 + number));
    let officers = units.map(|unit| {
        let by = world.add_officer(&unit, &[Role::REPORTER]);
        (unit, by)
    });
    let officers = officers.collect();
    (world, officers)
}

/// Writes the county's journal.
fn write(dir: &Path, entries: u64) {
    let (world, officers) = world();
    let county = world.node(COUNTY);
    let key = KeyPair::from_seed(county.key_pair().seed());
    let founding = SignedGenesis::new(world.genesis.clone());
    let identity = Identity { genesis: founding, me: county.replica.me().clone(), key };
    let (mut store, replica) = run::open(dir, &identity, StoreOptions::default(), &mut |_| {}).unwrap();
    let genesis = world.genesis.hash();
    let charter = county.records.facts().to_vec();
    let mut next = charter.iter().filter(|fact| matches!(fact, Fact::Entry { .. })).count() as u64;
    // The index is of no use to an audit, so it is not made.
    store.put(Batch { first: replica.log_length(), facts: charter, index: Vec::new() }).unwrap();
    let mut reporters: Vec<_> = officers.iter().map(|(unit, by)| Reporter::new(unit, by)).collect();
    let (each, mut left) = (entries.div_ceil(TOWNSHIPS), entries);
    for begun in (0..each).step_by(AT_ONCE as usize) {
        let count = AT_ONCE.min(each - begun);
        let written: Vec<Written> = reporters.par_iter_mut().map(|one| one.write(&genesis, count)).collect();
        for written in written {
            let fact = |(entry, body)| Fact::Entry { own: false, entry, body: Some(body) };
            let facts: Vec<_> = written.into_iter().take(left as usize).map(fact).collect();
            left -= facts.len() as u64;
            let first = LogIndex(next);
            next += facts.len() as u64;
            store.put(Batch { first, facts, index: Vec::new() }).unwrap();
            store.sync().unwrap();
        }
    }
    drop(store);
}

/// Checks the journal and says what that cost.
fn check(dir: &Path) {
    let (world, _) = world();
    let me = world.node(COUNTY).replica.me().clone();
    let genesis = world.genesis.clone();
    let run = |known: Option<&Known>| {
        let clock = Clock::start();
        let found = audit(&Asked { dir, genesis: &genesis, me: &me, indexed: None, known }, &mut |_, _| {}).unwrap();
        assert_eq!((found.fault_count, found.void), (0, 0), "{:?}", found.faults);
        let pace = clock.pace(found.entries);
        (found, pace)
    };
    let before = memory("VmRSS:");
    // The peak so far is that of making the world.
    fs::write("/proc/self/clear_refs", "5").ok();
    let (found, pace) = run(None);
    let peak = memory("VmHWM:");
    let raw = verify_alone(dir, &world);
    let (again, quick) = run(found.known.as_ref());
    assert_eq!((again.known_entries, again.digest), (again.entries, found.digest));
    let ratio = raw.a_second() / pace.a_second();
    println!("{} entries of {} feeds", found.entries, found.feeds);
    println!("  verified alone, on all cores {raw}");
    let processor = pace.processor.as_secs_f64() / raw.processor.as_secs_f64();
    println!("  checked from the genesis on  {pace}, {:.1} s", pace.took.as_secs_f64());
    println!("  {ratio:.2} times as long, {processor:.2} times the processor's time");
    println!("  again, unchanged             {quick}, {:.1} s", quick.took.as_secs_f64());
    println!("  peak memory {:.0} MiB, {:.0} MiB of it before the audit", mib(peak), mib(before));
    let within = |name, figure: f64| number(name).is_none_or(|max| figure <= max as f64);
    assert!(within("FANGWEI_RATIO_MAX", ratio * 100.0), "{ratio:.2} times as long as verifying alone");
    assert!(within("FANGWEI_MIB_MAX", mib(peak)), "{:.0} MiB of memory", mib(peak));
}

/// Signature checks alone, on all cores: what nothing can be faster than.
fn verify_alone(dir: &Path, world: &World) -> Pace {
    let (genesis, charter) = (world.genesis.hash(), world.node(COUNTY).replica.charter());
    let mut facts = journal_facts(dir).unwrap().map(Result::unwrap).filter_map(|located| match located.fact {
        Fact::Entry { entry, body, .. } => {
            let claim = Claim::parse(&entry).unwrap();
            let key = charter.complete(&claim.claimed_author()).unwrap().certificate.key;
            Some(Unchecked::new(claim, body, key))
        }
        _ => None,
    });
    let mut sum: Option<Pace> = None;
    loop {
        let some: Vec<_> = facts.by_ref().take(50_000).collect();
        if some.is_empty() {
            return sum.unwrap();
        }
        let (clock, count) = (Clock::start(), some.len() as u64);
        some.into_par_iter().for_each(|one| drop(one.check(&genesis).unwrap()));
        let pace = clock.pace(count);
        sum = Some(sum.map_or(pace, |sum| sum.and(pace)));
    }
}
