//! Values with one encoding: every other encoding of the same value, and values that say what may not be said.

use fangwei_protocol::{
    limits::{
        AFTER_MAX, BODY_BYTES_MAX, COMPARE_ITEMS_MAX, CONSISTENCY_MAX, EDIT_STEPS_MAX, HEADER_BYTES_MAX,
        PACK_PARTS_MAX, RECEIPTS_MAX, YEAR_DAYS_MAX,
    },
    record::{
        body::{Act, Body, Content, Publication, Step, Value, Witness},
        cbor,
        entry::{Claim, EntryId, Epoch, Hash, Header},
        message::{Bye, ByeCode, Frame, Parcel, Shown},
    },
    trust::{
        genesis::{Genesis, SignedGenesis},
        receipt::Receipt,
    },
    work::calendar::{Day, Holiday, Year},
};
use tests::hostile::{
    decoders::Asked,
    samples::{self, key, vector},
    shapes::{Cbor, Path, head, long_head},
};

use super::{Case, refused, taken};

/// The first value of a sort, as a path.
fn first(value: &Cbor, is: impl Fn(&Cbor) -> bool) -> Option<Path> {
    value.paths().into_iter().find(|path| is(value.at(path)))
}

/// One value, written in every way it may not be.
pub(crate) fn malformed(good: &[u8]) -> Vec<Case> {
    let value = Cbor::read(good).unwrap();
    assert_eq!(value.bytes(), good, "samples are written as we write");
    let mut cases = vec![
        refused("tag around it", [&[0xc1], good].concat()),
        refused("self-described", [&[0xd9, 0xd9, 0xf7], good].concat()),
        refused("twice", [good, good].concat()),
        refused("null", [0xf6]),
        refused("undefined", [0xf7]),
        refused("a break alone", [0xff]),
        refused("array of 2^32-1", vec![0x9a, 0xff, 0xff, 0xff, 0xff]),
        refused("array of 2^63", long_head(4, 1 << 63)),
        refused("map of 2^64-1", long_head(5, u64::MAX)),
        refused("bytes of 2^63", long_head(2, 1 << 63)),
        refused("text of 2^32-1", vec![0x7a, 0xff, 0xff, 0xff, 0xff, b'a']),
    ];
    let mut change = |name: &str, path: Option<Path>, to: &dyn Fn(&Cbor) -> Vec<u8>| {
        if let Some(path) = path {
            cases.push(refused(name, value.with(&path, Cbor::Raw(to(value.at(&path)))).bytes()));
        }
    };
    let is_uint = |value: &Cbor| matches!(value, Cbor::Uint(_));
    let is_text = |value: &Cbor| matches!(value, Cbor::Text(_));
    let is_bytes = |value: &Cbor| matches!(value, Cbor::Bytes(bytes) if !bytes.is_empty());
    let is_array = |value: &Cbor| matches!(value, Cbor::Array(_));
    let is_map = |value: &Cbor| matches!(value, Cbor::Map(pairs) if pairs.len() > 1);
    let number = |value: &Cbor| if let Cbor::Uint(n) = value { *n } else { 0 };
    change("long integer", first(&value, is_uint), &|value| long_head(0, number(value)));
    change("float", first(&value, is_uint), &|_| vec![0xf9, 0x3c, 0x00]);
    change("NaN", first(&value, is_uint), &|_| vec![0xf9, 0x7e, 0x00]);
    change("infinity", first(&value, is_uint), &|_| vec![0xfa, 0x7f, 0x80, 0x00, 0x00]);
    change("bignum", first(&value, is_uint), &|value| vec![0xc2, 0x41, number(value) as u8]);
    change("text not UTF-8", first(&value, is_text), &|_| vec![0x61, 0xff]);
    change("text overlong", first(&value, is_text), &|_| vec![0x62, 0xc0, 0x80]);
    change("text with a surrogate", first(&value, is_text), &|_| vec![0x63, 0xed, 0xa0, 0x80]);
    change("text as bytes", first(&value, is_text), &|value| match value {
        Cbor::Text(text) => Cbor::Bytes(text.clone()).bytes(),
        _ => Vec::new(),
    });
    change("text in pieces", first(&value, is_text), &|value| [&[0x7f], value.bytes().as_slice(), &[0xff]].concat());
    change("bytes in pieces", first(&value, is_bytes), &|value| [&[0x5f], value.bytes().as_slice(), &[0xff]].concat());
    change("bytes longer than all", first(&value, is_bytes), &|_| vec![0x5a, 0xff, 0xff, 0xff, 0xff]);
    change("array without a length", first(&value, is_array), &|value| {
        let Cbor::Array(items) = value else { return Vec::new() };
        [vec![0x9f], items.iter().flat_map(Cbor::bytes).collect(), vec![0xff]].concat()
    });
    change("long length", first(&value, is_array), &|value| {
        let Cbor::Array(items) = value else { return Vec::new() };
        [long_head(4, items.len() as u64), items.iter().flat_map(Cbor::bytes).collect()].concat()
    });
    change("keys unsorted", first(&value, is_map), &of_map(|pairs| pairs.reverse()));
    change("key twice", first(&value, is_map), &of_map(|pairs| pairs.insert(0, pairs[0].clone())));
    change(
        "key twice, otherwise",
        first(&value, is_map),
        &of_map(|pairs| pairs.insert(1, (pairs[0].0.clone(), pairs[1].1.clone()))),
    );
    change("unknown key", first(&value, is_map), &of_map(|pairs| pairs.push((Cbor::Uint(99), Cbor::Uint(0)))));
    change("text key", first(&value, is_map), &of_map(|pairs| pairs.push((Cbor::Text(b"k".to_vec()), Cbor::Uint(0)))));
    change(
        "null instead of absent",
        first(&value, is_map),
        &of_map(|pairs| pairs.push((Cbor::Uint(9), Cbor::Simple(22)))),
    );
    change("map without a length", first(&value, is_map), &|value| {
        let Cbor::Map(pairs) = value else { return Vec::new() };
        let pairs = pairs.iter().flat_map(|(key, value)| [key.bytes(), value.bytes()].concat()).collect();
        [vec![0xbf], pairs, vec![0xff]].concat()
    });
    cases
}

