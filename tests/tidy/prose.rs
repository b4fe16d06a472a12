//! What the repository says about itself is true: the two READMEs in step, the code map, the absences, the examples.

use crate::{
    tree::{File, Finding, file, finds, holds},
    words::quoted,
};

const ENGLISH: &str = "README.md";
const CHINESE: &str = "README.zh-CN.md";
const ARCHITECTURE: &str = "ARCHITECTURE.md";
const CONFIGURATION: &str = "deploy/fangwei.toml";

/// The two commands a newcomer is promised, each with what `.ci/run` runs of it.
const COMMANDS: [(&str, &str); 2] = [
    ("cargo test --workspace", "cargo test --workspace"),
    // Built there with everything else that runs in a release build.
    ("cargo run --release -- demo", "target/release/fangwei demo --once"),
];

/// A heading or a fenced block of a Markdown file.
#[derive(PartialEq, Eq, Debug, Clone)]
enum Part {
    /// How many `#`.
    Heading(usize),
    /// With its opening fence.
    Block(String),
}

/// The headings and blocks of a Markdown file, each with its line.
fn parts(file: &File) -> Vec<(usize, Part)> {
    let mut parts = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (number, line) in file.lines() {
        let fence = line.starts_with("```");
        match block.take() {
            Some((start, text)) if fence => parts.push((start, Part::Block(text))),
            Some((start, text)) => block = Some((start, text + "\n" + line)),
            None if fence => block = Some((number, line.to_owned())),
            None => {
                let level = line.bytes().take_while(|byte| *byte == b'#').count();
                if level > 0 && line.as_bytes().get(level) == Some(&b' ') {
                    parts.push((number, Part::Heading(level)));
                }
            }
        }
    }
    parts.extend(block.map(|(start, text)| (start, Part::Block(text))));
    parts
}

fn readmes(files: &[File]) -> Vec<Finding> {
    let missing = |path| vec![Finding::missing(path, "is missing")];
    let Some(english) = file(files, ENGLISH) else { return missing(ENGLISH) };
    let Some(chinese) = file(files, CHINESE) else { return missing(CHINESE) };
    let mut findings = Vec::new();
    let (ours, theirs) = (parts(english), parts(chinese));
    let differs = ours.iter().zip(&theirs).find(|((_, one), (_, other))| one != other);
    if let Some(((line, _), (other, _))) = differs {
        findings.push(
            chinese.finding(
                *other,
                format!("is not in step with {ENGLISH}:{line}: another heading level or another block"),
            ),
        );
    } else if ours.len() != theirs.len() {
        let what = format!("has {} headings and blocks, {ENGLISH} has {}", theirs.len(), ours.len());
        findings.push(chinese.finding(chinese.lines().count(), what));
    }
    for (command, _) in COMMANDS {
        let promised = |(_, part): &(usize, Part)| matches!(part, Part::Block(text) if text.contains(command));
        if !ours.iter().any(promised) {
            findings.push(english.finding(1, format!("does not show `{command}`")));
        }
    }
    if !file(files, ".ci/run").is_some_and(|ci| COMMANDS.iter().all(|(_, run)| ci.text().contains(run))) {
        findings.push(Finding::missing(
            ".ci/run",
            format!("does not run what {ENGLISH} promises: {}", COMMANDS.map(|(command, _)| command).join(", ")),
        ));
    }
    findings
}

/// The lines of a section of a Markdown file, up to the next heading of its level.
fn section<'f>(file: &'f File, title: &'f str) -> impl Iterator<Item = (usize, &'f str)> {
    file.lines()
        .skip_while(move |(_, line)| line.strip_prefix("## ") != Some(title))
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("## "))
}

/// Whether a path as a person writes it (`*` and `<noun>` stand for any name) is there.
fn is_there(files: &[File], pattern: &str) -> bool {
    let segments: Vec<_> = pattern.trim_end_matches('/').split('/').collect();
    let fits = |name: &str, pattern: &str| match pattern.split_once(['*', '<']) {
        Some((start, end)) => {
            name.starts_with(start) && name.ends_with(end.rsplit(['*', '>']).next().unwrap_or_default())
        }
        None => name == pattern,
    };
    files.iter().any(|file| {
        let names: Vec<_> = file.path.split('/').collect();
        names.len() >= segments.len() && names.iter().zip(&segments).all(|(name, segment)| fits(name, segment))
    })
}

fn code_map(files: &[File]) -> Vec<Finding> {
    let Some(architecture) = file(files, ARCHITECTURE) else {
        return vec![Finding::missing(ARCHITECTURE, "is missing")];
    };
    let mut findings = Vec::new();
    let mut paths = 0;
    for (number, line) in section(architecture, "Code map") {
        for path in quoted(line).filter(|quoted| quoted.contains('/')) {
            paths += 1;
            if !is_there(files, path) {
                findings.push(architecture.finding(number, format!("`{path}` is not there; say where it is now")));
            }
        }
    }
    if paths == 0 {
        findings.push(architecture.finding(1, "has no section `## Code map` with paths in backticks"));
    }
    findings
}

