//! What `node/src/run/driver.rs` does, on a simulated disk: takes a group of asks, decides, syncs once, and only then
//! acts. Between any two effects the machine may stop.

use std::{collections::BTreeSet, sync::Arc};

use fangwei_protocol::{
    record::entry::{Entry, Hash},
    records::ids_at,
    replica::{Effect, Event, Input, PeerId, Replica, Signing, Ticket, WriteError, WriteRefusal},
};

use super::{
    Id, MINUTE, SECOND, Sim,
    machine::{Ask, Deferred, Machine, Point, State, Trap},
    people::Deed,
    plan::{DriverBug, Fault},
    queue::What,
    wire,
};
use crate::{
    attachments,
    claims::{name, simulated},
    world::Officer,
};
use fangwei_protocol::replica::Now;

/// Asks of one group, as in `node/src/limits.rs`.
const GROUP_ASKS_MAX: usize = fangwei_node::limits::GROUP_ASKS_MAX;

/// The process ended in the middle of something.
pub(crate) struct Stopped;

/// Facts replayed at a time.
const REPLAY_FACTS: usize = 500;

impl Sim {
    /// Asks a machine's process something.
    pub(crate) fn ask(&mut self, id: Id, ask: Ask) {
        let machine = &mut self.machines[id];
        if matches!(machine.state, State::Down | State::Gone) {
            return;
        }
        machine.inbox.push_back(ask);
        if !machine.is_woken {
            machine.is_woken = true;
            let delay = self.draw.between(0, 20);
            self.after(delay, What::Wake(id));
        }
    }

    pub(crate) fn wake(&mut self, id: Id) {
        self.machines[id].is_woken = false;
        if matches!(self.machines[id].state, State::Down | State::Gone) {
            return;
        }
        if !self.machines[id].aimed.is_empty() {
            self.strike_what_is_aimed(id);
        }
        let machine = &mut self.machines[id];
        let count = machine.inbox.len().min(GROUP_ASKS_MAX);
        let group: Vec<Ask> = machine.inbox.drain(..count).collect();
        for ask in group {
            if self.take(id, ask).is_err() {
                return;
            }
        }
        if self.finish_group(id).is_err() {
            return;
        }
        simulated::after_group(self, id);
        let machine = &mut self.machines[id];
        if !machine.inbox.is_empty() && !machine.is_woken {
            machine.is_woken = true;
            let delay = self.draw.between(1, 20);
            self.after(delay, What::Wake(id));
        }
    }

    fn take(&mut self, id: Id, ask: Ask) -> Result<(), Stopped> {
        if matches!(self.machines[id].state, State::Halted) {
            self.open(id);
        }
        let can_take = matches!(self.machines[id].state, State::Running(_)) && !self.machines[id].disk.is_full;
        match ask {
            Ask::Attach { conn, side } => match self.conns.get(&conn) {
                Some(found) if can_take => {
                    let peer = wire::peer(conn, side);
                    let key = self.machines[found.ends[1 - side].0].key.public();
                    let dialled = side == 0;
                    self.machines[id].outboxes.insert(peer);
                    self.input(id, Input::Connected { peer, key, dialled })
                }
                // Without a store there is nobody to speak for.
                _ => {
                    self.hang_up(wire::peer(conn, side));
                    Ok(())
                }
            },
            Ask::Received { peer, frame, lie } if can_take => {
                self.machines[id].lied_to.extend(lie.map(|lie| (peer, lie)));
                self.input(id, Input::Received { peer, frame })
            }
            Ask::Received { peer, .. } => {
                if self.machines[id].outboxes.remove(&peer) {
                    self.hang_up(peer);
                }
                Ok(())
            }
            Ask::Detach { peer } => {
                self.machines[id].outboxes.remove(&peer);
                self.input(id, Input::Disconnected { peer })
            }
            Ask::Write if can_take => {
                let machine = &mut self.machines[id];
                let now = machine.clock(self.now);
                let State::Running(replica) = &machine.state else { return Ok(()) };
                let deed = self.people.compose(&mut self.draw, id, (replica, &machine.disk, now));
                deed.map_or(Ok(()), |deed| self.write(id, deed))
            }
            Ask::Say(deed) if can_take => self.write(id, *deed),
            Ask::Write | Ask::Say(_) => Ok(()),
            Ask::Tick => {
                // What reads everything again gets round once in a while.
                if !self.machines[id].disk.rotten.is_empty() && self.draw.percent(10) {
                    self.machines[id].disk.scrub();
                }
                self.input(id, Input::Tick)
            }
        }
    }

