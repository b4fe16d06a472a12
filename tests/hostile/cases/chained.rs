//! Files of many items: bundles and journals, with items that lie about themselves or about each other.

use fangwei_protocol::{
    limits::{BODY_BYTES_MAX, FRAME_BYTES_MAX},
    record::bundle::{Item, Kept, MAGIC, Totals},
    records::LogIndex,
};
use tests::hostile::{
    samples::{self, bundle_items, bundle_of, journal, vector},
    shapes::{Journal, RecordCode},
};

use super::{Case, refused, taken};

fn kept(item: &mut Item) -> &mut Kept {
    match item {
        Item::Entry(kept) => kept,
        other => unreachable!("{other:?}"),
    }
}

/// Bundles; `whole`: judged with their signatures and rules, and not only item by item.
pub(crate) fn bundles(whole: bool) -> Vec<Case> {
    let says = |change: &dyn Fn(&mut Vec<Item>)| {
        let mut items = bundle_items();
        change(&mut items);
        bundle_of(&items)
    };
    let end = |entries, receipts| Item::End(Totals { entries, receipts });
    let good = says(&|_| {});
    let length = |bytes: [u8; 4]| [MAGIC, &bytes, &good[MAGIC.len() + 4..]].concat();
    let judged = |name: &str, bytes: Vec<u8>| if whole { refused(name, bytes) } else { taken(name, bytes) };
    vec![
        refused("magic alone", MAGIC),
        refused(
            "magic of another version",
            good.strip_prefix(MAGIC).map(|rest| [b"fangwei bundle 2\n", rest].concat()).unwrap(),
        ),
        refused("item of 2^32-1", length([0xff; 4])),
        refused("item one byte too long", length((FRAME_BYTES_MAX as u32 + 1).to_le_bytes())),
        refused("item longer than the file", length((FRAME_BYTES_MAX as u32).to_le_bytes())),
        refused("no genesis", says(&|items| drop(items.remove(0)))),
        refused("genesis twice", says(&|items| items.insert(1, items[0].clone()))),
        refused("genesis of another tree", says(&|items| items[0] = Item::Genesis(vector("genesis.cbor").into()))),
        refused("entries out of order", says(&|items| items.swap(1, 2))),
        refused("entry twice", says(&|items| items.insert(2, items[1].clone()))),
        refused("no end", says(&|items| drop(items.pop()))),
        refused("two ends", says(&|items| items.push(items[3].clone()))),
        refused("end counts too many", says(&|items| items[3] = end(u64::MAX, 0))),
        refused("end counts too few", says(&|items| items[3] = end(1, 0))),
        refused(
            "entry behind a receipt",
            says(&|items| {
                items.insert(2, Item::Receipt(vector("receipt.cbor").into()));
                items[4] = end(2, 1);
            }),
        ),
        // In order, and of a log of 2^64 entries.
        taken(
            "places at the end of all numbers",
            says(&|items| {
                (kept(&mut items[1]).at, kept(&mut items[2]).at) = (LogIndex(u64::MAX - 1), LogIndex(u64::MAX));
            }),
        ),
        judged("entry that is none", says(&|items| kept(&mut items[2]).entry = vec![0x80].into())),
        judged("another body", says(&|items| kept(&mut items[2]).body = Some(vector("entry.edit.body").into()))),
        judged(
            "signature of another",
            says(&|items| {
                let mut entry = kept(&mut items[2]).entry.to_vec();
                *entry.last_mut().unwrap() ^= 1;
                kept(&mut items[2]).entry = entry.into();
            }),
        ),
        judged(
            "author unknown here",
            says(&|items| {
                items.remove(1);
                *items.last_mut().unwrap() = end(1, 0);
            }),
        ),
        judged(
            "receipt that is none",
            says(&|items| {
                items.insert(3, Item::Receipt(vec![0xff; 100].into()));
                items[4] = end(2, 1);
            }),
        ),
        // What is not shown, or confirmed by a node the bundle does not prove: that much is known, and no more.
        taken("body not shown", says(&|items| kept(&mut items[2]).body = None)),
    ]
}

/// Segments whose sums agree and whose records cannot be what a node wrote.
pub(crate) fn journals() -> Vec<Case> {
    let with = |change: &dyn Fn(&mut Journal)| {
        let mut journal = journal();
        change(&mut journal);
        journal.bytes()
    };
    // Damage is told from a torn tail by the mark that follows it.
    let before_a_mark = |code: u8, version: u8, payload: &[u8], len: u32| {
        with(&|journal| {
            journal.push_as(code, version, payload, len);
            journal.mark();
        })
    };
    let header =
        |at: usize, bytes: &[u8]| with(&|journal| journal.header()[at..at + bytes.len()].copy_from_slice(bytes));
    let good = with(&|_| {});
    let mut torn = good.clone();
    torn.truncate(good.len() - 1);
    let (entry, body) = (vector("entry.edit.cose"), vector("entry.edit.body"));
    let both = |first: (u8, &[u8]), second: (u8, &[u8])| {
        with(&|journal| {
            journal.push(first.0, first.1);
            journal.push(second.0, second.1);
            journal.mark();
        })
    };
    vec![
        refused("header cut off", &good[..63]),
        refused("another magic", header(0, b"fangwai")),
        refused("format of a newer program", header(8, &2_u32.to_le_bytes())),
        refused("number 0", header(12, &[0; 4])),
        refused("number 2", header(12, &2_u32.to_le_bytes())),
        refused("first index 2^64-1", header(16, &[0xff; 8])),
        refused("says what was before the first", header(24, &[0xff; 4])),
        taken("torn tail", torn),
        taken("zeros behind the end", [good.as_slice(), &[0; 4096]].concat()),
        refused("length of 2^32-1", before_a_mark(RecordCode::ENTRY, 1, &entry, u32::MAX)),
        refused("length one too long", before_a_mark(RecordCode::ENTRY, 1, &entry, entry.len() as u32 + 1)),
        refused("length 0", before_a_mark(RecordCode::ENTRY, 1, &entry, 0)),
        refused("header of 64 KiB", before_a_mark(RecordCode::ENTRY, 1, &[0; 65_536], 65_536)),
        refused(
            "body too long",
            before_a_mark(RecordCode::BODY, 1, &vec![0; BODY_BYTES_MAX + 1], BODY_BYTES_MAX as u32 + 1),
        ),
        refused("record of a newer kind", before_a_mark(99, 1, b"later", 5)),
        refused("record of a newer version", before_a_mark(RecordCode::CLOCK, 2, &[0; 8], 8)),
        refused("clock of seven bytes", before_a_mark(RecordCode::CLOCK, 1, &[0; 7], 7)),
        refused("mark of another place", before_a_mark(RecordCode::MARK, 1, &[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], 8)),
        refused("body without its entry", both((RecordCode::BODY, &body), (RecordCode::CLOCK, &[0; 8]))),
        refused("two bodies", both((RecordCode::BODY, &body), (RecordCode::BODY, &body))),
        refused("one bit of a body", {
            let mut journal = journal();
            journal.mark();
            let mut bytes = journal.bytes();
            bytes[200] ^= 1;
            bytes
        }),
        refused("another tree's header alone", Journal::new(&samples::genesis_hash()).bytes()[..60].to_vec()),
    ]
}
