//! `sync now|status`: links, and what those above have confirmed.

use std::time::Duration;

use fangwei_node::api::shape::{HeldCount, PeerShown, Status, SyncForm, Synced, route};

use crate::{
    args::SyncVerb,
    complaint::{Complaint, Exit},
    errand::Errand,
    report::{
        table::{Table, fields},
        time,
    },
    verb::{Done, certificate::place},
    words::Words,
};

/// How long `sync now` waits until all that differs is given and confirmed.
const WAIT: Duration = Duration::from_secs(30);

/// `sync …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: SyncVerb) -> Done {
    let asker = errand.ask().await?;
    if asked == SyncVerb::Status {
        let status: Status = asker.get(route::STATUS, &()).await?;
        let is_running = asker.is_running();
        errand.voice.data(&status, |status, words| {
            let mut text =
                fields(counts(&status.held_above, words).iter().map(|(name, value)| (name.clone(), value.as_str())));
            text.push_str(&peers(&status.peers, words));
            text
        })?;
        if !is_running {
            errand.voice.note("node-not-running", &[]);
        } else {
            unreached(errand, &status.peers, status.last_failure.as_deref(), status.held_above.expected);
        }
        warn(errand, &status);
        return Ok(Exit::Yes);
    }
    if !asker.is_running() {
        return Err(Complaint::wrong("sync-not-running").hint("sync-not-running-hint"));
    }
    let synced: Synced = asker.post(route::SYNC, &SyncForm { wait_s: WAIT.as_secs() }).await?;
    errand.voice.data(&synced, |synced, words| {
        let mut text =
            fields(counts(&synced.held_above, words).iter().map(|(name, value)| (name.clone(), value.as_str())));
        text.push_str(&peers(&synced.peers, words));
        text
    })?;
    if synced.settled {
        errand.voice.note("sync-settled", &[]);
        return Ok(Exit::Yes);
    }
    errand.voice.note("sync-unsettled", &[("seconds", WAIT.as_secs().into())]);
    unreached(errand, &synced.peers, synced.last_failure.as_deref(), synced.held_above.expected);
    Ok(Exit::No)
}

/// Why nobody above is connected.
fn unreached(errand: &mut Errand, peers: &[PeerShown], last_failure: Option<&str>, is_expected: bool) {
    if !is_expected || peers.iter().any(|peer| peer.above) {
        return;
    }
    match last_failure {
        Some(cause) => errand.voice.note("above-unreached", &[("cause", cause.into())]),
        None => errand.voice.note("above-none", &[]),
    }
}

/// What units above have not confirmed for too long, and what to do about it.
pub fn warn(errand: &mut Errand, status: &Status) {
    for late in &status.unconfirmed {
        let values = [
            ("unit", place(&late.unit, &late.unit_name).into()),
            ("entries", late.entries.into()),
            ("days", (status.unconfirmed_s / 86_400).into()),
            ("oldest", time(&late.oldest).into()),
        ];
        errand.voice.note("above-late", &values);
    }
    if !status.unconfirmed.is_empty() {
        errand.voice.hint("above-late-hint", &[]);
    }
}

/// What is held above, as names and values.
#[must_use]
pub fn counts(held: &HeldCount, words: &Words) -> Vec<(String, String)> {
    if !held.expected {
        return vec![(words.say("head-held", &[]), words.say("held-top", &[]))];
    }
    let values =
        [("confirmed", held.confirmed.into()), ("entries", held.entries.into()), ("waiting", held.waiting.into())];
    vec![(words.say("head-held", &[]), words.say("held-count", &values))]
}

/// Sessions with other nodes.
#[must_use]
pub fn peers(peers: &[PeerShown], words: &Words) -> String {
    let mut table = Table::new(
        ["head-peer", "head-stage", "head-given", "head-taken", "head-waiting"].map(|key| words.say(key, &[])),
    );
    for peer in peers {
        let stage = match peer.stage.as_deref() {
            Some("live") => "peer-live",
            Some("giving") => "peer-giving",
            _ => "peer-comparing",
        };
        let unit = peer.unit.as_ref().map(|unit| place(unit, &peer.unit_name)).unwrap_or_default();
        let side = words.say(if peer.above { "peer-above" } else { "peer-below" }, &[]);
        table.row([
            format!("{side} {unit}"),
            words.say(stage, &[]),
            format!("{}/{}", peer.given, peer.to_give),
            format!("{}/{}", peer.taken, peer.to_take),
            peer.waiting.to_string(),
        ]);
    }
    table.text()
}
