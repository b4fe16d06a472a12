//! Rot in the journal: found wherever it is, never read as true, and written again to the very bytes there were.

use std::{fs, path::Path};

use fangwei_protocol::records::{Fact, LogIndex, Record, Records as _, RecordsFailure};

use super::{Author, Contents, GENESIS, SMALL, contents, copy, derive, filled, open, tempdir};
use crate::store::{Scrub, Scrubbed, Store, failure::Damage, layout, pieces, salvage};

/// Numbers that look drawn and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn segments(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut all: Vec<_> = fs::read_dir(dir.join("journal")).unwrap().map(|found| found.unwrap().path()).collect();
    all.sort();
    all
}

fn journal_bytes(dir: &Path) -> Vec<Vec<u8>> {
    segments(dir).iter().map(|path| fs::read(path).unwrap()).collect()
}

fn opened(dir: &Path) -> Store {
    let mut store = Store::open(dir, SMALL, &GENESIS).unwrap();
    assert_eq!(store.opened().set_aside, None);
    assert_eq!(store.next_unindexed(1).unwrap(), None, "the index was sound");
    store
}

fn scrub(store: &mut Store) -> Scrubbed {
    let (mut place, mut sum) = (Scrub::default(), Scrubbed::default());
    loop {
        let some = store.scrub(&mut place, 3_000, true).unwrap();
        sum.bytes += some.bytes;
        sum.looked_at += some.looked_at;
        sum.entries += some.entries;
        sum.undone += some.undone;
        sum.others += some.others;
        if some.is_done {
            return sum;
        }
    }
}

/// Nothing reads otherwise than it was written; what does not read is known after a scrub, and comes back from a
/// neighbour that has everything.
fn heals(dir: &Path, whole: &Contents, what: &str) -> Scrubbed {
    let mut store = opened(dir);
    let mut unreadable = 0;
    for (at, record) in whole.0.iter().enumerate() {
        match store.read(LogIndex(at as u64)) {
            Ok(read) => assert_eq!(&read, record, "{what}: entry {at} reads otherwise"),
            Err(failure) => {
                assert_eq!(failure, RecordsFailure::Damaged(LogIndex(at as u64)), "{what}");
                unreadable += 1;
            }
        }
    }
    let found = scrub(&mut store);
    assert_eq!(found.entries + found.undone, unreadable, "{what}: what cannot be read is what the scrub finds");
    for at in store.damaged() {
        let Record { entry, body } = &whole.0[at.0 as usize];
        store.mend(at, entry, body.as_deref()).unwrap();
    }
    assert_eq!(scrub(&mut store).entries + scrub(&mut store).others, 0, "{what}: nothing is left");
    assert_eq!(contents(&store).0, whole.0, "{what}");
    store.close().unwrap();
    // The truth alone says the same again.
    let mut store = Store::open(dir, SMALL, &GENESIS).unwrap();
    store.rebuild().unwrap();
    super::replay(&mut store);
    assert_eq!(contents(&store).0, whole.0, "{what}: from the journal alone");
    found
}

#[test]
fn every_flipped_bit_of_the_journal_is_found_and_undone() {
    let whole = tempdir();
    let all = filled(whole.path());
    let before = journal_bytes(whole.path());
    let mut draw = Draw(7);
    let mut undone = 0;
    for round in 0..60 {
        let dir = tempdir();
        copy(whole.path(), dir.path());
        let segments = segments(dir.path());
        let number = draw.below(segments.len());
        let mut bytes = before[number].clone();
        let at = draw.below(bytes.len());
        bytes[at] ^= 1 << draw.below(8);
        fs::write(&segments[number], bytes).unwrap();
        let what = format!("round {round}, segment {} byte {at}", number + 1);
        let found = heals(dir.path(), &all, &what);
        assert_eq!(found.entries, 0, "{what}: a single bit needs no neighbour");
        undone += found.undone;
        let after = journal_bytes(dir.path());
        // What is no entry may be a filler now; entries are what they were, to the byte.
        assert_eq!(after.iter().map(Vec::len).collect::<Vec<_>>()[..before.len()], lens(&before), "{what}");
    }
    assert!(undone > 30, "{undone}");
}

