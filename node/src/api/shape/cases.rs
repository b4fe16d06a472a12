//! Warning cases as they are proposed, acted in and shown.
//!
//! People say what only people know. Which entry an act is about, the hash of what was shown, the number of a paper and
//! the day it is today are filled in by the node.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AttachmentShape, AuthorShown, EntryShown, Spoken};

/// Cases, the last changed first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Cases {
    /// How many there are that were asked for.
    pub total: u64,
    /// Whether there are more than that: a search stops counting.
    pub at_least: bool,
    /// How many of this page are left out, since whoever asks may see nothing of them.
    #[serde(default)]
    pub closed: u64,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
    /// Those asked for.
    pub cases: Vec<CaseLine>,
}

/// One case in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
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
    /// How far it is, as `proposed` or `issued`.
    pub stage: String,
    /// The same for people.
    #[serde(default)]
    pub stage_name: String,
    /// When it was last changed, by its author's clock.
    pub changed: String,
    /// Whether a node above has confirmed all of it.
    pub held_above: bool,
    /// Whether the inner file is kept here.
    pub inner_here: bool,
}

/// Whom a warning is about.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectIs {
    /// A person in a post where one is named, else the unit.
    #[default]
    Usual,
    /// 领导班子: the unit's leading group.
    LeadingGroup,
    /// The unit itself.
    Unit,
    /// A person in a post.
    Person,
}

/// Proposes a warning.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProposeForm {
    /// The unit that decides; none: this node's unit.
    pub unit: Option<String>,
    /// Whom it is about.
    pub sort: SubjectIs,
    /// The unit warned, or whose post is.
    pub subject: String,
    /// The post warned.
    pub post: Option<String>,
    /// The person in it, or members of the leading group or heads of the unit, as far as they are officers: their
    /// certificates' ids.
    pub holders: Vec<String>,
    /// The unit that manages the post; none: the one that decides.
    pub managed_by: Option<String>,
    /// How severe: 1 red, 2 yellow, 3 blue.
    pub level: u8,
    /// The ground, as `3.4`.
    pub ground: String,
    /// Why, where the ground asks for it.
    pub reason: String,
    /// The way of the level; none: its only one, or the first for the ground.
    pub way: Option<String>,
    /// What happened.
    pub facts: String,
    /// The reports behind it, by id.
    pub reports: Vec<String>,
    /// The case it carries up, by id.
    pub follows: Option<String>,
}

/// A meeting that decided.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeetingForm {
    /// The day; none: today.
    pub on: Option<String>,
    /// Those present.
    pub present: Vec<PresentForm>,
    /// What came out of it.
    pub outcome: String,
}

/// One who was present.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PresentForm {
    /// Name and post.
    pub name: String,
    /// An officer's certificate, by id; none: no officer.
    pub officer: Option<String>,
    /// As what, as `secretary`; none: as none.
    pub role: Option<String>,
}

/// One who interviews.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InterviewerForm {
    /// The officer's certificate, by id.
    pub officer: String,
    /// As what, as `secretary`.
    pub role: String,
}

/// A term that the rules leave to the paper or the record.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TermForm {
    /// For what: `account`, `answer`, `measures`, `correction` or `report`.
    pub what: String,
    /// How long, as `7wd` working days, `2w` weeks, `1m` months.
    pub term: String,
}

/// One measure.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeasureForm {
    /// What is done.
    pub what: String,
    /// By whom.
    pub who: String,
    /// Until when, as `2026-11-22`.
    pub by: String,
}

