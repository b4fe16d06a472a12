//! Disks rot: a record that cannot be read any more is shown to nobody, holds nobody up, and comes back from whoever has
//! it. Nobody is accused of anything, and nothing is believed that was not asked for.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::{
        body::{Act, Content, Witness},
        entry::{DocKey, EntryId, Kind, Reach, Shelf},
        message::{Frame, Parcel},
    },
    records::{LogIndex, Records as _, RecordsFailure, find},
    replica::{Event, Input, PeerFault},
    trust::charter::{HolderName, Role},
};
use tests::{
    claims::{all_agree, replay_gives_the_same},
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope, title};

const UNITS: [&str; 3] = [COUNTY, TOWN, VILLAGE];

/// Three nodes on top of each other that hold the same, and what the village's reporter wrote.
fn told() -> (World, Officer, Vec<EntryId>) {
    let mut world = World::new(COUNTY);
    world.add_node(TOWN);
    world.add_node(VILLAGE);
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    connect(&mut world);
    let said = (0..5).map(|n| world.report(VILLAGE, &reporter, &format!("第{n}件"))).collect();
    world.settle();
    (world, reporter, said)
}

fn connect(world: &mut World) {
    world.connect(TOWN, COUNTY);
    world.connect(VILLAGE, TOWN);
    world.settle();
}

fn place(world: &World, unit: &str, id: EntryId) -> LogIndex {
    find(&world.node(unit).records, &id).unwrap().unwrap()
}

fn reads(world: &World, unit: &str, id: EntryId) -> bool {
    let node = world.node(unit);
    node.records.read(place(world, unit, id)).is_ok()
}

/// Who above is known to hold an entry.
fn holders(world: &World, unit: &str, id: EntryId) -> BTreeSet<EntryId> {
    let node = world.node(unit);
    let said = node.replica.find(&id, &node.records).unwrap().unwrap();
    node.replica.held_above(&said.entry, &node.records).unwrap()
}

/// Takes three characters out of an entry of the village, as far as the township can: somebody else must agree.
fn redact(world: &mut World, lead: &Officer, subject: EntryId) -> (DocKey, EntryId) {
    let document = world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REDACTION);
    let act = Act::Redact { subject, basis: "第四十七条".into(), remains: Box::new(title("███")) };
    let redact = world.write(TOWN, lead, document.clone(), Content::Act(act)).unwrap();
    (document, redact)
}

/// The secretary agrees, at some node.
fn endorse(world: &mut World, unit: &str, (document, subject): (DocKey, EntryId)) {
    let secretary = world.secretary();
    world.write(unit, &secretary, document, Content::Act(Act::Endorse { subject })).unwrap();
}

/// Everything reads everywhere, all agree, and nobody was accused of anything.
fn all_is_well(world: &World) {
    for unit in UNITS {
        let node = world.node(unit);
        assert_eq!(node.replica.damaged().count(), 0, "{unit}");
        for at in 0..node.entries() {
            node.records.read(LogIndex(at)).unwrap();
        }
        let is_accusation = |event: &&Event| matches!(event, Event::Refused { .. } | Event::Contradicted { .. });
        assert_eq!(node.events.iter().find(is_accusation), None, "{unit}");
        assert!(!node.replica.log_differs(), "{unit}");
        replay_gives_the_same(world, unit, 7);
    }
    all_agree(world);
}

#[test]
fn each_record_comes_back_from_a_neighbour_wherever_it_rots() {
    for unit in UNITS {
        let (mut world, reporter, said) = told();
        let all: Vec<EntryId> = (0..world.node(unit).entries())
            .map(|at| world.node(unit).replica.entry(LogIndex(at), &world.node(unit).records).unwrap().id())
            .collect();
        for id in all {
            let before = world.memory(unit);
            world.rot(unit, id);
            assert_eq!(world.node(unit).replica.damaged().count(), 1);
            world.settle();
            assert!(world.memory(unit) == before, "{unit}: {id} is written again as it was");
        }
        all_is_well(&world);
        world.write(VILLAGE, &reporter, document_of(&world, said[0]), title("续")).unwrap();
        world.settle();
        all_is_well(&world);
    }
}

fn document_of(world: &World, id: EntryId) -> DocKey {
    let node = world.node(VILLAGE);
    node.replica.find(&id, &node.records).unwrap().unwrap().entry.header().document()
}

