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
    /// One who stands for a stretch of a feed.
    pub const STAND: Kind = Kind(4);
    /// A redaction, with its endorsement.
    pub const REDACTION: Kind = Kind(5);
    /// The root keys handed over, with endorsements.
    pub const ROOT: Kind = Kind(6);
    /// Who witnesses the root's checkpoints.
    pub const WITNESSES: Kind = Kind(7);
    /// A version of a policy pack 制度包, with its parts.
    pub const PACK: Kind = Kind(8);
    /// Years of the working-day calendar 工作日历.
    pub const CALENDAR: Kind = Kind(9);
    /// A report 预警信息.
    pub const REPORT: Kind = Kind(16);
    /// The inner file of a warning case: proposal and decision, at the deciding unit.
    pub const CASE_INNER: Kind = Kind(17);
    /// The outer file of a warning case: paper, answer, lifting, at the subject's unit.
    pub const CASE_OUTER: Kind = Kind(18);
    /// What became of reports, at the deciding unit.
    pub const TRIAGE: Kind = Kind(19);
    /// A register of serial numbers of papers.
    pub const PAPER_SERIES: Kind = Kind(20);
    /// A register of the posts a unit manages 干部管理权限.
    pub const CADRES: Kind = Kind(21);
    /// What a centre shares of a report or a case with a department 共享.
    pub const SHARING: Kind = Kind(22);
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
    /// The shelves it may stand on; what is new goes to the first.
    pub shelves: &'static [Shelf],
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

const UP_OR_DOWN: &[Reach] = &[Reach::UP, Reach::DOWN];
const UP_OR_LOCAL: &[Reach] = &[Reach::UP, Reach::LOCAL];
const ANYWHERE: &[Reach] = &[Reach::UP, Reach::DOWN, Reach::LOCAL];
const EVERY_SHELF: &[Shelf] = &[Shelf::CHARTER, Shelf::CASE, Shelf::LIBRARY];

/// A kind that takes acts only.
const fn acts(kind: Kind, name: &'static str, shelves: &'static [Shelf], reaches: &'static [Reach]) -> Schema {
    Schema { kind, name, shelves, reaches, fields: &[] }
}

/// Every kind this version knows.
pub const SCHEMAS: &[Schema] = &[
    acts(Kind::CERTIFICATE, "certificate", &[Shelf::CHARTER], UP_OR_DOWN),
    acts(Kind::UNITS, "units", &[Shelf::CHARTER], UP_OR_DOWN),
    acts(Kind::HOLDER, "holder", &[Shelf::CHARTER], UP_OR_DOWN),
    // These two stand where what they speak of stands.
    acts(Kind::STAND, "stand", EVERY_SHELF, ANYWHERE),
    acts(Kind::REDACTION, "redaction", EVERY_SHELF, ANYWHERE),
    acts(Kind::ROOT, "root", &[Shelf::CHARTER], &[Reach::DOWN]),
    acts(Kind::WITNESSES, "witnesses", &[Shelf::CHARTER], &[Reach::DOWN]),
    acts(Kind::PACK, "pack", &[Shelf::CHARTER], &[Reach::DOWN]),
    acts(Kind::CALENDAR, "calendar", &[Shelf::CHARTER], &[Reach::DOWN]),
    Schema {
        kind: Kind::REPORT,
        name: "report",
        shelves: &[Shelf::CASE],
        reaches: UP_OR_LOCAL,
        fields: super::report::FIELDS,
    },
    acts(Kind::CASE_INNER, "case_inner", &[Shelf::CASE], UP_OR_LOCAL),
    acts(Kind::CASE_OUTER, "case_outer", &[Shelf::CASE], UP_OR_LOCAL),
    acts(Kind::TRIAGE, "triage", &[Shelf::CASE], UP_OR_LOCAL),
    acts(Kind::PAPER_SERIES, "paper_series", &[Shelf::CASE], UP_OR_LOCAL),
    acts(Kind::CADRES, "cadres", &[Shelf::CHARTER], &[Reach::DOWN]),
    acts(Kind::SHARING, "sharing", &[Shelf::CASE], &[Reach::UP]),
    Schema {
        kind: Kind::RISK,
        name: "risk",
        shelves: &[Shelf::LIBRARY],
        reaches: ANYWHERE,
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
