//! One node alone among peers who may be anybody: what they do is read from bytes, so that a generator, a fuzzer and a
//! file that is kept all speak the same language, and any bytes are some story.
//!
//! The node is a county's; its peers are its township gone bad, a village, and somebody with a key nobody knows. They say
//! what they like, well-formed or not, and sign what they like with keys of officers whose certificates stand.

use std::{cell::RefCell, collections::VecDeque, sync::Arc};

use fangwei_protocol::{
    record::{
        entry::{Anchor, CertificateId, DocId, Entry, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
        frontier::Extent,
        message::{Ack, FeedTips, Frame, Hello, Parcel, ReceiptsWant, ScopeTips, Stretch, Totals, VERSION, Want},
    },
    records::{LogIndex, Memory},
    replica::{Effect, Input, Me, Now, PeerId, Replica},
    trust::{
        charter::Role,
        genesis::Genesis,
        key::{KeyPair, PublicKey},
    },
    work::unit::UnitPath,
};

use super::samples;
use crate::world::{Officer, World};

const COUNTY: &str = "370126";
const UNITS: [&str; 5] = [COUNTY, "370126.105", "370126.105.201", "370126.106", "370126.d07"];
const TIMES: [i64; 6] = [1_790_000_100, 0, -1, i64::MIN, i64::MAX, 1_790_000_000 - 10 * 365 * 86_400];

/// Longest story: what it costs is bounded by its length.
pub const STORY_BYTES_MAX: usize = 16 * 1024;

/// What every story begins with.
struct Stage {
    genesis: Genesis,
    me: Me,
    key: KeyPair,
    records: Memory,
    /// Who may prove a key: the township's node, the village's, and nobody's; with their certificates.
    peers: Vec<(KeyPair, CertificateId, UnitPath)>,
    officers: Vec<Officer>,
}

/// The node, and what its peers remember.
pub struct Victim {
    genesis: Genesis,
    replica: Replica,
    records: Memory,
    key: KeyPair,
    now: i64,
    /// Whom each connection is to, by the number of the peer; none once it is over.
    links: Vec<Option<usize>>,
    /// The last entry each officer signed.
    signed: Vec<Option<(EntryId, u64)>>,
    /// Bytes and frames the node sent.
    pub sent_bytes: usize,
    /// Frames it sent.
    pub sent_frames: usize,
    /// Frames it was sent.
    pub heard_frames: usize,
}

/// Bytes that are used up; where there are no more, zeros come.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn of<'c, T>(&mut self, all: &'c [T]) -> &'c T {
        &all[usize::from(self.byte()) % all.len()]
    }

    fn number(&mut self) -> u64 {
        match self.byte() % 8 {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => u64::MAX - 1,
            4 => 1 << 63,
            5 => u64::from(u32::MAX),
            6 => u64::from_be_bytes(std::array::from_fn(|_| self.byte())),
            _ => u64::from(self.byte()),
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        let len = usize::from(u16::from_be_bytes([self.byte(), self.byte()])).min(self.0.len());
        let (some, rest) = self.0.split_at(len);
        self.0 = rest;
        some.to_vec()
    }
}

thread_local! {
    static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
    static BODIES: Vec<Vec<u8>> = samples::of("body").into_iter().map(|(_, body)| body).collect();
    static FRAMES: Vec<Vec<u8>> = samples::of("frame").into_iter().map(|(_, frame)| frame).collect();
}

fn set() -> Stage {
    let mut world = World::new(COUNTY);
    for unit in &UNITS[1..3] {
        world.add_node(unit);
    }
    let reporter = world.add_officer(UNITS[2], &[Role::REPORTER]);
    let analyst = world.add_officer(UNITS[1], &[Role::ANALYST]);
    world.connect(UNITS[2], COUNTY);
    world.settle();
    world.report(UNITS[2], &reporter, "开头");
    world.settle();
    let at = world.node(COUNTY);
    let peers = UNITS[1..3].iter().map(|unit| {
        let node = world.node(unit);
        let me = node.replica.me();
        (KeyPair::from_seed(node.key_pair().seed()), me.certificate, me.unit.clone())
    });
    let nobody = (samples::key(66), EntryId(Hash([66; 32])), UNITS[3].parse().unwrap());
    Stage {
        genesis: world.genesis.clone(),
        me: at.replica.me().clone(),
        key: KeyPair::from_seed(at.key_pair().seed()),
        records: at.records.clone(),
        peers: peers.chain([nobody]).collect(),
        officers: vec![reporter, analyst, world.secretary(), world.administrator()],
    }
}

