//! Reports as they come: when they are to be taken up, who is shown them, what the doors ask before they are filed and
//! triaged.

use fangwei_protocol::{
    record::entry::{DocKey, EntryId, Kind},
    work::{
        case::{act::Proposal, law::Taken},
        pack::published::PackName,
        report::{
            act::{Concerned, Filed, Origin, Outcome, ReportAct, TriageAct},
            file::Report,
            permit::{ReportKnowledge, may_write_report, may_write_triage},
            refusal::ReportRefusal,
            table::{REPORT_TABLE, ReportStage},
            triage::Triage,
        },
    },
};

use crate::{
    model::Place,
    reports::{Path, attachments, filed, fold, law, officer, rules, series, step, text, triage_act, village},
    town::{Case, HEAD, MONDAY, Times, Weekends, person},
    world::{document, id, keep, unit},
};

/// A report from the village to the town, or to the county where it is about the town.
fn reported(origin: Origin, concerned: Option<Concerned>) -> (Path<ReportAct>, EntryId) {
    let mut filed = filed(origin, series(Place::Village, 1), "");
    if concerned.as_ref().is_some_and(|concerned| concerned.is_about(&unit(Place::Town))) {
        filed.to = unit(Place::County);
    }
    filed.concerned = concerned;
    let act = keep(ReportAct::File(Box::new(filed)));
    (vec![Taken { id: id("filed"), by: officer(0), act }], id("filed"))
}

#[test]
fn a_report_is_taken_up_or_passed_on_within_five_working_days_wherever_it_lies() {
    let (mut path, filed) = reported(Origin::Officer, None);
    let mut times = Times::default();
    times.0.insert(filed, (MONDAY, None));
    let until =
        |path: &Path<ReportAct>, times: &Times| fold(path).acceptance_until(&Weekends, times).map(|last| last.day);
    assert_eq!(until(&path, &times), Some(MONDAY + 7));
    let passed = keep(ReportAct::PassOn { filed, to: unit(Place::County), copy: None });
    path.push(Taken { id: id("passed"), by: officer(3), act: passed });
    times.0.insert(id("passed"), (MONDAY + 3, None));
    assert_eq!(until(&path, &times), Some(MONDAY + 10), "five more for the county");
    path.push(Taken { id: id("accepted"), by: officer(6), act: keep(ReportAct::Accept { filed }) });
    assert_eq!(until(&path, &times), None);
}

#[test]
fn a_report_about_a_unit_or_its_head_is_open_to_nobody_there_but_its_author() {
    let open = |concerned: Option<Concerned>, who: usize| {
        let (path, _) = reported(Origin::Officer, concerned);
        fold(&path).is_open_to(&officer(who))
    };
    let about =
        |place, post: &str, is_head| Some(Concerned { unit: unit(place), post: post.into(), holder: None, is_head });
    let (author, colleague, town, county) = (0, 2, 3, 6);
    for concerned in [about(Place::Village, "", false), about(Place::Village, "书记", true)] {
        let seen = [author, colleague, town, county].map(|who| open(concerned.clone(), who));
        assert_eq!(seen, [true, false, true, true], "about the reporting unit");
    }
    for concerned in [about(Place::Town, "", false), about(Place::Town, "镇长", true)] {
        let seen = [author, colleague, town, county].map(|who| open(concerned.clone(), who));
        assert_eq!(seen, [true, false, false, true], "about the township or its head");
    }
    let seen = [author, colleague, town, county].map(|who| open(about(Place::Town, "会计", false), who));
    assert_eq!(seen, [true; 4], "about one of its staff");
    let (path, _) = reported(Origin::Officer, Some(village()));
    assert!(!fold(&path).is_open_to(&officer(5)), "whom it concerns, wherever they work");
}

#[test]
fn a_report_about_the_townships_head_goes_to_the_county() {
    let about = Concerned { unit: unit(Place::Town), post: "镇长".into(), holder: None, is_head: true };
    let mut filed = filed(Origin::Invited, series(Place::Village, 1), "");
    filed.concerned = Some(about);
    let to_town = fold(&vec![step("filed", 1, ReportAct::File(Box::new(filed.clone())))]);
    assert_eq!(to_town.refused.values().next().unwrap().why, ReportRefusal::AboutReceiver);
    filed.to = unit(Place::County);
    let report = fold(&vec![step("filed", 1, ReportAct::File(Box::new(filed)))]);
    assert_eq!((report.stage, report.lies_with), (ReportStage::Filed, Some(&unit(Place::County))));
}

/// What the doors say of an act of a report or triage, given what else is known.
fn knowledge<T>(change: impl FnOnce(&mut ReportKnowledge<'_>), ask: impl FnOnce(&ReportKnowledge<'_>) -> T) -> T {
    let (document, in_force) = (document(Place::Town, Kind::TRIAGE, 1), rules());
    let mut known = ReportKnowledge {
        report: None,
        case: None,
        duplicate_of: &|_| None,
        document: &document,
        in_force: &in_force,
        is_allotted: &|_| true,
        now_s: 1_767_600_000,
    };
    change(&mut known);
    ask(&known)
}

