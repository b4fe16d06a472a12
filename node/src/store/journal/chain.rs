//! How the segments of a journal follow each other.

use std::{fs, path::Path};

use fangwei_protocol::trust::genesis::GenesisHash;

use super::{
    segment::{Scanner, SegmentHeader, Unreadable},
    small,
};
use crate::store::{
    failure::{Damage, StoreFailure},
    layout,
};

/// Checks that segments follow each other: numbers, tree, entries, and each as long as the next one says.
pub(super) struct Chain {
    genesis: GenesisHash,
    pub(super) lengths: Vec<u32>,
    first: u64,
}

impl Chain {
    pub(super) fn new(genesis: GenesisHash) -> Chain {
        Chain { genesis, lengths: Vec::new(), first: 0 }
    }

    pub(super) fn link(&mut self, next: &Scanner) -> Result<(), StoreFailure> {
        let SegmentHeader { number, first, before_bytes, genesis } = next.header;
        let damaged = |damage| Unreadable::Damaged(damage).at(&next.path, 0);
        if genesis != self.genesis {
            return Err(StoreFailure::OtherTree { path: next.path.clone(), found: genesis, expected: self.genesis });
        }
        let expected = u32::try_from(self.lengths.len()).unwrap_or(u32::MAX) + 1;
        if number != expected {
            return Err(damaged(Damage::Number { expected, found: number }));
        }
        let before = self.lengths.last().copied().unwrap_or(0);
        if before != before_bytes {
            let path = next.path.with_file_name(format!("{:08}.fwj", number.saturating_sub(1)));
            let damage = Damage::Length { expected: before_bytes.into(), found: before.into() };
            return Err(Unreadable::Damaged(damage).at(&path, before.min(before_bytes).into()));
        }
        if first.0 < self.first || (number == 1 && first.0 != 0) {
            return Err(damaged(Damage::First { expected: self.first, found: first.0 }));
        }
        self.first = first.0;
        self.lengths.push(small(next.bytes, &next.path)?);
        Ok(())
    }
}

/// What to do with a segment that was being begun when the process ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leftovers {
    Remove,
    Ignore,
}

/// The number of the last segment; 0 if there is none.
pub(super) fn segments(dir: &Path, leftovers: Leftovers) -> Result<u32, StoreFailure> {
    let disk = |cause| StoreFailure::disk(dir, cause);
    let mut numbers = Vec::new();
    for found in fs::read_dir(dir).map_err(disk)? {
        let found = found.map_err(disk)?;
        let name = found.file_name();
        let name = name.to_string_lossy();
        if let Some(number) = layout::segment_number(&name) {
            numbers.push(number);
        } else if name.ends_with(".new") && leftovers == Leftovers::Remove {
            fs::remove_file(found.path()).map_err(disk)?;
        }
    }
    numbers.sort_unstable();
    for (expected, &found) in (1..).zip(&numbers) {
        if expected != found {
            let path = layout::segment_file(dir, expected);
            return Err(Unreadable::Damaged(Damage::Number { expected, found }).at(&path, 0));
        }
    }
    Ok(numbers.last().copied().unwrap_or(0))
}
