//! What crossed, in one place: fields set differently at the same time and acts whose authors had not seen each other's.
//!
//! Nothing of it is lost and nothing is decided here: values stay until somebody signs which of them stands, acts until
//! somebody does what settles them. Which cases have something crossed follows from the log alone, so that it is looked
//! for once for each length of the log.

use fangwei_protocol::{
    record::entry::{EntryId, Kind},
    replica::Casefile,
    work::case::{Crossing, deed::CaseDeed, inner::Inner},
};

use super::{
    Desk, DeskError, Officer,
    cases::{Files, Standing, Unsettled, acting, case_line, sees_inner},
    deed::Deed,
    shown::Showing,
};
use crate::{
    api::shape::{
        ActsCrossed, CaseLine, Conflicts, DocumentShown, EntryShown, FieldContent, FieldCrossed, RiskEdit,
        ValueCrossed, ValueShown,
    },
    view::{List, stages},
    words::Language,
};

/// Deeds that take back what stands.
const TAKES_BACK: &[CaseDeed] = &[
    CaseDeed::Return,
    CaseDeed::Rescind,
    CaseDeed::ReferProposal,
    CaseDeed::Cancel,
    CaseDeed::SendBack,
    CaseDeed::Withdraw,
    CaseDeed::Uphold,
    CaseDeed::Refer,
];

impl Desk {
    /// Everything kept here that crossed, as far as an officer may see it.
    ///
    /// # Errors
    ///
    /// [`super::Code::NoSuchOfficer`], [`super::Code::NodeStopped`], [`super::Code::StoreFailed`],
    /// [`super::Code::ListsFailed`].
    pub async fn conflicts(&self, officer: &Officer, language: Language) -> Result<Conflicts, DeskError> {
        let mut fields = Vec::new();
        for document in self.documents_crossed(officer, language).await? {
            fields.extend(self.fields_crossed(officer, &document, language).await?);
        }
        let mut acts = Vec::new();
        for id in self.cases_crossed().await? {
            let line = self.line(List::Cases, &id).await?;
            let names = self.fresh_view().await?.names();
            let officer = officer.clone();
            let found = self.node().core().read(move |sight| {
                let showing = Showing { sight, names: &names, language };
                let (Some(files), Some(line)) = (Files::of(&line), case_line(&names, &line, language)) else {
                    return Ok(Vec::new());
                };
                files.standing(sight, |standing| of_case(&showing, &officer, &files, standing, &line))
            });
            acts.extend(found.await??);
        }
        acts.sort_by_key(|one: &ActsCrossed| (!one.needs_person, std::cmp::Reverse(one.other.at)));
        Ok(Conflicts { fields, acts })
    }

    /// How much of what crossed people have to settle, as far as an officer may see it.
    ///
    /// # Errors
    ///
    /// As [`Desk::conflicts`].
    pub async fn conflicts_to_settle(&self, officer: &Officer, language: Language) -> Result<usize, DeskError> {
        let all = self.conflicts(officer, language).await?;
        Ok(all.fields.len() + all.acts.iter().filter(|one| one.needs_person).count())
    }

    /// Risk points and drafts of reports in which a field has several values.
    async fn documents_crossed(&self, officer: &Officer, language: Language) -> Result<Vec<DocumentShown>, DeskError> {
        let reader = self.fresh_view().await?.reader()?;
        let closed = self.reports_closed_to(Some(officer)).await?;
        let mut found = Vec::new();
        for document in reader.crossed().await? {
            let id = document.doc.to_string();
            if document.kind == Kind::REPORT && !closed.contains(&document) {
                let report = self.report_for(Some(officer), &id, language).await?;
                // What was filed is what stands.
                found.extend(Some(report).filter(|report| report.filed.is_none()).map(|report| report.document));
            } else if document.kind == Kind::RISK {
                found.push(self.risk(&id, language).await?);
            }
        }
        Ok(found)
    }

    async fn fields_crossed(
        &self,
        officer: &Officer,
        document: &DocumentShown,
        language: Language,
    ) -> Result<Vec<FieldCrossed>, DeskError> {
        let mut found = Vec::new();
        for field in &document.fields {
            let FieldContent::Single { value, by, others } = &field.content else { continue };
            if others.is_empty() {
                continue;
            }
            let others = others.iter().map(|other| (other.value.clone(), other.by.clone()));
            let all = value.clone().zip(by.clone()).into_iter().chain(others);
            let values: Vec<ValueCrossed> = all.map(|(value, entry)| written(document, value, entry)).collect();
            let first = values.first().map(|one| one.value.clone());
            let deed = settling(document, &field.name, first);
            found.push(FieldCrossed {
                document: document.id.clone(),
                short: document.short.clone(),
                kind: document.kind.clone(),
                title: title(document),
                unit_name: document.unit_name.clone(),
                field: field.name.clone(),
                label: field.label.clone(),
                values,
                may_settle: self.rehearse(officer, deed, language).await.is_ok(),
            });
        }
        Ok(found)
    }

