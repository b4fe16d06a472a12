//! How stored things are read and what is to be stored: the border between the deciding core and any store.
//!
//! The truth is the sequence of [`Fact`]s, in log order. Beside it stands an index of plain keys and values that one
//! pure function derives from the facts ([`crate::replica`]), the same for memory and for a disk engine; it can be
//! thrown away and derived again. Keys are described in SPEC.md §7 and made only here.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    sync::Arc,
};

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::record::{
    cbor,
    entry::{CertificateId, DocId, DocKey, EntryId, Epoch, Hash, Kind, Scope},
    log::Tile,
};

/// Position of an entry in this node's log: the order in which it admitted entries, from 0, without gaps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct LogIndex(#[n(0)] pub u64);

/// One thing that is so from now on. Facts are never changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// An entry was admitted; its log index is the number of entries before it.
    Entry {
        /// Whether this node wrote it, so that a restart knows where its own runs ended.
        own: bool,
        /// The COSE_Sign1.
        entry: Arc<[u8]>,
        /// The body; none if it is still wanted or was lawfully taken away.
        body: Option<Arc<[u8]>>,
    },
    /// A node above confirmed what it holds: the bytes of a [`crate::trust::receipt::Receipt`].
    Receipt(Arc<[u8]>),
    /// This node's log goes on under another name: the bytes of a [`crate::trust::witnessing::LogEpoch`].
    LogEpoch(Arc<[u8]>),
    /// A checkpoint was shown and proved: the bytes of a [`crate::trust::checkpoint::Note`]. Of this node's own log, it
    /// is one that witnesses have cosigned.
    Checkpoint(Arc<[u8]>),
    /// Two checkpoints that cannot both be true: the bytes of an [`crate::trust::witnessing::Evidence`].
    Evidence(Arc<[u8]>),
    /// This node's clock when it took in what follows: seconds since 1970 UTC.
    Clock(i64),
}

/// A key of the index and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// What one step wants stored, all or nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Log index the first [`Fact::Entry`] of this batch gets.
    pub first: LogIndex,
    /// In order. Goes to the journal, durably, before anyone is told.
    pub facts: Vec<Fact>,
    /// Keys and values derived from the facts; putting them twice changes nothing.
    pub index: Vec<Row>,
}

/// An entry as it was stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// The COSE_Sign1.
    pub entry: Arc<[u8]>,
    /// The body, if it is here.
    pub body: Option<Arc<[u8]>>,
}

/// The store could not answer: a disk error, a damaged record. The step that asked changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordsFailure {
    /// The record at this position is damaged or missing.
    #[error("record {} is damaged or missing", .0.0)]
    Damaged(LogIndex),
    /// The engine failed.
    #[error("store could not be read: {0}")]
    Engine(String),
}

/// What a scan does with each key and value, until it breaks off.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'v;

/// A consistent view of what is stored, everything of earlier steps' batches included.
pub trait Records {
    /// The entry at a log index.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`] if it cannot be read or is not what was stored.
    fn read(&self, at: LogIndex) -> Result<Record, RecordsFailure>;

    /// The value of an index key.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsFailure>;

    /// Visits the index keys that begin with `prefix`, ascending, until told to stop.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), RecordsFailure>;

    /// Whether a chunk of an attachment is kept, as far as can be told without reading it.
    fn has_chunk(&self, chunk: &Hash) -> bool;

    /// The bytes of a chunk, if it is kept and they are what it is named by.
    fn chunk(&self, chunk: &Hash) -> Option<Vec<u8>>;
}

/// Names one feed in keys: SHA-256 of scope and author.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FeedKey(pub Hash);

impl FeedKey {
    /// The key of the feed of `author` in `scope`.
    #[must_use]
    pub fn of(scope: &Scope, author: &CertificateId) -> FeedKey {
        FeedKey(Hash::of_parts("fangwei feed 1", [cbor::encode(scope).as_slice(), author.0.as_slice()]))
    }
}

/// The index keys: one byte for the table, then the parts.
pub mod key {
    use super::{CertificateId, DocId, DocKey, EntryId, Epoch, FeedKey, Hash, Kind, LogIndex, Scope, Tile, cbor};

