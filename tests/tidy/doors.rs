//! One door per engine: each foreign engine is named in one place, so that it can be replaced there.
//!
//! The rule binds protocol, node and cli. What doubts them may name an engine to look at it from outside; quinn, whose
//! place a simulated network takes, in one file.

use crate::tree::{File, Finding, finds, holds, product_files, rust_files};

/// Each engine and its place: the file of that name, and the folder of that name if there is one.
const DOORS: &[(&str, &[&str])] = &[
    ("automerge", &["protocol/src/record/document"]),
    ("ed25519_dalek", &["protocol/src/trust/key"]),
    // Formats belong to the core; the journal's own records and the join token, which names an address, are this node's.
    ("minicbor", &["protocol/src", "protocol/tests", "node/src/store", "node/src/token", "node/src/ceremony"]),
    ("sled", &["node/src/store/sled"]),
    ("sqlx", &["node/src/view/rows"]),
    ("libc", &["node/src/store/durable", "node/src/memory"]),
    ("quinn", &["node/src/net/endpoint"]),
    ("rustls", &["node/src/net/tls"]),
    ("axum", &["node/src/api", "node/src/web"]),
    ("clap", &["cli/src/args"]),
];

/// What doubts the nodes may name quinn in one place too: where it stands under a simulated network.
const HUB: &str = "tests/harness/hub";

/// The files that may be unsafe: one answers `sync_file_range` so that sled really syncs, one sets the allocator so
/// that large buffers are given back, and one, built for tests alone, stands between a process and its C library to
/// make a disk fail.
const UNSAFE: [&str; 3] = ["node/src/store/durable.rs", "node/src/memory.rs", "tests/live/failing_disk.rs"];

fn doors(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in product_files(files) {
        let source = file.rust();
        for (engine, places) in DOORS.iter().filter(|(_, places)| !places.iter().any(|place| file.is_at(place))) {
            for name in source.names.iter().filter(|name| name.is_of_crate(engine, &source)) {
                let what = format!(
                    "`{}` is named outside {}; go through what that file offers",
                    name.text(),
                    places.join(", ")
                );
                findings.push(file.finding(name.line, what));
            }
        }
    }
    for file in rust_files(files).filter(|file| file.path.starts_with("tests/") && !file.is_at(HUB)) {
        let source = file.rust();
        for name in source.names.iter().filter(|name| name.is_of_crate("quinn", &source)) {
            findings
                .push(file.finding(name.line, format!("among the tests `{}` is named in {HUB} alone", name.text())));
        }
    }
    findings
}

fn unsafe_code(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust_files(files).filter(|file| !UNSAFE.contains(&file.path.as_str())) {
        for name in file.rust().names {
            if name.segments.iter().any(|part| part == "unsafe") {
                findings.push(file.finding(name.line, format!("unsafe code lives in {} alone", UNSAFE.join(", "))));
            }
        }
    }
    findings
}

/// Checking signatures together takes what checking them one by one refuses, so two nodes would disagree.
fn signatures_together(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust_files(files) {
        for name in file.rust().names {
            if name.segments.iter().any(|part| part == concat!("verify", "_batch")) {
                findings.push(file.finding(name.line, "signatures are verified one by one: use `PublicKey::verifies`"));
            }
        }
    }
    findings
}

#[test]
fn signatures_are_verified_one_by_one() {
    holds(signatures_together);
}

#[test]
fn signatures_verified_together_are_found() {
    let files = [
        ("protocol/src/trust/key.rs", "//! verify_batch\nfn a() { ed25519_dalek::verify_batch(b, c, d) }"),
        ("tests/benches/audit.rs", "use ed25519_dalek::verify_batch as all;"),
        ("tests/live/a.rs", "fn a() { key.verify(\"verify_batch\") }"),
    ];
    assert_eq!(finds(signatures_together, &files), ["protocol/src/trust/key.rs:2", "tests/benches/audit.rs:1"]);
}

#[test]
fn each_engine_is_named_in_one_place() {
    holds(doors);
}

#[test]
fn an_engine_named_elsewhere_is_found() {
    let bad = [
        ("node/src/store.rs", "//! A\nuse sled::Db;"),
        ("node/src/store/sled_keys.rs", "use sled::IVec;"),
        ("node/src/net/endpoint.rs", "use quinn::crypto::rustls::Keys;\nuse rustls::Config;"),
        ("protocol/src/work/risk.rs", "fn a() { automerge::AutoCommit::new() }"),
        ("protocol/src/record/entry.rs", "fn a(k: ed25519_dalek::SigningKey) {}"),
        ("node/src/run.rs", "#[derive(minicbor::Encode)] struct A;"),
        ("cli/src/main.rs", "use clap::Parser;"),
        ("cli/src/verb/run.rs", "use axum::Router;"),
        ("node/src/clock.rs", "use libc;"),
        ("tests/live/hostile.rs", "use quinn::Endpoint;"),
    ];
    let mut expected: Vec<_> = bad.map(|(path, text)| format!("{path}:{}", text.lines().count())).into();
    expected.sort();
    assert_eq!(finds(doors, &bad), expected);
}

#[test]
fn an_engine_behind_its_door_passes() {
    let good = [
        ("node/src/store.rs", "mod sled;\nfn a() { sled::open() }"),
        ("node/src/store/sled.rs", "use sled::Db;"),
        ("node/src/store/journal.rs", "use minicbor::Encode;"),
        ("node/src/web/pages/risk.rs", "use axum::Router;"),
        ("protocol/src/record/document/tests.rs", "use automerge::AutoCommit;"),
        ("tests/live/hostile.rs", "use automerge::AutoCommit;"),
        ("tests/harness/hub.rs", "use quinn::AsyncUdpSocket;"),
        ("node/src/run.rs", "//! sled\n// use sled::Db\nfn a() { b(\"sled::Db\") }"),
    ];
    assert!(finds(doors, &good).is_empty());
}

#[test]
fn unsafe_code_has_one_home() {
    holds(unsafe_code);
}

#[test]
fn unsafe_code_elsewhere_is_found() {
    let files = [
        ("node/src/memory.rs", "#![allow(unsafe_code)]\nunsafe fn a() {}"),
        ("tests/live/failing_disk.rs", "#![allow(unsafe_code)]\nunsafe fn a() {}"),
        ("node/src/a.rs", "//! unsafe\nfn a() { unsafe { b() } }"),
        ("tests/live/a.rs", "unsafe impl Send for A {}"),
    ];
    assert_eq!(finds(unsafe_code, &files), ["node/src/a.rs:2", "tests/live/a.rs:1"]);
}
