//! Who may do what: one table of role × deed × unit relation, and the verdict on every entry.
//!
//! The verdict of an entry homed at X is a pure function of its scope, the charters of X and its ancestors, and nothing
//! else: not arrival order, not receipts, not the local clock, not a document elsewhere. It is asked at both doors:
//! what is not valid is refused when *written*; when *received* it is kept, relayed and void, with the reason shown.
//! What a revocation strikes on top of that is [`crate::trust::revocation`]'s. Source: architecture §6, domain §3.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::{
    limits::{
        BASIS_CHARS_MAX, PACK_PART_BYTES_MAX, ROOT_KEYS_MAX, UNITS_PER_ACT_MAX, WITNESS_THRESHOLD_MAX, WITNESSES_MAX,
    },
    record::{
        body::{Act, Body, BodyFault, Content},
        entry::{Entry, Header, Kind, Reach},
        feed::HeaderFault,
    },
    trust::{
        charter::{CertificateFault, Certified, Charter, Role, is_name},
        key::PublicKey,
        revocation::Strike,
        root::Agreement,
    },
    work::{
        case::deed::CaseDeed,
        pack::published::is_publishable,
        schema::{Schema, SchemaFault},
    },
};

/// What an entry does, as far as authority is concerned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Deed {
    /// Edits a document of a kind.
    Edit(Kind),
    /// Endorses something in a document of a kind.
    Endorse(Kind),
    /// Revokes a certificate.
    Revoke,
    /// Stands for a stretch of a feed.
    Stand,
    /// Takes words out of an entry.
    Redact,
    /// Hands the root over.
    ReplaceRoot,
    /// Names the witnesses.
    Witnesses,
    /// Names a holder.
    NameHolder,
    /// Names units.
    NameUnits,
    /// Publishes a year of the calendar.
    PublishCalendar,
    /// Publishes a policy pack, or a part of one.
    PublishPack,
    /// Acts in the inner file of a case.
    Deliberate,
    /// Acts in the outer file for the unit that warns.
    Warn,
    /// Acts in the outer file for the subject.
    Answer,
    /// Acts in a report for the unit that reports.
    Report,
    /// Acts in a report for the unit it lies with.
    HandleReport,
    /// Acts in a triage.
    Triage,
    /// Gives or strikes a serial number.
    NumberPapers,
    /// Says which posts the unit manages.
    ManagePosts,
    /// Shares something of a report or a case with a department.
    Share,
    /// Answers for the department what was shared with it.
    Respond,
}

/// Where the author's unit must stand, seen from the home.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// At the home itself, and that is the root: what is said holds for the whole tree.
    Root,
    /// At the home itself.
    Home,
    /// At the home or above it.
    HomeOrAbove,
}

/// One line of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leave {
    /// With this role …
    pub role: Role,
    /// … one may do this …
    pub deed: Deed,
    /// … standing here.
    pub standing: Standing,
}

const fn leave(role: Role, deed: Deed, standing: Standing) -> Leave {
    Leave { role, deed, standing }
}

