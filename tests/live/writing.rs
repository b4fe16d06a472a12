//! A process that writes to a store until it is stopped, and what must be true of the store afterwards.
//!
//! Both halves are shared by the ways of stopping it: pulling the plug and kill −9. The writer is the test's own
//! executable, started again with a variable set. What it writes at a log index depends on that index alone, so the
//! checker knows what to expect without being told; and it is signed beforehand, so that the writer spends its time
//! where it is to be hit, in the store.

use std::{
    convert::Infallible,
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    ops::ControlFlow,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fangwei_node::store::{Opened, Store, StoreFailure, StoreOptions, journal_facts};
use fangwei_protocol::{
    record::{
        cbor,
        entry::{DocId, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
    },
    records::{Batch, Fact, LogIndex, Record, Records, indexes, indexes_value, key},
    trust::{genesis::GenesisHash, key::KeyPair},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// Where the writer finds its store; without it there is nothing to write.
const STORE: &str = "FANGWEI_WRITER_STORE";

/// What it draws its batches from.
const SEED: &str = "FANGWEI_WRITER_SEED";

/// Set: the writer acknowledges what it does not sync, a mistake that has to be found.
const UNSYNCED: &str = "FANGWEI_WRITER_DOES_NOT_SYNC";

/// Key of a sum over all entries, which every batch reads and writes.
const TOTAL: &[u8] = b"ttotal";

/// The tree all of this happens in.
const GENESIS: GenesisHash = GenesisHash(Hash([9; 32]));

/// Small enough that segments, moves into the index and waits for it happen within a second.
fn options() -> StoreOptions {
    StoreOptions {
        segment_bytes_max: 2 * 1024 * 1024,
        cache_bytes: 1024 * 1024,
        tail_bytes_max: 4 * 1024 * 1024,
        tail_keys_max: 20_000,
        room_bytes_min: 8 * 1024 * 1024,
    }
}

/// How often a test is to try, by default so many times.
pub(crate) fn rounds(default: u64) -> u64 {
    env::var("FANGWEI_ROUNDS").map_or(default, |text| text.parse().unwrap())
}

/// A writer at work.
pub(crate) struct Writer {
    child: Child,
    acknowledged: Arc<AtomicU64>,
    /// Reads what it acknowledges until it ends.
    reader: JoinHandle<()>,
    /// Reads what it says about itself: a cut makes it say much, and only an end by itself makes that worth reading.
    listener: JoinHandle<String>,
}

/// How a writer ended.
pub(crate) struct Stopped {
    /// Entries it had said were safe.
    pub(crate) acknowledged: u64,
    /// Whether it ended before it was killed: because there was no room, or else with these words.
    pub(crate) by_itself: Option<Result<(), String>>,
}

/// When a writer says that entries are safe.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acknowledges {
    AfterSync,
    /// A mistake, to see whether it is found.
    WithoutSync,
}

impl Writer {
    /// Starts this executable again as a writer on the store in `dir`; its test `the_writer` calls [`write_if_asked`].
    pub(crate) fn start(dir: &Path, seed: u64, acknowledges: Acknowledges) -> Writer {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "the_writer", "--nocapture"]).env(STORE, dir).env(SEED, seed.to_string());
        if acknowledges == Acknowledges::WithoutSync {
            command.env(UNSYNCED, "1");
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let acknowledged = Arc::new(AtomicU64::new(0));
        let (lines, seen) = (BufReader::new(child.stdout.take().unwrap()), acknowledged.clone());
        let reader = thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                // Whole lines only: the last one may have been cut short.
                if let Some(entries) = line.strip_prefix("safe ").and_then(|line| line.strip_suffix(" entries")) {
                    seen.store(entries.parse().unwrap(), Ordering::SeqCst);
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let listener = thread::spawn(move || {
            let mut bytes = Vec::new();
            errors.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Writer { child, acknowledged, reader, listener }
    }

    /// Stops it after `limit`, unless it ends before: does what the test does to its disk, then kills it with signal 9.
    pub(crate) fn stop_after(mut self, limit: Duration, cut: impl FnOnce()) -> Stopped {
        let until = Instant::now() + limit;
        let mut ended = self.child.try_wait().unwrap();
        while ended.is_none() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
            ended = self.child.try_wait().unwrap();
        }
        // Sampled before the cut: what is said while it happens proves nothing.
        let acknowledged = self.acknowledged.load(Ordering::SeqCst);
        cut();
        self.child.kill().ok();
        self.child.wait().unwrap();
        self.reader.join().unwrap();
        let said = self.listener.join().unwrap();
        let by_itself = ended.map(|status| if status.success() { Ok(()) } else { Err(format!("{status}: {said}")) });
        Stopped { acknowledged, by_itself }
    }
}

/// In a process started by [`Writer::start`]: writes until it is stopped, or until the disk is full.
pub(crate) fn write_if_asked() {
    let Ok(dir) = env::var(STORE) else { return };
    let seed = env::var(SEED).unwrap().parse().unwrap();
    // Every other one runs into the end of the disk, instead of saying no before.
    let room_bytes_min = if seed % 2 == 0 { options().room_bytes_min } else { 0 };
    let mut store = Store::open(Path::new(&dir), StoreOptions { room_bytes_min, ..options() }, &GENESIS).unwrap();
    replay(&mut store);
    match write(&mut store, StdRng::seed_from_u64(seed), env::var(UNSYNCED).is_ok()) {
        Err(StoreFailure::DiskFull { .. }) => {}
        Err(failure) => panic!("{failure}"),
        Ok(never) => match never {},
    }
}

fn write(store: &mut Store, mut random: StdRng, unsynced: bool) -> Result<Infallible, StoreFailure> {
    let stock = Stock::sign();
    loop {
        for _ in 0..random.random_range(1..4) {
            // 1 to 5,000 entries, small numbers as often as large ones.
            let entries = 5_000f64.powf(random.random()).round() as u64;
            let first = store.next_index();
            let facts: Vec<Fact> = (first.0..first.0 + entries).map(|at| stock.at(at).clone()).collect();
            let batch = derive(store, first, facts);
            store.put(batch)?;
        }
        if !unsynced {
            store.sync()?;
        }
        acknowledge(store.next_index().0);
        match random.random_range(0..4) {
            0 => store.flush_index()?,
            1 => drop(store.index_some(usize::MAX)?),
            _ => drop(store.index_some(2_000)?),
        }
    }
}

fn acknowledge(entries: u64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "safe {entries} entries").unwrap();
    out.flush().unwrap();
}

/// What is written at a log index: one of these, in turn.
struct Stock(Vec<Fact>);

/// A prime, so that no batch size that is likely to be lost or doubled hides behind it.
const STOCK: u64 = 1_009;

impl Stock {
    fn sign() -> Stock {
        let key = KeyPair::from_seed(&[7; 32]);
        Stock((0..STOCK).map(|number| fact(number, &key)).collect())
    }

    fn at(&self, at: u64) -> &Fact {
        &self.0[(at % STOCK) as usize]
    }
}

/// A signed entry, now and then without its body.
fn fact(number: u64, key: &KeyPair) -> Fact {
    let len = 200 + usize::from(Hash::of(&number.to_be_bytes()).0[0]) * 2;
    let body: Vec<u8> = number.to_be_bytes().into_iter().cycle().take(len).collect();
    let header = Header {
        scope: Scope { home: "370126.105".parse().unwrap(), reach: Reach::UP, shelf: Shelf::LIBRARY },
        kind: Kind(3),
        doc: DocId([(number % 250) as u8; 16]),
        author: EntryId(Hash([1; 32])),
        epoch: Epoch([2; 8]),
        seq: number,
        prev: (number > 0).then_some(EntryId(Hash([3; 32]))),
        after: (number > 0).then(Vec::new),
        claimed_time_s: 1_790_000_000,
        anchor: None,
        body: Hash::of(&body),
    };
    let entry = header.sign(&GENESIS, key).unwrap().bytes().clone();
    Fact::Entry { own: true, entry, body: (!number.is_multiple_of(11)).then(|| body.into()) }
}

/// Index keys such as the core derives: one per entry, scattered as ids are, a run per batch, and a value that every batch reads and writes.
fn derive(store: &Store, first: LogIndex, facts: Vec<Fact>) -> Batch {
    let run: Vec<LogIndex> = (first.0..first.0 + facts.len() as u64).map(LogIndex).collect();
    let mut index = Vec::with_capacity(facts.len() + 2);
    for at in &run {
        index.push((key::entry(&EntryId(Hash::of(&at.0.to_be_bytes()))), cbor::encode(at)));
    }
    let total = total(store) + run.iter().map(|at| at.0).sum::<u64>();
    index.push((TOTAL.to_vec(), total.to_be_bytes().to_vec()));
    index.push(([b"f".as_slice(), &first.0.to_be_bytes()].concat(), indexes_value(&run)));
    Batch { first, facts, index }
}

fn total(store: &Store) -> u64 {
    store.get(TOTAL).unwrap().map_or(0, |value| u64::from_be_bytes(value.try_into().unwrap()))
}

fn replay(store: &mut Store) {
    while let Some(facts) = store.next_unindexed(1_000).unwrap() {
        let batch = derive(store, store.next_index(), facts);
        store.put_indexed(batch).unwrap();
    }
}

/// What a check found.
pub(crate) struct Checked {
    /// Entries that are there.
    pub(crate) entries: u64,
    /// What opening said.
    pub(crate) opened: Opened,
}

/// Opens a store that was stopped and checks that its index stands exactly between two batches, and after the replay
/// at the end; that each entry in the journal is the one written there, and many by index too.
pub(crate) fn check(dir: &Path) -> Checked {
    let mut store = Store::open(dir, options(), &GENESIS).unwrap();
    check_index(&store);
    replay(&mut store);
    check_index(&store);
    let entries = store.next_index().0;
    let stock = Stock::sign();
    let mut at = 0;
    for located in journal_facts(dir).unwrap() {
        let located = located.unwrap();
        assert!(located.index == Some(LogIndex(at)) && located.fact == *stock.at(at), "entry {at} in the journal");
        at += 1;
    }
    assert_eq!(at, entries);
    for at in (0..entries).step_by(97).chain(entries.saturating_sub(2_000)..entries) {
        let Record { entry, body } = store.read(LogIndex(at)).unwrap();
        assert!(Fact::Entry { own: true, entry, body } == *stock.at(at), "entry {at}");
    }
    let opened = store.opened().clone();
    store.close().unwrap();
    Checked { entries, opened }
}

/// The index knows every entry before the place it stands at, once, and nothing behind it.
fn check_index(store: &Store) {
    let entries = store.next_index().0;
    let mut found = Vec::new();
    let scanned = store.scan(b"e", &mut |_, value| {
        found.push(cbor::decode::<LogIndex>(value).unwrap().0);
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    found.sort_unstable();
    assert!(found.iter().copied().eq(0..entries), "{} keys for {entries} entries", found.len());
    assert!(indexes(store, b"f").unwrap().into_iter().map(|at| at.0).eq(0..entries));
    assert_eq!(total(store), (0..entries).sum::<u64>());
}
