//! What the tests share: a county in memory whose links can be cut at any byte, and real nodes on loopback.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

pub mod attachments;
pub mod cases;
pub mod claims;
pub mod filters;
pub mod hostile;
pub mod hub;
pub mod impair;
pub mod links;
pub mod load;
mod meter;
pub mod nodes;
pub mod pace;
pub mod program;
pub mod relay;
pub mod sim;
pub mod stranger;
pub mod units;
pub mod wired;
pub mod world;
