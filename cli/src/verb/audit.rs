//! `verify` and `audit check`: the whole store from the genesis on. The answer is no if anything in it is wrong.

use std::{fs, path::Path};

use fangwei_node::{
    api::shape::{Known, Timeline, Verified, VerifyForm, VerifyLine, route},
    audit::compare::{self, CompareFailure, Missing, MissingEntry},
    desk::verify::shown,
};
use serde::Serialize;

use crate::{
    args::{AuditCheck, AuditVerb, VerifyAsked},
    complaint::{Complaint, Exit},
    errand::{Errand, id, route_of},
    report::{
        document,
        table::{Table, fields},
        time, time_of,
    },
    verb::{Done, evidence},
    words::Words,
};

/// `verify`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn verify(errand: &mut Errand, asked: VerifyAsked) -> Done {
    match asked.bundle {
        Some(bundle) => evidence::verify(errand, &bundle, asked.genesis.as_deref()).await,
        None => check(errand, &AuditCheck::default()).await,
    }
}

/// `audit …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: AuditVerb) -> Done {
    match asked {
        AuditVerb::Check(asked) => check(errand, &asked).await,
        AuditVerb::Timeline { id } => timeline(errand, &id).await,
        AuditVerb::Compare { first, second } => compare(errand, &first, &second),
    }
}

async fn check(errand: &mut Errand, asked: &AuditCheck) -> Done {
    let known = match &asked.state {
        Some(path) => read_state(path)?,
        None => None,
    };
    let asker = errand.ask().await?;
    let mut found = None;
    let each = |line| {
        match line {
            VerifyLine::Progress { entries, total } => errand.voice.progress("progress-verify", entries, total),
            VerifyLine::Done(verified) => found = Some(verified),
            VerifyLine::Failed(failed) => return Err(Complaint::answered(503, failed)),
        }
        Ok(())
    };
    asker.lines(route::VERIFY, &VerifyForm { known }, each).await?;
    // An answer that broke off proves nothing.
    let cut = || Complaint::failed("no-answer").with("cause", "…").hint("no-answer-hint");
    let verified: Verified = found.ok_or_else(cut)?;
    let exit = tell(errand, &verified, "verify-unsound-hint")?;
    if let (Exit::Yes, Some(path), Some(known)) = (exit, &asked.state, &verified.known) {
        write_state(path, known)?;
    }
    Ok(exit)
}

/// Says what was found, of a store or of a bundle, and what to do where something is wrong.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn tell(errand: &mut Errand, verified: &Verified, unsound_hint: &str) -> Done {
    errand.voice.data(verified, said)?;
    let is_sound = verified.sound;
    errand
        .voice
        .note(if is_sound { "verify-sound" } else { "verify-unsound" }, &[("count", verified.fault_count.into())]);
    if !verified.struck_confirmed.is_empty() {
        errand.voice.hint("audit-struck-confirmed-hint", &[]);
    }
    if !verified.partings.is_empty() {
        errand.voice.hint("audit-partings-hint", &[]);
    }
    if !is_sound {
        errand.voice.hint(unsound_hint, &[]);
    }
    Ok(if is_sound { Exit::Yes } else { Exit::No })
}

/// What was checked before; nothing if there is no file yet.
fn read_state(path: &Path) -> Result<Option<Known>, Complaint> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Complaint::unreadable(path, &cause)),
    };
    let wrong = |cause| Complaint::wrong("bad-state").at(path).with("cause", cause).hint("bad-state-hint");
    serde_json::from_slice(&text).map(Some).map_err(wrong)
}

/// Written beside it first, so that a power cut leaves one or the other.
fn write_state(path: &Path, known: &Known) -> Result<(), Complaint> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let text = serde_json::to_vec_pretty(known).unwrap_or_default();
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
    written.map_err(|cause| Complaint::failed("disk").at(path).with("cause", cause))
}

