//! Writing a bundle: a case, a unit or everything, with all that proves it and nothing else that anybody said.
//!
//! What is asked for is shown whole, but for reports that whoever asks may not see: those stand there without what they
//! say. Around it stand the charters of its homes and of those above, the stands and
//! redactions of its scopes, and without their bodies the entries that its chains and documents name: so whoever reads
//! the bundle sees that no chain has a gap and does not read what they were not given.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
};

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        bundle::{Item, Kept, MAGIC, Totals},
        cbor,
        entry::{DocKey, EntryId, Kind, Reach, Scope, Shelf},
    },
    records::{Fact, LogIndex, Records, RecordsFailure, find, indexes, key},
    trust::receipt::Receipt,
    work::{case::act::InnerAct, unit::UnitPath},
};

use tokio::task::spawn_blocking;

use super::{Code, Desk, DeskError, Officer, cases::inner_closed_to};
use crate::{
    api::shape::EvidenceForm,
    limits::EVIDENCE_AT_A_TIME,
    run::Sight,
    store::{Bare, Position, StoreFailure, journal_facts},
};

/// Entries of a bundle, in log order, and whether their bodies are shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Chosen {
    /// Everything held: so many entries, shown but for these.
    All(u64, BTreeSet<LogIndex>),
    /// These.
    Some(Vec<(LogIndex, bool)>),
}

/// A bundle being written.
pub struct Writing {
    desk: Desk,
    chosen: Chosen,
    next: usize,
    totals: Totals,
    /// Where receipts stand in the journal that are still to be written.
    receipts: VecDeque<Position>,
    stage: Stage,
}

enum Stage {
    Head,
    Entries,
    Receipts,
    Done,
}

/// What is asked for.
enum Wanted {
    All,
    Unit(UnitPath),
    Documents(BTreeSet<DocKey>),
}

impl Desk {
    /// Begins a bundle of what is asked for, as far as whoever asks may see it.
    ///
    /// # Errors
    ///
    /// [`Code::BadQuery`] if not exactly one thing is asked for, no such case or unit, [`Code::NodeStopped`].
    pub async fn evidence(&self, officer: Option<&Officer>, form: &EvidenceForm) -> Result<Writing, DeskError> {
        let wanted = match (&form.case, &form.unit, form.all) {
            (None, None, true) => Wanted::All,
            (None, Some(unit), false) => Wanted::Unit(self.unit(Some(unit))?),
            (Some(case), None, false) => Wanted::Documents(self.documents_of_case(officer, case).await?),
            _ => return Err(DeskError::new(Code::BadQuery).with("reason", "case, unit, all: one of them")),
        };
        let mut closed = self.reports_closed_to(officer).await?;
        let officer = officer.cloned();
        let chosen = self.node().core().read(move |sight| {
            let inner = sight.replica.documents(Kind::CASE_INNER, sight.store)?;
            closed.extend(inner_closed_to(sight, officer.as_ref(), &inner)?);
            Ok::<_, DeskError>(choose(sight, &wanted, &closed)?)
        });
        let chosen = chosen.await??;
        let totals = Totals { entries: chosen.len() as u64, receipts: 0 };
        Ok(Writing { desk: self.clone(), chosen, next: 0, totals, receipts: VecDeque::new(), stage: Stage::Head })
    }

    /// Both files of a case and, for whoever may see the inner one, the reports it stands on, as far as they are kept
    /// here.
    pub(super) async fn documents_of_case(
        &self,
        officer: Option<&Officer>,
        id: &str,
    ) -> Result<BTreeSet<DocKey>, DeskError> {
        let mut documents = self.files_of(id).await?;
        let (asked, officer) = (documents.clone(), officer.cloned());
        let named = self.node().core().read(move |sight| {
            let closed = inner_closed_to(sight, officer.as_ref(), &asked)?;
            let mut reports = BTreeSet::new();
            for document in asked.iter().filter(|document| !closed.contains(*document)) {
                for said in sight.replica.history(document, sight.store)? {
                    if let Ok(Content::Act(Act::Inner(act))) = said.body.map(|body| body.content)
                        && let InnerAct::Propose(proposal) = *act
                    {
                        reports.extend(proposal.reports);
                    }
                }
            }
            Ok::<_, DeskError>(reports)
        });
        documents.extend(named.await??);
        Ok(documents)
    }
}

impl Chosen {
    fn len(&self) -> usize {
        match self {
            Chosen::All(entries, _) => usize::try_from(*entries).unwrap_or(usize::MAX),
            Chosen::Some(chosen) => chosen.len(),
        }
    }

    fn some(&self, from: usize, count: usize) -> Vec<(LogIndex, bool)> {
        match self {
            Chosen::All(_, closed) => {
                let all = (from..self.len()).map(|at| LogIndex(at as u64));
                all.take(count).map(|at| (at, !closed.contains(&at))).collect()
            }
            Chosen::Some(chosen) => chosen.iter().skip(from).take(count).copied().collect(),
        }
    }
}

