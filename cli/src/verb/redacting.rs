//! `redact`, and `endorse` of a redaction: what would remain is shown before anything is asked, and before it is done.

use fangwei_node::api::shape::{RedactForm, Redacted, RedactionShown, Redactions, Written, route};

use crate::{
    args::Redact,
    ask::Asker,
    complaint::{Complaint, Exit},
    errand::{Errand, id, route_of},
    report::{
        document,
        table::{Table, fields},
        time,
    },
    verb::{
        self, Done,
        certificate::{author, place},
    },
    words::Words,
};

/// Digits of an entry's id in a list.
const SHORT_DIGITS: usize = 12;

/// `redact`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: Redact) -> Done {
    let (Some(entry), Some(basis)) = (&asked.entry, asked.basis) else { return list(errand).await };
    let mut words = asked.words;
    if let Some(path) = &asked.words_file {
        let text = errand.input.text(path)?;
        words.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    let path = route_of(route::ENTRY_REDACT, &id(entry)?);
    let mut form = RedactForm { basis, words, all: asked.all, dry_run: true };
    let asker = errand.ask_as_officer().await?;
    let would: Redacted = asker.post(&path, &form).await?;
    say(errand, &would.redaction);
    if !would.also_in.is_empty() {
        let ids: Vec<String> = would.also_in.iter().map(|id| short(id)).collect();
        errand.voice.hint("redact-also-hint", &[("ids", ids.join("、").into())]);
    }
    errand.voice.note("redact-for-good", &[]);
    errand.confirm(asked.yes)?;
    form.dry_run = false;
    let done: Redacted = asker.post(&path, &form).await?;
    errand.voice.note("redact-asked", &[("id", short(&done.redaction.entry).into())]);
    errand.voice.hint("redact-asked-hint", &[("id", short(&done.redaction.entry).into())]);
    errand.voice.data(&done, |done, _| short(&done.redaction.entry))?;
    Ok(Exit::Yes)
}

/// The redaction that waits for somebody else and whose id begins like this, if there is one.
///
/// # Errors
///
/// The node's.
pub async fn pending(asker: &Asker, given: &str) -> Result<Option<RedactionShown>, Complaint> {
    let Ok(begins) = id(given) else { return Ok(None) };
    let waiting: Redactions = asker.get(route::REDACTIONS, &()).await?;
    let mut meant = waiting.redactions.into_iter().filter(|one| one.entry.starts_with(&begins));
    match (meant.next(), meant.next()) {
        (Some(_), Some(_)) => Err(Complaint::wrong("redact-several").with("given", given).hint("redact-several-hint")),
        (only, _) => Ok(only),
    }
}

/// `endorse` of a redaction, once it is known which is meant.
///
/// # Errors
///
/// What is to be said of it.
pub async fn endorse(errand: &mut Errand, redaction: &RedactionShown, is_confirmed: bool) -> Done {
    say(errand, redaction);
    errand.voice.note("redact-for-good", &[]);
    errand.confirm(is_confirmed)?;
    let asker = errand.ask().await?;
    let written: Written = asker.post_nothing(&route_of(route::ENTRY_ENDORSE, &redaction.entry)).await?;
    errand.voice.note("redacted", &[("id", short(&redaction.subject).into())]);
    verb::written(errand, "thing-endorsement", &written)
}

async fn list(errand: &mut Errand) -> Done {
    let waiting: Redactions = errand.ask().await?.get(route::REDACTIONS, &()).await?;
    if waiting.redactions.is_empty() {
        errand.voice.note("redactions-none", &[]);
    }
    errand.voice.data(&waiting, |waiting, words| {
        let heads = ["head-id", "head-entry", "head-unit", "head-author", "head-changed", "head-basis"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for one in &waiting.redactions {
            table.row([
                short(&one.entry),
                short(&one.subject),
                place(&one.unit, &one.unit_name),
                author(&one.note.by),
                time(&one.note.time),
                one.note.basis.clone(),
            ]);
        }
        table.text()
    })?;
    Ok(Exit::Yes)
}

/// What is said now and what would remain, who wants it and why.
fn say(errand: &mut Errand, redaction: &RedactionShown) {
    let text = shown(redaction, errand.voice.words());
    errand.voice.talk(text.trim_end());
}

fn shown(redaction: &RedactionShown, words: &Words) -> String {
    let deed = document::deed(&redaction.deed, words);
    let entry =
        format!("{}  {deed}  {}  {}", short(&redaction.subject), author(&redaction.said_by), time(&redaction.said_at));
    let by = format!("{}  {}", author(&redaction.note.by), time(&redaction.note.time));
    let (says, remains) = (redaction.says.join("\n"), redaction.remains.join("\n"));
    let pairs = [
        ("head-entry", entry),
        ("head-unit", place(&redaction.unit, &redaction.unit_name)),
        ("head-says", says),
        ("head-remains", remains),
        ("head-redacted-by", by),
        ("head-basis", redaction.note.basis.clone()),
    ];
    fields(pairs.iter().map(|(key, value)| (words.say(key, &[]), value.as_str())))
}

fn short(id: &str) -> String {
    id.chars().take(SHORT_DIGITS).collect()
}
