//! Random histories: replicas that write concurrently, exchange in part and hear late end with one document.
//!
//! A history is drawn from one seed. Officers write signed entries where they are, on machines that restart, are
//! cloned and lose their tail; replicas give each other what they have in any causal order and stop anywhere. In the
//! end all hold the same entries and each executes them in an order of its own and through its old snapshots.

use std::{collections::BTreeSet, ops::Range};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::*;
use crate::{
    record::{
        entry::{DocId, Entry, Epoch, Header, Reach, Scope, Shelf},
        run,
    },
    trust::{genesis::GenesisHash, key::KeyPair},
};

/// Histories of each of the four tests; together more than a thousand.
const HISTORIES: u64 = 260;

const THIS: DocId = DocId([1; 16]);
const OTHER: DocId = DocId([2; 16]);

/// Position of an entry in the order of writing, which no replica knows. At most 64, so that sets of them are words.
type Nth = usize;

struct Written {
    entry: Entry,
    what: What,
    is_void: bool,
    prev: Option<Nth>,
    /// Entries in its causal past, through `prev` and `after`.
    past: u64,
}

#[derive(Clone, Copy)]
struct Writer {
    epoch: Epoch,
    last: Nth,
}

#[derive(Default)]
struct Replica {
    /// In the order it admitted them.
    log: Vec<Nth>,
    /// Who writes here, by officer.
    writers: BTreeMap<usize, Writer>,
    /// The document as executed last, and what of.
    live: Option<(Document, Vec<Said>)>,
    snapshots: Vec<Snapshot>,
}

struct Snapshot {
    bytes: Vec<u8>,
    log: Vec<Nth>,
    /// Run and verdict of each entry covered, as it was then.
    said: Vec<Said>,
}

struct History {
    rng: StdRng,
    seed: u64,
    room: Room,
    keys: Vec<KeyPair>,
    written: Vec<Written>,
    replicas: Vec<Replica>,
    seen: BTreeSet<&'static str>,
}

/// What a history must be drawn with often enough for the claim to mean something.
const WANTED: &[&str] = &[
    "a feed branched between epochs",
    "a feed forked within an epoch",
    "a stale after",
    "concurrent edits of one author",
    "a void edit",
    "an inapplicable edit",
    "an edit there is no room for",
    "an edit displaced after it was executed",
    "a snapshot outdated by a flood",
    "a fork discovered after a snapshot",
    "a snapshot outdated by a fork",
    "a snapshot outdated by a late verdict",
    "a snapshot taken up",
    "text outside the basic plane",
    "a join",
    "concurrent values",
];

impl History {
    fn draw(seed: u64) -> History {
        let mut rng = StdRng::seed_from_u64(seed);
        let behind = rng.random_range(400..=1_500_u64);
        let room = match rng.random_range(0..10) {
            0..2 => Room { behind, ..Room::FULL },
            2..7 => Room { behind: 2 * behind, whole: 4 * behind },
            _ => Room::FULL,
        };
        let keys = (0..rng.random_range(3..=5)).map(|n| KeyPair::from_seed(&[n; 32])).collect();
        let replicas = (0..rng.random_range(4..=6)).map(|_| Replica::default()).collect();
        let mut history = History { rng, seed, room, keys, written: Vec::new(), replicas, seen: BTreeSet::new() };
        for _ in 0..history.rng.random_range(24..=48) {
            let (one, other) = (history.some_replica(), history.some_replica());
            match history.rng.random_range(0..100) {
                0..50 => history.write_somebody(one),
                50..78 => history.give(one, other),
                78..88 => history.clone_machine(one, other),
                _ => history.save(one),
            }
        }
        history.recognise();
        history
    }

    fn some_replica(&mut self) -> usize {
        self.rng.random_range(0..self.replicas.len())
    }

