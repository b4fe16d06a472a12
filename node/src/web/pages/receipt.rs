//! Coming back with a receipt code: what became of a report, for whoever has the code, without signing in.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};

use super::super::{
    Here, Web,
    form::Filled,
    frame::{Frame, Html, Oops},
    visit::Visit,
};
use crate::api::shape::{ReceiptForm, ReceiptShown};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/receipt", get(ask).post(look))
}

#[derive(Template)]
#[template(path = "receipt_code.html")]
struct ReceiptPage {
    f: Frame,
    found: Option<ReceiptShown>,
    problem: Option<(String, Option<String>)>,
}

async fn ask(State(web): Here, visit: Visit) -> Response {
    let f = Frame::new(&web, &visit, "receipt").await;
    Html(ReceiptPage { f, found: None, problem: None }).into_response()
}

/// The code comes in a form, never in an address, which others keep.
async fn look(State(web): Here, visit: Visit, form: Filled) -> Result<Response, Oops> {
    let f = Frame::new(&web, &visit, "receipt").await;
    match web.desk.receipt(&ReceiptForm { code: form.text("code") }, f.language).await {
        Ok(found) => Ok(Html(ReceiptPage { f, found: Some(found), problem: None }).into_response()),
        Err(error) => {
            let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            let failed = crate::words::failed(f.language, &error);
            let problem = Some((failed.message, failed.hint));
            Ok((status, Html(ReceiptPage { f, found: None, problem })).into_response())
        }
    }
}