#[test]
fn what_rots_while_cut_off_is_shown_to_nobody_and_holds_nobody_up() {
    let (mut world, reporter, said) = told();
    world.cut(VILLAGE, TOWN);
    let own = world.report(VILLAGE, &reporter, "断网时写的");
    world.rot(VILLAGE, said[2]);
    let node = world.node(VILLAGE);
    let damaged = place(&world, VILLAGE, said[2]);
    assert_eq!(node.replica.find(&said[2], &node.records).err(), Some(RecordsFailure::Damaged(damaged)));
    assert!(node.events.contains(&Event::Damaged { entries: 1 }));
    // The officer works on, and the node is opened again.
    let next = world.report(VILLAGE, &reporter, "接着写");
    world.restart(VILLAGE);
    world.find_rot(VILLAGE);
    let last = world.report(VILLAGE, &reporter, "重启后写的");
    connect(&mut world);
    for id in [own, next, last] {
        assert!(reads(&world, COUNTY, id));
        assert!(world.node(VILLAGE).is_held_above(&id), "what was withheld is confirmed in the end");
    }
    all_is_well(&world);
}

#[test]
fn of_a_feed_that_cannot_be_read_nothing_is_given_or_confirmed_before_it_is_mended() {
    let (mut world, reporter, said) = told();
    world.cut(TOWN, COUNTY);
    let first = world.report(VILLAGE, &reporter, "镇里先有");
    let second = world.report(VILLAGE, &reporter, "跟在后面");
    world.settle();
    // The township loses the first, the village is away: nobody else has it.
    world.cut(VILLAGE, TOWN);
    world.rot(TOWN, first);
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    world.connect(TOWN, COUNTY);
    world.settle();
    let county = world.node(COUNTY);
    assert_eq!(find(&county.records, &first).unwrap(), None);
    assert_eq!(find(&county.records, &second).unwrap(), None, "it may not come before what cannot be read");
    // What has nothing to do with it goes on, in the very same session.
    let risk = world.new_document(scope(TOWN, Reach::UP, Shelf::LIBRARY), Kind::RISK);
    let other = world.write(TOWN, &analyst, risk, Content::Edit(vec![])).unwrap();
    world.settle();
    assert!(reads(&world, COUNTY, other));
    assert!(world.node(COUNTY).events.iter().all(|event| !matches!(event, Event::Refused { .. })));
    world.connect(VILLAGE, TOWN);
    world.settle();
    assert!(reads(&world, COUNTY, first) && reads(&world, COUNTY, second) && reads(&world, TOWN, said[0]));
    all_is_well(&world);
}

#[test]
fn two_neighbours_that_lost_different_records_help_each_other() {
    let (mut world, _, said) = told();
    world.cut(VILLAGE, TOWN);
    world.cut(TOWN, COUNTY);
    world.rot(TOWN, said[1]);
    world.rot(COUNTY, said[3]);
    world.rot(COUNTY, said[4]);
    world.connect(TOWN, COUNTY);
    world.settle();
    connect(&mut world);
    all_is_well(&world);
}

#[test]
fn what_nobody_else_can_read_waits_for_who_can() {
    let (mut world, reporter, said) = told();
    world.cut(VILLAGE, TOWN);
    world.rot(TOWN, said[1]);
    world.rot(COUNTY, said[1]);
    world.settle();
    assert_eq!(world.node(TOWN).replica.damaged().count(), 1);
    for _ in 0..3 {
        world.now += 60;
        UNITS.iter().for_each(|unit| world.step(unit, Input::Tick));
        world.settle();
    }
    assert!(!reads(&world, TOWN, said[1]) && !reads(&world, COUNTY, said[1]));
    world.connect(VILLAGE, TOWN);
    world.report(VILLAGE, &reporter, "之后");
    world.settle();
    // The county asked the township before that had it: some time later it asks again.
    world.now += 60;
    world.step(COUNTY, Input::Tick);
    world.settle();
    all_is_well(&world);
}

#[test]
fn a_charter_that_rotted_comes_back_after_a_restart_with_all_that_rests_on_it() {
    let (mut world, reporter, said) = told();
    for unit in UNITS {
        world.rot_unnoticed(unit, reporter.certificate);
        world.restart(unit);
        world.find_rot(unit);
        connect(&mut world);
        let node = world.node(unit);
        assert!(node.replica.find(&said[0], &node.records).unwrap().unwrap().has_effect(), "{unit}");
        let written = world.report(VILLAGE, &reporter, "照样写");
        world.settle();
        assert!(reads(&world, COUNTY, written));
    }
    all_is_well(&world);
}

