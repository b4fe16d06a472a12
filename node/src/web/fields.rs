//! The forms: which fields each deed asks for, how they are shown, and how what was filled in becomes what the desk
//! takes.
//!
//! A form is a table. Its names are those of the local HTTP's JSON, a dot leads into a structure and a number into a
//! list (`meeting.present.0.name`), so that one reader serves all forms and no form can ask for what no shape has.

use serde_json::{Map, Value};

use super::{form::Filled, frame::Frame};
use crate::desk::{
    Code, DeskError,
    choices::{Choice, Choices},
};

/// A field of a form.
pub(super) struct Field {
    /// Its path in the JSON.
    pub(super) name: &'static str,
    /// What is filled in.
    pub(super) input: Input,
    /// Whether it must be.
    pub(super) is_required: bool,
}

/// What is filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Input {
    /// A line.
    Line,
    /// A text.
    Text,
    /// A text each line of which is an item.
    Lines,
    /// Ids with spaces or commas between them.
    Ids,
    /// A civil day.
    Day,
    /// A civil day and time of this machine's zone.
    Moment,
    /// An amount in yuan, sent in fen.
    Yuan,
    /// A tick.
    Tick,
    /// Yes or no, one of which must be chosen.
    YesNo,
    /// One of these.
    One(Of),
    /// One of these, sent as a number.
    Number(Of),
    /// Any of these.
    Any(Of),
    /// A term: a number with a unit.
    Term,
    /// Files.
    Files,
    /// A meeting with those present.
    Meeting,
    /// Officers with what they sit there as.
    Interviewers,
    /// Measures with by whom and until when.
    Measures,
    /// Terms with what they are for.
    Terms,
}

/// What is chosen from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Of {
    Categories,
    Sources,
    Levels,
    Grounds,
    Ways,
    Means,
    Bodies,
    Conditions,
    Debts,
    Kinds,
    Units,
    Officers,
    /// Values of ours, each with the key of its words.
    These(&'static [(&'static str, &'static str)]),
}

/// Rows offered of each list; blank ones are left out.
const ROWS: [(Input, usize); 4] =
    [(Input::Meeting, 8), (Input::Interviewers, 3), (Input::Measures, 5), (Input::Terms, 3)];

const ORIGINS: &[(&str, &str)] =
    &[("officer", "origin-officer"), ("named", "origin-named"), ("anonymous", "origin-anonymous")];

const SORTS: &[(&str, &str)] = &[
    ("usual", "page-sort-usual"),
    ("leading_group", "leading-group"),
    ("unit", "page-sort-unit"),
    ("person", "page-sort-person"),
];

const OPINIONS: &[(&str, &str)] =
    &[("lift", "opinion-lift"), ("continue", "opinion-continue"), ("escalate", "opinion-escalate")];

const RISK_LEVELS: &[(&str, &str)] =
    &[("1", "page-risk-level-1"), ("2", "page-risk-level-2"), ("3", "page-risk-level-3")];

const COPIED_OF_REPORT: &[(&str, &str)] = &[
    ("title", "field-title"),
    ("account", "field-account"),
    ("place", "field-place"),
    ("happened", "field-happened"),
    ("amount", "field-amount"),
    ("category", "field-category"),
];

const COPIED_OF_CASE: &[(&str, &str)] = &[("ground", "field-ground"), ("facts", "field-facts")];

const fn must(name: &'static str, input: Input) -> Field {
    Field { name, input, is_required: true }
}

const fn may(name: &'static str, input: Input) -> Field {
    Field { name, input, is_required: false }
}

use Input::{
    Any, Day, Files, Ids, Interviewers, Line, Lines, Measures, Meeting, Moment, Number, One, Term, Terms, Text, Tick,
    YesNo, Yuan,
};

const REASON: Field = must("reason", Text);

/// A report to be filed.
pub(super) const FILE: &[Field] = &[
    must("title", Line),
    must("category", Number(Of::Categories)),
    must("source", One(Of::Sources)),
    may("concerned.unit", One(Of::Units)),
    may("concerned.post", Line),
    may("concerned.officer", One(Of::Officers)),
    may("concerned.head", Tick),
    must("account", Text),
    may("happened", Day),
    may("place", Line),
    may("amount_fen", Yuan),
    may("attachments", Files),
    may("origin", One(Of::These(ORIGINS))),
    may("who", Line),
    may("urgent", Tick),
    may("to", One(Of::Units)),
];

