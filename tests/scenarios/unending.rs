//! A peer that never has enough: digests that never fit, the same questions again and again, hostile words well signed.
//! What it can make an honest node do is bounded by what it sends itself, and others go on.

use std::{fs, path::Path};

use fangwei_protocol::{
    limits::{AWAITED_MAX, FRAME_BYTES_MAX},
    record::{
        body::Step,
        document::{Document, Item, Room, Says},
        entry::{EntryId, Hash, Kind, Reach, Shelf},
        feed::HeaderFault,
        frontier::{ChildDigest, Extent, Outline},
        message::{Frame, ScopeTips, Stretch, Want},
        reconcile::SessionFault,
    },
    replica::{Event, PeerFault},
    trust::charter::Role,
    work::schema::Schema,
};
use tests::{filters::Way, pace::Clock, world::World};

use crate::scene::{COUNTY, Scene, TOWN, VILLAGE, scene, scope};

fn out_of_turn(what: &'static str) -> PeerFault {
    PeerFault::Session(SessionFault::OutOfTurn(what))
}

/// Bytes the peer was told since it last looked.
fn told(it: &mut Scene) -> usize {
    it.world.heard(it.peer).iter().map(|frame| frame.to_bytes().len()).sum()
}

#[test]
fn an_outline_is_told_once() {
    let stretch = |extent, unit: &str| Stretch { unit: unit.parse().unwrap(), extent };
    let all = vec![stretch(Extent::Down, COUNTY), stretch(Extent::Whole, TOWN), stretch(Extent::Whole, VILLAGE)];
    let mut it = scene();
    it.world.say(it.peer, &Frame::OutlinesWanted(all.clone()));
    assert!(it.world.fault(it.peer).is_none() && told(&mut it) > 0);
    assert_eq!(it.fault_of_frame(&Frame::OutlinesWanted(all)), out_of_turn("outlines wanted again"));
    // A thousand times in one frame: thirty kilobytes that would be answered with megabytes.
    let mut it = scene();
    let again = vec![stretch(Extent::Whole, TOWN); 1_024];
    assert_eq!(it.fault_of_frame(&Frame::OutlinesWanted(again)), out_of_turn("outlines wanted again"));
    // Nor once the comparing is over.
    let mut it = scene();
    it.world.say(it.peer, &Frame::Ready(Default::default()));
    let late = Frame::OutlinesWanted(vec![stretch(Extent::Whole, TOWN)]);
    assert_eq!(it.fault_of_frame(&late), out_of_turn("outlines wanted"));
}

#[test]
fn the_tips_of_a_scope_are_told_once() {
    let mut it = scene();
    let ask = Frame::Tips(ScopeTips { scope: scope(VILLAGE, Reach::UP, Shelf::CASE), feeds: vec![], last: true });
    it.world.say(it.peer, &ask);
    assert!(it.world.fault(it.peer).is_none() && told(&mut it) > 0);
    assert_eq!(it.fault_of_frame(&ask), out_of_turn("tips again"));
}

#[test]
fn a_feed_is_answered_for_once() {
    let mut it = scene();
    let (at, author) = (scope(VILLAGE, Reach::UP, Shelf::CASE), it.reporter.certificate);
    let tip = it.world.node(COUNTY).replica.frontier().feed(&at, &author).unwrap().last().unwrap().id;
    let want = Want { scope: at, author, tips: vec![tip], have: vec![] };
    it.world.say(it.peer, &Frame::Wanted(vec![want.clone()]));
    assert!(it.world.fault(it.peer).is_none());
    // Each answer may walk the whole feed; a frame has room for a thousand of them.
    assert_eq!(it.fault_of_frame(&Frame::Wanted(vec![want; 1_000])), out_of_turn("wanted again"));
}

#[test]
fn strangers_are_told_the_genesis_and_the_chain_once() {
    for frame in [Frame::ChainWanted, Frame::GenesisWanted] {
        let mut it = scene();
        it.world.say(it.peer, &frame);
        assert!(it.world.fault(it.peer).is_none() && it.world.heard(it.peer).len() == 1);
        assert_eq!(it.fault_of_frame(&frame), out_of_turn("asked again"));
    }
}

#[test]
fn what_is_asked_again_and_again_is_answered_in_proportion() {
    let mut it = scene();
    let before = it.world.memory(COUNTY);
    for _ in 0..100 {
        it.world.say(it.peer, &Frame::CheckpointWanted);
    }
    let heard = it.world.heard(it.peer);
    let bytes: usize = heard.iter().map(|frame| frame.to_bytes().len()).sum();
    println!("a checkpoint wanted 100 times: {} frames of {bytes} bytes", heard.len());
    assert!(heard.len() <= 100 && bytes <= 100 * FRAME_BYTES_MAX, "one frame for each question");
    assert!(it.world.memory(COUNTY) == before);
    assert!(it.world.fault(it.peer).is_none());
}

