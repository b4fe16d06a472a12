//! Papers 文书 as they are printed: the pack's form of each, filled in from what was signed.
//!
//! What a form asks for and nobody has said yet, such as a leader's words on a visit, is left blank for the hand. Nothing
//! is printed that is not in an entry kept here.

use std::collections::BTreeMap;

use fangwei_protocol::{
    record::{
        body::Act,
        entry::{DocKey, EntryId, Kind},
    },
    replica::Said,
    work::{
        calendar::{Day, day_of},
        case::{
            act::{InnerAct, OuterAct, SerialNumber, Subject},
            deadline::Deadline,
            outer::Outer,
        },
        pack::{
            Pack,
            form::{self, Entered, Filled, SeriesNumber},
            level::Words,
        },
        report::act::ReportAct,
    },
};

use super::{Desk, DeskError, Officer, cases::Files, papers::written_number, shown::Showing, time::moment};
use crate::{
    view::{List, unknown},
    words::{self, Language},
};

/// A paper as it is printed.
#[derive(Clone, Debug)]
pub struct Printed {
    /// The entry it follows from.
    pub entry: String,
    /// Whether it stands in a case's inner file, which the subject does not have.
    pub is_inner: bool,
    /// The form, filled in.
    pub paper: form::Paper,
}

/// What is known of a case, under the names forms have for it.
type Known = BTreeMap<&'static str, Entered>;

impl Desk {
    /// Every paper of a case that this node can print and an officer may see, in the order of its life.
    ///
    /// # Errors
    ///
    /// There is no such case, [`super::Code::NodeStopped`], [`super::Code::StoreFailed`].
    pub async fn papers_of_case(
        &self,
        officer: Option<&Officer>,
        id: &str,
        language: Language,
    ) -> Result<Vec<Printed>, DeskError> {
        let officer = officer.cloned();
        let line = self.line(List::Cases, id).await?;
        let files = Files::of(&line).ok_or_else(|| unknown(id))?;
        let names = self.fresh_view().await?.names();
        let read = self.node().core().read(move |sight| {
            let showing = Showing { sight, names: &names, language };
            let calendar = sight.replica.calendar(sight.store)?;
            files.standing(sight, |standing| {
                let standing = standing.seen_by(sight, officer.as_ref())?;
                let mut papers = Vec::new();
                if let Some((file, inner)) = standing.inner
                    && let (Some(pack), Some(proposal)) = (inner.pack, inner.proposed())
                    && let Some(form) = &pack.interview.plan
                {
                    for said in &file.history {
                        if inner.refused.contains_key(&said.entry.id()) {
                            continue;
                        }
                        let Some(Act::Inner(act)) = said.act() else { continue };
                        let InnerAct::Plan { outline, interviewers, .. } = &**act else { continue };
                        let mut known = Known::new();
                        put(&mut known, "subject", subject(&showing, &proposal.subject));
                        put(&mut known, "problems", outline.clone());
                        put(&mut known, "facts", proposal.facts.clone());
                        let names: Vec<String> =
                            interviewers.iter().map(|one| showing.names.holder(&one.holder).to_owned()).collect();
                        put(&mut known, "main", names.first().cloned().unwrap_or_default());
                        put(&mut known, "interviewers", names.get(1..).unwrap_or_default().join("、"));
                        papers.extend(fill(&showing, pack, form, (said, &file.document), None, known));
                    }
                }
                if let Some((file, outer)) = standing.outer {
                    let times = sight.replica.times(file, sight.store)?;
                    let deadlines = outer.deadlines(&calendar, &times);
                    let objection = outer.objection_until(&calendar).map(|last| last.day);
                    let case = Case { showing: &showing, outer, deadlines: &deadlines, objection };
                    for said in &file.history {
                        if outer.refused.contains_key(&said.entry.id()) {
                            continue;
                        }
                        if let Some(Act::Outer(act)) = said.act() {
                            papers.extend(case.paper(said, &file.document, act));
                        }
                    }
                }
                Ok::<_, DeskError>(papers)
            })
        });
        read.await?
    }

