//! A warning case's life: propose → approve → issue → answer → lift. Source: domain §7.
//!
//! A case is two documents. The **inner file** stands at the deciding unit (proposal, decision); the **outer file** at
//! the subject's unit (the paper, the answer, the lifting), linked by id, because a document shows itself whole to
//! everyone who keeps it.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::{
    record::entry::{DocKey, EntryId, Hash},
    trust::charter::{HolderId, Role},
    work::unit::UnitPath,
};

/// A warning level: 1 red 红, 2 yellow 黄, 3 blue 蓝. An open code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct Level(#[n(0)] pub u8);

impl Level {
    /// Red: decided by the party committee.
    pub const ONE: Level = Level(1);
    /// Yellow: decided by the secretary.
    pub const TWO: Level = Level(2);
    /// Blue: decided by the discipline lead.
    pub const THREE: Level = Level(3);
}

/// One step of a case.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum CaseAct {
    /// Begins the inner file: a warning is proposed.
    #[n(0)]
    Propose {
        /// The unit warned, or whose post is.
        #[n(0)]
        subject: UnitPath,
        /// The post warned; none for the unit itself.
        #[n(1)]
        post: Option<String>,
        /// How severe.
        #[n(2)]
        level: Level,
        /// The ground of the pack, as `2.1`.
        #[n(3)]
        ground: String,
        /// What happened.
        #[n(4)]
        facts: String,
        /// The reports behind it; they never travel down.
        #[n(5)]
        reports: Vec<DocKey>,
    },
    /// Decides for the proposal.
    #[n(1)]
    Approve {
        /// The `Propose` entry.
        #[n(0)]
        proposal: EntryId,
        /// Of what was shown: [`crate::record::body::Body::shown`] over the proposal.
        #[n(1)]
        shown: Hash,
    },
    /// Begins the outer file: the paper is given.
    #[n(2)]
    Issue {
        /// The inner file.
        #[n(0)]
        case: DocKey,
        /// The `Approve` entry there.
        #[n(1)]
        approval: EntryId,
        /// The post warned; none for the unit itself.
        #[n(2)]
        post: Option<String>,
        /// How severe.
        #[n(3)]
        level: Level,
        /// What the paper says and demands.
        #[n(4)]
        paper: String,
    },
    /// The subject answers.
    #[n(3)]
    Answer {
        /// The `Issue` entry.
        #[n(0)]
        issue: EntryId,
        /// What the subject says.
        #[n(1)]
        text: String,
    },
    /// The warning ends.
    #[n(4)]
    Lift {
        /// The `Issue` entry.
        #[n(0)]
        issue: EntryId,
        /// The `Answer` entry that was accepted.
        #[n(1)]
        answer: EntryId,
        /// Of what was shown: over paper and answer.
        #[n(2)]
        shown: Hash,
        /// Why it ends.
        #[n(3)]
        reason: String,
    },
}

/// Whether a hash is that of these entries as they were shown. What was decided before words were taken out of them
/// stays decided.
pub type Shown<'f> = dyn Fn(&[EntryId], &Hash) -> bool + 'f;

/// Who acts, as far as a case's rules ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Actor<'a> {
    /// The person, whatever the key.
    pub holder: HolderId,
    /// What the certificate allows.
    pub roles: &'a [Role],
}

/// One valid act of a case, as the fold takes it.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The entry.
    pub id: EntryId,
    /// Who signed.
    pub actor: Actor<'a>,
    /// What was done.
    pub act: &'a CaseAct,
}

