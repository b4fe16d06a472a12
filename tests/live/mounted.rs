//! Disks a test may pull the plug of, or fill: a file system in a file, and one in memory. Only root can mount them.
//!
//! The plug is the file system's own shutdown call, which drops everything that had not reached the image (kinder than
//! a real cut: no torn sectors, no lying drive cache). Needs root and the Debian packages e2fsprogs, mount, xfsprogs.

#![allow(dead_code, reason = "shared by several targets, none of which needs all of it")]

use std::{
    fmt, fs,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Bytes of an image; only what is written takes room.
const DISK_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// A file system whose plug can be pulled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    Ext4,
    Xfs,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Ext4 => "ext4",
            Kind::Xfs => "XFS",
        })
    }
}

/// A disk in a file, mounted; taken away again whatever happens.
pub(crate) struct Disk {
    dir: TempDir,
}

impl Disk {
    /// A new one.
    pub(crate) fn new(kind: Kind) -> Disk {
        let disk = Disk { dir: tempfile::tempdir().unwrap() };
        fs::create_dir(disk.mount_point()).unwrap();
        fs::File::create(disk.image()).unwrap().set_len(DISK_BYTES).unwrap();
        let (tool, arguments) = match kind {
            Kind::Ext4 => ("mkfs.ext4", ["-q", "-F"].as_slice()),
            Kind::Xfs => ("mkfs.xfs", ["-q", "-f"].as_slice()),
        };
        let image = disk.image();
        let arguments: Vec<&Path> = arguments.iter().map(Path::new).chain([image.as_path()]).collect();
        run(tool, &arguments);
        disk.mount();
        disk
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    /// Where it is mounted.
    pub(crate) fn mount_point(&self) -> PathBuf {
        self.dir.path().join("disk")
    }

    /// Mounts it, which replays the file system's own journal.
    pub(crate) fn mount(&self) {
        run("mount", &["-o".as_ref(), "loop".as_ref(), &self.image(), &self.mount_point()]);
    }

    /// Pulls the plug.
    pub(crate) fn cut(&self) {
        run("xfs_io", &["-x".as_ref(), "-c".as_ref(), "shutdown".as_ref(), &self.mount_point()]);
    }

    /// Takes it away. The engine lets go of its files a moment after it is closed, so this is tried for a while.
    pub(crate) fn unmount(&self) {
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

/// A disk in memory, small and growing; taken away again whatever happens.
pub(crate) struct Memory<'d>(&'d Path);

impl Memory<'_> {
    /// Mounts one at a directory.
    pub(crate) fn mount(dir: &Path, mebibytes: u64) -> Memory<'_> {
        let size = format!("size={mebibytes}m");
        run("mount", &["-t".as_ref(), "tmpfs".as_ref(), "-o".as_ref(), size.as_ref(), "tmpfs".as_ref(), dir]);
        Memory(dir)
    }

    /// Makes it larger, or smaller.
    pub(crate) fn resize(&self, mebibytes: u64) {
        run("mount", &["-o".as_ref(), format!("remount,size={mebibytes}m").as_ref(), self.0]);
    }

    /// Leaves so many bytes on it and not many more, however many there were.
    pub(crate) fn fill(&self, left_bytes: u64) {
        let path = self.0.join("ballast");
        let ballast = fs::File::options().write(true).create(true).truncate(false).open(&path).unwrap();
        let chunk = vec![1; 4096];
        let mut at = fs::metadata(&path).unwrap().len();
        while ballast.write_all_at(&chunk, at).is_ok() {
            at += chunk.len() as u64;
        }
        ballast.set_len(at.saturating_sub(left_bytes)).unwrap();
    }

    /// Gives the room back.
    pub(crate) fn empty(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0).output().ok();
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
pub(crate) fn demand_root_and_tools() {
    let id = Command::new("id").arg("-u").output().unwrap();
    assert_eq!(id.stdout, b"0\n", "a disk can only be mounted, filled and cut by root");
    for tool in ["mkfs.ext4", "mkfs.xfs", "mount", "umount", "xfs_io"] {
        let answer = Command::new(tool).arg("-V").output();
        assert!(answer.is_ok(), "{tool} is not installed (Debian packages e2fsprogs, mount, xfsprogs)");
    }
}
