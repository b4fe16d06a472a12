//! What only the node's key can finish: the driver comes here when everything decided before is durable.
//!
//! The core says what is to be signed and for whom; the key stays with the driver and is lent for the length of one call,
//! as an officer's is. Nothing is signed for a peer whose hello was not judged, nor for anybody once the log does not read
//! as it was written.

use std::collections::BTreeSet;

use super::{Effect, Input, Now, PeerId, Replica, tree::Tiles};
use crate::{
    limits::RECEIPT_ITEMS_MAX,
    record::{
        body::Witness,
        entry::EntryId,
        log::set_proof,
        message::{Ack, Cosigned, Frame, Shown},
    },
    records::{LogIndex, Records, RecordsFailure, find},
    trust::{
        checkpoint::Note,
        key::KeyPair,
        receipt::{Item, Receipt},
    },
};

/// Something to be signed with the node's key, and for whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signing {
    pub(super) what: What,
}

/// What is to be signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// An acknowledgement, with a receipt under a checkpoint of this size where tips are named.
    Acknowledge { peer: PeerId, frames: u64, size: u64, tips: Vec<EntryId> },
    /// A checkpoint of this size, to be shown.
    Show { peer: PeerId, size: u64 },
    /// A checkpoint of this size, for witnesses.
    Fix { size: u64 },
    /// Nothing: a checkpoint that is signed already, for a witness. It takes its turn among those that are not, since
    /// each is proved to follow what the peer was shown before.
    Ask { peer: PeerId, note: Box<Note> },
    /// A peer's checkpoint, as the witness of this name.
    Cosign { peer: PeerId, note: Box<Note>, witness: Box<Witness> },
}

impl Signing {
    /// Signs, once everything before is durable and readable; returns what should happen now. The input, if there is one,
    /// is to be handed to the replica next.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`] if the store could not be read: nothing was signed, and the peer, if there is one, waits in vain:
    /// close its connection.
    pub fn finish(
        self,
        replica: &mut Replica,
        now: Now,
        key: &KeyPair,
        records: &dyn Records,
    ) -> Result<(Vec<Effect>, Option<Input>), RecordsFailure> {
        match self.what {
            What::Acknowledge { peer, frames, size, tips } => {
                let effects = replica.acknowledge(now, (peer, frames, size, &tips), key, records)?;
                Ok((effects, None))
            }
            What::Ask { peer, note } => Ok((replica.ask(peer, &note, records)?.into_iter().collect(), None)),
            What::Show { peer, size } => Ok((replica.show(now, peer, size, key, records)?, None)),
            What::Fix { size } => Ok(match replica.checkpoint_at(now, size, records)? {
                Ok(checkpoint) => (Vec::new(), Some(Input::Fixed { note: Box::new(checkpoint.sign(key)) })),
                Err(event) => (event.into_iter().map(Effect::Tell).collect(), None),
            }),
            What::Cosign { peer, note, witness } => {
                let line = note.cosign(&witness.name, now.0, key).to_string();
                let checkpoint = note.claimed();
                let (log, size) = (checkpoint.log, checkpoint.head.size);
                let cosigned = Cosigned { log: log.node, epoch: log.epoch, size, line: line.into_bytes().into() };
                Ok((vec![Effect::Send { peer, frame: Frame::Cosigned(cosigned) }], None))
            }
        }
    }

    /// Whose connection it is for.
    #[must_use]
    pub fn peer(&self) -> Option<PeerId> {
        match &self.what {
            What::Acknowledge { peer, .. }
            | What::Show { peer, .. }
            | What::Ask { peer, .. }
            | What::Cosign { peer, .. } => Some(*peer),
            What::Fix { .. } => None,
        }
    }
}

