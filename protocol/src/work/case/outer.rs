//! The outer file: the warning as it is given, what the subject does about it, how it ends. It stands at the subject's
//! unit, and nothing in it tells who reported or what was deliberated. Source: domain §7, architecture §4.
//!
//! What is recorded side by side (delivery, receipt, interview, extension, objection, who was told) does not move the
//! stage, so that what two people record at once both stands.

use std::collections::BTreeMap;

use super::{
    act::{Clash, Day, OuterAct, Paper, SerialNumber, TermSet, Warning},
    asked,
    deed::CaseDeed,
    folding::{self, Crossing, File},
    law::{HANDLING, Law, Officer, SUBJECTS, Taken, level_of, pack_of, unless},
    refusal::{CaseRefusal, Refused},
    table::{Row, Stage, Who},
};
use crate::{
    record::entry::EntryId,
    trust::charter::Role,
    work::{
        case::act::{Ruling, Subject},
        pack::{
            Pack,
            level::{LevelRule, Start, Way},
        },
        unit::UnitPath,
    },
};

/// The outer file, folded.
#[derive(Clone, Debug)]
pub struct Outer<'a> {
    /// Where it stands.
    pub stage: Stage,
    /// The warning that stands.
    pub issue: Option<Taken<'a, OuterAct>>,
    /// The pack it keeps.
    pub pack: Option<&'a Pack>,
    /// What that says of its level.
    pub rule: Option<&'a LevelRule>,
    /// Warnings whose paper was cancelled; their numbers are never used again.
    pub cancelled: Vec<Taken<'a, OuterAct>>,
    /// The handling body's record of the delivery.
    pub delivered: Option<(EntryId, Day)>,
    /// The subject's receipt.
    pub received: Option<(EntryId, Day)>,
    /// Interviews called for.
    pub notices: Vec<Taken<'a, OuterAct>>,
    /// Interviews held.
    pub interviews: Vec<Taken<'a, OuterAct>>,
    /// Answers, in order.
    pub answers: Vec<Taken<'a, OuterAct>>,
    /// What became of an answer, if it was looked at: whether it was accepted.
    pub judged: BTreeMap<EntryId, bool>,
    /// What shows that measures were carried out.
    pub evidence: Vec<Taken<'a, OuterAct>>,
    /// The extension asked for and not answered yet.
    pub requested: Option<Taken<'a, OuterAct>>,
    /// The extension given.
    pub extended: Option<Taken<'a, OuterAct>>,
    /// Visits and checks.
    pub visits: Vec<Taken<'a, OuterAct>>,
    /// The lifting.
    pub lifting: Option<Taken<'a, OuterAct>>,
    /// The objection.
    pub objection: Option<Taken<'a, OuterAct>>,
    /// What it came to.
    pub ruling: Option<Taken<'a, OuterAct>>,
    /// How the warning goes on elsewhere.
    pub escalations: Vec<Taken<'a, OuterAct>>,
    /// Who was told.
    pub told: Vec<Taken<'a, OuterAct>>,
    /// Everything that was taken in, in order; also what belongs to a paper that was cancelled.
    pub steps: Vec<Taken<'a, OuterAct>>,
    /// Steps without effect, and why.
    pub refused: BTreeMap<EntryId, Refused>,
    /// Steps that crossed each other.
    pub crossings: Vec<Crossing>,
}

impl Default for Outer<'_> {
    fn default() -> Self {
        Outer {
            stage: Stage::Blank,
            issue: None,
            pack: None,
            rule: None,
            cancelled: Vec::new(),
            delivered: None,
            received: None,
            notices: Vec::new(),
            interviews: Vec::new(),
            answers: Vec::new(),
            judged: BTreeMap::new(),
            evidence: Vec::new(),
            requested: None,
            extended: None,
            visits: Vec::new(),
            lifting: None,
            objection: None,
            ruling: None,
            escalations: Vec::new(),
            told: Vec::new(),
            steps: Vec::new(),
            refused: BTreeMap::new(),
            crossings: Vec::new(),
        }
    }
}