fn lens(all: &[Vec<u8>]) -> Vec<usize> {
    all.iter().map(Vec::len).collect()
}

#[test]
fn zeroed_pages_missing_and_shortened_segments_are_found_and_undone() {
    let whole = tempdir();
    let all = filled(whole.path());
    let before = journal_bytes(whole.path());
    assert!(before.len() > 4, "{}", before.len());
    let mut draw = Draw(11);
    for number in 0..before.len() {
        let last = number + 1 == before.len();
        for kind in ["page", "gone", "short", "header"] {
            if last && kind != "page" && kind != "header" {
                continue;
            }
            let dir = tempdir();
            copy(whole.path(), dir.path());
            let path = segments(dir.path())[number].clone();
            let mut bytes = before[number].clone();
            match kind {
                "page" => {
                    let from = 64 + draw.below(bytes.len() - 65);
                    let to = (from + 700).min(bytes.len());
                    bytes[from..to].fill(0);
                    fs::write(&path, bytes).unwrap();
                }
                "short" => fs::write(&path, &bytes[..draw.below(bytes.len())]).unwrap(),
                "header" => {
                    bytes[draw.below(64)] ^= 0x10;
                    fs::write(&path, bytes).unwrap();
                }
                _ => fs::remove_file(&path).unwrap(),
            }
            let found = heals(dir.path(), &all, &format!("{kind} of segment {}", number + 1));
            assert!(found.entries > 0 || kind == "header" || kind == "page" || kind == "short", "{kind}");
        }
    }
}

#[test]
fn a_body_taken_away_stays_away_when_its_record_is_written_again() {
    let whole = tempdir();
    let all = filled(whole.path());
    let store = open(whole.path());
    let subject =
        (0..).map(LogIndex).find(|at| store.read(*at).unwrap().body.is_some_and(|body| body.len() > 90)).unwrap();
    let position = store.position(subject).unwrap().unwrap();
    store.close().unwrap();
    let segment = layout::segment_file(&whole.path().join("journal"), position.segment);
    for skip in [0, 8, 40, 200] {
        let dir = tempdir();
        copy(whole.path(), dir.path());
        let path = dir.path().join("journal").join(segment.file_name().unwrap());
        let mut bytes = fs::read(&path).unwrap();
        bytes[position.offset as usize + skip] ^= 0x20;
        fs::write(&path, bytes).unwrap();
        let mut store = opened(dir.path());
        assert!(store.read(subject).is_err() || skip == 200, "{skip}");
        assert!(!store.erase(subject).unwrap_or(false) || skip == 200, "a damaged record cannot be erased yet");
        store.mend(subject, &all.0[subject.0 as usize].entry, None).unwrap();
        assert_eq!(store.read(subject).unwrap().body, None);
        assert_eq!(scrub(&mut store).entries, 0);
        let after = fs::read(&path).unwrap();
        let body = all.0[subject.0 as usize].body.as_ref().unwrap().len();
        let stood = position.offset as usize + 10;
        assert!(after[stood..stood + body].iter().all(|byte| *byte == 0), "{skip}: the words are gone");
    }
}

