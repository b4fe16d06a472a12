//! What one seed draws: how large the county is, how long it is watched, what goes wrong there and how often.
//!
//! A plan can be changed before it is run: fewer units, fewer hours, fewer faults, or a bug planted on purpose.

use std::{collections::BTreeMap, fmt};

/// Numbers drawn from one seed, always the same ones: no other source of chance is in a simulation.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// From a seed; different names give different numbers.
    #[must_use]
    pub fn new(seed: u64, name: u64) -> Draw {
        let mut draw = Draw(seed ^ name.wrapping_mul(0xd1b5_4a32_d192_ed03));
        draw.number();
        draw
    }

    /// The next number (SplitMix64).
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below this; 0 if there is nothing below.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.number() % bound }
    }

    /// From one to the other, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// Whether something of so many in a hundred happens.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, some: &'a [T]) -> Option<&'a T> {
        some.get(usize::try_from(self.below(some.len() as u64)).unwrap_or(0))
    }

    /// Bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.number().to_le_bytes()[..chunk.len()]);
        }
        bytes
    }
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// A class of what goes wrong.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Fault { $($(#[$doc])* $name,)+ }

        impl Fault {
            /// All of them.
            pub const ALL: &[Fault] = &[$(Fault::$name,)+];

            /// Its name in tables and commands.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Fault::$name => $text,)+ }
            }
        }
    };
}

faults! {
    /// The power goes at any effect; a suffix of what was not synced is lost.
    Power = "power",
    /// The process is killed at any effect; what was written is there.
    Kill = "kill",
    /// The power goes between putting and syncing, or between syncing and what is said after it.
    Window = "window",
    /// The disk refuses one write or one sync.
    Refuse = "refuse",
    /// The disk is full for some time.
    Full = "full",
    /// The disk comes back as it was when an image of it was taken.
    Backup = "backup",
    /// A record of an entry that others have too cannot be read any more.
    Rot = "rot",
    /// A link is cut between two frames.
    Cut = "cut",
    /// A link is cut in the middle of a frame.
    Torn = "torn",
    /// The same two nodes connect once more.
    Double = "double",
    /// A link becomes very slow.
    Slow = "slow",
    /// A node has no link for hours, days or weeks.
    Offline = "offline",
    /// A clock jumps by up to ten years.
    Clock = "clock",
    /// An officer is revoked; what was honest is sometimes stood for.
    Revoke = "revoke",
    /// An officer's key is replaced.
    Rotate = "rotate",
    /// Somebody else writes with an officer's key.
    Steal = "steal",
    /// A running machine is copied, and both go on.
    Clone = "clone",
    /// Words are taken out of an entry.
    Redact = "redact",
    /// An officer's changed program says what the officer may not.
    Overstep = "overstep",
    /// A node says something no honest node says: forged, out of turn, of another tree.
    Lie = "lie",
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A mistake made on purpose in the simulated driver or disk, to show that the claims can fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DriverBug {
    /// Syncing does nothing.
    SkipSync,
    /// Officers are answered before anything is synced.
    ReplyBeforeSync,
    /// Frames go out before anything is synced.
    SendBeforeSync,
    /// Node's signatures are made before anything is synced.
    SignBeforeSync,
    /// A process begins with the start seed of the one before it, and so goes on in its epochs.
    SameStart,
    /// After the store refused a write the process goes on as if nothing was.
    GoOnAfterRefusal,
    /// Redacted bodies are not overwritten.
    KeepErased,
}

impl DriverBug {
    /// All of them.
    pub const ALL: &[DriverBug] = &[
        DriverBug::SkipSync,
        DriverBug::ReplyBeforeSync,
        DriverBug::SendBeforeSync,
        DriverBug::SignBeforeSync,
        DriverBug::SameStart,
        DriverBug::GoOnAfterRefusal,
        DriverBug::KeepErased,
    ];
}

/// What will be simulated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Draws everything that this does not fix.
    pub seed: u64,
    /// Units with a node, the county's included: at least 3.
    pub units: usize,
    /// Hours of the safety phase.
    pub hours: u64,
    /// Entries a day that people try to write on each node.
    pub entries_a_day: u64,
    /// How often each class of fault strikes in the whole run; absent: never.
    pub faults: BTreeMap<Fault, u64>,
    /// A mistake in the driver.
    pub bug: Option<DriverBug>,
    /// Whether a second node stands at one of the units.
    pub twin: bool,
    /// Whether the root named witnesses.
    pub witnesses: bool,
}

impl Plan {
    /// What a seed draws, if nothing else is asked for.
    #[must_use]
    pub fn drawn(seed: u64) -> Plan {
        let mut draw = Draw::new(seed, 1);
        let is_long = draw.percent(8);
        let (units, hours) = if is_long {
            (draw.between(3, 4), draw.between(150, 500))
        } else {
            (draw.between(3, 20).min(draw.between(3, 20)), draw.between(12, 60))
        };
        let mut faults = BTreeMap::new();
        for fault in Fault::ALL {
            let most = match fault {
                Fault::Power | Fault::Kill | Fault::Window => 30,
                Fault::Cut | Fault::Torn => 40,
                Fault::Backup
                | Fault::Clone
                | Fault::Steal
                | Fault::Redact
                | Fault::Revoke
                | Fault::Rotate
                | Fault::Overstep => 6,
                _ => 12,
            };
            if draw.percent(60) {
                faults.insert(*fault, draw.between(1, most));
            }
        }
        Plan {
            seed,
            units: usize::try_from(units).unwrap_or(3),
            hours,
            entries_a_day: draw.between(28, 60),
            faults,
            bug: None,
            twin: draw.percent(30),
            witnesses: draw.percent(30),
        }
    }

    /// Has a class of fault strike so often, if it does not already.
    pub fn add(&mut self, fault: Fault) {
        self.faults.entry(fault).or_insert(Plan::STRIKES_ASKED_FOR);
    }

    /// How often a fault strikes that was asked for by name.
    const STRIKES_ASKED_FOR: u64 = 6;

    /// The command that runs this plan again.
    #[must_use]
    pub fn command(&self) -> String {
        let drawn = Plan::drawn(self.seed);
        let mut command = format!("cargo simulate --seed {}", self.seed);
        if self.units != drawn.units {
            command += &format!(" --units {}", self.units);
        }
        if self.hours != drawn.hours {
            command += &format!(" --hours {}", self.hours);
        }
        for fault in drawn.faults.keys().filter(|fault| !self.faults.contains_key(fault)) {
            command += &format!(" --without {fault}");
        }
        for fault in self.faults.keys().filter(|fault| !drawn.faults.contains_key(fault)) {
            command += &format!(" --with {fault}");
        }
        if let Some(bug) = self.bug {
            command += &format!(" --bug {bug:?}");
        }
        command
    }
}