impl<'a> Outer<'a> {
    /// Folds valid acts in causal order.
    pub fn fold(steps: impl IntoIterator<Item = Taken<'a, OuterAct>>, law: &Law<'a>) -> Outer<'a> {
        Outer::default().followed_by(steps, law)
    }

    /// The file after more acts, all of which come after what it has.
    #[must_use]
    pub fn followed_by(mut self, steps: impl IntoIterator<Item = Taken<'a, OuterAct>>, law: &Law<'a>) -> Outer<'a> {
        let refused = folding::fold(&mut self, steps, law);
        self.refused.extend(refused);
        self
    }

    /// Whether a step may be taken now, and the stage after it: asked before writing, and by the fold.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the rule's source.
    pub fn may(&self, step: &Taken<'a, OuterAct>, law: &Law<'a>) -> Result<Stage, Refused> {
        self.find(step, law).map(|row| row.then.from(self.stage))
    }

    /// The warning as it is given.
    #[must_use]
    pub fn warning(&self) -> Option<&'a Warning> {
        match self.issue?.act {
            OuterAct::Issue(warning) => Some(warning),
            _ => None,
        }
    }

    /// The warning that stands, else the last one whose paper was cancelled.
    #[must_use]
    pub fn last_warning(&self) -> Option<&'a Warning> {
        match self.issue.as_ref().or(self.cancelled.last())?.act {
            OuterAct::Issue(warning) => Some(warning),
            _ => None,
        }
    }

    /// What crossed here and people still have to settle.
    pub fn unsettled(&self) -> impl Iterator<Item = &Crossing> {
        let is_open = |crossing: &&Crossing| crossing.needs_person && !self.is_settled(&crossing.clash());
        self.crossings.iter().filter(is_open)
    }

    /// Whether somebody signed what was made of what crossed or contradicts.
    #[must_use]
    pub fn is_settled(&self, what: &Clash) -> bool {
        self.steps.iter().any(|step| matches!(step.act, OuterAct::Settle { clash, .. } if clash == what))
    }

    /// The way it is given in.
    #[must_use]
    pub fn way(&self) -> Option<&'a Way> {
        self.rule?.way(&self.warning()?.way)
    }

    /// The terms set by paper and interviews.
    #[must_use]
    pub fn terms(&self) -> Vec<TermSet> {
        let interviews = self.interviews.iter().filter_map(|step| match step.act {
            OuterAct::Interview { terms, .. } => Some(terms.as_slice()),
            _ => None,
        });
        let paper = self.warning().map_or(&[][..], |warning| &warning.terms);
        [paper].into_iter().chain(interviews).flatten().copied().collect()
    }

    /// The day the subject had it: the earlier of receipt and recorded delivery.
    #[must_use]
    pub fn had_on(&self) -> Option<Day> {
        self.received.iter().chain(&self.delivered).map(|(_, on)| *on).min()
    }

    /// The day of the first interview.
    #[must_use]
    pub fn interviewed_on(&self) -> Option<Day> {
        let days = self.interviews.iter().filter_map(|step| match step.act {
            OuterAct::Interview { on, .. } => Some(*on),
            _ => None,
        });
        days.min()
    }

    /// The day from which something counts; none where it has not begun to.
    #[must_use]
    pub fn start(&self, from: Start) -> Option<Day> {
        match from {
            Start::Receipt => self.had_on(),
            Start::ReceiptOrInterview => self.had_on().into_iter().chain(self.interviewed_on()).min(),
            Start::Decision => self.warning().map(|warning| warning.decided_on),
        }
    }

    /// What the objection came to, if it was answered.
    #[must_use]
    pub fn ruled(&self) -> Option<Ruling> {
        match self.ruling?.act {
            OuterAct::Rule { ruling, .. } => Some(*ruling),
            _ => None,
        }
    }

    /// The last answer.
    #[must_use]
    pub fn last_answer(&self) -> Option<&Taken<'a, OuterAct>> {
        self.answers.last()
    }

    /// Numbers of all papers of the file, those of cancelled ones too.
    pub fn numbers(&self) -> impl Iterator<Item = &'a SerialNumber> {
        self.steps.iter().filter_map(|step| step.act.paper().map(|paper| &paper.number))
    }

    /// Numbers of cancelled papers: 作废.
    pub fn cancelled_numbers(&self) -> impl Iterator<Item = &'a SerialNumber> {
        self.cancelled.iter().filter_map(|step| match step.act {
            OuterAct::Issue(warning) => warning.paper.as_ref().map(|paper: &Paper| &paper.number),
            _ => None,
        })
    }

    /// Whether an officer speaks for who is warned: the person, if an officer; else somebody of the unit. `home` is where
    /// the file stands.
    #[must_use]
    pub fn is_answered_by(&self, officer: &Officer<'_>, home: &UnitPath) -> bool {
        self.warning().is_some_and(|warning| is_subject(&warning.subject, officer, home))
    }

    fn who(&self, row: &Row, step: &Taken<'a, OuterAct>, law: &Law<'a>) -> Result<(), CaseRefusal> {
        let by = &step.by;
        let warning = match step.act {
            OuterAct::Issue(warning) => warning,
            OuterAct::Settle { .. } => self.last_warning().ok_or(CaseRefusal::NoSuchWarning)?,
            _ => self.warning().ok_or(CaseRefusal::NoSuchWarning)?,
        };
        let rule = match self.rule {
            Some(rule) => rule,
            None => level_of(law, &warning.rules, warning.level)?,
        };
        match row.who {
            Who::Subject => return unless(is_subject(&warning.subject, by, law.home), CaseRefusal::NotTheSubject),
            Who::ObjectionBody => {
                let is_body = by.unit.contains(&warning.case.scope.home) && by.has_any(&rule.objection.answered_by);
                return unless(is_body, CaseRefusal::NotTheObjectionBody);
            }
            _ if *by.unit != warning.case.scope.home => return Err(CaseRefusal::NotTheDecidingUnit),
            _ => {}
        }
        let has = |role: Role, why: fn(Role) -> CaseRefusal| unless(by.roles.contains(&role), why(role));
        match row.who {
            Who::Decider => has(super::law::decider(rule, &warning.way).role, CaseRefusal::WrongDecider),
            Who::Lifter => has(rule.lifted_by.role, CaseRefusal::WrongLifter),
            Who::Approver => match &rule.extension {
                Some(extension) => has(extension.approver, CaseRefusal::WrongApprover),
                None => Err(CaseRefusal::NotExtendable),
            },
            _ => unless(by.has_any(HANDLING), CaseRefusal::NotHandling),
        }
    }

    /// Forgets what belonged to a paper that is cancelled.
    fn begin_anew(&mut self) {
        let kept = Outer {
            cancelled: std::mem::take(&mut self.cancelled).into_iter().chain(self.issue).collect(),
            steps: std::mem::take(&mut self.steps),
            refused: std::mem::take(&mut self.refused),
            crossings: std::mem::take(&mut self.crossings),
            ..Outer::default()
        };
        *self = kept;
    }
}

