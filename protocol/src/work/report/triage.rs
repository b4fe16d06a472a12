//! The triage of a report, folded: what the deciding unit makes of it.
//!
//! It stands at the deciding unit and never at the reporter's or the subject's. Nobody triages what concerns themselves.
//! Of a lead only that it was handed over is kept. Source: domain §6, §3, packs §1.4.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    act::{Concerned, Outcome, TriageAct},
    file::ReportLaw,
    refusal::{ReportRefusal, ReportRefused, unless},
    table::{ReportDeed, ReportNeed, ReportRow, ReportStage, ReportWho, find},
};
use crate::{
    limits::CASE_ACTS_MAX,
    record::entry::{DocKey, EntryId, Kind},
    trust::charter::{HolderId, Role},
    work::case::law::Taken,
};

/// The triage, folded.
#[derive(Clone, Debug)]
pub struct Triage<'a> {
    /// Where it stands.
    pub stage: ReportStage,
    /// Its opening.
    pub opened: Option<Taken<'a, TriageAct>>,
    /// The outcome that stands.
    pub decided: Option<Taken<'a, TriageAct>>,
    /// Who takes no part.
    pub recused: BTreeSet<HolderId>,
    /// Everything that was taken in, in order.
    pub steps: Vec<Taken<'a, TriageAct>>,
    /// Steps without effect, and why.
    pub refused: BTreeMap<EntryId, ReportRefused>,
    /// The same steps: their authors, who worked offline, are told.
    pub lost: Vec<Taken<'a, TriageAct>>,
}

impl Default for Triage<'_> {
    fn default() -> Self {
        Triage {
            stage: ReportStage::Blank,
            opened: None,
            decided: None,
            recused: BTreeSet::new(),
            steps: Vec::new(),
            refused: BTreeMap::new(),
            lost: Vec::new(),
        }
    }
}

