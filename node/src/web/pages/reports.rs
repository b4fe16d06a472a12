//! Reports: the list, a new one, one with its story, what is done with it and in its triage, what is shared of it.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{
        HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::Value;

use super::{
    super::{
        Here, Web,
        fields::{self, FieldShown},
        form::Filled,
        frame::{Frame, Html, Oops},
        visit::Member,
    },
    ask, listed, next_query, page, shape,
};
use crate::{
    api::shape::{ReportLine, ReportShown, SaidShown, SharingShown},
    desk::{Code, Deed, DeskError, choices::Choices},
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/reports", get(list))
        .route("/reports/new", get(new).post(file))
        .route("/reports/{id}", get(one))
        .route("/reports/{id}/do/{deed}", get(form_of_deed).post(do_it))
        .route("/reports/{id}/triage/{deed}", get(form_of_triage).post(triage))
        .route("/reports/{id}/share", get(form_of_sharing).post(share))
        .route("/shared/{id}", get(shared))
        .route("/shared/{id}/{deed}", get(form_of_answer).post(answer))
        .route("/attachments/{id}/{number}", get(attachment))
}

#[derive(Template)]
#[template(path = "reports.html")]
struct ReportsPage {
    f: Frame,
    asked: Filled,
    total: u64,
    at_least: bool,
    reports: Vec<ReportLine>,
    next: Option<String>,
    choices: Choices,
    stages: Vec<(&'static str, String)>,
}

/// Stages a list can be narrowed to, in their order.
const STAGES: &[&str] = &["filed", "asked", "accepted", "passed_on", "replied", "withdrawn"];

async fn list(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    page(&web, &member, "reports", async |f| {
        let found = web.desk.reports_for(Some(member.officer()), &listed(&asked), f.language).await?;
        Ok(ReportsPage {
            f: f.clone(),
            next: next_query(&asked, found.next.as_deref()),
            asked,
            total: found.total,
            at_least: found.at_least,
            reports: found.reports,
            choices: web.desk.choices(None, f.language).await?,
            stages: STAGES.iter().map(|stage| (*stage, crate::words::stage(f.language, stage))).collect(),
        })
    })
    .await
}

/// A form for anything that is signed.
#[derive(Template)]
#[template(path = "form.html")]
pub(super) struct FormPage {
    pub(super) f: Frame,
    /// What is done.
    pub(super) title: String,
    /// What it is done with; may be empty.
    pub(super) about: String,
    /// What whoever fills it in should know; may be empty.
    pub(super) note: String,
    /// Where it goes.
    pub(super) action: String,
    pub(super) back: String,
    pub(super) fields: Vec<FieldShown>,
    pub(super) problem: Option<(String, Option<String>)>,
}

/// What a form is about.
pub(super) struct Subject {
    pub(super) title: String,
    pub(super) about: String,
    pub(super) note: String,
    pub(super) action: String,
    pub(super) back: String,
    /// The rules its choices come from; none: those in force.
    pub(super) rules: Option<String>,
}

/// A form, with what was filled in and what is wrong with that.
pub(super) async fn form_page(
    web: &Web,
    f: Frame,
    subject: Subject,
    fields: &'static [fields::Field],
    filled: &Filled,
    error: Option<DeskError>,
) -> Result<FormPage, Oops> {
    let choices = web.desk.choices(subject.rules, f.language).await.map_err(|error| Oops::of(&f, error))?;
    let shown = fields::show(&f, fields, &choices, filled, error.as_ref());
    let problem = error.map(|error| {
        let failed = crate::words::failed(f.language, &error);
        (failed.message, failed.hint)
    });
    Ok(FormPage {
        f,
        title: subject.title,
        about: subject.about,
        note: subject.note,
        action: subject.action,
        back: subject.back,
        fields: shown,
        problem,
    })
}

/// Shows the form, empty or as a link fills it in.
pub(super) async fn show_form(
    web: &Web,
    f: Frame,
    subject: Subject,
    fields: &'static [fields::Field],
    filled: &Filled,
) -> Result<Response, Oops> {
    Ok(Html(form_page(web, f, subject, fields, filled, None).await?).into_response())
}

/// Takes the form: to what would be signed, or back with what is wrong.
pub(super) async fn take_form(
    web: &Web,
    member: &Member,
    f: Frame,
    subject: Subject,
    fields: &'static [fields::Field],
    filled: Filled,
    deed: Result<Deed, DeskError>,
) -> Result<Response, Oops> {
    filled.check(web, member).await?;
    let back = subject.back.clone();
    ask(web, member, back, deed, async {
        let choices = web.desk.choices(subject.rules, f.language).await.map_err(|error| Oops::of(&f, error))?;
        Ok(move |error: DeskError| {
            let shown = fields::show(&f, fields, &choices, &filled, Some(&error));
            let failed = crate::words::failed(f.language, &error);
            FormPage {
                f,
                title: subject.title,
                about: subject.about,
                note: subject.note,
                action: subject.action,
                back: subject.back,
                fields: shown,
                problem: Some((failed.message, failed.hint)),
            }
        })
    })
    .await
}

fn new_report(f: &Frame) -> Subject {
    Subject {
        title: f.t("report-new"),
        about: String::new(),
        note: f.t("report-new-note"),
        action: "/reports/new".into(),
        back: "/reports".into(),
        rules: None,
    }
}

async fn new(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "reports").await;
    let subject = new_report(&f);
    show_form(&web, f, subject, fields::FILE, &asked).await
}

