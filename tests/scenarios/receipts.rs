//! Receipts of every ancestor, what they cost, and what a log says of itself: restored, contradicted, damaged.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{EntryId, Hash, Kind, Reach, Shelf},
        log::{Edge, Head},
        message::{Ack, Frame, Shown},
    },
    replica::{Event, Input, PeerFault},
    trust::{
        charter::Role,
        checkpoint::{Checkpoint, LogHead, LogName, Note},
        confirmed::checkpoint_of,
        interval::{Claimed, Interval},
        receipt::ReceiptFault,
        witnessing::Evidence,
    },
};
use tests::{
    claims::{all_agree, all_is_held_by_each_above, replay_gives_the_same},
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

/// A county, a township, a village with a few reporters; everything connected once.
fn county() -> (World, Vec<Officer>) {
    let mut world = World::new(COUNTY);
    world.add_node(TOWN);
    world.add_node(VILLAGE);
    let reporters = (0..4).map(|_| world.add_officer(VILLAGE, &[Role::REPORTER])).collect();
    for (lower, upper) in [(TOWN, COUNTY), (VILLAGE, TOWN)] {
        world.connect(lower, upper);
        world.settle();
    }
    (world, reporters)
}

fn node(world: &World, unit: &str) -> EntryId {
    world.node(unit).replica.me().certificate
}

fn holders(world: &World, unit: &str, id: &EntryId) -> Vec<String> {
    let node = world.node(unit);
    let said = node.replica.find(id, &node.records).unwrap().unwrap();
    let holders = node.replica.held_above(&said.entry, &node.records).unwrap();
    let unit_of = |id: &EntryId| node.replica.charter().complete(id).unwrap().certificate.unit.to_string();
    let mut units: Vec<_> = holders.iter().map(unit_of).collect();
    units.sort();
    units
}

fn reconnect(world: &mut World, lower: &str, upper: &str) {
    world.cut(lower, upper);
    world.connect(lower, upper);
    world.settle();
}

#[test]
fn what_is_written_is_confirmed_by_each_level_above() {
    let (mut world, reporters) = county();
    let report = world.report(VILLAGE, &reporters[0], "逐级确认");
    world.settle();
    assert_eq!(holders(&world, VILLAGE, &report), [COUNTY, TOWN]);
    assert_eq!(holders(&world, TOWN, &report), [COUNTY]);
    all_is_held_by_each_above(&world);
    for unit in [COUNTY, TOWN, VILLAGE] {
        for group in [1, 2, 7, 1_000] {
            replay_gives_the_same(&world, unit, group);
        }
    }
}

#[test]
fn receipts_from_farther_up_come_down_where_nothing_differs() {
    let (mut world, reporters) = county();
    // The county is away: the township confirms, the county cannot.
    world.cut(TOWN, COUNTY);
    let report = world.report(VILLAGE, &reporters[0], "县里断线");
    world.settle();
    assert_eq!(holders(&world, VILLAGE, &report), [TOWN]);
    // Village off, county back: the township has the county's receipt, and village and township hold the same.
    world.cut(VILLAGE, TOWN);
    world.connect(TOWN, COUNTY);
    world.settle();
    assert_eq!(holders(&world, VILLAGE, &report), [TOWN]);
    assert_eq!(world.digest(VILLAGE, VILLAGE), world.digest(TOWN, VILLAGE));
    world.connect(VILLAGE, TOWN);
    world.settle();
    assert_eq!(holders(&world, VILLAGE, &report), [COUNTY, TOWN]);
    // And while linked they are pushed.
    world.cut(TOWN, COUNTY);
    let second = world.report(VILLAGE, &reporters[1], "推下来");
    world.settle();
    assert_eq!(holders(&world, VILLAGE, &second), [TOWN]);
    world.connect(TOWN, COUNTY);
    world.settle();
    assert_eq!(holders(&world, VILLAGE, &second), [COUNTY, TOWN]);
    // What is confirmed by all is not asked for again.
    reconnect(&mut world, VILLAGE, TOWN);
    let traffic = world.traffic(VILLAGE, TOWN);
    assert_eq!((traffic.frames_up, traffic.frames_down), (1, 1), "{traffic:?}");
    assert!(traffic.up <= 256 && traffic.down <= 256, "{traffic:?}");
    println!("nothing changed: {} bytes up, {} down", traffic.up, traffic.down);
}

/// Bytes of receipts, checkpoints and what asks for them on the village's link, until all is quiet.
fn receipt_bytes(world: &mut World) -> u64 {
    world.watch(VILLAGE, TOWN, |frame| match frame {
        Frame::Ack(Ack { receipt: Some(receipt), proof, .. }) => (receipt.len() + 34 * proof.len()) as u64,
        Frame::Receipts(_) | Frame::Checkpoint(_) | Frame::ReceiptsWanted(_) => frame.to_bytes().len() as u64 + 4,
        _ => 0,
    });
    world.settle();
    world.watched()
}

#[test]
fn an_ordinary_session_costs_under_four_kilobytes_of_receipts() {
    let (mut world, reporters) = county();
    // A county that has been at it for a while: logs of thousands.
    let busy = world.add_officer(COUNTY, &[Role::REPORTER]);
    for n in 0..3_000 {
        world.report(COUNTY, &busy, &format!("县里 {n}"));
    }
    world.settle();
    // A day in a village: some reports in a few feeds, offline.
    world.cut(VILLAGE, TOWN);
    for (n, reporter) in reporters.iter().chain(&reporters).chain(&reporters).enumerate() {
        world.report(VILLAGE, reporter, &format!("一天 {n}"));
    }
    world.connect(VILLAGE, TOWN);
    let bytes = receipt_bytes(&mut world);
    println!("receipts of both levels above, one session, 12 entries in 4 feeds: {bytes} bytes");
    assert!(bytes <= 4_096, "{bytes}");
    all_is_held_by_each_above(&world);
    // One entry while linked.
    world.report(VILLAGE, &reporters[0], "在线");
    let bytes = receipt_bytes(&mut world);
    println!("one entry while linked: {bytes} bytes");
    assert!(bytes <= 4_096, "{bytes}");
    all_is_held_by_each_above(&world);
}

#[test]
fn a_restored_node_goes_on_under_another_name_and_nobody_is_accused() {
    let (mut world, reporters) = county();
    let old = world.memory(COUNTY);
    for n in 0..20 {
        world.report(VILLAGE, &reporters[n % 4], &format!("恢复前 {n}"));
        world.settle();
    }
    let before = world.node(COUNTY).replica.log_head();
    world.restore(COUNTY, old);
    // The county writes something else where its lost entries stood, before anybody tells it.
    let analyst = world.administrator();
    let document = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::CHARTER), Kind::UNITS);
    let rows = Content::Act(Act::NameUnits(vec![]));
    world.write(COUNTY, &analyst, document, rows).unwrap();
    world.connect(TOWN, COUNTY);
    world.settle();
    let county = node(&world, COUNTY);
    let restored = |unit: &str| {
        let is_it = |event: &&Event| matches!(event, Event::Restored { node, epoch: 1 } if *node == county);
        world.node(unit).events.iter().filter(is_it).count()
    };
    assert_eq!((restored(COUNTY), restored(TOWN)), (1, 1));
    let epoch = *world.node(COUNTY).replica.log_epoch();
    assert_eq!(epoch.epoch, 1);
    assert_eq!(epoch.after.map(|after| (after.epoch, after.size)), Some((0, before.size)));
    // It holds again what it lost, confirms under its new name, and old receipts are still good.
    world.connect(VILLAGE, TOWN);
    world.settle();
    world.report(VILLAGE, &reporters[0], "恢复后");
    world.settle();
    all_agree(&world);
    all_is_held_by_each_above(&world);
    let town = world.node(TOWN);
    let held = checkpoint_of(&county, &town.records).unwrap().unwrap();
    assert_eq!(held.claimed().log.epoch, 1);
    for unit in [COUNTY, TOWN, VILLAGE] {
        assert_eq!(world.node(unit).replica.evidence(&world.node(unit).records).unwrap(), [], "{unit}");
        assert!(!world.node(unit).events.iter().any(|event| matches!(event, Event::Refused { .. })), "{unit}");
        for group in [1, 3, 1_000] {
            replay_gives_the_same(&world, unit, group);
        }
    }
    // Told once: neither the next meeting nor a restart begins another one.
    reconnect(&mut world, TOWN, COUNTY);
    world.restart(COUNTY);
    world.connect(TOWN, COUNTY);
    world.settle();
    assert_eq!(world.node(COUNTY).replica.log_epoch().epoch, 1);
    // Somebody who has been away since before and saw less does not begin another one either.
    reconnect(&mut world, VILLAGE, TOWN);
    assert_eq!(world.node(COUNTY).replica.log_epoch().epoch, 1);
    // Restored once more, from before it knew.
    let again = world.memory(COUNTY);
    world.report(VILLAGE, &reporters[1], "又一次");
    world.settle();
    world.restore(COUNTY, again);
    world.connect(TOWN, COUNTY);
    world.settle();
    let town = world.node(TOWN);
    assert!(town.replica.evidence(&town.records).unwrap().is_empty());
    all_agree(&world);
    all_is_held_by_each_above(&world);
}

