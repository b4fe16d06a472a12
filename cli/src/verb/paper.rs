//! `paper list|strike`: the registers of numbers.

use fangwei_node::api::shape::{PaperNumber, Papers, StrikeForm, Written, route};

use crate::{
    args::{PaperStrike, PaperVerb},
    complaint::Exit,
    errand::Errand,
    report::table::Table,
    verb::{self, Done, certificate::place},
    words::Words,
};

/// `paper …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: PaperVerb) -> Done {
    match asked {
        PaperVerb::List => list(errand).await,
        PaperVerb::Strike(PaperStrike { word, year, number, reason }) => {
            let asker = errand.ask_as_officer().await?;
            let form = StrikeForm { word, year, number, reason };
            let written: Written = asker.post(route::PAPERS_STRIKE, &form).await?;
            verb::written(errand, "thing-strike", &written)
        }
    }
}

async fn list(errand: &mut Errand) -> Done {
    let listed: Papers = errand.ask().await?.get(route::PAPERS, &()).await?;
    let is_empty = listed.registers.is_empty();
    errand.voice.data(&listed, |listed, words| {
        let heads = ["head-unit", "head-number", "head-document", "head-state", "head-why"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for register in &listed.registers {
            for one in &register.numbers {
                table.row([
                    place(&register.unit, &register.unit_name),
                    one.written.clone(),
                    one.paper.chars().take(12).collect(),
                    state(one, words),
                    one.struck.clone().unwrap_or_default(),
                ]);
            }
        }
        table.text()
    })?;
    if is_empty {
        errand.voice.note("papers-none", &[]);
    }
    Ok(Exit::Yes)
}

fn state(one: &PaperNumber, words: &Words) -> String {
    match (&one.struck, one.issued) {
        (Some(_), _) => words.say("paper-struck", &[]),
        (None, true) => words.say("paper-issued", &[]),
        (None, false) => words.say("paper-open", &[]),
    }
}
