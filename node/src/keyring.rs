//! Officers' keys at rest: each in a file of its own, sealed under its officer's passphrase.
//!
//! Argon2id makes a key of the passphrase, XChaCha20-Poly1305 seals with it, bound to the certificate and the tree. The
//! file is text, so that it can be carried: an officer's key made at the county goes to the village as it is. A sum
//! over the text tells damage from a wrong passphrase. What a file asks of the machine is bounded before it is done,
//! so that a strange file cannot take all memory.

use std::{
    fmt, fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    str::FromStr,
};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use data_encoding::HEXLOWER;
use fangwei_protocol::{
    record::entry::{CertificateId, Hash},
    trust::{genesis::GenesisHash, key::KeyPair},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    identity::{self, IdentityFailure},
    limits::{PASSPHRASE_CHARS_MIN, SEAL_MEMORY_KIB_MAX, SEAL_PASSES_MAX, SEALED_FILE_BYTES_MAX},
    run::random,
};

/// The format of the files this program writes and reads.
const FORMAT: u32 = 1;

/// Bytes of the salt, of the nonce, and of what is sealed (a seed and its tag).
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const SEALED_BYTES: usize = 32 + 16;

/// How much work a passphrase costs, for us and for whoever guesses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SealCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl SealCost {
    /// For officers: 64 MiB, three passes, about a tenth of a second (RFC 9106, second recommended option).
    pub const DEFAULT: SealCost = SealCost { memory_kib: 64 * 1024, passes: 3 };
    /// The least that is read or written (OWASP's minimum); for the demo and tests.
    pub const FLOOR: SealCost = SealCost { memory_kib: 19 * 1024, passes: 2 };

    fn is_bearable(self) -> bool {
        (SealCost::FLOOR.memory_kib..=SEAL_MEMORY_KIB_MAX).contains(&self.memory_kib)
            && (SealCost::FLOOR.passes..=SEAL_PASSES_MAX).contains(&self.passes)
    }
}

/// A sealed key with everything needed to try a passphrase on it. Not a secret by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SealedKey {
    /// Whose key: the certificate it signs under.
    pub certificate: CertificateId,
    /// Of which tree.
    pub genesis: GenesisHash,
    /// What trying a passphrase costs.
    pub cost: SealCost,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
    sealed: [u8; SEALED_BYTES],
}

/// Why a key could not be sealed, opened or found.
#[derive(Debug, Error)]
pub enum KeyFailure {
    /// Another passphrase.
    #[error("passphrase is wrong")]
    WrongPassphrase,
    /// Too short to be one.
    #[error("passphrase has fewer than {PASSPHRASE_CHARS_MIN} characters")]
    WeakPassphrase,
    /// The text is not what was written.
    #[error("sealed key is damaged: {reason}")]
    Damaged {
        /// What is wrong.
        reason: &'static str,
    },
    /// It asks for more work than this node does, or for less than guards a key.
    #[error("sealed key asks for {memory_kib} KiB and {passes} passes, outside what is done here")]
    Cost {
        /// The memory it asks for.
        memory_kib: u64,
        /// The passes it asks for.
        passes: u64,
    },
    /// Written by a newer program.
    #[error("sealed key has format {found}, this program reads {FORMAT}")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// Another tree's.
    #[error("sealed key is of tree {found}")]
    OtherTree {
        /// Its tree.
        found: Hash,
    },
    /// Not on this node.
    #[error("no key of certificate {certificate} on this node")]
    NoSuchKey {
        /// Which was looked for.
        certificate: CertificateId,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}: {cause}", .path.display())]
    Disk {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    format: u32,
    certificate: String,
    genesis: String,
    memory_kib: u64,
    passes: u64,
    salt: String,
    nonce: String,
    sealed: String,
    sum: String,
}

impl SealedKey {
    /// Seals a key. Takes as long as its cost says: not for an async task's own thread.
    ///
    /// # Errors
    ///
    /// [`KeyFailure::WeakPassphrase`], [`KeyFailure::Cost`].
    pub fn seal(
        key: &KeyPair,
        certificate: CertificateId,
        genesis: GenesisHash,
        passphrase: &str,
        cost: SealCost,
    ) -> Result<SealedKey, KeyFailure> {
        if passphrase.chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(KeyFailure::WeakPassphrase);
        }
        let (salt, nonce) = (random(), random());
        let mut key_file = SealedKey { certificate, genesis, cost, salt, nonce, sealed: [0; SEALED_BYTES] };
        let payload = Payload { msg: key.seed(), aad: &key_file.bound() };
        let sealed = key_file.cipher(passphrase)?.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.ok().and_then(|sealed| sealed.try_into().ok());
        key_file.sealed = sealed.ok_or(KeyFailure::Damaged { reason: "it could not be sealed" })?;
        Ok(key_file)
    }

