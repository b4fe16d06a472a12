//! Revoking certificates, and standing for what was said under them all the same: now with the revocation, or later.
//!
//! What somebody stands for is written before the revocation: cut short in between, too much stands, and nothing that
//! was to stand is struck.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    record::{
        body::{Act, Content, RevokeReason},
        entry::{CertificateId, DocKey, EntryId, Kind, Reach, Scope, Shelf},
        feed::Feed,
    },
    records::{RecordsFailure, indexes, key},
    replica::Draft,
    trust::{authority::Verdict, revocation::Strike},
};

use super::{Code, Desk, DeskError, Officer, check_prefix, is_prefix, shown::Showing, time::moment};
use crate::{
    api::shape::{
        CertificateShown, FeedStanding, OfficerForm, RevokeForm, Revoked, RotateForm, Rotated, StandForm, Stood,
        Stretch as StretchShown, Struck, StruckEntry,
    },
    founding::new_document,
    limits::LIST_MAX,
    run::Sight,
    view::Names,
    words::Language,
};

/// One feed of a certificate, as it is here.
pub(super) struct FeedHere {
    pub(super) scope: Scope,
    /// Its entries in log order, with their numbers.
    entries: Vec<(EntryId, u64)>,
    /// The entry before each.
    prev: BTreeMap<EntryId, Option<EntryId>>,
    tips: Vec<EntryId>,
    /// Entries that are struck now.
    struck: BTreeSet<EntryId>,
}

/// A stretch somebody asks to stand for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) first: EntryId,
    pub(super) last: EntryId,
}

/// What is asked, feed by feed.
pub(super) struct Plan {
    pub(super) feeds: Vec<(FeedHere, Vec<Asked>)>,
}

impl Desk {
    /// Revokes a certificate, or only says what that would strike.
    ///
    /// # Errors
    ///
    /// [`Code::BadReason`], [`Code::NoSuchOfficer`], [`Code::MayNotRevoke`], [`Code::RevokedAlready`],
    /// [`Code::BadStretch`], what the rules refuse.
    pub async fn revoke(
        &self,
        officer: &Officer,
        id: &str,
        form: &RevokeForm,
        language: Language,
    ) -> Result<Revoked, DeskError> {
        let reason = reason_of(&form.reason)?;
        let subject = self.certificate(id).await?;
        let document = self.may_revoke(officer.certificate, subject).await?;
        let plan = self.plan(subject, &form.stand).await?;
        let falls = self.falls_with(subject, &plan, language).await?;
        let feeds = self.feeds_shown(&plan, Before::Revocation).await?;
        let mut written = Vec::new();
        if !form.stand.dry_run {
            written = self.write_stands(officer, subject, &plan).await?;
            let (author, content) = (officer.certificate, Content::Act(Act::Revoke { subject, reason }));
            let revoke = self.write(officer, move |_| Ok(Draft { author, document, after: None, content })).await?;
            written.push(revoke.id.to_string());
        }
        let certificate = self.officer(&subject.to_string(), language).await?;
        Ok(Revoked { certificate, feeds, falls, written })
    }

    /// Stands for entries of a certificate that were struck, or only says what would stand.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchOfficer`], [`Code::NothingChanged`], [`Code::MayNotRevoke`], [`Code::BadStretch`], what the rules
    /// refuse.
    pub async fn stand(&self, officer: &Officer, id: &str, form: &StandForm) -> Result<Stood, DeskError> {
        let subject = self.certificate(id).await?;
        let plan = self.plan(subject, form).await?;
        if plan.feeds.iter().all(|(_, asked)| asked.is_empty()) {
            return Err(Code::NothingChanged.into());
        }
        let author = officer.certificate;
        let may = self.node().core().read(move |sight| {
            let charter = sight.replica.charter();
            charter.certificate(&subject).is_some_and(|certified| charter.may_revoke(&author, certified))
        });
        may.await?.then_some(()).ok_or(Code::MayNotRevoke)?;
        let feeds = self.feeds_shown(&plan, Before::Nothing).await?;
        let written = if form.dry_run { Vec::new() } else { self.write_stands(officer, subject, &plan).await? };
        Ok(Stood { feeds, written })
    }

