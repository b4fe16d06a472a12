//! The whole authority, tried: every role, every deed, at the home and above it.

use super::*;
use crate::{
    record::{
        body::{Publication, RevokeReason, Step},
        entry::{CertificateId, EntryId, Hash, Scope, Shelf},
    },
    trust::charter::{
        HolderName, UnitRow,
        tests::{ROOT, certificate, header, tree},
    },
    work::{
        cadre::{CadreAct, Post},
        calendar::{Day, tests::year_2027},
        case::{
            act::{
                InnerAct, OuterAct,
                tests::{inner_acts, outer_acts},
            },
            series::SeriesAct,
        },
        report::act::{
            ReportAct, TriageAct,
            tests::{report_acts, triage_acts},
        },
        sharing::{ShareAct, tests::share_acts},
    },
};

const BELOW: &str = "370126.105";

/// Every deed, with the kind of document it is done in, the shelf, and something that does it.
fn deeds() -> Vec<(Deed, Kind, Shelf, Content)> {
    let id = EntryId(Hash([1; 32]));
    let inner = Act::Inner(Box::new(InnerAct::Refer { reason: String::new() }));
    let outer = |act| Content::Act(Act::Outer(Box::new(act)));
    let report = |act| Content::Act(Act::Report(Box::new(act)));
    let triage = TriageAct::Recuse { holder: [1; 16].into(), reason: String::new() };
    let void = SeriesAct::Void { number: 1, reason: String::new() };
    let manage = CadreAct::Manage(Post { unit: BELOW.parse().unwrap(), post: "镇长".into(), holder: None });
    let share = |act| Content::Act(Act::Share(Box::new(act)));
    let name = HolderName { holder: [1; 16].into(), name: "张三".into() };
    let endorse = Deed::Endorse;
    let revoke = Act::Revoke { subject: id, reason: RevokeReason::LOST };
    let redact = Act::Redact { subject: id, basis: "档案法".into(), remains: Box::new(Content::Edit(vec![])) };
    let keys = vec![crate::trust::key::KeyPair::from_seed(&[1; 32]).public()];
    let witnesses = Act::Witnesses { threshold: 0, members: vec![] };
    let endorses = Content::Act(Act::Endorse { subject: id });
    vec![
        (Deed::Edit(Kind::REPORT), Kind::REPORT, Shelf::CASE, Content::Edit(vec![])),
        (Deed::Edit(Kind::RISK), Kind::RISK, Shelf::LIBRARY, Content::Edit(vec![])),
        (endorse(Kind::CERTIFICATE), Kind::CERTIFICATE, Shelf::CHARTER, endorses.clone()),
        (endorse(Kind::STAND), Kind::STAND, Shelf::CHARTER, endorses.clone()),
        (endorse(Kind::REDACTION), Kind::REDACTION, Shelf::CHARTER, endorses.clone()),
        (endorse(Kind::ROOT), Kind::ROOT, Shelf::CHARTER, endorses.clone()),
        (endorse(Kind::WITNESSES), Kind::WITNESSES, Shelf::CHARTER, endorses),
        (Deed::Revoke, Kind::CERTIFICATE, Shelf::CHARTER, Content::Act(revoke)),
        (Deed::Stand, Kind::STAND, Shelf::CHARTER, Content::Act(Act::Stand { author: id, first: id, last: id })),
        (Deed::Redact, Kind::REDACTION, Shelf::CHARTER, Content::Act(redact)),
        (Deed::ReplaceRoot, Kind::ROOT, Shelf::CHARTER, Content::Act(Act::ReplaceRoot { keys, threshold: 1 })),
        (Deed::Witnesses, Kind::WITNESSES, Shelf::CHARTER, Content::Act(witnesses)),
        (Deed::NameHolder, Kind::HOLDER, Shelf::CHARTER, Content::Act(Act::NameHolder(name))),
        (Deed::NameUnits, Kind::UNITS, Shelf::CHARTER, Content::Act(Act::NameUnits(vec![]))),
        (
            Deed::PublishCalendar,
            Kind::CALENDAR,
            Shelf::CHARTER,
            Content::Act(Act::PublishCalendar(Box::new(year_2027()))),
        ),
        (Deed::PublishPack, Kind::PACK, Shelf::CHARTER, Content::Act(Act::PackPart { bytes: vec![1].into() })),
        (Deed::PublishPack, Kind::PACK, Shelf::CHARTER, Content::Act(Act::PublishPack(Box::new(publication())))),
        (Deed::Deliberate, Kind::CASE_INNER, Shelf::CASE, Content::Act(inner)),
        (Deed::Warn, Kind::CASE_OUTER, Shelf::CASE, outer(OuterAct::Cancel { issue: id, reason: String::new() })),
        (Deed::Answer, Kind::CASE_OUTER, Shelf::CASE, outer(OuterAct::Object { issue: id, text: String::new() })),
        (Deed::Report, Kind::REPORT, Shelf::CASE, report(ReportAct::Withdraw { filed: id, reason: String::new() })),
        (Deed::HandleReport, Kind::REPORT, Shelf::CASE, report(ReportAct::Accept { filed: id })),
        (Deed::Triage, Kind::TRIAGE, Shelf::CASE, Content::Act(Act::Triage(Box::new(triage)))),
        (Deed::NumberPapers, Kind::PAPER_SERIES, Shelf::CASE, Content::Act(Act::Series(Box::new(void)))),
        (Deed::ManagePosts, Kind::CADRES, Shelf::CHARTER, Content::Act(Act::Cadre(Box::new(manage)))),
        (Deed::Share, Kind::SHARING, Shelf::CASE, share(ShareAct::Close { shared: id, reason: String::new() })),
        (Deed::Respond, Kind::SHARING, Shelf::CASE, share(ShareAct::Respond { shared: id, text: String::new() })),
    ]
}

