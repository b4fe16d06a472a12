//! A receipt: a node above says which entries it durably holds, by where they stand in its log.
//!
//! A checkpoint of its log, and one proof for all entries named. A tip stands for everything before it in its feed. What
//! a node confirmed so it cannot deny having had, and cannot have placed elsewhere for somebody else.

use minicbor::{Decode, Encode, bytes::ByteVec};
use thiserror::Error;

use crate::{
    limits::RECEIPT_ITEMS_MAX,
    record::{
        cbor::{self, CborFault},
        entry::{EntryId, Hash},
        log::{Proven, join_paths, leaf, prove_set},
    },
    trust::{
        checkpoint::{Checkpoint, Note, NoteFault},
        key::PublicKey,
    },
};

/// What a node confirms, as it travels and rests.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// The checkpoint, a signed note.
    #[n(0)]
    pub note: ByteVec,
    /// Entries held, each standing for its feed up to it; strictly ascending by index.
    #[n(1)]
    pub items: Vec<Item>,
    /// The set proof of them under the checkpoint.
    #[n(2)]
    pub hashes: Vec<Hash>,
}

/// An entry and its place in the log of the node that confirms it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct Item {
    /// Which entry.
    #[n(0)]
    pub tip: EntryId,
    /// Its leaf.
    #[n(1)]
    pub index: u64,
}

/// An entry a checkpoint confirms, with the path that proves it alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confirmed {
    /// Which, and where.
    pub item: Item,
    /// From the leaf up.
    pub path: Vec<Hash>,
}

/// A receipt that was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    /// The checkpoint, whose signature holds.
    pub checkpoint: Checkpoint,
    /// It with its signatures.
    pub note: Note,
    /// What it confirms.
    pub confirmed: Vec<Confirmed>,
}

/// Why bytes are not a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReceiptFault {
    /// Not the one encoding of a receipt.
    #[error("receipt is {0}")]
    NotCanonical(#[from] CborFault),
    /// Its checkpoint is none, or its holder did not sign it.
    #[error(transparent)]
    Note(#[from] NoteFault),
    /// More entries than a bound of `limits.rs` allows, none at all, or not in their order.
    #[error("receipt has too many entries, none, or not in order")]
    Items,
    /// The proof does not lead to the checkpoint's root.
    #[error("proof of the receipt does not hold")]
    NotProved,
    /// The log it stands under is not the one before it grown.
    #[error("the checkpoint is not proved to follow the one before it")]
    NotConsistent,
}

impl Receipt {
    /// Reads a receipt as it travels.
    ///
    /// # Errors
    ///
    /// [`ReceiptFault::NotCanonical`].
    pub fn parse(bytes: &[u8]) -> Result<Receipt, ReceiptFault> {
        Ok(cbor::decode(bytes)?)
    }

    /// The checkpoint; nobody has checked its signature.
    ///
    /// # Errors
    ///
    /// [`ReceiptFault::Note`].
    pub fn note(&self) -> Result<Note, ReceiptFault> {
        Ok(Note::parse(&self.note)?)
    }

    /// Checks the checkpoint's signature and the proof.
    ///
    /// # Errors
    ///
    /// [`ReceiptFault`].
    pub fn verify(&self, key: &PublicKey) -> Result<Proof, ReceiptFault> {
        self.note()?.verify(key)?;
        self.reopen()
    }

    /// Opens a receipt out of one's own journal: its signature was checked when it came.
    ///
    /// # Errors
    ///
    /// [`ReceiptFault`].
    pub fn reopen(&self) -> Result<Proof, ReceiptFault> {
        let note = self.note()?;
        let checkpoint = *note.claimed();
        let Proven { root, paths } = self.proven(&checkpoint)?;
        if root != checkpoint.head.root {
            return Err(ReceiptFault::NotProved);
        }
        let confirmed = self.items.iter().zip(paths).map(|(item, path)| Confirmed { item: *item, path });
        Ok(Proof { checkpoint, note, confirmed: confirmed.collect() })
    }

    fn proven(&self, checkpoint: &Checkpoint) -> Result<Proven, ReceiptFault> {
        if self.items.is_empty() || self.items.len() > RECEIPT_ITEMS_MAX {
            return Err(ReceiptFault::Items);
        }
        if !self.items.is_sorted_by(|one, next| one.index < next.index) {
            return Err(ReceiptFault::Items);
        }
        let leaves: Vec<_> = self.items.iter().map(|item| (item.index, leaf(&item.tip))).collect();
        prove_set(&leaves, checkpoint.head.size, &self.hashes).ok_or(ReceiptFault::NotProved)
    }

    /// Receipts under one checkpoint out of single paths, each small enough to travel.
    #[must_use]
    pub fn of_paths(note: &[u8], size: u64, mut confirmed: Vec<Confirmed>) -> Vec<Receipt> {
        confirmed.sort_unstable_by_key(|one| one.item.index);
        confirmed.dedup_by_key(|one| one.item.index);
        let receipts = confirmed.chunks(RECEIPT_ITEMS_MAX).filter_map(|some| {
            let paths: Vec<_> = some.iter().map(|one| (one.item.index, one.path.as_slice())).collect();
            let hashes = join_paths(&paths, size)?;
            Some(Receipt { note: note.to_vec().into(), items: some.iter().map(|one| one.item).collect(), hashes })
        });
        receipts.collect()
    }

    /// The bytes that travel.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }
}
