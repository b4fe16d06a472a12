//! What a policy pack says of one warning level: who decides, by which ways, what is owed until when, how it ends.
//!
//! The case state machine reads its rules from here and from nowhere else, so that what differs from place to place is
//! data. Bodies, families, forms and roles are named by id; that they exist is [`crate::work::pack::check`]'s. Source:
//! domain §7, packs §1 and §2.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    trust::charter::Role,
    work::{calendar::Term, case::Level},
};

/// A text for people, in every language they can choose.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    #[n(0)]
    pub zh: String,
    /// English.
    #[n(1)]
    pub en: String,
}

/// A form's id in the pack, as `notice`.
pub type FormId = String;

/// A body's id in the pack, as `organisation_department`. Bodies are told, convened and appealed to; they need no key.
pub type BodyId = String;

/// A ground's id: its level, a dot and its number there, as `1.4`.
pub type GroundId = String;

/// What one warning level is.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelRule {
    /// Which: 1 is the highest, and there is no gap down to the lowest.
    #[n(0)]
    pub level: Level,
    /// How it is shown.
    #[n(1)]
    pub colour: Colour,
    /// What the measure is called, as 廉情预警告知.
    #[n(2)]
    pub name: Words,
    /// What sort of matter it is for.
    #[n(3)]
    pub matter: Words,
    /// The situations that start it, `level.1` first and without a gap.
    #[n(4)]
    pub grounds: Vec<Ground>,
    /// The ways in which it is given; a case takes one of them.
    #[n(5)]
    pub ways: Vec<Way>,
    /// Who decides, unless the way says otherwise: see [`LevelRule::decider_for`].
    #[n(6)]
    pub decider: Decider,
    /// What happens between the accepted answer and the lifting.
    #[n(7)]
    pub visit: VisitRule,
    /// The form the visit is written down in; there if [`VisitRule::Required`].
    #[n(8)]
    pub visit_form: Option<FormId>,
    /// How a visit is made, as a report heard or a symposium; nothing if the rules name no means.
    #[n(9)]
    #[serde(default)]
    pub visit_means: Vec<Named>,
    /// Who ends the warning, and on what.
    #[n(10)]
    pub lifted_by: Lifter,
    /// Whether and how a deadline is put off; none: never.
    #[n(11)]
    pub extension: Option<Extension>,
    /// Who learns of it beside the subject.
    #[n(12)]
    #[serde(default)]
    pub told: Vec<Told>,
    /// What it can become when it does not help.
    #[n(13)]
    #[serde(default)]
    pub escalations: Vec<Escalation>,
    /// How the subject objects. There is no level without.
    #[n(14)]
    pub objection: Objection,
}

/// A thing of a pack with an id and its words.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// How the pack and entries name it: small letters, digits, `_` and `.`.
    #[n(0)]
    pub id: String,
    /// What people read.
    #[n(1)]
    pub words: Words,
}

/// The colour of a level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Colour {
    /// 红.
    #[n(0)]
    Red,
    /// 黄.
    #[n(1)]
    Yellow,
    /// 蓝.
    #[n(2)]
    Blue,
    /// 橙: where there are four levels.
    #[n(3)]
    Orange,
}

/// A situation that starts a level.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// As `1.4`.
    #[n(0)]
    pub id: GroundId,
    /// What happened.
    #[n(1)]
    pub words: Words,
    /// The family it belongs to, by id: the same misconduct climbs with its consequences within one.
    #[n(2)]
    pub family: String,
    /// Whether the proposal must say why in writing, as for «other».
    #[n(3)]
    #[serde(default)]
    pub needs_reason: bool,
}

/// One way of giving a warning.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// As `talk`; once in its level.
    #[n(0)]
    pub id: String,
    /// What it is called.
    #[n(1)]
    pub name: Words,
    /// What it is for.
    #[n(2)]
    pub purpose: Words,
    /// The grounds it is for; nothing: for every one of its level.
    #[n(3)]
    #[serde(default)]
    pub grounds: Vec<GroundId>,
    /// Who decides this way, where it is not who decides the level.
    #[n(4)]
    pub decider: Option<Decider>,
    /// The paper it is given by.
    #[n(5)]
    pub paper: PaperRule,
    /// Whether it is given face to face.
    #[n(6)]
    pub interview: InterviewUse,
    /// The form that calls to the interview, with time and place.
    #[n(7)]
    pub interview_notice: Option<FormId>,
    /// Whether the wrong act must end on receipt.
    #[n(8)]
    #[serde(default)]
    pub stops_at_once: bool,
    /// What the subject owes, each until when.
    #[n(9)]
    pub owes: Vec<Owed>,
}

