//! `pack show|check|diff|publish`: a county's own rules, from the text a person edits to what its nodes go by.

use std::path::Path;

use fangwei_node::api::shape::{PackForm, PackPublished, route};
use fangwei_protocol::work::pack::{BuiltIn, Pack, PackFault, check::check, diff::diff};

use crate::{
    args::PackVerb,
    complaint::{Complaint, Exit},
    errand::Errand,
    verb::Done,
    words::Words,
};

/// `pack …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: PackVerb) -> Done {
    match asked {
        PackVerb::Show { pack } => show(errand, &pack),
        PackVerb::Check { pack } => checked(errand, &pack),
        PackVerb::Diff { before, after } => changes(errand, &before, &after),
        PackVerb::Publish { pack, unit, dry_run } => publish(errand, &pack, &unit, dry_run).await,
    }
}

/// The text of a pack that ships, with its comments, or of a file.
fn text(errand: &mut Errand, named: &Path) -> Result<String, Complaint> {
    match named.to_str().and_then(BuiltIn::of) {
        Some(built_in) => Ok(built_in.text()),
        None => Ok(errand.input.text(named)?.to_string()),
    }
}

fn pack(errand: &mut Errand, named: &Path) -> Result<Pack, Complaint> {
    Pack::from_toml(&text(errand, named)?).map_err(|fault| match fault {
        PackFault::Text(text) => {
            Complaint::wrong("pack-text").with("line", text.line).with("cause", text.what).at(named)
        }
        fault => Complaint::wrong("pack-not-one").with("cause", fault).at(named),
    })
}

fn show(errand: &mut Errand, named: &Path) -> Done {
    let shown = pack(errand, named)?;
    let text = match named.to_str().and_then(BuiltIn::of) {
        Some(built_in) => built_in.text(),
        None => shown.to_toml(),
    };
    errand.voice.data(&shown, |_, _| text)?;
    Ok(Exit::Yes)
}

fn checked(errand: &mut Errand, named: &Path) -> Done {
    let found = check(&pack(errand, named)?);
    let lines: Vec<_> = found
        .iter()
        .map(|one| {
            let values: serde_json::Map<_, _> =
                one.rule.values().into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            serde_json::json!({ "place": one.place, "rule": one.rule.code(), "values": values })
        })
        .collect();
    errand.voice.data(&lines, |_, words| {
        let said = found.iter().map(|one| {
            let values: Vec<_> = one.rule.values().into_iter().map(|(name, value)| (name, value.into())).collect();
            let what = words.say(&format!("pack-rule-{}", one.rule.code()), &values);
            line(words, &one.place, &what)
        });
        said.collect()
    })?;
    if found.is_empty() {
        errand.voice.note("pack-clean", &[]);
        return Ok(Exit::Yes);
    }
    errand.voice.note("pack-found", &[("count", found.len().into())]);
    Ok(Exit::No)
}

fn line(words: &Words, place: &str, what: &str) -> String {
    words.say("pack-line", &[("place", place.to_owned().into()), ("what", what.to_owned().into())]) + "\n"
}

fn changes(errand: &mut Errand, before: &Path, after: &Path) -> Done {
    let changes = diff(&pack(errand, before)?, &pack(errand, after)?);
    let lines: Vec<_> = changes
        .iter()
        .map(|one| serde_json::json!({ "path": one.path, "before": one.before, "after": one.after }))
        .collect();
    errand.voice.data(&lines, |_, words| {
        let nothing = words.say("pack-nothing", &[]);
        let said = changes.iter().map(|one| {
            let [before, after] = [&one.before, &one.after].map(|side| side.clone().unwrap_or_else(|| nothing.clone()));
            let what = words.say("pack-change", &[("before", before.into()), ("after", after.into())]);
            line(words, &one.path, &what)
        });
        said.collect()
    })?;
    if changes.is_empty() {
        errand.voice.note("pack-same", &[]);
    }
    Ok(Exit::Yes)
}

async fn publish(errand: &mut Errand, named: &Path, unit: &str, dry_run: bool) -> Done {
    let pack = pack(errand, named)?;
    let found = check(&pack);
    if !found.is_empty() {
        return Err(Complaint::refused("pack-unsound").with("count", found.len()).hint("pack-unsound-hint"));
    }
    let unit = errand.unit(unit).await?;
    let form = PackForm { unit, text: pack.to_toml(), dry_run };
    let published: PackPublished = errand.ask_as_officer().await?.post(route::PACKS, &form).await?;
    let key = if dry_run { "pack-would" } else { "pack-published" };
    errand.voice.data(&published, |done, words| {
        let values = [
            ("id", done.id.clone().into()),
            ("version", done.version.into()),
            ("unit", done.unit.clone().into()),
            ("day", done.applies_from.clone().into()),
            ("hash", done.hash.chars().take(12).collect::<String>().into()),
        ];
        words.say(key, &values)
    })?;
    Ok(Exit::Yes)
}
