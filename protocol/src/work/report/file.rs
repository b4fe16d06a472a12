//! A report, folded: with whom it lies, what was asked back and added, what whoever reported was told.
//!
//! Source: domain §6. It lies with one unit at a time, and five working days count from the day it came there.

use std::collections::BTreeMap;

use super::{
    act::{Concerned, Filed, Origin, ReportAct},
    refusal::{ReportRefusal, ReportRefused, unless},
    table::{ReportDeed, ReportNeed, ReportRow, ReportStage, ReportWho, find},
};
use crate::{
    limits::CASE_ACTS_MAX,
    record::entry::{EntryId, Kind},
    trust::charter::Role,
    work::{
        attachment::are_sound,
        case::law::{HANDLING, Officer, Taken, World},
        days::{Days, LastDay, Moments},
        pack::Pack,
        unit::UnitPath,
    },
};

/// What a report or its triage is folded by. All of it is the same at every keeper.
#[derive(Clone, Copy)]
pub struct ReportLaw<'f> {
    /// Where the document stands.
    pub home: &'f UnitPath,
    /// What stands around it.
    pub world: &'f dyn World,
    /// The rows: [`super::table::REPORT_TABLE`].
    pub table: &'static [ReportRow],
}

/// The report, folded.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// Where it stands.
    pub stage: ReportStage,
    /// The report that stands.
    pub file: Option<Taken<'a, ReportAct>>,
    /// What its pack says.
    pub pack: Option<&'a Pack>,
    /// The unit that has to take it up, or has.
    pub lies_with: Option<&'a UnitPath>,
    /// The entry by which it came there.
    pub came_by: Option<EntryId>,
    /// Questions that were not answered yet.
    pub questions: Vec<Taken<'a, ReportAct>>,
    /// What was added.
    pub supplements: Vec<Taken<'a, ReportAct>>,
    /// What whoever reported was told.
    pub replies: Vec<Taken<'a, ReportAct>>,
    /// Everything that was taken in, in order.
    pub steps: Vec<Taken<'a, ReportAct>>,
    /// Steps without effect, and why.
    pub refused: BTreeMap<EntryId, ReportRefused>,
    /// The same steps: their authors, who worked offline, are told.
    pub lost: Vec<Taken<'a, ReportAct>>,
}

impl Default for Report<'_> {
    fn default() -> Self {
        Report {
            stage: ReportStage::Blank,
            file: None,
            pack: None,
            lies_with: None,
            came_by: None,
            questions: Vec::new(),
            supplements: Vec::new(),
            replies: Vec::new(),
            steps: Vec::new(),
            refused: BTreeMap::new(),
            lost: Vec::new(),
        }
    }
}

