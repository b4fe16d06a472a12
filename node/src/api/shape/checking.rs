//! Checking: what is asked of a whole store, and what was found.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EntryShown, Failed};
pub use crate::audit::{Known, KnownSegment};

/// What is asked of checking a store.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyForm {
    /// What an earlier audit checked.
    #[serde(default)]
    pub known: Option<Known>,
}

/// What a bundle is asked of: exactly one of these.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceForm {
    /// A case: both of its files and the reports it stands on.
    #[serde(default)]
    pub case: Option<String>,
    /// Everything homed in a unit and below.
    #[serde(default)]
    pub unit: Option<String>,
    /// Everything the node keeps.
    #[serde(default)]
    pub all: bool,
}

/// One line of a verification.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum VerifyLine {
    /// How far it is.
    Progress {
        /// Entries checked.
        entries: u64,
        /// Entries there are.
        total: u64,
    },
    /// It came to an end.
    Done(Verified),
    /// It could not be finished.
    Failed(Failed),
}

/// What verifying a whole store from the genesis found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Verified {
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Entries whose signature, body, chain and author's certificate were checked.
    pub entries: u64,
    /// Those of them whose signature and body an earlier audit had checked, in bytes that are unchanged.
    pub known_entries: u64,
    /// Receipts of nodes above whose signatures were checked.
    pub receipts: u64,
    /// Certificates, complete ones.
    pub certificates: u64,
    /// Documents.
    pub documents: u64,
    /// Feeds.
    pub feeds: u64,
    /// Feeds that branch: kept, and no fault.
    pub branched: u64,
    /// Where they do, the first of them: for people, and no fault.
    pub partings: Vec<PartingShown>,
    /// Entries that have no effect: kept, and no fault.
    pub void: u64,
    /// Entries struck by a revocation: kept, and no fault.
    pub struck: u64,
    /// Struck entries that a node above had confirmed and that nobody stands for, the first of them.
    pub struck_confirmed: Vec<String>,
    /// Entries without their bodies: all that is known is that something was said there.
    pub withheld: u64,
    /// Digest of what the journal holds.
    pub digest: String,
    /// Digest of what the running index says.
    pub index_digest: String,
    /// Entries in the running index.
    pub index_entries: u64,
    /// Faults found, also beyond those listed.
    pub fault_count: u64,
    /// The first faults.
    pub faults: Vec<VerifyFault>,
    /// What the next audit need not check again; only if nothing is wrong.
    pub known: Option<Known>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// One thing that is wrong with a store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VerifyFault {
    /// The entry's place in the log; none if it is about the whole.
    pub at: Option<u64>,
    /// What is wrong, for programs.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
}

/// A place where a feed parts in two.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PartingShown {
    /// Home of its scope.
    pub home: String,
    /// Whose feed.
    pub author: String,
    /// The entry that came second.
    pub id: String,
    /// Within one run of a process: the entry it contradicts.
    pub forks_from: Option<String>,
}

/// A case, entry by entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Timeline {
    /// In the order in which this node took them in.
    pub entries: Vec<TimelineRow>,
}

/// One entry of a case's documents, and when it was written as far as others vouch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TimelineRow {
    /// Kind of its document, by the name it has everywhere.
    pub kind: String,
    /// Its document.
    pub document: String,
    /// What was said, and when as far as others vouch.
    pub entry: EntryShown,
}