    /// What a replica holding `log` has of the document, as it judges it.
    fn said(&self, log: &[Nth]) -> Vec<Said> {
        let mut feeds = BTreeMap::<_, Vec<_>>::new();
        for entry in log.iter().map(|nth| &self.written[*nth].entry) {
            feeds.entry(entry.header().author).or_default().push((entry.id(), entry.header()));
        }
        let runs = feeds.into_values().flat_map(run::runs).collect::<BTreeMap<_, _>>();
        let said = |nth: &Nth| {
            let Written { entry, what, is_void, .. } = &self.written[*nth];
            let header = entry.header();
            let after = header.after().to_vec();
            let chain = self.chain(*nth).find(|header| header.1.doc == THIS).map(|(id, _)| id);
            let what = if *is_void { What::Void } else { what.clone() };
            Said { id: entry.id(), author: header.author, after, chain, run: runs[&entry.id()], what }
        };
        log.iter().filter(|nth| self.written[**nth].entry.header().doc == THIS).map(said).collect()
    }

    /// The entries before this one on its own `prev` chain, nearest first.
    fn chain(&self, nth: Nth) -> impl Iterator<Item = (EntryId, &Header)> {
        let before = |nth: &Nth| self.written[*nth].prev;
        std::iter::successors(before(&nth), before)
            .map(|nth| &self.written[nth].entry)
            .map(|entry| (entry.id(), entry.header()))
    }

    fn nth(&self, id: EntryId) -> Option<Nth> {
        self.written.iter().position(|written| written.entry.id() == id)
    }

    fn execute(&self, said: &[Said]) -> Document {
        Document::execute(risk(), self.room, &items(said))
    }

    /// What a replica has executed now: the rest only, unless what it had executed is now seen otherwise.
    fn current(&mut self, at: usize) -> &(Document, Vec<Said>) {
        let said = self.said(&self.replicas[at].log);
        let same = |(one, other): (&Said, &Said)| one.run == other.run && one.id == other.id;
        let live = self.replicas[at].live.take().filter(|(_, then)| then.iter().zip(&said).all(same));
        let document = match live {
            Some((mut document, then)) => match document.append(&items(&said[then.len()..])) {
                Ok(()) => document,
                Err(Displaced) => {
                    self.seen.insert("an edit displaced after it was executed");
                    self.execute(&said)
                }
            },
            None => self.execute(&said),
        };
        self.replicas[at].live.insert((document, said))
    }

    fn write_somebody(&mut self, at: usize) {
        let at_home = self.rng.random_bool(0.7);
        let author = if at_home { at % self.keys.len() } else { self.rng.random_range(0..self.keys.len()) };
        self.write(at, author);
    }

    /// An officer writes an entry at a replica.
    fn write(&mut self, at: usize, author: usize) {
        if self.written.len() == 64 {
            return;
        }
        let (epoch, prev) = self.place_in_feed(at, author);
        let doc = if self.rng.random_bool(0.12) { OTHER } else { THIS };
        let log = self.replicas[at].log.clone();
        let here = log.iter().copied().filter(|nth| self.written[*nth].entry.header().doc == doc);
        let here = here.collect::<Vec<_>>();
        let named = here.iter().flat_map(|nth| self.written[*nth].entry.header().after().to_vec());
        let named = named.collect::<BTreeSet<_>>();
        let heads = here.iter().map(|nth| self.written[*nth].entry.id()).filter(|id| !named.contains(id));
        let heads = heads.collect::<BTreeSet<_>>();
        let mut after = heads.iter().take(32).copied().collect::<Vec<_>>();
        if self.rng.random_bool(0.2) {
            after = here.choose(&mut self.rng).map(|nth| self.written[*nth].entry.id()).into_iter().collect();
            if self.rng.random_bool(0.2) {
                after.clear();
            }
            if !heads.iter().all(|head| after.contains(head)) {
                self.seen.insert("a stale after");
            }
        }
        let before = prev.map(|prev| self.written[prev].entry.header());
        let seq = before.map_or(0, |header| header.seq + 1);
        let prev_id = prev.map(|prev| self.written[prev].entry.id());
        let is_just_prev = after == prev_id.as_slice();
        let what = self.some_content(doc, at);
        let header = Header {
            scope: scope(),
            kind: risk().kind,
            doc,
            author: officer(author),
            epoch,
            seq,
            prev: prev_id,
            after: (!is_just_prev).then_some(after.clone()),
            claimed_time_s: self.written.len() as i64,
            anchor: None,
            body: Hash(self.rng.random()),
        };
        let entry = header.sign(&genesis(), &self.keys[author]).unwrap();
        let causes = after.iter().filter_map(|id| self.nth(*id)).chain(prev);
        let past = causes.fold(0, |past, nth| past | self.written[nth].past | 1 << nth);
        let is_void = matches!(what, What::Edit(_)) && self.rng.random_bool(0.08);
        let nth = self.written.len();
        self.written.push(Written { entry, what, is_void, prev, past });
        self.replicas[at].log.push(nth);
        self.replicas[at].writers.insert(author, Writer { epoch, last: nth });
    }

