//! What a store promises, tried on real files: nothing durable is lost, nothing damaged is believed.

mod erasing;
mod reading;
mod rot;

use std::collections::BTreeMap;

use fangwei_protocol::{
    record::cbor,
    record::entry::{Claim, DocId, Entry, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
    records::{FeedKey, find, indexes, indexes_value, key, listed},
    trust::key::KeyPair,
};

use super::*;

const GENESIS: GenesisHash = GenesisHash(Hash([9; 32]));

/// Segments small enough that a few entries fill several.
const SMALL: StoreOptions = StoreOptions {
    segment_bytes_max: 4_000,
    cache_bytes: 1 << 20,
    tail_bytes_max: 1 << 20,
    tail_keys_max: 1_000,
    room_bytes_min: 0,
    scrub_every: Duration::from_secs(3_600),
};

/// Signs entries of one feed, one after another, with bodies of all sizes.
struct Author {
    key: KeyPair,
    seq: u64,
    prev: Option<EntryId>,
}

impl Author {
    fn new() -> Author {
        Author { key: KeyPair::from_seed(&[7; 32]), seq: 0, prev: None }
    }

    fn fact(&mut self) -> Fact {
        let has_body = self.seq % 7 != 2;
        let body = (0..self.seq * 37 % 900 + 16).map(|at| (at as u8).wrapping_mul(31)).collect();
        match self.saying(body) {
            Fact::Entry { own, entry, .. } if !has_body => Fact::Entry { own, entry, body: None },
            fact => fact,
        }
    }

    fn saying(&mut self, body: Vec<u8>) -> Fact {
        let header = Header {
            scope: Scope { home: "370126.105".parse().unwrap(), reach: Reach::UP, shelf: Shelf::LIBRARY },
            kind: Kind(3),
            doc: DocId([(self.seq % 5) as u8; 16]),
            author: EntryId(Hash([1; 32])),
            epoch: Epoch([2; 8]),
            seq: self.seq,
            prev: self.prev,
            after: self.prev.map(|_| Vec::new()),
            claimed_time_s: 1_790_000_000,
            anchor: None,
            body: Hash::of(&body),
        };
        let entry: Entry = header.sign(&GENESIS, &self.key).unwrap();
        self.seq += 1;
        self.prev = Some(entry.id());
        Fact::Entry { own: self.seq.is_multiple_of(2), entry: entry.bytes().clone(), body: Some(body.into()) }
    }

    fn facts(&mut self, count: usize) -> Vec<Fact> {
        (0..count).map(|at| if at % 10 == 9 { Fact::Receipt(vec![at as u8; 90].into()) } else { self.fact() }).collect()
    }
}

/// Everything that can be read.
type Contents = (Vec<Record>, BTreeMap<Vec<u8>, Vec<u8>>);

/// Something done to the files of an index.
type Harm<'h> = Box<dyn Fn(&Path) + 'h>;

/// A derivation like the core's: ids, logs by block, and a value each batch overwrites.
fn derive(store: &Store, first: LogIndex, facts: Vec<Fact>) -> Batch {
    let mut index = Vec::new();
    let mut logs: BTreeMap<Vec<u8>, Vec<LogIndex>> = BTreeMap::new();
    let mut at = first.0;
    for fact in &facts {
        match fact {
            Fact::Entry { entry, .. } => {
                let entry = Claim::parse(entry).unwrap().reopen(&GENESIS);
                let (header, place) = (entry.header(), LogIndex(at));
                index.push((key::entry(&entry.id()), cbor::encode(&place)));
                let feed = FeedKey::of(&header.scope, &header.author);
                for log in [key::feed_log(&feed, place), key::document_log(&header.document(), place)] {
                    logs.entry(log.clone()).or_insert_with(|| listed(store, &log).unwrap()).push(place);
                }
                at += 1;
            }
            Fact::Receipt(bytes) => index.push((vec![b'r', bytes[0]], bytes.to_vec())),
            _ => {}
        }
    }
    let count = store.get(b"tcount").unwrap().map_or(0, |value| u64::from_be_bytes(value.try_into().unwrap()));
    index.push((b"tcount".to_vec(), (count + at - first.0).to_be_bytes().to_vec()));
    index.extend(logs.into_iter().map(|(key, log)| (key, indexes_value(&log))));
    Batch { first, facts, index }
}

fn put(store: &mut Store, author: &mut Author, count: usize) {
    let batch = derive(store, store.next_index(), author.facts(count));
    store.put(batch).unwrap();
}

/// Opens as the driver does: replays, and rebuilds where reading finds the index failing.
fn open(dir: &Path) -> Store {
    let mut store = Store::open(dir, SMALL, &GENESIS).unwrap();
    for _ in 0..2 {
        replay(&mut store);
        let total = contents_of(&store);
        if total.is_some() {
            return store;
        }
        store.rebuild().unwrap();
    }
    panic!("an index just rebuilt does not read");
}

fn replay(store: &mut Store) {
    while let Some(facts) = store.next_unindexed(7).unwrap() {
        let first = store.next_index();
        let batch = derive(store, first, facts);
        store.put_indexed(batch).unwrap();
    }
    assert_eq!(store.progress().done_bytes, store.progress().total_bytes);
}

/// Everything that can be read, or nothing if the index fails. Runs are joined: they may be cut elsewhere by a replay.
fn contents_of(store: &Store) -> Option<Contents> {
    let records = (0..store.next_index().0).map(|at| store.read(LogIndex(at)));
    let records: Vec<Record> = records.collect::<Result<_, _>>().ok()?;
    let mut pairs = BTreeMap::new();
    let scanned = store.scan(b"", &mut |key, value| {
        if key[0] != b'f' {
            pairs.insert(key.to_vec(), value.to_vec());
            assert_eq!(store.get(key).unwrap().as_deref(), Some(value));
        }
        ControlFlow::Continue(())
    });
    scanned.ok()?;
    let runs = indexes(store, b"f").ok()?;
    assert_eq!(runs, (0..store.next_index().0).map(LogIndex).collect::<Vec<_>>());
    for (at, record) in records.iter().enumerate() {
        let id = Claim::parse(&record.entry).unwrap().reopen(&GENESIS).id();
        assert_eq!(find(store, &id).ok()?, Some(LogIndex(at as u64)));
    }
    Some((records, pairs))
}

fn contents(store: &Store) -> Contents {
    contents_of(store).unwrap()
}

/// In memory where there is such a place: these tests sync thousands of times and pull no plug (`tests/live` does).
fn tempdir() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let fits = durable::room_bytes(memory).is_ok_and(|bytes| bytes > 1 << 30);
    if fits { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// A copy of the files as they are now: what a killed process leaves.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for found in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(found.file_name());
        if found.path().is_dir() {
            copy(&found.path(), &target);
        } else {
            fs::copy(found.path(), target).unwrap();
        }
    }
}

