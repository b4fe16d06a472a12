//! Published packs: what a publication must be, which one is for a unit, and which pack a case names.
//!
//! Everything here follows from the publications one holds and nothing else, so that who holds the same has the same
//! rules. A publication that is not whole counts for nothing: neither does it hide the one before.

use std::{cmp::Reverse, collections::BTreeSet};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    limits::{PACK_PART_BYTES_MAX, PACK_PARTS_MAX},
    record::{
        body::Publication,
        entry::{EntryId, Hash},
    },
    work::{
        calendar::Day,
        pack::{BUILT_IN, Pack, PackFault},
        unit::UnitPath,
    },
};

/// Characters of a pack's id.
const ID_CHARS_MAX: usize = 64;

/// The sort of a unit, as far as which pack is for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum UnitSort {
    /// A place, and whatever hangs on a township or a village.
    #[n(0)]
    Place,
    /// A department of a county or above, and its sections.
    #[n(1)]
    Department,
}

/// What a case keeps of the pack it was opened under.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct PackName {
    /// The pack.
    #[n(0)]
    pub id: String,
    /// Its version.
    #[n(1)]
    pub version: u32,
    /// Of its bytes.
    #[n(2)]
    pub hash: Hash,
}

/// A pack that is published, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    /// The unit it is for, with everything below.
    pub home: UnitPath,
    /// The entry that publishes it.
    pub by: EntryId,
    /// What it says.
    pub pack: Pack,
}

/// Why a publication is not whole.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PublicationFault {
    /// A part is not here yet, has no effect, or is none of this document.
    #[error("part {0} is missing")]
    Missing(usize),
    /// The parts are not those it names.
    #[error("parts do not give the hash")]
    Another,
    /// The parts are no pack.
    #[error("{0}")]
    NoPack(#[from] PackFault),
    /// The pack says another id, version or day than its publication.
    #[error("pack is not the one it is published as")]
    OtherName,
}

/// A pack's bytes in parts, as they are published.
#[must_use]
pub fn parts(pack: &Pack) -> Vec<Vec<u8>> {
    pack.bytes().chunks(PACK_PART_BYTES_MAX).map(<[u8]>::to_vec).collect()
}

/// The publication of a pack whose parts are these entries.
#[must_use]
pub fn publication(pack: &Pack, parts: Vec<EntryId>) -> Publication {
    Publication {
        id: pack.id.clone(),
        version: pack.version,
        applies_from: pack.applies_from,
        parts,
        hash: pack.hash(),
    }
}

/// Whether a publication can be one at all: what the entry alone decides.
#[must_use]
pub fn is_publishable(publication: &Publication) -> bool {
    let Publication { id, version, parts, .. } = publication;
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let different: BTreeSet<&EntryId> = parts.iter().collect();
    (1..=ID_CHARS_MAX).contains(&id.len())
        && id.bytes().all(is_letter)
        && *version > 0
        && (1..=PACK_PARTS_MAX).contains(&parts.len())
        && different.len() == parts.len()
}

/// The pack of a publication. `part` gives the bytes of an entry that is a valid part in the same document.
///
/// # Errors
///
/// See [`PublicationFault`].
pub fn assemble<'b>(
    publication: &Publication,
    part: impl Fn(&EntryId) -> Option<&'b [u8]>,
) -> Result<Pack, PublicationFault> {
    let mut bytes = Vec::new();
    for (at, id) in publication.parts.iter().enumerate() {
        bytes.extend_from_slice(part(id).ok_or(PublicationFault::Missing(at))?);
    }
    if Pack::hash_of(&bytes) != publication.hash {
        return Err(PublicationFault::Another);
    }
    let pack = Pack::from_bytes(&bytes)?;
    let same = pack.id == publication.id
        && pack.version == publication.version
        && pack.applies_from == publication.applies_from;
    if same { Ok(pack) } else { Err(PublicationFault::OtherName) }
}

/// The pack for a unit on a civil day: of those published for it the one of the nearest unit, there the
/// one that applies last; a built-in one if there is none.
///
/// # Errors
///
/// Never, as tests prove: that of [`crate::work::pack::BuiltIn::pack`].
pub fn pack_for(unit: &UnitPath, day: Day, published: &[Published]) -> Result<Pack, PackFault> {
    match published_for(unit, day, published) {
        Some(found) => Ok(found.pack.clone()),
        None => UnitSort::of(unit).built_in(),
    }
}

/// The one of these that is for a unit on a civil day: of the nearest unit, there the one that applies last.
#[must_use]
pub fn published_for<'p>(unit: &UnitPath, day: Day, published: &'p [Published]) -> Option<&'p Published> {
    let sort = UnitSort::of(unit);
    let is_for =
        |one: &&Published| one.home.contains(unit) && one.pack.used_by.contains(&sort) && one.pack.applies_from <= day;
    let rank = |one: &&Published| {
        (one.home.depth(), one.pack.applies_from, one.pack.version, one.pack.hash(), Reverse(one.by))
    };
    published.iter().filter(is_for).max_by_key(rank)
}

/// The pack a case names, wherever it was published; none if it is not here.
///
/// # Errors
///
/// Never, as tests prove: that of [`crate::work::pack::BuiltIn::pack`].
pub fn pack_named(name: &PackName, published: &[Published]) -> Result<Option<Pack>, PackFault> {
    let is_named = |pack: &Pack| pack.name() == *name;
    if let Some(one) = published.iter().find(|one| is_named(&one.pack)) {
        return Ok(Some(one.pack.clone()));
    }
    for built_in in BUILT_IN.iter().filter(|built_in| built_in.id == name.id) {
        let pack = built_in.pack()?;
        if is_named(&pack) {
            return Ok(Some(pack));
        }
    }
    Ok(None)
}

