//! Nodes of a county and of a village in it, each a process of its own, that a test may kill or pull the plug of.
//!
//! Each is the test's own executable started again; what it says on its standard output is what a person was told, and
//! what it is about to do. It is told what to do on its standard input.

#![allow(dead_code, reason = "shared by several targets, none of which needs all of it")]

use std::{
    collections::{BTreeSet, VecDeque},
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fangwei_node::{
    node::{Node, Upstream},
    run::{Sight, WriteFailure},
    store::StoreOptions,
};
use fangwei_protocol::{
    record::entry::{Claim, EntryId, Hash},
    records::{LogIndex, Records as _},
    trust::key::{KeyPair, PublicKey},
};
use rand::{RngExt as _, rngs::StdRng};
use tests::nodes::{County, Officer, any_port, options, report, standing, until, verified};

use super::phases::{Aim, PATIENCE, Phase};

pub(crate) const COUNTY: &str = "370126";
pub(crate) const VILLAGE: &str = "370126.105.201";

/// What a process is to be, where it finds its store, where it listens and whom it dials, and who writes.
const DIR: &str = "FANGWEI_NODE_DIR";
const LISTEN: &str = "FANGWEI_NODE_LISTEN";
const ABOVE: &str = "FANGWEI_NODE_ABOVE";
const OFFICER: &str = "FANGWEI_NODE_OFFICER";

/// Set: it goes on whatever its disk does, and says what it refused.
const ENDURES: &str = "FANGWEI_NODE_ENDURES";

/// Entries saved by a life under a failing disk, and of them after the last refusal.
const SAVED_MIN: usize = 300;
const SAVED_AFTER_MIN: usize = 40;

/// Officers' pens at work at once, so that several entries share a sync.
const PENS: usize = 4;

/// What people were told.
#[derive(Clone, Default)]
pub(crate) struct Told {
    saved: BTreeSet<EntryId>,
    held: BTreeSet<EntryId>,
    /// Why something was refused.
    refused: Vec<String>,
    /// How often it was said that nobody knows yet whether something is written.
    in_doubt: u64,
    /// What could not be read, and why.
    unread: Vec<String>,
    /// How often something was read while nothing could be written.
    read_halted: u64,
    /// Entries saved since something was refused.
    saved_since: usize,
}

/// How a village did on a failing disk.
#[derive(Debug)]
pub(crate) struct Endured {
    pub(crate) told: Told,
    pub(crate) refused: usize,
    pub(crate) in_doubt: u64,
    pub(crate) unread: Vec<String>,
    pub(crate) read_halted: u64,
    /// Well, or with these words.
    pub(crate) ended: Result<(), String>,
}

impl Told {
    pub(crate) fn add(&mut self, more: Told) {
        self.saved.extend(more.saved);
        self.held.extend(more.held);
    }

    /// Entries said to be saved.
    pub(crate) fn saved(&self) -> usize {
        self.saved.len()
    }

    /// Entries said to be held above.
    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} said to be saved, {} said to be held above", self.saved.len(), self.held.len())
    }
}

/// Where both nodes live, and what their processes are told.
pub(crate) struct Tree {
    dir: PathBuf,
    officer: Officer,
    listen: SocketAddr,
    key: PublicKey,
}

impl Tree {
    /// A county and a village, with somebody who writes there; neither runs.
    pub(crate) async fn found(dir: &Path) -> Tree {
        let mut county = County::found(dir, COUNTY, small()).await;
        county.join(VILLAGE, COUNTY).await;
        let officer = county.add_reporter(VILLAGE).await;
        let key = county.node(COUNTY).key();
        county.stop_all().await;
        Tree { dir: dir.into(), officer, listen: free_port(), key }
    }

    /// Where a unit's node keeps everything.
    pub(crate) fn place(&self, unit: &str) -> PathBuf {
        self.dir.join(unit)
    }

    /// Starts the county.
    pub(crate) fn county(&self) -> Process {
        Process::start(&[(DIR, text(&self.place(COUNTY))), (LISTEN, self.listen.to_string())])
    }

    /// Starts the village.
    pub(crate) fn village(&self) -> Process {
        Process::start(&self.village_with())
    }

