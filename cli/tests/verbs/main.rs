//! The verbs as people use them, in this process: what is answered, what is said, how they end.

#![cfg(test)]

mod bad;
mod calendar;
mod casework;
mod ceremony;
mod desk;
mod grammar;
mod pack;
mod redacting;
mod walk;
