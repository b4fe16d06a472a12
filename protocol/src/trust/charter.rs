//! Certificates: which key is which holder, where, with which roles, and what it may issue further.
//!
//! A charter is what the certificate acts of a tree add up to. A certificate is *complete* when its chain to the
//! genesis and the endorsements it needs are there; completeness never ends. What became of it since (a revocation, a
//! root handed over) decides the verdict on what it says: [`crate::trust::revocation`]. Source: architecture §6,
//! domain §3.

mod certificate;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

pub use self::certificate::{
    Certificate, CertificateFault, Custody, HolderId, HolderName, MayIssue, Role, UnitRow, is_name,
};
use crate::{
    record::entry::{CertificateId, DocKey, EntryId, Header, Kind, Reach},
    trust::{
        genesis::Genesis,
        key::PublicKey,
        revocation::{Acts, Standing},
        root::{Agreement, Replacement, RootSet, Roots, document_of},
    },
    work::unit::UnitPath,
};

/// A certificate as it stands in the charter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certified {
    /// What it says.
    pub certificate: Certificate,
    /// Who issued it; none for founders and root keys.
    pub issuer: Option<CertificateId>,
    /// The document of its `certify` act, where its endorsements and revocations stand too; a founder's and a root
    /// key's is one nobody began.
    pub document: DocKey,
    /// Whether it writes only in (own unit, up).
    pub home_only: bool,
    /// Whether chain and endorsements are there.
    pub complete: bool,
}

/// Who agreed to an entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Endorsement {
    pub(super) author: CertificateId,
    pub(super) document: DocKey,
    /// The `endorse` entry.
    pub(super) id: EntryId,
}

/// The certificates a node knows, from the genesis down, and what was said about them.
#[derive(Clone, Debug)]
pub struct Charter {
    genesis: Genesis,
    certificates: BTreeMap<CertificateId, Certified>,
    /// Certificates by key: which ones a TLS peer may mean.
    by_key: BTreeMap<[u8; 32], Vec<CertificateId>>,
    /// Endorsements by what they endorse, also of what is not here yet.
    endorsements: BTreeMap<EntryId, BTreeSet<Endorsement>>,
    pub(super) roots: Roots,
    /// Shared, because a charter is copied for every stranger who shows a chain.
    pub(super) acts: Arc<Acts>,
    /// What [`crate::trust::revocation`] made of all this, once somebody asked.
    pub(super) standing: OnceLock<Arc<Standing>>,
}

impl Charter {
    /// The charter that only knows the genesis.
    #[must_use]
    pub fn new(genesis: Genesis) -> Charter {
        let roots = Roots::new(&genesis);
        let mut charter = Charter {
            genesis,
            certificates: BTreeMap::new(),
            by_key: BTreeMap::new(),
            endorsements: BTreeMap::new(),
            roots,
            acts: Arc::default(),
            standing: OnceLock::new(),
        };
        let founders: Vec<_> = charter.genesis.founders().map(|(id, founder)| (id, founder.clone())).collect();
        for (id, certificate) in founders {
            charter.begin(id, certificate, Kind::CERTIFICATE);
        }
        let first = charter.roots.first.clone();
        charter.admit_set(&first);
        charter
    }

    /// The genesis.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// A certificate, complete or not.
    #[must_use]
    pub fn certificate(&self, id: &CertificateId) -> Option<&Certified> {
        self.certificates.get(id)
    }

    /// A certificate, if complete: whose signatures are admitted.
    #[must_use]
    pub fn complete(&self, id: &CertificateId) -> Option<&Certified> {
        self.certificates.get(id).filter(|certified| certified.complete)
    }

    /// Every certificate of officers and nodes: all but root keys'.
    pub fn all(&self) -> impl Iterator<Item = (&CertificateId, &Certified)> {
        self.every().filter(|(id, _)| !self.roots.members.contains_key(id))
    }

    /// Every certificate, root keys' included.
    pub(super) fn every(&self) -> impl Iterator<Item = (&CertificateId, &Certified)> {
        self.certificates.iter()
    }

