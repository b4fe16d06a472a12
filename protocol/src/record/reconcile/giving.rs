//! What a session gives, and when: as much as may be in flight, in an order in which nothing comes before what it names.

use std::sync::Arc;

use super::{CHARTERS, PARCEL_BYTES, Session, SessionError, SessionFault, Shelved, Sight, Stage};
use crate::{
    limits::{GIVE_BYTES, GIVE_ENTRIES_MAX, IN_FLIGHT_BYTES_MAX, LIVE_QUEUE_MAX},
    record::{
        entry::{Claim, Scope, Shelf},
        message::{Frame, Parcel},
    },
    records::{LogIndex, RecordsFailure},
};

impl Session {
    /// The peer has durably taken so many of the frames given to it.
    ///
    /// # Errors
    ///
    /// [`SessionFault::Ack`]; [`RecordsFailure`].
    pub fn acked(&mut self, frames: u64, sight: &Sight<'_>) -> Result<Vec<Frame>, SessionError> {
        if frames > self.frames_given || frames < self.frames_acked {
            return Err(SessionFault::Ack { found: frames, given: self.frames_given }.into());
        }
        while self.frames_acked < frames {
            self.frames_acked += 1;
            self.in_flight_bytes -= self.in_flight.pop_front().unwrap_or(0);
        }
        Ok(self.pump(sight)?)
    }

    /// Entries of the peer were taken.
    pub fn took(&mut self, entries: u64) {
        self.progress.taken += entries;
    }

    /// An entry was admitted from elsewhere and is shared on this link. Returns false if the peer is too slow: the
    /// session is to be ended, and reconciling again repairs it.
    #[must_use]
    pub fn push(&mut self, at: LogIndex) -> bool {
        self.live.push_back(at);
        self.live.len() <= LIVE_QUEUE_MAX
    }

    /// Gives as much as may be in flight.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn pump(&mut self, sight: &Sight<'_>) -> Result<Vec<Frame>, RecordsFailure> {
        let mut frames = Vec::new();
        if self.stage == Stage::Comparing {
            return Ok(frames);
        }
        while self.in_flight_bytes < IN_FLIGHT_BYTES_MAX - GIVE_BYTES {
            let mut parcels = Vec::new();
            let mut weight = 0;
            while weight < GIVE_BYTES && parcels.len() < GIVE_ENTRIES_MAX {
                let Some(at) = self.held_back.take().or_else(|| self.next_to_give()) else { break };
                let Some(parcel) = self.readable(at, sight)? else { continue };
                let is_full = weight > 0 && weight + parcel.weight() > GIVE_BYTES + PARCEL_BYTES;
                if is_full || self.in_flight_bytes + weight + parcel.weight() > IN_FLIGHT_BYTES_MAX {
                    self.held_back = Some(at);
                    break;
                }
                weight += parcel.weight();
                parcels.push(parcel);
            }
            if parcels.is_empty() {
                break;
            }
            self.progress.given += parcels.len() as u64;
            self.frames_given += 1;
            self.in_flight.push_back(weight);
            self.in_flight_bytes += weight;
            frames.push(Frame::Give(parcels));
        }
        // Live once what differed is acknowledged, however much is written meanwhile.
        if self.stage == Stage::Giving && self.giving.is_empty() && self.held_back.is_none() {
            let differing = *self.differing_frames.get_or_insert(self.frames_given);
            if self.frames_acked >= differing {
                self.stage = Stage::Live;
            }
        }
        Ok(frames)
    }

    /// The parcel at a place, or nothing where it cannot be read or may not come before what cannot. Where nothing is
    /// damaged this costs nothing.
    fn readable(&mut self, at: LogIndex, sight: &Sight<'_>) -> Result<Option<Parcel>, RecordsFailure> {
        let parcel = match sight.records.parcel(at) {
            Ok(parcel) if self.blocked.is_empty() => return Ok(Some(parcel)),
            Ok(parcel) => Some(parcel),
            Err(RecordsFailure::Damaged(_)) => None,
            Err(failure) => return Err(failure),
        };
        let scope = scope_at(at, sight)?;
        match (parcel, scope) {
            (Some(parcel), Some(scope)) if !self.blocked.iter().any(|blocked| comes_before(blocked, &scope)) => {
                return Ok(Some(parcel));
            }
            (None, Some(scope)) if !self.blocked.contains(&scope) => self.blocked.push(scope),
            _ => {}
        }
        self.withheld.insert(at);
        Ok(None)
    }

    /// What could not be read can be: what waited for it is given, in log order.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn release(&mut self, sight: &Sight<'_>) -> Result<Vec<Frame>, RecordsFailure> {
        self.blocked.clear();
        let rest: Arc<[LogIndex]> = std::mem::take(&mut self.withheld).into_iter().collect();
        if !rest.is_empty() {
            self.giving.push_front(Shelved { turn: CHARTERS, rest, next: 0 });
        }
        self.pump(sight)
    }

    /// The next entry, scopes of one shelf taking turns after the charters, then what was written meanwhile.
    fn next_to_give(&mut self) -> Option<LogIndex> {
        let Some(mut front) = self.giving.pop_front() else { return self.live.pop_front() };
        let at = front.rest.get(front.next).copied();
        front.next += 1;
        if front.next < front.rest.len() {
            let behind = match front.turn {
                CHARTERS => 0,
                turn => self.giving.partition_point(|other| other.turn <= turn),
            };
            self.giving.insert(behind, front);
        }
        at
    }
}

/// Whether entries of one scope may have to come before those of another: its own, and a charter's before all that its
/// officers write.
fn comes_before(one: &Scope, other: &Scope) -> bool {
    one == other || (one.shelf == Shelf::CHARTER && one.home.contains(&other.home))
}

/// The scope of an entry, readable or not.
fn scope_at(at: LogIndex, sight: &Sight<'_>) -> Result<Option<Scope>, RecordsFailure> {
    match sight.records.read(at) {
        Ok(record) => {
            let claim = Claim::parse(&record.entry).map_err(|_| RecordsFailure::Damaged(at))?;
            Ok(Some(claim.reopen(sight.genesis).header().scope.clone()))
        }
        Err(RecordsFailure::Damaged(_)) => sight.frontier.scope_of(at, sight.records),
        Err(failure) => Err(failure),
    }
}
