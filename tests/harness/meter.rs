//! What a test watches a county through: bytes delivered and added up over one link, and records of which one reads otherwise.

use std::collections::VecDeque;

use fangwei_protocol::{
    record::{entry::EntryId, message::Frame},
    records::{LogIndex, Memory, Record, Records, RecordsFailure, Visit},
    replica::Input,
};

use crate::world::{Officer, World};

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

    /// From now on an entry reads as another one where a node hashes its log again.
    pub fn damage_next_read_of(&mut self, unit: &str, id: EntryId) {
        self.node_mut(unit).damaged = Some(id);
    }

    /// Delivers up to this many bytes on one link, in both directions taking turns; a frame that does not fit is lost
    /// with the cut that must follow. Returns the bytes that went.
    pub fn deliver_bytes(&mut self, lower: &str, upper: &str, budget: u64) -> u64 {
        let place = (lower.to_string(), upper.to_string());
        let mut gone = 0;
        let mut side = 0;
        loop {
            let Some(link) = self.links.get_mut(&place) else { return gone };
            if link.queues.iter().all(VecDeque::is_empty) {
                return gone;
            }
            side = if link.queues[1 - side].is_empty() { side } else { 1 - side };
            let Some(frame) = link.queues[side].pop_front() else { continue };
            let bytes = frame.len() as u64 + 4;
            if gone + bytes > budget {
                return budget;
            }
            gone += bytes;
            let (unit, peer) = link.ends[side].clone();
            self.step(&unit, Input::Received { peer, frame });
        }
    }

    /// The holder of the root key.
    pub fn root(&self) -> Officer {
        self.root.clone()
    }
}
