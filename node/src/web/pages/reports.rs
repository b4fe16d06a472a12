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
        Here, Web, fields,
        form::Filled,
        frame::{Frame, Oops},
        visit::Member,
    },
    filling::{Form, Subject},
    listed, next_query, page,
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

async fn new_report(web: &Web, member: &Member) -> Form {
    let f = Frame::new(web, &member.visit, "reports").await;
    let subject = Subject {
        title: f.t("report-new"),
        about: String::new(),
        note: f.t("report-new-note"),
        action: "/reports/new".into(),
        back: "/reports".into(),
        rules: None,
    };
    Form { f, subject, fields: fields::FILE }
}

async fn new(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    new_report(&web, &member).await.show(&web, &asked).await
}

async fn file(State(web): Here, member: Member, filled: Filled) -> Result<Response, Oops> {
    let form = new_report(&web, &member).await;
    form.take(&web, &member, filled, [], |report| Deed::File(Box::new(report))).await
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
        note: if part == "share" { f.t("share-note") } else { String::new() },
        action: if part == "share" { format!("/reports/{id}/share") } else { format!("/reports/{id}/{part}/{deed}") },
        back: format!("/reports/{id}"),
        rules: filed.map(|filed| filed.rules.clone()),
    }
}

/// The form of a deed.
async fn deed_form(web: &Web, member: &Member, id: &str, part: &str, deed: &str) -> Result<Form, Oops> {
    let f = Frame::new(web, &member.visit, "reports").await;
    let report = web.desk.report_for(Some(member.officer()), id, f.language).await;
    let report = report.map_err(|error| Oops::of(&f, error))?;
    let fields = match part {
        "triage" => fields::of(fields::TRIAGE, deed),
        "share" => Some(fields::SHARE_REPORT),
        _ => fields::of(fields::REPORT, deed),
    };
    let fields = fields.ok_or_else(|| Oops::of(&f, Code::NoSuchPage.into()))?;
    let subject = deed_subject(&f, &report.document.id, &report, part, deed);
    Ok(Form { f, subject, fields })
}

async fn form_of_deed(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    asked: Filled,
) -> Result<Response, Oops> {
    deed_form(&web, &member, &id, "do", &deed).await?.show(&web, &asked).await
}

async fn do_it(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let form = deed_form(&web, &member, &id, "do", &deed).await?;
    form.take(&web, &member, filled, [("deed", Value::from(deed))], |form| Deed::Report(id, form)).await
}

async fn form_of_triage(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    asked: Filled,
) -> Result<Response, Oops> {
    deed_form(&web, &member, &id, "triage", &deed).await?.show(&web, &asked).await
}

async fn triage(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let form = deed_form(&web, &member, &id, "triage", &deed).await?;
    form.take(&web, &member, filled, [("deed", Value::from(deed))], |form| Deed::Triage(id, form)).await
}

async fn form_of_sharing(
    State(web): Here,
    member: Member,
    Path(id): Path<String>,
    asked: Filled,
) -> Result<Response, Oops> {
    deed_form(&web, &member, &id, "share", "share").await?.show(&web, &asked).await
}

async fn share(State(web): Here, member: Member, Path(id): Path<String>, filled: Filled) -> Result<Response, Oops> {
    let form = deed_form(&web, &member, &id, "share", "share").await?;
    form.take(&web, &member, filled, [], |form| Deed::ShareReport(id, form)).await
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

/// The form of what a department does with what was shared.
async fn answer_form(web: &Web, member: &Member, id: &str, deed: &str) -> Result<Form, Oops> {
    let f = Frame::new(web, &member.visit, "reports").await;
    let fields = fields::of(fields::SHARING, deed).ok_or_else(|| Oops::of(&f, Code::NoSuchPage.into()))?;
    let subject = Subject {
        title: crate::words::deed(f.language, if deed == "close" { "close_sharing" } else { deed }),
        about: String::new(),
        note: String::new(),
        action: format!("/shared/{id}/{deed}"),
        back: format!("/shared/{id}"),
        rules: None,
    };
    Ok(Form { f, subject, fields })
}

async fn form_of_answer(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    asked: Filled,
) -> Result<Response, Oops> {
    answer_form(&web, &member, &id, &deed).await?.show(&web, &asked).await
}

async fn answer(
    State(web): Here,
    member: Member,
    Path((id, deed)): Path<(String, String)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let form = answer_form(&web, &member, &id, &deed).await?;
    form.take(&web, &member, filled, [("deed", Value::from(deed))], |form| Deed::Sharing(id, form)).await
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
