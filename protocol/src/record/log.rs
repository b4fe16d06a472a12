//! The Merkle tree over a node's log: RFC 6962 hashing, roots at every size, and proofs that stand alone.
//!
//! Leaf `i` is the id of log index `i`, so the log *is* the order of admission. Complete subtrees never change; they are
//! kept as C2SP tiles of height 8 in the index, and only the right edge is held in memory. Proofs are written and
//! checked by the same recursion RFC 6962 defines them by, so that a proof of any other length or shape fails.
//! Bytes are described in SPEC.md §10.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::record::entry::{EntryId, Hash};

/// Levels of the tree in one tile, as C2SP tlog-tiles has it.
pub const TILE_HEIGHT: u8 = 8;

/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;

/// A complete subtree: `1 << level` leaves from `index << level` on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Node {
    /// Height above the leaves.
    pub level: u8,
    /// Number at this level, from 0.
    pub index: u64,
}

/// A tile: up to [`TILE_WIDTH`] hashes of the tree's level `8 × level`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Tile {
    /// The tile's level.
    pub level: u8,
    /// Number at this level, from 0.
    pub number: u64,
}

/// A tree's size and root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Finds the hash of a complete subtree that the tree has.
pub type Lookup<'l, E> = dyn Fn(Node) -> Result<Hash, E> + 'l;

/// The hash of a leaf that is some bytes.
#[must_use]
pub fn leaf_of(bytes: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into())
}

/// The leaf of an entry.
#[must_use]
pub fn leaf(id: &EntryId) -> Hash {
    leaf_of(id.0.as_slice())
}

