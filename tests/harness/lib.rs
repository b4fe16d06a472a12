//! What the tests share: a county in memory, its officers, and links that can be cut at any byte.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

pub mod claims;
pub mod stranger;
pub mod world;
