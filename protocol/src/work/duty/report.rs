//! Duties that follow from a report and its triage.

use std::collections::BTreeSet;

use super::{Duty, Reading, Task, Whom};
use crate::{
    record::entry::{DocKey, EntryId},
    trust::charter::{HolderId, Role},
    work::{
        case::law::HANDLING,
        days::{Days, LastDay, Moments},
        report::{
            act::{Outcome, ReportAct, TriageAct},
            file::Report,
            table::ReportStage,
            triage::Triage,
        },
        unit::UnitPath,
    },
};

/// A report with its triage, as far as they are kept here.
#[derive(Clone, Copy)]
pub struct ReportFiles<'f> {
    /// The report's document.
    pub document: &'f DocKey,
    /// The report.
    pub report: &'f Report<'f>,
    /// The triage that is open or was decided, with its document: at the deciding unit and above.
    pub triage: Option<(&'f DocKey, &'f Triage<'f>)>,
    /// Whether the words of the report were taken out of it.
    pub is_redacted: bool,
}

/// All there is to do about a report.
#[must_use]
pub fn of_report(files: &ReportFiles<'_>, days: &dyn Days, moments: &dyn Moments) -> Vec<Duty> {
    let report = files.report;
    let (Some(file), Some(lies_with)) = (report.file, report.lies_with) else { return Vec::new() };
    let mut duties = Vec::new();
    let mut owe = |document: &DocKey, from: EntryId, task: Task, whom: Whom, due: Option<LastDay>| {
        duties.push(Duty { document: document.clone(), from, task, whom, due });
    };
    let is_left = files.triage.is_some_and(|(_, triage)| triage.stage == ReportStage::Left);
    for question in report.questions.iter().filter(|_| !is_left && is_live(report.stage)) {
        owe(files.document, question.id, Task::AnswerQuestion, Whom::Person(file.by.holder), None);
    }
    let handling = || office(lies_with, HANDLING, concerned(files));
    let triager = || office(lies_with, &[Role::ANALYST], concerned(files));
    match report.stage {
        ReportStage::Filed | ReportStage::Asked => {
            let came = report.came_by.unwrap_or(file.id);
            owe(files.document, came, Task::TakeUp, handling(), report.acceptance_until(days, moments));
        }
        ReportStage::Accepted | ReportStage::Replied => match files.triage {
            _ if is_left && !files.is_redacted => {
                let roles = [Role::DISCIPLINE_LEAD, Role::SECRETARY, Role::PARTY_COMMITTEE];
                owe(files.document, file.id, Task::Redact, office(lies_with, &roles, concerned(files)), None);
            }
            None => owe(files.document, file.id, Task::Triage, triager(), None),
            Some((document, triage)) if triage.stage == ReportStage::Open => {
                let from = triage.opened.map_or(file.id, |opened| opened.id);
                owe(document, from, Task::Triage, triager(), None);
            }
            Some((_, triage)) if report.stage == ReportStage::Accepted && triage.stage == ReportStage::Decided => {
                let from = triage.decided.map_or(file.id, |decided| decided.id);
                owe(files.document, from, Task::Reply, handling(), None);
            }
            Some(_) => {}
        },
        _ => {}
    }
    duties
}

/// All there is to read in a report: by its author what was replied and asked and where it went; by the unit it lies
/// with what was added, and that it was taken back; by whoever crossed another act that theirs is without effect.
#[must_use]
pub fn to_read_of_report(files: &ReportFiles<'_>) -> Vec<Reading> {
    let report = files.report;
    let (Some(file), Some(lies_with)) = (report.file, report.lies_with) else { return Vec::new() };
    let reading = |entry, whom| Reading { document: files.document.clone(), entry, whom };
    let of_step = |act: &ReportAct, entry: EntryId| match act {
        ReportAct::AskBack { .. } | ReportAct::Accept { .. } | ReportAct::PassOn { .. } | ReportAct::Reply { .. } => {
            Some(reading(entry, Whom::Person(file.by.holder)))
        }
        ReportAct::Supplement { .. } | ReportAct::Withdraw { .. } => {
            Some(reading(entry, office(lies_with, HANDLING, concerned(files))))
        }
        ReportAct::File(_) => None,
    };
    let mut readings: Vec<Reading> = report.steps.iter().filter_map(|step| of_step(step.act, step.id)).collect();
    readings.extend(report.lost.iter().map(|step| reading(step.id, Whom::Person(step.by.holder))));
    // A warning that comes of it is the discipline lead's to know of early.
    let Some((document, triage)) = files.triage else { return readings };
    readings.extend(triage.lost.iter().map(|step| Reading {
        document: document.clone(),
        entry: step.id,
        whom: Whom::Person(step.by.holder),
    }));
    if let Some(decided) = triage
        .decided
        .filter(|step| matches!(step.act, TriageAct::Decide { outcome: Outcome::Warning { .. } | Outcome::Lead, .. }))
    {
        let whom = office(&document.scope.home, &[Role::DISCIPLINE_LEAD, Role::SECRETARY], concerned(files));
        readings.push(Reading { document: document.clone(), entry: decided.id, whom });
    }
    readings
}

/// Whether a question still matters.
fn is_live(stage: ReportStage) -> bool {
    matches!(stage, ReportStage::Filed | ReportStage::Asked | ReportStage::Accepted | ReportStage::Replied)
}

fn office(unit: &UnitPath, roles: &[Role], but: BTreeSet<HolderId>) -> Whom {
    Whom::Office { unit: unit.clone(), roles: roles.to_vec(), but }
}

/// Who takes no part: whom it is about, and who recused themselves.
fn concerned(files: &ReportFiles<'_>) -> BTreeSet<HolderId> {
    let about = files.report.concerned().and_then(|concerned| concerned.holder);
    let recused = files.triage.map(|(_, triage)| triage.recused.iter().copied());
    about.into_iter().chain(recused.into_iter().flatten()).collect()
}
