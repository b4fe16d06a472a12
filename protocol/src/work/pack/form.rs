//! Forms 文书 as data, and a filled one as a paper that anything can lay out.
//!
//! A form is fields and parts; a part's text names fields as `{field}`. What comes out is neutral: a page, a printer and
//! a test show the same. Nothing is left out silently: what is required and missing is refused by name. Source: packs §3.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    limits::TEXT_CHARS_MAX,
    work::{
        calendar::Day,
        pack::{Pack, level::Words},
    },
};

/// The fields every form has without naming them.
pub const STANDARD_FIELDS: [&str; 3] = ["number", "unit", "date"];

/// A form.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What stands at its head.
    #[n(1)]
    pub title: Words,
    /// The series it is numbered in; none: it has no number.
    #[n(2)]
    pub series: Option<String>,
    /// What is filled in.
    #[n(3)]
    pub fields: Vec<FormField>,
    /// What it is made of, from above.
    #[n(4)]
    pub parts: Vec<Part>,
    /// Whether the issuing unit's seal stands under it.
    #[n(5)]
    #[serde(default)]
    pub stamp: bool,
    /// Who signs.
    #[n(6)]
    #[serde(default)]
    pub signatures: Vec<Words>,
    /// Who gets a copy; nothing where there is one alone.
    #[n(7)]
    #[serde(default)]
    pub copies: Vec<Words>,
}

/// A field of a form.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Once in its form, and none of [`STANDARD_FIELDS`].
    #[n(0)]
    pub id: String,
    /// What people read beside it.
    #[n(1)]
    pub label: Words,
    /// What it holds.
    #[n(2)]
    #[serde(default)]
    pub holds: FieldHolds,
    /// Whether it may be left empty.
    #[n(3)]
    #[serde(default)]
    pub optional: bool,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum FieldHolds {
    /// A text.
    #[n(0)]
    #[default]
    Text,
    /// A civil day.
    #[n(1)]
    Day,
    /// Money, in fen.
    #[n(2)]
    Fen,
    /// A whole number.
    #[n(3)]
    Count,
}

/// A part of a form.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A heading.
    #[n(0)]
    Heading(#[n(0)] Words),
    /// A paragraph with fields in it; left out when a field it names was left empty.
    #[n(1)]
    Text(#[n(0)] Words),
    /// Fields with their labels, one a row.
    #[n(2)]
    Rows(#[n(0)] Vec<String>),
}

/// A register papers are numbered in 字号.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// Its word 字, as 预告.
    #[n(1)]
    pub word: Words,
    /// How a number is written: of `{issuer}`, `{word}`, `{year}` and `{number}`.
    #[n(2)]
    pub pattern: Words,
    /// To how many digits a number is filled with zeros; 0 and 1: not at all.
    #[n(3)]
    #[serde(default)]
    pub digits: u8,
}

/// The parts of a series' pattern.
pub const PATTERN_PARTS: [&str; 4] = ["issuer", "word", "year", "number"];

/// The language a paper is written in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// The value of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entered {
    /// A text; empty is left empty.
    Text(String),
    /// A civil day.
    Day(Day),
    /// Money, in fen.
    Fen(u64),
    /// A whole number.
    Count(u64),
}

/// What a form is filled with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filled {
    /// In which language.
    pub language: Language,
    /// The number in the form's series.
    pub number: Option<SeriesNumber>,
    /// The unit it comes from.
    pub unit: String,
    /// The civil day it is of.
    pub date: Day,
    /// The fields, by id.
    pub values: BTreeMap<String, Entered>,
}

/// One number of a series.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeriesNumber {
    /// The issuer's short name, as 某纪.
    pub issuer: String,
    /// Year.
    pub year: u16,
    /// From 1 each year.
    pub number: u32,
}

/// A filled form, to be laid out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Paper {
    /// Its head.
    pub title: String,
    /// Its number, as 某纪预告〔2026〕7号; none if its form has no series.
    pub number: Option<String>,
    /// What it says, from above.
    pub lines: Vec<Line>,
    /// Whose seal stands under it.
    pub stamp: Option<String>,
    /// The day it is of.
    pub date: String,
    /// Who signs.
    pub signatures: Vec<String>,
    /// Who gets a copy.
    pub copies: Vec<String>,
}

/// A line of a paper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A row: label and value, which is empty where nothing was entered.
    Row(String, String),
}

/// Why a form cannot be filled so.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum FormRefusal {
    /// The pack has no such form.
    #[error("there is no form {form:?}")]
    NoForm {
        /// Which.
        form: String,
    },
    /// What is required was not entered.
    #[error("{form} lacks {field}")]
    Missing {
        /// Which form.
        form: String,
        /// Which field.
        field: String,
    },
    /// The form has no such field.
    #[error("{form} has no field {field:?}")]
    NoField {
        /// Which form.
        form: String,
        /// Which field.
        field: String,
    },
    /// What was entered is of another sort or too long.
    #[error("{field} of {form} does not hold that")]
    Unfit {
        /// Which form.
        form: String,
        /// Which field.
        field: String,
    },
}

impl Pack {
    /// The paper a form gives when it is filled so.
    ///
    /// # Errors
    ///
    /// See [`FormRefusal`].
    pub fn paper(&self, form: &str, filled: &Filled) -> Result<Paper, FormRefusal> {
        let no_form = || FormRefusal::NoForm { form: form.chars().take(64).collect() };
        self.form(form).ok_or_else(no_form)?.fill(filled, |id| self.series(id))
    }
}

