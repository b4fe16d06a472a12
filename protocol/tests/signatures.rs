//! Which keys are admitted and which signatures hold: every case and its verdict stands in `vectors/signatures.txt`,
//! for other implementations too, and never changes by accident.
//!
//! The cases: RFC 8032, Project Wycheproof, those of "Taming the many EdDSAs" as far as they are fixed, and made here:
//! points of small and mixed order as key and as R, encodings that are not canonical, S with L added. After an intended
//! change `FANGWEI_WRITE_VECTORS=1` writes the table anew.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use curve25519_dalek::{
    constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION},
    edwards::{CompressedEdwardsY, EdwardsPoint},
    scalar::Scalar,
};
use fangwei_protocol::trust::key::{KeyFault, KeyPair, PublicKey, SignatureBytes};
use sha2::{Digest, Sha512};
use wycheproof::{TestResult, eddsa};

/// L, the group's order, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

const MESSAGE: &[u8] = b"fangwei";

struct Case {
    name: String,
    key: [u8; 32],
    message: Vec<u8>,
    signature: Vec<u8>,
}

fn case(name: impl Into<String>, key: [u8; 32], message: &[u8], r: [u8; 32], s: [u8; 32]) -> Case {
    Case { name: name.into(), key, message: message.to_vec(), signature: [r, s].concat() }
}

impl Case {
    fn verdict(&self) -> &'static str {
        let key = match PublicKey::admit(&self.key) {
            Ok(key) => key,
            Err(KeyFault::NotAPoint) => return "key-not-a-point",
            Err(KeyFault::NotCanonical) => return "key-not-canonical",
            Err(KeyFault::Weak) => return "key-weak",
        };
        let Ok(signature) = SignatureBytes::try_from(self.signature.as_slice()) else { return "not-64-bytes" };
        if key.verifies(&self.message, &signature) { "holds" } else { "fails" }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn bytes32(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap()
}

/// A key made here: its scalar and point.
fn clean() -> (Scalar, EdwardsPoint) {
    let scalar = Scalar::from_bytes_mod_order_wide(&[7; 64]);
    (scalar, BASE * scalar)
}

fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(
        &Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize().into(),
    )
}

/// A signature whose R is what is given, for a key whose part in the prime-order group has this scalar.
fn with_r(name: impl Into<String>, secret: Scalar, key: [u8; 32], nonce: Scalar, r: [u8; 32]) -> Case {
    let s = nonce + challenge(&r, &key, MESSAGE) * secret;
    case(name, key, MESSAGE, r, s.to_bytes())
}

/// A number of 32 bytes with a small one, times L, added; none past 2^256.
fn plus_order(number: &[u8; 32], times: u16) -> Option<[u8; 32]> {
    let mut carry = 0u16;
    let sum = std::array::from_fn(|at| {
        carry += u16::from(number[at]) + u16::from(ORDER[at]) * times;
        let [low, high] = carry.to_le_bytes();
        carry = u16::from(high);
        low
    });
    (carry == 0).then_some(sum)
}

/// The encodings of points that differ from the canonical one: y beyond the field's order, and a sign for x = 0.
fn uncanonical() -> Vec<(String, [u8; 32])> {
    let mut all = Vec::new();
    for sign in [0, 0x80] {
        for above in 0..19u8 {
            let mut bytes = [0xff; 32];
            bytes[0] = 0xed + above;
            bytes[31] = 0x7f | sign;
            all.push((format!("p+{above}{}", if sign == 0 { "" } else { "-negative" }), bytes));
        }
    }
    let mut one = [0; 32];
    (one[0], one[31]) = (1, 0x80);
    let mut minus_one = [0xff; 32];
    minus_one[0] = 0xec;
    all.extend([("1-negative".into(), one), ("p-1-negative".into(), minus_one)]);
    all
}

/// Every encoding of every point of small order that decompresses: 8 canonical ones and 6 others.
fn small_order() -> Vec<(String, [u8; 32])> {
    let canonical = (0..8).map(|n| (format!("torsion-{n}"), EIGHT_TORSION[n].compress().to_bytes()));
    let others = uncanonical()
        .into_iter()
        .filter(|(_, bytes)| CompressedEdwardsY(*bytes).decompress().is_some_and(|point| point.is_small_order()));
    canonical.chain(others).collect()
}

fn from_rfc_8032() -> Vec<Case> {
    let long = from_wycheproof().into_iter().map(|(case, _)| case.message).find(|message| message.len() == 1023);
    let abc = Sha512::digest(b"abc").to_vec();
    let sources = [
        ("1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", vec![]),
        ("2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", vec![0x72]),
        ("3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", vec![0xaf, 0x82]),
        ("1024", "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5", long.unwrap()),
        ("sha-abc", "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42", abc),
    ];
    let made = sources.into_iter().map(|(name, seed, message)| {
        let pair = KeyPair::from_seed(&bytes32(&unhex(seed)));
        let signature = pair.sign(&message).to_vec();
        Case { name: format!("rfc8032-{name}"), key: pair.public().bytes(), message, signature }
    });
    made.collect()
}

/// Each with what Wycheproof expects of it.
fn from_wycheproof() -> Vec<(Case, TestResult)> {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut all = Vec::new();
    for group in &set.test_groups {
        for test in &group.tests {
            let name = format!("wycheproof-{}", test.tc_id);
            let (message, signature) = (test.msg.to_vec(), test.sig.to_vec());
            all.push((Case { name, key: bytes32(&group.key.pk), message, signature }, test.result));
        }
    }
    all
}

