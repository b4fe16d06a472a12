//! Certificates: which key is which holder, where, with which roles, and what it may issue further.
//!
//! A charter is what the certificate acts of a tree add up to. A certificate is *complete* when its chain to the
//! genesis and the endorsements it needs are there; completeness never ends. Source: architecture §6, domain §3.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode, bytes::ByteArray};
use thiserror::Error;

use crate::{
    limits::NAME_CHARS_MAX,
    record::entry::{CertificateId, DocKey, EntryId, Header, Reach},
    trust::{genesis::Genesis, key::PublicKey},
    work::unit::UnitPath,
};

/// A role. An open code: unknown ones decode and may do nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct Role(#[n(0)] pub u8);

impl Role {
    /// 预警信息员: files reports for its unit.
    pub const REPORTER: Role = Role(1);
    /// 特邀预警信息员: files reports, known only at home and above.
    pub const INVITED_REPORTER: Role = Role(2);
    /// 岗位人员: finds own risks, answers warnings.
    pub const POST_HOLDER: Role = Role(3);
    /// 预警中心工作员: triages reports, proposes warnings.
    pub const ANALYST: Role = Role(4);
    /// 纪委分管领导: decides the lowest level.
    pub const DISCIPLINE_LEAD: Role = Role(5);
    /// 纪委书记: decides the middle level, endorses casework certificates.
    pub const SECRETARY: Role = Role(6);
    /// 党委(党组): decides the highest level.
    pub const PARTY_COMMITTEE: Role = Role(7);
    /// 审计员: reads everything, writes nothing.
    pub const AUDITOR: Role = Role(8);
    /// 系统管理员: provisions nodes and officers; no authority over cases.
    pub const ADMINISTRATOR: Role = Role(9);
    /// 节点: a node's own key.
    pub const NODE: Role = Role(10);
    /// 根: one of the root keys. No certificate gives it.
    pub const ROOT: Role = Role(11);

    /// The roles a certificate of this version can give, with their names in the API, in files and in text keys.
    pub const ALL: &[(Role, &str)] = &[
        (Role::REPORTER, "reporter"),
        (Role::INVITED_REPORTER, "invited_reporter"),
        (Role::POST_HOLDER, "post_holder"),
        (Role::ANALYST, "analyst"),
        (Role::DISCIPLINE_LEAD, "discipline_lead"),
        (Role::SECRETARY, "secretary"),
        (Role::PARTY_COMMITTEE, "party_committee"),
        (Role::AUDITOR, "auditor"),
        (Role::ADMINISTRATOR, "administrator"),
        (Role::NODE, "node"),
    ];

    /// Whether a certificate with this role needs a secretary's endorsement, so that an administrator cannot invent
    /// officers. Unknown roles do.
    #[must_use]
    pub fn is_casework(self) -> bool {
        let none = [Role::REPORTER, Role::INVITED_REPORTER, Role::POST_HOLDER, Role::AUDITOR];
        let neither = [Role::ADMINISTRATOR, Role::NODE, Role::ROOT];
        !none.contains(&self) && !neither.contains(&self)
    }

    /// The role's name, or `None` if a newer version's.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let known = Role::ALL.iter().find(|(role, _)| *role == self).map(|(_, name)| *name);
        known.or((self == Role::ROOT).then_some("root"))
    }

    /// The role a certificate gives by this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }
}

/// Where a key is kept. An open code, shown in every audit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct Custody(#[n(0)] pub u8);

impl Custody {
    /// On the node, sealed under the officer's passphrase.
    pub const NODE_HELD: Custody = Custody(1);
    /// On the officer's own device.
    pub const OWN_DEVICE: Custody = Custody(2);
    /// In a hardware token.
    pub const TOKEN: Custody = Custody(3);
}

/// A person (or a node), whatever keys they have had: sixteen random bytes; the name is a separate entry.
pub type HolderId = ByteArray<16>;

/// What a certificate may issue further.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct MayIssue {
    /// Roles it may give, ascending.
    #[n(0)]
    pub roles: Vec<Role>,
    /// How many levels below its own unit: 0 is its own unit only.
    #[n(1)]
    pub levels_below: u8,
}

