//! The inner file: proposed, decided by who may, and what was said about it. It stands at the deciding unit and never
//! travels down. Source: domain §7, §3, architecture §4.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    act::{InnerAct, Proposal, Warning},
    breach::is_of,
    deed::CaseDeed,
    folding::{self, Crossing, File},
    law::{self, HANDLING, Law, Officer, Taken},
    refusal::{CaseRefusal, Refused},
    table::{Need, Row, Stage, Who},
};
use crate::{
    record::entry::EntryId,
    trust::charter::{HolderId, Role},
    work::pack::{
        Pack,
        level::{Decider, LevelRule},
    },
};

/// The inner file, folded.
#[derive(Clone, Debug)]
pub struct Inner<'a> {
    /// Where it stands.
    pub stage: Stage,
    /// The proposal that stands.
    pub proposal: Option<Taken<'a, InnerAct>>,
    /// The pack it keeps.
    pub pack: Option<&'a Pack>,
    /// What that says of its level.
    pub rule: Option<&'a LevelRule>,
    /// The decision that stands, for or against.
    pub decision: Option<Taken<'a, InnerAct>>,
    /// Who takes no part.
    pub recused: BTreeSet<HolderId>,
    /// Returns, withdrawals, plans, deliberations and what else was done, in order.
    pub steps: Vec<Taken<'a, InnerAct>>,
    /// Steps without effect, and why.
    pub refused: BTreeMap<EntryId, Refused>,
    /// Steps that crossed each other.
    pub crossings: Vec<Crossing>,
}

impl Default for Inner<'_> {
    fn default() -> Self {
        Inner {
            stage: Stage::Blank,
            proposal: None,
            pack: None,
            rule: None,
            decision: None,
            recused: BTreeSet::new(),
            steps: Vec::new(),
            refused: BTreeMap::new(),
            crossings: Vec::new(),
        }
    }
}

