//! Certificates by files carried by hand: the key stays where it was made, nothing half done is left behind.

use std::{fs, os::unix::fs::PermissionsExt};

use fangwei_cli::complaint::Exit;

use crate::desk::Desk;

const ADMINISTRATOR: &str = "--data county --as 系统管理员 --passphrase-file pass";
const SECRETARY: &str = "--data county --as 纪委书记 --passphrase-file pass";

/// The genesis of the county.
fn genesis(desk: &Desk) -> String {
    desk.ask("status --data county --json").yes().json()["genesis"].as_str().unwrap().to_owned()
}

/// A request made on a machine without a node.
fn request(desk: &Desk, profile: &str, name: &str, file: &str) {
    let genesis = genesis(desk);
    desk.file("own", "an officer's own passphrase\n");
    let line = format!(
        "officer request --unit 999901 --profile {profile} --name {name} --genesis {genesis} --out {file}.fwrequest \
         --new-passphrase-file own"
    );
    desk.ask(&line).yes();
}

#[test]
fn an_officers_key_never_leaves_the_machine_it_was_made_on() {
    let desk = Desk::founded();
    request(&desk, "analyst", "李四", "li");
    let mode = fs::metadata(desk.path("li.fwkey")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let asked = fs::read_to_string(desk.path("li.fwrequest")).unwrap();
    assert!(asked.contains("李四") && asked.contains("analyst"), "{asked}");

    // What will be certified is said, and confirmed before anything is written.
    let before = desk.journal();
    let line = format!("officer grant li.fwrequest --out li.fwgrant {ADMINISTRATOR}");
    let shown = desk.ask(&line).not(Exit::Wrong).err;
    assert!(shown.contains("李四") && shown.contains("预警中心工作员") && shown.contains("--yes"), "{shown}");
    assert_eq!(desk.journal(), before);
    let granted = desk.ask(&format!("{line} --yes")).yes();
    assert!(granted.err.contains("fangwei endorse"), "{}", granted.err);
    desk.ask(&format!("{line} --yes")).not(Exit::Wrong);

    // Granted again, without another certificate, where the file was lost.
    fs::remove_file(desk.path("li.fwgrant")).unwrap();
    let before = desk.journal();
    let again = desk.ask(&format!("{line} --yes")).yes();
    assert_eq!((again.id(), desk.journal()), (granted.id(), before));
    desk.ask(&format!("endorse {} {SECRETARY}", granted.id())).yes();

    // Another's passphrase does not open it, another's key is not what was granted.
    desk.ask("officer accept li.fwgrant --out li2.fwkey --passphrase-file pass").not(Exit::No);
    request(&desk, "analyst", "王五", "wang");
    desk.ask("officer accept li.fwgrant --key-file wang.fwkey --out li2.fwkey --passphrase-file own").not(Exit::No);
    assert!(!desk.path("li2.fwkey").exists());
    let accepted = desk.ask("officer accept li.fwgrant --data county --passphrase-file own").yes();
    assert_eq!(accepted.id(), granted.id());
    desk.file("facts", "补偿款未公示\n");
    let propose = "case propose --subject 999901.105.201 --level 3 --ground 3.4 --facts-file facts";
    desk.ask(&format!("{propose} --data county --as 李四 --passphrase-file own")).yes();
    // The same, carried to a node elsewhere.
    desk.ask("officer accept li.fwgrant --out li2.fwkey --passphrase-file own").yes();
    desk.ask("officer import li2.fwkey --data county").yes();
}

#[test]
fn a_request_that_was_changed_or_is_anothers_is_refused_in_both_languages() {
    let desk = Desk::founded();
    request(&desk, "reporter", "张三", "zhang");
    let text = fs::read_to_string(desk.path("zhang.fwrequest")).unwrap();
    let said = |name: &str, text: &str| {
        desk.file(name, text);
        let line = format!("officer grant {name} --out no.fwgrant --yes {ADMINISTRATOR}");
        ["zh-CN", "en"].map(|lang| desk.ask(&format!("{line} --lang {lang}")).err).concat()
    };
    let before = desk.journal();
    let mut all = said("unit.fwrequest", &text.replace("\"999901\"", "\"999901.105\""));
    all.push_str(&said("half.fwrequest", &text[..text.len() / 2]));
    all.push_str(&said("newer.fwrequest", &text.replace("format = 1", "format = 2")));
    let other = genesis(&desk).replace(['0', '1', '2', '3'], "4");
    let line = format!(
        "officer request --unit 999901 --profile reporter --name 张三 --genesis {other} --out other.fwrequest \
         --new-passphrase-file pass"
    );
    desk.ask(&line).yes();
    let elsewhere = said("other.fwrequest", &fs::read_to_string(desk.path("other.fwrequest")).unwrap());
    assert!(elsewhere.contains("另一棵组织树") && elsewhere.contains("another tree"), "{elsewhere}");
    let node = desk.ask(&format!("node grant zhang.fwrequest --out no.fwgrant --yes {ADMINISTRATOR}")).not(Exit::Wrong);
    assert!(node.err.contains("officer grant"), "{}", node.err);
    assert_eq!(desk.journal(), before);
    insta::assert_snapshot!("bad_requests", all);
    // A request is made once, and never over another file.
    desk.ask(&line).not(Exit::Wrong);
}

#[test]
fn a_node_is_made_without_a_token_and_without_a_network() {
    let desk = Desk::founded();
    let genesis = genesis(&desk);
    let line = format!("node request --unit 999901.105 --genesis {genesis} --out town.fwrequest --data village");
    desk.ask(&line).yes();
    let mode = fs::metadata(desk.path("village").join("pending.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    desk.ask(&line.replace("town.fwrequest", "town2.fwrequest")).not(Exit::Wrong);
    desk.ask("status --data village").not(Exit::Wrong);
    let grant = format!("node grant town.fwrequest --out town.fwgrant --address 127.0.0.1:4900 --yes {ADMINISTRATOR}");
    let granted = desk.ask(&grant).yes();
    let accepted = desk.ask("node accept town.fwgrant --data village").yes();
    assert!(accepted.out.contains(&genesis), "{}", accepted.out);
    assert!(!desk.path("village").join("pending.key").exists());
    let status = desk.ask("status --data village --json").yes().json();
    assert_eq!(status["unit"], "999901.105");
    assert!(status["certificate"].as_str().unwrap().starts_with(&granted.id()));
    assert!(fs::read_to_string(desk.path("village").join("upstream.toml")).unwrap().contains("127.0.0.1:4900"));
    desk.ask("node accept town.fwgrant --data village").not(Exit::Wrong);
}
