//! How long somebody has: a number and a unit, without a start.

use std::{fmt, str::FromStr};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The largest number of a term, whatever its unit: the longest a source gives is three months, and a year of working
/// days is counted quickly.
const COUNT_MAX: u16 = 366;

/// How long somebody has; `{ count = 7, unit = "working_day" }` in TOML.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// From 1 to 366.
    #[n(0)]
    #[cbor(decode_with = "decode_count")]
    #[serde(deserialize_with = "read_count")]
    count: u16,
    /// Of what.
    #[n(1)]
    unit: TermUnit,
    /// What becomes of an end on a day off.
    #[n(2)]
    #[serde(default, skip_serializing_if = "DayOff::is_default")]
    day_off: DayOff,
}

/// What a term counts. Closed: who does not know a unit cannot know a deadline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum TermUnit {
    /// Working days of the national calendar.
    #[n(0)]
    WorkingDay,
    /// Weeks of seven days.
    #[n(1)]
    Week,
    /// Calendar months.
    #[n(2)]
    Month,
}

/// What becomes of a term in weeks or months whose last day is off. Working days never end on one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum DayOff {
    /// It ends on the first working day after it ◇.
    #[n(0)]
    #[default]
    Moves,
    /// It ends on that day.
    #[n(1)]
    Stays,
}

/// Why there is no such term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TermFault {
    /// Not from 1 to 366.
    #[error("term of {count}, from 1 to {COUNT_MAX} is allowed")]
    Count {
        /// How many there would be.
        count: u16,
    },
    /// Not a number and a unit.
    #[error("not a term written as 7wd, 1w or 1m")]
    Form,
}

impl Term {
    /// A term whose end moves off days off.
    ///
    /// # Errors
    ///
    /// [`TermFault::Count`] unless the count is from 1 to 366.
    pub const fn new(count: u16, unit: TermUnit) -> Result<Term, TermFault> {
        if count == 0 || count > COUNT_MAX {
            return Err(TermFault::Count { count });
        }
        Ok(Term { count, unit, day_off: DayOff::Moves })
    }

    /// The same term, with this to become of an end on a day off.
    #[must_use]
    pub const fn with_day_off(self, day_off: DayOff) -> Term {
        Term { day_off, ..self }
    }

    /// How many, from 1 to 366.
    #[must_use]
    pub const fn count(self) -> u16 {
        self.count
    }

    /// Of what.
    #[must_use]
    pub const fn unit(self) -> TermUnit {
        self.unit
    }

    /// What becomes of an end on a day off.
    #[must_use]
    pub const fn day_off(self) -> DayOff {
        self.day_off
    }
}

/// A term as somebody types it: `7wd` working days, `1w` weeks, `1m` months.
impl FromStr for Term {
    type Err = TermFault;

    fn from_str(text: &str) -> Result<Term, TermFault> {
        let (count, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
        let unit = match unit {
            "wd" => TermUnit::WorkingDay,
            "w" => TermUnit::Week,
            "m" => TermUnit::Month,
            _ => return Err(TermFault::Form),
        };
        Term::new(count.parse().map_err(|_| TermFault::Form)?, unit)
    }
}

/// As [`Term::from_str`] reads it.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit() {
            TermUnit::WorkingDay => "wd",
            TermUnit::Week => "w",
            TermUnit::Month => "m",
        };
        write!(f, "{}{unit}", self.count())
    }
}

impl DayOff {
    fn is_default(&self) -> bool {
        *self == DayOff::default()
    }
}

fn checked(count: u16) -> Result<u16, TermFault> {
    Term::new(count, TermUnit::WorkingDay).map(Term::count)
}

fn decode_count<C>(d: &mut minicbor::Decoder<'_>, _: &mut C) -> Result<u16, minicbor::decode::Error> {
    let at = d.position();
    checked(d.u16()?).map_err(|_| minicbor::decode::Error::message("not a term").at(at))
}

fn read_count<'de, D: serde::Deserializer<'de>>(source: D) -> Result<u16, D::Error> {
    checked(u16::deserialize(source)?).map_err(serde::de::Error::custom)
}
