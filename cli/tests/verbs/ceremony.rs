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

/// A reporter of the county with two reports.
fn reporter(desk: &Desk) -> [String; 2] {
    let line = format!("officer add --role reporter --name 张三 --new-passphrase-file pass {ADMINISTRATOR}");
    desk.ask(&line).yes();
    desk.file("account", "补偿款未公示\n");
    ["甲", "乙"].map(|title| {
        let line = format!("report add --title {title} --category 7 --account-file account --data county");
        desk.ask(&format!("{line} --as 张三 --passphrase-file pass")).yes().id()
    })
}

#[test]
fn what_a_revocation_strikes_is_said_before_and_can_be_ratified_after() {
    let desk = Desk::founded();
    let [first, second] = reporter(&desk);
    let before = desk.journal();
    let line = format!("officer revoke 张三 --reason stolen {ADMINISTRATOR}");
    let would = desk.ask(&line).not(Exit::Wrong).err;
    assert!(would.contains("2 条将被划去") && would.contains("--yes"), "{would}");
    assert_eq!(desk.journal(), before, "what would happen is only said");
    desk.ask(&format!("{line} --yes")).yes();
    let shown = desk.ask("officer show 张三 --data county").yes().out;
    assert!(shown.contains("已吊销") && shown.contains("密钥被盗") && shown.contains("系统管理员"), "{shown}");
    let report = |id: &str| desk.ask(&format!("report show {id} --data county --json")).yes().json();
    let crossed = |shown: &serde_json::Value| shown["history"][0].to_string().contains("struck-revoked");
    assert!(crossed(&report(&first)) && crossed(&report(&second)));
    // Revoked, it signs nothing more; and nobody revokes it twice.
    let signed = "report add --title 丙 --category 7 --account-file account --data county --as 张三";
    desk.ask(&format!("{signed} --passphrase-file pass")).not(Exit::No);
    desk.ask(&format!("{line} --yes")).not(Exit::No);

    let struck = desk.ask("stand 张三 --data county --json").yes().json();
    assert_eq!(struck["total"], 2);
    let oldest = struck["entries"][0]["id"].as_str().unwrap();
    let until = format!("stand 张三 --until {oldest} {ADMINISTRATOR}");
    desk.ask(&until).not(Exit::Wrong);
    desk.ask(&format!("{until} --yes")).yes();
    assert!(!crossed(&report(&first)) && crossed(&report(&second)));
    desk.ask(&format!("stand 张三 --all --yes {ADMINISTRATOR}")).yes();
    assert!(!crossed(&report(&second)));
    assert_eq!(desk.ask("stand 张三 --data county --json").yes().json()["total"], 0);
    assert_eq!(desk.ask("verify --data county --json").yes().json()["sound"], true);
}

#[test]
fn whoever_goes_on_with_another_key_loses_nothing() {
    let desk = Desk::founded();
    let [first, _] = reporter(&desk);
    let line = format!("officer rotate 张三 --new-passphrase-file own {ADMINISTRATOR}");
    desk.file("own", "another passphrase\n");
    let rotated = desk.ask(&line).yes().id();
    let shown = desk.ask("officer show 张三 --data county --json").yes().json();
    assert!(shown["certificate"].as_str().unwrap().starts_with(&rotated));
    let report = desk.ask(&format!("report show {first} --data county --json")).yes().json();
    assert!(report["history"][0]["struck"].is_null(), "{report}");
    let signed = "report add --title 丙 --category 7 --account-file account --data county --as 张三";
    desk.ask(&format!("{signed} --passphrase-file own")).yes();
    desk.ask(&format!("{signed} --passphrase-file pass")).not(Exit::No);

    // Where a secretary must agree, the old certificate is revoked once she has.
    let add = format!("officer add --role analyst --name 李四 --new-passphrase-file pass {ADMINISTRATOR}");
    let old = desk.ask(&add).yes().id();
    desk.ask(&format!("endorse {old} {SECRETARY}")).yes();
    let rotated = desk.ask(&format!("officer rotate {old} --new-passphrase-file own {ADMINISTRATOR}")).yes();
    assert!(rotated.err.contains("--reason superseded"), "{}", rotated.err);
    desk.ask(&format!("endorse {} {SECRETARY}", rotated.id())).yes();
    desk.ask(&format!("officer revoke {old} --reason superseded --yes {ADMINISTRATOR}")).not(Exit::No);
    desk.ask(&format!("officer revoke {old} --reason superseded --yes {SECRETARY}")).yes();
    assert_eq!(desk.ask("officer list --data county").yes().out.matches("已吊销").count(), 2);
}