impl<'a> File<'a> for Outer<'a> {
    type Act = OuterAct;

    fn deed(act: &OuterAct) -> CaseDeed {
        CaseDeed::of_outer(act)
    }

    fn find(&self, step: &Taken<'a, OuterAct>, law: &Law<'a>) -> Result<&'a Row, Refused> {
        let row = folding::row(CaseDeed::of_outer(step.act), self.stage, law)?;
        self.who(row, step, law).map_err(|why| why.by(row.source))?;
        row.needs
            .iter()
            .try_for_each(|need| asked::of_outer(self, *need, step, law))
            .map_err(|why| why.by(row.source))?;
        Ok(row)
    }

    fn take(&mut self, step: Taken<'a, OuterAct>, row: &Row, law: &Law<'a>) {
        match step.act {
            OuterAct::Issue(warning) => {
                self.issue = Some(step);
                self.pack = pack_of(law, &warning.rules).ok();
                self.rule = level_of(law, &warning.rules, warning.level).ok();
            }
            OuterAct::Cancel { .. } => self.begin_anew(),
            OuterAct::Deliver { on, .. } => self.delivered = Some((step.id, *on)),
            OuterAct::Receive { on, .. } => self.received = Some((step.id, *on)),
            OuterAct::Notice { .. } => self.notices.push(step),
            OuterAct::Interview { .. } => self.interviews.push(step),
            OuterAct::Answer { .. } => self.answers.push(step),
            OuterAct::Evidence { .. } => self.evidence.push(step),
            OuterAct::AskExtension { .. } => self.requested = Some(step),
            OuterAct::Extend { .. } => {
                self.requested = None;
                self.extended = Some(step);
            }
            OuterAct::RefuseExtension { .. } => self.requested = None,
            OuterAct::Accept { answer, .. } => drop(self.judged.insert(*answer, true)),
            OuterAct::SendBack { answer, .. } => drop(self.judged.insert(*answer, false)),
            OuterAct::Visit { .. } => self.visits.push(step),
            OuterAct::Lift { .. } => self.lifting = Some(step),
            OuterAct::Object { .. } => self.objection = Some(step),
            OuterAct::Rule { .. } => self.ruling = Some(step),
            OuterAct::Escalate { .. } => self.escalations.push(step),
            OuterAct::Tell { .. } => self.told.push(step),
            OuterAct::Withdraw { .. } | OuterAct::Refer { .. } | OuterAct::Link { .. } | OuterAct::Settle { .. } => {}
        }
        self.stage = row.then.from(self.stage);
        self.steps.push(step);
    }

    fn steps(&self) -> &[Taken<'a, OuterAct>] {
        &self.steps
    }

    fn crossings(&mut self) -> &mut Vec<Crossing> {
        &mut self.crossings
    }
}

/// Whether an officer speaks for who is warned: the person, if an officer; else somebody of the unit.
fn is_subject(subject: &Subject, by: &Officer<'_>, home: &UnitPath) -> bool {
    let is_named = match subject {
        Subject::Person { holder: Some(holder), .. } => *holder == by.holder,
        _ => true,
    };
    is_named && by.unit == home && by.has_any(SUBJECTS)
}
