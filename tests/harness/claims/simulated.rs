//! What must always hold, asked of a simulated county: at every frame sent, every event told, every process begun, and at
//! the end.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    limits::{BODY_BYTES_MAX, HEADER_BYTES_MAX, IN_FLIGHT_BYTES_MAX, LIVE_QUEUE_MAX, PARKED_BYTES_MAX},
    record::{
        cbor,
        entry::{CertificateId, Claim, DocKey, Entry, EntryId, Reach, Scope},
        feed::EpochState,
        message::{Ack, Bye, ByeCode, Frame, Parcel},
        reconcile::is_shared,
    },
    records::{FeedKey, LogIndex, Memory, Records, find, ids_at, key},
    replica::{Effect, Event, PeerFault, PeerId, PeerStatus, Replica},
    trust::{
        checkpoint::{Checkpoint, LogName, Note},
        confirmed,
        receipt::Receipt,
        witnessing::LogEpoch,
    },
    work::unit::UnitPath,
};

use super::{Seen, attached, documents, name, rules, see};
use crate::sim::{Id, Sim, lies, machine::Machine, wire};

/// A frame is about to be sent: everything in it is durable where it comes from, and the tree gives it to whom it goes.
pub(crate) fn before_sending(sim: &mut Sim, id: Id, peer: PeerId, frame: &Frame) {
    match frame {
        Frame::Give(parcels) => {
            let found = given(sim, id, peer, parcels);
            sim.hold(name::DURABLE_BEFORE_SAID, found);
            let found = gives_what_is_shared(sim, peer, parcels);
            sim.hold(name::ONLY_WHAT_THE_TREE_GIVES, found);
            let found = within_limits(sim, id, peer);
            sim.hold(name::WITHIN_LIMITS, found);
        }
        Frame::Ack(ack) => {
            let found = acknowledged(sim, id, peer, ack);
            sim.hold(name::DURABLE_BEFORE_SAID, found);
        }
        Frame::Checkpoint(shown) => {
            let found = signed(sim, id, &shown.note);
            sim.hold(name::DURABLE_BEFORE_SAID, found);
        }
        _ => {}
    }
}

/// A step has decided what to do: what is to be given has no words that were taken out, as far as is known by then. What
/// is learned later finds it on its way.
pub(crate) fn after_deciding(sim: &mut Sim, id: Id, effects: &[Effect]) {
    for effect in effects {
        let Effect::Send { frame: Frame::Give(parcels) | Frame::Again(parcels), .. } = effect else { continue };
        let found = rules::gives_no_redacted_body(sim, id, parcels);
        sim.hold(name::TAKEN_OUT_IS_GONE, found);
    }
}

fn given(sim: &Sim, id: Id, _: PeerId, parcels: &[Parcel]) -> Result<(), String> {
    let machine = &sim.machines[id];
    for parcel in parcels {
        let entry = Claim::parse(&parcel.entry).unwrap().reopen(&sim.genesis.hash()).id();
        if !machine.disk.is_durable(&entry) {
            return Err(format!("{} gives {entry}, which it may lose", machine.name));
        }
    }
    Ok(())
}

/// The lower of the two ends of a connection.
fn lower(sim: &Sim, peer: PeerId) -> Option<UnitPath> {
    let ends = sim.conns.get(&wire::end(peer).0)?.ends;
    let [one, two] = ends.map(|(id, _)| sim.machines[id].unit());
    Some(if one.contains(two) { two.clone() } else { one.clone() })
}

fn gives_what_is_shared(sim: &Sim, peer: PeerId, parcels: &[Parcel]) -> Result<(), String> {
    let Some(lower) = lower(sim, peer) else { return Ok(()) };
    for parcel in parcels {
        let entry = Claim::parse(&parcel.entry).unwrap().reopen(&sim.genesis.hash());
        if !rules::may_have(&lower, &entry.header().scope) {
            return Err(format!("{:?} is given over a link of {lower}", entry.header().scope));
        }
    }
    Ok(())
}

