//! What was taken out of an entry is taken out everywhere: it does not travel, does not come back with an old disk, and
//! nobody can leave a body out who cannot prove that it was lawfully taken away.

use fangwei_protocol::{
    record::{
        body::{Act, Body, Content, Step},
        entry::{Claim, DocKey, EntryId, Hash, Kind, Reach, Shelf},
        message::{Frame, Parcel, Statement},
    },
    records::{Fact, LogIndex, Memory, Records as _},
    replica::{ParcelFault, PeerFault},
    trust::charter::Role,
};
use tests::{
    claims::{all_agree, replay_gives_the_same},
    world::{Officer, World},
};

use crate::scene::{COUNTY, TOWN, VILLAGE, scope};

/// What nobody is to read again.
const SECRET: &str = "张三";

struct Story {
    world: World,
    reporter: Officer,
    lead: Officer,
    document: DocKey,
    entry: EntryId,
}

fn splice(at: u32, insert: &str) -> Content {
    Content::Edit(vec![Step::Splice { field: "account".into(), at, delete: 0, insert: insert.into() }])
}

/// A village says what it should not have; everybody above has it.
fn told() -> Story {
    let mut world = World::new(COUNTY);
    world.add_node(TOWN);
    world.add_node(VILLAGE);
    let reporter = world.add_officer(VILLAGE, &[Role::REPORTER]);
    let lead = world.add_officer(TOWN, &[Role::DISCIPLINE_LEAD]);
    connect(&mut world);
    let document = world.new_document(scope(VILLAGE, Reach::UP, Shelf::CASE), Kind::REPORT);
    let entry = world.write(VILLAGE, &reporter, document.clone(), splice(0, &format!("举报人{SECRET}说"))).unwrap();
    world.settle();
    Story { world, reporter, lead, document, entry }
}

fn connect(world: &mut World) {
    world.connect(TOWN, COUNTY);
    world.settle();
    world.connect(VILLAGE, TOWN);
    world.settle();
}

fn holds(records: &Memory, bytes: &[u8]) -> bool {
    let has = |all: &[u8]| all.windows(bytes.len()).any(|window| window == bytes);
    let in_facts = records.facts().iter().any(|fact| match fact {
        Fact::Entry { entry, body, .. } => has(entry) || body.as_ref().is_some_and(|body| has(body)),
        _ => false,
    });
    in_facts || records.index().iter().any(|(key, value)| has(key) || has(value))
}

impl Story {
    /// Taken out at the township, with the county's secretary agreeing.
    fn redact(&mut self) -> (EntryId, DocKey) {
        let redaction = self.world.new_document(self.document.scope.clone(), Kind::REDACTION);
        let remains = Box::new(splice(0, "举报人██说"));
        let act = Act::Redact { subject: self.entry, basis: "个人信息保护法第四十七条".into(), remains };
        let id = self.world.write(TOWN, &self.lead, redaction.clone(), Content::Act(act)).unwrap();
        self.world.settle();
        (id, redaction)
    }

    fn endorse(&mut self, redact: EntryId, redaction: DocKey) -> EntryId {
        let secretary = self.world.secretary();
        let act = Content::Act(Act::Endorse { subject: redact });
        let id = self.world.write(COUNTY, &secretary, redaction, act).unwrap();
        self.world.settle();
        id
    }

    fn nobody_has_it(&self) {
        for unit in self.world.units() {
            assert!(!holds(&self.world.node(&unit).records, SECRET.as_bytes()), "{unit}");
        }
        all_agree(&self.world);
    }

    fn statement(&self, id: &EntryId) -> Statement {
        let record = self.record(id);
        Statement { entry: record.0.into(), body: record.1.unwrap().into() }
    }

    fn record(&self, id: &EntryId) -> (Vec<u8>, Option<Vec<u8>>) {
        let county = self.world.node(COUNTY);
        let at = county.replica.find(id, &county.records).unwrap().unwrap().at;
        let record = county.records.read(at).unwrap();
        (record.entry.to_vec(), record.body.map(|body| body.to_vec()))
    }
}

