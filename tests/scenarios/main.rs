//! Stories with names in a county in memory, read like sentences.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod county;
mod cuts;
mod hostile;
mod links;
mod meeting;
mod order;
mod receipts;
mod revoked;
mod scene;
mod void;
mod witnessed;
