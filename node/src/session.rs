//! Unlocked keys: in memory, by a random token, for as long as somebody works with them.
//!
//! A session ends after a quarter of an hour without use, and after a working day in any case. Guessing is bounded
//! twice: by attempts for each officer, and by how many passphrases are tried at once, since each takes 64 MiB.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use data_encoding::HEXLOWER;
use fangwei_protocol::{
    record::entry::{CertificateId, Hash},
    trust::key::KeyPair,
};
use thiserror::Error;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    keyring::{KeyFailure, SealedKey},
    limits::{
        SESSION_ATTEMPTS_MAX, SESSION_ATTEMPTS_WINDOW, SESSION_HASHES_AT_ONCE, SESSION_IDLE_LIMIT, SESSION_LIMIT,
        SESSIONS_MAX,
    },
    run::random,
};

/// An officer whose key is unlocked: who signs, and with what.
#[derive(Clone, Debug)]
pub struct Officer {
    /// The certificate to sign under.
    pub certificate: CertificateId,
    /// Its key.
    pub key: Arc<KeyPair>,
}

/// Names one session. A secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Why a key was not unlocked.
#[derive(Debug, Error)]
pub enum UnlockRefusal {
    /// Too many attempts for this officer.
    #[error("too many attempts, wait {} s", .wait.as_secs())]
    TooManyAttempts {
        /// Until the next one is let through.
        wait: Duration,
    },
    /// Too many passphrases are being tried, or too many sessions are open.
    #[error("too many sessions at once")]
    Busy,
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyFailure),
}

/// There is no such session: never, not any more, or it ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no such session")]
pub struct NoSession;

/// How long sessions last and how often one may guess.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionLimits {
    /// A session not used for this long is over.
    pub idle: Duration,
    /// A session this old is over.
    pub absolute: Duration,
    /// Attempts an officer has …
    pub attempts: usize,
    /// … in this time.
    pub attempts_window: Duration,
}

impl Default for SessionLimits {
    fn default() -> SessionLimits {
        SessionLimits {
            idle: SESSION_IDLE_LIMIT,
            absolute: SESSION_LIMIT,
            attempts: SESSION_ATTEMPTS_MAX,
            attempts_window: SESSION_ATTEMPTS_WINDOW,
        }
    }
}

/// The sessions of one node.
#[derive(Debug)]
pub struct Sessions {
    limits: SessionLimits,
    hashes: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By the token's hash, so that looking one up tells nothing by the time it takes.
    open: BTreeMap<Hash, Session>,
    attempts: BTreeMap<CertificateId, Vec<Instant>>,
}

struct Session {
    officer: Officer,
    began: Instant,
    used: Instant,
}

impl Sessions {
    /// No session yet.
    #[must_use]
    pub fn new(limits: SessionLimits) -> Sessions {
        Sessions { limits, hashes: Semaphore::new(SESSION_HASHES_AT_ONCE), state: Mutex::default() }
    }

    /// How long they last.
    #[must_use]
    pub fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// Unlocks a key and begins a session. Each call is an attempt; a right passphrase forgives the earlier ones.
    ///
    /// # Errors
    ///
    /// See [`UnlockRefusal`].
    pub async fn unlock(
        &self,
        key: SealedKey,
        passphrase: zeroize::Zeroizing<String>,
        now: Instant,
    ) -> Result<(Token, Officer), UnlockRefusal> {
        let certificate = key.certificate;
        self.count_attempt(certificate, now)?;
        let _turn = self.hashes.acquire().await.map_err(|_| UnlockRefusal::Busy)?;
        let opened = spawn_blocking(move || key.open(&passphrase)).await;
        let opened = opened.map_err(|_| UnlockRefusal::Busy)??;
        let officer = Officer { certificate, key: Arc::new(opened) };
        Ok((self.begin(officer.clone(), now)?, officer))
    }

    /// Begins a session of a key that is unlocked already.
    ///
    /// # Errors
    ///
    /// [`UnlockRefusal::Busy`].
    pub fn begin(&self, officer: Officer, now: Instant) -> Result<Token, UnlockRefusal> {
        let token = Token(HEXLOWER.encode(&random::<32>()));
        let mut state = self.state();
        self.end_old(&mut state, now);
        if state.open.len() >= SESSIONS_MAX {
            return Err(UnlockRefusal::Busy);
        }
        state.attempts.remove(&officer.certificate);
        state.open.insert(token.hash(), Session { officer, began: now, used: now });
        Ok(token)
    }

    /// The officer of a session, which counts as using it.
    ///
    /// # Errors
    ///
    /// [`NoSession`].
    pub fn officer(&self, token: &str, now: Instant) -> Result<Officer, NoSession> {
        let mut state = self.state();
        self.end_old(&mut state, now);
        let session = state.open.get_mut(&Token(token.into()).hash()).ok_or(NoSession)?;
        session.used = session.used.max(now);
        Ok(session.officer.clone())
    }

