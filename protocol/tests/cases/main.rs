//! The life of a case, explored: every reachable state, every act, every officer, against a second opinion.
//!
//! `explore.rs` walks the states that can be reached and compares each answer with `model.rs`, which shares no code with
//! the state machine; `mutations.rs` shows that a change to any row of the table would be noticed; `crossing.rs` lets
//! every two acts meet that can, and writes what comes of it into `protocol/CROSSINGS.md`; `stories.rs` and `bureau.rs` tell cases
//! by the built-in packs, through every door an act goes before it is signed. Reports are explored in `reports.rs` against
//! `opinion.rs`, and told in `filings.rs`; what everybody has to do at each step of both is in `duties.rs`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on stops")]

mod bureau;
mod crossing;
mod duties;
mod explore;
mod filings;
mod model;
mod mutations;
mod opinion;
mod reports;
mod stories;
mod town;
mod tried;
mod world;
