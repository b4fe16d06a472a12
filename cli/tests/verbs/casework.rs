//! Every verb of reports, cases, sharing, posts and duties, typed once at a node: what each takes, and what it says.

use fangwei_cli::complaint::Exit;

use crate::desk::{Answer, Desk};

const ADMINISTRATOR: &str = "--data county --as 系统管理员 --passphrase-file pass";
const SECRETARY: &str = "纪委书记";
const VILLAGE: &str = "999901.105.201";
const TOWN: &str = "999901.105";
const DEPARTMENT: &str = "999901.105.d02";

/// A node at which the officers of three levels work.
struct Office {
    desk: Desk,
}

impl Office {
    fn open(officers: &[(&str, &str, &str)]) -> Office {
        let office = Office { desk: Desk::founded() };
        for (unit, role, name) in officers {
            let line = format!(
                "officer add --unit {unit} --role {role} --name {name} --new-passphrase-file pass {ADMINISTRATOR}"
            );
            let added = office.desk.ask(&line).yes();
            if added.err.contains("会签") {
                office.yes(SECRETARY, &format!("officer endorse {}", added.id()));
            }
        }
        office
    }

    fn asks(&self, who: &str, line: &str) -> Answer {
        self.desk.ask(&format!("{line} --data county --as {who} --passphrase-file pass"))
    }

    /// Types a line; the answer is yes. Returns what stands on standard output: of what was written its id.
    #[track_caller]
    fn yes(&self, who: &str, line: &str) -> String {
        let answer = self.asks(who, line);
        assert_eq!(answer.exit, Exit::Yes, "{who}: fangwei {line}\n{}{}", answer.out, answer.err);
        assert!(!answer.err.contains('\u{2068}') && !answer.err.contains("{ $"), "{}", answer.err);
        answer.out.trim_end().to_owned()
    }

    /// The rules say no, in words.
    #[track_caller]
    fn no(&self, who: &str, line: &str, why: &str) {
        let answer = self.asks(who, line).not(Exit::No);
        assert!(answer.err.contains(why), "{who}: fangwei {line}\n{}", answer.err);
    }

    /// An officer's certificate, by name.
    fn id(&self, name: &str) -> String {
        let shown = self.desk.ask(&format!("officer show {name} --data county --json")).yes().json();
        shown["certificate"].as_str().or(shown["id"].as_str()).unwrap()[..16].to_owned()
    }

    /// A blue warning, proposed by the county's analyst and decided and given by its discipline lead.
    fn blue(&self, until: &str) -> String {
        let line = format!("case propose --subject {VILLAGE} --level 3 --ground 3.4 --facts 未公示");
        let case = self.yes("李四", &line);
        for (step, line) in [("approve", "case approve"), ("issue", "case issue --paper 请书面说明")] {
            if until == "propose" {
                break;
            }
            self.yes("王五", &format!("{line} {case}"));
            if until == step {
                break;
            }
        }
        case
    }
}

