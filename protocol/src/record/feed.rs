//! A feed: everything one certificate wrote in one scope, as a hash chain without gaps.
//!
//! Each process start begins a new random epoch. Between epochs a feed may *branch* honestly (a lost tail came back
//! later); within one epoch two entries that are not on one chain are a **fork**: evidence, not guilt, since a cloned
//! machine does it too. Both are kept, with effect, and flagged to people. Source: architecture §3.

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::{
    record::entry::{CertificateId, DocId, EntryId, Epoch, Header, Kind, Scope},
    records::{FeedKey, LogIndex},
};

/// An entry no `prev` names yet.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Tip {
    /// Place in the feed.
    #[n(0)]
    pub seq: u64,
    /// Which entry.
    #[n(1)]
    pub id: EntryId,
    /// Its run of a process.
    #[n(2)]
    pub epoch: Epoch,
    /// What its document is about.
    #[n(3)]
    pub kind: Kind,
    /// Its document.
    #[n(4)]
    pub doc: DocId,
    /// Where this node has it.
    #[n(5)]
    pub at: LogIndex,
}

/// What a node remembers of one feed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Feed {
    /// Its name in index keys.
    pub key: FeedKey,
    /// Ascending by (seq, id); normally one.
    pub tips: Vec<Tip>,
    /// Entries held.
    pub entries: u64,
    /// Whether it ever branched, so that being earlier does not mean being an ancestor.
    pub branched: bool,
}

/// The stored form of a [`Feed`].
#[derive(Encode, Decode)]
struct StoredFeed {
    #[n(0)]
    tips: Vec<Tip>,
    #[n(1)]
    entries: u64,
    #[n(2)]
    branched: bool,
}

/// What a node remembers of one epoch of a feed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct EpochState {
    /// The first entry held.
    #[n(0)]
    pub first: EntryId,
    /// The last entry of its chain.
    #[n(1)]
    pub last: EntryId,
    /// Whether two of its entries are not on one chain.
    #[n(2)]
    pub forked: bool,
}

/// Why a header is refused at the second door. Everything else that is wrong with an entry makes it void.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeaderFault {
    /// The certificate is unknown here, or its chain or endorsements are not complete.
    #[error("certificate {author} is unknown or incomplete")]
    Certificate {
        /// The certificate named.
        author: CertificateId,
    },
    /// The author's unit is neither the home nor above it.
    #[error("author of {unit} may not write at {home}")]
    AuthorUnit {
        /// The author's unit.
        unit: String,
        /// The home of the scope.
        home: String,
    },
    /// A home-only certificate outside (own unit, up).
    #[error("a home-only certificate wrote outside its own unit's upward scope")]
    HomeOnly,
    /// `prev` is not held.
    #[error("prev {prev} is not held")]
    PrevNotHeld {
        /// What was named.
        prev: EntryId,
    },
    /// `prev` is another feed's.
    #[error("prev {prev} is in another feed")]
    PrevElsewhere {
        /// What was named.
        prev: EntryId,
    },
    /// `after` names an entry that is not held.
    #[error("after names {after}, which is not held")]
    AfterNotHeld {
        /// What was named.
        after: EntryId,
    },
    /// `after` names an entry of another document.
    #[error("after names {after}, which is in another document")]
    AfterElsewhere {
        /// What was named.
        after: EntryId,
    },
    /// The sequence number is not `prev`'s plus one.
    #[error("sequence number is {found}, expected {expected}")]
    Sequence {
        /// `prev`'s plus one.
        expected: u64,
        /// What the header says.
        found: u64,
    },
    /// A scope the two nodes do not share.
    #[error("scope of {home} is not shared with this peer")]
    NotShared {
        /// The home of the scope.
        home: String,
    },
}

impl Feed {
    /// A feed of which nothing is held yet.
    #[must_use]
    pub fn new(scope: &Scope, author: &CertificateId) -> Feed {
        Feed { key: FeedKey::of(scope, author), tips: Vec::new(), entries: 0, branched: false }
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let stored = StoredFeed { tips: self.tips.clone(), entries: self.entries, branched: self.branched };
        super::cbor::encode(&stored)
    }

    /// Reads the stored form.
    #[must_use]
    pub fn from_bytes(scope: &Scope, author: &CertificateId, bytes: &[u8]) -> Option<Feed> {
        let stored: StoredFeed = super::cbor::decode(bytes).ok()?;
        let key = FeedKey::of(scope, author);
        Some(Feed { key, tips: stored.tips, entries: stored.entries, branched: stored.branched })
    }

