//! `case propose|approve|issue|answer|lift|list|show`: a warning from proposal to lifting.

use fangwei_node::api::shape::{
    AnswerForm, ApproveForm, CaseShown, Cases, IssueForm, LiftForm, ListQuery, ProposeForm, Written, route,
};

use crate::{
    args::{CasePropose, CaseVerb, Listed, Prose},
    complaint::Exit,
    errand::{Errand, id, route_of},
    report::{document, table::Table, time},
    verb::{self, Done, certificate::place},
};

/// `case …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: CaseVerb) -> Done {
    match asked {
        CaseVerb::Propose(asked) => propose(errand, asked).await,
        CaseVerb::Approve { id: given } => approve(errand, &given).await,
        CaseVerb::Issue(asked) => {
            let path = route_of(route::CASE_ISSUE, &id(&asked.id)?);
            let paper = errand.input.prose(Prose { text: asked.paper, file: asked.paper_file })?;
            let asker = errand.ask_as_officer().await?;
            let written: Written = asker.post(&path, &IssueForm { paper: paper.unwrap_or_default() }).await?;
            verb::written(errand, "thing-paper", &written)
        }
        CaseVerb::Answer(asked) => {
            let path = route_of(route::CASE_ANSWER, &id(&asked.id)?);
            let text = errand.input.prose(Prose { text: asked.text, file: asked.text_file })?;
            let asker = errand.ask_as_officer().await?;
            let written: Written = asker.post(&path, &AnswerForm { text: text.unwrap_or_default() }).await?;
            verb::written(errand, "thing-answer", &written)
        }
        CaseVerb::Lift(asked) => {
            let path = route_of(route::CASE_LIFT, &id(&asked.id)?);
            let reason = errand.input.prose(Prose { text: asked.reason, file: asked.reason_file })?;
            let form = LiftForm { reason: reason.unwrap_or_default(), answer: None };
            let asker = errand.ask_as_officer().await?;
            let written: Written = asker.post(&path, &form).await?;
            verb::written(errand, "thing-lifting", &written)
        }
        CaseVerb::List(asked) => list(errand, asked).await,
        CaseVerb::Show { id: given } => {
            let path = route_of(route::CASE, &id(&given)?);
            let shown: CaseShown = errand.ask().await?.get(&path, &()).await?;
            errand.voice.data(&shown, document::case)?;
            Ok(Exit::Yes)
        }
    }
}

async fn propose(errand: &mut Errand, asked: CasePropose) -> Done {
    let facts = errand.input.prose(Prose { text: asked.facts, file: asked.facts_file })?;
    let mut reports = Vec::new();
    for given in &asked.reports {
        reports.push(id(given)?);
    }
    let form = ProposeForm {
        unit: None,
        subject: errand.unit(&asked.subject).await?,
        post: asked.post,
        level: asked.level,
        ground: asked.ground,
        facts: facts.unwrap_or_default(),
        reports,
    };
    let asker = errand.ask_as_officer().await?;
    let written: Written = asker.post(route::CASES, &form).await?;
    verb::written(errand, "thing-case", &written)
}

/// What is shown is what is signed: had it changed in between, the node would refuse.
async fn approve(errand: &mut Errand, given: &str) -> Done {
    let given = id(given)?;
    let asker = errand.ask_as_officer().await?;
    let shown: CaseShown = asker.get(&route_of(route::CASE, &given), &()).await?;
    let form = ApproveForm { shown: shown.proposal.as_ref().and_then(|proposal| proposal.shown.clone()) };
    let written: Written = asker.post(&route_of(route::CASE_APPROVE, &given), &form).await?;
    if !errand.voice.is_json() {
        let text = document::case(&shown, errand.voice.words());
        errand.voice.talk(text.trim_end());
    }
    verb::written(errand, "thing-approval", &written)
}

async fn list(errand: &mut Errand, asked: Listed) -> Done {
    let query = ListQuery { unit: errand.unit_or_none(asked.under).await?, ..ListQuery::default() };
    let listed: Cases = errand.ask().await?.get(route::CASES, &query).await?;
    let shown = listed.cases.len() as u64;
    errand.voice.data(&listed, |listed, words| {
        let heads = ["head-id", "head-changed", "head-subject", "head-post", "head-level", "head-stage", "head-held"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for case in &listed.cases {
            table.row([
                case.short.clone(),
                time(&case.changed),
                place(&case.subject, &case.subject_name),
                case.post.clone().unwrap_or_default(),
                document::case_level(case.level, words),
                document::stage(&case.stage, words),
                document::held(case.held_above, words),
            ]);
        }
        table.text()
    })?;
    document::count(errand, "cases-none", shown, listed.total);
    Ok(Exit::Yes)
}
