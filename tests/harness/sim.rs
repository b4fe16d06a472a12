//! A county simulated: the very replicas the nodes run, on one thread, in virtual time, over disks and links that fail.
//!
//! One number draws everything: the tree, what people do, how long frames take, what goes wrong and when. So whatever
//! breaks can be seen again, step by step, and made smaller. First everything goes wrong that the plan has (safety), then
//! everything heals, and all must agree within bounded time (liveness). What must hold is in [`crate::claims`].

pub mod disk;
mod driver;
mod faults;
mod founding;
pub(crate) mod lies;
pub(crate) mod machine;
mod oversteps;
mod people;
pub mod plan;
mod queue;
pub mod shrink;
pub mod tally;
pub(crate) mod wire;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use fangwei_protocol::{record::entry::Hash, trust::genesis::Genesis};

use self::{
    machine::{Machine, State},
    people::People,
    plan::{Draw, Plan},
    queue::{Queue, What},
    tally::{Broken, Sample, Tally},
    wire::Conn,
};
use crate::claims::{name, simulated};

/// Milliseconds of virtual time.
pub(crate) type Ms = u64;

/// One second.
pub(crate) const SECOND: Ms = 1_000;
/// One minute.
pub(crate) const MINUTE: Ms = 60 * SECOND;
/// One hour.
pub(crate) const HOUR: Ms = 60 * MINUTE;

/// Within so much time after everything has healed, everything has arrived.
const LIVENESS: Ms = 12 * HOUR;

/// When the simulation begins, as clocks that are right say: seconds since 1970.
pub(crate) const BEGIN_S: i64 = 1_790_000_000;

/// Which machine.
pub(crate) type Id = usize;

/// One county being simulated.
pub struct Sim {
    pub(crate) plan: Plan,
    pub(crate) draw: Draw,
    pub(crate) genesis: Genesis,
    pub(crate) now: Ms,
    queue: Queue,
    pub(crate) machines: Vec<Machine>,
    pub(crate) conns: BTreeMap<u64, Conn>,
    next_conn: u64,
    /// Who dialled whom on each connection there ever was.
    pub(crate) ends: BTreeMap<u64, [Id; 2]>,
    pub(crate) people: People,
    pub(crate) tally: Tally,
    log: Log,
    step: u64,
    pub(crate) is_healing: bool,
    broken: Option<(&'static str, String)>,
}

/// What happened, in order: hashed as it goes, and told if somebody listens.
#[derive(Default)]
pub(crate) struct Log {
    hash: Option<Hash>,
    pending: Vec<u8>,
    /// Tells each line.
    tell: Option<Box<dyn FnMut(&str)>>,
}

impl Log {
    fn note(&mut self, line: &str) {
        self.pending.extend_from_slice(line.as_bytes());
        self.pending.push(b'\n');
        if let Some(tell) = &mut self.tell {
            tell(line);
        }
        if self.pending.len() > 8_192 {
            self.fold();
        }
    }

    fn fold(&mut self) {
        let before = self.hash.as_ref().map_or(&[][..], Hash::as_slice);
        self.hash = Some(Hash::of_parts("what happened", [before, &self.pending]));
        self.pending.clear();
    }
}

/// Simulates a plan.
///
/// # Errors
///
/// The first claim that did not hold.
pub fn run(plan: &Plan) -> Result<Tally, Broken> {
    run_telling(plan, None)
}

/// The same, telling every line of what happens.
///
/// # Errors
///
/// The first claim that did not hold.
pub fn run_telling(plan: &Plan, tell: Option<Box<dyn FnMut(&str)>>) -> Result<Tally, Broken> {
    let mut sim = Sim::found(plan);
    sim.log.tell = tell;
    let done = catch_unwind(AssertUnwindSafe(|| sim.go()));
    if let Err(panic) = done {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        sim.broke(name::NOTHING_PANICS, text.unwrap_or_default());
    }
    sim.log.fold();
    sim.tally.log = sim.log.hash;
    match sim.broken {
        Some((claim, detail)) => Err(Broken { seed: plan.seed, step: sim.step, claim, detail }),
        None => Ok(sim.tally),
    }
}

impl Sim {
    /// Notes what happens.
    pub(crate) fn note(&mut self, line: std::fmt::Arguments<'_>) {
        let (step, now) = (self.step, self.now);
        let (hours, minutes, ms) = (now / HOUR, now / MINUTE % 60, now % MINUTE);
        self.log.note(&format!("{step:>7} {hours:>3}:{minutes:02}:{:06.3} {line}", ms as f64 / 1000.0));
    }

