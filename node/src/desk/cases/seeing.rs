//! Who may see the inner file of a case: not everybody who works at a node that keeps it.
//!
//! Where no officer asks, it is whoever owns the machine, who can read its disk.

use std::collections::BTreeSet;

use fangwei_protocol::{
    record::entry::{DocKey, Kind},
    replica::Rulebook,
    trust::charter::Role,
    work::{
        case::{
            inner::Inner,
            law::{HANDLING, Officer as Acting},
        },
        unit::UnitPath,
    },
};

use super::{Files, Standing, acting};
use crate::{
    desk::{Desk, DeskError, Officer},
    run::Sight,
    view::Line,
};

/// Whether an officer may see a case's inner file: who handles or audits at the deciding unit or above, and takes part.
/// The same as of what is said about reports. Source: domain §3, §7; architecture §4.
pub(in crate::desk) fn sees_inner(acting: &Acting<'_>, deciding: &UnitPath, inner: &Inner<'_>) -> bool {
    let is_office = acting.has_any(HANDLING) || acting.has_any(&[Role::AUDITOR]);
    is_office && acting.unit.contains(deciding) && !inner.is_out(&acting.holder)
}

impl<'a> Standing<'a> {
    /// The files as an officer may see them.
    ///
    /// # Errors
    ///
    /// [`crate::desk::Code::NoSuchOfficer`].
    pub(in crate::desk) fn seen_by(
        &self,
        sight: &Sight<'_>,
        officer: Option<&Officer>,
    ) -> Result<Standing<'a>, DeskError> {
        let Some(officer) = officer else { return Ok(*self) };
        let acting = acting(sight, officer)?;
        let inner = self.inner.filter(|(_, inner)| sees_inner(&acting, &self.case.scope.home, inner));
        Ok(Standing { inner, ..*self })
    }
}

impl Files {
    /// Whether there is anything of a case that an officer may see.
    pub(super) fn are_seen_by(
        &self,
        sight: &Sight<'_>,
        rules: &Rulebook,
        officer: Option<&Officer>,
    ) -> Result<bool, DeskError> {
        if self.outer.is_some() {
            return Ok(true);
        }
        self.standing_by(sight, rules, |standing| Ok(standing.seen_by(sight, officer)?.inner.is_some()))
    }
}

impl Desk {
    /// Of some cases those of which an officer may see anything.
    pub(super) async fn seen_by(&self, officer: Option<&Officer>, lines: Vec<Line>) -> Result<Vec<Line>, DeskError> {
        let Some(officer) = officer.cloned() else { return Ok(lines) };
        let seen = self.node().core().read(move |sight| {
            let rules = sight.replica.rulebook(sight.store)?;
            let mut seen = Vec::with_capacity(lines.len());
            for line in lines {
                let is_seen = match Files::of(&line) {
                    Some(files) => files.are_seen_by(sight, &rules, Some(&officer))?,
                    None => false,
                };
                seen.extend(Some(line).filter(|_| is_seen));
            }
            Ok::<_, DeskError>(seen)
        });
        seen.await?
    }
}

/// Those of some documents that are inner files an officer may not see.
///
/// # Errors
///
/// [`crate::desk::Code::NoSuchOfficer`], [`crate::desk::Code::StoreFailed`].
pub(in crate::desk) fn inner_closed_to<'d>(
    sight: &Sight<'_>,
    officer: Option<&Officer>,
    documents: impl IntoIterator<Item = &'d DocKey>,
) -> Result<BTreeSet<DocKey>, DeskError> {
    let Some(officer) = officer else { return Ok(BTreeSet::new()) };
    let acting = acting(sight, officer)?;
    let rules = sight.replica.rulebook(sight.store)?;
    let mut closed = BTreeSet::new();
    for document in documents.into_iter().filter(|document| document.kind == Kind::CASE_INNER) {
        let file = sight.replica.casefile(document, &rules, sight.store)?;
        if !sees_inner(&acting, &document.scope.home, &sight.replica.inner(&file)) {
            closed.insert(document.clone());
        }
    }
    Ok(closed)
}
