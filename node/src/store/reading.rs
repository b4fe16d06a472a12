//! Reading on where nothing can be written: what was durable, and nothing else.
//!
//! A store that failed goes on showing what a power cut would leave. Where its index fails too, or none can be opened,
//! the journal is read again from its beginning and what is derived from it stays in memory: only a small journal, since
//! there is nowhere else to put it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use fangwei_protocol::trust::genesis::GenesisHash;

use super::{
    Store, StoreOptions,
    chunks::Chunks,
    failure::StoreFailure,
    index::Index,
    journal::{Journal, Position},
    layout, lock, salvage,
    tail::Tail,
};
use crate::limits::READ_ALONE_BYTES_MAX;

/// What of a journal is known to be durable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Durable {
    end: Position,
    entries: u64,
}

impl Store {
    /// From now on it is only read, and shows what was durable and nothing that was put since. Returns how much that is.
    pub fn freeze(&mut self) -> Durable {
        // What is being indexed anew was all durable before, and nothing is put meanwhile.
        let entries = match &self.replay {
            Some(_) => self.journal.entries(),
            None => self.tail.forget_behind(self.journal.durable()),
        };
        self.journal.freeze(entries);
        self.durable()
    }

    /// Whether all of it can be read: not while it is being indexed anew.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.replay.is_none()
    }

    /// Whether its journal alone can be read.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.journal.bytes_before(self.journal.durable()) <= READ_ALONE_BYTES_MAX
    }

    /// Opens the journal in `dir` to be read without its index. Nothing is written. What is derived from it stays in
    /// memory, so there is nothing to open where the journal is large; what is behind `durable` is not shown.
    ///
    /// # Errors
    ///
    /// [`StoreFailure`]; also where it is not known to be durable and cannot be made so.
    pub fn open_to_read(
        dir: &Path,
        options: StoreOptions,
        genesis: &GenesisHash,
        durable: Option<Durable>,
    ) -> Result<Option<Store>, StoreFailure> {
        let lock = lock(dir)?;
        if salvage::salvage_dir(dir).exists() {
            return Ok(None);
        }
        let known = durable.map(|durable| (durable.end, durable.entries));
        let journal = Journal::open_to_read(&layout::journal_dir(dir), *genesis, known)?;
        if journal.bytes_before(journal.durable()) > READ_ALONE_BYTES_MAX {
            return Ok(None);
        }
        let options = StoreOptions { tail_bytes_max: usize::MAX, tail_keys_max: usize::MAX, ..options };
        let mut store = Store {
            dir: dir.to_owned(),
            options,
            genesis: *genesis,
            opened: super::Opened { cut_bytes: 0, set_aside: None },
            journal,
            index: Index::nothing(dir, genesis),
            chunks: Chunks::of(dir, options.room_bytes_min),
            tail: Tail::default(),
            replay: None,
            rot: std::sync::Mutex::default(),
            aside: salvage::read_aside(dir)?.len() as u64,
            _lock: lock,
        };
        store.start_replay()?;
        Ok(Some(store))
    }

    /// How much of it is durable, once it is only read.
    #[must_use]
    pub fn durable(&self) -> Durable {
        Durable { end: self.journal.durable(), entries: self.journal.entries() }
    }
}

/// Writes a few bytes where journal and index are, makes them durable and takes them away: whether a disk that failed
/// does again what it should.
///
/// # Errors
///
/// What the disk says.
pub fn try_writing(dir: &Path) -> Result<(), StoreFailure> {
    for place in [layout::journal_dir(dir), layout::index_dir(dir)] {
        // These names mean nothing to either; opening the journal takes them away.
        let (first, second) = (place.join("trial.new"), place.join("trial-moved.new"));
        let write = || -> io::Result<()> {
            let mut file = match File::create(&first) {
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
                created => created?,
            };
            file.write_all(&[0x5a; 4096])?;
            file.set_len(1)?;
            file.sync_all()?;
            fs::rename(&first, &second)?;
            fs::remove_file(&second)
        };
        if let Err(cause) = write() {
            fs::remove_file(&first).ok();
            fs::remove_file(&second).ok();
            return Err(StoreFailure::disk(&place, cause));
        }
    }
    Ok(())
}
