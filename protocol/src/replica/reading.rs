//! Opening a replica from what is stored, and reading what it holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use super::{
    Me, Replica, Said, Witnessing,
    admission::{Admission, Outcome, Source},
    tree::{OwnTree, last_clock, log_epoch, rows_of},
};
use crate::{
    record::{
        body::{Body, Content},
        cbor,
        document::{Document, Item, Room, Says},
        entry::{Claim, DocKey, Entry, EntryId, Hash, Header, Kind},
        feed::{EpochState, Feed},
        fold::causal_order,
        frontier::Frontier,
        run::runs,
    },
    records::{
        Batch, Fact, FeedKey, LogIndex, Record, Records, RecordsFailure, Visit, find, indexes,
        key::{self, Under},
    },
    trust::{
        charter::Charter,
        confirmed,
        genesis::{Genesis, GenesisHash, SignedGenesis},
    },
    work::schema::Schema,
};

impl Replica {
    /// Gives this to who joins: the genesis with what its root keys signed of it. A replica that was told nothing gives
    /// it unsigned, which nobody takes.
    pub fn found_by(&mut self, founding: &SignedGenesis) {
        self.founding = cbor::encode(founding).into();
    }

    /// Opens the replica from what is stored and indexed. Facts the index lacks are then replayed.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`] if the store cannot be read.
    pub fn open(
        genesis: Genesis,
        me: Me,
        start_seed: [u8; 32],
        log_length: LogIndex,
        records: &dyn Records,
    ) -> Result<Replica, RecordsFailure> {
        let hash = genesis.hash();
        let mut frontier = Frontier::default();
        let mut damaged = false;
        records.scan(key::TIPS, &mut |place, value| {
            let read = key::read_tips(place)
                .and_then(|(scope, author)| Some((Feed::from_bytes(&scope, &author, value)?, scope, author)));
            match read {
                Some((feed, scope, author)) => frontier.put(&scope, &author, feed),
                None => damaged = true,
            }
            ControlFlow::Continue(())
        })?;
        if damaged {
            return Err(RecordsFailure::Engine("a feed's tips are damaged".into()));
        }
        let founding = cbor::encode(&SignedGenesis::new(genesis.clone())).into();
        let (tree, own_log) = (OwnTree::load(log_length, records)?, log_epoch(records)?);
        let mut replica = Replica {
            me,
            founding,
            tree,
            own_log,
            clock: last_clock(records)?,
            witnessing: Witnessing::default(),
            genesis: hash,
            charter: Charter::new(genesis),
            frontier,
            next: log_length,
            start_seed,
            own: BTreeMap::new(),
            anchors: BTreeMap::new(),
            links: BTreeMap::new(),
            pump_due: BTreeSet::new(),
            vouched: super::judging::Vouched::default(),
            damaged: BTreeMap::new(),
            charter_lacks: BTreeSet::new(),
            lacking: BTreeSet::new(),
            lacking_due: Vec::new(),
        };
        replica.load_charter(records)?;
        Ok(replica)
    }

    /// Takes in facts that were stored before but that the index lacks; the caller puts the index of the batch.
    ///
    /// One fact after the other, as they were first: a receipt means what it meant when it came, not what it would
    /// mean after the entries behind it. So any grouping of the facts gives the same index.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`] if the store cannot be read, a fact is not one, or the index knows of it already.
    pub fn replay(&mut self, facts: &[Fact], records: &dyn Records) -> Result<Batch, RecordsFailure> {
        let mut over = Over { below: records, first: self.next, entries: Vec::new(), index: BTreeMap::new() };
        let is_log = |fact: &Fact| matches!(fact, Fact::Entry { .. } | Fact::Clock(_));
        for run in facts.chunk_by(|one, next| is_log(one) && is_log(next)) {
            let grown = (&self.tree.edge, self.clock);
            let mut admission = Admission::new(&self.genesis, &self.charter, &self.frontier, &over, grown);
            let mut rows = BTreeMap::new();
            for fact in run {
                match fact {
                    Fact::Entry { own, entry, body } => {
                        let at = admission.next();
                        let claim = Claim::parse(entry).map_err(|_| RecordsFailure::Damaged(at))?;
                        let entry = claim.reopen(&self.genesis);
                        match admission.offer(&entry, body.clone(), Source::Journal { own: *own })? {
                            Outcome::Admitted(_) => {}
                            Outcome::Held | Outcome::Refused(_) => return Err(RecordsFailure::Damaged(at)),
                        }
                    }
                    Fact::Clock(time_s) => admission.tell_time(*time_s),
                    fact => {
                        let genesis = &self.genesis;
                        rows.extend(rows_of(fact, &self.frontier, genesis, &over)?);
                    }
                }
            }
            let (batch, mut changes) = admission.close();
            // What earlier processes wrote is found through the index, not here: this process begins its own epochs.
            changes.own.clear();
            self.apply(changes);
            over.put(batch);
            over.index.extend(rows);
            for fact in run {
                if let Fact::LogEpoch(bytes) = fact {
                    self.own_log = cbor::decode(bytes).unwrap_or(self.own_log);
                }
            }
        }
        Ok(Batch { first: over.first, facts: facts.to_vec(), index: over.index.into_iter().collect() })
    }

