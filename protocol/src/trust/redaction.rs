//! Redaction: which entries had words lawfully taken out of them, and what remains.
//!
//! A redaction counts once a second holder has endorsed it, whatever becomes of either of them later: words that were
//! taken out do not come back. From then on everybody, those who still have the body too, uses only what remains. It
//! has the shape of what was said, the same steps at the same positions with texts of the same length, so that what was
//! written later still lands where it was meant to. Source: architecture §6.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{
    record::{
        body::{Act, Content, Step, Value},
        entry::{CertificateId, DocKey, EntryId, Header, Kind},
    },
    trust::{
        charter::{Charter, HolderId},
        root::Agreement,
    },
};

/// Stands where a letter was.
pub const BLOCK: char = '\u{2588}';

/// Holders who must have said a redaction.
const HOLDERS: u8 = 2;

/// A `redact` act, as it was taken in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Redaction {
    /// Who took words out.
    pub author: CertificateId,
    /// Where it stands: the scope of its subject, too.
    pub document: DocKey,
    /// What is left.
    pub remains: Content,
}

/// What is left of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remains {
    /// What everybody uses in place of its body.
    pub content: Content,
    /// The `redact` entries that made it so, ascending.
    pub by: Vec<EntryId>,
}

/// Why words cannot be taken out of an entry like this. Refused when written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum RedactionFault {
    /// The entry is not here, or in another scope.
    #[error("the entry to be redacted is not in this scope")]
    NoSubject,
    /// It decides who is who and what stands.
    #[error("an entry of this kind is never redacted")]
    Forbidden,
    /// What remains is not of the shape of what was said.
    #[error("what remains is not of the shape of what was said")]
    Shape,
    /// What remains says something that was not said.
    #[error("what remains has words that were not said")]
    Words,
}

