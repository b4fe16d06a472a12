//! Both packs that ship are read, hold what their sources list, and come back from bytes as they were.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod elsewhere;

use super::*;
use crate::work::pack::level::GroundId;

pub(super) fn built_in(id: &str) -> Pack {
    BuiltIn::of(id).unwrap().pack().unwrap_or_else(|fault| panic!("{id}: {fault}"))
}

fn grounds(pack: &Pack, level: u8) -> Vec<GroundId> {
    pack.level(Level(level)).unwrap().grounds.iter().map(|ground| ground.id.clone()).collect()
}

#[test]
fn both_packs_list_every_ground_of_their_sources() {
    for (id, counts) in [("township", [13, 12, 10]), ("bureau", [3, 3, 4])] {
        let pack = built_in(id);
        assert_eq!(pack.id, id);
        assert_eq!(pack.levels.len(), 3);
        for (level, count) in (1..).zip(counts) {
            let wanted: Vec<_> = (1..=count).map(|number| format!("{level}.{number}")).collect();
            assert_eq!(grounds(&pack, level), wanted, "{id}");
        }
        assert_eq!(pack.categories.len(), 13);
        assert_eq!(pack.sources.len(), 18);
    }
}

#[test]
fn a_pack_comes_back_from_its_bytes_and_from_its_text() {
    for built_in in BUILT_IN {
        let pack = built_in.pack().unwrap();
        let bytes = pack.bytes();
        assert_eq!(Pack::from_bytes(&bytes).as_ref(), Ok(&pack));
        assert_eq!(Pack::hash_of(&bytes), pack.hash());
        // What is shown to be edited says the same as what shipped.
        let text = pack.to_toml();
        assert_eq!(Pack::from_toml(&text).as_ref(), Ok(&pack));
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(matches!(Pack::from_bytes(&longer), Err(PackFault::NotCanonical(CborFault::NotCanonical))));
        assert!(matches!(Pack::from_bytes(&bytes[..9]), Err(PackFault::NotCanonical(_))));
    }
}

#[test]
fn what_is_larger_than_any_county_needs_is_refused() {
    let fault = |grows: fn(&mut Pack)| {
        let mut pack = built_in("township");
        grows(&mut pack);
        Pack::from_bytes(&pack.bytes()).unwrap_err()
    };
    let long = fault(|pack| pack.name.en = "x".repeat(PACK_TEXT_CHARS_MAX + 1));
    assert_eq!(long, PackFault::TooLong { path: "name.en".into(), chars: PACK_TEXT_CHARS_MAX + 1 });
    let many = fault(|pack| pack.ours = vec!["name".into(); PACK_LIST_MAX + 1]);
    assert_eq!(many, PackFault::TooMany { path: "ours".into(), items: PACK_LIST_MAX + 1 });
    let large = fault(|pack| pack.name.en = "x".repeat(PACK_BYTES_MAX));
    assert!(matches!(large, PackFault::TooLarge { bytes } if bytes > PACK_BYTES_MAX));
}

#[test]
fn a_text_that_is_no_pack_is_refused_with_its_line() {
    let text = BuiltIn::of("bureau").unwrap().text();
    let broken = text.replacen("role = \"party_committee\"", "role = \"mayor\"", 1);
    let at = broken.lines().position(|line| line.contains("mayor")).unwrap() + 1;
    let fault = Pack::from_toml(&broken).unwrap_err();
    assert_eq!(fault, PackFault::Text(TextFault { line: at, what: "there is no role \"mayor\"".into() }));
    assert!(matches!(Pack::from_toml(&format!("x = 1\n{text}")), Err(PackFault::Text(TextFault { line: 1, .. }))));
    assert!(matches!(Pack::from_toml("version = "), Err(PackFault::Text(TextFault { line: 1, .. }))));
}

#[test]
fn what_is_ours_is_told_from_what_the_source_says() {
    let pack = built_in("township");
    for ours in
        ["levels[1].colour", "levels[2].objection.within.count", "forms[report].title.zh", "levels[3].lifted_by.role"]
    {
        assert!(pack.is_ours(ours), "{ours}");
    }
    for theirs in ["levels[1].colours", "levels[1].extension.max", "forms[notice].title", "levels[10].colour", ""] {
        assert!(!pack.is_ours(theirs), "{theirs}");
    }
}