    /// Whether a session is open; asking does not count as using it.
    #[must_use]
    pub fn is_open(&self, token: &str, now: Instant) -> bool {
        let mut state = self.state();
        self.end_old(&mut state, now);
        state.open.contains_key(&Token(token.into()).hash())
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// [`NoSession`].
    pub fn lock(&self, token: &str) -> Result<(), NoSession> {
        self.state().open.remove(&Token(token.into()).hash()).map(|_| ()).ok_or(NoSession)
    }

    /// Ends every session.
    pub fn lock_all(&self) {
        self.state().open.clear();
    }

    /// Sessions that have not ended.
    #[must_use]
    pub fn count(&self, now: Instant) -> usize {
        let mut state = self.state();
        self.end_old(&mut state, now);
        state.open.len()
    }

    /// Before the passphrase is tried, so that guesses at once count too.
    fn count_attempt(&self, certificate: CertificateId, now: Instant) -> Result<(), UnlockRefusal> {
        let SessionLimits { attempts, attempts_window: window, .. } = self.limits;
        let mut state = self.state();
        state.attempts.retain(|_, tried| {
            tried.retain(|at| now.saturating_duration_since(*at) < window);
            !tried.is_empty()
        });
        let tried = state.attempts.entry(certificate).or_default();
        if tried.len() >= attempts {
            let oldest = tried.first().map_or(Duration::ZERO, |at| now.saturating_duration_since(*at));
            return Err(UnlockRefusal::TooManyAttempts { wait: window.saturating_sub(oldest) });
        }
        tried.push(now);
        Ok(())
    }

    fn end_old(&self, state: &mut State, now: Instant) {
        let SessionLimits { idle, absolute, .. } = self.limits;
        state.open.retain(|_, session| {
            now.saturating_duration_since(session.used) < idle
                && now.saturating_duration_since(session.began) < absolute
        });
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Token {
    /// The token as text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> Hash {
        Hash::of_parts("fangwei session 1", [self.0.as_bytes()])
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "State({} open)", self.open.len())
    }
}

#[cfg(test)]
mod tests {
    use fangwei_protocol::{record::entry::EntryId, trust::genesis::GenesisHash};
    use zeroize::Zeroizing;

    use super::*;
    use crate::keyring::SealCost;

    const ID: CertificateId = EntryId(Hash([1; 32]));

    fn officer() -> Officer {
        Officer { certificate: ID, key: Arc::new(KeyPair::from_seed(&[9; 32])) }
    }

    fn sealed() -> SealedKey {
        let tree = GenesisHash(Hash([7; 32]));
        SealedKey::seal(&officer().key, ID, tree, "correct horse", SealCost::FLOOR).unwrap()
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    #[test]
    fn a_session_ends_when_idle_when_old_and_when_locked() {
        let sessions = Sessions::new(SessionLimits::default());
        let start = Instant::now();
        let token = sessions.begin(officer(), start).unwrap();
        assert!(sessions.officer(token.expose(), start + minutes(14)).is_ok());
        assert!(sessions.officer(token.expose(), start + minutes(28)).is_ok(), "using it keeps it open");
        assert_eq!(sessions.officer(token.expose(), start + minutes(44)).unwrap_err(), NoSession);
        let token = sessions.begin(officer(), start).unwrap();
        let mut at = start;
        while at < start + SESSION_LIMIT {
            assert!(sessions.officer(token.expose(), at).is_ok());
            at += minutes(10);
        }
        assert_eq!(sessions.officer(token.expose(), at).unwrap_err(), NoSession, "nobody works that long");
        let token = sessions.begin(officer(), start).unwrap();
        sessions.lock(token.expose()).unwrap();
        assert_eq!(sessions.officer(token.expose(), start).unwrap_err(), NoSession);
        assert_eq!(sessions.lock("nonsense"), Err(NoSession));
    }

    #[tokio::test]
    async fn five_wrong_passphrases_and_the_sixth_attempt_waits() {
        let sessions = Sessions::new(SessionLimits::default());
        let (key, start) = (sealed(), Instant::now());
        let unlock = |words: &str, at| sessions.unlock(key.clone(), Zeroizing::new(words.into()), at);
        for minute in 0..5 {
            let tried = unlock("wrong horse", start + minutes(minute)).await;
            assert!(matches!(tried, Err(UnlockRefusal::Key(KeyFailure::WrongPassphrase))));
        }
        let tried = unlock("correct horse", start + minutes(5)).await;
        let Err(UnlockRefusal::TooManyAttempts { wait }) = tried else { panic!("{tried:?}") };
        assert_eq!(wait, minutes(10));
        let (token, _) = unlock("correct horse", start + minutes(15)).await.unwrap();
        assert!(sessions.officer(token.expose(), start + minutes(15)).is_ok());
        assert!(unlock("wrong horse", start + minutes(15)).await.is_err(), "forgiven: this is the first attempt again");
        assert!(unlock("correct horse", start + minutes(15)).await.is_ok());
    }

    #[test]
    fn nothing_secret_is_shown() {
        let sessions = Sessions::new(SessionLimits::default());
        let token = sessions.begin(officer(), Instant::now()).unwrap();
        let shown = format!("{sessions:?} {token:?} {:?}", officer());
        assert!(!shown.contains(token.expose()) && !shown.contains("0909"), "{shown}");
    }
}
