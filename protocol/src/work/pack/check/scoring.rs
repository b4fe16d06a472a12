//! Information, risks and assessment: that what is numbered has no gap, what is named exists, and what must sum does.

use super::{Rule, Sheet};
use crate::work::calendar::Day;

/// What one year's points sum to.
const POINTS: u32 = 100;

/// The greatest product of likelihood and severity.
const PRODUCT_MAX: u32 = 25;

/// The steps of a factor.
const ANCHORS: usize = 5;

pub(super) fn check(sheet: &mut Sheet<'_>) {
    collecting(sheet);
    finding(sheet);
    rating(sheet);
    watching(sheet);
    assessment(sheet);
}

fn collecting(sheet: &mut Sheet<'_>) {
    let pack = sheet.pack;
    sheet.unless(!pack.categories.is_empty(), "categories", Rule::Empty);
    sheet.unless(!pack.sources.is_empty(), "sources", Rule::Empty);
    for (wanted, category) in (1_usize..).zip(&pack.categories) {
        let (wanted, found) = (wanted.to_string(), category.number.to_string());
        sheet.unless(wanted == found, "categories", Rule::Gap { wanted, found });
    }
    for point in &pack.points {
        for role in &point.roles {
            sheet.role(format!("points[{}].roles", point.id), *role);
        }
    }
    for body in pack.joint_meeting.iter().flat_map(|meeting| &meeting.members) {
        sheet.body("joint_meeting.members", body);
    }
    if let Some(bulletin) = &pack.bulletin {
        sheet.range("bulletin.months", bulletin.months.into(), 1, 12);
        sheet.form("bulletin.form", &bulletin.form);
        sheet.casework("bulletin.drafted_by", bulletin.drafted_by);
        sheet.body("bulletin.studied_by", &bulletin.studied_by);
        for body in &bulletin.submitted_to {
            sheet.body("bulletin.submitted_to", body);
        }
    }
}

fn finding(sheet: &mut Sheet<'_>) {
    let finding = &sheet.pack.finding;
    for (name, is_empty) in [
        ("cycle", finding.cycle.is_empty()),
        ("steps", finding.steps.is_empty()),
        ("kinds", finding.kinds.is_empty()),
        ("holders", finding.holders.is_empty()),
    ] {
        sheet.unless(!is_empty, format!("finding.{name}"), Rule::Empty);
    }
    for body in &finding.filed_with {
        sheet.body("finding.filed_with", body);
    }
    if let Some(form) = &finding.commitment {
        sheet.form("finding.commitment", form);
    }
    for phase in &finding.phases {
        for day in [&phase.from, &phase.to] {
            // Some leap year, so that a phase may end on 29 February.
            let is_day = format!("2000-{day}").parse::<Day>().is_ok();
            sheet.unless(is_day, format!("finding.phases[{}]", phase.id), Rule::NoSuchDay(day.clone()));
        }
    }
}

fn rating(sheet: &mut Sheet<'_>) {
    let rating = &sheet.pack.rating;
    sheet.unless(!rating.levels.is_empty(), "rating.levels", Rule::Empty);
    for (wanted, level) in (1_usize..).zip(&rating.levels) {
        let (wanted, found) = (wanted.to_string(), level.level.to_string());
        sheet.unless(wanted == found, "rating.levels", Rule::Gap { wanted, found });
    }
    sheet.unless(!rating.scales.is_empty(), "rating.scales", Rule::Empty);
    let wanted = rating.levels.len();
    for scale in &rating.scales {
        let found = scale.words.len();
        sheet.unless(found == wanted, format!("rating.scales[{}]", scale.id), Rule::Count { wanted, found });
    }
    for factor in &rating.factors {
        let place = format!("rating.factors[{}]", factor.id);
        sheet.unless(factor.weight > 0, format!("{place}.weight"), Rule::Zero);
        let found = factor.anchors.len();
        sheet.unless(found == ANCHORS, format!("{place}.anchors"), Rule::Count { wanted: ANCHORS, found });
    }
    if !rating.factors.is_empty() {
        let found = rating.cut_offs.len();
        sheet.unless(found == wanted, "rating.cut_offs", Rule::Count { wanted, found });
        let in_order = (1_u8..).zip(&rating.cut_offs).all(|(level, cut_off)| cut_off.level == level);
        let falls = rating.cut_offs.iter().zip(rating.cut_offs.iter().skip(1)).all(|(high, low)| high.from > low.from);
        let reaches = rating.cut_offs.last().is_none_or(|lowest| lowest.from == 1);
        sheet.unless(in_order && falls && reaches, "rating.cut_offs", Rule::NotFalling);
    }
    for cut_off in &rating.cut_offs {
        sheet.range(format!("rating.cut_offs[{}]", cut_off.level), cut_off.from.into(), 1, PRODUCT_MAX);
    }
    for preset in &rating.presets {
        risk_level(sheet, "rating.presets", preset.level);
    }
}

