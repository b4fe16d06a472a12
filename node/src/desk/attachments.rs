//! What comes with reports and answers: content is kept before it is named in an act, and shown to whoever is shown the act.

use fangwei_protocol::{
    limits::CHUNK_BYTES,
    record::entry::{Hash, Kind},
    records::Records as _,
    replica::Said,
    work::attachment::{Attachment, are_sound, attached, cut},
};
use tokio::task::spawn_blocking;

use super::{Code, Desk, DeskError, Officer, redacting::entry_of, shortened};
use crate::{
    api::shape::{AttachForm, AttachmentShape, AttachmentShown},
    run::Sight,
    store::{Chunks, StoreFailure},
    view::unknown,
    words::Language,
};

/// Content on its way to whoever asked: chunk by chunk, each checked when it is read.
pub struct Content {
    /// What it is.
    pub attachment: AttachmentShape,
    chunks: Chunks,
    rest: std::vec::IntoIter<Hash>,
}

impl Content {
    /// The next chunk; none at the end.
    ///
    /// # Errors
    ///
    /// `AttachmentNotHere`: it was here when the first one was read, and its file is damaged.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DeskError> {
        let Some(chunk) = self.rest.next() else { return Ok(None) };
        let chunks = self.chunks.clone();
        let bytes = spawn_blocking(move || chunks.read(&chunk)).await.ok().flatten();
        bytes.map(Some).ok_or_else(|| Code::AttachmentNotHere.into())
    }
}

impl Desk {
    /// Keeps content, so that an act can name it: within two days, or it is swept away.
    ///
    /// # Errors
    ///
    /// What is wrong with the attachment; [`Code::DiskFull`], [`Code::StoreFailed`].
    pub async fn attach(&self, form: AttachForm, content: Vec<u8>) -> Result<AttachmentShape, DeskError> {
        let attachment = Attachment::of(form.name, form.media_type, &content);
        attachment.check()?;
        let chunks = self.node().chunks();
        let named = attachment.chunks.clone();
        let keep = move || {
            let mut cut = named.iter().zip(cut(&content));
            cut.try_for_each(|(chunk, bytes)| chunks.keep(chunk, bytes))
        };
        match spawn_blocking(keep).await {
            Ok(Ok(())) => Ok(shape(&attachment)),
            Ok(Err(StoreFailure::DiskFull { path })) => {
                Err(DeskError::new(Code::DiskFull).with("path", path.display().to_string()))
            }
            Ok(Err(failure)) => Err(DeskError::new(Code::StoreFailed).with("reason", failure.to_string())),
            Err(stopped) => Err(DeskError::new(Code::StoreFailed).with("reason", stopped.to_string())),
        }
    }

    /// What an act is to come with, once all of its content is here.
    pub(super) async fn attachments(&self, shapes: Vec<AttachmentShape>) -> Result<Vec<Attachment>, DeskError> {
        let read = |shape: AttachmentShape| {
            let chunks = shape.chunks.iter().map(|chunk| {
                chunk.parse::<Hash>().map_err(|_| DeskError::new(Code::BadId).with("value", shortened(chunk)))
            });
            let chunks = chunks.collect::<Result<_, _>>()?;
            Ok::<_, DeskError>(Attachment {
                name: shape.name,
                media_type: shape.media_type,
                bytes: shape.bytes,
                chunks,
            })
        };
        let attachments = shapes.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        are_sound(&attachments)?;
        let (chunks, named) = (self.node().chunks(), attachments.clone());
        let lacking =
            spawn_blocking(move || named.into_iter().find(|one| !one.chunks.iter().all(|chunk| chunks.touch(chunk))));
        match lacking.await {
            Ok(None) => Ok(attachments),
            Ok(Some(lacking)) => Err(DeskError::new(Code::AttachmentNotKept).with("name", shortened(&lacking.name))),
            Err(stopped) => Err(DeskError::new(Code::StoreFailed).with("reason", stopped.to_string())),
        }
    }

    /// The content of an attachment, by the entry it came with and its place there from 1, if whoever asks is shown that.
    ///
    /// # Errors
    ///
    /// `BadId`, `NoSuchDocument`; [`Code::AttachmentNotHere`] with how much of it is here; `NodeStopped`, `StoreFailed`.
    pub async fn content(
        &self,
        officer: Option<&Officer>,
        entry: &str,
        number: usize,
        language: Language,
    ) -> Result<Content, DeskError> {
        super::check_prefix(entry)?;
        let prefix = entry.to_owned();
        let found = self.node().core().read(move |sight| {
            let said = entry_of(sight, &prefix)?;
            Ok::<_, DeskError>((said.entry.id(), said.entry.header().document(), attached_to(&said, sight)))
        });
        let (id, document, mut attached) = found.await??;
        // Of a report not everybody is shown everything.
        if document.kind == Kind::REPORT {
            let report = self.report_for(officer, &document.doc.to_string(), language).await?;
            let shown = report.document.history.into_iter().find(|one| one.id == id.to_string());
            attached = shown.map(|one| one.attachments).unwrap_or_default();
        }
        let place = number.checked_sub(1);
        let shown = place.and_then(|place| attached.into_iter().nth(place)).ok_or_else(|| unknown(entry))?;
        if shown.here < shown.attachment.bytes {
            let lacking = DeskError::new(Code::AttachmentNotHere).with("here", shown.here);
            return Err(lacking.with("bytes", shown.attachment.bytes));
        }
        let named: Vec<Hash> = shown.attachment.chunks.iter().filter_map(|chunk| chunk.parse().ok()).collect();
        Ok(Content { attachment: shown.attachment, chunks: self.node().chunks(), rest: named.into_iter() })
    }
}

/// What came with an entry, unless words were taken out of it, and how much of that is here.
pub(super) fn attached_to(said: &Said, sight: &Sight<'_>) -> Vec<AttachmentShown> {
    let content = said.content().filter(|_| said.remains.is_none());
    let attachments = content.iter().flat_map(attached);
    let shown = attachments.map(|attachment| {
        let mut rest = attachment.bytes;
        let lengths = attachment.chunks.iter().map(|chunk| {
            let bytes = rest.min(CHUNK_BYTES);
            rest -= bytes;
            if sight.store.has_chunk(chunk) { bytes } else { 0 }
        });
        let here = lengths.sum();
        AttachmentShown { attachment: shape(attachment), here }
    });
    shown.collect()
}

/// An attachment as forms and pages name it.
pub(super) fn shape(attachment: &Attachment) -> AttachmentShape {
    AttachmentShape {
        name: attachment.name.clone(),
        media_type: attachment.media_type.clone(),
        bytes: attachment.bytes,
        chunks: attachment.chunks.iter().map(ToString::to_string).collect(),
    }
}
