//! One file per verb: what it does; how it is said is elsewhere.

pub mod demo;
