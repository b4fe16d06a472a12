//! Reports 预警信息: pieces of information collected at a reporting point. Source: domain §6.

use crate::work::schema::{Field, number, prose, word};

/// The fields of a report. `category` is one of the thirteen of domain §6 as a number; money is in fen.
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
