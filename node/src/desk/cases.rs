//! A warning case: proposed, approved, issued, answered, lifted, and shown with both of its files.
//!
//! A case goes by the id of its inner file everywhere: the paper names it, so those below know it too, although the
//! inner file itself never travels down.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{CertificateId, DocKey, EntryId, Kind, Reach, Scope, Shelf},
    },
    replica::{Draft, Said, WriteError, WriteRefusal},
    work::{
        case::{CaseAct, CaseRefusal, Level, Stage, Step},
        unit::UnitPath,
    },
};

use super::{
    Code, Desk, DeskError, Ids, Officer, check_prefix, documents::page, is_prefix, required, shown::Showing,
    time::moment,
};
use crate::{
    api::shape::{
        ActShown, AnswerForm, ApproveForm, CaseLine, CaseShown, Cases, IssueForm, LiftForm, ListQuery, ProposeForm,
        Written as WrittenShape,
    },
    founding::new_document,
    run::Sight,
    view::{Gist, Summary, View, unknown},
    words::Language,
};

/// A case as far as it is kept here.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Files {
    /// The inner file's key, also where that is not kept.
    case: DocKey,
    inner_here: bool,
    /// The outer file: the first paper, should there be several.
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
        required("subject", &form.subject)?;
        let subject = self.unit(Some(&form.subject))?;
        let mut reports = Vec::new();
        for id in &form.reports {
            reports.push(self.document(&[Kind::REPORT], id).await?);
        }
        let act = CaseAct::Propose {
            subject,
            post: form.post.filter(|post| !post.is_empty()),
            level: Level(form.level),
            ground: required("ground", &form.ground)?,
            facts: required("facts", &form.facts)?,
            reports,
        };
        let document = new_document(Scope { home, reach: Reach::UP, shelf: Shelf::CASE }, Kind::CASE_INNER);
        let (doc, draft) = (document.doc, draft(officer.certificate, document, act));
        let written = self.write(officer, move |_| Ok(draft)).await?;
        self.written(doc, Kind::CASE_INNER, written).await
    }

    /// Decides for a proposal.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse (first of all [`Code::SelfApproval`]), [`Code::NodeStopped`].
    pub async fn approve(&self, officer: &Officer, id: &str, form: ApproveForm) -> Result<WrittenShape, DeskError> {
        let Files { case, .. } = self.files(id).await?;
        let bad = |shown: &str| DeskError::new(Code::BadId).with("value", super::shortened(shown));
        let looked_at = form.shown.map(|shown| shown.parse().map_err(|_| bad(&shown))).transpose()?;
        let (doc, author) = (case.doc, officer.certificate);
        let written = self.write(officer, move |sight| {
            let history = sight.replica.history(&case, sight.store)?;
            let proposal = sight.replica.inner(&history).proposal.map(|step| step.id);
            let proposal = proposal.ok_or(WriteRefusal::Case(CaseRefusal::NoSuchProposal))?;
            let shown = sight.replica.shown(&case, &[proposal], sight.store)?;
            let shown = looked_at.or(shown).ok_or(WriteRefusal::Case(CaseRefusal::NotAsShown))?;
            Ok(draft(author, case, CaseAct::Approve { proposal, shown }))
        });
        self.written(doc, Kind::CASE_INNER, written.await?).await
    }

    /// Gives the paper to the subject.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`].
    pub async fn issue(&self, officer: &Officer, id: &str, form: IssueForm) -> Result<WrittenShape, DeskError> {
        let paper = required("paper", &form.paper)?;
        let Files { case, outer, .. } = self.files(id).await?;
        if outer.is_some() {
            return Err(CaseRefusal::AlreadyIssued.into());
        }
        let (doc, author) = (case.doc, officer.certificate);
        let written = self.write(officer, move |sight| {
            let history = sight.replica.history(&case, sight.store)?;
            let inner = sight.replica.inner(&history);
            let not_decided = || WriteError::from(WriteRefusal::Case(CaseRefusal::NotDecided));
            let approval = inner.approval.ok_or_else(not_decided)?;
            let Some(CaseAct::Propose { subject, post, level, .. }) = inner.proposal.map(|step| step.act) else {
                return Err(not_decided());
            };
            let scope = Scope { home: subject.clone(), reach: Reach::UP, shelf: Shelf::CASE };
            let document = new_document(scope, Kind::CASE_OUTER);
            let (post, level) = (post.clone(), *level);
            Ok(draft(author, document, CaseAct::Issue { case, approval, post, level, paper }))
        });
        self.written(doc, Kind::CASE_INNER, written.await?).await
    }

    /// Answers the paper.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`].
    pub async fn answer(&self, officer: &Officer, id: &str, form: AnswerForm) -> Result<WrittenShape, DeskError> {
        let text = required("text", &form.text)?;
        let (case, outer) = self.outer_file(id).await?;
        let author = officer.certificate;
        let written = self.write(officer, move |sight| {
            let history = sight.replica.history(&outer, sight.store)?;
            let paper = sight.replica.outer(&history).paper.map(|step| step.id);
            let issue = paper.ok_or(WriteRefusal::Case(CaseRefusal::NoSuchPaper))?;
            Ok(draft(author, outer, CaseAct::Answer { issue, text }))
        });
        self.written(case.doc, Kind::CASE_INNER, written.await?).await
    }

    /// Ends the warning on an answer that is accepted.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`].
    pub async fn lift(&self, officer: &Officer, id: &str, form: LiftForm) -> Result<WrittenShape, DeskError> {
        let reason = required("reason", &form.reason)?;
        let bad = |answer: &str| DeskError::new(Code::BadId).with("value", super::shortened(answer));
        let accepted: Option<EntryId> = form.answer.map(|id| id.parse().map_err(|_| bad(&id))).transpose()?;
        let (case, outer) = self.outer_file(id).await?;
        let author = officer.certificate;
        let written = self.write(officer, move |sight| {
            let no = |refusal| WriteError::from(WriteRefusal::Case(refusal));
            let history = sight.replica.history(&outer, sight.store)?;
            let file = sight.replica.outer(&history);
            let issue = file.paper.map(|step| step.id).ok_or_else(|| no(CaseRefusal::NoSuchPaper))?;
            let answer = accepted.or_else(|| file.answers.last().map(|step| step.id));
            let answer = answer.ok_or_else(|| no(CaseRefusal::NoSuchAnswer))?;
            let shown = sight.replica.shown(&outer, &[issue, answer], sight.store)?;
            let shown = shown.ok_or_else(|| no(CaseRefusal::NoSuchAnswer))?;
            Ok(draft(author, outer, CaseAct::Lift { issue, answer, shown, reason }))
        });
        self.written(case.doc, Kind::CASE_INNER, written.await?).await
    }

    /// The cases kept here.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn cases(&self, query: &ListQuery) -> Result<Cases, DeskError> {
        let unit = query.unit.as_deref().map(|unit| self.unit(Some(unit))).transpose()?;
        let mut view = self.fresh_view().await?;
        let mut found: Vec<(i64, Files)> = all_files(&view)
            .into_iter()
            .filter_map(|files| {
                let (subject, changed_s) = about(&view, &files)?;
                unit.as_ref().is_none_or(|unit| unit.contains(&subject)).then_some((changed_s, files))
            })
            .collect();
        found.sort_unstable_by(|(one, files), (other, others)| (other, &others.case).cmp(&(one, &files.case)));
        let page = page(query, &found);
        let documents: Vec<DocKey> = page.iter().flat_map(|(_, files)| files.documents()).collect();
        view.refresh_held(self.node().core(), &documents).await?;
        let ids = Ids::of(&view, Kind::CASE_INNER);
        let cases = page.iter().filter_map(|(_, files)| line(&view, &ids, files)).collect();
        Ok(Cases { total: found.len() as u64, cases })
    }

    /// A case with what is kept here of both files.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::AmbiguousId`], [`Code::NoSuchDocument`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn case(&self, id: &str, language: Language) -> Result<CaseShown, DeskError> {
        let files = self.files(id).await?;
        let (line, names) = {
            let mut view = self.fresh_view().await?;
            view.refresh_held(self.node().core(), &files.documents()).await?;
            (line(&view, &Ids::of(&view, Kind::CASE_INNER), &files), view.names())
        };
        let line = line.ok_or_else(|| unknown(id))?;
        let shown = self.node().core().read(move |sight| {
            let showing = Showing { sight, names: &names, language };
            let home = &files.case.scope.home;
            let mut shown = CaseShown {
                line,
                decided_by: home.to_string(),
                decided_by_name: names.unit(home).into(),
                outer: files.outer.as_ref().map(|outer| outer.doc.to_string()),
                proposal: None,
                ground: None,
                reports: Vec::new(),
                approval: None,
                paper: None,
                answers: Vec::new(),
                lifting: None,
                history: Vec::new(),
            };
            if files.inner_here {
                show_inner(&showing, &files.case, &mut shown)?;
            }
            if let Some(outer) = &files.outer {
                show_outer(&showing, outer, &mut shown)?;
            }
            shown.history.sort_by_key(|entry| entry.at);
            Ok(shown)
        });
        shown.await?
    }

    async fn files(&self, prefix: &str) -> Result<Files, DeskError> {
        check_prefix(prefix)?;
        let view = self.fresh_view().await?;
        // The outer file's own id leads to its case as well.
        let is_it = |files: &Files| {
            let outer = files.outer.as_ref().map(|outer| outer.doc.to_string());
            is_prefix(prefix, &files.case.doc.to_string()) || outer.is_some_and(|outer| is_prefix(prefix, &outer))
        };
        let mut found = all_files(&view).into_iter().filter(is_it);
        match (found.next(), found.next()) {
            (Some(files), None) => Ok(files),
            (None, _) => Err(unknown(prefix)),
            _ => Err(DeskError::new(Code::AmbiguousId).with("value", prefix)),
        }
    }

    async fn outer_file(&self, prefix: &str) -> Result<(DocKey, DocKey), DeskError> {
        let Files { case, outer, .. } = self.files(prefix).await?;
        Ok((case, outer.ok_or(CaseRefusal::NoSuchPaper)?))
    }
}