    /// Who this node is.
    #[must_use]
    pub fn me(&self) -> &Me {
        &self.me
    }

    /// The tree's fingerprint.
    #[must_use]
    pub fn genesis(&self) -> &GenesisHash {
        &self.genesis
    }

    /// The certificates.
    #[must_use]
    pub fn charter(&self) -> &Charter {
        &self.charter
    }

    /// Every feed's tips.
    #[must_use]
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Entries held.
    #[must_use]
    pub fn log_length(&self) -> LogIndex {
        self.next
    }

    /// The entry at a place in the log.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn entry(&self, at: LogIndex, records: &dyn Records) -> Result<Entry, RecordsFailure> {
        let claim = Claim::parse(&records.read(at)?.entry).map_err(|_| RecordsFailure::Damaged(at))?;
        Ok(claim.reopen(&self.genesis))
    }

    /// The entry of an id, if held.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn find(&self, id: &EntryId, records: &dyn Records) -> Result<Option<Said>, RecordsFailure> {
        find(records, id)?.map(|at| self.said(at, records)).transpose()
    }

    /// Every entry of a document in log order, with verdicts.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn history(&self, document: &DocKey, records: &dyn Records) -> Result<Vec<Said>, RecordsFailure> {
        let log = indexes(records, &key::document_log_prefix(document))?;
        log.into_iter().map(|at| self.said(at, records)).collect()
    }

    /// Every document of a kind, in the order of scopes.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn documents(&self, kind: Kind, records: &dyn Records) -> Result<Vec<DocKey>, RecordsFailure> {
        let mut documents = Vec::new();
        records.scan(&key::documents(kind), &mut |place, _| {
            documents.extend(key::read_document(place));
            ControlFlow::Continue(())
        })?;
        Ok(documents)
    }

    /// Who above has confirmed holding an entry: what is *held above* rather than only *saved here*.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn held_above(&self, entry: &Entry, records: &dyn Records) -> Result<BTreeSet<EntryId>, RecordsFailure> {
        match self.frontier.feed(&entry.header().scope, &entry.header().author) {
            Some(feed) => confirmed::holders(Under::Any, entry, feed, &self.genesis, records),
            None => Ok(BTreeSet::new()),
        }
    }

    /// The merged state of a document: its edits executed, its acts to be folded by their own rooms.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn document(
        &self,
        history: &[Said],
        records: &dyn Records,
        snapshot: Option<&[u8]>,
    ) -> Result<Option<Document>, RecordsFailure> {
        let Some(schema) = history.first().and_then(|said| Schema::of(said.entry.header().kind)) else {
            return Ok(None);
        };
        let structure = self.structure(history, records)?;
        let items: Vec<Item<'_>> = history
            .iter()
            .zip(&structure)
            .map(|(said, (chain, run))| Item {
                id: said.entry.id(),
                author: said.entry.header().author,
                after: said.entry.header().after(),
                chain: *chain,
                run: *run,
                says: says(said),
            })
            .collect();
        let taken_up = snapshot.and_then(|snapshot| Document::load(schema, Room::FULL, snapshot, &items).ok());
        // A snapshot that is damaged, or made before a verdict or a run changed, is thrown away.
        Ok(Some(taken_up.unwrap_or_else(|| Document::execute(schema, Room::FULL, &items))))
    }

    /// Acts of a document in causal order, then by id: the order in which procedures fold them.
    ///
    /// Causes are the heads an author had seen and the author's own earlier entries in the document, whatever else was
    /// written between them elsewhere.
    #[must_use]
    pub fn in_causal_order<'s>(&self, history: &'s [Said]) -> Vec<&'s Said> {
        let order = causal_order(self.causes(history));
        let by_id: BTreeMap<EntryId, &Said> = history.iter().map(|said| (said.entry.id(), said)).collect();
        order.iter().filter_map(|id| by_id.get(id).copied()).collect()
    }

    /// For each entry of a document what its author had seen right before it; all of it may be of other documents.
    pub(super) fn causes(&self, history: &[Said]) -> Vec<(EntryId, Vec<EntryId>)> {
        let mut own: BTreeMap<EntryId, BTreeMap<u64, EntryId>> = BTreeMap::new();
        for said in history {
            let header = said.entry.header();
            own.entry(header.author).or_default().insert(header.seq, said.entry.id());
        }
        let causes = history.iter().map(|said| {
            let header = said.entry.header();
            let mut causes: Vec<EntryId> = header.after().iter().chain(&header.prev).copied().collect();
            // On a feed that never branched what is earlier is an ancestor; on one that did only `prev` tells.
            let branched = self.frontier.feed(&header.scope, &header.author).is_some_and(|feed| feed.branched);
            if let Some(own) = own.get(&header.author).filter(|_| !branched) {
                causes.extend(own.range(..header.seq).next_back().map(|(_, id)| *id));
            }
            (said.entry.id(), causes)
        });
        causes.collect()
    }

    /// For each entry of a document: its nearest earlier entry there on the author's own chain, and the first entry of
    /// the author's run.
    fn structure(
        &self,
        history: &[Said],
        records: &dyn Records,
    ) -> Result<Vec<(Option<EntryId>, EntryId)>, RecordsFailure> {
        let mut forked_runs: BTreeMap<EntryId, BTreeMap<EntryId, EntryId>> = BTreeMap::new();
        let mut structure = Vec::with_capacity(history.len());
        let mut earlier: BTreeMap<EntryId, BTreeMap<EntryId, u64>> = BTreeMap::new();
        for said in history {
            let (id, header) = (said.entry.id(), said.entry.header());
            let feed = self.frontier.feed(&header.scope, &header.author);
            let run = match (feed, self.epoch_state(header, records)?) {
                // Only a fork divides an epoch into runs; to see how, all of the feed is looked at.
                (Some(feed), Some(EpochState { forked: true, .. })) => {
                    let runs = match forked_runs.remove(&header.author) {
                        Some(runs) => runs,
                        None => self.runs(feed, records)?,
                    };
                    let run = runs.get(&id).copied();
                    forked_runs.insert(header.author, runs);
                    run.unwrap_or(id)
                }
                (_, Some(state)) => state.first,
                (_, None) => id,
            };
            let own = earlier.entry(header.author).or_default();
            let chain = if feed.is_some_and(|feed| feed.branched) {
                self.nearest(header.prev, own, records)?
            } else {
                let before = own.iter().filter(|(_, seq)| **seq < header.seq);
                before.max_by_key(|(_, seq)| **seq).map(|(id, _)| *id)
            };
            own.insert(id, header.seq);
            structure.push((chain, run));
        }
        Ok(structure)
    }

    /// The first of `own` met walking a branched feed back from `from`; no farther than the earliest of them can be.
    fn nearest(
        &self,
        from: Option<EntryId>,
        own: &BTreeMap<EntryId, u64>,
        records: &dyn Records,
    ) -> Result<Option<EntryId>, RecordsFailure> {
        let Some(least) = own.values().min() else { return Ok(None) };
        let mut at = from;
        while let Some(id) = at.filter(|id| !own.contains_key(id)) {
            let Some(place) = find(records, &id)? else { return Ok(None) };
            let entry = self.entry(place, records)?;
            at = entry.header().prev.filter(|_| entry.header().seq > *least);
        }
        Ok(at)
    }

    /// The run of every entry of a feed.
    fn runs(&self, feed: &Feed, records: &dyn Records) -> Result<BTreeMap<EntryId, EntryId>, RecordsFailure> {
        let mut epochs: BTreeMap<_, Vec<Entry>> = BTreeMap::new();
        for at in indexes(records, &key::feed_log_prefix(&feed.key))? {
            let entry = self.entry(at, records)?;
            epochs.entry(entry.header().epoch).or_default().push(entry);
        }
        let each = epochs.values().map(|entries| runs(entries.iter().map(|entry| (entry.id(), entry.header()))));
        Ok(each.flatten().collect())
    }

    fn epoch_state(&self, header: &Header, records: &dyn Records) -> Result<Option<EpochState>, RecordsFailure> {
        let feed = FeedKey::of(&header.scope, &header.author);
        let stored = records.get(&key::epoch(&feed, &header.epoch))?;
        let read = |bytes: Vec<u8>| crate::record::cbor::decode(&bytes);
        let damaged = |_| RecordsFailure::Engine("index value is damaged".into());
        stored.map(read).transpose().map_err(damaged)
    }
}

