//! What is said in a warning case: the acts of the inner file and those of the outer file.
//!
//! The inner file stands at the deciding unit and never travels down: proposal, deliberation, decision. The outer file
//! stands at the subject's unit: paper, delivery, interview, answers, visit, lifting, objection. Each act names the entry
//! it is about, so that an act that crossed another one on its way says what its author had before their eyes. Texts
//! are what can be redacted of them: [`InnerAct::texts`] and [`OuterAct::texts`]. Source: domain §7, architecture §4.

mod outer;
mod texts;

pub use crate::work::days::Day;
pub use outer::{Clash, Contradiction, Measure, Opinion, OuterAct, Paper, SerialNumber, TermSet, Warning};

use minicbor::{Decode, Encode};

use crate::{
    record::entry::{DocKey, EntryId, Hash},
    trust::charter::{HolderId, Role},
    work::{
        case::Level,
        pack::{
            casework::SubjectSort,
            level::{Condition, GroundId, To},
            published::PackName,
        },
        unit::UnitPath,
    },
};

/// Who is warned. Source: domain §7.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Subject {
    /// A leading group 领导班子, as a body.
    #[n(0)]
    LeadingGroup {
        /// Of which unit.
        #[n(0)]
        unit: UnitPath,
        /// Its members, as far as they are officers: none of them decides here.
        #[n(1)]
        members: Vec<HolderId>,
    },
    /// A unit or a section.
    #[n(1)]
    Unit {
        /// Which.
        #[n(0)]
        unit: UnitPath,
        /// Its heads, as far as they are officers: none of them decides here.
        #[n(1)]
        heads: Vec<HolderId>,
    },
    /// A person in a post.
    #[n(2)]
    Person {
        /// Where the post stands.
        #[n(0)]
        unit: UnitPath,
        /// Which post.
        #[n(1)]
        post: String,
        /// The person, if an officer.
        #[n(2)]
        holder: Option<HolderId>,
        /// The unit that manages the post's holder: only its bodies may warn. Source: domain §2, 干部管理权限.
        #[n(3)]
        managed_by: UnitPath,
    },
}

/// What a proposal says.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Proposal {
    /// Who is to be warned.
    #[n(0)]
    pub subject: Subject,
    /// How severely.
    #[n(1)]
    pub level: Level,
    /// The situation of the pack that starts the level.
    #[n(2)]
    pub ground: GroundId,
    /// Why, where the ground asks for it; may be empty elsewhere.
    #[n(3)]
    pub reason: String,
    /// The way of the level by which it is to be given.
    #[n(4)]
    pub way: String,
    /// What happened.
    #[n(5)]
    pub facts: String,
    /// The reports behind it; they never travel down.
    #[n(6)]
    pub reports: Vec<DocKey>,
    /// The rules the case keeps.
    #[n(7)]
    pub rules: PackName,
    /// The inner file of the case this one carries up, if it does.
    #[n(8)]
    pub follows: Option<DocKey>,
}

/// A meeting that decided, as it is recorded.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Meeting {
    /// When.
    #[n(0)]
    pub on: Day,
    /// Those present.
    #[n(1)]
    pub present: Vec<Present>,
    /// What came out of it.
    #[n(2)]
    pub outcome: String,
}

/// One who was present.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Present {
    /// The person, if an officer.
    #[n(0)]
    pub holder: Option<HolderId>,
    /// As what, if with a role.
    #[n(1)]
    pub role: Option<Role>,
    /// Name and post, for people.
    #[n(2)]
    pub name: String,
}

/// One who interviews.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Interviewer {
    /// Who.
    #[n(0)]
    pub holder: HolderId,
    /// As what.
    #[n(1)]
    pub role: Role,
}

/// What somebody who did not decide makes of an objection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Ruling {
    /// The warning falls.
    #[n(0)]
    Upheld,
    /// It stands.
    #[n(1)]
    Rejected,
}

