//! A disk that fills up, under a store and under nodes, at drawn moments, and has room again: writing is refused and
//! says why, reading goes on, nothing that was acknowledged is lost, and all goes on by itself once there is room.
//!
//! The disk is one in memory; only root can mount it, and this says so. `FANGWEI_ROUNDS` says how often the disk of a
//! store is filled, and half of it how often a node's.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod mounted;
mod phases;
mod writing;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use fangwei_node::{
    api::shape::ListQuery,
    desk::Desk,
    node::Node,
    run::WriteFailure,
    store::{StoreFailure, StoreOptions},
};
use mounted::{Memory, demand_root_and_tools};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tempfile::TempDir;
use tests::nodes::{County, Officer, report, standing, until, verified};
use tokio::task::JoinSet;
use writing::{Habits, Stopped, Writer, check, rounds};

const COUNTY: &str = "370126";
const VILLAGE: &str = "370126.105.201";

/// A node's disk, in mebibytes, and the room a store wants to keep on it.
const DISK_MIB: u64 = 64;
const ROOM: u64 = 8 * 1024 * 1024;

#[test]
fn the_writer() {
    writing::write_if_asked();
}

#[test]
fn a_store_on_a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    demand_root_and_tools();
    let dir = tempfile::tempdir().unwrap();
    let mut mebibytes = 20;
    let disk = Memory::mount(dir.path(), mebibytes);
    let store = dir.path().join("store");
    let (mut refused, mut opened, mut before) = (0, 0, 0);
    for round in 0..rounds(8) {
        let mut random = StdRng::seed_from_u64(round);
        if round % 3 == 2 {
            // It is full while the index is made.
            writing::lose_index(&store);
        }
        let writer = Writer::start(&store, Habits { seed: round, rebuilds: round % 4 == 1, ..Habits::default() });
        let Stopped { acknowledged, by_itself, .. } = writer.stop_after(Duration::from_secs(120), || {});
        assert_eq!(by_itself, Some(Ok(())), "round {round}");
        // Full: opened at once, it says so or opens; it loses nothing either way and sets nothing aside.
        match writing::try_open(&store) {
            Ok(entries) => {
                opened += 1;
                assert!(entries >= acknowledged);
            }
            Err(StoreFailure::DiskFull { .. }) => refused += 1,
            Err(failure) => panic!("round {round}: {failure}"),
        }
        mebibytes += random.random_range(4..16);
        disk.resize(mebibytes);
        let checked = check(&store);
        println!("round {round}: full, {acknowledged} acknowledged, {} there", checked.entries);
        assert!(checked.entries >= acknowledged.max(before));
        assert_eq!(checked.opened.set_aside, None);
        before = checked.entries;
        if mebibytes > 80 {
            fs::remove_dir_all(&store).unwrap();
            (mebibytes, before) = (20, 0);
            disk.resize(mebibytes);
        }
    }
    println!("opened on a full disk: {opened} times, refused {refused} times");
}

/// A county, and a village below it, one of them on a small disk.
struct Place {
    county: County,
    officer: Officer,
    small: &'static str,
    dir: TempDir,
}

impl Place {
    async fn with_small(small: &'static str, then: impl AsyncFnOnce(&mut Place, &Memory<'_>)) {
        demand_root_and_tools();
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join(small);
        fs::create_dir(&at).unwrap();
        let disk = Memory::mount(&at, DISK_MIB);
        let options = StoreOptions { room_bytes_min: ROOM, segment_bytes_max: 1024 * 1024, ..StoreOptions::demo() };
        let mut county = County::found(dir.path(), COUNTY, options).await;
        county.join(VILLAGE, COUNTY).await;
        let officer = county.add_reporter(VILLAGE).await;
        let mut place = Place { county, officer, small, dir };
        then(&mut place, &disk).await;
        place.county.agree(VILLAGE, COUNTY).await;
        place.county.stop_all().await;
        for unit in [COUNTY, VILLAGE] {
            let found = verified(&place.dir.path().join(unit));
            assert!(found.fault_count == 0 && found.void == 0, "{unit}: {found:?}");
        }
    }

    fn small(&self) -> Node {
        self.county.node(self.small).clone()
    }
}

