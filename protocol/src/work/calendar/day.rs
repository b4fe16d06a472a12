//! A civil day in China, from 1970-01-01 to 9999-12-31.
//!
//! China has one zone, eight hours before UTC, and has not moved its clocks since 1991; so a day is a number of days and
//! no time zone database decides about a deadline. Before that year a summer day is off by an hour, and nobody asks.

use std::{fmt, ops::Add, str::FromStr};

use jiff::{Span, civil::Date};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Seconds by which China's clocks are before UTC.
const ZONE_S: u64 = 8 * 3_600;

/// Seconds of a day.
const DAY_S: u64 = 86_400;

/// Day 0.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A civil day; `2026-11-22` as text, days since 1970-01-01 in CBOR.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(u32);

/// Why a text, a date or a number is not a [`Day`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DayFault {
    /// Not year, month and day as `2026-11-22`, or a date there is not.
    #[error("not a date written as 2026-11-22")]
    Form,
    /// Before [`Day::MIN`] or after [`Day::MAX`].
    #[error("date is outside of {} to {}", Day::MIN, Day::MAX)]
    Range,
}

/// The day it is in China at a time in seconds since 1970 UTC; [`Day::MAX`] for all times after it.
#[must_use]
pub fn day_of(time_s: u64) -> Day {
    let days = time_s.saturating_add(ZONE_S) / DAY_S;
    Day(u32::try_from(days).map_or(Day::MAX.0, |days| days.min(Day::MAX.0)))
}

/// The first second after a day in China, since 1970 UTC: [`day_of`] of the second before it is that day.
#[must_use]
pub fn end_of(day: Day) -> u64 {
    (u64::from(day.0) + 1) * DAY_S - ZONE_S
}

impl Day {
    /// 1970-01-01.
    pub const MIN: Day = Day(0);
    /// 9999-12-31.
    pub const MAX: Day = Day(2_932_896);

    /// How many days come after this one, up to the other and with it; below zero if that lies before.
    #[must_use]
    pub fn days_until(self, other: Day) -> i32 {
        let days = i64::from(other.0) - i64::from(self.0);
        i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
    }

    /// The day so many days after 1970-01-01; none after [`Day::MAX`].
    #[must_use]
    pub const fn new(days: u32) -> Option<Day> {
        if days <= Day::MAX.0 { Some(Day(days)) } else { None }
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> Date {
        Span::new().try_days(self.0).and_then(|days| EPOCH.checked_add(days)).unwrap_or(Date::MAX)
    }

    /// Its year, from 1970 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.date().year().unsigned_abs()
    }

    /// Which day of the week: from 1, Monday, to 7, Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        // Day 0 was a Thursday.
        u8::try_from((self.0 + 3) % 7).unwrap_or(0) + 1
    }

    /// Whether it is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        self.weekday() >= 6
    }

    /// The day after, if there is one.
    #[must_use]
    pub fn tomorrow(self) -> Option<Day> {
        (self < Day::MAX).then(|| Day(self.0 + 1))
    }

    /// The day before, if there is one.
    #[must_use]
    pub fn yesterday(self) -> Option<Day> {
        self.0.checked_sub(1).map(Day)
    }

    /// So many days later, or [`Day::MAX`].
    pub(super) fn after_days(self, days: u32) -> Day {
        Day(self.0.saturating_add(days)).min(Day::MAX)
    }

    /// The same day so many months later, or the last of that month; or [`Day::MAX`].
    pub(super) fn after_months(self, months: u16) -> Day {
        let later = Span::new().try_months(months).and_then(|months| self.date().checked_add(months));
        later.ok().and_then(|date| Day::try_from(date).ok()).unwrap_or(Day::MAX)
    }

    /// 1 January of a year; [`Day::MAX`] where there is none.
    pub(super) fn first_of(year: u16) -> Day {
        i16::try_from(year).ok().and_then(|year| Day::try_from(Date::new(year, 1, 1).ok()?).ok()).unwrap_or(Day::MAX)
    }

    /// 31 December of a year; [`Day::MAX`] where there is none.
    pub(super) fn last_of(year: u16) -> Day {
        i16::try_from(year).ok().and_then(|year| Day::try_from(Date::new(year, 12, 31).ok()?).ok()).unwrap_or(Day::MAX)
    }

    /// How many days from Monday to Friday come after this one, up to `to` and with it; 0 if that lies before.
    pub(super) fn weekdays_until(self, to: Day) -> i32 {
        // Counted from Monday, 1969-12-29, which is day -3.
        let until = |day: Day| (day.0 + 4) / 7 * 5 + ((day.0 + 4) % 7).min(5);
        i32::try_from(until(to).saturating_sub(until(self))).unwrap_or(i32::MAX)
    }
}

/// So many days later, or earlier below zero; the first or the last day there is where there is none.
impl Add<i32> for Day {
    type Output = Day;

    fn add(self, days: i32) -> Day {
        Day(self.0.saturating_add_signed(days).min(Day::MAX.0))
    }
}

impl TryFrom<Date> for Day {
    type Error = DayFault;

    fn try_from(date: Date) -> Result<Day, DayFault> {
        let days = date.duration_since(EPOCH).as_hours() / 24;
        u32::try_from(days).map(Day).map_err(|_| DayFault::Range)
    }
}

impl FromStr for Day {
    type Err = DayFault;

    fn from_str(text: &str) -> Result<Day, DayFault> {
        // jiff reads other forms as well; of one day there is one text.
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        Day::try_from(date.ok_or(DayFault::Form)?)
    }
}

impl TryFrom<String> for Day {
    type Error = DayFault;

    fn try_from(text: String) -> Result<Day, DayFault> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<C> Encode<C> for Day {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.u32(self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Day {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let at = d.position();
        let day = Day(d.u32()?);
        if day > Day::MAX { Err(decode::Error::message("not a day").at(at)) } else { Ok(day) }
    }
}
