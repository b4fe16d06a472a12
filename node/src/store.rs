//! What this node keeps, behind one door: the journal is the truth, the index is derived from it.
//!
//! A batch is put (readable at once), synced (durable, with whatever else was put) and later moved into the index
//! engine when the driver has a moment. Only what is durable in the journal may be in the index, and the index always
//! stands exactly between two batches; so opening replays what is newer, and an index that is lost, damaged or
//! doubted is set aside and derived again, with nothing lost. Why not the engine alone: see `durable` and `sled`.
//!
//! One thread owns a store; it starts none of its own, so that hundreds fit into one process.

mod bare;
mod chunks;
mod durable;
mod failure;
mod index;
mod journal;
mod layout;
mod reading;
mod restore;
mod salvage;
mod scrub;
mod sled;
mod tail;
mod unlocked;

use std::{
    fs::{self, File, TryLockError},
    io,
    iter::Peekable,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use fangwei_protocol::{
    record::entry::Hash,
    records::{Batch, Fact, LogIndex, Record, Records, RecordsFailure, Visit},
    trust::genesis::GenesisHash,
};
use tracing::{info, warn};

pub use self::{
    bare::Bare,
    chunks::Chunks,
    failure::{Damage, StoreFailure},
    journal::{JournalFacts, Located, Position},
    layout::scrubbed_file,
    reading::{Durable, try_writing},
    salvage::{Pieces, pieces, read_aside, replace_journal, salvage_dir, write_aside},
    scrub::{Scrub, Scrubbed},
    tail::Lag,
    unlocked::{journal_facts, segment_bytes, segment_hash},
};
use self::{index::Index, journal::Journal, scrub::Rot, sled::EngineFailure, tail::Tail};
use crate::limits::{
    INDEX_BATCH_KEYS, INDEX_CACHE_BYTES, INDEX_CACHE_BYTES_DEMO, INDEX_FLUSH_BYTES, REPLAY_BYTES_MAX, ROOM_BYTES_MIN,
    SCRUB_DAYS, SEGMENT_BYTES_MAX, TAIL_BYTES_MAX, TAIL_KEYS_MAX, UNSYNCED_BYTES_MAX, days,
};

/// Sizes a store works with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoreOptions {
    /// Bytes of a journal segment.
    pub segment_bytes_max: u32,
    /// Bytes of the index engine's cache.
    pub cache_bytes: u64,
    /// Bytes the index may lag behind.
    pub tail_bytes_max: usize,
    /// Keys the index may lag behind.
    pub tail_keys_max: usize,
    /// Room on the disk below which nothing more is put, in bytes.
    pub room_bytes_min: u64,
    /// Within which time the whole journal is read again.
    pub scrub_every: Duration,
}

/// What opening found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
    /// Bytes of a torn tail that were cut from the journal: a write that a crash had cut short. Never acknowledged,
    /// unless the disk lied or rotted just there.
    pub cut_bytes: u64,
    /// Why the index was set aside, if it was.
    pub set_aside: Option<String>,
}

/// How far a replay of the journal into the index has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Bytes of the journal that are indexed, or about to be.
    pub done_bytes: u64,
    /// Bytes of the journal.
    pub total_bytes: u64,
}

/// One node's journal and index.
pub struct Store {
    dir: PathBuf,
    options: StoreOptions,
    genesis: GenesisHash,
    opened: Opened,
    journal: Journal,
    index: Index,
    chunks: Chunks,
    tail: Tail,
    /// What of the journal is not indexed yet, if anything.
    replay: Option<Replay>,
    /// Records that were found damaged.
    rot: Mutex<Rot>,
    /// Entries that wait in the pile of what could be read of a damaged journal.
    aside: u64,
    /// Unlocks when it is dropped, so it is the last field.
    _lock: Lock,
}

/// Facts on their way from the journal into the index.
struct Replay {
    facts: JournalFacts,
    /// Where the core's next batch of index keys will stand.
    next: LogIndex,
    /// A chunk given out whose keys are awaited.
    chunk: Option<Chunk>,
    reached: Position,
}