    /// Opens it. Takes as long as its cost says: not for an async task's own thread.
    ///
    /// # Errors
    ///
    /// [`KeyFailure::WrongPassphrase`], [`KeyFailure::Cost`].
    pub fn open(&self, passphrase: &str) -> Result<KeyPair, KeyFailure> {
        let payload = Payload { msg: &self.sealed, aad: &self.bound() };
        let opened = self.cipher(passphrase)?.decrypt(&XNonce::from(self.nonce), payload);
        let opened = Zeroizing::new(opened.map_err(|_| KeyFailure::WrongPassphrase)?);
        let seed = <&[u8; 32]>::try_from(opened.as_slice());
        Ok(KeyPair::from_seed(seed.map_err(|_| KeyFailure::Damaged { reason: "it holds no key" })?))
    }

    fn cipher(&self, passphrase: &str) -> Result<XChaCha20Poly1305, KeyFailure> {
        let SealCost { memory_kib, passes } = self.cost;
        let unbearable = || KeyFailure::Cost { memory_kib: memory_kib.into(), passes: passes.into() };
        if !self.cost.is_bearable() {
            return Err(unbearable());
        }
        let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| unbearable())?;
        let mut key = Zeroizing::new([0; 32]);
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_into(passphrase.as_bytes(), &self.salt, key.as_mut()).map_err(|_| unbearable())?;
        XChaCha20Poly1305::new_from_slice(key.as_ref()).map_err(|_| unbearable())
    }

    /// What the seal is bound to.
    fn bound(&self) -> Vec<u8> {
        let parts = [b"fangwei key 1".as_slice(), self.certificate.0.as_slice(), self.genesis.0.as_slice()];
        parts.concat()
    }

    fn sum(&self) -> String {
        let SealCost { memory_kib, passes } = self.cost;
        let cost = [memory_kib.to_be_bytes(), passes.to_be_bytes()].concat();
        let parts = [self.bound().as_slice(), &cost, &self.salt, &self.nonce, &self.sealed].map(<[u8]>::to_vec);
        let sum = Hash::of_parts("fangwei sealed key 1", parts.iter().map(Vec::as_slice)).to_string();
        sum.chars().take(16).collect()
    }
}

