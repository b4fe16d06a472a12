//! Notes that are read, and all those that are not; cosignatures, and the quorum they make.

use super::*;
use crate::record::entry::EntryId;

fn key(n: u8) -> KeyPair {
    KeyPair::from_seed(&[n; 32])
}

fn checkpoint(epoch: u32, size: u64) -> Checkpoint {
    Checkpoint {
        log: LogName { node: EntryId(Hash([0xab; 32])), epoch },
        head: Head { size, root: Hash([9; 32]) },
        time_s: 1_790_000_000,
        after: epoch.checked_sub(1).map(|epoch| LogHead { epoch, size: 7, root: Hash([8; 32]) }),
    }
}

fn witness(name: &str, n: u8, outside: bool) -> Witness {
    Witness { name: name.into(), key: key(n).public(), outside }
}

fn read(text: &str) -> Result<Note, NoteFault> {
    Note::parse(text.as_bytes())
}

/// The text of a note that is read, with something else in the place of some of it.
fn with(part: &str, instead: &str) -> Result<Note, NoteFault> {
    let good = String::from_utf8(checkpoint(1, 20).sign(&key(1)).to_bytes()).unwrap();
    assert!(good.contains(part), "{good}");
    read(&good.replacen(part, instead, 1))
}

#[test]
fn a_checkpoint_reads_as_it_was_written() {
    for (epoch, lines) in [(0, 4), (3, 5)] {
        let note = checkpoint(epoch, 20).sign(&key(1));
        let bytes = note.to_bytes();
        assert_eq!(note.claimed().text().lines().count(), lines);
        let read = Note::parse(&bytes).unwrap();
        assert_eq!(read, note);
        assert_eq!(read.verify(&key(1).public()), Ok(checkpoint(epoch, 20)));
        assert_eq!(read.verify(&key(2).public()), Err(NoteFault::NotSigned));
        for (at, bit) in (0..bytes.len()).flat_map(|at| [(at, 1), (at, 0x20)]) {
            let mut other = bytes.clone();
            other[at] ^= bit;
            let believed = Note::parse(&other).and_then(|note| note.verify(&key(1).public()));
            assert!(believed.is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_published_cosignature_line_is_laid_out_as_ours() {
    // The second signature of the example in C2SP's tlog-cosignature: key id, time, signature.
    let line = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let read = NoteSignature::parse(line).unwrap();
    assert_eq!((read.name.as_str(), read.signature.len()), ("witness.example.com/w1", 72));
    assert_eq!(read.signature[..8], 1_679_315_147_u64.to_be_bytes());
    assert_eq!(read.to_string(), line);
}

#[test]
fn whatever_would_be_written_otherwise_is_refused() {
    assert!(with("\n20\n", "\n20\n").is_ok());
    for (part, instead) in [
        ("\n20\n", "\n020\n"),
        ("\n20\n", "\n+20\n"),
        ("\n20\n", "\n20 \n"),
        ("\n20\n", "\n20\r\n"),
        ("\n20\n", "\n\n"),
        ("\n20\n", "\n18446744073709551616\n"),
        ("fangwei/", "fangwei/\0"),
        ("fangwei/ab", "fangwei/AB"),
        ("fangwei/ab", "fangwei/"),
        ("fangwei/", "fangwei//"),
        ("/1\n", "/01\n"),
        ("/1\n", "/0\n"),
        ("time ", "time  "),
        ("time ", "time -"),
        ("time ", "Time "),
        ("time 1790000000\n", ""),
        ("after 0 7 ", "after 1 7 "),
        ("after 0 7 ", "after 00 7 "),
        ("after 0 7 ", "after 0 7  "),
        ("after", "before"),
        ("CQkJ", "CQ-J"),
        ("=\ntime", "\ntime"),
        ("k=\ntime", "l=\ntime"),
        ("\n\n", "\nmore\n\n"),
        ("\n\n", "\n\nmore\n"),
        ("\n\n", "\n"),
        ("\n\n", "\n\n\n"),
        ("— ", "- "),
        ("— ", "—  "),
        ("— fang", "— fa+ng"),
        ("— fang", "— fa\tng"),
        ("— fang", "— fa\u{3000}ng"),
        ("— fangwei", "— \u{feff}fangwei\r"),
    ] {
        assert!(with(part, instead).is_err(), "{part:?} → {instead:?}");
    }
    let good = String::from_utf8(checkpoint(0, 0).sign(&key(1)).to_bytes()).unwrap();
    for bad in [
        String::new(),
        "\n\n".into(),
        good.trim_end().into(),
        format!("{good}\n"),
        format!("{good}— x AAAA\n"),
        format!("{good}— x AAAAAA==\n"),
        format!("\u{feff}{good}"),
        good.replace('\n', "\r\n"),
        good.replacen("\n\n", "\nafter 0 7 CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n\n", 1),
    ] {
        assert!(read(&bad).is_err(), "{bad:?}");
    }
    assert!(read(&format!("{good}— x AAAAAAE=\n")).is_ok());
    // Not UTF-8 at all.
    let mut bytes = good.clone().into_bytes();
    bytes[3] = 0xff;
    assert_eq!(Note::parse(&bytes), Err(NoteFault::Malformed("not UTF-8")));
}

#[test]
fn a_note_has_at_most_sixteen_signatures_and_each_key_signs_once() {
    let good = String::from_utf8(checkpoint(0, 5).sign(&key(1)).to_bytes()).unwrap();
    let lines = |count: usize| (0..count).map(|n| format!("— w{n} AAAAAAE=\n")).collect::<String>();
    assert!(read(&format!("{good}{}", lines(15))).is_ok());
    assert_eq!(read(&format!("{good}{}", lines(16))), Err(NoteFault::TooLarge));
    assert_eq!(read(&format!("{good}{}", lines(101))), Err(NoteFault::TooLarge));
    assert_eq!(read(&format!("{good}— {} AAAAAAE=\n", "w".repeat(4_096))), Err(NoteFault::TooLarge));
    let twice = format!("{good}— w AAAAAAE=\n— w AAAAAAI=\n");
    assert_eq!(read(&twice), Err(NoteFault::Malformed("one key signs twice")));
    // One name with two keys, one key id with two names: different signatures.
    assert!(read(&format!("{good}— w AAAAAAE=\n— w AAAAAQE=\n— v AAAAAAE=\n")).is_ok());
}

#[test]
fn a_line_with_the_logs_name_and_another_keys_id_does_not_stand_for_it() {
    let (one, two) = (checkpoint(0, 5).sign(&key(1)), checkpoint(0, 5).sign(&key(2)));
    // The right id before another key's signature.
    let mut forged = one.clone();
    forged.signatures[0].signature.clone_from(&two.signatures[0].signature);
    assert_eq!(forged.verify(&key(1).public()), Err(NoteFault::NotSigned));
    // Both lines: unknown ones are passed over.
    let mut both = two.clone();
    both.signatures.extend(one.signatures);
    let both = Note::parse(&both.to_bytes()).unwrap();
    assert!(both.verify(&key(1).public()).is_ok() && both.verify(&key(2).public()).is_ok());
    assert!(both.verify(&key(3).public()).is_err());
}

#[test]
fn a_quorum_is_of_different_keys_that_signed_this_and_one_of_them_outside() {
    let members = [("a", 11, false), ("b", 12, false), ("c", 13, false), ("d", 14, true)];
    let members: Vec<_> = members.into_iter().map(|(name, n, outside)| witness(name, n, outside)).collect();
    let policy = Policy { threshold: 2, members };
    let plain = checkpoint(0, 5).sign(&key(1));
    let signed = |by: &[(&str, u8)]| {
        let mut note = plain.clone();
        for (name, n) in by {
            let witness = witness(name, *n, false);
            let line = note.cosign(name, 1_790_000_500, &key(*n));
            note.add(line, &witness).unwrap();
        }
        Note::parse(&note.to_bytes()).unwrap()
    };
    for (by, met) in [
        (&[][..], false),
        (&[("a", 11)], false),
        (&[("d", 14)], false),
        (&[("a", 11), ("b", 12)], false),
        (&[("a", 11), ("b", 12), ("c", 13)], false),
        (&[("a", 11), ("d", 14)], true),
        (&[("d", 14), ("c", 13), ("b", 12), ("a", 11)], true),
        // A name nobody has, a key under another's name, one key under two names.
        (&[("d", 14), ("e", 15)], false),
        (&[("d", 14), ("a", 15)], false),
        (&[("d", 14), ("a", 14)], false),
    ] {
        assert_eq!(policy.is_met(&signed(by)), met, "{by:?}");
    }
    let note = signed(&[("a", 11), ("d", 14)]);
    assert_eq!(note.cosigned_at(&policy.members[0]), Ok(1_790_000_500));
    assert_eq!(note.verify(&key(1).public()).unwrap(), checkpoint(0, 5));
    assert_eq!(note.cosignatures(), 2);
    // A member listed twice counts once.
    let twice = Policy { threshold: 2, members: vec![witness("a", 11, true), witness("a", 11, true)] };
    assert!(!twice.is_met(&note));
    let renamed = Policy { threshold: 2, members: vec![witness("a", 11, true), witness("z", 11, true)] };
    assert!(!renamed.is_met(&signed(&[("a", 11), ("z", 11)])));
    // No threshold still wants one.
    assert!(!Policy { threshold: 0, members: vec![] }.is_met(&note));
    let alone = Policy { threshold: 0, members: vec![witness("a", 11, false)] };
    assert!(alone.is_met(&note) && !alone.is_met(&plain));
    assert_eq!(policy.member(&key(13).public()).unwrap().name, "c");
    // Whatever people call a witness, its key has a name in notes.
    let odd = witness("见证 一+", 11, false);
    let mut note = plain.clone();
    let line = note.cosign(&odd.name, 0, &key(11));
    note.add(line, &odd).unwrap();
    assert!(String::from_utf8(note.to_bytes()).unwrap().contains("\n— 见证_一_ "));
    assert!(Policy { threshold: 1, members: vec![odd] }.is_met(&Note::parse(&note.to_bytes()).unwrap()));
}

#[test]
fn a_cosignature_is_of_one_checkpoint_at_one_time() {
    let (one, other) = (checkpoint(0, 5).sign(&key(1)), checkpoint(0, 6).sign(&key(1)));
    let by = witness("a", 11, false);
    let line = one.cosign("a", 1_790_000_500, &key(11));
    assert_eq!(other.clone().add(line.clone(), &by), Err(NoteFault::NotCosigned));
    // A note signature of the same key is no cosignature, nor one with another time.
    let mut later = line.clone();
    later.signature[7] += 1;
    assert_eq!(one.clone().add(later, &by), Err(NoteFault::NotCosigned));
    let mut short = line.clone();
    short.signature.truncate(8);
    assert_eq!(one.clone().add(short, &by), Err(NoteFault::NotCosigned));
    assert_eq!(NoteSignature::parse(&line.to_string()), Ok(line.clone()));
    let mut note = one.clone();
    assert_eq!((note.add(line.clone(), &by), note.add(line, &by)), (Ok(()), Ok(())));
    assert_eq!(note.cosignatures(), 1);
    // There is no room for a seventeenth.
    for n in 12..40_u8 {
        let name = format!("w{n}");
        let line = note.cosign(&name, 0, &key(n));
        let added = note.add(line, &witness(&name, n, false));
        assert_eq!(added.is_ok(), n < 26, "{n}");
    }
    assert!(Note::parse(&note.to_bytes()).is_ok());
}
