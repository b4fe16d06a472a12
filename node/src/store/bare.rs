//! A journal read as records with no index engine: the least that checking a store from its beginning needs, in
//! memory that grows by some fifty bytes an entry.
//!
//! Kept are the ids with the place of each and the epochs; entries are read from the journal again when they are asked
//! for. The other keys of the index answer questions nobody asks who only checks, so they are let go.

use std::{
    collections::{BTreeMap, HashSet, VecDeque, hash_map::RandomState},
    fs::File,
    hash::BuildHasher,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use fangwei_protocol::{
    record::{
        bundle::{self, Item},
        cbor,
        entry::{EntryId, Hash},
    },
    records::{Batch, Fact, LogIndex, Record, Records, RecordsFailure, Visit},
};

use super::{
    journal::{Position, read_at, read_payload},
    layout,
};
use crate::limits::SEGMENTS_OPEN_MAX;

/// Where entries are read from.
enum Truth {
    /// The folder of a journal's segments.
    Journal(PathBuf),
    /// A bundle, whose items stand at 64-bit offsets: the upper half is the place's segment.
    Bundle(PathBuf),
}

/// Records over a journal, as far as checking needs them.
pub struct Bare {
    truth: Truth,
    /// By log index.
    places: Vec<Position>,
    ids: Vec<EntryId>,
    /// Log index plus one, at a place the id's hash names; 0: free. At most two thirds are taken.
    slots: Vec<u32>,
    /// Keyed, so that nobody can choose ids that fall together.
    hasher: RandomState,
    epochs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The last tile of each level of the log's tree: it is what the next entries join.
    tiles: BTreeMap<u8, (Vec<u8>, Vec<u8>)>,
    /// Documents of known and unknown kinds, by the hash of their key.
    documents: HashSet<u64>,
    files: Mutex<VecDeque<(u32, Arc<File>)>>,
}

impl Bare {
    /// Of the store in `dir`; nothing of it is taken in yet.
    #[must_use]
    pub fn new(dir: &Path) -> Bare {
        Bare::over(Truth::Journal(layout::journal_dir(dir)))
    }

    /// Of a bundle; nothing of it is taken in yet.
    #[must_use]
    pub fn of_bundle(path: &Path) -> Bare {
        Bare::over(Truth::Bundle(path.to_owned()))
    }

    fn over(truth: Truth) -> Bare {
        Bare {
            truth,
            places: Vec::new(),
            ids: Vec::new(),
            slots: vec![0; 1024],
            hasher: RandomState::new(),
            epochs: BTreeMap::new(),
            tiles: BTreeMap::new(),
            documents: HashSet::new(),
            files: Mutex::new(VecDeque::new()),
        }
    }

    /// Takes in what a batch admitted, whose entries stand at these places of the journal.
    pub fn store(&mut self, batch: &Batch, places: impl IntoIterator<Item = Position>) {
        self.places.extend(places);
        for (key, value) in &batch.index {
            match key.split_first() {
                Some((b'e', id)) => {
                    if let (Ok(id), Ok(at)) = (<[u8; 32]>::try_from(id), cbor::decode::<LogIndex>(value)) {
                        self.put(EntryId(Hash(id)), at);
                    }
                }
                Some((b'p', _)) => drop(self.epochs.insert(key.clone(), value.clone())),
                Some((b'h', [level, _number @ ..])) => {
                    let last = self.tiles.entry(*level).or_default();
                    if *key >= last.0 {
                        *last = (key.clone(), value.clone());
                    }
                }
                Some((b'k', rest)) => drop(self.documents.insert(self.hasher.hash_one(rest))),
                _ => {}
            }
        }
        let entries = batch.facts.iter().filter(|fact| matches!(fact, Fact::Entry { .. })).count() as u64;
        assert_eq!(batch.first.0 + entries, self.places.len() as u64, "each entry has its place");
    }

    /// Entries taken in.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.places.len() as u64
    }

    /// Whether nothing is taken in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Documents begun.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.documents.len() as u64
    }

    /// The id at a place in the log.
    #[must_use]
    pub fn id(&self, at: LogIndex) -> Option<EntryId> {
        self.ids.get(usize::try_from(at.0).ok()?).copied()
    }

    /// The receipt at a place that was passed over.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    pub fn receipt(&self, at: Position) -> Result<Vec<u8>, RecordsFailure> {
        match &self.truth {
            Truth::Journal(dir) => {
                let path = layout::segment_file(dir, at.segment);
                self.engine(read_payload(&*self.file(at.segment, &path)?, &path, at))
            }
            Truth::Bundle(path) => match read_item(&*self.file(0, path)?, at)? {
                Item::Receipt(bytes) => Ok(bytes.into()),
                _ => Err(RecordsFailure::Engine("bundle changed while it was read".into())),
            },
        }
    }

    fn put(&mut self, id: EntryId, at: LogIndex) {
        let index = usize::try_from(at.0).unwrap_or(usize::MAX);
        if self.ids.len() <= index {
            self.ids.resize(index + 1, EntryId(Hash([0; 32])));
        }
        if let Some(place) = self.ids.get_mut(index) {
            *place = id;
        }
        if (index + 1).saturating_mul(3) > self.slots.len().saturating_mul(2) {
            self.slots = vec![0; self.slots.len() * 2];
            for (index, id) in self.ids.clone().into_iter().enumerate().take(index) {
                self.take_slot(&id, index);
            }
        }
        self.take_slot(&id, index);
    }

    fn take_slot(&mut self, id: &EntryId, index: usize) {
        let slot = self.slot(id);
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = u32::try_from(index + 1).unwrap_or(u32::MAX);
        }
    }

    /// Where an id stands, or the free slot where it would.
    fn slot(&self, id: &EntryId) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.hasher.hash_one(id.0.as_slice()) as usize & mask;
        while let Some(&taken) = self.slots.get(slot).filter(|taken| **taken != 0) {
            if self.ids.get(taken as usize - 1) == Some(id) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn engine<T>(&self, read: Result<T, super::StoreFailure>) -> Result<T, RecordsFailure> {
        read.map_err(|failure| RecordsFailure::Engine(failure.to_string()))
    }

    fn file(&self, number: u32, path: &Path) -> Result<Arc<File>, RecordsFailure> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = files.iter().find(|(open, _)| *open == number) {
            return Ok(file.clone());
        }
        let file = File::open(path).map_err(|cause| RecordsFailure::Engine(cause.to_string()))?;
        let file = Arc::new(file);
        if files.len() >= SEGMENTS_OPEN_MAX {
            files.pop_front();
        }
        files.push_back((number, file.clone()));
        Ok(file)
    }
}