    fn village_with(&self) -> Vec<(&'static str, String)> {
        let above = format!("{} {}", self.listen, hex(&self.key.bytes()));
        let officer = format!("{} {}", self.officer.certificate, hex(self.officer.key.seed()));
        let listen = any_port().to_string();
        vec![(DIR, text(&self.place(VILLAGE))), (LISTEN, listen), (ABOVE, above), (OFFICER, officer)]
    }

    /// Nothing anybody was told is missing; both come to hold the same; every signature of both holds.
    pub(crate) async fn check(&self, told: &Told) {
        let (village, county) = (self.open(VILLAGE), self.open(COUNTY));
        for id in &told.saved {
            assert!(standing(village.core(), *id).await.0, "{id} was said to be saved and is missing");
        }
        for id in &told.held {
            assert!(standing(village.core(), *id).await.1, "the receipt of {id} is missing");
            assert!(standing(county.core(), *id).await.0, "{id} was said to be held above and is missing there");
        }
        village.stop().await;
        county.stop().await;
        let began = Instant::now();
        let county = Node::start(&self.place(COUNTY), options(any_port(), vec![], small()), &mut |_| {}).await;
        let county = county.unwrap();
        let above = Upstream { address: county.address().unwrap(), key: county.key() };
        let village = Node::start(&self.place(VILLAGE), options(any_port(), vec![above], small()), &mut |_| {}).await;
        let village = village.unwrap();
        let unit = VILLAGE.parse().unwrap();
        until("both hold the same, confirmed", async || {
            let digests =
                (tests::nodes::digest(village.core(), &unit).await, tests::nodes::digest(county.core(), &unit).await);
            let (confirmed, own) = tests::nodes::confirmed(village.core(), &unit).await;
            digests.0 == digests.1 && confirmed == own
        })
        .await;
        let agreed = began.elapsed();
        let held = village.core().read(|sight| sight.replica.log_length().0).await.unwrap();
        village.stop().await;
        county.stop().await;
        for unit in [VILLAGE, COUNTY] {
            let found = verified(&self.place(unit));
            assert!(found.fault_count == 0 && found.void == 0, "{unit}: {found:?}");
        }
        println!("{told:?}: nothing is missing; {held} entries agree after {:.1} s", agreed.as_secs_f64());
    }

    /// Starts the village on a failing disk and lets it write until it has been well for a while; then it closes.
    pub(crate) fn endure(&self, disk: Vec<(&'static str, String)>) -> Endured {
        let mut with = self.village_with();
        with.push((ENDURES, "1".into()));
        with.extend(disk);
        let mut process = Process::start(&with);
        let began = Instant::now();
        let mut asked = false;
        loop {
            let told = process.told();
            if process.child.try_wait().unwrap().is_some() {
                break;
            }
            if !asked && told.saved() >= SAVED_MIN / 3 {
                asked = true;
                // It may be dead by now.
                writeln!(process.child.stdin.as_mut().unwrap(), "rebuild").ok();
            }
            if told.saved() >= SAVED_MIN
                && (told.refused.is_empty() && told.in_doubt == 0 || told.saved_since >= SAVED_AFTER_MIN)
            {
                writeln!(process.child.stdin.as_mut().unwrap(), "close").ok();
                break;
            }
            assert!(began.elapsed() < PATIENCE, "it does not come to itself: {told:?} {:?}", told.refused);
            thread::sleep(Duration::from_millis(5));
        }
        let closing = Instant::now();
        let ended = loop {
            if let Some(status) = process.child.try_wait().unwrap() {
                break status;
            }
            assert!(closing.elapsed() < PATIENCE, "it does not close");
            thread::sleep(Duration::from_millis(5));
        };
        process.reader.join().unwrap();
        let said = process.listener.join().unwrap();
        let ended = if ended.success() { Ok(()) } else { Err(format!("{ended}: {said}")) };
        let mut told = std::mem::take(&mut *process.told.lock().unwrap());
        let (unread, read_halted) = (std::mem::take(&mut told.unread), told.read_halted);
        Endured { refused: told.refused.len(), in_doubt: told.in_doubt, unread, read_halted, told, ended }
    }

    /// How many entries the village's officer wrote.
    pub(crate) async fn written(&self) -> u64 {
        let (village, by) = (self.open(VILLAGE), self.officer.certificate);
        let genesis = village.genesis().hash();
        let count = move |sight: &Sight<'_>| {
            let said = (0..sight.replica.log_length().0).filter(|at| {
                let record = sight.store.read(LogIndex(*at)).unwrap();
                Claim::parse(&record.entry).unwrap().reopen(&genesis).header().author == by
            });
            said.count() as u64
        };
        let count = village.core().read(count).await.unwrap();
        village.stop().await;
        count
    }

