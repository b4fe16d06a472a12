//! Serial numbers of papers and reports: allotted before the paper that bears one is signed, listed, struck.
//!
//! A number that was allotted to a document and never borne by it is used again for the same document, so that a power cut
//! between the two leaves no gap. Source: domain §7, packs §3.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{CertificateId, DocKey, EntryId, Kind},
    },
    records::RecordsFailure,
    replica::{Draft, Rulebook, Said, WriteRefusal},
    trust::charter::Role,
    work::{
        calendar::day_of,
        case::{
            act::SerialNumber,
            series::{Register, Series, SeriesAct, SeriesRefusal},
        },
        pack::{
            Pack,
            form::{self, SeriesNumber},
            level::Words,
        },
        report::act::ReportAct,
        unit::UnitPath,
    },
};

use super::{Code, Desk, DeskError, Officer, required};
use crate::{
    api::shape::{PaperNumber, PaperRegister, Papers, StrikeForm, Written as WrittenShape},
    run::Sight,
    view::Names,
    words::Language,
};

impl Desk {
    /// The number a paper of a document bears: one that was allotted to it and is not borne yet, else the next of this
    /// node's register for the officer's unit, the pack's series word and this civil year.
    ///
    /// # Errors
    ///
    /// What the rules refuse, [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub(super) async fn allot(&self, officer: &Officer, word: &str, paper: &DocKey) -> Result<SerialNumber, DeskError> {
        let (author, word, paper) = (officer.certificate, word.to_owned(), paper.clone());
        let asked = (word.clone(), paper.clone());
        let found = self.node().core().read(move |sight| {
            let (word, paper) = asked;
            let unit = unit_of(sight, &author)?;
            let register = register(sight, &unit, &word)?;
            let rules = sight.replica.rulebook(sight.store)?;
            let series = folded(sight, &register.document(&unit), &rules)?;
            Ok::<_, DeskError>(unborne(sight, &series, &paper)?.map(|number| register.number(&unit, number)))
        });
        if let Some(number) = found.await?? {
            return Ok(number);
        }
        if self.is_rehearsing() {
            return self.expected_number(officer, &word).await;
        }
        let written = self.write(officer, move |sight| {
            let no_officer = || WriteRefusal::Series(SeriesRefusal::NotNumbering);
            let unit = unit_in(sight, &author).ok_or_else(no_officer)?;
            let register = register(sight, &unit, &word)?;
            let document = register.document(&unit);
            let number = folded(sight, &document, &sight.replica.rulebook(sight.store)?)?.next();
            let content = Content::Act(Act::Series(Box::new(SeriesAct::Allot { register, number, paper })));
            Ok(Draft { author, document, after: None, content })
        });
        let entry = written.await?.id;
        let allotted = self.node().core().read(move |sight| {
            let said = sight.replica.find(&entry, sight.store)?;
            let number = said.as_ref().and_then(|said| match said.act() {
                Some(Act::Series(act)) => match &**act {
                    SeriesAct::Allot { register, number, .. } => {
                        Some(register.number(&said.entry.header().scope.home, *number))
                    }
                    SeriesAct::Void { .. } => None,
                },
                _ => None,
            });
            number.ok_or_else(|| DeskError::new(Code::StoreFailed).with("reason", entry))
        });
        allotted.await?
    }

    /// The number that would be allotted next: for asking whether everything else about a paper is right.
    pub(super) async fn expected_number(&self, officer: &Officer, word: &str) -> Result<SerialNumber, DeskError> {
        let (author, word) = (officer.certificate, word.to_owned());
        let read = self.node().core().read(move |sight| {
            let unit = unit_of(sight, &author)?;
            let register = register(sight, &unit, &word)?;
            let series = folded(sight, &register.document(&unit), &sight.replica.rulebook(sight.store)?)?;
            Ok(register.number(&unit, series.next()))
        });
        read.await?
    }

    /// The registers kept here with their numbers, what each is for and whether it is struck.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn papers(&self, language: Language) -> Result<Papers, DeskError> {
        let names = self.fresh_view().await?.names();
        let read = self.node().core().read(move |sight| {
            let rules = sight.replica.rulebook(sight.store)?;
            let today = day_of(u64::try_from(sight.now.0).unwrap_or(0));
            let mut registers = Vec::new();
            for document in sight.replica.documents(Kind::PAPER_SERIES, sight.store)? {
                let series = folded(sight, &document, &rules)?;
                let Some(register) = series.register.clone() else { continue };
                let home = document.scope.home.clone();
                let (_, pack) = rules.in_force(&home, today)?;
                let mut numbers = Vec::new();
                for (number, one) in (1..).zip(&series.numbers) {
                    let serial = register.number(&home, number);
                    let (paper, is_borne) = (&one.paper, bears(sight, &one.paper, &serial)?);
                    numbers.push(PaperNumber {
                        number,
                        written: written_number(pack, &serial, &names, language),
                        paper: paper.doc.to_string(),
                        kind: kind_name(paper.kind).into(),
                        issued: is_borne,
                        struck: one.void.clone(),
                    });
                }
                registers.push(PaperRegister {
                    unit: home.to_string(),
                    unit_name: names.unit(&home).into(),
                    word: register.word.clone(),
                    year: register.year,
                    here: register.node == sight.replica.me().certificate,
                    numbers,
                });
            }
            let key = |one: &PaperRegister| (one.unit.clone(), std::cmp::Reverse(one.year), one.word.clone());
            registers.sort_by_key(key);
            Ok::<_, DeskError>(Papers { registers })
        });
        read.await?
    }

    /// 作废: cancels a number of one of this node's registers. It stays and is never given again.
    ///
    /// # Errors
    ///
    /// [`Code::MissingField`], what the rules refuse, [`Code::NodeStopped`].
    pub async fn strike(&self, officer: &Officer, form: StrikeForm) -> Result<WrittenShape, DeskError> {
        let reason = required("reason", &form.reason)?;
        let (author, StrikeForm { word, year, number, .. }) = (officer.certificate, form);
        let node = self.node().me().certificate;
        let written = self.write(officer, move |sight| {
            let no_officer = || WriteRefusal::Series(SeriesRefusal::NotNumbering);
            let unit = unit_in(sight, &author).ok_or_else(no_officer)?;
            let document = Register { node, word, year }.document(&unit);
            let content = Content::Act(Act::Series(Box::new(SeriesAct::Void { number, reason })));
            Ok(Draft { author, document, after: None, content })
        });
        let written = written.await?;
        let id = written.id;
        let found = self.node().core().read(move |sight| sight.replica.find(&id, sight.store)).await??;
        let doc = found.map(|said| said.entry.header().document().doc);
        let doc = doc.ok_or_else(|| DeskError::new(Code::StoreFailed).with("reason", id))?;
        self.written(doc, Kind::PAPER_SERIES, written).await
    }
}

