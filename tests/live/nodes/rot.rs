//! Disks that rot, lose pages and lose files, under real nodes: what was changed is found, nobody is shown anything false,
//! everything comes back from a neighbour, and nobody is accused.

use std::{
    fs,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use fangwei_node::{desk::Desk, node::Node, store::StoreOptions};
use fangwei_protocol::{record::entry::EntryId, records::LogIndex, replica::Event};
use tempfile::TempDir;
use tests::nodes::{County, Officer, report, standing, until, verified};
use tokio::sync::broadcast;

use super::{COUNTY, TOWNSHIP, VILLAGE, unit, write_reports};

const UNITS: [&str; 3] = [COUNTY, TOWNSHIP, VILLAGE];

/// Segments small enough that a few hundred entries fill several.
fn store() -> StoreOptions {
    StoreOptions { segment_bytes_max: 64 * 1024, ..StoreOptions::demo() }
}

/// How often to try: a few times, or as often as asked.
fn rounds() -> u64 {
    std::env::var("FANGWEI_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}

/// Numbers that look drawn and are the same for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Three nodes on top of each other that hold the same few hundred entries.
async fn settled() -> (TempDir, County, Officer) {
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, store()).await;
    county.join(TOWNSHIP, COUNTY).await;
    county.join(VILLAGE, TOWNSHIP).await;
    let officer = county.add_reporter(VILLAGE).await;
    write_reports(county.node(VILLAGE), &officer, 200, &"账目公开，村民会议记录在案。".repeat(20)).await;
    agree(&county).await;
    (dir, county, officer)
}

async fn agree(county: &County) {
    county.agree(VILLAGE, TOWNSHIP).await;
    county.agree(TOWNSHIP, COUNTY).await;
}

fn segments(place: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(place.join("journal")).unwrap().map(|found| found.unwrap().path()).collect();
    all.sort();
    all
}

/// Ids in the order of the log; none where a record cannot be read.
async fn ids(node: &Node) -> Vec<Option<EntryId>> {
    let look = |sight: &fangwei_node::run::Sight<'_>| {
        let log = (0..sight.replica.log_length().0).map(LogIndex);
        log.map(|at| sight.replica.entry(at, sight.store).ok().map(|entry| entry.id())).collect()
    };
    node.core().read(look).await.unwrap()
}

/// How many entries a node knows to be damaged.
pub(super) async fn damaged(node: &Node) -> u64 {
    Desk::new(node.clone()).status().await.unwrap().damaged
}

/// What a node was told since, which may not be an accusation.
fn nobody_is_accused(events: &mut broadcast::Receiver<std::sync::Arc<Event>>, unit: &str) {
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(&*event, Event::Refused { .. } | Event::Contradicted { .. }), "{unit}: {event:?}");
    }
}

