//! What is asked beyond the fold before an act of a case is written: the other file, certificates, registers, the
//! calendar.
//!
//! None of this can decide what is received: not everybody keeps the inner file, and registers and calendars arrive late.
//! A breach in what is received is found by [`super::breach`] where both files are kept. Source: architecture §6, domain
//! §2, §3, §7, packs §1.3, §1.4.

use std::collections::BTreeSet;

use super::{
    act::{Clash, InnerAct, Interviewer, Meeting, OuterAct, Proposal, Ruling, SerialNumber, Subject},
    breach::breaches,
    consequence::is_same,
    inner::Inner,
    law::{Law, Taken, decider, pack_of, unless},
    outer::Outer,
    refusal::{CaseRefusal, Refused},
    table::Stage,
};
use crate::{
    record::entry::EntryId,
    trust::charter::{HolderId, Role},
    work::{
        attachment::are_sound,
        cadre::{Cadres, manager},
        days::{Day, Days, LastDay},
        pack::{
            Pack,
            level::{Condition, LevelRule, To},
            published::PackName,
        },
        unit::UnitPath,
    },
};

/// A certificate that stands, as far as it is asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seat {
    /// Whose.
    pub holder: HolderId,
    /// Where.
    pub unit: UnitPath,
    /// As what.
    pub roles: Vec<Role>,
}

/// What the writer's node knows beside the file.
#[derive(Clone, Copy)]
pub struct Knowledge<'w> {
    /// The inner file, where it is kept: at the deciding unit and above.
    pub inner: Option<&'w Inner<'w>>,
    /// The outer file, once there is one.
    pub outer: Option<&'w Outer<'w>>,
    /// The inner file of the case that a proposal carries up.
    pub followed: Option<&'w Inner<'w>>,
    /// The pack for new cases of the deciding unit today.
    pub in_force: &'w PackName,
    /// Who holds which roles where.
    pub bench: &'w [Seat],
    /// Who manages which posts.
    pub cadres: &'w Cadres,
    /// Whether a register allotted a number to the outer file and has not struck it.
    pub is_allotted: &'w dyn Fn(&SerialNumber) -> bool,
    /// The civil day.
    pub today: Day,
    /// The calendar at hand.
    pub days: &'w dyn Days,
}

/// Who answers an objection. Source: domain §7 ◇: people who did not decide, else the level above.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answering {
    /// These at the deciding unit.
    Here(BTreeSet<HolderId>),
    /// Everybody there decided, or is concerned: somebody of a unit above.
    Above,
    /// The same, and there is no unit above in this tree: a body outside answers on paper, and one of these, who signed
    /// neither decision nor warning, records it ◇. Nobody, if everybody signed: another officer has to be certified.
    Outside(BTreeSet<HolderId>),
}

/// Who decided, as far as an objection asks.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Deciders {
    /// Who signed the decision or the warning.
    pub signed: BTreeSet<HolderId>,
    /// Who was at the meeting besides.
    pub present: BTreeSet<HolderId>,
}

/// Who answers an objection to a decision taken at a unit by these people, of whom some are out.
#[must_use]
pub fn who_answers(
    rule: &LevelRule,
    deciding: &UnitPath,
    deciders: &Deciders,
    is_out: impl Fn(&HolderId) -> bool,
    bench: &[Seat],
) -> Answering {
    let objection = &rule.objection;
    let has_role =
        |seat: &&Seat| seat.unit == *deciding && objection.answered_by.iter().any(|role| seat.roles.contains(role));
    let able: BTreeSet<HolderId> =
        bench.iter().filter(has_role).map(|seat| seat.holder).filter(|holder| !is_out(holder)).collect();
    if !objection.by_others {
        return if able.is_empty() { Answering::Above } else { Answering::Here(able) };
    }
    let others: BTreeSet<HolderId> = able.difference(&deciders.signed).copied().collect();
    let apart: BTreeSet<HolderId> = others.difference(&deciders.present).copied().collect();
    match deciding.parent() {
        _ if !apart.is_empty() => Answering::Here(apart),
        Some(_) => Answering::Above,
        None => Answering::Outside(others),
    }
}

