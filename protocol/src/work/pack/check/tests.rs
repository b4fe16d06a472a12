//! Both packs that ship are clean, and each rule finds the pack that breaks it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use super::*;
use crate::work::pack::{
    form::{FormField, Part},
    level::{InterviewUse, LiftedOn, PaperRule, Start, To, VisitRule, Words},
    risk::Baseline,
    tests::built_in,
};

#[test]
fn both_packs_that_ship_are_clean() {
    for id in ["township", "bureau"] {
        assert_eq!(check(&built_in(id)), []);
    }
}

/// Breaks the township plan in one way and says what is found, by place.
fn found(breaks: impl FnOnce(&mut Pack)) -> Vec<(String, Rule)> {
    let mut pack = built_in("township");
    breaks(&mut pack);
    let found = check(&pack);
    for Finding { rule, .. } in &found {
        assert!(CODES.contains(&rule.code()), "{rule:?}");
    }
    found.into_iter().map(|finding| (finding.place, finding.rule)).collect()
}

fn finds(place: &str, rule: Rule, breaks: impl FnOnce(&mut Pack)) {
    let found = found(breaks);
    assert!(found.contains(&(place.into(), rule.clone())), "{place}: {rule:?} is not in {found:#?}");
}

/// The same, and nothing else is found.
fn finds_only(place: &str, rule: Rule, breaks: impl FnOnce(&mut Pack)) {
    assert_eq!(found(breaks), [(place.into(), rule)]);
}

fn form<'p>(pack: &'p mut Pack, id: &str) -> &'p mut crate::work::pack::form::Form {
    pack.forms.iter_mut().find(|form| form.id == id).unwrap()
}

fn words(zh: &str, en: &str) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

fn gap(wanted: &str, found: &str) -> Rule {
    Rule::Gap { wanted: wanted.into(), found: found.into() }
}

#[test]
fn ids_and_the_head_are_looked_at() {
    finds_only("id", Rule::BadId("Our Pack".into()), |pack| pack.id = "Our Pack".into());
    finds_only("version", Rule::NoVersion, |pack| pack.version = 0);
    let nowhere = "levels[1].grounds[1.99]";
    finds_only("ours", Rule::NoSuchPath(nowhere.into()), |pack| pack.ours.push(nowhere.into()));
    finds("bodies", Rule::BadId("Audit!".into()), |pack| pack.bodies[0].id = "Audit!".into());
    finds("forms", Rule::Twice("notice".into()), |pack| pack.forms[0].id = "notice".into());
    finds("levels[1].ways[recommendation].owes", Rule::Twice("correction".into()), |pack| {
        let owed = pack.levels[0].ways[0].owes[0].clone();
        pack.levels[0].ways[0].owes[1] = owed;
    });
    finds("roles[?]", Rule::UnknownRole(99), |pack| pack.roles[0].role = Role(99));
    finds_only("used_by", Rule::Empty, |pack| {
        pack.used_by.clear();
        pack.ours.retain(|path| path != "used_by");
    });
    finds("subjects", Rule::Empty, |pack| pack.subjects.clear());
}

#[test]
fn words_missing_in_a_language_are_found() {
    let place = "levels[1].grounds[1.4].words";
    finds_only(&format!("{place}.zh"), Rule::NoChinese, |pack| pack.levels[0].grounds[3].words.zh = " ".into());
    finds_only(&format!("{place}.en"), Rule::NoEnglish, |pack| pack.levels[0].grounds[3].words.en.clear());
    finds_only(&format!("{place}.en"), Rule::NoEnglish, |pack| {
        pack.levels[0].grounds[3].words.en = "挪用财政资金".into();
    });
}

#[test]
fn gaps_in_levels_grounds_and_categories_are_found() {
    finds("levels", gap("2", "4"), |pack| pack.levels[1].level = Level(4));
    finds("levels", Rule::Empty, |pack| pack.levels.clear());
    finds("levels[2].grounds", gap("2.3", "2.4"), |pack| {
        pack.levels[1].grounds.remove(2);
    });
    finds("levels[2].grounds", Rule::Twice("2.1".into()), |pack| pack.levels[1].grounds[1].id = "2.1".into());
    finds("levels[2].grounds", Rule::Empty, |pack| pack.levels[1].grounds.clear());
    finds("categories", gap("3", "4"), |pack| {
        pack.categories.remove(2);
    });
    let family = Rule::NoSuchFamily("luck".into());
    finds_only("levels[3].grounds[3.1].family", family, |pack| pack.levels[2].grounds[0].family = "luck".into());
}

