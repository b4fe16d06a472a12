//! A request: somebody wants a certificate for a key made on a machine of their own, and proves to hold it.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use fangwei_protocol::{
    record::entry::{EntryId, Hash},
    trust::{
        charter::HolderId,
        genesis::GenesisHash,
        key::{KeyPair, PublicKey, SignatureBytes},
    },
    work::unit::UnitPath,
};
use serde::{Deserialize, Serialize};

use super::{CeremonyFault, FORMAT, key_of, parsed, read, sum, unhex, write};
use crate::identity::key_text;

/// What `file` says.
const FILE: &str = "fangwei request";

/// Starts what proves possession, so that no other signature of ours can be taken for one.
const POSSESSION: &str = "fangwei possession 1";

/// What is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// An officer's certificate.
    Officer {
        /// Made from this profile: a role's name.
        profile: String,
        /// The officer's name.
        name: String,
        /// Who has a certificate already, and wants another.
        holder: Option<HolderId>,
        /// Where the key is kept: `node`, `device` or `token`.
        custody: String,
    },
    /// A node's certificate.
    Node,
}

/// One request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Of which tree.
    pub genesis: GenesisHash,
    /// For which unit.
    pub unit: UnitPath,
    /// What for.
    pub wanted: Wanted,
    /// The public half.
    pub key: PublicKey,
    proof: SignatureBytes,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    file: String,
    format: u32,
    wanted: String,
    genesis: String,
    unit: String,
    profile: Option<String>,
    name: Option<String>,
    holder: Option<String>,
    custody: Option<String>,
    key: String,
    proof: String,
    sum: String,
}

impl Request {
    /// Draws one up and proves possession.
    #[must_use]
    pub fn new(genesis: GenesisHash, unit: UnitPath, wanted: Wanted, key: &KeyPair) -> Request {
        let request = Request { genesis, unit, wanted, key: key.public(), proof: [0; 64] };
        let proof = key.sign(request.statement().as_slice());
        Request { proof, ..request }
    }

    /// Its name, until there is a certificate: a hash of what it says.
    #[must_use]
    pub fn id(&self) -> EntryId {
        EntryId(Hash::of_parts("fangwei request 1", [self.statement().as_slice()]))
    }

    /// What is signed to prove possession: all that is asked for, of this tree.
    fn statement(&self) -> Hash {
        let (wanted, profile, name, holder, custody) = self.wanted.parts();
        let (unit, key) = (self.unit.as_str().as_bytes(), self.key.bytes());
        let parts = [
            self.genesis.0.as_slice(),
            wanted.as_bytes(),
            unit,
            profile.as_bytes(),
            name.as_bytes(),
            holder.as_ref().map_or(&[][..], |holder| holder.as_slice()),
            custody.as_bytes(),
            &key,
        ];
        Hash::of_parts(POSSESSION, parts)
    }

    fn sum(&self) -> String {
        sum("fangwei request file 1", &[self.statement().as_slice(), &self.proof])
    }
}

impl Wanted {
    /// What it is for, the profile, the name, the holder, the custody.
    fn parts(&self) -> (&'static str, &str, &str, Option<HolderId>, &str) {
        match self {
            Wanted::Officer { profile, name, holder, custody } => ("officer", profile, name, *holder, custody),
            Wanted::Node => ("node", "", "", None, ""),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wanted, profile, name, holder, custody) = self.wanted.parts();
        let officers = |text: &str| (wanted == "officer").then(|| text.to_owned());
        let text = Text {
            file: FILE.into(),
            format: FORMAT,
            wanted: wanted.into(),
            genesis: self.genesis.0.to_string(),
            unit: self.unit.to_string(),
            profile: officers(profile),
            name: officers(name),
            holder: holder.map(|holder| HEXLOWER.encode(holder.as_slice())),
            custody: officers(custody),
            key: key_text(&self.key),
            proof: HEXLOWER.encode(&self.proof),
            sum: self.sum(),
        };
        f.write_str(&write(&text)?)
    }
}

impl FromStr for Request {
    type Err = CeremonyFault;

    /// Reads a request and checks that its writer holds the key.
    fn from_str(text: &str) -> Result<Request, CeremonyFault> {
        let damaged = |reason| CeremonyFault::Damaged { reason };
        let text: Text = read(text, FILE)?;
        let holder = text.holder.as_deref().map(|holder| unhex::<16>(holder, "its holder cannot be read"));
        let holder = holder.transpose()?.map(HolderId::from);
        let wanted = match (text.wanted.as_str(), text.profile, text.name, text.custody) {
            ("officer", Some(profile), Some(name), Some(custody)) => Wanted::Officer { profile, name, holder, custody },
            ("node", None, None, None) if holder.is_none() => Wanted::Node,
            _ => return Err(damaged("it does not say what is wanted")),
        };
        let request = Request {
            genesis: GenesisHash(parsed(&text.genesis, "its tree cannot be read")?),
            unit: parsed(&text.unit, "its unit cannot be read")?,
            wanted,
            key: key_of(&text.key)?,
            proof: unhex(&text.proof, "its proof cannot be read")?,
        };
        if request.sum() != text.sum {
            return Err(damaged("its sum does not agree"));
        }
        if !request.key.verifies(request.statement().as_slice(), &request.proof) {
            return Err(CeremonyFault::NotPossessed);
        }
        Ok(request)
    }
}
