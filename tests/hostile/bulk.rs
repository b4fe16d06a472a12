//! A great many inputs nobody wrote: seeded changes of good ones, counted by reader and by refusal.
//!
//! Nothing may panic, take long or take much; what is taken is written again as it was; a node that is told such things
//! stores nothing it refused and reads the same from what it stored. The same seed tries the same inputs.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tests::hostile::{
    decoders::{DECODERS, Decoder, Form, Verdict},
    samples,
    shapes::{Cbor, head, long_head},
    victim,
};

use crate::{
    alone,
    cost::{self, Cost},
};

/// What is put in places where it does not belong.
const DICTIONARY: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x7f",
    b"\x80",
    b"\n",
    b"\r\n",
    b" ",
    b"=",
    b"\"",
    b"\\u0000",
    b"\xed\xa0\x80",
    "\u{202e}".as_bytes(),
    "\u{feff}".as_bytes(),
    "—".as_bytes(),
    b"18446744073709551615",
    b"-1",
    b"NaN",
    b"1e999",
    b"370126",
    b".d1",
    b"\x9f",
    b"\xbf",
    b"\xf6",
    b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x3b\x7f\xff\xff\xff\xff\xff\xff\xff",
];

fn of<'a, T>(random: &mut StdRng, all: &'a [T]) -> &'a T {
    &all[random.random_range(0..all.len())]
}

/// One change of bytes, whatever they are.
fn change(random: &mut StdRng, bytes: &mut Vec<u8>, other: &[u8]) {
    let len = bytes.len();
    let at = random.random_range(0..=len);
    match random.random_range(0..8) {
        _ if len == 0 => bytes.extend_from_slice(other),
        0 => bytes[at.min(len - 1)] ^= 1 << random.random_range(0..8),
        1 => bytes[at.min(len - 1)] = random.random(),
        2 => bytes.truncate(at),
        3 => drop(bytes.splice(at..at, of(random, DICTIONARY).iter().copied())),
        4 => {
            let from = random.random_range(0..=other.len());
            let to = random.random_range(from..=other.len());
            drop(bytes.splice(at..at, other[from..to].iter().copied()));
        }
        5 => {
            let end = random.random_range(at..=len.min(at + 64));
            bytes.drain(at..end);
        }
        6 => {
            let end = random.random_range(at..=len.min(at + 64));
            let again = bytes[at..end].to_vec();
            drop(bytes.splice(at..at, again));
        }
        _ => {
            let other = random.random_range(0..len);
            bytes.swap(at.min(len - 1), other);
        }
    }
}

/// One change of a CBOR value that leaves it one.
fn change_value(random: &mut StdRng, value: &Cbor, other: &Cbor) -> Cbor {
    let paths = value.paths();
    let path = of(random, &paths);
    let others = other.paths();
    let number = *of(random, &[0, 1, 23, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), 1 << 63, u64::MAX]);
    let to = match (value.at(path), random.random_range(0..8)) {
        (_, 0) => other.at(of(random, others.as_slice()).as_slice()).clone(),
        (_, 1) => Cbor::Raw(long_head(random.random_range(0..6), number)),
        (_, 2) => Cbor::Uint(number),
        (Cbor::Uint(n), _) => Cbor::Uint(n.wrapping_add(random.random_range(0..3)).wrapping_sub(1)),
        (Cbor::Nint(_), _) => Cbor::Nint(number),
        (Cbor::Bytes(bytes), _) => {
            let mut bytes = bytes.clone();
            change(random, &mut bytes, b"other");
            Cbor::Bytes(bytes)
        }
        (Cbor::Text(text), 3) => Cbor::Bytes(text.clone()),
        (Cbor::Text(text), _) => {
            let mut text = text.clone();
            change(random, &mut text, "字".as_bytes());
            Cbor::Text(text)
        }
        (Cbor::Array(items), n) => {
            let mut items = items.clone();
            match (n, items.len()) {
                (3, 1..) => drop(items.pop()),
                (4, 2..) => items.swap(0, 1),
                (5, 1..) => items.extend(items.clone()),
                _ => items.push(other.at(of(random, others.as_slice()).as_slice()).clone()),
            }
            Cbor::Array(items)
        }
        (Cbor::Map(pairs), n) => {
            let mut pairs = pairs.clone();
            match (n, pairs.len()) {
                (3, 1..) => drop(pairs.remove(random.random_range(0..pairs.len()))),
                (4, 2..) => pairs.swap(0, 1),
                (5, 1..) => pairs.push(pairs[0].clone()),
                _ => pairs.push((Cbor::Uint(number), Cbor::Simple(22))),
            }
            Cbor::Map(pairs)
        }
        (Cbor::Simple(_) | Cbor::Raw(_), _) => {
            let mut raw = Vec::new();
            head(&mut raw, random.random_range(0..8), number);
            Cbor::Raw(raw)
        }
    };
    value.with(path, to)
}