#[test]
fn who_got_back_from_one_what_another_was_about_to_show_it_was_not_restored() {
    let (mut world, reporters) = county();
    reconnect(&mut world, VILLAGE, TOWN);
    let image = world.memory(VILLAGE);
    world.report(VILLAGE, &reporters[0], "备份以后");
    world.settle();
    world.now += 601;
    world.step(VILLAGE, Input::Tick);
    world.settle();
    world.cut(VILLAGE, TOWN);
    world.restore(VILLAGE, image);
    // The township names what it holds of the village's log, and is asked to show it.
    world.connect(VILLAGE, TOWN);
    world.deliver_on(VILLAGE, TOWN, false);
    world.deliver_on(VILLAGE, TOWN, true);
    // Meanwhile the county gives back all that was lost, in its old place.
    world.connect(VILLAGE, COUNTY);
    while world.deliver_on(VILLAGE, COUNTY, true) || world.deliver_on(VILLAGE, COUNTY, false) {}
    world.report(VILLAGE, &reporters[1], "以后");
    world.settle();
    assert_eq!(world.node(VILLAGE).replica.log_epoch().epoch, 0);
    for unit in [COUNTY, TOWN, VILLAGE] {
        assert!(!world.node(unit).events.iter().any(|event| matches!(event, Event::Refused { .. })), "{unit}");
    }
    all_agree(&world);
    all_is_held_by_each_above(&world);
}

