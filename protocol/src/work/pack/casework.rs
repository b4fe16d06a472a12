//! What a pack says of every case, whatever its level: whom it concerns, how one is talked with, when one is reminded,
//! what follows.
//!
//! Source: domain §2, §7, packs §1.1, §1.3 and §1.4.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    trust::charter::Role,
    work::{
        case::Level,
        pack::level::{FormId, Named, Words},
    },
};

/// What a role is called where the pack is used, as 防控办公室 for the analysts of a bureau.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleName {
    /// Which.
    #[n(0)]
    pub role: Role,
    /// What people read.
    #[n(1)]
    pub words: Words,
}

/// Whom a warning can be given to.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectRule {
    /// Which sort.
    #[n(0)]
    pub sort: SubjectSort,
    /// Who is meant, as the rules say it.
    #[n(1)]
    pub words: Words,
}

/// A sort of subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum SubjectSort {
    /// 领导班子, as a body.
    #[n(0)]
    LeadingGroup,
    /// A unit.
    #[n(1)]
    Unit,
    /// 科室.
    #[n(2)]
    Section,
    /// Somebody in a post.
    #[n(3)]
    Person,
}

/// Who may act over whom 干部管理权限.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CadreRule {
    /// What decides it.
    #[n(0)]
    pub by: CadreBy,
    /// As the rules say it.
    #[n(1)]
    pub words: Words,
    /// Who keeps the file of a case.
    #[n(2)]
    pub file_kept_by: Words,
}

/// What decides whose bodies act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum CadreBy {
    /// The unit that manages the post's holder, wherever the post stands.
    #[n(0)]
    ManagingUnit,
    /// The unit where the post stands.
    #[n(1)]
    Place,
}

/// How one is talked with 约谈.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterviewRule {
    /// At least so many take part on the side that warns.
    #[n(0)]
    pub interviewers_min: u8,
    /// The roles one of which the main interviewer 主谈人 has.
    #[n(1)]
    #[serde(default)]
    pub main_roles: Vec<Role>,
    /// Who that is, as the rules say it.
    #[n(2)]
    pub main: Words,
    /// The plan with its outline, handed to the main interviewer; none: no plan is asked for.
    #[n(3)]
    pub plan: Option<FormId>,
    /// Whether the person is called in writing, by the form of the way.
    #[n(4)]
    #[serde(default)]
    pub notice: bool,
    /// The record.
    #[n(5)]
    pub record: Option<FormId>,
    /// Whether all present sign the record.
    #[n(6)]
    #[serde(default)]
    pub signed_by_all: bool,
}

/// A reminder of a deadline.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminder {
    /// When.
    #[n(0)]
    pub at: ReminderAt,
    /// So many working days before or after the last day; 0 on that day.
    #[n(1)]
    pub working_days: u16,
    /// Who is reminded.
    #[n(2)]
    #[serde(default)]
    pub to: Vec<Addressee>,
}

/// On which side of the last day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum ReminderAt {
    /// Before it.
    #[n(0)]
    Before,
    /// On it.
    #[n(1)]
    On,
    /// After it.
    #[n(2)]
    After,
}

/// Who is reminded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Addressee {
    /// Whoever owes it.
    #[n(0)]
    Subject,
    /// The handling body.
    #[n(1)]
    HandlingBody,
    /// Who decided the warning.
    #[n(2)]
    Decider,
}

/// What a missed deadline does.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overdue {
    /// Whether the case is flagged.
    #[n(0)]
    #[serde(default)]
    pub flag: bool,
    /// After so many working days an escalation is proposed to the handling body; none: never. A person decides.
    #[n(1)]
    pub proposes_escalation_after: Option<u16>,
}

/// What follows from warnings beyond the case.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consequence {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// Who must have been warned.
    #[n(1)]
    pub of: SubjectSort,
    /// At which level.
    #[n(2)]
    pub level: Level,
    /// So often at least …
    #[n(3)]
    pub count: u8,
    /// … within this.
    #[n(4)]
    pub span: Span,
    /// What follows.
    #[n(5)]
    pub effect: Words,
}

/// Within which time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Span {
    /// One calendar year.
    #[n(0)]
    CalendarYear,
    /// Twelve months in a row.
    #[n(1)]
    TwelveMonths,
    /// Ever.
    #[n(2)]
    Ever,
}

/// What is kept.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// One matter, one file, from what to what.
    #[n(0)]
    pub words: Words,
    /// Into what it enters further, as the integrity archive or the assessment.
    #[n(1)]
    #[serde(default)]
    pub enters: Vec<Named>,
}
