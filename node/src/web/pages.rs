//! The pages by subject.

mod administration;
mod cases;
mod conflicts;
mod developers;
mod entry;
mod filling;
mod me;
mod meetings;
mod mine;
mod papers;
mod receipt;
mod reports;
mod risks;
mod statistics;
mod sync;
mod today;
mod units;
mod verify;

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
};

use super::{
    Here, Web,
    form::Filled,
    frame::{Frame, Html, Oops},
    visit::{Member, Visit},
};
use crate::{
    api::shape::ListQuery,
    desk::{Code, DeskError},
};

/// Lines of a list on one page.
const PAGE: u64 = 50;

/// The routes of all subjects.
pub(super) fn routes() -> Router<Web> {
    Router::new()
        .merge(today::routes())
        .merge(mine::routes())
        .merge(reports::routes())
        .merge(cases::routes())
        .merge(meetings::routes())
        .merge(conflicts::routes())
        .merge(risks::routes())
        .merge(papers::routes())
        .merge(units::routes())
        .merge(statistics::routes())
        .merge(sync::routes())
        .merge(verify::routes())
        .merge(administration::routes())
        .merge(receipt::routes())
        .merge(me::routes())
        .merge(entry::routes())
        .merge(developers::routes())
}

/// Where nothing is.
pub(super) async fn nothing_here(State(web): Here, visit: Visit) -> Response {
    let f = Frame::new(&web, &visit, "").await;
    Oops::of(&f, Code::NoSuchPage.into()).into_response()
}

/// Renders a page, or says why there is none.
async fn page<T: Template>(
    web: &Web,
    member: &Member,
    here: &'static str,
    make: impl AsyncFnOnce(&Frame) -> Result<T, DeskError>,
) -> Result<Response, Oops> {
    let f = Frame::new(web, &member.visit, here).await;
    let made = make(&f).await.map_err(|error| Oops::of(&f, error))?;
    Ok(Html(made).into_response())
}

/// What is asked of a list by a page's query.
fn listed(asked: &Filled) -> ListQuery {
    let number = |name: &str| asked.some(name).and_then(|text| text.parse().ok());
    ListQuery {
        unit: asked.some("unit"),
        words: asked.some("words"),
        stage: asked.some("stage"),
        level: number("level"),
        category: number("category"),
        after: asked.some("after"),
        offset: 0,
        limit: Some(PAGE),
    }
}

/// The query of the page behind this one.
fn next_query(asked: &Filled, next: Option<&str>) -> Option<String> {
    let next = next?;
    let kept: Vec<(&str, &str)> =
        asked.fields().filter(|(name, value)| *name != "after" && !value.is_empty()).collect();
    let all: Vec<(&str, &str)> = kept.into_iter().chain([("after", next)]).collect();
    Some(super::form::query(&all))
}
