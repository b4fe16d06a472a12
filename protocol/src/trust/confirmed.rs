//! What nodes above have confirmed: receipts, folded into "held above" for each entry.
//!
//! Levels of acknowledgement are never confused: *saved here* (durable in the own journal), *held above* (a node above
//! proved that it is in its log) and *witnessed* (so that its log was seen by others). Of each feed and holder the newest
//! tips are kept with the path that proves them, so that a relay can hand each of them on alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use minicbor::{Decode, Encode, bytes::ByteVec};

use crate::{
    limits::CONFIRMED_WALK_MAX,
    record::{
        cbor,
        entry::{CertificateId, Claim, Entry, EntryId, Hash, Reach, Scope},
        feed::Feed,
        frontier::Frontier,
    },
    records::{
        FeedKey, LogIndex, Records, RecordsFailure, Row, find,
        key::{self, Under},
    },
    trust::{
        checkpoint::Note,
        genesis::GenesisHash,
        receipt::{Confirmed, Item, Proof},
    },
    work::unit::UnitPath,
};

/// A tip a holder confirmed; it stands for its chain.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Covered {
    /// Its place in the feed.
    #[n(0)]
    pub seq: u64,
    /// Which entry.
    #[n(1)]
    pub id: EntryId,
    /// Its leaf in the holder's log.
    #[n(2)]
    pub index: u64,
    /// The checkpoint it was confirmed under.
    #[n(3)]
    pub note: ByteVec,
    /// From the leaf up.
    #[n(4)]
    pub path: Vec<Hash>,
}

/// Tips of one feed that one holder confirmed, ascending by (seq, id).
pub type Tips = Vec<Covered>;

/// When a tip was first confirmed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
struct First {
    #[n(0)]
    seq: u64,
    #[n(1)]
    id: EntryId,
    #[n(2)]
    time_s: i64,
}

/// Places of a feed whose first confirmations share one key.
const TIMES_PER_KEY: u64 = 64;

/// What a receipt changes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct News {
    /// Index keys and their values; none if the receipt says nothing new.
    pub index: Vec<Row>,
    /// What it newly confirms, with the scope it is of.
    pub confirmed: Vec<(Scope, Confirmed)>,
}

/// What a receipt says that is new. Tips that are not held here, or were confirmed before, are passed over.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn news_of(
    proof: &Proof,
    frontier: &Frontier,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<News, RecordsFailure> {
    let holder = proof.checkpoint.log.node;
    let mut tables: BTreeMap<Vec<u8>, (Tips, bool)> = BTreeMap::new();
    let mut times: BTreeMap<Vec<u8>, (Vec<First>, bool)> = BTreeMap::new();
    let mut news = News::default();
    let unders: &[Under] = if proof.note.cosignatures() > 0 { &[Under::Any, Under::Witnessed] } else { &[Under::Any] };
    let note = proof.note.to_bytes();
    for confirmed in &proof.confirmed {
        let tip = confirmed.item.tip;
        let Some(at) = find(records, &tip)? else { continue };
        let entry = read(records, genesis, at)?;
        let header = entry.header();
        let Some(feed) = frontier.feed(&header.scope, &header.author) else { continue };
        let mut is_new = false;
        for under in unders {
            let place = key::receipt(*under, &feed.key, &holder);
            let (tips, changed) = match tables.get_mut(&place) {
                Some(tips) => tips,
                None => {
                    let stored = list_in(records, &place)?;
                    tables.entry(place).or_insert((stored, false))
                }
            };
            if tips.iter().any(|covered| covered.id == tip) {
                continue;
            }
            if feed.branched {
                forget_earlier(tips, &entry, genesis, records)?;
            } else if tips.last().is_some_and(|covered| covered.seq > header.seq) {
                // On one chain the last stands for all.
                continue;
            } else {
                tips.clear();
            }
            let (index, path) = (confirmed.item.index, confirmed.path.clone());
            tips.push(Covered { seq: header.seq, id: tip, index, note: note.clone().into(), path });
            tips.sort_unstable_by_key(|covered| (covered.seq, covered.id));
            (*changed, is_new) = (true, true);
        }
        if is_new {
            let place = key::receipt_times(&feed.key, &holder, header.seq / TIMES_PER_KEY);
            let (firsts, changed) = match times.get_mut(&place) {
                Some(firsts) => firsts,
                None => {
                    let stored = list_in(records, &place)?;
                    times.entry(place).or_insert((stored, false))
                }
            };
            if !firsts.iter().any(|first| first.id == tip) {
                firsts.push(First { seq: header.seq, id: tip, time_s: proof.checkpoint.time_s });
                firsts.sort_unstable();
                *changed = true;
            }
            news.confirmed.push((header.scope.clone(), confirmed.clone()));
        }
    }
    let tables = tables.into_iter().filter(|(_, (_, changed))| *changed);
    news.index.extend(tables.map(|(place, (tips, _))| (place, cbor::encode(&tips))));
    let times = times.into_iter().filter(|(_, (_, changed))| *changed);
    news.index.extend(times.map(|(place, (firsts, _))| (place, cbor::encode(&firsts))));
    if !news.index.is_empty() {
        news.index.extend(checkpoint_rows(&proof.note, records)?);
    }
    Ok(news)
}

