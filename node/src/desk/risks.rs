//! Editing a risk point or the draft of a report: from what the editor saw and meant to an honest edit at that very state.
//!
//! An edit is said at the state made of its `after` and the author's own earlier edits. A form that was open for a
//! while is stale against both: what colleagues wrote meanwhile stays outside its `after` and is merged; what the
//! author wrote meanwhile is inside its state whether one likes it or not, so `after` names it too and the changes are
//! carried over to it.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    limits::EDIT_STEPS_MAX,
    record::{
        body::{Content, Step, Value},
        document::{FieldValue, Reading},
        entry::{CertificateId, DocKey, EntryId, Kind},
    },
    records::RecordsFailure,
    replica::{Draft, Said, WriteError, WriteRefusal},
    work::{
        report, risk,
        schema::{Holds, Schema, SchemaFault},
    },
};

use super::{
    Code, Desk, DeskError, Officer, required,
    shown::{asked, no_field},
    splice::{Splice, rebase, splices, steps as text_steps},
};
use crate::{
    api::shape::{ItemAdd, ItemRemove, RiskEdit, ValueShown, Written as WrittenShape},
    limits::TEXT_SPLICES_MAX,
    run::Sight,
    view::List,
};

impl Desk {
    /// Changes a risk point as its editor meant it.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse ([`Code::NotInDocument`] for a state that is not this document's,
    /// [`Code::ItemGone`]), [`Code::NodeStopped`].
    pub async fn edit_risk(&self, officer: &Officer, id: &str, edit: RiskEdit) -> Result<WrittenShape, DeskError> {
        let (document, _) = self.document(List::Risks, id).await?;
        self.edit(officer, document, edit).await
    }

    /// Changes the draft of a report that was not filed yet, in the same way.
    ///
    /// # Errors
    ///
    /// As [`Desk::edit_risk`], and [`Code::FiledAlready`].
    pub async fn edit_report(&self, officer: &Officer, id: &str, edit: RiskEdit) -> Result<WrittenShape, DeskError> {
        let (document, _) = self.report_document(Some(officer), id).await?;
        let draft = document.clone();
        let filed = self.node().core().read(move |sight| {
            let file = sight.replica.casefile(&draft, &sight.replica.rulebook(sight.store)?, sight.store)?;
            Ok::<_, DeskError>(sight.replica.report(&file).file.is_some())
        });
        if filed.await?? {
            return Err(Code::FiledAlready.into());
        }
        self.edit(officer, document, edit).await
    }

    async fn edit(&self, officer: &Officer, document: DocKey, edit: RiskEdit) -> Result<WrittenShape, DeskError> {
        let kind = document.kind;
        check(kind, &edit)?;
        let mut after = None;
        if let Some(heads) = &edit.after {
            let heads: Result<Vec<EntryId>, DeskError> = heads
                .iter()
                .map(|head| head.parse().map_err(|_| DeskError::new(Code::BadId).with("value", super::shortened(head))))
                .collect();
            after = Some(heads?);
        }
        let (author, doc) = (officer.certificate, document.doc);
        // Asked first for a typed answer; composed again when it is written, at whatever is there then.
        let (asked, at, place) = (edit.clone(), after.clone(), document.clone());
        let tried = self.node().core().read(move |sight| compose(sight, author, &place, at, &asked).map(|_| ()));
        tried.await??;
        let written = self.write(officer, move |sight| {
            compose(sight, author, &document, after, &edit).map_err(|error| match error {
                EditError::Write(error) => error,
                // Changed since it was tried: what is left out of the draft is then refused as such.
                EditError::Desk(_) => {
                    WriteRefusal::Void(SchemaFault::WrongStep { field: "measures".into() }.into()).into()
                }
            })
        });
        let written = written.await?;
        self.written(doc, kind, written).await
    }
}

/// Why an edit cannot be composed.
enum EditError {
    Write(WriteError),
    Desk(DeskError),
}

impl From<RecordsFailure> for EditError {
    fn from(failure: RecordsFailure) -> EditError {
        EditError::Write(failure.into())
    }
}

impl From<EditError> for DeskError {
    fn from(error: EditError) -> DeskError {
        match error {
            EditError::Write(error) => error.into(),
            EditError::Desk(error) => error,
        }
    }
}

