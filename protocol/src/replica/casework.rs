//! Files of cases, reports and registers, as the rules of work read them: a document's acts in causal order, and what
//! stands around them.

use std::{borrow::Cow, cell::RefCell, collections::BTreeMap};

use super::{Replica, Said, published::Rulebook};
use crate::{
    record::{
        body::{Act, Body},
        entry::{DocKey, EntryId, Hash, Kind},
    },
    records::{Records, RecordsFailure},
    trust::charter::Certified,
    work::{
        cadre::{self, Cadres},
        calendar::{Day, day_of},
        case::{
            act::SerialNumber,
            inner::Inner,
            law::{Law, Officer, Taken, World},
            outer::Outer,
            permit::Seat,
            series::{self, Series},
            table::TABLE,
        },
        days::Moments,
        pack::{Pack, published::PackName},
        report::{
            file::{Report, ReportLaw},
            table::REPORT_TABLE,
            triage::Triage,
        },
        sharing::Sharing,
    },
};

/// One document of a procedure with all that folding it asks.
#[derive(Debug)]
pub struct Casefile {
    /// Which document.
    pub document: DocKey,
    /// Its entries, in log order.
    pub history: Vec<Said>,
    rules: Rulebook,
    seen: Seen,
}

/// Who had seen what in a document.
#[derive(Debug)]
struct Seen {
    places: BTreeMap<EntryId, usize>,
    causes: Vec<Vec<usize>>,
    /// Everything before an entry, one bit each, once somebody asked.
    before: RefCell<BTreeMap<usize, Vec<u64>>>,
}

/// When the entries of a file were signed, and when they came to those who wait for them.
#[derive(Clone, Default, Debug)]
pub struct Times(BTreeMap<EntryId, (Day, Option<Day>)>);

impl Moments for Times {
    fn signed(&self, entry: &EntryId) -> Day {
        self.0.get(entry).map_or(Day::MIN, |(signed, _)| *signed)
    }

    fn received(&self, entry: &EntryId) -> Option<Day> {
        self.0.get(entry).and_then(|(_, received)| *received)
    }
}

impl World for Casefile {
    fn pack(&self, name: &PackName) -> Option<&Pack> {
        self.rules.pack(name)
    }

    fn was_shown(&self, ids: &[EntryId], signed: &Hash) -> bool {
        // Nobody can tell any more of redacted ones.
        let is_redacted = |said: &&Said| ids.contains(&said.entry.id()) && said.remains.is_some();
        self.history.iter().find(is_redacted).is_some() || self.shown(ids) == Some(*signed)
    }

    fn saw(&self, one: &EntryId, other: &EntryId) -> bool {
        self.seen.saw(one, other)
    }
}

impl Casefile {
    /// What an approver of these entries signs as having been shown, or `None` if one of them or its body is not there.
    /// Of a redacted one what remains is shown.
    #[must_use]
    pub fn shown(&self, ids: &[EntryId]) -> Option<Hash> {
        let bodies: Option<Vec<(&EntryId, Cow<'_, [u8]>)>> = ids
            .iter()
            .map(|id| {
                let said = self.history.iter().find(|said| said.entry.id() == *id)?;
                let bytes = match (&said.remains, &said.bytes) {
                    (Some(remains), _) => Cow::Owned(Body::new([0; 16], remains.content.clone()).bytes()),
                    (None, Some(bytes)) => Cow::Borrowed(&**bytes),
                    (None, None) => return None,
                };
                Some((id, bytes))
            })
            .collect();
        Some(Body::shown(bodies?.iter().map(|(id, bytes)| (*id, &**bytes))))
    }

    /// What a case's file is folded by.
    #[must_use]
    pub fn law(&self) -> Law<'_> {
        Law { home: &self.document.scope.home, world: self, table: TABLE }
    }

