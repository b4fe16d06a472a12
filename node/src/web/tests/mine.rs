//! About me: what whoever is warned sees and does, and what nobody else sees of it.

use super::*;
use crate::api::shape::{CaseForm, InterviewerForm, ProposeForm};

/// What stands in the inner file alone.
const FACTS: &str = "群众甲多次反映的内情";
const OUTLINE: &str = "谈话要先问三个问题";

struct Warned {
    county: County,
    analyst: Officer,
    lead: Officer,
    reporter: Officer,
    head: Officer,
    case: String,
}

impl Warned {
    /// A blue warning to a village, whose head is named in it.
    async fn issued() -> Warned {
        let county = County::found().await;
        county.name_units().await;
        let analyst = county.officer("analyst", "999901", "王工作员", None).await;
        let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
        let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
        let head = county.officer("secretary", "999901.105", "赵镇长", None).await;
        let form = ProposeForm {
            subject: VILLAGE.into(),
            holders: vec![head.certificate.to_string()],
            level: 3,
            ground: "3.4".into(),
            facts: FACTS.into(),
            ..ProposeForm::default()
        };
        let case = county.desk.propose(&analyst, form).await.unwrap().document;
        let warned = Warned { county, analyst, lead, reporter, head, case };
        warned.does(&warned.lead, CaseForm::Approve { shown: None, meeting: None }).await;
        let one = |officer: &Officer, role: &str| InterviewerForm {
            officer: officer.certificate.to_string(),
            role: role.into(),
        };
        let interviewers = vec![one(&warned.lead, "discipline_lead"), one(&warned.analyst, "analyst")];
        warned.does(&warned.analyst, CaseForm::Plan { outline: OUTLINE.into(), interviewers }).await;
        let paper = CaseForm::Issue { paper: "请就补偿款公示情况书面说明。".into(), terms: Vec::new() };
        warned.does(&warned.lead, paper).await;
        warned
    }

    async fn does(&self, officer: &Officer, form: CaseForm) {
        self.county.desk.act_in_case(officer, &self.case, form).await.unwrap();
    }

    async fn guest(&self, officer: &Officer) -> Guest {
        let mut guest = Guest::of(&self.county, SecondFactorFor::Nobody);
        guest.signs_in(officer, "").await;
        guest
    }
}

#[tokio::test]
async fn whoever_is_warned_sees_the_paper_answers_promises_and_objects_and_sees_nothing_of_the_inner_file() {
    let warned = Warned::issued().await;
    let mut village = warned.guest(&warned.reporter).await;
    let case = &warned.case;
    let page = village.gets("/mine").await.text;
    for said in ["请就补偿款公示情况书面说明", "三级 · 蓝", "由您代表单位办理", "尚未签收", "李分管", "尚未起算"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    let deeds = |page: &str| {
        let mark = format!("href=\"/mine/{case}/do/");
        let deeds = page.split(&mark).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
        deeds.collect::<Vec<_>>()
    };
    assert_eq!(deeds(&page), ["receive", "answer?what=account", "evidence", "object"]);

    let place = |deed: &str| format!("/mine/{case}/do/{deed}");
    let signed = village.signs(&place("receive"), &[]).await;
    assert!(signed.text.contains("href=\"/mine\""), "back where it was begun: {}", signed.text);
    let form = village.gets(&place("answer?what=account")).await.text;
    assert!(form.contains("value=\"account\" selected"), "what is owed is chosen");
    let answer = [
        ("what", "account"),
        ("text", "已于今日公示。"),
        ("measures.0.what", "每季度公示一次"),
        ("measures.0.who", "村会计"),
        ("measures.0.by", "2020-01-31"),
    ];
    village.signs(&place("answer"), &answer).await;
    village.signs(&place("evidence"), &[("text", "公示栏照片三张")]).await;
    village.signs(&place("object"), &[("text", "事实有出入")]).await;
    let page = village.gets("/mine").await.text;
    for said in [
        "已于今日公示。",
        "每季度公示一次",
        "村会计",
        "2020年1月31日",
        "时限已过",
        "公示栏照片三张",
        "事实有出入",
        "尚未答复",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(deeds(&page), ["answer", "evidence"], "what is done is not offered again");
    assert_eq!(village.gets(&place("receive")).await.status, StatusCode::OK, "the rules refuse it when it is signed");

    let papers = village.gets(&format!("/mine/{case}/papers")).await.text;
    assert!(papers.contains("请就补偿款公示情况书面说明"));
    for text in [&page, &papers, &form] {
        assert!(!text.contains(FACTS) && !text.contains(OUTLINE), "of the inner file: {text}");
    }

    // What became of the objection.
    let secretary = warned.county.secretary.clone();
    warned.does(&secretary, CaseForm::Deliberate { findings: "内部复核".into(), upheld: false, meeting: None }).await;
    warned.does(&secretary, CaseForm::Rule { upheld: false, reason: "复核属实".into() }).await;
    warned.does(&warned.lead, CaseForm::SendBack { reason: "缺明细".into() }).await;
    let page = village.gets("/mine").await.text;
    assert!(page.contains("申诉不成立") && page.contains("复核属实") && !page.contains("内部复核"), "{page}");
    assert!(page.contains("已退回") && deeds(&page).contains(&"answer?what=account".into()), "{page}");
}

#[tokio::test]
async fn who_is_named_sees_it_without_buttons_they_may_not_use_and_others_see_a_plain_sentence() {
    let warned = Warned::issued().await;
    let mut head = warned.guest(&warned.head).await;
    let page = head.gets("/mine").await.text;
    assert!(page.contains("涉及您本人") && page.contains("请就补偿款公示情况书面说明"), "{page}");
    assert!(!page.contains("/do/"), "the rules let an officer of the unit answer, not its head elsewhere: {page}");
    assert!(!page.contains(FACTS));

    let neighbour = warned.county.officer("reporter", "999901.105.202", "钱七", None).await;
    let mut other = warned.guest(&neighbour).await;
    let page = other.gets("/mine").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("没有发给您或您所代表单位的预警") && !page.text.contains("请就补偿款"), "{}", page.text);
    for path in ["papers", "do/receive", "do/answer"] {
        let answer = other.gets(&format!("/mine/{}/{path}", warned.case)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    // On the case's own page, too, nobody is offered another's deed.
    let case = other.gets(&format!("/cases/{}", warned.case)).await.text;
    assert!(!case.contains("/do/"), "{case}");
    let mut office = warned.guest(&warned.lead).await;
    let case = office.gets(&format!("/cases/{}", warned.case)).await.text;
    assert!(case.contains("/do/deliver") && !case.contains("/do/answer") && !case.contains("/do/lift"), "{case}");
}
