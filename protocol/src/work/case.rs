//! A warning case's life: propose → approve → issue → answer → lift. Source: domain §7.
//!
//! A case is two documents. The **inner file** stands at the deciding unit (proposal, decision); the **outer file** at
//! the subject's unit (the paper, the answer, the lifting), linked by id, because a document shows itself whole to
//! everyone who keeps it.

pub mod act;
mod asked;
pub mod breach;
pub mod consequence;
pub mod deadline;
pub mod deed;
mod folding;
pub mod inner;
pub mod law;
pub mod outer;
pub mod permit;
pub mod refusal;
pub mod series;
pub mod table;

pub use folding::Crossing;

use minicbor::{Decode, Encode};

use crate::{
    record::entry::{DocId, DocKey, Hash, Kind, Reach, Scope, Shelf},
    work::unit::UnitPath,
};

/// A warning level: 1 red 红, 2 yellow 黄, 3 blue 蓝. An open code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct Level(#[n(0)] pub u8);

impl Level {
    /// Red: decided by the party committee.
    pub const ONE: Level = Level(1);
    /// Yellow: decided by the secretary.
    pub const TWO: Level = Level(2);
    /// Blue: decided by the discipline lead.
    pub const THREE: Level = Level(3);
}

/// The outer file of a case about a subject of a unit: it follows from the inner file's name, so that nobody has to look
/// for it, and there is one.
#[must_use]
pub fn outer_file(case: &DocKey, unit: &UnitPath) -> DocKey {
    DocKey { scope: files_of(unit), kind: Kind::CASE_OUTER, doc: following("fangwei outer 1", case) }
}

/// Where the documents of cases and reports of a unit stand.
#[must_use]
pub fn files_of(unit: &UnitPath) -> Scope {
    Scope { home: unit.clone(), reach: Reach::UP, shelf: Shelf::CASE }
}

/// The id of the one document that follows from another one.
pub(super) fn following(context: &str, document: &DocKey) -> DocId {
    let hash = Hash::of_parts(context, [crate::record::cbor::encode(document).as_slice()]);
    let mut id = [0; 16];
    id.iter_mut().zip(hash.as_slice()).for_each(|(to, from)| *to = *from);
    DocId(id)
}
