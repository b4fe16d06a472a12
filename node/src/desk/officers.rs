//! Officers: made from a certificate profile, endorsed, listed, their sealed keys carried between nodes.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{CertificateId, DocId, DocKey, Kind, Reach, Scope, Shelf},
    },
    replica::{Draft, WriteError, WriteRefusal},
    trust::charter::{Certificate, Certified, Custody, HolderId, HolderName, MayIssue, Role},
    work::unit::UnitPath,
};
use serde::Deserialize;

use super::{Code, Desk, DeskError, Ids, Officer, check_prefix, holder_text, is_prefix, required, time::moment};
use crate::{
    api::shape::{
        ImportForm, Officer as OfficerShown, OfficerAdded, OfficerForm, Officers, OfficersQuery, Passphrase,
        TokenCreated, TokenForm, Written as WrittenShape,
    },
    founding::{create_token, new_document, new_holder, new_key},
    keyring::SealedKey,
    limits::{PASSPHRASE_CHARS_MIN, VALIDITY_DAYS_MAX},
    run::Sight,
    view::Names,
    words::{self, Language},
};

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// A certificate begins a day before it is issued: clocks of villages differ.
const LEEWAY_S: i64 = DAY_S;

/// What an administrator picks when making a certificate; see `certs/README.md`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    roles: Vec<String>,
    reach: String,
    rank_step: u16,
    validity_days: u32,
    custody: String,
    may_issue: Option<ProfileIssue>,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileIssue {
    roles: Vec<String>,
    levels_below: u8,
}

/// The profiles officers are made from: all but those of nodes and join tokens, which make their own.
const PROFILES: &[(&str, &str)] = &[
    ("reporter", include_str!("../../../certs/profiles/reporter.toml")),
    ("invited_reporter", include_str!("../../../certs/profiles/invited_reporter.toml")),
    ("post_holder", include_str!("../../../certs/profiles/post_holder.toml")),
    ("analyst", include_str!("../../../certs/profiles/analyst.toml")),
    ("discipline_lead", include_str!("../../../certs/profiles/discipline_lead.toml")),
    ("secretary", include_str!("../../../certs/profiles/secretary.toml")),
    ("party_committee", include_str!("../../../certs/profiles/party_committee.toml")),
    ("auditor", include_str!("../../../certs/profiles/auditor.toml")),
    ("administrator", include_str!("../../../certs/profiles/administrator.toml")),
];

const JOIN: &str = include_str!("../../../certs/profiles/join.toml");

impl Profile {
    fn of(role: &str) -> Option<Profile> {
        let (_, text) = PROFILES.iter().find(|(name, _)| *name == role)?;
        toml::from_str(text).ok()
    }

    fn reach(&self) -> Reach {
        if self.reach == "up" { Reach::UP } else { Reach::DOWN }
    }

    /// The certificate an issuer makes of it. What it may issue further stays within what the issuer may.
    fn certificate(&self, issuer: &Certificate, subject: Subject, now_s: i64) -> Certificate {
        let further = subject.unit.depth().saturating_sub(issuer.unit.depth());
        let may_issue = self.may_issue.as_ref().map(|issue| {
            let left = issuer.may_issue.as_ref().map_or(0, |issue| usize::from(issue.levels_below));
            let left = u8::try_from(left.saturating_sub(further)).unwrap_or(u8::MAX);
            MayIssue { roles: roles(&issue.roles), levels_below: issue.levels_below.min(left) }
        });
        Certificate {
            key: subject.key.public(),
            holder: subject.holder,
            unit: subject.unit,
            roles: roles(&self.roles),
            not_before_s: now_s - LEEWAY_S,
            not_after_s: now_s + i64::from(subject.valid_days) * DAY_S,
            custody: if self.custody == "node" { Custody::NODE_HELD } else { Custody::OWN_DEVICE },
            rank: issuer.rank.saturating_add(self.rank_step),
            may_issue,
        }
    }
}

/// Whom a certificate is made for.
struct Subject {
    key: Arc<fangwei_protocol::trust::key::KeyPair>,
    holder: HolderId,
    unit: UnitPath,
    valid_days: u32,
}

