//! The one door: a replica takes one input at a time and says what should happen.
//!
//! The simulator, the node and the offline verifier drive this one type. Time comes in as an argument, stored things
//! are read through a borrowed view, effects come out as values in the order in which they are to be done: what
//! follows a [`Effect::Store`] waits until that is durable. Keys never enter. Source: architecture §7.

mod admission;
mod reading;
mod writing;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use thiserror::Error;

use self::admission::{Admission, Changes, CharterNews, Outcome, Source, take_in};
pub use self::{
    reading::Said,
    writing::{Draft, Unsigned, WriteError, WriteRefusal},
};
use crate::{
    limits::{COMPARE_ITEMS_MAX, PARKED_BYTES_MAX, UNCHECKED_BYTES_MAX},
    record::{
        body::{Act, BodyFault},
        entry::{CertificateId, Claim, ClaimFault, Entry, EntryId, Hash, Scope},
        feed::HeaderFault,
        frontier::Frontier,
        message::{Ack, Bye, ByeCode, Frame, FrameFault, Hello, Parcel, VERSION},
        reconcile::{Progress, Session, SessionError, SessionFault, Sight, Stage, is_shared},
    },
    records::{Batch, Fact, FeedKey, LogIndex, Records, RecordsFailure, indexes, key},
    trust::{
        charter::{Certificate, Charter, Role},
        confirmed,
        genesis::GenesisHash,
        key::PublicKey,
        receipt::{ReceiptFault, SignedReceipt},
    },
    work::unit::UnitPath,
};

/// Names one connection while it lasts; given by the driver, never twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PeerId(pub u64);

/// Names one request of the driver until its reply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(pub u64);

/// The driver's clock, never going backwards: seconds since 1970 UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Now(pub i64);

/// Who this node is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Me {
    /// The certificate its transport key proves: a node's, or a join token's.
    pub certificate: CertificateId,
    /// Where it stands.
    pub unit: UnitPath,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// A connection stands and the transport proved the peer's key.
    Connected {
        /// Its name from now on.
        peer: PeerId,
        /// The proven key.
        key: PublicKey,
        /// Whether this side dialled, and so speaks first.
        dialled: bool,
    },
    /// A frame came.
    Received {
        /// From whom.
        peer: PeerId,
        /// The frame, without the length before it.
        frame: Vec<u8>,
    },
    /// [`Effect::Check`] is done.
    Checked {
        /// Whose parcels they were.
        peer: PeerId,
        /// In the order asked.
        results: Vec<Result<Checked, ParcelFault>>,
    },
    /// The batch of an [`Effect::Store`] is readable in `records` from now on.
    Stored,
    /// The connection is gone.
    Disconnected {
        /// Which.
        peer: PeerId,
    },
    /// An officer of this node signed something prepared by [`Replica::draft`].
    Submit {
        /// For the reply.
        ticket: Ticket,
        /// The entry.
        entry: Entry,
        /// Its body.
        body: Arc<[u8]>,
    },
}

/// What should happen, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Make this readable in `records` and come back with [`Input::Stored`] before any other input, and make it
    /// durable before any later effect is done, those of other steps included. If that fails, none of them may be
    /// done, and the replica is to be opened again from what is durable.
    Store(Batch),
    /// Check these signatures and bodies, on all cores, and come back with [`Input::Checked`].
    Check {
        /// For the answer.
        peer: PeerId,
        /// In order.
        parcels: Vec<Unchecked>,
    },
    /// Send this frame.
    Send {
        /// To whom.
        peer: PeerId,
        /// What.
        frame: Frame,
    },
    /// Acknowledge, with a receipt signed by the node's key where tips are named.
    Acknowledge {
        /// To whom.
        peer: PeerId,
        /// `Give` frames taken in this session.
        frames: u64,
        /// Entries held, ascending; empty: no receipt.
        tips: Vec<EntryId>,
    },
    /// End the connection.
    Close {
        /// Which.
        peer: PeerId,
    },
    /// Answer the driver's request.
    Reply {
        /// Which request.
        ticket: Ticket,
        /// The entry's place, or why not.
        result: Result<LogIndex, HeaderFault>,
    },
    /// Tell people, logs and counters.
    Tell(Event),
}

