//! Documents: what the edits of many officers add up to, executed by a merge engine (Automerge, named only here).
//!
//! Entries are the truth; a document is a view anybody can make again from them. Edits travel as intents, and every
//! node *executes* them itself, so that the engine never reads a stranger's bytes. Executing is the same everywhere,
//! in whatever order entries came: the actor of a change is the author's run, its dependencies are what the edit's
//! state maps to, its time is 0, texts are counted in Unicode scalar values, and every document of a kind begins with
//! one constant change that makes its texts and lists. An edit that does not apply is left out as a whole and marked.

mod past;
mod reading;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use automerge::{
    ActorId, Automerge, AutomergeError, Change, ChangeHash, LoadOptions, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    TextEncoding,
    transaction::{CommitOptions, Transactable, Transaction},
};

use self::{
    past::{Behind, Past, Place, Places},
    snapshot::{Stored, Trail},
};
pub use self::{
    reading::{FieldValue, Inapplicable, Mark, Reading, Setting},
    snapshot::SnapshotFault,
};
use crate::{
    limits::{LIST_ITEMS_MAX, TEXT_CHARS_MAX},
    record::{
        body::{Step, Value},
        cbor,
        entry::{EntryId, Hash},
    },
    work::schema::{Field, Holds, Schema},
};

/// Makes the change every document begins with. Not 32 bytes long, so that no run can be called the same.
const BASE_ACTOR: &[u8] = b"fangwei base 1";

/// Engine documents kept at other states than the newest while a batch is executed: about as many as there are
/// officers who write to one document without hearing of each other.
const BENCH_MAX: usize = 8;

/// Changes applied to bring an engine document to a later state; with more, forking the whole is cheaper (getting
/// one change out costs a look at the whole document).
const CATCH_UP_MAX: usize = 64;

/// One entry of a document, as executing needs it.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// Its id.
    pub id: EntryId,
    /// The heads of the document its author had seen: [`crate::record::entry::Header::after`].
    pub after: &'a [EntryId],
    /// This document's nearest earlier entry on the author's own `prev` chain.
    pub chain: Option<EntryId>,
    /// The first entry of the author's run: [`crate::record::run::runs`].
    pub run: EntryId,
    /// What it says.
    pub says: Says<'a>,
}

/// What an entry of a document says, as far as merging is concerned.
#[derive(Debug, Clone, Copy)]
pub enum Says<'a> {
    /// An edit, executed if it applies.
    Edit(&'a [Step]),
    /// An edit that its verdict keeps from being executed, or whose body is not here.
    Void,
    /// A step of a procedure: changes no field.
    Act,
}

/// A document, executed up to some entry.
#[derive(Clone)]
pub struct Document {
    schema: &'static Schema,
    past: Past,
    /// Digest of all that was placed, in order: what a snapshot is compared by.
    trail: Trail,
    /// The executed edits' changes, both ways.
    changes: BTreeMap<Place, ChangeHash>,
    places: BTreeMap<ChangeHash, Place>,
    /// The last executed edit of each run.
    runs: BTreeMap<EntryId, Vec<Place>>,
    marks: BTreeMap<EntryId, Mark>,
    base: ChangeHash,
    /// Holds every executed edit but the `unmerged`.
    main: Live,
    /// At other states, the least recently used first. Empty between batches.
    bench: Vec<Live>,
    unmerged: BTreeMap<Place, Change>,
    /// Changes applied again to bring an engine document to a state: what concurrency costs.
    replayed: usize,
}

/// An engine document and the executed edits that make its state, ascending.
#[derive(Clone)]
struct Live {
    doc: Automerge,
    state: Vec<Place>,
}

/// Which engine document is at the state wanted.
enum Seat {
    Main,
    /// The last on the bench.
    Bench,
}

