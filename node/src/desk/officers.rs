//! Officers: made from a certificate profile, endorsed, their sealed keys carried between nodes.

use std::{net::SocketAddr, sync::Arc};

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{CertificateId, DocId, DocKey, EntryId, Kind, Scope, Shelf},
    },
    replica::{Draft, WriteError, WriteRefusal},
    trust::charter::{Certified, HolderId, HolderName},
    work::unit::UnitPath,
};

use super::{Code, Desk, DeskError, Officer, redacting::may_endorse_redaction, required, time::moment};
use crate::{
    api::shape::{
        ImportForm, Officer as OfficerShown, OfficerAdded, OfficerForm, Passphrase, TokenCreated, TokenForm,
        Written as WrittenShape,
    },
    founding::{create_token, new_document, new_holder, new_key},
    keyring::SealedKey,
    limits::{PASSPHRASE_CHARS_MIN, VALIDITY_DAYS_MAX},
    profile::{Profile, Subject},
    run::{Sight, Written},
    words::Language,
};

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
        let profile = Profile::of_officer(&role).ok_or_else(bad_role)?;
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
        let subject = Subject { key: key.public(), holder, unit: unit.clone(), valid_days, custody: None };
        let certified = self.certify(issuer, profile.clone(), subject).await?;
        let officer = Officer { certificate: certified.id, key };
        let sealed = self.seal(&officer, &passphrase).await?;
        if !carry {
            self.keyring().keep(&sealed)?;
        }
        if known.is_none() {
            self.name_holder(issuer, &profile, unit, named).await?;
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

    /// Certifies a key, in the charter its profile says.
    pub(super) async fn certify(
        &self,
        issuer: &Officer,
        profile: Profile,
        subject: Subject,
    ) -> Result<Written, DeskError> {
        let author = issuer.certificate;
        self.write(issuer, move |sight| {
            let by = issuer_of(sight, &author)?;
            let certificate = profile.certificate(&by.certificate, subject, sight.now.0);
            let scope = Scope { home: certificate.unit.clone(), reach: profile.reach(), shelf: Shelf::CHARTER };
            let content = Content::Act(Act::Certify(Box::new(certificate)));
            Ok(Draft { author, document: new_document(scope, Kind::CERTIFICATE), after: None, content })
        })
        .await
    }

    /// Says who a holder is. Whoever reads an officer's certificate reads the name: a village is told who signed the
    /// paper it got.
    pub(super) async fn name_holder(
        &self,
        issuer: &Officer,
        profile: &Profile,
        unit: UnitPath,
        named: HolderName,
    ) -> Result<(), DeskError> {
        let scope = Scope { home: unit, reach: profile.reach(), shelf: Shelf::CHARTER };
        let document = DocKey { scope, kind: Kind::HOLDER, doc: DocId(named.holder.into()) };
        let (author, content) = (issuer.certificate, Content::Act(Act::NameHolder(named)));
        self.write(issuer, move |_| Ok(Draft { author, document, after: None, content })).await?;
        Ok(())
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

    /// Agrees to any act that is here, where the rules say that this officer's word counts.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::NoSuchEntry`], what the rules refuse, [`Code::NodeStopped`].
    pub async fn endorse_entry(&self, officer: &Officer, id: &str) -> Result<WrittenShape, DeskError> {
        let bad = |_| DeskError::new(Code::BadId).with("value", super::shortened(id));
        let (subject, author): (EntryId, _) = (id.parse().map_err(bad)?, officer.certificate);
        let found = self.node().core().read(move |sight| -> Result<DocKey, DeskError> {
            let said = sight.replica.find(&subject, sight.store)?;
            let unknown = || DeskError::new(Code::NoSuchEntry).with("id", subject);
            let said = said.ok_or_else(unknown)?;
            may_endorse_redaction(sight, &author, &said)?;
            Ok(said.entry.header().document())
        });
        let document = found.await??;
        let (doc, kind) = (document.doc, document.kind);
        let content = Content::Act(Act::Endorse { subject });
        let written = self.write(officer, move |_| Ok(Draft { author, document, after: None, content })).await?;
        self.written(doc, kind, written).await
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
        let profile = Profile::of_join_token();
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

pub(super) fn within(value: u32, max: u32) -> Result<u32, DeskError> {
    let possible = (1..=max).contains(&value);
    if possible { Ok(value) } else { Err(DeskError::new(Code::BadValidity).with("value", value)) }
}

pub(super) fn read_holder(text: &str) -> Result<HolderId, DeskError> {
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes.map(HolderId::from).ok_or_else(|| DeskError::new(Code::BadId).with("value", super::shortened(text)))
}

fn issuer_of<'s>(sight: &'s Sight<'_>, id: &CertificateId) -> Result<&'s Certified, WriteError> {
    let unknown = fangwei_protocol::record::feed::HeaderFault::Certificate { author: *id };
    sight.replica.charter().complete(id).ok_or_else(|| WriteRefusal::Header(unknown).into())
}