#[test]
fn it_is_gone_from_everywhere_and_does_not_travel() {
    let mut story = told();
    assert!(holds(&story.world.node(COUNTY).records, SECRET.as_bytes()));
    let (redact, redaction) = story.redact();
    story.endorse(redact, redaction);
    story.nobody_has_it();
    // A node with a lost disk gets the entry back without its body, and all that was said later.
    story.world.write(VILLAGE, &story.reporter.clone(), story.document.clone(), splice(6, "账目不清")).unwrap();
    story.world.settle();
    for unit in [VILLAGE, TOWN] {
        story.world.restore(unit, Memory::default());
        connect(&mut story.world);
        let node = story.world.node(unit);
        let said = node.replica.find(&story.entry, &node.records).unwrap().unwrap();
        assert_eq!((said.content(), said.bytes.clone()), (Some(splice(0, "举报人██说")), None), "{unit}");
        story.nobody_has_it();
        for group in [1, 7, 500] {
            replay_gives_the_same(&story.world, unit, group);
        }
    }
}

#[test]
fn an_old_disk_does_not_bring_it_back() {
    let mut story = told();
    let backup = story.world.memory(VILLAGE);
    let (redact, redaction) = story.redact();
    story.endorse(redact, redaction);
    // The backup meets a township that lost everything: the body travels up before anybody there knows better.
    story.world.restore(VILLAGE, backup.clone());
    story.world.restore(TOWN, Memory::default());
    story.world.connect(VILLAGE, TOWN);
    story.world.settle();
    connect(&mut story.world);
    story.nobody_has_it();
    // And one that knows: it takes nothing in again.
    story.world.restore(VILLAGE, backup);
    connect(&mut story.world);
    story.nobody_has_it();
}

/// The header stays, and with it the body's hash. Names are few and a sentence is soon guessed; what is hashed begins with
/// sixteen random bytes, which went with the words, so that a right guess looks like every wrong one.
#[test]
fn the_words_cannot_be_guessed_back_from_the_hash() {
    let mut story = told();
    let (entry, body) = story.record(&story.entry);
    let Body { salt, content } = Body::parse(&body.unwrap()).unwrap();
    let salt: [u8; 16] = salt.into();
    let (redact, redaction) = story.redact();
    story.endorse(redact, redaction);
    let (left, body) = story.record(&story.entry);
    assert_eq!((&left, body), (&entry, None), "the header is whole, the body is gone");
    let hash = Claim::parse(&left).unwrap().reopen(&story.world.genesis.hash()).header().body;
    let guess = |salt: [u8; 16]| Hash::of(&Body::new(salt, content.clone()).bytes()) == hash;
    assert!(guess(salt), "the guessed words are the very ones");
    for unit in story.world.units() {
        assert!(!holds(&story.world.node(&unit).records, &salt), "the salt is still at {unit}");
    }
    let near = (0..128).map(|bit| (u128::from_be_bytes(salt) ^ (1 << bit)).to_be_bytes());
    let likely = (0..20_000u128).flat_map(|n| [n.to_be_bytes(), n.to_le_bytes(), [n.to_le_bytes()[0]; 16]]);
    // Whatever stands in the header, at every place of it.
    let lying_about = left.windows(16).map(|some| some.try_into().unwrap());
    assert!(!near.chain(likely).chain(lying_about).any(guess), "guessed without the salt");
}

