//! Verification: this node's own store, and evidence that somebody brings; what was found, in plain words.

use std::path::PathBuf;

use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Multipart, Path, State},
    http::{
        HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::Response,
    routing::{get, post},
};
use data_encoding::HEXLOWER;
use fangwei_protocol::{record::entry::Hash, trust::genesis::GenesisHash};
use tokio::{io::AsyncWriteExt, task::spawn_blocking};

use super::{
    super::{
        Here, Web,
        form::Filled,
        frame::{Frame, Html, Oops},
        visit::Member,
    },
    page,
};
use crate::{
    api::shape::{EvidenceForm, Verified, VerifyForm},
    audit::bundle,
    desk::{Code, DeskError, verify::shown},
    run::random,
};

/// A bundle that is handed in through a page may have so many bytes: a case with its papers has a few hundred KiB, a
/// village with years of reports some ten MiB. Larger ones are checked on the command line.
const BUNDLE_BYTES_MAX: usize = 128 * 1024 * 1024;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/verify", get(ask))
        .route("/verify/store", post(store))
        .route("/verify/bundle", post(of_bundle).layer(DefaultBodyLimit::max(BUNDLE_BYTES_MAX)))
        .route("/cases/{id}/evidence", get(evidence))
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    f: Frame,
    genesis: String,
    found: Option<Verified>,
    /// What was checked.
    what: String,
}

async fn with(web: &Web, f: &Frame, found: Option<Verified>, what: String) -> VerifyPage {
    VerifyPage { f: f.clone(), genesis: web.desk.node().genesis().hash().0.to_string(), found, what }
}

async fn ask(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "verify", async |f| Ok(with(&web, f, None, String::new()).await)).await
}

async fn store(State(web): Here, member: Member, form: Filled) -> Result<Response, Oops> {
    form.check(&web, &member).await?;
    page(&web, &member, "verify", async |f| {
        let found = web.desk.verify(VerifyForm::default(), f.language, |_, _| {}).await?;
        Ok(with(&web, f, Some(found), f.t("verify-this-store")).await)
    })
    .await
}

/// A file that is gone when nobody uses it any more.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // Left over in the node's folder at worst, and overwritten by nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn of_bundle(State(web): Here, member: Member, mut form: Multipart) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "verify").await;
    let oops = |error: DeskError| Oops::of(&f, error);
    let bad = |reason: &dyn std::fmt::Display| DeskError::new(Code::BadBody).with("reason", reason);
    let disk = |cause: std::io::Error| DeskError::new(Code::DiskFailed).with("reason", cause);
    let (mut expected, mut file, mut is_ours) = (None, None, false);
    while let Some(mut field) = form.next_field().await.map_err(|fault| oops(bad(&fault.body_text())))? {
        match field.name() {
            Some("token") => {
                let token = field.text().await.map_err(|fault| oops(bad(&fault.body_text())))?;
                is_ours = token == member.signed_in.page_token;
            }
            Some("genesis") => {
                let text = field.text().await.map_err(|fault| oops(bad(&fault.body_text())))?;
                let hash: Hash =
                    text.trim().to_ascii_lowercase().parse().map_err(|_| oops(bad(&f.t("bad-fingerprint"))))?;
                expected = Some(GenesisHash(hash));
            }
            Some("bundle") if is_ours => {
                let name: [u8; 12] = random();
                let path = web.desk.node().dir().join(format!("handed-in-{}.tmp", HEXLOWER.encode(&name)));
                let temporary = Temporary(path);
                let mut out = tokio::fs::File::create_new(&temporary.0).await.map_err(|cause| oops(disk(cause)))?;
                while let Some(some) = field.chunk().await.map_err(|fault| oops(bad(&fault.body_text())))? {
                    out.write_all(&some).await.map_err(|cause| oops(disk(cause)))?;
                }
                out.flush().await.map_err(|cause| oops(disk(cause)))?;
                file = Some(temporary);
            }
            _ => {}
        }
    }
    if !is_ours {
        return Err(oops(Code::NotOurForm.into()));
    }
    let file = file.ok_or_else(|| oops(DeskError::new(Code::MissingField).with("field", "attachment")))?;
    let language = f.language;
    let checked = spawn_blocking(move || {
        let checked = bundle::check(&file.0, expected, &mut |_, _| {});
        checked.map(|audited| shown(audited.found, language))
    });
    let checked = checked.await.map_err(|failure| oops(bad(&failure)))?;
    let found = checked.map_err(|failure| oops(DeskError::new(Code::BadBundle).with("reason", failure)))?;
    use axum::response::IntoResponse as _;
    Ok(Html(with(&web, &f, Some(found), f.t("verify-bundle")).await).into_response())
}

/// The evidence of a case, to be carried away: whoever knows the fingerprint can check it without this node.
async fn evidence(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "cases").await;
    let form = EvidenceForm { case: Some(id.clone()), unit: None, all: false };
    let mut writing = web.desk.evidence(Some(member.officer()), &form).await.map_err(|error| Oops::of(&f, error))?;
    let mut bytes = Vec::new();
    while let Some(some) = writing.next().await.map_err(|error| Oops::of(&f, error))? {
        bytes.extend_from_slice(&some);
    }
    let mut response = Response::new(Body::from(bytes));
    let short: String = id.chars().filter(char::is_ascii_hexdigit).take(8).collect();
    let name = HeaderValue::from_str(&format!("attachment; filename=\"case-{short}.fwb\""));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_DISPOSITION, name.unwrap_or(HeaderValue::from_static("attachment")));
    Ok(response)
}
