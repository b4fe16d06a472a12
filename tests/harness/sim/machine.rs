//! One machine of the county: disk, process, clock, and what it has promised to whom.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use fangwei_protocol::{
    record::{
        entry::{EntryId, Hash},
        message::Frame,
        reconcile::Stage,
    },
    records::{LogIndex, find, ids_at},
    replica::{Effect, Event, Input, Me, Now, PeerId, Replica, Signing, Ticket, Unchecked},
    trust::key::KeyPair,
    work::unit::UnitPath,
};

use super::{
    BEGIN_S, Ms, SECOND,
    disk::{Disk, Image},
    people::Deed,
    plan::Fault,
    tally::Moment,
};

/// What a machine's process is asked.
pub(crate) enum Ask {
    /// A connection stands.
    Attach { conn: u64, side: usize },
    /// A frame came.
    Received { peer: PeerId, frame: Vec<u8>, lie: Option<&'static str> },
    /// A connection is gone.
    Detach { peer: PeerId },
    /// Somebody of the place writes what comes to mind.
    Write,
    /// Somebody writes this.
    Say(Box<Deed>),
    /// Some time has passed.
    Tick,
}

/// Frames that are to be changed into lies.
#[derive(Clone, Copy, Default)]
pub(crate) struct LiesDue {
    /// The next ones, whatever they say.
    pub(crate) of_any_sort: u32,
    /// The next ones that give entries.
    pub(crate) about_entries: u32,
}

/// Done only once everything decided before is durable.
pub(crate) enum Deferred {
    Send { peer: PeerId, frame: Frame },
    Sign(Signing, Now),
    Close { peer: PeerId },
    Reply { id: EntryId, result: Result<LogIndex, String> },
    Erase(Vec<LogIndex>),
    Mend { at: LogIndex, entry: Arc<[u8]>, body: Option<Arc<[u8]>> },
    Keep { chunk: Hash, bytes: Arc<[u8]> },
    Tell(Event),
}

/// What the process of a machine is doing.
pub(crate) enum State {
    /// It runs.
    Running(Box<Replica>),
    /// Its store failed; it opens it again.
    Halted,
    /// There is no process until one is started.
    Down,
    /// There is no such machine any more.
    Gone,
}

/// Where a crash is aimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trap {
    /// After so many more effects.
    Any(u32),
    /// After the next batch was put and before it is synced.
    Put,
    /// After the next sync, and so many of what follows it.
    Synced(u32),
}

/// A crash that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set {
    pub(crate) trap: Trap,
    pub(crate) fault: Fault,
    pub(crate) moment: Moment,
}

/// A place between two effects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Point {
    Decided,
    Put,
    Synced,
    Done,
}

/// A machine.
pub(crate) struct Machine {
    /// What people call it: the unit's path, and for a second one something behind it.
    pub(crate) name: String,
    pub(crate) me: Me,
    pub(crate) key: KeyPair,
    pub(crate) disk: Disk,
    pub(crate) state: State,
    /// Counts processes.
    pub(crate) process: u64,
    pub(crate) start: [u8; 32],
    /// How wrong its clock is.
    pub(crate) clock_s: i64,
    /// What its process told the replica last.
    pub(crate) latest_s: i64,
    pub(crate) is_online: bool,
    /// Connections that are not to come about.
    pub(crate) failing_dials: u32,
    /// The next connections of this machine are slow.
    pub(crate) slow_dials: u32,
    /// The next time it dials, it does so twice.
    pub(crate) double_dials: u32,
    pub(crate) dial_wait: Ms,
    /// Frames to be changed into lies.
    pub(crate) lies_due: LiesDue,
    /// Whether it ever lied: then others may say so.
    pub(crate) is_liar: bool,
    /// What it was told in this group that no honest peer says.
    pub(crate) lied_to: Vec<(PeerId, &'static str)>,
    pub(crate) inbox: VecDeque<Ask>,
    pub(crate) is_woken: bool,
    /// Connections the process may send on.
    pub(crate) outboxes: BTreeSet<PeerId>,
    pub(crate) deferred: Vec<Deferred>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) checks: Vec<(PeerId, Vec<Unchecked>)>,
    pub(crate) replies: BTreeMap<Ticket, EntryId>,
    pub(crate) next_ticket: u64,
    pub(crate) is_dirty: bool,
    /// Faults that strike when a session is where they want it.
    pub(crate) aimed: Vec<(Fault, Moment)>,
    pub(crate) set: Option<Set>,
    pub(crate) image: Option<Image>,
    /// Whose copy it is.
    pub(crate) copy_of: Option<usize>,
    /// Whether its process was copied, or began as a copy: two go on in the same epochs.
    pub(crate) is_doubled: bool,
    /// What officers were told is saved here.
    pub(crate) saved: BTreeSet<EntryId>,
    /// What its receipts named.
    pub(crate) confirmed: BTreeSet<EntryId>,
}

