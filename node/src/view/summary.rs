//! What a list says of one document, made from its entries.

pub(crate) mod reports;

use std::collections::BTreeMap;

use fangwei_protocol::{
    record::{
        body::Value,
        document::{FieldValue, Reading},
        entry::{CertificateId, DocKey, EntryId, Kind},
    },
    replica::{Casefile, Rulebook, Said},
    work::{
        calendar::day_of,
        case::{
            Level,
            act::{OuterAct, Subject},
            table::Stage,
        },
    },
};
use serde::{Deserialize, Serialize};

pub use self::reports::{Closed, Waiting};
use crate::{
    desk::{DeskError, texts},
    limits::VIEW_EXCERPT_CHARS,
    run::Sight,
    view::rows::Quarter,
};

/// What lists say of one document.
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
    /// Entries of it that are struck.
    pub struck: u64,
    /// What it is about; nothing if nothing in it has effect.
    pub gist: Option<Gist>,
}

/// What a document is about.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Gist {
    /// The unit it is about, by path: that of a report or a risk is its home, that of a case the unit warned.
    pub unit: String,
    /// Of an outer file: the inner file.
    #[serde(with = "file", skip_serializing_if = "Option::is_none", default)]
    pub case: Option<DocKey>,
    /// A report's title, the beginning of a risk's description.
    pub title: String,
    /// The post concerned or warned.
    pub post: Option<String>,
    /// A risk's kind.
    pub sort: String,
    /// How far a case is: [`Stage::name`].
    pub stage: Option<String>,
    /// How severe: of a case 1 to 3, 1 the gravest; of a risk likewise.
    pub level: Option<i64>,
    /// A report's category.
    pub category: Option<i64>,
    /// The quarter in which a report was filed, a case proposed, or where that is not kept here, its warning issued.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quarter: Option<Quarter>,
    /// A report's urgency.
    pub urgency: String,
    /// Fields of a risk, or of the draft of a report, with more than one value.
    pub alternatives: u64,
    /// Of a filed report: the unit it lies with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lies_with: Option<String>,
    /// Its number, as `预信〔2026〕3号` without the unit's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// What became of it, where that is kept here: `no_substance`, `duplicate`, `lead` or `warning`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<String>,
    /// Since when it waits to be accepted, and for how long it may.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting: Option<Waiting>,
    /// From whom it is hidden; none: from nobody.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed: Option<Closed>,
}

/// A document made from its entries: what lists say of it, and the text it is found by.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) summary: Summary,
    pub(super) text: String,
}

/// A file of a case as one text: its home, reach, shelf, kind and id.
mod file {
    use fangwei_protocol::record::entry::{DocKey, Kind, Reach, Scope, Shelf};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(file: &Option<DocKey>, to: S) -> Result<S::Ok, S::Error> {
        let text = file.as_ref().map(|DocKey { scope: Scope { home, reach, shelf }, kind, doc }| {
            format!("{home} {} {} {} {doc}", reach.0, shelf.0, kind.0)
        });
        text.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DocKey>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default();
        let read = || -> Option<DocKey> {
            let home = word().parse().ok()?;
            let scope = Scope { home, reach: Reach(word().parse().ok()?), shelf: Shelf(word().parse().ok()?) };
            Some(DocKey { scope, kind: Kind(word().parse().ok()?), doc: word().parse().ok()? })
        };
        read_with(read).map(Some)
    }

    fn read_with<E: Error>(mut read: impl FnMut() -> Option<DocKey>) -> Result<DocKey, E> {
        read().ok_or_else(|| E::custom("not a file of a case"))
    }
}

/// The stage of an outer file whose paper was cancelled, where no other one was given.
pub const CANCELLED: &str = "cancelled";

/// Every stage at which a case can be listed.
pub fn stages() -> impl Iterator<Item = &'static str> {
    Stage::ALL.iter().map(|stage| stage.name()).chain([CANCELLED])
}

/// Whether nothing more has to be done in a case listed at a stage, but for an objection that may still come.
#[must_use]
pub fn is_over(stage: &str) -> bool {
    stage == CANCELLED || Stage::ALL.iter().any(|known| known.name() == stage && known.is_end())
}

impl Gist {
    /// Of the files of a case the one that is further along: the outer, which stands behind the inner, unless its paper
    /// was cancelled.
    #[must_use]
    pub fn furthest<'g>(gists: &[&'g Gist]) -> Option<&'g Gist> {
        let is_cancelled = |gist: &&&Gist| gist.stage.as_deref() == Some(CANCELLED);
        gists.iter().rev().find(|gist| !is_cancelled(gist)).or(gists.last()).copied()
    }
}

