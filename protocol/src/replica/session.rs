//! What comes from a peer: frames in their turn, parcels that are checked and admitted in order, receipts.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Arrived, CHECKS_MAX, Checked, Effect, Event, Handled, Link, Now, ParcelFault, PeerFault, PeerId, Replica,
    Unchecked,
    admission::{Outcome, Source},
    judging::{Veiled, is_proved_redacted},
};
use crate::{
    limits::{PARKED_BYTES_MAX, REDACTION_PROOF_MAX, UNCHECKED_BYTES_MAX},
    record::{
        entry::{Claim, Entry, EntryId},
        feed::HeaderFault,
        message::{Ack, Frame, Parcel},
        reconcile::{SessionError, SessionFault, Sight, Stage, is_shared},
    },
    records::{Records, RecordsFailure},
    trust::key::PublicKey,
};

impl Replica {
    pub(super) fn received(
        &mut self,
        now: Now,
        peer: PeerId,
        bytes: &[u8],
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        // A frame may still be on its way when a session was ended: not an error.
        let Some(link) = self.links.get(&peer) else { return Ok(Vec::new()) };
        let frame = match Frame::parse(bytes) {
            Ok(Frame::Give(parcels)) if link.session.is_some() => return Ok(self.given(peer, parcels)),
            Ok(frame) => frame,
            Err(fault) => return Ok(self.refuse(peer, fault.into())),
        };
        // Taken out, not copied: a session that compares a whole prefecture is large, and frames are many.
        let Some(mut link) = self.links.remove(&peer) else { return Ok(Vec::new()) };
        let mut effects = Vec::new();
        let handled = match self.handle(now, peer, &mut link, frame, records, &mut effects) {
            Err(failure @ RecordsFailure::Damaged(_)) => {
                effects.extend(self.end_quietly(peer, &failure));
                return Ok(effects);
            }
            handled => handled?,
        };
        self.links.insert(peer, link);
        match handled {
            Handled::Done => {
                effects.extend(self.settle(now, peer, records));
            }
            Handled::Fault(fault) => effects.extend(self.refuse(peer, fault)),
        }
        Ok(effects)
    }