/// The same map with other pairs.
fn of_map(change: impl Fn(&mut Vec<(Cbor, Cbor)>)) -> impl Fn(&Cbor) -> Vec<u8> {
    move |value| {
        let Cbor::Map(pairs) = value else { return Vec::new() };
        let mut pairs = pairs.clone();
        change(&mut pairs);
        Cbor::Map(pairs).bytes()
    }
}

fn report() -> Header {
    let claim = Claim::parse(&vector("entry.edit.cose")).unwrap();
    claim.reopen(&samples::genesis_hash()).header().clone()
}

/// A COSE_Sign1 over a header, however wrong, with a signature that holds.
fn sealed(protected: &[u8], payload: &[u8], aad: &[u8]) -> Vec<u8> {
    let bytes = |bytes: &[u8]| Cbor::Bytes(bytes.to_vec());
    let message = Cbor::Array(vec![Cbor::Text(b"Signature1".to_vec()), bytes(protected), bytes(aad), bytes(payload)]);
    let signature = key(5).sign(&message.bytes());
    Cbor::Array(vec![bytes(protected), Cbor::Map(vec![]), bytes(payload), bytes(&signature)]).bytes()
}

fn aad() -> Vec<u8> {
    [b"fangwei entry 1".as_slice(), samples::genesis_hash().0.as_slice()].concat()
}

