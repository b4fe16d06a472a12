//! Each route's answer, yes and no, in both languages; the socket; and that no log line has what people wrote.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};
use tower::ServiceExt;

use super::{shape::*, *};
use crate::{
    ceremony::{self, Grant, Sheet, Wanted},
    desk::tests::County,
};

const VILLAGE: &str = "999901.105.201";

/// Asks like a verb.
struct Caller {
    router: Router,
    language: &'static str,
    token: Option<String>,
}

impl Caller {
    fn new(county: &County) -> Caller {
        Caller { router: router_of(county.desk.clone()), language: "zh-CN", token: None }
    }

    async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> (StatusCode, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, self.language);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let status = answer.status();
        (status, to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec())
    }

    async fn yes<T: serde::de::DeserializeOwned>(&self, method: Method, path: &str, form: Value) -> T {
        let body = if form.is_null() { String::new() } else { form.to_string() };
        let (status, bytes) = self.send(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap()
    }

    async fn no(&self, method: Method, path: &str, body: impl Into<Body>) -> (u16, Failed) {
        let (status, bytes) = self.send(method, path, body).await;
        (status.as_u16(), serde_json::from_slice(&bytes).unwrap())
    }

    async fn unlock(&mut self, officer: &str) -> Officer {
        let form = json!({"officer": officer, "passphrase": "correct horse"});
        let opened: SessionOpened = self.yes(Method::POST, route::SESSIONS, form).await;
        self.token = Some(opened.token.clone());
        opened.officer
    }
}

fn at(route: &str, id: &str) -> String {
    route.replace("{id}", id)
}

/// Everything logged in this process, from the most talkative level on.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let into = log.clone();
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || into.clone()).init();
        log
    })
}

