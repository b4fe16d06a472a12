//! Meeting a peer: hello and answer, and the chain that proves a certificate nobody here knows yet.
//!
//! The transport proved a key; the hello says whose it is, its certificate says what that may do here. A chain is
//! checked against the charter without admitting any of it.

use std::{collections::VecDeque, sync::Arc};

use super::{
    Effect, Event, Handled, Link, Now, Peer, PeerFault, PeerId, Replica, Unchecked,
    admission::{CharterNews, take_in},
};
use crate::{
    record::{
        body::Act,
        entry::{CertificateId, Claim, Hash},
        message::{Frame, Hello, Parcel, VERSION},
        reconcile::{Progress, Session, Stage, is_shared},
    },
    records::{LogIndex, Records, RecordsFailure, indexes, key},
    trust::{
        charter::{Certificate, Role},
        checkpoint::Note,
        confirmed,
        key::PublicKey,
        revocation::Strike,
    },
    work::unit::UnitPath,
};

/// What is known of one peer's session, for pages and verbs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeerStatus {
    /// Its connection.
    pub peer: PeerId,
    /// Where it stands; none before its hello.
    pub unit: Option<UnitPath>,
    /// Its certificate; none before its hello.
    pub certificate: Option<CertificateId>,
    /// How far the session is; none before both hellos.
    pub stage: Option<Stage>,
    /// For progress bars.
    pub progress: Progress,
    /// Entries waiting to be given.
    pub waiting: usize,
    /// Entries that wait for their author's certificate.
    pub parked: usize,
}

impl Replica {
    /// What is known of each session.
    pub fn peers(&self) -> impl Iterator<Item = PeerStatus> {
        self.links.iter().map(|(id, link)| PeerStatus {
            peer: *id,
            unit: link.peer.as_ref().map(|peer| peer.unit.clone()),
            certificate: link.peer.as_ref().map(|peer| peer.certificate),
            stage: link.session.as_ref().map(Session::stage),
            progress: link.session.as_ref().map(Session::progress).unwrap_or_default(),
            waiting: link.session.as_ref().map_or(0, Session::waiting),
            parked: link.parked.len(),
        })
    }

    pub(super) fn connected(
        &mut self,
        peer: PeerId,
        key: PublicKey,
        dialled: bool,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let mut link = Link {
            key,
            dialled,
            since: self.next,
            sent_digest: None,
            pending: None,
            peer: None,
            session: None,
            inbox: VecDeque::new(),
            inbox_bytes: 0,
            parked: Vec::new(),
            parked_bytes: 0,
            checking: None,
            frames_taken: 0,
            settled: false,
            known: None,
            held: None,
            asked: None,
            asked_for: None,
            withheld: None,
            again: Default::default(),
            chunks: Default::default(),
            told_genesis: false,
            told_chain: false,
        };
        let mut effects = Vec::new();
        if dialled {
            // Dialled peers stand above, unless their key is already known to stand elsewhere.
            let known = self.charter.of_key(&key).next();
            let lower = known.and_then(|(_, known)| self.lower(&known.certificate.unit));
            let digest = self.frontier.link_digest(&lower.unwrap_or_else(|| self.me.unit.clone()));
            // Whom this side knew before a part of its charter became unreadable must prove itself again: it may not go on
            // at once as one who agrees, for nothing it says is understood before.
            let may_agree = known.is_some() || self.charter_lacks.is_empty();
            link.sent_digest = may_agree.then_some(digest);
            if let Some((certificate, _)) = known {
                link.held = confirmed::checkpoint_of(certificate, records)?;
            }
            effects.push(Effect::Send { peer, frame: Frame::Hello(self.hello(link.sent_digest, link.held.as_ref())) });
        }
        self.links.insert(peer, link);
        Ok(effects)
    }

    /// The lower of this node's unit and another, or `None` if they are unrelated.
    fn lower(&self, other: &UnitPath) -> Option<UnitPath> {
        if self.me.unit.contains(other) {
            Some(other.clone())
        } else {
            other.contains(&self.me.unit).then(|| self.me.unit.clone())
        }
    }

