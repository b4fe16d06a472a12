//! What is to be thought of a checkpoint beside the one that is held, and what a node says when it was restored.
//!
//! A log only grows. A node that lost some of it and learns so from a peer goes on under another name and says after
//! what: that is not guilt. Two checkpoints of one name that cannot both be true are evidence, of a lie or a cloned
//! machine, or of a restored one that signed before it learned; the last says so itself afterwards, by a later name. Evidence
//! is kept and shown, and nothing is done about it here.

use minicbor::{Decode, Encode, bytes::ByteVec};

use crate::{
    record::{
        entry::Hash,
        log::{Head, is_consistent},
    },
    trust::checkpoint::{Checkpoint, LogHead, Note},
};

/// Under which name a node's log goes on.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct LogEpoch {
    /// From 0; more each time the node learns that it was restored.
    #[n(0)]
    pub epoch: u32,
    /// The greatest checkpoint of earlier names it was shown; there if and only if the epoch is not 0.
    #[n(1)]
    pub after: Option<LogHead>,
}

/// Two notes of one log that cannot both be true.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Evidence {
    /// The one that was held.
    #[n(0)]
    pub held: ByteVec,
    /// The one that came.
    #[n(1)]
    pub came: ByteVec,
}

/// What a checkpoint is beside the one held of the same node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Beside {
    /// Newer, and proved to follow from it, or the first.
    Newer,
    /// Older or the same: nothing new.
    Stale,
    /// Newer, and nothing proves that it follows.
    Unproven,
    /// Of a newer name, and begun without knowing what is held: that is to be shown.
    Unaware,
    /// Both cannot be true.
    Contradiction,
}

impl Evidence {
    /// Whether the log has since gone on under a name that says it was restored after that: its people are to be asked
    /// when, and what was lost. Until such a checkpoint is known, nothing tells a restored node from one that lies.
    #[must_use]
    pub fn is_explained_by(&self, newest: &Checkpoint) -> bool {
        let Ok(held) = Note::parse(&self.held) else { return false };
        let held = held.claimed();
        held.log.node == newest.log.node && goes_on_after(newest, &held.log_head())
    }
}

/// Whether a checkpoint is of a later name, begun in the knowledge of `held` or of more.
fn goes_on_after(came: &Checkpoint, held: &LogHead) -> bool {
    let knew = came.after.is_some_and(|after| (after.epoch, after.size) >= (held.epoch, held.size));
    came.log.epoch > held.epoch && knew
}

impl LogEpoch {
    /// The name to go on under when `shown` was shown and this log does not extend it; none if that is known already.
    #[must_use]
    pub fn restored(&self, shown: LogHead) -> Option<LogEpoch> {
        if self.after.is_some_and(|after| (after.epoch, after.size) >= (shown.epoch, shown.size)) {
            return None;
        }
        Some(LogEpoch { epoch: self.epoch.max(shown.epoch).checked_add(1)?, after: Some(shown) })
    }
}

