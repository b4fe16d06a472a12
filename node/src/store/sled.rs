//! The index engine: the only file that names sled.
//!
//! Everything here can be derived again from the journal, so the answer to anything strange is "failed" and the store
//! sets the engine's files aside. What was measured about sled 0.34.7 and is answered here: a kill while it opens can
//! leave `snap.*.generating`, which makes every later open fail; damaged files make it panic; its file lock is let go
//! a moment after it is dropped. That its flush is not durable is answered in `durable`. Batches on one tree are atomic
//! across crashes; transactions over several are not needed and cost twice as much.

use std::{
    any::Any,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    thread,
    time::Duration,
};

use thiserror::Error;

use super::failure::is_full;

/// How often opening tries again while an engine just dropped lets go of its files.
const OPEN_TRIES: u32 = 100;

/// How long it waits in between, in milliseconds.
const OPEN_RETRY_MS: u64 = 20;

/// Bytes the engine owns, shared and cheap to clone.
pub(super) type Bytes = sled::IVec;

/// The engine failed; the journal did not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum EngineFailure {
    /// The disk is full: nothing is wrong with what it holds.
    #[error("no room left on the disk")]
    Full,
    /// It said so.
    #[error("{0}")]
    Said(String),
    /// It panicked.
    #[error("engine panicked: {0}")]
    Panicked(String),
}

/// One open database with one tree.
pub(super) struct Engine(Option<sled::Db>);

impl Engine {
    /// Opens the database in `dir`, making it if there is none.
    ///
    /// # Errors
    ///
    /// [`EngineFailure`], whatever the reason.
    pub(super) fn open(dir: &Path, cache_bytes: u64) -> Result<Engine, EngineFailure> {
        remove_generating(dir).map_err(|cause| EngineFailure::Said(cause.to_string()))?;
        let config = sled::Config::new().path(dir).flush_every_ms(None).cache_capacity(cache_bytes);
        for _ in 0..OPEN_TRIES {
            match guarded(|| config.open()) {
                // Our own lock keeps other processes out: this is an engine of ours still closing.
                Err(EngineFailure::Said(said)) if said.contains("could not acquire lock") => {
                    thread::sleep(Duration::from_millis(OPEN_RETRY_MS));
                }
                opened => return opened.map(|db| Engine(Some(db))),
            }
        }
        Err(EngineFailure::Said("its files are still locked".into()))
    }

    /// One that answers nothing: what is left while its files are moved.
    pub(super) fn closed() -> Engine {
        Engine(None)
    }

    /// Whether it holds nothing at all.
    pub(super) fn is_empty(&self) -> Result<bool, EngineFailure> {
        let db = self.db()?;
        guarded(|| Ok(db.is_empty()))
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, EngineFailure> {
        let db = self.db()?;
        guarded(|| db.get(key))
    }

    /// Keys that begin with `prefix`, ascending.
    pub(super) fn scan(
        &self,
        prefix: &[u8],
    ) -> Result<impl Iterator<Item = Result<(Bytes, Bytes), EngineFailure>>, EngineFailure> {
        let db = self.db()?;
        let mut found = guarded(|| Ok(db.scan_prefix(prefix)))?;
        Ok(std::iter::from_fn(move || guarded(|| found.next().transpose()).transpose()))
    }

    /// Puts keys and values, all or none of which a crash leaves.
    pub(super) fn apply<K, V>(&self, pairs: impl IntoIterator<Item = (K, V)>) -> Result<(), EngineFailure>
    where
        K: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        let mut batch = sled::Batch::default();
        pairs.into_iter().for_each(|(key, value)| batch.insert(key.as_ref(), value.as_ref()));
        let db = self.db()?;
        guarded(|| db.apply_batch(batch))
    }

    /// Makes everything put so far durable.
    pub(super) fn flush(&self) -> Result<(), EngineFailure> {
        let db = self.db()?;
        guarded(|| db.flush()).map(|_| ())
    }

    fn db(&self) -> Result<&sled::Db, EngineFailure> {
        self.0.as_ref().ok_or_else(|| EngineFailure::Said("closed".into()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let db = self.0.take();
        // A damaged engine may panic while it closes, and there is nobody left to tell.
        catch_unwind(AssertUnwindSafe(|| drop(db))).ok();
    }
}

/// Removes what a kill during an earlier open left: that open had not yet given up the older snapshot.
fn remove_generating(dir: &Path) -> io::Result<()> {
    let found = match fs::read_dir(dir) {
        Ok(found) => found,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(cause),
    };
    for found in found {
        let found = found?;
        let name = found.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(found.path())?;
        }
    }
    Ok(())
}

/// Runs the engine so that its panics become failures.
fn guarded<T>(run: impl FnOnce() -> sled::Result<T>) -> Result<T, EngineFailure> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(answer) => answer.map_err(|error| match error {
            sled::Error::Io(cause) if is_full(&cause) => EngineFailure::Full,
            error => EngineFailure::Said(error.to_string()),
        }),
        Err(panic) => Err(EngineFailure::Panicked(words(&*panic))),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