#[tokio::test]
async fn every_route_does_what_it_says_and_no_log_line_has_what_people_wrote() {
    let log = log();
    let county = County::found().await;
    county.name_units().await;
    let mut caller = Caller::new(&county);
    let (status, body) = caller.send(Method::GET, route::HEALTH, "").await;
    assert_eq!((status, body.as_slice()), (StatusCode::OK, b"ok".as_slice()));

    let administrator = caller.unlock(&county.administrator.certificate.to_string()).await;
    assert_eq!(administrator.role_names, ["系统管理员"]);
    let officer = |role: &str, unit: &str, name: &str| json!({"unit": unit, "role": role, "name": name, "passphrase": "correct horse"});
    let add = async |caller: &Caller, role, unit, name| -> OfficerAdded {
        caller.yes(Method::POST, route::OFFICERS, officer(role, unit, name)).await
    };
    let analyst = add(&caller, "analyst", "999901", "MARK-王").await.officer;
    let lead = add(&caller, "discipline_lead", "999901", "MARK-李").await.officer;
    let villager = add(&caller, "reporter", VILLAGE, "MARK-张").await.officer;
    let token = json!({"unit": "999901.105", "address": "127.0.0.1:4900", "valid_hours": 1});
    let token: TokenCreated = caller.yes(Method::POST, route::TOKENS, token).await;
    assert!(token.token.starts_with("FW1-"));
    let rows =
        json!({"rows": [{"line": 2, "code": "999901105201", "name": "柳河村", "level": "village"}], "dry_run": true});
    let imported: UnitsImported = caller.yes(Method::POST, route::UNITS, rows).await;
    assert_eq!(imported.unchanged, 1);
    caller.unlock(&county.secretary.certificate.to_string()).await;
    let _: Written = caller.yes(Method::POST, &at(route::OFFICER_ENDORSE, &analyst.short), Value::Null).await;
    let _: Written = caller.yes(Method::POST, &at(route::OFFICER_ENDORSE, &lead.certificate), Value::Null).await;
    let listed: Officers = caller.yes(Method::GET, &format!("{}?unit={VILLAGE}", route::OFFICERS), Value::Null).await;
    assert_eq!(listed.officers[0].name, "MARK-张");
    let form =
        json!({"sealed_key": county.desk.keyring().get(&villager.certificate.parse().unwrap()).unwrap().to_string()});
    let imported: Officer = caller.yes(Method::POST, route::OFFICERS_IMPORT, form).await;
    assert_eq!(imported, listed.officers[0]);

    caller.unlock("MARK-张").await;
    let form =
        json!({"unit": VILLAGE, "title": "MARK-标题", "category": 7, "account": "MARK-情况", "amount_fen": 12345});
    let report: Written = caller.yes(Method::POST, route::REPORTS, form).await;
    let reports: Reports = caller.yes(Method::GET, route::REPORTS, Value::Null).await;
    assert_eq!(reports.reports[0].short, report.short);
    let shown: DocumentShown = caller.yes(Method::GET, &at(route::REPORT, &report.short), Value::Null).await;
    assert_eq!(shown.fields[0].label, "标题");
    let form = json!({"unit": VILLAGE, "post": "主任", "kind": "duty", "description": "MARK-描述", "level": 2});
    let risk: Written = caller.yes(Method::POST, route::RISKS, form).await;
    let form = json!({"texts": {"description": "MARK-新描述"}, "set": {"responsible_post": "会计"}});
    let _: Written = caller.yes(Method::PATCH, &at(route::RISK, &risk.short), form).await;
    let shown: DocumentShown = caller.yes(Method::GET, &at(route::RISK, &risk.document), Value::Null).await;
    assert_eq!(shown.history[1].changes, ["责任岗位：会计", "风险描述：在第 5 字后插入“新”"]);
    let risks: Risks = caller.yes(Method::GET, &format!("{}?limit=1", route::RISKS), Value::Null).await;
    assert_eq!((risks.total, risks.risks[0].description.as_str()), (1, "MARK-新描述"));

    caller.unlock("MARK-王").await;
    let form =
        json!({"subject": VILLAGE, "level": 3, "ground": "3.4", "facts": "MARK-事实", "reports": [report.short]});
    let case: Written = caller.yes(Method::POST, route::CASES, form).await;
    let id = case.short.as_str();
    caller.unlock("MARK-李").await;
    let acts = at(route::CASE_ACTS, id);
    let _: Written = caller.yes(Method::POST, &acts, json!({"deed": "approve"})).await;
    let _: Written = caller.yes(Method::POST, &acts, json!({"deed": "issue", "paper": "MARK-文书"})).await;
    caller.unlock("MARK-张").await;
    let _: Written = caller.yes(Method::POST, &acts, json!({"deed": "answer", "text": "MARK-答复"})).await;
    caller.unlock("MARK-李").await;
    let _: Written = caller.yes(Method::POST, &acts, json!({"deed": "lift", "reason": "MARK-理由"})).await;
    let shown: CaseShown = caller.yes(Method::GET, &at(route::CASE, id), Value::Null).await;
    assert_eq!((shown.line.stage.as_str(), shown.lifting.unwrap().text.as_deref()), ("lifted", Some("MARK-理由")));
    let cases: Cases = caller.yes(Method::GET, route::CASES, Value::Null).await;
    assert_eq!(cases.cases[0].id, case.document);

    let units: Units = caller.yes(Method::GET, route::UNITS, Value::Null).await;
    assert_eq!(units.units.len(), 3);
    let status: Status = caller.yes(Method::GET, route::STATUS, Value::Null).await;
    assert!(!status.held_above.expected && !status.online);
    let (_, lines) = caller.send(Method::POST, route::VERIFY, "").await;
    let lines: Vec<VerifyLine> =
        lines.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let Some(VerifyLine::Done(verified)) = lines.last() else { panic!("{lines:?}") };
    assert!(verified.sound && verified.entries == status.entries && lines.len() > 1);
    let rebuilt: Rebuilt = caller.yes(Method::POST, route::REBUILD, Value::Null).await;
    assert_eq!(rebuilt.digest, status.digest);
    assert_eq!(caller.send(Method::DELETE, route::SESSIONS, "").await.0, StatusCode::NO_CONTENT);
    assert_eq!(caller.no(Method::DELETE, route::SESSIONS, "").await.0, 401);

    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("entries admitted"), "the log is on");
    for word in ["MARK", "correct horse", token.token.as_str()] {
        assert!(!logged.contains(word), "{word} is in the log");
    }
}

