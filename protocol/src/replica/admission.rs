//! The second door: entries whose signature holds are admitted, or their header is refused, and the index of keys and
//! values is derived from what was admitted.
//!
//! Works on an overlay: nothing of the replica changes until the whole batch stood, so a failed step changed nothing.

use std::{
    collections::{
        BTreeMap, BTreeSet,
        btree_map::Entry::{Occupied, Vacant},
    },
    sync::Arc,
};

use minicbor::{Decode, Encode};

use crate::{
    record::{
        body::{Act, Body, Content},
        cbor,
        entry::{CertificateId, Claim, Entry, EntryId, Epoch, Header, Kind, Scope, Shelf},
        feed::{EpochState, Feed, HeaderFault},
        frontier::Frontier,
        log::{Edge, TILE_HEIGHT, TILE_WIDTH, Tile, leaf},
    },
    records::{
        Batch, Fact, FeedKey, LogIndex, Records, RecordsFailure, Row, find, indexes, indexes_value, key, listed,
    },
    replica::{
        Checked, Event, Now, Replica,
        chunking::{Named, chunks_of},
    },
    trust::{
        authority::{may_say, may_sign},
        charter::Charter,
        genesis::GenesisHash,
    },
};

/// What became of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// It is new and has this place in the log.
    Admitted(LogIndex),
    /// It was here already.
    Held,
    /// Its header may not be admitted.
    Refused(HeaderFault),
}

/// Who offers an entry, and so what is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// This node's own officers, at this node's time.
    Own(Now),
    /// A peer, at this node's time.
    Peer(Now),
    /// A store or bundle that is read from its beginning.
    Reader,
    /// What could be read of a damaged journal of this node, taken in again at its time.
    Salvage {
        /// When.
        now: Now,
        /// Whether this node wrote it.
        own: bool,
    },
    /// This node's journal: admitted before, so only the index is derived again.
    Journal {
        /// Whether this node wrote it.
        own: bool,
    },
}

/// One batch being admitted.
pub(crate) struct Admission<'a> {
    genesis: &'a GenesisHash,
    charter: &'a Charter,
    frontier: &'a Frontier,
    records: &'a dyn Records,
    first: LogIndex,
    next: LogIndex,
    entries: BTreeMap<EntryId, (LogIndex, Header)>,
    feeds: BTreeMap<(Scope, CertificateId), Feed>,
    epochs: BTreeMap<(FeedKey, Epoch), EpochState>,
    /// Blocks of feeds' and documents' logs, by index key.
    logs: BTreeMap<Vec<u8>, Vec<LogIndex>>,
    own: BTreeMap<FeedKey, EntryId>,
    facts: Vec<Fact>,
    index: Vec<Row>,
    charters: Vec<CharterNews>,
    /// Chunks the entries name that are not here.
    lacking: Vec<Named>,
    events: Vec<Event>,
    edge: Edge,
    tiles: BTreeMap<Tile, Vec<u8>>,
    clock: Clock,
    /// As it was when the batch began.
    clock_before: Clock,
    /// When entries were taken in, by index key.
    times: BTreeMap<Vec<u8>, Vec<TakenIn>>,
}

/// The clock as the journal has it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub(crate) struct Clock {
    /// What it said last.
    #[n(0)]
    pub(crate) time_s: Option<i64>,
    /// Whether that stands in the index beside an entry.
    #[n(1)]
    pub(crate) is_noted: bool,
}

/// From which entry on the clock said what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub(crate) struct TakenIn {
    #[n(0)]
    pub(crate) at: LogIndex,
    #[n(1)]
    pub(crate) time_s: i64,
}

/// An entry that adds to a charter, to be taken in once the batch stands.
pub(crate) struct CharterNews {
    pub(crate) id: EntryId,
    pub(crate) header: Header,
    /// What it says about certificates, keys or other entries, if it does.
    pub(crate) act: Option<Act>,
}

/// What a batch changes in the replica.
pub(crate) struct Changes {
    pub(crate) feeds: BTreeMap<(Scope, CertificateId), Feed>,
    pub(crate) own: BTreeMap<FeedKey, EntryId>,
    pub(crate) charters: Vec<CharterNews>,
    /// Chunks of attachments the entries name that are not here.
    pub(crate) lacking: Vec<Named>,
    pub(crate) next: LogIndex,
    pub(crate) edge: Edge,
    pub(crate) clock: Clock,
    pub(crate) events: Vec<Event>,
    /// Entries admitted, with their scopes, in log order.
    pub(crate) admitted: Vec<(LogIndex, EntryId, Scope)>,
}

