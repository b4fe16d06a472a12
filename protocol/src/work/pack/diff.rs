//! What changed between two packs, as a list a person can read before agreeing to it.

use crate::work::pack::{Pack, tree};

/// One difference. Neither side is missing both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Where, as [`tree`] writes it.
    pub path: String,
    /// What stood there; none: nothing.
    pub before: Option<String>,
    /// What stands there now; none: nothing.
    pub after: Option<String>,
}

/// What differs, by path. Nothing if and only if the packs say the same in the same order.
#[must_use]
pub fn diff(before: &Pack, after: &Pack) -> Vec<Change> {
    let (old, new) = (tree::values(before), tree::values(after));
    let mut paths: Vec<&String> = old.keys().chain(new.keys().filter(|path| !old.contains_key(*path))).collect();
    paths.sort();
    let mut changes: Vec<Change> = paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path))
        .map(|path| Change { path: path.clone(), before: old.get(path).cloned(), after: new.get(path).cloned() })
        .collect();
    changes.extend(moved(before, after));
    changes
}

/// Lists that hold the same in another order: the order is part of what a pack says, as of the steps of finding.
fn moved(before: &Pack, after: &Pack) -> Vec<Change> {
    let orders = |pack| tree::orders(pack);
    let (old, new) = (orders(before), orders(after));
    old.into_iter()
        .filter_map(|(path, before)| {
            let after = new.get(&path)?;
            let sorted = |names: &[String]| {
                let mut names = names.to_vec();
                names.sort();
                names
            };
            (before != *after && sorted(&before) == sorted(after)).then(|| Change {
                path,
                before: Some(before.join(" ")),
                after: Some(after.join(" ")),
            })
        })
        .collect()
}
