//! The beginning of one tree: its name and root, its root keys, and the first officers they vouch for.
//!
//! Whoever knows the genesis hash can check everything else; nothing else has to be trusted. Source: architecture §6.

use minicbor::{Decode, Decoder, Encode, bytes::ByteArray, decode};
use thiserror::Error;

use crate::{
    limits::ROOT_KEYS_MAX,
    record::{
        cbor::{self, CborFault},
        entry::{CertificateId, EntryId, Hash},
    },
    trust::{
        charter::{Certificate, is_name},
        key::{KeyPair, PublicKey},
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
    #[cbor(n(2), decode_with = "decode_nine")]
    pub root_keys: Vec<PublicKey>,
    /// How many of them must agree.
    #[n(3)]
    pub threshold: u8,
    /// The first officers: an administrator and a secretary of the root unit.
    #[cbor(n(4), decode_with = "decode_nine")]
    pub founders: Vec<Certificate>,
    /// When it was made: seconds since 1970 UTC, by its maker's clock.
    #[n(5)]
    pub made_s: i64,
    /// Sixteen random bytes, so that two trees of one name are two trees.
    #[n(6)]
    pub salt: ByteArray<16>,
}

/// A genesis with the signatures of those who founded the tree: what a node keeps in its folder and shows to who joins.
///
/// ```
/// # use fangwei_protocol::{record::cbor, trust::{charter::{Certificate, Custody, Role}, genesis::{FoundingSignature, Genesis, SignedGenesis}, key::KeyPair}};
/// # let founder = Certificate { key: KeyPair::from_seed(&[9; 32]).public(), holder: [9; 16].into(), unit: "370126".parse().unwrap(),
/// #     roles: vec![Role::ADMINISTRATOR], not_before_s: 0, not_after_s: 1, custody: Custody::NODE_HELD, rank: 100, may_issue: None };
/// # let root_keys = [KeyPair::from_seed(&[1; 32]), KeyPair::from_seed(&[2; 32])];
/// # let genesis = Genesis { name: "示例县".into(), root: "370126".parse().unwrap(), threshold: 2, founders: vec![founder],
/// #     root_keys: root_keys.iter().map(KeyPair::public).collect(), made_s: 0, salt: [0; 16].into() };
/// let mut signed = SignedGenesis::new(genesis);
/// signed.sign(&root_keys[1]).unwrap();
/// assert!(!signed.is_in_force());
/// assert_eq!(signed.missing(), [0]);
/// // The other key is elsewhere: what it signs there is carried here.
/// let carried = FoundingSignature { number: 0, signature: root_keys[0].sign(signed.message().as_slice()).into() };
/// signed.add(carried).unwrap();
/// assert!(signed.is_in_force());
/// assert_eq!(SignedGenesis::parse(&cbor::encode(&signed)), Ok(signed));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SignedGenesis {
    /// What was signed. The fingerprint is of this alone.
    #[n(0)]
    pub genesis: Genesis,
    /// By which root keys, their numbers ascending.
    #[n(1)]
    signatures: Vec<FoundingSignature>,
}

/// One root key's word for a genesis.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct FoundingSignature {
    /// Its place among the root keys, from 0.
    #[n(0)]
    pub number: u8,
    /// Over [`SignedGenesis::message`].
    #[n(1)]
    pub signature: ByteArray<64>,
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
    /// The signature is none of this genesis by a root key of this number.
    #[error("signature of root key {number} does not hold")]
    NotSigned {
        /// The number it was given for; of a key that is none of the root's the number behind the last.
        number: u8,
    },
}

/// Reads a list of things with keys: each key takes fifty microseconds to be admitted, so they are counted first.
fn decode_nine<'b, C, T: Decode<'b, C>>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<T>, decode::Error> {
    cbor::at_most(ROOT_KEYS_MAX, d, context)
}

impl SignedGenesis {
    /// A genesis nobody has signed yet.
    #[must_use]
    pub fn new(genesis: Genesis) -> SignedGenesis {
        SignedGenesis { genesis, signatures: Vec::new() }
    }

    /// Reads a signed genesis and checks that it is sound and that what signatures it has hold.
    ///
    /// # Errors
    ///
    /// [`GenesisFault::NotCanonical`], [`GenesisFault::Unsound`] and [`GenesisFault::NotSigned`].
    pub fn parse(bytes: &[u8]) -> Result<SignedGenesis, GenesisFault> {
        let signed: SignedGenesis = cbor::decode(bytes)?;
        signed.genesis.check()?;
        if !signed.signatures.is_sorted_by(|one, next| one.number < next.number) {
            return Err(GenesisFault::Unsound("its signatures are not in the order of the root keys"));
        }
        match signed.signatures.iter().find(|signature| !signed.holds(signature)) {
            Some(FoundingSignature { number, .. }) => Err(GenesisFault::NotSigned { number: *number }),
            None => Ok(signed),
        }
    }

    /// Reads the signed genesis of the tree `expected`.
    ///
    /// # Errors
    ///
    /// As [`SignedGenesis::parse`], and [`GenesisFault::Another`].
    pub fn parse_expecting(bytes: &[u8], expected: GenesisHash) -> Result<SignedGenesis, GenesisFault> {
        let signed = SignedGenesis::parse(bytes)?;
        let found = signed.genesis.hash();
        if found != expected {
            return Err(GenesisFault::Another { expected: expected.0, found: found.0 });
        }
        Ok(signed)
    }

