//! Kills a process with signal 9 while it opens, writes, syncs or indexes a store: what was acknowledged is there
//! afterwards, and the index stands exactly between two batches.
//!
//! `FANGWEI_ROUNDS` says how many kills.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod writing;

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use writing::{Acknowledges, Writer, check, rounds};

/// Kills of one store before the next begins: both young and grown ones are hit.
const ROUNDS_PER_STORE: u64 = 10;

#[test]
fn the_writer() {
    writing::write_if_asked();
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let rounds = rounds(100);
    let mut dir = tempfile::tempdir().unwrap();
    let mut before = 0;
    for round in 0..rounds {
        if round > 0 && round.is_multiple_of(ROUNDS_PER_STORE) {
            dir = tempfile::tempdir().unwrap();
            before = 0;
        }
        let mut random = StdRng::seed_from_u64(round);
        // One in three so early that it may hit opening and replaying.
        let milliseconds = random.random_range(if round % 3 == 2 { 1..25 } else { 25..400 });
        let writer = Writer::start(dir.path(), round, Acknowledges::AfterSync);
        let stopped = writer.stop_after(Duration::from_millis(milliseconds), || {});
        assert_eq!(stopped.by_itself, None, "round {round}");
        let checked = check(dir.path());
        let acknowledged = stopped.acknowledged.max(before);
        assert!(
            checked.entries >= acknowledged,
            "round {round}: {acknowledged} were acknowledged, {} are there",
            checked.entries
        );
        // Without a power cut the engine never has a reason to doubt itself.
        assert_eq!(checked.opened.set_aside, None, "round {round}");
        before = checked.entries;
        println!("round {round}: killed after {milliseconds} ms, {acknowledged} acknowledged, {before} there");
    }
}