impl Machine {
    pub(crate) fn new(name: String, me: Me, key: KeyPair, start: [u8; 32], disk: Disk, replica: Replica) -> Machine {
        Machine {
            name,
            me,
            key,
            disk,
            state: State::Running(Box::new(replica)),
            process: 0,
            start,
            clock_s: 0,
            latest_s: 0,
            is_online: true,
            failing_dials: 0,
            slow_dials: 0,
            double_dials: 0,
            dial_wait: SECOND,
            lies_due: LiesDue::default(),
            is_liar: false,
            lied_to: Vec::new(),
            inbox: VecDeque::new(),
            is_woken: false,
            outboxes: BTreeSet::new(),
            deferred: Vec::new(),
            inputs: Vec::new(),
            checks: Vec::new(),
            replies: BTreeMap::new(),
            next_ticket: 0,
            is_dirty: false,
            aimed: Vec::new(),
            set: None,
            image: None,
            copy_of: None,
            is_doubled: false,
            saved: BTreeSet::new(),
            confirmed: BTreeSet::new(),
        }
    }

    pub(crate) fn unit(&self) -> &UnitPath {
        &self.me.unit
    }

    /// What is decided here; none while no process runs.
    pub(crate) fn replica(&self) -> Option<&Replica> {
        match &self.state {
            State::Running(replica) => Some(replica),
            _ => None,
        }
    }

    /// Whether an entry is on its disk and can be read there.
    pub(crate) fn reads(&self, id: &EntryId) -> bool {
        find(&self.disk, id).is_ok_and(|at| at.is_some_and(|at| !self.disk.rotten.contains(&at)))
    }

    /// Entries on its disk that cannot be read there.
    pub(crate) fn lost(&self) -> Vec<EntryId> {
        ids_at(&self.disk, &self.disk.rotten).unwrap_or_default().into_values().collect()
    }

    /// The time as its process knows it: never going backwards.
    pub(crate) fn clock(&mut self, now: Ms) -> Now {
        let seconds = i64::try_from(now / SECOND).unwrap_or(0);
        self.latest_s = self.latest_s.max(BEGIN_S + seconds + self.clock_s);
        Now(self.latest_s)
    }

    /// Where its sessions are.
    pub(crate) fn moments(&self) -> BTreeSet<Moment> {
        let Some(replica) = self.replica() else { return BTreeSet::from([Moment::NoSession]) };
        let moments: BTreeSet<Moment> = replica.peers().map(|peer| moment(peer.stage)).collect();
        if moments.is_empty() { BTreeSet::from([Moment::NoSession]) } else { moments }
    }

    /// A connection whose session is there.
    pub(crate) fn peer_in(&self, wanted: Moment) -> Option<PeerId> {
        self.replica()?.peers().find(|peer| moment(peer.stage) == wanted).map(|peer| peer.peer)
    }

    /// The process is no more.
    pub(crate) fn forget_process(&mut self) {
        self.process += 1;
        self.inbox.clear();
        self.outboxes.clear();
        self.deferred.clear();
        self.inputs.clear();
        self.checks.clear();
        self.replies.clear();
        self.is_dirty = false;
        self.set = None;
        self.lied_to.clear();
        self.latest_s = i64::MIN;
    }

    /// Gathers what is to be done once everything before is durable.
    pub(crate) fn gather(&mut self, effect: Effect, now: Now) {
        let deferred = match effect {
            Effect::Store(_) => return,
            Effect::Erase { at } => Deferred::Erase(at),
            Effect::Mend { at, entry, body, .. } => Deferred::Mend { at, entry, body },
            Effect::Keep { chunk, bytes } => Deferred::Keep { chunk, bytes },
            Effect::Check { peer, parcels } => return self.checks.push((peer, parcels)),
            Effect::Send { peer, frame } => Deferred::Send { peer, frame },
            Effect::Sign(signing) => Deferred::Sign(signing, now),
            Effect::Close { peer } => Deferred::Close { peer },
            Effect::Reply { ticket, result } => {
                let Some(id) = self.replies.remove(&ticket) else { return };
                Deferred::Reply { id, result: result.map_err(|fault| fault.to_string()) }
            }
            Effect::Tell(event) => Deferred::Tell(event),
        };
        self.deferred.push(deferred);
    }
}

fn moment(stage: Option<Stage>) -> Moment {
    match stage {
        None => Moment::Hello,
        Some(Stage::Comparing) => Moment::Comparing,
        Some(Stage::Giving) => Moment::Giving,
        Some(Stage::Live) => Moment::Settled,
    }
}
