//! The repository checks itself: each sentence of ARCHITECTURE.md about what is absent is a test here.
//!
//! A check is a function from files to findings. Beside the test that runs it over the real tree stands one that shows
//! it a bad example, because a check that cannot fail proves nothing. Add a sentence to ARCHITECTURE.md, its check to
//! the module it is about, both tests, done. `cargo tidy` runs them all in well under a second.

#![cfg(test)]

mod authority;
mod crates;
mod doors;
mod profiles;
mod prose;
mod purity;
mod rust;
mod secrets;
mod shape;
mod tree;
mod words;
