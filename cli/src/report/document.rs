//! Documents for people: a report or a risk point whole, a case with its papers, and who said what when.

use fangwei_node::api::shape::{
    ActShown, AttachmentShown, AuthorShown, CaseShown, DeadlineShown, DocumentShown, EntryShown, FieldContent,
    FieldShown, HeldShown, ValueShown,
};

use crate::{
    errand::Errand,
    report::{sharing, table::fields, time, time_beside},
    verb::certificate::place,
    words::Words,
};

/// A report or a risk point.
#[must_use]
pub fn whole(shown: &DocumentShown, words: &Words) -> String {
    let (unit, held) = (place(&shown.unit, &shown.unit_name), held(shown.held_above, words));
    let mut pairs = vec![
        (words.say("head-id", &[]), shown.id.clone()),
        (words.say("head-unit", &[]), unit),
        (words.say("head-held", &[]), held),
    ];
    pairs.extend(shown.fields.iter().map(|field| (field.label.clone(), content(field, words))));
    pairs.retain(|(_, value)| !value.is_empty());
    let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
    text.push_str(&history(&shown.history, words));
    text
}

/// A case, as far as it is kept here.
#[must_use]
pub fn case(shown: &CaseShown, words: &Words) -> String {
    let line = &shown.line;
    let mut pairs = vec![
        (words.say("head-id", &[]), line.id.clone()),
        (words.say("head-stage", &[]), line.stage_name.clone()),
        (words.say("head-subject", &[]), place(&line.subject, &line.subject_name)),
        (words.say("head-post", &[]), line.post.clone().unwrap_or_default()),
        (words.say("head-level", &[]), case_level(line.level, words)),
        (words.say("head-ground", &[]), ground(shown)),
        (words.say("head-way", &[]), shown.way.clone().unwrap_or_default()),
        (words.say("head-rules", &[]), shown.rules.clone().unwrap_or_default()),
        (words.say("head-decides", &[]), place(&shown.decided_by, &shown.decided_by_name)),
        (words.say("head-held", &[]), held(line.held_above, words)),
        (words.say("head-reports", &[]), shown.reports.join("\n")),
        (words.say("head-number", &[]), shown.number.clone().unwrap_or_default()),
        (words.say("head-deadlines", &[]), deadlines(shown, words)),
    ];
    let answers = shown.answers.iter().map(|answer| ("head-answer", Some(answer)));
    let acts = [("head-proposal", shown.proposal.as_ref()), ("head-approval", shown.approval.as_ref())];
    let paper = [("head-paper", shown.paper.as_ref())];
    let lifting = [("head-lifting", shown.lifting.as_ref())];
    for (key, act) in acts.into_iter().chain(paper).chain(answers).chain(lifting) {
        pairs.extend(act.map(|act| (words.say(key, &[]), said(act))));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
    if !line.inner_here {
        text.push_str(&words.say("case-outer-only", &[]));
        text.push('\n');
    }
    for conflict in shown.conflicts.iter().filter(|conflict| conflict.needs_person) {
        let entry: String = conflict.entry.chars().take(12).collect();
        let why = conflict.why.as_ref().map(|why| why.message.clone()).unwrap_or_default();
        let key = if conflict.stands.is_some() { "case-crossed" } else { "case-breach" };
        text.push_str(&words.say(key, &[("entry", entry.into()), ("why", why.into())]));
        text.push('\n');
    }
    text.push_str(&sharing::beside(&shown.shared, words));
    text.push_str(&history(&shown.history, words));
    text
}

fn ground(shown: &CaseShown) -> String {
    let parts = [shown.ground.as_deref(), shown.ground_words.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What the subject owes, one line each.
fn deadlines(shown: &CaseShown, words: &Words) -> String {
    let line = |deadline: &DeadlineShown| {
        let last = match &deadline.last {
            None => words.say("deadline-not-begun", &[]),
            Some(last) if deadline.provisional => words.say("deadline-provisional", &[("day", last.clone().into())]),
            Some(last) => last.clone(),
        };
        let key = match deadline.state.as_str() {
            "in_time" => "deadline-in-time",
            "signed_in_time" => "deadline-signed-in-time",
            "late" => "deadline-late",
            "overdue" => "deadline-overdue",
            _ => "deadline-open",
        };
        format!("{}  {last}  {}", deadline.what_name, words.say(key, &[]))
    };
    shown.deadlines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What an approver or a reader sees of one step.
fn said(act: &ActShown) -> String {
    let by = format!("{}  {}", time(&act.time), author(&act.author));
    act.text.as_ref().map_or_else(|| by.clone(), |text| format!("{}\n{by}", text.trim_end()))
}

fn content(field: &FieldShown, words: &Words) -> String {
    match &field.content {
        FieldContent::Prose { text } => text.clone(),
        FieldContent::Items { items } => {
            let numbered = items.iter().enumerate().map(|(at, item)| format!("{}. {item}", at + 1));
            numbered.collect::<Vec<_>>().join("\n")
        }
        FieldContent::Single { value, others, .. } => {
            let mut text = value.as_ref().map(|value| single(&field.name, value, words)).unwrap_or_default();
            for other in others {
                let value = single(&field.name, &other.value, words);
                text.push('\n');
                text.push_str(&words.say("also-set", &[("value", value.into())]));
            }
            text
        }
    }
}

/// A value in the unit its field's name ends with.
fn single(field: &str, value: &ValueShown, words: &Words) -> String {
    match value {
        ValueShown::Flag(flag) => words.say(if *flag { "yes" } else { "no" }, &[]),
        ValueShown::Word(word) => word.clone(),
        ValueShown::Number(number) if field.ends_with("_s") => crate::report::time_of(*number),
        ValueShown::Number(number) if field.ends_with("_fen") => {
            let yuan = format!("{}.{:02}", number / 100, number.rem_euclid(100));
            words.say("yuan", &[("amount", yuan.into())])
        }
        ValueShown::Number(number) => number.to_string(),
    }
}

pub(super) fn history(entries: &[EntryShown], words: &Words) -> String {
    let mut text = format!("\n{}\n", words.say("head-history", &[]));
    for entry in entries {
        let deed = deed(&entry.deed, words);
        let id: String = entry.id.chars().take(12).collect();
        text.push_str(&format!("  {}  {}  {deed}  {id}\n", time(&entry.time), author(&entry.author)));
        text.push_str(&format!("    {}\n", standing(entry, words)));
        if let Some(why) = contradiction(&entry.claimed) {
            text.push_str(&format!("    {}\n", words.say(why, &[])));
        }
        for change in &entry.changes {
            text.push_str(&format!("    {change}\n"));
        }
        for (at, shown) in entry.attachments.iter().enumerate() {
            text.push_str(&format!("    {}\n", attachment(at + 1, shown, words)));
        }
        if let Some(void) = &entry.void {
            text.push_str(&format!("    {}\n", words.say("entry-void", &[("why", void.message.clone().into())])));
        }
        if let Some(struck) = &entry.struck {
            text.push_str(&format!("    {}\n", words.say("entry-struck", &[("why", struck.message.clone().into())])));
        }
        for note in &entry.redacted {
            let values = [
                ("who", author(&note.by).into()),
                ("time", time(&note.time).into()),
                ("basis", note.basis.clone().into()),
            ];
            text.push_str(&format!("    {}\n", words.say("entry-redacted", &values)));
        }
        for mark in &entry.marks {
            text.push_str(&format!("    {}\n", words.say("entry-mark", &[("why", mark.message.clone().into())])));
        }
    }
    text
}

/// What came with an entry, and how much of it is here.
fn attachment(number: usize, shown: &AttachmentShown, words: &Words) -> String {
    let bytes = shown.attachment.bytes;
    let values = [
        ("number", number.into()),
        ("name", shown.attachment.name.clone().into()),
        ("kib", bytes.div_ceil(1024).into()),
        ("percent", (shown.here * 100 / bytes.max(1)).into()),
    ];
    words.say(if shown.here == bytes { "attachment-here" } else { "attachment-coming" }, &values)
}

/// Saved here, held by whom since when, the nearest first, witnessed; and between which times it was written.
fn standing(entry: &EntryShown, words: &Words) -> String {
    let beside = |text: &str| time_beside(text, &entry.time);
    let mut parts = vec![words.say("entry-saved", &[])];
    let mut above: Vec<&HeldShown> = entry.held.iter().collect();
    // Of several nodes of a unit the first that said so.
    above.sort_by(|one, other| other.unit.len().cmp(&one.unit.len()).then_with(|| one.since.cmp(&other.since)));
    above.dedup_by(|later, first| later.unit == first.unit);
    parts.extend(above.iter().map(|held| {
        let name = if held.unit_name.is_empty() { &held.unit } else { &held.unit_name };
        let since = held.since.as_deref().map(beside);
        since.map_or_else(|| name.clone(), |since| format!("{name} {since}"))
    }));
    if entry.held.iter().any(|held| held.witnessed) {
        parts.push(words.say("entry-witnessed", &[]));
    }
    let interval = match (entry.not_before.as_deref().map(beside), entry.not_after.as_deref().map(beside)) {
        (None, None) => return parts.join(" · "),
        (Some(from), None) => words.say("entry-not-before", &[("from", from.into())]),
        (None, Some(to)) => words.say("entry-not-after", &[("to", to.into())]),
        (Some(from), Some(to)) => words.say("entry-between", &[("from", from.into()), ("to", to.into())]),
    };
    format!("{}  {interval}", parts.join(" · "))
}

/// The key of the words for how a claimed time contradicts what others vouch for; none if it does not.
fn contradiction(claimed: &str) -> Option<&'static str> {
    match claimed {
        "too_early" => Some("entry-too-early"),
        "too_late" => Some("entry-too-late"),
        _ => None,
    }
}

pub(super) fn author(author: &AuthorShown) -> String {
    let name: String =
        if author.name.is_empty() { author.certificate.chars().take(8).collect() } else { author.name.clone() };
    format!("{name}（{} {}）", author.role_names.join("、"), author.unit)
}

/// Saved here only, or held above too.
#[must_use]
pub fn held(held_above: bool, words: &Words) -> String {
    words.say(if held_above { "held-above" } else { "saved-here" }, &[])
}

/// A text in a list, with how many entries of its document are struck, if any are.
#[must_use]
pub fn marked(text: &str, struck: u64, words: &Words) -> String {
    if struck == 0 {
        return text.to_owned();
    }
    words.say("struck-mark", &[("text", text.into()), ("count", struck.into())])
}

/// A case's level with its colour.
#[must_use]
pub fn case_level(level: u8, words: &Words) -> String {
    let key = match level {
        1 => "level-red",
        2 => "level-yellow",
        3 => "level-blue",
        other => return other.to_string(),
    };
    words.say(key, &[])
}

/// What an entry does, for people.
#[must_use]
pub fn deed(deed: &str, words: &Words) -> String {
    fangwei_node::words::deed(words.lang().node(), deed)
}

/// What is to be said below a list: that it is empty, or not all, and how the next page is asked for.
pub fn count(errand: &mut Errand, none: &str, shown: u64, (total, at_least): (u64, bool), next: Option<&str>) {
    if total == 0 {
        return errand.voice.note(none, &[]);
    }
    if shown < total {
        let key = if at_least { "list-part-at-least" } else { "list-part" };
        errand.voice.note(key, &[("shown", shown.into()), ("total", total.into())]);
    }
    if let Some(next) = next {
        errand.voice.hint("list-next-hint", &[("next", next.into())]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Lang;

    fn held(unit: &str, unit_name: &str, minute: u8, witnessed: bool) -> HeldShown {
        let since = Some(format!("2026-11-21T09:{minute}:00+00:00"));
        HeldShown { unit: unit.into(), unit_name: unit_name.into(), since, witnessed }
    }

    fn entry(held: Vec<HeldShown>, not_before: Option<&str>, not_after: Option<&str>) -> EntryShown {
        let author = AuthorShown {
            certificate: String::new(),
            name: String::new(),
            unit: String::new(),
            role_names: Vec::new(),
        };
        EntryShown {
            id: String::new(),
            at: 0,
            author,
            time: "2026-11-21T09:11:00+00:00".into(),
            deed: "edit".into(),
            deed_name: String::new(),
            changes: Vec::new(),
            void: None,
            struck: None,
            redacted: Vec::new(),
            marks: Vec::new(),
            held,
            not_before: not_before.map(Into::into),
            not_after: not_after.map(Into::into),
            claimed: "within".into(),
            attachments: Vec::new(),
        }
    }

    #[test]
    fn an_entry_says_who_holds_it_nearest_first_and_when_it_was_written() {
        let words = Words::new(Lang::Chinese);
        let here = |text: &str| time_beside(text, "2026-11-21T09:11:00Z");
        let (town, county) = (here("2026-11-21T09:12:00Z"), here("2026-11-21T09:14:00Z"));
        assert_eq!(standing(&entry(Vec::new(), None, None), &words), "已存");
        let above = vec![
            held("370126", "示例县", 14, true),
            held("370126.105", "", 12, false),
            held("370126.105", "清水镇", 13, false),
        ];
        let said = standing(&entry(above, None, None), &words);
        assert_eq!(said, format!("已存 · 370126.105 {town} · 示例县 {county} · 已见证"));
        let said = standing(&entry(Vec::new(), Some("2025-12-30T00:00:00Z"), Some("2026-11-21T09:12:00Z")), &words);
        assert!(said.starts_with("已存  （") && said.contains("2025-12-") && said.contains(&town), "{said}");
        assert_eq!(contradiction("too_early"), Some("entry-too-early"));
        assert_eq!(contradiction("within"), None);
    }
}
