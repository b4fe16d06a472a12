//! Claims that know the rule themselves: what is shared, what is void, what is struck, what a digest is of. Asked of the
//! program they would only say that it agrees with itself.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    record::{
        body::{Act, Body, Content},
        cbor,
        entry::{CertificateId, Claim, Entry, EntryId, Hash, Reach, Scope},
        message::Parcel,
    },
    records::Fact,
    trust::authority::Verdict,
    work::unit::UnitPath,
};

use crate::sim::{Id, Sim, disk::Disk};

/// Whether a node at a unit may have what stands in a scope of somebody else: its own subtree, and what reaches down to
/// it. Source: domain.md §2, "who sees what".
pub(crate) fn may_have(unit: &UnitPath, scope: &Scope) -> bool {
    let is_below = unit.contains(&scope.home);
    let reaches_down = scope.reach == Reach::DOWN && scope.home.is_above(unit);
    scope.reach != Reach::LOCAL && (is_below || reaches_down)
}

/// Every entry of a disk, in log order, with its body.
fn entries(sim: &Sim, disk: &Disk) -> Vec<(Entry, Option<Content>)> {
    let genesis = sim.genesis.hash();
    let entry = |fact: &Fact| match fact {
        Fact::Entry { entry, body, .. } => {
            let content = body.as_ref().and_then(|body| Body::parse(body).ok()).map(|body| body.content);
            Some((Claim::parse(entry).ok()?.reopen(&genesis), content))
        }
        _ => None,
    };
    disk.facts().iter().filter_map(entry).collect()
}

/// Words whose taking out the giver knows of are not given.
pub(crate) fn gives_no_redacted_body(sim: &Sim, id: Id, parcels: &[Parcel]) -> Result<(), String> {
    let Some(replica) = sim.machines[id].replica() else { return Ok(()) };
    for parcel in parcels.iter().filter(|parcel| parcel.body.is_some()) {
        let entry = Claim::parse(&parcel.entry).unwrap().reopen(&sim.genesis.hash());
        if replica.charter().is_redacted(&entry.id(), entry.header()) {
            return Err(format!("{} gives what was taken out of {}", sim.machines[id].name, entry.id()));
        }
    }
    Ok(())
}

/// What stands before an entry, in its feed and in its document, is there.
pub(crate) fn nothing_is_without_what_comes_before(sim: &Sim) -> Result<(), String> {
    for (_, machine) in sim.alive() {
        let mut held = BTreeSet::new();
        for (entry, _) in entries(sim, &machine.disk) {
            let header = entry.header();
            let before = header.prev.iter().chain(header.after());
            if let Some(lacking) = before.into_iter().find(|id| !held.contains(*id)) {
                return Err(format!("{} holds {} without {lacking}", machine.name, entry.id()));
            }
            held.insert(entry.id());
        }
    }
    Ok(())
}

/// What its author may not say is void, and what a revoked officer said is struck where nobody stands for any of it.
pub(crate) fn verdicts_are_the_rules(sim: &Sim) -> Result<(), String> {
    let root = entries(sim, &sim.machines[0].disk);
    let (mut revoked, mut stood_for) = (BTreeSet::new(), BTreeSet::new());
    for (entry, content) in &root {
        match content {
            // Only a secretary or an administrator of the county says this here.
            Some(Content::Act(Act::Revoke { subject, .. })) if is_of_root(sim, &entry.header().author) => {
                revoked.insert(*subject);
            }
            Some(Content::Act(Act::Stand { author, .. })) => {
                stood_for.insert(*author);
            }
            _ => {}
        }
    }
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        for (entry, _) in entries(sim, &machine.disk) {
            let (id, author) = (entry.id(), entry.header().author);
            let is_struck = revoked.contains(&author) && !stood_for.contains(&author);
            if !is_struck && !sim.people.oversteps.contains(&id) {
                continue;
            }
            let said = replica.find(&id, &machine.disk).unwrap();
            let verdict = said.map(|said| said.verdict()).ok_or_else(|| format!("{} has lost {id}", machine.name))?;
            let is_right = match verdict {
                Verdict::Valid => false,
                Verdict::Struck(_) => is_struck,
                Verdict::Void(_) => true,
            };
            if !is_right {
                return Err(format!("{} takes {id} of {author} for {verdict:?}", machine.name));
            }
        }
    }
    Ok(())
}