fn says(said: &Said) -> Says<'_> {
    match &said.body {
        Ok(Body { content: Content::Edit(steps), .. }) => Says::Edit(steps),
        Ok(Body { content: Content::Act(_), .. }) => Says::Act,
        Err(_) => Says::Void,
    }
}

/// What is replayed and not stored yet, over what is.
struct Over<'a> {
    below: &'a dyn Records,
    first: LogIndex,
    entries: Vec<Record>,
    index: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Over<'_> {
    fn put(&mut self, batch: Batch) {
        self.entries.extend(batch.facts.into_iter().filter_map(|fact| match fact {
            Fact::Entry { entry, body, .. } => Some(Record { entry, body }),
            _ => None,
        }));
        self.index.extend(batch.index);
    }
}

impl Records for Over<'_> {
    fn read(&self, at: LogIndex) -> Result<Record, RecordsFailure> {
        let place = at.0.checked_sub(self.first.0).and_then(|place| usize::try_from(place).ok());
        match place.and_then(|place| self.entries.get(place)) {
            Some(record) => Ok(record.clone()),
            None => self.below.read(at),
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsFailure> {
        self.index.get(key).map_or_else(|| self.below.get(key), |value| Ok(Some(value.clone())))
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), RecordsFailure> {
        // Admitting and confirming look up by key only.
        self.below.scan(prefix, visit)
    }

    fn has_chunk(&self, chunk: &Hash) -> bool {
        self.below.has_chunk(chunk)
    }

    fn chunk(&self, chunk: &Hash) -> Option<Vec<u8>> {
        self.below.chunk(chunk)
    }
}
