//! Cases by the township plan, from the proposal to the end, through every door: what the doors let through and what not.

use fangwei_protocol::{
    record::entry::{EntryId, Hash, Kind},
    trust::charter::Role,
    work::{
        attachment::{Attachment, AttachmentFault},
        cadre::{Post, Register},
        calendar::TermUnit,
        case::{
            Level,
            act::{Contradiction, InnerAct, Opinion, OuterAct, Ruling},
            breach::{Breach, breaches},
            consequence::{Counted, followed},
            deadline::Punctual,
            permit::{Answering, Deciders, who_answers},
            refusal::CaseRefusal,
            series::SeriesAct,
            table::Stage,
        },
        pack::level::{Condition, Debt, To},
    },
};

use crate::{
    model::Place,
    town::{
        ANALYST, COMMITTEE, COUNTY, Case, HEAD, LEAD, MEMBER, MONDAY, SECRETARY, Weekends, Who, meeting, person,
        seat_of,
    },
    world::{document, holder, keep, shown, term, unit},
};

fn answer(issue: EntryId, what: Debt) -> OuterAct {
    let measures = Vec::new();
    OuterAct::Answer { issue, what, text: "情况说明如下".into(), measures, attachments: Vec::new() }
}

fn lift(issue: EntryId, answer: EntryId, visit: Option<EntryId>) -> OuterAct {
    let ids: Vec<EntryId> = [issue, answer].into_iter().chain(visit).collect();
    OuterAct::Lift { issue, answer, visit, shown: shown(&ids), reason: "已整改".into() }
}

/// A notice of level three, issued to the village's accountant.
fn noticed() -> (Case, EntryId) {
    let mut case = Case::of("township");
    let proposal = case.proposal(3, "3.3", person("会计", HEAD));
    case.decide(LEAD, proposal, meeting(&[LEAD, ANALYST], MONDAY));
    let issue = case.issue(LEAD);
    (case, issue)
}

/// A recommendation of level one.
fn recommended() -> (Case, EntryId) {
    let mut case = Case::of("township");
    let proposal = case.proposal(1, "1.4", person("会计", HEAD));
    case.decide(COMMITTEE, proposal, meeting(&[COMMITTEE, MEMBER], MONDAY));
    let issue = case.issue(COMMITTEE);
    (case, issue)
}

#[test]
fn a_notice_is_answered_in_seven_working_days_and_lifted_by_the_lead() {
    let (mut case, issue) = noticed();
    assert!(case.outer_file().deadlines(&Weekends, &case.moments)[0].last.is_none(), "nobody has it yet");
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let due = case.outer_file().deadlines(&Weekends, &case.moments)[0];
    assert_eq!((due.what, due.last.unwrap().day), (Debt::Account, MONDAY + 9));
    assert!(due.is_overdue(MONDAY + 10) && !due.is_overdue(MONDAY + 9));
    case.today = MONDAY + 9;
    let answer = case.do_(HEAD, answer(issue, Debt::Account)).unwrap();
    let shown = shown(&[issue, answer]);
    case.do_(ANALYST, OuterAct::Accept { issue, answer, shown }).unwrap();
    assert_eq!(case.do_(SECRETARY, lift(issue, answer, None)), Err(CaseRefusal::WrongLifter(Role::DISCIPLINE_LEAD)));
    case.do_(LEAD, lift(issue, answer, None)).unwrap();
    let file = case.outer_file();
    assert_eq!((file.stage, file.untold().len()), (Stage::Lifted, 0), "the branch is told if needed");
    assert_eq!(file.deadlines(&Weekends, &case.moments)[0].met.unwrap().how, Punctual::InTime);
    assert!(
        breaches(&case.inner_file(), &file, &case.bench, &case.cadres, &|number| case.is_allotted(number)).is_empty()
    );
}

#[test]
fn an_answer_signed_in_time_and_received_late_is_shown_as_such() {
    let (mut case, issue) = noticed();
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let given = case.do_(HEAD, answer(issue, Debt::Account)).unwrap();
    let mut how = |signed, received| {
        case.moments.0.insert(given, (signed, received));
        case.outer_file().deadlines(&Weekends, &case.moments)[0].met.unwrap().how
    };
    assert_eq!(how(MONDAY + 9, Some(MONDAY + 9)), Punctual::InTime);
    assert_eq!(how(MONDAY + 9, Some(MONDAY + 10)), Punctual::SignedInTime);
    assert_eq!(how(MONDAY + 9, None), Punctual::SignedInTime, "the village is cut off");
    assert_eq!(how(MONDAY + 10, Some(MONDAY + 10)), Punctual::Late);
}

