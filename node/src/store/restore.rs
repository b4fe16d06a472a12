//! Segments that are gone, cut short or without their header, given their shape back.
//!
//! The index knows which entries each segment had and where; the segment behind says how long it was. So what was in it
//! need not be read to be known to be lost: it is zeros from now on, which read as damage, entry by entry, and are written
//! again as other nodes give them. The end of the last segment is another matter: a shorter one is an older one.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::FileExt as _,
    path::Path,
};

use fangwei_protocol::trust::genesis::GenesisHash;
use tracing::error;

use super::{
    failure::StoreFailure,
    index::Index,
    journal::{Scanner, SegmentHeader, sync_dir},
    layout,
};

/// Restores the segments before the one the index stands in, and that one's header.
///
/// # Errors
///
/// What the disk says; [`StoreFailure::Newer`], and nothing is touched.
pub(super) fn restore(dir: &Path, genesis: GenesisHash, index: &Index) -> Result<(), StoreFailure> {
    let last = index.position().segment;
    let bytes_of = |number| fs::metadata(layout::segment_file(dir, number)).ok().map(|found| found.len());
    if bytes_of(last).is_none() {
        return Ok(());
    }
    let mut headers = Vec::new();
    for number in 1..=last {
        headers.push(match Scanner::open(layout::segment_file(dir, number)) {
            Ok(scanner) if scanner.header.genesis != genesis => return Ok(()),
            Ok(scanner) => Some(scanner.header).filter(|header| header.number == number),
            Err(failure @ StoreFailure::Newer { .. }) => return Err(failure),
            Err(_) => None,
        });
    }
    let mut before_bytes = 0;
    for (number, header) in (1..=last).zip(&headers) {
        let said = headers.get(number as usize).copied().flatten().map(|next| u64::from(next.before_bytes));
        let found = bytes_of(number);
        let wanted = said.filter(|_| number < last).or(found);
        // Where neither the segment nor the one behind it says how long it was, only salvage helps.
        let Some(wanted) = wanted else { return Ok(()) };
        let first = index
            .first_from(number)
            .map_err(|failure| StoreFailure::Index { path: dir.to_owned(), cause: failure.to_string() })?;
        let right = SegmentHeader { number, first, before_bytes, genesis };
        if header.as_ref() != Some(&right) || found != Some(wanted) {
            error!(segment = number, ?found, wanted, "a journal segment is damaged: its shape is restored");
            rewrite(dir, &right, wanted)?;
        }
        before_bytes = u32::try_from(wanted).unwrap_or(u32::MAX);
    }
    Ok(())
}

/// Gives a segment its header and its length.
fn rewrite(dir: &Path, header: &SegmentHeader, bytes: u64) -> Result<(), StoreFailure> {
    let path = layout::segment_file(dir, header.number);
    let disk = |cause| StoreFailure::disk(&path, cause);
    let write = |file: &File| {
        file.write_all_at(&header.encode(), 0)?;
        file.set_len(bytes)?;
        file.sync_all()
    };
    if path.exists() {
        let file = OpenOptions::new().write(true).open(&path).map_err(disk)?;
        return write(&file).map_err(disk);
    }
    // Never seen without its whole header.
    let new = layout::new_segment_file(dir, header.number);
    File::create(&new).and_then(|file| write(&file)).map_err(disk)?;
    fs::rename(&new, &path).map_err(disk)?;
    sync_dir(dir)
}