/// Judges a checkpoint, signed by its node, beside the one held of it. The proof is that of consistency between them.
#[must_use]
pub fn judge(held: Option<&LogHead>, came: &Checkpoint, proof: &[Hash]) -> Beside {
    let Some(held) = held else { return Beside::Newer };
    let mark = came.log_head();
    if mark.epoch < held.epoch {
        return Beside::Stale;
    }
    if mark.epoch == held.epoch {
        let before = Head { size: held.size, root: held.root };
        return match mark.size.cmp(&held.size) {
            std::cmp::Ordering::Less => Beside::Stale,
            std::cmp::Ordering::Equal if mark.root == held.root => Beside::Stale,
            std::cmp::Ordering::Equal => Beside::Contradiction,
            std::cmp::Ordering::Greater if is_consistent(&before, &came.head, proof) => Beside::Newer,
            std::cmp::Ordering::Greater => Beside::Unproven,
        };
    }
    // The root there may be another than the held one: a restored node signs for whoever shows it nothing until it learns
    // from somebody else what it lost. It says so itself by going on under another name, and people are told.
    if goes_on_after(came, held) { Beside::Newer } else { Beside::Unaware }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{
            entry::EntryId,
            log::{Edge, empty_root, leaf_of},
        },
        trust::{checkpoint::LogName, key::KeyPair},
    };

    fn mark(epoch: u32, size: u64, n: u8) -> LogHead {
        LogHead { epoch, size, root: Hash([n; 32]) }
    }

    fn came(mark: LogHead, after: Option<LogHead>) -> Checkpoint {
        let log = LogName { node: EntryId(Hash([1; 32])), epoch: mark.epoch };
        Checkpoint { log, head: Head { size: mark.size, root: mark.root }, time_s: 0, after }
    }

    #[test]
    fn a_checkpoint_is_newer_only_if_it_is_proved() {
        let held = mark(0, 5, 1);
        assert_eq!(judge(None, &came(held, None), &[]), Beside::Newer);
        assert_eq!(judge(Some(&held), &came(held, None), &[]), Beside::Stale);
        assert_eq!(judge(Some(&held), &came(mark(0, 4, 9), None), &[]), Beside::Stale);
        assert_eq!(judge(Some(&held), &came(mark(0, 5, 2), None), &[]), Beside::Contradiction);
        assert_eq!(judge(Some(&held), &came(mark(0, 6, 2), None), &[]), Beside::Unproven);
        let mut edge = Edge::default();
        edge.push(leaf_of(b"one"), |_, _| {});
        let one = edge.head();
        edge.push(leaf_of(b"two"), |_, _| {});
        let two = edge.head();
        let (held, next) =
            (LogHead { epoch: 0, size: 1, root: one.root }, LogHead { epoch: 0, size: 2, root: two.root });
        assert_eq!(judge(Some(&held), &came(next, None), &[leaf_of(b"two")]), Beside::Newer);
        assert_eq!(judge(Some(&held), &came(next, None), &[leaf_of(b"too")]), Beside::Unproven);
        // What is held of nothing is followed by anything.
        let nothing = LogHead { epoch: 0, size: 0, root: empty_root() };
        assert_eq!(judge(Some(&nothing), &came(next, None), &[]), Beside::Newer);
    }

    #[test]
    fn a_restored_node_says_after_what_it_goes_on() {
        let held = mark(1, 50, 1);
        for (after, beside) in [
            (mark(1, 50, 1), Beside::Newer),
            (mark(1, 50, 2), Beside::Newer),
            (mark(1, 51, 2), Beside::Newer),
            (mark(1, 49, 1), Beside::Unaware),
            (mark(0, 99, 1), Beside::Unaware),
        ] {
            assert_eq!(judge(Some(&held), &came(mark(2, 3, 3), Some(after)), &[]), beside, "{after:?}");
        }
        assert_eq!(judge(Some(&held), &came(mark(0, 500, 3), None), &[]), Beside::Stale);
    }

    #[test]
    fn evidence_is_explained_by_a_later_name_that_knew_of_it_and_by_nothing_else() {
        let key = KeyPair::from_seed(&[3; 32]);
        let note = |n| came(mark(1, 50, n), Some(mark(0, 9, 9))).sign(&key).to_bytes().into();
        let evidence = Evidence { held: note(1), came: note(2) };
        for (newest, explains) in [
            (came(mark(2, 50, 2), Some(mark(1, 50, 1))), true),
            (came(mark(7, 90, 2), Some(mark(3, 60, 1))), true),
            (came(mark(2, 50, 2), Some(mark(1, 49, 1))), false),
            (came(mark(2, 50, 2), None), false),
            (came(mark(1, 90, 2), Some(mark(1, 50, 1))), false),
        ] {
            assert_eq!(evidence.is_explained_by(&newest), explains, "{newest:?}");
        }
        let mut other = came(mark(2, 50, 2), Some(mark(1, 50, 1)));
        other.log.node = EntryId(Hash([2; 32]));
        assert!(!evidence.is_explained_by(&other));
    }

    #[test]
    fn each_restoration_is_told_once_and_names_the_greatest_that_was_shown() {
        let first = LogEpoch::default();
        let second = first.restored(mark(0, 100, 1)).unwrap();
        assert_eq!(second, LogEpoch { epoch: 1, after: Some(mark(0, 100, 1)) });
        assert_eq!(second.restored(mark(0, 100, 1)), None);
        assert_eq!(second.restored(mark(0, 80, 1)), None);
        let third = second.restored(mark(0, 130, 1)).unwrap();
        assert_eq!(third, LogEpoch { epoch: 2, after: Some(mark(0, 130, 1)) });
        assert_eq!(third.restored(mark(7, 2, 1)).unwrap().epoch, 8);
        assert_eq!(first.restored(mark(u32::MAX, 2, 1)), None);
    }
}
