//! A node among bad inputs: what it refuses leaves no trace in what it stores, over the wire and over the local HTTP.

use std::{sync::Arc, time::Instant};

use fangwei_node::{
    api::router_of,
    desk::{Desk, Officer},
    founding::{draw_up, found},
    keyring::{SealCost, SealedKey},
    limits::{SESSION_ATTEMPTS_MAX, SESSION_HASHES_AT_ONCE},
    node::Node,
    session::{SessionLimits, Sessions, UnlockRefusal},
    store::StoreOptions,
};
use fangwei_protocol::{
    record::entry::{EntryId, Hash},
    records::Memory,
    replica::Replica,
    trust::{genesis::GenesisHash, key::KeyPair},
};
use http_body_util::BodyExt as _;
use hyper::Request;
use serde_json::{Value, json};
use tests::hostile::{decoders::of_name, victim};
use tower::ServiceExt as _;

use crate::{
    alone,
    cases::{self, Must},
    cost,
};

/// The township connects and greets; then it says this.
fn told(frame: Option<&[u8]>) -> Memory {
    let mut story = vec![0, 0, 1, 3];
    if let Some(frame) = frame {
        let len = u16::try_from(frame.len()).unwrap();
        story.extend([1, 0]);
        story.extend(len.to_be_bytes());
        story.extend_from_slice(frame);
    }
    victim::tell(&story).records().clone()
}

