//! The root: keys that must agree, and the sets of keys that followed each other.
//!
//! The genesis names the first set. A *replace root* act hands over to the next: it counts when enough keys of the old
//! set and enough of the new one have said it, so nobody is locked out by a slip and nobody takes over alone. That it
//! counts never ends, whatever is struck later; which of two competing ones follows is decided by the smaller id.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    record::{
        body::Witness,
        entry::{CertificateId, DocId, DocKey, EntryId, Hash, Header, Kind, Reach, Scope, Shelf},
    },
    trust::{
        charter::{Certificate, Charter, Custody, MayIssue, Role},
        genesis::Genesis,
        key::PublicKey,
    },
    work::unit::UnitPath,
};

/// Keys that together are the root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RootSet {
    /// The genesis hash of the first set, the id of the *replace root* entry of each later one.
    pub origin: Hash,
    /// The keys, in the order that numbers them.
    pub keys: Vec<PublicKey>,
    /// How many of them must agree.
    pub threshold: u8,
}

/// How many keys have said something, and how many must.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Agreement {
    /// So many have.
    pub have: u8,
    /// So many must.
    pub need: u8,
}

/// A *replace root* act, as it was taken in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replacement {
    /// The key that said it.
    pub author: CertificateId,
    /// Where it stands, and where others agree to it.
    pub document: DocKey,
    /// Whom it hands over to.
    pub set: RootSet,
    /// Whether enough of the old and of the new keys have said it. Never ends.
    pub counted: bool,
}

/// Who witnesses the checkpoints of the root's nodes, as a *witnesses* act said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessPolicy {
    /// The entry.
    pub id: EntryId,
    /// The root key that said it.
    pub author: CertificateId,
    /// When, by its clock.
    pub claimed_time_s: i64,
    /// How many must cosign; 0 where nobody is asked.
    pub threshold: u8,
    /// Who is asked.
    pub members: Vec<Witness>,
    header: Header,
}

/// Every set of root keys a charter knows.
#[derive(Clone, Debug)]
pub(super) struct Roots {
    pub(super) first: RootSet,
    pub(super) replacements: BTreeMap<EntryId, Replacement>,
    /// The set each root key's certificate is of, by origin.
    pub(super) members: BTreeMap<CertificateId, Hash>,
    /// The sets that followed each other, by origin, the first first. The last is the current one.
    pub(super) line: Vec<Hash>,
}

impl RootSet {
    /// The certificate id of the key of this number.
    #[must_use]
    pub fn certificate_id(&self, number: u8) -> CertificateId {
        EntryId(Hash::of_parts("fangwei root 1", [self.origin.as_slice(), &[number]]))
    }

    /// The certificate id under which a key of this set signs.
    #[must_use]
    pub fn certificate_of(&self, key: &PublicKey) -> Option<CertificateId> {
        let number = self.keys.iter().position(|known| known == key)?;
        Some(self.certificate_id(u8::try_from(number).ok()?))
    }

    /// The certificate ids of its keys, in their order.
    pub fn ids(&self) -> impl Iterator<Item = CertificateId> {
        (0..self.keys.len()).filter_map(|number| Some(self.certificate_id(u8::try_from(number).ok()?)))
    }

    /// Its keys as certificates: of the root unit, always valid, of rank 0, with leave to issue everything.
    pub(super) fn certificates(&self, root: &UnitPath) -> Vec<(CertificateId, Certificate)> {
        let roles = (0..=u8::MAX).map(Role).filter(|role| *role != Role::ROOT).collect::<Vec<_>>();
        let each = self.keys.iter().zip(self.ids()).map(|(key, id)| {
            let certificate = Certificate {
                key: *key,
                holder: first_half(&id).into(),
                unit: root.clone(),
                roles: vec![Role::ROOT],
                not_before_s: i64::MIN,
                not_after_s: i64::MAX,
                custody: Custody::OWN_DEVICE,
                rank: 0,
                may_issue: Some(MayIssue { roles: roles.clone(), levels_below: u8::MAX }),
            };
            (id, certificate)
        });
        each.collect()
    }
}

impl Agreement {
    /// Whether enough have said it.
    #[must_use]
    pub fn is_reached(self) -> bool {
        self.have >= self.need
    }
}

