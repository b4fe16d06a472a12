//! Who looks: the session behind the cookie, the language asked for, signing in and out.

use std::time::Instant;

use askama::Template;
use axum::{
    Router,
    extract::{FromRequestParts, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_LANGUAGE, COOKIE, LOCATION, SET_COOKIE},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use fangwei_protocol::{record::entry::Hash, trust::charter::Role};

use super::{
    Here, Web,
    form::{self, Filled},
    frame::{Frame, Html, Oops},
};
use crate::{
    api::shape::{Officer as OfficerShape, Passphrase},
    desk::{Code, DeskError, Officer},
    session::Token,
    words::Language,
};

/// The cookie of a session over TLS; browsers take it only from there, for the whole site, and give it to no other.
const SECURE_COOKIE: &str = "__Host-fangwei";

/// The same on the loopback, where there is no TLS.
const COOKIE_NAME: &str = "fangwei";

/// The page about whoever is signed in, where a second factor is set up.
pub(super) const ME: &str = "/me";

/// The cookie of a language.
const LANGUAGE_COOKIE: &str = "fangwei-language";

/// Somebody who looks.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) language: Language,
    /// Where they are.
    pub(super) path: String,
    /// Who, if they signed in.
    pub(super) officer: Option<SignedIn>,
}

/// Somebody who signed in.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) officer: Officer,
    /// Names the session among ours; no secret.
    pub(super) session: String,
    /// What every form of this session brings.
    pub(super) page_token: String,
}

/// The token of somebody who signed in, whose looking does not count as working: an open page keeps no session alive.
pub(super) struct Looks {
    pub(super) language: Language,
    token: String,
}

impl Looks {
    /// Whether their session is still open.
    pub(super) fn is_in(&self, web: &Web) -> bool {
        web.desk.sessions().is_open(&self.token, Instant::now())
    }
}

impl FromRequestParts<Web> for Looks {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Looks, StatusCode> {
        let token = cookie(&parts.headers, session_cookie(web.shared.is_secure)).unwrap_or_default();
        let looks = Looks { language: language_of(&parts.headers, web.language()), token };
        if looks.is_in(web) { Ok(looks) } else { Err(StatusCode::NO_CONTENT) }
    }
}

/// A page for those who signed in.
pub(super) struct Member {
    pub(super) visit: Visit,
    pub(super) signed_in: SignedIn,
}

impl FromRequestParts<Web> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Visit, Self::Rejection> {
        let language = language_of(&parts.headers, web.language());
        let token = cookie(&parts.headers, session_cookie(web.shared.is_secure));
        let officer = token.and_then(|token| {
            let officer = web.desk.sessions().officer(&token, Instant::now()).ok()?;
            Some(SignedIn::of(officer, &token))
        });
        Ok(Visit { language, path: parts.uri.path().to_owned(), officer })
    }
}

impl FromRequestParts<Web> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Member, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, web).await;
        match visit.officer.clone() {
            Some(signed_in) => {
                let is_free = [ME, "/sign-out"].iter().any(|part| visit.path.starts_with(part));
                let lacks = web.desk.lacks_second_factor(&signed_in.officer, web.second_factor()).await;
                match is_free || !lacks.unwrap_or(true) {
                    true => Ok(Member { visit, signed_in }),
                    false => Err(to(ME)),
                }
            }
            None => {
                let back = parts.uri.path_and_query().map_or("/", |uri| uri.as_str());
                let back = if parts.method == axum::http::Method::GET { back } else { "/" };
                Err(to(&format!("/sign-in?{}", form::query(&[("back", back)]))))
            }
        }
    }
}

impl SignedIn {
    fn of(officer: Officer, token: &str) -> SignedIn {
        let page_token = Hash::of_parts("fangwei page token 1", [token.as_bytes()]).to_string();
        SignedIn { officer, session: Token::name_of(token), page_token }
    }
}

impl Member {
    pub(super) fn officer(&self) -> &Officer {
        &self.signed_in.officer
    }

    pub(super) fn language(&self) -> Language {
        self.visit.language
    }
}

fn session_cookie(is_secure: bool) -> &'static str {
    if is_secure { SECURE_COOKIE } else { COOKIE_NAME }
}

/// A cookie by its name.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';'));
    all.filter_map(|pair| pair.trim().split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

fn language_of(headers: &HeaderMap, otherwise: Language) -> Language {
    let chosen = cookie(headers, LANGUAGE_COOKIE).and_then(|tag| tag.parse().ok());
    chosen.unwrap_or_else(|| {
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Language::accepted(header.unwrap_or_default(), otherwise)
    })
}

/// Leads elsewhere on this node.
pub(super) fn to(path: &str) -> Response {
    let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

/// A path on this node to go back to, whatever was asked for.
fn back(asked: Option<&str>) -> &str {
    let is_ours = |path: &&str| path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\n', '\r']);
    asked.filter(is_ours).unwrap_or("/")
}

/// The routes of this room.
pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/sign-in", get(ask).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/language", get(choose_language))
}