impl<'a> Inner<'a> {
    /// Folds valid acts in causal order.
    pub fn fold(steps: impl IntoIterator<Item = Taken<'a, InnerAct>>, law: &Law<'a>) -> Inner<'a> {
        Inner::default().followed_by(steps, law)
    }

    /// The file after more acts, all of which come after what it has.
    #[must_use]
    pub fn followed_by(mut self, steps: impl IntoIterator<Item = Taken<'a, InnerAct>>, law: &Law<'a>) -> Inner<'a> {
        let refused = folding::fold(&mut self, steps, law);
        self.refused.extend(refused);
        self
    }

    /// Whether a step may be taken now, and the stage after it: asked before writing, and by the fold.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the rule's source.
    pub fn may(&self, step: &Taken<'a, InnerAct>, law: &Law<'a>) -> Result<Stage, Refused> {
        self.find(step, law).map(|row| row.then.from(self.stage))
    }

    /// What the standing proposal says.
    #[must_use]
    pub fn proposed(&self) -> Option<&'a Proposal> {
        match self.proposal?.act {
            InnerAct::Propose(proposal) => Some(proposal),
            _ => None,
        }
    }

    /// Who took part in the decision: who signed it and who was at the meeting.
    #[must_use]
    pub fn deciders(&self) -> BTreeSet<HolderId> {
        let Some(decision) = self.decision else { return BTreeSet::new() };
        let present = match decision.act {
            InnerAct::Decide { meeting: Some(meeting), .. } => meeting.present.as_slice(),
            _ => &[],
        };
        present.iter().filter_map(|one| one.holder).chain([decision.by.holder]).collect()
    }

    /// What crossed here and people still have to settle.
    pub fn unsettled(&self) -> impl Iterator<Item = &Crossing> {
        self.crossings.iter().filter(|crossing| crossing.needs_person && !self.is_settled(crossing))
    }

    /// Whether somebody signed what was made of what crossed.
    #[must_use]
    pub fn is_settled(&self, crossing: &Crossing) -> bool {
        self.steps.iter().any(|step| {
            matches!(step.act, InnerAct::Settle { stands, other, .. }
                if *stands == crossing.stands && *other == crossing.other)
        })
    }

    /// Whether a person takes no part here: it concerns them, or they were recused.
    #[must_use]
    pub fn is_out(&self, who: &HolderId) -> bool {
        self.recused.contains(who) || self.proposed().is_some_and(|proposal| proposal.subject.concerns(who))
    }

    /// Whether a warning is covered by the decision here: asked before writing it. A breach in what is received is
    /// reported by those who keep both files, never decided by: the outer file alone must give the same to everyone.
    ///
    /// # Errors
    ///
    /// [`CaseRefusal::NotDecided`]; [`CaseRefusal::Concerned`] if who signs takes no part here.
    pub fn covers(&self, warning: &Warning, by: &HolderId) -> Result<(), Refused> {
        let source = "domain §7; architecture §6";
        let same = self.proposed().is_some_and(|proposal| is_of(proposal, warning));
        let decided = self.decision.filter(|_| self.stage == Stage::Approved).map(|decision| decision.id);
        if !same || decided != Some(warning.decision) {
            return Err(CaseRefusal::NotDecided.by(source));
        }
        if self.is_out(by) { Err(CaseRefusal::Concerned.by(source)) } else { Ok(()) }
    }

    fn who(&self, row: &Row, by: &Officer<'_>, act: &InnerAct, law: &Law<'a>) -> Result<(), CaseRefusal> {
        let at_home = by.unit == law.home;
        match row.who {
            Who::ObjectionBody => {
                let rule = self.rule.ok_or(CaseRefusal::NoSuchRules)?;
                let is_body = by.unit.contains(law.home) && by.has_any(&rule.objection.answered_by);
                return law::unless(is_body, CaseRefusal::NotTheObjectionBody);
            }
            _ if !at_home => return Err(CaseRefusal::NotTheDecidingUnit),
            _ => {}
        }
        match row.who {
            Who::Proposer => law::unless(by.roles.contains(&Role::ANALYST), CaseRefusal::NotHandling),
            Who::OwnProposer => {
                let is_own = self.proposal.is_some_and(|proposal| proposal.by.holder == by.holder);
                law::unless(is_own, CaseRefusal::NotTheProposer)
            }
            Who::Decider => {
                let role = self.decider()?.role;
                law::unless(by.roles.contains(&role), CaseRefusal::WrongDecider(role))
            }
            Who::SelfOrSecretary => {
                let is_own = matches!(act, InnerAct::Recuse { holder, .. } if *holder == by.holder);
                let may_for_others = by.has_any(&[Role::SECRETARY, Role::PARTY_COMMITTEE]);
                law::unless(is_own || may_for_others, CaseRefusal::NotForOthers)
            }
            _ => law::unless(by.has_any(HANDLING), CaseRefusal::NotHandling),
        }
    }

    fn pack(&self) -> Result<&'a Pack, CaseRefusal> {
        self.pack.ok_or(CaseRefusal::NoSuchRules)
    }

    /// Who decides the standing proposal.
    fn decider(&self) -> Result<&'a Decider, CaseRefusal> {
        let rule = self.rule.ok_or(CaseRefusal::NoSuchRules)?;
        Ok(law::decider(rule, self.proposed().map_or("", |proposal| &proposal.way)))
    }

    fn need(&self, need: Need, step: &Taken<'a, InnerAct>, law: &Law<'a>) -> Result<(), CaseRefusal> {
        let (act, by) = (step.act, &step.by);
        match (need, act) {
            (Need::Ground, InnerAct::Propose(new)) => {
                law::ground(law::level_of(law, &new.rules, new.level)?, &new.ground)
            }
            (Need::GroundReason, InnerAct::Propose(new)) => {
                let ground = law::level_of(law, &new.rules, new.level)?.ground(&new.ground);
                let is_missing = ground.is_some_and(|ground| ground.needs_reason) && law::is_blank(&new.reason);
                law::unless(!is_missing, CaseRefusal::NoReasonForGround)
            }
            (Need::Way, InnerAct::Propose(new)) => {
                law::way(law::level_of(law, &new.rules, new.level)?, &new.way, &new.ground).map(drop)
            }
            (Need::SubjectForeseen, InnerAct::Propose(new)) => {
                law::foreseen(law::pack_of(law, &new.rules)?, &new.subject)
            }
            (Need::Managed, InnerAct::Propose(new)) => law::managed(&new.subject, law.home),
            (Need::NotConcerned, _) => {
                let of_new = matches!(act, InnerAct::Propose(new) if new.subject.concerns(&by.holder));
                law::unless(!of_new && !self.is_out(&by.holder), CaseRefusal::Concerned)
            }
            (Need::Written, _) => law::written(said(act)),
            (Need::ThisProposal, _) => {
                let is_it = self.proposal.is_some_and(|proposal| Some(proposal.id) == names_proposal(act));
                law::unless(is_it, CaseRefusal::NoSuchProposal)
            }
            (Need::NotProposer, _) => {
                let is_own = self.proposal.is_some_and(|proposal| proposal.by.holder == by.holder);
                law::unless(!is_own, CaseRefusal::SelfApproval)
            }
            (Need::AsShown, InnerAct::Decide { proposal, shown, .. }) => {
                law::unless(law.world.was_shown(&[*proposal], shown), CaseRefusal::NotAsShown)
            }
            (Need::Meeting, InnerAct::Decide { meeting, .. } | InnerAct::Rescind { meeting, .. }) => {
                law::meeting(self.decider()?, meeting.as_ref(), |holder| self.is_out(holder))
            }
            (Need::Together, InnerAct::Decide { meeting, .. }) => {
                let proposed = self.proposal.map_or(&[][..], |proposal| proposal.by.roles);
                law::together(self.decider()?, meeting.as_ref(), proposed)
            }
            (Need::ThisDecision, InnerAct::Rescind { decision, .. }) => {
                let is_it = self.decision.is_some_and(|standing| standing.id == *decision);
                law::unless(is_it, CaseRefusal::NoSuchDecision)
            }
            (Need::NotDecider, _) => {
                let by_others = self.rule.is_none_or(|rule| rule.objection.by_others);
                law::unless(!by_others || !self.deciders().contains(&by.holder), CaseRefusal::DecidedIt)
            }
            (Need::Escalates, InnerAct::Escalate { to, when, .. }) => {
                law::escalates(self.rule.ok_or(CaseRefusal::NoSuchRules)?, *to, *when)
            }
            (Need::Linked, InnerAct::Escalate { to, case, .. }) => law::linked(*to, case.as_ref()),
            (Need::Interviewers, InnerAct::Plan { interviewers, .. }) => {
                law::interviewers(&self.pack()?.interview, interviewers, |holder| self.is_out(holder))
            }
            (Need::MainInterviewer, InnerAct::Plan { interviewers, .. }) => {
                law::main_interviewer(&self.pack()?.interview, interviewers)
            }
            (Need::Crossed, InnerAct::Settle { stands, other, .. }) => {
                law::crossing(&self.crossings, *stands, *other).map(drop)
            }
            (Need::NotItsAuthor, InnerAct::Settle { stands, other, .. }) => {
                let author = law::crossing(&self.crossings, *stands, *other).map(|crossing| crossing.author);
                law::unless(author != Ok(by.holder), CaseRefusal::OwnAct)
            }
            // A condition of the other file asks nothing here: a row of the table never names it.
            _ => Ok(()),
        }
    }
}