fn publication() -> Publication {
    let parts = vec![EntryId(Hash([1; 32])), EntryId(Hash([2; 32]))];
    Publication { id: "township".into(), version: 1, applies_from: Day::MIN, parts, hash: Hash([3; 32]) }
}

/// Every role there is, and one of a newer version.
fn roles() -> Vec<Role> {
    Role::ALL.iter().map(|(role, _)| *role).chain([Role::ROOT, Role(77)]).collect()
}

/// What the entry alone decides: the table, not who may decide over whom.
fn verdict(charter: &Charter, header: &Header, body: Option<&[u8]>) -> Verdict {
    let body = place(charter, header).and_then(|_| Ok(Body::parse(body.ok_or(VoidReason::NoBody)?)?));
    match body.and_then(|body| may_say(charter, header, &body.content)) {
        Ok(()) => Verdict::Valid,
        Err(reason) => Verdict::Void(reason),
    }
}

/// A tree with one officer of each role at the root.
fn officers() -> (Charter, Vec<(Role, CertificateId)>) {
    let founders = roles().iter().map(|role| certificate(role.0, ROOT, &[*role], 100)).collect();
    let (charter, ids) = tree(founders);
    (charter, roles().into_iter().zip(ids).collect())
}

fn try_all(mut tried: impl FnMut(Role, Deed, bool, Verdict)) {
    let (charter, officers) = officers();
    for (role, author) in officers {
        for (deed, kind, shelf, content) in deeds() {
            for home in [ROOT, BELOW] {
                let down = [Kind::ROOT, Kind::WITNESSES, Kind::PACK, Kind::CALENDAR, Kind::CADRES];
                let reach = if down.contains(&kind) { Reach::DOWN } else { Reach::UP };
                let header = header(home, reach, shelf, kind, author);
                let body = Body::new([0; 16], content.clone()).bytes();
                tried(role, deed, home == ROOT, verdict(&charter, &header, Some(&body)));
            }
        }
    }
}