fn watching(sheet: &mut Sheet<'_>) {
    let rating = &sheet.pack.rating;
    for baseline in &rating.baselines {
        sheet.range(format!("rating.baselines[{}]", baseline.kind), baseline.up_to.into(), 1, PRODUCT_MAX);
        risk_kind(sheet, "rating.baselines", &baseline.kind);
    }
    for (at, watcher) in (1..).zip(&rating.watchers) {
        let place = format!("rating.watchers[{at}]");
        watcher.levels.iter().for_each(|level| risk_level(sheet, &place, *level));
        watcher.kinds.iter().for_each(|kind| risk_kind(sheet, &place, kind));
        watcher.bodies.iter().for_each(|body| sheet.body(&*place, body));
        watcher.roles.iter().for_each(|role| sheet.role(&*place, *role));
        sheet.unless(!watcher.bodies.is_empty(), format!("{place}.bodies"), Rule::Empty);
    }
    for card in &rating.cards {
        if let Some(form) = &card.form {
            sheet.form(format!("rating.cards[{}].form", card.id), form);
        }
    }
    for conclusion in &rating.conclusions {
        for form in conclusion.form.iter().chain(&conclusion.answered_by) {
            sheet.form(format!("rating.conclusions[{}]", conclusion.id), form);
        }
    }
}

fn risk_level(sheet: &mut Sheet<'_>, place: &str, level: u8) {
    let known = sheet.pack.rating.levels.iter().any(|known| known.level == level);
    sheet.unless(known, place, Rule::NoSuchLevel(level));
}

fn risk_kind(sheet: &mut Sheet<'_>, place: &str, kind: &str) {
    let known = sheet.pack.finding.kinds.iter().any(|known| known.id == kind);
    sheet.unless(known, place, Rule::NoSuchKind(kind.into()));
}

fn assessment(sheet: &mut Sheet<'_>) {
    let assessment = &sheet.pack.assessment;
    sheet.body("assessment.reported_to", &assessment.reported_to);
    let found = assessment.groups.iter().map(|group| u32::from(group.points)).sum();
    sheet.unless(found == POINTS, "assessment.groups", Rule::Points { wanted: POINTS, found });
    for group in &assessment.groups {
        let (wanted, found) = (u32::from(group.points), group.items.iter().map(|item| u32::from(item.points)).sum());
        sheet.unless(found == wanted, format!("assessment.groups[{}]", group.id), Rule::Points { wanted, found });
    }
    let grades = &assessment.grades;
    let falls = grades.iter().zip(grades.iter().skip(1)).all(|(better, worse)| better.from > worse.from);
    let reaches = grades.last().is_some_and(|lowest| lowest.from == 0);
    sheet.unless(falls && reaches, "assessment.grades", Rule::NotFalling);
    for grade in grades {
        sheet.range(format!("assessment.grades[{}].from", grade.id), grade.from.into(), 0, POINTS);
        if let Some(form) = &grade.form {
            sheet.form(format!("assessment.grades[{}].form", grade.id), form);
        }
    }
}
