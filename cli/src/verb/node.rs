//! `status` and `rebuild`: this node itself.

use fangwei_node::api::shape::{Rebuilt, Status, route};

use crate::{
    complaint::Exit,
    errand::Errand,
    report::{table::fields, time},
    verb::{Done, officer::place, sync},
};

/// `status`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn status(errand: &mut Errand) -> Done {
    let asker = errand.ask().await?;
    let status: Status = asker.get(route::STATUS, &()).await?;
    let running = if asker.is_running() { "node-running" } else { "node-not-running" };
    errand.voice.data(&status, |status, words| {
        let upstream: Vec<String> = status.upstream.iter().map(|above| above.address.clone()).collect();
        let forks = [("branched", status.branched.len().into()), ("forks", status.forks_seen.into())];
        let feeds = words.say("feeds-status", &[&[("feeds", status.feeds.into())], forks.as_slice()].concat());
        let mut pairs = vec![
            (words.say("head-unit", &[]), place(&status.unit, &status.unit_name)),
            (words.say("head-state", &[]), words.say(running, &[])),
            (words.say("head-tree", &[]), status.tree.clone()),
            (words.say("head-genesis", &[]), status.genesis.clone()),
            (words.say("head-key", &[]), status.key.clone()),
            (words.say("head-listen", &[]), status.listen.clone().unwrap_or_default()),
            (words.say("head-upstream", &[]), upstream.join("\n")),
            (words.say("head-entries", &[]), status.entries.to_string()),
            (words.say("head-certificates", &[]), status.certificates.to_string()),
            (words.say("head-feeds", &[]), feeds),
            (words.say("head-digest", &[]), status.digest.clone()),
        ];
        pairs.extend(sync::counts(&status.held_above, words));
        pairs.push((words.say("head-as-of", &[]), time(&status.as_of)));
        pairs.retain(|(_, value)| !value.is_empty());
        let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
        text.push_str(&sync::peers(&status.peers, words));
        text
    })?;
    Ok(Exit::Yes)
}

/// `rebuild`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn rebuild(errand: &mut Errand) -> Done {
    let asker = errand.ask().await?;
    let rebuilt: Rebuilt = asker.post_nothing(route::REBUILD).await?;
    errand.voice.data(&rebuilt, |rebuilt, words| {
        let seconds = format!("{}.{}", rebuilt.took_ms / 1000, rebuilt.took_ms % 1000 / 100);
        words.say("rebuilt", &[("entries", rebuilt.entries.into()), ("seconds", seconds.into())])
    })?;
    Ok(Exit::Yes)
}
