//! What is asked beyond the fold before an act of a report or its triage is written: the other documents, the register,
//! the clock.
//!
//! None of this can decide what is received: not everybody keeps the triage. Source: domain §6.

use super::{
    act::{Outcome, ReportAct, TriageAct},
    file::{Report, ReportLaw},
    refusal::{ReportRefusal, ReportRefused, unless},
    table::ReportStage,
    triage::Triage,
};
use crate::{
    record::entry::DocKey,
    work::{
        case::{
            act::{Proposal, SerialNumber},
            law::Taken,
        },
        pack::published::PackName,
    },
};

/// What the writer's node knows beside the document.
#[derive(Clone, Copy)]
pub struct ReportKnowledge<'w> {
    /// The report a triage is about.
    pub report: Option<&'w Report<'w>>,
    /// The proposal of the case a triage names.
    pub case: Option<&'w Proposal>,
    /// What another triage of this unit is a duplicate of.
    pub duplicate_of: &'w dyn Fn(&DocKey) -> Option<DocKey>,
    /// The document written in.
    pub document: &'w DocKey,
    /// The pack for new reports of the unit today.
    pub in_force: &'w PackName,
    /// Whether a register allotted a number to this document and has not struck it.
    pub is_allotted: &'w dyn Fn(&SerialNumber) -> bool,
    /// Seconds since 1970 UTC.
    pub now_s: i64,
}

/// Whether an act of a report may be written now, and the stage after it.
///
/// # Errors
///
/// All that [`Report::may`] refuses; then [`ReportRefusal::RulesNotInForce`], [`ReportRefusal::NumberNotAllotted`] and
/// [`ReportRefusal::NotYetHappened`].
pub fn may_write_report<'a>(
    report: &Report<'a>,
    step: &Taken<'a, ReportAct>,
    law: &ReportLaw<'a>,
    known: &ReportKnowledge<'_>,
) -> Result<ReportStage, ReportRefused> {
    let next = report.may(step, law)?;
    if let ReportAct::File(filed) = step.act {
        let rules = unless(filed.rules == *known.in_force, ReportRefusal::RulesNotInForce);
        rules.map_err(|why| why.by("domain §9"))?;
        let number = unless((known.is_allotted)(&filed.number), ReportRefusal::NumberNotAllotted);
        number.map_err(|why| why.by("domain §6"))?;
        let is_past = filed.happened_s.is_none_or(|happened| happened <= known.now_s);
        unless(is_past, ReportRefusal::NotYetHappened).map_err(|why| why.by("domain §6"))?;
    }
    Ok(next)
}

/// Whether an act of a triage may be written now, and the stage after it.
///
/// # Errors
///
/// All that [`Triage::may`] refuses; then [`ReportRefusal::NotAccepted`], [`ReportRefusal::Circular`] and
/// [`ReportRefusal::NotItsCase`].
pub fn may_write_triage<'a>(
    triage: &Triage<'a>,
    step: &Taken<'a, TriageAct>,
    law: &ReportLaw<'a>,
    known: &ReportKnowledge<'_>,
) -> Result<ReportStage, ReportRefused> {
    let next = triage.may(step, law)?;
    let refused = match step.act {
        TriageAct::Open { filed, concerned, .. } => {
            let is_taken_up = known.report.is_some_and(|report| {
                report.stage == ReportStage::Accepted
                    && report.lies_with == Some(law.home)
                    && report.file.map(|file| file.id) == Some(*filed)
                    && report.concerned() == concerned.as_ref()
            });
            unless(is_taken_up, ReportRefusal::NotAccepted)
        }
        TriageAct::Decide { outcome: Outcome::Duplicate { of }, .. } => {
            unless(!leads_to(of, known.document, known.duplicate_of), ReportRefusal::Circular)
        }
        TriageAct::Decide { outcome: Outcome::Warning { .. }, .. } => {
            let report = triage.report().map(|(report, _)| report);
            let names_it = known.case.is_some_and(|case| report.is_some_and(|report| case.reports.contains(report)));
            unless(names_it, ReportRefusal::NotItsCase)
        }
        _ => Ok(()),
    };
    refused.map_err(|why| why.by("domain §6"))?;
    Ok(next)
}

/// Whether a matter is, through others, a duplicate of another one; also where they already go round in a circle.
fn leads_to(from: &DocKey, to: &DocKey, duplicate_of: &dyn Fn(&DocKey) -> Option<DocKey>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let mut at = Some(from.clone());
    while let Some(document) = at {
        if document == *to || !seen.insert(document.clone()) {
            return true;
        }
        at = duplicate_of(&document);
    }
    false
}
