//! A county on the hub: real nodes with their real network, dialling and waiting as in an office, over replicas whose
//! records are in memory, all on one thread under one paused clock.
//!
//! Only the thread that owns replica and store (`node/src/run/driver.rs`) is played here, because a thread would not wait
//! for the clock: the same asks, the same groups, the same order of deciding, syncing and acting.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use fangwei_node::{
    identity::Identity,
    limits::GROUP_ASKS_MAX,
    node::{Node, NodeOptions, Upstream},
    run::{Ask, Core, Outbox},
};
use fangwei_protocol::{
    record::{
        body::{Content, Step, Value},
        entry::{DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    },
    records::{Memory, find},
    replica::{Draft, Effect, Event, Input, Now, PeerId, Replica, Signing, Ticket},
    trust::{
        charter::Role,
        genesis::{GenesisHash, SignedGenesis},
        key::KeyPair,
    },
    work::unit::UnitPath,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::{
    hub::{Hub, Site},
    world::{Officer, World},
};

/// What a sync of the journal takes on an office machine.
const SYNC: Duration = Duration::from_millis(5);

/// A county whose nodes are on a hub.
pub struct Wired {
    /// What carries their datagrams.
    pub hub: Hub,
    members: BTreeMap<String, Member>,
}

/// One node on the hub.
pub struct Member {
    /// The node: its network is the product's.
    pub node: Node,
    /// Where it is.
    pub site: Site,
    /// The unit above it; none for the root.
    pub above: Option<String>,
    mind: Arc<Mutex<Mind>>,
    say: mpsc::UnboundedSender<Saying>,
    driving: JoinHandle<()>,
}

/// What a node decides with and keeps.
struct Mind {
    unit: UnitPath,
    replica: Replica,
    records: Memory,
    key: Arc<KeyPair>,
    officer: Officer,
    genesis: GenesisHash,
    events: Vec<Event>,
    began: (i64, Instant),
    written: u64,
}

/// Something an officer writes; the answer is the entry's name, or none while the officer is unknown there.
struct Saying {
    text: String,
    reply: oneshot::Sender<Option<EntryId>>,
}

/// Done once everything decided before it is durable.
enum Deferred {
    Send(PeerId, Vec<u8>),
    Sign(Signing, Now),
    Close(PeerId),
    Met(PeerId),
}

impl Wired {
    /// A county of these units, the root first, each with the unit above it, every one with an officer who reports. All
    /// dial at once. `with` changes a node's options before it starts.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn new(seed: u64, units: &[(&str, Option<&str>)], with: impl Fn(NodeOptions) -> NodeOptions) -> Wired {
        let root = units[0].0;
        let mut world = World::seeded(root, seed);
        units[1..].iter().for_each(|(unit, _)| world.add_node(unit));
        let officers: BTreeMap<String, Officer> =
            units.iter().map(|(unit, _)| (unit.to_string(), world.add_officer(unit, &[Role::REPORTER]))).collect();
        // Whoever joins has brought home what proves its certificate; here all of the charter.
        for (unit, above) in units.iter().filter_map(|(unit, above)| Some((unit, (*above)?))) {
            world.connect(unit, above);
            world.settle();
            world.cut(unit, above);
        }
        let hub = Hub::new(seed);
        let sites: BTreeMap<&str, Site> = units.iter().map(|(unit, _)| (*unit, hub.site())).collect();
        let keys: BTreeMap<&str, _> = units.iter().map(|(unit, _)| (*unit, world.node(unit).key())).collect();
        let (genesis, now) = (world.genesis.clone(), world.now);
        let began = (now, Instant::now());
        let mut members = BTreeMap::new();
        for (unit, above) in units {
            let crate::world::Node { unit: path, replica, records, key, .. } = world.nodes.remove(*unit).unwrap();
            let above_at = |above: &str| Upstream { address: hub.address(sites[above]), key: keys[above] };
            let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
            let redial_seed =
                u64::from_be_bytes(*Hash::of(format!("{seed} {unit}").as_bytes()).0.first_chunk().unwrap());
            let options = NodeOptions {
                upstream: above.iter().map(|above| above_at(above)).collect(),
                redial_seed,
                ..NodeOptions::new(any)
            };
            let identity = Identity {
                genesis: SignedGenesis::new(genesis.clone()),
                me: replica.me().clone(),
                key: KeyPair::from_seed(key.seed()),
            };
            let endpoint = hub.endpoint(sites[unit], &key);
            let mind = Mind {
                unit: path,
                replica,
                records,
                key: Arc::new(key),
                officer: officers[*unit].clone(),
                genesis: genesis.hash(),
                events: Vec::new(),
                began,
                written: 0,
            };
            let mind = Arc::new(Mutex::new(mind));
            let (core, asks) = Core::without_thread();
            let (say, sayings) = mpsc::unbounded_channel();
            let driving = tokio::spawn(drive(mind.clone(), asks, sayings));
            let node = Node::start_over(Path::new(*unit), Arc::new(identity), core, endpoint, with(options));
            let (site, above) = (sites[unit], above.map(str::to_owned));
            members.insert(unit.to_string(), Member { node, site, above, mind, say, driving });
        }
        Wired { hub, members }
    }

    /// One node.
    pub fn member(&self, unit: &str) -> &Member {
        &self.members[unit]
    }

    /// Every node with its unit.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.members.iter().map(|(unit, member)| (unit.as_str(), member))
    }

    /// Units that have one above them, and that one: the links of the county.
    pub fn links(&self) -> Vec<(String, String)> {
        self.members().filter_map(|(unit, member)| Some((unit.to_owned(), member.above.clone()?))).collect()
    }

    /// Shuts or opens a link, both ways.
    pub fn cut(&self, (lower, upper): &(String, String), is_cut: bool) {
        let (lower, upper) = (self.members[lower].site, self.members[upper].site);
        self.hub.cut(lower, upper, is_cut);
        self.hub.cut(upper, lower, is_cut);
    }

    /// Whether the two ends of every link hold the same of what they share.
    pub fn all_agree(&self) -> bool {
        self.links().iter().all(|(lower, upper)| {
            let unit: UnitPath = lower.parse().unwrap();
            self.members[lower].digest(&unit) == self.members[upper].digest(&unit)
        })
    }

    /// No honest node accused another, refused it or hung up on it, and no feed forked.
    ///
    /// # Panics
    ///
    /// If one did.
    pub fn nobody_is_accused(&self) {
        for (unit, member) in self.members() {
            for event in &member.mind().events {
                let accuses = matches!(
                    event,
                    Event::Contradicted { .. }
                        | Event::Refused { .. }
                        | Event::Ended { .. }
                        | Event::Forked { .. }
                        | Event::LogDiffers { .. }
                        | Event::Restored { .. }
                );
                assert!(!accuses, "{unit} says {event:?}");
            }
        }
    }

    /// Stops every node. What is left then is the hub.
    pub async fn stop(self) {
        for (_, member) in self.members {
            member.node.stop().await;
            member.driving.await.unwrap();
        }
    }
}

