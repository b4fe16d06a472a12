//! Reports, risk points and cases as they are asked for and shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{RedactionNote, Spoken};

/// What was written: saved here at once, held above when a node above has confirmed it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListQuery {
    /// Homed at this unit or below (of cases: whose subject is there); none: all.
    pub unit: Option<String>,
    /// How many to pass over, the newest first.
    pub offset: u64,
    /// How many at most; none: 1,000, which is also the most.
    pub limit: Option<u64>,
}

/// Reports, the last changed first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reports {
    /// How many there are.
    pub total: u64,
    /// Those asked for.
    pub reports: Vec<ReportLine>,
}

/// Risk points, the last changed first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Risks {
    /// How many there are.
    pub total: u64,
    /// Those asked for.
    pub risks: Vec<RiskLine>,
}

/// Cases, the last changed first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cases {
    /// How many there are.
    pub total: u64,
    /// Those asked for.
    pub cases: Vec<CaseLine>,
}

/// One report in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
    /// When it was last changed, by its author's clock.
    pub changed: String,
    /// Whether a node above has confirmed all of it.
    pub held_above: bool,
    /// Entries of it that are struck: by a key that was revoked, and nobody stands for them.
    #[serde(default)]
    pub struck: u64,
}

/// One risk point in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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

/// One case in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseLine {
    /// Its id: that of its inner file, also where only the outer file is kept.
    pub id: String,
    /// The shortest unique prefix here.
    pub short: String,
    /// The unit warned.
    pub subject: String,
    /// What that is called.
    pub subject_name: String,
    /// The post warned; none for the unit itself.
    pub post: Option<String>,
    /// How severe: 1 red, 2 yellow, 3 blue.
    pub level: u8,
    /// `proposed`, `approved`, `issued`, `answered` or `lifted`.
    pub stage: String,
    /// When it was last changed, by its author's clock.
    pub changed: String,
    /// Whether a node above has confirmed all of it.
    pub held_above: bool,
    /// Whether the inner file is kept here.
    pub inner_here: bool,
}

/// A report as it is filed.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
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

/// Changes to a risk point, as its editor meant them.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskEdit {
    /// The `heads` of the [`DocumentShown`] the editor looked at; none: as it is now. A stale one makes an honest
    /// concurrent edit, which is merged.
    pub after: Option<Vec<String>>,
    /// Short texts and numbers to be set, or cleared with null.
    pub set: BTreeMap<String, Option<ValueShown>>,
    /// Long texts as they should read: what differs from what the editor saw is changed and nothing else.
    pub texts: BTreeMap<String, String>,
    /// Items to be added to lists.
    pub add: Vec<ItemAdd>,
    /// Items to be taken out of lists.
    pub remove: Vec<ItemRemove>,
}

/// An item to be added to a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRemove {
    /// Which list, as `measures`.
    pub field: String,
    /// Its position in the list the editor saw, from 0.
    pub at: u32,
}

/// One value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ValueShown {
    /// Yes or no.
    Flag(bool),
    /// A whole number; money in fen.
    Number(i64),
    /// A short text.
    Word(String),
}

/// A report or a risk point, whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Alternative {
    /// The value.
    pub value: ValueShown,
    /// The edit that set it.
    pub by: String,
}

/// One entry of a document's history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EntryShown {
    /// Its id.
    pub id: String,
    /// Its place in this node's log.
    pub at: u64,
    /// Who signed it.
    pub author: AuthorShown,
    /// When, by the author's clock.
    pub time: String,
    /// What it does: `edit`, `propose`, `approve`, `issue`, `answer`, `lift`, `certify`, `endorse`, `name_holder`,
    /// `name_units`, `revoke`, `stand`, `redact`, `replace_root`, `witnesses`,
    /// `publish_calendar`, or `unknown` for a void entry that cannot be read.
    pub deed: String,
    /// The changes of an edit, one line each, for people.
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
}

/// A node above that holds an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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

// --- cases

/// Proposes a warning.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProposeForm {
    /// The unit that decides; none: this node's unit.
    pub unit: Option<String>,
    /// The unit warned, or whose post is.
    pub subject: String,
    /// The post warned; none for the unit itself.
    pub post: Option<String>,
    /// How severe: 1 red, 2 yellow, 3 blue.
    pub level: u8,
    /// The ground, as `3.4`.
    pub ground: String,
    /// What happened.
    pub facts: String,
    /// The reports behind it, by id.
    pub reports: Vec<String>,
}

/// Decides for a proposal.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApproveForm {
    /// [`ActShown::shown`] of the proposal that was looked at; none: as it is now.
    pub shown: Option<String>,
}

/// Gives the paper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueForm {
    /// What the paper says and demands.
    pub paper: String,
}

/// Answers a paper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// What the subject says.
    pub text: String,
}

/// Ends a warning.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiftForm {
    /// Why it ends.
    pub reason: String,
    /// The answer that is accepted, by entry id; none: the last.
    #[serde(default)]
    pub answer: Option<String>,
}

/// A case, as far as this node keeps it: below the deciding unit only the outer file is here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseShown {
    /// As in a list.
    #[serde(flatten)]
    pub line: CaseLine,
    /// The unit that decides.
    pub decided_by: String,
    /// What that is called.
    pub decided_by_name: String,
    /// The outer file's id; none before the paper is given.
    pub outer: Option<String>,
    /// The proposal, where the inner file is kept; its `text` is the facts.
    pub proposal: Option<ActShown>,
    /// The ground, as `3.4`.
    pub ground: Option<String>,
    /// The reports behind it, by id.
    pub reports: Vec<String>,
    /// The decision.
    pub approval: Option<ActShown>,
    /// The paper.
    pub paper: Option<ActShown>,
    /// Answers, in order.
    pub answers: Vec<ActShown>,
    /// The end of it; its `text` is the reason.
    pub lifting: Option<ActShown>,
    /// Every entry of both files, in this node's log order.
    pub history: Vec<EntryShown>,
}

/// One step of a case that stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ActShown {
    /// The entry.
    pub entry: String,
    /// Who signed it.
    pub author: AuthorShown,
    /// When, by the author's clock.
    pub time: String,
    /// What it says.
    pub text: Option<String>,
    /// Hash of what is shown here: what an approver signs.
    pub shown: Option<String>,
}
