//! `case …`: a warning from proposal to lifting, and what can happen on the way.

use fangwei_node::api::shape::{
    CaseForm, CaseShown, Cases, InterviewerForm, MeasureForm, MeetingForm, PresentForm, ProposeForm, SubjectIs,
    TermForm, Written, route,
};

use crate::{
    args::{CasePropose, CaseVerb, Decided, Listed, MeetingArgs, Prose, Told, Up},
    ask::Asker,
    complaint::{Complaint, Exit},
    errand::{Errand, id, route_of},
    report::{document, table::Table, time},
    verb::{self, Done, attachment::hand_in, certificate::place, sharing},
};

/// `case …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: CaseVerb) -> Done {
    match asked {
        CaseVerb::List(asked) => list(errand, asked).await,
        CaseVerb::Show { id: given } => {
            let path = route_of(route::CASE, &id(&given)?);
            let shown: CaseShown = errand.ask().await?.get(&path, &()).await?;
            errand.voice.data(&shown, document::case)?;
            Ok(Exit::Yes)
        }
        CaseVerb::Propose(asked) => {
            let form = proposal(errand, *asked).await?;
            let asker = errand.ask_as_officer().await?;
            let written: Written = asker.post(route::CASES, &form).await?;
            verb::written(errand, "thing-case", &written)
        }
        CaseVerb::Share(asked) => sharing::share(errand, route::CASE_SHARE, *asked).await,
        CaseVerb::Approve(asked) => decide(errand, asked, true).await,
        CaseVerb::Dismiss(asked) => decide(errand, asked, false).await,
        CaseVerb::Accept { id: given } => looked_at(errand, &given, |shown| CaseForm::Accept { shown }).await,
        CaseVerb::Lift(told) => {
            let (given, reason) = said(errand, told)?;
            looked_at(errand, &given, |shown| CaseForm::Lift { reason, shown }).await
        }
        CaseVerb::Answer { what, measures, attachments, told } => {
            let (given, text) = said(errand, told)?;
            let measures = measures.iter().map(|one| measure(one)).collect();
            let asker = errand.ask_as_officer().await?;
            let attachments = hand_in(errand, &asker, &attachments).await?;
            act(errand, &asker, &given, &CaseForm::Answer { what, text, measures, attachments }).await
        }
        CaseVerb::Evidence { attachments, told } => {
            let (given, text) = said(errand, told)?;
            let asker = errand.ask_as_officer().await?;
            let attachments = hand_in(errand, &asker, &attachments).await?;
            act(errand, &asker, &given, &CaseForm::Evidence { text, attachments }).await
        }
        asked => {
            let (given, form) = form_of(errand, asked).await?;
            let asker = errand.ask_as_officer().await?;
            act(errand, &asker, &given, &form).await
        }
    }
}