/// The whole authority of this version. `certify` is not here: a certificate says itself what it may issue.
pub const TABLE: &[Leave] = &[
    leave(Role::REPORTER, Deed::Edit(Kind::REPORT), Standing::Home),
    leave(Role::INVITED_REPORTER, Deed::Edit(Kind::REPORT), Standing::Home),
    leave(Role::ANALYST, Deed::Edit(Kind::REPORT), Standing::HomeOrAbove),
    leave(Role::REPORTER, Deed::Edit(Kind::RISK), Standing::Home),
    leave(Role::POST_HOLDER, Deed::Edit(Kind::RISK), Standing::Home),
    leave(Role::ANALYST, Deed::Edit(Kind::RISK), Standing::HomeOrAbove),
    leave(Role::DISCIPLINE_LEAD, Deed::Edit(Kind::RISK), Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::Edit(Kind::RISK), Standing::HomeOrAbove),
    // Of what follows the pack says who exactly, and the folds ask it.
    leave(Role::REPORTER, Deed::Report, Standing::Home),
    leave(Role::INVITED_REPORTER, Deed::Report, Standing::Home),
    leave(Role::ANALYST, Deed::Report, Standing::HomeOrAbove),
    leave(Role::ANALYST, Deed::HandleReport, Standing::HomeOrAbove),
    leave(Role::DISCIPLINE_LEAD, Deed::HandleReport, Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::HandleReport, Standing::HomeOrAbove),
    leave(Role::PARTY_COMMITTEE, Deed::HandleReport, Standing::HomeOrAbove),
    leave(Role::LEADING_GROUP, Deed::HandleReport, Standing::HomeOrAbove),
    leave(Role::ANALYST, Deed::Triage, Standing::Home),
    leave(Role::DISCIPLINE_LEAD, Deed::Triage, Standing::Home),
    leave(Role::SECRETARY, Deed::Triage, Standing::Home),
    leave(Role::PARTY_COMMITTEE, Deed::Triage, Standing::Home),
    leave(Role::LEADING_GROUP, Deed::Triage, Standing::Home),
    leave(Role::ANALYST, Deed::Deliberate, Standing::HomeOrAbove),
    leave(Role::DISCIPLINE_LEAD, Deed::Deliberate, Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::Deliberate, Standing::HomeOrAbove),
    leave(Role::PARTY_COMMITTEE, Deed::Deliberate, Standing::HomeOrAbove),
    leave(Role::LEADING_GROUP, Deed::Deliberate, Standing::HomeOrAbove),
    leave(Role::ANALYST, Deed::Warn, Standing::HomeOrAbove),
    leave(Role::DISCIPLINE_LEAD, Deed::Warn, Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::Warn, Standing::HomeOrAbove),
    leave(Role::PARTY_COMMITTEE, Deed::Warn, Standing::HomeOrAbove),
    leave(Role::LEADING_GROUP, Deed::Warn, Standing::HomeOrAbove),
    leave(Role::POST_HOLDER, Deed::Answer, Standing::Home),
    leave(Role::REPORTER, Deed::Answer, Standing::Home),
    leave(Role::ANALYST, Deed::NumberPapers, Standing::Home),
    leave(Role::DISCIPLINE_LEAD, Deed::NumberPapers, Standing::Home),
    leave(Role::SECRETARY, Deed::NumberPapers, Standing::Home),
    leave(Role::PARTY_COMMITTEE, Deed::NumberPapers, Standing::Home),
    leave(Role::LEADING_GROUP, Deed::NumberPapers, Standing::Home),
    leave(Role::REPORTER, Deed::NumberPapers, Standing::Home),
    leave(Role::INVITED_REPORTER, Deed::NumberPapers, Standing::Home),
    leave(Role::SECRETARY, Deed::ManagePosts, Standing::Home),
    leave(Role::ANALYST, Deed::Share, Standing::HomeOrAbove),
    leave(Role::DISCIPLINE_LEAD, Deed::Share, Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::Share, Standing::HomeOrAbove),
    leave(Role::PARTY_COMMITTEE, Deed::Share, Standing::HomeOrAbove),
    leave(Role::LEADING_GROUP, Deed::Share, Standing::HomeOrAbove),
    leave(Role::REPORTER, Deed::Respond, Standing::Home),
    leave(Role::ANALYST, Deed::Respond, Standing::Home),
    leave(Role::DISCIPLINE_LEAD, Deed::Respond, Standing::Home),
    leave(Role::SECRETARY, Deed::Respond, Standing::Home),
    leave(Role::PARTY_COMMITTEE, Deed::Respond, Standing::Home),
    leave(Role::LEADING_GROUP, Deed::Respond, Standing::Home),
    leave(Role::SECRETARY, Deed::Endorse(Kind::CERTIFICATE), Standing::HomeOrAbove),
    leave(Role::ROOT, Deed::Endorse(Kind::CERTIFICATE), Standing::HomeOrAbove),
    leave(Role::ADMINISTRATOR, Deed::Revoke, Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::Revoke, Standing::HomeOrAbove),
    leave(Role::ROOT, Deed::Revoke, Standing::HomeOrAbove),
    leave(Role::ADMINISTRATOR, Deed::Stand, Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::Stand, Standing::HomeOrAbove),
    leave(Role::ROOT, Deed::Stand, Standing::HomeOrAbove),
    leave(Role::ROOT, Deed::Endorse(Kind::STAND), Standing::HomeOrAbove),
    leave(Role::DISCIPLINE_LEAD, Deed::Redact, Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::Redact, Standing::HomeOrAbove),
    leave(Role::PARTY_COMMITTEE, Deed::Redact, Standing::HomeOrAbove),
    leave(Role::DISCIPLINE_LEAD, Deed::Endorse(Kind::REDACTION), Standing::HomeOrAbove),
    leave(Role::SECRETARY, Deed::Endorse(Kind::REDACTION), Standing::HomeOrAbove),
    leave(Role::PARTY_COMMITTEE, Deed::Endorse(Kind::REDACTION), Standing::HomeOrAbove),
    leave(Role::ROOT, Deed::ReplaceRoot, Standing::Home),
    leave(Role::ROOT, Deed::Endorse(Kind::ROOT), Standing::Home),
    leave(Role::ROOT, Deed::Witnesses, Standing::Home),
    leave(Role::ROOT, Deed::Endorse(Kind::WITNESSES), Standing::Home),
    leave(Role::ADMINISTRATOR, Deed::NameHolder, Standing::HomeOrAbove),
    leave(Role::ADMINISTRATOR, Deed::NameUnits, Standing::HomeOrAbove),
    leave(Role::ADMINISTRATOR, Deed::PublishCalendar, Standing::Root),
    leave(Role::SECRETARY, Deed::PublishCalendar, Standing::Root),
    leave(Role::SECRETARY, Deed::PublishPack, Standing::HomeOrAbove),
];