/// One bad input: a good one with one to eight changes.
fn input(random: &mut StdRng, decoder: &Decoder, good: &[Vec<u8>]) -> Vec<u8> {
    let (one, other) = (of(random, good), of(random, good));
    if decoder.form == Form::Cbor && random.random_range(0..3) > 0 {
        let (mut value, other) = (Cbor::read(one).unwrap(), Cbor::read(other).unwrap());
        for _ in 0..random.random_range(1..4) {
            value = change_value(random, &value, &other);
        }
        return value.bytes();
    }
    let mut bytes = one.clone();
    for _ in 0..1 << random.random_range(0..4) {
        change(random, &mut bytes, other);
    }
    bytes
}

/// The first words of a refusal: of what sort it is.
fn sort(why: &str) -> String {
    why.split(|c: char| !c.is_ascii_alphabetic() && c != ' ')
        .next()
        .unwrap_or_default()
        .trim()
        .chars()
        .take(40)
        .collect()
}

fn count() -> u64 {
    let said = std::env::var("FANGWEI_HOSTILE").ok();
    said.map_or(30_000, |count| count.parse().unwrap())
}

#[test]
fn bad_inputs_without_number_are_refused_or_understood() {
    let _alone = alone();
    let (all, mut worst) = (count(), Cost::default());
    let (mut tried, mut taken) = (0, 0);
    for decoder in DECODERS {
        let good: Vec<Vec<u8>> = samples::of(decoder.name).into_iter().map(|(_, bytes)| bytes).collect();
        decoder.judge(&good[0]);
        let mut random = StdRng::seed_from_u64(4);
        let mut sorts: BTreeMap<String, u64> = BTreeMap::new();
        let (number, mut cost) = (all * decoder.share / 1_000, Cost::default());
        for n in 0..number {
            let bytes = input(&mut random, decoder, &good);
            let (verdict, spent) = cost::of(|| decoder.judge(&bytes));
            spent.check(&format!("{} {n}", decoder.name));
            cost = cost.worst(spent);
            match verdict {
                Verdict::Taken(_) => taken += 1,
                Verdict::Refused(why) => *sorts.entry(sort(&why)).or_default() += 1,
            }
        }
        tried += number;
        worst = worst.worst(cost);
        let refused: u64 = sorts.values().sum();
        println!(
            "{:16} {number:7} tried, {refused:7} refused, at worst {} µs and {} bytes",
            decoder.name, cost.micros, cost.bytes
        );
        let mut sorts: Vec<_> = sorts.into_iter().map(|(sort, count)| (count, sort)).collect();
        sorts.sort_unstable_by(|one, other| other.cmp(one));
        sorts.iter().take(6).for_each(|(count, sort)| println!("{:24} {count:7} {sort}", ""));
        assert!(refused > 0, "{}: a reader that refuses nothing", decoder.name);
    }
    println!("{tried} inputs, {taken} taken, at worst {} µs and {} bytes", worst.micros, worst.bytes);
}

#[test]
fn a_node_told_stories_without_number_stays_itself() {
    let _alone = alone();
    let mut random = StdRng::seed_from_u64(5);
    let (mut frames, mut worst, mut entries) = (0, Cost::default(), 0);
    victim::tell(&[]);
    let stories = (count() / 100).max(50);
    for _ in 0..stories {
        let mut story: Vec<u8> = (0..random.random_range(8..512)).map(|_| random.random()).collect();
        // A peer that is known and greets, so that most stories get beyond the first word.
        story.splice(0..0, [0, random.random_range(0..2), 1, 3]);
        let (victim, cost) = cost::of(|| victim::tell(&story));
        frames += victim.heard_frames;
        entries += victim.entries();
        worst = worst.worst(cost);
        assert!(cost.bytes < 64 * 1024 * 1024, "{cost:?}");
    }
    println!(
        "{stories} stories of {frames} frames, {entries} entries held at their ends, at worst {} µs and {} bytes",
        worst.micros, worst.bytes
    );
    assert!(frames > usize::try_from(stories).unwrap());
}
