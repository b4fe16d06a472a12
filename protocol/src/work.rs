//! What it is about: units, risks, reports and warning cases.

pub mod attachment;
pub mod cadre;
pub mod calendar;
pub mod case;
pub mod days;
pub mod duty;
pub mod pack;
pub mod report;
pub mod risk;
pub mod schema;
pub mod sharing;
pub mod toml_text;
pub mod unit;