/// Whether an act of the inner file may be written now, and the stage after it.
///
/// # Errors
///
/// All that [`Inner::may`] refuses; then [`CaseRefusal::RulesNotInForce`], [`CaseRefusal::NotManagedHere`],
/// [`CaseRefusal::NotFollowing`], [`CaseRefusal::StandingNotCertified`], [`CaseRefusal::NoSuchObjection`] and
/// [`CaseRefusal::AnsweredBelow`].
pub fn may_write_inner<'a>(
    file: &Inner<'a>,
    step: &Taken<'a, InnerAct>,
    law: &Law<'a>,
    known: &Knowledge<'_>,
) -> Result<Stage, Refused> {
    let next = file.may(step, law)?;
    match step.act {
        InnerAct::Propose(new) => {
            unless(new.rules == *known.in_force, CaseRefusal::RulesNotInForce).map_err(|why| why.by("domain §9"))?;
            is_managed_here(&new.subject, law.home, known.cadres)?;
            let pack = pack_of(law, &new.rules).map_err(|why| why.by("domain §9"))?;
            follows(new, pack, known.followed).map_err(|why| why.by("domain §7; packs §1.4"))?;
        }
        InnerAct::Decide { meeting, .. } | InnerAct::Rescind { meeting, .. } => {
            were_certified(meeting.as_ref(), known.bench).map_err(|why| why.by("domain §7"))?;
        }
        InnerAct::Plan { interviewers, .. } => {
            are_certified(interviewers, known.bench).map_err(|why| why.by("packs §1.3"))?;
        }
        InnerAct::Deliberate { objection, .. } => {
            let source = "domain §7; packs §1.4";
            let waits = known.outer.filter(|outer| outer.ruling.is_none()).and_then(|outer| outer.objection);
            let is_it = waits.is_some_and(|waiting| waiting.id == *objection);
            unless(is_it, CaseRefusal::NoSuchObjection).map_err(|why| why.by(source))?;
            let deciders = deciders_of(file, known.outer);
            let rule = file.rule.ok_or(CaseRefusal::NoSuchRules.by(source))?;
            answers(rule, law.home, &deciders, |holder| file.is_out(holder), step, known)
                .map_err(|why| why.by(source))?;
        }
        _ => {}
    }
    Ok(next)
}

