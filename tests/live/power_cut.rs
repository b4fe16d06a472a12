//! Pulls the plug of a disk while a store, or a whole node, writes to it: what was acknowledged is there afterwards.
//!
//! The disks are ext4 and XFS images on loop devices; see `mounted` for the plug. Needs root and says so.
//! `FANGWEI_ROUNDS` says how many cuts of a store, and a tenth of it how many of a village and a county at once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod mounted;
mod phases;
mod processes;
mod writing;

use std::{collections::BTreeMap, path::Path, process::Command, thread, time::Duration};

use mounted::{Disk, Kind, demand_root_and_tools};
use phases::{Aim, Phase};
use processes::{COUNTY, Told, Tree, VILLAGE};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use writing::{Habits, Stopped, Writer, check, rounds};

/// Cuts on one disk before it is made anew.
const ROUNDS_PER_DISK: u64 = 5;

/// Entries of the store that every other disk begins with: a grown one.
const GROWN: u64 = 60_000;

/// Entries of one sync.
const BATCHES: [u64; 5] = [1, 5, 100, 1_000, 5_000];

/// Rounds of which it is demanded that they cut everywhere.
const ROUNDS_TO_HIT_ALL: u64 = 30;

#[test]
fn the_writer() {
    writing::write_if_asked();
}

#[test]
fn the_node() {
    processes::run_node_if_asked();
}

/// One cut, somewhere in what is aimed at.
fn cut_in(disk: &Disk, store: &Path, habits: Habits, aim: &mut Aim, random: &mut StdRng) -> Stopped {
    let nth = match aim.target() {
        Phase::Open | Phase::Replay | Phase::Close => 0,
        _ => random.random_range(0..8),
    };
    let writer = Writer::start(store, habits);
    let stopped = writer.stop_in(aim, nth, random, || disk.cut());
    assert_eq!(stopped.by_itself, None);
    disk.unmount();
    disk.mount();
    stopped
}

#[test]
fn what_was_acknowledged_survives_a_power_cut() {
    demand_root_and_tools();
    let rounds = rounds(30);
    let grown = tempfile::tempdir().unwrap();
    writing::grow(grown.path(), GROWN);
    let mut aim = Aim::at(&[Phase::Sync, Phase::Write, Phase::Open, Phase::Index, Phase::Flush, Phase::Close]);
    let (mut disk, mut kind) = (Disk::new(Kind::Ext4), Kind::Ext4);
    let (mut set_aside, mut before, mut of_kinds) = (0, 0, BTreeMap::<String, u64>::new());
    for round in 0..rounds {
        if round.is_multiple_of(ROUNDS_PER_DISK) {
            let number = round / ROUNDS_PER_DISK;
            kind = if number.is_multiple_of(2) { Kind::Ext4 } else { Kind::Xfs };
            (disk, before) = (Disk::new(kind), 0);
            if number % 4 >= 2 {
                let to = disk.mount_point().join("store");
                assert!(Command::new("cp").arg("-r").args([grown.path(), &to]).status().unwrap().success());
                assert!(Command::new("sync").arg("-f").arg(&to).status().unwrap().success());
                before = GROWN;
            }
        }
        let store = disk.mount_point().join("store");
        let mut random = StdRng::seed_from_u64(round);
        let target = aim.take();
        let batch = *BATCHES.choose(&mut random).unwrap();
        let habits = Habits { seed: round, batch: Some(batch), ..Habits::default() };
        let stopped = cut_in(&disk, &store, habits, &mut aim, &mut random);
        aim.hit(stopped.phase);
        let checked = check(&store);
        // What a check has seen it has also synced.
        let (acknowledged, entries) = (stopped.acknowledged.max(before), checked.entries);
        println!(
            "round {round}: {kind}, batches of {batch}, aimed at {target:?}, cut in {:?}; {acknowledged} acknowledged, {entries} there",
            stopped.phase
        );
        before = entries;
        *of_kinds.entry(format!("{kind}, {batch} a sync")).or_default() += 1;
        assert!(entries >= acknowledged, "round {round}: {acknowledged} were acknowledged, {entries} are there");
        if let Some(why) = checked.opened.set_aside {
            println!("round {round}: the index was set aside: {why}");
            set_aside += 1;
        }
    }
    println!("{rounds} cuts, {set_aside} times the index was derived again; {aim}");
    println!("{of_kinds:?}");
    if rounds >= ROUNDS_TO_HIT_ALL {
        aim.demand_every();
    }
}

#[test]
fn an_acknowledgement_without_a_sync_is_found() {
    demand_root_and_tools();
    let disk = Disk::new(Kind::Ext4);
    let store = disk.mount_point().join("store");
    // The system may have written it all by itself in a round, the more so where others keep the disk busy.
    let found = (0..60).any(|round| {
        let writer = Writer::start(&store, Habits { seed: round, acknowledges_unsynced: true, ..Habits::default() });
        let stopped = writer.stop_after(Duration::from_millis(300 + 100 * (round % 10)), || disk.cut());
        assert_eq!(stopped.by_itself, None);
        disk.unmount();
        disk.mount();
        let there = check(&store).entries;
        println!("round {round}: {} acknowledged, {there} there", stopped.acknowledged);
        there < stopped.acknowledged
    });
    assert!(found, "this test would not notice a store that loses what it acknowledged");
}

/// A village and the county above it, each a process with a disk of its own; the plugs of both are pulled at once.
#[test]
fn a_village_and_its_county_survive_a_power_cut_of_both() {
    demand_root_and_tools();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cuts = (rounds(30) / 10).max(3);
    let dir = tempfile::tempdir().unwrap();
    let tree = runtime.block_on(Tree::found(dir.path()));
    let disks = [(COUNTY, Disk::new(Kind::Xfs)), (VILLAGE, Disk::new(Kind::Ext4))];
    for (unit, disk) in &disks {
        let place = tree.place(unit);
        let to = disk.mount_point().join(unit);
        assert!(Command::new("cp").arg("-r").args([&place, &to]).status().unwrap().success());
        assert!(Command::new("sync").arg("-f").arg(&to).status().unwrap().success());
        std::fs::remove_dir_all(&place).unwrap();
        std::os::unix::fs::symlink(&to, &place).unwrap();
    }
    let mut told = Told::default();
    for cut in 0..cuts {
        let (county, village) = (tree.county(), tree.village());
        let mut random = StdRng::seed_from_u64(cut);
        thread::sleep(Duration::from_millis(random.random_range(700..2_500)));
        // Sampled before the cut: what is said while it happens proves nothing.
        let said = village.told();
        // Not at quite the same moment: one of the two may say the last word.
        let first = random.random_range(0..2);
        disks[first].1.cut();
        disks[1 - first].1.cut();
        county.end();
        village.end();
        told.add(said);
        for (_, disk) in &disks {
            disk.unmount();
            disk.mount();
        }
        runtime.block_on(tree.check(&told));
    }
    assert!(told.saved() > 10 * cuts as usize && told.held() > cuts as usize, "{told:?}: hardly a test");
    println!("{cuts} cuts of both; nothing of {told:?} is missing");
}
