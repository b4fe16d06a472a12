//! Revocation: which certificates are dead, which stretches of their feeds somebody stands for, and so what is struck.
//!
//! `revoke` strikes everything a certificate ever said; `stand` vouches for a stretch of one of its feeds, so that this
//! counts all the same. Both count only from somebody of lower rank, so going up the ranks each question is answered by
//! what was answered before: it ends, has one answer, and the order in which things arrived has no part in it. What is
//! struck is kept and relayed like anything else; only verdicts know of it. Source: architecture §6.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use thiserror::Error;

use crate::{
    record::{
        body::RevokeReason,
        entry::{CertificateId, DocKey, EntryId, Header, Reach, Scope, Shelf},
    },
    trust::{
        charter::{Certified, Charter, Endorsement, Role},
        redaction::Redaction,
        root::WitnessPolicy,
    },
};

/// Why what a certificate says is struck: kept and relayed, shown crossed out, without effect.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum Strike {
    /// The certificate was revoked.
    #[error("author's certificate was revoked")]
    Revoked {
        /// The `revoke` entry; of several the one with the smallest id.
        revoke: EntryId,
        /// What it gives as its reason.
        reason: RevokeReason,
    },
    /// What issued the certificate is itself without effect.
    #[error("issue of the author's certificate is without effect")]
    Issue,
    /// Every endorsement the certificate needs is itself without effect.
    #[error("endorsement of the author's certificate is without effect")]
    Endorsement,
    /// The root was handed over to other keys.
    #[error("root was handed over")]
    Root {
        /// The *replace root* entry.
        successor: EntryId,
    },
}

/// A `revoke` act, as it was taken in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Revoke {
    id: EntryId,
    author: CertificateId,
    document: DocKey,
    reason: RevokeReason,
}

/// A `stand` act, as it was taken in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stand {
    /// The entry.
    pub id: EntryId,
    /// Who stands.
    pub author: CertificateId,
    /// Where: the scope of the feed, too.
    pub document: DocKey,
    /// Place of the act in its own feed.
    pub seq: u64,
    /// The first entry vouched for.
    pub first: EntryId,
    /// The last.
    pub last: EntryId,
}

/// What was said about certificates and entries, and how the entries of charters hang together.
#[derive(Clone, Default, Debug)]
pub struct Acts {
    revokes: BTreeMap<CertificateId, Vec<Revoke>>,
    /// By the feed they speak of.
    stands: BTreeMap<FeedOf, Vec<Stand>>,
    pub(super) redactions: BTreeMap<EntryId, BTreeMap<EntryId, Redaction>>,
    pub(super) policies: Vec<WitnessPolicy>,
    feeds: BTreeMap<FeedOf, Chain>,
    links: BTreeMap<EntryId, Link>,
}

/// Names a feed.
type FeedOf = (Scope, CertificateId);

/// What is known of one feed on the charter shelf.
#[derive(Clone, Copy, Debug)]
struct Chain {
    number: u32,
    tip: EntryId,
    branched: bool,
}

/// Where an entry on the charter shelf stands.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// [`Chain::number`].
    feed: u32,
    seq: u64,
    prev: Option<EntryId>,
}

/// A stretch of one feed, from its first entry to its last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stretch {
    /// Of a feed that never branched: between these places, both included.
    Between(u64, u64),
    /// Of one that did: these.
    Of(BTreeSet<EntryId>),
}

/// What became of certificates, and what somebody stands for all the same.
#[derive(Clone, Default, Debug)]
pub struct Standing {
    dead: BTreeMap<CertificateId, Strike>,
    /// By feed; on the charter shelf only.
    stretches: BTreeMap<FeedOf, Vec<Stretch>>,
}

/// Whose word goes before whose: roots before all others, a later root before an earlier one, then by rank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Grade(u16, usize);

impl Strike {
    /// Its name in SPEC.md §4.6, in the API and in text keys.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Strike::Revoked { .. } => "struck_revoked",
            Strike::Issue => "struck_issue",
            Strike::Endorsement => "struck_endorsement",
            Strike::Root { .. } => "struck_root",
        }
    }
}

