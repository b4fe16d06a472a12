//! The README's first walk, with the real program: three processes, one county, on this machine's loopback.

#![cfg(test)]

use std::{
    fs,
    io::Read,
    net::UdpSocket,
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use tests::program::program;

/// How long something that comes by itself may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with three nodes' folders in it, and the program.
struct Walk {
    dir: TempDir,
    program: PathBuf,
}

/// A node that runs until it is stopped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Asks it to stop, as a service manager does, and returns what it said.
    fn stop(mut self) -> String {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let status = self.0.wait().unwrap();
        let mut said = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(status.code(), Some(0), "{said}");
        said
    }
}

impl Walk {
    fn new() -> Walk {
        let walk = Walk { dir: TempDir::new().unwrap(), program: program() };
        for who in ["admin", "secretary", "zhao", "li", "wang", "zhang"] {
            walk.file(&format!("{who}.pass"), &format!("{who} horse battery staple\n"));
        }
        walk
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(line.split_whitespace()).current_dir(self.dir.path()).stdin(Stdio::null()).env_clear();
        command.env("TZ", "Asia/Shanghai");
        command
    }

    fn ask(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// Asks; the answer is yes. Returns standard output.
    #[track_caller]
    fn yes(&self, line: &str) -> String {
        let output = self.ask(line);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "fangwei {line}\n{said}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Asks for data.
    #[track_caller]
    fn data(&self, line: &str) -> Value {
        serde_json::from_str(&self.yes(&format!("{line} --json"))).unwrap()
    }

    /// Asks again until it is so.
    #[track_caller]
    fn until(&self, line: &str, what: &str) {
        let began = Instant::now();
        let mut last = String::new();
        while began.elapsed() < PATIENCE {
            last = self.yes(line);
            if last.contains(what) {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("fangwei {line} does not say {what}: {last}");
    }

    /// Starts a node and waits until it can be asked.
    fn run(&self, node: &str, port: u16) -> Running {
        let line = format!("run --data {node} --listen 127.0.0.1:{port}");
        let child = self.command(&line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut running = Running(child);
        let socket = self.dir.path().join(node).join("fangwei.sock");
        let began = Instant::now();
        while UnixStream::connect(&socket).is_err() {
            assert!(running.0.try_wait().unwrap().is_none(), "{node} ended: {}", running_said(&mut running));
            assert!(began.elapsed() < PATIENCE, "{node} cannot be asked");
            sleep(Duration::from_millis(20));
        }
        running
    }
}

fn running_said(running: &mut Running) -> String {
    let mut said = String::new();
    let _ = running.0.stderr.take().map(|mut stderr| stderr.read_to_string(&mut said));
    said
}

/// A UDP port nobody uses now.
fn port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn three_levels_go_from_founding_to_lifting_a_warning() {
    let walk = Walk::new();
    let (county_port, town_port, village_port) = (port(), port(), port());
    let units = "code,name,level\n999901000000,示例县,county\n999901105000,清水镇,town\n999901105201,柳河村,village\n";
    walk.file("units.csv", units);
    walk.file("account.txt", "征地补偿款到账两个月仍未公示。\n");

    // The county.
    let admin = "--as 系统管理员 --passphrase-file admin.pass";
    let secretary = "--as 纪委书记 --passphrase-file secretary.pass";
    walk.yes(
        "init --data county --root 999901 --name 示例县 --administrator-passphrase-file admin.pass \
         --secretary-passphrase-file secretary.pass",
    );
    walk.yes(&format!("unit import units.csv --data county --dry-run {admin}"));
    walk.yes(&format!("unit import units.csv --data county {admin}"));
    let county = walk.run("county", county_port);
    for (name, role, who) in
        [("赵六", "administrator", "zhao"), ("李四", "analyst", "li"), ("王五", "discipline_lead", "wang")]
    {
        walk.yes(&format!(
            "officer add --data county {admin} --unit 999901.105 --role {role} --name {name} \
             --new-passphrase-file {who}.pass --out {who}.fwkey"
        ));
    }
    walk.yes(&format!("officer endorse --data county {secretary} 李四"));
    walk.yes(&format!("officer endorse --data county {secretary} 王五"));

    // The township, and the village below it.
    let address = format!("--address 127.0.0.1:{county_port}");
    walk.yes(&format!("token create --data county {admin} --unit 999901.105 {address} --out town.token"));
    walk.yes("join --data town --token-file town.token");
    let town = walk.run("town", town_port);
    walk.yes("sync now --data town");
    for who in ["zhao", "li", "wang"] {
        walk.yes(&format!("officer import {who}.fwkey --data town"));
    }
    let zhao = "--as 赵六 --passphrase-file zhao.pass";
    walk.yes(&format!(
        "officer add --data town {zhao} --unit 999901.105.201 --role reporter --name 张三 \
         --new-passphrase-file zhang.pass --out zhang.fwkey"
    ));
    let address = format!("--address 127.0.0.1:{town_port}");
    walk.yes(&format!("token create --data town {zhao} --unit 999901.105.201 {address} --out village.token"));
    walk.yes("join --data village --token-file village.token");
    let village = walk.run("village", village_port);
    walk.yes("sync now --data village");
    walk.yes("officer import zhang.fwkey --data village");

    // A token serves once.
    let again = walk.ask("join --data another --token-file village.token");
    assert_ne!(again.status.code(), Some(101), "a used token is no panic");

    walk.file("photograph.jpg", &"现场".repeat(100_000));
    // The village's report: held above once the township has it; there it is taken up and triaged.
    let report = walk.yes(
        "report file --data village --passphrase-file zhang.pass --title 征地补偿款未公示 --category 7 \
         --source petition --account-file account.txt --attach photograph.jpg",
    );
    walk.yes("sync now --data village");
    assert!(walk.yes("report list --data village").contains("已上报"));
    assert!(walk.yes("report list --data town").contains("征地补偿款未公示"));
    // Its photograph follows, and is read there as it was taken.
    walk.until(&format!("report show {report} --data town"), "photograph.jpg（586 KiB，已在本节点）");
    let history = walk.data(&format!("report show {report} --data town"))["history"].clone();
    let entry = history.as_array().unwrap().iter().find(|entry| entry["attachments"] != Value::Array(vec![])).unwrap();
    let save = format!("attachment save {} --data town --out saved.jpg", entry["id"].as_str().unwrap());
    walk.yes(&save);
    assert_eq!(fs::read_to_string(walk.dir.path().join("saved.jpg")).unwrap(), "现场".repeat(100_000));
    assert_ne!(walk.ask(&save).status.code(), Some(0), "nothing is written over");
    let li = "--as 李四 --passphrase-file li.pass";
    assert_eq!(walk.data(&format!("duty --data town {li}"))["duties"][0]["task"], "take_up");
    walk.yes(&format!("report accept {report} --data town {li}"));
    walk.yes(&format!("triage open {report} --data town {li}"));

    // The township's warning. Nobody decides what they proposed.
    let wang = "--as 王五 --passphrase-file wang.pass";
    let case = walk.yes(&format!(
        "case propose --data town {li} --subject 999901.105.201 --level 3 --ground 3.4 --facts 补偿款未公示 \
         --report {report}"
    ));
    walk.yes(&format!("triage warning {report} --case {case} --text 属实，立案预警。 --data town {li}"));
    assert_eq!(walk.ask(&format!("case approve --data town {li} {case}")).status.code(), Some(1));
    let duties = walk.data(&format!("duty --data town {wang}"))["duties"].as_array().unwrap().clone();
    assert!(duties.iter().any(|duty| duty["task"] == "decide"), "{duties:?}");
    walk.yes(&format!("case approve --data town {wang} {case}"));
    walk.yes(&format!("case issue --data town {wang} {case} --paper 请在七个工作日内书面说明。"));
    walk.until("case list --data village", "已发文书");
    let answer = "case answer --data village --passphrase-file zhang.pass --text 已公示，今后按月公示。";
    walk.yes(&format!("{answer} {case}"));
    walk.yes("sync now --data village");
    walk.yes(&format!("case lift --data town {wang} {case} --reason 说明属实，已整改。"));
    walk.yes("sync now --data town");
    let shown = walk.data(&format!("case show --data county {case}"));
    assert_eq!(shown["stage"], "lifted");
    assert_eq!(shown["paper"]["text"], "请在七个工作日内书面说明。");
    walk.until("case list --data village", "已解除");
    let shown = walk.data(&format!("case show --data village {case}"));
    assert_eq!(shown["proposal"], Value::Null, "the inner file stays above");
    assert!(walk.yes("paper list --data town").contains('1'), "the paper has its number");
    assert_eq!(shown["paper"]["author"]["name"], "王五", "a village is told who signed the paper it got");

    // Everything is proven on every level, running or not, and after making the index again.
    for node in ["county", "town", "village"] {
        assert_eq!(walk.data(&format!("verify --data {node}"))["sound"], true);
    }
    let digest = walk.data("status --data village")["digest"].clone();
    walk.yes("rebuild --data village");
    for running in [village, town, county] {
        assert!(running.stop().contains("已停止"));
    }
    assert_eq!(walk.data("verify --data village")["digest"], digest);
}

#[test]
fn a_county_under_three_root_keys_certifies_by_files_and_cuts_off_a_revoked_node() {
    let walk = Walk::new();
    let port = port();
    // Three holders make a root key each; the county is inert until two have signed.
    let mut keys = String::new();
    for who in ["zhao", "li", "wang"] {
        walk.yes(&format!("root new --out {who}.root --public-out {who}.fwpub --new-passphrase-file {who}.pass"));
        keys.push_str(&format!(" --root-key {who}.fwpub"));
    }
    walk.yes(&format!(
        "init --data county --root 999901 --name 示例县 --root-keys 2-of-3{keys} \
         --administrator-passphrase-file admin.pass --secretary-passphrase-file secretary.pass"
    ));
    let inert = walk.ask("run --data county --listen 127.0.0.1:0");
    assert_eq!(inert.status.code(), Some(1), "{}", String::from_utf8_lossy(&inert.stderr));
    fs::copy(walk.dir.path().join("county/genesis.cbor"), walk.dir.path().join("tree.fwgenesis")).unwrap();
    for who in ["li", "wang"] {
        walk.yes(&format!("root sign tree.fwgenesis --key-file {who}.root --passphrase-file {who}.pass --yes"));
    }
    walk.yes("root submit tree.fwgenesis --data county");
    let admin = "--as 系统管理员 --passphrase-file admin.pass";
    let secretary = "--as 纪委书记 --passphrase-file secretary.pass";
    let county = walk.run("county", port);
    let genesis = walk.data("status --data county")["genesis"].as_str().unwrap().to_owned();

    // A node that never saw a token, and an officer whose key never left it.
    walk.yes(&format!("node request --data town --unit 999901.105 --genesis {genesis} --out town.fwrequest"));
    let address = format!("--address 127.0.0.1:{port}");
    walk.yes(&format!("node grant town.fwrequest --out town.fwgrant {address} --yes --data county {admin}"));
    walk.yes("node accept town.fwgrant --data town");
    let officer = "officer request --data town --unit 999901.105 --profile analyst --name 李四";
    walk.yes(&format!("{officer} --out li.fwrequest --new-passphrase-file li.pass"));
    let town = walk.run("town", self::port());
    let granted = walk.yes(&format!("officer grant li.fwrequest --out li.fwgrant --yes --data county {admin}"));
    walk.yes(&format!("endorse {granted} --data county {secretary}"));
    walk.until("officer list --data town", "李四");
    walk.yes("officer accept li.fwgrant --data town --passphrase-file li.pass");
    let propose = "case propose --data town --subject 999901.105 --level 3 --ground 3.4 --facts 补偿款未公示";
    walk.yes(&format!("{propose} --passphrase-file li.pass"));
    walk.yes("sync now --data town");

    // A second node joins with a token: it takes the signed genesis and no other.
    let token = format!("token create --data county {admin} --unit 999901.106 {address} --out other.token");
    walk.yes(&token);
    walk.yes("join --data other --token-file other.token");

    // The town's machine is stolen: its link ends and does not come back.
    assert!(walk.yes("status --data county").contains("下级"));
    walk.yes(&format!("node revoke 999901.105 --reason stolen --yes --data county {admin}"));
    let began = Instant::now();
    while walk.yes("status --data county").contains("下级") {
        assert!(began.elapsed() < PATIENCE, "a revoked node is still connected");
        sleep(Duration::from_millis(100));
    }
    assert_ne!(walk.ask("sync now --data town").status.code(), Some(0));
    for node in ["county", "town"] {
        assert_eq!(walk.data(&format!("verify --data {node}"))["sound"], true);
    }
    town.stop();
    county.stop();
}

#[test]
fn a_kill_between_number_and_paper_leaves_no_gap() {
    const ROUNDS: u32 = 12;
    let walk = Walk::new();
    walk.yes(
        "init --data county --root 999901 --name 示例县 --administrator-passphrase-file admin.pass \
         --secretary-passphrase-file secretary.pass",
    );
    for (name, role, who) in [("李四", "analyst", "li"), ("王五", "discipline_lead", "wang")] {
        walk.yes(&format!(
            "officer add --data county --as 系统管理员 --passphrase-file admin.pass --unit 999901 --role {role} \
             --name {name} --new-passphrase-file {who}.pass"
        ));
        walk.yes(&format!("officer endorse {name} --data county --as 纪委书记 --passphrase-file secretary.pass"));
    }
    let (li, wang) = ("--as 李四 --passphrase-file li.pass", "--as 王五 --passphrase-file wang.pass");
    let propose = format!("case propose --data county {li} --subject 999901.105 --level 3 --ground 3.4 --facts 未公示");
    let issue = |case: &str| format!("case issue --data county {wang} {case} --paper 请书面说明。");
    let numbers = || walk.data("paper list --data county")["registers"][0]["numbers"].as_array().unwrap().clone();
    let (mut whole, mut cut_between, mut cut_before) = (Duration::ZERO, 0, 0);
    for round in 0..ROUNDS {
        let case = walk.yes(&propose);
        walk.yes(&format!("case approve --data county {wang} {case}"));
        if round == 0 {
            let began = Instant::now();
            walk.yes(&issue(&case));
            whole = began.elapsed();
            continue;
        }
        // Aimed at the end of it, where the number and the paper are written.
        let mut process = walk.command(&issue(&case)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(whole.mul_f64(0.6 + 0.4 * f64::from(round) / f64::from(ROUNDS)));
        process.kill().unwrap();
        process.wait().unwrap();
        let before = numbers();
        let is_open = before.last().is_some_and(|last| last["issued"] == false);
        if walk.data(&format!("case show --data county {case}"))["stage"] != "issued" {
            *if is_open { &mut cut_between } else { &mut cut_before } += 1;
            walk.yes(&issue(&case));
        }
    }
    println!("{ROUNDS} rounds, one issue {whole:?}: cut before the number {cut_before}, behind it {cut_between}");
    let numbers = numbers();
    assert_eq!(numbers.len(), usize::try_from(ROUNDS).unwrap(), "one number a paper");
    assert!(numbers.iter().all(|one| one["issued"] == true && one["struck"].is_null()), "{numbers:?}");
    assert_eq!(walk.data("verify --data county")["sound"], true);
}
