//! Whoever is signed in: their second factor, their passphrase, and where they are signed in.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::super::{
    Here, Web,
    form::Filled,
    frame::{Frame, Html, Oops},
    print,
    visit::{ME, Member, to},
};
use crate::{
    api::shape::{Passphrase, SessionShown},
    desk::{Code, DeskError},
    second_factor::Begun,
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(ME, get(show))
        .route("/me/second-factor", post(confirm))
        .route("/me/second-factor/remove", post(remove))
        .route("/me/passphrase", post(passphrase))
        .route("/me/sessions/end", post(end))
}

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    f: Frame,
    /// What is to be scanned, as a picture, and to be typed; none where a factor is set up.
    begun: Option<(String, String)>,
    /// Nothing else is done before one is set up.
    must: bool,
    sessions: Vec<SessionShown>,
    /// The session this page belongs to.
    own: String,
    done: Option<String>,
    problem: Option<(String, Option<String>)>,
}

async fn made(web: &Web, member: &Member, problem: Option<DeskError>, done: &str) -> Result<MePage, Oops> {
    let f = Frame::new(web, &member.visit, "me").await;
    let officer = member.officer();
    let oops = |error| Oops::of(&f, error);
    let begun = match web.desk.has_second_factor(officer) {
        true => None,
        false => Some(web.desk.begin_second_factor(officer).await.map_err(oops)?),
    };
    let halves = |Begun { uri, secret }: &Begun| {
        let halves: Vec<String> =
            secret.as_bytes().chunks(4).map(|some| String::from_utf8_lossy(some).into()).collect();
        (print::code(uri), halves.join(" "))
    };
    let failed = problem.map(|error| crate::words::failed(f.language, &error));
    Ok(MePage {
        begun: begun.as_ref().map(halves),
        must: web.desk.lacks_second_factor(officer, web.second_factor()).await.map_err(oops)?,
        sessions: web.desk.sessions_shown(officer).await.map_err(oops)?,
        own: member.signed_in.session.clone(),
        done: ["set", "removed", "changed", "ended"].contains(&done).then(|| f.tk("me-done-", done)),
        problem: failed.map(|failed| (failed.message, failed.hint)),
        f,
    })
}

async fn show(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    Ok(Html(made(&web, &member, None, asked.get("done").unwrap_or_default()).await?).into_response())
}

/// Back to the page with what came of it.
async fn said(web: &Web, member: &Member, result: Result<(), DeskError>, done: &str) -> Result<Response, Oops> {
    let Err(error) = result else { return Ok(to(&format!("{ME}?done={done}"))) };
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    Ok((status, Html(made(web, member, Some(error), "").await?)).into_response())
}

async fn confirm(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let confirmed = web.desk.confirm_second_factor(member.officer(), &form.text("code")).await;
    said(&web, &member, confirmed, "set").await
}

async fn remove(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let removed = web.desk.remove_second_factor(member.officer(), &form.text("code")).await;
    said(&web, &member, removed, "removed").await
}

async fn passphrase(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let [old, new, again] = ["old", "new", "again"].map(|name| form.get(name).unwrap_or_default());
    let changed = match new == again {
        true => {
            let [old, new] = [old, new].map(|text| Passphrase::new(text.to_owned()));
            web.desk.change_passphrase(member.officer(), &old, &new).await
        }
        false => Err(Code::PassphrasesDiffer.into()),
    };
    said(&web, &member, changed, "changed").await
}

async fn end(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let name = form.text("session");
    let ended = web.desk.end_session(member.officer(), &name).await;
    if ended.is_ok() {
        web.forget(&name);
    }
    said(&web, &member, ended, "ended").await
}