impl Roots {
    pub(super) fn new(genesis: &Genesis) -> Roots {
        let origin = genesis.hash().0;
        let first = RootSet { origin, keys: genesis.root_keys.clone(), threshold: genesis.threshold };
        let members = first.ids().map(|id| (id, origin)).collect();
        Roots { first, replacements: BTreeMap::new(), members, line: vec![origin] }
    }

    /// The set of this origin.
    pub(super) fn set(&self, origin: &Hash) -> Option<&RootSet> {
        if *origin == self.first.origin {
            return Some(&self.first);
        }
        self.replacements.get(&EntryId(*origin)).map(|replacement| &replacement.set)
    }

    /// The set a root key's certificate is of.
    pub(super) fn set_of(&self, member: &CertificateId) -> Option<&RootSet> {
        self.set(self.members.get(member)?)
    }

    /// Whether a set's word counts at all: the first set's, and that of each to which was handed over.
    pub(super) fn is_counted(&self, origin: &Hash) -> bool {
        *origin == self.first.origin || self.replacements.get(&EntryId(*origin)).is_some_and(|known| known.counted)
    }

    /// The current set.
    pub(super) fn current(&self) -> &RootSet {
        self.line.last().and_then(|origin| self.set(origin)).unwrap_or(&self.first)
    }

    /// How many sets have followed a root key's, or `None` if its set is not in the line.
    pub(super) fn generations_since(&self, member: &CertificateId) -> Option<usize> {
        let origin = self.members.get(member)?;
        self.line.iter().rev().position(|known| known == origin)
    }

    /// The entry that handed over from a root key's set to the next of the line.
    pub(super) fn successor_of(&self, member: &CertificateId) -> Option<EntryId> {
        let place = self.line.len().checked_sub(self.generations_since(member)? + 1)?;
        self.line.get(place + 1).map(|origin| EntryId(*origin))
    }

    /// How many keys of a set are among those who said something.
    pub(super) fn agreement(&self, set: &RootSet, said_by: &BTreeSet<CertificateId>) -> Agreement {
        let have = said_by.iter().filter(|by| self.members.get(by) == Some(&set.origin)).count();
        Agreement { have: u8::try_from(have).unwrap_or(u8::MAX), need: set.threshold }
    }

    /// Finds the line again: from each set the counted replacement with the smallest id.
    pub(super) fn draw_line(&mut self) {
        let mut line = vec![self.first.origin];
        // Each replacement has one author, so no set comes twice.
        while let Some(at) = line.last() {
            let mut next = self.replacements.iter().filter(|(_, known)| known.counted);
            match next.find(|(_, known)| self.members.get(&known.author) == Some(at)) {
                Some((id, _)) => line.push(id.0),
                None => break,
            }
        }
        self.line = line;
    }
}

impl Charter {
    /// Takes in a *witnesses* act whose signature holds and that is well said.
    pub(crate) fn name_witnesses(&mut self, id: EntryId, header: &Header, threshold: u8, members: &[Witness]) {
        let (author, claimed_time_s, header) = (header.author, header.claimed_time_s, header.clone());
        let policy = WitnessPolicy { id, author, claimed_time_s, threshold, members: members.to_vec(), header };
        let policies = &mut self.acts_mut().policies;
        if !policies.contains(&policy) {
            policies.push(policy);
        }
    }

    /// The newest *witnesses* act that has effect: of the latest claimed time, and of those the greatest id.
    #[must_use]
    pub fn witness_policy(&self) -> Option<&WitnessPolicy> {
        let has_effect = |policy: &&WitnessPolicy| {
            self.is_agreed(&policy.id, &policy.author, &policy.header.document())
                && self.strike(&policy.id, &policy.header).is_none()
        };
        self.acts.policies.iter().filter(has_effect).max_by_key(|policy| (policy.claimed_time_s, policy.id))
    }
}

/// The scope in which the root hands over, and in which what is said of root keys and founders stands.
#[must_use]
pub fn root_scope(root: &UnitPath) -> Scope {
    Scope { home: root.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER }
}

/// The document of a certificate that no entry made: a founder's or a root key's.
#[must_use]
pub fn document_of(root: &UnitPath, kind: Kind, id: &CertificateId) -> DocKey {
    DocKey { scope: root_scope(root), kind, doc: DocId(first_half(id)) }
}

fn first_half(id: &CertificateId) -> [u8; 16] {
    id.0.as_slice().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
