//! Real processes in network namespaces: links go down and up, packets vanish without a word, the village changes its
//! address and its uplink in mid-connection.
//!
//! `cargo test -p tests --test namespaces` (needs root and `ip`, and fails without). A county, a router and a village
//! with two uplinks, each in a namespace of its own, made here and taken away here whatever happens.
//!
//! The program is also the node: started with a directory it runs the node there and obeys its standard input.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{self, Child, ChildStdin, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use fangwei_node::{
    node::{Node, NodeOptions, Upstream},
    store::StoreOptions,
};
use fangwei_protocol::{
    record::entry::{EntryId, Hash},
    trust::key::{KeyPair, PublicKey},
};
use tests::nodes::{County, Officer, report, standing};

const COUNTY: &str = "370126";
const VILLAGE: &str = "370126.105.201";

/// Within this time after a link came back something must have gone over it.
const FIRST_EXCHANGE_LIMIT: Duration = Duration::from_secs(30);

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(180);

/// The names of namespaces begin so; the number of the process that made them follows.
const PREFIX: &str = "fangwei-";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("node") => node(&arguments[1..]),
        _ => village_and_county(),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

// --- a node in its namespace

/// Runs the node of a directory: `DIR LISTEN [UPSTREAM KEY OFFICER SEED]`. A line on standard input writes a report; a
/// line on standard output says when it is confirmed, and how many links stand. The end of standard input stops it.
fn node(arguments: &[String]) {
    let bytes = |at: usize| -> [u8; 32] {
        let text = &arguments[at];
        std::array::from_fn(|byte| u8::from_str_radix(&text[byte * 2..byte * 2 + 2], 16).unwrap())
    };
    let listen: SocketAddr = arguments[1].parse().unwrap();
    let is_village = arguments.len() > 2;
    let upstream = is_village
        .then(|| Upstream { address: arguments[2].parse().unwrap(), key: PublicKey::admit(&bytes(3)).unwrap() });
    let options = NodeOptions {
        upstream: upstream.into_iter().collect(),
        store: StoreOptions::demo(),
        ..NodeOptions::new(listen)
    };
    runtime().block_on(async {
        let node = Node::start(Path::new(&arguments[0]), options, &mut |_| {}).await.unwrap();
        println!("ready");
        let (lines, mut asked) = tokio::sync::mpsc::unbounded_channel();
        thread::spawn(move || {
            std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|line| lines.send(line))
        });
        while asked.recv().await.is_some() {
            let officer =
                Officer { certificate: EntryId(Hash(bytes(4))), key: Arc::new(KeyPair::from_seed(&bytes(5))) };
            let written = report(node.core(), &node.me().unit, &officer, "从另一个网络写来。").await.unwrap();
            while !standing(node.core(), written.id).await.1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            println!("confirmed {}", node.traffic().frames_in);
        }
        node.stop().await;
    });
}

/// A node's process.
struct Running {
    child: Child,
    say: Option<ChildStdin>,
    said: std::sync::mpsc::Receiver<String>,
}

impl Running {
    fn start(space: &str, arguments: &[String]) -> Running {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", space]).arg(env::current_exe().unwrap()).arg("node").args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (say, out) = (child.stdin.take(), child.stdout.take().unwrap());
        let (lines, said) = std::sync::mpsc::channel();
        thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
        let running = Running { child, say, said };
        assert_eq!(running.hear(), "ready");
        running
    }

    fn hear(&self) -> String {
        self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the node says nothing"))
    }

    /// Writes a report and waits until the county confirms it; how long that took.
    fn write(&mut self) -> Duration {
        self.write_without_waiting();
        self.confirmed()
    }

    fn write_without_waiting(&mut self) {
        writeln!(self.say.as_mut().unwrap(), "write").unwrap();
    }

    fn confirmed(&self) -> Duration {
        let began = Instant::now();
        assert!(self.hear().starts_with("confirmed"));
        began.elapsed()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.say.take());
        thread::sleep(Duration::from_millis(300));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// --- namespaces

/// Three namespaces and their links, taken away when dropped.
struct Spaces {
    county: String,
    router: String,
    village: String,
}

/// Runs `ip`, which must do what it is asked.
fn ip(arguments: &str) {
    let done = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(done.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

impl Spaces {
    fn new() -> Spaces {
        remove_what_dead_processes_left();
        let name = |what: &str| format!("{PREFIX}{}-{what}", process::id());
        let spaces = Spaces { county: name("county"), router: name("router"), village: name("village") };
        let Spaces { county, router, village } = &spaces;
        for space in [county, router, village] {
            ip(&format!("netns add {space}"));
            ip(&format!("-n {space} link set lo up"));
        }
        // The village's two uplinks, and the county.
        for (one, its, other, others, net) in [
            (village, "up1", router, "v1", "10.77.1"),
            (village, "up2", router, "v2", "10.77.2"),
            (county, "eth", router, "c", "10.77.9"),
        ] {
            ip(&format!("link add {its} netns {one} type veth peer name {others} netns {other}"));
            ip(&format!("-n {one} addr add {net}.2/24 dev {its}"));
            ip(&format!("-n {other} addr add {net}.1/24 dev {others}"));
            ip(&format!("-n {one} link set {its} up"));
            ip(&format!("-n {other} link set {others} up"));
        }
        let forward = ["netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"];
        assert!(Command::new("ip").args(forward).status().unwrap().success(), "the router does not forward");
        ip(&format!("-n {county} route add default via 10.77.9.1"));
        ip(&format!("-n {village} route add default via 10.77.1.1"));
        spaces
    }

    fn village(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.village));
    }

    fn router(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.router));
    }
}