/// A checkpoint a node could have signed of a log of so many leaves that never were.
fn made_up(world: &World, unit: &str, size: u8, salt: u8) -> Note {
    let mut edge = Edge::default();
    (0..size).for_each(|n| edge.push(Hash([n ^ salt; 32]), |_, _| {}));
    let log = LogName { node: node(world, unit), epoch: 0 };
    Checkpoint { log, head: edge.head(), time_s: 0, after: None }.sign(world.node(unit).key_pair())
}

fn show(note: &Note, since: u64, proof: Vec<Hash>) -> Frame {
    Frame::Checkpoint(Shown { note: note.to_bytes().into(), since, proof })
}

#[test]
fn two_checkpoints_that_cannot_both_be_true_are_kept_as_evidence() {
    let (mut world, _) = county();
    world.cut_all(COUNTY);
    // The county gone bad shows the township two faces of one size.
    let peer = world.bad_node(TOWN, COUNTY);
    let town = world.node(TOWN);
    let held = checkpoint_of(&node(&world, COUNTY), &town.records).unwrap().unwrap();
    let mut other = *held.claimed();
    other.head.root = Hash([1; 32]);
    let other = other.sign(world.node(COUNTY).key_pair());
    world.say(peer, &show(&other, 0, vec![]));
    let evidence = Evidence { held: held.to_bytes().into(), came: other.to_bytes().into() };
    let told = |world: &World| {
        let is_it = |event: &&Event| matches!(event, Event::Contradicted { .. });
        world.node(TOWN).events.iter().filter(is_it).count()
    };
    let kept = |world: &World| world.node(TOWN).replica.evidence(&world.node(TOWN).records).unwrap();
    assert_eq!((kept(&world), told(&world)), (vec![evidence.clone()], 1));
    // Once, and it changes nothing else: the session goes on and the old checkpoint stays.
    world.say(peer, &show(&other, 0, vec![]));
    assert_eq!((kept(&world), told(&world), world.fault(peer)), (vec![evidence.clone()], 1, None));
    world.restart(TOWN);
    assert_eq!(kept(&world), [evidence]);
    assert_eq!(checkpoint_of(&node(&world, COUNTY), &world.node(TOWN).records).unwrap(), Some(held));
    replay_gives_the_same(&world, TOWN, 3);
}

