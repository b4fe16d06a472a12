//! What comes with a report follows it, chunk by chunk: to those who hold the report and to nobody else, whenever somebody
//! who has it can be reached.

use fangwei_protocol::{
    limits::CHUNK_BYTES,
    record::{
        body::{Act, Content},
        entry::{DocKey, EntryId, Hash, Kind},
        message::{ChunkPart, ChunksWant, Frame, Hello},
        reconcile::SessionFault,
    },
    replica::{Input, PeerFault},
    trust::charter::Role,
};
use tests::{
    attachments::{chunks, lacking, named},
    claims::{all_agree, replay_gives_the_same},
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE};

const NEIGHBOUR: &str = "370126.105.202";

/// More than one chunk, and more than one frame.
fn photograph() -> Vec<u8> {
    (0..2 * CHUNK_BYTES + 777).map(|at| (at % 251) as u8).collect()
}

/// Some minutes pass: who has nothing yet is asked again.
fn wait(world: &mut World) {
    for _ in 0..8 {
        world.now += 60;
        for unit in world.units() {
            world.step(&unit, Input::Tick);
        }
        world.settle();
    }
}

fn county() -> (World, Officer, Officer) {
    let mut world = World::new(COUNTY);
    for (unit, above) in [(TOWN, COUNTY), (VILLAGE, TOWN), (NEIGHBOUR, TOWN)] {
        world.add_node(unit);
        world.connect(unit, above);
        world.settle();
    }
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    let lead = world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    world.settle();
    (world, reporter, lead)
}

fn has(world: &World, content: &[u8]) -> Vec<bool> {
    [VILLAGE, TOWN, COUNTY, NEIGHBOUR].map(|unit| world.has_content(unit, content)).to_vec()
}

fn lacks(world: &World, unit: &str) -> usize {
    let node = world.node(unit);
    lacking(&node.replica, &node.records).len()
}

#[test]
fn content_follows_its_report_up_the_tree_and_to_nobody_else() {
    let (mut world, reporter, _) = county();
    let photograph = photograph();
    world.file(VILLAGE, &reporter, &photograph);
    world.settle();
    wait(&mut world);
    assert_eq!(has(&world, &photograph), [true, true, true, false]);
    // Written while cut off it follows when the link is back, and a node that is opened again goes on.
    world.cut(VILLAGE, TOWN);
    let other = [photograph.as_slice(), b"other"].concat();
    world.file(VILLAGE, &reporter, &other);
    world.restart(VILLAGE);
    world.find_lacking(VILLAGE);
    world.connect(VILLAGE, TOWN);
    world.settle();
    world.connect(TOWN, COUNTY);
    world.settle();
    wait(&mut world);
    for unit in [VILLAGE, TOWN, COUNTY, NEIGHBOUR] {
        assert_eq!(lacks(&world, unit), 0, "{unit}");
        replay_gives_the_same(&world, unit, 3);
    }
    assert_eq!(has(&world, &other), [true, true, true, false]);
    all_agree(&world);
}

#[test]
fn who_has_only_the_report_is_told_later_and_a_broken_link_costs_one_chunk() {
    let (mut world, reporter, _) = county();
    let photograph = photograph();
    let all = chunks(&photograph);
    // The county takes the report, and its link to the township breaks before what comes with it does.
    world.file(VILLAGE, &reporter, &photograph);
    world.cut(VILLAGE, TOWN);
    let kept: Vec<Hash> = all.iter().map(|(chunk, _)| *chunk).collect();
    // The township forgets the content of all but one chunk, as a disk may.
    let mut records = world.memory(TOWN);
    assert!(kept.len() == 3);
    records.forget(&kept[1]);
    records.forget(&kept[2]);
    world.restore(TOWN, records);
    world.find_lacking(TOWN);
    world.connect(TOWN, COUNTY);
    world.settle();
    let before = lacks(&world, COUNTY);
    // Nobody who can be reached has the rest: it is asked for again once in a while, and nothing is wrong.
    wait(&mut world);
    assert_eq!(lacks(&world, COUNTY), before);
    world.connect(VILLAGE, TOWN);
    world.settle();
    (0..9).for_each(|_| wait(&mut world));
    assert_eq!((lacks(&world, TOWN), lacks(&world, COUNTY)), (0, 0));
    assert_eq!(has(&world, &photograph), [true, true, true, false]);
}

/// What the bad township is given for this question, put together.
fn given(world: &mut World, peer: fangwei_protocol::replica::PeerId, wants: Vec<ChunksWant>) -> Vec<u8> {
    world.say(peer, &Frame::ChunksWanted(wants));
    let mut all = Vec::new();
    for frame in world.heard(peer) {
        let Frame::Chunk(part) = frame else { continue };
        all.extend_from_slice(&part.bytes);
        assert_eq!(part.bytes.is_empty(), all.is_empty(), "an empty part stands alone");
    }
    all
}