fn roles(names: &[String]) -> Vec<Role> {
    let mut roles: Vec<Role> = names.iter().filter_map(|name| Role::from_name(name)).collect();
    roles.sort_unstable();
    roles
}

impl Desk {
    /// Makes an officer: a key sealed under a passphrase, a certificate from a profile, and a name.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`], [`Code::DiskFailed`].
    pub async fn add_officer(
        &self,
        issuer: &Officer,
        form: OfficerForm,
        language: Language,
    ) -> Result<OfficerAdded, DeskError> {
        let OfficerForm { unit, role, name, holder, passphrase, valid_days, carry } = form;
        let unit = self.unit(Some(&unit))?;
        let bad_role = || DeskError::new(Code::BadRole).with("value", super::shortened(&role));
        let profile = Profile::of(&role).ok_or_else(bad_role)?;
        let valid_days = within(valid_days.unwrap_or(profile.validity_days), VALIDITY_DAYS_MAX)?;
        // Before anything is written: a certificate whose key could not be sealed is of no use.
        if passphrase.expose().chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(DeskError::new(Code::WeakPassphrase).with("min", PASSPHRASE_CHARS_MIN));
        }
        let known = holder.as_deref().map(read_holder).transpose()?;
        if known.is_none() {
            required("name", &name)?;
        }
        let holder = known.unwrap_or_else(new_holder);
        let named = HolderName { holder, name };
        if known.is_none() && !named.is_sound() {
            return Err(Code::MisplacedAct.into());
        }
        let key = Arc::new(new_key());
        let subject = Subject { key: key.clone(), holder, unit: unit.clone(), valid_days };
        let author = issuer.certificate;
        // Whoever reads an officer's certificate reads the name: a village is told who signed the paper it got.
        let reach = profile.reach();
        let certify = self.write(issuer, move |sight| {
            let by = issuer_of(sight, &author)?;
            let certificate = profile.certificate(&by.certificate, subject, sight.now.0);
            let scope = Scope { home: certificate.unit.clone(), reach, shelf: Shelf::CHARTER };
            let content = Content::Act(Act::Certify(Box::new(certificate)));
            Ok(Draft { author, document: new_document(scope, Kind::CERTIFICATE), after: None, content })
        });
        let certified = certify.await?;
        let officer = Officer { certificate: certified.id, key };
        let sealed = self.seal(&officer, &passphrase).await?;
        if !carry {
            self.keyring().keep(&sealed)?;
        }
        if known.is_none() {
            let scope = Scope { home: unit, reach, shelf: Shelf::CHARTER };
            let document = DocKey { scope, kind: Kind::HOLDER, doc: DocId(holder.into()) };
            let draft = Draft { author, document, after: None, content: Content::Act(Act::NameHolder(named)) };
            self.write(issuer, move |_| Ok(draft)).await?;
        }
        let written = WrittenShape {
            document: certified.id.to_string(),
            short: certified.id.to_string().chars().take(crate::limits::SHORT_ID_DIGITS).collect(),
            entry: certified.id.to_string(),
            at: certified.at.0,
        };
        let officer = self.officer(&certified.id.to_string(), language).await?;
        Ok(OfficerAdded { officer, sealed_key: carry.then(|| sealed.to_string()), written })
    }

    /// Agrees to a certificate with a casework role.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchOfficer`], [`Code::EndorsedAlready`], [`Code::MayNotEndorse`], what the rules refuse,
    /// [`Code::NodeStopped`].
    pub async fn endorse(&self, officer: &Officer, id: &str) -> Result<WrittenShape, DeskError> {
        let subject = self.certificate(id).await?;
        let author = officer.certificate;
        let asked = self.node().core().read(move |sight| {
            let charter = sight.replica.charter();
            let certified = charter.certificate(&subject).filter(|certified| !certified.complete);
            let certified = certified.ok_or(Code::EndorsedAlready)?;
            if !charter.may_endorse(&author, certified) {
                return Err(DeskError::new(Code::MayNotEndorse));
            }
            let said = sight.replica.find(&subject, sight.store)?;
            Ok(said.ok_or(Code::EndorsedAlready)?.entry.header().document())
        });
        let document = asked.await??;
        let content = Content::Act(Act::Endorse { subject });
        let draft = Draft { author, document, after: None, content };
        let written = self.write(officer, move |_| Ok(draft)).await?;
        Ok(WrittenShape {
            document: subject.to_string(),
            short: subject.to_string().chars().take(crate::limits::SHORT_ID_DIGITS).collect(),
            entry: written.id.to_string(),
            at: written.at.0,
        })
    }

    /// Keeps a sealed key that was made on another node.
    ///
    /// # Errors
    ///
    /// [`Code::KeyDamaged`], [`Code::KeyCost`], [`Code::KeyNewer`], [`Code::KeyOtherTree`], [`Code::NoSuchOfficer`]
    /// while the certificate has not reached this node, [`Code::DiskFailed`].
    pub async fn import_officer(&self, form: &ImportForm, language: Language) -> Result<OfficerShown, DeskError> {
        let key: SealedKey = form.sealed_key.parse()?;
        if key.genesis != self.node().genesis().hash() {
            return Err(Code::KeyOtherTree.into());
        }
        let id = key.certificate.to_string();
        self.certificate(&id).await?;
        self.keyring().keep(&key)?;
        self.officer(&id, language).await
    }

    /// The certificates kept here.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::DiskFailed`].
    pub async fn officers(&self, query: &OfficersQuery, language: Language) -> Result<Officers, DeskError> {
        let unit = query.unit.as_deref().map(|unit| self.unit(Some(unit))).transpose()?;
        let here: BTreeSet<CertificateId> = self.keyring().certificates()?.into_iter().collect();
        let names = self.fresh_view().await?.names();
        let all = query.all;
        let found = self.node().core().read(move |sight| {
            let ids = Ids::new(sight.replica.charter().all().map(|(id, _)| id.to_string()).collect());
            let mut found: Vec<OfficerShown> = sight
                .replica
                .charter()
                .all()
                .filter(|(_, certified)| unit.as_ref().is_none_or(|unit| unit.contains(&certified.certificate.unit)))
                .filter(|(_, certified)| all || is_officer(&certified.certificate))
                .map(|(id, certified)| shown(id, certified, &ids, &names, here.contains(id), language))
                .collect();
            found.sort_by(|one, other| {
                (&one.unit, one.rank, &one.certificate).cmp(&(&other.unit, other.rank, &other.certificate))
            });
            found
        });
        Ok(Officers { officers: found.await? })
    }

    /// One certificate.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::NoSuchOfficer`], [`Code::AmbiguousId`], [`Code::NodeStopped`].
    pub async fn officer(&self, id: &str, language: Language) -> Result<OfficerShown, DeskError> {
        let id = self.certificate(id).await?;
        let key_here = self.keyring().certificates()?.contains(&id);
        let names = self.fresh_view().await?.names();
        let found = self.node().core().read(move |sight| {
            let ids = Ids::new(sight.replica.charter().all().map(|(id, _)| id.to_string()).collect());
            let certified = sight.replica.charter().certificate(&id)?;
            Some(shown(&id, certified, &ids, &names, key_here, language))
        });
        found.await?.ok_or_else(|| DeskError::new(Code::NoSuchOfficer).with("id", id))
    }

    async fn certificate(&self, prefix: &str) -> Result<CertificateId, DeskError> {
        check_prefix(prefix)?;
        let text = prefix.to_owned();
        let found = self.node().core().read(move |sight| {
            let ids = sight.replica.charter().all().map(|(id, _)| *id);
            ids.filter(|id| is_prefix(&text, &id.to_string())).take(2).collect::<Vec<_>>()
        });
        match found.await?.as_slice() {
            [] => Err(DeskError::new(Code::NoSuchOfficer).with("id", super::shortened(prefix))),
            [one] => Ok(*one),
            _ => Err(DeskError::new(Code::AmbiguousId).with("value", prefix)),
        }
    }

    /// Makes a token with which the node of a unit joins.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`].
    pub async fn create_token(&self, officer: &Officer, form: &TokenForm) -> Result<TokenCreated, DeskError> {
        let unit = self.unit(Some(&form.unit))?;
        let bad = |text: &str| DeskError::new(Code::BadAddress).with("value", super::shortened(text));
        let given =
            form.address.as_deref().map(|text| text.parse::<SocketAddr>().map_err(|_| bad(text))).transpose()?;
        let own = self.node().address().filter(|address| !address.ip().is_unspecified());
        let address = given.or(own).ok_or(Code::AddressNeeded)?;
        let profile: Option<Profile> = toml::from_str(JOIN).ok();
        let hours = form.valid_hours.unwrap_or_else(|| profile.map_or(72, |profile| profile.validity_days * 24));
        let valid_s = i64::from(within(hours, VALIDITY_DAYS_MAX * 24)?) * 3_600;
        let (issuer, key) = (officer.certificate, officer.key.clone());
        let token = create_token(self.node(), issuer, key, unit, address, valid_s).await?;
        Ok(TokenCreated {
            token: token.to_string(),
            unit: token.unit.to_string(),
            certificate: token.certificate.to_string(),
            ends: moment(token.not_after_s),
        })
    }

    /// Seals an unlocked key again under another passphrase, to be carried or to change it.
    ///
    /// # Errors
    ///
    /// [`Code::WeakPassphrase`].
    pub async fn seal_again(&self, officer: &Officer, passphrase: &Passphrase) -> Result<String, DeskError> {
        Ok(self.seal(officer, passphrase).await?.to_string())
    }
}

