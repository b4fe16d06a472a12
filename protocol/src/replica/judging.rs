//! What an entry is worth here: its verdict, and what is left of it.
//!
//! All of it is found out when somebody reads. What a revocation strikes on the charter shelf the charter knows itself;
//! in other scopes the stretches somebody stands for are looked up where the entries are, once for each scope until
//! something changes there. Where nothing was ever revoked, none of this costs anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use super::{Checked, Effect, PeerFault, PeerId, Replica, admission::CharterNews, meeting::why_dead};
use crate::{
    record::{
        body::{Act, Body, Content},
        entry::{CertificateId, Claim, Entry, EntryId, Hash, Kind, Scope, Shelf},
        feed::Feed,
        message::{Parcel, Statement},
        reconcile::Giving,
    },
    records::{LogIndex, Record, Records, RecordsFailure, Visit, find, indexes, key},
    trust::{
        authority::{self, Verdict, VoidReason},
        charter::Charter,
        genesis::GenesisHash,
        redaction::Remains,
        revocation::{Stand, Stretch, Strike},
    },
};

/// One entry as a reader sees it: what was said, and what it is worth.
#[derive(Clone, Debug)]
pub struct Said {
    /// Where this node has it.
    pub at: LogIndex,
    /// The statement.
    pub entry: Entry,
    /// The body, if it is here; also of void entries. Never of redacted ones.
    pub bytes: Option<std::sync::Arc<[u8]>>,
    /// The body of an entry that is not void (what remains of it, with no salt, if it was redacted), or why it is. A
    /// struck edit is executed all the same; a struck act has no effect: see [`Said::act`].
    pub body: Result<Body, VoidReason>,
    /// Why it is struck, if it is not void and struck.
    pub strike: Option<Strike>,
    /// What is left of it, and by which redactions, if words were taken out.
    pub remains: Option<Remains>,
}

/// What somebody stands for in the scopes off the charter shelf.
#[derive(Default)]
pub(super) struct Vouched {
    /// By author of the feed, once somebody asked.
    scopes: BTreeMap<Scope, OnceLock<BTreeMap<CertificateId, Vec<Stretch>>>>,
    /// Entries words were taken out of with the last stored batch.
    erase_due: BTreeSet<EntryId>,
}

impl Said {
    /// What it is worth.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (&self.body, self.strike) {
            (Err(reason), _) => Verdict::Void(reason.clone()),
            (Ok(_), Some(strike)) => Verdict::Struck(strike),
            (Ok(_), None) => Verdict::Valid,
        }
    }

    /// Whether it is valid: neither void nor struck.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        self.body.is_ok() && self.strike.is_none()
    }

    /// The act it is, if it is one and has effect.
    #[must_use]
    pub fn act(&self) -> Option<&Act> {
        match &self.body {
            Ok(Body { content: Content::Act(act), .. }) if self.strike.is_none() => Some(act),
            _ => None,
        }
    }

    /// What it says, for people: whatever it is worth, and what remains of it if it was redacted.
    #[must_use]
    pub fn content(&self) -> Option<Content> {
        match (&self.remains, &self.bytes) {
            (Some(remains), _) => Some(remains.content.clone()),
            (None, Some(bytes)) => Body::parse(bytes).ok().map(|body| body.content),
            (None, None) => None,
        }
    }

    /// The `redact` entries that took words out of it, ascending.
    #[must_use]
    pub fn redactions(&self) -> &[EntryId] {
        self.remains.as_ref().map_or(&[], |remains| &remains.by)
    }
}