impl Replica {
    fn acknowledge(
        &mut self,
        now: Now,
        (peer, frames, size, tips): (PeerId, u64, u64, &[EntryId]),
        key: &KeyPair,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let ack = |receipt, proof| Effect::Send { peer, frame: Frame::Ack(Ack { frames, receipt, proof }) };
        let mut items = Vec::new();
        let mut unconfirmed = BTreeSet::new();
        for tip in tips {
            let Some(at) = find(records, tip)?.filter(|at| at.0 < size) else { continue };
            if self.is_whole(at, records)? {
                items.push(Item { tip: *tip, index: at.0 });
            } else {
                unconfirmed.insert(*tip);
            }
        }
        if let Some(link) = self.links.get_mut(&peer).filter(|_| !unconfirmed.is_empty()) {
            link.again.unconfirmed.append(&mut unconfirmed);
        }
        items.sort_unstable_by_key(|item| item.index);
        if items.is_empty() {
            return Ok(vec![ack(None, Vec::new())]);
        }
        let checkpoint = match self.checkpoint_at(now, size, records)? {
            Ok(checkpoint) => checkpoint,
            Err(event) => {
                if let Some(link) = self.links.get_mut(&peer).filter(|_| !self.tree.differs()) {
                    link.again.unconfirmed.extend(tips);
                }
                return Ok(event.into_iter().map(Effect::Tell).chain([ack(None, Vec::new())]).collect());
            }
        };
        let known = self.links.get(&peer).and_then(|link| link.known);
        let (_, mut proof) = self.proof_since(known.as_ref(), size, records)?;
        let note = checkpoint.sign(key).to_bytes();
        let tiles = Tiles::new(records);
        let mut effects = Vec::new();
        for items in items.chunks(RECEIPT_ITEMS_MAX) {
            let indexes: Vec<u64> = items.iter().map(|item| item.index).collect();
            let hashes = set_proof(&indexes, size, &|node| tiles.node(node))?;
            let receipt = Receipt { note: note.clone().into(), items: items.to_vec(), hashes };
            effects.push(ack(Some(receipt.to_bytes().into()), std::mem::take(&mut proof)));
        }
        if let Some(link) = self.links.get_mut(&peer) {
            link.known = Some(checkpoint.log_head());
        }
        Ok(effects)
    }

    /// Whether an entry and all of its feed can be read: only then is it confirmed.
    fn is_whole(&self, at: LogIndex, records: &dyn Records) -> Result<bool, RecordsFailure> {
        if self.damaged.is_empty() {
            return Ok(true);
        }
        match self.entry(at, records) {
            Ok(entry) => Ok(!self.is_damaged(&entry.header().scope, &entry.header().author)),
            Err(RecordsFailure::Damaged(_)) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn show(
        &mut self,
        now: Now,
        peer: PeerId,
        size: u64,
        key: &KeyPair,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let checkpoint = match self.checkpoint_at(now, size, records)? {
            Ok(checkpoint) => checkpoint,
            Err(event) => return Ok(event.into_iter().map(Effect::Tell).collect()),
        };
        let Some(known) = self.links.get(&peer).map(|link| link.known) else { return Ok(Vec::new()) };
        let (since, proof) = self.proof_since(known.as_ref(), size, records)?;
        let note = checkpoint.sign(key).to_bytes().into();
        if let Some(link) = self.links.get_mut(&peer) {
            link.known = Some(checkpoint.log_head());
        }
        Ok(vec![Effect::Send { peer, frame: Frame::Checkpoint(Shown { note, since, proof }) }])
    }

    fn ask(&mut self, peer: PeerId, note: &Note, records: &dyn Records) -> Result<Option<Effect>, RecordsFailure> {
        let head = note.claimed().log_head();
        let Some(known) = self.links.get(&peer).map(|link| link.known) else { return Ok(None) };
        let known = known.filter(|known| known.epoch == head.epoch);
        let (since, proof) = match known.filter(|known| known.size >= head.size) {
            // It holds more: that this is the beginning of it.
            Some(known) => (0, self.proof_between(head.size, known.size, records)?),
            None => self.proof_since(known.as_ref(), head.size, records)?,
        };
        if let Some(link) = self.links.get_mut(&peer).filter(|_| known.is_none_or(|known| known.size < head.size)) {
            link.known = Some(head);
        }
        let shown = Shown { note: note.to_bytes().into(), since, proof };
        Ok(Some(Effect::Send { peer, frame: Frame::Checkpoint(shown) }))
    }
}
