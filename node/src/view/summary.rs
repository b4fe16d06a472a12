//! What a list says of one document, made from its entries.

use std::collections::BTreeMap;

use fangwei_protocol::{
    record::{
        body::Value,
        document::{FieldValue, Reading},
        entry::{CertificateId, DocKey, EntryId, Kind},
    },
    replica::Said,
    work::{
        case::{CaseAct, Level, Stage},
        unit::UnitPath,
    },
};

use crate::{desk::DeskError, limits::VIEW_EXCERPT_CHARS, run::Sight};

/// One document in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Which.
    pub document: DocKey,
    /// The newest claimed time of a valid entry; seconds since 1970 UTC.
    pub changed_s: i64,
    /// The last entry of each author: when these are held above, all are.
    pub ends: Vec<EntryId>,
    /// Whether a node above has confirmed all of it. Never ends, but by new entries.
    pub held_above: bool,
    /// What it is about.
    pub gist: Gist,
}

/// What a document is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gist {
    /// A report.
    Report {
        /// Its title.
        title: String,
        /// Its category.
        category: Option<i64>,
        /// Its urgency.
        urgency: String,
    },
    /// A risk point.
    Risk {
        /// Its post.
        post: String,
        /// Its kind.
        kind: String,
        /// Its level.
        level: Option<i64>,
        /// The beginning of its description.
        description: String,
        /// Fields with more than one value.
        alternatives: u64,
    },
    /// The inner file of a case.
    Inner {
        /// The unit warned.
        subject: UnitPath,
        /// The post warned.
        post: Option<String>,
        /// How severe.
        level: Level,
        /// Proposed or approved.
        stage: Stage,
    },
    /// The outer file of a case.
    Outer {
        /// The inner file.
        case: DocKey,
        /// The post warned.
        post: Option<String>,
        /// How severe.
        level: Level,
        /// Issued, answered or lifted.
        stage: Stage,
    },
    /// Nothing in it has effect.
    Nothing,
}

pub(super) fn summarise(sight: &Sight<'_>, document: &DocKey) -> Result<Summary, DeskError> {
    let history = sight.replica.history(document, sight.store)?;
    let ends = ends(sight, &history);
    let valid = history.iter().filter(|said| said.has_effect());
    let changed_s = valid.map(|said| said.entry.header().claimed_time_s).max().unwrap_or_default();
    let held_above = held_above(sight, document, &ends)?;
    let gist = gist(sight, document, &history)?;
    Ok(Summary { document: document.clone(), changed_s, ends, held_above, gist })
}

/// Whether a node above has confirmed these entries. What stands above this node came from there.
pub(super) fn held_above(sight: &Sight<'_>, document: &DocKey, ends: &[EntryId]) -> Result<bool, DeskError> {
    if document.scope.home.is_above(&sight.replica.me().unit) {
        return Ok(true);
    }
    for id in ends {
        let Some(said) = sight.replica.find(id, sight.store)? else { return Ok(false) };
        if sight.replica.held_above(&said.entry, sight.store)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The last entry of each author; of an author whose feed branched, all.
fn ends(sight: &Sight<'_>, history: &[Said]) -> Vec<EntryId> {
    let mut last: BTreeMap<CertificateId, (u64, EntryId)> = BTreeMap::new();
    let mut ends = Vec::new();
    for said in history {
        let header = said.entry.header();
        let feed = sight.replica.frontier().feed(&header.scope, &header.author);
        if feed.is_some_and(|feed| feed.branched) {
            ends.push(said.entry.id());
            continue;
        }
        let place = (header.seq, said.entry.id());
        let end = last.entry(header.author).or_insert(place);
        *end = (*end).max(place);
    }
    ends.extend(last.into_values().map(|(_, id)| id));
    ends
}

fn gist(sight: &Sight<'_>, document: &DocKey, history: &[Said]) -> Result<Gist, DeskError> {
    Ok(match document.kind {
        Kind::CASE_INNER => {
            let inner = sight.replica.inner(history);
            let stage = if inner.approval.is_some() { Stage::Approved } else { Stage::Proposed };
            match inner.proposal.map(|step| step.act) {
                Some(CaseAct::Propose { subject, post, level, .. }) => {
                    Gist::Inner { subject: subject.clone(), post: post.clone(), level: *level, stage }
                }
                _ => Gist::Nothing,
            }
        }
        Kind::CASE_OUTER => {
            let outer = sight.replica.outer(history);
            match (outer.stage(), outer.paper.map(|step| step.act)) {
                (Some(stage), Some(CaseAct::Issue { case, post, level, .. })) => {
                    Gist::Outer { case: case.clone(), post: post.clone(), level: *level, stage }
                }
                _ => Gist::Nothing,
            }
        }
        kind => match sight.replica.document(history, sight.store, None)? {
            None => Gist::Nothing,
            Some(document) => of_fields(kind, &document.read()),
        },
    })
}

fn of_fields(kind: Kind, reading: &Reading) -> Gist {
    if kind == Kind::REPORT {
        let (title, urgency) = (word(reading, "title"), word(reading, "urgency"));
        return Gist::Report { title, category: number(reading, "category"), urgency };
    }
    let alternatives = reading.fields.values().filter(|value| match value {
        FieldValue::Single { others, .. } => !others.is_empty(),
        FieldValue::Prose(_) | FieldValue::Items(_) => false,
    });
    let description = match reading.fields.get("description") {
        Some(FieldValue::Prose(text)) => text.chars().take(VIEW_EXCERPT_CHARS).collect(),
        _ => String::new(),
    };
    Gist::Risk {
        post: word(reading, "post"),
        kind: word(reading, "kind"),
        level: number(reading, "level"),
        description,
        alternatives: alternatives.count() as u64,
    }
}

fn single<'r>(reading: &'r Reading, field: &str) -> Option<&'r Value> {
    match reading.fields.get(field) {
        Some(FieldValue::Single { shown: Some(setting), .. }) => Some(&setting.value),
        _ => None,
    }
}

fn word(reading: &Reading, field: &str) -> String {
    match single(reading, field) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn number(reading: &Reading, field: &str) -> Option<i64> {
    match single(reading, field) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}
