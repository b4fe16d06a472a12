//! How long a killed node is away: from its start to its first answer, for the store of a village and of a county,
//! after kill −9 and, where root runs this, after a power cut.
//!
//! A process writes the store, indexing what it writes, and then much at once until it is killed, so that the index is
//! behind as that of a busy node is.
//! Then the program itself is started on it and asked how it stands until it answers. Beside that stands a physical
//! limit of the same run: reading the same bytes one after another, as warm or as cold as the program finds them.
//!
//! `cargo bench -p tests --bench back_in_service`. `FANGWEI_VILLAGE_MB` and `FANGWEI_COUNTY_MB` say how large the
//! journals are (50 and 200 unless told; the promise for a county is about 1,000), `FANGWEI_DIR` on which disk,
//! `FANGWEI_SECONDS_MAX` what must be kept, as two numbers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on should stop")]

#[path = "../live/mounted.rs"]
mod mounted;

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use fangwei_node::{identity::Identity, run, store::StoreOptions};
use fangwei_protocol::{
    records::{Batch, Fact},
    trust::{charter::Role, genesis::SignedGenesis, key::KeyPair},
};
use mounted::{Disk, Kind};
use rayon::prelude::*;
use tests::{
    load::{Reporter, Written},
    pace::mib,
    program::program,
    world::{Officer, World},
};

/// Where the writer writes, and how many bytes of journal it says it is full at.
const WRITES: &str = "FANGWEI_WRITES";
const BYTES: &str = "FANGWEI_BYTES";

const COUNTY: &str = "370126";

/// Townships whose reporters wrote.
const TOWNSHIPS: u64 = 20;

/// Entries of a sync, as a busy county has them.
const ENTRIES_AT_ONCE: u64 = 40;

/// Keys moved into the index after each sync: more than come with one.
const KEYS_AT_ONCE: usize = 8_000;

/// How long much arrives that is not indexed, before the kill.
const WRITING: Duration = Duration::from_millis(1_500);

/// A node that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(600);

