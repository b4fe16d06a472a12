//! One signed statement of one officer: a COSE_Sign1 header with a detached body.
//!
//! The header is attached and small, the body travels beside it and is named by its SHA-256, so that any COSE library
//! or plain `openssl pkeyutl -verify -rawin` checks a statement, and a body can be lawfully redacted without breaking
//! a chain. The bytes are described in SPEC.md §2.

use std::{collections::BTreeSet, fmt, ops::Range, sync::Arc};

use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteArray, decode, encode};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{
    limits::{AFTER_MAX, HEADER_BYTES_MAX},
    record::cbor::{self, CborFault},
    trust::{
        genesis::GenesisHash,
        key::{KeyPair, PublicKey, SignatureBytes},
    },
    work::unit::UnitPath,
};

/// Starts the `external_aad` of every entry, so that no other signature of ours can be taken for one.
const DOMAIN: &[u8] = b"fangwei entry 1";

/// The COSE protected header `{1: -8}`: EdDSA, which the certificate narrows to Ed25519.
const PROTECTED: &[u8] = &[0xa1, 0x01, 0x27];

/// A SHA-256 sum.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// Names one entry: SHA-256 of its Sig_structure, `external_aad` included, signature not (Ed25519 signers can make
/// many signatures over one message).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct EntryId(#[n(0)] pub Hash);

/// Names one certificate: the id of its `certify` entry, or a number derived from the genesis for founding ones.
pub type CertificateId = EntryId;

/// Names a document within its scope and kind: sixteen random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId(pub [u8; 16]);

/// One run of one process over one feed: eight random bytes. Each process start begins a new one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub [u8; 8]);

/// How far a scope is kept from its home. An open code: unknown ones decode and are kept by nobody but the home's line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Reach(#[n(0)] pub u8);

/// In what order a scope travels. An open code: unknown ones travel last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Shelf(#[n(0)] pub u8);

/// What a document is about. An open code whose meaning never changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Kind(#[n(0)] pub u16);

impl Reach {
    /// Kept by the home and every ancestor.
    pub const UP: Reach = Reach(1);
    /// Kept by the home, every ancestor and every descendant.
    pub const DOWN: Reach = Reach(2);
    /// Never leaves the node.
    pub const LOCAL: Reach = Reach(3);
}

impl Shelf {
    /// Certificates, packs, calendars, units.
    pub const CHARTER: Shelf = Shelf(1);
    /// Reports, warnings, duties.
    pub const CASE: Shelf = Shelf(2);
    /// Powers, risks and the rest.
    pub const LIBRARY: Shelf = Shelf(3);
}

/// Decides who keeps an entry and in what order it travels.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct Scope {
    /// The unit it belongs to.
    #[n(0)]
    pub home: UnitPath,
    /// How far it is kept.
    #[n(1)]
    pub reach: Reach,
    /// In what order it travels.
    #[n(2)]
    pub shelf: Shelf,
}

/// What a document *is*: scope, kind and sixteen random bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct DocKey {
    /// The scope all of its entries are in.
    #[n(0)]
    pub scope: Scope,
    /// What it is about.
    #[n(1)]
    pub kind: Kind,
    /// Which one.
    #[n(2)]
    pub doc: DocId,
}

/// A checkpoint from above that the author had seen: proof that the entry was not written before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Anchor {
    /// The node whose log it is, by its certificate.
    #[n(0)]
    pub log: CertificateId,
    /// Entries in that log.
    #[n(1)]
    pub size: u64,
    /// The log's root at that size.
    #[n(2)]
    pub root: Hash,
}

