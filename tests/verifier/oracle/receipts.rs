//! Receipts of a node that admitted what the tree holds, right ones and wrong ones, each with the program's word.

use std::collections::BTreeMap;

use fangwei_protocol::{
    record::{
        body::Act,
        cbor,
        entry::{Hash, Kind},
        log::{Edge, Head, Node, leaf, set_proof},
    },
    records::LogIndex,
    trust::{
        charter::Role,
        checkpoint::{Checkpoint, LogHead, LogName, Policy},
        receipt::{Item, Receipt, ReceiptFault},
    },
};
use rand::RngExt;

use crate::{Author, Tree, drafts::pick};

/// Receipts of one tree, and what each is worth.
const RECEIPTS: usize = 400;

/// Makes them.
pub(crate) fn of(tree: &mut Tree) -> Vec<(Vec<u8>, &'static str)> {
    let charter = tree.replica.charter();
    let is_node = |one: &&Author| one.said.has(Role::NODE) && charter.complete(&one.certificate).is_some();
    let nodes: Vec<Author> = tree.authors.iter().filter(is_node).cloned().collect();
    if nodes.is_empty() {
        return Vec::new();
    }
    let (mut edge, mut hashes, mut heads) = (Edge::default(), BTreeMap::<Node, Hash>::new(), Vec::new());
    for (id, _) in &tree.held {
        edge.push(leaf(id), |node, hash| {
            hashes.insert(node, hash);
        });
        heads.push(edge.head());
    }
    let mut all = Vec::new();
    for _ in 0..RECEIPTS {
        let node = pick(tree, &nodes);
        let head = pick(tree, &heads);
        let mut indexes: Vec<u64> =
            (0..tree.rng.random_range(1..6)).map(|_| tree.rng.random_range(0..head.size)).collect();
        indexes.sort_unstable();
        indexes.dedup();
        let lookup = |node: Node| Ok::<_, std::convert::Infallible>(hashes[&node]);
        let proof = set_proof(&indexes, head.size, &lookup).unwrap();
        let items = indexes.iter().map(|index| Item { tip: tree.held[*index as usize].0, index: *index }).collect();
        let epoch = tree.rng.random_range(0..2);
        let after = (epoch > 0).then_some(LogHead { epoch: 0, size: 7, root: Hash([4; 32]) });
        let log = LogName { node: node.certificate, epoch };
        let checkpoint = Checkpoint { log, head, time_s: 1_790_000_000, after };
        all.push(receipt(tree, &node.key, checkpoint, items, proof));
    }
    all
}

fn receipt(
    tree: &mut Tree,
    key: &fangwei_protocol::trust::key::KeyPair,
    mut checkpoint: Checkpoint,
    mut items: Vec<Item>,
    mut hashes: Vec<Hash>,
) -> (Vec<u8>, &'static str) {
    let wrong = tree.rng.random_range(0..14);
    let someone = tree.authors[tree.rng.random_range(0..tree.authors.len())].key.clone();
    match wrong {
        0 => drop(hashes.pop()),
        1 => hashes.push(Hash(tree.rng.random())),
        2 => items.reverse(),
        3 => items.iter_mut().take(1).for_each(|item| item.index += 1),
        4 => items.iter_mut().take(1).for_each(|item| item.tip.0 = Hash(tree.rng.random())),
        5 => checkpoint.head = Head { size: checkpoint.head.size + 1, ..checkpoint.head },
        6 => checkpoint.log.node.0 = Hash(tree.rng.random()),
        7 => items.clear(),
        _ => {}
    }
    let mut note = checkpoint.sign(if wrong == 8 { &someone } else { key });
    // A note has room for sixteen signatures.
    for (witness, key) in tree.witnesses.iter().rev().take(12) {
        if tree.rng.random_bool(0.3) {
            let line = note.cosign(&witness.name, 1_790_000_007, key);
            note.add(line, witness).unwrap();
        }
    }
    let mut text = note.to_bytes();
    match wrong {
        9 => {
            let at = tree.rng.random_range(0..text.len());
            text[at] ^= 1 << tree.rng.random_range(0..8);
        }
        10 => text.extend(b"\n"),
        _ => {}
    }
    let mut bytes = cbor::encode(&Receipt { note: text.into(), items, hashes });
    if wrong == 11 {
        bytes.push(0);
    }
    let word = word(tree, &bytes);
    (bytes, word)
}

fn word(tree: &Tree, bytes: &[u8]) -> &'static str {
    let of = |fault| match fault {
        ReceiptFault::NotCanonical(_) => "receipt:refused:encoding",
        ReceiptFault::Note(_) => "receipt:refused:note",
        ReceiptFault::Items => "receipt:refused:items",
        ReceiptFault::NotProved | ReceiptFault::NotConsistent => "receipt:refused:proof",
    };
    let checked = Receipt::parse(bytes).and_then(|receipt| Ok((receipt.note()?, receipt)));
    let (note, receipt) = match checked {
        Ok(checked) => checked,
        Err(fault) => return of(fault),
    };
    let Some(holder) = tree.replica.charter().complete(&note.claimed().log.node) else {
        return "receipt:refused:holder";
    };
    if let Err(fault) = receipt.verify(&holder.certificate.key) {
        return of(fault);
    }
    let is_met =
        tree.held.iter().enumerate().filter(|(_, (_, header))| header.kind == Kind::WITNESSES).any(|(at, _)| {
            let said = tree.replica.said(LogIndex(at as u64), &tree.records).unwrap();
            let Some(Act::Witnesses { threshold, members }) = said.act() else { return false };
            *threshold > 0 && Policy { threshold: *threshold, members: members.clone() }.is_met(&note)
        });
    if is_met { "receipt:witnessed" } else { "receipt:held" }
}
