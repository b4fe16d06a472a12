//! A first walk at one node without a network: from the founding to a lifted warning.

use fangwei_cli::complaint::Exit;

use crate::desk::Desk;

const ADMINISTRATOR: &str = "--data county --as 系统管理员 --passphrase-file pass";
const SECRETARY: &str = "--data county --as 纪委书记 --passphrase-file pass";

/// Adds an officer of the county and has the certificate endorsed where that is needed.
pub(crate) fn officer(desk: &Desk, role: &str, name: &str) {
    let line = format!("officer add --role {role} --name {name} --new-passphrase-file pass {ADMINISTRATOR}");
    let added = desk.ask(&line).yes();
    if added.err.contains("会签") {
        desk.ask(&format!("officer endorse {} {SECRETARY}", added.id())).yes();
    }
}

pub(crate) fn signed(name: &str) -> String {
    format!("--data county --as {name} --passphrase-file pass")
}

#[test]
fn a_county_is_founded_and_its_units_are_imported() {
    let desk = Desk::new();
    let line = "init --data county --root 999901 --name 示例县 --passphrase-file pass --json";
    let founded = desk.ask(line).yes();
    assert_eq!(founded.json()["genesis"].as_str().unwrap().len(), 64);
    assert!(founded.err.contains("离线介质"), "{}", founded.err);
    let key = std::fs::metadata(desk.path("county.root-key")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&key.permissions()) & 0o777, 0o600);
    // Again: the node that is there is left as it is.
    let before = desk.journal();
    desk.ask(line).not(Exit::Wrong);
    assert_eq!(desk.journal(), before);

    desk.file("units.csv", "code,name,level\n999901000000,示例县,county\n999901105000,清水镇,town\n");
    let dry = desk.ask(&format!("unit import units.csv --dry-run {ADMINISTRATOR}")).yes();
    assert!(dry.out.contains("新增 1"), "{}", dry.out);
    assert_eq!(desk.journal(), before, "a dry run writes nothing");
    desk.ask(&format!("unit import units.csv {ADMINISTRATOR}")).yes();
    assert!(desk.ask("unit list --data county").yes().out.contains("清水镇"));
    let again = desk.ask(&format!("unit import units.csv --dry-run --lang en {ADMINISTRATOR}")).yes();
    assert!(again.out.contains("0 new") && again.out.contains("2 unchanged"), "{}", again.out);
}