    /// The struck entries of a certificate.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchOfficer`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn struck(&self, id: &str, language: Language) -> Result<Struck, DeskError> {
        let subject = self.certificate(id).await?;
        let certificate = self.officer(&subject.to_string(), language).await?;
        let names = self.fresh_view().await?.names();
        let looked = self.node().core().read(move |sight| -> Result<_, DeskError> {
            let showing = Showing { sight, names: &names, language };
            let mut log = Vec::new();
            for (_, feed) in feeds_of(sight, &subject) {
                log.extend(indexes(sight.store, &key::feed_log_prefix(&feed.key))?);
            }
            log.sort_unstable();
            let (mut total, mut entries) = (0, Vec::new());
            for at in log {
                let said = sight.replica.said(at, sight.store)?;
                let Verdict::Struck(strike) = said.verdict() else { continue };
                total += 1;
                if entries.len() < LIST_MAX {
                    let header = said.entry.header();
                    entries.push(StruckEntry {
                        id: said.entry.id().to_string(),
                        unit: header.scope.home.to_string(),
                        unit_name: names.unit(&header.scope.home).into(),
                        deed: showing.entry(&said, Vec::new())?.deed,
                        document: header.doc.to_string(),
                        time: moment(header.claimed_time_s),
                        why: showing.spoken(strike),
                    });
                }
            }
            Ok((total, entries))
        });
        let (total, entries) = looked.await??;
        Ok(Struck { certificate, total, entries })
    }

    /// Gives an officer another key with the same holder, unit and roles. Where nobody else must agree, the old
    /// certificate is revoked at once, and all that was said under it stands.
    ///
    /// # Errors
    ///
    /// As [`Desk::add_officer`] and [`Desk::revoke`].
    pub async fn rotate(
        &self,
        issuer: &Officer,
        id: &str,
        form: &RotateForm,
        language: Language,
    ) -> Result<Rotated, DeskError> {
        let old = self.officer(id, language).await?;
        let [role] = old.roles.as_slice() else {
            return Err(DeskError::new(Code::BadRole).with("value", old.roles.join(" ")));
        };
        let form = OfficerForm {
            unit: old.unit.clone(),
            role: role.clone(),
            name: String::new(),
            holder: Some(old.holder.clone()),
            passphrase: form.passphrase.clone(),
            valid_days: form.valid_days,
            carry: form.carry,
        };
        let added = self.add_officer(issuer, form, language).await?;
        let (subject, author) = (self.certificate(&old.certificate).await?, issuer.certificate);
        let revoked = if added.officer.complete && self.may_revoke(author, subject).await.is_ok() {
            let stand = StandForm { all: true, ..StandForm::default() };
            let form = RevokeForm { reason: "superseded".into(), stand };
            Some(self.revoke(issuer, &old.certificate, &form, language).await?)
        } else {
            None
        };
        let certificate: CertificateShown = self.certificate_shown(&added.officer.certificate, language).await?;
        Ok(Rotated { certificate, sealed_key: added.sealed_key, revoked })
    }

    /// The document a revocation stands in, if this author may revoke.
    async fn may_revoke(&self, author: CertificateId, subject: CertificateId) -> Result<DocKey, DeskError> {
        let looked = self.node().core().read(move |sight| -> Result<DocKey, DeskError> {
            let charter = sight.replica.charter();
            let unknown = || DeskError::new(Code::NoSuchOfficer).with("id", subject);
            let certified = charter.certificate(&subject).ok_or_else(unknown)?;
            if matches!(charter.dead(&subject), Some(Strike::Revoked { .. })) {
                return Err(Code::RevokedAlready.into());
            }
            if !charter.may_revoke(&author, certified) {
                return Err(Code::MayNotRevoke.into());
            }
            Ok(certified.document.clone())
        });
        looked.await?
    }

    /// What is asked to stand, feed by feed.
    pub(super) async fn plan(&self, subject: CertificateId, form: &StandForm) -> Result<Plan, DeskError> {
        let form = form.clone();
        let looked = self.node().core().read(move |sight| -> Result<Plan, DeskError> {
            let mut feeds = Vec::new();
            for (scope, feed) in feeds_of(sight, &subject) {
                feeds.push((FeedHere::read(sight, scope, &feed)?, Vec::new()));
            }
            let mut plan = Plan { feeds };
            plan.ask(&form)?;
            Ok(plan)
        });
        looked.await?
    }

    /// Writes what somebody stands for. Returns the entries.
    async fn write_stands(
        &self,
        officer: &Officer,
        subject: CertificateId,
        plan: &Plan,
    ) -> Result<Vec<String>, DeskError> {
        let mut written = Vec::new();
        for (scope, act) in plan.acts(subject) {
            let (author, content) = (officer.certificate, Content::Act(act));
            let document = new_document(scope, Kind::STAND);
            let stand = self.write(officer, move |_| Ok(Draft { author, document, after: None, content })).await?;
            written.push(stand.id.to_string());
        }
        Ok(written)
    }

    async fn feeds_shown(&self, plan: &Plan, before: Before) -> Result<Vec<FeedStanding>, DeskError> {
        let names = self.fresh_view().await?.names();
        Ok(plan.feeds.iter().map(|(feed, asked)| feed.shown(asked, before, &names)).collect())
    }

    /// Certificates that fall with another, because their issue would be struck, and theirs in turn.
    async fn falls_with(
        &self,
        subject: CertificateId,
        plan: &Plan,
        language: Language,
    ) -> Result<Vec<crate::api::shape::Officer>, DeskError> {
        let stands = plan.covered();
        let looked = self.node().core().read(move |sight| {
            let charter = sight.replica.charter();
            let is_issued = |issuer: &CertificateId| -> Vec<CertificateId> {
                let all = charter.all().filter(|(_, known)| known.issuer == Some(*issuer));
                all.map(|(id, _)| *id).filter(|id| charter.dead(id).is_none()).collect()
            };
            let mut falls: Vec<CertificateId> =
                is_issued(&subject).into_iter().filter(|id| !stands.contains(id)).collect();
            let mut at = 0;
            while let Some(issuer) = falls.get(at).copied() {
                let next = is_issued(&issuer).into_iter().filter(|id| !falls.contains(id)).collect::<Vec<_>>();
                falls.extend(next);
                at += 1;
            }
            falls
        });
        let mut shown = Vec::new();
        for id in looked.await? {
            shown.push(self.officer(&id.to_string(), language).await?);
        }
        Ok(shown)
    }
}

