//! Every form of both packs filled in, as people read it; and what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::fmt::Write;

use super::*;
use crate::work::pack::tests::built_in;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// What somebody in a township would write into a field, in both languages.
const WRITTEN: &[(&str, &str, &str)] = &[
    ("analysis", "集中在公开不及时。", "Most of it is late publication."),
    ("answered", "情况属实，承诺三日内补公开。", "It is true; I shall publish within three days."),
    ("approval", "同意解除。", "Leave to lift is given."),
    ("approver", "纪委书记", "the secretary"),
    ("attachments", "照片二张", "two photographs"),
    ("category", "损害群众利益的问题", "harm to the public's interests"),
    ("consequences", "取消评优资格，接受组织处理。", "no commendation, and organisational handling."),
    ("counts", "本季度收到信息二十一条，立项三件。", "21 reports in the quarter, 3 cases."),
    ("delivered_by", "张某", "Zhang"),
    ("demand", "立即补公开并说明原因。", "Publish at once and say why it was not."),
    ("demands", "限期改正。", "Correct it by the date."),
    ("duty", "村级账务记录与公开。", "Keeps the village's accounts and publishes them."),
    ("facts", "第一季度收支三次未公开。", "Receipts and payments of the first quarter were not published three times."),
    ("findings", "已补公开，群众满意。", "It is published, and people are content."),
    ("ground", "应当公开的事项不公开的", "what must be published was not"),
    ("harm", "群众知情权受损", "people do not learn what they may"),
    ("holder", "李某", "Li"),
    ("hour", "上午九时", "nine in the morning"),
    ("interviewers", "王某、赵某", "Wang, Zhao"),
    ("level", "黄色预警", "yellow"),
    ("main", "王某（纪委分管领导）", "Wang, commission leader in charge"),
    ("matter", "村务公开", "publication of village affairs"),
    ("measures", "每月公开，双人核对。", "Publish each month, two people checking."),
    ("method", "查阅资料", "reading papers"),
    ("opinion", "建议解除。", "Lifting is proposed."),
    ("paper", "某纪预建〔2026〕3号", "Commission REC [2026] No. 3"),
    ("period", "2026年第三季度", "third quarter of 2026"),
    ("place", "镇纪委谈话室", "the commission's interview room"),
    ("post", "村会计", "village accountant"),
    ("present", "王某、赵某、李某", "Wang, Zhao, Li"),
    ("problem", "财务公开不及时。", "Accounts are published late."),
    ("problems", "公开不及时。", "Late publication."),
    ("proposals", "开展专项检查。", "A special inspection."),
    ("reason", "账册送审未归还。", "the books are with the auditors."),
    ("received_by", "李某", "Li"),
    ("rectification", "补公开第一季度收支。", "Publish the first quarter."),
    ("remind", "按时公开。", "Publish on time."),
    ("reporter", "陈某", "Chen"),
    ("risks", "截留、坐支。", "Holding up money, spending out of receipts."),
    ("said", "指出问题，要求说明。", "The problem was named and an account asked for."),
    ("situation", "该村财务未按规定公开。", "The village did not publish its accounts as it must."),
    ("source", "信访举报", "petitions and reports"),
    ("subject", "某村村民委员会", "the committee of a village"),
    ("term", "一个月", "one month"),
    ("time", "", ""),
    ("to", "镇党委组织委员", "the organisation department"),
    ("urgency", "一般", "ordinary"),
    ("way", "告诫劝勉", "admonish"),
];

/// A form of a pack, filled in everywhere.
fn filled(form: &Form, language: Language) -> Filled {
    let values = form.fields.iter().map(|field| {
        let text = || {
            let found = WRITTEN.iter().find(|(id, ..)| *id == field.id);
            let (_, zh, en) = found.unwrap_or_else(|| panic!("nothing is written for {}", field.id));
            if language == Language::Zh { *zh } else { *en }.to_owned()
        };
        let entered = match field.holds {
            FieldHolds::Text => Entered::Text(text()),
            FieldHolds::Day => Entered::Day(day("2026-03-09")),
            FieldHolds::Fen => Entered::Fen(1_234_507),
            FieldHolds::Count => Entered::Count(3),
        };
        (field.id.clone(), entered)
    });
    let (issuer, unit) = match language {
        Language::Zh => ("某纪", "某镇纪律检查委员会"),
        Language::En => ("Commission", "Discipline commission of the township"),
    };
    Filled {
        language,
        number: form.series.as_ref().map(|_| SeriesNumber { issuer: issuer.into(), year: 2026, number: 7 }),
        unit: unit.into(),
        date: day("2026-02-28"),
        values: values.collect(),
    }
}