#[test]
fn an_answer_comes_with_sound_attachments() {
    let (mut case, issue) = noticed();
    let attachment = |bytes: u64, chunks| Attachment {
        name: "照片.jpg".into(),
        media_type: "image/jpeg".into(),
        bytes,
        chunks: vec![Hash([1; 32]); chunks],
    };
    let mut answer = |attachment: Attachment| {
        let (text, measures, what) = (String::from("见附件"), Vec::new(), Debt::Account);
        case.do_(HEAD, OuterAct::Answer { issue, what, text, measures, attachments: vec![attachment] })
    };
    let mib = 1024 * 1024;
    assert_eq!(
        answer(attachment(16 * mib + 1, 65)),
        Err(CaseRefusal::Attachment(AttachmentFault::TooLarge { bytes: 16 * mib + 1 }))
    );
    assert_eq!(answer(attachment(16 * mib, 63)), Err(CaseRefusal::Attachment(AttachmentFault::Chunks)));
    answer(attachment(16 * mib, 64)).unwrap();
}

#[test]
fn an_answer_that_was_sent_back_meets_nothing() {
    let (mut case, issue) = noticed();
    let first = case.do_(HEAD, answer(issue, Debt::Account)).unwrap();
    case.do_(ANALYST, OuterAct::SendBack { issue, answer: first, reason: "不具体".into() }).unwrap();
    assert_eq!(case.outer_file().deadlines(&Weekends, &case.moments)[0].met, None);
    let second = case.do_(HEAD, answer(issue, Debt::Account)).unwrap();
    assert_eq!(case.outer_file().deadlines(&Weekends, &case.moments)[0].met.unwrap().answer, second);
}

#[test]
fn a_recommendation_is_extended_once_visited_and_lifted() {
    let (mut case, issue) = recommended();
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let last = |case: &Case| case.outer_file().deadlines(&Weekends, &case.moments)[1].last.unwrap().day;
    assert_eq!(last(&case), MONDAY + 30);
    let month = term(1, TermUnit::Month);
    let ask = || OuterAct::AskExtension { issue, reason: "工程未完".into(), by: month };
    case.today = MONDAY + 31;
    assert_eq!(case.do_(HEAD, ask()), Err(CaseRefusal::TooLate));
    case.today = MONDAY + 30;
    let request = case.do_(HEAD, ask()).unwrap();
    let paper = case.paper("extension");
    case.do_(SECRETARY, OuterAct::Extend { issue, request, by: month, paper }).unwrap();
    assert_eq!(last(&case), MONDAY + 60);
    assert_eq!(case.do_(HEAD, ask()), Err(CaseRefusal::AlreadyExtended));
    let report = case.do_(HEAD, answer(issue, Debt::Report)).unwrap();
    assert!(case.outer_file().deadlines(&Weekends, &case.moments).iter().all(|due| due.met.is_some()));
    let shown = shown(&[issue, report]);
    case.do_(ANALYST, OuterAct::Accept { issue, answer: report, shown }).unwrap();
    assert_eq!(case.do_(SECRETARY, lift(issue, report, None)), Err(CaseRefusal::NotVisited));
    let (means, findings) = (vec!["hearing".into()], "属实".into());
    let visit = OuterAct::Visit { issue, on: MONDAY + 40, means, findings, opinion: Opinion::Lift };
    let visit = case.do_(ANALYST, visit).unwrap();
    case.do_(SECRETARY, lift(issue, report, Some(visit))).unwrap();
    assert_eq!(case.outer_file().stage, Stage::Lifted);
}

