//! Connections: frames in order, late, slowly, until somebody hangs up or the link is cut and the rest is lost.

use std::collections::VecDeque;

use fangwei_protocol::{
    record::{
        entry::{CertificateId, Claim, Entry},
        message::{Frame, Parcel},
    },
    records::find,
    replica::PeerId,
    trust::{confirmed, genesis::GenesisHash},
    work::unit::UnitPath,
};

use super::{
    HOUR, Id, MINUTE, Ms, SECOND, Sim, lies,
    machine::{Ask, State},
    queue::What,
};
use crate::claims::simulated;

/// Frames that wait for one peer, as in `node/src/limits.rs`.
const OUTBOX_FRAMES_MAX: usize = fangwei_node::limits::OUTBOX_FRAMES_MAX;

/// A connection between two machines; the first end dialled.
pub(crate) struct Conn {
    /// Machine, and which of its processes.
    pub(crate) ends: [(Id, u64); 2],
    /// Frames under way to each end.
    queues: [VecDeque<Sent>; 2],
    /// When the last of them arrives.
    last: [Ms; 2],
    delay: Ms,
    jitter: Ms,
    bytes_a_second: u64,
    /// When it was dialled.
    since: Ms,
    /// Nothing comes through any more.
    is_cut: bool,
    /// The next frame does not come through whole.
    is_torn: bool,
    /// Ends that hung up or know that the connection is gone.
    is_gone: [bool; 2],
    /// For each end what it was given and has not acknowledged, frame by frame: the entries, and their bytes.
    pub(crate) given: [VecDeque<Given>; 2],
    /// Frames that it has acknowledged, and bytes of what the acknowledgements still under way are for.
    pub(crate) acknowledged: [u64; 2],
    /// Bytes in flight to each end, as the other one knows.
    pub(crate) in_flight: [usize; 2],
}

/// A frame under way.
struct Sent {
    bytes: Vec<u8>,
    /// What is wrong with it, where somebody changed it.
    lie: Option<&'static str>,
}

/// What one `Give` frame gives.
pub(crate) struct Given {
    /// With those whose keys it takes to check what stands for a body that was taken away.
    pub(crate) entries: Vec<(Entry, Vec<CertificateId>)>,
    pub(crate) bytes: usize,
    /// Whether the end that is given it has said that it has it.
    pub(crate) is_acknowledged: bool,
}

/// The name an end of a connection goes by.
pub(crate) fn peer(conn: u64, side: usize) -> PeerId {
    PeerId(conn * 2 + side as u64)
}

/// The connection a name is of, and which end.
pub(crate) fn end(peer: PeerId) -> (u64, usize) {
    (peer.0 / 2, usize::from(peer.0 % 2 == 1))
}

impl Sim {
    /// A machine looks whether it should dial somebody above it, and when it looks again.
    pub(crate) fn dial_if_due(&mut self, id: Id) {
        self.dial_once(id);
        let machine = &mut self.machines[id];
        // One question for each machine in the queue at any time.
        let wait = machine.dial_wait;
        machine.dial_wait = (wait * 2).min(2 * MINUTE);
        let wait = wait + self.draw.below(wait / 4 + 1);
        self.after(wait, What::Dial(id));
    }

    fn dial_once(&mut self, id: Id) {
        let machine = &self.machines[id];
        if !machine.is_online || !matches!(machine.state, State::Running(_)) {
            return;
        }
        let unit = machine.unit().clone();
        let above: Vec<Id> = self
            .alive()
            .filter(|(other, found)| *other != id && found.copy_of.is_none() && found.unit().is_above(&unit))
            .map(|(other, _)| other)
            .collect();
        let nearest = above.iter().map(|other| self.machines[*other].unit().clone()).max_by_key(UnitPath::depth);
        let Some(nearest) = nearest else { return };
        let near: Vec<Id> = above.iter().copied().filter(|other| *self.machines[*other].unit() == nearest).collect();
        let any = if self.draw.percent(5) { &above } else { &near };
        let Some(other) = self.draw.pick(any).copied() else { return };
        let is_connected = self
            .conns
            .values()
            .any(|conn| conn.ends[0].0 == id && near.contains(&conn.ends[1].0) && !conn.is_gone[0] && !conn.is_cut);
        let doubles = self.machines[id].double_dials;
        if is_connected && doubles == 0 {
            return;
        }
        self.connect(id, other);
        if doubles > 0 {
            self.machines[id].double_dials -= 1;
            self.connect(id, other);
        }
    }