    /// Goes on in the running epoch, or begins one: after the tip, or after an older entry where the tail was lost.
    fn place_in_feed(&mut self, at: usize, author: usize) -> (Epoch, Option<Nth>) {
        let is_restarted = self.rng.random_bool(0.15);
        if let Some(writer) = self.replicas[at].writers.get(&author).filter(|_| !is_restarted) {
            return (writer.epoch, Some(writer.last));
        }
        let mut feed = self.replicas[at].log.clone();
        feed.retain(|nth| self.written[*nth].entry.header().author == officer(author));
        feed.sort_by_key(|nth| (self.written[*nth].entry.header().seq, self.written[*nth].entry.id()));
        let is_tail_lost = self.rng.random_bool(0.2);
        let prev = if is_tail_lost { feed.choose(&mut self.rng).copied() } else { feed.last().copied() };
        (Epoch(self.rng.random()), prev)
    }

    fn some_content(&mut self, doc: DocId, at: usize) -> What {
        match self.rng.random_range(0..100) {
            _ if doc == OTHER => return What::Act,
            0..8 => return What::Act,
            8..14 => return What::Edit(Vec::new()),
            _ => {}
        }
        let (document, _) = self.current(at);
        let (mut chars, mut len) = (prose(document).chars().count() as u32, measures(document).len() as u32);
        let steps = (0..self.rng.random_range(1..=4)).map(|_| self.some_step(&mut chars, &mut len));
        What::Edit(steps.collect())
    }

    /// A step at a text and a list of these lengths, now and then beyond them.
    fn some_step(&mut self, chars: &mut u32, len: &mut u32) -> Step {
        let beyond = if self.rng.random_bool(0.03) { 2 } else { 0 };
        match self.rng.random_range(0..8) {
            0..4 => {
                let at = self.rng.random_range(0..=*chars + beyond);
                let delete = self.rng.random_range(0..=chars.saturating_sub(at).min(3));
                let insert = ["", "廉", "政风险", "𠮷", "👩‍👧", "e\u{301}", "ab"].choose(&mut self.rng).unwrap();
                *chars = *chars + insert.chars().count() as u32 - delete.min(*chars);
                splice(at, delete, insert)
            }
            4 | 5 => {
                *len += 1;
                add(self.rng.random_range(0..*len + beyond), ["公示", "轮岗", "𠮷"].choose(&mut self.rng).unwrap())
            }
            6 if *len > 0 => {
                *len -= 1;
                remove(self.rng.random_range(0..=*len + beyond))
            }
            _ => match self.rng.random_range(0..5) {
                0 => Step::Set { field: "post".into(), value: None },
                1 | 2 => word("post", ["出纳", "会计", "𠮷田"].choose(&mut self.rng).unwrap()),
                _ => set("level", Value::Int(self.rng.random_range(1..=3))),
            },
        }
    }

    /// Of what `other` lacks some is given, in any order in which causes come first.
    fn give(&mut self, one: usize, other: usize) {
        let mut lacking = self.replicas[one].log.clone();
        lacking.retain(|nth| !self.replicas[other].log.contains(nth));
        let mut order = self.some_order(&lacking);
        let cut = self.rng.random_range(0..=order.len());
        if self.rng.random_bool(0.5) {
            order.truncate(cut);
        }
        self.replicas[other].log.extend(order);
    }

    /// A random order of `entries` in which causes come first.
    fn some_order(&mut self, entries: &[Nth]) -> Vec<Nth> {
        let mut waiting = entries.iter().fold(0, |all: u64, nth| all | 1 << nth);
        let mut order = Vec::new();
        while waiting != 0 {
            let is_ready = |nth: &Nth| waiting >> nth & 1 == 1 && self.written[*nth].past & waiting == 0;
            let ready = (0..64).filter(is_ready).collect::<Vec<_>>();
            let next = *ready.choose(&mut self.rng).unwrap();
            waiting &= !(1 << next);
            order.push(next);
        }
        order
    }

