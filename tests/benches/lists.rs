//! Pages of very long lists: whether they stay quick when a county has collected for decades.
//!
//! 1,000,000 reports of 556 units are put into the tables as the view would put them. What is printed: how long that
//! takes; then for each sort of question the median, the 95th and the greatest time of a page of fifty lines, and the
//! 95th as a multiple of the median of the floor: the newest page, which is read from the end of one index. Then the same
//! lists, and a fifth as many cases, behind a node: its pages over the loopback, with what each weighs.
//!
//! `cargo bench -p tests --bench lists`; `FANGWEI_LINES` says how many, `FANGWEI_P95_MAX_MS` what the 95th may be at
//! most.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench that cannot go on should stop"
)]

#[path = "lists/pages.rs"]
mod pages;

use std::{
    env,
    time::{Duration, Instant},
};

use fangwei_node::view::{Asked, Gist, List, Reader, Summary, lists_of};
use fangwei_protocol::{
    record::entry::{DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    work::{case::table::Stage as CaseStage, report::table::ReportStage},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// Lines of a page.
const PAGE: u64 = 50;

/// Pages of each sort that are timed.
const PAGES: usize = 200;

const COUNTY: &str = "370126";
const TOWNSHIPS: usize = 13;
const VILLAGES: usize = 42;

/// What reports are about: common and rare words.
const WORDS: [&str; 12] =
    ["工程", "招标", "村集体", "低保", "宴请", "公车", "补贴", "验收", "土地流转", "合同", "会计凭证", "蔬菜大棚"];

/// Stages with how many of 10,000 reports are at each.
const STAGES: [(ReportStage, u32); 4] =
    [(ReportStage::Asked, 2), (ReportStage::Filed, 298), (ReportStage::Accepted, 700), (ReportStage::Replied, 9_000)];

/// What one report of 10,000 is about.
const RARE: &str = "航空";

/// How a question is filled in.
type Fill = fn(&mut StdRng, &mut Asked);

/// What pages ask.
const SORTS: [(&str, Fill); 20] = [
    ("the newest", |_, _| {}),
    ("of a township", |rng, asked| asked.unit = Some(any_township(rng))),
    ("of a village", |rng, asked| asked.unit = Some(village(rng))),
    ("of a category", |rng, asked| asked.category = Some(category(rng))),
    ("of a township, category and level", |rng, asked| {
        (asked.unit, asked.category, asked.level) = (Some(any_township(rng)), Some(category(rng)), Some(level(rng)));
    }),
    ("of a village and category", |rng, asked| {
        (asked.unit, asked.category) = (Some(village(rng)), Some(category(rng)));
    }),
    ("at a stage", |_, asked| asked.stage = Some(ReportStage::Accepted.name().into())),
    ("at a stage where hardly any are", |_, asked| asked.stage = Some(ReportStage::Asked.name().into())),
    ("at that stage, of a village", |rng, asked| {
        (asked.unit, asked.stage) = (Some(village(rng)), Some(ReportStage::Asked.name().into()));
    }),
    ("only how many, of a township at a stage", |rng, asked| {
        let stage = STAGES.choose(rng).unwrap().0.name().into();
        (asked.unit, asked.stage, asked.limit) = (Some(any_township(rng)), Some(stage), 0);
    }),
    ("with a common word of two", |_, asked| asked.words = Some("工程".into())),
    ("with a rare word of two", |_, asked| asked.words = Some(RARE.into())),
    ("with one character", |_, asked| asked.words = Some("土".into())),
    ("with three words", |rng, asked| asked.words = Some(three_words(rng))),
    ("with a word nobody wrote", |_, asked| asked.words = Some("航天".into())),
    ("with a number", |rng, asked| asked.words = Some(format!("第{}号", rng.random_range(0..10_000)))),
    ("with a word, of a township", |rng, asked| {
        (asked.unit, asked.words) = (Some(any_township(rng)), Some("合同".into()));
    }),
    ("with a word, of a village", |rng, asked| {
        (asked.unit, asked.words) = (Some(village(rng)), Some("合同".into()));
    }),
    ("with a rare word, of a village", |rng, asked| {
        (asked.unit, asked.words) = (Some(village(rng)), Some(RARE.into()));
    }),
    ("with three words, of a village", |rng, asked| {
        (asked.unit, asked.words) = (Some(village(rng)), Some(three_words(rng)));
    }),
];

fn main() {
    // `cargo bench` says `--bench`; `cargo test --benches` does not and wants to see only that it runs.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let lines = number("FANGWEI_LINES").unwrap_or(if is_bench { 1_000_000 } else { 2_000 });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(lines, number("FANGWEI_P95_MAX_MS")));
}

async fn run(lines: u64, most_ms: Option<u64>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists.sqlite");
    let mut rng = StdRng::seed_from_u64(1);
    let units = units();
    let began = Instant::now();
    let reader = lists_of(&path, (0..lines).map(|at| report(&mut rng, &units, at))).await.unwrap();
    let took = began.elapsed();
    let mib = path.metadata().unwrap().len() / (1 << 20);
    println!(
        "{lines} lines in {:.1} s, {:.0} µs each, {mib} MiB",
        took.as_secs_f64(),
        took.as_secs_f64() * 1e6 / lines as f64
    );

    let all = Asked { limit: PAGE, ..Asked::default() };
    let floor = median(&time(&reader, &mut rng, &|_: &mut StdRng| all.clone()).await);
    println!("{:<40} {:>8} {:>8} {:>8}   of the first page", "milliseconds", "median", "95th", "greatest");
    let mut worst = Duration::ZERO;
    for (name, fill) in SORTS {
        let asked = |rng: &mut StdRng| {
            let mut asked = all.clone();
            fill(rng, &mut asked);
            asked
        };
        let times = time(&reader, &mut rng, &asked).await;
        worst = worst.max(print(name, &times, floor));
    }
    // The page after a page, to the end of what anybody turns.
    for (name, words) in [("page after page", None), ("page after page with a word", Some("工程".to_owned()))] {
        let mut asked = Asked { words, ..all.clone() };
        let mut times = Vec::new();
        for _ in 0..PAGES {
            let began = Instant::now();
            let page = reader.page(List::Reports, &asked).await.unwrap();
            times.push(began.elapsed());
            asked.after = page.next;
        }
        times.sort_unstable();
        worst = worst.max(print(name, &times, floor));
    }
    drop(reader);
    let mut rng = StdRng::seed_from_u64(1);
    let all = (0..lines).flat_map(|at| {
        let case = (at % 5 == 0).then(|| case(&mut rng, &units));
        std::iter::once(report(&mut rng, &units, at)).chain(case)
    });
    worst = worst.max(pages::measure(all).await);
    if let Some(most) = most_ms {
        assert!(worst <= Duration::from_millis(most), "a 95th of {:.1} ms, and {most} ms may be", ms(worst));
    }
}

/// Prints times that are in order; returns the 95th of a hundred.
fn print(name: &str, times: &[Duration], floor: Duration) -> Duration {
    let most = times[times.len() * 95 / 100];
    let ratio = most.as_secs_f64() / floor.as_secs_f64();
    let greatest = times[times.len() - 1];
    println!("{name:<40} {:>8.2} {:>8.2} {:>8.2}   {ratio:.1} times", ms(median(times)), ms(most), ms(greatest));
    most
}

fn median(times: &[Duration]) -> Duration {
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Times of pages, in order.
async fn time(reader: &Reader, rng: &mut StdRng, asked: &impl Fn(&mut StdRng) -> Asked) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..PAGES {
        let asked = asked(rng);
        let began = Instant::now();
        let page = reader.page(List::Reports, &asked).await.unwrap();
        times.push(began.elapsed());
        assert!(page.lines.len() as u64 <= PAGE);
    }
    times.sort_unstable();
    times
}

fn township(at: usize) -> String {
    format!("{COUNTY}.{}", 101 + at)
}

fn village(rng: &mut StdRng) -> String {
    format!("{}.{}", any_township(rng), 201 + rng.random_range(0..VILLAGES))
}

fn any_township(rng: &mut StdRng) -> String {
    township(rng.random_range(0..TOWNSHIPS))
}

fn category(rng: &mut StdRng) -> i64 {
    rng.random_range(1..14)
}

fn level(rng: &mut StdRng) -> i64 {
    rng.random_range(1..4)
}

fn three_words(rng: &mut StdRng) -> String {
    let some: Vec<&str> = (0..3).map(|_| *WORDS.choose(rng).unwrap()).collect();
    some.join(" ")
}

fn units() -> Vec<String> {
    let towns = (0..TOWNSHIPS).map(township);
    let villages =
        (0..TOWNSHIPS).flat_map(|town| (0..VILLAGES).map(move |at| format!("{}.{}", township(town), 201 + at)));
    std::iter::once(COUNTY.to_owned()).chain(towns).chain(villages).collect()
}

fn case(rng: &mut StdRng, units: &[String]) -> (Summary, String) {
    let scope = Scope { home: COUNTY.parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
    let stages = [(CaseStage::Proposed, 1), (CaseStage::Issued, 1), (CaseStage::Answered, 1), (CaseStage::Lifted, 97)];
    let gist = Gist {
        unit: units.choose(rng).unwrap().clone(),
        post: Some("村委会主任".into()),
        stage: Some(stages.choose_weighted(rng, |(_, weight)| *weight).unwrap().0.name().into()),
        level: Some(level(rng)),
        ..Gist::default()
    };
    let summary = Summary {
        document: DocKey { scope, kind: Kind::CASE_INNER, doc: DocId(rng.random()) },
        changed_s: 1_600_000_000 + rng.random_range(0..200_000_000),
        ends: vec![EntryId(Hash(rng.random()))],
        held_above: true,
        struck: 0,
        gist: Some(gist),
    };
    (summary, String::new())
}

fn report(rng: &mut StdRng, units: &[String], at: u64) -> (Summary, String) {
    let unit = units.choose(rng).unwrap().clone();
    let some: Vec<&str> = (0..rng.random_range(4..12)).map(|_| *WORDS.choose(rng).unwrap()).collect();
    let rare = if rng.random_ratio(1, 10_000) { RARE } else { "" };
    let text = format!("第{at}号：反映{}有关问题{rare}", some.join("和"));
    let scope = Scope { home: unit.parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
    let gist = Gist {
        unit,
        title: text.chars().take(30).collect(),
        stage: Some(STAGES.choose_weighted(rng, |(_, weight)| *weight).unwrap().0.name().into()),
        level: Some(level(rng)),
        category: Some(category(rng)),
        urgency: "normal".into(),
        ..Gist::default()
    };
    let summary = Summary {
        document: DocKey { scope, kind: Kind::REPORT, doc: DocId(rng.random()) },
        changed_s: 1_600_000_000 + rng.random_range(0..200_000_000),
        ends: vec![EntryId(Hash(rng.random()))],
        held_above: true,
        struck: 0,
        gist: Some(gist),
    };
    (summary, text)
}