/// What the village holds against the county, and whether that is explained by what it holds of its log by now.
fn held_against(world: &World, county: &EntryId) -> Vec<bool> {
    let village = world.node(VILLAGE);
    let evidence = village.replica.evidence(&village.records).unwrap();
    let newest = checkpoint_of(county, &village.records).unwrap().unwrap();
    evidence.iter().map(|one| one.is_explained_by(newest.claimed())).collect()
}

#[test]
fn what_a_restored_node_signs_before_it_is_told_is_explained_once_it_is() {
    let (mut world, reporters) = county();
    let county = node(&world, COUNTY);
    let analyst = world.administrator();
    world.cut_all(COUNTY);
    world.report(VILLAGE, &reporters[0], "经乡镇");
    world.settle();
    let old = world.memory(COUNTY);
    world.cut(VILLAGE, TOWN);
    // The village shows the county itself something, between which the county writes; all of that it then loses.
    world.connect(VILLAGE, COUNTY);
    world.settle();
    let document = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::CHARTER), Kind::UNITS);
    world.write(COUNTY, &analyst, document, Content::Act(Act::NameUnits(vec![]))).unwrap();
    world.settle();
    world.report(VILLAGE, &reporters[1], "直接");
    world.settle();
    let lost = checkpoint_of(&county, &world.node(VILLAGE).records).unwrap().unwrap().claimed().log_head();
    world.cut_all(COUNTY);
    world.restore(COUNTY, old);
    assert!(world.node(COUNTY).replica.log_head().size < lost.size);
    // It gets all of it back from the township, in another order, and signs for that; the village hears of it there.
    world.connect(VILLAGE, TOWN);
    world.settle();
    world.connect(TOWN, COUNTY);
    world.settle();
    assert_eq!(world.node(COUNTY).replica.log_epoch().epoch, 0, "nobody has shown it what it lost");
    assert_eq!(held_against(&world, &county), [false]);
    // The village meets it itself: it learns, and says so.
    world.connect(VILLAGE, COUNTY);
    world.settle();
    assert_eq!(world.node(COUNTY).replica.log_epoch().epoch, 1);
    world.report(VILLAGE, &reporters[2], "之后");
    world.settle();
    assert_eq!(held_against(&world, &county), [true]);
    all_agree(&world);
}

#[test]
fn a_checkpoint_that_is_not_proved_to_follow_ends_the_session() {
    let fault = |frame: &dyn Fn(&World) -> Frame| {
        let (mut world, _) = county();
        world.cut_all(COUNTY);
        let peer = world.bad_node(TOWN, COUNTY);
        let before = world.memory(TOWN);
        let frame = frame(&world);
        world.say(peer, &frame);
        assert!(world.memory(TOWN) == before);
        world.fault(peer)
    };
    let unproven = Some(PeerFault::Receipt(ReceiptFault::NotConsistent));
    assert_eq!(fault(&|world| show(&made_up(world, COUNTY, 200, 0), 0, vec![])), unproven);
    assert_eq!(fault(&|world| show(&made_up(world, COUNTY, 200, 0), 5, vec![Hash([0; 32]); 9])), unproven);
    // A smaller one says nothing.
    assert_eq!(fault(&|world| show(&made_up(world, COUNTY, 1, 0), 0, vec![])), None);
    let not_signed = |fault| matches!(fault, Some(PeerFault::Receipt(ReceiptFault::Note(_))));
    assert!(not_signed(fault(&|world| show(&made_up(world, VILLAGE, 200, 0), 0, vec![]))));
    assert!(not_signed(fault(&|_| Frame::Checkpoint(Shown { note: vec![1].into(), since: 0, proof: vec![] }))));
    assert!(not_signed(fault(&|world| {
        let mut checkpoint = *made_up(world, COUNTY, 200, 0).claimed();
        checkpoint.log.node = node(world, TOWN);
        show(&checkpoint.sign(world.node(COUNTY).key_pair()), 0, vec![])
    })));
}

