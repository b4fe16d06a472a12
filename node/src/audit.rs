//! Checking a whole store from the genesis on: every signature, body, chain and certificate, in memory that does not
//! grow with what the entries say.
//!
//! Reads the journal itself, with neither the engine nor the core, and lets a fresh replica over the journal take in
//! what it finds. So nothing that is derived is believed, the running node is not held up, and it works offline. While
//! one batch's signatures are checked on all cores, the batch before it is admitted and the one after it read.

pub mod bundle;
pub mod compare;
pub mod explain;
mod known;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use fangwei_protocol::{
    record::{
        entry::{CertificateId, Claim, ClaimFault, EntryId, Hash, Header, Kind, Scope},
        feed::HeaderFault,
    },
    records::{Fact, FeedKey, LogIndex, RecordsFailure, find},
    replica::{Checked, Event, Me, ParcelFault, Replica, Unchecked},
    trust::{
        authority::{Verdict, VoidReason, judge_said},
        genesis::{Genesis, GenesisHash},
        key::PublicKey,
        receipt::Receipt,
    },
};
use rayon::prelude::*;

pub use self::known::{Known, KnownSegment};
use crate::{
    desk::{Code, Values},
    limits::{VERIFY_AT_A_TIME, VERIFY_BYTES_AT_A_TIME, VERIFY_FAULTS_MAX},
    store::{Bare, Located, Position, journal_facts},
};

/// What is to be checked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The store's folder.
    pub dir: &'a Path,
    /// The genesis whose hash is known from elsewhere.
    pub genesis: &'a Genesis,
    /// Whose store it is.
    pub me: &'a Me,
    /// What the running index says of it.
    pub indexed: Option<&'a Indexed>,
    /// What an earlier audit checked.
    pub known: Option<&'a Known>,
}

/// What the running index says of the same store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Indexed {
    /// Entries it holds: as many are read from the journal.
    pub entries: u64,
    /// Digest of all that is shared.
    pub digest: Hash,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Entries that were checked.
    pub entries: u64,
    /// Those of them whose signature and body an earlier audit had checked, in bytes that are unchanged.
    pub known_entries: u64,
    /// Receipts whose signature holds.
    pub receipts: u64,
    /// Complete certificates.
    pub certificates: u64,
    /// Documents.
    pub documents: u64,
    /// Feeds.
    pub feeds: u64,
    /// Those that branch.
    pub branched: u64,
    /// Entries without effect.
    pub void: u64,
    /// Entries struck by a revocation and what follows from it.
    pub struck: u64,
    /// Struck entries that a node above had confirmed and that nobody stands for: what was perhaps said honestly before the
    /// key was stolen, as far as it is listed.
    pub struck_confirmed: Vec<EntryId>,
    /// Entries without their bodies, so that nothing is known but that somebody said something there.
    pub withheld: u64,
    /// Digest of all that is shared.
    pub digest: Hash,
    /// Where feeds part, as far as it is listed.
    pub partings: Vec<Parting>,
    /// Everything that is wrong, as far as it is listed.
    pub faults: Vec<Fault>,
    /// Everything that is wrong, counted.
    pub fault_count: u64,
    /// What the next audit need not check again; only if nothing is wrong.
    pub known: Option<Known>,
    /// How long it took.
    pub took: Duration,
}

/// A place where a feed parts in two: kept, shown to people, and no fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parting {
    /// Whose scope.
    pub scope: Scope,
    /// Whose feed.
    pub author: CertificateId,
    /// The entry that came second.
    pub id: EntryId,
    /// Within one epoch: the entry it contradicts. None: a branch between epochs, as a restored node makes it.
    pub forks_from: Option<EntryId>,
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The entry's place in the journal; none if it is about the whole.
    pub at: Option<LogIndex>,
    /// What.
    pub code: Code,
    /// About what.
    pub values: Values,
}

/// Checks a store; blocks for as long as it takes. `on_progress` is told how many entries of how many are checked.
///
/// # Errors
///
/// [`RecordsFailure`] only if the fresh replica contradicts itself or the journal changes meanwhile; everything else is
/// in what was found.
pub fn audit(asked: &Asked<'_>, on_progress: &mut dyn FnMut(u64, u64)) -> Result<Found, RecordsFailure> {
    Ok(read(asked, on_progress)?.found)
}

