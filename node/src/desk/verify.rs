//! Checking a whole store from the genesis on: every signature, body, chain and certificate, then the index.
//!
//! Reads the journal itself, with neither the engine nor the core, and lets a fresh replica over memory take in what
//! it finds. So nothing that is derived is believed, the running node is not held up, and it works offline.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fangwei_protocol::{
    record::{
        entry::{Claim, Hash, Kind},
        feed::HeaderFault,
    },
    records::{Fact, LogIndex, Memory, RecordsFailure},
    replica::{Checked, Me, ParcelFault, Replica, Unchecked},
    trust::{
        genesis::{Genesis, GenesisHash},
        key::PublicKey,
        receipt::Receipt,
    },
    work::schema::SCHEMAS,
};
use rayon::prelude::*;
use tokio::task::spawn_blocking;

use super::{Code, Desk, DeskError, Values, status::millis};
use crate::{
    api::shape::{Verified, VerifyFault},
    limits::{VERIFY_AT_A_TIME, VERIFY_FAULTS_MAX},
    store::journal_facts,
    words::{self, Language},
};

/// What the running index says of the same store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Indexed {
    /// Entries it holds: as many are read from the journal.
    pub entries: u64,
    /// Digest of all that is shared.
    pub digest: Hash,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Entries that were checked.
    pub entries: u64,
    /// Receipts whose signature holds.
    pub receipts: u64,
    /// Complete certificates.
    pub certificates: u64,
    /// Documents.
    pub documents: u64,
    /// Feeds.
    pub feeds: u64,
    /// Those that branch.
    pub branched: u64,
    /// Entries without effect.
    pub void: u64,
    /// Digest of all that is shared.
    pub digest: Hash,
    /// Everything that is wrong, as far as it is listed.
    pub faults: Vec<Fault>,
    /// Everything that is wrong, counted.
    pub fault_count: u64,
    /// How long it took.
    pub took: Duration,
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The entry's place in the log; none if it is about the whole.
    pub at: Option<LogIndex>,
    /// What.
    pub code: Code,
    /// About what.
    pub values: Values,
}

