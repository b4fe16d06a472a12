//! Warnings as whoever is warned has them: the paper, its deadlines, answers, measures, objection; from the outer file
//! alone, so that a node that keeps the inner file too shows the subject nothing of it.

use fangwei_protocol::{
    replica::Casefile,
    work::{
        case::{
            act::{OuterAct, Ruling},
            deed::CaseDeed,
            law::{Officer as Acting, Taken},
            outer::Outer,
            table::{Stage, TABLE, Who},
        },
        pack::{Pack, level::Words},
    },
};

use super::{
    Files,
    shown::{act, deadline_shown, today},
};
use crate::{
    api::shape::{
        AnswerShown, CallShown, CaseLine, EvidenceShown, ExtensionShown, MeasureShown, RulingShown, WarningShown,
        Warnings,
    },
    desk::{
        Code, Desk, DeskError, Officer, attachments::attached_to, papers::written_number, shown::Showing, time::moment,
    },
    run::Sight,
    view::is_over,
    words::{self, Language},
};

impl Desk {
    /// The warnings served on an officer, or on the unit the officer answers for.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchOfficer`], [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn warnings(&self, officer: &Officer, language: Language) -> Result<Warnings, DeskError> {
        let officer = officer.clone();
        let stages = Stage::ALL.iter().filter(|stage| !BEFORE.contains(stage)).map(|stage| stage.name());
        let found = self.of_each_case(stages, language, move |showing, files, line| {
            let acting = acting(showing.sight, &officer)?;
            of_case(showing, &officer, &acting, files, line)
        });
        let mut warnings = found.await?;
        let is_over = |one: &WarningShown| is_over(&one.line.stage);
        warnings.sort_by(|one, other| {
            (is_over(one), &other.line.changed, &one.line.id).cmp(&(is_over(other), &one.line.changed, &other.line.id))
        });
        Ok(Warnings { warnings })
    }
}

/// Stages at which nothing was served.
const BEFORE: &[Stage] = &[
    Stage::Blank,
    Stage::Proposed,
    Stage::Returned,
    Stage::Dropped,
    Stage::Approved,
    Stage::Dismissed,
    Stage::Rescinded,
];

/// Who acts, as the rules of cases ask.
pub(in crate::desk) fn acting<'r>(sight: &Sight<'r>, officer: &Officer) -> Result<Acting<'r>, DeskError> {
    let known = sight.replica.charter().complete(&officer.certificate);
    let known = known.ok_or_else(|| DeskError::new(Code::NoSuchOfficer).with("id", officer.certificate))?;
    let by = &known.certificate;
    Ok(Acting { holder: by.holder, roles: &by.roles, unit: &by.unit })
}

/// Whether a deed is one of the subject's.
fn is_of_subject(deed: CaseDeed) -> bool {
    TABLE.iter().any(|row| row.deed == deed && row.who == Who::Subject)
}

fn of_case(
    showing: &Showing<'_>,
    officer: &Officer,
    acting: &Acting<'_>,
    files: &Files,
    line: CaseLine,
) -> Result<Option<WarningShown>, DeskError> {
    files.standing(showing.sight, |standing| {
        let Some((file, outer)) = standing.outer else { return Ok(None) };
        let Some(warning) = outer.warning() else { return Ok(None) };
        let is_named = warning.subject.concerns(&acting.holder);
        if !is_named && !outer.is_answered_by(acting, &file.document.scope.home) {
            return Ok(None);
        }
        let may = files.possible(showing.sight, standing, officer, is_of_subject)?;
        let Some(mut shown) = warned(showing, file, outer, is_named, line)? else { return Ok(None) };
        shown.may = may.into_iter().map(|deed| deed.name().into()).collect();
        Ok(Some(shown))
    })
}

