//! What is shared with departments, for people.

use fangwei_node::api::shape::{SharingShown, ToldShown};

use crate::{
    report::{
        document::history,
        reports::{said, unit},
        table::fields,
    },
    words::Words,
};

/// A sharing, whole.
#[must_use]
pub fn sharing(shown: &SharingShown, words: &Words) -> String {
    let head = [
        ("head-id", shown.id.clone()),
        ("head-department", unit(&shown.department)),
        ("head-matter", format!("{} {}", kind(&shown.kind, words), shown.about)),
    ];
    let mut pairs: Vec<(String, String)> = head.into_iter().map(|(key, value)| (words.say(key, &[]), value)).collect();
    pairs.extend(shown.told.iter().flat_map(|told| of_told(told, words)));
    let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
    text.push_str(&history(&shown.history, words));
    text
}

/// What was shared of a report or a case, below it.
#[must_use]
pub fn beside(all: &[SharingShown], words: &Words) -> String {
    let mut text = String::new();
    for shown in all {
        let short: String = shown.id.chars().take(8).collect();
        let of = [("department", unit(&shown.department).into()), ("id", short.into())];
        text.push_str(&format!("\n{}\n", words.say("sharing-beside", &of)));
        let pairs: Vec<(String, String)> = shown.told.iter().flat_map(|told| of_told(told, words)).collect();
        text.push_str(&fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str()))));
    }
    text
}

/// What a matter is.
#[must_use]
pub fn kind(kind: &str, words: &Words) -> String {
    words.say(if kind == "case" { "sharing-case" } else { "sharing-report" }, &[])
}

fn of_told(told: &ToldShown, words: &Words) -> Vec<(String, String)> {
    let copied = told.copied.iter().map(|copied| format!("{}：{}", copied.field_name, copied.text));
    let mut pairs = vec![
        ("head-told", said(&told.said)),
        ("head-copied", copied.collect::<Vec<_>>().join("\n")),
        ("head-why", told.reason.clone()),
        ("head-asked", told.question.clone().unwrap_or_default()),
        ("head-respond-by", told.respond_by.clone().unwrap_or_default()),
    ];
    pairs.extend(told.responses.iter().map(|response| ("head-response", said(response))));
    pairs.extend(told.closed.iter().map(|closed| ("head-closed", said(closed))));
    pairs.retain(|(_, value)| !value.is_empty());
    pairs.into_iter().map(|(key, value)| (words.say(key, &[]), value)).collect()
}
