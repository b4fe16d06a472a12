//! Certificates as they are listed and shown: officers, nodes, who issued and endorsed them, who still must.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::{
        body::{Act, Body, Content, RevokeReason},
        entry::{CertificateId, EntryId},
    },
    trust::{
        charter::{Certificate, Certified, Role},
        revocation::Strike,
    },
};

use super::{
    Code, Desk, DeskError, Ids, check_prefix, holder_text, is_prefix,
    shown::{Showing, role_names},
    time::moment,
};
use crate::{
    api::shape::{
        CertificateShown, EndorsementShown, MayIssueShown, NodeShown, Nodes, NodesQuery, Officer as OfficerShown,
        Officers, OfficersQuery, RevocationShown, Spoken,
    },
    identity::key_text,
    profile::custody_name,
    run::Sight,
    view::Names,
    words::{self, Language},
};

/// What a line of a list needs beside its certificate.
struct Listing<'a> {
    sight: &'a Sight<'a>,
    names: &'a Names,
    ids: Ids,
    /// Officers whose keys are sealed on this node.
    here: BTreeSet<CertificateId>,
    language: Language,
}

impl Desk {
    /// The officers' certificates kept here.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::DiskFailed`].
    pub async fn officers(&self, query: &OfficersQuery, language: Language) -> Result<Officers, DeskError> {
        let (all, pending) = (query.all, query.pending);
        let is_listed = move |line: &OfficerShown, certificate: &Certificate| {
            (all || is_officer(certificate)) && (!pending || line.awaits_endorsement)
        };
        let officers = self.listed(query.unit.as_deref(), is_listed, |_, line| line, language).await?;
        Ok(Officers { officers })
    }

    /// The nodes' certificates kept here.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::DiskFailed`].
    pub async fn nodes(&self, query: &NodesQuery, language: Language) -> Result<Nodes, DeskError> {
        let tokens = query.tokens;
        let is_listed = move |_: &OfficerShown, certificate: &Certificate| {
            certificate.has(Role::NODE) || (tokens && certificate.roles.is_empty())
        };
        let to_node = |sight: &Sight<'_>, line: OfficerShown| {
            let is_this = line.certificate == sight.replica.me().certificate.to_string();
            let of_peer = |id: CertificateId| id.to_string() == line.certificate;
            let is_connected = sight.replica.peers().any(|peer| peer.certificate.is_some_and(of_peer));
            NodeShown { is_this, is_connected, line }
        };
        Ok(Nodes { nodes: self.listed(query.unit.as_deref(), is_listed, to_node, language).await? })
    }

    async fn listed<T: Send + 'static>(
        &self,
        unit: Option<&str>,
        is_listed: impl Fn(&OfficerShown, &Certificate) -> bool + Send + 'static,
        make: impl Fn(&Sight<'_>, OfficerShown) -> T + Send + 'static,
        language: Language,
    ) -> Result<Vec<T>, DeskError> {
        let unit = unit.map(|unit| self.unit(Some(unit))).transpose()?;
        let here: BTreeSet<CertificateId> = self.keyring().certificates()?.into_iter().collect();
        let names = self.fresh_view().await?.names();
        let found = self.node().core().read(move |sight| {
            let listing = Listing { sight, names: &names, ids: ids(sight), here, language };
            let all = sight.replica.charter().all();
            let within =
                all.filter(|(_, known)| unit.as_ref().is_none_or(|unit| unit.contains(&known.certificate.unit)));
            let lines = within.map(|(id, known)| (listing.line(id, known), known));
            let mut lines: Vec<OfficerShown> =
                lines.filter(|(line, known)| is_listed(line, &known.certificate)).map(|(line, _)| line).collect();
            lines.sort_by(|one, other| {
                (&one.unit, one.rank, &one.certificate).cmp(&(&other.unit, other.rank, &other.certificate))
            });
            lines.into_iter().map(|line| make(sight, line)).collect()
        });
        Ok(found.await?)
    }

    /// One certificate, as a line of a list.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::NoSuchOfficer`], [`Code::AmbiguousId`], [`Code::NodeStopped`].
    pub async fn officer(&self, id: &str, language: Language) -> Result<OfficerShown, DeskError> {
        Ok(self.certificate_shown(id, language).await?.line)
    }

    /// One certificate, with everything known of it.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::NoSuchOfficer`], [`Code::AmbiguousId`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn certificate_shown(&self, id: &str, language: Language) -> Result<CertificateShown, DeskError> {
        let id = self.certificate(id).await?;
        let here: BTreeSet<CertificateId> = self.keyring().certificates()?.into_iter().collect();
        let names = self.fresh_view().await?.names();
        let found = self.node().core().read(move |sight| {
            let listing = Listing { sight, names: &names, ids: ids(sight), here, language };
            let known = sight.replica.charter().certificate(&id);
            known.map(|known| listing.whole(&id, known)).transpose()
        });
        found.await??.ok_or_else(|| DeskError::new(Code::NoSuchOfficer).with("id", id))
    }

    /// The certificate whose id begins like this.
    pub(super) async fn certificate(&self, prefix: &str) -> Result<CertificateId, DeskError> {
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
}