/// Headers that are signed and say what none may say; envelopes that are not the one envelope.
pub(crate) fn entries() -> Vec<Case> {
    let header = report();
    let payload = cbor::encode(&header);
    let eddsa: &[u8] = &[0xa1, 0x01, 0x27];
    let signed = |header: &Header| sealed(eddsa, &cbor::encode(header), &aad());
    let says = |change: &dyn Fn(&mut Header)| {
        let mut header = header.clone();
        change(&mut header);
        signed(&header)
    };
    let id = |n: u8| EntryId(Hash([n; 32]));
    assert_eq!(signed(&header), vector("entry.edit.cose"), "signed by hand it is what it was");
    let mut cases = vec![
        refused("signed: no prev and not the first", says(&|header| header.prev = None)),
        refused("signed: the first with a prev", says(&|header| header.seq = 0)),
        taken("signed: the last number there is", says(&|header| header.seq = u64::MAX)),
        taken("signed: written before all time", says(&|header| header.claimed_time_s = i64::MIN)),
        refused("signed: after unsorted", says(&|header| header.after = Some(vec![id(9), id(3)]))),
        refused("signed: after names one twice", says(&|header| header.after = Some(vec![id(3), id(3)]))),
        refused(
            "signed: after says what absence says",
            says(&|header| header.after = header.prev.map(|prev| vec![prev])),
        ),
        refused(
            "signed: more heads than may be",
            says(&|header| header.after = Some((0..=AFTER_MAX as u8).map(id).collect())),
        ),
        taken("signed: an epoch of zeros", says(&|header| header.epoch = Epoch([0; 8]))),
        refused(
            "signed for another tree",
            sealed(eddsa, &payload, &[b"fangwei entry 1".as_slice(), &[7; 32]].concat()),
        ),
        refused(
            "signed as something else",
            sealed(eddsa, &payload, &[b"fangwei chart 1".as_slice(), samples::genesis_hash().0.as_slice()].concat()),
        ),
        refused("signed without aad", sealed(eddsa, &payload, b"")),
        refused("algorithm ES256", sealed(&[0xa1, 0x01, 0x26], &payload, &aad())),
        refused("algorithm Ed25519 of RFC 9864", sealed(&[0xa1, 0x01, 0x32], &payload, &aad())),
        refused("no algorithm", sealed(&[], &payload, &aad())),
        refused("algorithm in a long integer", sealed(&[0xa1, 0x01, 0x38, 0x07], &payload, &aad())),
        refused("author unknown", says(&|header| header.author = id(77))),
        refused("by another officer", says(&|header| header.author = another_author())),
        refused("too long", vec![0x40; HEADER_BYTES_MAX + 1]),
    ];
    let good = Cbor::read(&vector("entry.edit.cose")).unwrap();
    let unprotected = Cbor::Map(vec![(Cbor::Uint(1), Cbor::Nint(7))]);
    cases.push(refused("algorithm unprotected", good.with(&[1], unprotected).bytes()));
    cases.push(refused("payload detached", good.with(&[2], Cbor::Simple(22)).bytes()));
    cases.push(refused("tagged COSE_Sign1", [&[0xd2], good.bytes().as_slice()].concat()));
    let Cbor::Bytes(signature) = good.at(&[3]) else { unreachable!() };
    cases.push(refused("signature malleated", good.with(&[3], Cbor::Bytes(malleated(signature))).bytes()));
    cases.push(refused("signature of zeros", good.with(&[3], Cbor::Bytes(vec![0; 64])).bytes()));
    cases.push(refused("signature of 63 bytes", good.with(&[3], Cbor::Bytes(signature[..63].to_vec())).bytes()));
    // Inside the signed payload: another encoding of the same header, its signature holding over that.
    let inner = Cbor::read(&payload).unwrap();
    for case in
        malformed(&payload).into_iter().filter(|case| Cbor::read(&case.bytes).is_none_or(|value| value != inner))
    {
        cases.push(refused(format!("signed header, {}", case.name), sealed(eddsa, &case.bytes, &aad())));
    }
    cases
}

fn another_author() -> EntryId {
    Claim::parse(&vector("entry.propose.cose")).unwrap().claimed_author()
}

