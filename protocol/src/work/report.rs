//! Reports 预警信息: pieces of information collected at a reporting point, and what the deciding unit makes of them. Source:
//! domain §6.
//!
//! A report is two documents: itself, at the reporting unit, with all that whoever reported may know; and its triage, at
//! the deciding unit, which never travels down.

pub mod act;
pub mod file;
pub mod permit;
pub mod refusal;
pub mod table;
pub mod triage;

use crate::{
    record::entry::{DocId, DocKey, Hash, Kind},
    work::{
        case::{files_of, following},
        schema::{Field, number, prose, word},
        unit::UnitPath,
    },
};

/// The fields of a report while it is drafted; what counts is the act that files it. `category` is one of the thirteen of domain §6 as a number; money is in fen.
pub const FIELDS: &[Field] = &[
    word("title"),
    number("category"),
    word("source"),
    word("concerned_unit"),
    word("concerned_post"),
    prose("account"),
    number("happened_s"),
    word("place"),
    number("amount_fen"),
    word("urgency"),
];

/// Categories of information, numbered as in domain §6.
pub const CATEGORIES: std::ops::RangeInclusive<i64> = 1..=13;

/// The report of somebody of whom nothing is known but the hash of a receipt code, filed at a unit: found by the code alone
/// wherever it is kept, and from its name nobody learns the code.
#[must_use]
pub fn report_of_code(code: &Hash, unit: &UnitPath) -> DocKey {
    let hash = Hash::of_parts("fangwei receipt 1", [code.as_slice()]);
    let mut id = [0; 16];
    id.iter_mut().zip(hash.as_slice()).for_each(|(to, from)| *to = *from);
    DocKey { scope: files_of(unit), kind: Kind::REPORT, doc: DocId(id) }
}

/// The triage of a report at a unit that decides: it follows from the report's name, so that nobody has to look for it,
/// and there is one.
#[must_use]
pub fn triage_of(report: &DocKey, unit: &UnitPath) -> DocKey {
    DocKey { scope: files_of(unit), kind: Kind::TRIAGE, doc: following("fangwei triage 1", report) }
}
