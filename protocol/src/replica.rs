//! The one door: a replica takes one input at a time and says what should happen.
//!
//! The simulator, the node and the offline verifier drive this one type. Time comes in as an argument, stored things
//! are read through a borrowed view, effects come out as values in the order in which they are to be done: what
//! follows a [`Effect::Store`] waits until that is durable. Keys never enter. Source: architecture §7.

mod admission;
mod casework;
mod chunking;
mod damaged;
mod doubles;
mod event;
mod fault;
mod judging;
mod meeting;
mod permitting;
mod published;
mod reading;
mod receipting;
mod session;
mod signing;
mod standing;
mod tree;
mod watching;
mod writing;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

pub use self::{
    admission::Admitted,
    casework::{Casefile, Times},
    chunking::{Named, documents_that_may_attach},
    damaged::Lost,
    event::Event,
    fault::{ParcelFault, PeerFault},
    judging::Said,
    meeting::PeerStatus,
    published::Rulebook,
    signing::Signing,
    standing::{HeldBy, Standing, Unconfirmed},
    writing::{Draft, Unsigned, WriteError, WriteRefusal},
};
use self::{
    admission::{Admission, Changes, CharterNews, Clock, Outcome, Source},
    judging::{Veiled, Vouched},
    tree::OwnTree,
    watching::Witnessing,
};
use crate::{
    record::{
        body::BodyFault,
        entry::{Anchor, CertificateId, Claim, Entry, EntryId, Hash},
        feed::HeaderFault,
        frontier::Frontier,
        message::{Bye, ByeCode, Frame, Hello},
        reconcile::{Session, Sight, is_shared},
    },
    records::{Batch, FeedKey, LogIndex, Records, RecordsFailure},
    trust::{
        charter::Charter,
        checkpoint::{LogHead, Note},
        genesis::GenesisHash,
        key::PublicKey,
        witnessing::LogEpoch,
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
    /// Some time has passed: to be said about once a minute.
    Tick,
    /// The records of these entries were found damaged, and what stands there is known from the index: see
    /// [`crate::records::ids_at`]. To be said once for each, and again after opening.
    Damaged {
        /// Their places and ids.
        entries: Vec<(LogIndex, EntryId)>,
    },
    /// [`Effect::Mend`] is done: the record reads again.
    Mended {
        /// Its place.
        at: LogIndex,
    },
    /// These could be read in a damaged journal of this node, of whatever order: those that may be admitted by now are.
    Salvaged {
        /// With whether this node wrote it.
        entries: Vec<(Checked, bool)>,
    },
    /// Chunks of attachments that acts held here name and that are not here, found by looking through what is stored. To be
    /// said after opening; what comes later the core sees itself.
    Lacking {
        /// With an act that names each.
        chunks: Vec<Named>,
    },
    /// What a [`Signing`] made.
    Fixed {
        /// A checkpoint of this node.
        note: Box<Note>,
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
    /// Finish this with the node's key, by [`Signing::finish`], once what comes before it is durable, and do what comes of
    /// it in its place.
    Sign(Signing),
    /// End the connection.
    Close {
        /// Which.
        peer: PeerId,
    },
    /// Words were lawfully taken out of these entries: overwrite their bodies. Nobody is shown them or given them any
    /// more, so nothing waits for it; but the redaction itself, stored before, must be durable first.
    Erase {
        /// Where they are, ascending.
        at: Vec<LogIndex>,
    },
    /// Write a damaged record again, where it stands and as durably, and come back with [`Input::Mended`]. That it was
    /// stored by another node too is all that is needed: this one's own record stays what it was until it is done.
    Mend {
        /// Its place in the log.
        at: LogIndex,
        /// The entry.
        id: EntryId,
        /// The COSE_Sign1.
        entry: Arc<[u8]>,
        /// The body; none if it was lawfully taken away.
        body: Option<Arc<[u8]>>,
    },
    /// Keep a chunk of an attachment, so that [`Records::chunk`] has it, also after a power cut. Where that fails nothing else
    /// does: it is asked for again later.
    Keep {
        /// The SHA-256 of the bytes.
        chunk: Hash,
        /// The chunk.
        bytes: Arc<[u8]>,
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

/// A parcel to be checked: stateless, for all cores.
#[derive(Debug)]
pub struct Unchecked {
    claim: Claim,
    body: Option<Arc<[u8]>>,
    key: PublicKey,
    /// What proves that the body was taken away.
    proof: Vec<Unchecked>,
}

/// A parcel whose signature and body hold.
#[derive(Debug, Clone)]
pub struct Checked {
    entry: Entry,
    body: Option<Arc<[u8]>>,
    proof: Vec<Checked>,
}

/// The state of one node, as the entries it admitted make it.
pub struct Replica {
    me: Me,
    genesis: GenesisHash,
    /// The signed genesis, as it is given to who joins.
    founding: Arc<[u8]>,
    charter: Charter,
    frontier: Frontier,
    next: LogIndex,
    /// The tree over this node's log.
    tree: OwnTree,
    /// Under which name it goes on.
    own_log: LogEpoch,
    /// What the clock said when the newest entry was taken in.
    clock: Clock,
    witnessing: Witnessing,
    start_seed: [u8; 32],
    own: BTreeMap<FeedKey, EntryId>,
    /// What this process named last in each feed it wrote.
    anchors: BTreeMap<FeedKey, Anchor>,
    links: BTreeMap<PeerId, Link>,
    /// Peers with entries to give that became readable with the last stored batch.
    pump_due: BTreeSet<PeerId>,
    vouched: Vouched,
    /// Entries that cannot be read.
    damaged: BTreeMap<LogIndex, Lost>,
    /// Those of them that could not be read when the charter was made.
    charter_lacks: BTreeSet<LogIndex>,
    /// Chunks that acts name and that are not here.
    lacking: BTreeSet<Named>,
    /// Those that came with the last stored batch, until it is readable.
    lacking_due: Vec<Named>,
}

/// One connection.
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
    /// The newest checkpoint of this node that the peer has.
    known: Option<LogHead>,
    /// The newest checkpoint of the peer's log, as this side's hello named it or the peer has shown since.
    held: Option<Note>,
    /// What the peer, a root's node, asked to be cosigned and was not yet.
    asked: Option<Note>,
    /// The checkpoint the peer was asked for as a witness in this session.
    asked_for: Option<LogHead>,
    /// Until the peer has shown what its hello named: entries to be confirmed then.
    withheld: Option<BTreeSet<EntryId>>,
    /// What it was asked for again.
    again: damaged::Asked,
    /// What it was asked for of attachments.
    chunks: chunking::Chunking,
    /// Whether it was given the genesis, and this node's chain: each once.
    told_genesis: bool,
    told_chain: bool,
}

struct Peer {
    certificate: CertificateId,
    key: PublicKey,
    unit: UnitPath,
}

/// A parcel that came and was not checked yet.
struct Arrived {
    claim: Claim,
    body: Option<Arc<[u8]>>,
    /// What proves that the body was taken away.
    proof: Vec<(Claim, Arc<[u8]>)>,
    weight: usize,
    /// Whether the `Give` frame ends with it.
    ends_frame: bool,
}

/// How a frame was handled.
enum Handled {
    Done,
    Fault(PeerFault),
}

/// Tells a charter of an entry as the replica would.
#[cfg(test)]
pub(crate) fn take_in_for_tests(charter: &mut Charter, entry: &Entry, body: &[u8]) {
    admission::take_in(charter, CharterNews::read(entry, Some(body)).into_iter().collect());
}

/// Parcels checked in one go: enough for all cores, few enough for steady progress.
const CHECKS_MAX: usize = 1024;

impl Unchecked {
    /// A parcel as it came, and the key of the author it names.
    #[must_use]
    pub fn new(claim: Claim, body: Option<Arc<[u8]>>, key: PublicKey) -> Unchecked {
        Unchecked { claim, body, key, proof: Vec::new() }
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
            _ => {
                let proof = self.proof.into_iter().map(|statement| statement.check(genesis));
                Ok(Checked { entry, body: self.body, proof: proof.collect::<Result<_, _>>()? })
            }
        }
    }

    /// Takes it as checked: the very bytes were checked under this genesis before, as only the caller can know.
    #[must_use]
    pub fn reopen(self, genesis: &GenesisHash) -> Checked {
        Checked { entry: self.claim.reopen(genesis), body: self.body, proof: Vec::new() }
    }
}

impl Checked {
    /// The entry.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The body, if it is here.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }
}

impl Replica {
    /// Handles one input. Effects are to be done in order.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`] if the store could not be read: nothing was admitted or confirmed. If the input was a
    /// peer's, its session is over, because what it was to be told is lost: close its connection.
    pub fn step(&mut self, now: Now, input: Input, records: &dyn Records) -> Result<Vec<Effect>, RecordsFailure> {
        match input {
            Input::Connected { peer, key, dialled } => self.connected(peer, key, dialled, records),
            Input::Received { peer, frame } => self.received(now, peer, &frame, records),
            Input::Checked { peer, results } => self.checked(now, peer, results, records),
            Input::Stored => Ok(self.stored(records)),
            Input::Disconnected { peer } => {
                self.links.remove(&peer);
                Ok(Vec::new())
            }
            Input::Submit { ticket, entry, body } => self.submit(now, ticket, &entry, body, records),
            Input::Tick => self.ticked(now, records),
            Input::Damaged { entries } => self.found_damaged(now, entries, records),
            Input::Mended { at } => self.mended(at, records),
            Input::Salvaged { entries } => self.salvaged(now, entries, records),
            Input::Lacking { chunks } => {
                self.lacks(chunks);
                Ok(self.ask_all_for_chunks(records))
            }
            Input::Fixed { note } => self.fixed(*note, records),
        }
    }

    /// Admits one entry outside of any session: for whoever reads a store or a bundle from its beginning. The batch is
    /// to be stored before the next one; it is empty if the entry was held already.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`]; inside, why the header is refused.
    pub fn admit(
        &mut self,
        checked: &Checked,
        records: &dyn Records,
    ) -> Result<Result<Batch, HeaderFault>, RecordsFailure> {
        let mut admission = self.admission(records);
        if let Outcome::Refused(fault) = admission.offer(&checked.entry, checked.body.clone(), Source::Reader)? {
            return Ok(Err(fault));
        }
        let (batch, changes) = admission.close();
        self.apply(changes);
        Ok(Ok(batch))
    }

    /// Stored things as they may be given to others.
    fn veiled<'a>(&'a self, records: &'a dyn Records) -> Veiled<'a> {
        Veiled::new(records, &self.charter, &self.genesis)
    }

    fn sight<'a>(&'a self, records: &'a Veiled<'a>) -> Sight<'a> {
        Sight { genesis: &self.genesis, frontier: &self.frontier, records }
    }

    fn admission<'a>(&'a self, records: &'a dyn Records) -> Admission<'a> {
        let grown = (&self.tree.edge, self.clock);
        Admission::new(&self.genesis, &self.charter, &self.frontier, records, grown)
    }

    fn submit(
        &mut self,
        now: Now,
        ticket: Ticket,
        entry: &Entry,
        body: Arc<[u8]>,
        records: &dyn Records,
    ) -> Result<Vec<Effect>, RecordsFailure> {
        if !self.keeps(&entry.header().scope) {
            let result = Err(HeaderFault::NotShared { home: entry.header().scope.home.to_string() });
            return Ok(vec![Effect::Reply { ticket, result }]);
        }
        let mut admission = self.admission(records);
        let result = match admission.offer(entry, Some(body), Source::Own(now))? {
            Outcome::Admitted(at) => Ok(at),
            Outcome::Refused(fault) => Err(fault),
            Outcome::Held => Ok(crate::records::find(records, &entry.id())?.unwrap_or(self.next)),
        };
        let (batch, changes) = admission.close();
        if let (Some(anchor), Ok(_)) = (entry.header().anchor, &result) {
            self.anchors.insert(FeedKey::of(&entry.header().scope, &entry.header().author), anchor);
        }
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
        self.lacking_due.append(&mut changes.lacking);
        effects.push(Effect::Store(batch));
        self.own.append(&mut changes.own);
        let (completed, ended) = self.apply(changes);
        effects.extend(events.into_iter().map(Effect::Tell));
        effects.extend(self.reused_tokens(&completed).into_iter().map(Effect::Tell));
        effects.extend(self.second_keys(&completed).into_iter().map(Effect::Tell));
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
        effects.extend(ended);
        if completed.contains(&self.me.certificate) {
            effects.extend(self.ask_to_be_shown());
        }
        if !completed.is_empty() {
            effects.extend(self.release_parked());
        }
        effects
    }

    /// From here on what a batch says is so. Returns the certificates that became complete, and what ends the sessions
    /// of those that died.
    fn apply(&mut self, changes: Changes) -> (BTreeSet<CertificateId>, Vec<Effect>) {
        self.next = changes.next;
        self.tree.edge.clone_from(&changes.edge);
        self.clock = changes.clock;
        let feeds: Vec<_> = changes.feeds.keys().cloned().collect();
        let redacts: Vec<_> = changes.charters.iter().filter_map(CharterNews::redaction).collect();
        let has_news = !changes.charters.is_empty();
        let completed = changes.apply(&mut self.frontier, &mut self.charter);
        let subjects = redacts.iter().filter_map(|redact| self.charter.subject_of_redaction(redact)).collect();
        let ended = self.judge_anew(subjects, has_news, &feeds);
        (completed, ended)
    }

    /// Gives the entries that became readable. A session whose entries cannot be read ends, and no other.
    fn stored(&mut self, records: &dyn Records) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.erase(records).into_iter().collect();
        let peers = std::mem::take(&mut self.pump_due);
        effects.extend(self.give_more(peers, records, Session::pump));
        let lacking = std::mem::take(&mut self.lacking_due);
        self.lacks(lacking);
        effects.extend(self.ask_all_for_chunks(records));
        effects
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
