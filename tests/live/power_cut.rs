//! Pulls the plug of a disk while a store writes to it: what was acknowledged is there afterwards.
//!
//! The disk is an ext4 image on a loop device; the plug is the file system's own shutdown call, which drops everything
//! that had not reached the image (kinder than a real cut: no torn sectors, no lying drive cache). Needs root,
//! `mkfs.ext4`, `mount` and `xfs_io` (Debian: e2fsprogs, mount, xfsprogs); fails without them.
//! `FANGWEI_ROUNDS` says how many cuts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod writing;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tempfile::TempDir;
use writing::{Acknowledges, Stopped, Writer, check, rounds};

/// Cuts on one disk before it is made anew: both young and grown stores are cut.
const ROUNDS_PER_DISK: u64 = 5;

/// Bytes of the image; only what is written takes room.
const DISK_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// A disk in a file, mounted; taken away again whatever happens.
struct Disk {
    dir: TempDir,
}

impl Disk {
    fn new() -> Disk {
        let disk = Disk { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(disk.mount_point()).unwrap();
        fs::File::create(disk.image()).unwrap().set_len(DISK_BYTES).unwrap();
        run("mkfs.ext4", &["-q".as_ref(), "-F".as_ref(), &disk.image()]);
        disk.mount();
        disk
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    fn mount_point(&self) -> PathBuf {
        self.dir.path().join("disk")
    }

    fn store(&self) -> PathBuf {
        self.mount_point().join("store")
    }

    fn mount(&self) {
        run("mount", &["-o".as_ref(), "loop".as_ref(), &self.image(), &self.mount_point()]);
    }

    fn cut(&self) {
        run("xfs_io", &["-x".as_ref(), "-c".as_ref(), "shutdown".as_ref(), &self.mount_point()]);
    }

    /// The engine lets go of its files a moment after it is closed, so this is tried for a while.
    fn unmount(&self) {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let answer = Command::new("umount").arg(self.mount_point()).output().unwrap();
            if answer.status.success() {
                return;
            }
            assert!(Instant::now() < until, "umount: {}", said(&answer));
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The loop device goes with its last user.
        let answer = Command::new("umount").arg("-l").arg(self.mount_point()).output();
        if !thread::panicking() {
            answer.unwrap();
        }
    }
}

fn run(tool: &str, arguments: &[&Path]) {
    let answer = Command::new(tool).args(arguments).output().unwrap_or_else(|error| panic!("{tool}: {error}"));
    assert!(answer.status.success(), "{tool} {arguments:?}: {}", said(&answer));
}

fn said(answer: &Output) -> String {
    String::from_utf8_lossy(&answer.stderr).into_owned()
}

/// Fails, with the reason, where a plug cannot be pulled.
fn demand_root_and_tools() {
    let id = Command::new("id").arg("-u").output().unwrap();
    assert_eq!(id.stdout, b"0\n", "a disk can only be mounted and cut by root");
    for tool in ["mkfs.ext4", "mount", "umount", "xfs_io"] {
        let answer = Command::new(tool).arg("-V").output();
        assert!(answer.is_ok(), "{tool} is not installed (Debian packages e2fsprogs, mount, xfsprogs)");
    }
}

/// One cut after so long; returns how many entries had been acknowledged before it.
fn cut_after(disk: &Disk, seed: u64, milliseconds: u64, acknowledges: Acknowledges) -> u64 {
    let writer = Writer::start(&disk.store(), seed, acknowledges);
    let stopped = writer.stop_after(Duration::from_millis(milliseconds), || disk.cut());
    assert_eq!(stopped.by_itself, None);
    disk.unmount();
    disk.mount();
    stopped.acknowledged
}

#[test]
fn the_writer() {
    writing::write_if_asked();
}

#[test]
fn what_was_acknowledged_survives_a_power_cut() {
    demand_root_and_tools();
    let rounds = rounds(20);
    let mut disk = Disk::new();
    let (mut set_aside, mut before) = (0, 0);
    for round in 0..rounds {
        if round > 0 && round.is_multiple_of(ROUNDS_PER_DISK) {
            (disk, before) = (Disk::new(), 0);
        }
        let mut random = StdRng::seed_from_u64(round);
        // One in five so early that it may hit opening.
        let milliseconds = random.random_range(if round % 5 == 3 { 5..60 } else { 100..1_200 });
        let acknowledged = cut_after(&disk, round, milliseconds, Acknowledges::AfterSync);
        let checked = check(&disk.store());
        let entries = checked.entries;
        println!("round {round}: cut after {milliseconds} ms, {acknowledged} acknowledged, {entries} there");
        // What a check has seen it has also synced.
        let acknowledged = acknowledged.max(before);
        before = entries;
        assert!(entries >= acknowledged, "round {round}: {acknowledged} were acknowledged, {entries} are there");
        if let Some(why) = checked.opened.set_aside {
            println!("round {round}: the index was set aside: {why}");
            set_aside += 1;
        }
    }
    println!("{rounds} cuts, {set_aside} times the index was derived again");
}

#[test]
fn an_acknowledgement_without_a_sync_is_found() {
    demand_root_and_tools();
    let disk = Disk::new();
    let found = (0..10).any(|round| {
        let acknowledged = cut_after(&disk, round, 300 + 100 * round, Acknowledges::WithoutSync);
        check(&disk.store()).entries < acknowledged
    });
    assert!(found, "this test would not notice a store that loses what it acknowledged");
}

#[test]
fn a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    demand_root_and_tools();
    let dir = tempfile::tempdir().unwrap();
    let disk = Memory::new(dir.path());
    let store = dir.path().join("store");
    for round in 0..4 {
        let writer = Writer::start(&store, round, Acknowledges::AfterSync);
        let Stopped { acknowledged, by_itself } = writer.stop_after(Duration::from_secs(120), || {});
        assert_eq!(by_itself, Some(Ok(())), "round {round}");
        disk.resize(32 * (round + 2));
        let checked = check(&store);
        println!("round {round}: full, {acknowledged} acknowledged, {} there", checked.entries);
        assert!(acknowledged > 0 && checked.entries >= acknowledged);
        assert_eq!(checked.opened.set_aside, None);
    }
}

/// A disk in memory, small and growing.
struct Memory<'d>(&'d Path);

impl Memory<'_> {
    fn new(dir: &Path) -> Memory<'_> {
        run("mount", &["-t".as_ref(), "tmpfs".as_ref(), "-o".as_ref(), "size=32m".as_ref(), "tmpfs".as_ref(), dir]);
        Memory(dir)
    }

    fn resize(&self, mebibytes: u64) {
        run("mount", &["-o".as_ref(), format!("remount,size={mebibytes}m").as_ref(), self.0]);
    }
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0).output().ok();
    }
}
