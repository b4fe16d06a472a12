//! The thread that owns replica and store: takes what is waiting, decides, syncs once, and only then acts.

mod halting;
mod upkeep;
mod writing;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use fangwei_protocol::{
    record::entry::{EntryId, Hash},
    records::{LogIndex, RecordsFailure},
    replica::{
        Checked, Effect, Event, Input, Now, ParcelFault, PeerId, Replica, Signing, Ticket, Unchecked, WriteRefusal,
    },
};
use rayon::prelude::*;
use tokio::sync::{broadcast, mpsc};

use super::{
    Ask, Belief, Composer, Counts, Full, OpenFailure, Outbox, Reader, Sight, WriteFailure, WriteReply, Written,
    open_replica, reading::Reading, scrubbing::Scrubbing, sweeping::Sweeping,
};
use crate::{
    clock::Clock,
    identity::Identity,
    limits::{GROUP_ASKS_MAX, INDEX_KEYS_PER_CHECK, QUIET},
    store::{Lag, Store, StoreFailure, StoreOptions, try_writing},
};
use halting::Cause;

/// Done only once everything decided before it is durable.
enum Deferred {
    Send { peer: PeerId, frame: Vec<u8> },
    Sign(Signing, Now),
    Close { peer: PeerId },
    Reply { reply: WriteReply, result: Result<Written, WriteFailure> },
    Erase(Vec<LogIndex>),
    Mend { at: LogIndex, entry: Arc<[u8]>, body: Option<Arc<[u8]>> },
    Keep { chunk: Hash, bytes: Arc<[u8]> },
    Tell(Event),
    Show(Reader),
}

enum State {
    Running { store: Box<Store>, replica: Box<Replica> },
    Halted(Halted),
}

/// The disk failed: nothing is written until it was tried whether it does again what it should.
pub(super) struct Halted {
    why: String,
    /// The place that is full, if that is why.
    full: Option<PathBuf>,
    retry_at: Instant,
    /// How long to wait after the next try that fails.
    wait: Duration,
    belief: Belief,
    /// What can be read meanwhile.
    reading: Option<Reading>,
}

/// Owns replica and store.
pub(super) struct Driver {
    dir: PathBuf,
    options: StoreOptions,
    identity: Arc<Identity>,
    state: State,
    clock: Clock,
    outboxes: BTreeMap<PeerId, Outbox>,
    deferred: Vec<Deferred>,
    /// What signing made, to be decided upon next.
    inputs: Vec<Input>,
    checks: Vec<(PeerId, Vec<Unchecked>)>,
    replies: BTreeMap<Ticket, (WriteReply, EntryId)>,
    /// Who waits to be told what became of an entry that was put when the store failed.
    unsettled: Vec<(WriteReply, EntryId, Cause)>,
    next_ticket: u64,
    dirty: bool,
    scrubbing: Scrubbing,
    sweeping: Sweeping,
    /// Whether entries were admitted since what was saved of a damaged journal was offered last.
    has_news: bool,
    events: broadcast::Sender<Arc<Event>>,
    counts: Arc<Counts>,
}

/// Why a group could not be finished.
enum GroupFailure {
    Store(StoreFailure),
    Records(RecordsFailure),
}

impl Driver {
    pub(super) fn new(
        dir: &Path,
        identity: Arc<Identity>,
        options: StoreOptions,
        opened: Result<(Store, Replica), Halted>,
        events: broadcast::Sender<Arc<Event>>,
        counts: Arc<Counts>,
    ) -> Driver {
        Driver {
            dir: dir.into(),
            options,
            identity,
            state: match opened {
                Ok((store, replica)) => State::Running { store: Box::new(store), replica: Box::new(replica) },
                Err(halted) => State::Halted(halted),
            },
            clock: Clock::default(),
            outboxes: BTreeMap::new(),
            deferred: Vec::new(),
            inputs: Vec::new(),
            checks: Vec::new(),
            replies: BTreeMap::new(),
            unsettled: Vec::new(),
            next_ticket: 0,
            dirty: false,
            scrubbing: Scrubbing::new(dir, options.scrub_every),
            sweeping: Sweeping::new(),
            has_news: true,
            events,
            counts,
        }
    }

    /// Does what is asked until it is told to stop or nobody is left to ask.
    pub(super) fn run(mut self, mut inbox: mpsc::Receiver<Ask>) {
        loop {
            let Some(first) = self.next_ask(&mut inbox) else { break };
            let mut group = vec![first];
            while group.len() < GROUP_ASKS_MAX
                && let Ok(ask) = inbox.try_recv()
            {
                group.push(ask);
            }
            let mut stop = None;
            for ask in group {
                if let Ask::Stop(reply) = ask {
                    stop = Some(reply);
                    break;
                }
                self.ask(ask);
            }
            self.finish_group();
            // A read may have met it as well as a write; whoever read or wrote was told, and nobody else would look.
            if matches!(&self.state, State::Running { store, .. } if store.needs_opening()) {
                self.halt(Cause::full("the index met the end of the disk", self.dir.clone()));
            }
            self.settle();
            if let Some(reply) = stop {
                self.close();
                let _ = reply.send(());
                return;
            }
        }
        self.close();
    }