/// What an entry is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It has effect.
    Valid,
    /// It is kept, relayed and has no effect.
    Void(VoidReason),
    /// It would be valid, but its author's certificate is dead and nobody stands for it: kept, relayed, shown crossed
    /// out, without effect.
    Struck(Strike),
}

/// Why an entry has no effect; at the writing door, why it is refused.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum VoidReason {
    /// No role of the author allows it from where the author stands.
    #[error("author has no role that allows this here")]
    NoAuthority,
    /// The claimed time is outside the certificate's validity.
    #[error("author's certificate was not valid at the claimed time")]
    OutsideValidity,
    /// A kind of a newer version.
    #[error("kind {} is unknown to this version", .0.0)]
    UnknownKind(Kind),
    /// A shelf or reach on which this kind does not stand.
    #[error("this kind does not stand on this shelf or reach")]
    WrongShelf,
    /// Not a body, or a newer version's.
    #[error("{0}")]
    IllFormedBody(#[from] BodyFault),
    /// An edit that does not fit its kind.
    #[error("{0}")]
    UnfittingEdit(#[from] SchemaFault),
    /// An act that does not belong into this kind of document, or says something no page can show.
    #[error("act does not belong into this document")]
    MisplacedAct,
    /// A certificate that may not stand.
    #[error("{0}")]
    Certificate(#[from] CertificateFault),
    /// The body is not here.
    #[error("body is not here")]
    NoBody,
    /// The root key's set is not the root, and never was.
    #[error("author's root keys are not the root")]
    RootNotInForce,
    /// The certificate this is about is not one its author may decide over, or not one of this document or scope.
    #[error("author may not decide over this certificate here")]
    NotEntitled,
    /// Not enough have said it yet.
    #[error("{} of the {} who must have said it", .0.have, .0.need)]
    Pending(Agreement),
}

impl Verdict {
    /// Its name in SPEC.md §4.5 and §4.6, in the API and in text keys.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Verdict::Valid => "valid",
            Verdict::Void(reason) => reason.code(),
            Verdict::Struck(strike) => strike.code(),
        }
    }
}

impl VoidReason {
    /// Its name in SPEC.md §4.5, in the API and in text keys.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            VoidReason::NoAuthority => "no_authority",
            VoidReason::OutsideValidity => "outside_validity",
            VoidReason::UnknownKind(_) => "unknown_kind",
            VoidReason::WrongShelf => "wrong_shelf",
            VoidReason::IllFormedBody(_) => "ill_formed_body",
            VoidReason::UnfittingEdit(_) => "unfitting_edit",
            VoidReason::MisplacedAct => "misplaced_act",
            VoidReason::Certificate(fault) => fault.code(),
            VoidReason::NoBody => "no_body",
            VoidReason::RootNotInForce => "root_not_in_force",
            VoidReason::NotEntitled => "not_entitled",
            VoidReason::Pending(_) => "pending",
        }
    }
}

