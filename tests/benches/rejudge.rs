//! An analyst of five years is revoked: how long until the lists have caught up, and whether pages stay up meanwhile.
//!
//! One node holds 100,000 documents of one author. What is printed: how long making the lists takes at all (what
//! judging them again is compared with), how soon after the revocation one document reads as struck, how long judging
//! all of them again takes, the slowest page meanwhile beside the slowest before, and memory; then the same when
//! somebody stands for all of it.
//!
//! `cargo bench -p tests --bench rejudge`; `FANGWEI_DOCUMENTS` says how many documents.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on should stop")]

use std::{
    env, fs,
    time::{Duration, Instant},
};

use fangwei_node::{
    api::shape::{ListQuery, RevokeForm, StandForm},
    desk::Desk,
    store::StoreOptions,
    words::Language,
};
use fangwei_protocol::{
    record::{
        body::{Content, Step, Value},
        entry::{DocId, DocKey, Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
};
use tests::nodes::{County, Officer};

const COUNTY: &str = "370126";

/// Documents written at one go, so that many share a sync.
const AT_A_TIME: usize = 2_000;

/// Pages looked at before the revocation, for the slowest of them.
const PAGES_BEFORE: usize = 50;

fn main() {
    // `cargo bench` says `--bench`; `cargo test --benches` does not and wants to see only that it runs.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let documents =
        env::var("FANGWEI_DOCUMENTS").map_or(if is_bench { 100_000 } else { 500 }, |text| text.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(documents));
}

async fn run(documents: usize) {
    let dir = tempfile::tempdir().unwrap();
    let county = County::found(dir.path(), COUNTY, StoreOptions::default()).await;
    let analyst = county.add_analyst(COUNTY).await;
    let began = Instant::now();
    write(&county, &analyst, documents).await;
    println!("{documents} documents by one analyst, written in {}", seconds(began.elapsed()));
    let desk = Desk::new(county.node(COUNTY).clone());
    let secretary =
        fangwei_node::desk::Officer { certificate: county.secretary.certificate, key: county.secretary.key.clone() };

    let first = page(&desk).await;
    let mut before = Duration::ZERO;
    for _ in 0..PAGES_BEFORE {
        before = before.max(page(&desk).await);
    }
    println!("making the lists: {}; slowest page after that: {}", seconds(first), seconds(before));
    let id = analyst.certificate.to_string();
    let began = Instant::now();
    let form = RevokeForm { reason: "stolen".into(), stand: StandForm::default() };
    desk.revoke(&secretary, &id, &form, Language::English).await.unwrap();
    println!("revoked in {}", seconds(began.elapsed()));
    follow(&desk, first, before, 1).await;
    let form = StandForm { all: true, ..StandForm::default() };
    desk.stand(&secretary, &id, &form).await.unwrap();
    follow(&desk, first, before, 0).await;
    println!("memory: {} MiB at the peak", peak_mib());
}

/// Looks at pages until the lists have caught up; every document has so many struck entries then.
async fn follow(desk: &Desk, first: Duration, before: Duration, struck: u64) {
    let began = Instant::now();
    let (mut slowest, mut pages) = (Duration::ZERO, 0);
    let newest = desk.reports(&query()).await.unwrap().reports[0].id.clone();
    let shown = desk.report(&newest, Language::English).await.unwrap().document;
    assert_eq!(shown.history.iter().filter(|entry| entry.struck.is_some()).count() as u64, struck);
    println!("  one document reads as it is now after {}", seconds(began.elapsed()));
    while desk.status().await.unwrap().rejudging != Some(0) {
        slowest = slowest.max(page(desk).await);
        pages += 1;
    }
    let took = began.elapsed();
    let listed = desk.reports(&query()).await.unwrap();
    assert!(listed.reports.iter().all(|report| report.struck == struck), "the lists have caught up");
    let ratio = took.as_secs_f64() / first.as_secs_f64();
    println!("  judged again in {}, {ratio:.2} times making the lists", seconds(took));
    println!("  {pages} pages meanwhile, the slowest {} (before {})", seconds(slowest), seconds(before));
    // Pages that waited for all of it would be one or two.
    assert!(pages > 10 || took < Duration::from_secs(1), "pages were held up");
}

fn query() -> ListQuery {
    ListQuery { limit: Some(50), ..ListQuery::default() }
}

async fn page(desk: &Desk) -> Duration {
    let began = Instant::now();
    desk.reports(&query()).await.unwrap();
    began.elapsed()
}

async fn write(county: &County, by: &Officer, documents: usize) {
    let core = county.node(COUNTY).core().clone();
    for start in (0..documents).step_by(AT_A_TIME) {
        let writes = (start..documents.min(start + AT_A_TIME)).map(|number| {
            let scope = Scope { home: COUNTY.parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
            let mut doc = [0; 16];
            doc[..8].copy_from_slice(&(number as u64).to_be_bytes());
            let document = DocKey { scope, kind: Kind::REPORT, doc: DocId(doc) };
            let step = Step::Set { field: "title".into(), value: Some(Value::Text(format!("第 {number} 件"))) };
            let (author, content) = (by.certificate, Content::Edit(vec![step]));
            let (core, key) = (core.clone(), by.key.clone());
            async move { core.write(key, move |_| Ok(Draft { author, document, after: None, content })).await }
        });
        // Asked all at once, so that many share a sync; each waits in a task of its own.
        let mut waiting: tokio::task::JoinSet<_> = writes.collect();
        while let Some(written) = waiting.join_next().await {
            written.unwrap().unwrap();
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    peak.unwrap_or(0_u64) / 1024
}
