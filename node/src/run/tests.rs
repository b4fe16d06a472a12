//! The driver on a real store: what it tells is durable, and what its disk does to the index costs nothing.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::mpsc::{Sender, channel},
};

use fangwei_protocol::{
    record::{
        body::{Content, Step, Value},
        entry::{CertificateId, Hash, Kind, Reach, Scope, Shelf},
    },
    records::Fact,
};
use tempfile::TempDir;

use super::*;
use crate::{
    founding::{self, Founded},
    store::journal_facts,
};

/// A founded county's directory, and its secretary, who may write risks.
struct Place {
    dir: TempDir,
    secretary: (CertificateId, Arc<KeyPair>),
}

impl Place {
    async fn found() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let (founded, _) = founding::draw_up("示例县", "370126".parse().unwrap()).unwrap();
        founding::found(dir.path(), &founded, StoreOptions::demo()).await.unwrap();
        let Founded { secretary: (certificate, key), .. } = founded;
        Place { dir, secretary: (certificate, Arc::new(key)) }
    }

    fn start(&self) -> Core {
        let identity = Arc::new(Identity::load(self.dir.path()).unwrap());
        Core::start(self.dir.path(), identity, StoreOptions::demo(), &mut |_| {}).unwrap()
    }

    async fn write(&self, core: &Core) -> Written {
        let (author, key) = self.secretary.clone();
        let scope = Scope { home: "370126".parse().unwrap(), reach: Reach::UP, shelf: Shelf::LIBRARY };
        let step = Step::Set { field: "post".into(), value: Some(Value::Text("会计".into())) };
        let (document, content) = (founding::new_document(scope, Kind::RISK), Content::Edit(vec![step]));
        core.write(key, move |_| Ok(Draft { author, document, after: None, content })).await.unwrap()
    }

    fn entries_on_disk(&self) -> u64 {
        let facts = journal_facts(self.dir.path()).unwrap();
        facts.filter(|located| matches!(located.as_ref().unwrap().fact, Fact::Entry { .. })).count() as u64
    }

    fn index_file(&self) -> PathBuf {
        self.dir.path().join("index/db")
    }
}