/// What was read and checked, for whoever reads on.
pub struct Audited {
    /// What was found.
    pub found: Found,
    /// What it adds up to.
    pub replica: Replica,
    /// Its entries.
    pub records: Bare,
    /// Where its receipts stand.
    receipts: Vec<Position>,
}

/// As [`audit`], and keeps what was read.
///
/// # Errors
///
/// As [`audit`].
pub fn read(asked: &Asked<'_>, on_progress: &mut dyn FnMut(u64, u64)) -> Result<Audited, RecordsFailure> {
    let known = asked.known.map(|known| known.unchanged(asked.dir, &asked.genesis.hash()));
    let mut audit = Audit::new(asked.genesis, asked.me, Bare::new(asked.dir))?;
    audit.known_until = known.as_ref().and_then(|known| known.end());
    let total = asked.indexed.map(|indexed| indexed.entries);
    audit.reading.limit = total.unwrap_or(u64::MAX);
    match journal_facts(asked.dir) {
        Ok(facts) => {
            audit.reading.facts = Some(Box::new(facts.map(|fact| fact.map_err(|failure| failure.to_string()))))
        }
        Err(failure) => audit.reading.fault = Some(failure.to_string()),
    }
    audit.run(&mut |done| on_progress(done, total.unwrap_or(done).max(done)))?;
    let receipts = audit.check_receipts()?;
    audit.judge_later()?;
    if let Some(indexed) = asked.indexed {
        audit.compare(indexed);
    }
    let known = match audit.reading.end.filter(|_| audit.fault_count == 0) {
        Some(end) => {
            let before = known.unwrap_or_else(|| Known::nothing(&audit.genesis));
            Some(before.up_to(asked.dir, end).map_err(|failure| RecordsFailure::Engine(failure.to_string()))?)
        }
        None => None,
    };
    let mut audited = audit.found(receipts);
    audited.found.known = known;
    Ok(audited)
}

/// An entry as the journal has it.
struct Raw {
    /// Which one of the journal's.
    at: LogIndex,
    place: Position,
    end: Position,
    entry: Arc<[u8]>,
    body: Option<Arc<[u8]>>,
}

/// The same, with the statement apart from its author's key.
struct Parsed {
    at: LogIndex,
    place: Position,
    end: Position,
    claim: Result<Claim, ClaimFault>,
    body: Option<Arc<[u8]>>,
}

/// One whose author is known.
struct Ready {
    at: LogIndex,
    place: Position,
    unchecked: Unchecked,
    /// Whether an earlier audit checked these very bytes.
    is_known: bool,
}

/// One whose signature and body were checked.
struct Tried {
    at: LogIndex,
    place: Position,
    checked: Result<Checked, ParcelFault>,
}

/// Facts in order, with where they stand; the last may be why there are no more.
type Facts = Box<dyn Iterator<Item = Result<Located, String>> + Send>;

struct Reading {
    facts: Option<Facts>,
    /// Entries read.
    journal: u64,
    /// Entries to be read.
    limit: u64,
    fault: Option<String>,
    receipts: Vec<Position>,
    /// Behind the last fact read.
    end: Option<Position>,
}

struct Audit {
    genesis: GenesisHash,
    known_until: Option<Position>,
    replica: Replica,
    records: Bare,
    reading: Reading,
    known_entries: u64,
    void: u64,
    struck: u64,
    struck_confirmed: Vec<EntryId>,
    withheld: u64,
    later: Later,
    /// The farthest entry of each feed that a receipt names.
    confirmed: BTreeMap<FeedKey, u64>,
    partings: Vec<Parting>,
    faults: Vec<Fault>,
    fault_count: u64,
    began: Instant,
}

/// What is judged only when all is read, because what comes later bears on it.
#[derive(Default)]
struct Later {
    /// Entries that say who is who, or are a root key's: what is pending, and who may decide.
    charter: Vec<LogIndex>,
    /// Who wrote each entry, by number, should the author's certificate turn out to be dead.
    authors: Vec<u32>,
    numbers: BTreeMap<CertificateId, u32>,
}

impl Later {
    /// Notes an entry; says whether it is to be judged later.
    fn note(&mut self, at: LogIndex, header: &Header, is_root: bool) -> bool {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.authors.push(*self.numbers.entry(header.author).or_insert(next));
        let waits = [Kind::CERTIFICATE, Kind::STAND, Kind::REDACTION, Kind::ROOT, Kind::WITNESSES];
        let is_later = is_root || waits.contains(&header.kind);
        self.charter.extend(Some(at).filter(|_| is_later));
        is_later
    }
}

