//! Cases by the bureau rules: from blue to yellow to red, by word of mouth or paper, on terms that are set.

use fangwei_protocol::{
    record::entry::{EntryId, Kind},
    work::calendar::{Day, TermUnit},
    work::case::{
        Level,
        act::{InnerAct, Opinion, OuterAct, Proposal, Subject, TermSet, Warning},
        refusal::CaseRefusal,
        table::Stage,
    },
    work::pack::level::{Condition, Debt, To},
};

use crate::{
    model::Place,
    town::{ANALYST, COMMITTEE, Case, GROUP, HEAD, MEMBER, MONDAY, Weekends, Who, meeting, person},
    world::{document, holder, keep, shown, term, unit},
};

/// A case that was decided by the party group, with a plan for the interview.
fn planned(level: u8, ground: &str, followed: Option<&Case>) -> Case {
    let mut case = Case::of("bureau");
    let mut proposal = case.proposal(level, ground, person("科员", HEAD));
    if let Some(lower) = followed {
        proposal.follows = Some(document(Place::Town, Kind::CASE_INNER, 1));
        case.followed = Some(keep(lower.inner_file()));
    }
    case.decide(COMMITTEE, proposal, meeting(&[COMMITTEE, MEMBER, GROUP], MONDAY));
    let proposal = case.inner_file().proposal.unwrap().id;
    let (outline, interviewers) = ("提醒事项".into(), vec![COMMITTEE.interviewer(), ANALYST.interviewer()]);
    case.say(ANALYST, InnerAct::Plan { proposal, outline, interviewers }).unwrap();
    case
}

fn interview(issue: EntryId, terms: Vec<TermSet>) -> OuterAct {
    let (interviewers, record) = (vec![COMMITTEE.interviewer(), ANALYST.interviewer()], "谈话记录".into());
    OuterAct::Interview { issue, notice: None, on: MONDAY + 2, interviewers, record, terms }
}

fn issued(case: &mut Case, warning: Warning) -> EntryId {
    case.do_(COMMITTEE, OuterAct::Issue(Box::new(warning))).unwrap()
}

/// Answers, accepts, checks and lifts.
fn lifted(case: &mut Case, issue: EntryId, what: Debt, by: Who) {
    let (text, measures, attachments) = ("已改正".into(), Vec::new(), Vec::new());
    let answer = case.do_(HEAD, OuterAct::Answer { issue, what, text, measures, attachments }).unwrap();
    case.do_(ANALYST, OuterAct::Accept { issue, answer, shown: shown(&[issue, answer]) }).unwrap();
    let (means, findings) = (vec!["papers".into()], "属实".into());
    let check = OuterAct::Visit { issue, on: MONDAY + 9, means, findings, opinion: Opinion::Lift };
    let lift = |visit: Option<EntryId>| {
        let ids: Vec<EntryId> = [issue, answer].into_iter().chain(visit).collect();
        OuterAct::Lift { issue, answer, visit, shown: shown(&ids), reason: "已改正".into() }
    };
    assert_eq!(case.do_(by, lift(None)), Err(CaseRefusal::NotVisited), "on a recorded check only");
    let check = case.do_(ANALYST, check).unwrap();
    case.do_(by, lift(Some(check))).unwrap();
}

/// Says that a closed case is carried up.
fn carried_up(case: &mut Case, issue: EntryId, to: Level) {
    let (to, when) = (To::Level(to), Condition::NotCorrectedAfter);
    let next = Some(document(Place::Town, Kind::CASE_INNER, 1));
    let findings = "经提醒仍未改正".into();
    case.say(ANALYST, InnerAct::Escalate { to, when, findings, case: next.clone() }).unwrap();
    case.do_(ANALYST, OuterAct::Escalate { issue, to, when, case: next }).unwrap();
}

