//! Who this node is, on its own disk: the tree's genesis, the node's key and certificate, the unit it stands at.
//!
//! Three small files in the data directory beside the journal: `genesis.cbor`, `node.key` (mode 0600) and `node.toml`.

use std::{
    fs, io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use fangwei_protocol::{
    record::cbor,
    replica::Me,
    trust::{
        charter::Certificate,
        genesis::{GenesisFault, SignedGenesis},
        key::{KeyFault, KeyPair, PublicKey},
    },
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

/// Who a node is.
#[derive(Debug)]
pub struct Identity {
    /// The tree, with what its root keys signed of it.
    pub genesis: SignedGenesis,
    /// The certificate and the unit.
    pub me: Me,
    /// The key of that certificate.
    pub key: KeyPair,
}

/// Why the identity could not be read or written.
#[derive(Debug, Error)]
pub enum IdentityFailure {
    /// There is no node in this directory yet.
    #[error("there is no node in {}", .dir.display())]
    None {
        /// The data directory.
        dir: PathBuf,
    },
    /// There is one already.
    #[error("there is a node in {} already", .dir.display())]
    Exists {
        /// The data directory.
        dir: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}: {cause}", .path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file does not say what it should.
    #[error("{} is damaged: {reason}", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The key can be read by others than its owner.
    #[error("{} has mode {mode:o}, others than its owner can read it", .path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Not a genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisFault),
    /// Too few root keys have signed the genesis: until they have, nothing is opened and nothing served.
    #[error("node in {} is inert: {have} of {need} root keys have signed its genesis", .dir.display())]
    Inert {
        /// The data directory.
        dir: PathBuf,
        /// How many have.
        have: usize,
        /// How many must.
        need: usize,
        /// Numbers and public halves of those that have not.
        missing: Vec<(u8, String)>,
    },
}

/// `node.toml`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stands {
    unit: String,
    certificate: String,
}

impl Identity {
    /// Reads the identity of the node in `dir`.
    ///
    /// # Errors
    ///
    /// See [`IdentityFailure`].
    pub fn load(dir: &Path) -> Result<Identity, IdentityFailure> {
        let identity = Identity::load_inert(dir)?;
        let signed = &identity.genesis;
        if signed.is_in_force() {
            return Ok(identity);
        }
        let (have, need) = (signed.signatures().len(), usize::from(signed.genesis.threshold));
        let key = |number: &u8| signed.genesis.root_keys.get(usize::from(*number)).map(key_text);
        let missing = signed.missing().iter().filter_map(|number| Some((*number, key(number)?))).collect();
        Err(IdentityFailure::Inert { dir: dir.into(), have, need, missing })
    }

    /// Reads it whether its genesis is in force or not: for whoever founds the tree.
    ///
    /// # Errors
    ///
    /// See [`IdentityFailure`]; never `Inert`.
    pub fn load_inert(dir: &Path) -> Result<Identity, IdentityFailure> {
        let [genesis, key, stands] = paths(dir);
        if !stands.exists() && key.exists() && dir.join("journal").exists() {
            return Err(damaged(&stands, "it is missing beside node.key and a journal: copy it back from a backup"));
        }
        if !stands.exists() {
            return Err(IdentityFailure::None { dir: dir.into() });
        }
        let mode = fs::metadata(&key).map_err(|cause| disk(&key, cause))?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(IdentityFailure::Exposed { path: key, mode });
        }
        let bytes = fs::read(&genesis).map_err(|cause| disk(&genesis, cause))?;
        let wrong = "copy it back from a backup or from any node of the tree, where it is the same";
        let parsed = SignedGenesis::parse(&bytes);
        let genesis = parsed.map_err(|fault| damaged(&genesis, &format!("{fault}; {wrong}")))?;
        let text = Zeroizing::new(fs::read_to_string(&key).map_err(|cause| disk(&key, cause))?);
        let seed = HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|seed| <[u8; 32]>::try_from(seed).ok());
        let seed =
            Zeroizing::new(seed.ok_or_else(|| {
                damaged(&key, "not 64 hexadecimal digits; copy it back from a backup, or join again")
            })?);
        let text = fs::read_to_string(&stands).map_err(|cause| disk(&stands, cause))?;
        let read: Stands = toml::from_str(&text).map_err(|error| damaged(&stands, &error.to_string()))?;
        let unit = read.unit.parse().map_err(|_| damaged(&stands, "unit is not a unit path"))?;
        let certificate =
            read.certificate.parse().map_err(|_| damaged(&stands, "certificate is not a certificate id"))?;
        Ok(Identity { genesis, me: Me { certificate, unit }, key: KeyPair::from_seed(&seed) })
    }

    /// Writes it, replacing an earlier one. `node.toml` comes last: without it there is no node.
    ///
    /// # Errors
    ///
    /// [`IdentityFailure::Disk`].
    pub fn save(&self, dir: &Path) -> Result<(), IdentityFailure> {
        fs::create_dir_all(dir).map_err(|cause| disk(dir, cause))?;
        let [genesis, key, stands] = paths(dir);
        let seed = Zeroizing::new(HEXLOWER.encode(self.key.seed()));
        let said = Stands { unit: self.me.unit.to_string(), certificate: self.me.certificate.to_string() };
        let said = toml::to_string(&said).map_err(|error| damaged(&stands, &error.to_string()))?;
        write(&genesis, &cbor::encode(&self.genesis), 0o644)?;
        write(&key, seed.as_bytes(), 0o600)?;
        write(&stands, said.as_bytes(), 0o644)
    }

    /// Whether a directory has a node, or what is left of one: a journal and some of its files.
    #[must_use]
    pub fn exists(dir: &Path) -> bool {
        let paths = paths(dir);
        let has_journal = dir.join("journal").exists();
        paths.iter().all(|path| path.exists()) || (has_journal && paths.iter().any(|path| path.exists()))
    }

    /// The failure of a `node.toml` that names a certificate nobody knows, though the key has one.
    #[must_use]
    pub fn names_another(dir: &Path) -> IdentityFailure {
        let [_, _, stands] = paths(dir);
        damaged(&stands, "its certificate is not that of the key: copy it back from a backup")
    }

    /// Whether key and unit are those of the certificate, as the charter has it: a file that reads well may be another all
    /// the same.
    ///
    /// # Errors
    ///
    /// [`IdentityFailure::Damaged`], naming the file.
    pub fn check(&self, dir: &Path, certificate: &Certificate) -> Result<(), IdentityFailure> {
        let [_, key, stands] = paths(dir);
        if certificate.unit != self.me.unit {
            return Err(damaged(&stands, "its unit is not that of its certificate: copy it back from a backup"));
        }
        if certificate.key != self.key.public() {
            let reason = "it is not the key of the certificate that node.toml names: copy both back from a backup";
            return Err(damaged(&key, reason));
        }
        Ok(())
    }
}

