//! What can be saved of a journal whose structure or index is gone too.
//!
//! A new journal is built beside the damaged one from all that can be read and admitted in order; what can be read and lacks
//! something before it waits in a pile. Then the two change places. The damaged journal is never deleted. A power cut
//! at any step leaves either journal whole: as long as the old one stands in its place the new one is thrown away and
//! built again.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use fangwei_protocol::records::Fact;
use tracing::{error, warn};

pub use super::layout::salvage_dir;
use super::{
    failure::StoreFailure,
    journal::{self, push_fact, sync_dir},
    layout,
};

/// The readable facts of a damaged journal, segment by segment.
pub struct Pieces {
    segments: std::vec::IntoIter<(u32, PathBuf)>,
    facts: std::vec::IntoIter<Fact>,
}

/// What can be read of the journal of the store in `dir`.
///
/// # Errors
///
/// What the disk says.
pub fn pieces(dir: &Path) -> Result<Pieces, StoreFailure> {
    let journal = layout::journal_dir(dir);
    let mut segments: Vec<(u32, PathBuf)> = names(&journal)?
        .into_iter()
        .filter_map(|name| Some((layout::segment_number(&name)?, journal.join(name))))
        .collect();
    segments.sort_unstable();
    Ok(Pieces { segments: segments.into_iter(), facts: Vec::new().into_iter() })
}

impl Iterator for Pieces {
    type Item = Result<Fact, StoreFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(fact) = self.facts.next() {
                return Some(Ok(fact));
            }
            let (number, path) = self.segments.next()?;
            match fs::read(&path) {
                Ok(bytes) => self.facts = journal::pieces(&bytes, number).into_iter(),
                // Sectors that cannot be read at all: the other segments can.
                Err(cause) => error!(path = %path.display(), %cause, "a segment cannot be read"),
            }
        }
    }
}

/// Puts the journal that was built in [`salvage_dir`] in the place of the damaged one, which is kept. The index is set aside
/// first, because it is the old one's.
///
/// # Errors
///
/// What the disk says; the next opening goes on from there.
pub fn replace_journal(dir: &Path) -> Result<PathBuf, StoreFailure> {
    let disk = |cause| StoreFailure::disk(dir, cause);
    let numbered = |begins: &str| -> Result<u32, StoreFailure> {
        let used = names(dir)?.into_iter().filter_map(|name| name.strip_prefix(begins)?.parse::<u32>().ok());
        Ok(used.max().unwrap_or(0) + 1)
    };
    let index = layout::index_dir(dir);
    if index.exists() {
        let aside = layout::damaged_dir(dir, numbered("index.damaged-")?);
        fs::rename(&index, &aside).map_err(disk)?;
    }
    fs::remove_file(layout::flushed_file(dir)).ok();
    sync_dir(dir)?;
    let kept = layout::damaged_journal_dir(dir, numbered("journal.damaged-")?);
    fs::rename(layout::journal_dir(dir), &kept).map_err(disk)?;
    sync_dir(dir)?;
    finish(dir)?;
    Ok(kept)
}

/// Finishes what a power cut may have left of changing places.
///
/// # Errors
///
/// What the disk says.
pub(super) fn finish(dir: &Path) -> Result<(), StoreFailure> {
    let salvage = salvage_dir(dir);
    if !salvage.exists() {
        return Ok(());
    }
    let disk = |cause| StoreFailure::disk(&salvage, cause);
    let (built, journal) = (layout::journal_dir(&salvage), layout::journal_dir(dir));
    if !journal.exists() && built.exists() {
        warn!(journal = %journal.display(), "a journal built from a damaged one takes its place");
        fs::rename(&built, &journal).map_err(disk)?;
        sync_dir(dir)?;
    }
    fs::remove_dir_all(&salvage).map_err(disk)?;
    sync_dir(dir)
}

/// The pile of entries that could be read and not admitted. What does not check in it is passed over.
///
/// # Errors
///
/// What the disk says.
pub fn read_aside(dir: &Path) -> Result<Vec<Fact>, StoreFailure> {
    let path = layout::aside_file(dir);
    match fs::read(&path) {
        Ok(bytes) => Ok(journal::pieces(&bytes, 0)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(StoreFailure::disk(&path, cause)),
    }
}

/// Writes the pile, all or nothing.
///
/// # Errors
///
/// What the disk says.
pub fn write_aside(dir: &Path, facts: &[Fact]) -> Result<(), StoreFailure> {
    let path = layout::aside_file(dir);
    let disk = |cause| StoreFailure::disk(&path, cause);
    if facts.is_empty() {
        return match fs::remove_file(&path) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(disk(cause)),
            _ => sync_dir(dir),
        };
    }
    // In the form of a segment, whose header nobody looks at here.
    let mut bytes = vec![0; journal::Position::START.offset as usize];
    for fact in facts {
        push_fact(&mut bytes, fact)?;
    }
    let new = path.with_extension("new");
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, &path)
    };
    write().map_err(disk)?;
    sync_dir(dir)
}

fn names(dir: &Path) -> Result<Vec<String>, StoreFailure> {
    let found = match fs::read_dir(dir) {
        Ok(found) => found,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(StoreFailure::disk(dir, cause)),
    };
    let named = found.map(|found| found.map(|found| found.file_name().to_string_lossy().into_owned()));
    named.collect::<Result<_, _>>().map_err(|cause| StoreFailure::disk(dir, cause))
}
