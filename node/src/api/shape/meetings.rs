//! Meetings that decided or are to decide, and interviews from their plan to their record.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ActShown, CaseLine};

/// What an officer may see of meetings and interviews: those to come first, then the newest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Meetings {
    /// Proposals that wait for a meeting.
    pub awaited: Vec<AwaitedMeeting>,
    /// Interviews that are to be held, the earliest first, those without a time last.
    pub to_come: Vec<InterviewShown>,
    /// Interviews that were held, the newest first.
    pub interviews: Vec<InterviewShown>,
    /// Meetings, the newest first.
    pub meetings: Vec<MeetingShown>,
}

/// A proposal the rules have decided by a meeting.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AwaitedMeeting {
    /// The case.
    #[serde(flatten)]
    pub line: CaseLine,
    /// The proposal; its `text` is the facts.
    pub proposal: ActShown,
    /// Who decides it in the meeting, as a role in words.
    pub decider_name: String,
    /// Who has to be there too, as roles in words.
    pub together: Vec<String>,
    /// What the officer may do about it: `approve`, `dismiss`, `return`.
    pub may: Vec<String>,
}

/// A meeting as it is recorded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MeetingShown {
    /// The case.
    #[serde(flatten)]
    pub line: CaseLine,
    /// The entry that records it, who signed that and when.
    pub said: ActShown,
    /// What it decided: `approve`, `dismiss`, `rescind` or `deliberate`.
    pub deed: String,
    /// The same for people.
    pub deed_name: String,
    /// The day.
    pub on: String,
    /// Those present.
    pub present: Vec<PresentShown>,
    /// What came out of it.
    pub outcome: String,
}

/// One who was or is to be there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PresentShown {
    /// The name.
    pub name: String,
    /// As what, in words; none: without a role.
    pub role_name: Option<String>,
}

/// An interview.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct InterviewShown {
    /// The case.
    #[serde(flatten)]
    pub line: CaseLine,
    /// The last entry about it.
    pub entry: String,
    /// How far it is: `planned`, `called`, `passed` (its time is over and nothing is recorded) or `held`.
    pub state: String,
    /// When: a time where one is called to, a day where it was held.
    pub at: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// Who interviews, the main one first.
    pub interviewers: Vec<PresentShown>,
    /// The plan; its `text` is the outline.
    pub plan: Option<ActShown>,
    /// The notice; its `text` is what the paper says.
    pub notice: Option<ActShown>,
    /// The record; its `text` is what was said.
    pub record: Option<ActShown>,
    /// What the officer may do next: `notice`, `interview`.
    pub may: Vec<String>,
}