#[test]
fn each_verb_of_a_report_and_its_triage_is_typed_once() {
    let people = [(VILLAGE, "reporter", "张三"), (TOWN, "analyst", "周七"), ("999901", "analyst", "李四")];
    let office = Office::open(&people);
    let file = |title: &str, more: &str| {
        let line = format!(
            "report file --unit {VILLAGE} --title {title} --category 7 --source 信访举报 --account 两个月未公示 {more}"
        );
        office.yes("张三", &line)
    };
    // A draft, changed, filed.
    let draft = office.yes("张三", &format!("report add --unit {VILLAGE} --title 补偿 --category 7 --account 一个月"));
    office.asks("张三", &format!("report edit {draft}")).not(Exit::Wrong);
    office.yes(
        "张三",
        &format!("report edit {draft} --title 补偿款未公示 --account 两个月 --amount 1200.50 --source petition"),
    );
    office.yes("张三", &format!("report file {draft}"));
    office.no("张三", &format!("report edit {draft} --title 改"), "已报送");
    let shown = office.yes("周七", &format!("report show {draft}"));
    assert!(shown.contains("补偿款未公示") && shown.contains("1200.50 元"), "{shown}");

    // Asked back, added to, taken up, answered; and somebody without a name reads that.
    let letter = office.asks(
        "张三",
        &format!(
            "report file --unit {VILLAGE} --title 来信 --category 9 --source petition --account 账目不公开 --origin anonymous"
        ),
    );
    let letter = letter.yes();
    let receipt = letter.err.split("回执码：").nth(1).unwrap().split('（').next().unwrap().to_owned();
    let letter = letter.id();
    let told = |code: &str| office.desk.ask(&format!("report receipt --code {code} --data county"));
    assert!(told(&receipt).yes().out.contains("已收到"));
    office.yes("周七", &format!("report ask-back {letter} --text 哪一年的"));
    office.yes("张三", &format!("report supplement {letter} --text 去年的"));
    office.yes("周七", &format!("report accept {letter}"));
    office.yes("周七", &format!("triage open {letter}"));
    office.yes("周七", &format!("triage no-substance {letter} --reason 查无实据"));
    office.yes("周七", &format!("triage reopen {letter} --reason 又有材料"));
    office.yes("周七", &format!("triage no-substance {letter} --reason 仍无实据"));
    office.yes("周七", &format!("report reply {letter} --text 已核实并公示"));
    let closed = told(&receipt).yes().out;
    assert!(closed.contains("已办结") && closed.contains("已核实并公示") && !closed.contains("周七"), "{closed}");
    told("2345-6789-ABCD-EFGH").not(Exit::No);
    let from_file = office.desk.ask_with("report receipt --code-file - --data county", &format!("{receipt}\n"));
    assert_eq!(from_file.yes().out, closed);

    // Passed on, a duplicate, a lead, a warning, somebody who takes no part, one that is taken back.
    let up = file("转办", "");
    office.yes("周七", &format!("report pass-on {up} --to 999901"));
    office.yes("李四", &format!("report accept {up}"));
    office.yes("李四", &format!("triage open {up}"));
    office.yes("李四", &format!("triage pass-on {up} --to {TOWN} --reason 属镇管"));
    let (one, other) = (file("同一件事", ""), file("又一件", "--urgent"));
    for id in [&one, &other] {
        office.yes("周七", &format!("report accept {id}"));
        office.yes("周七", &format!("triage open {id}"));
    }
    office.yes("周七", &format!("triage duplicate {other} --of {one} --reason 同一事项"));
    let case = office.yes(
        "周七",
        &format!("case propose --at {TOWN} --subject {VILLAGE} --level 3 --ground 3.4 --facts 未公示 --report {one}"),
    );
    office.yes("周七", &format!("triage warning {one} --case {case} --reason 已提出预警"));
    let lead = file("线索", "");
    office.yes("周七", &format!("report accept {lead}"));
    office.yes("周七", &format!("triage open {lead}"));
    office.yes("周七", &format!("triage lead {lead}"));
    office.yes("周七", &format!("triage recuse {one} --reason 亲属"));
    let back = file("撤回", "");
    office.yes("张三", &format!("report withdraw {back} --reason 有误"));
    let listed = office.yes("周七", "report list");
    for words in ["已撤销", "重复", "预警", "已受理"] {
        assert!(listed.contains(words), "{words}: {listed}");
    }
    let english = office.yes("周七", &format!("report show {letter} --lang en"));
    assert!(english.contains("ask back") || english.contains("asked"), "{english}");
}

