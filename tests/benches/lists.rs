//! Pages of very long lists: whether they stay quick when a county has collected for decades.
//!
//! 1,000,000 reports of 556 units are put into the tables as the view would put them. What is printed: how long that
//! takes; then for each sort of question the median, the 95th and the greatest time of a page of fifty lines, and the
//! 95th as a multiple of the median of the floor: the newest page, which is read from the end of one index.
//!
//! `cargo bench -p tests --bench lists`; `FANGWEI_LINES` says how many, `FANGWEI_P95_MAX_MS` what the 95th may be at
//! most.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on should stop")]

use std::{
    env,
    time::{Duration, Instant},
};

use fangwei_node::view::{Asked, Gist, List, Reader, Summary, lists_of};
use fangwei_protocol::record::entry::{DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf};
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

/// A sort of question and how one of it is drawn.
type Sort = (&'static str, Box<dyn Fn(&mut StdRng) -> Asked>);

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
    let floor = time(&reader, &mut rng, |_| all.clone()).await;
    println!("{:<34} {:>8} {:>8} {:>8}   of the first page", "milliseconds", "median", "95th", "greatest");
    let mut worst = Duration::ZERO;
    let mut sorts: Vec<Sort> = Vec::new();
    let ask = |with: fn(&mut StdRng, &mut Asked)| {
        let all = all.clone();
        Box::new(move |rng: &mut StdRng| {
            let mut asked = all.clone();
            with(rng, &mut asked);
            asked
        }) as Box<dyn Fn(&mut StdRng) -> Asked>
    };
    sorts.push(("the newest", ask(|_, _| {})));
    sorts.push(("of a township", ask(|rng, asked| asked.unit = Some(township(rng.random_range(0..TOWNSHIPS))))));
    sorts.push(("of a village", ask(|rng, asked| asked.unit = Some(village(rng)))));
    sorts.push(("of a category", ask(|rng, asked| asked.category = Some(rng.random_range(1..14)))));
    sorts.push((
        "of a township, category and level",
        ask(|rng, asked| {
            asked.unit = Some(township(rng.random_range(0..TOWNSHIPS)));
            (asked.category, asked.level) = (Some(rng.random_range(1..14)), Some(rng.random_range(1..4)));
        }),
    ));
    sorts.push(("with a common word of two", ask(|_, asked| asked.words = Some("工程".into()))));
    sorts.push((
        "with three words",
        ask(|rng, asked| {
            let some: Vec<&str> = (0..3).map(|_| *WORDS.choose(rng).unwrap()).collect();
            asked.words = Some(some.join(" "));
        }),
    ));
    sorts.push(("with a word nobody wrote", ask(|_, asked| asked.words = Some("航天".into()))));
    sorts.push((
        "with a word, of a village",
        ask(|rng, asked| {
            (asked.unit, asked.words) = (Some(village(rng)), Some("合同".into()));
        }),
    ));
    for (name, asked) in &sorts {
        let times = time(&reader, &mut rng, asked).await;
        let ratio = times[PAGES * 95 / 100].as_secs_f64() / floor[PAGES / 2].as_secs_f64();
        let [median, most, greatest] = [PAGES / 2, PAGES * 95 / 100, PAGES - 1].map(|at| times[at].as_secs_f64() * 1e3);
        println!("{name:<34} {median:>8.2} {most:>8.2} {greatest:>8.2}   {ratio:.1} times");
        worst = worst.max(times[PAGES * 95 / 100]);
    }
    // The page after a page, to the end of what anybody turns.
    let (mut asked, mut times) = (all.clone(), Vec::new());
    for _ in 0..PAGES {
        let began = Instant::now();
        let page = reader.page(List::Reports, &asked).await.unwrap();
        times.push(began.elapsed());
        asked.after = page.next;
    }
    times.sort_unstable();
    println!(
        "{:<34} {:>8.2} {:>8.2}",
        "page after page",
        ms(times[times.len() / 2]),
        ms(times[times.len() * 95 / 100])
    );
    worst = worst.max(times[times.len() * 95 / 100]);
    if let Some(most) = most_ms {
        assert!(worst <= Duration::from_millis(most), "a 95th of {:.1} ms, and {most} ms may be", ms(worst));
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Times of pages, in order.
async fn time(reader: &Reader, rng: &mut StdRng, asked: impl Fn(&mut StdRng) -> Asked) -> Vec<Duration> {
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
    format!("{}.{}", township(rng.random_range(0..TOWNSHIPS)), 201 + rng.random_range(0..VILLAGES))
}

fn units() -> Vec<String> {
    let towns = (0..TOWNSHIPS).map(township);
    let villages =
        (0..TOWNSHIPS).flat_map(|town| (0..VILLAGES).map(move |at| format!("{}.{}", township(town), 201 + at)));
    std::iter::once(COUNTY.to_owned()).chain(towns).chain(villages).collect()
}

fn report(rng: &mut StdRng, units: &[String], at: u64) -> (Summary, String) {
    let unit = units.choose(rng).unwrap().clone();
    let some: Vec<&str> = (0..rng.random_range(4..12)).map(|_| *WORDS.choose(rng).unwrap()).collect();
    let text = format!("第{at}号：反映{}有关问题", some.join("和"));
    let scope = Scope { home: unit.parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
    let gist = Gist {
        unit,
        title: text.chars().take(30).collect(),
        level: Some(rng.random_range(1..4)),
        category: Some(rng.random_range(1..14)),
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
