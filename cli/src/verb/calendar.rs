//! `calendar show|check|publish|due`: the days deadlines are reckoned by, and why one ends when it does.

use std::path::Path;

use fangwei_node::api::shape::{
    DayShown, DueQuery, DueShown, YearForm, YearLine, YearPublished, YearQuery, YearShown, Years, route,
};
use fangwei_protocol::work::calendar::Year;

use crate::{
    args::CalendarVerb,
    complaint::{Complaint, Exit},
    errand::Errand,
    report::table::Table,
    verb::Done,
    words::{Value, Words},
};

/// `calendar …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: CalendarVerb) -> Done {
    match asked {
        CalendarVerb::Show { year: None, .. } => years(errand).await,
        CalendarVerb::Show { year: Some(year), toml } => {
            let written = if toml { as_text } else { as_table };
            year_shown(errand, year, written).await
        }
        CalendarVerb::Check { file } => check(errand, &file),
        CalendarVerb::Publish { file, dry_run } => publish(errand, &file, dry_run).await,
        CalendarVerb::Due { from, term } => due(errand, DueQuery { from, term }).await,
    }
}

async fn years(errand: &mut Errand) -> Done {
    let years: Years = errand.ask().await?.get(route::CALENDAR, &()).await?;
    errand.voice.data(&years, |years, words| {
        let heads = ["head-year", "head-version", "head-applies", "head-days-off", "head-make-up"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for one in &years.years {
            let version = if one.version == 0 { words.say("calendar-built-in", &[]) } else { one.version.to_string() };
            let counts = [one.holidays, one.make_up].map(|count| count.to_string());
            table.row([one.year.to_string(), version, one.applies.clone()].into_iter().chain(counts));
        }
        table.text()
    })?;
    Ok(Exit::Yes)
}

fn as_text(shown: &YearShown, _: &Words) -> String {
    shown.text.clone()
}

fn as_table(shown: &YearShown, words: &Words) -> String {
    days(&shown.days, words)
}

async fn year_shown(errand: &mut Errand, year: u16, written: fn(&YearShown, &Words) -> String) -> Done {
    let shown: YearShown = errand.ask().await?.get(route::CALENDAR_YEAR, &YearQuery { year }).await?;
    errand.voice.data(&shown, written)?;
    Ok(Exit::Yes)
}

/// One row a day.
fn days(days: &[DayShown], words: &Words) -> String {
    let heads = ["head-day", "head-weekday", "head-day-is", "head-festival"];
    let mut table = Table::new(heads.map(|key| words.say(key, &[])));
    for one in days {
        let [weekday, kind] = [weekday_key(one.weekday), kind_key(&one.kind)].map(|key| words.say(key, &[]));
        table.row([one.day.clone(), weekday, kind, one.festival.clone().unwrap_or_default()]);
    }
    table.text()
}

fn weekday_key(weekday: u8) -> &'static str {
    match weekday {
        1 => "weekday-1",
        2 => "weekday-2",
        3 => "weekday-3",
        4 => "weekday-4",
        5 => "weekday-5",
        6 => "weekday-6",
        _ => "weekday-7",
    }
}

fn kind_key(kind: &str) -> &'static str {
    match kind {
        "holiday" => "day-holiday",
        "make_up" => "day-make-up",
        "weekend" => "day-weekend",
        _ => "day-weekday",
    }
}

fn year(errand: &mut Errand, file: &Path) -> Result<Year, Complaint> {
    let text = errand.input.text(file)?;
    Year::from_toml(&text)
        .map_err(|fault| Complaint::wrong("calendar-text").with("line", fault.line).with("cause", fault.what).at(file))
}

fn check(errand: &mut Errand, file: &Path) -> Done {
    let found = year(errand, file)?.check_published();
    let values = |values: Vec<(&'static str, String)>| -> serde_json::Map<_, _> {
        values.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
    };
    let lines: Vec<_> = found
        .iter()
        .map(|fault| serde_json::json!({ "rule": fault.code(), "values": values(fault.values()) }))
        .collect();
    errand.voice.data(&lines, |_, words| {
        let said = found.iter().map(|fault| {
            let values: Vec<Value<'_>> = fault.values().into_iter().map(|(name, value)| (name, value.into())).collect();
            words.say(&format!("calendar-fault-{}", fault.code()), &values) + "\n"
        });
        said.collect()
    })?;
    if found.is_empty() {
        errand.voice.note("calendar-clean", &[]);
        return Ok(Exit::Yes);
    }
    errand.voice.note("calendar-found", &[("count", found.len().into())]);
    Ok(Exit::No)
}

async fn publish(errand: &mut Errand, file: &Path, dry_run: bool) -> Done {
    let year = year(errand, file)?;
    let found = year.check_published();
    if !found.is_empty() {
        return Err(Complaint::refused("calendar-unsound").with("count", found.len()).hint("calendar-unsound-hint"));
    }
    let form = YearForm { text: year.to_toml(), dry_run };
    let published: YearPublished = errand.ask_as_officer().await?.post(route::CALENDAR, &form).await?;
    let key = if dry_run { "calendar-would" } else { "calendar-published" };
    errand.voice.data(&published, |done, words| {
        let YearLine { year, version, applies, holidays, make_up } = &done.line;
        let values = [
            // A year is no number to be grouped.
            ("year", year.to_string().into()),
            ("version", (*version).into()),
            ("day", applies.clone().into()),
            ("holidays", (*holidays).into()),
            ("make_up", (*make_up).into()),
        ];
        words.say(key, &values)
    })?;
    Ok(Exit::Yes)
}

async fn due(errand: &mut Errand, asked: DueQuery) -> Done {
    let due: DueShown = errand.ask().await?.get(route::CALENDAR_DUE, &asked).await?;
    errand.voice.data(&due, |due, words| {
        let unit = match due.unit.as_str() {
            "working_day" => "term-working-days",
            "week" => "term-weeks",
            _ => "term-months",
        };
        let term = words.say(unit, &[("count", due.count.into())]);
        let said = |key, day: &str| words.say(key, &[("day", day.to_owned().into())]) + "\n";
        let from = [("from", due.from.clone().into()), ("term", term.into()), ("day", due.day.clone().into())];
        let mut text = words.say("due-on", &from) + "\n";
        if due.plain != due.day {
            text.push_str(&said("due-moved", &due.plain));
        }
        if due.provisional {
            text.push_str(&said("due-provisional", &due.day));
        }
        text + &days(&due.days, words)
    })?;
    Ok(Exit::Yes)
}
