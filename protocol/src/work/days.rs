//! What the rules of work ask of the calendar: on which day a term ends, which year a day is of, how many working days
//! lie between two.
//!
//! The rules are pure and do not know which years are known; whoever folds brings the calendar at hand. What rests on a
//! year nobody has published is provisional 暂定. Source: domain §7.

pub use crate::work::calendar::Day;
use crate::{
    record::entry::EntryId,
    work::calendar::{Calendar, Term},
};

/// The last day of a term: what is done by its end is in time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LastDay {
    /// Which.
    pub day: Day,
    /// Whether it rests on a year that is not known 暂定.
    pub is_provisional: bool,
}

/// The calendar at hand.
pub trait Days {
    /// The last day of a term that counts from a day; that day is not counted.
    fn last_day(&self, start: Day, term: Term) -> LastDay;

    /// The year of a day.
    fn year(&self, day: Day) -> u16;

    /// How many working days come after the first day, up to the second and with it; below zero if that lies before.
    fn working_days(&self, from: Day, to: Day) -> i32;
}

/// When entries were signed and when they came to those who wait for them.
pub trait Moments {
    /// The day its author claims.
    fn signed(&self, entry: &EntryId) -> Day;

    /// The day on which a unit above the author's had it for certain, by its receipt; none while nobody confirms it.
    fn received(&self, entry: &EntryId) -> Option<Day>;
}

impl LastDay {
    /// Whether it is over on a day.
    #[must_use]
    pub fn is_over(self, today: Day) -> bool {
        today > self.day
    }
}

impl Days for Calendar {
    fn last_day(&self, start: Day, term: Term) -> LastDay {
        let due = self.due(start, term);
        LastDay { day: due.day, is_provisional: due.provisional }
    }

    fn year(&self, day: Day) -> u16 {
        day.year()
    }

    fn working_days(&self, from: Day, to: Day) -> i32 {
        self.working_days_between(from, to).count
    }
}
