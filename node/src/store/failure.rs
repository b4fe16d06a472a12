//! Why the store could not do what it was asked.

use std::{
    io,
    path::{Path, PathBuf},
};

use fangwei_protocol::{records::LogIndex, trust::genesis::GenesisHash};
use thiserror::Error;

/// The disk, or what stands on it, failed us.
#[derive(Debug, Error)]
pub enum StoreFailure {
    /// Another process owns this store.
    #[error("store {} is in use by another process", path.display())]
    Locked {
        /// The store's directory.
        path: PathBuf,
    },
    /// No room left on the disk; nothing that was acknowledged is touched.
    #[error("no room left on the disk for {}", path.display())]
    DiskFull {
        /// The file being written.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: {cause}", path.display())]
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        #[source]
        cause: io::Error,
    },
    /// The journal is not what was written.
    #[error("{} is damaged at byte {offset}: {damage}", path.display())]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// In what way.
        damage: Damage,
    },
    /// The journal was written by a newer program.
    #[error("{} has format {found}, this program reads up to {expected}", path.display())]
    Newer {
        /// The segment.
        path: PathBuf,
        /// Its format, or the kind and version of a record in it.
        found: u32,
        /// The newest this program knows.
        expected: u32,
    },
    /// The journal is another tree's.
    #[error("{} belongs to the tree {}, expected {}", path.display(), found.0, expected.0)]
    OtherTree {
        /// The segment.
        path: PathBuf,
        /// The tree it names.
        found: GenesisHash,
        /// The tree asked for.
        expected: GenesisHash,
    },
    /// An earlier write failed; nothing more is written until the store is opened again.
    #[error("journal {} takes no more writes after an earlier failure", path.display())]
    Stopped {
        /// The journal's directory.
        path: PathBuf,
    },
    /// The index engine failed or holds what it should not: rebuild it.
    #[error("index {} failed: {cause}", path.display())]
    Index {
        /// The index's directory.
        path: PathBuf,
        /// What it said.
        cause: String,
    },
    /// The executable was linked so that the engine's flush would not reach the disk.
    #[error("sync_file_range is not answered by this program")]
    NotLinked,
    /// The journal has facts that are not in the index yet.
    #[error("{bytes} bytes of the journal are not indexed yet")]
    Unindexed {
        /// How many bytes.
        bytes: u64,
    },
    /// A batch does not follow what is stored.
    #[error("batch begins at entry {}, expected {}", found.0, expected.0)]
    OutOfOrder {
        /// Where it says it begins.
        found: LogIndex,
        /// Where it has to.
        expected: LogIndex,
    },
    /// A fact is larger than any the protocol lets through.
    #[error("record of {bytes} bytes, at most {bytes_max} are allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound of its kind.
        bytes_max: usize,
    },
}

/// In what way a segment is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Damage {
    /// The first bytes are not a segment's header.
    #[error("segment header does not check")]
    Header,
    /// The number in the header is not the one in the name, or one is missing.
    #[error("segment {found} where {expected} belongs")]
    Number {
        /// The number that follows.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// Not as long as the segment after it says.
    #[error("segment has {found} bytes, expected {expected}")]
    Length {
        /// What the next segment's header says.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// Entries before it are fewer or more than its header says.
    #[error("segment begins at entry {found}, expected {expected}")]
    First {
        /// Entries counted.
        expected: u64,
        /// What the header says.
        found: u64,
    },
    /// The bytes and their checksum do not belong together.
    #[error("record does not check")]
    Checksum,
    /// A record is longer than its kind may be.
    #[error("record of {bytes} bytes, at most {bytes_max} are allowed")]
    TooLong {
        /// What it says.
        bytes: u32,
        /// The bound of its kind.
        bytes_max: u32,
    },
    /// The segment ends inside a record.
    #[error("record is cut off")]
    CutOff,
    /// A body is not followed by its entry.
    #[error("body without its entry")]
    Unpaired,
    /// The body is not the one its entry names, or the entry cannot be read.
    #[error("body is not the one its entry names")]
    OtherBody,
    /// A mark says that it stands elsewhere: these bytes belong to another place or another journal.
    #[error("mark of another place")]
    Mark,
    /// A record of the clock is not one.
    #[error("not a time")]
    Clock,
    /// A position points at something that is not an entry.
    #[error("not an entry")]
    NotAnEntry,
}

impl StoreFailure {
    /// Names the file an operating system error is about, and tells a full disk from other ones.
    pub(crate) fn disk(path: &Path, cause: io::Error) -> StoreFailure {
        let path = path.to_owned();
        if is_full(&cause) { StoreFailure::DiskFull { path } } else { StoreFailure::Disk { path, cause } }
    }
}

/// Whether there is no room left, for the disk or for this user on it.
pub(super) fn is_full(cause: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(cause.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