fn on_stage<T>(look: impl FnOnce(&Stage) -> T) -> T {
    STAGE.with(|stage| look(stage.borrow_mut().get_or_insert_with(set)))
}

/// Tells a story and checks what must hold at its end, whatever was said.
pub fn tell(story: &[u8]) -> Victim {
    let mut victim = on_stage(Victim::new);
    let mut choices = Choices(&story[..story.len().min(STORY_BYTES_MAX)]);
    while !choices.0.is_empty() {
        victim.next(&mut choices);
    }
    victim.check();
    victim
}

impl Victim {
    fn new(stage: &Stage) -> Victim {
        let (genesis, me, records) = (stage.genesis.clone(), stage.me.clone(), stage.records.clone());
        let replica = Replica::open(genesis.clone(), me, [7; 32], LogIndex(records.len()), &records).unwrap();
        let signed = vec![None; stage.officers.len()];
        let key = KeyPair::from_seed(stage.key.seed());
        let now = 1_790_000_000;
        Victim {
            genesis,
            replica,
            records,
            key,
            now,
            links: Vec::new(),
            signed,
            sent_bytes: 0,
            sent_frames: 0,
            heard_frames: 0,
        }
    }

    /// Entries it holds.
    pub fn entries(&self) -> u64 {
        self.records.len()
    }

    /// What it stores.
    pub fn records(&self) -> &Memory {
        &self.records
    }

    fn next(&mut self, choices: &mut Choices<'_>) {
        let what = choices.byte() % 16;
        if what == 0 {
            return self.connect(choices);
        }
        let link = usize::from(choices.byte());
        let open: Vec<usize> = (0..self.links.len()).filter(|link| self.links[*link].is_some()).collect();
        let Some(link) = open.get(link % open.len().max(1)).copied() else { return };
        let peer = PeerId(link as u64);
        match what {
            1 => self.say(peer, choices.bytes()),
            2 => {
                let mut frame = FRAMES.with(|frames| choices.of(frames).clone());
                for _ in 0..choices.byte() % 4 {
                    let at = usize::from(u16::from_be_bytes([choices.byte(), choices.byte()])) % frame.len();
                    frame[at] = choices.byte();
                }
                self.say(peer, frame);
            }
            3 => {
                self.links[link] = None;
                self.step(Input::Disconnected { peer });
            }
            4 => {
                self.now = self.now.saturating_add(i64::from(choices.byte()) * 60);
                self.step(Input::Tick);
            }
            5..=8 => {
                let parcels = (0..1 + choices.byte() % 4).filter_map(|_| self.parcel(choices)).collect();
                self.say(peer, Frame::Give(parcels).to_bytes());
            }
            _ => {
                let frame = self.frame(link, what, choices);
                self.say(peer, frame.to_bytes());
            }
        }
    }

    fn connect(&mut self, choices: &mut Choices<'_>) {
        if self.links.len() >= 32 {
            return;
        }
        let (who, dialled, greets) =
            (usize::from(choices.byte()) % 3, choices.byte().is_multiple_of(4), choices.byte() % 8);
        let key = on_stage(|stage| stage.peers[who].0.public());
        let peer = PeerId(self.links.len() as u64);
        self.links.push(Some(who));
        self.step(Input::Connected { peer, key, dialled });
        if greets > 0 {
            let hello = self.hello(who, greets);
            self.say(peer, Frame::Hello(hello).to_bytes());
        }
    }

    fn hello(&self, who: usize, greets: u8) -> Hello {
        let (certificate, unit) = on_stage(|stage| (stage.peers[who].1, stage.peers[who].2.clone()));
        let digest = match greets {
            1 => Some(self.replica.frontier().link_digest(&unit)),
            2 => Some(Hash([9; 32])),
            _ => None,
        };
        let (genesis, wanted) = (self.genesis.hash(), u32::MAX);
        Hello { version: VERSION, genesis, certificate, unit, digest, wanted, checkpoint: None }
    }

