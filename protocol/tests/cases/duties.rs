//! What everybody has to do and to read, at each step of cases and reports.

use fangwei_protocol::{
    record::entry::{EntryId, Kind},
    work::{
        calendar::TermUnit,
        case::{
            act::{Clash, Contradiction, Day, InnerAct, OuterAct, Ruling},
            refusal::CaseRefusal,
        },
        duty::{
            CaseFiles, Duty, ReportFiles, Task, of_case, of_officer, of_report, of_series, to_read_of_case,
            to_read_of_report,
        },
        pack::{
            casework::Addressee,
            level::{Debt, PaperRule},
        },
        report::{
            act::{Outcome, ReportAct, TriageAct},
            triage::Triage,
        },
    },
};

use crate::{
    filings::{added, filed_report, opened},
    model::Place,
    reports,
    stories::found,
    town::{
        ANALYST, COMMITTEE, COUNTY, Case, HEAD, LEAD, MEMBER, MONDAY, SECRETARY, Times, Weekends, Who, meeting, person,
    },
    world::{document, holder, id, keep, shown, term},
};

const TOWN: [Who; 5] = [ANALYST, LEAD, SECRETARY, COMMITTEE, MEMBER];

fn all(case: &Case, today: Day, is_above: bool) -> Vec<Duty> {
    let (inner, outer) = (case.inner_file(), case.outer_file());
    let (inner_key, outer_key) = (document(Place::Town, Kind::CASE_INNER, 1), case.outer_document());
    let inner = is_above.then_some((&inner_key, &inner));
    let both = if is_above { found(case) } else { Vec::new() };
    let files = CaseFiles { inner, outer: Some((&outer_key, &outer)), breaches: &both, bench: &case.bench };
    of_case(&files, today, &Weekends, &case.moments)
}

fn tasks(case: &Case, who: Who, today: Day) -> Vec<Task> {
    let own = of_officer(all(case, today, true), &who.officer());
    own.into_iter().map(|duty| duty.task).collect()
}

/// Who of the town has something to do.
fn busy(case: &Case, today: Day) -> Vec<(u8, Vec<Task>)> {
    let work = TOWN.into_iter().chain([HEAD, COUNTY]).map(|who| (who.0, tasks(case, who, today)));
    work.filter(|(_, tasks)| !tasks.is_empty()).collect()
}

fn answer(issue: EntryId, what: Debt) -> OuterAct {
    OuterAct::Answer { issue, what, text: "情况说明".into(), measures: Vec::new(), attachments: Vec::new() }
}

fn proposed(level: u8, ground: &str) -> (Case, EntryId) {
    let mut case = Case::of("township");
    let proposal = case.proposal(level, ground, person("会计", HEAD));
    let id = case.say(ANALYST, InnerAct::Propose(Box::new(proposal))).unwrap();
    (case, id)
}

fn decided(case: &mut Case, proposal: EntryId, by: Who, present: &[Who]) {
    let (shown, meeting) = (shown(&[proposal]), meeting(present, MONDAY));
    case.say(by, InnerAct::Decide { proposal, shown, is_approved: true, meeting }).unwrap();
}