#[test]
fn where_the_rules_say_so_an_objection_stops_the_deadline_until_it_is_answered() {
    let mut case = Case::of("township");
    let mut pack = case.pack.clone();
    pack.levels.iter_mut().for_each(|rule| rule.objection.suspends = true);
    case.pack = keep(pack);
    let proposal = case.proposal(3, "3.3", person("会计", HEAD));
    case.decide(LEAD, proposal, meeting(&[LEAD, ANALYST], MONDAY));
    let issue = case.issue(LEAD);
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let due = |case: &Case| case.outer_file().deadlines(&Weekends, &case.moments)[0];
    case.today = MONDAY + 2;
    let objection = case.do_(HEAD, OuterAct::Object { issue, text: "事实有误".into() }).unwrap();
    assert!(due(&case).is_suspended && due(&case).last.is_none() && !due(&case).is_overdue(MONDAY + 99));
    case.today = MONDAY + 12;
    let (findings, ruling, none) = (String::from("复核属实"), Ruling::Rejected, None);
    case.say(SECRETARY, InnerAct::Deliberate { objection, findings, ruling, meeting: none }).unwrap();
    case.do_(SECRETARY, OuterAct::Rule { issue, objection, ruling, reason: "复核属实".into() }).unwrap();
    assert_eq!((due(&case).is_suspended, due(&case).last.unwrap().day), (false, MONDAY + 19), "ten days stood still");
    // An objection after the last day stops nothing.
    case.moments.0.insert(objection, (MONDAY + 10, None));
    assert_eq!(due(&case).last.unwrap().day, MONDAY + 9);
}

#[test]
fn level_one_is_told_at_once_to_everybody_the_plan_names() {
    let (mut case, issue) = recommended();
    let untold = |case: &Case| case.outer_file().untold().into_iter().map(|told| told.who.clone()).collect::<Vec<_>>();
    assert_eq!(untold(&case), ["organisation_department", "branch", "party_committee", "main_leader"]);
    let paper = Some(case.paper("circular"));
    case.do_(ANALYST, OuterAct::Tell { issue, who: "branch".into(), paper, on: MONDAY }).unwrap();
    assert_eq!(untold(&case), ["organisation_department", "party_committee", "main_leader"]);
}

#[test]
fn a_paper_bears_a_number_allotted_to_its_file_and_not_used_or_struck() {
    let mut case = Case::of("township");
    let proposal = case.proposal(3, "3.3", person("会计", HEAD));
    case.decide(LEAD, proposal, meeting(&[LEAD, ANALYST], MONDAY));
    let warning = case.warning();
    let mut other = warning.clone();
    other.paper.as_mut().unwrap().number.number = 2;
    let refused = Err(CaseRefusal::NumberNotAllotted);
    assert_eq!(case.do_(LEAD, OuterAct::Issue(Box::new(other))), refused, "never allotted");
    // The power went between allotting and issuing: the number is found, struck and stays.
    assert_eq!(case.series().1.unused(|_, _| false).collect::<Vec<_>>(), [1]);
    case.register.push(SeriesAct::Void { number: 1, reason: "断电未发出".into() });
    assert_eq!(case.do_(LEAD, OuterAct::Issue(Box::new(warning))), refused, "struck");
    let issue = case.issue(LEAD);
    assert_eq!(case.outer_file().numbers().map(|number| number.number).collect::<Vec<_>>(), [2]);
    let twice = Some(case.outer_file().warning().unwrap().paper.clone().unwrap());
    let tell = OuterAct::Tell { issue, who: "branch".into(), paper: twice, on: MONDAY };
    assert_eq!(case.do_(ANALYST, tell), Err(CaseRefusal::NotTold), "another form");
    let mut again = case.outer_file().warning().unwrap().paper.clone().unwrap();
    again.form = "circular".into();
    let tell = OuterAct::Tell { issue, who: "branch".into(), paper: Some(again), on: MONDAY };
    assert_eq!(case.do_(ANALYST, tell), refused, "used already");
}

#[test]
fn a_township_does_not_warn_whom_the_county_manages_whatever_it_says() {
    let mut case = Case::of("township");
    let post = Post { unit: unit(Place::Village), post: "书记".into(), holder: Some(holder(HEAD.0)) };
    let register = Register { posts: [post].into(), ..Register::default() };
    case.cadres.insert(unit(Place::County), register);
    let proposal = case.proposal(3, "3.3", person("另一称呼", HEAD));
    let refused = case.say(ANALYST, InnerAct::Propose(Box::new(proposal)));
    assert_eq!(refused, Err(CaseRefusal::NotManagedHere));
    // The register came after the warning: those who keep both files see it.
    case.cadres.clear();
    let proposal = case.proposal(3, "3.3", person("书记", HEAD));
    case.decide(LEAD, proposal, meeting(&[LEAD, ANALYST], MONDAY));
    let issue = case.issue(LEAD);
    let post = Post { unit: unit(Place::Village), post: "书记".into(), holder: None };
    case.cadres.insert(unit(Place::County), Register { posts: [post].into(), ..Register::default() });
    assert_eq!(found(&case), [Breach { entry: issue, why: Contradiction::NotManagedHere }]);
}