    fn handle(
        &mut self,
        now: Now,
        peer: PeerId,
        link: &mut Link,
        frame: Frame,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<Handled, RecordsFailure> {
        match frame {
            // Strangers are told these before anybody knows who they are: once.
            Frame::GenesisWanted | Frame::ChainWanted if link.has_been_told(&frame) => Ok(out_of_turn("asked again")),
            Frame::GenesisWanted => {
                let founding = self.founding.to_vec();
                effects.push(Effect::Send { peer, frame: Frame::Genesis(founding.into()) });
                Ok(Handled::Done)
            }
            Frame::Hello(hello) if link.peer.is_none() && link.pending.is_none() => {
                self.met(now, peer, link, hello, None, records, effects)
            }
            Frame::ChainWanted => {
                let parcels = self.chain(records)?;
                effects.push(Effect::Send { peer, frame: Frame::Chain(parcels) });
                Ok(Handled::Done)
            }
            Frame::Chain(parcels) => {
                let Some(hello) = link.pending.take() else { return Ok(out_of_turn("chain")) };
                self.met(now, peer, link, hello, Some(parcels), records, effects)
            }
            Frame::Bye(bye) => {
                effects.push(Effect::Tell(Event::Ended { peer, bye }));
                effects.push(Effect::Close { peer });
                Ok(Handled::Done)
            }
            frame => self.in_session(peer, link, frame, records, effects),
        }
    }

    fn in_session(
        &mut self,
        peer: PeerId,
        link: &mut Link,
        frame: Frame,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<Handled, RecordsFailure> {
        let (Some(session), Some(who)) = (&mut link.session, &link.peer) else {
            return Ok(out_of_turn("frame before hello"));
        };
        let is_from_above = who.unit.is_above(&self.me.unit);
        let veiled = Veiled::new(records, &self.charter, &self.genesis);
        let sight = Sight { genesis: &self.genesis, frontier: &self.frontier, records: &veiled };
        let frames = match frame {
            Frame::OutlinesWanted(wanted) => session.outlines_wanted(wanted, &sight).map_err(SessionError::from),
            Frame::Outlined(stretch, part, last) => session.outlined(&stretch, part, last, &sight),
            Frame::Tips(tips) => session.tips(tips, &sight),
            Frame::Wanted(wants) => session.wanted(wants, &sight).map(|()| Vec::new()),
            Frame::Ready(totals) => session.ready(totals, &sight),
            Frame::Ack(Ack { frames, receipt, proof }) => {
                let answered = session.acked(frames, &sight);
                if let Some(bytes) = receipt.filter(|_| is_from_above)
                    && let Err(fault) = self.confirmed(peer, link, &bytes, Some(&proof), records, effects)?
                {
                    return Ok(Handled::Fault(fault));
                }
                answered
            }
            Frame::Receipts(receipts) if is_from_above => {
                for bytes in receipts {
                    if let Err(fault) = self.confirmed(peer, link, &bytes, None, records, effects)? {
                        return Ok(Handled::Fault(fault));
                    }
                }
                return Ok(Handled::Done);
            }
            Frame::ReceiptsWanted(wants) => {
                self.receipts_wanted(peer, link, wants, records, effects)?;
                return Ok(Handled::Done);
            }
            Frame::Checkpoint(shown) => {
                let taken = self.checkpoint_shown(peer, link, &shown, records, effects)?;
                return Ok(taken.map_or_else(Handled::Fault, |()| Handled::Done));
            }
            Frame::CheckpointWanted => {
                self.checkpoint_wanted(peer, link, effects);
                return Ok(Handled::Done);
            }
            Frame::Cosigned(cosigned) => {
                effects.extend(self.cosigned(peer, link, &cosigned, records)?);
                return Ok(Handled::Done);
            }
            Frame::AgainWanted(ids) => {
                let frame = self.again_wanted(link, &ids, records)?;
                effects.push(Effect::Send { peer, frame });
                return Ok(Handled::Done);
            }
            Frame::Again(parcels) => {
                return Ok(self.again(link, parcels, effects).map_or_else(Handled::Fault, |()| Handled::Done));
            }
            Frame::ChunksWanted(wants) => {
                let parts = self.chunks_wanted(link, &wants, records)?.into_iter();
                effects.extend(parts.map(|frame| Effect::Send { peer, frame }));
                return Ok(Handled::Done);
            }
            Frame::Chunk(part) => {
                return Ok(self
                    .chunk_came(link, &part, records, effects)
                    .map_or_else(Handled::Fault, |()| Handled::Done));
            }
            _ => return Ok(out_of_turn("frame")),
        };
        match frames {
            Ok(frames) => {
                effects.extend(frames.into_iter().map(|frame| Effect::Send { peer, frame }));
                Ok(Handled::Done)
            }
            Err(SessionError::Fault(fault)) => Ok(Handled::Fault(fault.into())),
            Err(SessionError::Failure(failure)) => Err(failure),
        }
    }

    /// Takes entries in to be checked. Reads nothing stored, so it needs no copy of all that waits already.
    fn given(&mut self, peer: PeerId, parcels: Vec<Parcel>) -> Vec<Effect> {
        let Some(mut link) = self.links.remove(&peer) else { return Vec::new() };
        let taken = take_parcels(&mut link, parcels);
        let effects = if taken.is_ok() { self.check_inbox(peer, &mut link) } else { Vec::new() };
        self.links.insert(peer, link);
        match taken {
            Ok(()) => effects,
            Err(fault) => self.refuse(peer, fault),
        }
    }

    /// Asks for checks of what came, as far as the authors' keys are known. Where one is not, what came before may make
    /// it known, so everything from there on waits for that; if nothing is before it, it is parked, and with it, whoever
    /// signed it, what follows it.
    fn check_inbox(&self, peer: PeerId, link: &mut Link) -> Vec<Effect> {
        if link.checking.is_some() || link.inbox.is_empty() {
            return Vec::new();
        }
        let mut frames = 0;
        let mut parcels = Vec::new();
        let parked = link.parked.iter().map(|arrived| arrived.claim.claimed_id(&self.genesis));
        let mut parked: BTreeSet<EntryId> = parked.collect();
        while parcels.len() < CHECKS_MAX
            && let Some(arrived) = link.inbox.pop_front()
        {
            link.inbox_bytes -= arrived.weight;
            frames += u64::from(arrived.ends_frame);
            match self.keys_of(&arrived).filter(|_| !arrived.claim.claims_to_follow(&parked)) {
                Some(key) => {
                    let proof = arrived.proof.into_iter().filter_map(|(claim, body)| {
                        let key = self.key_of(&claim)?;
                        Some(Unchecked::new(claim, Some(body), key))
                    });
                    let proof = proof.collect();
                    parcels.push(Unchecked { claim: arrived.claim, body: arrived.body, key, proof });
                }
                None if !parcels.is_empty() => {
                    frames -= u64::from(arrived.ends_frame);
                    link.inbox_bytes += arrived.weight;
                    link.inbox.push_front(arrived);
                    break;
                }
                None => {
                    parked.insert(arrived.claim.claimed_id(&self.genesis));
                    link.parked_bytes += arrived.weight;
                    link.parked.push(Arrived { ends_frame: false, ..arrived });
                }
            }
        }
        link.checking = Some(frames);
        vec![Effect::Check { peer, parcels }]
    }

    fn key_of(&self, claim: &Claim) -> Option<PublicKey> {
        self.charter.complete(&claim.claimed_author()).map(|author| author.certificate.key)
    }

    /// The key of a parcel's author, once those of everybody who says something in it are known.
    fn keys_of(&self, arrived: &Arrived) -> Option<PublicKey> {
        let are_known = arrived.proof.iter().all(|(claim, _)| self.key_of(claim).is_some());
        self.key_of(&arrived.claim).filter(|_| are_known)
    }

    pub(super) fn checked(
        &mut self,
        now: Now,
        peer: PeerId,
        results: Vec<Result<Checked, ParcelFault>>,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let Some(link) = self.links.get(&peer) else { return Ok(Vec::new()) };
        let Some(session) = &link.session else { return Ok(Vec::new()) };
        let lower = session.lower().clone();
        let is_above = link.peer.as_ref().is_some_and(|who| self.me.unit.is_above(&who.unit));
        let mut admission = self.admission(records);
        let mut fault: Option<PeerFault> = None;
        let mut tips = BTreeSet::new();
        let mut own = BTreeSet::new();
        let mut taken = 0;
        let (mut waits, mut waiting) = (Vec::new(), BTreeSet::new());
        for result in results {
            let Checked { entry, body, proof } = match result {
                Ok(checked) => checked,
                Err(bad) => {
                    fault = Some(bad.into());
                    break;
                }
            };
            let header = entry.header();
            if !is_shared(&lower, &header.scope) {
                fault = Some(HeaderFault::NotShared { home: header.scope.home.to_string() }.into());
                break;
            }
            let is_redacted = is_proved_redacted(&self.charter, &entry, &proof);
            if body.is_none() && !is_redacted {
                fault = Some(ParcelFault::NoBody { author: header.author }.into());
                break;
            }
            // What was taken away is not taken in again, whoever still has it.
            let body = body.filter(|_| !is_redacted);
            let mut before = header.prev.iter().chain(header.after.iter().flatten());
            let offered = match before.any(|id| waiting.contains(id)) {
                true => None,
                false => match admission.offer(&entry, body.clone(), Source::Peer(now)) {
                    // Whether it has its place behind something that cannot be read is known once that can be.
                    Err(RecordsFailure::Damaged(_)) => None,
                    offered => Some(offered?),
                },
            };
            match offered {
                None => {
                    waiting.insert(entry.id());
                    waits.extend(Arrived::again(&entry, body, &proof));
                }
                Some(Outcome::Refused(bad)) => {
                    fault = Some(bad.into());
                    break;
                }
                Some(Outcome::Admitted(_) | Outcome::Held) => {
                    taken += 1;
                    // What the last of a chain confirms need not be said of those before it.
                    if let Some(prev) = &header.prev {
                        tips.remove(prev);
                        own.remove(prev);
                    }
                    tips.insert(entry.id());
                    if self.me.unit.contains(&header.scope.home) {
                        own.insert(entry.id());
                    }
                }
            }
        }
        let (batch, changes) = admission.close();
        let mut effects = self.take_batch(batch, changes, Some(peer));
        if let Some(mut link) = self.links.remove(&peer) {
            // What came behind a fault was not taken: it must not be acknowledged before the session ends.
            link.frames_taken += link.checking.take().filter(|_| fault.is_none()).unwrap_or(0);
            link.parked_bytes += waits.iter().map(|arrived| arrived.weight).sum::<usize>();
            link.parked.append(&mut waits);
            if let Some(session) = &mut link.session {
                session.took(taken);
            }
            // What came from above and belongs here is held above already: ask for that to be signed. What came
            // before everything was settled is asked for then.
            let above = link.peer.as_ref().filter(|who| who.unit.is_above(&self.me.unit));
            if let Some(who) = above.filter(|_| link.settled) {
                let asked = self.ask_for(&who.unit, &own).into_iter();
                effects.extend(asked.map(|frame| Effect::Send { peer, frame }));
            }
            let tips = if is_above { tips.into_iter().collect() } else { Vec::new() };
            self.acknowledge_later(peer, &mut link, tips, &mut effects);
            self.links.insert(peer, link);
        }
        if let Some(fault) = fault {
            effects.extend(self.refuse(peer, fault));
            return Ok(effects);
        }
        effects.extend(self.check_again(peer));
        effects.extend(self.settle(now, peer, records));
        Ok(effects)
    }

    fn check_again(&mut self, peer: PeerId) -> Vec<Effect> {
        let Some(mut link) = self.links.remove(&peer) else { return Vec::new() };
        let mut effects = self.check_inbox(peer, &mut link);
        let parked = link.parked_bytes;
        let author = link.parked.first().map(|arrived| arrived.claim.claimed_author());
        self.links.insert(peer, link);
        let is_full = parked > PARKED_BYTES_MAX;
        if is_full && !self.damaged.is_empty() {
            effects.extend(self.end_quietly(peer, &"what comes before it cannot be read here"));
        } else if let Some(author) = author.filter(|_| is_full) {
            effects.extend(self.refuse(peer, HeaderFault::Certificate { author }.into()));
        }
        effects
    }

    /// Parcels whose author's certificate became complete go on.
    pub(super) fn release_parked(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let peers: Vec<PeerId> = self.links.keys().copied().collect();
        for peer in peers {
            let Some(mut link) = self.links.remove(&peer) else { continue };
            // What follows something that waits waits in its place: parked anew it would come behind what follows it.
            let mut waiting = BTreeSet::new();
            let (waits, goes_on): (Vec<_>, Vec<_>) =
                std::mem::take(&mut link.parked).into_iter().partition(|arrived| {
                    let waits = self.keys_of(arrived).is_none() || arrived.claim.claims_to_follow(&waiting);
                    waiting.extend(waits.then(|| arrived.claim.claimed_id(&self.genesis)));
                    waits
                });
            link.parked_bytes = waits.iter().map(|arrived| arrived.weight).sum();
            link.parked = waits;
            for arrived in goes_on.into_iter().rev() {
                link.inbox_bytes += arrived.weight;
                link.inbox.push_front(arrived);
            }
            effects.extend(self.check_inbox(peer, &mut link));
            self.links.insert(peer, link);
        }
        effects
    }

    /// Once, when everything that differed has been given: asks those above for the receipts that are lacking, and shows
    /// the peer this node's log.
    ///
    /// The step has changed the replica already, so a store that fails now may not fail the step: nothing is said, and
    /// the next input tries again.
    fn settle(&mut self, now: Now, peer: PeerId, records: &dyn Records) -> Vec<Effect> {
        let Some(mut link) = self.links.remove(&peer) else { return Vec::new() };
        let settled = self.settled(now, peer, &mut link, records).unwrap_or_default();
        link.settled |= settled.is_some();
        self.links.insert(peer, link);
        let asked = self.ask_again(peer).into_iter().chain(self.ask_for_chunks(peer, records));
        settled.unwrap_or_default().into_iter().chain(asked).collect()
    }

    fn settled(
        &mut self,
        now: Now,
        peer: PeerId,
        link: &mut Link,
        records: &dyn Records,
    ) -> Result<Option<Vec<Effect>>, RecordsFailure> {
        let (Some(session), Some(who)) = (&link.session, &link.peer) else { return Ok(None) };
        if link.settled || session.stage() != Stage::Live {
            return Ok(None);
        }
        let mut effects = vec![Effect::Tell(Event::Settled { peer, unit: who.unit.clone() })];
        if who.unit.is_above(&self.me.unit) {
            let asked = self.ask_for_lacking(&who.unit, records)?.into_iter();
            effects.extend(asked.map(|frame| Effect::Send { peer, frame }));
        }
        effects.extend(self.ask_witness(peer, link, records)?);
        effects.extend(self.cosign_if_asked(peer, link, records)?);
        effects.extend(self.show_if_due(now, peer, link, records)?);
        self.fix_if_due(now, records, &mut effects)?;
        Ok(Some(effects))
    }
}

/// Reads the parcels of one `Give` frame into the inbox.
fn take_parcels(link: &mut Link, parcels: Vec<Parcel>) -> Result<(), PeerFault> {
    let last = parcels.len().saturating_sub(1);
    if parcels.is_empty() {
        return Err(SessionFault::OutOfTurn("empty give").into());
    }
    for (at, parcel) in parcels.into_iter().enumerate() {
        let weight = parcel.weight();
        let claim = Claim::parse(&parcel.entry).map_err(ParcelFault::from)?;
        let statements = parcel.proof.unwrap_or_default();
        if parcel.body.is_some() != statements.is_empty() || statements.len() > REDACTION_PROOF_MAX {
            return Err(ParcelFault::NoBody { author: claim.claimed_author() }.into());
        }
        let mut proof = Vec::with_capacity(statements.len());
        for statement in statements {
            let claim = Claim::parse(&statement.entry).map_err(ParcelFault::from)?;
            proof.push((claim, Arc::from(statement.body.as_slice())));
        }
        let body = parcel.body.map(|body| Arc::from(body.as_slice()));
        link.inbox_bytes += weight;
        link.inbox.push_back(Arrived { claim, body, proof, weight, ends_frame: at == last });
    }
    if link.inbox_bytes > UNCHECKED_BYTES_MAX {
        return Err(SessionFault::Flood("unacknowledged entries").into());
    }
    Ok(())
}

impl Arrived {
    /// A parcel as it came, once more; none if it cannot be read, which it was.
    fn again(entry: &Entry, body: Option<Arc<[u8]>>, proof: &[Checked]) -> Option<Arrived> {
        let statement = |one: &Checked| Some((Claim::parse(one.entry.bytes()).ok()?, one.body.clone()?));
        let proof = proof.iter().map(statement).collect::<Option<Vec<_>>>()?;
        let bytes = |body: &Option<Arc<[u8]>>| body.as_ref().map_or(0, |body| body.len());
        let weight = entry.bytes().len() + bytes(&body) + proof.iter().map(|(_, body)| body.len()).sum::<usize>();
        Some(Arrived { claim: Claim::parse(entry.bytes()).ok()?, body, proof, weight, ends_frame: false })
    }
}

impl Link {
    /// Whether what this asks for was told before; from now on it was.
    fn has_been_told(&mut self, asked: &Frame) -> bool {
        let told = match asked {
            Frame::GenesisWanted => &mut self.told_genesis,
            _ => &mut self.told_chain,
        };
        std::mem::replace(told, true)
    }
}

fn out_of_turn(what: &'static str) -> Handled {
    Handled::Fault(SessionFault::OutOfTurn(what).into())
}
