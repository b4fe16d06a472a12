//! What follows from warnings beyond the case: who has to be told, and what repeated warnings bar.
//!
//! Source: domain §7, packs §1.1 and §1.4. What follows is data of the pack; a warning that was taken back, or whose paper
//! was cancelled, counts for nothing.

use super::{
    Level,
    act::{OuterAct, Subject},
    outer::Outer,
    table::Stage,
};
use crate::work::{
    days::{Day, Days},
    pack::{
        Pack,
        casework::{Consequence, Span},
        level::{Told, ToldWhen},
    },
};

/// Days of twelve months in a row ◇: a leap year's last day is not asked for.
const TWELVE_MONTHS: i32 = 365;

/// One warning, as far as what follows from it asks.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    /// Who was warned.
    pub subject: &'a Subject,
    /// How severely.
    pub level: Level,
    /// When it was decided.
    pub decided_on: Day,
}

/// A consequence that has come, and the warnings it came from.
#[derive(Clone, Debug)]
pub struct Followed<'p> {
    /// What the pack says.
    pub rule: &'p Consequence,
    /// The days of the warnings that count, earliest first.
    pub decided_on: Vec<Day>,
}

impl<'a> Outer<'a> {
    /// The warning as it counts further on; none where nothing was given or it was taken back.
    #[must_use]
    pub fn counted(&self) -> Option<Counted<'a>> {
        let counts = !matches!(self.stage, Stage::Blank | Stage::Withdrawn | Stage::Referred);
        let warning = self.warning().filter(|_| counts)?;
        Some(Counted { subject: &warning.subject, level: warning.level, decided_on: warning.decided_on })
    }

    /// Bodies that must be told now and have not been: at once when the warning is issued, or when it is lifted.
    #[must_use]
    pub fn untold(&self) -> Vec<&'a Told> {
        let due = |told: &&'a Told| match told.when {
            ToldWhen::AtOnce => self.counted().is_some(),
            ToldWhen::AtLifting => self.stage == Stage::Lifted,
            ToldWhen::IfNeeded => false,
        };
        let is_told = |who: &str| {
            self.told.iter().any(|step| matches!(step.act, OuterAct::Tell { who: told, .. } if told == who))
        };
        let rule = self.rule.filter(|_| self.stage != Stage::Blank);
        rule.into_iter().flat_map(|rule| &rule.told).filter(due).filter(|told| !is_told(&told.who)).collect()
    }
}

/// What has followed for a subject by a day: its own warnings among these, counted within the span the pack says.
#[must_use]
pub fn followed<'p>(
    pack: &'p Pack,
    subject: &Subject,
    warnings: &[Counted<'_>],
    on: Day,
    days: &dyn Days,
) -> Vec<Followed<'p>> {
    let of_it = |warning: &&Counted<'_>| is_same(warning.subject, subject) && warning.decided_on <= on;
    let follows = |rule: &'p Consequence| {
        let within = |day: Day| match rule.span {
            Span::CalendarYear => days.year(day) == days.year(on),
            Span::TwelveMonths => day.days_until(on) < TWELVE_MONTHS,
            Span::Ever => true,
        };
        let counted = warnings.iter().filter(of_it).filter(|warning| warning.level == rule.level);
        let mut decided_on: Vec<Day> = counted.map(|warning| warning.decided_on).filter(|day| within(*day)).collect();
        decided_on.sort_unstable();
        let has_come = subject.is_of(rule.of) && decided_on.len() >= usize::from(rule.count);
        has_come.then_some(Followed { rule, decided_on })
    };
    pack.consequences.iter().filter_map(follows).collect()
}

/// Whether two warnings are about the same: unit, leading group, or person, who may have changed the post.
#[must_use]
pub fn is_same(one: &Subject, other: &Subject) -> bool {
    match (one, other) {
        (Subject::LeadingGroup { unit, .. }, Subject::LeadingGroup { unit: other, .. })
        | (Subject::Unit { unit, .. }, Subject::Unit { unit: other, .. }) => unit == other,
        (
            Subject::Person { unit, post, holder, .. },
            Subject::Person { unit: other_unit, post: other_post, holder: other_holder, .. },
        ) => match (holder, other_holder) {
            (Some(holder), Some(other)) => holder == other,
            _ => unit == other_unit && post == other_post,
        },
        _ => false,
    }
}
