//! Inputs too large to keep: described here, made in memory, and each within the same bounds as the small ones.
//!
//! What is looked for is work or memory that grows faster than the input: recursion, allocation by a claimed length,
//! one thing compared with each other thing.

use fangwei_protocol::{
    limits::{BODY_BYTES_MAX, FRAME_BYTES_MAX},
    record::{
        body::{Act, Body, Content, Step, Witness},
        cbor,
        entry::{EntryId, Hash},
        message::{Frame, Parcel},
    },
    trust::genesis::Genesis,
};
use tests::hostile::{
    decoders::{DECODERS, Form, Verdict, of_name},
    samples::{self, key, vector},
    shapes::{head, long_head},
};

use crate::{alone, cost};

/// Reads it, within bounds, twice: the second time nothing is new to the process.
fn refused(decoder: &str, what: &str, bytes: &[u8]) -> String {
    let decoder = of_name(decoder);
    decoder.judge(bytes);
    let (verdict, cost) = cost::of(|| decoder.judge(bytes));
    println!("{:16} {:44} {:9} bytes: {:7} µs, {:9} bytes", decoder.name, what, bytes.len(), cost.micros, cost.bytes);
    cost.check(&format!("{}: {what}", decoder.name));
    match verdict {
        Verdict::Refused(why) => why,
        Verdict::Taken(_) => format!("taken: {what}"),
    }
}

#[test]
fn nesting_a_hundred_thousand_deep_is_refused_by_every_reader() {
    let _alone = alone();
    let deep = |open: &[u8]| open.repeat(100_000);
    for decoder in DECODERS {
        let all: Vec<(&str, Vec<u8>)> = match decoder.form {
            Form::Cbor => vec![
                ("arrays", deep(&[0x81])),
                ("arrays without lengths", deep(&[0x9f])),
                ("maps", deep(&[0xa1])),
                ("maps in keys without lengths", deep(&[0xbf])),
                ("tags", deep(&[0xc1])),
                ("texts in pieces", deep(&[0x7f])),
                ("behind an unknown key", [vec![0xa1, 0x18, 99], deep(&[0x81])].concat()),
                ("behind an unknown item", [vec![0x98, 40], vec![0; 39], deep(&[0x9f, 0xbf])].concat()),
            ],
            Form::Text | Form::Line | Form::Bytes => vec![
                ("brackets", deep(b"[")),
                ("braces", deep(b"{")),
                ("a value of brackets", [b"a = ".as_slice(), &deep(b"[")].concat()),
                ("a value of tables", [b"a = ".as_slice(), &deep(b"{a=")].concat()),
                ("a dotted key", [b"a".as_slice(), &deep(b".a"), b" = 1"].concat()),
                ("objects", deep(b"{\"a\":")),
                ("quotes", deep(b"\"")),
                ("line ends", deep(b"\n")),
                ("commas", deep(b",")),
                ("dots", deep(b".")),
            ],
        };
        for (what, bytes) in all {
            let why = refused(decoder.name, what, &bytes);
            assert!(
                !why.starts_with("taken") || decoder.name == "units" || decoder.name == "config",
                "{}: {why}",
                decoder.name
            );
        }
    }
}

#[test]
fn a_claimed_length_allocates_nothing() {
    let _alone = alone();
    for decoder in DECODERS.iter().filter(|decoder| decoder.form == Form::Cbor) {
        for major in 2..=5 {
            for length in [u64::from(u32::MAX), 1 << 63, u64::MAX] {
                for front in
                    [vec![], vec![0x82], vec![0x82, 0x0a], vec![0x82, 0x50, 0x01], vec![0xa1, 0x00], vec![0x83, 0x01]]
                {
                    let bytes = [front, long_head(major, length)].concat();
                    let (verdict, cost) = cost::of(|| decoder.judge(&bytes));
                    assert!(matches!(verdict, Verdict::Refused(_)), "{}", decoder.name);
                    assert!(cost.bytes < 64 * 1024, "{}: {cost:?}", decoder.name);
                }
            }
        }
    }
}

/// A value of one array of many equal items behind what stands in front of it, as long as may be.
fn many(front: &[u8], item: &[u8], behind: &[u8], bytes_max: usize) -> Vec<u8> {
    let count = (bytes_max - front.len() - behind.len() - 9) / item.len();
    let mut bytes = front.to_vec();
    head(&mut bytes, 4, count as u64);
    bytes.extend(item.repeat(count));
    bytes.extend_from_slice(behind);
    bytes
}

#[test]
fn as_many_of_the_smallest_as_fit_cost_no_more_than_few() {
    let _alone = alone();
    // [number, [items]] of every frame and of every act; the smallest items there are, well-formed or not.
    let items: [&[u8]; 8] =
        [&[0x80], &[0x40], &[0x60], &[0x82, 0x40, 0xf6], &[0x82, 0x40, 0x40], &[0xa0], &[0x82, 0x00, 0x80], &[0x00]];
    for number in 0..=20 {
        for item in items {
            refused("frame", "many of the smallest", &many(&[0x82, number, 0x81], item, &[], FRAME_BYTES_MAX));
        }
    }
    let salt = [&[0x82, 0x50], [7; 16].as_slice()].concat();
    for number in 0..=9 {
        for item in items {
            let front = [salt.as_slice(), &[0x82, 0x01, 0x81, 0x82, number, 0x81]].concat();
            refused("body", "act of many of the smallest", &many(&front, item, &[], BODY_BYTES_MAX));
        }
    }
    let clear = [0x82, 0x00, 0x81, 0x60];
    let steps = many(&[salt.as_slice(), &[0x82, 0x00, 0x81]].concat(), &clear, &[], BODY_BYTES_MAX);
    assert!(refused("body", "steps that clear nothing", &steps).contains("TooManySteps"));
}

