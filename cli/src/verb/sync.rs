//! `sync now|status`: links, and what those above have confirmed.

use std::time::Duration;

use fangwei_node::api::shape::{HeldCount, PeerShown, Status, SyncForm, Synced, route};

use crate::{
    args::SyncVerb,
    complaint::{Complaint, Exit},
    errand::Errand,
    report::{
        Voice,
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
        warn(&mut errand.voice, &status);
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

/// What people have to know and do something about: a log that differs, checkpoints that contradict, a log that was
/// restored, and what units above have not confirmed for too long.
pub fn warn(voice: &mut Voice, status: &Status) {
    if status.log_differs {
        voice.note("log-differs", &[]);
        voice.hint("log-differs-hint", &[]);
    }
    if let Some(since) = &status.damaged_since {
        voice.note("records-damaged", &[("entries", status.damaged.into()), ("since", time(since).into())]);
        voice.hint("records-damaged-hint", &[]);
    }
    if status.aside > 0 {
        voice.note("records-aside", &[("entries", status.aside.into())]);
        voice.hint("records-aside-hint", &[]);
    }
    for found in &status.contradictions {
        let certificate: String = found.certificate.chars().take(8).collect();
        let values = [
            ("unit", place(&found.unit, &found.unit_name).into()),
            ("node", certificate.into()),
            ("held", found.held.size.into()),
            ("held_time", time(&found.held.time).into()),
            ("came", found.came.size.into()),
            ("came_time", time(&found.came.time).into()),
        ];
        voice.note(if found.explained.is_some() { "log-explained" } else { "log-contradiction" }, &values);
    }
    if status.contradictions.iter().any(|found| found.explained.is_none()) {
        voice.hint("log-contradiction-hint", &[]);
    }
    if let Some(restored) = &status.restored {
        voice.note(
            "log-restored",
            &[("epoch", u64::from(restored.epoch).into()), ("after", restored.after_size.into())],
        );
    }
    for late in &status.unconfirmed {
        let values = [
            ("unit", place(&late.unit, &late.unit_name).into()),
            ("entries", late.entries.into()),
            ("days", (status.unconfirmed_s / 86_400).into()),
            ("oldest", time(&late.oldest).into()),
        ];
        voice.note("above-late", &values);
    }
    if !status.unconfirmed.is_empty() {
        voice.hint("above-late-hint", &[]);
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

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use super::*;
    use crate::words::Lang;

    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A node that is well, but for what is given.
    fn status(what: serde_json::Value) -> Status {
        let mut status = serde_json::json!({
            "tree": "", "genesis": "", "unit": "999901.105", "unit_name": "", "certificate": "", "key": "",
            "listen": null, "online": true, "as_of": "", "entries": 0, "digest": "", "lag_entries": 0, "rejudging": 0,
            "lists_lag_entries": 0, "halted": null,
            "certificates": 0, "feeds": 0, "branched": [], "forks_seen": 0, "contradictions": [], "restored": null,
            "log_differs": false, "damaged": 0, "damaged_since": null, "mended": 0, "aside": 0, "scrubbed": null, "peers_refused": 0, "unconfirmed": [], "unconfirmed_s": 604_800, "peers": [],
            "held_above": {"expected": true, "entries": 0, "confirmed": 0, "waiting": 0}, "upstream": [],
            "last_failure": null, "traffic": {"frames_out": 0, "frames_in": 0, "bytes_out": 0, "bytes_in": 0},
        });
        for (key, value) in what.as_object().unwrap() {
            status[key] = value.clone();
        }
        serde_json::from_value(status).unwrap()
    }

    fn warned(lang: Lang, what: serde_json::Value) -> String {
        let heard = Heard::default();
        let mut voice = Voice::new(Box::new(io::sink()), Box::new(heard.clone()), lang, false);
        warn(&mut voice, &status(what));
        let bytes = heard.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn people_are_told_what_is_wrong_and_what_to_do_in_both_languages() {
        assert_eq!(warned(Lang::Chinese, serde_json::json!({})), "", "a node that is well");
        let checkpoint =
            |size| serde_json::json!({"epoch": 0, "size": size, "root": "ab", "time": "2026-11-21T09:12:00Z"});
        let what = serde_json::json!({
            "log_differs": true,
            "damaged": 0, "damaged_since": null, "mended": 0, "aside": 0, "scrubbed": null,
            "restored": {"epoch": 2, "after_size": 77},
            "contradictions": [{
                "certificate": "0123456789abcdef", "unit": "999901", "unit_name": "示例县",
                "held": checkpoint(41), "came": checkpoint(43), "explained": null,
            }, {
                "certificate": "fedcba9876543210", "unit": "999901105", "unit_name": "示例镇",
                "held": checkpoint(51), "came": checkpoint(51), "explained": checkpoint(60),
            }],
            "unconfirmed": [{"unit": "999901", "unit_name": "示例县", "entries": 5, "oldest": "2026-11-01T09:12:00Z"}],
        });
        let chinese = warned(Lang::Chinese, what.clone());
        for said in [
            "停止签署",
            "01234567",
            "41 条",
            "43 条",
            "或该机器曾被克隆",
            "示例镇",
            "已说明",
            "77 条",
            "5 条超过 7 天",
            "[[upstream]]",
        ] {
            assert!(chinese.contains(said), "{said}: {chinese}");
        }
        let english = warned(Lang::English, what);
        for said in [
            "signs no confirmation",
            "41 entries",
            "or the machine was cloned",
            "its log says so",
            "after 77",
            "5 entries for more than 7",
        ] {
            assert!(english.contains(said), "{said}: {english}");
        }
    }
}
