//! Serial numbers of papers 文书编号: one register for each issuing node, series word and year.
//!
//! A register is a document of its own in which only one node's officers write, so that two nodes of one unit never give
//! the same number: each has its own series word. A number is allotted *before* the paper that bears it is issued, and
//! what is allotted and never issued is cancelled 作废, not given again: after a power cut the register tells which. The
//! fold takes numbers in their order only, so that there is never a gap. Source: domain §7, packs §3.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use thiserror::Error;

use super::{act::SerialNumber, law::Officer};
use crate::{
    limits::NAME_CHARS_MAX,
    record::entry::{CertificateId, DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    trust::charter::Role,
    work::unit::UnitPath,
};

/// What is said in a register.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum SeriesAct {
    /// Gives the next number to a paper that is about to be issued.
    #[n(0)]
    Allot {
        /// The register it is written in: the issuing node's certificate, the word and the year.
        #[n(0)]
        register: Register,
        /// The number.
        #[n(1)]
        number: u32,
        /// The document the paper will stand in.
        #[n(2)]
        paper: DocKey,
    },
    /// 作废: the number is not used. It stays.
    #[n(1)]
    Void {
        /// The number.
        #[n(0)]
        number: u32,
        /// Why.
        #[n(1)]
        reason: String,
    },
}

/// Which register: it decides the document, so that one register never becomes two.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub struct Register {
    /// The certificate of the node whose officers issue.
    #[n(0)]
    pub node: CertificateId,
    /// The series word 字号.
    #[n(1)]
    pub word: String,
    /// The year.
    #[n(2)]
    pub year: u16,
}

/// One act of a register, as the fold takes it.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The entry.
    pub id: EntryId,
    /// What was said.
    pub act: &'a SeriesAct,
}

/// A number and what became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allotted {
    /// The entry that allotted it.
    pub by: EntryId,
    /// The document its paper stands in.
    pub paper: DocKey,
    /// Why it was cancelled, if it was.
    pub void: Option<String>,
}

/// A register, folded.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Series {
    /// Which, once a number was allotted.
    pub register: Option<Register>,
    /// The numbers from 1 on.
    pub numbers: Vec<Allotted>,
    /// Acts without effect, and why.
    pub refused: BTreeMap<EntryId, SeriesRefusal>,
}

/// Why a number may not be allotted or cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum SeriesRefusal {
    /// The document is not that of this register.
    #[error("this is the document of another register")]
    OtherRegister,
    /// A blank or overlong word.
    #[error("the series word is blank or has more than {NAME_CHARS_MAX} characters")]
    BadWord,
    /// Not the next one.
    #[error("the next number is {next}, not {given}")]
    NotNext {
        /// The next one.
        next: u32,
        /// What was given.
        given: u32,
    },
    /// Never allotted.
    #[error("number {0} was never allotted")]
    NotAllotted(u32),
    /// Cancelled already.
    #[error("number {0} was cancelled already")]
    AlreadyVoid(u32),
    /// No reason for cancelling.
    #[error("a number is cancelled for a reason")]
    NoReason,
    /// Nobody who numbers papers or reports of the unit. Refused when written only.
    #[error("papers and reports are numbered by officers of the unit that handle cases or report")]
    NotNumbering,
    /// Another node's register. Refused when written only.
    #[error("the register belongs to another node of the unit")]
    OtherNode,
}

/// Roles that number papers and reports at their unit.
pub const NUMBERING: &[Role] = &[
    Role::ANALYST,
    Role::DISCIPLINE_LEAD,
    Role::SECRETARY,
    Role::PARTY_COMMITTEE,
    Role::LEADING_GROUP,
    Role::REPORTER,
    Role::INVITED_REPORTER,
];

/// What tells the words of a unit's further nodes apart: 甲 is the first, which bears none.
const MARKS: [&str; 9] = ["乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];

impl SeriesAct {
    /// What can be redacted of it, in order.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            SeriesAct::Allot { .. } => Vec::new(),
            SeriesAct::Void { reason, .. } => vec![reason],
        }
    }
}