impl Files {
    fn documents(&self) -> Vec<DocKey> {
        let inner = self.inner_here.then(|| self.case.clone());
        inner.into_iter().chain(self.outer.clone()).collect()
    }
}

fn draft(author: CertificateId, document: DocKey, act: CaseAct) -> Draft {
    Draft { author, document, after: None, content: Content::Act(Act::Case(Box::new(act))) }
}

/// Every case of which a file is kept here.
fn all_files(view: &View) -> Vec<Files> {
    let inner = view.of_kind(Kind::CASE_INNER).filter(|summary| summary.gist != Gist::Nothing);
    let mut all: Vec<Files> =
        inner.map(|summary| Files { case: summary.document.clone(), inner_here: true, outer: None }).collect();
    let outer = view.of_kind(Kind::CASE_OUTER).filter_map(|summary| match &summary.gist {
        Gist::Outer { case, .. } => Some((case, &summary.document)),
        _ => None,
    });
    for (case, document) in outer {
        match all.iter_mut().find(|files| files.case == *case) {
            Some(files) => {
                files.outer.get_or_insert_with(|| document.clone());
            }
            None => all.push(Files { case: case.clone(), inner_here: false, outer: Some(document.clone()) }),
        }
    }
    all
}

/// The unit warned, and when the case was last changed.
fn about(view: &View, files: &Files) -> Option<(UnitPath, i64)> {
    let summaries: Vec<&Summary> = files.documents().iter().filter_map(|document| view.document(document)).collect();
    let changed_s = summaries.iter().map(|summary| summary.changed_s).max()?;
    let subject = summaries.iter().find_map(|summary| match &summary.gist {
        Gist::Inner { subject, .. } => Some(subject.clone()),
        Gist::Outer { .. } => Some(summary.document.scope.home.clone()),
        _ => None,
    })?;
    Some((subject, changed_s))
}