/// Whether there is a paper, and which.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperRule {
    /// Never: by word of mouth.
    #[n(0)]
    Never,
    /// Where whoever issues thinks it needed.
    #[n(1)]
    IfNeeded(#[n(0)] FormId),
    /// Always.
    #[n(2)]
    Always(#[n(0)] FormId),
}

/// Whether a warning is given in an interview.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum InterviewUse {
    /// Never.
    #[n(0)]
    Never,
    /// Where whoever issues thinks it needed.
    #[n(1)]
    IfNeeded,
    /// Always.
    #[n(2)]
    Always,
}

/// Something the subject owes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owed {
    /// What; once in a way.
    #[n(0)]
    pub what: Debt,
    /// Within what.
    #[n(1)]
    pub term: TermRule,
    /// Counted from what.
    #[n(2)]
    pub from: Start,
}

/// What can be owed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Debt {
    /// 书面说明: a written account of what happened.
    #[n(0)]
    Account,
    /// 如实答复: truthful answers to what is asked.
    #[n(1)]
    Answer,
    /// 整改措施: measures, in writing.
    #[n(2)]
    Measures,
    /// 整改: the wrong itself put right.
    #[n(3)]
    Correction,
    /// 整改报告: a written report that it is.
    #[n(4)]
    Report,
}

impl Debt {
    /// Every debt.
    pub const ALL: &[Debt] = &[Debt::Account, Debt::Answer, Debt::Measures, Debt::Correction, Debt::Report];

    /// Its name in packs, the API and text keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Debt::Account => "account",
            Debt::Answer => "answer",
            Debt::Measures => "measures",
            Debt::Correction => "correction",
            Debt::Report => "report",
        }
    }
}

/// How long somebody has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermRule {
    /// Exactly so long.
    #[n(0)]
    Fixed(#[n(0)] Term),
    /// As long as the paper or the record sets, at most this.
    #[n(1)]
    UpTo(#[n(0)] Term),
    /// So long, unless the paper or the record sets another day.
    #[n(2)]
    Usually(#[n(0)] Term),
}

/// From what a term counts. The day itself is not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Start {
    /// The receipt of the paper.
    #[n(0)]
    Receipt,
    /// The receipt of the paper, or the interview where the warning is given by one: whichever is first.
    #[n(1)]
    ReceiptOrInterview,
    /// The decision.
    #[n(2)]
    Decision,
}

/// Who decides.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decider {
    /// The role whose signature is the decision.
    #[n(0)]
    pub role: Role,
    /// Whether it is a collective one: its date, those present and its outcome are recorded with it.
    #[n(1)]
    #[serde(default)]
    pub meeting: bool,
    /// The roles it is decided together with: somebody of each must have proposed or agreed.
    #[n(2)]
    #[serde(default)]
    pub together_with: Vec<Role>,
    /// The bodies whose members are called to the meeting.
    #[n(3)]
    #[serde(default)]
    pub convened: Vec<BodyId>,
}

/// What happens between the accepted answer and the lifting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum VisitRule {
    /// Nothing: the accepted answer is enough.
    #[n(0)]
    None,
    /// 跟踪: the handling body records whether the measures are carried out.
    #[n(1)]
    Tracked,
    /// 回访: a visit is made and written down in [`LevelRule::visit_form`].
    #[n(2)]
    Required,
}

/// Who ends a warning.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifter {
    /// With this role.
    #[n(0)]
    pub role: Role,
    /// On what.
    #[n(1)]
    pub on: LiftedOn,
}

/// On what a warning is lifted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum LiftedOn {
    /// On the accepted answer.
    #[n(0)]
    Answer,
    /// On the visit's opinion.
    #[n(1)]
    Visit,
    /// On a recorded check.
    #[n(2)]
    Check,
}

/// How a deadline is put off.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// At most so much, all extensions of one case together.
    #[n(0)]
    pub max: Term,
    /// Who approves.
    #[n(1)]
    pub approver: Role,
    /// By which form.
    #[n(2)]
    pub form: FormId,
}

/// One who learns of a warning.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Who.
    #[n(0)]
    pub who: BodyId,
    /// Whether and when.
    #[n(1)]
    pub when: ToldWhen,
    /// By which form; none: in whatever way.
    #[n(2)]
    pub form: Option<FormId>,
}

