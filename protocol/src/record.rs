//! What is said: signed entries, the feeds they form, the documents they add up to, and how two nodes compare them.

pub mod body;
pub mod bundle;
pub mod cbor;
pub mod document;
pub mod entry;
pub mod feed;
pub mod fold;
pub mod frontier;
pub mod log;
pub mod message;
pub mod reconcile;
pub mod run;
