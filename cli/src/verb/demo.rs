//! `fangwei demo`: a whole county of real nodes on loopback, cut off, written in, reconnected, verified.
//!
//! Nothing in it is simulated but the people: each unit has its own key, journal, store and UDP socket, and they speak
//! QUIC to each other.

pub mod county;
pub mod pages;
pub mod story;
pub mod table;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use fangwei_node::{
    api::shape::UnitLine,
    audit::{Asked, Indexed, audit},
    desk::DeskError,
    words,
};
use fangwei_protocol::{records::RecordsFailure, work::unit::UnitPath};
use thiserror::Error;

use crate::{
    args::Demo,
    complaint::{Complaint, Exit},
    errand::Errand,
    report::Voice,
    verb::{Done, unit},
};

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

/// Where the demo speaks to.
pub struct Teller<'v> {
    voice: Mutex<&'v mut Voice>,
    /// Whether lines can be written over.
    is_live: bool,
}

impl<'v> Teller<'v> {
    /// Says what happens.
    pub fn say(&self, key: &str, with: &[(&str, String)]) {
        let text = self.word(key, with);
        self.line(&text);
    }

    /// A word of the reader's language.
    #[must_use]
    pub fn word(&self, key: &str, with: &[(&str, String)]) -> String {
        let values: Vec<_> = with.iter().map(|(name, value)| (*name, value.clone().into())).collect();
        self.voice().words().say(key, &values)
    }

    /// A line of the table.
    pub fn line(&self, text: &str) {
        // That nobody reads it changes nothing.
        let _ = self.voice().print(text);
    }

    /// What a refusal is called in the reader's language.
    #[must_use]
    pub fn refusal(&self, error: &DeskError) -> String {
        let language = self.voice().words().lang().node();
        words::text(language, error.code.as_str(), &error.values)
    }