pub(crate) fn found(case: &Case) -> Vec<Breach> {
    let (inner, outer) = (case.inner_file(), case.outer_file());
    breaches(&inner, &outer, &case.bench, &case.cadres, &|number| case.is_allotted(number))
}

#[test]
fn a_case_is_proposed_by_the_pack_in_force() {
    let mut case = Case::of("township");
    let mut proposal = case.proposal(3, "3.3", person("会计", HEAD));
    proposal.rules.version += 1;
    assert_eq!(case.say(ANALYST, InnerAct::Propose(Box::new(proposal))), Err(CaseRefusal::NoSuchRules));
    let proposal = InnerAct::Propose(Box::new(case.proposal(3, "3.3", person("会计", HEAD))));
    case.newer_version = 1;
    assert_eq!(case.say(ANALYST, proposal.clone()), Err(CaseRefusal::RulesNotInForce));
    case.newer_version = 0;
    case.say(ANALYST, proposal).unwrap();
    // A case that was opened keeps its version.
    case.newer_version = 1;
    let proposal = case.inner_file().proposal.unwrap().id;
    let (shown, meeting) = (shown(&[proposal]), meeting(&[LEAD, ANALYST], MONDAY));
    case.say(LEAD, InnerAct::Decide { proposal, shown, is_approved: true, meeting }).unwrap();
    case.issue(LEAD);
}

#[test]
fn who_says_to_have_had_a_role_at_the_meeting_had_it() {
    let mut case = Case::of("township");
    let proposal = case.proposal(1, "1.4", person("会计", HEAD));
    let proposal = case.say(ANALYST, InnerAct::Propose(Box::new(proposal))).unwrap();
    let decide = |present: &[Who]| {
        let shown = shown(&[proposal]);
        InnerAct::Decide { proposal, shown, is_approved: true, meeting: meeting(present, MONDAY) }
    };
    let impostor = Who(8, Place::Town, "c");
    assert_eq!(case.say(COMMITTEE, decide(&[COMMITTEE, impostor])), Err(CaseRefusal::StandingNotCertified));
    case.say(COMMITTEE, decide(&[COMMITTEE, MEMBER])).unwrap();
}

#[test]
fn an_interview_is_planned_first_and_by_certified_people() {
    let (mut case, issue) = noticed();
    let interviewers = vec![LEAD.interviewer(), ANALYST.interviewer()];
    let notice = |case: &mut Case, interviewers| {
        let paper = case.paper("interview_notice_three");
        let place = "二楼会议室".into();
        case.do_(ANALYST, OuterAct::Notice { issue, paper, at_s: 1_767_600_000, place, interviewers })
    };
    assert_eq!(notice(&mut case, interviewers.clone()), Err(CaseRefusal::NoPlan));
    let proposal = case.inner_file().proposal.unwrap().id;
    let plan = |interviewers| InnerAct::Plan {
        proposal, outline: "提醒事项、主要问题、要求".into(), interviewers
    };
    let impostor = vec![Who(8, Place::Town, "d").interviewer(), ANALYST.interviewer()];
    assert_eq!(case.say(ANALYST, plan(impostor.clone())), Err(CaseRefusal::StandingNotCertified));
    case.say(ANALYST, plan(interviewers.clone())).unwrap();
    assert_eq!(notice(&mut case, impostor), Err(CaseRefusal::StandingNotCertified));
    case.say(ANALYST, InnerAct::Recuse { holder: holder(ANALYST.0), reason: "亲属".into() }).unwrap();
    let paper = case.paper("interview_notice_three");
    let call = OuterAct::Notice {
        issue,
        paper,
        at_s: 1_767_600_000,
        place: "二楼会议室".into(),
        interviewers: interviewers.clone(),
    };
    assert_eq!(case.do_(LEAD, call), Err(CaseRefusal::Interviewers), "one of them was recused");
    case.inner.pop();
    let notice = notice(&mut case, interviewers.clone()).unwrap();
    let (on, record, terms) = (MONDAY + 1, "谈话记录，到场人员均已签名".into(), Vec::new());
    let notice = Some(notice);
    case.do_(ANALYST, OuterAct::Interview { issue, notice, on, interviewers, record, terms }).unwrap();
    let due = case.outer_file().deadlines(&Weekends, &case.moments)[0];
    assert_eq!(due.last.unwrap().day, MONDAY + 10, "seven working days from the interview");
}

