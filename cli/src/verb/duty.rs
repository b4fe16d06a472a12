//! `duty`: what the officer who asks has to do and to read, what of it was read, and what people are reminded of.

use fangwei_node::api::shape::{Duties, DutyShown, Outbox, ReadForm, ReadMarked, ReadingShown, route};

use crate::{
    args::DutyAsked,
    complaint::Exit,
    errand::Errand,
    report::{table::Table, time},
    verb::Done,
    words::Words,
};

/// `duty`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: DutyAsked) -> Done {
    if asked.outbox {
        return outbox(errand).await;
    }
    let asker = errand.ask_as_officer().await?;
    if asked.read_all || !asked.read.is_empty() {
        let form = ReadForm { entries: asked.read };
        let marked: ReadMarked = asker.post(route::DUTIES_READ, &form).await?;
        errand.voice.note("duty-marked", &[("count", marked.marked.into())]);
        if errand.voice.is_json() {
            errand.voice.data(&marked, |_, _| String::new())?;
        }
        return Ok(Exit::Yes);
    }
    let duties: Duties = asker.get(route::DUTIES, &()).await?;
    errand.voice.data(&duties, |duties, words| {
        let mut text = words.say("duty-todo", &[("day", duties.today.clone().into())]);
        text.push('\n');
        text.push_str(&todo(&duties.duties, words));
        if !duties.readings.is_empty() {
            text.push_str(&format!("\n{}\n", words.say("duty-read", &[])));
            text.push_str(&to_read(&duties.readings, words));
        }
        text
    })?;
    if duties.duties.is_empty() {
        errand.voice.note("duty-none", &[]);
    }
    Ok(Exit::Yes)
}

async fn outbox(errand: &mut Errand) -> Done {
    let shown: Outbox = errand.ask_as_officer().await?.get(route::OUTBOX, &()).await?;
    errand.voice.data(&shown, |shown, words| {
        let heads =
            ["head-made", "head-stage", "head-due", "head-task", "head-id", "head-unit", "head-to", "head-state"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for line in &shown.lines {
            let task = [Some(line.task_name.clone()), line.about.clone()];
            let to = line.to.iter().map(|to| words.say(addressee(to), &[])).collect::<Vec<_>>();
            table.row([
                time(&line.made),
                line.stage_name.clone(),
                line.due.clone(),
                task.into_iter().flatten().collect::<Vec<_>>().join(" "),
                line.id.chars().take(8).collect(),
                line.unit.clone(),
                to.join("、"),
                line.state_name.clone(),
            ]);
        }
        table.text()
    })?;
    if shown.lines.is_empty() {
        errand.voice.note("outbox-none", &[]);
    }
    Ok(Exit::Yes)
}

/// Who is reminded.
fn addressee(to: &str) -> &'static str {
    match to {
        "handling_body" => "to-handling-body",
        "decider" => "to-decider",
        _ => "to-subject",
    }
}

fn todo(duties: &[DutyShown], words: &Words) -> String {
    let heads = ["head-due", "head-task", "head-id", "head-about"];
    let mut table = Table::new(heads.map(|key| words.say(key, &[])));
    for duty in duties {
        let due = duty.due.clone().unwrap_or_default();
        let due = match (duty.overdue, duty.provisional) {
            (true, _) => words.say("duty-overdue", &[("day", due.into())]),
            (false, true) => words.say("deadline-provisional", &[("day", due.into())]),
            (false, false) => due,
        };
        let task = [Some(duty.task_name.clone()), duty.about.clone()];
        let id = if duty.short.is_empty() { duty.id.chars().take(8).collect() } else { duty.short.clone() };
        table.row([due, task.into_iter().flatten().collect::<Vec<_>>().join(" "), id, duty.title.clone()]);
    }
    table.text()
}

fn to_read(readings: &[ReadingShown], words: &Words) -> String {
    let heads = ["head-read", "head-changed", "head-act", "head-id", "head-about", "head-by", "head-entry"];
    let mut table = Table::new(heads.map(|key| words.say(key, &[])));
    for reading in readings {
        let (when, what) = (time(&reading.time), reading.deed_name.clone());
        let read = words.say(if reading.read { "duty-is-read" } else { "duty-is-new" }, &[]);
        let entry = reading.entry.chars().take(12).collect();
        table.row([read, when, what, reading.short.clone(), reading.title.clone(), reading.by.clone(), entry]);
    }
    table.text()
}
