//! The working-day calendar: who publishes a year, that every node reckons with the same one, and what a deadline becomes
//! when it arrives.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{DocKey, EntryId, Kind, Reach, Shelf},
    },
    replica::{WriteError, WriteRefusal},
    trust::{authority::VoidReason, charter::Role},
    work::calendar::{Calendar, Day, DayKind, Due, Holiday, Revised, Term, TermUnit, Worked, Year},
};
use tests::{
    claims::all_agree,
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

/// A county, a township, a village; all connected and quiet.
fn tree() -> World {
    let mut world = World::new(COUNTY);
    for (unit, above) in [(TOWN, COUNTY), (VILLAGE, TOWN)] {
        world.add_node(unit);
        world.connect(unit, above);
        world.settle();
    }
    world
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// 2027 with New Year off from Friday on for so many days, and the Sunday after worked if it is not one of them.
fn year(version: u32, days: usize) -> Year {
    let off = ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"].iter().take(days);
    Year {
        year: 2027,
        version,
        applies: day("2027-01-01"),
        holidays: off.map(|text| Holiday { day: day(text), name: "元旦".into() }).collect(),
        make_up: if days < 3 { vec![day("2027-01-03")] } else { vec![] },
    }
}

fn publication(world: &mut World, home: &str, year: &Year) -> (DocKey, Content) {
    let document = world.new_document(scope(home, Reach::DOWN, Shelf::CHARTER), Kind::CALENDAR);
    (document, Content::Act(Act::PublishCalendar(Box::new(year.clone()))))
}

fn publish(world: &mut World, node: &str, by: &Officer, year: &Year) -> Result<EntryId, WriteError> {
    let (document, content) = publication(world, COUNTY, year);
    world.write(node, by, document, content)
}

fn calendar(world: &World, node: &str) -> Calendar {
    let node = world.node(node);
    node.replica.calendar(&node.records).unwrap()
}

#[test]
fn a_village_cut_off_reckons_by_weekends_until_the_year_reaches_it() {
    let mut world = tree();
    let secretary = world.secretary();
    world.cut(VILLAGE, TOWN);
    publish(&mut world, COUNTY, &secretary, &year(1, 2)).unwrap();
    world.settle();
    let (received, term) = (day("2026-12-31"), Term::new(1, TermUnit::WorkingDay).unwrap());
    let was = calendar(&world, VILLAGE).due(received, term);
    assert_eq!(was, Due { day: day("2027-01-01"), plain: day("2027-01-01"), provisional: true });
    let is = calendar(&world, TOWN).due(received, term);
    assert_eq!(is, Due { day: day("2027-01-03"), plain: day("2027-01-03"), provisional: false });
    world.connect(VILLAGE, TOWN);
    world.settle();
    assert_eq!(calendar(&world, VILLAGE).revised(was, received, term), Some(Revised { was, is }));
    all_agree(&world);
    for node in [COUNTY, TOWN, VILLAGE] {
        world.restart(node);
        assert_eq!(calendar(&world, node), calendar(&world, COUNTY), "{node}");
    }
}

#[test]
fn two_who_publish_at_once_leave_one_calendar_everywhere() {
    let mut world = tree();
    let (secretary, administrator) = (world.secretary(), world.administrator());
    world.cut(TOWN, COUNTY);
    let both = [year(1, 2), year(1, 3)];
    publish(&mut world, COUNTY, &secretary, &both[0]).unwrap();
    publish(&mut world, TOWN, &administrator, &both[1]).unwrap();
    world.settle();
    assert_eq!(calendar(&world, COUNTY).kind_of(day("2027-01-03")), DayKind::MakeUp);
    assert_eq!(calendar(&world, VILLAGE).kind_of(day("2027-01-03")), DayKind::Holiday("元旦"));
    world.connect(TOWN, COUNTY);
    world.settle();
    let stands = if both[0].hash() > both[1].hash() { DayKind::MakeUp } else { DayKind::Holiday("元旦") };
    for node in [COUNTY, TOWN, VILLAGE] {
        assert_eq!(calendar(&world, node).kind_of(day("2027-01-03")), stands, "{node}");
    }
    // The next version stands above both, though an older one comes after it.
    publish(&mut world, COUNTY, &secretary, &year(3, 4)).unwrap();
    publish(&mut world, COUNTY, &secretary, &year(2, 1)).unwrap();
    world.settle();
    for node in [COUNTY, TOWN, VILLAGE] {
        assert_eq!(calendar(&world, node).kind_of(day("2027-01-04")), DayKind::Holiday("元旦"), "{node}");
    }
    all_agree(&world);
}

#[test]
fn what_others_publish_is_refused_when_written_and_void_when_received() {
    let mut world = tree();
    let of_the_county = world.add_officer(COUNTY, &[Role::ANALYST]);
    let of_the_town = world.add_officer(TOWN, &[Role::SECRETARY]);
    let secretary = world.secretary();
    world.settle();
    let mut unusable = year(1, 2);
    unusable.make_up = vec![day("2027-01-05")];
    for (by, home, year, reason) in [
        (&of_the_county, COUNTY, year(1, 2), VoidReason::NoAuthority),
        (&of_the_town, TOWN, year(1, 2), VoidReason::NoAuthority),
        (&secretary, TOWN, year(1, 2), VoidReason::NoAuthority),
        (&secretary, COUNTY, year(0, 2), VoidReason::MisplacedAct),
        (&secretary, COUNTY, unusable, VoidReason::MisplacedAct),
    ] {
        let (document, content) = publication(&mut world, home, &year);
        let refused = world.write(TOWN, by, document.clone(), content.clone());
        assert_eq!(refused, Err(WriteRefusal::Void(reason.clone()).into()), "{home}");
        let (entry, body) = world.by_hand(TOWN, by, &document, content).sign(&world, by);
        world.submit(TOWN, entry.clone(), body);
        world.settle();
        for name in [COUNTY, TOWN, VILLAGE] {
            let node = world.node(name);
            let said = node.replica.find(&entry.id(), &node.records).unwrap().unwrap();
            assert_eq!(said.body.map(|_| ()), Err(reason.clone()), "{name}");
            assert_eq!(calendar(&world, name), Calendar::built_in(), "{name}");
            assert_eq!(calendar(&world, name).is_working_day(day("2027-01-01")), Worked::Assumed(true));
        }
    }
    all_agree(&world);
}