#[test]
fn an_objection_is_answered_by_people_who_did_not_decide() {
    let (mut case, issue) = recommended();
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let object = || OuterAct::Object { issue, text: "事实有误".into() };
    case.today = MONDAY + 15;
    assert_eq!(case.do_(HEAD, object()), Err(CaseRefusal::TooLate), "ten working days");
    case.today = MONDAY + 14;
    let objection = case.do_(HEAD, object()).unwrap();
    let until = case.outer_file().ruling_until(&Weekends, &case.moments).unwrap();
    assert_eq!(until.day, MONDAY + 14 + 30);
    let deliberate = |objection| {
        let (findings, ruling, meeting) = ("查明属误".into(), Ruling::Upheld, None);
        InnerAct::Deliberate { objection, findings, ruling, meeting }
    };
    let rule = |ruling| OuterAct::Rule { issue, objection, ruling, reason: "查明属误".into() };
    assert_eq!(case.say(MEMBER, deliberate(objection)), Err(CaseRefusal::DecidedIt), "was at the meeting");
    assert_eq!(case.say(COUNTY, deliberate(objection)), Err(CaseRefusal::AnsweredBelow));
    assert_eq!(case.say(SECRETARY, deliberate(issue)), Err(CaseRefusal::NoSuchObjection));
    assert_eq!(case.do_(SECRETARY, rule(Ruling::Upheld)), Err(CaseRefusal::NotDeliberated));
    case.say(SECRETARY, deliberate(objection)).unwrap();
    assert_eq!(case.do_(SECRETARY, rule(Ruling::Rejected)), Err(CaseRefusal::NotDeliberated));
    assert_eq!(case.do_(MEMBER, rule(Ruling::Upheld)), Err(CaseRefusal::DecidedIt));
    case.do_(SECRETARY, rule(Ruling::Upheld)).unwrap();
    let file = case.outer_file();
    assert_eq!((file.stage, file.untold().len()), (Stage::Withdrawn, 0));
    assert!(file.counted().is_none(), "an upheld objection takes every consequence away");
    assert!(found(&case).is_empty());
}

#[test]
fn where_everybody_decided_the_level_above_answers() {
    let mut case = Case::of("township");
    let proposal = case.proposal(1, "1.4", person("会计", HEAD));
    let all = [COMMITTEE, MEMBER, SECRETARY, LEAD];
    case.decide(COMMITTEE, proposal, meeting(&all, MONDAY));
    let issue = case.issue(COMMITTEE);
    case.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    let objection = case.do_(HEAD, OuterAct::Object { issue, text: "事实有误".into() }).unwrap();
    let (findings, ruling, meeting) = (String::from("复核属实"), Ruling::Rejected, None);
    let deliberate = InnerAct::Deliberate { objection, findings, ruling, meeting };
    assert_eq!(case.say(LEAD, deliberate.clone()), Err(CaseRefusal::DecidedIt));
    case.say(COUNTY, deliberate).unwrap();
    let rule = OuterAct::Rule { issue, objection, ruling: Ruling::Rejected, reason: "复核属实".into() };
    case.do_(COUNTY, rule).unwrap();
    assert_eq!(case.outer_file().ruled(), Some(Ruling::Rejected));
}

