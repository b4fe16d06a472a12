//! What is asked before an act of a procedure is signed: its own file, and everything else this node knows.
//!
//! What is received is judged by its file alone, since not everybody keeps the rest. Source: architecture §6.

use std::collections::BTreeMap;

use super::{Casefile, Now, Replica, Rulebook, Said, WriteError, WriteRefusal};
use crate::{
    record::{
        body::Act,
        entry::{DocKey, EntryId, Header, Kind},
    },
    records::{Records, RecordsFailure},
    work::{
        cadre::{CadreAct, CadreRefusal, register_of},
        calendar::{Day, day_of},
        case::{
            act::{InnerAct, OuterAct, SerialNumber},
            law::{Officer, Taken},
            outer_file,
            permit::{Knowledge, may_write, may_write_inner},
            refusal::CaseRefusal,
            series::SeriesAct,
        },
        report::{
            act::{Outcome, ReportAct, TriageAct},
            permit::{ReportKnowledge, may_write_report, may_write_triage},
            refusal::ReportRefusal,
            triage_of,
        },
        sharing::{Matter, ShareAct, ShareRefusal, may_share},
    },
};

/// An act that is about to be written.
struct Asked<'r> {
    replica: &'r Replica,
    records: &'r dyn Records,
    rules: Rulebook,
    document: DocKey,
    /// Of an act not written yet only what it says matters.
    id: EntryId,
    by: Officer<'r>,
    now: Now,
}

/// Matters that are duplicates of others, as far as somebody asks: a chain of more than so many is a circle.
const DUPLICATES_MAX: usize = 64;

impl Replica {
    /// Whether the rules of work let an act be written now.
    pub(super) fn check_act(
        &self,
        now: Now,
        header: &Header,
        act: &Act,
        history: Vec<Said>,
        records: &dyn Records,
    ) -> Result<(), WriteError> {
        let Some(by) = self.officer(&header.author) else { return Ok(()) };
        let (rules, document) = (self.rulebook(records)?, header.document());
        let file = self.casefile_of(&document, history, &rules);
        let asked = Asked { replica: self, records, rules, document, id: EntryId(header.body), by, now };
        match act {
            Act::Inner(act) => asked.inner(&file, act),
            Act::Outer(act) => asked.outer(&file, act),
            Act::Report(act) => asked.report(&file, act),
            Act::Triage(act) => asked.triage(&file, act),
            Act::Series(act) => asked.series(&file, act),
            Act::Cadre(act) => asked.cadre(&file, act),
            Act::Share(act) => asked.share(&file, act),
            _ => Ok(()),
        }
    }
}

impl<'r> Asked<'r> {
    fn inner(&self, file: &Casefile, act: &InnerAct) -> Result<(), WriteError> {
        let inner = self.replica.inner(file);
        let followed = match act {
            InnerAct::Propose(proposal) => proposal.follows.as_ref().map(|case| self.file(case)).transpose()?,
            _ => None,
        };
        let followed = followed.as_ref().map(|file| self.replica.inner(file));
        let unit = inner.proposed().map(|proposal| proposal.subject.unit());
        let outer = unit.map(|unit| self.file(&outer_file(&self.document, unit))).transpose()?;
        let outer = outer.as_ref().map(|file| self.replica.outer(file));
        let today = self.today();
        let in_force = self.rules.in_force(&self.document.scope.home, today)?.0;
        let known = Knowledge {
            inner: None,
            outer: outer.as_ref(),
            followed: followed.as_ref(),
            in_force: &in_force,
            bench: &self.replica.bench(),
            cadres: &self.replica.cadres(&self.rules, self.records)?,
            is_allotted: &|_| false,
            today,
            days: &self.replica.calendar(self.records)?,
        };
        let step = Taken { id: self.id, by: self.by, act };
        may_write_inner(&inner, &step, &file.law(), &known).map_err(WriteRefusal::from)?;
        Ok(())
    }

    fn outer(&self, file: &Casefile, act: &OuterAct) -> Result<(), WriteError> {
        let outer = self.replica.outer(file);
        let case = match act {
            OuterAct::Issue(warning) => Some(&warning.case),
            _ => outer.warning().map(|warning| &warning.case),
        };
        if case.is_some_and(|case| outer_file(case, &self.document.scope.home) != self.document) {
            return Err(WriteRefusal::Case(CaseRefusal::NotTheSubjectsFile.by("architecture §4")).into());
        }
        let inner = case.filter(|case| self.replica.keeps(&case.scope)).map(|case| self.file(case)).transpose()?;
        let inner = inner.as_ref().map(|file| self.replica.inner(file));
        let number = act.paper().map(|paper| &paper.number);
        let is_allotted = number.map(|number| self.is_allotted(number)).transpose()?.unwrap_or(false);
        let today = self.today();
        let known = Knowledge {
            inner: inner.as_ref(),
            outer: None,
            followed: None,
            in_force: &self.rules.in_force(&self.document.scope.home, today)?.0,
            bench: &self.replica.bench(),
            cadres: &self.replica.cadres(&self.rules, self.records)?,
            is_allotted: &|asked| Some(asked) == number && is_allotted,
            today,
            days: &self.replica.calendar(self.records)?,
        };
        let step = Taken { id: self.id, by: self.by, act };
        may_write(&outer, &step, &file.law(), &known).map_err(WriteRefusal::from)?;
        Ok(())
    }