#[test]
fn a_chunk_is_given_only_for_a_report_the_peer_may_have_and_that_names_it() {
    let (mut world, reporter, lead) = county();
    let photograph = photograph();
    let (report, entry) = world.file(VILLAGE, &reporter, &photograph);
    let title = world.report(VILLAGE, &reporter, "没有照片");
    world.settle();
    wait(&mut world);
    let all = chunks(&photograph);
    let first = all[0].0;
    world.cut(TOWN, COUNTY);
    world.cut(NEIGHBOUR, TOWN);
    let above = world.bad_node(TOWN, COUNTY);
    let below = world.bad_node(TOWN, NEIGHBOUR);
    let want = |entry: EntryId, chunks: &[Hash]| vec![ChunksWant { entry, chunks: chunks.to_vec() }];
    assert_eq!(given(&mut world, above, want(entry, &[first])), *all[0].1);
    // The first that is here, whatever is asked for before it.
    assert_eq!(given(&mut world, above, want(entry, &[Hash([7; 32]), all[2].0, first])), *all[2].1);
    for nothing in [
        want(title, &[first]),
        want(entry, &[Hash([7; 32])]),
        want(EntryId(Hash([9; 32])), &[first]),
        want(entry, &[]),
        vec![],
    ] {
        assert_eq!(given(&mut world, above, nothing.clone()), Vec::<u8>::new(), "{nothing:?}");
    }
    // The neighbour may not have the report, and so nothing that comes with it.
    assert_eq!(given(&mut world, below, want(entry, &[first])), Vec::<u8>::new());
    // Nor does anybody get what was taken out.
    redact(&mut world, &lead, &report, entry);
    assert_eq!(given(&mut world, above, want(entry, &[first])), Vec::<u8>::new());
    assert_eq!((world.fault(above), world.fault(below)), (None, None));
}

/// The township's lead and the county's secretary take the report's words out, at the township.
fn redact(world: &mut World, lead: &Officer, report: &DocKey, entry: EntryId) {
    let remains = {
        let node = world.node(TOWN);
        let said = node.replica.find(&entry, &node.records).unwrap().unwrap();
        said.content().unwrap()
    };
    let redaction = world.new_document(report.scope.clone(), Kind::REDACTION);
    let act = Act::Redact { subject: entry, basis: "第四十七条".into(), remains: Box::new(blanked(remains)) };
    let id = world.write(TOWN, lead, redaction.clone(), Content::Act(act)).unwrap();
    let secretary = world.secretary();
    world.write(TOWN, &secretary, redaction, Content::Act(Act::Endorse { subject: id })).unwrap();
    world.settle();
}

/// What remains when the account is taken out.
fn blanked(content: Content) -> Content {
    use fangwei_protocol::work::report::act::ReportAct;
    let Content::Act(Act::Report(mut act)) = content else { panic!("a report was filed") };
    if let ReportAct::File(filed) = &mut *act {
        filed.account = "█".repeat(filed.account.chars().count());
    }
    Content::Act(Act::Report(act))
}

#[test]
fn what_came_with_words_that_were_taken_out_is_named_no_more() {
    let (mut world, reporter, lead) = county();
    let photograph = photograph();
    let (report, entry) = world.file(VILLAGE, &reporter, &photograph);
    world.settle();
    assert_eq!(named(&world.node(COUNTY).replica, &world.node(COUNTY).records).len(), 3);
    redact(&mut world, &lead, &report, entry);
    for unit in [VILLAGE, TOWN, COUNTY] {
        let node = world.node(unit);
        assert_eq!(named(&node.replica, &node.records), [], "{unit}");
    }
}

#[test]
fn content_that_was_not_asked_for_ends_the_session() {
    let (mut world, reporter, _) = county();
    let photograph = photograph();
    let (_, entry) = world.file(VILLAGE, &reporter, &photograph);
    world.settle();
    wait(&mut world);
    let all = chunks(&photograph);
    let mut records = world.memory(COUNTY);
    records.forget(&all[1].0);
    let part = |bytes: &[u8], rest: u32| Frame::Chunk(ChunkPart { bytes: bytes.to_vec().into(), rest });
    let asked = |world: &mut World| {
        world.restore(COUNTY, records.clone());
        let digest = Some(world.node(COUNTY).replica.frontier().link_digest(&TOWN.parse().unwrap()));
        let key = world.node(TOWN).key();
        let peer = world.stranger(COUNTY, key);
        let hello = world.hello_of(TOWN);
        world.say(peer, &Frame::Hello(Hello { digest, ..hello }));
        world.heard(peer);
        world.find_lacking(COUNTY);
        let wants: Vec<_> = world.heard(peer).into_iter().filter(|f| matches!(f, Frame::ChunksWanted(_))).collect();
        (peer, wants)
    };
    let (half, rest) = all[1].1.split_at(100_000);
    let too_much = vec![0; 131_072];
    for (frames, is_fault) in [
        (vec![part(&all[0].1[..1_000], 0)], true),
        (vec![part(b"other", 0)], true),
        (vec![part(half, 200_000)], true),
        (vec![part(half, 10), part(b"", 0)], true),
        (vec![part(&too_much, 131_072), part(&too_much, 1)], true),
        (vec![part(b"", 0), part(b"", 0)], true),
        (vec![part(b"", 5)], true),
        (vec![part(b"", 0)], false),
    ] {
        let (peer, wants) = asked(&mut world);
        assert_eq!(wants, [Frame::ChunksWanted(vec![ChunksWant { entry, chunks: vec![all[1].0] }])]);
        for frame in &frames {
            if world.fault(peer).is_none() {
                world.say(peer, frame);
            }
        }
        let fault = world.fault(peer);
        assert_eq!(fault.is_some(), is_fault, "{fault:?}");
        assert!(fault.is_none_or(|fault| matches!(
            fault,
            PeerFault::Session(SessionFault::OutOfTurn(_) | SessionFault::Flood(_))
        )));
        assert!(!world.has_content(COUNTY, &photograph));
    }
    // What was asked for is taken, in whatever parts.
    let (peer, _) = asked(&mut world);
    world.say(peer, &part(half, u32::try_from(rest.len()).unwrap()));
    let (one, two) = rest.split_at(1);
    world.say(peer, &part(one, u32::try_from(two.len()).unwrap()));
    let mut left = two;
    while !left.is_empty() {
        let (some, more) = left.split_at(left.len().min(131_072));
        world.say(peer, &part(some, u32::try_from(more.len()).unwrap()));
        left = more;
    }
    assert_eq!(world.fault(peer), None);
    assert!(world.has_content(COUNTY, &photograph));
}
