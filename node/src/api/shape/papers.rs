//! Serial numbers of papers as they are shown and struck.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The registers kept here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Papers {
    /// By unit, the newest year first, then by word.
    pub registers: Vec<PaperRegister>,
}

/// A register of serial numbers: of one node, series word and year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PaperRegister {
    /// Whose it is.
    pub unit: String,
    /// What that is called.
    pub unit_name: String,
    /// Its series word 字号.
    pub word: String,
    /// Its year.
    pub year: u16,
    /// Whether it is this node's, so that numbers are given and struck here.
    pub here: bool,
    /// The numbers from 1 on.
    pub numbers: Vec<PaperNumber>,
}

/// A number and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PaperNumber {
    /// Which.
    pub number: u32,
    /// As people write it.
    pub written: String,
    /// The id of the document it was allotted to.
    pub paper: String,
    /// `report`, `case` or `other`.
    pub kind: String,
    /// Whether something there bears it, as far as that is kept here.
    pub issued: bool,
    /// Why it was struck; none if it was not.
    pub struck: Option<String>,
}

/// A number to be struck 作废.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StrikeForm {
    /// The register's word.
    pub word: String,
    /// Its year.
    pub year: u16,
    /// Which.
    pub number: u32,
    /// Why.
    pub reason: String,
}
