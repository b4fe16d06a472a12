//! What nodes above have confirmed: receipts, folded into "held above" for each entry.
//!
//! Two levels of acknowledgement are never confused: *saved here* (durable in the own journal) and *held above* (a
//! node above signed that it holds it).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use crate::{
    limits::CONFIRMED_WALK_MAX,
    record::{
        cbor,
        entry::{CertificateId, Claim, Entry, EntryId, Reach},
        feed::Feed,
        frontier::Frontier,
    },
    records::{FeedKey, LogIndex, Records, RecordsFailure, Row, find, key},
    trust::{genesis::GenesisHash, receipt::Receipt},
    work::unit::UnitPath,
};

/// Tips of one feed that a holder confirmed, ascending by (seq, id): each stands for its chain.
type Covered = Vec<(u64, EntryId)>;

/// Index keys and values a receipt changes. Tips that are not held here, or were confirmed before, are passed over.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn index_of(
    receipt: &Receipt,
    frontier: &Frontier,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<Vec<Row>, RecordsFailure> {
    let mut index: BTreeMap<Vec<u8>, (Covered, bool)> = BTreeMap::new();
    for tip in &receipt.tips {
        let Some(at) = find(records, tip)? else { continue };
        let entry = read(records, genesis, at)?;
        let header = entry.header();
        let Some(feed) = frontier.feed(&header.scope, &header.author) else { continue };
        let place = key::receipt(&feed.key, &receipt.holder);
        let (covered, changed) = match index.get_mut(&place) {
            Some(covered) => covered,
            None => {
                let stored = covered_in(records, &place)?;
                index.entry(place).or_insert((stored, false))
            }
        };
        if covered.contains(&(header.seq, *tip)) {
            continue;
        }
        if feed.branched {
            forget_earlier(covered, &entry, genesis, records)?;
        } else if covered.last().is_some_and(|(seq, _)| *seq > header.seq) {
            // On one chain the last stands for all.
            continue;
        } else {
            covered.clear();
        }
        covered.push((header.seq, *tip));
        covered.sort_unstable();
        *changed = true;
    }
    let changed = index.into_iter().filter(|(_, (_, changed))| *changed);
    Ok(changed.map(|(place, (covered, _))| (place, cbor::encode(&covered))).collect())
}

/// Takes out the nearest confirmed entry on the chain of `tip`, which stands for it from now on. What is farther back
/// went when that one came, so that a branched feed has about one confirmed entry a branch.
fn forget_earlier(
    covered: &mut Covered,
    tip: &Entry,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<(), RecordsFailure> {
    let Some(least) = covered.iter().map(|(seq, _)| *seq).min() else { return Ok(()) };
    let mut at = tip.header().prev;
    for _ in 0..CONFIRMED_WALK_MAX {
        let Some(id) = at else { break };
        if let Some(place) = covered.iter().position(|(_, known)| *known == id) {
            covered.remove(place);
            break;
        }
        let Some(place) = find(records, &id)? else { break };
        let header = read(records, genesis, place)?.header().clone();
        if header.seq <= least {
            break;
        }
        at = header.prev;
    }
    Ok(())
}

/// Tips homed in the subtree of `unit` that `holder` has not confirmed yet.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn lacking(
    holder: &CertificateId,
    unit: &UnitPath,
    frontier: &Frontier,
    records: &dyn Records,
) -> Result<Vec<EntryId>, RecordsFailure> {
    let mut ids = Vec::new();
    for (scope, _, feed) in frontier.below(unit) {
        if scope.reach == Reach::LOCAL {
            continue;
        }
        let covered = covered_in(records, &key::receipt(&feed.key, holder))?;
        ids.extend(feed.tips.iter().map(|tip| tip.id).filter(|id| !covered.iter().any(|(_, tip)| tip == id)));
    }
    Ok(ids)
}

/// How many of the entries homed in the subtree of `unit` a node above has confirmed, and how many there are.
/// In a branched feed only what a confirmed tip still stands for is counted, so the first number may be too small.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn count(unit: &UnitPath, frontier: &Frontier, records: &dyn Records) -> Result<(u64, u64), RecordsFailure> {
    let (mut confirmed, mut held) = (0, 0);
    for (scope, _, feed) in frontier.below(unit) {
        if scope.reach == Reach::LOCAL {
            continue;
        }
        held += feed.entries;
        let covered: Covered = receipts_of(&feed.key, records)?.into_iter().flat_map(|(_, covered)| covered).collect();
        let all_tips = feed.tips.iter().all(|tip| covered.iter().any(|(_, id)| *id == tip.id));
        let furthest = covered.iter().map(|(seq, _)| seq + 1).max().unwrap_or(0);
        confirmed += if all_tips { feed.entries } else { furthest.min(feed.entries) };
    }
    Ok((confirmed, held))
}

/// Who above has confirmed holding an entry.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn holders(
    entry: &Entry,
    feed: &Feed,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<BTreeSet<CertificateId>, RecordsFailure> {
    let mut holders = BTreeSet::new();
    for (holder, covered) in receipts_of(&feed.key, records)? {
        for (seq, tip) in covered.into_iter().filter(|(seq, _)| *seq >= entry.header().seq) {
            let stands = if feed.branched { is_on_chain(entry, tip, seq, genesis, records)? } else { true };
            if stands {
                holders.insert(holder);
                break;
            }
        }
    }
    Ok(holders)
}

fn receipts_of(feed: &FeedKey, records: &dyn Records) -> Result<Vec<(CertificateId, Covered)>, RecordsFailure> {
    let mut all = Vec::new();
    let mut damaged = false;
    records.scan(&key::receipts(feed), &mut |place, value| {
        match (key::read_receipt(place), cbor::decode::<Covered>(value)) {
            (Some(holder), Ok(covered)) => all.push((holder, covered)),
            _ => damaged = true,
        }
        ControlFlow::Continue(())
    })?;
    if damaged { Err(RecordsFailure::Engine("index value is damaged".into())) } else { Ok(all) }
}

fn covered_in(records: &dyn Records, place: &[u8]) -> Result<Covered, RecordsFailure> {
    let Some(bytes) = records.get(place)? else { return Ok(Vec::new()) };
    cbor::decode(&bytes).map_err(|_| RecordsFailure::Engine("index value is damaged".into()))
}

/// Whether `entry` is on the chain of the entry `tip`: walks back from the tip.
fn is_on_chain(
    entry: &Entry,
    tip: EntryId,
    seq: u64,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<bool, RecordsFailure> {
    let mut at = Some(tip);
    let mut seq = seq;
    while let Some(id) = at.filter(|_| seq >= entry.header().seq) {
        if id == entry.id() {
            return Ok(true);
        }
        let Some(place) = find(records, &id)? else { return Ok(false) };
        let here = read(records, genesis, place)?;
        at = here.header().prev;
        seq = here.header().seq.saturating_sub(1);
    }
    Ok(false)
}

fn read(records: &dyn Records, genesis: &GenesisHash, at: LogIndex) -> Result<Entry, RecordsFailure> {
    let claim = Claim::parse(&records.read(at)?.entry).map_err(|_| RecordsFailure::Damaged(at))?;
    Ok(claim.reopen(genesis))
}
