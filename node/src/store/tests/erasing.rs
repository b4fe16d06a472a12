//! Taking a body away: nothing of it stays in any file, nothing else changes, and a power cut at any byte of it is
//! finished by doing it again.

use std::{fs, path::Path};

use fangwei_protocol::records::{Fact, LogIndex, Records as _};

use super::{Author, Contents, GENESIS, SMALL, contents, derive, open, put, replay, tempdir};
use crate::store::{Store, StoreFailure, journal::Position, layout};

/// What is to be taken away.
const SECRET: &str = "这一句话以后谁也不该再读到";

/// The entry that says it.
const SUBJECT: LogIndex = LogIndex(9);

fn files(dir: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for found in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if found.path().is_dir() { all.extend(files(&found.path())) } else { all.push(fs::read(found.path()).unwrap()) }
    }
    all
}

fn is_anywhere(dir: &Path) -> bool {
    let bytes = SECRET.as_bytes();
    files(dir).iter().any(|file| file.windows(bytes.len()).any(|window| window == bytes))
}

/// Batches around the subject.
fn fill(store: &mut Store) {
    let mut author = Author::new();
    put(store, &mut author, 10);
    let subject = vec![author.saying([SECRET.as_bytes(), &[0x5a; 900]].concat())];
    store.put(derive(store, store.next_index(), subject)).unwrap();
    for _ in 0..3 {
        put(store, &mut author, 15);
    }
}

/// A store of several segments, its contents without the subject's body, and where that is.
fn with_subject(dir: &Path) -> (Contents, Position) {
    let mut store = open(dir);
    fill(&mut store);
    let mut all = contents(&store);
    assert!(all.0[SUBJECT.0 as usize].body.take().is_some());
    let position = store.tail.position(SUBJECT).unwrap();
    store.close().unwrap();
    (all, position)
}

#[test]
fn an_erased_body_is_nowhere_and_all_else_stays() {
    let dir = tempdir();
    let (all, _) = with_subject(dir.path());
    assert!(is_anywhere(dir.path()));
    let mut store = open(dir.path());
    assert!(store.erase(SUBJECT).unwrap());
    assert!(!store.erase(SUBJECT).unwrap(), "there is nothing left to take away");
    assert_eq!(contents(&store), all);
    store.rebuild().unwrap();
    replay(&mut store);
    assert_eq!(contents(&store), all);
    store.close().unwrap();
    assert!(!is_anywhere(dir.path()));
    assert_eq!(contents(&open(dir.path())), all);
}

#[test]
fn what_was_only_just_put_is_made_durable_first() {
    let dir = tempdir();
    let mut store = open(dir.path());
    fill(&mut store);
    let next = store.next_index();
    assert!(store.erase(SUBJECT).unwrap());
    drop(store);
    let store = open(dir.path());
    assert_eq!(store.next_index(), next);
    assert_eq!(store.read(SUBJECT).unwrap().body, None);
}

#[test]
fn a_power_cut_at_any_byte_of_it_is_finished_by_doing_it_again() {
    let whole = tempdir();
    let (all, position) = with_subject(whole.path());
    let segment = layout::segment_file(&layout::journal_dir(whole.path()), position.segment);
    let before = fs::read(&segment).unwrap();
    let mut store = open(whole.path());
    store.erase(SUBJECT).unwrap();
    store.close().unwrap();
    let after = fs::read(&segment).unwrap();
    assert_eq!(before.len(), after.len());
    let changed: Vec<usize> = (0..before.len()).filter(|&at| before[at] != after[at]).collect();
    let kind_at = position.offset as usize + 8;
    assert!(changed.contains(&kind_at));
    // The type first; then what comes in one write, torn after any byte of it and from either end.
    for cut in 0..=changed.len() {
        for from_behind in [false, true] {
            let mut torn = before.clone();
            torn[kind_at] = after[kind_at];
            let (done, left) = changed.split_at(cut);
            for &at in if from_behind { left } else { done } {
                torn[at] = after[at];
            }
            fs::write(&segment, &torn).unwrap();
            if cut % 193 == 0 {
                let mut store = Store::open(whole.path(), SMALL, &GENESIS).unwrap();
                store.rebuild().unwrap();
                replay(&mut store);
                assert_eq!(contents(&store), all, "{cut}");
            }
            if cut % 13 == 0 {
                let mut store = open(whole.path());
                assert_eq!(store.read(SUBJECT).unwrap().body, None, "{cut}");
                store.erase(SUBJECT).unwrap();
                drop(store);
                assert_eq!(fs::read(&segment).unwrap(), after, "{cut}");
            }
        }
    }
}

#[test]
fn only_entries_have_bodies_to_take_away() {
    let dir = tempdir();
    let mut store = open(dir.path());
    let mut author = Author::new();
    put(&mut store, &mut author, 20);
    let bare = (0..18).map(LogIndex).find(|&at| store.read(at).unwrap().body.is_none()).unwrap();
    assert!(!store.erase(bare).unwrap(), "it came without its body");
    assert!(matches!(store.erase(LogIndex(18)), Err(StoreFailure::OutOfOrder { .. })));
    let facts = vec![Fact::Receipt(vec![7; 90].into())];
    store.put(derive(&store, store.next_index(), facts)).unwrap();
    let end = store.journal.end();
    store.sync().unwrap();
    let receipt = Position { offset: end.offset - 100, ..end };
    assert!(matches!(store.journal.erase(receipt), Err(StoreFailure::Damaged { .. })));
}