/// A risk point.
pub(super) const RISK: &[Field] = &[
    must("post", Line),
    must("kind", One(Of::Kinds)),
    must("level", Number(Of::These(RISK_LEVELS))),
    must("description", Text),
    may("measures", Lines),
    may("responsible_post", Line),
];

/// A proposal.
pub(super) const PROPOSE: &[Field] = &[
    must("subject", One(Of::Units)),
    may("sort", One(Of::These(SORTS))),
    may("post", Line),
    may("holders", Any(Of::Officers)),
    may("managed_by", One(Of::Units)),
    must("level", Number(Of::Levels)),
    must("ground", One(Of::Grounds)),
    may("reason", Line),
    may("way", One(Of::Ways)),
    must("facts", Text),
    may("reports", Ids),
    may("follows", Line),
];

/// What is shared of a report.
pub(super) const SHARE_REPORT: &[Field] = &[
    must("with", One(Of::Units)),
    must("digest", Text),
    must("reason", Text),
    may("copy", Any(Of::These(COPIED_OF_REPORT))),
    may("question", Text),
    may("respond_by", Day),
];

/// What is shared of a case.
pub(super) const SHARE_CASE: &[Field] = &[
    must("with", One(Of::Units)),
    must("digest", Text),
    must("reason", Text),
    may("copy", Any(Of::These(COPIED_OF_CASE))),
    may("question", Text),
    may("respond_by", Day),
];

/// A managed post.
pub(super) const POST: &[Field] =
    &[must("unit", One(Of::Units)), must("post", Line), may("officer", One(Of::Officers))];

/// A number to be struck.
pub(super) const STRIKE: &[Field] = &[REASON];

/// Deeds of a case, by the name the desk lists them under, with the deed of the form and its fields. Where the form's
/// deed says one of two things, `upheld` is that.
pub(super) struct CaseDeed {
    pub(super) name: &'static str,
    pub(super) deed: &'static str,
    pub(super) upheld: Option<bool>,
    pub(super) fields: &'static [Field],
}

const fn deed(name: &'static str, fields: &'static [Field]) -> CaseDeed {
    CaseDeed { name, deed: name, upheld: None, fields }
}

/// All that is done in a case once it was proposed.
pub(super) const CASE: &[CaseDeed] = &[
    deed("propose", PROPOSE),
    deed("return", &[REASON]),
    deed("drop", &[REASON]),
    deed("recuse", &[may("officer", One(Of::Officers)), REASON]),
    deed("approve", &[may("meeting", Meeting)]),
    deed("dismiss", &[may("meeting", Meeting)]),
    deed("plan", &[must("outline", Text), must("interviewers", Interviewers)]),
    deed("rescind", &[REASON, may("meeting", Meeting)]),
    deed("refer_proposal", &[REASON]),
    deed("deliberate", &[must("findings", Text), must("upheld", YesNo), may("meeting", Meeting)]),
    deed(
        "raise",
        &[
            may("level", Number(Of::Levels)),
            must("when", One(Of::Conditions)),
            must("findings", Text),
            may("case", Line),
        ],
    ),
    deed("issue", &[may("paper", Text), may("terms", Terms)]),
    deed("cancel", &[REASON]),
    deed("deliver", &[must("how", Line), may("on", Day)]),
    deed("receive", &[may("on", Day)]),
    deed("notice", &[must("at", Moment), must("place", Line), must("paper", Text), must("interviewers", Interviewers)]),
    deed("interview", &[must("record", Text), must("interviewers", Interviewers), may("on", Day), may("terms", Terms)]),
    deed(
        "answer",
        &[may("what", One(Of::Debts)), must("text", Text), may("measures", Measures), may("attachments", Files)],
    ),
    deed("evidence", &[must("text", Text), may("attachments", Files)]),
    deed("ask_extension", &[REASON, must("by", Term)]),
    deed("extend", &[may("by", Term), may("paper", Text)]),
    deed("refuse_extension", &[REASON]),
    deed("accept", &[]),
    deed("send_back", &[REASON]),
    deed(
        "visit",
        &[
            must("means", Any(Of::Means)),
            must("findings", Text),
            must("opinion", One(Of::These(OPINIONS))),
            may("on", Day),
        ],
    ),
    deed("lift", &[REASON]),
    deed("withdraw", &[REASON]),
    deed("object", &[must("text", Text)]),
    CaseDeed { name: "uphold", deed: "rule", upheld: Some(true), fields: &[REASON] },
    CaseDeed { name: "reject", deed: "rule", upheld: Some(false), fields: &[REASON] },
    deed("escalate", &[may("level", Number(Of::Levels)), must("when", One(Of::Conditions)), may("case", Line)]),
    deed("refer", &[]),
    deed("tell", &[must("who", One(Of::Bodies)), may("on", Day), may("paper", Text)]),
];