impl Desk {
    /// Checks the whole store. `on_progress` is told how many entries of how many are checked.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`]; what is wrong with the store is found, not failed at.
    pub async fn verify(
        &self,
        language: Language,
        on_progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<Verified, DeskError> {
        let node = self.node();
        let indexed = node.core().read(|sight| {
            let unit = &sight.replica.me().unit;
            Indexed { entries: sight.replica.log_length().0, digest: sight.replica.frontier().link_digest(unit) }
        });
        // A look shows only what is durable, so the journal has it all.
        let indexed = indexed.await?;
        let (dir, genesis, me) = (node.dir().to_owned(), node.genesis().clone(), node.me().clone());
        let found = spawn_blocking(move || {
            let mut on_progress = on_progress;
            let found = verify(&dir, &genesis, &me, Some(&indexed), &mut on_progress);
            (found, indexed)
        });
        let (found, indexed) = found.await.map_err(|error| DeskError::new(Code::StoreFailed).with("reason", error))?;
        let found = found?;
        let faults = found.faults.iter().map(|fault| VerifyFault {
            at: fault.at.map(|at| at.0),
            code: fault.code.as_str().into(),
            message: words::text(language, fault.code.as_str(), &fault.values),
        });
        Ok(Verified {
            sound: found.fault_count == 0,
            entries: found.entries,
            receipts: found.receipts,
            certificates: found.certificates,
            documents: found.documents,
            feeds: found.feeds,
            branched: found.branched,
            void: found.void,
            digest: found.digest.to_string(),
            index_digest: indexed.digest.to_string(),
            index_entries: indexed.entries,
            fault_count: found.fault_count,
            faults: faults.collect(),
            took_ms: millis(found.took),
        })
    }
}

/// Checks the store in `dir` from the genesis on; blocks for as long as it takes.
///
/// # Errors
///
/// [`RecordsFailure`] only if the fresh replica contradicts itself; everything else is in what was found.
pub fn verify(
    dir: &Path,
    genesis: &Genesis,
    me: &Me,
    indexed: Option<&Indexed>,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<Found, RecordsFailure> {
    let began = Instant::now();
    let records = Memory::default();
    let replica = Replica::open(genesis.clone(), me.clone(), [0; 32], LogIndex(0), &records)?;
    let mut check = Check {
        genesis: genesis.hash(),
        replica,
        records,
        pending: Vec::new(),
        receipts: Vec::new(),
        entries: 0,
        faults: Vec::new(),
        fault_count: 0,
    };
    let total = indexed.map(|indexed| indexed.entries);
    check.journal(dir, total, on_progress)?;
    let receipts = check.check_receipts();
    if let Some(indexed) = indexed {
        check.compare(indexed);
    }
    check.found(receipts, began.elapsed())
}

struct Pending {
    at: LogIndex,
    claim: Claim,
    key: PublicKey,
    body: Option<std::sync::Arc<[u8]>>,
}

struct Check {
    genesis: GenesisHash,
    replica: Replica,
    records: Memory,
    pending: Vec<Pending>,
    receipts: Vec<std::sync::Arc<[u8]>>,
    /// Entries read.
    entries: u64,
    faults: Vec<Fault>,
    fault_count: u64,
}

impl Check {
    fn journal(
        &mut self,
        dir: &Path,
        total: Option<u64>,
        on_progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), RecordsFailure> {
        let facts = match journal_facts(dir) {
            Ok(facts) => facts,
            Err(failure) => {
                self.fault(None, Code::FaultJournal, Values::from([("reason", failure.to_string())]));
                return Ok(());
            }
        };
        for located in facts {
            if total.is_some_and(|total| self.entries >= total) {
                break;
            }
            let located = match located {
                Ok(located) => located,
                Err(failure) => {
                    let values = Values::from([("reason", failure.to_string())]);
                    self.fault(Some(LogIndex(self.entries)), Code::FaultJournal, values);
                    break;
                }
            };
            match located.fact {
                Fact::Receipt(bytes) => self.receipts.push(bytes),
                Fact::LogEpoch(_) | Fact::Checkpoint(_) | Fact::Evidence(_) | Fact::Clock(_) => {}
                Fact::Entry { entry, body, .. } => {
                    let at = LogIndex(self.entries);
                    self.entries += 1;
                    self.take(at, &entry, body)?;
                }
            }
            if self.pending.len() >= VERIFY_AT_A_TIME {
                self.flush()?;
                on_progress(self.entries, total.unwrap_or(self.entries).max(self.entries));
            }
        }
        self.flush()?;
        on_progress(self.entries, total.unwrap_or(self.entries).max(self.entries));
        Ok(())
    }

    fn take(&mut self, at: LogIndex, entry: &[u8], body: Option<std::sync::Arc<[u8]>>) -> Result<(), RecordsFailure> {
        let claim = match Claim::parse(entry) {
            Ok(claim) => claim,
            Err(fault) => {
                self.fault(Some(at), Code::FaultUnreadable, Values::from([("reason", fault.to_string())]));
                return Ok(());
            }
        };
        let author = claim.claimed_author();
        if self.replica.charter().complete(&author).is_none() {
            // Its certificate may be among those not taken in yet.
            self.flush()?;
        }
        match self.replica.charter().complete(&author) {
            Some(known) => {
                let key = known.certificate.key;
                self.pending.push(Pending { at, claim, key, body });
            }
            None => self.fault(Some(at), Code::FaultAuthor, Values::new()),
        }
        Ok(())
    }

    /// Checks signatures and bodies on all cores, and lets the replica take in what holds.
    fn flush(&mut self) -> Result<(), RecordsFailure> {
        let genesis = self.genesis;
        let checked: Vec<(LogIndex, Result<Checked, ParcelFault>)> = std::mem::take(&mut self.pending)
            .into_par_iter()
            .map(|Pending { at, claim, key, body }| (at, Unchecked::new(claim, body, key).check(&genesis)))
            .collect();
        for (at, checked) in checked {
            let checked = match checked {
                Ok(checked) => checked,
                Err(ParcelFault::Claim(_)) => {
                    self.fault(Some(at), Code::FaultSignature, Values::new());
                    continue;
                }
                Err(ParcelFault::Body(_) | ParcelFault::NoBody { .. }) => {
                    self.fault(Some(at), Code::FaultBody, Values::new());
                    continue;
                }
            };
            match self.replica.admit(&checked, &self.records)? {
                // What is here already stands in the journal twice.
                Ok(batch) if batch.facts.is_empty() => self.fault(Some(at), Code::FaultPlace, Values::new()),
                Ok(batch) => self.records.store(&batch),
                Err(
                    fault @ (HeaderFault::Certificate { .. } | HeaderFault::AuthorUnit { .. } | HeaderFault::HomeOnly),
                ) => {
                    let values = Values::from([("reason", fault.to_string())]);
                    self.fault(Some(at), Code::FaultNotAllowed, values);
                }
                Err(_) => self.fault(Some(at), Code::FaultPlace, Values::new()),
            }
        }
        Ok(())
    }

    /// Receipts come last: their holders' certificates may have come after them.
    fn check_receipts(&mut self) -> u64 {
        let receipts = std::mem::take(&mut self.receipts);
        let charter = self.replica.charter();
        let holds = |bytes: &std::sync::Arc<[u8]>| {
            let receipt = Receipt::parse(bytes).ok()?;
            let holder = charter.complete(&receipt.note().ok()?.claimed().log.node)?;
            receipt.verify(&holder.certificate.key).ok()
        };
        let good = receipts.par_iter().filter(|bytes| holds(bytes).is_some()).count();
        for _ in good..receipts.len() {
            self.fault(None, Code::FaultReceipt, Values::new());
        }
        good as u64
    }

    fn compare(&mut self, indexed: &Indexed) {
        let digest = self.replica.frontier().link_digest(&self.replica.me().unit);
        if self.entries < indexed.entries {
            let reason = format!("{} < {}", self.entries, indexed.entries);
            self.fault(None, Code::FaultJournal, Values::from([("reason", reason)]));
        }
        if digest != indexed.digest {
            self.fault(None, Code::FaultIndex, Values::new());
        }
    }

    fn found(self, receipts: u64, took: Duration) -> Result<Found, RecordsFailure> {
        let replica = &self.replica;
        let mut void = 0;
        for at in 0..self.records.len() {
            void += u64::from(replica.said(LogIndex(at), &self.records)?.body.is_err());
        }
        let mut documents = 0;
        for schema in SCHEMAS {
            let kind: Kind = schema.kind;
            documents += replica.documents(kind, &self.records)?.len() as u64;
        }
        let (mut feeds, mut branched) = (0, 0);
        for scope in replica.frontier().scopes() {
            for (_, feed) in replica.frontier().feeds(&scope) {
                feeds += 1;
                branched += u64::from(feed.branched);
            }
        }
        Ok(Found {
            entries: self.records.len(),
            receipts,
            certificates: replica.charter().all().filter(|(_, certified)| certified.complete).count() as u64,
            documents,
            feeds,
            branched,
            void,
            digest: replica.frontier().link_digest(&replica.me().unit),
            faults: self.faults,
            fault_count: self.fault_count,
            took,
        })
    }

    fn fault(&mut self, at: Option<LogIndex>, code: Code, values: Values) {
        self.fault_count += 1;
        if self.faults.len() < VERIFY_FAULTS_MAX {
            self.faults.push(Fault { at, code, values });
        }
    }
}