/// The page that asks who somebody is.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    f: Frame,
    names: Vec<(String, String)>,
    chosen: String,
    back: String,
    /// Whether anybody here has a second factor.
    has_codes: bool,
    problem: Option<(String, Option<String>)>,
}

async fn ask(State(web): Here, visit: Visit, asked: Filled) -> Result<Response, Oops> {
    page(&web, &visit, asked.text("officer"), back(asked.get("back")), None).await
}

async fn page(
    web: &Web,
    visit: &Visit,
    chosen: String,
    back: &str,
    problem: Option<DeskError>,
) -> Result<Response, Oops> {
    let f = Frame::new(web, visit, "sign-in").await;
    let query = crate::api::shape::OfficersQuery { unit: None, all: true, pending: false };
    let officers = web.desk.officers(&query, visit.language).await.map_err(|error| Oops::of(&f, error))?;
    let is_person = |one: &OfficerShape| !has_any(&one.roles, &[Role::NODE]);
    let here = officers.officers.into_iter();
    let here = here.filter(|one| one.key_here && one.complete && one.dead.is_none() && is_person(one));
    let mut names: Vec<(String, String)> = here.map(|one| (one.certificate.clone(), label(&one))).collect();
    names.sort_by(|one, other| one.1.cmp(&other.1));
    let status = problem.as_ref().map_or(StatusCode::OK, |error| {
        StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
    });
    let problem = problem.map(|error| {
        let failed = crate::words::failed(visit.language, &error);
        (failed.message, failed.hint)
    });
    let has_codes = web.desk.has_second_factors();
    Ok((status, Html(SignInPage { f, names, chosen, back: back.to_owned(), has_codes, problem })).into_response())
}

fn label(one: &OfficerShape) -> String {
    format!("{} · {} · {}", one.name, one.unit_name, one.role_names.join("、"))
}

async fn sign_in(State(web): Here, visit: Visit, form: Filled) -> Result<Response, Oops> {
    let back = back(form.get("back"));
    let passphrase = Passphrase::new(form.get("passphrase").unwrap_or_default().to_owned());
    match web.desk.unlock_with(&form.text("officer"), &passphrase, form.some("code")).await {
        Ok((token, _)) => {
            // What was open under the old cookie ends: a session somebody else set here leads nowhere.
            if let Some(old) = visit.officer {
                web.forget(&old.session);
            }
            let secure = if web.shared.is_secure { "; Secure" } else { "" };
            let name = session_cookie(web.shared.is_secure);
            let set = format!("{name}={}; Path=/; HttpOnly; SameSite=Strict{secure}", token.expose());
            let mut response = to(back);
            if let Ok(set) = HeaderValue::from_str(&set) {
                response.headers_mut().insert(SET_COOKIE, set);
            }
            Ok(response)
        }
        Err(error) => page(&web, &visit, form.text("officer"), back, Some(error)).await,
    }
}

async fn sign_out(State(web): Here, headers: HeaderMap, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    if let Some(token) = cookie(&headers, session_cookie(web.shared.is_secure)) {
        // Ended by itself meanwhile is as good.
        let _ = web.desk.sessions().lock(&token);
    }
    web.forget(&member.signed_in.session);
    let name = session_cookie(web.shared.is_secure);
    let mut response = to("/sign-in");
    let set = format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    if let Ok(set) = HeaderValue::from_str(&set) {
        response.headers_mut().insert(SET_COOKIE, set);
    }
    Ok(response)
}

async fn choose_language(asked: Filled) -> Response {
    let mut response = to(back(asked.get("back")));
    if let Ok(language) = asked.text("to").parse::<Language>() {
        let set = format!("{LANGUAGE_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", language.tag());
        if let Ok(set) = HeaderValue::from_str(&set) {
            response.headers_mut().insert(SET_COOKIE, set);
        }
    }
    response
}

/// Whether somebody has one of these roles, of those certified to them.
pub(super) fn has_any(roles: &[String], wanted: &[Role]) -> bool {
    wanted.iter().filter_map(|role| role.name()).any(|name| roles.iter().any(|role| role == name))
}

/// What refuses a page to who may not see it.
pub(super) fn only_for(f: &Frame, wanted: &[Role]) -> Result<(), Oops> {
    let is_one = f.who.as_ref().is_some_and(|who| has_any(&who.roles, wanted));
    if is_one { Ok(()) } else { Err(Oops::of(f, Code::NoAuthority.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_site() {
        for (asked, led) in [
            (Some("/cases?level=1"), "/cases?level=1"),
            (Some("//evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("/a\r\nSet-Cookie: x"), "/"),
            (None, "/"),
        ] {
            assert_eq!(back(asked), led);
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("a=1; fangwei=abc; fangwei-language=en"));
        assert_eq!(cookie(&headers, "fangwei").as_deref(), Some("abc"));
        assert_eq!(cookie(&headers, "fangw"), None);
        assert_eq!(language_of(&headers, Language::Chinese), Language::English);
    }
}
