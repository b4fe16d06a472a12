//! Certificate profiles: what an administrator picks when making a certificate, so that nobody composes one by hand.
//!
//! The files of `certs/profiles`, built in; `certs/README.md` says what each field means. The protocol does not know
//! them and judges the certificate alone.

use fangwei_protocol::{
    record::entry::Reach,
    trust::{
        charter::{Certificate, Custody, HolderId, MayIssue, Role},
        key::PublicKey,
    },
    work::unit::UnitPath,
};
use serde::Deserialize;

/// Seconds of a day.
pub const DAY_S: i64 = 86_400;

/// A certificate begins a day before it is issued: clocks of villages differ.
const LEEWAY_S: i64 = DAY_S;

/// One profile.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The roles given.
    roles: Vec<String>,
    reach: String,
    rank_step: u16,
    /// Days from issue.
    pub validity_days: u32,
    custody: String,
    may_issue: Option<ProfileIssue>,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileIssue {
    roles: Vec<String>,
    levels_below: u8,
}

/// Whom a certificate is made for.
pub struct Subject {
    /// The key to be certified.
    pub key: PublicKey,
    /// Whose it is.
    pub holder: HolderId,
    /// Where the holder stands.
    pub unit: UnitPath,
    /// Days from now.
    pub valid_days: u32,
    /// Where the key is kept; none: as the profile says.
    pub custody: Option<Custody>,
}

/// The profiles officers are made from: all but those of nodes and join tokens.
const OFFICERS: &[(&str, &str)] = &[
    ("reporter", include_str!("../../certs/profiles/reporter.toml")),
    ("invited_reporter", include_str!("../../certs/profiles/invited_reporter.toml")),
    ("post_holder", include_str!("../../certs/profiles/post_holder.toml")),
    ("analyst", include_str!("../../certs/profiles/analyst.toml")),
    ("discipline_lead", include_str!("../../certs/profiles/discipline_lead.toml")),
    ("secretary", include_str!("../../certs/profiles/secretary.toml")),
    ("party_committee", include_str!("../../certs/profiles/party_committee.toml")),
    ("leading_group", include_str!("../../certs/profiles/leading_group.toml")),
    ("auditor", include_str!("../../certs/profiles/auditor.toml")),
    ("administrator", include_str!("../../certs/profiles/administrator.toml")),
];

const NODE: &str = include_str!("../../certs/profiles/node.toml");
const JOIN: &str = include_str!("../../certs/profiles/join.toml");

/// Where a key can be kept, with the names in the API and in files.
const CUSTODIES: &[(Custody, &str)] =
    &[(Custody::NODE_HELD, "node"), (Custody::OWN_DEVICE, "device"), (Custody::TOKEN, "token")];

impl Profile {
    /// The profile of officers with a role.
    #[must_use]
    pub fn of_officer(role: &str) -> Option<Profile> {
        let (_, text) = OFFICERS.iter().find(|(name, _)| *name == role)?;
        toml::from_str(text).ok()
    }

    /// The profile of nodes.
    #[must_use]
    pub fn of_node() -> Option<Profile> {
        toml::from_str(NODE).ok()
    }

    /// The profile of join tokens.
    #[must_use]
    pub fn of_join_token() -> Option<Profile> {
        toml::from_str(JOIN).ok()
    }

    /// The charter its certificates are written to.
    #[must_use]
    pub fn reach(&self) -> Reach {
        if self.reach == "up" { Reach::UP } else { Reach::DOWN }
    }

    /// The certificate an issuer makes of it. What it may issue further stays within what the issuer may.
    #[must_use]
    pub fn certificate(&self, issuer: &Certificate, subject: Subject, now_s: i64) -> Certificate {
        let further = subject.unit.depth().saturating_sub(issuer.unit.depth());
        let may_issue = self.may_issue.as_ref().map(|issue| {
            let left = issuer.may_issue.as_ref().map_or(0, |issue| usize::from(issue.levels_below));
            let left = u8::try_from(left.saturating_sub(further)).unwrap_or(u8::MAX);
            MayIssue { roles: roles(&issue.roles), levels_below: issue.levels_below.min(left) }
        });
        Certificate {
            key: subject.key,
            holder: subject.holder,
            unit: subject.unit,
            roles: roles(&self.roles),
            not_before_s: now_s - LEEWAY_S,
            not_after_s: now_s + i64::from(subject.valid_days) * DAY_S,
            custody: subject.custody.or_else(|| custody(&self.custody)).unwrap_or(Custody::OWN_DEVICE),
            rank: issuer.rank.saturating_add(self.rank_step),
            may_issue,
        }
    }
}

/// Where a key is kept, by its name.
#[must_use]
pub fn custody(name: &str) -> Option<Custody> {
    CUSTODIES.iter().find(|(_, known)| *known == name).map(|(custody, _)| *custody)
}

/// The name of where a key is kept; `unknown` for a newer version's.
#[must_use]
pub fn custody_name(custody: Custody) -> &'static str {
    CUSTODIES.iter().find(|(known, _)| *known == custody).map_or("unknown", |(_, name)| name)
}

fn roles(names: &[String]) -> Vec<Role> {
    let mut roles: Vec<Role> = names.iter().filter_map(|name| Role::from_name(name)).collect();
    roles.sort_unstable();
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_read_and_gives_known_roles() {
        for (role, _) in OFFICERS {
            let profile = Profile::of_officer(role).unwrap();
            assert_eq!(profile.roles, [*role]);
            assert_eq!(roles(&profile.roles).len(), 1);
            assert!(custody(&profile.custody).is_some());
            let issue = profile.may_issue.map(|issue| (roles(&issue.roles).len(), issue.roles.len()));
            assert!(issue.is_none_or(|(known, all)| known == all));
        }
        assert!(Profile::of_officer("node").is_none(), "a node is no officer");
        assert_eq!(roles(&Profile::of_node().unwrap().roles), [Role::NODE]);
        assert!(Profile::of_join_token().unwrap().roles.is_empty());
    }
}
