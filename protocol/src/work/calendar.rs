//! Working days and deadlines: which days are worked, and on which day a term ends.
//!
//! Every node must find the same last day for the same paper, also one that is cut off, so the days come from signed
//! data alone: [`Year`]s built in and published. A year nobody has published yet is computed by weekends only, and what
//! rests on that is **provisional** 暂定 until the year arrives. Source: domain §7.
//!
//! ◇ A deadline in weeks or months that ends on a day off ends on the first working day after it: nobody can hand
//! anything to an office that is closed. That is how civil procedure reads its terms; the sources say nothing. It is
//! data of the term ([`DayOff`]), and both days are in the result.

mod day;
mod term;
mod year;

use std::{collections::BTreeMap, iter, sync::LazyLock};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use self::{
    day::{Day, DayFault, day_of, end_of},
    term::{DayOff, Term, TermFault, TermUnit},
    year::{FAULT_CODES, Holiday, Year, YearFault},
};
use crate::record::entry::Hash;

/// The years the program brings along, as they were announced.
const BUILT_IN: [&str; 3] =
    [include_str!("calendar/2024.toml"), include_str!("calendar/2025.toml"), include_str!("calendar/2026.toml")];

static BUILT_IN_CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
    let mut calendar = Calendar::default();
    for text in BUILT_IN {
        if !toml::from_str(text).is_ok_and(|year| calendar.add(year).is_ok()) {
            unreachable!("a test reads and checks every year that is built in");
        }
    }
    calendar
});

/// The years that are known, each in every version: what is a working day, and when a term ends.
///
/// Of two versions of a year that speak of a day, the one with the greater (version, hash) says what it is, in whatever
/// order they came; days before its [`Year::applies`] stay what the versions before it say, so that a change announced
/// in the middle of a year does not change what had ended already.
///
/// ```
/// use fangwei_protocol::work::calendar::{Calendar, Day, Term, TermUnit};
///
/// let (received, term) = ("2025-01-24".parse::<Day>()?, Term::new(7, TermUnit::WorkingDay)?);
/// // Sunday the 26th is worked for the Spring Festival, Tuesday the 28th to 4 February is off.
/// assert_eq!(Calendar::built_in().due(received, term).day, "2025-02-10".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    years: BTreeMap<(u16, u32, Hash), Year>,
}

/// What a day is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DayKind<'a> {
    /// Monday to Friday, and no holiday.
    Weekday,
    /// Saturday or Sunday, and not worked.
    Weekend,
    /// Off, for the festival of this name.
    Holiday(&'a str),
    /// A Saturday or Sunday that is worked in return for a holiday 调休.
    MakeUp,
}

/// Whether a day is worked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Worked {
    /// A published year says so.
    Known(bool),
    /// No year that speaks of the day is known: by weekends only.
    Assumed(bool),
}

/// When a term ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// The last day: what is done by its end is in time.
    #[n(0)]
    pub day: Day,
    /// The day the term itself ends on; another than `day` if that was off and the end moved.
    #[n(1)]
    pub plain: Day,
    /// Whether it rests on a day of a year that is not known 暂定.
    #[n(2)]
    pub provisional: bool,
}

/// A deadline that became another because a year arrived or changed; both are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revised {
    /// What it was.
    #[n(0)]
    pub was: Due,
    /// What it is now.
    #[n(1)]
    pub is: Due,
}

/// A number of working days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WorkingDays {
    /// How many; below zero if they lie behind.
    pub count: i32,
    /// Whether it rests on a day of a year that is not known.
    pub provisional: bool,
}

impl DayKind<'_> {
    /// Whether it is worked.
    #[must_use]
    pub fn is_worked(self) -> bool {
        matches!(self, DayKind::Weekday | DayKind::MakeUp)
    }

    /// Whether a year says so, rather than the day of the week.
    fn is_exception(self) -> bool {
        matches!(self, DayKind::Holiday(_) | DayKind::MakeUp)
    }
}