impl<'a> Report<'a> {
    /// Folds valid acts in causal order.
    pub fn fold(steps: impl IntoIterator<Item = Taken<'a, ReportAct>>, law: &ReportLaw<'a>) -> Report<'a> {
        let mut report = Report::default();
        for step in steps {
            match report.find(&step, law) {
                Ok(row) => report.take(step, row, law),
                Err(why) => {
                    report.refused.insert(step.id, why);
                    report.lost.push(step);
                }
            }
        }
        report
    }

    /// Whether a step may be taken now, and the stage after it: asked before writing, and by the fold.
    ///
    /// # Errors
    ///
    /// [`ReportRefused`], with the rule's source.
    pub fn may(&self, step: &Taken<'a, ReportAct>, law: &ReportLaw<'a>) -> Result<ReportStage, ReportRefused> {
        self.find(step, law).map(|row| row.then.unwrap_or(self.stage))
    }

    /// The report as it was filed.
    #[must_use]
    pub fn filed(&self) -> Option<&'a Filed> {
        match self.file?.act {
            ReportAct::File(filed) => Some(filed),
            _ => None,
        }
    }

    /// Whom it is about.
    #[must_use]
    pub fn concerned(&self) -> Option<&'a Concerned> {
        self.filed()?.concerned.as_ref()
    }

    /// The last day on which it is to be accepted or passed on; none once it is. Source: the national rule of 2020 on
    /// handling reports, five working days.
    #[must_use]
    pub fn acceptance_until(&self, days: &dyn Days, moments: &dyn Moments) -> Option<LastDay> {
        let waits = matches!(self.stage, ReportStage::Filed | ReportStage::Asked);
        let came = self.came_by.filter(|_| waits)?;
        Some(days.last_day(moments.signed(&came), self.pack?.reports.acceptance))
    }

    /// Whether an officer may be shown it, as far as the report decides: nobody whom it concerns; of a matter about a
    /// unit or its head nobody of that unit or below but its author; of one about the reporting unit, likewise. Source:
    /// domain §6.
    #[must_use]
    pub fn is_open_to(&self, officer: &Officer<'_>) -> bool {
        if self.file.is_some_and(|file| file.by.holder == officer.holder) {
            return true;
        }
        let Some(concerned) = self.concerned() else { return true };
        !(concerned.concerns(&officer.holder)
            || concerned.is_about(&concerned.unit) && concerned.unit.contains(officer.unit))
    }

    fn find(&self, step: &Taken<'a, ReportAct>, law: &ReportLaw<'a>) -> Result<&'static ReportRow, ReportRefused> {
        if self.steps.len() >= CASE_ACTS_MAX {
            return Err(ReportRefusal::Full.by("architecture §3"));
        }
        let deed = ReportDeed::of_report(step.act);
        let wrong = |source| ReportRefusal::WrongStage { stage: self.stage, deed }.by(source);
        let row = find(law.table, deed, self.stage).map_err(wrong)?;
        self.who(row.who, step, law).map_err(|why| why.by(row.source))?;
        row.needs.iter().try_for_each(|need| self.need(*need, step, law)).map_err(|why| why.by(row.source))?;
        Ok(row)
    }

    fn who(&self, who: ReportWho, step: &Taken<'a, ReportAct>, law: &ReportLaw<'a>) -> Result<(), ReportRefusal> {
        let by = &step.by;
        match (who, step.act) {
            (ReportWho::Reporter, ReportAct::File(filed)) => {
                unless(may_file(&filed.origin, by, law.home), ReportRefusal::NotTheReporter)
            }
            (ReportWho::Reporter, _) => Err(ReportRefusal::NotTheReporter),
            (ReportWho::Author, _) => {
                let is_own = self.file.is_some_and(|file| file.by.holder == by.holder);
                unless(is_own, ReportRefusal::NotTheAuthor)
            }
            _ => {
                let is_its = self.lies_with == Some(by.unit) && by.has_any(HANDLING);
                unless(is_its, ReportRefusal::NotTheReceiver)
            }
        }
    }

    fn need(&self, need: ReportNeed, step: &Taken<'a, ReportAct>, law: &ReportLaw<'a>) -> Result<(), ReportRefusal> {
        match (need, step.act) {
            (ReportNeed::ThisReport, act) => {
                let is_it = self.file.map(|file| file.id) == names_filed(act);
                unless(is_it, ReportRefusal::NoSuchReport)
            }
            (ReportNeed::NotConcerned, _) => {
                let is_out = self.concerned().is_some_and(|concerned| concerned.concerns(&step.by.holder));
                unless(!is_out, ReportRefusal::Concerned)
            }
            (ReportNeed::ThisQuestion, ReportAct::Supplement { question, .. }) => {
                let waits = |id: &EntryId| self.questions.iter().any(|asked| asked.id == *id);
                unless(question.as_ref().is_none_or(waits), ReportRefusal::NoSuchQuestion)
            }
            (ReportNeed::Elsewhere, ReportAct::PassOn { to, copy, .. }) => {
                let is_copied = copy.as_ref().is_some_and(|copy| copy.kind == Kind::REPORT && copy.scope.home == *to);
                let fits = to.contains(law.home) != is_copied && is_copied == copy.is_some();
                unless(self.lies_with != Some(to) && fits, ReportRefusal::NotElsewhere)
            }
            (ReportNeed::NotAboutReceiver, ReportAct::PassOn { to, .. }) => receives(to, self.concerned()),
            (ReportNeed::Written, act) => {
                unless(said(act).iter().all(|text| !text.trim().is_empty()), ReportRefusal::NothingWritten)
            }
            (ReportNeed::Attachments, ReportAct::Supplement { attachments, .. }) => {
                are_sound(attachments).map_err(ReportRefusal::Attachment)
            }
            (need, ReportAct::File(filed)) => of_filed(need, filed, step, law),
            // A condition of another act asks nothing here: a row of the table never names it.
            _ => Ok(()),
        }
    }

    fn take(&mut self, step: Taken<'a, ReportAct>, row: &ReportRow, law: &ReportLaw<'a>) {
        match step.act {
            ReportAct::File(filed) => {
                self.file = Some(step);
                self.pack = law.world.pack(&filed.rules);
                self.lies_with = Some(&filed.to);
                self.came_by = Some(step.id);
            }
            ReportAct::AskBack { .. } => self.questions.push(step),
            ReportAct::Supplement { question, .. } => {
                self.questions.retain(|asked| Some(asked.id) != *question);
                self.supplements.push(step);
            }
            ReportAct::PassOn { to, .. } => {
                self.lies_with = Some(to);
                self.came_by = Some(step.id);
            }
            ReportAct::Reply { .. } => self.replies.push(step),
            ReportAct::Accept { .. } | ReportAct::Withdraw { .. } => {}
        }
        self.stage = row.then.unwrap_or(self.stage);
        self.steps.push(step);
    }
}

