//! The same operations over the network, under `/api`: with an access token, refusals in the form of RFC 9457, and the
//! same answer to a request that is sent again under the same key.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::time::timeout;
use utoipa::openapi::{
    Components, ContentBuilder, HeaderBuilder, InfoBuilder, ObjectBuilder, OpenApiBuilder, PathsBuilder, Ref, Required,
    ResponseBuilder, SecurityRequirement, ServerBuilder, Type,
    path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem},
    response::Response as ToldResponse,
    security::{Http, HttpAuthScheme, SecurityScheme},
};

use super::{
    ATTACHMENT_BYTES,
    answer::{No, Speaks, language_of},
    described::{Problem, Told},
    no_such_route, operations,
    shape::{Failed, route},
    wrong_method,
};
use crate::{
    access::Scope,
    desk::{Code, Desk, DeskError, Values, access::idempotency_key},
    limits::{FILES_LIMIT, FORM_LIMIT, IDEMPOTENCY_KEY_CHARS_MAX, REQUEST_BYTES_MAX},
    replies::{Asked, Known, Reply},
    words::{self, Language},
};

/// Where all of it is.
pub(crate) const ROOT: &str = "/api";

/// The document that says what can be asked.
const DOCUMENT: &str = "/v1/openapi.json";

/// The kind of a refusal, by RFC 9457.
const PROBLEM: &str = "application/problem+json";

/// By this a request that is sent again is known, as the IETF's draft on idempotency keys has it.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Said of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Statuses of refusals, with what they mean in general.
const REFUSALS: &[(&str, &str)] = &[
    ("400", "Asked wrongly: a field, an id, a unit or a time that cannot be read"),
    ("401", "No access token, or none that is valid"),
    ("403", "The token's scopes or the officer's roles do not allow it"),
    ("404", "There is no such thing here"),
    ("408", "What is asked did not arrive in time"),
    ("409", "The rules say no as things are"),
    ("413", "Too large"),
    ("422", "What is asked does not hold together"),
    ("429", "Too much at once"),
    ("503", "This node or its machine failed; nothing was done unless the code is `in-doubt`"),
];

/// What is needed to let a program in.
#[derive(Clone)]
struct Gate {
    desk: Desk,
    scopes: Arc<BTreeMap<(String, String), &'static [Scope]>>,
}

/// The routes over a desk, for whoever comes with an access token.
pub(crate) fn router(desk: Desk) -> Router {
    let shared = operations::shared();
    let gate = Gate { desk: desk.clone(), scopes: Arc::new(shared.scopes()) };
    shared
        .router
        .route_layer(middleware::from_fn_with_state(gate, admit))
        .route(DOCUMENT, get(document))
        .fallback(no_such_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(middleware::map_response(as_problem))
        .with_state(desk)
}

/// A refusal in the form programs know.
async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let Some(failed) = response.extensions().get::<Failed>().cloned() else { return response };
    let bytes = serde_json::to_vec(&Problem::of(status, failed)).unwrap_or_default();
    let mut problem = (status, [(CONTENT_TYPE, HeaderValue::from_static(PROBLEM))], bytes).into_response();
    if status == StatusCode::UNAUTHORIZED {
        problem.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    for (name, value) in response.headers() {
        // Which methods there are.
        if name == axum::http::header::ALLOW {
            problem.headers_mut().insert(name, value.clone());
        }
    }
    problem
}

/// Lets a request through if its token is for what it asks.
async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let language = language_of(&parts, &gate.desk);
    let no = |error: DeskError| No { language, error }.into_response();
    let route = parts.extensions.get::<MatchedPath>().map_or("", |path| path.as_str());
    let route = route.strip_prefix(ROOT).unwrap_or(route).to_owned();
    let is_attachment = route == route::ATTACHMENTS;
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    // What is not in the table is done for nobody.
    let Some(scopes) = gate.scopes.get(&(method.to_string(), route)) else {
        return no(Code::WrongMethod.into());
    };
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) else { return no(Code::NoAccess.into()) };
    let opened = match gate.desk.open_access(token).await {
        Ok(opened) => opened,
        Err(error) => return no(error),
    };
    if !scopes.iter().any(|scope| opened.scopes.contains(scope)) {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
        return no(DeskError::new(Code::NarrowAccess).with("scopes", names.join(", ")));
    }
    parts.extensions.insert(opened.officer.clone());
    let key = parts.headers.get(IDEMPOTENCY_KEY).map(|value| idempotency_key(value.as_bytes())).transpose();
    let (key, bytes) = match (key, whole(body, is_attachment).await) {
        // What is only read does nothing twice, and its answer may be long.
        (Ok(key), Ok(bytes)) => (key.filter(|_| !scopes.contains(&Scope::Read)), bytes),
        (Err(error), _) | (_, Err(error)) => return no(error),
    };
    let address = format!("{} {}", parts.method, parts.uri);
    let request = Request::from_parts(parts, Body::from(bytes.clone()));
    let Some(key) = key else { return next.run(request).await };
    let asked = Asked::new(&opened.officer, &key, &address, &bytes);
    // Whoever asked may hang up; what is being done goes on, and its answer is kept.
    let done = tokio::spawn(once(gate.desk, asked, request, next)).await;
    match done {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => no(error),
        Err(_) => no(DeskError::new(Code::InDoubt).with("reason", "panicked")),
    }
}

