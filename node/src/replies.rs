//! What came of requests with an idempotency key, so that one that is sent again does nothing again.
//!
//! A program that lost the answer, or the whole link for weeks, sends what it has once more. Each key has a file,
//! which is there before anything is done: `replies/<two digits>/<hash>`. It holds what was asked, as a hash, and, once
//! it is done, the answer. A file that a stopped process left without an answer says that nobody knows what came of it.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use data_encoding::HEXLOWER;
use fangwei_protocol::record::entry::Hash;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    identity,
    limits::{REPLIES_KEPT_DAYS, REPLIES_MAX},
    run::random,
    session::Officer,
};

/// Bytes of what seals an answer.
const NONCE_BYTES: usize = 24;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(REPLIES_KEPT_DAYS * 24 * 60 * 60);

/// How often what is too old is taken away.
const SWEPT_EVERY: Duration = Duration::from_secs(60 * 60);

/// The answers of one node.
#[derive(Debug)]
pub struct Replies {
    dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Being done by this process.
    running: BTreeSet<Hash>,
    /// How many files there were at the last sweep, and how many came since.
    kept: usize,
    swept: Option<SystemTime>,
}

/// What was answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body: JSON.
    pub body: String,
}

/// A request with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Whose key it is, and which.
    name: Hash,
    /// What is asked.
    content: Hash,
    /// What seals the answer: it may hold what only its officer is to know, as a receipt code.
    seal: Hash,
}

/// What is known of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Known {
    /// Nothing: it is noted now, and to be done. [`Replies::keep`] or [`Replies::forget`] follows.
    New,
    /// It was done, and this was answered.
    Done(Reply),
}

/// Why a request with a key is not done.
#[derive(Debug, Error)]
pub enum ReplyFailure {
    /// The key came with something else before.
    #[error("the key was used for another request")]
    Reused,
    /// The same is being done.
    #[error("the same request is under way")]
    Running,
    /// It was begun, and nobody knows what came of it.
    #[error("what came of the request is not known")]
    InDoubt,
    /// Too many answers are kept.
    #[error("too many keys")]
    TooMany,
    /// A file cannot be read or written.
    #[error("cannot use {}: {cause}", .path.display())]
    Disk {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// A file.
#[derive(Serialize, Deserialize)]
struct Noted {
    content: String,
    /// Sealed under the officer's key.
    reply: Option<String>,
}

impl Asked {
    /// What an officer asks under a key: the method with the address, and the body.
    #[must_use]
    pub fn new(officer: &Officer, key: &str, address: &str, body: &[u8]) -> Asked {
        let of = |tag, parts: [&[u8]; 2]| Hash::of_parts(tag, parts);
        let address = Hash::of_parts("fangwei address 1", [address.as_bytes()]);
        Asked {
            name: of("fangwei idempotency key 1", [officer.certificate.0.as_slice(), key.as_bytes()]),
            content: of("fangwei idempotent request 1", [address.as_slice(), body]),
            seal: Hash::of_parts("fangwei reply seal 1", [officer.key.seed().as_slice()]),
        }
    }

    fn sealed(&self, reply: &Reply) -> Option<String> {
        let nonce = random::<NONCE_BYTES>();
        let said = Zeroizing::new(serde_json::to_vec(reply).ok()?);
        let payload = Payload { msg: &said, aad: self.content.as_slice() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(HEXLOWER.encode(&[nonce.as_slice(), &sealed].concat()))
    }

    fn opened(&self, sealed: &str) -> Option<Reply> {
        let bytes = HEXLOWER.decode(sealed.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: self.content.as_slice() };
        let said = Zeroizing::new(self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()?);
        serde_json::from_slice(&said).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&self.seal.0).into())
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Asked({})", self.name)
    }
}

impl Replies {
    /// Those of the node in `data_dir`. Nothing is touched yet.
    #[must_use]
    pub fn new(data_dir: &Path) -> Replies {
        Replies { dir: data_dir.join("replies"), state: Mutex::default() }
    }

