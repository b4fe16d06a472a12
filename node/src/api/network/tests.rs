//! The local HTTP as programs ask it over the network.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::{
    api::shape::{AccessForm, AccessShown},
    desk::tests::{County, passphrase},
    second_factor::SecondFactorFor,
    session::Officer,
    web::{self, Web},
};

const VILLAGE: &str = "999901.105.201";

/// A program that asks with a token, at the pages' own address.
struct Program {
    served: Router,
    token: String,
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    fn kind(&self) -> &str {
        self.headers.get(header::CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap())
    }
}

impl Program {
    /// With a token of an officer's, for some scopes.
    async fn of(county: &County, officer: &Officer, scopes: &[&str]) -> Program {
        let form = AccessForm {
            label: "政务平台".into(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            days: 30,
        };
        let token = county.desk.create_access_token(officer, &form).await.unwrap().token;
        Program::with(county, token)
    }

    fn with(county: &County, token: String) -> Program {
        let web = Web::new(county.desk.clone(), false, vec!["localhost".into()], SecondFactorFor::Nobody);
        Program { served: web::router(web), token }
    }

    async fn asks(&self, method: Method, path: &str, key: Option<&str>, body: Value) -> Answered {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.sends(request.body(body).unwrap()).await
    }

    async fn sends(&self, request: Request<Body>) -> Answered {
        let answer = self.served.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let text = String::from_utf8(to_bytes(body, 16 << 20).await.unwrap().to_vec()).unwrap();
        Answered { status: parts.status, headers: parts.headers, text }
    }

    async fn gets(&self, path: &str) -> Answered {
        self.asks(Method::GET, path, None, Value::Null).await
    }

    async fn files(&self, key: Option<&str>, report: Value) -> Answered {
        self.asks(Method::POST, "/api/v1/reports/file", key, report).await
    }
}

fn report(account: &str) -> Value {
    json!({ "unit": VILLAGE, "title": "村级工程", "category": 1, "source": "petition", "account": account })
}

#[tokio::test]
async fn a_program_does_what_its_token_is_for_and_no_more() {
    let county = County::found().await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let reads = Program::of(&county, &reporter, &["read"]).await;
    assert_eq!(reads.gets("/api/v1/reports").await.status, StatusCode::OK);
    let refused = reads.files(None, report("未公示")).await;
    assert_eq!((refused.status, refused.kind()), (StatusCode::FORBIDDEN, "application/problem+json"));
    let problem = refused.json();
    assert_eq!((&problem["code"], &problem["status"]), (&json!("narrow-access"), &json!(403)));
    assert_eq!(problem["type"], "urn:fangwei:refusal:narrow-access");
    assert_eq!(problem["detail"], "该访问令牌的范围不包括此项操作，需要：report, work");
    let files = Program::of(&county, &reporter, &["report"]).await;
    let filed = files.files(None, report("未公示")).await;
    assert_eq!(filed.status, StatusCode::OK, "{}", filed.text);
    assert_eq!(files.gets("/api/v1/reports").await.status, StatusCode::FORBIDDEN);

    // What opens keys and lets nodes in is asked on the machine alone.
    for path in ["sessions", "tokens", "grants", "access-tokens", "rebuild", "root/submit", "officers/import"] {
        let refused = files.asks(Method::POST, &format!("/api/v1/{path}"), None, json!({})).await;
        assert!([StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&refused.status), "{path}");
        assert_eq!(refused.kind(), "application/problem+json", "{path}");
    }
    let refused = files.asks(Method::DELETE, "/api/v1/reports", None, Value::Null).await;
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::METHOD_NOT_ALLOWED, &json!("wrong-method")));
}

