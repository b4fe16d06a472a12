//! Building a journal anew from what can be read of a damaged one, and taking in later what had to wait.
//!
//! Signatures are checked again, because nothing vouches for what lies between damage. The log has another order then: its
//! node's checkpoints are contradicted by nobody, because peers show what they hold of it and it goes on under another log
//! epoch, as after a restored backup.

use std::{fs, path::Path};

use fangwei_protocol::{
    record::entry::{Claim, EntryId},
    records::{Fact, Records, find},
    replica::{Checked, Effect, Input, Now, Replica, Unchecked},
};

use super::{OpenFailure, random};
use crate::{
    identity::Identity,
    store::{Store, StoreFailure, StoreOptions, pieces, replace_journal, salvage_dir, write_aside},
};

/// Builds a new journal from what can be read of the damaged one in `dir`, and puts it in its place.
///
/// # Errors
///
/// [`OpenFailure`]; then the damaged journal is where it was.
pub(super) fn salvage(dir: &Path, identity: &Identity, options: StoreOptions) -> Result<(), OpenFailure> {
    let place = salvage_dir(dir);
    if place.exists() {
        fs::remove_dir_all(&place)
            .map_err(|cause| OpenFailure::Store(StoreFailure::Disk { path: place.clone(), cause }))?;
    }
    let (genesis, me) = (identity.genesis.genesis.clone(), identity.me.clone());
    let mut store = Store::open(&place, options, &genesis.hash())?;
    let mut replica = Replica::open(genesis, me, random(), store.next_index(), &store)?;
    let mut now = Now(0);
    let mut waiting = crate::store::read_aside(dir)?;
    for piece in pieces(dir)? {
        match piece? {
            Fact::Clock(time_s) => now = Now(time_s),
            fact @ Fact::Entry { .. } => {
                if !take_up(&mut store, &mut replica, now, &fact)? {
                    waiting.push(fact);
                }
            }
            fact => {
                let batch = replica.replay(&[fact], &store)?;
                store.put(batch)?;
            }
        }
    }
    loop {
        let before = waiting.len();
        let mut rest = Vec::new();
        for fact in waiting {
            if !take_up(&mut store, &mut replica, now, &fact)? {
                rest.push(fact);
            }
        }
        waiting = rest;
        if waiting.len() == before {
            break;
        }
    }
    let entries = store.next_index().0;
    store.close()?;
    write_aside(dir, &waiting)?;
    let kept = replace_journal(dir)?;
    tracing::error!(
        entries,
        waiting = waiting.len(),
        damaged = %kept.display(),
        "the journal was damaged: it was built anew from what can be read of it, the damaged one is kept"
    );
    Ok(())
}

/// Offers an entry; says whether it is held now.
fn take_up(store: &mut Store, replica: &mut Replica, now: Now, fact: &Fact) -> Result<bool, OpenFailure> {
    let Some((id, checked, own)) = checked(replica, fact) else { return Ok(false) };
    if find(store, &id)?.is_some() {
        return Ok(true);
    }
    let Some(checked) = checked else { return Ok(false) };
    for effect in replica.step(now, Input::Salvaged { entries: vec![(checked, own)] }, store)? {
        if let Effect::Store(batch) = effect {
            store.put(batch)?;
            replica.step(now, Input::Stored, store)?;
        }
    }
    Ok(find(store, &id)?.is_some())
}

/// The id of an entry, and the entry itself if its signature and body hold under what is known by now.
fn checked(replica: &Replica, fact: &Fact) -> Option<(EntryId, Option<Checked>, bool)> {
    let Fact::Entry { own, entry, body } = fact else { return None };
    let claim = Claim::parse(entry).ok()?;
    let id = claim.clone().reopen(replica.genesis()).id();
    let author = replica.charter().complete(&claim.claimed_author());
    let checked = author.and_then(|author| {
        let unchecked = Unchecked::new(claim, body.clone(), author.certificate.key);
        unchecked.check(replica.genesis()).ok()
    });
    Some((id, checked, *own))
}

/// Of entries that wait, those that can be offered now, and those that wait on. What is held by now is in neither.
pub(super) fn offer(
    replica: &Replica,
    records: &dyn Records,
    waiting: Vec<Fact>,
) -> Result<(Vec<(Checked, bool)>, Vec<Fact>), OpenFailure> {
    let (mut offered, mut rest) = (Vec::new(), Vec::new());
    for fact in waiting {
        let Some((id, checked, own)) = checked(replica, &fact) else { continue };
        if find(records, &id)?.is_some() {
            continue;
        }
        offered.extend(checked.map(|checked| (checked, own)));
        rest.push(fact);
    }
    Ok((offered, rest))
}
