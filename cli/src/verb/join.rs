//! `join`: a unit's node comes to be with a token from its parent.

use fangwei_node::{founding, store::StoreOptions, token::JoinToken};

use crate::{
    args::Join,
    complaint::{Complaint, Exit},
    errand::Errand,
    verb::Done,
};

/// `join`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: Join) -> Done {
    let text = errand.input.text(&asked.token_file)?;
    let token: JoinToken = text.parse().map_err(|_| Complaint::wrong("bad-token").hint("bad-token-hint"))?;
    let dir = errand.place()?.dir;
    let address = token.address().map_err(|_| Complaint::wrong("bad-token").hint("bad-token-hint"))?;
    errand.voice.note("joining", &[("address", address.to_string().into()), ("unit", token.unit.to_string().into())]);
    let identity = founding::join(&dir, &token, StoreOptions::default()).await?;
    let joined = serde_json::json!({
        "unit": identity.me.unit.as_str(),
        "certificate": identity.me.certificate.to_string(),
        "genesis": identity.genesis.genesis.hash().0.to_string(),
        "tree": identity.genesis.genesis.name,
    });
    errand.voice.data(&joined, |_, words| {
        let values = [
            ("unit", identity.me.unit.to_string().into()),
            ("tree", identity.genesis.genesis.name.clone().into()),
            ("genesis", identity.genesis.genesis.hash().0.to_string().into()),
        ];
        words.say("joined", &values)
    })?;
    errand.voice.hint("joined-hint", &[]);
    Ok(Exit::Yes)
}
