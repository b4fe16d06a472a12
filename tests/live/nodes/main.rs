//! Real nodes of one county over real QUIC, in one process: what a reconnect and a cut cost, what strangers get, what
//! one node's disk does to the others.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod disks;
mod omission;
mod redacted;
mod rot;
mod strangers;

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use fangwei_node::{
    api::shape::EvidenceForm,
    audit::compare::{compare, side},
    desk::Desk,
    node::Node,
    store::StoreOptions,
};
use fangwei_protocol::{replica::Event, work::unit::UnitPath};
use tempfile::TempDir;
use tests::nodes::{County, Officer, report, standing, until};
use tokio::task::JoinSet;

const COUNTY: &str = "370126";
const TOWNSHIP: &str = "370126.105";
const VILLAGE: &str = "370126.105.201";

/// Application bytes each way when nothing has changed.
const UNCHANGED_BYTES_MAX: u64 = 256;

/// What a cut costs at most.
const CUT_BYTES_MAX: u64 = 256 * 1024;

/// A county with a village right below it, and the village's reporter.
async fn county_and_village() -> (TempDir, County, Officer) {
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, StoreOptions::demo()).await;
    county.join(VILLAGE, COUNTY).await;
    let officer = county.add_reporter(VILLAGE).await;
    (dir, county, officer)
}

fn unit(text: &str) -> UnitPath {
    text.parse().unwrap()
}

/// Writes so many reports, many at once.
async fn write_reports(node: &Node, by: &Officer, count: usize, text: &str) {
    let mut writing = JoinSet::new();
    for _ in 0..count {
        let (node, by, text) = (node.clone(), by.clone(), text.to_owned());
        writing.spawn(async move { report(node.core(), &node.me().unit, &by, &text).await.unwrap() });
    }
    while let Some(written) = writing.join_next().await {
        written.unwrap();
    }
}

