//! What crossed is in one place, with who wrote what when, and is settled by a signature.

use super::*;
use crate::{
    api::shape::{CaseForm, ProposeForm, ReportForm, RiskEdit, ValueShown},
    desk::Desk,
};

/// Sets a field of a document as somebody who has seen these heads alone.
fn setting(heads: &[String], field: &str, value: ValueShown) -> RiskEdit {
    let set = [(field.to_owned(), Some(value))].into();
    RiskEdit { after: Some(heads.to_vec()), set, ..RiskEdit::default() }
}

fn place(page: &str) -> String {
    let found = page.split("action=\"/conflicts/").nth(1).and_then(|rest| rest.split('"').next());
    format!("/conflicts/{}", found.unwrap_or_else(|| panic!("{page}")))
}

async fn counted(guest: &mut Guest) -> [bool; 2] {
    let mut seen = [false; 2];
    for (at, path) in ["/", "/sync"].into_iter().enumerate() {
        seen[at] = guest.gets(path).await.text.contains("有 1 处并行或冲突需要处理");
    }
    seen
}

#[tokio::test]
async fn values_set_at_once_stand_side_by_side_until_one_of_them_is_signed() {
    let county = County::found().await;
    county.name_units().await;
    let desk: &Desk = &county.desk;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
    let auditor = county.officer("auditor", "999901", "周审计", None).await;
    let mut office = Guest::of(&county, SecondFactorFor::Nobody);
    office.signs_in(&analyst, "").await;
    assert!(office.gets("/conflicts").await.text.contains("没有并行或冲突的内容"));
    assert_eq!(counted(&mut office).await, [false, false]);

    let risk = county.risk(&analyst, "集体资金支出由一人经手", &[]).await;
    let seen = desk.risk(&risk, Language::Chinese).await.unwrap().heads;
    for (officer, level) in [(&analyst, 1), (&lead, 3)] {
        desk.edit_risk(officer, &risk, setting(&seen, "level", ValueShown::Number(level))).await.unwrap();
    }
    assert_eq!(counted(&mut office).await, [true, true]);
    let page = office.gets("/conflicts").await.text;
    for said in ["集体资金支出由一人经手", "等级", "王工作员", "李分管", "暂时显示这一项"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(page.matches("采用这一项").count(), 2, "{page}");
    let mut checks = office.other();
    checks.signs_in(&auditor, "").await;
    let page_of_auditor = checks.gets("/conflicts").await.text;
    assert!(page_of_auditor.contains("集体资金支出由一人经手") && !page_of_auditor.contains("采用这一项"));

    // Each value's own entry names it; what is signed is shown before.
    let by = page.split("<strong>低</strong>").nth(1).unwrap().split("/entries/").nth(1).unwrap();
    let by = by.split('"').next().unwrap().to_owned();
    let signed = office.signs(&place(&page), &[("field", "level"), ("by", &by)]).await;
    assert!(signed.text.contains("href=\"/conflicts\""), "{}", signed.text);
    assert!(office.gets("/conflicts").await.text.contains("没有并行或冲突的内容"));
    assert_eq!(counted(&mut office).await, [false, false]);
    assert!(office.gets(&format!("/risks/{risk}")).await.text.contains("低"));

    // What is no longer beside each other is not settled by an old page.
    let token = office.gets("/me").await.hidden("token").remove(0);
    let late = [("token", token.as_str()), ("field", "level"), ("by", &by)];
    let answer = office.posts(&place(&page), &late).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
}

#[tokio::test]
async fn a_draft_that_two_wrote_at_once_is_there_for_those_who_may_see_it() {
    let county = County::found().await;
    county.name_units().await;
    let desk: &Desk = &county.desk;
    let one = county.officer("reporter", VILLAGE, "张三", None).await;
    let other = county.officer("reporter", VILLAGE, "李四", None).await;
    let form = ReportForm {
        unit: Some(VILLAGE.into()),
        title: "补偿款未公示".into(),
        category: 7,
        account: "到账两个月。".into(),
        ..ReportForm::default()
    };
    let draft = desk.add_report(&one, form).await.unwrap().document;
    let seen = desk.report_for(Some(&one), &draft, Language::Chinese).await.unwrap().document.heads;
    for (officer, number) in [(&one, 3), (&other, 5)] {
        desk.edit_report(officer, &draft, setting(&seen, "category", ValueShown::Number(number))).await.unwrap();
    }
    let mut village = Guest::of(&county, SecondFactorFor::Nobody);
    village.signs_in(&other, "").await;
    let page = village.gets("/conflicts").await.text;
    assert!(page.contains("补偿款未公示") && page.contains("张三") && page.contains("李四"), "{page}");
    let by = page.split("<strong>5</strong>").nth(1).unwrap().split("/entries/").nth(1).unwrap();
    let by = by.split('"').next().unwrap().to_owned();
    village.signs(&place(&page), &[("field", "category"), ("by", &by)]).await;
    assert!(village.gets("/conflicts").await.text.contains("没有并行或冲突的内容"));
}

#[tokio::test]
async fn files_that_contradict_each_other_lead_to_the_deed_that_settles_it() {
    let county = County::found().await;
    county.name_units().await;
    let desk: &Desk = &county.desk;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let form = ProposeForm {
        subject: VILLAGE.into(),
        level: 3,
        ground: "3.4".into(),
        facts: "内卷事实".into(),
        ..ProposeForm::default()
    };
    let case = desk.propose(&analyst, form).await.unwrap().document;
    let does = async |form: CaseForm| drop(desk.act_in_case(&lead, &case, form).await.unwrap());
    does(CaseForm::Approve { shown: None, meeting: None }).await;
    does(CaseForm::Issue { paper: "请书面说明。".into(), terms: Vec::new() }).await;
    let mut office = Guest::of(&county, SecondFactorFor::Nobody);
    office.signs_in(&lead, "").await;
    let mut village = office.other();
    village.signs_in(&reporter, "").await;
    assert_eq!(counted(&mut office).await, [false, false]);
    // The decision is taken back, and the warning still stands.
    does(CaseForm::Rescind { reason: "复议".into(), meeting: None }).await;
    let page = office.gets("/conflicts").await.text;
    for said in ["内卷与外卷不一致", "不应成立", "柳河村", "李分管", &format!("/cases/{case}/do/cancel")]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(counted(&mut office).await, [true, true]);
    // The subject is shown nothing of the inner file, nor that something is in it.
    assert!(village.gets("/conflicts").await.text.contains("没有并行或冲突的内容"));
    // Who gave it does not say of it that all is well; somebody else does, and it is said who and what.
    assert!(!page.contains("/do/settle"), "{page}");
    let act = page.split("/entries/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut other = office.other();
    other.signs_in(&analyst, "").await;
    let page = other.gets("/conflicts").await.text;
    assert!(page.contains(&format!("/cases/{case}/do/settle?act={act}")), "{page}");
    let settles = format!("/cases/{case}/do/settle");
    let token = office.gets("/me").await.hidden("token").remove(0);
    let own = [("token", token.as_str()), ("act", &act), ("findings", "没有问题")];
    let refused = office.posts(&settles, &own).await;
    assert!(refused.text.contains("由他人处理"), "{}", refused.text);
    let form = other.gets(&format!("{settles}?act={act}")).await.text;
    assert!(form.contains(&format!("value=\"{act}\"")), "{form}");
    other.signs(&settles, &[("act", &act), ("findings", "已请示，将重新审批后办理。")]).await;
    let page = office.gets("/conflicts").await.text;
    for said in ["已处理", "已请示，将重新审批后办理。", "王工作员", "没有这项有效的决定"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("需要人员处理的办理"), "{page}");
    assert_eq!(counted(&mut office).await, [false, false]);
    assert!(office.gets(&format!("/cases/{case}")).await.text.contains("已有人处理"));
    does(CaseForm::Cancel { reason: "决定已撤回".into() }).await;
    assert!(!office.gets("/conflicts").await.text.contains("内卷与外卷不一致"));
}