#[test]
fn a_redacted_body_does_not_come_back_with_its_record() {
    let (mut world, _, said) = told();
    let lead = world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    world.settle();
    let redacted = redact(&mut world, &lead, said[1]);
    world.settle();
    // The county cannot read it when the words are taken out, and nobody gives them to it again.
    world.cut(TOWN, COUNTY);
    world.rot(COUNTY, said[1]);
    endorse(&mut world, COUNTY, redacted);
    world.connect(TOWN, COUNTY);
    world.settle();
    for unit in UNITS {
        let node = world.node(unit);
        assert_eq!(node.records.read(place(&world, unit, said[1])).unwrap().body, None, "{unit}");
    }
    // And each of the three once more, now that it is gone everywhere.
    for unit in UNITS {
        world.rot(unit, said[1]);
        world.settle();
        let node = world.node(unit);
        assert_eq!(node.records.read(place(&world, unit, said[1])).unwrap().body, None, "{unit}");
    }
    all_is_well(&world);
}

/// A county whose township is played by the test, which was asked for what the county cannot read.
fn asked() -> (World, fangwei_protocol::replica::PeerId, Vec<EntryId>, Vec<Parcel>) {
    let (mut world, _, said) = told();
    let whole = |id: &EntryId, world: &World| {
        let record = world.node(VILLAGE).records.read(place(world, VILLAGE, *id)).unwrap();
        Parcel::new(&record.entry, record.body.as_ref())
    };
    let parcels = said.iter().map(|id| whole(id, &world)).collect();
    world.cut(TOWN, COUNTY);
    let peer = world.bad_node(COUNTY, TOWN);
    let tips = world.heard(peer);
    assert!(tips.is_empty(), "{tips:?}");
    // It settles by asking for nothing and giving nothing.
    world.say(peer, &Frame::Ready(fangwei_protocol::record::message::Totals { entries: 0 }));
    world.heard(peer);
    world.rot(COUNTY, said[1]);
    world.rot(COUNTY, said[3]);
    (world, peer, said, parcels)
}

#[test]
fn a_peer_is_asked_by_id_and_answers_in_that_order_only() {
    let (mut world, peer, said, parcels) = asked();
    let wanted: Vec<_> = world.heard(peer);
    assert_eq!(wanted, [Frame::AgainWanted(vec![said[1]])], "one question at a time");
    world.say(peer, &Frame::Again(vec![parcels[1].clone()]));
    assert_eq!(world.heard(peer), [Frame::AgainWanted(vec![said[3]])]);
    world.say(peer, &Frame::Again(vec![]));
    assert!(reads(&world, COUNTY, said[1]) && !reads(&world, COUNTY, said[3]));
    // Some time later it is asked once more.
    world.now += 60;
    world.step(COUNTY, Input::Tick);
    assert!(world.heard(peer).contains(&Frame::AgainWanted(vec![said[3]])));
    world.say(peer, &Frame::Again(vec![parcels[3].clone()]));
    assert_eq!(world.fault(peer), None);
    world.cut(VILLAGE, TOWN);
    connect(&mut world);
    all_is_well(&world);
}

#[test]
fn what_could_not_be_checked_is_asked_for_again_at_once_however_short_the_answers_are() {
    let (mut world, reporter, said) = told();
    let ids = [reporter.certificate, said[0], said[1], said[2]];
    let parcels = ids.map(|id| {
        let record = world.node(VILLAGE).records.read(place(&world, VILLAGE, id)).unwrap();
        Parcel::new(&record.entry, record.body.as_ref())
    });
    ids.iter().for_each(|id| world.rot_unnoticed(COUNTY, *id));
    world.restart(COUNTY);
    world.find_rot(COUNTY);
    let peer = world.bad_node(COUNTY, TOWN);
    world.say(peer, &Frame::Ready(fangwei_protocol::record::message::Totals { entries: 0 }));
    assert_eq!(world.heard(peer).last(), Some(&Frame::AgainWanted(ids.to_vec())));
    // The first report comes beside its author's certificate, too soon to be checked; each answer leaves something over.
    world.say(peer, &Frame::Again(vec![parcels[0].clone(), parcels[1].clone()]));
    assert_eq!(world.heard(peer), [Frame::AgainWanted(vec![said[1], said[2]])]);
    world.say(peer, &Frame::Again(vec![parcels[2].clone()]));
    // The second is being written at this moment.
    assert_eq!(world.heard(peer), [Frame::AgainWanted(said[..3].to_vec())]);
    world.say(peer, &Frame::Again(vec![parcels[1].clone(), parcels[3].clone()]));
    connect(&mut world);
    all_is_well(&world);
}

