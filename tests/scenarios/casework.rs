//! Cases between levels: what the warned unit's disk tells, and numbers of two nodes of one unit.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{CertificateId, DocKey, Kind, Reach, Shelf},
    },
    records::{LogIndex, Records},
    replica::Now,
    trust::charter::Role,
    work::{
        case::{
            Level, files_of,
            series::{Register, SeriesAct, clashing},
            table::Stage,
        },
        sharing::{Copied, ShareAct, Shared, sharing_of},
        unit::UnitPath,
    },
};
use tests::{
    cases,
    claims::all_agree,
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

const REPORTING: &str = "370126.105.202";
const TWIN: &str = "the township's other node";

/// Everybody does what comes next, until nothing does.
fn play(world: &mut World, people: &[(&str, &Officer)], (case, outer): (&DocKey, &DocKey)) {
    for _ in 0..40 {
        let mut is_done = true;
        for (unit, officer) in people {
            let at = world.node(unit);
            let place: UnitPath = unit.parse().unwrap();
            let next = cases::next_step((&at.replica, &at.records, Now(world.now)), &place, (case, outer));
            let Some((document, content)) = next else { continue };
            // Who may not is refused, and somebody else does it.
            is_done &= world.write(unit, officer, document, content).is_err();
            world.settle();
        }
        if is_done {
            return;
        }
    }
    panic!("the case never ends");
}

#[test]
fn the_warned_unit_holds_nothing_of_the_inner_file_the_register_or_other_units() {
    let mut world = World::new(COUNTY);
    for (unit, above) in [(TOWN, COUNTY), (VILLAGE, TOWN), (REPORTING, TOWN)] {
        world.add_node(unit);
        world.connect(unit, above);
        world.settle();
    }
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    let lead = world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    let villager = world.add_officer(VILLAGE, &[Role::POST_HOLDER]);
    let reporter = world.add_officer(REPORTING, &[Role::REPORTER]);
    world.settle();
    let report = world.report(REPORTING, &reporter, "邻村账目不清");
    world.settle();
    let subject: UnitPath = VILLAGE.parse().unwrap();
    let case = world.new_document(files_of(&TOWN.parse().unwrap()), Kind::CASE_INNER);
    let (case, outer) = cases::files(case, &subject);
    let propose = cases::inner(cases::propose(&subject, Level::THREE));
    world.write(TOWN, &analyst, case.clone(), propose).unwrap();
    play(&mut world, &[(TOWN, &lead), (VILLAGE, &villager)], (&case, &outer));
    all_agree(&world);

    let town = world.node(TOWN);
    let rules = town.replica.rulebook(&town.records).unwrap();
    let file = town.replica.casefile(&outer, &rules, &town.records).unwrap();
    assert_eq!(town.replica.outer(&file).stage, Stage::Lifted);
    assert!(town.replica.find(&report, &town.records).unwrap().is_some());

    // Every entry, author and document on the village's disk, and every byte of every body.
    let village = world.node(VILLAGE);
    let mut authors: BTreeSet<CertificateId> = BTreeSet::new();
    let mut kinds: BTreeSet<Kind> = BTreeSet::new();
    for at in 0..village.replica.log_length().0 {
        let record = village.records.read(LogIndex(at)).unwrap();
        let entry = village.replica.entry(LogIndex(at), &village.records).unwrap();
        let header = entry.header();
        let home = &header.scope.home;
        if header.scope.shelf == Shelf::CHARTER {
            assert!(*home == subject || home.is_above(&subject) && header.scope.reach == Reach::DOWN, "{header:?}");
            continue;
        }
        assert_eq!(*home, subject, "{header:?}");
        kinds.insert(header.kind);
        authors.insert(header.author);
        let body = record.body.unwrap_or_default();
        let tells = |bytes: &[u8]| body.windows(bytes.len()).any(|some| some == bytes);
        for secret in ["账目不清".as_bytes(), "到会".as_bytes()] {
            assert!(!tells(secret), "{header:?}");
        }
        for secret in [report.0.as_slice(), reporter.certificate.0.as_slice(), analyst.certificate.0.as_slice()] {
            assert!(!tells(secret), "{header:?}");
        }
    }
    assert_eq!(kinds, BTreeSet::from([Kind::CASE_OUTER]));
    assert_eq!(authors, BTreeSet::from([lead.certificate, villager.certificate]));
}

#[test]
fn two_nodes_of_one_unit_never_give_the_same_number() {
    let mut world = World::new(COUNTY);
    world.add_node(TOWN);
    world.connect(TOWN, COUNTY);
    world.settle();
    world.add_twin(TOWN, TWIN);
    world.connect(TWIN, COUNTY);
    world.settle();
    let lead = world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    world.settle();
    let home: UnitPath = TOWN.parse().unwrap();
    let nodes = [TOWN, TWIN].map(|node| world.node(node).replica.me().certificate);
    world.cut(TOWN, COUNTY);
    let mut registers = Vec::new();
    for (name, node) in [TOWN, TWIN].into_iter().zip(nodes) {
        let word = Register::word_for("预告", &node, &nodes);
        let register = Register { node, word, year: 2026 };
        let document = register.document(&home);
        for number in 1..=3 {
            let paper = world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::CASE_OUTER);
            let act = SeriesAct::Allot { register: register.clone(), number, paper };
            world.write(name, &lead, document.clone(), Content::Act(Act::Series(Box::new(act)))).unwrap();
        }
        registers.push((register, document));
    }
    world.connect(TOWN, COUNTY);
    world.settle();
    all_agree(&world);
    let county = world.node(COUNTY);
    let rules = county.replica.rulebook(&county.records).unwrap();
    let folded: Vec<_> = registers
        .iter()
        .map(|(_, document)| {
            let file = county.replica.casefile(document, &rules, &county.records).unwrap();
            (document, county.replica.series(&file))
        })
        .collect();
    assert!(folded.iter().all(|(_, series)| series.next() == 4 && series.refused.is_empty()));
    let pairs: Vec<_> = folded.iter().map(|(document, series)| (*document, series)).collect();
    assert!(clashing(&pairs).is_empty());
    let written: BTreeSet<_> =
        registers.iter().flat_map(|(register, _)| (1..=3).map(|at| register.number(&home, at))).collect();
    assert_eq!(written.iter().map(|one| (&one.word, one.year, one.number)).collect::<BTreeSet<_>>().len(), 6);
}