/// Why a step of a case may not be taken. Refused when written; when received it is kept and marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum CaseRefusal {
    /// The inner file has a proposal already.
    #[error("a warning is proposed here already")]
    AlreadyProposed,
    /// The act names no proposal of this file.
    #[error("this is not the proposal of the case")]
    NoSuchProposal,
    /// Nobody decides what they proposed.
    #[error("nobody decides what they proposed")]
    SelfApproval,
    /// Another level's decider.
    #[error("this level is decided by {}", .0.name().unwrap_or("another role"))]
    WrongDecider(Role),
    /// A level no rule knows.
    #[error("there is no level {}", .0.0)]
    NoSuchLevel(Level),
    /// What was signed is not what is there.
    #[error("what was approved is not what is shown")]
    NotAsShown,
    /// Decided before.
    #[error("the proposal is decided already")]
    AlreadyDecided,
    /// The paper has been given.
    #[error("the paper has been given already")]
    AlreadyIssued,
    /// The act names no paper of this file.
    #[error("this is not the paper of the case")]
    NoSuchPaper,
    /// The paper differs from what was decided, or nothing was.
    #[error("the paper is not covered by a decision")]
    NotDecided,
    /// The act names no answer of this file.
    #[error("this is not an answer in the case")]
    NoSuchAnswer,
    /// The warning has ended.
    #[error("the warning has been lifted already")]
    AlreadyLifted,
}

/// Where a case stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// Proposed, not decided.
    Proposed,
    /// Decided, the paper not given yet.
    Approved,
    /// The paper is given.
    Issued,
    /// Answered.
    Answered,
    /// Ended.
    Lifted,
}

impl Stage {
    /// Its name in the API and in text keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::Proposed => "proposed",
            Stage::Approved => "approved",
            Stage::Issued => "issued",
            Stage::Answered => "answered",
            Stage::Lifted => "lifted",
        }
    }
}

/// The inner file, folded.
#[derive(Clone, Default, Debug)]
pub struct Inner<'a> {
    /// The proposal that stands.
    pub proposal: Option<Step<'a>>,
    /// The decision that stands.
    pub approval: Option<EntryId>,
    /// Steps without effect, and why.
    pub refused: BTreeMap<EntryId, CaseRefusal>,
}

/// The outer file, folded.
#[derive(Clone, Default, Debug)]
pub struct Outer<'a> {
    /// The paper that stands.
    pub paper: Option<Step<'a>>,
    /// Answers, in order.
    pub answers: Vec<Step<'a>>,
    /// The end of it.
    pub lifting: Option<Step<'a>>,
    /// Steps without effect, and why.
    pub refused: BTreeMap<EntryId, CaseRefusal>,
}

/// Who decides a level. Source: domain §7, township plan.
#[must_use]
pub fn decider(level: Level) -> Option<Role> {
    match level {
        Level::ONE => Some(Role::PARTY_COMMITTEE),
        Level::TWO => Some(Role::SECRETARY),
        Level::THREE => Some(Role::DISCIPLINE_LEAD),
        _ => None,
    }
}

impl<'a> Inner<'a> {
    /// Folds valid acts in causal order. `shown` tells whether that is the hash of entries of this file.
    pub fn fold(steps: impl IntoIterator<Item = Step<'a>>, shown: &Shown<'_>) -> Inner<'a> {
        let mut file = Inner::default();
        for step in steps {
            match file.may(&step, shown) {
                Err(refusal) => {
                    file.refused.insert(step.id, refusal);
                }
                Ok(()) => match step.act {
                    CaseAct::Propose { .. } => file.proposal = Some(step),
                    _ => file.approval = Some(step.id),
                },
            }
        }
        file
    }

    /// Whether a step may be taken now: asked before writing, and by the fold.
    ///
    /// # Errors
    ///
    /// See [`CaseRefusal`].
    pub fn may(&self, step: &Step<'_>, shown: &Shown<'_>) -> Result<(), CaseRefusal> {
        match step.act {
            CaseAct::Propose { level, .. } => {
                decider(*level).ok_or(CaseRefusal::NoSuchLevel(*level))?;
                if self.proposal.is_some() { Err(CaseRefusal::AlreadyProposed) } else { Ok(()) }
            }
            CaseAct::Approve { proposal, shown: signed } => {
                let standing = self.proposal.filter(|standing| standing.id == *proposal);
                let Some(standing) = standing else { return Err(CaseRefusal::NoSuchProposal) };
                let CaseAct::Propose { level, .. } = standing.act else { return Err(CaseRefusal::NoSuchProposal) };
                if standing.actor.holder == step.actor.holder {
                    return Err(CaseRefusal::SelfApproval);
                }
                let role = decider(*level).ok_or(CaseRefusal::NoSuchLevel(*level))?;
                if !step.actor.roles.contains(&role) {
                    return Err(CaseRefusal::WrongDecider(role));
                }
                if !shown(&[*proposal], signed) {
                    return Err(CaseRefusal::NotAsShown);
                }
                if self.approval.is_some() { Err(CaseRefusal::AlreadyDecided) } else { Ok(()) }
            }
            _ => Err(CaseRefusal::NoSuchProposal),
        }
    }

    /// Whether a paper is covered by the decision here: asked before writing it. A breach in what is received is
    /// reported by those who keep both files, never decided by: the outer file alone must give the same to everyone.
    ///
    /// # Errors
    ///
    /// [`CaseRefusal::NotDecided`].
    pub fn covers(&self, paper: &CaseAct, home: &UnitPath) -> Result<(), CaseRefusal> {
        let CaseAct::Issue { approval, post, level, .. } = paper else { return Err(CaseRefusal::NoSuchPaper) };
        let proposed = self.proposal.map(|proposal| proposal.act);
        let Some(CaseAct::Propose { subject, post: to, level: decided, .. }) = proposed else {
            return Err(CaseRefusal::NotDecided);
        };
        let covered = self.approval == Some(*approval) && subject == home && to == post && decided == level;
        if covered { Ok(()) } else { Err(CaseRefusal::NotDecided) }
    }
}