impl SeriesRefusal {
    /// Its name in the API and in text keys.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            SeriesRefusal::OtherRegister => "other_register",
            SeriesRefusal::BadWord => "bad_series_word",
            SeriesRefusal::NotNext { .. } => "not_the_next_number",
            SeriesRefusal::NotAllotted(_) => "number_never_allotted",
            SeriesRefusal::AlreadyVoid(_) => "number_already_struck",
            SeriesRefusal::NoReason => "no_reason_to_strike",
            SeriesRefusal::NotNumbering => "not_numbering",
            SeriesRefusal::OtherNode => "register_of_other_node",
        }
    }
}

impl Register {
    /// Its document at a unit.
    #[must_use]
    pub fn document(&self, home: &UnitPath) -> DocKey {
        let year = self.year.to_be_bytes();
        let hash = Hash::of_parts("fangwei series 1", [self.node.0.as_slice(), self.word.as_bytes(), year.as_slice()]);
        let mut doc = [0; 16];
        doc.iter_mut().zip(hash.as_slice()).for_each(|(to, from)| *to = *from);
        let scope = Scope { home: home.clone(), reach: Reach::UP, shelf: Shelf::CASE };
        DocKey { scope, kind: Kind::PAPER_SERIES, doc: DocId(doc) }
    }

    /// The series word of a node: the pack's for the unit's first node, with a mark for each further one, so that no two
    /// nodes give one number. `nodes` are the unit's nodes in the order in which they were certified.
    #[must_use]
    pub fn word_for(word: &str, node: &CertificateId, nodes: &[CertificateId]) -> String {
        match nodes.iter().position(|known| known == node) {
            Some(0) | None => word.into(),
            Some(at) => match MARKS.get(at - 1) {
                Some(mark) => format!("{word}{mark}"),
                None => format!("{word}{}", at + 1),
            },
        }
    }

    /// A number of it.
    #[must_use]
    pub fn number(&self, home: &UnitPath, number: u32) -> SerialNumber {
        SerialNumber { word: self.word.clone(), year: self.year, number, series: self.document(home) }
    }
}

impl Series {
    /// Folds valid acts in causal order.
    pub fn fold<'a>(document: &DocKey, acts: impl IntoIterator<Item = Said<'a>>) -> Series {
        let mut series = Series::default();
        for said in acts {
            match series.may(document, said.act) {
                Err(refusal) => drop(series.refused.insert(said.id, refusal)),
                Ok(()) => series.take(said),
            }
        }
        series
    }

    /// Whether an act may be written now: asked before writing, and by the fold.
    ///
    /// # Errors
    ///
    /// [`SeriesRefusal`].
    pub fn may(&self, document: &DocKey, act: &SeriesAct) -> Result<(), SeriesRefusal> {
        match act {
            SeriesAct::Allot { register, number, .. } => {
                let is_this = self.register.as_ref().is_none_or(|known| known == register);
                if !is_this || register.document(&document.scope.home) != *document {
                    return Err(SeriesRefusal::OtherRegister);
                }
                if register.word.trim().is_empty() || register.word.chars().count() > NAME_CHARS_MAX {
                    return Err(SeriesRefusal::BadWord);
                }
                let next = self.next();
                if *number == next { Ok(()) } else { Err(SeriesRefusal::NotNext { next, given: *number }) }
            }
            SeriesAct::Void { number, reason } => match self.of(*number) {
                None => Err(SeriesRefusal::NotAllotted(*number)),
                Some(Allotted { void: Some(_), .. }) => Err(SeriesRefusal::AlreadyVoid(*number)),
                Some(_) if reason.trim().is_empty() => Err(SeriesRefusal::NoReason),
                Some(_) => Ok(()),
            },
        }
    }

    /// Whether an officer may write an act at a node now.
    ///
    /// # Errors
    ///
    /// All that [`Series::may`] refuses; then [`SeriesRefusal::NotNumbering`] and [`SeriesRefusal::OtherNode`].
    pub fn may_write(
        &self,
        document: &DocKey,
        act: &SeriesAct,
        by: &Officer<'_>,
        node: &CertificateId,
    ) -> Result<(), SeriesRefusal> {
        self.may(document, act)?;
        if *by.unit != document.scope.home || !by.has_any(NUMBERING) {
            return Err(SeriesRefusal::NotNumbering);
        }
        let register = match act {
            SeriesAct::Allot { register, .. } => Some(register),
            SeriesAct::Void { .. } => self.register.as_ref(),
        };
        if register.is_some_and(|register| register.node == *node) { Ok(()) } else { Err(SeriesRefusal::OtherNode) }
    }

    /// The number to allot next, from 1.
    #[must_use]
    pub fn next(&self) -> u32 {
        u32::try_from(self.numbers.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// What became of a number.
    #[must_use]
    pub fn of(&self, number: u32) -> Option<&Allotted> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.numbers.get(at)
    }

    /// Whether a paper that stands in a document may bear a number: allotted to it and not cancelled.
    #[must_use]
    pub fn bears(&self, number: u32, paper: &DocKey) -> bool {
        self.of(number).is_some_and(|allotted| allotted.paper == *paper && allotted.void.is_none())
    }

    /// Numbers allotted to papers that were never issued and are not cancelled yet: what a node that was cut off between
    /// the two finds when it starts.
    pub fn unused<'s>(&'s self, is_issued: impl Fn(u32, &DocKey) -> bool + 's) -> impl Iterator<Item = u32> + 's {
        let numbered = (1..).zip(&self.numbers);
        let open = numbered.filter(move |(number, one)| one.void.is_none() && !is_issued(*number, &one.paper));
        open.map(|(number, _)| number)
    }

    fn take(&mut self, said: Said<'_>) {
        match said.act {
            SeriesAct::Allot { register, paper, .. } => {
                self.register.get_or_insert_with(|| register.clone());
                self.numbers.push(Allotted { by: said.id, paper: paper.clone(), void: None });
            }
            SeriesAct::Void { number, reason } => {
                let at = usize::try_from(*number).ok().and_then(|number| number.checked_sub(1));
                if let Some(one) = at.and_then(|at| self.numbers.get_mut(at)) {
                    one.void = Some(reason.clone());
                }
            }
        }
    }
}