impl fmt::Display for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text {
            format: FORMAT,
            certificate: self.certificate.to_string(),
            genesis: self.genesis.0.to_string(),
            memory_kib: self.cost.memory_kib.into(),
            passes: self.cost.passes.into(),
            salt: HEXLOWER.encode(&self.salt),
            nonce: HEXLOWER.encode(&self.nonce),
            sealed: HEXLOWER.encode(&self.sealed),
            sum: self.sum(),
        };
        f.write_str(&toml::to_string(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for SealedKey {
    type Err = KeyFailure;

    fn from_str(text: &str) -> Result<SealedKey, KeyFailure> {
        let damaged = |reason| KeyFailure::Damaged { reason };
        if text.len() > SEALED_FILE_BYTES_MAX {
            return Err(damaged("it is too long"));
        }
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = toml::from_str(text).map_err(|_| damaged("it is not a sealed key"))?;
        if version.format != FORMAT {
            return Err(KeyFailure::Newer { found: version.format });
        }
        let text: Text = toml::from_str(text).map_err(|_| damaged("it is not a sealed key"))?;
        let (memory_kib, passes) = (u32::try_from(text.memory_kib), u32::try_from(text.passes));
        let cost = memory_kib.ok().zip(passes.ok()).map(|(memory_kib, passes)| SealCost { memory_kib, passes });
        let unbearable = KeyFailure::Cost { memory_kib: text.memory_kib, passes: text.passes };
        let cost = cost.filter(|cost| cost.is_bearable()).ok_or(unbearable)?;
        let key = SealedKey {
            certificate: text.certificate.parse().map_err(|_| damaged("its certificate cannot be read"))?,
            genesis: GenesisHash(text.genesis.parse().map_err(|_| damaged("its tree cannot be read"))?),
            cost,
            salt: unhex(&text.salt).ok_or(damaged("its salt cannot be read"))?,
            nonce: unhex(&text.nonce).ok_or(damaged("its nonce cannot be read"))?,
            sealed: unhex(&text.sealed).ok_or(damaged("what it seals cannot be read"))?,
        };
        if key.sum() == text.sum { Ok(key) } else { Err(damaged("its sum does not agree")) }
    }
}

/// The sealed keys of one node: `keys/<certificate>.fwkey` in its data directory.
#[derive(Clone, Debug)]
pub struct Keyring {
    dir: PathBuf,
    genesis: GenesisHash,
}

impl Keyring {
    /// The keyring of the node in `data_dir`. Nothing is touched yet.
    #[must_use]
    pub fn new(data_dir: &Path, genesis: GenesisHash) -> Keyring {
        Keyring { dir: data_dir.join("keys"), genesis }
    }

    /// Keeps a sealed key, replacing one of the same certificate.
    ///
    /// # Errors
    ///
    /// [`KeyFailure::OtherTree`], [`KeyFailure::Disk`].
    pub fn keep(&self, key: &SealedKey) -> Result<(), KeyFailure> {
        if key.genesis != self.genesis {
            return Err(KeyFailure::OtherTree { found: key.genesis.0 });
        }
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        made.map_err(|cause| KeyFailure::Disk { path: self.dir.clone(), cause })?;
        let path = self.path(&key.certificate);
        identity::write(&path, key.to_string().as_bytes(), 0o600).map_err(|failure| match failure {
            IdentityFailure::Disk { path, cause } => KeyFailure::Disk { path, cause },
            failure => KeyFailure::Disk { path: path.clone(), cause: io::Error::other(failure.to_string()) },
        })
    }

    /// The sealed key of a certificate.
    ///
    /// # Errors
    ///
    /// [`KeyFailure::NoSuchKey`], [`KeyFailure::Disk`], and those of reading one.
    pub fn get(&self, certificate: &CertificateId) -> Result<SealedKey, KeyFailure> {
        let path = self.path(certificate);
        let disk = |cause| KeyFailure::Disk { path: path.clone(), cause };
        let found = match fs::metadata(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(KeyFailure::NoSuchKey { certificate: *certificate });
            }
            found => found.map_err(disk)?,
        };
        if found.len() > SEALED_FILE_BYTES_MAX as u64 {
            return Err(KeyFailure::Damaged { reason: "it is too long" });
        }
        let key: SealedKey = fs::read_to_string(&path).map_err(disk)?.parse()?;
        if key.genesis != self.genesis {
            return Err(KeyFailure::OtherTree { found: key.genesis.0 });
        }
        if key.certificate != *certificate {
            return Err(KeyFailure::Damaged { reason: "it is another certificate's" });
        }
        Ok(key)
    }

    /// The certificates whose keys are here, ascending.
    ///
    /// # Errors
    ///
    /// [`KeyFailure::Disk`].
    pub fn certificates(&self) -> Result<Vec<CertificateId>, KeyFailure> {
        let disk = |cause| KeyFailure::Disk { path: self.dir.clone(), cause };
        let found = match fs::read_dir(&self.dir) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            found => found.map_err(disk)?,
        };
        let mut certificates = Vec::new();
        for file in found {
            let name = file.map_err(disk)?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".fwkey")?.parse::<CertificateId>().ok());
            certificates.extend(id);
        }
        certificates.sort_unstable();
        Ok(certificates)
    }

    fn path(&self, certificate: &CertificateId) -> PathBuf {
        self.dir.join(format!("{certificate}.fwkey"))
    }
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use fangwei_protocol::record::entry::EntryId;

    use super::*;

    const TREE: GenesisHash = GenesisHash(Hash([7; 32]));

    fn sealed() -> SealedKey {
        let key = KeyPair::from_seed(&[9; 32]);
        SealedKey::seal(&key, EntryId(Hash([1; 32])), TREE, "correct horse", SealCost::FLOOR).unwrap()
    }

    #[test]
    fn a_sealed_key_opens_with_its_passphrase_and_no_other() {
        let read: SealedKey = sealed().to_string().parse().unwrap();
        assert_eq!(read.open("correct horse").unwrap().seed(), &[9; 32]);
        assert!(matches!(read.open("wrong horse"), Err(KeyFailure::WrongPassphrase)));
    }

    #[test]
    fn a_key_moved_to_another_certificate_does_not_open() {
        let moved = SealedKey { certificate: EntryId(Hash([2; 32])), ..sealed() };
        assert!(matches!(moved.open("correct horse"), Err(KeyFailure::WrongPassphrase)));
    }

    #[test]
    fn any_changed_digit_is_damage_and_not_a_wrong_passphrase() {
        let text = sealed().to_string();
        for (at, was) in text.char_indices().filter(|(_, c)| c.is_ascii_hexdigit()) {
            let other = if was == '0' { '1' } else { '0' };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert!(changed.parse::<SealedKey>().is_err(), "{changed}");
        }
    }

    #[test]
    fn a_file_that_asks_for_all_memory_or_for_too_little_work_is_refused_before_it_is_done() {
        let text = sealed().to_string();
        for (was, bomb) in [
            ("memory_kib = 19456", "memory_kib = 4294967295"),
            ("memory_kib = 19456", "memory_kib = 9000000000000"),
            ("memory_kib = 19456", "memory_kib = 8"),
            ("passes = 2", "passes = 4000000000"),
            ("passes = 2", "passes = 1"),
        ] {
            let bomb = text.replace(was, bomb);
            assert!(bomb != text);
            assert!(matches!(bomb.parse::<SealedKey>(), Err(KeyFailure::Cost { .. })), "{bomb}");
        }
        let bomb = SealedKey { cost: SealCost { memory_kib: u32::MAX, passes: 2 }, ..sealed() };
        assert!(matches!(bomb.open("correct horse"), Err(KeyFailure::Cost { .. })));
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let key = KeyPair::from_seed(&[9; 32]);
        let tried = SealedKey::seal(&key, EntryId(Hash([1; 32])), TREE, "1234567", SealCost::FLOOR);
        assert!(matches!(tried, Err(KeyFailure::WeakPassphrase)));
    }

    #[test]
    fn the_keyring_keeps_keys_for_its_owner_only_and_for_its_tree() {
        let dir = tempfile::tempdir().unwrap();
        let keyring = Keyring::new(dir.path(), TREE);
        assert_eq!(keyring.certificates().unwrap(), []);
        let key = sealed();
        assert!(matches!(keyring.get(&key.certificate), Err(KeyFailure::NoSuchKey { .. })));
        keyring.keep(&key).unwrap();
        assert_eq!(keyring.get(&key.certificate).unwrap(), key);
        assert_eq!(keyring.certificates().unwrap(), [key.certificate]);
        let mode = fs::metadata(keyring.path(&key.certificate)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let elsewhere = Keyring::new(dir.path(), GenesisHash(Hash([8; 32])));
        assert!(matches!(elsewhere.get(&key.certificate), Err(KeyFailure::OtherTree { .. })));
        assert!(matches!(elsewhere.keep(&key), Err(KeyFailure::OtherTree { .. })));
        fs::write(keyring.path(&key.certificate), "nonsense").unwrap();
        assert!(matches!(keyring.get(&key.certificate), Err(KeyFailure::Damaged { .. })));
    }
}
