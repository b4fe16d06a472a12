//! Levels, and what holds for every case: that each can be reached, given, answered, lifted and objected to.

use super::{Rule, Sheet};
use crate::work::{
    case::Level,
    pack::{
        casework::ReminderAt,
        level::{Decider, InterviewUse, LevelRule, LiftedOn, PaperRule, Start, To, VisitRule, Way},
    },
};

pub(super) fn check(sheet: &mut Sheet<'_>) {
    let pack = sheet.pack;
    sheet.unless(!pack.levels.is_empty(), "levels", Rule::Empty);
    for (wanted, rule) in (1_u8..).zip(&pack.levels) {
        let (wanted, found) = (wanted.to_string(), rule.level.0.to_string());
        sheet.unless(wanted == found, "levels", Rule::Gap { wanted, found });
        level(sheet, rule);
    }
    case(sheet);
}

fn level(sheet: &mut Sheet<'_>, rule: &LevelRule) {
    let place = format!("levels[{}]", rule.level.0);
    grounds(sheet, rule, &place);
    decider(sheet, &rule.decider, &format!("{place}.decider"));
    sheet.unless(!rule.ways.is_empty(), format!("{place}.ways"), Rule::Empty);
    for given in &rule.ways {
        way(sheet, rule, given, &format!("{place}.ways[{}]", given.id));
    }
    visit(sheet, rule, &place);
    let lifter = format!("{place}.lifted_by.role");
    sheet.casework(&lifter, rule.lifted_by.role);
    if let Some(extension) = &rule.extension {
        sheet.casework(&format!("{place}.extension.approver"), extension.approver);
        sheet.form(format!("{place}.extension.form"), &extension.form);
    }
    for told in &rule.told {
        let place = format!("{place}.told[{}]", told.who);
        sheet.body(format!("{place}.who"), &told.who);
        if let Some(form) = &told.form {
            sheet.form(format!("{place}.form"), form);
        }
    }
    escalations(sheet, rule, &place);
    let objection = format!("{place}.objection");
    sheet.unless(sheet.pack.body(&rule.objection.to).is_some(), format!("{objection}.to"), Rule::ObjectionWithoutBody);
    sheet.unless(!rule.objection.answered_by.is_empty(), format!("{objection}.answered_by"), Rule::NobodyAnswers);
    for role in &rule.objection.answered_by {
        sheet.casework(&format!("{objection}.answered_by"), *role);
    }
}

fn grounds(sheet: &mut Sheet<'_>, rule: &LevelRule, place: &str) {
    sheet.unless(!rule.grounds.is_empty(), format!("{place}.grounds"), Rule::Empty);
    for (number, ground) in (1_usize..).zip(&rule.grounds) {
        let (wanted, found) = (format!("{}.{number}", rule.level.0), ground.id.clone());
        sheet.unless(wanted == found, format!("{place}.grounds"), Rule::Gap { wanted, found });
        let place = format!("{place}.grounds[{}]", ground.id);
        let known = sheet.pack.families.iter().any(|family| family.id == ground.family);
        sheet.unless(known, format!("{place}.family"), Rule::NoSuchFamily(ground.family.clone()));
        let has_way = rule.ways_for(&ground.id).next().is_some();
        sheet.unless(has_way, place, Rule::GroundWithoutWay);
    }
}

fn decider(sheet: &mut Sheet<'_>, decider: &Decider, place: &str) {
    sheet.casework(&format!("{place}.role"), decider.role);
    for role in &decider.together_with {
        sheet.casework(&format!("{place}.together_with"), *role);
    }
    for body in &decider.convened {
        sheet.body(format!("{place}.convened"), body);
    }
}

