//! Pages: what a person sees in a browser, on the village PC or over the office network.
//!
//! Everything is rendered here and works without script; nothing comes from outside. Who looks signs in with the
//! passphrase that unlocks their key. What is signed is shown first, from the very bytes, and signed only if it still
//! is that ([`review`]). A page decides nothing: it asks the [`Desk`]. Programs ask beside the pages, under `/api`.

pub(crate) mod escaped;
mod fields;
mod form;
mod frame;
mod guard;
mod pages;
mod print;
mod review;
mod serving;
mod visit;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};

use fangwei_protocol::limits::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX};

pub use self::serving::{Pages, PagesOptions, ServeFailure, serve};
use crate::{api::network, desk::Desk, limits::REQUEST_BYTES_MAX, second_factor::SecondFactorFor, words::Language};

/// What pages need beside the desk.
#[derive(Clone)]
pub(crate) struct Web {
    desk: Desk,
    shared: Arc<Shared>,
}

struct Shared {
    /// Whether pages go over TLS: cookies then never go otherwise.
    is_secure: bool,
    /// Names and addresses under which this node may be asked for, without port; a page that another name leads to
    /// could be somebody else's (DNS rebinding).
    hosts: Vec<String>,
    /// Whose sign-in takes a second factor.
    second_factor: SecondFactorFor,
    /// Deeds that were shown and wait for a yes, by session.
    shown: Mutex<BTreeMap<String, review::Waiting>>,
}

type Here = State<Web>;

/// A form with as many attachments as an act may have, each as large as it may be; form by form there are narrower
/// bounds.
const FORM_BYTES_MAX: usize = ATTACHMENTS_MAX * (ATTACHMENT_BYTES_MAX as usize) + REQUEST_BYTES_MAX;

const STYLE: &str = include_str!("web/assets/style.css");
const SCRIPT: &str = include_str!("web/assets/page.js");
const ICON: &str = include_str!("web/assets/icon.svg");

impl Web {
    /// The pages of a desk.
    pub(crate) fn new(desk: Desk, is_secure: bool, hosts: Vec<String>, second_factor: SecondFactorFor) -> Web {
        Web { desk, shared: Arc::new(Shared { is_secure, hosts, second_factor, shown: Mutex::default() }) }
    }

    fn second_factor(&self) -> SecondFactorFor {
        self.shared.second_factor
    }

    fn language(&self) -> Language {
        self.desk.language()
    }
}

/// The routes of all pages.
pub(crate) fn router(web: Web) -> Router {
    Router::new()
        .merge(pages::routes())
        .merge(review::routes())
        .merge(visit::routes())
        .route("/assets/style.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/assets/page.js", get(|| async { asset("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/assets/icon.svg", get(|| async { asset("image/svg+xml", ICON) }))
        .fallback(pages::nothing_here)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(web.clone())
        .nest(network::ROOT, network::router(web.desk.clone()))
        .layer(middleware::from_fn_with_state(web, guard::guard))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    response
}

#[cfg(test)]
mod tests;