fn line(view: &View, ids: &Ids, files: &Files) -> Option<CaseLine> {
    let (subject, changed_s) = about(view, files)?;
    let summaries: Vec<&Summary> = files.documents().iter().filter_map(|document| view.document(document)).collect();
    // The outer file is further along than the inner.
    let (post, level, stage) = summaries.iter().rev().find_map(|summary| match &summary.gist {
        Gist::Inner { post, level, stage, .. } | Gist::Outer { post, level, stage, .. } => {
            Some((post.clone(), *level, *stage))
        }
        _ => None,
    })?;
    Some(CaseLine {
        id: files.case.doc.to_string(),
        short: ids.short(&files.case.doc),
        subject_name: view.names().unit(&subject).into(),
        subject: subject.to_string(),
        post,
        level: level.0,
        stage: Stage::name(stage).into(),
        changed: moment(changed_s),
        held_above: summaries.iter().all(|summary| summary.held_above),
        inner_here: files.inner_here,
    })
}

fn show_inner(showing: &Showing<'_>, case: &DocKey, shown: &mut CaseShown) -> Result<(), DeskError> {
    let sight = showing.sight;
    let history = sight.replica.history(case, sight.store)?;
    let inner = sight.replica.inner(&history);
    if let Some(Step { id, act: CaseAct::Propose { ground, facts, reports, .. }, .. }) = inner.proposal {
        shown.ground = Some(ground.clone());
        shown.reports = reports.iter().map(|report| report.doc.to_string()).collect();
        let hash = sight.replica.shown(case, &[id], sight.store)?;
        shown.proposal = act(showing, &history, &id, Some(facts))
            .map(|act| ActShown { shown: hash.map(|hash| hash.to_string()), ..act });
    }
    shown.approval = inner.approval.and_then(|id| act(showing, &history, &id, None));
    for said in &history {
        let refused = inner.refused.get(&said.entry.id());
        let marks = refused.map(|refusal| showing.spoken(*refusal)).into_iter().collect();
        shown.history.push(showing.entry(said, marks)?);
    }
    Ok(())
}