/// An act of the inner file.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum InnerAct {
    /// 提出: a warning is proposed, first or again after it was returned.
    #[n(0)]
    Propose(#[n(0)] Box<Proposal>),
    /// 退回: back to the proposer, to be amended.
    #[n(1)]
    Return {
        /// The proposal.
        #[n(0)]
        proposal: EntryId,
        /// What is missing.
        #[n(1)]
        reason: String,
    },
    /// The proposer takes the proposal back.
    #[n(2)]
    Drop {
        /// The proposal.
        #[n(0)]
        proposal: EntryId,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// 回避: somebody is concerned and takes no part from here on.
    #[n(3)]
    Recuse {
        /// Who.
        #[n(0)]
        holder: HolderId,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// Decides for or against the proposal.
    #[n(4)]
    Decide {
        /// The proposal.
        #[n(0)]
        proposal: EntryId,
        /// Of what was shown: [`crate::record::body::Body::shown`] over the proposal.
        #[n(1)]
        shown: Hash,
        /// Whether the warning is to be given.
        #[n(2)]
        is_approved: bool,
        /// The meeting, where the level is decided by one.
        #[n(3)]
        meeting: Option<Meeting>,
    },
    /// 谈话方案: how the interview is to be led; handed to the main interviewer.
    #[n(5)]
    Plan {
        /// The proposal.
        #[n(0)]
        proposal: EntryId,
        /// What to remind of, the main problems, facts and demands.
        #[n(1)]
        outline: String,
        /// Who interviews; the first is the main one 主谈人.
        #[n(2)]
        interviewers: Vec<Interviewer>,
    },
    /// The decision is taken back.
    #[n(6)]
    Rescind {
        /// The decision.
        #[n(0)]
        decision: EntryId,
        /// Why.
        #[n(1)]
        reason: String,
        /// The meeting, where the level is decided by one.
        #[n(2)]
        meeting: Option<Meeting>,
    },
    /// 移送: it is a lead, and leaves the warning system.
    #[n(7)]
    Refer {
        /// To whom, and on what grounds.
        #[n(0)]
        reason: String,
    },
    /// What became of an investigation of the subject's objection.
    #[n(8)]
    Deliberate {
        /// The `Object` entry in the outer file.
        #[n(0)]
        objection: EntryId,
        /// What was found.
        #[n(1)]
        findings: String,
        /// What is to be answered.
        #[n(2)]
        ruling: Ruling,
        /// The meeting, where there was one.
        #[n(3)]
        meeting: Option<Meeting>,
    },
    /// 升级: why the case is carried up.
    #[n(9)]
    Escalate {
        /// To what.
        #[n(0)]
        to: To,
        /// The condition that is met.
        #[n(1)]
        when: Condition,
        /// How that is known.
        #[n(2)]
        findings: String,
        /// The inner file of the case it goes on in; none for organisational handling.
        #[n(3)]
        case: Option<DocKey>,
    },
    /// Another document that belongs here.
    #[n(10)]
    Link {
        /// Which.
        #[n(0)]
        document: DocKey,
        /// What it has to do with the case.
        #[n(1)]
        note: String,
    },
    /// 处理并行: two acts of this file that crossed were looked at, and this is what was made of it.
    #[n(11)]
    Settle {
        /// The one that stands.
        #[n(0)]
        stands: EntryId,
        /// The other.
        #[n(1)]
        other: EntryId,
        /// What was found and done about it.
        #[n(2)]
        findings: String,
    },
}

impl Subject {
    /// The unit where the outer file stands.
    #[must_use]
    pub fn unit(&self) -> &UnitPath {
        match self {
            Subject::LeadingGroup { unit, .. } | Subject::Unit { unit, .. } | Subject::Person { unit, .. } => unit,
        }
    }

    /// Whether the warning is about this person, alone or among others.
    #[must_use]
    pub fn concerns(&self, who: &HolderId) -> bool {
        match self {
            Subject::LeadingGroup { members: holders, .. } | Subject::Unit { heads: holders, .. } => {
                holders.contains(who)
            }
            Subject::Person { holder, .. } => holder.as_ref() == Some(who),
        }
    }

    /// Whether the bodies of a unit may warn it: those of a person's managing unit, of a unit or leading group those at
    /// it or above. Source: domain §2; ◇ for units and leading groups.
    #[must_use]
    pub fn is_managed_by(&self, deciding: &UnitPath) -> bool {
        match self {
            Subject::Person { managed_by, .. } => managed_by == deciding,
            Subject::LeadingGroup { .. } | Subject::Unit { .. } => deciding.contains(self.unit()),
        }
    }

    /// Which sort of a pack's it is; a section is a unit too, and a pack may name either.
    #[must_use]
    pub fn is_of(&self, sort: SubjectSort) -> bool {
        match self {
            Subject::LeadingGroup { .. } => sort == SubjectSort::LeadingGroup,
            Subject::Unit { unit, .. } => {
                sort == SubjectSort::Unit || sort == SubjectSort::Section && unit.is_department()
            }
            Subject::Person { .. } => sort == SubjectSort::Person,
        }
    }

    /// The post, if a person in one is warned.
    #[must_use]
    pub fn post(&self) -> Option<&str> {
        match self {
            Subject::Person { post, .. } => Some(post),
            Subject::LeadingGroup { .. } | Subject::Unit { .. } => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
