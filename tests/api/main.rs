//! The local HTTP as a tool asks it that read nothing but its OpenAPI document: whatever it sends, no answer says that the
//! node failed, and none is of a kind the document does not name.
//!
//! `FANGWEI_SCHEMATHESIS=<the program> cargo test -p tests --test api`, where the program is Schemathesis 4 from PyPI
//! (.ci/run installs it in a place of its own).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]
#![allow(dead_code, reason = "the county is the browser's too, which asks more of it")]

#[path = "../browser/place.rs"]
mod place;

use std::{collections::BTreeMap, env, fs, path::Path, process::Command};

use fangwei_node::api::shape::{AccessForm, FileForm, ProposeForm, RiskForm};
use serde_json::{Value, json};

use self::place::{Place, TOWN, VILLAGE, says};

/// What is asked of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,ignored_auth,unsupported_method";

/// Draws the same each time.
const SEED: &str = "20261123";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_writer(std::io::stderr).try_init();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::found(dir.path()).await;
        something_to_ask_about(&place).await;
        let report = dir.path().join("asked.ndjson");
        asked(&place, &report).await;
        let statuses = statuses(&report);
        println!("{statuses:?}");
        let (all, well): (usize, usize) =
            (statuses.values().sum(), statuses.range(200..300).map(|(_, count)| count).sum());
        // What never gets in proves nothing about what is inside.
        assert!(well * 25 >= all, "of {all} answers only {well} were no refusal");
        assert_eq!(statuses.range(500..).next(), None);
        place.stop().await;
    });
    println!("every answer was one of those the document names");
}

/// A report, a risk point and a case, so that ids found in lists lead somewhere.
async fn something_to_ask_about(place: &Place) {
    let desk = place.desk(TOWN);
    let analyst = &place.officers["李建国"];
    let report = json!({ "title": "村级工程", "category": 1, "source": "petition", "account": "未公示", "to": TOWN });
    let report: FileForm = serde_json::from_value(report).unwrap();
    for _ in 0..3 {
        desk.file_report(analyst, report.clone(), desk.language()).await.unwrap();
    }
    let risk = json!({
        "post": "会计", "kind": "power", "level": 2, "description": "一人管钱管账", "measures": ["双人复核"]
    });
    let risk: RiskForm = serde_json::from_value(risk).unwrap();
    desk.add_risk(analyst, risk).await.unwrap();
    let case = json!({ "subject": VILLAGE, "level": 3, "ground": "3.4", "facts": "未按规定公开。" });
    let case: ProposeForm = serde_json::from_value(case).unwrap();
    desk.propose(analyst, case).await.unwrap();
}

/// Lets Schemathesis ask whatever it thinks of, as a secretary with a token for all that a token can be for.
async fn asked(place: &Place, report: &Path) {
    let form = AccessForm {
        label: "schemathesis".into(),
        scopes: ["read", "report", "work", "administer"].map(str::to_owned).to_vec(),
        days: 1,
    };
    let token = place.desk(TOWN).create_access_token(&place.officers["陈书记"], &form).await.unwrap().token;
    let url = place.url(TOWN);
    let answer = says(&url, "GET /api/v1/openapi.json HTTP/1.1\nHost: HOST\nConnection: close\n\n").await;
    let mut document: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    // It sends the same key with everything, which is refused before anybody looks at the rest.
    for path in document["paths"].as_object_mut().unwrap().values_mut() {
        for operation in path.as_object_mut().unwrap().values_mut() {
            if let Some(parameters) = operation["parameters"].as_array_mut() {
                parameters.retain(|one| one["name"] != "Idempotency-Key");
            }
        }
    }
    let file = report.with_extension("json");
    fs::write(&file, document.to_string()).unwrap();
    let mut command = Command::new(env::var("FANGWEI_SCHEMATHESIS").expect("where Schemathesis is"));
    let examples = env::var("FANGWEI_EXAMPLES").unwrap_or_else(|_| "200".into());
    command.arg("run").arg(&file).args(["--url", &format!("{}/api", url.trim_end_matches('/'))]);
    command.args(["--seed", SEED, "--max-examples", &examples, "--checks", CHECKS, "--request-timeout", "30"]);
    command.args(["--header", &format!("Authorization: Bearer {token}"), "--continue-on-failure", "--warnings", "off"]);
    command.args(["--suppress-health-check", "all", "--report-ndjson-path"]).arg(report);
    // It keeps what it found where it stands.
    command.current_dir(report.parent().unwrap());
    let ended = tokio::task::spawn_blocking(move || command.status().unwrap()).await.unwrap();
    assert!(ended.success(), "see above");
}

/// How often each status was answered.
fn statuses(report: &Path) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(report).unwrap().lines() {
        count(&serde_json::from_str(line).unwrap(), &mut counts);
    }
    counts
}

fn count(value: &Value, counts: &mut BTreeMap<u64, usize>) {
    match value {
        Value::Object(fields) => {
            if let Some(status) = fields.get("status_code").and_then(Value::as_u64) {
                *counts.entry(status).or_default() += 1;
            }
            fields.values().for_each(|value| count(value, counts));
        }
        Value::Array(items) => items.iter().for_each(|value| count(value, counts)),
        _ => {}
    }
}
