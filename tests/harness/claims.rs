//! What must always hold, asked of a whole county.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    record::{
        entry::{DocKey, EntryId, Kind, Reach},
        reconcile::is_shared,
    },
    records::{LogIndex, Memory},
    replica::Replica,
    work::schema::SCHEMAS,
};

use crate::world::{Node, World};

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

impl Node {
    /// What a reader sees of a document.
    pub fn see(&self, document: &DocKey) -> Seen {
        let history = self.replica.history(document, &self.records).unwrap();
        let verdicts =
            history.iter().map(|said| (said.entry.id(), format!("{:?} {:?}", said.verdict(), said.redactions())));
        let document = self.replica.document(&history, &self.records, None).unwrap();
        let outer = self.replica.outer(&history);
        let folds = format!("{:?} {outer:?} {:?}", self.replica.inner(&history), outer.stage());
        Seen { verdicts: verdicts.collect(), reading: format!("{:?}", document.map(|document| document.read())), folds }
    }

    /// Every document held.
    pub fn documents(&self) -> Vec<DocKey> {
        kinds().flat_map(|kind| self.replica.documents(kind, &self.records).unwrap()).collect()
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

/// Deriving the index again from a node's facts, in groups of any size, gives the very same index and frontier.
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

/// A node's facts, taken in from nothing.
///
/// # Panics
///
/// If they are refused.
pub fn replayed(world: &World, unit: &str, group: usize) -> (Memory, Replica) {
    let node = world.node(unit);
    let mut memory = Memory::default();
    let me = node.replica.me().clone();
    let mut replica = Replica::open(world.genesis.clone(), me, [7; 32], LogIndex(0), &memory).unwrap();
    for facts in node.records.facts().chunks(group) {
        let batch = replica.replay(facts, &memory).unwrap();
        memory.store(&batch);
    }
    (memory, replica)
}