/// Stops both and starts both again; then counts what was said until all is quiet.
async fn reconnect_costs_next_to_nothing(county: &mut County, what: &str) {
    county.agree(VILLAGE, COUNTY).await;
    county.stop_all().await;
    county.start(COUNTY).await.unwrap();
    let mut events = county.node(COUNTY).core().events();
    county.start(VILLAGE).await.unwrap();
    let settled = async {
        let mut agreed_at_once = false;
        loop {
            match &*events.recv().await.unwrap() {
                Event::Met { agreed, .. } => agreed_at_once = *agreed,
                Event::Settled { .. } => return agreed_at_once,
                _ => {}
            }
        }
    };
    let agreed = tokio::time::timeout(Duration::from_secs(10), settled).await.unwrap();
    assert!(agreed, "{what}: digests differ");
    // Whoever had more to say would have said it by now.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let traffic = county.node(VILLAGE).traffic();
    assert_eq!((traffic.frames_out, traffic.frames_in), (1, 1), "{what}: not one round trip");
    assert!(traffic.bytes_out <= UNCHANGED_BYTES_MAX && traffic.bytes_in <= UNCHANGED_BYTES_MAX, "{what}: {traffic:?}");
    println!("{what}: {} bytes up, {} down", traffic.bytes_out, traffic.bytes_in);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconnect_with_nothing_changed_is_one_round_trip_of_few_bytes() {
    let (_dir, mut county, officer) = county_and_village().await;
    write_reports(county.node(VILLAGE), &officer, 10, "一切正常。").await;
    reconnect_costs_next_to_nothing(&mut county, "10 documents").await;
    write_reports(county.node(VILLAGE), &officer, 2_000, "一切正常。").await;
    reconnect_costs_next_to_nothing(&mut county, "2,010 documents").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconnect_with_a_branched_feed_is_no_dearer() {
    let (dir, mut county, officer) = county_and_village().await;
    write_reports(county.node(VILLAGE), &officer, 3, "备份之前。").await;
    county.agree(VILLAGE, COUNTY).await;
    county.stop(VILLAGE).await;
    let backup = dir.path().join("backup");
    copy_dir(&county.place(VILLAGE), &backup);
    county.start(VILLAGE).await.unwrap();
    write_reports(county.node(VILLAGE), &officer, 2, "备份之后。").await;
    county.agree(VILLAGE, COUNTY).await;
    // The disk is restored, and the officer writes on before the link is back.
    county.stop(VILLAGE).await;
    fs::remove_dir_all(county.place(VILLAGE)).unwrap();
    copy_dir(&backup, &county.place(VILLAGE));
    let offline = Node::open_offline(&county.place(VILLAGE), StoreOptions::demo(), &mut |_| {}).unwrap();
    write_reports(&offline, &officer, 2, "恢复之后。").await;
    offline.stop().await;
    county.start(VILLAGE).await.unwrap();
    county.agree(VILLAGE, COUNTY).await;
    let branched = |node: &Node| {
        let core = node.core().clone();
        async move {
            let look = |sight: &fangwei_node::run::Sight<'_>| {
                let root = &sight.replica.charter().genesis().root;
                sight.replica.frontier().below(root).filter(|(.., feed)| feed.branched).count()
            };
            core.read(look).await.unwrap()
        }
    };
    assert_eq!((branched(county.node(VILLAGE)).await, branched(county.node(COUNTY)).await), (1, 1));
    // Nobody is accused of anything.
    let told = async |unit| Desk::new(county.node(unit).clone()).status().await.unwrap();
    for unit in [VILLAGE, COUNTY] {
        let told = told(unit).await;
        assert!(told.contradictions.is_empty() && !told.log_differs, "{unit}: {told:?}");
    }
    reconnect_costs_next_to_nothing(&mut county, "one feed branched").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_county_that_confirmed_and_then_leaves_out_is_found_by_comparing_two_stores() {
    let (dir, mut county, officer) = county_and_village().await;
    county.agree(VILLAGE, COUNTY).await;
    county.stop(COUNTY).await;
    let earlier = dir.path().join("earlier");
    copy_dir(&county.place(COUNTY), &earlier);
    county.start(COUNTY).await.unwrap();
    let written = report(county.node(VILLAGE).core(), &unit(VILLAGE), &officer, "已上报的一件。").await.unwrap();
    let village = county.node(VILLAGE).clone();
    until("the county confirms it", async || standing(village.core(), written.id).await == (true, true)).await;
    county.stop_all().await;
    let side = |path: &Path| side(path, &mut |_, _| {}).unwrap();
    let (below, above) = (side(&county.place(VILLAGE)), side(&county.place(COUNTY)));
    let agreed = compare(&below, &above).unwrap();
    assert_eq!((agreed.only_first.entries, agreed.only_second.entries), (0, 0));
    assert_eq!(agreed.digests[0], agreed.digests[1]);
    // What the county shows an auditor is what it had before.
    // What the village exports has the county's receipt, and the same is found.
    let offline = Node::open_offline(&county.place(VILLAGE), StoreOptions::demo(), &mut |_| {}).unwrap();
    let bundle = dir.path().join("bundle");
    let all = EvidenceForm { all: true, ..EvidenceForm::default() };
    let mut writing = Desk::new(offline.clone()).evidence(None, &all).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(some) = writing.next().await.unwrap() {
        bytes.extend(some);
    }
    fs::write(&bundle, bytes).unwrap();
    offline.stop().await;
    let shown = side(&bundle);
    assert!(shown.audited.found.receipts > 0 && shown.audited.found.fault_count == 0, "{:?}", shown.audited.found);
    let left_out = compare(&shown, &side(&earlier)).unwrap();
    assert_eq!(left_out.only_first.bound, [written.id]);
    let left_out = compare(&below, &side(&earlier)).unwrap();
    let missing: Vec<_> = left_out.only_first.some.iter().map(|missing| missing.id).collect();
    assert_eq!((missing, left_out.only_first.bound), (vec![written.id], vec![written.id]));
    assert_eq!(left_out.only_second.entries, 0);
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for found in fs::read_dir(from).unwrap() {
        let found = found.unwrap();
        let to = to.join(found.file_name());
        if found.file_type().unwrap().is_dir() {
            copy_dir(&found.path(), &to);
        } else {
            fs::copy(found.path(), to).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_costs_little_however_often_it_comes() {
    let (_dir, county, officer) = county_and_village().await;
    county.agree(VILLAGE, COUNTY).await;
    let village = county.node(VILLAGE);
    village.set_online(false);
    let before = village.core().read(|sight| sight.replica.log_length()).await.unwrap();
    write_reports(village, &officer, 140, &"村集体资金使用情况说明。".repeat(1_150)).await;
    let payload = village.core().read(move |sight| {
        (before.0..sight.replica.log_length().0)
            .map(|at| {
                let record =
                    fangwei_protocol::records::Records::read(sight.store, fangwei_protocol::records::LogIndex(at));
                let record = record.unwrap();
                (record.entry.len() + record.body.unwrap().len()) as u64
            })
            .sum::<u64>()
    });
    let payload = payload.await.unwrap();
    assert!(payload >= 5_000_000, "{payload} bytes");
    let sent_before = village.traffic().bytes_out;
    let mut cuts = 0;
    let goal = village.core().read(|sight| sight.replica.log_length().0).await.unwrap();
    let arrived = async || county.node(COUNTY).core().read(|sight| sight.replica.log_length().0).await.unwrap();
    while arrived().await < goal {
        let from = village.traffic().bytes_out;
        village.set_online(true);
        // At another byte each time, and never so late that the transfer is over before it was cut often.
        let limit = from + 250_000 + cuts * 7_001;
        while cuts < 16 && village.traffic().bytes_out < limit && arrived().await < goal {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if cuts < 16 && arrived().await < goal {
            village.set_online(false);
            cuts += 1;
            until("the link is gone", async || village.link_count() == 0).await;
        } else {
            county.agree(VILLAGE, COUNTY).await;
        }
    }
    county.agree(VILLAGE, COUNTY).await;
    let sent = village.traffic().bytes_out - sent_before;
    println!("{payload} bytes of entries, {cuts} cuts, {sent} bytes of frames sent");
    assert!(cuts >= 10, "only {cuts} cuts");
    assert!(sent <= payload + (cuts + 1) * CUT_BYTES_MAX, "{sent} bytes sent for {payload} with {cuts} cuts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_village_whose_township_is_down_reaches_the_county() {
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, StoreOptions::demo()).await;
    county.join(TOWNSHIP, COUNTY).await;
    county.join(VILLAGE, TOWNSHIP).await;
    let officer = county.add_reporter(VILLAGE).await;
    county.set_above(VILLAGE, &[TOWNSHIP, COUNTY]);
    county.agree(VILLAGE, TOWNSHIP).await;
    let is_its_own = |of: &mut dyn Iterator<Item = String>| of.collect::<BTreeSet<_>>().len() == 3;
    assert!(is_its_own(&mut county.nodes().map(|(_, node)| format!("{:?}", node.key().bytes()))), "keys");
    assert!(is_its_own(&mut county.nodes().map(|(_, node)| node.address().unwrap().to_string())), "sockets");
    let journal = |node: &Node| fs::canonicalize(node.dir().join("journal")).unwrap().display().to_string();
    assert!(is_its_own(&mut county.nodes().map(|(_, node)| journal(node))), "journals");

    let (upper, lower) = (county.node(COUNTY).clone(), county.node(VILLAGE).clone());
    county.stop(TOWNSHIP).await;
    let written = report(lower.core(), &unit(VILLAGE), &officer, "镇里停电。").await.unwrap();
    until("the county confirms it", async || standing(lower.core(), written.id).await == (true, true)).await;
    assert!(standing(upper.core(), written.id).await.0);
    // The township learns of it from the county when it is back.
    county.start(TOWNSHIP).await.unwrap();
    county.agree(TOWNSHIP, COUNTY).await;
    assert!(standing(county.node(TOWNSHIP).core(), written.id).await.0);
    county.stop_all().await;
}
