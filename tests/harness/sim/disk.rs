//! A disk in memory: batches are readable at once, durable after a sync, and lost or kept as a power cut will have it.
//!
//! The facts are the truth, as in a journal; the index follows. What a batch changed in the index is remembered for a
//! while, so that losing it, or opening with an index that lags behind, costs no copy of anything.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use fangwei_protocol::{
    record::entry::{Claim, EntryId, Hash},
    records::{Batch, Fact, LogIndex, Memory, Record, Records, RecordsFailure, Row, Visit, find},
    trust::genesis::GenesisHash,
};

/// Batches already durable whose index can still be taken back.
const UNDO_BATCHES: usize = 24;

/// A write or a sync failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused;

/// A disk.
#[derive(Default, Clone)]
pub struct Disk {
    facts: Vec<Fact>,
    /// Where each entry that is indexed stands among the facts.
    log: Vec<usize>,
    index: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Facts the index knows of.
    indexed: usize,
    undo: VecDeque<Undo>,
    /// Facts that survive a power cut.
    durable: usize,
    /// Entries among them.
    durable_entries: u64,
    /// After so many more writes or syncs one is refused.
    pub refuse_in: Option<u32>,
    /// Whether there is no room.
    pub is_full: bool,
    /// Records that cannot be read.
    pub rotten: BTreeSet<LogIndex>,
    /// Those of them somebody has stumbled over, and those the process was told of.
    noticed: RefCell<BTreeSet<LogIndex>>,
    told: BTreeSet<LogIndex>,
    /// Chunks of attachments. Each is durable before its keeping is over.
    pub chunks: BTreeMap<Hash, Arc<[u8]>>,
    /// Facts from this one on were never written, and a mistaken driver believes they were.
    pretended: Option<usize>,
}

/// What one batch changed.
#[derive(Clone)]
struct Undo {
    facts_before: usize,
    rows: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// What was on a disk at some time: facts, as a copied journal has them.
pub type Image = Vec<Fact>;

impl Disk {
    /// What a node of a county in memory stores.
    #[must_use]
    pub fn of(memory: &Memory) -> Disk {
        let facts = memory.facts().to_vec();
        let mut disk = Disk { indexed: facts.len(), index: memory.index().clone(), facts, ..Disk::default() };
        disk.log_from(0);
        disk.settle();
        disk
    }

    /// A disk that has been put back to an image.
    #[must_use]
    pub fn of_image(image: Image) -> Disk {
        let mut disk = Disk { facts: image, ..Disk::default() };
        disk.durable = disk.facts.len();
        disk
    }

    /// An image of what is durable.
    #[must_use]
    pub fn image(&self) -> Image {
        self.facts.get(..self.durable).unwrap_or_default().to_vec()
    }

    /// The entries among its facts, indexed or not.
    #[must_use]
    pub fn ids(&self, genesis: &GenesisHash) -> BTreeSet<EntryId> {
        let entries = self.facts.iter().filter_map(|fact| match fact {
            Fact::Entry { entry, .. } => Claim::parse(entry).ok(),
            _ => None,
        });
        entries.map(|claim| claim.reopen(genesis).id()).collect()
    }

    /// Every fact, in the order in which it was stored.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The index.
    #[must_use]
    pub fn index(&self) -> &BTreeMap<Vec<u8>, Vec<u8>> {
        &self.index
    }

    /// Entries that can be read.
    #[must_use]
    pub fn entries(&self) -> LogIndex {
        LogIndex(self.log.len() as u64)
    }

    /// Entries that survive a power cut.
    #[must_use]
    pub fn durable_entries(&self) -> u64 {
        self.durable_entries
    }

    /// Whether an entry survives a power cut.
    #[must_use]
    pub fn is_durable(&self, id: &EntryId) -> bool {
        find(self, id).is_ok_and(|at| at.is_some_and(|at| at.0 < self.durable_entries))
    }

    /// Whether something was put that is not synced.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.durable < self.facts.len()
    }

