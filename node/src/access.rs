//! Access tokens 访问令牌: with these a program asks the local HTTP over the network, as an officer and for as much as its
//! scopes say.
//!
//! A token is 256 random bits and is shown once. What the node keeps, under the token's hash, is the officer's key sealed
//! under the token, so that a copied disk opens nothing, and who can write to the disk can widen no token's scopes: they
//! are sealed with the key. A token ends by itself, when it is taken back, and with its officer's certificate.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use fangwei_protocol::{
    record::entry::{CertificateId, EntryId, Hash},
    trust::key::KeyPair,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    identity::{self, IdentityFailure},
    limits::{ACCESS_LABEL_CHARS_MAX, ACCESS_TOKENS_MAX},
    run::random,
    session::Officer,
};

/// What every token begins with: whoever finds one knows what it is, and programs that look for lost secrets find it.
const PREFIX: &str = "fangwei_";

/// Bytes of randomness in a token.
const TOKEN_BYTES: usize = 32;

/// Bytes of what seals a key.
const NONCE_BYTES: usize = 24;

/// What may be done with a token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Whatever the officer may see.
    Read,
    /// File reports and add to them.
    Report,
    /// Everything else an officer signs in reports, cases, risk points, papers and sharings.
    Work,
    /// Units, officers, certificates, calendars and policy packs.
    Administer,
}

impl Scope {
    /// All of them, the narrowest first.
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Report, Scope::Work, Scope::Administer];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Report => "report",
            Scope::Work => "work",
            Scope::Administer => "administer",
        }
    }
}

/// There is no such scope.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no such scope")]
pub struct NoScope;

impl FromStr for Scope {
    type Err = NoScope;

    fn from_str(name: &str) -> Result<Scope, NoScope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name).ok_or(NoScope)
    }
}

/// What a token is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Whose it is: the certificate's id.
    pub certificate: String,
    /// What it is called.
    pub label: String,
    /// For how much it is.
    pub scopes: BTreeSet<Scope>,
    /// When it was made, in seconds of this node's clock.
    pub created_s: i64,
    /// From when on it is over.
    pub ends_s: i64,
}

/// Why there is no access.
#[derive(Debug, Error)]
pub enum AccessFailure {
    /// There is no such token, any more or at all, or it is over.
    #[error("no such access token")]
    Unknown,
    /// The file of a token is not what was written.
    #[error("access token {name} is damaged")]
    Damaged {
        /// Which.
        name: String,
    },
    /// There are too many already.
    #[error("too many access tokens")]
    TooMany,
    /// What it is called is empty or too long.
    #[error("bad label")]
    Label,
    /// A file cannot be read or written.
    #[error("cannot use {}: {cause}", .path.display())]
    Disk {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// A token that was made. A secret.
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

/// What a token opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// As whom.
    pub officer: Officer,
    /// For how much.
    pub scopes: BTreeSet<Scope>,
}

/// A token as others may know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessLine {
    /// Names it; no secret.
    pub name: String,
    /// Whose it is.
    pub certificate: CertificateId,
    /// What it is for.
    pub grant: Grant,
    /// When it was last used since this node started, in seconds of its clock.
    pub used_s: Option<i64>,
}

/// The access tokens of one node: `access-tokens/<name>` in its data directory.
#[derive(Debug)]
pub struct AccessTokens {
    dir: PathBuf,
    used: Mutex<BTreeMap<String, i64>>,
}

/// A file of one.
#[derive(Serialize, Deserialize)]
struct Kept {
    grant: Grant,
    nonce: String,
    sealed: String,
}

impl AccessTokens {
    /// Those of the node in `data_dir`. Nothing is touched yet.
    #[must_use]
    pub fn new(data_dir: &Path) -> AccessTokens {
        AccessTokens { dir: data_dir.join("access-tokens"), used: Mutex::default() }
    }

    /// Makes one for an officer whose key is unlocked.
    ///
    /// # Errors
    ///
    /// [`AccessFailure::TooMany`], [`AccessFailure::Label`], [`AccessFailure::Disk`].
    pub fn create(
        &self,
        officer: &Officer,
        label: &str,
        scopes: BTreeSet<Scope>,
        created_s: i64,
        ends_s: i64,
    ) -> Result<AccessToken, AccessFailure> {
        let label = label.trim();
        if label.is_empty() || label.chars().count() > ACCESS_LABEL_CHARS_MAX || label.chars().any(char::is_control) {
            return Err(AccessFailure::Label);
        }
        if self.names()?.len() >= ACCESS_TOKENS_MAX {
            return Err(AccessFailure::TooMany);
        }
        let secret = Zeroizing::new(random::<TOKEN_BYTES>());
        let token = AccessToken(Zeroizing::new(format!("{PREFIX}{}", BASE32_NOPAD.encode(secret.as_slice()))));
        let certificate = officer.certificate.to_string();
        let grant = Grant { certificate, label: label.to_owned(), scopes, created_s, ends_s };
        let nonce = random::<NONCE_BYTES>();
        let name = name_of(token.expose());
        let damaged = || AccessFailure::Damaged { name: name.clone() };
        let said = said(&grant).ok_or_else(damaged)?;
        let payload = Payload { msg: officer.key.seed().as_slice(), aad: &said };
        let sealed = cipher(token.expose()).encrypt(&XNonce::from(nonce), payload).map_err(|_| damaged())?;
        let kept = Kept { grant, nonce: HEXLOWER.encode(&nonce), sealed: HEXLOWER.encode(&sealed) };
        let bytes = serde_json::to_vec(&kept).map_err(|_| damaged())?;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        made.map_err(|cause| AccessFailure::Disk { path: self.dir.clone(), cause })?;
        let path = self.path(&name);
        identity::write(&path, &bytes, 0o600).map_err(|failure| match failure {
            IdentityFailure::Disk { path, cause } => AccessFailure::Disk { path, cause },
            failure => AccessFailure::Disk { path, cause: io::Error::other(failure.to_string()) },
        })?;
        Ok(token)
    }

