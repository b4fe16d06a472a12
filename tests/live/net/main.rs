//! Real nodes over bad links and under floods, on loopback: what is honest gets through, and memory stays bounded.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod floods;
mod impaired;
mod replayed;

use std::{fs, net::SocketAddr, time::Duration};

use fangwei_node::{
    limits::{REDIAL_BASE, REDIAL_MAX},
    node::{Node, NodeOptions, Upstream},
    store::StoreOptions,
};
use tempfile::TempDir;
use tests::nodes::{County, Officer};
use tokio::sync::RwLock;

const COUNTY: &str = "370126";
const VILLAGE: &str = "370126.105.201";

/// What a test waits for at most; a slow machine needs a small part of it.
const PATIENCE: Duration = Duration::from_secs(240);

/// Memory is the whole process's, so a flood (writing) has it alone, and all others (reading) share it.
static PROCESS: RwLock<()> = RwLock::const_new(());

/// A county with a village right below it, and the village's reporter.
async fn county_and_village() -> (TempDir, County, Officer) {
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, StoreOptions::demo()).await;
    county.join(VILLAGE, COUNTY).await;
    let officer = county.add_reporter(VILLAGE).await;
    county.agree(VILLAGE, COUNTY).await;
    (dir, county, officer)
}

/// Starts the village anew, with the waits of the product, dialling the county at `address`.
async fn dial_through(county: &mut County, address: SocketAddr) -> Node {
    let upstream = vec![Upstream { address, key: county.node(COUNTY).key() }];
    county.stop(VILLAGE).await;
    let product = |options| NodeOptions { upstream, redial_base: REDIAL_BASE, redial_max: REDIAL_MAX, ..options };
    county.start_with(VILLAGE, product).await.unwrap();
    county.node(VILLAGE).clone()
}

/// Bytes of memory this process holds.
fn resident_bytes() -> u64 {
    let pages: u64 = fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

/// Waits for something; how long it took.
async fn within(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let began = tokio::time::Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    began.elapsed()
}
