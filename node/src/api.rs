//! The local HTTP: what people and programs of this machine ask a node, over a Unix socket or in-process.

pub mod shape;
