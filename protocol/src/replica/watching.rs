//! Checkpoints between nodes: showing this node's own, holding those of others, learning that one was restored, and
//! witnessing.
//!
//! A peer's hello names what it holds of this node's log. Where this log does not extend that, the node that holds it is
//! asked to show it, and until then nothing is signed for it. What a peer shows is checked against what is held of its log;
//! as a witness this node cosigns what it has stored. The root's nodes fix one checkpoint at a time and ask witnesses for it.

use std::sync::Arc;

use super::{
    Effect, Event, Link, Now, PeerFault, PeerId, Replica,
    signing::{Signing, What},
};
use crate::{
    limits::CHECKPOINT_BEHIND_S,
    record::{
        body::Act,
        cbor,
        entry::Kind,
        log::is_consistent,
        message::{Cosigned, Frame, Shown},
        reconcile::is_shared,
    },
    records::{Batch, Fact, LogIndex, Records, RecordsFailure, indexes, key},
    trust::{
        checkpoint::{LogHead, Note, NoteFault, NoteSignature, Policy},
        confirmed,
        receipt::{Item, ReceiptFault},
        witnessing::{Beside, Evidence},
    },
};

/// What the root's nodes and witnesses remember.
#[derive(Default)]
pub(super) struct Witnessing {
    /// The checkpoint witnesses are asked for.
    fixed: Option<Note>,
    /// Whether one is being signed.
    is_fixing: bool,
    /// The newest checkpoint of this node that witnesses have cosigned.
    pub(super) witnessed: Option<Note>,
}

