//! What stands around every page: who looks, where, how the node stands, and the words of the page.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html as HtmlBody, IntoResponse, Response},
};

use fangwei_protocol::trust::charter::Role;

use super::{
    Web,
    visit::{Visit, has_any},
};
use crate::{
    api::shape::Status,
    desk::{DeskError, Values},
    words::{self, Language},
};

/// A template as an answer.
pub(super) struct Html<T>(pub(super) T);

impl<T: Template> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(text) => HtmlBody(text).into_response(),
            Err(failure) => {
                tracing::error!(%failure, "a page was not rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Who looks.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) unit_name: String,
    pub(super) roles: Vec<String>,
    pub(super) role_names: Vec<String>,
    pub(super) certificate: String,
    /// Where the key is kept, in words: a node's key is labelled as one.
    pub(super) custody_name: String,
}

/// How the node stands, in one of six states: a word, a sign and a colour.
#[derive(Clone, Debug)]
pub(super) struct Chip {
    /// `confirmed`, `waiting`, `sending`, `offline`, `needs` or `error`: its colour and its word.
    pub(super) state: &'static str,
    pub(super) text: String,
}

/// Who sees the administration: those who administer, and those who check them.
pub(super) const ADMINISTRATION_SEEN_BY: &[Role] = &[Role::ADMINISTRATOR, Role::AUDITOR, Role::SECRETARY];

/// Who sees meetings and interviews: those who handle cases, and those who check them.
pub(super) const MEETINGS_SEEN_BY: &[Role] =
    &[Role::ANALYST, Role::DISCIPLINE_LEAD, Role::SECRETARY, Role::PARTY_COMMITTEE, Role::LEADING_GROUP, Role::AUDITOR];

/// What stands around a page.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) language: Language,
    /// Which part of the pages this is.
    pub(super) here: &'static str,
    pub(super) path: String,
    pub(super) who: Option<Who>,
    pub(super) token: String,
    pub(super) tree: String,
    pub(super) unit_name: String,
    pub(super) chip: Chip,
    /// When the page was made.
    pub(super) as_of: String,
}

/// The parts of the pages, in order.
const PARTS: &[(&str, &str)] = &[
    ("today", "/"),
    // Whoever has a key may be warned one day, and who is warned of what is not asked for every page: it is always there.
    ("mine", "/mine"),
    ("reports", "/reports"),
    ("cases", "/cases"),
    ("meetings", "/meetings"),
    ("risks", "/risks"),
    ("papers", "/papers"),
    ("units", "/units"),
    ("statistics", "/statistics"),
    ("sync", "/sync"),
    ("verify", "/verify"),
    ("administration", "/administration"),
];

impl Frame {
    pub(super) async fn new(web: &Web, visit: &Visit, here: &'static str) -> Frame {
        let language = visit.language;
        let who = match &visit.officer {
            None => None,
            Some(signed_in) => {
                let id = signed_in.officer.certificate.to_string();
                web.desk.officer(&id, language).await.ok().map(|one| Who {
                    name: one.name,
                    unit: one.unit,
                    unit_name: one.unit_name,
                    roles: one.roles,
                    role_names: one.role_names,
                    certificate: one.certificate,
                    custody_name: one.custody_name,
                })
            }
        };
        let status = web.desk.status().await;
        let (tree, unit_name, as_of) = match &status {
            Ok(status) => (status.tree.clone(), named(&status.unit_name, &status.unit), status.as_of.clone()),
            Err(_) => (String::new(), String::new(), String::new()),
        };
        Frame {
            language,
            here,
            path: visit.path.clone(),
            who,
            token: visit.officer.as_ref().map_or_else(String::new, |signed_in| signed_in.page_token.clone()),
            tree,
            unit_name,
            chip: chip(language, status.as_ref().ok()),
            as_of,
        }
    }

    /// How the node stands now.
    pub(super) async fn chip(web: &Web, language: Language) -> Chip {
        chip(language, web.desk.status().await.as_ref().ok())
    }

    /// The words of the pages under a key.
    pub(super) fn t(&self, key: &str) -> String {
        words::text(self.language, &format!("page-{key}"), &Values::new())
    }

    /// The same; empty where there are none.
    pub(super) fn maybe(&self, key: &str) -> String {
        words::maybe(self.language, &format!("page-{key}")).unwrap_or_default()
    }

    /// The words under a key that ends with a name of ours.
    pub(super) fn tk(&self, prefix: &str, name: impl std::fmt::Display) -> String {
        self.t(&format!("{prefix}{}", name.to_string().replace('_', "-")))
    }

    /// The same with one value.
    pub(super) fn t1(&self, key: &str, name: &'static str, value: impl ToString) -> String {
        words::text(self.language, &format!("page-{key}"), &Values::from([(name, value.to_string())]))
    }

    /// The same with two.
    pub(super) fn t2(
        &self,
        key: &str,
        one: &'static str,
        first: impl ToString,
        two: &'static str,
        second: impl ToString,
    ) -> String {
        let values = Values::from([(one, first.to_string()), (two, second.to_string())]);
        words::text(self.language, &format!("page-{key}"), &values)
    }

