//! What a document says once it is executed: fields with their concurrent values, marks, heads, who edited.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::record::{body::Value, entry::EntryId};

/// What a document says now: everything a reader or another view needs, comparable as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct Reading {
    /// All fields of its kind, by name.
    #[n(0)]
    pub fields: BTreeMap<&'static str, FieldValue>,
    /// What is to be said of single entries.
    #[n(1)]
    pub marks: BTreeMap<EntryId, Mark>,
    /// Entries no other in the document names in `after`, ascending: what the next entry names.
    #[n(2)]
    pub heads: Vec<EntryId>,
    /// The executed edits, by run.
    #[n(3)]
    pub edits: BTreeMap<EntryId, BTreeSet<EntryId>>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub enum FieldValue {
    /// A word, a number or a flag.
    #[n(0)]
    Single {
        /// What is shown; none if never set or cleared.
        #[n(0)]
        shown: Option<Setting>,
        /// What was set concurrently and has not been replaced since.
        #[n(1)]
        others: Vec<Setting>,
    },
    /// A long text.
    #[n(1)]
    Prose(#[n(0)] String),
    /// A list.
    #[n(2)]
    Items(#[n(0)] Vec<String>),
}

/// A value and who set it.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub struct Setting {
    /// The value.
    #[n(0)]
    pub value: Value,
    /// The edit that set it.
    #[n(1)]
    pub by: EntryId,
}

/// Something found out about an entry by executing its document; no verdict depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Mark {
    /// An edit that was left out because it does not apply.
    #[n(0)]
    Inapplicable(#[n(0)] Inapplicable),
}

/// Why an edit does not apply to the state it was said at.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Error)]
pub enum Inapplicable {
    /// A position that is not there.
    #[error("position {at} of {field:?} is not there: it has {len}")]
    #[n(0)]
    OutOfRange {
        /// In which field.
        #[n(0)]
        field: String,
        /// The position; of a stretch to delete that begins inside, its end.
        #[n(1)]
        at: u64,
        /// How long the text or list is where the step comes.
        #[n(2)]
        len: u64,
    },
    /// There is no room for it: it and what is behind it weigh too much, or the document has all the edits it may
    /// have. To be continued in a new document.
    #[error("document has as many changes as one may have")]
    #[n(1)]
    TooManyEdits,
    /// A text or a list would grow beyond its limit.
    #[error("{field:?} would grow to {len}, beyond its limit")]
    #[n(2)]
    TooLong {
        /// Which field.
        #[n(0)]
        field: String,
        /// How long it would become.
        #[n(1)]
        len: u64,
    },
    /// A step its field cannot take. Such an edit is void by its verdict; this is the second lock.
    #[error("field {field:?} cannot be changed like this")]
    #[n(3)]
    Unfit {
        /// Which field.
        #[n(0)]
        field: String,
    },
    /// The engine would not take it, or its run does not lead to it: never so for entries that were admitted.
    #[error("merge engine refused it")]
    #[n(4)]
    Refused,
}
