//! Something attached to an act: what it is called, how long it is, and what the chunks of its content are called.
//!
//! The act that names it is signed and small; the chunks are found by their hashes, travel apart, and may come later or
//! never. Source: domain §6, architecture §5.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::{
    limits::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, CHUNK_BYTES, NAME_CHARS_MAX},
    record::{
        body::{Act, Content},
        entry::{Hash, Kind},
    },
    work::report::act::ReportAct,
};

/// What is known of an attachment before its content is here.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Attachment {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// Its media type, as `image/jpeg`.
    #[n(1)]
    pub media_type: String,
    /// Its length in bytes, 1 to [`ATTACHMENT_BYTES_MAX`].
    #[n(2)]
    pub bytes: u64,
    /// SHA-256 of each chunk of [`CHUNK_BYTES`], in order; the last may be shorter.
    #[n(3)]
    pub chunks: Vec<Hash>,
}

/// What is wrong with an attachment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum AttachmentFault {
    /// More attachments than [`ATTACHMENTS_MAX`].
    #[error("{count} attachments, at most {ATTACHMENTS_MAX} are allowed")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// Empty, or more bytes than [`ATTACHMENT_BYTES_MAX`].
    #[error("attachment of {bytes} bytes, 1 to {ATTACHMENT_BYTES_MAX} are allowed")]
    TooLarge {
        /// How many there are.
        bytes: u64,
    },
    /// A blank or overlong name, or no media type.
    #[error("the attachment's name or media type is blank or too long")]
    BadName,
    /// Another number of chunks than its length makes.
    #[error("the attachment's chunks do not make its length")]
    Chunks,
}

impl AttachmentFault {
    /// Its name in the API and in text keys.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            AttachmentFault::TooMany { .. } => "too_many_attachments",
            AttachmentFault::TooLarge { .. } => "attachment_too_large",
            AttachmentFault::BadName => "attachment_name",
            AttachmentFault::Chunks => "attachment_chunks",
        }
    }
}

/// Content cut into what chunks are made of.
pub fn cut(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.chunks(usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX))
}

impl Attachment {
    /// Names content.
    #[must_use]
    pub fn of(name: String, media_type: String, content: &[u8]) -> Attachment {
        Attachment { name, media_type, bytes: content.len() as u64, chunks: cut(content).map(Hash::of).collect() }
    }

    /// Whether it can be one at all.
    ///
    /// # Errors
    ///
    /// All of [`AttachmentFault`] but [`AttachmentFault::TooMany`].
    pub fn check(&self) -> Result<(), AttachmentFault> {
        if !(1..=ATTACHMENT_BYTES_MAX).contains(&self.bytes) {
            return Err(AttachmentFault::TooLarge { bytes: self.bytes });
        }
        let is_name = |text: &str| !text.trim().is_empty() && text.chars().count() <= NAME_CHARS_MAX;
        if !is_name(&self.name) || !is_name(&self.media_type) {
            return Err(AttachmentFault::BadName);
        }
        let chunks = usize::try_from(self.bytes.div_ceil(CHUNK_BYTES));
        if chunks == Ok(self.chunks.len()) { Ok(()) } else { Err(AttachmentFault::Chunks) }
    }
}

/// The kinds of documents whose acts can have attachments.
pub const KINDS_WITH_ATTACHMENTS: [Kind; 2] = [Kind::REPORT, Kind::CASE_OUTER];

/// What comes with what an entry says.
#[must_use]
pub fn attached(content: &Content) -> &[Attachment] {
    match content {
        Content::Act(Act::Report(act)) => match &**act {
            ReportAct::File(filed) => &filed.attachments,
            ReportAct::Supplement { attachments, .. } => attachments,
            _ => &[],
        },
        Content::Act(Act::Outer(act)) => act.attachments(),
        _ => &[],
    }
}

/// Whether the attachments of one act can be attached.
///
/// # Errors
///
/// [`AttachmentFault`].
pub fn are_sound(attachments: &[Attachment]) -> Result<(), AttachmentFault> {
    if attachments.len() > ATTACHMENTS_MAX {
        return Err(AttachmentFault::TooMany { count: attachments.len() });
    }
    attachments.iter().try_for_each(Attachment::check)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(bytes: u64, chunks: usize) -> Attachment {
        let chunks = vec![Hash([1; 32]); chunks];
        Attachment { name: "账页.jpg".into(), media_type: "image/jpeg".into(), bytes, chunks }
    }

    #[test]
    fn each_fault_has_its_own_refusal() {
        assert_eq!(attachment(1, 1).check(), Ok(()));
        assert_eq!(attachment(CHUNK_BYTES, 1).check(), Ok(()));
        assert_eq!(attachment(CHUNK_BYTES + 1, 2).check(), Ok(()));
        assert_eq!(attachment(ATTACHMENT_BYTES_MAX, 64).check(), Ok(()));
        assert_eq!(attachment(0, 0).check(), Err(AttachmentFault::TooLarge { bytes: 0 }));
        let bytes = ATTACHMENT_BYTES_MAX + 1;
        assert_eq!(attachment(bytes, 65).check(), Err(AttachmentFault::TooLarge { bytes }));
        assert_eq!(attachment(CHUNK_BYTES + 1, 1).check(), Err(AttachmentFault::Chunks));
        assert_eq!(attachment(CHUNK_BYTES, 2).check(), Err(AttachmentFault::Chunks));
        let unnamed = Attachment { name: " ".into(), ..attachment(1, 1) };
        assert_eq!(unnamed.check(), Err(AttachmentFault::BadName));
        let untyped = Attachment { media_type: String::new(), ..attachment(1, 1) };
        assert_eq!(untyped.check(), Err(AttachmentFault::BadName));
        let many = vec![attachment(1, 1); ATTACHMENTS_MAX + 1];
        assert_eq!(are_sound(&many), Err(AttachmentFault::TooMany { count: ATTACHMENTS_MAX + 1 }));
        assert_eq!(are_sound(&many[..ATTACHMENTS_MAX]), Ok(()));
    }

    #[test]
    fn the_most_that_can_be_attached_fits_into_a_body() {
        let longest = Attachment { name: "名".repeat(NAME_CHARS_MAX), ..attachment(ATTACHMENT_BYTES_MAX, 64) };
        let bytes = crate::record::cbor::encode(&vec![longest; ATTACHMENTS_MAX]);
        assert!(bytes.len() < crate::limits::BODY_BYTES_MAX, "{}", bytes.len());
    }
}
