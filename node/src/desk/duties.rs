//! What an officer has to do 待办 and to read 待阅, here and now, also while the node is cut off.
//!
//! Nothing of it is stored: it follows from cases, reports and registers as this node has them, and from its calendar.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

use fangwei_protocol::{
    record::entry::{DocKey, Hash, Kind},
    records::RecordsFailure,
    replica::Rulebook,
    work::{
        cadre::Cadres,
        calendar::{Calendar, Day, day_of},
        case::{law::Officer as Acting, permit::Seat, table::Stage},
        duty::{
            CaseFiles, Duty, Reading, ReportFiles, Task, Whom, of_case, of_officer, of_report, of_series, of_sharing,
            to_read_of_case, to_read_of_report, to_read_of_sharing,
        },
        report::{table::ReportStage, triage_of},
        unit::UnitPath,
    },
};

use super::{Code, Desk, DeskError, Officer, cases::Files, papers::bears, sharing, texts::deed, time::moment};
use crate::{
    api::shape::{Duties, DutyShown, ReadingShown},
    limits::{DUTIES_AT_A_TIME, DUTIES_OVER_LIMIT, LIST_MAX, SHORT_ID_DIGITS},
    run::Sight,
    view::{Asked, CANCELLED, Line, List, Names, is_over},
    words::{self, Language},
};

/// Stages of cases at which nothing is ever due.
const OVER: &[Stage] =
    &[Stage::Blank, Stage::Dropped, Stage::Dismissed, Stage::Rescinded, Stage::Referred, Stage::Withdrawn];

/// The same of reports.
const REPORT_OVER: &[ReportStage] = &[ReportStage::Blank, ReportStage::Withdrawn, ReportStage::PassedOn];

/// How many things to read are told at most, the newest first.
const READINGS_MAX: usize = 100;

/// Stages of cases that are over, at which little is left to do: telling, settling, ruling.
const ENDED: &[Stage] = &[Stage::Lifted, Stage::Escalated];

/// The same of reports: taking words out, reading the reply.
const REPORT_ENDED: &[ReportStage] = &[ReportStage::Replied];

/// A document or a case with its line.
pub(super) struct Place {
    line: Line,
    list: List,
    /// Whether it has ended: what follows from it hangs on nothing but what stands in it.
    is_over: bool,
}

/// What follows from cases that have ended, kept because there are ever more of them.
#[derive(Default)]
pub(super) struct Ended {
    /// Rules, registers, people and day it was made by.
    by: Option<Hash>,
    /// By what the lists say of a case.
    known: BTreeMap<Hash, (Vec<Duty>, Vec<Reading>)>,
}

impl Place {
    /// Its line.
    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// What tells a case from others and from what it was before: all that the lists say of it, its last entries among
    /// that. Of a report they say too little: what is done at its triage may leave no trace there.
    fn mark(&self) -> Option<Hash> {
        let said = format!("{:?}", self.line.documents);
        (self.list == List::Cases).then(|| Hash::of_parts("fangwei duties of 1", [said.as_bytes()]))
    }

    /// `case` or `report`.
    pub(super) fn kind(&self) -> &'static str {
        if self.list == List::Cases { "case" } else { "report" }
    }

    /// The id it goes by.
    pub(super) fn id(&self) -> String {
        self.line.doc.clone()
    }

    /// The unit that handles it: a case's deciding unit, the one a report lies with.
    pub(super) fn handling(&self) -> Option<UnitPath> {
        if self.list == List::Cases {
            return Files::of(&self.line).map(|files| files.decided_at().clone());
        }
        let gist = self.line.documents.iter().find_map(|summary| summary.gist.as_ref())?;
        gist.lies_with.as_deref()?.parse().ok()
    }
}

/// What is asked alike of every document.
pub(super) struct Books {
    pub(super) rules: Rulebook,
    pub(super) calendar: Calendar,
    cadres: Cadres,
    bench: Vec<Seat>,
    pub(super) today: Day,
}

