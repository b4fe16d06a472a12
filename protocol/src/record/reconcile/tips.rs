//! Which tips a side lacks, and what is given to one who lacks them.

use std::collections::{BTreeMap, BTreeSet};

use super::Sight;
use crate::{
    limits::{COMPARE_ITEMS_MAX, LOCATOR_MAX, TIPS_MAX},
    record::{
        entry::{CertificateId, Claim, EntryId, Scope},
        feed::Feed,
        frontier::Frontier,
        message::{FeedTips, Frame, ScopeTips, Want},
    },
    records::{LogIndex, RecordsFailure, find, indexes, key},
};

/// All tips of a scope, in as many frames as it takes.
pub(super) fn tips_frames(scope: &Scope, frontier: &Frontier) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut feeds = Vec::new();
    let mut items = 0;
    for (author, feed) in frontier.feeds(scope) {
        let ids: Vec<EntryId> = feed.tips.iter().rev().map(|tip| tip.id).collect();
        for tips in ids.chunks(TIPS_MAX) {
            feeds.push(FeedTips { author: *author, tips: tips.to_vec() });
            items += 1 + tips.len();
            if items >= COMPARE_ITEMS_MAX {
                let feeds = std::mem::take(&mut feeds);
                frames.push(Frame::Tips(ScopeTips { scope: scope.clone(), feeds, last: false }));
                items = 0;
            }
        }
    }
    frames.push(Frame::Tips(ScopeTips { scope: scope.clone(), feeds, last: true }));
    frames
}

/// Which of the peer's tips this side lacks, with locators.
pub(super) fn wants(
    scope: &Scope,
    theirs: &BTreeMap<CertificateId, BTreeSet<EntryId>>,
    sight: &Sight<'_>,
) -> Result<Vec<Frame>, RecordsFailure> {
    let mut frames = Vec::new();
    let mut some = Vec::new();
    let mut items = 0;
    for (author, tips) in theirs {
        let mut lacking = Vec::new();
        for tip in tips {
            if find(sight.records, tip)?.is_none() {
                lacking.push(*tip);
            }
        }
        if lacking.is_empty() {
            continue;
        }
        let have = match sight.frontier.feed(scope, author) {
            Some(feed) => locator(feed, sight)?,
            None => Vec::new(),
        };
        for tips in lacking.chunks(TIPS_MAX) {
            items += 1 + tips.len() + have.len();
            some.push(Want { scope: scope.clone(), author: *author, tips: tips.to_vec(), have: have.clone() });
            if items >= COMPARE_ITEMS_MAX {
                frames.push(Frame::Wanted(std::mem::take(&mut some)));
                items = 0;
            }
        }
    }
    if !some.is_empty() {
        frames.push(Frame::Wanted(some));
    }
    Ok(frames)
}

/// Own ids of a feed: its tips, then 1, 2, 4 … back in log order.
fn locator(feed: &Feed, sight: &Sight<'_>) -> Result<Vec<EntryId>, RecordsFailure> {
    let mut ids: Vec<EntryId> = feed.tips.iter().rev().take(LOCATOR_MAX / 2).map(|tip| tip.id).collect();
    let log = indexes(sight.records, &key::feed_log_prefix(&feed.key))?;
    let mut back = 1;
    while ids.len() < LOCATOR_MAX && back < log.len() {
        if let Some(at) = log.get(log.len() - 1 - back) {
            match read_claim(sight, *at) {
                Ok(claim) => {
                    let id = claim.reopen(sight.genesis).id();
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                // Any ids serve.
                Err(RecordsFailure::Damaged(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        back *= 2;
    }
    Ok(ids)
}

/// The entries a want is answered with: what is on the way to its tips and not on the way to anything it has.
pub(super) fn answer(want: &Want, feed: &Feed, sight: &Sight<'_>) -> Result<Vec<LogIndex>, RecordsFailure> {
    let held = |ids: &[EntryId]| -> Result<Vec<LogIndex>, RecordsFailure> {
        let mut found = Vec::new();
        for id in ids {
            found.extend(find(sight.records, id)?);
        }
        Ok(found)
    };
    let tips = held(&want.tips)?;
    let have = held(&want.have)?;
    let log = indexes(sight.records, &key::feed_log_prefix(&feed.key))?;
    if !feed.branched {
        let from = have.iter().filter(|at| log.binary_search(at).is_ok()).max();
        let to = tips.iter().max();
        let given = log.into_iter().filter(|at| from.is_none_or(|from| at > from) && to.is_some_and(|to| at <= to));
        return Ok(given.collect());
    }
    // Branched: walk the chains. Rare, and bounded by the feed.
    let mut prevs = BTreeMap::new();
    let mut places = BTreeMap::new();
    for at in &log {
        let entry = match read_claim(sight, *at) {
            Ok(claim) => claim.reopen(sight.genesis),
            // Where the chains cannot be walked more than is lacking is given, as far as it can be.
            Err(RecordsFailure::Damaged(_)) => return Ok(log),
            Err(failure) => return Err(failure),
        };
        places.insert(entry.id(), *at);
        prevs.insert(*at, entry.header().prev);
    }
    let chain = |from: &[LogIndex], stop: &BTreeSet<LogIndex>| {
        let mut seen = BTreeSet::new();
        for at in from {
            let mut at = Some(*at);
            while let Some(here) = at.filter(|here| prevs.contains_key(here) && !stop.contains(here)) {
                if !seen.insert(here) {
                    break;
                }
                at = prevs.get(&here).copied().flatten().and_then(|prev| places.get(&prev).copied());
            }
        }
        seen
    };
    let known = chain(&have, &BTreeSet::new());
    Ok(chain(&tips, &known).into_iter().collect())
}

fn read_claim(sight: &Sight<'_>, at: LogIndex) -> Result<Claim, RecordsFailure> {
    Claim::parse(&sight.records.read(at)?.entry).map_err(|_| RecordsFailure::Damaged(at))
}