fn filled(dir: &Path) -> Contents {
    let mut store = open(dir);
    let mut author = Author::new();
    for _ in 0..20 {
        put(&mut store, &mut author, 15);
    }
    let all = contents(&store);
    store.close().unwrap();
    all
}

fn last_segment(dir: &Path) -> PathBuf {
    let mut found: Vec<_> = fs::read_dir(dir.join("journal")).unwrap().map(|found| found.unwrap().path()).collect();
    found.sort();
    found.pop().unwrap()
}

#[test]
fn what_was_closed_reads_the_same_again() {
    let dir = tempdir();
    let all = filled(dir.path());
    let mut store = Store::open(dir.path(), SMALL, &GENESIS).unwrap();
    assert_eq!(store.opened(), &Opened { cut_bytes: 0, set_aside: None });
    assert_eq!(store.next_unindexed(100).unwrap(), None);
    assert_eq!(contents(&store), all);
    assert_eq!(store.read(store.next_index()), Err(RecordsFailure::Damaged(store.next_index())));
}

#[test]
fn a_store_has_one_owner() {
    let dir = tempdir();
    let store = open(dir.path());
    assert!(matches!(Store::open(dir.path(), SMALL, &GENESIS), Err(StoreFailure::Locked { .. })));
    drop(store);
    let store = open(dir.path());
    // What a process that is just being started holds open of ours does not keep the store.
    let held = store._lock.0.try_clone().unwrap();
    drop(store);
    open(dir.path());
    drop(held);
}