    fn join<'a>(table: u8, parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut key = vec![table];
        parts.into_iter().for_each(|part| key.extend_from_slice(part));
        key
    }

    /// Entry id → log index.
    #[must_use]
    pub fn entry(id: &EntryId) -> Vec<u8> {
        join(b'e', [id.0.as_slice()])
    }

    /// Prefix of the entries whose ids begin with these bytes.
    #[must_use]
    pub fn entries(begins: &[u8]) -> Vec<u8> {
        join(b'e', [begins])
    }

    /// Entries of the log that share one key of a feed's or a document's log: few keys to read, and little to write
    /// again for each entry that joins. Which key an entry stands under depends on its log index alone, never on the
    /// batch it came in, so the index of one journal is the same however often and in whatever steps it is derived.
    const BLOCK: u64 = 256;

    /// Whether an entry is the first of its block.
    #[must_use]
    pub fn begins_block(at: LogIndex) -> bool {
        at.0.is_multiple_of(BLOCK)
    }

    fn block(at: LogIndex) -> [u8; 8] {
        (at.0 / BLOCK).to_be_bytes()
    }

    /// Feed, block of the log → log indexes of its entries there.
    #[must_use]
    pub fn feed_log(feed: &FeedKey, at: LogIndex) -> Vec<u8> {
        join(b'f', [feed.0.as_slice(), &block(at)])
    }

    /// Prefix of a feed's log.
    #[must_use]
    pub fn feed_log_prefix(feed: &FeedKey) -> Vec<u8> {
        join(b'f', [feed.0.as_slice()])
    }

    /// Document, block of the log → log indexes of its entries there.
    #[must_use]
    pub fn document_log(document: &DocKey, at: LogIndex) -> Vec<u8> {
        let mut key = document_log_prefix(document);
        key.extend_from_slice(&block(at));
        key
    }

    /// Prefix of a document's log.
    #[must_use]
    pub fn document_log_prefix(document: &DocKey) -> Vec<u8> {
        join(b'd', [Hash::of_parts("fangwei document 1", [cbor::encode(document).as_slice()]).as_slice()])
    }

    /// Scope and author → the feed's tips.
    #[must_use]
    pub fn tips(scope: &Scope, author: &CertificateId) -> Vec<u8> {
        join(b't', [cbor::encode(scope).as_slice(), author.0.as_slice()])
    }

    /// Prefix of all tips.
    pub const TIPS: &[u8] = b"t";

    /// Feed and epoch → the epoch's first entry, and whether it forks.
    #[must_use]
    pub fn epoch(feed: &FeedKey, epoch: &Epoch) -> Vec<u8> {
        join(b'p', [feed.0.as_slice(), &epoch.0])
    }

    /// Feed → the last entry this node wrote there.
    #[must_use]
    pub fn own(feed: &FeedKey) -> Vec<u8> {
        join(b'o', [feed.0.as_slice()])
    }

    /// Kind, scope and document → log index of an entry that began it.
    #[must_use]
    pub fn document(document: &DocKey) -> Vec<u8> {
        join(b'k', [document.kind.0.to_be_bytes().as_slice(), &cbor::encode(&document.scope), &document.doc.0])
    }

    /// Prefix of the documents of a kind.
    #[must_use]
    pub fn documents(kind: Kind) -> Vec<u8> {
        join(b'k', [kind.0.to_be_bytes().as_slice()])
    }

    /// The document a key made by [`document`] names.
    #[must_use]
    pub fn read_document(key: &[u8]) -> Option<DocKey> {
        let kind = Kind(u16::from_be_bytes(key.get(1..3)?.try_into().ok()?));
        let (scope, doc) = key.get(3..)?.split_last_chunk::<16>()?;
        Some(DocKey { scope: cbor::decode(scope).ok()?, kind, doc: DocId(*doc) })
    }

    /// Which receipts of a feed a key is of.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub enum Under {
        /// The newest, whatever they stand under.
        Any,
        /// The newest under a checkpoint that witnesses have cosigned.
        Witnessed,
    }

    impl Under {
        fn table(self) -> u8 {
            match self {
                Under::Any => b'r',
                Under::Witnessed => b'q',
            }
        }
    }

    /// Feed, holder of a receipt → the newest tips it confirmed.
    #[must_use]
    pub fn receipt(under: Under, feed: &FeedKey, holder: &CertificateId) -> Vec<u8> {
        join(under.table(), [feed.0.as_slice(), holder.0.as_slice()])
    }

    /// Prefix of a feed's receipts.
    #[must_use]
    pub fn receipts(under: Under, feed: &FeedKey) -> Vec<u8> {
        join(under.table(), [feed.0.as_slice()])
    }

    /// The holder a key made by [`receipt`] names.
    #[must_use]
    pub fn read_receipt(key: &[u8]) -> Option<CertificateId> {
        Some(EntryId(Hash(*key.last_chunk::<32>()?)))
    }

    /// Feed, holder, block of the feed → when tips of it were first confirmed.
    #[must_use]
    pub fn receipt_times(feed: &FeedKey, holder: &CertificateId, block: u64) -> Vec<u8> {
        join(b'i', [feed.0.as_slice(), holder.0.as_slice(), &block.to_be_bytes()])
    }

    /// A tile of the tree over the log → its hashes.
    #[must_use]
    pub fn tile(tile: Tile) -> Vec<u8> {
        join(b'h', [[tile.level].as_slice(), &tile.number.to_be_bytes()])
    }

    /// Under which name this node's log goes on.
    pub const LOG_EPOCH: &[u8] = b"l";

    /// What this node's clock said last.
    pub const CLOCK: &[u8] = b"m";

    /// Node → the newest checkpoint of its log that is held.
    #[must_use]
    pub fn checkpoint(node: &CertificateId) -> Vec<u8> {
        join(b'c', [node.0.as_slice()])
    }

    /// Node, size and root of a checkpoint of its log → the least time it was signed with.
    #[must_use]
    pub fn checkpoint_time(node: &CertificateId, size: u64, root: &Hash) -> Vec<u8> {
        join(b'n', [node.0.as_slice(), &size.to_be_bytes(), root.as_slice()])
    }

    /// Evidence, by what it is.
    #[must_use]
    pub fn evidence(evidence: &[u8]) -> Vec<u8> {
        join(b'v', [Hash::of(evidence).as_slice()])
    }

    /// Prefix of all evidence.
    pub const EVIDENCE: &[u8] = b"v";

    /// Block of the log → when its entries were taken in.
    #[must_use]
    pub fn clock(at: LogIndex) -> Vec<u8> {
        join(b'w', [block(at).as_slice()])
    }

    /// The scope and author a key made by [`tips`] names.
    #[must_use]
    pub fn read_tips(key: &[u8]) -> Option<(Scope, CertificateId)> {
        let (scope, author) = key.get(1..)?.split_last_chunk::<32>()?;
        Some((cbor::decode(scope).ok()?, EntryId(Hash(*author))))
    }
}