#[test]
fn every_verdict_is_what_the_table_says() {
    let mut count = 0;
    try_all(|role, deed, at_home, verdict| {
        let line = TABLE.iter().find(|line| line.role == role && line.deed == deed);
        let allowed = line.is_some_and(|line| at_home || line.standing == Standing::HomeOrAbove);
        let expected = if allowed { Verdict::Valid } else { Verdict::Void(VoidReason::NoAuthority) };
        assert_eq!(verdict, expected, "{role:?} {deed:?}, at home: {at_home}");
        count += 1;
    });
    assert_eq!(count, 13 * 27 * 2);
}

#[test]
fn the_table_says_each_thing_once() {
    for (at, line) in TABLE.iter().enumerate() {
        let again = TABLE[at + 1..].iter().any(|other| other.role == line.role && other.deed == line.deed);
        assert!(!again, "{line:?}");
    }
}

/// The same in words, so that no line is changed by the way: `+` where one may from above as well.
#[test]
fn who_may_do_what_is_what_the_rules_say() {
    let mut words: std::collections::BTreeMap<u8, Vec<String>> = std::collections::BTreeMap::new();
    let mut home = Verdict::Valid;
    try_all(|role, deed, at_home, verdict| {
        if at_home {
            home = verdict;
        } else if home == Verdict::Valid {
            let above = if verdict == Verdict::Valid { "+" } else { "" };
            let name = match deed.name() {
                (name, Some(kind)) => format!("{name}:{}", Schema::of(kind).unwrap().name),
                (name, None) => name.into(),
            };
            words.entry(role.0).or_default().push(name + above);
        } else {
            assert_ne!(verdict, Verdict::Valid, "from above only: {role:?} {deed:?}");
        }
    });
    let words: Vec<String> =
        words.iter().map(|(role, may)| format!("{}: {}", Role(*role).name().unwrap_or("?"), may.join(" "))).collect();
    assert_eq!(
        words,
        [
            "reporter: edit:report edit:risk answer report number_papers respond",
            "invited_reporter: edit:report report number_papers",
            "post_holder: edit:risk answer",
            "analyst: edit:report+ edit:risk+ deliberate+ warn+ report+ handle_report+ triage number_papers share+ respond",
            "discipline_lead: edit:risk+ endorse:redaction+ redact+ deliberate+ warn+ handle_report+ triage number_papers \
             share+ respond",
            "secretary: edit:risk+ endorse:certificate+ endorse:redaction+ revoke+ stand+ redact+ publish_calendar \
             publish_pack+ publish_pack+ deliberate+ warn+ handle_report+ triage number_papers manage_posts \
             share+ respond",
            "party_committee: endorse:redaction+ redact+ deliberate+ warn+ handle_report+ triage number_papers share+ respond",
            "administrator: revoke+ stand+ name_holder+ name_units+ publish_calendar",
            "root: endorse:certificate+ endorse:stand+ endorse:root endorse:witnesses revoke+ stand+ replace_root witnesses",
            "leading_group: deliberate+ warn+ handle_report+ triage number_papers share+ respond",
        ]
    );
}

