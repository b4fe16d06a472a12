//! What an officer has to do and to read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an officer has to do 待办 and to read 待阅.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Duties {
    /// The civil day it is reckoned for.
    pub today: String,
    /// What is to be done, what is due earliest first.
    pub duties: Vec<DutyShown>,
    /// What others did that concerns the officer, what was not read first, the newest first, a hundred at most.
    pub readings: Vec<ReadingShown>,
}

/// Something to be done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DutyShown {
    /// What, as `take_up`.
    pub task: String,
    /// The same for people.
    pub task_name: String,
    /// What is owed, who is to be told, which number; none where the task says it all.
    pub about: Option<String>,
    /// Where: `case`, `report`, `triage`, `sharing` or `paper`.
    pub kind: String,
    /// The id of the case, report or register.
    pub id: String,
    /// The shortest unique prefix here; empty for a register.
    pub short: String,
    /// Who is warned, or what the report is about.
    pub title: String,
    /// The entry it follows from.
    pub entry: String,
    /// The last day; none where there is none.
    pub due: Option<String>,
    /// Whether that rests on a year that is not known 暂定.
    pub provisional: bool,
    /// Whether that day is over.
    pub overdue: bool,
    /// Whether nobody else can do it.
    pub is_mine_alone: bool,
}

/// Something to be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReadingShown {
    /// What was done, as `answer`.
    pub deed: String,
    /// The same for people.
    pub deed_name: String,
    /// Where: `case`, `report`, `triage` or `sharing`.
    pub kind: String,
    /// The id of the case or report.
    pub id: String,
    /// The shortest unique prefix here.
    pub short: String,
    /// Who is warned, or what the report is about.
    pub title: String,
    /// The entry.
    pub entry: String,
    /// By whom.
    pub by: String,
    /// When, by the author's clock.
    pub time: String,
    /// The same in seconds since 1970 UTC.
    pub at_s: i64,
    /// Whether the officer has said at this node that they have read it.
    pub read: bool,
}

/// What an officer has read.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadForm {
    /// Entries of [`ReadingShown`], by whole ids, a thousand at most; none: all that is to be read now.
    pub entries: Vec<String>,
}

/// What was marked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReadMarked {
    /// How many were not marked before.
    pub marked: u64,
}

/// The reminders this node made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Outbox {
    /// The newest first, a thousand at most.
    pub lines: Vec<OutboxLine>,
}

/// A reminder: of one duty, at one stage.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OutboxLine {
    /// When it was made.
    pub made: String,
    /// Where: `case`, `report` or `sharing`.
    pub kind: String,
    /// The id of that.
    pub id: String,
    /// What, as `take_up`.
    pub task: String,
    /// The same for people.
    pub task_name: String,
    /// What is owed, who is to be told.
    pub about: Option<String>,
    /// The last day.
    pub due: String,
    /// `before 3`: three working days before it; `on`; `after 1`.
    pub stage: String,
    /// The same for people, without the number.
    pub stage_name: String,
    /// The unit of who is reminded.
    pub unit: String,
    /// Who: `subject` (whoever owes it), `handling_body`, `decider`.
    pub to: Vec<String>,
    /// `waiting`: it was not sent yet.
    pub state: String,
    /// The same for people.
    pub state_name: String,
}