impl Document {
    /// Executes all entries of a document of this kind, in an order in which causes come first.
    ///
    /// `edits_max` is [`crate::limits::DOCUMENT_EDITS_MAX`] but in tests.
    #[must_use]
    pub fn execute(schema: &'static Schema, edits_max: usize, items: &[Item<'_>]) -> Document {
        let (doc, base) = begin(schema);
        let mut document = Document::over(schema, edits_max, doc, base);
        document.append(items);
        document
    }

    /// Takes up a snapshot and executes what came after it.
    ///
    /// `items` are all entries of the document as they are judged now, in an order that begins as it did when the
    /// snapshot was made. The steps of entries it covers are not looked at, so they may be left out; whoever takes
    /// words out of such an entry (a redaction) throws the snapshot away.
    ///
    /// # Errors
    ///
    /// Either fault is mended by [`Document::execute`].
    ///
    /// - [`SnapshotFault::Damaged`] if these are not the bytes [`Document::save`] gave;
    /// - [`SnapshotFault::Outdated`] if an entry it covers is now judged otherwise, stands in another run, or is not
    ///   where it was, or if it was made for another kind, limit or version.
    pub fn load(
        schema: &'static Schema,
        edits_max: usize,
        snapshot: &[u8],
        items: &[Item<'_>],
    ) -> Result<Document, SnapshotFault> {
        let stored = Stored::read(snapshot)?;
        let (covered, tail) = items.split_at_checked(stored.covered()?).ok_or(SnapshotFault::Outdated)?;
        if Trail::along(schema, edits_max, covered) != stored.trail {
            return Err(SnapshotFault::Outdated);
        }
        let options = LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint);
        let doc = Automerge::load_with_options(&stored.engine, options).map_err(|_| SnapshotFault::Damaged)?;
        let (_, base) = begin(schema);
        let made = doc.get_changes_meta(&[]).into_iter();
        let made = made.map(|change| ((change.actor.to_bytes().to_vec(), change.seq), change.hash));
        let made = made.collect::<BTreeMap<_, _>>();
        let mut document = Document::over(schema, edits_max, doc, base);
        for item in covered {
            let behind = document.past.behind(item);
            let executed = match (item.says, stored.marks.get(&document.past.len())) {
                (Says::Edit(_), Some(inapplicable)) => Err(inapplicable.clone()),
                (Says::Edit(_), None) => {
                    let seq = document.runs.get(&item.run).map_or(0, Vec::len) as u64 + 1;
                    let hash = made.get(&(item.run.0.as_slice().to_vec(), seq)).ok_or(SnapshotFault::Damaged)?;
                    Ok(Some(*hash))
                }
                _ => Ok(None),
            };
            document.place(item, behind, executed);
        }
        let mut heads = document.hashes(document.past.tips());
        heads.sort_unstable();
        if document.main.doc.get_heads() != heads {
            return Err(SnapshotFault::Damaged);
        }
        document.main.state = document.past.tips().to_vec();
        document.append(tail);
        Ok(document)
    }

    /// Everything executed so far, to be taken up by [`Document::load`].
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let inapplicable = |place: Place| {
            let Mark::Inapplicable(why) = self.marks.get(&self.past.id(place)?)?;
            Some((place, why.clone()))
        };
        let marks = (0..self.past.len()).filter_map(inapplicable).collect();
        Stored::new(self.past.len(), self.trail, marks, self.main.doc.save()).bytes()
    }

    /// Executes further entries, in an order in which causes come first. One that is there already is passed over.
    pub fn append(&mut self, items: &[Item<'_>]) {
        for item in items {
            if self.past.holds(&item.id) {
                continue;
            }
            let behind = self.past.behind(item);
            let executed = match item.says {
                Says::Edit(steps) => self.edit(item, steps, &behind).map(Some),
                Says::Void | Says::Act => Ok(None),
            };
            self.place(item, behind, executed);
        }
        self.merge();
        self.bench.clear();
    }

    /// How many entries were executed or passed through, from the first.
    #[must_use]
    pub fn covered(&self) -> usize {
        self.past.len()
    }

    /// What the document says now.
    #[must_use]
    pub fn read(&self) -> Reading {
        let id = |place: &Place| self.past.id(*place);
        Reading {
            fields: self.schema.fields.iter().map(|field| (field.name, self.value(field))).collect(),
            marks: self.marks.clone(),
            heads: self.past.heads(),
            edits: self.runs.iter().map(|(run, places)| (*run, places.iter().filter_map(id).collect())).collect(),
        }
    }

    /// Digest of what it says now and of the engine's heads: equal wherever the same entries are held.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let reading = cbor::encode(&self.read());
        let heads = self.main.doc.get_heads();
        let parts = heads.iter().map(|head| head.0.as_slice()).chain([reading.as_slice()]);
        Hash::of_parts("fangwei reading 1", parts)
    }

    fn over(schema: &'static Schema, edits_max: usize, doc: Automerge, base: ChangeHash) -> Document {
        Document {
            schema,
            past: Past::new(edits_max),
            trail: Trail::start(schema, edits_max),
            changes: BTreeMap::new(),
            places: BTreeMap::new(),
            runs: BTreeMap::new(),
            marks: BTreeMap::new(),
            base,
            main: Live { doc, state: Vec::new() },
            bench: Vec::new(),
            unmerged: BTreeMap::new(),
            replayed: 0,
        }
    }

    /// Executes one edit, or says why it does not apply. The reason depends on its state only.
    fn edit(&mut self, item: &Item<'_>, steps: &[Step], behind: &Behind) -> Result<ChangeHash, Inapplicable> {
        let too_many = Inapplicable::TooManyEdits { max: self.past.edits_max() as u64 };
        let edits = behind.edits.as_ref().ok_or(too_many)?;
        for step in steps {
            let unfit = |_| Inapplicable::Unfit { field: step.field().into() };
            self.schema.check(std::slice::from_ref(step)).map_err(unfit)?;
        }
        // Two changes at one place of an actor would part the engine's copies for good; a run that leads here has
        // all of its earlier edits behind this one.
        let last = self.runs.get(&item.run).and_then(|places| places.last());
        if last.is_some_and(|last| !edits.contains(*last)) {
            return Err(Inapplicable::Refused);
        }
        let seat = self.bring(&behind.state, edits).map_err(|_| Inapplicable::Refused)?;
        let place = self.past.len();
        let live = match seat {
            Seat::Main => &mut self.main,
            Seat::Bench => self.bench.last_mut().ok_or(Inapplicable::Refused)?,
        };
        check(self.schema, &live.doc, steps)?;
        let hash = perform(&mut live.doc, &item.run, steps).map_err(|_| Inapplicable::Refused)?;
        live.state = vec![place];
        if let Seat::Bench = seat {
            let change = live.doc.get_change_by_hash(&hash);
            self.unmerged.extend(change.map(|change| (place, change)));
        }
        Ok(hash)
    }

    /// Brings an engine document to the state made of the executed edits in `state`, which has `edits` behind it.
    ///
    /// Where history is linear that is the one that just executed the edit before; where officers write without
    /// hearing of each other there is soon one for each of them.
    fn bring(&mut self, state: &[Place], edits: &Places) -> Result<Seat, AutomergeError> {
        if self.main.state == state {
            return Ok(Seat::Main);
        }
        if let Some(at) = self.bench.iter().position(|live| live.state == state) {
            let live = self.bench.remove(at);
            self.bench.push(live);
            return Ok(Seat::Bench);
        }
        if self.past.tips() == state {
            self.merge();
            return Ok(Seat::Main);
        }
        let lacking = self.bench.iter().enumerate();
        let lacking = lacking.filter_map(|(at, live)| Some((at, self.past.lacking(&live.state, edits)?)));
        let nearest = lacking.min_by_key(|(_, lacking)| lacking.len());
        if let Some((at, lacking)) = nearest.filter(|(_, lacking)| lacking.len() <= CATCH_UP_MAX) {
            let changes = lacking.iter().filter_map(|place| self.change(*place)).collect::<Vec<_>>();
            let mut live = self.bench.remove(at);
            self.replayed += changes.len();
            live.doc.apply_changes(changes)?;
            live.state = state.to_vec();
            self.bench.push(live);
            return Ok(Seat::Bench);
        }
        if state.iter().any(|place| self.unmerged.contains_key(place)) {
            self.merge();
        }
        let doc = self.main.doc.fork_at(&self.hashes(state))?;
        self.replayed += self.past.lacking(&[], edits).map_or(0, |all| all.len());
        if self.bench.len() >= BENCH_MAX {
            self.bench.remove(0);
        }
        self.bench.push(Live { doc, state: state.to_vec() });
        Ok(Seat::Bench)
    }

    /// Applies what was executed on the bench to the main engine document, all at once.
    fn merge(&mut self) {
        let changes = std::mem::take(&mut self.unmerged).into_values().collect::<Vec<_>>();
        if changes.is_empty() {
            return;
        }
        self.replayed += changes.len();
        let merged = self.main.doc.apply_changes(changes);
        // Made by this very engine, causes first, one run one actor: nothing is left that it could object to.
        assert!(merged.is_ok(), "changes executed here did not merge: {merged:?}");
        self.main.state = self.past.tips().to_vec();
    }

    fn change(&self, place: Place) -> Option<Change> {
        self.unmerged.get(&place).cloned().or_else(|| self.main.doc.get_change_by_hash(self.changes.get(&place)?))
    }

    /// What the executed edits that make a state are called in the engine.
    fn hashes(&self, state: &[Place]) -> Vec<ChangeHash> {
        match state {
            [] => vec![self.base],
            some => some.iter().filter_map(|place| self.changes.get(place)).copied().collect(),
        }
    }

    fn place(&mut self, item: &Item<'_>, behind: Behind, executed: Result<Option<ChangeHash>, Inapplicable>) {
        let place = self.past.len();
        let hash = executed.unwrap_or_else(|why| {
            self.marks.insert(item.id, Mark::Inapplicable(why));
            None
        });
        if let Some(hash) = hash {
            self.changes.insert(place, hash);
            self.places.insert(hash, place);
            self.runs.entry(item.run).or_default().push(place);
        }
        self.trail.follow(item);
        self.past.place(item, behind, hash.is_some());
    }

    fn value(&self, field: &Field) -> FieldValue {
        let doc = &self.main.doc;
        match field.holds {
            Holds::Prose => {
                FieldValue::Prose(object(doc, field.name).and_then(|text| doc.text(text).ok()).unwrap_or_default())
            }
            Holds::Items => {
                let list = object(doc, field.name);
                let items = list.iter().flat_map(|list| doc.list_range(list, ..));
                FieldValue::Items(items.filter_map(|item| item.value.into_value().into_string().ok()).collect())
            }
            Holds::Word | Holds::Number | Holds::Flag => {
                let settings = doc.get_all(ROOT, field.name).unwrap_or_default();
                // Ascending; the engine's choice is the last.
                let mut settings = settings.iter().rev().filter_map(|(value, op)| {
                    let by = self.past.id(*self.places.get(&doc.hash_for_opid(op)?)?)?;
                    Some(Setting { value: read_value(value)?, by })
                });
                FieldValue::Single { shown: settings.next(), others: settings.collect() }
            }
        }
    }
}