impl<'a> File<'a> for Inner<'a> {
    type Act = InnerAct;

    fn deed(act: &InnerAct) -> CaseDeed {
        CaseDeed::of_inner(act)
    }

    fn find(&self, step: &Taken<'a, InnerAct>, law: &Law<'a>) -> Result<&'a Row, Refused> {
        let row = folding::row(CaseDeed::of_inner(step.act), self.stage, law)?;
        self.who(row, &step.by, step.act, law).map_err(|why| why.by(row.source))?;
        row.needs.iter().try_for_each(|need| self.need(*need, step, law)).map_err(|why| why.by(row.source))?;
        Ok(row)
    }

    fn take(&mut self, step: Taken<'a, InnerAct>, row: &Row, law: &Law<'a>) {
        self.stage = row.then.from(self.stage);
        match step.act {
            InnerAct::Propose(new) => {
                self.proposal = Some(step);
                self.pack = law::pack_of(law, &new.rules).ok();
                self.rule = law::level_of(law, &new.rules, new.level).ok();
            }
            InnerAct::Decide { .. } => self.decision = Some(step),
            InnerAct::Recuse { holder, .. } => {
                self.recused.insert(*holder);
            }
            _ => {}
        }
        self.steps.push(step);
    }

    fn steps(&self) -> &[Taken<'a, InnerAct>] {
        &self.steps
    }

    fn crossings(&mut self) -> &mut Vec<Crossing> {
        &mut self.crossings
    }
}

/// What has to be said in words.
fn said(act: &InnerAct) -> &str {
    match act {
        InnerAct::Propose(proposal) => &proposal.facts,
        InnerAct::Return { reason, .. }
        | InnerAct::Drop { reason, .. }
        | InnerAct::Recuse { reason, .. }
        | InnerAct::Rescind { reason, .. }
        | InnerAct::Refer { reason } => reason,
        InnerAct::Plan { outline, .. } => outline,
        InnerAct::Deliberate { findings, .. }
        | InnerAct::Escalate { findings, .. }
        | InnerAct::Settle { findings, .. } => findings,
        InnerAct::Link { note, .. } => note,
        InnerAct::Decide { .. } => "",
    }
}

fn names_proposal(act: &InnerAct) -> Option<EntryId> {
    match act {
        InnerAct::Return { proposal, .. }
        | InnerAct::Drop { proposal, .. }
        | InnerAct::Decide { proposal, .. }
        | InnerAct::Plan { proposal, .. } => Some(*proposal),
        _ => None,
    }
}
