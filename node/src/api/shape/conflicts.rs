//! What crossed: fields set differently at the same time, and acts whose authors had not seen each other's.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CaseLine, EntryShown, Spoken, ValueShown};

/// Everything kept here that crossed, as far as whoever asks may see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Conflicts {
    /// Fields with more than one value.
    pub fields: Vec<FieldCrossed>,
    /// Acts of cases, those that people have to settle first.
    pub acts: Vec<ActsCrossed>,
}

/// A field that was set differently at the same time; all values are kept until somebody signs which of them stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldCrossed {
    /// The document, by id.
    pub document: String,
    /// The shortest unique prefix here.
    pub short: String,
    /// Its kind: `risk` or `report`.
    pub kind: String,
    /// What it is called: a risk's description, a draft's title.
    pub title: String,
    /// What its unit is called.
    pub unit_name: String,
    /// The field.
    pub field: String,
    /// What that is called.
    pub label: String,
    /// The values, the one that is shown meanwhile first.
    pub values: Vec<ValueCrossed>,
    /// Whether whoever asks may sign which stands.
    pub may_settle: bool,
}

/// One of the values.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ValueCrossed {
    /// The value.
    pub value: ValueShown,
    /// The entry that set it.
    pub entry: String,
    /// Who wrote that.
    pub author: String,
    /// When, by the author's clock.
    pub time: String,
}

/// Two acts of a case that crossed, or one that contradicts the case's other file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ActsCrossed {
    /// The case.
    #[serde(flatten)]
    pub line: CaseLine,
    /// The act that is without effect, or should not stand.
    pub other: EntryShown,
    /// The one that stands; none where the two files contradict each other.
    pub stands: Option<EntryShown>,
    /// Whether people still have to settle it.
    pub needs_person: bool,
    /// What somebody signed about it, once they looked.
    pub settled: Option<EntryShown>,
    /// What contradicts, where the two files do.
    pub why: Option<Spoken>,
    /// What whoever asks may do about it: what was without effect done again, what stands taken back, and last that it is
    /// settled.
    pub may: Vec<String>,
}
