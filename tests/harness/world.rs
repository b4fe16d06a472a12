//! A county in memory: the very replicas the nodes run, over records in memory, on one thread.
//!
//! Effects are done in the order the replica asks for; frames travel through queues that a test may count, cut,
//! reorder between links or hold back. Everything is drawn from the seed.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use fangwei_protocol::{
    record::{
        body::{Act, Content, Step, Value},
        entry::{CertificateId, DocId, DocKey, Entry, EntryId, Hash, Kind, Reach, Scope, Shelf},
    },
    records::{LogIndex, Memory, Records, find},
    replica::{Draft, Effect, Event, Input, Me, Now, PeerId, Replica, Ticket, WriteError},
    trust::{
        charter::{Certificate, Charter, Custody, MayIssue, Role},
        genesis::Genesis,
        key::{KeyPair, PublicKey},
    },
    work::unit::UnitPath,
};

use crate::{
    attachments,
    filters::Filters,
    links::Link,
    meter::{Damaged, Meter},
    stranger::Stranger,
};

/// One node.
pub struct Node {
    /// Where it stands.
    pub unit: UnitPath,
    /// What it decides.
    pub replica: Replica,
    /// What it stores.
    pub records: Memory,
    /// What it told.
    pub events: Vec<Event>,
    /// Entries it was asked to overwrite the bodies of.
    pub erased: Vec<LogIndex>,
    /// An entry that reads as another one where the log is hashed again.
    pub damaged: Option<EntryId>,
    /// What its process started from: its epochs follow from it.
    pub(crate) start: [u8; 32],
    pub(crate) key: KeyPair,
}

/// One officer: a certificate and its key.
#[derive(Clone)]
pub struct Officer {
    /// Under which certificate.
    pub certificate: CertificateId,
    pub(crate) key: Arc<KeyPair>,
}

/// A county.
pub struct World {
    /// The tree's beginning.
    pub genesis: Genesis,
    /// The clock: seconds.
    pub now: i64,
    pub(crate) nodes: BTreeMap<String, Node>,
    pub(crate) links: BTreeMap<(String, String), Link>,
    /// At each connection's name, whom it leads to.
    pub(crate) met: BTreeMap<PeerId, String>,
    pub(crate) filters: Filters,
    pub(crate) strangers: BTreeMap<PeerId, Stranger>,
    pub(crate) next_peer: u64,
    next_seed: u64,
    administrator: Officer,
    secretary: Officer,
    root: Officer,
    pub(crate) meter: Option<Meter>,
}

/// Every role, for those who may issue them.
fn all_roles() -> Vec<Role> {
    Role::ALL.iter().map(|(role, _)| *role).collect()
}

impl World {
    /// A county of this root with a node there, an administrator and a secretary.
    pub fn new(root: &str) -> World {
        World::seeded(root, 1)
    }

    /// The same, drawn from a seed.
    pub fn seeded(root: &str, seed: u64) -> World {
        let mut next_seed = seed.wrapping_mul(1_000_003);
        let mut key = || {
            next_seed += 1;
            Arc::new(KeyPair::from_seed(&Hash::of(&next_seed.to_be_bytes()).0))
        };
        let (root_key, administrator, secretary, node) = (key(), key(), key(), key());
        let root: UnitPath = root.parse().unwrap();
        let founder = |key: &KeyPair, roles: Vec<Role>, may_issue| Certificate {
            key: key.public(),
            holder: holder(key),
            unit: root.clone(),
            roles,
            not_before_s: 0,
            not_after_s: i64::MAX,
            custody: Custody::NODE_HELD,
            rank: 100,
            may_issue,
        };
        let genesis = Genesis {
            name: "示例县".into(),
            root: root.clone(),
            root_keys: vec![root_key.public()],
            threshold: 1,
            founders: vec![
                founder(
                    &administrator,
                    vec![Role::ADMINISTRATOR],
                    Some(MayIssue { roles: all_roles(), levels_below: 6 }),
                ),
                founder(&secretary, vec![Role::SECRETARY], None),
            ],
            made_s: 1_790_000_000,
            salt: Hash::of(&seed.to_be_bytes()).0.first_chunk::<16>().copied().unwrap().into(),
        };
        genesis.check().unwrap();
        let ids: Vec<CertificateId> = genesis.founders().map(|(id, _)| id).collect();
        let root = Officer { certificate: Charter::new(genesis.clone()).root().certificate_id(0), key: root_key };
        let mut world = World {
            genesis,
            now: 1_790_000_000,
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
            met: BTreeMap::new(),
            filters: Filters::new(),
            strangers: BTreeMap::new(),
            next_peer: 0,
            next_seed,
            administrator: Officer { certificate: ids[0], key: administrator },
            secretary: Officer { certificate: ids[1], key: secretary },
            root,
            meter: None,
        };
        // The first node certifies itself through the administrator, with the records it will keep.
        let root = world.genesis.root.clone();
        let me = Me { certificate: ids[0], unit: root.clone() };
        let records = Memory::default();
        let start = world.seed();
        let replica = Replica::open(world.genesis.clone(), me, start, LogIndex(0), &records).unwrap();
        let key = KeyPair::from_seed(node.seed());
        world.nodes.insert(
            root.to_string(),
            Node { unit: root.clone(), replica, records, events: vec![], erased: vec![], damaged: None, start, key },
        );
        let certificate = world.node_certificate(&root, &node, 200);
        let administrator = world.administrator.clone();
        let id = world.certify(root.as_str(), &administrator, certificate, Reach::DOWN);
        world.restart_as(root.as_str(), id);
        world.root.certificate = world.node(root.as_str()).replica.charter().root().certificate_id(0);
        world
    }