#[test]
fn at_each_step_of_a_notice_just_those_who_can_have_something_to_do() {
    let (mut case, proposal) = proposed(3, "3.3");
    assert_eq!(busy(&case, MONDAY), [(1, vec![Task::Decide])]);
    case.say(LEAD, InnerAct::Return { proposal, reason: "事实不清".into() }).unwrap();
    assert_eq!(busy(&case, MONDAY), [(0, vec![Task::Amend])]);
    let again = case.proposal(3, "3.3", person("会计", HEAD));
    let proposal = case.say(ANALYST, InnerAct::Propose(Box::new(again))).unwrap();
    decided(&mut case, proposal, LEAD, &[LEAD, ANALYST]);
    assert_eq!(busy(&case, MONDAY), [(1, vec![Task::Issue])]);
    let issue = case.issue(LEAD);
    let handling = |task: Task| TOWN.map(|who| (who.0, vec![task.clone()])).to_vec();
    let with_head = |mut work: Vec<(u8, Vec<Task>)>, tasks| {
        work.push((HEAD.0, tasks));
        work
    };
    let subject = vec![Task::Receive, Task::Owe(Debt::Account)];
    assert_eq!(busy(&case, MONDAY), with_head(handling(Task::Deliver), subject));
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    assert_eq!(busy(&case, MONDAY), [(HEAD.0, vec![Task::Owe(Debt::Account)])]);
    let answer = case.do_(HEAD, answer(issue, Debt::Account)).unwrap();
    assert_eq!(busy(&case, MONDAY), handling(Task::Judge));
    let shown_ = shown(&[issue, answer]);
    case.do_(ANALYST, OuterAct::Accept { issue, answer, shown: shown_ }).unwrap();
    assert_eq!(busy(&case, MONDAY), [(1, vec![Task::Lift])]);
    let lift =
        OuterAct::Lift { issue, answer, visit: None, shown: shown(&[issue, answer]), reason: "已说明".into() };
    case.do_(LEAD, lift).unwrap();
    assert_eq!(busy(&case, MONDAY + 100), []);
}

#[test]
fn who_recused_themselves_has_nothing_to_do_any_more() {
    let (mut case, _) = proposed(3, "3.3");
    case.say(LEAD, InnerAct::Recuse { holder: holder(LEAD.0), reason: "亲属".into() }).unwrap();
    assert_eq!(busy(&case, MONDAY), []);
}

#[test]
fn the_subject_sees_the_same_below_where_the_inner_file_is_not_kept() {
    let (mut case, proposal) = proposed(3, "3.3");
    decided(&mut case, proposal, LEAD, &[LEAD, ANALYST]);
    case.issue(LEAD);
    let own = |is_above| of_officer(all(&case, MONDAY, is_above), &HEAD.officer());
    assert_eq!(own(false), own(true));
    assert_eq!(own(false).len(), 2);
}

#[test]
fn a_missed_deadline_is_overdue_and_after_five_working_days_an_escalation_is_proposed() {
    let (mut case, proposal) = proposed(3, "3.3");
    decided(&mut case, proposal, LEAD, &[LEAD, ANALYST]);
    let issue = case.issue(LEAD);
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let due = |today| of_officer(all(&case, today, false), &HEAD.officer())[0].clone();
    assert_eq!(due(MONDAY).due.unwrap().day, MONDAY + 9);
    assert!(!due(MONDAY + 9).is_overdue(MONDAY + 9) && due(MONDAY + 10).is_overdue(MONDAY + 10));
    assert_eq!(tasks(&case, ANALYST, MONDAY + 15), []);
    assert_eq!(tasks(&case, ANALYST, MONDAY + 16), [Task::ConsiderEscalation]);
    case.do_(HEAD, answer(issue, Debt::Account)).unwrap();
    assert_eq!(tasks(&case, ANALYST, MONDAY + 16), [Task::Judge], "late, and answered");
}

#[test]
fn reminders_go_out_before_at_and_after_the_last_day_each_once() {
    let (mut case, proposal) = proposed(3, "3.3");
    decided(&mut case, proposal, LEAD, &[LEAD, ANALYST]);
    let issue = case.issue(LEAD);
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let duty = of_officer(all(&case, MONDAY, false), &HEAD.officer())[0].clone();
    let sent: Vec<(i32, Vec<Addressee>)> = (0..40)
        .map(|days| MONDAY + days)
        .flat_map(|day| duty.notices(case.pack, day, &Weekends))
        .map(|notice| (MONDAY.days_until(notice.on), notice.to))
        .collect();
    use Addressee::{Decider, HandlingBody, Subject};
    let expected = [
        (4, vec![Subject]),
        (8, vec![Subject, HandlingBody]),
        (9, vec![Subject, HandlingBody]),
        (10, vec![HandlingBody, Decider]),
    ];
    assert_eq!(sent, expected);
    // A node that is switched on on any later day sends the last one that has come, and each is the last on its own day.
    let last = |days: i32| duty.notice(case.pack, MONDAY + days, &Weekends).map(|notice| notice.to);
    for (days, to) in &expected {
        assert_eq!(last(*days).as_ref(), Some(to), "day {days}");
    }
    assert_eq!(last(3), None);
    assert_eq!(last(7), Some(vec![Subject]), "of the day before");
    assert_eq!(last(30), Some(vec![HandlingBody, Decider]), "and none of those before it");
}

