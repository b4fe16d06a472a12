//! One running node: its core, its endpoint, and the connections that come and go.
//!
//! A node dials the nodes above it and takes the first that answers, again and again with a jittered back-off; those
//! below dial it. What one farther up does not confirm for too long goes to it directly too. Without a network it is the same node: officers work, and what they write waits.

pub mod alarm;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use fangwei_protocol::{
    record::message::Frame,
    replica::{Me, PeerId},
    trust::{
        genesis::{Genesis, SignedGenesis},
        key::{KeyPair, PublicKey},
    },
};
use thiserror::Error;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    identity::{Identity, IdentityFailure},
    limits::{DIAL_HEAD_START, GOODBYE_LIMIT, REDIAL_BASE, REDIAL_MAX, TICK, UNCONFIRMED_DAYS, WATCH, days},
    net::{
        CLOSE_SESSION_FIRST, Endpoint, FrameReceiver, FrameSender, Link, LinkControl, NetFailure, Traffic,
        backoff::Backoff,
    },
    run::{Core, OnProgress, OpenFailure, Outbox, Waiting, random},
    store::{Chunks, StoreOptions},
};

/// A node above: where it listens and which key it must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upstream {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its node key.
    pub key: PublicKey,
}

/// How a node runs.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Where to listen for nodes below.
    pub listen: SocketAddr,
    /// Nodes above, the preferred one first.
    pub upstream: Vec<Upstream>,
    /// The first wait before dialling again.
    pub redial_base: Duration,
    /// The longest wait before dialling again.
    pub redial_max: Duration,
    /// What the waits between are drawn from.
    pub redial_seed: u64,
    /// How long those above may leave something unconfirmed before people are told.
    pub unconfirmed: Duration,
    /// How often that is looked at.
    pub watch_every: Duration,
    /// Sizes of the store.
    pub store: StoreOptions,
}

