//! What is shared with a department, act by act: who may, about what, and what comes of it.

use super::*;
use crate::{
    record::body::Act,
    work::{
        case::act::tests::is_taken_out_and_read_back,
        duty::{Task, of_sharing, to_read_of_sharing},
        report::act::{Concerned, Origin, ReportAct, tests::filed},
    },
};

const TOWN: &str = "370126.105";
const DEPARTMENT: &str = "370126.105.d02";
const VILLAGE: &str = "370126.105.201";

fn unit(path: &str) -> UnitPath {
    path.parse().unwrap()
}

fn id(number: u8) -> EntryId {
    EntryId(Hash([number; 32]))
}

fn report() -> DocKey {
    DocKey { scope: files_of(&unit(VILLAGE)), kind: Kind::REPORT, doc: DocId([1; 16]) }
}

fn shared(question: Option<&str>) -> Shared {
    Shared {
        about: report(),
        digest: "村里一处违建".into(),
        copied: vec![Copied { field: "title".into(), text: "违建".into() }],
        reason: "属城管职责".into(),
        question: question.map(Into::into),
        respond_by: question.map(|_| "2026-12-01".parse().unwrap()),
    }
}

fn share(question: Option<&str>) -> ShareAct {
    ShareAct::Share(Box::new(shared(question)))
}

fn respond(to: EntryId) -> ShareAct {
    ShareAct::Respond { shared: to, text: "已查实".into() }
}

fn close(what: EntryId) -> ShareAct {
    ShareAct::Close { shared: what, reason: "已另行办理".into() }
}

/// One of each, with how many texts people wrote in it.
pub(crate) fn share_acts() -> Vec<(ShareAct, usize)> {
    vec![(share(Some("是否属实")), 4), (share(None), 3), (respond(id(1)), 1), (close(id(1)), 1)]
}

fn document() -> DocKey {
    sharing_of(&report(), &unit(DEPARTMENT))
}

/// Acts by an officer each: where, with which role.
fn fold<'a>(acts: &'a [(ShareAct, UnitPath, [Role; 1])]) -> Sharing<'a> {
    let taken = (1..).zip(acts).map(|(number, (act, unit, roles))| {
        let by = Officer { holder: [number; 16].into(), roles, unit };
        Taken { id: id(number), by, act }
    });
    Sharing::fold(&document(), taken)
}

fn may(sharing: &Sharing<'_>, at: &str, role: Role, act: &ShareAct) -> Result<(), ShareRefusal> {
    let (unit, roles) = (unit(at), [role]);
    sharing.may(&document(), &Officer { holder: [9; 16].into(), roles: &roles, unit: &unit }, act)
}

#[test]
fn every_act_is_read_back_and_its_texts_can_be_taken_out() {
    for (act, texts) in share_acts() {
        is_taken_out_and_read_back(&Act::Share(Box::new(act)), texts);
    }
}

#[test]
fn a_matter_is_shared_by_the_centre_a_department_hangs_on_and_answered_there() {
    let (town, department) = (unit(TOWN), unit(DEPARTMENT));
    let mut acts = vec![(share(Some("是否属实")), town.clone(), [Role::ANALYST])];
    let sharing = fold(&acts);
    assert!(sharing.refused.is_empty() && sharing.told[0].waits());
    assert_eq!(sharing.about(), Some(&report()));
    let duties = of_sharing(&document(), &sharing);
    assert_eq!((&duties[0].task, duties[0].due.unwrap().day), (&Task::Respond, "2026-12-01".parse().unwrap()));
    let of = |unit, roles| Officer { holder: [7; 16].into(), roles, unit };
    assert!(duties[0].whom.is(&of(&department, &[Role::REPORTER])));
    assert!(!duties[0].whom.is(&of(&town, &[Role::ANALYST])));
    assert!(to_read_of_sharing(&document(), &sharing).is_empty());
    acts.push((respond(id(1)), department.clone(), [Role::REPORTER]));
    acts.push((close(id(1)), town.clone(), [Role::SECRETARY]));
    let sharing = fold(&acts);
    assert!(sharing.refused.is_empty() && of_sharing(&document(), &sharing).is_empty());
    assert_eq!(sharing.told[0].responses[0].id, id(2));
    let readings = to_read_of_sharing(&document(), &sharing);
    let reads = |unit, roles| -> Vec<EntryId> {
        readings.iter().filter(|reading| reading.whom.is(&of(unit, roles))).map(|reading| reading.entry).collect()
    };
    assert_eq!(reads(&town, &[Role::ANALYST]), [id(2)], "the centre what was answered");
    assert_eq!(reads(&department, &[Role::REPORTER]), [id(3)], "the department that it is over");
    // What is told and not asked is read.
    let acts = [(share(None), town, [Role::ANALYST])];
    let told = fold(&acts);
    assert!(of_sharing(&document(), &told).is_empty());
    assert_eq!(to_read_of_sharing(&document(), &told)[0].entry, id(1));
}

