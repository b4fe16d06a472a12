//! What a test watches a county through: bytes delivered and added up over one link, and records of which one reads otherwise.

use fangwei_protocol::{
    record::{
        entry::{EntryId, Hash},
        message::Frame,
    },
    records::{LogIndex, Memory, Record, Records, RecordsFailure, Visit, find, ids_at},
    replica::Input,
};

use crate::world::World;

/// Adds something up over the frames of one link.
pub(crate) struct Meter {
    link: (String, String),
    count: fn(&Frame) -> u64,
    sum: u64,
}

impl Meter {
    pub(crate) fn see(&mut self, link: &(String, String), frame: &Frame) {
        if self.link == *link {
            self.sum += (self.count)(frame);
        }
    }
}

/// Records in which one entry reads as the first.
pub(crate) struct Damaged<'a> {
    pub(crate) below: &'a Memory,
    pub(crate) at: LogIndex,
}

impl Records for Damaged<'_> {
    fn read(&self, at: LogIndex) -> Result<Record, RecordsFailure> {
        self.below.read(if at == self.at { LogIndex(0) } else { at })
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, RecordsFailure> {
        self.below.get(key)
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), RecordsFailure> {
        self.below.scan(prefix, visit)
    }

    fn has_chunk(&self, chunk: &Hash) -> bool {
        self.below.has_chunk(chunk)
    }

    fn chunk(&self, chunk: &Hash) -> Option<Vec<u8>> {
        self.below.chunk(chunk)
    }
}

impl World {
    /// From now on adds this up over the frames sent on a link.
    pub fn watch(&mut self, lower: &str, upper: &str, count: fn(&Frame) -> u64) {
        self.meter = Some(Meter { link: (lower.into(), upper.into()), count, sum: 0 });
    }

    /// What was added up since.
    pub fn watched(&self) -> u64 {
        self.meter.as_ref().map_or(0, |meter| meter.sum)
    }

    /// From now on the record of an entry cannot be read, and the node has found it so.
    pub fn rot(&mut self, unit: &str, id: EntryId) {
        self.rot_unnoticed(unit, id);
        self.find_rot(unit);
    }

    /// The same, and nobody has looked yet.
    pub fn rot_unnoticed(&mut self, unit: &str, id: EntryId) {
        let records = &mut self.node_mut(unit).records;
        let at = find(records, &id).unwrap().unwrap();
        records.rot(at);
    }

    /// A node looks through all it has.
    pub fn find_rot(&mut self, unit: &str) {
        let records = &self.node(unit).records;
        let places = (0..records.len()).map(LogIndex).filter(|at| records.read(*at).is_err()).collect();
        let entries = ids_at(records, &places).unwrap().into_iter().collect();
        self.step(unit, Input::Damaged { entries });
    }

    /// From now on an entry reads as another one where a node hashes its log again.
    pub fn damage_next_read_of(&mut self, unit: &str, id: EntryId) {
        self.node_mut(unit).damaged = Some(id);
    }
}
