//! What a process is doing to its store, as it says itself, and how to hit it there.
//!
//! A process says the phase on its standard output when it comes to it. Whoever wants to hit it waits for that line and
//! then for a part of the time the phase took before; what was hit is what the process said last.

#![allow(dead_code, reason = "shared by several targets, none of which needs all of it")]

use std::{
    collections::BTreeMap,
    fmt,
    io::Write as _,
    sync::mpsc::Receiver,
    thread,
    time::{Duration, Instant},
};

use rand::{RngExt as _, rngs::StdRng};

/// How long a process may take to come to what it is to be hit at.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a phase is taken to last before it was seen once.
const FIRST_GUESS: Duration = Duration::from_micros(300);

/// What a process is about to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Phase {
    /// Opens journal and index.
    Open,
    /// Brings the index up to the journal it found.
    Replay,
    /// Puts batches, which begins segments and makes room in the tail.
    Write,
    /// Makes them durable.
    Sync,
    /// Moves some into the index.
    Index,
    /// Makes the index durable.
    Flush,
    /// Sets the index aside and derives it again.
    Rebuild,
    /// Syncs, indexes, flushes and closes.
    Close,
}

impl Phase {
    const NAMES: [(Phase, &str); 8] = [
        (Phase::Open, "phase open"),
        (Phase::Replay, "phase replay"),
        (Phase::Write, "phase write"),
        (Phase::Sync, "phase sync"),
        (Phase::Index, "phase index"),
        (Phase::Flush, "phase flush"),
        (Phase::Rebuild, "phase rebuild"),
        (Phase::Close, "phase close"),
    ];

    /// Says that this begins.
    pub(crate) fn tell(self) {
        let name = Phase::NAMES.iter().find(|(phase, _)| *phase == self).unwrap().1;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{name}").unwrap();
        out.flush().unwrap();
    }

    /// What a line says, if it says that a phase begins.
    pub(crate) fn told(line: &str) -> Option<Phase> {
        Phase::NAMES.iter().find(|(_, name)| *name == line).map(|(phase, _)| *phase)
    }
}

/// Aims at what was hit least, and counts what was hit.
pub(crate) struct Aim {
    phases: Vec<Phase>,
    target: Phase,
    /// How long each phase has taken so far, on average.
    lengths: BTreeMap<Phase, Duration>,
    hits: BTreeMap<Phase, u64>,
}

impl Aim {
    /// At these.
    pub(crate) fn at(phases: &[Phase]) -> Aim {
        Aim { phases: phases.to_vec(), target: phases[0], lengths: BTreeMap::new(), hits: BTreeMap::new() }
    }

    /// What is aimed at.
    pub(crate) fn target(&self) -> Phase {
        self.target
    }

    /// Takes the next aim: what was hit least, or missed longest ago.
    pub(crate) fn take(&mut self) -> Phase {
        let hits = |phase: &Phase| self.hits.get(phase).copied().unwrap_or(0);
        let at = (0..self.phases.len()).min_by_key(|&at| hits(&self.phases[at])).unwrap();
        self.target = self.phases.remove(at);
        self.phases.push(self.target);
        self.target
    }

    /// Waits until the process has come to what is aimed at for the `nth` time (from 0), and for a drawn part of the
    /// time that took before.
    pub(crate) fn wait(&mut self, phases: &Receiver<Phase>, nth: u64, random: &mut StdRng) {
        let until = Instant::now() + PATIENCE;
        let (mut doing, mut seen): (Option<(Phase, Instant)>, u64) = (None, 0);
        while seen <= nth {
            // It ended by itself, or never comes to it: the caller sees what it did instead.
            let Ok(phase) = phases.recv_timeout(until.saturating_duration_since(Instant::now())) else { return };
            let now = Instant::now();
            if let Some((before, since)) = doing.replace((phase, now)) {
                let length = self.lengths.entry(before).or_insert(now - since);
                *length = (*length * 3 + (now - since)) / 4;
            }
            seen += u64::from(phase == self.target);
        }
        let length = self.lengths.get(&self.target).copied().unwrap_or(FIRST_GUESS);
        thread::sleep(length.mul_f64(random.random_range(0.0..0.7)));
    }

    /// Counts what was hit.
    pub(crate) fn hit(&mut self, phase: Option<Phase>) {
        if let Some(phase) = phase {
            *self.hits.entry(phase).or_default() += 1;
        }
    }

    /// Every phase aimed at was hit: to be demanded of a run long enough.
    pub(crate) fn demand_every(&self) {
        for phase in &self.phases {
            assert!(self.hits.contains_key(phase), "{phase:?} was never hit: {self}");
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hits: Vec<String> = self.hits.iter().map(|(phase, hits)| format!("{phase:?} {hits}")).collect();
        write!(f, "{}", hits.join(", "))
    }
}