#[test]
fn a_recommendation_is_told_extended_visited_and_lifted_by_those_the_plan_names() {
    let (mut case, proposal) = proposed(1, "1.4");
    assert_eq!(busy(&case, MONDAY), [(4, vec![Task::Decide]), (5, vec![Task::Decide])]);
    decided(&mut case, proposal, COMMITTEE, &[COMMITTEE, MEMBER]);
    let issue = case.issue(COMMITTEE);
    let tell = |who: &str| Task::Tell(who.into());
    let expected = [tell("branch"), tell("main_leader"), tell("organisation_department"), tell("party_committee")];
    let analyst = tasks(&case, ANALYST, MONDAY);
    assert!(expected.iter().all(|task| analyst.contains(task)) && analyst.contains(&Task::Deliver), "{analyst:?}");
    for who in ["organisation_department", "branch", "party_committee", "main_leader"] {
        let paper = Some(case.paper("circular"));
        case.do_(ANALYST, OuterAct::Tell { issue, who: who.into(), paper, on: MONDAY }).unwrap();
    }
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let (reason, by) = ("工程未完".into(), term(1, TermUnit::Month));
    case.do_(HEAD, OuterAct::AskExtension { issue, reason, by }).unwrap();
    let owed = vec![Task::Owe(Debt::Correction), Task::Owe(Debt::Report)];
    assert_eq!(busy(&case, MONDAY), [(3, vec![Task::AnswerExtension]), (6, owed)]);
    let report = case.do_(HEAD, answer(issue, Debt::Report)).unwrap();
    case.do_(ANALYST, OuterAct::Accept { issue, answer: report, shown: shown(&[issue, report]) }).unwrap();
    assert!(tasks(&case, LEAD, MONDAY).contains(&Task::Visit));
    assert!(!tasks(&case, SECRETARY, MONDAY).contains(&Task::Lift), "not before the visit");
}

#[test]
fn an_objection_waits_for_those_who_did_not_decide_or_for_the_level_above() {
    let objected = |present: &[Who]| {
        let (mut case, proposal) = proposed(1, "1.4");
        decided(&mut case, proposal, COMMITTEE, present);
        let issue = case.issue(COMMITTEE);
        case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
        case.do_(HEAD, OuterAct::Object { issue, text: "事实有误".into() }).unwrap();
        case
    };
    let rules = |case: &Case| {
        let all = all(case, MONDAY, true);
        let rule = all.into_iter().find(|duty| duty.task == Task::Rule).unwrap();
        assert_eq!(rule.due.unwrap().day, MONDAY + 30);
        TOWN.into_iter().chain([HEAD, COUNTY]).filter(|who| rule.whom.is(&who.officer())).map(|who| who.0).collect()
    };
    let who: Vec<u8> = rules(&objected(&[COMMITTEE, MEMBER]));
    assert_eq!(who, [LEAD.0, SECRETARY.0]);
    let who: Vec<u8> = rules(&objected(&[COMMITTEE, MEMBER, SECRETARY, LEAD]));
    assert_eq!(who, [COUNTY.0]);
    let mut case = objected(&[COMMITTEE, MEMBER]);
    let (issue, objection) = (case.outer_file().issue.unwrap().id, case.outer_file().objection.unwrap().id);
    let (findings, meeting) = ("复核属实".into(), None);
    case.say(LEAD, InnerAct::Deliberate { objection, findings, ruling: Ruling::Rejected, meeting }).unwrap();
    let rule = OuterAct::Rule { issue, objection, ruling: Ruling::Rejected, reason: "复核属实".into() };
    case.do_(LEAD, rule).unwrap();
    assert!(all(&case, MONDAY, true).iter().all(|duty| duty.task != Task::Rule));
}

