//! Reports, risk points and cases as they are asked for and shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Ref, Schema, Type},
};

use super::{RedactionNote, Spoken};

/// What was written: saved here at once, held above when a node above has confirmed it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Written {
    /// The document; of a case, its inner file, which is the case's id.
    pub document: String,
    /// Its shortest unique prefix here.
    pub short: String,
    /// The entry.
    pub entry: String,
    /// The entry's place in this node's log.
    pub at: u64,
}

/// Which documents are listed.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListQuery {
    /// Homed at this unit or below (of cases: whose subject is there); none: all.
    pub unit: Option<String>,
    /// With these words somewhere in its texts, each in one piece.
    pub words: Option<String>,
    /// Of cases: as far as this.
    pub stage: Option<String>,
    /// As severe as this.
    pub level: Option<i64>,
    /// Of reports: of this category.
    pub category: Option<i64>,
    /// Behind the page that said this was next.
    pub after: Option<String>,
    /// How many to pass over, the newest first.
    pub offset: u64,
    /// How many at most; none: 1,000, which is also the most.
    pub limit: Option<u64>,
}

/// Reports, the last changed first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reports {
    /// How many there are that were asked for.
    pub total: u64,
    /// Whether there are more than that: a search stops counting.
    pub at_least: bool,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
    /// Those asked for.
    pub reports: Vec<ReportLine>,
}

/// Risk points, the last changed first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Risks {
    /// How many there are that were asked for.
    pub total: u64,
    /// Whether there are more than that: a search stops counting.
    pub at_least: bool,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
    /// Those asked for.
    pub risks: Vec<RiskLine>,
}

/// One report in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportLine {
    /// Its id.
    pub id: String,
    /// The shortest unique prefix here.
    pub short: String,
    /// Where it is homed.
    pub unit: String,
    /// What that is called.
    pub unit_name: String,
    /// Its title.
    pub title: String,
    /// One of the thirteen categories.
    pub category: Option<i64>,
    /// Its urgency.
    pub urgency: String,
    /// Where it stands: `blank` before it is filed; `left` of a lead, of which nothing else is said.
    pub stage: String,
    /// What that is called.
    pub stage_name: String,
    /// Its number, without the unit's name; none before it is filed.
    pub number: Option<String>,
    /// The unit that has to take it up, or has.
    pub lies_with: Option<super::UnitNamed>,
    /// The last day for accepting it or passing it on, while it waits for that.
    pub acceptance: Option<super::AcceptanceShown>,
    /// What became of it, where that is kept here: `no_substance`, `duplicate`, `lead` or `warning`.
    pub outcome: Option<String>,
    /// What that is called.
    pub outcome_name: Option<String>,
    /// When it was last changed, by its author's clock.
    pub changed: String,
    /// Whether a node above has confirmed all of it.
    pub held_above: bool,
    /// Entries of it that are struck: by a key that was revoked, and nobody stands for them.
    #[serde(default)]
    pub struck: u64,
}

/// One risk point in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RiskLine {
    /// Its id.
    pub id: String,
    /// The shortest unique prefix here.
    pub short: String,
    /// Where it is homed.
    pub unit: String,
    /// What that is called.
    pub unit_name: String,
    /// The post it belongs to.
    pub post: String,
    /// Its kind.
    pub kind: String,
    /// Its level, 1 the highest.
    pub level: Option<i64>,
    /// The beginning of its description.
    pub description: String,
    /// Fields that were set differently at the same time and wait for a person.
    pub alternatives: u64,
    /// When it was last changed, by its author's clock.
    pub changed: String,
    /// Whether a node above has confirmed all of it.
    pub held_above: bool,
    /// Entries of it that are struck: by a key that was revoked, and nobody stands for them.
    #[serde(default)]
    pub struck: u64,
}

/// A report as it is filed.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReportForm {
    /// Where it is homed; none: this node's unit.
    pub unit: Option<String>,
    /// What it is about.
    pub title: String,
    /// One of the thirteen categories.
    pub category: i64,
    /// Where it came from.
    pub source: Option<String>,
    /// The unit concerned.
    pub concerned_unit: Option<String>,
    /// The post concerned.
    pub concerned_post: Option<String>,
    /// What happened.
    pub account: String,
    /// When it happened: RFC 3339, or a date.
    pub happened: Option<String>,
    /// Where it happened.
    pub place: Option<String>,
    /// The amount, in fen.
    pub amount_fen: Option<i64>,
    /// How urgent.
    pub urgency: Option<String>,
}

/// A risk point as it is found.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RiskForm {
    /// Where it is homed; none: this node's unit.
    pub unit: Option<String>,
    /// The post it belongs to.
    pub post: String,
    /// Its kind: `power`, `duty`, `institution`, `morals`, `environment` or `competence`.
    pub kind: String,
    /// What can go wrong.
    pub description: String,
    /// What is done against it.
    pub measures: Vec<String>,
    /// Its level, 1 the highest.
    pub level: i64,
    /// Who sees to the measures.
    pub responsible_post: Option<String>,
}

/// Changes to a risk point or to the draft of a report, as its editor meant them.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RiskEdit {
    /// The `heads` of the [`DocumentShown`] the editor looked at; none: as it is now. A stale one makes an honest
    /// concurrent edit, which is merged.
    pub after: Option<Vec<String>>,
    /// Short texts and numbers to be set, or cleared with null.
    #[schema(schema_with = values_or_null)]
    pub set: BTreeMap<String, Option<ValueShown>>,
    /// Long texts as they should read: what differs from what the editor saw is changed and nothing else.
    pub texts: BTreeMap<String, String>,
    /// Items to be added to lists.
    pub add: Vec<ItemAdd>,
    /// Items to be taken out of lists.
    pub remove: Vec<ItemRemove>,
}

