//! The kinds of documents and the fields each has. A kind's meaning never changes; new meaning is a new kind.

use thiserror::Error;

use crate::record::{
    body::{Step, Value},
    entry::{Kind, Reach, Shelf},
};

impl Kind {
    /// One certificate, with its endorsements.
    pub const CERTIFICATE: Kind = Kind(1);
    /// Names of units.
    pub const UNITS: Kind = Kind(2);
    /// Names of holders.
    pub const HOLDER: Kind = Kind(3);
    /// A report 预警信息.
    pub const REPORT: Kind = Kind(16);
    /// The inner file of a warning case: proposal and decision, at the deciding unit.
    pub const CASE_INNER: Kind = Kind(17);
    /// The outer file of a warning case: paper, answer, lifting, at the subject's unit.
    pub const CASE_OUTER: Kind = Kind(18);
    /// A risk point 廉政风险点.
    pub const RISK: Kind = Kind(32);
}

/// What a kind of document is made of.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Its code.
    pub kind: Kind,
    /// Its name in the API and in text keys.
    pub name: &'static str,
    /// The shelf it stands on.
    pub shelf: Shelf,
    /// How far its documents may reach: what is confidential never down, whatever is signed.
    pub reaches: &'static [Reach],
    /// Its fields, in the order in which they are shown.
    pub fields: &'static [Field],
}

/// One field of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in entries, the API and text keys.
    pub name: &'static str,
    /// What it holds.
    pub holds: Holds,
}

/// What a field holds, and so how concurrent changes to it merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A short text, set as a whole; of two concurrent values one is shown, both are kept.
    Word,
    /// A whole number, likewise.
    Number,
    /// Yes or no, likewise.
    Flag,
    /// A long text, merged character by character.
    Prose,
    /// A list of short texts, merged item by item.
    Items,
}

/// Why an edit does not fit its kind. Such an edit is void.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SchemaFault {
    /// The kind has no such field.
    #[error("there is no field {field:?}")]
    NoField {
        /// What was named.
        field: String,
    },
    /// The field holds something else.
    #[error("field {field:?} cannot be changed like this")]
    WrongStep {
        /// What was named.
        field: String,
    },
}

const fn field(name: &'static str, holds: Holds) -> Field {
    Field { name, holds }
}

/// Every kind this version knows.
pub const SCHEMAS: &[Schema] = &[
    Schema {
        kind: Kind::CERTIFICATE,
        name: "certificate",
        shelf: Shelf::CHARTER,
        reaches: &[Reach::UP, Reach::DOWN],
        fields: &[],
    },
    Schema { kind: Kind::UNITS, name: "units", shelf: Shelf::CHARTER, reaches: &[Reach::UP, Reach::DOWN], fields: &[] },
    Schema {
        kind: Kind::HOLDER,
        name: "holder",
        shelf: Shelf::CHARTER,
        reaches: &[Reach::UP, Reach::DOWN],
        fields: &[],
    },
    Schema {
        kind: Kind::REPORT,
        name: "report",
        shelf: Shelf::CASE,
        reaches: &[Reach::UP, Reach::LOCAL],
        fields: super::report::FIELDS,
    },
    Schema {
        kind: Kind::CASE_INNER,
        name: "case_inner",
        shelf: Shelf::CASE,
        reaches: &[Reach::UP, Reach::LOCAL],
        fields: &[],
    },
    Schema {
        kind: Kind::CASE_OUTER,
        name: "case_outer",
        shelf: Shelf::CASE,
        reaches: &[Reach::UP, Reach::LOCAL],
        fields: &[],
    },
    Schema {
        kind: Kind::RISK,
        name: "risk",
        shelf: Shelf::LIBRARY,
        reaches: &[Reach::UP, Reach::DOWN, Reach::LOCAL],
        fields: super::risk::FIELDS,
    },
];

pub(crate) const fn word(name: &'static str) -> Field {
    field(name, Holds::Word)
}
pub(crate) const fn number(name: &'static str) -> Field {
    field(name, Holds::Number)
}
pub(crate) const fn prose(name: &'static str) -> Field {
    field(name, Holds::Prose)
}
pub(crate) const fn items(name: &'static str) -> Field {
    field(name, Holds::Items)
}

impl Schema {
    /// The schema of a kind, or `None` if a newer version's.
    #[must_use]
    pub fn of(kind: Kind) -> Option<&'static Schema> {
        SCHEMAS.iter().find(|schema| schema.kind == kind)
    }

    /// One field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether every step changes a field this kind has in a way that field can change.
    ///
    /// # Errors
    ///
    /// The first step that does not fit.
    pub fn check(&self, steps: &[Step]) -> Result<(), SchemaFault> {
        for step in steps {
            let name = step.field();
            let field =
                self.field(name).ok_or_else(|| SchemaFault::NoField { field: name.chars().take(64).collect() })?;
            let fits = match (field.holds, step) {
                (Holds::Word, Step::Set { value, .. }) => matches!(value, None | Some(Value::Text(_))),
                (Holds::Number, Step::Set { value, .. }) => matches!(value, None | Some(Value::Int(_))),
                (Holds::Flag, Step::Set { value, .. }) => matches!(value, None | Some(Value::Bool(_))),
                (Holds::Prose, Step::Splice { .. })
                | (Holds::Items, Step::Add { item: Value::Text(_), .. } | Step::Remove { .. }) => true,
                _ => false,
            };
            if !fits {
                return Err(SchemaFault::WrongStep { field: name.into() });
            }
        }
        Ok(())
    }
}