#[test]
fn reports_risks_and_a_case_go_their_way() {
    let desk = Desk::founded();
    officer(&desk, "reporter", "张三");
    officer(&desk, "analyst", "李四");
    officer(&desk, "discipline_lead", "王五");
    let listed = desk.ask("officer list --data county").yes().out;
    assert!(listed.contains("张三") && listed.contains("王五"), "{listed}");

    desk.file("account", "征地补偿款到账两个月仍未公示。\n");
    let zhang = signed("张三");
    let report = desk
        .ask(&format!("report add --title 补偿款未公示 --category 7 --amount 1200.50 --account-file account {zhang}"));
    let report = report.yes().id();
    assert!(desk.ask("report list --data county").yes().out.contains("补偿款未公示"));
    let shown = desk.ask(&format!("report show {report} --data county")).yes().out;
    assert!(shown.contains("征地补偿款到账两个月") && shown.contains("1200.50 元"), "{shown}");
    assert!(shown.contains("已保存") && shown.contains("张三") && shown.contains("已存  （不晚于 "), "{shown}");

    let risk = format!("risk add --post 出纳 --kind power --level 2 --description - --measure 双人复核 {zhang}");
    let risk = desk.ask_with(&risk.replace("--description -", "--description-file -"), "一人经手现金\n").yes().id();
    let edit = format!("risk edit {risk} --level 1 --description 一人经手现金和票据 --add-measure 定期轮岗 {zhang}");
    desk.ask(&edit).yes();
    let shown = desk.ask(&format!("risk show {risk} --data county --json")).yes().json();
    let fields = shown["fields"].as_array().unwrap();
    let field = |name: &str| fields.iter().find(|field| field["name"] == name).unwrap();
    assert_eq!(field("level")["value"], 1);
    assert_eq!(field("description")["text"], "一人经手现金和票据");
    assert_eq!(field("measures")["items"].as_array().unwrap().len(), 2);
    desk.ask(&format!("risk edit {risk} {zhang}")).not(Exit::Wrong);

    let propose = format!(
        "case propose --subject 999901105201 --level 3 --ground 3.4 --facts 未公示 --report {report} {}",
        signed("李四")
    );
    let case = desk.ask(&propose).yes().id();
    let own = desk.ask(&format!("case approve {case} {}", signed("李四"))).not(Exit::No);
    assert!(own.err.starts_with("错误"), "{}", own.err);
    let approved = desk.ask(&format!("case approve {case} {}", signed("王五"))).yes();
    assert!(approved.err.contains("未公示"), "who approves is shown what is approved: {}", approved.err);
    desk.ask(&format!("case issue {case} --paper 请书面说明 {}", signed("王五"))).yes();
    assert!(desk.ask("case list --data county").yes().out.contains("已发文书"));
    // The county's officers do not answer for a village.
    desk.ask(&format!("case answer {case} --text 已公示 {zhang}")).not(Exit::No);

    let timeline = desk.ask(&format!("audit timeline {case} --data county --json")).yes().json();
    let rows = timeline["entries"].as_array().unwrap();
    let deeds: Vec<&str> = rows.iter().map(|row| row["entry"]["deed"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["edit", "propose", "approve", "issue"], "the report it stands on belongs to it");
    assert!(
        rows.iter().all(|row| row["entry"]["claimed"] == "within" && row["entry"]["not_after"].is_string()),
        "{rows:?}"
    );
    let shown = desk.ask(&format!("audit timeline {case} --data county --lang en")).yes().out;
    assert!(shown.contains("NOT AFTER") && shown.contains("issue"), "{shown}");

    let verified = desk.ask("verify --data county --json").yes().json();
    assert_eq!(verified["sound"], true);
    let digest = verified["digest"].clone();
    desk.ask("rebuild --data county").yes();
    let scrubbed = desk.ask("scrub --data county --lang en").yes();
    assert!(scrubbed.out.contains("damaged: 0 entries, 0 single bits turned back, 0 other places"), "{}", scrubbed.out);
    assert_eq!(desk.ask("verify --data county --json").yes().json()["digest"], digest);
    let first = desk.ask("audit check --state checked.out --data county --json").yes().json();
    assert_eq!((&first["known_entries"], &first["digest"]), (&serde_json::json!(0), &digest));
    let again = desk.ask("audit check --state checked.out --data county --lang en").yes().out;
    assert!(again.contains("(0 verified now, "), "{again}");
    desk.file("checked.out", "{}");
    desk.ask("audit check --state checked.out --data county").not(Exit::Wrong);
}

#[test]
fn evidence_is_exported_and_checked_without_the_node_and_with_openssl() {
    let desk = Desk::founded();
    officer(&desk, "reporter", "张三");
    officer(&desk, "analyst", "李四");
    let zhang = signed("张三");
    let add =
        |title: &str| desk.ask(&format!("report add --title {title} --category 7 --account 密 {zhang}")).yes().id();
    add("别的事");
    let report = add("补偿款未公示");
    let propose = format!(
        "case propose --subject 999901105201 --level 3 --ground 3.4 --facts 未公示 --report {report} {}",
        signed("李四")
    );
    let case = desk.ask(&propose).yes().id();
    let genesis = desk.ask(&format!("evidence export --case {case} --out case.out --data county")).yes().out;
    let genesis = genesis.trim();
    let bytes = std::fs::read(desk.path("case.out")).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("补偿款未公示") && !holds("别的事"), "what was not asked for stays at home");
    let compared = desk.ask("audit compare county case.out --json").yes().json();
    assert_eq!((&compared["same"], &compared["only_first"]["entries"]), (&true.into(), &0.into()));
    // Without the node: its folder is gone.
    std::fs::rename(desk.path("county"), desk.path("elsewhere")).unwrap();
    let verified = desk.ask(&format!("verify case.out --genesis {genesis} --json")).yes().json();
    assert_eq!(verified["sound"], true);
    assert!(verified["withheld"].as_u64().unwrap() > 0, "its place in the chain is proved, not what it says");
    desk.ask(&format!("verify case.out --genesis {}", "0".repeat(64))).not(Exit::No);
    desk.ask("verify case.out --genesis 12").not(Exit::Wrong);
    desk.ask("verify case.out").not(Exit::Wrong);

    desk.ask(&format!("evidence explain case.out --genesis {genesis} --out parts.out")).yes();
    let readme = std::fs::read_to_string(desk.path("parts.out/README.txt")).unwrap();
    assert!(readme.contains(genesis) && readme.contains("openssl pkeyutl -verify -rawin -pubin"));
    let table = std::fs::read_to_string(desk.path("parts.out/entries.tsv")).unwrap();
    for line in table.lines().skip(1) {
        let [number, id, key, body] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let openssl = |arguments: &str| {
            let mut command = std::process::Command::new("openssl");
            let output = command.args(arguments.split(' ')).current_dir(desk.path("parts.out")).output().unwrap();
            (output.status.success(), String::from_utf8(output.stdout).unwrap())
        };
        let verify = format!("pkeyutl -verify -rawin -pubin -inkey {key} -in {number}.tbs -sigfile {number}.sig");
        assert!(openssl(&verify).0, "{line}");
        let other = format!("pkeyutl -verify -rawin -pubin -inkey {key} -in entries.tsv -sigfile {number}.sig");
        assert!(!openssl(&other).0, "{line}");
        assert!(openssl(&format!("dgst -sha256 {number}.tbs")).1.contains(id));
        assert_eq!(desk.path(&format!("parts.out/{number}.body")).exists(), body == "yes");
    }
    assert_eq!(table.lines().count() as u64, 1 + verified["entries"].as_u64().unwrap());
    // Cut off, it is no bundle.
    std::fs::write(desk.path("cut.out"), &bytes[..bytes.len() - 1]).unwrap();
    let cut = desk.ask(&format!("verify cut.out --genesis {genesis} --lang en"));
    assert!(cut.err.contains("cut off"), "{}", cut.err);
    cut.not(Exit::No);
}

