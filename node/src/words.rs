//! Words for people: every code, role and field has its text in each language, Chinese first.
//!
//! The texts stand in `locales/*.ftl` (Fluent) and are built in. A message says what is so; its `.hint` what can be
//! done about it. A text that is missing shows its key, and a test looks for those.

use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr, sync::LazyLock};

use fangwei_protocol::trust::charter::Role;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use serde::{Deserialize, Serialize};
use unic_langid::{LanguageIdentifier, langid};

use crate::{
    api::shape::{Failed, RowFailed, Spoken},
    desk::{Code, DeskError, Values},
};

/// A language people are spoken to in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
pub enum Language {
    /// Chinese, the default.
    #[default]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// Not a language this program speaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a language of this program: zh-CN and en are")]
pub struct NotSpoken(pub String);

const SOURCES: [(Language, LanguageIdentifier, [&str; 2]); 2] = [
    (
        Language::Chinese,
        langid!("zh-CN"),
        [include_str!("../locales/zh-CN.ftl"), include_str!("../locales/zh-CN/pages.ftl")],
    ),
    (Language::English, langid!("en"), [include_str!("../locales/en.ftl"), include_str!("../locales/en/pages.ftl")]),
];

type Bundles = BTreeMap<Language, FluentBundle<FluentResource>>;

static BUNDLES: LazyLock<Bundles> = LazyLock::new(|| {
    let bundle = |(language, id, sources): (Language, LanguageIdentifier, [&str; 2])| {
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // The marks around values would end up in terminals and files.
        bundle.set_use_isolating(false);
        for source in sources {
            // A faulty text is left out; a test sees to it that there is none.
            let resource = FluentResource::try_new(source.into()).unwrap_or_else(|(resource, _)| resource);
            let _ = bundle.add_resource(resource);
        }
        (language, bundle)
    };
    SOURCES.into_iter().map(bundle).collect()
});

impl Language {
    /// The languages there are, the default first.
    pub const ALL: [Language; 2] = [Language::Chinese, Language::English];

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// The first language an `Accept-Language` header asks for and this program speaks, or `otherwise`.
    #[must_use]
    pub fn accepted(header: &str, otherwise: Language) -> Language {
        let mut asked: Vec<(f32, Language)> = Vec::new();
        for part in header.split(',') {
            let (tag, quality) = part.split_once(";q=").unwrap_or((part, "1"));
            if let Ok(language) = tag.trim().parse() {
                asked.push((quality.trim().parse().unwrap_or(0.0), language));
            }
        }
        // The first of equals.
        asked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        asked.first().filter(|(quality, _)| *quality > 0.0).map_or(otherwise, |(_, language)| *language)
    }
}

impl FromStr for Language {
    type Err = NotSpoken;