    /// Dials: the connection stands after a round trip, if the other side is there.
    pub(crate) fn connect(&mut self, from: Id, to: Id) {
        if self.machines[from].failing_dials > 0 {
            self.machines[from].failing_dials -= 1;
            self.tally.cuts += 1;
            return;
        }
        let (there, answers) = (&self.machines[to], self.machines[to].process);
        if !there.is_online || !matches!(there.state, State::Running(_) | State::Halted) {
            return;
        }
        let is_slow = self.machines[from].slow_dials > 0;
        self.machines[from].slow_dials -= u32::from(is_slow);
        let delay = if self.draw.percent(20) { self.draw.between(200, 900) } else { self.draw.between(1, 120) };
        let conn = Conn {
            ends: [(from, self.machines[from].process), (to, answers)],
            queues: Default::default(),
            last: [0; 2],
            delay,
            jitter: self.draw.between(0, delay),
            bytes_a_second: if is_slow { self.draw.between(300, 4_000) } else { self.draw.between(8_000, 2_000_000) },
            since: self.now,
            is_cut: false,
            is_torn: false,
            is_gone: [false; 2],
            given: Default::default(),
            acknowledged: [0; 2],
            in_flight: [0; 2],
        };
        let id = self.next_conn;
        self.next_conn += 1;
        self.conns.insert(id, conn);
        self.ends.insert(id, [from, to]);
        // Who dials knows first; who was dialled hears of it with the first frame, or before.
        self.after(2 * delay, What::Attach { conn: id, side: 1 });
        self.after(2 * delay + 1, What::Attach { conn: id, side: 0 });
        let (one, two) = (self.machines[from].name.clone(), self.machines[to].name.clone());
        self.note(format_args!("{one} dials {two}: connection {id}"));
    }

    /// One end may be told that the connection stands.
    pub(crate) fn attach(&mut self, conn: u64, side: usize) {
        let Some(found) = self.conns.get(&conn) else { return };
        let (id, process) = found.ends[side];
        if !found.is_cut && !found.is_gone[side] && self.machines[id].process == process {
            self.ask(id, Ask::Attach { conn, side });
        }
    }

    /// A machine sends a frame, as its process believes.
    pub(crate) fn send(&mut self, id: Id, peer: PeerId, frame: Frame) {
        simulated::before_sending(self, id, peer, &frame);
        if !self.machines[id].outboxes.contains(&peer) {
            return;
        }
        let (conn, side) = end(peer);
        let to = 1 - side;
        let genesis = self.genesis.hash();
        let Some(found) = self.conns.get_mut(&conn) else { return };
        if found.is_cut || found.is_gone[side] {
            return;
        }
        let given = given_by(&frame, &genesis);
        let other = found.ends[to].0;
        let due = &mut self.machines[id].lies_due;
        let is_due = if matches!(frame, Frame::Give(_)) && due.about_entries > 0 {
            due.about_entries -= 1;
            true
        } else {
            let is_due = due.of_any_sort > 0;
            due.of_any_sort -= u32::from(is_due);
            is_due
        };
        let (bytes, lie) = if is_due {
            let (machine, other) = (&self.machines[id], &self.machines[other]);
            let node = machine.me.certificate;
            let means = lies::Means {
                genesis,
                node,
                key: &machine.key,
                shown_epoch: confirmed::checkpoint_of(&node, &other.disk)
                    .ok()
                    .flatten()
                    .map(|held| held.claimed().log.epoch),
                officer: &|id| self.people.holder(id).map(|person| person.officer.clone()),
            };
            let (bytes, lie) = lies::lie(&mut self.draw, frame, &means);
            (bytes, Some(lie))
        } else {
            (frame.to_bytes(), None)
        };
        if let Some(lie) = lie {
            self.note(format_args!("{} lies on connection {conn}: {lie}", self.machines[id].name.clone()));
        }
        let Some(found) = self.conns.get_mut(&conn) else { return };
        if let Some(mut given) = given {
            found.in_flight[to] += given.bytes;
            // Of what was forged nothing is promised.
            given.entries.retain(|_| lie.is_none());
            found.given[to].push_back(given);
        }
        if found.queues[to].len() >= OUTBOX_FRAMES_MAX {
            self.machines[id].outboxes.remove(&peer);
            return self.hang_up(peer);
        }
        let length = bytes.len() as u64 + 4;
        self.tally.bytes += length;
        let takes = length * SECOND / found.bytes_a_second;
        let late = found.delay + self.draw.below(found.jitter + 1) + takes;
        let at = found.last[to].max(self.now + late).max(found.last[to] + takes);
        found.last[to] = at;
        found.queues[to].push_back(Sent { bytes, lie });
        self.queue.push(at, What::Deliver { conn, to });
    }

    /// The next frame comes out at one end.
    pub(crate) fn deliver(&mut self, conn: u64, to: usize) {
        let Some(found) = self.conns.get_mut(&conn) else { return };
        let Some(Sent { bytes: frame, lie }) = found.queues[to].pop_front() else { return };
        if found.is_torn {
            return self.cut(conn);
        }
        let (id, process) = found.ends[to];
        if found.is_gone[to] || self.machines[id].process != process {
            return;
        }
        self.tally.frames += 1;
        self.hear(conn, to, &frame);
        self.ask(id, Ask::Received { peer: peer(conn, to), frame, lie });
    }