#[test]
fn who_knows_it_was_taken_out_does_not_take_it_in_again() {
    let mut story = told();
    let (entry, body) = story.record(&story.entry);
    let (redact, redaction) = story.redact();
    let endorse = story.endorse(redact, redaction);
    // A township that has the redaction and, by some loss, not the entry: given by hand, so that both come at once.
    let (proof, given) = (vec![story.statement(&redact), story.statement(&endorse)], story.world.memory(COUNTY));
    let before = given.facts().iter().filter(|fact| matches!(fact, Fact::Entry { .. })).count() as u64;
    assert_eq!(story.world.node(COUNTY).entries(), before);
    let peer = story.world.bad_node(COUNTY, TOWN);
    let whole = Parcel { entry: entry.clone().into(), body: body.map(Into::into), proof: None };
    let without = Parcel::without_body(&entry, proof);
    story.world.say(peer, &Frame::Give(vec![whole, without]));
    assert!(story.world.fault(peer).is_none(), "both are held already, in the only way they may be");
    story.nobody_has_it();
}

#[test]
fn a_body_is_left_out_only_with_proof() {
    let mut story = told();
    let other = story.world.report(VILLAGE, &story.reporter.clone(), "另一件");
    story.world.settle();
    let (redact, redaction) = story.redact();
    // Agreed to by the redactor alone, which makes one holder and not two.
    let own = Content::Act(Act::Endorse { subject: redact });
    let own = story.world.write(TOWN, &story.lead.clone(), redaction.clone(), own).unwrap();
    story.world.settle();
    let own = story.statement(&own);
    let endorse = story.endorse(redact, redaction);
    let (redact, endorse) = (story.statement(&redact), story.statement(&endorse));
    let (entry, _) = story.record(&story.entry);
    let (other, _) = story.record(&other);
    let forged = Statement { entry: redact.entry.clone(), body: endorse.body.clone() };
    let tries = [
        (entry.clone(), vec![], false),
        (entry.clone(), vec![redact.clone()], false),
        (entry.clone(), vec![redact.clone(), own], false),
        (entry.clone(), vec![endorse.clone(), endorse.clone()], false),
        (entry.clone(), vec![forged, endorse.clone()], false),
        (entry.clone(), vec![redact.clone(), endorse.clone(), endorse.clone()], false),
        (other, vec![redact.clone(), endorse.clone()], false),
        (entry, vec![redact, endorse], true),
    ];
    for (number, (entry, proof, holds)) in tries.into_iter().enumerate() {
        // A county that knows the charters and the report's author, and nothing of the village's work.
        let mut world = lacking_cases(&story);
        let peer = world.bad_node(COUNTY, TOWN);
        let before = world.node(COUNTY).entries();
        world.say(peer, &Frame::Give(vec![Parcel::without_body(&entry, proof)]));
        let fault = world.fault(peer);
        assert_eq!(world.node(COUNTY).entries(), before + u64::from(holds), "{number}: {fault:?}");
        let is_refused = matches!(fault, Some(PeerFault::Parcel(ParcelFault::NoBody { .. } | ParcelFault::Body(_))));
        assert_eq!(is_refused, !holds, "{number}: {fault:?}");
    }
}

/// The same county, its root's store rebuilt without anything of the case shelf.
fn lacking_cases(story: &Story) -> World {
    let mut world = told_again(story);
    let mut records = Memory::default();
    let county = world.node(COUNTY);
    let me = county.replica.me().clone();
    let genesis = world.genesis.clone();
    let open = fangwei_protocol::replica::Replica::open(genesis, me, [5; 32], LogIndex(0), &records);
    let mut replica = open.unwrap();
    for at in (0..county.entries()).map(LogIndex) {
        let entry = county.replica.entry(at, &county.records).unwrap();
        if entry.header().scope.shelf == Shelf::CHARTER {
            let record = county.records.read(at).unwrap();
            let facts = [Fact::Entry { own: false, entry: record.entry, body: record.body }];
            let batch = replica.replay(&facts, &records).unwrap();
            records.store(&batch);
        }
    }
    world.restore(COUNTY, records);
    world
}

/// The story's world again: everything in it is drawn from one seed, so the very same entries are written.
fn told_again(story: &Story) -> World {
    let world = told().world;
    assert_eq!(world.genesis.hash(), story.world.genesis.hash());
    world
}