    /// What each root key signs.
    #[must_use]
    pub fn message(&self) -> Hash {
        Hash::of_parts("fangwei founding 1", [self.genesis.hash().0.as_slice()])
    }

    /// Signs with one of the root keys. Returns its number.
    ///
    /// # Errors
    ///
    /// [`GenesisFault::NotSigned`] if the key is none of the root's.
    pub fn sign(&mut self, key: &KeyPair) -> Result<u8, GenesisFault> {
        let keys = &self.genesis.root_keys;
        let place = keys.iter().position(|known| *known == key.public()).unwrap_or(keys.len());
        let number = u8::try_from(place).unwrap_or(u8::MAX);
        self.add(FoundingSignature { number, signature: key.sign(self.message().as_slice()).into() })?;
        Ok(number)
    }

    /// Adds a signature; one that is there already changes nothing.
    ///
    /// # Errors
    ///
    /// [`GenesisFault::NotSigned`] if it does not hold.
    pub fn add(&mut self, signature: FoundingSignature) -> Result<(), GenesisFault> {
        if !self.holds(&signature) {
            return Err(GenesisFault::NotSigned { number: signature.number });
        }
        if let Err(place) = self.signatures.binary_search_by_key(&signature.number, |known| known.number) {
            self.signatures.insert(place, signature);
        }
        Ok(())
    }

    /// The signatures it has, which all hold, by ascending number.
    #[must_use]
    pub fn signatures(&self) -> &[FoundingSignature] {
        &self.signatures
    }

    /// Whether as many root keys have signed as must. Until then a node of this tree opens nothing and serves nothing.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        self.signatures.len() >= usize::from(self.genesis.threshold)
    }

    /// Numbers of the root keys that have not signed.
    #[must_use]
    pub fn missing(&self) -> Vec<u8> {
        let all = (0..=u8::MAX).take(self.genesis.root_keys.len());
        all.filter(|number| !self.signatures.iter().any(|known| known.number == *number)).collect()
    }

    fn holds(&self, signature: &FoundingSignature) -> bool {
        let key = self.genesis.root_keys.get(usize::from(signature.number));
        key.is_some_and(|key| key.verifies(self.message().as_slice(), &signature.signature))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::charter::{
        Role,
        tests::{ROOT, certificate},
    };

    fn key(n: u8) -> KeyPair {
        KeyPair::from_seed(&[n; 32])
    }

    fn two_of_three() -> SignedGenesis {
        SignedGenesis::new(Genesis {
            name: "示例县".into(),
            root: ROOT.parse().unwrap(),
            root_keys: vec![key(1).public(), key(2).public(), key(3).public()],
            threshold: 2,
            founders: vec![certificate(9, ROOT, &[Role::ADMINISTRATOR], 100)],
            made_s: 0,
            salt: [0; 16].into(),
        })
    }

    #[test]
    fn enough_root_keys_must_sign_and_each_counts_once() {
        let mut signed = two_of_three();
        assert_eq!((signed.is_in_force(), signed.missing()), (false, vec![0, 1, 2]));
        assert_eq!(signed.sign(&key(3)), Ok(2));
        assert_eq!(signed.sign(&key(3)), Ok(2));
        assert_eq!((signed.is_in_force(), signed.missing()), (false, vec![0, 1]));
        assert_eq!(signed.sign(&key(1)), Ok(0));
        assert!(signed.is_in_force());
        assert_eq!(signed.signatures().iter().map(|one| one.number).collect::<Vec<_>>(), [0, 2]);
        let hash = signed.genesis.hash();
        assert_eq!(SignedGenesis::parse_expecting(&cbor::encode(&signed), hash), Ok(signed));
    }

    #[test]
    fn a_signature_of_another_key_tree_or_number_is_none() {
        let mut signed = two_of_three();
        assert_eq!(signed.sign(&key(9)), Err(GenesisFault::NotSigned { number: 3 }), "a founder's");
        let signature = key(1).sign(signed.message().as_slice()).into();
        let refused = signed.add(FoundingSignature { number: 1, signature });
        assert_eq!(refused, Err(GenesisFault::NotSigned { number: 1 }));
        let of_genesis = key(1).sign(signed.genesis.hash().0.as_slice()).into();
        assert!(signed.add(FoundingSignature { number: 0, signature: of_genesis }).is_err());
        assert!(signed.signatures().is_empty());
        // Nor is one read from a file.
        let good = FoundingSignature { number: 0, signature };
        let bad = |signatures: Vec<FoundingSignature>| {
            let bytes = cbor::encode(&SignedGenesis { signatures, ..two_of_three() });
            SignedGenesis::parse(&bytes).unwrap_err()
        };
        assert_eq!(bad(vec![FoundingSignature { number: 2, signature }]), GenesisFault::NotSigned { number: 2 });
        assert!(matches!(bad(vec![good.clone(), good]), GenesisFault::Unsound(_)));
        let another = GenesisHash(Hash([1; 32]));
        let refused = SignedGenesis::parse_expecting(&cbor::encode(&two_of_three()), another);
        assert!(matches!(refused, Err(GenesisFault::Another { .. })));
    }
}