/// Whether the revocation these feeds are shown for is still to come: then all that nobody stands for will be struck.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Revocation,
    Nothing,
}

impl Plan {
    /// The acts by which somebody stands for what is asked, with the scopes they belong into.
    pub(super) fn acts(&self, author: CertificateId) -> impl Iterator<Item = (Scope, Act)> {
        self.feeds.iter().flat_map(move |(feed, asked)| {
            asked.iter().map(move |Asked { first, last }| {
                (feed.scope.clone(), Act::Stand { author, first: *first, last: *last })
            })
        })
    }

    /// Entries that are asked to stand.
    fn covered(&self) -> BTreeSet<EntryId> {
        self.feeds.iter().flat_map(|(feed, asked)| feed.covered(asked)).collect()
    }

    fn ask(&mut self, form: &StandForm) -> Result<(), DeskError> {
        if form.all {
            for (feed, asked) in &mut self.feeds {
                let all: Vec<EntryId> = feed.tips.clone();
                asked.extend(
                    all.into_iter().filter_map(|tip| feed.chain(tip).last().map(|first| Asked { first, last: tip })),
                );
            }
        }
        for last in &form.until {
            let (at, last) = self.find(last)?;
            if let Some((feed, asked)) = self.feeds.get_mut(at) {
                asked.extend(feed.chain(last).last().map(|first| Asked { first, last }));
            }
        }
        for stretch in &form.stretches {
            let ((at, last), (of_first, first)) = (self.find(&stretch.last)?, self.find(&stretch.first)?);
            let bad = || DeskError::new(Code::BadStretch).with("first", &stretch.first).with("last", &stretch.last);
            let (feed, asked) = self.feeds.get_mut(at).filter(|_| at == of_first).ok_or_else(bad)?;
            if !feed.chain(last).any(|id| id == first) {
                return Err(bad());
            }
            asked.push(Asked { first, last });
        }
        Ok(())
    }

