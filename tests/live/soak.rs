//! The same county synchronised a thousand times, with churn: nothing grows with the number of sessions.
//!
//! Three real nodes in this process. In each session the village comes back to its township with a few new entries (or
//! none), both agree, and it leaves again; now and then the township leaves the county too. Memory, open files,
//! threads, tasks, bytes on disk for each entry, what a session says and how long it takes are compared between the
//! second fifth of the run and the last: by then everything that is made once is there. `FANGWEI_ROUNDS` says how many
//! sessions.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::{
    env, fmt, fs,
    path::Path,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use fangwei_node::{node::Node, store::StoreOptions};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tests::{
    nodes::{County, report, until},
    pace::{memory, mib},
};

const COUNTY: &str = "370126";
const TOWNSHIP: &str = "370126.105";
const VILLAGE: &str = "370126.105.201";

/// Sessions after which the township leaves the county for one.
const TOWNSHIP_LEAVES_EVERY: u64 = 10;

/// Entries of a session, at most.
const ENTRIES_MAX: u64 = 6;

/// Bytes of memory that an entry may take in the node that holds it.
const BYTES_AN_ENTRY: f64 = 6.0 * 1024.0;

/// What stands when a session is over.
#[derive(Clone, Copy)]
struct Seen {
    memory: u64,
    files: u64,
    threads: u64,
    tasks: u64,
    /// Entries of all three nodes, so far.
    entries: u64,
    /// Bytes of all three stores.
    journal: u64,
    all: u64,
    /// Frames and bytes this session took the village, both ways.
    frames: u64,
    bytes: u64,
    took: Duration,
    /// Whether the session had anything new.
    new: u64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1} MiB, {} files, {} threads, {} tasks, {} entries, {:.1} MiB on disk, {} frames, {:.0} ms",
            mib(self.memory),
            self.files,
            self.threads,
            self.tasks,
            self.entries,
            mib(self.all),
            self.frames,
            self.took.as_secs_f64() * 1e3
        )
    }
}

/// Means over some sessions.
#[derive(Debug)]
struct Means {
    memory: f64,
    files: f64,
    threads: f64,
    tasks: f64,
    journal_an_entry: f64,
    all_an_entry: f64,
    frames: f64,
    bytes: f64,
    /// Frames of a session in which there was nothing to say.
    frames_of_nothing: f64,
    milliseconds: f64,
}