#[test]
fn where_nobody_is_above_one_who_did_not_sign_records_what_a_body_outside_answers() {
    let case = Case::of("township");
    let rule = case.pack.level(Level::ONE).unwrap();
    let bench = [1, 2, 3].map(|person| seat_of(person, Place::County, Role::SECRETARY));
    let signed = Deciders { signed: [holder(1)].into(), present: [holder(1), holder(2), holder(3)].into() };
    let who = |deciders: &Deciders, out: u8| {
        who_answers(rule, &unit(Place::County), deciders, |one| *one == holder(out), &bench)
    };
    assert_eq!(who(&signed, 9), Answering::Outside([holder(2), holder(3)].into()));
    assert_eq!(who(&signed, 2), Answering::Outside([holder(3)].into()), "one of them is concerned");
    let all = Deciders { signed: [holder(1), holder(2), holder(3)].into(), ..Deciders::default() };
    assert_eq!(who(&all, 9), Answering::Outside([].into()), "another officer has to be certified");
    let one = Deciders { signed: [holder(1)].into(), present: [holder(2)].into() };
    assert_eq!(who(&one, 9), Answering::Here([holder(3)].into()));
}

#[test]
fn a_collective_warning_is_withdrawn_once_the_meeting_took_its_decision_back() {
    let (mut case, issue) = recommended();
    let withdraw = || OuterAct::Withdraw { issue, reason: "对象有误".into() };
    assert_eq!(case.do_(COMMITTEE, withdraw()), Err(CaseRefusal::NotDeliberated));
    let decision = case.inner_file().decision.unwrap().id;
    let meeting = meeting(&[COMMITTEE, MEMBER], MONDAY);
    case.say(COMMITTEE, InnerAct::Rescind { decision, reason: "对象有误".into(), meeting }).unwrap();
    assert_eq!(found(&case), [Breach { entry: issue, why: Contradiction::DecisionGone }], "the warning still stands");
    case.do_(COMMITTEE, withdraw()).unwrap();
    assert!(found(&case).is_empty());
    let (mut case, issue) = noticed();
    case.do_(LEAD, OuterAct::Withdraw { issue, reason: "对象有误".into() }).unwrap();
}

#[test]
fn a_lead_leaves_nothing_but_the_fact_with_the_subject() {
    let (mut case, issue) = noticed();
    assert_eq!(case.do_(ANALYST, OuterAct::Refer { issue }), Err(CaseRefusal::NotDeliberated));
    case.say(ANALYST, InnerAct::Refer { reason: "涉嫌违纪，移送纪委".into() }).unwrap();
    case.do_(ANALYST, OuterAct::Refer { issue }).unwrap();
    assert_eq!((case.outer_file().stage, case.inner_file().stage), (Stage::Referred, Stage::Referred));
    assert!(case.outer_file().counted().is_none());
}

#[test]
fn after_closing_a_notice_goes_on_as_an_inquiry_that_names_it() {
    let (mut case, issue) = noticed();
    let given = case.do_(HEAD, answer(issue, Debt::Account)).unwrap();
    case.do_(LEAD, lift(issue, given, None)).unwrap();
    let (to, when) = (To::Level(Level::TWO), Condition::ComplaintsContinueAndVerified);
    let next = Some(document(Place::Town, Kind::CASE_INNER, 2));
    let carried = || OuterAct::Escalate { issue, to, when, case: next.clone() };
    assert_eq!(case.do_(ANALYST, carried()), Err(CaseRefusal::NotDeliberated));
    let findings = "继续反映并经查实".into();
    case.say(ANALYST, InnerAct::Escalate { to, when, findings, case: next.clone() }).unwrap();
    case.do_(ANALYST, carried()).unwrap();
    assert_eq!(case.outer_file().stage, Stage::Lifted, "what has ended stays so");

    let mut higher = Case::of("township");
    let mut proposal = higher.proposal(2, "2.11", person("会计", HEAD));
    let propose =
        |proposal: &fangwei_protocol::work::case::act::Proposal| InnerAct::Propose(Box::new(proposal.clone()));
    assert_eq!(higher.say(ANALYST, propose(&proposal)), Err(CaseRefusal::NotFollowing), "names no case");
    proposal.follows = Some(document(Place::Town, Kind::CASE_INNER, 1));
    assert_eq!(higher.say(ANALYST, propose(&proposal)), Err(CaseRefusal::NotFollowing), "a case nobody has");
    higher.followed = Some(keep(case.inner_file()));
    let mut of_another = proposal.clone();
    of_another.subject = person("出纳", Who(7, Place::Village, "p"));
    assert_eq!(higher.say(ANALYST, propose(&of_another)), Err(CaseRefusal::NotFollowing));
    let mut too_high = higher.proposal(1, "1.10", person("会计", HEAD));
    too_high.follows = proposal.follows.clone();
    assert_eq!(higher.say(ANALYST, propose(&too_high)), Err(CaseRefusal::NotFollowing), "1.10 follows an inquiry");
    higher.say(ANALYST, propose(&proposal)).unwrap();
}