impl Form {
    /// One field.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&FormField> {
        self.fields.iter().find(|field| field.id == id)
    }

    fn fill<'s>(&self, filled: &Filled, series: impl Fn(&str) -> Option<&'s Series>) -> Result<Paper, FormRefusal> {
        let language = filled.language;
        let texts = self.texts(filled)?;
        let number = match &self.series {
            None => None,
            Some(id) => {
                let missing = || self.missing("number");
                let series = series(id).ok_or_else(missing)?;
                Some(series.written(filled.number.as_ref().ok_or_else(missing)?, language))
            }
        };
        if filled.unit.trim().is_empty() {
            return Err(self.missing("unit"));
        }
        let date = written_day(filled.date, language);
        let text_of = |id: &str| match id {
            "number" => Some(number.clone().unwrap_or_default()),
            "unit" => Some(filled.unit.clone()),
            "date" => Some(date.clone()),
            _ => texts.get(id).cloned(),
        };
        let mut lines = Vec::new();
        for part in &self.parts {
            match part {
                Part::Heading(words) => lines.push(Line::Heading(words.in_language(language).into())),
                Part::Text(words) => {
                    lines.extend(substituted(words.in_language(language), &text_of).map(Line::Text));
                }
                Part::Rows(ids) => {
                    for field in ids.iter().filter_map(|id| self.field(id)) {
                        let value = text_of(&field.id).unwrap_or_default();
                        lines.push(Line::Row(field.label.in_language(language).into(), value));
                    }
                }
            }
        }
        let said = |words: &Words| words.in_language(language).to_owned();
        Ok(Paper {
            title: said(&self.title),
            lines,
            stamp: self.stamp.then(|| filled.unit.clone()),
            signatures: self.signatures.iter().map(said).collect(),
            copies: self.copies.iter().map(said).collect(),
            number,
            date,
        })
    }

    /// What was entered, as text, once all of it fits. What was left empty is not in it.
    fn texts(&self, filled: &Filled) -> Result<BTreeMap<String, String>, FormRefusal> {
        if let Some(id) = filled.values.keys().find(|id| self.field(id).is_none()) {
            return Err(FormRefusal::NoField { form: self.id.clone(), field: id.chars().take(64).collect() });
        }
        let mut texts = BTreeMap::new();
        for field in &self.fields {
            let Some(entered) = filled.values.get(&field.id) else {
                if field.optional {
                    continue;
                }
                return Err(self.missing(&field.id));
            };
            let text = written(field.holds, entered, filled.language).ok_or_else(|| self.unfit(&field.id))?;
            if !text.trim().is_empty() {
                texts.insert(field.id.clone(), text);
            } else if !field.optional {
                return Err(self.missing(&field.id));
            }
        }
        Ok(texts)
    }

    fn missing(&self, field: &str) -> FormRefusal {
        FormRefusal::Missing { form: self.id.clone(), field: field.into() }
    }

    fn unfit(&self, field: &str) -> FormRefusal {
        FormRefusal::Unfit { form: self.id.clone(), field: field.into() }
    }
}

impl Series {
    /// A number as it is written.
    #[must_use]
    pub fn written(&self, number: &SeriesNumber, language: Language) -> String {
        let text_of = |part: &str| {
            Some(match part {
                "issuer" => number.issuer.clone(),
                "word" => self.word.in_language(language).to_owned(),
                "year" => number.year.to_string(),
                "number" => format!("{:0width$}", number.number, width = usize::from(self.digits)),
                _ => String::new(),
            })
        };
        substituted(self.pattern.in_language(language), &text_of).unwrap_or_default()
    }
}

impl Words {
    /// The text in a language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// The fields a text names, in order, or `None` if its braces do not pair.
#[must_use]
pub fn placeholders(text: &str) -> Option<Vec<&str>> {
    let mut named = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, further) = after.split_once('}')?;
        if before.contains('}') || name.contains('{') {
            return None;
        }
        named.push(name);
        rest = further;
    }
    (!rest.contains('}')).then_some(named)
}

/// A text with its fields put in; none if one of them is empty.
fn substituted(text: &str, text_of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, further) = after.split_once('}')?;
        written.push_str(before);
        written.push_str(&text_of(name)?);
        rest = further;
    }
    written.push_str(rest);
    Some(written)
}

fn written(holds: FieldHolds, entered: &Entered, language: Language) -> Option<String> {
    match (holds, entered) {
        (FieldHolds::Text, Entered::Text(text)) => (text.chars().count() <= TEXT_CHARS_MAX).then(|| text.clone()),
        (FieldHolds::Day, Entered::Day(day)) => Some(written_day(*day, language)),
        (FieldHolds::Fen, Entered::Fen(fen)) => {
            let (yuan, rest) = (fen / 100, fen % 100);
            Some(match language {
                Language::Zh => format!("{yuan}.{rest:02}元"),
                Language::En => format!("{yuan}.{rest:02} yuan"),
            })
        }
        (FieldHolds::Count, Entered::Count(count)) => Some(count.to_string()),
        _ => None,
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A civil day as people write it.
fn written_day(day: Day, language: Language) -> String {
    let date = day.date();
    let (year, month, of_month) = (date.year(), date.month(), date.day());
    match language {
        Language::Zh => format!("{year}年{month}月{of_month}日"),
        Language::En => {
            let month = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at));
            format!("{of_month} {} {year}", month.unwrap_or(&""))
        }
    }
}

#[cfg(test)]
mod tests;