/// What is meant by everything that is said without a look at what is there.
async fn form_of(errand: &mut Errand, asked: CaseVerb) -> Result<(String, CaseForm), Complaint> {
    Ok(match asked {
        CaseVerb::Amend { id, proposal: asked } => (id, CaseForm::Propose(Box::new(proposal(errand, *asked).await?))),
        CaseVerb::Return(told) => with(errand, told, |reason| CaseForm::Return { reason })?,
        CaseVerb::Drop(told) => with(errand, told, |reason| CaseForm::Drop { reason })?,
        CaseVerb::Recuse { officer, told } => with(errand, told, |reason| CaseForm::Recuse { officer, reason })?,
        CaseVerb::Plan { interviewers, told } => {
            let interviewers = interviewers.iter().map(|one| interviewer(one)).collect();
            with(errand, told, |outline| CaseForm::Plan { outline, interviewers })?
        }
        CaseVerb::Rescind { meeting, told } => {
            let meeting = meeting_of(meeting);
            with(errand, told, |reason| CaseForm::Rescind { reason, meeting })?
        }
        CaseVerb::Refer(told) => with(errand, told, |reason| CaseForm::ReferProposal { reason })?,
        CaseVerb::Raise { up: Up { level, when, case }, told } => {
            with(errand, told, |findings| CaseForm::Raise { level, when, findings, case })?
        }
        CaseVerb::Issue { terms, paper, paper_file, id } => {
            let paper = errand.input.prose(Prose { text: paper, file: paper_file })?.unwrap_or_default();
            (id, CaseForm::Issue { paper, terms: terms.iter().map(|one| term(one)).collect() })
        }
        CaseVerb::Cancel(told) => with(errand, told, |reason| CaseForm::Cancel { reason })?,
        CaseVerb::Deliver { on, told } => with(errand, told, |how| CaseForm::Deliver { on, how })?,
        CaseVerb::Receive { on, id } => (id, CaseForm::Receive { on }),
        CaseVerb::Notice { at, place, interviewers, told } => {
            let interviewers = interviewers.iter().map(|one| interviewer(one)).collect();
            with(errand, told, |paper| CaseForm::Notice { at, place, paper, interviewers })?
        }
        CaseVerb::Interview { on, interviewers, terms, told } => {
            let interviewers = interviewers.iter().map(|one| interviewer(one)).collect();
            let terms = terms.iter().map(|one| term(one)).collect();
            with(errand, told, |record| CaseForm::Interview { on, record, interviewers, terms })?
        }
        CaseVerb::AskExtension { by, told } => with(errand, told, |reason| CaseForm::AskExtension { reason, by })?,
        CaseVerb::Extend { by, told } => with(errand, told, |paper| CaseForm::Extend { by, paper })?,
        CaseVerb::RefuseExtension(told) => with(errand, told, |reason| CaseForm::RefuseExtension { reason })?,
        CaseVerb::SendBack(told) => with(errand, told, |reason| CaseForm::SendBack { reason })?,
        CaseVerb::Visit { on, means, opinion, told } => {
            with(errand, told, |findings| CaseForm::Visit { on, means, findings, opinion })?
        }
        CaseVerb::Withdraw(told) => with(errand, told, |reason| CaseForm::Withdraw { reason })?,
        CaseVerb::Object(told) => with(errand, told, |text| CaseForm::Object { text })?,
        CaseVerb::Deliberate { upheld, meeting, told, .. } => {
            let meeting = meeting_of(meeting);
            with(errand, told, |findings| CaseForm::Deliberate { findings, upheld, meeting })?
        }
        CaseVerb::Rule { upheld, told, .. } => with(errand, told, |reason| CaseForm::Rule { upheld, reason })?,
        CaseVerb::Escalate { up: Up { level, when, case }, id } => (id, CaseForm::Escalate { level, when, case }),
        CaseVerb::ReferWarning { id } => (id, CaseForm::Refer),
        CaseVerb::Settle { inner: true, act, told } => {
            with(errand, told, |findings| CaseForm::SettleInner { act, findings })?
        }
        CaseVerb::Settle { act, told, .. } => with(errand, told, |findings| CaseForm::Settle { act, findings })?,
        CaseVerb::Tell { who, on, paper, id } => (id, CaseForm::Tell { who, on, paper: paper.unwrap_or_default() }),
        CaseVerb::Propose(_)
        | CaseVerb::Approve(_)
        | CaseVerb::Dismiss(_)
        | CaseVerb::Accept { .. }
        | CaseVerb::Lift(_)
        | CaseVerb::Answer { .. }
        | CaseVerb::Evidence { .. }
        | CaseVerb::Share(_)
        | CaseVerb::List(_)
        | CaseVerb::Show { .. } => return Err(Complaint::wrong("case-verb")),
    })
}

async fn proposal(errand: &mut Errand, asked: CasePropose) -> Result<ProposeForm, Complaint> {
    let facts = errand.input.prose(Prose { text: asked.facts, file: asked.facts_file })?;
    let reports = asked.reports.iter().map(|given| id(given)).collect::<Result<_, _>>()?;
    let managed_by = match &asked.managed_by {
        Some(unit) => Some(errand.unit(unit).await?),
        None => None,
    };
    Ok(ProposeForm {
        unit: errand.unit_or_none(asked.at).await?,
        sort: if asked.leading_group { SubjectIs::LeadingGroup } else { SubjectIs::Usual },
        subject: errand.unit(&asked.subject).await?,
        post: asked.post,
        holders: asked.holders,
        managed_by,
        level: asked.level,
        ground: asked.ground,
        reason: asked.because.unwrap_or_default(),
        way: asked.way,
        facts: facts.unwrap_or_default(),
        reports,
        follows: asked.follows.map(|given| id(&given)).transpose()?,
    })
}

