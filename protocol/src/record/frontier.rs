//! The frontier: every feed's tips, as a Merkle digest in the shape of the unit tree.
//!
//! State to compare is not a set of documents but this. A unit's digest covers its own feeds, split by reach and
//! shelf, and its children's digests; it is recomputed lazily where something changed. The digest of a link between an
//! upper and a lower unit covers the lower unit's subtree and the downward scopes of its ancestors: exactly what the
//! two share. Source: architecture §4 and §5.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use minicbor::{Decode, Encode};

use crate::{
    record::{
        cbor,
        entry::{CertificateId, Hash, Reach, Scope, Shelf},
        feed::Feed,
    },
    records::{LogIndex, Records, RecordsFailure, key, listed},
    work::unit::UnitPath,
};

/// Every feed's tips, by unit.
#[derive(Default, Clone, Debug)]
pub struct Frontier {
    units: BTreeMap<UnitPath, Unit>,
}

#[derive(Default, Clone, Debug)]
struct Unit {
    scopes: BTreeMap<(Reach, Shelf), Shelved>,
    /// Of the subtree; none where something changed.
    digest: Cell<Option<Hash>>,
}

#[derive(Default, Clone, Debug)]
struct Shelved {
    feeds: BTreeMap<CertificateId, Feed>,
    digest: Cell<Option<Hash>>,
}

/// How much of a unit is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Extent {
    /// Everything homed in the unit or below.
    #[n(0)]
    Whole,
    /// The unit's own scopes that reach down.
    #[n(1)]
    Down,
}

/// What a unit's digest is the hash of, and what is sent when digests differ.
#[derive(Clone, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Outline {
    /// The unit's own scopes, ascending by (reach, shelf).
    #[n(0)]
    pub scopes: Vec<ScopeDigest>,
    /// The units below that hold something, ascending by segment.
    #[n(1)]
    pub children: Vec<ChildDigest>,
}

/// The digest of one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ScopeDigest {
    /// How far it reaches.
    #[n(0)]
    pub reach: Reach,
    /// Its shelf.
    #[n(1)]
    pub shelf: Shelf,
    /// Over its feeds' tips.
    #[n(2)]
    pub digest: Hash,
}

/// The digest of one child unit.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ChildDigest {
    /// The segment it adds.
    #[n(0)]
    pub segment: String,
    /// Of its subtree.
    #[n(1)]
    pub digest: Hash,
}

impl Outline {
    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Hash::of_parts("fangwei unit 1", [cbor::encode(self).as_slice()])
    }

    /// Digests in it.
    #[must_use]
    pub fn items(&self) -> usize {
        self.scopes.len() + self.children.len()
    }

    /// The same in parts of at most `items_max` scopes and as many children; at least one part.
    #[must_use]
    pub fn parts(&self, items_max: usize) -> Vec<Outline> {
        let mut scopes = self.scopes.chunks(items_max);
        let mut children = self.children.chunks(items_max);
        let mut parts = Vec::new();
        loop {
            let (scopes, children) = (scopes.next(), children.next());
            if scopes.is_none() && children.is_none() && !parts.is_empty() {
                return parts;
            }
            let (scopes, children) = (scopes.unwrap_or_default().to_vec(), children.unwrap_or_default().to_vec());
            parts.push(Outline { scopes, children });
        }
    }
}

impl Frontier {
    /// One feed.
    #[must_use]
    pub fn feed(&self, scope: &Scope, author: &CertificateId) -> Option<&Feed> {
        self.shelved(scope)?.feeds.get(author)
    }

    /// The feeds of a scope, ascending by author.
    pub fn feeds(&self, scope: &Scope) -> impl Iterator<Item = (&CertificateId, &Feed)> {
        self.shelved(scope).into_iter().flat_map(|shelved| &shelved.feeds)
    }

    /// Every feed homed in the subtree of `unit`, with its scope.
    pub fn below(&self, unit: &UnitPath) -> impl Iterator<Item = (Scope, &CertificateId, &Feed)> {
        self.subtree(unit).flat_map(|(home, held)| {
            held.scopes.iter().flat_map(move |((reach, shelf), shelved)| {
                let scope = Scope { home: home.clone(), reach: *reach, shelf: *shelf };
                shelved.feeds.iter().map(move |(author, feed)| (scope.clone(), author, feed))
            })
        })
    }

