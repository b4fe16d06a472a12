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
    second_factor::SecondFactorFailure,
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
    /// The second factor.
    #[error(transparent)]
    SecondFactor(#[from] SecondFactorFailure),
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
    name: String,
}

/// A session as others may know it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionLine {
    /// Names it among those of this node; no secret.
    pub name: String,
    /// Whose it is.
    pub certificate: CertificateId,
    /// How long ago it began.
    pub began: Duration,
    /// How long ago it was last used.
    pub used: Duration,
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

    /// Unlocks a key and begins a session, if a second factor lets the officer in. Each call is an attempt; one that comes
    /// in forgives the earlier ones.
    ///
    /// # Errors
    ///
    /// See [`UnlockRefusal`].
    pub async fn unlock(
        &self,
        key: SealedKey,
        passphrase: zeroize::Zeroizing<String>,
        second: impl FnOnce(&Officer) -> Result<(), SecondFactorFailure>,
        now: Instant,
    ) -> Result<(Token, Officer), UnlockRefusal> {
        let certificate = key.certificate;
        self.count_attempt(certificate, now)?;
        let _turn = self.hashes.acquire().await.map_err(|_| UnlockRefusal::Busy)?;
        let opened = spawn_blocking(move || key.open(&passphrase)).await;
        let opened = opened.map_err(|_| UnlockRefusal::Busy)??;
        let officer = Officer { certificate, key: Arc::new(opened) };
        second(&officer)?;
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
        let name = token.name();
        state.open.insert(token.hash(), Session { officer, began: now, used: now, name });
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

    /// The sessions that have not ended, the one used last first.
    #[must_use]
    pub fn list(&self, now: Instant) -> Vec<SessionLine> {
        let mut state = self.state();
        self.end_old(&mut state, now);
        let line = |session: &Session| SessionLine {
            name: session.name.clone(),
            certificate: session.officer.certificate,
            began: now.saturating_duration_since(session.began),
            used: now.saturating_duration_since(session.used),
        };
        let mut lines: Vec<SessionLine> = state.open.values().map(line).collect();
        lines.sort_by_key(|line| line.used);
        lines
    }

    /// Ends a session by its name.
    ///
    /// # Errors
    ///
    /// [`NoSession`].
    pub fn lock_named(&self, name: &str) -> Result<(), NoSession> {
        let mut state = self.state();
        let before = state.open.len();
        state.open.retain(|_, session| session.name != name);
        if state.open.len() == before { Err(NoSession) } else { Ok(()) }
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

    /// Counts an attempt, before what is tried is looked at, so that guesses at once count too.
    ///
    /// # Errors
    ///
    /// [`UnlockRefusal::TooManyAttempts`].
    pub fn count_attempt(&self, certificate: CertificateId, now: Instant) -> Result<(), UnlockRefusal> {
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

    /// Names the session to others; nobody finds the token by it.
    #[must_use]
    pub fn name(&self) -> String {
        Token::name_of(&self.0)
    }

    /// The same for a token as text.
    #[must_use]
    pub fn name_of(token: &str) -> String {
        Hash::of_parts("fangwei session name 1", [token.as_bytes()]).to_string().chars().take(32).collect()
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
        let unlock = |words: &str, at| sessions.unlock(key.clone(), Zeroizing::new(words.into()), |_| Ok(()), at);
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

    #[tokio::test]
    async fn codes_are_guessed_as_seldom_as_passphrases() {
        let sessions = Sessions::new(SessionLimits::default());
        let (key, start) = (sealed(), Instant::now());
        let unlock = |is_right: bool| {
            let second = move |_: &Officer| if is_right { Ok(()) } else { Err(SecondFactorFailure::Wrong) };
            sessions.unlock(key.clone(), Zeroizing::new("correct horse".into()), second, start)
        };
        for _ in 0..5 {
            assert!(matches!(unlock(false).await, Err(UnlockRefusal::SecondFactor(SecondFactorFailure::Wrong))));
        }
        assert!(matches!(unlock(true).await, Err(UnlockRefusal::TooManyAttempts { .. })));
        assert_eq!(sessions.count(start), 0);
    }

    #[test]
    fn sessions_are_listed_and_ended_by_names_that_open_nothing() {
        let sessions = Sessions::new(SessionLimits::default());
        let start = Instant::now();
        let tokens = [0, 1].map(|minute| sessions.begin(officer(), start + minutes(minute)).unwrap());
        sessions.officer(tokens[0].expose(), start + minutes(3)).unwrap();
        let listed = sessions.list(start + minutes(5));
        let line = |at: usize, began, used| SessionLine {
            name: tokens[at].name(),
            certificate: ID,
            began: minutes(began),
            used: minutes(used),
        };
        assert_eq!(listed, [line(0, 5, 2), line(1, 4, 4)]);
        assert_eq!(sessions.officer(&listed[0].name, start).unwrap_err(), NoSession);
        sessions.lock_named(&listed[0].name).unwrap();
        assert_eq!(sessions.lock_named(&listed[0].name), Err(NoSession));
        assert!(!sessions.is_open(tokens[0].expose(), start + minutes(5)));
        assert!(sessions.is_open(tokens[1].expose(), start + minutes(5)));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let sessions = Sessions::new(SessionLimits::default());
        let token = sessions.begin(officer(), Instant::now()).unwrap();
        let shown = format!("{sessions:?} {token:?} {:?}", officer());
        assert!(!shown.contains(token.expose()) && !shown.contains("0909"), "{shown}");
    }
}
