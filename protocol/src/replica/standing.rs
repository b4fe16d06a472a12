//! How an entry stands: when it was written as far as others vouch, who above holds it since when, what is witnessed, and
//! what nobody above has confirmed for too long.

use std::{cmp::Reverse, collections::BTreeMap};

use super::Replica;
use crate::{
    limits::{ANCHOR_WALK_MAX, CONFIRMED_WALK_MAX},
    record::{
        entry::{Anchor, CertificateId, Entry, EntryId, Reach},
        feed::Feed,
        log::root_at,
    },
    records::{
        LogIndex, Records, RecordsFailure, find, indexes,
        key::{self, Under},
    },
    trust::{
        confirmed::{self, Covered},
        interval::{Claimed, Interval},
    },
    work::unit::UnitPath,
};

/// A node above that holds an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldBy {
    /// Which node.
    pub node: CertificateId,
    /// Where it stands.
    pub unit: UnitPath,
    /// When it first said so, by its clock; seconds since 1970 UTC.
    pub since_s: Option<i64>,
    /// Whether witnesses have cosigned what it said so under.
    pub witnessed: bool,
}

/// How an entry stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Nodes above that hold it, root first.
    pub held: Vec<HeldBy>,
    /// When it was written.
    pub interval: Interval,
    /// Its claimed time beside that.
    pub claimed: Claimed,
}

/// What a unit above has not confirmed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unconfirmed {
    /// The unit above.
    pub unit: UnitPath,
    /// How many entries, as far as they were counted.
    pub entries: u64,
    /// The least claimed time of them.
    pub oldest_s: i64,
}

