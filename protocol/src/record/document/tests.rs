//! Claims about executing, each on the smallest document that shows it.

mod histories;
mod weight;

use super::*;
use crate::record::entry::Kind;

/// One entry of a small document, by numbers.
#[derive(Clone)]
struct Said {
    id: EntryId,
    author: EntryId,
    after: Vec<EntryId>,
    chain: Option<EntryId>,
    run: EntryId,
    what: What,
}

#[derive(Clone)]
enum What {
    Edit(Vec<Step>),
    Void,
    Act,
}

fn id(n: u32) -> EntryId {
    EntryId(Hash::of(&n.to_be_bytes()))
}

fn said(n: u32, run: u32, after: &[u32], what: What) -> Said {
    let after = after.iter().map(|n| id(*n)).collect();
    Said { id: id(n), author: id(run), after, chain: None, run: id(run), what }
}

fn edit(n: u32, run: u32, after: &[u32], steps: &[Step]) -> Said {
    said(n, run, after, What::Edit(steps.to_vec()))
}

fn chained(said: Said, chain: u32) -> Said {
    Said { chain: Some(id(chain)), ..said }
}

fn set(field: &str, value: Value) -> Step {
    Step::Set { field: field.into(), value: Some(value) }
}

fn word(field: &str, text: &str) -> Step {
    set(field, Value::Text(text.into()))
}

fn splice(at: u32, delete: u32, insert: &str) -> Step {
    Step::Splice { field: "description".into(), at, delete, insert: insert.into() }
}

fn add(at: u32, item: &str) -> Step {
    Step::Add { field: "measures".into(), at, item: Value::Text(item.into()) }
}

fn remove(at: u32) -> Step {
    Step::Remove { field: "measures".into(), at }
}

fn risk() -> &'static Schema {
    Schema::of(Kind::RISK).unwrap()
}

impl Said {
    fn item(&self) -> Item<'_> {
        let says = match &self.what {
            What::Edit(steps) => Says::Edit(steps),
            What::Void => Says::Void,
            What::Act => Says::Act,
        };
        Item { id: self.id, author: self.author, after: &self.after, chain: self.chain, run: self.run, says }
    }
}

fn items(said: &[Said]) -> Vec<Item<'_>> {
    said.iter().map(Said::item).collect()
}

fn execute(said: &[Said]) -> Document {
    Document::execute(risk(), Room::FULL, &items(said))
}

