//! What is read where nothing can be written.

use super::{Author, GENESIS, SMALL, contents, copy, derive, filled, open, put, replay, tempdir};
use crate::store::{Store, StoreFailure, try_writing};

#[test]
fn a_store_that_is_only_read_shows_what_was_durable_and_nothing_that_was_put_since() {
    let dir = tempdir();
    let mut store = open(dir.path());
    let mut author = Author::new();
    put(&mut store, &mut author, 30);
    store.sync().unwrap();
    store.index_some(1).unwrap();
    put(&mut store, &mut author, 10);
    store.sync().unwrap();
    let before = contents(&store);
    put(&mut store, &mut author, 7);
    assert!(contents(&store).0.len() > before.0.len());
    let durable = store.freeze();
    assert!(store.is_whole() && store.is_small());
    assert_eq!(contents(&store), before);
    let batch = derive(&store, store.next_index(), author.facts(1));
    let refused = store.put(batch).and_then(|()| store.sync());
    assert!(matches!(refused, Err(StoreFailure::Stopped { .. })), "{refused:?}");
    drop(store);
    // The same from the journal alone, as far as it is known to be durable.
    let mut alone = Store::open_to_read(dir.path(), SMALL, &GENESIS, Some(durable)).unwrap().unwrap();
    replay(&mut alone);
    assert_eq!(contents(&alone), before);
}

#[test]
fn a_journal_is_read_without_its_index_and_not_a_byte_of_the_disk_changes() {
    let dir = tempdir();
    let all = filled(dir.path());
    let whole = tempdir();
    copy(dir.path(), whole.path());
    let mut alone = Store::open_to_read(dir.path(), SMALL, &GENESIS, None).unwrap().unwrap();
    replay(&mut alone);
    assert_eq!(contents(&alone), all);
    let refused = Store::open(dir.path(), SMALL, &GENESIS).map(drop);
    assert!(matches!(refused, Err(StoreFailure::Locked { .. })), "it has one owner");
    drop(alone);
    for entry in std::fs::read_dir(whole.path().join("journal")).unwrap() {
        let name = entry.unwrap().file_name();
        let read = |dir: &std::path::Path| std::fs::read(dir.join("journal").join(&name)).unwrap();
        assert_eq!(read(dir.path()), read(whole.path()));
    }
    assert_eq!(contents(&open(dir.path())), all, "nothing was lost by it");
}

#[test]
fn a_trial_of_writing_leaves_nothing_and_fails_where_nothing_can_be_written() {
    let dir = tempdir();
    let all = filled(dir.path());
    try_writing(dir.path()).unwrap();
    let left = std::fs::read_dir(dir.path().join("journal")).unwrap().map(|found| found.unwrap().file_name());
    assert!(left.into_iter().all(|name| name.to_string_lossy().ends_with(".fwj")));
    assert_eq!(contents(&open(dir.path())), all);
    // A directory stands where the trial is to be written.
    std::fs::create_dir(dir.path().join("journal/trial.new")).unwrap();
    assert!(matches!(try_writing(dir.path()), Err(StoreFailure::Disk { .. })));
}
