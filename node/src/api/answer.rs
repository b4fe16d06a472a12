//! What a request brings (language, session, id, form) and how the answer no is said.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    Json,
    body::{Body, Bytes, HttpBody},
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{
        StatusCode,
        header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use fangwei_protocol::limits::ATTACHMENT_BYTES_MAX;
use http_body::Frame;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::mpsc;

use super::shape::VerifyLine;
use crate::{
    desk::{Code, Desk, DeskError, Officer},
    limits::REQUEST_BYTES_MAX,
    words::{self, Language},
};

/// A shape, or why not.
pub(super) type Answer<T> = Result<Json<T>, No>;

/// The answer no, in the language asked for.
pub(super) struct No {
    pub(super) language: Language,
    pub(super) error: DeskError,
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.code.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        let failed = words::failed(self.language, &self.error);
        let mut response = (status, Json(&failed)).into_response();
        // For whoever says it in another form.
        response.extensions_mut().insert(failed);
        response
    }
}

/// The language asked for.
pub(super) struct Speaks(pub(super) Language);

pub(super) fn language_of(parts: &Parts, desk: &Desk) -> Language {
    let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::accepted(header.unwrap_or_default(), desk.language())
}

impl FromRequestParts<Desk> for Speaks {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Speaks, Self::Rejection> {
        Ok(Speaks(language_of(parts, desk)))
    }
}

/// The token of a session, as it was sent.
pub(super) struct Bearer(pub(super) String);

impl FromRequestParts<Desk> for Bearer {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Bearer, No> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let none = || No { language: language_of(parts, desk), error: Code::NoSession.into() };
        Ok(Bearer(token.ok_or_else(none)?.into()))
    }
}

/// The officer whose session it is.
pub(super) struct Signed(pub(super) Officer);

impl FromRequestParts<Desk> for Signed {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Signed, No> {
        // Over the network an access token was looked at before.
        if let Some(officer) = parts.extensions.get::<Officer>() {
            return Ok(Signed(officer.clone()));
        }
        let Bearer(token) = Bearer::from_request_parts(parts, desk).await?;
        let officer = desk.sessions().officer(&token, Instant::now());
        officer.map(Signed).map_err(|none| No { language: language_of(parts, desk), error: none.into() })
    }
}

/// The officer whose session it is, if whoever asks says who they are.
pub(super) struct Asker(pub(super) Option<Officer>);

impl FromRequestParts<Desk> for Asker {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Asker, No> {
        if parts.headers.get(AUTHORIZATION).is_none() && parts.extensions.get::<Officer>().is_none() {
            return Ok(Asker(None));
        }
        Signed::from_request_parts(parts, desk).await.map(|Signed(officer)| Asker(Some(officer)))
    }
}

/// The id in the route.
pub(super) struct Id(pub(super) String);

impl FromRequestParts<Desk> for Id {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Id, No> {
        match Path::<String>::from_request_parts(parts, desk).await {
            Ok(Path(id)) => Ok(Id(id)),
            Err(_) => {
                let error = DeskError::new(Code::BadId).with("value", parts.uri.path());
                Err(No { language: language_of(parts, desk), error })
            }
        }
    }
}

/// What the query asks.
pub(super) struct Asks<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Desk> for Asks<T> {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Asks<T>, No> {
        match Query::<T>::from_request_parts(parts, desk).await {
            Ok(Query(query)) => Ok(Asks(query)),
            Err(fault) => {
                let error = DeskError::new(Code::BadQuery).with("reason", fault.body_text());
                Err(No { language: language_of(parts, desk), error })
            }
        }
    }
}