/// Registers of one unit that give the same numbers, in pairs: two nodes took one word before they knew of each other.
/// People settle which papers keep theirs.
#[must_use]
pub fn clashing<'s>(registers: &[(&'s DocKey, &'s Series)]) -> Vec<(&'s DocKey, &'s DocKey)> {
    let mut pairs = Vec::new();
    for (at, (document, series)) in registers.iter().enumerate() {
        for (other, too) in registers.iter().skip(at + 1).filter(|(other, _)| other.scope == document.scope) {
            let Some((one, two)) = series.register.as_ref().zip(too.register.as_ref()) else { continue };
            if one.node != two.node && (&one.word, one.year) == (&two.word, two.year) {
                pairs.push((*document, *other));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

    use super::*;

    fn home() -> UnitPath {
        "370126.105".parse().unwrap()
    }

    fn register(node: u8) -> Register {
        Register { node: EntryId(Hash([node; 32])), word: "镇纪预告".into(), year: 2026 }
    }

    fn paper(n: u8) -> DocKey {
        let scope = Scope { home: home(), reach: Reach::UP, shelf: Shelf::CASE };
        DocKey { scope, kind: Kind::CASE_OUTER, doc: DocId([n; 16]) }
    }

    fn allot(number: u32) -> SeriesAct {
        SeriesAct::Allot { register: register(1), number, paper: paper(1) }
    }

    fn void(number: u32) -> SeriesAct {
        SeriesAct::Void { number, reason: "打印有误".into() }
    }

    fn fold(acts: &[SeriesAct]) -> Series {
        let said = (0..).zip(acts).map(|(n, act)| Said { id: EntryId(Hash([n; 32])), act });
        Series::fold(&register(1).document(&home()), said)
    }

    #[test]
    fn numbers_have_no_gaps_and_cancelled_ones_stay() {
        let series = fold(&[allot(1), allot(2), void(1), allot(3), allot(3), allot(7), void(9), void(1)]);
        assert_eq!(series.next(), 4);
        assert_eq!(series.numbers.iter().map(|one| one.void.is_some()).collect::<Vec<_>>(), [true, false, false]);
        let refused: Vec<_> = series.refused.values().copied().collect();
        assert_eq!(
            refused,
            [
                SeriesRefusal::NotNext { next: 4, given: 3 },
                SeriesRefusal::NotNext { next: 4, given: 7 },
                SeriesRefusal::NotAllotted(9),
                SeriesRefusal::AlreadyVoid(1),
            ]
        );
        assert!(!series.bears(1, &paper(1)), "cancelled");
        assert!(series.bears(2, &paper(1)) && !series.bears(2, &paper(2)) && !series.bears(0, &paper(1)));
    }

    #[test]
    fn a_register_belongs_to_one_node_word_and_year() {
        let document = register(1).document(&home());
        assert_ne!(document, register(2).document(&home()), "another node of the unit");
        let later = Register { year: 2027, ..register(1) };
        assert_ne!(document, later.document(&home()));
        let foreign = SeriesAct::Allot { register: register(2), number: 1, paper: paper(1) };
        assert_eq!(Series::default().may(&document, &foreign), Err(SeriesRefusal::OtherRegister));
        let blank = Register { word: " ".into(), ..register(1) };
        let act = SeriesAct::Allot { register: blank.clone(), number: 1, paper: paper(1) };
        assert_eq!(Series::default().may(&blank.document(&home()), &act), Err(SeriesRefusal::BadWord));
        let no_reason = SeriesAct::Void { number: 1, reason: " ".into() };
        assert_eq!(fold(&[allot(1)]).may(&document, &no_reason), Err(SeriesRefusal::NoReason));
    }

    #[test]
    fn a_number_is_allotted_by_who_handles_or_reports_at_the_registers_own_node() {
        let (document, node, unit) = (register(1).document(&home()), EntryId(Hash([1; 32])), home());
        let by = |roles: &'static [Role], unit| Officer { holder: [1; 16].into(), roles, unit };
        let county = "370126".parse().unwrap();
        let series = fold(&[allot(1)]);
        const ANALYST: &[Role] = &[Role::ANALYST];
        assert_eq!(series.may_write(&document, &allot(2), &by(ANALYST, &unit), &node), Ok(()));
        assert_eq!(series.may_write(&document, &void(1), &by(ANALYST, &unit), &node), Ok(()));
        let refused = Err(SeriesRefusal::NotNumbering);
        assert_eq!(series.may_write(&document, &allot(2), &by(&[Role::POST_HOLDER], &unit), &node), refused);
        assert_eq!(series.may_write(&document, &allot(2), &by(&[Role::REPORTER], &unit), &node), Ok(()), "for reports");
        assert_eq!(series.may_write(&document, &allot(2), &by(ANALYST, &county), &node), refused);
        let second = EntryId(Hash([2; 32]));
        let refused = Err(SeriesRefusal::OtherNode);
        assert_eq!(series.may_write(&document, &allot(2), &by(ANALYST, &unit), &second), refused);
        assert_eq!(series.may_write(&document, &void(1), &by(ANALYST, &unit), &second), refused);
    }

    #[test]
    fn two_nodes_of_a_unit_never_give_one_number() {
        let nodes: Vec<CertificateId> = (1..=12).map(|n| EntryId(Hash([n; 32]))).collect();
        let words: Vec<String> = nodes.iter().map(|node| Register::word_for("预告", node, &nodes)).collect();
        assert_eq!((words[0].as_str(), words[1].as_str(), words[10].as_str()), ("预告", "预告乙", "预告11"));
        assert_eq!(words.iter().collect::<std::collections::BTreeSet<_>>().len(), 12);
        // Whoever took the same word before it knew of the other is found.
        let documents = [register(1).document(&home()), register(2).document(&home())];
        let act = SeriesAct::Allot { register: register(2), number: 1, paper: paper(2) };
        let other = Series::fold(&documents[1], [Said { id: EntryId(Hash([9; 32])), act: &act }]);
        let one = fold(&[allot(1)]);
        assert_eq!(clashing(&[(&documents[0], &one), (&documents[1], &other)]), [(&documents[0], &documents[1])]);
        assert_eq!(clashing(&[(&documents[0], &one), (&documents[0], &one)]), []);
    }

    #[test]
    fn what_was_allotted_and_never_issued_is_found() {
        let series = fold(&[allot(1), allot(2), allot(3), void(1)]);
        assert_eq!(series.unused(|number, _| number == 3).collect::<Vec<_>>(), [2]);
        assert_eq!(series.unused(|_, _| true).count(), 0);
    }
}
