//! Names of files, and what the store itself keeps in the index beside the core's keys.
//!
//! The core's keys begin with a letter ([`fangwei_protocol::records::key`]); the store's own begin with a zero byte
//! and live in the same tree, because one batch on one tree is atomic across a crash. So the index always stands
//! exactly at one place of the journal, between two of the core's batches, and what is derived again after a crash is
//! derived from the very state it was derived from the first time.

use std::path::{Path, PathBuf};

use fangwei_protocol::{records::LogIndex, trust::genesis::GenesisHash};
use minicbor::{Decode, Encode};

use super::journal::Position;

/// First byte of the store's own keys.
pub(super) const OWN: u8 = 0;

/// Log indexes whose positions share one key: 512 bytes, so that rewriting the last one costs little.
pub(super) const POSITIONS_PER_KEY: u64 = 64;

/// Bytes of one position: segment and offset.
const POSITION_BYTES: usize = 8;

/// Format of [`Reached`] and of everything else the store keeps in the index.
pub(super) const INDEX_FORMAT: u32 = 4;

/// How far the index follows the journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Reached {
    /// [`INDEX_FORMAT`].
    #[n(0)]
    pub(super) format: u32,
    /// Whose index it is.
    #[n(1)]
    pub(super) genesis: GenesisHash,
    /// Everything before this position is in the index, nothing after it is.
    #[n(2)]
    pub(super) position: Position,
    /// Entries before it.
    #[n(3)]
    pub(super) entries: u64,
}

/// The journal's directory.
pub(super) fn journal_dir(store: &Path) -> PathBuf {
    store.join("journal")
}

/// The index engine's directory.
pub(super) fn index_dir(store: &Path) -> PathBuf {
    store.join("index")
}

/// Where a damaged index is set aside.
pub(super) fn damaged_dir(store: &Path, number: u32) -> PathBuf {
    store.join(format!("index.damaged-{number}"))
}

/// The number in a name made by [`damaged_dir`].
pub(super) fn damaged_number(name: &str) -> Option<u32> {
    name.strip_prefix("index.damaged-")?.parse().ok()
}

/// Where the chunks of attachments are kept.
pub(super) fn chunks_dir(store: &Path) -> PathBuf {
    store.join("chunks")
}

/// Held locked by the process that owns the store.
pub(super) fn lock_file(store: &Path) -> PathBuf {
    store.join("lock")
}

/// A copy of [`Reached`] made after each flush: what the engine said was on disk.
pub(super) fn flushed_file(store: &Path) -> PathBuf {
    store.join("index.flushed")
}

/// Touched whenever the whole journal has been read again.
#[must_use]
pub fn scrubbed_file(store: &Path) -> PathBuf {
    store.join("scrubbed")
}

/// Where a journal is built anew from what can be read of a damaged one.
#[must_use]
pub fn salvage_dir(store: &Path) -> PathBuf {
    store.join("salvage")
}

/// Where a damaged journal is kept, for good.
pub(super) fn damaged_journal_dir(store: &Path, number: u32) -> PathBuf {
    store.join(format!("journal.damaged-{number}"))
}

/// Entries that could be read in a damaged journal and were not admitted yet.
pub(super) fn aside_file(store: &Path) -> PathBuf {
    store.join("aside.fwr")
}

/// A journal segment.
pub(super) fn segment_file(journal: &Path, number: u32) -> PathBuf {
    journal.join(format!("{number:08}.fwj"))
}

/// A journal segment that is being begun.
pub(super) fn new_segment_file(journal: &Path, number: u32) -> PathBuf {
    journal.join(format!("{number:08}.new"))
}

/// The number in a name made by [`segment_file`].
pub(super) fn segment_number(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".fwj")?;
    if digits.len() == 8 { digits.parse().ok() } else { None }
}

/// → [`Reached`].
pub(super) fn reached_key() -> Vec<u8> {
    vec![OWN, b'r']
}

/// Log index divided by [`POSITIONS_PER_KEY`] → positions of that run of entries.
pub(super) fn positions_key(block: u64) -> Vec<u8> {
    let mut key = vec![OWN, b'p'];
    key.extend_from_slice(&block.to_be_bytes());
    key
}

/// Key of a long value, number of a piece behind its first → that piece.
pub(super) fn piece_key(key: &[u8], number: u32) -> Vec<u8> {
    [&[OWN, b'v'], key, &number.to_be_bytes()].concat()
}

/// In which block, and at which place there, the position of an entry is.
pub(super) fn block_of(at: LogIndex) -> (u64, usize) {
    (at.0 / POSITIONS_PER_KEY, usize::try_from(at.0 % POSITIONS_PER_KEY).unwrap_or(0))
}

/// Adds a position to the value of a block.
pub(super) fn push_position(block: &mut Vec<u8>, position: Position) {
    block.extend_from_slice(&position.segment.to_be_bytes());
    block.extend_from_slice(&position.offset.to_be_bytes());
}

/// The position at a place of a block.
pub(super) fn position_in(block: &[u8], place: usize) -> Option<Position> {
    let (segment, offset) =
        block.get(place * POSITION_BYTES..(place + 1) * POSITION_BYTES)?.split_first_chunk::<4>()?;
    Some(Position { segment: u32::from_be_bytes(*segment), offset: u32::from_be_bytes(*offset.first_chunk::<4>()?) })
}