fn way(sheet: &mut Sheet<'_>, rule: &LevelRule, way: &Way, place: &str) {
    if let Some(own) = &way.decider {
        decider(sheet, own, &format!("{place}.decider"));
    }
    for ground in way.grounds.iter().filter(|ground| rule.ground(ground).is_none()) {
        sheet.find(format!("{place}.grounds"), Rule::NoSuchGround(ground.clone()));
    }
    if let Some(form) = way.paper.form() {
        sheet.form(format!("{place}.paper"), form);
    }
    let is_talk = way.interview != InterviewUse::Never;
    sheet.unless(is_talk || way.paper != PaperRule::Never, place, Rule::GivenByNothing);
    match &way.interview_notice {
        None if is_talk && sheet.pack.interview.notice => sheet.find(place, Rule::InterviewWithoutNotice),
        Some(_) if !is_talk => sheet.find(place, Rule::NoticeWithoutInterview),
        Some(form) => sheet.form(format!("{place}.interview_notice"), form),
        None => {}
    }
    for owed in &way.owes {
        let counts = owed.from != Start::Receipt || matches!(way.paper, PaperRule::Always(_));
        sheet.unless(counts, format!("{place}.owes"), Rule::CountsFromNothing);
    }
    let is_answered = rule.lifted_by.on != LiftedOn::Answer || !way.owes.is_empty();
    sheet.unless(is_answered, format!("{place}.owes"), Rule::LiftedOnNothing);
}

fn visit(sheet: &mut Sheet<'_>, rule: &LevelRule, place: &str) {
    let is_made = rule.visit == VisitRule::Required;
    sheet.unless(is_made == (rule.lifted_by.on == LiftedOn::Visit), format!("{place}.lifted_by.on"), Rule::VisitUnused);
    match &rule.visit_form {
        Some(form) => sheet.form(format!("{place}.visit_form"), form),
        None => sheet.unless(!is_made, format!("{place}.visit_form"), Rule::VisitWithoutForm),
    }
}

fn escalations(sheet: &mut Sheet<'_>, rule: &LevelRule, place: &str) {
    for (at, escalation) in (1..).zip(&rule.escalations) {
        let place = format!("{place}.escalations[{at}]");
        let To::Level(to) = escalation.to else { continue };
        sheet.level(format!("{place}.to"), to);
        sheet.unless(to < rule.level, format!("{place}.to"), Rule::NotUpwards);
        let Some(ground) = &escalation.ground else { continue };
        let known = sheet.pack.level(to).is_some_and(|above| above.ground(ground).is_some());
        sheet.unless(known, format!("{place}.ground"), Rule::NoSuchGround(ground.clone()));
    }
    let is_lowest = sheet.pack.levels.iter().all(|other| other.level <= rule.level);
    let leads_here = |other: &&LevelRule| other.escalations.iter().any(|to| to.to == To::Level(rule.level));
    let reached = is_lowest || sheet.pack.levels.iter().any(|other| leads_here(&other));
    sheet.unless(reached, place, Rule::NotEscalatedTo);
}

fn case(sheet: &mut Sheet<'_>) {
    let pack = sheet.pack;
    let interview = &pack.interview;
    sheet.unless(interview.interviewers_min >= 2, "interview.interviewers_min", Rule::TooFewInterviewers);
    sheet.unless(!interview.main_roles.is_empty(), "interview.main_roles", Rule::Empty);
    for role in &interview.main_roles {
        sheet.casework("interview.main_roles", *role);
    }
    for (name, form) in [("plan", &interview.plan), ("record", &interview.record)] {
        if let Some(form) = form {
            sheet.form(format!("interview.{name}"), form);
        }
    }
    for (at, reminder) in (1..).zip(&pack.reminders) {
        let place = format!("reminders[{at}]");
        let on_the_day = reminder.at == ReminderAt::On;
        sheet.unless(on_the_day == (reminder.working_days == 0), &*place, Rule::ReminderAtNoTime);
        sheet.unless(!reminder.to.is_empty(), format!("{place}.to"), Rule::Empty);
    }
    sheet.unless(pack.overdue.proposes_escalation_after != Some(0), "overdue", Rule::Zero);
    sheet.unless(!pack.subjects.is_empty(), "subjects", Rule::Empty);
    for consequence in &pack.consequences {
        let place = format!("consequences[{}]", consequence.id);
        sheet.level(format!("{place}.level"), consequence.level);
        sheet.unless(consequence.count > 0, format!("{place}.count"), Rule::Zero);
    }
    for condition in &pack.automatic {
        let place = format!("automatic[{}]", condition.id);
        sheet.level(format!("{place}.proposes"), Level(condition.proposes.0));
        sheet.unless(condition.within_months != Some(0), format!("{place}.within_months"), Rule::Zero);
        if let Some(id) = &condition.threshold {
            let known = pack.thresholds.iter().any(|threshold| threshold.id == *id);
            sheet.unless(known, format!("{place}.threshold"), Rule::NoSuchThreshold(id.clone()));
        }
    }
}
