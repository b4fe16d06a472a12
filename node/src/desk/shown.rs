//! Entries, authors and fields as they are shown: what was said, by whom, what it is worth, who above holds it and when it
//! was written as far as others vouch.

use fangwei_protocol::{
    record::{
        body::{Act, Content, Step, Value},
        document::{FieldValue, Mark, Reading, Setting},
        entry::CertificateId,
    },
    replica::{HeldBy, Said},
    trust::{charter::Role, interval::Claimed},
    work::schema::Schema,
};

use super::{
    Code, DeskError, Values,
    attachments::attached_to,
    texts::{self, deed},
    time::moment,
};
use crate::{
    api::shape::{
        Alternative, AuthorShown, EntryShown, FieldContent, FieldShown, HeldShown, RedactionNote, Spoken, ValueShown,
    },
    run::Sight,
    view::Names,
    words::{self, Language},
};

/// Keys of the words for what an edit changes.
pub const CHANGE_KEYS: &[&str] = &[
    "change-set",
    "change-clear",
    "change-insert",
    "change-delete",
    "change-replace",
    "change-add",
    "change-remove",
    "change-join",
    "word-yes",
    "word-no",
];

/// What showing needs beside the entries themselves.
pub(super) struct Showing<'a> {
    pub sight: &'a Sight<'a>,
    pub names: &'a Names,
    pub language: Language,
}