fn main() {
    if let Some(dir) = env::var_os(WRITES) {
        return write(Path::new(&dir), number(BYTES).unwrap());
    }
    let is_bench = env::args().any(|argument| argument == "--bench");
    let megabytes = |name, usual| number(name).unwrap_or(if is_bench { usual } else { 1 });
    let program = program();
    let seconds: Vec<f64> = env::var("FANGWEI_SECONDS_MAX")
        .map_or_else(|_| Vec::new(), |text| text.split(' ').map(|number| number.parse().unwrap()).collect());
    for (at, (what, name, usual)) in
        [("village", "FANGWEI_VILLAGE_MB", 50), ("county", "FANGWEI_COUNTY_MB", 200)].into_iter().enumerate()
    {
        let bytes = megabytes(name, usual) * 1_000_000;
        let dir = env::var_os("FANGWEI_DIR").map_or_else(env::temp_dir, PathBuf::from);
        let dir = tempfile::tempdir_in(dir).unwrap();
        let killed = after_a_kill(&program, dir.path(), bytes);
        killed.print(what, "kill −9");
        let cut = is_root().then(|| after_a_cut(&program, bytes));
        match &cut {
            Some(cut) => cut.print(what, "a power cut"),
            None => println!("  no power cut of a {what}: only root can mount a disk and pull its plug"),
        }
        if let Some(max) = seconds.get(at) {
            for back in [Some(&killed), cut.as_ref()].into_iter().flatten() {
                assert!(back.answered.as_secs_f64() <= *max, "{what}: {:?}, at most {max} s", back.answered);
            }
        }
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// A node back in service.
struct Back {
    /// Bytes of its journal and of everything it keeps.
    journal: u64,
    all: u64,
    entries: u64,
    /// From its start to its first answer, and the processor's part of that.
    answered: Duration,
    processor: Duration,
    /// Reading all its bytes one after another, before.
    read: Duration,
}

impl Back {
    fn print(&self, what: &str, why: &str) {
        println!(
            "{what}, journal {:.0} MiB of {:.0} MiB in all, {} entries, after {why}: answers in {:.2} s ({:.2} s of processor \
             time); reading all its bytes {:.2} s, {:.1} times as long",
            mib(self.journal),
            mib(self.all),
            self.entries,
            self.answered.as_secs_f64(),
            self.processor.as_secs_f64(),
            self.read.as_secs_f64(),
            self.answered.as_secs_f64() / self.read.as_secs_f64(),
        );
    }
}

fn after_a_kill(program: &Path, dir: &Path, bytes: u64) -> Back {
    let mut writer = Writer::start(dir, bytes);
    thread::sleep(WRITING);
    writer.0.kill().unwrap();
    writer.0.wait().unwrap();
    let read = read_all(dir);
    back(program, dir, read)
}

/// On a disk of its own; cold both times: the file system is mounted anew before each.
fn after_a_cut(program: &Path, bytes: u64) -> Back {
    let disk = Disk::new(Kind::Ext4);
    let dir = disk.mount_point().join("node");
    let mut writer = Writer::start(&dir, bytes);
    thread::sleep(WRITING);
    disk.cut();
    writer.0.kill().ok();
    writer.0.wait().unwrap();
    disk.unmount();
    disk.mount();
    let read = read_all(&dir);
    disk.unmount();
    disk.mount();
    let back = back(program, &dir, read);
    disk.unmount();
    back
}

/// Starts the program on what is left and asks it until it answers.
fn back(program: &Path, dir: &Path, (all, read): (u64, Duration)) -> Back {
    let socket = dir.join("fangwei.sock");
    fs::remove_file(&socket).ok();
    let journal = bytes_below(&dir.join("journal"));
    let began = Instant::now();
    let mut node = Command::new(program);
    node.args(["run", "--listen", "127.0.0.1:0", "--data"]).arg(dir).env_clear();
    let mut node = node.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let answer = loop {
        if let Some(answer) = ask(&socket) {
            break answer;
        }
        if node.try_wait().unwrap().is_some() {
            let mut said = String::new();
            node.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("it ended: {said}");
        }
        assert!(began.elapsed() < PATIENCE, "it does not answer");
        thread::sleep(Duration::from_millis(5));
    };
    let answered = began.elapsed();
    let processor = processor_time(node.id());
    let status: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let entries = status["entries"].as_u64().unwrap();
    assert!(entries > 0, "{answer}");
    node.kill().unwrap();
    node.wait().unwrap();
    Back { journal, all, entries, answered, processor, read }
}

/// How it stands, if it answers at all.
fn ask(socket: &Path) -> Option<String> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.write_all(b"GET /v1/status HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    stream.shutdown(Shutdown::Both).ok();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some(body.into())
}

/// What a process took so far; on a machine that others use too the steadier figure.
fn processor_time(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // Behind the name in parentheses: the 12th and 13th field, in hundredths of a second.
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    Duration::from_millis(10 * fields.skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum::<u64>())
}

fn read_all(dir: &Path) -> (u64, Duration) {
    let began = Instant::now();
    let (mut all, mut buffer) = (0, vec![0; 1 << 20]);
    for path in files(dir) {
        let mut file = fs::File::open(path).unwrap();
        loop {
            let read = file.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            all += read as u64;
        }
    }
    (all, began.elapsed())
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(dir).unwrap().map(|found| found.unwrap().path());
    found.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).filter(|path| path.is_file()).collect()
}

fn bytes_below(dir: &Path) -> u64 {
    files(dir).iter().map(|path| fs::metadata(path).unwrap().len()).sum()
}

/// The process that writes.
struct Writer(Child);

impl Writer {
    /// Starts this executable again, and waits until the store is as large as it is to be.
    fn start(dir: &Path, bytes: u64) -> Writer {
        let mut command = Command::new(env::current_exe().unwrap());
        command.env(WRITES, dir).env(BYTES, bytes.to_string()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut line).unwrap();
        assert_eq!(line, "full\n");
        Writer(child)
    }
}

/// Writes a county's store until it is killed, and says when it is full.
fn write(dir: &Path, bytes: u64) {
    let mut world = World::new(COUNTY);
    let units = (1..=TOWNSHIPS).map(|number| format!("{COUNTY}.{:03}", 100 + number));
    let officers: Vec<(String, Officer)> = units
        .map(|unit| {
            let by = world.add_officer(&unit, &[Role::REPORTER]);
            (unit, by)
        })
        .collect();
    let county = world.node(COUNTY);
    let key = KeyPair::from_seed(county.key_pair().seed());
    let mut founding = SignedGenesis::new(world.genesis.clone());
    founding.sign(World::key_of(&world.root())).unwrap();
    let identity = Identity { genesis: founding, me: county.replica.me().clone(), key };
    fs::create_dir_all(dir).unwrap();
    identity.save(dir).unwrap();
    let (mut store, mut replica) = run::open(dir, &identity, StoreOptions::default(), &mut |_| {}).unwrap();
    let batch = replica.replay(county.records.facts(), &store).unwrap();
    store.put(batch).unwrap();
    store.sync().unwrap();
    let genesis = world.genesis.hash();
    let mut reporters: Vec<_> = officers.iter().map(|(unit, by)| Reporter::new(unit, by)).collect();
    let (mut written, mut full) = (0, false);
    loop {
        let all: Vec<Written> = reporters.par_iter_mut().map(|one| one.write(&genesis, ENTRIES_AT_ONCE * 10)).collect();
        for some in all {
            for some in some.chunks(ENTRIES_AT_ONCE as usize) {
                let facts: Vec<Fact> = some
                    .iter()
                    .map(|(entry, body)| {
                        written += (entry.len() + body.len()) as u64;
                        Fact::Entry { own: false, entry: entry.clone(), body: Some(body.clone()) }
                    })
                    .collect();
                let batch: Batch = replica.replay(&facts, &store).unwrap();
                if store.put(batch).is_err() {
                    return;
                }
            }
            if store.sync().is_err() {
                // The plug was pulled.
                return;
            }
            // As a node does when it is quiet; it is not any more once it is full.
            if !full {
                store.index_some(KEYS_AT_ONCE).unwrap();
            }
        }
        if written >= bytes && !full {
            full = true;
            println!("full");
        }
    }
}
