//! How files are called, how they begin, how long they are, and that none of them is a promise for later.

use crate::tree::{File, Finding, finds, holds, rust_files};

/// What stands at the top of the repository; everything else has a room below.
const TOP: &[&str] = &[
    "README.md",
    "README.zh-CN.md",
    "ARCHITECTURE.md",
    "LICENSE-MIT",
    "LICENSE-APACHE", // for whoever arrives
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml", // for the tools
    ".cargo",
    ".ci",
    ".gitignore",
    ".gitattributes", // likewise
    "protocol",
    "node",
    "cli",
    "tests",
    "certs",
    "deploy", // the rooms
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "types"];

/// A file is one idea; past this it is probably two.
const LINES_MAX: usize = 600;

/// Files that are longer, each with the reason why it is one idea all the same.
const LONG: &[(&str, &str)] = &[(
    "node/src/desk/refusal/codes.rs",
    "one table: whoever adds a code sees those there are, and that it is none of them",
)];

fn top_level(files: &[File]) -> Vec<Finding> {
    let stranger = |file: &&File| !file.path.split('/').next().is_some_and(|first| TOP.contains(&first));
    files
        .iter()
        .filter(stranger)
        .map(|file| file.finding(1, "has no room at the top level; see ARCHITECTURE.md for one"))
        .collect()
}

fn opening(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let mut lines = file.text().lines();
        let shebang = file.text().starts_with("#!/");
        let first = lines.nth(usize::from(shebang)).unwrap_or_default();
        let line = 1 + usize::from(shebang);
        if file.is("rs") && !is_unbuilt(file) {
            let paragraph =
                file.text().lines().map_while(|line| line.strip_prefix("//!")).take_while(|line| !line.is_empty());
            let paragraph = paragraph.collect::<Vec<_>>().concat();
            if !is_sentence(&paragraph) || !paragraph.trim_end().ends_with(['.', ':', '?', '!', '。']) {
                findings.push(file.finding(line, "open the file with `//!` and one sentence: what it is, then why so"));
            }
        } else if (file.is("toml") || file.is("sh") || shebang) && !first.strip_prefix("# ").is_some_and(is_sentence) {
            findings.push(file.finding(line, "open the file with `# ` and a sentence: what it is for"));
        } else if file.is("md") && first.strip_prefix("# ").is_none_or(|title| title.trim().is_empty()) {
            findings.push(file.finding(line, "open the file with `# ` and its title"));
        }
    }
    findings
}

/// A room that is planned and has nothing in it yet.
fn is_unbuilt(file: &File) -> bool {
    file.text().lines().next() == Some("//! x") && file.text().lines().count() <= 2
}

/// Whether a text is at least three words, or Chinese.
fn is_sentence(text: &str) -> bool {
    text.split_whitespace().count() >= 3 || text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count() >= 4
}

fn names(files: &[File]) -> Vec<Finding> {
    let says_nothing = |name: &str| name.split(['_', '-']).any(|part| EMPTY_NAMES.contains(&part));
    let mut findings = Vec::new();
    for file in rust_files(files) {
        let path = file.path.strip_suffix(".rs").unwrap_or(&file.path);
        if let Some(bad) = path.split('/').find(|part| says_nothing(part)) {
            findings.push(file.finding(1, format!("`{bad}` says nothing about what is inside; name the idea")));
        }
        for name in file.rust().names.iter().filter(|name| name.before == "mod" && says_nothing(&name.text())) {
            findings.push(
                file.finding(
                    name.line,
                    format!("`mod {}` says nothing about what is inside; name the idea", name.text()),
                ),
            );
        }
    }
    for file in files.iter().filter(|file| file.name() == "Cargo.toml") {
        let named = file.lines().filter(|(_, line)| {
            line.starts_with("name = ") && says_nothing(line.trim_start_matches("name = ").trim_matches('"'))
        });
        findings.extend(
            named.map(|(number, _)| file.finding(number, "this name says nothing about what is inside; name the idea")),
        );
    }
    findings
}

fn unfinished(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust_files(files) {
        let source = file.rust();
        for name in source.names.iter().filter(|name| name.is_macro) {
            if let Some("todo" | "unimplemented") = name.segments.last().map(String::as_str) {
                findings.push(file.finding(name.line, format!("`{}!`: do it now or leave it out", name.text())));
            }
        }
        let skipped = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "ignore");
        for (line, text) in source.attributes.iter().filter(|(_, text)| skipped(text)) {
            let what = format!(
                "`#[{text}]`: a test that does not run proves nothing; give a long one a target of its own and a step in .ci/run"
            );
            findings.push(file.finding(*line, what));
        }
    }
    let words = [concat!("FIX", "ME"), concat!("XX", "X")];
    for file in files.iter().filter(|file| ["rs", "toml", "md", "sh", "ftl", "service"].iter().any(|ext| file.is(ext)))
    {
        for (number, line) in file.lines() {
            let marked = |word: &str| words.contains(&word);
            if line.split(|c: char| !c.is_ascii_alphanumeric()).any(marked) {
                findings.push(file.finding(number, "do it now, or open an issue and say nothing here"));
            }
        }
    }
    findings
}