    /// A frame made of what could be meant, with numbers that could not.
    fn frame(&self, link: usize, what: u8, choices: &mut Choices<'_>) -> Frame {
        let id = |choices: &mut Choices<'_>| match choices.byte() {
            0 => EntryId(Hash([0; 32])),
            n => {
                let at = LogIndex(u64::from(n) % self.records.len());
                self.replica.entry(at, &self.records).unwrap().id()
            }
        };
        let ids = |choices: &mut Choices<'_>| (0..choices.byte() % 8).map(|_| id(choices)).collect::<Vec<_>>();
        let author = |choices: &mut Choices<'_>| on_stage(|stage| choices.of(&stage.officers).certificate);
        match what {
            9 => {
                let stretch = |choices: &mut Choices<'_>| Stretch {
                    unit: choices.of(&UNITS).parse().unwrap(),
                    extent: *choices.of(&[Extent::Whole, Extent::Down]),
                };
                Frame::OutlinesWanted((0..1 + choices.byte() % 4).map(|_| stretch(choices)).collect())
            }
            10 => {
                let feeds = (0..choices.byte() % 4).map(|_| FeedTips { author: author(choices), tips: ids(choices) });
                let feeds = feeds.collect();
                Frame::Tips(ScopeTips { scope: scope(choices), feeds, last: choices.byte().is_multiple_of(2) })
            }
            11 => Frame::Wanted(vec![Want {
                scope: scope(choices),
                author: author(choices),
                tips: ids(choices),
                have: ids(choices),
            }]),
            12 => Frame::Ready(Totals { entries: choices.number() }),
            13 => Frame::Ack(Ack { frames: choices.number(), receipt: None, proof: vec![] }),
            14 => Frame::ReceiptsWanted(vec![ReceiptsWant {
                unit: choices.of(&UNITS).parse().unwrap(),
                ids: ids(choices),
                witnessed: choices.byte().is_multiple_of(2),
            }]),
            _ => {
                let who = self.links[link].unwrap_or(0);
                Frame::Hello(self.hello(who, choices.byte() % 4))
            }
        }
    }

    /// An entry signed by an officer, whatever it says, with or without its body.
    fn parcel(&mut self, choices: &mut Choices<'_>) -> Option<Parcel> {
        let (entry, body) = self.sign(choices)?;
        let body = (choices.byte() % 16 != 1).then_some(&body);
        Some(Parcel::new(entry.bytes(), body))
    }

    fn sign(&mut self, choices: &mut Choices<'_>) -> Option<(Entry, Arc<[u8]>)> {
        let by = usize::from(choices.byte()) % self.signed.len();
        let last = self.signed[by];
        let body = match choices.byte() % 4 {
            0 => choices.bytes(),
            1 => {
                let mut body = BODIES.with(|bodies| choices.of(bodies).clone());
                let at = usize::from(choices.byte()) % body.len();
                body[at] ^= 1 << (choices.byte() % 8);
                body
            }
            _ => BODIES.with(|bodies| choices.of(bodies).clone()),
        };
        let (seq, prev) = match (choices.byte() % 8, last) {
            (0, _) | (_, None) => (0, None),
            (1, Some((id, _))) => (choices.number(), Some(id)),
            (2, Some(_)) => (choices.number(), Some(EntryId(Hash([choices.byte(); 32])))),
            (_, Some((id, seq))) => (seq.saturating_add(1), Some(id)),
        };
        let mut after = match choices.byte() % 8 {
            0 => Some(vec![]),
            1 => Some(vec![EntryId(Hash([choices.byte(); 32]))]),
            2 => Some((0..33).map(|n| EntryId(Hash([n; 32]))).take(usize::from(choices.byte() % 34)).collect()),
            _ => None,
        };
        if let (Some(after), true) = (&mut after, choices.byte().is_multiple_of(2)) {
            after.sort();
        }
        let anchor = (choices.byte().is_multiple_of(4)).then(|| Anchor {
            log: self.replica.me().certificate,
            size: choices.number(),
            root: Hash([choices.byte(); 32]),
        });
        let header = Header {
            scope: scope(choices),
            kind: Kind(u16::from(choices.byte() % 24)),
            doc: DocId([choices.byte() % 4; 16]),
            author: on_stage(|stage| stage.officers[by].certificate),
            epoch: Epoch([choices.byte() % 4; 8]),
            seq,
            prev,
            after,
            claimed_time_s: *choices.of(&TIMES),
            anchor,
            body: Hash::of(&body),
        };
        let genesis = self.genesis.hash();
        let entry = on_stage(|stage| header.sign(&genesis, World::key_of(&stage.officers[by]))).ok()?;
        self.signed[by] = Some((entry.id(), seq));
        Some((entry, body.into()))
    }

    fn say(&mut self, peer: PeerId, frame: Vec<u8>) {
        self.heard_frames += 1;
        self.step(Input::Received { peer, frame });
    }

    /// One input, and everything the node asks for because of it.
    fn step(&mut self, input: Input) {
        let (now, genesis) = (Now(self.now), self.genesis.hash());
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let mut effects = VecDeque::from(self.replica.step(now, input, &self.records).unwrap());
            while let Some(effect) = effects.pop_front() {
                match effect {
                    Effect::Store(batch) => {
                        self.records.store(&batch);
                        effects.extend(self.replica.step(now, Input::Stored, &self.records).unwrap());
                    }
                    Effect::Check { peer, parcels } => {
                        let results = parcels.into_iter().map(|parcel| parcel.check(&genesis)).collect();
                        inputs.push_back(Input::Checked { peer, results });
                    }
                    Effect::Send { frame, .. } => {
                        let bytes = frame.to_bytes();
                        assert_eq!(Frame::parse(&bytes).as_ref(), Ok(&frame), "what is sent can be read");
                        self.sent_bytes += bytes.len();
                        self.sent_frames += 1;
                    }
                    Effect::Sign(signing) => {
                        let done = signing.finish(&mut self.replica, now, &self.key, &self.records);
                        let (more, input) = done.unwrap();
                        more.into_iter().rev().for_each(|effect| effects.push_front(effect));
                        inputs.extend(input);
                    }
                    Effect::Close { peer } => {
                        self.links[usize::try_from(peer.0).unwrap()] = None;
                        inputs.push_back(Input::Disconnected { peer });
                    }
                    Effect::Erase { at } => at.iter().for_each(|at| self.records.erase(*at)),
                    Effect::Mend { at, entry, body, .. } => {
                        self.records.mend(at, entry, body);
                        inputs.push_back(Input::Mended { at });
                    }
                    Effect::Keep { chunk, .. } => panic!("{chunk} is kept, and nobody lacked it"),
                    Effect::Reply { .. } | Effect::Tell(_) => {}
                }
            }
        }
    }

    /// What is stored makes the same node again, whichever way it is read, and every document of it can be read.
    fn check(&self) {
        let (genesis, me) = (self.genesis.clone(), self.replica.me().clone());
        let unit = genesis.root.clone();
        let digest = self.replica.frontier().digest(&unit);
        let length = LogIndex(self.records.len());
        let opened = Replica::open(genesis.clone(), me.clone(), [8; 32], length, &self.records).unwrap();
        assert_eq!(opened.frontier().digest(&unit), digest, "opened again it is the same");
        let mut fresh = Replica::open(genesis, me, [9; 32], LogIndex(0), &Memory::default()).unwrap();
        let mut records = Memory::default();
        let batch = fresh.replay(self.records.facts(), &records).unwrap();
        records.store(&batch);
        assert_eq!(fresh.frontier().digest(&unit), digest, "replayed it is the same");
        for kind in 0..24 {
            for document in self.replica.documents(Kind(kind), &self.records).unwrap() {
                let read = |replica: &Replica, records: &Memory| {
                    let history = replica.history(&document, records).unwrap();
                    let verdicts = history.iter().map(|said| said.body.as_ref().map(drop).map_err(|why| why.code()));
                    let reading = replica.document(&history, records, None).unwrap();
                    (verdicts.collect::<Vec<_>>(), reading.map(|reading| reading.digest()))
                };
                assert!(read(&self.replica, &self.records) == read(&fresh, &records), "{document:?}");
            }
        }
    }
}

fn scope(choices: &mut Choices<'_>) -> Scope {
    let home = choices.of(&UNITS).parse().unwrap();
    Scope { home, reach: Reach(choices.byte() % 5), shelf: Shelf(choices.byte() % 6) }
}

/// The key of a peer nobody knows.
pub fn nobody() -> PublicKey {
    samples::key(66).public()
}
