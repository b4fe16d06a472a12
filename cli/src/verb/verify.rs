//! `verify`: the whole store from the genesis on. The answer is no if anything in it is wrong.

use fangwei_node::api::shape::{Verified, VerifyLine, route};

use crate::{
    complaint::{Complaint, Exit},
    errand::Errand,
    report::table::fields,
    verb::Done,
    words::Words,
};

/// `verify`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand) -> Done {
    let asker = errand.ask().await?;
    let mut found = None;
    let each = |line| {
        match line {
            VerifyLine::Progress { entries, total } => errand.voice.progress("progress-verify", entries, total),
            VerifyLine::Done(verified) => found = Some(verified),
            VerifyLine::Failed(failed) => return Err(Complaint::answered(503, failed)),
        }
        Ok(())
    };
    asker.lines(route::VERIFY, each).await?;
    // An answer that broke off proves nothing.
    let cut = || Complaint::failed("no-answer").with("cause", "…").hint("no-answer-hint");
    let verified: Verified = found.ok_or_else(cut)?;
    errand.voice.data(&verified, said)?;
    let is_sound = verified.sound;
    errand
        .voice
        .note(if is_sound { "verify-sound" } else { "verify-unsound" }, &[("count", verified.fault_count.into())]);
    if !is_sound {
        errand.voice.hint("verify-unsound-hint", &[]);
    }
    Ok(if is_sound { Exit::Yes } else { Exit::No })
}

fn said(verified: &Verified, words: &Words) -> String {
    let seconds = format!("{}.{} s", verified.took_ms / 1000, verified.took_ms % 1000 / 100);
    let pairs = [
        ("head-entries", verified.entries.to_string()),
        ("head-certificates", verified.certificates.to_string()),
        ("head-receipts", verified.receipts.to_string()),
        ("head-documents", verified.documents.to_string()),
        (
            "head-feeds",
            words.say("feeds-count", &[("feeds", verified.feeds.into()), ("branched", verified.branched.into())]),
        ),
        ("head-void", verified.void.to_string()),
        ("head-digest", verified.digest.clone()),
        ("head-took", seconds),
    ];
    let pairs = pairs.map(|(key, value)| (words.say(key, &[]), value));
    let mut text = fields(pairs.iter().map(|(name, value)| (name.clone(), value.as_str())));
    for fault in &verified.faults {
        let at = fault.at.map(|at| format!("#{at} ")).unwrap_or_default();
        text.push_str(&format!("✗ {at}{}\n", fault.message));
    }
    text
}