impl Worked {
    /// Whether it is worked, as far as known.
    #[must_use]
    pub fn is_worked(self) -> bool {
        matches!(self, Worked::Known(true) | Worked::Assumed(true))
    }

    /// Whether nobody has published the day's year yet.
    #[must_use]
    pub fn is_assumed(self) -> bool {
        matches!(self, Worked::Assumed(_))
    }
}

impl Due {
    /// Whether the end moved because the day it fell on is off.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.day != self.plain
    }

    /// The first second that is too late, since 1970 UTC.
    #[must_use]
    pub fn end_s(&self) -> u64 {
        end_of(self.day)
    }

    /// Whether it is over on this day.
    #[must_use]
    pub fn is_over(&self, today: Day) -> bool {
        today > self.day
    }
}

impl Revised {
    /// Whether another day came out, rather than the same one for certain.
    #[must_use]
    pub fn is_other_day(&self) -> bool {
        self.was.day != self.is.day
    }
}

impl Calendar {
    /// The years the program brings along: 2024, 2025 and 2026. Any published version of them stands above these.
    #[must_use]
    pub fn built_in() -> Calendar {
        BUILT_IN_CALENDAR.clone()
    }

    /// Takes a version of a year in.
    ///
    /// # Errors
    ///
    /// All that is wrong with it; it is then not taken.
    pub fn add(&mut self, year: Year) -> Result<(), Vec<YearFault>> {
        let faults = year.check();
        if faults.is_empty() {
            self.years.insert((year.year, year.version, year.hash()), year);
            return Ok(());
        }
        Err(faults)
    }

    /// Every version of every year: by year, then with the one that stands above the others last.
    pub fn years(&self) -> impl Iterator<Item = &Year> {
        self.years.values()
    }

    /// The version of a day's year that says what the day is.
    fn year_of(&self, day: Day) -> Option<&Year> {
        let year = day.year();
        let versions = self.years.range((year, 0, Hash([0; 32]))..=(year, u32::MAX, Hash([255; 32])));
        versions.rev().map(|(_, year)| year).find(|year| year.applies <= day)
    }