/// The index keys and values that keep a checkpoint: its time, and it itself if it is the node's newest.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn checkpoint_rows(note: &Note, records: &dyn Records) -> Result<Vec<Row>, RecordsFailure> {
    let checkpoint = note.claimed();
    let (node, head) = (checkpoint.log.node, checkpoint.log_head());
    let mut rows = Vec::new();
    let rank = |note: &Note| {
        let head = note.claimed().log_head();
        (head.epoch, head.size, note.cosignatures())
    };
    let held = checkpoint_of(&node, records)?;
    if held.is_none_or(|held| rank(&held) < rank(note)) {
        rows.push((key::checkpoint(&node), note.to_bytes()));
    }
    let known = checkpoint_time(&node, head.size, &head.root, records)?;
    if known.is_none_or(|known| checkpoint.time_s < known) {
        rows.push((key::checkpoint_time(&node, head.size, &head.root), cbor::encode(&checkpoint.time_s)));
    }
    Ok(rows)
}

/// The least time a checkpoint was signed with, if it was ever held.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn checkpoint_time(
    node: &CertificateId,
    size: u64,
    root: &Hash,
    records: &dyn Records,
) -> Result<Option<i64>, RecordsFailure> {
    let stored = records.get(&key::checkpoint_time(node, size, root))?;
    stored.map(|bytes| cbor::decode(&bytes).map_err(|_| damaged())).transpose()
}

/// When a holder first confirmed an entry.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn first_confirmed(
    entry: &Entry,
    holder: &CertificateId,
    feed: &Feed,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<Option<i64>, RecordsFailure> {
    let newest = list_in::<Covered>(records, &key::receipt(Under::Any, &feed.key, holder))?;
    let last = newest.iter().map(|covered| covered.seq).max().unwrap_or(0) / TIMES_PER_KEY;
    let seq = entry.header().seq;
    for block in seq / TIMES_PER_KEY..=last {
        let firsts: Vec<First> = list_in(records, &key::receipt_times(&feed.key, holder, block))?;
        for first in firsts.into_iter().filter(|first| first.seq >= seq) {
            if !feed.branched || is_on_chain(entry, first.id, first.seq, genesis, records)? {
                return Ok(Some(first.time_s));
            }
        }
    }
    Ok(None)
}

/// The newest checkpoint held of a node's log.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn checkpoint_of(node: &CertificateId, records: &dyn Records) -> Result<Option<Note>, RecordsFailure> {
    let stored = records.get(&key::checkpoint(node))?;
    stored.map(|bytes| Note::parse(&bytes).map_err(|_| damaged())).transpose()
}

