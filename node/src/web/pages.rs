//! The pages by subject.

mod administration;
mod cases;
mod conflicts;
mod entry;
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

use std::future::Future;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    Here, Web,
    form::Filled,
    frame::{Frame, Html, Oops},
    review,
    visit::{Member, Visit},
};
use crate::{
    api::shape::ListQuery,
    desk::{Code, Deed, DeskError},
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

/// Lets an officer see what they would sign. What they asked wrongly is said on the form they filled in.
async fn ask<T: Template>(
    web: &Web,
    member: &Member,
    back: String,
    deed: Result<Deed, DeskError>,
    again: impl Future<Output = Result<impl FnOnce(DeskError) -> T, Oops>>,
) -> Result<Response, Oops> {
    let error = match deed {
        Ok(deed) => match review::ask(web, member, deed, back).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        },
        Err(error) => error,
    };
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let made = again.await?(error);
    Ok((status, Html(made)).into_response())
}

/// What a form of fields says as one of the desk's shapes.
fn shape<T: serde::de::DeserializeOwned>(
    fields: serde_json::Map<String, serde_json::Value>,
    more: impl IntoIterator<Item = (&'static str, serde_json::Value)>,
) -> Result<T, DeskError> {
    let mut fields = fields;
    fields.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let reason = |fault: serde_json::Error| {
        // Which of our own fields it is, never what was typed into it.
        let said = fault.to_string();
        let said = said.split(':').next().unwrap_or_default().chars().take(120).collect::<String>();
        DeskError::new(Code::BadJson).with("reason", said)
    };
    serde_json::from_value(serde_json::Value::Object(fields)).map_err(reason)
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
