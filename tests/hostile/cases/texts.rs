//! Files people carry, write or import: TOML, CSV, and the forms of the local HTTP.

use fangwei_protocol::record::{body::Act, entry::EntryId, entry::Hash};
use tests::hostile::samples::{self, key};

use super::{Case, cbor::bad_keys, refused, taken};

fn text(good: &[u8]) -> String {
    String::from_utf8(good.to_vec()).unwrap()
}

/// The line that begins with a key, with another value.
fn line(good: &str, key: &str, to: &str) -> String {
    let is_it = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" ="));
    assert!(good.lines().any(is_it), "{key} is in {good}");
    good.lines().map(|line| if is_it(line) { format!("{key} = {to}\n") } else { format!("{line}\n") }).collect()
}

/// What any TOML file of ours is tried with.
fn toml(good: &str) -> Vec<Case> {
    vec![
        refused("unknown key", format!("{good}also = 1\n")),
        refused("key twice", format!("{good}{}\n", good.lines().next().unwrap())),
        refused("NUL", good.replacen('\n', "\0\n", 1)),
        refused("escape in a comment", format!("{good}# \u{1b}[2J\n")),
        refused("a table where a value is", line(good, "format", "{}")),
        refused("format 2^64", line(good, "format", "18446744073709551616")),
        refused("format negative", line(good, "format", "-1")),
        refused("format of a newer program", line(good, "format", "2")),
        refused("format as text", line(good, "format", "\"1\"")),
        refused("sum of another file", line(good, "sum", "\"0000000000000000\"")),
        refused("sum in capitals", line(good, "sum", "\"ABCDEFABCDEFABCD\"")),
        taken("CRLF", good.replace('\n', "\r\n")),
        taken("comments", format!("# {good}").replacen('\n', "\n# 注\n", 1).replacen("# ", "# 注\n", 1)),
    ]
}

/// Ceremony files that were changed on the way.
pub(crate) fn ceremonies(name: &str, good: &[u8]) -> Vec<Case> {
    let good = text(good);
    let mut cases = toml(&good);
    cases.push(refused("another sort of file", line(&good, "file", "\"fangwei thing\"")));
    cases.push(refused("too long", format!("{good}# {}\n", "长".repeat(50_000))));
    match name {
        "request" => {
            cases.push(refused("for another unit", line(&good, "unit", "\"370126.106\"")));
            cases.push(refused("for another name", line(&good, "name", "\"李\\u202e四\"")));
            cases.push(refused("holder of fifteen bytes", line(&good, "custody", "\"node\"\nholder = \"00\"")));
            cases.push(refused("what is wanted is unknown", line(&good, "wanted", "\"crown\"")));
        }
        "grant" => {
            cases.push(refused("acts that are none", line(&good, "acts", "[\"gA==\"]")));
            cases.push(refused("no acts", line(&good, "acts", "[]")));
            cases.push(refused(
                "half of a node above",
                line(&good, "certificate", &format!("\"{}\"\nupward_address = \"[::1]:1\"", "0".repeat(64))),
            ));
            cases.push(refused("genesis that is none", line(&good, "genesis", "\"gA==\"")));
            let of_another = |change: &dyn Fn(&mut fangwei_node::ceremony::Grant)| {
                let mut grant = samples::grant();
                change(&mut grant);
                grant.to_string()
            };
            cases.push(refused(
                "well summed, of another genesis",
                of_another(&|grant| grant.genesis = samples::vector("genesis.cbor")),
            ));
            cases.push(refused("well summed, without acts", of_another(&|grant| grant.parcels.clear())));
            cases.push(refused(
                "well summed, act twice, body of another",
                of_another(&|grant| {
                    let mut parcel = grant.parcels[0].clone();
                    parcel.body = Some(samples::vector("entry.edit.body").into());
                    grant.parcels.insert(0, parcel);
                }),
            ));
        }
        "sheet" => {
            let says = |change: &dyn Fn(&mut fangwei_node::ceremony::Sheet)| {
                let mut sheet = samples::sheet();
                change(&mut sheet);
                sheet.to_string()
            };
            cases.push(refused("an act that is none", line(&good, "acts", "[\"gA==\"]")));
            cases.push(taken("nothing to sign", says(&|sheet| sheet.items.clear())));
            cases.push(taken(
                "two acts behind the last number there is",
                says(&|sheet| {
                    sheet.items[0].places[0].seq = u64::MAX;
                    sheet.items[0].places[0].prev = Some(EntryId(Hash([1; 32])));
                    sheet.items.push(sheet.items[0].clone());
                }),
            ));
            cases.push(taken(
                "keys asked for that nobody can have",
                says(&|sheet| {
                    sheet.threshold = u8::MAX;
                    sheet.items[0].act = Act::ReplaceRoot { keys: vec![key(1).public(); 9], threshold: u8::MAX };
                }),
            ));
        }
        _ => {
            let ours = fangwei_node::identity::key_text(&key(9).public());
            for (what, bad) in bad_keys() {
                let bad: String = bad.iter().map(|byte| format!("{byte:02x}")).collect();
                cases.push(refused(format!("key {what}"), good.replace(&ours, &bad)));
            }
        }
    }
    cases
}