#[test]
fn what_is_read_of_a_journal_in_pieces_is_what_was_written_and_nothing_else() {
    let whole = tempdir();
    let all = filled(whole.path());
    let facts: Vec<Fact> = crate::store::journal_facts(whole.path()).unwrap().map(|it| it.unwrap().fact).collect();
    let sound: Vec<Fact> = pieces(whole.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(sound, facts, "an undamaged journal is one piece");
    let mut draw = Draw(3);
    for _ in 0..30 {
        let dir = tempdir();
        copy(whole.path(), dir.path());
        let segments = segments(dir.path());
        let path = &segments[draw.below(segments.len())];
        let mut bytes = fs::read(path).unwrap();
        let from = draw.below(bytes.len());
        let to = (from + 1 + draw.below(900)).min(bytes.len());
        bytes[from..to].iter_mut().for_each(|byte| *byte ^= 0xa6);
        fs::write(path, bytes).unwrap();
        let read: Vec<Fact> = pieces(dir.path()).unwrap().map(Result::unwrap).collect();
        assert!(read.len() <= facts.len());
        assert!(read.len() + 12 > facts.len(), "no more is lost than what was damaged");
        for fact in &read {
            let Fact::Entry { entry, body, .. } = fact else { continue };
            let is_one = |record: &Record| record.entry == *entry && (body.is_none() || record.body == *body);
            assert!(all.0.iter().any(is_one));
        }
    }
}

#[test]
fn changing_places_is_finished_after_a_power_cut_and_never_loses_a_journal() {
    let whole = tempdir();
    filled(whole.path());
    let built = tempdir();
    let mut store = open(built.path());
    let mut author = Author::new();
    let batch = derive(&store, store.next_index(), author.facts(5));
    store.put(batch).unwrap();
    store.close().unwrap();
    let (old, new) = (journal_bytes(whole.path()), journal_bytes(built.path()));
    // Before anything changed places: the new one is thrown away.
    copy(built.path(), &salvage::salvage_dir(whole.path()));
    drop(open(whole.path()));
    assert_eq!(journal_bytes(whole.path()), old);
    assert!(!salvage::salvage_dir(whole.path()).exists());
    // In the middle: the old one is set aside and the new one not in its place.
    copy(built.path(), &salvage::salvage_dir(whole.path()));
    fs::rename(whole.path().join("journal"), whole.path().join("journal.damaged-1")).unwrap();
    drop(open(whole.path()));
    assert_eq!(journal_bytes(whole.path()), new);
    // And as it should be.
    copy(built.path(), &salvage::salvage_dir(whole.path()));
    let kept = salvage::replace_journal(whole.path()).unwrap();
    assert_eq!(kept, whole.path().join("journal.damaged-2"));
    assert!(kept.exists() && whole.path().join("journal.damaged-1").exists(), "neither is ever deleted");
    open(whole.path());
}

#[test]
fn the_pile_is_kept_whole_or_not_at_all() {
    let dir = tempdir();
    let mut store = open(dir.path());
    assert_eq!(store.aside_count(), 0);
    let facts: Vec<Fact> = Author::new().facts(8).into_iter().collect();
    store.keep_aside(&facts).unwrap();
    assert_eq!((store.aside_count(), store.aside().unwrap()), (8, facts.clone()));
    drop(store);
    let mut store = open(dir.path());
    assert_eq!(store.aside_count(), 8);
    store.keep_aside(&facts[2..4]).unwrap();
    assert_eq!(store.aside().unwrap(), facts[2..4]);
    store.keep_aside(&[]).unwrap();
    assert_eq!((store.aside_count(), fs::exists(dir.path().join("aside.fwr")).unwrap()), (0, false));
}

#[test]
fn a_mark_that_names_another_place_is_damage_and_is_filled() {
    let whole = tempdir();
    let all = filled(whole.path());
    let path = &segments(whole.path())[0];
    let mut bytes = fs::read(path).unwrap();
    // The first record of a segment is one: eight bytes of payload, of kind 1 in version 1, naming segment and offset.
    let at = 64;
    assert_eq!(bytes[at..at + 4], [8, 0, 0, 0]);
    assert_eq!(bytes[at + 8..at + 18], [1, 1, 1, 0, 0, 0, 64, 0, 0, 0]);
    bytes[at + 14] ^= 1;
    let sum = crc32c::crc32c(&bytes[at + 8..at + 18]);
    bytes[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
    fs::write(path, bytes).unwrap();
    let read: Result<Vec<_>, _> = crate::store::journal_facts(whole.path()).unwrap().collect();
    let damage = crate::store::StoreFailure::Damaged { path: path.clone(), offset: at as u64, damage: Damage::Mark };
    assert_eq!(read.unwrap_err().to_string(), damage.to_string());
    let found = heals(whole.path(), &all, "a mark of another place");
    assert_eq!((found.entries, found.undone, found.others), (0, 0, 1));
}
