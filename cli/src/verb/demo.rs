//! `fangwei demo`: a whole county of real nodes on loopback, cut off, written in, reconnected, verified.
//!
//! Nothing in it is simulated but the people: each unit has its own key, journal, store and UDP socket, and they speak
//! QUIC to each other.

pub mod county;
pub mod story;
pub mod table;

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fangwei_node::verify::{VerifyFailure, verify};
use thiserror::Error;

use self::{
    county::{County, CountyFailure, Row, Standing},
    story::{Story, StoryFailure},
};

/// The fictional county: one county, two townships, six villages.
const BUILT_IN: &str = include_str!("demo/county.csv");

/// How long agreement may take before the demo says who lags: a second a node, and a minute at least.
const AGREEMENT_S_PER_NODE: u64 = 1;

/// How often the table is drawn again.
const REDRAW: Duration = Duration::from_millis(500);

/// What the demo was asked to do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// End after agreement instead of running on.
    pub once: bool,
    /// Rows of the county's units; none: the built-in ones.
    pub rows: Option<Vec<Row>>,
    /// Keep the nodes' data there; none: in a temporary directory that goes with the demo.
    pub dir: Option<PathBuf>,
}

/// Words for people: a key, and what it is to be filled with.
pub type Words<'a> = &'a dyn Fn(&str, &[(&str, String)]) -> String;

