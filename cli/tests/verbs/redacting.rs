//! Taking words out: shown first, asked for by one person, done when another has endorsed it.

use std::{fs, path::Path};

use fangwei_cli::complaint::Exit;

use crate::{
    desk::Desk,
    walk::{officer, signed},
};

const SECRET: &str = "刘小明";
const BASIS: &str = "个人信息保护法第四十七条";

/// Whether a file below a folder has these words.
fn has(dir: &Path, words: &str) -> bool {
    fs::read_dir(dir).unwrap().map(|item| item.unwrap().path()).any(|path| match path.is_dir() {
        true => has(&path, words),
        false => fs::read(&path).unwrap_or_default().windows(words.len()).any(|some| some == words.as_bytes()),
    })
}

/// A county with a reporter, a lead, and a report that says too much. Returns the report and its entry.
fn told() -> (Desk, String, String) {
    let desk = Desk::founded();
    officer(&desk, "reporter", "张三");
    officer(&desk, "discipline_lead", "王五");
    desk.file("account", format!("举报人{SECRET}说，{SECRET}见过账本。\n"));
    let line = format!("report add --title 账目不清 --category 7 --account-file account {}", signed("张三"));
    let report = desk.ask(&line).yes().id();
    let shown = desk.ask(&format!("report show {report} --data county --json")).yes().json();
    let entry = shown["history"][0]["id"].as_str().unwrap()[..12].to_owned();
    (desk, report, entry)
}

#[test]
fn words_are_taken_out_once_a_second_person_has_endorsed_it() {
    let (desk, report, entry) = told();
    let before = desk.journal();
    let line = format!("redact {entry} --basis {BASIS} --words {SECRET} {}", signed("王五"));
    let would = desk.ask(&line).not(Exit::Wrong).err;
    assert!(would.contains("举报人███说，███见过账本") && would.contains("另一人会签"), "{would}");
    assert_eq!(desk.journal(), before, "what would remain is only shown");
    let redaction = desk.ask(&format!("{line} --yes")).yes().id();

    // Nothing is gone yet, and whoever asked cannot be the second.
    let show = format!("report show {report} --data county");
    assert!(desk.ask(&show).yes().out.contains(SECRET));
    let pending = desk.ask("redact --pending --data county").yes().out;
    assert!(pending.contains(&redaction) && pending.contains(BASIS), "{pending}");
    let own = desk.ask(&format!("endorse {redaction} --yes {}", signed("王五"))).not(Exit::No);
    assert!(own.err.contains("另一人会签"), "{}", own.err);
    let endorse = format!("endorse {redaction} {}", signed("纪委书记"));
    let asked = desk.ask(&endorse).not(Exit::Wrong).err;
    assert!(asked.contains("███") && asked.contains(BASIS), "what will be gone is shown first: {asked}");
    desk.ask(&format!("{endorse} --yes")).yes();

    let shown = desk.ask(&show).yes().out;
    assert!(!shown.contains(SECRET) && shown.contains("举报人███说，███见过账本"), "{shown}");
    assert!(shown.contains("已遮盖：王五") && shown.contains(BASIS), "{shown}");
    assert_eq!(desk.ask("redact --pending --data county --json").yes().json()["redactions"], serde_json::json!([]));
    assert!(!has(&desk.path("county"), SECRET), "the words are still on the disk");
    assert!(!desk.ask("report list --data county").yes().out.contains(SECRET));
    assert_eq!(desk.ask("verify --data county --json").yes().json()["sound"], true);
}

#[test]
fn what_cannot_be_taken_out_is_refused_before_anything_is_asked() {
    let (desk, _, entry) = told();
    let before = desk.journal();
    let refused = |line: &str, who: &str, code: &str| {
        let answer = desk.ask(&format!("redact {line} --yes --json {}", signed(who))).not(Exit::No);
        assert!(answer.err.contains(code), "{line}: {}", answer.err);
    };
    refused(&format!("{entry} --basis {BASIS} --words 李小明"), "王五", "redaction-nothing");
    refused(&format!("{entry} --basis 关于{SECRET}的决定 --words {SECRET}"), "王五", "redaction-basis");
    refused(&format!("{entry} --basis {BASIS} --all"), "张三", "no-authority");
    refused(&format!("000000000000 --basis {BASIS} --all"), "王五", "no-such-entry");
    let officers = desk.ask("officer list --data county --json").yes().json();
    let certified = officers["officers"].as_array().unwrap().iter().find(|one| one["name"] == "张三").unwrap();
    let certify = certified["certificate"].as_str().unwrap();
    refused(&format!("{certify} --basis {BASIS} --all"), "王五", "redaction-forbidden");
    desk.ask(&format!("redact {entry} --words {SECRET} {}", signed("王五"))).not(Exit::Wrong);
    desk.ask(&format!("redact {entry} --basis {BASIS} {}", signed("王五"))).not(Exit::Wrong);
    assert_eq!(desk.journal(), before);

    // Everything, from a file of words or all of it.
    desk.file("words.out", format!("{SECRET}\n账本\n"));
    let line = format!("redact {entry} --basis {BASIS} {}", signed("王五"));
    let some = desk.ask(&format!("{line} --words-file words.out")).not(Exit::Wrong).err;
    assert!(some.contains("███见过██。"), "{some}");
    let all = desk.ask(&format!("{line} --all")).not(Exit::Wrong).err;
    assert!(all.contains("████") && all.contains("账目不清"), "both are shown: {all}");
}