#[test]
fn each_thing_that_is_wrong_with_sharing_has_its_refusal() {
    let acts = [
        (share(Some("是否属实")), unit(TOWN), [Role::ANALYST]),
        (close(id(1)), unit(TOWN), [Role::ANALYST]),
        (share(None), unit(TOWN), [Role::ANALYST]),
    ];
    let sharing = fold(&acts);
    assert!(sharing.refused.is_empty());
    let asks = share(None);
    assert_eq!(may(&sharing, TOWN, Role::ANALYST, &asks), Ok(()));
    assert_eq!(may(&sharing, TOWN, Role::REPORTER, &asks), Err(ShareRefusal::NotTheCentre));
    assert_eq!(may(&sharing, DEPARTMENT, Role::ANALYST, &asks), Err(ShareRefusal::NotTheCentre));
    assert_eq!(may(&sharing, "370126", Role::ANALYST, &asks), Err(ShareRefusal::NotTheCentre), "not past the town");
    assert_eq!(may(&sharing, TOWN, Role::ANALYST, &respond(id(3))), Err(ShareRefusal::NotTheDepartment));
    assert_eq!(may(&sharing, DEPARTMENT, Role::POST_HOLDER, &respond(id(3))), Err(ShareRefusal::NotTheDepartment));
    assert_eq!(may(&sharing, DEPARTMENT, Role::REPORTER, &respond(id(3))), Ok(()));
    assert_eq!(may(&sharing, DEPARTMENT, Role::REPORTER, &respond(id(1))), Err(ShareRefusal::NoSuchSharing), "closed");
    assert_eq!(may(&sharing, DEPARTMENT, Role::REPORTER, &respond(id(8))), Err(ShareRefusal::NoSuchSharing));
    let silent = ShareAct::Respond { shared: id(3), text: " ".into() };
    assert_eq!(may(&sharing, DEPARTMENT, Role::REPORTER, &silent), Err(ShareRefusal::NothingWritten));
    let with = |change: fn(&mut Shared)| {
        let mut shared = shared(None);
        change(&mut shared);
        may(&sharing, TOWN, Role::ANALYST, &ShareAct::Share(Box::new(shared)))
    };
    assert_eq!(with(|shared| shared.digest = " ".into()), Err(ShareRefusal::NothingWritten));
    assert_eq!(with(|shared| shared.reason.clear()), Err(ShareRefusal::NothingWritten));
    assert_eq!(with(|shared| shared.copied[0].field = "who".into()), Err(ShareRefusal::BadField), "who reported");
    assert_eq!(with(|shared| shared.copied.push(shared.copied[0].clone())), Err(ShareRefusal::BadField));
    assert_eq!(with(|shared| shared.respond_by = Some(Day::MIN)), Err(ShareRefusal::NothingAsked));
    assert_eq!(with(|shared| shared.about.kind = Kind::TRIAGE), Err(ShareRefusal::NotShareable));
    assert_eq!(with(|shared| shared.about.scope.home = unit("370126")), Err(ShareRefusal::NotShareable));
    assert_eq!(with(|shared| shared.about.doc = DocId([2; 16])), Err(ShareRefusal::OtherDocument));
    // A village is no department, and a section is not its own.
    let at = |home: &str, by: &str| {
        let (home, by) = (unit(home), unit(by));
        let officer = Officer { holder: [9; 16].into(), roles: &[Role::ANALYST], unit: &by };
        Sharing::default().may(&sharing_of(&report(), &home), &officer, &share(None))
    };
    assert_eq!(at(DEPARTMENT, TOWN), Ok(()));
    assert_eq!(at(VILLAGE, TOWN), Err(ShareRefusal::NotADepartment));
    assert_eq!(at("370126.105.d02.d1", TOWN), Err(ShareRefusal::NotTheCentre), "the department above would know");
    assert_eq!(at("370126.106.d02", TOWN), Err(ShareRefusal::NotTheCentre));
}

#[test]
fn a_sharing_takes_no_more_acts_than_a_file() {
    let sharing = Sharing { taken: CASE_ACTS_MAX, ..Sharing::default() };
    assert_eq!(may(&sharing, TOWN, Role::ANALYST, &share(None)), Err(ShareRefusal::Full));
    let codes: BTreeSet<&str> = share_acts().iter().map(|(act, _)| act.name()).collect();
    assert_eq!(codes.len(), 3);
}

#[test]
fn a_report_about_somebody_is_not_shared_with_the_department_they_sit_in() {
    let (town, department, other) = (unit(TOWN), unit(DEPARTMENT), unit("370126.105.d03"));
    let person: HolderId = [6; 16].into();
    let mut of_person = filed(Origin::Officer);
    of_person.concerned =
        Some(Concerned { unit: town.clone(), post: "会计".into(), holder: Some(person), is_head: false });
    let act = ReportAct::File(Box::new(of_person));
    let by = Officer { holder: [1; 16].into(), roles: &[Role::REPORTER], unit: &town };
    let report = Report {
        stage: ReportStage::Accepted,
        lies_with: Some(&town),
        file: Some(Taken { id: id(1), by, act: &act }),
        ..Report::default()
    };
    let seat = |at: &UnitPath| Seat { holder: person, unit: at.clone(), roles: vec![Role::POST_HOLDER] };
    let may = |who: u8, seats: &[Seat]| {
        let by = Officer { holder: [who; 16].into(), roles: &[Role::ANALYST], unit: &town };
        may_share(&shared(None), Matter::Report(&report, None), &department, &by, seats, Day::MIN)
    };
    assert_eq!(may(2, &[seat(&town), seat(&other)]), Ok(()));
    assert_eq!(may(2, &[seat(&town), seat(&department)]), Err(ShareRefusal::ConcernsDepartment));
    assert_eq!(may(2, &[seat(&unit("370126.105.d02.d1"))]), Err(ShareRefusal::ConcernsDepartment), "a section of it");
    assert_eq!(may(6, &[]), Err(ShareRefusal::Concerned));
}
