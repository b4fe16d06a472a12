//! What a document may cost: no flood of one officer's takes much, and none takes what others said.
//!
//! Each prints what it took; a limit in time would fail on a slow machine.

use std::time::Instant;

use super::*;

fn timed(what: &str, entries: &[Said]) -> Document {
    let (began, memory) = (Instant::now(), resident());
    let document = execute(entries);
    let (took, grown) = (began.elapsed(), resident().saturating_sub(memory));
    let reading = document.read();
    let executed: usize = reading.edits.values().map(BTreeSet::len).sum();
    println!("{what}: {took:?}, {} MiB kept, {executed} executed, {} forks", grown >> 20, document.replayed);
    document
}

/// Bytes this process holds in memory.
fn resident() -> usize {
    let stat = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    stat.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4096
}

fn left_out(document: &Document) -> usize {
    let is_full = |mark: &&Mark| **mark == Mark::Inapplicable(Inapplicable::TooManyEdits);
    document.read().marks.values().filter(is_full).count()
}

/// One edit after the other, of one author.
fn line(ids: std::ops::Range<u32>, run: u32, steps: impl Fn(u32) -> Vec<Step>) -> Vec<Said> {
    let first = ids.start;
    let before = |n: u32| (n > first).then(|| n - 1);
    ids.map(|n| Said { chain: before(n).map(id), ..edit(n, run, before(n).as_slice(), &steps(n)) }).collect()
}

/// Said by the author of a run, whichever run it is in.
fn by(author: u32, said: Said) -> Said {
    Said { author: id(author), ..said }
}

#[test]
fn replacing_a_text_again_and_again_comes_to_an_end() {
    let text = |n: u32| char::from(b'a' + (n % 26) as u8).to_string().repeat(20_000);
    let entries = line(0..40, 0, |n| vec![splice(0, if n == 0 { 0 } else { 20_000 }, &text(n))]);
    let document = timed("40 × 20,000 characters replaced", &entries);
    let each = past::weight(&[splice(0, 20_000, &text(1))]);
    let fit = 1 + (Room::FULL.behind - past::weight(&[splice(0, 0, &text(0))])) / each;
    assert_eq!(left_out(&document), 40 - fit as usize);
    assert_eq!(prose(&document), text(fit as u32 - 1));
}

#[test]
fn a_line_of_the_lightest_edits_comes_to_an_end() {
    let entries = line(0..5_000, 0, |n| vec![splice(n / 2, 0, "字")]);
    let document = timed("5,000 characters one by one", &entries);
    let runs = (0..5_000).map(|n| Said { run: id(n), ..entries[n as usize].clone() }).collect::<Vec<_>>();
    timed("and each of another run", &runs);
    let fit = Room::FULL.behind / past::weight(&[splice(0, 0, "字")]);
    assert_eq!(left_out(&document) as u64, 5_000 - fit);
}

#[test]
fn the_costliest_there_is_room_for_is_bounded() {
    let chars = "字".repeat(20_000);
    let inserts = line(0..20, 0, |_| vec![splice(0, 0, &chars)]);
    timed("20 × 20,000 characters inserted", &inserts);
    timed(
        "100 × 64 items added and taken out",
        &line(0..100, 0, |_| (0..64).map(|nth| if nth % 2 == 0 { add(0, "a") } else { remove(0) }).collect()),
    );
    // A line, and beside each of its edits another one, said in the opposite order.
    let mut comb = line(0..1_000, 0, |n| vec![splice(n, 0, "字")]);
    comb.extend((0..1_000).map(|n| by(1, edit(10_000 + n, 10_000 + n, &[999 - n], &[splice(0, 0, "刺")]))));
    timed("1,000 edits beside a line of 1,000", &comb);
    // Two lines, and edits that see some of each.
    let mut grid = line(0..500, 0, |n| vec![splice(n, 0, "字")]);
    grid.extend(line(1_000..1_500, 1_000, |n| vec![splice(n - 1_000, 0, "词")]));
    let crossing =
        |n: u32| by(2, edit(10_000 + n, 10_000 + n, &[n * 37 % 500, 1_000 + n * 91 % 500], &[splice(0, 0, "句")]));
    grid.extend((0..500).map(crossing));
    timed("500 edits that see some of two lines of 500", &grid);
    let mut long = line(0..1, 0, |_| vec![splice(0, 0, &"字".repeat(100_000))]);
    long.extend((1..100).map(|n| edit(n, n, &[0], &[splice(0, 0, "x")])));
    timed("100 edits beside each other in a full text", &long);
    for document in [&inserts, &comb, &grid, &long] {
        assert!(execute(document).read().fields.len() == risk().fields.len());
    }
}