impl Stretch {
    /// Whether an entry of the feed, at this place of it, is in the stretch.
    #[must_use]
    pub fn covers(&self, id: &EntryId, seq: u64) -> bool {
        match self {
            Stretch::Between(first, last) => (*first..=*last).contains(&seq),
            Stretch::Of(entries) => entries.contains(id),
        }
    }
}

impl Acts {
    /// Remembers where an entry on the charter shelf stands.
    pub(super) fn link(&mut self, id: EntryId, header: &Header) {
        if self.links.contains_key(&id) {
            return;
        }
        let number = u32::try_from(self.feeds.len()).unwrap_or(u32::MAX);
        let chain = self.feeds.entry((header.scope.clone(), header.author));
        let chain = chain.and_modify(|chain| {
            // A feed arrives in its own order: what does not go on from its end began another branch.
            chain.branched |= header.prev != Some(chain.tip);
            chain.tip = id;
        });
        let feed = chain.or_insert(Chain { number, tip: id, branched: false }).number;
        self.links.insert(id, Link { feed, seq: header.seq, prev: header.prev });
    }

    /// The stretch somebody stands for in a feed of the charter shelf, or `None` if there is no such stretch there.
    fn stretch(&self, feed: &FeedOf, stand: &Stand) -> Option<Stretch> {
        let chain = self.feeds.get(feed)?;
        let in_feed = |id: &EntryId| self.links.get(id).filter(|link| link.feed == chain.number);
        let (first, last) = (in_feed(&stand.first)?, in_feed(&stand.last)?);
        if !chain.branched {
            return (first.seq <= last.seq).then_some(Stretch::Between(first.seq, last.seq));
        }
        let mut entries = BTreeSet::new();
        let mut at = stand.last;
        loop {
            entries.insert(at);
            if at == stand.first {
                return Some(Stretch::Of(entries));
            }
            at = self.links.get(&at).filter(|link| link.seq > first.seq)?.prev?;
        }
    }
}

impl Charter {
    /// Remembers where an entry on the charter shelf stands.
    pub(crate) fn link(&mut self, id: EntryId, header: &Header) {
        if header.scope.shelf == Shelf::CHARTER {
            self.acts_mut().link(id, header);
        }
    }

    /// Takes in a `revoke` act whose signature holds and that is well said.
    pub(crate) fn revoke(&mut self, id: EntryId, header: &Header, subject: CertificateId, reason: RevokeReason) {
        let revoke = Revoke { id, author: header.author, document: header.document(), reason };
        let all = self.acts_mut().revokes.entry(subject).or_default();
        if !all.contains(&revoke) {
            all.push(revoke);
        }
    }

    /// Takes in a `stand` act whose signature holds and that is well said.
    pub(crate) fn stand(&mut self, id: EntryId, header: &Header, feed: CertificateId, first: EntryId, last: EntryId) {
        let (author, document, seq) = (header.author, header.document(), header.seq);
        let stand = Stand { id, author, document, seq, first, last };
        let all = self.acts_mut().stands.entry((header.scope.clone(), feed)).or_default();
        if !all.contains(&stand) {
            all.push(stand);
        }
    }

    /// What was taken in, to be added to: what was made of it is to be made again.
    pub(super) fn acts_mut(&mut self) -> &mut Acts {
        self.standing.take();
        Arc::make_mut(&mut self.acts)
    }

    /// Why a certificate is dead, or `None` if it is not. What it said is struck, but where somebody stands for it.
    #[must_use]
    pub fn dead(&self, id: &CertificateId) -> Option<Strike> {
        self.standing().dead.get(id).copied()
    }

    /// Whether nothing at all is struck in this tree.
    #[must_use]
    pub fn is_unstruck(&self) -> bool {
        self.standing().dead.is_empty()
    }

    /// Why an entry on the charter shelf is struck, or `None` if it is not.
    #[must_use]
    pub fn strike(&self, id: &EntryId, header: &Header) -> Option<Strike> {
        self.standing().strike(&header.author, &header.scope, id, header.seq)
    }

