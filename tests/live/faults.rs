//! A disk that fails at the n-th call, under a store and under a whole node: EIO, ENOSPC, short writes, writes torn by
//! a death, writes that say they are done and are not, syncs that fail.
//!
//! Each is drawn over the whole life of a writer, on the files of the journal and of the index. Afterwards nothing that
//! was acknowledged is missing, what was refused is not there, reading went on meanwhile, and once the disk was well
//! again the store or the node had opened by itself. The failing disk is `failing_disk`, a library preloaded into the
//! process; this needs no root. `FANGWEI_ROUNDS` says how many faults of a store; a fifth of it strike a node.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod phases;
mod processes;
mod writing;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use processes::{Endured, Tree};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use tempfile::TempDir;
use writing::{Habits, Writer, check, rounds};

/// What can be wrong, of which call.
const FAULTS: [(&str, &str); 10] = [
    ("write", "eio"),
    ("write", "enospc"),
    ("write", "short"),
    ("write", "torn"),
    ("write", "lost"),
    ("write", "die"),
    ("sync", "eio"),
    ("sync", "die"),
    ("change", "eio"),
    ("change", "die"),
];

/// Whose files.
const PLACES: [&str; 2] = ["/journal", "/index"];

/// Seeds of lives whose calls are counted beforehand.
const LIVES: u64 = 4;

/// Calls of a life, by place and sort.
type Calls = BTreeMap<(&'static str, &'static str), u64>;

/// One fault.
#[derive(Clone, Copy, Debug)]
struct Fault {
    place: &'static str,
    call: &'static str,
    how: &'static str,
    /// At which call, of how many.
    at: u64,
    /// How many calls fail.
    calls: u64,
}

impl Fault {
    /// Drawn over a life with so many calls; nothing if there are none of that sort.
    fn draw(calls: &Calls, random: &mut StdRng) -> Option<Fault> {
        let (call, how) = *FAULTS.choose(random).unwrap();
        let place = *PLACES.choose(random).unwrap();
        let of = *calls.get(&(place, call)).filter(|of| **of > 0)?;
        // Half of the disks are well again at once.
        let lasting = if random.random_range(0..2) == 0 { 1 } else { random.random_range(2..30) };
        Some(Fault { place, call, how, at: random.random_range(0..of), calls: lasting })
    }

    /// Whether the process dies of it.
    fn kills(&self) -> bool {
        matches!(self.how, "torn" | "die")
    }

    fn environment(&self, struck: &Path) -> Vec<(&'static str, String)> {
        vec![
            ("FANGWEI_FAULT_STRUCK", struck.to_str().unwrap().into()),
            ("LD_PRELOAD", failing_disk().to_str().unwrap().into()),
            ("FANGWEI_FAULT", self.how.into()),
            ("FANGWEI_FAULT_PATH", self.place.into()),
            ("FANGWEI_FAULT_CALL", self.call.into()),
            ("FANGWEI_FAULT_AT", self.at.to_string()),
            ("FANGWEI_FAULT_FOR", self.calls.to_string()),
        ]
    }

    /// None at all, but the calls of this sort are counted.
    fn counting(place: &'static str, call: &'static str, into: &Path) -> Vec<(&'static str, String)> {
        let mut environment = Fault { place, call, how: "eio", at: u64::MAX, calls: 0 }.environment(Path::new(""));
        environment.push(("FANGWEI_FAULT_COUNT", into.to_str().unwrap().into()));
        environment
    }
}

/// The library that stands between a process and its disk, built where this test was.
fn failing_disk() -> PathBuf {
    let here = env::current_exe().unwrap();
    let profile = here.parent().and_then(Path::parent).unwrap();
    profile.join("examples/libfailing_disk.so")
}

/// `cargo test` builds no example that nobody asks for.
fn build_failing_disk() {
    let here = env::current_exe().unwrap();
    let profile = here.parent().and_then(Path::parent).unwrap();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "tests", "--example", "failing_disk", "--target-dir"]);
    cargo.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
}

/// In memory where there is such a place: what counts here are the calls.
fn tempdir() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

fn habits(seed: u64) -> Habits {
    // An odd seed keeps no room free, so that a full disk is met where it is full.
    Habits {
        seed: 2 * (seed % LIVES) + 1,
        rebuilds: true,
        endures: Some(1),
        batch: Some(batch(seed)),
        ..Habits::default()
    }
}

/// Entries of a sync in each life. The last two fill several segments at once.
fn batch(seed: u64) -> u64 {
    [3, 40, 400, 1_000][(seed % LIVES) as usize]
}

fn count_calls(seed: u64) -> Calls {
    let mut calls = Calls::new();
    for place in PLACES {
        for call in ["write", "sync", "change"] {
            let dir = tempdir();
            let into = dir.path().join("count");
            let with = Fault::counting(place, call, &into);
            let writer = Writer::start_with(&dir.path().join("store"), habits(seed), |command| command.envs(with));
            let stopped = writer.stop_after(Duration::from_secs(120), || {});
            assert_eq!(stopped.by_itself, Some(Ok(())));
            calls.insert((place, call), fs::read_to_string(into).unwrap().parse().unwrap());
        }
    }
    calls
}

#[test]
fn the_writer() {
    writing::write_if_asked();
}

#[test]
fn the_node() {
    processes::run_node_if_asked();
}

