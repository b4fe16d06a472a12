//! What proves one entry: for people, and for whoever checks it with other tools.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AuthorShown, EntryShown};

/// An entry and what proves it. Every check was made when this was asked for, from the bytes on the disk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProofShown {
    /// What it says, as far as whoever asks may read that.
    pub entry: EntryShown,
    /// What it belongs to: `report`, `risk`, `case` …
    pub kind: String,
    /// Whether the author's key signed exactly these bytes.
    pub signature_holds: bool,
    /// Whether what is shown is what was signed: the body has the hash the signed header names. None where the body was
    /// lawfully taken away or does not come along.
    pub body_holds: Option<bool>,
    /// The bytes that were signed, in hex.
    pub signed: String,
    /// The signature, in hex.
    pub signature: String,
    /// The author's Ed25519 public key, in hex.
    pub key: String,
    /// Who certified whom, from the author up to the founders.
    pub chain: Vec<ChainLink>,
    /// Its number among its author's entries in its scope, from 1.
    pub seq: u64,
    /// The author's entry before it there.
    pub previous: Option<String>,
    /// Entries in this node's log, in which it stands at [`EntryShown::at`].
    pub log_size: u64,
    /// The log's root, in hex.
    pub log_root: String,
    /// Whether the path from the entry leads to that root.
    pub log_holds: bool,
    /// That path, from the leaf up, in hex.
    pub log_path: Vec<String>,
}

/// One certificate on the way up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChainLink {
    /// Whose it is.
    pub holder: AuthorShown,
    /// Where the key is kept, in words.
    pub custody_name: String,
    /// Whether all that it rests on is here.
    pub complete: bool,
    /// Whether it stands in the genesis.
    pub founder: bool,
}