#[test]
fn a_level_that_nobody_decides_or_reaches_is_found() {
    finds_only("levels[1].decider.role", Rule::UnknownRole(99), |pack| pack.levels[0].decider.role = Role(99));
    finds_only("levels[1].decider.role", Rule::NotCasework("reporter".into()), |pack| {
        pack.levels[0].decider.role = Role::REPORTER;
    });
    finds_only("levels[2].lifted_by.role", Rule::NotCasework("administrator".into()), |pack| {
        pack.levels[1].lifted_by.role = Role::ADMINISTRATOR;
    });
    finds_only("levels[2].decider.convened", Rule::NoSuchBody("choir".into()), |pack| {
        pack.levels[1].decider.convened.push("choir".into());
    });
    finds_only("levels[2]", Rule::NotEscalatedTo, |pack| {
        pack.levels[2].escalations.retain(|to| to.to != To::Level(Level::TWO));
    });
    finds("levels[3].escalations[1].to", Rule::NotUpwards, |pack| {
        pack.levels[2].escalations[0].to = To::Level(Level::THREE);
    });
    finds("levels[3].escalations[1].to", Rule::NoSuchLevel(9), |pack| {
        pack.levels[2].escalations[0].to = To::Level(Level(9));
    });
    finds_only("levels[3].escalations[1].ground", Rule::NoSuchGround("2.77".into()), |pack| {
        pack.levels[2].escalations[0].ground = Some("2.77".into());
    });
}

#[test]
fn a_way_that_leads_nowhere_is_found() {
    let way = "levels[2].ways[inquiry]";
    finds("levels[2].ways", Rule::Empty, |pack| pack.levels[1].ways.clear());
    finds("levels[2].grounds[2.2]", Rule::GroundWithoutWay, |pack| pack.levels[1].ways[0].grounds = vec!["2.1".into()]);
    finds(&format!("{way}.grounds"), Rule::NoSuchGround("2.99".into()), |pack| {
        pack.levels[1].ways[0].grounds = vec!["2.99".into()];
    });
    finds(way, Rule::GivenByNothing, |pack| {
        pack.levels[1].ways[0].paper = PaperRule::Never;
        pack.levels[1].ways[0].interview = InterviewUse::Never;
    });
    finds_only(&format!("{way}.paper"), Rule::NoSuchForm("scroll".into()), |pack| {
        pack.levels[1].ways[0].paper = PaperRule::Always("scroll".into());
    });
    finds_only(&format!("{way}.owes"), Rule::CountsFromNothing, |pack| {
        pack.levels[1].ways[0].paper = PaperRule::IfNeeded("inquiry".into());
        pack.levels[1].ways[0].owes[0].from = Start::Receipt;
    });
    finds_only(way, Rule::InterviewWithoutNotice, |pack| pack.levels[1].ways[0].interview_notice = None);
    finds_only(way, Rule::NoticeWithoutInterview, |pack| pack.levels[1].ways[0].interview = InterviewUse::Never);
    finds_only(&format!("{way}.owes"), Rule::LiftedOnNothing, |pack| pack.levels[1].ways[0].owes.clear());
}

