//! What is carried between machines by hand when a certificate is made: a request one way, a grant the other.
//!
//! The secret half of a key never leaves the machine it was made on. A request carries the public half with a proof of
//! possession; a grant carries the certificate with the entries that prove it from the genesis on, so that the other
//! side believes nobody. Both are text, so that they can be read, with a sum that tells damage from deceit. Source:
//! `certs/README.md`, `protocol/SPEC.md` §7.7.

mod grant;
mod request;
mod root_key;
mod sheet;

use std::str::FromStr;

use fangwei_protocol::{
    record::entry::Hash,
    trust::{
        genesis::GenesisFault,
        key::{KeyFault, PublicKey},
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

pub use self::{
    grant::{Grant, Granted, Upward},
    request::{Request, Wanted},
    root_key::RootKey,
    sheet::{Item, Place, Sheet, SignFault},
};
use crate::{identity::KeyTextFault, limits::CEREMONY_FILE_BYTES_MAX};

/// The format of the files this program writes and reads.
const FORMAT: u32 = 1;

/// Digits of the sum at the end of a file: enough to notice a slip, and all a person will compare.
const SUM_DIGITS: usize = 16;

/// Why a text is not what it should be.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CeremonyFault {
    /// Not such a file, or not all of it.
    #[error("file is damaged: {reason}")]
    Damaged {
        /// What is wrong.
        reason: &'static str,
    },
    /// Written by a newer program.
    #[error("file has format {found}, this program reads {FORMAT}")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// The key is none that is admitted.
    #[error("key in the file is not admitted: {0}")]
    Key(#[from] KeyFault),
    /// Whoever wrote it does not hold the key.
    #[error("file does not prove that its writer holds the key")]
    NotPossessed,
    /// The genesis in it.
    #[error(transparent)]
    Genesis(#[from] GenesisFault),
    /// What proves the certificate does not.
    #[error("certificate is not proved: {reason}")]
    NotProved {
        /// What is wrong.
        reason: &'static str,
    },
    /// It answers another request.
    #[error("grant is not for this request: {reason}")]
    Another {
        /// What differs.
        reason: &'static str,
    },
}

/// Reads a TOML file of ours: its format first, so that a newer one is told from a damaged one.
fn read<T: DeserializeOwned>(text: &str, name: &'static str) -> Result<T, CeremonyFault> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
        file: String,
    }
    if text.len() > CEREMONY_FILE_BYTES_MAX {
        return Err(CeremonyFault::Damaged { reason: "it is too long" });
    }
    let another = CeremonyFault::Damaged { reason: "it is another sort of file, or not all of it" };
    let version: Version = toml::from_str(text).map_err(|_| another.clone())?;
    if version.file != name {
        return Err(another);
    }
    if version.format != FORMAT {
        return Err(CeremonyFault::Newer { found: version.format });
    }
    toml::from_str(text).map_err(|_| CeremonyFault::Damaged { reason: "a line of it cannot be read" })
}

/// Writes one.
fn write(text: &impl Serialize) -> Result<String, std::fmt::Error> {
    toml::to_string(text).map_err(|_| std::fmt::Error)
}

/// The sum at the end of a file.
fn sum(domain: &str, parts: &[&[u8]]) -> String {
    Hash::of_parts(domain, parts.iter().copied()).to_string().chars().take(SUM_DIGITS).collect()
}

/// A key as a file writes it.
fn key_of(text: &str) -> Result<PublicKey, CeremonyFault> {
    crate::identity::key_from_text(text).map_err(|fault| match fault {
        KeyTextFault::Digits => CeremonyFault::Damaged { reason: "its key cannot be read" },
        KeyTextFault::Key(fault) => fault.into(),
    })
}

/// Something that is written as text.
fn parsed<T: FromStr>(text: &str, reason: &'static str) -> Result<T, CeremonyFault> {
    text.parse().map_err(|_| CeremonyFault::Damaged { reason })
}

/// Bytes as hexadecimal digits.
fn unhex<const N: usize>(text: &str, reason: &'static str) -> Result<[u8; N], CeremonyFault> {
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(CeremonyFault::Damaged { reason })
}

#[cfg(test)]
mod tests;