/// Something worth telling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Entries were admitted, from this log index to before that one.
    Admitted {
        /// The first.
        from: LogIndex,
        /// One past the last.
        to: LogIndex,
    },
    /// A feed branched between epochs.
    Branched {
        /// Whose scope.
        scope: Scope,
        /// Whose feed.
        author: CertificateId,
        /// The entry that made it branch.
        id: EntryId,
    },
    /// A feed forked within one epoch: evidence, not guilt.
    Forked {
        /// Whose scope.
        scope: Scope,
        /// Whose feed.
        author: CertificateId,
        /// The entry that came second.
        id: EntryId,
        /// The entry it contradicts.
        other: EntryId,
    },
    /// A one-use join certificate certified a second node.
    TokenReused {
        /// The join certificate.
        token: CertificateId,
    },
    /// A session began.
    Met {
        /// With whom.
        peer: PeerId,
        /// Where it stands.
        unit: UnitPath,
        /// Whether both held the same already.
        agreed: bool,
    },
    /// Everything that differed was given and acknowledged, or there was nothing.
    Settled {
        /// With whom.
        peer: PeerId,
        /// Where it stands.
        unit: UnitPath,
    },
    /// A node above confirmed entries.
    Confirmed {
        /// Who.
        holder: CertificateId,
        /// How many tips.
        tips: usize,
    },
    /// A peer did what no honest peer does, or may not be here; the session ends.
    Refused {
        /// Which.
        peer: PeerId,
        /// What it did.
        fault: PeerFault,
    },
    /// The peer ended the session and said why.
    Ended {
        /// Which.
        peer: PeerId,
        /// Its words.
        bye: Bye,
    },
}

/// A parcel to be checked: stateless, for all cores.
#[derive(Debug)]
pub struct Unchecked {
    claim: Claim,
    body: Option<Arc<[u8]>>,
    key: PublicKey,
}

/// A parcel whose signature and body hold.
#[derive(Debug, Clone)]
pub struct Checked {
    entry: Entry,
    body: Option<Arc<[u8]>>,
}