/// Why a node did not start.
#[derive(Debug, Error)]
pub enum StartFailure {
    /// Its identity.
    #[error(transparent)]
    Identity(#[from] IdentityFailure),
    /// Its store.
    #[error(transparent)]
    Open(#[from] OpenFailure),
    /// Its network.
    #[error(transparent)]
    Net(#[from] NetFailure),
}

/// A running node. Cheap to clone; stops when asked to.
#[derive(Clone)]
pub struct Node {
    shared: Arc<Shared>,
}

struct Shared {
    dir: PathBuf,
    identity: Arc<Identity>,
    core: Core,
    endpoint: Option<Endpoint>,
    upstream: Mutex<Vec<Upstream>>,
    options: NodeOptions,
    online: watch::Sender<bool>,
    dial_now: Notify,
    stopping: AtomicBool,
    next_peer: AtomicU64,
    links: Mutex<Vec<LinkControl>>,
    /// What went over links that are gone.
    past_traffic: Mutex<Traffic>,
    /// Why the last dialling failed; none while connected.
    last_failure: Mutex<Option<String>>,
    tasks: Mutex<JoinSet<()>>,
}

impl NodeOptions {
    /// Listening at `listen`, with nobody above yet.
    #[must_use]
    pub fn new(listen: SocketAddr) -> NodeOptions {
        NodeOptions {
            listen,
            upstream: Vec::new(),
            redial_base: REDIAL_BASE,
            redial_max: REDIAL_MAX,
            redial_seed: u64::from_le_bytes(random()),
            unconfirmed: days(UNCONFIRMED_DAYS),
            watch_every: WATCH,
            store: StoreOptions::default(),
        }
    }
}

impl Node {
    /// Starts the node of `dir` with its network.
    ///
    /// # Errors
    ///
    /// [`StartFailure`].
    pub async fn start(dir: &Path, options: NodeOptions, progress: OnProgress<'_>) -> Result<Node, StartFailure> {
        let identity = Arc::new(Identity::load(dir)?);
        Node::start_as(dir, identity, options, progress).await
    }

    /// Starts a node under an identity given.
    ///
    /// # Errors
    ///
    /// [`StartFailure`].
    pub async fn start_as(
        dir: &Path,
        identity: Arc<Identity>,
        options: NodeOptions,
        progress: OnProgress<'_>,
    ) -> Result<Node, StartFailure> {
        let core = Core::start(dir, identity.clone(), options.store, progress)?;
        let endpoint = Endpoint::bind(options.listen, &identity.key)?;
        Ok(Node::start_over(dir, identity, core, endpoint, options))
    }

    /// Starts a node over a core and a network given, which may be simulated ones.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn start_over(
        dir: &Path,
        identity: Arc<Identity>,
        core: Core,
        endpoint: Endpoint,
        options: NodeOptions,
    ) -> Node {
        let node = Node::over(dir, identity, core, Some(endpoint), options);
        node.spawn(node.clone().listen());
        node.spawn(node.clone().dial_forever());
        node.spawn(node.clone().tick_forever());
        node.spawn(node.clone().watch_forever());
        node
    }

    /// Opens the node of `dir` without a network: for verbs when no node is running.
    ///
    /// # Errors
    ///
    /// [`StartFailure`].
    pub fn open_offline(dir: &Path, store: StoreOptions, progress: OnProgress<'_>) -> Result<Node, StartFailure> {
        Node::open_offline_as(dir, Arc::new(Identity::load(dir)?), store, progress)
    }

    /// The same under an identity given.
    ///
    /// # Errors
    ///
    /// [`StartFailure`].
    pub fn open_offline_as(
        dir: &Path,
        identity: Arc<Identity>,
        store: StoreOptions,
        progress: OnProgress<'_>,
    ) -> Result<Node, StartFailure> {
        let core = Core::start(dir, identity.clone(), store, progress)?;
        let options = NodeOptions { store, ..NodeOptions::new(SocketAddr::from(([127, 0, 0, 1], 0))) };
        Ok(Node::over(dir, identity, core, None, options))
    }

    fn over(dir: &Path, identity: Arc<Identity>, core: Core, endpoint: Option<Endpoint>, options: NodeOptions) -> Node {
        let shared = Shared {
            dir: dir.into(),
            identity,
            core,
            endpoint,
            upstream: Mutex::new(options.upstream.clone()),
            options,
            online: watch::Sender::new(true),
            dial_now: Notify::new(),
            stopping: AtomicBool::new(false),
            next_peer: AtomicU64::new(1),
            links: Mutex::new(Vec::new()),
            past_traffic: Mutex::default(),
            last_failure: Mutex::new(None),
            tasks: Mutex::new(JoinSet::new()),
        };
        Node { shared: Arc::new(shared) }
    }

    /// The thread that decides and stores.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.shared.core
    }

    /// The content of attachments it keeps.
    #[must_use]
    pub fn chunks(&self) -> Chunks {
        Chunks::of(self.dir(), self.shared.options.store.room_bytes_min)
    }

    /// Its data directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.shared.dir
    }

