//! Taking words out of an entry: asked for by one person, done when another has endorsed it, and then for good.

use fangwei_protocol::{
    limits::BASIS_CHARS_MAX,
    record::{
        body::{Act, Content},
        entry::{CertificateId, EntryId, Hash, Kind},
    },
    records::{Records as _, key},
    replica::{Draft, Said},
    trust::redaction::{RedactionFault, is_redactable, says, shape, without},
};

use super::{
    Code, Desk, DeskError, Officer, check_prefix, is_prefix, required, shown::Showing, texts::deed, time::moment,
};
use crate::{
    api::shape::{RedactForm, Redacted, RedactionNote, RedactionShown, Redactions},
    founding::new_document,
    run::Sight,
    words::Language,
};

impl Desk {
    /// Asks for words to be taken out of an entry, or only says what would remain. What remains counts once another
    /// person has endorsed it ([`Desk::endorse_entry`]).
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::AmbiguousId`], [`Code::NoSuchEntry`], [`Code::MissingField`], [`Code::TooLong`],
    /// [`Code::RedactionForbidden`], [`Code::RedactionNothing`], [`Code::RedactionBasis`], what the rules refuse.
    pub async fn redact(
        &self,
        officer: &Officer,
        id: &str,
        form: RedactForm,
        language: Language,
    ) -> Result<Redacted, DeskError> {
        check_prefix(id)?;
        let basis = required("basis", &form.basis)?;
        if basis.chars().count() > BASIS_CHARS_MAX {
            return Err(DeskError::new(Code::TooLong).with("field", "basis"));
        }
        if form.words.iter().any(|word| word.trim().is_empty()) || (form.words.is_empty() && !form.all) {
            return Err(DeskError::new(Code::MissingField).with("field", "words"));
        }
        if form.words.iter().any(|word| basis.contains(word.as_str())) {
            return Err(Code::RedactionBasis.into());
        }
        let names = self.fresh_view().await?.names();
        let (id, author, dry_run) = (id.to_owned(), officer.certificate, form.dry_run);
        let looked = self.node().core().read(move |sight| -> Result<_, DeskError> {
            let subject = entry_of(sight, &id)?;
            let header = subject.entry.header();
            if !is_redactable(header.kind) {
                return Err(RedactionFault::Forbidden.into());
            }
            // Of a body that says nothing a join remains.
            let said = subject.content().unwrap_or_else(|| Content::Edit(Vec::new()));
            let taken: Vec<&str> = form.words.iter().map(String::as_str).collect();
            let remains = if form.all { shape(&said) } else { without(&said, &taken) };
            if remains == said && subject.content().is_some() {
                return Err(Code::RedactionNothing.into());
            }
            let showing = Showing { sight, names: &names, language };
            let (by, time) = (showing.author(&author), moment(sight.now.0));
            let note = RedactionNote { by, time, basis: basis.clone() };
            let shown = shown(&showing, &subject, None, &remains, note);
            let mut also_in = Vec::new();
            for other in sight.replica.history(&header.document(), sight.store)? {
                let repeats = other.content().is_some_and(|content| says(&content, &taken));
                if other.entry.id() != subject.entry.id() && repeats {
                    also_in.push(other.entry.id().to_string());
                }
            }
            let act = Act::Redact { subject: subject.entry.id(), basis, remains: Box::new(remains) };
            let document = new_document(header.scope.clone(), Kind::REDACTION);
            let draft = Draft { author, document, after: None, content: Content::Act(act) };
            // Refused now rather than after somebody has confirmed it.
            sight.replica.draft(sight.now, [0; 16], draft.clone(), sight.store)?;
            Ok((Redacted { redaction: shown, also_in }, draft))
        });
        let (mut redacted, draft) = looked.await??;
        if !dry_run {
            let written = self.write(officer, move |_| Ok(draft)).await?;
            redacted.redaction.entry = written.id.to_string();
        }
        Ok(redacted)
    }

    /// The redactions that do not count yet.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn redactions(&self, language: Language) -> Result<Redactions, DeskError> {
        let names = self.fresh_view().await?.names();
        let looked = self.node().core().read(move |sight| -> Result<Redactions, DeskError> {
            let showing = Showing { sight, names: &names, language };
            let charter = sight.replica.charter();
            let mut redactions = Vec::new();
            for (subject, id, redaction) in charter.redactions() {
                if charter.agreement_to_redact(id, &redaction.author, &redaction.document).is_reached() {
                    continue;
                }
                let subject = sight.replica.find(subject, sight.store)?;
                // Where it takes words out of what is elsewhere, it never counts.
                let subject = subject.filter(|said| said.entry.header().scope == redaction.document.scope);
                let said = sight.replica.find(id, sight.store)?;
                let note = said.as_ref().and_then(|said| showing.redaction_note(said));
                if let (Some(subject), Some(note)) = (subject, note) {
                    redactions.push(shown(&showing, &subject, Some(id), &redaction.remains, note));
                }
            }
            Ok(Redactions { redactions })
        });
        looked.await?
    }
}

/// Whether this officer's endorsement would make a redaction count; of other entries nothing is said here.
pub(super) fn may_endorse_redaction(sight: &Sight<'_>, author: &CertificateId, said: &Said) -> Result<(), DeskError> {
    let Some(Content::Act(Act::Redact { .. })) = said.content() else { return Ok(()) };
    let (charter, header) = (sight.replica.charter(), said.entry.header());
    if charter.agreement_to_redact(&said.entry.id(), &header.author, &header.document()).is_reached() {
        return Err(Code::RedactionCounts.into());
    }
    let holder = |id: &CertificateId| charter.certificate(id).map(|known| known.certificate.holder);
    if holder(author) == holder(&header.author) { Err(Code::RedactionOwn.into()) } else { Ok(()) }
}

/// The entry whose id begins like this.
pub(super) fn entry_of(sight: &Sight<'_>, prefix: &str) -> Result<Said, DeskError> {
    let whole = prefix.len() & !1;
    let bytes = data_encoding::HEXLOWER.decode(prefix.get(..whole).unwrap_or_default().as_bytes());
    let bad = || DeskError::new(Code::BadId).with("value", super::shortened(prefix));
    let bytes = bytes.map_err(|_| bad())?;
    let mut found: Vec<EntryId> = Vec::new();
    sight.store.scan(&key::entries(&bytes), &mut |key, _| {
        let id = key.last_chunk::<32>().map(|id| EntryId(Hash(*id)));
        found.extend(id.filter(|id| is_prefix(prefix, &id.to_string())));
        if found.len() > 1 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    })?;
    let unknown = || DeskError::new(Code::NoSuchEntry).with("id", super::shortened(prefix));
    match found.as_slice() {
        [] => Err(unknown()),
        [id] => sight.replica.find(id, sight.store)?.ok_or_else(unknown),
        _ => Err(DeskError::new(Code::AmbiguousId).with("value", prefix)),
    }
}

/// A redaction, asked for (by an entry) or about to be.
fn shown(
    showing: &Showing<'_>,
    subject: &Said,
    by: Option<&EntryId>,
    remains: &Content,
    note: RedactionNote,
) -> RedactionShown {
    let header = subject.entry.header();
    let says = subject.content();
    RedactionShown {
        entry: by.map_or_else(String::new, ToString::to_string),
        subject: subject.entry.id().to_string(),
        deed: says.as_ref().map_or("unknown", deed).into(),
        said_by: showing.author(&header.author),
        said_at: moment(header.claimed_time_s),
        unit: header.scope.home.to_string(),
        unit_name: showing.names.unit(&header.scope.home).into(),
        says: says.map_or_else(Vec::new, |says| showing.lines(&says)),
        remains: showing.lines(remains),
        note,
    }
}