/// What is wrong with a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParcelFault {
    /// Its entry.
    #[error(transparent)]
    Claim(#[from] ClaimFault),
    /// Its body.
    #[error(transparent)]
    Body(#[from] BodyFault),
    /// It came without its body. Nothing of this version takes bodies away or asks for them later, so taking the entry
    /// would be to lose what it says while confirming to hold it.
    #[error("entry by {author} came without its body")]
    NoBody {
        /// The certificate it names.
        author: CertificateId,
    },
}

/// What a peer did.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PeerFault {
    /// Another protocol version.
    #[error("peer speaks protocol version {found}, this node {VERSION}")]
    Version {
        /// The peer's.
        found: u16,
    },
    /// Another tree.
    #[error("peer is of tree {found}, this node of {expected}")]
    Genesis {
        /// Ours.
        expected: Hash,
        /// The peer's.
        found: Hash,
    },
    /// Not a certificate that may synchronise here.
    #[error("peer's certificate {certificate} {reason}")]
    Certificate {
        /// The one it named.
        certificate: CertificateId,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Neither unit contains the other.
    #[error("peer stands at {unit}, neither above nor below this node")]
    Unrelated {
        /// Where it stands.
        unit: UnitPath,
    },
    /// A bad frame.
    #[error(transparent)]
    Frame(#[from] FrameFault),
    /// A frame out of place.
    #[error(transparent)]
    Session(#[from] SessionFault),
    /// A bad parcel.
    #[error(transparent)]
    Parcel(#[from] ParcelFault),
    /// A bad header.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// A bad receipt.
    #[error(transparent)]
    Receipt(#[from] ReceiptFault),
    /// It reads too slowly.
    #[error("peer reads too slowly")]
    TooSlow,
}

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

/// The state of one node, as the entries it admitted make it.
pub struct Replica {
    me: Me,
    genesis: GenesisHash,
    charter: Charter,
    frontier: Frontier,
    next: LogIndex,
    start_seed: [u8; 32],
    own: BTreeMap<FeedKey, EntryId>,
    links: BTreeMap<PeerId, Link>,
    /// Peers with entries to give that became readable with the last stored batch.
    pump_due: BTreeSet<PeerId>,
}

/// One connection.
#[derive(Clone)]
struct Link {
    key: PublicKey,
    dialled: bool,
    /// Log index when our hello's digest was made: what came later is pushed.
    since: LogIndex,
    sent_digest: Option<Hash>,
    /// The peer's hello, while its certificate is unknown.
    pending: Option<Hello>,
    peer: Option<Peer>,
    session: Option<Session>,
    inbox: VecDeque<Arrived>,
    inbox_bytes: usize,
    parked: Vec<Arrived>,
    parked_bytes: usize,
    /// Frames whose parcels are being checked; none if nothing is.
    checking: Option<u64>,
    frames_taken: u64,
    settled: bool,
}

#[derive(Clone)]
struct Peer {
    certificate: CertificateId,
    key: PublicKey,
    unit: UnitPath,
}

/// A parcel that came and was not checked yet.
#[derive(Clone)]
struct Arrived {
    claim: Claim,
    body: Option<Arc<[u8]>>,
    weight: usize,
    /// Whether the `Give` frame ends with it.
    ends_frame: bool,
}

/// How a frame was handled.
enum Handled {
    Done,
    Fault(PeerFault),
}

/// Parcels checked in one go: enough for all cores, few enough for steady progress.
const CHECKS_MAX: usize = 1024;

impl Unchecked {
    /// A parcel as it came, and the key of the author it names.
    #[must_use]
    pub fn new(claim: Claim, body: Option<Arc<[u8]>>, key: PublicKey) -> Unchecked {
        Unchecked { claim, body, key }
    }

    /// Checks signature and body.
    ///
    /// # Errors
    ///
    /// [`ParcelFault`].
    pub fn check(self, genesis: &GenesisHash) -> Result<Checked, ParcelFault> {
        let entry = self.claim.verify(genesis, &self.key)?;
        match &self.body {
            Some(body) if Hash::of(body) != entry.header().body => Err(BodyFault::Another.into()),
            _ => Ok(Checked { entry, body: self.body }),
        }
    }
}

impl Checked {
    /// Which entry it is.
    #[must_use]
    pub fn id(&self) -> EntryId {
        self.entry.id()
    }
}

impl Replica {
    /// Handles one input. Effects are to be done in order.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`] if the store could not be read; nothing changed then.
    pub fn step(&mut self, now: Now, input: Input, records: &dyn Records) -> Result<Vec<Effect>, RecordsFailure> {
        match input {
            Input::Connected { peer, key, dialled } => Ok(self.connected(peer, key, dialled)),
            Input::Received { peer, frame } => self.received(now, peer, &frame, records),
            Input::Checked { peer, results } => self.checked(peer, results, records),
            Input::Stored => self.stored(records),
            Input::Disconnected { peer } => {
                self.links.remove(&peer);
                Ok(Vec::new())
            }
            Input::Submit { ticket, entry, body } => self.submit(ticket, &entry, body, records),
        }
    }

    /// Admits one entry outside of any session: for whoever verifies a store from its beginning. The batch is to be
    /// stored before the next one; it is empty if the entry was held already.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`]; inside, why the header is refused.
    pub fn admit(
        &mut self,
        checked: &Checked,
        records: &dyn Records,
    ) -> Result<Result<Batch, HeaderFault>, RecordsFailure> {
        let mut admission = Admission::new(&self.genesis, &self.charter, &self.frontier, records, self.next);
        if let Outcome::Refused(fault) = admission.offer(&checked.entry, checked.body.clone(), Source::Peer)? {
            return Ok(Err(fault));
        }
        let (batch, changes) = admission.close();
        self.next = changes.next;
        changes.apply(&mut self.frontier, &mut self.charter);
        Ok(Ok(batch))
    }

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

    fn sight<'a>(&'a self, records: &'a dyn Records) -> Sight<'a> {
        Sight { genesis: &self.genesis, frontier: &self.frontier, records }
    }

    // --- meeting

    fn connected(&mut self, peer: PeerId, key: PublicKey, dialled: bool) -> Vec<Effect> {
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
        };
        let mut effects = Vec::new();
        if dialled {
            // Dialled peers stand above, unless their key is already known to stand elsewhere.
            let lower = self.charter.of_key(&key).map(|(_, known)| self.lower(&known.certificate.unit)).next();
            let digest = self.frontier.link_digest(&lower.flatten().unwrap_or_else(|| self.me.unit.clone()));
            link.sent_digest = Some(digest);
            effects.push(Effect::Send { peer, frame: Frame::Hello(self.hello(Some(digest))) });
        }
        self.links.insert(peer, link);
        effects
    }

    /// The lower of this node's unit and another, or `None` if they are unrelated.
    fn lower(&self, other: &UnitPath) -> Option<UnitPath> {
        if self.me.unit.contains(other) {
            Some(other.clone())
        } else {
            other.contains(&self.me.unit).then(|| self.me.unit.clone())
        }
    }

    fn hello(&self, digest: Option<Hash>) -> Hello {
        Hello {
            version: VERSION,
            genesis: self.genesis,
            certificate: self.me.certificate,
            unit: self.me.unit.clone(),
            digest,
            wanted: 0,
            checkpoint_size: None,
        }
    }

    fn received(
        &mut self,
        now: Now,
        peer: PeerId,
        bytes: &[u8],
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        // A frame may still be on its way when a session was ended: not an error.
        let Some(link) = self.links.get(&peer) else { return Ok(Vec::new()) };
        // On a copy, so that a failing store leaves the session as it was.
        let mut link = link.clone();
        let mut effects = Vec::new();
        let handled = match Frame::parse(bytes) {
            Ok(frame) => self.handle(now, peer, &mut link, frame, records, &mut effects)?,
            Err(fault) => Handled::Fault(fault.into()),
        };
        self.links.insert(peer, link);
        match handled {
            Handled::Done => {
                effects.extend(self.settle(peer, records));
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
            Frame::GenesisWanted => {
                let genesis = crate::record::cbor::encode(self.charter.genesis());
                effects.push(Effect::Send { peer, frame: Frame::Genesis(genesis.into()) });
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

    /// Both hellos are known, or the peer's certificate is not: then its chain is asked for.
    #[expect(clippy::too_many_arguments, reason = "one meeting, told once")]
    fn met(
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
        let certificate = match (known, chain) {
            (Some(certificate), _) => certificate,
            (None, None) => {
                link.pending = Some(hello);
                effects.push(Effect::Send { peer: id, frame: Frame::ChainWanted });
                return Ok(Handled::Done);
            }
            (None, Some(parcels)) => match self.prove(&hello.certificate, parcels) {
                Ok(certificate) => certificate,
                Err(reason) => return fault(reason),
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
            link.sent_digest.unwrap_or(digest)
        } else {
            link.since = self.next;
            effects.push(Effect::Send { peer: id, frame: Frame::Hello(self.hello(Some(digest))) });
            digest
        };
        let agreed = hello.digest == Some(mine);
        let (mut session, first) = Session::begin(lower, link.dialled, agreed);
        for at in link.since.0..self.next.0 {
            let at = LogIndex(at);
            if is_shared(session.lower(), &self.entry(at, records)?.header().scope) {
                let _ = session.push(at);
            }
        }
        effects.extend(first.into_iter().map(|frame| Effect::Send { peer: id, frame }));
        effects.push(Effect::Tell(Event::Met { peer: id, unit: certificate.unit.clone(), agreed }));
        let frames = session.pump(&self.sight(records))?;
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
            let checked = Unchecked { claim, body, key }.check(&self.genesis).map_err(|_| "has a forged chain")?;
            if crate::trust::authority::may_sign(&charter, checked.entry.header()).is_err() {
                return Err("has an unlawful chain");
            }
            let news = CharterNews::read(&checked.entry, checked.body.as_deref()).ok_or("has an unlawful chain")?;
            take_in(&mut charter, vec![news]);
        }
        let known = charter.complete(wanted).ok_or("is not proved by its chain")?;
        Ok(known.certificate.clone())
    }

    /// The acts that prove this node's certificate, endorsements included.
    fn chain(&self, records: &dyn Records) -> Result<Vec<Parcel>, RecordsFailure> {
        let mut parcels = Vec::new();
        for id in self.charter.chain(&self.me.certificate) {
            let Some(at) = crate::records::find(records, &id)? else { continue };
            let document = self.entry(at, records)?.header().document();
            for at in indexes(records, &key::document_log_prefix(&document))? {
                // Of what else anybody wrote into the document, only what the chain stands on.
                let record = records.read(at)?;
                let entry = self.entry(at, records)?;
                let proves = match CharterNews::read(&entry, record.body.as_deref()) {
                    Some(CharterNews { id: certify, act: Act::Certify(_), .. }) => certify == id,
                    Some(CharterNews { header, act: Act::Endorse { subject }, .. }) => {
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

    // --- in session

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
        let sight = Sight { genesis: &self.genesis, frontier: &self.frontier, records };
        let frames = match frame {
            Frame::OutlinesWanted(wanted) => session.outlines_wanted(wanted, &sight).map_err(SessionError::from),
            Frame::Outlined(stretch, part, last) => session.outlined(&stretch, part, last, &sight),
            Frame::Tips(tips) => session.tips(tips, &sight),
            Frame::Wanted(wants) => session.wanted(wants, &sight).map(|()| Vec::new()),
            Frame::Ready(totals) => session.ready(totals, &sight),
            Frame::Give(parcels) => {
                if let Err(fault) = take_parcels(link, parcels) {
                    return Ok(Handled::Fault(fault));
                }
                effects.extend(self.check_inbox(peer, link));
                return Ok(Handled::Done);
            }
            Frame::Ack(Ack { frames, receipt }) => {
                let certificate = who.certificate;
                let key = who.key;
                let above = who.unit.is_above(&self.me.unit);
                let answered = session.acked(frames, &sight);
                if let (Some(bytes), true) = (receipt, above)
                    && let Err(fault) = self.confirmed(&bytes, certificate, &key, records, effects)?
                {
                    return Ok(Handled::Fault(fault.into()));
                }
                answered
            }
            Frame::ReceiptsWanted(ids) => {
                let asked: BTreeSet<EntryId> = ids.into_iter().collect();
                let mut tips = Vec::new();
                for id in asked.into_iter().filter(|_| self.me.unit.is_above(&who.unit)) {
                    if let Some(at) = crate::records::find(records, &id)?
                        && is_shared(session.lower(), &self.entry(at, records)?.header().scope)
                    {
                        tips.push(id);
                    }
                }
                if !tips.is_empty() {
                    effects.push(Effect::Acknowledge { peer, frames: link.frames_taken, tips });
                }
                return Ok(Handled::Done);
            }
            // Nothing of this version asks for these yet: a peer that has them may say so, to no effect.
            Frame::Checkpoint(_) | Frame::BodiesWanted(_) | Frame::ChunksWanted(_) => Ok(Vec::new()),
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

    /// Asks for checks of what came, as far as the authors' keys are known. Where one is not, what came before may make
    /// it known, so everything from there on waits for that; if nothing is before it, it is parked.
    fn check_inbox(&self, peer: PeerId, link: &mut Link) -> Vec<Effect> {
        if link.checking.is_some() || link.inbox.is_empty() {
            return Vec::new();
        }
        let mut frames = 0;
        let mut parcels = Vec::new();
        while parcels.len() < CHECKS_MAX
            && let Some(arrived) = link.inbox.pop_front()
        {
            link.inbox_bytes -= arrived.weight;
            frames += u64::from(arrived.ends_frame);
            match self.charter.complete(&arrived.claim.claimed_author()) {
                Some(author) => {
                    let key = author.certificate.key;
                    parcels.push(Unchecked { claim: arrived.claim, body: arrived.body, key });
                }
                None if !parcels.is_empty() => {
                    frames -= u64::from(arrived.ends_frame);
                    link.inbox_bytes += arrived.weight;
                    link.inbox.push_front(arrived);
                    break;
                }
                None => {
                    link.parked_bytes += arrived.weight;
                    link.parked.push(Arrived { ends_frame: false, ..arrived });
                }
            }
        }
        link.checking = Some(frames);
        vec![Effect::Check { peer, parcels }]
    }

    fn checked(
        &mut self,
        peer: PeerId,
        results: Vec<Result<Checked, ParcelFault>>,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        let Some(link) = self.links.get(&peer) else { return Ok(Vec::new()) };
        let Some(session) = &link.session else { return Ok(Vec::new()) };
        let lower = session.lower().clone();
        let is_above = link.peer.as_ref().is_some_and(|who| self.me.unit.is_above(&who.unit));
        let mut admission = Admission::new(&self.genesis, &self.charter, &self.frontier, records, self.next);
        let mut fault: Option<PeerFault> = None;
        let mut tips = BTreeSet::new();
        let mut own = BTreeSet::new();
        let mut taken = 0;
        for result in results {
            let Checked { entry, body } = match result {
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
            match admission.offer(&entry, body, Source::Peer)? {
                Outcome::Refused(bad) => {
                    fault = Some(bad.into());
                    break;
                }
                Outcome::Admitted(_) | Outcome::Held => {
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
        if let Some(link) = self.links.get_mut(&peer) {
            link.frames_taken += link.checking.take().unwrap_or(0);
            if let Some(session) = &mut link.session {
                session.took(taken);
            }
            // What came from above and belongs here is held above already: ask for that to be signed. What came
            // before everything was settled is asked for then.
            let from_above = link.peer.as_ref().is_some_and(|who| who.unit.is_above(&self.me.unit));
            if from_above && link.settled {
                let own: Vec<EntryId> = own.into_iter().collect();
                let asked = own.chunks(COMPARE_ITEMS_MAX).map(|ids| Frame::ReceiptsWanted(ids.to_vec()));
                effects.extend(asked.map(|frame| Effect::Send { peer, frame }));
            }
            let tips = if is_above { tips.into_iter().collect() } else { Vec::new() };
            effects.push(Effect::Acknowledge { peer, frames: link.frames_taken, tips });
        }
        if let Some(fault) = fault {
            effects.extend(self.refuse(peer, fault));
            return Ok(effects);
        }
        effects.extend(self.check_again(peer));
        effects.extend(self.settle(peer, records));
        Ok(effects)
    }

    fn check_again(&mut self, peer: PeerId) -> Vec<Effect> {
        let Some(mut link) = self.links.remove(&peer) else { return Vec::new() };
        let mut effects = self.check_inbox(peer, &mut link);
        let parked = link.parked_bytes;
        let author = link.parked.first().map(|arrived| arrived.claim.claimed_author());
        self.links.insert(peer, link);
        if let Some(author) = author.filter(|_| parked > PARKED_BYTES_MAX) {
            effects.extend(self.refuse(peer, HeaderFault::Certificate { author }.into()));
        }
        effects
    }

    fn submit(
        &mut self,
        ticket: Ticket,
        entry: &Entry,
        body: Arc<[u8]>,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        if !self.keeps(&entry.header().scope) {
            let result = Err(HeaderFault::NotShared { home: entry.header().scope.home.to_string() });
            return Ok(vec![Effect::Reply { ticket, result }]);
        }
        let mut admission = Admission::new(&self.genesis, &self.charter, &self.frontier, records, self.next);
        let result = match admission.offer(entry, Some(body), Source::Own)? {
            Outcome::Admitted(at) => Ok(at),
            Outcome::Refused(fault) => Err(fault),
            Outcome::Held => Ok(crate::records::find(records, &entry.id())?.unwrap_or(self.next)),
        };
        let (batch, changes) = admission.close();
        let mut effects = self.take_batch(batch, changes, None);
        effects.push(Effect::Reply { ticket, result });
        Ok(effects)
    }

    /// Applies a batch, pushes what is new to the peers that share it and releases what waited for a certificate.
    fn take_batch(&mut self, batch: Batch, mut changes: Changes, from: Option<PeerId>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if batch.facts.is_empty() {
            return effects;
        }
        let (first, next) = (batch.first, changes.next);
        let admitted = std::mem::take(&mut changes.admitted);
        let events = std::mem::take(&mut changes.events);
        effects.push(Effect::Store(batch));
        self.next = next;
        self.own.append(&mut changes.own);
        let completed = changes.apply(&mut self.frontier, &mut self.charter);
        effects.extend(events.into_iter().map(Effect::Tell));
        effects.extend(self.reused_tokens(&completed).into_iter().map(Effect::Tell));
        effects.push(Effect::Tell(Event::Admitted { from: first, to: next }));
        let mut slow = Vec::new();
        let mut pushed = BTreeSet::new();
        for (id, link) in self.links.iter_mut().filter(|(id, _)| Some(**id) != from) {
            let Some(session) = &mut link.session else { continue };
            for (at, _, scope) in &admitted {
                if is_shared(session.lower(), scope) {
                    pushed.insert(*id);
                    if !session.push(*at) {
                        slow.push(*id);
                        break;
                    }
                }
            }
        }
        // The new entries are not in `records` before the batch is: they are given after `Input::Stored`.
        self.pump_due.append(&mut pushed);
        for peer in slow {
            effects.extend(self.refuse(peer, PeerFault::TooSlow));
        }
        if !completed.is_empty() {
            effects.extend(self.release_parked());
        }
        effects
    }

    /// Gives the entries that became readable.
    fn stored(&mut self, records: &dyn Records) -> Result<Vec<Effect>, RecordsFailure> {
        let mut effects = Vec::new();
        let sight = Sight { genesis: &self.genesis, frontier: &self.frontier, records };
        let mut pumped = Vec::new();
        for peer in &self.pump_due {
            let Some(session) = self.links.get(peer).and_then(|link| link.session.as_ref()) else { continue };
            let mut session = session.clone();
            let frames = session.pump(&sight)?;
            effects.extend(frames.into_iter().map(|frame| Effect::Send { peer: *peer, frame }));
            pumped.push((*peer, session));
        }
        for (peer, session) in pumped {
            if let Some(link) = self.links.get_mut(&peer) {
                link.session = Some(session);
            }
        }
        self.pump_due.clear();
        Ok(effects)
    }

    /// Parcels whose author's certificate became complete go on.
    fn release_parked(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let peers: Vec<PeerId> = self.links.keys().copied().collect();
        for peer in peers {
            let Some(mut link) = self.links.remove(&peer) else { continue };
            let parked = std::mem::take(&mut link.parked);
            let (known, unknown): (Vec<_>, Vec<_>) = parked
                .into_iter()
                .partition(|arrived| self.charter.complete(&arrived.claim.claimed_author()).is_some());
            link.parked_bytes = unknown.iter().map(|arrived| arrived.weight).sum();
            link.parked = unknown;
            for arrived in known.into_iter().rev() {
                link.inbox_bytes += arrived.weight;
                link.inbox.push_front(arrived);
            }
            effects.extend(self.check_inbox(peer, &mut link));
            self.links.insert(peer, link);
        }
        effects
    }

    /// Once, when everything that differed has been given: asks those above for the receipts that are lacking.
    ///
    /// The step has changed the replica already, so a store that fails now may not fail the step: nothing is said, and
    /// the next input tries again.
    fn settle(&mut self, peer: PeerId, records: &dyn Records) -> Vec<Effect> {
        let Some(link) = self.links.get_mut(&peer) else { return Vec::new() };
        let (Some(session), Some(who)) = (&link.session, &link.peer) else { return Vec::new() };
        if link.settled || session.stage() != Stage::Live {
            return Vec::new();
        }
        let mut effects = vec![Effect::Tell(Event::Settled { peer, unit: who.unit.clone() })];
        if who.unit.is_above(&self.me.unit) {
            let lacking = confirmed::lacking(&who.certificate, &self.me.unit, &self.frontier, records);
            let Ok(ids) = lacking else { return Vec::new() };
            let frames = ids.chunks(COMPARE_ITEMS_MAX).map(|ids| Frame::ReceiptsWanted(ids.to_vec()));
            effects.extend(frames.map(|frame| Effect::Send { peer, frame }));
        }
        link.settled = true;
        effects
    }

    fn confirmed(
        &self,
        bytes: &[u8],
        holder: CertificateId,
        key: &PublicKey,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<Result<(), ReceiptFault>, RecordsFailure> {
        let verified = SignedReceipt::parse(bytes).and_then(|signed| signed.verify(&self.genesis, key));
        let receipt = match verified {
            Ok(receipt) if receipt.holder == holder => receipt,
            Ok(_) => return Ok(Err(ReceiptFault::NotSigned)),
            Err(fault) => return Ok(Err(fault)),
        };
        let index = confirmed::index_of(&receipt, &self.frontier, &self.genesis, records)?;
        if !index.is_empty() {
            effects.push(Effect::Store(Batch { first: self.next, facts: vec![Fact::Receipt(bytes.into())], index }));
            effects.push(Effect::Tell(Event::Confirmed { holder, tips: receipt.tips.len() }));
        }
        Ok(Ok(()))
    }

    fn reused_tokens(&self, completed: &BTreeSet<CertificateId>) -> Vec<Event> {
        let issuers = completed.iter().filter_map(|id| self.charter.certificate(id)?.issuer);
        let tokens = issuers.filter(|issuer| {
            self.charter.certificate(issuer).is_some_and(|issuer| issuer.certificate.roles.is_empty())
        });
        tokens
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter(|token| self.charter.all().filter(|(_, other)| other.issuer == Some(*token)).count() > 1)
            .map(|token| Event::TokenReused { token })
            .collect()
    }

    /// Ends a session and says why, to the peer and to people.
    fn refuse(&mut self, peer: PeerId, fault: PeerFault) -> Vec<Effect> {
        self.links.remove(&peer);
        let code = match &fault {
            PeerFault::Version { .. } => ByeCode::VERSION,
            PeerFault::Genesis { .. } => ByeCode::GENESIS,
            PeerFault::Certificate { .. } => ByeCode::CERTIFICATE,
            PeerFault::Unrelated { .. } => ByeCode::UNRELATED,
            PeerFault::Frame(_) | PeerFault::Session(_) => ByeCode::FRAME,
            PeerFault::Parcel(_) | PeerFault::Header(_) | PeerFault::Receipt(_) => ByeCode::ENTRY,
            PeerFault::TooSlow => ByeCode::TOO_SLOW,
        };
        let detail = fault.to_string().chars().take(200).collect();
        let frame = Frame::Bye(Bye { code, detail });
        vec![Effect::Send { peer, frame }, Effect::Tell(Event::Refused { peer, fault }), Effect::Close { peer }]
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

/// Reads the parcels of one `Give` frame into the inbox.
fn take_parcels(link: &mut Link, parcels: Vec<Parcel>) -> Result<(), PeerFault> {
    let last = parcels.len().saturating_sub(1);
    if parcels.is_empty() {
        return Err(SessionFault::OutOfTurn("empty give").into());
    }
    for (at, parcel) in parcels.into_iter().enumerate() {
        let weight = parcel.weight();
        let claim = Claim::parse(&parcel.entry).map_err(ParcelFault::from)?;
        let Some(body) = parcel.body else {
            return Err(ParcelFault::NoBody { author: claim.claimed_author() }.into());
        };
        let body = Some(Arc::from(body.as_slice()));
        link.inbox_bytes += weight;
        link.inbox.push_back(Arrived { claim, body, weight, ends_frame: at == last });
    }
    if link.inbox_bytes > UNCHECKED_BYTES_MAX {
        return Err(SessionFault::Flood("unacknowledged entries").into());
    }
    Ok(())
}

fn out_of_turn(what: &'static str) -> Handled {
    Handled::Fault(SessionFault::OutOfTurn(what).into())
}