    /// The tree.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.shared.identity.genesis.genesis
    }

    /// The genesis with what the root keys signed of it.
    #[must_use]
    pub fn signed_genesis(&self) -> &SignedGenesis {
        &self.shared.identity.genesis
    }

    /// Its certificate and unit.
    #[must_use]
    pub fn me(&self) -> &Me {
        &self.shared.identity.me
    }

    /// Its node key's public half.
    #[must_use]
    pub fn key(&self) -> PublicKey {
        self.shared.identity.key.public()
    }

    /// Where it listens; none without a network.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.shared.endpoint.as_ref().map(Endpoint::local_addr)
    }

    /// Nodes above.
    #[must_use]
    pub fn upstream(&self) -> Vec<Upstream> {
        locked(&self.shared.upstream).clone()
    }

    /// Sets the nodes above and dials them.
    pub fn set_upstream(&self, upstream: Vec<Upstream>) {
        *locked(&self.shared.upstream) = upstream;
        self.dial_now();
    }

    /// Dials at once instead of waiting for the back-off.
    pub fn dial_now(&self) {
        self.shared.dial_now.notify_one();
    }

    /// Whether it uses its network.
    #[must_use]
    pub fn is_online(&self) -> bool {
        *self.shared.online.borrow()
    }

    /// Cuts every link and takes none until set online again, or the reverse.
    pub fn set_online(&self, online: bool) {
        self.shared.online.send_replace(online);
        if online {
            self.dial_now();
        } else {
            for link in locked(&self.shared.links).iter() {
                link.close(CLOSE_SESSION_FIRST, "offline");
            }
        }
    }

    /// Links that stand.
    #[must_use]
    pub fn link_count(&self) -> usize {
        locked(&self.shared.links).len()
    }

    /// What went over all links since the start.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        let past = *locked(&self.shared.past_traffic);
        locked(&self.shared.links).iter().fold(past, |sum, link| add(sum, link.traffic()))
    }

    /// Why the last dialling failed; none while connected or never tried.
    #[must_use]
    pub fn last_failure(&self) -> Option<String> {
        locked(&self.shared.last_failure).clone()
    }

    /// Ends every connection, finishes what was taken and closes the store.
    pub async fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        let mut tasks = std::mem::take(&mut *locked(&self.shared.tasks));
        tasks.abort_all();
        while tasks.join_next().await.is_some() {}
        if let Some(endpoint) = &self.shared.endpoint {
            endpoint.close().await;
        }
        self.shared.core.stop().await;
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if self.shared.stopping.load(Ordering::Relaxed) {
            return;
        }
        let mut tasks = locked(&self.shared.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    async fn tick_forever(self) {
        loop {
            tokio::time::sleep(TICK).await;
            self.core().tick().await;
        }
    }

    async fn listen(self) {
        let Some(endpoint) = self.shared.endpoint.clone() else { return };
        while let Some(arrived) = endpoint.accept().await {
            match arrived {
                Ok(link) if self.is_online() => {
                    let node = self.clone();
                    self.spawn(async move {
                        node.carry(link, false).await;
                    });
                }
                Ok(link) => link.close(CLOSE_SESSION_FIRST, "offline"),
                Err(away) => tracing::info!(from = %away.from, failure = %away.failure, "no connection came of it"),
            }
        }
    }

    async fn dial_forever(self) {
        let options = &self.shared.options;
        let mut backoff = Backoff::new(options.redial_base, options.redial_max, options.redial_seed);
        let mut online = self.shared.online.subscribe();
        loop {
            if online.wait_for(|online| *online).await.is_err() {
                return;
            }
            // The preferred one is tried first each time.
            if let Some(link) = self.dial_above().await {
                *locked(&self.shared.last_failure) = None;
                if self.carry(link, true).await {
                    backoff.reached();
                }
            }
            let wait = backoff.failed();
            tokio::select! {
                biased;
                () = self.shared.dial_now.notified() => {}
                () = sleep(wait) => {}
            }
        }
    }

    /// The first of those above that answers. Each has a head start on the next, which is then dialled beside it, so that
    /// one where nobody answers holds up no other.
    async fn dial_above(&self) -> Option<Link> {
        // One may have been dialled around a nearer one: what is to be said to it is said already.
        let mut next = self.upstream().into_iter().filter(|above| !self.is_linked(&above.key)).peekable();
        let mut dialling = JoinSet::new();
        loop {
            if let Some(upstream) = next.next() {
                dialling.spawn(self.clone().dial(upstream));
            }
            let limit = if next.peek().is_some() { DIAL_HEAD_START } else { Duration::MAX };
            match timeout(limit, dialling.join_next()).await {
                Ok(Some(Ok(Some(link)))) => return Some(link).filter(|_| self.is_online()),
                Ok(None) => return None,
                _ => {}
            }
        }
    }

    async fn dial(self, Upstream { address, key }: Upstream) -> Option<Link> {
        let endpoint = self.shared.endpoint.as_ref()?;
        let dialled = endpoint.dial(address, Some(key), &self.shared.identity.key).await;
        dialled
            .inspect_err(|failure| {
                tracing::info!(%address, %failure, "could not reach the node above");
                *locked(&self.shared.last_failure) = Some(failure.to_string());
            })
            .ok()
    }

    /// Carries frames between a link and the core until it ends. Returns whether the peer ever answered.
    async fn carry(&self, link: Link, dialled: bool) -> bool {
        let peer = PeerId(self.shared.next_peer.fetch_add(1, Ordering::Relaxed));
        let key = link.peer();
        let (sender, mut receiver, control) = link.split();
        locked(&self.shared.links).push(control.clone());
        let (outbox, waiting) = Outbox::pair();
        self.core().attach(peer, key, dialled, outbox).await;
        let reading = self.read_frames(peer, &mut receiver);
        let writing = write_frames(sender, waiting, control.clone());
        // In this order, so that a run can be repeated; a writer soon waits for its peer, a reader need not.
        let answered = tokio::select! {
            biased;
            () = writing => true,
            answered = reading => answered,
        };
        self.core().detach(peer).await;
        control.close(CLOSE_SESSION_FIRST, "session over");
        let mut links = locked(&self.shared.links);
        links.retain(|other| !other.is_same(&control));
        let mut past = locked(&self.shared.past_traffic);
        *past = add(*past, control.traffic());
        answered
    }

    async fn read_frames(&self, peer: PeerId, receiver: &mut FrameReceiver) -> bool {
        let mut answered = false;
        loop {
            match receiver.receive().await {
                Ok(Some(frame)) => {
                    answered = true;
                    self.core().received(peer, frame).await;
                }
                Ok(None) => return answered,
                Err(failure) => {
                    tracing::info!(peer = peer.0, %failure, "link ended");
                    return answered;
                }
            }
        }
    }
}

