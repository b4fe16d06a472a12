//! Links: what a reconnect costs, who may stand in for whom, and what comes back after a disk was lost.

use fangwei_protocol::{
    limits::{IN_FLIGHT_BYTES_MAX, LIVE_QUEUE_MAX},
    record::{
        body::{Content, Step, Value},
        entry::{EntryId, Epoch, Kind, Reach, Scope, Shelf},
        message::{Ack, Frame, ScopeTips, Totals, Want},
    },
    records::Fact,
    replica::{Event, PeerFault},
    trust::charter::Role,
};
use tests::{
    claims::{all_agree, all_is_held_above},
    links::Traffic,
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

fn edit() -> Content {
    Content::Edit(vec![Step::Set { field: "title".into(), value: Some(Value::Text("情况".into())) }])
}

/// A county, a township, two villages, a reporter at the first; everything connected once.
fn county() -> (World, Officer) {
    let mut world = World::new(COUNTY);
    for unit in [TOWN, VILLAGE, "370126.105.202"] {
        world.add_node(unit);
    }
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    for (lower, upper) in [(TOWN, COUNTY), (VILLAGE, TOWN), ("370126.105.202", TOWN)] {
        world.connect(lower, upper);
        world.settle();
    }
    (world, reporter)
}

/// So many reports in one feed, each its own document, as the nodes have them already.
fn reports(world: &mut World, by: &Officer, count: usize, body_bytes: usize) -> Vec<Fact> {
    let document = world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let mut draft = world.by_hand(VILLAGE, by, &document, edit());
    if body_bytes > 0 {
        draft.body = vec![1; body_bytes];
    }
    let mut facts = Vec::with_capacity(count);
    for n in 0..count {
        draft.header.doc.0[..8].copy_from_slice(&n.to_be_bytes());
        if n > 0 {
            draft.header.after = Some(vec![]);
        }
        let (entry, body) = draft.clone().sign(world, by);
        (draft.header.prev, draft.header.seq) = (Some(entry.id()), draft.header.seq + 1);
        facts.push(Fact::Entry { own: false, entry: entry.bytes().clone(), body: Some(body) });
    }
    facts
}

fn reconnect(world: &mut World, lower: &str, upper: &str) -> Traffic {
    world.cut(lower, upper);
    world.connect(lower, upper);
    world.settle();
    world.traffic(lower, upper)
}

fn costs_one_round_trip(world: &mut World, lower: &str, upper: &str, what: &str) {
    let traffic = reconnect(world, lower, upper);
    assert_eq!((traffic.frames_up, traffic.frames_down), (1, 1), "{what}: {traffic:?}");
    assert!(traffic.up <= 256 && traffic.down <= 256, "{what}: {traffic:?}");
}

fn nothing_changed_costs_one_round_trip(documents: usize) {
    let (mut world, reporter) = county();
    world.cut_all(VILLAGE);
    let facts = reports(&mut world, &reporter, documents, 0);
    for node in [VILLAGE, TOWN, COUNTY] {
        world.replay(node, &facts);
    }
    // Once for the receipts, which nobody gave for what was put there by hand.
    for (lower, upper) in [(VILLAGE, TOWN), (TOWN, COUNTY)] {
        reconnect(&mut world, lower, upper);
    }
    for (lower, upper) in [(VILLAGE, TOWN), (TOWN, COUNTY)] {
        costs_one_round_trip(&mut world, lower, upper, "as it was");
    }
    for unit in [VILLAGE, TOWN, COUNTY] {
        world.restart(unit);
    }
    for (lower, upper) in [(VILLAGE, TOWN), (TOWN, COUNTY)] {
        costs_one_round_trip(&mut world, lower, upper, "both restarted");
    }
    assert_eq!(
        world.node(COUNTY).replica.documents(Kind::REPORT, &world.node(COUNTY).records).unwrap().len(),
        documents
    );
    // The reporter's feed branches: the township was given an entry of another epoch after an earlier one.
    let document = world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let mut draft = world.by_hand(VILLAGE, &reporter, &document, edit());
    let Some(Fact::Entry { entry, .. }) = facts.get(facts.len() / 2) else { panic!() };
    let earlier = fangwei_protocol::record::entry::Claim::parse(entry).unwrap().reopen(&world.genesis.hash());
    (draft.header.prev, draft.header.seq) = (Some(earlier.id()), earlier.header().seq + 1);
    draft.header.epoch = Epoch([9; 8]);
    let (entry, body) = draft.sign(&world, &reporter);
    world.submit(TOWN, entry.clone(), body);
    world.settle();
    let branched = |event: &Event| matches!(event, Event::Branched { id, .. } if *id == entry.id());
    assert!(world.node(VILLAGE).events.iter().any(branched));
    for (lower, upper) in [(VILLAGE, TOWN), (TOWN, COUNTY)] {
        reconnect(&mut world, lower, upper);
        costs_one_round_trip(&mut world, lower, upper, "one feed branched");
    }
}

#[test]
fn nothing_changed_costs_one_round_trip_with_ten_documents() {
    nothing_changed_costs_one_round_trip(10);
}

#[test]
fn nothing_changed_costs_one_round_trip_with_a_hundred_thousand_documents() {
    nothing_changed_costs_one_round_trip(100_000);
}

#[test]
fn a_village_whose_township_does_not_answer_goes_to_the_county() {
    let (mut world, reporter) = county();
    world.cut_all(TOWN);
    let report = world.report(VILLAGE, &reporter, "镇里无人应答");
    world.connect(VILLAGE, COUNTY);
    world.settle();
    assert!(world.node(VILLAGE).is_held_above(&report));
    assert_eq!(world.digest(VILLAGE, VILLAGE), world.digest(COUNTY, VILLAGE));
    // The township learns of it from above, and asks nothing of the village.
    world.connect(TOWN, COUNTY);
    world.settle();
    let town = world.node(TOWN);
    assert!(town.replica.find(&report, &town.records).unwrap().is_some());
    all_agree(&world);
}

#[test]
fn the_upper_node_may_dial_too() {
    let (mut world, reporter) = county();
    world.cut_all(VILLAGE);
    world.report(VILLAGE, &reporter, "等上面来连");
    world.connect(TOWN, VILLAGE);
    world.settle();
    all_agree(&world);
    all_is_held_above(&world);
    world.cut_all(VILLAGE);
    world.connect(TOWN, VILLAGE);
    world.settle();
    let traffic = world.traffic(TOWN, VILLAGE);
    assert_eq!((traffic.frames_up, traffic.frames_down), (1, 1), "{traffic:?}");
    // Even one that does not know the village's key yet.
    world.add_node("370126.105.203");
    world.connect(COUNTY, "370126.105.203");
    world.settle();
    world.cut_all("370126.105.203");
    world.connect(TOWN, "370126.105.203");
    world.settle();
    all_agree(&world);
}

#[test]
fn a_lost_disk_comes_back_from_above_and_the_feed_branches_honestly() {
    let (mut world, reporter) = county();
    let old = world.memory(VILLAGE);
    let lost: Vec<EntryId> = (0..5).map(|n| world.report(VILLAGE, &reporter, &format!("丢失 {n}"))).collect();
    world.settle();
    world.restore(VILLAGE, old);
    assert!(world.node(VILLAGE).replica.find(&lost[4], &world.node(VILLAGE).records).unwrap().is_none());
    // Before it hears of what it lost, its officers go on.
    let new = world.report(VILLAGE, &reporter, "恢复之后");
    world.connect(VILLAGE, TOWN);
    world.settle();
    for id in lost.iter().chain([&new]) {
        for node in [VILLAGE, TOWN, COUNTY] {
            assert!(world.node(node).replica.find(id, &world.node(node).records).unwrap().is_some(), "{node}");
        }
        assert!(world.node(VILLAGE).is_held_above(id) || lost.contains(id));
    }
    for node in [VILLAGE, TOWN, COUNTY] {
        let events = &world.node(node).events;
        assert!(!events.iter().any(|event| matches!(event, Event::Forked { .. })), "{node}");
        assert_eq!(events.iter().filter(|event| matches!(event, Event::Branched { .. })).count(), 1, "{node}");
    }
    // From here on it is one branch that grows.
    world.report(VILLAGE, &reporter, "再写");
    world.settle();
    reconnect(&mut world, VILLAGE, TOWN);
    all_agree(&world);
    all_is_held_above(&world);
    costs_one_round_trip(&mut world, VILLAGE, TOWN, "after the branch");
}

#[test]
fn what_is_written_while_linked_is_pushed_to_every_level() {
    let (mut world, reporter) = county();
    let analyst = world.add_officer(COUNTY, &[Role::ANALYST]);
    world.settle();
    let up = world.report(VILLAGE, &reporter, "往上");
    let risk = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::LIBRARY), Kind::RISK);
    let down = world.write(COUNTY, &analyst, risk, Content::Edit(vec![])).unwrap();
    world.settle();
    for node in [COUNTY, TOWN, VILLAGE] {
        for id in [up, down] {
            assert!(world.node(node).replica.find(&id, &world.node(node).records).unwrap().is_some(), "{node}");
        }
    }
    assert!(world.node("370126.105.202").replica.find(&up, &world.node("370126.105.202").records).unwrap().is_none());
    assert!(world.node(VILLAGE).is_held_above(&up) && world.node(TOWN).is_held_above(&up));
    all_agree(&world);
}

