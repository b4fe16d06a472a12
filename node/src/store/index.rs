//! The index: the engine, and where in the journal it stands.
//!
//! What the core derived from a run of facts, where their entries are, and the journal position behind them go in
//! together or not at all. So there is always one answer to "what is in here": everything before that position. It is
//! believed when opened only if it can be true.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use fangwei_protocol::{
    record::cbor,
    records::{LogIndex, RecordsFailure},
    trust::genesis::GenesisHash,
};
use tracing::warn;

use super::{
    failure::StoreFailure,
    journal::{Journal, Position, sync_dir},
    layout::{self, INDEX_FORMAT, POSITIONS_PER_KEY, Reached},
    sled::{Bytes, Engine, EngineFailure},
    tail::Leaving,
};

/// How many positions of the log are looked at when opening, evenly spread, before the index is believed.
const CHECKED_POSITIONS: u64 = 16;

/// Keys and values, in batches that end where the core's do.
pub(super) struct Index {
    /// The store's directory.
    dir: PathBuf,
    engine: Engine,
    reached: Reached,
    /// Positions of the last entries, as many as do not fill a key.
    block: Vec<u8>,
    unflushed_bytes: usize,
    /// Whether the engine failed, so that it should be set aside.
    failed: AtomicBool,
    /// Whether it met the end of the disk, so that it answers nothing until it is opened again.
    met_full: AtomicBool,
}

impl Index {
    /// Opens the index of the store in `dir`, or makes an empty one, and believes it only if it stands where it can.
    ///
    /// # Errors
    ///
    /// [`EngineFailure`]: with anything but a full disk it is to be set aside.
    pub(super) fn open(dir: &Path, cache_bytes: u64, genesis: &GenesisHash) -> Result<Index, EngineFailure> {
        let doubt = |why: &str| Err(EngineFailure::Said(why.into()));
        let engine = Engine::open(&layout::index_dir(dir), cache_bytes)?;
        let flushed = fs::read(layout::flushed_file(dir)).ok().and_then(|bytes| cbor::decode::<Reached>(&bytes).ok());
        let flushed = flushed.filter(|flushed| flushed.genesis == *genesis).map(|flushed| flushed.position);
        let Some(reached) = reached(&engine, genesis)? else {
            if !engine.is_empty()? {
                return doubt("it does not say where it stands");
            }
            return if flushed.is_some() {
                doubt("it is empty and was not")
            } else {
                Ok(Index::empty(dir, engine, genesis))
            };
        };
        if flushed.is_some_and(|flushed| reached.position < flushed) {
            return doubt("it has lost what it had flushed");
        }
        let last = reached.entries.checked_sub(1);
        let step = usize::try_from(reached.entries / CHECKED_POSITIONS + 1).unwrap_or(usize::MAX);
        let mut before = None;
        for at in (0..reached.entries).step_by(step).filter(|&at| Some(at) != last).chain(last) {
            let position = position_of(&engine, LogIndex(at))?.filter(|position| *position < reached.position);
            if position.is_none() || position <= before {
                return doubt("it does not know where entries are");
            }
            before = position;
        }
        let block = if reached.entries.is_multiple_of(POSITIONS_PER_KEY) {
            None
        } else {
            engine.get(&layout::positions_key(reached.entries / POSITIONS_PER_KEY))?
        };
        let block = block.map(|block| block.to_vec()).unwrap_or_default();
        Ok(Index { reached, block, ..Index::empty(dir, engine, genesis) })
    }

