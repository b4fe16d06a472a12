//! What strangers can send: each bad input with its exact refusal, nothing stored for it, and bounds on what it costs.
//!
//! `corpus/` holds one file for each small input and one table of verdicts for each reader; all of it is made by `cases`,
//! and a test says whether it still is (`FANGWEI_WRITE_CORPUS=1` writes it anew). What would be megabytes is made in
//! memory. `FANGWEI_HOSTILE=1000000` says how many inputs the bulk run tries; without it, a few ten thousand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod bulk;
mod cases;
mod corpus;
mod cost;
mod every;
mod large;
mod node;

use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;

/// Counts what is allocated, so that the cost of one input is what it took and not what the process has.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Only one test at a time: memory is counted for the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
