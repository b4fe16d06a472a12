//! The core touches nothing: no clock, disk, socket, thread, randomness or log, and no order that changes by itself.

use crate::{
    rust::Name,
    tree::{Check, File, Finding, finds, holds, rust_files},
};

/// Crates that would bring the world in.
pub(crate) const CRATES: &[&str] = &["tokio", "tracing", "log", "rand", "getrandom", "libc", "quinn", "sled"];

/// All the core may name of jiff. Without default features that crate has no clock and no time zone database, only civil
/// days; but whoever builds the core together with node gets one jiff with both, so the names are looked at as well.
const CIVIL: &[&[&str]] = &[&["jiff", "civil"], &["jiff", "Span"]];

/// What leads from a civil day to a clock or a time zone, whatever it is called on.
const ZONED: &[&str] = &["Zoned", "Timestamp", "TimeZone", "in_tz", "to_zoned"];

/// Parts of the standard library that touch the world, or whole parts named so broadly that nobody can tell.
const STD: &[(&[&str], &str)] = &[
    (&["std", "*"], "name what is meant"),
    (&["std", "fs"], "stored things are read through `Records`"),
    (&["std", "net"], "frames come in and go out as values"),
    (&["std", "thread"], "whoever drives the core decides on threads"),
    (&["std", "process"], "an effect says what should happen"),
    (&["std", "env"], "settings are arguments"),
    (&["std", "os"], "the system is node's business"),
    (&["std", "io", "stdin"], "input is an argument"),
    (&["std", "io", "stdout"], "what people read is cli's business"),
    (&["std", "io", "stderr"], "the core returns events and does not log"),
];

/// Macros that speak.
const SPEAKING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg", "trace", "debug", "info", "warn", "error"];

/// Collections whose order differs from run to run: replicas must agree, and a simulation must repeat itself.
const UNORDERED: &[&str] = &["HashMap", "HashSet", "RandomState", "DefaultHasher"];

fn is_core(file: &File) -> bool {
    file.path.starts_with("protocol/src/")
}

fn is_test(file: &File) -> bool {
    file.name() == "tests.rs" || file.path.contains("/tests/")
}

fn in_the_core(files: &[File], fault: fn(&Name) -> Option<String>) -> Vec<Finding> {
    let core = rust_files(files).filter(|file| is_core(file) && !is_test(file));
    core.flat_map(|file| {
        let source = file.rust();
        let own: Vec<_> = source
            .names
            .iter()
            .filter(|name| !name.in_test && !name.segments.first().is_some_and(|first| source.declares(first)))
            .collect();
        own.iter().filter_map(|name| Some(file.finding(name.line, fault(name)?))).collect::<Vec<_>>()
    })
    .collect()
}

fn clocks(files: &[File]) -> Vec<Finding> {
    in_the_core(files, |name| {
        let time = name.starts_with(&["std", "time"]) && name.segments.get(2).is_none_or(|part| part != "Duration");
        let clock = time || name.segments.iter().any(|part| part == "SystemTime");
        clock.then(|| format!("protocol reads no clock: take the time as an argument instead of `{}`", name.text()))
    })
}

fn world(files: &[File]) -> Vec<Finding> {
    in_the_core(files, |name| {
        let (_, instead) = STD.iter().find(|(part, _)| name.starts_with(part))?;
        Some(format!("protocol touches nothing: `{}`; {instead}", name.text()))
    })
}

fn foreign(files: &[File]) -> Vec<Finding> {
    in_the_core(files, |name| {
        let reaches = name.segments.len() > 1 || name.before == "use";
        let krate = CRATES.iter().find(|krate| reaches && name.before != "." && name.starts_with(&[**krate]))?;
        Some(format!("protocol knows no {krate}: randomness and time come in as arguments, the rest is node's"))
    })
}

fn zones(files: &[File]) -> Vec<Finding> {
    in_the_core(files, |name| {
        // The crate alone stands before a group of imports, and says nothing yet.
        let of_jiff = name.before != "." && name.starts_with(&["jiff"]) && name.segments.len() > 1;
        let civil = CIVIL.iter().any(|part| name.starts_with(part));
        let zoned = name.segments.iter().any(|part| ZONED.contains(&part.as_str()));
        let asks = name.segments.len() > 1 && name.segments.last().is_some_and(|last| last == "now");
        (of_jiff && !civil || zoned || asks)
            .then(|| format!("protocol knows civil days, no clock and no zone: `{}`", name.text()))
    })
}