fn lengths(files: &[File], long: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust_files(files) {
        let lines = file.text().lines().count();
        let explained = long.iter().any(|(path, _)| *path == file.path);
        if lines > LINES_MAX && !explained {
            findings.push(file.finding(
                LINES_MAX + 1,
                format!("{lines} lines: probably two ideas; split it, or explain it in tidy's LONG"),
            ));
        }
        if lines <= LINES_MAX && explained {
            findings.push(file.finding(1, "is no longer long; take it off tidy's LONG"));
        }
    }
    findings
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    holds(top_level);
}

#[test]
fn a_stranger_at_the_top_level_is_found() {
    let files = [("README.md", ""), ("notes.md", ""), ("scripts/a.sh", ""), ("node/src/lib.rs", "")];
    assert_eq!(finds(top_level, &files), ["notes.md:1", "scripts/a.sh:1"]);
}

#[test]
fn each_file_opens_with_a_sentence() {
    holds(opening);
}

#[test]
fn a_file_that_opens_without_a_sentence_is_found() {
    let bad = [
        ("a.md", "text"),
        ("a.rs", "use b;"),
        ("b.rs", "//! b"),
        ("c.rs", "//! no end of a sentence\n//!\n//! So."),
        ("c.toml", "[package]"),
        ("d.sh", "#!/bin/sh\nset -eu"),
        (".ci/run", "#!/usr/bin/env bash\n#\n"),
    ];
    assert_eq!(finds(opening, &bad), [".ci/run:2", "a.md:1", "a.rs:1", "b.rs:1", "c.rs:1", "c.toml:1", "d.sh:2"]);
    let good = [
        ("a.md", "# 防微"),
        ("b.rs", "//! What it is,\n//! in two lines.\n//!\n//! Why so"),
        ("c.toml", "# What it is"),
        ("d.sh", "#!/bin/sh\n# What it does."),
    ];
    assert!(finds(opening, &good).is_empty());
}

#[test]
fn nothing_has_a_name_that_says_nothing() {
    holds(names);
}

#[test]
fn a_name_that_says_nothing_is_found() {
    let files = [
        ("node/src/util.rs", ""),
        ("node/src/common/a.rs", ""),
        ("node/src/key_manager.rs", ""),
        ("node/src/a.rs", "fn a() {}\nmod helpers {}"),
        ("node/Cargo.toml", "[package]\nname = \"fangwei-types\""),
        ("node/src/b.rs", "mod commonly; fn types() {}"),
    ];
    let found = [
        "node/Cargo.toml:2",
        "node/src/a.rs:2",
        "node/src/common/a.rs:1",
        "node/src/key_manager.rs:1",
        "node/src/util.rs:1",
    ];
    assert_eq!(finds(names, &files), found);
}

#[test]
fn nothing_is_left_for_later() {
    holds(unfinished);
}

#[test]
fn something_left_for_later_is_found() {
    let marked = format!("# a\n# {}: b", concat!("FIX", "ME"));
    let files = [
        ("a.rs", "fn a() {\n todo!() }"),
        ("b.rs", "fn a() { std::unimplemented!(\"b\") }"),
        ("c.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}"),
        ("d.rs", "#[cfg_attr(windows, ignore)]\nfn a() {}"),
        ("e.rs", "//! todo!() is what we never write, nor \"#[ignore]\".\nfn a() { b(\"todo!()\") }"),
        ("f.toml", &marked),
    ];
    assert_eq!(finds(unfinished, &files), ["a.rs:2", "b.rs:1", "c.rs:2", "d.rs:1", "f.toml:2"]);
}

#[test]
fn no_file_has_become_two() {
    holds(|files| lengths(files, LONG));
}

#[test]
fn a_file_that_has_become_two_is_found() {
    let long = "\n".repeat(LINES_MAX + 1);
    let files = [File::new("a.rs", &long), File::new("b.rs", &long), File::new("c.rs", "")];
    let found = lengths(&files, &[("b.rs", "because"), ("c.rs", "because")]);
    let lines: Vec<_> =
        found.iter().map(|finding| finding.to_string().split(": ").next().unwrap_or_default().to_owned()).collect();
    assert_eq!(lines, [format!("a.rs:{}", LINES_MAX + 1), "c.rs:1".into()]);
}