/// What the author signs.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// Who keeps it.
    #[n(0)]
    pub scope: Scope,
    /// What its document is about.
    #[n(1)]
    pub kind: Kind,
    /// Which document.
    #[n(2)]
    pub doc: DocId,
    /// Which certificate signs.
    #[n(3)]
    pub author: CertificateId,
    /// Which run of which process wrote it.
    #[n(4)]
    pub epoch: Epoch,
    /// Place in the feed: 0 for the first, otherwise one more than `prev`'s.
    #[n(5)]
    pub seq: u64,
    /// The entry before it in the feed; none only at seq 0.
    #[n(6)]
    pub prev: Option<EntryId>,
    /// Heads of the document the author had seen, ascending; absent: just `prev`; empty: none.
    #[n(7)]
    pub after: Option<Vec<EntryId>>,
    /// The officer's clock, for people: seconds since 1970 UTC.
    #[n(8)]
    pub claimed_time_s: i64,
    /// The newest checkpoint from above that was seen.
    #[n(9)]
    pub anchor: Option<Anchor>,
    /// SHA-256 of the body.
    #[n(10)]
    pub body: Hash,
}

/// Bytes that say who wrote them. Nobody has checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    header: Header,
    signature: SignatureBytes,
    bytes: Arc<[u8]>,
    /// Where the payload, the header's encoding, is in them.
    payload: Range<usize>,
}

/// A statement whose signature holds. Made only by [`Claim::verify`], by signing, and by reading one's own journal.
///
/// Says nothing about whether the author was *allowed* to say it: see [`crate::trust::authority`].
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    id: EntryId,
    header: Header,
    bytes: Arc<[u8]>,
}

/// Why bytes are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClaimFault {
    /// More bytes than [`HEADER_BYTES_MAX`].
    #[error("header has {bytes} bytes, at most {HEADER_BYTES_MAX} are allowed")]
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// Not the one encoding of a header.
    #[error("header is {0}")]
    NotCanonical(#[from] CborFault),
    /// A sequence number, `prev` or `after` that no writer of ours could have put there.
    #[error("header contradicts itself: {0}")]
    Contradiction(&'static str),
    /// The named author did not sign these bytes in this tree.
    #[error("signature of {author} does not hold")]
    NotSigned {
        /// The certificate named.
        author: CertificateId,
    },
}

/// The wire form: a COSE_Sign1 without its tag, `[protected, {}, payload, signature]`.
struct Sign1<'b> {
    protected: &'b [u8],
    payload: &'b [u8],
    signature: SignatureBytes,
}

impl Hash {
    /// SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(Sha256::digest(bytes).into())
    }

    /// SHA-256 of `domain` and the parts, each with its length before it, so that parts cannot run together.
    #[must_use]
    pub fn of_parts<'a>(domain: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update(domain.as_bytes());
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Hash(hasher.finalize().into())
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl Header {
    /// The document this entry belongs to.
    #[must_use]
    pub fn document(&self) -> DocKey {
        DocKey { scope: self.scope.clone(), kind: self.kind, doc: self.doc }
    }

    /// The heads of the document the author had seen, with an absent `after` spelled out.
    #[must_use]
    pub fn after(&self) -> &[EntryId] {
        match (&self.after, &self.prev) {
            (Some(after), _) => after,
            (None, Some(prev)) => std::slice::from_ref(prev),
            (None, None) => &[],
        }
    }

    /// Signs this header with its author's key.
    ///
    /// The header is checked by the same rules a reader applies, so that nothing is signed that nobody would take.
    ///
    /// # Errors
    ///
    /// [`ClaimFault::TooLarge`] and [`ClaimFault::Contradiction`].
    pub fn sign(self, genesis: &GenesisHash, key: &KeyPair) -> Result<Entry, ClaimFault> {
        self.check()?;
        let payload = cbor::encode(&self);
        let message = sig_structure(genesis, &payload);
        let signature = key.sign(&message);
        let bytes = cbor::encode(&Sign1 { protected: PROTECTED, payload: &payload, signature });
        if bytes.len() > HEADER_BYTES_MAX {
            return Err(ClaimFault::TooLarge { bytes: bytes.len() });
        }
        Ok(Entry { id: EntryId(Hash::of(&message)), header: self, bytes: bytes.into() })
    }

    fn check(&self) -> Result<(), ClaimFault> {
        let contradiction = |what| Err(ClaimFault::Contradiction(what));
        match (&self.prev, self.seq) {
            (None, 0) => {}
            (None, _) => return contradiction("no prev, but not the first of its feed"),
            (Some(_), 0) => return contradiction("the first of its feed, but with a prev"),
            (Some(_), _) => {}
        }
        if let Some(after) = &self.after {
            if after.len() > AFTER_MAX {
                return contradiction("more heads in after than allowed");
            }
            if !after.is_sorted_by(|one, next| one < next) {
                return contradiction("after is not ascending");
            }
            let says_as_much = match (&self.prev, after.as_slice()) {
                (None, []) => true,
                (Some(prev), [only]) => prev == only,
                _ => false,
            };
            if says_as_much {
                return contradiction("after spells out what its absence says");
            }
        }
        Ok(())
    }
}