async fn write_frames(mut sender: FrameSender, mut waiting: Waiting, control: LinkControl) {
    let ending = waiting.ending();
    let writing = async {
        while let Some(outgoing) = waiting.next().await {
            if let Err(failure) = sender.send(&outgoing.frame).await {
                tracing::info!(%failure, "link ended while sending");
                return;
            }
        }
        // Said to the end, so that the peer learns why.
        let _ = sender.finish().await;
    };
    tokio::select! {
        biased;
        () = writing => {}
        () = async { ending.await; sleep(GOODBYE_LIMIT).await } => {}
    }
    control.close(CLOSE_SESSION_FIRST, "session over");
}

/// Asks a node for the genesis of its tree, dialling with a one-use key.
///
/// # Errors
///
/// [`NetFailure`]; a node that answers something else counts as closed.
pub(crate) async fn ask_genesis(
    endpoint: &Endpoint,
    upstream: &Upstream,
    key: &KeyPair,
) -> Result<Vec<u8>, NetFailure> {
    let link = endpoint.dial(upstream.address, Some(upstream.key), key).await?;
    let (mut sender, mut receiver, control) = link.split();
    sender.send(&Frame::GenesisWanted.to_bytes()).await?;
    let answer = receiver.receive().await?;
    control.close(CLOSE_SESSION_FIRST, "session over");
    match answer.as_deref().map(Frame::parse) {
        Some(Ok(Frame::Genesis(bytes))) => Ok(bytes.to_vec()),
        _ => Err(NetFailure::Stopped),
    }
}

fn add(one: Traffic, other: Traffic) -> Traffic {
    Traffic {
        frames_out: one.frames_out + other.frames_out,
        frames_in: one.frames_in + other.frames_in,
        bytes_out: one.bytes_out + other.bytes_out,
        bytes_in: one.bytes_in + other.bytes_in,
        udp_bytes_out: one.udp_bytes_out + other.udp_bytes_out,
        udp_bytes_in: one.udp_bytes_in + other.udp_bytes_in,
    }
}

/// What a poisoned lock guards here is still sound: every change is a single assignment.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