#[test]
fn a_calendar_is_published_by_the_roots_own_officers_at_the_root() {
    let roles = [Role::SECRETARY, Role::ADMINISTRATOR];
    let founders = roles.iter().flat_map(|role| [ROOT, BELOW].map(|unit| certificate(role.0, unit, &[*role], 100)));
    let (charter, ids) = tree(founders.collect());
    let published = |author, home: &str, year: crate::work::calendar::Year| {
        let header = header(home, Reach::DOWN, Shelf::CHARTER, Kind::CALENDAR, author);
        let body = Body::new([0; 16], Content::Act(Act::PublishCalendar(Box::new(year)))).bytes();
        verdict(&charter, &header, Some(&body))
    };
    for officers in ids.chunks(2) {
        assert_eq!(published(officers[0], ROOT, year_2027()), Verdict::Valid);
        for (author, home) in [(officers[0], BELOW), (officers[1], BELOW)] {
            assert_eq!(published(author, home, year_2027()), Verdict::Void(VoidReason::NoAuthority), "{home}");
        }
        // What cannot be used, or stands below what the program brings along, says nothing.
        let mut unusable = [year_2027(), year_2027(), year_2027()];
        unusable[0].version = 0;
        unusable[1].make_up.push("2027-03-01".parse().unwrap());
        unusable[2].holidays.clear();
        for year in unusable {
            assert_eq!(published(officers[0], ROOT, year), Verdict::Void(VoidReason::MisplacedAct));
        }
    }
}

#[test]
fn a_scope_is_signed_by_its_own_unit_or_one_above() {
    let below = certificate(1, BELOW, &[Role::ANALYST], 100);
    let (charter, ids) = tree(vec![certificate(2, ROOT, &[Role::ANALYST], 100), below]);
    let sign = |author, home: &str, reach| {
        may_sign(&charter, &header(home, reach, Shelf::LIBRARY, Kind::RISK, author)).map(|_| ())
    };
    let elsewhere = |unit: &str, home: &str| Err(HeaderFault::AuthorUnit { unit: unit.into(), home: home.into() });
    for reach in [Reach::UP, Reach::DOWN, Reach::LOCAL, Reach(9)] {
        for home in [ROOT, BELOW, "370126.105.201", "370126.d1"] {
            assert_eq!(sign(ids[0], home, reach), Ok(()));
        }
        assert_eq!(sign(ids[1], BELOW, reach), Ok(()));
        assert_eq!(sign(ids[1], "370126.105.201", reach), Ok(()));
        assert_eq!(sign(ids[1], ROOT, reach), elsewhere(BELOW, ROOT));
        assert_eq!(sign(ids[1], "370126.106", reach), elsewhere(BELOW, "370126.106"));
        assert_eq!(sign(ids[0], "370127", reach), elsewhere(ROOT, "370127"));
    }
    let nobody = EntryId(Hash([9; 32]));
    assert_eq!(sign(nobody, ROOT, Reach::UP), Err(HeaderFault::Certificate { author: nobody }));
}

#[test]
fn a_home_only_certificate_signs_upwards_at_home_and_nowhere_else() {
    let may_issue = crate::trust::charter::MayIssue { roles: vec![Role::REPORTER], levels_below: 1 };
    let administrator =
        crate::trust::charter::Certificate { may_issue: Some(may_issue), ..certificate(1, ROOT, &[], 100) };
    let (mut charter, ids) = tree(vec![administrator]);
    let id = EntryId(Hash([5; 32]));
    let act = header(BELOW, Reach::UP, Shelf::CHARTER, Kind::CERTIFICATE, ids[0]);
    assert_eq!(charter.certify(id, &act, &certificate(5, BELOW, &[Role::REPORTER], 300)), [id]);
    let sign = |home: &str, reach| may_sign(&charter, &header(home, reach, Shelf::CASE, Kind::REPORT, id)).map(|_| ());
    assert_eq!(sign(BELOW, Reach::UP), Ok(()));
    for (home, reach) in [(BELOW, Reach::DOWN), (BELOW, Reach::LOCAL), (BELOW, Reach(9)), ("370126.105.201", Reach::UP)]
    {
        assert_eq!(sign(home, reach), Err(HeaderFault::HomeOnly), "{home} {reach:?}");
    }
}