impl Drop for Spaces {
    fn drop(&mut self) {
        for space in [&self.county, &self.router, &self.village] {
            let _ = Command::new("ip").args(["netns", "del", space]).status();
        }
    }
}

/// A run that was killed could not take its namespaces away.
fn remove_what_dead_processes_left() {
    let listed = Command::new("ip").args(["netns", "list"]).output().unwrap().stdout;
    for line in String::from_utf8_lossy(&listed).lines() {
        let Some(name) = line.split(' ').next() else { continue };
        let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if maker.is_some_and(|maker| !Path::new("/proc").join(maker).exists()) {
            let _ = Command::new("ip").args(["netns", "del", name]).status();
        }
    }
}

// --- the story

fn village_and_county() {
    let is_root = fs::read_to_string("/proc/self/status").unwrap().lines().any(|line| line == "Uid:\t0\t0\t0\t0");
    let has_ip = Command::new("ip").arg("-V").output().is_ok_and(|done| done.status.success());
    if !is_root || !has_ip {
        eprintln!(
            "NOT TESTED: network namespaces need root and the program `ip` (package iproute2); nothing was checked"
        );
        process::exit(1);
    }
    let dir = tempfile::tempdir().unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    // Founded and joined in one process; from then on each is a process of its own.
    let (places, key, officer) = runtime().block_on(async {
        let mut county = County::found(dir.path(), COUNTY, StoreOptions::demo()).await;
        county.join(VILLAGE, COUNTY).await;
        let officer = county.add_reporter(VILLAGE).await;
        county.agree(VILLAGE, COUNTY).await;
        let key = county.node(COUNTY).key();
        let places: [PathBuf; 2] = [COUNTY, VILLAGE].map(|unit| county.place(unit));
        county.stop_all().await;
        (places, key, officer)
    });
    let spaces = Spaces::new();
    let text = |place: &Path| place.display().to_string();
    let _county = Running::start(&spaces.county, &[text(&places[0]), "10.77.9.2:7443".into()]);
    let arguments = [
        text(&places[1]),
        "0.0.0.0:7443".into(),
        "10.77.9.2:7443".into(),
        hex(&key.bytes()),
        hex(officer.certificate.0.as_slice()),
        hex(officer.key.seed()),
    ];
    let mut village = Running::start(&spaces.village, &arguments);
    println!("linked: first report confirmed after {:.2?}", village.write());

    for seconds in [3, 20, 70] {
        spaces.village("link set up1 down");
        village.write_without_waiting();
        thread::sleep(Duration::from_secs(seconds));
        spaces.village("link set up1 up");
        spaces.village("route add default via 10.77.1.1");
        back(&village, &format!("link down for {seconds} s"));
    }
    for seconds in [10, 60] {
        // The router swallows what is for the village, and says nothing.
        spaces.router("route add blackhole 10.77.1.2/32");
        village.write_without_waiting();
        thread::sleep(Duration::from_secs(seconds));
        spaces.router("route del blackhole 10.77.1.2/32");
        back(&village, &format!("silently swallowed for {seconds} s"));
    }
    for host in [3, 4, 5] {
        spaces.village(&format!("addr del 10.77.1.{}/24 dev up1", host - 1));
        spaces.village(&format!("addr add 10.77.1.{host}/24 dev up1"));
        spaces.village("route replace default via 10.77.1.1");
        village.write_without_waiting();
        back(&village, &format!("address changed to 10.77.1.{host}"));
    }
    // The other uplink, and back again: nothing tells the node.
    for (number, seconds) in [(2, 0), (1, 2), (2, 5)] {
        spaces.village(&format!("route replace default via 10.77.{number}.1"));
        thread::sleep(Duration::from_secs(seconds));
        village.write_without_waiting();
        back(&village, &format!("uplink {number} instead, for {seconds} s"));
    }
    println!("namespaces: all of it arrived");
}

/// How long the first exchange takes from now on.
fn back(village: &Running, what: &str) {
    let took = village.confirmed();
    println!("{what}: first exchange after {took:.2?}");
    assert!(took <= FIRST_EXCHANGE_LIMIT, "{what}: first exchange after {took:?}");
}