#[test]
fn what_was_not_asked_for_or_is_not_the_very_entry_ends_the_session_and_changes_nothing() {
    type Answer = fn(&[Parcel]) -> Vec<Parcel>;
    let tries: [(&str, Answer); 5] = [
        ("another entry", |all| vec![all[0].clone()]),
        ("twice", |all| vec![all[1].clone(), all[1].clone()]),
        ("without its body", |all| vec![Parcel { body: None, ..all[1].clone() }]),
        ("another body", |all| vec![Parcel { body: all[0].body.clone(), ..all[1].clone() }]),
        ("another signature", |all| {
            let mut bytes = all[1].entry.to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            vec![Parcel { entry: bytes.into(), ..all[1].clone() }]
        }),
    ];
    for (what, answer) in tries {
        let (mut world, peer, said, parcels) = asked();
        world.say(peer, &Frame::Again(answer(&parcels)));
        let fault = world.fault(peer);
        assert!(matches!(fault, Some(PeerFault::Parcel(_) | PeerFault::Session(_))), "{what}: {fault:?}");
        assert!(world.is_closed(peer) && !reads(&world, COUNTY, said[3]), "{what}");
        assert_eq!(reads(&world, COUNTY, said[1]), what == "twice", "{what}: what came before is taken");
    }
    // With no question there is no answer.
    let (mut world, peer, ..) = asked();
    world.say(peer, &Frame::Again(vec![]));
    world.heard(peer);
    world.say(peer, &Frame::Again(vec![]));
    assert_eq!(world.fault(peer), None, "the second question was answered");
    world.say(peer, &Frame::Again(vec![]));
    assert!(matches!(world.fault(peer), Some(PeerFault::Session(_))));
}

#[test]
fn nobody_is_given_again_what_is_not_shared_with_it() {
    let (mut world, ..) = told();
    let analyst = world.add_officer(TOWN, &[Role::ANALYST]);
    world.settle();
    let local = world.new_document(scope(VILLAGE, Reach::LOCAL, Shelf::CASE), Kind::REPORT);
    let secret = world.write(VILLAGE, &analyst, local, title("只在村里")).unwrap();
    let administrator = world.administrator();
    let names = world.new_document(scope(COUNTY, Reach::UP, Shelf::CHARTER), Kind::HOLDER);
    let name = HolderName { holder: [1; 16].into(), name: "张三".into() };
    let inner = world.write(COUNTY, &administrator, names, Content::Act(Act::NameHolder(name))).unwrap();
    world.settle();
    let above = world.bad_node(VILLAGE, TOWN);
    world.say(above, &Frame::AgainWanted(vec![secret, EntryId(fangwei_protocol::record::entry::Hash([3; 32]))]));
    assert_eq!(world.heard(above).last(), Some(&Frame::Again(vec![])));
    let below = world.bad_node(COUNTY, VILLAGE);
    world.say(below, &Frame::AgainWanted(vec![inner]));
    assert_eq!(world.heard(below).last(), Some(&Frame::Again(vec![])));
}

#[test]
fn what_came_while_its_feed_could_not_be_read_is_confirmed_in_the_same_session() {
    let (mut world, reporter, said) = told();
    // The township's disk has the village's first report no more, and the village alone has it too.
    world.cut(TOWN, COUNTY);
    world.rot(VILLAGE, said[0]);
    world.rot(TOWN, said[0]);
    let written = world.report(VILLAGE, &reporter, "正在写");
    world.settle();
    assert!(!world.node(VILLAGE).is_held_above(&written));
    world.connect(TOWN, COUNTY);
    world.settle();
    world.now += 60;
    UNITS.iter().for_each(|unit| world.step(unit, Input::Tick));
    world.settle();
    assert!(world.node(VILLAGE).is_held_above(&written));
    all_is_well(&world);
}