    fn report(&self, file: &Casefile, act: &ReportAct) -> Result<(), WriteError> {
        let report = self.replica.report(file);
        let is_allotted = match act {
            ReportAct::File(filed) => self.is_allotted(&filed.number)?,
            _ => false,
        };
        let known = ReportKnowledge {
            report: None,
            case: None,
            duplicate_of: &|_| None,
            document: &self.document,
            in_force: &self.rules.in_force(&self.document.scope.home, self.today())?.0,
            is_allotted: &|_| is_allotted,
            now_s: self.now.0,
        };
        let step = Taken { id: self.id, by: self.by, act };
        may_write_report(&report, &step, &file.report_law(), &known).map_err(WriteRefusal::from)?;
        Ok(())
    }

    fn triage(&self, file: &Casefile, act: &TriageAct) -> Result<(), WriteError> {
        let triage = self.replica.triage(file);
        let about = match act {
            TriageAct::Open { report, .. } => Some(report),
            _ => triage.report().map(|(report, _)| report),
        };
        if about.is_some_and(|report| triage_of(report, &self.document.scope.home) != self.document) {
            return Err(WriteRefusal::Report(ReportRefusal::OtherDocument.by("architecture §4")).into());
        }
        let report = about.map(|report| self.file(report)).transpose()?;
        let report = report.as_ref().map(|file| self.replica.report(file));
        let case = match act {
            TriageAct::Decide { outcome: Outcome::Warning { case }, .. } => Some(self.file(case)?),
            _ => None,
        };
        let case = case.as_ref().map(|file| self.replica.inner(file));
        let duplicates = match act {
            TriageAct::Decide { outcome: Outcome::Duplicate { of }, .. } => self.duplicates(of)?,
            _ => BTreeMap::new(),
        };
        let known = ReportKnowledge {
            report: report.as_ref(),
            case: case.as_ref().and_then(|case| case.proposed()),
            duplicate_of: &|document| duplicates.get(document).cloned(),
            document: &self.document,
            in_force: &self.rules.in_force(&self.document.scope.home, self.today())?.0,
            is_allotted: &|_| false,
            now_s: self.now.0,
        };
        let step = Taken { id: self.id, by: self.by, act };
        may_write_triage(&triage, &step, &file.report_law(), &known).map_err(WriteRefusal::from)?;
        Ok(())
    }

    fn series(&self, file: &Casefile, act: &SeriesAct) -> Result<(), WriteError> {
        let series = self.replica.series(file);
        let node = &self.replica.me().certificate;
        Ok(series.may_write(&self.document, act, &self.by, node).map_err(WriteRefusal::from)?)
    }

    fn cadre(&self, file: &Casefile, act: &CadreAct) -> Result<(), WriteError> {
        let home = &self.document.scope.home;
        if self.document != register_of(home) {
            return Err(WriteRefusal::Cadre(CadreRefusal::OtherDocument).into());
        }
        Ok(self.replica.register(file).may(home, &self.by, act).map_err(WriteRefusal::from)?)
    }

    fn share(&self, file: &Casefile, act: &ShareAct) -> Result<(), WriteError> {
        self.replica.sharing(file).may(&self.document, &self.by, act).map_err(WriteRefusal::from)?;
        let ShareAct::Share(shared) = act else { return Ok(()) };
        if !self.replica.keeps(&shared.about.scope) {
            return Err(WriteRefusal::Share(ShareRefusal::NotHeld).into());
        }
        let (about, department) = (self.file(&shared.about)?, &self.document.scope.home);
        let (bench, today) = (self.replica.bench(), self.today());
        let may = |matter: Matter<'_>| may_share(shared, matter, department, &self.by, &bench, today);
        let told = if shared.about.kind == Kind::CASE_INNER {
            let inner = self.replica.inner(&about);
            let unit = inner.proposed().map(|proposal| proposal.subject.unit());
            let outer = unit.map(|unit| self.file(&outer_file(&shared.about, unit))).transpose()?;
            let outer = outer.as_ref().map(|file| self.replica.outer(file));
            may(Matter::Case(&inner, outer.as_ref()))
        } else {
            let triage = self.file(&triage_of(&shared.about, self.by.unit))?;
            let triage = self.replica.triage(&triage);
            may(Matter::Report(&self.replica.report(&about), Some(&triage)))
        };
        Ok(told.map_err(WriteRefusal::from)?)
    }

    fn today(&self) -> Day {
        day_of(u64::try_from(self.now.0).unwrap_or(0))
    }

    fn file(&self, document: &DocKey) -> Result<Casefile, RecordsFailure> {
        self.replica.casefile(document, &self.rules, self.records)
    }

    fn is_allotted(&self, number: &SerialNumber) -> Result<bool, RecordsFailure> {
        self.replica.is_allotted(number, &self.document, &self.rules, self.records)
    }

    /// What a triage is a duplicate of, what that is one of, and so on.
    fn duplicates(&self, of: &DocKey) -> Result<BTreeMap<DocKey, DocKey>, RecordsFailure> {
        let mut found = BTreeMap::new();
        let mut at = of.clone();
        while found.len() < DUPLICATES_MAX && !found.contains_key(&at) {
            let file = self.file(&at)?;
            let triage = self.replica.triage(&file);
            let Some(Outcome::Duplicate { of }) = triage.outcome() else { break };
            let next = of.clone();
            found.insert(std::mem::replace(&mut at, next.clone()), next);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