impl Writing {
    /// The next bytes of the file; none at its end.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], and what the store says.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DeskError> {
        match self.stage {
            Stage::Head => {
                self.stage = Stage::Entries;
                let genesis = cbor::encode(self.desk.node().signed_genesis());
                Ok(Some([MAGIC, &Item::Genesis(genesis.into()).framed()].concat()))
            }
            Stage::Entries => {
                let some = self.chosen.some(self.next, EVIDENCE_AT_A_TIME);
                if some.is_empty() {
                    self.stage = Stage::Receipts;
                    self.receipts = self.find_receipts().await?;
                    return Ok(Some(Vec::new()));
                }
                self.next += some.len();
                let bytes = self.desk.node().core().read(move |sight| {
                    let mut bytes = Vec::new();
                    for (at, is_shown) in some {
                        let record = sight.store.read(at)?;
                        // What was lawfully taken away is given to nobody, even before it is overwritten.
                        let is_shown = is_shown && sight.replica.said(at, sight.store)?.remains.is_none();
                        let body = record.body.filter(|_| is_shown).map(|body| body.to_vec().into());
                        bytes.extend(Item::Entry(Kept { at, entry: record.entry.to_vec().into(), body }).framed());
                    }
                    Ok::<_, RecordsFailure>(bytes)
                });
                Ok(Some(bytes.await??))
            }
            Stage::Receipts => {
                let Some(at) = self.receipts.pop_front() else {
                    self.stage = Stage::Done;
                    return Ok(Some(Item::End(self.totals).framed()));
                };
                self.totals.receipts += 1;
                let bytes = Bare::new(self.desk.node().dir()).receipt(at)?;
                Ok(Some(Item::Receipt(bytes.into()).framed()))
            }
            Stage::Done => Ok(None),
        }
    }
}

impl Writing {
    /// The receipts that name an entry of this bundle, out of the journal, where they rest as they came.
    async fn find_receipts(&self) -> Result<VecDeque<Position>, DeskError> {
        let dir = self.desk.node().dir().to_owned();
        let all = spawn_blocking(move || receipts(&dir)).await;
        let all = all.map_err(|error| DeskError::new(Code::StoreFailed).with("reason", error))?;
        let all = all.map_err(|failure| DeskError::new(Code::StoreFailed).with("reason", failure))?;
        let Chosen::Some(chosen) = &self.chosen else { return Ok(all.into_iter().map(|(at, _)| at).collect()) };
        let chosen: BTreeSet<LogIndex> = chosen.iter().map(|(at, _)| *at).collect();
        let named = self.desk.node().core().read(move |sight| {
            let mut named = VecDeque::new();
            for (at, tips) in all {
                for tip in tips {
                    if find(sight.store, &tip)?.is_some_and(|place| chosen.contains(&place)) {
                        named.push_back(at);
                        break;
                    }
                }
            }
            Ok::<_, RecordsFailure>(named)
        });
        Ok(named.await??)
    }
}

/// Every receipt of a journal and the entries it names.
fn receipts(dir: &Path) -> Result<Vec<(Position, Vec<EntryId>)>, StoreFailure> {
    let mut all = Vec::new();
    for located in journal_facts(dir)? {
        let located = located?;
        if let Fact::Receipt(bytes) = located.fact
            && let Ok(receipt) = Receipt::parse(&bytes)
        {
            all.push((located.at, receipt.items.iter().map(|item| item.tip).collect()));
        }
    }
    Ok(all)
}

fn choose(sight: &Sight<'_>, wanted: &Wanted, closed: &BTreeSet<DocKey>) -> Result<Chosen, RecordsFailure> {
    let mut unsaid: BTreeSet<LogIndex> = BTreeSet::new();
    for document in closed {
        unsaid.extend(indexes(sight.store, &key::document_log_prefix(document))?);
    }
    let frontier = sight.replica.frontier();
    let mut chosen: BTreeMap<LogIndex, bool> = BTreeMap::new();
    let mut scopes: BTreeSet<Scope> = BTreeSet::new();
    match wanted {
        Wanted::All => return Ok(Chosen::All(sight.replica.log_length().0, unsaid)),
        Wanted::Unit(unit) => {
            for scope in frontier.scopes().filter(|scope| unit.contains(&scope.home) && scope.reach != Reach::LOCAL) {
                for (_, feed) in frontier.feeds(&scope) {
                    let log = indexes(sight.store, &key::feed_log_prefix(&feed.key))?;
                    chosen.extend(log.into_iter().map(|at| (at, true)));
                }
                scopes.insert(scope);
            }
        }
        Wanted::Documents(documents) => {
            for document in documents {
                let log = indexes(sight.store, &key::document_log_prefix(document))?;
                chosen.extend(log.into_iter().map(|at| (at, true)));
                scopes.insert(document.scope.clone());
            }
        }
    }
    // Names of units and holders prove nothing and are nobody's business here.
    let charter = [Kind::CERTIFICATE, Kind::STAND, Kind::REDACTION, Kind::ROOT, Kind::WITNESSES];
    for kind in charter {
        for document in sight.replica.documents(kind, sight.store)? {
            let scope = &document.scope;
            let is_charter = scope.shelf == Shelf::CHARTER
                && scope.reach != Reach::LOCAL
                && scopes.iter().any(|shown| scope.home.contains(&shown.home));
            if is_charter || scopes.contains(scope) {
                let log = indexes(sight.store, &key::document_log_prefix(&document))?;
                chosen.extend(log.into_iter().map(|at| (at, true)));
            }
        }
    }
    let mut open: Vec<LogIndex> = chosen.keys().copied().collect();
    while let Some(at) = open.pop() {
        let entry = sight.replica.entry(at, sight.store)?;
        let header = entry.header();
        for id in header.prev.iter().chain(header.after.iter().flatten()) {
            let at = find(sight.store, id)?.ok_or(RecordsFailure::Damaged(at))?;
            if let std::collections::btree_map::Entry::Vacant(place) = chosen.entry(at) {
                place.insert(false);
                open.push(at);
            }
        }
    }
    Ok(Chosen::Some(chosen.into_iter().map(|(at, is_shown)| (at, is_shown && !unsaid.contains(&at))).collect()))
}