/// Sealed keys that ask for too much, or are not whole.
pub(crate) fn sealed_keys(good: &[u8]) -> Vec<Case> {
    let good = text(good);
    let mut cases = toml(&good);
    cases.extend([
        refused("memory of 2^32 KiB", line(&good, "memory_kib", "4294967296")),
        refused("memory of 4 TiB", line(&good, "memory_kib", "4294967295")),
        refused("no memory", line(&good, "memory_kib", "0")),
        refused("a thousand passes", line(&good, "passes", "1000")),
        refused("passes negative", line(&good, "passes", "-2")),
        refused("salt of fifteen bytes", line(&good, "salt", "\"030303030303030303030303030303\"")),
        refused("salt in capitals", line(&good, "salt", "\"0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A\"")),
        refused("too long", format!("{good}# {}\n", "x".repeat(4_096))),
    ]);
    cases
}

/// Configurations that would start another node than was meant.
pub(crate) fn configs(good: &[u8]) -> Vec<Case> {
    let good = text(good);
    let lines = good.split("\n\n").next().unwrap();
    vec![
        refused("unknown key", format!("listn = 1\n{good}")),
        refused("key twice", format!("language = \"en\"\n{good}")),
        refused("no data directory", good.replace("data_dir", "# data_dir")),
        refused("port 0", good.replace("county.example:4900", "county.example:0")),
        refused("port 65536", good.replace("county.example:4900", "county.example:65536")),
        refused("no host", good.replace("county.example:4900", ":4900")),
        refused("days 0", good.replace("unconfirmed_days = 7", "unconfirmed_days = 0")),
        refused("days 2^16", good.replace("unconfirmed_days = 7", "unconfirmed_days = 65536")),
        refused("days as a float", good.replace("unconfirmed_days = 7", "unconfirmed_days = 7.0")),
        refused("key cut", good.replace("be7c\"", "\"")),
        refused("language unknown", good.replace("language = \"en\"", "language = \"tlh\"")),
        refused("listens nowhere", good.replace("[::]:4900", "nowhere")),
        refused("escape in a key", format!("\"\u{1b}[2J\" = 1\n{good}")),
        refused("open string", format!("log = \"info\n{good}")),
        refused("date for a number", good.replace("unconfirmed_days = 7", "unconfirmed_days = 1979-05-27")),
        taken("without those above", lines),
    ]
}

/// Tables that are not the table asked for.
pub(crate) fn units() -> Vec<Case> {
    let rows = |rows: &str| format!("code,name,level\n{rows}");
    vec![
        refused("another separator", "code;name;level\n1;2;3\n"),
        refused("a column less", "code,name\n1,2\n"),
        refused("rows too short and too long", rows("1,2\n3,4,5\n6,7,8,9\n")),
        refused("header alone in another order of letters", "cоde,name,level\n"),
        taken("quote that never ends", rows("1,\"2,3\n4,5,6\n").replace("\"2,3\n4,5,6\n", "2,3\n")),
        refused("quote open to the end", rows("1,\"2,3\n4,5,6\n")),
        taken("header alone", rows("")),
        // What a name may be is said where it is imported.
        taken("name turned around", rows("370126000000,\u{202e}县,county\n")),
        taken("name that is a formula", rows("370126000000,=cmd|' /C calc'!A0,county\n")),
        taken("NUL in a name", rows("370126000000,a\0b,county\n")),
        taken("carriage returns alone", rows("1,2,3\n").replace('\n', "\r")),
        taken("columns twice", "code,code,name,level\n1,2,3,4\n"),
    ]
}

/// Forms no page sends.
pub(crate) fn forms(good: &[u8]) -> Vec<Case> {
    let good = text(good);
    vec![
        refused("unknown key", good.replacen('{', "{\"also\":1,", 1)),
        refused("key twice", good.replacen('{', "{\"title\":\"a\",", 1)),
        refused("amount of 2^64", good.replace("12345", "18446744073709551616")),
        refused("amount of 2^63", good.replace("12345", "9223372036854775808")),
        refused("amount with a fraction", good.replace("12345", "1.5")),
        refused("amount in another notation", good.replace("12345", "1e3")),
        refused("amount beyond all numbers", good.replace("12345", "1e999")),
        refused("NaN", good.replace("12345", "NaN")),
        refused("lone surrogate", good.replace("情况", "\\ud800")),
        refused("raw control character", good.replace("情况", "\u{1}")),
        refused("a list for a text", good.replace("\"情况\"", "[]")),
        refused("comma at the end", good.replace('}', ",}")),
        refused("single quotes", good.replace('"', "'")),
        refused("byte order mark", format!("\u{feff}{good}")),
        refused("nested lists", "[".repeat(1_000)),
        taken("escaped controls and marks", good.replace("情况", "\\u001b[2J\\u202e")),
        taken("space around it", format!(" \n{good}\t")),
    ]
}