#[test]
fn a_used_or_lost_token_is_revoked_like_a_node() {
    let desk = Desk::founded();
    let line = format!("token create --unit 999901.105 --address 127.0.0.1:4900 --out town.out {ADMINISTRATOR}");
    desk.ask(&line).yes();
    let nodes = desk.ask("node list --tokens --data county --json").yes().json();
    let token = nodes["nodes"].as_array().unwrap().iter().find(|node| node["roles"] == serde_json::json!([])).unwrap();
    let id = token["short"].as_str().unwrap();
    desk.ask(&format!("node revoke {id} --reason lost --yes {ADMINISTRATOR}")).yes();
    assert!(desk.ask("node list --tokens --data county").yes().out.contains("已吊销"));
}

/// Holders of root keys, each with a passphrase of their own.
fn root_keys(desk: &Desk, names: &[&str]) {
    for name in names {
        desk.file(&format!("{name}.pass"), format!("{name} horse battery staple\n"));
        desk.ask(&format!("root new --out {name}.fwkey --new-passphrase-file {name}.pass")).yes();
    }
}

fn sign(desk: &Desk, file: &str, name: &str) -> crate::desk::Answer {
    desk.ask(&format!("root sign {file} --key-file {name}.fwkey --passphrase-file {name}.pass --yes"))
}

#[test]
fn a_county_is_inert_until_enough_holders_of_root_keys_have_signed() {
    let desk = Desk::new();
    root_keys(&desk, &["jia.fw", "yi.fw", "bing.fw"]);
    let few = "init --data county --root 999901 --name 示例县 --passphrase-file pass --root-keys 2-of-3";
    desk.ask(few).not(Exit::Wrong);
    let line = format!("{few} --root-key jia.fw.fwpub --root-key yi.fw.fwpub --root-key bing.fw.fwpub");
    let founded = desk.ask(&format!("{line} --json")).yes();
    assert_eq!((&founded.json()["in_force"], &founded.json()["root_keys"]), (&false.into(), &"2-of-3".into()));
    for verb in ["status", "officer list", "run", "verify", "unit list"] {
        let said = desk.ask(&format!("{verb} --data county --lang en")).not(Exit::No).err;
        assert!(said.contains("inert") && said.contains("0 of 2"), "{verb}: {said}");
    }
    let shown = desk.ask("root show --data county --json").yes().json();
    assert_eq!((&shown["in_force"], &shown["signed"]), (&false.into(), &serde_json::json!([])));

    // Each signs a copy; the copies come back in any order.
    let genesis = desk.path("county").join("genesis.cbor");
    for name in ["jia", "bing"] {
        fs::copy(&genesis, desk.path(&format!("{name}.fwgenesis"))).unwrap();
    }
    let shown = desk.ask("root sign jia.fwgenesis --key-file jia.fw.fwkey --passphrase-file jia.fw.pass");
    assert!(shown.not(Exit::Wrong).err.contains("2-of-3"), "what is signed is shown first");
    sign(&desk, "jia.fwgenesis", "jia.fw").yes();
    sign(&desk, "jia.fwgenesis", "jia.fw").not(Exit::No);
    sign(&desk, "bing.fwgenesis", "bing.fw").yes();
    desk.ask("root submit jia.fwgenesis --data county").yes();
    desk.ask("status --data county").not(Exit::No);
    desk.ask("root submit bing.fwgenesis jia.fwgenesis --data county").yes();
    let root = desk.ask("root show --data county --json").yes().json();
    assert_eq!((&root["threshold"], root["keys"].as_array().unwrap().len()), (&2.into(), 3));
    assert!(desk.ask("officer list --data county").yes().out.contains("纪委书记"));
    assert_eq!(desk.ask("verify --data county --json").yes().json()["sound"], true);
}

