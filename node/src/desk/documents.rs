//! Reports and risk points: filed, listed and shown with their whole history.

use fangwei_protocol::{
    record::{
        body::{Content, Step, Value},
        entry::{DocKey, Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
    work::{report, risk, schema::Schema, unit::UnitPath},
};

use super::{
    Code, Desk, DeskError, Ids, Officer, required,
    shown::Showing,
    time::{moment, seconds},
};
use crate::{
    api::shape::{
        DocumentShown, ListQuery, ReportForm, ReportLine, Reports, RiskForm, RiskLine, Risks, Written as WrittenShape,
    },
    founding::new_document,
    limits::LIST_MAX,
    view::{Gist, Names, Summary},
    words::Language,
};

impl Desk {
    /// Files a report.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`].
    pub async fn add_report(&self, officer: &Officer, form: ReportForm) -> Result<WrittenShape, DeskError> {
        if !report::CATEGORIES.contains(&form.category) {
            return Err(DeskError::new(Code::BadCategory).with("value", form.category));
        }
        let concerned = form.concerned_unit.as_deref().map(|unit| self.unit(Some(unit))).transpose()?;
        let mut steps = vec![
            set("title", Value::Text(required("title", &form.title)?)),
            set("category", Value::Int(form.category)),
            whole("account", required("account", &form.account)?),
        ];
        let words = [
            ("source", form.source),
            ("concerned_unit", concerned.map(|unit| unit.to_string())),
            ("concerned_post", form.concerned_post),
            ("place", form.place),
            ("urgency", form.urgency),
        ];
        let words = words.into_iter().filter_map(|(field, word)| Some((field, word.filter(|word| !word.is_empty())?)));
        steps.extend(words.map(|(field, word)| set(field, Value::Text(word))));
        let happened_s = form.happened.as_deref().map(seconds).transpose()?;
        let numbers = [("happened_s", happened_s), ("amount_fen", form.amount_fen)];
        steps.extend(numbers.into_iter().filter_map(|(field, number)| Some(set(field, Value::Int(number?)))));
        self.begin(officer, self.unit(form.unit.as_deref())?, Kind::REPORT, steps).await
    }

    /// Files a risk point.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`].
    pub async fn add_risk(&self, officer: &Officer, form: RiskForm) -> Result<WrittenShape, DeskError> {
        if !risk::KINDS.contains(&form.kind.as_str()) {
            return Err(DeskError::new(Code::BadKind).with("value", super::shortened(&form.kind)));
        }
        if !risk::LEVELS.contains(&form.level) {
            return Err(DeskError::new(Code::BadLevel).with("value", form.level));
        }
        let mut steps = vec![
            set("post", Value::Text(required("post", &form.post)?)),
            set("kind", Value::Text(form.kind)),
            set("level", Value::Int(form.level)),
            whole("description", required("description", &form.description)?),
        ];
        for (at, measure) in (0..).zip(form.measures) {
            let item = Value::Text(required("measures", &measure)?);
            steps.push(Step::Add { field: "measures".into(), at, item });
        }
        let responsible = form.responsible_post.filter(|post| !post.is_empty());
        steps.extend(responsible.map(|post| set("responsible_post", Value::Text(post))));
        self.begin(officer, self.unit(form.unit.as_deref())?, Kind::RISK, steps).await
    }

    /// Writes the first edit of a new document.
    async fn begin(
        &self,
        officer: &Officer,
        home: UnitPath,
        kind: Kind,
        steps: Vec<Step>,
    ) -> Result<WrittenShape, DeskError> {
        let shelf = Schema::of(kind).and_then(|schema| schema.shelves.first().copied()).unwrap_or(Shelf::LIBRARY);
        let document = new_document(Scope { home, reach: Reach::UP, shelf }, kind);
        let (doc, author) = (document.doc, officer.certificate);
        let draft = Draft { author, document, after: None, content: Content::Edit(steps) };
        let written = self.write(officer, move |_| Ok(draft)).await?;
        self.written(doc, kind, written).await
    }

    /// The reports kept here.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn reports(&self, query: &ListQuery) -> Result<Reports, DeskError> {
        let line = |summary: &Summary, short: String, names: &Names| match summary.gist.clone() {
            Gist::Report { title, category, urgency } => Some(ReportLine {
                id: summary.document.doc.to_string(),
                short,
                unit: summary.document.scope.home.to_string(),
                unit_name: names.unit(&summary.document.scope.home).into(),
                title,
                category,
                urgency,
                changed: moment(summary.changed_s),
                held_above: summary.held_above,
                struck: summary.struck,
            }),
            _ => None,
        };
        let (total, reports) = self.list(Kind::REPORT, query, line).await?;
        Ok(Reports { total, reports })
    }

    /// The risk points kept here.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn risks(&self, query: &ListQuery) -> Result<Risks, DeskError> {
        let line = |summary: &Summary, short: String, names: &Names| match summary.gist.clone() {
            Gist::Risk { post, kind, level, description, alternatives } => Some(RiskLine {
                id: summary.document.doc.to_string(),
                short,
                unit: summary.document.scope.home.to_string(),
                unit_name: names.unit(&summary.document.scope.home).into(),
                post,
                kind,
                level,
                description,
                alternatives,
                changed: moment(summary.changed_s),
                held_above: summary.held_above,
                struck: summary.struck,
            }),
            _ => None,
        };
        let (total, risks) = self.list(Kind::RISK, query, line).await?;
        Ok(Risks { total, risks })
    }

    async fn list<T>(
        &self,
        kind: Kind,
        query: &ListQuery,
        line: impl Fn(&Summary, String, &Names) -> Option<T>,
    ) -> Result<(u64, Vec<T>), DeskError> {
        let unit = query.unit.as_deref().map(|unit| self.unit(Some(unit))).transpose()?;
        let mut view = self.fresh_view().await?;
        let within = |home: &UnitPath| unit.as_ref().is_none_or(|unit| unit.contains(home));
        let mut found: Vec<(i64, DocKey)> = view
            .of_kind(kind)
            .filter(|summary| within(&summary.document.scope.home) && summary.gist != Gist::Nothing)
            .map(|summary| (summary.changed_s, summary.document.clone()))
            .collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        let page = page(query, &found);
        let documents: Vec<DocKey> = page.iter().map(|(_, document)| document.clone()).collect();
        view.refresh_held(self.node().core(), &documents).await?;
        let (ids, names) = (Ids::of(&view, kind), view.names());
        let summaries = documents.iter().filter_map(|document| view.document(document));
        let lines = summaries.filter_map(|summary| line(summary, ids.short(&summary.document.doc), &names));
        Ok((found.len() as u64, lines.collect()))
    }

    /// A report, whole.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::AmbiguousId`], [`Code::NoSuchDocument`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn report(&self, id: &str, language: Language) -> Result<DocumentShown, DeskError> {
        self.show(Kind::REPORT, id, language).await
    }

    /// A risk point, whole.
    ///
    /// # Errors
    ///
    /// As [`Desk::report`].
    pub async fn risk(&self, id: &str, language: Language) -> Result<DocumentShown, DeskError> {
        self.show(Kind::RISK, id, language).await
    }

    async fn show(&self, kind: Kind, id: &str, language: Language) -> Result<DocumentShown, DeskError> {
        let document = self.document(&[kind], id).await?;
        let (ids, names) = {
            let view = self.fresh_view().await?;
            (Ids::of(&view, kind), view.names())
        };
        let short = ids.short(&document.doc);
        let shown = self.node().core().read(move |sight| {
            let showing = Showing { sight, names: &names, language };
            let history = sight.replica.history(&document, sight.store)?;
            let reading = sight.replica.document(&history, sight.store, None)?.map(|document| document.read());
            let schema = Schema::of(kind);
            let mut entries = Vec::with_capacity(history.len());
            for said in &history {
                entries.push(showing.entry(said, showing.marks(said, reading.as_ref()))?);
            }
            let home = &document.scope.home;
            let from_above = home.is_above(&sight.replica.me().unit);
            Ok(DocumentShown {
                id: document.doc.to_string(),
                short,
                kind: schema.map_or("", |schema| schema.name).into(),
                unit: home.to_string(),
                unit_name: names.unit(home).into(),
                fields: match (schema, &reading) {
                    (Some(schema), Some(reading)) => showing.fields(schema, reading),
                    _ => Vec::new(),
                },
                heads: reading.iter().flat_map(|reading| &reading.heads).map(ToString::to_string).collect(),
                held_above: from_above || entries.iter().all(|entry| !entry.held.is_empty()),
                history: entries,
            })
        });
        shown.await?
    }
}

/// The part of a list that is asked for.
pub(super) fn page<'l, T>(query: &ListQuery, all: &'l [T]) -> &'l [T] {
    let from = usize::try_from(query.offset).unwrap_or(usize::MAX).min(all.len());
    let limit = query.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LIST_MAX).min(LIST_MAX);
    let rest = all.get(from..).unwrap_or_default();
    rest.get(..limit.min(rest.len())).unwrap_or_default()
}

fn set(field: &str, value: Value) -> Step {
    Step::Set { field: field.into(), value: Some(value) }
}

fn whole(field: &str, insert: String) -> Step {
    Step::Splice { field: field.into(), at: 0, delete: 0, insert }
}