#[test]
fn a_units_second_level_one_warning_in_a_year_bars_its_rating() {
    let case = Case::of("township");
    let village = fangwei_protocol::work::case::act::Subject::Unit { unit: unit(Place::Village), heads: Vec::new() };
    let by_name = person("会计", HEAD);
    let warned = |subject, level, decided_on| Counted { subject, level, decided_on };
    let bars = |warnings: &[Counted<'_>], on| followed(case.pack, &village, warnings, on, &Weekends).len();
    let (one, two) = (warned(&village, Level::ONE, MONDAY), warned(&village, Level::ONE, MONDAY + 200));
    assert_eq!(bars(&[one], MONDAY + 300), 0);
    assert_eq!(bars(&[one, two], MONDAY + 300), 1);
    assert_eq!(bars(&[one, two], MONDAY + 199), 0, "not before it was given");
    assert_eq!(bars(&[one, two], MONDAY + 366), 0, "the year after");
    assert_eq!(bars(&[one, warned(&village, Level::ONE, MONDAY + -10)], MONDAY + 300), 0, "of two years");
    assert_eq!(bars(&[one, warned(&village, Level::TWO, MONDAY)], MONDAY + 300), 0);
    assert_eq!(bars(&[one, warned(&by_name, Level::ONE, MONDAY)], MONDAY + 300), 0, "of a person");
    let both = followed(case.pack, &village, &[two, one], MONDAY + 300, &Weekends);
    assert_eq!(
        (both[0].rule.id.as_str(), both[0].decided_on.as_slice()),
        ("no_advanced_unit", &[MONDAY, MONDAY + 200][..])
    );
}

#[test]
fn what_should_not_have_been_written_is_found_where_both_files_are_kept() {
    // A warning nobody decided, with a number nobody allotted, ruled on by who signed the decision.
    let (case, _) = noticed();
    let mut forged = Case::of("township");
    let mut warning = case.outer_file().warning().unwrap().clone();
    warning.ground = "3.4".into();
    let proposal = forged.proposal(3, "3.3", person("会计", HEAD));
    forged.decide(LEAD, proposal, meeting(&[LEAD, ANALYST], MONDAY));
    let issue = forged.receive(LEAD, OuterAct::Issue(Box::new(warning)));
    let whys: Vec<Contradiction> = found(&forged).into_iter().map(|breach| breach.why).collect();
    assert_eq!(whys, [Contradiction::NumberNotAllotted, Contradiction::NotDecided]);
    let to = To::Level(Level::TWO);
    let next = Some(document(Place::Town, Kind::CASE_INNER, 2));
    forged
        .receive(ANALYST, OuterAct::Escalate { issue, to, when: Condition::ComplaintsContinueAndVerified, case: next });
    assert_eq!(found(&forged).last().unwrap().why, Contradiction::NotDeliberated);

    let (mut ruled, issue) = recommended();
    let objection = ruled.receive(HEAD, OuterAct::Object { issue, text: "事实有误".into() });
    let rule = OuterAct::Rule { issue, objection, ruling: Ruling::Rejected, reason: "属实".into() };
    let ruling = ruled.receive(MEMBER, rule);
    let expected = [Contradiction::DecidedIt, Contradiction::NotDeliberated].map(|why| Breach { entry: ruling, why });
    assert_eq!(found(&ruled), expected);

    let (mut recused, issue) = noticed();
    recused.say(ANALYST, InnerAct::Recuse { holder: holder(ANALYST.0), reason: "亲属".into() }).unwrap();
    let deliver = || OuterAct::Deliver { issue, on: MONDAY, how: "当面".into() };
    assert_eq!(recused.do_(ANALYST, deliver()), Err(CaseRefusal::Concerned));
    let entry = recused.receive(ANALYST, deliver());
    assert_eq!(found(&recused), [Breach { entry, why: Contradiction::Concerned }]);
}