    /// The entry that begins like this, among those of all feeds, and the feed.
    fn find(&self, prefix: &str) -> Result<(usize, EntryId), DeskError> {
        check_prefix(prefix)?;
        let all =
            self.feeds.iter().enumerate().flat_map(|(at, (feed, _))| feed.entries.iter().map(move |(id, _)| (at, *id)));
        let mut found = all.filter(|(_, id)| is_prefix(prefix, &id.to_string()));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(DeskError::new(Code::NotInFeeds).with("entry", super::shortened(prefix))),
            _ => Err(DeskError::new(Code::AmbiguousId).with("value", prefix)),
        }
    }
}

impl FeedHere {
    fn read(sight: &Sight<'_>, scope: Scope, feed: &Feed) -> Result<FeedHere, RecordsFailure> {
        let (mut entries, mut prev, mut struck) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for at in indexes(sight.store, &key::feed_log_prefix(&feed.key))? {
            let entry = sight.replica.entry(at, sight.store)?;
            let id = entry.id();
            if sight.replica.strike(&entry, sight.store)?.is_some() {
                struck.insert(id);
            }
            entries.push((id, entry.header().seq));
            prev.insert(id, entry.header().prev);
        }
        let tips = feed.tips.iter().map(|tip| tip.id).collect();
        Ok(FeedHere { scope, entries, prev, tips, struck })
    }

    /// From an entry back to the first.
    fn chain(&self, last: EntryId) -> impl Iterator<Item = EntryId> {
        std::iter::successors(Some(last), |id| self.prev.get(id).copied().flatten())
            .take_while(|id| self.prev.contains_key(id))
    }

    fn covered(&self, asked: &[Asked]) -> BTreeSet<EntryId> {
        let mut covered = BTreeSet::new();
        for Asked { first, last } in asked {
            for id in self.chain(*last) {
                covered.insert(id);
                if id == *first {
                    break;
                }
            }
        }
        covered
    }

    fn shown(&self, asked: &[Asked], before: Before, names: &Names) -> FeedStanding {
        let mut stands = self.covered(asked);
        if before == Before::Nothing {
            let standing = self.entries.iter().map(|(id, _)| *id).filter(|id| !self.struck.contains(id));
            stands.extend(standing);
        }
        let first = self.entries.iter().min_by_key(|(_, seq)| *seq).map(|(id, _)| id.to_string());
        FeedStanding {
            unit: self.scope.home.to_string(),
            unit_name: names.unit(&self.scope.home).into(),
            shelf: shelf_name(self.scope.shelf).into(),
            reach: reach_name(self.scope.reach).into(),
            entries: self.entries.len() as u64,
            stands: stands.len() as u64,
            first: first.unwrap_or_default(),
            tips: self.tips.iter().map(ToString::to_string).collect(),
            stretches: asked
                .iter()
                .map(|asked| StretchShown { first: asked.first.to_string(), last: asked.last.to_string() })
                .collect(),
        }
    }
}

/// The reason of a name.
pub(super) fn reason_of(name: &str) -> Result<RevokeReason, DeskError> {
    let unknown = || DeskError::new(Code::BadReason).with("value", super::shortened(name));
    RevokeReason::from_name(name).ok_or_else(unknown)
}

fn feeds_of(sight: &Sight<'_>, author: &CertificateId) -> Vec<(Scope, Feed)> {
    let frontier = sight.replica.frontier();
    frontier.scopes().filter_map(|scope| Some((scope.clone(), frontier.feed(&scope, author)?.clone()))).collect()
}

fn shelf_name(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::CHARTER => "charter",
        Shelf::CASE => "case",
        Shelf::LIBRARY => "library",
        _ => "unknown",
    }
}

fn reach_name(reach: Reach) -> &'static str {
    match reach {
        Reach::UP => "up",
        Reach::DOWN => "down",
        Reach::LOCAL => "local",
        _ => "unknown",
    }
}
