//! Reports and risk points: filed, listed and shown with their whole history.

use std::sync::Arc;

use fangwei_protocol::{
    record::{
        body::{Content, Step, Value},
        entry::{DocKey, Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
    work::{report, risk, schema::Schema, unit::UnitPath},
};

use super::{
    Code, Desk, DeskError, Officer, required,
    shown::Showing,
    time::{moment, seconds},
};
use crate::{
    api::shape::{DocumentShown, ListQuery, ReportForm, RiskForm, RiskLine, Risks, Written as WrittenShape},
    limits::LIST_MAX,
    view::{Asked, Cursor, Gist, List, Names, Page, Summary},
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
        let document = self.new_document(Scope { home, reach: Reach::UP, shelf }, kind);
        let (doc, author) = (document.doc, officer.certificate);
        let draft = Draft { author, document, after: None, content: Content::Edit(steps) };
        let written = self.write(officer, move |_| Ok(draft)).await?;
        self.written(doc, kind, written).await
    }

    /// The risk points kept here.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::BadCursor`], [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn risks(&self, query: &ListQuery) -> Result<Risks, DeskError> {
        let (page, names) = self.page(List::Risks, query).await?;
        let lines = page.lines.into_iter().filter_map(|line| {
            let Summary { document, struck, gist, .. } = line.documents.into_iter().next()?;
            let Gist { title, post, sort, level, alternatives, .. } = gist?;
            Some(RiskLine {
                id: line.doc,
                short: line.short,
                unit: document.scope.home.to_string(),
                unit_name: names.unit(&document.scope.home).into(),
                post: post.unwrap_or_default(),
                kind: sort,
                level,
                description: title,
                alternatives,
                changed: moment(line.changed_s),
                held_above: line.held_above,
                struck,
            })
        });
        let risks = lines.collect();
        Ok(Risks { total: page.total, at_least: page.is_at_least, next: next(page.next), risks })
    }

    /// A page of a list, and what is called how.
    pub(super) async fn page(&self, list: List, query: &ListQuery) -> Result<(Page, Arc<Names>), DeskError> {
        self.page_of(list, &self.asked(query)?).await
    }

    /// What a query asks of a list.
    pub(super) fn asked(&self, query: &ListQuery) -> Result<Asked, DeskError> {
        let unit = query.unit.as_deref().map(|unit| self.unit(Some(unit))).transpose()?;
        let after = query.after.as_deref().map(str::parse::<Cursor>).transpose();
        let after = after.map_err(|_| {
            let value = query.after.as_deref().unwrap_or_default();
            DeskError::new(Code::BadCursor).with("value", super::shortened(value))
        })?;
        let limit = query.limit.unwrap_or(LIST_MAX as u64).min(LIST_MAX as u64);
        Ok(Asked {
            unit: unit.map(|unit| unit.to_string()),
            words: query.words.clone().filter(|words| !words.trim().is_empty()),
            stage: query.stage.clone(),
            level: query.level,
            category: query.category,
            after,
            offset: query.offset,
            limit,
            also: Vec::new(),
        })
    }

    /// A page of a list, and what is called how.
    pub(super) async fn page_of(&self, list: List, asked: &Asked) -> Result<(Page, Arc<Names>), DeskError> {
        let (reader, names) = {
            let view = self.fresh_view().await?;
            (view.reader()?, view.names())
        };
        let mut page = reader.page(list, asked).await?;
        if page.lines.iter().any(|line| !line.held_above) {
            let mut view = self.fresh_view().await?;
            view.refresh_held(self.node().core(), &mut page.lines).await?;
        }
        Ok((page, names))
    }

    /// A risk point, whole.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::AmbiguousId`], [`Code::NoSuchDocument`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn risk(&self, id: &str, language: Language) -> Result<DocumentShown, DeskError> {
        self.show(List::Risks, id, language).await
    }

    async fn show(&self, list: List, id: &str, language: Language) -> Result<DocumentShown, DeskError> {
        let (document, short) = self.document(list, id).await?;
        self.show_document(document, short, language).await
    }

    /// A document with its fields, whole.
    pub(super) async fn show_document(
        &self,
        document: DocKey,
        short: String,
        language: Language,
    ) -> Result<DocumentShown, DeskError> {
        let (kind, names) = (document.kind, self.fresh_view().await?.names());
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

/// Where the next page begins, as it is asked for.
pub(super) fn next(cursor: Option<Cursor>) -> Option<String> {
    cursor.map(|cursor| cursor.to_string())
}

fn set(field: &str, value: Value) -> Step {
    Step::Set { field: field.into(), value: Some(value) }
}

fn whole(field: &str, insert: String) -> Step {
    Step::Splice { field: field.into(), at: 0, delete: 0, insert }
}
