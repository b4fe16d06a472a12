//! A case with what is kept here of both of its files.

use fangwei_protocol::{
    record::entry::EntryId,
    replica::Casefile,
    work::{
        calendar::{Day, day_of},
        case::{
            Crossing,
            act::OuterAct,
            deadline::{Deadline, Punctual},
            inner::Inner,
            outer::Outer,
            table::Stage,
        },
        pack::{Pack, level::LevelRule},
    },
};

use super::{Files, Standing, case_line};
use crate::{
    api::shape::{ActShown, CaseShown, ConflictShown, DeadlineShown},
    desk::{Desk, DeskError, Officer, packs::named, papers::written_number, sharing, shown::Showing, time::moment},
    run::Sight,
    view::{List, unknown},
    words::{self, Language},
};

impl Desk {
    /// A case with what is kept here of both files and an officer may see; all of it where none asks.
    ///
    /// # Errors
    ///
    /// [`crate::desk::Code::BadId`], [`crate::desk::Code::AmbiguousId`], [`crate::desk::Code::NoSuchDocument`],
    /// [`crate::desk::Code::NodeStopped`], [`crate::desk::Code::StoreFailed`].
    pub async fn case(&self, officer: Option<&Officer>, id: &str, language: Language) -> Result<CaseShown, DeskError> {
        let officer = officer.cloned();
        let mut line = [self.line(List::Cases, id).await?];
        let names = {
            let mut view = self.fresh_view().await?;
            view.refresh_held(self.node().core(), &mut line).await?;
            view.names()
        };
        let [line] = line;
        let files = Files::of(&line).ok_or_else(|| unknown(id))?;
        let (line, none) = (case_line(&names, &line, language).ok_or_else(|| unknown(id))?, unknown(id));
        let shown = self.node().core().read(move |sight| {
            let showing = Showing { sight, names: &names, language };
            if !files.are_seen_by(sight, &sight.replica.rulebook(sight.store)?, officer.as_ref())? {
                return Err(none);
            }
            let home = &files.case.scope.home;
            let mut shown = CaseShown {
                line,
                is_inner_closed: false,
                decided_by: home.to_string(),
                decided_by_name: names.unit(home).into(),
                outer: files.outer.as_ref().map(|outer| outer.doc.to_string()),
                rules: None,
                rules_name: None,
                proposal: None,
                ground: None,
                ground_words: None,
                way: None,
                reports: Vec::new(),
                approval: None,
                paper: None,
                number: None,
                answers: Vec::new(),
                lifting: None,
                deadlines: Vec::new(),
                next: Vec::new(),
                to_sign: None,
                conflicts: Vec::new(),
                shared: Vec::new(),
                history: Vec::new(),
            };
            files.standing(sight, |standing| {
                let kept = standing.inner.is_some();
                let standing = &standing.seen_by(sight, officer.as_ref())?;
                shown.is_inner_closed = kept && standing.inner.is_none();
                if let Some((file, inner)) = standing.inner {
                    show_inner(&showing, file, inner, &mut shown)?;
                }
                if let Some((file, outer)) = standing.outer {
                    show_outer(&showing, file, outer, &mut shown)?;
                }
                show_both(&showing, standing, &mut shown)?;
                if standing.inner.is_some() {
                    let rules = sight.replica.rulebook(sight.store)?;
                    shown.shared = sharing::about(sight, showing.names, language, &rules, standing.case)?;
                }
                Ok::<_, DeskError>(())
            })?;
            shown.history.sort_by_key(|entry| entry.at);
            Ok(shown)
        });
        shown.await?
    }
}

fn show_inner(
    showing: &Showing<'_>,
    file: &Casefile,
    inner: &Inner<'_>,
    shown: &mut CaseShown,
) -> Result<(), DeskError> {
    if let (Some(step), Some(proposal)) = (inner.proposal, inner.proposed()) {
        shown.reports = proposal.reports.iter().map(|report| report.doc.to_string()).collect();
        let hash = file.shown(&[step.id]).map(|hash| hash.to_string());
        shown.to_sign.clone_from(&hash);
        shown.proposal = act(showing, file, &step.id, Some(&proposal.facts)).map(|act| ActShown { shown: hash, ..act });
        rules(showing.language, inner.pack, inner.rule, (&proposal.ground, &proposal.way), shown);
    }
    let decision = inner.decision.filter(|_| inner.stage == Stage::Approved);
    shown.approval = decision.and_then(|step| act(showing, file, &step.id, None));
    let crossings = inner.crossings.iter();
    shown.conflicts.extend(crossings.map(|crossing| crossing_shown(crossing, inner.is_settled(crossing))));
    for said in &file.history {
        let refused = inner.refused.get(&said.entry.id());
        let marks = refused.map(|refusal| showing.spoken(refusal.why)).into_iter().collect();
        shown.history.push(showing.entry(said, marks)?);
    }
    Ok(())
}

