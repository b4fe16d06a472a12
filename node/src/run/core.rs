//! The handle to the thread that owns replica and store: what the rest of the node asks of it.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
    thread,
};

use fangwei_protocol::{
    record::entry::EntryId,
    records::{LogIndex, RecordsFailure},
    replica::{Draft, Event, Now, PeerId, Replica, WriteError, WriteRefusal},
    trust::key::{KeyPair, PublicKey},
};
use thiserror::Error;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::{Driver, State, open};
use crate::{
    clock::Clock,
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
    /// The disk or the index failed; nothing was written.
    #[error("nothing was written: {0}")]
    Stopped(String),
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

pub(super) type Reader = Box<dyn FnOnce(Result<&Sight<'_>, &str>) + Send>;
pub(super) type Composer = Box<dyn FnOnce(&Sight<'_>) -> Result<Draft, WriteError> + Send>;
pub(super) type WriteReply = oneshot::Sender<Result<Written, WriteFailure>>;

/// How opening proceeds, for a progress bar.
pub type OnProgress<'a> = &'a mut (dyn FnMut(crate::store::Progress) + Send);

/// What waits for the driver.
pub(super) enum Ask {
    Attach { peer: PeerId, key: PublicKey, dialled: bool, outbox: mpsc::Sender<Outgoing> },
    Received { peer: PeerId, frame: Vec<u8> },
    Detach { peer: PeerId },
    Write { compose: Composer, key: Arc<KeyPair>, reply: WriteReply },
    Read(Reader),
    Rebuild(oneshot::Sender<Result<(), String>>),
    Stop(oneshot::Sender<()>),
}

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
        let driver = Driver {
            dir: dir.into(),
            options,
            identity,
            state: State::Running { store: Box::new(store), replica: Box::new(replica) },
            clock: Clock::default(),
            outboxes: BTreeMap::new(),
            deferred: Vec::new(),
            checks: Vec::new(),
            replies: BTreeMap::new(),
            next_ticket: 0,
            dirty: false,
            events,
            counts: core.counts.clone(),
        };
        let name = format!("core {}", driver.identity.me.unit);
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
