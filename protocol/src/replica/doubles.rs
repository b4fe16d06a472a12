//! Certificates that became complete beside others they should not stand beside: told, and nothing more.

use std::collections::BTreeSet;

use super::{Event, Replica};
use crate::{record::entry::CertificateId, trust::charter::Role};

impl Replica {
    /// Join tokens that certified a second node.
    pub(super) fn reused_tokens(&self, completed: &BTreeSet<CertificateId>) -> Vec<Event> {
        let issuers = completed.iter().filter_map(|id| self.charter.certificate(id)?.issuer);
        let tokens = issuers.filter(|issuer| {
            self.charter.certificate(issuer).is_some_and(|issuer| issuer.certificate.roles.is_empty())
        });
        tokens
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter(|token| self.charter.all().filter(|(_, other)| other.issuer == Some(*token)).count() > 1)
            .map(|token| Event::TokenReused { token })
            .collect()
    }

    /// Certificates that became complete beside one of another key that stands: of the same holder, or of two nodes of
    /// one unit. Each is told once, with one that was there before it.
    pub(super) fn second_keys(&self, completed: &BTreeSet<CertificateId>) -> Vec<Event> {
        if completed.is_empty() {
            return Vec::new();
        }
        let known = |id: &CertificateId| self.charter.complete(id).map(|known| &known.certificate);
        let new: Vec<_> = completed.iter().filter_map(|id| Some((id, known(id)?))).collect();
        let holders: BTreeSet<_> = new.iter().map(|(_, certificate)| certificate.holder).collect();
        let seats: BTreeSet<_> = new.iter().map(|(_, certificate)| &certificate.unit).collect();
        let beside: Vec<_> = self
            .charter
            .all()
            .map(|(id, known)| (id, known.complete, &known.certificate))
            .filter(|(_, complete, other)| {
                *complete && (holders.contains(&other.holder) || other.has(Role::NODE) && seats.contains(&other.unit))
            })
            .filter(|(id, ..)| self.charter.dead(id).is_none())
            .collect();
        let mut events = Vec::new();
        for (id, certificate) in new {
            let other = beside.iter().find(|(other, _, known)| {
                let is_seat = certificate.has(Role::NODE) && known.has(Role::NODE) && known.unit == certificate.unit;
                let was_before = !completed.contains(*other) || *other < id;
                was_before && known.key != certificate.key && (is_seat || known.holder == certificate.holder)
            });
            events.extend(other.map(|(known, ..)| Event::SecondKey { certificate: *id, known: **known }));
        }
        events
    }
}