async fn decide(errand: &mut Errand, asked: Decided, is_approved: bool) -> Done {
    let meeting = meeting_of(asked.meeting);
    let form = |shown| {
        if is_approved { CaseForm::Approve { shown, meeting } } else { CaseForm::Dismiss { shown, meeting } }
    };
    looked_at(errand, &asked.id, form).await
}

/// What is shown is what is signed: had it changed in between, the node would refuse.
async fn looked_at(errand: &mut Errand, given: &str, form: impl FnOnce(Option<String>) -> CaseForm) -> Done {
    let given = id(given)?;
    let asker = errand.ask_as_officer().await?;
    let shown: CaseShown = asker.get(&route_of(route::CASE, &given), &()).await?;
    let form = form(shown.to_sign.clone());
    let written: Written = asker.post(&route_of(route::CASE_ACTS, &given), &form).await?;
    if !errand.voice.is_json() {
        let text = document::case(&shown, errand.voice.words());
        errand.voice.talk(text.trim_end());
    }
    verb::written(errand, thing(&form), &written)
}

async fn act(errand: &mut Errand, asker: &Asker, given: &str, form: &CaseForm) -> Done {
    let path = route_of(route::CASE_ACTS, &id(given)?);
    let written: Written = asker.post(&path, form).await?;
    verb::written(errand, thing(form), &written)
}

/// What was written.
fn thing(form: &CaseForm) -> &'static str {
    match form {
        CaseForm::Approve { .. } => "thing-approval",
        CaseForm::Issue { .. } | CaseForm::Notice { .. } | CaseForm::Extend { .. } => "thing-paper",
        CaseForm::Answer { .. } => "thing-answer",
        CaseForm::Lift { .. } => "thing-lifting",
        _ => "thing-case-entry",
    }
}

fn said(errand: &mut Errand, told: Told) -> Result<(String, String), Complaint> {
    let (given, prose) = told.prose();
    Ok((given, errand.input.prose(prose)?.unwrap_or_default()))
}

fn with(
    errand: &mut Errand,
    told: Told,
    form: impl FnOnce(String) -> CaseForm,
) -> Result<(String, CaseForm), Complaint> {
    let (given, text) = said(errand, told)?;
    Ok((given, form(text)))
}

fn meeting_of(asked: MeetingArgs) -> Option<MeetingForm> {
    let outcome = asked.outcome?;
    let present = asked.present.iter().map(|one| {
        let mut parts = one.splitn(3, ':').map(str::to_owned);
        PresentForm { name: parts.next().unwrap_or_default(), officer: parts.next(), role: parts.next() }
    });
    Some(MeetingForm { on: asked.meeting_on, present: present.collect(), outcome })
}

fn interviewer(text: &str) -> InterviewerForm {
    let (officer, role) = text.split_once(':').unwrap_or((text, ""));
    InterviewerForm { officer: officer.into(), role: role.into() }
}

fn term(text: &str) -> TermForm {
    let (what, term) = text.split_once('=').unwrap_or((text, ""));
    TermForm { what: what.into(), term: term.into() }
}

fn measure(text: &str) -> MeasureForm {
    let mut parts = text.splitn(3, '|').map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    MeasureForm { what: part(), who: part(), by: part() }
}

async fn list(errand: &mut Errand, asked: Listed) -> Done {
    let query = errand.list_query(asked).await?;
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
                case.stage_name.clone(),
                document::held(case.held_above, words),
            ]);
        }
        table.text()
    })?;
    document::count(errand, "cases-none", shown, (listed.total, listed.at_least), listed.next.as_deref());
    Ok(Exit::Yes)
}
