//! One certificate: which key is which holder, where, with which roles, and what it may issue further.

use minicbor::{Decode, Encode, bytes::ByteArray};
use thiserror::Error;

use crate::{limits::NAME_CHARS_MAX, trust::key::PublicKey, work::unit::UnitPath};

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
    /// 领导小组: in a bureau, decides and checks where a pack says so.
    pub const LEADING_GROUP: Role = Role(12);

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
        (Role::LEADING_GROUP, "leading_group"),
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

impl CertificateFault {
    /// Its name in SPEC.md §4.5, in the API and in text keys.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            CertificateFault::IllFormed(_) => "certificate_ill_formed",
            CertificateFault::Roles => "certificate_roles",
            CertificateFault::Unit => "certificate_unit",
            CertificateFault::Rank => "certificate_rank",
            CertificateFault::Charter => "certificate_charter",
            CertificateFault::Expired => "certificate_expired",
        }
    }
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
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    !name.trim().is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(is_hidden)
}
