//! The driver: the only place where a decision of the core becomes an action.
//!
//! One thread owns the replica and the store. It takes what is waiting, lets the core decide, makes everything
//! durable with one sync, and only then sends, answers and tells: a send that depends on a write is withheld until
//! the write is durable. When the disk fails, nothing of the group is done, the node says so, and both are opened
//! again from the journal; only then are those who wrote told what became of it.

mod brought;
mod driver;
mod reading;
mod salvage;
mod scrubbing;
mod sweeping;

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
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, broadcast, mpsc, oneshot};

use self::driver::{Driver, Halted};
use crate::{
    identity::{Identity, IdentityFailure},
    limits::{ASKS_MAX, EVENTS_MAX, OUTBOX_BYTES_MAX, OUTBOX_FRAMES_MAX, OUTBOX_STRANGER_BYTES_MAX},
    store::{Store, StoreFailure, StoreOptions},
};

/// A frame that waits for one connection's writer, and the room it takes up until it is written.
#[derive(Debug)]
pub struct Outgoing {
    /// Its bytes.
    pub frame: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// Where the core puts what is to be sent over one connection. Dropping it ends the connection: what waits is written if
/// the peer reads it soon.
///
/// Bounded in frames and in bytes: a peer may ask for much in few bytes and read nothing of it, and one that has not said
/// who it is gets little room.
#[derive(Debug)]
pub struct Outbox {
    waiting: mpsc::Sender<Outgoing>,
    room: Arc<Semaphore>,
    is_met: bool,
    ending: Arc<Notify>,
}

/// The other end of an outbox.
#[derive(Debug)]
pub struct Waiting {
    frames: mpsc::Receiver<Outgoing>,
    ending: Arc<Notify>,
}

/// The peer reads too slowly for what it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Outbox {
    /// An empty one, and its other end.
    #[must_use]
    pub fn pair() -> (Outbox, Waiting) {
        let (waiting, frames) = mpsc::channel(OUTBOX_FRAMES_MAX);
        let (room, ending) = (Arc::new(Semaphore::new(OUTBOX_STRANGER_BYTES_MAX)), Arc::new(Notify::new()));
        (Outbox { waiting, room, is_met: false, ending: ending.clone() }, Waiting { frames, ending })
    }

    /// The peer has shown who it is.
    pub fn met(&mut self) {
        if !std::mem::replace(&mut self.is_met, true) {
            self.room.add_permits(OUTBOX_BYTES_MAX - OUTBOX_STRANGER_BYTES_MAX);
        }
    }

    /// Puts a frame behind those that wait.
    ///
    /// # Errors
    ///
    /// [`Full`]: nothing more should be put here, the connection is to end.
    pub fn send(&self, frame: Vec<u8>) -> Result<(), Full> {
        let bytes = u32::try_from(frame.len()).map_err(|_| Full)?;
        let _room = self.room.clone().try_acquire_many_owned(bytes).map_err(|_| Full)?;
        self.waiting.try_send(Outgoing { frame, _room }).map_err(|_| Full)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.ending.notify_one();
    }
}

impl Waiting {
    /// The next frame; none once the outbox is gone and everything was taken out.
    pub async fn next(&mut self) -> Option<Outgoing> {
        self.frames.recv().await
    }

    /// When the outbox is gone. Whoever writes has little time from then on: a peer that reads nothing would keep it, and
    /// with it the connection, for ever.
    pub fn ending(&self) -> impl Future<Output = ()> + Send + use<> {
        let ending = self.ending.clone();
        async move { ending.notified().await }
    }
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
    /// Why nothing is written for now; then this is what was durable before.
    pub halted: Option<&'a str>,
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
    /// Records found damaged, entries and others.
    pub damaged: AtomicU64,
    /// Entries written again as another node had them.
    pub mended: AtomicU64,
    /// Entries the running scrub has looked at.
    pub scrubbed: AtomicU64,
}

/// What reading the whole journal again found.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ScrubFound {
    /// Bytes read.
    pub bytes: u64,
    /// Entries looked at.
    pub looked_at: u64,
    /// Entries that cannot be read.
    pub entries: u64,
    /// Entries of which a single bit had flipped, which was turned back.
    pub undone: u64,
    /// Places where other records were damaged, and were made readable again.
    pub others: u64,
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

impl From<WriteError> for WriteFailure {
    fn from(error: WriteError) -> WriteFailure {
        match error {
            WriteError::Refusal(refusal) => WriteFailure::Refused(refusal),
            WriteError::Failure(failure) => failure.into(),
        }
    }
}