fn absences(files: &[File]) -> Vec<Finding> {
    let Some(architecture) = file(files, ARCHITECTURE) else {
        return vec![Finding::missing(ARCHITECTURE, "is missing")];
    };
    let is_test = |(module, test): (&str, &str)| {
        let module = file(files, &format!("tests/tidy/{module}.rs"));
        module.is_some_and(|module| module.text().contains(&format!("#[test]\nfn {test}()")))
    };
    let is_proven = |text: &str| {
        let tests: Vec<_> = quoted(text).filter_map(|name| name.split_once("::")).collect();
        !tests.is_empty() && tests.into_iter().all(is_test)
    };
    let mut sentences: Vec<(usize, String)> = Vec::new();
    for (number, line) in section(architecture, "What is absent") {
        match sentences.last_mut() {
            _ if line.starts_with("- ") => sentences.push((number, line.to_owned())),
            Some((_, sentence)) => sentence.push_str(line),
            None => {}
        }
    }
    if sentences.is_empty() {
        return vec![architecture.finding(1, "has no section `## What is absent` with a list")];
    }
    let unproven = sentences.iter().filter(|(_, sentence)| !is_proven(sentence));
    unproven.map(|(line, _)| architecture.finding(*line, "name the test that proves it, as `module::test`")).collect()
}

/// The example configuration is its reference: every key has its comment.
fn configuration(files: &[File]) -> Vec<Finding> {
    let Some(example) = file(files, CONFIGURATION) else { return vec![Finding::missing(CONFIGURATION, "is missing")] };
    if let Err(fault) = example.text().parse::<toml::Table>() {
        return vec![example.finding(1, format!("is not TOML: {}", fault.message()))];
    }
    let mut findings = Vec::new();
    let mut explained = false;
    for (number, line) in example.lines() {
        match line.chars().next() {
            Some('#') => explained = true,
            Some('[') if explained => {}
            Some(first) if first == '[' || first.is_alphanumeric() => {
                if !explained {
                    findings.push(
                        example.finding(number, "say above what this key is, its unit and what happens without it"),
                    );
                }
                explained = false;
            }
            _ => {}
        }
    }
    findings
}

#[test]
fn the_two_readmes_are_in_step() {
    holds(readmes);
}

#[test]
fn readmes_out_of_step_are_found() {
    let text = "# A\n```sh\ncargo run --release -- demo\n# no heading\ncargo test --workspace\n```\n## B\n";
    let ci = (".ci/run", "cargo test --workspace\ntarget/release/fangwei demo --once");
    let check = |chinese: &str| finds(readmes, &[(ENGLISH, text), (CHINESE, chinese), ci]);
    assert!(check(&text.replace('A', "甲")).is_empty());
    assert_eq!(check(&text.replace("## B", "### B")), ["README.zh-CN.md:7"]);
    assert_eq!(check(&text.replace("test", "tests")), ["README.zh-CN.md:2"]);
    assert_eq!(check(&format!("{text}## C\n")), ["README.zh-CN.md:8"]);
    assert_eq!(finds(readmes, &[(ENGLISH, "# A"), (CHINESE, "# 甲"), ci]), ["README.md:1", "README.md:1"]);
    assert_eq!(finds(readmes, &[(ENGLISH, text), (CHINESE, text)]), [".ci/run:1"]);
}

#[test]
fn each_path_of_the_code_map_exists() {
    holds(code_map);
}

#[test]
fn a_path_that_left_the_code_map_is_found() {
    let there = [("node/src/run.rs", ""), ("cli/src/verb/demo.rs", ""), ("node/locales/en/a.ftl", "")];
    let check = |map: &str| {
        let map = format!("# A\n\n## Code map\n\n{map}\n\n## B\n`gone/c.rs`");
        finds(code_map, &[&there[..], &[(ARCHITECTURE, &map)]].concat())
    };
    assert!(
        check("| a | `node/src/run.rs`, `cli/src/verb/<noun>.rs`, `cli/src/verb/*.rs`, `node/locales/`, not/yet.rs |")
            .is_empty()
    );
    assert_eq!(check("| a | `node/src/run.rs` |\n| b | `node/src/gone.rs` |"), ["ARCHITECTURE.md:6"]);
    assert_eq!(check("| a | `cli/src/*.rs` |"), ["ARCHITECTURE.md:5"]);
    assert_eq!(check("no path"), ["ARCHITECTURE.md:1"]);
}

#[test]
fn each_absence_is_proven_by_a_test() {
    holds(absences);
}

#[test]
fn an_unproven_absence_is_found() {
    let test = ("tests/tidy/purity.rs", "#[test]\nfn no_clock() {}\nfn no_test() {}");
    let check = |list: &str| finds(absences, &[test, (ARCHITECTURE, &format!("# A\n\n## What is absent\n\n{list}\n"))]);
    assert!(check("- Nothing reads\n  a clock (`purity::no_clock`).\n- Nor here (`purity::no_clock`).").is_empty());
    assert_eq!(
        check("- Nothing (`purity::no_clock`).\n- Nothing else.\n- Nor this (`purity::no_test`)."),
        ["ARCHITECTURE.md:6", "ARCHITECTURE.md:7"]
    );
    assert_eq!(check("none"), ["ARCHITECTURE.md:1"]);
}

#[test]
fn each_key_of_the_example_configuration_is_explained() {
    holds(configuration);
}

#[test]
fn an_unexplained_key_is_found() {
    let check = |text: &str| finds(configuration, &[(CONFIGURATION, text)]);
    assert!(check("# A.\n\n# B.\nb = 1\n\n# C.\n[[c]]\n# D.\nd = 1\n").is_empty());
    assert_eq!(check("# B.\nb = 1\nc = 1\n"), ["deploy/fangwei.toml:3"]);
    assert_eq!(check("b = \n"), ["deploy/fangwei.toml:1"]);
}