    /// Every scope held.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.units.iter().flat_map(|(home, unit)| {
            unit.scopes.keys().map(|(reach, shelf)| Scope { home: home.clone(), reach: *reach, shelf: *shelf })
        })
    }

    /// Scope and author of entries at places of the log, as the index has them: for where the records themselves cannot
    /// be read. Looks at every feed.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    pub fn places_of(
        &self,
        places: &BTreeSet<LogIndex>,
        records: &dyn Records,
    ) -> Result<BTreeMap<LogIndex, (Scope, CertificateId)>, RecordsFailure> {
        let mut found = BTreeMap::new();
        for scope in self.scopes() {
            for (author, feed) in self.feeds(&scope) {
                let mut block = (Vec::new(), Vec::new());
                for at in places {
                    let place = key::feed_log(&feed.key, *at);
                    if block.0 != place {
                        block = (place, listed(records, &key::feed_log(&feed.key, *at))?);
                    }
                    if block.1.contains(at) {
                        found.insert(*at, (scope.clone(), *author));
                    }
                }
            }
        }
        Ok(found)
    }

    /// The scope of one such entry.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    pub fn scope_of(&self, at: LogIndex, records: &dyn Records) -> Result<Option<Scope>, RecordsFailure> {
        Ok(self.places_of(&BTreeSet::from([at]), records)?.remove(&at).map(|(scope, _)| scope))
    }

    /// Puts a feed's new state.
    pub fn put(&mut self, scope: &Scope, author: &CertificateId, feed: Feed) {
        for above in scope.home.ancestors() {
            self.units.entry(above).or_default().digest.set(None);
        }
        let unit = self.units.entry(scope.home.clone()).or_default();
        unit.digest.set(None);
        let shelved = unit.scopes.entry((scope.reach, scope.shelf)).or_default();
        shelved.digest.set(None);
        shelved.feeds.insert(*author, feed);
    }

    /// What a unit's digest is made of.
    #[must_use]
    pub fn outline(&self, unit: &UnitPath, extent: Extent) -> Outline {
        let own = self.units.get(unit).into_iter().flat_map(|held| &held.scopes);
        let scopes = own
            .filter(|((reach, _), _)| match extent {
                Extent::Whole => *reach != Reach::LOCAL,
                Extent::Down => *reach == Reach::DOWN,
            })
            .map(|((reach, shelf), shelved)| ScopeDigest { reach: *reach, shelf: *shelf, digest: shelved.digest() })
            .collect();
        let children = match extent {
            Extent::Whole => self.children(unit),
            Extent::Down => Vec::new(),
        };
        Outline { scopes, children }
    }

    /// The digest of everything homed in a unit's subtree, local scopes aside.
    #[must_use]
    pub fn digest(&self, unit: &UnitPath) -> Hash {
        let Some(held) = self.units.get(unit) else { return Outline::default().digest() };
        if let Some(digest) = held.digest.get() {
            return digest;
        }
        let digest = self.outline(unit, Extent::Whole).digest();
        held.digest.set(Some(digest));
        digest
    }

    /// The digest of a link whose lower end is `unit`: its subtree and its ancestors' downward scopes, root first.
    #[must_use]
    pub fn link_digest(&self, unit: &UnitPath) -> Hash {
        let downs: Vec<Hash> =
            unit.ancestors().iter().map(|above| self.outline(above, Extent::Down).digest()).collect();
        let subtree = self.digest(unit);
        Hash::of_parts("fangwei link 1", std::iter::once(&subtree).chain(&downs).map(Hash::as_slice))
    }

    /// Entries held of what a link whose lower end is `unit` shares.
    #[must_use]
    pub fn link_entries(&self, unit: &UnitPath) -> u64 {
        let below = self.below(unit).filter(|(scope, ..)| scope.reach != Reach::LOCAL).map(|(.., feed)| feed.entries);
        let above = unit.ancestors();
        let downs = above.iter().filter_map(|above| self.units.get(above)).flat_map(|held| &held.scopes);
        let downs =
            downs.filter(|((reach, _), _)| *reach == Reach::DOWN).flat_map(|(_, shelved)| shelved.feeds.values());
        below.sum::<u64>() + downs.map(|feed| feed.entries).sum::<u64>()
    }

    fn shelved(&self, scope: &Scope) -> Option<&Shelved> {
        self.units.get(&scope.home)?.scopes.get(&(scope.reach, scope.shelf))
    }

    fn subtree(&self, unit: &UnitPath) -> impl Iterator<Item = (&UnitPath, &Unit)> {
        let end = unit.clone();
        self.units.range(unit.clone()..).take_while(move |(path, _)| end.contains(path))
    }

    /// Digests of the units right below that hold something. Every unit with a feed has all of its ancestors here.
    fn children(&self, unit: &UnitPath) -> Vec<ChildDigest> {
        let mut children = Vec::new();
        let mut from = Bound::Excluded(unit.clone());
        while let Some((path, _)) = self.units.range((from, Bound::Unbounded)).next() {
            let Some(child) = unit.child_towards(path) else { break };
            let digest = self.digest(&child);
            if digest != Outline::default().digest() {
                children.push(ChildDigest { segment: child.segment().into(), digest });
            }
            // On to the next child: past everything below this one.
            let last = self.subtree(&child).last().map(|(path, _)| path.clone());
            from = Bound::Excluded(last.unwrap_or(child));
        }
        children
    }
}

