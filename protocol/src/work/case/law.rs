//! What a case's rules ask of the world, and the questions both files ask alike.

use std::collections::BTreeSet;

use super::{
    act::{Interviewer, Meeting, Subject, TermSet},
    folding::Crossing,
    refusal::CaseRefusal,
    table::Row,
};
use crate::{
    record::entry::{DocKey, EntryId, Hash},
    trust::charter::{HolderId, Role},
    work::{
        calendar::{Term, TermUnit},
        case::Level,
        pack::{
            Pack,
            casework::InterviewRule,
            level::{Condition, Decider, LevelRule, TermRule, To, Way},
            published::PackName,
        },
        unit::UnitPath,
    },
};

/// What a fold asks of what stands around a file's acts. The same at every keeper of the file.
pub trait World {
    /// A pack, or `None` if nobody published it.
    fn pack(&self, name: &PackName) -> Option<&Pack>;

    /// Whether a hash is that of these entries as they were shown. What was decided before words were taken out of them
    /// stays decided.
    fn was_shown(&self, ids: &[EntryId], signed: &Hash) -> bool;

    /// Whether the author of the first entry had seen the second one, itself or through others.
    fn saw(&self, one: &EntryId, other: &EntryId) -> bool;
}

/// What a file is folded by. All of it is the same at every keeper of the file.
#[derive(Clone, Copy)]
pub struct Law<'f> {
    /// Where the file stands.
    pub home: &'f UnitPath,
    /// What stands around it.
    pub world: &'f dyn World,
    /// The rows: [`super::table::TABLE`].
    pub table: &'f [Row],
}

/// Who acts, as far as a case's rules ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Officer<'a> {
    /// The person, whatever the key.
    pub holder: HolderId,
    /// What the certificate allows.
    pub roles: &'a [Role],
    /// Where the officer stands.
    pub unit: &'a UnitPath,
}

/// One valid act of a file, as the fold takes it.
#[derive(Debug)]
pub struct Taken<'a, A> {
    /// The entry.
    pub id: EntryId,
    /// Who signed.
    pub by: Officer<'a>,
    /// What was done.
    pub act: &'a A,
}

impl<A> Clone for Taken<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Taken<'_, A> {}

/// Roles that handle cases at the deciding unit: the centre and those who decide there.
pub const HANDLING: &[Role] =
    &[Role::ANALYST, Role::DISCIPLINE_LEAD, Role::SECRETARY, Role::PARTY_COMMITTEE, Role::LEADING_GROUP];

/// Roles that answer for a unit warned.
pub const SUBJECTS: &[Role] = &[Role::POST_HOLDER, Role::REPORTER];

impl Officer<'_> {
    /// Whether one of these roles is held.
    #[must_use]
    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(role))
    }
}

/// The rule of a level of a pack.
pub(super) fn level_of<'f>(law: &Law<'f>, rules: &PackName, level: Level) -> Result<&'f LevelRule, CaseRefusal> {
    pack_of(law, rules)?.level(level).ok_or(CaseRefusal::NoSuchLevel(level))
}

pub(super) fn pack_of<'f>(law: &Law<'f>, rules: &PackName) -> Result<&'f Pack, CaseRefusal> {
    law.world.pack(rules).ok_or(CaseRefusal::NoSuchRules)
}

/// Whether the pack foresees warnings to such a subject.
pub(super) fn foreseen(pack: &Pack, subject: &Subject) -> Result<(), CaseRefusal> {
    unless(pack.subjects.iter().any(|rule| subject.is_of(rule.sort)), CaseRefusal::SubjectNotForeseen)
}

/// Whether the way is one of the level and for this ground.
pub(super) fn way<'r>(rule: &'r LevelRule, way: &str, ground: &str) -> Result<&'r Way, CaseRefusal> {
    rule.way(way).filter(|way| way.is_for(ground)).ok_or(CaseRefusal::NoSuchWay)
}

pub(super) fn ground(rule: &LevelRule, ground: &str) -> Result<(), CaseRefusal> {
    rule.ground(ground).map(drop).ok_or(CaseRefusal::NoSuchGround)
}

/// Who decides in this way; an unknown way is another condition's matter.
#[must_use]
pub fn decider<'r>(rule: &'r LevelRule, way: &str) -> &'r Decider {
    rule.way(way).map_or(&rule.decider, |way| rule.decider_for(way))
}

/// A collective decision's record: two or more present, nobody whom it concerns, an outcome.
pub(super) fn meeting(
    decider: &Decider,
    meeting: Option<&Meeting>,
    concerns: impl Fn(&HolderId) -> bool,
) -> Result<(), CaseRefusal> {
    let Some(meeting) = meeting else {
        return if decider.meeting { Err(CaseRefusal::NoMeeting) } else { Ok(()) };
    };
    if meeting.present.len() < 2 || is_blank(&meeting.outcome) {
        return Err(CaseRefusal::NoMeeting);
    }
    let is_concerned = meeting.present.iter().filter_map(|present| present.holder.as_ref()).any(concerns);
    if is_concerned { Err(CaseRefusal::ConcernedPresent) } else { Ok(()) }
}