/// A number as people write it: by the pattern of the pack's series that has this word.
pub(super) fn written_number(pack: &Pack, number: &SerialNumber, names: &Names, language: Language) -> String {
    let home = &number.series.scope.home;
    let issuer = Some(names.unit(home)).filter(|name| !name.is_empty()).unwrap_or(home.as_str()).to_owned();
    // A unit's further nodes have the series' word with a mark.
    let known = pack.series.iter().filter_map(|series| Some((series, number.word.strip_prefix(&series.word.zh)?)));
    let Some((series, mark)) = known.min_by_key(|(_, mark)| mark.len()) else {
        return format!("{issuer}{}〔{}〕{}号", number.word, number.year, number.number);
    };
    let word = Words { zh: number.word.clone(), en: format!("{}{mark}", series.word.en) };
    let language = match language {
        Language::Chinese => form::Language::Zh,
        Language::English => form::Language::En,
    };
    let number = SeriesNumber { issuer, year: number.year, number: number.number };
    form::Series { word, ..series.clone() }.written(&number, language)
}

/// Where the holder of a certificate stands.
fn unit_in(sight: &Sight<'_>, author: &CertificateId) -> Option<UnitPath> {
    Some(sight.replica.charter().certificate(author)?.certificate.unit.clone())
}

fn unit_of(sight: &Sight<'_>, author: &CertificateId) -> Result<UnitPath, DeskError> {
    unit_in(sight, author).ok_or_else(|| SeriesRefusal::NotNumbering.into())
}

