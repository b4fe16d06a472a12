//! Acts of cases, reports and registers, each of a vector's with one thing changed.

use fangwei_protocol::record::{
    body::{Act, Body, Content},
    entry::{EntryId, Hash},
};
use tests::hostile::{samples::vector, shapes::Cbor};

use super::{Case, refused, taken};

/// The vectors, by what is done in them.
const ACTS: [&str; 7] = ["propose", "warn", "visit", "file", "triage", "series", "cadre"];

/// Where in a body the number of what is done stands, and its fields.
const DEED: [usize; 6] = [1, 1, 0, 1, 0, 0];
const FIELDS: [usize; 6] = [1, 1, 0, 1, 0, 1];

/// The body of a vector.
fn body(of: &str) -> Cbor {
    Cbor::read(&vector(&format!("entry.{of}.body"))).unwrap()
}

/// The same with something else at a place among the fields of what is done.
fn with(of: &str, place: &[usize], value: Cbor) -> Vec<u8> {
    body(of).with(&[FIELDS.as_slice(), place].concat(), value).bytes()
}

fn text(text: &str) -> Cbor {
    Cbor::Text(text.into())
}

fn list(of: Cbor, count: usize) -> Cbor {
    Cbor::Array(vec![of; count])
}

/// What remains of an act, said by a redaction.
fn remains_of(act: &str) -> Vec<u8> {
    let remains = Body::parse(&vector(&format!("entry.{act}.body"))).unwrap().content;
    let (subject, remains) = (EntryId(Hash([1; 32])), Box::new(remains));
    Body::new([1; 16], Content::Act(Act::Redact { subject, basis: "档案法".into(), remains })).bytes()
}