/// Something that can be taken out.
enum Word<'a> {
    Text(&'a mut String),
    Int(&'a mut i64),
    Flag(&'a mut bool),
}

/// Whether words may be taken out of entries in documents of a kind. Documents that decide who is who and what stands
/// are never redacted: not even what is void in them, so that nobody needs the body to know.
#[must_use]
pub fn is_redactable(kind: Kind) -> bool {
    ![Kind::CERTIFICATE, Kind::STAND, Kind::REDACTION, Kind::ROOT, Kind::WITNESSES].contains(&kind)
}

/// Whether this may remain of what was said: of its shape, each letter of a text as it was or blocked out, each number
/// and each flag as it was or 0 and no. Of a body that says nothing a join remains.
///
/// # Errors
///
/// [`RedactionFault::Shape`] and [`RedactionFault::Words`].
pub fn may_remain(original: Option<&Content>, remains: &Content) -> Result<(), RedactionFault> {
    let Some(original) = original else {
        return if *remains == Content::Edit(Vec::new()) { Ok(()) } else { Err(RedactionFault::Shape) };
    };
    if shape(original) != shape(remains) {
        return Err(RedactionFault::Shape);
    }
    if *remains != meet(original.clone(), remains) {
        return Err(RedactionFault::Words);
    }
    Ok(())
}

/// The shape of something said: everything taken out of it that can be.
#[must_use]
pub fn shape(content: &Content) -> Content {
    let mut shape = content.clone();
    words(&mut shape).into_iter().for_each(Word::take_out);
    shape
}

/// What is left of something said once every occurrence of these words is taken out of each of its texts. Occurrences
/// may overlap; numbers and flags stay.
#[must_use]
pub fn without(content: &Content, taken: &[&str]) -> Content {
    let mut left = content.clone();
    for word in words(&mut left) {
        if let Word::Text(text) = word {
            *text = blocked(text, taken);
        }
    }
    left
}

/// Whether one of these words stands in one of its texts.
#[must_use]
pub fn says(content: &Content, sought: &[&str]) -> bool {
    without(content, sought) != *content
}

/// A text with every occurrence of these words blocked out, found in the text as it was.
fn blocked(text: &str, taken: &[&str]) -> String {
    let is_taken = |at: usize| {
        let covers = |word: &&str, from: usize| text.get(from..).is_some_and(|rest| rest.starts_with(word));
        taken.iter().any(|word| {
            let from = (at + 1).saturating_sub(word.len());
            (from..=at).any(|from| covers(word, from))
        })
    };
    text.char_indices().map(|(at, letter)| if is_taken(at) { BLOCK } else { letter }).collect()
}

/// What both leave: letter by letter of texts, whole numbers and flags. Nothing, if they are not of one shape.
fn meet(mut one: Content, other: &Content) -> Content {
    let mut other = other.clone();
    if shape(&one) != shape(&other) {
        return shape(&one);
    }
    words(&mut one).into_iter().zip(words(&mut other)).for_each(|(word, other)| word.meet(&other));
    one
}

impl Word<'_> {
    /// Leaves what the other leaves too, being of its shape.
    fn meet(self, other: &Word<'_>) {
        match (self, other) {
            (Word::Text(one), Word::Text(other)) => {
                let left = one.chars().zip(other.chars());
                *one = left.map(|(one, other)| if one == other { one } else { BLOCK }).collect();
            }
            (Word::Int(one), Word::Int(other)) if *one == **other => {}
            (Word::Flag(one), Word::Flag(other)) if *one == **other => {}
            (word, _) => word.take_out(),
        }
    }

    fn take_out(self) {
        match self {
            Word::Text(text) => *text = text.chars().map(|_| BLOCK).collect(),
            Word::Int(number) => *number = 0,
            Word::Flag(flag) => *flag = false,
        }
    }
}

/// Everything that can be taken out of something said, in its order.
fn words(content: &mut Content) -> Vec<Word<'_>> {
    match content {
        Content::Edit(steps) => steps.iter_mut().filter_map(word_of_step).collect(),
        Content::Act(Act::NameHolder(named)) => vec![Word::Text(&mut named.name)],
        Content::Act(Act::NameUnits(rows)) => rows.iter_mut().map(|row| Word::Text(&mut row.name)).collect(),
        Content::Act(Act::Inner(act)) => act.texts().into_iter().map(Word::Text).collect(),
        Content::Act(Act::Outer(act)) => act.texts().into_iter().map(Word::Text).collect(),
        Content::Act(Act::Report(act)) => act.texts().into_iter().map(Word::Text).collect(),
        Content::Act(Act::Triage(act)) => act.texts().into_iter().map(Word::Text).collect(),
        Content::Act(Act::Series(act)) => act.texts().into_iter().map(Word::Text).collect(),
        Content::Act(Act::Share(act)) => act.texts().into_iter().map(Word::Text).collect(),
        Content::Act(
            Act::Certify(_)
            | Act::Endorse { .. }
            | Act::Revoke { .. }
            | Act::Stand { .. }
            | Act::Redact { .. }
            | Act::ReplaceRoot { .. }
            | Act::Witnesses { .. }
            | Act::PublishCalendar(_)
            | Act::PackPart { .. }
            | Act::PublishPack(_)
            | Act::Cadre(_),
        ) => Vec::new(),
    }
}

fn word_of_step(step: &mut Step) -> Option<Word<'_>> {
    match step {
        Step::Set { value: Some(value), .. } | Step::Add { item: value, .. } => Some(match value {
            Value::Text(text) => Word::Text(text),
            Value::Int(number) => Word::Int(number),
            Value::Bool(flag) => Word::Flag(flag),
        }),
        Step::Splice { insert, .. } => Some(Word::Text(insert)),
        Step::Set { value: None, .. } | Step::Remove { .. } => None,
    }
}

impl Charter {
    /// Takes in a `redact` act whose signature holds and that is well said.
    pub(crate) fn redact(&mut self, id: EntryId, header: &Header, subject: EntryId, remains: &Content) {
        let redaction = Redaction { author: header.author, document: header.document(), remains: remains.clone() };
        self.acts_mut().redactions.entry(subject).or_default().insert(id, redaction);
    }

    /// How many holders have said a redaction, and how many must.
    #[must_use]
    pub fn agreement_to_redact(&self, id: &EntryId, author: &CertificateId, document: &DocKey) -> Agreement {
        let endorsers = self.endorsements_of(id, document).map(|endorsement| &endorsement.author);
        let holder = |id: &CertificateId| Some(self.certificate(id)?.certificate.holder);
        let holders: BTreeSet<HolderId> = endorsers.chain([author]).filter_map(holder).collect();
        Agreement { have: u8::try_from(holders.len()).unwrap_or(u8::MAX).min(HOLDERS), need: HOLDERS }
    }

