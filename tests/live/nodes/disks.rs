//! What a node's disk does is that node's affair: a damaged journal, a full disk.

use std::{fs, os::unix::fs::FileExt as _, path::Path, process::Command};

use fangwei_node::{run::WriteFailure, store::StoreOptions};
use tests::nodes::{County, report, standing, until, verified};

use super::{COUNTY, TOWNSHIP, VILLAGE, rot::damaged, unit, write_reports};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_journal_is_one_nodes_affair() {
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, StoreOptions::demo()).await;
    county.join(TOWNSHIP, COUNTY).await;
    county.join(VILLAGE, COUNTY).await;
    let officer = county.add_reporter(VILLAGE).await;
    write_reports(county.node(VILLAGE), &officer, 20, "账目公开。").await;
    county.agree(VILLAGE, COUNTY).await;
    county.agree(TOWNSHIP, COUNTY).await;
    county.stop(TOWNSHIP).await;
    let segment = county.place(TOWNSHIP).join("journal/00000001.fwj");
    let file = fs::File::options().read(true).write(true).open(&segment).unwrap();
    let at = 200;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();

    assert_ne!(verified(&county.place(TOWNSHIP)).fault_count, 0);

    // The others neither notice nor care.
    let village = county.node(VILLAGE).clone();
    let written = report(village.core(), &unit(VILLAGE), &officer, "镇里磁盘坏了。").await.unwrap();
    until("it is held above", async || standing(village.core(), written.id).await == (true, true)).await;
    // And it opens all the same, and is given again what it cannot read.
    county.start(TOWNSHIP).await.unwrap();
    county.node(TOWNSHIP).core().scrub().await.unwrap();
    let township = county.node(TOWNSHIP).clone();
    until("it is mended", async || damaged(&township).await == 0).await;
    county.agree(TOWNSHIP, COUNTY).await;
    county.stop_all().await;
    for unit in [COUNTY, TOWNSHIP, VILLAGE] {
        assert_eq!(verified(&county.place(unit)).fault_count, 0, "{unit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writing_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(dir.path()) else {
        println!("no small disk can be mounted here: only root can");
        return;
    };
    let store = StoreOptions { room_bytes_min: 8 * 1024 * 1024, ..StoreOptions::demo() };
    let mut county = County::found(dir.path(), COUNTY, store).await;
    county.join(VILLAGE, COUNTY).await;
    let officer = county.add_reporter(VILLAGE).await;
    let village = county.node(VILLAGE).clone();
    let first = report(village.core(), &unit(VILLAGE), &officer, "还有空间。").await.unwrap();
    county.agree(VILLAGE, COUNTY).await;
    disk.fill();
    for _ in 0..3 {
        let refused = report(village.core(), &unit(VILLAGE), &officer, "没有空间。").await.unwrap_err();
        assert!(matches!(&refused, WriteFailure::DiskFull { .. }), "{refused}");
        assert_eq!(standing(village.core(), first.id).await, (true, true), "reading goes on");
    }
    disk.empty();
    let next = report(village.core(), &unit(VILLAGE), &officer, "又有空间。").await.unwrap();
    until("it is held above", async || standing(village.core(), next.id).await == (true, true)).await;
    county.agree(VILLAGE, COUNTY).await;
    county.stop_all().await;
    for unit in [COUNTY, VILLAGE] {
        assert_eq!(verified(&county.place(unit)).fault_count, 0, "{unit}");
    }
}

/// A disk in memory, taken away again whatever happens.
struct SmallDisk<'d>(&'d Path);

impl SmallDisk<'_> {
    fn mount(dir: &Path) -> Option<SmallDisk<'_>> {
        let options = ["-t", "tmpfs", "-o", "size=64m", "tmpfs"];
        let mounted = Command::new("mount").args(options).arg(dir).output().ok()?;
        mounted.status.success().then_some(SmallDisk(dir))
    }

    /// Leaves less than a store wants to keep free.
    fn fill(&self) {
        let ballast = fs::File::create(self.0.join("ballast")).unwrap();
        let chunk = vec![1; 1024 * 1024];
        let mut at = 0;
        while ballast.write_all_at(&chunk, at).is_ok() {
            at += chunk.len() as u64;
        }
        ballast.set_len(at - 4 * chunk.len() as u64).unwrap();
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0).output().ok();
    }
}