impl Means {
    fn of(seen: &[Seen]) -> Means {
        let mean = |of: &dyn Fn(&Seen) -> f64| seen.iter().map(of).sum::<f64>() / seen.len() as f64;
        let (first, last) = (seen[0], seen[seen.len() - 1]);
        let entries = (last.entries - first.entries) as f64;
        let nothing: Vec<&Seen> = seen.iter().filter(|session| session.new == 0).collect();
        let mut took: Vec<f64> = seen.iter().map(|session| session.took.as_secs_f64() * 1e3).collect();
        took.sort_by(f64::total_cmp);
        Means {
            memory: mean(&|session| session.memory as f64),
            files: mean(&|session| session.files as f64),
            threads: mean(&|session| session.threads as f64),
            tasks: mean(&|session| session.tasks as f64),
            journal_an_entry: (last.journal - first.journal) as f64 / entries,
            all_an_entry: last.all.saturating_sub(first.all) as f64 / entries,
            frames: mean(&|session| session.frames as f64),
            bytes: mean(&|session| session.bytes as f64),
            frames_of_nothing: nothing.iter().map(|session| session.frames as f64).sum::<f64>() / nothing.len() as f64,
            // The middle one: a machine that others use has slow moments.
            milliseconds: took[took.len() / 2],
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_grows_with_the_number_of_sessions() {
    let rounds: u64 = env::var("FANGWEI_ROUNDS").map_or(1_000, |text| text.parse().unwrap());
    assert!(rounds >= 100, "too few to compare");
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, StoreOptions::demo()).await;
    county.join(TOWNSHIP, COUNTY).await;
    county.join(VILLAGE, TOWNSHIP).await;
    let officer = county.add_reporter(VILLAGE).await;
    let village = county.node(VILLAGE).clone();
    county.agree(VILLAGE, TOWNSHIP).await;
    leave(&village).await;
    let mut random = StdRng::seed_from_u64(1);
    let mut seen: Vec<Seen> = Vec::new();
    for round in 0..rounds {
        let new = if round % 4 == 3 { 0 } else { random.random_range(1..=ENTRIES_MAX) };
        for number in 0..new {
            let text = format!("第{round}次联网前的第{number}条记录。");
            report(village.core(), &village.me().unit, &officer, &text).await.unwrap();
        }
        seen.push(session(&county, dir.path(), new, round % TOWNSHIP_LEAVES_EVERY == 0).await);
        if (round + 1).is_multiple_of(rounds / 10) {
            println!("{} sessions: {}", round + 1, seen[seen.len() - 1]);
        }
    }
    // Then as many again as a fourth, with nothing to say at all: what grows now grows with sessions alone.
    let mut idle = Vec::new();
    for round in 0..rounds / 4 {
        idle.push(session(&county, dir.path(), 0, round % TOWNSHIP_LEAVES_EVERY == 0).await);
    }
    for (unit, node) in county.nodes() {
        let counts = node.core().counts();
        let errors = (counts.refused.load(Ordering::Relaxed), counts.forks.load(Ordering::Relaxed));
        assert_eq!(errors, (0, 0), "{unit}: peers refused, forks");
    }
    county.stop_all().await;
    for unit in [COUNTY, TOWNSHIP, VILLAGE] {
        assert_eq!(tests::nodes::verified(&county.place(unit)).fault_count, 0, "{unit}");
    }

    let fifth = seen.len() / 5;
    let (early, late) = (Means::of(&seen[fifth..2 * fifth]), Means::of(&seen[4 * fifth..]));
    println!("second fifth: {early:?}\nlast fifth:   {late:?}");
    let grew = |what: &str, early: f64, late: f64, factor: f64, plus: f64| {
        assert!(late <= early * factor + plus, "{what} grew from {early:.1} to {late:.1}");
    };
    // What is there once for each entry (a document's heads, a feed's tips) is allowed for here, and not below.
    let entries = (seen[seen.len() - 1].entries - seen[fifth].entries) as f64;
    grew("memory", early.memory, late.memory, 1.0, entries * BYTES_AN_ENTRY + 8.0 * 1_048_576.0);
    grew("open files", early.files, late.files, 1.0, 3.0);
    grew("threads", early.threads, late.threads, 1.0, 2.0);
    grew("tasks", early.tasks, late.tasks, 1.0, 3.0);
    grew("the journal's bytes for an entry", early.journal_an_entry, late.journal_an_entry, 1.1, 0.0);
    // The engine writes anew what it changes and gives room back in segments of 512 KiB.
    grew("bytes on disk for an entry", early.all_an_entry, late.all_an_entry, 1.5, 512.0);
    grew("frames of a session", early.frames, late.frames, 1.2, 1.0);
    grew("frames of a session without news", early.frames_of_nothing, late.frames_of_nothing, 1.0, 1.0);
    grew("bytes of a session", early.bytes, late.bytes, 1.2, 256.0);
    // Others use this machine too; growth with the number of sessions would be far more than this.
    grew("a session's milliseconds", early.milliseconds, late.milliseconds, 2.0, 50.0);

    let fifth = idle.len() / 5;
    let (first, last) = (idle[fifth], idle[idle.len() - 1]);
    println!("{} sessions more, nothing new: from {first} to {last}", idle.len());
    let (early, late) = (Means::of(&idle[fifth..2 * fifth]), Means::of(&idle[4 * fifth..]));
    grew("memory by sessions alone", early.memory, late.memory, 1.0, 2.0 * 1_048_576.0);
    grew("tasks by sessions alone", early.tasks, late.tasks, 1.0, 3.0);
    assert_eq!((first.journal, first.entries), (last.journal, last.entries), "nothing was said, and it was written");
}

/// The village comes back, agrees with its township, and leaves again.
async fn session(county: &County, dir: &Path, new: u64, township_leaves: bool) -> Seen {
    let (village, township) = (county.node(VILLAGE), county.node(TOWNSHIP));
    if township_leaves {
        leave(township).await;
    }
    let before = village.traffic();
    let began = Instant::now();
    // The township takes no link while it is away itself.
    township.set_online(true);
    village.set_online(true);
    until("the village is back", async || village.link_count() == 1).await;
    county.agree(VILLAGE, TOWNSHIP).await;
    let took = began.elapsed();
    county.agree(TOWNSHIP, COUNTY).await;
    leave(village).await;
    let after = village.traffic();
    let frames = after.frames_in + after.frames_out - before.frames_in - before.frames_out;
    let bytes = after.bytes_in + after.bytes_out - before.bytes_in - before.bytes_out;
    Seen { frames, bytes, took, new, ..look(county, dir).await }
}

/// Goes offline and waits until its links are gone.
async fn leave(node: &Node) {
    node.set_online(false);
    until("the link is gone", async || node.link_count() == 0).await;
}

async fn look(county: &County, dir: &Path) -> Seen {
    let mut entries = 0;
    for (_, node) in county.nodes() {
        entries += node.core().read(|sight| sight.replica.log_length().0).await.unwrap();
    }
    let count = |path: &str| fs::read_dir(path).unwrap().count() as u64;
    let journals = [COUNTY, TOWNSHIP, VILLAGE].map(|unit| bytes_below(&dir.join(unit).join("journal")));
    Seen {
        memory: memory("VmRSS:"),
        files: count("/proc/self/fd"),
        threads: count("/proc/self/task"),
        tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks() as u64,
        entries,
        journal: journals.iter().sum(),
        all: bytes_below(dir),
        frames: 0,
        bytes: 0,
        took: Duration::ZERO,
        new: 0,
    }
}

fn bytes_below(dir: &Path) -> u64 {
    let found = fs::read_dir(dir).unwrap().map(Result::unwrap);
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_below(&entry.path()),
        Ok(found) => found.len(),
        // The engine takes a file away now and then.
        Err(_) => 0,
    };
    found.map(of).sum()
}
