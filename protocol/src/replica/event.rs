//! What a replica tells people, logs and counters: what happened, and what a peer did that no honest one does.

use thiserror::Error;

use super::PeerId;
use crate::{
    record::{
        body::BodyFault,
        entry::{CertificateId, ClaimFault, EntryId, Hash, Scope},
        feed::HeaderFault,
        message::{Bye, FrameFault, VERSION},
        reconcile::SessionFault,
    },
    records::LogIndex,
    trust::receipt::ReceiptFault,
    work::unit::UnitPath,
};

/// Something worth telling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Entries were admitted, from this log index to before that one.
    Admitted {
        /// The first.
        from: LogIndex,
        /// One past the last.
        to: LogIndex,
    },
    /// A feed branched between epochs.
    Branched {
        /// Whose scope.
        scope: Scope,
        /// Whose feed.
        author: CertificateId,
        /// The entry that made it branch.
        id: EntryId,
    },
    /// A feed forked within one epoch: evidence, not guilt.
    Forked {
        /// Whose scope.
        scope: Scope,
        /// Whose feed.
        author: CertificateId,
        /// The entry that came second.
        id: EntryId,
        /// The entry it contradicts.
        other: EntryId,
    },
    /// A one-use join certificate certified a second node.
    TokenReused {
        /// The join certificate.
        token: CertificateId,
    },
    /// A certificate of another key became complete for a holder, or for a unit's node, known here already: a key was
    /// replaced, a second machine set up, or somebody speaks in another's name. People must know which.
    SecondKey {
        /// The one that became complete.
        certificate: CertificateId,
        /// One that stood before.
        known: CertificateId,
    },
    /// A session began.
    Met {
        /// With whom.
        peer: PeerId,
        /// Where it stands.
        unit: UnitPath,
        /// Whether both held the same already.
        agreed: bool,
    },
    /// Everything that differed was given and acknowledged, or there was nothing.
    Settled {
        /// With whom.
        peer: PeerId,
        /// Where it stands.
        unit: UnitPath,
    },
    /// A node above confirmed entries.
    Confirmed {
        /// Who.
        holder: CertificateId,
        /// How many tips.
        tips: usize,
    },
    /// A node learned that it was restored: its log goes on under another name.
    Restored {
        /// Which: this one, or a peer.
        node: CertificateId,
        /// Its log's epoch from now on.
        epoch: u32,
    },
    /// Two checkpoints of one log cannot both be true: its node lied, or the machine was cloned.
    Contradicted {
        /// Whose log.
        node: CertificateId,
    },
    /// This node's log does not read as it was written; nothing is signed any more.
    LogDiffers {
        /// The first entry that may be another.
        from: LogIndex,
        /// One past the last.
        to: LogIndex,
    },
    /// Enough witnesses have cosigned a checkpoint of this node.
    Witnessed {
        /// Its size.
        size: u64,
        /// How many have.
        cosignatures: usize,
    },
    /// A peer did what no honest peer does, or may not be here; the session ends.
    Refused {
        /// Which.
        peer: PeerId,
        /// What it did.
        fault: PeerFault,
    },
    /// The peer ended the session and said why.
    Ended {
        /// Which.
        peer: PeerId,
        /// Its words.
        bye: Bye,
    },
}

/// What is wrong with a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParcelFault {
    /// Its entry.
    #[error(transparent)]
    Claim(#[from] ClaimFault),
    /// Its body.
    #[error(transparent)]
    Body(#[from] BodyFault),
    /// It came without its body. Nothing of this version takes bodies away or asks for them later, so taking the entry
    /// would be to lose what it says while confirming to hold it.
    #[error("entry by {author} came without its body")]
    NoBody {
        /// The certificate it names.
        author: CertificateId,
    },
}

/// What a peer did.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PeerFault {
    /// Another protocol version.
    #[error("peer speaks protocol version {found}, this node {VERSION}")]
    Version {
        /// The peer's.
        found: u16,
    },
    /// Another tree.
    #[error("peer is of tree {found}, this node of {expected}")]
    Genesis {
        /// Ours.
        expected: Hash,
        /// The peer's.
        found: Hash,
    },
    /// Not a certificate that may synchronise here.
    #[error("peer's certificate {certificate} {reason}")]
    Certificate {
        /// The one it named.
        certificate: CertificateId,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Neither unit contains the other.
    #[error("peer stands at {unit}, neither above nor below this node")]
    Unrelated {
        /// Where it stands.
        unit: UnitPath,
    },
    /// A bad frame.
    #[error(transparent)]
    Frame(#[from] FrameFault),
    /// A frame out of place.
    #[error(transparent)]
    Session(#[from] SessionFault),
    /// A bad parcel.
    #[error(transparent)]
    Parcel(#[from] ParcelFault),
    /// A bad header.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// A bad receipt.
    #[error(transparent)]
    Receipt(#[from] ReceiptFault),
    /// It reads too slowly.
    #[error("peer reads too slowly")]
    TooSlow,
}
