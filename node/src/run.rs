//! The driver: the only place where a decision of the core becomes an action.
//!
//! One thread owns the replica and the store. It takes what is waiting, lets the core decide, makes everything
//! durable with one sync, and only then sends, answers and tells: a send that depends on a write is withheld until
//! the write is durable. When the disk fails, nothing of the group is done, the node says so, and both are opened
//! again from the journal; only then are those who wrote told what became of it.

mod brought;
mod driver;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicU64},
    thread,
};

use fangwei_protocol::{
    record::{entry::EntryId, message::Parcel},
    records::{LogIndex, RecordsFailure},
    replica::{Draft, Event, Now, ParcelFault, PeerId, Replica, WriteError, WriteRefusal},
    trust::key::{KeyPair, PublicKey},
};
use thiserror::Error;
use tokio::sync::{broadcast, mpsc, oneshot};

use self::driver::Driver;
use crate::{
    identity::Identity,
    limits::{ASKS_MAX, EVENTS_MAX},
    store::{Store, StoreFailure, StoreOptions},
};

/// What waits for one connection's writer.
#[derive(Debug)]
pub enum Outgoing {
    /// A frame.
    Frame(Vec<u8>),
    /// The end, after what was sent before.
    Close,
}

/// A handle to the thread that owns replica and store. Cheap to clone.
#[derive(Clone)]
pub struct Core {
    asks: mpsc::Sender<Ask>,
    events: broadcast::Sender<Arc<Event>>,
    counts: Arc<Counts>,
}

/// What the core shows to a reader for the length of one look.
pub struct Sight<'a> {
    /// What is decided.
    pub replica: &'a Replica,
    /// What is stored.
    pub store: &'a Store,
    /// The core's clock.
    pub now: Now,
}

/// Counters that only grow.
#[derive(Debug, Default)]
pub struct Counts {
    /// Entries admitted since the start.
    pub admitted: AtomicU64,
    /// Peers refused for what they did.
    pub refused: AtomicU64,
    /// Forks seen.
    pub forks: AtomicU64,
    /// Syncs of the journal.
    pub syncs: AtomicU64,
    /// Microseconds the core's thread waited for signatures to be checked.
    pub checking_us: AtomicU64,
    /// Microseconds it decided and encoded.
    pub deciding_us: AtomicU64,
    /// Microseconds it waited for the journal to be durable.
    pub syncing_us: AtomicU64,
    /// Microseconds it moved keys into the index.
    pub indexing_us: AtomicU64,
}

/// What an officer wrote and the disk holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// The entry.
    pub id: EntryId,
    /// Its place in this node's log.
    pub at: LogIndex,
}

/// Why something was not written.
#[derive(Debug, Error)]
pub enum WriteFailure {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] WriteRefusal),
    /// It was signed elsewhere and is not what it says.
    #[error("not signed as it says: {0}")]
    Unsigned(ParcelFault),
    /// There is no room to keep it; nothing was written, reading goes on.
    #[error("nothing was written: no room left on the disk for {}", .path.display())]
    DiskFull {
        /// The data directory.
        path: PathBuf,
    },
    /// The disk or the index failed; nothing was written.
    #[error("nothing was written: {0}")]
    Stopped(String),
    /// The disk failed while it was being written, and still does: whether it is kept shows when the store opens again.
    #[error("not known whether it was written: {0}")]
    InDoubt(String),
}

/// Why replica and store could not be opened.
#[derive(Debug, Error)]
pub enum OpenFailure {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreFailure),
    /// What is stored.
    #[error(transparent)]
    Records(#[from] RecordsFailure),
}

/// The core does not answer: it was stopped, or its disk fails.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("node has stopped: {0}")]
pub struct Stopped(pub String);