#[test]
fn a_refused_frame_leaves_no_trace_in_the_store() {
    let _alone = alone();
    let before = told(None);
    let (mut tried, decoder) = (0, of_name("frame"));
    for case in cases::of(decoder).iter().filter(|case| case.must == Must::Refuse && case.bytes.len() < 16_000) {
        let (after, cost) = cost::of(|| told(Some(&case.bytes)));
        assert!(after == before, "{}", case.name);
        cost.check(&case.name);
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}

/// A county of one node, and its administrator's session.
struct County {
    desk: Desk,
    token: String,
    _dir: tempfile::TempDir,
}

async fn county() -> County {
    let dir = tempfile::tempdir().unwrap();
    let (founded, _) = draw_up("示例县", "999901".parse().unwrap()).unwrap();
    found(dir.path(), &founded, StoreOptions::demo()).await.unwrap();
    let node = Node::open_offline(dir.path(), StoreOptions::demo(), &mut |_| {}).unwrap();
    let desk = Desk::with(node, SealCost::FLOOR, SessionLimits::default());
    let (certificate, key) = founded.administrator;
    let token = desk.sessions().begin(Officer { certificate, key: Arc::new(key) }, Instant::now()).unwrap();
    County { desk, token: token.expose().into(), _dir: dir }
}

/// The status of an answer, and its code.
async fn asked(county: &County, method: &str, path: &str, body: String) -> (u16, String) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", format!("Bearer {}", county.token)).header("accept-language", "en");
    let answer = router_of(county.desk.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let said: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    (status, said["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_flood_of_sign_ins_takes_the_memory_of_a_few_and_is_bounded_for_each_officer() {
    const OFFICERS: u8 = 20;
    const TRIES: usize = 12;
    let _alone = alone();
    let sealed = |n: u8| {
        let (key, id, tree) = (KeyPair::from_seed(&[n; 32]), EntryId(Hash([n; 32])), GenesisHash(Hash([7; 32])));
        SealedKey::seal(&key, id, tree, "correct horse", SealCost::FLOOR).unwrap()
    };
    let keys: Vec<SealedKey> = (0..OFFICERS).map(sealed).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sessions = Arc::new(Sessions::new(SessionLimits::default()));
    let (waits, cost) = cost::of(|| {
        runtime.block_on(async {
            let mut all = tokio::task::JoinSet::new();
            for key in keys.iter().flat_map(|key| std::iter::repeat_n(key, TRIES)) {
                let (sessions, key) = (sessions.clone(), key.clone());
                all.spawn(async move {
                    let wrong = String::from("wrong horse").into();
                    sessions.unlock(key, wrong, |_| Ok(()), Instant::now()).await.map(|_| ())
                });
            }
            let mut waits = 0;
            while let Some(tried) = all.join_next().await {
                waits += usize::from(matches!(tried.unwrap().unwrap_err(), UnlockRefusal::TooManyAttempts { .. }));
            }
            waits
        })
    });
    assert_eq!(waits, usize::from(OFFICERS) * (TRIES - SESSION_ATTEMPTS_MAX));
    let of_one = SealCost::FLOOR.memory_kib as usize * 1024;
    assert!(cost.bytes <= SESSION_HASHES_AT_ONCE * of_one + cost::BYTES_MAX, "{cost:?}");
    assert!(cost.bytes >= of_one, "it was counted: {cost:?}");
}

#[test]
fn what_the_local_http_refuses_is_said_with_a_code_and_leaves_no_trace() {
    let _alone = alone();
    tokio::runtime::Runtime::new().unwrap().block_on(refused_over_http());
}

async fn refused_over_http() {
    let county = county().await;
    let entries = async || county.desk.node().core().read(|sight| Replica::log_length(sight.replica)).await.unwrap();
    let before = entries().await;
    let token = |change: (&str, Value)| {
        let mut form = json!({"unit": "999901.105", "address": "127.0.0.1:4900", "valid_hours": 1});
        form[change.0] = change.1;
        form.to_string()
    };
    let row = |code: &str, name: &str, level: &str| {
        json!({"rows": [{"line": 2, "code": code, "name": name, "level": level}], "dry_run": false}).to_string()
    };
    let officer = |name: &str, unit: &str| {
        json!({"unit": unit, "role": "analyst", "name": name, "passphrase": "correct horse"}).to_string()
    };
    let cases: Vec<(&str, &str, String)> = vec![
        ("POST", "/v1/reports", "[".repeat(100_000)),
        ("POST", "/v1/reports", "{\"title\":".repeat(100_000)),
        ("POST", "/v1/reports", String::new()),
        ("POST", "/v1/reports", "null".into()),
        ("POST", "/v1/reports", "\u{0}".into()),
        ("POST", "/v1/reports", json!({"title": "标题", "category": u64::MAX}).to_string()),
        (
            "POST",
            "/v1/reports",
            json!({"title": "标题", "category": 7, "account": "", "happened": "99999-99-99"}).to_string(),
        ),
        ("POST", "/v1/tokens", token(("valid_hours", json!(u64::MAX)))),
        ("POST", "/v1/tokens", token(("valid_hours", json!(0)))),
        ("POST", "/v1/tokens", token(("valid_hours", json!(-1)))),
        ("POST", "/v1/tokens", token(("unit", json!("９９９９０１")))),
        ("POST", "/v1/tokens", token(("unit", json!("3701")))),
        ("POST", "/v1/tokens", token(("address", json!("127.0.0.1:65536")))),
        ("POST", "/v1/units", row("999901105000", "镇\u{202e}", "town")),
        ("POST", "/v1/units", row("999901105000", "\u{200b}", "town")),
        ("POST", "/v1/units", row("999901105000", &"镇".repeat(101), "town")),
        ("POST", "/v1/units", row("99990110500", "镇", "town")),
        ("POST", "/v1/units", row("９９９９０１１０５０００", "镇", "town")),
        ("POST", "/v1/units", row("370126105000", "镇", "town")),
        ("POST", "/v1/units", row("999901105000", "镇", "village")),
        ("POST", "/v1/officers", officer("李\u{1b}[2J", "999901")),
        ("POST", "/v1/officers", officer("李\u{2066}四", "999901")),
        ("POST", "/v1/officers", officer("", "999901")),
        ("POST", "/v1/officers", officer("李四", "999902")),
        ("POST", "/v1/officers/import", json!({"sealed_key": "a = ".to_owned() + &"[".repeat(3_000)}).to_string()),
        ("POST", "/v1/requests", json!({"request": "file = \"fangwei request\"\nformat = 4294967296"}).to_string()),
        ("POST", "/v1/root/submit", json!({"sheet": "\u{feff}"}).to_string()),
        ("GET", "/v1/reports/%00", String::new()),
        ("GET", "/v1/reports/..%2f..%2fetc", String::new()),
        ("GET", "/v1/reports/%ff", String::new()),
        ("GET", "/v1/officers?unit=%ff", String::new()),
        ("GET", "/v1/officers?unit=1&unit=2", String::new()),
        ("GET", "/v1/officers?also=1", String::new()),
        ("GET", "/v1/reports?limit=99999999999999999999", String::new()),
        ("GET", "/v1/reports?limit=-1", String::new()),
        ("DELETE", "/v1/reports", String::new()),
        ("GET", "/v2/reports", String::new()),
        ("POST", "/v1/verify", "{\"also\":1}".into()),
        ("POST", "/v1/sync", json!({"wait_s": -1}).to_string()),
        ("POST", "/v1/reports/file", json!({"title": "标题", "category": 7, "amount_fen": i64::MIN}).to_string()),
        ("POST", "/v1/reports/file", json!({"title": "标题", "category": 256, "account": "x"}).to_string()),
        (
            "POST",
            "/v1/reports/file",
            json!({"title": "标题", "category": 7, "account": "x", "source": "无"}).to_string(),
        ),
        ("POST", "/v1/reports/file", json!({"to": "999901.105.201.d01", "title": "标题"}).to_string()),
        ("POST", "/v1/reports/file", json!({"origin": "anonymous\u{0}", "title": "标题"}).to_string()),
        ("POST", "/v1/cases", json!({"subject": "999901", "level": 0, "ground": "1.1", "facts": "x"}).to_string()),
        ("POST", "/v1/cases", json!({"subject": "999901", "level": 255, "ground": "1.1", "facts": "x"}).to_string()),
        ("POST", "/v1/cases", json!({"subject": "999901", "level": 3, "ground": "3.1", "facts": "x"}).to_string()),
        (
            "POST",
            "/v1/cases",
            json!({"subject": "999901", "level": 3, "ground": "3.1", "facts": "x", "holders": ["zz"]}).to_string(),
        ),
        ("POST", "/v1/packs", json!({"unit": "999901", "text": "[".repeat(50_000), "dry_run": false}).to_string()),
        ("POST", "/v1/packs", json!({"unit": "９９", "text": "", "dry_run": true}).to_string()),
        ("POST", "/v1/calendar", json!({"text": "year = 99999", "dry_run": false}).to_string()),
        ("GET", "/v1/calendar/due?from=2026-02-30&term=7wd", String::new()),
        ("GET", "/v1/calendar/due?from=2026-02-28&term=65536m", String::new()),
        ("GET", "/v1/calendar/year?year=70000", String::new()),
        (
            "POST",
            "/v1/papers/strike",
            json!({"word": "预告", "year": 65535, "number": u32::MAX, "reason": "x"}).to_string(),
        ),
        ("POST", "/v1/papers/strike", json!({"word": "", "year": 2026, "number": 0, "reason": ""}).to_string()),
        ("POST", "/v1/papers/strike", json!({"word": "预告", "year": 2026, "number": 4_294_967_296_u64}).to_string()),
        ("POST", "/v1/posts", json!({"unit": "370126", "post": "镇长"}).to_string()),
    ];
    // Every form of a procedure, with what is none.
    let acts = ["/v1/reports/0123456789/acts", "/v1/reports/0123456789/triage", "/v1/cases/0123456789/acts"];
    let nonsense = [
        "null".to_owned(),
        "[]".into(),
        json!({"deed": null}).to_string(),
        json!({"deed": "vanish"}).to_string(),
        json!({"deed": "accept", "also": 1}).to_string(),
        json!({"deed": "approve", "meeting": {"present": vec![json!({"name": "x"}); 20_000], "outcome": "x"}})
            .to_string(),
        json!({"deed": "answer", "text": "x", "measures": [{"what": "x", "who": "", "by": "2026-13-01"}]}).to_string(),
        json!({"deed": "issue", "paper": "\u{202e}", "terms": [{"what": "account", "term": "999999999999m"}]})
            .to_string(),
    ];
    let forms = acts.iter().flat_map(|path| nonsense.iter().map(move |body| ("POST", *path, body.clone())));
    let cases: Vec<(&str, &str, String)> = cases.into_iter().chain(forms).collect();
    for (method, path, body) in cases {
        let what = format!("{method} {path} {}", body.chars().take(80).collect::<String>());
        let ((status, code), cost) = {
            let start = Instant::now();
            let answer = asked(&county, method, path, body).await;
            (answer, start.elapsed())
        };
        assert!((400..500).contains(&status), "{what}: {status} {code}");
        assert!(!code.is_empty(), "{what}: no code");
        assert!(cost.as_secs() < 10, "{what}: {cost:?}");
        println!("{status} {code:20} {what}");
    }
    // More than a request may have is not even read.
    let (status, _) = asked(&county, "POST", "/v1/reports", " ".repeat(2 * 1024 * 1024)).await;
    assert!((400..500).contains(&status), "{status}");
    assert_eq!(entries().await, before);
    assert_eq!(asked(&county, "GET", "/v1/status", String::new()).await.0, 200, "it goes on");
}