    /// Notes durably that something is to be done, unless it was before.
    ///
    /// # Errors
    ///
    /// [`ReplyFailure`].
    pub fn begin(&self, asked: Asked, now: SystemTime) -> Result<Known, ReplyFailure> {
        self.sweep_now_and_then(now)?;
        let path = self.path(&asked.name);
        let mut state = self.state();
        match fs::read(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(ReplyFailure::Disk { path, cause }),
            Ok(bytes) => {
                // A file that was cut short was never answered from.
                let noted: Noted = serde_json::from_slice(&bytes).map_err(|_| ReplyFailure::InDoubt)?;
                return match noted.reply {
                    _ if noted.content != asked.content.to_string() => Err(ReplyFailure::Reused),
                    Some(sealed) => asked.opened(&sealed).map(Known::Done).ok_or(ReplyFailure::InDoubt),
                    None if state.running.contains(&asked.name) => Err(ReplyFailure::Running),
                    None => Err(ReplyFailure::InDoubt),
                };
            }
        }
        if state.kept >= REPLIES_MAX {
            return Err(ReplyFailure::TooMany);
        }
        self.write(&path, &asked, None)?;
        state.kept += 1;
        state.running.insert(asked.name);
        Ok(Known::New)
    }

    /// Keeps what was answered.
    ///
    /// # Errors
    ///
    /// [`ReplyFailure::Disk`]; then nobody knows, and whoever asks again is told so.
    pub fn keep(&self, asked: Asked, reply: Reply) -> Result<(), ReplyFailure> {
        let written = self.write(&self.path(&asked.name), &asked, Some(reply));
        self.state().running.remove(&asked.name);
        written
    }

    /// Forgets what was refused: nothing was done, and it may be asked again.
    ///
    /// # Errors
    ///
    /// [`ReplyFailure::Disk`].
    pub fn forget(&self, asked: Asked) -> Result<(), ReplyFailure> {
        let path = self.path(&asked.name);
        let removed = fs::remove_file(&path);
        let mut state = self.state();
        state.running.remove(&asked.name);
        state.kept = state.kept.saturating_sub(1);
        removed.map_err(|cause| ReplyFailure::Disk { path, cause })
    }

    /// Leaves what was begun as it is: nobody knows what came of it.
    pub fn leave(&self, asked: Asked) {
        self.state().running.remove(&asked.name);
    }

    /// Counts what is there and takes away what is too old.
    fn sweep_now_and_then(&self, now: SystemTime) -> Result<(), ReplyFailure> {
        let mut state = self.state();
        let is_due = state.swept.is_none_or(|swept| now.duration_since(swept).is_ok_and(|passed| passed > SWEPT_EVERY));
        if !is_due {
            return Ok(());
        }
        let disk = |path: &Path, cause| ReplyFailure::Disk { path: path.to_owned(), cause };
        let mut kept = 0;
        let folders = match fs::read_dir(&self.dir) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
            folders => Some(folders.map_err(|cause| disk(&self.dir, cause))?),
        };
        for folder in folders.into_iter().flatten() {
            let folder = folder.map_err(|cause| disk(&self.dir, cause))?.path();
            for file in fs::read_dir(&folder).map_err(|cause| disk(&folder, cause))? {
                let file = file.map_err(|cause| disk(&folder, cause))?;
                let written = file.metadata().and_then(|facts| facts.modified());
                let written = written.map_err(|cause| disk(&file.path(), cause))?;
                match now.duration_since(written).is_ok_and(|age| age > KEPT) {
                    true => fs::remove_file(file.path()).map_err(|cause| disk(&file.path(), cause))?,
                    false => kept += 1,
                }
            }
        }
        (state.kept, state.swept) = (kept, Some(now));
        Ok(())
    }

    fn write(&self, path: &Path, asked: &Asked, reply: Option<Reply>) -> Result<(), ReplyFailure> {
        let disk = |path: &Path, cause| ReplyFailure::Disk { path: path.to_owned(), cause };
        let failed = || disk(path, io::Error::other("the answer cannot be sealed"));
        let reply = reply.map(|reply| asked.sealed(&reply).ok_or_else(failed)).transpose()?;
        let noted = Noted { content: asked.content.to_string(), reply };
        let bytes = serde_json::to_vec(&noted).map_err(|fault| disk(path, fault.into()))?;
        if let Some(folder) = path.parent() {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.and_then(|()| fs::File::open(&self.dir)?.sync_all()).map_err(|cause| disk(folder, cause))?;
        }
        identity::write(path, &bytes, 0o600).map_err(|failure| match failure {
            identity::IdentityFailure::Disk { path, cause } => ReplyFailure::Disk { path, cause },
            failure => disk(path, io::Error::other(failure.to_string())),
        })
    }