/// The form in the body; an empty body is an empty form.
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Desk> for Form<T> {
    type Rejection = No;

    async fn from_request(request: Request, desk: &Desk) -> Result<Form<T>, No> {
        let (parts, body) = request.into_parts();
        let language = language_of(&parts, desk);
        let no = |error| No { language, error };
        let bytes = Bytes::from_request(Request::from_parts(parts, body), desk).await;
        let bytes = bytes.map_err(|fault| match fault.status() {
            StatusCode::PAYLOAD_TOO_LARGE => no(DeskError::new(Code::BodyTooLarge).with("max", REQUEST_BYTES_MAX)),
            _ => no(DeskError::new(Code::BadJson).with("reason", fault.body_text())),
        })?;
        let text = if bytes.is_empty() { b"{}".as_slice() } else { &bytes };
        // The place is told, never the words: they may be what somebody reports.
        let wrong = |fault: serde_json::Error| {
            let reason = format!("{:?}, {}:{}", fault.classify(), fault.line(), fault.column());
            let reason = if fault.is_data() { named(&fault.to_string()).unwrap_or(reason) } else { reason };
            no(DeskError::new(Code::BadJson).with("reason", reason))
        };
        serde_json::from_slice(text).map(Form).map_err(wrong)
    }
}

/// Content in the body, of an attachment.
pub(super) struct Raw(pub(super) Vec<u8>);

impl FromRequest<Desk> for Raw {
    type Rejection = No;

    async fn from_request(request: Request, desk: &Desk) -> Result<Raw, No> {
        let (parts, body) = request.into_parts();
        let language = language_of(&parts, desk);
        let bytes = Bytes::from_request(Request::from_parts(parts, body), desk).await;
        bytes.map(|bytes| Raw(bytes.into())).map_err(|fault| {
            let error = match fault.status() {
                StatusCode::PAYLOAD_TOO_LARGE => DeskError::new(Code::BodyTooLarge).with("max", ATTACHMENT_BYTES_MAX),
                _ => DeskError::new(Code::BadBody).with("reason", fault.body_text()),
            };
            No { language, error }
        })
    }
}

/// An entry's id and a number, in the route.
pub(super) struct Numbered(pub(super) String, pub(super) usize);

impl FromRequestParts<Desk> for Numbered {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Numbered, No> {
        match Path::<(String, usize)>::from_request_parts(parts, desk).await {
            Ok(Path((id, number))) => Ok(Numbered(id, number)),
            Err(_) => {
                let error = DeskError::new(Code::BadId).with("value", parts.uri.path());
                Err(No { language: language_of(parts, desk), error })
            }
        }
    }
}

/// What serde says of fields, which are our names and not people's words.
fn named(said: &str) -> Option<String> {
    let is_ours = said.starts_with("missing field") || said.starts_with("unknown field");
    is_ours.then(|| said.chars().take(200).collect())
}

/// Lines that are sent as they come.
#[derive(Clone)]
pub(super) struct Lines(mpsc::Sender<Bytes>);

/// A body made of lines.
pub(super) struct LinesBody(mpsc::Receiver<Bytes>);

impl Lines {
    pub(super) fn new() -> (Lines, LinesBody) {
        let (lines, body) = mpsc::channel(16);
        (Lines(lines), LinesBody(body))
    }

    /// Sends a line; whether anybody still reads is all the same.
    pub(super) async fn put(&self, line: &VerifyLine) {
        let _ = self.0.send(bytes(line)).await;
    }

    /// Sends what is no line; says whether anybody still reads.
    pub(super) async fn put_bytes(&self, bytes: Vec<u8>) -> bool {
        self.0.send(bytes.into()).await.is_ok()
    }

    /// Sends a line from a thread that may wait.
    pub(super) fn put_blocking(&self, line: &VerifyLine) {
        let _ = self.0.blocking_send(bytes(line));
    }
}

fn bytes(line: &impl Serialize) -> Bytes {
    let mut bytes = serde_json::to_vec(line).unwrap_or_default();
    bytes.push(b'\n');
    bytes.into()
}

impl HttpBody for LinesBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}

impl IntoResponse for LinesBody {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/x-ndjson")], Body::new(self)).into_response()
    }
}
