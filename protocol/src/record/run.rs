//! Runs: the unbranched stretches of a feed within one epoch, which write to documents as one actor.
//!
//! The merge engine wants of every actor a sequence without branches, and a feed may branch: between epochs honestly,
//! within one as a fork. So the actor of an edit is not its author but the run the edit stands in, named by the run's
//! first entry. Finding out late that a feed forks changes runs; documents touched by them are then executed again.

use std::collections::BTreeMap;

use crate::record::entry::{EntryId, Header};

/// The run each entry stands in, as that run's first entry.
///
/// Takes all entries of one feed that a node holds (or those of one epoch of it), in any order. An entry begins a run
/// if its `prev` is absent or of another epoch, or if another entry of its epoch names the same `prev` and has a
/// smaller id; otherwise it continues the run of its `prev`.
pub fn runs<'a>(entries: impl IntoIterator<Item = (EntryId, &'a Header)>) -> BTreeMap<EntryId, EntryId> {
    let entries = entries.into_iter().collect::<BTreeMap<_, _>>();
    let mut heirs = BTreeMap::new();
    // Ascending ids: the first to claim a place is the one that continues.
    for (id, header) in &entries {
        if let Some(prev) = header.prev
            && entries.get(&prev).is_some_and(|before| before.epoch == header.epoch)
        {
            heirs.entry((header.epoch, prev)).or_insert(*id);
        }
    }
    // By seq, so that an entry's prev, whose seq is smaller, has its run already.
    let mut order = entries.iter().map(|(id, header)| (header.seq, *id, *header)).collect::<Vec<_>>();
    order.sort_unstable_by_key(|(seq, id, _)| (*seq, *id));
    let mut runs = BTreeMap::new();
    for (_, id, header) in order {
        let inherited = header
            .prev
            .filter(|prev| heirs.get(&(header.epoch, *prev)) == Some(&id))
            .and_then(|prev| runs.get(&prev).copied());
        runs.insert(id, inherited.unwrap_or(id));
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::entry::{DocId, Epoch, Hash, Kind, Reach, Scope, Shelf},
        work::unit::UnitPath,
    };

    fn id(n: u8) -> EntryId {
        EntryId(Hash([n; 32]))
    }

    fn header(epoch: u8, seq: u64, prev: Option<u8>) -> Header {
        let home: UnitPath = "370126".parse().unwrap();
        Header {
            scope: Scope { home, reach: Reach::UP, shelf: Shelf::LIBRARY },
            kind: Kind::RISK,
            doc: DocId([0; 16]),
            author: id(255),
            epoch: Epoch([epoch; 8]),
            seq,
            prev: prev.map(id),
            after: None,
            claimed_time_s: 0,
            anchor: None,
            body: Hash([0; 32]),
        }
    }

    fn runs_of(entries: &[(u8, Header)]) -> Vec<(u8, u8)> {
        let forward = runs(entries.iter().map(|(n, header)| (id(*n), header)));
        let backward = runs(entries.iter().rev().map(|(n, header)| (id(*n), header)));
        assert_eq!(forward, backward, "the order in which entries are given does not matter");
        forward.iter().map(|(entry, run)| (entry.0.0[0], run.0.0[0])).collect()
    }

    #[test]
    fn an_unbranched_epoch_is_one_run() {
        let entries = [(9, header(1, 0, None)), (4, header(1, 1, Some(9))), (7, header(1, 2, Some(4)))];
        assert_eq!(runs_of(&entries), [(4, 9), (7, 9), (9, 9)]);
    }

    #[test]
    fn a_new_epoch_begins_a_run() {
        let entries = [(1, header(1, 0, None)), (2, header(2, 1, Some(1))), (3, header(2, 2, Some(2)))];
        assert_eq!(runs_of(&entries), [(1, 1), (2, 2), (3, 2)]);
    }

    #[test]
    fn a_branch_between_epochs_leaves_the_older_run_alone() {
        let entries = [(5, header(1, 0, None)), (6, header(1, 1, Some(5))), (2, header(2, 1, Some(5)))];
        assert_eq!(runs_of(&entries), [(2, 2), (5, 5), (6, 5)]);
    }

    #[test]
    fn of_a_fork_the_smaller_id_continues_and_each_other_side_begins_a_run() {
        let entries = [
            (5, header(1, 0, None)),
            (8, header(1, 1, Some(5))),
            (6, header(1, 1, Some(5))),
            (9, header(1, 1, Some(5))),
            (1, header(1, 2, Some(8))),
            (7, header(1, 2, Some(6))),
        ];
        assert_eq!(runs_of(&entries), [(1, 8), (5, 5), (6, 5), (7, 5), (8, 8), (9, 9)]);
    }

    #[test]
    fn two_beginnings_of_one_epoch_begin_two_runs() {
        let entries = [(1, header(1, 0, None)), (2, header(1, 0, None)), (3, header(1, 1, Some(2)))];
        assert_eq!(runs_of(&entries), [(1, 1), (2, 2), (3, 2)]);
    }
}
