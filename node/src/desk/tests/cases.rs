//! A red warning through all that can happen to it, and what each officer has to do meanwhile.

use super::*;
use crate::{
    api::shape::{Duties, InterviewerForm, MeetingForm, PresentForm},
    view::{Asked, CANCELLED},
};

struct Red {
    county: County,
    analyst: Officer,
    committee: Officer,
    lead: Officer,
    villager: Officer,
    case: String,
}

impl Red {
    async fn proposed() -> Red {
        let county = County::found().await;
        county.name_units().await;
        let analyst = county.officer("analyst", "999901", "王工作员", None).await;
        let committee = county.officer("party_committee", "999901", "赵书记", None).await;
        let lead = county.officer("discipline_lead", "999901", "李分管", None).await;
        let villager = county.officer("reporter", VILLAGE, "张三", None).await;
        let form = ProposeForm { ground: "1.1".into(), ..propose(1) };
        let case = county.desk.propose(&analyst, form).await.unwrap().document;
        Red { county, analyst, committee, lead, villager, case }
    }

    async fn act(&self, officer: &Officer, form: CaseForm) -> Result<(), Code> {
        self.county.desk.act_in_case(officer, &self.case, form).await.map(drop).map_err(|error| error.code)
    }

    async fn does(&self, officer: &Officer, form: CaseForm) {
        let tried = format!("{form:?}");
        self.act(officer, form).await.unwrap_or_else(|code| panic!("{code}: {tried}"));
    }

    async fn duties(&self, officer: &Officer) -> Duties {
        self.county.desk.duties(officer, EN).await.unwrap()
    }

    /// The tasks of an officer, in the order in which they are told.
    async fn tasks(&self, officer: &Officer) -> Vec<String> {
        self.duties(officer).await.duties.into_iter().map(|duty| duty.task).collect()
    }

    async fn shown(&self) -> crate::api::shape::CaseShown {
        self.county.desk.case(None, &self.case, EN).await.unwrap()
    }

    fn interviewers(&self) -> Vec<InterviewerForm> {
        let one = |officer: &Officer, role: &str| InterviewerForm {
            officer: officer.certificate.to_string(),
            role: role.into(),
        };
        vec![one(&self.lead, "discipline_lead"), one(&self.analyst, "analyst")]
    }
}

fn meeting(outcome: &str) -> Option<MeetingForm> {
    let present = ["赵书记", "钱委员"].map(|name| PresentForm { name: name.into(), ..PresentForm::default() }).to_vec();
    Some(MeetingForm { on: None, present, outcome: outcome.into() })
}

fn text(text: &str) -> String {
    text.into()
}