fn warned(
    showing: &Showing<'_>,
    file: &Casefile,
    outer: &Outer<'_>,
    is_named: bool,
    line: CaseLine,
) -> Result<Option<WarningShown>, DeskError> {
    let (sight, language) = (showing.sight, showing.language);
    let (Some(issue), Some(warning)) = (outer.issue, outer.warning()) else { return Ok(None) };
    let paper = warning.paper.as_ref();
    let Some(paper_shown) = act(showing, file, &issue.id, paper.map(|paper| &paper.text)) else { return Ok(None) };
    let (days, times) = (sight.replica.calendar(sight.store)?, sight.replica.times(file, sight.store)?);
    let today = today(sight);
    let in_words = |words: &Words| match language {
        Language::Chinese => words.zh.clone(),
        Language::English => words.en.clone(),
    };
    let number = |pack: &Pack| paper.map(|paper| written_number(pack, &paper.number, showing.names, language));
    let said = |step: &Taken<'_, OuterAct>, text: &String| act(showing, file, &step.id, Some(text));
    let attachments = |step: &Taken<'_, OuterAct>| {
        let found = file.history.iter().find(|one| one.entry.id() == step.id);
        found.map(|one| attached_to(one, sight)).unwrap_or_default()
    };
    let objection_until = outer.objection_until(&days).filter(|_| outer.objection.is_none());
    let decided_by = &warning.case.scope.home;
    let shown = WarningShown {
        line,
        is_named,
        decided_by_name: match showing.names.unit(decided_by) {
            "" => decided_by.to_string(),
            name => name.to_owned(),
        },
        number: outer.pack.and_then(number),
        ground: outer.rule.and_then(|rule| rule.ground(&warning.ground)).map(|ground| in_words(&ground.words)),
        way: outer.way().map(|way| in_words(&way.name)),
        paper: paper_shown,
        delivered: outer.delivered.map(|(_, on)| on.to_string()),
        received: outer.received.map(|(_, on)| on.to_string()),
        calls: outer.notices.iter().filter_map(|step| call(showing, outer, step)).collect(),
        deadlines: outer
            .deadlines(&days, &times)
            .iter()
            .map(|deadline| deadline_shown(language, deadline, today))
            .collect(),
        objection_until: objection_until.map(|last| last.day.to_string()),
        objection_provisional: objection_until.is_some_and(|last| last.is_provisional),
        objection_over: objection_until.is_some_and(|last| last.is_over(today)),
        extensions: extensions(outer, said),
        answers: outer
            .answers
            .iter()
            .filter_map(|step| {
                let OuterAct::Answer { what, text, measures, .. } = step.act else { return None };
                let measures = measures.iter().map(|measure| MeasureShown {
                    what: measure.what.clone(),
                    who: measure.who.clone(),
                    by: measure.by.to_string(),
                    is_over: measure.by < today,
                });
                Some(AnswerShown {
                    said: said(step, text)?,
                    what_name: words::debt(language, what.name()),
                    measures: measures.collect(),
                    attachments: attachments(step),
                    accepted: outer.judged.get(&step.id).copied(),
                })
            })
            .collect(),
        evidence: outer
            .evidence
            .iter()
            .filter_map(|step| match step.act {
                OuterAct::Evidence { text, .. } => {
                    Some(EvidenceShown { said: said(step, text)?, attachments: attachments(step) })
                }
                _ => None,
            })
            .collect(),
        objection: outer.objection.and_then(|step| match step.act {
            OuterAct::Object { text, .. } => said(&step, text),
            _ => None,
        }),
        ruling: outer.ruling.and_then(|step| match step.act {
            OuterAct::Rule { ruling, reason, .. } => {
                Some(RulingShown { is_upheld: *ruling == Ruling::Upheld, said: said(&step, reason)? })
            }
            _ => None,
        }),
        lifting: outer.lifting.and_then(|step| match step.act {
            OuterAct::Lift { reason, .. } => said(&step, reason),
            _ => None,
        }),
        may: Vec::new(),
    };
    Ok(Some(shown))
}

fn call(showing: &Showing<'_>, outer: &Outer<'_>, step: &Taken<'_, OuterAct>) -> Option<CallShown> {
    let OuterAct::Notice { at_s, place, interviewers, .. } = step.act else { return None };
    let is_of_it = |held: &&Taken<'_, OuterAct>| matches!(held.act, OuterAct::Interview { notice, .. } if *notice == Some(step.id));
    Some(CallShown {
        at: moment(*at_s),
        place: place.clone(),
        interviewers: interviewers
            .iter()
            .map(|one| match showing.names.holder(&one.holder) {
                // Those above are known below by what they sit there as.
                "" => words::role(showing.language, one.role),
                name => name.to_owned(),
            })
            .collect(),
        is_held: outer.interviews.iter().any(|held| is_of_it(&held)),
    })
}

/// What was asked for more time, each with what was given.
fn extensions(
    outer: &Outer<'_>,
    said: impl Fn(&Taken<'_, OuterAct>, &String) -> Option<crate::api::shape::ActShown>,
) -> Vec<ExtensionShown> {
    // What belongs to a paper that was cancelled is not of this warning.
    let since = outer.issue.map(|issue| issue.id);
    let of_it = outer.steps.iter().skip_while(|step| Some(step.id) != since);
    let asked = of_it.filter_map(|step| match step.act {
        OuterAct::AskExtension { reason, by, .. } => {
            let given = outer.extended.and_then(|given| match given.act {
                OuterAct::Extend { request, by, .. } if *request == step.id => Some(by.to_string()),
                _ => None,
            });
            let is_open = outer.requested.is_some_and(|open| open.id == step.id);
            Some(ExtensionShown { asked: said(step, reason)?, by: by.to_string(), given, is_open })
        }
        _ => None,
    });
    asked.collect()
}