impl Claim {
    /// Reads the bytes of an entry as they travel.
    ///
    /// # Errors
    ///
    /// Everything in [`ClaimFault`] but `NotSigned`.
    pub fn parse(bytes: &[u8]) -> Result<Claim, ClaimFault> {
        if bytes.len() > HEADER_BYTES_MAX {
            return Err(ClaimFault::TooLarge { bytes: bytes.len() });
        }
        let sign1: Sign1<'_> = cbor::decode(bytes)?;
        if sign1.protected != PROTECTED {
            return Err(ClaimFault::Contradiction("algorithm is not EdDSA"));
        }
        let header: Header = cbor::decode(sign1.payload)?;
        header.check()?;
        let payload = place_of_payload(bytes, sign1.payload.len());
        Ok(Claim { header, signature: sign1.signature, bytes: bytes.into(), payload })
    }

    /// A claim nobody signed, for trying out what an entry would do before it is signed. Never verifies.
    pub(crate) fn unsigned(header: Header) -> Claim {
        let payload = cbor::encode(&header);
        let signature = [0; 64];
        let bytes = cbor::encode(&Sign1 { protected: PROTECTED, payload: &payload, signature });
        let payload = place_of_payload(&bytes, payload.len());
        Claim { header, signature, bytes: bytes.into(), payload }
    }

    /// Whose signature it claims to bear: only to find the key.
    #[must_use]
    pub fn claimed_author(&self) -> CertificateId {
        self.header.author
    }

    /// The id it has in a tree, if its signature holds.
    #[must_use]
    pub fn claimed_id(&self, genesis: &GenesisHash) -> EntryId {
        EntryId(Hash::of(&sig_structure(genesis, self.payload())))
    }

    /// Whether it claims to come right behind one of these: only to wait for them.
    #[must_use]
    pub fn claims_to_follow(&self, ids: &BTreeSet<EntryId>) -> bool {
        self.header.prev.iter().chain(self.header.after.iter().flatten()).any(|id| ids.contains(id))
    }

    /// Checks the signature and, if it holds, opens the statement.
    ///
    /// # Errors
    ///
    /// [`ClaimFault::NotSigned`] if the named author did not sign these bytes in the tree of `genesis`.
    pub fn verify(self, genesis: &GenesisHash, key: &PublicKey) -> Result<Entry, ClaimFault> {
        let message = sig_structure(genesis, self.payload());
        if !key.verifies(&message, &self.signature) {
            return Err(ClaimFault::NotSigned { author: self.header.author });
        }
        Ok(Entry { id: EntryId(Hash::of(&message)), header: self.header, bytes: self.bytes })
    }

    /// Opens a statement this node verified when it admitted it, from its own journal.
    ///
    /// The caller compares the id with the one it stored: that, not the signature, is what guards against a bad disk.
    #[must_use]
    pub fn reopen(self, genesis: &GenesisHash) -> Entry {
        let id = EntryId(Hash::of(&sig_structure(genesis, self.payload())));
        Entry { id, header: self.header, bytes: self.bytes }
    }