#[test]
fn visits_extensions_and_those_told_have_their_forms() {
    finds_only("levels[1].visit_form", Rule::VisitWithoutForm, |pack| pack.levels[0].visit_form = None);
    finds_only("levels[1].lifted_by.on", Rule::VisitUnused, |pack| pack.levels[0].lifted_by.on = LiftedOn::Answer);
    finds("levels[3].lifted_by.on", Rule::VisitUnused, |pack| pack.levels[2].visit = VisitRule::Required);
    finds_only("levels[1].extension.form", Rule::NoSuchForm(String::new()), |pack| {
        pack.levels[0].extension.as_mut().unwrap().form.clear();
    });
    finds("levels[1].extension.form", Rule::NoSuchForm("extension".into()), |pack| {
        pack.forms.retain(|form| form.id != "extension");
    });
    finds_only("levels[1].extension.approver", Rule::NotCasework("post_holder".into()), |pack| {
        pack.levels[0].extension.as_mut().unwrap().approver = Role::POST_HOLDER;
    });
    finds_only("levels[3].told[press].who", Rule::NoSuchBody("press".into()), |pack| {
        pack.levels[2].told[0].who = "press".into();
    });
    finds_only("levels[3].told[branch].form", Rule::NoSuchForm("song".into()), |pack| {
        pack.levels[2].told[0].form = Some("song".into());
    });
}

#[test]
fn an_objection_goes_to_somebody_who_answers() {
    let objection = "levels[2].objection";
    finds_only(&format!("{objection}.to"), Rule::ObjectionWithoutBody, |pack| pack.levels[1].objection.to.clear());
    finds_only(&format!("{objection}.answered_by"), Rule::NobodyAnswers, |pack| {
        pack.levels[1].objection.answered_by.clear();
    });
    finds_only(&format!("{objection}.answered_by"), Rule::UnknownRole(99), |pack| {
        pack.levels[1].objection.answered_by = vec![Role(99)];
    });
}

#[test]
fn a_deadline_has_a_number_and_a_unit() {
    let text = crate::work::pack::BuiltIn::of("township").unwrap().text();
    let sound = "max = { count = 1, unit = \"month\" }";
    assert!(text.contains(sound));
    for broken in [
        "max = { count = 0, unit = \"month\" }",
        "max = { count = 1 }",
        "max = { unit = \"month\" }",
        "max = { count = 367, unit = \"month\" }",
        "max = { count = 1, unit = \"moon\" }",
    ] {
        let fault = Pack::from_toml(&text.replace(sound, broken)).unwrap_err();
        assert!(matches!(fault, crate::work::pack::PackFault::Text(ref text) if text.line > 1), "{broken}: {fault:?}");
    }
}

#[test]
fn interviews_reminders_and_consequences_are_looked_at() {
    finds_only("interview.interviewers_min", Rule::TooFewInterviewers, |pack| pack.interview.interviewers_min = 1);
    finds_only("interview.main_roles", Rule::Empty, |pack| pack.interview.main_roles.clear());
    finds_only("interview.plan", Rule::NoSuchForm("x".into()), |pack| pack.interview.plan = Some("x".into()));
    finds_only("reminders[1]", Rule::ReminderAtNoTime, |pack| pack.reminders[0].working_days = 0);
    finds_only("reminders[3]", Rule::ReminderAtNoTime, |pack| pack.reminders[2].working_days = 2);
    finds_only("reminders[1].to", Rule::Empty, |pack| pack.reminders[0].to.clear());
    finds_only("overdue", Rule::Zero, |pack| pack.overdue.proposes_escalation_after = Some(0));
    finds_only("consequences[no_advanced_unit].count", Rule::Zero, |pack| pack.consequences[0].count = 0);
    finds_only("consequences[no_advanced_unit].level", Rule::NoSuchLevel(4), |pack| {
        pack.consequences[0].level = Level(4);
    });
}