/// What is done with a report that was filed.
pub(super) const REPORT: &[(&str, &[Field])] = &[
    ("accept", &[]),
    ("ask_back", &[must("question", Text)]),
    ("supplement", &[must("text", Text), may("attachments", Files)]),
    ("pass_on", &[must("to", One(Of::Units))]),
    ("reply", &[must("text", Text)]),
    ("withdraw", &[REASON]),
];

/// What is done in its triage.
pub(super) const TRIAGE: &[(&str, &[Field])] = &[
    ("open", &[]),
    ("no_substance", &[REASON]),
    ("duplicate", &[must("of", Line), REASON]),
    ("lead", &[]),
    ("warning", &[must("case", Line), REASON]),
    ("reopen", &[REASON]),
    ("pass_on", &[must("to", One(Of::Units)), REASON]),
    ("recuse", &[may("officer", One(Of::Officers)), REASON]),
];

/// What a department does with what was shared.
pub(super) const SHARING: &[(&str, &[Field])] = &[("respond", &[must("text", Text)]), ("close", &[REASON])];

/// The fields of a deed in one of these tables.
pub(super) fn of(table: &'static [(&'static str, &'static [Field])], deed: &str) -> Option<&'static [Field]> {
    table.iter().find(|(name, _)| *name == deed).map(|(_, fields)| *fields)
}

// --- showing

/// A field as a page shows it.
pub(super) struct FieldShown {
    pub(super) name: &'static str,
    pub(super) label: String,
    /// Empty if there is none.
    pub(super) help: String,
    pub(super) is_required: bool,
    /// `line`, `text`, `day`, `moment`, `tick`, `one`, `any`, `term`, `files`, `yes_no`, `meeting`, `interviewers`,
    /// `measures` or `terms`.
    pub(super) kind: &'static str,
    pub(super) value: String,
    pub(super) options: Vec<OptionShown>,
    /// What people sit in a meeting as; officers.
    pub(super) roles: Vec<OptionShown>,
    /// Rows of a list, by their numbers.
    pub(super) rows: Vec<RowShown>,
    /// What is wrong with it.
    pub(super) problem: Option<String>,
}

/// One row of a list.
pub(super) struct RowShown {
    pub(super) at: usize,
    /// Texts that were filled in, by the last part of their names.
    pub(super) texts: Map<String, Value>,
}

impl RowShown {
    pub(super) fn text(&self, name: &str) -> &str {
        self.texts.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Something that can be chosen.
#[derive(Clone)]
pub(super) struct OptionShown {
    pub(super) value: String,
    pub(super) label: String,
    /// The group it stands in, where it is the first of it.
    pub(super) group: Option<String>,
    pub(super) is_chosen: bool,
}

/// The fields of a form with what was filled in so far, and what is wrong with one of them.
pub(super) fn show(
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
        _ => field.name.replace('.', "-").replace('_', "-"),
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

// --- reading

/// What was filled in, as the JSON the desk takes.
///
/// # Errors
///
/// [`Code::MissingField`], [`Code::BadNumber`].
pub(super) fn read(fields: &'static [Field], filled: &Filled) -> Result<Map<String, Value>, DeskError> {
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
mod tests {
    use super::*;
    use crate::api::shape::{
        CaseForm, FileForm, PostForm, ProposeForm, ReportDeedForm, RiskForm, ShareForm, SharingDeedForm, TriageForm,
    };

    /// A value for every field there is.
    fn full(fields: &'static [Field]) -> Filled {
        let mut filled: Vec<(String, String)> = Vec::new();
        for field in fields {
            let name = field.name;
            let mut put = |name: String, value: &str| filled.push((name, value.to_owned()));
            match field.input {
                Line | Text | Lines | Ids | One(_) | Any(_) => put(name.into(), "a"),
                Number(_) => put(name.into(), "2"),
                Day => put(name.into(), "2026-11-22"),
                Moment => put(name.into(), "2026-11-22T10:00"),
                Yuan => put(name.into(), "12.5"),
                Tick => put(name.into(), "on"),
                YesNo => put(name.into(), "yes"),
                Term => put(format!("{name}.count"), "7"),
                Files => {}
                Meeting => {
                    put(format!("{name}.on"), "2026-11-22");
                    put(format!("{name}.outcome"), "同意");
                    put(format!("{name}.present.1.name"), "张三");
                }
                Interviewers => {
                    put(format!("{name}.0.officer"), "abcdef");
                    put(format!("{name}.0.role"), "secretary");
                }
                Measures => put(format!("{name}.2.what"), "公示"),
                Terms => {
                    put(format!("{name}.0.what"), "answer");
                    put(format!("{name}.0.count"), "2");
                    put(format!("{name}.0.unit"), "w");
                }
            }
        }
        let pairs: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Filled::of(&pairs)
    }

    fn read_as<T: serde::de::DeserializeOwned>(fields: &'static [Field], more: &[(&str, Value)]) -> T {
        let mut json = read(fields, &full(fields)).unwrap();
        json.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        serde_json::from_value(Value::Object(json.clone())).unwrap_or_else(|fault| panic!("{json:?}: {fault}"))
    }

    #[test]
    fn every_form_says_what_its_shape_takes() {
        let _: FileForm = read_as(FILE, &[]);
        let _: RiskForm = read_as(RISK, &[]);
        let _: ProposeForm = read_as(PROPOSE, &[]);
        let _: ShareForm = read_as(SHARE_REPORT, &[]);
        let _: ShareForm = read_as(SHARE_CASE, &[]);
        let _: PostForm = read_as(POST, &[("deed", "manage".into())]);
        for CaseDeed { deed, upheld, fields, .. } in CASE {
            let upheld = upheld.map(|upheld| ("upheld", Value::Bool(upheld)));
            let more: Vec<_> = [("deed", Value::from(*deed))].into_iter().chain(upheld).collect();
            let _: CaseForm = read_as(fields, &more);
        }
        for (deed, fields) in REPORT {
            let _: ReportDeedForm = read_as(fields, &[("deed", Value::from(*deed))]);
        }
        for (deed, fields) in TRIAGE {
            let _: TriageForm = read_as(fields, &[("deed", Value::from(*deed))]);
        }
        for (deed, fields) in SHARING {
            let _: SharingDeedForm = read_as(fields, &[("deed", Value::from(*deed))]);
        }
    }

    #[test]
    fn everything_the_rules_let_be_done_in_a_case_has_its_form() {
        use fangwei_protocol::work::case::table::TABLE;
        // These two are written by the node itself beside what is done.
        let by_itself = ["note", "link"];
        for row in TABLE {
            let name = row.deed.name();
            assert!(by_itself.contains(&name) || CASE.iter().any(|deed| deed.name == name), "{name}");
        }
    }

    #[test]
    fn what_must_be_there_is_asked_for_and_blank_rows_are_none() {
        let reason = &[REASON];
        assert_eq!(read(reason, &Filled::of(&[("reason", "  ")])).unwrap_err().code, Code::MissingField);
        let answer = CASE.iter().find(|deed| deed.name == "answer").unwrap().fields;
        let json = read(answer, &Filled::of(&[("text", "已整改"), ("measures.0.what", ""), ("measures.3.who", "李")]));
        assert_eq!(
            Value::Object(json.unwrap()),
            serde_json::json!({ "text": "已整改", "measures": [{ "who": "李" }] })
        );
    }

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
