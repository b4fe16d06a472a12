//! What an officer has to do and to read.

use serde::{Deserialize, Serialize};

/// What an officer has to do 待办 and to read 待阅.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Duties {
    /// The civil day it is reckoned for.
    pub today: String,
    /// What is to be done, what is due earliest first.
    pub duties: Vec<DutyShown>,
    /// What others did that concerns the officer, the newest first, a hundred at most.
    pub readings: Vec<ReadingShown>,
}

/// Something to be done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DutyShown {
    /// What, as `take_up`.
    pub task: String,
    /// The same for people.
    pub task_name: String,
    /// What is owed, who is to be told, which number; none where the task says it all.
    pub about: Option<String>,
    /// Where: `case`, `report`, `triage` or `paper`.
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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReadingShown {
    /// What was done, as `answer`.
    pub deed: String,
    /// The same for people.
    pub deed_name: String,
    /// Where: `case`, `report` or `triage`.
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
}