#[test]
fn an_officers_key_is_carried_to_a_file_and_stays_sealed() {
    let desk = Desk::founded();
    let line = format!(
        "officer add --unit 999901105201 --role reporter --name 张三 --new-passphrase-file pass --out zhang.out {ADMINISTRATOR}"
    );
    let added = desk.ask(&line).yes();
    assert!(added.err.contains("officer import"), "{}", added.err);
    let mode = std::fs::metadata(desk.path("zhang.out")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    desk.ask("officer import zhang.out --data county").yes();
    assert!(desk.ask("officer show 张三 --data county").yes().out.contains("999901.105.201"));
}

#[test]
fn a_token_is_written_to_a_file_that_was_not_there() {
    let desk = Desk::founded();
    let line = format!("token create --unit 999901.105 --address 127.0.0.1:4900 --out town.out {ADMINISTRATOR}");
    desk.ask(&line).yes();
    assert!(std::fs::read_to_string(desk.path("town.out")).unwrap().starts_with("FW1-"));
    let before = desk.journal();
    desk.ask(&line).not(Exit::Wrong);
    assert_eq!(desk.journal(), before, "no certificate for a token nobody gets");
}

#[test]
fn the_status_of_a_node_that_does_not_run_is_said() {
    let desk = Desk::founded();
    let status = desk.ask("status --data county").yes().out;
    assert!(status.contains("示例县 999901") && status.contains("没有运行"), "{status}");
    desk.ask("sync now --data county").not(Exit::Wrong);
    desk.ask("sync status --data county").yes();
}

#[test]
fn certificates_are_listed_and_shown_with_who_agreed_and_who_still_must() {
    let desk = Desk::founded();
    let line = format!("officer add --role analyst --name 李四 --new-passphrase-file pass {ADMINISTRATOR}");
    let added = desk.ask(&line).yes();
    assert!(added.err.contains("纪委书记") && added.err.contains("fangwei endorse"), "{}", added.err);
    let pending = desk.ask("officer list --pending --data county").yes().out;
    assert!(pending.contains("李四") && pending.contains("待会签") && !pending.contains("系统管理员"), "{pending}");
    let shown = desk.ask("officer show 李四 --data county --json").yes().json();
    assert_eq!((&shown["awaits_endorsement"], &shown["endorsed_by"]), (&true.into(), &serde_json::json!([])));
    assert_eq!(shown["may_be_endorsed_by"][0]["name"], "纪委书记");

    desk.ask(&format!("endorse 李四 {SECRETARY}")).yes();
    let shown = desk.ask("officer show 李四 --data county").yes().out;
    for what in ["会签人", "纪委书记", "系统管理员", "节点保管", "在本节点", "签发时间"] {
        assert!(shown.contains(what), "{what}: {shown}");
    }
    assert!(!shown.contains("可会签的人"), "{shown}");
    assert_eq!(desk.ask("officer list --pending --data county --lang en").yes().out, "");
    let founder = desk.ask("officer show 系统管理员 --data county --lang en").yes().out;
    assert!(founder.contains("genesis") && founder.contains("6 levels below"), "{founder}");

    let line = format!("token create --unit 999901.105 --address 127.0.0.1:4900 --out town.out {ADMINISTRATOR}");
    desk.ask(&line).yes();
    let nodes = desk.ask("node list --data county --json").yes().json();
    assert_eq!((nodes["nodes"].as_array().unwrap().len(), &nodes["nodes"][0]["is_this"]), (1, &true.into()));
    let nodes = desk.ask("node list --tokens --data county").yes().out;
    assert!(nodes.contains("入网凭证") && nodes.contains("清水镇") && nodes.contains("本节点"), "{nodes}");
    let own = desk.ask("node show --data county").yes().out;
    assert_eq!(own, desk.ask("node show 999901 --data county").yes().out);
    assert!(own.contains("节点") && own.contains("系统管理员"), "{own}");
    desk.ask("node show 999901.105 --data county").not(Exit::No);
}

#[test]
fn the_rules_are_explained_without_a_node() {
    let desk = Desk::new();
    let said = desk.ask("explain authority").yes().out;
    assert!(said.contains("在案件内卷办理") && said.contains("党委(党组)"), "{said}");
    let lines = desk.ask("explain authority --json").yes().json();
    let line = serde_json::json!({"act": "edit", "kind": "report", "role": "reporter", "standing": "home"});
    assert!(lines.as_array().unwrap().contains(&line));
}

#[test]
fn access_tokens_are_made_listed_and_taken_back() {
    let desk = Desk::founded();
    let make = "access create --label 政务平台 --scope read --scope report --days 30";
    let made = desk.ask(&format!("{make} --out token.out {ADMINISTRATOR} --json")).yes();
    assert_eq!(made.json()["label"], "政务平台");
    let token = std::fs::read_to_string(desk.path("token.out")).unwrap();
    assert!(token.starts_with("fangwei_") && !made.out.contains(token.trim()), "{}", made.out);
    let shown = desk.ask(&format!("access create --label 二 --scope administer {ADMINISTRATOR}")).yes();
    assert!(shown.out.starts_with("fangwei_") && shown.err.contains("收回"), "{}", shown.err);
    for bad in ["--scope all", "--scope read --days 367", ""] {
        desk.ask(&format!("access create --label 三 {bad} {ADMINISTRATOR}")).not(Exit::Wrong);
    }
    let listed = desk.ask(&format!("access list {ADMINISTRATOR} --json")).yes().json();
    let tokens = listed["tokens"].as_array().unwrap();
    let first = tokens.iter().find(|one| one["label"] == "政务平台").unwrap();
    assert_eq!((tokens.len(), &first["scopes"]), (2, &serde_json::json!(["read", "report"])));
    let name = first["name"].as_str().unwrap().to_owned();
    desk.ask(&format!("access end {name} {SECRETARY}")).not(Exit::No);
    let left = desk.ask(&format!("access end {name} {ADMINISTRATOR}")).yes();
    assert!(left.err.contains("已收回") && !left.out.contains(&name), "{} {}", left.err, left.out);
    desk.ask(&format!("access end {name} {ADMINISTRATOR}")).not(Exit::No);
    let again = desk.ask(&format!("access list {ADMINISTRATOR} --lang en")).yes();
    assert!(again.out.contains("SCOPES") && again.out.lines().count() == 2, "{}", again.out);
}
