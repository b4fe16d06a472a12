//! Certificates for people: one line each, and one whole, whether an officer's or a node's.

use fangwei_node::api::shape::{AuthorShown, CertificateShown, Officer};

use crate::{
    report::{table::fields, time},
    words::Words,
};

/// What a certificate is worth now.
#[must_use]
pub fn state(line: &Officer, words: &Words) -> String {
    let key = if let Some(dead) = &line.dead {
        if dead.code == "struck-revoked" { "officer-revoked" } else { "officer-fallen" }
    } else if line.awaits_endorsement {
        "officer-awaits"
    } else if !line.complete {
        "officer-incomplete"
    } else if line.key_here {
        "officer-key-here"
    } else {
        "officer-valid"
    };
    words.say(key, &[])
}

/// The last day of a certificate.
#[must_use]
pub fn last_day(line: &Officer) -> String {
    time(&line.ends).chars().take(10).collect()
}

/// One certificate with everything known of it.
#[must_use]
pub fn whole(shown: &CertificateShown, words: &Words) -> String {
    let line = &shown.line;
    let say = |key| words.say(key, &[]);
    let issuer = shown.issued_by.as_ref().map_or_else(|| say("officer-founder"), author);
    let endorsed: Vec<String> =
        shown.endorsed_by.iter().map(|one| format!("{}  {}", author(&one.by), time(&one.time))).collect();
    let can: Vec<String> = shown.may_be_endorsed_by.iter().map(author).collect();
    let can = if line.awaits_endorsement && can.is_empty() { say("officer-endorser-unknown") } else { can.join("\n") };
    let gives = shown.may_issue.as_ref().map_or_else(String::new, |issue| {
        let values = [("roles", issue.role_names.join("、").into()), ("levels", issue.levels_below.into())];
        words.say("officer-may-issue", &values)
    });
    let charter = say(if line.home_only { "officer-charter-up" } else { "officer-charter-down" });
    let key_is = say(if line.key_here { "officer-key-is-here" } else { "officer-key-elsewhere" });
    let dead = line.dead.as_ref().map_or_else(String::new, |dead| dead.message.clone());
    let revoked = shown
        .revoked
        .as_ref()
        .map_or_else(String::new, |one| format!("{}  {}  {}", one.reason_name, author(&one.by), time(&one.time)));
    let pairs = [
        ("head-name", line.name.clone()),
        ("head-unit", place(&line.unit, &line.unit_name)),
        ("head-roles", line.role_names.join("、")),
        ("head-state", state(line, words)),
        ("head-why", dead),
        ("head-revoked", revoked),
        ("head-valid", format!("{} – {}", time(&line.begins), time(&line.ends))),
        ("head-since", time(&shown.since)),
        ("head-issuer", issuer),
        ("head-endorsed", endorsed.join("\n")),
        ("head-endorser", can),
        ("head-may-issue", gives),
        ("head-custody", line.custody_name.clone()),
        ("head-key-is", key_is),
        ("head-charter", charter),
        ("head-rank", line.rank.to_string()),
        ("head-id", line.short.clone()),
        ("head-certificate", line.certificate.clone()),
        ("head-holder", line.holder.clone()),
        ("head-public-key", shown.key.clone()),
    ];
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    fields(pairs.map(|(key, value)| (words.say(key, &[]), value.as_str())))
}

/// Somebody with a certificate, in one line.
#[must_use]
pub fn author(author: &AuthorShown) -> String {
    let short: String = author.certificate.chars().take(8).collect();
    let name = if author.name.is_empty() { String::new() } else { format!("{} ", author.name) };
    format!("{name}{}（{} {short}）", author.unit, author.role_names.join("、"))
}

/// The name, or the id of one whose name is not known here.
#[must_use]
pub fn called(line: &Officer) -> String {
    if line.name.is_empty() { line.short.clone() } else { line.name.clone() }
}

/// A unit with its name.
#[must_use]
pub fn place(unit: &str, name: &str) -> String {
    if name.is_empty() { unit.to_owned() } else { format!("{name} {unit}") }
}
