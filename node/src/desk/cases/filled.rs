//! What an act of a case is about, filled in when it is written: the entries that stand then, and the hash of what was
//! shown unless somebody signs for what they looked at before.

use fangwei_protocol::{
    record::entry::{DocKey, EntryId, Hash},
    records::RecordsFailure,
    replica::{Casefile, Rulebook},
    work::{
        cadre::Cadres,
        calendar::{Day, Term, day_of},
        case::{
            act::{InnerAct, OuterAct, Paper, SerialNumber, TermSet, Warning},
            breach::{Breach, breaches},
            inner::Inner,
            outer::Outer,
            outer_file,
            permit::Seat,
            refusal::CaseRefusal,
            table::Stage,
        },
        pack::level::{FormId, PaperRule},
    },
};

use super::meant::OPEN;
use crate::run::Sight;

/// The files of a case as they are folded when an act is written.
#[derive(Clone, Copy)]
pub(in crate::desk) struct Standing<'a> {
    pub(in crate::desk) case: &'a DocKey,
    pub(in crate::desk) inner: Option<(&'a Casefile, &'a Inner<'a>)>,
    pub(in crate::desk) outer: Option<(&'a Casefile, &'a Outer<'a>)>,
}

impl Standing<'_> {
    /// Where the two files contradict each other, where both are kept.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub(in crate::desk) fn breaches(
        &self,
        sight: &Sight<'_>,
        rules: &Rulebook,
        cadres: &Cadres,
        bench: &[Seat],
    ) -> Result<Vec<Breach>, RecordsFailure> {
        let (Some((_, inner)), Some((file, outer))) = (self.inner, self.outer) else { return Ok(Vec::new()) };
        let mut allotted = Vec::new();
        for number in outer.numbers() {
            if sight.replica.is_allotted(number, &file.document, rules, sight.store)? {
                allotted.push(number.clone());
            }
        }
        Ok(breaches(inner, outer, bench, cadres, &|number| allotted.contains(number)))
    }

    /// An act of the inner file with what it is about.
    pub(super) fn fill_inner(&self, act: &mut InnerAct) {
        let Some((file, inner)) = self.inner else { return };
        let proposed = inner.proposal.map(|step| step.id);
        match act {
            InnerAct::Return { proposal, .. } | InnerAct::Drop { proposal, .. } | InnerAct::Plan { proposal, .. } => {
                set(proposal, proposed);
            }
            InnerAct::Decide { proposal, shown, .. } => {
                set(proposal, proposed);
                show(shown, file, &[Some(*proposal)]);
            }
            InnerAct::Rescind { decision, .. } => set(decision, inner.decision.map(|step| step.id)),
            InnerAct::Deliberate { objection, .. } => {
                set(objection, self.outer.and_then(|(_, outer)| outer.objection).map(|step| step.id));
            }
            InnerAct::Propose(_)
            | InnerAct::Recuse { .. }
            | InnerAct::Refer { .. }
            | InnerAct::Escalate { .. }
            | InnerAct::Link { .. }
            | InnerAct::Settle { .. } => {}
        }
    }

    /// An act of the outer file with what it is about; of a paper, its form and number too.
    pub(super) fn fill_outer(&self, act: &mut OuterAct, number: Option<&SerialNumber>) {
        let Some((file, outer)) = self.outer else { return };
        let (issued, answered) = (outer.issue.map(|step| step.id), outer.last_answer().map(|step| step.id));
        let form = self.form_of(act);
        if let (Some(form), Some(number)) = (form, number) {
            match act {
                OuterAct::Notice { paper, .. }
                | OuterAct::Extend { paper, .. }
                | OuterAct::Tell { paper: Some(paper), .. } => {
                    (paper.form, paper.number) = (form, number.clone());
                }
                _ => {}
            }
        }
        match act {
            OuterAct::Issue(_) | OuterAct::Settle { .. } => {}
            OuterAct::Extend { issue, request, .. } | OuterAct::RefuseExtension { issue, request, .. } => {
                set(issue, issued);
                set(request, outer.requested.map(|step| step.id));
            }
            OuterAct::Interview { issue, notice, .. } => {
                set(issue, issued);
                *notice = notice.or_else(|| outer.notices.last().map(|step| step.id));
            }
            OuterAct::Accept { issue, answer, shown } => {
                set(issue, issued);
                set(answer, answered);
                show(shown, file, &[Some(*issue), Some(*answer)]);
            }
            OuterAct::Lift { issue, answer, visit, shown, .. } => {
                set(issue, issued);
                set(answer, answered);
                // A visit before the last answer is none that it is lifted on.
                let made = outer.visits.last().filter(|_| outer.stage == Stage::Visited);
                *visit = visit.or_else(|| made.map(|step| step.id));
                show(shown, file, &[Some(*issue), Some(*answer), *visit]);
            }
            OuterAct::SendBack { issue, answer, .. } => {
                set(issue, issued);
                set(answer, answered);
            }
            OuterAct::Rule { issue, objection, .. } => {
                set(issue, issued);
                set(objection, outer.objection.map(|step| step.id));
            }
            OuterAct::Cancel { issue, .. }
            | OuterAct::Deliver { issue, .. }
            | OuterAct::Receive { issue, .. }
            | OuterAct::Notice { issue, .. }
            | OuterAct::Answer { issue, .. }
            | OuterAct::Evidence { issue, .. }
            | OuterAct::AskExtension { issue, .. }
            | OuterAct::Visit { issue, .. }
            | OuterAct::Withdraw { issue, .. }
            | OuterAct::Object { issue, .. }
            | OuterAct::Escalate { issue, .. }
            | OuterAct::Refer { issue }
            | OuterAct::Tell { issue, .. }
            | OuterAct::Link { issue, .. } => set(issue, issued),
        }
    }

    /// The form the rules ask for where an act comes with a paper.
    pub(super) fn form_of(&self, act: &OuterAct) -> Option<FormId> {
        let (_, outer) = self.outer?;
        match act {
            OuterAct::Notice { .. } => outer.way()?.interview_notice.clone(),
            OuterAct::Extend { .. } => self.form_of_extension(),
            OuterAct::Tell { who, paper: Some(_), .. } => {
                outer.rule?.told.iter().find(|told| told.who == *who)?.form.clone()
            }
            _ => None,
        }
    }

    /// The form of the paper by which more time is given.
    pub(super) fn form_of_extension(&self) -> Option<FormId> {
        let (_, outer) = self.outer?;
        Some(outer.rule?.extension.as_ref()?.form.clone())
    }

    /// More time, as much as was asked unless it is said how much.
    ///
    /// # Errors
    ///
    /// [`CaseRefusal::NoSuchWarning`], [`CaseRefusal::NoSuchRequest`], [`CaseRefusal::NotExtendable`].
    pub(super) fn extension(
        &self,
        by: Option<Term>,
        text: String,
        number: Option<&SerialNumber>,
    ) -> Result<OuterAct, CaseRefusal> {
        let (_, outer) = self.outer.ok_or(CaseRefusal::NoSuchWarning)?;
        let issue = outer.issue.ok_or(CaseRefusal::NoSuchWarning)?.id;
        let asked = outer.requested.ok_or(CaseRefusal::NoSuchRequest)?;
        let by = match (by, asked.act) {
            (Some(by), _) => by,
            (None, OuterAct::AskExtension { by, .. }) => *by,
            _ => return Err(CaseRefusal::NoSuchRequest),
        };
        let (form, number) = self.form_of_extension().zip(number).ok_or(CaseRefusal::NotExtendable)?;
        Ok(OuterAct::Extend { issue, request: asked.id, by, paper: Paper { form, number: number.clone(), text } })
    }

    /// The form of the paper by which the warning that was decided is given; none where it is given without.
    pub(super) fn form_of_issue(&self, text: &str) -> Option<FormId> {
        let (_, inner) = self.inner?;
        let way = inner.rule?.way(&inner.proposed()?.way)?;
        match &way.paper {
            PaperRule::Always(form) => Some(form.clone()),
            PaperRule::IfNeeded(form) if !text.trim().is_empty() => Some(form.clone()),
            PaperRule::Never | PaperRule::IfNeeded(_) => None,
        }
    }

    /// The warning that was decided, as it is given.
    ///
    /// # Errors
    ///
    /// [`CaseRefusal::NotDecided`].
    pub(super) fn warning(
        &self,
        text: &str,
        number: Option<&SerialNumber>,
        terms: Vec<TermSet>,
    ) -> Result<Warning, CaseRefusal> {
        let (_, inner) = self.inner.ok_or(CaseRefusal::NotDecided)?;
        let (proposal, decision) = inner.proposed().zip(inner.decision).ok_or(CaseRefusal::NotDecided)?;
        let decided_on = match decision.act {
            InnerAct::Decide { meeting: Some(meeting), .. } => meeting.on,
            _ => self.day_of(&decision.id).ok_or(CaseRefusal::NotDecided)?,
        };
        let paper = self.form_of_issue(text).zip(number);
        let paper = paper.map(|(form, number)| Paper { form, number: number.clone(), text: text.into() });
        Ok(Warning {
            case: self.case.clone(),
            decision: decision.id,
            decided_on,
            subject: proposal.subject.clone(),
            level: proposal.level,
            ground: proposal.ground.clone(),
            way: proposal.way.clone(),
            rules: proposal.rules.clone(),
            paper,
            terms,
            follows: proposal.follows.as_ref().map(|case| outer_file(case, proposal.subject.unit())),
        })
    }

    /// The day on which an entry of the inner file was signed, as its author says.
    fn day_of(&self, id: &EntryId) -> Option<Day> {
        let (file, _) = self.inner?;
        let said = file.history.iter().find(|said| said.entry.id() == *id)?;
        let time_s = u64::try_from(said.entry.header().claimed_time_s).ok()?;
        Some(day_of(time_s))
    }
}

fn set(entry: &mut EntryId, standing: Option<EntryId>) {
    if let Some(standing) = standing.filter(|_| entry.0 == OPEN) {
        *entry = standing;
    }
}

/// The hash of what is there, unless somebody signs for what they looked at.
fn show(shown: &mut Hash, file: &Casefile, ids: &[Option<EntryId>]) {
    let ids: Vec<EntryId> = ids.iter().flatten().copied().collect();
    if let Some(hash) = file.shown(&ids).filter(|_| *shown == OPEN) {
        *shown = hash;
    }
}
