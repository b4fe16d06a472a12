//! The HTTP of a node: what is asked on its machine, over a Unix socket or in-process, and by programs over the network.
//!
//! The same handlers serve all: [`serve`] puts them behind the socket of a running node, a verb that finds no running
//! node calls them itself, and [`network`] lets in whoever comes with an access token. Handlers only translate: a shape to a deed of the [`Desk`], what came of it to a shape.
//! axum is named in this room alone.

mod answer;
mod casework;
mod described;
pub(crate) mod network;
mod operations;
pub mod shape;
mod socket;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};

pub use self::socket::{ServeFailure, Serving, serve, serve_desk};
use self::{
    answer::{Answer, Asker, Asks, Bearer, Form, Id, Lines, No, Numbered, Raw, Signed, Speaks},
    shape::{
        AccessCreated, AccessForm, AccessTokensShown, AttachForm, AttachmentShape, CaseForm, CaseShown, Cases,
        CertificateShown, DocumentShown, DueQuery, DueShown, Duties, EvidenceForm, FileForm, GrantForm, GrantMade,
        ImportForm, ListQuery, Nodes, NodesQuery, Officer, OfficerAdded, OfficerForm, Officers, OfficersQuery,
        PackForm, PackPublished, Papers, PostForm, Posts, ProofShown, ProposeForm, Rebuilt, RedactForm, Redacted,
        Redactions, ReportDeedForm, ReportFiled, ReportForm, ReportShown, Reports, RequestForm, RequestShown,
        RevokeForm, Revoked, RiskEdit, RiskForm, Risks, RootShown, RotateForm, Rotated, Scrubbed, SessionForm,
        SessionOpened, SheetForm, SheetText, StandForm, Statistics, StatisticsQuery, Status, Stood, StrikeForm, Struck,
        Submitted, SyncForm, Synced, Timeline, TokenCreated, TokenForm, TriageForm, Units, UnitsForm, UnitsImported,
        VerifyForm, VerifyLine, Written, YearForm, YearPublished, YearQuery, YearShown, Years,
    },
};
use crate::{
    desk::{Code, Desk, DeskError},
    limits::REQUEST_BYTES_MAX,
    node::Node,
};

/// The routes over the desk of a node: a service for requests with any body.
pub fn router(node: Node) -> Router {
    router_of(Desk::new(node))
}

/// The routes over a desk that others use too.
pub fn router_of(desk: Desk) -> Router {
    operations::shared()
        .router
        .merge(operations::here())
        .fallback(no_such_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(desk)
}

type Here = State<Desk>;

/// What is handed in to be attached is longer than any form.
const ATTACHMENT_BYTES: usize = fangwei_protocol::limits::ATTACHMENT_BYTES_MAX as usize;

async fn health(State(desk): Here) -> Response {
    match desk.node().core().read(|_| ()).await {
        Ok(()) => "ok".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "stopped").into_response(),
    }
}

async fn no_such_route(Speaks(language): Speaks) -> No {
    No { language, error: Code::NoSuchRoute.into() }
}

async fn wrong_method(Speaks(language): Speaks) -> No {
    No { language, error: Code::WrongMethod.into() }
}

// --- sessions

async fn open_session(
    State(desk): Here,
    Speaks(language): Speaks,
    Form(form): Form<SessionForm>,
) -> Answer<SessionOpened> {
    let opened = async {
        let (token, officer) = desk.unlock(&form.officer, &form.passphrase).await?;
        let limits = desk.sessions().limits();
        let officer = desk.officer(&officer.certificate.to_string(), language).await?;
        let ends = desk.in_time(limits.absolute).await?;
        Ok(SessionOpened { token: token.expose().into(), officer, idle_s: limits.idle.as_secs(), ends })
    };
    No::or(language, opened.await)
}

async fn close_session(State(desk): Here, Speaks(language): Speaks, Bearer(token): Bearer) -> Result<StatusCode, No> {
    let locked = desk.sessions().lock(&token).map_err(DeskError::from);
    locked.map(|()| StatusCode::NO_CONTENT).map_err(|error| No { language, error })
}

