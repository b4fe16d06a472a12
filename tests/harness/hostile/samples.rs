//! One or more good inputs for each reader, made from `protocol/vectors/` and fixed keys: the same bytes everywhere.
//!
//! What is bad is made from these by a change that is written down, so that each refusal is for that change alone.

use std::{fs, path::PathBuf};

use data_encoding::HEXLOWER;
use fangwei_node::{
    ceremony::{Grant, Place, Request, RootKey, Sheet, Wanted},
    token::JoinToken,
};
use fangwei_protocol::{
    record::{
        body::{Act, Witness},
        bundle::{Item, Kept, MAGIC, Totals},
        cbor,
        entry::{Claim, EntryId, Hash, Kind},
        log::{Edge, consistency, inclusion, leaf_of, set_proof},
        message::{Frame, Parcel},
    },
    records::LogIndex,
    trust::{
        genesis::{GenesisHash, SignedGenesis},
        key::KeyPair,
        root::{RootSet, document_of},
    },
};

use super::{
    decoders::Asked,
    shapes::{Journal, RecordCode},
};

/// A good input: its name, and the bytes.
pub type Sample = (String, Vec<u8>);

/// A key everybody may know.
pub fn key(n: u8) -> KeyPair {
    KeyPair::from_seed(&[n; 32])
}

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../protocol/vectors")
}

/// The bytes of a vector.
pub fn vector(name: &str) -> Vec<u8> {
    let text = fs::read_to_string(vectors().join(format!("{name}.hex"))).unwrap();
    let digits: String = text.split_whitespace().collect();
    HEXLOWER.decode(digits.as_bytes()).unwrap()
}

/// Names of the vectors that begin with `from` and end with `to`, without both.
fn names(from: &str, to: &str) -> Vec<String> {
    let to = format!("{to}.hex");
    let all = fs::read_dir(vectors()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> =
        all.filter_map(|name| Some(name.strip_prefix(from)?.strip_suffix(&to)?.to_owned())).collect();
    names.sort();
    names
}

/// The entries of the vectors: name, COSE_Sign1, and the author's public key.
pub fn entries() -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let of = |name: String| {
        let (entry, key) = (vector(&format!("entry.{name}.cose")), vector(&format!("entry.{name}.key")));
        (name, entry, key)
    };
    names("entry.", ".cose").into_iter().map(of).collect()
}

/// The fingerprint of the vectors' tree.
pub fn genesis_hash() -> GenesisHash {
    SignedGenesis::parse(&vector("genesis.signed.cbor")).unwrap().genesis.hash()
}

/// The good inputs of a reader.
pub fn of(decoder: &str) -> Vec<Sample> {
    let one = |name: &str, bytes: Vec<u8>| vec![(name.to_owned(), bytes)];
    let text = |name: &str, text: &dyn ToString| one(name, text.to_string().into_bytes());
    let named = |from: &str, to: &str| -> Vec<Sample> {
        names(from, to).into_iter().map(|name| (name.clone(), vector(&format!("{from}{name}{to}")))).collect()
    };
    match decoder {
        "entry" => named("entry.", ".cose"),
        "body" => named("entry.", ".body"),
        "frame" => named("frame.", ".cbor"),
        "bundle_items" | "bundle" => one("two entries", bundle()),
        "checkpoint" => one("cosigned", vector("checkpoint.note")),
        "cosignature" => one("line", line_of(&vector("frame.cosigned.cbor"))),
        "proof" => proofs(),
        "receipt" => one("two entries", vector("receipt.cbor")),
        "genesis" => one("county", vector("genesis.cbor")),
        "signed_genesis" => one("county", vector("genesis.signed.cbor")),
        "log_epoch" => one("second", vector("log_epoch.cbor")),
        "evidence" => one("two notes", vector("evidence.cbor")),
        "journal" => one("two entries", journal().bytes()),
        "token" => text("town", &token()),
        "request" => [
            text(
                "officer",
                &request(Wanted::Officer {
                    profile: "analyst".into(),
                    name: "李四".into(),
                    holder: None,
                    custody: "node".into(),
                }),
            ),
            text("node", &request(Wanted::Node)),
        ]
        .concat(),
        "grant" => text("reporter", &grant()),
        "root_key" => text("public half", &RootKey::of(&key(9))),
        "sheet" => text("witnesses", &sheet()),
        "sealed_key" => text("officer", &sealed_key()),
        "config" => text("township", &CONFIG),
        "units" => text("rows", &UNITS),
        "forms" => [text("report", &REPORT), text("risk", &RISK), text("edit", &RISK_EDIT)].concat(),
        "language" => text("english", &"de;q=0.9, en-GB;q=0.8, zh;q=0.1"),
        "unit_path" => [text("village", &"370126.105.201"), text("section", &"370126.105.d02.d1")].concat(),
        other => unreachable!("{other} has no good input"),
    }
}

