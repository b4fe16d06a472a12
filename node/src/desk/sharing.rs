//! Sharing 共享: what a centre lets a department of its unit know of a report or a case, and what that answers.
//!
//! Reports and cases are found by the lists; what is shared about them stands in documents whose names follow from both
//! ends, so that these are found by their keys alone. Nobody reads one who does not answer for the department or handle
//! reports above it, nor whom the report hides itself from.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{DocKey, EntryId, Kind},
    },
    replica::{Casefile, Draft, Rulebook, WriteRefusal},
    trust::charter::Role,
    work::{
        case::law::{self, HANDLING, Taken},
        pack::level::Words,
        sharing::{Copied, RESPONDING, ShareAct, ShareRefusal, Shared, Sharing, Told, sharing_of},
        unit::UnitPath,
    },
};

use super::{
    Code, Desk, DeskError, Ids, Officer,
    reports::{Asker, named},
    required,
    shown::Showing,
    time::{moment, read_day},
};
use crate::{
    api::shape::{
        CopiedShown, SaidShown, ShareForm, SharingDeedForm, SharingLine, SharingShown, Sharings, ToldShown,
        Written as WrittenShape,
    },
    limits::LIST_MAX,
    run::Sight,
    view::{Names, unknown},
    words::{self, Language},
};