#[test]
fn a_form_shows_what_it_asks_and_asks_what_it_shows() {
    let notice = "forms[notice]";
    finds_only(&format!("{notice}.series"), Rule::NoSuchSeries("x".into()), |pack| {
        form(pack, "notice").series = Some("x".into());
    });
    finds_only(&format!("{notice}.parts[1]"), Rule::UnknownPlaceholder("sbject".into()), |pack| {
        form(pack, "notice").parts[0] = Part::Text(words("{subject}{sbject}：", "To {subject}{sbject}:"));
    });
    finds(&format!("{notice}.parts[1]"), Rule::BrokenBraces, |pack| {
        form(pack, "notice").parts[0] = Part::Text(words("{subject：", "To {subject}:"));
    });
    finds_only(&format!("{notice}.parts[1]"), Rule::PlaceholdersDiffer, |pack| {
        form(pack, "notice").parts[0] = Part::Text(words("{subject}：", "To you:"));
    });
    finds_only("forms[report].parts[1]", Rule::UnknownPlaceholder("mood".into()), |pack| {
        let Part::Rows(rows) = &mut form(pack, "report").parts[0] else { panic!("rows first") };
        rows.push("mood".into());
    });
    let extra =
        |id: &str| FormField { id: id.into(), label: words("多", "more"), holds: Default::default(), optional: true };
    finds_only(&format!("{notice}.fields[more]"), Rule::FieldNotShown, |pack| {
        form(pack, "notice").fields.push(extra("more"));
    });
    finds(&format!("{notice}.fields[unit]"), Rule::StandardField, |pack| {
        form(pack, "notice").fields.push(extra("unit"));
    });
    finds("forms[notice].parts", Rule::Empty, |pack| form(pack, "notice").parts.clear());
    finds_only("series[notice].pattern", Rule::PatternLacks("year"), |pack| {
        let series = pack.series.iter_mut().find(|series| series.id == "notice").unwrap();
        series.pattern = words("{word}{number}号", "{word} No. {number}");
    });
    finds("series[notice].pattern", Rule::UnknownPlaceholder("month".into()), |pack| {
        let series = pack.series.iter_mut().find(|series| series.id == "notice").unwrap();
        series.pattern = words("{year}{month}{number}号", "{year} {month} {number}");
    });
    finds_only("reports.form", Rule::NoSuchForm("x".into()), |pack| pack.reports.form = "x".into());
}

#[test]
fn risks_and_points_add_up() {
    finds_only("assessment.groups", Rule::Points { wanted: 100, found: 80 }, |pack| {
        pack.assessment.groups.remove(0);
        pack.ours.retain(|path| !path.contains("groups[study]"));
    });
    finds("assessment.groups[study]", Rule::Points { wanted: 20, found: 19 }, |pack| {
        pack.assessment.groups[0].items[0].points = 19;
    });
    finds_only("assessment.grades", Rule::NotFalling, |pack| pack.assessment.grades[1].from = 95);
    finds_only("assessment.reported_to", Rule::NoSuchBody("x".into()), |pack| pack.assessment.reported_to = "x".into());
    finds_only("rating.cut_offs", Rule::NotFalling, |pack| pack.rating.cut_offs[2].from = 2);
    finds_only("rating.scales[abc]", Rule::Count { wanted: 3, found: 2 }, |pack| {
        pack.rating.scales[2].words.pop();
    });
    finds_only("rating.factors[scope].anchors", Rule::Count { wanted: 5, found: 4 }, |pack| {
        pack.rating.factors.iter_mut().find(|factor| factor.id == "scope").unwrap().anchors.pop();
    });
    finds_only("rating.factors[scope].weight", Rule::Zero, |pack| {
        pack.rating.factors.iter_mut().find(|factor| factor.id == "scope").unwrap().weight = 0;
    });
    finds_only("rating.baselines[luck]", Rule::Range { least: 1, most: 25, found: 26 }, |pack| {
        pack.rating.baselines = vec![Baseline { kind: "luck".into(), up_to: 26 }];
        pack.finding.kinds[0].id = "luck".into();
    });
    finds_only("rating.baselines", Rule::NoSuchKind("luck".into()), |pack| {
        pack.rating.baselines = vec![Baseline { kind: "luck".into(), up_to: 9 }];
    });
    finds_only("rating.watchers[1]", Rule::NoSuchLevel(4), |pack| pack.rating.watchers[0].levels = vec![4]);
    finds_only("finding.steps", Rule::Empty, |pack| pack.finding.steps.clear());
    finds_only("automatic[split_purchase].threshold", Rule::NoSuchThreshold("x".into()), |pack| {
        pack.automatic.iter_mut().find(|hit| hit.id == "split_purchase").unwrap().threshold = Some("x".into());
    });
    finds_only("bulletin.months", Rule::Range { least: 1, most: 12, found: 0 }, |pack| {
        pack.bulletin.as_mut().unwrap().months = 0;
    });
    finds_only("joint_meeting.members", Rule::NoSuchBody("x".into()), |pack| {
        pack.joint_meeting.as_mut().unwrap().members.push("x".into());
    });
}
