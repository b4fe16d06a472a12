//! What is published and stands at this node: the calendar of the whole tree, and the policy packs of units.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use super::Replica;
use crate::{
    record::{
        body::Act,
        entry::{EntryId, Hash, Kind},
    },
    records::{Records, RecordsFailure},
    work::{
        calendar::{Calendar, Day},
        pack::{
            BUILT_IN, Pack, PackFault,
            published::{
                PackName, PublicationFault, Published, UnitSort, assemble, pack_for, pack_named, published_for,
            },
        },
        unit::UnitPath,
    },
};

impl Replica {
    /// The calendar: the years the program brings along, and above them every year whose publication has effect. Two
    /// nodes that hold the same publications have the same calendar, whatever came first.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn calendar(&self, records: &dyn Records) -> Result<Calendar, RecordsFailure> {
        let mut calendar = Calendar::built_in();
        for document in self.documents(Kind::CALENDAR, records)? {
            for said in self.history(&document, records)? {
                if let Some(Act::PublishCalendar(year)) = said.act() {
                    // With faults it would be void and not here; were it here, it would be left out all the same.
                    calendar.add((**year).clone()).unwrap_or_default();
                }
            }
        }
        Ok(calendar)
    }

    /// Every publication of a pack that has effect, in the order of scopes: the pack, or why it is not whole here.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn publications(
        &self,
        records: &dyn Records,
    ) -> Result<Vec<Result<Published, (EntryId, PublicationFault)>>, RecordsFailure> {
        let mut found = Vec::new();
        for document in self.documents(Kind::PACK, records)? {
            let history = match self.history(&document, records) {
                Ok(history) => history,
                // Not here until it is mended.
                Err(RecordsFailure::Damaged(_)) => continue,
                Err(failure) => return Err(failure),
            };
            let mut parts: BTreeMap<EntryId, &[u8]> = BTreeMap::new();
            for said in &history {
                if let Some(Act::PackPart { bytes }) = said.act() {
                    parts.insert(said.entry.id(), bytes);
                }
            }
            for said in &history {
                let Some(Act::PublishPack(publication)) = said.act() else { continue };
                let (home, by) = (document.scope.home.clone(), said.entry.id());
                let whole = assemble(publication, |id| parts.get(id).copied());
                found.push(whole.map(|pack| Published { home, by, pack }).map_err(|fault| (by, fault)));
            }
        }
        Ok(found)
    }

    /// The packs that are published and whole.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn packs(&self, records: &dyn Records) -> Result<Vec<Published>, RecordsFailure> {
        Ok(self.publications(records)?.into_iter().flatten().collect())
    }

    /// The pack for a unit on a civil day: see [`pack_for`].
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn pack_for(&self, unit: &UnitPath, day: Day, records: &dyn Records) -> Result<Pack, RecordsFailure> {
        pack_for(unit, day, &self.packs(records)?).map_err(|fault| RecordsFailure::Engine(fault.to_string()))
    }

    /// The pack a case was opened under; none if it is not here.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn pack_named(&self, name: &PackName, records: &dyn Records) -> Result<Option<Pack>, RecordsFailure> {
        pack_named(name, &self.packs(records)?).map_err(|fault| RecordsFailure::Engine(fault.to_string()))
    }

    /// Every pack there is here: those the program brings along and those that are published and whole.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn rulebook(&self, records: &dyn Records) -> Result<Rulebook, RecordsFailure> {
        let built_in = match &*BUILT_IN_PACKS {
            Ok(packs) => packs,
            Err(fault) => return Err(RecordsFailure::Engine(fault.to_string())),
        };
        let published = self.packs(records)?.into_iter().map(|one| (one.pack.name(), one));
        let (names, published): (Vec<PackName>, Vec<Published>) = published.unzip();
        Ok(Rulebook { built_in, names: names.into(), published: published.into() })
    }
}

/// The packs the program brings along, read once: to read them takes longer than all else a fold does.
static BUILT_IN_PACKS: LazyLock<Result<BTreeMap<PackName, Pack>, PackFault>> =
    LazyLock::new(|| BUILT_IN.iter().map(|built_in| built_in.pack().map(|pack| (pack.name(), pack))).collect());

/// The packs of a node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rulebook {
    built_in: &'static BTreeMap<PackName, Pack>,
    names: Arc<[PackName]>,
    published: Arc<[Published]>,
}

impl Rulebook {
    /// What tells this rulebook from one with other published packs.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Hash::of_parts("fangwei rulebook 1", self.names.iter().map(|name| name.hash.as_slice()))
    }

    /// A pack by its name; none if it is not here.
    #[must_use]
    pub fn pack(&self, name: &PackName) -> Option<&Pack> {
        let published = self.names.iter().zip(&*self.published).find(|(known, _)| *known == name);
        published.map(|(_, one)| &one.pack).or_else(|| self.built_in.get(name))
    }

    /// Every pack: those that are published, then those the program brings along.
    pub fn packs(&self) -> impl Iterator<Item = &Pack> {
        self.published.iter().map(|one| &one.pack).chain(self.built_in.values())
    }

    /// The pack for a unit on a civil day, with its name: see [`pack_for`].
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`] if none ships for such a unit: never, as tests prove.
    pub fn in_force(&self, unit: &UnitPath, day: Day) -> Result<(PackName, &Pack), RecordsFailure> {
        if let Some(found) = published_for(unit, day, &self.published) {
            return Ok((found.pack.name(), &found.pack));
        }
        let sort = UnitSort::of(unit);
        let built_in = self.built_in.iter().find(|(_, pack)| pack.used_by.contains(&sort));
        let none = || RecordsFailure::Engine(format!("no pack ships for {unit}"));
        built_in.map(|(name, pack)| (name.clone(), pack)).ok_or_else(none)
    }
}
