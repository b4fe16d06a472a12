//! What was filled in, as the JSON the desk takes.

use serde_json::{Map, Value};

use super::{
    Any, Day, Field, Files, Ids, Input, Interviewers, Line, Lines, Measures, Meeting, Moment, Number, One, ROWS, Term,
    Terms, Text, Tick, YesNo, Yuan,
};
use crate::{
    desk::{Code, DeskError},
    web::form::Filled,
};

/// What was filled in, as the JSON the desk takes.
///
/// # Errors
///
/// [`Code::MissingField`], [`Code::BadNumber`].
pub(in crate::web) fn read(fields: &'static [Field], filled: &Filled) -> Result<Map<String, Value>, DeskError> {
    let mut all = Map::new();
    for field in fields {
        let last = field.name.rsplit('.').next().unwrap_or(field.name);
        match value(field, filled)? {
            Some(value) => put(&mut all, field.name, value),
            None if field.is_required => return Err(DeskError::new(Code::MissingField).with("field", last)),
            None => {}
        }
    }
    // A structure whose first field was left out was not meant.
    if let Some(Value::Object(concerned)) = all.get("concerned")
        && !concerned.contains_key("unit")
    {
        all.remove("concerned");
    }
    Ok(all)
}

fn value(field: &Field, filled: &Filled) -> Result<Option<Value>, DeskError> {
    let name = field.name;
    let text = || filled.some(name);
    Ok(match field.input {
        Line | Text | One(_) | Day | Moment => text().map(Value::String),
        Number(_) => text().map(|text| number(&text)).transpose()?,
        Yuan => text().map(|text| fen(&text)).transpose()?.map(Value::from),
        Tick => filled.is_set(name).then_some(Value::Bool(true)),
        YesNo => text().map(|text| Value::Bool(text == "yes")),
        Lines => items(filled.text(name).lines()),
        Ids => items(filled.text(name).split([' ', ',', '，', '、', '\n'])),
        Any(_) => items(filled.all(name).iter().map(String::as_str)),
        Term => term(filled, name),
        Files => {
            let files: Vec<Value> =
                filled.attachments.iter().filter_map(|one| serde_json::to_value(one).ok()).collect();
            Some(Value::Array(files)).filter(|_| !filled.attachments.is_empty())
        }
        Meeting => meeting(filled, name),
        Interviewers | Measures | Terms => list(field.input, filled, name),
    })
}

fn items<'a>(items: impl Iterator<Item = &'a str>) -> Option<Value> {
    let items: Vec<Value> =
        items.map(str::trim).filter(|item| !item.is_empty()).map(|item| Value::String(item.into())).collect();
    Some(Value::Array(items)).filter(|value| value.as_array().is_some_and(|items| !items.is_empty()))
}

fn number(text: &str) -> Result<Value, DeskError> {
    let bad = || DeskError::new(Code::BadNumber).with("value", text.chars().take(40).collect::<String>());
    text.parse::<i64>().map(Value::from).map_err(|_| bad())
}

/// Yuan as people write them, in fen: at most two digits behind the point.
fn fen(text: &str) -> Result<i64, DeskError> {
    let bad = || DeskError::new(Code::BadNumber).with("value", text.chars().take(40).collect::<String>());
    let plain: String = text.chars().filter(|c| ![',', '，', ' '].contains(c)).collect();
    let (yuan, rest) = plain.split_once('.').unwrap_or((&plain, ""));
    if rest.len() > 2 || yuan.is_empty() || !yuan.bytes().chain(rest.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let rest: i64 = format!("{rest:0<2}").parse().map_err(|_| bad())?;
    let yuan: i64 = yuan.parse().map_err(|_| bad())?;
    yuan.checked_mul(100).and_then(|fen| fen.checked_add(rest)).ok_or_else(bad)
}

fn term(filled: &Filled, name: &str) -> Option<Value> {
    let count = filled.some(&format!("{name}.count"))?;
    let unit = filled.some(&format!("{name}.unit")).unwrap_or_else(|| "wd".into());
    Some(Value::String(format!("{count}{unit}")))
}

fn meeting(filled: &Filled, name: &str) -> Option<Value> {
    let mut meeting = Map::new();
    for part in ["on", "outcome"] {
        if let Some(text) = filled.some(&format!("{name}.{part}")) {
            meeting.insert(part.into(), Value::String(text));
        }
    }
    if let Some(present) = list(Meeting, filled, &format!("{name}.present")) {
        meeting.insert("present".into(), present);
    }
    Some(Value::Object(meeting)).filter(|value| value.as_object().is_some_and(|meeting| !meeting.is_empty()))
}

/// Rows of a list that say anything.
fn list(input: Input, filled: &Filled, name: &str) -> Option<Value> {
    let parts: &[&str] = match input {
        Meeting => &["name", "officer", "role"],
        Interviewers => &["officer", "role"],
        Measures => &["what", "who", "by"],
        _ => &["what"],
    };
    let count = ROWS.iter().find(|(known, _)| *known == input).map_or(0, |(_, count)| *count);
    let rows = (0..count).filter_map(|at| {
        let mut row = Map::new();
        for part in parts {
            if let Some(text) = filled.some(&format!("{name}.{at}.{part}")) {
                row.insert((*part).into(), Value::String(text));
            }
        }
        if input == Terms {
            // What it is for is always chosen; the term says whether it is meant.
            row.insert("term".into(), term(filled, &format!("{name}.{at}"))?);
        }
        if input == Interviewers && !row.contains_key("officer") {
            return None;
        }
        Some(Value::Object(row)).filter(|row| row.as_object().is_some_and(|row| !row.is_empty()))
    });
    let rows: Vec<Value> = rows.collect();
    Some(Value::Array(rows)).filter(|rows| rows.as_array().is_some_and(|rows| !rows.is_empty()))
}

/// Puts a value where a path leads.
fn put(all: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            all.insert(path.into(), value);
        }
        Some((first, rest)) => {
            let inner = all.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;

    #[test]
    fn yuan_are_counted_in_fen() {
        for (text, amount) in [("12", Some(1200)), ("12.5", Some(1250)), ("1,200.05", Some(120_005)), ("0.1", Some(10))]
        {
            assert_eq!(fen(text).ok(), amount, "{text}");
        }
        for text in ["", "-3", "1.234", "twelve", "99999999999999999999", ".5"] {
            assert!(fen(text).is_err(), "{text}");
        }
    }
}
