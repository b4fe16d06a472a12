//! No secret in the repository: no private key in any wrapping, and no seed in a data file.

use crate::tree::{File, Finding, finds, holds};

/// How files that hold private keys are called.
const NAMES: &[&str] = &["key", "p12", "pfx", "jks", "keystore"];

/// Words beside which 32 bytes are a secret.
const WORDS: &[&str] = &["seed", "secret", "private", "signing_key", "signing-key", "私钥"];

/// How an Ed25519 private key begins in PKCS #8.
const PKCS8: &[u8] = &[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

fn private_keys(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let mut found = |line, what| {
            findings.push(
                file.finding(line, format!("{what}; take it out of git, its history included, and revoke the key")),
            );
        };
        if NAMES.iter().any(|ext| file.is(ext)) || file.name().starts_with("id_") {
            found(1, "is called like a private key");
        }
        if file.bytes.windows(PKCS8.len()).any(|window| window == PKCS8) {
            found(1, "holds a private key in PKCS #8");
        }
        for (number, line) in file.lines() {
            if line.contains(concat!("-----", "BEGIN")) && line.contains("PRIVATE KEY") {
                found(number, "holds a private key in PEM");
            }
        }
    }
    findings
}

fn seeds(files: &[File]) -> Vec<Finding> {
    let is_data = |file: &&File| !file.is("rs") && !file.is("lock") && !file.path.contains("proptest-regressions/");
    let mut findings = Vec::new();
    for file in files.iter().filter(is_data) {
        for (number, line) in file.lines() {
            let lower = line.to_lowercase();
            if WORDS.iter().any(|word| lower.contains(word)) && runs(line).any(is_secret) {
                let what = "32 bytes beside a word for a secret; a test takes one byte repeated, everything else a file of its own";
                findings.push(file.finding(number, what));
            }
        }
    }
    findings
}

/// Stretches of characters that hexadecimal or Base64 could be.
fn runs(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && !"+/_-".contains(c)).filter(|run| !run.is_empty())
}

/// Whether a run could be 32 bytes that nobody can guess.
fn is_secret(run: &str) -> bool {
    let hex = run.len() == 64 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has = |kind: fn(&u8) -> bool| run.as_bytes().iter().any(kind);
    let base64 =
        run.len() == 43 && has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let pairs: Vec<_> = run.as_bytes().chunks(2).collect();
    let repeated = pairs.windows(2).all(|two| two.first() == two.last());
    hex && !repeated || base64
}

#[test]
fn no_private_key_is_in_the_repository() {
    holds(private_keys);
}

#[test]
fn a_private_key_is_found() {
    let pem = concat!("text\n-----", "BEGIN PRIVATE KEY-----\nMC4CAQ\n");
    assert_eq!(finds(private_keys, &[("certs/a.md", pem)]), ["certs/a.md:2"]);
    assert_eq!(finds(private_keys, &[("certs/county.key", "")]), ["certs/county.key:1"]);
    let der = File { path: "certs/a.bin".into(), bytes: [b"x", PKCS8, &[7; 32]].concat() };
    assert_eq!(private_keys(&[der]).len(), 1);
    let public = concat!("-----", "BEGIN PUBLIC KEY-----");
    assert!(finds(private_keys, &[("certs/a.md", public), ("protocol/src/trust/key.rs", "")]).is_empty());
}

#[test]
fn no_seed_is_in_a_data_file() {
    holds(seeds);
}

#[test]
fn a_seed_is_found() {
    let hex = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let base64 = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    for secret in [hex, base64] {
        assert_eq!(finds(seeds, &[("a.toml", &format!("# x\nseed = \"{secret}\""))]), ["a.toml:2"], "{secret}");
        assert_eq!(finds(seeds, &[("a.json", &format!("{{\"private\":\"{secret}=\"}}"))]), ["a.json:1"], "{secret}");
        assert!(finds(seeds, &[("a.toml", &format!("fingerprint = \"{secret}\""))]).is_empty());
    }
    assert!(finds(seeds, &[("a.json", &format!("{{\"seed\":\"{}\"}}", "07".repeat(32)))]).is_empty());
}
