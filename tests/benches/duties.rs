//! What an officer has to do: how long a county waits for that with very many unfinished cases.
//!
//! One node holds 2,000 cases that are decided, of which every tenth was issued and delivered. What is printed: how long
//! a list of 50 cases takes, and how long duties take, first and again, of who decides and of the analyst who proposed.
//!
//! `cargo bench -p tests --bench duties`; `FANGWEI_CASES` says how many cases, `FANGWEI_DUTIES_MAX_MS` what the median
//! may be at most.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on should stop")]

use std::{
    env,
    time::{Duration, Instant},
};

use fangwei_node::{
    api::shape::ListQuery,
    desk::{Desk, Officer},
    founding::new_document,
    store::StoreOptions,
    words::Language,
};
use fangwei_protocol::{
    record::entry::{DocKey, Kind},
    work::{
        case::{Level, files_of},
        unit::UnitPath,
    },
};
use tests::{
    cases,
    nodes::{self, County},
};

const COUNTY: &str = "370126";
const TOWN: &str = "370126.105";

/// How often duties are asked for.
const ASKED: usize = 9;

/// One case of so many is issued.
const ISSUED: usize = 10;

fn main() {
    // `cargo bench` says `--bench`; `cargo test --benches` does not and wants to see only that it runs.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<usize>().unwrap());
    let cases = number("FANGWEI_CASES").unwrap_or(if is_bench { 2_000 } else { 20 });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(cases, number("FANGWEI_DUTIES_MAX_MS")));
}

async fn run(cases: usize, most_ms: Option<usize>) {
    let dir = tempfile::tempdir().unwrap();
    let county = County::found(dir.path(), COUNTY, StoreOptions::default()).await;
    let (analyst, lead) = (county.add_analyst(COUNTY).await, county.add_lead(COUNTY).await);
    let began = Instant::now();
    for at in 0..cases {
        write(&county, &analyst, &lead, at % ISSUED == 0).await;
    }
    let desk = Desk::new(county.node(COUNTY).clone());
    println!("{cases} cases written in {:.1} s", began.elapsed().as_secs_f64());
    let query = ListQuery { limit: Some(50), ..ListQuery::default() };
    let officer = Officer { certificate: analyst.certificate, key: analyst.key.clone() };
    // Whether an officer may see a case that was not given yet depends on what its inner file says.
    for (name, officer) in [("whoever owns the machine", None), ("who proposed", Some(&officer))] {
        let mut times = Vec::new();
        for _ in 0..ASKED {
            let began = Instant::now();
            let listed = desk.cases(officer, &query, Language::English).await.unwrap();
            times.push(began.elapsed());
            assert_eq!((listed.total, listed.closed), (cases as u64, 0));
        }
        times.sort_unstable();
        println!("50 of {cases} cases for {name}: median {:.1} ms", ms(times[ASKED / 2]));
    }
    for (name, officer) in [("who decides", &lead), ("who proposed", &analyst)] {
        let officer = Officer { certificate: officer.certificate, key: officer.key.clone() };
        let (mut times, mut duties) = (Vec::new(), 0);
        for _ in 0..ASKED {
            let began = Instant::now();
            duties = desk.duties(&officer, Language::English).await.unwrap().duties.len();
            times.push(began.elapsed());
        }
        let first = times[0];
        times.sort_unstable();
        let (median, greatest) = (times[ASKED / 2], times[ASKED - 1]);
        let (first, again, worst) = (ms(first), ms(median), ms(greatest));
        println!("{name}, {duties} duties: first {first:.1} ms, median {again:.1} ms, greatest {worst:.1} ms");
        if let Some(most) = most_ms {
            assert!(median <= Duration::from_millis(most as u64), "a median of {again:.1} ms, and {most} ms may be");
        }
    }
}

/// A case that is decided and, if asked for, issued and delivered.
async fn write(county: &County, analyst: &nodes::Officer, lead: &nodes::Officer, is_issued: bool) {
    let (home, subject): (UnitPath, UnitPath) = (COUNTY.parse().unwrap(), TOWN.parse().unwrap());
    let core = county.node(COUNTY).core();
    let (case, outer) = cases::files(new_document(files_of(&home), Kind::CASE_INNER), &subject);
    let propose = cases::inner(cases::propose(&subject, Level::THREE));
    nodes::write(core, analyst, case.clone(), propose).await.unwrap();
    // The decision; then the number, the issue and the delivery.
    for _ in 0..if is_issued { 4 } else { 1 } {
        let (home, files): (UnitPath, (DocKey, DocKey)) = (home.clone(), (case.clone(), outer.clone()));
        let step = core
            .read(move |sight| cases::next_step((sight.replica, sight.store, sight.now), &home, (&files.0, &files.1)));
        let (document, content) = step.await.unwrap().unwrap();
        nodes::write(core, lead, document, content).await.unwrap();
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
