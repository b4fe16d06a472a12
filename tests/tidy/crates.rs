//! The crates among themselves: who may depend on whom, and why each foreign one is there.

use toml::{Table, Value};

use crate::tree::{File, Finding, file, finds, holds};

/// The members, and what each may never depend on.
const LAYERS: &[(&str, &[&str])] =
    &[("protocol", &["node", "cli", "tests"]), ("node", &["cli", "tests"]), ("cli", &["tests"]), ("tests", &[])];

/// A package of its own: only a nightly compiler with its instruments builds it, so it is no member.
const APART: &str = "tests/fuzz";

/// Dependencies of a manifest: the section's name, the name used, the crate meant.
fn dependencies(manifest: &Table) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (section, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if section.ends_with("dependencies") {
            for (name, what) in table {
                let text = |key| what.as_table().and_then(|what| what.get(key)).and_then(Value::as_str);
                let path = text("path").and_then(|path| path.rsplit('/').next());
                let meant = text("package").or(path).unwrap_or(name);
                found.push((section.clone(), name.clone(), meant.strip_prefix("fangwei-").unwrap_or(meant).to_owned()));
            }
        } else if section != "workspace" {
            found.extend(dependencies(table));
        }
    }
    found
}

fn manifests(files: &[File]) -> impl Iterator<Item = (&File, &str, Table)> {
    files.iter().filter_map(|file| {
        let member = file.path.strip_suffix("/Cargo.toml").filter(|member| *member != APART)?;
        Some((file, member, file.text().parse().unwrap_or_default()))
    })
}

fn line_of(file: &File, key: &str) -> usize {
    let is_here = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    file.lines().find(|(_, line)| is_here(line)).map_or(1, |(number, _)| number)
}

/// cli → node → protocol; tests may use all; nobody uses tests.
fn layering(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, member, manifest) in manifests(files) {
        let Some((_, never)) = LAYERS.iter().find(|(layer, _)| *layer == member) else {
            findings
                .push(file.finding(1, format!("crate in {member}/ has no place in the layers; the four are fixed")));
            continue;
        };
        for (_, name, meant) in dependencies(&manifest) {
            if never.contains(&meant.as_str()) {
                let what = format!("{member} may not depend on {meant}; what both need belongs below both");
                findings.push(file.finding(line_of(file, &name), what));
            }
        }
    }
    for (member, _) in LAYERS {
        if file(files, &format!("{member}/Cargo.toml")).is_none() {
            findings.push(Finding::missing(&format!("{member}/Cargo.toml"), "is missing; tidy would prove nothing"));
        }
    }
    findings
}

/// Versions and reasons stand in the workspace's manifest alone, and the core asks for nothing that touches the world.
fn dependencies_come_from_the_workspace(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, member, manifest) in manifests(files) {
        for (section, name, _) in dependencies(&manifest) {
            let line = line_of(file, &name);
            let table = manifest.get(&section).and_then(Value::as_table).and_then(|table| table.get(&name));
            let inherited = table.and_then(Value::as_table).is_some_and(|what| what.contains_key("workspace"));
            if !inherited {
                findings.push(file.finding(line, format!("write `{name}.workspace = true` and say why in Cargo.toml")));
            }
            if member == "protocol" && section == "dependencies" && super::purity::CRATES.contains(&name.as_str()) {
                findings.push(file.finding(line, format!("protocol is pure: {name} belongs into node")));
            }
        }
    }
    findings
}

/// The core's jiff is built without its default features, which are a clock and time zones: the workspace asks for none, and
/// protocol adds none.
fn civil_days_have_no_clock(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let asked = |file: &File, path: &[&str]| -> Option<Value> {
        let mut table = Value::Table(file.text().parse().unwrap_or_default());
        for key in path {
            table = table.get(key)?.clone();
        }
        Some(table)
    };
    if let Some(file) = file(files, "Cargo.toml")
        && let Some(jiff) = asked(file, &["workspace", "dependencies", "jiff"])
        && (jiff.get("default-features").and_then(Value::as_bool) != Some(false) || jiff.get("features").is_some())
    {
        findings.push(file.finding(line_of(file, "jiff"), "protocol takes this jiff: `default-features = false`"));
    }
    if let Some(file) = file(files, "protocol/Cargo.toml")
        && asked(file, &["dependencies", "jiff"]).is_some_and(|jiff| jiff.get("features").is_some())
    {
        findings.push(file.finding(line_of(file, "jiff"), "protocol is pure: no feature of jiff"));
    }
    findings
}