type Reader = Box<dyn FnOnce(Result<&Sight<'_>, &str>) + Send>;
type Composer = Box<dyn FnOnce(&Sight<'_>) -> Result<Draft, WriteError> + Send>;
type WriteReply = oneshot::Sender<Result<Written, WriteFailure>>;

enum Ask {
    Attach { peer: PeerId, key: PublicKey, dialled: bool, outbox: mpsc::Sender<Outgoing> },
    Received { peer: PeerId, frame: Vec<u8> },
    Detach { peer: PeerId },
    Write { compose: Composer, key: Arc<KeyPair>, reply: WriteReply },
    Submit { parcel: Parcel, reply: WriteReply },
    Read(Reader),
    Rebuild(oneshot::Sender<Result<(), String>>),
    Tick,
    Stop(oneshot::Sender<()>),
}

/// How opening proceeds, for a progress bar.
pub type OnProgress<'a> = &'a mut (dyn FnMut(crate::store::Progress) + Send);

/// Opens store and replica and brings the index up to the journal.
///
/// # Errors
///
/// [`OpenFailure`].
pub fn open(
    dir: &Path,
    identity: &Identity,
    options: StoreOptions,
    progress: OnProgress<'_>,
) -> Result<(Store, Replica), OpenFailure> {
    open_believing(Belief::Index, dir, identity, options, progress)
}

/// What is believed of what is on the disk, besides the journal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Belief {
    /// The index, until it is found to fail.
    Index,
    /// Nothing: a read found the index failing.
    JournalAlone,
}

fn open_believing(
    belief: Belief,
    dir: &Path,
    identity: &Identity,
    options: StoreOptions,
    progress: OnProgress<'_>,
) -> Result<(Store, Replica), OpenFailure> {
    let genesis = identity.genesis.genesis.hash();
    let mut store = Store::open(dir, options, &genesis)?;
    if belief == Belief::JournalAlone {
        store.rebuild()?;
    }
    let opened = open_replica(identity, &mut store, progress);
    // Opening the index looks at a little of it; opening the replica reads more.
    if let Err(failure) = &opened
        && store.needs_rebuild()
    {
        tracing::warn!(%failure, "the index does not read as it should");
        store.rebuild()?;
        let replica = open_replica(identity, &mut store, progress)?;
        return Ok((store, replica));
    }
    Ok((store, opened?))
}

/// Opens the replica and brings the index up to the journal.
fn open_replica(identity: &Identity, store: &mut Store, progress: OnProgress<'_>) -> Result<Replica, OpenFailure> {
    let (genesis, me) = (identity.genesis.genesis.clone(), identity.me.clone());
    let mut replica = Replica::open(genesis, me, random(), store.next_index(), store)?;
    replica.found_by(&identity.genesis);
    while let Some(facts) = store.next_unindexed(REPLAY_FACTS)? {
        let batch = replica.replay(&facts, store)?;
        store.put_indexed(batch)?;
        progress(store.progress());
    }
    // It may have been stopped between taking a redaction in and taking the words out, or be an older copy of itself.
    for at in replica.redacted(store)? {
        store.erase(at)?;
    }
    Ok(replica)
}

/// Facts replayed at a time: enough to be quick, few enough for steady progress.
const REPLAY_FACTS: usize = 500;

impl Core {
    /// Opens store and replica in `dir` and starts the thread that owns them.
    ///
    /// # Errors
    ///
    /// [`OpenFailure`].
    pub fn start(
        dir: &Path,
        identity: Arc<Identity>,
        options: StoreOptions,
        progress: OnProgress<'_>,
    ) -> Result<Core, OpenFailure> {
        let (store, replica) = open(dir, &identity, options, progress)?;
        let (asks, inbox) = mpsc::channel(ASKS_MAX);
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let core = Core { asks, events: events.clone(), counts: Arc::default() };
        let driver = Driver::new(dir, identity.clone(), options, (store, replica), events, core.counts.clone());
        let name = format!("core {}", identity.me.unit);
        let spawned = thread::Builder::new().name(name).spawn(move || driver.run(inbox));
        spawned.map_err(|cause| StoreFailure::disk(dir, cause))?;
        Ok(core)
    }

    /// A connection stands. What is to be sent comes through `outbox`.
    pub async fn attach(&self, peer: PeerId, key: PublicKey, dialled: bool, outbox: mpsc::Sender<Outgoing>) {
        let _ = self.asks.send(Ask::Attach { peer, key, dialled, outbox }).await;
    }

    /// A frame came. Waits while the core has too much to do: that slows the peer down.
    pub async fn received(&self, peer: PeerId, frame: Vec<u8>) {
        let _ = self.asks.send(Ask::Received { peer, frame }).await;
    }

    /// The connection is gone.
    pub async fn detach(&self, peer: PeerId) {
        let _ = self.asks.send(Ask::Detach { peer }).await;
    }

    /// Writes what `compose` drafts at the moment of writing, signed with `key`. Answers once it is durable.
    ///
    /// # Errors
    ///
    /// [`WriteFailure`].
    pub async fn write(
        &self,
        key: Arc<KeyPair>,
        compose: impl FnOnce(&Sight<'_>) -> Result<Draft, WriteError> + Send + 'static,
    ) -> Result<Written, WriteFailure> {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Write { compose: Box::new(compose), key, reply };
        let stopped = || WriteFailure::Stopped("the node was stopped".into());
        self.asks.send(ask).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Takes in an entry that was drafted here and signed elsewhere. What is held already is answered the same.
    ///
    /// # Errors
    ///
    /// [`WriteFailure`]: also where its signature does not hold, or it may not be said any more.
    pub async fn submit(&self, parcel: Parcel) -> Result<Written, WriteFailure> {
        let (reply, answer) = oneshot::channel();
        let stopped = || WriteFailure::Stopped("the node was stopped".into());
        self.asks.send(Ask::Submit { parcel, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Looks at replica and store.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Sight<'_>) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        let reader: Reader = Box::new(move |sight| {
            let _ = reply.send(sight.map(look).map_err(|why| Stopped(why.into())));
        });
        let stopped = || Stopped("it was asked to".into());
        self.asks.send(Ask::Read(reader)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Says that some time has passed.
    pub async fn tick(&self) {
        let _ = self.asks.send(Ask::Tick).await;
    }

    /// Sets the index aside and derives it again from the journal.
    ///
    /// # Errors
    ///
    /// [`Stopped`] with what failed.
    pub async fn rebuild(&self) -> Result<(), Stopped> {
        let (reply, answer) = oneshot::channel();
        let stopped = || Stopped("it was asked to".into());
        self.asks.send(Ask::Rebuild(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?.map_err(Stopped)
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Arc<Event>> {
        self.events.subscribe()
    }

    /// The counters.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Finishes what was taken, closes the store and ends the thread.
    pub async fn stop(&self) {
        let (reply, done) = oneshot::channel();
        if self.asks.send(Ask::Stop(reply)).await.is_ok() {
            let _ = done.await;
        }
    }
}

/// Random bytes from the operating system.
///
/// # Panics
///
/// If the system has none: nothing may be signed or named without.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the operating system gives no randomness: {error}");
    }
    bytes
}

#[cfg(test)]
mod tests;