#[tokio::test]
async fn certificates_are_asked_for_granted_revoked_and_stood_for_and_no_log_line_names_anybody() {
    let log = log();
    let county = County::found().await;
    let mut caller = Caller::new(&county);
    let (get, post) = (Method::GET, Method::POST);
    let nodes: Nodes = caller.yes(get.clone(), route::NODES, Value::Null).await;
    let node: CertificateShown =
        caller.yes(get.clone(), &at(route::NODE, &nodes.nodes[0].line.short), Value::Null).await;
    assert_eq!((nodes.nodes.len(), node.line.roles, node.revoked), (1, vec!["node".into()], None));

    let key = crate::founding::new_key();
    let wanted =
        Wanted::Officer { profile: "reporter".into(), name: "MARK-赵".into(), holder: None, custody: "device".into() };
    let genesis = county.desk.node().genesis().hash();
    let request = ceremony::Request::new(genesis, VILLAGE.parse().unwrap(), wanted, &key).to_string();
    let form = json!({"request": request});
    let shown: RequestShown = caller.yes(post.clone(), route::REQUESTS, form.clone()).await;
    assert_eq!((shown.name.as_str(), shown.granted, shown.needs_endorsement), ("MARK-赵", None, false));
    assert_eq!(caller.no(post.clone(), route::GRANTS, form.to_string()).await.0, 401);
    caller.unlock(&county.administrator.certificate.to_string()).await;
    let made: GrantMade = caller.yes(post.clone(), route::GRANTS, form.clone()).await;
    let again: GrantMade = caller.yes(post.clone(), route::GRANTS, form).await;
    assert_eq!((made.again, again.again), (false, true));
    assert_eq!((&made.certificate, &made.grant), (&again.certificate, &again.grant));
    let other = Wanted::Officer { profile: "analyst".into(), name: "x".into(), holder: None, custody: "node".into() };
    let other = ceremony::Request::new(genesis, VILLAGE.parse().unwrap(), other, &key).to_string();
    let (status, failed) = caller.no(post.clone(), route::REQUESTS, json!({"request": other}).to_string()).await;
    assert_eq!((status, failed.code.as_str()), (409, "key-certified"));
    let (grant, request): (Grant, ceremony::Request) = (made.grant.parse().unwrap(), request.parse().unwrap());
    let granted = grant.answers(request.id(), genesis, &key.public()).unwrap();
    assert!(granted.complete);
    let stranger = crate::founding::new_key().public();
    assert!(grant.answers(request.id(), genesis, &stranger).is_err());
    let elsewhere = fangwei_protocol::trust::genesis::GenesisHash(fangwei_protocol::record::entry::Hash([7; 32]));
    assert!(grant.answers(request.id(), elsewhere, &key.public()).is_err());

    let id = &made.certificate.line.certificate;
    let revoke = at(route::CERTIFICATE_REVOKE, id);
    let (status, failed) = caller.no(post.clone(), &revoke, json!({"reason": "whim"}).to_string()).await;
    assert_eq!((status, failed.code.as_str()), (400, "bad-reason"));
    let dry = json!({"reason": "lost", "stand": {"dry_run": true}});
    let would: Revoked = caller.yes(post.clone(), &revoke, dry).await;
    assert!(would.written.is_empty() && would.certificate.dead.is_none());
    let revoked: Revoked = caller.yes(post.clone(), &revoke, json!({"reason": "lost"})).await;
    assert_eq!(revoked.certificate.dead.unwrap().code, "struck-revoked");
    let struck: Struck = caller.yes(get.clone(), &at(route::CERTIFICATE_STRUCK, id), Value::Null).await;
    assert_eq!(struck.total, 0);
    let stand = at(route::CERTIFICATE_STAND, id);
    assert_eq!(caller.no(post.clone(), &stand, json!({"all": true}).to_string()).await.1.code, "nothing-changed");

    let root: RootShown = caller.yes(get, route::ROOT, Value::Null).await;
    assert_eq!((root.threshold, root.keys.len(), root.pending.len()), (1, 1, 0));
    let administrator = county.administrator.certificate.to_string();
    let form = json!({"act": "revoke", "certificate": administrator, "reason": "lost", "stand": {"all": true}});
    let sheet: SheetText = caller.yes(post.clone(), route::ROOT_SHEETS, form).await;
    let read: Sheet = sheet.sheet.parse().unwrap();
    assert!(read.items.len() > 1 && read.signatures() == 0);
    let submitted: Submitted = caller.yes(post.clone(), route::ROOT_SUBMIT, json!({"sheet": sheet.sheet})).await;
    assert!(submitted.written.is_empty(), "an unsigned sheet does nothing");
    let entry = "00".repeat(32);
    assert_eq!(caller.no(post, &at(route::ENTRY_ENDORSE, &entry), "").await.1.code, "no-such-entry");
    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(!logged.contains("MARK"));
}

