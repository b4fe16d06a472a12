//! The public half of a root key, with a proof that its writer holds the secret half: what `init` is given.
//!
//! A root key is older than its tree, so the proof names no genesis; the founding signature does.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use fangwei_protocol::{
    record::entry::{EntryId, Hash},
    trust::{
        genesis::GenesisHash,
        key::{KeyPair, PublicKey, SignatureBytes},
    },
};
use serde::{Deserialize, Serialize};

use super::{CeremonyFault, FORMAT, key_of, read, sum, unhex, write};
use crate::identity::key_text;

/// What `file` says.
const FILE: &str = "fangwei root key";

/// The public half of a root key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RootKey {
    /// The key.
    pub key: PublicKey,
    proof: SignatureBytes,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    file: String,
    format: u32,
    key: String,
    proof: String,
    sum: String,
}

impl RootKey {
    /// Under this tree a root key is sealed: none, because it is older than any.
    pub const NO_TREE: GenesisHash = GenesisHash(Hash([0; 32]));

    /// The public half of a key, with its proof.
    #[must_use]
    pub fn of(key: &KeyPair) -> RootKey {
        let proof = key.sign(statement(&key.public()).as_slice());
        RootKey { key: key.public(), proof }
    }

    /// What its sealed file is named by: a root key has no certificate before there is a tree.
    #[must_use]
    pub fn name(key: &PublicKey) -> EntryId {
        EntryId(Hash::of_parts("fangwei root key 1", [key.bytes().as_slice()]))
    }

    fn sum(&self) -> String {
        sum("fangwei root key file 1", &[&self.key.bytes(), &self.proof])
    }
}

fn statement(key: &PublicKey) -> Hash {
    Hash::of_parts("fangwei root possession 1", [key.bytes().as_slice()])
}

impl fmt::Display for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, proof) = (key_text(&self.key), HEXLOWER.encode(&self.proof));
        f.write_str(&write(&Text { file: FILE.into(), format: FORMAT, key, proof, sum: self.sum() })?)
    }
}

impl FromStr for RootKey {
    type Err = CeremonyFault;

    /// Reads a root key and checks that its writer holds it.
    fn from_str(text: &str) -> Result<RootKey, CeremonyFault> {
        let text: Text = read(text, FILE)?;
        let root = RootKey { key: key_of(&text.key)?, proof: unhex(&text.proof, "its proof cannot be read")? };
        if root.sum() != text.sum {
            return Err(CeremonyFault::Damaged { reason: "its sum does not agree" });
        }
        if !root.key.verifies(statement(&root.key).as_slice(), &root.proof) {
            return Err(CeremonyFault::NotPossessed);
        }
        Ok(root)
    }
}
