//! A case from its first report to its end, entry by entry, with what each author claimed and what others can vouch for.

use fangwei_protocol::{
    record::body::{Act, Content},
    work::schema::Schema,
};

use super::{Desk, DeskError, Officer, cases::inner_closed_to, shown::Showing};
use crate::{
    api::shape::{Timeline, TimelineRow},
    words::Language,
};

impl Desk {
    /// Every entry of a case's files and of the reports it stands on that whoever asks may see, in the order in which this
    /// node took them in.
    ///
    /// # Errors
    ///
    /// There is no such case, [`super::Code::NodeStopped`].
    pub async fn timeline(
        &self,
        officer: Option<&Officer>,
        id: &str,
        language: Language,
    ) -> Result<Timeline, DeskError> {
        let closed = self.reports_closed_to(officer).await?;
        let documents: Vec<_> = self.documents_of_case(officer, id).await?.difference(&closed).cloned().collect();
        let officer = officer.cloned();
        let view = self.fresh_view().await?;
        let names = view.names();
        let rows = self.node().core().read(move |sight| {
            let showing = Showing { sight, names: &names, language };
            let closed = inner_closed_to(sight, officer.as_ref(), &documents)?;
            let mut rows = Vec::new();
            for document in documents.iter().filter(|document| !closed.contains(*document)) {
                for said in sight.replica.history(document, sight.store)? {
                    let mut entry = showing.entry(&said, Vec::new())?;
                    if matches!(said.content(), Some(Content::Act(Act::Report(_)))) {
                        // Who reported, and what, is on the report's own page.
                        entry.changes.clear();
                    }
                    rows.push(TimelineRow {
                        kind: Schema::of(document.kind).map_or("unknown", |schema| schema.name).into(),
                        document: document.doc.to_string(),
                        entry,
                    });
                }
            }
            rows.sort_by_key(|row| row.entry.at);
            Ok::<_, DeskError>(rows)
        });
        Ok(Timeline { entries: rows.await?? })
    }
}
