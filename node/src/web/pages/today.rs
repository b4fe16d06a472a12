//! Today: what whoever signed in has to do, what is due, and what they should read.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};

use super::{
    super::{
        Here, Web,
        form::Filled,
        frame::{Frame, Oops},
        visit::{Member, to},
    },
    page,
};
use crate::api::shape::{DutyShown, ReadForm, ReadingShown};

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    f: Frame,
    today: String,
    overdue: Vec<DutyShown>,
    due: Vec<DutyShown>,
    open: Vec<DutyShown>,
    readings: Vec<ReadingShown>,
    unread: usize,
    conflicts: usize,
}

impl TodayPage {
    /// What is to be done, by how pressing it is.
    fn groups(&self) -> Vec<(String, &[DutyShown])> {
        let f = &self.f;
        vec![
            (f.t("overdue"), self.overdue.as_slice()),
            (f.t("due"), self.due.as_slice()),
            (f.t("to-do-open"), self.open.as_slice()),
        ]
    }

    /// Where a duty is done.
    fn place(&self, kind: &str, id: &str) -> String {
        place(kind, id)
    }
}

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/", get(today)).route("/read", post(read))
}

/// Where something of a kind is looked at.
pub(super) fn place(kind: &str, id: &str) -> String {
    match kind {
        "case" => format!("/cases/{id}"),
        "report" | "triage" => format!("/reports/{id}"),
        "sharing" => format!("/shared/{id}"),
        _ => "/papers".into(),
    }
}

async fn today(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "today", async |f| {
        let all = web.desk.duties(member.officer(), f.language).await?;
        let (overdue, rest): (Vec<_>, Vec<_>) = all.duties.into_iter().partition(|duty| duty.overdue);
        let (due, open): (Vec<_>, Vec<_>) = rest.into_iter().partition(|duty| duty.due.is_some());
        let unread = all.readings.iter().filter(|reading| !reading.read).count();
        let conflicts = web.desk.conflicts_to_settle(member.officer(), f.language).await?;
        Ok(TodayPage { f: f.clone(), today: all.today, overdue, due, open, readings: all.readings, unread, conflicts })
    })
    .await
}

async fn read(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let marked = web.desk.mark_read(member.officer(), &ReadForm { entries: form.all("entry") }).await;
    match marked {
        Ok(_) => Ok(to("/")),
        Err(error) => Err(Oops::of(&Frame::new(&web, &member.visit, "today").await, error)),
    }
}
