//! A join token: everything a new node needs to find its parent, know the tree and certify its own key, once.
//!
//! As text it is `FW1-` and base32 of a deterministic CBOR value. It carries a secret: it is shown once, carried by a
//! person, given by file or standard input. Source: architecture §6 (joining).

use std::{fmt, net::SocketAddr, str::FromStr};

use data_encoding::{BASE32_NOPAD, Encoding};
use fangwei_protocol::{
    record::{cbor, entry::CertificateId},
    trust::{
        genesis::GenesisHash,
        key::{KeyPair, PublicKey},
    },
    work::unit::UnitPath,
};
use minicbor::{Decode, Encode, bytes::ByteArray};
use thiserror::Error;

const PREFIX: &str = "FW1-";
const ALPHABET: &Encoding = &BASE32_NOPAD;

/// What a join token says.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct JoinToken {
    /// Which tree.
    #[n(0)]
    pub genesis: GenesisHash,
    /// The parent's node key, pinned when dialling.
    #[n(1)]
    pub parent: PublicKey,
    /// Where the parent listens, as `address:port`.
    #[n(2)]
    address: String,
    /// For which unit.
    #[n(3)]
    pub unit: UnitPath,
    /// The certificate of the one-use key.
    #[n(4)]
    pub certificate: CertificateId,
    /// The one-use key's secret seed.
    #[n(5)]
    seed: ByteArray<32>,
    /// Until when it may be used: seconds since 1970 UTC.
    #[n(6)]
    pub not_after_s: i64,
}

/// Why a text is not a join token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenFault {
    /// It does not begin with `FW1-`.
    #[error("a join token begins with {PREFIX}")]
    Prefix,
    /// A letter is wrong or missing.
    #[error("join token is damaged or incomplete")]
    Damaged,
}

impl JoinToken {
    /// A token for a one-use key.
    #[must_use]
    pub fn new(
        genesis: GenesisHash,
        parent: PublicKey,
        address: SocketAddr,
        unit: UnitPath,
        certificate: CertificateId,
        key: &KeyPair,
        not_after_s: i64,
    ) -> JoinToken {
        let (address, seed) = (address.to_string(), (*key.seed()).into());
        JoinToken { genesis, parent, address, unit, certificate, seed, not_after_s }
    }

    /// The one-use key.
    #[must_use]
    pub fn key(&self) -> KeyPair {
        KeyPair::from_seed(&self.seed)
    }

    /// Where the parent listens.
    ///
    /// # Errors
    ///
    /// [`TokenFault::Damaged`] if that is no address.
    pub fn address(&self) -> Result<SocketAddr, TokenFault> {
        self.address.parse().map_err(|_| TokenFault::Damaged)
    }
}

impl fmt::Display for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", ALPHABET.encode(&cbor::encode(self)))
    }
}

impl fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinToken(for {})", self.unit)
    }
}

impl FromStr for JoinToken {
    type Err = TokenFault;

    fn from_str(text: &str) -> Result<Self, TokenFault> {
        let letters = text.trim().strip_prefix(PREFIX).ok_or(TokenFault::Prefix)?;
        let bytes = ALPHABET.decode(letters.as_bytes()).map_err(|_| TokenFault::Damaged)?;
        cbor::decode(&bytes).map_err(|_| TokenFault::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fangwei_protocol::record::entry::{EntryId, Hash};

    #[test]
    fn a_token_goes_to_text_and_back_and_a_damaged_one_is_refused() {
        let key = KeyPair::from_seed(&[3; 32]);
        let (hash, unit) = (Hash([1; 32]), "370126.105".parse().unwrap());
        let address = "127.0.0.1:4433".parse().unwrap();
        let token = JoinToken::new(GenesisHash(hash), key.public(), address, unit, EntryId(hash), &key, 7);
        let text = token.to_string();
        assert!(text.parse::<JoinToken>().unwrap() == token);
        assert_eq!(text.parse::<JoinToken>().unwrap().address(), Ok(address));
        assert_eq!(text[3..].parse::<JoinToken>(), Err(TokenFault::Prefix));
        assert_eq!(text[..text.len() - 2].parse::<JoinToken>(), Err(TokenFault::Damaged));
        assert!(!format!("{token:?}").contains(&text[20..40]));
    }
}