    /// What a day is; as far as weekends say if its year is not known.
    #[must_use]
    pub fn kind_of(&self, day: Day) -> DayKind<'_> {
        let known = self.year_of(day).and_then(|year| year.exception(day));
        known.unwrap_or(if day.is_weekend() { DayKind::Weekend } else { DayKind::Weekday })
    }

    /// Whether a day is worked, and whether that is known.
    #[must_use]
    pub fn is_working_day(&self, day: Day) -> Worked {
        match self.year_of(day) {
            Some(_) => Worked::Known(self.kind_of(day).is_worked()),
            None => Worked::Assumed(!day.is_weekend()),
        }
    }

    /// The days of a year that are not what their weekday says, from the first to the last.
    #[must_use]
    pub fn exceptions(&self, year: u16) -> Vec<(Day, DayKind<'_>)> {
        let days = self.kinds(Some(Day::first_of(year)), Day::last_of(year));
        days.filter(|(_, kind)| kind.is_exception()).collect()
    }

    /// Why a term ends when it does: the holidays and make-up days it runs over, if it counts working days; of one in
    /// weeks or months, which counts every day, the days off its end fell on.
    #[must_use]
    pub fn on_the_way(&self, start: Day, term: Term) -> Vec<(Day, DayKind<'_>)> {
        let due = self.due(start, term);
        if term.unit() == TermUnit::WorkingDay {
            return self.kinds(start.tomorrow(), due.day).filter(|(_, kind)| kind.is_exception()).collect();
        }
        self.kinds(Some(due.plain), due.day).filter(|(_, kind)| !kind.is_worked()).collect()
    }

    fn kinds(&self, from: Option<Day>, to: Day) -> impl Iterator<Item = (Day, DayKind<'_>)> {
        let days = iter::successors(from, |day| day.tomorrow()).take_while(move |day| *day <= to);
        days.map(|day| (day, self.kind_of(day)))
    }

    /// When a term ends that starts on a day; that day is not counted.
    ///
    /// Working days: the n-th working day after it. Weeks: the same day of the week, n weeks later. Months: the same day
    /// of the month, or the month's last if it is shorter. Beyond the last [`Day`] there is nothing: terms end on it.
    #[must_use]
    pub fn due(&self, start: Day, term: Term) -> Due {
        let mut provisional = false;
        let (plain, day) = match term.unit() {
            TermUnit::WorkingDay => {
                let day = (0..term.count()).fold(start, |day, _| self.next_worked(day, &mut provisional));
                (day, day)
            }
            TermUnit::Week => self.ended(start.after_days(u32::from(term.count()) * 7), term, &mut provisional),
            TermUnit::Month => self.ended(start.after_months(term.count()), term, &mut provisional),
        };
        Due { day, plain, provisional }
    }

    /// The day a term ends on by itself, and the one on which it is really over.
    fn ended(&self, plain: Day, term: Term, provisional: &mut bool) -> (Day, Day) {
        if term.day_off() == DayOff::Stays {
            return (plain, plain);
        }
        let worked = self.is_working_day(plain);
        *provisional |= worked.is_assumed();
        (plain, if worked.is_worked() { plain } else { self.next_worked(plain, provisional) })
    }

    /// The first working day after a day; whatever is looked at on the way and not known makes it provisional.
    fn next_worked(&self, mut day: Day, provisional: &mut bool) -> Day {
        while let Some(next) = day.tomorrow() {
            day = next;
            let worked = self.is_working_day(day);
            *provisional |= worked.is_assumed();
            if worked.is_worked() {
                break;
            }
        }
        day
    }

    /// What has become of a deadline that was computed by another calendar, or by this one before a year arrived; none if
    /// it is what it was.
    #[must_use]
    pub fn revised(&self, was: Due, start: Day, term: Term) -> Option<Revised> {
        let is = self.due(start, term);
        (is != was).then_some(Revised { was, is })
    }

    /// How many working days come after the first day, up to the second and with it; below zero if that lies before.
    #[must_use]
    pub fn working_days_between(&self, from: Day, to: Day) -> WorkingDays {
        if to < from {
            let back = self.working_days_between(to, from);
            return WorkingDays { count: -back.count, ..back };
        }
        let (mut count, mut at, mut provisional) = (0, from, false);
        // Years that are known are few and gone through day by day; what lies between them, however much, is reckoned.
        let mut known: Vec<u16> = self.years.keys().map(|(year, ..)| *year).collect();
        known.dedup();
        for year in known {
            let (first, last) = (Day::first_of(year).max(at), Day::last_of(year).min(to));
            let before = first.yesterday().unwrap_or(first).max(at);
            if last <= at || first > to {
                continue;
            }
            provisional |= before > at;
            count += at.weekdays_until(before);
            at = before;
            while let Some(day) = at.tomorrow().filter(|day| *day <= last) {
                at = day;
                let worked = self.is_working_day(day);
                provisional |= worked.is_assumed();
                count += i32::from(worked.is_worked());
            }
        }
        WorkingDays { count: count + at.weekdays_until(to), provisional: provisional || at < to }
    }

    /// How many working days are left until a deadline, its last day counted and today not: 0 on the last day, below zero
    /// when it is over. A weekend after it counts as nothing, so ask [`Due::is_over`] whether it is.
    #[must_use]
    pub fn remaining(&self, today: Day, due: &Due) -> WorkingDays {
        let left = self.working_days_between(today, due.day);
        WorkingDays { provisional: left.provisional || due.provisional, ..left }
    }
}

#[cfg(test)]
pub(crate) mod tests;
