//! Requests from machines elsewhere, granted: the offline way to a certificate, an officer's or a node's.

use std::net::SocketAddr;

use fangwei_protocol::{
    record::{
        body::{Act, Body, Content},
        cbor,
        entry::{CertificateId, Reach},
        message::Parcel,
    },
    trust::charter::{Certificate, HolderId, HolderName, Role},
};

use super::{Code, Desk, DeskError, Officer, holder_text, officers::within, required, shortened};
use crate::{
    api::shape::{GrantForm, GrantMade, RequestForm, RequestShown},
    ceremony::{Grant, Request, Upward, Wanted},
    founding::new_holder,
    identity::key_text,
    limits::VALIDITY_DAYS_MAX,
    profile::{Profile, Subject, custody},
    run::Sight,
    words::{self, Language},
};

/// A request that could be granted here.
struct Sound {
    request: Request,
    profile: Profile,
    role: Role,
    /// The certificate its key has already, which says the same.
    granted: Option<(CertificateId, Certificate)>,
}

impl Desk {
    /// Reads a request and checks everything but who grants it.
    ///
    /// # Errors
    ///
    /// [`Code::FileDamaged`], [`Code::FileNewer`], [`Code::KeyNotAdmitted`], [`Code::NotPossessed`],
    /// [`Code::RequestOtherTree`], [`Code::BadUnit`], [`Code::BadRole`], [`Code::NoSuchHolder`],
    /// [`Code::KeyCertified`], [`Code::NodeStopped`].
    pub async fn check_request(&self, form: &RequestForm, language: Language) -> Result<RequestShown, DeskError> {
        let Sound { request, profile, role, granted } = self.sound(&form.request).await?;
        let names = self.fresh_view().await?.names();
        let (name, holder, custody) = match &request.wanted {
            Wanted::Officer { name, holder, custody, .. } => (name.clone(), *holder, custody.as_str()),
            Wanted::Node => (String::new(), None, "node"),
        };
        let known = holder.map(|holder| names.holder(&holder).to_owned()).filter(|known| !known.is_empty());
        let role_name = role.name().unwrap_or("unknown");
        Ok(RequestShown {
            wanted: if role == Role::NODE { "node" } else { "officer" }.into(),
            unit: request.unit.to_string(),
            unit_name: names.unit(&request.unit).into(),
            role: role_name.into(),
            role_name: words::role(language, role),
            name: known.unwrap_or(name),
            holder: holder.as_ref().map(holder_text),
            custody: custody.into(),
            custody_name: words::custody(language, custody),
            key: key_text(&request.key),
            valid_days: profile.validity_days,
            needs_endorsement: role.is_casework(),
            granted: granted.map(|(id, _)| id.to_string()),
        })
    }

    /// Certifies the key of a request. A request granted before is granted again without writing anything: the file
    /// may have been lost.
    ///
    /// # Errors
    ///
    /// As [`Desk::check_request`], [`Code::BadValidity`], [`Code::BadAddress`], what the rules refuse.
    pub async fn grant(&self, issuer: &Officer, form: &GrantForm, language: Language) -> Result<GrantMade, DeskError> {
        let Sound { request, profile, granted, .. } = self.sound(&form.request).await?;
        let upward = self.upward(&request, form.address.as_deref())?;
        let valid_days = within(form.valid_days.unwrap_or(profile.validity_days), VALIDITY_DAYS_MAX)?;
        let again = granted.is_some();
        let (name, asked_holder, kept) = match &request.wanted {
            Wanted::Officer { name, holder, custody: kept, .. } => (Some(name.clone()), *holder, custody(kept)),
            Wanted::Node => (None, None, None),
        };
        let (id, holder) = match granted {
            Some((id, certificate)) => (id, certificate.holder),
            None => {
                let holder = asked_holder.unwrap_or_else(new_holder);
                let unit = request.unit.clone();
                let subject = Subject { key: request.key, holder, unit, valid_days, custody: kept };
                (self.certify(issuer, profile.clone(), subject).await?.id, holder)
            }
        };
        let unnamed = asked_holder.is_none() && self.fresh_view().await?.names().holder(&holder).is_empty();
        if let Some(name) = name.filter(|_| unnamed) {
            let named = HolderName { holder, name };
            let named = self.name_holder(issuer, &profile, request.unit.clone(), named).await;
            // What the root certified an officer without an administrator's authority may still hand over.
            named.or_else(|error| if again { Ok(()) } else { Err(error) })?;
        }
        let request = request.id();
        let genesis = cbor::encode(self.node().signed_genesis());
        let parcels = self.node().core().read(move |sight| proof(sight, &id)).await??;
        let grant = Grant { request, certificate: id, genesis, parcels, upward };
        let certificate = self.certificate_shown(&id.to_string(), language).await?;
        Ok(GrantMade { certificate, grant: grant.to_string(), again })
    }