    /// What a token opens at this moment.
    ///
    /// # Errors
    ///
    /// [`AccessFailure::Unknown`], [`AccessFailure::Damaged`], [`AccessFailure::Disk`].
    pub fn open(&self, token: &str, now_s: i64) -> Result<Opened, AccessFailure> {
        // What is no token of ours is hashed for nobody.
        if !is_token(token) {
            return Err(AccessFailure::Unknown);
        }
        let name = name_of(token);
        let damaged = || AccessFailure::Damaged { name: name.clone() };
        let kept = self.kept(&name)?;
        let said = said(&kept.grant).ok_or_else(damaged)?;
        let bytes = |text: &str| HEXLOWER.decode(text.as_bytes()).map_err(|_| damaged());
        let nonce = <[u8; NONCE_BYTES]>::try_from(bytes(&kept.nonce)?).map_err(|_| damaged())?;
        let sealed = bytes(&kept.sealed)?;
        let payload = Payload { msg: &sealed, aad: &said };
        let seed = cipher(token).decrypt(&XNonce::from(nonce), payload).map_err(|_| damaged())?;
        let seed = Zeroizing::new(seed);
        let seed = seed.as_slice().try_into().map_err(|_| damaged())?;
        if now_s >= kept.grant.ends_s {
            return Err(AccessFailure::Unknown);
        }
        let certificate = EntryId(kept.grant.certificate.parse().map_err(|_| damaged())?);
        let officer = Officer { certificate, key: Arc::new(KeyPair::from_seed(seed)) };
        self.used().insert(name, now_s);
        Ok(Opened { officer, scopes: kept.grant.scopes })
    }

    /// All that are not damaged, the newest first; one that is over stays until it is taken back.
    ///
    /// # Errors
    ///
    /// [`AccessFailure::Disk`].
    pub fn list(&self) -> Result<Vec<AccessLine>, AccessFailure> {
        let mut lines = Vec::new();
        for name in self.names()? {
            let kept = match self.kept(&name) {
                Ok(kept) => kept,
                // Taken back meanwhile.
                Err(AccessFailure::Unknown) => continue,
                Err(AccessFailure::Damaged { name }) => {
                    tracing::warn!(name, "an access token's file is damaged");
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let Ok(certificate) = kept.grant.certificate.parse() else { continue };
            let used_s = self.used().get(&name).copied();
            lines.push(AccessLine { name, certificate: EntryId(certificate), grant: kept.grant, used_s });
        }
        lines.sort_by_key(|line| (std::cmp::Reverse(line.grant.created_s), line.name.clone()));
        Ok(lines)
    }

    /// Takes one back.
    ///
    /// # Errors
    ///
    /// [`AccessFailure::Unknown`], [`AccessFailure::Disk`].
    pub fn remove(&self, name: &str) -> Result<(), AccessFailure> {
        if !is_name(name) {
            return Err(AccessFailure::Unknown);
        }
        self.used().remove(name);
        let path = self.path(name);
        let removed = fs::remove_file(&path).and_then(|()| fs::File::open(&self.dir)?.sync_all());
        removed.map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => AccessFailure::Unknown,
            _ => AccessFailure::Disk { path, cause },
        })
    }

    fn kept(&self, name: &str) -> Result<Kept, AccessFailure> {
        let path = self.path(name);
        let bytes = fs::read(&path).map_err(|cause| match cause.kind() {
            io::ErrorKind::NotFound => AccessFailure::Unknown,
            _ => AccessFailure::Disk { path, cause },
        })?;
        serde_json::from_slice(&bytes).map_err(|_| AccessFailure::Damaged { name: name.to_owned() })
    }

