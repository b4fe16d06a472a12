//! A peer that lies, floods or does not understand: its session ends with the fault, told and typed; what it gave
//! before that is kept, nothing else of the store changes, and nobody else notices.

use std::sync::Arc;

use fangwei_protocol::{
    limits::{CHUNK_PART_BYTES, FRAME_BYTES_MAX, PARKED_BYTES_MAX},
    record::{
        body::{BodyFault, Content},
        entry::{ClaimFault, DocId, DocKey, EntryId, Epoch, Hash, Header, Kind, Reach, Shelf},
        feed::HeaderFault,
        frontier::{Extent, Outline},
        log::{Edge, leaf, leaf_of},
        message::{
            Ack, Bye, ByeCode, ChunkPart, ChunksWant, FeedTips, Frame, FrameFault, Parcel, ReceiptsWant, ScopeTips,
            Shown, Stretch, Totals, Want,
        },
        reconcile::SessionFault,
    },
    records::LogIndex,
    replica::{ParcelFault, PeerFault},
    trust::{
        charter::Role,
        checkpoint::{Checkpoint, LogName},
        confirmed::checkpoint_of,
        key::KeyPair,
        receipt::{Item, Receipt, ReceiptFault},
    },
};
use tests::world::World;

use crate::scene::{COUNTY, Scene, TOWN, VILLAGE, scene, scope};

