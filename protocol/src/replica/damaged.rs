//! Entries this node holds and cannot read any more: asked for again from peers, checked, and written in their place.
//!
//! Nothing is undone by damage: the entry stays in the log, its leaf in the tree, its tip in the digest, for the index knows
//! all of that. What is lost is what it says. So it is shown and given to nobody, what must come behind it waits, nothing
//! is confirmed of its feed, and every peer that may hold it is asked. An id names the very bytes, so that nobody can
//! slip in others.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Checked, Effect, Event, Link, Now, ParcelFault, PeerFault, PeerId, Replica, Unchecked,
    admission::{CharterNews, Source},
    judging::{Veiled, is_proved_redacted},
};
use crate::{
    limits::{AGAIN_IDS_MAX, GIVE_BYTES, REDACTION_PROOF_MAX},
    record::{
        entry::{CertificateId, Claim, EntryId, Scope},
        message::{Frame, Parcel, ReceiptsWant},
        reconcile::{Giving, SessionFault, Sight, is_shared},
    },
    records::{LogIndex, Records, RecordsFailure, find},
    trust::charter::Charter,
};

/// What the index knows of an entry that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lost {
    /// Which.
    pub id: EntryId,
    /// Where it belongs.
    pub scope: Scope,
    /// Whose it is.
    pub author: CertificateId,
    /// When it was found, by the driver's clock: seconds since 1970 UTC.
    pub since_s: i64,
}

/// What a peer was asked for again.
pub(super) struct Asked {
    /// In this order, in the frame that is not answered yet.
    awaited: Option<Vec<(LogIndex, EntryId)>>,
    /// From where on it is asked next.
    from: LogIndex,
    /// Entries of the peer that were not confirmed, or the receipts for which were not handed on, because something could
    /// not be read: they are once it can.
    pub(super) unconfirmed: BTreeSet<EntryId>,
}

impl Default for Asked {
    fn default() -> Asked {
        Asked { awaited: None, from: LogIndex(0), unconfirmed: BTreeSet::new() }
    }
}

impl Replica {
    /// Entries that cannot be read, by their place in the log.
    pub fn damaged(&self) -> impl Iterator<Item = (LogIndex, &Lost)> {
        self.damaged.iter().map(|(at, lost)| (*at, lost))
    }

    /// Whether a feed has an entry that cannot be read: nothing is confirmed of it.
    pub(super) fn is_damaged(&self, scope: &Scope, author: &CertificateId) -> bool {
        self.damaged.values().any(|lost| lost.scope == *scope && lost.author == *author)
    }

    /// Records were found damaged: peers that may hold these entries are asked for them.
    pub(super) fn found_damaged(
        &mut self,
        now: Now,
        entries: Vec<(LogIndex, EntryId)>,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let mut new = BTreeMap::new();
        for (at, id) in entries {
            // Both must be what the index says, or there is nothing to ask for.
            if !self.damaged.contains_key(&at) && find(records, &id)? == Some(at) {
                new.insert(at, id);
            }
        }
        let places = self.frontier.places_of(&new.keys().copied().collect(), records)?;
        let new: Vec<_> = places
            .into_iter()
            .filter_map(|(at, (scope, author))| Some((at, Lost { id: *new.get(&at)?, scope, author, since_s: now.0 })))
            .collect();
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let mut effects = vec![Effect::Tell(Event::Damaged { entries: new.len() })];
        let first = new.iter().map(|(at, _)| *at).min().unwrap_or(LogIndex(0));
        self.damaged.extend(new);
        effects.extend(self.ask_all_again_from(first));
        Ok(effects)
    }

    /// Asks every peer again for all that cannot be read.
    pub(super) fn ask_all_again(&mut self) -> Vec<Effect> {
        self.ask_all_again_from(LogIndex(0))
    }

    fn ask_all_again_from(&mut self, first: LogIndex) -> Vec<Effect> {
        if self.damaged.is_empty() {
            return Vec::new();
        }
        let peers: Vec<PeerId> = self.links.keys().copied().collect();
        let ask = |peer: PeerId| {
            if let Some(link) = self.links.get_mut(&peer) {
                link.again.from = link.again.from.min(first);
            }
            self.ask_again(peer)
        };
        peers.into_iter().filter_map(ask).collect()
    }

    /// Asks a peer for the next of what cannot be read and is shared with it, if it is known to understand.
    pub(super) fn ask_again(&mut self, peer: PeerId) -> Option<Effect> {
        if self.damaged.is_empty() {
            return None;
        }
        let link = self.links.get_mut(&peer)?;
        let lower = link.session.as_ref().filter(|_| link.dialled || link.settled)?.lower();
        let Asked { awaited: None, from, .. } = link.again else { return None };
        let shared = self.damaged.range(from..).filter(|(_, lost)| is_shared(lower, &lost.scope));
        let asked: Vec<_> = shared.take(AGAIN_IDS_MAX).map(|(at, lost)| (*at, lost.id)).collect();
        let last = asked.last()?.0;
        let ids = asked.iter().map(|(_, id)| *id).collect();
        (link.again.awaited, link.again.from) = (Some(asked), LogIndex(last.0 + 1));
        Some(Effect::Send { peer, frame: Frame::AgainWanted(ids) })
    }