pub(super) fn summarise(sight: &Sight<'_>, document: &DocKey, rules: &Rulebook) -> Result<Made, DeskError> {
    let history = sight.replica.history(document, sight.store)?;
    let ends = ends(sight, &history);
    let valid = history.iter().filter(|said| said.has_effect());
    let changed_s = valid.map(|said| said.entry.header().claimed_time_s).max().unwrap_or_default();
    let held_above = held_above(sight, document, &ends)?;
    let struck = history.iter().filter(|said| said.strike.is_some()).count() as u64;
    let began_s = history.iter().filter(|said| said.has_effect()).map(|said| said.entry.header().claimed_time_s).min();
    let (mut gist, text) = about(sight, document, history, rules)?.unzip();
    if let Some(gist) = &mut gist
        && [Kind::CASE_INNER, Kind::CASE_OUTER].contains(&document.kind)
    {
        gist.quarter = began_s.map(quarter_of);
    }
    let summary = Summary { document: document.clone(), changed_s, ends, held_above, struck, gist };
    Ok(Made { summary, text: text.unwrap_or_default() })
}

/// The quarter of a time.
fn quarter_of(time_s: i64) -> Quarter {
    Quarter::of(day_of(u64::try_from(time_s).unwrap_or(0)))
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

/// What a document is about, and the text it is found by.
fn about(
    sight: &Sight<'_>,
    document: &DocKey,
    history: Vec<Said>,
    rules: &Rulebook,
) -> Result<Option<(Gist, String)>, DeskError> {
    let home = document.scope.home.to_string();
    Ok(match document.kind {
        Kind::CASE_INNER => {
            let file = sight.replica.casefile_of(document, history, rules);
            let inner = sight.replica.inner(&file);
            let gist =
                inner.proposed().map(|proposal| of_case(&proposal.subject, None, proposal.level, inner.stage.name()));
            gist.map(|gist| (gist, written_in(&file)))
        }
        Kind::CASE_OUTER => {
            let file = sight.replica.casefile_of(document, history, rules);
            let outer = sight.replica.outer(&file);
            // A paper that was cancelled was served all the same: whoever has it finds what became of it.
            let last = outer.cancelled.last().and_then(|step| match step.act {
                OuterAct::Issue(warning) => Some((warning.as_ref(), CANCELLED)),
                _ => None,
            });
            let warning = outer.warning().map(|warning| (warning, outer.stage.name())).or(last);
            let gist = warning.map(|(new, stage)| of_case(&new.subject, Some(new.case.clone()), new.level, stage));
            gist.map(|gist| (gist, written_in(&file)))
        }
        Kind::REPORT => reports::of_report(sight, document, history, rules)?,
        kind => {
            let made = sight.replica.document(&history, sight.store, None)?;
            made.map(|made| {
                let reading = made.read();
                (of_fields(home, kind, &reading), texts_of_fields(&reading))
            })
        }
    })
}

/// All texts of the acts of a file that have an effect.
fn written_in(file: &Casefile) -> String {
    let acts = file.history.iter().filter_map(Said::act);
    acts.flat_map(texts::of_act).map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

fn of_case(subject: &Subject, case: Option<DocKey>, level: Level, stage: &str) -> Gist {
    let (level, stage) = (Some(level.0.into()), Some(stage.into()));
    let post = subject.post().map(Into::into);
    Gist { unit: subject.unit().to_string(), case, post, level, stage, ..Gist::default() }
}

fn of_fields(unit: String, kind: Kind, reading: &Reading) -> Gist {
    let alternatives = reading.fields.values().filter(|value| match value {
        FieldValue::Single { others, .. } => !others.is_empty(),
        FieldValue::Prose(_) | FieldValue::Items(_) => false,
    });
    let alternatives = alternatives.count() as u64;
    if kind == Kind::REPORT {
        let (title, urgency) = (word(reading, "title"), word(reading, "urgency"));
        let category = number(reading, "category");
        return Gist { unit, title, category, urgency, alternatives, ..Gist::default() };
    }
    let title = match reading.fields.get("description") {
        Some(FieldValue::Prose(text)) => text.chars().take(VIEW_EXCERPT_CHARS).collect(),
        _ => String::new(),
    };
    let post = Some(word(reading, "post"));
    let (sort, level) = (word(reading, "kind"), number(reading, "level"));
    Gist { unit, title, post, sort, level, alternatives, ..Gist::default() }
}

/// All texts of a document that is edited.
fn texts_of_fields(reading: &Reading) -> String {
    let mut texts = String::new();
    for value in reading.fields.values() {
        let some: Vec<&str> = match value {
            FieldValue::Single { shown: Some(setting), .. } => text_of(&setting.value).into_iter().collect(),
            FieldValue::Single { shown: None, .. } => Vec::new(),
            FieldValue::Prose(text) => vec![text],
            FieldValue::Items(items) => items.iter().map(String::as_str).collect(),
        };
        for text in some {
            texts.push_str(text);
            texts.push('\n');
        }
    }
    texts
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
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
