//! Words agree: glossary and code, Chinese and English, what people read on the one side and on the other.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::{ast, parser};

use crate::tree::{File, Finding, file, finds, holds, product_files};

const GLOSSARY: &str = "protocol/GLOSSARY.md";

/// The languages people can choose; the first is the one they get unasked.
const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

/// The cells of a table row, or nothing for a line that is none, for a heading row's rule and for headings.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<_> = row.split('|').map(str::trim).collect();
    (!cells.iter().all(|cell| cell.chars().all(|c| "-: ".contains(c)))).then_some(cells)
}

/// What stands between backticks.
pub(crate) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Each identifier in backticks in the third column exists, and each row has all its cells.
fn glossary(files: &[File]) -> Vec<Finding> {
    let Some(glossary) = file(files, GLOSSARY) else { return vec![Finding::missing(GLOSSARY, "is missing")] };
    let known: BTreeSet<String> =
        product_files(files).flat_map(|file| file.rust().names.into_iter().flat_map(|name| name.segments)).collect();
    let mut findings = Vec::new();
    let mut identifiers = 0;
    for (number, line) in glossary.lines() {
        let Some(cells) = cells(line) else { continue };
        let [_, _, named, _] = cells.as_slice() else {
            findings.push(glossary.finding(number, format!("a row has four cells, this one {}", cells.len())));
            continue;
        };
        for identifier in quoted(named) {
            identifiers += 1;
            let parts = identifier.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|part| !part.is_empty());
            for part in parts.filter(|part| !known.contains(*part)) {
                let what = format!(
                    "no code says `{part}`; use the code's word, or write it without backticks until it exists"
                );
                findings.push(glossary.finding(number, what));
            }
        }
    }
    if identifiers == 0 {
        findings.push(glossary.finding(1, "names no identifier in a third column"));
    }
    findings
}

/// Each text exists in every language, and every Fluent file can be read. A crate that does not speak has no files.
fn languages(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for crate_ in ["node", "cli"] {
        let folder = format!("{crate_}/locales/");
        let mut keys: BTreeMap<&str, BTreeMap<String, (&File, usize)>> = BTreeMap::new();
        for file in files.iter().filter(|file| file.is("ftl")) {
            let Some(rest) = file.path.strip_prefix(&folder) else { continue };
            let language = rest.split('/').next().unwrap_or(rest).trim_end_matches(".ftl");
            let have = keys.entry(language).or_default();
            let resource =
                match parser::parse(file.text()) {
                    Ok(resource) => resource,
                    Err((resource, faults)) => {
                        let line = |at| 1 + file.text().get(..at).unwrap_or_default().matches('\n').count();
                        findings.extend(faults.iter().map(|fault| {
                            file.finding(line(fault.pos.start), format!("is not Fluent: {}", fault.kind))
                        }));
                        resource
                    }
                };
            for (key, line) in texts(&resource, file) {
                if have.insert(key.clone(), (file, line)).is_some() {
                    findings.push(file.finding(line, format!("`{key}` is said twice")));
                }
            }
        }
        if keys.is_empty() {
            continue;
        }
        for (language, have) in &keys {
            if !LANGUAGES.contains(language) {
                findings.extend(
                    have.values()
                        .take(1)
                        .map(|(file, _)| file.finding(1, format!("{language} is not a language people can choose"))),
                );
            }
            for other in LANGUAGES {
                let said = |key: &String| keys.get(other).is_some_and(|texts| texts.contains_key(key));
                for (key, (file, line)) in have.iter().filter(|(key, _)| !said(key)) {
                    findings.push(
                        file.finding(*line, format!("`{key}` is not said in {other}; say it in {folder}{other}")),
                    );
                }
            }
        }
    }
    findings
}

/// The keys of messages, terms and their attributes, each with its line.
fn texts(resource: &ast::Resource<&str>, file: &File) -> Vec<(String, usize)> {
    let mut keys = Vec::new();
    for entry in &resource.body {
        let (key, attributes) = match entry {
            ast::Entry::Message(message) => (message.id.name.to_owned(), &message.attributes),
            ast::Entry::Term(term) => (format!("-{}", term.id.name), &term.attributes),
            _ => continue,
        };
        let line = file
            .lines()
            .find(|(_, line)| line.split('=').next().map(str::trim_end) == Some(&key))
            .map_or(1, |(line, _)| line);
        keys.extend(attributes.iter().map(|attribute| (format!("{key}.{}", attribute.id.name), line)));
        keys.push((key, line));
    }
    keys
}

#[test]
fn each_identifier_of_the_glossary_exists() {
    holds(glossary);
}

#[test]
fn a_glossary_that_left_the_code_is_found() {
    let code = ("protocol/src/a.rs", "/// Gone\nstruct Entry; impl Entry { const UP: u8 = 1; }");
    let head = "# Words\n\n| 中文 | English | identifier | meaning |\n| --- | --- | --- | --- |\n";
    let check = |rows: &str| finds(glossary, &[code, (GLOSSARY, &format!("{head}{rows}"))]);
    assert!(check("| 条目 | entry | `Entry`, `Entry::UP` | a `thing` |\n| 链 | chain | Chain | not yet |").is_empty());
    assert_eq!(check("| 条目 | entry | `Entry` | x |\n| 去 | gone | `Gone` | x |"), ["protocol/GLOSSARY.md:6"]);
    assert_eq!(check("| 条目 | entry | `Entry` |\n| 条目 | entry | `Entry` | x |"), ["protocol/GLOSSARY.md:5"]);
    assert_eq!(check("| 条目 | entry | Entry | x |"), ["protocol/GLOSSARY.md:1"]);
    assert_eq!(finds(glossary, &[code]), ["protocol/GLOSSARY.md:1"]);
}

#[test]
fn everything_is_said_in_every_language() {
    holds(languages);
}

#[test]
fn a_text_said_in_one_language_only_is_found() {
    let zh = ("node/locales/zh-CN/a.ftl", "saved = 已保存\nheld = 已上报\n    .title = 甲\n-name = 防微\n");
    let check = |en: &str| finds(languages, &[zh, ("node/locales/en/a.ftl", en)]);
    assert!(check("-name = Fangwei\nsaved = saved here\nheld = held above\n    .title = A\n").is_empty());
    assert_eq!(check("-name = Fangwei\nsaved = s\nheld = h\n"), ["node/locales/zh-CN/a.ftl:2"]);
    let more = "-name = F\nsaved = s\nheld = h\n    .title = A\nmore = m\n";
    assert_eq!(check(more), ["node/locales/en/a.ftl:5"]);
    let twice = "-name = F\nsaved = s\nheld = h\n    .title = A\nheld = h\n";
    assert_eq!(check(twice), ["node/locales/en/a.ftl:3"]);
    let broken = "-name = F\nsaved = s\nheld = h\n    .title = A\n\nmore { = m\n";
    assert_eq!(check(broken), ["node/locales/en/a.ftl:6"]);
    assert_eq!(finds(languages, &[("cli/locales/zh-CN.ftl", "a = 甲\n")]), ["cli/locales/zh-CN.ftl:1"]);
}