    /// The parts whoever looks has a use for.
    pub(super) fn parts(&self) -> Vec<(&'static str, &'static str)> {
        let sees = |seen_by: &[Role]| self.who.as_ref().is_some_and(|who| has_any(&who.roles, seen_by));
        let is_for_them = |part: &str| match part {
            "administration" => sees(ADMINISTRATION_SEEN_BY),
            "meetings" => sees(MEETINGS_SEEN_BY),
            _ => true,
        };
        PARTS.iter().copied().filter(|(part, _)| is_for_them(part)).collect()
    }

    pub(super) fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// The other language, by tag and by its own name.
    pub(super) fn other_language(&self) -> (&'static str, &'static str) {
        match self.language {
            Language::Chinese => ("en", "English"),
            Language::English => ("zh-CN", "中文"),
        }
    }

    /// A civil day as people write it: 2026年11月21日.
    pub(super) fn day(&self, day: &str) -> String {
        day_in(self.language, day)
    }

    /// A term as people say it: `7wd` is 7 working days.
    pub(super) fn term(&self, term: &str) -> String {
        let count = term.trim_end_matches(|sign: char| !sign.is_ascii_digit());
        match term.strip_prefix(count) {
            Some(unit @ ("wd" | "w" | "m")) => format!("{count} {}", self.tk("unit-", unit)),
            _ => term.to_owned(),
        }
    }

    /// A time as people write it; the zone's offset stays where it is not this machine's own.
    pub(super) fn time(&self, time: &str) -> String {
        time_in(self.language, time)
    }
}

/// A name, or where there is none what it is the name of.
pub(super) fn named(name: &str, otherwise: &str) -> String {
    if name.is_empty() { otherwise.to_owned() } else { name.to_owned() }
}

fn day_in(language: Language, day: &str) -> String {
    let parts: Vec<&str> = day.split('-').collect();
    match (language, parts.as_slice()) {
        (Language::Chinese, [year, month, day]) => {
            format!("{year}年{}月{}日", month.trim_start_matches('0'), day.trim_start_matches('0'))
        }
        _ => day.to_owned(),
    }
}

/// `2026-11-22T14:05:33+08:00` as `2026年11月22日 14:05（+08:00）`.
fn time_in(language: Language, time: &str) -> String {
    let Some((day, rest)) = time.split_once('T') else { return time.to_owned() };
    let (Some(clock), Some(offset)) = (rest.get(..5), rest.get(8..)) else { return time.to_owned() };
    // Parts of a second stand before the offset.
    let offset = offset.find(['+', '-', 'Z']).and_then(|at| offset.get(at..)).unwrap_or(offset);
    let day = day_in(language, day);
    match language {
        Language::Chinese => format!("{day} {clock}（{offset}）"),
        Language::English => format!("{day} {clock} ({offset})"),
    }
}

/// The state of a node, the worst first.
fn chip(language: Language, status: Option<&Status>) -> Chip {
    let say = |state: &'static str, values: Values| Chip {
        state,
        text: words::text(language, &format!("page-chip-{state}"), &values),
    };
    let Some(status) = status else { return say("error", Values::new()) };
    if status.halted.is_some() || status.log_differs {
        return say("error", Values::new());
    }
    if status.damaged > 0 || !status.contradictions.is_empty() || !status.branched.is_empty() {
        return say("needs", Values::new());
    }
    let above: Vec<_> = status.peers.iter().filter(|peer| peer.above).collect();
    let waiting = status.held_above.waiting;
    let count = || Values::from([("count", waiting.to_string())]);
    if !status.held_above.expected {
        // Nobody stands above: what is saved here is saved where it ends.
        return say("confirmed", Values::new());
    }
    if above.is_empty() {
        return say("offline", count());
    }
    let (to_give, given) =
        above.iter().fold((0, 0), |(to_give, given), peer| (to_give + peer.to_give, given + peer.given));
    if waiting > 0 && given < to_give {
        let percent = given.saturating_mul(100).checked_div(to_give).unwrap_or(0);
        return say("sending", Values::from([("percent", percent.to_string())]));
    }
    if waiting > 0 { say("waiting", count()) } else { say("confirmed", Values::new()) }
}

/// A page that says why not.
pub(super) struct Oops {
    page: Box<OopsPage>,
    status: StatusCode,
}

#[derive(Template)]
#[template(path = "oops.html")]
struct OopsPage {
    f: Frame,
    message: String,
    hint: Option<String>,
    code: String,
    rows: Vec<crate::api::shape::RowFailed>,
}

impl Oops {
    pub(super) fn of(f: &Frame, error: DeskError) -> Oops {
        let failed = words::failed(f.language, &error);
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        let page =
            OopsPage { f: f.clone(), message: failed.message, hint: failed.hint, code: failed.code, rows: failed.rows };
        Oops { page: Box::new(page), status }
    }
}

impl IntoResponse for Oops {
    fn into_response(self) -> Response {
        (self.status, Html(*self.page)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_written_as_people_write_them() {
        assert_eq!(day_in(Language::Chinese, "2026-01-05"), "2026年1月5日");
        assert_eq!(day_in(Language::English, "2026-01-05"), "2026-01-05");
        assert_eq!(time_in(Language::Chinese, "2026-11-22T14:05:33+08:00"), "2026年11月22日 14:05（+08:00）");
        assert_eq!(time_in(Language::English, "2026-11-22T14:05:33.5Z"), "2026-11-22 14:05 (Z)");
        assert_eq!(time_in(Language::English, "-"), "-");
    }
}
