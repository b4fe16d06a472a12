//! `access …`: tokens with which a program asks this node over the network, as the officer who made them.

use fangwei_node::api::shape::{AccessCreated, AccessForm, AccessTokensShown, route};

use crate::{
    args::{AccessCreate, AccessVerb},
    complaint::Exit,
    errand::{Errand, must_be_free, route_of, write_secret},
    report::{table::Table, time},
    verb::Done,
};

/// `access …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: AccessVerb) -> Done {
    match asked {
        AccessVerb::Create(asked) => create(errand, asked).await,
        AccessVerb::List => {
            let listed: AccessTokensShown = errand.ask_as_officer().await?.get(route::ACCESS_TOKENS, &()).await?;
            show(errand, &listed)
        }
        AccessVerb::End { id } => {
            let path = route_of(route::ACCESS_TOKEN_END, &id);
            let left: AccessTokensShown = errand.ask_as_officer().await?.post_nothing(&path).await?;
            errand.voice.note("access-ended", &[]);
            show(errand, &left)
        }
    }
}

async fn create(errand: &mut Errand, asked: AccessCreate) -> Done {
    must_be_free(asked.out.as_ref())?;
    let form = AccessForm { label: asked.label, scopes: asked.scope, days: asked.days };
    let created: AccessCreated = errand.ask_as_officer().await?.post(route::ACCESS_TOKENS, &form).await?;
    let values = [("label", created.label.clone().into()), ("ends", time(&created.ends).into())];
    match &asked.out {
        Some(path) => {
            write_secret(path, &created.token)?;
            errand.voice.note("access-created", &values);
            let shown = serde_json::json!({"file": path, "label": created.label, "ends": created.ends});
            errand.voice.data(&shown, |_, _| path.display().to_string())?;
        }
        None => {
            errand.voice.note("access-created", &values);
            errand.voice.data(&created, |created, _| created.token.clone())?;
        }
    }
    errand.voice.hint("access-hint", &[]);
    Ok(Exit::Yes)
}

fn show(errand: &mut Errand, listed: &AccessTokensShown) -> Done {
    errand.voice.data(listed, |listed, words| {
        let heads = ["head-id", "head-label", "head-scopes", "head-name", "head-ends", "head-used"];
        let mut table = Table::wide(heads.map(|key| words.say(key, &[])));
        for one in &listed.tokens {
            let used = one.used.as_deref().map(time).unwrap_or_default();
            let name = one.name.clone();
            table.row([name, one.label.clone(), one.scopes.join(", "), one.officer.clone(), time(&one.ends), used]);
        }
        table.text()
    })?;
    if listed.tokens.is_empty() {
        errand.voice.note("access-none", &[]);
    }
    Ok(Exit::Yes)
}