    /// What a report or its triage is folded by.
    #[must_use]
    pub fn report_law(&self) -> ReportLaw<'_> {
        ReportLaw { home: &self.document.scope.home, world: self, table: REPORT_TABLE }
    }
}

impl Seen {
    fn of(causes: Vec<(EntryId, Vec<EntryId>)>) -> Seen {
        let places: BTreeMap<EntryId, usize> = causes.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
        let place = |ids: Vec<EntryId>| ids.iter().filter_map(|id| places.get(id).copied()).collect();
        let causes = causes.into_iter().map(|(_, causes)| place(causes)).collect();
        Seen { places, causes, before: RefCell::default() }
    }

    fn saw(&self, one: &EntryId, other: &EntryId) -> bool {
        let (Some(one), Some(other)) = (self.places.get(one), self.places.get(other)) else { return false };
        let mut before = self.before.borrow_mut();
        let bits = before.entry(*one).or_insert_with(|| self.before(*one));
        has(bits, *other)
    }

    fn before(&self, one: usize) -> Vec<u64> {
        let mut bits = vec![0_u64; self.causes.len().div_ceil(64)];
        let mut open = self.causes.get(one).cloned().unwrap_or_default();
        while let Some(at) = open.pop() {
            if !has(&bits, at) {
                bits.iter_mut().skip(at / 64).take(1).for_each(|word| *word |= 1 << (at % 64));
                open.extend(self.causes.get(at).into_iter().flatten());
            }
        }
        bits
    }
}

