//! Reports from filing to their outcome, who may see them, and what a power cut leaves.

use fangwei_protocol::{
    record::{body::Act, entry::Kind},
    work::{case::series::SeriesAct, report::act::ReportAct},
};

use super::*;
use crate::api::shape::{
    ConcernedForm, EvidenceForm, FileForm, PostForm, ReportDeedForm, ReportShown, StrikeForm, TriageForm,
};

pub(super) const TOWN: &str = "999901.105";

pub(super) fn file(title: &str) -> FileForm {
    FileForm {
        unit: Some(VILLAGE.into()),
        category: Some(7),
        source: Some("petition".into()),
        title: Some(title.into()),
        account: Some(format!("{title}，到账两个月仍未公示。")),
        happened: Some("2025-03-01".into()),
        place: Some("柳河村".into()),
        amount_fen: Some(12_000_000),
        ..FileForm::default()
    }
}

pub(super) fn about(form: FileForm, unit: &str, post: &str, head: bool) -> FileForm {
    FileForm { concerned: Some(ConcernedForm { unit: unit.into(), post: post.into(), officer: None, head }), ..form }
}

pub(super) fn reason() -> String {
    "经核实".into()
}

pub(super) struct Town {
    pub(super) county: County,
    pub(super) villager: Officer,
    pub(super) analyst: Officer,
    pub(super) upper: Officer,
}

impl Town {
    pub(super) async fn found() -> Town {
        let county = County::found().await;
        county.name_units().await;
        let villager = county.officer("reporter", VILLAGE, "张三", None).await;
        let analyst = county.officer("analyst", TOWN, "王工作员", None).await;
        let upper = county.officer("analyst", "999901", "赵工作员", None).await;
        Town { county, villager, analyst, upper }
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.county.desk
    }

    pub(super) async fn filed(&self, form: FileForm) -> String {
        self.desk().file_report(&self.villager, form, EN).await.unwrap().written.document
    }

    pub(super) async fn act(
        &self,
        officer: &Officer,
        id: &str,
        form: ReportDeedForm,
    ) -> Result<WrittenShape, DeskError> {
        self.desk().do_with_report(officer, id, form).await
    }

    pub(super) async fn triage(
        &self,
        officer: &Officer,
        id: &str,
        form: TriageForm,
    ) -> Result<WrittenShape, DeskError> {
        self.desk().triage(officer, id, form).await
    }

    /// Taken up, with its triage open.
    async fn opened(&self, title: &str) -> String {
        let id = self.filed(file(title)).await;
        self.act(&self.analyst, &id, ReportDeedForm::Accept).await.unwrap();
        self.triage(&self.analyst, &id, TriageForm::Open).await.unwrap();
        id
    }

    pub(super) async fn shown(&self, officer: Option<&Officer>, id: &str) -> Result<ReportShown, DeskError> {
        self.desk().report_for(officer, id, Language::Chinese).await
    }