    fn hello(&self, digest: Option<Hash>, held: Option<&Note>) -> Hello {
        Hello {
            version: VERSION,
            genesis: self.genesis,
            certificate: self.me.certificate,
            unit: self.me.unit.clone(),
            digest,
            wanted: 0,
            checkpoint: held.map(|held| held.claimed().log_head()),
        }
    }

    /// Both hellos are known, or the peer's certificate is not: then its chain is asked for.
    #[expect(clippy::too_many_arguments, reason = "one meeting, told once")]
    pub(super) fn met(
        &mut self,
        now: Now,
        id: PeerId,
        link: &mut Link,
        hello: Hello,
        chain: Option<Vec<Parcel>>,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<Handled, RecordsFailure> {
        if hello.version != VERSION {
            return Ok(Handled::Fault(PeerFault::Version { found: hello.version }));
        }
        if hello.genesis != self.genesis {
            let (expected, found) = (self.genesis.0, hello.genesis.0);
            return Ok(Handled::Fault(PeerFault::Genesis { expected, found }));
        }
        let fault = |reason| Ok(Handled::Fault(PeerFault::Certificate { certificate: hello.certificate, reason }));
        let known = self.charter.complete(&hello.certificate).map(|known| known.certificate.clone());
        if let Some(strike) = self.charter.dead(&hello.certificate) {
            return fault(why_dead(&strike));
        }
        let certificate = match (known, chain) {
            (Some(certificate), _) => certificate,
            (None, None) => {
                link.pending = Some(hello);
                effects.push(Effect::Send { peer: id, frame: Frame::ChainWanted });
                return Ok(Handled::Done);
            }
            (None, Some(parcels)) => match self.prove(&hello.certificate, parcels) {
                Ok(certificate) => certificate,
                // What it rests on may be what this side cannot read.
                Err(reason) => return self.charter_reads().and_then(|()| fault(reason)),
            },
        };
        if certificate.key != link.key {
            return fault("is not of the key the transport proved");
        }
        if certificate.unit != hello.unit {
            return fault("is of another unit than it says");
        }
        if !may_synchronise(&certificate) {
            return fault("is neither a node's nor a join token's");
        }
        if !certificate.has(Role::NODE) && certificate.not_after_s < now.0 {
            return fault("is of a join token that has expired");
        }
        let Some(lower) = self.lower(&certificate.unit) else {
            return Ok(Handled::Fault(PeerFault::Unrelated { unit: certificate.unit }));
        };
        let digest = self.frontier.link_digest(&lower);
        let mine = if link.dialled {
            link.sent_digest
        } else {
            link.since = self.next;
            link.held = confirmed::checkpoint_of(&hello.certificate, records)?;
            let hello = self.hello(Some(digest), link.held.as_ref());
            effects.push(Effect::Send { peer: id, frame: Frame::Hello(hello) });
            Some(digest)
        };
        // What this side named was another certificate's, of the same key.
        link.held = link.held.take().filter(|held| held.claimed().log.node == hello.certificate);
        self.judge_known(id, link, hello.checkpoint, records, effects)?;
        // Who does not know this node's certificate yet would not understand it now.
        if link.dialled || hello.checkpoint.is_some() {
            effects.extend(self.ask_witness(id, link, records)?);
        }
        let agreed = mine.is_some() && hello.digest == mine;
        let (mut session, first) = Session::begin(lower, link.dialled, agreed);
        for at in link.since.0..self.next.0 {
            let at = LogIndex(at);
            let scope = match self.entry(at, records) {
                Ok(entry) => Some(entry.header().scope.clone()),
                Err(RecordsFailure::Damaged(_)) => self.frontier.scope_of(at, records)?,
                Err(failure) => return Err(failure),
            };
            if scope.is_some_and(|scope| is_shared(session.lower(), &scope)) {
                let _ = session.push(at);
            }
        }
        effects.extend(first.into_iter().map(|frame| Effect::Send { peer: id, frame }));
        effects.push(Effect::Tell(Event::Met { peer: id, unit: certificate.unit.clone(), agreed }));
        let frames = session.pump(&self.sight(&self.veiled(records)))?;
        effects.extend(frames.into_iter().map(|frame| Effect::Send { peer: id, frame }));
        link.peer = Some(Peer { certificate: hello.certificate, key: certificate.key, unit: certificate.unit });
        link.session = Some(session);
        Ok(Handled::Done)
    }

    /// Checks a chain of certificate acts against the charter without admitting any of it.
    fn prove(&self, wanted: &CertificateId, parcels: Vec<Parcel>) -> Result<Certificate, &'static str> {
        if parcels.len() > crate::limits::CHAIN_MAX {
            return Err("has a chain that is too long");
        }
        let mut charter = self.charter.clone();
        for parcel in parcels {
            let claim = Claim::parse(&parcel.entry).map_err(|_| "has a malformed chain")?;
            let author = charter.complete(&claim.claimed_author()).ok_or("has a chain that does not begin here")?;
            let key = author.certificate.key;
            let body = parcel.body.map(|body| Arc::from(body.as_slice()));
            let checked = Unchecked::new(claim, body, key).check(&self.genesis).map_err(|_| "has a forged chain")?;
            if crate::trust::authority::may_sign(&charter, checked.entry.header()).is_err() {
                return Err("has an unlawful chain");
            }
            let news = CharterNews::read(&checked.entry, checked.body.as_deref());
            let proves = |act: &Act| matches!(act, Act::Certify(_) | Act::Endorse { .. } | Act::ReplaceRoot { .. });
            let news = news.filter(|news| news.act.as_ref().is_some_and(proves)).ok_or("has an unlawful chain")?;
            take_in(&mut charter, vec![news]);
        }
        let known = charter.complete(wanted).ok_or("is not proved by its chain")?;
        match charter.dead(wanted) {
            None => Ok(known.certificate.clone()),
            Some(strike) => Err(why_dead(&strike)),
        }
    }