impl Member {
    fn mind(&self) -> MutexGuard<'_, Mind> {
        self.mind.lock().unwrap()
    }

    /// The officer here writes a report. None while its certificate has not come here.
    pub async fn report(&self, text: &str) -> Option<EntryId> {
        let (reply, answer) = oneshot::channel();
        self.say.send(Saying { text: text.into(), reply }).ok()?;
        answer.await.ok()?
    }

    /// Whether it holds an entry.
    pub fn holds(&self, id: &EntryId) -> bool {
        find(&self.mind().records, id).unwrap().is_some()
    }

    /// Whether a node above confirmed an entry to it.
    pub fn is_confirmed(&self, id: &EntryId) -> bool {
        let mind = self.mind();
        let Some(said) = mind.replica.find(id, &mind.records).unwrap() else { return false };
        !mind.replica.held_above(&said.entry, &mind.records).unwrap().is_empty()
    }

    /// Entries it holds.
    pub fn entries(&self) -> u64 {
        self.mind().records.len()
    }

    /// How many sessions began so far.
    pub fn sessions(&self) -> usize {
        self.mind().events.iter().filter(|event| matches!(event, Event::Met { .. })).count()
    }

    /// What it and whoever is above `unit` share of it.
    fn digest(&self, unit: &UnitPath) -> Hash {
        self.mind().replica.frontier().link_digest(unit)
    }
}

impl Mind {
    fn now(&self) -> Now {
        let (began_s, began) = self.began;
        Now(began_s + began.elapsed().as_secs() as i64)
    }