    /// A machine is copied: both go on in the same epoch from the same entry.
    fn clone_machine(&mut self, one: usize, other: usize) {
        let writers = self.replicas[one].writers.clone().into_iter().collect::<Vec<_>>();
        let Some((author, writer)) = writers.choose(&mut self.rng).copied() else { return };
        let mut lacking = self.replicas[one].log.clone();
        lacking.retain(|nth| (self.written[writer.last].past | 1 << writer.last) >> nth & 1 == 1);
        lacking.retain(|nth| !self.replicas[other].log.contains(nth));
        let order = self.some_order(&lacking);
        self.replicas[other].log.extend(order);
        self.replicas[other].writers.insert(author, writer);
        // Most clones show: both write, and one of them may have looked at the document before it hears of the other.
        if one != other && self.rng.random_bool(0.6) {
            self.write(one, author);
            self.write(other, author);
            if self.rng.random_bool(0.4) {
                self.save(other);
            }
        }
    }

    fn save(&mut self, at: usize) {
        let log = self.replicas[at].log.clone();
        let (document, said) = self.current(at);
        let (bytes, said) = (document.save(), said.clone());
        self.replicas[at].snapshots.push(Snapshot { bytes, log, said });
    }

    /// Which of the wanted things this history has.
    fn recognise(&mut self) {
        let mut seen = std::mem::take(&mut self.seen);
        let edits = |written: &Written| matches!(written.what, What::Edit(_)) && written.entry.header().doc == THIS;
        for (nth, written) in self.written.iter().enumerate() {
            let header = written.entry.header();
            if edits(written) && written.is_void {
                seen.insert("a void edit");
            }
            if matches!(&written.what, What::Edit(steps) if steps.is_empty()) && header.after().len() > 1 {
                seen.insert("a join");
            }
            for (earlier, sibling) in self.written.iter().enumerate().take(nth) {
                let before = sibling.entry.header();
                if before.author != header.author {
                    continue;
                }
                if edits(written) && edits(sibling) && written.past >> earlier & 1 == 0 {
                    seen.insert("concurrent edits of one author");
                }
                if before.prev != header.prev {
                    continue;
                }
                if before.epoch != header.epoch {
                    seen.insert("a feed branched between epochs");
                    continue;
                }
                seen.insert("a feed forked within an epoch");
                let has_one = |snapshot: &&Snapshot| snapshot.log.contains(&nth) != snapshot.log.contains(&earlier);
                let mut snapshots = self.replicas.iter().flat_map(|replica| &replica.snapshots);
                if edits(written) && edits(sibling) && snapshots.any(|snapshot| has_one(&snapshot)) {
                    seen.insert("a fork discovered after a snapshot");
                }
            }
        }
        self.seen = seen;
    }

    /// A certificate is found to have been revoked: some of what it wrote is void after all.
    fn revoke_late(&mut self) {
        let author = officer(self.rng.random_range(0..self.keys.len()));
        for written in &mut self.written {
            let is_his = written.entry.header().author == author && matches!(written.what, What::Edit(_));
            written.is_void |= is_his && self.rng.random_bool(0.5);
        }
    }

    /// Every replica gets everything and executes it: all must agree.
    fn settle(&mut self) {
        if self.rng.random_bool(0.3) {
            self.revoke_late();
        }
        let all = (0..self.written.len()).collect::<Vec<_>>();
        let expected = self.execute(&self.said(&all));
        let (reading, digest, heads) = (expected.read(), expected.digest(), expected.main.doc.get_heads());
        self.recognise_in(&reading);
        for at in 0..self.replicas.len() {
            let mut lacking = all.clone();
            lacking.retain(|nth| !self.replicas[at].log.contains(nth));
            let rest = self.some_order(&lacking);
            let own = [self.replicas[at].log.clone(), rest].concat();
            let said = self.said(&own);
            let mut documents = vec![self.execute(&said)];
            for snapshot in std::mem::take(&mut self.replicas[at].snapshots) {
                documents.extend(self.take_up(&snapshot, &said));
            }
            for document in documents {
                assert_eq!(document.read(), reading, "replica {at}");
                assert_eq!(document.main.doc.get_heads(), heads, "replica {at}");
                assert_eq!(document.digest(), digest, "replica {at}");
            }
        }
    }