/// Cases 0 to 9 of "Taming the many EdDSAs" (eprint 2020/1244): key, message, R, S.
const TAMING: [[&str; 4]; 10] = [
    [
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ],
    [
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ],
    [
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
    ],
    [
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f",
        "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
    ],
    [
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512",
        "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
    ],
    [
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7",
        "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
    ],
    [
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e",
        "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
    ],
    [
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942",
        "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
    ],
    [
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607",
    ],
    [
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09",
    ],
];

fn made_here() -> Vec<Case> {
    let (secret, point) = clean();
    let key = point.compress().to_bytes();
    let nonce = Scalar::from_bytes_mod_order_wide(&[9; 64]);
    let mut all = Vec::new();
    let good = with_r("clean", secret, key, nonce, (BASE * nonce).compress().to_bytes());
    let (r, s) = (bytes32(&good.signature[..32]), bytes32(&good.signature[32..]));
    for times in 1..16 {
        all.extend(plus_order(&s, times).map(|s| case(format!("s+{times}l"), key, MESSAGE, r, s)));
    }
    all.push(case("s=0", key, MESSAGE, r, [0; 32]));
    all.push(case("s=l", key, MESSAGE, r, ORDER));
    for bit in 253..256 {
        let mut high = s;
        high[31] |= 1 << (bit - 248);
        all.push(case(format!("s-bit-{bit}"), key, MESSAGE, r, high));
    }
    let mut negative = r;
    negative[31] ^= 0x80;
    all.push(case("r-negative", key, MESSAGE, negative, s));
    all.push(case(
        "r-negative-s-negative",
        key,
        MESSAGE,
        negative,
        (-Scalar::from_canonical_bytes(s).unwrap()).to_bytes(),
    ));
    let mut key_negative = key;
    key_negative[31] ^= 0x80;
    all.push(case("key-negative", key_negative, MESSAGE, r, s));
    all.push(good);
    // What the equation with the cofactor takes and the one without does not, and the other way round.
    for (n, torsion) in EIGHT_TORSION.iter().enumerate().skip(1) {
        let mixed = (BASE * nonce + torsion).compress().to_bytes();
        all.push(with_r(format!("r-with-torsion-{n}"), secret, key, nonce, mixed));
        let mixed = (point + torsion).compress().to_bytes();
        all.push(with_r(format!("key-with-torsion-{n}"), secret, mixed, nonce, r));
    }
    for (name, bytes) in small_order() {
        all.push(with_r(format!("r-{name}"), secret, key, Scalar::ZERO, bytes));
    }
    for (name, bytes) in uncanonical() {
        all.push(with_r(format!("key-{name}"), Scalar::ZERO, bytes, nonce, r));
        all.push(with_r(format!("r-encoded-{name}"), secret, key, Scalar::ZERO, bytes));
    }
    // As for ZIP 215: both of small order, S = 0.
    for (one, a) in small_order() {
        all.extend(
            small_order().into_iter().map(|(two, r)| case(format!("key-{one}-r-{two}"), a, b"Zcash", r, [0; 32])),
        );
    }
    all
}

fn cases() -> Vec<Case> {
    let mut all = from_rfc_8032();
    all.extend(from_wycheproof().into_iter().map(|(case, _)| case));
    all.extend(TAMING.iter().enumerate().map(|(n, [key, message, r, s])| Case {
        name: format!("taming-{n}"),
        key: bytes32(&unhex(key)),
        message: unhex(message),
        signature: [unhex(r), unhex(s)].concat(),
    }));
    all.extend(made_here());
    all
}

fn table() -> String {
    let mut text = String::from("# verdict, key, message (- if empty), signature, name; by SPEC.md 2.5\n");
    for case in cases() {
        let message = if case.message.is_empty() { "-".into() } else { hex(&case.message) };
        let signature = if case.signature.is_empty() { "-".into() } else { hex(&case.signature) };
        writeln!(text, "{} {} {message} {signature} {}", case.verdict(), hex(&case.key), case.name).unwrap();
    }
    text
}

#[test]
fn the_verdict_on_each_key_and_signature_is_the_frozen_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/signatures.txt");
    let table = table();
    if std::env::var_os("FANGWEI_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let frozen = std::fs::read_to_string(&path).unwrap();
    for (now, was) in table.lines().zip(frozen.lines()) {
        assert_eq!(now, was);
    }
    assert_eq!(table.len(), frozen.len(), "as many cases as before");
}

#[test]
fn what_wycheproof_calls_valid_holds_and_nothing_else() {
    for (case, expected) in from_wycheproof() {
        assert_eq!(case.verdict() == "holds", expected == TestResult::Valid, "{}", case.name);
    }
}

#[test]
fn rfc_8032_is_followed() {
    let keys = from_rfc_8032().into_iter().map(|case| (case.name.clone(), (hex(&case.key), case.verdict())));
    let keys: BTreeMap<_, _> = keys.collect();
    let expected = [
        ("rfc8032-1", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
        ("rfc8032-2", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        ("rfc8032-3", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
        ("rfc8032-1024", "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e"),
        ("rfc8032-sha-abc", "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf"),
    ];
    for (name, key) in expected {
        assert_eq!(keys[name].0, key, "{name}");
        assert_eq!(keys[name].1, "holds", "{name}");
    }
}

#[test]
fn of_what_was_made_to_be_refused_nothing_holds() {
    for case in made_here() {
        assert_eq!(case.verdict() == "holds", case.name == "clean", "{}", case.name);
    }
    let encodings = uncanonical();
    let taken = encodings.iter().filter(|(_, bytes)| CompressedEdwardsY(*bytes).decompress().is_some()).count();
    assert_eq!((small_order().len(), taken), (14, 26), "encodings of small order; those not canonical that decompress");
}