fn has(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

impl Replica {
    /// A document of a procedure with all that folding it asks.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn casefile(
        &self,
        document: &DocKey,
        rules: &Rulebook,
        records: &dyn Records,
    ) -> Result<Casefile, RecordsFailure> {
        Ok(self.casefile_of(document, self.history(document, records)?, rules))
    }

    /// The same, of a history that was read already.
    #[must_use]
    pub fn casefile_of(&self, document: &DocKey, history: Vec<Said>, rules: &Rulebook) -> Casefile {
        let seen = Seen::of(self.causes(&history));
        Casefile { document: document.clone(), history, rules: rules.clone(), seen }
    }

    /// The inner file of a case, folded.
    #[must_use]
    pub fn inner<'s>(&'s self, file: &'s Casefile) -> Inner<'s> {
        let acts = self.taken(file, |act| if let Act::Inner(act) = act { Some(&**act) } else { None });
        Inner::fold(acts, &file.law())
    }

    /// The outer file of a case, folded.
    #[must_use]
    pub fn outer<'s>(&'s self, file: &'s Casefile) -> Outer<'s> {
        let acts = self.taken(file, |act| if let Act::Outer(act) = act { Some(&**act) } else { None });
        Outer::fold(acts, &file.law())
    }

    /// A report, folded.
    #[must_use]
    pub fn report<'s>(&'s self, file: &'s Casefile) -> Report<'s> {
        let acts = self.taken(file, |act| if let Act::Report(act) = act { Some(&**act) } else { None });
        Report::fold(acts, &file.report_law())
    }

    /// A triage, folded.
    #[must_use]
    pub fn triage<'s>(&'s self, file: &'s Casefile) -> Triage<'s> {
        let acts = self.taken(file, |act| if let Act::Triage(act) = act { Some(&**act) } else { None });
        Triage::fold(acts, &file.report_law())
    }

    /// What is shared with a department, folded.
    #[must_use]
    pub fn sharing<'s>(&'s self, file: &'s Casefile) -> Sharing<'s> {
        let acts = self.taken(file, |act| if let Act::Share(act) = act { Some(&**act) } else { None });
        Sharing::fold(&file.document, acts)
    }

    /// A register of serial numbers, folded.
    #[must_use]
    pub fn series(&self, file: &Casefile) -> Series {
        let acts = self.taken(file, |act| if let Act::Series(act) = act { Some(&**act) } else { None });
        Series::fold(&file.document, acts.into_iter().map(|taken| series::Said { id: taken.id, act: taken.act }))
    }

    /// A register of managed posts, folded.
    #[must_use]
    pub fn register(&self, file: &Casefile) -> cadre::Register {
        let acts = self.taken(file, |act| if let Act::Cadre(act) = act { Some(&**act) } else { None });
        cadre::Register::fold(&file.document.scope.home, acts.into_iter().map(|taken| (taken.id, taken.by, taken.act)))
    }

    /// The registers of managed posts that are kept here, by the unit that manages.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn cadres(&self, rules: &Rulebook, records: &dyn Records) -> Result<Cadres, RecordsFailure> {
        let mut cadres = Cadres::new();
        for document in self.documents(Kind::CADRES, records)? {
            if document == cadre::register_of(&document.scope.home) {
                let file = self.casefile(&document, rules, records)?;
                cadres.insert(document.scope.home.clone(), self.register(&file));
            }
        }
        Ok(cadres)
    }

    /// Who holds which roles where: officers whose certificate stands.
    #[must_use]
    pub fn bench(&self) -> Vec<Seat> {
        let standing = self.charter().all().filter(|(id, known)| known.complete && self.charter().dead(id).is_none());
        let seat = |(_, Certified { certificate, .. }): (_, &Certified)| Seat {
            holder: certificate.holder,
            unit: certificate.unit.clone(),
            roles: certificate.roles.clone(),
        };
        standing.map(seat).collect()
    }

    /// When the entries of a file were signed and received.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn times(&self, file: &Casefile, records: &dyn Records) -> Result<Times, RecordsFailure> {
        let day = |time_s: i64| day_of(u64::try_from(time_s).unwrap_or(0));
        let mut times = BTreeMap::new();
        for said in &file.history {
            let header = said.entry.header();
            let unit = self.officer(&header.author).map(|by| by.unit);
            let held = self.standing(&said.entry, records)?.held.into_iter();
            let above = held.filter(|held| unit.is_some_and(|unit| held.unit.is_above(unit)));
            // A node above the author knows itself when it had it; of itself it holds no receipt.
            let is_above = unit.is_some_and(|unit| self.me().unit.is_above(unit));
            let own = if is_above { self.taken_in_at(said.at, records)? } else { None };
            let received = above.filter_map(|held| held.since_s).chain(own).min().map(day);
            times.insert(said.entry.id(), (day(header.claimed_time_s), received));
        }
        Ok(Times(times))
    }

    /// Whether a register allotted a number to a document and has not struck it.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn is_allotted(
        &self,
        number: &SerialNumber,
        paper: &DocKey,
        rules: &Rulebook,
        records: &dyn Records,
    ) -> Result<bool, RecordsFailure> {
        if number.series.kind != Kind::PAPER_SERIES {
            return Ok(false);
        }
        let series = self.series(&self.casefile(&number.series, rules, records)?);
        let is_its = series
            .register
            .as_ref()
            .is_some_and(|register| (&register.word, register.year) == (&number.word, number.year));
        Ok(is_its && series.bears(number.number, paper))
    }

    /// Who an author of a file is, for the rules of work.
    pub(super) fn officer(&self, author: &EntryId) -> Option<Officer<'_>> {
        let certificate = &self.charter().complete(author)?.certificate;
        Some(Officer { holder: certificate.holder, roles: &certificate.roles, unit: &certificate.unit })
    }

    /// The acts of one sort, in causal order.
    fn taken<'s, A>(&'s self, file: &'s Casefile, of: impl Fn(&'s Act) -> Option<&'s A>) -> Vec<Taken<'s, A>> {
        let ordered = self.in_causal_order(&file.history).into_iter();
        let taken = ordered.filter_map(|said| {
            let act = of(said.act()?)?;
            Some(Taken { id: said.entry.id(), by: self.officer(&said.entry.header().author)?, act })
        });
        taken.collect()
    }
}

#[cfg(test)]
pub(super) mod tests;
