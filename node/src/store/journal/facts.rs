//! Reading a journal from some place on, fact by fact: for replaying into the index, for `verify`, for a backup.

use std::{iter::FusedIterator, path::PathBuf, sync::Arc};

use fangwei_protocol::{
    records::{Fact, LogIndex},
    trust::genesis::GenesisHash,
};

use super::{Chain, Leftovers, Position, RecordKind, Scanned, Scanner, Unreadable, segments, small};
use crate::store::{
    failure::{Damage, StoreFailure},
    layout,
};

/// A fact and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Located {
    /// Its first byte: its body's, if it has one.
    pub at: Position,
    /// The byte behind it.
    pub end: Position,
    /// Its place in the log, if it is an entry.
    pub index: Option<LogIndex>,
    /// The fact.
    pub fact: Fact,
}

/// The facts of a journal, in order. Needs neither lock nor engine; stops for good at the first failure.
pub struct JournalFacts {
    dir: PathBuf,
    scanner: Option<Scanner>,
    genesis: GenesisHash,
    last: u32,
    entries: u64,
    /// Where the caller wants it to end; none: at the end of the last segment, torn or not.
    until: Option<Position>,
    torn_bytes: u64,
    body: Option<(Position, Option<Arc<[u8]>>)>,
}

impl JournalFacts {
    /// The whole journal in `dir`, once its segments are known to follow each other.
    pub(in crate::store) fn all(dir: PathBuf) -> Result<JournalFacts, StoreFailure> {
        let last = segments(&dir, Leftovers::Ignore)?;
        if last == 0 {
            let path = layout::segment_file(&dir, 1);
            return Err(Unreadable::Damaged(Damage::Number { expected: 1, found: 0 }).at(&path, 0));
        }
        let first = Scanner::open(layout::segment_file(&dir, 1))?;
        let genesis = first.header.genesis;
        let mut chain = Chain::new(genesis);
        chain.link(&first)?;
        for number in 2..=last {
            chain.link(&Scanner::open(layout::segment_file(&dir, number))?)?;
        }
        Ok(JournalFacts {
            dir,
            scanner: Some(first),
            genesis,
            last,
            entries: 0,
            until: None,
            torn_bytes: 0,
            body: None,
        })
    }

    /// From a record on, with so many entries before it, up to another one.
    pub(super) fn between(
        dir: PathBuf,
        genesis: GenesisHash,
        from: Position,
        entries: u64,
        until: Position,
    ) -> Result<JournalFacts, StoreFailure> {
        let mut scanner = Scanner::open(layout::segment_file(&dir, from.segment))?;
        scanner.seek(from.offset.into());
        let (last, until) = (until.segment, Some(until));
        Ok(JournalFacts { dir, scanner: Some(scanner), genesis, last, entries, until, torn_bytes: 0, body: None })
    }

    /// Whose journal it is.
    #[must_use]
    pub fn genesis(&self) -> GenesisHash {
        self.genesis
    }

    /// Entries before the next fact.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Bytes at the end that are not whole records: a write that was cut short, or one still going on. Known at the
    /// end.
    #[must_use]
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }

    fn step(&mut self) -> Result<Option<Located>, StoreFailure> {
        loop {
            let Some(scanner) = &mut self.scanner else { return Ok(None) };
            let number = scanner.header.number;
            let offset = scanner.offset;
            let at = Position { segment: number, offset: small(offset, &scanner.path)? };
            if self.until.is_some_and(|until| at >= until) {
                return Ok(None);
            }
            let dir = &self.dir;
            let damaged = |damage| Err(Unreadable::Damaged(damage).at(&layout::segment_file(dir, number), offset));
            let (kind, payload) = match scanner.next()? {
                Scanned::Record(record) => (record.kind, Arc::<[u8]>::from(record.payload)),
                Scanned::End if number < self.last => {
                    if self.body.is_some() {
                        return damaged(Damage::Unpaired);
                    }
                    self.next_segment(number + 1)?;
                    continue;
                }
                Scanned::End => {
                    let body = self.body.take();
                    self.torn_bytes = body.map_or(0, |(body, _)| offset.saturating_sub(body.offset.into()));
                    return Ok(None);
                }
                Scanned::Unreadable(unreadable) => {
                    let may_be_torn = number == self.last && self.until.is_none();
                    let newer = matches!(unreadable, Unreadable::Newer { .. });
                    if newer || !may_be_torn || scanner.mark_after(offset)? {
                        return Err(unreadable.at(&scanner.path, offset));
                    }
                    let sound = self.body.take().map_or(offset, |(body, _)| body.offset.into());
                    self.torn_bytes = scanner.bytes.saturating_sub(sound);
                    return Ok(None);
                }
            };
            let end = Position { segment: number, offset: small(scanner.offset, &scanner.path)? };
            let body = self.body.take();
            match kind {
                RecordKind::Entry | RecordKind::OwnEntry => {
                    let (at, body) = body.map_or((at, None), |(at, body)| (at, body));
                    let index = LogIndex(self.entries);
                    self.entries += 1;
                    let fact = Fact::Entry { own: kind == RecordKind::OwnEntry, entry: payload, body };
                    return Ok(Some(Located { at, end, index: Some(index), fact }));
                }
                _ if body.is_some() => return damaged(Damage::Unpaired),
                RecordKind::Mark | RecordKind::Filler => {}
                RecordKind::Body => self.body = Some((at, Some(payload))),
                RecordKind::Redacted => self.body = Some((at, None)),
                RecordKind::Receipt => return located(at, end, Fact::Receipt(payload)),
                RecordKind::LogEpoch => return located(at, end, Fact::LogEpoch(payload)),
                RecordKind::Checkpoint => return located(at, end, Fact::Checkpoint(payload)),
                RecordKind::Evidence => return located(at, end, Fact::Evidence(payload)),
                RecordKind::Clock => match <[u8; 8]>::try_from(&*payload) {
                    Ok(time_s) => return located(at, end, Fact::Clock(i64::from_le_bytes(time_s))),
                    Err(_) => return damaged(Damage::Clock),
                },
            }
        }
    }

    fn next_segment(&mut self, number: u32) -> Result<(), StoreFailure> {
        let scanner = Scanner::open(layout::segment_file(&self.dir, number))?;
        let found = scanner.header.first.0;
        if found != self.entries {
            let damage = Damage::First { expected: self.entries, found };
            return Err(Unreadable::Damaged(damage).at(&scanner.path, 0));
        }
        self.scanner = Some(scanner);
        Ok(())
    }
}

/// A fact that is no entry.
fn located(at: Position, end: Position, fact: Fact) -> Result<Option<Located>, StoreFailure> {
    Ok(Some(Located { at, end, index: None, fact }))
}

impl Iterator for JournalFacts {
    type Item = Result<Located, StoreFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.step().transpose();
        if !matches!(item, Some(Ok(_))) {
            self.scanner = None;
        }
        item
    }
}

impl FusedIterator for JournalFacts {}