fn show_outer(showing: &Showing<'_>, document: &DocKey, shown: &mut CaseShown) -> Result<(), DeskError> {
    let sight: &Sight<'_> = showing.sight;
    let history = sight.replica.history(document, sight.store)?;
    let outer = sight.replica.outer(&history);
    if let Some(Step { id, act: CaseAct::Issue { paper, .. }, .. }) = outer.paper {
        shown.paper = act(showing, &history, &id, Some(paper));
    }
    for step in &outer.answers {
        if let CaseAct::Answer { text, .. } = step.act {
            shown.answers.extend(act(showing, &history, &step.id, Some(text)));
        }
    }
    if let Some(Step { id, act: CaseAct::Lift { reason, .. }, .. }) = outer.lifting {
        shown.lifting = act(showing, &history, &id, Some(reason));
    }
    for said in &history {
        let refused = outer.refused.get(&said.entry.id());
        let marks = refused.map(|refusal| showing.spoken(*refusal)).into_iter().collect();
        shown.history.push(showing.entry(said, marks)?);
    }
    Ok(())
}

fn act(showing: &Showing<'_>, history: &[Said], id: &EntryId, text: Option<&String>) -> Option<ActShown> {
    let said = history.iter().find(|said| said.entry.id() == *id)?;
    let header = said.entry.header();
    Some(ActShown {
        entry: id.to_string(),
        author: showing.author(&header.author),
        time: moment(header.claimed_time_s),
        text: text.cloned(),
        shown: None,
    })
}