#[test]
fn blue_becomes_yellow_becomes_red_where_nothing_is_corrected() {
    // Blue: a talk without paper or notice; what is owed counts from the decision.
    let mut blue = planned(3, "3.1", None);
    let warning = blue.by_word();
    let issue = issued(&mut blue, warning);
    let due = blue.outer_file().deadlines(&Weekends, &blue.moments)[0];
    assert_eq!((due.what, due.last.unwrap().day), (Debt::Account, MONDAY + 7), "a week from the decision");
    blue.do_(ANALYST, interview(issue, Vec::new())).unwrap();
    assert_eq!(blue.outer_file().stage, Stage::Delivered);
    lifted(&mut blue, issue, Debt::Account, ANALYST);
    carried_up(&mut blue, issue, Level::TWO);

    // Yellow: the term for the correction is set in the interview, a month at most.
    let mut yellow = planned(2, "2.1", Some(&blue));
    let warning = yellow.by_word();
    let issue = issued(&mut yellow, warning);
    let set = |count| vec![TermSet { what: Debt::Correction, term: term(count, TermUnit::Week) }];
    assert_eq!(yellow.do_(ANALYST, interview(issue, Vec::new())), Err(CaseRefusal::NoTerm(Debt::Correction)));
    assert_eq!(yellow.do_(ANALYST, interview(issue, set(5))), Err(CaseRefusal::TermTooLong(Debt::Correction)));
    yellow.do_(ANALYST, interview(issue, set(3))).unwrap();
    let last: Vec<Day> =
        yellow.outer_file().deadlines(&Weekends, &yellow.moments).iter().map(|due| due.last.unwrap().day).collect();
    assert_eq!(last, [MONDAY + 16, MONDAY + 2 + 21], "ten working days, three weeks");
    let by = term(1, TermUnit::Week);
    let ask = OuterAct::AskExtension { issue, reason: "工作未完".into(), by };
    assert_eq!(yellow.do_(HEAD, ask), Err(CaseRefusal::NotExtendable));
    lifted(&mut yellow, issue, Debt::Correction, GROUP);
    assert_eq!(yellow.outer_file().untold().len(), 1, "the result is filed with the office");
    carried_up(&mut yellow, issue, Level::ONE);

    // Red.
    let mut red = planned(1, "1.1", Some(&yellow));
    let mut warning = red.warning();
    warning.terms = vec![TermSet { what: Debt::Correction, term: term(1, TermUnit::Month) }];
    let issue = issued(&mut red, warning);
    red.do_(HEAD, OuterAct::Receive { issue, on: MONDAY }).unwrap();
    lifted(&mut red, issue, Debt::Correction, GROUP);
    assert_eq!(red.outer_file().stage, Stage::Lifted);
}

#[test]
fn a_letter_of_inquiry_is_decided_by_the_leading_group_and_is_no_interview() {
    let mut case = Case::of("bureau");
    let proposal = Proposal { way: "letter".into(), ..case.proposal(3, "3.1", person("科员", HEAD)) };
    let proposal = case.say(ANALYST, InnerAct::Propose(Box::new(proposal))).unwrap();
    let decide = |by: &[Who]| {
        let meeting = meeting(by, MONDAY);
        InnerAct::Decide { proposal, shown: shown(&[proposal]), is_approved: true, meeting }
    };
    assert!(matches!(case.say(COMMITTEE, decide(&[COMMITTEE, MEMBER])), Err(CaseRefusal::WrongDecider(_))));
    case.say(GROUP, decide(&[GROUP, ANALYST])).unwrap();
    let warning = case.warning();
    let issue = case.do_(GROUP, OuterAct::Issue(Box::new(warning))).unwrap();
    assert_eq!(case.do_(ANALYST, interview(issue, Vec::new())), Err(CaseRefusal::NoInterview));
}

#[test]
fn the_bureau_warns_no_leading_group() {
    let mut case = Case::of("bureau");
    let group = Subject::LeadingGroup { unit: unit(Place::Village), members: vec![holder(6)] };
    let proposal = InnerAct::Propose(Box::new(case.proposal(3, "3.1", group)));
    assert_eq!(case.say(ANALYST, proposal), Err(CaseRefusal::SubjectNotForeseen));
}