    /// Facts, keys of the index.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.facts.len(), self.index.len())
    }

    /// Adds the places of entries among the facts from this one on that are indexed.
    fn log_from(&mut self, from: usize) {
        let some = self.facts.iter().enumerate().take(self.indexed).skip(from);
        self.log.extend(some.filter(|(_, fact)| matches!(fact, Fact::Entry { .. })).map(|(at, _)| at));
    }

    fn settle(&mut self) {
        self.durable = self.pretended.unwrap_or(self.facts.len());
        self.durable_entries = self.log.partition_point(|at| *at < self.durable) as u64;
    }

    /// A mistaken driver goes on after a refusal: what was not durable then never will be.
    pub fn pretend(&mut self) {
        self.pretended.get_or_insert(self.durable);
    }

    fn put_rows(&mut self, facts_before: usize, rows: Vec<Row>) {
        let mut undo = Undo { facts_before, rows: Vec::with_capacity(rows.len()) };
        for (key, value) in rows {
            let before = self.index.insert(key.clone(), value);
            undo.rows.push((key, before));
        }
        self.undo.push_back(undo);
        let is_safe = |undo: &VecDeque<Undo>, durable| undo.get(1).is_some_and(|next| next.facts_before <= durable);
        while self.undo.len() > UNDO_BATCHES && is_safe(&self.undo, self.durable) {
            self.undo.pop_front();
        }
    }

    /// Takes the index back to what it was before its last batch, and says how many facts it knows of now.
    fn take_back(&mut self) -> Option<usize> {
        let Undo { facts_before, rows } = self.undo.pop_back()?;
        for (key, before) in rows.into_iter().rev() {
            match before {
                Some(value) => self.index.insert(key, value),
                None => self.index.remove(&key),
            };
        }
        self.indexed = facts_before;
        self.log.truncate(self.log.partition_point(|at| *at < facts_before));
        Some(facts_before)
    }

    fn is_refused(&mut self) -> bool {
        let Some(left) = self.refuse_in else { return false };
        self.refuse_in = left.checked_sub(1);
        left == 0
    }

    /// Makes a batch readable.
    ///
    /// # Errors
    ///
    /// [`Refused`]: nothing of it is there.
    pub fn put(&mut self, batch: Batch) -> Result<(), Refused> {
        if self.is_refused() {
            return Err(Refused);
        }
        self.put_unrefused(batch);
        Ok(())
    }

    /// Makes a batch readable, whatever the disk says.
    pub fn put_unrefused(&mut self, batch: Batch) {
        assert_eq!(batch.first, self.entries(), "a batch out of order");
        let before = self.facts.len();
        self.facts.extend(batch.facts);
        self.indexed = self.facts.len();
        self.log_from(before);
        self.put_rows(before, batch.index);
    }

    /// Makes everything durable.
    ///
    /// # Errors
    ///
    /// [`Refused`]: what of it is durable nobody knows.
    pub fn sync(&mut self) -> Result<(), Refused> {
        if self.is_refused() {
            return Err(Refused);
        }
        self.settle();
        Ok(())
    }

    /// Batches a power cut may take.
    #[must_use]
    pub fn unsynced(&self) -> usize {
        self.undo.iter().filter(|undo| undo.facts_before >= self.durable).count()
    }

    /// The power goes: of the batches not synced only so many of the first are kept.
    pub fn lose_all_but(&mut self, kept: usize) {
        let kept = if self.pretended.take().is_some() { 0 } else { kept };
        for _ in kept..self.unsynced() {
            let Some(facts) = self.take_back() else { break };
            self.facts.truncate(facts);
        }
    }

    /// A process opens what is there: from now on it is durable. The index lacks its last batches, so many; returns the
    /// facts from which they are derived again.
    pub fn open(&mut self, lag: usize) -> Vec<Fact> {
        self.settle();
        self.told.clear();
        for _ in 0..lag {
            if self.take_back().is_none() {
                break;
            }
        }
        self.facts.get(self.indexed..).unwrap_or_default().to_vec()
    }

    /// Takes in the index of the next facts that [`Disk::open`] gave.
    pub fn put_indexed(&mut self, batch: Batch) {
        let before = self.indexed;
        self.indexed += batch.facts.len();
        self.log_from(before);
        self.put_rows(before, batch.index);
        self.durable_entries = self.log.len() as u64;
    }

    /// Records found damaged since it was asked last.
    pub fn newly_damaged(&mut self) -> BTreeSet<LogIndex> {
        let noticed = self.noticed.borrow();
        let new: BTreeSet<LogIndex> = noticed.difference(&self.told).copied().collect();
        self.told.extend(new.iter().copied());
        new
    }

    /// Reads everything again in search of damage.
    pub fn scrub(&mut self) {
        self.noticed.borrow_mut().extend(self.rotten.iter().copied());
    }

    /// Writes a damaged record again.
    pub fn mend(&mut self, at: LogIndex, entry: Arc<[u8]>, body: Option<Arc<[u8]>>) {
        let place = usize::try_from(at.0).ok().and_then(|at| self.log.get(at).copied());
        if let Some(Fact::Entry { entry: old, body: taken, .. }) = place.and_then(|place| self.facts.get_mut(place)) {
            (*old, *taken) = (entry, body);
        }
        self.rotten.remove(&at);
        self.told.remove(&at);
        self.noticed.borrow_mut().remove(&at);
    }

    /// Takes the body of an entry away.
    pub fn erase(&mut self, at: LogIndex) {
        let place = usize::try_from(at.0).ok().and_then(|at| self.log.get(at).copied());
        if let Some(Fact::Entry { body, .. }) = place.and_then(|place| self.facts.get_mut(place)) {
            *body = None;
        }
    }
}

impl Records for Disk {
    fn read(&self, at: LogIndex) -> Result<Record, RecordsFailure> {
        if self.rotten.contains(&at) {
            self.noticed.borrow_mut().insert(at);
            return Err(RecordsFailure::Damaged(at));
        }
        let fact = usize::try_from(at.0).ok().and_then(|at| self.facts.get(*self.log.get(at)?));
        match fact {
            Some(Fact::Entry { entry, body, .. }) => Ok(Record { entry: entry.clone(), body: body.clone() }),
            _ => Err(RecordsFailure::Damaged(at)),
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsFailure> {
        Ok(self.index.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), RecordsFailure> {
        for (key, value) in self.index.range(prefix.to_vec()..) {
            if !key.starts_with(prefix) || visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn has_chunk(&self, chunk: &Hash) -> bool {
        self.chunks.contains_key(chunk)
    }

    fn chunk(&self, chunk: &Hash) -> Option<Vec<u8>> {
        self.chunks.get(chunk).map(|bytes| bytes.to_vec())
    }
}
