//! What it is about: units, risks, reports and warning cases.

pub mod calendar;
pub mod case;
pub mod report;
pub mod risk;
pub mod schema;
pub mod unit;