#[test]
fn what_follows_an_entry_of_somebody_whose_certificate_cannot_be_read_waits_with_it() {
    let (mut world, reporter, said) = told();
    let second = world.add_officer(VILLAGE, &[Role::REPORTER]);
    world.settle();
    world.cut(VILLAGE, TOWN);
    world.cut(TOWN, COUNTY);
    let document = document_of(&world, said[0]);
    world.write(VILLAGE, &reporter, document.clone(), title("一")).unwrap();
    world.write(VILLAGE, &second, document, title("二")).unwrap();
    // The township opens without the first one's certificate, and takes what it is given before it has that again.
    world.rot(TOWN, reporter.certificate);
    world.restart(TOWN);
    world.find_rot(TOWN);
    world.connect(VILLAGE, TOWN);
    world.settle();
    world.connect(TOWN, COUNTY);
    world.settle();
    all_is_well(&world);
}

#[test]
fn what_waits_goes_on_in_the_order_in_which_it_came() {
    let (mut world, _, said) = told();
    let [second, third] = [0, 1].map(|_| world.add_officer(VILLAGE, &[Role::REPORTER]));
    world.settle();
    world.cut(VILLAGE, TOWN);
    world.cut(TOWN, COUNTY);
    let document = document_of(&world, said[0]);
    for (author, text) in [(&third, "一"), (&second, "二"), (&third, "三")] {
        world.write(VILLAGE, author, document.clone(), title(text)).unwrap();
    }
    // Only the county can mend what the third one's entries wait for at the township.
    world.rot(VILLAGE, third.certificate);
    world.rot_unnoticed(TOWN, third.certificate);
    world.restart(TOWN);
    world.find_rot(TOWN);
    world.connect(VILLAGE, TOWN);
    world.settle();
    // Another certificate lets nobody go on who follows them.
    let other = world.node(COUNTY).replica.charter().certificate(&second.certificate).unwrap().certificate.clone();
    let administrator = world.administrator();
    world.certify(TOWN, &administrator, other, Reach::DOWN);
    world.settle();
    connect(&mut world);
    all_is_well(&world);
}

#[test]
fn a_node_that_cannot_read_its_own_certificate_is_taken_for_no_impostor() {
    let (mut world, ..) = told();
    let own = world.node(TOWN).replica.me().certificate;
    // Neither the township nor the village can read it, and only the county can help.
    for unit in [TOWN, VILLAGE] {
        world.rot_unnoticed(unit, own);
        world.restart(unit);
        world.find_rot(unit);
    }
    world.connect(VILLAGE, TOWN);
    world.settle();
    connect(&mut world);
    all_is_well(&world);
}

#[test]
fn a_witness_policy_that_cannot_be_read_keeps_nobody_from_mending_it() {
    let (mut world, ..) = told();
    let members = vec![Witness { name: "镇见证".into(), key: world.node(TOWN).key(), outside: false }];
    let root = world.root();
    let document = world.new_document(scope(COUNTY, Reach::DOWN, Shelf::CHARTER), Kind::WITNESSES);
    let content = Content::Act(Act::Witnesses { threshold: 1, members });
    let policy = world.write(COUNTY, &root, document, content).unwrap();
    world.settle();
    for unit in [COUNTY, TOWN] {
        world.rot_unnoticed(unit, policy);
        world.restart(unit);
        world.find_rot(unit);
        connect(&mut world);
        assert!(reads(&world, unit, policy), "{unit}");
    }
    all_is_well(&world);
}

#[test]
fn a_receipt_that_came_while_its_feed_could_not_be_read_is_asked_for_again() {
    let (mut world, reporter, _) = told();
    world.cut(TOWN, COUNTY);
    let last = world.report(VILLAGE, &reporter, "县里还没有");
    world.settle();
    world.rot_unnoticed(VILLAGE, last);
    world.connect(TOWN, COUNTY);
    world.settle();
    world.find_rot(VILLAGE);
    world.settle();
    let county = world.node(COUNTY).replica.me().certificate;
    assert!(holders(&world, VILLAGE, last).contains(&county));
    all_is_well(&world);
}