/// The engine document every document of a kind begins with: its texts and lists, made once by one constant change,
/// so that officers who first write concurrently write into the same ones.
fn begin(schema: &Schema) -> (Automerge, ChangeHash) {
    let mut doc = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
    // The engine draws a random actor for every new or forked document; none of ours ever writes with it.
    doc.set_actor(ActorId::from(BASE_ACTOR));
    let mut tx = doc.transaction();
    for field in schema.fields {
        let made = match field.holds {
            Holds::Prose => tx.put_object(ROOT, field.name, ObjType::Text).map(drop),
            Holds::Items => tx.put_object(ROOT, field.name, ObjType::List).map(drop),
            Holds::Word | Holds::Number | Holds::Flag => Ok(()),
        };
        if made.is_err() {
            unreachable!("an empty document takes an object");
        }
    }
    let hash = commit(tx).unwrap_or_else(|| doc.empty_commit(options()));
    (doc, hash)
}

fn options() -> CommitOptions {
    CommitOptions::default().with_time(0)
}

fn commit(tx: Transaction<'_>) -> Option<ChangeHash> {
    let (hash, _) = tx.commit_with(options());
    hash
}

/// Whether all steps of an edit apply, each to what the steps before it leave.
fn check(schema: &Schema, doc: &Automerge, steps: &[Step]) -> Result<(), Inapplicable> {
    let mut lengths = BTreeMap::new();
    for step in steps {
        let field = step.field();
        let (_, len) = lengths.entry(field).or_insert_with(|| {
            let len = object(doc, field).map_or(0, |object| doc.length(object)) as u64;
            (len, len)
        });
        let out_of_range = |at: u64| Inapplicable::OutOfRange { field: field.into(), at, len: *len };
        *len = match step {
            Step::Set { .. } => continue,
            Step::Splice { at, delete, insert, .. } => {
                let (at, delete) = (u64::from(*at), u64::from(*delete));
                if at > *len {
                    return Err(out_of_range(at));
                }
                let kept = len.checked_sub(at + delete).ok_or(out_of_range(at + delete))?;
                at + insert.chars().count() as u64 + kept
            }
            Step::Add { at, .. } if u64::from(*at) <= *len => *len + 1,
            Step::Remove { at, .. } if u64::from(*at) < *len => *len - 1,
            Step::Add { at, .. } | Step::Remove { at, .. } => return Err(out_of_range(u64::from(*at))),
        };
    }
    for (field, (before, len)) in lengths {
        let max = match schema.field(field).map(|field| field.holds) {
            Some(Holds::Items) => LIST_ITEMS_MAX,
            _ => TEXT_CHARS_MAX,
        };
        // Concurrent edits may have made it too long together: then it can still be shortened.
        if len > max as u64 && len > before {
            return Err(Inapplicable::TooLong { field: field.into(), len });
        }
    }
    Ok(())
}

