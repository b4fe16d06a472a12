//! What must hold of what comes with acts: it goes where they go, and is gone where they are.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    record::entry::{EntryId, Hash},
    records::find,
};

use crate::{attachments, sim::Sim};

/// Whether everybody has what comes with the acts they hold, if anybody has it who holds them too.
pub(crate) fn has_arrived(sim: &Sim) -> Result<(), String> {
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        for (entry, chunk) in attachments::lacking(replica, &machine.disk) {
            let gives = sim.alive().find(|(_, other)| other.disk.chunks.contains_key(&chunk) && other.reads(&entry));
            if let Some((_, other)) = gives {
                return Err(format!("{} lacks what comes with {entry}, which {} has", machine.name, other.name));
            }
        }
    }
    Ok(())
}

/// What is kept comes with an act that is held too; what nobody's act names any more was never said.
pub(crate) fn goes_where_acts_go(sim: &Sim) -> Result<(), String> {
    let mut names: BTreeMap<Hash, BTreeSet<EntryId>> = BTreeMap::new();
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        for (entry, chunk) in attachments::named(replica, &machine.disk) {
            names.entry(chunk).or_default().insert(entry);
        }
    }
    for (_, machine) in sim.alive() {
        for chunk in machine.disk.chunks.keys() {
            let Some(entries) = names.get(chunk) else { continue };
            if !entries.iter().any(|entry| find(&machine.disk, entry).is_ok_and(|at| at.is_some())) {
                return Err(format!("{} has {chunk}, which comes with {entries:?}", machine.name));
            }
        }
    }
    Ok(())
}

/// What came with words that were taken out was taken away with them, unless it comes with something else.
pub(crate) fn is_gone_with_the_words(sim: &Sim) -> Result<(), String> {
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        let named: BTreeSet<Hash> =
            attachments::named(replica, &machine.disk).into_iter().map(|(_, chunk)| chunk).collect();
        for at in replica.redacted(&machine.disk).map_err(|failure| failure.to_string())? {
            let came = sim.people.attached.get(&replica.entry(at, &machine.disk).map_err(|f| f.to_string())?.id());
            let kept = came.into_iter().flatten().find(|chunk| machine.disk.chunks.contains_key(*chunk));
            if let Some(chunk) = kept.filter(|chunk| !named.contains(*chunk)) {
                return Err(format!("{} still has {chunk}, which came with entry {}", machine.name, at.0));
            }
        }
    }
    Ok(())
}
