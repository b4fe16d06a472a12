//! Kills the nodes of a county and of a village in it with signal 9, again and again, while the village's officer
//! writes as fast as it can: what was said to be saved is in the village afterwards, what was said to be held above is
//! above, and both come to hold the same.
//!
//! Each node is a process of its own, this very executable started again; what it says on its standard output is what a
//! person was told. Now and then the index is deleted or cut between two lives: that loses nothing, neither receipts.
//! `FANGWEI_ROUNDS` says how many kills.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::{
    collections::{BTreeSet, VecDeque},
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use fangwei_node::{
    node::{Node, Upstream},
    run::Sight,
    store::StoreOptions,
};
use fangwei_protocol::{
    record::entry::{EntryId, Hash},
    trust::key::{KeyPair, PublicKey},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tests::nodes::{County, Officer, any_port, options, report, standing, until, verified};

const COUNTY: &str = "370126";
const VILLAGE: &str = "370126.105.201";

/// What a process is to be, where it finds its store, where it listens and whom it dials, and who writes.
const DIR: &str = "FANGWEI_NODE_DIR";
const LISTEN: &str = "FANGWEI_NODE_LISTEN";
const ABOVE: &str = "FANGWEI_NODE_ABOVE";
const OFFICER: &str = "FANGWEI_NODE_OFFICER";

/// Kills between two looks at everything that was said.
const ROUNDS_PER_CHECK: u64 = 20;

/// Officers' pens at work at once, so that several entries share a sync.
const PENS: usize = 4;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if env::var_os(DIR).is_some() {
        return runtime.block_on(run_node());
    }
    let rounds = env::var("FANGWEI_ROUNDS").map_or(100, |text| text.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let tree = runtime.block_on(Tree::found(dir.path()));
    let mut told = Told::default();
    let (mut county, mut village) = (tree.county(), tree.village());
    for round in 0..rounds {
        let mut random = StdRng::seed_from_u64(round);
        // One in three so early that it hits opening; one in five so late that the village has found the county again;
        // the rest while the village writes, syncs and indexes.
        let milliseconds = random.random_range(match round {
            _ if round % 3 == 2 => 5..80,
            _ if round % 5 == 0 => 1_500..2_500,
            _ => 150..600,
        });
        thread::sleep(Duration::from_millis(milliseconds));
        let victims = random.random_range(0..10);
        let (kills_village, kills_county) = (victims < 6 || victims == 9, victims >= 6);
        let spoils = round % 5 == 4;
        if kills_village {
            told.add(village.kill());
            let how = spoils.then(|| spoil_index(&tree.place(VILLAGE), &mut random));
            println!("round {round}: village killed after {milliseconds} ms{}", how.unwrap_or_default());
            village = tree.village();
        }
        if kills_county {
            county.kill();
            let how = spoils.then(|| spoil_index(&tree.place(COUNTY), &mut random));
            println!("round {round}: county killed after {milliseconds} ms{}", how.unwrap_or_default());
            county = tree.county();
        }
        if (round + 1).is_multiple_of(ROUNDS_PER_CHECK) || round + 1 == rounds {
            county.kill();
            told.add(village.kill());
            runtime.block_on(tree.check(&told));
            (county, village) = (tree.county(), tree.village());
        }
    }
    county.kill();
    village.kill();
    assert!(told.saved.len() > 10 * rounds as usize && told.held.len() > rounds as usize, "{told:?}: hardly a test");
    println!("{rounds} rounds; nothing of {told:?} is missing");
}

/// What people were told.
#[derive(Default)]
struct Told {
    saved: BTreeSet<EntryId>,
    held: BTreeSet<EntryId>,
}

impl Told {
    fn add(&mut self, more: Told) {
        self.saved.extend(more.saved);
        self.held.extend(more.held);
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} said to be saved, {} said to be held above", self.saved.len(), self.held.len())
    }
}

/// Where both nodes live, and what their processes are told.
struct Tree {
    dir: PathBuf,
    officer: Officer,
    listen: SocketAddr,
    key: PublicKey,
}

impl Tree {
    async fn found(dir: &Path) -> Tree {
        let mut county = County::found(dir, COUNTY, small()).await;
        county.join(VILLAGE, COUNTY).await;
        let officer = county.add_reporter(VILLAGE).await;
        let key = county.node(COUNTY).key();
        county.stop_all().await;
        Tree { dir: dir.into(), officer, listen: free_port(), key }
    }