    /// Whether somebody may decide over a certificate: of lower rank, of a unit that contains the certificate's, a
    /// secretary or the root, or an administrator where no casework role is concerned.
    #[must_use]
    pub fn may_revoke(&self, by: &CertificateId, certified: &Certified) -> bool {
        let subject = &certified.certificate;
        self.complete(by).is_some_and(|by| {
            let by = &by.certificate;
            let has_role = by.has(Role::SECRETARY)
                || by.has(Role::ROOT)
                || (by.has(Role::ADMINISTRATOR) && !subject.needs_endorsement());
            has_role && by.unit.contains(&subject.unit) && by.rank < subject.rank
        })
    }

    /// Whether a `revoke` in this document may count: it stands in that of the certificate it names.
    #[must_use]
    pub fn is_entitled_to_revoke(&self, by: &CertificateId, document: &DocKey, subject: &CertificateId) -> bool {
        let certified = self.certificate(subject).filter(|certified| certified.document == *document);
        certified.is_some_and(|certified| self.may_revoke(by, certified))
    }

    /// Whether a `stand` in this scope may count: the certificate may write there at all, and its author may decide over
    /// it, or is a key of a root that came after it.
    #[must_use]
    pub fn is_entitled_to_stand(&self, by: &CertificateId, scope: &Scope, author: &CertificateId) -> bool {
        let Some(certified) = self.complete(author) else { return false };
        let unit = &certified.certificate.unit;
        // Else some of those who keep this scope would know the certificate, and others not.
        let writes_here =
            unit.contains(&scope.home) && (!certified.home_only || (*unit == scope.home && scope.reach == Reach::UP));
        let later_root = || match (self.roots.generations_since(by), self.roots.generations_since(author)) {
            (Some(by), Some(author)) => by < author,
            _ => false,
        };
        writes_here && (self.may_revoke(by, certified) || later_root())
    }

    /// The valid stands in a scope, whoever they are about, in the order in which they are to be looked at.
    pub(crate) fn stands_in(&self, scope: &Scope) -> Vec<(CertificateId, &Stand)> {
        let feeds = self.acts.stands.iter().filter(|((at, _), _)| at == scope);
        let mut stands: Vec<_> = feeds
            .flat_map(|((_, author), stands)| stands.iter().map(move |stand| (*author, stand)))
            .filter_map(|(author, stand)| Some((self.grade_of_stand(&author, stand)?, author, stand)))
            .collect();
        stands.sort_by_key(|(grade, _, stand)| (*grade, stand.id));
        stands.into_iter().map(|(_, author, stand)| (author, stand)).collect()
    }

    /// The scopes in which anybody stands for anything.
    pub(crate) fn scopes_of_stands(&self) -> BTreeSet<Scope> {
        self.acts.stands.keys().map(|(scope, _)| scope.clone()).collect()
    }

    /// Whether anybody stands for something in a feed.
    pub(crate) fn has_stands(&self, scope: &Scope, author: &CertificateId) -> bool {
        !self.acts.stands.is_empty() && self.acts.stands.contains_key(&(scope.clone(), *author))
    }

    /// What became of certificates.
    fn standing(&self) -> &Standing {
        self.standing.get_or_init(|| Arc::new(Standing::find_out(self)))
    }

    /// The author's grade, if a stand is valid.
    fn grade_of_stand(&self, feed: &CertificateId, stand: &Stand) -> Option<Grade> {
        let may = self.is_entitled_to_stand(&stand.author, &stand.document.scope, feed);
        (may && self.is_agreed(&stand.id, &stand.author, &stand.document)).then(|| self.grade(&stand.author))?
    }

    /// Whether what a certificate says can count and, of a root key, enough others have said it too.
    pub(super) fn is_agreed(&self, id: &EntryId, author: &CertificateId, document: &DocKey) -> bool {
        self.is_in_force(author) && self.agreement(id, author, document).is_none_or(super::root::Agreement::is_reached)
    }

    fn grade(&self, id: &CertificateId) -> Option<Grade> {
        let rank = self.complete(id)?.certificate.rank;
        match self.roots.members.contains_key(id) {
            true => self.roots.generations_since(id).map(|later| Grade(0, later)),
            false => Some(Grade(rank, 0)),
        }
    }
}