    /// The county's administrator.
    pub fn administrator(&self) -> Officer {
        self.administrator.clone()
    }

    /// The county's secretary.
    pub fn secretary(&self) -> Officer {
        self.secretary.clone()
    }

    /// The root key.
    pub fn root(&self) -> Officer {
        self.root.clone()
    }

    /// A fresh 32 bytes.
    pub fn seed(&mut self) -> [u8; 32] {
        self.next_seed += 1;
        Hash::of(&self.next_seed.to_be_bytes()).0
    }

    /// A node at `unit`, certified by the county's administrator on the county's node, with nothing but the genesis.
    pub fn add_node(&mut self, unit: &str) {
        let seed = self.seed();
        let key = KeyPair::from_seed(&seed);
        let path: UnitPath = unit.parse().unwrap();
        let certificate = self.node_certificate(&path, &key, 300);
        let root = self.genesis.root.to_string();
        let administrator = self.administrator.clone();
        let id = self.certify(&root, &administrator, certificate, Reach::DOWN);
        let records = Memory::default();
        let me = Me { certificate: id, unit: path.clone() };
        let start = self.seed();
        let replica = Replica::open(self.genesis.clone(), me, start, LogIndex(0), &records).unwrap();
        self.nodes.insert(
            unit.into(),
            Node { unit: path, replica, records, events: vec![], erased: vec![], damaged: None, start, key },
        );
    }

    /// A second node at `unit`, called `name`.
    pub fn add_twin(&mut self, unit: &str, name: &str) {
        let first = self.nodes.remove(unit);
        self.add_node(unit);
        let twin = self.nodes.remove(unit).unwrap();
        self.nodes.insert(name.into(), twin);
        self.nodes.extend(first.map(|first| (unit.to_string(), first)));
    }

    fn node_certificate(&self, unit: &UnitPath, key: &KeyPair, rank: u16) -> Certificate {
        Certificate {
            key: key.public(),
            holder: holder(key),
            unit: unit.clone(),
            roles: vec![Role::NODE],
            not_before_s: 0,
            not_after_s: i64::MAX,
            custody: Custody::NODE_HELD,
            rank,
            may_issue: None,
        }
    }

    /// An officer at `unit`, certified (and endorsed where needed) on the county's node.
    pub fn add_officer(&mut self, unit: &str, roles: &[Role]) -> Officer {
        self.add_officer_of_rank(unit, roles, 400)
    }