    /// A report as it is registered.
    ///
    /// # Errors
    ///
    /// There is no such report for this officer, [`super::Code::NodeStopped`], [`super::Code::StoreFailed`].
    pub async fn paper_of_report(
        &self,
        officer: &Officer,
        id: &str,
        language: Language,
    ) -> Result<Option<Printed>, DeskError> {
        let shown = self.report_for(Some(officer), id, language).await?;
        let Some(filed) = shown.filed else { return Ok(None) };
        let (document, _) = self.report_document(Some(officer), id).await?;
        let names = self.fresh_view().await?.names();
        let read = self.node().core().read(move |sight| {
            let showing = Showing { sight, names: &names, language };
            let rules = sight.replica.rulebook(sight.store)?;
            let file = sight.replica.casefile(&document, &rules, sight.store)?;
            let report = sight.replica.report(&file);
            let (Some(step), Some(pack)) = (report.file, report.pack) else { return Ok(None) };
            let ReportAct::File(act) = step.act else { return Ok(None) };
            let Some(said) = file.history.iter().find(|said| said.entry.id() == step.id) else { return Ok(None) };
            let mut known = Known::new();
            put(&mut known, "category", format!("{} {}", filed.category, filed.category_name));
            put(&mut known, "source", filed.source_name);
            if let Some(concerned) = &filed.concerned {
                put(&mut known, "subject", format!("{} {}", concerned.unit.name, concerned.post));
            }
            put(&mut known, "facts", format!("{}\n{}", act.title, act.account));
            put(&mut known, "place", act.place.clone());
            if let Some(happened) = act.happened_s {
                known.insert("happened", Entered::Day(day_of(u64::try_from(happened).unwrap_or(0))));
            }
            if let Some(amount) = act.amount_fen {
                known.insert("amount", Entered::Fen(amount.unsigned_abs()));
            }
            let files: Vec<String> = act.attachments.iter().map(|one| one.name.clone()).collect();
            put(&mut known, "attachments", files.join("、"));
            if act.is_urgent {
                put(&mut known, "urgency", words::fact(language, "urgent"));
            }
            put(&mut known, "reporter", filed.author.name);
            let form = pack.reports.form.clone();
            Ok::<_, DeskError>(fill(&showing, pack, &form, (said, &file.document), Some(&act.number), known))
        });
        read.await?
    }
}

/// A case as its papers ask for it.
struct Case<'a> {
    showing: &'a Showing<'a>,
    outer: &'a Outer<'a>,
    deadlines: &'a [Deadline],
    objection: Option<Day>,
}

impl Case<'_> {
    /// The paper an act comes with, or the form it fills in.
    fn paper(&self, said: &Said, document: &DocKey, act: &OuterAct) -> Option<Printed> {
        let (pack, rule) = (self.outer.pack?, self.outer.rule?);
        let language = self.showing.language;
        let mut known = self.common()?;
        let (form, number) = match act {
            OuterAct::Issue(warning) => {
                let paper = warning.paper.as_ref()?;
                for name in ["facts", "problem", "harm"] {
                    put(&mut known, name, paper.text.clone());
                }
                (paper.form.clone(), Some(&paper.number))
            }
            OuterAct::Notice { paper, at_s, place, interviewers, .. } => {
                known.insert("time", Entered::Day(day_of(u64::try_from(*at_s).unwrap_or(0))));
                let time = moment(*at_s);
                put(&mut known, "hour", time.get(11..16).unwrap_or_default());
                put(&mut known, "place", place.clone());
                put(&mut known, "matter", paper.text.clone());
                let names = interviewers.iter().map(|one| self.showing.names.holder(&one.holder).to_owned());
                put(&mut known, "interviewers", names.collect::<Vec<_>>().join("、"));
                (paper.form.clone(), Some(&paper.number))
            }
            OuterAct::Extend { paper, .. } => {
                let extended = self.deadlines.iter().find(|deadline| deadline.is_extended);
                if let Some(last) = extended.and_then(|deadline| deadline.last) {
                    known.insert("new_date", Entered::Day(last.day));
                }
                put(&mut known, "reason", paper.text.clone());
                put(&mut known, "approver", self.author(said));
                (paper.form.clone(), Some(&paper.number))
            }
            OuterAct::Tell { who, paper, .. } => {
                let paper = paper.as_ref()?;
                put(
                    &mut known,
                    "to",
                    pack.body(who).map_or_else(|| who.clone(), |body| in_words(&body.words, language)),
                );
                put(&mut known, "situation", paper.text.clone());
                (paper.form.clone(), Some(&paper.number))
            }
            OuterAct::Visit { on, means, findings, opinion, .. } => {
                known.insert("when", Entered::Day(*on));
                let means = means.iter().map(|means| {
                    let named = rule.visit_means.iter().find(|one| one.id == *means);
                    named.map_or_else(|| means.clone(), |one| in_words(&one.words, language))
                });
                put(&mut known, "method", means.collect::<Vec<_>>().join("、"));
                put(&mut known, "findings", findings.clone());
                let opinion = match opinion {
                    fangwei_protocol::work::case::act::Opinion::Lift => "opinion-lift",
                    fangwei_protocol::work::case::act::Opinion::Continue => "opinion-continue",
                    fangwei_protocol::work::case::act::Opinion::Escalate => "opinion-escalate",
                };
                put(&mut known, "opinion", words::text(language, opinion, &super::Values::new()));
                (rule.visit_form.clone()?, None)
            }
            OuterAct::Interview { on, interviewers, record, .. } => {
                known.insert("when", Entered::Day(*on));
                let names: Vec<String> =
                    interviewers.iter().map(|one| self.showing.names.holder(&one.holder).to_owned()).collect();
                put(&mut known, "main", names.first().cloned().unwrap_or_default());
                put(&mut known, "present", names.join("、"));
                put(&mut known, "said", record.clone());
                (pack.interview.record.clone()?, None)
            }
            _ => return None,
        };
        fill(self.showing, pack, &form, (said, document), number, known)
    }

    /// What every paper of the case may ask for.
    fn common(&self) -> Option<Known> {
        let (outer, language) = (self.outer, self.showing.language);
        let (warning, rule, pack) = (outer.warning()?, outer.rule?, outer.pack?);
        let mut known = Known::new();
        put(&mut known, "subject", subject(self.showing, &warning.subject));
        put(&mut known, "level", in_words(&rule.name, language));
        if let Some(way) = rule.way(&warning.way) {
            put(&mut known, "way", in_words(&way.name, language));
        }
        if let Some(ground) = rule.ground(&warning.ground) {
            put(&mut known, "ground", in_words(&ground.words, language));
        }
        if let Some(paper) = &warning.paper {
            put(&mut known, "paper", written_number(pack, &paper.number, self.showing.names, language));
        }
        let owed: Vec<String> =
            self.deadlines.iter().map(|deadline| words::debt(language, deadline.what.name())).collect();
        put(&mut known, "demand", owed.join("、"));
        let terms: Vec<String> = self.deadlines.iter().map(|deadline| term(language, deadline)).collect();
        put(&mut known, "term", terms.join("；"));
        if let Some(last) = self.deadlines.iter().find_map(|deadline| deadline.last) {
            known.insert("deadline", Entered::Day(last.day));
            known.insert("reply_by", Entered::Day(last.day));
        }
        if let Some(day) = self.objection {
            known.insert("objection_until", Entered::Day(day));
        }
        if let Some((_, day)) = outer.received {
            known.insert("received_on", Entered::Day(day));
        }
        Some(known)
    }

    fn author(&self, said: &Said) -> String {
        self.showing.names.of_certificate(&said.entry.header().author, self.showing.sight).to_owned()
    }
}

