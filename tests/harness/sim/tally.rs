//! What a simulation covered: hours, entries, which fault met which state of a session how often; and what broke.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use fangwei_protocol::record::entry::Hash;

use super::plan::Fault;

/// Where the sessions of a node are when something strikes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Moment {
    /// It has no link.
    NoSession,
    /// A link stands, and not both hellos are known.
    Hello,
    /// It compares with a peer.
    Comparing,
    /// What differs flows.
    Giving,
    /// A session has settled.
    Settled,
}

impl Moment {
    /// All of them.
    pub const ALL: &[Moment] = &[Moment::NoSession, Moment::Hello, Moment::Comparing, Moment::Giving, Moment::Settled];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Moment::NoSession => "no session",
            Moment::Hello => "hello out",
            Moment::Comparing => "comparing",
            Moment::Giving => "giving",
            Moment::Settled => "settled",
        }
    }
}

/// A claim that did not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Of which seed.
    pub seed: u64,
    /// At which step.
    pub step: u64,
    /// Which claim: one of [`crate::claims::name`].
    pub claim: &'static str,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} breaks \"{}\" at step {}: {}", self.seed, self.claim, self.step, self.detail)
    }
}

/// What was covered.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Simulations.
    pub seeds: u64,
    /// Hours of the safety phases times nodes.
    pub node_hours: u64,
    /// Of the largest county watched for a day or more: nodes.
    pub largest_day: u64,
    /// Counties of at least 500 units.
    pub large_counties: u64,
    /// Entries people wrote.
    pub entries: u64,
    /// What people tried and the rules refused.
    pub refused: u64,
    /// Steps of the event queue.
    pub steps: u64,
    /// Sessions that began.
    pub sessions: u64,
    /// Frames that arrived.
    pub frames: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// Bytes of entries that came to who had them already.
    pub again_bytes: u64,
    /// Processes that ended without being asked to.
    pub crashes: u64,
    /// Links that were cut.
    pub cuts: u64,
    /// Times the index was derived again from facts.
    pub replays: u64,
    /// Fault, and what it met.
    pub hits: BTreeMap<(Fault, Moment), u64>,
    /// Every hundred sessions: what must not grow with their number. Of one simulation only.
    pub samples: Vec<Sample>,
    /// What happened, in order: the same for the same plan, to the byte.
    pub log: Option<Hash>,
}

/// Sums over a whole county at some time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Sessions so far.
    pub sessions: u64,
    /// Steps so far.
    pub steps: u64,
    /// Bytes sent so far.
    pub bytes: u64,
    /// Keys of all indexes.
    pub keys: u64,
    /// Entries of all logs.
    pub entries: u64,
    /// Connections all replicas know of.
    pub links: u64,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: &Tally) {
        self.seeds += other.seeds;
        self.node_hours += other.node_hours;
        self.largest_day = self.largest_day.max(other.largest_day);
        self.large_counties += other.large_counties;
        self.entries += other.entries;
        self.refused += other.refused;
        self.steps += other.steps;
        self.sessions += other.sessions;
        self.frames += other.frames;
        self.bytes += other.bytes;
        self.again_bytes += other.again_bytes;
        self.crashes += other.crashes;
        self.cuts += other.cuts;
        self.replays += other.replays;
        for (place, hits) in &other.hits {
            *self.hits.entry(*place).or_default() += hits;
        }
        let logs = [self.log, other.log].into_iter().flatten();
        self.log = Some(Hash::of_parts("logs", logs.collect::<Vec<_>>().iter().map(Hash::as_slice)));
    }

    /// Entries on each node in a day.
    #[must_use]
    pub fn entries_a_node_day(&self) -> f64 {
        self.entries as f64 * 24.0 / self.node_hours.max(1) as f64
    }

    /// The least hits of any cell.
    #[must_use]
    pub fn least_hits(&self) -> u64 {
        let cells = Fault::ALL.iter().flat_map(|fault| Moment::ALL.iter().map(move |moment| (*fault, *moment)));
        cells.map(|cell| self.hits.get(&cell).copied().unwrap_or(0)).min().unwrap_or(0)
    }

    /// What of this a long run demands and did not get.
    #[must_use]
    pub fn lacks(&self, demand: &Demand) -> Vec<String> {
        let mut lacks = Vec::new();
        let mut ask = |what: &str, have: u64, need: u64| {
            if have < need {
                lacks.push(format!("{what}: {have} of {need}"));
            }
        };
        ask("seeds", self.seeds, demand.seeds);
        ask("node-hours", self.node_hours, demand.node_hours);
        ask("entries a node-day", self.entries_a_node_day() as u64, demand.entries_a_node_day);
        ask("crashes", self.crashes, demand.crashes);
        ask("link cuts", self.cuts, demand.cuts);
        ask("nodes of the largest county watched for a day", self.largest_day, demand.largest_day);
        for fault in Fault::ALL {
            for moment in Moment::ALL {
                let hits = self.hits.get(&(*fault, *moment)).copied().unwrap_or(0);
                ask(&format!("{fault} × {}", moment.name()), hits, demand.hits);
            }
        }
        lacks
    }
}

/// What a long run must have covered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Demand {
    /// Simulations.
    pub seeds: u64,
    /// Node-hours.
    pub node_hours: u64,
    /// Entries a node-day.
    pub entries_a_node_day: u64,
    /// Hits of each fault in each moment.
    pub hits: u64,
    /// Crashes.
    pub crashes: u64,
    /// Link cuts.
    pub cuts: u64,
    /// Nodes of the largest county watched for a day.
    pub largest_day: u64,
}

impl Demand {
    /// What is demanded of every change.
    pub const OF_EVERY_CHANGE: Demand = Demand {
        seeds: 200,
        node_hours: 50_000,
        entries_a_node_day: 20,
        hits: 50,
        crashes: 5_000,
        cuts: 5_000,
        largest_day: 150,
    };
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} seeds, {} node-hours, {} entries ({:.1} a node-day; {} refused), {} steps",
            self.seeds,
            self.node_hours,
            self.entries,
            self.entries_a_node_day(),
            self.refused,
            self.steps
        )?;
        writeln!(
            f,
            "{} sessions, {} frames, {:.1} MB ({:.1} MB of entries that were there), {} crashes, {} cuts, {} replays",
            self.sessions,
            self.frames,
            self.bytes as f64 / 1e6,
            self.again_bytes as f64 / 1e6,
            self.crashes,
            self.cuts,
            self.replays
        )?;
        let mut head = format!("{:<10}", "fault");
        for moment in Moment::ALL {
            write!(head, "{:>12}", moment.name())?;
        }
        writeln!(f, "{head}")?;
        for fault in Fault::ALL {
            let mut row = format!("{:<10}", fault.name());
            for moment in Moment::ALL {
                write!(row, "{:>12}", self.hits.get(&(*fault, *moment)).copied().unwrap_or(0))?;
            }
            writeln!(f, "{row}")?;
        }
        Ok(())
    }
}