async fn reset_second_factor(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
) -> Answer<Officer> {
    let reset = async {
        desk.reset_second_factor(&officer, &id).await?;
        desk.officer(&id, language).await
    };
    No::or(language, reset.await)
}

// --- access tokens

async fn access_tokens(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
) -> Answer<AccessTokensShown> {
    No::or(language, desk.access_tokens(&officer).await)
}

async fn create_access_token(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<AccessForm>,
) -> Answer<AccessCreated> {
    No::or(language, desk.create_access_token(&officer, &form).await)
}

async fn remove_access_token(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(name): Id,
) -> Answer<AccessTokensShown> {
    let removed = async {
        desk.remove_access_token(&officer, &name).await?;
        desk.access_tokens(&officer).await
    };
    No::or(language, removed.await)
}

// --- the node

async fn status(State(desk): Here, Speaks(language): Speaks) -> Answer<Status> {
    No::or(language, desk.status().await)
}

async fn sync(State(desk): Here, Speaks(language): Speaks, Form(form): Form<SyncForm>) -> Answer<Synced> {
    No::or(language, desk.sync(&form).await)
}

async fn scrub(State(desk): Here, Speaks(language): Speaks) -> Answer<Scrubbed> {
    No::or(language, desk.scrub().await)
}

async fn rebuild(State(desk): Here, Speaks(language): Speaks) -> Answer<Rebuilt> {
    No::or(language, desk.rebuild().await)
}

async fn verify(State(desk): Here, Speaks(language): Speaks, Form(form): Form<VerifyForm>) -> Response {
    let (lines, body) = Lines::new();
    tokio::spawn(async move {
        let told = lines.clone();
        let on_progress = move |entries, total| told.put_blocking(&VerifyLine::Progress { entries, total });
        let last = match desk.verify(form, language, on_progress).await {
            Ok(verified) => VerifyLine::Done(verified),
            Err(error) => VerifyLine::Failed(crate::words::failed(language, &error)),
        };
        lines.put(&last).await;
    });
    body.into_response()
}

async fn statistics(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Asks(query): Asks<StatisticsQuery>,
) -> Answer<Statistics> {
    No::or(language, desk.statistics(&officer, &query, language).await)
}

async fn entry(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed, Id(id): Id) -> Answer<ProofShown> {
    No::or(language, desk.proof(&officer, &id, language).await)
}

async fn timeline(State(desk): Here, Speaks(language): Speaks, Asker(officer): Asker, Id(id): Id) -> Answer<Timeline> {
    No::or(language, desk.timeline(officer.as_ref(), &id, language).await)
}

async fn evidence(
    State(desk): Here,
    Speaks(language): Speaks,
    Asker(officer): Asker,
    Form(form): Form<EvidenceForm>,
) -> Response {
    let mut writing = match desk.evidence(officer.as_ref(), &form).await {
        Ok(writing) => writing,
        Err(error) => return No { language, error }.into_response(),
    };
    let (lines, body) = Lines::new();
    tokio::spawn(async move {
        // A failure ends the file without its end, which no reader takes for a whole one.
        while let Ok(Some(bytes)) = writing.next().await
            && lines.put_bytes(bytes).await
        {}
    });
    let mut response = body.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response
}

async fn attach(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(_): Signed,
    Asks(form): Asks<AttachForm>,
    Raw(bytes): Raw,
) -> Answer<AttachmentShape> {
    No::or(language, desk.attach(form, bytes).await)
}