    /// The certificate a root key would make of a request, and the reach of its charter.
    pub(super) async fn certificate_by_root(
        &self,
        text: &str,
        valid_days: Option<u32>,
    ) -> Result<(Certificate, Reach), DeskError> {
        let Sound { request, profile, granted, .. } = self.sound(text).await?;
        if let Some((id, _)) = granted {
            return Err(DeskError::new(Code::KeyCertified).with("certificate", id));
        }
        let valid_days = within(valid_days.unwrap_or(profile.validity_days), VALIDITY_DAYS_MAX)?;
        let (holder, kept) = match &request.wanted {
            Wanted::Officer { holder, custody: kept, .. } => (*holder, custody(kept)),
            Wanted::Node => (None, None),
        };
        let holder = holder.unwrap_or_else(new_holder);
        let subject = Subject { key: request.key, holder, unit: request.unit.clone(), valid_days, custody: kept };
        let reach = profile.reach();
        let made = self.node().core().read(move |sight| {
            let charter = sight.replica.charter();
            let root = charter.certificate(&charter.root().certificate_id(0))?;
            Some(profile.certificate(&root.certificate, subject, sight.now.0))
        });
        Ok((made.await?.ok_or(Code::NoAuthority)?, reach))
    }

    async fn sound(&self, text: &str) -> Result<Sound, DeskError> {
        let request: Request = text.parse()?;
        if request.genesis != self.node().genesis().hash() {
            return Err(DeskError::new(Code::RequestOtherTree).with("found", request.genesis.0));
        }
        self.unit(Some(request.unit.as_str()))?;
        let (profile, role, asked_holder) = match &request.wanted {
            Wanted::Node => (Profile::of_node(), Some(Role::NODE), None),
            Wanted::Officer { profile, name, holder, custody: kept } => {
                if holder.is_none() {
                    required("name", name)?;
                    let named = HolderName { holder: HolderId::from([0; 16]), name: name.clone() };
                    named.is_sound().then_some(()).ok_or(Code::MisplacedAct)?;
                }
                custody(kept).ok_or_else(|| DeskError::new(Code::FileDamaged).with("reason", shortened(kept)))?;
                (Profile::of_officer(profile), Role::from_name(profile), *holder)
            }
        };
        let bad_role = || DeskError::new(Code::BadRole);
        let (profile, role) = profile.zip(role).ok_or_else(bad_role)?;
        let (key, unit) = (request.key, request.unit.clone());
        let looked = self.node().core().read(move |sight| {
            let all = || sight.replica.charter().all();
            let holder_known =
                asked_holder.is_none_or(|asked| all().any(|(_, known)| known.certificate.holder == asked));
            let same_key = all().find(|(_, known)| known.certificate.key == key);
            (holder_known, same_key.map(|(id, known)| (*id, known.certificate.clone())))
        });
        let (holder_known, granted) = looked.await?;
        if let Some(holder) = asked_holder.filter(|_| !holder_known) {
            return Err(DeskError::new(Code::NoSuchHolder).with("holder", holder_text(&holder)));
        }
        if let Some((id, certificate)) = &granted
            && (certificate.unit != unit
                || certificate.roles != [role]
                || asked_holder.is_some_and(|asked| asked != certificate.holder))
        {
            return Err(DeskError::new(Code::KeyCertified).with("certificate", id));
        }
        Ok(Sound { request, profile, role, granted })
    }

    /// Whom a new node dials: this one, where it stands above.
    fn upward(&self, request: &Request, given: Option<&str>) -> Result<Option<Upward>, DeskError> {
        let node = self.node();
        if request.wanted != Wanted::Node || !node.me().unit.is_above(&request.unit) {
            return Ok(None);
        }
        let bad = |text: &str| DeskError::new(Code::BadAddress).with("value", shortened(text));
        let given = given.map(|text| text.parse::<SocketAddr>().map_err(|_| bad(text))).transpose()?;
        let own = node.address().filter(|address| !address.ip().is_unspecified());
        Ok(given.or(own).map(|address| Upward { address, key: node.key() }))
    }
}

/// The acts that prove a certificate from the genesis on, endorsements included.
fn proof(sight: &Sight<'_>, id: &CertificateId) -> Result<Vec<Parcel>, DeskError> {
    let charter = sight.replica.charter();
    let mut parcels = Vec::new();
    for link in charter.chain(id) {
        let known = charter.certificate(&link).map(|known| &known.document);
        let replaced = charter.replacements().get(&link).map(|known| &known.document);
        let Some(document) = known.or(replaced) else { continue };
        for said in sight.replica.history(document, sight.store)? {
            let proves = match &said.body {
                Ok(Body { content: Content::Act(Act::Certify(_) | Act::ReplaceRoot { .. }), .. }) => {
                    said.entry.id() == link
                }
                Ok(Body { content: Content::Act(Act::Endorse { subject }), .. }) => {
                    *subject == link && charter.is_endorsed_by(&link, &said.entry.header().author)
                }
                _ => false,
            };
            if proves {
                parcels.push(Parcel::new(said.entry.bytes(), said.bytes.as_ref()));
            }
        }
    }
    Ok(parcels)
}