/// The body, if it is no longer than it may be and does not take too long to come.
async fn whole(body: Body, is_attachment: bool) -> Result<Bytes, DeskError> {
    let (max, limit) = if is_attachment { (ATTACHMENT_BYTES, FILES_LIMIT) } else { (REQUEST_BYTES_MAX, FORM_LIMIT) };
    match timeout(limit, to_bytes(body, max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(DeskError::new(Code::BodyTooLarge).with("max", max)),
        Err(_) => Err(DeskError::new(Code::TooSlow).with("seconds", limit.as_secs())),
    }
}

/// Does what is asked, unless it was done before.
async fn once(desk: Desk, asked: Asked, request: Request, next: Next) -> Result<Response, DeskError> {
    // Files are flushed here, which takes its time.
    let replies = desk.clone();
    let on_disk = move |what: fn(&Desk, Asked) -> Result<Known, DeskError>| {
        let replies = replies.clone();
        async move {
            let done = tokio::task::spawn_blocking(move || what(&replies, asked)).await;
            done.map_err(|_| DeskError::from(Code::Busy))?
        }
    };
    if let Known::Done(Reply { status, body }) =
        on_disk(|desk, asked| Ok(desk.replies().begin(asked, SystemTime::now())?)).await?
    {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        return Ok((status, [(CONTENT_TYPE, "application/json"), (REPLAYED, "true")], body).into_response());
    }
    let response = next.run(request).await;
    if !response.status().is_success() {
        // Refused: nothing was done, and what was wrong may be right the next time. What failed may have come half way.
        if !response.status().is_client_error() {
            desk.replies().leave(asked);
        } else {
            on_disk(|desk, asked| {
                desk.replies().forget(asked)?;
                Ok(Known::New)
            })
            .await?;
        }
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        desk.replies().leave(asked);
        return Err(DeskError::new(Code::InDoubt).with("reason", "the answer is too long"));
    };
    let reply = Reply { status: parts.status.as_u16(), body: String::from_utf8_lossy(&bytes).into_owned() };
    let kept = tokio::task::spawn_blocking(move || desk.replies().keep(asked, reply)).await;
    if let Ok(Err(failure)) = kept {
        // It is done; only somebody who asks again will be told that it is in doubt.
        tracing::warn!(%failure, "an answer was not kept");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

async fn document(Speaks(language): Speaks) -> Response {
    ([(CONTENT_TYPE, "application/json")], described(language)).into_response()
}

/// The names of all operations, each with words of its own.
#[cfg(test)]
pub(crate) fn names() -> Vec<&'static str> {
    operations::shared().all.iter().map(|operation| operation.name).collect()
}

/// What an operation is called.
fn summary(language: Language, name: &str) -> String {
    words::text(language, &format!("operation-{name}"), &Values::new())
}

/// What can be asked over the network, as an OpenAPI document.
pub(crate) fn described(language: Language) -> String {
    let mut components = Components::new();
    let mut paths = PathsBuilder::new();
    for operation in operations::shared().all {
        let mut told = Told::default();
        (operation.tell)(&mut told);
        components.schemas.append(&mut told.schemas);
        let scopes = operation.scopes.iter().map(|scope| scope.name());
        let any_of: Vec<SecurityRequirement> = scopes.map(|scope| SecurityRequirement::new("token", [scope])).collect();
        let mut made = OperationBuilder::new()
            .operation_id(Some(operation.name))
            .summary(Some(summary(language, operation.name)))
            .tag(operation.route.split('/').nth(2).unwrap_or_default())
            .parameters(Some(told.parameters))
            .request_body(told.body)
            .securities(Some(any_of));
        if !operation.scopes.contains(&Scope::Read) {
            let key = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1));
            let key = key.max_length(Some(IDEMPOTENCY_KEY_CHARS_MAX)).pattern(Some("^[!-~]+$"));
            let header = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
            made = made.parameter(header.required(Required::False).schema(Some(key)).build());
        }
        if let Some((status, content)) = told.answer {
            let mut response = ResponseBuilder::new().description(summary(language, operation.name));
            if let Some((kind, schema)) = content {
                response = response.content(kind, ContentBuilder::new().schema(Some(schema)).build());
            }
            made = made.response(status.as_str(), response.build());
        }
        for (status, _) in REFUSALS {
            made = made.response(*status, Ref::from_response_name(format!("Refused{status}")));
        }
        let method = match operation.method {
            Method::POST => HttpMethod::Post,
            Method::PATCH => HttpMethod::Patch,
            _ => HttpMethod::Get,
        };
        paths = paths.path(operation.route, PathItem::new(method, made.build()));
    }
    let mut told = Told::default();
    let problem = told.shape::<Problem>();
    components.schemas.append(&mut told.schemas);
    for (status, means) in REFUSALS {
        let content = ContentBuilder::new().schema(Some(problem.clone())).build();
        let mut response = ResponseBuilder::new().description(*means).content(PROBLEM, content);
        if *status == "401" {
            response = response.header("WWW-Authenticate", HeaderBuilder::new().build());
        }
        let response: ToldResponse = response.build();
        components.responses.insert(format!("Refused{status}"), response.into());
    }
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let say = |key: &str| words::text(language, key, &Values::new());
    let info = InfoBuilder::new().title(say("operations-title")).version(env!("CARGO_PKG_VERSION"));
    let info = info.description(Some(say("operations-note")));
    let document = OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([ServerBuilder::new().url(ROOT).build()]))
        .paths(paths.build())
        .components(Some(components))
        .build();
    document.to_json().unwrap_or_default()
}

#[cfg(test)]
mod tests;
