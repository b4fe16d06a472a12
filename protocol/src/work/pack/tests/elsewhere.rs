//! What other places' rules ask for can be said in a pack, is kept, and is found sound by the check: packs §4.

use super::*;
use crate::work::pack::{
    assessing::{Accountable, AccountableSort, Grade},
    check::check,
    form::{Entered, Filled, Language},
    level::Named,
    risk::{Cycle, Finder},
};

fn words(zh: &str, en: &str) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

/// A pack that ships, with what other places say behind it.
fn elsewhere(id: &str) -> Pack {
    let text = BuiltIn::of(id).unwrap().text() + include_str!("elsewhere.toml");
    let mut pack = Pack::from_toml(&text).unwrap_or_else(|fault| panic!("{id}: {fault}"));
    pack.finding.cycle = vec![Cycle::Project];
    // The words of another scale are used.
    pack.rating.scales.reverse();
    let contents = [("appointments", "选人用人", "appointments"), ("projects", "项目安排", "projects")];
    let named = contents.map(|(id, zh, en)| Named { id: id.into(), words: words(zh, en) });
    pack.rating.levels[0].contents = named.into();
    let manner = words("停职检查和通报批评", "suspension for examination and public criticism");
    pack.rating.levels[0].accountability = Some(manner.clone());
    let acts = [(AccountableSort::Staff, 14), (AccountableSort::Head, 9)];
    let acts = acts.into_iter().flat_map(|(of, count)| (1..=count).map(move |number| (of, number)));
    pack.assessment.accountability = acts
        .map(|(of, number)| Accountable {
            id: format!("{of:?}_{number}").to_lowercase(),
            of,
            words: words("连续三年考核末位", "last in performance three years running"),
            manner: manner.clone(),
        })
        .collect();
    pack.assessment.grades = [("优秀", 90), ("良好", 80), ("及格", 60), ("不及格", 0)]
        .into_iter()
        .map(|(zh, from)| Grade {
            id: format!("from_{from}"),
            words: words(zh, "grade"),
            from,
            effect: words("书面整改通知", "a written order"),
            form: (from == 0).then(|| "guidance".into()),
        })
        .collect();
    pack
}

#[test]
fn what_other_places_rules_ask_for_can_be_said() {
    for id in ["township", "bureau"] {
        let pack = elsewhere(id);
        assert_eq!(check(&pack), [], "{id}");
        assert_eq!(Pack::from_bytes(&pack.bytes()).as_ref(), Ok(&pack));
        assert_eq!(Pack::from_toml(&pack.to_toml()).as_ref(), Ok(&pack));
        assert!(pack.finding.steps.iter().any(|step| step.finder == Finder::Subordinate));
        assert_eq!(pack.assessment.accountability.len(), 14 + 9);
    }
}

#[test]
fn another_places_form_is_filled_like_one_that_ships() {
    let pack = elsewhere("township");
    let entered =
        [("conclusion", Entered::Text("预警".into())), ("reply_by", Entered::Day("2026-12-01".parse().unwrap()))];
    let filled = Filled {
        language: Language::Zh,
        number: None,
        unit: "某局".into(),
        date: "2026-11-22".parse().unwrap(),
        values: entered.into_iter().map(|(id, value)| (id.to_owned(), value)).collect(),
    };
    let paper = pack.paper("assessment_notice", &filled).unwrap();
    assert_eq!(paper.title, "风险评估通知书");
    let rows: Vec<_> = paper.lines.iter().map(|line| format!("{line:?}")).collect();
    assert_eq!(rows, ["Row(\"评估结论\", \"预警\")", "Row(\"报送方案期限\", \"2026年12月1日\")"]);
}

#[test]
fn what_leads_nowhere_in_such_a_pack_is_found() {
    let mut pack = elsewhere("township");
    pack.forms.retain(|form| form.id != "plan");
    pack.rating.presets[0].level = 4;
    let places: Vec<_> = check(&pack).into_iter().map(|finding| (finding.place, finding.rule.code())).collect();
    let found = [("rating.presets", "no_such_level"), ("rating.conclusions[prompt]", "no_such_form")];
    assert_eq!(places, found.map(|(place, rule)| (place.to_owned(), rule)));
}