#[test]
fn what_is_written_while_comparing_is_given_too() {
    // Cut at every place of the comparing, in turn, and written on both sides there.
    for frames in 0..20 {
        let (mut world, reporter) = county();
        let analyst = world.add_officer(COUNTY, &[Role::ANALYST]);
        world.settle();
        world.cut_all(VILLAGE);
        world.report(VILLAGE, &reporter, "之前");
        world.connect(VILLAGE, COUNTY);
        for _ in 0..frames {
            world.deliver_one();
        }
        let up = world.report(VILLAGE, &reporter, "当中");
        let risk = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::LIBRARY), Kind::RISK);
        let down = world.write(COUNTY, &analyst, risk, Content::Edit(vec![])).unwrap();
        world.settle();
        let held = |node: &str, id| world.node(node).replica.find(id, &world.node(node).records).unwrap().is_some();
        assert!(held(COUNTY, &up) && held(VILLAGE, &down), "{frames} frames");
        assert!(world.node(VILLAGE).is_held_above(&up), "{frames} frames");
        all_agree(&world);
    }
}

#[test]
fn two_nodes_of_one_unit_hold_the_same_and_confirm_nothing_to_each_other() {
    let (mut world, reporter) = county();
    world.cut_all(TOWN);
    world.add_twin(TOWN, "twin");
    world.connect("twin", COUNTY);
    world.settle();
    world.cut_all("twin");
    world.cut_all(VILLAGE);
    world.connect(VILLAGE, TOWN);
    let report = world.report(VILLAGE, &reporter, "两台机器");
    world.settle();
    world.connect("twin", TOWN);
    world.settle();
    assert_eq!(world.digest("twin", TOWN), world.digest(TOWN, TOWN));
    // Held beside is not held above.
    assert!(!world.node(TOWN).is_held_above(&report));
    assert!(!world.node("twin").is_held_above(&report));
    world.connect("twin", COUNTY);
    world.settle();
    assert!(world.node("twin").is_held_above(&report));
    let traffic = reconnect(&mut world, "twin", TOWN);
    assert_eq!((traffic.frames_up, traffic.frames_down), (1, 1), "{traffic:?}");
}

