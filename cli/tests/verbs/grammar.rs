//! The grammar: helps as people read them, environment variables, and lines that cannot be read.

use fangwei_cli::{args, complaint::Exit};

use crate::desk::Desk;

#[test]
fn helps_are_as_people_read_them() {
    let desk = Desk::new();
    let verbs = [
        "",
        "init",
        "unit import",
        "pack",
        "pack publish",
        "calendar",
        "calendar due",
        "token create",
        "access create",
        "join",
        "run",
        "officer",
        "officer add",
        "officer request",
        "officer grant",
        "officer accept",
        "node",
        "node request",
        "report",
        "report add",
        "report file",
        "triage",
        "paper",
        "post",
        "risk edit",
        "case",
        "case propose",
        "demo",
        "audit check",
        "evidence export",
    ];
    for verb in verbs {
        let help = desk.ask(&format!("{verb} --help")).yes();
        assert_eq!(help.err, "", "help is an answer");
        assert!(help.out.lines().all(|line| line.chars().count() <= 120), "{}", help.out);
        let name = if verb.is_empty() { "fangwei".to_owned() } else { verb.replace(' ', "_") };
        insta::assert_snapshot!(name, help.out);
    }
}

#[test]
fn lines_that_cannot_be_read_end_with_two_and_say_why_in_both_languages() {
    let desk = Desk::new();
    let lines = [
        "cse list",
        "case",
        "report add --categor 3",
        "report add --title a --category 14",
        "token create --unit 999901.105",
        "init --root 999901 --name",
        "report add --title a --category 1 --account a --account-file b",
        "officer add --role boss --name a --new-passphrase-file b",
    ];
    let mut said = String::new();
    for line in lines {
        for lang in ["zh-CN", "en"] {
            let answer = desk.ask(&format!("{line} --lang {lang}"));
            assert_eq!((answer.exit, answer.out.as_str()), (Exit::Wrong, ""), "{line}");
            if line != "case" {
                said.push_str(&format!("$ fangwei {line}\n{}\n", answer.err));
            }
        }
    }
    insta::assert_snapshot!("unreadable_lines", said);
}

#[test]
fn every_flag_has_an_environment_variable() {
    let flags = args::variables();
    for flag in ["FANGWEI_DATA", "FANGWEI_LANG", "FANGWEI_AS", "FANGWEI_PASSPHRASE_FILE", "FANGWEI_VALID_HOURS"] {
        assert!(flags.iter().any(|name| name == flag), "{flag} is missing among {flags:?}");
    }
}

#[test]
fn completions_come_from_the_same_grammar() {
    let script = Desk::new().ask("completions bash").yes().out;
    assert!(script.contains("passphrase-file") && script.contains("fangwei"));
}

#[test]
fn nothing_secret_has_a_flag_that_takes_it_inline() {
    let bad = ["FANGWEI_PASSPHRASE", "FANGWEI_TOKEN", "FANGWEI_KEY", "FANGWEI_NEW_PASSPHRASE"];
    assert!(!args::variables().iter().any(|name| bad.contains(&name.as_str())));
}