impl Deed {
    /// Its name in SPEC.md §4.5 and in text keys, and the kind of document it is about, if it is about one.
    #[must_use]
    pub fn name(self) -> (&'static str, Option<Kind>) {
        match self {
            Deed::Edit(kind) => ("edit", Some(kind)),
            Deed::Endorse(kind) => ("endorse", Some(kind)),
            Deed::Revoke => ("revoke", None),
            Deed::Stand => ("stand", None),
            Deed::Redact => ("redact", None),
            Deed::ReplaceRoot => ("replace_root", None),
            Deed::Witnesses => ("witnesses", None),
            Deed::NameHolder => ("name_holder", None),
            Deed::NameUnits => ("name_units", None),
            Deed::PublishCalendar => ("publish_calendar", None),
            Deed::PublishPack => ("publish_pack", None),
            Deed::Deliberate => ("deliberate", None),
            Deed::Warn => ("warn", None),
            Deed::Answer => ("answer", None),
            Deed::Report => ("report", None),
            Deed::HandleReport => ("handle_report", None),
            Deed::Triage => ("triage", None),
            Deed::NumberPapers => ("number_papers", None),
            Deed::ManagePosts => ("manage_posts", None),
            Deed::Share => ("share", None),
            Deed::Respond => ("respond", None),
        }
    }
}

impl Standing {
    /// Its name in text keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Standing::Root => "root",
            Standing::Home => "home",
            Standing::HomeOrAbove => "home_or_above",
        }
    }
}

/// Whether the author may sign in this scope at all: the header rules of the second door that concern the certificate.
///
/// # Errors
///
/// [`HeaderFault::Certificate`], [`HeaderFault::AuthorUnit`] and [`HeaderFault::HomeOnly`].
pub fn may_sign<'c>(charter: &'c Charter, header: &Header) -> Result<&'c Certified, HeaderFault> {
    let author = charter.complete(&header.author).ok_or(HeaderFault::Certificate { author: header.author })?;
    let unit = &author.certificate.unit;
    if !unit.contains(&header.scope.home) {
        let (unit, home) = (unit.to_string(), header.scope.home.to_string());
        return Err(HeaderFault::AuthorUnit { unit, home });
    }
    if author.home_only && (*unit != header.scope.home || header.scope.reach != Reach::UP) {
        return Err(HeaderFault::HomeOnly);
    }
    Ok(author)
}

/// The body of an entry that is not void, as far as can be said before anybody else has agreed to it: what is asked
/// before it is signed.
///
/// # Errors
///
/// Why the entry is void; never [`VoidReason::Pending`].
pub fn judge(charter: &Charter, header: &Header, body: Option<&[u8]>) -> Result<Body, VoidReason> {
    place(charter, header)?;
    let body = Body::parse(body.ok_or(VoidReason::NoBody)?)?;
    may_say(charter, header, &body.content)?;
    may_count(charter, header, &body.content)?;
    Ok(body)
}

/// The body of an entry that is not void.
///
/// # Errors
///
/// Why the entry is void.
pub fn judge_said(charter: &Charter, entry: &Entry, body: Option<&[u8]>) -> Result<Body, VoidReason> {
    let body = judge(charter, entry.header(), body)?;
    is_agreed(charter, entry, &body.content)?;
    Ok(body)
}

/// Whether what remains of a redacted entry is not void.
///
/// # Errors
///
/// Why the entry is void.
pub fn judge_remains(charter: &Charter, entry: &Entry, remains: &Content) -> Result<(), VoidReason> {
    may_say(charter, entry.header(), remains)?;
    may_count(charter, entry.header(), remains)?;
    is_agreed(charter, entry, remains)
}

/// Whether the author may write into documents of this kind here at all.
fn place<'c>(charter: &'c Charter, header: &Header) -> Result<(&'c Certified, &'static Schema), VoidReason> {
    let author = charter.complete(&header.author).ok_or(VoidReason::NoAuthority)?;
    let schema = Schema::of(header.kind).ok_or(VoidReason::UnknownKind(header.kind))?;
    if !schema.shelves.contains(&header.scope.shelf) || !schema.reaches.contains(&header.scope.reach) {
        return Err(VoidReason::WrongShelf);
    }
    Ok((author, schema))
}