/// Keeps the core's thread busy until something is sent, so that what is asked meanwhile is one group.
async fn hold(core: &Core) -> Sender<()> {
    let (release, released) = channel();
    let (reached, is_held) = oneshot::channel();
    let core = core.clone();
    tokio::spawn(async move {
        core.read(move |_| {
            reached.send(()).unwrap();
            released.recv().unwrap();
        })
        .await
        .unwrap();
    });
    is_held.await.unwrap();
    release
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shown_is_durable() {
    let place = Arc::new(Place::found().await);
    let core = place.start();
    let release = hold(&core).await;
    let writing = tokio::spawn({
        let (place, core) = (place.clone(), core.clone());
        async move { place.write(&core).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let reading = tokio::spawn({
        let (place, core) = (place.clone(), core.clone());
        async move { core.read(move |sight| (sight.replica.log_length().0, place.entries_on_disk())).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    release.send(()).unwrap();
    let written = writing.await.unwrap();
    let (shown, on_disk) = reading.await.unwrap().unwrap();
    assert_eq!((shown, on_disk), (written.at.0 + 1, written.at.0 + 1));
    core.stop().await;
}

#[tokio::test]
async fn wherever_the_index_is_damaged_nothing_is_lost() {
    let place = Place::found().await;
    let core = place.start();
    for _ in 0..ENTRIES {
        place.write(&core).await;
    }
    let (entries, digest) = core.read(|sight| (sight.replica.log_length(), digest(sight))).await.unwrap();
    core.stop().await;
    // Opened once more, so that from now on it opens by its snapshot and reads its pages only when asked for them.
    place.start().stop().await;
    let sound = fs::read(place.index_file()).unwrap();
    let used = sound.iter().rposition(|byte| *byte != 0).unwrap();
    for from in (0..used).step_by(DAMAGED_BYTES) {
        let mut flipped = sound.clone();
        flipped.iter_mut().skip(from).take(DAMAGED_BYTES).for_each(|byte| *byte ^= 0x5a);
        let mut cut = sound.clone();
        cut.truncate(from);
        for (how, damaged) in [("flipped", flipped), ("cut", cut)] {
            fs::write(place.index_file(), damaged).unwrap();
            let core = place.start();
            // A read may find the damage; by the next one it is mended.
            let mut found = core.read(move |sight| find_all(sight, entries)).await.unwrap();
            if found.is_none() {
                found = core.read(move |sight| find_all(sight, entries)).await.unwrap();
            }
            assert_eq!(found, Some(digest), "{how} from byte {from}");
            core.stop().await;
        }
    }
}

/// Entries in the index: enough for many leaves.
const ENTRIES: usize = 200;

/// Bytes damaged at one go.
const DAMAGED_BYTES: usize = 32 * 1024;

fn digest(sight: &Sight<'_>) -> Hash {
    sight.replica.frontier().digest(&"370126".parse().unwrap())
}

/// The digest, if every entry is found by its place and by its name.
fn find_all(sight: &Sight<'_>, entries: LogIndex) -> Option<Hash> {
    for at in 0..entries.0 {
        let said = sight.replica.said(LogIndex(at), sight.store).ok()?;
        sight.replica.find(&said.entry.id(), sight.store).ok()??;
    }
    Some(digest(sight))
}

#[tokio::test]
async fn each_file_that_says_who_a_node_is_is_named_when_it_is_damaged_and_never_written_over() {
    let place = Place::found().await;
    let dir = place.dir.path();
    let refused = || -> String {
        let opened = Identity::load(dir)
            .map_err(OpenFailure::from)
            .and_then(|identity| Core::start(dir, Arc::new(identity), StoreOptions::demo(), &mut |_| {}).map(drop));
        opened.err().map_or_else(|| "nothing".into(), |failure| failure.to_string())
    };
    for name in ["genesis.cbor", "node.key", "node.toml"] {
        let path = dir.join(name);
        let whole = fs::read(&path).unwrap();
        let mut harms: Vec<Option<Vec<u8>>> = vec![None, Some(Vec::new()), Some(whole[..whole.len() / 2].to_vec())];
        for at in (0..whole.len()).step_by(whole.len() / 40 + 1) {
            let mut flipped = whole.clone();
            // Not the bit that is a letter's case: digits in either case say the same.
            flipped[at] ^= 1 << (at % 5);
            harms.push(Some(flipped));
        }
        for harm in harms {
            match &harm {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let said = refused();
            assert!(said.contains(name), "{name}: {said}: {harm:?}");
            assert_eq!(fs::read(&path).ok(), harm, "{name} is left as it is");
            assert!(Identity::exists(dir), "{name}: nobody founds or joins over what is left");
            fs::write(&path, &whole).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    place.start().stop().await;
}

#[tokio::test]
async fn a_stranger_has_little_room_one_who_was_met_more_and_what_is_written_frees_it() {
    let (mut outbox, mut waiting) = Outbox::pair();
    let frame = vec![0; 32 * 1024];
    let fill = |outbox: &Outbox| (0..).take_while(|_| outbox.send(frame.clone()).is_ok()).count();
    let stranger = fill(&outbox);
    assert_eq!(stranger, OUTBOX_STRANGER_BYTES_MAX / frame.len());
    outbox.met();
    outbox.met();
    assert_eq!(stranger + fill(&outbox), OUTBOX_BYTES_MAX / frame.len());
    let taken = waiting.next().await.unwrap();
    assert_eq!(fill(&outbox), 0);
    drop(taken);
    assert_eq!(fill(&outbox), 1);
    let ending = waiting.ending();
    drop(outbox);
    ending.await;
}
