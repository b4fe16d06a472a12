//! One statement has one encoding: whatever else says the same is not an entry, even when its signature holds.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use fangwei_protocol::{
    limits::{AFTER_MAX, BODY_BYTES_MAX, FRAME_BYTES_MAX, HEADER_BYTES_MAX},
    record::{
        body::{Body, BodyFault, Content, Step, Value},
        cbor::{self, CborFault},
        entry::{Claim, ClaimFault, DocId, EntryId, Epoch, Hash, Header, Kind, Reach, Scope, Shelf},
        message::{Frame, FrameFault},
    },
    trust::{genesis::GenesisHash, key::KeyPair},
};
use minicbor::{Decoder, Encoder};

const GENESIS: GenesisHash = GenesisHash(Hash([1; 32]));

fn key() -> KeyPair {
    KeyPair::from_seed(&[5; 32])
}

fn id(n: u8) -> EntryId {
    EntryId(Hash([n; 32]))
}

fn header() -> Header {
    Header {
        scope: Scope { home: "370126.105.201".parse().unwrap(), reach: Reach::UP, shelf: Shelf::CASE },
        kind: Kind::REPORT,
        doc: DocId([7; 16]),
        author: id(2),
        epoch: Epoch([8; 8]),
        seq: 4,
        prev: Some(id(9)),
        after: Some(vec![id(3), id(4)]),
        claimed_time_s: 1_790_000_001,
        anchor: None,
        body: Hash([6; 32]),
    }
}

/// Any protected header and payload, with a signature that holds.
fn signed(protected: &[u8], payload: &[u8]) -> [Vec<u8>; 3] {
    let aad = [b"fangwei entry 1".as_slice(), GENESIS.0.as_slice()].concat();
    let mut message = Vec::new();
    let mut e = Encoder::new(&mut message);
    e.array(4).unwrap().str("Signature1").unwrap().bytes(protected).unwrap();
    e.bytes(&aad).unwrap().bytes(payload).unwrap();
    [protected.to_vec(), payload.to_vec(), key().sign(&message).to_vec()]
}

fn sign1([protected, payload, signature]: &[Vec<u8>; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut e = Encoder::new(&mut bytes);
    e.array(4).unwrap().bytes(protected).unwrap().map(0).unwrap();
    e.bytes(payload).unwrap().bytes(signature).unwrap();
    bytes
}

const EDDSA: &[u8] = &[0xa1, 0x01, 0x27];

fn of_payload(payload: &[u8]) -> Vec<u8> {
    sign1(&signed(EDDSA, payload))
}

/// What a reader makes of bytes: the entry's id, or why not.
fn read(bytes: &[u8]) -> Result<EntryId, ClaimFault> {
    Ok(Claim::parse(bytes)?.verify(&GENESIS, &key().public())?.id())
}

/// The pairs of a map, as bytes.
fn pairs(map: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut d = Decoder::new(map);
    let count = d.map().unwrap().unwrap();
    let item = |d: &mut Decoder<'_>| {
        let from = d.position();
        d.skip().unwrap();
        map[from..d.position()].to_vec()
    };
    (0..count).map(|_| (item(&mut d), item(&mut d))).collect()
}

fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let body = pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat());
    std::iter::once(0xa0 + u8::try_from(pairs.len()).unwrap()).chain(body).collect()
}

const MALFORMED: &str = "malformed";
const NOT_CANONICAL: &str = "not canonical";

fn assert_fault(what: &str, bytes: &[u8], want: &str) {
    let found = match read(bytes) {
        Err(ClaimFault::NotCanonical(CborFault::Malformed { .. })) => MALFORMED.to_string(),
        Err(ClaimFault::NotCanonical(CborFault::NotCanonical)) => NOT_CANONICAL.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(found, want, "{what}");
}

#[test]
fn what_we_sign_by_hand_is_what_the_crate_signs() {
    let entry = header().sign(&GENESIS, &key()).unwrap();
    let by_hand = of_payload(&cbor::encode(&header()));
    assert_eq!(by_hand, entry.bytes().to_vec());
    assert_eq!(read(&by_hand), Ok(entry.id()));
    assert_eq!(map(&pairs(&cbor::encode(&header()))), cbor::encode(&header()));
}

#[test]
fn no_flipped_bit_is_ever_taken() {
    let good = of_payload(&cbor::encode(&header()));
    for at in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[at / 8] ^= 1 << (at % 8);
        assert!(read(&bad).is_err(), "bit {at} of {} flipped, and taken", good.len() * 8);
    }
}