/// The facts about a held entry that placing another one needs.
struct Held {
    seq: u64,
    /// Whether it is of the same document.
    is_same: bool,
}

/// A held entry, as far as it can be read.
enum Known {
    Read(Box<Header>),
    /// Its record is damaged; the index knows where it belongs.
    Lost(LogIndex),
}

impl<'a> Admission<'a> {
    pub(crate) fn new(
        genesis: &'a GenesisHash,
        charter: &'a Charter,
        frontier: &'a Frontier,
        records: &'a dyn Records,
        (edge, clock): (&Edge, Clock),
    ) -> Admission<'a> {
        let next = LogIndex(edge.size());
        Admission {
            genesis,
            charter,
            frontier,
            records,
            first: next,
            next,
            entries: BTreeMap::new(),
            feeds: BTreeMap::new(),
            epochs: BTreeMap::new(),
            logs: BTreeMap::new(),
            own: BTreeMap::new(),
            facts: Vec::new(),
            index: Vec::new(),
            charters: Vec::new(),
            lacking: Vec::new(),
            events: Vec::new(),
            edge: edge.clone(),
            tiles: BTreeMap::new(),
            clock,
            clock_before: clock,
            times: BTreeMap::new(),
        }
    }

    /// Notes that what follows is taken in now.
    pub(crate) fn tell_time(&mut self, time_s: i64) {
        if self.clock.time_s != Some(time_s) {
            self.clock = Clock { time_s: Some(time_s), is_noted: false };
            self.facts.push(Fact::Clock(time_s));
        }
    }

    /// Admits an entry, or says why not.
    pub(crate) fn offer(
        &mut self,
        entry: &Entry,
        body: Option<Arc<[u8]>>,
        source: Source,
    ) -> Result<Outcome, RecordsFailure> {
        let header = entry.header();
        if !matches!(source, Source::Journal { .. })
            && let Err(fault) = may_sign(self.charter, header)
        {
            return Ok(Outcome::Refused(fault));
        }
        let place = (header.scope.clone(), header.author);
        let feed = match self.feeds.get(&place) {
            Some(feed) => feed.clone(),
            None => self
                .frontier
                .feed(&header.scope, &header.author)
                .cloned()
                .unwrap_or_else(|| Feed::new(&header.scope, &header.author)),
        };
        // What extends a tip cannot be here already: if it were, that would be no tip.
        let extends_tip = header.prev.is_some_and(|prev| feed.tip(&prev).is_some());
        let is_held = !extends_tip && (self.entries.contains_key(&entry.id()) || self.is_stored(&entry.id())?);
        if is_held {
            return Ok(Outcome::Held);
        }
        if let Err(fault) = self.check_place(header, &feed)? {
            return Ok(Outcome::Refused(fault));
        }
        // Words that were taken out are not taken in again.
        let is_redacted = !matches!(source, Source::Journal { .. }) && self.charter.is_redacted(&entry.id(), header);
        let at = self.take(entry, body.filter(|_| !is_redacted), source, feed)?;
        Ok(Outcome::Admitted(at))
    }

    /// The place the next entry admitted will have.
    pub(crate) fn next(&self) -> LogIndex {
        self.next
    }

    /// Closes the batch.
    pub(crate) fn close(mut self) -> (Batch, Changes) {
        for ((scope, author), feed) in &self.feeds {
            self.index.push((key::tips(scope, author), feed.to_bytes()));
        }
        for ((feed, epoch), state) in &self.epochs {
            self.index.push((key::epoch(feed, epoch), cbor::encode(state)));
        }
        self.index.extend(self.logs.into_iter().map(|(key, log)| (key, indexes_value(&log))));
        self.index.extend(self.tiles.into_iter().map(|(tile, hashes)| (key::tile(tile), hashes)));
        self.index.extend(self.times.into_iter().map(|(key, times)| (key, cbor::encode(&times))));
        for (feed, id) in &self.own {
            self.index.push((key::own(feed), cbor::encode(id)));
        }
        // Derived again in parts, the clock may have gone on in the part before the entry.
        if self.clock != self.clock_before {
            self.index.push((key::CLOCK.to_vec(), cbor::encode(&self.clock)));
        }
        let mut admitted: Vec<_> = self.entries.into_iter().map(|(id, (at, header))| (at, id, header.scope)).collect();
        admitted.sort_unstable();
        let batch = Batch { first: self.first, facts: self.facts, index: self.index };
        let changes = Changes {
            feeds: self.feeds,
            own: self.own,
            charters: self.charters,
            lacking: self.lacking,
            next: self.next,
            edge: self.edge,
            clock: self.clock,
            events: self.events,
            admitted,
        };
        (batch, changes)
    }

    fn is_stored(&self, id: &EntryId) -> Result<bool, RecordsFailure> {
        Ok(find(self.records, id)?.is_some())
    }

    fn check_place(&self, header: &Header, feed: &Feed) -> Result<Result<(), HeaderFault>, RecordsFailure> {
        if let Some(prev) = header.prev {
            let held = match feed.tip(&prev) {
                Some(tip) => Held { seq: tip.seq, is_same: (tip.kind, tip.doc) == (header.kind, header.doc) },
                None => match self.header_of(&prev)? {
                    None => return Ok(Err(HeaderFault::PrevNotHeld { prev })),
                    Some(Known::Read(other)) if other.scope != header.scope || other.author != header.author => {
                        return Ok(Err(HeaderFault::PrevElsewhere { prev }));
                    }
                    Some(Known::Read(other)) => {
                        Held { seq: other.seq, is_same: (other.kind, other.doc) == (header.kind, header.doc) }
                    }
                    Some(Known::Lost(at)) if !listed(self.records, &key::feed_log(&feed.key, at))?.contains(&at) => {
                        return Ok(Err(HeaderFault::PrevElsewhere { prev }));
                    }
                    Some(Known::Lost(at)) => {
                        Held { seq: self.seq_of_lost(&prev, at, feed)?, is_same: self.is_of_document(at, header)? }
                    }
                },
            };
            if held.seq.checked_add(1) != Some(header.seq) {
                let expected = held.seq.saturating_add(1);
                return Ok(Err(HeaderFault::Sequence { expected, found: header.seq }));
            }
            if header.after.is_none() && !held.is_same {
                return Ok(Err(HeaderFault::AfterElsewhere { after: prev }));
            }
        }
        for after in header.after.iter().flatten() {
            let same = match feed.tip(after) {
                Some(tip) => (tip.kind, tip.doc) == (header.kind, header.doc),
                None => match self.header_of(after)? {
                    None => return Ok(Err(HeaderFault::AfterNotHeld { after: *after })),
                    Some(Known::Read(other)) => {
                        other.scope == header.scope && (other.kind, other.doc) == (header.kind, header.doc)
                    }
                    Some(Known::Lost(at)) => self.is_of_document(at, header)?,
                },
            };
            if !same {
                return Ok(Err(HeaderFault::AfterElsewhere { after: *after }));
            }
        }
        Ok(Ok(()))
    }

    fn header_of(&self, id: &EntryId) -> Result<Option<Known>, RecordsFailure> {
        if let Some((_, header)) = self.entries.get(id) {
            return Ok(Some(Known::Read(Box::new(header.clone()))));
        }
        let Some(at) = find(self.records, id)? else { return Ok(None) };
        Ok(Some(self.read_header(at)?.map_or(Known::Lost(at), |header| Known::Read(Box::new(header)))))
    }

    /// The header at a place, or none if the record is damaged.
    fn read_header(&self, at: LogIndex) -> Result<Option<Header>, RecordsFailure> {
        let record = match self.records.read(at) {
            Ok(record) => record,
            Err(RecordsFailure::Damaged(_)) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let claim = Claim::parse(&record.entry).map_err(|_| RecordsFailure::Damaged(at))?;
        Ok(Some(claim.reopen(self.genesis).header().clone()))
    }

    /// Whether an entry that cannot be read belongs to the document a header names.
    fn is_of_document(&self, at: LogIndex, header: &Header) -> Result<bool, RecordsFailure> {
        Ok(listed(self.records, &key::document_log(&header.document(), at))?.contains(&at))
    }

    /// The place in its feed of an entry that cannot be read and is no tip: one less than that of an entry behind it.
    fn seq_of_lost(&self, id: &EntryId, at: LogIndex, feed: &Feed) -> Result<u64, RecordsFailure> {
        for behind in indexes(self.records, &key::feed_log_prefix(&feed.key))? {
            if let Some(header) = self.read_header(behind)?.filter(|header| header.prev == Some(*id)) {
                return Ok(header.seq.saturating_sub(1));
            }
        }
        Err(RecordsFailure::Damaged(at))
    }

    /// Adds an entry's leaf to the tree over the log.
    fn grow(&mut self, id: &EntryId) -> Result<(), RecordsFailure> {
        let mut complete = Vec::new();
        self.edge.push(leaf(id), |node, hash| {
            if node.level % TILE_HEIGHT == 0 {
                complete.push((node, hash));
            }
        });
        for (node, hash) in complete {
            let before = usize::try_from(node.index % TILE_WIDTH).unwrap_or(0) * 32;
            let hashes = match self.tiles.entry(Tile::of(node)) {
                Vacant(place) => {
                    let stored = if before == 0 { None } else { self.records.get(&key::tile(*place.key()))? };
                    let mut hashes = stored.unwrap_or_default();
                    // An index that is ahead of the journal, after a power cut, is written over.
                    hashes.truncate(before);
                    place.insert(hashes)
                }
                Occupied(place) => place.into_mut(),
            };
            if hashes.len() != before {
                return Err(damaged());
            }
            hashes.extend_from_slice(hash.as_slice());
        }
        Ok(())
    }

    /// Notes beside an entry when it is taken in: where the clock went on, and once in each block.
    fn note_time(&mut self, at: LogIndex) -> Result<(), RecordsFailure> {
        let Some(time_s) = self.clock.time_s else { return Ok(()) };
        let place = key::clock(at);
        if self.clock.is_noted && !key::begins_block(at) {
            return Ok(());
        }
        let times = match self.times.entry(place) {
            Vacant(place) => {
                let stored = self.records.get(place.key())?;
                let read = |bytes: Vec<u8>| cbor::decode(&bytes).map_err(|_| damaged());
                let mut times: Vec<TakenIn> = stored.map_or(Ok(Vec::new()), read)?;
                times.retain(|known| known.at < at);
                place.insert(times)
            }
            Occupied(place) => place.into_mut(),
        };
        times.push(TakenIn { at, time_s });
        self.clock.is_noted = true;
        Ok(())
    }

    /// Adds a log index to a block of a feed's or a document's log.
    fn log(&mut self, block: Vec<u8>, at: LogIndex) -> Result<(), RecordsFailure> {
        let log = match self.logs.entry(block) {
            Vacant(place) => {
                let stored = self.records.get(place.key())?;
                let mut log = stored.map_or(Ok(Vec::new()), |bytes| cbor::decode(&bytes).map_err(|_| damaged()))?;
                // An index that is ahead of the journal, after a power cut, is written over.
                log.retain(|known: &LogIndex| *known < at);
                place.insert(log)
            }
            Occupied(place) => place.into_mut(),
        };
        log.push(at);
        Ok(())
    }

    fn take(
        &mut self,
        entry: &Entry,
        body: Option<Arc<[u8]>>,
        source: Source,
        mut feed: Feed,
    ) -> Result<LogIndex, RecordsFailure> {
        let (id, header, at) = (entry.id(), entry.header(), self.next);
        if let Source::Own(now) | Source::Peer(now) | Source::Salvage { now, .. } = source {
            self.tell_time(now.0);
        }
        self.grow(&id)?;
        self.note_time(at)?;
        let epoch = (feed.key, header.epoch);
        let before = match self.epochs.get(&epoch) {
            Some(state) => Some(*state),
            None => {
                let stored = self.records.get(&key::epoch(&feed.key, &header.epoch))?;
                let read = |bytes: Vec<u8>| cbor::decode(&bytes).map_err(|_| damaged());
                stored.map(read).transpose()?
            }
        };
        let (state, forks_from) = EpochState::extend(before, id, header.prev);
        // Told where it begins, not again for everything that is written on that side of it.
        let goes_on = header.prev.and_then(|prev| feed.tip(&prev)).is_some_and(|tip| tip.epoch == header.epoch);
        if let Some(other) = forks_from.filter(|_| !goes_on) {
            self.events.push(Event::Forked { scope: header.scope.clone(), author: header.author, id, other });
        }
        if feed.extend(id, header, at) && forks_from.is_none() {
            self.events.push(Event::Branched { scope: header.scope.clone(), author: header.author, id });
        }
        self.epochs.insert(epoch, state);
        self.log(key::feed_log(&feed.key, at), at)?;
        self.log(key::document_log(&header.document(), at), at)?;
        if header.after().is_empty() {
            self.index.push((key::document(&header.document()), cbor::encode(&at)));
        }
        self.index.push((key::entry(&id), cbor::encode(&at)));
        let own = matches!(source, Source::Own(_) | Source::Journal { own: true } | Source::Salvage { own: true, .. });
        if own {
            self.own.insert(feed.key, id);
        }
        self.charters.extend(CharterNews::read(entry, body.as_deref()));
        // Who only reads, or derives the index again, fetches nothing.
        if !matches!(source, Source::Reader | Source::Journal { .. }) {
            let chunks = chunks_of(header.kind, body.as_deref()).into_iter();
            let lacking = chunks.filter(|chunk| !self.records.has_chunk(chunk));
            self.lacking.extend(lacking.map(|chunk| (id, chunk)));
        }
        self.facts.push(Fact::Entry { own, entry: entry.bytes().clone(), body });
        self.entries.insert(id, (at, header.clone()));
        self.feeds.insert((header.scope.clone(), header.author), feed);
        self.next = LogIndex(at.0 + 1);
        Ok(at)
    }
}

