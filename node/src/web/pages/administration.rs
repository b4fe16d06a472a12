//! Administration: who has a key here, which nodes there are, which rules and years are in force, what is bounded.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use fangwei_protocol::trust::charter::Role;
use serde_json::Value;

use super::{
    super::{
        Here, Web, fields,
        form::Filled,
        frame::{ADMINISTRATION_SEEN_BY, Frame, Html, Oops},
        visit::{Member, only_for},
    },
    filling::{Form, Subject},
    page,
};
use crate::{
    api::shape::{NodeShown, NodesQuery, Officer, OfficersQuery, PostRegister, TokenCreated, TokenForm, YearLine},
    desk::{Deed, DeskError, choices::Choice},
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/administration", get(show))
        .route("/administration/tokens", post(token))
        .route("/posts", get(posts))
        .route("/posts/new", get(new_post).post(manage))
        .route("/posts/release", post(release))
}

#[derive(Template)]
#[template(path = "administration.html")]
struct AdministrationPage {
    f: Frame,
    officers: Vec<Officer>,
    nodes: Vec<NodeShown>,
    years: Vec<YearLine>,
    units: Vec<Choice>,
    limits: Vec<(String, String)>,
    is_administrator: bool,
    created: Option<TokenCreated>,
}

async fn made(web: &Web, f: &Frame, created: Option<TokenCreated>) -> Result<AdministrationPage, DeskError> {
    let all = OfficersQuery { unit: None, all: true, pending: false };
    let limits = web.desk.sessions().limits();
    let minutes = |time: std::time::Duration| (time.as_secs() / 60).to_string();
    Ok(AdministrationPage {
        officers: web.desk.officers(&all, f.language).await?.officers,
        nodes: web.desk.nodes(&NodesQuery::default(), f.language).await?.nodes,
        years: web.desk.years().await?.years,
        units: web.desk.choices(None, f.language).await?.units,
        limits: vec![
            (f.t("limit-idle"), f.t1("minutes", "count", minutes(limits.idle))),
            (f.t("limit-absolute"), f.t1("minutes", "count", minutes(limits.absolute))),
            (f.t("limit-attempts"), limits.attempts.to_string()),
        ],
        is_administrator: only_for(f, &[Role::ADMINISTRATOR]).is_ok(),
        created,
        f: f.clone(),
    })
}

async fn show(State(web): Here, member: Member) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "administration").await;
    only_for(&f, ADMINISTRATION_SEEN_BY)?;
    let made = made(&web, &f, None).await.map_err(|error| Oops::of(&f, error))?;
    Ok(Html(made).into_response())
}

async fn token(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let f = Frame::new(&web, &member.visit, "administration").await;
    only_for(&f, &[Role::ADMINISTRATOR])?;
    let asked = TokenForm {
        unit: form.text("unit"),
        address: form.some("address"),
        valid_hours: form.some("hours").and_then(|hours| hours.parse().ok()),
    };
    let created = web.desk.create_token(member.officer(), &asked).await.map_err(|error| Oops::of(&f, error))?;
    let made = made(&web, &f, Some(created)).await.map_err(|error| Oops::of(&f, error))?;
    Ok(Html(made).into_response())
}

#[derive(Template)]
#[template(path = "posts.html")]
struct PostsPage {
    f: Frame,
    registers: Vec<PostRegister>,
}

async fn posts(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "units", async |f| Ok(PostsPage { f: f.clone(), registers: web.desk.posts().await?.registers }))
        .await
}

async fn managing(web: &Web, member: &Member) -> Form {
    let f = Frame::new(web, &member.visit, "units").await;
    let subject = Subject {
        title: crate::words::deed(f.language, "manage_post"),
        about: String::new(),
        note: String::new(),
        action: "/posts/new".into(),
        back: "/posts".into(),
        rules: None,
    };
    Form { f, subject, fields: fields::POST }
}

async fn new_post(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    managing(&web, &member).await.show(&web, &asked).await
}

async fn manage(State(web): Here, member: Member, filled: Filled) -> Result<Response, Oops> {
    let form = managing(&web, &member).await;
    form.take(&web, &member, filled, [("deed", Value::from("manage"))], Deed::Post).await
}

async fn release(State(web): Here, member: Member, filled: Filled) -> Result<Response, Oops> {
    let form = managing(&web, &member).await;
    form.take(&web, &member, filled, [("deed", Value::from("release"))], Deed::Post).await
}