fn speech(files: &[File]) -> Vec<Finding> {
    in_the_core(files, |name| {
        let speaks = name.is_macro && name.segments.last().is_some_and(|last| SPEAKING.contains(&last.as_str()));
        speaks.then(|| format!("protocol does not speak: return an event instead of `{}!`", name.text()))
    })
}

fn disorder(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust_files(files).filter(|file| is_core(file)) {
        for name in file.rust().names {
            if let Some(part) = name.segments.iter().find(|part| UNORDERED.contains(&part.as_str())) {
                findings.push(
                    file.finding(name.line, format!("{part} has no order all nodes share; use BTreeMap or BTreeSet")),
                );
            }
        }
    }
    findings
}

#[test]
fn protocol_reads_no_clock() {
    holds(clocks);
}

#[test]
fn protocol_touches_no_disk_network_thread_or_process() {
    holds(world);
}

#[test]
fn protocol_draws_no_randomness_and_knows_no_runtime() {
    holds(foreign);
}

#[test]
fn protocol_knows_of_jiff_civil_days_only() {
    holds(zones);
}

#[test]
fn protocol_does_not_log() {
    holds(speech);
}

#[test]
fn protocol_iterates_over_nothing_unordered() {
    holds(disorder);
}

#[cfg(test)]
fn found_in_the_core(check: Check, text: &str) -> bool {
    let elsewhere = finds(check, &[("node/src/a.rs", text), ("protocol/src/record/tests.rs", text)]);
    assert!(elsewhere.is_empty() || elsewhere == ["protocol/src/record/tests.rs:1"], "{elsewhere:?}");
    !finds(check, &[("protocol/src/a.rs", text)]).is_empty()
}

#[test]
fn impure_lines_are_found() {
    let bad: &[(Check, &[&str])] = &[
        (
            clocks,
            &[
                "use std::time::{Duration, Instant};",
                "use std::time;",
                "fn a() { std::time::SystemTime::now(); }",
                "use std::time::*;",
            ],
        ),
        (
            world,
            &[
                "use std::{fmt, fs};",
                "fn a() { std::thread::spawn(b) }",
                "use std::net::UdpSocket;",
                "use std::*;",
                "use ::std::env;",
            ],
        ),
        (foreign, &["use rand::Rng;", "fn a() { getrandom::fill(b) }", "#[tokio::main] fn a() {}", "use log;"]),
        (
            zones,
            &[
                "fn a() { jiff::Timestamp::now() }",
                "use jiff::{civil::Date, Zoned};",
                "use jiff::tz::TimeZone;",
                "use jiff as j; fn a() { j::Zoned::now() }",
                "use jiff::*;",
                "fn a() { date.in_tz(b) }",
                "fn a() { date.to_zoned(b) }",
                "fn a() { Clock::now() }",
            ],
        ),
        (speech, &["fn a() { println!(\"\") }", "fn a() { tracing::info!(\"\") }", "fn a() { dbg!(b) }"]),
        (disorder, &["use std::collections::{BTreeMap, HashMap};", "fn a() -> std::collections::HashSet<u8> { b }"]),
    ];
    for (check, texts) in bad {
        for text in *texts {
            assert!(found_in_the_core(*check, text), "{text}");
        }
    }
}

#[test]
fn pure_lines_and_tests_pass() {
    let good = "//! std::fs\nmod log;\nuse std::time::Duration;\nuse jiff::{Span, civil::{Date, Weekday}};\nfn a() { log::root(); b.fs(); jiff::civil::date(1, 2, 3); c.rand::<u8>(); write!(f, \"println!\") }\n\
        #[cfg(test)]\nmod tests { use std::fs; use rand::Rng; fn a() { println!() } }";
    for check in [clocks, world, foreign, zones, speech, disorder] {
        assert!(!found_in_the_core(check, good));
    }
}
