//! Policy packs: who publishes one, for whom it is, that every node goes by the same one, and what a case keeps.

use fangwei_protocol::{
    record::{
        body::{Act, Content, Publication},
        entry::{DocKey, EntryId, Hash, Kind, Reach, Shelf},
    },
    replica::{WriteError, WriteRefusal},
    trust::{authority::VoidReason, charter::Role},
    work::pack::{
        BuiltIn, Pack,
        published::{PublicationFault, parts, publication},
    },
};
use tests::{
    claims::all_agree,
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

const OTHER_TOWN: &str = "370126.106";
const DEPARTMENT: &str = "370126.d07";
const DAY: &str = "2026-11-22";

/// A county, two townships, a village, a department; all connected and quiet.
fn tree() -> World {
    let mut world = World::new(COUNTY);
    for (unit, above) in [(TOWN, COUNTY), (OTHER_TOWN, COUNTY), (VILLAGE, TOWN), (DEPARTMENT, COUNTY)] {
        world.add_node(unit);
        world.connect(unit, above);
        world.settle();
    }
    world
}

fn built_in(id: &str) -> Pack {
    BuiltIn::of(id).unwrap().pack().unwrap()
}

fn version(id: &str, version: u32) -> Pack {
    Pack { version, ..built_in(id) }
}

/// Publishes a pack in a document of its own, but for as many of its last parts as are kept back.
fn publish(world: &mut World, node: &str, home: &str, by: &Officer, pack: &Pack) -> (DocKey, EntryId) {
    let document = world.new_document(scope(home, Reach::DOWN, Shelf::CHARTER), Kind::PACK);
    let mut ids = Vec::new();
    for bytes in parts(pack) {
        let part = Content::Act(Act::PackPart { bytes: bytes.into() });
        ids.push(world.write(node, by, document.clone(), part).unwrap());
    }
    let act = Act::PublishPack(Box::new(publication(pack, ids)));
    let id = world.write(node, by, document.clone(), Content::Act(act)).unwrap();
    (document, id)
}

fn pack_on(world: &World, node: &str, unit: &str, day: &str) -> (String, u32) {
    let node = world.node(node);
    let pack = node.replica.pack_for(&unit.parse().unwrap(), day.parse().unwrap(), &node.records).unwrap();
    (pack.id, pack.version)
}

fn pack_for(world: &World, node: &str, unit: &str) -> (String, u32) {
    pack_on(world, node, unit, DAY)
}

fn faults(world: &World, node: &str) -> Vec<PublicationFault> {
    let node = world.node(node);
    let found = node.replica.publications(&node.records).unwrap();
    found.into_iter().filter_map(|one| one.err().map(|(_, fault)| fault)).collect()
}

#[test]
fn a_pack_is_for_the_unit_that_published_it_and_everything_below() {
    let mut world = tree();
    let secretary = world.secretary();
    let of_the_town = world.add_officer(TOWN, &[Role::SECRETARY]);
    world.settle();
    for node in [COUNTY, VILLAGE, DEPARTMENT] {
        assert_eq!(pack_for(&world, node, VILLAGE), ("township".into(), 1));
        assert_eq!(pack_for(&world, node, DEPARTMENT), ("bureau".into(), 1));
    }
    world.cut(VILLAGE, TOWN);
    publish(&mut world, COUNTY, COUNTY, &secretary, &version("township", 2));
    publish(&mut world, TOWN, TOWN, &of_the_town, &version("township", 9));
    publish(&mut world, COUNTY, COUNTY, &secretary, &version("bureau", 3));
    world.settle();
    assert_eq!(pack_for(&world, VILLAGE, VILLAGE), ("township".into(), 1), "it has not heard of them");
    world.connect(VILLAGE, TOWN);
    world.settle();
    for (node, unit, pack) in [
        (VILLAGE, VILLAGE, ("township", 9)),
        (TOWN, TOWN, ("township", 9)),
        (COUNTY, VILLAGE, ("township", 9)),
        (COUNTY, COUNTY, ("township", 2)),
        (OTHER_TOWN, OTHER_TOWN, ("township", 2)),
        (DEPARTMENT, DEPARTMENT, ("bureau", 3)),
    ] {
        assert_eq!(pack_for(&world, node, unit), (pack.0.into(), pack.1), "{unit} at {node}");
    }
    all_agree(&world);
    world.restart(VILLAGE);
    assert_eq!(pack_for(&world, VILLAGE, VILLAGE), ("township".into(), 9));
}

#[test]
fn a_case_finds_the_pack_it_was_opened_under_after_a_newer_one_came() {
    let mut world = tree();
    let secretary = world.secretary();
    let old = version("township", 2);
    publish(&mut world, COUNTY, COUNTY, &secretary, &old);
    publish(&mut world, COUNTY, COUNTY, &secretary, &version("township", 3));
    world.settle();
    for name in [COUNTY, TOWN, VILLAGE] {
        assert_eq!(pack_for(&world, name, name), ("township".into(), 3));
        let node = world.node(name);
        for pack in [&old, &built_in("township"), &built_in("bureau")] {
            let found = node.replica.pack_named(&pack.name(), &node.records).unwrap();
            assert_eq!(found.as_ref(), Some(pack), "{name}");
        }
        let mut other = old.name();
        other.hash = Hash([1; 32]);
        assert_eq!(node.replica.pack_named(&other, &node.records).unwrap(), None);
    }
}

#[test]
fn a_newer_version_is_for_its_day_and_later_and_a_case_keeps_the_older_one() {
    let mut world = tree();
    let secretary = world.secretary();
    let (old, mut new) = (version("township", 2), version("township", 3));
    new.applies_from = "2026-12-01".parse().unwrap();
    publish(&mut world, COUNTY, COUNTY, &secretary, &old);
    world.settle();
    let of_a_case = old.name();
    // Published ahead of its day, so that every village has it when the day comes.
    publish(&mut world, COUNTY, COUNTY, &secretary, &new);
    world.settle();
    for name in [COUNTY, TOWN, VILLAGE] {
        for (day, version) in [("2025-12-31", 1), ("2026-01-01", 2), ("2026-11-30", 2), ("2026-12-01", 3)] {
            assert_eq!(pack_on(&world, name, name, day), ("township".into(), version), "{name} on {day}");
        }
        let node = world.node(name);
        assert_eq!(node.replica.pack_named(&of_a_case, &node.records).unwrap().as_ref(), Some(&old), "{name}");
    }
    all_agree(&world);
}

#[test]
fn what_is_not_whole_counts_for_nothing_and_hides_nothing() {
    let mut world = tree();
    let secretary = world.secretary();
    let (document, _) = publish(&mut world, COUNTY, COUNTY, &secretary, &version("township", 2));
    let lie = |id: &str, version: u32, parts: Vec<EntryId>, hash: Hash| {
        let (id, applies_from) = (id.into(), "2026-01-01".parse().unwrap());
        Content::Act(Act::PublishPack(Box::new(Publication { id, version, applies_from, parts, hash })))
    };
    let bytes = version("township", 5).bytes();
    let mut ids = Vec::new();
    for part in parts(&version("township", 5)) {
        let part = Content::Act(Act::PackPart { bytes: part.into() });
        ids.push(world.write(COUNTY, &secretary, document.clone(), part).unwrap());
    }
    let elsewhere = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::CHARTER), Kind::PACK);
    let hash = Pack::hash_of(&bytes);
    for (document, content) in [
        (&document, lie("township", 6, ids.clone(), hash)),
        (&document, lie("township", 5, ids.clone(), Hash([9; 32]))),
        (&document, lie("township", 5, vec![EntryId(Hash([9; 32]))], hash)),
        (&elsewhere, lie("township", 5, ids.clone(), hash)),
    ] {
        world.write(COUNTY, &secretary, document.clone(), content).unwrap();
    }
    world.settle();
    for name in [COUNTY, TOWN, VILLAGE] {
        assert_eq!(pack_for(&world, name, name), ("township".into(), 2), "{name}");
        let faults = faults(&world, name);
        assert_eq!(faults.len(), 4, "{faults:?}");
        for fault in [PublicationFault::OtherName, PublicationFault::Another, PublicationFault::Missing(0)] {
            assert!(faults.contains(&fault), "{fault:?}");
        }
    }
    // The same parts, published as what they are.
    world.write(COUNTY, &secretary, document, lie("township", 5, ids, hash)).unwrap();
    world.settle();
    assert_eq!(pack_for(&world, VILLAGE, VILLAGE), ("township".into(), 5));
    all_agree(&world);
}

