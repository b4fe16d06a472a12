//! What the subject owes, until when, and whether it came in time.
//!
//! A deadline has a number, a unit and a start; more time moves it, and where the rules say so an objection stops it. An
//! answer signed before the deadline and received after it is shown as such, for a person to decide: the node may have
//! been cut off. Source: domain §7, packs §1.1.

use super::{act::OuterAct, outer::Outer};
use crate::{
    record::entry::EntryId,
    work::{
        calendar::Term,
        days::{Day, Days, LastDay, Moments},
        pack::level::Debt,
    },
};

/// One debt of the subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deadline {
    /// What is owed.
    pub what: Debt,
    /// Within what.
    pub term: Term,
    /// From when it counts; none: it has not begun to.
    pub start: Option<Day>,
    /// The last day, more time and standstill included; none where it has not begun or stands still.
    pub last: Option<LastDay>,
    /// Whether more time was given.
    pub is_extended: bool,
    /// Whether it stands still, while an objection is not answered.
    pub is_suspended: bool,
    /// What it was met by.
    pub met: Option<Met>,
}

/// What a debt was met by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Met {
    /// The first answer to it that was not sent back.
    pub answer: EntryId,
    /// Whether that came in time.
    pub how: Punctual,
}

/// Whether an answer came in time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Punctual {
    /// Signed and received by the last day, or nothing had begun to count.
    InTime,
    /// Signed by the last day, as its author says, and received after it or not confirmed yet. A person decides.
    SignedInTime,
    /// Signed after it.
    Late,
}

impl Deadline {
    /// Whether it is over and not met.
    #[must_use]
    pub fn is_overdue(&self, today: Day) -> bool {
        self.met.is_none() && self.last.is_some_and(|last| last.is_over(today))
    }
}

impl Outer<'_> {
    /// How long the subject has for something: what paper or interview set, else what the rules say.
    #[must_use]
    pub fn term_of(&self, what: Debt) -> Option<Term> {
        let set = self.terms().into_iter().find(|set| set.what == what).map(|set| set.term);
        set.or_else(|| Some(self.way()?.owed(what)?.term.term()))
    }

    /// All that is owed under the warning that stands, in the order of the rules.
    #[must_use]
    pub fn deadlines(&self, days: &dyn Days, moments: &dyn Moments) -> Vec<Deadline> {
        let Some(way) = self.way() else { return Vec::new() };
        let deadline = |owed: &crate::work::pack::level::Owed| {
            let term = self.term_of(owed.what)?;
            let start = self.start(owed.from);
            let (last, is_suspended) = match start {
                Some(start) => self.last_day(days.last_day(start, term), days, moments),
                None => (None, false),
            };
            let met = self.met(owed.what, last, moments);
            let is_extended = self.extended.is_some();
            Some(Deadline { what: owed.what, term, start, last, is_extended, is_suspended, met })
        };
        way.owes.iter().filter_map(deadline).collect()
    }

    /// The last day on which the subject can object; none where that has not begun to count.
    #[must_use]
    pub fn objection_until(&self, days: &dyn Days) -> Option<LastDay> {
        let rule = &self.rule?.objection;
        Some(days.last_day(self.start(rule.from)?, rule.within))
    }

    /// The last day on which the objection that waits is to be answered.
    #[must_use]
    pub fn ruling_until(&self, days: &dyn Days, moments: &dyn Moments) -> Option<LastDay> {
        let objection = self.objection.filter(|_| self.ruling.is_none())?;
        Some(days.last_day(moments.signed(&objection.id), self.rule?.objection.answered_within))
    }

    /// The last day with more time given and standstill, and whether it stands still.
    fn last_day(&self, last: LastDay, days: &dyn Days, moments: &dyn Moments) -> (Option<LastDay>, bool) {
        let mut last = last;
        if let Some(OuterAct::Extend { by, .. }) = self.extended.map(|step| step.act) {
            let longer = days.last_day(last.day, *by);
            last = LastDay { is_provisional: last.is_provisional || longer.is_provisional, ..longer };
        }
        let suspends = self.rule.is_some_and(|rule| rule.objection.suspends);
        let Some(objected) = self.objection.filter(|_| suspends).map(|step| moments.signed(&step.id)) else {
            return (Some(last), false);
        };
        if last.is_over(objected) {
            return (Some(last), false);
        }
        match self.ruling {
            None => (None, true),
            Some(ruling) => {
                let still = objected.days_until(moments.signed(&ruling.id)).max(0);
                (Some(LastDay { day: last.day + still, ..last }), false)
            }
        }
    }

    fn met(&self, what: Debt, last: Option<LastDay>, moments: &dyn Moments) -> Option<Met> {
        let counts = |id: &EntryId| self.judged.get(id) != Some(&false);
        let answer = self.answers.iter().find(|step| match step.act {
            OuterAct::Answer { what: given, .. } => meets(*given, what) && counts(&step.id),
            _ => false,
        })?;
        let (signed, received) = (moments.signed(&answer.id), moments.received(&answer.id));
        let how = match last {
            Some(last) if last.is_over(signed) => Punctual::Late,
            Some(last) if received.is_none_or(|received| last.is_over(received)) => Punctual::SignedInTime,
            _ => Punctual::InTime,
        };
        Some(Met { answer: answer.id, how })
    }
}

/// Whether an answer about one debt meets another: that something is put right is said in the report of it ◇.
fn meets(given: Debt, owed: Debt) -> bool {
    given == owed || given == Debt::Report && owed == Debt::Correction
}