#[test]
fn keys_are_not_weighed_one_by_one_before_they_are_counted() {
    let _alone = alone();
    // A key takes fifty microseconds to be admitted: two thousand of them would take a tenth of a second each time
    // anybody reads the body.
    let body = |act: Act| Body::new([7; 16], Content::Act(act)).bytes();
    let keys = vec![key(1).public(); 1_900];
    let root = body(Act::ReplaceRoot { keys: keys.clone(), threshold: 1 });
    println!("{}", refused("body", "root of 1,900 keys", &root));
    let witness = |key| Witness { name: String::new(), key, outside: false };
    let witnesses =
        body(Act::Witnesses { threshold: 1, members: keys.iter().copied().map(witness).take(1_700).collect() });
    println!("{}", refused("body", "1,700 witnesses", &witnesses));
    let mut genesis = Genesis::parse(&vector("genesis.cbor")).unwrap();
    genesis.root_keys = vec![key(1).public(); 4_500];
    println!("{}", refused("genesis", "4,500 root keys", &cbor::encode(&genesis)));
    let mut genesis = Genesis::parse(&vector("genesis.cbor")).unwrap();
    genesis.founders = vec![genesis.founders[0].clone(); 1_500];
    println!("{}", refused("genesis", "1,500 founders", &cbor::encode(&genesis)));
}

#[test]
fn texts_as_long_as_may_be_are_read_in_their_length() {
    let _alone = alone();
    let splice = |insert: String| {
        let step = Step::Splice { field: "account".into(), at: 0, delete: 0, insert };
        Body::new([7; 16], Content::Edit(vec![step])).bytes()
    };
    for text in ["a".repeat(60_000), "𠮷".repeat(15_000), "\u{301}".repeat(30_000), "\u{202e}".repeat(20_000)] {
        assert!(refused("body", "a giant splice", &splice(text)).starts_with("taken"));
    }
    let parcel = Parcel { entry: vec![0x40; 2_000].into(), body: Some(vec![0; 65_000].into()), proof: None };
    assert!(
        refused("frame", "two of the largest entries", &Frame::Give(vec![parcel; 2]).to_bytes()).starts_with("taken")
    );
    let ids = (0..2_000_u32).map(|n| EntryId(Hash::of(&n.to_be_bytes()))).collect();
    refused("frame", "two thousand ids", &Frame::AgainWanted(ids).to_bytes());
}

#[test]
fn files_as_long_as_may_be_are_read_in_their_length() {
    let _alone = alone();
    let row = "370126105201,村,village\n";
    let rows = |count: usize, row: &str| format!("code,name,level\n{}", row.repeat(count)).into_bytes();
    assert!(refused("units", "ten thousand villages", &rows(10_000, row)).starts_with("taken"));
    refused("units", "forty thousand rows too short", &rows(40_000, "x\n"));
    refused("units", "empty lines", &rows(300_000, "\n"));
    refused("units", "one row of many cells", format!("code,name,level\n{}", ",".repeat(300_000)).as_bytes());
    refused("units", "one quote of a megabyte", format!("code,name,level\n\"{}", "\"\"".repeat(500_000)).as_bytes());
    for decoder in ["request", "grant", "root_key", "sheet", "sealed_key", "config"] {
        let good = String::from_utf8(samples::of(decoder)[0].1.clone()).unwrap();
        refused(
            decoder,
            "many keys",
            &[good.as_bytes(), (0..9_000).map(|n| format!("k{n} = 1\n")).collect::<String>().as_bytes()].concat(),
        );
        refused(
            decoder,
            "many tables",
            &[good.as_bytes(), (0..9_000).map(|n| format!("[t{n}]\n")).collect::<String>().as_bytes()].concat(),
        );
        refused(
            decoder,
            "one key in many parts",
            &[good.as_bytes(), format!("{} = 1", ["a"; 20_000].join(".")).as_bytes()].concat(),
        );
        refused(
            decoder,
            "one value of many escapes",
            &[good.as_bytes(), format!("k = \"{}\"", "\\u0041".repeat(15_000)).as_bytes()].concat(),
        );
    }
    let good = String::from_utf8(samples::of("grant")[0].1.clone()).unwrap();
    let acts = format!("acts = [{}]\n", "\"gA==\",".repeat(15_000));
    let many: String =
        good.lines().map(|line| if line.starts_with("acts") { acts.clone() } else { format!("{line}\n") }).collect();
    refused("grant", "many acts", many.as_bytes());
    refused("language", "languages of a megabyte", "en;q=0.5,".repeat(100_000).as_bytes());
    refused("unit_path", "a path of a megabyte", "1.".repeat(500_000).as_bytes());
    refused("unit_path", "a segment of a megabyte", "1".repeat(1_000_000).as_bytes());
    refused("unit_path", "a department of a megabyte", format!("370126.d{}", "1".repeat(1_000_000)).as_bytes());
    refused("token", "a token of a megabyte", format!("FW1-{}", "A".repeat(1_000_000)).as_bytes());
    refused("checkpoint", "a note of line ends", "\n".repeat(4_096).as_bytes());
    refused("cosignature", "a line of a megabyte", format!("— a {}\n", "A".repeat(1_000_000)).as_bytes());
    refused("forms", "a text of a megabyte", format!("{{\"title\":\"{}\"}}", "\\u0000".repeat(150_000)).as_bytes());
    // What is asked over the local socket comes from this machine's own people: a list grows by doubling there.
    refused("forms", "many items", format!("{{\"measures\":[{}1]}}", "\"\",".repeat(150_000)).as_bytes());
}