#[test]
fn who_claims_to_have_seen_more_must_show_it_before_anything_is_signed() {
    let (mut world, reporters) = county();
    world.cut_all(VILLAGE);
    let key = world.node(VILLAGE).key();
    let mut hello = world.hello_of(VILLAGE);
    hello.checkpoint = Some(LogHead { epoch: 0, size: 9_999, root: Hash([3; 32]) });
    let peer = world.stranger(TOWN, key);
    world.say(peer, &Frame::Hello(hello));
    let heard = world.heard(peer);
    assert!(heard.contains(&Frame::CheckpointWanted), "{heard:?}");
    // Entries are taken, and nothing is signed.
    let report = world.report(VILLAGE, &reporters[0], "先给看");
    let said = world.node(VILLAGE).replica.find(&report, &world.node(VILLAGE).records).unwrap().unwrap();
    world.give(peer, &[(said.entry, said.bytes.unwrap())]);
    let acks = world.heard(peer);
    assert!(acks.contains(&Frame::Ack(Ack { frames: 1, receipt: None, proof: vec![] })), "{acks:?}");
    // It cannot be shown: this node never signed that. One it did sign is enough to go on.
    let bad = show(&made_up(&world, TOWN, 200, 0), 0, vec![]);
    world.say(peer, &bad);
    // The test holds the township's key, so this one was signed by it: it believes that it was restored.
    assert_eq!(world.node(TOWN).replica.log_epoch().epoch, 1);
    let answered = world.heard(peer).into_iter().any(|frame| matches!(frame, Frame::Ack(Ack { receipt: Some(_), .. })));
    assert!(answered, "what was withheld is answered");
    // Signed by another, the session ends.
    let peer = world.stranger(TOWN, world.node(VILLAGE).key());
    let mut hello = world.hello_of(VILLAGE);
    hello.checkpoint = Some(LogHead { epoch: 7, size: 9_999, root: Hash([3; 32]) });
    world.say(peer, &Frame::Hello(hello));
    let log = LogName { node: node(&world, TOWN), epoch: 0 };
    let checkpoint = Checkpoint { log, head: Head { size: 900, root: Hash([3; 32]) }, time_s: 0, after: None };
    let forged = checkpoint.sign(world.node(VILLAGE).key_pair());
    world.say(peer, &show(&forged, 0, vec![]));
    assert!(matches!(world.fault(peer), Some(PeerFault::Receipt(ReceiptFault::Note(_)))));
    assert_eq!(world.node(TOWN).replica.log_epoch().epoch, 1);
}

#[test]
fn a_leaf_that_does_not_read_as_it_was_written_stops_signing() {
    let (mut world, reporters) = county();
    world.cut(VILLAGE, TOWN);
    let first = world.report(VILLAGE, &reporters[0], "原样");
    world.connect(VILLAGE, TOWN);
    world.settle();
    assert_eq!(holders(&world, VILLAGE, &first), [COUNTY, TOWN]);
    // From now on the township's storage gives back another entry than it took.
    let second = world.report(VILLAGE, &reporters[1], "变样");
    world.damage_next_read_of(TOWN, second);
    world.settle();
    assert_eq!(holders(&world, VILLAGE, &second), [COUNTY]);
    let told = world.node(TOWN).events.iter().filter(|event| matches!(event, Event::LogDiffers { .. })).count();
    assert_eq!((told, world.node(TOWN).replica.log_differs()), (1, true));
    // It is taken and relayed all the same.
    assert!(world.node(COUNTY).replica.find(&second, &world.node(COUNTY).records).unwrap().is_some());
}

#[test]
fn checkpoints_are_shown_again_when_they_are_too_far_behind() {
    let (mut world, reporters) = county();
    let known = |world: &World| {
        let held = checkpoint_of(&node(world, VILLAGE), &world.node(TOWN).records).unwrap();
        held.map(|held| held.claimed().head.size)
    };
    // When it first met the township it had nothing to show.
    assert_eq!(known(&world), None);
    reconnect(&mut world, VILLAGE, TOWN);
    let first = known(&world).unwrap();
    world.report(VILLAGE, &reporters[0], "一");
    world.settle();
    for unit in [VILLAGE, TOWN, COUNTY] {
        world.step(unit, Input::Tick);
    }
    world.settle();
    assert_eq!(known(&world), Some(first));
    world.now += 601;
    for unit in [VILLAGE, TOWN, COUNTY] {
        world.step(unit, Input::Tick);
    }
    world.settle();
    assert_eq!(known(&world), Some(world.node(VILLAGE).entries()));
}