fn prose(document: &Document) -> String {
    match document.read().fields.remove("description") {
        Some(FieldValue::Prose(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn measures(document: &Document) -> Vec<String> {
    match document.read().fields.remove("measures") {
        Some(FieldValue::Items(items)) => items,
        other => panic!("{other:?}"),
    }
}

fn shown(document: &Document, field: &str) -> (Option<Setting>, Vec<Setting>) {
    match document.read().fields.remove(field) {
        Some(FieldValue::Single { shown, others }) => (shown, others),
        other => panic!("{other:?}"),
    }
}

fn mark(document: &Document, n: u32) -> Option<Inapplicable> {
    document.read().marks.remove(&id(n)).map(|Mark::Inapplicable(why)| why)
}

fn out_of_range(field: &str, at: u64, len: u64) -> Option<Inapplicable> {
    Some(Inapplicable::OutOfRange { field: field.into(), at, len })
}

#[test]
fn a_document_nobody_wrote_in_has_every_field_empty() {
    let reading = execute(&[]).read();
    assert_eq!(reading.fields.keys().copied().collect::<Vec<_>>().len(), risk().fields.len());
    assert_eq!(reading.fields.get("description"), Some(&FieldValue::Prose(String::new())));
    assert_eq!(reading.fields.get("level"), Some(&FieldValue::Single { shown: None, others: Vec::new() }));
    assert_eq!((reading.heads, reading.marks), (Vec::new(), BTreeMap::new()));
}

#[test]
fn a_field_is_set_and_cleared_and_says_who_set_it() {
    let first = edit(1, 1, &[], &[word("post", "出纳"), set("level", Value::Int(2))]);
    let clear = Step::Set { field: "post".into(), value: None };
    let document = execute(&[first.clone(), edit(2, 1, &[1], std::slice::from_ref(&clear))]);
    assert_eq!(shown(&document, "post"), (None, Vec::new()));
    assert_eq!(shown(&document, "level"), (Some(Setting { value: Value::Int(2), by: id(1) }), Vec::new()));
    assert_eq!(document.read().edits, BTreeMap::from([(id(1), [id(1), id(2)].into())]));
    // Clearing what is empty is an edit without effect.
    assert_eq!(execute(&[edit(1, 1, &[], &[clear])]).read().marks, BTreeMap::new());
}

#[test]
fn of_concurrent_values_one_is_shown_and_both_are_kept() {
    let entries = [edit(1, 1, &[], &[word("post", "出纳")]), edit(2, 2, &[], &[word("post", "会计")])];
    let (one, others) = shown(&execute(&entries), "post");
    let both = [one.clone(), others.first().cloned()].map(|setting| setting.unwrap().by);
    assert!(both.contains(&id(1)) && both.contains(&id(2)) && others.len() == 1);
    let [first, second] = entries;
    assert_eq!(shown(&execute(&[second.clone(), first.clone()]), "post"), (one, others));
    // Whoever saw both settles it, also by saying again what is shown.
    let settled = execute(&[first, second, edit(3, 3, &[1, 2], &[word("post", "会计")])]);
    assert_eq!(shown(&settled, "post").1, Vec::new());
}

#[test]
fn concurrent_first_edits_write_into_the_same_text_and_list() {
    let one = edit(1, 1, &[], &[splice(0, 0, "甲"), add(0, "a")]);
    let other = edit(2, 2, &[], &[splice(0, 0, "乙"), add(0, "b")]);
    let document = execute(&[one.clone(), other.clone()]);
    assert_eq!(prose(&document).chars().count(), 2);
    assert_eq!(measures(&document).len(), 2);
    assert_eq!(document.digest(), execute(&[other, one]).digest());
}

#[test]
fn positions_count_characters_also_outside_the_basic_plane() {
    let first = edit(1, 1, &[], &[splice(0, 0, "𠮷田👩‍👩‍👧é")]);
    let length = "𠮷田👩‍👩‍👧é".chars().count() as u32;
    let document = execute(&[first.clone(), edit(2, 1, &[1], &[splice(1, 1, "野"), splice(length, 0, "。")])]);
    assert_eq!(prose(&document), "𠮷野👩‍👩‍👧é。");
    let beyond = execute(&[first, edit(2, 1, &[1], &[splice(length + 1, 0, "。")])]);
    assert_eq!(mark(&beyond, 2), out_of_range("description", u64::from(length) + 1, u64::from(length)));
}

#[test]
fn steps_of_an_edit_see_the_steps_before_them() {
    let steps = [splice(0, 0, "一二三"), splice(3, 0, "四"), splice(0, 4, "五"), add(0, "b"), add(0, "a"), remove(1)];
    let document = execute(&[edit(1, 1, &[], &steps)]);
    assert_eq!((prose(&document).as_str(), measures(&document)), ("五", vec!["a".to_owned()]));
}

#[test]
fn an_edit_with_one_position_out_of_range_is_left_out_as_a_whole() {
    let first = edit(1, 1, &[], &[splice(0, 0, "三字文"), add(0, "a")]);
    let wrong = [
        (splice(4, 0, ""), out_of_range("description", 4, 3)),
        (splice(2, 2, "x"), out_of_range("description", 4, 3)),
        (splice(u32::MAX, 9, ""), out_of_range("description", u64::from(u32::MAX), 3)),
        (splice(u32::MAX, u32::MAX, ""), Some(Inapplicable::TooManyEdits)),
        (splice(1, 30_000, ""), out_of_range("description", 30_001, 3)),
        (add(2, "b"), out_of_range("measures", 2, 1)),
        (remove(1), out_of_range("measures", 1, 1)),
    ];
    for (step, why) in wrong {
        let document = execute(&[first.clone(), edit(2, 1, &[1], &[word("post", "出纳"), step])]);
        assert_eq!(mark(&document, 2), why);
        assert_eq!(shown(&document, "post").0, None);
        assert_eq!(prose(&document), "三字文");
        assert_eq!(document.read().heads, [id(2)]);
    }
    let both = execute(&[first, edit(2, 1, &[1], &[remove(0), remove(0)])]);
    assert_eq!(mark(&both, 2), out_of_range("measures", 0, 0));
}

#[test]
fn an_edit_is_executed_at_what_its_author_had_seen() {
    let entries = [
        edit(1, 1, &[], &[splice(0, 0, "甲乙丙")]),
        edit(2, 2, &[1], &[splice(0, 1, "")]),
        // Had not seen the deletion: position 3 is there for this officer.
        edit(3, 3, &[1], &[splice(3, 0, "丁")]),
    ];
    assert_eq!(prose(&execute(&entries)), "乙丙丁");
}

#[test]
fn the_authors_own_chain_is_part_of_the_state_though_after_is_stale() {
    let first = edit(1, 1, &[], &[splice(0, 0, "甲")]);
    let second = chained(edit(2, 1, &[1], &[splice(1, 0, "乙")]), 1);
    let third = chained(edit(3, 1, &[1], &[splice(2, 0, "丙")]), 2);
    let document = execute(&[first, second, third]);
    assert_eq!(prose(&document), "甲乙丙");
    // Named by nobody's `after`, both stay heads.
    let mut heads = [id(2), id(3)];
    heads.sort_unstable();
    assert_eq!(document.read().heads, heads);
}

#[test]
fn acts_void_and_inapplicable_edits_stand_for_what_they_were_said_at() {
    let first = edit(1, 1, &[], &[splice(0, 0, "甲")]);
    let other = edit(5, 5, &[], &[splice(0, 0, "乙")]);
    for middle in [What::Void, What::Act, What::Edit(vec![splice(9, 0, "x")])] {
        let middle = said(2, 2, &[1, 5], middle);
        let last = edit(3, 3, &[2], &[splice(2, 0, "丙")]);
        let document = execute(&[first.clone(), other.clone(), middle.clone(), last.clone()]);
        assert!(prose(&document).ends_with('丙') && prose(&document).chars().count() == 3);
        let again = execute(&[other.clone(), first.clone(), middle, last]);
        assert_eq!(document.digest(), again.digest());
    }
}

#[test]
fn a_join_changes_nothing_but_has_one_head() {
    let one = edit(1, 1, &[], &[splice(0, 0, "甲")]);
    let other = edit(2, 2, &[], &[word("post", "出纳")]);
    let document = execute(&[one.clone(), other.clone(), edit(3, 3, &[1, 2], &[])]);
    assert_eq!(document.read().fields, execute(&[one, other]).read().fields);
    assert_eq!(document.read().heads, [id(3)]);
    assert_eq!(document.main.doc.get_heads().len(), 1);
    assert_eq!(document.read().marks, BTreeMap::new());
}

#[test]
fn an_edit_with_too_much_behind_it_is_inapplicable_in_every_order() {
    // 1, 2 concurrent, 3 void after both, 4 beside them; 5 has two valid edits behind it, 6 three.
    let entries = [
        edit(1, 1, &[], &[add(0, "1")]),
        edit(2, 2, &[], &[add(0, "2")]),
        said(3, 3, &[1, 2], What::Void),
        edit(4, 4, &[1], &[add(0, "4")]),
        said(7, 7, &[3], What::Act),
        edit(5, 5, &[7], &[add(0, "5")]),
        edit(6, 6, &[3, 4], &[add(0, "6")]),
        edit(8, 8, &[6], &[add(0, "8")]),
        edit(9, 9, &[4], &[add(0, "9")]),
    ];
    let order = [3, 8, 1, 0, 2, 6, 7, 4, 5].map(|at: usize| entries[at].clone());
    // 4 names 1, so 1 must come before it.
    let order = [vec![entries[0].clone()], order.into_iter().filter(|said| said.id != id(1)).collect()].concat();
    // Each weighs as much; an edit and two behind it fit.
    let What::Edit(steps) = &entries[0].what else { panic!() };
    let room = Room { behind: 3 * past::weight(steps), ..Room::FULL };
    let document = Document::execute(risk(), room, &items(&entries));
    assert_eq!(mark(&document, 5), None);
    assert_eq!(mark(&document, 9), None);
    assert_eq!(mark(&document, 6), Some(Inapplicable::TooManyEdits));
    assert_eq!(mark(&document, 8), Some(Inapplicable::TooManyEdits));
    assert_eq!(Document::execute(risk(), room, &items(&order)).digest(), document.digest());
}

#[test]
fn a_text_does_not_grow_beyond_its_limit_but_can_be_shortened() {
    let half = "a".repeat(TEXT_CHARS_MAX / 2);
    let entries = [
        edit(1, 1, &[], &[splice(0, 0, &half)]),
        edit(2, 2, &[1], &[splice(0, 0, &half)]),
        edit(3, 3, &[1], &[splice(0, 0, "bb")]),
        edit(4, 4, &[2], &[splice(0, 0, "c")]),
        edit(5, 5, &[2, 3], &[splice(0, 0, "d")]),
        edit(6, 6, &[2, 3], &[splice(0, 1, "")]),
    ];
    let document = execute(&entries);
    let too_long = |len: usize| Some(Inapplicable::TooLong { field: "description".into(), len: len as u64 });
    assert_eq!(mark(&document, 4), too_long(TEXT_CHARS_MAX + 1));
    assert_eq!(mark(&document, 5), too_long(TEXT_CHARS_MAX + 3));
    assert_eq!(mark(&document, 6), None);
    assert_eq!(prose(&document).chars().count(), TEXT_CHARS_MAX + 1);
}

#[test]
fn a_list_does_not_grow_beyond_its_limit() {
    let steps = (0..LIST_ITEMS_MAX as u32).map(|at| add(at, "a")).collect::<Vec<_>>();
    let full = execute(&[edit(1, 1, &[], &steps), edit(2, 1, &[1], &[add(0, "b")])]);
    let len = LIST_ITEMS_MAX as u64 + 1;
    assert_eq!(mark(&full, 2), Some(Inapplicable::TooLong { field: "measures".into(), len }));
}

#[test]
fn an_edit_that_does_not_fit_the_kind_is_left_out() {
    for step in [word("description", "x"), word("nothing", "x"), set("post", Value::Int(1)), word("measures", "x")] {
        let document = execute(&[edit(1, 1, &[], std::slice::from_ref(&step))]);
        assert_eq!(mark(&document, 1), Some(Inapplicable::Unfit { field: step.field().into() }));
    }
}

#[test]
fn nonsense_from_outside_is_marked_and_never_reaches_the_engine() {
    // One run at two places, a cause nobody holds, an entry given twice, an entry that names itself.
    let entries = [
        edit(1, 1, &[], &[splice(0, 0, "甲")]),
        edit(2, 1, &[], &[splice(0, 0, "乙")]),
        edit(1, 1, &[], &[splice(0, 0, "甲")]),
        edit(3, 3, &[99, 3], &[splice(0, 0, "丙")]),
    ];
    let document = execute(&entries);
    let refused = [1, 2].map(|n| mark(&document, n) == Some(Inapplicable::Refused));
    assert!(refused[0] != refused[1], "of one run at two places one is executed");
    assert_eq!(prose(&document).chars().count(), 2);
    assert_eq!(document.covered(), 3);
}

#[test]
fn kinds_without_texts_lists_or_fields_have_documents_too() {
    for kind in [Kind::HOLDER, Kind::REPORT] {
        let schema = Schema::of(kind).unwrap();
        let entries = [said(1, 1, &[], What::Act), edit(2, 2, &[1], &[]), edit(3, 2, &[2], &[word("title", "x")])];
        let items = items(&entries);
        let document = Document::execute(schema, Room::FULL, &items);
        let loaded = Document::load(schema, Room::FULL, &document.save(), &items).unwrap();
        assert_eq!(loaded.digest(), document.digest());
    }
}

#[test]
fn a_snapshot_is_taken_up_and_only_what_is_newer_is_executed() {
    let entries = (0..6).map(|n| edit(n, 0, n.checked_sub(1).as_slice(), &[splice(n, 0, "字"), splice(0, 0, "")]));
    let mut entries = entries.collect::<Vec<_>>();
    entries.insert(3, edit(33, 33, &[2], &[splice(9, 0, "x")]));
    entries.insert(4, said(34, 34, &[33], What::Void));
    let all = execute(&entries);
    for covered in 0..=entries.len() {
        let snapshot = execute(&entries[..covered]).save();
        // Steps it covers are not needed any more.
        let mut rest = entries.clone();
        let edits = rest[..covered].iter_mut().filter(|said| matches!(said.what, What::Edit(_)));
        edits.for_each(|said| said.what = What::Edit(Vec::new()));
        let loaded = Document::load(risk(), Room::FULL, &snapshot, &items(&rest)).unwrap();
        assert_eq!(loaded.read(), all.read());
        assert_eq!(loaded.digest(), all.digest());
        assert_eq!(loaded.save(), all.save());
    }
}

#[test]
fn a_damaged_snapshot_is_told_from_a_whole_one() {
    let entries = [edit(1, 1, &[], &[splice(0, 0, "甲乙丙")]), edit(2, 1, &[1], &[splice(9, 0, "")])];
    let whole = execute(&entries).save();
    let load = |bytes: &[u8]| Document::load(risk(), Room::FULL, bytes, &items(&entries)).map(drop);
    assert_eq!(load(&whole), Ok(()));
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        assert_eq!(load(&damaged), Err(SnapshotFault::Damaged));
        assert_eq!(load(&whole[..at]), Err(SnapshotFault::Damaged));
    }
}

#[test]
fn a_snapshot_is_outdated_when_a_verdict_a_run_an_order_or_a_bound_changed() {
    let entries = [
        edit(1, 1, &[], &[splice(0, 0, "甲")]),
        edit(2, 2, &[], &[splice(0, 0, "乙")]),
        edit(3, 2, &[2], &[splice(1, 0, "丙")]),
    ];
    let snapshot = execute(&entries[..2]).save();
    let load = |entries: &[Said]| Document::load(risk(), Room::FULL, &snapshot, &items(entries)).map(drop);
    let outdated = Err(SnapshotFault::Outdated);
    assert_eq!(load(&entries), Ok(()));
    let [one, two, three] = entries;
    assert_eq!(load(&[one.clone(), said(2, 2, &[], What::Void), three.clone()]), outdated);
    assert_eq!(load(&[one.clone(), Said { run: id(7), ..two.clone() }, three.clone()]), outdated);
    assert_eq!(load(&[two.clone(), one.clone(), three.clone()]), outdated);
    assert_eq!(load(std::slice::from_ref(&one)), outdated);
    assert_eq!(load(&[one.clone(), two.clone(), Said { run: id(7), ..three.clone() }]), Ok(()));
    let smaller = Room { whole: 5, ..Room::FULL };
    let other_limit = Document::load(risk(), smaller, &snapshot, &items(&[one.clone(), two.clone()])).map(drop);
    assert_eq!(other_limit, outdated);
    let report = Schema::of(Kind::REPORT).unwrap();
    let other_kind = Document::load(report, Room::FULL, &snapshot, &items(&[one, two])).map(drop);
    assert_eq!(other_kind, outdated);
}

#[test]
fn a_linear_history_costs_one_transaction_an_edit() {
    let entries = (0..600).map(|n: u32| {
        let steps = [set("level", Value::Int(i64::from(n))), splice(0, 0, "字"), add(0, "a"), remove(0)];
        chained(edit(n, 0, n.checked_sub(1).as_slice(), &steps), n.saturating_sub(1))
    });
    let document = execute(&entries.collect::<Vec<_>>());
    assert_eq!(document.replayed, 0);
    assert_eq!(prose(&document).chars().count(), 600);
}

#[test]
fn lines_of_officers_who_do_not_hear_of_each_other_cost_no_replay() {
    // Three write a hundred edits each, taken in turns, then one sees them all.
    let rounds = (0..100).flat_map(|n: u32| (0..3).map(move |run| (n, run)));
    let edits = rounds.map(|(n, run)| {
        let before = n.checked_sub(1).map(|n| 1_000 * run + n);
        edit(1_000 * run + n, 1_000 * run, before.as_slice(), &[splice(0, 0, "字")])
    });
    let mut entries = edits.collect::<Vec<_>>();
    entries.push(edit(9_999, 9_999, &[99, 1_099, 2_099], &[splice(300, 0, "完")]));
    let document = execute(&entries);
    assert_eq!(document.read().marks, BTreeMap::new());
    assert_eq!(document.replayed, 0);
}