impl Replica {
    /// Policies that are valid, the one in force last. One that cannot be read is passed over until it is mended: who
    /// witnesses may hold up nobody's session, least of all that by which it would be mended.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn policies(&self, records: &dyn Records) -> Result<Vec<Policy>, RecordsFailure> {
        let mut valid = Vec::new();
        for document in self.documents(Kind::WITNESSES, records)? {
            for at in indexes(records, &key::document_log_prefix(&document))? {
                let said = match self.said(at, records) {
                    Err(RecordsFailure::Damaged(_)) => continue,
                    said => said?,
                };
                if let Some(Act::Witnesses { threshold, members }) = said.act() {
                    let policy = Policy { threshold: *threshold, members: members.clone() };
                    valid.push((said.entry.header().claimed_time_s, said.entry.id(), policy));
                }
            }
        }
        valid.sort_by_key(|(time, id, _)| (*time, *id));
        Ok(valid.into_iter().map(|(_, _, policy)| policy).collect())
    }

    /// The policy in force; none if nobody is to witness.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn policy(&self, records: &dyn Records) -> Result<Option<Policy>, RecordsFailure> {
        Ok(self.policies(records)?.pop().filter(|policy| policy.threshold > 0))
    }

    /// Whether enough witnesses of a policy that was in force at some time have cosigned.
    pub(super) fn is_witnessed(&self, note: &Note, records: &dyn Records) -> Result<bool, RecordsFailure> {
        let policies = self.policies(records)?;
        Ok(policies.iter().any(|policy| policy.threshold > 0 && policy.is_met(note)))
    }

    /// What a checkpoint of this node was seen to be, by the peer's hello.
    pub(super) fn judge_known(
        &self,
        peer: PeerId,
        link: &mut Link,
        known: Option<LogHead>,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RecordsFailure> {
        let Some(known) = known else { return Ok(()) };
        if self.extends(&known, records)? {
            link.known = Some(known);
        } else if self.own_log.restored(known).is_some() {
            link.withheld = Some(Default::default());
            effects.push(Effect::Send { peer, frame: Frame::CheckpointWanted });
        }
        Ok(())
    }

    /// This node's own certificate has come: those who must first show what they hold of its log are asked again.
    pub(super) fn ask_to_be_shown(&self) -> Vec<Effect> {
        let unshown = self.links.iter().filter(|(_, link)| link.withheld.is_some());
        unshown.map(|(peer, _)| Effect::Send { peer: *peer, frame: Frame::CheckpointWanted }).collect()
    }

    /// The peer asks to be shown what this side's hello named of its log.
    pub(super) fn checkpoint_wanted(&self, peer: PeerId, link: &Link, effects: &mut Vec<Effect>) {
        if let Some(held) = &link.held {
            let shown = Shown { note: held.to_bytes().into(), since: 0, proof: Vec::new() };
            effects.push(Effect::Send { peer, frame: Frame::Checkpoint(shown) });
        }
    }

    /// A checkpoint was shown: of the peer's log, or of this node's own.
    pub(super) fn checkpoint_shown(
        &mut self,
        peer: PeerId,
        link: &mut Link,
        shown: &Shown,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<Result<(), PeerFault>, RecordsFailure> {
        let note = match Note::parse(&shown.note) {
            Ok(note) => note,
            Err(fault) => return Ok(Err(ReceiptFault::Note(fault).into())),
        };
        let not_signed = || Err(PeerFault::Receipt(ReceiptFault::Note(NoteFault::NotSigned)));
        let Some(who) = &link.peer else { return Ok(Ok(())) };
        let node = note.claimed().log.node;
        if node == self.me.certificate {
            // Who lost everything, or cannot read it, does not know its own certificate yet: it asks again when it does.
            let Some(own) = self.charter.complete(&node) else { return Ok(Ok(())) };
            if note.verify(&own.certificate.key).is_err() {
                return Ok(not_signed());
            }
            self.shown_own(peer, link, note.claimed().log_head(), records, effects)?;
            return Ok(Ok(()));
        }
        if node != who.certificate || note.verify(&who.key).is_err() {
            return Ok(not_signed());
        }
        let is_root = who.unit == self.charter.genesis().root;
        let beside = match self.shown_by_peer(peer, link, &note, &shown.proof, records, effects)? {
            Ok(beside) => beside,
            Err(fault) => return Ok(Err(fault)),
        };
        // What is proved to be the beginning of what is held is as good to witness as what follows it.
        let is_part = beside == Beside::Stale
            && link.held.as_ref().is_some_and(|held| {
                let (held, came) = (held.claimed(), note.claimed());
                held.log.epoch == came.log.epoch && is_consistent(&came.head, &held.head, &shown.proof)
            });
        if beside == Beside::Newer {
            let index = confirmed::checkpoint_rows(&note, records)?;
            if !index.is_empty() {
                let facts = vec![Fact::Checkpoint(note.to_bytes().into())];
                effects.push(Effect::Store(Batch { first: self.next, facts, index }));
            }
        }
        if is_root && (beside == Beside::Newer || is_part) {
            link.asked = Some(note);
            effects.extend(self.cosign_if_asked(peer, link, records)?);
        }
        Ok(Ok(()))
    }

    /// Cosigns what the root's node showed, if the policy in force names this node: at once, or when the act that does is
    /// here.
    pub(super) fn cosign_if_asked(
        &self,
        peer: PeerId,
        link: &mut Link,
        records: &dyn Records,
    ) -> Result<Option<Effect>, RecordsFailure> {
        if link.asked.is_none() {
            return Ok(None);
        }
        let own = self.charter.complete(&self.me.certificate).map(|known| known.certificate.key);
        let policy = self.policy(records)?;
        let witness = own.zip(policy).and_then(|(key, policy)| policy.member(&key).cloned());
        let Some(witness) = witness else { return Ok(None) };
        let Some(note) = link.asked.take() else { return Ok(None) };
        let what = What::Cosign { peer, note: Box::new(note), witness: Box::new(witness) };
        Ok(Some(Effect::Sign(Signing { what })))
    }

    /// The peer showed a checkpoint this node itself has signed.
    fn shown_own(
        &mut self,
        peer: PeerId,
        link: &mut Link,
        head: LogHead,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RecordsFailure> {
        if self.extends(&head, records)? {
            // By now the very same came back from elsewhere: nothing is lost, and this is what the peer holds.
            link.known = Some(head);
        } else if let Some(own_log) = self.own_log.restored(head) {
            self.own_log = own_log;
            self.witnessing.fixed = None;
            let bytes = cbor::encode(&own_log);
            let index = vec![(key::LOG_EPOCH.to_vec(), bytes.clone())];
            let facts = vec![Fact::LogEpoch(bytes.into())];
            effects.push(Effect::Store(Batch { first: self.next, facts, index }));
            effects.push(Effect::Tell(Event::Restored { node: self.me.certificate, epoch: own_log.epoch }));
        }
        if let Some(unanswered) = link.withheld.take().filter(|unanswered| !unanswered.is_empty()) {
            self.acknowledge_later(peer, link, unanswered.into_iter().collect(), effects);
        }
        Ok(())
    }

    /// Two notes that cannot both be true are kept.
    pub(super) fn contradicted(
        &self,
        held: &Note,
        came: &Note,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let evidence = Evidence { held: held.to_bytes().into(), came: came.to_bytes().into() };
        let bytes: Arc<[u8]> = cbor::encode(&evidence).into();
        let place = key::evidence(&bytes);
        if records.get(&place)?.is_some() {
            return Ok(Vec::new());
        }
        let (index, facts) = (vec![(place, bytes.to_vec())], vec![Fact::Evidence(bytes)]);
        let batch = Batch { first: self.next, facts, index };
        Ok(vec![Effect::Store(batch), Effect::Tell(Event::Contradicted { node: came.claimed().log.node })])
    }

    /// What is kept of checkpoints that cannot both be true.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn evidence(&self, records: &dyn Records) -> Result<Vec<Evidence>, RecordsFailure> {
        let mut all = Vec::new();
        records.scan(key::EVIDENCE, &mut |_, value| {
            all.extend(cbor::decode(value).ok());
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    /// Some time has passed: shows checkpoints that are due, and fixes one for witnesses.
    pub(super) fn ticked(&mut self, now: Now, records: &dyn Records) -> Result<Vec<Effect>, RecordsFailure> {
        let mut effects = Vec::new();
        self.fix_if_due(now, records, &mut effects)?;
        let mut links = std::mem::take(&mut self.links);
        let settled = links.iter_mut().filter(|(_, link)| link.settled);
        let said = settled.map(|(peer, link)| {
            let cosigned = self.cosign_if_asked(*peer, link, records)?;
            Ok(cosigned.into_iter().chain(self.show_if_due(now, *peer, link, records)?).collect::<Vec<_>>())
        });
        let said: Result<Vec<_>, RecordsFailure> = said.collect();
        self.links = links;
        effects.extend(said?.into_iter().flatten());
        effects.extend(self.ask_all_again());
        self.rest_less();
        effects.extend(self.ask_all_for_chunks(records));
        Ok(effects)
    }

    /// Shows a peer this node's log, if what it holds of it is too far behind. The root's nodes show only what witnesses
    /// are asked for, where there are any to be asked.
    pub(super) fn show_if_due(
        &self,
        now: Now,
        peer: PeerId,
        link: &Link,
        records: &dyn Records,
    ) -> Result<Option<Effect>, RecordsFailure> {
        if link.withheld.is_some() || self.next.0 == 0 || self.seeks_witnesses(records)? {
            return Ok(None);
        }
        let is_due = match link.known.filter(|known| known.epoch == self.own_log.epoch) {
            None => true,
            Some(known) if known.size >= self.next.0 => false,
            Some(known) => {
                // What is not stored yet was taken in just now.
                let since = self.taken_in_at(LogIndex(known.size), records)?.or(self.clock.time_s);
                since.is_none_or(|since| now.0 >= since.saturating_add(CHECKPOINT_BEHIND_S))
            }
        };
        let what = What::Show { peer, size: self.next.0 };
        Ok(is_due.then_some(Effect::Sign(Signing { what })))
    }

    fn seeks_witnesses(&self, records: &dyn Records) -> Result<bool, RecordsFailure> {
        Ok(self.me.unit == self.charter.genesis().root && self.policy(records)?.is_some())
    }

    /// Has the checkpoint signed that witnesses are asked for, if none is and the newest witnessed one is too far behind.
    pub(super) fn fix_if_due(
        &mut self,
        now: Now,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<(), RecordsFailure> {
        let Witnessing { fixed, is_fixing, witnessed } = &self.witnessing;
        let is_due = witnessed.as_ref().map(Note::claimed).is_none_or(|last| {
            last.head.size < self.next.0 && now.0 >= last.time_s.saturating_add(CHECKPOINT_BEHIND_S)
        });
        if fixed.is_none() && !is_fixing && is_due && self.next.0 > 0 && self.seeks_witnesses(records)? {
            self.witnessing.is_fixing = true;
            effects.push(Effect::Sign(Signing { what: What::Fix { size: self.next.0 } }));
        }
        Ok(())
    }

    /// The checkpoint for witnesses is signed: every peer is asked.
    pub(super) fn fixed(&mut self, note: Note, records: &dyn Records) -> Result<Vec<Effect>, RecordsFailure> {
        self.witnessing.is_fixing = false;
        if note.claimed().log.epoch == self.own_log.epoch {
            self.witnessing.fixed = Some(note);
        }
        let mut links = std::mem::take(&mut self.links);
        let met = links.iter_mut().filter(|(_, link)| link.settled);
        let asked: Result<Vec<_>, RecordsFailure> =
            met.map(|(peer, link)| self.ask_witness(*peer, link, records)).collect();
        self.links = links;
        Ok(asked?.into_iter().flatten().collect())
    }

    /// Shows a peer the checkpoint witnesses are asked for, unless it has seen that or more and need not cosign it any
    /// more.
    pub(super) fn ask_witness(
        &self,
        peer: PeerId,
        link: &mut Link,
        records: &dyn Records,
    ) -> Result<Option<Effect>, RecordsFailure> {
        let Some(note) = self.witnessing.fixed.as_ref().filter(|_| link.withheld.is_none()) else { return Ok(None) };
        let head = note.claimed().log_head();
        if link.asked_for == Some(head) {
            return Ok(None);
        }
        let policy = self.policy(records)?;
        let member = policy.as_ref().and_then(|policy| policy.member(&link.key));
        let is_lacking = member.is_some_and(|member| note.cosigned_at(member).is_err());
        let holds_more = link.known.is_some_and(|known| known.epoch == head.epoch && known.size >= head.size);
        if holds_more && !is_lacking {
            return Ok(None);
        }
        link.asked_for = Some(head);
        let what = What::Ask { peer, note: Box::new(note.clone()) };
        Ok(Some(Effect::Sign(Signing { what })))
    }

    /// A witness has cosigned. With enough of them the checkpoint is kept, and receipts under it go to those below.
    pub(super) fn cosigned(
        &mut self,
        peer: PeerId,
        link: &Link,
        cosigned: &Cosigned,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let Some(policy) = self.policy(records)? else { return Ok(Vec::new()) };
        let Some(fixed) = &mut self.witnessing.fixed else { return Ok(Vec::new()) };
        let head = fixed.claimed().log_head();
        let is_of_it =
            cosigned.log == fixed.claimed().log.node && (cosigned.epoch, cosigned.size) == (head.epoch, head.size);
        let line = std::str::from_utf8(&cosigned.line).ok().and_then(|line| NoteSignature::parse(line).ok());
        // A line for a checkpoint that was fixed before a restart, or by nobody of the policy, is of no use.
        let Some(line) = line.filter(|_| is_of_it) else { return Ok(Vec::new()) };
        let added = policy.members.iter().any(|member| fixed.add(line.clone(), member).is_ok());
        if !added || !policy.is_met(fixed) {
            return Ok(Vec::new());
        }
        let Some(note) = self.witnessing.fixed.take() else { return Ok(Vec::new()) };
        let before = self.witnessing.witnessed.replace(note.clone()).map_or(0, |note| note.claimed().head.size);
        let index = confirmed::checkpoint_rows(&note, records)?;
        let batch = Batch { first: self.next, facts: vec![Fact::Checkpoint(note.to_bytes().into())], index };
        let event = Event::Witnessed { size: head.size, cosignatures: note.cosignatures() };
        let mut effects = vec![Effect::Store(batch), Effect::Tell(event)];
        let others = self.links.iter().map(|(peer, link)| (*peer, link));
        for (peer, link) in others.chain([(peer, link)]) {
            let (Some(session), Some(who)) = (&link.session, &link.peer) else { continue };
            if !self.me.unit.is_above(&who.unit) {
                continue;
            }
            let feeds = self
                .frontier
                .below(&who.unit)
                .filter(|(scope, author, _)| is_shared(session.lower(), scope) && !self.is_damaged(scope, author));
            let tips = feeds.flat_map(|(_, _, feed)| &feed.tips);
            let new = tips.filter(|tip| (before..head.size).contains(&tip.at.0));
            let items = new.map(|tip| Item { tip: tip.id, index: tip.at.0 }).collect();
            effects.extend(self.under_witnessed(peer, items, records)?);
        }
        Ok(effects)
    }
}
