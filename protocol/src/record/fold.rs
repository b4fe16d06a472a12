//! The order in which acts of a document are folded: causally, then by id, so that it is the same everywhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::entry::EntryId;

/// Sorts entries so that causes come first, and by id where neither causes the other. Causes that are not among the
/// entries are disregarded. Entries in a circle (which no hash chain can make) are left out.
#[must_use]
pub fn causal_order(entries: impl IntoIterator<Item = (EntryId, Vec<EntryId>)>) -> Vec<EntryId> {
    let causes: BTreeMap<EntryId, Vec<EntryId>> = entries.into_iter().collect();
    let mut effects: BTreeMap<EntryId, Vec<EntryId>> = BTreeMap::new();
    let mut open: BTreeMap<EntryId, usize> = BTreeMap::new();
    let mut ready = BTreeSet::new();
    for (id, list) in &causes {
        let known: BTreeSet<EntryId> = list.iter().filter(|cause| causes.contains_key(cause)).copied().collect();
        if known.is_empty() {
            ready.insert(*id);
        }
        open.insert(*id, known.len());
        for cause in known {
            effects.entry(cause).or_default().push(*id);
        }
    }
    let mut order = Vec::with_capacity(causes.len());
    while let Some(id) = ready.pop_first() {
        order.push(id);
        for effect in effects.get(&id).into_iter().flatten() {
            if let Some(left) = open.get_mut(effect) {
                *left -= 1;
                if *left == 0 {
                    ready.insert(*effect);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::entry::Hash;

    fn id(n: u8) -> EntryId {
        EntryId(Hash([n; 32]))
    }

    #[test]
    fn causes_come_first_and_ids_decide_the_rest() {
        let entries =
            [(id(1), vec![id(9)]), (id(9), vec![]), (id(5), vec![id(9), id(77)]), (id(2), vec![id(5), id(1)])];
        assert_eq!(causal_order(entries.clone()), [id(9), id(1), id(5), id(2)]);
        assert_eq!(causal_order(entries.into_iter().rev()), [id(9), id(1), id(5), id(2)]);
    }
}
