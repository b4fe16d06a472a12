//! Reading the journal of a store somebody else may own: for whoever checks it.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use fangwei_protocol::record::entry::Hash;
use sha2::{Digest as _, Sha256};

use super::{JournalFacts, StoreFailure, layout};

/// The facts of the store in `dir`, from the first, each checked; for `verify`, with neither lock nor engine.
///
/// # Errors
///
/// [`StoreFailure::Damaged`], [`StoreFailure::Newer`], [`StoreFailure::Disk`].
pub fn journal_facts(dir: &Path) -> Result<JournalFacts, StoreFailure> {
    JournalFacts::all(layout::journal_dir(dir))
}

/// Length of a segment of the store in `dir`.
///
/// # Errors
///
/// [`StoreFailure::Disk`].
pub fn segment_bytes(dir: &Path, number: u32) -> Result<u32, StoreFailure> {
    let path = layout::segment_file(&layout::journal_dir(dir), number);
    let bytes = fs::metadata(&path).map_err(|cause| StoreFailure::disk(&path, cause))?.len();
    Ok(u32::try_from(bytes).unwrap_or(u32::MAX))
}

/// SHA-256 of the first `bytes` bytes of a segment of the store in `dir`; nothing if it is shorter or not there.
///
/// # Errors
///
/// [`StoreFailure::Disk`].
pub fn segment_hash(dir: &Path, number: u32, bytes: u32) -> Result<Option<Hash>, StoreFailure> {
    let path = layout::segment_file(&layout::journal_dir(dir), number);
    let disk = |cause| StoreFailure::disk(&path, cause);
    let mut file = match File::open(&path) {
        Ok(file) => file.take(bytes.into()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(disk(cause)),
    };
    let (mut hash, mut buffer, mut read) = (Sha256::new(), vec![0; 256 * 1024], 0);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(some) => {
                hash.update(buffer.get(..some).unwrap_or_default());
                read += some;
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(disk(cause)),
        }
    }
    Ok((read == bytes as usize).then(|| Hash(hash.finalize().into())))
}