impl Reading {
    /// The next entries, as many as are checked at one go; none at the end.
    fn batch(&mut self) -> Vec<Raw> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < VERIFY_AT_A_TIME && bytes < VERIFY_BYTES_AT_A_TIME && self.journal < self.limit {
            let located = match self.facts.as_mut().and_then(Iterator::next) {
                Some(Ok(located)) => located,
                Some(Err(failure)) => {
                    self.fault = Some(failure);
                    break;
                }
                None => break,
            };
            self.end = Some(located.end);
            match located.fact {
                Fact::Receipt(_) => self.receipts.push(located.at),
                Fact::LogEpoch(_) | Fact::Checkpoint(_) | Fact::Evidence(_) | Fact::Clock(_) => {}
                Fact::Entry { entry, body, .. } => {
                    let at = LogIndex(self.journal);
                    self.journal += 1;
                    bytes += entry.len() + body.as_ref().map_or(0, |body| body.len());
                    batch.push(Raw { at, place: located.at, end: located.end, entry, body });
                }
            }
        }
        batch
    }
}

impl Audit {
    fn new(genesis: &Genesis, me: &Me, records: Bare) -> Result<Audit, RecordsFailure> {
        let began = Instant::now();
        let replica = Replica::open(genesis.clone(), me.clone(), [0; 32], LogIndex(0), &records)?;
        let limit = u64::MAX;
        Ok(Audit {
            genesis: genesis.hash(),
            known_until: None,
            replica,
            records,
            reading: Reading { facts: None, journal: 0, limit, fault: None, receipts: Vec::new(), end: None },
            known_entries: 0,
            void: 0,
            struck: 0,
            struck_confirmed: Vec::new(),
            withheld: 0,
            later: Later::default(),
            confirmed: BTreeMap::new(),
            partings: Vec::new(),
            faults: Vec::new(),
            fault_count: 0,
            began,
        })
    }

    fn run(&mut self, on_progress: &mut dyn FnMut(u64)) -> Result<(), RecordsFailure> {
        let genesis = self.genesis;
        let mut waiting: VecDeque<Parsed> = parse(self.reading.batch()).into();
        let mut tried: Vec<Tried> = Vec::new();
        while !waiting.is_empty() || !tried.is_empty() {
            let ready = self.ready(&mut waiting, tried.is_empty());
            let (now, admitted) = rayon::join(
                || ready.into_par_iter().map(|ready| ready.check(&genesis)).collect::<Vec<_>>(),
                || {
                    let admitted = self.admit(tried)?;
                    // Nothing more is read than is checked next, so that what is in memory is bounded.
                    let raw = if waiting.len() < VERIFY_AT_A_TIME / 2 { self.reading.batch() } else { Vec::new() };
                    Ok::<_, RecordsFailure>((admitted, raw))
                },
            );
            let (admitted, raw) = admitted?;
            self.judge(&admitted);
            self.withheld += admitted.iter().filter(|one| one.body().is_none()).count() as u64;
            waiting.extend(parse(raw));
            tried = now;
            on_progress(self.reading.journal - (waiting.len() + tried.len()) as u64);
        }
        if let Some(failure) = self.reading.fault.take() {
            let at = Some(LogIndex(self.reading.journal)).filter(|at| at.0 > 0);
            self.fault(at, Code::FaultJournal, Values::from([("reason", failure)]));
        }
        Ok(())
    }

    /// Those whose authors are known, up to the first whose author is not. Its certificate may be among those not
    /// admitted yet; if there are none, nothing proves it.
    fn ready(&mut self, waiting: &mut VecDeque<Parsed>, is_all_admitted: bool) -> Vec<Ready> {
        let mut ready = Vec::new();
        while ready.len() < VERIFY_AT_A_TIME
            && let Some(next) = waiting.pop_front()
        {
            let claim = match &next.claim {
                Ok(claim) => claim,
                Err(fault) => {
                    let values = Values::from([("reason", fault.to_string())]);
                    self.fault(Some(next.at), Code::FaultUnreadable, values);
                    continue;
                }
            };
            match self.replica.charter().complete(&claim.claimed_author()) {
                Some(author) => {
                    let key = author.certificate.key;
                    let is_known = self.known_until.is_some_and(|until| next.end <= until);
                    self.known_entries += u64::from(is_known);
                    ready.extend(next.with(key, is_known));
                }
                None if is_all_admitted && ready.is_empty() => {
                    self.fault(Some(next.at), Code::FaultAuthor, Values::new());
                }
                None => {
                    waiting.push_front(next);
                    break;
                }
            }
        }
        ready
    }

