//! Officers' and nodes' keys: Ed25519, checked once when admitted and verified by the strict rule only.
//!
//! The strict rule accepts a subset of what OpenSSL, Go and libsodium accept, so whatever a node takes, an auditor's
//! own tool takes too. Batch verification is never used: it accepts what single verification rejects (measured), and
//! nodes would disagree.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use thiserror::Error;

/// A public key that was admitted: canonical, not weak, free of torsion.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why 32 bytes are not admitted as a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyFault {
    /// Not a point of the curve.
    #[error("not an Ed25519 public key")]
    NotAPoint,
    /// Another encoding of a point that has a canonical one.
    #[error("public key is not canonically encoded")]
    NotCanonical,
    /// A key under which signatures prove nothing, or of mixed order.
    #[error("public key is weak")]
    Weak,
}

/// A signing key. Lives in the keyring and in tests; never enters the replica.
pub struct KeyPair(SigningKey);

/// Sixty-four bytes that may or may not be a signature.
pub type SignatureBytes = [u8; 64];

impl PublicKey {
    /// Admits a key.
    ///
    /// # Errors
    ///
    /// See [`KeyFault`].
    pub fn admit(bytes: &[u8; 32]) -> Result<PublicKey, KeyFault> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyFault::NotAPoint)?;
        let point = key.to_edwards();
        if point.compress().as_bytes() != bytes {
            return Err(KeyFault::NotCanonical);
        }
        if key.is_weak() || !point.is_torsion_free() {
            return Err(KeyFault::Weak);
        }
        Ok(PublicKey(key))
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Whether `signature` over `message` holds, by the strict rule.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &SignatureBytes) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl KeyPair {
    /// The key of a 32-byte secret seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> KeyPair {
        KeyPair(SigningKey::from_bytes(seed))
    }

    /// The secret seed, for sealing it away.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public half. A key made from a seed is always admissible.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> SignatureBytes {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({:?})", self.public())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.bytes().iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…")
    }
}

impl<C> Encode<C> for PublicKey {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for PublicKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let at = d.position();
        let bytes = d.bytes()?.try_into().map_err(|_| decode::Error::message("a key has 32 bytes").at(at))?;
        PublicKey::admit(&bytes).map_err(|fault| decode::Error::message(fault).at(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_message_only() {
        let pair = KeyPair::from_seed(&[7; 32]);
        let signature = pair.sign(b"one");
        assert!(pair.public().verifies(b"one", &signature));
        assert!(!pair.public().verifies(b"two", &signature));
        assert!(!KeyPair::from_seed(&[8; 32]).public().verifies(b"one", &signature));
    }

    #[test]
    fn weak_and_noncanonical_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::admit(&identity), Err(KeyFault::Weak));
        // y = p + 1: the identity again, written beyond the field's order.
        let mut beyond = [0xff; 32];
        beyond[0] = 0xee;
        beyond[31] = 0x7f;
        assert_eq!(PublicKey::admit(&beyond), Err(KeyFault::NotCanonical));
        let mut off_curve = [0; 32];
        off_curve[0] = 2;
        assert_eq!(PublicKey::admit(&off_curve), Err(KeyFault::NotAPoint));
    }
}
