//! The forms: which fields each deed asks for, how they are shown, and how what was filled in becomes what the desk
//! takes.
//!
//! A form is a table. Its names are those of the local HTTP's JSON, a dot leads into a structure and a number into a
//! list (`meeting.present.0.name`), so that one reader serves all forms and no form can ask for what no shape has.

mod read;
mod shown;

pub(super) use self::{
    read::read,
    shown::{FieldShown, show},
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

/// What was made of what crossed.
const SETTLE: &[Field] = &[may("act", Line), must("findings", Text)];

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
    deed("settle_inner", SETTLE),
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
    deed("settle", SETTLE),
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]
mod tests {
    use serde_json::Value;

    use super::{super::form::Filled, *};
    use crate::{
        api::shape::{
            CaseForm, FileForm, PostForm, ProposeForm, ReportDeedForm, RiskForm, ShareForm, SharingDeedForm, TriageForm,
        },
        desk::Code,
    };

    /// A value for every field there is.
    fn full(fields: &'static [Field]) -> Filled {
        let mut filled: Vec<(String, String)> = Vec::new();
        for field in fields {
            let name = field.name;
            let mut put = |name: String, value: &str| filled.push((name, value.to_owned()));
            match field.input {
                One(Of::These(pairs)) | Any(Of::These(pairs)) => put(name.into(), pairs[0].0),
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
}
