//! Two stores, or a store and a bundle, entry by entry: what one has that the other should have and has not, and which of that
//! the other has confirmed.
//!
//! Compared is what both must keep: what their units share. A bundle shows a choice, so only what it has and the
//! other has not says anything. Neither side is believed; both are checked from the genesis on first.

use std::path::{Path, PathBuf};

use fangwei_protocol::{
    record::{
        entry::{CertificateId, EntryId, Hash},
        reconcile::is_shared,
    },
    records::{LogIndex, RecordsFailure, find},
    trust::{genesis::GenesisHash, receipt::Receipt},
    work::unit::UnitPath,
};
use thiserror::Error;

use super::{
    Asked, Audited,
    bundle::{self, BundleFailure},
};
use crate::{
    identity::{Identity, IdentityFailure},
    limits::VERIFY_FAULTS_MAX,
};

/// One side.
pub struct Side {
    /// Where it was read.
    pub path: PathBuf,
    /// Whose store it is; none: a bundle.
    pub node: Option<(CertificateId, UnitPath)>,
    /// What it has.
    pub audited: Audited,
}

/// What two sides have, beside each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    /// Entries both must keep that only the first has.
    pub only_first: Missing,
    /// Entries both must keep that only the second has.
    pub only_second: Missing,
    /// Digests of what each shares.
    pub digests: [Hash; 2],
}

/// What one side lacks.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Missing {
    /// How many.
    pub entries: u64,
    /// The first of them.
    pub some: Vec<MissingEntry>,
    /// Entries it lacks although its own receipt says that it holds them: each was held, or the receipt lies.
    pub bound: Vec<EntryId>,
}

/// An entry one side lacks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MissingEntry {
    /// Which.
    pub id: EntryId,
    /// Its place in the log of the side that has it.
    pub at: LogIndex,
    /// Home of its scope.
    pub home: String,
    /// Who signed it.
    pub author: CertificateId,
    /// Where it stands in its feed.
    pub seq: u64,
    /// Its claimed time.
    pub claimed_time_s: i64,
}

/// Why nothing was compared.
#[derive(Debug, Error)]
pub enum CompareFailure {
    /// A side's store cannot be read.
    #[error(transparent)]
    Records(#[from] RecordsFailure),
    /// A side is no node's folder.
    #[error(transparent)]
    Identity(#[from] IdentityFailure),
    /// A side is no bundle.
    #[error(transparent)]
    Bundle(#[from] BundleFailure),
    /// They are of two trees.
    #[error("{found} is of another tree than {expected}")]
    OtherTree {
        /// The first's.
        expected: Hash,
        /// The second's.
        found: Hash,
    },
}

/// Reads and checks one side: a node's folder or a bundle.
///
/// # Errors
///
/// [`CompareFailure`].
pub fn side(path: &Path, on_progress: &mut dyn FnMut(u64, u64)) -> Result<Side, CompareFailure> {
    if path.is_dir() {
        let Identity { genesis, me, .. } = Identity::load(path)?;
        let asked = Asked { dir: path, genesis: &genesis.genesis, me: &me, indexed: None, known: None };
        let audited = super::read(&asked, on_progress)?;
        return Ok(Side { path: path.into(), node: Some((me.certificate, me.unit)), audited });
    }
    let audited = bundle::check(path, None, on_progress)?;
    Ok(Side { path: path.into(), node: None, audited })
}

/// Compares two sides.
///
/// # Errors
///
/// [`CompareFailure::OtherTree`], [`CompareFailure::Records`].
pub fn compare(first: &Side, second: &Side) -> Result<Compared, CompareFailure> {
    let [GenesisHash(expected), GenesisHash(found)] = [first, second].map(|side| *side.audited.replica.genesis());
    if expected != found {
        return Err(CompareFailure::OtherTree { expected, found });
    }
    // Where both must keep something: below the lower of the two, and above it what reaches down.
    let lower = match (&first.node, &second.node) {
        (Some((_, one)), Some((_, other))) if one.contains(other) => Some(other),
        (Some((_, one)), Some((_, other))) if other.contains(one) => Some(one),
        (Some((_, one)), None) => Some(one),
        (None, Some((_, other))) => Some(other),
        _ => None,
    };
    let digests = [first, second].map(|side| {
        let replica = &side.audited.replica;
        replica.frontier().link_digest(lower.unwrap_or(&replica.me().unit))
    });
    Ok(Compared { only_first: lacks(first, second, lower)?, only_second: lacks(second, first, lower)?, digests })
}

/// What `other` lacks of what `one` has.
fn lacks(one: &Side, other: &Side, lower: Option<&UnitPath>) -> Result<Missing, RecordsFailure> {
    let mut missing = Missing::default();
    if other.node.is_none() {
        return Ok(missing);
    }
    let (has, records) = (&one.audited, &other.audited.records);
    for at in (0..has.records.len()).map(LogIndex) {
        let Some(id) = has.records.id(at) else { continue };
        if find(records, &id)?.is_some() {
            continue;
        }
        let entry = has.replica.entry(at, &has.records)?;
        let header = entry.header();
        if lower.is_some_and(|lower| !is_shared(lower, &header.scope)) {
            continue;
        }
        missing.entries += 1;
        if missing.some.len() < VERIFY_FAULTS_MAX {
            missing.some.push(MissingEntry {
                id,
                at,
                home: header.scope.home.to_string(),
                author: header.author,
                seq: header.seq,
                claimed_time_s: header.claimed_time_s,
            });
        }
    }
    for at in &has.receipts {
        // They were checked when the side was read; one that did not hold is a fault there.
        let Ok(receipt) = Receipt::parse(&has.records.receipt(*at)?) else { continue };
        let holder = receipt.note().ok().map(|note| note.claimed().log.node);
        if holder != other.node.as_ref().map(|(certificate, _)| *certificate) {
            continue;
        }
        for item in &receipt.items {
            if find(records, &item.tip)?.is_none() && missing.bound.len() < VERIFY_FAULTS_MAX {
                missing.bound.push(item.tip);
            }
        }
    }
    Ok(missing)
}
