//! The index engine: the only file that names sled.
//!
//! Everything here can be derived again from the journal, so the answer to anything strange is "failed" and the store
//! sets the engine's files aside. What was measured about sled 0.34.7 and is answered here: a kill while it opens can
//! leave `snap.*.generating`, which makes every later open fail; damaged files make it panic; its file lock is let go
//! a moment after it is dropped. That its flush is not durable is answered in `durable`. A page larger than a quarter
//! of a segment goes into a file of its own, which no flush ever syncs: after a power cut that file is empty or missing
//! while the log names it. A leaf has 16 values before it is split, so long values are kept in pieces, and no page ever
//! becomes so large. Batches on one tree are atomic across crashes; transactions over several are not needed and cost
//! twice as much.

use std::{
    any::Any,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    thread,
    time::Duration,
};

use thiserror::Error;

use super::{failure::is_full, layout};

/// How often opening tries again while an engine just dropped lets go of its files.
const OPEN_TRIES: u32 = 100;

/// How long it waits in between, in milliseconds.
const OPEN_RETRY_MS: u64 = 20;

/// Bytes of a value's pieces: 16 and a few more of them, with their keys, are well below 128 KiB, from which on the
/// engine takes a file of its own. A shorter piece is the last one.
const PIECE_BYTES: usize = 4 * 1024;

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
pub(super) struct Engine(Held);

enum Held {
    Open(sled::Db),
    /// Answers nothing.
    Closed,
    /// Answers that there is nothing, and takes nothing.
    Nothing,
}

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
                opened => return opened.map(|db| Engine(Held::Open(db))),
            }
        }
        Err(EngineFailure::Said("its files are still locked".into()))
    }

    /// One that answers nothing: what is left while its files are moved.
    pub(super) fn closed() -> Engine {
        Engine(Held::Closed)
    }

    /// One without files, which holds nothing and takes nothing.
    pub(super) fn nothing() -> Engine {
        Engine(Held::Nothing)
    }

    /// Whether it holds nothing at all.
    pub(super) fn is_empty(&self) -> Result<bool, EngineFailure> {
        let Some(db) = self.db()? else { return Ok(true) };
        guarded(|| Ok(db.is_empty()))
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, EngineFailure> {
        let Some(db) = self.db()? else { return Ok(None) };
        guarded(|| db.get(key))?.map(|first| whole(db, key, first)).transpose()
    }

    /// Keys that begin with `prefix`, ascending; among the store's own also those of pieces.
    pub(super) fn scan(
        &self,
        prefix: &[u8],
    ) -> Result<impl Iterator<Item = Result<(Bytes, Bytes), EngineFailure>>, EngineFailure> {
        let mut scan = match self.db()? {
            Some(db) => Some((db, guarded(|| Ok(db.scan_prefix(prefix)))?)),
            None => None,
        };
        let next = move || {
            let (db, found) = scan.as_mut()?;
            let found = guarded(|| found.next().transpose()).transpose()?;
            Some(found.and_then(|(key, first)| Ok((key.clone(), whole(db, &key, first)?))))
        };
        Ok(std::iter::from_fn(next))
    }

    /// Puts keys and values, all or none of which a crash leaves.
    pub(super) fn apply<K, V>(&self, pairs: impl IntoIterator<Item = (K, V)>) -> Result<(), EngineFailure>
    where
        K: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        let mut batch = sled::Batch::default();
        for (key, value) in pairs {
            let (key, value) = (key.as_ref(), value.as_ref());
            let (first, mut rest) = value.split_at(value.len().min(PIECE_BYTES));
            batch.insert(key, first);
            let (mut last, mut number) = (first, 0);
            while last.len() == PIECE_BYTES {
                (last, rest) = rest.split_at(rest.len().min(PIECE_BYTES));
                batch.insert(layout::piece_key(key, number), last);
                number += 1;
            }
        }
        let Some(db) = self.db()? else { return Err(EngineFailure::Said("it takes nothing".into())) };
        guarded(|| db.apply_batch(batch))
    }

    /// Makes everything put so far durable.
    pub(super) fn flush(&self) -> Result<(), EngineFailure> {
        let Some(db) = self.db()? else { return Ok(()) };
        guarded(|| db.flush()).map(|_| ())
    }

    fn db(&self) -> Result<Option<&sled::Db>, EngineFailure> {
        match &self.0 {
            Held::Open(db) => Ok(Some(db)),
            Held::Closed => Err(EngineFailure::Said("closed".into())),
            Held::Nothing => Ok(None),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let db = std::mem::replace(&mut self.0, Held::Closed);
        // A damaged engine may panic while it closes, and there is nobody left to tell.
        catch_unwind(AssertUnwindSafe(|| drop(db))).ok();
    }
}

/// A value of which this is the first piece.
fn whole(db: &sled::Db, key: &[u8], first: Bytes) -> Result<Bytes, EngineFailure> {
    if first.len() != PIECE_BYTES {
        return Ok(first);
    }
    let mut value = first.to_vec();
    for number in 0.. {
        let Some(piece) = guarded(|| db.get(layout::piece_key(key, number)))? else {
            return Err(EngineFailure::Said("a piece of a value is missing".into()));
        };
        value.extend_from_slice(&piece);
        if piece.len() != PIECE_BYTES {
            break;
        }
    }
    Ok(value.into())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_read_as_they_were_put_and_take_no_files_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let lengths = [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 8_192, 100_000];
        let pairs: Vec<(Vec<u8>, Vec<u8>)> = (0..400_u32)
            .map(|at| (format!("t{at:05}").into_bytes(), vec![at as u8; lengths[at as usize % lengths.len()]]))
            .collect();
        let engine = Engine::open(dir.path(), 1 << 20).unwrap();
        for _ in 0..3 {
            for some in pairs.chunks(30) {
                engine.apply(some.iter().map(|(key, value)| (key, value))).unwrap();
            }
            engine.flush().unwrap();
        }
        for (key, value) in &pairs {
            assert_eq!(engine.get(key).unwrap().unwrap(), value);
        }
        let found: Vec<_> = engine.scan(b"t").unwrap().map(|pair| pair.unwrap()).collect();
        assert!(found.iter().map(|(key, value)| (&**key, &**value)).eq(pairs.iter().map(|(k, v)| (&**k, &**v))));
        assert_eq!(fs::read_dir(dir.path().join("blobs")).unwrap().count(), 0);
        // A shorter value takes the place of a longer one.
        engine.apply([(b"t00007", b"short")]).unwrap();
        assert_eq!(engine.get(b"t00007").unwrap().unwrap(), b"short");
    }
}