impl Standing {
    /// Goes up the grades: each certificate is judged by what those before it said, and each stand by what became of
    /// its author.
    fn find_out(charter: &Charter) -> Standing {
        let mut standing = Standing::default();
        let acts = &charter.acts;
        if acts.revokes.is_empty() && charter.roots.line.len() == 1 {
            return standing;
        }
        let mut stands: Vec<(Grade, &FeedOf, &Stand)> = Vec::new();
        for (feed, all) in acts.stands.iter().filter(|((scope, _), _)| scope.shelf == Shelf::CHARTER) {
            stands.extend(all.iter().filter_map(|stand| Some((charter.grade_of_stand(&feed.1, stand)?, feed, stand))));
        }
        stands.sort_by_key(|(grade, _, stand)| (*grade, stand.id));
        let mut stands = stands.into_iter().peekable();
        let graded = charter.every().filter_map(|(id, certified)| Some((charter.grade(id)?, id, certified)));
        let mut graded: Vec<_> = graded.collect();
        graded.sort_by_key(|(grade, id, _)| (*grade, **id));
        for (grade, id, certified) in graded {
            while let Some((_, feed, stand)) = stands.next_if(|(of_stand, ..)| *of_stand < grade) {
                standing.vouch(acts, feed, stand);
            }
            if let Some(strike) = standing.look_at(charter, id, certified) {
                standing.dead.insert(*id, strike);
            }
        }
        for (_, feed, stand) in stands {
            standing.vouch(acts, feed, stand);
        }
        standing
    }

    /// Takes a stand into account, if it has effect itself.
    fn vouch(&mut self, acts: &Acts, feed: &FeedOf, stand: &Stand) {
        if self.strike(&stand.author, &stand.document.scope, &stand.id, stand.seq).is_none()
            && let Some(stretch) = acts.stretch(feed, stand)
        {
            self.stretches.entry(feed.clone()).or_default().push(stretch);
        }
    }

    /// Why a certificate is dead, all before it being judged.
    fn look_at(&self, charter: &Charter, id: &CertificateId, certified: &Certified) -> Option<Strike> {
        if charter.roots.members.contains_key(id) {
            return charter.roots.successor_of(id).map(|successor| Strike::Root { successor });
        }
        let has_effect = |author: &CertificateId, document: &DocKey, id: &EntryId| {
            charter.is_agreed(id, author, document) && self.is_untouched(charter, author, &document.scope, id)
        };
        let revokes = charter.acts.revokes.get(id).into_iter().flatten();
        let counting = revokes.filter(|revoke| {
            charter.is_entitled_to_revoke(&revoke.author, &revoke.document, id)
                && has_effect(&revoke.author, &revoke.document, &revoke.id)
        });
        if let Some(revoke) = counting.min_by_key(|revoke| revoke.id) {
            return Some(Strike::Revoked { revoke: revoke.id, reason: revoke.reason });
        }
        let issuer = certified.issuer?;
        if !has_effect(&issuer, &certified.document, id) {
            return Some(Strike::Issue);
        }
        let by_root = charter.roots.members.contains_key(&issuer);
        let stands = |endorsement: &Endorsement| {
            charter.is_in_force(&endorsement.author)
                && self.is_untouched(charter, &endorsement.author, &endorsement.document.scope, &endorsement.id)
        };
        let lacks =
            certified.certificate.needs_endorsement() && !by_root && !charter.is_endorsed(id, certified, &stands);
        lacks.then_some(Strike::Endorsement)
    }

    /// Whether an entry on the charter shelf that is here is not struck.
    fn is_untouched(&self, charter: &Charter, author: &CertificateId, scope: &Scope, id: &EntryId) -> bool {
        let seq = charter.acts.links.get(id).map_or(0, |link| link.seq);
        self.strike(author, scope, id, seq).is_none()
    }

    fn strike(&self, author: &CertificateId, scope: &Scope, id: &EntryId, seq: u64) -> Option<Strike> {
        let strike = *self.dead.get(author)?;
        let stretches = self.stretches.get(&(scope.clone(), *author));
        let covered = stretches.is_some_and(|stretches| stretches.iter().any(|stretch| stretch.covers(id, seq)));
        (!covered).then_some(strike)
    }
}

#[cfg(test)]
pub(crate) mod tests;
