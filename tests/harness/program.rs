//! The program itself, for tests that run it as people do.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The program that was built with this test or bench; `cargo test -p tests` alone does not build it, so it may have to be.
pub fn program() -> PathBuf {
    let here = env::current_exe().unwrap();
    let profile = here.parent().and_then(Path::parent).unwrap();
    let program = profile.join("fangwei");
    let made = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    if made(&program) < made(&here) {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--package", "fangwei-cli", "--bin", "fangwei", "--target-dir"]);
        cargo.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success());
    }
    program
}
