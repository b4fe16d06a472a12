//! Looking for rot: every record of the journal is read again from time to time, and what is damaged is written again.
//!
//! Disks change bits without saying so, and what is seldom read is seldom found. A scrub walks through the journal from
//! entry to entry, as the index knows them, and checks each byte of it: checksums, ids, bodies, and that the index knows
//! each entry by its id, its feed and its document. Entries are mended from what other nodes give; what is no entry is
//! derived elsewhere, so its place is only made readable again.

use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    sync::{MutexGuard, PoisonError},
};

use fangwei_protocol::{
    record::{
        cbor,
        entry::{Claim, Entry},
    },
    records::{Batch, Fact, FeedKey, LogIndex, Records as _, RecordsFailure, find, key, listed},
};

use super::{
    Store,
    failure::StoreFailure,
    journal::{Look, Position},
    layout, salvage,
};

/// What was found damaged.
#[derive(Default)]
pub(super) struct Rot {
    /// Entries that cannot be read.
    pub(super) found: BTreeSet<LogIndex>,
    /// Those of them the core was told of.
    told: BTreeSet<LogIndex>,
    /// Those that read again without the core's doing, and it was not told yet.
    healed: BTreeSet<LogIndex>,
}

impl Rot {
    fn heal(&mut self, at: LogIndex) {
        self.found.remove(&at);
        if self.told.remove(&at) {
            self.healed.insert(at);
        }
    }
}

/// A walk through the journal.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Scrub {
    /// The entry that is looked at next.
    next: u64,
}

/// What one go of a scrub found.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Scrubbed {
    /// Bytes read.
    pub bytes: u64,
    /// Entries looked at.
    pub looked_at: u64,
    /// Entries found damaged, those known before included.
    pub entries: u64,
    /// Entries of which a single bit had flipped, which was turned back.
    pub undone: u64,
    /// Places where records that are no entries were damaged.
    pub others: u64,
    /// Whether the whole journal has been looked at.
    pub is_done: bool,
}

impl Scrub {
    /// Entries looked at so far.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.next
    }
}

impl Store {
    pub(super) fn rot(&self) -> MutexGuard<'_, Rot> {
        // Each change is a single one of a set.
        self.rot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Entries that could be read in a damaged journal and were not admitted yet.
    #[must_use]
    pub fn aside_count(&self) -> u64 {
        self.aside
    }

