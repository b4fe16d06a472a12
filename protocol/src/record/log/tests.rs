//! The tree against the definitions of RFC 6962 taken literally, and against roots others have published.

use std::convert::Infallible;

use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};

use super::*;

/// RFC 6962, 2.1, word for word: the head of a list of leaves.
fn head_of(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            parent(&head_of(left), &head_of(right))
        }
    }
}

/// Subtrees of a tree, as it grew.
#[derive(Default)]
struct Grown {
    edge: Edge,
    leaves: Vec<Hash>,
    nodes: BTreeMap<Node, Hash>,
    tiles: BTreeMap<Tile, Vec<u8>>,
}

impl Grown {
    fn of(leaves: impl IntoIterator<Item = Hash>) -> Grown {
        let mut grown = Grown::default();
        for leaf in leaves {
            let Grown { edge, nodes, tiles, .. } = &mut grown;
            edge.push(leaf, |node, hash| {
                nodes.insert(node, hash);
                if node.level % TILE_HEIGHT == 0 {
                    tiles.entry(Tile::of(node)).or_default().extend_from_slice(&hash.0);
                }
            });
            grown.leaves.push(leaf);
        }
        grown
    }

    fn numbered(count: u64) -> Grown {
        Grown::of((0..count).map(|n| leaf_of(&n.to_be_bytes())))
    }

    fn node(&self, node: Node) -> Result<Hash, Infallible> {
        Ok(self.nodes[&node])
    }

    fn head_at(&self, size: u64) -> Head {
        Head { size, root: root_at(size, &|node| self.node(node)).unwrap() }
    }
}

fn hex(text: &str) -> Hash {
    text.parse().unwrap()
}

/// Flips a bit of one hash at a time.
fn flipped(hashes: &[Hash]) -> impl Iterator<Item = Vec<Hash>> {
    (0..hashes.len()).map(|at| {
        let mut hashes = hashes.to_vec();
        hashes[at].0[at % 32] ^= 1 << (at % 8);
        hashes
    })
}

const SIZES: u64 = 300;

