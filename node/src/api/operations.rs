//! Every operation of the local HTTP: its method and route, what it is called, which scopes of an access token it takes,
//! and its handler. What only this machine may ask has no line with scopes.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, get, on, post},
};

use super::{
    ATTACHMENT_BYTES, casework,
    described::{Tells, Told},
    shape::route,
};
use crate::{
    access::Scope::{self, Administer, Read, Report, Work},
    desk::Desk,
};

/// An operation that is asked over the network too.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) route: &'static str,
    /// What it is called: the key of its words.
    pub(super) name: &'static str,
    /// Any of these lets a token do it.
    pub(super) scopes: &'static [Scope],
    /// What it takes and answers.
    pub(super) tell: fn(&mut Told),
}

/// Operations with their routes.
pub(super) struct Operations {
    pub(super) router: Router<Desk>,
    pub(super) all: Vec<Operation>,
}

impl Operations {
    fn on<H, A, B>(
        mut self,
        (method, route): (Method, &'static str),
        name: &'static str,
        scopes: &'static [Scope],
        handler: H,
    ) -> Operations
    where
        H: Handler<A, Desk> + Tells<B>,
        A: 'static,
    {
        let Ok(filter) = MethodFilter::try_from(method.clone()) else { return self };
        let mut way = on(filter, handler);
        if route == route::ATTACHMENTS {
            way = way.layer(DefaultBodyLimit::max(ATTACHMENT_BYTES));
        }
        self.router = self.router.route(route, way);
        self.all.push(Operation { method, route, name, scopes, tell: H::tell });
        self
    }

    /// By method and route.
    pub(super) fn scopes(&self) -> BTreeMap<(String, String), &'static [Scope]> {
        let key = |one: &Operation| (one.method.to_string(), one.route.to_owned());
        self.all.iter().map(|one| (key(one), one.scopes)).collect()
    }
}

fn get_(route: &'static str) -> (Method, &'static str) {
    (Method::GET, route)
}

fn post_(route: &'static str) -> (Method, &'static str) {
    (Method::POST, route)
}

fn patch_(route: &'static str) -> (Method, &'static str) {
    (Method::PATCH, route)
}