/// Everything is healed: nothing damaged, all nodes agree, and the stores on disk are without fault.
async fn all_is_well(county: &mut County, what: &str) {
    agree(county).await;
    for unit in UNITS {
        let node = county.node(unit).clone();
        until("nothing is damaged any more", async || damaged(&node).await == 0).await;
        let found = node.core().scrub().await.unwrap();
        assert_eq!((found.entries, found.undone, found.others), (0, 0, 0), "{what}: {unit} after healing");
        let status = Desk::new(node).status().await.unwrap();
        assert!(!status.log_differs && status.contradictions.is_empty() && status.aside == 0, "{what}: {unit}");
    }
    county.stop_all().await;
    for unit in UNITS {
        let found = verified(&county.place(unit));
        assert_eq!(found.fault_count, 0, "{what}: {unit}: {:?}", found.faults);
    }
    for unit in UNITS {
        county.start(unit).await.unwrap();
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Harm {
    Bit,
    Page,
    Cut,
    Gone,
}

/// Damages a file; says whether anything was changed.
fn harm(path: &Path, harm: Harm, draw: &mut Draw) -> bool {
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let len = file.metadata().unwrap().len() as usize;
    if len == 0 {
        return false;
    }
    match harm {
        Harm::Bit => {
            let at = draw.below(len) as u64;
            let mut byte = [0];
            file.read_exact_at(&mut byte, at).unwrap();
            file.write_all_at(&[byte[0] ^ (1 << draw.below(8))], at).unwrap();
        }
        Harm::Page => {
            let page = draw.below(len.div_ceil(4096)) * 4096;
            file.write_all_at(&vec![0; 4096.min(len - page)], page as u64).unwrap();
        }
        Harm::Cut => file.set_len(draw.below(len) as u64).unwrap(),
        Harm::Gone => fs::remove_file(path).unwrap(),
    }
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rot_under_a_running_node_is_found_and_fetched_again() {
    let (_dir, mut county, officer) = settled().await;
    let mut draw = Draw(1);
    for round in 0..rounds() {
        for unit in UNITS {
            let node = county.node(unit).clone();
            let before = ids(&node).await;
            let mut events = node.core().events();
            let segments = segments(&county.place(unit));
            let path = &segments[draw.below(segments.len())];
            let kind = if draw.below(2) == 0 { Harm::Bit } else { Harm::Page };
            assert!(harm(path, kind, &mut draw));
            let what = format!("round {round}: {kind:?} in {}", path.display());
            for (was, is) in before.iter().zip(ids(&node).await) {
                assert!(is.is_none() || is == *was, "{what}: shown as another");
            }
            node.core().scrub().await.unwrap();
            until("all of it is mended", async || damaged(&node).await == 0).await;
            assert_eq!(ids(&node).await[..before.len()], before[..], "{what}");
            nobody_is_accused(&mut events, unit);
        }
        write_reports(county.node(VILLAGE), &officer, 5, "接着写。").await;
    }
    all_is_well(&mut county, "running").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_file_of_a_stopped_node_may_rot_shrink_or_vanish() {
    let (_dir, mut county, officer) = settled().await;
    let mut draw = Draw(2);
    for round in 0..rounds() {
        for unit in UNITS {
            for kind in [Harm::Bit, Harm::Page, Harm::Cut, Harm::Gone] {
                county.stop(unit).await;
                let place = county.place(unit);
                let mut files = segments(&place);
                // Of an engine's files one is as good as another.
                files.extend(["index/db", "index/conf", "index.flushed"].map(|name| place.join(name)));
                files.retain(|path| path.exists());
                let path = files[draw.below(files.len())].clone();
                harm(&path, kind, &mut draw);
                let what = format!("round {round}: {kind:?} of {}", path.display());
                println!("{what}");
                let started = county.start(unit).await;
                assert!(started.is_ok(), "{what}: {started:?}");
                let node = county.node(unit).clone();
                node.core().scrub().await.unwrap();
                until(&what, async || damaged(&node).await == 0).await;
                agree(&county).await;
            }
        }
        write_reports(county.node(VILLAGE), &officer, 5, "接着写。").await;
    }
    all_is_well(&mut county, "stopped").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_index_and_with_a_segment_gone_all_that_can_be_read_survives() {
    let (_dir, mut county, officer) = settled().await;
    // What is nowhere else: written while the link was cut.
    county.node(VILLAGE).set_online(false);
    let mut own = Vec::new();
    for _ in 0..5 {
        own.push(report(county.node(VILLAGE).core(), &unit(VILLAGE), &officer, "只在村里。").await.unwrap().id);
    }
    county.stop(VILLAGE).await;
    let place = county.place(VILLAGE);
    let all = segments(&place);
    assert!(all.len() >= 3, "{}", all.len());
    fs::remove_dir_all(place.join("index")).unwrap();
    fs::remove_file(&all[all.len() / 2]).unwrap();
    let mut events = county.node(TOWNSHIP).core().events();
    county.start(VILLAGE).await.unwrap();
    assert!(place.join("journal.damaged-1").exists(), "the damaged journal is kept");
    let village = county.node(VILLAGE).clone();
    for id in own {
        until("own entries are taken in and held above", async || standing(village.core(), id).await == (true, true))
            .await;
    }
    until("nothing waits any more", async || Desk::new(village.clone()).status().await.unwrap().aside == 0).await;
    report(village.core(), &unit(VILLAGE), &officer, "照样写。").await.unwrap();
    agree(&county).await;
    nobody_is_accused(&mut events, TOWNSHIP);
    all_is_well(&mut county, "salvaged").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destroyed_village_comes_back_from_its_parent_with_one_token() {
    let (_dir, mut county, officer) = settled().await;
    let before: std::collections::BTreeSet<_> = ids(county.node(VILLAGE)).await.into_iter().flatten().collect();
    county.stop(VILLAGE).await;
    fs::remove_dir_all(county.place(VILLAGE)).unwrap();
    county.join(VILLAGE, TOWNSHIP).await;
    agree(&county).await;
    let village = county.node(VILLAGE).clone();
    let after: std::collections::BTreeSet<_> = ids(&village).await.into_iter().flatten().collect();
    assert!(before.is_subset(&after), "{} of {} are back", before.intersection(&after).count(), before.len());
    // Its officers write again, with the keys they have kept.
    let written = report(village.core(), &unit(VILLAGE), &officer, "恢复之后。").await.unwrap();
    until("it is held above", async || standing(village.core(), written.id).await == (true, true)).await;
    all_is_well(&mut county, "restored").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_cannot_read_whom_it_dials_meets_it_anew() {
    let (_dir, mut county, _) = settled().await;
    county.stop(VILLAGE).await;
    fs::remove_file(county.place(VILLAGE).join("journal/00000001.fwj")).unwrap();
    county.start(VILLAGE).await.unwrap();
    let node = county.node(VILLAGE).clone();
    until("all of it is mended", async || damaged(&node).await == 0).await;
    assert!(ids(&node).await.iter().all(Option::is_some));
    // Of what was no entry the first look leaves fillers.
    node.core().scrub().await.unwrap();
    all_is_well(&mut county, "the first segment of the lowest").await;
}
