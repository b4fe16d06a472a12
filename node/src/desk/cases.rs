//! A warning case: proposed, acted in, listed.
//!
//! A case goes by the id of its inner file everywhere: the paper names it, so those below know it too, although the
//! inner file itself never travels down.

mod filled;
mod meant;
mod meetings;
mod possible;
mod seeing;
mod settling;
mod shown;
mod warned;

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{DocKey, Kind},
    },
    replica::{Draft, Replica, Rulebook, WriteError, WriteRefusal},
    trust::charter::HolderId,
    work::{
        calendar::day_of,
        case::{
            Level,
            act::{InnerAct, OuterAct, Proposal, SerialNumber, Subject},
            files_of, outer_file,
            refusal::CaseRefusal,
        },
        unit::UnitPath,
    },
};

use self::meant::{Asked, Meant};
pub(super) use self::{
    filled::Standing,
    seeing::{inner_closed_to, sees_inner},
    settling::Unsettled,
    warned::acting,
};
use super::{Code, Desk, DeskError, Officer, documents::next, duties::Place, required, shown::Showing, time::moment};
use crate::{
    api::shape::{CaseForm, CaseLine, Cases, ListQuery, ProposeForm, SubjectIs, Written as WrittenShape},
    limits::DUTIES_AT_A_TIME,
    run::Sight,
    view::{Gist, Line, List, Names, unknown},
    words::{self, Language},
};

/// A case as far as it is kept here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Files {
    /// The inner file's key, also where that is not kept.
    case: DocKey,
    inner_here: bool,
    /// The outer file, once the warning was given.
    outer: Option<DocKey>,
}

impl Desk {
    /// The documents of a case that are kept here.
    ///
    /// # Errors
    ///
    /// There is no such case, [`Code::NodeStopped`].
    pub(super) async fn files_of(&self, id: &str) -> Result<std::collections::BTreeSet<DocKey>, DeskError> {
        let Files { case, inner_here, outer } = self.files(id).await?;
        Ok(Some(case).filter(|_| inner_here).into_iter().chain(outer).collect())
    }

    /// Proposes a warning.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`].
    pub async fn propose(&self, officer: &Officer, form: ProposeForm) -> Result<WrittenShape, DeskError> {
        let home = self.unit(form.unit.as_deref())?;
        let document = self.new_document(files_of(&home), Kind::CASE_INNER);
        self.propose_in(officer, document, form).await
    }

    /// Does something in a case that was proposed.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`].
    pub async fn act_in_case(&self, officer: &Officer, id: &str, form: CaseForm) -> Result<WrittenShape, DeskError> {
        let files = self.files(id).await?;
        if let CaseForm::Propose(form) = form {
            return self.propose_in(officer, files.case, *form).await;
        }
        let linked = match &form {
            CaseForm::Raise { case: Some(case), .. } | CaseForm::Escalate { case: Some(case), .. } => {
                Some(self.files(case).await?.case)
            }
            _ => None,
        };
        let attachments = match &form {
            CaseForm::Answer { attachments, .. } | CaseForm::Evidence { attachments, .. } => attachments.clone(),
            _ => Vec::new(),
        };
        let attachments = self.attachments(attachments).await?;
        let (by, case) = (officer.clone(), files.case.clone());
        let meant = self.node().core().read(move |sight| {
            let (replica, now_s) = (sight.replica, sight.now.0);
            let asked = Asked { replica, officer: &by, now_s, case: &case, linked, attachments };
            asked.meant(form)
        });
        let meant = meant.await??;
        let number = self.number_for(officer, &files, &meant).await?;
        let (author, doc) = (officer.certificate, files.case.doc);
        let written = self.write(officer, move |sight| {
            let (document, act) = files.fill(sight, meant, number.as_ref())?;
            Ok(Draft { author, document, after: None, content: Content::Act(act) })
        });
        self.written(doc, Kind::CASE_INNER, written.await?).await
    }