fn within(value: u32, max: u32) -> Result<u32, DeskError> {
    let possible = (1..=max).contains(&value);
    if possible { Ok(value) } else { Err(DeskError::new(Code::BadValidity).with("value", value)) }
}

fn read_holder(text: &str) -> Result<HolderId, DeskError> {
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes.map(HolderId::from).ok_or_else(|| DeskError::new(Code::BadId).with("value", super::shortened(text)))
}

fn issuer_of<'s>(sight: &'s Sight<'_>, id: &CertificateId) -> Result<&'s Certified, WriteError> {
    let unknown = fangwei_protocol::record::feed::HeaderFault::Certificate { author: *id };
    sight.replica.charter().complete(id).ok_or_else(|| WriteRefusal::Header(unknown).into())
}

fn is_officer(certificate: &Certificate) -> bool {
    !certificate.has(Role::NODE) && !certificate.roles.is_empty()
}

fn shown(
    id: &CertificateId,
    certified: &Certified,
    ids: &Ids,
    names: &Names,
    key_here: bool,
    language: Language,
) -> OfficerShown {
    let Certified { certificate, issuer, home_only, complete, .. } = certified;
    OfficerShown {
        certificate: id.to_string(),
        short: ids.short(id),
        holder: holder_text(&certificate.holder),
        name: names.holder(&certificate.holder).into(),
        unit: certificate.unit.to_string(),
        unit_name: names.unit(&certificate.unit).into(),
        roles: certificate.roles.iter().map(|role| role.name().unwrap_or("unknown").into()).collect(),
        role_names: certificate.roles.iter().map(|role| words::role(language, *role)).collect(),
        rank: certificate.rank,
        begins: moment(certificate.not_before_s),
        ends: moment(certificate.not_after_s),
        issuer: issuer.map(|issuer| issuer.to_string()),
        home_only: *home_only,
        complete: *complete,
        awaits_endorsement: !complete && certificate.needs_endorsement(),
        key_here,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_read_and_gives_known_roles() {
        for (role, _) in PROFILES {
            let profile = Profile::of(role).unwrap();
            assert_eq!(profile.roles, [*role]);
            assert_eq!(roles(&profile.roles).len(), 1);
            let issue = profile.may_issue.map(|issue| (roles(&issue.roles).len(), issue.roles.len()));
            assert!(issue.is_none_or(|(known, all)| known == all));
        }
        assert!(Profile::of("node").is_none(), "nodes certify themselves with a token");
        assert!(toml::from_str::<Profile>(JOIN).is_ok());
    }
}
