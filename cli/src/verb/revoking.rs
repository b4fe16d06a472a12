//! `officer revoke`, `node revoke`, `officer rotate` and `stand`: what is struck is said before it is done.

use fangwei_node::api::shape::{
    FeedStanding, Officer, Passphrase, RevokeForm, Revoked, RotateForm, Rotated, StandForm, Stood, Stretch, Struck,
    route,
};

use crate::{
    args::{OfficerRotate, Revoke, Stand},
    complaint::{Complaint, Exit},
    errand::{Errand, must_be_free, route_of, write_secret},
    report::{table::Table, time},
    verb::{
        Done,
        certificate::{called, place},
        officer,
    },
    words::Words,
};

/// `officer revoke` and `node revoke`, once it is known which certificate is meant.
///
/// # Errors
///
/// What is to be said of it.
pub async fn revoke(errand: &mut Errand, line: &Officer, asked: &Revoke) -> Done {
    let mut form = form_of(asked)?;
    let asker = errand.ask_as_officer().await?;
    let path = route_of(route::CERTIFICATE_REVOKE, &line.certificate);
    form.stand.dry_run = true;
    let would: Revoked = asker.post(&path, &form).await?;
    say(errand, &would);
    errand.confirm(asked.yes)?;
    form.stand.dry_run = false;
    let revoked: Revoked = asker.post(&path, &form).await?;
    errand.voice.note("revoked", &[("name", called(line).into())]);
    errand.voice.hint("revoked-hint", &[("id", line.short.clone().into())]);
    errand.voice.data(&revoked, |revoked, _| revoked.certificate.short.clone())?;
    Ok(Exit::Yes)
}

/// What a revocation will do, plainly.
pub fn say(errand: &mut Errand, would: &Revoked) {
    let line = &would.certificate;
    let values = [
        ("name", called(line).into()),
        ("roles", line.role_names.join("、").into()),
        ("unit", place(&line.unit, &line.unit_name).into()),
        ("id", line.short.clone().into()),
    ];
    errand.voice.note("revoke-would", &values);
    let text = feeds(&would.feeds, errand.voice.words());
    if !text.is_empty() {
        errand.voice.talk(text.trim_end());
    }
    let struck: u64 = would.feeds.iter().map(|feed| feed.entries - feed.stands).sum();
    let stands: u64 = would.feeds.iter().map(|feed| feed.stands).sum();
    errand.voice.note("revoke-strikes", &[("struck", struck.into()), ("stands", stands.into())]);
    if !would.falls.is_empty() {
        let names: Vec<String> = would.falls.iter().map(|one| format!("{} ({})", called(one), one.short)).collect();
        let values = [("count", names.len().into()), ("names", names.join("、").into())];
        errand.voice.note("revoke-falls", &values);
    }
}

/// What is asked, as the node takes it.
///
/// # Errors
///
/// A stretch that cannot be read.
pub fn form_of(asked: &Revoke) -> Result<RevokeForm, Complaint> {
    let reason = if asked.reason == "left" { "left_office" } else { asked.reason.as_str() };
    let mut stand = StandForm { until: asked.until.clone(), ..StandForm::default() };
    for word in &asked.stand {
        match word.as_str() {
            "all" => stand.all = true,
            "none" => {}
            stretch => stand.stretches.push(stretch_of(stretch)?),
        }
    }
    // Whoever merely goes, or goes on with another key, has said nothing wrong.
    if asked.stand.is_empty() && asked.until.is_empty() {
        stand.all = ["superseded", "left_office", "retired"].contains(&reason);
    }
    Ok(RevokeForm { reason: reason.into(), stand })
}

fn stretch_of(text: &str) -> Result<Stretch, Complaint> {
    let wrong = || Complaint::wrong("bad-stretch").with("given", text).hint("bad-stretch-hint");
    let (first, last) = text.split_once("..").ok_or_else(wrong)?;
    let digits = |id: &str| id.len() >= 6 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !digits(first) || !digits(last) {
        return Err(wrong());
    }
    Ok(Stretch { first: first.to_ascii_lowercase(), last: last.to_ascii_lowercase() })
}