/// What became of several entries offered at one go.
#[derive(Debug)]
pub struct Admitted {
    /// To be stored before anything else is offered.
    pub batch: Batch,
    /// For each entry: whether it was new, or why its header is refused.
    pub outcomes: Vec<Result<bool, HeaderFault>>,
    /// Branches and forks.
    pub events: Vec<Event>,
}

impl Replica {
    /// Admits entries outside of any session, in order and at one go: for whoever reads a store or a bundle from its
    /// beginning. The certificates of their authors were complete before the first of them.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`]; then nothing was admitted.
    pub fn admit_all(&mut self, checked: &[Checked], records: &dyn Records) -> Result<Admitted, RecordsFailure> {
        let mut admission = self.admission(records);
        let mut outcomes = Vec::with_capacity(checked.len());
        for one in checked {
            outcomes.push(match admission.offer(&one.entry, one.body.clone(), Source::Reader)? {
                Outcome::Admitted(_) => Ok(true),
                Outcome::Held => Ok(false),
                Outcome::Refused(fault) => Err(fault),
            });
        }
        let (batch, mut changes) = admission.close();
        let events = std::mem::take(&mut changes.events);
        self.apply(changes);
        Ok(Admitted { batch, outcomes, events })
    }
}

impl CharterNews {
    /// What an entry adds to a charter, if anything: read alike when it comes, when the replica is opened, and in a
    /// peer's chain.
    pub(crate) fn read(entry: &Entry, body: Option<&[u8]>) -> Option<CharterNews> {
        let header = entry.header();
        if header.scope.shelf != Shelf::CHARTER && ![Kind::STAND, Kind::REDACTION].contains(&header.kind) {
            return None;
        }
        let speaks = [Kind::CERTIFICATE, Kind::STAND, Kind::REDACTION, Kind::ROOT, Kind::WITNESSES];
        let content = body.filter(|_| speaks.contains(&header.kind)).and_then(|body| Body::parse(body).ok());
        let act = match content.map(|body| body.content) {
            Some(Content::Act(act)) => Some(act),
            _ => None,
        };
        Some(CharterNews { id: entry.id(), header: header.clone(), act })
    }
}