/// Facts given out at one go.
struct Chunk {
    positions: Vec<Position>,
    end: Position,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions {
            segment_bytes_max: SEGMENT_BYTES_MAX,
            cache_bytes: INDEX_CACHE_BYTES,
            tail_bytes_max: TAIL_BYTES_MAX,
            tail_keys_max: TAIL_KEYS_MAX,
            room_bytes_min: ROOM_BYTES_MIN,
            scrub_every: days(SCRUB_DAYS),
        }
    }
}

impl StoreOptions {
    /// For one of hundreds of stores in one process.
    #[must_use]
    pub fn demo() -> StoreOptions {
        StoreOptions { cache_bytes: INDEX_CACHE_BYTES_DEMO, ..StoreOptions::default() }
    }
}

impl Store {
    /// Opens the store in `dir`, making it if there is none.
    ///
    /// Before anything is put, the caller brings the index up to the journal:
    ///
    /// ```text
    /// while let Some(facts) = store.next_unindexed(1_000)? {
    ///     store.put_indexed(derive(&facts, &store)?)?;
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Locked`]; what is wrong with the journal; what the disk says; [`StoreFailure::NotLinked`].
    /// Nothing that is wrong with the index: that is set aside.
    pub fn open(dir: &Path, options: StoreOptions, genesis: &GenesisHash) -> Result<Store, StoreFailure> {
        if !durable::check() {
            return Err(StoreFailure::NotLinked);
        }
        fs::create_dir_all(dir).map_err(|cause| StoreFailure::disk(dir, cause))?;
        let lock = lock(dir)?;
        salvage::finish(dir)?;
        let journal_dir = layout::journal_dir(dir);
        let index = Index::open(dir, options.cache_bytes, genesis);
        let known = index.as_ref().ok().filter(|index| index.entries() > 0);
        if let Some(index) = known {
            restore::restore(&journal_dir, *genesis, index)?;
        }
        let known = known.map(|index| (index.position(), index.entries()));
        let (journal, tail) = Journal::open(&journal_dir, *genesis, options.segment_bytes_max, known)?;
        if tail.cut_bytes > 0 {
            warn!(dir = %dir.display(), bytes = tail.cut_bytes, "cut a torn tail from the journal");
        }
        let index = index.and_then(|index| index.fits(&journal).map(|()| index));
        let (index, set_aside) = match index {
            Ok(index) => (index, None),
            Err(EngineFailure::Full) => return Err(StoreFailure::DiskFull { path: layout::index_dir(dir) }),
            Err(failure) => {
                let why = failure.to_string();
                (Index::anew(dir, options.cache_bytes, genesis, &why)?, Some(why))
            }
        };
        let mut store = Store {
            dir: dir.to_owned(),
            options,
            genesis: *genesis,
            opened: Opened { cut_bytes: tail.cut_bytes, set_aside },
            journal,
            index,
            chunks: Chunks::of(dir, options.room_bytes_min),
            tail: Tail::default(),
            replay: None,
            rot: Mutex::default(),
            aside: salvage::read_aside(dir)?.len() as u64,
            _lock: lock,
        };
        store.start_replay()?;
        Ok(store)
    }

    /// The content of attachments.
    #[must_use]
    pub fn chunks(&self) -> &Chunks {
        &self.chunks
    }

    /// What opening found.
    #[must_use]
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// The log index the next entry gets: how many entries can be read.
    #[must_use]
    pub fn next_index(&self) -> LogIndex {
        self.replay.as_ref().map_or(LogIndex(self.journal.entries()), |replay| replay.next)
    }

    /// Facts of the journal that are not in the index yet, in order, at most `facts_max`; none when all are.
    ///
    /// The keys derived from them go to [`Store::put_indexed`] before this is called again.
    ///
    /// # Errors
    ///
    /// What is wrong with the journal; [`StoreFailure::Unindexed`] if the keys of the last facts were not put.
    pub fn next_unindexed(&mut self, facts_max: usize) -> Result<Option<Vec<Fact>>, StoreFailure> {
        let unindexed = self.unindexed_bytes();
        let Some(replay) = &mut self.replay else { return Ok(None) };
        if replay.chunk.is_some() {
            return Err(StoreFailure::Unindexed { bytes: unindexed });
        }
        let mut chunk = Chunk { positions: Vec::new(), end: replay.reached };
        let mut facts = Vec::new();
        let mut bytes = 0;
        while facts.len() < facts_max.max(1) && bytes < REPLAY_BYTES_MAX {
            let Some(located) = replay.facts.next().transpose()? else { break };
            bytes += (located.end.offset - located.at.offset) as usize;
            chunk.end = located.end;
            if located.index.is_some() {
                chunk.positions.push(located.at);
            }
            facts.push(located.fact);
        }
        if facts.is_empty() {
            self.replay = None;
            return Ok(None);
        }
        replay.chunk = Some(chunk);
        Ok(Some(facts))
    }

    /// Takes the index keys derived from the facts [`Store::next_unindexed`] gave last; the batch's facts are those.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::OutOfOrder`], [`StoreFailure::Index`].
    pub fn put_indexed(&mut self, batch: Batch) -> Result<(), StoreFailure> {
        let expected = self.next_index();
        let chunk = self.replay.as_mut().and_then(|replay| replay.chunk.take_if(|_| batch.first == expected));
        let Some(chunk) = chunk else { return Err(StoreFailure::OutOfOrder { found: batch.first, expected }) };
        if let Some(replay) = &mut self.replay {
            replay.next = LogIndex(expected.0 + chunk.positions.len() as u64);
            replay.reached = chunk.end;
        }
        self.tail.push(batch.index, &chunk.positions, chunk.end);
        self.make_room()
    }

    /// Entries that can be read and are not in the engine yet.
    #[must_use]
    pub fn lag_entries(&self) -> u64 {
        self.next_index().0.saturating_sub(self.index.entries())
    }

    /// How far the index has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let total_bytes = self.journal.bytes_before(self.journal.end());
        let done = self.replay.as_ref().map_or(total_bytes, |replay| self.journal.bytes_before(replay.reached));
        Progress { done_bytes: done, total_bytes }
    }

    /// Takes a batch in: readable at once, durable after the next [`Store::sync`].
    ///
    /// Waits for the index where it lags too far behind, which makes earlier batches durable first.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Unindexed`], [`StoreFailure::OutOfOrder`], [`StoreFailure::TooLarge`], and
    /// [`StoreFailure::DiskFull`] while there is still some room to work in: nothing was taken, and it may be tried
    /// again. Those of [`Store::sync`] and [`Store::index_some`].
    pub fn put(&mut self, batch: Batch) -> Result<(), StoreFailure> {
        if self.replay.is_some() {
            return Err(StoreFailure::Unindexed { bytes: self.unindexed_bytes() });
        }
        let expected = LogIndex(self.journal.entries());
        if batch.first != expected {
            return Err(StoreFailure::OutOfOrder { found: batch.first, expected });
        }
        let pending_bytes = self.journal.pending_bytes();
        if pending_bytes == 0 {
            self.check_room()?;
        }
        if pending_bytes > UNSYNCED_BYTES_MAX {
            self.journal.sync()?;
        }
        self.make_room()?;
        assert!(batch.index.iter().all(|(key, _)| key.first().is_some_and(|table| *table != layout::OWN)));
        let positions = self.journal.append(&batch.facts)?;
        self.tail.push(batch.index, &positions, self.journal.end());
        Ok(())
    }

    /// Whether there is room to take anything in: to be asked before deciding what could not be kept.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::DiskFull`], while there is still some room to work in; what the disk says.
    pub fn check_room(&self) -> Result<(), StoreFailure> {
        if self.room_bytes()? < self.options.room_bytes_min {
            return Err(StoreFailure::DiskFull { path: self.dir.clone() });
        }
        Ok(())
    }

    /// Makes everything put so far durable. Only then may anyone be told.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::DiskFull`], [`StoreFailure::Disk`]: what was put since the last sync stays readable until the
    /// store is opened again, and is gone then, but for a part of it from the beginning that became durable before
    /// (another segment's, or while the index was waited for). Until then nothing more is written:
    /// [`StoreFailure::Stopped`].
    pub fn sync(&mut self) -> Result<(), StoreFailure> {
        self.journal.sync()
    }

    /// Takes the body of an entry away for good: what was lawfully redacted. Whatever else was put is durable then,
    /// the redaction itself included. Done again it changes nothing. Returns whether there was anything to take away.
    ///
    /// # Errors
    ///
    /// Those of [`Store::sync`]; [`StoreFailure::OutOfOrder`] if there is no such entry. It is to be tried again then. A
    /// record that is damaged counts as having nothing to take away.
    pub fn erase(&mut self, at: LogIndex) -> Result<bool, StoreFailure> {
        let position = self.position(at)?;
        let Some(position) = position else {
            return Err(StoreFailure::OutOfOrder { found: at, expected: self.next_index() });
        };
        match self.journal.erase(position) {
            // What is written in its place again comes without its body.
            Err(StoreFailure::Damaged { .. }) => {
                self.rot().found.insert(at);
                Ok(false)
            }
            erased => erased,
        }
    }

    /// Whether an earlier failure has stopped writing; reading goes on.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.journal.is_stopped()
    }

    /// Moves durable batches into the index: at least one if there is any, and more up to `keys_max` keys. To be
    /// called between batches, and when there is nothing else to do until [`Store::lag`] is empty.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Index`]: the index is to be rebuilt; nothing is lost. [`StoreFailure::DiskFull`]: the engine
    /// answers again once there is room and the store is opened again.
    pub fn index_some(&mut self, keys_max: usize) -> Result<Lag, StoreFailure> {
        if let Some(leaving) = self.tail.leaving(self.journal.durable(), keys_max) {
            self.index.take(&leaving)?;
            self.tail.left(&leaving);
            if self.index.unflushed_bytes() >= INDEX_FLUSH_BYTES {
                self.index.flush()?;
            }
        }
        Ok(self.tail.lag())
    }

    /// Makes the index durable as far as it goes, so that the next opening has little to replay.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Index`].
    pub fn flush_index(&mut self) -> Result<(), StoreFailure> {
        self.index.flush()
    }

    /// How far the index lags behind what was put.
    #[must_use]
    pub fn lag(&self) -> Lag {
        self.tail.lag()
    }

    /// Whether the index lags more than half as far behind as it may.
    #[must_use]
    pub fn is_far_behind(&self) -> bool {
        let Lag { keys, bytes, .. } = self.tail.lag();
        keys > self.options.tail_keys_max / 2 || bytes > self.options.tail_bytes_max / 2
    }

    /// Whether a read found the index failing, so that it should be rebuilt.
    #[must_use]
    pub fn needs_rebuild(&self) -> bool {
        self.index.has_failed()
    }

    /// Whether the index met the end of the disk, after which it answers nothing until the store is opened again.
    #[must_use]
    pub fn needs_opening(&self) -> bool {
        self.index.has_met_full()
    }

    /// Sets the index aside and starts again from the beginning of the journal: [`Store::next_unindexed`] follows.
    ///
    /// # Errors
    ///
    /// Those of [`Store::sync`], and what the disk says.
    pub fn rebuild(&mut self) -> Result<(), StoreFailure> {
        self.journal.sync()?;
        self.index.close();
        self.index = Index::anew(&self.dir, self.options.cache_bytes, &self.genesis, "a rebuild was asked for")?;
        self.start_replay()
    }

    /// Syncs, moves everything into the index and makes it durable.
    ///
    /// # Errors
    ///
    /// Those of [`Store::sync`], [`Store::index_some`] and [`Store::flush_index`]; it is closed all the same.
    pub fn close(mut self) -> Result<(), StoreFailure> {
        self.journal.sync()?;
        while self.tail.lag().batches > 0 {
            self.index_some(INDEX_BATCH_KEYS)?;
        }
        self.flush_index()
    }

    /// Bytes that can still be written on this store's disk.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`].
    pub fn room_bytes(&self) -> Result<u64, StoreFailure> {
        durable::room_bytes(&self.dir).map_err(|cause| StoreFailure::disk(&self.dir, cause))
    }

    /// Begins to replay what is behind the place the index stands at.
    fn start_replay(&mut self) -> Result<(), StoreFailure> {
        let (position, entries) = (self.index.position(), self.index.entries());
        self.tail = Tail::behind(entries);
        self.replay = None;
        if position < self.journal.durable() {
            let bytes = self.progress().total_bytes - self.journal.bytes_before(position);
            info!(dir = %self.dir.display(), bytes, "indexing what is new in the journal");
            let facts = self.journal.facts_from(position, entries)?;
            self.replay = Some(Replay { facts, next: LogIndex(entries), chunk: None, reached: position });
        }
        Ok(())
    }

    fn unindexed_bytes(&self) -> u64 {
        let Progress { done_bytes, total_bytes } = self.progress();
        total_bytes - done_bytes
    }

    /// Moves batches into the index until it lags no further than it may.
    fn make_room(&mut self) -> Result<(), StoreFailure> {
        loop {
            let Lag { keys, bytes, .. } = self.tail.lag();
            if keys <= self.options.tail_keys_max && bytes <= self.options.tail_bytes_max {
                return Ok(());
            }
            if self.tail.oldest_end().is_some_and(|end| end > self.journal.durable()) {
                self.journal.sync()?;
            }
            self.index_some(INDEX_BATCH_KEYS)?;
        }
    }
}