fn line_of(frame: &[u8]) -> Vec<u8> {
    match Frame::parse(frame) {
        Ok(Frame::Cosigned(cosigned)) => cosigned.line.into(),
        other => unreachable!("{other:?}"),
    }
}

fn entry_and_body(name: &str) -> (Vec<u8>, Vec<u8>) {
    (vector(&format!("entry.{name}.cose")), vector(&format!("entry.{name}.body")))
}

/// The items of a bundle of a certificate and a report.
pub fn bundle_items() -> Vec<Item> {
    let kept = |at, name| {
        let (entry, body) = entry_and_body(name);
        Item::Entry(Kept { at: LogIndex(at), entry: entry.into(), body: Some(body.into()) })
    };
    vec![
        Item::Genesis(vector("genesis.signed.cbor").into()),
        kept(0, "certificate"),
        kept(1, "report"),
        Item::End(Totals { entries: 2, receipts: 0 }),
    ]
}

/// Items as a file has them.
pub fn bundle_of(items: &[Item]) -> Vec<u8> {
    items.iter().fold(MAGIC.to_vec(), |bytes, item| [bytes, item.framed()].concat())
}

fn bundle() -> Vec<u8> {
    bundle_of(&bundle_items())
}

fn proofs() -> Vec<Sample> {
    let (mut edge, mut nodes, mut roots) = (Edge::default(), std::collections::BTreeMap::new(), Vec::new());
    for n in 0..13_u8 {
        edge.push(leaf_of(&[n]), |node, hash| {
            nodes.insert(node, hash);
        });
        roots.push(edge.head().root);
    }
    let lookup = |node| Ok::<_, ()>(nodes[&node]);
    let (size, root) = (13, edge.head().root);
    let asked = |sort, places: Vec<u64>, leaves, hashes: Result<Vec<Hash>, ()>| {
        cbor::encode(&Asked { sort, places, leaves, size, root, hashes: hashes.unwrap() })
    };
    let leaf = |n: u8| leaf_of(&[n]);
    vec![
        ("inclusion".into(), asked(0, vec![6], vec![leaf(6)], inclusion(6, size, &lookup))),
        ("consistency".into(), asked(1, vec![7], vec![roots[6]], consistency(7, size, &lookup))),
        (
            "set".into(),
            asked(2, vec![2, 6, 12], vec![leaf(2), leaf(6), leaf(12)], set_proof(&[2, 6, 12], size, &lookup)),
        ),
    ]
}

/// A segment with a clock, a certificate and a report.
pub fn journal() -> Journal {
    let mut journal = Journal::new(&genesis_hash());
    journal.mark();
    journal.push(RecordCode::CLOCK, &1_790_000_000_i64.to_le_bytes());
    for name in ["certificate", "report"] {
        let (entry, body) = entry_and_body(name);
        journal.push(RecordCode::BODY, &body);
        journal.push(RecordCode::ENTRY, &entry);
    }
    journal.push(RecordCode::RECEIPT, &vector("receipt.cbor"));
    journal.push(RecordCode::LOG_EPOCH, &vector("log_epoch.cbor"));
    journal
}