/// What is asked of a node, on its machine and over the network.
pub(super) fn shared() -> Operations {
    Operations { router: Router::new(), all: Vec::new() }
        // the node and what it knows
        .on(get_(route::STATUS), "status", &[Read], super::status)
        .on(get_(route::UNITS), "units", &[Read], super::units)
        .on(get_(route::OFFICERS), "officers", &[Read], super::officers)
        .on(get_(route::OFFICER), "officer", &[Read], super::officer)
        .on(get_(route::NODES), "nodes", &[Read], super::nodes)
        .on(get_(route::NODE), "node", &[Read], super::officer)
        .on(get_(route::ROOT), "root", &[Read], super::root)
        .on(get_(route::CALENDAR), "years", &[Read], super::years)
        .on(get_(route::CALENDAR_YEAR), "year", &[Read], super::year)
        .on(get_(route::CALENDAR_DUE), "due", &[Read], super::due)
        .on(get_(route::STATISTICS), "statistics", &[Read], super::statistics)
        // reports
        .on(get_(route::REPORTS), "reports", &[Read], super::reports)
        .on(post_(route::REPORTS_FILE), "file-report", &[Report, Work], super::file_report)
        .on(post_(route::REPORTS), "draft-report", &[Report, Work], super::add_report)
        .on(get_(route::REPORT), "report", &[Read], super::report)
        .on(patch_(route::REPORT), "edit-draft", &[Report, Work], super::edit_report)
        .on(post_(route::REPORT_ACTS), "do-with-report", &[Report, Work], super::do_with_report)
        .on(post_(route::REPORT_TRIAGE), "triage", &[Work], super::triage)
        .on(post_(route::REPORT_SHARE), "share-report", &[Work], casework::share_report)
        .on(post_(route::REPORTS_RECEIPT), "receipt", &[Read], casework::receipt)
        .on(post_(route::ATTACHMENTS), "attach", &[Report, Work], super::attach)
        .on(get_(route::ATTACHMENT), "attachment", &[Read], super::content)
        // cases
        .on(get_(route::CASES), "cases", &[Read], super::cases)
        .on(post_(route::CASES), "propose", &[Work], super::propose)
        .on(get_(route::CASE), "case", &[Read], super::case)
        .on(post_(route::CASE_ACTS), "act-in-case", &[Work], super::act_in_case)
        .on(post_(route::CASE_SHARE), "share-case", &[Work], casework::share_case)
        .on(get_(route::TIMELINE), "timeline", &[Read], super::timeline)
        .on(get_(route::PAPERS), "papers", &[Read], super::papers)
        .on(post_(route::PAPERS_STRIKE), "strike-number", &[Work], super::strike)
        .on(get_(route::POSTS), "posts", &[Read], super::posts)
        .on(post_(route::POSTS), "do-with-post", &[Work], super::do_with_post)
        // what departments are told
        .on(get_(route::SHARINGS), "sharings", &[Read], casework::sharings)
        .on(get_(route::SHARING), "sharing", &[Read], casework::sharing)
        .on(post_(route::SHARING_ACTS), "do-with-sharing", &[Work], casework::do_with_sharing)
        // risk points
        .on(get_(route::RISKS), "risks", &[Read], super::risks)
        .on(post_(route::RISKS), "add-risk", &[Work], super::add_risk)
        .on(get_(route::RISK), "risk", &[Read], super::risk)
        .on(patch_(route::RISK), "edit-risk", &[Work], super::edit_risk)
        // what there is to do
        .on(get_(route::DUTIES), "duties", &[Read], super::duties)
        .on(post_(route::DUTIES_READ), "mark-read", &[Work], casework::mark_read)
        .on(get_(route::OUTBOX), "outbox", &[Read], casework::outbox)
        .on(get_(route::WARNINGS), "warnings", &[Read], casework::warnings)
        .on(get_(route::MEETINGS), "meetings", &[Read], casework::meetings)
        .on(get_(route::CONFLICTS), "conflicts", &[Read], casework::conflicts)
        // proof
        .on(get_(route::ENTRY), "entry", &[Read], super::entry)
        .on(post_(route::EVIDENCE), "evidence", &[Read], super::evidence)
        .on(get_(route::CERTIFICATE_STRUCK), "struck", &[Read], super::struck)
        .on(get_(route::REDACTIONS), "redactions", &[Read], super::redactions)
        // administration
        .on(post_(route::UNITS), "import-units", &[Administer], super::import_units)
        .on(post_(route::PACKS), "publish-pack", &[Administer], super::publish_pack)
        .on(post_(route::CALENDAR), "publish-year", &[Administer], super::publish_year)
        .on(post_(route::OFFICERS), "add-officer", &[Administer], super::add_officer)
        .on(post_(route::OFFICER_ROTATE), "rotate", &[Administer], super::rotate)
        .on(post_(route::OFFICER_ENDORSE), "endorse-officer", &[Administer], super::endorse)
        .on(post_(route::CERTIFICATE_REVOKE), "revoke", &[Administer], super::revoke)
        .on(post_(route::CERTIFICATE_STAND), "stand", &[Administer], super::stand)
        .on(post_(route::ENTRY_ENDORSE), "endorse-entry", &[Administer], super::endorse_entry)
        .on(post_(route::ENTRY_REDACT), "redact", &[Administer], super::redact)
}

/// What only somebody on this machine asks: what opens keys, lets nodes in, or costs the whole machine its time.
pub(super) fn here() -> Router<Desk> {
    Router::new()
        .route(route::HEALTH, get(super::health))
        .route(route::SESSIONS, post(super::open_session).delete(super::close_session))
        .route(route::SECOND_FACTOR_RESET, post(super::reset_second_factor))
        .route(route::ACCESS_TOKENS, get(super::access_tokens).post(super::create_access_token))
        .route(route::ACCESS_TOKEN_END, post(super::remove_access_token))
        .route(route::TOKENS, post(super::create_token))
        .route(route::REQUESTS, post(super::check_request))
        .route(route::GRANTS, post(super::grant))
        .route(route::ROOT_SHEETS, post(super::draw_up_sheet))
        .route(route::ROOT_SUBMIT, post(super::submit_sheet))
        .route(route::OFFICERS_IMPORT, post(super::import_officer))
        .route(route::SYNC, post(super::sync))
        .route(route::VERIFY, post(super::verify))
        .route(route::REBUILD, post(super::rebuild))
        .route(route::SCRUB, post(super::scrub))
}