impl From<RecordsFailure> for WriteFailure {
    fn from(failure: RecordsFailure) -> WriteFailure {
        WriteFailure::Stopped(failure.to_string())
    }
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
    /// Who the node says it is.
    #[error(transparent)]
    Identity(#[from] IdentityFailure),
}

/// The core does not answer: it was stopped, or its disk fails.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("node has stopped: {0}")]
pub struct Stopped(pub String);

/// A look at the core.
pub type Reader = Box<dyn FnOnce(Result<&Sight<'_>, &str>) + Send>;
/// Drafts what is written, at the moment of writing.
pub type Composer = Box<dyn FnOnce(&Sight<'_>) -> Result<Draft, WriteError> + Send>;
/// Where the answer to a writing goes.
pub type WriteReply = oneshot::Sender<Result<Written, WriteFailure>>;

/// What is asked of the thread, through [`Core`].
pub enum Ask {
    /// A connection stands.
    Attach {
        /// Its name.
        peer: PeerId,
        /// The key its peer proved to hold.
        key: PublicKey,
        /// Whether it was dialled here.
        dialled: bool,
        /// What is to be sent.
        outbox: Outbox,
    },
    /// A frame came.
    Received {
        /// From whom.
        peer: PeerId,
        /// Its bytes.
        frame: Vec<u8>,
    },
    /// A connection is gone.
    Detach {
        /// Which.
        peer: PeerId,
    },
    /// An officer writes.
    Write {
        /// What.
        compose: Composer,
        /// The officer's key.
        key: Arc<KeyPair>,
        /// The answer.
        reply: WriteReply,
    },
    /// Something signed elsewhere is brought.
    Submit {
        /// It.
        parcel: Parcel,
        /// The answer.
        reply: WriteReply,
    },
    /// Somebody looks.
    Read(Reader),
    /// The index is to be derived again.
    Rebuild(oneshot::Sender<Result<(), String>>),
    /// The journal is to be looked through at once.
    Scrub(oneshot::Sender<Result<ScrubFound, String>>),
    /// Some time has passed.
    Tick,
    /// The end.
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
    match open_as_it_is(belief, dir, identity, options, progress) {
        Err(failure) if is_damage(&failure) => {
            tracing::error!(%failure, "the journal cannot be opened as it is");
            salvage::salvage(dir, identity, options)?;
            open_as_it_is(Belief::Index, dir, identity, options, progress)
        }
        opened => opened,
    }
}

/// Whether what is stored is damaged in a way only building it anew helps.
fn is_damage(failure: &OpenFailure) -> bool {
    matches!(
        failure,
        OpenFailure::Store(StoreFailure::Damaged { .. }) | OpenFailure::Records(RecordsFailure::Damaged(_))
    )
}

fn open_as_it_is(
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
    let mut replica = replica_of(identity, store)?;
    replay(store, &mut replica, progress)?;
    // It may have been stopped between taking a redaction in and taking the words out, or be an older copy of itself.
    for at in replica.redacted(store)? {
        store.erase(at)?;
    }
    Ok(replica)
}

/// The replica of what a store has indexed.
fn replica_of(identity: &Identity, store: &Store) -> Result<Replica, OpenFailure> {
    let (genesis, me) = (identity.genesis.genesis.clone(), identity.me.clone());
    let mut replica = Replica::open(genesis, me, random(), store.next_index(), store)?;
    replica.found_by(&identity.genesis);
    Ok(replica)
}

/// Derives the keys of what is not indexed yet.
fn replay(store: &mut Store, replica: &mut Replica, progress: OnProgress<'_>) -> Result<(), OpenFailure> {
    while let Some(facts) = store.next_unindexed(REPLAY_FACTS)? {
        let batch = replica.replay(&facts, store)?;
        store.put_indexed(batch)?;
        progress(store.progress());
    }
    Ok(())
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
        let opened = match open(dir, &identity, options, progress) {
            Ok(opened) => Ok(opened),
            // What is here can be read, and when there is room it goes on.
            Err(failure) => match Halted::at_start(dir, &identity, options, &failure) {
                Some(halted) => Err(halted),
                None => return Err(failure),
            },
        };
        let replica = match &opened {
            Ok((_, replica)) => Some(replica),
            Err(halted) => halted.reading().map(|reading| &*reading.replica),
        };
        let Some(charter) = replica.map(Replica::charter) else { return Err(Identity::names_another(dir).into()) };
        match charter.complete(&identity.me.certificate) {
            Some(known) => identity.check(dir, &known.certificate)?,
            // Who lost everything knows none yet.
            None if charter.of_key(&identity.key.public()).next().is_none() => {}
            None => return Err(Identity::names_another(dir).into()),
        }
        let (asks, inbox) = mpsc::channel(ASKS_MAX);
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let core = Core { asks, events: events.clone(), counts: Arc::default() };
        let driver = Driver::new(dir, identity.clone(), options, opened, events, core.counts.clone());
        let name = format!("core {}", identity.me.unit);
        let spawned = thread::Builder::new().name(name).spawn(move || driver.run(inbox));
        spawned.map_err(|cause| StoreFailure::disk(dir, cause))?;
        Ok(core)
    }

    /// A core without a thread: whoever takes the asks answers them, as a simulation does that has no disk.
    #[must_use]
    pub fn without_thread() -> (Core, mpsc::Receiver<Ask>) {
        let (asks, inbox) = mpsc::channel(ASKS_MAX);
        let (events, _) = broadcast::channel(EVENTS_MAX);
        (Core { asks, events, counts: Arc::default() }, inbox)
    }

    /// A connection stands. What is to be sent comes through `outbox`.
    pub async fn attach(&self, peer: PeerId, key: PublicKey, dialled: bool, outbox: Outbox) {
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

    /// Reads the whole journal again now, as fast as the disk gives it, between what else is asked; mends what can be
    /// mended from here and asks others for the rest.
    ///
    /// # Errors
    ///
    /// [`Stopped`] with what failed.
    pub async fn scrub(&self) -> Result<ScrubFound, Stopped> {
        let (reply, answer) = oneshot::channel();
        let stopped = || Stopped("it was asked to".into());
        self.asks.send(Ask::Scrub(reply)).await.map_err(|_| stopped())?;
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
