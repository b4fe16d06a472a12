//! Bad input: each gets its words in both languages and its exit code, and the store stays as it was.

use fangwei_cli::complaint::Exit;

use crate::desk::Desk;

const SIGNED: &str = "--data county --as 系统管理员 --passphrase-file pass";

/// Asks in both languages; nothing may have been written.
#[track_caller]
fn refused(desk: &Desk, line: &str, exit: Exit) -> String {
    let before = desk.journal();
    let mut said = format!("$ fangwei {line}\n");
    for lang in ["zh-CN", "en"] {
        said.push_str(&desk.ask(&format!("{line} --lang {lang}")).not(exit).err);
    }
    assert_eq!(desk.journal(), before, "{line}");
    said.push('\n');
    said
}

#[test]
fn bad_rows_of_units_are_named_and_nothing_is_imported() {
    let desk = Desk::founded();
    let head = "code,name,level\n";
    let files = [
        ("code.csv", format!("{head}99990110500,清水镇,town\n")),
        ("county.csv", format!("{head}370126000000,别县,county\n")),
        ("parent.csv", format!("{head}999901106201,无镇村,village\n")),
        ("level.csv", format!("{head}999901106000,新镇,village\n")),
        ("twice.csv", format!("{head}999901106000,新镇,town\n999901106000,新镇,town\n")),
        ("cells.csv", format!("{head}999901106000,新镇\n")),
        ("columns.csv", "code;name;level\n".to_owned()),
        ("empty.csv", head.to_owned()),
        ("many.csv", format!("{head}999901106000,新镇,town\n1,坏行,town\n999901107201,孤村,village\n")),
    ];
    let mut said = String::new();
    for (name, text) in files {
        desk.file(name, text);
        let exit = if ["cells.csv", "columns.csv", "empty.csv"].contains(&name) { Exit::Wrong } else { Exit::No };
        said.push_str(&refused(&desk, &format!("unit import {name} {SIGNED}"), exit));
    }
    desk.file("gbk.csv", b"code,name,level\n999901106000,\xd0\xc2\xd5\xf2,town\n");
    said.push_str(&refused(&desk, &format!("unit import gbk.csv {SIGNED}"), Exit::Wrong));
    insta::assert_snapshot!("bad_rows", said);
}

#[test]
fn a_county_issues_certificates_for_its_pages_within_its_reach() {
    let desk = Desk::founded();
    let [authority, pages, other] = ["authority", "pages", "other"].map(|name| desk.path(name).display().to_string());
    let issue =
        |hosts: &str, out: &str| desk.ask(&format!("pages certificate {hosts} --authority {authority} --out {out}"));
    issue("--host 10.1.2.3", &pages).not(Exit::Wrong);
    desk.ask(&format!("pages authority --out {authority}")).yes();
    desk.ask(&format!("pages authority --out {authority}")).not(Exit::Wrong);
    issue("--host 10.1.2.3 --host fangwei.internal", &pages).yes();
    for (host, said) in [("8.8.8.8", "不能为 8.8.8.8 签发"), ("a..b", "不是地址")] {
        let refused = issue(&format!("--host {host}"), &other).not(Exit::Wrong);
        assert!(refused.err.contains(said), "{}", refused.err);
    }
    assert!(!desk.path("other.pem").exists() && !desk.path("other.key").exists());
    for key in ["authority.key", "pages.key"] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&desk.path(key).metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
}

#[test]
fn who_may_not_sign_is_told_why() {
    let desk = Desk::founded();
    desk.file("other", "another passphrase\n");
    desk.file("empty", "\n");
    let report = "report add --title a --category 1 --account b --data county";
    let mut said = String::new();
    for (line, exit) in [
        (format!("{report} --as 系统管理员 --passphrase-file other"), Exit::No),
        (format!("{report} --as 系统管理员 --passphrase-file pass"), Exit::No),
        (format!("{report} --as 系统管理员 --passphrase-file empty"), Exit::Wrong),
        (format!("{report} --as 系统管理员"), Exit::Wrong),
        (format!("{report} --as 无名氏 --passphrase-file pass"), Exit::No),
    ] {
        said.push_str(&refused(&desk, &line, exit));
    }
    insta::assert_snapshot!("may_not_sign", said);
    // Several have their keys here: which one is not guessed.
    let several = desk.ask(&format!("{report} --passphrase-file pass")).not(Exit::Wrong).err;
    assert!(several.contains("系统管理员") && several.contains("纪委书记"), "{several}");
}

#[test]
fn an_unknown_key_in_the_configuration_is_named() {
    let desk = Desk::founded();
    desk.file("fangwei.toml", "data_dir = \"county\"\nlissten = \"[::]:4900\"\n");
    insta::assert_snapshot!("bad_config", refused(&desk, "run --config fangwei.toml", Exit::Wrong));
}

#[test]
fn what_is_no_token_no_id_and_no_unit_is_said() {
    let desk = Desk::founded();
    desk.file("bad.token", "FW1-ABC\n");
    let mut said = String::new();
    for (line, exit) in [
        ("join --token-file bad.token --data county".to_owned(), Exit::Wrong),
        ("report show 张三 --data county".to_owned(), Exit::Wrong),
        ("report show abcdef01 --data county".to_owned(), Exit::No),
        (format!("token create --unit 9999 --address 127.0.0.1:1 {SIGNED}"), Exit::Wrong),
        (format!("token create --unit 370126105000 --address 127.0.0.1:1 {SIGNED}"), Exit::Wrong),
        ("officer show 无名氏 --data county".to_owned(), Exit::No),
    ] {
        said.push_str(&refused(&desk, &line, exit));
    }
    insta::assert_snapshot!("no_such_thing", said);
}

#[test]
fn a_folder_without_a_node_is_said() {
    let desk = Desk::new();
    let answer = desk.ask("status --data county --lang en").not(Exit::Wrong);
    assert_eq!(answer.err.lines().count(), 2, "{}", answer.err);
    assert!(!desk.path("county").exists(), "looking makes nothing");
}

#[test]
fn a_damaged_store_does_not_verify() {
    let desk = Desk::founded();
    let journal = desk.path("county").join("journal");
    let segment = std::fs::read_dir(journal).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let answer = desk.ask("verify --data county");
    assert!(matches!(answer.exit, Exit::No | Exit::Failed), "{}{}", answer.out, answer.err);
}