#[test]
fn another_trees_store_is_not_opened() {
    let dir = tempdir();
    drop(open(dir.path()));
    let other = GenesisHash(Hash([8; 32]));
    assert!(matches!(Store::open(dir.path(), SMALL, &other), Err(StoreFailure::OtherTree { .. })));
}

#[test]
fn what_is_put_is_read_at_once_and_gone_after_a_crash_unless_synced() {
    let (dir, crashed) = (tempdir(), tempdir());
    let mut store = open(dir.path());
    let mut author = Author::new();
    put(&mut store, &mut author, 20);
    store.sync().unwrap();
    let synced = contents(&store);
    put(&mut store, &mut author, 20);
    assert_eq!(contents(&store).0.len(), 36);
    // Nothing that is not durable may reach the index.
    while store.index_some(1).unwrap().batches > 1 {}
    assert_eq!(store.index_some(1).unwrap().batches, 1);
    copy(dir.path(), crashed.path());
    assert_eq!(contents(&open(crashed.path())), synced);
}

#[test]
fn a_crash_between_journal_and_index_is_replayed() {
    let dir = tempdir();
    let mut store = open(dir.path());
    let mut author = Author::new();
    for round in 0..12 {
        put(&mut store, &mut author, 11);
        store.sync().unwrap();
        if round % 3 == 0 {
            store.index_some(30).unwrap();
        }
        if round == 6 {
            store.flush_index().unwrap();
        }
        let crashed = tempdir();
        copy(dir.path(), crashed.path());
        let again = open(crashed.path());
        assert_eq!(again.opened().set_aside, None);
        assert_eq!(contents(&again), contents(&store));
    }
}