#[test]
fn a_store_survives_a_disk_that_fails_at_any_call() {
    build_failing_disk();
    let lives: Vec<Calls> = (0..LIVES).map(count_calls).collect();
    println!("calls of a life: {lives:?}");
    let (mut struck, mut round) = (BTreeMap::<String, u64>::new(), 0);
    let (mut refusals, mut reopenings) = (0, 0);
    while struck.values().sum::<u64>() < rounds(100) {
        let mut random = StdRng::seed_from_u64(round);
        let seed = round % LIVES;
        round += 1;
        let Some(fault) = Fault::draw(&lives[seed as usize], &mut random) else { continue };
        let dir = tempdir();
        let (store, mark) = (dir.path().join("store"), dir.path().join("struck"));
        let with = fault.environment(&mark);
        let writer = Writer::start_with(&store, habits(seed), |command| command.envs(with));
        let stopped = writer.stop_after(Duration::from_secs(120), || {});
        if !mark.exists() {
            // A life depends on the order of the engine's own threads: not each makes as many calls.
            assert_eq!(stopped.by_itself, Some(Ok(())), "{fault:?}");
            continue;
        }
        let by_itself = stopped.by_itself.unwrap_or_else(|| panic!("{fault:?}: it hangs: {:?}", stopped.said));
        if fault.kills() {
            assert!(by_itself.as_ref().is_err_and(|why| why.contains("signal: 9")), "{fault:?}: {by_itself:?}");
        } else {
            assert_eq!(by_itself, Ok(()), "{fault:?}: {:?}", stopped.said);
        }
        let failed = stopped.said.iter().filter(|line| line.starts_with("failed: ")).count();
        let opened = stopped.said.iter().filter(|line| line.starts_with("opened: ")).count();
        (refusals, reopenings) = (refusals + failed, reopenings + opened);
        let checked = check(&store);
        assert!(
            checked.entries >= stopped.acknowledged,
            "{fault:?}: {} acknowledged, {} there",
            stopped.acknowledged,
            checked.entries
        );
        *struck.entry(format!("{} {} {}", &fault.place[1..], fault.call, fault.how)).or_default() += 1;
    }
    println!("{struck:?}");
    println!("{refusals} failures told, {reopenings} times opened again; nothing acknowledged is missing");
    assert!(refusals > struck.values().sum::<u64>() as usize / 4, "hardly a test");
}

#[test]
fn a_node_survives_a_disk_that_fails_at_any_call() {
    build_failing_disk();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = tempdir();
    let tree = runtime.block_on(Tree::found(dir.path()));
    let county = tree.county();
    let mut calls = Calls::new();
    for place in PLACES {
        for call in ["write", "sync", "change"] {
            let into = dir.path().join("count");
            let with = Fault::counting(place, call, &into);
            let endured = tree.endure(with);
            assert!(endured.ended.is_ok() && endured.refused == 0, "{endured:?}");
            calls.insert((place, call), fs::read_to_string(into).unwrap().parse().unwrap());
        }
    }
    println!("calls of a node's life: {calls:?}");
    let (mut struck, mut round) = (BTreeMap::<String, u64>::new(), 1_000);
    let mut before = runtime.block_on(tree.written());
    let (mut saved, mut refused, mut in_doubt, mut read_halted) = (0, 0, 0, 0);
    while struck.values().sum::<u64>() < rounds(100) / 5 {
        let mut random = StdRng::seed_from_u64(round);
        round += 1;
        let Some(fault) = Fault::draw(&calls, &mut random) else { continue };
        let mark = dir.path().join("struck");
        fs::remove_file(&mark).ok();
        let endured = tree.endure(fault.environment(&mark));
        if !mark.exists() {
            // Not every life makes as many calls as the one in which they were counted.
            assert!(endured.ended.is_ok(), "{fault:?}: {endured:?}");
            before = runtime.block_on(tree.written());
            continue;
        }
        let Endured { told, .. } = &endured;
        assert_eq!(endured.ended.is_err(), fault.kills(), "{fault:?}: {endured:?}");
        // None of these faults keeps anybody from reading the journal.
        assert!(endured.unread.is_empty(), "{fault:?}: {endured:?}");
        read_halted += endured.read_halted;
        runtime.block_on(tree.demand(told));
        let after = runtime.block_on(tree.written());
        let there = after - std::mem::replace(&mut before, after);
        let died = endured.ended.is_err();
        println!("{fault:?}: {endured:?}, {there} written");
        assert!(there >= told.saved() as u64, "{fault:?}: {endured:?}, {there} there");
        if !died {
            // Whoever was told that nothing was written was told the truth.
            assert!(there <= told.saved() as u64 + endured.in_doubt, "{fault:?}: {endured:?}, {there} there");
        }
        (saved, refused, in_doubt) = (saved + told.saved(), refused + endured.refused, in_doubt + endured.in_doubt);
        *struck.entry(format!("{} {} {}", &fault.place[1..], fault.call, fault.how)).or_default() += 1;
    }
    county.kill();
    println!("{struck:?}");
    println!(
        "{saved} saved, {refused} refused, {in_doubt} in doubt; nothing saved is missing, nothing refused is there; \
         {read_halted} reads while nothing could be written, none refused"
    );
    assert!(read_halted > 0, "hardly a test");
}
