//! Forms and the series they are numbered in: that what a text names can be filled in, and what is filled in is shown.

use super::{Rule, Sheet};
use crate::work::pack::{
    form::{Form, PATTERN_PARTS, Part, STANDARD_FIELDS, placeholders},
    level::Words,
};

pub(super) fn check(sheet: &mut Sheet<'_>) {
    let pack = sheet.pack;
    for series in &pack.series {
        let place = format!("series[{}].pattern", series.id);
        named(sheet, &series.pattern, &place, |name| PATTERN_PARTS.contains(&name));
        for part in ["year", "number"] {
            let has = |text: &str| placeholders(text).is_some_and(|named| named.contains(&part));
            sheet.unless(has(&series.pattern.zh) && has(&series.pattern.en), &*place, Rule::PatternLacks(part));
        }
    }
    for form in &pack.forms {
        one(sheet, form, &format!("forms[{}]", form.id));
    }
    sheet.form("reports.form", &pack.reports.form);
}

fn one(sheet: &mut Sheet<'_>, form: &Form, place: &str) {
    if let Some(series) = &form.series {
        let known = sheet.pack.series(series).is_some();
        sheet.unless(known, format!("{place}.series"), Rule::NoSuchSeries(series.clone()));
    }
    sheet.unless(!form.parts.is_empty(), format!("{place}.parts"), Rule::Empty);
    let mut shown = Vec::new();
    for (at, part) in (1..).zip(&form.parts) {
        let place = format!("{place}.parts[{at}]");
        match part {
            Part::Heading(words) => shown.extend(named(sheet, words, &place, |_| false)),
            Part::Text(words) => {
                let is_known = |name: &str| form.field(name).is_some() || STANDARD_FIELDS.contains(&name);
                shown.extend(named(sheet, words, &place, is_known));
            }
            Part::Rows(ids) => {
                for id in ids {
                    sheet.unless(form.field(id).is_some(), &*place, Rule::UnknownPlaceholder(id.clone()));
                }
                shown.extend(ids.iter().cloned());
            }
        }
    }
    for field in &form.fields {
        let place = format!("{place}.fields[{}]", field.id);
        sheet.unless(!STANDARD_FIELDS.contains(&field.id.as_str()), &*place, Rule::StandardField);
        sheet.unless(shown.contains(&field.id), place, Rule::FieldNotShown);
    }
}

/// Checks the fields a text names, and returns them.
fn named(sheet: &mut Sheet<'_>, words: &Words, place: &str, is_known: impl Fn(&str) -> bool) -> Vec<String> {
    let (Some(zh), Some(en)) = (placeholders(&words.zh), placeholders(&words.en)) else {
        sheet.find(place, Rule::BrokenBraces);
        return Vec::new();
    };
    for name in zh.iter().chain(en.iter().filter(|name| !zh.contains(name))).filter(|name| !is_known(name)) {
        sheet.find(place, Rule::UnknownPlaceholder((*name).into()));
    }
    let same = zh.iter().all(|name| en.contains(name)) && en.iter().all(|name| zh.contains(name));
    sheet.unless(same, place, Rule::PlaceholdersDiffer);
    zh.into_iter().map(String::from).collect()
}
