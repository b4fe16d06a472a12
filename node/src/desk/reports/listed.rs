//! Reports in lists and by the beginning of their ids: who may see which.
//!
//! What is about a unit or its head is seen by nobody of that unit but its author, and what is about a person not by that
//! person; whoever asks without a session may be any of them. Source: domain §6, §3.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::entry::DocKey,
    work::calendar::{Calendar, Day, day_of},
};

use super::Asker;
use crate::{
    api::shape::{AcceptanceShown, ListQuery, ReportLine, Reports, UnitNamed},
    desk::{Code, Desk, DeskError, Officer, documents::next, time::moment},
    view::{Gist, Line, List, Names, Summary, Waiting, unknown},
    words::{self, Language},
};

impl Desk {
    /// The reports kept here that anybody may see.
    ///
    /// # Errors
    ///
    /// As [`Desk::reports_for`].
    pub async fn reports(&self, query: &ListQuery) -> Result<Reports, DeskError> {
        self.reports_for(None, query, self.language()).await
    }

    /// The reports kept here that whoever asks may see.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::BadCursor`], [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn reports_for(
        &self,
        officer: Option<&Officer>,
        query: &ListQuery,
        language: Language,
    ) -> Result<Reports, DeskError> {
        let mut asked = self.asked(query)?;
        if let Some(officer) = officer {
            let asker = self.asker(officer).await?;
            let reader = self.fresh_view().await?.reader()?;
            let closed = reader.closed(&asked).await?;
            asked.also = closed.iter().filter(|line| is_open(line, Some(&asker))).map(|line| line.place).collect();
        }
        let (page, names) = self.page_of(List::Reports, &asked).await?;
        let waits = |line: &Line| line.documents.iter().any(|summary| waiting(summary).is_some());
        let calendar = match page.lines.iter().any(waits) {
            true => Some(self.calendar().await?),
            false => None,
        };
        let today = self.node().core().read(|sight| day_of(u64::try_from(sight.now.0).unwrap_or(0))).await?;
        let lines = page.lines.into_iter().filter_map(|line| {
            let Summary { document, struck, gist, .. } = line.documents.into_iter().next()?;
            let Gist { title, category, urgency, stage, waiting, lies_with, number, outcome, .. } = gist?;
            let stage = stage.unwrap_or_else(|| "blank".into());
            let due = calendar.as_ref().zip(waiting.as_ref());
            Some(ReportLine {
                id: line.doc,
                short: line.short,
                unit: document.scope.home.to_string(),
                unit_name: names.unit(&document.scope.home).into(),
                title,
                category,
                urgency,
                stage_name: words::stage(language, &stage),
                stage,
                number,
                lies_with: lies_with.map(|unit| named(&unit, &names)),
                acceptance: due.map(|(calendar, waiting)| acceptance(calendar, waiting, today)),
                outcome_name: outcome.as_deref().map(|outcome| words::outcome(language, outcome)),
                outcome,
                changed: moment(line.changed_s),
                held_above: line.held_above,
                struck,
            })
        });
        let reports = lines.collect();
        Ok(Reports { total: page.total, at_least: page.is_at_least, next: next(page.next), reports })
    }

    /// The report whose id begins with `prefix`, if whoever asks may see it; to all others it is not there.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::AmbiguousId`], [`Code::NoSuchDocument`], [`Code::NodeStopped`], [`Code::ListsFailed`].
    pub(in crate::desk) async fn report_document(
        &self,
        officer: Option<&Officer>,
        prefix: &str,
    ) -> Result<(DocKey, String), DeskError> {
        crate::desk::check_prefix(prefix)?;
        let asker = match officer {
            Some(officer) => Some(self.asker(officer).await?),
            None => None,
        };
        let reader = self.fresh_view().await?.reader()?;
        let mut lines = reader.beginning_with(List::Reports, prefix).await?;
        lines.extend(reader.beginning_with(List::Closed, prefix).await?);
        lines.retain(|line| is_open(line, asker.as_ref()));
        let distinct: BTreeSet<&str> = lines.iter().map(|line| line.doc.as_str()).collect();
        if distinct.len() > 1 {
            return Err(DeskError::new(Code::AmbiguousId).with("value", prefix));
        }
        let line = lines.into_iter().next().ok_or_else(|| unknown(prefix))?;
        let document = line.documents.into_iter().next().ok_or_else(|| unknown(prefix))?;
        Ok((document.document, line.short))
    }

    /// The reports kept here that whoever asks may not see.
    ///
    /// # Errors
    ///
    /// [`Code::NoAuthority`], [`Code::NodeStopped`], [`Code::ListsFailed`].
    pub(in crate::desk) async fn reports_closed_to(
        &self,
        officer: Option<&Officer>,
    ) -> Result<BTreeSet<DocKey>, DeskError> {
        let (_, closed) = self.reports_not_for_all(officer).await?;
        Ok(closed.into_iter().flat_map(|line| line.documents).map(|summary| summary.document).collect())
    }

    /// The reports kept here that not everybody may see and whoever asks may.
    ///
    /// # Errors
    ///
    /// As [`Desk::reports_closed_to`].
    pub(in crate::desk) async fn reports_open_to(&self, officer: &Officer) -> Result<Vec<Line>, DeskError> {
        Ok(self.reports_not_for_all(Some(officer)).await?.0)
    }

    /// Of the reports that not everybody may see those whoever asks may, and those they may not.
    async fn reports_not_for_all(&self, officer: Option<&Officer>) -> Result<(Vec<Line>, Vec<Line>), DeskError> {
        let asker = match officer {
            Some(officer) => Some(self.asker(officer).await?),
            None => None,
        };
        let reader = self.fresh_view().await?.reader()?;
        let lines = reader.closed(&self.asked(&ListQuery::default())?).await?;
        Ok(lines.into_iter().partition(|line| is_open(line, asker.as_ref())))
    }
}

/// Whether whoever asks may see a line.
fn is_open(line: &Line, asker: Option<&Asker>) -> bool {
    let mut closed = line.documents.iter().filter_map(|summary| summary.gist.as_ref()?.closed.as_ref());
    closed.all(|closed| asker.is_some_and(|asker| closed.is_open_to(&asker.holder, &asker.unit)))
}

fn waiting(summary: &Summary) -> Option<&Waiting> {
    summary.gist.as_ref()?.waiting.as_ref()
}

fn acceptance(calendar: &Calendar, waiting: &Waiting, today: Day) -> AcceptanceShown {
    let due = calendar.due(day_of(u64::try_from(waiting.since_s).unwrap_or(0)), waiting.term);
    AcceptanceShown { until: due.day.to_string(), provisional: due.provisional, overdue: today > due.day }
}

/// A unit by its path, with what it is called.
pub(in crate::desk) fn named(unit: &str, names: &Names) -> UnitNamed {
    let path = unit.parse();
    UnitNamed { unit: unit.into(), name: path.map_or("", |unit| names.unit(&unit)).into() }
}