    fn path(&self, name: &Hash) -> PathBuf {
        let text = name.to_string();
        self.dir.join(text.get(..2).unwrap_or_default()).join(text)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fangwei_protocol::{record::entry::EntryId, trust::key::KeyPair};

    use super::*;

    fn officer(seed: u8) -> Officer {
        Officer { certificate: EntryId(Hash([seed; 32])), key: Arc::new(KeyPair::from_seed(&[seed; 32])) }
    }

    fn asked(key: &str, body: &str) -> Asked {
        Asked::new(&officer(1), key, "POST /api/v1/reports/file", body.as_bytes())
    }

    fn reply(body: &str) -> Reply {
        Reply { status: 200, body: body.into() }
    }

    #[test]
    fn what_was_done_is_answered_again_and_not_done_again() {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let replies = Replies::new(dir.path());
        assert_eq!(replies.begin(asked("a", "1"), now).unwrap(), Known::New);
        assert!(matches!(replies.begin(asked("a", "1"), now), Err(ReplyFailure::Running)));
        assert!(matches!(replies.begin(asked("a", "2"), now), Err(ReplyFailure::Reused)));
        replies.keep(asked("a", "1"), reply("一")).unwrap();
        assert_eq!(replies.begin(asked("a", "1"), now).unwrap(), Known::Done(reply("一")));
        assert!(matches!(replies.begin(asked("a", "2"), now), Err(ReplyFailure::Reused)));
        // Another officer's key of the same name is another key.
        let other = Asked::new(&officer(2), "a", "POST /api/v1/reports/file", b"1");
        assert_eq!(replies.begin(other, now).unwrap(), Known::New);
        // What was refused may be asked again.
        replies.forget(other).unwrap();
        assert_eq!(replies.begin(other, now).unwrap(), Known::New);
        // Another process finds what was done, and does not know what was not.
        let again = Replies::new(dir.path());
        assert_eq!(again.begin(asked("a", "1"), now).unwrap(), Known::Done(reply("一")));
        assert!(matches!(again.begin(other, now), Err(ReplyFailure::InDoubt)));
        let kept = fs::read_to_string(again.path(&asked("a", "1").name)).unwrap();
        assert!(!kept.contains('一'), "{kept}");
        let torn = kept.replace(&kept[kept.len() - 8..kept.len() - 4], "0000");
        fs::write(again.path(&asked("a", "1").name), torn).unwrap();
        assert!(matches!(again.begin(asked("a", "1"), now), Err(ReplyFailure::InDoubt)));
        fs::write(again.path(&asked("a", "1").name), b"{\"con").unwrap();
        assert!(matches!(again.begin(asked("a", "1"), now), Err(ReplyFailure::InDoubt)));
    }

    #[test]
    fn answers_are_kept_for_their_days_and_no_longer() {
        let dir = tempfile::tempdir().unwrap();
        let replies = Replies::new(dir.path());
        let now = SystemTime::now();
        for key in ["a", "b"] {
            replies.begin(asked(key, "1"), now).unwrap();
            replies.keep(asked(key, "1"), reply("一")).unwrap();
        }
        let before = now + KEPT - Duration::from_secs(3600);
        assert_eq!(replies.begin(asked("a", "1"), before).unwrap(), Known::Done(reply("一")));
        assert_eq!(replies.state().kept, 2);
        let after = now + KEPT + SWEPT_EVERY * 2;
        assert_eq!(replies.begin(asked("a", "1"), after).unwrap(), Known::New);
        assert_eq!(replies.state().kept, 1, "the other one went too");
    }

    #[test]
    fn keys_without_end_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let replies = Replies::new(dir.path());
        let now = SystemTime::now();
        replies.begin(asked("a", "1"), now).unwrap();
        replies.state().kept = REPLIES_MAX;
        assert!(matches!(replies.begin(asked("b", "1"), now), Err(ReplyFailure::TooMany)));
        assert!(matches!(replies.begin(asked("a", "1"), now), Err(ReplyFailure::Running)), "what is there is there");
    }
}