/// A term with its last day, where that is known.
fn term(language: Language, deadline: &Deadline) -> String {
    let what = words::debt(language, deadline.what.name());
    match deadline.last {
        Some(last) => format!("{what} {}", last.day),
        None => format!("{what} {}", deadline.term),
    }
}

fn put(known: &mut Known, name: &'static str, text: impl Into<String>) {
    let text: String = text.into();
    if !text.trim().is_empty() {
        known.insert(name, Entered::Text(text.trim().to_owned()));
    }
}

fn in_words(words: &Words, language: Language) -> String {
    match language {
        Language::Chinese => words.zh.clone(),
        Language::English => words.en.clone(),
    }
}

fn subject(showing: &Showing<'_>, subject: &Subject) -> String {
    let unit = subject.unit();
    let unit = Some(showing.names.unit(unit)).filter(|name| !name.is_empty()).unwrap_or(unit.as_str()).to_owned();
    let holder = match subject {
        Subject::Person { holder: Some(holder), .. } => showing.names.holder(holder).to_owned(),
        _ => String::new(),
    };
    let parts = [unit, subject.post().unwrap_or_default().to_owned(), holder];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Fills a form in; what it must have and nobody said is left blank.
fn fill(
    showing: &Showing<'_>,
    pack: &Pack,
    form: &str,
    (said, document): (&Said, &DocKey),
    number: Option<&SerialNumber>,
    known: Known,
) -> Option<Printed> {
    let mut form = pack.form(form)?.clone();
    let mut values = BTreeMap::new();
    for field in &mut form.fields {
        match known.get(field.id.as_str()) {
            Some(value) => {
                values.insert(field.id.clone(), value.clone());
            }
            None => field.optional = true,
        }
    }
    let named = |unit: &fangwei_protocol::work::unit::UnitPath| {
        Some(showing.names.unit(unit)).filter(|name| !name.is_empty()).unwrap_or(unit.as_str()).to_owned()
    };
    let header = said.entry.header();
    // A paper is of the unit that gives it: the one in whose register it is numbered, else the author's.
    let author = showing.sight.replica.charter().certificate(&header.author);
    let by = author.map_or(&document.scope.home, |certified| &certified.certificate.unit);
    let unit = named(number.map_or(by, |number| &number.series.scope.home));
    let (word, number) = match number {
        Some(number) => (
            Some(number.word.clone()),
            Some(SeriesNumber { issuer: unit.clone(), year: number.year, number: number.number }),
        ),
        None => (None, None),
    };
    if number.is_none() {
        form.series = None;
    }
    let mut pack = Pack { forms: vec![form.clone()], ..pack.clone() };
    if let (Some(word), Some(series)) = (word, form.series.as_ref()) {
        // A unit's further nodes have the series' word with a mark.
        pack.series.iter_mut().filter(|one| one.id == *series).for_each(|one| one.word.zh.clone_from(&word));
    }
    let filled = Filled {
        language: match showing.language {
            Language::Chinese => form::Language::Zh,
            Language::English => form::Language::En,
        },
        number,
        unit,
        date: day_of(u64::try_from(header.claimed_time_s).unwrap_or(0)),
        values,
    };
    match pack.paper(&form.id, &filled) {
        Ok(paper) => {
            let is_inner = document.kind == Kind::CASE_INNER;
            Some(Printed { entry: said.entry.id().to_string(), is_inner, paper })
        }
        Err(refusal) => {
            let entry: EntryId = said.entry.id();
            tracing::warn!(%entry, %refusal, "a paper cannot be printed by its form");
            None
        }
    }
}