    /// Lets the replica take in what holds; returns that.
    fn admit(&mut self, tried: Vec<Tried>) -> Result<Vec<Checked>, RecordsFailure> {
        let (mut checked, mut places) = (Vec::with_capacity(tried.len()), Vec::with_capacity(tried.len()));
        for Tried { at, place, checked: result } in tried {
            match result {
                Ok(good) => {
                    checked.push(good);
                    places.push((at, place));
                }
                Err(ParcelFault::Claim(_)) => self.fault(Some(at), Code::FaultSignature, Values::new()),
                Err(ParcelFault::Body(_) | ParcelFault::NoBody { .. }) => {
                    self.fault(Some(at), Code::FaultBody, Values::new());
                }
            }
        }
        let admitted = self.replica.admit_all(&checked, &self.records)?;
        let is_new: Vec<bool> = admitted.outcomes.iter().map(|outcome| matches!(outcome, Ok(true))).collect();
        for ((at, _), outcome) in places.iter().zip(admitted.outcomes) {
            match outcome {
                Ok(true) => {}
                Err(
                    fault @ (HeaderFault::Certificate { .. } | HeaderFault::AuthorUnit { .. } | HeaderFault::HomeOnly),
                ) => {
                    let values = Values::from([("reason", fault.to_string())]);
                    self.fault(Some(*at), Code::FaultNotAllowed, values);
                }
                // What is held already stands in the journal twice.
                Ok(false) | Err(_) => self.fault(Some(*at), Code::FaultPlace, Values::new()),
            }
        }
        let places = places.iter().zip(&is_new).filter(|(_, is_new)| **is_new).map(|((_, place), _)| *place);
        self.records.store(&admitted.batch, places);
        for event in admitted.events {
            self.parts(event);
        }
        let mut is_new = is_new.into_iter();
        checked.retain(|_| is_new.next().unwrap_or(false));
        Ok(checked)
    }

    fn parts(&mut self, event: Event) {
        let parting = match event {
            Event::Branched { scope, author, id } => Parting { scope, author, id, forks_from: None },
            Event::Forked { scope, author, id, other } => Parting { scope, author, id, forks_from: Some(other) },
            _ => return,
        };
        if self.partings.len() < VERIFY_FAULTS_MAX {
            self.partings.push(parting);
        }
    }

    /// Judges those of these on which nothing later bears; notes the others.
    fn judge(&mut self, admitted: &[Checked]) {
        let charter = self.replica.charter();
        let mut now = Vec::with_capacity(admitted.len());
        for (at, one) in (self.later.authors.len() as u64..).map(LogIndex).zip(admitted) {
            let header = one.entry().header();
            let is_root = charter.root_set_of(&header.author).is_some();
            if !self.later.note(at, header, is_root) && one.body().is_some() {
                now.push(one);
            }
        }
        let is_void = |one: &&Checked| judge_said(charter, one.entry(), one.body()).is_err();
        self.void += now.par_iter().filter(|one| is_void(one)).count() as u64;
    }

    /// Judges what waited until all was read: what says who is who, and what dead certificates signed.
    fn judge_later(&mut self) -> Result<(), RecordsFailure> {
        let charter = self.replica.charter();
        let dead = |author: &CertificateId| charter.dead(author).is_some();
        let dead: BTreeSet<u32> =
            self.later.numbers.iter().filter(|(author, _)| dead(author)).map(|(_, number)| *number).collect();
        let waited: BTreeSet<LogIndex> = std::mem::take(&mut self.later.charter).into_iter().collect();
        let by_dead = (0..).map(LogIndex).zip(&self.later.authors).filter(|(_, author)| dead.contains(author));
        let (mut void, mut struck, mut confirmed) = (0, 0, Vec::new());
        for at in waited.iter().copied().chain(by_dead.map(|(at, _)| at).filter(|at| !waited.contains(at))) {
            let said = self.replica.said(at, &self.records)?;
            match said.verdict() {
                Verdict::Void(VoidReason::NoBody) | Verdict::Valid => {}
                Verdict::Void(_) => void += u64::from(waited.contains(&at)),
                Verdict::Struck(_) => {
                    struck += 1;
                    let header = said.entry.header();
                    let farthest = self.confirmed.get(&FeedKey::of(&header.scope, &header.author));
                    if farthest.is_some_and(|seq| header.seq <= *seq) && confirmed.len() < VERIFY_FAULTS_MAX {
                        confirmed.push(said.entry.id());
                    }
                }
            }
        }
        self.void += void;
        (self.struck, self.struck_confirmed) = (struck, confirmed);
        Ok(())
    }

