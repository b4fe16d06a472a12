//! One entry and what proves it.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};

use super::{
    super::{
        Here, Web,
        frame::{Frame, Oops},
        print,
        visit::Member,
    },
    page,
};
use crate::api::shape::ProofShown;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/entries/{id}", get(show))
}

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryPage {
    f: Frame,
    proof: ProofShown,
    /// Its id as a picture.
    picture: String,
}

impl EntryPage {
    /// What was checked, and whether it holds; of what could not be checked, neither.
    fn checks(&self) -> [(Option<bool>, String); 3] {
        let (f, ProofShown { signature_holds, body_holds, log_holds, .. }) = (&self.f, self.proof.clone());
        let signature = if signature_holds { f.t("signature-holds") } else { f.t("signature-breaks") };
        let body = match body_holds {
            Some(true) => f.t("body-holds"),
            Some(false) => f.t("body-differs"),
            None => f.t("body-absent"),
        };
        let log = if log_holds { f.t("log-holds") } else { f.t("log-breaks") };
        [(Some(signature_holds), signature), (body_holds, body), (Some(log_holds), log)]
    }
}

async fn show(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    // A telephone reads the picture in capital letters.
    let id = id.to_ascii_lowercase();
    page(&web, &member, "verify", async |f| {
        let proof = web.desk.proof(member.officer(), &id, f.language).await?;
        Ok(EntryPage { f: f.clone(), picture: print::picture(&proof.entry.id), proof })
    })
    .await
}