    /// Lets the replica decide; what may be done only when all is durable is put aside. Returns whether anything was
    /// stored.
    fn step(&mut self, input: Input, aside: &mut Vec<Deferred>) -> bool {
        let now = self.now();
        let mut stored = false;
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let mut effects = self.replica.step(now, input, &self.records).unwrap();
            while !effects.is_empty() {
                match effects.remove(0) {
                    Effect::Store(batch) => {
                        stored = true;
                        self.records.store(&batch);
                        effects.extend(self.replica.step(now, Input::Stored, &self.records).unwrap());
                    }
                    Effect::Check { peer, parcels } => {
                        let results = parcels.into_iter().map(|parcel| parcel.check(&self.genesis)).collect();
                        inputs.push(Input::Checked { peer, results });
                    }
                    Effect::Send { peer, frame } => aside.push(Deferred::Send(peer, frame.to_bytes())),
                    Effect::Sign(signing) => aside.push(Deferred::Sign(signing, now)),
                    Effect::Close { peer } => aside.push(Deferred::Close(peer)),
                    Effect::Reply { result, .. } => drop(result.unwrap()),
                    Effect::Erase { at } => at.iter().for_each(|at| self.records.erase(*at)),
                    Effect::Keep { chunk, bytes } => self.records.keep(chunk, bytes),
                    // Its records are in memory and whole.
                    Effect::Mend { at, .. } => inputs.push(Input::Mended { at }),
                    Effect::Tell(event) => {
                        aside.extend(if let Event::Met { peer, .. } = event {
                            Some(Deferred::Met(peer))
                        } else {
                            None
                        });
                        self.events.push(event);
                    }
                }
            }
        }
        stored
    }

    fn write(&mut self, text: String, aside: &mut Vec<Deferred>) -> (Option<EntryId>, bool) {
        self.written += 1;
        let drawn = Hash::of(format!("{} {}", self.unit, self.written).as_bytes()).0;
        let (salt, doc) = (*drawn.first_chunk::<16>().unwrap(), *drawn.last_chunk::<16>().unwrap());
        let scope = Scope { home: self.unit.clone(), reach: Reach::UP, shelf: Shelf::CASE };
        let step = Step::Set { field: "title".into(), value: Some(Value::Text(text)) };
        let document = DocKey { scope, kind: Kind::REPORT, doc: DocId(doc) };
        let (author, content) = (self.officer.certificate, Content::Edit(vec![step]));
        let draft = Draft { author, document, after: None, content };
        let Ok(unsigned) = self.replica.draft(self.now(), salt, draft, &self.records) else { return (None, false) };
        let (entry, body) = unsigned.sign(&self.replica, &self.officer.key).unwrap();
        let id = entry.id();
        (Some(id), self.step(Input::Submit { ticket: Ticket(0), entry, body }, aside))
    }

    /// Signs what is durable by now. Returns whether anything was stored with what came of it.
    fn sign(&mut self, signing: Signing, now: Now, aside: &mut Vec<Deferred>) -> bool {
        let key = self.key.clone();
        let (effects, input) = signing.finish(&mut self.replica, now, &key, &self.records).unwrap();
        for effect in effects {
            match effect {
                Effect::Send { peer, frame } => aside.push(Deferred::Send(peer, frame.to_bytes())),
                Effect::Tell(event) => self.events.push(event),
                _ => {}
            }
        }
        input.is_some_and(|input| self.step(input, aside))
    }
}

/// Plays the thread of a node: takes what is waiting, decides, syncs once, and only then acts.
async fn drive(mind: Arc<Mutex<Mind>>, mut asks: mpsc::Receiver<Ask>, mut sayings: mpsc::UnboundedReceiver<Saying>) {
    let mut outboxes: BTreeMap<PeerId, Outbox> = BTreeMap::new();
    loop {
        let (mut group, mut said) = (Vec::new(), None);
        tokio::select! {
            biased;
            ask = asks.recv() => match ask {
                Some(ask) => group.push(ask),
                None => return,
            },
            Some(saying) = sayings.recv() => said = Some(saying),
        }
        while group.len() < GROUP_ASKS_MAX
            && let Ok(ask) = asks.try_recv()
        {
            group.push(ask);
        }
        let (mut aside, mut reply, mut dirty, mut stop) = (Vec::new(), None, false, None);
        for ask in group {
            let mut mind = mind.lock().unwrap();
            let input = match ask {
                Ask::Attach { peer, key, dialled, outbox } => {
                    outboxes.insert(peer, outbox);
                    Input::Connected { peer, key, dialled }
                }
                Ask::Received { peer, frame } => Input::Received { peer, frame },
                Ask::Detach { peer } => {
                    outboxes.remove(&peer);
                    Input::Disconnected { peer }
                }
                Ask::Tick => Input::Tick,
                Ask::Stop(reply) => {
                    stop = Some(reply);
                    break;
                }
                // Looks and writings of the product need its store, which is not here; whoever asks is told so.
                Ask::Read(_) | Ask::Write { .. } | Ask::Submit { .. } | Ask::Rebuild(_) | Ask::Scrub(_) => continue,
            };
            dirty |= mind.step(input, &mut aside);
        }
        if let Some(Saying { text, reply: to }) = said {
            let (id, stored) = mind.lock().unwrap().write(text, &mut aside);
            dirty |= stored;
            reply = Some((to, id));
        }
        while dirty || !aside.is_empty() {
            if std::mem::take(&mut dirty) {
                sleep(SYNC).await;
            }
            for deferred in std::mem::take(&mut aside) {
                match deferred {
                    Deferred::Send(peer, frame) => {
                        if outboxes.get(&peer).is_some_and(|outbox| outbox.send(frame).is_err()) {
                            outboxes.remove(&peer);
                        }
                    }
                    Deferred::Met(peer) => {
                        if let Some(outbox) = outboxes.get_mut(&peer) {
                            outbox.met();
                        }
                    }
                    Deferred::Close(peer) => {
                        outboxes.remove(&peer);
                    }
                    Deferred::Sign(signing, now) => {
                        // What signing asks to be sent depends on nothing that is not durable.
                        dirty |= mind.lock().unwrap().sign(signing, now, &mut aside);
                    }
                }
            }
        }
        if let Some((reply, id)) = reply {
            let _ = reply.send(id);
        }
        if let Some(reply) = stop {
            let _ = reply.send(());
            return;
        }
    }
}
