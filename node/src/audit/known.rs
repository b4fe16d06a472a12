//! What an audit checked, so that the next one need not: for each segment of the journal, how many of its bytes and
//! their SHA-256, under the tree's fingerprint.
//!
//! An unchanged beginning of the journal is hashed and read again, but its signatures are not checked again. Whoever
//! can write this file can have anything believed, so it belongs to the auditor and not beside the store.

use std::path::Path;

use fangwei_protocol::{record::entry::Hash, trust::genesis::GenesisHash};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::store::{Position, StoreFailure, segment_bytes, segment_hash};

/// Of the file, and of the rules by which it was checked: other rules, another number.
const FORMAT: u32 = 1;

/// What was checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Of what follows.
    pub format: u32,
    /// The tree's fingerprint.
    pub genesis: String,
    /// The journal's segments, from the first.
    pub segments: Vec<KnownSegment>,
}

/// One segment of a journal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownSegment {
    /// Bytes from its beginning on that were checked.
    pub bytes: u32,
    /// Of those.
    pub sha256: String,
}

impl Known {
    /// Nothing was checked yet.
    #[must_use]
    pub fn nothing(genesis: &GenesisHash) -> Known {
        Known { format: FORMAT, genesis: genesis.0.to_string(), segments: Vec::new() }
    }

    /// The part of it that the journal in `dir` still says, byte for byte. What cannot be read is not part of it.
    #[must_use]
    pub fn unchanged(&self, dir: &Path, genesis: &GenesisHash) -> Known {
        let mut same = Known::nothing(genesis);
        if self.format != FORMAT || self.genesis != same.genesis {
            return same;
        }
        let is_same = |(number, segment): (u32, &KnownSegment)| {
            let hash = segment_hash(dir, number, segment.bytes).ok().flatten();
            hash.is_some_and(|hash| hash.to_string() == segment.sha256)
        };
        let numbers: Vec<_> = (1..).zip(&self.segments).collect();
        let is_same: Vec<bool> = numbers.into_par_iter().map(is_same).collect();
        let same_segments = self.segments.iter().zip(is_same).take_while(|(_, is_same)| *is_same);
        same.segments = same_segments.map(|(segment, _)| segment.clone()).collect();
        same
    }

    /// Behind what was checked.
    #[must_use]
    pub fn end(&self) -> Option<Position> {
        let segment = u32::try_from(self.segments.len()).ok()?;
        Some(Position { segment, offset: self.segments.last()?.bytes })
    }

    /// The same, now that everything before `end` is checked.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`].
    pub fn up_to(mut self, dir: &Path, end: Position) -> Result<Known, StoreFailure> {
        // The last one may have grown since.
        self.segments.pop();
        let first = u32::try_from(self.segments.len()).unwrap_or(u32::MAX).saturating_add(1);
        let further: Result<Vec<_>, StoreFailure> = (first..=end.segment)
            .into_par_iter()
            .map(|number| {
                let bytes = if number == end.segment { end.offset } else { segment_bytes(dir, number)? };
                let hash: Option<Hash> = segment_hash(dir, number, bytes)?;
                Ok(KnownSegment { bytes, sha256: hash.map(|hash| hash.to_string()).unwrap_or_default() })
            })
            .collect();
        self.segments.extend(further?);
        Ok(self)
    }
}
