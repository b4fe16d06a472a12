//! Certificate profiles say what the protocol takes: known roles, one profile a role, and the charter each belongs to.

use std::collections::BTreeSet;

use fangwei_protocol::trust::charter::Role;
use toml::{Table, Value};

use crate::tree::{File, Finding, finds, holds};

const FOLDER: &str = "certs/profiles/";

/// The fields of every profile.
const FIELDS: &[&str] = &["roles", "reach", "rank_step", "validity_days", "custody"];

/// Roles whose certificates only those at home and above may know: no village learns another's informants.
const HOME_ONLY: &[&str] = &["reporter", "invited_reporter", "post_holder", "auditor"];

fn profiles(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut named = BTreeSet::new();
    for file in files.iter().filter(|file| file.path.starts_with(FOLDER)) {
        named.insert(file.name().trim_end_matches(".toml"));
        let Ok(profile) = file.text().parse::<Table>() else {
            findings.push(file.finding(1, "is not TOML"));
            continue;
        };
        findings.extend(faults(&profile).into_iter().map(|fault| file.finding(1, fault)));
    }
    for (_, role) in Role::ALL {
        if !named.contains(role) {
            findings.push(Finding::missing(&format!("{FOLDER}{role}.toml"), "is missing: every role has its profile"));
        }
    }
    findings
}

fn faults(profile: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    for field in FIELDS.iter().filter(|field| !profile.contains_key(**field)) {
        faults.push(format!("has no `{field}`"));
    }
    for field in profile.keys().filter(|field| !FIELDS.contains(&field.as_str()) && *field != "may_issue") {
        faults.push(format!("`{field}` is no field of a profile"));
    }
    let issues = profile.get("may_issue").and_then(Value::as_table);
    let (roles, issued) = (roles(profile), issues.map(roles).unwrap_or_default());
    for role in roles.iter().chain(&issued).filter(|role| Role::from_name(role).is_none()) {
        faults.push(format!("`{role}` is no role"));
    }
    let home_only = issues.is_none() && !roles.is_empty() && roles.iter().all(|role| HOME_ONLY.contains(role));
    let reach = if home_only { "up" } else { "down" };
    if profile.get("reach").and_then(Value::as_str) != Some(reach) {
        faults
            .push(format!("`reach` must be \"{reach}\": whoever acts or issues below is known below, nobody else is"));
    }
    let positive = |field: &str| profile.get(field).and_then(Value::as_integer).is_some_and(|number| number > 0);
    for field in ["rank_step", "validity_days"].into_iter().filter(|field| !positive(field)) {
        faults.push(format!("`{field}` is not a number above zero"));
    }
    faults
}

fn roles(table: &Table) -> Vec<&str> {
    let roles = table.get("roles").and_then(Value::as_array);
    roles.into_iter().flatten().map(|role| role.as_str().unwrap_or_default()).collect()
}

#[test]
fn each_role_has_a_sound_profile() {
    holds(profiles);
}

#[test]
fn an_unsound_profile_is_found() {
    let profile = |roles: &str, reach: &str, more: &str| {
        format!("roles = {roles}\nreach = \"{reach}\"\nrank_step = 100\nvalidity_days = 3\ncustody = \"node\"\n{more}")
    };
    let is_found = |text: String| !faults(&text.parse().unwrap()).is_empty();
    assert!(!is_found(profile("[\"reporter\"]", "up", "")));
    assert!(!is_found(profile("[]", "down", "[may_issue]\nroles = [\"node\"]\nlevels_below = 0")));
    assert!(is_found(profile("[\"reporter\"]", "down", "")));
    assert!(is_found(profile("[\"node\"]", "up", "")));
    assert!(is_found(profile("[\"mayor\"]", "down", "")));
    assert!(is_found(profile("[\"reporter\"]", "up", "[may_issue]\nroles = [\"node\"]\nlevels_below = 0")));
    assert!(is_found(profile("[\"node\"]", "down", "validity_years = 3")));
    assert_eq!(finds(profiles, &[]).len(), Role::ALL.len());
}
