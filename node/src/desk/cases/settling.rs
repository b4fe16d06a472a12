//! What crossed or contradicts in a case, and what is said about it once somebody looked.

use fangwei_protocol::{
    record::{
        body::Act,
        entry::{EntryId, Kind},
    },
    records::RecordsFailure,
    replica::Casefile,
    work::case::{
        Crossing,
        act::{Clash, InnerAct, OuterAct},
        breach::Breach,
    },
};

use super::Standing;
use crate::{desk::is_prefix, run::Sight};

/// Something that waits for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::desk) struct Unsettled {
    /// Whether it is said in the inner file that it is settled.
    pub(in crate::desk) is_inner: bool,
    pub(in crate::desk) clash: Clash,
}

impl Unsettled {
    /// What crossed in one of the two files.
    pub(in crate::desk) fn crossed(file: &Casefile, crossing: &Crossing) -> Unsettled {
        Unsettled { is_inner: file.document.kind == Kind::CASE_INNER, clash: crossing.clash() }
    }

    /// The act that is without effect, or should not stand.
    pub(in crate::desk) fn entry(&self) -> EntryId {
        match self.clash {
            Clash::Acts { other, .. } => other,
            Clash::Files { entry, .. } => entry,
        }
    }

    /// What is signed about it.
    pub(super) fn settled(&self, findings: String) -> Act {
        match self.clash {
            Clash::Acts { stands, other } if self.is_inner => {
                Act::Inner(Box::new(InnerAct::Settle { stands, other, findings }))
            }
            clash => Act::Outer(Box::new(OuterAct::Settle { clash, findings })),
        }
    }
}

impl Standing<'_> {
    /// Where the two files contradict each other, where both are kept.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub(in crate::desk) fn contradictions(&self, sight: &Sight<'_>) -> Result<Vec<Breach>, RecordsFailure> {
        let rules = sight.replica.rulebook(sight.store)?;
        let cadres = sight.replica.cadres(&rules, sight.store)?;
        self.breaches(sight, &rules, &cadres, &sight.replica.bench())
    }

    /// Everything that waits for people, that of the inner file first.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub(in crate::desk) fn unsettled(&self, sight: &Sight<'_>) -> Result<Vec<Unsettled>, RecordsFailure> {
        let mut found = Vec::new();
        if let Some((file, inner)) = self.inner {
            found.extend(inner.unsettled().map(|crossing| Unsettled::crossed(file, crossing)));
        }
        if let Some((file, outer)) = self.outer {
            found.extend(outer.unsettled().map(|crossing| Unsettled::crossed(file, crossing)));
            let breaches = self.contradictions(sight)?;
            let open = breaches.iter().map(Breach::clash).filter(|clash| !outer.is_settled(clash));
            found.extend(open.map(|clash| Unsettled { is_inner: false, clash }));
        }
        Ok(found)
    }

    /// What waits in one of the files and is about an act by the beginning of its id; without one, the first.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub(super) fn waiting(
        &self,
        sight: &Sight<'_>,
        is_inner: bool,
        act: Option<&str>,
    ) -> Result<Option<Unsettled>, RecordsFailure> {
        let is_it = |one: &Unsettled| {
            one.is_inner == is_inner && act.is_none_or(|act| is_prefix(act, &one.entry().to_string()))
        };
        Ok(self.unsettled(sight)?.into_iter().find(is_it))
    }

    /// The entry that says what was made of something, if somebody did.
    pub(in crate::desk) fn settled_by(&self, what: &Unsettled) -> Option<EntryId> {
        let inner = self.inner.filter(|_| what.is_inner).and_then(|(_, inner)| {
            let is_it = |act: &InnerAct| {
                matches!(act, InnerAct::Settle { stands, other, .. }
                    if Clash::Acts { stands: *stands, other: *other } == what.clash)
            };
            inner.steps.iter().find(|step| is_it(step.act)).map(|step| step.id)
        });
        let outer = self.outer.filter(|_| !what.is_inner).and_then(|(_, outer)| {
            let is_it = |act: &OuterAct| matches!(act, OuterAct::Settle { clash, .. } if *clash == what.clash);
            outer.steps.iter().find(|step| is_it(step.act)).map(|step| step.id)
        });
        inner.or(outer)
    }
}
