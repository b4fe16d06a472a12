//! Snapshots of documents: what executing has cost so far, kept, and what must still be so for it to be of use.
//!
//! A snapshot is this node's own and can always be made again, so it states what it was made from as one digest and
//! is thrown away when that has changed: a verdict by a late revocation, a run by a fork discovered late.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode, bytes::ByteVec};
use thiserror::Error;

use crate::{
    record::{
        cbor,
        document::{Inapplicable, Item, Room, Says, past::Place},
        entry::Hash,
    },
    work::schema::Schema,
};

/// Starts the trail. Its number rises whenever the same entries would be executed otherwise, an upgrade of the engine
/// included.
const TRAIL_DOMAIN: &str = "fangwei document snapshot 2";

/// Why a snapshot is of no use. The document is executed again from its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SnapshotFault {
    /// Not the bytes that were saved.
    #[error("snapshot is damaged")]
    Damaged,
    /// Made from entries that were judged otherwise, stood in other runs or came in another order, or for another
    /// kind, limit or version.
    #[error("snapshot does not fit the entries as they are judged now")]
    Outdated,
}

/// Digest of the entries placed so far, in order, as far as executing depends on them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct Trail(#[n(0)] Hash);

/// A snapshot as it rests: these behind their SHA-256.
#[derive(Encode, Decode)]
pub(super) struct Stored {
    /// Of each entry covered, from the first: of an edit, what it weighs.
    #[n(0)]
    pub(super) weights: Vec<u64>,
    #[n(1)]
    pub(super) trail: Trail,
    #[n(2)]
    pub(super) marks: BTreeMap<Place, Inapplicable>,
    #[n(3)]
    pub(super) engine: ByteVec,
}

impl Trail {
    pub(super) fn start(schema: &Schema, room: Room) -> Trail {
        let parts = [
            schema.kind.0.to_be_bytes().to_vec(),
            room.behind.to_be_bytes().to_vec(),
            room.whole.to_be_bytes().to_vec(),
        ];
        Trail(Hash::of_parts(TRAIL_DOMAIN, parts.iter().map(Vec::as_slice)))
    }

    pub(super) fn along(schema: &Schema, room: Room, items: &[Item<'_>]) -> Trail {
        let mut trail = Trail::start(schema, room);
        items.iter().for_each(|item| trail.follow(item));
        trail
    }

    /// Takes in one entry. What it names in `after` is part of its id.
    pub(super) fn follow(&mut self, item: &Item<'_>) {
        let says = match item.says {
            Says::Edit(_) => b"edit".as_slice(),
            Says::Void => b"void",
            Says::Act => b"act",
        };
        let chain = item.chain.as_ref().map_or(&[][..], |chain| chain.0.as_slice());
        let parts =
            [self.0.as_slice(), item.id.0.as_slice(), item.run.0.as_slice(), item.author.0.as_slice(), chain, says];
        *self = Trail(Hash::of_parts(TRAIL_DOMAIN, parts));
    }
}

impl Stored {
    pub(super) fn new(
        trail: Trail,
        weights: Vec<u64>,
        marks: BTreeMap<Place, Inapplicable>,
        engine: Vec<u8>,
    ) -> Stored {
        Stored { weights, trail, marks, engine: engine.into() }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let stored = cbor::encode(self);
        [Hash::of(&stored).as_slice(), &stored].concat()
    }

    /// Reads a snapshot. The sum comes first: the engine may panic over bytes it did not write.
    pub(super) fn read(bytes: &[u8]) -> Result<Stored, SnapshotFault> {
        let (sum, stored) = bytes.split_first_chunk::<32>().ok_or(SnapshotFault::Damaged)?;
        if Hash::of(stored) != Hash(*sum) {
            return Err(SnapshotFault::Damaged);
        }
        cbor::decode(stored).map_err(|_| SnapshotFault::Damaged)
    }
}
