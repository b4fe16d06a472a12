//! What a replica tells people, logs and counters: what happened.

use super::{PeerFault, PeerId};
use crate::{
    record::{
        entry::{CertificateId, EntryId, Scope},
        message::Bye,
    },
    records::LogIndex,
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
    /// Two checkpoints of one log cannot both be true: its node lied, its machine was cloned, or it was restored and has
    /// not been told yet what it lost.
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
    /// Records of entries cannot be read any more: they are shown to nobody and asked for again.
    Damaged {
        /// How many were found now.
        entries: usize,
    },
    /// A damaged record was written again, as another node has it.
    Mended {
        /// Its place in the log.
        at: LogIndex,
        /// The entry.
        id: EntryId,
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