/// S + L: the same point, another number.
fn malleated(signature: &[u8]) -> Vec<u8> {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut other = signature.to_vec();
    let mut carry = 0;
    for (byte, add) in other[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    other
}

fn body(content: Content) -> Vec<u8> {
    Body::new([7; 16], content).bytes()
}

fn set(text: &str) -> Content {
    Content::Edit(vec![Step::Set { field: "title".into(), value: Some(Value::Text(text.into())) }])
}

/// Keys that are no keys, by what is wrong with them.
pub(crate) fn bad_keys() -> Vec<(&'static str, [u8; 32])> {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut beyond = [0xff; 32];
    (beyond[0], beyond[31]) = (0xee, 0x7f);
    let order_eight = curve25519_dalek::constants::EIGHT_TORSION[1];
    let mixed = curve25519_dalek::constants::ED25519_BASEPOINT_POINT + order_eight;
    let mut off = [0; 32];
    off[0] = 2;
    vec![
        ("of order one", identity),
        ("of order eight", order_eight.compress().to_bytes()),
        ("of mixed order", mixed.compress().to_bytes()),
        ("written otherwise", beyond),
        ("off the curve", off),
    ]
}

/// The same bytes with a key replaced.
fn with_key(bytes: &[u8], from: &[u8; 32], to: &[u8; 32]) -> Vec<u8> {
    with_bytes(bytes, from, to)
}

/// The same bytes with the first that are so replaced.
fn with_bytes(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

/// What an entry says, or does not say.
pub(crate) fn bodies() -> Vec<Case> {
    let splice = |at, delete, insert: &str| {
        body(Content::Edit(vec![Step::Splice { field: "account".into(), at, delete, insert: insert.into() }]))
    };
    let steps = |n| body(Content::Edit(vec![Step::Remove { field: "measures".into(), at: u32::MAX }; n]));
    let redact = |remains: Content| {
        let (subject, remains) = (EntryId(Hash([1; 32])), Box::new(remains));
        body(Content::Act(Act::Redact { subject, basis: "档案法".into(), remains }))
    };
    let nested = redact(Content::Act(Act::Endorse { subject: EntryId(Hash([1; 32])) }));
    let mut cases = vec![
        // Lawful as bytes; what cannot be applied or shown is void, inapplicable or neutralised where people read it.
        taken("text with bidirectional marks", body(set("\u{202e}txt.exe\u{2066}"))),
        taken("text with control characters", body(set("\u{1b}]0;title\u{7}\u{1b}[2J\0\u{9b}31m"))),
        taken("text of a byte order mark", body(set("\u{feff}"))),
        taken("list position out of range", steps(1)),
        taken("splice beyond any text", splice(u32::MAX, u32::MAX, "")),
        taken("as many steps as may be", steps(EDIT_STEPS_MAX)),
        refused("one step too many", steps(EDIT_STEPS_MAX + 1)),
        refused("remains of an act that is never redacted", nested),
        refused(
            "remains within remains",
            redact(Content::Act(Act::Redact {
                subject: EntryId(Hash([1; 32])),
                basis: String::new(),
                remains: Box::new(Content::Edit(vec![])),
            })),
        ),
        refused(
            "unknown act",
            vec![0x82, 0x50, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0x82, 1, 0x81, 0x82, 0x18, 99, 0x80],
        ),
        refused(
            "salt of fifteen bytes",
            vec![0x82, 0x4f, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0x82, 0, 0x81, 0x80],
        ),
        refused("too long", vec![0x40; BODY_BYTES_MAX + 1]),
    ];
    let year = |make_up: usize| {
        let (day, holidays) = (Day::MAX, vec![Holiday { day: Day::MAX, name: "元旦".into() }]);
        let make_up = vec![day; make_up];
        body(Content::Act(Act::PublishCalendar(Box::new(Year {
            year: 9999,
            version: 1,
            applies: day,
            holidays,
            make_up,
        }))))
    };
    // The last day there is, 2,932,896, and the one after it.
    let [last, beyond] = [[0x1a, 0x00, 0x2c, 0xc0, 0xa0], [0x1a, 0x00, 0x2c, 0xc0, 0xa1]];
    cases.push(taken("calendar of one day said as often as may be", year(YEAR_DAYS_MAX)));
    cases.push(refused("calendar of more days than may be", year(YEAR_DAYS_MAX + 1)));
    cases.push(refused("calendar of a day there is not", with_bytes(&year(1), &last, &beyond)));
    let pack = |parts: usize| {
        let parts = (0..parts).map(|n| EntryId(Hash([n as u8; 32]))).collect();
        let (id, applies_from, hash) = ("township".into(), Day::MIN, Hash([1; 32]));
        body(Content::Act(Act::PublishPack(Box::new(Publication { id, version: 1, applies_from, parts, hash }))))
    };
    cases.push(taken("pack of as many parts as may be", pack(PACK_PARTS_MAX)));
    cases.push(refused("pack of more parts than may be", pack(PACK_PARTS_MAX + 1)));
    let keys = |number: usize| (1..=number).map(|n| key(n as u8).public()).collect::<Vec<_>>();
    let root = body(Content::Act(Act::ReplaceRoot { keys: keys(3), threshold: 2 }));
    let witness = |n: u8| Witness { name: "镇".into(), key: key(n).public(), outside: false };
    let witnesses = body(Content::Act(Act::Witnesses { threshold: 1, members: vec![witness(1)] }));
    for (what, bad) in bad_keys() {
        cases.push(refused(format!("root key {what}"), with_key(&root, &key(1).public().bytes(), &bad)));
        cases.push(refused(format!("witness's key {what}"), with_key(&witnesses, &key(1).public().bytes(), &bad)));
    }
    cases
}

/// Frames beyond their bounds.
pub(crate) fn frames() -> Vec<Case> {
    let bytes = |frame: Frame| frame.to_bytes();
    let shown = |proof| Frame::Checkpoint(Shown { note: Vec::new().into(), since: u64::MAX, proof });
    let parcel = |entry: usize| Parcel { entry: vec![0; entry].into(), body: None, proof: None };
    vec![
        taken("since 2^64-1", bytes(shown(vec![]))),
        refused("proof one hash too long", bytes(shown(vec![Hash([0; 32]); CONSISTENCY_MAX + 1]))),
        refused("one receipt too many", bytes(Frame::Receipts(vec![Vec::new().into(); RECEIPTS_MAX + 1]))),
        refused("header too long", bytes(Frame::Give(vec![parcel(HEADER_BYTES_MAX + 1)]))),
        refused("goodbye too long", bytes(Frame::Bye(Bye { code: ByeCode(255), detail: "啊".repeat(201) }))),
        taken("goodbye with marks", bytes(Frame::Bye(Bye { code: ByeCode(255), detail: "\u{202e}\u{1b}[2J".into() }))),
        refused("frame of a newer protocol", vec![0x82, 0x18, 99, 0x80]),
        refused("frame without its number", vec![0x80]),
        refused("frame with number alone", vec![0x81, 0x01]),
        refused("one id too many", {
            let mut many = vec![0x82, 0x0f, 0x81];
            head(&mut many, 4, COMPARE_ITEMS_MAX as u64 + 1);
            many.extend((0..=COMPARE_ITEMS_MAX).flat_map(|_| [vec![0x58, 32], vec![0; 32]].concat()));
            many
        }),
    ]
}

fn changed(change: impl FnOnce(&mut Genesis)) -> Genesis {
    let mut genesis = Genesis::parse(&vector("genesis.cbor")).unwrap();
    change(&mut genesis);
    genesis
}

/// Beginnings no tree can have.
pub(crate) fn geneses() -> Vec<Case> {
    let says = |change: &dyn Fn(&mut Genesis)| cbor::encode(&changed(change));
    let mut cases = vec![
        refused("no name", says(&|genesis| genesis.name.clear())),
        refused("name turned around", says(&|genesis| genesis.name = "示例\u{202e}县".into())),
        refused("name nobody sees", says(&|genesis| genesis.name = "\u{200b}\u{feff}".into())),
        refused("name too long", says(&|genesis| genesis.name = "县".repeat(101))),
        refused("root of two segments", says(&|genesis| genesis.root = "370126.105".parse().unwrap())),
        refused("no root key", says(&|genesis| genesis.root_keys.clear())),
        refused("threshold 0", says(&|genesis| genesis.threshold = 0)),
        refused("threshold beyond the keys", says(&|genesis| genesis.threshold = 3)),
        refused("one key twice", says(&|genesis| genesis.root_keys[1] = genesis.root_keys[0])),
        refused("founder with a root key", says(&|genesis| genesis.founders[0].key = genesis.root_keys[0])),
        refused("no founder", says(&|genesis| genesis.founders.clear())),
        refused("founder of the root's rank", says(&|genesis| genesis.founders[0].rank = 0)),
        taken("made at the end of time", says(&|genesis| genesis.made_s = i64::MAX)),
    ];
    for (what, bad) in bad_keys() {
        cases.push(refused(
            format!("root key {what}"),
            with_key(&vector("genesis.cbor"), &key(1).public().bytes(), &bad),
        ));
    }
    cases
}

/// Signatures of a beginning that do not count.
pub(crate) fn signed_geneses() -> Vec<Case> {
    let good = Cbor::read(&vector("genesis.signed.cbor")).unwrap();
    let Cbor::Array(signatures) = good.at(&[1]) else { unreachable!() };
    let with = |signatures: Vec<Cbor>| good.with(&[1], Cbor::Array(signatures)).bytes();
    let numbered = |n: u64| signatures[0].with(&[0], Cbor::Uint(n));
    vec![
        taken("nobody signed yet", cbor::encode(&SignedGenesis::new(changed(|_| {})))),
        refused("one signature twice", with(vec![signatures[0].clone(), signatures[0].clone()])),
        refused("signatures out of order", with(vec![signatures[1].clone(), signatures[0].clone()])),
        refused("signature of nobody", with(vec![numbered(255)])),
        refused("signature of another", with(vec![numbered(1)])),
        refused("a hundred signatures", with((0..100).map(numbered).collect())),
    ]
}

/// Proofs of another shape than the one they have.
pub(crate) fn proofs() -> Vec<Case> {
    let good = samples::of("proof");
    let asked = |at: usize, change: &dyn Fn(&mut Asked)| {
        let mut asked: Asked = cbor::decode(&good[at].1).unwrap();
        change(&mut asked);
        cbor::encode(&asked)
    };
    let mut cases = Vec::new();
    for (at, what) in ["inclusion", "consistency", "set"].into_iter().enumerate() {
        let mut bad = |name: &str, change: &dyn Fn(&mut Asked)| {
            cases.push(refused(format!("{what}, {name}"), asked(at, change)));
        };
        bad("size 0", &|asked| asked.size = 0);
        bad("size 2^64-1", &|asked| asked.size = u64::MAX);
        bad("place 2^64-1", &|asked| asked.places[0] = u64::MAX);
        bad("another place", &|asked| asked.places[0] += 1);
        bad("shrinking", &|asked| asked.size = 1);
        bad("no hashes", &|asked| asked.hashes.clear());
        bad("one hash more", &|asked| asked.hashes.push(Hash([0; 32])));
        bad("one bit of a hash", &|asked| asked.hashes[0].0[31] ^= 1);
        bad("another root", &|asked| asked.root.0[0] ^= 1);
        bad("another leaf", &|asked| asked.leaves[0].0[0] ^= 1);
        bad("a thousand hashes under 2^64-1", &|asked| {
            (asked.size, asked.hashes) = (u64::MAX, vec![Hash([0; 32]); 1_000]);
        });
    }
    let set = |change: &dyn Fn(&mut Asked)| asked(2, change);
    cases.push(refused("set, places unsorted", set(&|asked| asked.places.reverse())));
    cases.push(refused("set, one place twice", set(&|asked| asked.places[1] = asked.places[0])));
    cases
}

/// Receipts that confirm nothing.
pub(crate) fn receipts() -> Vec<Case> {
    let says = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = Receipt::parse(&vector("receipt.cbor")).unwrap();
        change(&mut receipt);
        receipt.to_bytes()
    };
    vec![
        refused("no entries", says(&|receipt| receipt.items.clear())),
        refused("sixty-five entries", says(&|receipt| receipt.items = vec![receipt.items[0]; 65])),
        refused("entries unsorted", says(&|receipt| receipt.items.reverse())),
        refused("one entry twice", says(&|receipt| receipt.items.push(receipt.items[1]))),
        refused("place 2^64-1", says(&|receipt| receipt.items[1].index = u64::MAX)),
        refused("another entry", says(&|receipt| receipt.items[0].tip.0.0[0] ^= 1)),
        refused("no hashes", says(&|receipt| receipt.hashes.clear())),
        refused("one hash more", says(&|receipt| receipt.hashes.push(Hash([0; 32])))),
        refused("no note", says(&|receipt| receipt.note = Vec::new().into())),
        refused(
            "note of another",
            says(&|receipt| {
                let mut note = receipt.note.to_vec();
                note[20] ^= 1;
                receipt.note = note.into();
            }),
        ),
    ]
}