/// A paper as a page of text.
fn page(paper: &Paper) -> String {
    let mut page = format!("==== {} ====\n", paper.title);
    if let Some(number) = &paper.number {
        writeln!(page, "{number}").unwrap();
    }
    for line in &paper.lines {
        match line {
            Line::Heading(text) => writeln!(page, "-- {text} --").unwrap(),
            Line::Text(text) => writeln!(page, "{text}").unwrap(),
            Line::Row(label, value) => writeln!(page, "[{label}] {value}").unwrap(),
        }
    }
    for signature in &paper.signatures {
        writeln!(page, "{signature}: ________").unwrap();
    }
    if let Some(unit) = &paper.stamp {
        writeln!(page, "({unit})").unwrap();
    }
    writeln!(page, "{}", paper.date).unwrap();
    if !paper.copies.is_empty() {
        writeln!(page, "<{}>", paper.copies.join(" / ")).unwrap();
    }
    page
}

#[test]
fn every_form_of_both_packs_is_filled_in_both_languages() {
    for (id, count) in [("township", 13), ("bureau", 7)] {
        let pack = built_in(id);
        assert_eq!(pack.forms.len(), count, "{id}");
        for (language, name) in [(Language::Zh, "zh"), (Language::En, "en")] {
            let papers = pack.forms.iter().map(|form| page(&pack.paper(&form.id, &filled(form, language)).unwrap()));
            let pages = papers.collect::<Vec<_>>().join("\n");
            assert!(!pages.contains(['{', '}']), "{pages}");
            insta::assert_snapshot!(format!("{id}_{name}"), pages);
        }
    }
}

#[test]
fn what_is_required_and_missing_is_refused_by_name() {
    for id in ["township", "bureau"] {
        let pack = built_in(id);
        for form in &pack.forms {
            let whole = filled(form, Language::Zh);
            for field in &form.fields {
                let mut lacking = whole.clone();
                lacking.values.remove(&field.id);
                let paper = pack.paper(&form.id, &lacking);
                let missing = FormRefusal::Missing { form: form.id.clone(), field: field.id.clone() };
                assert_eq!(paper.err(), (!field.optional).then_some(missing.clone()));
                if field.holds == FieldHolds::Text {
                    lacking.values.insert(field.id.clone(), Entered::Text(" \n".into()));
                    assert_eq!(pack.paper(&form.id, &lacking).err(), (!field.optional).then_some(missing));
                }
            }
            let missing = |field: &str| Err(FormRefusal::Missing { form: form.id.clone(), field: field.into() });
            if form.series.is_some() {
                assert_eq!(pack.paper(&form.id, &Filled { number: None, ..whole.clone() }), missing("number"));
            }
            assert_eq!(pack.paper(&form.id, &Filled { unit: " ".into(), ..whole }), missing("unit"));
        }
    }
}

#[test]
fn what_does_not_fit_a_field_is_refused() {
    let pack = built_in("township");
    let whole = filled(pack.form("notice").unwrap(), Language::En);
    let refusal = |field: &str, entered: Entered| {
        let mut filled = whole.clone();
        filled.values.insert(field.into(), entered);
        pack.paper("notice", &filled).unwrap_err()
    };
    let unfit = |field: &str| FormRefusal::Unfit { form: "notice".into(), field: field.into() };
    assert_eq!(refusal("deadline", Entered::Text("soon".into())), unfit("deadline"));
    assert_eq!(refusal("facts", Entered::Text("x".repeat(TEXT_CHARS_MAX + 1))), unfit("facts"));
    assert_eq!(refusal("facts", Entered::Count(1)), unfit("facts"));
    let no_field = FormRefusal::NoField { form: "notice".into(), field: "mood".into() };
    assert_eq!(refusal("mood", Entered::Text("x".into())), no_field);
    assert_eq!(pack.paper("scroll", &whole), Err(FormRefusal::NoForm { form: "scroll".into() }));
}

#[test]
fn what_was_entered_is_never_taken_for_a_field() {
    let pack = built_in("township");
    let mut whole = filled(pack.form("notice").unwrap(), Language::Zh);
    whole.values.insert("facts".into(), Entered::Text("{subject} {x} }{".into()));
    let paper = pack.paper("notice", &whole).unwrap();
    assert!(paper.lines.contains(&Line::Text("{subject} {x} }{".into())));
}

#[test]
fn a_paragraph_about_nothing_is_left_out() {
    let pack = built_in("bureau");
    let mut whole = filled(pack.form("warning_notice").unwrap(), Language::En);
    let says = |filled: &Filled| {
        let lines = pack.paper("warning_notice", filled).unwrap().lines;
        lines.iter().any(|line| matches!(line, Line::Text(text) if text.starts_with("Answer by")))
    };
    assert!(says(&whole));
    whole.values.remove("reply_by");
    assert!(!says(&whole));
}

#[test]
fn numbers_are_written_as_the_series_says() {
    let pack = built_in("township");
    let number = SeriesNumber { issuer: "某纪".into(), year: 2026, number: 7 };
    let series = pack.series("notice").unwrap();
    assert_eq!(series.written(&number, Language::Zh), "某纪预告〔2026〕7号");
    assert_eq!(series.written(&number, Language::En), "某纪 NOT [2026] No. 7");
    let padded = Series { digits: 3, ..series.clone() };
    assert_eq!(padded.written(&number, Language::Zh), "某纪预告〔2026〕007号");
}