impl Shelved {
    fn digest(&self) -> Hash {
        if let Some(digest) = self.digest.get() {
            return digest;
        }
        let mut parts = Vec::with_capacity(self.feeds.len() * 2);
        for (author, feed) in &self.feeds {
            let mut tips: Vec<_> = feed.tips.iter().map(|tip| tip.id).collect();
            tips.sort_unstable();
            parts.push(author.0.as_slice().to_vec());
            parts.push(tips.iter().flat_map(|tip| tip.0.0).collect());
        }
        let digest = Hash::of_parts("fangwei scope 1", parts.iter().map(Vec::as_slice));
        self.digest.set(Some(digest));
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::entry::{DocId, EntryId, Epoch, Kind},
        record::feed::Tip,
        records::LogIndex,
    };

    fn path(text: &str) -> UnitPath {
        text.parse().unwrap()
    }

    fn put(frontier: &mut Frontier, home: &str, reach: Reach, n: u8) {
        let scope = Scope { home: path(home), reach, shelf: Shelf::CASE };
        let author = EntryId(Hash([n; 32]));
        let mut feed = Feed::new(&scope, &author);
        let (epoch, kind, doc) = (Epoch([0; 8]), Kind::REPORT, DocId([0; 16]));
        feed.tips.push(Tip { seq: 0, id: author, epoch, kind, doc, at: LogIndex(0) });
        frontier.put(&scope, &author, feed);
    }

    #[test]
    fn a_link_covers_the_subtree_and_what_comes_from_above_and_nothing_else() {
        let mut frontier = Frontier::default();
        let village = path("370126.105.201");
        let mut last = frontier.link_digest(&village);
        for (home, reach, n, shared) in [
            ("370126.105.201", Reach::UP, 1, true),
            ("370126.105.201", Reach::LOCAL, 2, false),
            ("370126.105", Reach::UP, 3, false),
            ("370126.105", Reach::DOWN, 4, true),
            ("370126", Reach::DOWN, 5, true),
            ("370126.105.202", Reach::DOWN, 6, false),
            ("370126.105.201.d01", Reach::UP, 7, true),
            ("370126.106", Reach::DOWN, 8, false),
        ] {
            put(&mut frontier, home, reach, n);
            let now = frontier.link_digest(&village);
            assert_eq!(now != last, shared, "{home} {reach:?}");
            last = now;
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let entries =
            [("370126.105.201", 1), ("370126", 2), ("370126.105.d02", 3), ("370126.106.200", 4), ("370126.105", 5)];
        let mut there = Frontier::default();
        entries.iter().for_each(|(home, n)| put(&mut there, home, Reach::UP, *n));
        let mut back = Frontier::default();
        for (home, n) in entries.iter().rev() {
            put(&mut back, home, Reach::UP, *n);
            let _ = back.digest(&path("370126"));
        }
        assert_eq!(there.digest(&path("370126")), back.digest(&path("370126")));
        let outline = there.outline(&path("370126"), Extent::Whole);
        assert_eq!(outline.children.iter().map(|child| child.segment.as_str()).collect::<Vec<_>>(), ["105", "106"]);
        let township = there.outline(&path("370126.105"), Extent::Whole);
        assert_eq!(township.children.iter().map(|child| child.segment.as_str()).collect::<Vec<_>>(), ["201", "d02"]);
    }
}
