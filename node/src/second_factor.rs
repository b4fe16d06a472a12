//! Second factors: beside the passphrase a code from the officer's telephone, for whoever signs in over the network.
//!
//! Codes are those of RFC 6238, which every authenticator app makes. The secret they come from rests in a file of its
//! own, sealed under the officer's key: whoever copies the disk has neither without the passphrase, and whoever overhears
//! the passphrase cannot sign in without the telephone. Who administers the machine can take a factor away, since they can
//! take away the file; that is logged.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use fangwei_protocol::record::entry::{CertificateId, Hash};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::{
    identity::{self, IdentityFailure},
    limits::{SECOND_FACTOR_SKEW_STEPS, SECOND_FACTORS_BEGUN_MAX},
    run::random,
    session::Officer,
};

/// Bytes of a secret: RFC 4226, section 4, recommends 160 bits.
const SECRET_BYTES: usize = 20;

/// Bytes of what seals it.
const NONCE_BYTES: usize = 24;

/// Whose sign-in over pages takes a second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactorFor {
    /// Those who set one up.
    Nobody,
    /// Also whoever acts for a unit of the first two levels: county and townships, with their departments.
    #[default]
    Offices,
    /// Whoever signs in.
    Everybody,
}

/// Why a second factor does not let anybody in.
#[derive(Debug, Error)]
pub enum SecondFactorFailure {
    /// One is set up, and no code came.
    #[error("a code is wanted")]
    Wanted,
    /// The code is none of this moment, or was used before.
    #[error("the code is wrong")]
    Wrong,
    /// Nothing was begun that could be confirmed.
    #[error("no second factor was begun")]
    NotBegun,
    /// The file is not what was written.
    #[error("second factor is damaged")]
    Damaged,
    /// Too many were begun and not confirmed.
    #[error("too many second factors were begun")]
    Busy,
    /// A file cannot be read or written.
    #[error("cannot use {}: {cause}", .path.display())]
    Disk {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// A second factor that is being set up: what the telephone is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// What the app scans.
    pub uri: Zeroizing<String>,
    /// What is typed where nothing can be scanned.
    pub secret: Zeroizing<String>,
}

/// The second factors of one node: `second-factors/<certificate>` in its data directory.
#[derive(Debug)]
pub struct SecondFactors {
    dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Shown and not confirmed yet.
    begun: BTreeMap<CertificateId, Totp>,
    /// The last step whose code was used: a code that was looked at over somebody's shoulder is worth nothing.
    used: BTreeMap<CertificateId, u64>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "State({} begun)", self.begun.len())
    }
}

impl SecondFactors {
    /// Those of the node in `data_dir`. Nothing is touched yet.
    #[must_use]
    pub fn new(data_dir: &Path) -> SecondFactors {
        SecondFactors { dir: data_dir.join("second-factors"), state: Mutex::default() }
    }

    /// Whether an officer has one.
    #[must_use]
    pub fn is_set(&self, certificate: &CertificateId) -> bool {
        self.path(certificate).exists()
    }

    /// Whether anybody has one.
    #[must_use]
    pub fn is_any_set(&self) -> bool {
        fs::read_dir(&self.dir).is_ok_and(|mut found| found.next().is_some())
    }

    /// Begins one, or shows again what was begun: `account` is whose it is and `issuer` where, as the app shows it.
    ///
    /// # Errors
    ///
    /// [`SecondFactorFailure::Busy`].
    pub fn begin(&self, officer: &Officer, account: &str, issuer: &str) -> Result<Begun, SecondFactorFailure> {
        let mut state = self.state();
        if !state.begun.contains_key(&officer.certificate) {
            if state.begun.len() >= SECOND_FACTORS_BEGUN_MAX {
                return Err(SecondFactorFailure::Busy);
            }
            state.begun.insert(officer.certificate, totp(&random::<SECRET_BYTES>(), account, issuer)?);
        }
        let totp = state.begun.get(&officer.certificate).ok_or(SecondFactorFailure::NotBegun)?;
        let uri = totp.to_url().map_err(|_| SecondFactorFailure::Damaged)?;
        Ok(Begun { uri: uri.into(), secret: totp.secret().to_base32().into() })
    }