#[test]
fn what_contradicts_is_settled_by_people_and_both_sides_are_told() {
    let (mut case, proposal) = proposed(3, "3.3");
    decided(&mut case, proposal, LEAD, &[LEAD, ANALYST]);
    let issue = case.issue(LEAD);
    // The lead withdraws while the village, which does not know yet, answers.
    case.saw = keep(|later: &EntryId, earlier: &EntryId| *later != id("outer 2") || *earlier != id("outer 1"));
    case.do_(LEAD, OuterAct::Withdraw { issue, reason: "对象有误".into() }).unwrap();
    let answer = case.receive(HEAD, answer(issue, Debt::Account));
    let settle: Vec<Duty> = all(&case, MONDAY, false).into_iter().filter(|duty| duty.task == Task::Settle).collect();
    assert_eq!(settle.iter().map(|duty| duty.from).collect::<Vec<_>>(), [answer]);
    assert!(settle[0].whom.is(&ANALYST.officer()) && !settle[0].whom.is(&HEAD.officer()));
    let (outer, key) = (case.outer_file(), case.outer_document());
    let files = CaseFiles { inner: None, outer: Some((&key, &outer)), breaches: &[], bench: &case.bench };
    let told = |who: Who| {
        let mut readings = to_read_of_case(&files).into_iter();
        readings.any(|reading| reading.entry == answer && reading.whom.is(&who.officer()))
    };
    assert_eq!([HEAD, ANALYST, COUNTY].map(told), [true, true, false]);
    // Somebody of the handling body says what was made of it.
    let withdrawal = outer.steps.last().unwrap().id;
    let settled = |stands, other, findings: &str| OuterAct::Settle {
        clash: Clash::Acts { stands, other },
        findings: findings.into(),
    };
    assert_eq!(case.do_(ANALYST, settled(withdrawal, answer, " ")), Err(CaseRefusal::NothingWritten));
    assert_eq!(case.do_(ANALYST, settled(answer, withdrawal, "已查")), Err(CaseRefusal::NothingCrossed));
    assert_eq!(case.do_(HEAD, settled(withdrawal, answer, "已查")), Err(CaseRefusal::NotTheDecidingUnit));
    let entry = case.do_(ANALYST, settled(withdrawal, answer, "已告知村里，答复留档。")).unwrap();
    assert!(all(&case, MONDAY, true).iter().all(|duty| duty.task != Task::Settle));
    let (outer, key) = (case.outer_file(), case.outer_document());
    assert_eq!((outer.crossings.len(), outer.unsettled().count()), (1, 0), "what crossed stays shown");
    let files = CaseFiles { inner: None, outer: Some((&key, &outer)), breaches: &[], bench: &case.bench };
    let mut readings = to_read_of_case(&files).into_iter().filter(|reading| reading.entry == entry);
    assert!(readings.next().unwrap().whom.is(&HEAD.officer()), "whose answer is without effect");
    // Its decision is taken back while the warning stands: seen where both files are kept.
    let (mut case, proposal) = proposed(1, "1.4");
    decided(&mut case, proposal, COMMITTEE, &[COMMITTEE, MEMBER]);
    case.issue(COMMITTEE);
    let decision = case.inner_file().decision.unwrap().id;
    let meeting = meeting(&[COMMITTEE, MEMBER], MONDAY);
    case.say(COMMITTEE, InnerAct::Rescind { decision, reason: "对象有误".into(), meeting }).unwrap();
    assert!(tasks(&case, SECRETARY, MONDAY).contains(&Task::Settle));
    let entry = case.outer_file().issue.unwrap().id;
    let settled = |why| OuterAct::Settle { clash: Clash::Files { entry, why }, findings: "随后撤销".into() };
    assert_eq!(case.do_(SECRETARY, settled(Contradiction::Concerned)), Err(CaseRefusal::NothingCrossed));
    assert_eq!(case.do_(COMMITTEE, settled(Contradiction::DecisionGone)), Err(CaseRefusal::OwnAct));
    case.do_(SECRETARY, settled(Contradiction::DecisionGone)).unwrap();
    assert!(!tasks(&case, SECRETARY, MONDAY).contains(&Task::Settle));
    assert_eq!(found(&case).len(), 1, "it stays found");
}

