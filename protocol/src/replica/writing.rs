//! The first door: what an officer may not say is refused before it is signed.
//!
//! Draft → sign → submit. The person confirms scope, kind, document, `after` and body hash; epoch, seq, prev and times
//! are filled in when signing. The driver signs and submits before it takes another input, so that two drafts never
//! claim one place.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{Now, Replica, Said};
use crate::{
    limits::{AFTER_MAX, BODY_BYTES_MAX},
    record::{
        body::{Act, Body, Content},
        document::{Inapplicable, Mark},
        entry::{CertificateId, Claim, ClaimFault, DocKey, Entry, EntryId, Epoch, Hash, Header, Reach, Scope},
        feed::{Feed, HeaderFault},
        reconcile::is_shared,
    },
    records::{FeedKey, Records, RecordsFailure, find, key},
    trust::{
        authority::{self, VoidReason},
        key::KeyPair,
        redaction::{RedactionFault, is_redactable, may_remain},
        revocation::{Stand, Strike},
    },
    work::{
        cadre::CadreRefusal,
        case::{refusal::Refused, series::SeriesRefusal},
        report::refusal::ReportRefused,
        schema::Schema,
        sharing::ShareRefusal,
        unit::UnitPath,
    },
};

/// What an officer wants to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Whose certificate will sign.
    pub author: CertificateId,
    /// In which document.
    pub document: DocKey,
    /// At which heads; none: at all of the document's heads.
    pub after: Option<Vec<EntryId>>,
    /// What.
    pub content: Content,
}