    fn from_str(tag: &str) -> Result<Language, NotSpoken> {
        match tag.split('-').next().map(str::to_ascii_lowercase).as_deref() {
            Some("zh") => Ok(Language::Chinese),
            Some("en") => Ok(Language::English),
            _ => Err(NotSpoken(tag.chars().take(32).collect())),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// The text of a key with its values.
#[must_use]
pub fn text(language: Language, key: &str, values: &Values) -> String {
    pattern(language, key, None, values).unwrap_or_else(|| key.into())
}

/// The text of a key without values; none if there is none.
#[must_use]
pub fn maybe(language: Language, key: &str) -> Option<String> {
    pattern(language, key, None, &Values::new())
}

/// A code and the words for it.
#[must_use]
pub fn spoken(language: Language, code: Code, values: &Values) -> Spoken {
    Spoken { code: code.as_str().into(), message: text(language, code.as_str(), values) }
}

/// Why a deed was not done, for people and for programs.
#[must_use]
pub fn failed(language: Language, error: &DeskError) -> Failed {
    let rows = error.rows.iter().map(|row| {
        let Spoken { code, message } = spoken(language, row.code, &row.values);
        RowFailed { line: row.line, code, message }
    });
    let Spoken { code, message } = spoken(language, error.code, &error.values);
    Failed {
        code,
        message,
        hint: pattern(language, error.code.as_str(), Some("hint"), &error.values),
        values: error.values.iter().map(|(name, value)| ((*name).into(), value.clone())).collect(),
        rows: rows.collect(),
    }
}

/// What a role is called.
#[must_use]
pub fn role(language: Language, role: Role) -> String {
    word(language, "role", role.name().unwrap_or("unknown"))
}

/// What a reason of revocation is called.
#[must_use]
pub fn reason(language: Language, name: &str) -> String {
    word(language, "reason", name)
}

/// What the place where a key is kept is called.
#[must_use]
pub fn custody(language: Language, name: &str) -> String {
    word(language, "custody", name)
}

/// What a stage of a case or report is called.
#[must_use]
pub fn stage(language: Language, name: &str) -> String {
    word(language, "stage", name)
}

/// What became of a report is called.
#[must_use]
pub fn outcome(language: Language, name: &str) -> String {
    word(language, "outcome", name)
}

/// How far a report has come, for who has its receipt code.
#[must_use]
pub fn receipt(language: Language, name: &str) -> String {
    word(language, "receipt", name)
}

/// At which stage a reminder is, and what became of it.
#[must_use]
pub fn reminder(language: Language, name: &str) -> String {
    word(language, "reminder", name)
}

/// From whom a report comes.
#[must_use]
pub fn origin(language: Language, name: &str) -> String {
    word(language, "origin", name)
}

/// What something done is called.
#[must_use]
pub fn deed(language: Language, name: &str) -> String {
    word(language, "deed", name)
}

/// What a task is called.
#[must_use]
pub fn task(language: Language, name: &str) -> String {
    word(language, "task", name)
}

/// What something owed is called.
#[must_use]
pub fn debt(language: Language, name: &str) -> String {
    word(language, "debt", name)
}

/// What a fact about an act is called.
#[must_use]
pub fn fact(language: Language, name: &str) -> String {
    word(language, "fact", name)
}

/// What a kind of risk is called.
#[must_use]
pub fn kind(language: Language, name: &str) -> String {
    word(language, "kind", name)
}

/// How severe a warning is, with its colour.
#[must_use]
pub fn level(language: Language, level: u8) -> String {
    word(language, "page-level", &level.to_string())
}

/// When a warning is carried up.
#[must_use]
pub fn condition(language: Language, name: &str) -> String {
    word(language, "condition", name)
}

/// What a field is called.
#[must_use]
pub fn field(language: Language, name: &str) -> String {
    word(language, "field", name)
}

/// The text `<group>-<name>`, or the name itself where there is none.
fn word(language: Language, group: &str, name: &str) -> String {
    let key = format!("{group}-{name}");
    pattern(language, &key, None, &Values::new()).unwrap_or_else(|| name.into())
}

fn pattern(language: Language, key: &str, attribute: Option<&str>, values: &Values) -> Option<String> {
    let bundle = BUNDLES.get(&language)?;
    let message = bundle.get_message(key)?;
    let pattern = match attribute {
        Some(name) => message.get_attribute(name)?.value(),
        None => message.value()?,
    };
    let mut args = FluentArgs::new();
    for (name, value) in values {
        // Roles and fields go by their names for people.
        let value: Cow<'_, str> = match *name {
            "role" | "field" | "stage" | "deed" | "debt" => word(language, name, value).into(),
            _ => value.as_str().into(),
        };
        args.set(*name, value);
    }
    Some(bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fangwei_protocol::{
        record::body::RevokeReason,
        work::{
            case::deed::CaseDeed,
            pack::level::{Condition, Debt},
            report::table::{ReportDeed, ReportStage},
            risk,
            schema::SCHEMAS,
        },
    };

    use super::*;
    use crate::desk;

    /// Every key the program asks for.
    fn keys() -> BTreeSet<String> {
        let codes = Code::ALL.iter().map(|code| code.as_str().to_owned());
        let roles =
            Role::ALL.iter().map(|(_, name)| *name).chain(["root", "unknown"]).map(|name| format!("role-{name}"));
        let fields = SCHEMAS.iter().flat_map(|schema| schema.fields).map(|field| field.name);
        let fields = fields.chain(desk::FORM_FIELDS.iter().copied()).map(|name| format!("field-{name}"));
        let custodies = ["node", "device", "token", "unknown"].map(|name| format!("custody-{name}"));
        let reasons = RevokeReason::ALL.iter().map(|(_, name)| *name).chain(["unknown"]);
        let reasons = reasons.map(|name| format!("reason-{name}"));
        let changes = desk::CHANGE_KEYS.iter().map(|key| (*key).to_owned());
        let stages = crate::view::stages().chain(ReportStage::ALL.iter().map(|stage| stage.name()));
        let stages = stages.map(|name| format!("stage-{name}"));
        let deeds = CaseDeed::ALL.iter().map(|deed| deed.name()).chain(ReportDeed::ALL.iter().map(|deed| deed.name()));
        let deeds = deeds.chain(desk::DEEDS.iter().copied()).map(|name| format!("deed-{name}"));
        let debts = Debt::ALL.iter().map(|debt| format!("debt-{}", debt.name()));
        let tasks = desk::TASKS.iter().map(|name| format!("task-{name}"));
        let debts = debts.chain(tasks);
        let outcomes = ["no_substance", "duplicate", "lead", "warning"].map(|name| format!("outcome-{name}"));
        let origins = ["officer", "named", "anonymous", "invited", "passed_on"].map(|name| format!("origin-{name}"));
        let receipts = ["received", "accepted", "in_hand", "closed", "withdrawn", "passed_on"];
        let receipts = receipts.map(|name| format!("receipt-{name}"));
        let reminders = ["before", "on", "after", "waiting"].map(|name| format!("reminder-{name}"));
        let facts = desk::facts::FACTS.iter().map(|name| format!("fact-{name}"));
        let conditions = Condition::ALL.iter().map(|(_, name)| format!("condition-{name}"));
        let kinds = risk::KINDS.iter().map(|name| format!("kind-{name}"));
        let operations = crate::api::network::names().into_iter().map(|name| format!("operation-{name}"));
        let operations = operations.chain(["operations-title", "operations-note"].map(str::to_owned));
        let plain = desk::facts::WORDS.iter().map(|name| (*name).to_owned());
        let shown = facts.chain(conditions).chain(kinds).chain(plain);
        let debts = debts.chain(outcomes).chain(origins).chain(receipts).chain(reminders).chain(shown);
        codes
            .chain(operations)
            .chain(stages)
            .chain(deeds)
            .chain(debts)
            .chain(roles)
            .chain(custodies)
            .chain(reasons)
            .chain(fields)
            .chain(changes)
            .collect()
    }

    #[test]
    fn every_key_has_its_words_in_every_language_and_no_word_is_without_use() {
        for (language, id, [source, _]) in SOURCES {
            let resource = FluentResource::try_new(source.into()).map_err(|(_, faults)| faults).unwrap();
            let there = source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
            let there: BTreeSet<String> =
                there.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect();
            assert_eq!(
                resource.entries().filter(|entry| !format!("{entry:?}").starts_with("Comment")).count(),
                there.len()
            );
            assert_eq!(there.difference(&keys()).next(), None, "said by nobody in {id}");
            assert_eq!(keys().difference(&there).next(), None, "not said in {language}");
        }
    }

    /// The sources of the pages: templates and the code behind them.
    fn pages(dir: &std::path::Path, found: &mut String) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pages(&path, found);
            } else if path.extension().is_some_and(|end| end == "html" || end == "rs") {
                found.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// What stands in quotes behind each of these.
    fn quoted_behind<'s>(source: &'s str, before: &[&str]) -> BTreeSet<&'s str> {
        let behind = before.iter().flat_map(|before| source.split(before).skip(1));
        behind.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"')).map(|(key, _)| key).collect()
    }

    #[test]
    fn pages_say_nothing_without_words_and_no_word_is_without_a_page() {
        let mut source = String::new();
        pages(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"), &mut source);
        let whole = quoted_behind(&source, &[".t(", ".t1(", ".t2("]);
        let beginnings = quoted_behind(&source, &[".tk("]);
        let fields = quoted_behind(&source, &["must(", "may("]);
        let fields: BTreeSet<String> = fields.iter().map(|name| name.replace(['.', '_'], "-")).collect();
        let named: BTreeSet<&str> = source.split('"').filter_map(|part| part.strip_prefix("page-")).collect();
        for (language, _, [_, words]) in SOURCES {
            let resource = FluentResource::try_new(words.into());
            assert!(resource.is_ok(), "{language}: {:?}", resource.map_err(|(_, faults)| faults).err());
            let there: BTreeSet<&str> =
                words.lines().filter_map(|line| line.split_once(" =")?.0.strip_prefix("page-")).collect();
            // Of two texts under one key the first would be lost.
            assert_eq!(words.matches("\npage-").count(), there.len(), "{language} has a key twice");
            for key in &whole {
                assert!(there.contains(key), "{language} has no words for {key}");
            }
            for field in &fields {
                let key = format!("field-{field}");
                assert!(there.contains(key.as_str()), "{language} has no words for {key}");
            }
            for key in &there {
                let is_field = key.strip_prefix("field-").or_else(|| key.strip_prefix("help-"));
                let is_used = whole.contains(key)
                    || named.contains(key)
                    || beginnings.iter().any(|beginning| key.starts_with(beginning))
                    || key.starts_with("chip-")
                    || is_field.is_some_and(|field| fields.contains(field) || field == "body");
                assert!(is_used, "{key} is said by no page");
            }
        }
        let keys = |words: &str| -> BTreeSet<String> {
            words.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect()
        };
        let [(_, _, [_, one]), (_, _, [_, other])] = SOURCES;
        assert_eq!(keys(one), keys(other));
    }

    #[test]
    fn words_carry_their_values_and_a_hint_of_its_own() {
        let error = DeskError::new(Code::WrongDecider).with("role", "secretary");
        assert_eq!(failed(Language::Chinese, &error).message, "这一等级由纪委书记决定");
        assert_eq!(failed(Language::English, &error).message, "This level is decided by the secretary");
        assert_eq!(failed(Language::English, &error).hint, None);
        let error = DeskError::new(Code::SelfApproval);
        assert_eq!(failed(Language::Chinese, &error).hint.as_deref(), Some("请由另一名有权人员办理。"));
    }

    #[test]
    fn the_language_asked_for_is_spoken() {
        for (header, language) in [
            ("", Language::Chinese),
            ("en", Language::English),
            ("en-GB, zh;q=0.5", Language::English),
            ("fr, en;q=0.3, zh-CN;q=0.9", Language::Chinese),
            ("fr", Language::Chinese),
            ("en;q=0", Language::Chinese),
        ] {
            assert_eq!(Language::accepted(header, Language::default()), language, "{header}");
        }
    }
}