#[test]
fn the_published_roots_of_the_reference_leaves_come_out() {
    // The reference inputs of Certificate Transparency and their roots for sizes 1 to 8.
    let inputs: [&[u8]; 8] = [
        b"",
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let grown = Grown::of(inputs.iter().map(|input| leaf_of(input)));
    for (size, root) in (0..).zip(roots) {
        assert_eq!(grown.head_at(size).root, hex(root), "size {size}");
        assert_eq!(Edge::load(size, &|node| grown.node(node)).unwrap().head().root, hex(root), "size {size}");
    }
    let path = inclusion(0, 8, &|node| grown.node(node)).unwrap();
    let published = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(path, published.map(hex));
}

#[test]
fn each_root_is_the_one_defined_and_the_edge_grows_the_same() {
    let grown = Grown::numbered(SIZES);
    let mut edge = Edge::default();
    for size in 0..=SIZES {
        let defined = head_of(&grown.leaves[..size as usize]);
        assert_eq!(grown.head_at(size).root, defined);
        assert_eq!(edge.head(), Head { size, root: defined });
        assert_eq!(Edge::load(size, &|node| grown.node(node)).unwrap(), edge);
        if size < SIZES {
            edge.push(grown.leaves[size as usize], |_, _| {});
        }
    }
}

#[test]
fn each_leaf_is_proved_at_each_size_and_nothing_else_is() {
    let grown = Grown::numbered(SIZES);
    for size in 1..=SIZES {
        let head = grown.head_at(size);
        for index in 0..size {
            let leaf = &grown.leaves[index as usize];
            let path = inclusion(index, size, &|node| grown.node(node)).unwrap();
            assert!(is_included(leaf, index, &path, &head), "{index} of {size}");
            assert!(path.len() <= 9);
            // Another place, another leaf, a longer or shorter path, another size.
            let beside = (index + 1) % size;
            assert!(beside == index || !is_included(leaf, beside, &path, &head));
            assert!(!is_included(&parent(leaf, leaf), index, &path, &head));
            assert!(!is_included(leaf, index, &[path.as_slice(), &[head.root]].concat(), &head));
            assert!(path.is_empty() || !is_included(leaf, index, &path[1..], &head));
            assert!(!is_included(leaf, index, &path, &Head { size: size * 2 + 1, ..head }));
            assert!(!is_included(leaf, index + size, &path, &head));
            if size % 16 == 5 {
                assert!(flipped(&path).all(|path| !is_included(leaf, index, &path, &head)), "{index} of {size}");
            }
        }
    }
    let nothing = Head { size: 0, root: empty_root() };
    assert!(!is_included(&grown.leaves[0], 0, &[], &nothing));
}

#[test]
fn each_tree_is_consistent_with_each_earlier_one_and_with_no_other() {
    let grown = Grown::numbered(SIZES);
    for new in 0..=SIZES {
        let head = grown.head_at(new);
        for old in 0..=new {
            let before = grown.head_at(old);
            let path = consistency(old, new, &|node| grown.node(node)).unwrap();
            assert!(is_consistent(&before, &head, &path), "{old} to {new}");
            assert!(!is_consistent(&before, &head, &[path.as_slice(), &[head.root]].concat()));
            assert!(path.is_empty() || !is_consistent(&before, &head, &path[1..]));
            // Equal size and other root; a tree that shrank.
            let other = Head { root: parent(&before.root, &before.root), ..before };
            assert!(!is_consistent(&other, &head, &path), "{old} to {new}");
            assert!(new == old || !is_consistent(&head, &before, &path));
            if new % 16 == 5 {
                assert!(flipped(&path).all(|path| !is_consistent(&before, &head, &path)), "{old} to {new}");
            }
        }
    }
}

#[test]
fn any_set_of_leaves_is_proved_at_once() {
    let grown = Grown::numbered(SIZES);
    let mut random = StdRng::seed_from_u64(3);
    for _ in 0..2_000 {
        let size = random.random_range(1..=SIZES);
        let share: u32 = random.random_range(1..=20);
        let mut indexes: Vec<u64> = (0..size).filter(|_| random.random_ratio(1, share)).collect();
        if indexes.is_empty() {
            indexes.push(random.random_range(0..size));
        }
        let head = grown.head_at(size);
        let leaves: Vec<_> = indexes.iter().map(|index| (*index, grown.leaves[*index as usize])).collect();
        let hashes = set_proof(&indexes, size, &|node| grown.node(node)).unwrap();
        let proven = prove_set(&leaves, size, &hashes).unwrap();
        assert_eq!(proven.root, head.root);
        for (index, path) in indexes.iter().zip(&proven.paths) {
            assert_eq!(*path, inclusion(*index, size, &|node| grown.node(node)).unwrap());
        }
        // Fewer of them, joined from their own paths, is what a proof of those alone would be.
        let few: Vec<_> = indexes.iter().copied().zip(proven.paths.iter().map(Vec::as_slice)).step_by(2).collect();
        let few_indexes: Vec<_> = few.iter().map(|(index, _)| *index).collect();
        let joined = join_paths(&few, size).unwrap();
        assert_eq!(joined, set_proof(&few_indexes, size, &|node| grown.node(node)).unwrap());
        // Nothing else proves it.
        assert!(prove_set(&leaves, size, &[hashes.as_slice(), &[head.root]].concat()).is_none());
        assert!(hashes.is_empty() || prove_set(&leaves, size, &hashes[1..]).is_none());
        assert!(flipped(&hashes).all(|hashes| prove_set(&leaves, size, &hashes).unwrap().root != head.root));
        let backwards: Vec<_> = leaves.iter().rev().copied().collect();
        assert!(leaves.len() == 1 || prove_set(&backwards, size, &hashes).is_none());
        assert!(prove_set(&[leaves.as_slice(), &leaves[leaves.len() - 1..]].concat(), size, &hashes).is_none());
        let outside = [leaves.as_slice(), &[(size, head.root)]].concat();
        assert!(prove_set(&outside, size, &hashes).is_none());
        assert!(join_paths(&[(size, &proven.paths[0])], size).is_none());
    }
    assert!(prove_set(&[], 5, &[]).is_none());
    assert_eq!(set_proof(&[], 5, &|node| grown.node(node)).unwrap(), []);
}

/// A tree of any size in which all leaves are alike but one.
struct Sparse {
    alike: Vec<Hash>,
    other: Vec<Hash>,
    at: u64,
}

impl Sparse {
    /// Its subtrees beside the other leaf, for the tree of all sizes below 2^41.
    fn new(at: u64) -> Sparse {
        let mut sparse = Sparse { alike: vec![leaf_of(b"alike")], other: vec![leaf_of(b"other")], at };
        for level in 0..41 {
            let (alike, other) = (sparse.alike[level], sparse.other[level]);
            sparse.alike.push(parent(&alike, &alike));
            let is_left = at >> level & 1 == 0;
            sparse.other.push(if is_left { parent(&other, &alike) } else { parent(&alike, &other) });
        }
        sparse
    }

    fn node(&self, node: Node) -> Result<Hash, Infallible> {
        let level = usize::from(node.level);
        Ok(if self.at >> node.level == node.index { self.other[level] } else { self.alike[level] })
    }
}

#[test]
fn proofs_hold_in_trees_of_a_million_million_leaves() {
    let mut random = StdRng::seed_from_u64(4);
    for _ in 0..500 {
        let size = random.random_range(1..=1_u64 << 40);
        let at = random.random_range(0..size);
        let tree = Sparse::new(at);
        let head = Head { size, root: root_at(size, &|node| tree.node(node)).unwrap() };
        let path = inclusion(at, size, &|node| tree.node(node)).unwrap();
        let other = leaf_of(b"other");
        assert!(path.len() <= 40 && is_included(&other, at, &path, &head));
        for _ in 0..20 {
            let elsewhere = random.random_range(0..size);
            assert!(elsewhere == at || !is_included(&other, elsewhere, &path, &head));
        }
        assert!(flipped(&path).all(|path| !is_included(&other, at, &path, &head)));
        let old = random.random_range(0..=size);
        let before = Head { size: old, root: root_at(old, &|node| tree.node(node)).unwrap() };
        let path = consistency(old, size, &|node| tree.node(node)).unwrap();
        assert!(path.len() <= 42 && is_consistent(&before, &head, &path), "{old} to {size}");
        assert!(flipped(&path).all(|path| !is_consistent(&before, &head, &path)));
        let mut indexes: Vec<u64> = (0..10).map(|_| random.random_range(0..size)).chain([at]).collect();
        indexes.sort_unstable();
        indexes.dedup();
        let hashes = set_proof(&indexes, size, &|node| tree.node(node)).unwrap();
        let leaf = |index| tree.node(Node { level: 0, index }).unwrap();
        let leaves: Vec<_> = indexes.iter().map(|index| (*index, leaf(*index))).collect();
        assert_eq!(prove_set(&leaves, size, &hashes).unwrap().root, head.root);
    }
    // Sizes no log will ever have are refused or proved, never a panic.
    for size in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1] {
        let head = Head { size, root: empty_root() };
        let mut hashes = vec![empty_root(); 64];
        random.fill_bytes(&mut hashes[3].0);
        for take in [0, 1, 63, 64] {
            assert!(!is_included(&empty_root(), size - 1, &hashes[..take], &head));
            assert!(!is_consistent(&Head { size: size - 1, ..head }, &head, &hashes[..take]));
            let _ = prove_set(&[(size - 1, empty_root())], size, &hashes[..take]);
        }
    }
}

#[test]
fn tiles_hold_every_subtree_at_every_size() {
    let grown = Grown::numbered(2 * TILE_WIDTH * TILE_WIDTH / 16 + 77);
    let size = grown.edge.size();
    for (node, hash) in &grown.nodes {
        let tile = Tile::of(*node);
        assert_eq!(Tile::hash_in(&grown.tiles[&tile], *node), Some(*hash), "{node:?}");
    }
    for (tile, bytes) in &grown.tiles {
        assert_eq!(bytes.len() as u64, 32 * tile.width(size), "{tile:?}");
        assert!(bytes.len() as u64 <= 32 * TILE_WIDTH);
    }
    // A tile that is too short has nothing to say.
    assert_eq!(Tile::hash_in(&[0; 63], Node { level: 0, index: 1 }), None);
    assert_eq!(Tile::hash_in(&[0; 63], Node { level: 1, index: 0 }), None);
    assert_eq!(Tile { level: 9, number: 0 }.width(u64::MAX), 0);
}