    fn voice(&self) -> std::sync::MutexGuard<'_, &'v mut Voice> {
        self.voice.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Why the demo did not come to its end.
#[derive(Debug, Error)]
pub enum DemoFailure {
    /// The county.
    #[error(transparent)]
    County(#[from] CountyFailure),
    /// The story.
    #[error(transparent)]
    Story(#[from] StoryFailure),
    /// The pages.
    #[error(transparent)]
    Pages(#[from] pages::PagesFailure),
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
    /// A store that contradicts itself.
    #[error(transparent)]
    Records(#[from] RecordsFailure),
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
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
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

/// `demo`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: Demo) -> Done {
    let rows = match &asked.units {
        None => rows(BUILT_IN)?,
        Some(file) => {
            let text = errand.input.text(file)?;
            rows(&text).map_err(|complaint| complaint.at(file))?
        }
    };
    let failed = |failure: DemoFailure| Complaint::refused("demo-failed").with("reason", failure);
    let is_live = std::io::stdout().is_terminal() && !errand.voice.is_json();
    let outcome = {
        let teller = Teller { voice: Mutex::new(&mut errand.voice), is_live };
        play(rows, &asked, &teller).await.map_err(failed)?
    };
    if errand.voice.is_json() {
        errand.voice.data(&outcome, |_, _| String::new())?;
    }
    Ok(Exit::Yes)
}

/// The units of a CSV file, the root first.
///
/// # Errors
///
/// A row that is none, a root that is missing, a parent that is.
pub fn rows(text: &str) -> Result<Vec<Row>, Complaint> {
    let lines = unit::rows(text)?;
    let bad = |line: &UnitLine| Complaint::wrong("demo-bad-row").with("line", line.line).with("code", &line.code);
    let Some(first) = lines.first() else { return Err(Complaint::wrong("csv-empty")) };
    let digits = first.code.trim_end_matches('0').len().next_multiple_of(2).clamp(2, 6);
    let root = first.code.get(..digits).and_then(|root| root.parse::<UnitPath>().ok()).ok_or_else(|| bad(first))?;
    let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
    for line in &lines {
        let unit = UnitPath::from_code(&line.code, &root).map_err(|_| bad(line))?;
        let is_known = |unit: &UnitPath| rows.iter().any(|row| row.unit == *unit);
        let has_parent = unit.parent().is_none_or(|parent| is_known(&parent));
        if !has_parent || is_known(&unit) {
            return Err(bad(line).hint("demo-bad-row-hint"));
        }
        rows.push(Row { unit, name: line.name.clone() });
    }
    Ok(rows)
}

/// Founds the county, tells the story, takes the county down.
async fn play(rows: Vec<Row>, asked: &Demo, teller: &Teller<'_>) -> Result<Outcome, DemoFailure> {
    let began = Instant::now();
    let (dir, temporary) = match &asked.dir {
        Some(dir) => (dir.clone(), false),
        None => (std::env::temp_dir().join(format!("fangwei-demo-{}", std::process::id())), true),
    };
    std::fs::create_dir_all(&dir).map_err(|cause| DemoFailure::Disk { path: dir.clone(), cause })?;
    let units = rows.len();
    let name = rows.first().map(|row| row.name.clone()).unwrap_or_default();
    teller.say("demo-founding", &[("name", name), ("units", units.to_string())]);
    let joined = |done: usize| teller.voice().progress("demo-joined", done as u64, units as u64);
    let county = County::found(&dir, rows, joined).await;
    let done = match &county {
        Ok(county) => tell(&dir, county, asked, teller, began).await,
        Err(_) => Ok(Outcome::default()),
    };
    if let Ok(county) = &county {
        county.stop().await;
    }
    if temporary {
        // Left over in the system's temporary folder at worst.
        let _ = std::fs::remove_dir_all(&dir);
    }
    county?;
    done
}

async fn tell(
    dir: &Path,
    county: &County,
    asked: &Demo,
    teller: &Teller<'_>,
    began: Instant,
) -> Result<Outcome, DemoFailure> {
    let say = |key: &str, with: &[(&str, String)]| teller.say(key, with);
    check_own(county)?;
    say("demo-officers", &[]);
    let story = Story::cast(county).await?;
    agree(county, teller).await?;
    say("demo-ready", &[]);
    story.before(teller).await?;
    agree(county, teller).await?;
    say("demo-cut", &[]);
    county.nodes.values().for_each(|node| node.set_online(false));
    story.offline(teller).await?;
    draw(county, &county.standings().await?, teller);
    say("demo-online", &[]);
    county.nodes.values().for_each(|node| node.set_online(true));
    agree(county, teller).await?;
    story.answer(teller).await?;
    agree(county, teller).await?;
    story.lift(teller).await?;
    agree(county, teller).await?;
    story.compare(teller).await?;
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
    if !asked.once {
        let pages = pages::All::serve(county, &story).await?;
        agree(county, teller).await?;
        pages.say(county, teller);
        say("demo-hold", &[]);
        let _ = tokio::signal::ctrl_c().await;
        pages.stop().await;
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
async fn agree(county: &County, teller: &Teller<'_>) -> Result<(), DemoFailure> {
    let limit = Duration::from_secs(60.max(AGREEMENT_S_PER_NODE * county.nodes.len() as u64));
    let began = Instant::now();
    let mut drawn = 0;
    let mut before: Option<Vec<Standing>> = None;
    loop {
        let standings = county.standings().await?;
        // Nodes are looked at one after the other: only what is the same twice is a state the county was in.
        let is_still = before.as_ref() == Some(&standings);
        let open: Vec<&Standing> = standings.iter().filter(|one| !one.agrees || one.confirmed < one.own).collect();
        if teller.is_live {
            if drawn > 0 {
                // Up to where the table began, and clear from there.
                teller.line(&format!("\x1b[{drawn}A\x1b[J\x1b[1A"));
            }
            drawn = draw(county, &standings, teller);
        } else if open.is_empty() && is_still {
            draw(county, &standings, teller);
        }
        if open.is_empty() && is_still {
            return Ok(());
        }
        if began.elapsed() > limit {
            draw(county, &standings, teller);
            let units: Vec<String> = open.iter().take(5).map(|one| one.unit.to_string()).collect();
            let with = [("seconds", limit.as_secs().to_string()), ("units", units.join(", "))];
            return Err(DemoFailure::NotConverged(teller.word("demo-not-converged", &with)));
        }
        before = Some(standings);
        tokio::time::sleep(if county.nodes.len() > 100 { REDRAW } else { REDRAW / 5 }).await;
    }
}

/// Draws the table; returns how many lines it took.
fn draw(county: &County, standings: &[Standing], teller: &Teller<'_>) -> usize {
    let heads = [
        "demo-unit",
        "demo-nodes",
        "demo-held",
        "demo-behind",
        "demo-confirmed",
        "demo-state",
        "demo-same",
        "demo-lagging",
        "demo-offline",
    ];
    let heads = heads.map(|head| teller.word(head, &[]));
    let mut lines = table::draw(county, standings, &heads);
    let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    lines.push(teller.word("demo-as-of", &[("time", now)]));
    for line in &lines {
        teller.line(&format!("  {line}"));
    }
    lines.len()
}

/// Verifies every node's store from the genesis on; returns how many entries that were.
async fn verify_all(dir: &Path, county: &County) -> Result<u64, DemoFailure> {
    let mut entries = 0;
    for (unit, node) in &county.nodes {
        let place = dir.join(unit.as_str());
        let indexed = node.core().read(|sight| {
            let digest = sight.replica.frontier().link_digest(&sight.replica.me().unit);
            Indexed { entries: sight.replica.log_length().0, digest }
        });
        let indexed = indexed.await.map_err(CountyFailure::from)?;
        let (genesis, me) = (node.genesis().clone(), node.me().clone());
        let check = move || {
            let asked = Asked { dir: &place, genesis: &genesis, me: &me, indexed: Some(&indexed), known: None };
            audit(&asked, &mut |_, _| {})
        };
        let found = tokio::task::spawn_blocking(check).await;
        let not_verified = |reason: String| DemoFailure::NotVerified { unit: unit.to_string(), reason };
        let found = found.map_err(|error| not_verified(error.to_string()))??;
        if let Some(fault) = found.faults.first() {
            return Err(not_verified(format!("{:?}: {}", fault.at, fault.code.as_str())));
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
