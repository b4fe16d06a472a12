//! Cases, reports and triages through the first door of a node: what is signed there and what is not.

use super::*;
use crate::{
    record::entry::{DocId, Hash, Kind},
    replica::casework::tests::{COUNTY, County, TOWN, Who, case, unit},
    trust::charter::HolderId,
    work::{
        cadre::Post,
        case::{
            act::{Meeting, Present, Subject},
            files_of,
            series::{Register, SeriesRefusal},
            table::Stage,
        },
        pack::level::Debt,
        report::{
            act::{Filed, Origin},
            table::ReportStage,
        },
        sharing::{Shared, sharing_of},
        unit::UnitPath,
    },
};

fn holder(who: Who) -> HolderId {
    [who as u8; 16].into()
}

/// Why it was refused.
fn why(written: Result<EntryId, WriteError>) -> WriteRefusal {
    match written {
        Err(WriteError::Refusal(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn of_case(written: Result<EntryId, WriteError>) -> CaseRefusal {
    match why(written) {
        WriteRefusal::Case(refused) => refused.why,
        other => panic!("{other:?}"),
    }
}

fn of_report(written: Result<EntryId, WriteError>) -> ReportRefusal {
    match why(written) {
        WriteRefusal::Report(refused) => refused.why,
        other => panic!("{other:?}"),
    }
}

/// Proposed and approved.
fn decided() -> County {
    let mut county = County::founded();
    let proposal = county.proposal();
    let proposal = county.inner(Who::Analyst, InnerAct::Propose(Box::new(proposal))).unwrap();
    let shown = county.file(&case()).shown(&[proposal]).unwrap();
    let decide = |shown| InnerAct::Decide { proposal, shown, is_approved: true, meeting: None };
    assert_eq!(of_case(county.inner(Who::Lead, decide(Hash([7; 32])))), CaseRefusal::NotAsShown);
    county.inner(Who::Lead, decide(shown)).unwrap();
    county
}

/// Proposed, approved and issued with number 1.
fn issued() -> (County, EntryId) {
    let mut county = decided();
    let number = county.allot(1);
    let warning = county.warning(number);
    let issue = county.outer(Who::Lead, OuterAct::Issue(Box::new(warning))).unwrap();
    (county, issue)
}

fn answer(issue: EntryId) -> OuterAct {
    let text = "情况说明如下".into();
    OuterAct::Answer { issue, what: Debt::Account, text, measures: vec![], attachments: vec![] }
}

#[test]
fn a_case_goes_from_the_proposal_to_the_lifting() {
    let (mut county, issue) = issued();
    let on = county.today();
    county.outer(Who::Head, OuterAct::Receive { issue, on }).unwrap();
    let answer = county.outer(Who::Head, answer(issue)).unwrap();
    let document = outer_file(&case(), &unit(TOWN));
    let shown = county.file(&document).shown(&[issue, answer]).unwrap();
    county.outer(Who::Analyst, OuterAct::Accept { issue, answer, shown }).unwrap();
    let lift = |shown| OuterAct::Lift { issue, answer, visit: None, shown, reason: "已说明".into() };
    assert_eq!(of_case(county.outer(Who::Lead, lift(Hash([7; 32])))), CaseRefusal::NotAsShown);
    county.outer(Who::Lead, lift(shown)).unwrap();
    let (inner, outer) = (county.file(&case()), county.file(&document));
    let (inner, outer) = (county.replica.inner(&inner), county.replica.outer(&outer));
    assert_eq!((inner.stage, outer.stage), (Stage::Approved, Stage::Lifted));
    assert!(inner.refused.is_empty() && outer.refused.is_empty());
}

#[test]
fn the_bench_is_who_holds_a_certificate_that_stands() {
    let county = County::founded();
    let bench = county.replica.bench();
    assert_eq!(bench.len(), 7);
    let is_seat = |who, at| bench.iter().any(|seat| seat.holder == holder(who) && seat.unit == unit(at));
    assert!(is_seat(Who::Lead, COUNTY) && is_seat(Who::Head, TOWN) && !is_seat(Who::Lead, TOWN));
}

#[test]
fn what_a_case_asks_beyond_its_own_file_is_asked_before_signing() {
    let mut county = County::founded();
    let propose = |proposal| InnerAct::Propose(Box::new(proposal));
    // The rules of a bureau, which this county is not.
    let mut proposal = county.proposal();
    proposal.rules = county.pack(&unit("370126.d1"));
    let (at, managed_by) = (unit(TOWN), unit(COUNTY));
    proposal.subject = Subject::Person { unit: at, post: "会计".into(), holder: None, managed_by };
    let rules = county.replica.rulebook(&county.memory).unwrap();
    let level = rules.pack(&proposal.rules).unwrap().level(proposal.level).unwrap();
    proposal.ground = level.grounds[0].id.clone();
    proposal.way = level.ways_for(&proposal.ground).next().unwrap().id.clone();
    assert_eq!(of_case(county.inner(Who::Analyst, propose(proposal))), CaseRefusal::RulesNotInForce);
    // A post is listed once.
    let register = register_of(&unit(COUNTY));
    let post = Post { unit: unit(TOWN), post: "镇长".into(), holder: None };
    let manage = Act::Cadre(Box::new(CadreAct::Manage(post)));
    county.says(Who::Secretary, &register, manage.clone()).unwrap();
    assert_eq!(why(county.says(Who::Secretary, &register, manage)), WriteRefusal::Cadre(CadreRefusal::AlreadyManaged));
    assert_eq!(county.replica.cadres(&rules, &county.memory).unwrap()[&unit(COUNTY)].posts.len(), 1);
    // A meeting with somebody in a role nobody certified.
    let proposal = county.proposal();
    let proposal = county.inner(Who::Analyst, propose(proposal)).unwrap();
    let shown = county.file(&case()).shown(&[proposal]).unwrap();
    let one = |who, role| Present { holder: Some(holder(who)), role: Some(role), name: "与会".into() };
    let (lead, analyst) = (crate::trust::charter::Role::DISCIPLINE_LEAD, crate::trust::charter::Role::ANALYST);
    let present = vec![one(Who::Lead, lead), one(Who::Secretary, analyst)];
    let meeting = Some(Meeting { on: county.today(), present, outcome: "同意".into() });
    let decide = InnerAct::Decide { proposal, shown, is_approved: true, meeting };
    assert_eq!(of_case(county.inner(Who::Lead, decide)), CaseRefusal::StandingNotCertified);
}

#[test]
fn a_register_of_posts_stands_in_one_document() {
    let mut county = County::founded();
    let post = Post { unit: unit(TOWN), post: "镇长".into(), holder: None };
    let manage = Act::Cadre(Box::new(CadreAct::Manage(post)));
    let other = DocKey { doc: DocId([1; 16]), ..register_of(&unit(COUNTY)) };
    assert_eq!(why(county.says(Who::Secretary, &other, manage)), WriteRefusal::Cadre(CadreRefusal::OtherDocument));
}

#[test]
fn a_number_that_was_not_allotted_to_this_paper_is_on_none() {
    let mut county = decided();
    let register = county.register();
    let document = register.document(&unit(COUNTY));
    let series = |act| Act::Series(Box::new(act));
    let issue = |county: &mut County, number: SerialNumber| {
        let warning = county.warning(number);
        county.outer(Who::Lead, OuterAct::Issue(Box::new(warning)))
    };
    // Never allotted; allotted to another document; struck; of another word than the register's.
    let unused = register.number(&unit(COUNTY), 1);
    assert_eq!(of_case(issue(&mut county, unused)), CaseRefusal::NumberNotAllotted);
    let elsewhere = SeriesAct::Allot { register: register.clone(), number: 1, paper: case() };
    county.says(Who::Analyst, &document, series(elsewhere)).unwrap();
    let first = register.number(&unit(COUNTY), 1);
    assert_eq!(of_case(issue(&mut county, first)), CaseRefusal::NumberNotAllotted);
    let second = county.allot(2);
    let other_word = SerialNumber { word: "他预".into(), ..second.clone() };
    assert_eq!(of_case(issue(&mut county, other_word)), CaseRefusal::NumberNotAllotted);
    let other_kind = SerialNumber { series: DocKey { kind: Kind::TRIAGE, ..second.series.clone() }, ..second.clone() };
    let rules = county.replica.rulebook(&county.memory).unwrap();
    let paper = outer_file(&case(), &unit(TOWN));
    let is_allotted =
        |county: &County, number| county.replica.is_allotted(number, &paper, &rules, &county.memory).unwrap();
    assert!(is_allotted(&county, &second) && !is_allotted(&county, &other_kind));
    let strike = SeriesAct::Void { number: 2, reason: "打印错误".into() };
    county.says(Who::Analyst, &document, series(strike)).unwrap();
    assert!(!is_allotted(&county, &second));
    assert_eq!(of_case(issue(&mut county, second)), CaseRefusal::NumberNotAllotted);
    // What is allotted and not struck is on the paper.
    let third = county.allot(3);
    issue(&mut county, third).unwrap();
}

#[test]
fn a_register_is_written_in_its_own_document_at_its_own_node_and_in_order() {
    let mut county = decided();
    let (register, paper) = (county.register(), outer_file(&case(), &unit(TOWN)));
    let home = unit(COUNTY);
    let mut allot = |register: &Register, at: &Register, number| {
        let act = SeriesAct::Allot { register: register.clone(), number, paper: paper.clone() };
        why(county.says(Who::Analyst, &at.document(&home), Act::Series(Box::new(act))))
    };
    let other = Register { year: 2027, ..register.clone() };
    assert_eq!(allot(&register, &other, 1), WriteRefusal::Series(SeriesRefusal::OtherRegister));
    let not_next = SeriesRefusal::NotNext { next: 1, given: 2 };
    assert_eq!(allot(&register, &register, 2), WriteRefusal::Series(not_next));
    let of_other = Register { node: EntryId(Hash([1; 32])), ..register };
    assert_eq!(allot(&of_other, &of_other, 1), WriteRefusal::Series(SeriesRefusal::OtherNode));
}

#[test]
fn a_warning_stands_in_the_outer_file_of_its_case_and_in_no_other_document() {
    let mut county = decided();
    let right = outer_file(&case(), &unit(TOWN));
    let number = county.allot(1);
    let warning = county.warning(number);
    let issue = Act::Outer(Box::new(OuterAct::Issue(Box::new(warning))));
    for doc in [DocId([1; 16]), case().doc] {
        let other = DocKey { doc, ..right.clone() };
        assert_eq!(of_case(county.says(Who::Lead, &other, issue.clone())), CaseRefusal::NotTheSubjectsFile);
    }
    county.says(Who::Lead, &right, issue).unwrap();
}

#[test]
fn what_nobody_decided_is_not_issued() {
    let mut county = decided();
    let number = county.allot(1);
    let mut warning = county.warning(number);
    warning.level = crate::work::case::Level::TWO;
    assert!(matches!(why(county.outer(Who::Lead, OuterAct::Issue(Box::new(warning)))), WriteRefusal::Case(_)));
}

/// A report of the town to the county, its document and its `File` entry.
fn filed(county: &mut County, n: u8) -> (DocKey, EntryId) {
    let document = DocKey { scope: files_of(&unit(TOWN)), kind: Kind::REPORT, doc: DocId([n; 16]) };
    let register = Register { word: "镇预信".into(), ..county.register() };
    let number = register.number(&unit(TOWN), u32::from(n));
    let file = Filed {
        number: number.clone(),
        to: unit(COUNTY),
        rules: county.pack(&unit(TOWN)),
        category: 9,
        source: "petition".into(),
        origin: Origin::Officer,
        concerned: None,
        title: "村务".into(),
        account: "反映村集体账目不公开".into(),
        happened_s: Some(county.now_s),
        place: String::new(),
        amount_fen: None,
        is_urgent: false,
        attachments: vec![],
    };
    let say = |file: &Filed| Act::Report(Box::new(ReportAct::File(Box::new(file.clone()))));
    assert_eq!(of_report(county.says(Who::Reporter, &document, say(&file))), ReportRefusal::NumberNotAllotted);
    let allot = SeriesAct::Allot { register, number: number.number, paper: document.clone() };
    county.says(Who::Reporter, &number.series, Act::Series(Box::new(allot))).unwrap();
    let tomorrow = Filed { happened_s: Some(county.now_s + 1), ..file.clone() };
    assert_eq!(of_report(county.says(Who::Reporter, &document, say(&tomorrow))), ReportRefusal::NotYetHappened);
    let filed = county.says(Who::Reporter, &document, say(&file)).unwrap();
    (document, filed)
}

/// The same, accepted by the county, and its triage opened.
fn triaged(county: &mut County, n: u8) -> (DocKey, EntryId) {
    let (report, filed) = filed(county, n);
    let triage = triage_of(&report, &unit(COUNTY));
    let open = TriageAct::Open { report: report.clone(), filed, concerned: None };
    let open = |at: &DocKey, county: &mut County| county.says(Who::Analyst, at, Act::Triage(Box::new(open.clone())));
    assert_eq!(of_report(open(&triage, county)), ReportRefusal::NotAccepted);
    county.says(Who::Analyst, &report, Act::Report(Box::new(ReportAct::Accept { filed }))).unwrap();
    for doc in [DocId([1; 16]), report.doc] {
        assert_eq!(of_report(open(&DocKey { doc, ..triage.clone() }, county)), ReportRefusal::OtherDocument);
    }
    let opened = open(&triage, county).unwrap();
    (triage, opened)
}

#[test]
fn a_report_is_filed_accepted_and_triaged_in_the_documents_that_follow_from_it() {
    let mut county = County::founded();
    let (triage, opened) = triaged(&mut county, 1);
    let decide = TriageAct::Decide { opened, outcome: Outcome::NoSubstance, reason: "查无此事".into() };
    county.says(Who::Analyst, &triage, Act::Triage(Box::new(decide))).unwrap();
    let file = county.file(&triage);
    let folded = county.replica.triage(&file);
    assert_eq!(folded.outcome(), Some(&Outcome::NoSubstance));
    let report = county.file(folded.report().unwrap().0);
    assert_eq!(county.replica.report(&report).stage, ReportStage::Accepted);
}

#[test]
fn a_triage_leads_to_a_case_on_its_report_and_to_no_circle() {
    let mut county = County::founded();
    let (one, of_one) = triaged(&mut county, 1);
    let (two, of_two) = triaged(&mut county, 2);
    let decide = |county: &mut County, at: &DocKey, opened, outcome| {
        let act = TriageAct::Decide { opened, outcome, reason: "同一事项".into() };
        county.says(Who::Analyst, at, Act::Triage(Box::new(act)))
    };
    let duplicate = |of: &DocKey| Outcome::Duplicate { of: of.clone() };
    assert_eq!(of_report(decide(&mut county, &one, of_one, duplicate(&one))), ReportRefusal::Circular);
    decide(&mut county, &one, of_one, duplicate(&two)).unwrap();
    assert_eq!(of_report(decide(&mut county, &two, of_two, duplicate(&one))), ReportRefusal::Circular);
    // A case names the reports it is opened on.
    let warning = Outcome::Warning { case: case() };
    let proposal = county.proposal();
    let proposal = county.inner(Who::Analyst, InnerAct::Propose(Box::new(proposal))).unwrap();
    assert_eq!(of_report(decide(&mut county, &two, of_two, warning.clone())), ReportRefusal::NotItsCase);
    county.inner(Who::Lead, InnerAct::Return { proposal, reason: "写明线索来源".into() }).unwrap();
    let file = county.file(&two);
    let report = county.replica.triage(&file).report().unwrap().0.clone();
    let mut again = county.proposal();
    again.reports = vec![report];
    county.inner(Who::Analyst, InnerAct::Propose(Box::new(again))).unwrap();
    decide(&mut county, &two, of_two, warning).unwrap();
}

#[test]
fn what_is_shared_with_a_department_is_asked_of_the_report_or_the_case_before_signing() {
    let mut county = County::founded();
    let (report, filed) = filed(&mut county, 1);
    let department = unit("370126.d1");
    let of_share = |written: Result<EntryId, WriteError>| match why(written) {
        WriteRefusal::Share(refusal) => refusal,
        other => panic!("{other:?}"),
    };
    let share = |county: &mut County, about: &DocKey, with: &UnitPath, days: i64| {
        let day = day_of(u64::try_from(county.now_s + days * 86_400).unwrap());
        let shared = Shared {
            about: about.clone(),
            digest: "账目不公开".into(),
            copied: vec![],
            reason: "属其职责".into(),
            question: Some("是否属实".into()),
            respond_by: Some(day),
        };
        let act = Act::Share(Box::new(ShareAct::Share(Box::new(shared))));
        county.says(Who::Analyst, &sharing_of(about, with), act)
    };
    assert_eq!(of_share(share(&mut county, &report, &department, 0)), ShareRefusal::NotHeld, "nobody took it up");
    county.says(Who::Analyst, &report, Act::Report(Box::new(ReportAct::Accept { filed }))).unwrap();
    assert_eq!(of_share(share(&mut county, &report, &department, -1)), ShareRefusal::AlreadyOver);
    assert_eq!(of_share(share(&mut county, &report, &unit(TOWN), 0)), ShareRefusal::NotADepartment);
    share(&mut county, &report, &department, 0).unwrap();
    let file = county.file(&sharing_of(&report, &department));
    assert!(county.replica.sharing(&file).told[0].waits());
    let triage = triage_of(&report, &unit(COUNTY));
    let open = TriageAct::Open { report: report.clone(), filed, concerned: None };
    let opened = county.says(Who::Analyst, &triage, Act::Triage(Box::new(open))).unwrap();
    let lead = TriageAct::Decide { opened, outcome: Outcome::Lead, reason: String::new() };
    county.says(Who::Analyst, &triage, Act::Triage(Box::new(lead))).unwrap();
    assert_eq!(of_share(share(&mut county, &report, &department, 0)), ShareRefusal::Lead);
    // A case, which is there once it was proposed; never with whom it is about.
    assert_eq!(of_share(share(&mut county, &case(), &department, 0)), ShareRefusal::NotHeld);
    let mut proposal = county.proposal();
    proposal.subject = Subject::Unit { unit: department.clone(), heads: vec![] };
    county.inner(Who::Analyst, InnerAct::Propose(Box::new(proposal))).unwrap();
    assert_eq!(of_share(share(&mut county, &case(), &department, 0)), ShareRefusal::ConcernsDepartment);
    share(&mut county, &case(), &unit("370126.d2"), 0).unwrap();
    let recuse = InnerAct::Recuse { holder: holder(Who::Analyst), reason: "亲属".into() };
    county.inner(Who::Analyst, recuse).unwrap();
    assert_eq!(of_share(share(&mut county, &case(), &unit("370126.d2"), 0)), ShareRefusal::Concerned);
}
