//! A town shares with a department what comes to it, and reads what that answers.

use super::{
    reports::{TOWN, Town, about, file, reason},
    *,
};
use crate::api::shape::{Duties, ReadForm, ReportDeedForm, ShareForm, SharingDeedForm, SharingShown, TriageForm};

const DEPARTMENT: &str = "999901.105.d02";
const OTHER: &str = "999901.105.d03";

fn share(question: Option<&str>) -> ShareForm {
    ShareForm {
        with: DEPARTMENT.into(),
        digest: "村里一处补偿款去向不明".into(),
        reason: "属城管办职责".into(),
        copy: vec!["title".into(), "amount".into(), "category".into()],
        question: question.map(Into::into),
        respond_by: question.map(|_| "2199-12-01".into()),
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, DeskError>) -> Code {
    result.unwrap_err().code
}

impl Town {
    async fn duties(&self, officer: &Officer) -> Duties {
        self.desk().duties(officer, EN).await.unwrap()
    }

    async fn tasks(&self, officer: &Officer) -> Vec<String> {
        self.duties(officer).await.duties.into_iter().map(|duty| duty.task).collect()
    }

    async fn sharing(&self, officer: &Officer, id: &str) -> Result<SharingShown, DeskError> {
        self.desk().sharing(officer, id, Language::Chinese).await
    }
}

#[tokio::test]
async fn a_report_is_shared_with_a_department_which_answers_and_nobody_else_reads_it() {
    let town = Town::found().await;
    let head = town.county.officer("reporter", DEPARTMENT, "城管办主任", None).await;
    let other = town.county.officer("reporter", OTHER, "财政所长", None).await;
    let desk = town.desk();
    let id = town.filed(file("补偿款未公示")).await;
    let asked = || share(Some("近两年有无拨付"));
    assert_eq!(code(desk.share_report(&town.analyst, &id, asked()).await), Code::ShareNotHeld, "not taken up");
    town.act(&town.analyst, &id, ReportDeedForm::Accept).await.unwrap();
    assert_eq!(code(desk.share_report(&town.upper, &id, asked()).await), Code::ShareNotTheCentre);
    let with = |with: &str| ShareForm { with: with.into(), ..asked() };
    assert_eq!(code(desk.share_report(&town.analyst, &id, with(VILLAGE)).await), Code::ShareNotADepartment);
    let who = ShareForm { copy: vec!["who".into()], ..asked() };
    assert_eq!(code(desk.share_report(&town.analyst, &id, who).await), Code::ShareBadField);
    let past = ShareForm { respond_by: Some("2020-01-01".into()), ..asked() };
    assert_eq!(code(desk.share_report(&town.analyst, &id, past).await), Code::ShareAlreadyOver);
    let shared = desk.share_report(&town.analyst, &id, asked()).await.unwrap().document;

    // The department has to answer, and reads what was chosen for it.
    let duty = town.duties(&head).await.duties.remove(0);
    assert_eq!(
        (duty.task.as_str(), duty.kind.as_str(), duty.due.as_deref()),
        ("respond", "sharing", Some("2199-12-01"))
    );
    assert_eq!((duty.id.as_str(), duty.title.as_str()), (shared.as_str(), "村里一处补偿款去向不明"));
    let shown = town.sharing(&head, &shared).await.unwrap();
    let told = &shown.told[0];
    let copied: Vec<(&str, &str)> =
        told.copied.iter().map(|copied| (copied.field_name.as_str(), copied.text.as_str())).collect();
    assert_eq!(copied[0], ("金额（元）", "120000.00"));
    assert_eq!(copied[2], ("标题", "补偿款未公示"));
    assert_eq!((shown.about.as_str(), shown.kind.as_str(), told.waits), (id.as_str(), "report", true));
    // To everybody else it is not there.
    for officer in [&other, &town.villager, &town.county.administrator] {
        assert_eq!(code(town.sharing(officer, &shared).await), Code::NoSuchDocument);
        assert!(desk.sharings(officer, EN).await.unwrap().sharings.is_empty());
        assert!(!town.tasks(officer).await.contains(&"respond".into()));
    }
    assert_eq!(code(desk.do_with_sharing(&town.analyst, &shared, respond()).await), Code::NoAuthority);
    desk.do_with_sharing(&head, &shared, respond()).await.unwrap();
    assert!(town.tasks(&head).await.is_empty());

    // The centre reads the answer, and it stands in the report's story.
    let reading = town.duties(&town.analyst).await.readings.remove(0);
    assert_eq!(
        (reading.deed.as_str(), reading.kind.as_str(), reading.by.as_str()),
        ("respond", "sharing", "城管办主任")
    );
    let report = town.shown(Some(&town.analyst), &id).await.unwrap();
    assert_eq!(report.shared[0].told[0].responses[0].text, "两年内无拨付");
    for officer in [None, Some(&town.villager)] {
        assert!(town.shown(officer, &id).await.unwrap().shared.is_empty(), "who reported is told the reply alone");
    }
    let line = desk.sharings(&town.analyst, EN).await.unwrap().sharings.remove(0);
    assert_eq!((line.waits, line.responses, line.department.unit.as_str()), (false, 1, DEPARTMENT));
    // It is closed; nothing more is answered.
    let close = || SharingDeedForm::Close { reason: "已了解".into(), entry: None };
    desk.do_with_sharing(&town.analyst, &shared, close()).await.unwrap();
    assert_eq!(code(desk.do_with_sharing(&town.analyst, &shared, close()).await), Code::NoSuchSharing);
    assert_eq!(code(desk.do_with_sharing(&head, &shared, respond()).await), Code::NoSuchSharing);
    // Of a lead nothing is shared any more.
    town.triage(&town.analyst, &id, TriageForm::Open).await.unwrap();
    town.triage(&town.analyst, &id, TriageForm::Lead).await.unwrap();
    assert_eq!(code(desk.share_report(&town.analyst, &id, asked()).await), Code::ShareLead);
}

fn respond() -> SharingDeedForm {
    SharingDeedForm::Respond { text: "两年内无拨付".into(), entry: None }
}

#[tokio::test]
async fn what_is_about_a_department_is_not_shared_with_it_and_a_case_is_shared_like_a_report() {
    let town = Town::found().await;
    let desk = town.desk();
    let head = town.county.officer("reporter", DEPARTMENT, "城管办主任", None).await;
    let id = town.filed(about(file("罚款不开票"), DEPARTMENT, "队员", false)).await;
    town.act(&town.analyst, &id, ReportDeedForm::Accept).await.unwrap();
    assert_eq!(code(desk.share_report(&town.analyst, &id, share(None)).await), Code::ShareConcernsDepartment);
    let case = ProposeForm {
        unit: Some(TOWN.into()),
        subject: VILLAGE.into(),
        level: 3,
        ground: "3.3".into(),
        facts: "账目不清".into(),
        reason: reason(),
        ..ProposeForm::default()
    };
    let case = desk.propose(&town.analyst, case).await.unwrap().document;
    let form = || ShareForm { copy: vec!["facts".into(), "ground".into()], ..share(None) };
    let shared = desk.share_case(&town.analyst, &case, form()).await.unwrap().document;
    let reading = town.duties(&head).await.readings.remove(0);
    assert_eq!((reading.deed.as_str(), reading.id.as_str()), ("share", shared.as_str()), "told, not asked: it is read");
    let shown = desk.case(None, &case, Language::Chinese).await.unwrap();
    assert_eq!((shown.shared[0].kind.as_str(), shown.shared[0].told[0].copied[0].text.as_str()), ("case", "账目不清"));
    assert!(shown.shared[0].told[0].copied[1].text.starts_with("3.3 "));
}

/// The same node's desk, as after a restart: nothing is remembered but what is on the disk.
fn restarted(desk: &Desk) -> Desk {
    Desk::with(desk.node().clone(), SealCost::FLOOR, SessionLimits::default())
}

#[tokio::test]
async fn a_reminder_is_made_once_for_a_duty_and_a_stage_also_after_a_restart() {
    let town = Town::found().await;
    let desk = town.desk();
    let head = town.county.officer("reporter", DEPARTMENT, "城管办主任", None).await;
    let id = town.filed(file("补偿款未公示")).await;
    assert_eq!(desk.remind().await.unwrap(), 0, "five working days are left");
    town.act(&town.analyst, &id, ReportDeedForm::Accept).await.unwrap();
    let today = town.duties(&head).await.today;
    let due = |day: &str| ShareForm { respond_by: Some(day.into()), ..share(Some("是否属实")) };
    let shared = desk.share_report(&town.analyst, &id, due(&today)).await.unwrap();
    desk.share_report(&town.analyst, &id, due("2199-12-01")).await.unwrap();
    assert_eq!(desk.remind().await.unwrap(), 1, "the other is far off");
    assert_eq!(desk.remind().await.unwrap(), 0);
    let again = restarted(desk);
    assert_eq!(again.remind().await.unwrap(), 0);
    let line = again.reminders(&town.analyst, Language::Chinese).await.unwrap().lines.remove(0);
    assert_eq!((line.task.as_str(), line.stage.as_str(), line.stage_name.as_str()), ("respond", "on", "今日到期"));
    assert_eq!((line.kind.as_str(), &line.id, &line.due), ("sharing", &shared.document, &today));
    assert_eq!((line.to, line.unit.as_str()), (vec!["subject".to_owned(), "handling_body".into()], DEPARTMENT));
    assert_eq!((line.state.as_str(), line.state_name.as_str()), ("waiting", "待发送"));
    let kept = std::fs::read_to_string(town.county.dir.path().join("outbox.jsonl")).unwrap();
    assert!(!kept.contains("补偿款") && !kept.contains("城管办"), "it names documents and offices only: {kept}");
    // What was answered is not reminded of.
    for _ in 0..2 {
        desk.do_with_sharing(&head, &shared.document, respond()).await.unwrap();
    }
    assert_eq!((desk.remind().await.unwrap(), restarted(desk).remind().await.unwrap()), (0, 0));
}

#[tokio::test]
async fn what_was_read_stands_behind_what_was_not_for_the_officer_who_read_it() {
    let town = Town::found().await;
    let desk = town.desk();
    let head = town.county.officer("reporter", DEPARTMENT, "城管办主任", None).await;
    let deputy = town.county.officer("analyst", TOWN, "吴工作员", None).await;
    let id = town.filed(file("补偿款未公示")).await;
    town.act(&town.analyst, &id, ReportDeedForm::Accept).await.unwrap();
    let shared = desk.share_report(&town.analyst, &id, share(Some("是否属实"))).await.unwrap().document;
    for _ in 0..2 {
        desk.do_with_sharing(&head, &shared, respond()).await.unwrap();
    }
    let readings = town.duties(&town.analyst).await.readings;
    let newest = readings[0].entry.clone();
    let mark = |entries: Vec<String>| ReadForm { entries };
    assert_eq!(desk.mark_read(&town.analyst, &mark(vec![newest[..12].into()])).await.unwrap().marked, 1);
    assert_eq!(desk.mark_read(&town.analyst, &mark(vec![newest.clone()])).await.unwrap().marked, 0, "once is enough");
    let readings = town.duties(&town.analyst).await.readings;
    assert_eq!(readings.last().map(|reading| (&reading.entry, reading.read)), Some((&newest, true)));
    assert!(!readings[0].read);
    assert!(town.duties(&deputy).await.readings.iter().all(|reading| !reading.read), "a colleague has read nothing");
    // What is not theirs to read is not marked.
    assert_eq!(code(desk.mark_read(&head, &mark(vec![newest])).await), Code::BadId);
    let left = town.duties(&deputy).await.readings.len() as u64;
    assert_eq!(restarted(desk).mark_read(&deputy, &ReadForm::default()).await.unwrap().marked, left);
    assert!(restarted(desk).duties(&deputy, EN).await.unwrap().readings.iter().all(|reading| reading.read));
}