/// Whether an act of the outer file may be written now, and the stage after it.
///
/// # Errors
///
/// All that [`Outer::may`] refuses; then [`CaseRefusal::NotDecided`], [`CaseRefusal::Concerned`],
/// [`CaseRefusal::NotManagedHere`], [`CaseRefusal::NumberNotAllotted`], [`CaseRefusal::NoPlan`],
/// [`CaseRefusal::Attachment`], [`CaseRefusal::Interviewers`],
/// [`CaseRefusal::StandingNotCertified`], [`CaseRefusal::NotDeliberated`], [`CaseRefusal::DecidedIt`],
/// [`CaseRefusal::AnsweredBelow`], [`CaseRefusal::NothingCrossed`] and [`CaseRefusal::TooLate`].
pub fn may_write<'a>(
    file: &Outer<'a>,
    step: &Taken<'a, OuterAct>,
    law: &Law<'a>,
    known: &Knowledge<'_>,
) -> Result<Stage, Refused> {
    let next = file.may(step, law)?;
    let by = step.by.holder;
    if known.inner.is_some_and(|inner| inner.recused.contains(&by)) {
        return Err(CaseRefusal::Concerned.by("domain §3"));
    }
    if let OuterAct::Notice { interviewers, .. } | OuterAct::Interview { interviewers, .. } = step.act {
        let mut holders = interviewers.iter().map(|one| &one.holder);
        let is_any_out = known.inner.is_some_and(|inner| holders.any(|holder| inner.recused.contains(holder)));
        unless(!is_any_out, CaseRefusal::Interviewers).map_err(|why| why.by("domain §3; packs §1.3"))?;
    }
    if let Some(paper) = step.act.paper() {
        let is_new = !file.numbers().any(|used| *used == paper.number) && (known.is_allotted)(&paper.number);
        unless(is_new, CaseRefusal::NumberNotAllotted).map_err(|why| why.by("domain §7"))?;
    }
    are_sound(step.act.attachments()).map_err(|fault| CaseRefusal::Attachment(fault).by("domain §6"))?;
    match step.act {
        OuterAct::Issue(warning) => {
            let inner = known.inner.ok_or(CaseRefusal::NotDecided.by("domain §7; architecture §6"))?;
            inner.covers(warning, &by)?;
            is_managed_here(&warning.subject, &warning.case.scope.home, known.cadres)?;
        }
        OuterAct::Notice { interviewers, .. } | OuterAct::Interview { interviewers, .. } => {
            let is_planned = known.inner.is_some_and(Inner::is_planned);
            let asks = file.pack.is_some_and(|pack| pack.interview.plan.is_some());
            unless(is_planned || !asks, CaseRefusal::NoPlan).map_err(|why| why.by("packs §1.3"))?;
            are_certified(interviewers, known.bench).map_err(|why| why.by("packs §1.3"))?;
        }
        OuterAct::Rule { objection, ruling, .. } => {
            rules(file, step, known, objection, *ruling).map_err(|why| why.by("domain §7; packs §1.4"))?;
        }
        OuterAct::Withdraw { .. } => {
            let collective =
                file.warning().zip(file.rule).is_some_and(|(warning, rule)| decider(rule, &warning.way).meeting);
            let is_rescinded = known.inner.is_some_and(|inner| inner.stage == Stage::Rescinded);
            unless(!collective || is_rescinded, CaseRefusal::NotDeliberated).map_err(|why| why.by("domain §7"))?;
        }
        OuterAct::Escalate { to, when, .. } => {
            let is_raised = known.inner.is_some_and(|inner| inner.has_raised(*to, *when));
            unless(is_raised, CaseRefusal::NotDeliberated).map_err(|why| why.by("domain §7; packs §1.4"))?;
        }
        OuterAct::Refer { .. } => {
            let is_referred = known.inner.is_some_and(|inner| inner.stage == Stage::Referred);
            unless(is_referred, CaseRefusal::NotDeliberated).map_err(|why| why.by("packs §1.4"))?;
        }
        OuterAct::Settle { clash: clash @ Clash::Files { .. }, .. } => {
            let found = known.inner.map(|inner| breaches(inner, file, known.bench, known.cadres, known.is_allotted));
            let is_there = found.is_some_and(|found| found.iter().any(|breach| breach.clash() == *clash));
            unless(is_there, CaseRefusal::NothingCrossed).map_err(|why| why.by("architecture §6"))?;
        }
        OuterAct::Object { .. } => {
            is_in_time(file.objection_until(known.days), known.today).map_err(|why| why.by("packs §1.4"))?;
        }
        OuterAct::AskExtension { .. } => {
            is_in_time(last_debt(file, known.days), known.today).map_err(|why| why.by("packs §1.1"))?;
        }
        _ => {}
    }
    Ok(next)
}

/// Whether the roles interviewers act in are certified to them.
///
/// # Errors
///
/// [`CaseRefusal::StandingNotCertified`].
pub fn are_certified(interviewers: &[Interviewer], bench: &[Seat]) -> Result<(), CaseRefusal> {
    let mut roles = interviewers.iter().map(|one| (&one.holder, one.role));
    unless(roles.all(|(holder, role)| has_seat(bench, holder, role)), CaseRefusal::StandingNotCertified)
}

/// Whether the officers at a meeting had the roles it records.
fn were_certified(meeting: Option<&Meeting>, bench: &[Seat]) -> Result<(), CaseRefusal> {
    let present = meeting.into_iter().flat_map(|meeting| &meeting.present);
    let mut roles = present.filter_map(|one| one.holder.as_ref().zip(one.role));
    unless(roles.all(|(holder, role)| has_seat(bench, holder, role)), CaseRefusal::StandingNotCertified)
}

fn has_seat(bench: &[Seat], holder: &HolderId, role: Role) -> bool {
    bench.iter().any(|seat| seat.holder == *holder && seat.roles.contains(&role))
}

/// Whether no register says that another unit manages the subject.
fn is_managed_here(subject: &Subject, deciding: &UnitPath, cadres: &Cadres) -> Result<(), Refused> {
    let is_here = manager(cadres, subject).is_none_or(|unit| unit == deciding);
    unless(is_here, CaseRefusal::NotManagedHere).map_err(|why| why.by("domain §2; packs §1.1"))
}