impl UnitSort {
    /// The sort of a unit. A department of a township goes by the township's plan ◇.
    #[must_use]
    pub fn of(unit: &UnitPath) -> UnitSort {
        let places = unit.as_str().split('.').take_while(|segment| !segment.starts_with('d'));
        let digits: usize = places.map(str::len).sum();
        if unit.is_department() && digits <= 6 { UnitSort::Department } else { UnitSort::Place }
    }

    fn built_in(self) -> Result<Pack, PackFault> {
        for built_in in BUILT_IN {
            let pack = built_in.pack()?;
            if pack.used_by.contains(&self) {
                return Ok(pack);
            }
        }
        unreachable!("a pack ships for every sort of unit")
    }
}

impl Pack {
    /// What a case keeps of it.
    #[must_use]
    pub fn name(&self) -> PackName {
        PackName { id: self.id.clone(), version: self.version, hash: self.hash() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::pack::tests::built_in;

    fn unit(path: &str) -> UnitPath {
        path.parse().unwrap()
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn entry(n: u8) -> EntryId {
        EntryId(Hash([n; 32]))
    }

    fn published(home: &str, by: u8, change: impl FnOnce(&mut Pack)) -> Published {
        let mut pack = built_in("township");
        change(&mut pack);
        Published { home: unit(home), by: entry(by), pack }
    }

    #[test]
    fn departments_of_a_county_have_their_own_pack() {
        for (path, sort) in [
            ("370126", UnitSort::Place),
            ("370126.105", UnitSort::Place),
            ("370126.105.201", UnitSort::Place),
            ("370126.105.d02", UnitSort::Place),
            ("370126.d07", UnitSort::Department),
            ("370126.d07.d01", UnitSort::Department),
            ("37.01.26.d07", UnitSort::Department),
            ("37.d1", UnitSort::Department),
        ] {
            assert_eq!(UnitSort::of(&unit(path)), sort, "{path}");
        }
        let id = |path: &str| pack_for(&unit(path), day("2026-11-22"), &[]).unwrap().id;
        assert_eq!((id("370126.105"), id("370126.d07")), ("township".into(), "bureau".into()));
    }

    #[test]
    fn the_nearest_unit_that_published_wins_and_there_what_applies_last() {
        let county = published("370126", 1, |pack| pack.version = 7);
        let town = published("370126.105", 2, |pack| (pack.version, pack.applies_from) = (2, day("2026-06-01")));
        let later = published("370126.105", 3, |pack| (pack.version, pack.applies_from) = (1, day("2026-09-01")));
        let all = [county, town, later];
        let version = |at: &str, on: &str, all: &[Published]| pack_for(&unit(at), day(on), all).unwrap().version;
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let all = order.map(|at| all[at].clone());
            assert_eq!(version("370126.105.201", "2026-05-31", &all), 7);
            assert_eq!(version("370126.105.201", "2026-06-01", &all), 2);
            assert_eq!(version("370126.105", "2026-08-31", &all), 2);
            assert_eq!(version("370126.105", "2026-09-01", &all), 1);
            assert_eq!(version("370126.106", "2026-09-01", &all), 7);
            assert_eq!(version("370126.106", "2025-12-31", &all), 1, "before all of them what ships");
            assert_eq!(pack_for(&unit("370126.d07"), day("2026-09-01"), &all).unwrap().id, "bureau");
        }
    }

    #[test]
    fn a_case_finds_the_very_pack_it_was_opened_under() {
        let old = published("370126", 1, |pack| pack.version = 2);
        let forged = published("370126", 2, |pack| {
            pack.version = 2;
            pack.levels.pop();
        });
        let all = [forged.clone(), old.clone()];
        for one in [&old, &forged] {
            assert_eq!(pack_named(&one.pack.name(), &all).unwrap().as_ref(), Some(&one.pack));
        }
        assert_eq!(pack_named(&old.pack.name(), &[forged]).unwrap(), None);
        let shipped = built_in("bureau");
        assert_eq!(pack_named(&shipped.name(), &[]).unwrap(), Some(shipped));
    }

    #[test]
    fn only_the_whole_of_what_was_published_is_a_pack() {
        let pack = built_in("township");
        let bytes = pack.bytes();
        let halves = [&bytes[..1000], &bytes[1000..]];
        let part = |id: &EntryId| [entry(1), entry(2)].iter().position(|known| known == id).map(|at| halves[at]);
        let of = |ids: &[u8]| publication(&pack, ids.iter().map(|n| entry(*n)).collect());
        assert_eq!(assemble(&of(&[1, 2]), part), Ok(pack.clone()));
        assert_eq!(assemble(&of(&[1, 3]), part), Err(PublicationFault::Missing(1)));
        assert_eq!(assemble(&of(&[2, 1]), part), Err(PublicationFault::Another));
        assert_eq!(assemble(&of(&[1]), part), Err(PublicationFault::Another));
        let renamed = Publication { version: 9, ..of(&[1, 2]) };
        assert_eq!(assemble(&renamed, part), Err(PublicationFault::OtherName));
        let half = Publication { hash: Pack::hash_of(halves[0]), ..of(&[1]) };
        assert!(matches!(assemble(&half, part), Err(PublicationFault::NoPack(PackFault::NotCanonical(_)))));
        for id in ["township", "bureau"] {
            let pack = built_in(id);
            let parts = parts(&pack);
            assert_eq!(parts.concat(), pack.bytes());
            assert!(parts.len() <= 3 && parts.iter().all(|part| part.len() <= PACK_PART_BYTES_MAX), "{}", parts.len());
        }
    }
}