/// What a `certify` act says.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(map)]
pub struct Certificate {
    /// The subject's key.
    #[n(0)]
    pub key: PublicKey,
    /// Whose it is.
    #[n(1)]
    pub holder: HolderId,
    /// Where the holder stands.
    #[n(2)]
    pub unit: UnitPath,
    /// What the holder may do, ascending; empty for a join token.
    #[n(3)]
    pub roles: Vec<Role>,
    /// First claimed time it signs for: seconds since 1970 UTC.
    #[n(4)]
    pub not_before_s: i64,
    /// Last claimed time it signs for.
    #[n(5)]
    pub not_after_s: i64,
    /// Where the key is kept.
    #[n(6)]
    pub custody: Custody,
    /// Distance from the genesis (0): greater than its issuer's; profiles leave gaps.
    #[n(7)]
    pub rank: u16,
    /// What it may issue further.
    #[n(8)]
    pub may_issue: Option<MayIssue>,
}

/// The name of a holder, in an entry of its own.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct HolderName {
    /// Who.
    #[n(0)]
    pub holder: HolderId,
    /// As on the identity card.
    #[n(1)]
    pub name: String,
}

/// The name of a unit, as imported.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct UnitRow {
    /// Which unit.
    #[n(0)]
    pub unit: UnitPath,
    /// What people call it.
    #[n(1)]
    pub name: String,
}

/// Why a certificate may not stand. Such a `certify` act is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CertificateFault {
    /// Roles not ascending, or the administrator's beside casework, or a validity that ends before it begins.
    #[error("certificate is ill-formed: {0}")]
    IllFormed(&'static str),
    /// The issuer may not give these roles.
    #[error("issuer may not give these roles")]
    Roles,
    /// The unit is not the issuer's or below it, or too far below.
    #[error("unit is outside what the issuer may issue for")]
    Unit,
    /// The rank is not greater than the issuer's.
    #[error("rank is not greater than the issuer's")]
    Rank,
    /// Written in another charter than the certificate's own, or a home-only issuer certifying below.
    #[error("certificate is not in the charter of its unit")]
    Charter,
    /// The issuer's own certificate was not valid at the claimed time.
    #[error("issuer's certificate was not valid at the claimed time")]
    Expired,
}

/// A certificate as it stands in the charter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certified {
    /// What it says.
    pub certificate: Certificate,
    /// Who issued it; none for founders.
    pub issuer: Option<CertificateId>,
    /// The document of its `certify` act, where its endorsements stand too; none for founders.
    pub document: Option<DocKey>,
    /// Whether it writes only in (own unit, up).
    pub home_only: bool,
    /// Whether chain and endorsements are there.
    pub complete: bool,
}

/// The certificates a node knows, from the genesis down.
#[derive(Clone, Debug)]
pub struct Charter {
    genesis: Genesis,
    certificates: BTreeMap<CertificateId, Certified>,
    /// Certificates by key: which ones a TLS peer may mean.
    by_key: BTreeMap<[u8; 32], Vec<CertificateId>>,
    /// Endorsers of certificates and the documents in which they did, also of such that are not here yet.
    endorsers: BTreeMap<EntryId, BTreeSet<(CertificateId, DocKey)>>,
}

impl Certificate {
    /// Whether it says only what a certificate may say.
    ///
    /// # Errors
    ///
    /// [`CertificateFault::IllFormed`] with the reason.
    pub fn check(&self) -> Result<(), CertificateFault> {
        let ill = |what| Err(CertificateFault::IllFormed(what));
        let ascending = |roles: &[Role]| roles.is_sorted_by(|one, next| one < next);
        if !ascending(&self.roles) || !self.may_issue.as_ref().is_none_or(|issue| ascending(&issue.roles)) {
            return ill("roles are not ascending");
        }
        if self.roles.contains(&Role::ADMINISTRATOR) && self.roles.iter().any(|role| role.is_casework()) {
            return ill("the administrator role excludes every casework role");
        }
        if self.roles.contains(&Role::NODE) && self.roles.len() > 1 {
            return ill("a node has no other role");
        }
        if self.roles.iter().chain(self.may_issue.iter().flat_map(|issue| &issue.roles)).any(|role| *role == Role::ROOT)
        {
            return ill("the root's role is never given");
        }
        if self.not_before_s > self.not_after_s {
            return ill("validity ends before it begins");
        }
        Ok(())
    }

    /// Whether a claimed time is within the validity.
    #[must_use]
    pub fn is_valid_at(&self, claimed_time_s: i64) -> bool {
        (self.not_before_s..=self.not_after_s).contains(&claimed_time_s)
    }

