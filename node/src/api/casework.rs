//! What is done around reports and cases rather than in them: asked by receipt code, shared with departments,
//! reminded of, marked as read.

use axum::extract::State;

use super::{
    Here,
    answer::{Answer, Form, Id, No, Signed, Speaks},
    shape::{
        Conflicts, Meetings, Outbox, ReadForm, ReadMarked, ReceiptForm, ReceiptShown, ShareForm, SharingDeedForm,
        SharingShown, Sharings, Warnings, Written,
    },
};
pub(super) async fn receipt(
    State(desk): Here,
    Speaks(language): Speaks,
    Form(form): Form<ReceiptForm>,
) -> Answer<ReceiptShown> {
    No::or(language, desk.receipt(&form, language).await)
}

pub(super) async fn share_report(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<ShareForm>,
) -> Answer<Written> {
    No::or(language, desk.share_report(&officer, &id, form).await)
}

pub(super) async fn share_case(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<ShareForm>,
) -> Answer<Written> {
    No::or(language, desk.share_case(&officer, &id, form).await)
}

pub(super) async fn sharings(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed) -> Answer<Sharings> {
    No::or(language, desk.sharings(&officer, language).await)
}

pub(super) async fn sharing(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
) -> Answer<SharingShown> {
    No::or(language, desk.sharing(&officer, &id, language).await)
}

pub(super) async fn do_with_sharing(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<SharingDeedForm>,
) -> Answer<Written> {
    No::or(language, desk.do_with_sharing(&officer, &id, form).await)
}

pub(super) async fn mark_read(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<ReadForm>,
) -> Answer<ReadMarked> {
    No::or(language, desk.mark_read(&officer, &form).await)
}

pub(super) async fn outbox(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed) -> Answer<Outbox> {
    No::or(language, desk.reminders(&officer, language).await)
}

pub(super) async fn warnings(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed) -> Answer<Warnings> {
    No::or(language, desk.warnings(&officer, language).await)
}

pub(super) async fn meetings(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed) -> Answer<Meetings> {
    No::or(language, desk.meetings(&officer, language).await)
}

pub(super) async fn conflicts(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
) -> Answer<Conflicts> {
    No::or(language, desk.conflicts(&officer, language).await)
}
