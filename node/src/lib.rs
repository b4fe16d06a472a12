//! Does what the protocol decided: keeps it on disk, carries it, reads the clock, holds the keys, speaks local HTTP.

pub mod limits;
pub mod store;