async fn file(State(web): Here, member: Member, filled: Filled) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "reports").await;
    let subject = new_report(&f);
    let deed =
        fields::read(fields::FILE, &filled).and_then(|fields| shape(fields, [])).map(|form| Deed::File(Box::new(form)));
    take_form(&web, &member, f, subject, fields::FILE, filled, deed).await
}

/// What can be done with a report, and where.
pub(super) struct Possible {
    pub(super) name: String,
    pub(super) place: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    f: Frame,
    report: ReportShown,
    possible: Vec<Possible>,
    triage: Vec<Possible>,
    amount: Option<String>,
}

impl ReportPage {
    /// What was said about it, by sort.
    fn said(&self) -> Vec<(String, &[SaidShown])> {
        let (f, report) = (&self.f, &self.report);
        vec![
            (f.t("questions"), report.questions.as_slice()),
            (f.t("supplements"), report.supplements.as_slice()),
            (f.t("replies"), report.replies.as_slice()),
        ]
    }
}

async fn one(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "reports", async |f| {
        let report = web.desk.report_for(Some(member.officer()), &id, f.language).await?;
        let (possible, triage) = possible(f, &report);
        let amount = report.filed.as_ref().and_then(|filed| filed.amount_fen).map(crate::desk::facts::yuan);
        Ok(ReportPage { f: f.clone(), report, possible, triage, amount })
    })
    .await
}

