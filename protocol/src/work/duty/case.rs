//! Duties that follow from the two files of a case.

use std::collections::BTreeSet;

use super::{Duty, Reading, Task, Whom};
use crate::{
    record::entry::{DocKey, EntryId},
    trust::charter::{HolderId, Role},
    work::{
        case::{
            act::{Clash, InnerAct, Opinion, OuterAct, Subject},
            breach::Breach,
            inner::Inner,
            law::{HANDLING, SUBJECTS, decider},
            outer::Outer,
            permit::{Answering, Deciders, Seat, who_answers},
            table::Stage,
        },
        days::{Day, Days, LastDay, Moments},
        pack::level::{LevelRule, LiftedOn, VisitRule},
        unit::UnitPath,
    },
};

/// A case, as far as it is kept here: at the subject's unit the outer file only.
#[derive(Clone, Copy)]
pub struct CaseFiles<'f> {
    /// The inner file with its document.
    pub inner: Option<(&'f DocKey, &'f Inner<'f>)>,
    /// The outer file with its document.
    pub outer: Option<(&'f DocKey, &'f Outer<'f>)>,
    /// Where the two contradict each other, where both are kept: [`crate::work::case::breach::breaches`].
    pub breaches: &'f [Breach],
    /// Who holds which roles where.
    pub bench: &'f [Seat],
}

/// Collects what is to be done.
struct Duties<'f> {
    files: CaseFiles<'f>,
    all: Vec<Duty>,
}

/// All there is to do in a case on a day.
#[must_use]
pub fn of_case(files: &CaseFiles<'_>, today: Day, days: &dyn Days, moments: &dyn Moments) -> Vec<Duty> {
    let mut duties = Duties { files: *files, all: Vec::new() };
    if let Some((document, inner)) = files.inner {
        duties.of_inner(document, inner);
    }
    if let Some((document, outer)) = files.outer {
        duties.of_outer(document, outer, today, days, moments);
    }
    duties.all
}

/// All there is to read in a case: what the other side did last.
#[must_use]
pub fn to_read_of_case(files: &CaseFiles<'_>) -> Vec<Reading> {
    let mut readings = Vec::new();
    if let Some((document, inner)) = files.inner {
        let proposer = inner.proposal.map(|step| Whom::Person(step.by.holder));
        for step in &inner.steps {
            let is_answer =
                matches!(step.act, InnerAct::Return { .. } | InnerAct::Decide { .. } | InnerAct::Rescind { .. });
            let whom = proposer.clone().filter(|_| is_answer);
            readings.extend(whom.map(|whom| Reading { document: document.clone(), entry: step.id, whom }));
        }
    }
    let Some((document, outer)) = files.outer else { return readings };
    // Also that a paper was cancelled is to be read.
    let Some(warning) = outer.last_warning() else { return readings };
    let handling = office(&warning.case.scope.home, HANDLING, out(files, &warning.subject));
    let subject = subject(&warning.subject);
    for step in &outer.steps {
        let whom = match step.act {
            OuterAct::Receive { .. }
            | OuterAct::Answer { .. }
            | OuterAct::Evidence { .. }
            | OuterAct::AskExtension { .. }
            | OuterAct::Object { .. } => &handling,
            OuterAct::Issue(_)
            | OuterAct::Cancel { .. }
            | OuterAct::Notice { .. }
            | OuterAct::Interview { .. }
            | OuterAct::Extend { .. }
            | OuterAct::RefuseExtension { .. }
            | OuterAct::Accept { .. }
            | OuterAct::SendBack { .. }
            | OuterAct::Visit { .. }
            | OuterAct::Lift { .. }
            | OuterAct::Withdraw { .. }
            | OuterAct::Rule { .. }
            | OuterAct::Escalate { .. }
            | OuterAct::Refer { .. } => &subject,
            // Who wrote what is without effect learns what was made of it.
            OuterAct::Settle { clash: Clash::Acts { stands, other }, .. } => {
                let mut crossed = outer.crossings.iter();
                match crossed.find(|one| one.stands == *stands && one.other == *other) {
                    Some(crossing) => &Whom::Person(crossing.author),
                    None => continue,
                }
            }
            OuterAct::Deliver { .. } | OuterAct::Tell { .. } | OuterAct::Link { .. } | OuterAct::Settle { .. } => {
                continue;
            }
        };
        readings.push(Reading { document: document.clone(), entry: step.id, whom: whom.clone() });
    }
    // Both sides are told: the handling body, and whoever wrote what is without effect.
    for crossing in outer.crossings.iter().filter(|crossing| crossing.needs_person) {
        for whom in [handling.clone(), Whom::Person(crossing.author)] {
            readings.push(Reading { document: document.clone(), entry: crossing.other, whom });
        }
    }
    readings
}