    fn payload(&self) -> &[u8] {
        self.bytes.get(self.payload.clone()).unwrap_or_default()
    }
}

impl Entry {
    /// Names this entry.
    #[must_use]
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// What was signed.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The COSE_Sign1 as it travels and rests.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// The very bytes that were signed, for tools that are not ours.
    #[must_use]
    pub fn to_be_signed(&self, genesis: &GenesisHash) -> Vec<u8> {
        sig_structure(genesis, &cbor::encode(&self.header))
    }

    /// The signature, for tools that are not ours.
    #[must_use]
    pub fn signature(&self) -> Option<SignatureBytes> {
        cbor::decode::<Sign1<'_>>(&self.bytes).ok().map(|sign1| sign1.signature)
    }
}

/// Where in a COSE_Sign1 a payload of this length is: what is behind it is the signature, 64 bytes with 2 that say so.
fn place_of_payload(bytes: &[u8], len: usize) -> Range<usize> {
    let end = bytes.len().saturating_sub(66);
    end.saturating_sub(len)..end
}

/// RFC 9052 §4.4: `["Signature1", protected, external_aad, payload]`.
fn sig_structure(genesis: &GenesisHash, payload: &[u8]) -> Vec<u8> {
    let mut aad = [0; DOMAIN.len() + 32];
    let (domain, hash) = aad.split_at_mut(DOMAIN.len());
    domain.copy_from_slice(DOMAIN);
    hash.copy_from_slice(genesis.0.as_slice());
    let mut bytes = Vec::with_capacity(payload.len() + 80);
    let mut e = Encoder::new(&mut bytes);
    let written =
        e.array(4).and_then(|e| e.str("Signature1")).and_then(|e| e.bytes(PROTECTED)).and_then(|e| e.bytes(&aad));
    if written.and_then(|e| e.bytes(payload)).is_err() {
        unreachable!("encoding into memory does not fail");
    }
    bytes
}

impl<C> Encode<C> for Sign1<'_> {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(4)?.bytes(self.protected)?.map(0)?.bytes(self.payload)?.bytes(&self.signature)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Sign1<'b> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let at = d.position();
        if d.array()? != Some(4) {
            return Err(decode::Error::message("a COSE_Sign1 has four parts").at(at));
        }
        let protected = d.bytes()?;
        if d.map()? != Some(0) {
            return Err(decode::Error::message("unprotected headers are not allowed").at(at));
        }
        let payload = d.bytes()?;
        let signature = d.bytes()?.try_into().map_err(|_| decode::Error::message("a signature has 64 bytes").at(at))?;
        Ok(Sign1 { protected, payload, signature })
    }
}

/// Byte strings of fixed length, shown as hexadecimal.
macro_rules! fixed_bytes {
    ($name:ident, $len:literal) => {
        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
                Ok($name(ByteArray::<$len>::decode(d, ctx)?.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("…")
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotHex;

            fn from_str(text: &str) -> Result<Self, NotHex> {
                let mut bytes = [0; $len];
                if text.len() != 2 * $len || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return Err(NotHex { digits: 2 * $len });
                }
                for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
                    let pair = std::str::from_utf8(pair).unwrap_or_default();
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| NotHex { digits: 2 * $len })?;
                }
                Ok($name(bytes))
            }
        }
    };
}

/// A text is not the expected number of hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not {digits} hexadecimal digits")]
pub struct NotHex {
    /// How many digits are wanted.
    pub digits: usize,
}

fixed_bytes!(Hash, 32);
fixed_bytes!(DocId, 16);
fixed_bytes!(Epoch, 8);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::str::FromStr for EntryId {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        text.parse().map(EntryId)
    }
}

macro_rules! shown_as_code {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    )*};
}

shown_as_code!(Reach Shelf Kind);

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim(by {:?})", self.header.author)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({:?} #{} by {:?})", self.id, self.header.seq, self.header.author)
    }
}
