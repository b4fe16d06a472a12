//! Stories with names in a county in memory, read like sentences.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod county;