#[test]
fn of_a_hundred_thousand_edits_beside_each_other_others_keep_what_they_said() {
    let honest = line(0..300, 0, |n| vec![splice(n, 0, "正")]);
    // Each an epoch of its own, so that no run gives the author away.
    let flood = (0..100_000).map(|n| by(1_000, edit(1_000 + n, 1_000 + n, &[], &[splice(0, 0, "洪")])));
    let entries = flood.chain(honest).collect::<Vec<_>>();
    let document = timed("100,000 edits beside each other", &entries);
    assert!(left_out(&document) > 90_000);
    assert!(honest_marks(&document).is_empty(), "all the officer said is there");
    assert_eq!(prose(&document).matches('正').count(), 300);
    let began = Instant::now();
    let loaded = Document::load(risk(), Room::FULL, &document.save(), &items(&entries)).unwrap();
    println!("  taken up again: {:?}", began.elapsed());
    assert_eq!(loaded.digest(), document.digest());
}

fn honest_marks(document: &Document) -> Vec<Inapplicable> {
    (0..300).filter_map(|n| mark(document, n)).collect()
}

#[test]
fn a_hundred_thousand_void_entries_neither_weigh_nor_stand_in_the_way() {
    // Heads of edits beside each other, heaped up by entries that say nothing.
    let edits = (0..200).map(|n| edit(n, n, &[], &[splice(0, 0, "字")]));
    let void = (0..100_000_u32).map(|n| {
        let after = (0..31).map(|at| (n.wrapping_mul(2_654_435_761) >> 7).wrapping_add(at * 97) % 200);
        let mut after = after.collect::<Vec<_>>();
        after.extend(n.checked_sub(1).map(|n| 10_000 + n).filter(|_| n % 8 != 0));
        said(10_000 + n, 9_000, &after, if n % 2 == 0 { What::Void } else { What::Act })
    });
    let mut entries = edits.chain(void).collect::<Vec<_>>();
    entries.push(edit(9_999, 9_999, &[109_999], &[splice(0, 0, "真")]));
    let document = timed("100,000 void entries", &entries);
    assert_eq!(mark(&document, 9_999), None);
    assert!(prose(&document).contains('真'));
}

#[test]
fn whoever_floods_uses_up_their_own_share_in_every_order() {
    let room = Room { behind: 3_000, whole: 8_000 };
    let honest = line(0..12, 0, |n| vec![splice(n, 0, "正")]);
    let flood = (100..200).map(|n| by(100, edit(n, n, &[], &[splice(0, 0, "洪")]))).collect::<Vec<_>>();
    let orders = [[honest.clone(), flood.clone()].concat(), [flood.clone(), honest.clone()].concat()];
    let [one, other] = orders.map(|entries| Document::execute(risk(), room, &items(&entries)));
    assert_eq!(one.digest(), other.digest());
    assert_eq!(prose(&one).matches('正').count(), 12);
    // The flood came when it was late: what it takes the place of has to be executed anew.
    let mut document = Document::execute(risk(), room, &items(&flood));
    let before = document.digest();
    assert_eq!(document.append(&items(&honest)), Err(Displaced));
    assert_eq!(document.digest(), before);
    let snapshot = document.save();
    let entries = [flood, honest].concat();
    let loaded = Document::load(risk(), room, &snapshot, &items(&entries)).map(drop);
    assert_eq!(loaded, Err(SnapshotFault::Outdated));
}