impl Replica {
    /// How an entry that is held stands.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn standing(&self, entry: &Entry, records: &dyn Records) -> Result<Standing, RecordsFailure> {
        let mut held = Vec::new();
        if let Some(feed) = self.frontier.feed(&entry.header().scope, &entry.header().author) {
            let witnessed = confirmed::holders(Under::Witnessed, entry, feed, &self.genesis, records)?;
            for node in confirmed::holders(Under::Any, entry, feed, &self.genesis, records)? {
                let Some(unit) = self.unit_of_node(&node) else { continue };
                let since_s = confirmed::first_confirmed(entry, &node, feed, &self.genesis, records)?;
                held.push(HeldBy { node, unit, since_s, witnessed: witnessed.contains(&node) });
            }
        }
        held.sort_by(|one, other| (&one.unit, one.node).cmp(&(&other.unit, other.node)));
        let taken_in = match find(records, &entry.id())? {
            Some(at) => self.taken_in_at(at, records)?,
            None => None,
        };
        let not_after_s = held.iter().filter_map(|held| held.since_s).chain(taken_in).min();
        let interval = Interval { not_before_s: self.not_before(entry, records)?, not_after_s };
        Ok(Standing { held, interval, claimed: interval.judge(entry.header().claimed_time_s) })
    }

    /// When an entry was written, as far as others vouch.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn interval(&self, entry: &Entry, records: &dyn Records) -> Result<Interval, RecordsFailure> {
        Ok(self.standing(entry, records)?.interval)
    }

    /// The time of the checkpoint an entry names, or the nearest one on its chain that names any: what follows that by
    /// `prev` was not before it either.
    fn not_before(&self, entry: &Entry, records: &dyn Records) -> Result<Option<i64>, RecordsFailure> {
        let mut header = entry.header().clone();
        for _ in 0..ANCHOR_WALK_MAX {
            if let Some(anchor) = &header.anchor {
                return self.anchor_time(anchor, records);
            }
            let Some(at) = header.prev.map(|prev| find(records, &prev)).transpose()?.flatten() else { break };
            header = self.entry(at, records)?.header().clone();
        }
        Ok(None)
    }

    /// When a checkpoint was signed. Of this node's own log: when its last leaf was taken in.
    fn anchor_time(&self, anchor: &Anchor, records: &dyn Records) -> Result<Option<i64>, RecordsFailure> {
        if anchor.log == self.me.certificate {
            let Some(last) = anchor.size.checked_sub(1).filter(|_| anchor.size <= self.next.0) else { return Ok(None) };
            let tiles = super::tree::Tiles::new(records);
            if root_at(anchor.size, &|node| tiles.node(node))? != anchor.root {
                return Ok(None);
            }
            return self.taken_in_at(LogIndex(last), records);
        }
        confirmed::checkpoint_time(&anchor.log, anchor.size, &anchor.root, records)
    }

    /// The newest checkpoint from above that is held, of several that of the highest unit, which most nodes know: what
    /// is written now was not written before it.
    pub(super) fn newest_anchor(&self, records: &dyn Records) -> Result<Option<Anchor>, RecordsFailure> {
        let mut newest: Option<((i64, Reverse<usize>), Anchor)> = None;
        for (node, known) in self.charter.all() {
            if !known.complete || !known.certificate.unit.is_above(&self.me.unit) || self.unit_of_node(node).is_none() {
                continue;
            }
            let Some(note) = confirmed::checkpoint_of(node, records)? else { continue };
            let checkpoint = note.claimed();
            let rank = (checkpoint.time_s, Reverse(known.certificate.unit.depth()));
            if newest.is_none_or(|(held, _)| held < rank) {
                let anchor = Anchor { log: *node, size: checkpoint.head.size, root: checkpoint.head.root };
                newest = Some((rank, anchor));
            }
        }
        Ok(newest.map(|(_, anchor)| anchor))
    }

    /// What units above have not confirmed of the entries homed here and below, where the oldest claims to be from before
    /// `before_s`.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn unconfirmed(&self, before_s: i64, records: &dyn Records) -> Result<Vec<Unconfirmed>, RecordsFailure> {
        let mut lacking: BTreeMap<UnitPath, (u64, i64)> = BTreeMap::new();
        let above = self.nodes_above();
        if above.is_empty() {
            return Ok(Vec::new());
        }
        for (scope, _, feed) in self.frontier.below(&self.me.unit) {
            if scope.reach == Reach::LOCAL {
                continue;
            }
            let held = confirmed::tips_of(Under::Any, &feed.key, records)?;
            for unit in &above {
                let by_it = held.iter().filter(|(node, _)| self.unit_of_node(node).as_ref() == Some(unit));
                let tips: Vec<&Covered> = by_it.flat_map(|(_, tips)| tips).collect();
                let behind = match self.behind(feed, &tips, records) {
                    // What cannot be read is told of otherwise.
                    Err(RecordsFailure::Damaged(_)) => continue,
                    behind => behind?,
                };
                if let Some((entries, oldest_s)) = behind {
                    let (count, oldest) = lacking.entry(unit.clone()).or_insert((0, i64::MAX));
                    (*count, *oldest) = (*count + entries, oldest_s.min(*oldest));
                }
            }
        }
        let lacking = lacking.into_iter().filter(|(_, (_, oldest_s))| *oldest_s < before_s);
        Ok(lacking.map(|(unit, (entries, oldest_s))| Unconfirmed { unit, entries, oldest_s }).collect())
    }

    /// Entries of a feed that no tip here covers, and the least claimed time of those that were looked at: the nearest
    /// to what is covered.
    fn behind(
        &self,
        feed: &Feed,
        covered: &[&Covered],
        records: &dyn Records,
    ) -> Result<Option<(u64, i64)>, RecordsFailure> {
        let is_covered = |id: &EntryId| covered.iter().any(|tip| tip.id == *id);
        if feed.tips.iter().all(|tip| is_covered(&tip.id)) {
            return Ok(None);
        }
        if !feed.branched {
            // On one chain without gaps the n-th of its log is the n-th of the feed.
            let from = covered.iter().map(|tip| tip.seq + 1).max().unwrap_or(0);
            let log = indexes(records, &key::feed_log_prefix(&feed.key))?;
            let place = usize::try_from(from).unwrap_or(usize::MAX);
            let Some(at) = log.get(place) else { return Ok(None) };
            let oldest_s = self.entry(*at, records)?.header().claimed_time_s;
            return Ok(Some((feed.entries.saturating_sub(from), oldest_s)));
        }
        let (mut entries, mut oldest_s) = (0, i64::MAX);
        for tip in feed.tips.iter().filter(|tip| !is_covered(&tip.id)) {
            let mut at = Some(tip.id);
            for _ in 0..CONFIRMED_WALK_MAX {
                let Some(id) = at.filter(|id| !is_covered(id)) else { break };
                let Some(place) = find(records, &id)? else { break };
                let entry = self.entry(place, records)?;
                (entries, oldest_s) = (entries + 1, oldest_s.min(entry.header().claimed_time_s));
                at = entry.header().prev;
            }
        }
        Ok((entries > 0).then_some((entries, oldest_s)))
    }
}