fn show_outer(
    showing: &Showing<'_>,
    file: &Casefile,
    outer: &Outer<'_>,
    shown: &mut CaseShown,
) -> Result<(), DeskError> {
    if let (Some(issue), Some(warning)) = (outer.issue, outer.warning()) {
        let text = warning.paper.as_ref().map(|paper| &paper.text);
        shown.paper = act(showing, file, &issue.id, text);
        rules(showing.language, outer.pack, outer.rule, (&warning.ground, &warning.way), shown);
        let number = warning.paper.as_ref().map(|paper| &paper.number).zip(outer.pack);
        shown.number = number.map(|(number, pack)| written_number(pack, number, showing.names, showing.language));
        let last = outer.last_answer().map(|step| step.id);
        let visit = outer.visits.last().filter(|_| outer.stage == Stage::Visited).map(|step| step.id);
        let ids: Option<Vec<EntryId>> = last.map(|last| [issue.id, last].into_iter().chain(visit).collect());
        shown.to_sign = ids.and_then(|ids| file.shown(&ids)).map(|hash| hash.to_string());
    }
    for step in &outer.answers {
        if let OuterAct::Answer { text, .. } = step.act {
            shown.answers.extend(act(showing, file, &step.id, Some(text)));
        }
    }
    if let Some(step) = outer.lifting
        && let OuterAct::Lift { reason, .. } = step.act
    {
        shown.lifting = act(showing, file, &step.id, Some(reason));
    }
    let sight = showing.sight;
    let (days, times) = (sight.replica.calendar(sight.store)?, sight.replica.times(file, sight.store)?);
    let today = today(sight);
    let deadlines = outer.deadlines(&days, &times);
    shown.deadlines = deadlines.iter().map(|deadline| deadline_shown(showing.language, deadline, today)).collect();
    let crossings = outer.crossings.iter();
    shown.conflicts.extend(crossings.map(|crossing| crossing_shown(crossing, outer.is_settled(&crossing.clash()))));
    for said in &file.history {
        let refused = outer.refused.get(&said.entry.id());
        let marks = refused.map(|refusal| showing.spoken(refusal.why)).into_iter().collect();
        shown.history.push(showing.entry(said, marks)?);
    }
    Ok(())
}

/// What both files together show: what can be done next, and where they contradict each other.
fn show_both(showing: &Showing<'_>, standing: &Standing<'_>, shown: &mut CaseShown) -> Result<(), DeskError> {
    let sight = showing.sight;
    shown.next = standing.next().into_iter().map(|deed| deed.name().into()).collect();
    shown.conflicts.extend(standing.contradictions(sight)?.into_iter().map(|breach| {
        let is_settled = standing.outer.is_some_and(|(_, outer)| outer.is_settled(&breach.clash()));
        ConflictShown {
            entry: breach.entry.to_string(),
            stands: None,
            needs_person: !is_settled,
            is_settled,
            why: Some(showing.spoken(breach.why.refusal())),
        }
    }));
    Ok(())
}

fn crossing_shown(crossing: &Crossing, is_settled: bool) -> ConflictShown {
    ConflictShown {
        entry: crossing.other.to_string(),
        stands: Some(crossing.stands.to_string()),
        needs_person: crossing.needs_person && !is_settled,
        is_settled,
        why: None,
    }
}

fn rules(
    language: Language,
    pack: Option<&Pack>,
    rule: Option<&LevelRule>,
    (ground, way): (&str, &str),
    shown: &mut CaseShown,
) {
    shown.rules = pack.map(|pack| format!("{} {}", pack.id, pack.version));
    shown.rules_name = pack.map(|pack| named(pack, language));
    shown.ground = Some(ground.into());
    let words = |words: &fangwei_protocol::work::pack::level::Words| match language {
        Language::Chinese => words.zh.clone(),
        Language::English => words.en.clone(),
    };
    shown.ground_words = rule.and_then(|rule| rule.ground(ground)).map(|ground| words(&ground.words));
    shown.way = rule.and_then(|rule| rule.way(way)).map(|way| words(&way.name));
}

pub(super) fn deadline_shown(language: Language, deadline: &Deadline, today: Day) -> DeadlineShown {
    let state = match deadline.met.map(|met| met.how) {
        Some(Punctual::InTime) => "in_time",
        Some(Punctual::SignedInTime) => "signed_in_time",
        Some(Punctual::Late) => "late",
        None if deadline.is_overdue(today) => "overdue",
        None => "open",
    };
    DeadlineShown {
        what: deadline.what.name().into(),
        what_name: words::debt(language, deadline.what.name()),
        term: deadline.term.to_string(),
        last: deadline.last.map(|last| last.day.to_string()),
        provisional: deadline.last.is_some_and(|last| last.is_provisional),
        state: state.into(),
    }
}

pub(super) fn today(sight: &Sight<'_>) -> Day {
    day_of(u64::try_from(sight.now.0).unwrap_or(0))
}

pub(super) fn act(showing: &Showing<'_>, file: &Casefile, id: &EntryId, text: Option<&String>) -> Option<ActShown> {
    let said = file.history.iter().find(|said| said.entry.id() == *id)?;
    let header = said.entry.header();
    Some(ActShown {
        entry: id.to_string(),
        author: showing.author(&header.author),
        time: moment(header.claimed_time_s),
        text: text.cloned(),
        shown: None,
    })
}
