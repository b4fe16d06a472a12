//! The working-day calendar at the command line: shown, checked, published, and a deadline explained.

use fangwei_cli::complaint::Exit;
use fangwei_protocol::work::calendar::Calendar;

use crate::desk::Desk;

const YEAR: &str = r#"year = 2027
version = 1
applies = "2027-01-01"
holidays = [{ day = "2027-01-01", name = "元旦" }, { day = "2027-01-02", name = "元旦" }]
make_up = ["2027-01-03"]
"#;

/// What is said to each line, in both languages.
fn said(desk: &Desk, lines: &[&str]) -> String {
    let mut said = String::new();
    for lang in ["zh-CN", "en"] {
        for line in lines {
            let answer = desk.ask(&format!("{line} --lang {lang}"));
            said.push_str(&format!("$ fangwei {line}\n{}{}({:?})\n", answer.out, answer.err, answer.exit));
        }
    }
    said
}

#[test]
fn a_year_is_shown_and_a_deadline_explained() {
    let desk = Desk::founded();
    let lines = [
        "calendar show --data county",
        "calendar show 2025 --data county",
        "calendar show 2031 --data county",
        "calendar due --from 2026-09-22 --term 7wd --data county",
        "calendar due --from 2026-09-01 --term 1m --data county",
        "calendar due --from 2026-12-28 --term 5wd --data county",
        "calendar due --from 2026-02-30 --term 5wd --data county",
        "calendar due --from 2026-02-28 --term soon --data county",
    ];
    insta::assert_snapshot!("calendar_said", said(&desk, &lines));
    let due = desk.ask("calendar due --from 2026-09-22 --term 7wd --data county --json").yes().json();
    assert_eq!((due["day"].as_str(), due["provisional"].as_bool()), (Some("2026-10-09"), Some(false)));
    assert_eq!(due["days"][0]["festival"], "中秋节");
    let years = desk.ask("calendar show --data county --json").yes().json();
    assert_eq!(years["years"].as_array().map(Vec::len), Some(Calendar::built_in().years().count()));
}

#[test]
fn what_is_wrong_with_a_year_is_said_in_both_languages() {
    let desk = Desk::new();
    desk.file("good.toml", YEAR);
    desk.file("text.toml", YEAR.replace("make_up", "makeup"));
    let bad = YEAR.replace("version = 1", "version = 0").replace("2027-01-03", "2027-01-04");
    desk.file("bad.toml", bad.replace("2027-01-02\", name = \"元旦\"", "2028-01-02\", name = \" \""));
    let lines = ["calendar check good.toml", "calendar check text.toml", "calendar check bad.toml"];
    insta::assert_snapshot!("calendar_checked", said(&desk, &lines));
}

#[test]
fn every_fault_of_a_year_has_its_words() {
    for text in [include_str!("../../locales/zh-CN.ftl"), include_str!("../../locales/en.ftl")] {
        for fault in fangwei_protocol::work::calendar::FAULT_CODES {
            assert!(text.contains(&format!("\ncalendar-fault-{fault} = ")), "{fault}");
        }
    }
}

#[test]
fn a_secretary_publishes_a_year_and_a_provisional_deadline_becomes_certain() {
    let desk = Desk::founded();
    desk.file("2027.toml", YEAR);
    desk.file("bad.toml", YEAR.replace("2027-01-03", "2027-01-04"));
    let add = "officer add --role analyst --name 李四 --new-passphrase-file pass --data county --as 系统管理员";
    desk.ask(&format!("{add} --passphrase-file pass")).yes();
    let due = || desk.ask("calendar due --from 2026-12-28 --term 4wd --data county --json").yes().json();
    assert_eq!((due()["day"].as_str(), due()["provisional"].as_bool()), (Some("2027-01-01"), Some(true)));
    let publish = |file: &str, who: &str, more: &str| {
        desk.ask(&format!("calendar publish {file} {more} --data county --as {who} --passphrase-file pass --lang en"))
    };
    publish("2027.toml", "李四", "--dry-run").not(Exit::No);
    publish("bad.toml", "纪委书记", "").not(Exit::No);
    assert!(publish("2027.toml", "纪委书记", "--dry-run").yes().out.contains("nothing written"));
    assert_eq!(due()["provisional"], true, "only asked");
    assert!(publish("2027.toml", "纪委书记", "").yes().out.starts_with("published: 2027 version 1"));
    assert_eq!((due()["day"].as_str(), due()["provisional"].as_bool()), (Some("2027-01-03"), Some(false)));
    assert!(publish("2027.toml", "系统管理员", "").not(Exit::No).err.contains("version 1"));
    // What is there is copied, edited, and published as the next version.
    let shown = desk.ask("calendar show 2027 --toml --data county").yes().out;
    desk.file("2027.toml", shown.replace("version = 1", "version = 2"));
    publish("2027.toml", "系统管理员", "").yes();
    assert!(desk.ask("calendar show 2027 --toml --data county").yes().out.contains("version = 2"));
}
