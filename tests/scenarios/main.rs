//! Stories with names in a county in memory, read like sentences.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod accused;
mod attached;
mod calendar;
mod casework;
mod county;
mod crowd;
mod cuts;
mod dishonest;
mod hostile;
mod impostors;
mod links;
mod meeting;
mod order;
mod pack;
mod receipts;
mod redacted;
mod revoked;
mod rot;
mod scene;
mod two_faced;
mod unending;
mod upheaval;
mod void;
mod witnessed;
