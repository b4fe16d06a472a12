//! The demo county: real nodes on this machine's loopback.

use crate::{args::Demo, complaint::Complaint, errand::Errand, verb::Done};

/// Runs it.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(_errand: &mut Errand, _asked: Demo) -> Done {
    Err(Complaint::failed("demo-absent"))
}
