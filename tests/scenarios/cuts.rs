//! A bad line: twenty megabytes over a link that is cut at random bytes, hundreds of times, cost what they weigh and at
//! most 256 KB a cut; and what was acknowledged is there at every one of them.

use fangwei_protocol::{
    record::{
        body::{Content, Step, Value},
        entry::{EntryId, Kind, Reach, Shelf},
    },
    trust::charter::Role,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tests::world::{Officer, World};

use crate::scene::{COUNTY, VILLAGE, scope};

/// What a cut may cost, in bytes of both directions.
const CUT_BYTES_MAX: u64 = 256 * 1024;

/// Reports of one officer, each with a body of so many bytes, submitted as signed on the village's node.
fn write(world: &mut World, by: &Officer, sizes: impl Iterator<Item = usize>) -> (Vec<EntryId>, u64) {
    let document = world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let step = Step::Set { field: "title".into(), value: Some(Value::Text("长".into())) };
    let mut draft = world.by_hand(VILLAGE, by, &document, Content::Edit(vec![step]));
    let (mut ids, mut payload) = (Vec::new(), 0);
    for bytes in sizes {
        draft.body = vec![0x5a; bytes];
        draft.header.doc.0[..8].copy_from_slice(&ids.len().to_be_bytes());
        if !ids.is_empty() {
            draft.header.after = Some(vec![]);
        }
        let (entry, body) = draft.clone().sign(world, by);
        (draft.header.prev, draft.header.seq) = (Some(entry.id()), draft.header.seq + 1);
        payload += (entry.bytes().len() + body.len()) as u64;
        ids.push(entry.id());
        world.submit(VILLAGE, entry, body);
    }
    (ids, payload)
}

fn bad_line(seed: u64, sizes: std::ops::Range<usize>, budget: std::ops::Range<u64>) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut world = World::seeded(COUNTY, seed);
    world.add_node(VILLAGE);
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    world.connect(VILLAGE, COUNTY);
    world.settle();
    world.cut(VILLAGE, COUNTY);
    let mut left: usize = 20 << 20;
    let drawn = std::iter::from_fn(|| {
        let size = (left > 0).then(|| rng.random_range(sizes.clone()))?;
        left = left.saturating_sub(size);
        Some(size)
    });
    let (ids, payload) = write(&mut world, &reporter, drawn.collect::<Vec<_>>().into_iter());
    assert!(payload >= 20 << 20);
    let (mut cuts, mut bytes) = (0_u64, 0);
    let mut confirmed = 0;
    loop {
        world.connect(VILLAGE, COUNTY);
        let some = rng.random_range(budget.clone());
        world.deliver_bytes(VILLAGE, COUNTY, some);
        // What the village was told is held above, is.
        let held = ids[confirmed..].iter().take_while(|id| world.node(VILLAGE).is_held_above(id)).count();
        for id in &ids[confirmed..confirmed + held] {
            let county = world.node(COUNTY);
            let said = county.replica.find(id, &county.records).unwrap().unwrap();
            assert!(said.bytes.is_some(), "{id} was acknowledged and is not there");
        }
        confirmed += held;
        let traffic = world.cut(VILLAGE, COUNTY);
        bytes += traffic.up + traffic.down;
        if confirmed == ids.len() {
            break;
        }
        cuts += 1;
        assert!(cuts < 5_000, "{} of {} after {cuts} cuts", confirmed, ids.len());
    }
    println!("{payload} bytes of entries, {cuts} cuts, {bytes} bytes on the line");
    assert!(cuts >= 200, "only {cuts} cuts");
    assert!(bytes <= payload + CUT_BYTES_MAX * cuts, "{bytes} bytes for {payload} and {cuts} cuts");
    assert_eq!(world.digest(VILLAGE, VILLAGE), world.digest(COUNTY, VILLAGE));
    for unit in [VILLAGE, COUNTY] {
        let events = &world.node(unit).events;
        assert!(!events.iter().any(|event| matches!(event, fangwei_protocol::replica::Event::Refused { .. })));
    }
}

#[test]
fn twenty_megabytes_of_reports_come_through_two_hundred_cuts() {
    bad_line(1, 500..8_000, 0..180_000);
}

#[test]
fn the_largest_bodies_come_through_a_line_cut_every_few_frames() {
    bad_line(2, 60_000..65_536, 0..240_000);
}