#[tokio::test]
async fn a_red_warning_goes_through_everything_and_everybody_knows_what_to_do() {
    let red = Red::proposed().await;
    let (secretary, nobody) = (&red.county.secretary, Vec::<String>::new());
    assert_eq!(red.tasks(&red.committee).await, ["decide"]);
    assert_eq!((red.tasks(&red.analyst).await, red.tasks(&red.villager).await), (nobody.clone(), nobody.clone()));

    // Returned, amended, decided by a meeting.
    red.does(&red.committee, CaseForm::Return { reason: text("补充事实") }).await;
    assert_eq!(red.tasks(&red.analyst).await, ["amend"]);
    let again = ProposeForm { ground: "1.1".into(), facts: text("账目三处不符。"), ..propose(1) };
    red.does(&red.analyst, CaseForm::Propose(Box::new(again))).await;
    let approve = |meeting| CaseForm::Approve { shown: None, meeting };
    assert_eq!(red.act(&red.committee, approve(None)).await, Err(Code::NoMeeting));
    red.does(&red.committee, approve(meeting("同意预警"))).await;
    assert_eq!(red.tasks(&red.committee).await, ["issue"]);

    // The paper, its number, the interview.
    let paper = CaseForm::Issue { paper: text("责令限期改正。"), terms: Vec::new() };
    assert_eq!(red.act(&red.lead, paper.clone()).await, Err(Code::WrongDecider), "and the number waits for the next");
    red.does(&red.committee, paper).await;
    let papers = red.county.desk.papers(EN).await.unwrap();
    assert_eq!(papers.registers.len(), 1);
    assert_eq!(papers.registers[0].numbers.iter().map(|one| (one.number, one.issued)).collect::<Vec<_>>(), [(1, true)]);
    assert!(red.tasks(&red.analyst).await.starts_with(&[text("deliver")]), "{:?}", red.tasks(&red.analyst).await);
    assert_eq!(red.tasks(&red.villager).await, ["receive", "owe", "owe"]);
    red.does(&red.villager, CaseForm::Receive { on: None }).await;
    let owed = red.duties(&red.villager).await;
    assert!(owed.duties.iter().all(|duty| duty.task == "owe" && duty.due.is_some() && !duty.overdue), "{owed:?}");
    let notice = || CaseForm::Notice {
        at: text("2027-01-04T09:00:00+08:00"),
        place: text("镇政府"),
        paper: text("请到会说明。"),
        interviewers: red.interviewers(),
    };
    assert_eq!(red.act(&red.analyst, notice()).await, Err(Code::NoPlan));
    red.does(&red.analyst, CaseForm::Plan { outline: text("三个问题"), interviewers: red.interviewers() }).await;
    red.does(&red.analyst, notice()).await;
    let interview = CaseForm::Interview {
        on: None,
        record: text("本人承认。"),
        interviewers: red.interviewers(),
        terms: Vec::new(),
    };
    red.does(&red.lead, interview).await;

    // More time, once.
    red.does(&red.villager, CaseForm::AskExtension { reason: text("材料在县里"), by: text("2w") }).await;
    assert!(red.tasks(secretary).await.contains(&text("answer_extension")));
    let extend = || CaseForm::Extend { by: None, paper: text("同意延期两周。") };
    assert_eq!(red.act(&red.analyst, extend()).await, Err(Code::WrongApprover));
    let before = red.shown().await.deadlines[0].last.clone().unwrap();
    red.does(secretary, extend()).await;
    assert!(red.shown().await.deadlines[0].last.clone().unwrap() > before);
    assert_eq!(red.act(secretary, extend()).await, Err(Code::NoSuchRequest));

    // An objection, answered by somebody who did not decide.
    red.does(&red.villager, CaseForm::Object { text: text("事实有出入") }).await;
    let rule = |upheld| CaseForm::Rule { upheld, reason: text("复核属实") };
    assert_eq!(red.act(&red.committee, rule(false)).await, Err(Code::DecidedIt));
    assert_eq!(red.act(&red.lead, rule(false)).await, Err(Code::NotDeliberated));
    let deliberated = CaseForm::Deliberate { findings: text("复核三处账目"), upheld: false, meeting: None };
    red.does(&red.lead, deliberated).await;
    red.does(&red.lead, rule(false)).await;

    // The report of rectification, the visit, the end.
    let report = CaseForm::Answer {
        what: Some(text("report")),
        text: text("已改正并公示。"),
        measures: Vec::new(),
        attachments: Vec::new(),
    };
    red.does(&red.villager, report).await;
    assert!(red.tasks(&red.analyst).await.contains(&text("judge")));
    let lift = || CaseForm::Lift { reason: text("整改到位"), shown: None };
    assert_eq!(red.act(secretary, lift()).await, Err(Code::NotVisited));
    red.does(&red.analyst, CaseForm::Accept { shown: None }).await;
    assert!(red.tasks(&red.analyst).await.contains(&text("visit")));
    let visit =
        CaseForm::Visit {
            on: None, means: vec![text("hearing")], findings: text("账目已公示"), opinion: text("lift")
        };
    red.does(&red.analyst, visit).await;
    assert!(red.tasks(secretary).await.contains(&text("lift")));
    assert_eq!(red.act(&red.lead, lift()).await, Err(Code::WrongLifter));
    red.does(secretary, lift()).await;

    let shown = red.shown().await;
    assert_eq!((shown.line.stage.as_str(), shown.deadlines[1].state.as_str()), ("lifted", "in_time"));
    assert!(shown.conflicts.is_empty(), "{:?}", shown.conflicts);
    assert!(shown.history.iter().all(|entry| entry.void.is_none() && entry.marks.is_empty()));
    let read = red.duties(&red.villager).await.readings;
    let deeds: Vec<&str> = read.iter().map(|reading| reading.deed.as_str()).collect();
    for deed in ["issue", "notice", "extend", "reject", "accept", "visit", "lift"] {
        assert!(deeds.contains(&deed), "{deed}: {deeds:?}");
    }
    assert!(!deeds.contains(&"deliberate") && !deeds.contains(&"approve"), "the inner file is not theirs: {deeds:?}");
}

#[tokio::test]
async fn a_paper_that_was_cancelled_is_still_found_by_whoever_was_served_it() {
    let red = Red::proposed().await;
    red.does(&red.committee, CaseForm::Approve { shown: None, meeting: meeting("同意预警") }).await;
    red.does(&red.committee, CaseForm::Issue { paper: text("责令限期改正。"), terms: Vec::new() }).await;
    red.does(&red.committee, CaseForm::Cancel { reason: text("文号有误") }).await;
    let (page, _) = red.county.desk.page_of(List::Cases, &Asked { limit: 10, ..Asked::default() }).await.unwrap();
    let stages = page.lines[0].documents.iter().map(|summary| {
        (summary.document.kind, summary.gist.as_ref().and_then(|gist| gist.stage.clone()).unwrap_or_default())
    });
    // The subject's unit keeps the second alone.
    let expected = [(Kind::CASE_INNER, text("approved")), (Kind::CASE_OUTER, text(CANCELLED))];
    assert_eq!(stages.collect::<Vec<_>>(), expected);
    let listed = red.county.desk.cases(None, &ListQuery::default(), EN).await.unwrap();
    assert_eq!((listed.total, listed.cases[0].stage.as_str()), (1, "approved"), "where both are kept, it goes on");
    let of = |stage: &str| ListQuery { stage: Some(stage.into()), ..ListQuery::default() };
    assert_eq!(red.county.desk.cases(None, &of("approved"), EN).await.unwrap().total, 1);
    assert_eq!(red.county.desk.cases(None, &of(CANCELLED), EN).await.unwrap().total, 0);
}

