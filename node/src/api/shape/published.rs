//! What a county publishes as its rules: policy packs, and the years of the working-day calendar.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A policy pack to be published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackForm {
    /// The unit it is for, with everything below.
    pub unit: String,
    /// The pack as TOML.
    pub text: String,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// A pack that was published, or could be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PackPublished {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The unit it is for, with everything below.
    pub unit: String,
    /// The pack.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// The first civil day it is for, as `2026-01-01`.
    pub applies_from: String,
    /// Of its bytes, 64 hexadecimal digits.
    pub hash: String,
    /// In how many parts.
    pub parts: u64,
}

/// The years of the calendar that this node reckons with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Years {
    /// Every version of every year, with the one that stands above the others of its year last.
    pub years: Vec<YearLine>,
}

/// One version of a year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct YearLine {
    /// Which year.
    pub year: u16,
    /// Which version of it; 0 is what the program brings along.
    pub version: u32,
    /// The first day it speaks of, as `2026-01-01`.
    pub applies: String,
    /// How many holidays it lists, those on weekends included.
    pub holidays: u64,
    /// How many days it makes up for them.
    pub make_up: u64,
}

/// Which year of the calendar is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct YearQuery {
    /// From 1970 to 9999.
    pub year: u16,
}

/// A year of the calendar as this node reckons with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct YearShown {
    /// Which year.
    pub year: u16,
    /// The version that stands above the others.
    pub version: u32,
    /// Its holidays and make-up days, from the first to the last.
    pub days: Vec<DayShown>,
    /// That version as TOML, to be copied and edited.
    pub text: String,
}

/// A civil day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DayShown {
    /// As `2026-11-22`.
    pub day: String,
    /// From 1, Monday, to 7, Sunday.
    pub weekday: u8,
    /// `weekday`, `weekend`, `holiday` or `make_up`.
    pub kind: String,
    /// The festival of a holiday.
    pub festival: Option<String>,
}

/// A year of the calendar to be published for the whole tree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct YearForm {
    /// The year as TOML.
    pub text: String,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// A year that was published, or could be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct YearPublished {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// What it is.
    #[serde(flatten)]
    pub line: YearLine,
}

/// A term whose end is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DueQuery {
    /// The day it starts on, which is not counted, as `2026-11-22`.
    pub from: String,
    /// How long it is: `5wd` working days, `1w` weeks, `1m` months.
    pub term: String,
}

/// When a term ends, and why then.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct DueShown {
    /// The day it starts on, which is not counted.
    pub from: String,
    /// How many,
    pub count: u16,
    /// of `working_day`, `week` or `month`.
    pub unit: String,
    /// The last day: what is done by its end is in time.
    pub day: String,
    /// The day the term itself ends on; another than `day` if that one is off.
    pub plain: String,
    /// Whether a year it rests on is not published yet, so that another day may come out.
    pub provisional: bool,
    /// The holidays and make-up days a term in working days runs over; of one in weeks or months the days off its end
    /// moved over.
    pub days: Vec<DayShown>,
}