#[test]
fn the_tail_is_bounded() {
    let dir = tempdir();
    let mut store = open(dir.path());
    let mut author = Author::new();
    for _ in 0..20 {
        put(&mut store, &mut author, 100);
        assert!(store.lag().keys <= SMALL.tail_keys_max + 110);
    }
    assert!(store.lag().keys > 0);
    let all = contents(&store);
    store.close().unwrap();
    assert_eq!(contents(&open(dir.path())), all);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_to_whole_facts() {
    let dir = tempdir();
    let options = StoreOptions { segment_bytes_max: 1 << 20, ..SMALL };
    let mut author = Author::new();
    let (mut journal, _) = Journal::open(dir.path(), GENESIS, options.segment_bytes_max, None).unwrap();
    journal.append(&author.facts(3)).unwrap();
    journal.sync().unwrap();
    let mut ends = vec![(journal.end(), 3)];
    for facts in [4, 5] {
        journal.append(&author.facts(1)).unwrap();
        ends.push((journal.end(), facts));
    }
    journal.sync().unwrap();
    drop(journal);
    let path = layout::segment_file(dir.path(), 1);
    let whole = fs::read(&path).unwrap();
    for len in ends[0].0.offset..=ends[2].0.offset {
        for rest in [0, 30] {
            // Cut off, or with zeros where the file had grown before its bytes came.
            let mut torn = whole[..len as usize].to_vec();
            torn.resize(len as usize + rest, 0);
            fs::write(&path, &torn).unwrap();
            let (end, count) = *ends.iter().rfind(|(end, _)| end.offset <= len).unwrap();
            let facts = JournalFacts::all(dir.path().to_owned()).unwrap();
            assert_eq!(facts.map(Result::unwrap).count(), count);
            let (journal, tail) = Journal::open(dir.path(), GENESIS, options.segment_bytes_max, None).unwrap();
            // A mark alone may stay.
            assert!(journal.end() >= end && journal.end().offset < end.offset + 19);
            assert_eq!(journal.entries(), count as u64);
            assert_eq!(tail.cut_bytes, (len as usize + rest) as u64 - u64::from(journal.end().offset));
            assert_eq!(fs::metadata(&path).unwrap().len(), u64::from(journal.end().offset));
        }
    }
}

#[test]
fn a_store_goes_on_behind_a_torn_tail() {
    let dir = tempdir();
    filled(dir.path());
    let path = last_segment(dir.path());
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let mut store = open(dir.path());
    // The engine had seen what is cut: it stands where the journal never came to.
    assert!(store.opened().set_aside.is_some());
    assert!(store.opened().cut_bytes > 0);
    let mut author = Author { seq: 1_000, prev: Some(EntryId(Hash([3; 32]))), ..Author::new() };
    put(&mut store, &mut author, 50);
    let all = contents(&store);
    store.close().unwrap();
    assert_eq!(contents(&open(dir.path())), all);
}

#[test]
fn every_flipped_bit_before_the_last_write_is_found() {
    let dir = tempdir();
    let mut author = Author::new();
    let (mut journal, _) = Journal::open(dir.path(), GENESIS, 1_000, None).unwrap();
    let mut positions = Vec::new();
    for _ in 0..8 {
        positions.extend(journal.append(&author.facts(1)).unwrap());
        journal.sync().unwrap();
    }
    let (durable, last) = (journal.durable(), *positions.last().unwrap());
    assert!(durable.segment > 2);
    drop(journal);
    for number in 1..=durable.segment {
        let path = layout::segment_file(dir.path(), number);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(&path, &flipped).unwrap();
            let at = Position { segment: number, offset: at as u32 };
            let read: Result<Vec<_>, _> = JournalFacts::all(dir.path().to_owned()).and_then(Iterator::collect);
            // Opening reads the last segment only, and the headers.
            let opened = (number == durable.segment).then(|| Journal::open(dir.path(), GENESIS, 1_000, None));
            let mark_bytes = 18;
            if at.segment == last.segment && at.offset + mark_bytes >= last.offset {
                // In the last write it cannot be told from a torn tail: cut, and said so.
                assert_eq!(read.unwrap().len(), 7);
                assert!(opened.unwrap().unwrap().1.cut_bytes > 0);
            } else {
                let said = read.unwrap_err().to_string();
                assert!(said.contains(&format!("{number:08}.fwj")) || at.offset < 64, "{said}");
                assert!(opened.is_none_or(|opened| opened.is_err()));
            }
            fs::write(&path, &whole).unwrap();
        }
    }
}

#[test]
fn a_damaged_record_is_not_read() {
    let dir = tempdir();
    let all = filled(dir.path()).0;
    let store = open(dir.path());
    let facts: Vec<Located> = journal_facts(dir.path()).unwrap().map(Result::unwrap).collect();
    let located = facts.iter().find(|located| located.index == Some(LogIndex(40))).unwrap();
    let path = layout::segment_file(&dir.path().join("journal"), located.at.segment);
    let mut bytes = fs::read(&path).unwrap();
    bytes[located.at.offset as usize + 60] ^= 4;
    fs::write(&path, &bytes).unwrap();
    assert_eq!(store.read(LogIndex(40)), Err(RecordsFailure::Damaged(LogIndex(40))));
    assert_eq!(store.read(LogIndex(41)).as_ref(), Ok(&all[41]));
    drop(store);
    // It does not keep the store from opening, and whoever reads the whole journal is told where.
    open_without_reading(dir.path());
    let failure = journal_facts(dir.path()).unwrap().find_map(Result::err).unwrap();
    let StoreFailure::Damaged { path: named, offset, .. } = failure else { panic!("{failure}") };
    assert_eq!((named, offset), (path, u64::from(located.at.offset)));
}