    fn place(&self, unit: &str) -> PathBuf {
        self.dir.join(unit)
    }

    fn county(&self) -> Process {
        Process::start(&[(DIR, text(&self.place(COUNTY))), (LISTEN, self.listen.to_string())])
    }

    fn village(&self) -> Process {
        let above = format!("{} {}", self.listen, hex(&self.key.bytes()));
        let officer = format!("{} {}", self.officer.certificate, hex(self.officer.key.seed()));
        let listen = any_port().to_string();
        Process::start(&[(DIR, text(&self.place(VILLAGE))), (LISTEN, listen), (ABOVE, above), (OFFICER, officer)])
    }

    /// Nothing anybody was told is missing; both come to hold the same; every signature of both holds.
    async fn check(&self, told: &Told) {
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

    fn open(&self, unit: &str) -> Node {
        Node::open_offline(&self.place(unit), small(), &mut |_| {}).unwrap()
    }
}

/// Small enough that segments, moves into the index and waits for it happen all the time.
fn small() -> StoreOptions {
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
fn spoil_index(place: &Path, random: &mut StdRng) -> String {
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
struct Process {
    child: Child,
    told: Arc<Mutex<Told>>,
    reader: JoinHandle<()>,
    /// What it says about itself, worth reading if it ends by itself.
    listener: JoinHandle<String>,
}

impl Process {
    fn start(with: &[(&str, String)]) -> Process {
        let mut command = Command::new(env::current_exe().unwrap());
        command.envs(with.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let told = Arc::new(Mutex::new(Told::default()));
        let (mut lines, hears) = (BufReader::new(child.stdout.take().unwrap()), told.clone());
        let reader = thread::spawn(move || {
            let mut line = String::new();
            // Whole lines only: the last one may have been cut short.
            while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
                let (what, id) = line.trim_end().split_once(' ').unwrap();
                let mut told = hears.lock().unwrap();
                match what {
                    "saved" => told.saved.insert(id.parse().map(EntryId).unwrap()),
                    "held" => told.held.insert(id.parse().map(EntryId).unwrap()),
                    other => panic!("{other}"),
                };
                line.clear();
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let listener = thread::spawn(move || {
            let mut bytes = Vec::new();
            errors.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Process { child, told, reader, listener }
    }

    /// Kills it with signal 9; returns all it had told by then.
    fn kill(mut self) -> Told {
        let ended = self.child.try_wait().unwrap();
        self.child.kill().ok();
        self.child.wait().unwrap();
        self.reader.join().unwrap();
        let said = self.listener.join().unwrap();
        assert_eq!(ended, None, "a node ended by itself: {said}");
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

/// In a process started by [`Process::start`]: runs a node until it is killed.
async fn run_node() {
    // Its standard input ends when the test does, however that ends.
    thread::spawn(|| {
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(0);
    });
    let listen = env::var(LISTEN).unwrap().parse().unwrap();
    let above = env::var(ABOVE).ok().map(|text| {
        let (address, key) = text.split_once(' ').unwrap();
        Upstream { address: address.parse().unwrap(), key: PublicKey::admit(&unhex(key)).unwrap() }
    });
    let place = PathBuf::from(env::var_os(DIR).unwrap());
    let node = Node::start(&place, options(listen, above.into_iter().collect(), small()), &mut |_| {}).await.unwrap();
    if let Ok(text) = env::var(OFFICER) {
        let (certificate, seed) = text.split_once(' ').unwrap();
        let certificate = certificate.parse().unwrap();
        let officer = Officer { certificate, key: Arc::new(KeyPair::from_seed(&unhex(seed))) };
        let written = Arc::new(Mutex::new(VecDeque::new()));
        for _ in 0..PENS {
            tokio::spawn(keep_writing(node.clone(), officer.clone(), written.clone()));
        }
        tokio::spawn(tell_what_is_held(node.clone(), written));
    }
    std::future::pending().await
}

async fn keep_writing(node: Node, officer: Officer, written: Arc<Mutex<VecDeque<EntryId>>>) {
    let unit = VILLAGE.parse().unwrap();
    loop {
        match report(node.core(), &unit, &officer, "夜间巡查，未见异常。").await {
            Ok(entry) => {
                written.lock().unwrap().push_back(entry.id);
                tell("saved", entry.id);
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
        let held = node.core().read(look).await.unwrap();
        written.lock().unwrap().drain(..held.len());
        held.iter().for_each(|id| tell("held", *id));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn tell(what: &str, id: EntryId) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what} {id}").unwrap();
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