impl CharterNews {
    /// The redaction it is, or agrees to.
    pub(crate) fn redaction(&self) -> Option<EntryId> {
        match &self.act {
            Some(Act::Redact { .. }) => Some(self.id),
            Some(Act::Endorse { subject }) if self.header.kind == Kind::REDACTION => Some(*subject),
            _ => None,
        }
    }
}

impl Changes {
    /// Applies the batch: from here on it is so.
    pub(crate) fn apply(self, frontier: &mut Frontier, charter: &mut Charter) -> BTreeSet<CertificateId> {
        for ((scope, author), feed) in self.feeds {
            frontier.put(&scope, &author, feed);
        }
        take_in(charter, self.charters)
    }
}

/// Takes charter acts in; returns the certificates that became complete.
pub(crate) fn take_in(charter: &mut Charter, news: Vec<CharterNews>) -> BTreeSet<CertificateId> {
    let mut completed = BTreeSet::new();
    for CharterNews { id, header, act } in news {
        charter.link(id, &header);
        // What may never be said here is void for good and needs no remembering.
        let Some(content) = act.map(Content::Act).filter(|content| may_say(charter, &header, content).is_ok()) else {
            continue;
        };
        match content {
            Content::Act(Act::Certify(certificate)) => completed.extend(charter.certify(id, &header, &certificate)),
            Content::Act(Act::Endorse { subject }) => completed.extend(charter.endorse(id, &header, subject)),
            Content::Act(Act::Revoke { subject, reason }) => charter.revoke(id, &header, subject, reason),
            Content::Act(Act::Stand { author, first, last }) => charter.stand(id, &header, author, first, last),
            Content::Act(Act::Redact { subject, remains, .. }) => charter.redact(id, &header, subject, &remains),
            Content::Act(Act::ReplaceRoot { keys, threshold }) => {
                completed.extend(charter.replace_root(id, &header, &keys, threshold));
            }
            Content::Act(Act::Witnesses { threshold, members }) => {
                charter.name_witnesses(id, &header, threshold, &members);
            }
            _ => {}
        }
    }
    completed
}

fn damaged() -> RecordsFailure {
    RecordsFailure::Engine("index value is damaged".into())
}