    /// An officer drafts, signs, and submits in the same moment.
    fn write(&mut self, id: Id, deed: Deed) -> Result<(), Stopped> {
        let machine = &mut self.machines[id];
        let now = machine.clock(self.now);
        let State::Running(replica) = &machine.state else { return Ok(()) };
        let Deed::Draft { by, draft } = deed else {
            let Deed::Signed { entry, body } = deed else { return Ok(()) };
            // Somebody honest who wrote something else meanwhile signs anew.
            let header = entry.header();
            let feed = replica.frontier().feed(&header.scope, &header.author);
            let is_last = header.prev.is_none_or(|prev| feed.is_some_and(|feed| feed.tip(&prev).is_some()));
            if !is_last && !self.people.suspects.contains(&header.author) {
                return Ok(());
            }
            return self.submit(id, *entry, body);
        };
        let drafted = replica.draft(now, self.draw.bytes(), *draft, &machine.disk);
        let signed = match drafted.map(|unsigned| sign(replica, &by, unsigned)) {
            Ok(signed) => signed,
            Err(WriteError::Refusal(why)) => {
                self.tally.refused += 1;
                // Nobody writes at a place that was not there when they looked. Whose feed forks writes in runs that a late
                // discovery parts, and may have to look again.
                if let WriteRefusal::Inapplicable(why) = &why
                    && !self.people.suspects.contains(&by.certificate)
                {
                    let detail = format!("{} refuses: {why}", self.machines[id].name);
                    self.broke(name::WHAT_MAY_BE_SAID_IS_TAKEN, detail);
                }
                self.note(format_args!("{} refuses: {why}", self.machines[id].name.clone()));
                return Ok(());
            }
            Err(WriteError::Failure(failure)) => {
                self.records_failed(id, None, &failure.to_string());
                return Ok(());
            }
        };
        let Some((entry, body)) = signed else { return Ok(()) };
        self.submit(id, entry, body)
    }

    fn submit(&mut self, id: Id, entry: Entry, body: Arc<[u8]>) -> Result<(), Stopped> {
        let machine = &mut self.machines[id];
        // What comes with it is kept before it is signed.
        let chunks = attachments::chunks_with(&body);
        self.people.attached.insert(entry.id(), chunks.iter().map(|(chunk, _)| *chunk).collect());
        machine.disk.chunks.extend(chunks);
        if machine.is_doubled {
            self.people.suspects.insert(entry.header().author);
        }
        let ticket = Ticket(machine.next_ticket);
        machine.next_ticket += 1;
        machine.replies.insert(ticket, entry.id());
        self.input(id, Input::Submit { ticket, entry, body })
    }

    fn input(&mut self, id: Id, input: Input) -> Result<(), Stopped> {
        let peer = match &input {
            Input::Connected { peer, .. } | Input::Received { peer, .. } | Input::Checked { peer, .. } => Some(*peer),
            _ => None,
        };
        let machine = &mut self.machines[id];
        let now = machine.clock(self.now);
        let State::Running(replica) = &mut machine.state else { return Ok(()) };
        let mut effects = match replica.step(now, input, &machine.disk) {
            Ok(effects) => effects,
            Err(failure) => {
                self.records_failed(id, peer, &failure.to_string());
                return Ok(());
            }
        };
        self.point(id, Point::Decided)?;
        let mut at = 0;
        while at < effects.len() {
            if !matches!(effects.get(at), Some(Effect::Store(_))) {
                at += 1;
                continue;
            }
            let Effect::Store(batch) = effects.remove(at) else { unreachable!("it was one just now") };
            let machine = &mut self.machines[id];
            let State::Running(replica) = &mut machine.state else { return Ok(()) };
            if machine.disk.put(batch.clone()).is_err() {
                if self.plan.bug != Some(DriverBug::GoOnAfterRefusal) {
                    self.halt(id);
                    return Ok(());
                }
                // As if nothing was: what could not be written is believed to be there all the same.
                machine.disk.pretend();
                machine.disk.put_unrefused(batch);
            }
            machine.is_dirty = true;
            match replica.step(now, Input::Stored, &machine.disk) {
                Ok(more) => effects.extend(more),
                Err(failure) => {
                    self.records_failed(id, peer, &failure.to_string());
                    return Ok(());
                }
            }
            self.point(id, Point::Put)?;
        }
        simulated::after_deciding(self, id, &effects);
        let machine = &mut self.machines[id];
        for effect in effects {
            machine.gather(effect, now);
        }
        Ok(())
    }