async fn timeline(errand: &mut Errand, given: &str) -> Done {
    let given = id(given)?;
    let shown: Timeline = errand.ask_as_whom_it_names().await?.get(&route_of(route::TIMELINE, &given), &()).await?;
    errand.voice.data(&shown, |shown, words| {
        let heads = ["head-claimed", "head-not-before", "head-not-after", "head-author", "head-deed", "head-held"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for row in &shown.entries {
            let flag = if row.entry.claimed == "within" { "" } else { " ✗" };
            let is_void = row.entry.void.is_some();
            let held = row.entry.held.iter().map(|held| {
                let key = if held.witnessed { "timeline-witnessed" } else { "timeline-held" };
                words.say(key, &[("unit", held.unit.as_str().into())])
            });
            let held: Vec<String> = held.collect();
            let deed = document::deed(&row.entry.deed, words);
            table.row([
                format!("{}{flag}", time(&row.entry.time)),
                row.entry.not_before.as_deref().map(time).unwrap_or_default(),
                row.entry.not_after.as_deref().map(time).unwrap_or_default(),
                format!("{} {}", row.entry.author.name, row.entry.author.unit),
                if is_void { format!("✗ {deed}") } else { deed },
                held.join(" "),
            ]);
        }
        table.text()
    })?;
    if shown.entries.iter().any(|row| row.entry.claimed != "within") {
        errand.voice.hint("timeline-contradiction-hint", &[]);
    }
    Ok(Exit::Yes)
}

/// What the two have beside each other, as JSON.
#[derive(Serialize)]
struct ComparedShown {
    same: bool,
    digests: [String; 2],
    only_first: MissingShown,
    only_second: MissingShown,
}

#[derive(Serialize)]
struct MissingShown {
    entries: u64,
    some: Vec<MissingRow>,
    bound: Vec<String>,
}

#[derive(Serialize)]
struct MissingRow {
    id: String,
    at: u64,
    home: String,
    author: String,
    seq: u64,
    time: i64,
}

fn compare(errand: &mut Errand, first: &Path, second: &Path) -> Done {
    let failed = |failure: CompareFailure| {
        let complaint = match &failure {
            CompareFailure::OtherTree { .. } | CompareFailure::Bundle(_) | CompareFailure::Identity(_) => {
                Complaint::refused("not-compared")
            }
            CompareFailure::Records(_) => Complaint::failed("not-compared"),
        };
        complaint.with("cause", failure).hint("not-compared-hint")
    };
    let mut sides = Vec::new();
    for path in [first, second] {
        let mut progress = |done, total| errand.voice.progress("progress-verify", done, total);
        let side = compare::side(path, &mut progress).map_err(failed)?;
        if side.audited.found.fault_count > 0 {
            let language = errand.voice.words().lang().node();
            return tell(errand, &shown(side.audited.found, language), "verify-unsound-hint");
        }
        sides.push(side);
    }
    let [first, second] = sides.as_slice() else { return Err(Complaint::failed("not-compared")) };
    let compared = compare::compare(first, second).map_err(failed)?;
    let lacking = |missing: &Missing| MissingShown {
        entries: missing.entries,
        some: missing.some.iter().map(MissingRow::of).collect(),
        bound: missing.bound.iter().map(ToString::to_string).collect(),
    };
    let shown = ComparedShown {
        same: compared.only_first.entries == 0 && compared.only_second.entries == 0,
        digests: compared.digests.map(|digest| digest.to_string()),
        only_first: lacking(&compared.only_first),
        only_second: lacking(&compared.only_second),
    };
    let places = [first, second].map(|side| side.path.display().to_string());
    errand.voice.data(&shown, |shown, words| {
        let mut text = String::new();
        let [one, other] = &places;
        for (missing, has, lacks) in [(&shown.only_first, one, other), (&shown.only_second, other, one)] {
            let values = [
                ("has", has.as_str().into()),
                ("lacks", lacks.as_str().into()),
                ("entries", missing.entries.into()),
                ("bound", (missing.bound.len() as u64).into()),
            ];
            text.push_str(&words.say("compare-lacks", &values));
            text.push('\n');
            for row in &missing.some {
                let claimed = time_of(row.time);
                text.push_str(&format!(
                    "  #{} {} {} {claimed} {}\n",
                    row.at,
                    short(&row.id),
                    row.home,
                    short(&row.author)
                ));
            }
            for id in &missing.bound {
                text.push_str(
                    &words.say("compare-bound", &[("lacks", lacks.as_str().into()), ("id", short(id).into())]),
                );
                text.push('\n');
            }
        }
        text
    })?;
    errand.voice.note(if shown.same { "compare-same" } else { "compare-differ" }, &[]);
    if !shown.same {
        errand.voice.hint("compare-differ-hint", &[]);
    }
    Ok(if shown.same { Exit::Yes } else { Exit::No })
}

impl MissingRow {
    fn of(entry: &MissingEntry) -> MissingRow {
        MissingRow {
            id: entry.id.to_string(),
            at: entry.at.0,
            home: entry.home.clone(),
            author: entry.author.to_string(),
            seq: entry.seq,
            time: entry.claimed_time_s,
        }
    }
}

fn said(verified: &Verified, words: &Words) -> String {
    let seconds = format!("{}.{} s", verified.took_ms / 1000, verified.took_ms % 1000 / 100);
    let entries = match verified.known_entries {
        0 => verified.entries.to_string(),
        known => words.say(
            "audit-entries",
            &[
                ("entries", verified.entries.into()),
                ("now", (verified.entries - known).into()),
                ("known", known.into()),
            ],
        ),
    };
    let pairs = [
        ("head-entries", entries),
        ("head-certificates", verified.certificates.to_string()),
        ("head-receipts", verified.receipts.to_string()),
        ("head-documents", verified.documents.to_string()),
        (
            "head-feeds",
            words.say("feeds-count", &[("feeds", verified.feeds.into()), ("branched", verified.branched.into())]),
        ),
        ("head-void", verified.void.to_string()),
        ("head-struck", verified.struck.to_string()),
        ("head-withheld", verified.withheld.to_string()),
        ("head-digest", verified.digest.clone()),
        ("head-took", seconds),
    ];
    let pairs =
        pairs.into_iter().filter(|(key, value)| !["head-withheld", "head-struck"].contains(key) || value != "0");
    let pairs: Vec<_> = pairs.map(|(key, value)| (words.say(key, &[]), value)).collect();
    let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
    for fault in &verified.faults {
        let at = fault.at.map(|at| format!("#{at} ")).unwrap_or_default();
        text.push_str(&format!("✗ {at}{}\n", fault.message));
    }
    for id in &verified.struck_confirmed {
        text.push_str(&format!("• {}\n", words.say("audit-struck-confirmed", &[("id", short(id).into())])));
    }
    for parting in &verified.partings {
        let what = if parting.forks_from.is_some() { "audit-fork" } else { "audit-branch" };
        let other = parting.forks_from.as_deref().unwrap_or_default();
        let values = [
            ("home", parting.home.as_str().into()),
            ("author", short(&parting.author).into()),
            ("id", short(&parting.id).into()),
            ("other", short(other).into()),
        ];
        text.push_str(&format!("• {}\n", words.say(what, &values)));
    }
    text
}

/// As much of an id as people compare.
fn short(id: &str) -> String {
    id.chars().take(16).collect()
}