#[test]
fn a_receipt_of_somebody_whose_certificate_cannot_be_read_makes_no_impostor_of_the_next() {
    let (mut world, reporter, _) = told();
    let town = world.node(TOWN).replica.me().certificate;
    world.cut(VILLAGE, TOWN);
    world.rot_unnoticed(VILLAGE, reporter.certificate);
    world.restart(VILLAGE);
    world.find_rot(VILLAGE);
    // When the first is mended the charter is read again, and the second is found wanting.
    world.rot_unnoticed(VILLAGE, town);
    world.connect(VILLAGE, TOWN);
    world.settle();
    let unheard = world.report(VILLAGE, &reporter, "镇里说有，村里读不出是谁说的");
    world.settle();
    assert!(!holders(&world, VILLAGE, unheard).contains(&town));
    world.find_rot(VILLAGE);
    world.settle();
    assert!(holders(&world, VILLAGE, unheard).contains(&town));
    all_is_well(&world);
}

#[test]
fn words_are_taken_out_once_it_can_be_read_who_took_them_out() {
    let (mut world, _, said) = told();
    let lead = world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    world.settle();
    let redacted = redact(&mut world, &lead, said[1]);
    world.settle();
    world.cut(TOWN, COUNTY);
    world.rot_unnoticed(COUNTY, lead.certificate);
    world.restart(COUNTY);
    endorse(&mut world, COUNTY, redacted);
    let has_words =
        |world: &World, unit| world.node(unit).records.read(place(world, unit, said[1])).unwrap().body.is_some();
    assert!(has_words(&world, COUNTY));
    world.find_rot(COUNTY);
    world.connect(TOWN, COUNTY);
    world.settle();
    for unit in UNITS {
        assert!(!has_words(&world, unit), "{unit}");
    }
    all_is_well(&world);
}

#[test]
fn what_has_no_body_waits_while_it_cannot_be_read_why() {
    let (mut world, reporter, _) = told();
    let lead = world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    world.settle();
    world.cut(TOWN, COUNTY);
    let report = world.report(VILLAGE, &reporter, "第五件");
    world.settle();
    let redacted = redact(&mut world, &lead, report);
    endorse(&mut world, TOWN, redacted);
    world.settle();
    world.rot_unnoticed(TOWN, lead.certificate);
    world.restart(TOWN);
    world.find_rot(TOWN);
    // The village could mend it; the county, which comes first, can not.
    world.rot(COUNTY, lead.certificate);
    world.connect(TOWN, COUNTY);
    world.settle();
    assert_eq!(find(&world.node(COUNTY).records, &report).unwrap(), None);
    world.connect(VILLAGE, TOWN);
    world.settle();
    assert_eq!(world.node(COUNTY).records.read(place(&world, COUNTY, report)).unwrap().body, None);
    world.cut(TOWN, COUNTY);
    world.connect(TOWN, COUNTY);
    world.settle();
    all_is_well(&world);
}

#[test]
fn a_receipt_asked_for_while_its_author_cannot_be_read_is_handed_on_later() {
    let (mut world, reporter, _) = told();
    let county = world.node(COUNTY).replica.me().certificate;
    world.cut(TOWN, COUNTY);
    let last = world.report(VILLAGE, &reporter, "县里说有，村里还没听到");
    world.settle();
    world.cut(VILLAGE, TOWN);
    world.connect(TOWN, COUNTY);
    world.settle();
    world.rot_unnoticed(TOWN, county);
    world.restart(TOWN);
    world.find_rot(TOWN);
    world.connect(VILLAGE, TOWN);
    world.settle();
    world.connect(TOWN, COUNTY);
    world.settle();
    assert!(holders(&world, VILLAGE, last).contains(&county));
    all_is_well(&world);
}

#[test]
fn who_came_back_from_a_backup_confirms_once_its_own_certificate_is_mended() {
    let (mut world, reporter, _) = told();
    let own = world.node(COUNTY).replica.me().certificate;
    let backup = world.node(COUNTY).records.clone();
    world.report(VILLAGE, &reporter, "备份里没有");
    world.settle();
    world.restore(COUNTY, backup);
    world.rot_unnoticed(COUNTY, own);
    world.restart(COUNTY);
    world.find_rot(COUNTY);
    let last = world.report(VILLAGE, &reporter, "还没有人证实");
    connect(&mut world);
    assert!(holders(&world, VILLAGE, last).contains(&own));
    all_is_well(&world);
}