impl Showing<'_> {
    /// One entry. `marks` is what its document's fold found out about it.
    pub(super) fn entry(&self, said: &Said, marks: Vec<Spoken>) -> Result<EntryShown, DeskError> {
        let header = said.entry.header();
        // Also of a void entry people see what it says.
        let content = said.content();
        let standing = self.sight.replica.standing(&said.entry, self.sight.store)?;
        Ok(EntryShown {
            id: said.entry.id().to_string(),
            at: said.at.0,
            author: self.author(&header.author),
            time: moment(header.claimed_time_s),
            deed: content.as_ref().map_or("unknown", deed).into(),
            deed_name: words::deed(self.language, content.as_ref().map_or("unknown", deed)),
            changes: content.as_ref().map_or_else(Vec::new, |content| self.lines(content)),
            void: said.body.as_ref().err().map(|reason| self.spoken(reason.clone())),
            struck: said.strike.map(|strike| self.spoken(strike)),
            redacted: self.redactions(said)?,
            marks,
            held: standing.held.iter().map(|held| self.held(held)).collect(),
            not_before: standing.interval.not_before_s.map(moment),
            not_after: standing.interval.not_after_s.map(moment),
            claimed: match standing.claimed {
                Claimed::Within => "within",
                Claimed::TooEarly => "too_early",
                Claimed::TooLate => "too_late",
            }
            .into(),
            attachments: attached_to(said, self.sight),
        })
    }

    /// Who took words out of an entry.
    fn redactions(&self, said: &Said) -> Result<Vec<RedactionNote>, DeskError> {
        let mut notes = Vec::new();
        for by in said.redactions() {
            let redaction = self.sight.replica.find(by, self.sight.store)?;
            notes.extend(redaction.and_then(|redaction| self.redaction_note(&redaction)));
        }
        Ok(notes)
    }

    /// Who wants words taken out, when, and on what basis.
    pub(super) fn redaction_note(&self, redaction: &Said) -> Option<RedactionNote> {
        let Some(Content::Act(Act::Redact { basis, .. })) = redaction.content() else { return None };
        let header = redaction.entry.header();
        Some(RedactionNote { by: self.author(&header.author), time: moment(header.claimed_time_s), basis })
    }

    /// What is to be said of an entry because of executing its document.
    pub(super) fn marks(&self, said: &Said, reading: Option<&Reading>) -> Vec<Spoken> {
        let mark = reading.and_then(|reading| reading.marks.get(&said.entry.id()));
        mark.map(|Mark::Inapplicable(why)| self.spoken(why.clone())).into_iter().collect()
    }

    pub(super) fn spoken(&self, why: impl Into<DeskError>) -> Spoken {
        let DeskError { code, values, .. } = why.into();
        words::spoken(self.language, code, &values)
    }

    pub(super) fn author(&self, id: &CertificateId) -> AuthorShown {
        let certified = self.sight.replica.charter().certificate(id);
        AuthorShown {
            certificate: id.to_string(),
            name: self.names.of_certificate(id, self.sight).into(),
            unit: certified.map_or(String::new(), |certified| certified.certificate.unit.to_string()),
            role_names: certified
                .map_or(Vec::new(), |certified| role_names(self.language, &certified.certificate.roles)),
        }
    }

    fn held(&self, held: &HeldBy) -> HeldShown {
        HeldShown {
            unit: held.unit.to_string(),
            unit_name: self.names.unit(&held.unit).into(),
            since: held.since_s.map(moment),
            witnessed: held.witnessed,
        }
    }

    /// The fields of a document, in the order of its kind.
    pub(super) fn fields(&self, schema: &Schema, reading: &Reading) -> Vec<FieldShown> {
        let shown = schema.fields.iter().filter_map(|field| {
            let content = match reading.fields.get(field.name)? {
                FieldValue::Single { shown, others } => FieldContent::Single {
                    value: shown.as_ref().map(|setting| value(&setting.value)),
                    by: shown.as_ref().map(|setting| setting.by.to_string()),
                    others: others.iter().map(alternative).collect(),
                },
                FieldValue::Prose(text) => FieldContent::Prose { text: text.clone() },
                FieldValue::Items(items) => FieldContent::Items { items: items.clone() },
            };
            Some(FieldShown { name: field.name.into(), label: words::field(self.language, field.name), content })
        });
        shown.collect()
    }

    /// What can be taken out of something said, one line each.
    pub(super) fn lines(&self, content: &Content) -> Vec<String> {
        let colon = if self.language == Language::Chinese { "：" } else { ": " };
        let named = |name: &str, text: &str| format!("{}{colon}{text}", words::field(self.language, name));
        match content {
            Content::Edit(steps) => self.changes(steps),
            Content::Act(Act::NameUnits(rows)) => {
                rows.iter().map(|row| format!("{}: {}", row.unit, row.name)).collect()
            }
            Content::Act(act) => {
                let texts = texts::of_act(act).into_iter().filter(|(_, text)| !text.is_empty());
                texts.map(|(name, text)| named(name, text)).collect()
            }
        }
    }

    /// What an edit changes, one line each.
    fn changes(&self, steps: &[Step]) -> Vec<String> {
        if steps.is_empty() {
            return vec![words::text(self.language, "change-join", &Values::new())];
        }
        steps.iter().map(|step| self.change(step)).collect()
    }

    fn change(&self, step: &Step) -> String {
        let mut values = Values::from([("field", step.field().to_owned())]);
        let key = match step {
            Step::Set { value: None, .. } => "change-clear",
            Step::Set { value: Some(value), .. } => {
                values.insert("value", self.value_text(value));
                "change-set"
            }
            Step::Splice { at, delete, insert, .. } => {
                values.extend([("at", at.to_string()), ("delete", delete.to_string()), ("insert", insert.clone())]);
                match (delete, insert.is_empty()) {
                    (0, _) => "change-insert",
                    (_, true) => "change-delete",
                    _ => "change-replace",
                }
            }
            Step::Add { item, .. } => {
                values.insert("value", self.value_text(item));
                "change-add"
            }
            Step::Remove { at, .. } => {
                values.insert("at", (u64::from(*at) + 1).to_string());
                "change-remove"
            }
        };
        words::text(self.language, key, &values)
    }

    fn value_text(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Int(number) => number.to_string(),
            Value::Bool(flag) => words::text(self.language, if *flag { "word-yes" } else { "word-no" }, &Values::new()),
        }
    }
}

fn alternative(setting: &Setting) -> Alternative {
    Alternative { value: value(&setting.value), by: setting.by.to_string() }
}

fn value(value: &Value) -> ValueShown {
    match value {
        Value::Text(text) => ValueShown::Word(text.clone()),
        Value::Int(number) => ValueShown::Number(*number),
        Value::Bool(flag) => ValueShown::Flag(*flag),
    }
}

/// A value as it was asked for.
pub(super) fn asked(value: ValueShown) -> Value {
    match value {
        ValueShown::Word(text) => Value::Text(text),
        ValueShown::Number(number) => Value::Int(number),
        ValueShown::Flag(flag) => Value::Bool(flag),
    }
}

/// The error of a field that is not there.
pub(super) fn no_field(name: &str) -> DeskError {
    DeskError::new(Code::BadField).with("field", super::shortened(name))
}

/// Roles for people.
pub(super) fn role_names(language: Language, roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| words::role(language, *role)).collect()
}
