//! Whether the claims can fail: the program with a mistake in it, one of these after another, must break a named claim
//! within so many seeds of the simulator.
//!
//! The mistakes are never in the sources. A copy of the workspace gets all of them, each behind a switch, and is built
//! once; a mistake whose place in the sources has changed is an error here, so that none is quietly left out.
//! `FANGWEI_SEEDS` says how many seeds each may take, an argument which mistake alone is tried.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod table;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
    time::Instant,
};

use self::table::{MISTAKES, Mistake};

/// Which mistake the copy makes.
const SWITCH: &str = "FANGWEI_MISTAKE";

/// Goes into the copy of the core, which reads nothing of the kind anywhere else.
const SWITCHES: &str = r#"//! Mistakes made on purpose.

/// Whether this one is.
#[must_use]
pub fn is_made(mistake: &str) -> bool {
    static MADE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    MADE.get_or_init(|| std::env::var("FANGWEI_MISTAKE").unwrap_or_default()) == mistake
}
"#;

fn main() -> ExitCode {
    let seeds = env::var("FANGWEI_SEEDS").unwrap_or_else(|_| "20".into());
    let only = env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    // This executable stands in the target directory's `debug/deps`.
    let target = env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let copy = target.join("mistaken");
    mistake_all(root, &copy);
    let simulate = build(&copy, &target);
    let sound = run(&simulate, &seeds, "");
    assert!(sound.status.success(), "without any mistake a claim breaks:\n{}", said(&sound));
    let mut missed = Vec::new();
    for mistake in MISTAKES.iter().filter(|mistake| only.as_ref().is_none_or(|only| only == mistake.name)) {
        let began = Instant::now();
        let answer = run(&simulate, &seeds, mistake.name);
        let broken = broken_claim(&answer);
        let is_caught = broken.as_deref().is_some_and(|claim| mistake.claims.contains(&claim));
        let found = broken.as_deref().unwrap_or("nothing");
        println!("{:<28} {found} broke after {:.1} s", mistake.name, began.elapsed().as_secs_f64());
        if !is_caught {
            missed.push(format!("{}: expected {:?}\n{}", mistake.name, mistake.claims, said(&answer)));
        }
    }
    if missed.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("within {seeds} seeds these were not caught by their claims:\n\n{}", missed.join("\n\n"));
    ExitCode::FAILURE
}

/// Copies what is built and makes every mistake in it.
fn mistake_all(root: &Path, copy: &Path) {
    for part in ["protocol", "node", "cli", "tests", "certs", "deploy"] {
        let to = copy.join(part);
        if to.exists() {
            fs::remove_dir_all(&to).unwrap();
        }
        copy_dir(&root.join(part), &to);
    }
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(root.join(file), copy.join(file)).unwrap();
    }
    fs::write(copy.join("protocol/src/mistaken.rs"), SWITCHES).unwrap();
    replace(&copy.join("protocol/src/lib.rs"), "pub mod limits;", "pub mod limits;\npub mod mistaken;");
    for Mistake { name, file, sound, mistaken, .. } in MISTAKES {
        let mistaken = mistaken.replace("MADE", &format!("crate::mistaken::is_made({name:?})"));
        replace(&copy.join(file), sound, &mistaken);
    }
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    let times = text.matches(from).count();
    assert_eq!(times, 1, "{}: this stands there {times} times:\n{from}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for found in fs::read_dir(from).unwrap() {
        let found = found.unwrap();
        let to = to.join(found.file_name());
        if found.file_type().unwrap().is_dir() {
            copy_dir(&found.path(), &to);
        } else {
            fs::copy(found.path(), to).unwrap();
        }
    }
}

/// Builds the simulator of the copy beside the real one, so that what both stand on is built once.
fn build(copy: &Path, target: &Path) -> PathBuf {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--release", "--locked", "-p", "tests", "--example", "simulate"]);
    // Cargo knows a package by its place in its workspace, so it would take what is built here for what is built there.
    for package in ["fangwei-protocol", "fangwei-node", "fangwei-cli", "tests"] {
        cargo.args(["--config", &format!("profile.release.package.{package}.codegen-units=17")]);
    }
    let built = cargo.current_dir(copy).env("CARGO_TARGET_DIR", target).env("RUSTFLAGS", "").status().unwrap();
    assert!(built.success(), "the mistaken copy does not build");
    // The name is the real simulator's too: it is taken away, and made again when that is asked for.
    let (built, simulate) = (target.join("release/examples/simulate"), copy.join("simulate"));
    fs::rename(built, &simulate).unwrap();
    simulate
}

fn run(simulate: &Path, seeds: &str, mistake: &str) -> Output {
    let mut command = Command::new(simulate);
    command.args(["--seeds", seeds, "--no-shrink"]).env(SWITCH, mistake);
    command.output().unwrap()
}

/// The claim the simulator says was broken.
fn broken_claim(answer: &Output) -> Option<String> {
    let text = said(answer);
    let (_, after) = text.split_once("breaks \"")?;
    Some(after.split_once('"')?.0.to_owned())
}

fn said(answer: &Output) -> String {
    String::from_utf8_lossy(&[answer.stdout.as_slice(), answer.stderr.as_slice()].concat()).into_owned()
}