    /// Complete certificates of a key.
    pub fn of_key(&self, key: &PublicKey) -> impl Iterator<Item = (&CertificateId, &Certified)> {
        let ids = self.by_key.get(&key.bytes()).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| Some((id, self.complete(id)?)))
    }

    /// The root keys that are the root now.
    #[must_use]
    pub fn root(&self) -> &RootSet {
        self.roots.current()
    }

    /// Each set of root keys anybody proposed to hand over to, by its *replace root* entry.
    #[must_use]
    pub fn replacements(&self) -> &BTreeMap<EntryId, Replacement> {
        &self.roots.replacements
    }

    /// The set a root key's certificate is of, or `None` if it is not a root key's.
    #[must_use]
    pub fn root_set_of(&self, id: &CertificateId) -> Option<&RootSet> {
        self.roots.set_of(id)
    }

    /// Whether what this certificate says can count: a root key's can from when its set is the root, and still after
    /// it was handed over in turn.
    #[must_use]
    pub fn is_in_force(&self, id: &CertificateId) -> bool {
        !self.roots.members.contains_key(id) || self.roots.generations_since(id).is_some()
    }

    /// Whether a `certify` act is lawful, endorsements aside.
    ///
    /// # Errors
    ///
    /// See [`CertificateFault`]. An issuer that is not complete gives [`CertificateFault::Roles`].
    pub fn may_certify(&self, header: &Header, certificate: &Certificate) -> Result<(), CertificateFault> {
        certificate.check()?;
        let issuer = self.complete(&header.author).ok_or(CertificateFault::Roles)?;
        let home_only = match header.scope.reach {
            Reach::UP => true,
            Reach::DOWN => false,
            _ => return Err(CertificateFault::Charter),
        };
        if header.scope.home != certificate.unit {
            return Err(CertificateFault::Charter);
        }
        // Nodes, administrators and whoever issues further act below, so those below must be able to read them.
        let acts_below = certificate.has(Role::NODE) || certificate.may_issue.is_some();
        if home_only && acts_below {
            return Err(CertificateFault::Charter);
        }
        let leave = issuer.certificate.may_issue.as_ref().ok_or(CertificateFault::Roles)?;
        let gives = certificate.may_issue.as_ref();
        let roles = certificate.roles.iter().chain(gives.iter().flat_map(|issue| &issue.roles));
        if !roles.into_iter().all(|role| leave.roles.contains(role)) {
            return Err(CertificateFault::Roles);
        }
        let from = &issuer.certificate.unit;
        let reaches = |unit: &UnitPath, further: usize| {
            from.contains(unit) && unit.depth() - from.depth() + further <= usize::from(leave.levels_below)
        };
        if !reaches(&certificate.unit, gives.map_or(0, |issue| usize::from(issue.levels_below))) {
            return Err(CertificateFault::Unit);
        }
        if certificate.rank <= issuer.certificate.rank {
            return Err(CertificateFault::Rank);
        }
        if !issuer.certificate.is_valid_at(header.claimed_time_s) {
            return Err(CertificateFault::Expired);
        }
        Ok(())
    }

    /// Whether the author of an `endorse` act counts as an endorser of a certificate: a secretary of its unit or one
    /// containing it, of lower rank, another holder than the certified and than the issuer.
    #[must_use]
    pub fn may_endorse(&self, endorser: &CertificateId, certified: &Certified) -> bool {
        let certificate = &certified.certificate;
        let issuer = certified.issuer.and_then(|issuer| self.certificate(&issuer));
        self.complete(endorser).is_some_and(|by| {
            by.certificate.has(Role::SECRETARY)
                && by.certificate.unit.contains(&certificate.unit)
                && by.certificate.rank < certificate.rank
                && by.certificate.holder != certificate.holder
                && issuer.is_none_or(|issuer| issuer.certificate.holder != by.certificate.holder)
        })
    }

    /// Takes in a `certify` act whose signature holds. Returns the certificates that became complete by it.
    pub fn certify(&mut self, id: EntryId, header: &Header, certificate: &Certificate) -> Vec<CertificateId> {
        if self.certificates.contains_key(&id) || self.may_certify(header, certificate).is_err() {
            return Vec::new();
        }
        let certified = Certified {
            certificate: certificate.clone(),
            issuer: Some(header.author),
            document: header.document(),
            home_only: header.scope.reach == Reach::UP,
            complete: false,
        };
        self.by_key.entry(certificate.key.bytes()).or_default().push(id);
        self.certificates.insert(id, certified);
        self.standing = OnceLock::new();
        self.completed(id).into_iter().collect()
    }

    /// Takes in an `endorse` act whose signature holds. Returns the certificates that became complete by it.
    ///
    /// It counts in the document of what it endorses only, so that whoever keeps the one keeps the other: in a scope
    /// that fewer nodes keep it would make a certificate complete for some of its keepers and not for others.
    pub fn endorse(&mut self, id: EntryId, header: &Header, subject: EntryId) -> Vec<CertificateId> {
        let is_valid = |by: &Certified| by.certificate.is_valid_at(header.claimed_time_s);
        if !self.complete(&header.author).is_some_and(is_valid) {
            return Vec::new();
        }
        let endorsement = Endorsement { author: header.author, document: header.document(), id };
        self.endorsements.entry(subject).or_default().insert(endorsement);
        self.standing = OnceLock::new();
        let mut completed: Vec<CertificateId> = self.completed(subject).into_iter().collect();
        if self.roots.members.contains_key(&header.author) {
            completed.extend(self.settle_roots());
        }
        completed
    }

    /// Takes in a *replace root* act whose signature holds. Returns the certificates that became complete by it: those
    /// of the new keys, so that they can agree to it.
    pub fn replace_root(
        &mut self,
        id: EntryId,
        header: &Header,
        keys: &[PublicKey],
        threshold: u8,
    ) -> Vec<CertificateId> {
        if !self.roots.members.contains_key(&header.author) || self.roots.replacements.contains_key(&id) {
            return Vec::new();
        }
        let set = RootSet { origin: id.0, keys: keys.to_vec(), threshold };
        let replacement = Replacement { author: header.author, document: header.document(), set, counted: false };
        self.roots.replacements.insert(id, replacement);
        self.standing = OnceLock::new();
        self.settle_roots()
    }

    /// Whether the endorsement by this author is one that counts for a certificate or for a root handed over, alone or
    /// with others.
    #[must_use]
    pub fn is_endorsed_by(&self, id: &EntryId, endorser: &CertificateId) -> bool {
        let certified = self.certificates.get(id);
        let replacement = self.roots.replacements.get(id);
        let document = certified.map(|known| &known.document).or(replacement.map(|known| &known.document));
        let is_root = self.roots.members.contains_key(endorser);
        let counts = is_root || certified.is_some_and(|certified| self.may_endorse(endorser, certified));
        counts
            && document.is_some_and(|document| {
                self.endorsements_of(id, document).any(|endorsement| endorsement.author == *endorser)
            })
    }

    /// How many keys of the author's root set have said an entry, and how many must; `None` if the author is not a
    /// root key.
    #[must_use]
    pub fn agreement(&self, id: &EntryId, author: &CertificateId, document: &DocKey) -> Option<Agreement> {
        let set = self.roots.set_of(author)?;
        let own = self.roots.agreement(set, &self.said_by(id, author, document));
        let Some(replacement) = self.roots.replacements.get(id) else { return Some(own) };
        // A root is handed over by both sides.
        let new = self.roots.agreement(&replacement.set, &self.said_by(id, author, document));
        let reached = |agreement: Agreement| agreement.have.min(agreement.need);
        Some(Agreement { have: reached(own) + reached(new), need: own.need + new.need })
    }

    /// The endorsements of an entry in its document.
    pub(super) fn endorsements_of(&self, id: &EntryId, document: &DocKey) -> impl Iterator<Item = &Endorsement> {
        let all = self.endorsements.get(id).into_iter().flatten();
        all.filter(move |endorsement| endorsement.document == *document)
    }

    /// Whether a certificate has the endorsements it needs, of those that are asked about: one of a secretary, or of
    /// as many keys of one root as must agree.
    pub(super) fn is_endorsed(
        &self,
        id: &CertificateId,
        certified: &Certified,
        counts: &dyn Fn(&Endorsement) -> bool,
    ) -> bool {
        let mut roots: BTreeMap<_, BTreeSet<CertificateId>> = BTreeMap::new();
        for endorsement in self.endorsements_of(id, &certified.document).filter(|endorsement| counts(endorsement)) {
            match self.roots.members.get(&endorsement.author) {
                Some(origin) => drop(roots.entry(origin).or_default().insert(endorsement.author)),
                None if self.may_endorse(&endorsement.author, certified) => return true,
                None => {}
            }
        }
        roots.iter().any(|(origin, by)| {
            let set = self.roots.set(origin).filter(|set| self.roots.is_counted(&set.origin));
            set.is_some_and(|set| self.roots.agreement(set, by).is_reached())
        })
    }

    /// Who has said an entry: its author, and who endorsed it in its document.
    fn said_by(&self, id: &EntryId, author: &CertificateId, document: &DocKey) -> BTreeSet<CertificateId> {
        let endorsers = self.endorsements_of(id, document).map(|endorsement| endorsement.author);
        endorsers.chain([*author]).collect()
    }

    /// Whether the certificate, if here, is complete now and was not before.
    fn completed(&mut self, id: CertificateId) -> Option<CertificateId> {
        // But for root keys' sets, only a complete issuer's act is ever taken in, so nothing further down can be
        // waiting for this one.
        let certified = self.certificates.get(&id).filter(|certified| !certified.complete)?;
        let root = certified.issuer.and_then(|issuer| Some((issuer, self.roots.set_of(&issuer)?)));
        let is_complete = match root {
            Some((issuer, set)) => {
                let said_by = self.said_by(&id, &issuer, &certified.document);
                self.roots.is_counted(&set.origin) && self.roots.agreement(set, &said_by).is_reached()
            }
            None => !certified.certificate.needs_endorsement() || self.is_endorsed(&id, certified, &|_| true),
        };
        if !is_complete {
            return None;
        }
        self.certificates.get_mut(&id)?.complete = true;
        Some(id)
    }

    /// Finds out again which sets of root keys count, in whatever order what makes them count came.
    fn settle_roots(&mut self) -> Vec<CertificateId> {
        let mut completed = Vec::new();
        loop {
            let settled = self.roots.replacements.iter().filter(|(_, known)| {
                !known.counted && self.roots.members.get(&known.author).is_some_and(|set| self.roots.is_counted(set))
            });
            let open: Vec<(EntryId, Replacement)> = settled.map(|(id, known)| (*id, known.clone())).collect();
            let mut counted = false;
            for (id, known) in open {
                // A stranger's root is not let in: only whom a root hands over to.
                completed.extend(self.admit_set(&known.set));
                let agreement = self.agreement(&id, &known.author, &known.document);
                if agreement.is_some_and(Agreement::is_reached)
                    && let Some(known) = self.roots.replacements.get_mut(&id)
                {
                    known.counted = true;
                    counted = true;
                }
            }
            if !counted {
                break;
            }
        }
        self.roots.draw_line();
        let waiting: Vec<CertificateId> =
            self.certificates.iter().filter(|(_, certified)| !certified.complete).map(|(id, _)| *id).collect();
        completed.extend(waiting.into_iter().filter_map(|id| self.completed(id)));
        completed
    }

    /// Lets the keys of a root sign; returns those that were not here.
    fn admit_set(&mut self, set: &RootSet) -> Vec<CertificateId> {
        let mut new = Vec::new();
        for (id, certificate) in set.certificates(&self.genesis.root.clone()) {
            self.roots.members.insert(id, set.origin);
            if !self.certificates.contains_key(&id) {
                self.begin(id, certificate, Kind::ROOT);
                new.push(id);
            }
        }
        new
    }

    /// A certificate no entry made.
    fn begin(&mut self, id: CertificateId, certificate: Certificate, kind: Kind) {
        self.by_key.entry(certificate.key.bytes()).or_default().push(id);
        let document = document_of(&self.genesis.root, kind, &id);
        let certified = Certified { certificate, issuer: None, document, home_only: false, complete: true };
        self.certificates.insert(id, certified);
    }

    /// The entries that prove a certificate, from the genesis down: each `certify` act of its chain, and where it begins
    /// at a root key that was handed the root, each *replace root* act. Endorsements are found in the same documents.
    #[must_use]
    pub fn chain(&self, id: &CertificateId) -> Vec<EntryId> {
        let mut chain = Vec::new();
        let mut at = Some(*id);
        while let Some(id) = at.filter(|_| chain.len() < crate::limits::CHAIN_MAX) {
            let replacement = self.roots.set_of(&id).map(|set| EntryId(set.origin));
            let replacement = replacement.and_then(|id| Some((id, self.roots.replacements.get(&id)?)));
            at = match (replacement, self.certificates.get(&id)) {
                (Some((entry, known)), _) => {
                    chain.push(entry);
                    Some(known.author)
                }
                (None, Some(Certified { issuer: Some(issuer), .. })) => {
                    chain.push(id);
                    Some(*issuer)
                }
                _ => None,
            };
        }
        chain.reverse();
        chain
    }
}

#[cfg(test)]
pub(crate) mod tests;
