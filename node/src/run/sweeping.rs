//! Going through what entries name of attachments, a little at a time while nothing is asked: what is lacking is fetched,
//! what nobody names any more is swept away.
//!
//! Done after opening, once a day, and when words were taken out: what came with them goes with them, unless it comes with
//! something else too.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant, SystemTime},
};

use fangwei_protocol::{
    record::entry::{DocKey, Hash},
    records::{Records as _, RecordsFailure},
    replica::{Named, Replica, documents_that_may_attach},
};

use crate::{
    limits::{CHUNKS_KEPT_UNNAMED, SWEEP_DOCUMENTS, SWEEP_EVERY},
    store::Store,
};

/// The sweep that is going on, if one is.
pub(super) struct Sweeping {
    not_before: Instant,
    /// Documents still to be looked at; none when no sweep is going on.
    rest: Option<Vec<DocKey>>,
    named: BTreeSet<Hash>,
    lacking: Vec<Named>,
    /// Chunks that came with what was taken out.
    suspects: BTreeSet<Hash>,
    /// Chunks of those that were there when this sweep began.
    judged: BTreeSet<Hash>,
}

impl Sweeping {
    /// Due at once.
    pub(super) fn new() -> Sweeping {
        Sweeping {
            not_before: Instant::now(),
            rest: None,
            named: BTreeSet::new(),
            lacking: Vec::new(),
            suspects: BTreeSet::new(),
            judged: BTreeSet::new(),
        }
    }

    /// Words were taken out of what named these.
    pub(super) fn suspect(&mut self, chunks: impl IntoIterator<Item = Hash>) {
        let before = self.suspects.len();
        self.suspects.extend(chunks);
        if self.suspects.len() > before {
            self.not_before = Instant::now();
        }
    }

    /// Whether there is something to look at.
    pub(super) fn is_due(&self) -> bool {
        self.rest.is_some() || Instant::now() >= self.not_before
    }

    /// Begins again with the next go: what was looked at belongs to a store that is closed.
    pub(super) fn stop(&mut self) {
        (self.rest, self.not_before) = (None, Instant::now());
    }

    /// Looks at some more documents. Returns what is lacking, once all have been looked at.
    pub(super) fn go_on(&mut self, store: &Store, replica: &Replica) -> Result<Option<Vec<Named>>, RecordsFailure> {
        let rest = match &mut self.rest {
            Some(rest) => rest,
            None => {
                self.named.clear();
                self.lacking.clear();
                self.judged = self.suspects.clone();
                self.not_before = Instant::now() + SWEEP_EVERY;
                self.rest.insert(documents_that_may_attach(store)?)
            }
        };
        for document in rest.split_off(rest.len().saturating_sub(SWEEP_DOCUMENTS)) {
            for (entry, chunk) in replica.named_chunks(&document, store)? {
                if !store.has_chunk(&chunk) {
                    self.lacking.push((entry, chunk));
                }
                self.named.insert(chunk);
            }
        }
        if !rest.is_empty() {
            return Ok(None);
        }
        self.rest = None;
        // What cannot be read may name what nobody else does.
        if replica.damaged().next().is_none() {
            self.sweep(store);
        }
        Ok(Some(std::mem::take(&mut self.lacking)))
    }

    fn sweep(&mut self, store: &Store) {
        let now = SystemTime::now();
        let is_old = |since: SystemTime| now.duration_since(since).is_ok_and(|age| age > CHUNKS_KEPT_UNNAMED);
        match store.chunks().all(is_old) {
            Ok(all) => {
                let unnamed = all.into_iter().filter(|(chunk, _)| !self.named.contains(chunk));
                for (chunk, _) in unnamed.filter(|(chunk, since)| self.judged.contains(chunk) || is_old(*since)) {
                    store.chunks().remove(&chunk);
                }
                self.suspects.retain(|chunk| !self.judged.contains(chunk));
                if !self.suspects.is_empty() {
                    self.not_before = Instant::now();
                }
            }
            Err(cause) => tracing::warn!(%cause, "attachments could not be looked through"),
        }
        self.named = BTreeSet::new();
    }
}

/// How long to leave the disk alone between two goes.
pub(super) const PAUSE: Duration = Duration::from_millis(20);