    /// A claim did not hold: the simulation ends.
    pub(crate) fn broke(&mut self, claim: &'static str, detail: String) {
        if self.broken.is_none() {
            self.note(format_args!("BROKEN {claim}: {detail}"));
            self.broken = Some((claim, detail));
        }
    }

    pub(crate) fn after(&mut self, delay: Ms, what: What) {
        self.queue.push(self.now + delay, what);
    }

    /// Takes a check's finding.
    pub(crate) fn hold(&mut self, claim: &'static str, found: Result<(), String>) {
        if let Err(detail) = found {
            self.broke(claim, detail);
        }
    }

    fn go(&mut self) {
        self.begin();
        let safety = self.plan.hours * HOUR;
        self.until(safety);
        if self.broken.is_some() {
            return;
        }
        self.tally.seeds = 1;
        self.tally.node_hours = self.plan.hours * self.plan.units as u64;
        if self.plan.hours >= 24 {
            self.tally.largest_day = self.plan.units as u64;
        }
        self.tally.large_counties = u64::from(self.plan.units >= 500);
        self.heal();
        let end = self.now + LIVENESS;
        while self.broken.is_none() {
            self.until(self.now + 10 * MINUTE);
            match simulated::everything_arrived(self) {
                Ok(()) => break,
                Err(lacking) if self.now >= end => self.broke(name::EVERYTHING_ARRIVES, lacking),
                Err(_) => {}
            }
        }
        if self.broken.is_none() {
            simulated::at_the_end(self);
        }
        self.tally.steps = self.step;
    }

    /// Takes what happens until some time.
    fn until(&mut self, end: Ms) {
        while self.broken.is_none()
            && let Some((at, what)) = self.queue.pop_until(end)
        {
            self.now = at;
            self.step += 1;
            self.happen(what);
        }
        self.now = end;
    }

    /// Looks at what must not grow with the number of sessions.
    pub(crate) fn sample(&mut self) {
        let sizes = self.machines.iter().map(|machine| machine.disk.size().1 as u64);
        let links = self.machines.iter().filter_map(Machine::replica).map(|replica| replica.peers().count() as u64);
        let sample = Sample {
            sessions: self.tally.sessions,
            steps: self.step,
            bytes: self.tally.bytes,
            keys: sizes.sum(),
            entries: self.machines.iter().map(|machine| machine.disk.entries().0).sum(),
            links: links.sum(),
        };
        self.tally.samples.push(sample);
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Wake(id) => self.wake(id),
            What::Deliver { conn, to } => self.deliver(conn, to),
            What::Attach { conn, side } => self.attach(conn, side),
            What::Gone { conn, side } => self.gone(conn, side),
            What::Dial(id) => self.dial_if_due(id),
            What::Tick(id) => self.tick(id),
            What::Write(id) => self.people_write(id),
            What::Image(id) => self.take_image(id),
            What::Open { id, process } => self.open_again(id, process),
            What::Strike(fault) => self.aim(fault),
            What::Ease { fault, id } => self.ease(fault, id),
            What::Dead(id) => self.clone_ends(id),
        }
    }

    /// Machines that are there.
    pub(crate) fn alive(&self) -> impl Iterator<Item = (Id, &Machine)> {
        self.machines.iter().enumerate().filter(|(_, machine)| !matches!(machine.state, State::Gone))
    }
}