#[test]
fn what_others_publish_is_refused_when_written_and_void_when_received() {
    let mut world = tree();
    let of_the_town = world.add_officer(TOWN, &[Role::SECRETARY]);
    let lead = world.add_officer(COUNTY, &[Role::DISCIPLINE_LEAD]);
    let administrator = world.administrator();
    world.settle();
    let part = |bytes: usize| Content::Act(Act::PackPart { bytes: vec![1; bytes].into() });
    for (by, content, reason) in [
        (&lead, part(1), VoidReason::NoAuthority),
        (&administrator, part(1), VoidReason::NoAuthority),
        (&of_the_town, part(0), VoidReason::MisplacedAct),
        (&of_the_town, part(48 * 1024 + 1), VoidReason::MisplacedAct),
    ] {
        let document = world.new_document(scope(TOWN, Reach::DOWN, Shelf::CHARTER), Kind::PACK);
        let refused = world.write(TOWN, by, document.clone(), content.clone());
        assert_eq!(refused, Err(WriteError::from(WriteRefusal::Void(reason.clone()))));
        let (entry, body) = world.by_hand(TOWN, by, &document, content).sign(&world, by);
        world.submit(TOWN, entry.clone(), body);
        world.settle();
        for name in [COUNTY, TOWN, VILLAGE] {
            let node = world.node(name);
            let said = node.replica.find(&entry.id(), &node.records).unwrap().unwrap();
            assert_eq!(said.body.map(|_| ()), Err(reason.clone()), "{name}");
        }
    }
    // A township's secretary publishes for the township and below, never for the county.
    let document = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::CHARTER), Kind::PACK);
    assert!(world.write(TOWN, &of_the_town, document, part(1)).is_err());
    all_agree(&world);
}
