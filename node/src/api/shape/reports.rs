//! Reports and their triage: what is filed, what is done with them, and how they are shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AttachmentShape, AuthorShown, DocumentShown, Written};

/// A report to be filed. What is left out comes from the draft, if one is named.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FileForm {
    /// The draft to be filed, by id; none: a new report.
    pub draft: Option<String>,
    /// The reporting unit of a new report; none: this node's.
    pub unit: Option<String>,
    /// The unit that is to take it up; none: the reporting unit's centre, or the one above where the matter is about that
    /// unit or its head.
    pub to: Option<String>,
    /// The category of information, by number.
    pub category: Option<i64>,
    /// The source, by the pack's id or words.
    pub source: Option<String>,
    /// `officer`, `named`, `anonymous` or `invited`; none: `invited` for whoever reports in no other role, else `officer`.
    pub origin: Option<String>,
    /// Of a `named` one: who, and how to reach them.
    pub who: Option<String>,
    /// Whom or what it is about.
    pub concerned: Option<ConcernedForm>,
    /// What it is about, in a line.
    pub title: Option<String>,
    /// What happened.
    pub account: Option<String>,
    /// When: RFC 3339, or a date.
    pub happened: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// The amount, in fen.
    pub amount_fen: Option<i64>,
    /// Whether it cannot wait.
    pub urgent: Option<bool>,
    /// What comes with it, handed in before.
    pub attachments: Vec<AttachmentShape>,
}

/// Whom or what a report is about.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConcernedForm {
    /// The unit.
    pub unit: String,
    /// The post; empty: the unit itself.
    pub post: String,
    /// The person, by an officer's id.
    pub officer: Option<String>,
    /// Whether that is the unit's head, or one of its leading group.
    pub head: bool,
}

/// A report that was filed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportFiled {
    /// What was written.
    #[serde(flatten)]
    pub written: Written,
    /// Its number, as people write it.
    pub number: String,
    /// The unit that is to take it up.
    pub to: String,
    /// What that is called.
    pub to_name: String,
    /// Of an anonymous one: the code with which the reply can be read. It is shown this once; only its hash is kept.
    pub receipt_code: Option<String>,
}

/// Something done with a report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "deed", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReportDeedForm {
    /// 退补: something is missing.
    AskBack {
        /// What.
        question: String,
    },
    /// 补充: more about it.
    Supplement {
        /// What.
        text: String,
        /// The question it answers, by its entry's id; none: the oldest that waits, if one does.
        #[serde(default)]
        question: Option<String>,
        /// What comes with it, handed in before.
        #[serde(default)]
        attachments: Vec<AttachmentShape>,
    },
    /// 受理: it is taken up.
    Accept,
    /// 转办: another unit takes it up. One that does not stand above gets a report of its own.
    PassOn {
        /// Which.
        to: String,
    },
    /// 撤回: its author takes it back.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// 答复: what whoever reported is told.
    Reply {
        /// What.
        text: String,
    },
}

/// Somebody asks what became of what they reported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptForm {
    /// The receipt code; spaces, dashes and small letters do not matter.
    pub code: String,
}

/// What whoever has the receipt code is told: never who deals with it, nor where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptShown {
    /// `received`, `accepted`, `in_hand`, `closed`, `withdrawn` or `passed_on`.
    pub state: String,
    /// The same for people.
    pub state_name: String,
    /// The day it was filed.
    pub filed: String,
    /// What is asked back and not answered yet.
    pub questions: Vec<ReceiptSaid>,
    /// What is to be told to whoever reported, in order.
    pub replies: Vec<ReceiptSaid>,
}

/// Something said to whoever reported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReceiptSaid {
    /// The day.
    pub on: String,
    /// What.
    pub text: String,
}

/// Something done in the triage of a report, at the unit of who does it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "deed", rename_all = "snake_case", deny_unknown_fields)]
pub enum TriageForm {
    /// Begins it.
    Open,
    /// 不实、无实质内容.
    NoSubstance {
        /// Why.
        reason: String,
    },
    /// 重复.
    Duplicate {
        /// Of which report.
        of: String,
        /// Why.
        reason: String,
    },
    /// 案件线索: handed over; nothing is said of it.
    Lead,
    /// 预警: a case was opened on it.
    Warning {
        /// The case.
        case: String,
        /// Why.
        reason: String,
    },
    /// Looks at it again.
    Reopen {
        /// Why.
        reason: String,
    },
    /// 转办: it is another unit's, which the report says too.
    PassOn {
        /// Whose.
        to: String,
        /// Why.
        reason: String,
    },
    /// 回避.
    Recuse {
        /// Who, by an officer's id; none: oneself.
        #[serde(default)]
        officer: Option<String>,
        /// Why.
        reason: String,
    },
}