#[test]
fn the_time_of_an_entry_is_an_interval_and_a_claim_outside_is_flagged() {
    let (mut world, reporters) = county();
    reconnect(&mut world, VILLAGE, TOWN);
    let standing = |world: &World, unit: &str, id: &EntryId| {
        let node = world.node(unit);
        let said = node.replica.find(id, &node.records).unwrap().unwrap();
        node.replica.standing(&said.entry, &node.records).unwrap()
    };
    let met = world.now;
    world.now += 1_000;
    // Written offline, an hour later, and confirmed a day later.
    world.cut(VILLAGE, TOWN);
    world.now += 3_600;
    let written = world.now;
    let honest = world.report(VILLAGE, &reporters[0], "照实");
    let follows = world.report(VILLAGE, &reporters[0], "接着写");
    let node_of = world.node(VILLAGE);
    let seen = node_of.replica.find(&honest, &node_of.records).unwrap().unwrap().entry.header().anchor;
    let mut dated = |by: &Officer, claimed: i64| {
        let document = world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
        let mut draft = world.by_hand(VILLAGE, by, &document, Content::Edit(vec![]));
        draft.header.claimed_time_s = claimed;
        draft.header.anchor = seen;
        let (entry, body) = draft.sign(&world, by);
        let id = entry.id();
        world.submit(VILLAGE, entry, body);
        id
    };
    let back_dated = dated(&reporters[1], met - 90 * 86_400);
    let post_dated = dated(&reporters[2], written + 90 * 86_400);
    world.now += 86_400;
    let confirmed = world.now;
    world.connect(VILLAGE, TOWN);
    world.settle();
    for unit in [VILLAGE, TOWN, COUNTY] {
        let not_after = if unit == VILLAGE { written } else { confirmed };
        for id in [&honest, &follows] {
            let standing = standing(&world, unit, id);
            let interval = Interval { not_before_s: Some(met), not_after_s: Some(not_after) };
            assert_eq!((standing.interval, standing.claimed), (interval, Claimed::Within), "{unit}");
        }
        assert_eq!(standing(&world, unit, &back_dated).claimed, Claimed::TooEarly, "{unit}");
        assert_eq!(standing(&world, unit, &post_dated).claimed, Claimed::TooLate, "{unit}");
    }
    let held = standing(&world, VILLAGE, &honest).held;
    let held: Vec<_> = held.iter().map(|by| (by.unit.to_string(), by.since_s, by.witnessed)).collect();
    assert_eq!(held, [(COUNTY.into(), Some(confirmed), false), (TOWN.into(), Some(confirmed), false)]);
    // A later receipt for what follows does not make it later.
    world.now += 50_000;
    world.report(VILLAGE, &reporters[0], "很久以后");
    world.settle();
    assert_eq!(standing(&world, VILLAGE, &honest).held[0].since_s, Some(confirmed));
    // The checkpoint is named once, and again only when there is a newer one.
    let anchor = |id: &EntryId| {
        let node = world.node(VILLAGE);
        node.replica.find(id, &node.records).unwrap().unwrap().entry.header().anchor
    };
    assert!(anchor(&honest).is_some() && anchor(&follows).is_none());
    for unit in [COUNTY, TOWN, VILLAGE] {
        replay_gives_the_same(&world, unit, 3);
    }
}

#[test]
fn what_nobody_above_confirms_is_told_by_unit_and_age() {
    let (mut world, reporters) = county();
    let unconfirmed = |world: &World| {
        let node = world.node(VILLAGE);
        let all = node.replica.unconfirmed(i64::MAX, &node.records).unwrap();
        all.into_iter().map(|lacking| (lacking.unit.to_string(), lacking.entries, lacking.oldest_s)).collect::<Vec<_>>()
    };
    world.report(VILLAGE, &reporters[0], "都有");
    world.settle();
    assert_eq!(unconfirmed(&world), []);
    // The county is away.
    world.cut(TOWN, COUNTY);
    let first = world.now;
    world.report(VILLAGE, &reporters[0], "县里没有");
    world.now += 1_000;
    world.report(VILLAGE, &reporters[1], "县里也没有");
    world.report(VILLAGE, &reporters[0], "还是没有");
    world.settle();
    assert_eq!(unconfirmed(&world), [(COUNTY.into(), 3, first)]);
    // And the township.
    world.cut(VILLAGE, TOWN);
    world.now += 1_000;
    let third = world.now;
    world.report(VILLAGE, &reporters[1], "谁都没有");
    assert_eq!(unconfirmed(&world), [(COUNTY.into(), 4, first), (TOWN.into(), 1, third)]);
    let node = world.node(VILLAGE);
    assert_eq!(node.replica.unconfirmed(first, &node.records).unwrap(), []);
    // Straight to the county: only the township lacks something then.
    world.connect(VILLAGE, COUNTY);
    world.settle();
    assert_eq!(unconfirmed(&world), [(TOWN.into(), 1, third)]);
}
