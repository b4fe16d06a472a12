//! What each entry of a document has behind it, and which of its edits there is room for.
//!
//! Decided on the entries alone, in an order that is theirs and not that of their coming, so that it is the same on
//! every node. What is kept grows with the edits there is room for, not with the entries somebody heaps up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    limits::{DOCUMENT_BEHIND_MAX, DOCUMENT_WHOLE_MAX},
    record::{
        body::{Step, Value},
        entry::EntryId,
    },
};

/// One entry of a document, as executing needs it.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// Its id.
    pub id: EntryId,
    /// Whose it is: the certificate.
    pub author: EntryId,
    /// The heads of the document its author had seen: [`crate::record::entry::Header::after`].
    pub after: &'a [EntryId],
    /// This document's nearest earlier entry on the author's own `prev` chain.
    pub chain: Option<EntryId>,
    /// The first entry of the author's run: [`crate::record::run::runs`].
    pub run: EntryId,
    /// What it says.
    pub says: Says<'a>,
}

/// What an entry of a document says, as far as merging is concerned.
#[derive(Debug, Clone, Copy)]
pub enum Says<'a> {
    /// An edit, executed if it applies.
    Edit(&'a [Step]),
    /// An edit that its verdict keeps from being executed, or whose body is not here.
    Void,
    /// A step of a procedure: changes no field.
    Act,
}

/// How much a document may weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What one edit and those behind it weigh.
    pub behind: u64,
    /// What all edits cost.
    pub whole: u64,
}

impl Room {
    /// What every node gives a document.
    pub const FULL: Room = Room { behind: DOCUMENT_BEHIND_MAX, whole: DOCUMENT_WHOLE_MAX };
}

/// Position of an entry in the order in which this document's entries were given.
pub(super) type Place = usize;

/// Position of an edit in the order in which room was found for it.
type Nth = usize;

/// What one more edit weighs, whatever it says: about the microseconds of executing it, of applying it again and of
/// keeping it. So are all of these.
const EDIT: u64 = 100;
const STEP: u64 = 20;
const CHAR_IN: u64 = 3;
/// The engine looks for each character anew.
const CHAR_OUT: u64 = 10;
/// It goes past every item ever taken out to find one.
const ITEM: u64 = 200;
/// What an edit costs besides that is not the next after one other, an engine document of its own, and the first of a
/// run, to which the engine gives a name wherever it keeps one.
const BESIDE: u64 = 500;

/// A set of edits.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
struct Edits(Vec<u64>);

/// The entries of a document placed so far.
#[derive(Clone, Default)]
pub(super) struct Past {
    placed: Vec<Placed>,
    by_id: BTreeMap<EntryId, Place>,
    authors: BTreeMap<EntryId, usize>,
    plan: Plan,
    executed: BTreeSet<Place>,
    /// Of each edit there is room for and that was tried: what a state that includes it is made of. Ascending.
    maps_to: BTreeMap<Place, Arc<[Place]>>,
    /// Executed edits no other executed edit has behind it, ascending.
    tips: Vec<Place>,
}

#[derive(Clone)]
struct Placed {
    id: EntryId,
    author: usize,
    run: EntryId,
    /// Of an edit.
    weight: Option<u64>,
    causes: Box<[Place]>,
    /// Whether another entry names it in `after`.
    named: bool,
}

/// The edits there is room for.
#[derive(Clone, Default)]
struct Plan {
    taken: Vec<Taken>,
    nth: BTreeMap<Place, Nth>,
}

#[derive(Clone)]
struct Taken {
    place: Place,
    weight: u64,
    behind: Arc<Edits>,
    base: Base,
}

/// Where an edit begins: the edits there is room for that it has behind it and that are behind none of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Base {
    /// There are none.
    Start,
    /// Just this one.
    After(Place),
    /// Several, of which this was found room for last.
    Join(Place),
}

/// The edits that wait for their turn, by author.
#[derive(Default)]
struct Turns {
    spent: Vec<u64>,
    ready: Vec<BTreeSet<(EntryId, Place)>>,
    next: BTreeSet<(u64, EntryId, usize)>,
}

/// What an edit weighs.
pub(super) fn weight(steps: &[Step]) -> u64 {
    let chars = |text: &str| CHAR_IN * text.chars().count() as u64;
    let value = |value: &Value| match value {
        Value::Text(text) => chars(text),
        Value::Int(_) | Value::Bool(_) => 0,
    };
    let step = |step: &Step| match step {
        Step::Set { value: set, .. } => set.as_ref().map_or(0, value),
        Step::Splice { delete, insert, .. } => CHAR_OUT * u64::from(*delete) + chars(insert),
        Step::Add { item, .. } => ITEM + value(item),
        Step::Remove { .. } => ITEM,
    };
    EDIT + steps.iter().map(|one| STEP + step(one)).sum::<u64>()
}