    /// Receipts come last: their holders' certificates may have come after them.
    fn check_receipts(&mut self) -> Result<u64, RecordsFailure> {
        let mut good = 0;
        for at in self.reading.receipts.clone() {
            let bytes = self.records.receipt(at)?;
            let holds = Receipt::parse(&bytes).ok().and_then(|receipt| {
                let holder = self.replica.charter().complete(&receipt.note().ok()?.claimed().log.node)?;
                receipt.verify(&holder.certificate.key).ok()
            });
            match holds {
                Some(proof) => {
                    good += 1;
                    for confirmed in proof.confirmed {
                        let Some(at) = find(&self.records, &confirmed.item.tip)? else { continue };
                        let entry = self.replica.entry(at, &self.records)?;
                        let feed = FeedKey::of(&entry.header().scope, &entry.header().author);
                        let farthest = self.confirmed.entry(feed).or_default();
                        *farthest = entry.header().seq.max(*farthest);
                    }
                }
                None => self.fault(None, Code::FaultReceipt, Values::new()),
            }
        }
        Ok(good)
    }

    fn compare(&mut self, indexed: &Indexed) {
        let digest = self.replica.frontier().link_digest(&self.replica.me().unit);
        if self.reading.journal < indexed.entries {
            let reason = format!("{} < {}", self.reading.journal, indexed.entries);
            self.fault(None, Code::FaultJournal, Values::from([("reason", reason)]));
        }
        if digest != indexed.digest {
            self.fault(None, Code::FaultIndex, Values::new());
        }
    }

    fn found(mut self, receipts: u64) -> Audited {
        let replica = &self.replica;
        let (mut feeds, mut branched) = (0, 0);
        for scope in replica.frontier().scopes() {
            for (_, feed) in replica.frontier().feeds(&scope) {
                feeds += 1;
                branched += u64::from(feed.branched);
            }
        }
        self.faults.sort_by_key(|fault| (fault.at.is_none(), fault.at));
        let found = Found {
            entries: self.records.len(),
            known_entries: self.known_entries,
            receipts,
            certificates: replica.charter().all().filter(|(_, certified)| certified.complete).count() as u64,
            documents: self.records.documents(),
            feeds,
            branched,
            void: self.void,
            struck: self.struck,
            struck_confirmed: self.struck_confirmed,
            withheld: self.withheld,
            digest: replica.frontier().link_digest(&replica.me().unit),
            partings: self.partings,
            faults: self.faults,
            fault_count: self.fault_count,
            known: None,
            took: self.began.elapsed(),
        };
        Audited { found, replica: self.replica, records: self.records, receipts: self.reading.receipts }
    }

    fn fault(&mut self, at: Option<LogIndex>, code: Code, values: Values) {
        self.fault_count += 1;
        if self.faults.len() < VERIFY_FAULTS_MAX {
            self.faults.push(Fault { at, code, values });
        }
    }
}

/// Reads the envelopes, on all cores.
fn parse(raw: Vec<Raw>) -> Vec<Parsed> {
    let parse = |Raw { at, place, end, entry, body }| Parsed { at, place, end, claim: Claim::parse(&entry), body };
    raw.into_par_iter().map(parse).collect()
}

impl Parsed {
    fn with(self, key: PublicKey, is_known: bool) -> Option<Ready> {
        let unchecked = Unchecked::new(self.claim.ok()?, self.body, key);
        Some(Ready { at: self.at, place: self.place, unchecked, is_known })
    }
}

impl Ready {
    fn check(self, genesis: &GenesisHash) -> Tried {
        let Ready { at, place, unchecked, is_known } = self;
        let checked = if is_known { Ok(unchecked.reopen(genesis)) } else { unchecked.check(genesis) };
        Tried { at, place, checked }
    }
}

#[cfg(test)]
mod tests;