/// When somebody is told of a warning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum ToldWhen {
    /// Where whoever issues thinks it needed.
    #[n(0)]
    IfNeeded,
    /// When the warning is issued, without exception.
    #[n(1)]
    AtOnce,
    /// 备案: the result is filed there when the warning is lifted.
    #[n(2)]
    AtLifting,
}

/// What a warning can become.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// What.
    #[n(0)]
    pub to: To,
    /// When.
    #[n(1)]
    pub when: Condition,
    /// The ground of the higher level that is meant for this; none: the proposal names one.
    #[n(2)]
    pub ground: Option<GroundId>,
}

/// Where an escalation leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    /// To a case of a higher level, linked to this one.
    #[n(0)]
    Level(#[n(0)] Level),
    /// 组织处理: to organisational handling, outside of the warnings.
    #[n(1)]
    Organisational,
}

/// When a warning is escalated: also after it was lifted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Condition {
    /// Complaints go on, and an investigation verified them.
    #[n(0)]
    ComplaintsContinueAndVerified,
    /// 整改不力.
    #[n(1)]
    RectificationWeak,
    /// The error spreads.
    #[n(2)]
    ErrorSpreads,
    /// Not put right, or not in time.
    #[n(3)]
    NotRectifiedInTime,
    /// The subject did not correct itself after a warning of this level.
    #[n(4)]
    NotCorrectedAfter,
}

impl Condition {
    /// Every condition with its name in packs and the API.
    pub const ALL: &[(Condition, &str)] = &[
        (Condition::ComplaintsContinueAndVerified, "complaints_continue_and_verified"),
        (Condition::RectificationWeak, "rectification_weak"),
        (Condition::ErrorSpreads, "error_spreads"),
        (Condition::NotRectifiedInTime, "not_rectified_in_time"),
        (Condition::NotCorrectedAfter, "not_corrected_after"),
    ];

    /// The condition of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Condition> {
        Condition::ALL.iter().find(|(_, known)| *known == name).map(|(condition, _)| *condition)
    }
}

/// How the subject objects.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// Within so long.
    #[n(0)]
    pub within: Term,
    /// Counted from what.
    #[n(1)]
    pub from: Start,
    /// Answered so long after it was filed.
    #[n(2)]
    pub answered_within: Term,
    /// To which body.
    #[n(3)]
    pub to: BodyId,
    /// Who may answer it: somebody with one of these roles at the deciding unit or above.
    #[n(4)]
    pub answered_by: Vec<Role>,
    /// Whether who decided may not answer it; where nobody else can, the unit above does.
    #[n(5)]
    pub by_others: bool,
    /// Whether the deadlines stand still meanwhile.
    #[n(6)]
    pub suspends: bool,
}

impl LevelRule {
    /// One way.
    #[must_use]
    pub fn way(&self, id: &str) -> Option<&Way> {
        self.ways.iter().find(|way| way.id == id)
    }

    /// One ground.
    #[must_use]
    pub fn ground(&self, id: &str) -> Option<&Ground> {
        self.grounds.iter().find(|ground| ground.id == id)
    }

    /// Who decides a warning given in this way.
    #[must_use]
    pub fn decider_for<'a>(&'a self, way: &'a Way) -> &'a Decider {
        way.decider.as_ref().unwrap_or(&self.decider)
    }

    /// The ways that may be taken for a ground.
    pub fn ways_for(&self, ground: &str) -> impl Iterator<Item = &Way> {
        self.ways.iter().filter(move |way| way.is_for(ground))
    }
}

impl Way {
    /// Whether it may be taken for a ground of its level.
    #[must_use]
    pub fn is_for(&self, ground: &str) -> bool {
        self.grounds.is_empty() || self.grounds.iter().any(|named| named == ground)
    }

    /// What of a sort is owed.
    #[must_use]
    pub fn owed(&self, what: Debt) -> Option<&Owed> {
        self.owes.iter().find(|owed| owed.what == what)
    }
}

impl PaperRule {
    /// The form, if there may be a paper.
    #[must_use]
    pub fn form(&self) -> Option<&str> {
        match self {
            PaperRule::Never => None,
            PaperRule::IfNeeded(form) | PaperRule::Always(form) => Some(form),
        }
    }
}

impl TermRule {
    /// The number it is about: what is owed exactly, at most, or as a rule.
    #[must_use]
    pub fn term(&self) -> Term {
        match self {
            TermRule::Fixed(term) | TermRule::UpTo(term) | TermRule::Usually(term) => *term,
        }
    }
}
