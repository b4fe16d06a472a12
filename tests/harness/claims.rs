//! What must always hold, asked of a whole county.

pub(crate) mod attached;
pub mod name;
pub(crate) mod rules;
pub(crate) mod simulated;

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    record::{
        entry::{CertificateId, DocKey, EntryId, Kind, Reach},
        message::{Bye, ByeCode},
        reconcile::is_shared,
    },
    records::{FeedKey, LogIndex, Memory, Records, key::Under},
    replica::{Event, Replica},
    trust::{checkpoint::Note, confirmed, key::PublicKey, receipt::Receipt, witnessing::Evidence},
    work::schema::SCHEMAS,
};

use crate::{
    cases::folded,
    world::{Node, World},
};

/// What a reader of a node sees of one document: verdicts, merged fields and marks, the case as folded.
#[derive(PartialEq, Eq, Debug)]
pub struct Seen {
    /// For each entry, the verdict in words.
    pub verdicts: BTreeMap<EntryId, String>,
    /// Fields, marks, heads.
    pub reading: String,
    /// Both folds of a case.
    pub folds: String,
}

/// Kinds a test writes, one of them of a newer version.
pub fn kinds() -> impl Iterator<Item = Kind> {
    SCHEMAS.iter().map(|schema| schema.kind).chain([Kind(999)])
}

/// What a reader sees of a document.
pub fn see(replica: &Replica, records: &dyn Records, document: &DocKey) -> Seen {
    let history = replica.history(document, records).unwrap();
    let verdicts =
        history.iter().map(|said| (said.entry.id(), format!("{:?} {:?}", said.verdict(), said.redactions())));
    let folds = folded(replica, document, &history, records);
    let document = replica.document(&history, records, None).unwrap();
    Seen { verdicts: verdicts.collect(), reading: format!("{:?}", document.map(|document| document.read())), folds }
}

/// Every document held.
pub fn documents(replica: &Replica, records: &dyn Records) -> Vec<DocKey> {
    kinds().flat_map(|kind| replica.documents(kind, records).unwrap()).collect()
}

impl Node {
    /// What a reader sees of a document.
    pub fn see(&self, document: &DocKey) -> Seen {
        see(&self.replica, &self.records, document)
    }

    /// Every document held.
    pub fn documents(&self) -> Vec<DocKey> {
        documents(&self.replica, &self.records)
    }
}

/// Every node holds and reads what the county's node holds and reads of what they share.
///
/// # Panics
///
/// If not.
pub fn all_agree(world: &World) {
    let root = world.genesis.root.to_string();
    let top = world.node(&root);
    let seen: BTreeMap<DocKey, Seen> =
        top.documents().into_iter().map(|document| (document.clone(), top.see(&document))).collect();
    for unit in world.units() {
        let node = world.node(&unit);
        let (mine, theirs) = (node.replica.frontier(), top.replica.frontier());
        assert_eq!(mine.link_digest(&node.unit), theirs.link_digest(&node.unit), "{unit} and {root}");
        let documents = node.documents();
        for document in &documents {
            assert_eq!(Some(&node.see(document)), seen.get(document), "{unit} reads {document:?} otherwise");
        }
        let shared = seen.keys().filter(|document| is_shared(&node.unit, &document.scope));
        assert_eq!(shared.count(), documents.len(), "{unit} keeps other documents");
    }
}

/// Everything homed below a node with a node above it is known to be held above: branches and forks too.
///
/// # Panics
///
/// If not.
pub fn all_is_held_above(world: &World) {
    for unit in world.units().into_iter().filter(|unit| *unit != world.genesis.root.to_string()) {
        let node = world.node(&unit);
        for at in (0..node.entries()).map(LogIndex) {
            let entry = node.replica.entry(at, &node.records).unwrap();
            let (id, scope) = (entry.id(), &entry.header().scope);
            assert!(!node.unit.contains(&scope.home) || node.is_held_above(&id), "{unit} misses a receipt of {id}");
        }
    }
}

/// Everything homed below a node is known there to be held by each node above it.
///
/// # Panics
///
/// If not.
pub fn all_is_held_by_each_above(world: &World) {
    for unit in world.units() {
        let node = world.node(&unit);
        let above: BTreeSet<_> = world
            .units()
            .iter()
            .map(|above| world.node(above).unit.clone())
            .filter(|at| at.is_above(&node.unit))
            .collect();
        for at in (0..node.entries()).map(LogIndex) {
            let entry = node.replica.entry(at, &node.records).unwrap();
            let scope = &entry.header().scope;
            if !node.unit.contains(&scope.home) || scope.reach == Reach::LOCAL {
                continue;
            }
            let holders = node.replica.held_above(&entry, &node.records).unwrap();
            let unit_of = |id: &EntryId| node.replica.charter().complete(id).unwrap().certificate.unit.clone();
            let units: BTreeSet<_> = holders.iter().map(unit_of).collect();
            assert_eq!(units, above, "{unit}: {}", entry.id());
        }
    }
}