/// Pens that write until they are told to stop, and what came of it.
struct Pens {
    stop: Arc<AtomicBool>,
    refused: Arc<AtomicU64>,
    saved: Arc<AtomicU64>,
    writing: JoinSet<u64>,
}

impl Pens {
    fn start(node: &Node, by: &Officer, pens: u64) -> Pens {
        let (stop, refused, saved) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default(), Arc::default());
        let mut pen = Pens { stop, refused, saved, writing: JoinSet::new() };
        for _ in 0..pens {
            let (node, by, stop) = (node.clone(), by.clone(), pen.stop.clone());
            let (refused, saved) = (pen.refused.clone(), pen.saved.clone());
            pen.writing.spawn(async move {
                let mut here = 0;
                while !stop.load(Ordering::SeqCst) {
                    match report(node.core(), &node.me().unit, &by, "磁盘快满了。").await {
                        Ok(_) => {
                            here += 1;
                            saved.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(WriteFailure::DiskFull { .. }) => {
                            refused.fetch_add(1, Ordering::SeqCst);
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                        Err(failure) => panic!("{failure}"),
                    }
                }
                here
            });
        }
        pen
    }

    async fn stop(mut self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        let mut saved = 0;
        while let Some(here) = self.writing.join_next().await {
            saved += here.unwrap();
        }
        saved
    }
}

async fn entries(node: &Node) -> u64 {
    node.core().read(|sight| sight.replica.log_length().0).await.unwrap()
}

async fn some_time(random: &mut StdRng, milliseconds: std::ops::Range<u64>) {
    tokio::time::sleep(Duration::from_millis(random.random_range(milliseconds))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_node_refuses_writing_exactly_and_goes_on_reading() {
    Place::with_small(VILLAGE, async |place, disk| {
        let village = place.small();
        let mut random = StdRng::seed_from_u64(1);
        let (mut told, mut refusals, mut listed_then, mut behind) = (0, 0, 0, 0);
        let saved = |pens: &Pens| pens.saved.load(Ordering::SeqCst) + 4;
        let before = entries(&village).await;
        let desk = Desk::new(village.clone());
        let total = async || desk.reports(&ListQuery { limit: Some(1), ..ListQuery::default() }).await.unwrap().total;
        let listed_before = total().await;
        for _ in 0..rounds(8).div_ceil(2) {
            let pens = Pens::start(&village, &place.officer, 4);
            some_time(&mut random, 20..400).await;
            // Another program fills it, first what the store wants to keep free and then the rest.
            disk.fill(ROOM / 2);
            until("writing is refused", async || pens.refused.load(Ordering::SeqCst) > 20).await;
            disk.fill(random.random_range(0..64 * 1024));
            let so_far = pens.refused.load(Ordering::SeqCst);
            until("writing is still refused", async || pens.refused.load(Ordering::SeqCst) > so_far + 20).await;
            for _ in 0..20 {
                // Not one that is refused is shown, nor one that is saved missing.
                assert!(entries(&village).await >= before + told + pens.saved.load(Ordering::SeqCst) - 4);
            }
            // Lists show what there was room for, and the node says how far they are behind.
            let (listed, status) = (total().await, desk.status().await.unwrap());
            assert!(listed >= listed_before + listed_then && listed <= listed_before + told + saved(&pens));
            if listed < listed_before + told + saved(&pens) {
                behind += u64::from(status.lists_lag_entries.is_some_and(|behind| behind > 0));
            }
            // The index is not begun anew where it could not be finished.
            assert!(village.core().rebuild().await.is_err());
            entries(&village).await;
            disk.empty();
            let so_far = pens.saved.load(Ordering::SeqCst);
            until("writing goes on", async || pens.saved.load(Ordering::SeqCst) > so_far + 20).await;
            refusals += pens.refused.load(Ordering::SeqCst);
            told += pens.stop().await;
            assert_eq!(entries(&village).await, before + told, "what was refused is not there, what was saved is");
            assert_eq!(total().await, listed_before + told, "the lists have caught up");
            assert_eq!(desk.status().await.unwrap().lists_lag_entries, Some(0));
            listed_then = told;
        }
        println!("{told} saved, {refusals} refused, lists behind in {behind} rounds");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_while_the_index_is_made_anew_costs_nothing() {
    Place::with_small(VILLAGE, async |place, disk| {
        let village = place.small();
        let mut random = StdRng::seed_from_u64(2);
        let pens = Pens::start(&village, &place.officer, 8);
        until("there is something to index", async || pens.saved.load(Ordering::SeqCst) > 3_000).await;
        pens.stop().await;
        place.county.agree(VILLAGE, COUNTY).await;
        let held = entries(&village).await;
        let mut failed = 0;
        for _ in 0..rounds(8).div_ceil(2) {
            let core = village.core().clone();
            let rebuilding = tokio::spawn(async move { core.rebuild().await });
            some_time(&mut random, 0..150).await;
            disk.fill(random.random_range(0..64 * 1024));
            failed += u64::from(rebuilding.await.unwrap().is_err());
            // Nothing is written, whether there is an index or not.
            let refused = report(village.core(), &village.me().unit, &place.officer, "没有空间。").await.unwrap_err();
            assert!(matches!(refused, WriteFailure::DiskFull { .. } | WriteFailure::Stopped(_)), "{refused}");
            disk.empty();
            until("it is open again", async || village.core().read(|_| ()).await.is_ok()).await;
            assert_eq!(entries(&village).await, held);
        }
        println!("{failed} rebuilds met the end of the disk");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_county_whose_disk_fills_while_much_arrives_takes_the_rest_later() {
    Place::with_small(COUNTY, async |place, disk| {
        let (county, village) = (place.small(), place.county.node(VILLAGE).clone());
        let mut random = StdRng::seed_from_u64(3);
        for _ in 0..rounds(8).div_ceil(2) {
            village.set_online(false);
            let pens = Pens::start(&village, &place.officer, 8);
            until("there is much to bring", async || pens.saved.load(Ordering::SeqCst) > 600).await;
            pens.stop().await;
            village.set_online(true);
            some_time(&mut random, 0..150).await;
            disk.fill(ROOM / 2);
            some_time(&mut random, 100..200).await;
            disk.fill(random.random_range(0..64 * 1024));
            let first = entries(&county).await;
            some_time(&mut random, 100..600).await;
            assert!(entries(&county).await >= first, "reading goes on");
            disk.empty();
            place.county.agree(VILLAGE, COUNTY).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_started_on_a_full_disk_shows_what_it_has_and_writes_when_there_is_room() {
    Place::with_small(VILLAGE, async |place, disk| {
        let written =
            report(place.small().core(), &VILLAGE.parse().unwrap(), &place.officer, "重启之前。").await.unwrap();
        place.county.agree(VILLAGE, COUNTY).await;
        for left in [0, 4_096, 65_536] {
            place.county.stop(VILLAGE).await;
            disk.fill(left);
            place.county.start(VILLAGE).await.unwrap();
            let village = place.small();
            for _ in 0..3 {
                let refused = report(village.core(), &VILLAGE.parse().unwrap(), &place.officer, "满。").await;
                assert!(matches!(refused, Err(WriteFailure::DiskFull { .. })), "{refused:?}");
                assert!(standing(village.core(), written.id).await.0, "what was saved is shown");
            }
            disk.empty();
            until("it writes again", async || {
                report(village.core(), &VILLAGE.parse().unwrap(), &place.officer, "有空间了。").await.is_ok()
            })
            .await;
            assert!(standing(place.small().core(), written.id).await.0);
        }
    })
    .await;
}
