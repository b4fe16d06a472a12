//! Witnesses: who cosigns the county's checkpoints, what that makes of entries, and who cannot make it so.

use fangwei_protocol::{
    record::{
        body::{Act, Content, Witness},
        entry::{EntryId, Kind, Reach, Shelf},
        message::{Cosigned, Frame},
    },
    replica::{Event, Input},
    trust::{
        charter::Role,
        checkpoint::{Checkpoint, LogName},
        key::KeyPair,
    },
};
use tests::{
    claims::{all_agree, all_is_held_by_each_above, replay_gives_the_same},
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

const OTHER: &str = "370126.106";

/// A county, two townships and a village of the first; both townships witness, the second as one from outside.
fn county(threshold: u8) -> (World, Officer) {
    let mut world = World::new(COUNTY);
    for unit in [TOWN, OTHER, VILLAGE] {
        world.add_node(unit);
    }
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    let member = |world: &World, unit: &str, outside| Witness {
        name: format!("见证 {unit}"),
        key: world.node(unit).key(),
        outside,
    };
    let members = vec![member(&world, TOWN, false), member(&world, OTHER, true)];
    let root = world.root();
    let document = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::CHARTER), Kind::WITNESSES);
    world.write(COUNTY, &root, document, Content::Act(Act::Witnesses { threshold, members })).unwrap();
    for (lower, upper) in [(TOWN, COUNTY), (OTHER, COUNTY), (VILLAGE, TOWN)] {
        world.connect(lower, upper);
        world.settle();
    }
    (world, reporter)
}

fn tick(world: &mut World) {
    world.now += 700;
    for unit in world.units() {
        world.step(&unit, Input::Tick);
    }
    world.settle();
}

/// Whether a node knows an entry to be witnessed by the county.
fn is_witnessed(world: &World, unit: &str, id: &EntryId) -> bool {
    let node = world.node(unit);
    let said = node.replica.find(id, &node.records).unwrap().unwrap();
    let standing = node.replica.standing(&said.entry, &node.records).unwrap();
    standing.held.iter().any(|by| by.unit.as_str() == COUNTY && by.witnessed)
}

fn witnessed(world: &World) -> Vec<u64> {
    let sizes = world.node(COUNTY).events.iter().filter_map(|event| match event {
        Event::Witnessed { size, .. } => Some(*size),
        _ => None,
    });
    sizes.collect()
}

#[test]
fn entries_are_witnessed_once_enough_have_cosigned() {
    let (mut world, reporter) = county(2);
    let report = world.report(VILLAGE, &reporter, "有人见证");
    world.settle();
    assert!(!is_witnessed(&world, VILLAGE, &report));
    tick(&mut world);
    assert!(is_witnessed(&world, VILLAGE, &report) && is_witnessed(&world, TOWN, &report));
    assert_eq!(witnessed(&world).last(), Some(&world.node(COUNTY).entries()));
    all_agree(&world);
    all_is_held_by_each_above(&world);
    // Nothing changed: one frame each way, and nothing is fixed anew.
    let before = witnessed(&world);
    tick(&mut world);
    for (lower, upper) in [(VILLAGE, TOWN), (TOWN, COUNTY), (OTHER, COUNTY)] {
        world.cut(lower, upper);
        world.connect(lower, upper);
        world.settle();
        let traffic = world.traffic(lower, upper);
        assert_eq!((traffic.frames_up, traffic.frames_down), (1, 1), "{lower}: {traffic:?}");
        assert!(traffic.up <= 256 && traffic.down <= 256, "{lower}: {traffic:?}");
    }
    assert_eq!(witnessed(&world), before);
    for unit in world.units() {
        for group in [1, 5, 1_000] {
            replay_gives_the_same(&world, &unit, group);
        }
    }
    // A later receipt that is not witnessed yet takes nothing away.
    world.report(VILLAGE, &reporter, "后来的");
    world.settle();
    assert!(is_witnessed(&world, VILLAGE, &report));
}