/// Deriving the index again from a node's facts, in groups of any size and by a process for each, gives the very same
/// index and frontier.
///
/// # Panics
///
/// If not.
pub fn replay_gives_the_same(world: &World, unit: &str, group: usize) {
    let node = world.node(unit);
    let again = replayed(world, unit, group);
    for (key, value) in node.records.index() {
        assert_eq!(again.0.index().get(key), Some(value), "{unit}, groups of {group}, table {:?}", key[0] as char);
    }
    assert!(again.0 == node.records, "{unit}, groups of {group}");
    let root = &world.genesis.root;
    assert_eq!(again.1.frontier().digest(root), node.replica.frontier().digest(root));
}

/// A node's facts, taken in from nothing, by a process that ends after each group.
///
/// # Panics
///
/// If they are refused.
pub fn replayed(world: &World, unit: &str, group: usize) -> (Memory, Replica) {
    let node = world.node(unit);
    let mut memory = Memory::default();
    let me = node.replica.me().clone();
    let open = |memory: &Memory| {
        Replica::open(world.genesis.clone(), me.clone(), [7; 32], LogIndex(memory.len()), memory).unwrap()
    };
    for facts in node.records.facts().chunks(group) {
        let batch = open(&memory).replay(facts, &memory).unwrap();
        memory.store(&batch);
    }
    node.records.chunks().iter().for_each(|(chunk, bytes)| memory.keep(*chunk, bytes.clone()));
    let replica = open(&memory);
    (memory, replica)
}

/// Of whom a county may say that something is wrong; of anybody else it may not.
#[derive(Clone, Copy, Default, Debug)]
pub struct Suspects<'a> {
    /// Nodes that lie, by name: what they say of others is worth nothing.
    pub dishonest: &'a [&'a str],
    /// Nodes whose machine was cloned while it ran: their logs may contradict each other.
    pub cloned: &'a [&'a str],
    /// Officers whose key is at work on two machines of one memory, or in two hands: their feeds may fork.
    pub keys: &'a [CertificateId],
}

/// No honest node is accused by another: none is shown to contradict itself, none is refused, none is hung up on; nor does
/// any officer's feed fork within one run of one machine.
///
/// # Panics
///
/// If one is.
pub fn nobody_honest_is_accused(world: &World, suspects: Suspects<'_>) {
    let Suspects { dishonest, cloned, keys } = suspects;
    let may_contradict: BTreeSet<CertificateId> =
        dishonest.iter().chain(cloned).map(|name| world.node(name).replica.me().certificate).collect();
    for name in world.units().into_iter().filter(|name| !dishonest.contains(&name.as_str())) {
        let node = world.node(&name);
        let is_dishonest = |peer| dishonest.contains(&world.at_the_other_end(peer));
        for event in &node.events {
            match event {
                Event::Contradicted { node } => {
                    assert!(may_contradict.contains(node), "{name} accuses {node}, which is honest");
                }
                Event::Refused { peer, fault } => {
                    assert!(is_dishonest(*peer), "{name} refused an honest peer: {fault}")
                }
                Event::Ended { bye: Bye { code: ByeCode::STOPPING, .. }, .. } => {}
                Event::Ended { peer, bye } => assert!(is_dishonest(*peer), "{name} was told {bye:?}"),
                Event::Forked { author, .. } => assert!(keys.contains(author), "{name} says that {author} forked"),
                Event::LogDiffers { .. } => panic!("{name} does not read its own log"),
                _ => {}
            }
        }
        for evidence in node.replica.evidence(&node.records).unwrap() {
            let log = Note::parse(&evidence.came).unwrap().claimed().log.node;
            assert!(may_contradict.contains(&log), "{name} keeps evidence against {log}, which is honest");
        }
    }
}

/// Whether two notes contradict each other by themselves: to believe it takes the key of the log alone. Each is signed by
/// it, both are of one log, and they give one size two roots.
pub fn stands_alone(evidence: &Evidence, key: &PublicKey) -> bool {
    let read = |bytes: &[u8]| Note::parse(bytes).unwrap().verify(key);
    let (Ok(held), Ok(came)) = (read(&evidence.held), read(&evidence.came)) else { return false };
    held.log == came.log && held.head.size == came.head.size && held.head.root != came.head.root
}

/// What `holder` has receipts for by the node called `by`, which does not hold it: the comparison of two stores, each with
/// the receipt that proves it alone, where one does.
pub fn receipted_and_gone(world: &World, holder: &str, by: &str) -> BTreeMap<EntryId, Option<Receipt>> {
    let (node, other) = (world.node(holder), world.node(by));
    let signer = other.replica.me().certificate;
    let mut gone = BTreeMap::new();
    for at in (0..node.entries()).map(LogIndex) {
        let entry = node.replica.entry(at, &node.records).unwrap();
        let (id, header) = (entry.id(), entry.header());
        let holders = node.replica.held_above(&entry, &node.records).unwrap();
        if !holders.contains(&signer) || other.replica.find(&id, &other.records).unwrap().is_some() {
            continue;
        }
        let feed = FeedKey::of(&header.scope, &header.author);
        let proofs = confirmed::proofs(Under::Any, &feed, &id, &|node| *node == signer, &node.records).unwrap();
        let receipt = proofs.into_iter().next().map(|(note, proof)| {
            let size = Note::parse(&note).unwrap().claimed().head.size;
            Receipt::of_paths(&note, size, vec![proof]).pop().unwrap()
        });
        if let Some(receipt) = &receipt {
            receipt.verify(&other.key()).unwrap();
        }
        gone.insert(id, receipt);
    }
    gone
}
