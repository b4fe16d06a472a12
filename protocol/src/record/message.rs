//! What two nodes say to each other: versioned frames, every length bounded before it is believed.
//!
//! A frame is one CBOR value behind a length (SPEC.md §5). Unknown frame codes are refused: a newer protocol is another
//! ALPN.

use std::sync::Arc;

use minicbor::{Decode, Encode, bytes::ByteVec};
use thiserror::Error;

use crate::{
    limits::{
        AGAIN_IDS_MAX, BODY_BYTES_MAX, CHUNK_PART_BYTES, CHUNKS_ASKED_MAX, COMPARE_ITEMS_MAX, CONSISTENCY_MAX,
        FRAME_BYTES_MAX, GIVE_ENTRIES_MAX, HEADER_BYTES_MAX, LOCATOR_MAX, RECEIPTS_MAX,
    },
    record::{
        cbor::{self, CborFault},
        entry::{CertificateId, EntryId, Hash, Scope},
        frontier::{Extent, Outline},
    },
    trust::{checkpoint::LogHead, genesis::GenesisHash},
    work::unit::UnitPath,
};

/// The protocol's version; the ALPN carries it too.
pub const VERSION: u16 = 1;

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Frame {
    /// Who I am and what I hold; the first frame of each side.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// I do not know your certificate: send its chain.
    #[n(1)]
    ChainWanted,
    /// The acts that prove my certificate, from the genesis down.
    #[n(2)]
    Chain(#[n(0)] Vec<Parcel>),
    /// I have only the fingerprint: send the genesis.
    #[n(3)]
    GenesisWanted,
    /// The genesis.
    #[n(4)]
    Genesis(#[n(0)] ByteVec),
    /// The dialler asks what is behind digests that differ.
    #[n(5)]
    OutlinesWanted(#[n(0)] Vec<Stretch>),
    /// What is behind one digest; several frames where it does not fit one, the last saying so.
    #[n(6)]
    Outlined(#[n(0)] Stretch, #[n(1)] Outline, #[n(2)] bool),
    /// My tips in a scope; several frames where they do not fit one.
    #[n(7)]
    Tips(#[n(0)] ScopeTips),
    /// Tips I lack, and where I stand.
    #[n(8)]
    Wanted(#[n(0)] Vec<Want>),
    /// I have asked for everything I lack and will give this much.
    #[n(9)]
    Ready(#[n(0)] Totals),
    /// Entries.
    #[n(10)]
    Give(#[n(0)] Vec<Parcel>),
    /// So many of your `Give` frames are durably here.
    #[n(11)]
    Ack(#[n(0)] Ack),
    /// Confirm these entries, or hand on who above has.
    #[n(12)]
    ReceiptsWanted(#[n(0)] Vec<ReceiptsWant>),
    /// I end this, and why.
    #[n(13)]
    Bye(#[n(0)] Bye),
    /// A checkpoint of my log, or the newest of yours I hold.
    #[n(14)]
    Checkpoint(#[n(0)] Shown),
    /// Entries I hold and cannot read any more.
    #[n(15)]
    AgainWanted(#[n(0)] Vec<EntryId>),
    /// Chunks of attachments I lack, by the acts that name them.
    #[n(16)]
    ChunksWanted(#[n(0)] Vec<ChunksWant>),
    /// A part of the first chunk you lack that I have; empty, with no rest, if I have none.
    #[n(17)]
    Chunk(#[n(0)] ChunkPart),
    /// As a witness I have cosigned a checkpoint of yours.
    #[n(18)]
    Cosigned(#[n(0)] Cosigned),
    /// Receipts by nodes above, each the bytes of a [`crate::trust::receipt::Receipt`].
    #[n(19)]
    Receipts(#[n(0)] Vec<ByteVec>),
    /// My log does not extend what your hello says you hold of it: show me that.
    #[n(20)]
    CheckpointWanted,
    /// Of the entries you cannot read any more those I have, in the order asked; what did not fit is asked for next.
    #[n(21)]
    Again(#[n(0)] Vec<Parcel>),
}

/// Entries whose confirmation is lacking.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ReceiptsWant {
    /// Of which unit above.
    #[n(0)]
    pub unit: UnitPath,
    /// Which entries.
    #[n(1)]
    pub ids: Vec<EntryId>,
    /// Whether only a witnessed checkpoint is wanted.
    #[n(2)]
    pub witnessed: bool,
}

/// Chunks that are lacking.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ChunksWant {
    /// The act that names them.
    #[n(0)]
    pub entry: EntryId,
    /// Which.
    #[n(1)]
    pub chunks: Vec<Hash>,
}

/// A part of a chunk.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ChunkPart {
    /// What follows what came before.
    #[n(0)]
    pub bytes: ByteVec,
    /// How many bytes come after it, in the next frames of this kind.
    #[n(1)]
    pub rest: u32,
}

/// A checkpoint that is shown.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Shown {
    /// The signed note.
    #[n(0)]
    pub note: ByteVec,
    /// The size it is proved from; 0 where there is nothing to prove.
    #[n(1)]
    pub since: u64,
    /// The consistency proof.
    #[n(2)]
    pub proof: Vec<Hash>,
}

/// A witness's word.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Cosigned {
    /// Whose log.
    #[n(0)]
    pub log: CertificateId,
    /// Which.
    #[n(1)]
    pub epoch: u32,
    /// Its size in the checkpoint.
    #[n(2)]
    pub size: u64,
    /// The signature line, its end included.
    #[n(3)]
    pub line: ByteVec,
}

/// Who I am and what I hold.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// The protocol's version.
    #[n(0)]
    pub version: u16,
    /// Which tree.
    #[n(1)]
    pub genesis: GenesisHash,
    /// Whose key the transport proved.
    #[n(2)]
    pub certificate: CertificateId,
    /// Where I stand.
    #[n(3)]
    pub unit: UnitPath,
    /// Digest of what this link shares; none if I do not know yet where you stand.
    #[n(4)]
    pub digest: Option<Hash>,
    /// Receipts, bodies and chunks I still want of you.
    #[n(5)]
    pub wanted: u32,
    /// The newest checkpoint of your log I hold.
    #[n(6)]
    pub checkpoint: Option<LogHead>,
}

/// A unit, and how much of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct Stretch {
    /// Which unit.
    #[n(0)]
    pub unit: UnitPath,
    /// How much of it.
    #[n(1)]
    pub extent: Extent,
}

/// Tips of the feeds of one scope.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ScopeTips {
    /// Which scope.
    #[n(0)]
    pub scope: Scope,
    /// By author; an author with many tips may come again.
    #[n(1)]
    pub feeds: Vec<FeedTips>,
    /// Whether these are the last of the scope.
    #[n(2)]
    pub last: bool,
}

/// Tips of one feed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct FeedTips {
    /// Whose feed.
    #[n(0)]
    pub author: CertificateId,
    /// Its tips.
    #[n(1)]
    pub tips: Vec<EntryId>,
}

/// A tip I lack.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Want {
    /// Which scope.
    #[n(0)]
    pub scope: Scope,
    /// Whose feed.
    #[n(1)]
    pub author: CertificateId,
    /// The tips.
    #[n(2)]
    pub tips: Vec<EntryId>,
    /// Ids of that feed I hold: of each of my tips itself, then 1, 2, 4 … back.
    #[n(3)]
    pub have: Vec<EntryId>,
}

/// What is going to be given, for progress bars.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Totals {
    /// Entries.
    #[n(0)]
    pub entries: u64,
}

/// What has been taken.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Ack {
    /// `Give` frames of this session taken so far: all of their entries are durable, were held before, or are parked.
    #[n(0)]
    pub frames: u64,
    /// A [`crate::trust::receipt::Receipt`], from above only.
    #[n(1)]
    pub receipt: Option<ByteVec>,
    /// That its checkpoint follows from the newest one this side showed or the peer's hello named.
    #[n(2)]
    pub proof: Vec<Hash>,
}

/// An entry with its body.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Parcel {
    /// The COSE_Sign1.
    #[n(0)]
    pub entry: ByteVec,
    /// The body; none where it was lawfully taken away.
    #[n(1)]
    pub body: Option<ByteVec>,
    /// Where it was: a redaction that counts, and the endorsement that made it so.
    #[n(2)]
    pub proof: Option<Vec<Statement>>,
}

/// An entry whose body is always there.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Statement {
    /// The COSE_Sign1.
    #[n(0)]
    pub entry: ByteVec,
    /// The body.
    #[n(1)]
    pub body: ByteVec,
}

/// Why a side ends a session.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Bye {
    /// A code of [`ByeCode`].
    #[n(0)]
    pub code: ByeCode,
    /// For logs: at most 200 characters.
    #[n(1)]
    pub detail: String,
}

/// Why a side ends a session. An open code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct ByeCode(#[n(0)] pub u8);

impl ByeCode {
    /// Another protocol version.
    pub const VERSION: ByeCode = ByeCode(1);
    /// Another tree.
    pub const GENESIS: ByeCode = ByeCode(2);
    /// The certificate is not one that may synchronise here, or not of the proven key.
    pub const CERTIFICATE: ByeCode = ByeCode(3);
    /// Neither unit contains the other.
    pub const UNRELATED: ByeCode = ByeCode(4);
    /// A frame that is not one, or not in its turn.
    pub const FRAME: ByeCode = ByeCode(5);
    /// An entry with a bad header, signature or body.
    pub const ENTRY: ByeCode = ByeCode(6);
    /// You read too slowly; reconciling again repairs it.
    pub const TOO_SLOW: ByeCode = ByeCode(7);
    /// I stop, or cannot read what it takes to go on: nobody did anything wrong.
    pub const STOPPING: ByeCode = ByeCode(8);
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameFault {
    /// More bytes than [`FRAME_BYTES_MAX`].
    #[error("frame has {bytes} bytes, at most {FRAME_BYTES_MAX} are allowed")]
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// Not the one encoding of a frame of this version.
    #[error("frame is {0}")]
    NotCanonical(#[from] CborFault),
    /// More items than a bound of `limits.rs` allows.
    #[error("frame has {found} {what}, at most {allowed} are allowed")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        allowed: usize,
    },
}

impl Frame {
    /// The bytes that travel, without the length before them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a frame.
    ///
    /// # Errors
    ///
    /// See [`FrameFault`].
    pub fn parse(bytes: &[u8]) -> Result<Frame, FrameFault> {
        if bytes.len() > FRAME_BYTES_MAX {
            return Err(FrameFault::TooLarge { bytes: bytes.len() });
        }
        let frame: Frame = cbor::decode(bytes)?;
        frame.check()?;
        Ok(frame)
    }

    fn check(&self) -> Result<(), FrameFault> {
        let at_most = |what, found, allowed| {
            if found <= allowed { Ok(()) } else { Err(FrameFault::TooMany { what, found, allowed }) }
        };
        match self {
            Frame::Chain(parcels) | Frame::Give(parcels) | Frame::Again(parcels) => {
                at_most("entries", parcels.len(), GIVE_ENTRIES_MAX)?;
                for parcel in parcels {
                    at_most("bytes of a header", parcel.entry.len(), HEADER_BYTES_MAX)?;
                    at_most("bytes of a body", parcel.body.as_ref().map_or(0, |body| body.len()), BODY_BYTES_MAX)?;
                }
                Ok(())
            }
            Frame::OutlinesWanted(stretches) => at_most("stretches", stretches.len(), COMPARE_ITEMS_MAX),
            Frame::Outlined(_, part, _) => at_most("digests", part.items(), 2 * COMPARE_ITEMS_MAX),
            Frame::Tips(tips) => {
                at_most("tips", tips.feeds.iter().map(|feed| 1 + feed.tips.len()).sum(), 2 * COMPARE_ITEMS_MAX)
            }
            Frame::Wanted(wants) => {
                for want in wants {
                    at_most("ids of a locator", want.have.len(), LOCATOR_MAX)?;
                }
                at_most("tips", wants.iter().map(|want| 1 + want.tips.len()).sum(), 2 * COMPARE_ITEMS_MAX)
            }
            Frame::ReceiptsWanted(wants) => {
                at_most("ids", wants.iter().map(|want| 1 + want.ids.len()).sum(), 2 * COMPARE_ITEMS_MAX)
            }
            Frame::Receipts(receipts) => at_most("receipts", receipts.len(), RECEIPTS_MAX),
            Frame::Ack(Ack { proof, .. }) | Frame::Checkpoint(Shown { proof, .. }) => {
                at_most("hashes of a proof", proof.len(), CONSISTENCY_MAX)
            }
            Frame::AgainWanted(ids) => at_most("ids", ids.len(), AGAIN_IDS_MAX),
            Frame::ChunksWanted(wants) => {
                at_most("chunks", wants.iter().map(|want| want.chunks.len().max(1)).sum(), CHUNKS_ASKED_MAX)
            }
            Frame::Chunk(part) => at_most("bytes of a chunk", part.bytes.len(), CHUNK_PART_BYTES),
            Frame::Bye(bye) => at_most("characters", bye.detail.chars().count(), 200),
            _ => Ok(()),
        }
    }
}

impl Parcel {
    /// An entry with its body, ready to travel.
    #[must_use]
    pub fn new(entry: &[u8], body: Option<&Arc<[u8]>>) -> Parcel {
        Parcel { entry: entry.to_vec().into(), body: body.map(|body| body.to_vec().into()), proof: None }
    }

    /// An entry whose body was taken away, with what proves that it lawfully was.
    #[must_use]
    pub fn without_body(entry: &[u8], proof: Vec<Statement>) -> Parcel {
        Parcel { entry: entry.to_vec().into(), body: None, proof: (!proof.is_empty()).then_some(proof) }
    }

    /// Bytes it takes on the wire, give or take its envelope.
    #[must_use]
    pub fn weight(&self) -> usize {
        let proof = self.proof.iter().flatten().map(|statement| statement.entry.len() + statement.body.len() + 8);
        self.entry.len() + self.body.as_ref().map_or(0, |body| body.len()) + 8 + proof.sum::<usize>()
    }
}