#[test]
fn no_truncation_and_no_trailing_byte_is_taken() {
    let good = of_payload(&cbor::encode(&header()));
    for len in 0..good.len() {
        assert_fault(&format!("{len} bytes"), &good[..len], MALFORMED);
    }
    for byte in [0x00, 0xf6, 0xff, good[0]] {
        assert_fault("a trailing byte", &[good.clone(), vec![byte]].concat(), NOT_CANONICAL);
    }
}

#[test]
fn another_encoding_of_the_same_header_is_refused_though_its_signature_holds() {
    let good = cbor::encode(&header());
    let fields = pairs(&good);
    let with = |key: u8, value: Vec<u8>| {
        let mut fields = fields.clone();
        fields.iter_mut().find(|(name, _)| *name == [key]).unwrap().1 = value;
        map(&fields)
    };
    let value = |key: u8| fields.iter().find(|(name, _)| *name == [key]).unwrap().1.clone();
    let mut swapped = fields.clone();
    swapped.swap(0, 1);
    let mut rotated = fields.clone();
    rotated.rotate_right(1);
    let doubled = [fields.clone(), vec![fields.last().unwrap().clone()]].concat();
    let mut doubled_first = fields.clone();
    doubled_first.insert(0, fields[0].clone());
    let unknown = [fields.clone(), vec![(vec![0x18, 99], vec![0x00])]].concat();
    let unknown_negative = [fields.clone(), vec![(vec![0x20], vec![0x00])]].concat();
    let unknown_nest = [fields.clone(), vec![(vec![0x18, 99], [vec![0x81; 900], vec![0x00]].concat())]].concat();
    let mut no_anchor = fields.clone();
    no_anchor.insert(fields.len() - 1, (vec![9], vec![0xf6]));
    let long_key: Vec<_> =
        fields.iter().map(|(key, value)| ([vec![0x18], key.clone()].concat(), value.clone())).collect();
    let scope = value(0);
    for (what, payload, want) in [
        ("keys swapped", map(&swapped), NOT_CANONICAL),
        ("keys rotated", map(&rotated), NOT_CANONICAL),
        ("the last key twice", map(&doubled), NOT_CANONICAL),
        ("the first key twice", map(&doubled_first), NOT_CANONICAL),
        ("an unknown key", map(&unknown), NOT_CANONICAL),
        ("a text key", map(&[fields.clone(), vec![(vec![0x61, b'a'], vec![0x00])]].concat()), MALFORMED),
        ("a negative key", map(&unknown_negative), NOT_CANONICAL),
        ("an unknown key with a deep value", map(&unknown_nest), NOT_CANONICAL),
        ("null for what is absent", map(&no_anchor), NOT_CANONICAL),
        ("long keys", map(&long_key), NOT_CANONICAL),
        ("an indefinite map", [vec![0xbf], good[1..].to_vec(), vec![0xff]].concat(), NOT_CANONICAL),
        ("a long map length", [vec![0xb8, 10], good[1..].to_vec()].concat(), NOT_CANONICAL),
        ("a tag", [vec![0xc1], good.clone()].concat(), MALFORMED),
        ("a trailing byte", [good.clone(), vec![0]].concat(), NOT_CANONICAL),
        ("a long integer", with(5, vec![0x18, 4]), NOT_CANONICAL),
        ("a longer integer", with(5, vec![0x1b, 0, 0, 0, 0, 0, 0, 0, 4]), NOT_CANONICAL),
        ("an integer beyond 64 bits", with(5, vec![0xc2, 0x49, 1, 0, 0, 0, 0, 0, 0, 0, 0]), MALFORMED),
        ("a negative sequence number", with(5, vec![0x23]), MALFORMED),
        ("a float", with(5, vec![0xf9, 0x44, 0x00]), MALFORMED),
        ("a tagged value", with(5, vec![0xc0, 4]), MALFORMED),
        ("indefinite bytes", with(2, [vec![0x5f], value(2), vec![0xff]].concat()), MALFORMED),
        ("bytes with a long length", with(2, [vec![0x58, 16], value(2)[1..].to_vec()].concat()), NOT_CANONICAL),
        ("fifteen bytes", with(2, [vec![0x4f], value(2)[2..].to_vec()].concat()), MALFORMED),
        ("an indefinite list", with(7, [vec![0x9f], value(7)[1..].to_vec(), vec![0xff]].concat()), NOT_CANONICAL),
        ("an indefinite scope", with(0, [vec![0x9f], scope[1..].to_vec(), vec![0xff]].concat()), NOT_CANONICAL),
        ("a longer scope", with(0, [vec![0x84], scope[1..].to_vec(), vec![0]].concat()), NOT_CANONICAL),
        ("a shorter scope", with(0, [vec![0x82], scope[1..scope.len() - 1].to_vec()].concat()), MALFORMED),
        (
            "a path that is none",
            with(0, [vec![0x83, 0x61, b'x'], scope[scope.len() - 2..].to_vec()].concat()),
            MALFORMED,
        ),
        ("a list claiming 2^32", with(7, vec![0x9b, 0, 0, 0, 1, 0, 0, 0, 0]), MALFORMED),
        ("a list claiming 2^63", with(7, vec![0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0]), MALFORMED),
        ("bytes claiming 2^63", with(2, vec![0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0]), MALFORMED),
        ("bytes claiming 2^64 - 1", with(2, vec![0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), MALFORMED),
        ("a map claiming 2^63", vec![0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0], MALFORMED),
        ("nothing", vec![], MALFORMED),
    ] {
        assert_fault(what, &of_payload(&payload), want);
    }
}

#[test]
fn another_envelope_is_refused_though_its_signature_holds() {
    let payload = cbor::encode(&header());
    let parts = signed(EDDSA, &payload);
    let good = sign1(&parts);
    let head = [vec![0x84, 0x43], EDDSA.to_vec()].concat();
    let rest = good[head.len() + 1..].to_vec();
    let unprotected = |map: &[u8]| [head.clone(), map.to_vec(), rest.clone()].concat();
    assert_eq!(unprotected(&[0xa0]), good);
    for (what, bytes, want) in [
        ("a key id beside", unprotected(&[0xa1, 0x04, 0x41, 0x00]), MALFORMED),
        ("an indefinite map beside", unprotected(&[0xbf, 0xff]), MALFORMED),
        ("a long empty map beside", unprotected(&[0xb8, 0x00]), NOT_CANONICAL),
        ("null beside", unprotected(&[0xf6]), MALFORMED),
        ("the COSE_Sign1 tag", [vec![0xd2], good.clone()].concat(), MALFORMED),
        ("five parts", [vec![0x85], good[1..].to_vec(), vec![0]].concat(), MALFORMED),
        ("an indefinite array", [vec![0x9f], good[1..].to_vec(), vec![0xff]].concat(), MALFORMED),
        ("a long array length", [vec![0x98, 4], good[1..].to_vec()].concat(), NOT_CANONICAL),
        ("a detached payload", [head.clone(), vec![0xa0, 0xf6], good[good.len() - 66..].to_vec()].concat(), MALFORMED),
        ("a short signature", sign1(&[parts[0].clone(), parts[1].clone(), parts[2][..63].to_vec()]), MALFORMED),
        ("a long signature", sign1(&[parts[0].clone(), parts[1].clone(), vec![0; 65]]), MALFORMED),
    ] {
        assert_fault(what, &bytes, want);
    }
    for protected in
        [&[][..], &[0xa0], &[0xa1, 0x01, 0x26], &[0xa2, 0x01, 0x27, 0x04, 0x41, 0x00], &[0xbf, 1, 0x27, 0xff]]
    {
        let fault = read(&sign1(&signed(protected, &payload)));
        assert!(matches!(fault, Err(ClaimFault::Contradiction(_))), "{protected:x?}: {fault:?}");
    }
}

#[test]
fn a_signature_holds_in_its_own_tree_only() {
    let entry = header().sign(&GENESIS, &key()).unwrap();
    let verify = |genesis: u8, seed: u8| {
        let key = KeyPair::from_seed(&[seed; 32]).public();
        Claim::parse(entry.bytes()).unwrap().verify(&GenesisHash(Hash([genesis; 32])), &key).map(|entry| entry.id())
    };
    assert_eq!(verify(1, 5), Ok(entry.id()));
    assert_eq!(verify(2, 5), Err(ClaimFault::NotSigned { author: id(2) }));
    assert_eq!(verify(1, 6), Err(ClaimFault::NotSigned { author: id(2) }));
}

#[test]
fn a_header_that_contradicts_itself_is_neither_signed_nor_read() {
    let heads = |count: u8| (0..count).map(id).collect::<Vec<_>>();
    let many = u8::try_from(AFTER_MAX).unwrap() + 1;
    assert!(Header { after: Some(heads(many - 1)), ..header() }.sign(&GENESIS, &key()).is_ok());
    for bad in [
        Header { seq: 0, ..header() },
        Header { prev: None, ..header() },
        Header { after: Some(heads(many)), ..header() },
        Header { after: Some(vec![id(4), id(3)]), ..header() },
        Header { after: Some(vec![id(3), id(3)]), ..header() },
        Header { after: Some(vec![id(9)]), ..header() },
        Header { seq: 0, prev: None, after: Some(vec![]), ..header() },
    ] {
        let read = read(&of_payload(&cbor::encode(&bad)));
        assert!(matches!(read, Err(ClaimFault::Contradiction(_))), "{bad:?}: {read:?}");
        let signed = bad.sign(&GENESIS, &key());
        assert!(matches!(signed, Err(ClaimFault::Contradiction(_))));
    }
}

#[test]
fn a_header_beyond_its_bound_is_not_even_looked_at() {
    assert_eq!(read(&vec![0; HEADER_BYTES_MAX]), Err(ClaimFault::NotCanonical(CborFault::Malformed { at: 1 })));
    let bytes = HEADER_BYTES_MAX + 1;
    assert_eq!(read(&vec![0; bytes]), Err(ClaimFault::TooLarge { bytes }));
}

#[test]
fn a_body_is_read_in_one_encoding_and_within_its_bounds() {
    let text = |len: usize| {
        let value = Some(Value::Text("a".repeat(len)));
        Body::new([1; 16], Content::Edit(vec![Step::Set { field: "title".into(), value }])).bytes()
    };
    let good = text(20);
    assert!(Body::parse(&good).is_ok());
    for len in 0..good.len() {
        assert!(matches!(Body::parse(&good[..len]), Err(BodyFault::NotCanonical(_))), "{len} bytes");
    }
    let trailing = [good.clone(), vec![0]].concat();
    assert_eq!(Body::parse(&trailing), Err(BodyFault::NotCanonical(CborFault::NotCanonical)));
    let large = text(BODY_BYTES_MAX);
    assert_eq!(Body::parse(&large), Err(BodyFault::TooLarge { bytes: large.len() }));
    let steps = |count: usize| {
        let step = Step::Remove { field: "measures".into(), at: 0 };
        Body::parse(&Body::new([1; 16], Content::Edit(vec![step; count])).bytes())
    };
    assert!(steps(64).is_ok());
    assert_eq!(steps(65), Err(BodyFault::TooManySteps { steps: 65 }));
}

#[test]
fn a_frame_that_claims_more_than_it_has_is_refused_at_once() {
    let fault = |bytes: &[u8]| Frame::parse(bytes).unwrap_err();
    let malformed = |bytes: &[u8]| matches!(fault(bytes), FrameFault::NotCanonical(CborFault::Malformed { .. }));
    for length in
        [vec![0x9a, 0xff, 0xff, 0xff, 0xff], vec![0x9b, 0, 0, 0, 1, 0, 0, 0, 0], vec![0x9b, 0x80, 0, 0, 0, 0, 0, 0, 0]]
    {
        for code in [2, 5, 8, 10, 12, 15, 16] {
            assert!(malformed(&[vec![0x82, code, 0x81], length.clone()].concat()), "{code} {length:x?}");
        }
        assert!(malformed(&length));
    }
    for code in [4, 14, 17] {
        assert!(malformed(&[0x82, code, 0x81, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "{code}");
    }
    for nest in [0x81, 0xa1, 0xc1, 0x9f, 0xbf, 0xd8, 0x5f, 0x7f] {
        assert!(malformed(&vec![nest; 100_000]), "{nest:x}");
        // Behind a frame that is whole: what is skipped may be deep too.
        let deep = [vec![0x83, 1, 0x80], vec![nest; 100_000]].concat();
        assert!(Frame::parse(&deep).is_err(), "{nest:x}");
        assert!(Frame::parse(&[vec![0x82, 1, 0x81], vec![nest; 100_000]].concat()).is_err(), "{nest:x}");
    }
    let bytes = FRAME_BYTES_MAX + 1;
    assert_eq!(fault(&vec![0; bytes]), FrameFault::TooLarge { bytes });
}
