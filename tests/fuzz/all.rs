//! Runs every fuzz target for some time each: `cargo fuzz-all [SECONDS [TARGET …]]`, ten minutes each unless told otherwise.
//!
//! Begins with the hostile corpus and with what earlier runs found (kept below `target/`); an input that breaks something
//! is kept there too and named. Needs a nightly compiler and cargo-fuzz, and says so where one is missing.

#![allow(clippy::expect_used, reason = "a command that cannot go on says why and stops")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

const INSTALL: &str = "cargo install cargo-fuzz@0.13.2 --locked --root target/tools";

/// Memory a target may use, in MiB: what strangers send costs far less.
const MEMORY_MIB: u32 = 1_024;

/// Seconds one input may take.
const INPUT_S: u32 = 10;

fn main() -> ExitCode {
    let mut words = env::args().skip(1);
    let seconds: u32 = words.next().map_or(600, |word| word.parse().expect("seconds for each target"));
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the repository").to_owned();
    let names: Vec<String> = words.collect();
    let names = if names.is_empty() { targets(&top) } else { names };
    if let Some(missing) = missing(&top) {
        eprintln!("fuzz-all: {missing}");
        return ExitCode::FAILURE;
    }
    if !fuzz(&top, "build").status().is_ok_and(|status| status.success()) {
        eprintln!("fuzz-all: the targets cannot be built");
        return ExitCode::FAILURE;
    }
    let mut broken = Vec::new();
    for name in &names {
        println!("fuzz-all: {name}, {seconds} s");
        if !run(&top, name, seconds) {
            broken.push(name.as_str());
        }
    }
    println!("fuzz-all: {} targets, {seconds} s each, {} broken", names.len(), broken.len());
    if broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("fuzz-all: broken: {}; the inputs are in {}", broken.join(", "), top.join("target/fuzz/found").display());
    ExitCode::FAILURE
}

/// The names of the targets: those of their files.
fn targets(top: &Path) -> Vec<String> {
    let files = fs::read_dir(top.join("tests/fuzz/targets")).expect("the targets stand beside this file");
    let paths = files.map(|file| file.expect("a target can be listed").path());
    let mut names: Vec<String> = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// What is needed and not there.
fn missing(top: &Path) -> Option<String> {
    let works = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    if !works(Command::new("cargo").args(["+nightly", "--version"])) {
        return Some("no nightly compiler: rustup toolchain install nightly".into());
    }
    (!works(fuzz(top, "--version").current_dir(top))).then(|| format!("no cargo-fuzz: {INSTALL}"))
}

/// cargo-fuzz, from `target/tools` or wherever it is, on our targets.
fn fuzz(top: &Path, verb: &str) -> Command {
    let tools = top.join("target/tools/bin");
    let paths = env::var_os("PATH").unwrap_or_default();
    let paths = [tools].into_iter().chain(env::split_paths(&paths));
    let mut command = Command::new("cargo");
    command.current_dir(top).env("PATH", env::join_paths(paths).expect("the paths are as they were"));
    command.args(["+nightly", "fuzz", verb]);
    if verb != "--version" {
        // No sanitizer: nothing of ours is unsafe, and without one ten times as many inputs are tried.
        command.args(["--fuzz-dir", "tests/fuzz", "--sanitizer", "none", "--target-dir", "target/fuzz"]);
    }
    command
}

/// Runs one target; whether nothing broke.
fn run(top: &Path, name: &str, seconds: u32) -> bool {
    let kept = |what: &str| -> PathBuf {
        let folder = top.join("target/fuzz").join(what).join(name);
        fs::create_dir_all(&folder).expect("target/ can be written");
        folder
    };
    let (corpus, found) = (kept("corpus"), kept("found"));
    let seeds = top.join("tests/hostile/corpus").join(name);
    let mut command = fuzz(top, "run");
    command.arg(name).arg(corpus);
    command.args(Some(seeds).filter(|seeds| seeds.is_dir()));
    command.arg("--").arg(format!("-max_total_time={seconds}")).arg(format!("-timeout={INPUT_S}"));
    command.arg(format!("-rss_limit_mb={MEMORY_MIB}")).arg("-use_value_profile=1").arg("-print_final_stats=1");
    command.arg("-dict=tests/fuzz/words.dict").arg("-max_len=65536");
    command.arg(format!("-artifact_prefix={}/", found.display()));
    command.status().is_ok_and(|status| status.success())
}