fn within_limits(sim: &Sim, id: Id, peer: PeerId) -> Result<(), String> {
    let (conn, side) = wire::end(peer);
    let in_flight = sim.conns.get(&conn).map_or(0, |conn| conn.in_flight[1 - side]);
    // One that is larger than all there may be goes alone.
    let most = IN_FLIGHT_BYTES_MAX + HEADER_BYTES_MAX + BODY_BYTES_MAX;
    if in_flight > most {
        return Err(format!("{} has {in_flight} bytes in flight", sim.machines[id].name));
    }
    let Some(replica) = sim.machines[id].replica() else { return Ok(()) };
    for status in replica.peers() {
        if status.parked * 250 > PARKED_BYTES_MAX || (status.waiting > LIVE_QUEUE_MAX + 100_000) {
            return Err(format!("{}: {} wait, {} parked", sim.machines[id].name, status.waiting, status.parked));
        }
    }
    Ok(())
}

/// An acknowledgement covers only what is durable, or waits for its author's certificate or for one that does.
fn acknowledged(sim: &mut Sim, id: Id, peer: PeerId, ack: &Ack) -> Result<(), String> {
    let (conn, side) = wire::end(peer);
    let machine = &sim.machines[id];
    if let Some(found) = sim.conns.get_mut(&conn) {
        let already = usize::try_from(ack.frames.saturating_sub(found.acknowledged[side])).unwrap_or(0);
        for given in found.given[side].iter_mut().take(already).filter(|given| !given.is_acknowledged) {
            given.is_acknowledged = true;
            let may_be_lost = |(entry, proof): &&(Entry, Vec<CertificateId>)| {
                let header = entry.header();
                let knows = |replica: &Replica| {
                    let mut authors = proof.iter().chain([&header.author]);
                    authors.all(|author| replica.charter().complete(author).is_some())
                };
                let is_known = machine.replica().is_some_and(knows);
                let mut before = header.prev.iter().chain(header.after.iter().flatten());
                // Behind what cannot be read an entry may have to wait until its place is known again.
                let is_there = |id: &EntryId| machine.disk.is_durable(id) && machine.reads(id);
                is_known && before.all(is_there) && !machine.disk.is_durable(&entry.id())
            };
            if let Some((lost, _)) = given.entries.iter().find(may_be_lost) {
                return Err(format!("{} acknowledges {}, which it may lose", machine.name, lost.id()));
            }
        }
    }
    let Some(bytes) = &ack.receipt else { return Ok(()) };
    let receipt = Receipt::parse(bytes).unwrap();
    signed(sim, id, &receipt.note)?;
    for item in &receipt.items {
        if !sim.machines[id].disk.is_durable(&item.tip) {
            return Err(format!("{} confirms {}, which it may lose", sim.machines[id].name, item.tip));
        }
        sim.machines[id].confirmed.insert(item.tip);
    }
    Ok(())
}

/// A checkpoint of a machine's own log covers only what is durable, and of one size it signs one root, unless it lost
/// in between what it knew.
fn signed(sim: &mut Sim, id: Id, note: &[u8]) -> Result<(), String> {
    let (machine, note) = (&sim.machines[id], Note::parse(note).unwrap());
    let (log, size) = (note.claimed().log.node, note.claimed().head.size);
    let is_old = machine.replica().is_some_and(|replica| replica.log_epoch().epoch > note.claimed().log.epoch);
    if log == machine.me.certificate && !is_old && size > machine.disk.durable_entries() {
        let durable = machine.disk.durable_entries();
        return Err(format!("{} signs {size} entries and may lose all but {durable}", machine.name));
    }
    if log == machine.me.certificate && !machine.is_liar && !sim.people.cloned.contains(&log) {
        let life = sim.people.lives.get(&log).copied().unwrap_or_default();
        let roots = sim.people.roots.entry((note.claimed().log, size)).or_default();
        let first = *roots.entry(note.claimed().head.root).or_insert(life);
        if roots.values().filter(|one| **one == first).count() > 1 {
            return Err(format!("{} signs two roots of {size} entries", machine.name));
        }
    }
    Ok(())
}

