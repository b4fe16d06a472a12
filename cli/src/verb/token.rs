//! `token create`: what a new node needs to join, carried by a person.

use fangwei_node::api::shape::{TokenCreated, TokenForm, route};

use crate::{
    args::TokenCreate,
    complaint::Exit,
    errand::{Errand, must_be_free, write_secret},
    report::time,
    verb::Done,
};

/// `token create`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn create(errand: &mut Errand, asked: TokenCreate) -> Done {
    must_be_free(asked.out.as_ref())?;
    let unit = errand.unit(&asked.unit).await?;
    let asker = errand.ask_as_officer().await?;
    let form = TokenForm { unit, address: Some(asked.address.to_string()), valid_hours: Some(asked.valid_hours) };
    let created: TokenCreated = asker.post(route::TOKENS, &form).await?;
    let values = [("unit", created.unit.clone().into()), ("ends", time(&created.ends).into())];
    match &asked.out {
        Some(path) => {
            write_secret(path, &created.token)?;
            errand.voice.note("token-created", &values);
            let shown = serde_json::json!({"file": path, "unit": created.unit, "certificate": created.certificate, "ends": created.ends});
            errand.voice.data(&shown, |_, _| path.display().to_string())?;
        }
        None => {
            errand.voice.note("token-created", &values);
            errand.voice.data(&created, |created, _| created.token.clone())?;
        }
    }
    errand.voice.hint("token-hint", &[]);
    Ok(Exit::Yes)
}