    fn take_up(&mut self, snapshot: &Snapshot, said: &[Said]) -> Option<Document> {
        let pairs = || snapshot.said.iter().zip(said);
        let is_void = |said: &Said| matches!(said.what, What::Void);
        let is_rerun = pairs().any(|(then, now)| then.run != now.run);
        let is_rejudged = pairs().any(|(then, now)| is_void(then) != is_void(now));
        let is_displaced = self.execute(&snapshot.said).read().marks != {
            let mut marks = self.execute(said).read().marks;
            marks.retain(|id, _| snapshot.said.iter().any(|said| said.id == *id));
            marks
        };
        match Document::load(risk(), self.room, &snapshot.bytes, &items(said)) {
            Ok(document) => {
                assert!(!is_rerun && !is_rejudged && !is_displaced, "taken up though it no longer fits");
                if snapshot.said.len() > 2 {
                    self.seen.insert("a snapshot taken up");
                }
                Some(document)
            }
            Err(fault) => {
                assert_eq!(fault, SnapshotFault::Outdated);
                assert!(is_rerun || is_rejudged || is_displaced, "thrown away though it still fits");
                let why = match (is_rerun, is_rejudged) {
                    (true, _) => "a snapshot outdated by a fork",
                    (_, true) => "a snapshot outdated by a late verdict",
                    _ => "a snapshot outdated by a flood",
                };
                self.seen.insert(why);
                None
            }
        }
    }

    fn recognise_in(&mut self, reading: &Reading) {
        let is_single = |value: &FieldValue| matches!(value, FieldValue::Single { others, .. } if !others.is_empty());
        if reading.fields.values().any(is_single) {
            self.seen.insert("concurrent values");
        }
        for mark in reading.marks.values() {
            self.seen.insert(match mark {
                Mark::Inapplicable(Inapplicable::TooManyEdits) => "an edit there is no room for",
                Mark::Inapplicable(Inapplicable::OutOfRange { .. }) => "an inapplicable edit",
                other => panic!("{other:?}"),
            });
        }
        let executed = reading.edits.values().flatten().collect::<BTreeSet<_>>();
        let is_astral = |step: &Step| matches!(step, Step::Splice { insert, .. } if insert.contains(['𠮷', '👩']));
        for written in self.written.iter().filter(|written| executed.contains(&written.entry.id())) {
            if matches!(&written.what, What::Edit(steps) if steps.iter().any(is_astral)) {
                self.seen.insert("text outside the basic plane");
            }
        }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failing history: seed {}", self.seed);
        }
    }
}

fn scope() -> Scope {
    Scope { home: "370126".parse().unwrap(), reach: Reach::UP, shelf: Shelf::LIBRARY }
}

fn genesis() -> GenesisHash {
    GenesisHash(Hash::of(b"a tree"))
}

fn officer(n: usize) -> EntryId {
    EntryId(Hash::of(&[n as u8]))
}

/// Draws and settles the histories of these seeds and counts what they had.
fn settle_all(seeds: Range<u64>) {
    let mut counts = BTreeMap::<_, u64>::new();
    let many = seeds.end - seeds.start;
    for seed in seeds {
        let mut history = History::draw(seed);
        history.settle();
        history.seen.iter().for_each(|seen| *counts.entry(*seen).or_default() += 1);
    }
    println!("of {many} histories: {counts:#?}");
    for wanted in WANTED {
        let count = counts.get(wanted).copied().unwrap_or_default();
        assert!(count * 20 >= many, "only {count} of {many} histories have {wanted}");
    }
}

#[test]
fn random_histories_end_the_same_on_every_replica_first_quarter() {
    settle_all(0..HISTORIES);
}

#[test]
fn random_histories_end_the_same_on_every_replica_second_quarter() {
    settle_all(HISTORIES..2 * HISTORIES);
}

#[test]
fn random_histories_end_the_same_on_every_replica_third_quarter() {
    settle_all(2 * HISTORIES..3 * HISTORIES);
}

#[test]
fn random_histories_end_the_same_on_every_replica_last_quarter() {
    settle_all(3 * HISTORIES..4 * HISTORIES);
}
