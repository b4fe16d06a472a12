//! What is about to be signed, shown from its bytes; the yes; and the receipt for it.

use std::time::{Duration, Instant};

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use fangwei_protocol::record::entry::Hash;

use super::{
    Here, Web,
    form::Filled,
    frame::{Frame, Html, Oops},
    print,
    visit::{Member, to},
};
use crate::{
    desk::{
        Code, Deed, DeskError, Done,
        rehearsal::{Rehearsed, StatementShown},
    },
    run::random,
};

/// What was shown and not answered is forgotten after this: as long as a session is idle.
const SHOWN_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Deeds one session may have shown and not answered: tabs somebody left open.
const SHOWN_MAX: usize = 8;

/// Deeds of one session that wait for a yes.
#[derive(Default)]
pub(super) struct Waiting(Vec<Shown>);

struct Shown {
    id: String,
    deed: Deed,
    rehearsed: Rehearsed,
    /// The page it was asked for on.
    back: String,
    since: Instant,
}

/// Lets an officer see what they would sign; leads to that page.
pub(super) async fn ask(web: &Web, member: &Member, deed: Deed, back: String) -> Result<Response, DeskError> {
    let rehearsed = web.desk.rehearse(member.officer(), deed.clone(), member.language()).await?;
    if rehearsed.statements.is_empty() {
        return Err(Code::NothingChanged.into());
    }
    let id = Hash(random()).to_string().chars().take(32).collect::<String>();
    let place = format!("/sign/{id}");
    web.keep(&member.signed_in.session, Shown { id, deed, rehearsed, back, since: Instant::now() });
    Ok(to(&place))
}

impl Web {
    fn keep(&self, session: &str, shown: Shown) {
        let mut all = self.waiting();
        all.retain(|_, waiting| {
            waiting.0.retain(|one| one.since.elapsed() < SHOWN_LIMIT);
            !waiting.0.is_empty()
        });
        let waiting = all.entry(session.to_owned()).or_default();
        waiting.0.push(shown);
        if waiting.0.len() > SHOWN_MAX {
            waiting.0.remove(0);
        }
    }

    /// Forgets what a session had shown.
    pub(super) fn forget(&self, session: &str) {
        self.waiting().remove(session);
    }

    /// Whether a deed can still be answered, with what it is.
    fn look(&self, session: &str, id: &str) -> Option<(Rehearsed, String)> {
        let all = self.waiting();
        let shown = all.get(session)?.0.iter().find(|one| one.id == id)?;
        Some((shown.rehearsed.clone(), shown.back.clone()))
    }

    /// Takes a deed to be done: it can be answered once.
    fn take(&self, session: &str, id: &str) -> Option<Shown> {
        let mut all = self.waiting();
        let waiting = all.get_mut(session)?;
        let at = waiting.0.iter().position(|one| one.id == id)?;
        Some(waiting.0.remove(at))
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<String, Waiting>> {
        self.shared.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The routes of this room.
pub(super) fn routes() -> Router<Web> {
    Router::new().route("/sign/{id}", get(show).post(sign))
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage {
    f: Frame,
    id: String,
    back: String,
    statements: Vec<StatementShown>,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    f: Frame,
    done: Done,
    statements: Vec<StatementShown>,
    /// Where the document is looked at.
    place: String,
    /// The entry's id as a picture.
    picture: String,
    time: String,
}

async fn show(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "").await;
    let Some((rehearsed, back)) = web.look(&member.signed_in.session, &id) else {
        return Err(Oops::of(&f, Code::NotShownAnyMore.into()));
    };
    let statements = web.desk.shown(&rehearsed, member.language()).await.map_err(|error| Oops::of(&f, error))?;
    Ok(Html(ReviewPage { f, id, back, statements }).into_response())
}

async fn sign(State(web): Here, member: Member, Path(id): Path<String>, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    let f = Frame::new(&web, &member.visit, "").await;
    let oops = |error| Oops::of(&f, error);
    let Some(Shown { deed, rehearsed, back, .. }) = web.take(&member.signed_in.session, &id) else {
        return Err(oops(Code::NotShownAnyMore.into()));
    };
    // What the page said it shows is what is signed, also if two of them are open.
    let hashes: Vec<String> = rehearsed.statements.iter().map(|one| one.hash().to_string()).collect();
    if form.all("shown") != hashes {
        return Err(oops(Code::ChangedMeanwhile.into()));
    }
    let place = place_of(&deed, &back);
    let done = web.desk.perform_as_shown(member.officer(), deed, &rehearsed, member.language()).await;
    let done = done.map_err(oops)?;
    let statements = web.desk.shown(&rehearsed, member.language()).await.map_err(oops)?;
    // Once more, so that what the receipt says of the node is of after the signature.
    let f = Frame::new(&web, &member.visit, "").await;
    let (picture, time) = (print::picture(&done.written.entry), f.as_of.clone());
    let place = place.unwrap_or_else(|kind| format!("{kind}/{}", done.written.document));
    Ok(Html(ReceiptPage { f, done, statements, place, picture, time }).into_response())
}

/// Where one looks at what was written: where it was asked for, or at the new document of this part.
fn place_of(deed: &Deed, back: &str) -> Result<String, &'static str> {
    match deed {
        Deed::File(_) | Deed::Draft(_) => Err("/reports"),
        Deed::Propose(_) => Err("/cases"),
        Deed::AddRisk(_) => Err("/risks"),
        _ => Ok(back.to_owned()),
    }
}
