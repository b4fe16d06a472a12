//! Does what the protocol decided: keeps it on disk, carries it, reads the clock, holds the keys, speaks local HTTP.

pub mod access;
pub mod api;
pub mod audit;
pub mod ceremony;
pub mod clock;
pub mod config;
pub mod desk;
pub mod founding;
pub mod identity;
pub mod keyring;
pub mod ledger;
pub mod limits;
pub mod memory;
pub mod net;
pub mod node;
pub mod observe;
pub mod profile;
pub mod replies;
pub mod run;
pub mod second_factor;
pub mod session;
pub mod store;
pub mod token;
pub mod view;
pub mod web;
pub mod words;