impl Replica {
    /// The entry at a place in the log with its verdict.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn said(&self, at: LogIndex, records: &dyn Records) -> Result<Said, RecordsFailure> {
        let record = records.read(at)?;
        let entry = Claim::parse(&record.entry).map_err(|_| RecordsFailure::Damaged(at))?.reopen(&self.genesis);
        let remains = self.charter.remains(&entry.id(), entry.header());
        let (bytes, body) = match &remains {
            None => (record.body.clone(), authority::judge_said(&self.charter, &entry, record.body.as_deref())),
            Some(remains) => {
                let judged = authority::judge_remains(&self.charter, &entry, &remains.content);
                (None, judged.map(|()| Body::new([0; 16], remains.content.clone())))
            }
        };
        let strike = if body.is_ok() { self.strike(&entry, records)? } else { None };
        Ok(Said { at, entry, bytes, body, strike, remains })
    }

    /// Why an entry is struck if it is not void, or `None` if it is not.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn strike(&self, entry: &Entry, records: &dyn Records) -> Result<Option<Strike>, RecordsFailure> {
        let (id, header) = (entry.id(), entry.header());
        let Some(strike) = self.charter.dead(&header.author) else { return Ok(None) };
        if header.scope.shelf == Shelf::CHARTER {
            return Ok(self.charter.strike(&id, header));
        }
        let Some(place) = self.vouched.scopes.get(&header.scope) else { return Ok(Some(strike)) };
        let vouched = match place.get() {
            Some(vouched) => vouched,
            None => {
                let found = self.find_vouched(&header.scope, records)?;
                place.get_or_init(|| found)
            }
        };
        Ok((!is_covered(vouched, &header.author, &id, header.seq)).then_some(strike))
    }

    /// Every entry held words were taken out of: what an opened store goes through once more, since it may have been
    /// stopped between taking a redaction in and taking the words out.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn redacted(&self, records: &dyn Records) -> Result<Vec<LogIndex>, RecordsFailure> {
        let mut redacted = Vec::new();
        for subject in self.charter.subjects_of_redactions() {
            match self.place_if_redacted(subject, records) {
                Ok(place) => redacted.extend(place),
                // What is written in its place again comes without the words.
                Err(RecordsFailure::Damaged(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        redacted.sort_unstable();
        Ok(redacted)
    }

    /// Prepares for what a batch changed in the charter and in these feeds. Returns what became of the sessions.
    pub(super) fn judge_anew(
        &mut self,
        subjects: BTreeSet<EntryId>,
        has_news: bool,
        feeds: &[(Scope, CertificateId)],
    ) -> Vec<Effect> {
        self.vouched.erase_due.extend(subjects);
        if !has_news {
            for (scope, _) in feeds.iter().filter(|(scope, author)| self.charter.has_stands(scope, author)) {
                self.vouched.scopes.insert(scope.clone(), OnceLock::new());
            }
            return Vec::new();
        }
        self.vouched.forget(&self.charter);
        let dead = |link: &super::Link| {
            let certificate = link.peer.as_ref()?.certificate;
            self.charter.dead(&certificate).map(|strike| (certificate, strike))
        };
        let dead: Vec<_> = self.links.iter().filter_map(|(id, link)| Some((*id, dead(link)?))).collect();
        let refuse = |(peer, (certificate, strike)): (PeerId, (CertificateId, Strike))| {
            self.refuse(peer, PeerFault::Certificate { certificate, reason: why_dead(&strike) })
        };
        dead.into_iter().flat_map(refuse).collect()
    }

    /// What words were taken out of with the batch that became readable: to be overwritten.
    pub(super) fn erase(&mut self, records: &dyn Records) -> Option<Effect> {
        let mut at = Vec::new();
        for subject in std::mem::take(&mut self.vouched.erase_due) {
            match self.place_if_redacted(subject, records) {
                Ok(place) => at.extend(place),
                // Nothing is lost by it: nobody is shown these words any more, and the next batch tries again.
                Err(_) => drop(self.vouched.erase_due.insert(subject)),
            }
        }
        at.sort_unstable();
        (!at.is_empty()).then_some(Effect::Erase { at })
    }

    fn place_if_redacted(&self, subject: EntryId, records: &dyn Records) -> Result<Option<LogIndex>, RecordsFailure> {
        let Some(at) = find(records, &subject)? else { return Ok(None) };
        let entry = self.entry(at, records)?;
        Ok(self.charter.is_redacted(&subject, entry.header()).then_some(at))
    }

    /// The stretches somebody stands for in a scope, as far as those who do are not struck themselves.
    fn find_vouched(
        &self,
        scope: &Scope,
        records: &dyn Records,
    ) -> Result<BTreeMap<CertificateId, Vec<Stretch>>, RecordsFailure> {
        let mut vouched: BTreeMap<CertificateId, Vec<Stretch>> = BTreeMap::new();
        // In the order of grades, so that who stands for a stand was looked at before it.
        for (author, stand) in self.charter.stands_in(scope) {
            let is_struck = self.charter.dead(&stand.author).is_some()
                && !is_covered(&vouched, &stand.author, &stand.id, stand.seq);
            if let (false, Some(feed)) = (is_struck, self.frontier.feed(scope, &author))
                && let Some(stretch) = self.stretch(scope, &author, feed, stand, records)?
            {
                vouched.entry(author).or_default().push(stretch);
            }
        }
        Ok(vouched)
    }

    /// The stretch of a feed somebody stands for, or `None` if there is no such stretch there.
    pub(super) fn stretch(
        &self,
        scope: &Scope,
        author: &CertificateId,
        feed: &Feed,
        stand: &Stand,
        records: &dyn Records,
    ) -> Result<Option<Stretch>, RecordsFailure> {
        let seq_of = |id: &EntryId| -> Result<Option<u64>, RecordsFailure> {
            let Some(at) = find(records, id)? else { return Ok(None) };
            let entry = self.entry(at, records)?;
            let header = entry.header();
            Ok((header.scope == *scope && header.author == *author).then_some(header.seq))
        };
        let (Some(first), Some(last)) = (seq_of(&stand.first)?, seq_of(&stand.last)?) else { return Ok(None) };
        if !feed.branched {
            return Ok((first <= last).then_some(Stretch::Between(first, last)));
        }
        let mut entries = BTreeSet::new();
        let mut at = stand.last;
        loop {
            entries.insert(at);
            if at == stand.first {
                return Ok(Some(Stretch::Of(entries)));
            }
            let Some(place) = find(records, &at)? else { return Ok(None) };
            let entry = self.entry(place, records)?;
            match entry.header().prev.filter(|_| entry.header().seq > first) {
                Some(prev) => at = prev,
                None => return Ok(None),
            }
        }
    }

    /// Takes in every charter act, stand and redaction that is stored.
    pub(super) fn load_charter(&mut self, records: &dyn Records) -> Result<(), RecordsFailure> {
        let mut log = Vec::new();
        for scope in self.frontier.scopes().filter(|scope| scope.shelf == Shelf::CHARTER) {
            for (_, feed) in self.frontier.feeds(&scope) {
                log.extend(indexes(records, &key::feed_log_prefix(&feed.key))?);
            }
        }
        for kind in [Kind::STAND, Kind::REDACTION] {
            let elsewhere = self.documents(kind, records)?.into_iter();
            for document in elsewhere.filter(|document| document.scope.shelf != Shelf::CHARTER) {
                log.extend(indexes(records, &key::document_log_prefix(&document))?);
            }
        }
        log.sort_unstable();
        for at in log {
            let record = match records.read(at) {
                Ok(record) => record,
                Err(RecordsFailure::Damaged(_)) => {
                    self.charter_lacks.insert(at);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let entry = self.entry(at, records)?;
            if let Some(news) = CharterNews::read(&entry, record.body.as_deref()) {
                super::admission::take_in(&mut self.charter, vec![news]);
            }
        }
        self.vouched.forget(&self.charter);
        Ok(())
    }
}

impl Vouched {
    /// Looks everything up again when it is asked for.
    fn forget(&mut self, charter: &Charter) {
        self.scopes = charter.scopes_of_stands().into_iter().map(|scope| (scope, OnceLock::new())).collect();
    }
}

fn is_covered(vouched: &BTreeMap<CertificateId, Vec<Stretch>>, author: &CertificateId, id: &EntryId, seq: u64) -> bool {
    vouched.get(author).is_some_and(|stretches| stretches.iter().any(|stretch| stretch.covers(id, seq)))
}

/// Records in which redacted entries have no body: what is given to others is read through these.
pub(super) struct Veiled<'a> {
    records: &'a dyn Records,
    charter: &'a Charter,
    genesis: &'a GenesisHash,
}

impl<'a> Veiled<'a> {
    pub(super) fn new(records: &'a dyn Records, charter: &'a Charter, genesis: &'a GenesisHash) -> Veiled<'a> {
        Veiled { records, charter, genesis }
    }
}

impl Records for Veiled<'_> {
    fn read(&self, at: LogIndex) -> Result<Record, RecordsFailure> {
        let record = self.records.read(at)?;
        if record.body.is_none() || !self.charter.has_redactions() {
            return Ok(record);
        }
        let entry = Claim::parse(&record.entry).map_err(|_| RecordsFailure::Damaged(at))?.reopen(self.genesis);
        let body = record.body.filter(|_| !self.charter.is_redacted(&entry.id(), entry.header()));
        Ok(Record { entry: record.entry, body })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsFailure> {
        self.records.get(key)
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), RecordsFailure> {
        self.records.scan(prefix, visit)
    }

    fn has_chunk(&self, chunk: &Hash) -> bool {
        self.records.has_chunk(chunk)
    }

    fn chunk(&self, chunk: &Hash) -> Option<Vec<u8>> {
        self.records.chunk(chunk)
    }
}

impl Giving for Veiled<'_> {
    fn parcel(&self, at: LogIndex) -> Result<Parcel, RecordsFailure> {
        let record = self.read(at)?;
        if record.body.is_some() {
            return Ok(Parcel::new(&record.entry, record.body.as_ref()));
        }
        let entry = Claim::parse(&record.entry).map_err(|_| RecordsFailure::Damaged(at))?.reopen(self.genesis);
        // Why its body is gone may be what cannot be read: without it, it would be taken for somebody's hiding it.
        if !self.charter.is_redacted(&entry.id(), entry.header()) {
            return Err(RecordsFailure::Damaged(at));
        }
        let mut proof = Vec::new();
        for id in self.charter.proof_of_redaction(&entry.id(), entry.header()) {
            let at = find(self.records, &id)?.ok_or(RecordsFailure::Damaged(at))?;
            let Record { entry, body } = self.records.read(at)?;
            let body = body.ok_or(RecordsFailure::Damaged(at))?;
            proof.push(Statement { entry: entry.to_vec().into(), body: body.to_vec().into() });
        }
        Ok(Parcel::without_body(&record.entry, proof))
    }
}

/// Whether these statements, beside what is known here, take the body of an entry away. They come with it because it
/// comes before them in any log.
pub(super) fn is_proved_redacted(charter: &Charter, entry: &Entry, proof: &[Checked]) -> bool {
    let is_known = charter.is_redacted(&entry.id(), entry.header());
    if is_known || proof.is_empty() {
        return is_known;
    }
    let mut charter = charter.clone();
    for statement in proof {
        let lawful = authority::may_sign(&charter, statement.entry.header()).is_ok();
        let news = CharterNews::read(&statement.entry, statement.body.as_deref()).filter(|_| lawful);
        super::admission::take_in(&mut charter, news.into_iter().collect());
    }
    charter.is_redacted(&entry.id(), entry.header())
}