#[tokio::test]
async fn nobody_asks_without_a_token_that_is_in_force() {
    let county = County::found().await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let program = Program::of(&county, &reporter, &["read"]).await;
    let nobody = Program::with(&county, "fangwei_AAAA".into());
    let (session, _) = county.desk.unlock(&reporter.certificate.to_string(), &passphrase()).await.unwrap();
    let sessions = Program::with(&county, session.expose().into());
    let every: Vec<_> = operations::shared().all.into_iter().map(|one| (one.method, one.route)).collect();
    assert!(every.len() > 50);
    for (method, route) in every {
        let path = format!("/api{}", route.replace("{id}", "00000000").replace("{number}", "1"));
        for program in [&nobody, &sessions] {
            let refused = program.asks(method.clone(), &path, None, Value::Null).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{method} {path}: {}", refused.text);
            assert_eq!(refused.headers.get(header::WWW_AUTHENTICATE).unwrap(), "Bearer");
        }
    }
    // A browser's cookie is no token.
    let cookie = Request::builder().uri("/api/v1/reports").header(header::HOST, "localhost");
    let cookie = cookie.header(header::COOKIE, format!("fangwei={}", session.expose())).body(Body::empty()).unwrap();
    assert_eq!(program.sends(cookie).await.status, StatusCode::UNAUTHORIZED);

    // Taken back by whose it is, and by who administers; seen and ended by nobody else.
    let of = async |officer: &Officer| -> Vec<AccessShown> { county.desk.access_tokens(officer).await.unwrap().tokens };
    let other = county.officer("reporter", VILLAGE, "李四", None).await;
    assert!(of(&other).await.is_empty());
    let name = of(&reporter).await.remove(0).name;
    let refused = county.desk.remove_access_token(&other, &name).await.unwrap_err();
    assert_eq!(refused.code, Code::NoSuchAccessToken);
    assert_eq!(program.gets("/api/v1/reports").await.status, StatusCode::OK);
    assert_eq!(of(&county.administrator).await.len(), 1);
    county.desk.remove_access_token(&county.administrator, &name).await.unwrap();
    assert_eq!(program.gets("/api/v1/reports").await.status, StatusCode::UNAUTHORIZED);

    // With the officer's certificate it ends too.
    let program = Program::of(&county, &other, &["read"]).await;
    assert_eq!(program.gets("/api/v1/reports").await.status, StatusCode::OK);
    let form = crate::api::shape::RevokeForm { reason: "left_office".into(), stand: Default::default() };
    let id = other.certificate.to_string();
    county.desk.revoke(&county.administrator, &id, &form, Language::English).await.unwrap();
    assert_eq!(program.gets("/api/v1/reports").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_sent_again_under_its_key_is_done_once() {
    let county = County::found().await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let program = Program::of(&county, &reporter, &["read", "report"]).await;
    let first = program.files(Some("a-1"), report("一")).await;
    assert_eq!((first.status, first.headers.get("idempotency-replayed")), (StatusCode::OK, None), "{}", first.text);
    let again = program.files(Some("a-1"), report("一")).await;
    assert_eq!((again.status, &again.text, again.kind()), (StatusCode::OK, &first.text, "application/json"));
    assert_eq!(again.headers.get("idempotency-replayed").unwrap(), "true");
    let refused = program.files(Some("a-1"), report("二")).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency-key-reused"))
    );
    assert_eq!(program.files(Some("a-2"), report("二")).await.status, StatusCode::OK);
    // What was refused is asked again under the same key: nothing was done.
    for _ in 0..2 {
        assert_eq!(program.files(Some("a-3"), report("")).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(program.files(Some("a-3"), report("三")).await.status, StatusCode::OK);
    for key in ["a b", &"x".repeat(129)] {
        let refused = program.files(Some(key), report("四")).await;
        assert_eq!(refused.json()["code"], "bad-idempotency-key", "{key}");
    }
    assert_eq!(program.gets("/api/v1/reports").await.json()["total"], 3);

    // Eight at once under one key: one report, and nobody is told another.
    let program = Arc::new(program);
    let many: Vec<_> = (0..8)
        .map(|_| {
            let program = program.clone();
            tokio::spawn(async move { program.files(Some("a-4"), report("四")).await })
        })
        .collect();
    let mut told = std::collections::BTreeSet::new();
    for one in many {
        let answer = one.await.unwrap();
        match answer.status {
            StatusCode::OK => drop(told.insert(answer.text)),
            status => assert_eq!((status, &answer.json()["code"]), (StatusCode::CONFLICT, &json!("request-under-way"))),
        }
    }
    assert_eq!(told.len(), 1);
    assert_eq!(program.gets("/api/v1/reports").await.json()["total"], 4);
}

#[tokio::test]
async fn what_is_only_read_is_read_again_under_any_key() {
    let county = County::found().await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let program = Program::of(&county, &reporter, &["read"]).await;
    for _ in 0..2 {
        let request = Request::builder().method(Method::POST).uri("/api/v1/evidence").header(header::HOST, "localhost");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", program.token));
        let request = request.header("Idempotency-Key", "a-1").body(Body::from(json!({ "all": true }).to_string()));
        let answer = program.served.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        assert_eq!(parts.status, StatusCode::OK);
        assert_eq!(parts.headers.get(header::CONTENT_TYPE).unwrap(), "application/octet-stream");
        assert!(parts.headers.get("idempotency-replayed").is_none());
        assert!(to_bytes(body, 16 << 20).await.unwrap().len() > 1_000);
    }
}

#[tokio::test]
async fn every_operation_is_described_with_what_it_takes() {
    let county = County::found().await;
    let program = Program::with(&county, String::new());
    let request = Request::builder().uri("/api/v1/openapi.json").header(header::HOST, "localhost");
    let answer = program.sends(request.header(header::ACCEPT_LANGUAGE, "en").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.kind()), (StatusCode::OK, "application/json"));
    let document = answer.json();
    assert_eq!((&document["openapi"], &document["servers"][0]["url"]), (&json!("3.1.0"), &json!("/api")));
    let paths = document["paths"].as_object().unwrap();
    let count: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(count, operations::shared().all.len());
    let file = &document["paths"]["/v1/reports/file"]["post"];
    assert_eq!(file["summary"], "Files a report");
    assert_eq!(file["requestBody"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/FileForm");
    assert_eq!(
        file["responses"]["200"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/ReportFiled"
    );
    assert_eq!(file["security"], json!([{ "token": ["report"] }, { "token": ["work"] }]));
    let list = &document["paths"]["/v1/reports"]["get"]["parameters"];
    let names: Vec<&str> = list.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(["unit", "words", "after", "limit"].iter().all(|name| names.contains(name)), "{names:?}");
    // Whatever is named is there.
    let text = answer.text.as_str();
    for name in text.split("#/components/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(&format!("/components/{name}")).is_some(), "{name}");
    }
}

#[tokio::test]
async fn what_is_asked_without_end_is_not_waited_for() {
    let county = County::found().await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let program = Program::of(&county, &reporter, &["report"]).await;
    let send = async |body: Body| {
        let request = Request::builder().method(Method::POST).uri("/api/v1/reports/file");
        let request = request.header(header::HOST, "localhost");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", program.token));
        program.sends(request.body(body).unwrap()).await
    };
    let refused = send(Body::from(vec![b' '; REQUEST_BYTES_MAX + 1])).await;
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("body-too-large")));
    // From here on time passes as fast as nothing happens.
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let refused = send(Body::new(Never)).await;
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::REQUEST_TIMEOUT, &json!("too-slow")));
    assert!(began.elapsed() >= FORM_LIMIT, "{:?}", began.elapsed());
}

/// A body of which nothing comes.
struct Never;

impl http_body::Body for Never {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}
