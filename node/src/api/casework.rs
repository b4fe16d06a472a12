//! What is done around reports and cases rather than in them: asked by receipt code, shared with departments,
//! reminded of, marked as read.

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};

use super::{
    Here,
    answer::{Answer, Form, Id, No, Signed, Speaks},
    shape::{
        Outbox, ReadForm, ReadMarked, ReceiptForm, ReceiptShown, ShareForm, SharingDeedForm, SharingShown, Sharings,
        Written, route,
    },
};
use crate::desk::Desk;

/// The routes of this room.
pub(super) fn routes() -> Router<Desk> {
    Router::new()
        .route(route::REPORTS_RECEIPT, post(receipt))
        .route(route::REPORT_SHARE, post(share_report))
        .route(route::CASE_SHARE, post(share_case))
        .route(route::SHARINGS, get(sharings))
        .route(route::SHARING, get(sharing))
        .route(route::SHARING_ACTS, post(do_with_sharing))
        .route(route::DUTIES_READ, post(mark_read))
        .route(route::OUTBOX, get(outbox))
}

async fn receipt(State(desk): Here, Speaks(language): Speaks, Form(form): Form<ReceiptForm>) -> Answer<ReceiptShown> {
    No::or(language, desk.receipt(&form, language).await)
}

async fn share_report(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<ShareForm>,
) -> Answer<Written> {
    No::or(language, desk.share_report(&officer, &id, form).await)
}

async fn share_case(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<ShareForm>,
) -> Answer<Written> {
    No::or(language, desk.share_case(&officer, &id, form).await)
}

async fn sharings(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed) -> Answer<Sharings> {
    No::or(language, desk.sharings(&officer, language).await)
}

async fn sharing(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
) -> Answer<SharingShown> {
    No::or(language, desk.sharing(&officer, &id, language).await)
}

async fn do_with_sharing(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<SharingDeedForm>,
) -> Answer<Written> {
    No::or(language, desk.do_with_sharing(&officer, &id, form).await)
}

async fn mark_read(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<ReadForm>,
) -> Answer<ReadMarked> {
    No::or(language, desk.mark_read(&officer, &form).await)
}

async fn outbox(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed) -> Answer<Outbox> {
    No::or(language, desk.reminders(&officer, language).await)
}