async fn content(
    State(desk): Here,
    Speaks(language): Speaks,
    Asker(officer): Asker,
    Numbered(id, number): Numbered,
) -> Response {
    let mut content = match desk.content(officer.as_ref(), &id, number, language).await {
        Ok(content) => content,
        Err(error) => return No { language, error }.into_response(),
    };
    let (lines, body) = Lines::new();
    let bytes = content.attachment.bytes;
    tokio::spawn(async move {
        // A failure ends it before the length that was told, which no reader takes for the whole.
        while let Ok(Some(bytes)) = content.next().await
            && lines.put_bytes(bytes).await
        {}
    });
    let mut response = body.into_response();
    let headers = response.headers_mut();
    // Whatever it says it is: a browser keeps it and shows nothing of it.
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

// --- units, tokens, officers

async fn units(State(desk): Here, Speaks(language): Speaks) -> Answer<Units> {
    No::or(language, desk.units().await)
}

async fn import_units(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<UnitsForm>,
) -> Answer<UnitsImported> {
    No::or(language, desk.import_units(&officer, &form).await)
}

async fn publish_pack(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<PackForm>,
) -> Answer<PackPublished> {
    No::or(language, desk.publish_pack(&officer, &form).await)
}

async fn years(State(desk): Here, Speaks(language): Speaks) -> Answer<Years> {
    No::or(language, desk.years().await)
}

async fn year(State(desk): Here, Speaks(language): Speaks, Asks(query): Asks<YearQuery>) -> Answer<YearShown> {
    No::or(language, desk.year(query.year).await)
}

async fn due(State(desk): Here, Speaks(language): Speaks, Asks(query): Asks<DueQuery>) -> Answer<DueShown> {
    No::or(language, desk.due(&query).await)
}

async fn publish_year(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<YearForm>,
) -> Answer<YearPublished> {
    No::or(language, desk.publish_year(&officer, &form).await)
}

async fn create_token(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<TokenForm>,
) -> Answer<TokenCreated> {
    No::or(language, desk.create_token(&officer, &form).await)
}

async fn officers(State(desk): Here, Speaks(language): Speaks, Asks(query): Asks<OfficersQuery>) -> Answer<Officers> {
    No::or(language, desk.officers(&query, language).await)
}

async fn nodes(State(desk): Here, Speaks(language): Speaks, Asks(query): Asks<NodesQuery>) -> Answer<Nodes> {
    No::or(language, desk.nodes(&query, language).await)
}

async fn officer(State(desk): Here, Speaks(language): Speaks, Id(id): Id) -> Answer<CertificateShown> {
    No::or(language, desk.certificate_shown(&id, language).await)
}

async fn add_officer(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<OfficerForm>,
) -> Answer<OfficerAdded> {
    No::or(language, desk.add_officer(&officer, form, language).await)
}

async fn check_request(
    State(desk): Here,
    Speaks(language): Speaks,
    Form(form): Form<RequestForm>,
) -> Answer<RequestShown> {
    No::or(language, desk.check_request(&form, language).await)
}

async fn grant(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<GrantForm>,
) -> Answer<GrantMade> {
    No::or(language, desk.grant(&officer, &form, language).await)
}

async fn import_officer(State(desk): Here, Speaks(language): Speaks, Form(form): Form<ImportForm>) -> Answer<Officer> {
    No::or(language, desk.import_officer(&form, language).await)
}

async fn endorse(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed, Id(id): Id) -> Answer<Written> {
    No::or(language, desk.endorse(&officer, &id).await)
}

// --- revoking and the root

async fn rotate(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<RotateForm>,
) -> Answer<Rotated> {
    No::or(language, desk.rotate(&officer, &id, &form, language).await)
}

async fn revoke(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<RevokeForm>,
) -> Answer<Revoked> {
    No::or(language, desk.revoke(&officer, &id, &form, language).await)
}

async fn stand(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<StandForm>,
) -> Answer<Stood> {
    No::or(language, desk.stand(&officer, &id, &form).await)
}

async fn struck(State(desk): Here, Speaks(language): Speaks, Id(id): Id) -> Answer<Struck> {
    No::or(language, desk.struck(&id, language).await)
}

async fn endorse_entry(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
) -> Answer<Written> {
    No::or(language, desk.endorse_entry(&officer, &id).await)
}

async fn redact(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<RedactForm>,
) -> Answer<Redacted> {
    No::or(language, desk.redact(&officer, &id, form, language).await)
}

async fn redactions(State(desk): Here, Speaks(language): Speaks) -> Answer<Redactions> {
    No::or(language, desk.redactions(language).await)
}

async fn root(State(desk): Here, Speaks(language): Speaks) -> Answer<RootShown> {
    No::or(language, desk.root().await)
}

async fn draw_up_sheet(State(desk): Here, Speaks(language): Speaks, Form(form): Form<SheetForm>) -> Answer<SheetText> {
    No::or(language, desk.draw_up_sheet(&form).await)
}

async fn submit_sheet(State(desk): Here, Speaks(language): Speaks, Form(form): Form<SheetText>) -> Answer<Submitted> {
    No::or(language, desk.submit_sheet(&form).await)
}

// --- reports and risk points

async fn reports(
    State(desk): Here,
    Speaks(language): Speaks,
    Asker(officer): Asker,
    Asks(query): Asks<ListQuery>,
) -> Answer<Reports> {
    No::or(language, desk.reports_for(officer.as_ref(), &query, language).await)
}

async fn file_report(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<FileForm>,
) -> Answer<ReportFiled> {
    No::or(language, desk.file_report(&officer, form, language).await)
}

async fn do_with_report(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<ReportDeedForm>,
) -> Answer<Written> {
    No::or(language, desk.do_with_report(&officer, &id, form).await)
}

async fn triage(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<TriageForm>,
) -> Answer<Written> {
    No::or(language, desk.triage(&officer, &id, form).await)
}

async fn add_report(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<ReportForm>,
) -> Answer<Written> {
    No::or(language, desk.add_report(&officer, form).await)
}

async fn report(State(desk): Here, Speaks(language): Speaks, Asker(officer): Asker, Id(id): Id) -> Answer<ReportShown> {
    No::or(language, desk.report_for(officer.as_ref(), &id, language).await)
}

async fn edit_report(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(edit): Form<RiskEdit>,
) -> Answer<Written> {
    No::or(language, desk.edit_report(&officer, &id, edit).await)
}

async fn risks(State(desk): Here, Speaks(language): Speaks, Asks(query): Asks<ListQuery>) -> Answer<Risks> {
    No::or(language, desk.risks(&query).await)
}

async fn add_risk(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<RiskForm>,
) -> Answer<Written> {
    No::or(language, desk.add_risk(&officer, form).await)
}

async fn risk(State(desk): Here, Speaks(language): Speaks, Id(id): Id) -> Answer<DocumentShown> {
    No::or(language, desk.risk(&id, language).await)
}

async fn edit_risk(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<RiskEdit>,
) -> Answer<Written> {
    No::or(language, desk.edit_risk(&officer, &id, form).await)
}

// --- cases

async fn cases(
    State(desk): Here,
    Speaks(language): Speaks,
    Asker(officer): Asker,
    Asks(query): Asks<ListQuery>,
) -> Answer<Cases> {
    No::or(language, desk.cases(officer.as_ref(), &query, language).await)
}

async fn propose(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<ProposeForm>,
) -> Answer<Written> {
    No::or(language, desk.propose(&officer, form).await)
}

async fn case(State(desk): Here, Speaks(language): Speaks, Asker(officer): Asker, Id(id): Id) -> Answer<CaseShown> {
    No::or(language, desk.case(officer.as_ref(), &id, language).await)
}

async fn act_in_case(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Id(id): Id,
    Form(form): Form<CaseForm>,
) -> Answer<Written> {
    No::or(language, desk.act_in_case(&officer, &id, form).await)
}

// --- what there is to do

async fn duties(State(desk): Here, Speaks(language): Speaks, Signed(officer): Signed) -> Answer<Duties> {
    No::or(language, desk.duties(&officer, language).await)
}

// --- numbers of papers

async fn papers(State(desk): Here, Speaks(language): Speaks) -> Answer<Papers> {
    No::or(language, desk.papers(language).await)
}

async fn strike(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<StrikeForm>,
) -> Answer<Written> {
    No::or(language, desk.strike(&officer, form).await)
}

// --- managed posts

async fn posts(State(desk): Here, Speaks(language): Speaks) -> Answer<Posts> {
    No::or(language, desk.posts().await)
}

async fn do_with_post(
    State(desk): Here,
    Speaks(language): Speaks,
    Signed(officer): Signed,
    Form(form): Form<PostForm>,
) -> Answer<Written> {
    No::or(language, desk.do_with_post(&officer, form).await)
}

impl No {
    fn or<T>(language: crate::words::Language, result: Result<T, DeskError>) -> Answer<T> {
        result.map(Json).map_err(|error| No { language, error })
    }
}

#[cfg(test)]
mod tests;