impl Desk {
    /// 共享: tells a department of the officer's unit of a report.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn share_report(&self, officer: &Officer, id: &str, form: ShareForm) -> Result<WrittenShape, DeskError> {
        let (report, _) = self.report_document(Some(officer), id).await?;
        self.share(officer, report, form).await
    }

    /// The same of a case.
    ///
    /// # Errors
    ///
    /// As [`Desk::share_report`].
    pub async fn share_case(&self, officer: &Officer, id: &str, form: ShareForm) -> Result<WrittenShape, DeskError> {
        let files = self.files_of(id).await?;
        let inner = files.into_iter().find(|file| file.kind == Kind::CASE_INNER).ok_or_else(|| unknown(id))?;
        self.share(officer, inner, form).await
    }

    async fn share(&self, officer: &Officer, about: DocKey, form: ShareForm) -> Result<WrittenShape, DeskError> {
        let department = self.unit(Some(&required("with", &form.with)?))?;
        let (digest, reason) = (required("digest", &form.digest)?, required("reason", &form.reason)?);
        let respond_by = form.respond_by.as_deref().map(read_day).transpose()?;
        let document = sharing_of(&about, &department);
        let (author, doc) = (officer.certificate, document.doc);
        let written = self.write(officer, move |sight| {
            let copied = copied(sight, &about, &form.copy)?;
            let shared = Shared { about, digest, copied, reason, question: form.question, respond_by };
            let act = Act::Share(Box::new(ShareAct::Share(Box::new(shared))));
            Ok(Draft { author, document, after: None, content: Content::Act(act) })
        });
        self.written(doc, Kind::SHARING, written.await?).await
    }

    /// 反馈, 办结: answers for the department what was shared with it, or ends it for the centre. The oldest that waits is
    /// meant where none is named, and where none waits the newest.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn do_with_sharing(
        &self,
        officer: &Officer,
        id: &str,
        form: SharingDeedForm,
    ) -> Result<WrittenShape, DeskError> {
        let document = self.sharing_document(officer, id).await?;
        let named = match &form {
            SharingDeedForm::Respond { entry, .. } | SharingDeedForm::Close { entry, .. } => entry.as_deref(),
        };
        let named: Option<EntryId> = named.map(super::reports::read_entry).transpose()?;
        let (author, doc) = (officer.certificate, document.doc);
        let written = self.write(officer, move |sight| {
            let file = sight.replica.casefile(&document, &sight.replica.rulebook(sight.store)?, sight.store)?;
            let folded = sight.replica.sharing(&file);
            let open = || folded.told.iter().filter(|told| told.closed.is_none());
            let meant = open().find(|told| told.waits()).or(open().next_back()).map(|told| told.step.id);
            let shared = named.or(meant).ok_or(WriteRefusal::Share(ShareRefusal::NoSuchSharing))?;
            let act = match form {
                SharingDeedForm::Respond { text, .. } => ShareAct::Respond { shared, text },
                SharingDeedForm::Close { reason, .. } => ShareAct::Close { shared, reason },
            };
            let content = Content::Act(Act::Share(Box::new(act)));
            Ok(Draft { author, document: document.clone(), after: None, content })
        });
        self.written(doc, Kind::SHARING, written.await?).await
    }

    /// What was shared with the officer's unit, or by it, the newest first.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn sharings(&self, officer: &Officer, language: Language) -> Result<Sharings, DeskError> {
        let (asker, names) = (self.asker(officer).await?, self.fresh_view().await?.names());
        let read = self.node().core().read(move |sight| {
            let rules = sight.replica.rulebook(sight.store)?;
            let documents = visible(sight, &asker)?;
            let ids = Ids::new(documents.iter().map(|document| document.doc.to_string()).collect());
            let mut lines = Vec::new();
            for document in documents {
                let page = Page { sight, names: &names, language, rules: &rules };
                lines.extend(page.line(&document, &asker, &ids)?);
            }
            lines.sort_by(|one: &SharingLine, other| (&other.changed, &one.id).cmp(&(&one.changed, &other.id)));
            lines.truncate(LIST_MAX);
            Ok::<_, DeskError>(Sharings { sharings: lines })
        });
        read.await?
    }

    /// What was shared about a matter with a department, whole.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::AmbiguousId`], [`Code::NoSuchDocument`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn sharing(&self, officer: &Officer, id: &str, language: Language) -> Result<SharingShown, DeskError> {
        let document = self.sharing_document(officer, id).await?;
        let names = self.fresh_view().await?.names();
        let read = self.node().core().read(move |sight| {
            let rules = sight.replica.rulebook(sight.store)?;
            Page { sight, names: &names, language, rules: &rules }.whole(&document)
        });
        read.await?
    }

    async fn sharing_document(&self, officer: &Officer, prefix: &str) -> Result<DocKey, DeskError> {
        super::check_prefix(prefix)?;
        let (asker, text) = (self.asker(officer).await?, prefix.to_owned());
        let read = self.node().core().read(move |sight| {
            let rules = sight.replica.rulebook(sight.store)?;
            let mut found = Vec::new();
            for document in visible(sight, &asker)? {
                if document.doc.to_string().starts_with(&text) && is_open(sight, &rules, &document, &asker)? {
                    found.push(document);
                }
            }
            match (found.pop(), found.pop()) {
                (Some(document), None) => Ok(document),
                (None, _) => Err(unknown(&text)),
                _ => Err(DeskError::new(Code::AmbiguousId).with("value", text)),
            }
        });
        read.await?
    }
}

/// What was shared about a matter, for the page of the report or the case: where that is kept, so is this.
pub(super) fn about(
    sight: &Sight<'_>,
    names: &Names,
    language: Language,
    rules: &Rulebook,
    matter: &DocKey,
) -> Result<Vec<SharingShown>, DeskError> {
    let page = Page { sight, names, language, rules };
    let all = sight.replica.documents(Kind::SHARING, sight.store)?.into_iter();
    all.filter(|document| sharing_of(matter, &document.scope.home) == *document)
        .map(|document| page.whole(&document))
        .collect()
}

/// The sharings in which somebody of a unit has something to do or to read: its own, and those of its departments.
pub(super) fn of_unit(sight: &Sight<'_>, unit: &UnitPath) -> Result<Vec<DocKey>, DeskError> {
    let mut documents = sight.replica.documents(Kind::SHARING, sight.store)?;
    let is_its = |home: &UnitPath| home == unit || home.parent().as_ref() == Some(unit);
    documents.retain(|document| is_its(&document.scope.home));
    Ok(documents)
}