#[test]
fn that_a_paper_was_cancelled_is_read_by_whoever_had_it() {
    let (mut case, proposal) = proposed(3, "3.3");
    decided(&mut case, proposal, LEAD, &[LEAD, ANALYST]);
    let issue = case.issue(LEAD);
    let cancelled = case.do_(LEAD, OuterAct::Cancel { issue, reason: "送错单位".into() }).unwrap();
    let (outer, key) = (case.outer_file(), case.outer_document());
    let files = CaseFiles { inner: None, outer: Some((&key, &outer)), breaches: &[], bench: &case.bench };
    let read: Vec<EntryId> = to_read_of_case(&files)
        .into_iter()
        .filter(|reading| reading.whom.is(&HEAD.officer()))
        .map(|reading| reading.entry)
        .collect();
    assert_eq!(read, [issue, cancelled]);
}

#[test]
fn a_number_no_paper_bears_is_to_be_struck() {
    let (mut case, proposal) = proposed(3, "3.3");
    decided(&mut case, proposal, LEAD, &[LEAD, ANALYST]);
    case.number();
    let issue = case.issue(LEAD);
    let strikes = |case: &Case| {
        let (key, series) = case.series();
        let file = case.outer_file();
        let stands = |number: u32| {
            file.warning()
                .is_some_and(|warning| warning.paper.as_ref().is_some_and(|paper| paper.number.number == number))
        };
        let duties = of_series(&key, &series, |number, _| stands(number));
        assert!(duties.iter().all(|duty| duty.whom.is(&ANALYST.officer()) && !duty.whom.is(&HEAD.officer())));
        duties.into_iter().map(|duty| duty.task).collect::<Vec<_>>()
    };
    assert_eq!(strikes(&case), [Task::Strike(1)], "the power went between allotting and issuing");
    case.do_(LEAD, OuterAct::Cancel { issue, reason: "打印有误".into() }).unwrap();
    assert_eq!(strikes(&case), [Task::Strike(1), Task::Strike(2)], "and a cancelled paper's");
}

#[test]
fn each_side_reads_what_the_other_did() {
    let (mut case, proposal) = proposed(3, "3.3");
    decided(&mut case, proposal, LEAD, &[LEAD, ANALYST]);
    let decision = case.inner_file().decision.unwrap().id;
    let issue = case.issue(LEAD);
    let receipt = case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let (inner, outer) = (case.inner_file(), case.outer_file());
    let (inner_key, outer_key) = (document(Place::Town, Kind::CASE_INNER, 1), case.outer_document());
    let (inner, outer_) = (Some((&inner_key, &inner)), Some((&outer_key, &outer)));
    let files = CaseFiles { inner, outer: outer_, breaches: &[], bench: &case.bench };
    let reads = |who: Who| -> Vec<EntryId> {
        let readings = to_read_of_case(&files);
        readings.into_iter().filter(|reading| reading.whom.is(&who.officer())).map(|reading| reading.entry).collect()
    };
    assert_eq!(reads(ANALYST), [decision, receipt], "who proposed");
    assert_eq!((reads(HEAD), reads(SECRETARY), reads(COUNTY)), (vec![issue], vec![receipt], vec![]));
    assert_ne!(outer.way().unwrap().paper, PaperRule::Never);
}