fn check(kind: Kind, edit: &RiskEdit) -> Result<(), DeskError> {
    let field = |name: &str| Schema::of(kind).and_then(|schema| schema.field(name)).map(|field| field.holds);
    for (name, value) in &edit.set {
        match (field(name), value) {
            (Some(Holds::Word), Some(ValueShown::Word(word))) if name == "kind" && !risk::KINDS.contains(&&**word) => {
                return Err(DeskError::new(Code::BadKind).with("value", super::shortened(word)));
            }
            (Some(Holds::Number), Some(ValueShown::Number(level)))
                if name == "level" && !risk::LEVELS.contains(level) =>
            {
                return Err(DeskError::new(Code::BadLevel).with("value", level));
            }
            (Some(Holds::Number), Some(ValueShown::Number(category)))
                if name == "category" && !report::CATEGORIES.contains(category) =>
            {
                return Err(DeskError::new(Code::BadCategory).with("value", category));
            }
            (Some(Holds::Word), None | Some(ValueShown::Word(_)))
            | (Some(Holds::Number), None | Some(ValueShown::Number(_)))
            | (Some(Holds::Flag), None | Some(ValueShown::Flag(_))) => {}
            _ => return Err(no_field(name)),
        }
    }
    let lists = edit.add.iter().map(|add| &add.field).chain(edit.remove.iter().map(|remove| &remove.field));
    let texts = edit.texts.keys().map(|name| (name, Holds::Prose));
    for (name, holds) in lists.map(|name| (name, Holds::Items)).chain(texts) {
        if field(name) != Some(holds) {
            return Err(no_field(name));
        }
    }
    edit.add.iter().try_for_each(|add| required("measures", &add.item).map(|_| ()))
}

fn compose(
    sight: &Sight<'_>,
    author: CertificateId,
    document: &DocKey,
    after: Option<Vec<EntryId>>,
    edit: &RiskEdit,
) -> Result<Draft, EditError> {
    let history = sight.replica.history(document, sight.store)?;
    let shape = Shape::of(sight, &history)?;
    let after = after.unwrap_or_else(|| shape.heads(history.iter().map(|said| said.entry.id()).collect()));
    if let Some(after) = after.iter().find(|id| !shape.causes.contains_key(*id)) {
        return Err(EditError::Write(WriteRefusal::NotInDocument { after: *after }.into()));
    }
    let seen = shape.past(after.iter().copied());
    let own = history.iter().filter(|said| said.entry.header().author == author).map(|said| said.entry.id());
    let state = shape.past(after.into_iter().chain(own));
    let base = reading(sight, &history, &seen)?;
    let current = if seen == state { base.clone() } else { reading(sight, &history, &state)? };
    let steps = steps(edit, &base, &current).map_err(EditError::Desk)?;
    let after = Some(shape.heads(state));
    Ok(Draft { author, document: document.clone(), after, content: Content::Edit(steps) })
}

/// What stands behind each entry of a document, both by `after` and by its author's own chain.
struct Shape {
    causes: BTreeMap<EntryId, Vec<EntryId>>,
}

impl Shape {
    fn of(sight: &Sight<'_>, history: &[Said]) -> Result<Shape, RecordsFailure> {
        let ids: BTreeSet<EntryId> = history.iter().map(|said| said.entry.id()).collect();
        let mut causes = BTreeMap::new();
        for said in history {
            let header = said.entry.header();
            let mut behind = header.after().to_vec();
            // The nearest earlier entry here on the author's chain; of a feed without branches that is the last one.
            let feed = sight.replica.frontier().feed(&header.scope, &header.author);
            if feed.is_some_and(|feed| !feed.branched) {
                let place = |said: &&Said| said.entry.header().seq;
                let own = history.iter().filter(|other| other.entry.header().author == header.author);
                let before = own.filter(|other| place(other) < header.seq).max_by_key(place);
                behind.extend(before.map(|before| before.entry.id()));
                causes.insert(said.entry.id(), behind);
                continue;
            }
            let mut at = header.prev;
            while let Some(id) = at {
                if ids.contains(&id) {
                    behind.push(id);
                    break;
                }
                let before = sight.replica.find(&id, sight.store)?;
                at = before.and_then(|before| before.entry.header().prev);
            }
            causes.insert(said.entry.id(), behind);
        }
        Ok(Shape { causes })
    }

    fn past(&self, from: impl IntoIterator<Item = EntryId>) -> BTreeSet<EntryId> {
        let mut past = BTreeSet::new();
        let mut open: Vec<EntryId> = from.into_iter().collect();
        while let Some(id) = open.pop() {
            if past.insert(id) {
                open.extend(self.causes.get(&id).into_iter().flatten().filter(|id| self.causes.contains_key(*id)));
            }
        }
        past
    }