    async fn listed(&self, officer: Option<&Officer>, query: ListQuery) -> Vec<String> {
        let listed = self.desk().reports_for(officer, &query, EN).await.unwrap();
        assert_eq!(listed.total, listed.reports.len() as u64);
        listed.reports.into_iter().map(|line| line.title).collect()
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, DeskError>) -> Code {
    result.unwrap_err().code
}

#[tokio::test]
async fn a_report_is_filed_under_a_number_asked_back_about_taken_up_and_answered() {
    let town = Town::found().await;
    let filed = town.desk().file_report(&town.villager, file("补偿款未公示"), Language::Chinese).await.unwrap();
    let year = filed.number.split(['〔', '〕']).nth(1).unwrap().to_owned();
    assert_eq!(filed.number, format!("柳河村预信〔{year}〕1号"));
    assert_eq!((filed.to.as_str(), filed.to_name.as_str(), &filed.receipt_code), (TOWN, "清水镇", &None));
    let id = filed.written.document;

    let shown = town.shown(None, &id).await.unwrap();
    let (of_it, due) = (shown.filed.unwrap(), shown.acceptance.unwrap());
    assert_eq!((shown.stage.as_str(), shown.stage_name.as_str()), ("filed", "已报送"));
    assert_eq!((of_it.category, of_it.source_name.as_str(), of_it.origin.as_str()), (7, "信访举报", "officer"));
    assert!(!due.overdue && due.until.starts_with("20"), "{due:?}");
    let listed = town.desk().reports(&ListQuery::default()).await.unwrap();
    let line = &listed.reports[0];
    assert_eq!((line.title.as_str(), line.category, line.stage.as_str()), ("补偿款未公示", Some(7), "filed"));
    assert_eq!(line.number.as_deref(), Some(&*format!("预信〔{year}〕1号")));
    assert_eq!(line.acceptance, Some(due), "a list says the same as the page");
    assert_eq!(line.lies_with.as_ref().unwrap().name, "清水镇");
    let words = |words: &str| ListQuery { words: Some(words.into()), ..ListQuery::default() };
    assert_eq!(town.listed(None, words("两个月")).await, ["补偿款未公示"]);

    let ask = || ReportDeedForm::AskBack { question: "金额是多少？".into() };
    assert_eq!(code(town.act(&town.villager, &id, ask()).await), Code::NoAuthority);
    assert_eq!(code(town.act(&town.upper, &id, ask()).await), Code::NotTheReceiver);
    town.act(&town.analyst, &id, ask()).await.unwrap();
    assert_eq!(town.shown(None, &id).await.unwrap().questions[0].text, "金额是多少？");
    let more = || ReportDeedForm::Supplement { text: "十二万元".into(), question: None, attachments: Vec::new() };
    town.act(&town.villager, &id, more()).await.unwrap();
    let shown = town.shown(None, &id).await.unwrap();
    assert_eq!((shown.stage.as_str(), shown.questions.len(), shown.supplements.len()), ("filed", 0, 1));
    assert_eq!(code(town.triage(&town.analyst, &id, TriageForm::Open).await), Code::NotAccepted);
    town.act(&town.analyst, &id, ReportDeedForm::Accept).await.unwrap();
    assert_eq!(town.shown(None, &id).await.unwrap().acceptance, None, "taken up in time");
    let withdraw = ReportDeedForm::Withdraw { reason: reason() };
    assert_eq!(code(town.act(&town.villager, &id, withdraw).await), Code::WrongStage);
    town.act(&town.analyst, &id, ReportDeedForm::Reply { text: "已采用".into() }).await.unwrap();
    let shown = town.shown(None, &id).await.unwrap();
    assert_eq!((shown.stage.as_str(), shown.replies[0].text.as_str()), ("replied", "已采用"));
    assert_eq!(
        shown.document.history.iter().map(|entry| entry.deed.as_str()).collect::<Vec<_>>(),
        ["file", "ask_back", "supplement", "accept", "reply"]
    );
    assert!(shown.document.history.iter().all(|entry| entry.void.is_none() && entry.marks.is_empty()));
}

#[tokio::test]
async fn triage_ends_in_no_substance_a_duplicate_a_warning_or_a_lead_of_which_nothing_is_said() {
    let town = Town::found().await;
    let (desk, analyst) = (town.desk(), &town.analyst);
    let first = town.opened("甲事").await;
    let form = ProposeForm { unit: Some(TOWN.into()), reports: vec![first.clone()], ..propose(3) };
    let other = ProposeForm { reports: Vec::new(), ..form.clone() };
    let (case, other) = (desk.propose(analyst, form).await.unwrap(), desk.propose(analyst, other).await.unwrap());
    let warn = |case: &WrittenShape| TriageForm::Warning { case: case.document.clone(), reason: reason() };
    assert_eq!(code(town.triage(analyst, &first, warn(&other)).await), Code::NotItsCase);
    town.triage(analyst, &first, warn(&case)).await.unwrap();
    let shown = town.shown(None, &first).await.unwrap();
    let triage = &shown.triage[0];
    assert_eq!((triage.stage.as_str(), triage.outcome.as_deref()), ("decided", Some("warning")));
    assert_eq!((triage.linked.as_ref(), triage.unit.name.as_str()), (Some(&case.document), "清水镇"));

    let second = town.opened("乙事").await;
    let repeats = |of: &str| TriageForm::Duplicate { of: of.into(), reason: reason() };
    town.triage(analyst, &second, repeats(&first)).await.unwrap();
    assert_eq!(town.shown(None, &second).await.unwrap().triage[0].linked.as_ref(), Some(&first));
    town.triage(analyst, &first, TriageForm::Reopen { reason: reason() }).await.unwrap();
    assert_eq!(code(town.triage(analyst, &first, repeats(&second)).await), Code::Circular);
    town.triage(analyst, &first, TriageForm::NoSubstance { reason: reason() }).await.unwrap();
    let line =
        |listed: crate::api::shape::Reports, id: &str| listed.reports.into_iter().find(|line| line.id == id).unwrap();
    let listed = line(desk.reports(&ListQuery::default()).await.unwrap(), &first);
    assert_eq!((listed.outcome.as_deref(), listed.title.as_str()), (Some("no_substance"), "甲事"));

    let third = town.opened("丙事受贿").await;
    town.triage(analyst, &third, TriageForm::Lead).await.unwrap();
    let listed = line(desk.reports(&ListQuery::default()).await.unwrap(), &third);
    assert_eq!((listed.stage.as_str(), listed.outcome.as_deref()), ("left", Some("lead")));
    assert!(listed.title.is_empty() && listed.category.is_none() && listed.number.is_none(), "{listed:?}");
    let found = ListQuery { words: Some("受贿".into()), ..ListQuery::default() };
    assert!(town.listed(Some(analyst), found).await.is_empty());
    let shown = town.shown(Some(analyst), &third).await.unwrap();
    assert!(shown.filed.is_none() && shown.document.fields.is_empty());
    assert!(!serde_json::to_string(&shown).unwrap().contains("受贿"), "{shown:?}");
    let no_more = TriageForm::Reopen { reason: reason() };
    assert_eq!(code(town.triage(analyst, &third, no_more).await), Code::WrongStage);
}

#[tokio::test]
async fn what_is_about_a_unit_or_its_head_is_hidden_there_from_all_but_its_author() {
    let town = Town::found().await;
    let desk = town.desk();
    let neighbour = town.county.officer("post_holder", VILLAGE, "李四", None).await;
    let own = town.filed(about(file("本村账目"), VILLAGE, "", false)).await;
    let head = town.filed(about(file("镇长用车"), TOWN, "镇长", true)).await;
    let post = town.filed(about(file("镇里岗位"), TOWN, "出纳", false)).await;
    assert_eq!(town.shown(Some(&town.upper), &head).await.unwrap().lies_with.unwrap().unit, "999901");
    let below = FileForm { to: Some(TOWN.into()), ..about(file("镇里另一件"), TOWN, "", false) };
    assert_eq!(code(desk.file_report(&town.villager, below, EN).await), Code::AboutReceiver);

    let all = ListQuery::default;
    assert_eq!(town.listed(None, all()).await, ["镇里岗位"], "whoever does not say who they are may be anybody");
    assert_eq!(town.listed(Some(&neighbour), all()).await, ["镇里岗位"], "below the town is of the town");
    assert_eq!(town.listed(Some(&town.analyst), all()).await, ["镇里岗位", "本村账目"]);
    assert_eq!(town.listed(Some(&town.villager), all()).await, ["镇里岗位", "镇长用车", "本村账目"]);
    assert_eq!(town.listed(Some(&town.upper), all()).await, ["镇里岗位", "镇长用车", "本村账目"]);
    let page = ListQuery { limit: Some(1), offset: 1, ..ListQuery::default() };
    let page = desk.reports_for(Some(&town.upper), &page, EN).await.unwrap();
    assert_eq!((page.total, page.reports[0].title.as_str()), (3, "镇长用车"));
    let rest = ListQuery { after: page.next, ..ListQuery::default() };
    let rest = desk.reports_for(Some(&town.upper), &rest, EN).await.unwrap();
    assert_eq!(rest.reports.iter().map(|line| line.title.as_str()).collect::<Vec<_>>(), ["本村账目"]);
    let words = |words: &str| ListQuery { words: Some(words.into()), ..ListQuery::default() };
    assert_eq!(town.listed(Some(&town.upper), words("用车")).await, ["镇长用车"]);
    assert!(town.listed(Some(&town.analyst), words("用车")).await.is_empty());
    assert!(town.listed(None, words("用车")).await.is_empty());

    for (officer, id) in [(None, &own), (Some(&neighbour), &own), (Some(&town.analyst), &head), (None, &head)] {
        assert_eq!(code(town.shown(officer, id).await), Code::NoSuchDocument);
    }
    for (officer, id) in [(&town.villager, &own), (&town.analyst, &own), (&town.upper, &head), (&neighbour, &post)] {
        assert_eq!(&town.shown(Some(officer), id).await.unwrap().document.id, id);
    }
    let accept = town.act(&town.analyst, &head, ReportDeedForm::Accept).await;
    assert_eq!(code(accept), Code::NoSuchDocument, "nothing is done with what is not seen");
    town.act(&town.upper, &head, ReportDeedForm::Accept).await.unwrap();
}

#[tokio::test]
async fn a_bundle_says_nothing_of_reports_that_whoever_asks_may_not_see_and_proves_the_rest() {
    let town = Town::found().await;
    let desk = town.desk();
    town.filed(about(file("本村账目"), VILLAGE, "", false)).await;
    town.filed(about(file("镇里岗位"), TOWN, "出纳", false)).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bundle");
    let wanted = [
        EvidenceForm { all: true, ..EvidenceForm::default() },
        EvidenceForm { unit: Some(VILLAGE.into()), ..EvidenceForm::default() },
    ];
    for (officer, sees) in [(None, false), (Some(&town.analyst), true), (Some(&town.villager), true)] {
        for form in &wanted {
            let mut writing = desk.evidence(officer, form).await.unwrap();
            let mut bytes = Vec::new();
            while let Some(some) = writing.next().await.unwrap() {
                bytes.extend(some);
            }
            let says = |words: &str| bytes.windows(words.len()).any(|some| some == words.as_bytes());
            assert_eq!((says("本村账目"), says("镇里岗位")), (sees, true), "{officer:?} {form:?}");
            std::fs::write(&path, &bytes).unwrap();
            let found = crate::audit::bundle::check(&path, Some(desk.node().genesis().hash()), &mut |_, _| {}).unwrap();
            assert_eq!(found.found.fault_count, 0, "{officer:?} {form:?}");
        }
    }
}

#[tokio::test]
async fn a_draft_becomes_the_report_and_what_it_lacks_is_asked_for() {
    let town = Town::found().await;
    let desk = town.desk();
    let draft = ReportForm {
        unit: Some(VILLAGE.into()),
        title: "征地补偿款未公示".into(),
        category: 7,
        account: "到账两个月仍未公示。".into(),
        urgency: Some("紧急".into()),
        ..ReportForm::default()
    };
    let id = desk.add_report(&town.villager, draft).await.unwrap().document;
    let line = || async { desk.reports(&ListQuery::default()).await.unwrap().reports.remove(0) };
    assert_eq!((line().await.stage.as_str(), line().await.number), ("blank", None));
    let form = FileForm { draft: Some(id.clone()), ..FileForm::default() };
    let lacking = desk.file_report(&town.villager, form.clone(), EN).await.unwrap_err();
    assert_eq!((lacking.code, lacking.values["field"].as_str()), (Code::MissingField, "source"));
    let unknown = FileForm { source: Some("传闻".into()), ..form.clone() };
    assert_eq!(code(desk.file_report(&town.villager, unknown, EN).await), Code::NoSuchSource);
    let future = FileForm { happened: Some("2999-01-01".into()), source: Some("信访举报".into()), ..form.clone() };
    assert_eq!(code(desk.file_report(&town.villager, future, EN).await), Code::NotYetHappened);
    let form = FileForm { source: Some("信访举报".into()), ..form };
    let filed = desk.file_report(&town.villager, form.clone(), EN).await.unwrap();
    assert_eq!(filed.written.document, id);
    assert!(filed.number.ends_with("No. 1"), "what was refused took no number: {}", filed.number);
    assert_eq!((line().await.stage.as_str(), line().await.urgency.as_str()), ("filed", "urgent"));
    let shown = town.shown(None, &id).await.unwrap();
    assert!(shown.document.fields.is_empty() && shown.filed.unwrap().urgent);
    assert_eq!(code(desk.file_report(&town.villager, form, EN).await), Code::FiledAlready);
}

#[tokio::test]
async fn an_anonymous_reporter_gets_a_code_once_and_a_name_is_shown_to_officers_only() {
    let town = Town::found().await;
    let desk = town.desk();
    let form = FileForm { origin: Some("anonymous".into()), ..file("匿名来信") };
    let filed = desk.file_report(&town.villager, form, EN).await.unwrap();
    let receipt = filed.receipt_code.unwrap();
    assert_eq!(receipt.len(), 19);
    let shown = town.shown(Some(&town.villager), &filed.written.document).await.unwrap();
    assert!(!serde_json::to_string(&shown).unwrap().contains(&receipt));
    let form =
        FileForm { origin: Some("named".into()), who: Some("钱七，13800000000".into()), ..file("实名来信") };
    let id = town.filed(form).await;
    let shown = town.shown(Some(&town.analyst), &id).await.unwrap();
    assert_eq!(shown.filed.unwrap().who.as_deref(), Some("钱七，13800000000"));
    let shown = town.shown(None, &id).await.unwrap();
    assert!(!serde_json::to_string(&shown).unwrap().contains("钱七"), "{shown:?}");
    let words = ListQuery { words: Some("钱七".into()), ..ListQuery::default() };
    assert!(town.listed(None, words).await.is_empty());
    let nobody = FileForm { origin: Some("named".into()), ..file("无名") };
    assert_eq!(code(desk.file_report(&town.villager, nobody, EN).await), Code::MissingField);
    let ghost = FileForm { origin: Some("ghost".into()), ..file("无名") };
    assert_eq!(code(desk.file_report(&town.villager, ghost, EN).await), Code::BadOrigin);
    let invited = FileForm { origin: Some("invited".into()), ..file("特邀") };
    assert_eq!(code(desk.file_report(&town.villager, invited, EN).await), Code::NotTheReporter);
}

#[tokio::test]
async fn a_report_is_passed_up_or_over_with_a_copy_of_its_own() {
    let town = Town::found().await;
    let desk = town.desk();
    let id = town.opened("转办").await;
    let up = TriageForm::PassOn { to: "999901".into(), reason: reason() };
    town.triage(&town.analyst, &id, up).await.unwrap();
    let shown = town.shown(None, &id).await.unwrap();
    assert_eq!((shown.stage.as_str(), shown.lies_with.unwrap().unit.as_str()), ("filed", "999901"));
    assert_eq!(shown.triage[0].stage, "passed_on");
    assert!(shown.acceptance.is_some(), "five working days count again");

    let over = |to: &str| ReportDeedForm::PassOn { to: to.into() };
    assert_eq!(code(town.act(&town.analyst, &id, over("999901.106")).await), Code::NotTheReceiver);
    town.act(&town.upper, &id, over("999901.106")).await.unwrap();
    assert_eq!(town.shown(None, &id).await.unwrap().stage, "passed_on");
    let there = ListQuery { unit: Some("999901.106".into()), ..ListQuery::default() };
    let listed = desk.reports(&there).await.unwrap();
    assert_eq!((listed.total, listed.reports[0].title.as_str()), (1, "转办"));
    let copy = town.shown(None, &listed.reports[0].id).await.unwrap().filed.unwrap();
    assert_eq!((copy.origin.as_str(), copy.author.name.as_str()), ("passed_on", "赵工作员"));
    assert!(copy.number.starts_with("示例县预信"), "{}", copy.number);
}

#[tokio::test]
async fn a_cut_between_the_number_and_the_report_wastes_no_number() {
    let town = Town::found().await;
    let desk = town.desk();
    let series = |desk: &Desk| {
        let desk = desk.clone();
        async move { desk.papers(EN).await.unwrap().registers }
    };
    // The number is allotted to a document, and then the power goes.
    let scope = fangwei_protocol::work::case::files_of(&VILLAGE.parse().unwrap());
    let lost = new_document(scope, Kind::REPORT);
    let number = desk.allot(&town.villager, "预信", &lost).await.unwrap();
    assert_eq!(number.number, 1);
    assert_eq!(desk.allot(&town.villager, "预信", &lost).await.unwrap(), number, "it is not given twice");
    let register = series(desk).await.remove(0);
    assert_eq!((register.numbers.len(), register.numbers[0].issued, register.here), (1, false, true));

    let filed = desk.file_report(&town.villager, file("续报"), EN).await.unwrap();
    assert_eq!(filed.written.document, lost.doc.to_string(), "the document that got the number is filed");
    assert!(filed.number.ends_with("No. 1"), "{}", filed.number);
    let next = desk.file_report(&town.villager, file("另报"), EN).await.unwrap();
    assert!(next.number.ends_with("No. 2"), "{}", next.number);
    assert_ne!(next.written.document, filed.written.document);
    let refused = FileForm { category: Some(99), ..file("错报") };
    assert_eq!(code(desk.file_report(&town.villager, refused, EN).await), Code::BadCategory);
    let register = series(desk).await.remove(0);
    assert_eq!(register.numbers.iter().map(|one| one.issued).collect::<Vec<_>>(), [true, true]);
    assert_eq!(register.numbers[1].paper, next.written.document);

    // What was allotted and is given up is struck, stays, and is not given again.
    let other = new_document(lost.scope.clone(), Kind::CASE_OUTER);
    let spare = desk.allot(&town.analyst, "预告", &other).await.unwrap();
    let strike = |number| StrikeForm { word: "预告".into(), year: spare.year, number, reason: reason() };
    assert_eq!(code(desk.strike(&town.analyst, strike(7)).await), Code::NumberNeverAllotted);
    desk.strike(&town.analyst, strike(1)).await.unwrap();
    assert_eq!(code(desk.strike(&town.analyst, strike(1)).await), Code::NumberAlreadyStruck);
    assert_eq!(desk.allot(&town.analyst, "预告", &other).await.unwrap().number, 2);
    let registers = series(desk).await;
    let of_town = registers.iter().find(|register| register.word == "预告").unwrap();
    assert_eq!(of_town.numbers[0].struck.as_deref(), Some("经核实"));
    let acts = desk.node().core().read(|sight| {
        let of = |kind| sight.replica.documents(kind, sight.store).unwrap();
        let said = of(Kind::PAPER_SERIES)
            .into_iter()
            .chain(of(Kind::REPORT))
            .flat_map(|document| sight.replica.history(&document, sight.store).unwrap());
        let count = |is: fn(&Act) -> bool, all: &[fangwei_protocol::replica::Said]| {
            all.iter().filter_map(|said| said.act()).filter(|act| is(act)).count()
        };
        let all: Vec<_> = said.collect();
        let allotted = count(|act| matches!(act, Act::Series(act) if matches!(**act, SeriesAct::Allot { .. })), &all);
        let filed = count(|act| matches!(act, Act::Report(act) if matches!(**act, ReportAct::File(_))), &all);
        (allotted, filed)
    });
    assert_eq!(acts.await.unwrap(), (4, 2));
}

#[tokio::test]
async fn managed_posts_are_listed_and_taken_off_by_the_units_secretary() {
    let town = Town::found().await;
    let desk = town.desk();
    let manage = |unit: &str| PostForm::Manage {
        unit: unit.into(),
        post: "镇长".into(),
        officer: Some(town.analyst.certificate.to_string()),
    };
    assert_eq!(code(desk.do_with_post(&town.upper, manage(TOWN)).await), Code::NoAuthority);
    assert_eq!(code(desk.do_with_post(&town.county.secretary, manage("370126")).await), Code::BadUnit);
    desk.do_with_post(&town.county.secretary, manage(TOWN)).await.unwrap();
    assert_eq!(code(desk.do_with_post(&town.county.secretary, manage(TOWN)).await), Code::PostAlreadyListed);
    let posts = desk.posts().await.unwrap().registers.remove(0);
    assert_eq!((posts.by.name.as_str(), posts.posts[0].at.name.as_str()), ("示例县", "清水镇"));
    assert_eq!((posts.posts[0].post.as_str(), posts.posts[0].name.as_deref()), ("镇长", Some("王工作员")));
    let release = || PostForm::Release { unit: TOWN.into(), post: "镇长".into(), officer: None };
    desk.do_with_post(&town.county.secretary, release()).await.unwrap();
    assert!(desk.posts().await.unwrap().registers[0].posts.is_empty());
    assert_eq!(code(desk.do_with_post(&town.county.secretary, release()).await), Code::PostNotListed);
}