    /// Whether it can be that of a journal.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    pub(super) fn fits(&self, journal: &Journal) -> Result<(), EngineFailure> {
        let Reached { position, entries, .. } = self.reached;
        if position > journal.durable() || entries > journal.entries() {
            return Err(EngineFailure::Said("it stands behind the end of the journal".into()));
        }
        Ok(())
    }

    /// The first entry that stands in a segment or behind it.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    pub(super) fn first_from(&self, segment: u32) -> Result<LogIndex, RecordsFailure> {
        let (mut from, mut to) = (0, self.reached.entries);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.position_of(LogIndex(middle))? {
                Some(position) if position.segment >= segment => to = middle,
                _ => from = middle + 1,
            }
        }
        Ok(LogIndex(from))
    }

    /// Sets the files of a damaged index aside, keeping only the newest such, and begins an empty one.
    ///
    /// # Errors
    ///
    /// What the disk says; [`StoreFailure::Index`] if not even an empty one can be begun.
    pub(super) fn anew(dir: &Path, cache_bytes: u64, genesis: &GenesisHash, why: &str) -> Result<Index, StoreFailure> {
        let disk = |cause| StoreFailure::disk(dir, cause);
        let mut newest = 0;
        for found in fs::read_dir(dir).map_err(disk)? {
            let found = found.map_err(disk)?;
            if let Some(number) = layout::damaged_number(&found.file_name().to_string_lossy()) {
                newest = newest.max(number);
                fs::remove_dir_all(found.path()).map_err(disk)?;
            }
        }
        let index = layout::index_dir(dir);
        let aside = layout::damaged_dir(dir, newest + 1);
        warn!(index = %index.display(), aside = %aside.display(), why, "set the index aside, to be derived again");
        match fs::rename(&index, &aside) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(disk(cause)),
            _ => {}
        }
        fs::remove_file(layout::flushed_file(dir)).ok();
        sync_dir(dir)?;
        match Engine::open(&index, cache_bytes) {
            Ok(engine) => Ok(Index::empty(dir, engine, genesis)),
            Err(EngineFailure::Full) => Err(StoreFailure::DiskFull { path: index }),
            Err(failure) => Err(StoreFailure::Index { path: index, cause: failure.to_string() }),
        }
    }

    /// One without files, for a journal that is read from its beginning.
    pub(super) fn nothing(dir: &Path, genesis: &GenesisHash) -> Index {
        Index::empty(dir, Engine::nothing(), genesis)
    }

    fn empty(dir: &Path, engine: Engine, genesis: &GenesisHash) -> Index {
        let reached = Reached { format: INDEX_FORMAT, genesis: *genesis, position: Position::START, entries: 0 };
        let (failed, met_full) = (AtomicBool::new(false), AtomicBool::new(false));
        Index { dir: dir.to_owned(), engine, reached, block: Vec::new(), unflushed_bytes: 0, failed, met_full }
    }

    /// Lets go of the files, so that they can be moved; nothing can be read any more.
    pub(super) fn close(&mut self) {
        self.engine = Engine::closed();
    }

    /// Everything before this position is in the index, nothing behind it is.
    pub(super) fn position(&self) -> Position {
        self.reached.position
    }

    /// Entries before that position.
    pub(super) fn entries(&self) -> u64 {
        self.reached.entries
    }

    /// Bytes taken since the last flush.
    pub(super) fn unflushed_bytes(&self) -> usize {
        self.unflushed_bytes
    }

    /// Whether the engine has failed for another reason than a full disk.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Whether the engine met a full disk.
    pub(super) fn has_met_full(&self) -> bool {
        self.met_full.load(Ordering::Relaxed)
    }

    /// Takes in what leaves the tail, all or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Index`], [`StoreFailure::DiskFull`].
    pub(super) fn take(&mut self, leaving: &Leaving) -> Result<(), StoreFailure> {
        let entries = self.reached.entries + leaving.positions.len() as u64;
        let reached = Reached { position: leaving.end, entries, ..self.reached };
        let mut own = vec![(layout::reached_key(), cbor::encode(&reached))];
        let mut block = self.block.clone();
        for (at, &position) in (self.reached.entries..).zip(&leaving.positions) {
            layout::push_position(&mut block, position);
            if (at + 1).is_multiple_of(POSITIONS_PER_KEY) {
                own.push((layout::positions_key(at / POSITIONS_PER_KEY), std::mem::take(&mut block)));
            }
        }
        if !block.is_empty() {
            own.push((layout::positions_key(entries / POSITIONS_PER_KEY), block.clone()));
        }
        let own = own.iter().map(|(key, value)| (key.as_slice(), value.as_slice()));
        let pairs = leaving.pairs.iter().map(|(key, value)| (&**key, &**value));
        self.engine.apply(pairs.chain(own)).map_err(|failure| self.failure(&failure))?;
        self.reached = reached;
        self.block = block;
        self.unflushed_bytes += leaving.bytes;
        Ok(())
    }

    /// Makes what was taken in durable, and notes beside the engine how far that was.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Index`], [`StoreFailure::DiskFull`], [`StoreFailure::Disk`].
    pub(super) fn flush(&mut self) -> Result<(), StoreFailure> {
        if self.unflushed_bytes > 0 {
            self.engine.flush().map_err(|failure| self.failure(&failure))?;
            self.unflushed_bytes = 0;
            // Only ever used to doubt an index that stands before it, so it need not be durable itself.
            let path = layout::flushed_file(&self.dir);
            fs::write(&path, cbor::encode(&self.reached)).map_err(|cause| StoreFailure::disk(&path, cause))?;
        }
        Ok(())
    }

    /// Where an entry is, if the index has it.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    pub(super) fn position_of(&self, at: LogIndex) -> Result<Option<Position>, RecordsFailure> {
        if at.0 >= self.reached.entries {
            return Ok(None);
        }
        position_of(&self.engine, at).map_err(|failure| self.unreadable(&failure))
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, RecordsFailure> {
        self.engine.get(key).map_err(|failure| self.unreadable(&failure))
    }

    /// The core's keys that begin with `prefix`, ascending.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`], at once or later.
    pub(super) fn scan(
        &self,
        prefix: &[u8],
    ) -> Result<impl Iterator<Item = Result<(Bytes, Bytes), RecordsFailure>>, RecordsFailure> {
        let found = self.engine.scan(prefix).map_err(|failure| self.unreadable(&failure))?;
        let found = found.map(|found| found.map_err(|failure| self.unreadable(&failure)));
        Ok(found.filter(|found| !found.as_ref().is_ok_and(|(key, _)| key.first() == Some(&layout::OWN))))
    }

    /// Notes that it was found not to say what it has to.
    pub(super) fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    fn failure(&self, failure: &EngineFailure) -> StoreFailure {
        let path = layout::index_dir(&self.dir);
        if *failure == EngineFailure::Full {
            self.met_full.store(true, Ordering::Relaxed);
            return StoreFailure::DiskFull { path };
        }
        self.failed.store(true, Ordering::Relaxed);
        StoreFailure::Index { path, cause: failure.to_string() }
    }

    fn unreadable(&self, failure: &EngineFailure) -> RecordsFailure {
        RecordsFailure::Engine(self.failure(failure).to_string())
    }
}

/// Where the engine stands; none if it is new.
fn reached(engine: &Engine, genesis: &GenesisHash) -> Result<Option<Reached>, EngineFailure> {
    let Some(value) = engine.get(&layout::reached_key())? else { return Ok(None) };
    match cbor::decode::<Reached>(&value) {
        Ok(reached) if reached.format != INDEX_FORMAT => Err(EngineFailure::Said("it has another format".into())),
        Ok(reached) if reached.genesis != *genesis => Err(EngineFailure::Said("it is another tree's".into())),
        Ok(reached) => Ok(Some(reached)),
        Err(fault) => Err(EngineFailure::Said(format!("where it stands is {fault}"))),
    }
}

/// Where the engine says an entry is.
fn position_of(engine: &Engine, at: LogIndex) -> Result<Option<Position>, EngineFailure> {
    let (block, place) = layout::block_of(at);
    let value = engine.get(&layout::positions_key(block))?;
    Ok(value.and_then(|value| layout::position_in(&value, place)))
}