    /// What is left of an entry, or `None` if nothing was taken out of it.
    #[must_use]
    pub fn remains(&self, id: &EntryId, header: &Header) -> Option<Remains> {
        let redactions = self.redactions_of(id, header)?;
        let mut counting = redactions.filter(|(by, redaction)| self.counts(by, redaction)).peekable();
        let (_, first) = counting.peek()?;
        let mut remains = Remains { content: first.remains.clone(), by: Vec::new() };
        for (by, redaction) in counting {
            remains.content = meet(remains.content, &redaction.remains);
            remains.by.push(*by);
        }
        Some(remains)
    }

    /// Whether words were taken out of an entry.
    #[must_use]
    pub fn is_redacted(&self, id: &EntryId, header: &Header) -> bool {
        self.redactions_of(id, header)
            .is_some_and(|mut redactions| redactions.any(|(by, redaction)| self.counts(by, redaction)))
    }

    /// The entries that prove that words were taken out of an entry: a redaction, and the first endorsement that makes
    /// it count. None if nothing was taken out.
    #[must_use]
    pub(crate) fn proof_of_redaction(&self, id: &EntryId, header: &Header) -> Vec<EntryId> {
        let counting =
            self.redactions_of(id, header).into_iter().flatten().find(|(by, redaction)| self.counts(by, redaction));
        let Some((by, redaction)) = counting else { return Vec::new() };
        let holder = |id: &CertificateId| Some(self.certificate(id)?.certificate.holder);
        let mut others = self.endorsements_of(by, &redaction.document);
        let other = others.find(|endorsement| holder(&endorsement.author) != holder(&redaction.author));
        other.map_or_else(Vec::new, |endorsement| vec![*by, endorsement.id])
    }

    /// Whether any redaction is known, counting or not.
    #[must_use]
    pub fn has_redactions(&self) -> bool {
        !self.acts.redactions.is_empty()
    }

    /// Every redaction that is known, counting or not: the entry it takes words out of, its own id, what it says.
    pub fn redactions(&self) -> impl Iterator<Item = (&EntryId, &EntryId, &Redaction)> {
        let all = self.acts.redactions.iter();
        all.flat_map(|(subject, by)| by.iter().map(move |(id, redaction)| (subject, id, redaction)))
    }

    /// The redactions that count.
    pub(super) fn counting_redactions(&self) -> impl Iterator<Item = Vec<u8>> {
        let all = self.acts.redactions.values().flatten();
        all.filter(|(id, redaction)| self.counts(id, redaction)).map(|(id, _)| id.0.0.to_vec())
    }

    /// The entries anybody wants words taken out of.
    pub(crate) fn subjects_of_redactions(&self) -> impl Iterator<Item = EntryId> {
        self.acts.redactions.keys().copied()
    }

    /// The entry a `redact` entry wants words taken out of.
    pub(crate) fn subject_of_redaction(&self, redact: &EntryId) -> Option<EntryId> {
        let mut subjects = self.acts.redactions.iter();
        subjects.find(|(_, redactions)| redactions.contains_key(redact)).map(|(subject, _)| *subject)
    }

    /// The redactions of an entry that stand where it stands, if it can be redacted at all.
    fn redactions_of<'c>(
        &'c self,
        id: &EntryId,
        header: &Header,
    ) -> Option<impl Iterator<Item = (&'c EntryId, &'c Redaction)> + use<'c>> {
        let redactions: &BTreeMap<EntryId, Redaction> = self.acts.redactions.get(id)?;
        let scope = header.scope.clone();
        is_redactable(header.kind)
            .then(|| redactions.iter().filter(move |(_, redaction)| redaction.document.scope == scope))
    }

    fn counts(&self, id: &EntryId, redaction: &Redaction) -> bool {
        self.agreement_to_redact(id, &redaction.author, &redaction.document).is_reached()
    }
}

#[cfg(test)]
mod tests;