    /// Whether the whole charter could be read; if not, which record could not.
    fn charter_reads(&self) -> Result<(), RecordsFailure> {
        self.charter_lacks.first().map_or(Ok(()), |at| Err(RecordsFailure::Damaged(*at)))
    }

    /// The acts that prove this node's certificate, endorsements included.
    pub(super) fn chain(&self, records: &dyn Records) -> Result<Vec<Parcel>, RecordsFailure> {
        // Half a chain would make it look like somebody who pretends.
        if self.charter.complete(&self.me.certificate).is_none() {
            self.charter_reads()?;
        }
        let mut parcels = Vec::new();
        for id in self.charter.chain(&self.me.certificate) {
            let Some(at) = crate::records::find(records, &id)? else { continue };
            let document = self.entry(at, records)?.header().document();
            for at in indexes(records, &key::document_log_prefix(&document))? {
                // Of what else anybody wrote into the document, only what the chain stands on.
                let record = records.read(at)?;
                let entry = self.entry(at, records)?;
                let proves = match CharterNews::read(&entry, record.body.as_deref()) {
                    Some(CharterNews { id: begins, act: Some(Act::Certify(_) | Act::ReplaceRoot { .. }), .. }) => {
                        begins == id
                    }
                    Some(CharterNews { header, act: Some(Act::Endorse { subject }), .. }) => {
                        subject == id && self.charter.is_endorsed_by(&id, &header.author)
                    }
                    _ => false,
                };
                if proves {
                    parcels.push(Parcel::new(&record.entry, record.body.as_ref()));
                }
            }
        }
        parcels.truncate(crate::limits::CHAIN_MAX);
        Ok(parcels)
    }
}

/// What is wrong with a certificate that is dead.
pub(super) fn why_dead(strike: &Strike) -> &'static str {
    match strike {
        Strike::Revoked { .. } => "is revoked",
        Strike::Issue => "was issued by somebody whose word is struck",
        Strike::Endorsement => "was endorsed by somebody whose word is struck",
        Strike::Root { .. } => "is of a root that was handed over",
    }
}

/// A node's certificate, or a join token's.
fn may_synchronise(certificate: &Certificate) -> bool {
    let may_join = |certificate: &Certificate| {
        certificate.roles.is_empty()
            && certificate.may_issue.as_ref().is_some_and(|issue| issue.roles.contains(&Role::NODE))
    };
    certificate.has(Role::NODE) || may_join(certificate)
}
