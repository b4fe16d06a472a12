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

use std::collections::{BTreeMap, BTreeSet};

use automerge::{
    ActorId, Automerge, AutomergeError, Change, ChangeHash, LoadOptions, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
    TextEncoding,
    transaction::{CommitOptions, Transactable, Transaction},
};

use self::{
    past::{Base, Past, Place, weight},
    snapshot::{Stored, Trail},
};
pub use self::{
    past::{Item, Room, Says},
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

/// Engine documents kept at other states than the newest while a batch is executed: of what follows an edit the least
/// is executed first, so that only a doubling of the edits makes one more wait.
const BENCH_MAX: usize = 16;

/// There is no longer room for an edit that was executed: another one came that is before it. See
/// [`Document::append`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("document is full, and not of what it was executed with")]
pub struct Displaced;

/// A document, executed up to some entry.
#[derive(Clone)]
pub struct Document {
    schema: &'static Schema,
    room: Room,
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
    /// Executed edits that `main` has not.
    apart: BTreeSet<Place>,
    /// Engine documents made by applying again what is behind a state: what concurrency costs.
    replayed: usize,
}

/// An engine document and the executed edits that make its state, ascending.
#[derive(Clone)]
struct Live {
    doc: Automerge,
    state: Vec<Place>,
    /// Where its own changes begin that are not among the `unmerged` yet; none if it made none.
    since: Option<Vec<ChangeHash>>,
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
    /// `room` is [`Room::FULL`] but in tests.
    #[must_use]
    pub fn execute(schema: &'static Schema, room: Room, items: &[Item<'_>]) -> Document {
        let (doc, base) = begin(schema);
        let mut document = Document::over(schema, room, doc, base);
        document.place(items, &[]);
        document.past.take(room);
        document.run(0, items);
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
        room: Room,
        snapshot: &[u8],
        items: &[Item<'_>],
    ) -> Result<Document, SnapshotFault> {
        let stored = Stored::read(snapshot)?;
        let (covered, _) = items.split_at_checked(stored.weights.len()).ok_or(SnapshotFault::Outdated)?;
        if Trail::along(schema, room, covered) != stored.trail {
            return Err(SnapshotFault::Outdated);
        }
        let options = LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint);
        let doc = Automerge::load_with_options(&stored.engine, options).map_err(|_| SnapshotFault::Damaged)?;
        let (_, base) = begin(schema);
        let made = doc.get_changes_meta(&[]).into_iter();
        let made = made.map(|change| ((change.actor.to_bytes().to_vec(), change.seq), change.hash));
        let made = made.collect::<BTreeMap<_, _>>();
        let mut document = Document::over(schema, room, doc, base);
        document.place(items, &stored.weights);
        document.past.take(room);
        for (place, item) in covered.iter().enumerate() {
            if document.past.weight(place).is_none() {
                continue;
            }
            let why = stored.marks.get(&place);
            if document.past.takes(place) == (why == Some(&Inapplicable::TooManyEdits)) {
                return Err(SnapshotFault::Outdated);
            }
            let executed = match why {
                Some(why) => Err(why.clone()),
                None => {
                    let seq = document.runs.get(&item.run).map_or(0, Vec::len) as u64 + 1;
                    let hash = made.get(&(item.run.0.as_slice().to_vec(), seq)).ok_or(SnapshotFault::Damaged)?;
                    Ok(*hash)
                }
            };
            document.tried(place, item, executed);
        }
        let mut heads = document.hashes(document.past.tips());
        heads.sort_unstable();
        if document.main.doc.get_heads() != heads {
            return Err(SnapshotFault::Damaged);
        }
        document.main.state = document.past.tips().to_vec();
        document.run(covered.len(), items);
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
        let weights = (0..self.past.len()).map(|place| self.past.weight(place).unwrap_or_default()).collect();
        Stored::new(self.trail, weights, marks, self.main.doc.save()).bytes()
    }

    /// Executes further entries, in an order in which causes come first. One that is there already is passed over.
    ///
    /// # Errors
    ///
    /// [`Displaced`] if they take the room of an edit that was executed; nothing is changed then, and the whole is to
    /// be executed anew.
    pub fn append(&mut self, items: &[Item<'_>]) -> Result<(), Displaced> {
        let from = self.past.len();
        let was = (self.past.clone(), self.trail);
        let mut new: Vec<Item<'_>> = Vec::with_capacity(items.len());
        for item in items {
            if !self.past.holds(&item.id) {
                self.place(std::slice::from_ref(item), &[]);
                new.push(*item);
            }
        }
        self.past.take(self.room);
        if (0..from).any(|place| self.past.takes(place) != was.0.takes(place)) {
            (self.past, self.trail) = was;
            return Err(Displaced);
        }
        self.run(from, &new);
        Ok(())
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

    fn over(schema: &'static Schema, room: Room, doc: Automerge, base: ChangeHash) -> Document {
        Document {
            schema,
            room,
            past: Past::default(),
            trail: Trail::start(schema, room),
            changes: BTreeMap::new(),
            places: BTreeMap::new(),
            runs: BTreeMap::new(),
            marks: BTreeMap::new(),
            base,
            main: Live { doc, state: Vec::new(), since: None },
            bench: Vec::new(),
            unmerged: BTreeMap::new(),
            apart: BTreeSet::new(),
            replayed: 0,
        }
    }

    /// Places entries. What the first of them weigh may be known.
    fn place(&mut self, items: &[Item<'_>], weights: &[u64]) {
        let mut known = weights.iter();
        for item in items.iter() {
            let known = known.next().copied();
            if self.past.holds(&item.id) {
                continue;
            }
            let weight = known.unwrap_or_else(|| match item.says {
                Says::Edit(steps) => weight(steps),
                Says::Void | Says::Act => 0,
            });
            self.trail.follow(item);
            self.past.place(item, weight);
        }
    }

    /// Executes the entries that were placed from this place on.
    fn run(&mut self, from: Place, items: &[Item<'_>]) {
        let new: BTreeMap<Place, &Item<'_>> = items
            .iter()
            .filter_map(|item| Some((self.past.place_of(&item.id).filter(|place| *place >= from)?, item)))
            .rev()
            .collect();
        let order = self.past.order(from);
        for (place, item) in &new {
            if self.past.weight(*place).is_some() && !self.past.takes(*place) {
                self.marks.insert(item.id, Mark::Inapplicable(Inapplicable::TooManyEdits));
            }
        }
        // How many are still to begin at one place.
        let mut begin: BTreeMap<Base, usize> = BTreeMap::new();
        for base in order.iter().filter_map(|place| self.past.base(*place)) {
            *begin.entry(base).or_default() += 1;
        }
        for place in order {
            let Some((item, base)) = new.get(&place).zip(self.past.base(place)) else { continue };
            let left = begin.get_mut(&base).map_or(0, |left| {
                *left -= 1;
                *left
            });
            if let Says::Edit(steps) = item.says {
                let executed = self.edit(place, item, steps, left > 0);
                self.tried(place, item, executed);
                // A state nobody goes on from makes room for those that wait.
                if !begin.contains_key(&Base::After(place))
                    && let Some(mut live) = self.bench.pop_if(|live| live.state == [place])
                {
                    Self::hand_over(&mut live, &self.places, &mut self.unmerged);
                }
            }
        }
        self.merge();
        self.bench.clear();
    }

    /// Executes one edit, or says why it does not apply. The reason depends on its state only.
    ///
    /// `again`: others are said at the same state.
    fn edit(&mut self, place: Place, item: &Item<'_>, steps: &[Step], again: bool) -> Result<ChangeHash, Inapplicable> {
        for step in steps {
            let unfit = |_| Inapplicable::Unfit { field: step.field().into() };
            self.schema.check(std::slice::from_ref(step)).map_err(unfit)?;
        }
        // Two changes at one place of an actor would part the engine's copies for good; a run that leads here has
        // all of its earlier edits behind this one.
        let last = self.runs.get(&item.run).and_then(|places| places.last());
        if last.is_some_and(|last| !self.past.is_behind(*last, place)) {
            return Err(Inapplicable::Refused);
        }
        let state = self.past.state(place);
        let seat = self.bring(&state).map_err(|_| Inapplicable::Refused)?;
        let live = match seat {
            Seat::Main => &mut self.main,
            Seat::Bench => self.bench.last_mut().ok_or(Inapplicable::Refused)?,
        };
        check(self.schema, &live.doc, steps)?;
        let is_main = matches!(seat, Seat::Main) && !again;
        if again {
            let copy = Live { doc: live.doc.clone(), state: live.state.clone(), since: None };
            self.sit(copy);
        }
        let live = match is_main {
            true => &mut self.main,
            false => self.bench.last_mut().ok_or(Inapplicable::Refused)?,
        };
        let before = live.doc.get_heads();
        let hash = perform(&mut live.doc, &item.run, steps).map_err(|_| Inapplicable::Refused)?;
        live.state = vec![place];
        if !is_main {
            live.since.get_or_insert(before);
            self.apart.insert(place);
        }
        Ok(hash)
    }

    /// Brings an engine document to the state made of the executed edits in `state`.
    ///
    /// Where history is linear that is the one that just executed the edit before; where officers write without
    /// hearing of each other there is soon one for each of them.
    fn bring(&mut self, state: &[Place]) -> Result<Seat, AutomergeError> {
        if self.main.state == state {
            return Ok(Seat::Main);
        }
        if let Some(at) = self.bench.iter().position(|live| live.state == state) {
            let live = self.bench.remove(at);
            self.bench.push(live);
            return Ok(Seat::Bench);
        }
        let is_tips = self.past.tips() == state;
        if is_tips || state.iter().any(|place| self.apart.contains(place)) {
            self.merge();
        }
        if is_tips {
            return Ok(Seat::Main);
        }
        let doc = self.main.doc.fork_at(&self.hashes(state))?;
        self.replayed += 1;
        self.sit(Live { doc, state: state.to_vec(), since: None });
        Ok(Seat::Bench)
    }

    /// Puts an engine document on the bench, the last; the one not used for longest goes.
    fn sit(&mut self, live: Live) {
        if self.bench.len() >= BENCH_MAX {
            let mut gone = self.bench.remove(0);
            Self::hand_over(&mut gone, &self.places, &mut self.unmerged);
        }
        self.bench.push(live);
    }

    /// Takes the changes an engine document made. Getting them out is a look at the whole of it.
    fn hand_over(live: &mut Live, places: &BTreeMap<ChangeHash, Place>, unmerged: &mut BTreeMap<Place, Change>) {
        if let Some(since) = live.since.take() {
            let made = live.doc.get_changes(&since).into_iter();
            unmerged.extend(made.filter_map(|change| Some((*places.get(&change.hash())?, change))));
        }
    }

    /// Applies what was executed on the bench to the main engine document, all at once.
    fn merge(&mut self) {
        for live in &mut self.bench {
            Self::hand_over(live, &self.places, &mut self.unmerged);
        }
        self.apart.clear();
        // Places are in an order in which causes come first.
        let changes = std::mem::take(&mut self.unmerged).into_values().collect::<Vec<_>>();
        if !changes.is_empty() {
            let merged = self.main.doc.apply_changes(changes);
            // Made by this very engine, causes first, one run one actor: nothing is left that it could object to.
            assert!(merged.is_ok(), "changes executed here did not merge: {merged:?}");
        }
        self.main.state = self.past.tips().to_vec();
    }

    /// What the executed edits that make a state are called in the engine.
    fn hashes(&self, state: &[Place]) -> Vec<ChangeHash> {
        match state {
            [] => vec![self.base],
            some => some.iter().filter_map(|place| self.changes.get(place)).copied().collect(),
        }
    }

    /// Notes what became of an edit there is room for, or of one there is none for.
    fn tried(&mut self, place: Place, item: &Item<'_>, executed: Result<ChangeHash, Inapplicable>) {
        self.past.tried(place, executed.is_ok());
        match executed {
            Ok(hash) => {
                self.changes.insert(place, hash);
                self.places.insert(hash, place);
                self.runs.entry(item.run).or_default().push(place);
            }
            Err(why) => {
                self.marks.insert(item.id, Mark::Inapplicable(why));
            }
        }
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
