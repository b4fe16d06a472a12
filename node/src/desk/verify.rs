//! Checking a whole store while the node runs, and what is said of it.

use tokio::task::spawn_blocking;

use super::{Code, Desk, DeskError, status::millis};
use crate::{
    api::shape::{PartingShown, Verified, VerifyFault, VerifyForm},
    audit::{self, Asked, Fault, Found, Indexed, Parting},
    words::{self, Language},
};

impl Desk {
    /// Checks the whole store. `on_progress` is told how many entries of how many are checked.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`]; what is wrong with the store is found, not failed at.
    pub async fn verify(
        &self,
        form: VerifyForm,
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
            let known = form.known.as_ref();
            let asked = Asked { dir: &dir, genesis: &genesis, me: &me, indexed: Some(&indexed), known };
            (audit::audit(&asked, &mut on_progress), indexed)
        });
        let (found, indexed) = found.await.map_err(|error| DeskError::new(Code::StoreFailed).with("reason", error))?;
        let found = found?;
        let mut verified = shown(found, language);
        verified.index_digest = indexed.digest.to_string();
        verified.index_entries = indexed.entries;
        Ok(verified)
    }
}

/// What was found, for people, without what an index says.
#[must_use]
pub fn shown(found: Found, language: Language) -> Verified {
    Verified {
        sound: found.fault_count == 0,
        entries: found.entries,
        known_entries: found.known_entries,
        receipts: found.receipts,
        certificates: found.certificates,
        documents: found.documents,
        feeds: found.feeds,
        branched: found.branched,
        partings: found.partings.iter().map(PartingShown::from).collect(),
        void: found.void,
        struck: found.struck,
        struck_confirmed: found.struck_confirmed.iter().map(ToString::to_string).collect(),
        withheld: found.withheld,
        digest: found.digest.to_string(),
        index_digest: String::new(),
        index_entries: 0,
        fault_count: found.fault_count,
        faults: found.faults.iter().map(|fault| fault.said(language)).collect(),
        known: found.known,
        took_ms: millis(found.took),
    }
}

impl Fault {
    fn said(&self, language: Language) -> VerifyFault {
        VerifyFault {
            at: self.at.map(|at| at.0),
            code: self.code.as_str().into(),
            message: words::text(language, self.code.as_str(), &self.values),
        }
    }
}

impl From<&Parting> for PartingShown {
    fn from(parting: &Parting) -> PartingShown {
        PartingShown {
            home: parting.scope.home.to_string(),
            author: parting.author.to_string(),
            id: parting.id.to_string(),
            forks_from: parting.forks_from.map(|id| id.to_string()),
        }
    }
}