    /// A step could not read the store and changed nothing: the session it was for cannot go on.
    fn records_failed(&mut self, id: Id, peer: Option<PeerId>, failure: &str) {
        self.note(format_args!("{} cannot read: {failure}", self.machines[id].name.clone()));
        if self.machines[id].disk.rotten.is_empty() {
            let detail = format!("{}: {failure}", self.machines[id].name);
            self.broke(name::A_WHOLE_STORE_READS, detail);
        }
        if let Some(peer) = peer {
            self.machines[id].deferred.push(Deferred::Close { peer });
        }
    }

    /// Checks, makes everything durable, and only then acts.
    fn finish_group(&mut self, id: Id) -> Result<(), Stopped> {
        loop {
            while !self.machines[id].checks.is_empty() {
                let genesis = self.genesis.hash();
                for (peer, parcels) in std::mem::take(&mut self.machines[id].checks) {
                    let results = parcels.into_iter().map(|parcel| parcel.check(&genesis)).collect();
                    self.input(id, Input::Checked { peer, results })?;
                }
            }
            let bug = self.plan.bug;
            let early = |deferred: &Deferred| match deferred {
                Deferred::Reply { .. } => bug == Some(DriverBug::ReplyBeforeSync),
                Deferred::Send { .. } => bug == Some(DriverBug::SendBeforeSync),
                Deferred::Sign(..) => bug == Some(DriverBug::SignBeforeSync),
                _ => false,
            };
            let (before, after): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.machines[id].deferred).into_iter().partition(early);
            for deferred in before {
                self.act(id, deferred);
                self.point(id, Point::Done)?;
            }
            let machine = &mut self.machines[id];
            machine.deferred.splice(0..0, after);
            if std::mem::take(&mut machine.is_dirty) && matches!(machine.state, State::Running(_)) {
                let synced = if bug == Some(DriverBug::SkipSync) { Ok(()) } else { machine.disk.sync() };
                match synced {
                    Err(_) if bug == Some(DriverBug::GoOnAfterRefusal) => machine.disk.pretend(),
                    Err(_) => self.halt(id),
                    Ok(()) => {}
                }
                self.point(id, Point::Synced)?;
            }
            for deferred in std::mem::take(&mut self.machines[id].deferred) {
                self.act(id, deferred);
                self.point(id, Point::Done)?;
            }
            self.tell_damage(id)?;
            for input in std::mem::take(&mut self.machines[id].inputs) {
                self.input(id, input)?;
            }
            let machine = &self.machines[id];
            if !machine.is_dirty && machine.deferred.is_empty() && machine.checks.is_empty() {
                return Ok(());
            }
        }
    }

    /// Tells the core of records that were found damaged since it was told last.
    fn tell_damage(&mut self, id: Id) -> Result<(), Stopped> {
        let machine = &mut self.machines[id];
        let new = machine.disk.newly_damaged();
        if new.is_empty() || machine.replica().is_none() {
            return Ok(());
        }
        let entries = ids_at(&machine.disk, &new).unwrap_or_default();
        self.input(id, Input::Damaged { entries: entries.into_iter().collect() })
    }

    fn act(&mut self, id: Id, deferred: Deferred) {
        match deferred {
            Deferred::Send { peer, frame } => self.send(id, peer, frame),
            Deferred::Close { peer } => {
                if self.machines[id].outboxes.remove(&peer) {
                    self.hang_up(peer);
                }
            }
            Deferred::Sign(signing, now) => self.sign(id, signing, now),
            Deferred::Reply { id: entry, result: Ok(_) } => {
                let machine = &mut self.machines[id];
                if !machine.disk.is_durable(&entry) {
                    let detail = format!("{} tells an officer that {entry} is saved", machine.name);
                    return self.broke(name::DURABLE_BEFORE_SAID, detail);
                }
                machine.saved.insert(entry);
                self.tally.entries += u64::from(!self.is_healing);
                self.note(format_args!("{} saved {entry}", self.machines[id].name.clone()));
            }
            Deferred::Reply { result: Err(why), .. } => {
                self.tally.refused += 1;
                self.note(format_args!("{} refuses to admit: {why}", self.machines[id].name.clone()));
            }
            Deferred::Erase(at) => {
                if self.plan.bug != Some(DriverBug::KeepErased) {
                    at.iter().for_each(|at| self.machines[id].disk.erase(*at));
                    forget_unnamed_chunks(&mut self.machines[id]);
                }
            }
            Deferred::Mend { at, entry, body } => {
                let machine = &mut self.machines[id];
                machine.disk.mend(at, entry, body);
                machine.inputs.push(Input::Mended { at });
                forget_unnamed_chunks(machine);
                self.note(format_args!("{} has entry {} again", self.machines[id].name.clone(), at.0));
            }
            Deferred::Keep { chunk, bytes } => {
                let machine = &mut self.machines[id];
                if !machine.disk.is_full {
                    machine.disk.chunks.insert(chunk, bytes);
                }
            }
            Deferred::Tell(event) => self.told(id, event),
        }
    }

    /// Signs what is durable by now, and does what comes of it.
    fn sign(&mut self, id: Id, signing: Signing, now: Now) {
        let machine = &mut self.machines[id];
        let State::Running(replica) = &mut machine.state else { return };
        let peer = signing.peer();
        match signing.finish(replica, now, &machine.key, &machine.disk) {
            Ok((effects, input)) => {
                machine.inputs.extend(input);
                for effect in effects {
                    match effect {
                        Effect::Send { peer, frame } => self.send(id, peer, frame),
                        Effect::Tell(event) => self.told(id, event),
                        _ => {}
                    }
                }
            }
            Err(failure) => {
                self.note(format_args!("{} cannot sign: {failure}", self.machines[id].name.clone()));
                if let Some(peer) = peer {
                    self.act(id, Deferred::Close { peer });
                }
            }
        }
    }

    fn told(&mut self, id: Id, event: Event) {
        if !matches!(event, Event::Admitted { .. } | Event::Confirmed { .. }) {
            self.note(format_args!("{} tells {event:?}", self.machines[id].name.clone()));
        }
        if matches!(event, Event::Met { .. }) {
            self.tally.sessions += 1;
            if self.tally.sessions.is_multiple_of(100) {
                self.sample();
            }
        }
        simulated::after_event(self, id, &event);
    }

    /// A place between two effects: the machine may stop here.
    pub(crate) fn point(&mut self, id: Id, point: Point) -> Result<(), Stopped> {
        let machine = &mut self.machines[id];
        let Some(set) = &mut machine.set else { return Ok(()) };
        let is_now = match (&mut set.trap, point) {
            (Trap::Any(left), _) | (Trap::Synced(left), Point::Done) if *left > 0 => {
                *left -= 1;
                false
            }
            (Trap::Any(_), _) | (Trap::Put, Point::Put) => true,
            (Trap::Synced(left), Point::Synced | Point::Done) => *left == 0,
            _ => false,
        };
        if !is_now {
            return Ok(());
        }
        let (fault, moment) = (set.fault, set.moment);
        self.hit(fault, moment);
        self.crash(id, fault);
        Err(Stopped)
    }

    /// The process ends. After a power cut a suffix of what was not synced is gone.
    pub(crate) fn crash(&mut self, id: Id, fault: Fault) {
        self.tally.crashes += 1;
        self.cut_all(id, true);
        let machine = &mut self.machines[id];
        let unsynced = machine.disk.unsynced();
        let kept = match fault {
            Fault::Kill => unsynced,
            _ if self.draw.percent(30) => 0,
            _ => usize::try_from(self.draw.below(unsynced as u64 + 1)).unwrap_or(0),
        };
        let machine = &mut self.machines[id];
        machine.disk.lose_all_but(kept);
        machine.state = State::Down;
        machine.forget_process();
        let (name, process) = (machine.name.clone(), machine.process);
        self.note(format_args!("{name} stops ({fault}): {kept} of {unsynced} unsynced batches stay"));
        let delay = self.draw.between(SECOND, 5 * MINUTE);
        self.after(delay, What::Open { id, process });
    }

    /// Stops writing: nothing of the group is done, every link ends.
    fn halt(&mut self, id: Id) {
        self.note(format_args!("{}'s store refuses to write", self.machines[id].name.clone()));
        self.cut_all(id, false);
        let machine = &mut self.machines[id];
        let unsynced = machine.disk.unsynced();
        let inbox = std::mem::take(&mut machine.inbox);
        machine.forget_process();
        machine.inbox = inbox;
        machine.state = State::Halted;
        let kept = usize::try_from(self.draw.below(unsynced as u64 + 1)).unwrap_or(0);
        self.machines[id].disk.lose_all_but(kept);
    }

    /// A process begins, unless another has begun meanwhile.
    pub(crate) fn open_again(&mut self, id: Id, process: u64) {
        if self.machines[id].process == process && matches!(self.machines[id].state, State::Down) {
            self.open(id);
        }
    }

    /// Opens a machine's store, and the replica from it.
    pub(crate) fn open(&mut self, id: Id) {
        let start = self.draw.bytes();
        // A lagging index over rotten records makes the node build its store anew, which belongs to the store's own tests.
        let is_whole = self.machines[id].disk.rotten.is_empty();
        let lag = if self.draw.percent(50) || !is_whole { 0 } else { self.draw.below(24) };
        let (genesis, bug) = (self.genesis.clone(), self.plan.bug);
        let machine = &mut self.machines[id];
        if bug != Some(DriverBug::SameStart) {
            machine.start = start;
            machine.is_doubled = false;
        }
        let opened = replica_from(machine, genesis, usize::try_from(lag).unwrap_or(0), bug);
        match opened {
            Ok((replica, replayed)) => {
                machine.state = State::Running(Box::new(replica));
                forget_unnamed_chunks(machine);
                self.tally.replays += u64::from(replayed > 0);
                let (name, entries) = (machine.name.clone(), machine.disk.entries().0);
                self.note(format_args!("{name} runs again with {entries} entries, {replayed} facts replayed"));
                simulated::after_opening(self, id);
            }
            Err(failure) => {
                let detail = format!("{} does not open: {failure}", self.machines[id].name);
                self.broke(name::A_WHOLE_STORE_READS, detail);
            }
        }
        self.machines[id].dial_wait = SECOND;
    }
}