    /// The next ask; when it is quiet, the index is brought up to the journal meanwhile.
    ///
    /// Quiet is not the moment in which a peer waits for its acknowledgement: entries that pour in go before the index,
    /// which may lag behind as far as the store lets it.
    fn next_ask(&mut self, inbox: &mut mpsc::Receiver<Ask>) -> Option<Ask> {
        let mut wait = QUIET;
        loop {
            let State::Running { store, .. } = &self.state else { return inbox.blocking_recv() };
            let is_indexed = !can_index(store);
            if is_indexed && !self.scrubbing.is_due() && !self.sweeping.is_due() {
                return inbox.blocking_recv();
            }
            let asked = if wait.is_zero() { inbox.try_recv() } else { recv_within(inbox, wait) };
            match asked {
                Ok(ask) => return Some(ask),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) => {}
            }
            wait = match is_indexed {
                false => self.index_some(),
                true if self.sweeping.is_due() => self.sweep_some(),
                true => self.scrub_some(),
            };
        }
    }

    fn ask(&mut self, ask: Ask) {
        self.reopen_if_due();
        match ask {
            Ask::Attach { peer, key, dialled, outbox } => {
                // Without a store there is nobody to speak for: the link ends with its outbox, and is dialled again.
                if self.can_take().is_ok() {
                    self.outboxes.insert(peer, outbox);
                    self.input(Input::Connected { peer, key, dialled });
                }
            }
            Ask::Received { peer, frame } => match self.can_take() {
                Ok(()) => self.input(Input::Received { peer, frame }),
                Err(why) => {
                    if self.outboxes.remove(&peer).is_some() {
                        tracing::warn!(peer = peer.0, %why, "link ended, nothing can be taken in");
                    }
                }
            },
            Ask::Detach { peer } => {
                self.outboxes.remove(&peer);
                self.input(Input::Disconnected { peer });
            }
            Ask::Write { compose, key, reply } => self.write(compose, &key, reply),
            Ask::Submit { parcel, reply } => self.submit(&parcel, reply),
            // What a group has put is readable at once and may still be lost: nobody is shown it before it is durable.
            Ask::Read(look) => self.deferred.push(Deferred::Show(look)),
            Ask::Tick => self.input(Input::Tick),
            Ask::Rebuild(reply) => {
                let _ = reply.send(self.rebuild());
            }
            Ask::Scrub(reply) => match &self.state {
                State::Running { .. } => self.scrubbing.ask(reply),
                State::Halted(halted) => drop(reply.send(Err(halted.why.clone()))),
            },
            Ask::Stop(_) => {}
        }
    }

    fn input(&mut self, input: Input) {
        let peer = match &input {
            Input::Connected { peer, .. } | Input::Received { peer, .. } | Input::Checked { peer, .. } => Some(*peer),
            _ => None,
        };
        match self.step(input) {
            Ok(()) => {}
            Err(GroupFailure::Store(failure)) => self.halt(Cause::from(&failure)),
            Err(GroupFailure::Records(failure)) => {
                tracing::error!(%failure, "a step could not read the store; it changed nothing");
                // The session cannot go on without what it asked; dialling again starts it afresh.
                if let Some(peer) = peer {
                    self.deferred.push(Deferred::Close { peer });
                }
                if matches!(&self.state, State::Running { store, .. } if store.needs_rebuild()) {
                    self.halt(Cause::from(&failure));
                }
            }
        }
    }

    /// Lets the core decide and gathers what it asks for.
    fn step(&mut self, input: Input) -> Result<(), GroupFailure> {
        let State::Running { store, replica } = &mut self.state else { return Ok(()) };
        let now = self.clock.now();
        let mut effects = timed(&self.counts.deciding_us, || replica.step(now, input, store.as_ref()))
            .map_err(GroupFailure::Records)?;
        let mut at = 0;
        while at < effects.len() {
            // A batch is readable at once, and what it lets others have comes right behind.
            if let Some(Effect::Store(_)) = effects.get(at) {
                let Effect::Store(batch) = effects.remove(at) else { unreachable!("it was one just now") };
                store.put(batch).map_err(GroupFailure::Store)?;
                self.has_news = true;
                self.dirty = true;
                effects.extend(replica.step(now, Input::Stored, store.as_ref()).map_err(GroupFailure::Records)?);
            } else {
                at += 1;
            }
        }
        for effect in effects {
            self.gather(effect, now);
        }
        Ok(())
    }

    fn gather(&mut self, effect: Effect, now: Now) {
        let deferred = match effect {
            Effect::Store(_) => return,
            Effect::Erase { at } => Deferred::Erase(at),
            Effect::Check { peer, parcels } => return self.checks.push((peer, parcels)),
            Effect::Send { peer, frame } => Deferred::Send { peer, frame: frame.to_bytes() },
            Effect::Sign(signing) => Deferred::Sign(signing, now),
            Effect::Close { peer } => Deferred::Close { peer },
            Effect::Reply { ticket, result } => {
                let Some((reply, id)) = self.replies.remove(&ticket) else { return };
                let result = result.map(|at| Written { id, at });
                let result = result.map_err(|fault| WriteFailure::Refused(WriteRefusal::Header(fault)));
                Deferred::Reply { reply, result }
            }
            Effect::Mend { at, entry, body, .. } => Deferred::Mend { at, entry, body },
            Effect::Keep { chunk, bytes } => Deferred::Keep { chunk, bytes },
            Effect::Tell(event) => {
                if let Event::Met { peer, .. } = &event
                    && let Some(outbox) = self.outboxes.get_mut(peer)
                {
                    outbox.met();
                }
                Deferred::Tell(event)
            }
        };
        self.deferred.push(deferred);
    }

    /// Whether something new could be kept: asked before anything is decided that could not be.
    fn can_take(&self) -> Result<(), WriteFailure> {
        match &self.state {
            State::Running { store, .. } => store.check_room().map_err(|failure| match failure {
                StoreFailure::DiskFull { path } => WriteFailure::DiskFull { path },
                failure => WriteFailure::Stopped(failure.to_string()),
            }),
            State::Halted(halted) => Err(halted.refusal()),
        }
    }

    /// Checks on all cores, makes everything durable, and only then acts.
    fn finish_group(&mut self) {
        while !self.checks.is_empty() {
            let checks = std::mem::take(&mut self.checks);
            for (peer, results) in self.check(checks) {
                self.input(Input::Checked { peer, results });
            }
        }
        if std::mem::take(&mut self.dirty)
            && let State::Running { store, .. } = &mut self.state
        {
            self.counts.syncs.fetch_add(1, Ordering::Relaxed);
            if let Err(failure) = timed(&self.counts.syncing_us, || store.sync()) {
                self.halt(Cause::from(&failure));
            }
        }
        for deferred in std::mem::take(&mut self.deferred) {
            self.act(deferred);
        }
        self.tell_damage();
        self.offer_aside();
        // What came of signing is decided now and done with the next group, which is at once.
        for input in std::mem::take(&mut self.inputs) {
            self.input(input);
        }
        if self.dirty || !self.deferred.is_empty() {
            self.finish_group();
        }
    }

    /// Signs what is durable by now, and does what comes of it.
    fn sign(&mut self, signing: Signing, now: Now) {
        let State::Running { store, replica } = &mut self.state else { return };
        let peer = signing.peer();
        match signing.finish(replica, now, &self.identity.key, store.as_ref()) {
            Ok((effects, input)) => {
                self.inputs.extend(input);
                for effect in effects {
                    match effect {
                        Effect::Send { peer, frame } => {
                            self.act(Deferred::Send { peer, frame: frame.to_bytes() });
                        }
                        Effect::Tell(event) => self.act(Deferred::Tell(event)),
                        _ => {}
                    }
                }
            }
            Err(failure) => {
                tracing::error!(%failure, "nothing was signed: the store could not be read");
                if let Some(peer) = peer {
                    self.act(Deferred::Close { peer });
                }
            }
        }
    }

    /// Checks the parcels of all peers in one go. An index that lags far behind takes in some of it meanwhile, so that
    /// where entries pour in for long both are done at the pace of all cores.
    fn check(&mut self, checks: Vec<(PeerId, Vec<Unchecked>)>) -> Vec<(PeerId, Vec<Result<Checked, ParcelFault>>)> {
        let genesis = self.identity.genesis.genesis.hash();
        let parcels: usize = checks.iter().map(|(_, parcels)| parcels.len()).sum();
        let check = || -> Vec<_> {
            let checks = checks.into_par_iter();
            checks
                .map(|(peer, parcels)| (peer, parcels.into_par_iter().map(|parcel| parcel.check(&genesis)).collect()))
                .collect()
        };
        let (results, indexed) = timed(&self.counts.checking_us, || match &mut self.state {
            State::Running { store, .. } if store.is_far_behind() && can_index(store) => {
                rayon::join(check, || store.index_some(parcels.saturating_mul(INDEX_KEYS_PER_CHECK)).map(drop))
            }
            _ => (check(), Ok(())),
        });
        if let Err(failure) = indexed {
            self.halt(Cause::from(&failure));
        }
        results
    }

    /// Takes away what was redacted. Where that fails, opening the store again begins with it.
    fn erase(&mut self, at: &[LogIndex]) {
        let State::Running { store, replica } = &mut self.state else { return };
        self.sweeping.suspect(at.iter().flat_map(|at| replica.chunks_named_at(*at, store.as_ref())));
        let failure = at.iter().find_map(|at| store.erase(*at).err());
        if let Some(failure) = failure {
            self.halt(Cause::from(&failure));
        }
    }

    fn act(&mut self, deferred: Deferred) {
        match deferred {
            Deferred::Send { peer, frame } => {
                let Some(outbox) = self.outboxes.get(&peer) else { return };
                if outbox.send(frame) == Err(Full) {
                    tracing::warn!(peer = peer.0, "peer reads too slowly for what it asks, its link is closed");
                    self.outboxes.remove(&peer);
                }
            }
            Deferred::Close { peer } => {
                self.outboxes.remove(&peer);
            }
            Deferred::Sign(signing, now) => self.sign(signing, now),
            Deferred::Reply { reply, result } => {
                let _ = reply.send(result);
            }
            Deferred::Erase(at) => self.erase(&at),
            Deferred::Mend { at, entry, body } => self.mend(at, &entry, body.as_deref()),
            Deferred::Keep { chunk, bytes } => self.keep(&chunk, &bytes),
            Deferred::Show(look) => self.show(look),
            Deferred::Tell(event) => {
                match &event {
                    Event::Admitted { from, to } => self.counts.admitted.fetch_add(to.0 - from.0, Ordering::Relaxed),
                    Event::Refused { .. } => self.counts.refused.fetch_add(1, Ordering::Relaxed),
                    Event::Forked { .. } => self.counts.forks.fetch_add(1, Ordering::Relaxed),
                    Event::Mended { .. } => self.counts.mended.fetch_add(1, Ordering::Relaxed),
                    _ => 0,
                };
                crate::observe::tell(&event);
                // Nobody listening is fine.
                let _ = self.events.send(Arc::new(event));
            }
        }
    }

    fn show(&mut self, look: Reader) {
        let now = self.clock.now();
        match &self.state {
            State::Running { store, replica } => look(Ok(&Sight { replica, store, now, halted: None })),
            State::Halted(Halted { why, reading: Some(Reading { store, replica, .. }), .. }) => {
                look(Ok(&Sight { replica, store, now, halted: Some(why) }));
            }
            State::Halted(halted) => look(Err(&halted.why)),
        }
        if matches!(&self.state, State::Running { store, .. } if store.needs_rebuild()) {
            self.halt(Cause::from("the index failed while it was read"));
        }
    }

    fn rebuild(&mut self) -> Result<(), String> {
        let State::Running { store, replica } = &mut self.state else { return Err("store is not open".into()) };
        // An index that could not be written anew is better kept.
        let can_write = store.check_room().and_then(|()| try_writing(&self.dir));
        can_write.map_err(|failure| failure.to_string())?;
        let attempt = |store: &mut Store, replica: &mut Replica| -> Result<(), OpenFailure> {
            store.rebuild()?;
            *replica = open_replica(&self.identity, store, &mut |_| {})?;
            Ok(())
        };
        let done = attempt(store, replica);
        // Sessions belonged to the old replica; dialling again starts them afresh.
        self.outboxes.clear();
        done.map_err(|failure| {
            self.halt(Cause::from(&failure));
            failure.to_string()
        })
    }

    fn close(self) {
        if let State::Running { store, .. } = self.state
            && let Err(failure) = store.close()
        {
            tracing::warn!(%failure, "store did not close cleanly; its index is brought up to the journal when opened");
        }
    }
}

/// Whether there is something to move into the index, and room: an engine that meets the end of the disk answers nothing
/// any more, while what the index lacks can be read from memory.
fn can_index(store: &Store) -> bool {
    store.lag() != Lag::default() && store.check_room().is_ok()
}

/// What comes within a time, or that nothing did.
fn recv_within<T>(inbox: &mut mpsc::Receiver<T>, limit: Duration) -> Result<T, mpsc::error::TryRecvError> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let until = Instant::now() + limit;
    loop {
        match inbox.poll_recv(&mut Context::from_waker(&waker)) {
            Poll::Ready(Some(came)) => return Ok(came),
            Poll::Ready(None) => return Err(mpsc::error::TryRecvError::Disconnected),
            Poll::Pending => {}
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(mpsc::error::TryRecvError::Empty);
        }
        thread::park_timeout(left);
    }
}

/// Does something and adds how long it took.
fn timed<T>(spent_us: &AtomicU64, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let done = work();
    spent_us.fetch_add(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    done
}