/// Something was told: nobody honest is accused.
pub(crate) fn after_event(sim: &mut Sim, id: Id, event: &Event) {
    let accused = match event {
        Event::Contradicted { node } => {
            // Whether it is just against one that came back from a backup is seen at the end, by what it signed.
            let came_back = sim.people.lives.contains_key(node);
            (!sim.people.cloned.contains(node) && !came_back).then(|| format!("{node} contradicts itself"))
        }
        Event::Forked { author, scope, .. } => {
            (!sim.people.suspects.contains(author)).then(|| format!("{author} forked in {scope:?}"))
        }
        // Who reads too slowly is not accused of anything.
        Event::Refused { fault: PeerFault::TooSlow, .. } => None,
        // Nor is the peer of one that cannot read what it would have to give.
        Event::Ended { bye: Bye { code: ByeCode::STOPPING, .. }, .. } => None,
        Event::Refused { peer, .. } | Event::Ended { peer, .. } if is_of_liar(sim, id, *peer) => None,
        Event::Refused { peer, fault } => Some(format!("{} is refused: {fault}", other_end(sim, *peer))),
        Event::Ended { peer, bye } => Some(format!("{} says {bye:?}", other_end(sim, *peer))),
        Event::LogDiffers { .. } => Some("it does not read its own log".into()),
        _ => None,
    };
    if let Some(accused) = accused {
        let detail = format!("{}: {accused}", sim.machines[id].name);
        sim.broke(name::NOBODY_HONEST_ACCUSED, detail);
    }
}

fn other_end(sim: &Sim, peer: PeerId) -> String {
    let (conn, side) = wire::end(peer);
    sim.ends.get(&conn).map_or("?".into(), |ends| sim.machines[ends[1 - side]].name.clone())
}

fn is_of_liar(sim: &Sim, id: Id, peer: PeerId) -> bool {
    let (conn, side) = wire::end(peer);
    let other = sim.ends.get(&conn).map(|ends| ends[1 - side]);
    sim.machines[id].is_liar || other.is_some_and(|other| sim.machines[other].is_liar)
}

/// A group is done: whoever lied in it is refused.
pub(crate) fn after_group(sim: &mut Sim, id: Id) {
    for (peer, lie) in std::mem::take(&mut sim.machines[id].lied_to) {
        let machine = &sim.machines[id];
        let still = machine.replica().and_then(|replica| replica.peers().find(|status| status.peer == peer));
        // Whose author is not known yet waits, in bounds; so does who must first send a chain.
        let waits = |status: &PeerStatus| {
            ([lies::FORGED, lies::GAP].contains(&lie) && status.parked > 0)
                || (lie == lies::UNPROVED && status.certificate.is_none())
        };
        if let Some(status) = still.filter(|status| !waits(status)) {
            let detail = format!("{} goes on with {} after: {lie} ({status:?})", machine.name, other_end(sim, peer));
            sim.broke(name::DISHONESTY_IS_FOUND, detail);
        }
    }
}

/// A process has begun: everything that was promised is still there.
pub(crate) fn after_opening(sim: &mut Sim, id: Id) {
    let machine = &sim.machines[id];
    let promised = machine.saved.iter().map(|entry| ("told officers", entry));
    let promised = promised.chain(machine.confirmed.iter().map(|entry| ("confirmed", entry)));
    let lost = promised.into_iter().find(|(_, entry)| !machine.disk.is_durable(entry));
    if let Some((what, entry)) = lost {
        let detail = format!("{} {what} that it has {entry}, and has lost it", machine.name);
        sim.broke(name::ACKNOWLEDGED_IS_KEPT, detail);
    }
}

/// Whether everybody holds what they share, and has each node's word above for it; what is lacking, if not.
pub(crate) fn everything_arrived(sim: &Sim) -> Result<(), String> {
    let root = &sim.machines[0];
    let top = root.replica().ok_or("the county's node does not run")?;
    for (_, machine) in sim.alive() {
        let replica = machine.replica().ok_or_else(|| format!("{} does not run", machine.name))?;
        let (mine, theirs) = (replica.frontier(), top.frontier());
        if mine.link_digest(machine.unit()) != theirs.link_digest(machine.unit()) {
            return Err(format!("{} and {} do not hold the same", machine.name, root.name));
        }
    }
    if let Some((machine, at)) = mendable(sim).next() {
        return Err(format!("{} cannot read entry {}, which others have", machine.name, at.0));
    }
    attached::has_arrived(sim)?;
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        let units = replica.nodes_above();
        let unit_of = |node: &_| replica.charter().complete(node).map(|known| known.certificate.unit.clone());
        let (unit, frontier) = (machine.unit(), replica.frontier());
        let lacking = confirmed::lacking(key::Under::Any, &units, unit, &unit_of, frontier, &machine.disk)
            .map_err(|failure| failure.to_string())?;
        if let Some((above, ids)) = lacking.into_iter().find(|(_, ids)| !ids.is_empty()) {
            return Err(format!("{} misses {}'s word for {} feeds: {:?}", machine.name, above, ids.len(), ids.first()));
        }
    }
    Ok(())
}

