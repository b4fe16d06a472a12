//! This node's own log as a tree: read back from its tiles, hashed again before it is signed, and what else of the journal
//! is derived into the index beside entries.

use std::{cell::RefCell, collections::BTreeMap};

use super::{
    Event, Now, Replica,
    admission::{Clock, TakenIn},
};
use crate::{
    record::{
        cbor,
        entry::Hash,
        log::{Edge, Head, Node, TILE_WIDTH, Tile, consistency, inclusion, leaf, root_at},
    },
    records::{Fact, LogIndex, Records, RecordsFailure, Row, key},
    trust::{
        checkpoint::{Checkpoint, LogHead, LogName, Note},
        confirmed,
        genesis::GenesisHash,
        receipt::Receipt,
        witnessing::LogEpoch,
    },
};

/// The tree over this node's log.
#[derive(Clone, Debug)]
pub(super) struct OwnTree {
    /// As it was derived when entries were admitted.
    pub(super) edge: Edge,
    /// As far as its leaves were hashed again from what is stored.
    checked: Edge,
    /// Whether both did not come out the same: then nothing is signed any more.
    differs: bool,
}

/// Reads the hashes of subtrees out of tiles, each tile once.
pub(super) struct Tiles<'r> {
    records: &'r dyn Records,
    read: RefCell<BTreeMap<Tile, Vec<u8>>>,
}

impl<'r> Tiles<'r> {
    pub(super) fn new(records: &'r dyn Records) -> Tiles<'r> {
        Tiles { records, read: RefCell::default() }
    }

    /// The hash of a subtree.
    pub(super) fn node(&self, node: Node) -> Result<Hash, RecordsFailure> {
        let tile = Tile::of(node);
        let mut read = self.read.borrow_mut();
        let bytes = match read.get(&tile) {
            Some(bytes) => bytes,
            None => {
                let bytes = self.records.get(&key::tile(tile))?.unwrap_or_default();
                read.entry(tile).or_insert(bytes)
            }
        };
        Tile::hash_in(bytes, node).ok_or_else(|| RecordsFailure::Engine("a tile of the log is damaged".into()))
    }
}

impl OwnTree {
    /// Whether leaves that were hashed again did not come out as they were.
    pub(super) fn differs(&self) -> bool {
        self.differs
    }

    /// The tree of so many entries. The last tile's leaves are hashed again before anything is signed.
    pub(super) fn load(size: LogIndex, records: &dyn Records) -> Result<OwnTree, RecordsFailure> {
        let tiles = Tiles::new(records);
        let edge = Edge::load(size.0, &|node| tiles.node(node))?;
        let checked = Edge::load(size.0 / TILE_WIDTH * TILE_WIDTH, &|node| tiles.node(node))?;
        Ok(OwnTree { edge, checked, differs: false })
    }
}

impl Replica {
    /// Size and root of this node's log as it is.
    #[must_use]
    pub fn log_head(&self) -> Head {
        self.tree.edge.head()
    }

    /// Under which name this node's log goes on.
    #[must_use]
    pub fn log_epoch(&self) -> &LogEpoch {
        &self.own_log
    }

    /// The path that proves an entry's place in this node's log as it is, from the leaf up.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn log_path(&self, at: LogIndex, records: &dyn Records) -> Result<Vec<Hash>, RecordsFailure> {
        let tiles = Tiles::new(records);
        inclusion(at.0, self.log_head().size, &|node| tiles.node(node))
    }

    /// Whether leaves that were hashed again did not come out as they were, so that nothing is signed any more.
    #[must_use]
    pub fn log_differs(&self) -> bool {
        self.tree.differs
    }

    /// Whether this node's log begins with what somebody has seen of it.
    pub(super) fn extends(&self, seen: &LogHead, records: &dyn Records) -> Result<bool, RecordsFailure> {
        if seen.epoch > self.own_log.epoch || seen.size > self.next.0 {
            return Ok(false);
        }
        let tiles = Tiles::new(records);
        Ok(root_at(seen.size, &|node| tiles.node(node))? == seen.root)
    }

