//! Synchronisation: with whom this node speaks, what waits in which direction and why, and what people have to look at.

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{
        Response,
        sse::{Event, KeepAlive, KeepAliveStream, Sse},
    },
    routing::{get, post},
};
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;

use super::{
    super::{
        Here, Web,
        form::Filled,
        frame::{Frame, Oops},
        visit::{Looks, Member, to},
    },
    page,
};
use crate::api::shape::{Status, SyncForm};

/// How often an open page is told how the node stands.
const TOLD_EVERY: Duration = Duration::from_secs(3);

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/sync", get(show)).route("/sync/now", post(now)).route("/state", get(state))
}

#[derive(Template)]
#[template(path = "sync.html")]
struct SyncPage {
    f: Frame,
    status: Status,
    conflicts: usize,
}

impl SyncPage {
    fn size(&self, bytes: &u64) -> String {
        if *bytes < 1024 * 1024 {
            format!("{} KiB", bytes.div_ceil(1024))
        } else {
            format!("{:.1} MiB", *bytes as f64 / 1_048_576.0)
        }
    }
}

async fn show(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "sync", async |f| {
        let conflicts = web.desk.conflicts_to_settle(member.officer(), f.language).await?;
        Ok(SyncPage { f: f.clone(), status: web.desk.status().await?, conflicts })
    })
    .await
}

async fn now(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    match web.desk.sync(&SyncForm { wait_s: 0 }).await {
        Ok(_) => Ok(to("/sync")),
        Err(error) => Err(Oops::of(&Frame::new(&web, &member.visit, "sync").await, error)),
    }
}

/// The state of the node as long as a page is open: its chip, whenever it changes. A browser that is answered with
/// nothing does not ask again.
async fn state(State(web): Here, looks: Looks) -> Sse<KeepAliveStream<Told>> {
    let (tell, told) = mpsc::channel(2);
    tokio::spawn(async move {
        let mut before = String::new();
        while looks.is_in(&web) {
            let chip = Frame::chip(&web, looks.language).await;
            let now = serde_json::json!({ "state": chip.state, "text": chip.text }).to_string();
            if now != before {
                before.clone_from(&now);
                if tell.send(Ok(Event::default().event("state").data(now))).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(TOLD_EVERY) => {}
                () = tell.closed() => return,
            }
        }
    });
    Sse::new(Told(told)).keep_alive(KeepAlive::default())
}

/// What is told, as it comes.
pub(super) struct Told(mpsc::Receiver<Result<Event, Infallible>>);

impl futures_core::Stream for Told {
    type Item = Result<Event, Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