    /// Keeps the one that was begun, once its code shows that the telephone has it.
    ///
    /// # Errors
    ///
    /// [`SecondFactorFailure::NotBegun`], [`SecondFactorFailure::Wrong`], [`SecondFactorFailure::Disk`].
    pub fn confirm(&self, officer: &Officer, code: &str, now_s: i64) -> Result<(), SecondFactorFailure> {
        let mut state = self.state();
        let begun = state.begun.get(&officer.certificate).ok_or(SecondFactorFailure::NotBegun)?;
        let step = step_of(begun, code, now_s).ok_or(SecondFactorFailure::Wrong)?;
        let nonce = random::<NONCE_BYTES>();
        let payload = Payload { msg: begun.secret().as_ref(), aad: officer.certificate.0.as_slice() };
        let sealed = cipher(officer)?.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| SecondFactorFailure::Damaged)?;
        self.write(&officer.certificate, &[nonce.as_slice(), &sealed].concat())?;
        state.begun.remove(&officer.certificate);
        state.used.insert(officer.certificate, step);
        Ok(())
    }

    /// Lets in an officer who has none, or whose code is of this moment and was not used before.
    ///
    /// # Errors
    ///
    /// [`SecondFactorFailure::Wanted`], [`SecondFactorFailure::Wrong`], [`SecondFactorFailure::Damaged`],
    /// [`SecondFactorFailure::Disk`].
    pub fn check(&self, officer: &Officer, code: Option<&str>, now_s: i64) -> Result<(), SecondFactorFailure> {
        let path = self.path(&officer.certificate);
        let bytes = match fs::read(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
            read => read.map_err(|cause| SecondFactorFailure::Disk { path, cause })?,
        };
        let code = code.map(str::trim).filter(|code| !code.is_empty()).ok_or(SecondFactorFailure::Wanted)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(SecondFactorFailure::Damaged)?;
        let payload = Payload { msg: sealed, aad: officer.certificate.0.as_slice() };
        let secret = cipher(officer)?.decrypt(&XNonce::from(*nonce), payload);
        let secret = Zeroizing::new(secret.map_err(|_| SecondFactorFailure::Damaged)?);
        let totp = totp(&secret, "", "")?;
        let step = step_of(&totp, code, now_s).ok_or(SecondFactorFailure::Wrong)?;
        let mut state = self.state();
        if state.used.get(&officer.certificate).is_some_and(|used| *used >= step) {
            return Err(SecondFactorFailure::Wrong);
        }
        state.used.insert(officer.certificate, step);
        Ok(())
    }

    /// Takes one away, whether it was confirmed or only begun.
    ///
    /// # Errors
    ///
    /// [`SecondFactorFailure::Disk`].
    pub fn remove(&self, certificate: &CertificateId) -> Result<(), SecondFactorFailure> {
        self.state().begun.remove(certificate);
        let path = self.path(certificate);
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(SecondFactorFailure::Disk { path, cause }),
            _ => Ok(()),
        }
    }

    fn write(&self, certificate: &CertificateId, bytes: &[u8]) -> Result<(), SecondFactorFailure> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        made.map_err(|cause| SecondFactorFailure::Disk { path: self.dir.clone(), cause })?;
        let path = self.path(certificate);
        identity::write(&path, bytes, 0o600).map_err(|failure| match failure {
            IdentityFailure::Disk { path, cause } => SecondFactorFailure::Disk { path, cause },
            failure => SecondFactorFailure::Disk { path, cause: io::Error::other(failure.to_string()) },
        })
    }

    fn path(&self, certificate: &CertificateId) -> PathBuf {
        self.dir.join(certificate.to_string())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Six digits by SHA-1 every thirty seconds: what every app does, whatever the line it scans says.
fn totp(secret: &[u8], account: &str, issuer: &str) -> Result<Totp, SecondFactorFailure> {
    // A colon separates the two in that line.
    let plain = |text: &str| text.replace(':', "：");
    let builder = Builder::new().with_secret(secret).with_skew(SECOND_FACTOR_SKEW_STEPS);
    let builder = builder.with_account_name(plain(account)).with_issuer(Some(plain(issuer)));
    builder.build().map_err(|_| SecondFactorFailure::Damaged)
}

/// The step whose code this is, around now. Apps show codes in two halves.
fn step_of(totp: &Totp, code: &str, now_s: i64) -> Option<u64> {
    let digits: String = code.chars().filter(|sign| !sign.is_whitespace()).take(16).collect();
    totp.check(&digits, u64::try_from(now_s).ok()?)
}

fn cipher(officer: &Officer) -> Result<XChaCha20Poly1305, SecondFactorFailure> {
    let key = Hash::of_parts("fangwei second factor 1", [officer.key.seed().as_slice()]);
    let key = Zeroizing::new(key.0);
    XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| SecondFactorFailure::Damaged)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fangwei_protocol::{record::entry::EntryId, trust::key::KeyPair};

    use super::*;

    const NOW_S: i64 = 1_795_400_000;

    fn officer(seed: u8) -> Officer {
        Officer { certificate: EntryId(Hash([seed; 32])), key: Arc::new(KeyPair::from_seed(&[seed; 32])) }
    }

    fn code(begun: &Begun, at_s: i64) -> String {
        let secret = totp_rs::Secret::try_from_base32(begun.secret.as_str()).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        totp.generate(u64::try_from(at_s).unwrap()).to_string()
    }

    #[test]
    fn a_code_is_wanted_once_one_is_confirmed_and_goes_once() {
        let dir = tempfile::tempdir().unwrap();
        let factors = SecondFactors::new(dir.path());
        let secretary = officer(1);
        factors.check(&secretary, None, NOW_S).unwrap();
        assert!(matches!(factors.confirm(&secretary, "000000", NOW_S), Err(SecondFactorFailure::NotBegun)));
        let begun = factors.begin(&secretary, "王书记:镇", "防微").unwrap();
        assert!(begun.uri.starts_with("otpauth://totp/"), "{}", begun.uri.as_str());
        assert_eq!(factors.begin(&secretary, "王书记", "防微").unwrap(), begun, "a page opened again shows the same");
        assert!(matches!(factors.confirm(&secretary, "12", NOW_S), Err(SecondFactorFailure::Wrong)));
        assert!(!factors.is_set(&secretary.certificate) && !factors.is_any_set());
        factors.confirm(&secretary, &code(&begun, NOW_S), NOW_S).unwrap();
        assert!(factors.is_set(&secretary.certificate) && factors.is_any_set());

        let tried = |code: Option<&str>, now_s| factors.check(&secretary, code, now_s);
        assert!(matches!(tried(None, NOW_S), Err(SecondFactorFailure::Wanted)));
        assert!(matches!(tried(Some(" "), NOW_S), Err(SecondFactorFailure::Wanted)));
        assert!(matches!(tried(Some(&code(&begun, NOW_S)), NOW_S), Err(SecondFactorFailure::Wrong)), "used already");
        let next = code(&begun, NOW_S + 30);
        let halves = format!("{} {}", &next[..3], &next[3..]);
        tried(Some(&halves), NOW_S + 30).unwrap();
        assert!(matches!(tried(Some(&next), NOW_S + 31), Err(SecondFactorFailure::Wrong)), "once");
        let late = code(&begun, NOW_S + 60);
        assert!(matches!(tried(Some(&late), NOW_S + 300), Err(SecondFactorFailure::Wrong)), "too old");
        // A telephone and a computer are seldom of one opinion about the time.
        tried(Some(&code(&begun, NOW_S + 330)), NOW_S + 300).unwrap();

        // Another process finds the same, and another officer's is another.
        let again = SecondFactors::new(dir.path());
        again.check(&secretary, Some(&code(&begun, NOW_S + 600)), NOW_S + 600).unwrap();
        again.check(&officer(2), None, NOW_S).unwrap();
        fs::copy(again.path(&secretary.certificate), again.path(&officer(2).certificate)).unwrap();
        let moved = again.check(&officer(2), Some(&code(&begun, NOW_S)), NOW_S);
        assert!(matches!(moved, Err(SecondFactorFailure::Damaged)), "{moved:?}");
        fs::write(again.path(&secretary.certificate), b"short").unwrap();
        let cut = again.check(&secretary, Some("000000"), NOW_S);
        assert!(matches!(cut, Err(SecondFactorFailure::Damaged)), "a damaged file lets nobody in: {cut:?}");
        again.remove(&secretary.certificate).unwrap();
        again.check(&secretary, None, NOW_S).unwrap();
    }

    #[test]
    fn nobody_fills_the_memory_by_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let factors = SecondFactors::new(dir.path());
        for seed in 0..SECOND_FACTORS_BEGUN_MAX {
            factors.begin(&officer(u8::try_from(seed).unwrap()), "甲", "防微").unwrap();
        }
        assert!(matches!(factors.begin(&officer(255), "乙", "防微"), Err(SecondFactorFailure::Busy)));
        factors.remove(&officer(0).certificate).unwrap();
        factors.begin(&officer(255), "乙", "防微").unwrap();
    }
}