#[test]
fn a_report_asks_its_unit_its_author_and_the_triage_in_turn() {
    let key = document(Place::Village, Kind::REPORT, 1);
    let triage_key = document(Place::Town, Kind::TRIAGE, 1);
    let mut path = filed_report();
    let filed = path[0].id;
    let mut times = Times::default();
    times.0.insert(filed, (MONDAY, Some(MONDAY)));
    let ask =
        |path: &reports::Path<ReportAct>, triage: Option<&Triage<'static>>, is_redacted| -> Vec<(Task, Vec<usize>)> {
            let report = keep(reports::fold(path));
            let triage = triage.map(|triage| (&triage_key, triage));
            let duties = of_report(&ReportFiles { document: &key, report, triage, is_redacted }, &Weekends, &times);
            let whom = |duty: &Duty| (0..10).filter(|who| duty.whom.is(&reports::officer(*who))).collect();
            duties.iter().map(|duty| (duty.task.clone(), whom(duty))).collect()
        };
    // Of the town: 3 an analyst, 4 a secretary, 9 of the committee; 5 is concerned; 0 filed it.
    assert_eq!(ask(&path, None, false), [(Task::TakeUp, vec![3, 4, 9])]);
    let duties = |path| {
        let report = keep(reports::fold(path));
        of_report(&ReportFiles { document: &key, report, triage: None, is_redacted: false }, &Weekends, &times)
    };
    assert_eq!(duties(&path)[0].due.unwrap().day, MONDAY + 7);
    path.push(reports::step("asked", 3, ReportAct::AskBack { filed, question: "何时".into() }));
    assert_eq!(ask(&path, None, false), [(Task::AnswerQuestion, vec![0]), (Task::TakeUp, vec![3, 4, 9])]);
    path.push(reports::step("accepted", 3, ReportAct::Accept { filed }));
    path.push(reports::step("added", 0, added(filed, path[1].id)));
    assert_eq!(ask(&path, None, false), [(Task::Triage, vec![3])]);
    let open = opened(filed);
    let triage = reports::fold_triage(&[open]);
    assert_eq!(ask(&path, Some(&triage), false), [(Task::Triage, vec![3])]);
    let decide = |outcome, reason: &str| {
        let act = TriageAct::Decide { opened: open.id, outcome, reason: reason.into() };
        reports::fold_triage(&[open, reports::step("decided", 3, act)])
    };
    let nothing = decide(Outcome::NoSubstance, "查无实据");
    assert_eq!(ask(&path, Some(&nothing), false), [(Task::Reply, vec![3, 4, 9])]);
    let lead = decide(Outcome::Lead, "");
    assert_eq!(ask(&path, Some(&lead), false), [(Task::Redact, vec![4, 9])]);
    assert_eq!(ask(&path, Some(&lead), true), []);
    let report = keep(reports::fold(&path));
    let files = ReportFiles { document: &key, report, triage: Some((&triage_key, &lead)), is_redacted: false };
    let read = |who: usize| {
        let readings = to_read_of_report(&files).into_iter();
        readings
            .filter(|reading| reading.whom.is(&reports::officer(who)))
            .map(|reading| reading.entry)
            .collect::<Vec<_>>()
    };
    assert_eq!(read(0), [path[1].id, path[2].id], "what was asked, and that it was taken up");
    assert_eq!(read(3), [path[3].id], "what was added");
    assert_eq!(read(4), [path[3].id, lead.decided.unwrap().id]);
    // The village takes back what the town took up in the meantime.
    path.push(reports::step("back", 0, ReportAct::Withdraw { filed, reason: "有误".into() }));
    let report = keep(reports::fold(&path));
    let files = ReportFiles { document: &key, report, triage: None, is_redacted: false };
    let mut readings = to_read_of_report(&files).into_iter().filter(|reading| reading.entry == id("back"));
    let of_author = readings.next().unwrap();
    assert!(readings.next().is_none());
    assert!(of_author.whom.is(&reports::officer(0)) && !of_author.whom.is(&reports::officer(3)), "its author is told");
}