    /// Whether it has a role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether a secretary must endorse it.
    #[must_use]
    pub fn needs_endorsement(&self) -> bool {
        // Leave to issue casework roles does not itself need endorsement: what is issued does.
        self.roles.iter().any(|role| role.is_casework())
    }
}

impl Charter {
    /// The charter that only knows the genesis.
    #[must_use]
    pub fn new(genesis: Genesis) -> Charter {
        let mut charter =
            Charter { genesis, certificates: BTreeMap::new(), by_key: BTreeMap::new(), endorsers: BTreeMap::new() };
        let founders: Vec<_> = charter.genesis.founders().map(|(id, founder)| (id, founder.clone())).collect();
        for (id, certificate) in founders {
            charter.by_key.entry(certificate.key.bytes()).or_default().push(id);
            let founder = Certified { certificate, issuer: None, document: None, home_only: false, complete: true };
            charter.certificates.insert(id, founder);
        }
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

    /// Every certificate.
    pub fn all(&self) -> impl Iterator<Item = (&CertificateId, &Certified)> {
        self.certificates.iter()
    }

    /// Complete certificates of a key.
    pub fn of_key(&self, key: &PublicKey) -> impl Iterator<Item = (&CertificateId, &Certified)> {
        let ids = self.by_key.get(&key.bytes()).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| Some((id, self.complete(id)?)))
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
            document: Some(header.document()),
            home_only: header.scope.reach == Reach::UP,
            complete: false,
        };
        self.by_key.entry(certificate.key.bytes()).or_default().push(id);
        self.certificates.insert(id, certified);
        self.completed(id)
    }

    /// Takes in an `endorse` act whose signature holds. Returns the certificates that became complete by it.
    ///
    /// It counts in the document of the certificate only, so that whoever keeps the one keeps the other: in a scope
    /// that fewer nodes keep it would make the certificate complete for some of its keepers and not for others.
    pub fn endorse(&mut self, header: &Header, subject: EntryId) -> Vec<CertificateId> {
        let is_valid = |by: &Certified| by.certificate.is_valid_at(header.claimed_time_s);
        if !self.complete(&header.author).is_some_and(is_valid) {
            return Vec::new();
        }
        self.endorsers.entry(subject).or_default().insert((header.author, header.document()));
        self.completed(subject)
    }

    /// Whether the endorsement by this author is one that counts for a certificate.
    #[must_use]
    pub fn is_endorsed_by(&self, id: &CertificateId, endorser: &CertificateId) -> bool {
        let Some(certified) = self.certificates.get(id) else { return false };
        let endorsements = self.endorsers.get(id).into_iter().flatten();
        endorsements
            .filter(|(by, _)| by == endorser)
            .any(|(by, document)| certified.document.as_ref() == Some(document) && self.may_endorse(by, certified))
    }

    /// Whether the certificate, if here, is complete now and was not before.
    fn completed(&mut self, id: CertificateId) -> Vec<CertificateId> {
        // Only a complete issuer's act is ever taken in, so nothing further down can be waiting for this one.
        let Some(certified) = self.certificates.get(&id).filter(|certified| !certified.complete) else {
            return Vec::new();
        };
        let endorsed = !certified.certificate.needs_endorsement()
            || self.endorsers.get(&id).is_some_and(|all| all.iter().any(|(by, _)| self.is_endorsed_by(&id, by)));
        if !endorsed {
            return Vec::new();
        }
        if let Some(certified) = self.certificates.get_mut(&id) {
            certified.complete = true;
        }
        vec![id]
    }

    /// The entries that prove a certificate, from the genesis down: each `certify` act of its chain. Endorsements are
    /// found in the same documents.
    #[must_use]
    pub fn chain(&self, id: &CertificateId) -> Vec<CertificateId> {
        let mut chain = Vec::new();
        let mut at = Some(*id);
        while let Some(id) = at.filter(|_| chain.len() < crate::limits::CHAIN_MAX) {
            let Some(certified) = self.certificates.get(&id) else { break };
            at = certified.issuer;
            if certified.issuer.is_some() {
                chain.push(id);
            }
        }
        chain.reverse();
        chain
    }
}

impl HolderName {
    /// Whether it is a name a page can show.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        is_name(&self.name)
    }
}

impl UnitRow {
    /// Whether it is a name a page can show.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        is_name(&self.name)
    }
}

/// Not empty, not too long, nothing that a page shows as nothing or that turns the direction of what follows.
pub(crate) fn is_name(name: &str) -> bool {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    !name.trim().is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(is_hidden)
}

#[cfg(test)]
pub(crate) mod tests;