/// An item to be added to a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemAdd {
    /// Which list, as `measures`.
    pub field: String,
    /// Its position afterwards; none: last.
    #[serde(default)]
    pub at: Option<u32>,
    /// The item.
    pub item: String,
}

/// An item to be taken out of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemRemove {
    /// Which list, as `measures`.
    pub field: String,
    /// Its position in the list the editor saw, from 0.
    pub at: u32,
}

/// One value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ValueShown {
    /// Yes or no.
    Flag(bool),
    /// A whole number; money in fen.
    Number(i64),
    /// A short text.
    Word(String),
}

/// Values by the names of fields, null for what is cleared; the derived schema has no words for that.
fn values_or_null() -> Object {
    let null = ObjectBuilder::new().schema_type(Type::Null).build();
    let value = OneOfBuilder::new().item(null).item(Ref::from_schema_name(ValueShown::name()));
    ObjectBuilder::new().additional_properties(Some(Schema::OneOf(value.build()))).build()
}

/// A report or a risk point, whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentShown {
    /// Its id.
    pub id: String,
    /// The shortest unique prefix here.
    pub short: String,
    /// `report` or `risk`.
    pub kind: String,
    /// Where it is homed.
    pub unit: String,
    /// What that is called.
    pub unit_name: String,
    /// Its fields, in the order in which they are shown.
    pub fields: Vec<FieldShown>,
    /// The state shown: to be given back as [`RiskEdit::after`].
    pub heads: Vec<String>,
    /// Whether a node above has confirmed all of it.
    pub held_above: bool,
    /// Every entry, in this node's log order.
    pub history: Vec<EntryShown>,
}

/// One field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldShown {
    /// Its name, as `description`.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// What it says.
    #[serde(flatten)]
    pub content: FieldContent,
}

/// What a field says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "holds", rename_all = "snake_case")]
pub enum FieldContent {
    /// A short text, a number or a flag.
    Single {
        /// What is shown; none if never set or cleared.
        value: Option<ValueShown>,
        /// The edit that set it.
        by: Option<String>,
        /// What was set at the same time and has not been replaced since.
        others: Vec<Alternative>,
    },
    /// A long text.
    Prose {
        /// The text.
        text: String,
    },
    /// A list.
    Items {
        /// The items.
        items: Vec<String>,
    },
}

/// A value set at the same time as the one shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Alternative {
    /// The value.
    pub value: ValueShown,
    /// The edit that set it.
    pub by: String,
}

/// One entry of a document's history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryShown {
    /// Its id.
    pub id: String,
    /// Its place in this node's log.
    pub at: u64,
    /// Who signed it.
    pub author: AuthorShown,
    /// When, by the author's clock.
    pub time: String,
    /// What it does, as `propose`; `unknown` for a void entry that cannot be read.
    pub deed: String,
    /// The same for people.
    #[serde(default)]
    pub deed_name: String,
    /// What it says, one line each, for people: the changes of an edit, the texts of an act.
    pub changes: Vec<String>,
    /// Why it has no effect; none if it has.
    pub void: Option<Spoken>,
    /// Why it is struck, though not void: shown crossed out, without effect; none if it is not.
    pub struck: Option<Spoken>,
    /// Who took words out of it, which then stand here as `█`; empty if nobody did.
    #[serde(default)]
    pub redacted: Vec<RedactionNote>,
    /// What else is to be said of it: an edit that does not apply, a step the case's rules pass over.
    pub marks: Vec<Spoken>,
    /// Nodes above that hold it, root first; empty: saved here only.
    pub held: Vec<HeldShown>,
    /// Not before: the checkpoint from above that it names; none if it names none that is known here.
    pub not_before: Option<String>,
    /// Not after: the first receipt that covers it, or when this node took it in.
    pub not_after: Option<String>,
    /// Its claimed time beside that: `within`, or `too_early`, `too_late` where it contradicts.
    pub claimed: String,
    /// What came with it; nothing where words were taken out of it.
    #[serde(default)]
    pub attachments: Vec<AttachmentShown>,
}

/// What content is called that is handed in as the body of a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachForm {
    /// Its name, as `现场.jpg`.
    pub name: String,
    /// Its media type, as `image/jpeg`.
    pub media_type: String,
}

/// Content that was handed in, as a form names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentShape {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of each chunk of 262,144 bytes, in hexadecimal digits.
    pub chunks: Vec<String>,
}

/// What came with an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AttachmentShown {
    /// What it is.
    #[serde(flatten)]
    pub attachment: AttachmentShape,
    /// Bytes of it that are here; the rest is fetched.
    pub here: u64,
}

/// A node above that holds an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldShown {
    /// Where it stands.
    pub unit: String,
    /// What that is called; empty if nobody named it.
    pub unit_name: String,
    /// Since when, by its clock.
    pub since: Option<String>,
    /// Whether that is witnessed.
    pub witnessed: bool,
}

/// Who signed an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuthorShown {
    /// The certificate.
    pub certificate: String,
    /// The person's name; empty if not known here.
    pub name: String,
    /// Where they stand.
    pub unit: String,
    /// Their roles for people.
    pub role_names: Vec<String>,
}