/// Takes out the nearest confirmed entry on the chain of `tip`, which stands for it from now on. What is farther back
/// went when that one came, so that a branched feed has about one confirmed entry a branch.
fn forget_earlier(
    covered: &mut Tips,
    tip: &Entry,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<(), RecordsFailure> {
    let Some(least) = covered.iter().map(|one| one.seq).min() else { return Ok(()) };
    let mut at = tip.header().prev;
    for _ in 0..CONFIRMED_WALK_MAX {
        let Some(id) = at else { break };
        if let Some(place) = covered.iter().position(|one| one.id == id) {
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

/// Tips homed in the subtree of `unit` that no node at one of these units above has confirmed yet, by that unit.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn lacking(
    under: Under,
    above: &[UnitPath],
    unit: &UnitPath,
    unit_of: &dyn Fn(&CertificateId) -> Option<UnitPath>,
    frontier: &Frontier,
    records: &dyn Records,
) -> Result<BTreeMap<UnitPath, Vec<EntryId>>, RecordsFailure> {
    let mut lacking: BTreeMap<UnitPath, Vec<EntryId>> = BTreeMap::new();
    for (scope, _, feed) in frontier.below(unit) {
        if scope.reach == Reach::LOCAL {
            continue;
        }
        let held = tips_of(under, &feed.key, records)?;
        let held: Vec<_> = held.iter().filter_map(|(holder, tips)| Some((unit_of(holder)?, tips))).collect();
        for above in above {
            let by_it = || held.iter().filter(|(unit, _)| unit == above).flat_map(|(_, tips)| tips.iter());
            let ids = feed.tips.iter().map(|tip| tip.id).filter(|id| !by_it().any(|covered| covered.id == *id));
            let mut ids = ids.peekable();
            if ids.peek().is_some() {
                lacking.entry(above.clone()).or_default().extend(ids);
            }
        }
    }
    Ok(lacking)
}

/// What is held of the receipts for one entry, by their notes.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn proofs(
    under: Under,
    feed: &FeedKey,
    id: &EntryId,
    is_asked: &dyn Fn(&CertificateId) -> bool,
    records: &dyn Records,
) -> Result<Vec<(Vec<u8>, Confirmed)>, RecordsFailure> {
    let mut proofs = Vec::new();
    for (_, tips) in tips_of(under, feed, records)?.into_iter().filter(|(holder, _)| is_asked(holder)) {
        for covered in tips.into_iter().filter(|covered| covered.id == *id) {
            let item = Item { tip: covered.id, index: covered.index };
            proofs.push((covered.note.to_vec(), Confirmed { item, path: covered.path }));
        }
    }
    Ok(proofs)
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
        let held = tips_of(Under::Any, &feed.key, records)?;
        let covered: Tips = held.into_iter().flat_map(|(_, tips)| tips).collect();
        let all_tips = feed.tips.iter().all(|tip| covered.iter().any(|one| one.id == tip.id));
        let furthest = covered.iter().map(|one| one.seq + 1).max().unwrap_or(0);
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
    under: Under,
    entry: &Entry,
    feed: &Feed,
    genesis: &GenesisHash,
    records: &dyn Records,
) -> Result<BTreeSet<CertificateId>, RecordsFailure> {
    let mut holders = BTreeSet::new();
    for (holder, tips) in tips_of(under, &feed.key, records)? {
        for tip in tips.into_iter().filter(|tip| tip.seq >= entry.header().seq) {
            let stands = if feed.branched { is_on_chain(entry, tip.id, tip.seq, genesis, records)? } else { true };
            if stands {
                holders.insert(holder);
                break;
            }
        }
    }
    Ok(holders)
}

/// The newest tips each holder confirmed of a feed.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn tips_of(
    under: Under,
    feed: &FeedKey,
    records: &dyn Records,
) -> Result<Vec<(CertificateId, Tips)>, RecordsFailure> {
    let mut all = Vec::new();
    let mut is_damaged = false;
    records.scan(&key::receipts(under, feed), &mut |place, value| {
        match (key::read_receipt(place), cbor::decode::<Tips>(value)) {
            (Some(holder), Ok(tips)) => all.push((holder, tips)),
            _ => is_damaged = true,
        }
        ControlFlow::Continue(())
    })?;
    if is_damaged { Err(damaged()) } else { Ok(all) }
}

fn list_in<T>(records: &dyn Records, place: &[u8]) -> Result<Vec<T>, RecordsFailure>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let Some(bytes) = records.get(place)? else { return Ok(Vec::new()) };
    cbor::decode(&bytes).map_err(|_| damaged())
}

fn damaged() -> RecordsFailure {
    RecordsFailure::Engine("index value is damaged".into())
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
