//! A report for people: what was filed, with whom it lies, what was asked and told, what became of it.

use fangwei_node::api::shape::{
    AcceptanceShown, FiledShown, ReceiptShown, ReportShown, SaidShown, TriageShown, UnitNamed,
};

use crate::{
    report::{
        document::{author, held, history, whole},
        sharing,
        table::fields,
        time,
    },
    verb::certificate::place,
    words::Words,
};

/// A report: a draft by its fields, a filed one by what was filed.
#[must_use]
pub fn report(shown: &ReportShown, words: &Words) -> String {
    if shown.stage == "blank" {
        return whole(&shown.document, words);
    }
    let document = &shown.document;
    let mut pairs = vec![
        (words.say("head-id", &[]), document.id.clone()),
        (words.say("head-stage", &[]), shown.stage_name.clone()),
        (words.say("head-unit", &[]), place(&document.unit, &document.unit_name)),
        (words.say("head-lies-with", &[]), shown.lies_with.as_ref().map(unit).unwrap_or_default()),
        (words.say("head-acceptance", &[]), acceptance(shown.acceptance.as_ref(), words)),
        (words.say("head-held", &[]), held(document.held_above, words)),
    ];
    if let Some(of_it) = &shown.filed {
        pairs.extend(filed(of_it, words));
    }
    for (key, all) in
        [("head-question", &shown.questions), ("head-supplement", &shown.supplements), ("head-reply", &shown.replies)]
    {
        pairs.extend(all.iter().map(|one| (words.say(key, &[]), said(one))));
    }
    pairs.extend(shown.triage.iter().map(|one| (words.say("head-triage", &[]), triage(one))));
    pairs.retain(|(_, value)| !value.is_empty());
    let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
    text.push_str(&sharing::beside(&shown.shared, words));
    text.push_str(&history(&document.history, words));
    for one in &shown.triage {
        text.push_str(&history(&one.history, words));
    }
    text
}

/// What whoever has a receipt code is told.
#[must_use]
pub fn receipt(shown: &ReceiptShown, words: &Words) -> String {
    let mut pairs = vec![
        (words.say("head-stage", &[]), shown.state_name.clone()),
        (words.say("head-filed", &[]), shown.filed.clone()),
    ];
    for (key, all) in [("head-question", &shown.questions), ("head-reply", &shown.replies)] {
        pairs.extend(all.iter().map(|one| (words.say(key, &[]), format!("{}\n{}", one.text.trim_end(), one.on))));
    }
    fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())))
}

fn filed(filed: &FiledShown, words: &Words) -> Vec<(String, String)> {
    let yuan = |fen: i64| {
        let yuan = format!("{}.{:02}", fen / 100, fen.rem_euclid(100));
        words.say("yuan", &[("amount", yuan.into())])
    };
    let origin = match &filed.who {
        Some(who) => format!("{}  {who}", filed.origin_name),
        None => filed.origin_name.clone(),
    };
    let concerned = filed.concerned.as_ref().map(|concerned| {
        let head = if concerned.head { words.say("report-head", &[]) } else { String::new() };
        let parts = [unit(&concerned.unit), concerned.post.clone(), concerned.person.clone().unwrap_or_default(), head];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
    });
    vec![
        (words.say("head-number", &[]), filed.number.clone()),
        (words.say("head-title", &[]), filed.title.clone()),
        (words.say("head-category", &[]), format!("{} {}", filed.category, filed.category_name)),
        (words.say("head-source", &[]), filed.source_name.clone()),
        (words.say("head-origin", &[]), origin),
        (words.say("head-concerned", &[]), concerned.unwrap_or_default()),
        (words.say("head-account", &[]), filed.account.clone()),
        (words.say("head-happened", &[]), filed.happened.as_deref().map(time).unwrap_or_default()),
        (words.say("head-place", &[]), filed.place.clone()),
        (words.say("head-amount", &[]), filed.amount_fen.map(yuan).unwrap_or_default()),
        (words.say("head-urgent", &[]), if filed.urgent { words.say("yes", &[]) } else { String::new() }),
        (words.say("head-rules", &[]), filed.rules.clone()),
    ]
}

/// By when it is to be taken up.
#[must_use]
pub fn acceptance(shown: Option<&AcceptanceShown>, words: &Words) -> String {
    let Some(shown) = shown else { return String::new() };
    let day = match shown.provisional {
        true => words.say("deadline-provisional", &[("day", shown.until.clone().into())]),
        false => shown.until.clone(),
    };
    if shown.overdue { format!("{day}  {}", words.say("deadline-overdue", &[])) } else { day }
}

/// A unit for people.
#[must_use]
pub fn unit(named: &UnitNamed) -> String {
    place(&named.unit, &named.name)
}

pub(super) fn said(said: &SaidShown) -> String {
    format!("{}\n{}  {}", said.text.trim_end(), time(&said.time), author(&said.author))
}

fn triage(shown: &TriageShown) -> String {
    let outcome = shown.outcome_name.clone().unwrap_or_default();
    let parts = [unit(&shown.unit), shown.stage_name.clone(), outcome, shown.linked.clone().unwrap_or_default()];
    let line = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
    let by = shown.by.as_ref().map(author).unwrap_or_default();
    [line, shown.reason.clone(), by].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}