    /// The same, of a rank.
    pub fn add_officer_of_rank(&mut self, unit: &str, roles: &[Role], rank: u16) -> Officer {
        let seed = self.seed();
        let key = Arc::new(KeyPair::from_seed(&seed));
        let mut roles = roles.to_vec();
        roles.sort();
        let home_only =
            roles.iter().all(|role| [Role::REPORTER, Role::INVITED_REPORTER, Role::POST_HOLDER].contains(role));
        let certificate = Certificate {
            key: key.public(),
            holder: holder(&key),
            unit: unit.parse().unwrap(),
            roles,
            not_before_s: 0,
            not_after_s: i64::MAX,
            custody: Custody::NODE_HELD,
            rank,
            may_issue: None,
        };
        let root = self.genesis.root.to_string();
        let administrator = self.administrator.clone();
        let needs = certificate.needs_endorsement();
        let reach = if home_only { Reach::UP } else { Reach::DOWN };
        let id = self.certify(&root, &administrator, certificate, reach);
        if needs {
            let secretary = self.secretary.clone();
            let document = self.node(&root).replica.find(&id, &self.node(&root).records).unwrap().unwrap();
            let document = document.entry.header().document();
            self.write(&root, &secretary, document, Content::Act(Act::Endorse { subject: id })).unwrap();
        }
        Officer { certificate: id, key }
    }

    /// Certifies at `node`.
    pub fn certify(&mut self, node: &str, by: &Officer, certificate: Certificate, reach: Reach) -> CertificateId {
        let scope = Scope { home: certificate.unit.clone(), reach, shelf: Shelf::CHARTER };
        let document = self.new_document(scope, Kind::CERTIFICATE);
        self.write(node, by, document, Content::Act(Act::Certify(Box::new(certificate)))).unwrap()
    }

    /// A document of a kind nobody has yet.
    pub fn new_document(&mut self, scope: Scope, kind: Kind) -> DocKey {
        let doc = DocId(self.seed().first_chunk::<16>().copied().unwrap());
        DocKey { scope, kind, doc }
    }

    /// A new report at `unit`, written on its node.
    pub fn report(&mut self, unit: &str, by: &Officer, title: &str) -> EntryId {
        let scope = Scope { home: unit.parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE };
        let document = self.new_document(scope, Kind::REPORT);
        let step = Step::Set { field: "title".into(), value: Some(Value::Text(title.into())) };
        self.write(unit, by, document, Content::Edit(vec![step])).unwrap()
    }