#[test]
fn the_root_certifies_revokes_and_hands_itself_over_by_sheets() {
    let desk = Desk::new();
    root_keys(&desk, &["jia.fw", "yi.fw", "bing.fw"]);
    let keys = "--root-keys 2-of-3 --root-key jia.fw.fwpub --root-key yi.fw.fwpub --root-key bing.fw.fwpub";
    desk.ask(&format!("init --data county --root 999901 --name 示例县 --passphrase-file pass {keys}")).yes();
    let genesis = desk.path("county").join("genesis.cbor");
    fs::copy(&genesis, desk.path("tree.fwgenesis")).unwrap();
    sign(&desk, "tree.fwgenesis", "jia.fw").yes();
    sign(&desk, "tree.fwgenesis", "yi.fw").yes();
    desk.ask("root submit tree.fwgenesis --data county").yes();

    // The administrator's key is lost: the root makes another one, and revokes the first.
    request(&desk, "administrator", "赵六", "zhao");
    let line = "root certify zhao.fwrequest --out zhao.fwsheet --data county";
    desk.ask(line).yes();
    desk.ask(line).not(Exit::Wrong);
    sign(&desk, "zhao.fwsheet", "bing.fw").yes();
    let early = desk.ask("root submit zhao.fwsheet --data county --lang en").yes();
    assert!(early.err.contains("1 of 2"), "{}", early.err);
    assert_eq!(desk.ask("root show --data county --json").yes().json()["pending"].as_array().unwrap().len(), 1);
    let again = sign(&desk, "zhao.fwsheet", "jia.fw").yes();
    assert_eq!(again.id(), "2/2");
    desk.ask("root submit zhao.fwsheet --data county").yes();
    assert_eq!(desk.ask("root show --data county --json").yes().json()["pending"].as_array().unwrap().len(), 0);
    desk.ask(&format!("officer grant zhao.fwrequest --out zhao.fwgrant --yes {SECRETARY}")).yes();
    desk.ask("officer accept zhao.fwgrant --data county --passphrase-file own").yes();

    let revoke = "root revoke 系统管理员 --reason lost --stand all --out lost.fwsheet --data county";
    desk.ask(revoke).yes();
    sign(&desk, "lost.fwsheet", "yi.fw").yes();
    sign(&desk, "lost.fwsheet", "jia.fw").yes();
    desk.ask("root submit lost.fwsheet --data county").yes();
    assert!(desk.ask("officer show 系统管理员 --data county").yes().out.contains("已吊销"));
    let listed = desk.ask("officer list --data county --json").yes().json();
    let officers = listed["officers"].as_array().unwrap();
    let alive = officers.iter().find(|one| one["roles"][0] == "administrator" && one["dead"].is_null()).unwrap();
    let add = "officer add --role reporter --name 张三 --new-passphrase-file pass --data county --passphrase-file own";
    desk.ask(&format!("{add} --as {}", alive["short"].as_str().unwrap())).yes();

    // Who cosigns the county's checkpoints: a township, and one outside.
    assert_eq!(desk.ask("root show --data county --json").yes().json()["witnesses"], serde_json::Value::Null);
    let nodes = desk.ask("node list --data county --json").yes().json();
    let node = nodes["nodes"][0]["short"].as_str().unwrap().to_owned();
    let key =
        desk.ask(&format!("node show {node} --data county --json")).yes().json()["key"].as_str().unwrap().to_owned();
    let root = desk.ask("root show --data county --json").yes().json();
    let other = root["keys"][0]["key"].as_str().unwrap().to_owned();
    let out = "--out watch.fwsheet --data county";
    desk.ask(&format!("root witnesses --threshold 1 --member 清水镇:{} {out}", &key[1..])).not(Exit::Wrong);
    desk.ask(&format!("root witnesses --threshold 2 --member 清水镇:{key} {out}")).not(Exit::Wrong);
    desk.ask(&format!("root witnesses --threshold 1 --member 清水镇:{key} --member 清水镇:{other} {out}"))
        .not(Exit::Wrong);
    let line = format!("root witnesses --threshold 2 --member 清水镇:{key} --member 市审计局:{other}:outside {out}");
    let drawn = desk.ask(&line).yes().err;
    assert!(drawn.contains("2-of-2") && drawn.contains("县行政系统之外"), "{drawn}");
    sign(&desk, "watch.fwsheet", "jia.fw").yes();
    sign(&desk, "watch.fwsheet", "yi.fw").yes();
    desk.ask("root submit watch.fwsheet --data county").yes();
    let policy = desk.ask("root show --data county --json").yes().json()["witnesses"].clone();
    assert_eq!((&policy["threshold"], &policy["members"][1]["outside"]), (&2.into(), &true.into()), "{policy}");
    assert!(desk.ask("root show --data county").yes().out.contains("市审计局"));

    // Handed over by two of the old and one of the new.
    root_keys(&desk, &["ding.fw"]);
    desk.ask("root replace --root-keys 1-of-1 --root-key ding.fw.fwpub --out over.fwsheet --data county").yes();
    sign(&desk, "over.fwsheet", "ding.fw").not(Exit::No);
    sign(&desk, "over.fwsheet", "yi.fw").yes();
    sign(&desk, "over.fwsheet", "ding.fw").yes();
    assert_eq!(sign(&desk, "over.fwsheet", "bing.fw").yes().id(), "3/3");
    desk.ask("root submit over.fwsheet --data county").yes();
    let root = desk.ask("root show --data county --json").yes().json();
    assert_eq!((&root["threshold"], root["keys"].as_array().unwrap().len()), (&1.into(), 1));
    assert_eq!(desk.ask("verify --data county --json").yes().json()["sound"], true);
}
