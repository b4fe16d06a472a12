//! `sharing …`, `report share`, `case share`: what a centre lets a department of its unit know, and what that answers.

use fangwei_node::api::shape::{ShareForm, SharingDeedForm, SharingShown, Sharings, Written, route};

use crate::{
    args::{Share, SharingVerb},
    complaint::Exit,
    errand::{Errand, id, route_of},
    report::{reports, sharing, table::Table, time},
    verb::{self, Done},
};

/// `sharing …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: SharingVerb) -> Done {
    let (given, form) = match asked {
        SharingVerb::List => return list(errand).await,
        SharingVerb::Show { id: given } => {
            let path = route_of(route::SHARING, &id(&given)?);
            let shown: SharingShown = errand.ask_as_officer().await?.get(&path, &()).await?;
            errand.voice.data(&shown, sharing::sharing)?;
            return Ok(Exit::Yes);
        }
        SharingVerb::Respond { entry, told } => {
            let (given, prose) = told.prose();
            (given, SharingDeedForm::Respond { text: errand.input.prose(prose)?.unwrap_or_default(), entry })
        }
        SharingVerb::Close { entry, told } => {
            let (given, prose) = told.prose();
            (given, SharingDeedForm::Close { reason: errand.input.prose(prose)?.unwrap_or_default(), entry })
        }
    };
    let path = route_of(route::SHARING_ACTS, &id(&given)?);
    let written: Written = errand.ask_as_officer().await?.post(&path, &form).await?;
    let is_response = matches!(form, SharingDeedForm::Respond { .. });
    verb::written(errand, if is_response { "thing-response" } else { "thing-sharing" }, &written)
}

/// Shares a report or a case, by its route.
pub(super) async fn share(errand: &mut Errand, of: &str, mut asked: Share) -> Done {
    let prose = asked.prose();
    let form = ShareForm {
        with: errand.unit(&asked.with).await?,
        digest: errand.input.prose(prose)?.unwrap_or_default(),
        reason: asked.because,
        copy: asked.copy,
        question: asked.question,
        respond_by: asked.by,
    };
    let path = route_of(of, &id(&asked.id)?);
    let written: Written = errand.ask_as_officer().await?.post(&path, &form).await?;
    verb::written(errand, "thing-sharing", &written)
}

async fn list(errand: &mut Errand) -> Done {
    let listed: Sharings = errand.ask_as_officer().await?.get(route::SHARINGS, &()).await?;
    let is_empty = listed.sharings.is_empty();
    errand.voice.data(&listed, |listed, words| {
        let heads = [
            "head-id",
            "head-changed",
            "head-department",
            "head-kind-of",
            "head-told",
            "head-waits",
            "head-respond-by",
        ];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for line in &listed.sharings {
            table.row([
                line.short.clone(),
                time(&line.changed),
                reports::unit(&line.department),
                sharing::kind(&line.kind, words),
                line.digest.clone(),
                if line.waits { words.say("yes", &[]) } else { String::new() },
                line.respond_by.clone().unwrap_or_default(),
            ]);
        }
        table.text()
    })?;
    if is_empty {
        errand.voice.note("sharings-none", &[]);
    }
    Ok(Exit::Yes)
}