/// All that is shared as far as this node keeps it.
pub(super) fn of_line(sight: &Sight<'_>) -> Result<Vec<DocKey>, DeskError> {
    Ok(sight.replica.documents(Kind::SHARING, sight.store)?)
}

/// Those whose department or whose unit above an officer is of, with a role that answers or handles there.
fn visible(sight: &Sight<'_>, asker: &Asker) -> Result<Vec<DocKey>, DeskError> {
    let mut documents = sight.replica.documents(Kind::SHARING, sight.store)?;
    let has = |roles: &[Role]| roles.iter().chain(&[Role::AUDITOR]).any(|role| asker.roles.contains(role));
    documents.retain(|document| {
        let home = &document.scope.home;
        asker.unit == *home && has(RESPONDING) || asker.unit.is_above(home) && has(HANDLING)
    });
    Ok(documents)
}

/// Whether an officer may see one: of a report that hides itself from them nothing is shown, as far as it is kept here.
fn is_open(sight: &Sight<'_>, rules: &Rulebook, document: &DocKey, asker: &Asker) -> Result<bool, DeskError> {
    let file = sight.replica.casefile(document, rules, sight.store)?;
    let Some(matter) = sight.replica.sharing(&file).about().cloned() else { return Ok(true) };
    if asker.unit == document.scope.home || !sight.replica.keeps(&matter.scope) {
        return Ok(true);
    }
    let file = sight.replica.casefile(&matter, rules, sight.store)?;
    if matter.kind == Kind::CASE_INNER {
        return Ok(!sight.replica.inner(&file).is_out(&asker.holder));
    }
    let officer = law::Officer { holder: asker.holder, roles: &asker.roles, unit: &asker.unit };
    Ok(sight.replica.report(&file).is_open_to(&officer))
}

/// The fields of a matter that are asked for, as they stand there.
fn copied(
    sight: &Sight<'_>,
    about: &DocKey,
    fields: &[String],
) -> Result<Vec<Copied>, fangwei_protocol::replica::WriteError> {
    let rules = sight.replica.rulebook(sight.store)?;
    let file = sight.replica.casefile(about, &rules, sight.store)?;
    let mut copied = Vec::new();
    for field in fields.iter().collect::<BTreeSet<_>>() {
        let text = match about.kind {
            Kind::CASE_INNER => of_case(sight, &file, field),
            _ => of_report(sight, &file, field),
        };
        let text = text.ok_or(WriteRefusal::Share(ShareRefusal::BadField))?;
        copied.push(Copied { field: field.clone(), text });
    }
    Ok(copied)
}

fn of_report(sight: &Sight<'_>, file: &Casefile, field: &str) -> Option<String> {
    let report = sight.replica.report(file);
    let filed = report.filed()?;
    Some(match field {
        "title" => filed.title.clone(),
        "account" => filed.account.clone(),
        "place" => filed.place.clone(),
        "happened" => moment(filed.happened_s?),
        "amount" => filed.amount_fen.map(|fen| format!("{}.{:02}", fen / 100, fen.rem_euclid(100)))?,
        "category" => {
            let words = report.pack?.categories.iter().find(|one| one.number == filed.category)?;
            format!("{} {}", filed.category, words.words.zh)
        }
        _ => return None,
    })
}

fn of_case(sight: &Sight<'_>, file: &Casefile, field: &str) -> Option<String> {
    let inner = sight.replica.inner(file);
    let proposal = inner.proposed()?;
    let words = |words: &Words| words.zh.clone();
    Some(match field {
        "facts" => proposal.facts.clone(),
        "ground" => {
            let ground = inner.rule?.ground(&proposal.ground)?;
            format!("{} {}", proposal.ground, words(&ground.words))
        }
        _ => return None,
    })
}

/// What showing one needs.
struct Page<'a> {
    sight: &'a Sight<'a>,
    names: &'a Names,
    language: Language,
    rules: &'a Rulebook,
}

