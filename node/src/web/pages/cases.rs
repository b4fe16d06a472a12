//! Warning cases: the list, the board by stage, one with its timeline, what is done in it, its papers and its whole
//! file on paper.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use fangwei_protocol::work::case::law::HANDLING;
use serde_json::Value;

use super::{
    super::{
        Here, Web,
        fields::{self, CaseDeed},
        form::Filled,
        frame::{Frame, Oops},
        visit::{Member, has_any},
    },
    filling::{Form, Subject},
    listed, next_query, page,
    reports::Possible,
};
use crate::{
    api::shape::{CaseLine, CaseShown, ListQuery, TimelineRow},
    desk::{Code, Deed, choices::Choices},
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/cases", get(list))
        .route("/cases/board", get(board))
        .route("/cases/new", get(new).post(propose))
        .route("/cases/{id}", get(one))
        .route("/cases/{id}/file", get(file))
        .route("/cases/{id}/do/{deed}", get(form_of_deed).post(do_it))
        .route("/cases/{id}/share", get(form_of_sharing).post(share))
}

/// Stages a list can be narrowed to, and the columns of the board, in the order of a case's life.
const STAGES: &[&str] = &[
    "proposed",
    "returned",
    "approved",
    "issued",
    "delivered",
    "answered",
    "rectifying",
    "visited",
    "lifted",
    "escalated",
    "withdrawn",
    "referred",
    "dismissed",
    "dropped",
    "rescinded",
    "cancelled",
];

/// The columns of the board: what is worked on.
const COLUMNS: &[&[&str]] = &[
    &["proposed", "returned"],
    &["approved"],
    &["issued", "delivered"],
    &["answered"],
    &["rectifying", "visited"],
    &["lifted", "escalated"],
];

/// Cases a column shows; the rest is in the list.
const COLUMN: u64 = 20;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    f: Frame,
    asked: Filled,
    total: u64,
    at_least: bool,
    closed: u64,
    cases: Vec<CaseLine>,
    next: Option<String>,
    choices: Choices,
    stages: Vec<(&'static str, String)>,
}

async fn list(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    page(&web, &member, "cases", async |f| {
        let found = web.desk.cases(Some(member.officer()), &listed(&asked), f.language).await?;
        Ok(CasesPage {
            f: f.clone(),
            next: next_query(&asked, found.next.as_deref()),
            asked,
            total: found.total,
            at_least: found.at_least,
            closed: found.closed,
            cases: found.cases,
            choices: web.desk.choices(None, f.language).await?,
            stages: STAGES.iter().map(|stage| (*stage, crate::words::stage(f.language, stage))).collect(),
        })
    })
    .await
}

/// One column of the board.
struct Column {
    name: String,
    total: u64,
    cases: Vec<CaseLine>,
    /// The list of all of it.
    place: String,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    f: Frame,
    columns: Vec<Column>,
}

async fn board(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "cases", async |f| {
        let mut columns = Vec::new();
        for stages in COLUMNS {
            let mut column = Column { name: String::new(), total: 0, cases: Vec::new(), place: String::new() };
            let mut names = Vec::new();
            for stage in *stages {
                let query = ListQuery { stage: Some((*stage).into()), limit: Some(COLUMN), ..ListQuery::default() };
                let found = web.desk.cases(Some(member.officer()), &query, f.language).await?;
                column.total += found.total;
                column.cases.extend(found.cases);
                names.push(crate::words::stage(f.language, stage));
            }
            column.name = names.join(" · ");
            column.place = format!("/cases?stage={}", stages.first().copied().unwrap_or_default());
            columns.push(column);
        }
        Ok(BoardPage { f: f.clone(), columns })
    })
    .await
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    f: Frame,
    case: CaseShown,
    possible: Vec<Possible>,
    rows: Vec<TimelineRow>,
}

impl CasePage {
    /// A short name for an entry, and where it stands on the page.
    fn short(&self, entry: &str) -> String {
        entry.chars().take(8).collect()
    }
}

async fn one(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "cases", async |f| {
        let case = web.desk.case(Some(member.officer()), &id, f.language).await?;
        let rows = web.desk.timeline(Some(member.officer()), &case.line.id, f.language).await?.entries;
        let may = web.desk.possible_in_case(member.officer(), &case.line.id).await?;
        let possible = possible(f, &case, &may);
        Ok(CasePage { f: f.clone(), case, possible, rows })
    })
    .await
}

/// Stages at which a warning has ended.
const OVER: &[&str] = &["lifted", "withdrawn", "escalated", "referred"];

/// What the inner file still lets be said then, and nobody has a use for.
const NOT_AFTERWARDS: &[&str] = &["recuse", "plan", "rescind", "refer_proposal"];

