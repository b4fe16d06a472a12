//! Lists that follow the journal: one summary for each document, and who and what is called how.
//!
//! In memory for now. A look brings the view up to the log by reading what is new and making the touched documents
//! again, in small batches, so that the core is never held up; the second look at ten thousand reports is a walk
//! through a map. No rule is decided from here.

mod summary;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use fangwei_protocol::{
    record::{
        body::Act,
        entry::{CertificateId, DocKey, Entry, EntryId, Hash, Kind},
    },
    records::{LogIndex, RecordsFailure},
    replica::Said,
    trust::charter::HolderId,
    work::unit::UnitPath,
};

pub use self::summary::{Gist, Summary};
use self::summary::{held_above, summarise};
use crate::{
    desk::{Code, DeskError},
    limits::{VIEW_DOCUMENTS_AT_A_TIME, VIEW_ENTRIES_AT_A_TIME},
    run::{Core, Sight},
};

/// What units and holders are called.
#[derive(Clone, Default, Debug)]
pub struct Names {
    units: BTreeMap<UnitPath, Named>,
    holders: BTreeMap<HolderId, Named>,
}

/// When something was named: by its author's clock, then by place in the author's feed, then by id, so that every node
/// decides between two names alike.
type Since = (i64, u64, EntryId);

/// A name, and what decides between two.
#[derive(Clone, Debug)]
struct Named {
    since: Since,
    name: String,
}

/// The view of one node.
#[derive(Default, Debug)]
pub struct View {
    /// Entries looked at, from the first.
    seen: u64,
    last: Option<EntryId>,
    /// [`fangwei_protocol::trust::charter::Charter::standing_digest`] when they were: with another, what was made of
    /// them may be otherwise now.
    standing: Option<Hash>,
    names: Arc<Names>,
    documents: BTreeMap<DocKey, Summary>,
    touched: BTreeSet<DocKey>,
    /// Entries that could not be read when they were looked at, and documents that cannot be for that: not listed until
    /// they can.
    lacking: BTreeSet<LogIndex>,
    unread: BTreeSet<DocKey>,
    /// What is being made again since something was struck, stood for or redacted.
    rejudging: Option<Rejudging>,
}

/// Everything that may read otherwise now, until it has been looked at again. Lists go on showing what they showed:
/// one document is always read from its entries, so only a list can be behind, and the node says by how much.
#[derive(Debug)]
struct Rejudging {
    documents: BTreeSet<DocKey>,
    /// Documents that name somebody or something, and what they name by now.
    naming: Vec<DocKey>,
    names: Names,
    /// Whether somebody is at it.
    is_claimed: bool,
}

/// What is new in the log.
struct News {
    /// The log is not the one that was seen: begin again.
    another: bool,
    standing: Hash,
    seen: u64,
    last: Option<EntryId>,
    touched: BTreeSet<DocKey>,
    named: Vec<NamedNow>,
    /// Entries that cannot be read.
    lacking: BTreeSet<LogIndex>,
    more: bool,
}

/// Somebody or something that was named.
#[derive(Clone)]
enum NamedNow {
    Unit(Since, UnitPath, String),
    Holder(Since, HolderId, String),
}

/// Kinds that are listed.
const LISTED: [Kind; 4] = [Kind::REPORT, Kind::RISK, Kind::CASE_INNER, Kind::CASE_OUTER];

impl Names {
    /// What a unit is called; empty if nobody named it.
    #[must_use]
    pub fn unit(&self, unit: &UnitPath) -> &str {
        self.units.get(unit).map_or("", |named| &named.name)
    }

    /// What a holder is called; empty if that is not known here.
    #[must_use]
    pub fn holder(&self, holder: &HolderId) -> &str {
        self.holders.get(holder).map_or("", |named| &named.name)
    }

    /// The units that have names, in the order of their paths.
    pub fn units(&self) -> impl Iterator<Item = (&UnitPath, &str)> {
        self.units.iter().map(|(unit, named)| (unit, named.name.as_str()))
    }

    fn put(&mut self, named: &NamedNow) {
        match named.clone() {
            NamedNow::Unit(since, unit, name) => put_name(&mut self.units, unit, Named { since, name }),
            NamedNow::Holder(since, holder, name) => put_name(&mut self.holders, holder, Named { since, name }),
        }
    }

    /// What the holder of a certificate is called.
    #[must_use]
    pub fn of_certificate(&self, id: &CertificateId, sight: &Sight<'_>) -> &str {
        let certified = sight.replica.charter().certificate(id);
        certified.map_or("", |certified| self.holder(&certified.certificate.holder))
    }
}