#[tokio::test]
async fn the_answer_no_has_a_code_a_status_and_words_in_the_language_asked_for() {
    let county = County::found().await;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let holder = county.desk.officer(&analyst.certificate.to_string(), Default::default()).await.unwrap().holder;
    let both = county.officer("discipline_lead", "999901", "", Some(holder)).await;
    let mut caller = Caller::new(&county);
    let (get, post) = (Method::GET, Method::POST);

    let (status, failed) = caller.no(post.clone(), route::REPORTS, "{}").await;
    assert_eq!((status, failed.code.as_str(), failed.message.as_str()), (401, "no-session", "尚未解锁，或会话已结束"));
    caller.token = Some("nonsense".into());
    assert_eq!(caller.no(post.clone(), route::REPORTS, "{}").await.0, 401);
    let wrong = json!({"officer": analyst.certificate.to_string(), "passphrase": "wrong horse"}).to_string();
    for _ in 0..5 {
        assert_eq!(caller.no(post.clone(), route::SESSIONS, wrong.clone()).await.1.code, "wrong-passphrase");
    }
    let (status, failed) = caller.no(post.clone(), route::SESSIONS, wrong).await;
    assert_eq!((status, failed.code.as_str()), (429, "too-many-attempts"));
    assert_eq!(failed.message, "试错次数过多，请 15 分钟后再试");

    caller.language = "en-GB, zh;q=0.2";
    let token = |officer: &crate::desk::Officer| {
        let token = county.desk.sessions().begin(officer.clone(), std::time::Instant::now()).unwrap();
        Some(token.expose().to_owned())
    };
    caller.token = token(&analyst);
    let form = json!({"subject": VILLAGE, "level": 3, "ground": "3.4", "facts": "x"});
    let case: Written = caller.yes(post.clone(), route::CASES, form.clone()).await;
    caller.token = token(&both);
    let (status, failed) = caller.no(post.clone(), &at(route::CASE_ACTS, &case.short), "{\"deed\": \"approve\"}").await;
    assert_eq!((status, failed.code.as_str()), (409, "self-approval"));
    assert_eq!(failed.message, "Nobody decides what they proposed, or lifts what they answered");
    assert_eq!(failed.hint.as_deref(), Some("Another officer with the authority must do it."));
    for (method, path, body, status, code) in [
        (&get, "/v1/nothing".to_owned(), "", 404, "no-such-route"),
        (&post, route::STATUS.to_owned(), "", 405, "wrong-method"),
        (&get, at(route::REPORT, "0123456789"), "", 404, "no-such-document"),
        (&get, at(route::REPORT, "nobody"), "", 400, "bad-id"),
        (&get, at(route::REPORT, "%ff%ff"), "", 400, "bad-id"),
        (&get, format!("{}?limit=many", route::RISKS), "", 400, "bad-query"),
        (&get, format!("{}?colour=red", route::CASES), "", 400, "bad-query"),
        (&get, format!("{}?unit=370126", route::RISKS), "", 400, "bad-unit"),
        (&post, route::REPORTS.to_owned(), "{", 400, "bad-json"),
        (&post, route::REPORTS.to_owned(), "{\"titel\": 1}", 400, "bad-json"),
        (&post, route::REPORTS.to_owned(), "{}", 400, "bad-category"),
        (&post, route::REPORTS.to_owned(), "{\"category\": 1}", 400, "missing-field"),
        (&post, route::RISKS.to_owned(), "{\"kind\": \"x\"}", 400, "bad-kind"),
        (&post, at(route::CASE_ACTS, &case.short), "{\"deed\": \"issue\", \"paper\": \"x\"}", 409, "not-decided"),
        (&post, at(route::CASE_ACTS, &case.short), "{\"deed\": \"answer\", \"text\": \"x\"}", 409, "no-such-warning"),
        (&post, at(route::CASE_ACTS, &case.short), "{\"deed\": \"vanish\"}", 400, "bad-json"),
        (&post, at(route::OFFICER_ENDORSE, "0123456789"), "", 404, "no-such-officer"),
        (&post, route::OFFICERS_IMPORT.to_owned(), "{\"sealed_key\": \"x\"}", 400, "key-damaged"),
        (&post, route::SYNC.to_owned(), "", 503, "no-network"),
    ] {
        let (found, failed) = caller.no(method.clone(), &path, body).await;
        assert_eq!((found, failed.code.as_str()), (status, code), "{path} {body}");
    }
    let form = json!({"subject": VILLAGE, "level": 9, "ground": "3.4", "facts": "x"}).to_string();
    caller.token = token(&analyst);
    assert_eq!(caller.no(post.clone(), route::CASES, form).await.1.code, "no-such-level");
    let rows = json!({"rows": [{"line": 7, "code": "1", "name": "", "level": "town"}]}).to_string();
    let (status, failed) = caller.no(post.clone(), route::UNITS, rows).await;
    assert_eq!((status, failed.code.as_str()), (422, "rows-wrong"));
    assert_eq!(failed.rows[0].line, 7);
    assert_eq!(failed.rows[0].message, "“1” is not a division code or path of this tree");
    let large = vec![b' '; REQUEST_BYTES_MAX + 1];
    let (status, failed) = caller.no(post.clone(), route::CASES, large).await;
    assert_eq!((status, failed.code.as_str()), (413, "body-too-large"));
    // What somebody wrote is not said back, whatever is wrong with the rest.
    let (_, failed) = caller.no(post, route::REPORTS, "{\"category\": \"MARK\"}").await;
    assert!(!format!("{failed:?}").contains("MARK"), "{failed:?}");

    caller.router = router_of(county.desk.clone().speaking(crate::words::Language::English));
    caller.language = "";
    assert_eq!(caller.no(get.clone(), "/v1/nothing", "").await.1.message, "There is no such route");
    county.desk.node().stop().await;
    assert_eq!(caller.no(get.clone(), route::STATUS, "").await.1.code, "node-stopped");
    assert_eq!(caller.send(get, route::HEALTH, "").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn the_socket_is_for_owner_and_group_and_replaces_only_what_is_dead() {
    use std::os::unix::fs::PermissionsExt;
    let county = County::found().await;
    let path = county.dir.path().join("run/fangwei.sock");
    let serving = serve_desk(&path, county.desk.clone()).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("ok"), "{answer}");
    let again = serve_desk(&path, county.desk.clone()).await;
    assert!(matches!(again, Err(ServeFailure::InUse { .. })), "{again:?}");
    serving.stop().await;
    assert!(!path.exists());

    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "left behind");
    let serving = serve_desk(&path, county.desk.clone()).await.unwrap();
    serving.stop().await;
    std::fs::write(&path, "precious").unwrap();
    let refused = serve_desk(&path, county.desk.clone()).await;
    assert!(matches!(refused, Err(ServeFailure::NoSocket { .. })), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}
