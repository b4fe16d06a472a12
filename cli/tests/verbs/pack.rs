//! Policy packs at the command line: shown, checked, compared, published.

use fangwei_cli::complaint::Exit;

use crate::desk::Desk;

/// A copy of a pack that ships, changed.
fn copy(desk: &Desk, name: &str, from: &str, to: &str) {
    let shown = desk.ask("pack show township").yes().out;
    assert!(shown.contains(from), "{from}");
    desk.file(name, shown.replacen(from, to, 1));
}

#[test]
fn what_ships_is_shown_and_clean_and_a_copy_says_the_same() {
    let desk = Desk::new();
    for id in ["township", "bureau"] {
        let shown = desk.ask(&format!("pack show {id}")).yes().out;
        assert!(shown.starts_with("# "), "with its comments");
        desk.file("copy.toml", &shown);
        assert_eq!(desk.ask("pack check copy.toml").yes().out, "");
        assert_eq!(desk.ask(&format!("pack diff {id} copy.toml")).yes().out, "");
        let again = desk.ask("pack show copy.toml").yes().out;
        desk.file("again.toml", again);
        assert_eq!(desk.ask("pack diff copy.toml again.toml").yes().out, "");
    }
}

#[test]
fn what_is_wrong_and_what_changed_is_said_in_both_languages() {
    let desk = Desk::new();
    copy(&desk, "bad.toml", "visit_form = \"visit\"\n", "");
    copy(&desk, "worse.toml", "[[points]]", "[[pints]]");
    copy(&desk, "new.toml", "version = 1", "version = 2");
    let mut said = String::new();
    for lang in ["zh-CN", "en"] {
        for line in
            ["pack check bad.toml", "pack check worse.toml", "pack diff township new.toml", "pack check new.toml"]
        {
            let answer = desk.ask(&format!("{line} --lang {lang}"));
            said.push_str(&format!("$ fangwei {line}\n{}{}({:?})\n", answer.out, answer.err, answer.exit));
        }
    }
    insta::assert_snapshot!("pack_said", said);
}

#[test]
fn every_rule_has_its_words() {
    for text in [include_str!("../../locales/zh-CN.ftl"), include_str!("../../locales/en.ftl")] {
        for rule in fangwei_protocol::work::pack::check::CODES {
            assert!(text.contains(&format!("\npack-rule-{rule} = ")), "{rule}");
        }
    }
}

#[test]
fn a_secretary_publishes_and_an_administrator_does_not() {
    let desk = Desk::founded();
    copy(&desk, "new.toml", "version = 1", "version = 2");
    copy(&desk, "bad.toml", "visit_form = \"visit\"\n", "");
    let publish = |file: &str, who: &str, more: &str| {
        desk.ask(&format!(
            "pack publish {file} --unit 999901 {more} --data county --as {who} --passphrase-file pass --lang en"
        ))
    };
    assert!(publish("new.toml", "纪委书记", "--dry-run").yes().out.contains("nothing written"));
    assert!(publish("new.toml", "纪委书记", "").yes().out.starts_with("published: township version 2 for 999901"));
    publish("bad.toml", "纪委书记", "").not(Exit::No);
    for more in ["", "--dry-run"] {
        publish("new.toml", "系统管理员", more).not(Exit::No);
    }
}
