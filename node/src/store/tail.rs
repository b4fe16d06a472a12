//! What the index engine has not taken yet: the newest batches' keys and positions, in memory and readable.
//!
//! Batches leave in order and whole, so that the engine always stands between two of them. A key overwritten by later
//! batches that leave together is written once.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use fangwei_protocol::records::LogIndex;

use super::journal::Position;
use crate::limits::TAIL_KEY_OVERHEAD_BYTES;

/// Bytes held by the newest value and by its batch.
pub(super) type Shared = Arc<[u8]>;

/// How far the index lags behind what was put.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lag {
    /// Batches.
    pub batches: usize,
    /// Keys, an often written one counted each time.
    pub keys: usize,
    /// Bytes of memory they take, roughly.
    pub bytes: usize,
}

/// Keys and positions by batch, oldest first.
#[derive(Default)]
pub(super) struct Tail {
    newest: BTreeMap<Shared, Newest>,
    batches: VecDeque<TailBatch>,
    /// Positions of the entries of all batches.
    positions: VecDeque<Position>,
    /// Log index of the first of them.
    first: u64,
    /// Batches that have left so far.
    left: u64,
    lag: Lag,
}

/// What a key says now.
struct Newest {
    value: Shared,
    /// Number of the batch that put it.
    batch: u64,
}

/// One batch of the core.
struct TailBatch {
    pairs: Vec<(Shared, Shared)>,
    entries: usize,
    end: Position,
    bytes: usize,
}

/// What leaves at one go.
pub(super) struct Leaving {
    batches: usize,
    /// The newest value of each key among the batches that leave.
    pub(super) pairs: BTreeMap<Shared, Shared>,
    pub(super) positions: Vec<Position>,
    /// Where the journal stands behind the last batch.
    pub(super) end: Position,
    pub(super) bytes: usize,
}

impl Tail {
    /// An empty tail behind so many entries.
    pub(super) fn behind(entries: u64) -> Tail {
        Tail { first: entries, ..Tail::default() }
    }

    /// Takes a batch in.
    pub(super) fn push(&mut self, index: Vec<(Vec<u8>, Vec<u8>)>, positions: &[Position], end: Position) {
        let number = self.left + self.batches.len() as u64;
        let mut bytes = 0;
        let mut pairs = Vec::with_capacity(index.len());
        for (key, value) in index {
            bytes += key.len() + value.len() + TAIL_KEY_OVERHEAD_BYTES;
            let (key, value) = (Arc::<[u8]>::from(key), Arc::<[u8]>::from(value));
            self.newest.insert(key.clone(), Newest { value: value.clone(), batch: number });
            pairs.push((key, value));
        }
        self.positions.extend(positions);
        bytes += size_of_val(positions);
        self.lag.batches += 1;
        self.lag.keys += pairs.len();
        self.lag.bytes += bytes;
        self.batches.push_back(TailBatch { pairs, entries: positions.len(), end, bytes });
    }

    /// The newest value of a key, if it was put by a batch still here.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Shared> {
        self.newest.get(key).map(|newest| &newest.value)
    }

    /// Keys from `prefix` on, ascending, also those that do not begin with it.
    pub(super) fn from<'t>(&'t self, prefix: &[u8]) -> impl Iterator<Item = (&'t [u8], &'t [u8])> {
        let keys = self.newest.range(Arc::<[u8]>::from(prefix)..);
        keys.map(|(key, newest)| (&**key, &*newest.value))
    }

    /// Where an entry is, if it came with a batch still here.
    pub(super) fn position(&self, at: LogIndex) -> Option<Position> {
        let place = usize::try_from(at.0.checked_sub(self.first)?).ok()?;
        self.positions.get(place).copied()
    }

    /// Forgets the batches that end behind a place, and returns how many entries there are before what is forgotten.
    pub(super) fn forget_behind(&mut self, place: Position) -> u64 {
        let kept = self.batches.partition_point(|batch| batch.end <= place);
        if kept < self.batches.len() {
            for batch in self.batches.drain(kept..) {
                self.lag.batches -= 1;
                self.lag.keys -= batch.pairs.len();
                self.lag.bytes -= batch.bytes;
            }
            self.positions.truncate(self.batches.iter().map(|batch| batch.entries).sum());
            self.newest.clear();
            for (number, batch) in (self.left..).zip(&self.batches) {
                for (key, value) in &batch.pairs {
                    self.newest.insert(key.clone(), Newest { value: value.clone(), batch: number });
                }
            }
        }
        self.first + self.positions.len() as u64
    }

    pub(super) fn lag(&self) -> Lag {
        self.lag
    }

    /// Where the journal stands behind the oldest batch.
    pub(super) fn oldest_end(&self) -> Option<Position> {
        self.batches.front().map(|batch| batch.end)
    }

    /// The oldest batches that end at `durable` or before: at least one, then more while they have under `keys_max`.
    pub(super) fn leaving(&self, durable: Position, keys_max: usize) -> Option<Leaving> {
        let mut leaving = Leaving { batches: 0, pairs: BTreeMap::new(), positions: Vec::new(), end: durable, bytes: 0 };
        let mut keys = 0;
        let mut entries = 0;
        for batch in self.batches.iter().take_while(|batch| batch.end <= durable) {
            keys += batch.pairs.len();
            if leaving.batches > 0 && keys > keys_max {
                break;
            }
            leaving.batches += 1;
            leaving.bytes += batch.bytes;
            leaving.end = batch.end;
            entries += batch.entries;
            leaving.pairs.extend(batch.pairs.iter().cloned());
        }
        leaving.positions.extend(self.positions.iter().take(entries));
        (leaving.batches > 0).then_some(leaving)
    }

    /// Forgets what has left.
    pub(super) fn left(&mut self, leaving: &Leaving) {
        for batch in self.batches.drain(..leaving.batches) {
            for (key, _) in &batch.pairs {
                if self.newest.get(key).is_some_and(|newest| newest.batch == self.left) {
                    self.newest.remove(key);
                }
            }
            self.left += 1;
            self.lag.batches -= 1;
            self.lag.keys -= batch.pairs.len();
            self.lag.bytes -= batch.bytes;
        }
        self.positions.drain(..leaving.positions.len());
        self.first += leaving.positions.len() as u64;
        if self.batches.is_empty() {
            self.batches.shrink_to_fit();
            self.positions.shrink_to_fit();
        }
    }
}
