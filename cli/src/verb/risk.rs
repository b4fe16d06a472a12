//! `risk add|edit|list|show`: the risk library.

use fangwei_node::api::shape::{
    DocumentShown, ItemAdd, ItemRemove, RiskEdit, RiskForm, Risks, ValueShown, Written, route,
};

use crate::{
    args::{self, Listed, Prose, RiskAdd, RiskVerb},
    complaint::{Complaint, Exit},
    errand::{Errand, id, route_of},
    report::{document, table::Table, time},
    verb::{self, Done, certificate::place},
};

/// The list of a risk point that people add to and take from.
const MEASURES: &str = "measures";

/// `risk …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: RiskVerb) -> Done {
    match asked {
        RiskVerb::Add(asked) => add(errand, asked).await,
        RiskVerb::Edit(asked) => edit(errand, asked).await,
        RiskVerb::List(asked) => list(errand, asked).await,
        RiskVerb::Show { id: given } => {
            let path = route_of(route::RISK, &id(&given)?);
            let shown: DocumentShown = errand.ask().await?.get(&path, &()).await?;
            errand.voice.data(&shown, document::whole)?;
            Ok(Exit::Yes)
        }
    }
}

async fn add(errand: &mut Errand, asked: RiskAdd) -> Done {
    let description = errand.input.prose(Prose { text: asked.description, file: asked.description_file })?;
    let form = RiskForm {
        unit: errand.unit_or_none(asked.unit).await?,
        post: asked.post,
        kind: asked.kind,
        description: description.unwrap_or_default(),
        measures: asked.measures,
        level: asked.level,
        responsible_post: asked.responsible_post,
    };
    let asker = errand.ask_as_officer().await?;
    let written: Written = asker.post(route::RISKS, &form).await?;
    verb::written(errand, "thing-risk", &written)
}

async fn edit(errand: &mut Errand, asked: args::RiskEdit) -> Done {
    let path = route_of(route::RISK, &id(&asked.id)?);
    let description = errand.input.prose(Prose { text: asked.description, file: asked.description_file })?;
    let mut form = RiskEdit::default();
    let words = [("post", asked.post), ("kind", asked.kind), ("responsible_post", asked.responsible_post)];
    for (field, word) in words {
        if let Some(word) = word {
            form.set.insert(field.into(), (!word.is_empty()).then_some(ValueShown::Word(word)));
        }
    }
    if let Some(level) = asked.level {
        form.set.insert("level".into(), Some(ValueShown::Number(level)));
    }
    if let Some(description) = description {
        form.texts.insert("description".into(), description);
    }
    form.add = asked.add_measures.into_iter().map(|item| ItemAdd { field: MEASURES.into(), at: None, item }).collect();
    for number in asked.remove_measures {
        // People count from one.
        let at = number.checked_sub(1).and_then(|at| u32::try_from(at).ok());
        let at = at.ok_or_else(|| Complaint::wrong("bad-number").with("number", number))?;
        form.remove.push(ItemRemove { field: MEASURES.into(), at });
    }
    if form == RiskEdit::default() {
        return Err(Complaint::wrong("nothing-to-edit").hint("nothing-to-edit-hint"));
    }
    let asker = errand.ask_as_officer().await?;
    let written: Written = asker.patch(&path, &form).await?;
    verb::written(errand, "thing-edit", &written)
}

async fn list(errand: &mut Errand, asked: Listed) -> Done {
    let query = errand.list_query(asked).await?;
    let listed: Risks = errand.ask().await?.get(route::RISKS, &query).await?;
    let shown = listed.risks.len() as u64;
    errand.voice.data(&listed, |listed, words| {
        let heads =
            ["head-id", "head-changed", "head-unit", "head-post", "head-level", "head-description", "head-held"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for risk in &listed.risks {
            let level = risk.level.map(|level| level.to_string()).unwrap_or_default();
            // Set differently at two places at once: a person must choose.
            let mark = if risk.alternatives > 0 { " *" } else { "" };
            table.row([
                risk.short.clone(),
                time(&risk.changed),
                place(&risk.unit, &risk.unit_name),
                risk.post.clone(),
                format!("{level}{mark}"),
                document::marked(&risk.description, risk.struck, words),
                document::held(risk.held_above, words),
            ]);
        }
        table.text()
    })?;
    document::count(errand, "risks-none", shown, (listed.total, listed.at_least), listed.next.as_deref());
    if listed.risks.iter().any(|risk| risk.alternatives > 0) {
        errand.voice.hint("risks-alternatives-hint", &[]);
    }
    Ok(Exit::Yes)
}
