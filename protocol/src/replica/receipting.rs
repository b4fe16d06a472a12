//! Receipts in a session: asking for those that are lacking, taking them, and handing them on to those below.
//!
//! A node above answers for itself with an acknowledgement, and for those above it with what it holds of theirs. What
//! newly comes from above goes on at once over the live links it concerns.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Effect, Event, Link, PeerFault, PeerId, Replica,
    signing::{Signing, What},
    tree::Tiles,
};
use crate::{
    limits::COMPARE_ITEMS_MAX,
    record::{
        entry::{CertificateId, EntryId, Hash, Scope},
        log::inclusion,
        message::{Frame, ReceiptsWant, Shown},
        reconcile::is_shared,
    },
    records::{Batch, Fact, FeedKey, Records, RecordsFailure, find, key::Under},
    trust::{
        charter::Role,
        checkpoint::{LogHead, Note, NoteFault},
        confirmed::{self, News},
        receipt::{Confirmed, Item, Receipt, ReceiptFault},
        witnessing::{Beside, judge},
    },
    work::unit::UnitPath,
};

impl Replica {
    /// Units above this node where one stands, root first.
    #[must_use]
    pub fn nodes_above(&self) -> Vec<UnitPath> {
        let is_node = |id: &CertificateId| self.unit_of_node(id).is_some() && self.charter.dead(id).is_none();
        let units = self.charter.all().filter(|(id, _)| is_node(id));
        let units = units.map(|(_, known)| &known.certificate.unit).filter(|unit| unit.is_above(&self.me.unit));
        units.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(super) fn unit_of_node(&self, node: &CertificateId) -> Option<UnitPath> {
        let known = self.charter.complete(node)?;
        known.certificate.has(Role::NODE).then(|| known.certificate.unit.clone())
    }

    /// Asks a peer above for every receipt that is lacking: its own and those of nodes above it.
    pub(super) fn ask_for_lacking(
        &self,
        above: &UnitPath,
        records: &dyn Records,
    ) -> Result<Vec<Frame>, RecordsFailure> {
        let units: Vec<_> = self.nodes_above().into_iter().filter(|unit| unit.contains(above)).collect();
        let unit_of = |node: &CertificateId| self.unit_of_node(node);
        let (unit, frontier) = (&self.me.unit, &self.frontier);
        let plain = confirmed::lacking(Under::Any, &units, unit, &unit_of, frontier, records)?;
        let mut wants: Vec<ReceiptsWant> = Vec::new();
        let root = &self.charter.genesis().root;
        if self.policy(records)?.is_some() && units.contains(root) {
            let under = Under::Witnessed;
            let lacking = confirmed::lacking(under, std::slice::from_ref(root), unit, &unit_of, frontier, records)?;
            let asked: BTreeSet<_> = plain.get(root).into_iter().flatten().collect();
            for (unit, mut ids) in lacking {
                ids.retain(|id| !asked.contains(id));
                wants.push(ReceiptsWant { unit, ids, witnessed: true });
            }
        }
        wants.extend(plain.into_iter().map(|(unit, ids)| ReceiptsWant { unit, ids, witnessed: false }));
        Ok(frames_of(wants))
    }

    /// Asks a peer above, and those above it through it, to confirm these entries.
    pub(super) fn ask_for(&self, above: &UnitPath, ids: &BTreeSet<EntryId>) -> Vec<Frame> {
        let units = self.nodes_above().into_iter().filter(|unit| unit.contains(above));
        let wants = units.map(|unit| ReceiptsWant { unit, ids: ids.iter().copied().collect(), witnessed: false });
        frames_of(wants.collect())
    }

    /// A peer below asks for receipts.
    pub(super) fn receipts_wanted(
        &self,
        peer: PeerId,
        link: &mut Link,
        wants: Vec<ReceiptsWant>,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RecordsFailure> {
        let (Some(session), Some(who)) = (&link.session, &link.peer) else { return Ok(()) };
        if !self.me.unit.is_above(&who.unit) {
            return Ok(());
        }
        let mut tips = BTreeSet::new();
        let mut handed_on: BTreeMap<Vec<u8>, Vec<Confirmed>> = BTreeMap::new();
        let mut witnessed = Vec::new();
        for ReceiptsWant { unit, ids, witnessed: only_witnessed } in wants {
            for id in ids.into_iter().collect::<BTreeSet<_>>() {
                let Some(at) = find(records, &id)? else { continue };
                let header = match self.entry(at, records) {
                    Ok(entry) => entry.header().clone(),
                    Err(RecordsFailure::Damaged(_)) => {
                        link.again.unconfirmed.insert(id);
                        continue;
                    }
                    Err(failure) => return Err(failure),
                };
                if !is_shared(session.lower(), &header.scope) {
                    continue;
                }
                if unit == self.me.unit && self.is_damaged(&header.scope, &header.author) {
                    link.again.unconfirmed.insert(id);
                } else if unit == self.me.unit {
                    if self.witnessing.witnessed.as_ref().is_some_and(|note| at.0 < note.claimed().head.size) {
                        witnessed.push(Item { tip: id, index: at.0 });
                    } else if !only_witnessed {
                        tips.insert(id);
                    }
                } else if unit.is_above(&self.me.unit) {
                    let feed = FeedKey::of(&header.scope, &header.author);
                    let is_asked = |node: &CertificateId| self.unit_of_node(node).as_ref() == Some(&unit);
                    let mut proofs = confirmed::proofs(Under::Witnessed, &feed, &id, &is_asked, records)?;
                    if proofs.is_empty() && !only_witnessed {
                        proofs = confirmed::proofs(Under::Any, &feed, &id, &is_asked, records)?;
                    }
                    // Whose word it is may be what cannot be read.
                    if proofs.is_empty() && !self.charter_lacks.is_empty() {
                        link.again.unconfirmed.insert(id);
                    }
                    for (note, proof) in proofs {
                        handed_on.entry(note).or_default().push(proof);
                    }
                }
            }
        }
        if !tips.is_empty() {
            self.acknowledge_later(peer, link, tips.into_iter().collect(), effects);
        }
        effects.extend(self.under_witnessed(peer, witnessed, records)?);
        for (note, proofs) in handed_on {
            effects.extend(receipts(peer, &note, proofs));
        }
        Ok(())
    }

    /// Receipts under the newest checkpoint of this node that witnesses have cosigned.
    pub(super) fn under_witnessed(
        &self,
        peer: PeerId,
        items: Vec<Item>,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let Some(note) = self.witnessing.witnessed.as_ref().filter(|_| !items.is_empty()) else {
            return Ok(Vec::new());
        };
        let size = note.claimed().head.size;
        let tiles = Tiles::new(records);
        let mut confirmed = Vec::with_capacity(items.len());
        for item in items {
            let path = inclusion(item.index, size, &|node| tiles.node(node))?;
            confirmed.push(Confirmed { item, path });
        }
        Ok(receipts(peer, &note.to_bytes(), confirmed))
    }

    /// Acknowledges, or, where this node's log must first be shown to be what the peer thinks, remembers to.
    pub(super) fn acknowledge_later(
        &self,
        peer: PeerId,
        link: &mut Link,
        mut tips: Vec<EntryId>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(unanswered) = &mut link.withheld {
            unanswered.extend(std::mem::take(&mut tips));
        }
        let (frames, size) = (link.frames_taken, self.next.0);
        effects.push(Effect::Sign(Signing { what: What::Acknowledge { peer, frames, size, tips } }));
    }

    /// A receipt came from a peer above: its own, with the proof that its log grew, or one it hands on.
    pub(super) fn confirmed(
        &self,
        peer: PeerId,
        link: &mut Link,
        bytes: &[u8],
        direct: Option<&[Hash]>,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<Result<(), PeerFault>, RecordsFailure> {
        let receipt = match Receipt::parse(bytes).and_then(|receipt| Ok((receipt.note()?, receipt))) {
            Ok(read) => read,
            Err(fault) => return Ok(Err(fault.into())),
        };
        let (note, receipt) = receipt;
        let holder = note.claimed().log.node;
        let of_peer = link.peer.as_ref().is_some_and(|who| who.certificate == holder);
        if direct.is_some() && !of_peer {
            return Ok(Err(ReceiptFault::Note(NoteFault::NotSigned).into()));
        }
        // Of one that is revoked nothing new is believed.
        if self.charter.dead(&holder).is_some() {
            return Ok(Ok(()));
        }
        let known = self.charter.complete(&holder).map(|known| &known.certificate);
        if known.is_some_and(|known| !known.has(Role::NODE) || !known.unit.is_above(&self.me.unit)) {
            return Ok(Err(ReceiptFault::Note(NoteFault::NotSigned).into()));
        }
        // A peer has proved its own key, whether its certificate can be read here or not.
        let proved = link.peer.as_ref().filter(|_| direct.is_some()).map(|who| &who.key);
        let Some(key) = proved.or(known.map(|known| &known.key)) else { return Ok(Ok(())) };
        let proof = match receipt.verify(key) {
            Ok(proof) => proof,
            Err(fault) => return Ok(Err(fault.into())),
        };
        if note.cosignatures() > 0 && !self.is_witnessed(&note, records)? {
            return Ok(Ok(()));
        }
        if let Some(consistency) = direct {
            // A peer confirms under what it has by now: under an older size nobody could ask it for a proof.
            let mark = note.claimed().log_head();
            let held = link.held.as_ref().map(|held| held.claimed().log_head());
            if held.is_some_and(|held| held.epoch == mark.epoch && held.size > mark.size) {
                return Ok(Err(ReceiptFault::NotConsistent.into()));
            }
            if let Err(fault) = self.shown_by_peer(peer, link, &note, consistency, records, effects)? {
                return Ok(Err(fault));
            }
        } else {
            self.compare_with_held(&note, records, effects)?;
        }
        // Whose certificate is not known yet cannot be judged; it is asked for again.
        if known.is_none() {
            return Ok(Ok(()));
        }
        let News { index, confirmed } = match confirmed::news_of(&proof, &self.frontier, &self.genesis, records) {
            Ok(news) => news,
            // Where a chain cannot be walked what came of it is not known: it is asked for again once it is mended.
            Err(RecordsFailure::Damaged(_)) => return Ok(Ok(())),
            Err(failure) => return Err(failure),
        };
        if !index.is_empty() {
            effects.push(Effect::Store(Batch { first: self.next, facts: vec![Fact::Receipt(bytes.into())], index }));
            effects.push(Effect::Tell(Event::Confirmed { holder, tips: confirmed.len() }));
            effects.extend(self.hand_on(&note.to_bytes(), &confirmed));
        }
        Ok(Ok(()))
    }

    /// A note of the peer's own log came: it must follow from the newest that is held of it.
    pub(super) fn shown_by_peer(
        &self,
        peer: PeerId,
        link: &mut Link,
        note: &Note,
        proof: &[Hash],
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<Result<Beside, PeerFault>, RecordsFailure> {
        let held: Option<LogHead> = link.held.as_ref().map(|held| held.claimed().log_head());
        let beside = judge(held.as_ref(), note.claimed(), proof);
        match beside {
            Beside::Newer => {
                let log = note.claimed().log;
                if held.is_some_and(|held| held.epoch < log.epoch) {
                    effects.push(Effect::Tell(Event::Restored { node: log.node, epoch: log.epoch }));
                }
                link.held = Some(note.clone());
            }
            Beside::Stale => {}
            Beside::Unproven => return Ok(Err(ReceiptFault::NotConsistent.into())),
            Beside::Unaware => {
                if let Some(held) = &link.held {
                    let shown = Shown { note: held.to_bytes().into(), since: 0, proof: Vec::new() };
                    effects.push(Effect::Send { peer, frame: Frame::Checkpoint(shown) });
                }
            }
            Beside::Contradiction => {
                if let Some(held) = &link.held {
                    effects.extend(self.contradicted(held, note, records)?);
                }
            }
        }
        Ok(Ok(beside))
    }

    /// A note that came by way of another is held against the one that is kept: only what cannot be is found so.
    fn compare_with_held(
        &self,
        note: &Note,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RecordsFailure> {
        let Some(held) = confirmed::checkpoint_of(&note.claimed().log.node, records)? else { return Ok(()) };
        if judge(Some(&held.claimed().log_head()), note.claimed(), &[]) == Beside::Contradiction {
            effects.extend(self.contradicted(&held, note, records)?);
        }
        Ok(())
    }

    /// Hands receipts on to the peers below they concern, whether everything has been given and acknowledged there or not:
    /// who has asked for what it lacks asks no more, and may be ahead of this side.
    fn hand_on(&self, note: &[u8], confirmed: &[(Scope, Confirmed)]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (peer, link) in &self.links {
            let (Some(session), Some(who)) = (&link.session, &link.peer) else { continue };
            if !self.me.unit.is_above(&who.unit) {
                continue;
            }
            let concerns = |scope: &Scope| is_shared(session.lower(), scope) && who.unit.contains(&scope.home);
            let some: Vec<_> =
                confirmed.iter().filter(|(scope, _)| concerns(scope)).map(|(_, one)| one.clone()).collect();
            effects.extend(receipts(*peer, note, some));
        }
        effects
    }
}

/// Frames of receipts, one each.
fn receipts(peer: PeerId, note: &[u8], confirmed: Vec<Confirmed>) -> Vec<Effect> {
    let Ok(size) = Note::parse(note).map(|note| note.claimed().head.size) else { return Vec::new() };
    let receipts = Receipt::of_paths(note, size, confirmed).into_iter();
    let frames = receipts.map(|receipt| Frame::Receipts(vec![receipt.to_bytes().into()]));
    frames.map(|frame| Effect::Send { peer, frame }).collect()
}

/// Wants in as few frames as may be.
fn frames_of(wants: Vec<ReceiptsWant>) -> Vec<Frame> {
    let mut frames: Vec<Vec<ReceiptsWant>> = Vec::new();
    let mut room = 0;
    for ReceiptsWant { unit, ids, witnessed } in wants {
        let mut rest = ids.as_slice();
        while !rest.is_empty() {
            if room == 0 {
                frames.push(Vec::new());
                room = COMPARE_ITEMS_MAX;
            }
            let (some, more) = rest.split_at(rest.len().min(room));
            let want = ReceiptsWant { unit: unit.clone(), ids: some.to_vec(), witnessed };
            frames.last_mut().into_iter().for_each(|frame| frame.push(want.clone()));
            room -= some.len();
            rest = more;
        }
    }
    frames.into_iter().map(Frame::ReceiptsWanted).collect()
}
