//! Meetings and interviews: who sees them, what is to come, and the records that are signed by hand.

use super::*;
use crate::api::shape::{CaseForm, InterviewerForm, MeetingForm, PresentForm, ProposeForm};

#[tokio::test]
async fn meetings_and_interviews_stand_in_one_place_for_those_who_may_see_the_inner_files() {
    let county = County::found().await;
    county.name_units().await;
    let desk = &county.desk;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let committee = county.officer("party_committee", "999901", "赵书记", None).await;
    let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let form = ProposeForm {
        subject: VILLAGE.into(),
        level: 1,
        ground: "1.1".into(),
        facts: "账目三处不符".into(),
        ..ProposeForm::default()
    };
    let case = desk.propose(&analyst, form).await.unwrap().document;
    let does = async |officer: &Officer, form: CaseForm| {
        desk.act_in_case(officer, &case, form).await.unwrap();
    };
    let guest = async |officer: &Officer| {
        let mut guest = Guest::of(&county, SecondFactorFor::Nobody);
        guest.signs_in(officer, "").await;
        guest
    };
    let mut office = guest(&analyst).await;
    let mut committee_pages = guest(&committee).await;
    let record = |page: &str| {
        let mark = format!("href=\"/meetings/{case}/");
        let found = page.split(&mark).nth(1).and_then(|rest| rest.split('"').next());
        format!("/meetings/{case}/{}", found.unwrap_or_else(|| panic!("{page}")))
    };

    // A meeting that is to come: whoever decides in it is led to the form, and all can print what is to be filled in.
    let page = office.gets("/meetings").await.text;
    assert!(page.contains("待上会研究") && page.contains("账目三处不符") && !page.contains("/do/approve"), "{page}");
    assert!(committee_pages.gets("/meetings").await.text.contains("/do/approve"));
    let sheet = office.gets(&record(&page)).await.text;
    for said in ["会议记录", "应到会", "党委(党组)：＿", "记录人：＿"] {
        assert!(sheet.contains(said), "{said}: {sheet}");
    }
    let present = ["赵书记", "钱委员"].map(|name| PresentForm { name: name.into(), ..PresentForm::default() });
    let outcome = "一致同意发出预警".to_owned();
    let meeting = MeetingForm { on: Some("2026-11-20".into()), present: present.to_vec(), outcome };
    does(&committee, CaseForm::Approve { shown: None, meeting: Some(meeting) }).await;
    let page = office.gets("/meetings").await.text;
    assert!(page.contains("没有需要上会研究") && page.contains("一致同意发出预警"), "{page}");
    assert!(page.contains("2026年11月20日") && page.contains("赵书记、钱委员"), "{page}");
    let sheet = office.gets(&record(&page)).await.text;
    assert!(
        sheet.contains("赵书记：＿") && sheet.contains("钱委员：＿") && sheet.contains("一致同意发出预警"),
        "{sheet}"
    );

    // An interview from its plan to its record.
    let one =
        |officer: &Officer, role: &str| InterviewerForm { officer: officer.certificate.to_string(), role: role.into() };
    let interviewers = || vec![one(&lead, "discipline_lead"), one(&analyst, "analyst")];
    does(&committee, CaseForm::Issue { paper: "责令限期改正。".into(), terms: Vec::new() }).await;
    does(&analyst, CaseForm::Plan { outline: "先问账目".into(), interviewers: interviewers() }).await;
    let page = office.gets("/meetings").await.text;
    assert!(page.contains("已拟方案，待通知") && page.contains("/do/notice"), "{page}");
    let called = |at: &str| CaseForm::Notice {
        at: at.into(),
        place: "镇政府二楼".into(),
        paper: "请到会说明。".into(),
        interviewers: interviewers(),
    };
    does(&analyst, called("2020-01-04T09:00:00+08:00")).await;
    assert!(office.gets("/meetings").await.text.contains("时间已过，尚无记录"), "it is not held because its time came");
    does(&analyst, called("2999-01-04T09:00:00+08:00")).await;
    let page = office.gets("/meetings").await.text;
    assert!(page.contains("已通知") && page.contains("镇政府二楼") && page.contains("/do/interview"), "{page}");
    let sheet = office.gets(&record(&page)).await.text;
    for said in ["谈话记录", "镇政府二楼", "李分管 纪委分管领导", "先问账目", "被谈话人：＿"]
    {
        assert!(sheet.contains(said), "{said}: {sheet}");
    }
    let record_of_it = "本人承认三处不符，签字在案。";
    let (record_text, terms) = (record_of_it.to_owned(), Vec::new());
    does(&lead, CaseForm::Interview { on: None, record: record_text, interviewers: interviewers(), terms }).await;
    let page = office.gets("/meetings").await.text;
    assert!(page.contains(record_of_it) && page.contains("时间已过，尚无记录"), "the other call is still open: {page}");

    // Nobody else sees any of it.
    let mut village = guest(&reporter).await;
    assert_eq!(village.gets("/meetings").await.status, StatusCode::CONFLICT);
    assert!(!village.gets("/").await.text.contains("href=\"/meetings\""));
    let neighbour = county.officer("analyst", "999901.106", "李四", None).await;
    let page = guest(&neighbour).await.gets("/meetings").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        !page.text.contains("柳河村") && !page.text.contains(record_of_it),
        "of another unit's centre: {}",
        page.text
    );
    let recuse = CaseForm::Recuse { officer: None, reason: "亲属".into() };
    let case_of_kin = {
        let form = ProposeForm {
            subject: VILLAGE.into(),
            level: 1,
            ground: "1.1".into(),
            facts: "亲属所涉之事".into(),
            ..ProposeForm::default()
        };
        desk.propose(&analyst, form).await.unwrap().document
    };
    assert!(committee_pages.gets("/meetings").await.text.contains("亲属所涉之事"));
    desk.act_in_case(&committee, &case_of_kin, recuse).await.unwrap();
    assert!(!committee_pages.gets("/meetings").await.text.contains("亲属所涉之事"), "whoever is recused takes no part");
}