/// This node's register of a word at a unit for the civil year of now. What was begun this year is gone on with, whatever
/// nodes were certified meanwhile.
fn register(sight: &Sight<'_>, unit: &UnitPath, word: &str) -> Result<Register, RecordsFailure> {
    let node = sight.replica.me().certificate;
    let year = day_of(u64::try_from(sight.now.0).unwrap_or(0)).year();
    let charter = sight.replica.charter();
    let is_of_unit = |certificate: &fangwei_protocol::trust::charter::Certificate| {
        certificate.has(Role::NODE) && certificate.unit == *unit
    };
    let of_unit = charter.all().filter(|(_, known)| is_of_unit(&known.certificate));
    // The order of certification, the same wherever the certificates are known.
    let mut nodes: Vec<(i64, CertificateId)> =
        of_unit.map(|(id, known)| (known.certificate.not_before_s, *id)).collect();
    nodes.sort_unstable();
    let mut nodes: Vec<CertificateId> = nodes.into_iter().map(|(_, id)| id).collect();
    if !nodes.contains(&node) {
        // A node above writes here for the unit: behind the unit's own.
        nodes.push(node);
    }
    let begun = |one: &CertificateId| Register { node, word: Register::word_for(word, one, &nodes), year };
    for other in &nodes {
        let register = begun(other);
        if !sight.replica.history(&register.document(unit), sight.store)?.is_empty() {
            return Ok(register);
        }
    }
    Ok(begun(&node))
}

fn folded(sight: &Sight<'_>, document: &DocKey, rules: &Rulebook) -> Result<Series, RecordsFailure> {
    Ok(sight.replica.series(&sight.replica.casefile(document, rules, sight.store)?))
}

/// The first number allotted to a document, not struck, that nothing in it bears.
fn unborne(sight: &Sight<'_>, series: &Series, paper: &DocKey) -> Result<Option<u32>, RecordsFailure> {
    let Some(register) = &series.register else { return Ok(None) };
    let history = sight.replica.history(paper, sight.store)?;
    let is_borne = |number: u32| {
        history.iter().filter_map(number_of).any(|borne| {
            (borne.word.as_str(), borne.year, borne.number) == (register.word.as_str(), register.year, number)
        })
    };
    let open = (1..).zip(&series.numbers).filter(|(_, one)| one.void.is_none() && one.paper == *paper);
    Ok(open.map(|(number, _)| number).find(|number| !is_borne(*number)))
}

/// A report's document at a unit that this officer's number was allotted to and in which nothing stands: filing it was
/// cut short.
pub(super) fn left_over(
    sight: &Sight<'_>,
    author: &CertificateId,
    home: &UnitPath,
) -> Result<Option<DocKey>, RecordsFailure> {
    let Some(unit) = unit_in(sight, author) else { return Ok(None) };
    let node = sight.replica.me().certificate;
    let year = day_of(u64::try_from(sight.now.0).unwrap_or(0)).year();
    let rules = sight.replica.rulebook(sight.store)?;
    for document in sight.replica.documents(Kind::PAPER_SERIES, sight.store)? {
        if document.scope.home != unit {
            continue;
        }
        let file = sight.replica.casefile(&document, &rules, sight.store)?;
        let series = sight.replica.series(&file);
        if !series.register.as_ref().is_some_and(|register| register.node == node && register.year == year) {
            continue;
        }
        let is_own = |by: &EntryId| {
            file.history.iter().any(|said| said.entry.id() == *by && said.entry.header().author == *author)
        };
        for one in series.numbers.iter().filter(|one| one.void.is_none() && one.paper.kind == Kind::REPORT) {
            if one.paper.scope.home == *home
                && is_own(&one.by)
                && sight.replica.history(&one.paper, sight.store)?.is_empty()
            {
                return Ok(Some(one.paper.clone()));
            }
        }
    }
    Ok(None)
}

/// Whether something in a document bears a number.
pub(super) fn bears(sight: &Sight<'_>, paper: &DocKey, number: &SerialNumber) -> Result<bool, RecordsFailure> {
    let history = sight.replica.history(paper, sight.store)?;
    Ok(history.iter().filter_map(number_of).any(|borne| borne == *number))
}

/// The number an entry bears, whatever the entry is worth: nobody gives it to another one.
fn number_of(said: &Said) -> Option<SerialNumber> {
    match said.content()? {
        Content::Act(Act::Outer(act)) => act.paper().map(|paper| paper.number.clone()),
        Content::Act(Act::Report(act)) => match *act {
            ReportAct::File(filed) => Some(filed.number),
            _ => None,
        },
        _ => None,
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::REPORT => "report",
        Kind::CASE_INNER | Kind::CASE_OUTER => "case",
        _ => "other",
    }
}
