//! Claims about redactions.