/// What whoever looks may do in a case as it stands, tried by the rules themselves; what only the filled-in form can
/// show, they say when it is shown for signing.
fn possible(f: &Frame, case: &CaseShown, may: &[&'static str]) -> Vec<Possible> {
    let Some(who) = &f.who else { return Vec::new() };
    let is_over = OVER.contains(&case.line.stage.as_str());
    let useful = may.iter().filter(|name| !is_over || !NOT_AFTERWARDS.contains(name));
    let mut found: Vec<Possible> = useful
        .filter(|name| fields::CASE.iter().any(|deed| deed.name == **name))
        .map(|name| Possible {
            name: crate::words::deed(f.language, name),
            place: format!("/cases/{}/do/{name}", case.line.id),
        })
        .collect();
    // With whom, and what of it, is the form's; who may at all is known.
    let handles = who.unit == case.decided_by && has_any(&who.roles, HANDLING);
    if handles && case.line.inner_here && !case.is_inner_closed {
        let place = format!("/cases/{}/share", case.line.id);
        found.push(Possible { name: crate::words::deed(f.language, "share"), place });
    }
    found
}

async fn proposal(web: &Web, member: &Member) -> Form {
    let f = Frame::new(web, &member.visit, "cases").await;
    let subject = Subject {
        title: f.t("propose-warning"),
        about: String::new(),
        note: f.t("propose-note"),
        action: "/cases/new".into(),
        back: "/cases".into(),
        rules: None,
    };
    Form { f, subject, fields: fields::PROPOSE }
}

async fn new(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    proposal(&web, &member).await.show(&web, &asked).await
}

/// Decided where whoever proposes stands, wherever they sit.
fn own_unit(f: &Frame) -> Option<(&'static str, Value)> {
    f.who.as_ref().map(|who| ("unit", Value::from(who.unit.clone())))
}

async fn propose(State(web): Here, member: Member, filled: Filled) -> Result<Response, Oops> {
    let form = proposal(&web, &member).await;
    let unit = own_unit(&form.f);
    form.take(&web, &member, filled, unit, |proposal| Deed::Propose(Box::new(proposal))).await
}

/// The form of a deed in a case.
pub(super) async fn deed_form(web: &Web, member: &Member, f: Frame, id: &str, name: &str) -> Result<Form, Oops> {
    let case = web.desk.case(Some(member.officer()), id, f.language).await.map_err(|error| Oops::of(&f, error))?;
    let deed = deed_named(&f, name)?;
    let id = &case.line.id;
    let subject = Subject {
        title: crate::words::deed(f.language, deed.name),
        about: about(&case),
        note: String::new(),
        action: format!("/cases/{id}/do/{name}"),
        back: format!("/cases/{id}"),
        rules: case.rules.clone(),
    };
    Ok(Form { f, subject, fields: deed.fields })
}

fn deed_named(f: &Frame, name: &str) -> Result<&'static CaseDeed, Oops> {
    let deed = fields::CASE.iter().find(|deed| deed.name == name);
    deed.ok_or_else(|| Oops::of(f, Code::NoSuchPage.into()))
}

/// A case in a line.
fn about(case: &CaseShown) -> String {
    let number = case.number.clone().unwrap_or_else(|| case.line.short.clone());
    let post = case.line.post.as_deref().unwrap_or_default();
    format!("{number} {} {post}", case.line.subject_name)
}

async fn form_of_deed(
    State(web): Here,
    member: Member,
    Path((id, name)): Path<(String, String)>,
    asked: Filled,
) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "cases").await;
    deed_form(&web, &member, f, &id, &name).await?.show(&web, &asked).await
}

async fn do_it(
    State(web): Here,
    member: Member,
    Path((id, name)): Path<(String, String)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "cases").await;
    let form = deed_form(&web, &member, f, &id, &name).await?;
    take_deed(&web, &member, form, (id, &name), filled).await
}

/// Takes the form of a deed.
pub(super) async fn take_deed(
    web: &Web,
    member: &Member,
    form: Form,
    (id, name): (String, &str),
    filled: Filled,
) -> Result<Response, Oops> {
    let deed = deed_named(&form.f, name)?;
    let upheld = deed.upheld.map(|upheld| ("upheld", Value::Bool(upheld)));
    let unit = own_unit(&form.f).filter(|_| deed.deed == "propose");
    let more = [("deed", Value::from(deed.deed))].into_iter().chain(upheld).chain(unit);
    form.take(web, member, filled, more, |form| Deed::Case(id, Box::new(form))).await
}

async fn sharing_form(web: &Web, member: &Member, id: &str) -> Result<Form, Oops> {
    let f = Frame::new(web, &member.visit, "cases").await;
    let case = web.desk.case(Some(member.officer()), id, f.language).await.map_err(|error| Oops::of(&f, error))?;
    let subject = Subject {
        title: crate::words::deed(f.language, "share"),
        about: about(&case),
        note: f.t("share-note"),
        action: format!("/cases/{}/share", case.line.id),
        back: format!("/cases/{}", case.line.id),
        rules: case.rules,
    };
    Ok(Form { f, subject, fields: fields::SHARE_CASE })
}

async fn form_of_sharing(
    State(web): Here,
    member: Member,
    Path(id): Path<String>,
    asked: Filled,
) -> Result<Response, Oops> {
    sharing_form(&web, &member, &id).await?.show(&web, &asked).await
}

async fn share(State(web): Here, member: Member, Path(id): Path<String>, filled: Filled) -> Result<Response, Oops> {
    let form = sharing_form(&web, &member, &id).await?;
    form.take(&web, &member, filled, [], |form| Deed::ShareCase(id, form)).await
}

#[derive(Template)]
#[template(path = "case_file.html")]
struct CaseFilePage {
    f: Frame,
    case: CaseShown,
    rows: Vec<TimelineRow>,
    papers: Vec<super::papers::Printed>,
    pictures: BTreeMap<String, String>,
}

/// The whole file of a case, to be printed in one go.
async fn file(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "cases", async |f| {
        let case = web.desk.case(Some(member.officer()), &id, f.language).await?;
        let rows = web.desk.timeline(Some(member.officer()), &case.line.id, f.language).await?.entries;
        let papers = super::papers::of_case(&web, &member, &case, f.language).await?;
        let picture = |row: &TimelineRow| (row.entry.id.clone(), super::super::print::picture(&row.entry.id));
        let pictures = rows.iter().take(1).map(picture).collect();
        Ok(CaseFilePage { f: f.clone(), case, rows, papers, pictures })
    })
    .await
}