#[test]
fn what_is_filed_has_an_allotted_number_the_rules_in_force_and_happened_already() {
    let door = |filed: Filed, change: fn(&mut ReportKnowledge<'_>)| {
        let step = Taken { id: id("filed"), by: officer(0), act: keep(ReportAct::File(Box::new(filed))) };
        let law = law(Place::Village, REPORT_TABLE);
        let asked = knowledge(change, |known| may_write_report(&Report::default(), &step, law, known));
        asked.map_err(|refused| refused.why)
    };
    let good = || filed(Origin::Officer, series(Place::Village, 1), "");
    assert_eq!(door(good(), |_| {}), Ok(ReportStage::Filed));
    assert_eq!(door(good(), |known| known.is_allotted = &|_| false), Err(ReportRefusal::NumberNotAllotted));
    let newer: fn(&mut ReportKnowledge<'_>) = |known| known.in_force = keep(PackName { version: 2, ..rules() });
    assert_eq!(door(good(), newer), Err(ReportRefusal::RulesNotInForce));
    let mut future = good();
    future.happened_s = Some(1_767_600_001);
    assert_eq!(door(future, |_| {}), Err(ReportRefusal::NotYetHappened));
}

#[test]
fn a_triage_is_of_a_report_this_unit_took_up_and_opens_a_case_that_names_it() {
    let (mut path, filed) = reported(Origin::Officer, Some(village()));
    let report_key = document(Place::Village, Kind::REPORT, 1);
    let open = |filed, concerned| {
        let act = keep(TriageAct::Open { report: report_key.clone(), filed, concerned });
        Taken { id: id("opened"), by: officer(3), act }
    };
    let law = law(Place::Town, REPORT_TABLE);
    let door = |triage: &Triage<'static>,
                step: &Taken<'static, TriageAct>,
                report: &Report<'static>,
                case: Option<&Proposal>| {
        let change = |known: &mut ReportKnowledge<'_>| {
            (known.report, known.case) = (Some(keep(report.clone())), keep(case.cloned()).as_ref())
        };
        knowledge(change, |known| may_write_triage(triage, step, law, known)).map_err(|refused| refused.why)
    };
    let blank = Triage::default();
    let opening = open(filed, Some(village()));
    assert_eq!(door(&blank, &opening, &fold(&path), None), Err(ReportRefusal::NotAccepted));
    path.push(Taken { id: id("accepted"), by: officer(3), act: keep(ReportAct::Accept { filed }) });
    let report = fold(&path);
    assert_eq!(door(&blank, &opening, &report, None), Ok(ReportStage::Open));
    let hidden = open(filed, None);
    assert_eq!(door(&blank, &hidden, &report, None), Err(ReportRefusal::NotAccepted), "whom it is about is left out");
    let triage = Triage::fold([opening], law);
    let case_key = document(Place::Town, Kind::CASE_INNER, 5);
    let (outcome, reason) = (Outcome::Warning { case: case_key }, "事实清楚".into());
    let act = keep(TriageAct::Decide { opened: id("opened"), outcome, reason });
    let decide = Taken { id: id("decided"), by: officer(3), act };
    let mut proposal = Case::of("township").proposal(3, "3.3", person("会计", HEAD));
    assert_eq!(door(&triage, &decide, &report, None), Err(ReportRefusal::NotItsCase));
    assert_eq!(door(&triage, &decide, &report, Some(&proposal)), Err(ReportRefusal::NotItsCase));
    proposal.reports.push(report_key.clone());
    assert_eq!(door(&triage, &decide, &report, Some(&proposal)), Ok(ReportStage::Decided));
}

#[test]
fn a_matter_is_no_duplicate_of_its_own_duplicates() {
    let law = law(Place::Town, REPORT_TABLE);
    let act = keep(triage_act(&Triage::default(), 3, ("open", "")));
    let triage = Triage::fold([Taken { id: id("opened"), by: officer(3), act }], law);
    let third = document(Place::Town, Kind::TRIAGE, 3);
    let door = |of: u8, next: &'static (dyn Fn(&DocKey) -> Option<DocKey> + 'static)| {
        let (outcome, reason) = (Outcome::Duplicate { of: document(Place::Town, Kind::TRIAGE, of) }, "同一事项".into());
        let act = keep(TriageAct::Decide { opened: id("opened"), outcome, reason });
        let step = Taken { id: id("decided"), by: officer(3), act };
        knowledge(|known| known.duplicate_of = next, |known| may_write_triage(&triage, &step, law, known))
            .map_err(|refused| refused.why)
    };
    assert_eq!(door(1, &|_| None), Err(ReportRefusal::Circular), "of itself");
    assert_eq!(door(2, &|_| None), Ok(ReportStage::Decided));
    let to_third: &'static _ = keep(move |from: &DocKey| (*from != third).then(|| third.clone()));
    assert_eq!(door(2, to_third), Ok(ReportStage::Decided), "of a duplicate of a third");
    let back: &'static _ = keep(|_: &DocKey| Some(document(Place::Town, Kind::TRIAGE, 1)));
    assert_eq!(door(2, back), Err(ReportRefusal::Circular), "of its own duplicate");
    let circle: &'static _ = keep(|_: &DocKey| Some(document(Place::Town, Kind::TRIAGE, 4)));
    assert_eq!(door(2, circle), Err(ReportRefusal::Circular), "others go round in a circle already");
}

/// A report from the village to the town about the village's head.
pub(crate) fn filed_report() -> Path<ReportAct> {
    reported(Origin::Officer, Some(village())).0
}

/// What answers a question.
pub(crate) fn added(filed: EntryId, question: EntryId) -> ReportAct {
    ReportAct::Supplement { filed, question: Some(question), text: text(""), attachments: attachments("") }
}

/// The opening of its triage.
pub(crate) fn opened(filed: EntryId) -> Taken<'static, TriageAct> {
    let report = document(Place::Village, Kind::REPORT, 1);
    step("opened", 3, TriageAct::Open { report, filed, concerned: Some(village()) })
}
