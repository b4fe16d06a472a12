//! Whoever is signed in: their second factor, their passphrase, where they are signed in, and which programs work as
//! them.

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
    access::Scope,
    api::shape::{AccessCreated, AccessForm, AccessShown, Passphrase, SessionShown},
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
        .route("/me/access", post(create_access))
        .route("/me/access/end", post(end_access))
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
    tokens: Vec<AccessShown>,
    /// A token that was made just now.
    created: Option<AccessCreated>,
    done: Option<String>,
    problem: Option<(String, Option<String>)>,
}

impl MePage {
    fn scopes(&self) -> [&'static str; 4] {
        Scope::ALL.map(Scope::name)
    }
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
        tokens: web.desk.access_tokens(officer).await.map_err(oops)?.tokens,
        created: None,
        done: ["set", "removed", "changed", "ended", "taken"].contains(&done).then(|| f.tk("me-done-", done)),
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

/// What is shown is shown once, so this leads nowhere else.
async fn create_access(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let asked = AccessForm {
        label: form.text("label"),
        scopes: form.all("scope"),
        days: form.text("days").parse().unwrap_or(0),
    };
    let passphrase = Passphrase::new(form.get("passphrase").unwrap_or_default().to_owned());
    let made_for = async {
        web.desk.prove_passphrase(member.officer(), &passphrase).await?;
        web.desk.create_access_token(member.officer(), &asked).await
    };
    match made_for.await {
        Ok(created) => {
            let made = made(&web, &member, None, "").await?;
            Ok(Html(MePage { created: Some(created), ..made }).into_response())
        }
        Err(error) => said(&web, &member, Err(error), "").await,
    }
}

async fn end_access(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let ended = web.desk.remove_access_token(member.officer(), &form.text("access")).await;
    said(&web, &member, ended, "taken").await
}
