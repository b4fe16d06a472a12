//! `verify` and `audit check`: the whole store from the genesis on. The answer is no if anything in it is wrong.

use std::{fs, path::Path};

use fangwei_node::api::shape::{Known, Verified, VerifyForm, VerifyLine, route};

use crate::{
    args::{AuditCheck, AuditVerb, VerifyAsked},
    complaint::{Complaint, Exit},
    errand::Errand,
    report::table::fields,
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
        ("head-withheld", verified.withheld.to_string()),
        ("head-digest", verified.digest.clone()),
        ("head-took", seconds),
    ];
    let pairs = pairs.into_iter().filter(|(key, value)| *key != "head-withheld" || value != "0");
    let pairs: Vec<_> = pairs.map(|(key, value)| (words.say(key, &[]), value)).collect();
    let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
    for fault in &verified.faults {
        let at = fault.at.map(|at| format!("#{at} ")).unwrap_or_default();
        text.push_str(&format!("✗ {at}{}\n", fault.message));
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
