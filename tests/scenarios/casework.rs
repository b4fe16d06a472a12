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
