//! `duty`: what the officer who asks has to do and to read.

use fangwei_node::api::shape::{Duties, DutyShown, ReadingShown, route};

use crate::{
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
pub async fn run(errand: &mut Errand) -> Done {
    let asker = errand.ask_as_officer().await?;
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
    let heads = ["head-changed", "head-act", "head-id", "head-about", "head-by"];
    let mut table = Table::new(heads.map(|key| words.say(key, &[])));
    for reading in readings {
        let (when, what) = (time(&reading.time), reading.deed_name.clone());
        table.row([when, what, reading.short.clone(), reading.title.clone(), reading.by.clone()]);
    }
    table.text()
}
