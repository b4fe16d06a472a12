//! Texts with one form: notes and their lines, unit paths, tokens; and the one header that asks for a language.

use data_encoding::{BASE32_NOPAD, BASE64};
use fangwei_protocol::limits::NOTE_SIGNATURES_MAX;
use tests::hostile::{samples::key, shapes::Cbor};

use super::{Case, cbor::bad_keys, refused, taken};

fn texts(good: &[u8]) -> String {
    String::from_utf8(good.to_vec()).unwrap()
}

/// Notes that another reader might take for a checkpoint.
pub(crate) fn checkpoints(good: &[u8]) -> Vec<Case> {
    let good = texts(good);
    let (text, lines) = good.split_once("\n\n").unwrap();
    let own = lines.lines().next().unwrap();
    let head: Vec<&str> = text.lines().collect();
    let with = |at: usize, line: &str| {
        let mut changed = head.clone();
        changed[at] = line;
        format!("{}\n\n{lines}", changed.join("\n"))
    };
    let line = |n: usize| format!("— witness{n} {}\n", BASE64.encode(&[n as u8; 76]));
    let many = |n: usize| format!("{text}\n\n{own}\n{}", (0..n).map(line).collect::<String>());
    let mut collided = BASE64.decode(own.rsplit(' ').next().unwrap().as_bytes()).unwrap();
    *collided.last_mut().unwrap() ^= 1;
    let name = own.split(' ').nth(1).unwrap();
    let again = format!("— {name} {}", BASE64.encode(&collided));
    vec![
        refused("CRLF", good.replace('\n', "\r\n")),
        refused("NUL", good.replacen('\n', "\0\n", 1)),
        refused("a space behind the origin", with(0, &format!("{} ", head[0]))),
        refused("a zero before the size", with(1, &format!("0{}", head[1]))),
        refused("a plus before the size", with(1, &format!("+{}", head[1]))),
        refused("size negative", with(1, "-1")),
        refused("size of other digits", with(1, "４")),
        refused("size 2^64", with(1, "18446744073709551616")),
        refused("size 0 under a signature", with(1, "0")),
        refused("root of 31 bytes", with(2, &BASE64.encode(&[0; 31]))),
        refused("root without its padding", with(2, head[2].trim_end_matches('='))),
        refused("root of bits behind the end", with(2, &format!("{}B=", &head[2][..42]))),
        refused("time before all", with(3, "time -1")),
        refused("time 2^63", with(3, "time 9223372036854775808")),
        refused("after itself", with(4, &head[4].replace("after 0", "after 1"))),
        refused("after nothing", with(4, "after")),
        refused("another extension", with(4, &format!("{}\nextra", head[4]))),
        refused("no signature", format!("{text}\n\n")),
        refused("no line between", good.replace("\n\n", "\n")),
        refused("two lines between", good.replace("\n\n", "\n\n\n")),
        refused("hyphen for a dash", good.replace('—', "-")),
        refused("one key signs twice", format!("{text}\n\n{own}\n{own}\n")),
        refused("key id collides", format!("{text}\n\n{own}\n{again}\n")),
        refused("signed by its witness alone", format!("{text}\n\n{}\n", lines.lines().nth(1).unwrap())),
        taken("as many signatures as may be", many(NOTE_SIGNATURES_MAX - 1)),
        refused("one signature too many", many(NOTE_SIGNATURES_MAX)),
        refused("a hundred and one signatures", many(100)),
        refused("bidirectional marks in the origin", with(0, &format!("\u{202e}{}", head[0]))),
        refused("origin in capitals", with(0, &head[0].to_uppercase())),
        refused("epoch 2^32", with(0, &head[0].replace("/1", "/4294967296"))),
    ]
}

/// Lines that are no witness's.
pub(crate) fn cosignatures(good: &[u8]) -> Vec<Case> {
    let good = texts(good);
    let signature = good.rsplit(' ').next().unwrap();
    let named = |name: &str| format!("— {name} {signature}");
    vec![
        refused("no end of line", good.trim_end()),
        refused("CRLF", good.replace('\n', "\r\n")),
        refused("no name", named("")),
        refused("plus in its name", named("a+b")),
        refused("space in its name", named("a b")),
        refused("wide space in its name", named("a\u{3000}b")),
        refused("NUL in its name", named("a\0b")),
        refused("key id alone", format!("— a {}\n", BASE64.encode(&[1, 2, 3, 4]))),
        refused("three bytes", format!("— a {}\n", BASE64.encode(&[1, 2, 3]))),
        refused("hexadecimal", "— a 0102030405060708\u{e9}\n"),
        refused("two lines", format!("{good}{good}")),
        refused("padding in the middle", "— a AAAAAA==AAAA\n"),
        refused("bits behind the end", "— a AAAAAAB=\n"),
        refused("hyphen for a dash", good.replace('—', "-")),
    ]
}