    /// An officer writes on a node.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn write(
        &mut self,
        node: &str,
        by: &Officer,
        document: DocKey,
        content: Content,
    ) -> Result<EntryId, WriteError> {
        self.write_after(node, by, document, None, content)
    }

    /// An officer writes on a node, having seen these heads.
    ///
    /// # Errors
    ///
    /// The refusal.
    pub fn write_after(
        &mut self,
        node: &str,
        by: &Officer,
        document: DocKey,
        after: Option<Vec<EntryId>>,
        content: Content,
    ) -> Result<EntryId, WriteError> {
        let mut draft = Draft { author: by.certificate, document, after, content };
        loop {
            let at = self.node(node);
            let Some(join) = at.replica.join(&draft, &at.records)? else { break };
            let joined = join.after.clone().unwrap();
            let id = self.write_draft(node, by, join)?;
            draft.has_joined(&joined, id);
        }
        self.write_draft(node, by, draft)
    }

    fn write_draft(&mut self, node: &str, by: &Officer, draft: Draft) -> Result<EntryId, WriteError> {
        let salt = self.seed().first_chunk::<16>().copied().unwrap();
        let now = Now(self.now);
        let at = self.node(node);
        let unsigned = at.replica.draft(now, salt, draft, &at.records)?;
        let (entry, body) = unsigned.sign(&at.replica, &by.key).unwrap();
        let id = entry.id();
        self.submit(node, entry, body);
        Ok(id)
    }

    /// Hands a signed entry to a node as its own.
    pub fn submit(&mut self, node: &str, entry: Entry, body: Arc<[u8]>) {
        self.step(node, Input::Submit { ticket: Ticket(0), entry, body });
    }

    /// An officer's key, for signing what no honest node would.
    pub fn key_of(officer: &Officer) -> &KeyPair {
        &officer.key
    }

    /// One node.
    pub fn node(&self, unit: &str) -> &Node {
        &self.nodes[unit]
    }

    /// One node, to be changed.
    pub fn node_mut(&mut self, unit: &str) -> &mut Node {
        self.nodes.get_mut(unit).unwrap()
    }

    /// Every node's unit.
    pub fn units(&self) -> Vec<String> {
        self.nodes.keys().cloned().collect()
    }

    /// Opens a node again from what it stored: a restart.
    pub fn restart(&mut self, unit: &str) {
        let certificate = self.nodes[unit].replica.me().certificate;
        self.restart_as(unit, certificate);
    }

    fn restart_as(&mut self, unit: &str, certificate: CertificateId) {
        self.cut_all(unit);
        let start = self.seed();
        let node = self.nodes.get_mut(unit).unwrap();
        let me = Me { certificate, unit: node.unit.clone() };
        let length = LogIndex(node.records.len());
        node.replica = Replica::open(self.genesis.clone(), me, start, length, &node.records).unwrap();
        node.start = start;
    }

    /// Tells a node that was opened what it lacks of attachments.
    pub fn find_lacking(&mut self, unit: &str) {
        let node = &self.nodes[unit];
        let chunks = attachments::lacking(&node.replica, &node.records);
        self.step(unit, Input::Lacking { chunks });
    }

    /// Replaces what a node stores and opens it: a restored disk.
    pub fn restore(&mut self, unit: &str, records: Memory) {
        self.nodes.get_mut(unit).unwrap().records = records;
        self.restart(unit);
    }

    /// Hands one input to a node and does what it asks for.
    pub fn step(&mut self, unit: &str, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = Now(self.now);
            let genesis = self.genesis.hash();
            let node = self.nodes.get_mut(unit).unwrap();
            let mut effects: VecDeque<Effect> = node.replica.step(now, input, &node.records).unwrap().into();
            while let Some(effect) = effects.pop_front() {
                let node = self.nodes.get_mut(unit).unwrap();
                match effect {
                    Effect::Store(batch) => {
                        node.records.store(&batch);
                        let more = node.replica.step(now, Input::Stored, &node.records).unwrap();
                        effects.extend(more);
                    }
                    Effect::Check { peer, parcels } => {
                        let results = parcels.into_iter().map(|parcel| parcel.check(&genesis)).collect();
                        inputs.push_back(Input::Checked { peer, results });
                    }
                    Effect::Send { peer, frame } => self.send(unit, peer, &frame),
                    Effect::Sign(signing) => {
                        let damaged = node.damaged.and_then(|id| find(&node.records, &id).unwrap());
                        let damaged = damaged.map(|at| Damaged { below: &node.records, at });
                        let records: &dyn Records = damaged.as_ref().map_or(&node.records, |damaged| damaged);
                        let done = signing.finish(&mut node.replica, now, &node.key, records);
                        let (more, input) = done.unwrap();
                        more.into_iter().rev().for_each(|effect| effects.push_front(effect));
                        inputs.extend(input);
                    }
                    Effect::Close { peer } => self.close(peer),
                    Effect::Reply { result, .. } => {
                        result.unwrap();
                    }
                    Effect::Erase { at } => {
                        at.iter().for_each(|at| node.records.erase(*at));
                        node.erased.extend(at);
                    }
                    Effect::Mend { at, entry, body, .. } => {
                        node.records.mend(at, entry, body);
                        inputs.push_back(Input::Mended { at });
                    }
                    Effect::Keep { chunk, bytes } => node.records.keep(chunk, bytes),
                    Effect::Tell(event) => node.events.push(event),
                }
            }
        }
    }

    /// The digest of everything below a unit, as a node sees it.
    pub fn digest(&self, node: &str, below: &str) -> Hash {
        self.node(node).replica.frontier().digest(&below.parse().unwrap())
    }
}

impl Node {
    /// Its key pair, for what an honest node would not sign.
    pub fn key_pair(&self) -> &KeyPair {
        &self.key
    }

    /// Its public key.
    pub fn key(&self) -> PublicKey {
        self.key.public()
    }

    /// Entries it holds.
    pub fn entries(&self) -> u64 {
        self.records.len()
    }

    /// Whether a node above has confirmed an entry.
    pub fn is_held_above(&self, id: &EntryId) -> bool {
        let said = self.replica.find(id, &self.records).unwrap().unwrap();
        !self.replica.held_above(&said.entry, &self.records).unwrap().is_empty()
    }
}

fn holder(key: &KeyPair) -> fangwei_protocol::trust::charter::HolderId {
    key.public().bytes().first_chunk::<16>().copied().unwrap().into()
}