/// A draft that may be signed: nothing in it changes any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsigned {
    /// What will be signed.
    pub header: Header,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why something may not be said.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum WriteRefusal {
    /// The certificate may not sign here.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// A scope this node does not keep: what is written there would never leave it.
    #[error("node at {unit} does not keep what is homed at {home}")]
    NotKept {
        /// Where this node stands.
        unit: UnitPath,
        /// The home of the scope.
        home: UnitPath,
    },
    /// The entry would have no effect.
    #[error(transparent)]
    Void(#[from] VoidReason),
    /// The author's certificate is dead: whatever it says is struck.
    #[error(transparent)]
    Struck(#[from] Strike),
    /// There is no such stretch in the feed somebody would stand for.
    #[error("no chain leads from {last} back to {first} in this feed")]
    NoSuchStretch {
        /// Where it ought to begin.
        first: EntryId,
        /// Where it ought to end.
        last: EntryId,
    },
    /// Words cannot be taken out like this.
    #[error(transparent)]
    Redaction(#[from] RedactionFault),
    /// The edit would not apply.
    #[error("edit does not apply: {0}")]
    Inapplicable(Inapplicable),
    /// The case's rules say no.
    #[error(transparent)]
    Case(#[from] Refused),
    /// The report's rules say no.
    #[error(transparent)]
    Report(#[from] ReportRefused),
    /// The register of serial numbers says no.
    #[error(transparent)]
    Series(#[from] SeriesRefusal),
    /// The register of managed posts says no.
    #[error(transparent)]
    Cadre(#[from] CadreRefusal),
    /// The rules of sharing with departments say no.
    #[error(transparent)]
    Share(#[from] ShareRefusal),
    /// The body is too large.
    #[error("body has {bytes} bytes, at most {BODY_BYTES_MAX} are allowed")]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
    /// The document has more heads than one entry may name: join them first.
    #[error("document has {heads} heads, at most {AFTER_MAX} can be named: join them first")]
    TooManyHeads {
        /// How many it has.
        heads: usize,
    },
    /// `after` names an entry that is not in the document.
    #[error("{after} is not in the document")]
    NotInDocument {
        /// What was named.
        after: EntryId,
    },
}

/// Why a draft could not be prepared.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum WriteError {
    /// The rules say no.
    #[error(transparent)]
    Refusal(#[from] WriteRefusal),
    /// The store could not be read.
    #[error(transparent)]
    Failure(#[from] RecordsFailure),
}

impl Draft {
    /// From now on a join, written, stands for the heads it names: see [`Replica::join`].
    pub fn has_joined(&mut self, heads: &[EntryId], join: EntryId) {
        if let Some(after) = &mut self.after {
            after.retain(|id| !heads.contains(id));
            after.push(join);
        }
    }
}

impl Unsigned {
    /// Signs with the author's key.
    ///
    /// # Errors
    ///
    /// [`ClaimFault`] if the header is not one anybody would take, and [`ClaimFault::NotSigned`] if the key is another
    /// certificate's: every peer would take the entry, and all that follows it in its feed, for forged.
    pub fn sign(self, replica: &Replica, key: &KeyPair) -> Result<(Entry, std::sync::Arc<[u8]>), ClaimFault> {
        let author = self.header.author;
        if replica.charter().complete(&author).is_none_or(|by| by.certificate.key != key.public()) {
            return Err(ClaimFault::NotSigned { author });
        }
        Ok((self.header.sign(replica.genesis(), key)?, self.body.into()))
    }
}

impl Replica {
    /// Prepares what an officer wants to say, or says why not.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub fn draft(&self, now: Now, salt: [u8; 16], draft: Draft, records: &dyn Records) -> Result<Unsigned, WriteError> {
        if !self.keeps(&draft.document.scope) {
            let (unit, home) = (self.me().unit.clone(), draft.document.scope.home);
            return Err(WriteRefusal::NotKept { unit, home }.into());
        }
        let history = self.history(&draft.document, records)?;
        let mut after = draft.after.unwrap_or_else(|| nameable(&history));
        after.sort_unstable();
        after.dedup();
        if after.len() > AFTER_MAX {
            return Err(WriteRefusal::TooManyHeads { heads: after.len() }.into());
        }
        let known: BTreeSet<EntryId> = history.iter().map(|said| said.entry.id()).collect();
        if let Some(after) = after.iter().find(|id| !known.contains(id)) {
            return Err(WriteRefusal::NotInDocument { after: *after }.into());
        }
        let DocKey { scope, kind, doc } = draft.document;
        let feed = self.frontier().feed(&scope, &draft.author).cloned();
        let feed = feed.unwrap_or_else(|| Feed::new(&scope, &draft.author));
        let (prev, seq) = self.place(&feed, records)?;
        let body = Body::new(salt, draft.content).bytes();
        if body.len() > BODY_BYTES_MAX {
            return Err(WriteRefusal::TooLarge { bytes: body.len() }.into());
        }
        let just_prev = after.len() == 1 && after.first() == prev.as_ref();
        let none_at_all = after.is_empty() && prev.is_none();
        // Named once, and again when there is a newer one: what follows in the feed was not before it either.
        let anchor = self.newest_anchor(records)?.filter(|newest| self.anchors.get(&feed.key) != Some(newest));
        let header = Header {
            scope,
            kind,
            doc,
            author: draft.author,
            epoch: self.epoch(&feed.key),
            seq,
            prev,
            after: if just_prev || none_at_all { None } else { Some(after) },
            claimed_time_s: now.0,
            anchor,
            body: Hash::of(&body),
        };
        authority::may_sign(self.charter(), &header).map_err(WriteRefusal::from)?;
        let judged = authority::judge(self.charter(), &header, Some(&body)).map_err(WriteRefusal::from)?;
        if let Some(strike) = self.charter().dead(&header.author) {
            return Err(WriteRefusal::Struck(strike).into());
        }
        self.check_meaning(now, &header, &judged, &body, history, records)?;
        Ok(Unsigned { header, body })
    }

    /// What must be written before this draft, because the draft would name more heads than one entry may: an edit that
    /// changes nothing and names as many of them as it can. Once it is written it stands for those it names, in the
    /// draft's `after` too.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn join(&self, draft: &Draft, records: &dyn Records) -> Result<Option<Draft>, RecordsFailure> {
        // Only a document that merges edits can be joined; it is short work where there is nothing to join.
        if Schema::of(draft.document.kind).is_none_or(|schema| schema.fields.is_empty()) {
            return Ok(None);
        }
        let heads = match &draft.after {
            Some(after) => after.iter().copied().collect::<BTreeSet<_>>().into_iter().collect(),
            None => nameable(&self.history(&draft.document, records)?),
        };
        if heads.len() <= AFTER_MAX {
            return Ok(None);
        }
        let after = Some(heads.into_iter().take(AFTER_MAX).collect());
        let Draft { author, document, .. } = draft.clone();
        Ok(Some(Draft { author, document, after, content: Content::Edit(Vec::new()) }))
    }

    /// Whether this node keeps a scope: its subtree, and what reaches down from above.
    #[must_use]
    pub fn keeps(&self, scope: &Scope) -> bool {
        let unit = &self.me().unit;
        is_shared(unit, scope) || (scope.reach == Reach::LOCAL && unit.contains(&scope.home))
    }

    /// The heads of a document: entries no other names in `after`.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn heads(&self, document: &DocKey, records: &dyn Records) -> Result<Vec<EntryId>, RecordsFailure> {
        Ok(heads(&self.history(document, records)?))
    }

    /// The rules that need more than the entry itself: the document's state, the case's way.
    fn check_meaning(
        &self,
        now: Now,
        header: &Header,
        body: &Body,
        bytes: &[u8],
        history: Vec<Said>,
        records: &dyn Records,
    ) -> Result<(), WriteError> {
        match &body.content {
            Content::Edit(_) => match self.mark_if_written(header, body, bytes, &history, records)? {
                Some(Mark::Inapplicable(why)) => Err(WriteRefusal::Inapplicable(why).into()),
                _ => Ok(()),
            },
            Content::Act(Act::Stand { author, first, last }) => {
                let (first, last) = (*first, *last);
                let (id, seq) = (EntryId(header.body), header.seq);
                let stand = Stand { id, author: header.author, document: header.document(), seq, first, last };
                let stretch = match self.frontier().feed(&header.scope, author) {
                    Some(feed) => self.stretch(&header.scope, author, feed, &stand, records)?,
                    None => None,
                };
                stretch.map(drop).ok_or(WriteRefusal::NoSuchStretch { first, last }.into())
            }
            Content::Act(Act::Redact { subject, remains, .. }) => {
                let said = self.find(subject, records)?.filter(|said| said.entry.header().scope == header.scope);
                let said = said.ok_or(WriteRefusal::Redaction(RedactionFault::NoSubject))?;
                if !is_redactable(said.entry.header().kind) {
                    return Err(WriteRefusal::Redaction(RedactionFault::Forbidden).into());
                }
                Ok(may_remain(said.content().as_ref(), remains).map_err(WriteRefusal::from)?)
            }
            Content::Act(act) => self.check_act(now, header, act, history, records),
        }
    }

    /// Executes the edit as if it were written, and says how it would be marked.
    fn mark_if_written(
        &self,
        header: &Header,
        body: &Body,
        bytes: &[u8],
        history: &[Said],
        records: &dyn Records,
    ) -> Result<Option<Mark>, RecordsFailure> {
        // Signed by nobody: it only lends the edit an id and a place.
        let unsigned = Claim::unsigned(header.clone()).reopen(self.genesis());
        let id = unsigned.id();
        let mut with = history.to_vec();
        let (at, bytes) = (self.log_length(), Some(bytes.into()));
        with.push(Said { at, entry: unsigned, bytes, body: Ok(body.clone()), strike: None, remains: None });
        let document = self.document(&with, records, None)?;
        Ok(document.and_then(|document| document.read().marks.get(&id).cloned()))
    }

    /// Where this node's next entry in a feed goes: after the last it wrote there and still keeps, else after the tip
    /// with the greatest (seq, id).
    fn place(&self, feed: &Feed, records: &dyn Records) -> Result<(Option<EntryId>, u64), RecordsFailure> {
        let own = match self.own.get(&feed.key) {
            Some(id) => Some(*id),
            None => {
                let stored = records.get(&key::own(&feed.key))?;
                stored.and_then(|bytes| crate::record::cbor::decode(&bytes).ok())
            }
        };
        if let Some(id) = own {
            if let Some(tip) = feed.tip(&id) {
                return Ok((Some(id), tip.seq + 1));
            }
            if let Some(at) = find(records, &id)? {
                return Ok((Some(id), self.entry(at, records)?.header().seq + 1));
            }
        }
        Ok(feed.last().map_or((None, 0), |tip| (Some(tip.id), tip.seq + 1)))
    }

    /// This process's epoch in a feed: random, and telling nothing across feeds.
    fn epoch(&self, feed: &FeedKey) -> Epoch {
        let hash = Hash::of_parts("fangwei epoch 1", [self.start_seed.as_slice(), feed.0.as_slice()]);
        let mut epoch = [0; 8];
        epoch.iter_mut().zip(hash.as_slice()).for_each(|(to, from)| *to = *from);
        Epoch(epoch)
    }
}

/// Entries no other names in `after`, ascending.
fn heads(history: &[Said]) -> Vec<EntryId> {
    let named: BTreeSet<EntryId> = history.iter().flat_map(|said| said.entry.header().after()).copied().collect();
    let mut heads: Vec<EntryId> = history.iter().map(|said| said.entry.id()).filter(|id| !named.contains(id)).collect();
    heads.sort_unstable();
    heads
}

/// The heads a new entry names: all, or, where somebody without the right to has left so many that they cannot be named,
/// those of what has an effect.
fn nameable(history: &[Said]) -> Vec<EntryId> {
    let all = heads(history);
    if all.len() <= AFTER_MAX {
        return all;
    }
    let (void, counts): (Vec<_>, Vec<_>) = history.iter().partition(|said| said.body.is_err());
    let void: BTreeMap<EntryId, &Said> = void.into_iter().map(|said| (said.entry.id(), said)).collect();
    let mut named = BTreeSet::new();
    let mut open: Vec<EntryId> = counts.iter().flat_map(|said| said.entry.header().after()).copied().collect();
    while let Some(id) = open.pop() {
        // What is named through something void is known to its author all the same.
        if let Some(said) = named.insert(id).then(|| void.get(&id)).flatten() {
            open.extend(said.entry.header().after());
        }
    }
    let mut heads: Vec<EntryId> = counts.iter().map(|said| said.entry.id()).filter(|id| !named.contains(id)).collect();
    heads.sort_unstable();
    heads
}
