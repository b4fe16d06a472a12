//! One year's holidays and make-up working days, as the State Council's office announces them, in one version.
//!
//! An announcement may also change days of the December before: those are a newer version of that year.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use minicbor::{Decode, Decoder, Encode, decode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Day, DayKind};
use crate::{
    limits::YEAR_DAYS_MAX,
    record::{cbor, entry::Hash},
    trust::charter::is_name,
    work::toml_text::{self, TextFault},
};

/// Years there can be days of.
const YEARS: RangeInclusive<u16> = 1970..=9999;

/// One version of one year.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Which year.
    #[n(0)]
    pub year: u16,
    /// Which version of it: 0 is what the program brings along, a published one has a greater one.
    #[n(1)]
    pub version: u32,
    /// The first day it speaks of, in this year: the days before stay what older versions say.
    #[n(2)]
    pub applies: Day,
    /// Days off, those on weekends included; at most [`YEAR_DAYS_MAX`].
    #[cbor(n(3), decode_with = "decode_holidays")]
    pub holidays: Vec<Holiday>,
    /// Saturdays and Sundays that are worked 调休; at most [`YEAR_DAYS_MAX`].
    #[cbor(n(4), decode_with = "decode_days")]
    pub make_up: Vec<Day>,
}

/// A day off.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Which day.
    #[n(0)]
    pub day: Day,
    /// The festival it is off for, as `春节`.
    #[n(1)]
    pub name: String,
}

/// What is wrong with a year's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum YearFault {
    /// Not from 1970 to 9999.
    #[error("{year} is not a year from {} to {}", YEARS.start(), YEARS.end())]
    NoYear {
        /// What was given.
        year: u16,
    },
    /// More holidays or more make-up days than [`YEAR_DAYS_MAX`].
    #[error("year has {days} days of one sort, at most {YEAR_DAYS_MAX} are allowed")]
    TooMany {
        /// How many there are.
        days: usize,
    },
    /// No holiday at all: no year is without.
    #[error("year has no holiday")]
    NoHoliday,
    /// It would apply from a day of another year.
    #[error("{day} to apply from is not in the year")]
    AppliesElsewhere {
        /// The day it would apply from.
        day: Day,
    },
    /// A day of another year.
    #[error("{day} is not in the year")]
    OtherYear {
        /// Which day.
        day: Day,
    },
    /// A day is off and worked.
    #[error("{day} is a holiday and a make-up day")]
    Both {
        /// Which day.
        day: Day,
    },
    /// A day is said twice.
    #[error("{day} is listed twice")]
    Twice {
        /// Which day.
        day: Day,
    },
    /// A make-up day from Monday to Friday, which is worked anyway.
    #[error("make-up day {day} is neither a saturday nor a sunday")]
    MakeUpOnWeekday {
        /// Which day.
        day: Day,
    },
    /// A holiday without a name that a page can show.
    #[error("holiday {day} has no name")]
    NoName {
        /// Which day.
        day: Day,
    },
    /// Version 0, to be published: that is what the program brings along.
    #[error("a published year has a version from 1 on")]
    NoVersion,
}

/// Every fault's name: see [`YearFault::code`].
pub const FAULT_CODES: &[&str] = &[
    "no_year",
    "too_many",
    "no_holiday",
    "applies_elsewhere",
    "other_year",
    "both",
    "twice",
    "make_up_on_weekday",
    "no_name",
    "no_version",
];

impl YearFault {
    /// Its name in the API and in text keys.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            YearFault::NoYear { .. } => "no_year",
            YearFault::TooMany { .. } => "too_many",
            YearFault::NoHoliday => "no_holiday",
            YearFault::AppliesElsewhere { .. } => "applies_elsewhere",
            YearFault::OtherYear { .. } => "other_year",
            YearFault::Both { .. } => "both",
            YearFault::Twice { .. } => "twice",
            YearFault::MakeUpOnWeekday { .. } => "make_up_on_weekday",
            YearFault::NoName { .. } => "no_name",
            YearFault::NoVersion => "no_version",
        }
    }

    /// What it is about, by the names its words use.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            YearFault::NoYear { year } => vec![("year", year.to_string())],
            YearFault::TooMany { days } => vec![("days", days.to_string()), ("most", YEAR_DAYS_MAX.to_string())],
            YearFault::AppliesElsewhere { day }
            | YearFault::OtherYear { day }
            | YearFault::Both { day }
            | YearFault::Twice { day }
            | YearFault::MakeUpOnWeekday { day }
            | YearFault::NoName { day } => vec![("day", day.to_string())],
            YearFault::NoHoliday | YearFault::NoVersion => Vec::new(),
        }
    }
}

impl Year {
    /// Reads a year's text. That it makes sense is [`Year::check`]'s.
    ///
    /// # Errors
    ///
    /// [`TextFault`].
    pub fn from_toml(text: &str) -> Result<Year, TextFault> {
        toml_text::read(text)
    }

    /// Its text, to be copied and edited.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // What a year is made of has no form that TOML could not have.
        toml::to_string(self).unwrap_or_default()
    }

    /// All that is wrong with the data; nothing if it can be used.
    #[must_use]
    pub fn check(&self) -> Vec<YearFault> {
        let mut faults = BTreeSet::new();
        if !YEARS.contains(&self.year) {
            faults.insert(YearFault::NoYear { year: self.year });
        }
        for days in [self.holidays.len(), self.make_up.len()] {
            if days > YEAR_DAYS_MAX {
                faults.insert(YearFault::TooMany { days });
            }
        }
        if self.holidays.is_empty() {
            faults.insert(YearFault::NoHoliday);
        }
        if self.applies.year() != self.year {
            faults.insert(YearFault::AppliesElsewhere { day: self.applies });
        }
        let off = self.holidays.iter().map(|holiday| (holiday.day, false));
        let mut seen: BTreeMap<Day, bool> = BTreeMap::new();
        for (day, is_worked) in off.chain(self.make_up.iter().map(|day| (*day, true))) {
            if day.year() != self.year {
                faults.insert(YearFault::OtherYear { day });
            }
            if is_worked && !day.is_weekend() {
                faults.insert(YearFault::MakeUpOnWeekday { day });
            }
            match seen.insert(day, is_worked) {
                Some(before) if before == is_worked => faults.insert(YearFault::Twice { day }),
                Some(_) => faults.insert(YearFault::Both { day }),
                None => false,
            };
        }
        let unnamed = self.holidays.iter().filter(|holiday| !is_name(&holiday.name));
        faults.extend(unnamed.map(|holiday| YearFault::NoName { day: holiday.day }));
        faults.into_iter().collect()
    }

    /// All that is wrong with it as something to be published.
    #[must_use]
    pub fn check_published(&self) -> Vec<YearFault> {
        let mut faults = self.check();
        faults.extend((self.version == 0).then_some(YearFault::NoVersion));
        faults
    }

    /// The hash of its signed bytes: of two of one version the greater one stands.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&cbor::encode(self))
    }

    /// What it says of a day, if that is not what the day of the week says.
    pub(super) fn exception(&self, day: Day) -> Option<DayKind<'_>> {
        if let Some(holiday) = self.holidays.iter().find(|holiday| holiday.day == day) {
            return Some(DayKind::Holiday(&holiday.name));
        }
        self.make_up.contains(&day).then_some(DayKind::MakeUp)
    }
}

fn decode_holidays<'b, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<Holiday>, decode::Error> {
    cbor::at_most(YEAR_DAYS_MAX, d, context)
}

fn decode_days<'b, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<Day>, decode::Error> {
    cbor::at_most(YEAR_DAYS_MAX, d, context)
}
