//! How many there are: reports and cases of a unit, by level, category, stage and quarter, and of each unit below.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which unit is counted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatisticsQuery {
    /// The unit; this node's own if it is not given.
    pub unit: Option<String>,
}

/// What is kept here of a unit and all below it, counted; of reports those that whoever asks may see.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Statistics {
    /// Which unit.
    pub unit: String,
    /// What it is called.
    pub unit_name: String,
    /// Whether anything that somebody of it, or below it, wrote is kept here. If not, the numbers say nothing.
    pub heard: bool,
    /// When it was counted.
    pub as_of: String,
    /// Reports.
    pub reports: u64,
    /// Warning cases.
    pub cases: u64,
    /// Cases by level, the gravest first; every level that the rules know.
    pub levels: Vec<Counted>,
    /// Cases by stage, in the order in which they are gone through.
    pub stages: Vec<Counted>,
    /// Reports by category; every category that the rules know.
    pub categories: Vec<Counted>,
    /// The last eight quarters, the present one last.
    pub quarters: Vec<QuarterCounted>,
    /// The units directly below.
    pub units: Vec<UnitCounted>,
}

/// One value and how often it is there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Counted {
    /// The value, as a list is asked for it.
    pub value: String,
    /// In words.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// What began in one quarter of the calendar year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct QuarterCounted {
    /// Its year.
    pub year: u16,
    /// 1 to 4.
    pub quarter: u8,
    /// Reports filed in it.
    pub reports: u64,
    /// Cases proposed in it; where only the outer file is kept, those whose warning was issued.
    pub cases: u64,
}

/// A unit below.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitCounted {
    /// Which.
    pub unit: String,
    /// What it is called.
    pub name: String,
    /// Whether anything that somebody of it, or below it, wrote is kept here. If not, the numbers say nothing.
    pub heard: bool,
    /// Reports.
    pub reports: u64,
    /// Cases.
    pub cases: u64,
    /// Cases by level, in the order of [`Statistics::levels`].
    pub levels: Vec<u64>,
}
