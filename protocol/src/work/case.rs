//! A warning case's life: propose → approve → issue → answer → lift. Source: domain §7.
//!
//! A case is two documents. The **inner file** stands at the deciding unit (proposal, decision); the **outer file** at
//! the subject's unit (the paper, the answer, the lifting), linked by id, because a document shows itself whole to
//! everyone who keeps it.

use minicbor::{Decode, Encode};

use crate::{
    record::entry::{DocKey, EntryId, Hash},
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
