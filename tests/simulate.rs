//! `cargo simulate`: counties in which everything goes wrong, by seed. `--seed N` tells one, `--seeds N` runs many.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::{
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use tests::sim::{
    plan::{DriverBug, Fault, Plan},
    run, run_telling,
    shrink::shrink,
    tally::{Broken, Demand, Tally},
};

const USAGE: &str =
    "cargo simulate --seed N [--units N] [--hours N] [--with FAULT]… [--without FAULT]… [--bug NAME] [--quiet]
cargo simulate --seeds N [--from N] [--threads N] [--units N] [--hours N] [--demand] [--no-shrink]";

/// What is asked.
#[derive(Default)]
struct Asked {
    seed: Option<u64>,
    seeds: u64,
    from: u64,
    threads: usize,
    units: Option<usize>,
    hours: Option<u64>,
    with: Vec<Fault>,
    without: Vec<Fault>,
    bug: Option<DriverBug>,
    demand: bool,
    quiet: bool,
    as_it_is: bool,
}

fn asked() -> Result<Asked, String> {
    let mut asked = Asked { from: 1, threads: 2, ..Asked::default() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64, String> {
            let text = words.next().ok_or(format!("{word} needs a number"))?;
            text.parse().map_err(|_| format!("{text} is not a number"))
        };
        match word.as_str() {
            "--seed" => asked.seed = Some(number()?),
            "--seeds" => asked.seeds = number()?,
            "--from" => asked.from = number()?,
            "--threads" => asked.threads = usize::try_from(number()?).unwrap_or(1),
            "--units" => asked.units = Some(usize::try_from(number()?).unwrap_or(3)),
            "--hours" => asked.hours = Some(number()?),
            "--with" | "--without" => {
                let name = words.next().unwrap_or_default();
                let fault = Fault::ALL.iter().find(|fault| fault.name() == name);
                let fault = *fault.ok_or(format!("there is no fault {name:?}"))?;
                if word == "--with" { asked.with.push(fault) } else { asked.without.push(fault) }
            }
            "--bug" => {
                let name = words.next().unwrap_or_default();
                let bug = DriverBug::ALL.iter().find(|bug| format!("{bug:?}") == name);
                asked.bug = Some(*bug.ok_or(format!("there is no bug {name:?}"))?);
            }
            "--demand" => asked.demand = true,
            "--quiet" => asked.quiet = true,
            "--no-shrink" => asked.as_it_is = true,
            _ => return Err(format!("what is {word:?}?\n{USAGE}")),
        }
    }
    if asked.seed.is_none() && asked.seeds == 0 { Err(USAGE.into()) } else { Ok(asked) }
}

impl Asked {
    fn plan(&self, seed: u64) -> Plan {
        let mut plan = Plan::drawn(seed);
        plan.units = self.units.unwrap_or(plan.units);
        plan.hours = self.hours.unwrap_or(plan.hours);
        self.with.iter().for_each(|fault| plan.add(*fault));
        plan.faults.retain(|fault, _| !self.without.contains(fault));
        plan.bug = self.bug.or(plan.bug);
        plan
    }
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let broken = match asked.seed {
        Some(seed) => one(&asked, seed),
        None => many(&asked),
    };
    match broken {
        None => ExitCode::SUCCESS,
        Some(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

/// Tells one simulation.
fn one(asked: &Asked, seed: u64) -> Option<String> {
    let plan = asked.plan(seed);
    let began = Instant::now();
    let tell: Option<Box<dyn FnMut(&str)>> =
        if asked.quiet { None } else { Some(Box::new(|line: &str| println!("{line}"))) };
    match run_telling(&plan, tell) {
        Ok(tally) => {
            println!("{tally}log {:?} in {:.1} s", tally.log, began.elapsed().as_secs_f64());
            None
        }
        Err(broken) => Some(format!("{broken}\nagain: {}", plan.command())),
    }
}

/// Runs many, and says what they covered.
fn many(asked: &Asked) -> Option<String> {
    let (next, stop) = (AtomicU64::new(asked.from), AtomicBool::new(false));
    let end = asked.from + asked.seeds;
    let sum = Mutex::new(Vec::<(u64, Tally)>::new());
    let failed = Mutex::new(None::<(Plan, Broken)>);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..asked.threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    let plan = asked.plan(seed);
                    match run(&plan) {
                        Ok(tally) => sum.lock().unwrap().push((seed, tally)),
                        Err(broken) => {
                            stop.store(true, Ordering::Relaxed);
                            failed.lock().unwrap().get_or_insert((plan, broken));
                        }
                    }
                }
            });
        }
    });
    let mut tallies = sum.into_inner().unwrap();
    tallies.sort_by_key(|(seed, _)| *seed);
    let mut tally = Tally::default();
    tallies.iter().for_each(|(_, one)| tally.add(one));
    let took = began.elapsed().as_secs_f64();
    print!("{tally}");
    println!("{:.0} node-hours a second, {took:.0} s", tally.node_hours as f64 / took);
    if let Some((plan, broken)) = failed.into_inner().unwrap() {
        println!("{broken}\nagain: {}", plan.command());
        if asked.as_it_is {
            return Some("not made smaller".into());
        }
        let (smaller, how) = shrink(&plan, &broken, 60);
        return Some(format!("smaller: {how}\nagain: {}", smaller.command()));
    }
    if asked.demand {
        if let Err(broken) = demanded_besides(asked, &mut tally) {
            return Some(broken);
        }
        print!("{tally}");
        let lacks = tally.lacks(&Demand::OF_EVERY_CHANGE);
        return (!lacks.is_empty()).then(|| format!("not covered:\n{}", lacks.join("\n")));
    }
    None
}

/// What a long run must have besides its seeds: a large county for a day, and twenty seeds twice, the same to the byte.
fn demanded_besides(asked: &Asked, tally: &mut Tally) -> Result<(), String> {
    let began = Instant::now();
    let large = Plan { units: 150, hours: 24, ..Plan::drawn(asked.from) };
    tally.add(&run(&large).map_err(|broken| format!("{broken}\nagain: {}", large.command()))?);
    println!("a county of {} for a day: {:.0} s", large.units, began.elapsed().as_secs_f64());
    for seed in asked.from..asked.from + 20 {
        let plan = Plan { units: 4, hours: 12, ..Plan::drawn(seed) };
        let (one, two) = (run(&plan), run(&plan));
        match (one, two) {
            (Ok(one), Ok(two)) if one == two => tally.add(&one),
            (Err(broken), _) => return Err(format!("{broken}\nagain: {}", plan.command())),
            _ => return Err(format!("seed {seed} is not the same twice")),
        }
    }
    Ok(())
}
