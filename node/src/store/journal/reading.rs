//! A journal that is only read: what is durable of it, and nothing written.

use std::path::Path;

use fangwei_protocol::trust::genesis::GenesisHash;

use super::{Chain, Journal, Leftovers, Position, Scanner, layout, scan_last, segments, small};
use crate::store::failure::StoreFailure;

impl Journal {
    /// Opens the journal in `dir` to be read and nothing else, up to a place known to be durable with so many entries
    /// before it; where none is known, up to the last whole record, once the disk says that it keeps that.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`]; [`StoreFailure::Damaged`] also if there is none.
    pub(in crate::store) fn open_to_read(
        dir: &Path,
        genesis: GenesisHash,
        durable: Option<(Position, u64)>,
    ) -> Result<Journal, StoreFailure> {
        let mut journal = Journal::empty(dir, genesis, u32::MAX);
        let last = match durable {
            Some((place, _)) => place.segment,
            None => segments(dir, Leftovers::Ignore)?,
        };
        let mut chain = Chain::new(genesis);
        for number in 1..last {
            chain.link(&Scanner::open(layout::segment_file(dir, number))?)?;
        }
        let mut scanner = Scanner::open(layout::segment_file(dir, last))?;
        chain.link(&scanner)?;
        chain.lengths.pop();
        journal.complete = chain.lengths;
        let (end, entries) = match durable {
            Some(known) => known,
            None => {
                let (end, entries) = scan_last(&mut scanner)?;
                scanner.sync()?;
                (Position { segment: last, offset: small(end, &scanner.path)? }, scanner.header.first.0 + entries)
            }
        };
        journal.durable = end;
        journal.freeze(entries);
        Ok(journal)
    }

    /// Forgets what is not durable, of which so many entries are known to be before it, and writes nothing any more.
    pub(in crate::store) fn freeze(&mut self, entries: u64) {
        self.stopped = true;
        self.pending.clear();
        self.complete.truncate(self.durable.segment.saturating_sub(1) as usize);
        (self.end, self.entries) = (self.durable, entries);
    }
}