const DEPARTMENT: &str = "370126.105.d02";
const OTHER: &str = "370126.105.d03";

/// Every entry on a node's disk that is of the document or speaks of it, and every body that says one of these words.
fn told(world: &World, node: &str, document: &DocKey, words: &[&str]) -> Vec<LogIndex> {
    let at = world.node(node);
    let all = (0..at.replica.log_length().0).map(LogIndex);
    all.filter(|place| {
        let entry = at.replica.entry(*place, &at.records).unwrap();
        let body = at.records.read(*place).unwrap().body.unwrap_or_default();
        let says = |bytes: &[u8]| body.windows(bytes.len()).any(|some| some == bytes);
        entry.header().document() == *document
            || says(&document.doc.0)
            || words.iter().any(|word| says(word.as_bytes()))
    })
    .collect()
}

#[test]
fn what_is_shared_with_a_department_is_on_no_other_departments_and_no_villages_disk() {
    let mut world = World::new(COUNTY);
    for (unit, above) in [(TOWN, COUNTY), (VILLAGE, TOWN), (DEPARTMENT, TOWN), (OTHER, TOWN)] {
        world.add_node(unit);
        world.connect(unit, above);
        world.settle();
    }
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    let head = world.add_officer(DEPARTMENT, &[Role::REPORTER]);
    let other = world.add_officer(OTHER, &[Role::REPORTER]);
    world.settle();
    // A case that is about the other department: it and the village must not learn that it is there.
    let case = world.new_document(files_of(&TOWN.parse().unwrap()), Kind::CASE_INNER);
    let propose = cases::inner(cases::propose(&OTHER.parse().unwrap(), Level::THREE));
    world.write(TOWN, &analyst, case.clone(), propose).unwrap();
    let sharing = sharing_of(&case, &DEPARTMENT.parse().unwrap());
    let said = |act| Content::Act(Act::Share(Box::new(act)));
    let shared = ShareAct::Share(Box::new(Shared {
        about: case.clone(),
        digest: "一处违建的线索".into(),
        copied: vec![Copied { field: "ground".into(), text: "情形三".into() }],
        reason: "属城管职责".into(),
        question: Some("是否登记在册".into()),
        respond_by: None,
    }));
    let elsewhere = sharing_of(&case, &OTHER.parse().unwrap());
    let refused = world.write(TOWN, &analyst, elsewhere, said(shared.clone())).unwrap_err();
    assert!(refused.to_string().contains("concerns the department"), "{refused}");
    let share = world.write(TOWN, &analyst, sharing.clone(), said(shared)).unwrap();
    world.settle();
    // The department answers where it stands, cut off from everybody; the answer comes when it is not.
    world.cut(DEPARTMENT, TOWN);
    let respond = ShareAct::Respond { shared: share, text: "经查未登记".into() };
    let refused = world.write(OTHER, &other, sharing.clone(), said(respond.clone())).unwrap_err();
    assert!(refused.to_string().contains("does not keep what is homed at"), "{refused}");
    let answer = world.write(DEPARTMENT, &head, sharing.clone(), said(respond)).unwrap();
    world.settle();
    assert!(world.node(TOWN).replica.find(&answer, &world.node(TOWN).records).unwrap().is_none());
    world.connect(DEPARTMENT, TOWN);
    world.settle();
    all_agree(&world);

    let town = world.node(TOWN);
    let rules = town.replica.rulebook(&town.records).unwrap();
    let file = town.replica.casefile(&sharing, &rules, &town.records).unwrap();
    let folded = town.replica.sharing(&file);
    assert_eq!(folded.told[0].responses.iter().map(|step| step.id).collect::<Vec<_>>(), [answer]);
    assert!(folded.refused.is_empty() && !folded.told[0].waits());

    // Every entry on every disk: the department and those above have the sharing, nobody else has a word of it.
    let words = ["一处违建的线索", "是否登记在册", "经查未登记"];
    for node in [DEPARTMENT, TOWN, COUNTY] {
        assert_eq!(told(&world, node, &sharing, &words).len(), 2, "{node}");
    }
    for node in [OTHER, VILLAGE] {
        assert_eq!(told(&world, node, &sharing, &words), [], "{node}");
        assert_eq!(told(&world, node, &case, &["账目不清"]), [], "{node}");
    }
    // Of the inner file the department has its name, and no entry.
    let inner = told(&world, DEPARTMENT, &case, &["账目不清"]);
    let at = world.node(DEPARTMENT);
    let documents = inner.iter().map(|place| at.replica.entry(*place, &at.records).unwrap().header().document());
    assert_eq!(documents.collect::<Vec<_>>(), [sharing]);
}