#[test]
fn digests_that_never_fit_end_the_session_and_the_village_goes_on_with_others() {
    let mut world = World::new(COUNTY);
    for unit in [TOWN, VILLAGE] {
        world.add_node(unit);
    }
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    world.connect(TOWN, COUNTY);
    world.connect(VILLAGE, TOWN);
    world.settle();
    world.cut_all(VILLAGE);
    // The town tells of a thousand departments below each unit it is asked about, and none of them agrees.
    // It answers a hundred times so; that is more than it is heard.
    let mut answers = 0;
    world.filter(TOWN, VILLAGE, Way::Out, move |_, frame| match frame {
        Frame::Outlined(stretch, _, true) if stretch.extent == Extent::Whole => {
            answers += 1;
            if answers > 100 {
                return vec![];
            }
            let child = |n: u32| ChildDigest { segment: format!("d{n:04}"), digest: Hash([7; 32]) };
            let children = (0..1_000).map(child).collect();
            vec![Frame::Outlined(stretch, Outline { scopes: vec![], children }, true)]
        }
        frame => vec![frame],
    });
    world.report(VILLAGE, &reporter, "仍要送到");
    let before = world.memory(VILLAGE);
    world.connect(VILLAGE, TOWN);
    let mut delivered = 0;
    while world.deliver_one() {
        delivered += 1;
        assert!(delivered < 4 * AWAITED_MAX, "it ends");
    }
    let fault = world.node(VILLAGE).events.iter().find_map(|event| match event {
        Event::Refused { fault, .. } => Some(fault.clone()),
        _ => None,
    });
    assert_eq!(fault, Some(PeerFault::Session(SessionFault::Flood("digests that differ"))), "{delivered} frames");
    assert!(world.memory(VILLAGE) == before);
    let at_county = world.node(COUNTY).entries();
    world.connect(VILLAGE, COUNTY);
    world.settle();
    assert!(world.node(COUNTY).entries() > at_county, "another way is open");
}

#[test]
fn a_hundred_thousand_entries_whose_predecessors_are_missing_are_not_kept() {
    let mut it = scene();
    let reporter = it.reporter.clone();
    let before = it.world.memory(COUNTY);
    let mut given = 0_u32;
    while given < 100_000 && it.world.fault(it.peer).is_none() {
        let missing = (0..100).map(|_| {
            given += 1;
            let mut draft = it.report();
            draft.header.seq = u64::from(given) + 1;
            draft.header.prev = Some(EntryId(Hash::of(&given.to_be_bytes())));
            draft.sign(&it.world, &reporter)
        });
        let missing: Vec<_> = missing.collect();
        it.world.give(it.peer, &missing);
    }
    assert!(it.world.memory(COUNTY) == before);
    assert_eq!(given, 100, "the first frame of them ended the session");
    assert!(matches!(it.ended(), PeerFault::Header(HeaderFault::PrevNotHeld { .. })));
}

#[test]
fn hostile_bodies_well_signed_are_kept_and_void_and_the_session_goes_on() {
    let mut it = scene();
    let reporter = it.reporter.clone();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile/corpus/body");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut bodies: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext == "bin")).collect();
    bodies.sort();
    assert!(bodies.len() > 40, "{}", bodies.len());
    let held = it.world.node(COUNTY).entries();
    for path in &bodies {
        let mut draft = it.report();
        draft.body = fs::read(path).unwrap();
        let entry = draft.sign(&it.world, &reporter);
        it.world.give(it.peer, std::slice::from_ref(&entry));
        assert_eq!(it.world.fault(it.peer), None, "{}", path.display());
        let county = it.world.node(COUNTY);
        let said = county.replica.find(&entry.0.id(), &county.records).unwrap().unwrap();
        let history = county.replica.history(&entry.0.header().document(), &county.records).unwrap();
        county.replica.document(&history, &county.records, None).unwrap();
        // What is well said by a reporter about a report is the reporter's to say.
        let may_hold = ["good-", "text-", "list-", "splice-", "as-many"];
        let name = path.file_name().unwrap().to_str().unwrap();
        let may_hold = may_hold.iter().any(|begin| name.starts_with(begin));
        // What a reporter's act says wrongly its fold refuses: the report is not filed by it.
        let rules = county.replica.rulebook(&county.records).unwrap();
        let file = county.replica.casefile_of(&entry.0.header().document(), history, &rules);
        let is_refused = county.replica.report(&file).refused.contains_key(&entry.0.id());
        assert!(said.body.is_err() || may_hold || is_refused, "{name}");
    }
    assert_eq!(it.world.node(COUNTY).entries(), held + bodies.len() as u64);
}

#[test]
fn a_text_replaced_as_a_whole_again_and_again_is_taken_as_long_as_there_is_room() {
    let schema = Schema::of(Kind::REPORT).unwrap();
    let id = |n: u8| EntryId(Hash([n; 32]));
    let text = |n: u8| char::from(b'a' + n % 26).to_string().repeat(20_000);
    let edits: Vec<Vec<Step>> = (0..40)
        .map(|n| {
            let delete = if n == 0 { 0 } else { 20_000 };
            vec![Step::Splice { field: "account".into(), at: 0, delete, insert: text(n) }]
        })
        .collect();
    let after: Vec<Vec<EntryId>> = (0..40).map(|n| if n == 0 { vec![] } else { vec![id(n)] }).collect();
    let items: Vec<Item<'_>> = (0..40_u8)
        .map(|n| Item {
            id: id(n + 1),
            author: id(0),
            after: &after[usize::from(n)],
            chain: after[usize::from(n)].first().copied(),
            run: id(1),
            says: Says::Edit(&edits[usize::from(n)]),
        })
        .collect();
    let began = Clock::start();
    let document = Document::execute(schema, Room::FULL, &items);
    println!("40 times 20,000 characters: {:?} of processor time", began.pace(40).processor);
    let reading = document.read();
    assert_eq!(reading.marks.len(), 38, "those there is no room for are left out, and only those");
    assert!(format!("{:?}", reading.fields["account"]).contains(&text(1)));
}
