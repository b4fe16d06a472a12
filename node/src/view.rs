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
        entry::{CertificateId, DocKey, EntryId, Kind},
    },
    records::LogIndex,
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
    names: Arc<Names>,
    documents: BTreeMap<DocKey, Summary>,
    touched: BTreeSet<DocKey>,
}

/// What is new in the log.
struct News {
    /// The log is not the one that was seen: begin again.
    another: bool,
    seen: u64,
    last: Option<EntryId>,
    touched: BTreeSet<DocKey>,
    units: Vec<(Since, UnitPath, String)>,
    holders: Vec<(Since, HolderId, String)>,
    more: bool,
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
        loop {
            let (seen, last) = (self.seen, self.last);
            let news = core.read(move |sight| look(sight, seen, last)).await??;
            if news.another {
                *self = View::default();
                continue;
            }
            self.seen = news.seen;
            self.last = news.last;
            self.touched.extend(news.touched);
            if !news.units.is_empty() || !news.holders.is_empty() {
                let names = Arc::make_mut(&mut self.names);
                for (since, unit, name) in news.units {
                    put_name(&mut names.units, unit, Named { since, name });
                }
                for (since, holder, name) in news.holders {
                    put_name(&mut names.holders, holder, Named { since, name });
                }
            }
            if !news.more {
                break;
            }
        }
        while !self.touched.is_empty() {
            let some: Vec<DocKey> = self.touched.iter().take(VIEW_DOCUMENTS_AT_A_TIME).cloned().collect();
            let asked = some.clone();
            let made = core.read(move |sight| asked.iter().map(|document| summarise(sight, document)).collect());
            let made: Result<Vec<Summary>, DeskError> = made.await?;
            self.documents.extend(made?.into_iter().map(|summary| (summary.document.clone(), summary)));
            some.iter().for_each(|document| {
                self.touched.remove(document);
            });
        }
        Ok(())
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

fn look(sight: &Sight<'_>, seen: u64, last: Option<EntryId>) -> Result<News, DeskError> {
    let length = sight.replica.log_length().0;
    let mut news = News {
        another: false,
        seen,
        last,
        touched: BTreeSet::new(),
        units: Vec::new(),
        holders: Vec::new(),
        more: false,
    };
    // A node whose disk failed may have lost what was never acknowledged.
    let same = match seen.checked_sub(1) {
        None => true,
        Some(before) if before < length => Some(sight.replica.entry(LogIndex(before), sight.store)?.id()) == last,
        Some(_) => false,
    };
    if !same {
        return Ok(News { another: true, ..news });
    }
    let end = length.min(seen + VIEW_ENTRIES_AT_A_TIME as u64);
    for at in seen..end {
        let entry = sight.replica.entry(LogIndex(at), sight.store)?;
        let header = entry.header();
        news.last = Some(entry.id());
        if LISTED.contains(&header.kind) {
            news.touched.insert(header.document());
        }
        if ![Kind::UNITS, Kind::HOLDER].contains(&header.kind) {
            continue;
        }
        let since = (header.claimed_time_s, header.seq, entry.id());
        match sight.replica.said(LogIndex(at), sight.store)?.act() {
            Some(Act::NameUnits(rows)) => {
                news.units.extend(rows.iter().map(|row| (since, row.unit.clone(), row.name.clone())));
            }
            Some(Act::NameHolder(named)) => news.holders.push((since, named.holder, named.name.clone())),
            _ => {}
        }
    }
    news.seen = end;
    news.more = end < length;
    Ok(news)
}

/// The error of an id that names nothing here.
pub(crate) fn unknown(id: &str) -> DeskError {
    DeskError::new(Code::NoSuchDocument).with("id", id.chars().take(64).collect::<String>())
}
