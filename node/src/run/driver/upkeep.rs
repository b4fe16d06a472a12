//! What the driver does for its store when nothing is asked: indexing, looking for rot, writing again what was damaged, and
//! taking in what was saved of a damaged journal.

use std::{sync::atomic::Ordering, time::Duration};

use fangwei_protocol::{
    record::entry::Hash,
    records::{LogIndex, ids_at},
    replica::Input,
};

use super::{Driver, State, halting::Cause, timed};
use crate::{
    limits::{INDEX_KEYS_AT_A_TIME, QUIET},
    run::{OpenFailure, salvage, sweeping},
};

impl Driver {
    /// Brings the index nearer to the journal; returns how long to wait before the next go.
    pub(super) fn index_some(&mut self) -> Duration {
        let State::Running { store, .. } = &mut self.state else { return QUIET };
        let indexed = timed(&self.counts.indexing_us, || store.index_some(INDEX_KEYS_AT_A_TIME));
        if let Err(failure) = indexed {
            self.halt(Cause::from(&failure));
        }
        Duration::ZERO
    }

    /// Reads some of the journal again; returns how long to wait before the next go.
    pub(super) fn scrub_some(&mut self) -> Duration {
        let State::Running { store, .. } = &mut self.state else { return QUIET };
        match self.scrubbing.go_on(store, &self.counts) {
            Ok(wait) => {
                self.finish_group();
                wait
            }
            Err(failure) => {
                self.halt(Cause::from(&failure));
                QUIET
            }
        }
    }

    /// Looks through some documents for what they name of attachments; returns how long to wait before the next go.
    pub(super) fn sweep_some(&mut self) -> Duration {
        let State::Running { store, replica } = &mut self.state else { return QUIET };
        match self.sweeping.go_on(store, replica) {
            Ok(None) => sweeping::PAUSE,
            Ok(Some(chunks)) => {
                self.input(Input::Lacking { chunks });
                self.finish_group();
                sweeping::PAUSE
            }
            Err(failure) => {
                self.sweeping.stop();
                self.halt(Cause::from(&failure));
                QUIET
            }
        }
    }

    /// Keeps a chunk of an attachment. Where that fails it is asked for again.
    pub(super) fn keep(&mut self, chunk: &Hash, bytes: &[u8]) {
        let State::Running { store, .. } = &self.state else { return };
        if let Err(failure) = store.chunks().keep(chunk, bytes) {
            tracing::warn!(%failure, "a chunk of an attachment was not kept");
        }
    }

    /// Offers what was saved of a damaged journal, once something came that it may have waited for.
    pub(super) fn offer_aside(&mut self) {
        let State::Running { store, replica } = &mut self.state else { return };
        if store.aside_count() == 0 || !std::mem::take(&mut self.has_news) {
            return;
        }
        let offered = store.aside().map_err(OpenFailure::from).and_then(|waiting| {
            let (offered, rest) = salvage::offer(replica, store.as_ref(), waiting)?;
            if rest.len() as u64 != store.aside_count() {
                store.keep_aside(&rest)?;
            }
            Ok(offered)
        });
        match offered {
            Ok(entries) if entries.is_empty() => {}
            Ok(entries) => self.input(Input::Salvaged { entries }),
            Err(failure) => self.halt(Cause::from(&failure)),
        }
    }

    /// Tells the core of records that were found damaged since it was told last.
    pub(super) fn tell_damage(&mut self) {
        let State::Running { store, .. } = &mut self.state else { return };
        let (healed, new) = (store.newly_healed(), store.newly_damaged());
        self.inputs.extend(healed.into_iter().map(|at| Input::Mended { at }));
        if new.is_empty() {
            return;
        }
        self.counts.damaged.fetch_add(new.len() as u64, Ordering::Relaxed);
        match ids_at(store.as_ref(), &new) {
            Ok(entries) => self.input(Input::Damaged { entries: entries.into_iter().collect() }),
            Err(failure) => self.halt(Cause::from(&failure)),
        }
    }

    /// Writes a damaged record again.
    pub(super) fn mend(&mut self, at: LogIndex, entry: &[u8], body: Option<&[u8]>) {
        let State::Running { store, .. } = &mut self.state else { return };
        match store.mend(at, entry, body) {
            Ok(()) => self.inputs.push(Input::Mended { at }),
            Err(failure) => self.halt(Cause::from(&failure)),
        }
    }
}