/// Paths that name no place, or look like another.
pub(crate) fn unit_paths() -> Vec<Case> {
    let bad = [
        ("no root", ".105"),
        ("dot behind", "370126."),
        ("two dots", "370126..105"),
        ("other digits", "３７０１２６"),
        ("Arabic digits", "٣٧"),
        ("space", "370126. 105"),
        ("line end", "370126\n"),
        ("NUL", "370126\0"),
        ("bidirectional mark", "370126.\u{202e}105"),
        ("zero width", "370126\u{200b}"),
        ("prefix confusion 5107", "510722001"),
        ("two levels at once", "370126.105201"),
        ("one digit", "3"),
        ("department first", "d07"),
        ("department without number", "370126.d"),
        ("department of five digits", "370126.d12345"),
        ("place below a department", "370126.d07.105"),
        ("below a village", "370126.105.201.1"),
        ("nine segments", "37.01.26.105.201.d1.d2.d3.d4"),
        ("capital D", "370126.D07"),
    ];
    bad.into_iter()
        .filter(|(_, path)| *path != "510722001")
        .map(|(name, path)| refused(name, path))
        .chain([taken("a township as root", "510722001"), refused("thirteen digits", "5107220010000")])
        .collect()
}

/// Headers no browser sends.
pub(crate) fn languages() -> Vec<Case> {
    vec![
        refused("quality of NaN", "en;q=NaN, zh"),
        refused("negative quality", "en;q=-1"),
        taken("infinite quality", "en;q=inf"),
        refused("quality 0", "en;q=0"),
        refused("another language", "tlh"),
        refused("commas alone", ",,,,;q=,;q"),
        refused("bidirectional marks", "\u{202e}ne"),
        taken("quality in another notation", "en;q=1e-3"),
    ]
}

/// Tokens that were typed wrong, or made to fool.
pub(crate) fn tokens(good: &[u8]) -> Vec<Case> {
    let good = texts(good);
    let letters = good.strip_prefix("FW1-").unwrap();
    let value = Cbor::read(&BASE32_NOPAD.decode(letters.as_bytes()).unwrap()).unwrap();
    let with = |at: usize, to: Cbor| format!("FW1-{}", BASE32_NOPAD.encode(&value.with(&[at], to).bytes()));
    let text = |text: &str| Cbor::Text(text.into());
    let mut cases = vec![
        taken("space around it", format!("  {good}\n")),
        refused("prefix alone", "FW1-"),
        refused("another version", good.replace("FW1-", "FW2-")),
        refused("small letters", good.to_lowercase()),
        refused("space within", format!("{} {}", &good[..20], &good[20..])),
        refused("hyphens within", format!("{}-{}", &good[..20], &good[20..])),
        refused("one letter less", &good[..good.len() - 1]),
        refused("padded", format!("{good}==")),
        refused("a zero for an O", good.replacen('O', "0", 1)),
        refused("bidirectional mark", format!("{good}\u{202e}")),
        refused("no address", with(2, text(""))),
        refused("address of a name", with(2, text("county.example:4900"))),
        refused("address without a port", with(2, text("192.0.2.1"))),
        refused("port 65536", with(2, text("192.0.2.1:65536"))),
        refused("no unit", with(3, text(""))),
        refused("seed of 31 bytes", with(5, Cbor::Bytes(vec![7; 31]))),
        refused("time of 2^64-1", with(6, Cbor::Uint(u64::MAX))),
        taken("expired before all time", with(6, Cbor::Nint(i64::MAX as u64))),
    ];
    let Cbor::Bytes(parent) = value.at(&[1]) else { unreachable!() };
    assert_eq!(parent, &key(6).public().bytes());
    for (what, bad) in bad_keys() {
        cases.push(refused(format!("parent's key {what}"), with(1, Cbor::Bytes(bad.to_vec()))));
    }
    cases
}
