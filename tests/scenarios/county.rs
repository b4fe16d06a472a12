//! The main job: villages write offline, links come back, every level holds the same.

use fangwei_protocol::trust::charter::Role;
use tests::world::World;

const COUNTY: &str = "370126";
const TOWN: &str = "370126.105";
const VILLAGE: &str = "370126.105.201";

fn small_county() -> World {
    let mut world = World::new(COUNTY);
    for unit in [TOWN, VILLAGE, "370126.105.202"] {
        world.add_node(unit);
    }
    world
}

#[test]
fn what_a_village_wrote_offline_is_held_on_every_level_after_reconnecting() {
    let mut world = small_county();
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    world.connect(TOWN, COUNTY);
    world.settle();
    world.connect(VILLAGE, TOWN);
    world.settle();
    world.cut(VILLAGE, TOWN);
    let reports: Vec<_> = (0..10).map(|n| world.report(VILLAGE, &reporter, &format!("情况 {n}"))).collect();
    assert!(!world.node(VILLAGE).is_held_above(&reports[9]));
    world.connect(VILLAGE, TOWN);
    world.settle();
    for id in &reports {
        for node in [TOWN, COUNTY] {
            assert!(world.node(node).replica.find(id, &world.node(node).records).unwrap().is_some());
        }
        assert!(world.node(VILLAGE).is_held_above(id));
        assert!(world.node(TOWN).is_held_above(id));
    }
    assert_eq!(world.digest(VILLAGE, VILLAGE), world.digest(COUNTY, VILLAGE));
    assert_eq!(world.digest(TOWN, TOWN), world.digest(COUNTY, TOWN));
}