impl Records for Bare {
    fn read(&self, at: LogIndex) -> Result<Record, RecordsFailure> {
        let place = usize::try_from(at.0).ok().and_then(|index| self.places.get(index));
        let place = *place.ok_or(RecordsFailure::Damaged(at))?;
        match &self.truth {
            Truth::Journal(dir) => {
                let path = layout::segment_file(dir, place.segment);
                self.engine(read_at(&*self.file(place.segment, &path)?, &path, place))
            }
            Truth::Bundle(path) => match read_item(&*self.file(0, path)?, place)? {
                Item::Entry(kept) => Ok(Record {
                    entry: kept.entry.as_slice().into(),
                    body: kept.body.map(|body| body.as_slice().into()),
                }),
                _ => Err(RecordsFailure::Damaged(at)),
            },
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsFailure> {
        match key.split_first() {
            Some((b'e', id)) => {
                let Ok(id) = <[u8; 32]>::try_from(id) else { return Ok(None) };
                let taken = self.slots.get(self.slot(&EntryId(Hash(id)))).filter(|taken| **taken != 0);
                Ok(taken.map(|taken| cbor::encode(&LogIndex(u64::from(*taken) - 1))))
            }
            Some((b'p', _)) => Ok(self.epochs.get(key).cloned()),
            Some((b'h', [level, _number @ ..])) => {
                Ok(self.tiles.get(level).filter(|(last, _)| last == key).map(|(_, tile)| tile.clone()))
            }
            _ => Ok(None),
        }
    }

    /// Nothing: what is scanned for is not kept.
    fn scan(&self, _: &[u8], _: &mut Visit<'_>) -> Result<(), RecordsFailure> {
        Ok(())
    }

    // Who checks what was signed asks for no content.
    fn has_chunk(&self, _: &Hash) -> bool {
        false
    }

    fn chunk(&self, _: &Hash) -> Option<Vec<u8>> {
        None
    }
}

/// The item of a bundle at a place that was read before.
fn read_item(file: &File, at: Position) -> Result<Item, RecordsFailure> {
    let engine = |cause: &dyn std::fmt::Display| RecordsFailure::Engine(cause.to_string());
    let offset = u64::from(at.segment) << 32 | u64::from(at.offset);
    let mut len = [0; 4];
    file.read_exact_at(&mut len, offset).map_err(|cause| engine(&cause))?;
    let mut item = vec![0; bundle::item_bytes(len).map_err(|fault| engine(&fault))?];
    file.read_exact_at(&mut item, offset + 4).map_err(|cause| engine(&cause))?;
    cbor::decode(&item).map_err(|fault| engine(&fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_many_ids_is_found_and_no_other() {
        let mut bare = Bare::new(Path::new("/nowhere"));
        let id = |n: u64| EntryId(Hash::of(&n.to_le_bytes()));
        let batch = |n: u64| {
            let index = vec![(fangwei_protocol::records::key::entry(&id(n)), cbor::encode(&LogIndex(n)))];
            let fact = Fact::Entry { own: false, entry: Arc::from([].as_slice()), body: None };
            Batch { first: LogIndex(n), facts: vec![fact], index }
        };
        for n in 0..5_000 {
            bare.store(&batch(n), [Position { segment: 1, offset: 64 }]);
        }
        for n in 0..10_000 {
            let found = fangwei_protocol::records::find(&bare, &id(n)).unwrap();
            assert_eq!(found, Some(LogIndex(n)).filter(|at| at.0 < 5_000));
        }
        assert_eq!((bare.len(), bare.id(LogIndex(7))), (5_000, Some(id(7))));
    }
}
