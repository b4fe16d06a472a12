//! Warnings as whoever is warned has them: what was served, what is owed, what was promised, what became of an objection.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ActShown, AttachmentShown, CaseLine, DeadlineShown};

/// The warnings that concern an officer, those nothing has ended first, then the last changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Warnings {
    /// The warnings.
    pub warnings: Vec<WarningShown>,
}

/// One warning, from its outer file alone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WarningShown {
    /// As in a list.
    #[serde(flatten)]
    pub line: CaseLine,
    /// Whether the officer is named in it: the person, a head of the unit, a member of the leading group. If not, the
    /// officer answers for the unit.
    pub is_named: bool,
    /// What the unit is called that gave it.
    pub decided_by_name: String,
    /// The paper's number; none where it was given without one.
    pub number: Option<String>,
    /// The ground, in words.
    pub ground: Option<String>,
    /// The way, in words.
    pub way: Option<String>,
    /// The warning, and what its paper says.
    pub paper: ActShown,
    /// The day on which the delivery is recorded.
    pub delivered: Option<String>,
    /// The day on which the subject confirmed the receipt.
    pub received: Option<String>,
    /// Interviews it was called to.
    pub calls: Vec<CallShown>,
    /// What is owed.
    pub deadlines: Vec<DeadlineShown>,
    /// The last day for an objection, while none was made.
    pub objection_until: Option<String>,
    /// Whether that rests on a year that is not known 暂定.
    pub objection_provisional: bool,
    /// Whether that day is over.
    pub objection_over: bool,
    /// More time that was asked for, whether answered or not.
    pub extensions: Vec<ExtensionShown>,
    /// Answers, in order.
    pub answers: Vec<AnswerShown>,
    /// What was handed in to show that measures were carried out, in order.
    pub evidence: Vec<EvidenceShown>,
    /// The objection.
    pub objection: Option<ActShown>,
    /// What it came to.
    pub ruling: Option<RulingShown>,
    /// The end of it; its `text` is the reason.
    pub lifting: Option<ActShown>,
    /// What of all the subject can do this officer may do now: `receive`, `answer`, `evidence`, `ask_extension`, `object`.
    pub may: Vec<String>,
}

/// An interview somebody is called to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallShown {
    /// When it is.
    pub at: String,
    /// Where.
    pub place: String,
    /// By whom, the main one first.
    pub interviewers: Vec<String>,
    /// Whether it is recorded as held.
    pub is_held: bool,
}

/// More time that was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ExtensionShown {
    /// What was asked; its `text` is the reason.
    pub asked: ActShown,
    /// How much, as `2w`.
    pub by: String,
    /// How much was given; none where nothing is.
    pub given: Option<String>,
    /// Whether it is still to be answered.
    pub is_open: bool,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AnswerShown {
    /// What was said.
    pub said: ActShown,
    /// What of what is owed it is about.
    pub what_name: String,
    /// What it promises.
    pub measures: Vec<MeasureShown>,
    /// What came with it.
    pub attachments: Vec<AttachmentShown>,
    /// Whether it was accepted; none while nobody has looked at it.
    pub accepted: Option<bool>,
}

/// A measure that was promised.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MeasureShown {
    /// What is done.
    pub what: String,
    /// By whom.
    pub who: String,
    /// Until when.
    pub by: String,
    /// Whether that day is over.
    pub is_over: bool,
}

/// What was handed in to show that measures were carried out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EvidenceShown {
    /// What was said.
    pub said: ActShown,
    /// What came with it.
    pub attachments: Vec<AttachmentShown>,
}

/// What an objection came to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RulingShown {
    /// Whether it was upheld: the warning fell.
    pub is_upheld: bool,
    /// The ruling; its `text` is the reason.
    pub said: ActShown,
}