/// Whether an officer files reports of this origin for a unit. Source: domain §3: reporters and invited reporters for
/// their unit, the centre what comes to it; what is passed on is filed by the centre of a unit above.
fn may_file(origin: &Origin, by: &Officer<'_>, home: &UnitPath) -> bool {
    let at_home = by.unit == home;
    match origin {
        Origin::Invited => at_home && by.roles.contains(&Role::INVITED_REPORTER),
        Origin::Officer | Origin::Named { .. } | Origin::Anonymous { .. } => {
            at_home && by.has_any(&[Role::REPORTER, Role::ANALYST])
        }
        Origin::PassedOn => by.unit.is_above(home) && by.roles.contains(&Role::ANALYST),
    }
}

/// Whether a unit may take up a matter about this.
fn receives(unit: &UnitPath, concerned: Option<&Concerned>) -> Result<(), ReportRefusal> {
    unless(!concerned.is_some_and(|concerned| concerned.is_about(unit)), ReportRefusal::AboutReceiver)
}

fn of_filed<'a>(
    need: ReportNeed,
    filed: &Filed,
    step: &Taken<'a, ReportAct>,
    law: &ReportLaw<'a>,
) -> Result<(), ReportRefusal> {
    let pack = law.world.pack(&filed.rules).ok_or(ReportRefusal::NoSuchRules)?;
    match need {
        ReportNeed::Category => {
            let is_known = pack.categories.iter().any(|category| category.number == filed.category);
            unless(is_known, ReportRefusal::NoSuchCategory(filed.category))
        }
        ReportNeed::Source => {
            unless(pack.sources.iter().any(|source| source.id == filed.source), ReportRefusal::NoSuchSource)
        }
        ReportNeed::Number => {
            let number = &filed.number;
            let is_its_own = number.series.scope.home == *step.by.unit && number.series.kind == Kind::PAPER_SERIES;
            unless(is_its_own && number.number > 0 && !number.word.trim().is_empty(), ReportRefusal::WrongNumber)
        }
        ReportNeed::Amount => unless(filed.amount_fen.is_none_or(|fen| fen >= 0), ReportRefusal::BadAmount),
        ReportNeed::Attachments => are_sound(&filed.attachments).map_err(ReportRefusal::Attachment),
        ReportNeed::Above => unless(filed.to.contains(law.home), ReportRefusal::NotAbove),
        ReportNeed::NotAboutReceiver => receives(&filed.to, filed.concerned.as_ref()),
        _ => Ok(()),
    }
}

/// What has to be said in words.
fn said(act: &ReportAct) -> Vec<&str> {
    match act {
        ReportAct::File(filed) => {
            let who = match &filed.origin {
                Origin::Named { who } => Some(who.as_str()),
                _ => None,
            };
            [filed.title.as_str(), &filed.account].into_iter().chain(who).collect()
        }
        ReportAct::AskBack { question: text, .. }
        | ReportAct::Supplement { text, .. }
        | ReportAct::Withdraw { reason: text, .. }
        | ReportAct::Reply { text, .. } => vec![text],
        ReportAct::Accept { .. } | ReportAct::PassOn { .. } => Vec::new(),
    }
}

fn names_filed(act: &ReportAct) -> Option<EntryId> {
    match act {
        ReportAct::File(_) => None,
        ReportAct::AskBack { filed, .. }
        | ReportAct::Supplement { filed, .. }
        | ReportAct::Accept { filed }
        | ReportAct::PassOn { filed, .. }
        | ReportAct::Withdraw { filed, .. }
        | ReportAct::Reply { filed, .. } => Some(*filed),
    }
}