impl<'a> Triage<'a> {
    /// Folds valid acts in causal order.
    pub fn fold(steps: impl IntoIterator<Item = Taken<'a, TriageAct>>, law: &ReportLaw<'a>) -> Triage<'a> {
        let mut triage = Triage::default();
        for step in steps {
            match triage.find(&step, law) {
                Ok(row) => triage.take(step, row),
                Err(why) => {
                    triage.refused.insert(step.id, why);
                    triage.lost.push(step);
                }
            }
        }
        triage
    }

    /// Whether a step may be taken now, and the stage after it: asked before writing, and by the fold.
    ///
    /// # Errors
    ///
    /// [`ReportRefused`], with the rule's source.
    pub fn may(&self, step: &Taken<'a, TriageAct>, law: &ReportLaw<'a>) -> Result<ReportStage, ReportRefused> {
        self.find(step, law).map(|row| row.then.unwrap_or(self.stage))
    }

    /// The report it is about, and the entry that filed it.
    #[must_use]
    pub fn report(&self) -> Option<(&'a DocKey, EntryId)> {
        match self.opened?.act {
            TriageAct::Open { report, filed, .. } => Some((report, *filed)),
            _ => None,
        }
    }

    /// What becomes of it, once that is decided.
    #[must_use]
    pub fn outcome(&self) -> Option<&'a Outcome> {
        match self.decided?.act {
            TriageAct::Decide { outcome, .. } => Some(outcome),
            _ => None,
        }
    }

    /// Whether a person takes no part here.
    #[must_use]
    pub fn is_out(&self, who: &HolderId) -> bool {
        self.recused.contains(who) || self.concerned().is_some_and(|concerned| concerned.concerns(who))
    }

    fn concerned(&self) -> Option<&'a Concerned> {
        match self.opened?.act {
            TriageAct::Open { concerned, .. } => concerned.as_ref(),
            _ => None,
        }
    }

    fn find(&self, step: &Taken<'a, TriageAct>, law: &ReportLaw<'a>) -> Result<&'static ReportRow, ReportRefused> {
        if self.steps.len() >= CASE_ACTS_MAX {
            return Err(ReportRefusal::Full.by("architecture §3"));
        }
        let deed = ReportDeed::of_triage(step.act);
        let wrong = |source| ReportRefusal::WrongStage { stage: self.stage, deed }.by(source);
        let row = find(law.table, deed, self.stage).map_err(wrong)?;
        self.who(row.who, step, law).map_err(|why| why.by(row.source))?;
        row.needs.iter().try_for_each(|need| self.need(*need, step, law)).map_err(|why| why.by(row.source))?;
        Ok(row)
    }

    fn who(&self, who: ReportWho, step: &Taken<'a, TriageAct>, law: &ReportLaw<'a>) -> Result<(), ReportRefusal> {
        let by = &step.by;
        let at_home = by.unit == law.home;
        match (who, step.act) {
            (ReportWho::SelfOrSecretary, TriageAct::Recuse { holder, .. }) => {
                let may = *holder == by.holder || by.has_any(&[Role::SECRETARY, Role::PARTY_COMMITTEE]);
                unless(at_home && may, ReportRefusal::NotForOthers)
            }
            (ReportWho::SelfOrSecretary, _) => Err(ReportRefusal::NotForOthers),
            _ => unless(at_home && by.roles.contains(&Role::ANALYST), ReportRefusal::NotTheTriager),
        }
    }

    fn need(&self, need: ReportNeed, step: &Taken<'a, TriageAct>, law: &ReportLaw<'a>) -> Result<(), ReportRefusal> {
        let by = &step.by;
        match (need, step.act) {
            (ReportNeed::NotConcerned, TriageAct::Open { concerned: Some(concerned), .. }) => {
                unless(!concerned.concerns(&by.holder), ReportRefusal::Concerned)
            }
            (ReportNeed::NotConcerned, _) => unless(!self.is_out(&by.holder), ReportRefusal::Concerned),
            (ReportNeed::NotAboutReceiver, TriageAct::Open { concerned: Some(concerned), .. }) => {
                unless(!concerned.is_about(law.home), ReportRefusal::AboutReceiver)
            }
            (ReportNeed::ThisOpening, TriageAct::Decide { opened, .. } | TriageAct::PassOn { opened, .. }) => {
                unless(self.opened.map(|step| step.id) == Some(*opened), ReportRefusal::NoSuchOpening)
            }
            (ReportNeed::ThisDecision, TriageAct::Reopen { decided, .. }) => {
                unless(self.decided.map(|step| step.id) == Some(*decided), ReportRefusal::NoSuchDecision)
            }
            (ReportNeed::Written, act) => unless(!said(act).trim().is_empty(), ReportRefusal::NothingWritten),
            (ReportNeed::NothingSaid, act) => unless(said(act).is_empty(), ReportRefusal::LeadSaysNothing),
            (ReportNeed::Linked, TriageAct::Decide { outcome, .. }) => {
                let is_right = match outcome {
                    Outcome::Duplicate { of } => of.kind == Kind::TRIAGE && of.scope.home == *law.home,
                    Outcome::Warning { case } => case.kind == Kind::CASE_INNER && case.scope.home == *law.home,
                    Outcome::NoSubstance | Outcome::Lead => true,
                };
                unless(is_right, ReportRefusal::NotLinked)
            }
            (ReportNeed::Elsewhere, TriageAct::PassOn { to, .. }) => {
                unless(to != law.home, ReportRefusal::NotElsewhere)
            }
            // A condition of another act asks nothing here: a row of the table never names it.
            _ => Ok(()),
        }
    }

    fn take(&mut self, step: Taken<'a, TriageAct>, row: &ReportRow) {
        match step.act {
            TriageAct::Open { .. } => self.opened = Some(step),
            TriageAct::Decide { .. } => self.decided = Some(step),
            TriageAct::Reopen { .. } => self.decided = None,
            TriageAct::Recuse { holder, .. } => drop(self.recused.insert(*holder)),
            TriageAct::PassOn { .. } => {}
        }
        self.stage = row.then.unwrap_or(self.stage);
        self.steps.push(step);
    }
}

/// What is said in words.
fn said(act: &TriageAct) -> &str {
    match act {
        TriageAct::Open { .. } => "",
        TriageAct::Decide { reason, .. }
        | TriageAct::Reopen { reason, .. }
        | TriageAct::PassOn { reason, .. }
        | TriageAct::Recuse { reason, .. } => reason,
    }
}