/// Whether the author may say this here: what the entry and its author's certificate alone decide, so that it never
/// changes. Only such acts are taken into a charter.
///
/// # Errors
///
/// Why the entry is void.
pub(crate) fn may_say(charter: &Charter, header: &Header, content: &Content) -> Result<(), VoidReason> {
    let (author, schema) = place(charter, header)?;
    if !author.certificate.is_valid_at(header.claimed_time_s) {
        return Err(VoidReason::OutsideValidity);
    }
    match content {
        Content::Edit(steps) => {
            if schema.fields.is_empty() {
                return Err(VoidReason::MisplacedAct);
            }
            schema.check(steps)?;
        }
        Content::Act(act) if !homes_of(act).contains(&header.kind) || !is_sound(act, header) => {
            return Err(VoidReason::MisplacedAct);
        }
        Content::Act(_) => {}
    }
    if let Content::Act(Act::Certify(certificate)) = content {
        return Ok(charter.may_certify(header, certificate)?);
    }
    let deed = deed_of(content, header.kind);
    let home = &header.scope.home;
    let at_home = author.certificate.unit == *home;
    let allowed = TABLE.iter().any(|line| {
        let stands = match line.standing {
            Standing::Root => at_home && home.parent().is_none(),
            Standing::Home => at_home,
            Standing::HomeOrAbove => true,
        };
        Some(line.deed) == deed && author.certificate.has(line.role) && stands
    });
    if allowed { Ok(()) } else { Err(VoidReason::NoAuthority) }
}

/// Whether it counts, coming from this author: what the charter decides.
fn may_count(charter: &Charter, header: &Header, content: &Content) -> Result<(), VoidReason> {
    let agrees_to_a_root = header.kind == Kind::ROOT && matches!(content, Content::Act(Act::Endorse { .. }));
    if !charter.is_in_force(&header.author) && !agrees_to_a_root {
        return Err(VoidReason::RootNotInForce);
    }
    let is_entitled = match content {
        Content::Act(Act::Revoke { subject, .. }) => {
            charter.is_entitled_to_revoke(&header.author, &header.document(), subject)
        }
        Content::Act(Act::Stand { author, .. }) => charter.is_entitled_to_stand(&header.author, &header.scope, author),
        _ => true,
    };
    if is_entitled { Ok(()) } else { Err(VoidReason::NotEntitled) }
}

/// Whether as many have said it as must.
fn is_agreed(charter: &Charter, entry: &Entry, content: &Content) -> Result<(), VoidReason> {
    let (id, header) = (entry.id(), entry.header());
    let agreement = match content {
        Content::Act(Act::Endorse { .. }) => None,
        Content::Act(Act::Redact { .. }) => Some(charter.agreement_to_redact(&id, &header.author, &header.document())),
        _ => charter.agreement(&id, &header.author, &header.document()),
    };
    match agreement.filter(|agreement| !agreement.is_reached()) {
        Some(agreement) => Err(VoidReason::Pending(agreement)),
        None => Ok(()),
    }
}

/// The kinds of documents an act belongs into.
fn homes_of(act: &Act) -> &'static [Kind] {
    match act {
        Act::Certify(_) | Act::Revoke { .. } => &[Kind::CERTIFICATE],
        Act::Endorse { .. } => &[Kind::CERTIFICATE, Kind::STAND, Kind::REDACTION, Kind::ROOT, Kind::WITNESSES],
        Act::NameHolder(_) => &[Kind::HOLDER],
        Act::NameUnits(_) => &[Kind::UNITS],
        Act::Inner(_) => &[Kind::CASE_INNER],
        Act::Outer(_) => &[Kind::CASE_OUTER],
        Act::Report(_) => &[Kind::REPORT],
        Act::Triage(_) => &[Kind::TRIAGE],
        Act::Series(_) => &[Kind::PAPER_SERIES],
        Act::Cadre(_) => &[Kind::CADRES],
        Act::Share(_) => &[Kind::SHARING],
        Act::Stand { .. } => &[Kind::STAND],
        Act::Redact { .. } => &[Kind::REDACTION],
        Act::ReplaceRoot { .. } => &[Kind::ROOT],
        Act::Witnesses { .. } => &[Kind::WITNESSES],
        Act::PublishCalendar(_) => &[Kind::CALENDAR],
        Act::PackPart { .. } | Act::PublishPack(_) => &[Kind::PACK],
    }
}

