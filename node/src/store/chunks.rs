//! The content of attachments, in chunks: a file each, named by the hash of its bytes.
//!
//! Nothing stands on a chunk as entries stand on each other: what is lost is fetched again from whoever has it, and what no
//! entry names is swept away. So there is no journal for them, and a file that is not what it is named by counts as none.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use fangwei_protocol::{limits::CHUNK_BYTES, record::entry::Hash};

use super::{StoreFailure, durable, layout};

/// The chunks kept in one store's directory. Any thread may read and keep.
#[derive(Clone, Debug)]
pub struct Chunks {
    dir: PathBuf,
    /// Room on the disk below which nothing more is kept, in bytes.
    room_bytes_min: u64,
}

impl Chunks {
    /// Those of the store in `store`.
    #[must_use]
    pub fn of(store: &Path, room_bytes_min: u64) -> Chunks {
        Chunks { dir: layout::chunks_dir(store), room_bytes_min }
    }

    /// Whether a chunk is here, as far as its file's name says.
    #[must_use]
    pub fn has(&self, chunk: &Hash) -> bool {
        self.file(chunk).is_file()
    }

    /// The bytes of a chunk, if they are here and what it is named by. What is not is taken away, so that it is lacking.
    #[must_use]
    pub fn read(&self, chunk: &Hash) -> Option<Vec<u8>> {
        let path = self.file(chunk);
        let mut bytes = Vec::new();
        File::open(&path).and_then(|file| file.take(CHUNK_BYTES + 1).read_to_end(&mut bytes)).ok()?;
        if Hash::of(&bytes) == *chunk {
            return Some(bytes);
        }
        tracing::warn!(file = %path.display(), "a chunk of an attachment is not what it was, and is fetched again");
        self.remove(chunk);
        None
    }

    /// Keeps a chunk: it is here after a power cut too.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::DiskFull`], [`StoreFailure::Disk`]; then it is not here.
    pub fn keep(&self, chunk: &Hash, bytes: &[u8]) -> Result<(), StoreFailure> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let path = self.file(chunk);
        if self.touch(chunk) {
            return Ok(());
        }
        let failed = |cause| StoreFailure::disk(&path, cause);
        let Some(dir) = path.parent() else { return Err(failed(io::ErrorKind::InvalidFilename.into())) };
        fs::create_dir_all(dir).map_err(failed)?;
        if durable::room_bytes(dir).map_err(failed)? < self.room_bytes_min {
            return Err(StoreFailure::DiskFull { path });
        }
        let new = dir.join(format!("{}-{}.new", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
        let write = || -> io::Result<()> {
            let mut file = File::create(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(dir)?.sync_all()
        };
        write().map_err(|cause| {
            drop(fs::remove_file(&new));
            failed(cause)
        })
    }

    /// Whether a chunk is here; if so, it is as young as one kept now, and not swept away before an entry names it.
    #[must_use]
    pub fn touch(&self, chunk: &Hash) -> bool {
        let touched = File::options().write(true).open(self.file(chunk));
        touched.and_then(|file| file.set_modified(SystemTime::now())).is_ok()
    }

    /// Takes a chunk away.
    pub fn remove(&self, chunk: &Hash) {
        let path = self.file(chunk);
        if let Err(cause) = fs::remove_file(&path)
            && cause.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(file = %path.display(), %cause, "a chunk could not be taken away");
        }
    }

    /// Every chunk that is here, and since when; what a crash left half written is taken away once it is `old`.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn all(&self, old: impl Fn(SystemTime) -> bool) -> io::Result<Vec<(Hash, SystemTime)>> {
        let mut all = Vec::new();
        for dir in entries(&self.dir)? {
            for path in entries(&dir)? {
                let since = fs::metadata(&path)?.modified()?;
                match path.file_name().and_then(|name| name.to_str()?.parse::<Hash>().ok()) {
                    Some(chunk) => all.push((chunk, since)),
                    None if old(since) => fs::remove_file(&path)?,
                    None => {}
                }
            }
        }
        Ok(all)
    }

    fn file(&self, chunk: &Hash) -> PathBuf {
        let name = chunk.to_string();
        self.dir.join(name.get(..2).unwrap_or_default()).join(name)
    }
}

/// What is in a directory; nothing if there is none.
fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(dir) {
        Ok(found) => found.map(|entry| Ok(entry?.path())).collect(),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(n: u8) -> (Hash, Vec<u8>) {
        let bytes = vec![n; 1_000];
        (Hash::of(&bytes), bytes)
    }

    #[test]
    fn a_chunk_is_kept_once_and_only_as_what_it_is_named_by() {
        let dir = tempfile::tempdir().unwrap();
        let chunks = Chunks::of(dir.path(), 0);
        let (name, bytes) = chunk(1);
        assert!(!chunks.has(&name) && !chunks.touch(&name) && chunks.read(&name).is_none());
        for _ in 0..2 {
            chunks.keep(&name, &bytes).unwrap();
            assert_eq!(chunks.read(&name), Some(bytes.clone()));
        }
        let all: Vec<Hash> = chunks.all(|_| true).unwrap().into_iter().map(|(chunk, _)| chunk).collect();
        assert_eq!(all, [name]);
        // One flipped bit, one byte more or less: it is as if it were not here, and can be kept again.
        let longer = [&*bytes, &[1]].concat();
        let mut flipped = bytes.clone();
        flipped[500] ^= 4;
        for spoilt in [flipped.as_slice(), &longer, &bytes[..999], &[]] {
            fs::write(chunks.file(&name), spoilt).unwrap();
            assert_eq!(chunks.read(&name), None);
            assert!(!chunks.has(&name));
            chunks.keep(&name, &bytes).unwrap();
        }
        chunks.remove(&name);
        assert!(!chunks.has(&name));
    }

    #[test]
    fn what_a_crash_left_half_written_is_swept_away_in_time() {
        let dir = tempfile::tempdir().unwrap();
        let chunks = Chunks::of(dir.path(), 0);
        let (name, bytes) = chunk(2);
        chunks.keep(&name, &bytes).unwrap();
        let half = chunks.file(&name).with_file_name("1-0.new");
        fs::write(&half, &bytes[..10]).unwrap();
        chunks.all(|_| false).unwrap();
        assert!(half.exists());
        chunks.all(|_| true).unwrap();
        assert!(!half.exists() && chunks.has(&name));
    }

    #[test]
    fn nothing_is_kept_where_there_is_no_room() {
        let dir = tempfile::tempdir().unwrap();
        let (name, bytes) = chunk(3);
        let full = Chunks::of(dir.path(), u64::MAX).keep(&name, &bytes);
        assert!(matches!(full, Err(StoreFailure::DiskFull { .. })), "{full:?}");
        assert!(!Chunks::of(dir.path(), 0).has(&name));
    }
}