impl Duties<'_> {
    fn owe(&mut self, document: &DocKey, from: EntryId, task: Task, whom: Whom, due: Option<LastDay>) {
        self.all.push(Duty { document: document.clone(), from, task, whom, due });
    }

    fn of_inner(&mut self, document: &DocKey, inner: &Inner<'_>) {
        let unit = &document.scope.home;
        for crossing in inner.unsettled() {
            let whom = office(unit, HANDLING, inner.recused.clone());
            self.owe(document, crossing.other, Task::Settle, whom, None);
        }
        let (Some(step), Some(proposal), Some(rule)) = (inner.proposal, inner.proposed(), inner.rule) else { return };
        let decides = |also: Option<HolderId>| {
            let but = inner.recused.iter().copied().chain(concerned(&proposal.subject)).chain(also).collect();
            office(unit, &[decider(rule, &proposal.way).role], but)
        };
        match inner.stage {
            Stage::Proposed => self.owe(document, step.id, Task::Decide, decides(Some(step.by.holder)), None),
            Stage::Returned => self.owe(document, step.id, Task::Amend, Whom::Person(step.by.holder), None),
            Stage::Approved => {
                let is_issued = self.files.outer.is_some_and(|(_, outer)| outer.issue.is_some());
                let from = inner.decision.filter(|_| !is_issued).map(|decision| decision.id);
                if let Some(from) = from {
                    self.owe(document, from, Task::Issue, decides(None), None);
                }
            }
            _ => {}
        }
    }

    fn of_outer(&mut self, document: &DocKey, outer: &Outer<'_>, today: Day, days: &dyn Days, moments: &dyn Moments) {
        // Also once the paper was cancelled.
        if let Some(warning) = outer.last_warning() {
            for crossing in outer.unsettled() {
                let whom = office(&warning.case.scope.home, HANDLING, out(&self.files, &warning.subject));
                self.owe(document, crossing.other, Task::Settle, whom, None);
            }
        }
        let (Some(issue), Some(warning), Some(rule)) = (outer.issue, outer.warning(), outer.rule) else { return };
        let unit = &warning.case.scope.home;
        let files = self.files;
        let handling = |roles: &[Role]| office(unit, roles, out(&files, &warning.subject));
        let subject = subject(&warning.subject);
        for breach in files.breaches.iter().filter(|breach| !outer.is_settled(&breach.clash())) {
            self.owe(document, breach.entry, Task::Settle, handling(HANDLING), None);
        }
        for told in outer.untold() {
            self.owe(document, issue.id, Task::Tell(told.who.clone()), handling(HANDLING), None);
        }
        if let (Some(objection), true) = (outer.objection, outer.ruling.is_none() && outer.counted().is_some()) {
            let whom = self.who_rules(unit, rule, outer, &warning.subject);
            self.owe(document, objection.id, Task::Rule, whom, outer.ruling_until(days, moments));
        }
        if outer.stage.is_end() {
            return;
        }
        if outer.stage == Stage::Issued && outer.delivered.is_none() {
            self.owe(document, issue.id, Task::Deliver, handling(HANDLING), None);
        }
        if outer.received.is_none() && outer.answers.is_empty() {
            self.owe(document, issue.id, Task::Receive, subject.clone(), None);
        }
        if let (Some(request), Some(extension)) = (outer.requested, &rule.extension) {
            self.owe(document, request.id, Task::AnswerExtension, handling(&[extension.approver]), None);
        }
        let deadlines = outer.deadlines(days, moments);
        for deadline in deadlines.iter().filter(|deadline| deadline.met.is_none()) {
            self.owe(document, issue.id, Task::Owe(deadline.what), subject.clone(), deadline.last);
        }
        let proposes_after = outer.pack.and_then(|pack| pack.overdue.proposes_escalation_after);
        let is_long_over = deadlines.iter().filter(|deadline| deadline.is_overdue(today)).any(|deadline| {
            let over = deadline.last.map_or(0, |last| days.working_days(last.day, today));
            proposes_after.is_some_and(|after| over >= i32::from(after))
        });
        if is_long_over && !rule.escalations.is_empty() {
            self.owe(document, issue.id, Task::ConsiderEscalation, handling(HANDLING), None);
        }
        self.of_answer(document, outer, rule, deadlines.iter().all(|deadline| deadline.met.is_some()), handling);
    }

    fn of_answer(
        &mut self,
        document: &DocKey,
        outer: &Outer<'_>,
        rule: &LevelRule,
        is_met: bool,
        handling: impl Fn(&[Role]) -> Whom,
    ) {
        let Some(answer) = outer.last_answer() else { return };
        let but_author = |whom: Whom| match whom {
            Whom::Office { unit, roles, mut but } => {
                but.insert(answer.by.holder);
                Whom::Office { unit, roles, but }
            }
            whom => whom,
        };
        if outer.stage == Stage::Answered {
            self.owe(document, answer.id, Task::Judge, but_author(handling(HANDLING)), None);
            return;
        }
        let needs_visit = rule.visit != VisitRule::None || rule.lifted_by.on != LiftedOn::Answer;
        let says_lift = outer
            .visits
            .last()
            .is_some_and(|visit| matches!(visit.act, OuterAct::Visit { opinion: Opinion::Lift, .. }));
        let is_visited = outer.stage == Stage::Visited && says_lift;
        match outer.stage {
            Stage::Rectifying | Stage::Visited if !is_met => {}
            Stage::Rectifying | Stage::Visited if needs_visit && !is_visited => {
                self.owe(document, answer.id, Task::Visit, handling(HANDLING), None);
            }
            Stage::Rectifying | Stage::Visited => {
                self.owe(document, answer.id, Task::Lift, but_author(handling(&[rule.lifted_by.role])), None);
            }
            _ => {}
        }
    }

    /// Who answers the objection. Below, where the inner file is not kept, nobody is asked.
    fn who_rules(&self, unit: &UnitPath, rule: &LevelRule, outer: &Outer<'_>, of: &Subject) -> Whom {
        let inner = self.files.inner.map(|(_, inner)| inner);
        let signed = inner.and_then(|inner| inner.decision).into_iter().map(|step| step.by.holder);
        let deciders = Deciders {
            signed: signed.chain(outer.issue.map(|step| step.by.holder)).collect(),
            present: inner.map(Inner::deciders).unwrap_or_default(),
        };
        let is_out = |holder: &HolderId| of.concerns(holder) || inner.is_some_and(|inner| inner.is_out(holder));
        let roles = &rule.objection.answered_by;
        let able = match who_answers(rule, unit, &deciders, is_out, self.files.bench) {
            Answering::Here(who) | Answering::Outside(who) => who,
            Answering::Above => {
                let but = out(&self.files, of);
                return Whom::Above { unit: unit.clone(), roles: roles.clone(), but };
            }
        };
        let seats = self.files.bench.iter().map(|seat| seat.holder);
        office(unit, roles, seats.filter(|holder| !able.contains(holder)).collect())
    }
}

fn office(unit: &UnitPath, roles: &[Role], but: BTreeSet<HolderId>) -> Whom {
    Whom::Office { unit: unit.clone(), roles: roles.to_vec(), but }
}

/// Who answers for the subject: the person, if an officer; else somebody of the unit.
fn subject(subject: &Subject) -> Whom {
    match subject {
        Subject::Person { holder: Some(holder), .. } => Whom::Person(*holder),
        _ => office(subject.unit(), SUBJECTS, BTreeSet::new()),
    }
}

fn concerned(subject: &Subject) -> Vec<HolderId> {
    match subject {
        Subject::LeadingGroup { members: holders, .. } | Subject::Unit { heads: holders, .. } => holders.clone(),
        Subject::Person { holder, .. } => holder.iter().copied().collect(),
    }
}

/// Who takes no part: whom it concerns and, where the inner file is kept, who was recused.
fn out(files: &CaseFiles<'_>, subject: &Subject) -> BTreeSet<HolderId> {
    let recused = files.inner.map(|(_, inner)| inner.recused.iter().copied());
    recused.into_iter().flatten().chain(concerned(subject)).collect()
}