#[test]
fn each_reason_to_be_void_comes_alone() {
    let (charter, officers) = officers();
    let author = |role: Role| officers.iter().find(|(known, _)| *known == role).unwrap().1;
    let administrator = author(Role::ADMINISTRATOR);
    let body = |content: Content| Body::new([0; 16], content).bytes();
    let judge = |header: &Header, body: Option<&[u8]>| match verdict(&charter, header, body) {
        Verdict::Void(reason) => reason,
        other => panic!("{other:?}"),
    };
    let report = header(ROOT, Reach::UP, Shelf::CASE, Kind::REPORT, author(Role::REPORTER));
    let empty = body(Content::Edit(vec![]));
    assert_eq!(verdict(&charter, &report, Some(&empty)), Verdict::Valid);
    assert_eq!(judge(&report, None), VoidReason::NoBody);
    let newer = Header { kind: Kind(4_000), ..report.clone() };
    assert_eq!(judge(&newer, Some(&empty)), VoidReason::UnknownKind(Kind(4_000)));
    for (reach, shelf) in
        [(Reach(0), Shelf::CASE), (Reach(4), Shelf::CASE), (Reach::UP, Shelf(0)), (Reach::UP, Shelf(4))]
    {
        let scope = Scope { reach, shelf, ..report.scope.clone() };
        assert_eq!(judge(&Header { scope, ..report.clone() }, Some(&empty)), VoidReason::WrongShelf);
    }
    for claimed_time_s in [-1, 1_001, i64::MIN, i64::MAX] {
        let outside = Header { claimed_time_s, ..report.clone() };
        assert_eq!(judge(&outside, Some(&empty)), VoidReason::OutsideValidity);
    }
    // Every act in every kind of document but its own.
    for (deed, kind, _, content) in deeds() {
        for schema in crate::work::schema::SCHEMAS.iter().filter(|schema| schema.kind != kind) {
            let header = header(ROOT, schema.reaches[0], schema.shelves[0], schema.kind, administrator);
            let reason = judge(&header, Some(&body(content.clone())));
            let at_home = match deed {
                Deed::Edit(_) => !schema.fields.is_empty(),
                Deed::Endorse(_) => homes_of(&Act::Endorse { subject: administrator }).contains(&schema.kind),
                _ => false,
            };
            let expected = if at_home { VoidReason::NoAuthority } else { VoidReason::MisplacedAct };
            assert_eq!(reason, expected, "{deed:?} in a {}", schema.name);
        }
    }
    // Names no page can show, and units that are not the home's.
    let units = header(BELOW, Reach::UP, Shelf::CHARTER, Kind::UNITS, administrator);
    let row = |unit: &str, name: &str| UnitRow { unit: unit.parse().unwrap(), name: name.into() };
    let names = |rows: Vec<UnitRow>| verdict(&charter, &units, Some(&body(Content::Act(Act::NameUnits(rows)))));
    assert_eq!(names(vec![row(BELOW, "某镇"), row("370126.105.201", "某村")]), Verdict::Valid);
    for bad in [
        vec![row(ROOT, "某县")],
        vec![row("370126.106", "邻镇")],
        vec![row(BELOW, " ")],
        vec![row(BELOW, "a\u{7}")],
        vec![row(BELOW, &"长".repeat(101))],
        vec![row(BELOW, "镇"); 501],
    ] {
        assert_eq!(names(bad), Verdict::Void(VoidReason::MisplacedAct));
    }
    let step = Step::Remove { field: "title".into(), at: 0 };
    let unfitting = judge(&report, Some(&body(Content::Edit(vec![step]))));
    assert_eq!(unfitting, VoidReason::UnfittingEdit(SchemaFault::WrongStep { field: "title".into() }));
}

/// A report or a case file in a scope that reaches down would travel to every village.
#[test]
fn what_is_confidential_never_reaches_down() {
    let (charter, officers) = officers();
    for (role, author) in officers {
        for (deed, kind, shelf, content) in deeds().into_iter().filter(|(_, kind, ..)| *kind != Kind::RISK) {
            let header = header(ROOT, Reach::DOWN, shelf, kind, author);
            let body = Body::new([0; 16], content).bytes();
            let is_confidential = shelf == Shelf::CASE;
            let refused = verdict(&charter, &header, Some(&body)) == Verdict::Void(VoidReason::WrongShelf);
            assert_eq!(refused, is_confidential, "{role:?} {deed:?}");
        }
    }
}