fn open_without_reading(dir: &Path) {
    let mut store = Store::open(dir, SMALL, &GENESIS).unwrap();
    assert_eq!(store.opened().set_aside, None);
    assert_eq!(store.next_unindexed(1).unwrap(), None);
}

#[test]
fn a_body_that_is_not_its_entrys_is_not_read() {
    let dir = tempdir();
    let (mut journal, _) = Journal::open(dir.path(), GENESIS, 1 << 20, None).unwrap();
    let Fact::Entry { own, entry, .. } = Author::new().fact() else { panic!() };
    let at = journal.append(&[Fact::Entry { own, entry, body: Some(vec![1; 20].into()) }]).unwrap();
    for _ in 0..2 {
        assert!(matches!(journal.read(at[0]), Err(StoreFailure::Damaged { damage: Damage::OtherBody, .. })));
        journal.sync().unwrap();
    }
}

#[test]
fn a_missing_or_shortened_segment_is_named_where_no_index_knows_what_was_in_it() {
    let dir = tempdir();
    filled(dir.path());
    let journal = dir.path().join("journal");
    let second = layout::segment_file(&journal, 2);
    let whole = fs::read(&second).unwrap();
    let without_index = || {
        fs::remove_dir_all(dir.path().join("index")).ok();
        Store::open(dir.path(), SMALL, &GENESIS).err().unwrap()
    };
    fs::write(&second, &whole[..whole.len() - 1]).unwrap();
    let failure = without_index();
    assert!(
        matches!(&failure, StoreFailure::Damaged { path, damage: Damage::Length { .. }, .. } if *path == second),
        "{failure}"
    );
    fs::remove_file(&second).unwrap();
    let failure = without_index();
    assert!(matches!(&failure, StoreFailure::Damaged { path, damage: Damage::Number { .. }, .. } if *path == second));
    fs::write(&second, &whole).unwrap();
    open(dir.path());
}

#[test]
fn a_segment_that_was_being_begun_is_begun_again() {
    let dir = tempdir();
    let all = filled(dir.path());
    fs::write(dir.path().join("journal/00000099.new"), b"half a head").unwrap();
    assert_eq!(contents(&open(dir.path())), all);
    assert!(!dir.path().join("journal/00000099.new").exists());
}

#[test]
fn an_index_that_is_lost_or_damaged_is_derived_again() {
    let whole = tempdir();
    let all = filled(whole.path());
    let db = fs::read(whole.path().join("index/db")).unwrap();
    let mut harms: Vec<Harm<'_>> = vec![
        Box::new(|index| fs::remove_dir_all(index).unwrap()),
        Box::new(|index| fs::remove_file(index.join("db")).unwrap()),
        Box::new(|index| fs::remove_file(index.join("conf")).unwrap()),
        Box::new(|index| fs::write(index.join("conf"), b"garbage").unwrap()),
        Box::new(|index| fs::write(index.join("snap.FFFFFFFFFFFFFFF0.generating"), b"garbage").unwrap()),
    ];
    for tenth in 0..10 {
        let at = db.len() * tenth / 10;
        let db = &db;
        harms.push(Box::new(move |index| fs::write(index.join("db"), &db[..at]).unwrap()));
        harms.push(Box::new(move |index| {
            let mut garbled = db.clone();
            garbled[at..].iter_mut().step_by(997).for_each(|byte| *byte ^= 0x55);
            fs::write(index.join("db"), garbled).unwrap();
        }));
    }
    for (number, harm) in harms.iter().enumerate() {
        let dir = tempdir();
        copy(whole.path(), dir.path());
        harm(&dir.path().join("index"));
        let store = open(dir.path());
        assert_eq!(contents(&store), all, "harm {number}");
        store.close().unwrap();
        assert_eq!(contents(&open(dir.path())), all, "harm {number}, opened again");
    }
}