#[test]
fn a_second_connection_of_one_peer_does_no_harm() {
    let (mut world, reporter) = county();
    world.cut_all(VILLAGE);
    world.report(VILLAGE, &reporter, "换了网络");
    // The old connection hangs: what was under way on it is never delivered.
    let old = world.bad_node(TOWN, VILLAGE);
    world.connect(VILLAGE, TOWN);
    world.settle();
    for n in 0..20 {
        world.report(VILLAGE, &reporter, &format!("新的 {n}"));
    }
    world.settle();
    assert_eq!(world.fault(old), None);
    all_agree(&world);
    all_is_held_above(&world);
}

#[test]
fn a_peer_that_never_acknowledges_is_given_no_more_than_may_be_in_flight() {
    for body_bytes in [200, 5_000, 50_000, 65_000] {
        let (mut world, reporter) = county();
        world.cut_all(VILLAGE);
        let facts = reports(&mut world, &reporter, 2 * IN_FLIGHT_BYTES_MAX / body_bytes, body_bytes);
        world.replay(TOWN, &facts);
        // The village's node, gone bad, asks for all of it.
        let peer = world.bad_node(TOWN, VILLAGE);
        let scope = scope(VILLAGE, Reach::UP, Shelf::CASE);
        world.say(peer, &Frame::Tips(ScopeTips { scope: scope.clone(), feeds: vec![], last: true }));
        let tips = world.heard(peer).into_iter().find_map(|frame| match frame {
            Frame::Tips(tips) => tips.feeds.first().map(|feed| feed.tips.clone()),
            _ => None,
        });
        let want = Want { scope, author: reporter.certificate, tips: tips.unwrap(), have: vec![] };
        world.say(peer, &Frame::Wanted(vec![want]));
        world.say(peer, &Frame::Ready(Totals::default()));
        let given = |frames: Vec<Frame>| -> Vec<usize> {
            let bytes = frames.into_iter().filter_map(|frame| match frame {
                Frame::Give(_) => Some(frame.to_bytes().len()),
                _ => None,
            });
            bytes.collect()
        };
        let first = given(world.heard(peer));
        let bytes: usize = first.iter().sum();
        assert!(bytes <= IN_FLIGHT_BYTES_MAX + 100 * first.len(), "{bytes} bytes of {body_bytes}");
        assert!(bytes > IN_FLIGHT_BYTES_MAX / 2);
        // Written meanwhile: still nothing. One acknowledged frame makes room for about one.
        let document = world.new_document(self::scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
        world.write(TOWN, &reporter, document, edit()).unwrap();
        assert_eq!(world.heard(peer), []);
        world.say(peer, &Frame::Ack(Ack { frames: 1, receipt: None, proof: vec![] }));
        let more: usize = given(world.heard(peer)).iter().sum();
        assert!(bytes + more - first[0] <= IN_FLIGHT_BYTES_MAX + 100 * (first.len() + 3), "{more} bytes more");
    }
}

#[test]
fn a_peer_that_reads_too_slowly_is_let_go_and_reconciling_repairs_it() {
    let (mut world, reporter) = county();
    world.cut_all(VILLAGE);
    let peer = world.bad_node(TOWN, VILLAGE);
    let facts = reports(&mut world, &reporter, LIVE_QUEUE_MAX + 10, 0);
    for fact in &facts {
        let Fact::Entry { entry, body, .. } = fact else { continue };
        let entry = fangwei_protocol::record::entry::Claim::parse(entry).unwrap().reopen(&world.genesis.hash());
        world.submit(TOWN, entry, body.clone().unwrap());
        if world.fault(peer).is_some() {
            break;
        }
    }
    assert_eq!(world.fault(peer), Some(PeerFault::TooSlow));
    assert!(world.is_closed(peer));
    assert!(world.node(TOWN).entries() > LIVE_QUEUE_MAX as u64);
    world.connect(VILLAGE, TOWN);
    world.settle();
    assert_eq!(world.digest(VILLAGE, VILLAGE), world.digest(TOWN, VILLAGE));
}

#[test]
fn an_officer_who_writes_in_five_thousand_places_stops_nobody() {
    // Each department is a child of the township, and each unknown shelf a scope: more than one frame can hold.
    let (mut world, _) = county();
    world.cut_all(TOWN);
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    let mut write = |scope: Scope| {
        let document = world.new_document(scope, Kind::RISK);
        let (entry, body) = world.by_hand_of(COUNTY, analyst.certificate, &document, vec![0]).sign(&world, &analyst);
        world.submit(COUNTY, entry, body);
    };
    for n in 0..5_000 {
        write(scope(&format!("{TOWN}.d{n}"), Reach::DOWN, Shelf::LIBRARY));
    }
    for n in 0..5_000_u32 {
        let code = |n: u32| u8::try_from(n % 256).unwrap();
        write(scope(TOWN, Reach(code(n / 250).max(4)), Shelf(code(n % 250))));
    }
    world.connect(TOWN, COUNTY);
    world.settle();
    let town = world.node(TOWN);
    assert!(!town.events.iter().any(|event| matches!(event, Event::Refused { .. } | Event::Ended { .. })));
    assert_eq!(world.digest(TOWN, TOWN), world.digest(COUNTY, TOWN));
}

#[test]
fn an_unknown_shelf_travels_last_so_that_its_author_is_known_by_then() {
    let (mut world, _) = county();
    world.cut_all(TOWN);
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    let document = world.new_document(scope(TOWN, Reach::UP, Shelf(0)), Kind::RISK);
    for _ in 0..40 {
        let (entry, body) =
            world.by_hand_of(COUNTY, analyst.certificate, &document, vec![0; 60_000]).sign(&world, &analyst);
        world.submit(COUNTY, entry, body);
    }
    world.connect(TOWN, COUNTY);
    world.settle();
    assert!(!world.node(TOWN).events.iter().any(|event| matches!(event, Event::Refused { .. })));
    assert_eq!(world.digest(TOWN, TOWN), world.digest(COUNTY, TOWN));
}

#[test]
fn a_session_settles_though_somebody_never_stops_writing() {
    let (mut world, reporter) = county();
    world.cut_all(VILLAGE);
    let facts = reports(&mut world, &reporter, 500, 2_000);
    world.replay(VILLAGE, &facts);
    world.node_mut(VILLAGE).events.clear();
    world.connect(VILLAGE, TOWN);
    for n in 0..400 {
        world.report(VILLAGE, &reporter, &format!("不停地写 {n}"));
        for _ in 0..3 {
            world.deliver_one();
        }
    }
    let settled = |event: &Event| matches!(event, Event::Settled { .. });
    assert!(world.node(VILLAGE).events.iter().any(settled));
}

#[test]
fn what_a_branched_feed_confirmed_stays_short() {
    let (mut world, reporter) = county();
    let old = world.memory(VILLAGE);
    world.report(VILLAGE, &reporter, "丢失");
    world.settle();
    world.restore(VILLAGE, old);
    world.report(VILLAGE, &reporter, "恢复之后");
    world.connect(VILLAGE, TOWN);
    world.settle();
    for n in 0..200 {
        world.report(VILLAGE, &reporter, &format!("第 {n}"));
        world.settle();
    }
    let receipts = world.node(VILLAGE).records.index().iter().filter(|(key, _)| key[0] == b'r');
    let longest = receipts.map(|(_, value)| value.len()).max();
    // Three tips at most, each with its checkpoint and its path.
    assert!(longest.is_some_and(|bytes| bytes < 2_400), "{longest:?}");
    all_is_held_above(&world);
}