fn header_fault(change: impl FnOnce(&mut Scene, &mut Header)) -> HeaderFault {
    let mut scene = scene();
    let mut draft = scene.report();
    change(&mut scene, &mut draft.header);
    let reporter = scene.reporter.clone();
    let bad = draft.sign(&scene.world, &reporter);
    match scene.fault_of(&[bad]) {
        PeerFault::Header(fault) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_bad_header_ends_the_session_with_its_fault() {
    let nobody = EntryId(Hash([7; 32]));
    assert_eq!(
        header_fault(|_, header| (header.prev, header.seq) = (Some(nobody), 5)),
        HeaderFault::PrevNotHeld { prev: nobody }
    );
    let mut elsewhere = nobody;
    let fault = header_fault(|scene, header| {
        let county = scene.world.node(COUNTY);
        elsewhere = county.replica.entry(LogIndex(0), &county.records).unwrap().id();
        (header.prev, header.seq) = (Some(elsewhere), 1);
    });
    assert_eq!(fault, HeaderFault::PrevElsewhere { prev: elsewhere });
    assert_eq!(header_fault(|_, header| header.seq += 1), HeaderFault::Sequence { expected: 1, found: 2 });
    let end = u64::MAX;
    assert_eq!(header_fault(|_, header| header.seq = end), HeaderFault::Sequence { expected: 1, found: end });
    let after = Some(vec![nobody]);
    assert_eq!(header_fault(|_, header| header.after = after), HeaderFault::AfterNotHeld { after: nobody });
    let fault = header_fault(|_, header| header.after = Some(vec![elsewhere]));
    assert_eq!(fault, HeaderFault::AfterElsewhere { after: elsewhere });
    // Absent, `after` is prev, which is in another document.
    let fault = header_fault(|_, header| header.after = None);
    assert!(matches!(fault, HeaderFault::AfterElsewhere { .. }), "{fault:?}");
    assert_eq!(header_fault(|_, header| header.scope.reach = Reach::DOWN), HeaderFault::HomeOnly);
    let fault = header_fault(|_, header| header.scope.reach = Reach(9));
    assert_eq!(fault, HeaderFault::HomeOnly);
}

#[test]
fn a_scope_that_is_not_the_peers_or_not_the_authors_is_refused() {
    let sibling = |reach| {
        let mut scene = scene();
        let document = scene.world.new_document(scope("370126.106", reach, Shelf::LIBRARY), Kind::RISK);
        let secretary = scene.world.secretary();
        let bad = scene.world.by_hand(COUNTY, &secretary, &document, Content::Edit(vec![]));
        let bad = bad.sign(&scene.world, &secretary);
        scene.fault_of(&[bad])
    };
    let not_shared = |home: &str| PeerFault::Header(HeaderFault::NotShared { home: home.into() });
    assert_eq!(sibling(Reach::DOWN), not_shared("370126.106"));
    assert_eq!(sibling(Reach::UP), not_shared("370126.106"));
    // What is local never travels, and what reaches up is not the lower side's to give for the upper unit.
    for (home, reach) in [(TOWN, Reach::LOCAL), (COUNTY, Reach::UP), (COUNTY, Reach(9))] {
        let mut scene = scene();
        let document = scene.world.new_document(scope(home, reach, Shelf::LIBRARY), Kind::RISK);
        let secretary = scene.world.secretary();
        let bad = scene.world.by_hand(COUNTY, &secretary, &document, Content::Edit(vec![]));
        let bad = bad.sign(&scene.world, &secretary);
        assert_eq!(scene.fault_of(&[bad]), not_shared(home));
    }
    // A township's analyst writes upwards: at the county, in what reaches down to everybody.
    let mut scene = scene();
    let document = scene.world.new_document(scope(COUNTY, Reach::DOWN, Shelf::LIBRARY), Kind::RISK);
    let analyst = scene.analyst.clone();
    let bad = scene.world.by_hand(COUNTY, &analyst, &document, Content::Edit(vec![])).sign(&scene.world, &analyst);
    let fault = HeaderFault::AuthorUnit { unit: TOWN.into(), home: COUNTY.into() };
    assert_eq!(scene.fault_of(&[bad]), PeerFault::Header(fault));
}

#[test]
fn a_forged_signature_or_another_body_is_refused() {
    let mut it = scene();
    let analyst = it.analyst.clone();
    let forged = it.report().sign(&it.world, &analyst);
    let author = it.reporter.certificate;
    assert_eq!(it.fault_of(&[forged]), PeerFault::Parcel(ParcelFault::Claim(ClaimFault::NotSigned { author })));

    let mut it = scene();
    let (entry, _) = it.good();
    let fault = it.fault_of(&[(entry, Arc::from(*b"another"))]);
    assert_eq!(fault, PeerFault::Parcel(ParcelFault::Body(BodyFault::Another)));

    let mut it = scene();
    let (entry, _) = it.good();
    let author = it.reporter.certificate;
    let fault = it.fault_of_frame(&Frame::Give(vec![Parcel::new(entry.bytes(), None)]));
    assert_eq!(fault, PeerFault::Parcel(ParcelFault::NoBody { author }));

    let mut it = scene();
    let (entry, body) = it.good();
    let mut bytes = entry.bytes().to_vec();
    bytes.insert(0, 0xd2);
    let fault = it.fault_of_frame(&Frame::Give(vec![Parcel::new(&bytes, Some(&body))]));
    assert!(matches!(fault, PeerFault::Parcel(ParcelFault::Claim(ClaimFault::NotCanonical(_)))), "{fault:?}");
}

#[test]
fn a_frame_that_is_none_ends_the_session() {
    let too_many = |fault: &PeerFault| matches!(fault, PeerFault::Frame(FrameFault::TooMany { .. }));
    let not_one = |fault: &PeerFault| matches!(fault, PeerFault::Frame(FrameFault::NotCanonical(_)));
    let good = Frame::Ready(Totals { entries: 1 }).to_bytes();
    let long = [vec![0x82, 0x18, 9], good[2..].to_vec()].concat();
    let huge = vec![0x82, 10, 0x81, 0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0];
    let large = vec![0x82, 10, 0x81, 0x9a, 0xff, 0xff, 0xff, 0xff];
    let deep = [vec![0x82, 10], vec![0x81; 100_000]].concat();
    let trailing = [good.clone(), vec![0]].concat();
    let unknown = vec![0x82, 0x18, 99, 0x80];
    for bytes in [vec![], good[..good.len() - 1].to_vec(), long, huge, large, deep, trailing, unknown] {
        let fault = scene().fault_of_bytes(bytes.clone());
        assert!(not_one(&fault), "{:x?}: {fault:?}", &bytes[..bytes.len().min(20)]);
    }
    let bytes = FRAME_BYTES_MAX + 1;
    assert_eq!(scene().fault_of_bytes(vec![0; bytes]), PeerFault::Frame(FrameFault::TooLarge { bytes }));
    let id = EntryId(Hash([7; 32]));
    let stretch = Stretch { unit: TOWN.parse().unwrap(), extent: Extent::Whole };
    let scope = scope(TOWN, Reach::UP, Shelf::CASE);
    let want = |have| Want { scope: scope.clone(), author: id, tips: vec![id], have: vec![id; have] };
    let feeds = vec![FeedTips { author: id, tips: vec![] }; 2_049];
    for frame in [
        Frame::Give(vec![Parcel::new(&[0; 3], None); 513]),
        Frame::Give(vec![Parcel::new(&[0; 2_049], None)]),
        Frame::Give(vec![Parcel::new(&[0; 3], Some(&Arc::from(vec![0; 65_537])))]),
        Frame::OutlinesWanted(vec![stretch; 1_025]),
        Frame::Tips(ScopeTips { scope: scope.clone(), feeds, last: true }),
        Frame::Wanted(vec![want(65)]),
        Frame::Wanted(vec![want(0); 1_025]),
        Frame::ReceiptsWanted(vec![ReceiptsWant {
            unit: TOWN.parse().unwrap(),
            ids: vec![id; 2_048],
            witnessed: false,
        }]),
        Frame::Receipts(vec![vec![0].into(); 17]),
        Frame::Checkpoint(Shown { note: vec![].into(), since: 0, proof: vec![id.0; 66] }),
        Frame::AgainWanted(vec![id; 65]),
        Frame::ChunksWanted(vec![ChunksWant { entry: id, chunks: vec![id.0; 65] }]),
        Frame::ChunksWanted(vec![ChunksWant { entry: id, chunks: Vec::new() }; 65]),
        Frame::Chunk(ChunkPart { bytes: vec![0; CHUNK_PART_BYTES + 1].into(), rest: 0 }),
        Frame::Bye(Bye { code: ByeCode::STOPPING, detail: "啊".repeat(201) }),
    ] {
        let fault = scene().fault_of_frame(&frame);
        assert!(too_many(&fault), "{fault:?}");
    }
}

#[test]
fn a_frame_out_of_its_turn_ends_the_session() {
    let stretch = Stretch { unit: TOWN.parse().unwrap(), extent: Extent::Whole };
    let hello = scene().world.hello_of(TOWN);
    for frame in [
        Frame::Hello(hello),
        Frame::Chain(vec![]),
        Frame::Genesis(vec![].into()),
        Frame::Outlined(stretch, Outline::default(), true),
        Frame::Give(vec![]),
        Frame::Chunk(ChunkPart { bytes: vec![].into(), rest: 0 }),
        Frame::Chunk(ChunkPart { bytes: vec![1].into(), rest: 0 }),
    ] {
        let fault = scene().fault_of_frame(&frame);
        assert!(matches!(fault, PeerFault::Session(SessionFault::OutOfTurn(_))), "{frame:?}: {fault:?}");
    }
    // Once everything is asked for, nothing more is.
    let scope = scope(TOWN, Reach::UP, Shelf::CASE);
    for frame in [
        Frame::Ready(Totals::default()),
        Frame::Wanted(vec![]),
        Frame::Tips(ScopeTips { scope, feeds: vec![], last: true }),
    ] {
        let mut scene = scene();
        scene.world.say(scene.peer, &Frame::Ready(Totals::default()));
        let fault = scene.fault_of_frame(&frame);
        assert!(matches!(fault, PeerFault::Session(SessionFault::OutOfTurn(_))), "{frame:?}: {fault:?}");
    }
    // Before the hello.
    let mut scene = scene();
    let key = scene.world.node(TOWN).key();
    scene.peer = scene.world.stranger(COUNTY, key);
    let fault = scene.fault_of_frame(&Frame::Ready(Totals::default()));
    assert_eq!(fault, PeerFault::Session(SessionFault::OutOfTurn("frame before hello")));
}

#[test]
fn nobody_asks_or_tells_about_a_unit_the_link_does_not_share() {
    let other = |extent| Stretch { unit: "370126.106".parse().unwrap(), extent };
    let id = EntryId(Hash([7; 32]));
    let scope = |home, reach| scope(home, reach, Shelf::CASE);
    let want = |scope| Frame::Wanted(vec![Want { scope, author: id, tips: vec![id], have: vec![] }]);
    let tips = |scope| Frame::Tips(ScopeTips { scope, feeds: vec![], last: true });
    let county = Stretch { unit: COUNTY.parse().unwrap(), extent: Extent::Whole };
    for frame in [
        Frame::OutlinesWanted(vec![other(Extent::Whole)]),
        Frame::OutlinesWanted(vec![other(Extent::Down)]),
        Frame::OutlinesWanted(vec![county]),
        want(scope("370126.106", Reach::UP)),
        want(scope(COUNTY, Reach::UP)),
        want(scope(TOWN, Reach::LOCAL)),
        tips(scope("370126.106", Reach::DOWN)),
        tips(scope(COUNTY, Reach::UP)),
    ] {
        let fault = scene().fault_of_frame(&frame);
        assert!(matches!(fault, PeerFault::Session(SessionFault::NotShared(_))), "{frame:?}: {fault:?}");
    }
}

#[test]
fn acknowledging_what_was_never_given_ends_the_session() {
    let fault = scene().fault_of_frame(&Frame::Ack(Ack { frames: 1, receipt: None, proof: vec![] }));
    assert_eq!(fault, PeerFault::Session(SessionFault::Ack { found: 1, given: 0 }));
    let fault = scene().fault_of_frame(&Frame::Ack(Ack { frames: u64::MAX, receipt: None, proof: vec![] }));
    assert!(matches!(fault, PeerFault::Session(SessionFault::Ack { .. })));
}

#[test]
fn a_forged_receipt_is_not_believed() {
    // The county gone bad, towards the village.
    let mut world = World::new(COUNTY);
    world.add_node(VILLAGE);
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    world.connect(VILLAGE, COUNTY);
    world.settle();
    world.cut(VILLAGE, COUNTY);
    let report = world.report(VILLAGE, &reporter, "无人收到");
    let county = world.node(COUNTY).replica.me().certificate;
    let village = world.node(VILLAGE).replica.me().certificate;
    let said = |world: &World, node: &str, by: &str, change: &dyn Fn(&mut Receipt)| {
        let mut receipt = receipt_by(node_of(world, node), world.node(by).key_pair(), report);
        change(&mut receipt);
        receipt.to_bytes()
    };
    let node = |world: &World, node: &str| said(world, node, node, &|_| {});
    assert_ne!(county, village);
    let stale = node(&world, COUNTY);
    let peer = world.bad_node(VILLAGE, COUNTY);
    world.say(peer, &ack(&stale));
    assert_eq!(world.fault(peer), Some(PeerFault::Receipt(ReceiptFault::NotConsistent)));
    let forged = [
        said(&world, COUNTY, VILLAGE, &|_| {}),
        said(&world, VILLAGE, COUNTY, &|_| {}),
        node(&world, VILLAGE),
        said(&world, COUNTY, COUNTY, &|receipt| receipt.items[0].index = 1),
        said(&world, COUNTY, COUNTY, &|receipt| receipt.items[0].tip.0.0[0] ^= 1),
        said(&world, COUNTY, COUNTY, &|receipt| receipt.items.push(receipt.items[0])),
        said(&world, COUNTY, COUNTY, &|receipt| receipt.items.clear()),
        said(&world, COUNTY, COUNTY, &|receipt| receipt.hashes.push(Hash([0; 32]))),
        said(&world, COUNTY, COUNTY, &|receipt| receipt.hashes[0].0[5] ^= 1),
        said(&world, COUNTY, COUNTY, &|receipt| receipt.note.push(b'\n')),
        vec![0x80],
    ];
    for (n, bytes) in forged.into_iter().enumerate() {
        for frame in [ack(&bytes), Frame::Receipts(vec![bytes.clone().into()])] {
            let peer = world.bad_node(VILLAGE, COUNTY);
            let before = world.memory(VILLAGE);
            world.say(peer, &frame);
            let fault = world.fault(peer);
            assert!(matches!(fault, Some(PeerFault::Receipt(_))), "{n}: {fault:?}");
            assert!(world.memory(VILLAGE) == before);
            assert!(!world.node(VILLAGE).is_held_above(&report));
        }
    }
    // A good one, told twice, is kept once.
    // Under a log that goes on after what is held of the county's: a smaller one of the same name would need no proof.
    let held = checkpoint_of(&county, &world.node(VILLAGE).records).unwrap().map(|held| held.claimed().log_head());
    let good = said(&world, COUNTY, COUNTY, &|receipt| {
        let mut checkpoint = *receipt.note().unwrap().claimed();
        (checkpoint.log.epoch, checkpoint.after) = (1, held);
        receipt.note = checkpoint.sign(world.node(COUNTY).key_pair()).to_bytes().into();
    });
    let peer = world.bad_node(VILLAGE, COUNTY);
    world.say(peer, &ack(&good));
    assert!(world.node(VILLAGE).is_held_above(&report));
    let before = world.memory(VILLAGE);
    world.say(peer, &ack(&good));
    assert!(world.memory(VILLAGE) == before);
}

fn ack(receipt: &[u8]) -> Frame {
    Frame::Ack(Ack { frames: 0, receipt: Some(receipt.to_vec().into()), proof: vec![] })
}

fn node_of(world: &World, unit: &str) -> EntryId {
    world.node(unit).replica.me().certificate
}

/// A receipt for one entry, as the node of a certificate could sign it: in a log of two.
fn receipt_by(node: EntryId, key: &KeyPair, tip: EntryId) -> Receipt {
    let mut edge = Edge::default();
    let beside = leaf_of(b"beside");
    edge.push(leaf(&tip), |_, _| {});
    edge.push(beside, |_, _| {});
    let checkpoint = Checkpoint { log: LogName { node, epoch: 0 }, head: edge.head(), time_s: 0, after: None };
    let note = checkpoint.sign(key).to_bytes().into();
    Receipt { note, items: vec![Item { tip, index: 0 }], hashes: vec![beside] }
}

#[test]
fn a_receipt_from_below_confirms_nothing() {
    let mut scene = scene();
    let county = scene.world.node(COUNTY);
    let tip = county.replica.entry(LogIndex(0), &county.records).unwrap().id();
    let town = scene.world.node(TOWN);
    let receipt = receipt_by(node_of(&scene.world, TOWN), town.key_pair(), tip);
    let before = scene.world.memory(COUNTY);
    scene.world.say(scene.peer, &ack(&receipt.to_bytes()));
    assert!(scene.world.memory(COUNTY) == before);
    assert!(!scene.world.node(COUNTY).is_held_above(&tip));
    // Nor is one given for what the two do not share.
    let secretary = scene.world.secretary();
    let document = scene.world.new_document(scope(COUNTY, Reach::UP, Shelf::LIBRARY), Kind::RISK);
    let inner = scene.world.write(COUNTY, &secretary, document, Content::Edit(vec![])).unwrap();
    scene.world.heard(scene.peer);
    scene.world.say(
        scene.peer,
        &Frame::ReceiptsWanted(vec![ReceiptsWant {
            unit: COUNTY.parse().unwrap(),
            ids: vec![inner],
            witnessed: false,
        }]),
    );
    assert_eq!(scene.world.heard(scene.peer).len(), 0);
}

#[test]
fn entries_of_an_unknown_author_are_parked_up_to_a_bound() {
    let mut scene = scene();
    let nobody = EntryId(Hash([66; 32]));
    let before = scene.world.memory(COUNTY);
    let body: Arc<[u8]> = vec![0; 60_000].into();
    let mut given = 0;
    let document = DocKey { scope: scope(TOWN, Reach::UP, Shelf::CASE), kind: Kind::REPORT, doc: DocId([1; 16]) };
    while scene.world.fault(scene.peer).is_none() {
        assert!(given <= PARKED_BYTES_MAX + FRAME_BYTES_MAX, "{given} bytes are parked");
        let mut draft = scene.world.by_hand_of(COUNTY, nobody, &document, body.to_vec());
        draft.header.epoch = Epoch([given as u8; 8]);
        let reporter = scene.reporter.clone();
        let entry = draft.sign(&scene.world, &reporter);
        given += 60_000;
        scene.world.give(scene.peer, &[entry.clone(), entry]);
    }
    assert!(given > PARKED_BYTES_MAX / 2);
    assert_eq!(scene.ended(), PeerFault::Header(HeaderFault::Certificate { author: nobody }));
    let county = scene.world.memory(COUNTY);
    assert_eq!(county.len(), before.len() + 1, "only what this test wrote itself at the end");
}

#[test]
fn endless_tips_and_outlines_are_a_flood() {
    let mut it = scene();
    let scope = scope(TOWN, Reach::UP, Shelf::CASE);
    for n in 0..1_000_u32 {
        if it.world.fault(it.peer).is_some() {
            break;
        }
        let ids = (0..2_000_u32).map(|m| EntryId(Hash::of(&(n * 2_000 + m).to_be_bytes()))).collect();
        let feeds = vec![FeedTips { author: EntryId(Hash([1; 32])), tips: ids }];
        it.world.say(it.peer, &Frame::Tips(ScopeTips { scope: scope.clone(), feeds, last: false }));
    }
    assert_eq!(it.ended(), PeerFault::Session(SessionFault::Flood("tips and digests")));
}