    /// The cases kept here, as far as an officer may see them; all of them where none asks.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn cases(
        &self,
        officer: Option<&Officer>,
        query: &ListQuery,
        language: Language,
    ) -> Result<Cases, DeskError> {
        let (page, names) = self.page(List::Cases, query).await?;
        let count = page.lines.len();
        let lines = self.seen_by(officer, page.lines).await?;
        let closed = (count - lines.len()) as u64;
        let cases = lines.iter().filter_map(|line| case_line(&names, line, language)).collect();
        Ok(Cases { total: page.total, at_least: page.is_at_least, closed, next: next(page.next), cases })
    }

    /// What is found in each case kept here at some stages, a few of them at a time, so that the core does other things
    /// between; of those that are over, in the ones in which something happened within the last year.
    pub(super) async fn of_each_case<T: Send + 'static>(
        &self,
        stages: impl Iterator<Item = &'static str>,
        language: Language,
        look: impl Fn(&Showing<'_>, &Files, CaseLine) -> Result<Option<T>, DeskError> + Clone + Send + 'static,
    ) -> Result<Vec<T>, DeskError> {
        let names = self.fresh_view().await?.names();
        let mut places = self.places_of_cases(stages).await?.into_iter();
        let mut all = Vec::new();
        loop {
            let some: Vec<Place> = places.by_ref().take(DUTIES_AT_A_TIME).collect();
            if some.is_empty() {
                return Ok(all);
            }
            let (names, look) = (names.clone(), look.clone());
            let found = self.node().core().read(move |sight| {
                let showing = Showing { sight, names: &names, language };
                let mut found = Vec::new();
                for place in &some {
                    let files = Files::of(place.line()).zip(case_line(&names, place.line(), language));
                    let Some((files, line)) = files else { continue };
                    found.extend(look(&showing, &files, line)?);
                }
                Ok::<_, DeskError>(found)
            });
            all.extend(found.await??);
        }
    }

    async fn propose_in(
        &self,
        officer: &Officer,
        document: DocKey,
        form: ProposeForm,
    ) -> Result<WrittenShape, DeskError> {
        let home = document.scope.home.clone();
        required("subject", &form.subject)?;
        let unit = self.unit(Some(&form.subject))?;
        let managed_by = form.managed_by.as_deref().map_or_else(|| Ok(home.clone()), |unit| self.unit(Some(unit)))?;
        let (ground, facts) = (required("ground", &form.ground)?, required("facts", &form.facts)?);
        let mut reports = Vec::new();
        for id in &form.reports {
            reports.push(self.report_document(Some(officer), id).await?.0);
        }
        let follows = match &form.follows {
            Some(case) => Some(self.files(case).await?.case),
            None => None,
        };
        let (by, case) = (officer.clone(), document.clone());
        let proposal = self.node().core().read(move |sight| {
            let (replica, now_s, attachments) = (sight.replica, sight.now.0, Vec::new());
            let asked = Asked { replica, officer: &by, now_s, case: &case, linked: None, attachments };
            let holders = form.holders.iter().map(|id| asked.holder(id)).collect::<Result<Vec<HolderId>, _>>()?;
            let rules = sight.replica.rulebook(sight.store)?;
            let (name, pack) = rules.in_force(&home, day_of(u64::try_from(sight.now.0).unwrap_or(0)))?;
            let level = Level(form.level);
            let usual = || pack.level(level)?.ways_for(&ground).next().map(|way| way.id.clone());
            Ok::<_, DeskError>(Proposal {
                subject: subject(form.sort, unit, form.post, holders, managed_by)?,
                level,
                // A level or a ground that is not there is the core's to refuse.
                way: form.way.or_else(usual).unwrap_or_default(),
                ground,
                reason: form.reason,
                facts,
                reports,
                rules: name,
                follows,
            })
        });
        let act = Act::Inner(Box::new(InnerAct::Propose(Box::new(proposal.await??))));
        let doc = document.doc;
        let draft = Draft { author: officer.certificate, document, after: None, content: Content::Act(act) };
        let written = self.write(officer, move |_| Ok(draft)).await?;
        self.written(doc, Kind::CASE_INNER, written).await
    }

    /// The number for the paper an act comes with, if it comes with one. Allotted before the act is
    /// signed; what is refused then leaves its number to the next paper of the case.
    async fn number_for(
        &self,
        officer: &Officer,
        files: &Files,
        meant: &Meant,
    ) -> Result<Option<SerialNumber>, DeskError> {
        let (files, meant) = (files.clone(), meant.clone());
        let asked = self.node().core().read(move |sight| {
            files.standing(sight, |standing| {
                let (form, document) = match &meant {
                    Meant::Inner(_) | Meant::Settle { .. } => return Ok::<_, DeskError>(None),
                    Meant::Issue { text, .. } => {
                        let form = standing.form_of_issue(text);
                        let unit = standing.inner.and_then(|(_, inner)| inner.proposed());
                        (form, unit.map(|proposal| outer_file(standing.case, proposal.subject.unit())))
                    }
                    Meant::Outer(act) => (standing.form_of(act), files.outer.clone()),
                    Meant::Extend { .. } => (standing.form_of_extension(), files.outer.clone()),
                };
                let inner = standing.inner.and_then(|(_, inner)| inner.pack);
                let pack = inner.or_else(|| standing.outer.and_then(|(_, outer)| outer.pack));
                let series = form.zip(pack).and_then(|(form, pack)| pack.series(pack.form(&form)?.series.as_deref()?));
                Ok(series.map(|series| series.word.zh.clone()).zip(document))
            })
        });
        match asked.await?? {
            Some((word, document)) => Ok(Some(self.allot(officer, &word, &document).await?)),
            None => Ok(None),
        }
    }

    async fn files(&self, prefix: &str) -> Result<Files, DeskError> {
        // The outer file's own id leads to its case as well.
        Files::of(&self.line(List::Cases, prefix).await?).ok_or_else(|| unknown(prefix))
    }
}

