//! What an officer has to do 待办 and to read 待阅, here and now, also while the node is cut off.
//!
//! Nothing of it is stored: it follows from cases, reports and registers as this node has them, and from its calendar.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::entry::{DocKey, Kind},
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
    limits::{DUTIES_AT_A_TIME, LIST_MAX, SHORT_ID_DIGITS},
    run::Sight,
    view::{Asked, Line, List, Names},
    words::{self, Language},
};

/// Stages of cases at which nothing is ever due.
pub(super) const OVER: &[Stage] =
    &[Stage::Blank, Stage::Dropped, Stage::Dismissed, Stage::Rescinded, Stage::Referred, Stage::Withdrawn];

/// The same of reports.
pub(super) const REPORT_OVER: &[ReportStage] = &[ReportStage::Blank, ReportStage::Withdrawn, ReportStage::PassedOn];

/// How many things to read are told at most, the newest first.
const READINGS_MAX: usize = 100;

/// A document or a case with its line.
pub(super) struct Place {
    line: Line,
    list: List,
}

impl Place {
    /// Its line.
    pub(super) fn line(&self) -> &Line {
        &self.line
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
        let mut places = self
            .places(List::Cases, Stage::ALL.iter().filter(|stage| !OVER.contains(stage)).map(|stage| stage.name()))
            .await?;
        for list in [List::Reports, List::Closed] {
            let stages = ReportStage::ALL.iter().filter(|stage| !REPORT_OVER.contains(stage)).map(|stage| stage.name());
            places.extend(self.places(list, stages).await?);
        }
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
            let found = self.node().core().read(move |sight| {
                let books = Books::of(sight)?;
                let known = sight.replica.charter().complete(&certificate);
                let known = known.ok_or_else(|| DeskError::new(Code::NoSuchOfficer).with("id", certificate))?;
                let by = &known.certificate;
                let acting = Acting { holder: by.holder, roles: &by.roles, unit: &by.unit };
                let (mut duties, mut readings) = (Vec::new(), Vec::new());
                for place in &some {
                    let (todo, read) = books.of_place(sight, place)?;
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

    /// The lines of a list at some stages.
    pub(super) async fn places(
        &self,
        list: List,
        stages: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<Place>, DeskError> {
        let reader = self.fresh_view().await?.reader()?;
        let mut places = Vec::new();
        let mut seen = BTreeSet::new();
        for stage in stages {
            let mut asked = Asked { stage: Some(stage.into()), limit: LIST_MAX as u64, ..Asked::default() };
            loop {
                let page = reader.page(list, &asked).await?;
                for line in page.lines {
                    let first = line.documents.first().map(|summary| summary.document.clone());
                    if seen.insert(first) {
                        places.push(Place { line, list });
                    }
                }
                match page.next {
                    Some(next) => asked.after = Some(next),
                    None => break,
                }
            }
        }
        Ok(places)
    }
}

impl Books {
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
        files.standing(sight, |standing| {
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

    fn of(kind: Kind, Place { line, list }: &Place, names: &Names) -> Placed {
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
