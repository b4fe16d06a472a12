//! What each entry of a document has behind it: how many edits, and which executed edits make the state it is said at.
//!
//! Counted on the structure of the entries alone, so that it is the same on every node whatever order they came in.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::record::{
    document::{Item, Says},
    entry::EntryId,
};

/// Position of an entry in the order in which this document's entries are executed.
pub(super) type Place = usize;

/// A set of places.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Places(Vec<u64>);

/// The entries of a document placed so far.
#[derive(Clone)]
pub(super) struct Past {
    edits_max: usize,
    placed: Vec<Placed>,
    by_id: BTreeMap<EntryId, Place>,
    /// Executed edits no other executed edit has behind it, ascending.
    tips: Vec<Place>,
}

#[derive(Clone)]
struct Placed {
    id: EntryId,
    is_edit: bool,
    executed: bool,
    /// Valid edits in its causal past, executed or not; none if they are more than allowed.
    edits: Option<Arc<Places>>,
    /// What a state that includes it is made of: itself if executed, else what it was said at. Ascending.
    maps_to: Vec<Place>,
    /// Whether another entry names it in `after`.
    named: bool,
}

/// What an entry about to be placed has behind it.
pub(super) struct Behind {
    /// Valid edits in its causal past, executed or not; none if they are more than allowed.
    pub(super) edits: Option<Arc<Places>>,
    /// The executed edits that make the state it is said at: none of them behind another, ascending.
    pub(super) state: Vec<Place>,
}

impl Places {
    fn insert(&mut self, place: Place) {
        let (word, bit) = (place / 64, place % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    pub(super) fn contains(&self, place: Place) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn add_all(&mut self, others: &Places) {
        if self.0.len() < others.0.len() {
            self.0.resize(others.0.len(), 0);
        }
        self.0.iter_mut().zip(&others.0).for_each(|(word, other)| *word |= other);
    }

    fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn iter(&self) -> impl Iterator<Item = Place> {
        let bits = |(at, word): (usize, &u64)| {
            let word = *word;
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        };
        self.0.iter().enumerate().flat_map(bits)
    }
}

impl Past {
    pub(super) fn new(edits_max: usize) -> Past {
        Past { edits_max, placed: Vec::new(), by_id: BTreeMap::new(), tips: Vec::new() }
    }

    /// How many entries are placed: the place the next one gets.
    pub(super) fn len(&self) -> Place {
        self.placed.len()
    }

    pub(super) fn edits_max(&self) -> usize {
        self.edits_max
    }

    pub(super) fn holds(&self, id: &EntryId) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn id(&self, place: Place) -> Option<EntryId> {
        self.placed.get(place).map(|placed| placed.id)
    }

    /// Executed edits no other executed edit has behind it, ascending.
    pub(super) fn tips(&self) -> &[Place] {
        &self.tips
    }

    /// What `item` has behind it, through `after` and its author's own chain.
    ///
    /// An entry that is not placed has no part in it: causes come first, or they were not admitted.
    pub(super) fn behind(&self, item: &Item<'_>) -> Behind {
        let causes = item.after.iter().chain(&item.chain).filter_map(|id| self.by_id.get(id)).copied();
        let causes = causes.collect::<BTreeSet<_>>();
        let mut edits = Some(Arc::<Places>::default());
        let mut state = BTreeSet::new();
        for cause in &causes {
            let Some(placed) = self.placed.get(*cause) else { continue };
            edits = edits.zip(placed.edits.as_ref()).map(|(mut all, theirs)| {
                // What says nothing new has the very set of its cause behind it, however many such entries there are.
                if *all == Places::default() {
                    all = theirs.clone();
                } else if !Arc::ptr_eq(&all, theirs) {
                    Arc::make_mut(&mut all).add_all(theirs);
                }
                if placed.is_edit {
                    Arc::make_mut(&mut all).insert(*cause);
                }
                all
            });
            // Whoever follows it has at least as many behind him, so the set itself is no longer needed.
            edits = edits.filter(|all| all.len() <= self.edits_max);
            state.extend(placed.maps_to.iter().copied());
        }
        // What one entry maps to has nothing behind another already.
        let state = if causes.len() > 1 { self.maximal(&state) } else { state.into_iter().collect() };
        Behind { edits, state }
    }

    fn maximal(&self, state: &BTreeSet<Place>) -> Vec<Place> {
        let is_behind = |place: Place, other: Place| {
            self.placed.get(other).and_then(|placed| placed.edits.as_ref()).is_some_and(|edits| edits.contains(place))
        };
        // What is behind an entry was placed before it.
        let shadowed = |place: Place| state.range(place + 1..).any(|other| is_behind(place, *other));
        state.iter().copied().filter(|place| !shadowed(*place)).collect()
    }

    /// Places an entry at the end.
    pub(super) fn place(&mut self, item: &Item<'_>, behind: Behind, executed: bool) {
        let place = self.placed.len();
        for named in item.after.iter().filter_map(|id| self.by_id.get(id)) {
            if let Some(placed) = self.placed.get_mut(*named) {
                placed.named = true;
            }
        }
        let Behind { edits, state } = behind;
        if executed {
            self.tips.retain(|tip| !state.contains(tip));
            self.tips.push(place);
        }
        let maps_to = if executed { vec![place] } else { state };
        let is_edit = matches!(item.says, Says::Edit(_));
        self.placed.push(Placed { id: item.id, is_edit, executed, edits, maps_to, named: false });
        self.by_id.insert(item.id, place);
    }

    /// Entries no other names in `after`, ascending.
    pub(super) fn heads(&self) -> Vec<EntryId> {
        let mut heads = self.placed.iter().filter(|placed| !placed.named).map(|placed| placed.id).collect::<Vec<_>>();
        heads.sort_unstable();
        heads
    }

    /// The executed edits among `edits` that a state made of `heads` lacks, causes first; none if that state has
    /// something `edits` has not.
    pub(super) fn lacking(&self, heads: &[Place], edits: &Places) -> Option<Vec<Place>> {
        if !heads.iter().all(|head| edits.contains(*head)) {
            return None;
        }
        let mut held = Places::default();
        for head in heads {
            held.insert(*head);
            if let Some(behind) = self.placed.get(*head).and_then(|placed| placed.edits.as_ref()) {
                held.add_all(behind);
            }
        }
        let executed = |place: &Place| self.placed.get(*place).is_some_and(|placed| placed.executed);
        Some(edits.iter().filter(|place| !held.contains(*place)).filter(executed).collect())
    }
}
