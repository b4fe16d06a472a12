//! The verbs as people use them, in this process: what is answered, what is said, how they end.

#![cfg(test)]

mod bad;
mod ceremony;
mod desk;
mod grammar;
mod redacting;
mod walk;
