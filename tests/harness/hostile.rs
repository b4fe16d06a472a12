//! What strangers can send, and everything that reads it: shared by the hostile corpus, the bulk run and fuzzing.

pub mod decoders;
pub mod samples;
pub mod shapes;
pub mod victim;