    /// The tip of this id.
    #[must_use]
    pub fn tip(&self, id: &EntryId) -> Option<&Tip> {
        self.tips.iter().find(|tip| tip.id == *id)
    }

    /// The tip with the greatest (seq, id).
    #[must_use]
    pub fn last(&self) -> Option<&Tip> {
        self.tips.last()
    }

    /// Takes in an entry whose `prev` is held. Returns whether the feed branches here.
    pub fn extend(&mut self, id: EntryId, header: &Header, at: LogIndex) -> bool {
        let before = self.tips.len();
        self.tips.retain(|tip| Some(tip.id) != header.prev);
        let extends = self.tips.len() < before || self.entries == 0;
        let tip = Tip { seq: header.seq, id, epoch: header.epoch, kind: header.kind, doc: header.doc, at };
        let place = self.tips.partition_point(|other| (other.seq, other.id) < (tip.seq, tip.id));
        self.tips.insert(place, tip);
        self.entries += 1;
        self.branched |= !extends;
        !extends
    }
}

impl EpochState {
    /// The state after one more entry of the epoch: the new state, and the entry it forks from, if it does.
    #[must_use]
    pub fn extend(before: Option<EpochState>, id: EntryId, prev: Option<EntryId>) -> (EpochState, Option<EntryId>) {
        match before {
            None => (EpochState { first: id, last: id, forked: false }, None),
            Some(state) if prev == Some(state.last) => (EpochState { last: id, ..state }, None),
            Some(state) => (EpochState { forked: true, ..state }, Some(state.last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::entry::{Hash, Reach, Shelf};

    fn id(n: u8) -> EntryId {
        EntryId(Hash([n; 32]))
    }

    fn header(seq: u64, prev: Option<u8>, epoch: u8) -> Header {
        let scope = Scope { home: "370126".parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
        Header {
            scope,
            kind: Kind::REPORT,
            doc: DocId([1; 16]),
            author: id(0xa),
            epoch: Epoch([epoch; 8]),
            seq,
            prev: prev.map(id),
            after: None,
            claimed_time_s: 0,
            anchor: None,
            body: Hash([0; 32]),
        }
    }

    fn feed(entries: &[(u8, u64, Option<u8>, u8)]) -> Feed {
        let mut feed = Feed::new(&header(0, None, 1).scope, &id(0xa));
        for (at, (n, seq, prev, epoch)) in entries.iter().enumerate() {
            feed.extend(id(*n), &header(*seq, *prev, *epoch), LogIndex(at as u64));
        }
        feed
    }

    #[test]
    fn a_chain_has_one_tip() {
        let feed = feed(&[(1, 0, None, 1), (2, 1, Some(1), 1), (3, 2, Some(2), 1)]);
        assert_eq!(feed.tips.iter().map(|tip| tip.id).collect::<Vec<_>>(), [id(3)]);
        assert!(!feed.branched);
        assert_eq!(Feed::from_bytes(&header(0, None, 1).scope, &id(0xa), &feed.to_bytes()), Some(feed));
    }

    #[test]
    fn a_branch_has_two_tips_in_order() {
        let feed = feed(&[(1, 0, None, 1), (9, 1, Some(1), 1), (3, 1, Some(1), 2)]);
        assert_eq!(feed.tips.iter().map(|tip| tip.id).collect::<Vec<_>>(), [id(3), id(9)]);
        assert!(feed.branched);
        assert_eq!(feed.last().unwrap().id, id(9));
    }

    #[test]
    fn within_one_epoch_a_second_continuation_is_a_fork_and_a_late_tail_is_not() {
        let (one, none) = EpochState::extend(None, id(1), None);
        assert_eq!(none, None);
        let (two, none) = EpochState::extend(Some(one), id(2), Some(id(1)));
        assert_eq!(none, None);
        // The tail of an epoch arrives after another epoch branched off: honest.
        let (_, none) = EpochState::extend(Some(two), id(3), Some(id(2)));
        assert_eq!(none, None);
        // A second entry after the first: a fork.
        let (forked, from) = EpochState::extend(Some(two), id(4), Some(id(1)));
        assert_eq!(from, Some(id(2)));
        assert!(forked.forked);
        // A second beginning of the same epoch: a fork.
        let (_, from) = EpochState::extend(Some(two), id(5), None);
        assert_eq!(from, Some(id(2)));
    }
}
