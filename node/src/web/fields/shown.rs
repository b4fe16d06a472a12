//! Forms as pages show them: labels, help, what can be chosen, what was filled in, and what is wrong with it.

use serde_json::{Map, Value};

use super::{
    Any, Day, Field, Files, Ids, Interviewers, Line, Lines, Measures, Meeting, Moment, Number, Of, One, ROWS, Term,
    Terms, Text, Tick, YesNo, Yuan,
};
use crate::{
    desk::{
        DeskError,
        choices::{Choice, Choices},
    },
    web::{form::Filled, frame::Frame},
};

/// A field as a page shows it.
pub(in crate::web) struct FieldShown {
    pub(in crate::web) name: &'static str,
    pub(in crate::web) label: String,
    /// Empty if there is none.
    pub(in crate::web) help: String,
    pub(in crate::web) is_required: bool,
    /// `line`, `text`, `day`, `moment`, `tick`, `one`, `any`, `term`, `files`, `yes_no`, `meeting`, `interviewers`,
    /// `measures` or `terms`.
    pub(in crate::web) kind: &'static str,
    pub(in crate::web) value: String,
    pub(in crate::web) options: Vec<OptionShown>,
    /// What people sit in a meeting as; officers.
    pub(in crate::web) roles: Vec<OptionShown>,
    /// Rows of a list, by their numbers.
    pub(in crate::web) rows: Vec<RowShown>,
    /// What is wrong with it.
    pub(in crate::web) problem: Option<String>,
}

/// One row of a list.
pub(in crate::web) struct RowShown {
    pub(in crate::web) at: usize,
    /// Texts that were filled in, by the last part of their names.
    pub(in crate::web) texts: Map<String, Value>,
}

impl RowShown {
    pub(in crate::web) fn text(&self, name: &str) -> &str {
        self.texts.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Something that can be chosen.
#[derive(Clone)]
pub(in crate::web) struct OptionShown {
    pub(in crate::web) value: String,
    pub(in crate::web) label: String,
    /// The group it stands in, where it is the first of it.
    pub(in crate::web) group: Option<String>,
    pub(in crate::web) is_chosen: bool,
}

/// The fields of a form with what was filled in so far, and what is wrong with one of them.
pub(in crate::web) fn show(
    f: &Frame,
    fields: &'static [Field],
    choices: &Choices,
    filled: &Filled,
    problem: Option<&DeskError>,
) -> Vec<FieldShown> {
    fields.iter().map(|field| show_one(f, field, choices, filled, problem)).collect()
}

fn show_one(
    f: &Frame,
    field: &'static Field,
    choices: &Choices,
    filled: &Filled,
    problem: Option<&DeskError>,
) -> FieldShown {
    let last = field.name.rsplit('.').next().unwrap_or(field.name);
    // `concerned.unit` is called otherwise than a unit elsewhere.
    let key = match field.input {
        // Whoever is told is not whoever reported.
        One(Of::Bodies) => "body".to_owned(),
        _ => field.name.replace(['.', '_'], "-"),
    };
    let chosen = filled.all(field.name);
    let mark = |mut option: OptionShown| {
        option.is_chosen = chosen.contains(&option.value);
        option
    };
    let options = match field.input {
        One(of) | Number(of) | Any(of) => options(f, of, choices),
        Interviewers | Meeting => grouped(&choices.officers),
        Terms => grouped(&choices.debts),
        _ => Vec::new(),
    };
    let count = ROWS.iter().find(|(input, _)| *input == field.input).map_or(0, |(_, count)| *count);
    let rows = (0..count).map(|at| {
        let prefixes = [format!("{}.{at}.", field.name), format!("{}.present.{at}.", field.name)];
        let texts = filled.fields().filter_map(|(name, value)| {
            let rest = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix.as_str()))?;
            Some((rest.to_owned(), Value::String(value.to_owned())))
        });
        RowShown { at, texts: texts.collect() }
    });
    FieldShown {
        name: field.name,
        label: f.t(&format!("field-{key}")),
        help: f.maybe(&format!("help-{key}")),
        is_required: field.is_required,
        kind: match field.input {
            Line | Ids => "line",
            Text | Lines => "text",
            Day => "day",
            Moment => "moment",
            Yuan => "yuan",
            Tick => "tick",
            YesNo => "yes_no",
            One(_) | Number(_) => "one",
            Any(_) => "any",
            Term => "term",
            Files => "files",
            Meeting => "meeting",
            Interviewers => "interviewers",
            Measures => "measures",
            Terms => "terms",
        },
        value: filled.text(field.name),
        options: options.into_iter().map(mark).collect(),
        roles: grouped(&choices.roles),
        rows: rows.collect(),
        problem: problem.filter(|error| is_about(error, last)).map(|error| {
            let failed = crate::words::failed(f.language, error);
            failed.message
        }),
    }
}

/// Whether an error names a field: by what the rules call it.
fn is_about(error: &DeskError, field: &str) -> bool {
    error.values.get("field").is_some_and(|named| named == field)
}

fn options(f: &Frame, of: Of, choices: &Choices) -> Vec<OptionShown> {
    let words = |pairs: &[(&str, &str)]| {
        let option = |(value, key): &(&str, &str)| OptionShown {
            value: (*value).to_owned(),
            label: crate::words::text(f.language, key, &crate::desk::Values::new()),
            group: None,
            is_chosen: false,
        };
        pairs.iter().map(option).collect()
    };
    match of {
        Of::Categories => grouped(&choices.categories),
        Of::Sources => grouped(&choices.sources),
        Of::Levels => grouped(&choices.levels),
        Of::Grounds => grouped(&choices.grounds),
        Of::Ways => grouped(&choices.ways),
        Of::Means => grouped(&choices.means),
        Of::Bodies => grouped(&choices.bodies),
        Of::Conditions => grouped(&choices.conditions),
        Of::Debts => grouped(&choices.debts),
        Of::Kinds => grouped(&choices.kinds),
        Of::Units => grouped(&choices.units),
        Of::Officers => grouped(&choices.officers),
        Of::These(pairs) => words(pairs),
    }
}

fn grouped(choices: &[Choice]) -> Vec<OptionShown> {
    let mut before = String::new();
    let mut options = Vec::with_capacity(choices.len());
    for choice in choices {
        let is_new = choice.group != before;
        before.clone_from(&choice.group);
        options.push(OptionShown {
            value: choice.value.clone(),
            label: choice.label.clone(),
            group: is_new.then(|| choice.group.clone()),
            is_chosen: false,
        });
    }
    options
}