impl Records for Store {
    fn read(&self, at: LogIndex) -> Result<Record, RecordsFailure> {
        let position = match self.tail.position(at) {
            Some(position) => Some(position),
            None => self.index.position_of(at)?,
        };
        let position = position.ok_or(RecordsFailure::Damaged(at))?;
        self.journal.read(position).map_err(|failure| match failure {
            StoreFailure::Damaged { .. } => {
                if self.rot().found.insert(at) {
                    warn!(%failure, index = at.0, "a record does not check");
                }
                RecordsFailure::Damaged(at)
            }
            failure => RecordsFailure::Engine(failure.to_string()),
        })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsFailure> {
        if let Some(value) = self.tail.get(key) {
            return Ok(Some(value.to_vec()));
        }
        Ok(self.index.get(key)?.map(|value| value.to_vec()))
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), RecordsFailure> {
        let mut newer = self.tail.from(prefix).take_while(|(key, _)| key.starts_with(prefix)).peekable();
        for found in self.index.scan(prefix)? {
            let (key, value) = found?;
            if visit_before(&mut newer, Some(&key), visit).is_break() {
                return Ok(());
            }
            let is_newer = newer.peek().is_some_and(|(next, _)| *next == &*key);
            if !is_newer && visit(&key, &value).is_break() {
                return Ok(());
            }
        }
        // Whether the visitor stops here or comes to the end is all the same.
        let _ = visit_before(&mut newer, None, visit);
        Ok(())
    }

    fn has_chunk(&self, chunk: &Hash) -> bool {
        self.chunks.has(chunk)
    }

    fn chunk(&self, chunk: &Hash) -> Option<Vec<u8>> {
        self.chunks.read(chunk)
    }
}

/// Visits the pairs whose keys come before `limit`, or all.
fn visit_before<'t>(
    pairs: &mut Peekable<impl Iterator<Item = (&'t [u8], &'t [u8])>>,
    limit: Option<&[u8]>,
    visit: &mut Visit<'_>,
) -> ControlFlow<()> {
    while let Some((key, value)) = pairs.next_if(|(key, _)| limit.is_none_or(|limit| *key < limit)) {
        visit(key, value)?;
    }
    ControlFlow::Continue(())
}

/// Owns the store until it is dropped.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not do: a process that is being started holds all our files open until its program runs.
        let _ = self.0.unlock();
    }
}

fn lock(dir: &Path) -> Result<Lock, StoreFailure> {
    let path = layout::lock_file(dir);
    let disk = |cause| StoreFailure::disk(&path, cause);
    let file = match File::options().write(true).create(true).truncate(false).open(&path) {
        Err(cause) if cause.kind() == io::ErrorKind::ReadOnlyFilesystem => File::open(&path),
        opened => opened,
    };
    let file = file.map_err(disk)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreFailure::Locked { path: dir.to_owned() }),
        Err(TryLockError::Error(cause)) => Err(disk(cause)),
    }
}

#[cfg(test)]
mod tests;