    /// Cases in which something crossed, whoever may see it.
    async fn cases_crossed(&self) -> Result<Vec<String>, DeskError> {
        let seen = self.fresh_view().await?.seen();
        let mut kept = self.shared.crossed.lock().await;
        if let Some((_, cases)) = kept.as_ref().filter(|(at, _)| *at == seen) {
            return Ok(cases.clone());
        }
        let found = self.of_each_case(stages(), Language::default(), |showing, files, line| {
            files.standing(showing.sight, |standing| {
                let inner = standing.inner.is_some_and(|(_, inner)| !inner.crossings.is_empty());
                let outer = standing.outer.is_some_and(|(_, outer)| !outer.crossings.is_empty());
                let any = inner || outer || !standing.contradictions(showing.sight)?.is_empty();
                Ok::<_, DeskError>(any.then_some(line.id))
            })
        });
        let found = found.await?;
        *kept = Some((seen, found.clone()));
        Ok(found)
    }
}

/// What signs that a value of a field stands; with several values that is said also of the one that is shown.
#[must_use]
pub fn settling(document: &DocumentShown, field: &str, value: Option<ValueShown>) -> Deed {
    let set = [(field.to_owned(), value)].into();
    let edit = RiskEdit { after: Some(document.heads.clone()), set, ..RiskEdit::default() };
    if document.kind == "report" {
        Deed::EditDraft(document.id.clone(), edit)
    } else {
        Deed::EditRisk(document.id.clone(), edit)
    }
}

/// Whether a deed takes back what stands in a file.
fn takes_back(deed: &CaseDeed, file: &Casefile) -> bool {
    TAKES_BACK.contains(deed) && deed.is_inner() == (file.document.kind == Kind::CASE_INNER)
}

fn written(document: &DocumentShown, value: ValueShown, entry: String) -> ValueCrossed {
    let said = document.history.iter().find(|one| one.id == entry);
    let (author, time) = said.map(|one| (one.author.name.clone(), one.time.clone())).unwrap_or_default();
    ValueCrossed { value, entry, author, time }
}

fn title(document: &DocumentShown) -> String {
    let named = |name: &str| document.fields.iter().find(|field| field.name == name).map(|field| &field.content);
    match (named("title"), named("description")) {
        (Some(FieldContent::Single { value: Some(ValueShown::Word(title)), .. }), _) => title.clone(),
        (_, Some(FieldContent::Prose { text })) => text.chars().take(40).collect(),
        _ => String::new(),
    }
}

fn of_case(
    showing: &Showing<'_>,
    officer: &Officer,
    files: &Files,
    standing: &Standing<'_>,
    line: &CaseLine,
) -> Result<Vec<ActsCrossed>, DeskError> {
    let acting = acting(showing.sight, officer)?;
    let inner = standing.inner.filter(|(_, inner): &(_, &Inner<'_>)| sees_inner(&acting, files.decided_at(), inner));
    let may = files.possible(showing.sight, standing, officer, |_| true)?;
    // What takes back what stands, or does again what was without effect; and that it is settled.
    let about = |file: &Casefile, what: &Unsettled, again: Option<&str>| -> Result<Vec<String>, DeskError> {
        let deeds = may.iter().filter(|deed| takes_back(deed, file) || again == Some(deed.name()));
        let settle = if what.is_inner { CaseDeed::SettleInner } else { CaseDeed::Settle };
        let settle = Some(settle).filter(|settle| may.contains(settle));
        let settle = match settle {
            Some(settle) if files.may_settle(showing.sight, standing, officer, what)? => Some(settle),
            _ => None,
        };
        Ok(deeds.copied().chain(settle).map(|deed| deed.name().into()).collect())
    };
    let settled = |file: &Casefile, what: &Unsettled| {
        standing.settled_by(what).map_or(Ok(None), |entry| side(showing, file, &entry))
    };
    let mut found = Vec::new();
    let crossings = |file: &Casefile, crossings: &[Crossing]| {
        let one = |crossing: &Crossing| -> Result<Option<ActsCrossed>, DeskError> {
            let (Some(other), stands) = (side(showing, file, &crossing.other)?, side(showing, file, &crossing.stands)?)
            else {
                return Ok(None);
            };
            let what = Unsettled::crossed(file, crossing);
            let settled = settled(file, &what)?;
            let needs_person = crossing.needs_person && settled.is_none();
            let may = if needs_person { about(file, &what, Some(&other.deed))? } else { Vec::new() };
            Ok(Some(ActsCrossed { line: line.clone(), other, stands, needs_person, settled, why: None, may }))
        };
        crossings.iter().filter_map(|crossing| one(crossing).transpose()).collect::<Result<Vec<_>, _>>()
    };
    if let Some((file, inner)) = inner {
        found.extend(crossings(file, &inner.crossings)?);
    }
    if let Some((file, outer)) = standing.outer {
        found.extend(crossings(file, &outer.crossings)?);
        let breaches = if inner.is_some() { standing.contradictions(showing.sight)? } else { Vec::new() };
        for breach in breaches {
            let Some(other) = side(showing, file, &breach.entry)? else { continue };
            let what = Unsettled { is_inner: false, clash: breach.clash() };
            let settled = settled(file, &what)?;
            found.push(ActsCrossed {
                line: line.clone(),
                other,
                stands: None,
                needs_person: settled.is_none(),
                may: if settled.is_none() { about(file, &what, None)? } else { Vec::new() },
                settled,
                why: Some(showing.spoken(breach.why.refusal())),
            });
        }
    }
    Ok(found)
}

/// One of two acts that crossed, as it is shown everywhere.
fn side(showing: &Showing<'_>, file: &Casefile, entry: &EntryId) -> Result<Option<EntryShown>, DeskError> {
    let said = file.history.iter().find(|said| said.entry.id() == *entry);
    said.map(|said| showing.entry(said, Vec::new())).transpose()
}
