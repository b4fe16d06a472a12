//! The beginning of one tree: its name and root, its root keys, and the first officers they vouch for.
//!
//! Whoever knows the genesis hash can check everything else; nothing else has to be trusted. Source: architecture §6.

use minicbor::{Decode, Encode, bytes::ByteArray};
use thiserror::Error;

use crate::{
    limits::ROOT_KEYS_MAX,
    record::{
        cbor::{self, CborFault},
        entry::{CertificateId, EntryId, Hash},
    },
    trust::{
        charter::{Certificate, is_name},
        key::PublicKey,
    },
    work::unit::UnitPath,
};

/// The fingerprint of a tree: SHA-256 of its genesis.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Debug)]
#[cbor(transparent)]
pub struct GenesisHash(#[n(0)] pub Hash);

/// The first statement of a tree.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Genesis {
    /// What people call the tree, as `示例县`.
    #[n(0)]
    pub name: String,
    /// The root segment.
    #[n(1)]
    pub root: UnitPath,
    /// Root keys, 1 to 9.
    #[n(2)]
    pub root_keys: Vec<PublicKey>,
    /// How many of them must agree.
    #[n(3)]
    pub threshold: u8,
    /// The first officers: an administrator and a secretary of the root unit.
    #[n(4)]
    pub founders: Vec<Certificate>,
    /// When it was made: seconds since 1970 UTC, by its maker's clock.
    #[n(5)]
    pub made_s: i64,
    /// Sixteen random bytes, so that two trees of one name are two trees.
    #[n(6)]
    pub salt: ByteArray<16>,
}

/// Why bytes are not a genesis.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GenesisFault {
    /// Not the one encoding of a genesis.
    #[error("genesis is {0}")]
    NotCanonical(#[from] CborFault),
    /// It contradicts itself.
    #[error("genesis is not sound: {0}")]
    Unsound(&'static str),
    /// Another tree's.
    #[error("genesis is {found}, expected {expected}")]
    Another {
        /// The fingerprint wanted.
        expected: Hash,
        /// The fingerprint of what came.
        found: Hash,
    },
}

impl Genesis {
    /// The tree's fingerprint.
    #[must_use]
    pub fn hash(&self) -> GenesisHash {
        GenesisHash(Hash::of_parts("fangwei genesis 1", [cbor::encode(self).as_slice()]))
    }

    /// Reads a genesis and checks that it is sound.
    ///
    /// # Errors
    ///
    /// [`GenesisFault::NotCanonical`] and [`GenesisFault::Unsound`].
    pub fn parse(bytes: &[u8]) -> Result<Genesis, GenesisFault> {
        let genesis: Genesis = cbor::decode(bytes)?;
        genesis.check()?;
        Ok(genesis)
    }

    /// Reads the genesis of the tree `expected`.
    ///
    /// # Errors
    ///
    /// As [`Genesis::parse`], and [`GenesisFault::Another`].
    pub fn parse_expecting(bytes: &[u8], expected: GenesisHash) -> Result<Genesis, GenesisFault> {
        let genesis = Genesis::parse(bytes)?;
        let found = genesis.hash();
        if found != expected {
            return Err(GenesisFault::Another { expected: expected.0, found: found.0 });
        }
        Ok(genesis)
    }

    /// Whether it says only what a genesis may say.
    ///
    /// # Errors
    ///
    /// [`GenesisFault::Unsound`] with the reason.
    pub fn check(&self) -> Result<(), GenesisFault> {
        let unsound = |what| Err(GenesisFault::Unsound(what));
        if !is_name(&self.name) {
            return unsound("its name is empty, too long or has letters that cannot be seen");
        }
        if self.root.depth() != 1 {
            return unsound("its root has more than one segment");
        }
        if self.root_keys.is_empty() || self.root_keys.len() > ROOT_KEYS_MAX {
            return unsound("it has no root key or more than nine");
        }
        if self.threshold == 0 || usize::from(self.threshold) > self.root_keys.len() {
            return unsound("its threshold is not between one and the number of root keys");
        }
        let mut keys: Vec<[u8; 32]> =
            self.root_keys.iter().chain(self.founders.iter().map(|f| &f.key)).map(PublicKey::bytes).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair.first() == pair.last()) {
            return unsound("one key is named twice");
        }
        if self.founders.is_empty() || self.founders.len() > 9 {
            return unsound("it has no founder or more than nine");
        }
        if self
            .founders
            .iter()
            .any(|founder| founder.unit != self.root || founder.rank == 0 || founder.check().is_err())
        {
            return unsound("a founder's certificate is not of the root unit, has the root's rank or is ill-formed");
        }
        Ok(())
    }

    /// The founders with the certificate ids they sign under.
    pub fn founders(&self) -> impl Iterator<Item = (CertificateId, &Certificate)> {
        let hash = self.hash();
        self.founders.iter().enumerate().map(move |(at, founder)| {
            let number = [u8::try_from(at).unwrap_or(u8::MAX)];
            (EntryId(Hash::of_parts("fangwei founder 1", [hash.0.as_slice(), &number])), founder)
        })
    }
}