/// `stand`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn stand(errand: &mut Errand, asked: &Stand) -> Done {
    let asker = errand.ask().await?;
    let line = officer::find(&asker, &asked.id).await?;
    if !asked.all && asked.stretch.is_empty() && asked.until.is_empty() {
        let struck: Struck = asker.get(&route_of(route::CERTIFICATE_STRUCK, &line.certificate), &()).await?;
        errand.voice.data(&struck, struck_table)?;
        if struck.total == 0 {
            errand.voice.note("struck-none", &[("name", called(&line).into())]);
        } else {
            errand.voice.note("struck-count", &[("count", struck.total.into()), ("name", called(&line).into())]);
            errand.voice.hint("struck-hint", &[("id", line.short.clone().into())]);
        }
        return Ok(Exit::Yes);
    }
    let stretches = asked.stretch.iter().map(|text| stretch_of(text)).collect::<Result<_, _>>()?;
    let mut form = StandForm { all: asked.all, until: asked.until.clone(), stretches, dry_run: true };
    let asker = errand.ask_as_officer().await?;
    let path = route_of(route::CERTIFICATE_STAND, &line.certificate);
    let would: Stood = asker.post(&path, &form).await?;
    let text = feeds(&would.feeds, errand.voice.words());
    errand.voice.note("stand-would", &[("name", called(&line).into())]);
    errand.voice.talk(text.trim_end());
    errand.confirm(asked.yes)?;
    form.dry_run = false;
    let stood: Stood = asker.post(&path, &form).await?;
    errand.voice.note("stood", &[("count", stood.written.len().into())]);
    errand.voice.data(&stood, |stood, _| stood.written.join("\n"))?;
    Ok(Exit::Yes)
}

/// `officer rotate`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn rotate(errand: &mut Errand, asked: OfficerRotate) -> Done {
    must_be_free(asked.out.as_ref())?;
    let passphrase = errand.input.passphrase(&asked.new_passphrase_file)?;
    let asker = errand.ask_as_officer().await?;
    let line = officer::find(&asker, &asked.id).await?;
    let passphrase = Passphrase::new(passphrase.to_string());
    let form = RotateForm { passphrase, valid_days: None, carry: asked.out.is_some() };
    let rotated: Rotated = asker.post(&route_of(route::OFFICER_ROTATE, &line.certificate), &form).await?;
    if let (Some(path), Some(sealed)) = (&asked.out, &rotated.sealed_key) {
        write_secret(path, sealed)?;
        errand.voice.hint("officer-carry-hint", &[("path", path.display().to_string().into())]);
    }
    let new = &rotated.certificate.line;
    errand.voice.note("rotated", &[("name", called(new).into()), ("id", new.short.clone().into())]);
    if new.awaits_endorsement {
        officer::endorse_hint(errand, &rotated.certificate);
    }
    if rotated.revoked.is_none() {
        errand.voice.hint("rotated-hint", &[("id", line.short.clone().into())]);
    }
    errand.voice.data(&rotated, |rotated, _| rotated.certificate.line.short.clone())?;
    Ok(Exit::Yes)
}

/// Feeds, and how much of each stands.
fn feeds(feeds: &[FeedStanding], words: &Words) -> String {
    let heads = ["head-unit", "head-shelf", "head-entries", "head-stands", "head-struck", "head-first", "head-last"];
    let mut table = Table::new(heads.map(|key| words.say(key, &[])));
    let short = |id: &String| id.chars().take(8).collect::<String>();
    for feed in feeds {
        let shelf = match feed.shelf.as_str() {
            "charter" => "shelf-charter",
            "case" => "shelf-case",
            "library" => "shelf-library",
            _ => "shelf-unknown",
        };
        table.row([
            place(&feed.unit, &feed.unit_name),
            words.say(shelf, &[]),
            feed.entries.to_string(),
            feed.stands.to_string(),
            (feed.entries - feed.stands).to_string(),
            short(&feed.first),
            feed.tips.iter().map(short).collect::<Vec<_>>().join(" "),
        ]);
    }
    table.text()
}

fn struck_table(struck: &Struck, words: &Words) -> String {
    let heads = ["head-id", "head-changed", "head-unit", "head-act", "head-why"];
    let mut table = Table::new(heads.map(|key| words.say(key, &[])));
    for entry in &struck.entries {
        table.row([
            entry.id.chars().take(12).collect(),
            time(&entry.time),
            place(&entry.unit, &entry.unit_name),
            crate::report::document::deed(&entry.deed, words),
            entry.why.message.clone(),
        ]);
    }
    table.text()
}