fn is_of_root(sim: &Sim, certificate: &CertificateId) -> bool {
    sim.people
        .persons
        .iter()
        .any(|person| person.officer.certificate == *certificate && person.unit == sim.genesis.root)
}

/// A link's digest is the hash of SPEC.md §5.4 over every tip, made here from the entries alone.
pub(crate) fn digests_are_of_every_tip(sim: &Sim) -> Result<(), String> {
    for (_, machine) in sim.alive() {
        let Some(replica) = machine.replica() else { continue };
        let held = entries(sim, &machine.disk);
        let mut scopes: BTreeMap<Scope, BTreeMap<CertificateId, BTreeSet<EntryId>>> = BTreeMap::new();
        for (entry, _) in &held {
            let header = entry.header();
            let tips = scopes.entry(header.scope.clone()).or_default().entry(header.author).or_default();
            tips.insert(entry.id());
        }
        for (entry, _) in &held {
            let header = entry.header();
            if let Some(prev) = header.prev {
                let tips = scopes.get_mut(&header.scope).and_then(|feeds| feeds.get_mut(&header.author));
                tips.map(|tips| tips.remove(&prev));
            }
        }
        let unit = machine.unit();
        let downs = unit.ancestors().into_iter().map(|above| unit_digest(&scopes, &above, true));
        let parts: Vec<Hash> = std::iter::once(unit_digest(&scopes, unit, false)).chain(downs).collect();
        let digest = Hash::of_parts("fangwei link 1", parts.iter().map(Hash::as_slice));
        if replica.frontier().link_digest(unit) != digest {
            return Err(format!("{} says another digest than that of its {} entries", machine.name, held.len()));
        }
    }
    Ok(())
}

type Tips = BTreeMap<Scope, BTreeMap<CertificateId, BTreeSet<EntryId>>>;

/// The digest of a unit: its own scopes, and those of the units below; or of what reaches down alone.
fn unit_digest(all: &Tips, unit: &UnitPath, down_only: bool) -> Hash {
    let mut scopes: Vec<(u8, u8, Hash)> = Vec::new();
    for (scope, feeds) in all.iter().filter(|(scope, _)| scope.home == *unit && scope.reach != Reach::LOCAL) {
        if down_only && scope.reach != Reach::DOWN {
            continue;
        }
        let mut parts = Vec::new();
        for (author, tips) in feeds {
            parts.push(author.0.as_slice().to_vec());
            parts.push(tips.iter().flat_map(|tip| tip.0.0).collect());
        }
        let digest = Hash::of_parts("fangwei scope 1", parts.iter().map(Vec::as_slice));
        scopes.push((scope.reach.0, scope.shelf.0, digest));
    }
    scopes.sort_unstable_by_key(|(reach, shelf, _)| (*reach, *shelf));
    let mut children: Vec<(String, Hash)> = Vec::new();
    let below: BTreeSet<UnitPath> = all.keys().filter_map(|scope| unit.child_towards(&scope.home)).collect();
    for child in below.into_iter().filter(|_| !down_only) {
        let digest = unit_digest(all, &child, false);
        if digest != Hash::of_parts("fangwei unit 1", [cbor::encode(&(NONE, NONE)).as_slice()]) {
            children.push((child.segment().to_owned(), digest));
        }
    }
    children.sort();
    Hash::of_parts("fangwei unit 1", [cbor::encode(&(scopes, children)).as_slice()])
}

/// Nothing in a list.
const NONE: [u8; 0] = [];