/// A public key as people and files write it: 64 lower-case hexadecimal digits.
#[must_use]
pub fn key_text(key: &PublicKey) -> String {
    HEXLOWER.encode(&key.bytes())
}

/// Not a public key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyTextFault {
    /// Not 64 lower-case hexadecimal digits.
    #[error("a key has 64 lower-case hexadecimal digits")]
    Digits,
    /// Digits of something else.
    #[error(transparent)]
    Key(#[from] KeyFault),
}

/// Reads a public key written by [`key_text`].
///
/// # Errors
///
/// See [`KeyTextFault`].
pub fn key_from_text(text: &str) -> Result<PublicKey, KeyTextFault> {
    let bytes = HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    Ok(PublicKey::admit(&bytes.ok_or(KeyTextFault::Digits)?)?)
}

/// Writes a file so that after a crash there is the old one or the new one.
///
/// # Errors
///
/// [`IdentityFailure::Disk`].
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), IdentityFailure> {
    use io::Write as _;
    let fresh = path.with_extension("new");
    let attempt = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&fresh)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        // A bare name stands in the folder one is in.
        let dir = path.parent().map(|dir| if dir.as_os_str().is_empty() { Path::new(".") } else { dir });
        dir.map_or(Ok(()), |dir| fs::File::open(dir)?.sync_all())
    };
    attempt().map_err(|cause| disk(path, cause))
}

fn paths(dir: &Path) -> [PathBuf; 3] {
    ["genesis.cbor", "node.key", "node.toml"].map(|name| dir.join(name))
}

fn disk(path: &Path, cause: io::Error) -> IdentityFailure {
    IdentityFailure::Disk { path: path.into(), cause }
}

fn damaged(path: &Path, reason: &str) -> IdentityFailure {
    IdentityFailure::Damaged { path: path.into(), reason: reason.into() }
}
