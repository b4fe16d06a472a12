//! What peers do that no honest peer does: it ends the session, and is told and counted.

use thiserror::Error;

use crate::{
    record::{
        body::BodyFault,
        entry::{CertificateId, ClaimFault, Hash},
        feed::HeaderFault,
        message::{FrameFault, VERSION},
        reconcile::SessionFault,
    },
    trust::receipt::ReceiptFault,
    work::unit::UnitPath,
};

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