impl Edits {
    fn insert(&mut self, nth: Nth) {
        let (word, bit) = (nth / 64, nth % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    fn contains(&self, nth: Nth) -> bool {
        self.0.get(nth / 64).is_some_and(|word| word >> (nth % 64) & 1 == 1)
    }

    fn contains_all(&self, others: &Edits) -> bool {
        others.0.len() <= self.0.len() && self.0.iter().zip(&others.0).all(|(word, other)| other & !word == 0)
    }

    fn add_all(&mut self, others: &Edits) {
        if self.0.len() < others.0.len() {
            self.0.resize(others.0.len(), 0);
        }
        self.0.iter_mut().zip(&others.0).for_each(|(word, other)| *word |= other);
    }

    /// The one taken last.
    fn last(&self) -> Option<Nth> {
        self.0
            .iter()
            .enumerate()
            .rev()
            .find(|(_, word)| **word != 0)
            .map(|(at, word)| at * 64 + 63 - word.leading_zeros() as usize)
    }

    /// Last taken first.
    fn iter_back(&self) -> impl Iterator<Item = Nth> {
        let bits = |(at, word): (usize, &u64)| {
            let word = *word;
            (0..64).rev().filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        };
        self.0.iter().enumerate().rev().flat_map(bits)
    }
}

impl Turns {
    fn wait(&mut self, author: usize, id: EntryId, place: Place) {
        self.with(author, |ready| {
            ready.insert((id, place));
        });
    }

    /// Whose turn it is: of the authors with least on their account the one of the smallest id.
    fn take(&mut self) -> Option<Place> {
        let (_, _, author) = *self.next.first()?;
        let mut first = None;
        self.with(author, |ready| first = ready.pop_first());
        first.map(|(_, place)| place)
    }

    fn spend(&mut self, author: usize, cost: u64) {
        self.unlist(author);
        if let Some(spent) = self.spent.get_mut(author) {
            *spent += cost;
        }
        self.list(author);
    }

    fn with(&mut self, author: usize, change: impl FnOnce(&mut BTreeSet<(EntryId, Place)>)) {
        self.unlist(author);
        if let Some(ready) = self.ready.get_mut(author) {
            change(ready);
        }
        self.list(author);
    }

    fn turn(&self, author: usize) -> Option<(u64, EntryId, usize)> {
        Some((*self.spent.get(author)?, self.ready.get(author)?.first()?.0, author))
    }

    fn unlist(&mut self, author: usize) {
        if let Some(turn) = self.turn(author) {
            self.next.remove(&turn);
        }
    }

    fn list(&mut self, author: usize) {
        self.next.extend(self.turn(author));
    }
}

impl Past {
    /// How many entries are placed: the place the next one gets.
    pub(super) fn len(&self) -> Place {
        self.placed.len()
    }

    pub(super) fn holds(&self, id: &EntryId) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn place_of(&self, id: &EntryId) -> Option<Place> {
        self.by_id.get(id).copied()
    }

    pub(super) fn id(&self, place: Place) -> Option<EntryId> {
        self.placed.get(place).map(|placed| placed.id)
    }

    /// What an edit weighs; none if it is none.
    pub(super) fn weight(&self, place: Place) -> Option<u64> {
        self.placed.get(place)?.weight
    }

    /// Executed edits no other executed edit has behind it, ascending.
    pub(super) fn tips(&self) -> &[Place] {
        &self.tips
    }

    /// Entries no other names in `after`, ascending.
    pub(super) fn heads(&self) -> Vec<EntryId> {
        let mut heads = self.placed.iter().filter(|placed| !placed.named).map(|placed| placed.id).collect::<Vec<_>>();
        heads.sort_unstable();
        heads
    }

    /// Places an entry at the end. `weight` is that of the edit it is.
    ///
    /// An entry it names that is not placed has no part in it: causes come first, or they were not admitted.
    pub(super) fn place(&mut self, item: &Item<'_>, weight: u64) {
        let place = self.placed.len();
        let mut causes = Vec::with_capacity(item.after.len() + 1);
        causes.extend(item.after.iter().filter_map(|id| self.by_id.get(id)).copied());
        for named in &causes {
            if let Some(placed) = self.placed.get_mut(*named) {
                placed.named = true;
            }
        }
        causes.extend(item.chain.and_then(|id| self.by_id.get(&id)));
        causes.sort_unstable();
        causes.dedup();
        let causes = causes.into_boxed_slice();
        let count = self.authors.len();
        let author = *self.authors.entry(item.author).or_insert(count);
        let weight = matches!(item.says, Says::Edit(_)).then_some(weight);
        self.placed.push(Placed { id: item.id, author, run: item.run, weight, causes, named: false });
        self.by_id.insert(item.id, place);
    }

    /// Finds out which of the edits placed there is room for.
    ///
    /// Entries come up when all of their causes have. What is no edit comes up at once; of edits always one whose
    /// author has spent least, of these the smallest id. So whoever floods a document only uses up their own share.
    pub(super) fn take(&mut self, room: Room) {
        let count = self.placed.len();
        let mut plan = Plan::default();
        let mut turns = Turns::default();
        turns.spent.resize(self.authors.len(), 0);
        turns.ready.resize(self.authors.len(), BTreeSet::new());
        let mut followers = vec![Vec::new(); count];
        let mut awaits = Vec::with_capacity(count);
        for (place, placed) in self.placed.iter().enumerate() {
            awaits.push(placed.causes.len());
            for cause in &placed.causes {
                if let Some(followers) = followers.get_mut(*cause) {
                    followers.push(place);
                }
            }
        }
        let mut unheard: Vec<usize> = followers.iter().map(Vec::len).collect();
        // What each hands on to those that follow it, as long as some are to come.
        let mut reaches: BTreeMap<Place, Arc<Edits>> = BTreeMap::new();
        let (mut followed, mut runs) = (BTreeSet::new(), BTreeSet::new());
        let mut whole = 0;
        let mut up: Vec<Place> = (0..count).filter(|place| awaits.get(*place) == Some(&0)).collect();
        while let Some((place, is_turn)) =
            up.pop().map(|place| (place, false)).or_else(|| turns.take().map(|place| (place, true)))
        {
            let Some(placed) = self.placed.get(place) else { continue };
            if !is_turn && placed.weight.is_some() {
                turns.wait(placed.author, placed.id, place);
                continue;
            }
            let mut reach = Plan::behind(&placed.causes, &reaches);
            for cause in &placed.causes {
                if let Some(unheard) = unheard.get_mut(*cause) {
                    *unheard -= 1;
                    if *unheard == 0 {
                        reaches.remove(cause);
                    }
                }
            }
            if let Some(weight) = placed.weight {
                let (behind, base) = (plan.weigh(&reach), plan.base(&reach));
                // Nobody else can take the author's place after what the author said.
                let is_own = match base {
                    Base::After(before) => self.placed.get(before).is_some_and(|before| before.author == placed.author),
                    Base::Start | Base::Join(_) => false,
                };
                let is_next = !matches!(base, Base::Join(_)) && !followed.contains(&(base, is_own));
                // Engine documents are at one state each: at any other all there is behind it is applied again.
                let beside = if is_next { 0 } else { BESIDE + behind / 2 };
                let cost = weight + beside + if runs.contains(&placed.run) { 0 } else { BESIDE };
                if behind + weight <= room.behind && whole + cost <= room.whole {
                    whole += cost;
                    followed.insert((base, is_own));
                    runs.insert(placed.run);
                    turns.spend(placed.author, cost);
                    reach = plan.add(place, weight, reach, base);
                }
            }
            let followers = followers.get_mut(place).map(std::mem::take).unwrap_or_default();
            if !followers.is_empty() {
                reaches.insert(place, reach);
            }
            for follower in followers {
                if let Some(awaits) = awaits.get_mut(follower) {
                    *awaits -= 1;
                    if *awaits == 0 {
                        up.push(follower);
                    }
                }
            }
        }
        self.plan = plan;
    }

    /// Whether there is room for an edit.
    pub(super) fn takes(&self, place: Place) -> bool {
        self.plan.nth.contains_key(&place)
    }

    /// Where an edit there is room for begins.
    pub(super) fn base(&self, place: Place) -> Option<Base> {
        self.plan.get(place).map(|taken| taken.base)
    }

    /// The edits there is room for from this place on, causes first, and each followed at once by what follows it, so
    /// that hardly any engine document has to be made.
    pub(super) fn order(&self, from: Place) -> Vec<Place> {
        let is_new = |nth: &Nth| self.plan.taken.get(*nth).is_some_and(|taken| taken.place >= from);
        let news = || (0..self.plan.taken.len()).filter(is_new);
        let mut awaits = BTreeMap::new();
        let mut followers: BTreeMap<Nth, Vec<Nth>> = BTreeMap::new();
        let mut stack = Vec::new();
        for nth in news() {
            let Some(taken) = self.plan.taken.get(nth) else { continue };
            let before: Vec<Nth> = match taken.base {
                Base::Start => Vec::new(),
                Base::After(place) => self.plan.nth.get(&place).copied().into_iter().collect(),
                Base::Join(_) => self.plan.maximal(&taken.behind, |_| true),
            };
            let before: Vec<Nth> = before.into_iter().filter(is_new).collect();
            awaits.insert(nth, before.len());
            if before.is_empty() {
                stack.push(nth);
            }
            before.into_iter().for_each(|cause| followers.entry(cause).or_default().push(nth));
        }
        // Of what follows one edit the least comes first, so that few states wait while others are gone on from.
        let mut sizes = vec![1_usize; self.plan.taken.len()];
        for (nth, taken) in self.plan.taken.iter().enumerate().rev() {
            let (size, before) = (sizes.get(nth).copied().unwrap_or_default(), taken.base);
            if let Base::After(before) = before
                && let Some(sum) = self.plan.nth.get(&before).and_then(|before| sizes.get_mut(*before))
            {
                *sum += size;
            }
        }
        stack.sort_by_key(|next| (std::cmp::Reverse(sizes.get(*next)), *next));
        let mut order = Vec::new();
        while let Some(nth) = stack.pop() {
            order.extend(self.plan.taken.get(nth).map(|taken| taken.place));
            let mut next = followers.remove(&nth).unwrap_or_default();
            next.sort_by_key(|next| (std::cmp::Reverse(sizes.get(*next)), *next));
            for next in next {
                if let Some(awaits) = awaits.get_mut(&next) {
                    *awaits -= 1;
                    if *awaits == 0 {
                        stack.push(next);
                    }
                }
            }
        }
        order
    }

    /// The executed edits that make the state an edit is said at: none of them behind another, ascending.
    pub(super) fn state(&self, place: Place) -> Arc<[Place]> {
        let Some(taken) = self.plan.get(place) else { return Arc::default() };
        if let Base::After(before) = taken.base {
            return self.maps_to.get(&before).cloned().unwrap_or_default();
        }
        let is_executed = |place| self.executed.contains(&place);
        let maximal = self.plan.maximal(&taken.behind, is_executed).into_iter();
        let mut state: Vec<Place> = maximal.filter_map(|nth| Some(self.plan.taken.get(nth)?.place)).collect();
        state.sort_unstable();
        state.into()
    }

    /// Whether an edit there is room for has an earlier one behind it.
    pub(super) fn is_behind(&self, earlier: Place, place: Place) -> bool {
        let nth = self.plan.nth.get(&earlier);
        nth.zip(self.plan.get(place)).is_some_and(|(nth, taken)| taken.behind.contains(*nth))
    }

    /// What became of an edit there is room for.
    pub(super) fn tried(&mut self, place: Place, executed: bool) {
        let state = self.state(place);
        if !executed {
            self.maps_to.insert(place, state);
            return;
        }
        self.executed.insert(place);
        self.maps_to.insert(place, Arc::new([place]));
        self.tips.retain(|tip| state.binary_search(tip).is_err());
        let at = self.tips.partition_point(|tip| *tip < place);
        self.tips.insert(at, place);
    }
}

impl Plan {
    fn get(&self, place: Place) -> Option<&Taken> {
        self.taken.get(*self.nth.get(&place)?)
    }

    /// The edits that entries with these causes have behind them.
    fn behind(causes: &[Place], reaches: &BTreeMap<Place, Arc<Edits>>) -> Arc<Edits> {
        let mut all = Arc::<Edits>::default();
        for theirs in causes.iter().filter_map(|cause| reaches.get(cause)) {
            // Most say nothing new: they share the very set of their cause.
            if theirs.contains_all(&all) {
                all = theirs.clone();
            } else if !all.contains_all(theirs) {
                Arc::make_mut(&mut all).add_all(theirs);
            }
        }
        all
    }

    fn weigh(&self, edits: &Edits) -> u64 {
        edits.iter_back().filter_map(|nth| self.taken.get(nth)).map(|taken| taken.weight).sum()
    }

    fn base(&self, behind: &Edits) -> Base {
        let Some(last) = behind.last() else { return Base::Start };
        let Some(taken) = self.taken.get(last) else { return Base::Start };
        let mut its = (*taken.behind).clone();
        its.insert(last);
        if its.contains_all(behind) { Base::After(taken.place) } else { Base::Join(taken.place) }
    }

    /// Takes an edit in; what those that follow it have behind them.
    fn add(&mut self, place: Place, weight: u64, behind: Arc<Edits>, base: Base) -> Arc<Edits> {
        let nth = self.taken.len();
        self.nth.insert(place, nth);
        let mut with = behind.clone();
        Arc::make_mut(&mut with).insert(nth);
        self.taken.push(Taken { place, weight, behind, base });
        with
    }

    /// Those of `edits` that are behind no other of them, of those that `count`.
    fn maximal(&self, edits: &Edits, count: impl Fn(Place) -> bool) -> Vec<Nth> {
        let mut covered = Edits::default();
        let mut maximal = Vec::new();
        for nth in edits.iter_back() {
            let Some(taken) = self.taken.get(nth).filter(|taken| count(taken.place)) else { continue };
            if !covered.contains(nth) {
                covered.add_all(&taken.behind);
                maximal.push(nth);
            }
        }
        maximal
    }
}