impl Files {
    /// The files of a case's line.
    pub(super) fn of(line: &Line) -> Option<Files> {
        let mut inner = line.documents.iter().filter(|summary| summary.document.kind == Kind::CASE_INNER);
        let inner = inner.next().map(|summary| summary.document.clone());
        let mut outer = line.documents.iter().filter(|summary| summary.document.kind == Kind::CASE_OUTER);
        let outer = outer.next();
        let inner_here = inner.is_some();
        let case = inner.or_else(|| outer?.gist.as_ref()?.case.clone())?;
        Some(Files { case, inner_here, outer: outer.map(|summary| summary.document.clone()) })
    }

    /// The unit that decides it.
    pub(super) fn decided_at(&self) -> &UnitPath {
        &self.case.scope.home
    }

    /// The files as they stand now.
    pub(super) fn standing<T, E: From<fangwei_protocol::records::RecordsFailure>>(
        &self,
        sight: &Sight<'_>,
        then: impl FnOnce(&Standing<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.standing_by(sight, &sight.replica.rulebook(sight.store)?, then)
    }

    /// The same by rules that are at hand already.
    pub(super) fn standing_by<T, E: From<fangwei_protocol::records::RecordsFailure>>(
        &self,
        sight: &Sight<'_>,
        rules: &Rulebook,
        then: impl FnOnce(&Standing<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let replica: &Replica = sight.replica;
        let inner = self.inner_here.then(|| replica.casefile(&self.case, rules, sight.store)).transpose()?;
        let outer = self.outer.as_ref().map(|outer| replica.casefile(outer, rules, sight.store)).transpose()?;
        let inner = inner.as_ref().map(|file| (file, replica.inner(file)));
        let outer = outer.as_ref().map(|file| (file, replica.outer(file)));
        let inner = inner.as_ref().map(|(file, inner)| (*file, inner));
        let outer = outer.as_ref().map(|(file, outer)| (*file, outer));
        then(&Standing { case: &self.case, inner, outer })
    }

    /// What was meant, filled in, and the document it is said in.
    fn fill(
        &self,
        sight: &Sight<'_>,
        meant: Meant,
        number: Option<&SerialNumber>,
    ) -> Result<(DocKey, Act), WriteError> {
        self.standing(sight, |standing| self.fill_in(sight, standing, meant, number))
    }

    fn fill_in(
        &self,
        sight: &Sight<'_>,
        standing: &Standing<'_>,
        meant: Meant,
        number: Option<&SerialNumber>,
    ) -> Result<(DocKey, Act), WriteError> {
        let no = |why: CaseRefusal| WriteError::from(WriteRefusal::Case(why.by("domain §7")));
        match meant {
            Meant::Inner(mut act) => {
                standing.fill_inner(&mut act);
                Ok((self.case.clone(), Act::Inner(Box::new(act))))
            }
            Meant::Issue { text, terms } => {
                let warning = standing.warning(&text, number, terms).map_err(no)?;
                let document = outer_file(&self.case, warning.subject.unit());
                Ok((document, Act::Outer(Box::new(OuterAct::Issue(Box::new(warning))))))
            }
            Meant::Outer(mut act) => {
                let outer = self.outer.clone().ok_or_else(|| no(CaseRefusal::NoSuchWarning))?;
                standing.fill_outer(&mut act, number);
                Ok((outer, Act::Outer(Box::new(act))))
            }
            Meant::Settle { is_inner, act, findings } => {
                let found = standing.waiting(sight, is_inner, act.as_deref())?;
                let act = found.ok_or_else(|| no(CaseRefusal::NothingCrossed))?.settled(findings);
                let outer = self.outer.clone().ok_or_else(|| no(CaseRefusal::NoSuchWarning));
                let document = if is_inner { self.case.clone() } else { outer? };
                Ok((document, act))
            }
            Meant::Extend { by, text } => {
                let outer = self.outer.clone().ok_or_else(|| no(CaseRefusal::NoSuchWarning))?;
                let act = standing.extension(by, text, number).map_err(no)?;
                Ok((outer, Act::Outer(Box::new(act))))
            }
        }
    }
}

/// Whom a warning is about.
fn subject(
    sort: SubjectIs,
    unit: UnitPath,
    post: Option<String>,
    holders: Vec<HolderId>,
    managed_by: UnitPath,
) -> Result<Subject, DeskError> {
    let post = post.filter(|post| !post.trim().is_empty());
    Ok(match (sort, post) {
        (SubjectIs::LeadingGroup, _) => Subject::LeadingGroup { unit, members: holders },
        (SubjectIs::Unit, _) | (SubjectIs::Usual, None) => Subject::Unit { unit, heads: holders },
        (SubjectIs::Person | SubjectIs::Usual, Some(post)) => {
            Subject::Person { unit, post, holder: holders.into_iter().next(), managed_by }
        }
        (SubjectIs::Person, None) => return Err(DeskError::new(Code::MissingField).with("field", "post")),
    })
}

pub(super) fn case_line(names: &Names, line: &Line, language: Language) -> Option<CaseLine> {
    let gists: Vec<&Gist> = line.documents.iter().filter_map(|summary| summary.gist.as_ref()).collect();
    let subject: UnitPath = gists.first()?.unit.parse().ok()?;
    let Gist { post, level, stage, .. } = Gist::furthest(&gists)?;
    let stage = stage.clone()?;
    Some(CaseLine {
        id: line.doc.clone(),
        short: line.short.clone(),
        subject_name: names.unit(&subject).into(),
        subject: subject.to_string(),
        post: post.clone(),
        level: u8::try_from((*level)?).ok()?,
        stage_name: words::stage(language, &stage),
        stage,
        changed: moment(line.changed_s),
        held_above: line.held_above,
        inner_here: line.documents.iter().any(|summary| summary.document.kind == Kind::CASE_INNER),
    })
}