#[test]
fn a_rebuild_derives_the_same_and_keeps_one_old_index() {
    let dir = tempdir();
    let all = filled(dir.path());
    let mut store = open(dir.path());
    for number in 1..4 {
        store.rebuild().unwrap();
        assert!(matches!(store.put(Batch { first: LogIndex(0), facts: vec![], index: vec![] }),
            Err(StoreFailure::Unindexed { bytes }) if bytes > 1_000));
        replay(&mut store);
        assert_eq!(contents(&store), all);
        let old = fs::read_dir(dir.path()).unwrap().map(|found| found.unwrap().file_name().into_string().unwrap());
        let old: Vec<String> = old.filter(|name| name.starts_with("index.damaged")).collect();
        assert_eq!(old, [format!("index.damaged-{number}")]);
    }
}

#[test]
fn a_batch_out_of_order_is_not_taken() {
    let dir = tempdir();
    let mut store = open(dir.path());
    let batch = Batch { first: LogIndex(3), facts: vec![], index: vec![] };
    assert!(matches!(store.put(batch.clone()), Err(StoreFailure::OutOfOrder { .. })));
    assert!(matches!(store.put_indexed(batch), Err(StoreFailure::OutOfOrder { .. })));
}

#[test]
fn a_fact_that_is_too_large_takes_nothing_with_it() {
    let dir = tempdir();
    let mut store = open(dir.path());
    let mut author = Author::new();
    let facts = vec![author.fact(), Fact::Receipt(vec![0; crate::limits::RECEIPT_BYTES_MAX + 1].into())];
    let batch = Batch { first: LogIndex(0), facts, index: vec![] };
    assert!(matches!(store.put(batch), Err(StoreFailure::TooLarge { .. })));
    assert_eq!(store.next_index(), LogIndex(0));
    store.sync().unwrap();
    assert_eq!(journal_facts(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let dir = tempdir();
    let mut author = Author::new();
    for room_bytes in [0, 1, 17, 18, 700, 3_999, 9_000] {
        let mut store = open(dir.path());
        put(&mut store, &mut author, 15);
        store.sync().unwrap();
        let acknowledged = contents(&store);
        let journal_bytes = store.progress().total_bytes;
        store.journal.room_bytes = room_bytes;
        put(&mut store, &mut author, 30);
        assert!(matches!(store.sync(), Err(StoreFailure::DiskFull { .. })), "{room_bytes}");
        assert!(store.is_stopped());
        assert!(matches!(store.sync(), Err(StoreFailure::Stopped { .. })));
        // What was there can still be shown.
        assert_eq!(store.read(LogIndex(2)).as_ref(), Ok(&acknowledged.0[2]));
        assert!(store.read(LogIndex(store.next_index().0 - 1)).is_ok());
        store.index_some(100_000).unwrap();
        drop(store);
        let store = open(dir.path());
        assert_eq!(store.opened().cut_bytes, 0);
        let after = contents(&store).0;
        assert_eq!(after[..acknowledged.0.len()], acknowledged.0[..], "{room_bytes}");
        assert!(store.progress().total_bytes >= journal_bytes);
        author = Author { seq: after.len() as u64 + 1_000, ..author };
    }
}

#[test]
fn nothing_is_put_while_there_is_hardly_any_room() {
    let dir = tempdir();
    let mut store = open(dir.path());
    store.options.room_bytes_min = u64::MAX;
    let mut author = Author::new();
    let batch = derive(&store, LogIndex(0), author.facts(3));
    assert!(matches!(store.put(batch.clone()), Err(StoreFailure::DiskFull { .. })));
    assert_eq!(store.next_index(), LogIndex(0));
    store.options.room_bytes_min = 0;
    store.put(batch).unwrap();
}
