//! What a centre shares of reports and cases with departments of its unit, and what they answer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EntryShown, SaidShown, UnitNamed};

/// Something to be shared with a department.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShareForm {
    /// The department: one of the unit of who shares.
    pub with: String,
    /// What it is to know, in words chosen for it.
    pub digest: String,
    /// Why this department.
    pub reason: String,
    /// Fields to be copied as they stand: of a report `title`, `account`, `place`, `happened`, `amount`, `category`, of a case
    /// `ground`, `facts`.
    pub copy: Vec<String>,
    /// What is asked of it; none: it is to know, not to answer.
    pub question: Option<String>,
    /// The last day for answering, as `2026-12-01`.
    pub respond_by: Option<String>,
}

/// Something done with what was shared.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "deed", rename_all = "snake_case", deny_unknown_fields)]
pub enum SharingDeedForm {
    /// 反馈: the department answers.
    Respond {
        /// What.
        text: String,
        /// To what, by its entry's id; none: the oldest that waits, or the newest.
        #[serde(default)]
        entry: Option<String>,
    },
    /// 办结: the centre waits for no answer any more.
    Close {
        /// Why.
        reason: String,
        /// Which; as above.
        #[serde(default)]
        entry: Option<String>,
    },
}

/// What was shared with an officer's unit, or by it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Sharings {
    /// The newest first, a thousand at most.
    pub sharings: Vec<SharingLine>,
}

/// A line of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SharingLine {
    /// The document's id.
    pub id: String,
    /// The shortest unique prefix.
    pub short: String,
    /// `report` or `case`.
    pub kind: String,
    /// The id of that, also where it is not kept.
    pub about: String,
    /// The department.
    pub department: UnitNamed,
    /// What was shared last.
    pub digest: String,
    /// Whether an answer is waited for.
    pub waits: bool,
    /// The earliest last day for it.
    pub respond_by: Option<String>,
    /// How many answers there are.
    pub responses: u64,
    /// When it last changed, by the author's clock.
    pub changed: String,
}

/// What was shared about one matter with one department.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SharingShown {
    /// The document's id.
    pub id: String,
    /// `report` or `case`.
    pub kind: String,
    /// The id of that, also where it is not kept.
    pub about: String,
    /// The department.
    pub department: UnitNamed,
    /// What was shared, in order.
    pub told: Vec<ToldShown>,
    /// Every entry, in this node's log order.
    pub history: Vec<EntryShown>,
}

/// Something shared, with what came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ToldShown {
    /// The digest, by whom and when.
    #[serde(flatten)]
    pub said: SaidShown,
    /// What was copied.
    pub copied: Vec<CopiedShown>,
    /// Why this department.
    pub reason: String,
    /// What was asked.
    pub question: Option<String>,
    /// The last day for answering.
    pub respond_by: Option<String>,
    /// Whether an answer is waited for.
    pub waits: bool,
    /// The answers.
    pub responses: Vec<SaidShown>,
    /// By which the centre ended it.
    pub closed: Option<SaidShown>,
}

/// A field as it was copied.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CopiedShown {
    /// Which.
    pub field: String,
    /// What that is called.
    pub field_name: String,
    /// What it says.
    pub text: String,
}
