//! Kills a process with signal 9 while it opens, replays, writes, syncs, indexes, flushes, rebuilds or closes a store:
//! what was acknowledged is there afterwards, and the index stands exactly between two batches.
//!
//! The kills are aimed at each of these, and what was hit is counted. `FANGWEI_ROUNDS` says how many kills.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod phases;
mod writing;

use phases::{Aim, Phase};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use writing::{Habits, Writer, check, rounds};

/// Kills of one store before the next begins: both young and grown ones are hit.
const ROUNDS_PER_STORE: u64 = 6;

/// Rounds of which it is demanded that they hit everything.
const ROUNDS_TO_HIT_ALL: u64 = 50;

#[test]
fn the_writer() {
    writing::write_if_asked();
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let rounds = rounds(50);
    let mut aim = Aim::at(&[
        Phase::Open,
        Phase::Sync,
        Phase::Replay,
        Phase::Write,
        Phase::Rebuild,
        Phase::Index,
        Phase::Close,
        Phase::Flush,
    ]);
    let mut dir = tempfile::tempdir().unwrap();
    let mut before = 0;
    for round in 0..rounds {
        if round > 0 && round.is_multiple_of(ROUNDS_PER_STORE) {
            dir = tempfile::tempdir().unwrap();
            before = 0;
        }
        let mut random = StdRng::seed_from_u64(round);
        let target = aim.take();
        let nth = match target {
            // A process opens at once, and again when it has closed.
            Phase::Open | Phase::Replay => u64::from(random.random_range(0..4) == 0),
            Phase::Rebuild | Phase::Close => 0,
            _ => random.random_range(0..6),
        };
        if target == Phase::Replay {
            writing::lose_index(dir.path());
        }
        let habits = Habits { seed: round, rebuilds: target == Phase::Rebuild, ..Habits::default() };
        let writer = Writer::start(dir.path(), habits);
        let stopped = writer.stop_in(&mut aim, nth, &mut random, || {});
        assert_eq!(stopped.by_itself, None, "round {round}");
        aim.hit(stopped.phase);
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
        let hit = stopped.phase.map_or_else(String::new, |phase| format!("{phase:?}"));
        println!("round {round}: aimed at {target:?}, hit {hit}; {acknowledged} acknowledged, {before} there");
    }
    println!("{rounds} kills: {aim}");
    if rounds >= ROUNDS_TO_HIT_ALL {
        aim.demand_every();
    }
}