impl View {
    /// Brings the view up to the log.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn refresh(&mut self, core: &Core) -> Result<(), DeskError> {
        self.touched.append(&mut self.unread);
        loop {
            let (seen, last) = (self.seen, self.last);
            let again = std::mem::take(&mut self.lacking);
            let news = core.read(move |sight| look(sight, seen, last, again)).await??;
            if news.another {
                *self = View::default();
                continue;
            }
            self.seen = news.seen;
            self.last = news.last;
            self.touched.extend(news.touched);
            self.lacking = news.lacking;
            if !news.named.is_empty() {
                let names = Arc::make_mut(&mut self.names);
                for named in &news.named {
                    names.put(named);
                    if let Some(rejudging) = &mut self.rejudging {
                        rejudging.names.put(named);
                    }
                }
            }
            if self.standing.replace(news.standing).is_some_and(|before| before != news.standing) {
                self.rejudge(core).await?;
            }
            if !news.more {
                break;
            }
        }
        while !self.touched.is_empty() {
            let some: Vec<DocKey> = self.touched.iter().take(VIEW_DOCUMENTS_AT_A_TIME).cloned().collect();
            let asked = some.clone();
            let made = core.read(move |sight| summaries(sight, &asked));
            let made = made.await??;
            for document in &some {
                self.touched.remove(document);
                if let Some(rejudging) = &mut self.rejudging {
                    rejudging.documents.remove(document);
                }
            }
            self.list(some, made);
        }
        Ok(())
    }

    /// Lists these documents, but for those that could not be read.
    fn list(&mut self, documents: Vec<DocKey>, made: Vec<Option<Summary>>) {
        for (document, summary) in documents.into_iter().zip(made) {
            match summary {
                Some(summary) => drop(self.documents.insert(document, summary)),
                None => {
                    self.documents.remove(&document);
                    self.unread.insert(document);
                }
            }
        }
    }

    /// From now on everything is to be looked at again.
    async fn rejudge(&mut self, core: &Core) -> Result<(), DeskError> {
        let naming = core.read(|sight| -> Result<Vec<DocKey>, DeskError> {
            let mut naming = sight.replica.documents(Kind::UNITS, sight.store)?;
            naming.extend(sight.replica.documents(Kind::HOLDER, sight.store)?);
            Ok(naming)
        });
        let naming = naming.await??;
        let is_claimed = self.rejudging.as_ref().is_some_and(|rejudging| rejudging.is_claimed);
        let documents = self.documents.keys().cloned().collect();
        self.rejudging = Some(Rejudging { documents, naming, names: Names::default(), is_claimed });
        Ok(())
    }

    /// Documents that may read otherwise than they are listed.
    #[must_use]
    pub fn to_rejudge(&self) -> u64 {
        self.rejudging.as_ref().map_or(0, |rejudging| (rejudging.documents.len() + rejudging.naming.len()) as u64)
    }

    /// Whether there is something to look at again and nobody is at it; from now on the caller is.
    pub(crate) fn claim_rejudging(&mut self) -> bool {
        match &mut self.rejudging {
            Some(rejudging) => !std::mem::replace(&mut rejudging.is_claimed, true),
            None => false,
        }
    }

    /// Whoever claimed it gives up.
    pub(crate) fn release_rejudging(&mut self) {
        if let Some(rejudging) = &mut self.rejudging {
            rejudging.is_claimed = false;
        }
    }

    /// Looks at some of it again; returns whether there is more. What is left when the process ends needs no memory:
    /// a view that begins afresh looks at everything.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub(crate) async fn rejudge_some(&mut self, core: &Core) -> Result<bool, DeskError> {
        let Some(rejudging) = &mut self.rejudging else { return Ok(false) };
        let rest = rejudging.naming.len().saturating_sub(VIEW_DOCUMENTS_AT_A_TIME);
        let naming = rejudging.naming.split_off(rest);
        if !naming.is_empty() {
            let named = core.read(move |sight| -> Result<Vec<NamedNow>, DeskError> {
                let mut named = Vec::new();
                for document in naming {
                    if let Some(history) = readable(sight.replica.history(&document, sight.store))? {
                        named.extend(history.iter().flat_map(names_in));
                    }
                }
                Ok(named)
            });
            let named = named.await??;
            named.iter().for_each(|named| rejudging.names.put(named));
            return Ok(true);
        }
        let some: Vec<DocKey> = rejudging.documents.iter().take(VIEW_DOCUMENTS_AT_A_TIME).cloned().collect();
        if some.is_empty() {
            self.names = Arc::new(std::mem::take(&mut rejudging.names));
            self.rejudging = None;
            return Ok(false);
        }
        let asked = some.clone();
        let made = core.read(move |sight| summaries(sight, &asked)).await??;
        some.iter().for_each(|document| {
            rejudging.documents.remove(document);
        });
        self.list(some, made);
        Ok(true)
    }

    /// Asks for these documents whether nodes above hold all of them by now.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn refresh_held(&mut self, core: &Core, documents: &[DocKey]) -> Result<(), DeskError> {
        let open: Vec<(DocKey, Vec<EntryId>)> = documents
            .iter()
            .filter_map(|document| self.documents.get(document))
            .filter(|summary| !summary.held_above)
            .map(|summary| (summary.document.clone(), summary.ends.clone()))
            .collect();
        for some in open.chunks(VIEW_ENTRIES_AT_A_TIME) {
            let some = some.to_vec();
            let held = core.read(move |sight| -> Result<Vec<DocKey>, DeskError> {
                let mut held = Vec::new();
                for (document, ends) in some {
                    if held_above(sight, &document, &ends)? {
                        held.push(document);
                    }
                }
                Ok(held)
            });
            for document in held.await?? {
                if let Some(summary) = self.documents.get_mut(&document) {
                    summary.held_above = true;
                }
            }
        }
        Ok(())
    }

    /// What is called how.
    #[must_use]
    pub fn names(&self) -> Arc<Names> {
        self.names.clone()
    }

    /// The documents of a kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Summary> {
        self.documents.values().filter(move |summary| summary.document.kind == kind)
    }

    /// One document.
    #[must_use]
    pub fn document(&self, document: &DocKey) -> Option<&Summary> {
        self.documents.get(document)
    }

    /// The papers given in a case.
    pub fn papers<'v>(&'v self, case: &'v DocKey) -> impl Iterator<Item = &'v Summary> {
        self.of_kind(Kind::CASE_OUTER)
            .filter(move |summary| matches!(&summary.gist, Gist::Outer { case: of, .. } if of == case))
    }
}