/// Why the demo did not come to its end.
#[derive(Debug, Error)]
pub enum DemoFailure {
    /// The county.
    #[error(transparent)]
    County(#[from] CountyFailure),
    /// The story.
    #[error(transparent)]
    Story(#[from] StoryFailure),
    /// A unit whose node did not come to agree with the one above it.
    #[error("{0}")]
    NotConverged(String),
    /// A node whose store does not verify.
    #[error("{unit}: {reason}")]
    NotVerified {
        /// Whose.
        unit: String,
        /// What is wrong.
        reason: String,
    },
    /// A node whose store could not be read.
    #[error(transparent)]
    Verify(#[from] VerifyFailure),
    /// Nodes of one county that share what they may not: a key, a journal, a socket.
    #[error("{0} is not each node's own")]
    Shared(&'static str),
    /// A directory could not be made or removed.
    #[error("cannot use {}: {cause}", .path.display())]
    Disk {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// What a finished demo can tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Nodes that ran.
    pub nodes: usize,
    /// Entries the county's node holds.
    pub entries: u64,
    /// Entries verified over all nodes.
    pub verified: u64,
    /// Bytes of UDP payload sent by all nodes.
    pub wire_bytes: u64,
    /// Bytes of frames sent by all nodes.
    pub app_bytes: u64,
    /// Milliseconds from the beginning to the last verification.
    pub elapsed_ms: u64,
    /// Peak resident memory of the process, in bytes.
    pub peak_bytes: u64,
}

/// The built-in county's rows, as text of the form `unit import` takes.
#[must_use]
pub fn built_in() -> &'static str {
    BUILT_IN
}

/// Runs the demo. `out` hears what happens, line by line.
///
/// # Errors
///
/// [`DemoFailure`].
pub async fn run(rows: Vec<Row>, options: &Options, words: Words<'_>) -> Result<Outcome, DemoFailure> {
    let (dir, temporary) = match &options.dir {
        Some(dir) => (dir.clone(), false),
        None => (std::env::temp_dir().join(format!("fangwei-demo-{}", std::process::id())), true),
    };
    std::fs::create_dir_all(&dir).map_err(|cause| DemoFailure::Disk { path: dir.clone(), cause })?;
    let done = run_in(&dir, rows, options, words).await;
    if temporary {
        let _ = std::fs::remove_dir_all(&dir);
    }
    done
}

async fn run_in(dir: &Path, rows: Vec<Row>, options: &Options, words: Words<'_>) -> Result<Outcome, DemoFailure> {
    let began = Instant::now();
    let say = |key: &str, with: &[(&str, String)]| println!("{}", words(key, with));
    let units = rows.len();
    let name = rows.first().map(|row| row.name.clone()).unwrap_or_default();
    say("demo-founding", &[("name", name), ("units", units.to_string())]);
    let step = (units / 10).max(1);
    let progress = |done: usize| {
        if done.is_multiple_of(step) || done == units {
            eprintln!("{}", words("demo-joined", &[("done", done.to_string()), ("units", units.to_string())]));
        }
    };
    let county = County::found(dir, rows, progress).await?;
    let done = tell(dir, &county, options, words, began).await;
    say("demo-stopping", &[]);
    county.stop().await;
    done
}

async fn tell(
    dir: &Path,
    county: &County,
    options: &Options,
    words: Words<'_>,
    began: Instant,
) -> Result<Outcome, DemoFailure> {
    let say = |key: &str, with: &[(&str, String)]| println!("{}", words(key, with));
    check_own(county)?;
    say("demo-officers", &[]);
    let story = Story::cast(county).await?;
    agree(county, words).await?;
    say("demo-ready", &[]);
    story.before(words).await?;
    agree(county, words).await?;
    say("demo-cut", &[]);
    county.nodes.values().for_each(|node| node.set_online(false));
    story.offline(words).await?;
    draw(county, &county.standings().await?, words);
    say("demo-online", &[]);
    county.nodes.values().for_each(|node| node.set_online(true));
    agree(county, words).await?;
    story.answer(words).await?;
    agree(county, words).await?;
    story.lift(words).await?;
    agree(county, words).await?;
    story.compare(words).await?;
    let verified = verify_all(dir, county).await?;
    let nodes = county.nodes.len().to_string();
    say("demo-verified", &[("nodes", nodes), ("entries", verified.to_string())]);
    let traffic = county
        .nodes
        .values()
        .map(fangwei_node::node::Node::traffic)
        .fold((0, 0), |sum, one| (sum.0 + one.udp_bytes_out, sum.1 + one.bytes_out));
    let outcome = Outcome {
        nodes: county.nodes.len(),
        entries: county.standings().await?.first().map_or(0, |root| root.held),
        verified,
        wire_bytes: traffic.0,
        app_bytes: traffic.1,
        elapsed_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        peak_bytes: peak_bytes(),
    };
    say(
        "demo-summary",
        &[
            ("entries", outcome.entries.to_string()),
            ("wire", size(outcome.wire_bytes)),
            ("app", size(outcome.app_bytes)),
            ("seconds", format!("{:.1}", began.elapsed().as_secs_f64())),
            ("memory", size(outcome.peak_bytes)),
        ],
    );
    if !options.once {
        say("demo-hold", &[]);
        let _ = tokio::signal::ctrl_c().await;
    }
    Ok(outcome)
}

/// Every node has its own key, its own journal and its own UDP socket.
fn check_own(county: &County) -> Result<(), DemoFailure> {
    let all = county.nodes.len();
    let distinct = |of: &mut dyn Iterator<Item = String>| of.collect::<std::collections::BTreeSet<_>>().len() == all;
    let nodes = || county.nodes.values();
    if !distinct(&mut nodes().map(|node| format!("{:?}", node.key().bytes()))) {
        return Err(DemoFailure::Shared("key"));
    }
    if !distinct(&mut nodes().map(|node| node.dir().join("journal").display().to_string())) {
        return Err(DemoFailure::Shared("journal"));
    }
    if !distinct(&mut nodes().map(|node| format!("{:?}", node.address()))) {
        return Err(DemoFailure::Shared("socket"));
    }
    Ok(())
}

/// Waits until every node holds the same as the one above it and all of it is confirmed above, drawing the table.
async fn agree(county: &County, words: Words<'_>) -> Result<(), DemoFailure> {
    let limit = Duration::from_secs(60.max(AGREEMENT_S_PER_NODE * county.nodes.len() as u64));
    let began = Instant::now();
    let mut drawn = 0;
    loop {
        let standings = county.standings().await?;
        let open: Vec<&Standing> = standings.iter().filter(|one| !one.agrees || one.confirmed < one.own).collect();
        if std::io::stdout().is_terminal() {
            if drawn > 0 {
                print!("\x1b[{drawn}A\x1b[J");
            }
            drawn = draw(county, &standings, words);
        } else if open.is_empty() {
            draw(county, &standings, words);
        }
        if open.is_empty() {
            return Ok(());
        }
        if began.elapsed() > limit {
            draw(county, &standings, words);
            let units: Vec<String> = open.iter().take(5).map(|one| one.unit.to_string()).collect();
            let with = [("seconds", limit.as_secs().to_string()), ("units", units.join(", "))];
            return Err(DemoFailure::NotConverged(words("demo-not-converged", &with)));
        }
        tokio::time::sleep(if county.nodes.len() > 100 { REDRAW } else { REDRAW / 5 }).await;
    }
}

/// Draws the table; returns how many lines it took.
fn draw(county: &County, standings: &[Standing], words: Words<'_>) -> usize {
    let heads = ["unit", "nodes", "held", "behind", "confirmed", "state", "same", "lagging", "offline"];
    let heads = heads.map(|head| words(&format!("demo-{head}"), &[]));
    let mut lines = table::draw(county, standings, &heads);
    let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    lines.push(words("demo-as-of", &[("time", now)]));
    for line in &lines {
        println!("  {line}");
    }
    let _ = std::io::stdout().flush();
    lines.len()
}

/// Verifies every node's store from the genesis on; returns how many entries that were.
async fn verify_all(dir: &Path, county: &County) -> Result<u64, DemoFailure> {
    let mut entries = 0;
    for (unit, node) in &county.nodes {
        let place = dir.join(unit.as_str());
        let digest = node.core().read(|sight| (sight.replica.digest(), sight.replica.log_length())).await;
        let (digest, length) = digest.map_err(CountyFailure::from)?;
        let found = tokio::task::spawn_blocking(move || verify(&place, &mut |_| {})).await;
        let found =
            found.map_err(|error| DemoFailure::NotVerified { unit: unit.to_string(), reason: error.to_string() })??;
        let reason = match found.faults.first() {
            Some(fault) => Some(fault.to_string()),
            None if found.entries != length.0 || found.digest != digest => Some("journal and index differ".into()),
            None => None,
        };
        if let Some(reason) = reason {
            return Err(DemoFailure::NotVerified { unit: unit.to_string(), reason });
        }
        entries += found.entries;
    }
    Ok(entries)
}

/// Peak resident memory of this process, as the kernel counts it; 0 where it does not tell.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    if bytes < 1024.0 * 1024.0 {
        format!("{:.0} KiB", bytes / 1024.0)
    } else {
        format!("{:.1} MiB", bytes / 1_048_576.0)
    }
}