/// Whether a proposal that carries a case up names it and goes by one of its escalations, and every ground that is
/// meant for that names such a case.
fn follows(new: &Proposal, pack: &Pack, followed: Option<&Inner<'_>>) -> Result<(), CaseRefusal> {
    let to = To::Level(new.level);
    let mut all_up = pack.levels.iter().flat_map(|rule| &rule.escalations);
    let is_meant_for_it = all_up.any(|up| up.to == to && up.ground.as_ref() == Some(&new.ground));
    if new.follows.is_none() {
        return unless(!is_meant_for_it, CaseRefusal::NotFollowing);
    }
    let old = followed.and_then(|old| old.proposed().zip(old.rule));
    let (old, rule) = old.ok_or(CaseRefusal::NotFollowing)?;
    let mut ways_up = rule.escalations.iter();
    let fits =
        ways_up.any(|up| up.to == to && up.ground.as_ref().map_or(!is_meant_for_it, |ground| *ground == new.ground));
    unless(fits && is_same(&old.subject, &new.subject), CaseRefusal::NotFollowing)
}

fn deciders_of(inner: &Inner<'_>, outer: Option<&Outer<'_>>) -> Deciders {
    let present = inner.deciders();
    let decision = inner.decision.map(|step| step.by.holder);
    let issue = outer.and_then(|outer| outer.issue).map(|step| step.by.holder);
    Deciders { signed: decision.into_iter().chain(issue).collect(), present }
}

/// Whether who acts is one of those who answer.
fn answers<A>(
    rule: &LevelRule,
    deciding: &UnitPath,
    deciders: &Deciders,
    is_out: impl Fn(&HolderId) -> bool,
    step: &Taken<'_, A>,
    known: &Knowledge<'_>,
) -> Result<(), CaseRefusal> {
    match who_answers(rule, deciding, deciders, is_out, known.bench) {
        Answering::Here(_) if step.by.unit != deciding => Err(CaseRefusal::AnsweredBelow),
        Answering::Here(who) | Answering::Outside(who) => unless(who.contains(&step.by.holder), CaseRefusal::DecidedIt),
        Answering::Above => unless(step.by.unit.is_above(deciding), CaseRefusal::DecidedIt),
    }
}

fn rules<'a>(
    file: &Outer<'a>,
    step: &Taken<'a, OuterAct>,
    known: &Knowledge<'_>,
    objection: &EntryId,
    ruling: Ruling,
) -> Result<(), CaseRefusal> {
    let (Some(rule), Some(warning), Some(inner)) = (file.rule, file.warning(), known.inner) else {
        return Err(CaseRefusal::NotDeliberated);
    };
    let deciders = deciders_of(inner, Some(file));
    let is_out = |holder: &HolderId| warning.subject.concerns(holder) || inner.is_out(holder);
    answers(rule, &warning.case.scope.home, &deciders, is_out, step, known)?;
    unless(inner.deliberated(objection) == Some(ruling), CaseRefusal::NotDeliberated)
}

/// The last day of anything owed; none where nothing has begun to count.
fn last_debt(file: &Outer<'_>, days: &dyn Days) -> Option<LastDay> {
    let owes = file.way()?.owes.iter();
    owes.filter_map(|owed| Some(days.last_day(file.start(owed.from)?, file.term_of(owed.what)?))).max()
}

fn is_in_time(last: Option<LastDay>, today: Day) -> Result<(), CaseRefusal> {
    unless(!last.is_some_and(|last| last.is_over(today)), CaseRefusal::TooLate)
}

impl Inner<'_> {
    /// Whether an interview is planned for the proposal that stands.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        let standing = self.proposal.map(|step| step.id);
        self.steps.iter().any(|step| matches!(step.act, InnerAct::Plan { proposal, .. } if Some(*proposal) == standing))
    }

    /// Whether it is said here that, and why, the case is carried up like this.
    #[must_use]
    pub fn has_raised(&self, to: To, when: Condition) -> bool {
        let is_it =
            |act: &InnerAct| matches!(act, InnerAct::Escalate { to: said, when: on, .. } if *said == to && *on == when);
        self.steps.iter().any(|step| is_it(step.act))
    }

    /// What an objection came to here, by the last deliberation on it.
    #[must_use]
    pub fn deliberated(&self, on: &EntryId) -> Option<Ruling> {
        self.steps.iter().rev().find_map(|step| match step.act {
            InnerAct::Deliberate { objection, ruling, .. } if objection == on => Some(*ruling),
            _ => None,
        })
    }
}