/// A report, whole: the draft, and what became of it once it was filed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportShown {
    /// The document. Fields are the draft's and empty once it is filed; of a lead nothing is said.
    #[serde(flatten)]
    pub document: DocumentShown,
    /// Where it stands: `blank` before it is filed.
    pub stage: String,
    /// What that is called.
    pub stage_name: String,
    /// The report as it was filed; none before, and of a lead.
    pub filed: Option<FiledShown>,
    /// The unit that has to take it up, or has.
    pub lies_with: Option<UnitNamed>,
    /// The last day for accepting it or passing it on, while it waits for that.
    pub acceptance: Option<AcceptanceShown>,
    /// Questions that wait.
    pub questions: Vec<SaidShown>,
    /// What was added.
    pub supplements: Vec<SaidShown>,
    /// What whoever reported was told.
    pub replies: Vec<SaidShown>,
    /// What was made of it, where that is kept: by unit.
    pub triage: Vec<TriageShown>,
    /// What was shared of it with departments: told to officers, where it is kept.
    pub shared: Vec<super::SharingShown>,
}

/// A report as it was filed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FiledShown {
    /// The entry.
    pub entry: String,
    /// Who signed it.
    pub author: AuthorShown,
    /// When, by the author's clock.
    pub time: String,
    /// Its number, as people write it.
    pub number: String,
    /// The unit it went to.
    pub to: UnitNamed,
    /// The rules it goes by, as `township 3`.
    pub rules: String,
    /// The category of information.
    pub category: u8,
    /// What that is called.
    pub category_name: String,
    /// The source, by the pack's id.
    pub source: String,
    /// What that is called.
    pub source_name: String,
    /// `officer`, `named`, `anonymous`, `invited` or `passed_on`.
    pub origin: String,
    /// What that is called.
    pub origin_name: String,
    /// Of a named one: who. Shown to officers only.
    pub who: Option<String>,
    /// Whom or what it is about.
    pub concerned: Option<ConcernedShown>,
    /// What it is about.
    pub title: String,
    /// What happened.
    pub account: String,
    /// When.
    pub happened: Option<String>,
    /// Where; may be empty.
    pub place: String,
    /// The amount, in fen.
    pub amount_fen: Option<i64>,
    /// Whether it cannot wait.
    pub urgent: bool,
}

/// Whom or what a report is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConcernedShown {
    /// The unit.
    pub unit: UnitNamed,
    /// The post; may be empty.
    pub post: String,
    /// The person's name, if an officer.
    pub person: Option<String>,
    /// Whether that is the unit's head.
    pub head: bool,
}

/// A unit and what it is called.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitNamed {
    /// Its path.
    pub unit: String,
    /// Its name; may be empty.
    pub name: String,
}

/// By when a report is to be accepted or passed on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptanceShown {
    /// The last day, as `2026-11-22`.
    pub until: String,
    /// 暂定: it rests on a year nobody has published.
    pub provisional: bool,
    /// Whether it is over.
    pub overdue: bool,
}

/// Something said about a report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SaidShown {
    /// The entry.
    pub entry: String,
    /// Who signed it.
    pub author: AuthorShown,
    /// When, by the author's clock.
    pub time: String,
    /// What.
    pub text: String,
}

/// What a unit made of a report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TriageShown {
    /// Which unit.
    pub unit: UnitNamed,
    /// Where it stands.
    pub stage: String,
    /// What that is called.
    pub stage_name: String,
    /// `no_substance`, `duplicate`, `lead` or `warning`, once that is decided.
    pub outcome: Option<String>,
    /// What that is called.
    pub outcome_name: Option<String>,
    /// Of a duplicate: the report it repeats, where that is kept; of a warning: the case.
    pub linked: Option<String>,
    /// Why; empty of a lead.
    pub reason: String,
    /// Who decided.
    pub by: Option<AuthorShown>,
    /// Who takes no part.
    pub recused: Vec<String>,
    /// Every entry, in this node's log order.
    pub history: Vec<super::EntryShown>,
}