#[test]
fn the_levels_are_what_the_sources_say() {
    use crate::work::calendar::TermUnit;
    use level::{Debt, LiftedOn, Start, TermRule, VisitRule};

    use crate::trust::charter::Role;
    let pack = built_in("township");
    let of = |level: u8| pack.level(Level(level)).unwrap();
    let deciders = [1, 2, 3].map(|level| of(level).decider.role);
    assert_eq!(deciders, [Role::PARTY_COMMITTEE, Role::SECRETARY, Role::DISCIPLINE_LEAD]);
    let terms = |level: u8| -> Vec<_> {
        let owes = of(level).ways.iter().flat_map(|way| &way.owes);
        owes.map(|owed| (owed.what, owed.term.term().count(), owed.term.term().unit(), owed.from)).collect()
    };
    let from = Start::ReceiptOrInterview;
    assert_eq!(terms(1), [(Debt::Correction, 1, TermUnit::Month, from), (Debt::Report, 1, TermUnit::Month, from)]);
    let days = TermUnit::WorkingDay;
    assert_eq!(terms(2), [(Debt::Answer, 7, days, from), (Debt::Measures, 7, days, from)]);
    assert_eq!(terms(3), [(Debt::Account, 7, days, from)]);
    assert_eq!([1, 2, 3].map(|level| of(level).extension.is_some()), [true, false, false]);
    assert_eq!([1, 2, 3].map(|level| of(level).visit == VisitRule::Required), [true, false, false]);
    assert_eq!(of(1).visit_means.len(), 3);
    assert!(of(2).ways[0].stops_at_once);
    assert_eq!((pack.consequences[0].count, pack.consequences[0].level), (2, Level::ONE));
    assert_eq!((pack.reports.acceptance.count(), pack.reports.acceptance.unit()), (5, days));
    assert_eq!(pack.finding.steps.len(), 5);
    assert_eq!(pack.rating.factors.len(), 7);

    let bureau = built_in("bureau");
    let blue = bureau.level(Level::THREE).unwrap();
    let decides = |way: &str| blue.decider_for(blue.way(way).unwrap()).role;
    assert_eq!(decides("talk"), Role::PARTY_COMMITTEE);
    assert_eq!((decides("reminder"), decides("letter")), (Role::LEADING_GROUP, Role::LEADING_GROUP));
    let week = blue.way("letter").unwrap().owed(Debt::Answer).unwrap();
    assert!(matches!(week.term, TermRule::Usually(term) if (term.count(), term.unit()) == (1, TermUnit::Week)));
    assert_eq!(week.from, Start::Decision);
    for level in [Level::ONE, Level::TWO] {
        let rule = bureau.level(level).unwrap();
        assert!(rule.extension.is_none() && rule.lifted_by.on == LiftedOn::Check);
        for way in &rule.ways {
            assert!(matches!(way.owed(Debt::Correction).unwrap().term, TermRule::UpTo(_)));
            assert_eq!(way.owed(Debt::Measures).unwrap().term.term().count(), 10);
        }
        assert_eq!(rule.ways.len(), 2);
    }
    let ways_for = |ground: &str| -> Vec<_> {
        let rule = bureau.levels.iter().find(|rule| rule.ground(ground).is_some()).unwrap();
        rule.ways_for(ground).map(|way| way.id.clone()).collect()
    };
    assert_eq!(ways_for("1.1"), ["enforce"]);
    assert_eq!(ways_for("1.3"), ["rectify"]);
    assert_eq!(ways_for("2.3"), ["correct"]);
    assert_eq!(ways_for("3.4"), ["talk", "reminder", "letter"]);
}

#[test]
fn what_changed_is_said_by_path_and_nothing_else() {
    use diff::{Change, diff};
    let before = built_in("township");
    assert_eq!(diff(&before, &before), []);
    let changed = |path: &str, before: Option<&str>, after: Option<&str>| Change {
        path: path.into(),
        before: before.map(String::from),
        after: after.map(String::from),
    };
    let mut after = before.clone();
    after.version = 2;
    after.levels[0].colour = level::Colour::Orange;
    after.levels[0].grounds[3].words.en = "Money.".into();
    let was = before.levels[0].grounds[3].words.en.as_str();
    after.levels[0].extension = None;
    assert_eq!(
        diff(&before, &after),
        [
            changed("levels[1].colour", Some("red"), Some("orange")),
            changed("levels[1].extension.approver", Some("secretary"), None),
            changed("levels[1].extension.form", Some("extension"), None),
            changed("levels[1].extension.max.count", Some("1"), None),
            changed("levels[1].extension.max.unit", Some("month"), None),
            changed("levels[1].grounds[1.4].words.en", Some(was), Some("Money.")),
            changed("version", Some("1"), Some("2")),
        ]
    );
    let mut swapped = before.clone();
    swapped.finding.steps.swap(0, 2);
    let steps = |order: &str| Some(order.to_owned());
    assert_eq!(
        diff(&before, &swapped),
        [Change {
            path: "finding.steps".into(),
            before: steps("own colleague leader collective review"),
            after: steps("leader colleague own collective review"),
        }]
    );
}