    /// Keeps account of what came: entries that were there already, and acknowledgements.
    fn hear(&mut self, conn: u64, to: usize, bytes: &[u8]) {
        match Frame::parse(bytes) {
            Ok(Frame::Give(parcels)) => {
                let Some(found) = self.conns.get(&conn) else { return };
                let machine = &self.machines[found.ends[to].0];
                let genesis = self.genesis.hash();
                let is_held = |entry: &[u8]| {
                    let claim = Claim::parse(entry).ok()?;
                    find(&machine.disk, &claim.reopen(&genesis).id()).ok()?
                };
                let held = parcels.iter().filter(|parcel| is_held(&parcel.entry).is_some());
                self.tally.again_bytes += held.map(|parcel| parcel.weight() as u64).sum::<u64>();
            }
            Ok(Frame::Ack(ack)) => {
                let Some(found) = self.conns.get_mut(&conn) else { return };
                let other = 1 - to;
                while found.acknowledged[other] < ack.frames
                    && let Some(given) = found.given[other].pop_front()
                {
                    found.acknowledged[other] += 1;
                    found.in_flight[other] = found.in_flight[other].saturating_sub(given.bytes);
                }
            }
            _ => {}
        }
    }

    /// One end hangs up: what it sent still arrives.
    pub(crate) fn hang_up(&mut self, peer: PeerId) {
        let (conn, side) = end(peer);
        let Some(found) = self.conns.get_mut(&conn) else { return };
        if std::mem::replace(&mut found.is_gone[side], true) {
            return;
        }
        let at = found.last[1 - side].max(self.now + found.delay) + 1;
        self.queue.push(self.now + 1, What::Gone { conn, side });
        self.queue.push(at, What::Gone { conn, side: 1 - side });
    }

    /// One end knows that a connection is gone.
    pub(crate) fn gone(&mut self, conn: u64, side: usize) {
        let Some(found) = self.conns.get_mut(&conn) else { return };
        let (id, process) = found.ends[side];
        let lasted = self.now - found.since;
        found.is_gone[side] = true;
        found.queues[side].clear();
        if self.machines[id].process == process {
            self.ask(id, Ask::Detach { peer: peer(conn, side) });
            // Who lost a link that had lasted dials again soon.
            if lasted > MINUTE {
                self.machines[id].dial_wait = SECOND;
            }
        }
        let found = &self.conns[&conn];
        if found.is_gone == [true; 2] && found.queues.iter().all(VecDeque::is_empty) {
            self.conns.remove(&conn);
        }
    }

    /// A link is cut: what is under way is lost. Each end learns of it at once, or when it has waited long enough.
    pub(crate) fn cut(&mut self, conn: u64) {
        let Some(found) = self.conns.get_mut(&conn) else { return };
        if std::mem::replace(&mut found.is_cut, true) {
            return;
        }
        found.queues.iter_mut().for_each(VecDeque::clear);
        self.tally.cuts += 1;
        for side in 0..2 {
            let late = if self.draw.percent(50) { 1 } else { self.draw.between(1, 30 * SECOND) };
            self.after(late, What::Gone { conn, side });
        }
        self.note(format_args!("connection {conn} is cut"));
    }

    /// A link is cut in the middle of the next frame that comes over it.
    pub(crate) fn tear(&mut self, conn: u64) {
        self.conns.get_mut(&conn).into_iter().for_each(|found| found.is_torn = true);
    }

    /// A link becomes very slow.
    pub(crate) fn slow_down(&mut self, conn: u64) {
        let pace = self.draw.between(300, 4_000);
        self.conns.get_mut(&conn).into_iter().for_each(|found| found.bytes_a_second = pace);
    }

    /// Every link of a machine is cut; if its process ended, it does not learn of it.
    pub(crate) fn cut_all(&mut self, id: Id, is_process_gone: bool) {
        let conns: Vec<u64> =
            self.conns.iter().filter(|(_, conn)| conn.ends.iter().any(|end| end.0 == id)).map(|(at, _)| *at).collect();
        let cuts = self.tally.cuts;
        for conn in conns {
            self.cut(conn);
        }
        // Counted as what it is.
        if is_process_gone {
            self.tally.cuts = cuts;
        }
    }

    /// A machine has no link until it is back.
    pub(crate) fn go_offline(&mut self, id: Id) {
        self.machines[id].is_online = false;
        self.cut_all(id, false);
        let most = (self.plan.hours / 2).max(2) * HOUR;
        let away =
            if self.draw.percent(20) { self.draw.between(HOUR, most) } else { self.draw.between(MINUTE, 5 * HOUR) };
        self.after(away, What::Ease { fault: super::plan::Fault::Offline, id });
    }
}

fn given_by(frame: &Frame, genesis: &GenesisHash) -> Option<Given> {
    let Frame::Give(parcels) = frame else { return None };
    let given = |parcel: &Parcel| {
        let statements = parcel.proof.iter().flatten();
        let authors = statements.filter_map(|one| Some(Claim::parse(&one.entry).ok()?.claimed_author()));
        Some((Claim::parse(&parcel.entry).ok()?.reopen(genesis), authors.collect()))
    };
    let entries = parcels.iter().filter_map(given).collect();
    let bytes = parcels.iter().map(Parcel::weight).sum();
    Some(Given { entries, bytes, is_acknowledged: false })
}