    /// Of a state those no other of it stands upon, ascending.
    fn heads(&self, state: BTreeSet<EntryId>) -> Vec<EntryId> {
        let causes = state.iter().flat_map(|id| self.causes.get(id).into_iter().flatten());
        let behind: BTreeSet<EntryId> = causes.copied().collect();
        state.difference(&behind).copied().collect()
    }
}

/// What the document said at a state.
fn reading(sight: &Sight<'_>, history: &[Said], state: &BTreeSet<EntryId>) -> Result<Option<Reading>, RecordsFailure> {
    let at: Vec<Said> = history.iter().filter(|said| state.contains(&said.entry.id())).cloned().collect();
    Ok(sight.replica.document(&at, sight.store, None)?.map(|document| document.read()))
}

/// The steps that do to `current` what the editor meant when looking at `base`.
fn steps(edit: &RiskEdit, base: &Option<Reading>, current: &Option<Reading>) -> Result<Vec<Step>, DeskError> {
    let mut steps = Vec::new();
    for (field, value) in &edit.set {
        let value = value.clone().map(asked);
        let shown = match field_of(base, field) {
            Some(FieldValue::Single { shown, others }) if others.is_empty() => {
                Some(shown.as_ref().map(|setting| setting.value.clone()))
            }
            // With alternatives, saying the one shown again decides between them.
            _ => None,
        };
        if shown != Some(value.clone()) {
            steps.push(Step::Set { field: field.clone(), value });
        }
    }
    for (field, text) in &edit.texts {
        let (old, now) = (prose(base, field), prose(current, field));
        let mut changes: Vec<Splice> = splices(old, text, TEXT_SPLICES_MAX);
        if old != now {
            changes = rebase(&changes, old, now);
        }
        steps.extend(text_steps(field, &changes));
    }
    steps.extend(removals(&edit.remove, base, current)?);
    for ItemAdd { field, at, item } in &edit.add {
        let before = u32::try_from(items(current, field).len()).unwrap_or(u32::MAX);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let gone = count(edit.remove.iter().filter(|remove| remove.field == *field).count());
        let added = steps.iter().filter(|step| matches!(step, Step::Add { field: of, .. } if of == field)).count();
        let last = before.saturating_sub(gone).saturating_add(count(added));
        let at = at.map_or(last, |at| at.min(last));
        steps.push(Step::Add { field: field.clone(), at, item: Value::Text(item.clone()) });
    }
    if steps.is_empty() {
        return Err(Code::NothingChanged.into());
    }
    if steps.len() > EDIT_STEPS_MAX {
        return Err(DeskError::new(Code::TooLarge).with("bytes", steps.len()));
    }
    Ok(steps)
}

/// Takes out what the editor saw there, wherever it stands now; the last first, so that positions hold.
fn removals(remove: &[ItemRemove], base: &Option<Reading>, current: &Option<Reading>) -> Result<Vec<Step>, DeskError> {
    let mut places: BTreeSet<(String, u32)> = BTreeSet::new();
    for ItemRemove { field, at } in remove {
        let (seen, now) = (items(base, field), items(current, field));
        let wanted = seen.get(*at as usize);
        let wanted = wanted.ok_or_else(|| DeskError::new(Code::OutOfRange).with("field", field))?;
        let same = (0..).zip(now).filter(|(place, item)| *item == wanted && !places.contains(&(field.clone(), *place)));
        let nearest = same.map(|(place, _)| place).min_by_key(|place| place.abs_diff(*at));
        places.insert((field.clone(), nearest.ok_or(Code::ItemGone)?));
    }
    Ok(places.into_iter().rev().map(|(field, at)| Step::Remove { field, at }).collect())
}

fn field_of<'r>(reading: &'r Option<Reading>, field: &str) -> Option<&'r FieldValue> {
    reading.as_ref()?.fields.get(field)
}

fn prose<'r>(reading: &'r Option<Reading>, field: &str) -> &'r str {
    match field_of(reading, field) {
        Some(FieldValue::Prose(text)) => text,
        _ => "",
    }
}

fn items<'r>(reading: &'r Option<Reading>, field: &str) -> &'r [String] {
    match field_of(reading, field) {
        Some(FieldValue::Items(items)) => items,
        _ => &[],
    }
}