#[tokio::test]
async fn what_is_over_is_looked_through_for_a_year_and_what_goes_on_for_ever() {
    let red = Red::proposed().await;
    let desk = &red.county.desk;
    let found = async |stage: &'static str, since_s| {
        desk.places_since(List::Cases, [stage].into_iter(), since_s).await.unwrap().len()
    };
    assert_eq!((found("proposed", None).await, found("lifted", None).await), (1, 0));
    // As if it were over: until nothing has happened in it for so long.
    let now_s = desk.node().core().read(|sight| sight.now.0).await.unwrap();
    assert_eq!(found("proposed", Some(now_s - 60)).await, 1);
    assert_eq!(found("proposed", Some(now_s + 60)).await, 0);
}

#[tokio::test]
async fn the_inner_file_is_shown_to_those_who_handle_or_audit_it_and_to_nobody_else_who_works_there() {
    let red = Red::proposed().await;
    let desk = &red.county.desk;
    let auditor = red.county.officer("auditor", "999901", "周审计", None).await;
    let clerk = red.county.officer("post_holder", "999901", "孙出纳", None).await;
    let facts = desk.case(None, &red.case, EN).await.unwrap().proposal.unwrap();
    let listed = async |officer: &Officer| {
        let found = desk.cases(Some(officer), &ListQuery::default(), EN).await.unwrap();
        (found.cases.len(), found.closed)
    };
    // What a bundle of the case says, and whether it proves what it says.
    let says_facts = async |officer: &Officer| {
        let form = crate::api::shape::EvidenceForm { case: Some(red.case.clone()), ..Default::default() };
        let mut writing = desk.evidence(Some(officer), &form).await.unwrap();
        let mut bytes = Vec::new();
        while let Some(some) = writing.next().await.unwrap() {
            bytes.extend(some);
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("bundle"), &bytes).unwrap();
        let trusted = Some(desk.node().genesis().hash());
        let found = crate::audit::bundle::check(&dir.path().join("bundle"), trusted, &mut |_, _| {}).unwrap();
        assert_eq!(found.found.fault_count, 0);
        let words = facts.text.as_ref().unwrap().as_bytes();
        bytes.windows(words.len()).any(|some| some == words)
    };
    for officer in [&red.analyst, &red.committee, &auditor] {
        assert!(desk.case(Some(officer), &red.case, EN).await.unwrap().proposal.is_some());
        assert_eq!(listed(officer).await, (1, 0));
        assert!(desk.proof(officer, &facts.entry, EN).await.is_ok() && says_facts(officer).await);
    }
    for officer in [&red.villager, &clerk] {
        let refused = desk.case(Some(officer), &red.case, EN).await.map_err(|error| error.code);
        assert_eq!(refused, Err(Code::NoSuchDocument), "nothing of it was given yet");
        assert_eq!(listed(officer).await, (0, 1));
        assert!(desk.timeline(Some(officer), &red.case, EN).await.unwrap().entries.is_empty());
        assert_eq!(
            desk.proof(officer, &facts.entry, EN).await.map(drop).map_err(|error| error.code),
            Err(Code::NoSuchEntry)
        );
        assert!(!says_facts(officer).await);
    }
    // Who was recused takes no part, and looks no more.
    red.does(&red.lead, CaseForm::Recuse { officer: None, reason: text("亲属") }).await;
    assert_eq!(listed(&red.lead).await, (0, 1));
    // Once the warning is given, its outer file is there for those of the node, and no more than that.
    red.does(&red.committee, CaseForm::Approve { shown: None, meeting: meeting("同意预警") }).await;
    red.does(&red.committee, CaseForm::Issue { paper: text("责令限期改正。"), terms: Vec::new() }).await;
    let shown = desk.case(Some(&clerk), &red.case, EN).await.unwrap();
    assert!(shown.is_inner_closed && shown.proposal.is_none() && shown.paper.is_some() && shown.reports.is_empty());
    assert!(shown.history.iter().all(|entry| entry.deed != "propose" && entry.deed != "approve"));
    assert_eq!(listed(&clerk).await, (1, 0));
    assert!(!says_facts(&clerk).await);
    assert!(desk.papers_of_case(Some(&clerk), &red.case, EN).await.unwrap().iter().all(|paper| !paper.is_inner));
}