/// Whatever a procedure's act says that cannot be read, and what can be read although no rule allows it.
pub(crate) fn bodies() -> Vec<Case> {
    let mut cases = Vec::new();
    for of in ACTS {
        let good = body(of);
        let Cbor::Array(fields) = good.at(&FIELDS) else { unreachable!() };
        let more = |last: Cbor| with(of, &[], Cbor::Array(fields.iter().cloned().chain([last]).collect()));
        cases.push(refused(format!("{of}, an act there is not"), good.with(&DEED, Cbor::Uint(99)).bytes()));
        cases.push(refused(format!("{of} without fields"), with(of, &[], Cbor::Array(vec![]))));
        cases.push(refused(format!("{of} with a field more"), more(Cbor::Uint(0))));
        cases.push(refused(format!("{of} with nothing as a field more"), more(Cbor::Raw(vec![0xf6]))));
        cases.push(refused(
            format!("{of}, as many fields as nobody has"),
            with(of, &[], Cbor::Raw(vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        ));
        let remains = format!("remains of {of}");
        cases.push(if of == "cadre" { refused(remains, remains_of(of)) } else { taken(remains, remains_of(of)) });
    }
    // A warning is [case, decision, day, subject, level, ground, way, rules, paper, terms].
    let warn = |place: &[usize], value| with("warn", &[&[0], place].concat(), value);
    let number = |n: u64| warn(&[8, 1, 2], Cbor::Uint(n));
    let year = |n: u64| warn(&[8, 1, 1], Cbor::Uint(n));
    let term = |n: u64| warn(&[9, 0, 1, 0], Cbor::Uint(n));
    let pair = body("warn").at(&[FIELDS.as_slice(), &[0, 9, 0]].concat()).clone();
    cases.extend([
        taken("number 0", number(0)),
        taken("number 2^32-1", number(u64::from(u32::MAX))),
        refused("number 2^32", number(1 << 32)),
        taken("year 65535", year(65_535)),
        refused("year 65536", year(65_536)),
        taken("term of 366", term(366)),
        refused("term of 0", term(0)),
        refused("term of 367", term(367)),
        refused(
            "term of 65535 months",
            warn(&[9, 0, 1], Cbor::Array(vec![Cbor::Uint(65_535), Cbor::Uint(2), Cbor::Uint(0)])),
        ),
        refused("term in years", warn(&[9, 0, 1, 1], Cbor::Uint(3))),
        refused("term of something nobody owes", warn(&[9, 0, 0], Cbor::Uint(5))),
        taken("two thousand terms", warn(&[9], list(pair, 2_000))),
        taken("level 255", warn(&[4], Cbor::Uint(255))),
        refused("level 256", warn(&[4], Cbor::Uint(256))),
        refused("warning on a day there is not", warn(&[2], Cbor::Uint(2_932_897))),
        refused("subject of a fourth sort", warn(&[3, 0], Cbor::Uint(3))),
        refused("subject in a unit there cannot be", warn(&[3, 1, 0], text("370126.1"))),
        refused("register in no document", warn(&[8, 1, 3], Cbor::Array(vec![]))),
        taken("paper with marks and controls", warn(&[8, 2], text("\u{202e}\u{1b}]0;x\u{7}\0"))),
        taken("paper that says nothing", warn(&[8, 2], text(""))),
    ]);
    // A visit is [issue, day, means, findings, opinion].
    cases.extend([
        taken("visit by five thousand means", with("visit", &[2], list(text("papers"), 5_000))),
        refused("visit with means of numbers", with("visit", &[2], list(Cbor::Uint(1), 1))),
        refused("opinion there is not", with("visit", &[4], Cbor::Uint(3))),
        refused("opinion as a text", with("visit", &[4], text("lift"))),
    ]);
    // A report is [number, to, rules, category, source, origin, concerned, title, account, happened, place, fen, urgent, …].
    let file = |place: &[usize], value| with("file", &[&[0], place].concat(), value);
    let attachment = body("file").at(&[FIELDS.as_slice(), &[0, 13, 0]].concat()).clone();
    let (chunk, count) = (Cbor::Bytes(vec![7; 32]), Cbor::Uint(u64::MAX));
    let (name, media_type) = (text("照片"), text("image/jpeg"));
    let long = Cbor::Array(vec![name, media_type, count, list(chunk, 1_800)]);
    cases.extend([
        taken("report with five hundred attachments", file(&[13], list(attachment, 500))),
        taken("attachment of 2^64-1 bytes and many chunks", file(&[13], list(long, 1))),
        refused("attachment of a short chunk", file(&[13, 0, 3, 0], Cbor::Bytes(vec![7; 31]))),
        refused("origin there is not", file(&[5], Cbor::Array(vec![Cbor::Uint(5), Cbor::Array(vec![])]))),
        refused("officer's origin that says more", file(&[5], Cbor::Array(vec![Cbor::Uint(0), list(text("李四"), 1)]))),
        refused("receipt code of no length", file(&[5, 1, 0], Cbor::Bytes(vec![]))),
        refused("urgency as a number", file(&[12], Cbor::Uint(1))),
        refused("category 256", file(&[3], Cbor::Uint(256))),
        taken("category 255", file(&[3], Cbor::Uint(255))),
        taken("title with marks and controls", file(&[7], text("\u{2066}\u{9b}31m\u{feff}"))),
    ]);
    // A proposal is [subject, level, ground, reason, way, facts, reports, rules].
    let propose = |place: &[usize], value| with("propose", &[&[0], place].concat(), value);
    let report = body("propose").at(&[FIELDS.as_slice(), &[0, 6, 0]].concat()).clone();
    let members = Cbor::Array(vec![text("370126.105.201"), list(Cbor::Bytes(vec![6; 16]), 3_000)]);
    let meeting = |present: usize| {
        let one = Cbor::Array(vec![Cbor::Bytes(vec![4; 16]), Cbor::Uint(255), text("张三")]);
        let (proposal, shown) = (Cbor::Bytes(vec![1; 32]), Cbor::Bytes(vec![2; 32]));
        let meeting = Cbor::Array(vec![Cbor::Uint(0), list(one, present), text("同意")]);
        let fields = Cbor::Array(vec![proposal, shown, Cbor::Raw(vec![0xf5]), meeting]);
        body("propose").with(&DEED, Cbor::Uint(4)).with(&FIELDS, fields).bytes()
    };
    cases.extend([
        taken("group of three thousand members", propose(&[0], Cbor::Array(vec![Cbor::Uint(0), members]))),
        taken("proposal on a thousand reports", propose(&[6], list(report, 1_000))),
        taken("meeting of nobody", meeting(0)),
        taken("meeting of two thousand", meeting(2_000)),
        refused("meeting of too many for a body", meeting(3_000)),
    ]);
    // A triage's open is [report, filed, concerned], an allotment [register, number, paper], a managed post [unit, …].
    cases.extend([
        refused("concerned in a unit there cannot be", with("triage", &[2, 0], text("37.0126"))),
        refused("head as a number", with("triage", &[2, 3], Cbor::Uint(1))),
        taken("allotment of 2^32-1", with("series", &[1], Cbor::Uint(u64::from(u32::MAX)))),
        refused("allotment of 2^32", with("series", &[1], Cbor::Uint(1 << 32))),
        refused("register of year 65536", with("series", &[0, 2], Cbor::Uint(65_536))),
        taken("managed post with marks", with("cadre", &[0, 1], text("\u{202e}长\0"))),
        refused("managed post of a short holder", with("cadre", &[0, 2], Cbor::Bytes(vec![6; 15]))),
    ]);
    cases
}