/// Encodes a list of log indexes as an index value.
#[must_use]
pub fn indexes_value(indexes: &[LogIndex]) -> Vec<u8> {
    cbor::encode(&indexes.to_vec())
}

/// The log indexes under a prefix made by [`key::feed_log_prefix`] or [`key::document_log_prefix`], ascending.
///
/// # Errors
///
/// [`RecordsFailure::Engine`], also if a value is damaged.
pub fn indexes(records: &dyn Records, prefix: &[u8]) -> Result<Vec<LogIndex>, RecordsFailure> {
    let mut all = Vec::new();
    let mut damaged = false;
    records.scan(prefix, &mut |_, value| match cbor::decode::<Vec<LogIndex>>(value) {
        Ok(some) => {
            all.extend(some);
            ControlFlow::Continue(())
        }
        Err(_) => {
            damaged = true;
            ControlFlow::Break(())
        }
    })?;
    if damaged { Err(RecordsFailure::Engine("index value is damaged".into())) } else { Ok(all) }
}

/// The log index of an entry, or `None` if it is not held.
///
/// # Errors
///
/// [`RecordsFailure::Engine`].
pub fn find(records: &dyn Records, id: &EntryId) -> Result<Option<LogIndex>, RecordsFailure> {
    let value = records.get(&key::entry(id))?;
    value
        .map(|bytes| cbor::decode(&bytes).map_err(|_| RecordsFailure::Engine("index value is damaged".into())))
        .transpose()
}