/// The hash over two subtrees.
#[must_use]
pub fn parent(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of a tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The right edge of a tree: the complete subtrees its size is the sum of, left to right. Enough to grow it and to
/// know its root.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Edge {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Edge {
    /// The edge of the tree of this size.
    ///
    /// # Errors
    ///
    /// Those of `lookup`.
    pub fn load<E>(size: u64, lookup: &Lookup<'_, E>) -> Result<Edge, E> {
        let levels = (0..64_u8).rev().filter(|level| size >> level & 1 == 1);
        // The subtree of a bit stands right of all higher ones, so it is the last but none at its level.
        let subtrees = levels.map(|level| lookup(Node { level, index: (size >> level) - 1 }));
        Ok(Edge { size, subtrees: subtrees.collect::<Result<_, _>>()? })
    }

    /// Leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; `complete` is told of every subtree that is complete with it, from the leaf up.
    pub fn push(&mut self, leaf: Hash, mut complete: impl FnMut(Node, Hash)) {
        let mut node = Node { level: 0, index: self.size };
        let mut hash = leaf;
        complete(node, hash);
        while node.index & 1 == 1
            && let Some(left) = self.subtrees.pop()
        {
            hash = parent(&left, &hash);
            node = Node { level: node.level + 1, index: node.index >> 1 };
            complete(node, hash);
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> Head {
        let root = self.subtrees.iter().rev().copied().reduce(|right, left| parent(&left, &right));
        Head { size: self.size, root: root.unwrap_or_else(empty_root) }
    }
}

impl Tile {
    /// The tile that has a subtree's hash, or hashes it is made of.
    #[must_use]
    pub fn of(node: Node) -> Tile {
        let level = node.level / TILE_HEIGHT;
        let first = node.index << (node.level % TILE_HEIGHT);
        Tile { level, number: first / TILE_WIDTH }
    }

    /// Hashes a tile has in the tree of this size.
    #[must_use]
    pub fn width(self, size: u64) -> u64 {
        let at_level = size.checked_shr(u32::from(self.level) * u32::from(TILE_HEIGHT)).unwrap_or(0);
        at_level.saturating_sub(self.number.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH)
    }

    /// The hash of a subtree, from the bytes of its tile; none if they are too few.
    #[must_use]
    pub fn hash_in(bytes: &[u8], node: Node) -> Option<Hash> {
        let under = node.level % TILE_HEIGHT;
        let first = (node.index << under) % TILE_WIDTH;
        let mut row = Vec::with_capacity(1 << under);
        for at in first..first + (1 << under) {
            let from = usize::try_from(at).ok()? * 32;
            row.push(Hash(bytes.get(from..from + 32)?.try_into().ok()?));
        }
        while row.len() > 1 {
            row = row.chunks(2).filter_map(|pair| Some(parent(pair.first()?, pair.get(1)?))).collect();
        }
        row.pop()
    }
}

/// The number of leaves left of the root's division: the largest power of two below `leaves`, which is 2 or more.
fn left_of(leaves: u64) -> u64 {
    1 << (63 - (leaves - 1).leading_zeros())
}

/// The hash over the leaves from `first` to before `end`, as the tree divides them.
fn range<E>(first: u64, end: u64, lookup: &Lookup<'_, E>) -> Result<Hash, E> {
    let leaves = end - first;
    if leaves.is_power_of_two() {
        let level = leaves.trailing_zeros();
        return lookup(Node { level: u8::try_from(level).unwrap_or(0), index: first >> level });
    }
    let middle = first + left_of(leaves);
    Ok(parent(&range(first, middle, lookup)?, &range(middle, end, lookup)?))
}

/// The root of the tree as it was at this size.
///
/// # Errors
///
/// Those of `lookup`.
pub fn root_at<E>(size: u64, lookup: &Lookup<'_, E>) -> Result<Hash, E> {
    if size == 0 { Ok(empty_root()) } else { range(0, size, lookup) }
}

/// The path that proves the leaf at `index` in the tree of `size`, from the leaf up; empty if there is no such leaf.
///
/// # Errors
///
/// Those of `lookup`.
pub fn inclusion<E>(index: u64, size: u64, lookup: &Lookup<'_, E>) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    let (mut first, mut end) = (0, size);
    while index < end && end - first > 1 {
        let middle = first + left_of(end - first);
        if index < middle {
            path.push(range(middle, end, lookup)?);
            end = middle;
        } else {
            path.push(range(first, middle, lookup)?);
            first = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Whether the path proves that `leaf` is at `index` under this head.
#[must_use]
pub fn is_included(leaf: &Hash, index: u64, path: &[Hash], head: &Head) -> bool {
    fn climb(leaf: &Hash, index: u64, leaves: u64, path: &[Hash]) -> Option<Hash> {
        if leaves == 1 {
            return path.is_empty().then_some(*leaf);
        }
        let (beside, path) = path.split_last()?;
        let left = left_of(leaves);
        Some(if index < left {
            parent(&climb(leaf, index, left, path)?, beside)
        } else {
            parent(beside, &climb(leaf, index - left, leaves - left, path)?)
        })
    }
    index < head.size && climb(leaf, index, head.size, path) == Some(head.root)
}

/// The path that proves the tree of `new` to begin with the tree of `old`; empty where either is empty or both are one.
///
/// # Errors
///
/// Those of `lookup`.
pub fn consistency<E>(old: u64, new: u64, lookup: &Lookup<'_, E>) -> Result<Vec<Hash>, E> {
    let mut path = Vec::new();
    if old == 0 || old >= new {
        return Ok(path);
    }
    let (mut first, mut end, mut is_old_tree) = (0, new, true);
    while old < end {
        let middle = first + left_of(end - first);
        if old <= middle {
            path.push(range(middle, end, lookup)?);
            end = middle;
        } else {
            path.push(range(first, middle, lookup)?);
            first = middle;
            is_old_tree = false;
        }
    }
    if !is_old_tree {
        path.push(range(first, end, lookup)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether the path proves that the tree of `new` begins with the tree of `old`.
#[must_use]
pub fn is_consistent(old: &Head, new: &Head, path: &[Hash]) -> bool {
    /// Both roots over `leaves` of which the first `olds` were there before.
    fn climb(old: &Hash, olds: u64, leaves: u64, is_old_tree: bool, path: &[Hash]) -> Option<(Hash, Hash)> {
        if olds == leaves {
            return match path {
                [] if is_old_tree => Some((*old, *old)),
                [both] if !is_old_tree => Some((*both, *both)),
                _ => None,
            };
        }
        let (beside, path) = path.split_last()?;
        let left = left_of(leaves);
        if olds <= left {
            let (before, after) = climb(old, olds, left, is_old_tree, path)?;
            Some((before, parent(&after, beside)))
        } else {
            let (before, after) = climb(old, olds - left, leaves - left, false, path)?;
            Some((parent(beside, &before), parent(beside, &after)))
        }
    }
    if old.size == 0 {
        return path.is_empty() && old.root == empty_root() && (new.size > 0 || new.root == old.root);
    }
    old.size <= new.size && climb(&old.root, old.size, new.size, true, path) == Some((old.root, new.root))
}

/// The hashes that, with the leaves at these indexes, make up the root of the tree of `size`: of each largest subtree
/// without any of them, left to right. Indexes ascend; those outside the tree are left aside.
///
/// # Errors
///
/// Those of `lookup`.
pub fn set_proof<E>(indexes: &[u64], size: u64, lookup: &Lookup<'_, E>) -> Result<Vec<Hash>, E> {
    fn descend<E>(
        indexes: &[u64],
        (first, end): (u64, u64),
        hashes: &mut Vec<Hash>,
        lookup: &Lookup<'_, E>,
    ) -> Result<(), E> {
        if indexes.is_empty() {
            hashes.push(range(first, end, lookup)?);
        } else if end - first > 1 {
            let middle = first + left_of(end - first);
            let (left, right) = indexes.split_at(indexes.partition_point(|index| *index < middle));
            descend(left, (first, middle), hashes, lookup)?;
            descend(right, (middle, end), hashes, lookup)?;
        }
        Ok(())
    }
    let indexes = indexes.split_at(indexes.partition_point(|index| *index < size)).0;
    let mut hashes = Vec::new();
    if !indexes.is_empty() {
        descend(indexes, (0, size), &mut hashes, lookup)?;
    }
    Ok(hashes)
}

/// What a set proof proves: each leaf's own path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proven {
    /// The root the leaves and the hashes make up.
    pub root: Hash,
    /// Each leaf's path as [`inclusion`] gives it, in the order of the leaves.
    pub paths: Vec<Vec<Hash>>,
}

/// Checks a set proof: `leaves` are (index, hash), strictly ascending and at least one. None if it has not the one shape a
/// proof of these leaves has.
#[must_use]
pub fn prove_set(leaves: &[(u64, Hash)], size: u64, hashes: &[Hash]) -> Option<Proven> {
    fn climb(
        leaves: &[(u64, Hash)],
        (first, end): (u64, u64),
        hashes: &mut std::slice::Iter<'_, Hash>,
        paths: &mut [Vec<Hash>],
    ) -> Option<Hash> {
        match leaves {
            [] => hashes.next().copied(),
            [(_, leaf)] if end - first == 1 => Some(*leaf),
            _ => {
                let middle = first + left_of(end - first);
                let at = leaves.partition_point(|(index, _)| *index < middle);
                let (left_leaves, right_leaves) = leaves.split_at(at);
                let (left_paths, right_paths) = paths.split_at_mut(at);
                let left = climb(left_leaves, (first, middle), hashes, left_paths)?;
                let right = climb(right_leaves, (middle, end), hashes, right_paths)?;
                left_paths.iter_mut().for_each(|path| path.push(right));
                right_paths.iter_mut().for_each(|path| path.push(left));
                Some(parent(&left, &right))
            }
        }
    }
    let ascending = leaves.is_sorted_by(|(one, _), (next, _)| one < next);
    if !ascending || leaves.last().is_none_or(|(last, _)| *last >= size) {
        return None;
    }
    let mut paths = vec![Vec::new(); leaves.len()];
    let mut rest = hashes.iter();
    let root = climb(leaves, (0, size), &mut rest, &mut paths)?;
    rest.next().is_none().then_some(Proven { root, paths })
}

/// One set proof out of single paths under one size, as they were proven: (index, path), strictly ascending. None if a
/// path is not as long as one is there.
#[must_use]
pub fn join_paths(items: &[(u64, &[Hash])], size: u64) -> Option<Vec<Hash>> {
    let mut beside = BTreeMap::new();
    for (index, path) in items {
        let mut rest = path.iter().rev();
        let (mut first, mut end) = (0, size);
        while end - first > 1 {
            let middle = first + left_of(end - first);
            let hash = *rest.next()?;
            if *index < middle {
                beside.insert((middle, end), hash);
                end = middle;
            } else {
                beside.insert((first, middle), hash);
                first = middle;
            }
        }
        if rest.next().is_some() || *index != first {
            return None;
        }
    }
    fn descend(
        items: &[(u64, &[Hash])],
        (first, end): (u64, u64),
        beside: &BTreeMap<(u64, u64), Hash>,
        hashes: &mut Vec<Hash>,
    ) -> Option<()> {
        if items.is_empty() {
            hashes.push(*beside.get(&(first, end))?);
        } else if end - first > 1 {
            let middle = first + left_of(end - first);
            let (left, right) = items.split_at(items.partition_point(|(index, _)| *index < middle));
            descend(left, (first, middle), beside, hashes)?;
            descend(right, (middle, end), beside, hashes)?;
        }
        Some(())
    }
    let mut hashes = Vec::new();
    if !items.is_empty() {
        descend(items, (0, size), &beside, &mut hashes)?;
    }
    Some(hashes)
}

#[cfg(test)]
mod tests;
