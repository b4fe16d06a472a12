//! Counties in which everything goes wrong, a few of them; `cargo simulate` runs as many as one likes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::{cell::RefCell, rc::Rc};

use tests::{
    claims::name,
    sim::{
        plan::{DriverBug, Fault, Plan},
        run, run_telling,
        tally::{Broken, Sample},
    },
};

/// Seeds a test tries; more by FANGWEI_SEEDS.
fn seeds(few: u64) -> std::ops::RangeInclusive<u64> {
    let asked = std::env::var("FANGWEI_SEEDS").ok().and_then(|text| text.parse().ok());
    1..=asked.unwrap_or(few)
}

/// A seed's plan, in a county small enough to be quick.
fn small(seed: u64) -> Plan {
    let drawn = Plan::drawn(seed);
    Plan { units: drawn.units.min(5), hours: drawn.hours.min(12), ..drawn }
}

#[test]
fn whatever_goes_wrong_every_claim_holds() {
    for seed in seeds(6) {
        let plan = small(seed);
        let tally = run(&plan).unwrap_or_else(|broken| panic!("{broken}\nagain: {}", plan.command()));
        assert!(tally.entries > 0 && tally.sessions > 0, "seed {seed} did nothing:\n{tally}");
    }
}

#[test]
fn the_same_seed_twice_is_the_same_to_the_byte() {
    for seed in seeds(2) {
        let told = || {
            let lines = Rc::new(RefCell::new(String::new()));
            let into = lines.clone();
            let tell = Box::new(move |line: &str| {
                into.borrow_mut().push_str(line);
                into.borrow_mut().push('\n');
            });
            let tally = run_telling(&small(seed), Some(tell)).unwrap();
            (lines.take(), tally)
        };
        let (one, two) = (told(), told());
        assert!(one.0.len() > 1_000 && one.0 == two.0, "seed {seed}: the logs differ");
        assert_eq!(one.1, two.1);
    }
    assert_ne!(run(&small(1)).unwrap().log, run(&small(2)).unwrap().log);
}

/// The claim that catches a mistake in the driver, within twenty seeds.
fn caught(bug: DriverBug) -> Broken {
    let plans = (1..=20).map(|seed| Plan { bug: Some(bug), ..small(seed) });
    plans.filter_map(|plan| run(&plan).err()).next().unwrap_or_else(|| panic!("nobody noticed {bug:?}"))
}

#[test]
fn each_mistake_of_a_driver_is_caught_by_a_claim() {
    for bug in DriverBug::ALL {
        let claim = match bug {
            DriverBug::SkipSync
            | DriverBug::ReplyBeforeSync
            | DriverBug::SendBeforeSync
            | DriverBug::SignBeforeSync
            | DriverBug::GoOnAfterRefusal => name::DURABLE_BEFORE_SAID,
            DriverBug::SameStart => name::NOBODY_HONEST_ACCUSED,
            DriverBug::KeepErased => name::TAKEN_OUT_IS_GONE,
        };
        let broken = caught(*bug);
        assert_eq!(broken.claim, claim, "{bug:?}: {broken}");
    }
}

#[test]
fn nothing_grows_with_the_number_of_sessions() {
    let faults = [(Fault::Cut, 1_200)].into();
    // Long enough that what happens by chance in a quarter weighs little.
    let plan = Plan { units: 4, hours: 400, entries_a_day: 30, faults, twin: false, ..Plan::drawn(5) };
    let tally = run(&plan).unwrap_or_else(|broken| panic!("{broken}"));
    assert!(tally.sessions >= 1_000, "{tally}");
    let quarter = tally.samples.len() / 4;
    let per_session = |some: &[Sample]| {
        let (first, last) = (some[0], some[some.len() - 1]);
        let sessions = last.sessions - first.sessions;
        ((last.bytes - first.bytes) / sessions, (last.steps - first.steps) / sessions)
    };
    // At first everybody drafts; once cases are under way every stretch brings the same sorts of entries.
    let (early, late) = (&tally.samples[quarter..=2 * quarter], &tally.samples[tally.samples.len() - quarter - 1..]);
    let (before, after) = (per_session(early), per_session(late));
    println!("bytes and steps of a session: {before:?}, then {after:?}");
    assert!(after.0 <= before.0 * 3 / 2 && after.1 <= before.1 * 3 / 2, "{before:?} {after:?}");
    let (first, last) = (early[0], late[late.len() - 1]);
    let keys = |sample: Sample| sample.keys as f64 / sample.entries as f64;
    println!(
        "keys of an entry: {:.2}, then {:.2}; links: {}, then {}",
        keys(first),
        keys(last),
        first.links,
        last.links
    );
    assert!(keys(last) <= keys(first) * 1.1 && last.links <= 2 * 2 * 4, "{first:?} {last:?}");
}