fn token() -> JoinToken {
    let certificate = EntryId(Hash([2; 32]));
    let (address, unit) = ("[2001:db8::1]:4900".parse().unwrap(), "370126.105".parse().unwrap());
    JoinToken::new(genesis_hash(), key(6).public(), address, unit, certificate, &key(3), 1_800_000_000)
}

fn request(wanted: Wanted) -> Request {
    Request::new(genesis_hash(), "370126.105".parse().unwrap(), wanted, &key(9))
}

/// A grant of the vectors' certificate.
pub fn grant() -> Grant {
    let (entry, body) = entry_and_body("certificate");
    let id = Claim::parse(&entry).unwrap().reopen(&genesis_hash()).id();
    Grant {
        request: EntryId(Hash([5; 32])),
        certificate: id,
        genesis: vector("genesis.signed.cbor"),
        parcels: vec![Parcel::new(&entry, Some(&body.into()))],
        upward: None,
    }
}

/// A sheet nobody has signed, which names a witness.
pub fn sheet() -> Sheet {
    let genesis = SignedGenesis::parse(&vector("genesis.signed.cbor")).unwrap().genesis;
    let (keys, threshold) = (genesis.root_keys.clone(), genesis.threshold);
    let certificate = RootSet { origin: genesis.hash().0, keys, threshold }.certificate_id(0);
    let members = vec![Witness { name: "市审计局".into(), key: key(8).public(), outside: true }];
    let item = fangwei_node::ceremony::Item {
        document: document_of(&genesis.root, Kind::WITNESSES, &EntryId(Hash([4; 32]))),
        act: Act::Witnesses { threshold: 1, members },
        after: Vec::new(),
        places: vec![Place { certificate, key: key(1).public(), seq: 0, prev: None }],
        signed: Vec::new(),
    };
    Sheet { genesis: genesis.hash(), tree: genesis.name, threshold: 2, items: vec![item] }
}

/// A sealed key that no passphrase opens: reading it opens nothing.
pub fn sealed_key() -> String {
    let (certificate, genesis) = (Hash([2; 32]), genesis_hash().0);
    let bound = [b"fangwei key 1".as_slice(), certificate.as_slice(), genesis.as_slice()].concat();
    let cost = [19_456_u32.to_be_bytes(), 2_u32.to_be_bytes()].concat();
    let (salt, nonce, sealed) = ([3; 16], [4; 24], [5; 48]);
    let parts = [bound.as_slice(), &cost, &salt, &nonce, &sealed];
    let sum: String = Hash::of_parts("fangwei sealed key 1", parts).to_string().chars().take(16).collect();
    let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
    format!(
        "format = 1\ncertificate = \"{certificate}\"\ngenesis = \"{genesis}\"\nmemory_kib = 19456\npasses = 2\n\
         salt = \"{}\"\nnonce = \"{}\"\nsealed = \"{}\"\nsum = \"{sum}\"\n",
        hex(&salt),
        hex(&nonce),
        hex(&sealed)
    )
}

const CONFIG: &str = "data_dir = \"/var/lib/fangwei\"\nlisten = \"[::]:4900\"\nunconfirmed_days = 7\nlanguage = \"en\"\n\n\
     [[upstream]]\naddress = \"county.example:4900\"\n\
     key = \"ca93ac1705187071d67b83c7ff0efe8108e8ec4530575d7726879333dbdabe7c\"\n";

const UNITS: &str = "code,name,level\n370126000000,商河县,county\n370126105000,\"怀仁,镇\",town\n";

const REPORT: &str =
    r#"{"unit":"370126.105.201","title":"村务公开栏三个月未更新","category":7,"account":"情况","amount_fen":12345}"#;

const RISK: &str = r#"{"unit":"370126.105","description":"白条入账","measures":["核对台账"]}"#;

const RISK_EDIT: &str =
    r#"{"texts":{"description":"白条入账"},"set":{"level":null},"add":[{"field":"measures","at":0,"item":"核对"}]}"#;