impl Listing<'_> {
    fn line(&self, id: &CertificateId, certified: &Certified) -> OfficerShown {
        let Certified { certificate, issuer, home_only, complete, .. } = certified;
        OfficerShown {
            certificate: id.to_string(),
            short: self.ids.short(id),
            holder: holder_text(&certificate.holder),
            name: self.names.holder(&certificate.holder).into(),
            unit: certificate.unit.to_string(),
            unit_name: self.names.unit(&certificate.unit).into(),
            roles: certificate.roles.iter().map(|role| role.name().unwrap_or("unknown").into()).collect(),
            role_names: role_names(self.language, &certificate.roles),
            rank: certificate.rank,
            begins: moment(certificate.not_before_s),
            ends: moment(certificate.not_after_s),
            issuer: issuer.map(|issuer| issuer.to_string()),
            home_only: *home_only,
            complete: *complete,
            awaits_endorsement: !complete && certificate.needs_endorsement(),
            dead: self.sight.replica.charter().dead(id).map(|strike| self.spoken(strike)),
            key_here: self.here.contains(id) || *id == self.sight.replica.me().certificate,
            custody: custody_name(certificate.custody).into(),
            custody_name: words::custody(self.language, custody_name(certificate.custody)),
        }
    }

    fn whole(&self, id: &CertificateId, certified: &Certified) -> Result<CertificateShown, DeskError> {
        let showing = Showing { sight: self.sight, names: self.names, language: self.language };
        let charter = self.sight.replica.charter();
        let mut since_s = charter.genesis().made_s;
        let mut endorsed_by = Vec::new();
        for said in self.history(certified)? {
            let header = said.entry.header();
            if said.entry.id() == *id {
                since_s = header.claimed_time_s;
            }
            let endorses =
                matches!(&said.body, Ok(Body { content: Content::Act(Act::Endorse { subject }), .. }) if subject == id);
            if endorses && charter.is_endorsed_by(id, &header.author) {
                endorsed_by.push(EndorsementShown {
                    by: showing.author(&header.author),
                    time: moment(header.claimed_time_s),
                    entry: said.entry.id().to_string(),
                });
            }
        }
        let line = self.line(id, certified);
        let can = |(other, _): &(&CertificateId, &Certified)| charter.may_endorse(other, certified);
        let may_be_endorsed_by = if line.awaits_endorsement {
            charter.all().filter(can).map(|(other, _)| showing.author(other)).collect()
        } else {
            Vec::new()
        };
        let revoked = match charter.dead(id) {
            Some(Strike::Revoked { revoke, reason }) => self.revocation(&revoke, reason)?,
            _ => None,
        };
        let may_issue = certified.certificate.may_issue.as_ref().map(|issue| MayIssueShown {
            roles: issue.roles.iter().map(|role| role.name().unwrap_or("unknown").into()).collect(),
            role_names: role_names(self.language, &issue.roles),
            levels_below: issue.levels_below,
        });
        Ok(CertificateShown {
            line,
            key: key_text(&certified.certificate.key),
            since: moment(since_s),
            issued_by: certified.issuer.map(|issuer| showing.author(&issuer)),
            endorsed_by,
            may_be_endorsed_by,
            may_issue,
            revoked,
        })
    }

    fn revocation(&self, revoke: &EntryId, reason: RevokeReason) -> Result<Option<RevocationShown>, DeskError> {
        let Some(said) = self.sight.replica.find(revoke, self.sight.store)? else { return Ok(None) };
        let showing = Showing { sight: self.sight, names: self.names, language: self.language };
        let header = said.entry.header();
        let name = reason.name().unwrap_or("unknown");
        Ok(Some(RevocationShown {
            by: showing.author(&header.author),
            time: moment(header.claimed_time_s),
            reason: name.into(),
            reason_name: words::reason(self.language, name),
            entry: revoke.to_string(),
        }))
    }

    fn spoken(&self, strike: Strike) -> Spoken {
        let DeskError { code, values, .. } = strike.into();
        words::spoken(self.language, code, &values)
    }

    /// What stands in the certificate's document.
    fn history(&self, certified: &Certified) -> Result<Vec<fangwei_protocol::replica::Said>, DeskError> {
        Ok(self.sight.replica.history(&certified.document, self.sight.store)?)
    }
}

fn ids(sight: &Sight<'_>) -> Ids {
    Ids::new(sight.replica.charter().all().map(|(id, _)| id.to_string()).collect())
}

fn is_officer(certificate: &Certificate) -> bool {
    !certificate.has(Role::NODE) && !certificate.roles.is_empty()
}
