//! A receipt: a node above says, signed with its node key, which entries it durably holds.
//!
//! A tip stands for everything before it in its feed. The node log's checkpoints and inclusion proofs will travel in
//! the same place (SPEC.md §5); a receipt binds its signer already: what it confirmed it cannot deny having had.

use minicbor::{Decode, Encode, bytes::ByteArray};
use thiserror::Error;

use crate::{
    record::{
        cbor::{self, CborFault},
        entry::{CertificateId, EntryId, Hash},
    },
    trust::{
        genesis::GenesisHash,
        key::{KeyPair, PublicKey},
    },
};

/// Starts what is signed, so that no other signature of ours can be taken for a receipt.
const DOMAIN: &str = "fangwei receipt 1";

/// What a node confirms.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// Who holds: the node's certificate.
    #[n(0)]
    pub holder: CertificateId,
    /// Entries held; each stands for its feed up to it. Ascending.
    #[n(1)]
    pub tips: Vec<EntryId>,
    /// The holder's clock: seconds since 1970 UTC.
    #[n(2)]
    pub claimed_time_s: i64,
}

/// A receipt with its signature, as it travels and rests.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct SignedReceipt {
    /// What is confirmed.
    #[n(0)]
    pub receipt: Receipt,
    /// The holder's signature.
    #[n(1)]
    pub signature: ByteArray<64>,
}

/// Why bytes are not a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReceiptFault {
    /// Not the one encoding of a receipt.
    #[error("receipt is {0}")]
    NotCanonical(#[from] CborFault),
    /// The named node did not sign it.
    #[error("signature of the receipt does not hold")]
    NotSigned,
}

impl Receipt {
    /// Signs with the holder's node key.
    #[must_use]
    pub fn sign(self, genesis: &GenesisHash, key: &KeyPair) -> SignedReceipt {
        let signature = key.sign(&self.message(genesis)).into();
        SignedReceipt { receipt: self, signature }
    }

    fn message(&self, genesis: &GenesisHash) -> [u8; 32] {
        Hash::of_parts(DOMAIN, [genesis.0.as_slice(), &cbor::encode(self)]).0
    }
}

impl SignedReceipt {
    /// Reads a receipt as it travels.
    ///
    /// # Errors
    ///
    /// [`ReceiptFault::NotCanonical`].
    pub fn parse(bytes: &[u8]) -> Result<SignedReceipt, ReceiptFault> {
        Ok(cbor::decode(bytes)?)
    }

    /// Checks the signature and, if it holds, opens the receipt.
    ///
    /// # Errors
    ///
    /// [`ReceiptFault::NotSigned`].
    pub fn verify(self, genesis: &GenesisHash, key: &PublicKey) -> Result<Receipt, ReceiptFault> {
        let message = self.receipt.message(genesis);
        if key.verifies(&message, &self.signature) { Ok(self.receipt) } else { Err(ReceiptFault::NotSigned) }
    }
}
