//! What is shown while nothing can be written: the store that failed, as a power cut would leave it, or the journal alone.

use std::path::Path;

use fangwei_protocol::replica::Replica;

use super::{OpenFailure, replay, replica_of};
use crate::{
    identity::Identity,
    store::{Durable, Store, StoreOptions},
};

/// A store that is only read, and the replica of what is durable in it.
pub(super) struct Reading {
    pub(super) store: Box<Store>,
    pub(super) replica: Box<Replica>,
    /// Whether it reads an index that failed, which may not answer everything.
    pub(super) index_fails: bool,
}

impl Reading {
    /// Goes on with a store that failed, or with its journal alone where its index fails too; none where neither can be
    /// read, or the journal is too large to be read alone.
    pub(super) fn of(dir: &Path, identity: &Identity, options: StoreOptions, mut store: Box<Store>) -> Option<Reading> {
        let durable = store.freeze();
        let index_fails = store.needs_rebuild() || store.needs_opening();
        // What a failing index still answers is better than nothing, and only one of the two can be open.
        if store.is_whole() && !(index_fails && store.is_small()) {
            match replica_of(identity, &store) {
                Ok(replica) => return Some(Reading { store, replica: Box::new(replica), index_fails }),
                Err(failure) => tracing::warn!(%failure, "the index is not read on"),
            }
        }
        drop(store);
        Reading::alone(dir, identity, options, Some(durable))
    }

    /// The journal alone, up to what is known to be durable.
    pub(super) fn alone(
        dir: &Path,
        identity: &Identity,
        options: StoreOptions,
        durable: Option<Durable>,
    ) -> Option<Reading> {
        let opened = || -> Result<Option<Reading>, OpenFailure> {
            let genesis = identity.genesis.genesis.hash();
            let Some(mut store) = Store::open_to_read(dir, options, &genesis, durable)? else { return Ok(None) };
            let mut replica = replica_of(identity, &store)?;
            replay(&mut store, &mut replica, &mut |_| {})?;
            Ok(Some(Reading { store: Box::new(store), replica: Box::new(replica), index_fails: false }))
        };
        opened().unwrap_or_else(|failure| {
            tracing::error!(%failure, "nothing can be read until the store opens again");
            None
        })
    }
}