/// Executes an edit on an engine document that is at its state. All steps take effect or none does.
fn perform(doc: &mut Automerge, run: &EntryId, steps: &[Step]) -> Result<ChangeHash, AutomergeError> {
    doc.set_actor(ActorId::from(run.0.as_slice()));
    let mut tx = doc.transaction();
    for step in steps {
        if let Err(refusal) = take(&mut tx, step) {
            tx.rollback();
            return Err(refusal);
        }
    }
    // An edit without effect, a `join` for one, is an empty change: every edit that applies is one change.
    Ok(commit(tx).unwrap_or_else(|| doc.empty_commit(options())))
}

fn take(tx: &mut Transaction<'_>, step: &Step) -> Result<(), AutomergeError> {
    let field = step.field();
    let missing = || AutomergeError::InvalidObjId(field.into());
    match step {
        Step::Set { value: Some(value), .. } => tx.put(ROOT, field, write_value(value)),
        Step::Set { value: None, .. } => tx.delete(ROOT, field),
        Step::Splice { at, delete, insert, .. } => {
            let text = object(tx, field).ok_or_else(missing)?;
            let delete = isize::try_from(*delete).map_err(|_| AutomergeError::InvalidIndex(usize::MAX))?;
            tx.splice_text(text, index(*at)?, delete, insert)
        }
        Step::Add { at, item, .. } => {
            let list = object(tx, field).ok_or_else(missing)?;
            tx.insert(list, index(*at)?, write_value(item))
        }
        Step::Remove { at, .. } => {
            let list = object(tx, field).ok_or_else(missing)?;
            tx.delete(list, index(*at)?)
        }
    }
}

fn index(at: u32) -> Result<usize, AutomergeError> {
    usize::try_from(at).map_err(|_| AutomergeError::InvalidIndex(usize::MAX))
}

/// The text or list of a field.
fn object(doc: &impl ReadDoc, field: &str) -> Option<ObjId> {
    let (value, id) = doc.get(ROOT, field).ok()??;
    value.is_object().then_some(id)
}

fn write_value(value: &Value) -> ScalarValue {
    match value {
        Value::Text(text) => ScalarValue::Str(text.into()),
        Value::Int(number) => ScalarValue::Int(*number),
        Value::Bool(flag) => ScalarValue::Boolean(*flag),
    }
}

fn read_value(value: &automerge::Value<'_>) -> Option<Value> {
    match value.as_scalar()? {
        ScalarValue::Str(text) => Some(Value::Text(text.to_string())),
        ScalarValue::Int(number) => Some(Value::Int(*number)),
        ScalarValue::Boolean(flag) => Some(Value::Bool(*flag)),
        _ => None,
    }
}