/// Each line of `[workspace.dependencies]` has a comment above it or above its group.
fn reasons(files: &[File]) -> Vec<Finding> {
    let Some(file) = file(files, "Cargo.toml") else { return vec![Finding::missing("Cargo.toml", "is missing")] };
    let mut findings = Vec::new();
    let (mut inside, mut reason) = (false, false);
    for (number, line) in file.lines() {
        match line.chars().next() {
            Some('[') => (inside, reason) = (line == "[workspace.dependencies]", false),
            // A heading says what a part of the list is for, not why one line is in it.
            Some('#') => reason = !line.starts_with("# ---"),
            Some(first) if inside && first.is_alphanumeric() && !reason => {
                findings.push(file.finding(number, "say in a comment above why this dependency is there"));
            }
            None => reason = false,
            Some(_) => {}
        }
    }
    findings
}

#[test]
fn no_crate_depends_on_one_above_it() {
    holds(layering);
}

#[test]
fn a_dependency_upwards_is_found() {
    let good = [
        ("node/Cargo.toml", ""),
        ("cli/Cargo.toml", ""),
        ("tests/Cargo.toml", "[dependencies]\nfangwei-cli.workspace = true"),
    ];
    let with = |text| [&good[..], &[("protocol/Cargo.toml", text)]].concat();
    assert!(finds(layering, &with("[dependencies]\nsha2.workspace = true")).is_empty());
    for bad in [
        "[dependencies]\nfangwei-node.workspace = true",
        "[dev-dependencies]\nfangwei-cli.workspace = true",
        "[dependencies]\nharness = { package = \"tests\", path = \"../tests\" }",
        "[target.'cfg(unix)'.dependencies]\nn = { path = \"../node\" }",
    ] {
        assert_eq!(finds(layering, &with(bad)), ["protocol/Cargo.toml:2"], "{bad}");
    }
    assert_eq!(finds(layering, &good), ["protocol/Cargo.toml:1"]);
}

#[test]
fn every_version_stands_in_the_workspace_manifest() {
    holds(dependencies_come_from_the_workspace);
}

#[test]
fn a_version_of_ones_own_and_an_impure_dependency_are_found() {
    let check = dependencies_come_from_the_workspace;
    assert_eq!(finds(check, &[("node/Cargo.toml", "[dependencies]\nsled = \"1\"")]), ["node/Cargo.toml:2"]);
    let protocol = "[dependencies]\ntokio.workspace = true\n[dev-dependencies]\nrand.workspace = true";
    assert_eq!(finds(check, &[("protocol/Cargo.toml", protocol)]), ["protocol/Cargo.toml:2"]);
}

#[test]
fn the_core_is_built_without_a_clock() {
    holds(civil_days_have_no_clock);
}

#[test]
fn a_clock_among_civil_days_is_found() {
    let check = civil_days_have_no_clock;
    let workspace = |jiff: &str| format!("[workspace.dependencies]\njiff = {jiff}");
    assert!(finds(check, &[("Cargo.toml", &workspace("{ version = \"0\", default-features = false }"))]).is_empty());
    for bad in ["\"0\"", "{ version = \"0\" }", "{ version = \"0\", default-features = false, features = [\"std\"] }"] {
        assert_eq!(finds(check, &[("Cargo.toml", &workspace(bad))]), ["Cargo.toml:2"], "{bad}");
    }
    let protocol = "[dependencies]\njiff = { workspace = true, features = [\"std\"] }";
    assert_eq!(finds(check, &[("protocol/Cargo.toml", protocol)]), ["protocol/Cargo.toml:2"]);
    assert!(finds(check, &[("protocol/Cargo.toml", "[dependencies]\njiff.workspace = true")]).is_empty());
}

#[test]
fn every_dependency_says_why_it_is_there() {
    holds(reasons);
}

#[test]
fn a_dependency_without_a_reason_is_found() {
    let text =
        "[workspace.dependencies]\n# --- part\na = \"1\"\n# Because.\nb = \"1\"\nc = \"1\"\n\nd = \"1\"\n[x]\ne = 1";
    assert_eq!(finds(reasons, &[("Cargo.toml", text)]), ["Cargo.toml:3", "Cargo.toml:8"]);
}