#[test]
fn each_verb_of_sharing_duties_and_posts_is_typed_once() {
    let people = [
        (VILLAGE, "reporter", "张三"),
        (TOWN, "analyst", "周七"),
        (DEPARTMENT, "reporter", "吴八"),
        (TOWN, "post_holder", "镇长"),
    ];
    let office = Office::open(&people);
    let report = office.yes(
        "张三",
        &format!("report file --unit {VILLAGE} --title 违建 --category 7 --source petition --account 占道搭建"),
    );
    assert!(office.yes("周七", "duty").contains("受理"));
    office.yes("周七", &format!("report accept {report}"));
    let share =
        format!("report share {report} --with {DEPARTMENT} --because 属城管职责 --digest 一处违建 --copy title");
    office.asks("周七", &format!("{share} --by 2199-12-01")).not(Exit::Wrong);
    let shared = office.yes("周七", &format!("{share} --question 是否登记 --by 2199-12-01"));
    office.no("周七", &format!("report share {report} --with {VILLAGE} --because 试 --digest 试"), "本单位的部门");
    let duty = office.yes("吴八", "duty");
    assert!(duty.contains("反馈共享事项") && duty.contains("2199-12-01") && duty.contains("一处违建"), "{duty}");
    let shown = office.yes("吴八", &format!("sharing show {shared}"));
    for words in ["一处违建", "标题：违建", "是否登记", "属城管职责", "预警信息"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("占道搭建"), "{shown}");
    office.no("张三", &format!("sharing show {shared}"), "没有");
    office.yes("吴八", &format!("sharing respond {shared} --text 未登记"));
    assert!(office.yes("周七", &format!("report show {report}")).contains("未登记"));
    assert!(!office.yes("张三", &format!("report show {report}")).contains("未登记"));
    office.yes("周七", &format!("sharing close {shared} --reason 已了解"));
    assert!(office.yes("吴八", "sharing list").contains("一处违建"));
    assert!(office.asks("张三", "sharing list").yes().err.contains("没有共享"));

    let case = office.yes(
        "周七",
        &format!(
            "case propose --at {TOWN} --subject {VILLAGE} --level 3 --ground 3.4 --facts 未公示 --report {report}"
        ),
    );
    let told = office
        .yes("周七", &format!("case share {case} --with {DEPARTMENT} --because 知悉 --digest 拟预警 --copy ground"));
    assert!(office.yes("周七", &format!("case show {case}")).contains("拟预警"));

    // To read: marked, and behind what was not.
    let unread = office.yes("吴八", "duty");
    assert!(unread.contains("未读") && !unread.contains("已读"), "{unread}");
    let entry = office.asks("吴八", "duty --json").yes().json()["readings"][0]["entry"].as_str().unwrap().to_owned();
    assert!(office.asks("吴八", &format!("duty --read {}", &entry[..12])).yes().err.contains("1 条"));
    assert!(office.asks("吴八", "duty --read-all --lang en").yes().err.contains("marked as read"));
    assert!(!office.yes("吴八", "duty").contains("未读"));
    office.asks("吴八", "duty --read zz").not(Exit::Wrong);
    assert!(office.asks("周七", "duty --outbox").yes().err.contains("没有提醒"));
    assert_ne!(told, shared);

    // Managed posts, by the county's secretary.
    let mayor = office.id("镇长");
    office.yes(SECRETARY, &format!("post manage {TOWN} 镇长 --officer {mayor}"));
    assert!(office.yes(SECRETARY, "post list").contains("镇长"));
    office.no("周七", &format!("post manage {TOWN} 会计"), "无权");
    office.yes(SECRETARY, &format!("post release {TOWN} 镇长"));
    assert!(office.asks(SECRETARY, "post list").yes().err.contains("没有上级管理的岗位"));
    assert!(office.yes("周七", "paper list").contains("预信"));
}