/// Records that cannot be read, of entries somebody else can read.
fn mendable(sim: &Sim) -> impl Iterator<Item = (&Machine, LogIndex)> {
    let rotten = sim.alive().flat_map(|(_, machine)| machine.disk.rotten.iter().map(move |at| (machine, *at)));
    rotten.filter(|(machine, at)| {
        let ids = ids_at(&machine.disk, &BTreeSet::from([*at])).unwrap();
        ids.get(at).is_some_and(|id| sim.alive().any(|(_, other)| other.reads(id)))
    })
}

/// Everything has arrived: all that can be asked of the whole.
pub(crate) fn at_the_end(sim: &mut Sim) {
    // What the last one who could read it has lost is lost.
    if sim.alive().any(|(_, machine)| !machine.disk.rotten.is_empty()) {
        return;
    }
    let found = promises_are_kept(sim);
    sim.hold(name::ACKNOWLEDGED_IS_KEPT, found);
    let found = tree_is_kept(sim).and_then(|()| attached::goes_where_acts_go(sim));
    sim.hold(name::ONLY_WHAT_THE_TREE_GIVES, found);
    let found = rules::nothing_is_without_what_comes_before(sim);
    sim.hold(name::NOTHING_WITHOUT_ITS_PAST, found);
    let found = rules::digests_are_of_every_tip(sim);
    sim.hold(name::DIGESTS_ARE_OF_EVERY_TIP, found);
    let found = rules::verdicts_are_the_rules(sim);
    sim.hold(name::JUDGED_BY_THE_RULES, found);
    let found = all_read_the_same(sim);
    sim.hold(name::SAME_ENTRIES_SAME_VIEW, found);
    let found = evidence_is_just(sim);
    sim.hold(name::NOBODY_HONEST_ACCUSED, found);
    let found = forks_are_found(sim);
    sim.hold(name::DISHONESTY_IS_FOUND, found);
    let found = taken_out_is_gone(sim).and_then(|()| attached::is_gone_with_the_words(sim));
    sim.hold(name::TAKEN_OUT_IS_GONE, found);
    let some = sim.draw.below(sim.machines.len() as u64);
    let found = replays_the_same(sim, usize::try_from(some).unwrap_or(0));
    sim.hold(name::REPLAY_IS_THE_SAME, found);
}

/// What anybody promised and never lost is at the top, if it may leave the place at all.
fn promises_are_kept(sim: &Sim) -> Result<(), String> {
    let root = &sim.machines[0].disk;
    for (_, machine) in sim.alive() {
        for entry in machine.saved.iter().chain(&machine.confirmed) {
            let at = find(&machine.disk, entry).unwrap();
            let Some(at) = at else { return Err(format!("{} has lost {entry}", machine.name)) };
            let replica = machine.replica().ok_or("a node does not run")?;
            let scope = replica.entry(at, &machine.disk).unwrap().header().scope.clone();
            if scope.reach != Reach::LOCAL && find(root, entry).unwrap().is_none() {
                return Err(format!("{entry}, acknowledged by {}, is not at the top", machine.name));
            }
        }
    }
    Ok(())
}

fn tree_is_kept(sim: &Sim) -> Result<(), String> {
    for (id, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        let scopes: BTreeSet<_> = replica.frontier().scopes().collect();
        let unit = machine.unit();
        let is_own = |scope: &Scope| scope.reach == Reach::LOCAL && unit.contains(&scope.home);
        // A draft stays where it was written.
        let written =
            |scope: &Scope| replica.frontier().feeds(scope).all(|(author, _)| sim.people.works_at(id, author));
        let may_have = |scope: &Scope| rules::may_have(unit, scope) || (is_own(scope) && written(scope));
        if let Some(scope) = scopes.iter().find(|scope| !may_have(scope)) {
            return Err(format!("{} holds {scope:?}", machine.name));
        }
    }
    Ok(())
}

