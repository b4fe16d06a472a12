//! The whole store, checked from the genesis on: every record, signature, certificate, chain and receipt.
//!
//! Reads the journal's files and nothing else: no index, no lock, no running node is needed, and none is disturbed.
//! What holds here holds for anybody with the genesis fingerprint.

use std::path::Path;

use fangwei_protocol::{
    record::entry::{Claim, EntryId, Hash},
    records::{Fact, LogIndex, Memory},
    replica::{Checked, ParcelFault, Replica, Unchecked},
    trust::receipt::SignedReceipt,
};
use rayon::prelude::*;
use thiserror::Error;

use crate::{
    identity::{Identity, IdentityFailure},
    store::{StoreFailure, journal_facts},
};

/// Facts checked at a time on all cores.
const CHUNK: usize = 1024;

/// Faults that are named; beyond it they are only counted.
const FAULTS_NAMED_MAX: usize = 20;

/// What a store turned out to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// Whose tree: the genesis fingerprint everything was checked against.
    pub genesis: Hash,
    /// Entries read.
    pub entries: u64,
    /// Entries with effect.
    pub valid: u64,
    /// Entries kept without effect, as the rules say.
    pub void: u64,
    /// Receipts read.
    pub receipts: u64,
    /// Feeds that branched or forked: to be looked at by people.
    pub branched: u64,
    /// Of everything held, to compare with the running node's.
    pub digest: Hash,
    /// The first faults.
    pub faults: Vec<Fault>,
    /// All faults.
    pub fault_count: u64,
}

/// Something that does not hold.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Fault {
    /// An entry.
    #[error("entry {}: {reason}", .at.0)]
    Entry {
        /// Its place in the log.
        at: LogIndex,
        /// What is wrong.
        reason: String,
    },
    /// A receipt.
    #[error("receipt {number}: {reason}")]
    Receipt {
        /// Which, from 0.
        number: u64,
        /// What is wrong.
        reason: String,
    },
}

/// Why a store could not be checked to its end.
#[derive(Debug, Error)]
pub enum VerifyFailure {
    /// Who the node is could not be read.
    #[error(transparent)]
    Identity(#[from] IdentityFailure),
    /// The journal could not be read on: what is damaged is named.
    #[error(transparent)]
    Journal(#[from] StoreFailure),
}

/// Checks the store of the node in `dir`. `progress` hears how many facts are done.
///
/// # Errors
///
/// [`VerifyFailure`]; what merely does not hold is in the result.
pub fn verify(dir: &Path, progress: &mut dyn FnMut(u64)) -> Result<Verified, VerifyFailure> {
    let identity = Identity::load(dir)?;
    let genesis = identity.genesis.hash();
    let mut records = Memory::default();
    let opened = Replica::open(identity.genesis.clone(), identity.me.clone(), [0; 32], LogIndex(0), &records);
    let replica = opened.unwrap_or_else(|failure| unreachable!("memory is read: {failure}"));
    let mut check = Check { replica, done: Verified::new(genesis.0), place: 0 };
    let mut facts = journal_facts(dir)?;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK
            && let Some(located) = facts.next()
        {
            chunk.push(located?.fact);
        }
        if chunk.is_empty() {
            break;
        }
        check.chunk(chunk, &mut records);
        progress(check.done.entries + check.done.receipts);
    }
    let Check { replica, mut done, .. } = check;
    for at in 0..replica.log_length().0 {
        match replica.said(LogIndex(at), &records) {
            Ok(said) if said.body.is_ok() => done.valid += 1,
            _ => done.void += 1,
        }
    }
    done.branched = replica.frontier().below(&identity.genesis.root).filter(|(.., feed)| feed.branched).count() as u64;
    done.digest = replica.digest();
    Ok(done)
}

struct Check {
    replica: Replica,
    done: Verified,
    place: u64,
}

impl Check {
    fn chunk(&mut self, facts: Vec<Fact>, records: &mut Memory) {
        // Signatures of authors known by now on all cores; the rest in their turn, after what certifies them.
        let genesis = *self.replica.genesis();
        let known: Vec<Option<Unchecked>> = facts.iter().map(|fact| prepare(&self.replica, fact)?.ok()).collect();
        let early: Vec<Option<Result<Checked, ParcelFault>>> =
            known.into_par_iter().map(|unchecked| unchecked.map(|unchecked| unchecked.check(&genesis))).collect();
        for (fact, early) in facts.iter().zip(early) {
            match fact {
                Fact::Entry { .. } => {
                    let at = LogIndex(self.place);
                    self.place += 1;
                    self.done.entries += 1;
                    if let Err(reason) = self.entry(fact, early, records) {
                        self.done.fault(Fault::Entry { at, reason });
                    }
                }
                Fact::Receipt(bytes) => {
                    let number = self.done.receipts;
                    self.done.receipts += 1;
                    if let Err(reason) = self.receipt(bytes) {
                        self.done.fault(Fault::Receipt { number, reason });
                    }
                }
            }
        }
    }

    fn entry(
        &mut self,
        fact: &Fact,
        early: Option<Result<Checked, ParcelFault>>,
        records: &mut Memory,
    ) -> Result<EntryId, String> {
        let checked = match early {
            Some(checked) => checked,
            None => match prepare(&self.replica, fact) {
                Some(Ok(unchecked)) => unchecked.check(self.replica.genesis()),
                Some(Err(reason)) => return Err(reason),
                None => return Err("author is not known from the genesis".into()),
            },
        };
        let checked = checked.map_err(|fault| fault.to_string())?;
        let id = checked.id();
        let admitted = self.replica.admit(&checked, records).map_err(|failure| failure.to_string())?;
        let batch = admitted.map_err(|fault| fault.to_string())?;
        records.store(&batch);
        Ok(id)
    }

    fn receipt(&self, bytes: &[u8]) -> Result<(), String> {
        let signed = SignedReceipt::parse(bytes).map_err(|fault| fault.to_string())?;
        let holder = self.replica.charter().complete(&signed.receipt.holder);
        let key = holder.ok_or("holder is not known from the genesis")?.certificate.key;
        signed.verify(self.replica.genesis(), &key).map_err(|fault| fault.to_string())?;
        Ok(())
    }
}

/// What is to be checked of an entry; `None` if its author is not known yet.
fn prepare(replica: &Replica, fact: &Fact) -> Option<Result<Unchecked, String>> {
    let Fact::Entry { entry, body, .. } = fact else { return None };
    let claim = match Claim::parse(entry) {
        Ok(claim) => claim,
        Err(fault) => return Some(Err(fault.to_string())),
    };
    let key = replica.charter().complete(&claim.claimed_author())?.certificate.key;
    Some(Ok(Unchecked::new(claim, body.clone(), key)))
}

impl Verified {
    fn new(genesis: Hash) -> Verified {
        Verified {
            genesis,
            entries: 0,
            valid: 0,
            void: 0,
            receipts: 0,
            branched: 0,
            digest: genesis,
            faults: Vec::new(),
            fault_count: 0,
        }
    }

    /// Whether everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.fault_count == 0
    }

    fn fault(&mut self, fault: Fault) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_NAMED_MAX {
            self.faults.push(fault);
        }
    }
}