    /// What was said to be saved is there, and the whole store is sound.
    pub(crate) async fn demand(&self, told: &Told) {
        let village = self.open(VILLAGE);
        for id in &told.saved {
            assert!(standing(village.core(), *id).await.0, "{id} was said to be saved and is missing");
        }
        village.stop().await;
        let found = verified(&self.place(VILLAGE));
        assert!(found.fault_count == 0 && found.void == 0, "{found:?}");
    }

    fn open(&self, unit: &str) -> Node {
        Node::open_offline(&self.place(unit), small(), &mut |_| {}).unwrap()
    }
}

/// Small enough that segments, moves into the index and waits for it happen all the time.
pub(crate) fn small() -> StoreOptions {
    StoreOptions {
        segment_bytes_max: 512 * 1024,
        cache_bytes: 1024 * 1024,
        tail_bytes_max: 1024 * 1024,
        tail_keys_max: 5_000,
        ..StoreOptions::default()
    }
}

/// A free port below those the system gives out by itself, so that nobody takes it while its owner is dead.
fn free_port() -> SocketAddr {
    let mut random: StdRng = rand::make_rng();
    loop {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, random.random_range(20_000..32_000)));
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

/// Does to an index what disks and people do.
pub(crate) fn spoil_index(place: &Path, random: &mut StdRng) -> String {
    let index = place.join("index");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&index).map(|found| found.map(|found| found.unwrap().path()).collect()).unwrap_or_default();
    files.retain(|path| path.is_file());
    files.sort();
    if files.is_empty() || random.random_range(0..3) == 0 {
        fs::remove_dir_all(&index).ok();
        return ", its index deleted".into();
    }
    let path = &files[random.random_range(0..files.len())];
    let name = path.file_name().unwrap().to_string_lossy();
    if random.random_range(0..2) == 0 {
        fs::remove_file(path).unwrap();
        return format!(", {name} of its index deleted");
    }
    let len = fs::metadata(path).unwrap().len();
    let kept = random.random_range(0..len.max(1));
    fs::File::options().write(true).open(path).unwrap().set_len(kept).unwrap();
    format!(", {name} of its index cut from {len} to {kept} bytes")
}

/// A node in a process of its own.
pub(crate) struct Process {
    child: Child,
    told: Arc<Mutex<Told>>,
    /// What it says it is about to do.
    phases: Receiver<Phase>,
    /// Knows, in the end, what it was about to do last.
    reader: JoinHandle<Option<Phase>>,
    /// What it says about itself, worth reading if it ends by itself.
    listener: JoinHandle<String>,
}