/// The ids at places of the log, as the index has them: what stands there may not be readable any more. Looks through all
/// ids held.
///
/// # Errors
///
/// [`RecordsFailure::Engine`], also if a value is damaged.
pub fn ids_at(
    records: &dyn Records,
    places: &BTreeSet<LogIndex>,
) -> Result<BTreeMap<LogIndex, EntryId>, RecordsFailure> {
    let mut found = BTreeMap::new();
    let mut damaged = false;
    records.scan(&key::entries(&[]), &mut |place, value| {
        match (place.get(1..).map(<[u8; 32]>::try_from), cbor::decode::<LogIndex>(value)) {
            (Some(Ok(id)), Ok(at)) => {
                if places.contains(&at) {
                    found.insert(at, EntryId(Hash(id)));
                }
            }
            _ => damaged = true,
        }
        if found.len() < places.len() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    if damaged { Err(RecordsFailure::Engine("index value is damaged".into())) } else { Ok(found) }
}

/// The log indexes under one key made by [`key::feed_log`] or [`key::document_log`].
///
/// # Errors
///
/// [`RecordsFailure::Engine`], also if the value is damaged.
pub fn listed(records: &dyn Records, block: &[u8]) -> Result<Vec<LogIndex>, RecordsFailure> {
    let Some(value) = records.get(block)? else { return Ok(Vec::new()) };
    cbor::decode(&value).map_err(|_| RecordsFailure::Engine("index value is damaged".into()))
}

/// Records in memory: for tests, the simulator and the offline verifier.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Memory {
    facts: Vec<Fact>,
    /// Where each entry of the log stands among the facts.
    log: Vec<usize>,
    index: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Places whose records cannot be read.
    rotten: BTreeSet<LogIndex>,
    /// Chunks of attachments, by what they are.
    chunks: BTreeMap<Hash, Arc<[u8]>>,
}

impl Memory {
    /// Takes a batch in.
    pub fn store(&mut self, batch: &Batch) {
        for fact in &batch.facts {
            if matches!(fact, Fact::Entry { .. }) {
                self.log.push(self.facts.len());
            }
            self.facts.push(fact.clone());
        }
        self.index.extend(batch.index.iter().cloned());
    }

    /// Takes the body of an entry away, as [`crate::replica::Effect::Erase`] asks for.
    pub fn erase(&mut self, at: LogIndex) {
        let place = usize::try_from(at.0).ok().and_then(|at| self.log.get(at).copied());
        if let Some(Fact::Entry { body, .. }) = place.and_then(|place| self.facts.get_mut(place)) {
            *body = None;
        }
    }

    /// Keeps a chunk, as [`crate::replica::Effect::Keep`] asks for.
    pub fn keep(&mut self, chunk: Hash, bytes: Arc<[u8]>) {
        self.chunks.insert(chunk, bytes);
    }

    /// The chunks kept.
    #[must_use]
    pub fn chunks(&self) -> &BTreeMap<Hash, Arc<[u8]>> {
        &self.chunks
    }

    /// Takes a chunk away.
    pub fn forget(&mut self, chunk: &Hash) {
        self.chunks.remove(chunk);
    }

    /// From now on the record at a place cannot be read.
    pub fn rot(&mut self, at: LogIndex) {
        self.rotten.insert(at);
    }

    /// Writes a record that could not be read again, as [`crate::replica::Effect::Mend`] asks for.
    pub fn mend(&mut self, at: LogIndex, bytes: Arc<[u8]>, words: Option<Arc<[u8]>>) {
        let place = usize::try_from(at.0).ok().and_then(|at| self.log.get(at).copied());
        if let Some(Fact::Entry { entry, body, .. }) = place.and_then(|place| self.facts.get_mut(place)) {
            (*entry, *body) = (bytes, words);
            self.rotten.remove(&at);
        }
    }

    /// Entries held.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.log.len() as u64
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    /// Every fact, in the order in which it was stored: what a journal would hold.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The index derived from the facts.
    #[must_use]
    pub fn index(&self) -> &BTreeMap<Vec<u8>, Vec<u8>> {
        &self.index
    }
}

impl Records for Memory {
    fn read(&self, at: LogIndex) -> Result<Record, RecordsFailure> {
        let fact = usize::try_from(at.0).ok().and_then(|at| self.facts.get(*self.log.get(at)?));
        match fact {
            Some(Fact::Entry { entry, body, .. }) if !self.rotten.contains(&at) => {
                Ok(Record { entry: entry.clone(), body: body.clone() })
            }
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
