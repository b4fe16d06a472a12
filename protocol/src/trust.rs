//! Who may say it: keys, the genesis, certificates, and the verdict on every entry.

pub mod authority;
pub mod charter;
pub mod checkpoint;
pub mod confirmed;
pub mod genesis;
pub mod interval;
pub mod key;
pub mod receipt;
pub mod redaction;
pub mod revocation;
pub mod root;
pub mod witnessing;