    /// Those entries.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn aside(&self) -> Result<Vec<Fact>, StoreFailure> {
        salvage::read_aside(&self.dir)
    }

    /// Keeps only these of them.
    ///
    /// # Errors
    ///
    /// What the disk says; then all are kept.
    pub fn keep_aside(&mut self, facts: &[Fact]) -> Result<(), StoreFailure> {
        salvage::write_aside(&self.dir, facts)?;
        self.aside = facts.len() as u64;
        Ok(())
    }

    /// Entries known to be damaged.
    #[must_use]
    pub fn damaged(&self) -> BTreeSet<LogIndex> {
        self.rot().found.clone()
    }

    /// Whether any entry is known to be damaged.
    #[must_use]
    pub fn has_damage(&self) -> bool {
        !self.rot().found.is_empty()
    }

    /// Damaged entries that were found since this was asked last.
    pub fn newly_damaged(&self) -> BTreeSet<LogIndex> {
        let mut rot = self.rot();
        if rot.found.len() == rot.told.len() {
            return BTreeSet::new();
        }
        let new = rot.found.difference(&rot.told).copied().collect();
        rot.told = rot.found.clone();
        new
    }

    /// Entries that were damaged and read again, since this was asked last.
    pub fn newly_healed(&self) -> BTreeSet<LogIndex> {
        std::mem::take(&mut self.rot().healed)
    }

    /// Writes the damaged record of an entry again, durably, from what another node gave. Done again it changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Store::sync`]; [`StoreFailure::Damaged`] if it cannot be what stood there.
    pub fn mend(&mut self, at: LogIndex, entry: &[u8], body: Option<&[u8]>) -> Result<(), StoreFailure> {
        let Some(position) = self.position(at)? else {
            return Err(StoreFailure::OutOfOrder { found: at, expected: self.next_index() });
        };
        let next = self.position(LogIndex(at.0 + 1))?;
        let is_own = self.is_last_own(entry).unwrap_or(false);
        if self.journal.mend(position, next, (entry, body), is_own)? {
            self.put_again()?;
        }
        let mut rot = self.rot();
        rot.found.remove(&at);
        rot.told.remove(&at);
        Ok(())
    }

    /// Looks at more of the journal, about `bytes_max` of it, and mends what can be mended from here: headers of segments
    /// and what is no entry. Nothing is written where `repair` is false.
    ///
    /// # Errors
    ///
    /// What the disk says; [`StoreFailure::Index`] also if the index does not know an entry that can be read.
    pub fn scrub(&mut self, scrub: &mut Scrub, bytes_max: u64, repair: bool) -> Result<Scrubbed, StoreFailure> {
        let mut found = Scrubbed::default();
        // What is not durable yet was checked when it was put.
        let entries = self.index.entries();
        while scrub.next < entries && found.bytes < bytes_max {
            let at = LogIndex(scrub.next);
            self.look(at, repair, &mut found)?;
            found.looked_at += 1;
            scrub.next += 1;
        }
        found.is_done = scrub.next >= entries;
        if found.is_done {
            *scrub = Scrub::default();
        }
        Ok(found)
    }

    fn look(&mut self, at: LogIndex, repair: bool, found: &mut Scrubbed) -> Result<(), StoreFailure> {
        let (Some(position), next) = (self.position(at)?, self.position(LogIndex(at.0 + 1))?) else {
            return Err(self.index_failed("it does not know where an entry is"));
        };
        let before = at.0.checked_sub(1).map(|before| self.position(LogIndex(before))).transpose()?.flatten();
        let begins = before.is_none_or(|before| before.segment < position.segment);
        if begins {
            self.look_at_beginning(position, at, repair, found)?;
        }
        let mut knows = true;
        let (look, bytes) = self.journal.look(position, next, |entry| {
            let header = entry.header();
            let lists = |place: Vec<u8>| listed(self, &place).is_ok_and(|log| log.contains(&at));
            let feed = FeedKey::of(&header.scope, &header.author);
            let is_it = find(self, &entry.id()).is_ok_and(|place| place == Some(at));
            knows = !is_it || (lists(key::feed_log(&feed, at)) && lists(key::document_log(&header.document(), at)));
            is_it
        })?;
        found.bytes += bytes as u64;
        if !knows {
            return Err(self.index_failed("it does not know where an entry belongs"));
        }
        match look {
            Look::Sound => self.rot().heal(at),
            Look::Entry if repair && self.turn_back(at, position, next)? => {
                found.undone += 1;
                self.rot().heal(at);
            }
            Look::Entry => {
                found.entries += 1;
                self.rot().found.insert(at);
            }
            Look::Behind => {
                found.others += 1;
                if repair {
                    self.journal.fill(position, next)?;
                    self.put_again()?;
                }
            }
        }
        Ok(())
    }

    /// Turns a flipped bit of an entry back.
    fn turn_back(&mut self, at: LogIndex, here: Position, next: Option<Position>) -> Result<bool, StoreFailure> {
        let Store { journal, index, tail, .. } = self;
        let known = |entry: &Entry| {
            let place = key::entry(&entry.id());
            let value = tail.get(&place).map(|value| value.to_vec());
            let value = value.or_else(|| index.get(&place).ok().flatten().map(|value| value.to_vec()));
            value.is_some_and(|value| value == cbor::encode(&at))
        };
        journal.unflip(here, next, known)
    }

    /// The header of a segment, and what stands before its first entry.
    fn look_at_beginning(
        &mut self,
        position: Position,
        at: LogIndex,
        repair: bool,
        found: &mut Scrubbed,
    ) -> Result<(), StoreFailure> {
        if !self.journal.is_begun_well(position, at)? {
            found.others += 1;
            if repair {
                self.journal.begin_again(position, at)?;
                self.put_again()?;
            }
        }
        Ok(())
    }

    /// Where an entry stands.
    pub(super) fn position(&self, at: LogIndex) -> Result<Option<Position>, StoreFailure> {
        match self.tail.position(at) {
            Some(position) => Ok(Some(position)),
            None => self.index.position_of(at).map_err(|failure| self.index_failed(&failure.to_string())),
        }
    }

    fn index_failed(&self, why: &str) -> StoreFailure {
        self.index.fail();
        StoreFailure::Index { path: layout::index_dir(&self.dir), cause: why.into() }
    }

    /// Whether an entry is the last one this node wrote in its feed.
    fn is_last_own(&self, entry: &[u8]) -> Result<bool, RecordsFailure> {
        let Ok(claim) = Claim::parse(entry) else { return Ok(false) };
        let entry = claim.reopen(&self.genesis);
        let feed = FeedKey::of(&entry.header().scope, &entry.header().author);
        Ok(self.get(&key::own(&feed))?.is_some_and(|id| id == cbor::encode(&entry.id())))
    }

    /// Fillers stand where records that are no entries may have been. Most come again by themselves; what must not be lost
    /// when the index is derived again is put once more.
    fn put_again(&mut self) -> Result<(), StoreFailure> {
        let failed = |store: &Store, failure: RecordsFailure| store.index_failed(&failure.to_string());
        let mut facts = Vec::new();
        let mut index = Vec::new();
        if let Some(epoch) = self.get(key::LOG_EPOCH).map_err(|failure| failed(self, failure))? {
            facts.push(Fact::LogEpoch(epoch.as_slice().into()));
            index.push((key::LOG_EPOCH.to_vec(), epoch));
        }
        let scanned = self.scan(key::EVIDENCE, &mut |place, value| {
            facts.push(Fact::Evidence(value.into()));
            index.push((place.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        });
        scanned.map_err(|failure| failed(self, failure))?;
        if !facts.is_empty() {
            self.put(Batch { first: self.next_index(), facts, index })?;
            self.sync()?;
        }
        Ok(())
    }
}
