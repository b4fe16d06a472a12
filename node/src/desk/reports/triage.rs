//! Triage 分流: what the deciding unit makes of a report.
//!
//! It stands in a document of its own at the unit of who does it, whose name follows from the report's.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{DocKey, Kind},
    },
    replica::{Draft, WriteError},
    trust::charter::HolderId,
    work::{
        report::{
            act::{Outcome, TriageAct},
            refusal::ReportRefusal,
            table::ReportStage,
            triage_of,
        },
        unit::UnitPath,
    },
};

use super::{holder_in, no};
use crate::{
    api::shape::{ReportDeedForm, TriageForm, Written as WrittenShape},
    desk::{Desk, DeskError, Officer},
    run::Sight,
};

/// What a form names, found.
#[derive(Default)]
struct Named {
    /// The triage of another report, or a case.
    linked: Option<DocKey>,
    /// Whose it is from now on.
    to: Option<UnitPath>,
    /// Who takes no part.
    holder: Option<HolderId>,
}

impl Desk {
    /// Does something in the triage of a report at the officer's unit. Passing it on is said in the report too.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`](crate::desk::Code::NodeStopped),
    /// [`Code::StoreFailed`](crate::desk::Code::StoreFailed).
    pub async fn triage(&self, officer: &Officer, id: &str, form: TriageForm) -> Result<WrittenShape, DeskError> {
        let (report, _) = self.report_document(Some(officer), id).await?;
        let asker = self.asker(officer).await?;
        let triage = triage_of(&report, &asker.unit);
        let mut named = Named::default();
        match &form {
            TriageForm::Duplicate { of, .. } => {
                let (of, _) = self.report_document(Some(officer), of).await?;
                named.linked = Some(triage_of(&of, &asker.unit));
            }
            TriageForm::Warning { case, .. } => {
                let files = self.files_of(case).await?;
                named.linked = files.into_iter().find(|file| file.kind == Kind::CASE_INNER);
            }
            TriageForm::PassOn { to, .. } => named.to = Some(self.unit(Some(to))?),
            TriageForm::Recuse { officer: Some(id), .. } => {
                let id = id.clone();
                let found = self.node().core().read(move |sight| holder_in(sight, &id));
                named.holder = Some(found.await??);
            }
            TriageForm::Recuse { officer: None, .. } => named.holder = Some(asker.holder),
            _ => {}
        }
        let passed_to = match &form {
            TriageForm::PassOn { to, .. } => Some(to.clone()),
            _ => None,
        };
        if passed_to.is_some() && self.is_passed_on(&triage).await? {
            // It was cut short between the two: the report has yet to say so.
            return self.pass_on(officer, id, passed_to).await;
        }
        let author = officer.certificate;
        let of_report = report.clone();
        let written = self.write(officer, move |sight| {
            let act = act_of(sight, form, &of_report, &triage, named)?;
            Ok(Draft { author, document: triage, after: None, content: Content::Act(Act::Triage(Box::new(act))) })
        });
        let written = written.await?;
        if passed_to.is_some() {
            return self.pass_on(officer, id, passed_to).await;
        }
        self.written(report.doc, Kind::REPORT, written).await
    }

    async fn pass_on(&self, officer: &Officer, id: &str, to: Option<String>) -> Result<WrittenShape, DeskError> {
        self.do_with_report(officer, id, ReportDeedForm::PassOn { to: to.unwrap_or_default() }).await
    }

    async fn is_passed_on(&self, triage: &DocKey) -> Result<bool, DeskError> {
        let triage = triage.clone();
        let read = self.node().core().read(move |sight| {
            let file = sight.replica.casefile(&triage, &sight.replica.rulebook(sight.store)?, sight.store)?;
            Ok(sight.replica.triage(&file).stage == ReportStage::PassedOn)
        });
        read.await?
    }
}

/// What is done, with the entries it is about.
fn act_of(
    sight: &Sight<'_>,
    form: TriageForm,
    report: &DocKey,
    document: &DocKey,
    named: Named,
) -> Result<TriageAct, WriteError> {
    let rules = sight.replica.rulebook(sight.store)?;
    let file = sight.replica.casefile(document, &rules, sight.store)?;
    let triage = sight.replica.triage(&file);
    let opened = || triage.opened.map(|step| step.id).ok_or_else(|| no(ReportRefusal::NoSuchOpening));
    let linked = |linked: Option<DocKey>| linked.ok_or_else(|| no(ReportRefusal::NotLinked));
    let decide = |outcome, reason| Ok(TriageAct::Decide { opened: opened()?, outcome, reason });
    match form {
        TriageForm::Open => {
            let file = sight.replica.casefile(report, &rules, sight.store)?;
            let folded = sight.replica.report(&file);
            let filed = folded.file.map(|file| file.id).ok_or_else(|| no(ReportRefusal::NoSuchReport))?;
            Ok(TriageAct::Open { report: report.clone(), filed, concerned: folded.concerned().cloned() })
        }
        TriageForm::NoSubstance { reason } => decide(Outcome::NoSubstance, reason),
        TriageForm::Duplicate { reason, .. } => decide(Outcome::Duplicate { of: linked(named.linked)? }, reason),
        TriageForm::Lead => decide(Outcome::Lead, String::new()),
        TriageForm::Warning { reason, .. } => decide(Outcome::Warning { case: linked(named.linked)? }, reason),
        TriageForm::Reopen { reason } => {
            let decided = triage.decided.map(|step| step.id).ok_or_else(|| no(ReportRefusal::NoSuchDecision))?;
            Ok(TriageAct::Reopen { decided, reason })
        }
        TriageForm::PassOn { reason, .. } => {
            let to = named.to.ok_or_else(|| no(ReportRefusal::NotElsewhere))?;
            Ok(TriageAct::PassOn { opened: opened()?, to, reason })
        }
        TriageForm::Recuse { reason, .. } => {
            let holder = named.holder.ok_or_else(|| no(ReportRefusal::NotForOthers))?;
            Ok(TriageAct::Recuse { holder, reason })
        }
    }
}
