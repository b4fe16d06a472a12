//! What a list says of a report: of a draft its fields, of a filed one what was filed and what became of it, of a lead
//! nothing but that it was handed over.

use fangwei_protocol::{
    record::entry::{DocKey, EntryId, Kind},
    records::RecordsFailure,
    replica::{Casefile, Rulebook, Said},
    trust::charter::HolderId,
    work::{
        calendar::Term,
        report::{
            act::{Concerned, Outcome},
            table::ReportStage,
            triage_of,
        },
        unit::UnitPath,
    },
};
use serde::{Deserialize, Serialize};

use super::{Gist, of_fields, texts_of_fields, word};
use crate::{
    desk::{DeskError, texts},
    run::Sight,
};

/// From whom a report is hidden: from everybody who asks without saying who they are, and from these. Source: domain §6.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Closed {
    /// The unit that it is about, or whose head; nobody there or below sees it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// The person it is about, as 32 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<String>,
    /// Who wrote it, and sees it always.
    pub author: String,
}

/// A report that waits to be accepted or passed on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// When it came to where it lies; seconds since 1970 UTC.
    pub since_s: i64,
    /// How long it may wait.
    pub term: Term,
}

impl Closed {
    /// Whether somebody may see it.
    #[must_use]
    pub fn is_open_to(&self, holder: &HolderId, unit: &UnitPath) -> bool {
        let holder = hex(holder);
        let is_there = || {
            let about = self.unit.as_ref().map(|about| about.parse::<UnitPath>());
            // What cannot be read hides.
            about.is_some_and(|about| about.map_or(true, |about| about.contains(unit)))
        };
        self.author == holder || !(self.person.as_ref() == Some(&holder) || is_there())
    }

    /// From whom a report about this is hidden; none: from nobody.
    fn of(concerned: &Concerned, author: Option<HolderId>) -> Option<Closed> {
        let unit = concerned.is_about(&concerned.unit).then(|| concerned.unit.to_string());
        let person = concerned.holder.as_ref().map(hex);
        let is_closed = unit.is_some() || person.is_some();
        is_closed.then(|| Closed { unit, person, author: author.as_ref().map(hex).unwrap_or_default() })
    }
}

/// What became of a report, by its name in the API.
#[must_use]
pub(crate) fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::NoSubstance => "no_substance",
        Outcome::Duplicate { .. } => "duplicate",
        Outcome::Lead => "lead",
        Outcome::Warning { .. } => "warning",
    }
}

/// The triages of a report that are kept here: at its own unit and those above.
///
/// # Errors
///
/// [`RecordsFailure`].
pub(crate) fn triages(sight: &Sight<'_>, report: &DocKey, rules: &Rulebook) -> Result<Vec<Casefile>, RecordsFailure> {
    let mut found = Vec::new();
    let mut unit = Some(report.scope.home.clone());
    while let Some(at) = unit {
        let history = sight.replica.history(&triage_of(report, &at), sight.store)?;
        if !history.is_empty() {
            found.push(sight.replica.casefile_of(&triage_of(report, &at), history, rules));
        }
        unit = at.parent();
    }
    Ok(found)
}

/// The reports a triage is about.
pub(crate) fn reports_of(sight: &Sight<'_>, triage: &DocKey) -> Result<Vec<DocKey>, RecordsFailure> {
    use fangwei_protocol::{record::body::Act, work::report::act::TriageAct};
    let history = sight.replica.history(triage, sight.store)?;
    let opened = history.iter().filter_map(|said| match said.act()? {
        Act::Triage(act) => match &**act {
            TriageAct::Open { report, .. } if report.kind == Kind::REPORT => Some(report.clone()),
            _ => None,
        },
        _ => None,
    });
    Ok(opened.collect())
}

/// What a report is about, and the text it is found by.
pub(super) fn of_report(
    sight: &Sight<'_>,
    document: &DocKey,
    history: Vec<Said>,
    rules: &Rulebook,
) -> Result<Option<(Gist, String)>, DeskError> {
    let unit = document.scope.home.to_string();
    let file = sight.replica.casefile_of(document, history, rules);
    let report = sight.replica.report(&file);
    let Some((filed, step)) = report.filed().zip(report.file) else {
        let Some(made) = sight.replica.document(&file.history, sight.store, None)? else { return Ok(None) };
        let reading = made.read();
        let mut gist = of_fields(unit, Kind::REPORT, &reading);
        gist.closed = closed_draft(sight, &file, &word(&reading, "concerned_unit"), &word(&reading, "concerned_post"));
        return Ok(Some((gist, texts_of_fields(&reading))));
    };
    let closed = filed.concerned.as_ref().and_then(|concerned| Closed::of(concerned, Some(step.by.holder)));
    let mut outcome = None;
    for triage in triages(sight, document, rules)? {
        let folded = sight.replica.triage(&triage);
        if folded.stage == ReportStage::Left {
            let stage = Some(ReportStage::Left.name().into());
            let outcome = Some(outcome_name(&Outcome::Lead).into());
            return Ok(Some((Gist { unit, stage, outcome, closed, ..Gist::default() }, String::new())));
        }
        // Of several the one furthest up.
        outcome = folded.outcome().map(|outcome| outcome_name(outcome).to_owned()).or(outcome);
    }
    let waits = matches!(report.stage, ReportStage::Filed | ReportStage::Asked);
    let waiting = report.came_by.filter(|_| waits).zip(report.pack).and_then(|(came, pack)| {
        let since_s = time_of(&file, &came)?;
        Some(Waiting { since_s, term: pack.reports.acceptance })
    });
    let number = &filed.number;
    let gist = Gist {
        unit,
        title: filed.title.clone(),
        post: filed.concerned.as_ref().map(|concerned| concerned.post.clone()).filter(|post| !post.is_empty()),
        category: Some(filed.category.into()),
        quarter: time_of(&file, &step.id).map(super::quarter_of),
        urgency: if filed.is_urgent { "urgent".into() } else { String::new() },
        stage: Some(report.stage.name().into()),
        lies_with: report.lies_with.map(ToString::to_string),
        number: Some(format!("{}〔{}〕{}号", number.word, number.year, number.number)),
        outcome,
        waiting,
        closed,
        ..Gist::default()
    };
    let acts = file.history.iter().filter_map(Said::act).flat_map(texts::of_act);
    // Nobody finds out by searching who reported.
    let found_by: Vec<&str> = acts.filter(|(field, _)| *field != "who").map(|(_, text)| text).collect();
    Ok(Some((gist, found_by.join("\n"))))
}

/// A draft about a unit is its author's; whether somebody is its head is said when it is filed.
fn closed_draft(sight: &Sight<'_>, file: &Casefile, unit: &str, post: &str) -> Option<Closed> {
    let unit: UnitPath = unit.parse().ok()?;
    let concerned = Concerned { unit, post: post.into(), holder: None, is_head: false };
    let first = file.history.first().map(|said| said.entry.header().author);
    let author = first.and_then(|author| Some(sight.replica.charter().certificate(&author)?.certificate.holder));
    Closed::of(&concerned, author)
}

/// When an entry was signed, by its author's clock.
pub(crate) fn time_of(file: &Casefile, id: &EntryId) -> Option<i64> {
    let said = file.history.iter().find(|said| said.entry.id() == *id)?;
    Some(said.entry.header().claimed_time_s)
}

fn hex(holder: &HolderId) -> String {
    data_encoding::HEXLOWER.encode(holder.as_slice())
}