#[test]
fn a_pack_is_published_in_sound_parts_only() {
    let (charter, ids) = tree(vec![certificate(1, ROOT, &[Role::SECRETARY], 100)]);
    let say = |act: Act| {
        let header = header(BELOW, Reach::DOWN, Shelf::CHARTER, Kind::PACK, ids[0]);
        verdict(&charter, &header, Some(&Body::new([0; 16], Content::Act(act)).bytes()))
    };
    let misplaced = Verdict::Void(VoidReason::MisplacedAct);
    let part = |bytes: usize| say(Act::PackPart { bytes: vec![7; bytes].into() });
    assert_eq!(part(1), Verdict::Valid);
    assert_eq!(part(PACK_PART_BYTES_MAX), Verdict::Valid);
    assert_eq!(part(0), misplaced);
    assert_eq!(part(PACK_PART_BYTES_MAX + 1), misplaced);
    let publish = |breaks: fn(&mut Publication)| {
        let mut one = publication();
        breaks(&mut one);
        say(Act::PublishPack(Box::new(one)))
    };
    assert_eq!(publish(|_| ()), Verdict::Valid);
    for breaks in [
        (|one| one.id.clear()) as fn(&mut Publication),
        |one| one.id = "Township".into(),
        |one| one.id = "a.b".into(),
        |one| one.id = "a".repeat(65),
        |one| one.version = 0,
        |one| one.parts.clear(),
        |one| one.parts = vec![one.parts[0]; 2],
    ] {
        assert_eq!(publish(breaks), misplaced);
    }
    let many = publish(|one| one.parts = (0..17).map(|n| EntryId(Hash([n; 32]))).collect());
    assert!(matches!(many, Verdict::Void(VoidReason::IllFormedBody(_))), "{many:?}");
}

/// Every act of a procedure is done in one kind of document, by one deed: in a file that two sides write into, each has
/// its own.
#[test]
fn each_act_of_a_procedure_is_one_deed_in_one_kind() {
    let inner = inner_acts().into_iter().map(|(act, _)| Act::Inner(Box::new(act)));
    let outer = outer_acts().into_iter().map(|(act, _)| Act::Outer(Box::new(act)));
    let report = report_acts().into_iter().map(|(act, _)| Act::Report(Box::new(act)));
    let triage = triage_acts().into_iter().map(|(act, _)| Act::Triage(Box::new(act)));
    let share = share_acts().into_iter().map(|(act, _)| Act::Share(Box::new(act)));
    let mut deeds: std::collections::BTreeMap<(&str, u16), usize> = std::collections::BTreeMap::new();
    for act in inner.chain(outer).chain(report).chain(triage).chain(share) {
        let [kind] = homes_of(&act) else { panic!("{act:?}") };
        let deed = deed_of(&Content::Act(act), *kind).unwrap().name().0;
        *deeds.entry((deed, kind.0)).or_default() += 1;
    }
    let of_subject = outer_acts().iter().filter(|(act, _)| CaseDeed::of_outer(act).is_of_subject()).count();
    assert_eq!(of_subject, 5, "receive, answer, evidence, ask for more time, object");
    let expected = [
        (("answer", 18), of_subject),
        (("deliberate", 17), inner_acts().len()),
        (("handle_report", 16), 5),
        (("report", 16), report_acts().len() - 5),
        (("respond", 22), 1),
        (("share", 22), share_acts().len() - 1),
        (("triage", 19), triage_acts().len()),
        (("warn", 18), outer_acts().len() - of_subject),
    ];
    assert_eq!(deeds.into_iter().collect::<Vec<_>>(), expected);
}
