//! What a form brings: fields by name, and files that come with it. Read within bounds of length and time.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Multipart, Request},
    http::{
        Method, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use fangwei_protocol::limits::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX};
use tokio::time::timeout;

use super::{
    Web,
    frame::{Frame, Oops},
    visit::{Member, Visit},
};
use crate::{
    api::shape::{AttachForm, AttachmentShape},
    desk::{Code, DeskError},
    limits::{FILES_LIMIT, FORM_LIMIT, REQUEST_BYTES_MAX},
};

/// Fields a form has at most: twenty rows of everything a meeting asks for, and as much again.
const FIELDS_MAX: usize = 512;

/// Media types a browser shows that a reporter sends; anything else is kept as it is, and never shown.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// A form, or what stands behind the question mark.
#[derive(Clone, Default, Debug)]
pub(super) struct Filled {
    fields: Vec<(String, String)>,
    /// What came with it, handed in already.
    pub(super) attachments: Vec<AttachmentShape>,
}

impl Filled {
    /// Of fields, as a test or a link has them.
    #[cfg(test)]
    pub(super) fn of(fields: &[(&str, &str)]) -> Filled {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Filled { fields, attachments: Vec::new() }
    }

    /// Of fields, as a page fills them in.
    pub(super) fn with(fields: Vec<(String, String)>) -> Filled {
        Filled { fields, attachments: Vec::new() }
    }

    /// The first value of a field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The same without surrounding space; empty if it is not there.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().trim().to_owned()
    }

    /// The same; none if there is nothing in it.
    pub(super) fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value of a field that says something.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let values = self.fields.iter().filter(|(key, _)| key == name);
        values.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
    }

    /// Whether it is ticked.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All fields as they came, but for the page's own.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| *name != "token")
    }

    /// Refuses what does not come from a page of this session.
    pub(super) async fn check(&self, web: &Web, member: &Member) -> Result<(), Oops> {
        if self.get("token") == Some(member.signed_in.page_token.as_str()) {
            return Ok(());
        }
        let f = Frame::new(web, &member.visit, "").await;
        Err(Oops::of(&f, Code::NotOurForm.into()))
    }
}

/// A query of these fields.
pub(super) fn query(fields: &[(&str, &str)]) -> String {
    serde_urlencoded::to_string(fields).unwrap_or_default()
}

impl FromRequest<Web> for Filled {
    type Rejection = Oops;

    async fn from_request(request: Request, web: &Web) -> Result<Filled, Oops> {
        let (mut parts, body) = request.into_parts();
        let visit = {
            use axum::extract::FromRequestParts as _;
            let Ok(visit) = Visit::from_request_parts(&mut parts, web).await;
            visit
        };
        let is_read = [Method::GET, Method::HEAD].contains(&parts.method);
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let has_files = kind.starts_with("multipart/form-data");
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let length = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        let request = Request::from_parts(parts, body);
        let read = async {
            if is_read {
                return pairs(query.as_bytes());
            }
            if has_files {
                return with_files(request, web, &visit).await;
            }
            // What says that it is too long is not read at all.
            if length.is_some_and(|length| length > REQUEST_BYTES_MAX) {
                return Err(too_large(REQUEST_BYTES_MAX));
            }
            // Nor is more read of what says nothing.
            match to_bytes(request.into_body(), REQUEST_BYTES_MAX).await {
                Ok(bytes) => pairs(&bytes),
                Err(_) => Err(too_large(REQUEST_BYTES_MAX)),
            }
        };
        let limit = if has_files { FILES_LIMIT } else { FORM_LIMIT };
        let read = match timeout(limit, read).await {
            Ok(read) => read,
            Err(_) => Err(DeskError::new(Code::TooSlow).with("seconds", limit.as_secs())),
        };
        match read {
            Ok(filled) => Ok(filled),
            Err(error) => Err(Oops::of(&Frame::new(web, &visit, "").await, error)),
        }
    }
}

fn too_large(max: usize) -> DeskError {
    DeskError::new(Code::BodyTooLarge).with("max", max)
}

fn pairs(text: &[u8]) -> Result<Filled, DeskError> {
    let bad = |reason: &dyn std::fmt::Display| DeskError::new(Code::BadQuery).with("reason", reason);
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(text).map_err(|fault| bad(&fault))?;
    if fields.len() > FIELDS_MAX {
        return Err(bad(&format!("{} fields", fields.len())));
    }
    Ok(Filled { fields, attachments: Vec::new() })
}

/// Reads a form with files. Each file is handed in as it comes, so that one is in memory at a time; the page's own
/// token comes first, so that nothing is kept for whoever has none.
async fn with_files(request: Request, web: &Web, visit: &Visit) -> Result<Filled, DeskError> {
    let bad = |fault: &axum::extract::multipart::MultipartError| match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(ATTACHMENT_BYTES_MAX as usize),
        _ => DeskError::new(Code::BadBody).with("reason", fault.body_text()),
    };
    let mut multipart = Multipart::from_request(request, web)
        .await
        .map_err(|fault| DeskError::new(Code::BadBody).with("reason", fault.body_text()))?;
    let mut filled = Filled::default();
    let mut rest = REQUEST_BYTES_MAX;
    while let Some(mut field) = multipart.next_field().await.map_err(|fault| bad(&fault))? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(ToOwned::to_owned);
        let max = if file.is_some() { ATTACHMENT_BYTES_MAX as usize } else { rest };
        let mut bytes = Vec::new();
        while let Some(some) = field.chunk().await.map_err(|fault| bad(&fault))? {
            if bytes.len() + some.len() > max {
                return Err(too_large(max));
            }
            bytes.extend_from_slice(&some);
        }
        match file {
            None => {
                rest -= bytes.len();
                let text = String::from_utf8(bytes);
                let text = text.map_err(|_| DeskError::new(Code::BadBody).with("reason", "not UTF-8"))?;
                filled.fields.push((name, text));
                if filled.fields.len() > FIELDS_MAX {
                    return Err(DeskError::new(Code::BadBody).with("reason", "too many fields"));
                }
            }
            // A place for a file that nobody chose.
            Some(_) if bytes.is_empty() => {}
            Some(file) => {
                let token = visit.officer.as_ref().map(|signed_in| signed_in.page_token.as_str());
                if token.is_none() || filled.get("token") != token {
                    return Err(Code::NotOurForm.into());
                }
                if filled.attachments.len() >= ATTACHMENTS_MAX {
                    return Err(DeskError::new(Code::BadBody).with("reason", format!("{ATTACHMENTS_MAX}")));
                }
                let media_type = field_type(&file);
                let form = AttachForm { name: base_name(&file), media_type: media_type.into() };
                filled.attachments.push(web.desk.attach(form, bytes).await?);
            }
        }
    }
    Ok(filled)
}

/// The last part of a path; browsers send that alone, others may not.
fn base_name(file: &str) -> String {
    file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned()
}

/// What a name says of the content. What a browser claims is not asked: it is only another guess by the name.
fn field_type(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    match end.as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("pdf") => "application/pdf",
        Some("txt") => "text/plain",
        Some("doc") => "application/msword",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("xls") => "application/vnd.ms-excel",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("mp3") => "audio/mpeg",
        Some("mp4") => "video/mp4",
        _ => UNKNOWN_TYPE,
    }
}