/// Something done in a case that was proposed. `shown` is what was looked at ([`CaseShown::to_sign`]); none: as it is
/// now. Days are as `2026-11-22`; none: today.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "deed", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of protocol's InnerAct and OuterAct, in words")]
pub enum CaseForm {
    /// Proposes again what was returned.
    Propose(Box<ProposeForm>),
    /// 退回.
    Return { reason: String },
    /// The proposer takes the proposal back.
    Drop { reason: String },
    /// 回避: of the officer who asks, or of another one.
    Recuse {
        #[serde(default)]
        officer: Option<String>,
        reason: String,
    },
    /// Decides for the proposal.
    Approve {
        #[serde(default)]
        shown: Option<String>,
        #[serde(default)]
        meeting: Option<MeetingForm>,
    },
    /// Decides against it.
    Dismiss {
        #[serde(default)]
        shown: Option<String>,
        #[serde(default)]
        meeting: Option<MeetingForm>,
    },
    /// 谈话方案.
    Plan { outline: String, interviewers: Vec<InterviewerForm> },
    /// Takes the decision back.
    Rescind {
        reason: String,
        #[serde(default)]
        meeting: Option<MeetingForm>,
    },
    /// 移送: it is a lead; said in the inner file.
    ReferProposal { reason: String },
    /// What became of looking into the objection.
    Deliberate {
        findings: String,
        upheld: bool,
        #[serde(default)]
        meeting: Option<MeetingForm>,
    },
    /// Why the case is carried up: to the level, or, without one, to organisational handling.
    Raise {
        #[serde(default)]
        level: Option<u8>,
        when: String,
        findings: String,
        #[serde(default)]
        case: Option<String>,
    },
    /// 处理并行: what was made of two acts of the inner file that crossed. `act` is the one without effect, by the
    /// beginning of its id; none: the first that waits.
    SettleInner {
        #[serde(default)]
        act: Option<String>,
        findings: String,
    },
    /// 发出.
    Issue {
        #[serde(default)]
        paper: String,
        #[serde(default)]
        terms: Vec<TermForm>,
    },
    /// 作废.
    Cancel { reason: String },
    /// 送达.
    Deliver {
        #[serde(default)]
        on: Option<String>,
        how: String,
    },
    /// 签收.
    Receive {
        #[serde(default)]
        on: Option<String>,
    },
    /// 约谈通知. `at` is a time.
    Notice { at: String, place: String, paper: String, interviewers: Vec<InterviewerForm> },
    /// 谈话记录.
    Interview {
        #[serde(default)]
        on: Option<String>,
        record: String,
        interviewers: Vec<InterviewerForm>,
        #[serde(default)]
        terms: Vec<TermForm>,
    },
    /// 答复. `what` is what of what is owed; none: the first that is.
    Answer {
        #[serde(default)]
        what: Option<String>,
        text: String,
        #[serde(default)]
        measures: Vec<MeasureForm>,
        /// What comes with it, handed in before.
        #[serde(default)]
        attachments: Vec<AttachmentShape>,
    },
    /// What shows that measures were carried out.
    Evidence {
        text: String,
        /// What comes with it, handed in before.
        #[serde(default)]
        attachments: Vec<AttachmentShape>,
    },
    /// Asks for more time.
    AskExtension { reason: String, by: String },
    /// 延期. `by`: none: what was asked.
    Extend {
        #[serde(default)]
        by: Option<String>,
        #[serde(default)]
        paper: String,
    },
    /// Gives no more time.
    RefuseExtension { reason: String },
    /// Accepts the last answer.
    Accept {
        #[serde(default)]
        shown: Option<String>,
    },
    /// Sends the last answer back.
    SendBack { reason: String },
    /// 回访. `opinion` is `lift`, `continue` or `escalate`.
    Visit {
        #[serde(default)]
        on: Option<String>,
        means: Vec<String>,
        findings: String,
        opinion: String,
    },
    /// 解除.
    Lift {
        reason: String,
        #[serde(default)]
        shown: Option<String>,
    },
    /// 撤销.
    Withdraw { reason: String },
    /// 申诉.
    Object { text: String },
    /// Answers the objection.
    Rule { upheld: bool, reason: String },
    /// 升级, said in the outer file.
    Escalate {
        #[serde(default)]
        level: Option<u8>,
        when: String,
        #[serde(default)]
        case: Option<String>,
    },
    /// 移送, said in the outer file.
    Refer,
    /// 通报.
    Tell {
        who: String,
        #[serde(default)]
        on: Option<String>,
        #[serde(default)]
        paper: String,
    },
    /// 处理并行: what was made of two acts of the outer file that crossed, or of one that should not stand. `act` as
    /// above.
    Settle {
        #[serde(default)]
        act: Option<String>,
        findings: String,
    },
}

/// A case, as far as this node keeps it: below the deciding unit only the outer file is here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseShown {
    /// As in a list.
    #[serde(flatten)]
    pub line: CaseLine,
    /// Whether the inner file is kept here and whoever asks may not see it.
    #[serde(default)]
    pub is_inner_closed: bool,
    /// The unit that decides.
    pub decided_by: String,
    /// What that is called.
    pub decided_by_name: String,
    /// The outer file's id; none before the paper is given.
    pub outer: Option<String>,
    /// The rules it keeps: pack and version.
    pub rules: Option<String>,
    /// The same for people: the pack's name and version.
    #[serde(default)]
    pub rules_name: Option<String>,
    /// The proposal, where the inner file is kept; its `text` is the facts.
    pub proposal: Option<ActShown>,
    /// The ground, as `3.4`.
    pub ground: Option<String>,
    /// What that says.
    pub ground_words: Option<String>,
    /// The way of the level, in words.
    pub way: Option<String>,
    /// The reports behind it, by id.
    pub reports: Vec<String>,
    /// The decision.
    pub approval: Option<ActShown>,
    /// The paper.
    pub paper: Option<ActShown>,
    /// Its number, as 预告〔2026〕7号.
    pub number: Option<String>,
    /// Answers, in order.
    pub answers: Vec<ActShown>,
    /// The end of it; its `text` is the reason.
    pub lifting: Option<ActShown>,
    /// What the subject owes.
    pub deadlines: Vec<DeadlineShown>,
    /// What can be done now, by those who may: as deeds of [`CaseForm`].
    pub next: Vec<String>,
    /// The hash of what a decision about it now signs as shown: of the proposal, the last answer, or the visit with it.
    pub to_sign: Option<String>,
    /// What crossed or contradicts, for people to settle.
    pub conflicts: Vec<ConflictShown>,
    /// What was shared of it with departments, where the inner file is kept.
    pub shared: Vec<super::SharingShown>,
    /// Every entry of both files, in this node's log order.
    pub history: Vec<EntryShown>,
}

/// Something the subject owes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadlineShown {
    /// What, as `measures`.
    pub what: String,
    /// The same for people.
    pub what_name: String,
    /// The term, as `7wd`.
    pub term: String,
    /// The last day; none where it has not begun to count, or stands still.
    pub last: Option<String>,
    /// Whether that rests on a year that is not known 暂定.
    pub provisional: bool,
    /// `open`, `overdue`, `in_time`, `signed_in_time` (received late: a person decides) or `late`.
    pub state: String,
}

/// Two entries that crossed or contradict each other.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConflictShown {
    /// The entry that is without effect or should not stand.
    pub entry: String,
    /// The one it crossed; none where the two files contradict each other.
    pub stands: Option<String>,
    /// Whether people still have to settle it.
    pub needs_person: bool,
    /// Whether somebody signed what was made of it.
    #[serde(default)]
    pub is_settled: bool,
    /// What contradicts, where the two files do.
    pub why: Option<Spoken>,
}

/// One step of a case that stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
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