    fn names(&self) -> Result<Vec<String>, AccessFailure> {
        let disk = |cause| AccessFailure::Disk { path: self.dir.clone(), cause };
        let found = match fs::read_dir(&self.dir) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            found => found.map_err(disk)?,
        };
        let mut names = Vec::new();
        for entry in found {
            let name = entry.map_err(disk)?.file_name().to_string_lossy().into_owned();
            if is_name(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn used(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, i64>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AccessToken {
    /// The token as text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// What is sealed together with the key.
fn said(grant: &Grant) -> Option<Vec<u8>> {
    serde_json::to_vec(grant).ok()
}

fn is_token(text: &str) -> bool {
    let digits = text.strip_prefix(PREFIX).unwrap_or_default();
    BASE32_NOPAD.decode(digits.as_bytes()).is_ok_and(|bytes| bytes.len() == TOKEN_BYTES)
}

/// Names a token's file. Nobody finds the token by it.
fn name_of(token: &str) -> String {
    Hash::of_parts("fangwei access token name 1", [token.as_bytes()]).to_string().chars().take(32).collect()
}

fn is_name(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn cipher(token: &str) -> XChaCha20Poly1305 {
    let key = Zeroizing::new(Hash::of_parts("fangwei access token key 1", [token.as_bytes()]).0);
    XChaCha20Poly1305::new((&*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_795_400_000;

    fn officer(seed: u8) -> Officer {
        Officer { certificate: EntryId(Hash([seed + 100; 32])), key: Arc::new(KeyPair::from_seed(&[seed; 32])) }
    }

    #[test]
    fn a_token_opens_its_officers_key_until_it_is_over_or_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let tokens = AccessTokens::new(dir.path());
        assert!(tokens.list().unwrap().is_empty());
        let scopes = BTreeSet::from([Scope::Read, Scope::Report]);
        let token = tokens.create(&officer(1), " 政务平台 ", scopes.clone(), NOW_S, NOW_S + 60).unwrap();
        let opened = tokens.open(token.expose(), NOW_S + 59).unwrap();
        assert_eq!((opened.officer.certificate, opened.scopes), (officer(1).certificate, scopes));
        assert_eq!(opened.officer.key.public(), officer(1).key.public());
        assert!(matches!(tokens.open(token.expose(), NOW_S + 60), Err(AccessFailure::Unknown)), "it is over");
        for other in ["", "fangwei_", "fangwei_../../node", "x", &token.expose().to_lowercase(), &token.expose()[..40]]
        {
            assert!(matches!(tokens.open(other, NOW_S), Err(AccessFailure::Unknown)), "{other}");
        }
        // Another process finds it; what is listed opens nothing.
        let again = AccessTokens::new(dir.path());
        let listed = again.list().unwrap();
        assert_eq!((listed.len(), listed[0].grant.label.as_str(), listed[0].used_s), (1, "政务平台", None));
        assert!(matches!(again.open(&listed[0].name, NOW_S), Err(AccessFailure::Unknown)));
        assert_eq!(tokens.list().unwrap()[0].used_s, Some(NOW_S + 59));
        for name in ["../node.key", "", &listed[0].name.to_uppercase()] {
            assert!(matches!(again.remove(name), Err(AccessFailure::Unknown)), "{name}");
        }
        again.remove(&listed[0].name).unwrap();
        assert!(matches!(again.remove(&listed[0].name), Err(AccessFailure::Unknown)));
        assert!(matches!(tokens.open(token.expose(), NOW_S), Err(AccessFailure::Unknown)));
    }

    #[test]
    fn what_the_disk_says_of_a_token_is_believed_only_with_its_seal() {
        let dir = tempfile::tempdir().unwrap();
        let tokens = AccessTokens::new(dir.path());
        let token = tokens.create(&officer(1), "读", BTreeSet::from([Scope::Read]), NOW_S, NOW_S + 60).unwrap();
        let path = tokens.path(&name_of(token.expose()));
        let written = fs::read_to_string(&path).unwrap();
        assert!(!written.contains(&HEXLOWER.encode(officer(1).key.seed())) && !written.contains(token.expose()));
        let other = officer(2).certificate.to_string();
        for changed in [
            written.replace("\"read\"", "\"read\",\"administer\""),
            written.replace(&(NOW_S + 60).to_string(), &(NOW_S + 6000).to_string()),
            written.replace(&officer(1).certificate.to_string(), &other),
            written[..written.len() / 2].to_owned(),
        ] {
            assert_ne!(changed, written);
            fs::write(&path, changed).unwrap();
            assert!(matches!(tokens.open(token.expose(), NOW_S), Err(AccessFailure::Damaged { .. })));
        }
        fs::write(&path, written).unwrap();
        tokens.open(token.expose(), NOW_S).unwrap();
    }

    #[test]
    fn labels_and_numbers_of_tokens_are_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let tokens = AccessTokens::new(dir.path());
        let make = |label: &str| tokens.create(&officer(1), label, BTreeSet::from([Scope::Read]), NOW_S, NOW_S + 60);
        for label in ["", " ", "a\nb", &"长".repeat(ACCESS_LABEL_CHARS_MAX + 1)] {
            assert!(matches!(make(label), Err(AccessFailure::Label)), "{label}");
        }
        for _ in 0..ACCESS_TOKENS_MAX {
            make("一").unwrap();
        }
        assert!(matches!(make("一"), Err(AccessFailure::TooMany)));
        let one = tokens.list().unwrap().remove(0).name;
        tokens.remove(&one).unwrap();
        assert!(!format!("{:?}", make("一").unwrap()).contains(PREFIX));
    }
}
