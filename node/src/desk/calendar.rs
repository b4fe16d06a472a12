//! The working-day calendar: what this node reckons with, when a term ends and why, and a year published.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
    work::calendar::{Calendar, Day, DayKind, Term, TermUnit, Year},
};

use super::{Code, Desk, DeskError, Officer, shortened};
use crate::{
    api::shape::{DayShown, DueQuery, DueShown, YearForm, YearLine, YearPublished, YearShown, Years},
    founding::new_document,
};

impl Desk {
    /// The years this node reckons with.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn years(&self) -> Result<Years, DeskError> {
        Ok(Years { years: self.calendar().await?.years().map(line).collect() })
    }

    /// What a year says of its days.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchYear`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn year(&self, year: u16) -> Result<YearShown, DeskError> {
        let calendar = self.calendar().await?;
        let last = calendar.years().filter(|known| known.year == year).last();
        let last = last.ok_or_else(|| DeskError::new(Code::NoSuchYear).with("year", year))?;
        let days = calendar.exceptions(year).into_iter().map(shown).collect();
        Ok(YearShown { year, version: last.version, days, text: last.to_toml() })
    }

    /// When a term ends, and why then.
    ///
    /// # Errors
    ///
    /// [`Code::BadDay`], [`Code::BadTerm`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn due(&self, asked: &DueQuery) -> Result<DueShown, DeskError> {
        let from: Day = asked.from.parse().map_err(|_| bad(Code::BadDay, &asked.from))?;
        let term: Term = asked.term.parse().map_err(|_| bad(Code::BadTerm, &asked.term))?;
        let calendar = self.calendar().await?;
        let due = calendar.due(from, term);
        let unit = match term.unit() {
            TermUnit::WorkingDay => "working_day",
            TermUnit::Week => "week",
            TermUnit::Month => "month",
        };
        Ok(DueShown {
            from: from.to_string(),
            count: term.count(),
            unit: unit.into(),
            day: due.day.to_string(),
            plain: due.plain.to_string(),
            provisional: due.provisional,
            days: calendar.on_the_way(from, term).into_iter().map(shown).collect(),
        })
    }

    /// Publishes a year for the whole tree, or only says whether it could be.
    ///
    /// # Errors
    ///
    /// [`Code::YearUnreadable`], [`Code::YearUnsound`], [`Code::YearNotNewer`], what the rules refuse,
    /// [`Code::NodeStopped`].
    pub async fn publish_year(&self, officer: &Officer, form: &YearForm) -> Result<YearPublished, DeskError> {
        let year = Year::from_toml(&form.text).map_err(|fault| {
            DeskError::new(Code::YearUnreadable).with("line", fault.line).with("reason", fault.what)
        })?;
        let faults = year.check_published();
        if let Some(first) = faults.first() {
            let unsound = DeskError::new(Code::YearUnsound).with("count", faults.len());
            return Err(unsound.with("first", first));
        }
        // One that does not stand above those that are there would be written and say nothing.
        let calendar = self.calendar().await?;
        let held = calendar.years().filter(|known| known.year == year.year).map(|known| known.version).max();
        if let Some(held) = held.filter(|held| *held >= year.version) {
            let stale = DeskError::new(Code::YearNotNewer).with("year", year.year);
            return Err(stale.with("held", held).with("version", year.version));
        }
        let published = YearPublished { dry_run: form.dry_run, line: line(&year) };
        let scope = Scope { home: self.node().genesis().root.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
        let document = new_document(scope, Kind::CALENDAR);
        let content = Content::Act(Act::PublishCalendar(Box::new(year)));
        let draft = Draft { author: officer.certificate, document, after: None, content };
        if form.dry_run {
            self.could_write(draft).await?;
        } else {
            self.write(officer, move |_| Ok(draft)).await?;
        }
        Ok(published)
    }

    pub(super) async fn calendar(&self) -> Result<Calendar, DeskError> {
        Ok(self.node().core().read(|sight| sight.replica.calendar(sight.store)).await??)
    }
}

fn bad(code: Code, text: &str) -> DeskError {
    DeskError::new(code).with("value", shortened(text))
}

fn line(year: &Year) -> YearLine {
    YearLine {
        year: year.year,
        version: year.version,
        applies: year.applies.to_string(),
        holidays: year.holidays.len() as u64,
        make_up: year.make_up.len() as u64,
    }
}

fn shown((day, kind): (Day, DayKind<'_>)) -> DayShown {
    let (kind, festival) = match kind {
        DayKind::Weekday => ("weekday", None),
        DayKind::Weekend => ("weekend", None),
        DayKind::Holiday(festival) => ("holiday", Some(festival.to_owned())),
        DayKind::MakeUp => ("make_up", None),
    };
    DayShown { day: day.to_string(), weekday: day.weekday(), kind: kind.into(), festival }
}
