//! Data that a person wrote as TOML: what of it cannot be read, and on which line.

use serde::de::DeserializeOwned;
use thiserror::Error;

/// Why a text is not what it should be: no TOML, or of another shape.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{what}, in line {line}")]
pub struct TextFault {
    /// From 1.
    pub line: usize,
    /// What is wrong, on one line.
    pub what: String,
}

/// Reads a text.
///
/// # Errors
///
/// [`TextFault`], with the first thing that is wrong.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, TextFault> {
    toml::from_str(text).map_err(|fault| {
        let before = fault.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let what = fault.message().split_whitespace().collect::<Vec<_>>().join(" ");
        TextFault { line: before.matches('\n').count() + 1, what }
    })
}
