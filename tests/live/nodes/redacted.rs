//! What was taken out is on no disk any more: not the words, and not the salt without which they cannot be guessed back.

use std::{fs, path::Path};

use fangwei_node::{founding::new_document, run::Core, store::StoreOptions};
use fangwei_protocol::{
    record::{
        body::{Act, Body, Content},
        entry::{EntryId, Kind, Reach, Scope, Shelf},
    },
    trust::redaction::without,
};
use tests::nodes::{County, report, standing, until, verified, write};

use super::{COUNTY, TOWNSHIP, VILLAGE, copy_dir, unit};

/// What nobody is to read again.
const SECRET: &str = "欧阳若兰";

const UNITS: [&str; 3] = [COUNTY, TOWNSHIP, VILLAGE];

/// The files below a folder that have these bytes.
fn files_with(dir: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if path.is_file() && fs::read(&path).unwrap().windows(bytes.len()).any(|some| some == bytes) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// No file of any node has the words or the salt.
fn nobody_has_it(county: &County, salt: &[u8; 16]) {
    for unit in UNITS {
        let place = county.place(unit);
        assert_eq!(files_with(&place, SECRET.as_bytes()), Vec::<String>::new(), "the words, at {unit}");
        assert_eq!(files_with(&place, salt), Vec::<String>::new(), "the salt, at {unit}");
    }
}

async fn body_of(core: &Core, id: EntryId) -> Body {
    let read = core.read(move |sight| sight.replica.find(&id, sight.store).unwrap().unwrap().bytes.unwrap());
    Body::parse(&read.await.unwrap()).unwrap()
}

async fn is_gone(core: &Core, id: EntryId) -> bool {
    let look = core.read(move |sight| sight.replica.find(&id, sight.store).unwrap());
    look.await.unwrap().is_some_and(|said| said.remains.is_some())
}

/// Everything is everywhere, up and down.
async fn settle(county: &County, id: EntryId) {
    for unit in UNITS {
        let core = county.node(unit).core();
        until("the words are taken out", async || is_gone(core, id).await).await;
    }
    county.agree(VILLAGE, TOWNSHIP).await;
    county.agree(TOWNSHIP, COUNTY).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_of_any_node_has_what_was_taken_out_and_an_old_disk_loses_it_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, StoreOptions::demo()).await;
    county.join(TOWNSHIP, COUNTY).await;
    county.join(VILLAGE, TOWNSHIP).await;
    let (reporter, lead) = (county.add_reporter(VILLAGE).await, county.add_lead(TOWNSHIP).await);
    let village = county.node(VILLAGE).clone();
    let account = format!("举报人{SECRET}见过账本。");
    let told = report(village.core(), &unit(VILLAGE), &reporter, &account).await.unwrap();
    until("the county has it", async || standing(county.node(COUNTY).core(), told.id).await.0).await;
    county.agree(VILLAGE, TOWNSHIP).await;
    county.agree(TOWNSHIP, COUNTY).await;
    let Body { salt, content } = body_of(village.core(), told.id).await;
    let salt: [u8; 16] = salt.into();
    for unit in UNITS {
        let place = county.place(unit);
        assert!(!files_with(&place, SECRET.as_bytes()).is_empty(), "it is nowhere at {unit}: the search is blind");
        assert!(!files_with(&place, &salt).is_empty(), "the salt is nowhere at {unit}: the search is blind");
    }
    county.stop(TOWNSHIP).await;
    let backup = dir.path().join("backup");
    copy_dir(&county.place(TOWNSHIP), &backup);
    county.start(TOWNSHIP).await.unwrap();

    // Asked for at the township, endorsed at the county.
    let scope = Scope { home: unit(VILLAGE), reach: Reach::UP, shelf: Shelf::CASE };
    let document = new_document(scope, Kind::REDACTION);
    let remains = Box::new(without(&content, &[SECRET]));
    let act = Act::Redact { subject: told.id, basis: "个人信息保护法第四十七条".into(), remains };
    let township = county.node(TOWNSHIP).clone();
    let redact = write(township.core(), &lead, document.clone(), Content::Act(act)).await.unwrap();
    until("the county has the redaction", async || standing(county.node(COUNTY).core(), redact.id).await.0).await;
    assert!(!is_gone(county.node(COUNTY).core(), told.id).await, "one person alone takes nothing out");
    let endorse = Content::Act(Act::Endorse { subject: redact.id });
    write(county.node(COUNTY).core(), &county.secretary, document, endorse).await.unwrap();
    settle(&county, told.id).await;
    drop((village, township));
    county.stop_all().await;
    nobody_has_it(&county, &salt);

    // The township's disk is restored from before: it loses the words with the first session, and nobody gets them back.
    fs::remove_dir_all(county.place(TOWNSHIP)).unwrap();
    copy_dir(&backup, &county.place(TOWNSHIP));
    assert!(!files_with(&county.place(TOWNSHIP), SECRET.as_bytes()).is_empty());
    for unit in UNITS {
        county.start(unit).await.unwrap();
    }
    settle(&county, told.id).await;
    county.stop_all().await;
    nobody_has_it(&county, &salt);
    for unit in UNITS {
        assert_eq!(verified(&county.place(unit)).fault_count, 0, "{unit}");
    }
}
