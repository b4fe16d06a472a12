//! When the journal is read again in search of rot: a little at a time while nothing is asked, within so many days; or all
//! of it at once, because somebody asked.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::oneshot;

use super::{Counts, ScrubFound};
use crate::{
    limits::{SCRUB_AFTER_OPENING, SCRUB_BYTES, SCRUB_PAUSE},
    store::{Scrub, Store, StoreFailure, scrubbed_file},
};

type Reply = oneshot::Sender<Result<ScrubFound, String>>;

/// The scrub that is going on, if one is.
pub(super) struct Scrubbing {
    /// Touched at the end of each.
    file: PathBuf,
    every: Duration,
    not_before: Instant,
    place: Scrub,
    found: ScrubFound,
    /// Who waits for one that looks at everything from the beginning.
    waiting: Vec<Reply>,
    /// Who asked when one was under way already.
    next: Vec<Reply>,
    is_asked: bool,
}

impl Scrubbing {
    /// Of the store in `dir`, every so often.
    pub(super) fn new(dir: &Path, every: Duration) -> Scrubbing {
        let file = scrubbed_file(dir);
        // A clock that went back makes it due, which harms nobody.
        let age = fs::metadata(&file).and_then(|found| found.modified()).ok();
        let age = age.and_then(|then| SystemTime::now().duration_since(then).ok());
        let left = age.map_or(Duration::ZERO, |age| every.saturating_sub(age));
        Scrubbing {
            file,
            every,
            not_before: Instant::now() + left.max(SCRUB_AFTER_OPENING.min(every)),
            place: Scrub::default(),
            found: ScrubFound::default(),
            waiting: Vec::new(),
            next: Vec::new(),
            is_asked: false,
        }
    }

    /// Somebody wants to know now.
    pub(super) fn ask(&mut self, reply: Reply) {
        if self.place == Scrub::default() {
            self.waiting.push(reply);
        } else {
            self.next.push(reply);
        }
        self.is_asked = true;
    }

    /// Whether there is something to look at.
    pub(super) fn is_due(&self) -> bool {
        self.is_asked || self.place != Scrub::default() || Instant::now() >= self.not_before
    }

    /// Looks at some more. Returns how long to leave the disk alone.
    pub(super) fn go_on(&mut self, store: &mut Store, counts: &Counts) -> Result<Duration, StoreFailure> {
        let some = store.scrub(&mut self.place, SCRUB_BYTES, true)?;
        self.found.bytes += some.bytes;
        self.found.looked_at += some.looked_at;
        self.found.entries += some.entries;
        self.found.undone += some.undone;
        self.found.others += some.others;
        counts.damaged.fetch_add(some.others + some.undone, Ordering::Relaxed);
        counts.scrubbed.store(self.place.entries(), Ordering::Relaxed);
        if some.is_done {
            let found = std::mem::take(&mut self.found);
            tracing::info!(
                entries = found.looked_at,
                damaged = found.entries,
                undone = found.undone,
                others = found.others,
                "journal read again"
            );
            // Only when the next one is due depends on it.
            if let Err(cause) = fs::write(&self.file, "") {
                tracing::warn!(file = %self.file.display(), %cause, "could not note that the journal was read again");
            }
            self.not_before = Instant::now() + self.every;
            for reply in self.waiting.drain(..) {
                let _ = reply.send(Ok(found));
            }
            self.waiting.append(&mut self.next);
            self.is_asked = !self.waiting.is_empty();
        }
        Ok(if self.is_asked { Duration::ZERO } else { SCRUB_PAUSE })
    }

    /// The store is closed; whoever waits is told why.
    pub(super) fn stop(&mut self, why: &str) {
        self.place = Scrub::default();
        self.found = ScrubFound::default();
        self.is_asked = false;
        for reply in self.waiting.drain(..).chain(self.next.drain(..)) {
            let _ = reply.send(Err(why.into()));
        }
    }
}