/// As `open_replica` in `node/src/run.rs`.
fn replica_from(
    machine: &mut Machine,
    genesis: fangwei_protocol::trust::genesis::Genesis,
    lag: usize,
    bug: Option<DriverBug>,
) -> Result<(Replica, usize), fangwei_protocol::records::RecordsFailure> {
    let Machine { disk, me, start, .. } = machine;
    let facts = disk.open(lag);
    let mut replica = Replica::open(genesis, me.clone(), *start, disk.entries(), disk)?;
    for some in facts.chunks(REPLAY_FACTS) {
        let batch = replica.replay(some, disk)?;
        disk.put_indexed(batch);
    }
    for at in replica.redacted(disk)? {
        if bug != Some(DriverBug::KeepErased) {
            disk.erase(at);
        }
    }
    let lacking = attachments::lacking(&replica, &machine.disk);
    machine.inputs.push(Input::Lacking { chunks: lacking });
    Ok((replica, facts.len()))
}

/// Keeps of chunks only what entries name whose words were not taken out. Where something cannot be read nothing is let go.
fn forget_unnamed_chunks(machine: &mut Machine) {
    let State::Running(replica) = &machine.state else { return };
    if !machine.disk.rotten.is_empty() {
        return;
    }
    let named: BTreeSet<Hash> =
        attachments::named(replica, &machine.disk).into_iter().map(|(_, chunk)| chunk).collect();
    machine.disk.chunks.retain(|chunk, _| named.contains(chunk));
}

fn sign(replica: &Replica, by: &Officer, unsigned: fangwei_protocol::replica::Unsigned) -> Option<(Entry, Arc<[u8]>)> {
    unsigned.sign(replica, &by.key).ok()
}
