//! `node list|show`, `status`, `scrub` and `rebuild`: nodes, and this one itself.

use fangwei_node::api::shape::{CertificateShown, NodeShown, Nodes, NodesQuery, Rebuilt, Scrubbed, Status, route};

use crate::{
    args::{NodeList, NodeVerb},
    ask::Asker,
    complaint::{Complaint, Exit},
    errand::{Errand, route_of},
    report::{
        table::{Table, fields},
        time,
    },
    verb::{
        Done, ceremony,
        certificate::{last_day, place, state, whole},
        revoking, sync,
    },
    words::Words,
};

/// `node …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: NodeVerb) -> Done {
    match asked {
        NodeVerb::List(asked) => list(errand, asked).await,
        NodeVerb::Show { id } => show(errand, id.as_deref()).await,
        NodeVerb::Request(asked) => ceremony::node_request(errand, &asked),
        NodeVerb::Grant(asked) => ceremony::grant(errand, asked, "node").await,
        NodeVerb::Revoke(asked) => {
            let node = find(&errand.ask().await?, Some(&asked.id)).await?;
            revoking::revoke(errand, &node.line, &asked).await
        }
        NodeVerb::Accept { grant } => ceremony::node_accept(errand, &grant),
    }
}

async fn list(errand: &mut Errand, asked: NodeList) -> Done {
    let query = NodesQuery { unit: errand.unit_or_none(asked.unit).await?, tokens: asked.tokens };
    let listed: Nodes = errand.ask().await?.get(route::NODES, &query).await?;
    errand.voice.data(&listed, |listed, words| {
        let heads = ["head-id", "head-unit", "head-roles", "head-ends", "head-state"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for node in &listed.nodes {
            let line = &node.line;
            let is_token = line.roles.is_empty();
            table.row([
                line.short.clone(),
                place(&line.unit, &line.unit_name),
                if is_token { words.say("node-token", &[]) } else { line.role_names.join("、") },
                last_day(line),
                standing(node, words),
            ]);
        }
        table.text()
    })?;
    Ok(Exit::Yes)
}

/// What the certificate is worth, and how the node stands to this one.
fn standing(node: &NodeShown, words: &Words) -> String {
    let key = match node {
        NodeShown { is_this: true, .. } => "node-this",
        NodeShown { is_connected: true, .. } => "node-connected",
        _ => return state(&node.line, words),
    };
    format!("{}，{}", state(&node.line, words), words.say(key, &[]))
}

async fn show(errand: &mut Errand, given: Option<&str>) -> Done {
    let asker = errand.ask().await?;
    let node = find(&asker, given).await?;
    let shown: CertificateShown = asker.get(&route_of(route::NODE, &node.line.certificate), &()).await?;
    errand.voice.data(&shown, whole)?;
    Ok(Exit::Yes)
}

/// One node by id or unit; none given: the one that answers.
async fn find(asker: &Asker, given: Option<&str>) -> Result<NodeShown, Complaint> {
    let listed: Nodes = asker.get(route::NODES, &NodesQuery { unit: None, tokens: true }).await?;
    let Some(given) = given else {
        let this = listed.nodes.into_iter().find(|node| node.is_this);
        return this.ok_or_else(|| Complaint::refused("node-unknown").with("given", "").hint("node-list-hint"));
    };
    let prefix = given.to_ascii_lowercase();
    let is_meant = |node: &NodeShown| {
        let is_at = node.line.unit == given || (node.line.unit_name == given && !given.is_empty());
        is_at && !node.line.roles.is_empty() || node.line.certificate.starts_with(&prefix)
    };
    let mut found: Vec<NodeShown> = listed.nodes.into_iter().filter(is_meant).collect();
    match (found.pop(), found.is_empty()) {
        (Some(node), true) => Ok(node),
        (Some(_), false) => Err(Complaint::wrong("node-several").with("given", given).hint("node-list-hint")),
        (None, _) => Err(Complaint::refused("node-unknown").with("given", given).hint("node-list-hint")),
    }
}

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
        match status.rejudging {
            None => pairs.push((words.say("head-lists", &[]), words.say("lists-being-made", &[]))),
            Some(0) => {}
            Some(left) => {
                let left = words.say("rejudging-left", &[("documents", left.into())]);
                pairs.push((words.say("head-rejudging", &[]), left));
            }
        }
        if let Some(behind) = status.lists_lag_entries.filter(|behind| *behind > 0) {
            let behind = words.say("lists-behind", &[("entries", behind.into())]);
            pairs.push((words.say("head-lists", &[]), behind));
        }
        if let Some(why) = &status.halted {
            let halted = words.say("writing-halted", &[("why", why.as_str().into())]);
            pairs.push((words.say("head-writing", &[]), halted));
        }
        pairs.extend(sync::counts(&status.held_above, words));
        pairs.push((words.say("head-as-of", &[]), time(&status.as_of)));
        pairs.retain(|(_, value)| !value.is_empty());
        let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
        text.push_str(&sync::peers(&status.peers, words));
        text
    })?;
    sync::warn(&mut errand.voice, &status);
    Ok(Exit::Yes)
}

/// `scrub`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn scrub(errand: &mut Errand) -> Done {
    let asker = errand.ask().await?;
    let scrubbed: Scrubbed = asker.post_nothing(route::SCRUB).await?;
    errand.voice.data(&scrubbed, |scrubbed, words| {
        let seconds = format!("{}.{}", scrubbed.took_ms / 1000, scrubbed.took_ms % 1000 / 100);
        words.say(
            "journal-scrubbed",
            &[
                ("entries", scrubbed.entries.into()),
                ("seconds", seconds.into()),
                ("damaged", scrubbed.damaged.into()),
                ("undone", scrubbed.undone.into()),
                ("others", scrubbed.others.into()),
            ],
        )
    })?;
    Ok(if scrubbed.damaged + scrubbed.undone + scrubbed.others == 0 { Exit::Yes } else { Exit::No })
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