fn is_sound(act: &Act, header: &Header) -> bool {
    match act {
        Act::NameHolder(name) => name.is_sound(),
        Act::NameUnits(rows) => {
            rows.len() <= UNITS_PER_ACT_MAX
                && rows.iter().all(|row| row.is_sound() && header.scope.home.contains(&row.unit))
        }
        Act::Redact { basis, .. } => (1..=BASIS_CHARS_MAX).contains(&basis.chars().count()),
        Act::ReplaceRoot { keys, threshold } => {
            keys.len() <= ROOT_KEYS_MAX && is_threshold(*threshold, keys) && *threshold > 0
        }
        Act::Witnesses { threshold, members } => {
            let keys: Vec<PublicKey> = members.iter().map(|member| member.key).collect();
            members.len() <= WITNESSES_MAX
                && usize::from(*threshold) <= WITNESS_THRESHOLD_MAX
                && is_threshold(*threshold, &keys)
                && members.iter().all(|member| is_name(&member.name))
        }
        Act::PublishCalendar(year) => year.check_published().is_empty(),
        Act::PackPart { bytes } => (1..=PACK_PART_BYTES_MAX).contains(&bytes.len()),
        Act::PublishPack(publication) => is_publishable(publication),
        // The rest of what can be wrong with these the folds find: they know the rules.
        Act::Certify(_)
        | Act::Endorse { .. }
        | Act::Revoke { .. }
        | Act::Stand { .. }
        | Act::Inner(_)
        | Act::Outer(_)
        | Act::Report(_)
        | Act::Triage(_)
        | Act::Series(_)
        | Act::Cadre(_)
        | Act::Share(_) => true,
    }
}

/// Whether so many of these keys can agree: no key is named twice, and nobody is asked only if nobody is named.
fn is_threshold(threshold: u8, keys: &[PublicKey]) -> bool {
    let different: BTreeSet<[u8; 32]> = keys.iter().map(PublicKey::bytes).collect();
    different.len() == keys.len() && usize::from(threshold) <= keys.len() && (threshold > 0 || keys.is_empty())
}

fn deed_of(content: &Content, kind: Kind) -> Option<Deed> {
    Some(match content {
        Content::Edit(_) => Deed::Edit(kind),
        Content::Act(Act::Certify(_)) => return None,
        Content::Act(Act::Endorse { .. }) => Deed::Endorse(kind),
        Content::Act(Act::NameHolder(_)) => Deed::NameHolder,
        Content::Act(Act::NameUnits(_)) => Deed::NameUnits,
        Content::Act(Act::Inner(_)) => Deed::Deliberate,
        Content::Act(Act::Outer(act)) if CaseDeed::of_outer(act).is_of_subject() => Deed::Answer,
        Content::Act(Act::Outer(_)) => Deed::Warn,
        Content::Act(Act::Report(act)) if act.is_of_reporter() => Deed::Report,
        Content::Act(Act::Report(_)) => Deed::HandleReport,
        Content::Act(Act::Triage(_)) => Deed::Triage,
        Content::Act(Act::Series(_)) => Deed::NumberPapers,
        Content::Act(Act::Cadre(_)) => Deed::ManagePosts,
        Content::Act(Act::Share(act)) if act.is_of_department() => Deed::Respond,
        Content::Act(Act::Share(_)) => Deed::Share,
        Content::Act(Act::Revoke { .. }) => Deed::Revoke,
        Content::Act(Act::Stand { .. }) => Deed::Stand,
        Content::Act(Act::Redact { .. }) => Deed::Redact,
        Content::Act(Act::ReplaceRoot { .. }) => Deed::ReplaceRoot,
        Content::Act(Act::Witnesses { .. }) => Deed::Witnesses,
        Content::Act(Act::PublishCalendar(_)) => Deed::PublishCalendar,
        Content::Act(Act::PackPart { .. } | Act::PublishPack(_)) => Deed::PublishPack,
    })
}

#[cfg(test)]
mod tests;