/// Everybody the level is decided together with was at the meeting or proposed.
pub(super) fn together(decider: &Decider, meeting: Option<&Meeting>, proposed: &[Role]) -> Result<(), CaseRefusal> {
    let present = |role: &Role| {
        proposed.contains(role)
            || meeting.is_some_and(|meeting| meeting.present.iter().any(|one| one.role == Some(*role)))
    };
    match decider.together_with.iter().find(|role| !present(role)) {
        Some(role) => Err(CaseRefusal::NotTogether(*role)),
        None => Ok(()),
    }
}

/// As many different interviewers as the pack asks for, none of whom it concerns. Source: packs §1.3.
pub(super) fn interviewers(
    rule: &InterviewRule,
    who: &[Interviewer],
    concerns: impl Fn(&HolderId) -> bool,
) -> Result<(), CaseRefusal> {
    let different: BTreeSet<&HolderId> = who.iter().map(|one| &one.holder).collect();
    let are_enough = who.len() >= usize::from(rule.interviewers_min);
    let is_right = different.len() == who.len() && are_enough && !different.into_iter().any(concerns);
    if is_right { Ok(()) } else { Err(CaseRefusal::Interviewers) }
}

/// The main interviewer is the first one.
pub(super) fn main_interviewer(rule: &InterviewRule, who: &[Interviewer]) -> Result<(), CaseRefusal> {
    let is_right = who.first().is_some_and(|main| rule.main_roles.contains(&main.role));
    if is_right { Ok(()) } else { Err(CaseRefusal::MainInterviewer) }
}

/// Whether the level is carried up like this.
pub(super) fn escalates(rule: &LevelRule, to: To, when: Condition) -> Result<(), CaseRefusal> {
    let is_foreseen = rule.escalations.iter().any(|escalation| escalation.to == to && escalation.when == when);
    if is_foreseen { Ok(()) } else { Err(CaseRefusal::NoSuchEscalation(when)) }
}

/// A case of a higher level goes on in a case, organisational handling in none.
pub(super) fn linked(to: To, case: Option<&DocKey>) -> Result<(), CaseRefusal> {
    let is_right = matches!(to, To::Level(_)) == case.is_some();
    if is_right { Ok(()) } else { Err(CaseRefusal::NotLinked) }
}

/// Whether these terms, with those set `before`, are the ones the way leaves open. `is_last` says that what is open has
/// to be set now.
pub(super) fn terms(way: &Way, set: &[TermSet], before: &[TermSet], is_last: bool) -> Result<(), CaseRefusal> {
    for TermSet { what, term } in set {
        let max = match way.owed(*what).map(|owed| owed.term) {
            Some(TermRule::UpTo(max)) => Some(max),
            Some(TermRule::Usually(_)) => None,
            Some(TermRule::Fixed(_)) | None => return Err(CaseRefusal::TermNotFree(*what)),
        };
        let twice = set.iter().filter(|other| other.what == *what).count() > 1;
        if twice || before.iter().any(|other| other.what == *what) {
            return Err(CaseRefusal::TermNotFree(*what));
        }
        if max.is_some_and(|max| !is_within(*term, max)) {
            return Err(CaseRefusal::TermTooLong(*what));
        }
    }
    let open = way.owes.iter().filter(|owed| matches!(owed.term, TermRule::UpTo(_)));
    let missing = open.map(|owed| owed.what).find(|what| !set.iter().chain(before).any(|set| set.what == *what));
    match missing.filter(|_| is_last) {
        Some(what) => Err(CaseRefusal::NoTerm(what)),
        None => Ok(()),
    }
}

/// Whether a term is never longer than another one, whenever it begins. In the same unit by count; else by the days it
/// can have at most, and at least: a month 28 to 31, ten working days around a national holiday 24 ◇.
#[must_use]
pub fn is_within(term: Term, max: Term) -> bool {
    if term.unit() == max.unit() {
        return term.count() <= max.count();
    }
    let longest = match term.unit() {
        TermUnit::WorkingDay => (u32::from(term.count())).div_ceil(5) * 7 + 10,
        TermUnit::Week => u32::from(term.count()) * 7,
        TermUnit::Month => u32::from(term.count()) * 31,
    };
    let shortest = match max.unit() {
        TermUnit::WorkingDay => u32::from(max.count()),
        TermUnit::Week => u32::from(max.count()) * 7,
        TermUnit::Month => u32::from(max.count()) * 28,
    };
    longest <= shortest
}

/// What crossed in a file and people have to settle, by the two acts.
pub(super) fn crossing(crossings: &[Crossing], stands: EntryId, other: EntryId) -> Result<&Crossing, CaseRefusal> {
    let is_it = |one: &&Crossing| one.needs_person && one.stands == stands && one.other == other;
    crossings.iter().find(is_it).ok_or(CaseRefusal::NothingCrossed)
}

/// Whether nothing is said.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

pub(super) fn written(text: &str) -> Result<(), CaseRefusal> {
    if is_blank(text) { Err(CaseRefusal::NothingWritten) } else { Ok(()) }
}

pub(super) fn managed(subject: &Subject, deciding: &UnitPath) -> Result<(), CaseRefusal> {
    if subject.is_managed_by(deciding) { Ok(()) } else { Err(CaseRefusal::NotManagedHere) }
}

/// Says no unless.
pub(super) fn unless(holds: bool, why: CaseRefusal) -> Result<(), CaseRefusal> {
    if holds { Ok(()) } else { Err(why) }
}
