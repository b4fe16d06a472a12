//! The pure core of Fangwei 防微: it decides everything and touches nothing.
//!
//! No clock, disk, socket, thread, randomness or log lives here. Time, randomness and stored things come in as
//! arguments; what should happen goes out as values. The simulator, the node and the offline verifier drive the
//! one type [`replica::Replica`].
//!
//! Rooms: [`record`] (what is said and how it is merged), [`trust`] (who may say it), [`work`] (what it is about),
//! [`records`] (how stored things are read), [`replica`] (the one door), [`limits`] (every bound and its reason).

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        reason = "a test that cannot go on stops"
    )
)]

pub mod limits;
pub mod record;
pub mod records;
pub mod replica;
pub mod trust;
pub mod work;