fn all_read_the_same(sim: &Sim) -> Result<(), String> {
    let root = &sim.machines[0];
    let top = root.replica().ok_or("the county's node does not run")?;
    let all = documents(top, &root.disk);
    let seen: BTreeMap<&DocKey, Seen> = all.iter().map(|document| (document, see(top, &root.disk, document))).collect();
    for (_, machine) in sim.alive().skip(1) {
        let Some(replica) = machine.replica() else { continue };
        let mine = documents(replica, &machine.disk);
        let is_shared_here = |document: &&DocKey| is_shared(machine.unit(), &document.scope);
        let mine: Vec<&DocKey> = mine.iter().filter(is_shared_here).collect();
        let theirs = all.iter().filter(is_shared_here).count();
        if mine.len() != theirs {
            return Err(format!("{} has {} documents, not {theirs}", machine.name, mine.len()));
        }
        for document in mine {
            let here = see(replica, &machine.disk, document);
            if Some(&here) != seen.get(document) {
                let there = seen.get(document);
                return Err(format!("{} reads {document:?} as {here:?}, {} as {there:?}", machine.name, root.name));
            }
        }
    }
    Ok(())
}

fn evidence_is_just(sim: &Sim) -> Result<(), String> {
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        for evidence in replica.evidence(&machine.disk).unwrap() {
            let [held, came] = [&evidence.held, &evidence.came].map(|note| *Note::parse(note).unwrap().claimed());
            let log = came.log;
            if sim.people.cloned.contains(&log.node) {
                continue;
            }
            // Before it lost the one it signed the other, and its log has said so since: that tells it from one that lies.
            let roots = sim.people.roots.get(&(log, came.head.size));
            let life = |root| roots.and_then(|roots| roots.get(root));
            let was_restored = life(&held.head.root).zip(life(&came.head.root)).is_some_and(|(one, two)| one != two);
            let accused = sim.alive().find(|(_, node)| node.me.certificate == log.node);
            let newest = accused.and_then(|(_, node)| node.replica().map(own_checkpoint));
            if !was_restored || !newest.is_some_and(|newest| evidence.is_explained_by(&newest)) {
                return Err(format!("{} keeps evidence against {log}: {held:?}, {came:?}", machine.name));
            }
        }
    }
    Ok(())
}

/// What a node would sign of its log by now.
fn own_checkpoint(replica: &Replica) -> Checkpoint {
    let LogEpoch { epoch, after } = *replica.log_epoch();
    Checkpoint { log: LogName { node: replica.me().certificate, epoch }, head: replica.log_head(), time_s: 0, after }
}

/// Wherever both sides of a fork are, the epoch is known to have forked.
fn forks_are_found(sim: &Sim) -> Result<(), String> {
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        for (scope, author, one, two) in &sim.people.forks {
            let place = |entry| find(&machine.disk, entry).unwrap();
            let (Some(at), Some(_)) = (place(one), place(two)) else { continue };
            let epoch = replica.entry(at, &machine.disk).unwrap().header().epoch;
            let stored = machine.disk.get(&key::epoch(&FeedKey::of(scope, author), &epoch)).unwrap();
            let state: Option<EpochState> = stored.and_then(|bytes| cbor::decode(&bytes).ok());
            if state.is_none_or(|state| !state.forked) {
                return Err(format!("{} does not know that {author} forked at {one} and {two}", machine.name));
            }
        }
    }
    Ok(())
}

fn taken_out_is_gone(sim: &Sim) -> Result<(), String> {
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        for at in replica.redacted(&machine.disk).unwrap() {
            if machine.disk.read(at).unwrap().body.is_some() {
                return Err(format!("{} still has the body of entry {}", machine.name, at.0));
            }
        }
    }
    Ok(())
}

/// Deriving a machine's index again from its facts gives the very same index.
fn replays_the_same(sim: &Sim, id: Id) -> Result<(), String> {
    let machine = &sim.machines[id];
    let Some(before) = machine.replica() else { return Ok(()) };
    let mut memory = Memory::default();
    let (genesis, me) = (sim.genesis.clone(), machine.me.clone());
    let mut replica = Replica::open(genesis, me, [7; 32], LogIndex(0), &memory).unwrap();
    for facts in machine.disk.facts().chunks(100) {
        let batch = replica.replay(facts, &memory).map_err(|failure| failure.to_string())?;
        memory.store(&batch);
    }
    for (key, value) in machine.disk.index() {
        if memory.index().get(key) != Some(value) {
            return Err(format!("{}: a key of table {:?}", machine.name, key[0] as char));
        }
    }
    if memory.index().len() != machine.disk.index().len() {
        return Err(format!("{}: more keys than before", machine.name));
    }
    let root = &sim.genesis.root;
    if replica.frontier().digest(root) != before.frontier().digest(root) {
        return Err(format!("{}: another digest", machine.name));
    }
    Ok(())
}