    /// The checkpoint of this size, to be signed; none if leaves read again differ from those the tree was made of, which
    /// is told once.
    pub(super) fn checkpoint_at(
        &mut self,
        now: Now,
        size: u64,
        records: &dyn Records,
    ) -> Result<Result<Checkpoint, Option<Event>>, RecordsFailure> {
        if self.tree.differs {
            return Ok(Err(None));
        }
        let from = self.tree.checked.size();
        for at in from..self.next.0 {
            let id = match (self.entry(LogIndex(at), records), self.damaged.get(&LogIndex(at))) {
                (Ok(entry), _) => entry.id(),
                // It was stored under this id, and that it cannot be read now is told apart.
                (Err(RecordsFailure::Damaged(_)), Some(lost)) => lost.id,
                (Err(RecordsFailure::Damaged(_)), None) => return Ok(Err(None)),
                (Err(failure), _) => return Err(failure),
            };
            self.tree.checked.push(leaf(&id), |_, _| {});
        }
        if self.tree.checked.head() != self.tree.edge.head() {
            self.tree.differs = true;
            return Ok(Err(Some(Event::LogDiffers { from: LogIndex(from), to: self.next })));
        }
        let root = if size == self.next.0 {
            self.tree.edge.head().root
        } else {
            let tiles = Tiles::new(records);
            root_at(size, &|node| tiles.node(node))?
        };
        let log = LogName { node: self.me.certificate, epoch: self.own_log.epoch };
        let head = Head { size, root };
        Ok(Ok(Checkpoint { log, head, time_s: now.0.max(0), after: self.own_log.after }))
    }

    /// The proof that this node's log of `size` follows from what was seen of it.
    pub(super) fn proof_since(
        &self,
        seen: Option<&LogHead>,
        size: u64,
        records: &dyn Records,
    ) -> Result<(u64, Vec<Hash>), RecordsFailure> {
        match seen.filter(|seen| seen.epoch == self.own_log.epoch && seen.size < size) {
            Some(seen) => Ok((seen.size, self.proof_between(seen.size, size, records)?)),
            None => Ok((0, Vec::new())),
        }
    }

    /// The proof that this node's log of one size begins with that of a smaller one.
    pub(super) fn proof_between(&self, old: u64, new: u64, records: &dyn Records) -> Result<Vec<Hash>, RecordsFailure> {
        let tiles = Tiles::new(records);
        consistency(old, new, &|node| tiles.node(node))
    }

    /// When this node took an entry in, by its clock then; none if nobody told it.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn taken_in_at(&self, at: LogIndex, records: &dyn Records) -> Result<Option<i64>, RecordsFailure> {
        let times = times_of(at, records)?;
        Ok(times.iter().rev().find(|known| known.at <= at).map(|known| known.time_s))
    }
}

fn times_of(at: LogIndex, records: &dyn Records) -> Result<Vec<TakenIn>, RecordsFailure> {
    let Some(bytes) = records.get(&key::clock(at))? else { return Ok(Vec::new()) };
    cbor::decode(&bytes).map_err(|_| RecordsFailure::Engine("index value is damaged".into()))
}

/// What the clock said last.
pub(super) fn last_clock(records: &dyn Records) -> Result<Clock, RecordsFailure> {
    let Some(bytes) = records.get(key::CLOCK)? else { return Ok(Clock::default()) };
    cbor::decode(&bytes).map_err(|_| RecordsFailure::Engine("index value is damaged".into()))
}

/// Under which name the log goes on, as the index has it.
pub(super) fn log_epoch(records: &dyn Records) -> Result<LogEpoch, RecordsFailure> {
    let Some(bytes) = records.get(key::LOG_EPOCH)? else { return Ok(LogEpoch::default()) };
    cbor::decode(&bytes).map_err(|_| RecordsFailure::Engine("index value is damaged".into()))
}

/// The index keys and values of a fact that is no entry.
pub(super) fn rows_of(
    fact: &Fact,
    frontier: &crate::record::frontier::Frontier,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<Vec<Row>, RecordsFailure> {
    Ok(match fact {
        Fact::Entry { .. } | Fact::Clock(_) => Vec::new(),
        Fact::Receipt(bytes) => match Receipt::parse(bytes).and_then(|receipt| receipt.reopen()) {
            Ok(proof) => confirmed::news_of(&proof, frontier, genesis, records)?.index,
            Err(_) => Vec::new(),
        },
        Fact::LogEpoch(bytes) => vec![(key::LOG_EPOCH.to_vec(), bytes.to_vec())],
        Fact::Checkpoint(bytes) => match Note::parse(bytes) {
            Ok(note) => confirmed::checkpoint_rows(&note, records)?,
            Err(_) => Vec::new(),
        },
        Fact::Evidence(bytes) => vec![(key::evidence(bytes), bytes.to_vec())],
    })
}