impl Desk {
    /// What an officer has to do and to read.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchOfficer`], [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn duties(&self, officer: &Officer, language: Language) -> Result<Duties, DeskError> {
        let names = self.fresh_view().await?.names();
        let places = self.places_with_duties().await?;
        self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner).keep(&places);
        let (mut duties, mut readings, mut today) = (Vec::new(), Vec::new(), Day::MIN);
        let certificate = officer.certificate;
        let mut places = places.into_iter();
        let mut is_first = true;
        loop {
            let some: Vec<Place> = places.by_ref().take(DUTIES_AT_A_TIME).collect();
            if some.is_empty() && !is_first {
                break;
            }
            let (names, with_registers) = (names.clone(), std::mem::take(&mut is_first));
            let ended = self.shared.clone();
            let found = self.node().core().read(move |sight| {
                let books = Books::of(sight)?;
                let mut ended = ended.ended.lock().unwrap_or_else(PoisonError::into_inner);
                ended.made_by(&books);
                let known = sight.replica.charter().complete(&certificate);
                let known = known.ok_or_else(|| DeskError::new(Code::NoSuchOfficer).with("id", certificate))?;
                let by = &known.certificate;
                let acting = Acting { holder: by.holder, roles: &by.roles, unit: &by.unit };
                let (mut duties, mut readings) = (Vec::new(), Vec::new());
                for place in &some {
                    let (todo, read) = ended.of_place(sight, &books, place)?;
                    let own = of_officer(todo, &acting).into_iter();
                    duties.extend(own.map(|duty| {
                        shown(&duty, Placed::of(duty.document.kind, place, &names), books.today, language)
                    }));
                    for reading in read.iter().filter(|reading| reading.whom.is(&acting)) {
                        let place = Placed::of(reading.document.kind, place, &names);
                        readings.extend(reading_shown(sight, reading, place, &names, language)?);
                    }
                }
                if with_registers {
                    let todo = books.of_registers(sight)?;
                    let own = of_officer(todo, &acting).into_iter();
                    duties.extend(own.map(|duty| shown(&duty, Placed::register(&duty), books.today, language)));
                    for document in sharing::of_unit(sight, acting.unit)? {
                        let (todo, read, place) = books.of_sharing(sight, &document)?;
                        let own = of_officer(todo, &acting).into_iter();
                        duties.extend(own.map(|duty| shown(&duty, place.clone(), books.today, language)));
                        for reading in read.iter().filter(|reading| reading.whom.is(&acting)) {
                            readings.extend(reading_shown(sight, reading, place.clone(), &names, language)?);
                        }
                    }
                }
                Ok::<_, DeskError>((duties, readings, books.today))
            });
            let (todo, read, day) = found.await??;
            duties.extend(todo);
            readings.extend(read);
            today = day;
        }
        // What is due earliest first, then what has no day.
        duties.sort_by(|one: &DutyShown, other| {
            (one.due.is_none(), &one.due, &one.id).cmp(&(other.due.is_none(), &other.due, &other.id))
        });
        let read = self.read_by(officer).await?;
        readings.iter_mut().for_each(|reading: &mut ReadingShown| reading.read = read.contains(&reading.entry));
        // What was not read first, and of each the newest.
        readings.sort_by(|one, other| (one.read, other.at_s, &one.entry).cmp(&(other.read, one.at_s, &other.entry)));
        readings.truncate(READINGS_MAX);
        Ok(Duties { today: today.to_string(), duties, readings })
    }

    /// The cases and reports from which something may follow that is to be done or read: all that go on, and what ended
    /// within the last year.
    pub(super) async fn places_with_duties(&self) -> Result<Vec<Place>, DeskError> {
        let since_s = self.a_year_ago_s().await?;
        let goes_on = |stage: &&Stage| !OVER.contains(stage) && !ENDED.contains(stage);
        let names = |stages: &[Stage]| stages.iter().map(|stage| stage.name()).collect::<Vec<_>>();
        let mut places = self.places(List::Cases, Stage::ALL.iter().filter(goes_on).map(|stage| stage.name())).await?;
        let ended: Vec<_> = names(ENDED).into_iter().chain([CANCELLED]).collect();
        places.extend(self.places_over(List::Cases, &ended, since_s).await?);
        let goes_on = |stage: &&ReportStage| !REPORT_OVER.contains(stage) && !REPORT_ENDED.contains(stage);
        let ended: Vec<_> = REPORT_ENDED.iter().map(|stage| stage.name()).collect();
        for list in [List::Reports, List::Closed] {
            places.extend(self.places(list, ReportStage::ALL.iter().filter(goes_on).map(|stage| stage.name())).await?);
            places.extend(self.places_over(list, &ended, since_s).await?);
        }
        Ok(places)
    }

    /// The cases at some stages, without those that were over a year ago.
    pub(super) async fn places_of_cases(
        &self,
        stages: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<Place>, DeskError> {
        let (over, goes_on): (Vec<_>, Vec<_>) = stages.partition(|stage| is_over(stage));
        let mut places = self.places(List::Cases, goes_on.into_iter()).await?;
        places.extend(self.places_over(List::Cases, &over, self.a_year_ago_s().await?).await?);
        Ok(places)
    }

    async fn a_year_ago_s(&self) -> Result<i64, DeskError> {
        let now_s = self.node().core().read(|sight| sight.now.0).await?;
        Ok(now_s.saturating_sub_unsigned(DUTIES_OVER_LIMIT.as_secs()))
    }

    /// The lines of a list at some stages.
    pub(super) async fn places(
        &self,
        list: List,
        stages: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<Place>, DeskError> {
        self.places_since(list, stages, None).await
    }

    async fn places_over(&self, list: List, stages: &[&'static str], since_s: i64) -> Result<Vec<Place>, DeskError> {
        self.places_since(list, stages.iter().copied(), Some(since_s)).await
    }

    /// The lines of a list at some stages; if they are over, those changed since then.
    pub(super) async fn places_since(
        &self,
        list: List,
        stages: impl Iterator<Item = &'static str>,
        since_s: Option<i64>,
    ) -> Result<Vec<Place>, DeskError> {
        let reader = self.fresh_view().await?.reader()?;
        let mut places = Vec::new();
        let mut seen = BTreeSet::new();
        for stage in stages {
            let mut asked = Asked { stage: Some(stage.into()), limit: LIST_MAX as u64, ..Asked::default() };
            loop {
                let page = reader.page(list, &asked).await?;
                // The last changed come first.
                let is_past = |line: &Line| since_s.is_some_and(|since_s| line.changed_s < since_s);
                let is_last = page.lines.last().is_some_and(is_past);
                for line in page.lines.into_iter().filter(|line| !is_past(line)) {
                    let first = line.documents.first().map(|summary| summary.document.clone());
                    if seen.insert(first) {
                        places.push(Place { line, list, is_over: since_s.is_some() });
                    }
                }
                match page.next.filter(|_| !is_last) {
                    Some(next) => asked.after = Some(next),
                    None => break,
                }
            }
        }
        Ok(places)
    }
}

impl Ended {
    /// Forgets what is not among these any more.
    fn keep(&mut self, places: &[Place]) {
        let there: BTreeSet<Hash> = places.iter().filter(|place| place.is_over).filter_map(Place::mark).collect();
        self.known.retain(|mark, _| there.contains(mark));
    }

    /// Forgets all if it was made by other rules, registers, people or on another day.
    fn made_by(&mut self, books: &Books) {
        let by = Some(books.mark());
        if self.by != by {
            *self = Ended { by, known: BTreeMap::new() };
        }
    }

    fn of_place(
        &mut self,
        sight: &Sight<'_>,
        books: &Books,
        place: &Place,
    ) -> Result<(Vec<Duty>, Vec<Reading>), DeskError> {
        let Some(mark) = place.mark().filter(|_| place.is_over) else { return books.of_place(sight, place) };
        if let Some(known) = self.known.get(&mark) {
            return Ok(known.clone());
        }
        let made = books.of_place(sight, place)?;
        self.known.insert(mark, made.clone());
        Ok(made)
    }
}

impl Books {
    /// What tells these from others.
    fn mark(&self) -> Hash {
        let Books { rules, calendar, cadres, bench, today } = self;
        let rest = format!("{calendar:?} {cadres:?} {bench:?} {today}");
        Hash::of_parts("fangwei duties by 1", [rules.digest().as_slice(), rest.as_bytes()])
    }

    pub(super) fn of(sight: &Sight<'_>) -> Result<Books, RecordsFailure> {
        let rules = sight.replica.rulebook(sight.store)?;
        Ok(Books {
            calendar: sight.replica.calendar(sight.store)?,
            cadres: sight.replica.cadres(&rules, sight.store)?,
            bench: sight.replica.bench(),
            today: day_of(u64::try_from(sight.now.0).unwrap_or(0)),
            rules,
        })
    }

    pub(super) fn of_place(&self, sight: &Sight<'_>, place: &Place) -> Result<(Vec<Duty>, Vec<Reading>), DeskError> {
        if place.list != List::Cases {
            let document = place.line.documents.first().map(|summary| summary.document.clone());
            return document.map_or_else(|| Ok(Default::default()), |document| self.of_report(sight, &document));
        }
        let Some(files) = Files::of(&place.line) else { return Ok(Default::default()) };
        files.standing_by(sight, &self.rules, |standing| {
            let breaches = standing.breaches(sight, &self.rules, &self.cadres, &self.bench)?;
            let times = match standing.outer {
                Some((file, _)) => sight.replica.times(file, sight.store)?,
                None => Default::default(),
            };
            let files = CaseFiles {
                inner: standing.inner.map(|(file, inner)| (&file.document, inner)),
                outer: standing.outer.map(|(file, outer)| (&file.document, outer)),
                breaches: &breaches,
                bench: &self.bench,
            };
            Ok((of_case(&files, self.today, &self.calendar, &times), to_read_of_case(&files)))
        })
    }

    fn of_report(&self, sight: &Sight<'_>, document: &DocKey) -> Result<(Vec<Duty>, Vec<Reading>), DeskError> {
        let file = sight.replica.casefile(document, &self.rules, sight.store)?;
        let report = sight.replica.report(&file);
        let key = report.lies_with.map(|unit| triage_of(document, unit));
        let key = key.filter(|key| sight.replica.keeps(&key.scope));
        let triage = key.as_ref().map(|key| sight.replica.casefile(key, &self.rules, sight.store)).transpose()?;
        let triage = triage.as_ref().map(|file| (&file.document, sight.replica.triage(file)));
        let filed = report.file.map(|step| step.id);
        let files = ReportFiles {
            document,
            report: &report,
            triage: triage.as_ref().filter(|(_, triage)| triage.opened.is_some()).map(|(key, triage)| (*key, triage)),
            is_redacted: file.history.iter().any(|said| Some(said.entry.id()) == filed && said.remains.is_some()),
        };
        let times = sight.replica.times(&file, sight.store)?;
        Ok((of_report(&files, &self.calendar, &times), to_read_of_report(&files)))
    }

    pub(super) fn of_sharing(
        &self,
        sight: &Sight<'_>,
        document: &DocKey,
    ) -> Result<(Vec<Duty>, Vec<Reading>, Placed), RecordsFailure> {
        let file = sight.replica.casefile(document, &self.rules, sight.store)?;
        let folded = sight.replica.sharing(&file);
        let title = folded.told.last().map_or_else(String::new, |told| told.shared.digest.clone());
        let id = document.doc.to_string();
        let short = id.chars().take(SHORT_ID_DIGITS).collect();
        let place = Placed { kind: "sharing", id, short, title };
        Ok((of_sharing(document, &folded), to_read_of_sharing(document, &folded), place))
    }

    /// Numbers that no paper bears, in the registers kept here.
    fn of_registers(&self, sight: &Sight<'_>) -> Result<Vec<Duty>, DeskError> {
        let mut duties = Vec::new();
        for document in sight.replica.documents(Kind::PAPER_SERIES, sight.store)? {
            let file = sight.replica.casefile(&document, &self.rules, sight.store)?;
            let series = sight.replica.series(&file);
            let Some(register) = &series.register else { continue };
            let mut borne = BTreeSet::new();
            for (number, one) in (1..).zip(&series.numbers) {
                if bears(sight, &one.paper, &register.number(&document.scope.home, number))? {
                    borne.insert(number);
                }
            }
            duties.extend(of_series(&document, &series, |number, _| borne.contains(&number)));
        }
        Ok(duties)
    }
}

fn shown(duty: &Duty, place: Placed, today: Day, language: Language) -> DutyShown {
    let (task, about) = task(&duty.task, language);
    DutyShown {
        task_name: words::task(language, task),
        task: task.into(),
        about,
        kind: place.kind.into(),
        id: place.id,
        short: place.short,
        title: place.title,
        entry: duty.from.to_string(),
        due: duty.due.map(|due| due.day.to_string()),
        provisional: duty.due.is_some_and(|due| due.is_provisional),
        overdue: duty.is_overdue(today),
        is_mine_alone: matches!(duty.whom, Whom::Person(_)),
    }
}

fn reading_shown(
    sight: &Sight<'_>,
    reading: &Reading,
    place: Placed,
    names: &Names,
    language: Language,
) -> Result<Option<ReadingShown>, DeskError> {
    let Some(said) = sight.replica.find(&reading.entry, sight.store)? else { return Ok(None) };
    let header = said.entry.header();
    let at_s = header.claimed_time_s;
    let deed = said.content().as_ref().map_or("unknown", deed);
    let by = names.of_certificate(&header.author, sight).to_owned();
    Ok(Some(ReadingShown {
        deed_name: words::deed(language, deed),
        deed: deed.into(),
        kind: place.kind.into(),
        id: place.id,
        short: place.short,
        title: place.title,
        entry: reading.entry.to_string(),
        by,
        time: moment(at_s),
        at_s,
        read: false,
    }))
}

/// Where something is to be done, for people.
#[derive(Clone)]
pub(super) struct Placed {
    kind: &'static str,
    pub(super) id: String,
    short: String,
    title: String,
}

impl Placed {
    /// A register has no line of its own.
    fn register(duty: &Duty) -> Placed {
        let id = duty.document.doc.to_string();
        Placed { kind: "paper", id, short: String::new(), title: String::new() }
    }

    fn of(kind: Kind, Place { line, list, .. }: &Place, names: &Names) -> Placed {
        let gist = line.documents.iter().find_map(|summary| summary.gist.as_ref());
        let is_case = *list == List::Cases;
        let title = gist.map_or_else(String::new, |gist| {
            if !is_case {
                return gist.title.clone();
            }
            let unit = gist.unit.parse().ok().map_or_else(String::new, |unit| names.unit(&unit).to_owned());
            let post = gist.post.as_deref().unwrap_or_default();
            if post.is_empty() { unit } else { format!("{unit} {post}") }
        });
        let kind = if is_case {
            "case"
        } else if kind == Kind::TRIAGE {
            "triage"
        } else {
            "report"
        };
        Placed { kind, id: line.doc.clone(), short: line.short.clone(), title }
    }
}

/// A task's name in the API and in text keys, and what it is about: what is owed, who is told, which number.
pub(super) fn task(task: &Task, language: Language) -> (&'static str, Option<String>) {
    let name = match task {
        Task::TakeUp => "take_up",
        Task::AnswerQuestion => "answer_question",
        Task::Triage => "triage",
        Task::Reply => "reply",
        Task::Redact => "redact",
        Task::Decide => "decide",
        Task::Amend => "amend",
        Task::Issue => "issue",
        Task::Deliver => "deliver",
        Task::Receive => "receive",
        Task::Owe(debt) => return ("owe", Some(words::debt(language, debt.name()))),
        Task::Judge => "judge",
        Task::AnswerExtension => "answer_extension",
        Task::Visit => "visit",
        Task::Lift => "lift",
        Task::Rule => "rule",
        Task::Tell(body) => return ("tell", Some(body.clone())),
        Task::ConsiderEscalation => "consider_escalation",
        Task::Settle => "settle",
        Task::Respond => "respond",
        Task::Strike(number) => return ("strike", Some(number.to_string())),
    };
    (name, None)
}