    /// A peer cannot read these any more: it is given what is here and shared with it, as far as it fits one frame.
    pub(super) fn again_wanted(
        &self,
        link: &Link,
        ids: &[EntryId],
        records: &dyn Records,
    ) -> Result<Frame, RecordsFailure> {
        let veiled = Veiled::new(records, &self.charter, &self.genesis);
        let mut parcels: Vec<Parcel> = Vec::new();
        let mut weight = 0;
        for id in ids {
            if weight >= GIVE_BYTES {
                break;
            }
            let Some(at) = find(records, id)? else { continue };
            let parcel = match self.entry(at, records) {
                Ok(entry) if link.session.as_ref().is_some_and(|it| is_shared(it.lower(), &entry.header().scope)) => {
                    veiled.parcel(at)
                }
                Ok(_) => continue,
                Err(failure) => Err(failure),
            };
            match parcel {
                Ok(parcel) => {
                    if weight > 0 && weight + parcel.weight() > 2 * GIVE_BYTES {
                        break;
                    }
                    weight += parcel.weight();
                    parcels.push(parcel);
                }
                // It is damaged here too.
                Err(RecordsFailure::Damaged(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(Frame::Again(parcels))
    }

    /// What was asked for again came, as far as the peer has it.
    pub(super) fn again(
        &self,
        link: &mut Link,
        parcels: Vec<Parcel>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), PeerFault> {
        let out_of_turn = || PeerFault::from(SessionFault::OutOfTurn("again"));
        let asked = link.again.awaited.take().ok_or_else(out_of_turn)?;
        let mut rest = asked.into_iter();
        let mut last = None;
        for parcel in parcels {
            let claim = Claim::parse(&parcel.entry).map_err(ParcelFault::from)?;
            let id = claim.clone().reopen(&self.genesis).id();
            let (at, _) = rest.find(|(_, asked)| *asked == id).ok_or_else(out_of_turn)?;
            last = Some(at);
            let author = claim.claimed_author();
            let (parcel, known) = match self.again_unchecked(claim, parcel)? {
                Some(unchecked) => (unchecked.check(&self.genesis)?, self.damaged.get(&at)),
                // Its author's certificate is among what cannot be read: it is asked for once that is here.
                None => continue,
            };
            let is_redacted = is_proved_redacted(&self.charter, &parcel.entry, &parcel.proof);
            if parcel.body.is_none() && !is_redacted {
                return Err(ParcelFault::NoBody { author }.into());
            }
            // What took its words out comes by itself. Until it is here the peer may still lose it, and then nobody would
            // know why they are gone.
            if parcel.body.is_none() && !self.charter.is_redacted(&parcel.entry.id(), parcel.entry.header()) {
                continue;
            }
            if known.is_some_and(|lost| lost.id == id) {
                let body = parcel.body.filter(|_| !is_redacted);
                effects.push(Effect::Mend { at, id, entry: parcel.entry.bytes().clone(), body });
            }
        }
        if let (Some(last), Some(_)) = (last, rest.next()) {
            // Meanwhile there may have been a reason to begin earlier again.
            link.again.from = link.again.from.min(LogIndex(last.0 + 1));
        }
        Ok(())
    }

    /// A parcel with the keys it is to be checked with; none if one of them is not known.
    fn again_unchecked(&self, claim: Claim, parcel: Parcel) -> Result<Option<Unchecked>, PeerFault> {
        let key_of = |claim: &Claim| self.charter.certificate(&claim.claimed_author()).map(|it| it.certificate.key);
        let statements = parcel.proof.unwrap_or_default();
        if parcel.body.is_some() != statements.is_empty() || statements.len() > REDACTION_PROOF_MAX {
            return Err(ParcelFault::NoBody { author: claim.claimed_author() }.into());
        }
        let mut proof = Vec::with_capacity(statements.len());
        for statement in statements {
            let claim = Claim::parse(&statement.entry).map_err(ParcelFault::from)?;
            let Some(key) = key_of(&claim) else { return Ok(None) };
            proof.push(Unchecked::new(claim, Some(Arc::from(statement.body.as_slice())), key));
        }
        let body = parcel.body.map(|body| Arc::from(body.as_slice()));
        Ok(key_of(&claim).map(|key| Unchecked { claim, body, key, proof }))
    }

    /// A damaged record reads again: what waited for it goes on.
    pub(super) fn mended(&mut self, at: LogIndex, records: &dyn Records) -> Result<Vec<Effect>, RecordsFailure> {
        let Some(lost) = self.damaged.get(&at).cloned() else { return Ok(Vec::new()) };
        let mut effects = vec![Effect::Tell(Event::Mended { at, id: lost.id })];
        if self.charter_lacks.contains(&at) {
            let record = records.read(at)?;
            let news = CharterNews::read(&self.entry(at, records)?, record.body.as_deref());
            if news.is_some() {
                self.reload_charter(records)?;
                let subjects = self.charter.subjects_of_redactions().collect();
                effects.extend(self.judge_anew(subjects, true, &[]));
            }
        }
        let was_charter = self.charter_lacks.remove(&at);
        self.damaged.remove(&at);
        effects.extend(self.release_parked());
        // What could not be checked for want of a certificate may be now.
        if was_charter {
            effects.extend(self.ask_all_again());
            effects.extend(self.ask_to_be_shown());
            effects.extend(self.erase(records));
        }
        if self.damaged.is_empty() {
            effects.extend(self.release_withheld(records));
            effects.extend(self.confirm_late(records));
        }
        Ok(effects)
    }

    /// What could not be confirmed, handed on or judged while its feeds could not be read is now. A session in which that
    /// fails ends, and no other.
    fn confirm_late(&mut self, records: &dyn Records) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (peer, mut link) in std::mem::take(&mut self.links) {
            match self.receipts_late(peer, &mut link, records) {
                Ok(late) => {
                    effects.extend(late);
                    self.links.insert(peer, link);
                }
                Err(failure) => effects.extend(self.end_quietly(peer, &failure)),
            }
        }
        effects
    }

    /// Answers a peer below what it had asked for; asks one above, whose receipts may have come in vain.
    fn receipts_late(
        &self,
        peer: PeerId,
        link: &mut Link,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let mut effects = Vec::new();
        let ids: Vec<EntryId> = std::mem::take(&mut link.again.unconfirmed).into_iter().collect();
        if !ids.is_empty() {
            let units = self.nodes_above().into_iter().chain([self.me.unit.clone()]);
            let wants = units.map(|unit| ReceiptsWant { unit, ids: ids.clone(), witnessed: false });
            self.receipts_wanted(peer, link, wants.collect(), records, &mut effects)?;
        }
        let above = link.peer.as_ref().filter(|who| link.settled && who.unit.is_above(&self.me.unit));
        if let Some(who) = above {
            let asked = self.ask_for_lacking(&who.unit, records)?.into_iter();
            effects.extend(asked.map(|frame| Effect::Send { peer, frame }));
        }
        Ok(effects)
    }

    /// Takes in what was read in a damaged journal and may be admitted; the rest is passed over.
    pub(super) fn salvaged(
        &mut self,
        now: Now,
        entries: Vec<(Checked, bool)>,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let mut admission = self.admission(records);
        for (Checked { entry, body, .. }, own) in entries {
            // A body that could not be read is not one that was taken away.
            if body.is_some() || self.charter.is_redacted(&entry.id(), entry.header()) {
                admission.offer(&entry, body, Source::Salvage { now, own })?;
            }
        }
        let (batch, changes) = admission.close();
        Ok(self.take_batch(batch, changes, None))
    }

    /// Gives what waited for entries that could not be read. A session whose entries cannot be read ends, and no other.
    fn release_withheld(&mut self, records: &dyn Records) -> Vec<Effect> {
        let peers: BTreeSet<PeerId> = self.links.keys().copied().collect();
        self.give_more(peers, records, |session, sight| session.release(sight))
    }

    /// Lets sessions give; one that cannot ends.
    pub(super) fn give_more(
        &mut self,
        peers: BTreeSet<PeerId>,
        records: &dyn Records,
        give: impl Fn(&mut crate::record::reconcile::Session, &Sight<'_>) -> Result<Vec<Frame>, RecordsFailure>,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        for peer in peers {
            let veiled = Veiled::new(records, &self.charter, &self.genesis);
            let sight = Sight { genesis: &self.genesis, frontier: &self.frontier, records: &veiled };
            let Some(session) = self.links.get_mut(&peer).and_then(|link| link.session.as_mut()) else { continue };
            match give(session, &sight) {
                Ok(frames) => effects.extend(frames.into_iter().map(|frame| Effect::Send { peer, frame })),
                Err(failure) => effects.extend(self.end_quietly(peer, &failure)),
            }
        }
        effects
    }

    /// Ends a session that this side's store keeps from going on; nobody is accused of it.
    pub(super) fn end_quietly(&mut self, peer: PeerId, why: &dyn std::fmt::Display) -> [Effect; 2] {
        use crate::record::message::{Bye, ByeCode};
        self.links.remove(&peer);
        let bye = Bye { code: ByeCode::STOPPING, detail: why.to_string().chars().take(200).collect() };
        [Effect::Send { peer, frame: Frame::Bye(bye) }, Effect::Close { peer }]
    }

    /// The charter again, from all that can be read of it now.
    fn reload_charter(&mut self, records: &dyn Records) -> Result<(), RecordsFailure> {
        let fresh = Charter::new(self.charter.genesis().clone());
        let before = std::mem::replace(&mut self.charter, fresh);
        let loaded = self.load_charter(records);
        if loaded.is_err() {
            self.charter = before;
        }
        loaded
    }
}