fn put_name<K: Ord>(names: &mut BTreeMap<K, Named>, key: K, named: Named) {
    match names.get(&key) {
        Some(standing) if standing.since > named.since => {}
        _ => {
            names.insert(key, named);
        }
    }
}

/// What was read, or nothing where a record is damaged: it is shown to nobody and keeps nothing else from being shown.
pub(crate) fn readable<T>(read: Result<T, RecordsFailure>) -> Result<Option<T>, RecordsFailure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(RecordsFailure::Damaged(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A summary of each of these; none of those that cannot be read.
fn summaries(sight: &Sight<'_>, documents: &[DocKey]) -> Result<Vec<Option<Summary>>, DeskError> {
    let made = documents.iter().map(|document| match summarise(sight, document) {
        Ok(summary) => Ok(Some(summary)),
        // It may be the document, or what its place in a branched feed depends on.
        Err(error) if error.code == Code::StoreFailed && sight.store.has_damage() => Ok(None),
        Err(error) => Err(error),
    });
    made.collect()
}

fn look(sight: &Sight<'_>, seen: u64, last: Option<EntryId>, again: BTreeSet<LogIndex>) -> Result<News, DeskError> {
    let length = sight.replica.log_length().0;
    let now = sight.replica.charter().standing_digest();
    let mut news = News {
        another: false,
        standing: now,
        seen,
        last,
        touched: BTreeSet::new(),
        named: Vec::new(),
        lacking: BTreeSet::new(),
        more: false,
    };
    // A node whose disk failed may have lost what was never acknowledged.
    let same = match seen.checked_sub(1) {
        None => true,
        Some(before) if before < length => {
            let entry = readable(sight.replica.entry(LogIndex(before), sight.store))?;
            entry.is_none_or(|entry| Some(entry.id()) == last)
        }
        Some(_) => false,
    };
    if !same {
        return Ok(News { another: true, ..news });
    }
    let end = length.min(seen + VIEW_ENTRIES_AT_A_TIME as u64);
    for at in again.into_iter().chain((seen..end).map(LogIndex)) {
        let entry = readable(sight.replica.entry(at, sight.store))?;
        if at.0 >= seen {
            news.last = entry.as_ref().map(Entry::id);
        }
        let Some(entry) = entry else {
            news.lacking.insert(at);
            continue;
        };
        let header = entry.header();
        if LISTED.contains(&header.kind) {
            news.touched.insert(header.document());
        }
        if [Kind::UNITS, Kind::HOLDER].contains(&header.kind)
            && let Some(said) = readable(sight.replica.said(at, sight.store))?
        {
            news.named.extend(names_in(&said));
        }
    }
    news.seen = end;
    news.more = end < length;
    Ok(news)
}

/// What an entry names, if it has effect.
fn names_in(said: &Said) -> Vec<NamedNow> {
    let header = said.entry.header();
    let since = (header.claimed_time_s, header.seq, said.entry.id());
    match said.act() {
        Some(Act::NameUnits(rows)) => {
            rows.iter().map(|row| NamedNow::Unit(since, row.unit.clone(), row.name.clone())).collect()
        }
        Some(Act::NameHolder(named)) => vec![NamedNow::Holder(since, named.holder, named.name.clone())],
        _ => Vec::new(),
    }
}

/// The error of an id that names nothing here.
pub(crate) fn unknown(id: &str) -> DeskError {
    DeskError::new(Code::NoSuchDocument).with("id", id.chars().take(64).collect::<String>())
}