#[test]
fn a_witness_that_was_away_cosigns_when_it_comes_and_who_was_away_hears_of_it_later() {
    let (mut world, reporter) = county(2);
    world.cut(OTHER, COUNTY);
    let report = world.report(VILLAGE, &reporter, "等另一个镇");
    world.settle();
    let before = witnessed(&world).len();
    tick(&mut world);
    // One is not enough, however often it is asked.
    for _ in 0..3 {
        world.cut(TOWN, COUNTY);
        world.connect(TOWN, COUNTY);
        world.settle();
        tick(&mut world);
    }
    assert!(!is_witnessed(&world, VILLAGE, &report));
    assert_eq!(witnessed(&world).len(), before);
    // The village goes away, the other township comes.
    world.cut(VILLAGE, TOWN);
    world.connect(OTHER, COUNTY);
    world.settle();
    assert_eq!(witnessed(&world).len(), before + 1);
    assert!(is_witnessed(&world, TOWN, &report) && !is_witnessed(&world, VILLAGE, &report));
    world.connect(VILLAGE, TOWN);
    world.settle();
    assert!(is_witnessed(&world, VILLAGE, &report));
    // So is what a restarted county has forgotten it asked for.
    let second = world.report(VILLAGE, &reporter, "重启");
    world.settle();
    world.cut(OTHER, COUNTY);
    tick(&mut world);
    world.restart(COUNTY);
    world.connect(TOWN, COUNTY);
    world.connect(OTHER, COUNTY);
    world.settle();
    tick(&mut world);
    assert!(is_witnessed(&world, VILLAGE, &second));
    assert_eq!(world.node(TOWN).replica.evidence(&world.node(TOWN).records).unwrap(), []);
}

#[test]
fn the_township_alone_makes_nothing_witnessed() {
    // Without one from outside, whatever the threshold.
    let (mut world, reporter) = county(1);
    world.cut(OTHER, COUNTY);
    let report = world.report(VILLAGE, &reporter, "只有自己人");
    world.settle();
    tick(&mut world);
    assert!(!is_witnessed(&world, VILLAGE, &report));
    // A line somebody else made up for the one who is away.
    let county = world.node(COUNTY).replica.me().certificate;
    let head = world.node(COUNTY).replica.log_head();
    let log = LogName { node: county, epoch: 0 };
    let note = Checkpoint { log, head, time_s: world.now, after: None }.sign(world.node(COUNTY).key_pair());
    for key in [KeyPair::from_seed(&[5; 32]), KeyPair::from_seed(world.node(TOWN).key_pair().seed())] {
        let line = note.cosign(&format!("见证 {OTHER}"), world.now, &key).to_string().into_bytes();
        let cosigned = Cosigned { log: county, epoch: 0, size: head.size, line: line.into() };
        world.inject(TOWN, COUNTY, true, Frame::Cosigned(cosigned).to_bytes());
        world.settle();
    }
    for line in [vec![], vec![0xff], b"\xe2\x80\x94 x AAAAAAE=\n".to_vec()] {
        let cosigned = Cosigned { log: county, epoch: 0, size: head.size, line: line.into() };
        world.inject(TOWN, COUNTY, true, Frame::Cosigned(cosigned).to_bytes());
        world.settle();
    }
    assert!(!is_witnessed(&world, VILLAGE, &report));
    assert!(world.is_connected(TOWN, COUNTY));
    // A threshold of none asks nobody.
    let root = world.root();
    let document = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::CHARTER), Kind::WITNESSES);
    world.now += 1;
    world.write(COUNTY, &root, document, Content::Act(Act::Witnesses { threshold: 0, members: vec![] })).unwrap();
    world.connect(OTHER, COUNTY);
    world.settle();
    let before = witnessed(&world);
    tick(&mut world);
    assert_eq!(witnessed(&world), before);
    let county = world.node(COUNTY);
    assert_eq!(county.replica.policy(&county.records).unwrap(), None);
}
