//! Where the two files of a case contradict each other: found by those who keep both, and settled by people.
//!
//! The outer file alone has to give the same to everybody, so it cannot ask the inner one; a warning nobody decided, a
//! ruling by who decided, a warning that goes on after its decision was taken back are seen at the deciding unit and
//! above. Source: architecture §6, domain §3, §7.

use super::{
    act::{Clash, Contradiction, InnerAct, OuterAct, Proposal, SerialNumber, Warning},
    inner::Inner,
    outer::Outer,
    permit::{Seat, are_certified},
    refusal::CaseRefusal,
    table::Stage,
};
use crate::{
    record::entry::EntryId,
    work::cadre::{Cadres, manager},
};

/// One contradiction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Breach {
    /// The entry of the outer file that should not stand, or not any more.
    pub entry: EntryId,
    /// Why.
    pub why: Contradiction,
}

impl Breach {
    /// What is settled, once somebody looked at it.
    #[must_use]
    pub fn clash(&self) -> Clash {
        Clash::Files { entry: self.entry, why: self.why }
    }
}

impl Contradiction {
    /// The refusal that says it: that of the act, had the inner file been asked.
    #[must_use]
    pub fn refusal(self) -> CaseRefusal {
        match self {
            Contradiction::Concerned => CaseRefusal::Concerned,
            Contradiction::NumberNotAllotted => CaseRefusal::NumberNotAllotted,
            Contradiction::NotDecided => CaseRefusal::NotDecided,
            Contradiction::DecisionGone => CaseRefusal::NoSuchDecision,
            Contradiction::NotManagedHere => CaseRefusal::NotManagedHere,
            Contradiction::StandingNotCertified => CaseRefusal::StandingNotCertified,
            Contradiction::DecidedIt => CaseRefusal::DecidedIt,
            Contradiction::NotDeliberated => CaseRefusal::NotDeliberated,
        }
    }
}

/// All contradictions between the files of a case, in the order of the outer file. `is_allotted` says whether a register
/// allotted a number to the outer file and has not struck it.
#[must_use]
pub fn breaches(
    inner: &Inner<'_>,
    outer: &Outer<'_>,
    bench: &[Seat],
    cadres: &Cadres,
    is_allotted: &dyn Fn(&SerialNumber) -> bool,
) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut find = |entry: EntryId, why: Contradiction| found.push(Breach { entry, why });
    for step in &outer.steps {
        let is_own = Some(step.id) == outer.issue.map(|issue| issue.id);
        if inner.recused.contains(&step.by.holder) {
            find(step.id, Contradiction::Concerned);
        }
        let cancelled = outer.cancelled.iter().any(|cancelled| cancelled.id == step.id);
        if !cancelled && step.act.paper().is_some_and(|paper| !is_allotted(&paper.number)) {
            find(step.id, Contradiction::NumberNotAllotted);
        }
        match step.act {
            OuterAct::Issue(warning) => {
                if !was_decided(inner, warning) {
                    find(step.id, Contradiction::NotDecided);
                } else if is_own && is_outrun(inner, outer) {
                    find(step.id, Contradiction::DecisionGone);
                }
                if manager(cadres, &warning.subject).is_some_and(|unit| *unit != warning.case.scope.home) {
                    find(step.id, Contradiction::NotManagedHere);
                }
            }
            OuterAct::Notice { interviewers, .. } | OuterAct::Interview { interviewers, .. }
                if are_certified(interviewers, bench).is_err() =>
            {
                find(step.id, Contradiction::StandingNotCertified);
            }
            OuterAct::Rule { objection, ruling, .. } => {
                let by_others = outer.rule.is_none_or(|rule| rule.objection.by_others);
                if by_others && inner.deciders().contains(&step.by.holder) {
                    find(step.id, Contradiction::DecidedIt);
                }
                if inner.deliberated(objection) != Some(*ruling) {
                    find(step.id, Contradiction::NotDeliberated);
                }
            }
            OuterAct::Escalate { to, when, .. } if !inner.has_raised(*to, *when) => {
                find(step.id, Contradiction::NotDeliberated);
            }
            _ => {}
        }
    }
    found
}

/// Whether a decision for just this warning was ever taken, whatever became of it.
fn was_decided(inner: &Inner<'_>, warning: &Warning) -> bool {
    let decided = inner.steps.iter().find_map(|step| match step.act {
        InnerAct::Decide { proposal, is_approved: true, .. } if step.id == warning.decision => Some(*proposal),
        _ => None,
    });
    inner.steps.iter().any(|step| match step.act {
        InnerAct::Propose(proposed) => Some(step.id) == decided && is_of(proposed, warning),
        _ => false,
    })
}

/// Whether a warning says what a proposal says.
pub(super) fn is_of(proposal: &Proposal, warning: &Warning) -> bool {
    let Proposal { subject, level, ground, way, rules, .. } = proposal;
    *subject == warning.subject
        && *level == warning.level
        && *ground == warning.ground
        && *way == warning.way
        && *rules == warning.rules
}

/// Whether the decision was taken back, or the matter handed over, while the warning still stands.
fn is_outrun(inner: &Inner<'_>, outer: &Outer<'_>) -> bool {
    matches!(inner.stage, Stage::Rescinded | Stage::Referred) && !outer.stage.is_end()
}