/// What somebody may try with a report as it stands; whether they may, the rules say when it is shown for signing.
fn possible(f: &Frame, report: &ReportShown) -> (Vec<Possible>, Vec<Possible>) {
    let Some(who) = &f.who else { return (Vec::new(), Vec::new()) };
    let id = &report.document.id;
    let is_receiver = report.lies_with.as_ref().is_some_and(|unit| unit.unit == who.unit);
    let is_author = report.filed.as_ref().is_some_and(|filed| filed.author.certificate == who.certificate);
    let is_open = ["filed", "asked", "accepted", "replied"].contains(&report.stage.as_str());
    let mut names: Vec<&str> = Vec::new();
    match report.stage.as_str() {
        "filed" | "asked" if is_receiver => names.extend(["accept", "ask_back", "pass_on", "reply"]),
        "accepted" | "replied" if is_receiver => names.extend(["reply", "ask_back", "pass_on"]),
        _ => {}
    }
    if is_author && is_open {
        names.extend(["supplement", "withdraw"]);
    }
    let link = |part: &str, name: &&str| Possible {
        name: if part == "triage" { f.tk("triage-", name) } else { crate::words::deed(f.language, name) },
        place: format!("/reports/{id}/{part}/{name}"),
    };
    let possible: Vec<Possible> = names.iter().map(|name| link("do", name)).collect();
    let own = report.triage.iter().find(|one| one.unit.unit == who.unit);
    let triage: &[&str] = match own.map(|one| (one.stage.as_str(), one.outcome.is_some())) {
        _ if !is_receiver => &[],
        None if is_open => &["open"],
        None => &[],
        Some((_, true)) => &["reopen"],
        Some((_, false)) => &["no_substance", "duplicate", "lead", "warning", "pass_on", "recuse"],
    };
    let mut triage: Vec<Possible> = triage.iter().map(|name| link("triage", name)).collect();
    if own.is_some_and(|one| one.outcome.is_none()) {
        let place = format!("/cases/new?reports={id}");
        triage.push(Possible { name: f.t("propose-warning"), place });
    }
    if is_receiver && is_open {
        triage.push(Possible { name: crate::words::deed(f.language, "share"), place: format!("/reports/{id}/share") });
    }
    (possible, triage)
}

fn deed_subject(f: &Frame, id: &str, report: &ReportShown, part: &str, deed: &str) -> Subject {
    let filed = report.filed.as_ref();
    Subject {
        title: if part == "triage" { f.tk("triage-", deed) } else { crate::words::deed(f.language, deed) },
        about: filed.map_or_else(String::new, |filed| format!("{} {}", filed.number, filed.title)),
        note: String::new(),
        action: format!("/reports/{id}/{part}/{deed}"),
        back: format!("/reports/{id}"),
        rules: filed.map(|filed| filed.rules.clone()),
    }
}

/// The form of a deed: what it is about and its fields.
async fn deed_form(
    web: &Web,
    member: &Member,
    id: &str,
    part: &str,
    deed: &str,
) -> Result<(Frame, Subject, &'static [fields::Field]), Oops> {
    let f = Frame::new(web, &member.visit, "reports").await;
    let report = web.desk.report_for(Some(member.officer()), id, f.language).await;
    let report = report.map_err(|error| Oops::of(&f, error))?;
    let table = if part == "triage" { fields::TRIAGE } else { fields::REPORT };
    let fields = fields::of(table, deed).ok_or_else(|| Oops::of(&f, Code::NoSuchPage.into()))?;
    let subject = deed_subject(&f, &report.document.id, &report, part, deed);
    Ok((f, subject, fields))
}

async fn form_of_deed(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    asked: Filled,
) -> Result<Response, Oops> {
    let (f, subject, fields) = deed_form(&web, &member, &id, "do", &deed).await?;
    show_form(&web, f, subject, fields, &asked).await
}

async fn do_it(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let (f, subject, fields) = deed_form(&web, &member, &id, "do", &deed).await?;
    let made = fields::read(fields, &filled)
        .and_then(|fields| shape(fields, [("deed", Value::from(deed))]))
        .map(|form| Deed::Report(id, form));
    take_form(&web, &member, f, subject, fields, filled, made).await
}

async fn form_of_triage(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    asked: Filled,
) -> Result<Response, Oops> {
    let (f, subject, fields) = deed_form(&web, &member, &id, "triage", &deed).await?;
    show_form(&web, f, subject, fields, &asked).await
}

async fn triage(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let (f, subject, fields) = deed_form(&web, &member, &id, "triage", &deed).await?;
    let made = fields::read(fields, &filled)
        .and_then(|fields| shape(fields, [("deed", Value::from(deed))]))
        .map(|form| Deed::Triage(id, form));
    take_form(&web, &member, f, subject, fields, filled, made).await
}