impl Page<'_> {
    fn line(&self, document: &DocKey, asker: &Asker, ids: &Ids) -> Result<Option<SharingLine>, DeskError> {
        if !is_open(self.sight, self.rules, document, asker)? {
            return Ok(None);
        }
        let file = self.sight.replica.casefile(document, self.rules, self.sight.store)?;
        let folded = self.sight.replica.sharing(&file);
        let (Some(last), Some(matter)) = (folded.told.last(), folded.about()) else { return Ok(None) };
        let times = file.history.iter().map(|said| said.entry.header().claimed_time_s);
        let due = folded.told.iter().filter(|told| told.waits()).filter_map(|told| told.shared.respond_by).min();
        Ok(Some(SharingLine {
            id: document.doc.to_string(),
            short: ids.short(&document.doc),
            kind: kind_of(matter).into(),
            about: matter.doc.to_string(),
            department: named(document.scope.home.as_str(), self.names),
            digest: last.shared.digest.clone(),
            waits: folded.told.iter().any(Told::waits),
            respond_by: due.map(|day| day.to_string()),
            responses: folded.told.iter().map(|told| told.responses.len() as u64).sum(),
            changed: moment(times.max().unwrap_or(0)),
        }))
    }

    fn whole(&self, document: &DocKey) -> Result<SharingShown, DeskError> {
        let file = self.sight.replica.casefile(document, self.rules, self.sight.store)?;
        let folded: Sharing<'_> = self.sight.replica.sharing(&file);
        let showing = self.showing();
        let mut history = Vec::with_capacity(file.history.len());
        for said in &file.history {
            let refused = folded.refused.get(&said.entry.id());
            history.push(showing.entry(said, refused.map(|why| showing.spoken(*why)).into_iter().collect())?);
        }
        Ok(SharingShown {
            id: document.doc.to_string(),
            kind: folded.about().map(kind_of).unwrap_or_default().into(),
            about: folded.about().map(|matter| matter.doc.to_string()).unwrap_or_default(),
            department: named(document.scope.home.as_str(), self.names),
            told: folded.told.iter().map(|told| self.told(&file, told)).collect(),
            history,
        })
    }

    fn told(&self, file: &Casefile, told: &Told<'_>) -> ToldShown {
        let Shared { digest, copied, reason, question, respond_by, .. } = told.shared;
        let field = |copied: &Copied| CopiedShown {
            field_name: words::field(self.language, &copied.field),
            field: copied.field.clone(),
            text: copied.text.clone(),
        };
        ToldShown {
            said: self.said(file, &told.step, digest),
            copied: copied.iter().map(field).collect(),
            reason: reason.clone(),
            question: question.clone(),
            respond_by: respond_by.map(|day| day.to_string()),
            waits: told.waits(),
            responses: told.responses.iter().map(|step| self.said(file, step, text(step.act))).collect(),
            closed: told.closed.map(|step| self.said(file, &step, text(step.act))),
        }
    }

    fn said(&self, file: &Casefile, step: &Taken<'_, ShareAct>, text: &str) -> SaidShown {
        let said = file.history.iter().find(|said| said.entry.id() == step.id);
        let header = said.map(|said| said.entry.header());
        SaidShown {
            entry: step.id.to_string(),
            author: self.showing().author(&header.map_or(step.id, |header| header.author)),
            time: header.map_or_else(String::new, |header| moment(header.claimed_time_s)),
            text: text.into(),
        }
    }

    fn showing(&self) -> Showing<'_> {
        Showing { sight: self.sight, names: self.names, language: self.language }
    }
}

fn kind_of(matter: &DocKey) -> &'static str {
    if matter.kind == Kind::CASE_INNER { "case" } else { "report" }
}

fn text(act: &ShareAct) -> &str {
    match act {
        ShareAct::Share(shared) => &shared.digest,
        ShareAct::Respond { text, .. } | ShareAct::Close { reason: text, .. } => text,
    }
}