impl Process {
    fn start(with: &[(&str, String)]) -> Process {
        let mut command = Command::new(env::current_exe().unwrap());
        // Where this is a test among others, only that one.
        command.args(["--exact", "the_node", "--nocapture"]);
        command.envs(with.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let told = Arc::new(Mutex::new(Told::default()));
        let (mut lines, hears) = (BufReader::new(child.stdout.take().unwrap()), told.clone());
        let (tells, phases) = mpsc::channel();
        let reader = thread::spawn(move || {
            let (mut line, mut last) = (String::new(), None);
            // Whole lines only: the last one may have been cut short.
            while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
                let said = line.trim_end();
                if let Some(phase) = Phase::told(said) {
                    last = Some(phase);
                    // Nobody may be waiting for it.
                    tells.send(phase).ok();
                } else if let Some(id) = said.strip_prefix("saved ") {
                    let mut told = hears.lock().unwrap();
                    told.saved.insert(id.parse().map(EntryId).unwrap());
                    told.saved_since += 1;
                } else if let Some(why) = said.strip_prefix("refused ") {
                    let mut told = hears.lock().unwrap();
                    told.refused.push(why.into());
                    told.saved_since = 0;
                } else if said == "in doubt" {
                    let mut told = hears.lock().unwrap();
                    told.in_doubt += 1;
                    told.saved_since = 0;
                } else if let Some(why) = said.strip_prefix("unread ") {
                    hears.lock().unwrap().unread.push(why.into());
                } else if said == "read while halted" {
                    hears.lock().unwrap().read_halted += 1;
                } else if let Some(id) = said.strip_prefix("held ") {
                    hears.lock().unwrap().held.insert(id.parse().map(EntryId).unwrap());
                }
                line.clear();
            }
            last
        });
        let mut errors = child.stderr.take().unwrap();
        let listener = thread::spawn(move || {
            let mut bytes = Vec::new();
            errors.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Process { child, told, phases, reader, listener }
    }

    /// All it has told so far.
    pub(crate) fn told(&self) -> Told {
        self.told.lock().unwrap().clone()
    }

    /// Waits until it is somewhere in what is aimed at, and asks for it where it would not come to it by itself.
    pub(crate) fn reach(&mut self, aim: &mut Aim, random: &mut StdRng) {
        if let Phase::Rebuild | Phase::Close = aim.target() {
            while self.phases.recv_timeout(PATIENCE).unwrap() != Phase::Write {}
            thread::sleep(Duration::from_millis(random.random_range(50..500)));
            let word = if aim.target() == Phase::Close { "close" } else { "rebuild" };
            writeln!(self.child.stdin.as_mut().unwrap(), "{word}").unwrap();
        }
        aim.wait(&self.phases, 0, random);
    }

    /// Ends it where it may have ended by itself, because its disk is gone.
    pub(crate) fn end(mut self) {
        self.child.kill().ok();
        self.child.wait().unwrap();
        self.reader.join().unwrap();
        self.listener.join().unwrap();
    }

    /// Kills it with signal 9; returns all it had told by then, and what it was about to do last.
    pub(crate) fn kill(mut self) -> (Told, Option<Phase>) {
        let ended = self.child.try_wait().unwrap();
        self.child.kill().ok();
        self.child.wait().unwrap();
        let phase = self.reader.join().unwrap();
        let said = self.listener.join().unwrap();
        // It may have closed before it was to be killed while it closes.
        let well = ended.is_none_or(|status| status.success() && phase == Some(Phase::Close));
        assert!(well, "a node ended by itself: {said}");
        (std::mem::take(&mut self.told.lock().unwrap()), phase)
    }
}

/// In a process started by [`Process::start`]: runs a node until it is killed.
pub(crate) fn run_node_if_asked() {
    if env::var_os(DIR).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(run_node());
    }
}

async fn run_node() {
    let listen = env::var(LISTEN).unwrap().parse().unwrap();
    let above = env::var(ABOVE).ok().map(|text| {
        let (address, key) = text.split_once(' ').unwrap();
        Upstream { address: address.parse().unwrap(), key: PublicKey::admit(&unhex(key)).unwrap() }
    });
    let place = PathBuf::from(env::var_os(DIR).unwrap());
    Phase::Open.tell();
    let mut replaying = false;
    let mut progress = |_| {
        if !std::mem::replace(&mut replaying, true) {
            Phase::Replay.tell();
        }
    };
    let endures = env::var(ENDURES).is_ok();
    let above: Vec<Upstream> = above.into_iter().collect();
    let node = loop {
        match Node::start(&place, options(listen, above.clone(), small()), &mut progress).await {
            Ok(node) => break node,
            // Whoever supervises it starts it again.
            Err(failure) if endures => eprintln!("not started: {failure}"),
            Err(failure) => panic!("{failure}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    Phase::Write.tell();
    let closing = Arc::new(AtomicBool::new(false));
    if endures {
        tokio::spawn(keep_reading(node.clone(), closing.clone()));
    }
    let mut pens = Vec::new();
    if let Ok(text) = env::var(OFFICER) {
        let (certificate, seed) = text.split_once(' ').unwrap();
        let certificate = certificate.parse().unwrap();
        let officer = Officer { certificate, key: Arc::new(KeyPair::from_seed(&unhex(seed))) };
        let written = Arc::new(Mutex::new(VecDeque::new()));
        for _ in 0..PENS {
            pens.push(tokio::spawn(keep_writing(node.clone(), officer.clone(), written.clone(), closing.clone())));
        }
        tokio::spawn(tell_what_is_held(node.clone(), written));
    }
    let (tells, mut words) = tokio::sync::mpsc::unbounded_channel();
    thread::spawn(move || {
        for word in std::io::stdin().lines() {
            tells.send(word.unwrap()).unwrap();
        }
        // Its standard input ends when the test does, however that ends.
        std::process::exit(0);
    });
    loop {
        match words.recv().await.unwrap().as_str() {
            "rebuild" => {
                Phase::Rebuild.tell();
                let rebuilt = node.core().rebuild().await;
                assert!(endures || rebuilt.is_ok(), "{rebuilt:?}");
                Phase::Write.tell();
            }
            "close" => {
                closing.store(true, Ordering::SeqCst);
                Phase::Close.tell();
                node.stop().await;
                // What the last writes came to is told too.
                for pen in pens {
                    pen.await.unwrap();
                }
                std::process::exit(0);
            }
            other => panic!("{other}"),
        }
    }
}

async fn keep_writing(node: Node, officer: Officer, written: Arc<Mutex<VecDeque<EntryId>>>, closing: Arc<AtomicBool>) {
    let unit = VILLAGE.parse().unwrap();
    loop {
        match report(node.core(), &unit, &officer, "夜间巡查，未见异常。").await {
            Ok(entry) => {
                written.lock().unwrap().push_back(entry.id);
                tell(&format!("saved {}", entry.id));
            }
            Err(WriteFailure::InDoubt(_)) if closing.load(Ordering::SeqCst) => return tell("in doubt"),
            Err(_) if closing.load(Ordering::SeqCst) => return,
            Err(failure) if env::var(ENDURES).is_ok() => {
                let in_doubt = matches!(failure, WriteFailure::InDoubt(_));
                tell(&if in_doubt { "in doubt".into() } else { format!("refused {failure}") });
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(failure) => {
                eprintln!("{failure}");
                std::process::exit(1);
            }
        }
    }
}

/// Many at one look, in the order in which they were written: looks wait for the disk, and pens are quick.
async fn tell_what_is_held(node: Node, written: Arc<Mutex<VecDeque<EntryId>>>) {
    loop {
        let next: Vec<EntryId> = written.lock().unwrap().iter().take(200).copied().collect();
        let look = move |sight: &Sight<'_>| -> Vec<EntryId> {
            let is_held = |id: &EntryId| {
                let said = sight.replica.find(id, sight.store).unwrap().unwrap();
                !sight.replica.held_above(&said.entry, sight.store).unwrap().is_empty()
            };
            next.into_iter().take_while(is_held).collect()
        };
        let Ok(held) = node.core().read(look).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        written.lock().unwrap().drain(..held.len());
        held.iter().for_each(|id| tell(&format!("held {id}")));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Reads all the time, the newest entry and an older one; what was shown once is never gone. Says where that fails.
async fn keep_reading(node: Node, closing: Arc<AtomicBool>) {
    let mut shown = 0;
    loop {
        let read = node.core().read(move |sight| {
            let length = sight.replica.log_length().0;
            let some = [length.saturating_sub(1), length / 2].map(LogIndex);
            let unread = some.iter().find_map(|at| sight.replica.said(*at, sight.store).err());
            let halted = sight.halted.map(str::to_owned);
            unread.map_or(Ok((length, halted.is_some())), |failure| Err(format!("{failure}, halted: {halted:?}")))
        });
        match tokio::time::timeout(PATIENCE, read).await {
            Ok(Ok(Ok((length, is_halted)))) => {
                if length < shown {
                    tell(&format!("unread {shown} entries were shown and {length} are"));
                }
                if is_halted {
                    tell("read while halted");
                }
                shown = length;
            }
            Ok(Ok(Err(why))) => tell(&format!("unread {why}")),
            Ok(Err(_)) if closing.load(Ordering::SeqCst) => return,
            Ok(Err(why)) => tell(&format!("unread {why}")),
            Err(_) => panic!("nobody answers"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn tell(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what}").unwrap();
    out.flush().unwrap();
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().into()
}

fn hex(bytes: &[u8; 32]) -> String {
    Hash(*bytes).to_string()
}

fn unhex(text: &str) -> [u8; 32] {
    text.parse::<Hash>().unwrap().0
}
