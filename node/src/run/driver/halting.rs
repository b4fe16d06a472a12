//! What the driver does when its disk fails: it writes nothing, shows what was durable, and goes on once a few bytes could
//! be written and kept.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use fangwei_protocol::records::{RecordsFailure, find};

use super::{Belief, Deferred, Driver, Halted, Reading, State};
use crate::{
    identity::Identity,
    limits::{REOPEN_AFTER, REOPEN_AFTER_FIRST},
    run::{OpenFailure, WriteFailure, Written, open_believing},
    store::{StoreFailure, StoreOptions, try_writing},
};

impl Halted {
    /// Of a node that starts where there is no room: what its journal has is shown. None where it cannot be.
    pub(in crate::run) fn at_start(
        dir: &Path,
        identity: &Identity,
        options: StoreOptions,
        failure: &OpenFailure,
    ) -> Option<Halted> {
        let full = Some(full_place(failure)?);
        let reading = Some(Reading::alone(dir, identity, options, None)?);
        let why = failure.to_string();
        let (retry_at, wait) = (Instant::now() + REOPEN_AFTER_FIRST, REOPEN_AFTER_FIRST * 2);
        Some(Halted { why, full, retry_at, wait, belief: Belief::Index, reading })
    }

    /// What it shows.
    pub(in crate::run) fn reading(&self) -> Option<&Reading> {
        self.reading.as_ref()
    }

    /// What whoever writes is told.
    pub(super) fn refusal(&self) -> WriteFailure {
        Cause { why: self.why.clone(), full: self.full.clone() }.refusal()
    }

    /// It is tried again later, ever less often.
    fn not_yet(&mut self, failure: &OpenFailure) {
        self.why = failure.to_string();
        self.full = full_place(failure);
        self.retry_at = Instant::now() + self.wait;
        self.wait = (self.wait * 2).min(REOPEN_AFTER);
    }
}

impl Driver {
    /// Stops writing: nothing of the group is done, and every link ends. Who reads is shown what was durable. Who wrote is
    /// told by [`Driver::settle`].
    pub(super) fn halt(&mut self, cause: Cause) {
        let why = cause.why.clone();
        tracing::error!(%why, "store failed; nothing is written until it opens again");
        let mut shown = Vec::new();
        for deferred in std::mem::take(&mut self.deferred) {
            match deferred {
                Deferred::Show(look) => shown.push(look),
                Deferred::Reply { reply, result: Ok(written) } => {
                    self.unsettled.push((reply, written.id, cause.clone()))
                }
                Deferred::Reply { reply, result } => drop(reply.send(result)),
                _ => {}
            }
        }
        self.checks.clear();
        self.inputs.clear();
        self.scrubbing.stop(&why);
        self.sweeping.stop();
        self.dirty = false;
        self.outboxes.clear();
        let waiting = std::mem::take(&mut self.replies).into_values();
        self.unsettled.extend(waiting.map(|(reply, id)| (reply, id, cause.clone())));
        // An index that failed once fails again when it is opened as it is.
        let index_fails = matches!(&self.state, State::Running { store, .. } if store.needs_rebuild());
        let belief = if index_fails { Belief::JournalAlone } else { Belief::Index };
        let (retry_at, wait) = (Instant::now(), REOPEN_AFTER_FIRST);
        let halted = Halted { why, full: None, retry_at, wait, belief, reading: None };
        let before = std::mem::replace(&mut self.state, State::Halted(halted));
        let State::Halted(halted) = &mut self.state else { return };
        match before {
            // What the replica decided last may not be durable: it is opened again over what is.
            State::Running { store, replica } => {
                drop(replica);
                halted.reading = Reading::of(&self.dir, &self.identity, self.options, store);
            }
            // It failed before it was open again, and knows no more than it did.
            State::Halted(before) => {
                (halted.reading, halted.belief, halted.full) = (before.reading, before.belief, before.full);
                (halted.retry_at, halted.wait) = (before.retry_at, before.wait);
            }
        }
        shown.into_iter().for_each(|look| self.show(look));
    }

    /// Tells those whose entries were put when the store failed what became of them: what a failed write leaves on the
    /// disk only opening it again shows, and a part of a group may have been durable before another part failed.
    pub(super) fn settle(&mut self) {
        if self.unsettled.is_empty() {
            return;
        }
        self.reopen_if_due();
        for (reply, id, cause) in std::mem::take(&mut self.unsettled) {
            let result = match &self.state {
                State::Running { store, .. } => match find(store.as_ref(), &id) {
                    Ok(Some(at)) => Ok(Written { id, at }),
                    Ok(None) => Err(cause.refusal()),
                    Err(failure) => Err(WriteFailure::InDoubt(failure.to_string())),
                },
                State::Halted(halted) => Err(WriteFailure::InDoubt(halted.why.clone())),
            };
            let _ = reply.send(result);
        }
    }

    /// Opens the store again, once a few bytes could be written and kept: until then what is read goes on being read.
    pub(super) fn reopen_if_due(&mut self) {
        let State::Halted(halted) = &mut self.state else { return };
        if halted.retry_at > Instant::now() {
            return;
        }
        if let Err(failure) = try_writing(&self.dir).map_err(OpenFailure::from) {
            halted.not_yet(&failure);
            // Opening needs no room, and an index that met the end of the disk answers only then.
            let is_read = halted.reading.as_ref().is_some_and(|reading| !reading.index_fails);
            if is_read || halted.full.is_none() {
                return;
            }
        }
        // Only one of the two can be open.
        let durable = halted.reading.take().map(|reading| reading.store.durable());
        match open_believing(halted.belief, &self.dir, &self.identity, self.options, &mut |_| {}) {
            Ok((store, replica)) => {
                tracing::info!("store is open again");
                self.state = State::Running { store: Box::new(store), replica: Box::new(replica) };
            }
            Err(failure) => {
                halted.not_yet(&failure);
                // Where it is not known what was durable, the disk is asked.
                halted.reading = Reading::alone(&self.dir, &self.identity, self.options, durable);
            }
        }
    }
}

/// What is full, if that is why it failed.
fn full_place(failure: &OpenFailure) -> Option<PathBuf> {
    match failure {
        OpenFailure::Store(failure) => Cause::from(failure).full,
        _ => None,
    }
}

/// Why writing stopped.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    why: String,
    /// What is full, if that is why.
    full: Option<PathBuf>,
}

impl Cause {
    pub(super) fn full(why: &str, path: PathBuf) -> Cause {
        Cause { why: why.into(), full: Some(path) }
    }

    fn refusal(self) -> WriteFailure {
        match self.full {
            Some(path) => WriteFailure::DiskFull { path },
            None => WriteFailure::Stopped(self.why),
        }
    }
}

impl From<&str> for Cause {
    fn from(why: &str) -> Cause {
        Cause { why: why.into(), full: None }
    }
}

impl From<&StoreFailure> for Cause {
    fn from(failure: &StoreFailure) -> Cause {
        let full = match failure {
            StoreFailure::DiskFull { path } => Some(path.clone()),
            _ => None,
        };
        Cause { why: failure.to_string(), full }
    }
}

impl From<&OpenFailure> for Cause {
    fn from(failure: &OpenFailure) -> Cause {
        Cause { why: failure.to_string(), full: full_place(failure) }
    }
}

impl From<&RecordsFailure> for Cause {
    fn from(failure: &RecordsFailure) -> Cause {
        Cause { why: failure.to_string(), full: None }
    }
}