impl<'a> Outer<'a> {
    /// Folds valid acts in causal order. `shown` tells whether that is the hash of entries of this file.
    pub fn fold(steps: impl IntoIterator<Item = Step<'a>>, shown: &Shown<'_>) -> Outer<'a> {
        let mut file = Outer::default();
        for step in steps {
            match file.may(&step, shown) {
                Err(refusal) => {
                    file.refused.insert(step.id, refusal);
                }
                Ok(()) => match step.act {
                    CaseAct::Issue { .. } => file.paper = Some(step),
                    CaseAct::Answer { .. } => file.answers.push(step),
                    _ => file.lifting = Some(step),
                },
            }
        }
        file
    }

    /// Whether a step may be taken now: asked before writing, and by the fold.
    ///
    /// # Errors
    ///
    /// See [`CaseRefusal`].
    pub fn may(&self, step: &Step<'_>, shown: &Shown<'_>) -> Result<(), CaseRefusal> {
        let is_paper = |id: &EntryId| self.paper.is_some_and(|paper| paper.id == *id);
        match step.act {
            CaseAct::Issue { level, .. } => {
                let role = decider(*level).ok_or(CaseRefusal::NoSuchLevel(*level))?;
                if !step.actor.roles.contains(&role) {
                    return Err(CaseRefusal::WrongDecider(role));
                }
                if self.paper.is_some() { Err(CaseRefusal::AlreadyIssued) } else { Ok(()) }
            }
            CaseAct::Answer { issue, .. } => {
                if !is_paper(issue) {
                    return Err(CaseRefusal::NoSuchPaper);
                }
                if self.lifting.is_some() { Err(CaseRefusal::AlreadyLifted) } else { Ok(()) }
            }
            CaseAct::Lift { issue, answer, shown: signed, .. } => {
                if !is_paper(issue) {
                    return Err(CaseRefusal::NoSuchPaper);
                }
                let Some(given) = self.answers.iter().find(|given| given.id == *answer) else {
                    return Err(CaseRefusal::NoSuchAnswer);
                };
                // Nobody lifts what concerns themselves.
                if given.actor.holder == step.actor.holder {
                    return Err(CaseRefusal::SelfApproval);
                }
                if !shown(&[*issue, *answer], signed) {
                    return Err(CaseRefusal::NotAsShown);
                }
                if self.lifting.is_some() { Err(CaseRefusal::AlreadyLifted) } else { Ok(()) }
            }
            _ => Err(CaseRefusal::NoSuchPaper),
        }
    }

    /// Where the case stands, as far as this file shows.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        self.paper?;
        Some(match (&self.lifting, self.answers.is_empty()) {
            (Some(_), _) => Stage::Lifted,
            (None, false) => Stage::Answered,
            (None, true) => Stage::Issued,
        })
    }
}