async fn sharing_form(web: &Web, member: &Member, id: &str) -> Result<(Frame, Subject), Oops> {
    let f = Frame::new(web, &member.visit, "reports").await;
    let report = web.desk.report_for(Some(member.officer()), id, f.language).await;
    let report = report.map_err(|error| Oops::of(&f, error))?;
    let id = report.document.id.clone();
    let mut subject = deed_subject(&f, &id, &report, "share", "share");
    subject.action = format!("/reports/{id}/share");
    subject.note = f.t("share-note");
    Ok((f, subject))
}

async fn form_of_sharing(
    State(web): Here,
    member: Member,
    Path(id): Path<String>,
    asked: Filled,
) -> Result<Response, Oops> {
    let (f, subject) = sharing_form(&web, &member, &id).await?;
    show_form(&web, f, subject, fields::SHARE_REPORT, &asked).await
}

async fn share(State(web): Here, member: Member, Path(id): Path<String>, filled: Filled) -> Result<Response, Oops> {
    let (f, subject) = sharing_form(&web, &member, &id).await?;
    let made = fields::read(fields::SHARE_REPORT, &filled)
        .and_then(|fields| shape(fields, []))
        .map(|form| Deed::ShareReport(id, form));
    take_form(&web, &member, f, subject, fields::SHARE_REPORT, filled, made).await
}

#[derive(Template)]
#[template(path = "shared.html")]
struct SharedPage {
    f: Frame,
    sharing: SharingShown,
}

async fn shared(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "reports", async |f| {
        let sharing = web.desk.sharing(member.officer(), &id, f.language).await?;
        Ok(SharedPage { f: f.clone(), sharing })
    })
    .await
}

fn answer_subject(f: &Frame, id: &str, deed: &str) -> Subject {
    Subject {
        title: crate::words::deed(f.language, if deed == "close" { "close_sharing" } else { deed }),
        about: String::new(),
        note: String::new(),
        action: format!("/shared/{id}/{deed}"),
        back: format!("/shared/{id}"),
        rules: None,
    }
}

async fn form_of_answer(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    asked: Filled,
) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "reports").await;
    let fields = fields::of(fields::SHARING, &deed).ok_or_else(|| Oops::of(&f, Code::NoSuchPage.into()))?;
    let subject = answer_subject(&f, &id, &deed);
    show_form(&web, f, subject, fields, &asked).await
}

async fn answer(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "reports").await;
    let fields = fields::of(fields::SHARING, &deed).ok_or_else(|| Oops::of(&f, Code::NoSuchPage.into()))?;
    let subject = answer_subject(&f, &id, &deed);
    let made = fields::read(fields, &filled)
        .and_then(|fields| shape(fields, [("deed", Value::from(deed))]))
        .map(|form| Deed::Sharing(id, form));
    take_form(&web, &member, f, subject, fields, filled, made).await
}

/// Content that came with an entry. Pictures are shown; all else is kept as a file, and nothing of it is ever run.
async fn attachment(
    State(web): Here,
    member: Member,
    Path((id, number)): Path<(String, usize)>,
) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "").await;
    let oops = |error: DeskError| Oops::of(&f, error);
    let content = web.desk.content(Some(member.officer()), &id, number, f.language).await;
    let mut content = content.map_err(oops)?;
    let mut bytes = Vec::new();
    while let Some(some) = content.next().await.map_err(oops)? {
        bytes.extend_from_slice(&some);
    }
    let picture = ["image/jpeg", "image/png", "image/webp"].iter().find(|kind| **kind == content.attachment.media_type);
    let (kind, how) = match picture {
        Some(kind) => (*kind, "inline"),
        None => ("application/octet-stream", "attachment"),
    };
    let name = super::super::form::query(&[("n", &content.attachment.name)]);
    let name = name.trim_start_matches("n=").replace('+', "%20");
    let how = HeaderValue::from_str(&format!("{how}; filename*=UTF-8''{name}"));
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, how.unwrap_or(HeaderValue::from_static("attachment")));
    Ok(response)
}
