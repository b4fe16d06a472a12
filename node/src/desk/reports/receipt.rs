//! What becomes of an anonymous report, asked by its receipt code at any node that keeps it.
//!
//! The report's name follows from the code and its unit, so that there is one place a unit to look at and nothing to search
//! through; a wrong code costs as little, and the answer to it does not say why. Who deals with it and where is never
//! told. Source: domain §6.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::entry::{DocKey, EntryId},
    records::RecordsFailure,
    replica::{Casefile, Rulebook},
    work::{
        calendar::day_of,
        case::law::Taken,
        report::{
            act::{Origin, ReportAct},
            file::Report,
            report_of_code,
            table::ReportStage,
        },
        unit::UnitPath,
    },
};

use super::{CODE_LENGTH, code_hash};
use crate::{
    api::shape::{ReceiptForm, ReceiptSaid, ReceiptShown},
    desk::{Code, Desk, DeskError},
    run::Sight,
    view::triages,
    words::{self, Language},
};

/// Units a report was passed on through, beyond which it is not followed: a county has three levels.
const PASSED_ON_MAX: usize = 8;

impl Desk {
    /// What whoever has a receipt code is told.
    ///
    /// # Errors
    ///
    /// [`Code::UnknownReceipt`], whatever is wrong with the code; [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn receipt(&self, form: &ReceiptForm, language: Language) -> Result<ReceiptShown, DeskError> {
        if form.code.chars().filter(char::is_ascii_alphanumeric).count() != CODE_LENGTH {
            return Err(Code::UnknownReceipt.into());
        }
        let code = code_hash(&form.code);
        let read = self.node().core().read(move |sight| {
            let rules = sight.replica.rulebook(sight.store)?;
            // Reports are filed by officers of their own unit: whoever was ever certified somewhere, also if no more.
            let certified = sight.replica.charter().all().map(|(_, known)| &known.certificate.unit);
            let units: BTreeSet<&UnitPath> = certified.collect();
            for unit in units {
                let document = report_of_code(&code, unit);
                let file = sight.replica.casefile(&document, &rules, sight.store)?;
                let report = sight.replica.report(&file);
                let is_it = report.filed().is_some_and(|filed| filed.origin == Origin::Anonymous { code });
                if is_it {
                    return told(sight, &rules, &document, language);
                }
            }
            Err(Code::UnknownReceipt.into())
        });
        read.await?
    }
}

/// How it stands where it stands now: with the first unit, or the last it was passed on to, as far as that is kept here.
fn told(sight: &Sight<'_>, rules: &Rulebook, document: &DocKey, language: Language) -> Result<ReceiptShown, DeskError> {
    let mut at = document.clone();
    let mut filed = None;
    let (mut questions, mut replies) = (Vec::new(), Vec::new());
    let mut state = "received";
    for _ in 0..PASSED_ON_MAX {
        let file = sight.replica.casefile(&at, rules, sight.store)?;
        let report = sight.replica.report(&file);
        let Some(first) = report.file else { break };
        filed = filed.or_else(|| day(&file, &first.id));
        questions = said(&file, &report.questions);
        replies.extend(said(&file, &report.replies));
        state = stage(sight, rules, &at, &report)?;
        match passed_on(&report) {
            Some(copy) if sight.replica.keeps(&copy.scope) => at = copy.clone(),
            _ => break,
        }
    }
    Ok(ReceiptShown {
        state: state.into(),
        state_name: words::receipt(language, state),
        filed: filed.unwrap_or_default(),
        questions,
        replies,
    })
}

fn stage(
    sight: &Sight<'_>,
    rules: &Rulebook,
    document: &DocKey,
    report: &Report<'_>,
) -> Result<&'static str, RecordsFailure> {
    Ok(match report.stage {
        ReportStage::Accepted if triages(sight, document, rules)?.is_empty() => "accepted",
        ReportStage::Accepted => "in_hand",
        ReportStage::Replied => "closed",
        ReportStage::Withdrawn => "withdrawn",
        ReportStage::PassedOn => "passed_on",
        _ => "received",
    })
}

/// The report of the unit it was passed on to, which keeps one of its own.
fn passed_on<'a>(report: &Report<'a>) -> Option<&'a DocKey> {
    report.steps.iter().rev().find_map(|step| match step.act {
        ReportAct::PassOn { copy, .. } => copy.as_ref(),
        _ => None,
    })
}

fn said(file: &Casefile, steps: &[Taken<'_, ReportAct>]) -> Vec<ReceiptSaid> {
    let one = |step: &Taken<'_, ReportAct>| match step.act {
        ReportAct::AskBack { question: text, .. } | ReportAct::Reply { text, .. } => {
            Some(ReceiptSaid { on: day(file, &step.id)?, text: text.clone() })
        }
        _ => None,
    };
    steps.iter().filter_map(one).collect()
}

/// The day an entry was written, by its author's clock: the hour might tell who was there.
fn day(file: &Casefile, id: &EntryId) -> Option<String> {
    let said = file.history.iter().find(|said| said.entry.id() == *id)?;
    Some(day_of(u64::try_from(said.entry.header().claimed_time_s).unwrap_or(0)).to_string())
}