#[test]
fn each_verb_of_a_red_warning_is_typed_once() {
    let people = [
        ("999901", "analyst", "李四"),
        ("999901", "party_committee", "赵六"),
        ("999901", "discipline_lead", "王五"),
        ("999901", "discipline_lead", "孙九"),
        (VILLAGE, "reporter", "张三"),
    ];
    let office = Office::open(&people);
    let (wang, li, sun) = (office.id("王五"), office.id("李四"), office.id("孙九"));
    let interviewers = format!("--interviewer {wang}:discipline_lead --interviewer {li}:analyst");
    let propose = format!("--subject {VILLAGE} --level 1 --ground 1.1 --facts 账目混乱");
    let case = office.yes("李四", &format!("case propose --at 999901 {propose}"));
    let steps = [
        ("赵六", "return {} --reason 补充事实"),
        ("李四", &format!("amend {{}} {propose}三处")),
        (SECRETARY, &format!("recuse {{}} --officer {sun} --reason 亲属")),
        ("赵六", &format!("approve {{}} --outcome 同意预警 --present 赵书记 --present 王分管:{wang}:discipline_lead")),
        ("李四", &format!("plan {{}} {interviewers} --text 三个问题")),
        ("赵六", "issue {} --paper 责令限期改正"),
        ("李四", "deliver {} --text 当面送达"),
        ("张三", "receive {}"),
        ("李四", &format!("notice {{}} --at 2027-01-04T09:00 --place 镇政府 {interviewers} --text 请到会说明")),
        ("王五", &format!("interview {{}} {interviewers} --text 本人承认")),
        ("张三", "ask-extension {} --by 2w --reason 材料在县里"),
        (SECRETARY, "refuse-extension {} --reason 先交已有的"),
        ("张三", "ask-extension {} --by 2w --reason 仍在县里"),
        (SECRETARY, "extend {} --text 同意延期两周"),
        ("张三", "object {} --text 事实有出入"),
        ("李四", "tell {} --who branch --paper 通报如下"),
        ("张三", "evidence {} --text 已公示"),
        ("张三", "answer {} --what report --text 已改正 --measure 公示账目|村会计|2027-01-10"),
        ("李四", "send-back {} --reason 未附单据"),
        ("张三", "answer {} --what report --text 已改正并附单据"),
        ("李四", "accept {}"),
        ("李四", "visit {} --means hearing --means papers --opinion lift --text 账目已公示"),
        (SECRETARY, "lift {} --reason 整改到位"),
    ];
    for (who, line) in steps {
        office.yes(who, &format!("case {}", line.replace("{}", &case)));
    }
    let shown = office.yes("李四", &format!("case show {case}"));
    assert!(shown.contains("已解除") && shown.contains("账目已公示"), "{shown}");
}

#[test]
fn each_way_in_which_a_warning_ends_otherwise_is_typed_once() {
    let people = [("999901", "analyst", "李四"), ("999901", "discipline_lead", "王五"), (VILLAGE, "reporter", "张三")];
    let office = Office::open(&people);
    let typed = |until: &str, steps: &[(&str, &str)]| {
        let case = office.blue(until);
        for (who, line) in steps {
            office.yes(who, &format!("case {}", line.replace("{}", &case)));
        }
        office.yes("李四", &format!("case show {case}"))
    };
    typed("propose", &[("李四", "drop {} --reason 事实不清")]);
    typed("propose", &[("王五", "dismiss {}")]);
    typed("propose", &[("李四", "refer {} --reason 涉嫌违纪")]);
    typed("approve", &[("王五", "rescind {} --reason 情况有变")]);
    typed("issue", &[("王五", "cancel {} --reason 文书有误")]);
    typed("issue", &[("张三", "receive {}"), ("王五", "withdraw {} --reason 查明不属实")]);
    let objected = typed(
        "issue",
        &[
            ("张三", "receive {}"),
            ("张三", "object {} --text 不属实"),
            (SECRETARY, "deliberate {} --upheld --text 复核属实"),
            (SECRETARY, "rule {} --upheld --reason 申诉有据"),
        ],
    );
    assert!(objected.contains("申诉成立"), "{objected}");
    // Carried up: said why, in a case that goes on from it.
    let case = office.blue("issue");
    office.yes("张三", &format!("case receive {case}"));
    let up = "--level 2 --when complaints_continue_and_verified";
    office.no("王五", &format!("case raise {case} {up} --text 又有举报并查实"), "接续的预警事项");
    let further = format!("case propose --follows {case} --subject {VILLAGE} --level 2 --ground 2.11 --facts 又有举报");
    let further = office.yes("李四", &further);
    office.yes("王五", &format!("case raise {case} {up} --case {further} --text 又有举报并查实"));
    office.yes("王五", &format!("case escalate {case} {up} --case {further}"));
    assert!(office.yes("李四", &format!("case show {case}")).contains("升级"));
    typed("issue", &[("张三", "receive {}"), ("王五", "refer {} --reason 涉嫌违纪"), ("王五", "refer-warning {}")]);
}
