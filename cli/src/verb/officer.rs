//! `officer add|endorse|list|show|import`: people, their certificates, their sealed keys.

use std::path::Path;

use fangwei_node::api::shape::{
    CertificateShown, ImportForm, Officer, OfficerAdded, OfficerForm, Officers, OfficersQuery, Passphrase, Status,
    Written, route,
};

use crate::{
    args::{NodeGrant, OfficerAdd, OfficerList, OfficerVerb},
    ask::Asker,
    complaint::{Complaint, Exit},
    errand::{Errand, must_be_free, route_of, write_secret},
    report::table::Table,
    verb::{
        self, Done, ceremony,
        certificate::{author, called, last_day, place, state, whole},
        redacting, revoking,
    },
};

/// `officer …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: OfficerVerb) -> Done {
    match asked {
        OfficerVerb::Add(asked) => add(errand, asked).await,
        OfficerVerb::Endorse { id } => endorse(errand, &id, false).await,
        OfficerVerb::List(asked) => list(errand, asked).await,
        OfficerVerb::Show { id } => show(errand, &id).await,
        OfficerVerb::Request(asked) => ceremony::officer_request(errand, asked).await,
        OfficerVerb::Grant(grant) => ceremony::grant(errand, NodeGrant { grant, address: None }, "officer").await,
        OfficerVerb::Accept(asked) => ceremony::officer_accept(errand, asked).await,
        OfficerVerb::Rotate(asked) => revoking::rotate(errand, asked).await,
        OfficerVerb::Revoke(asked) => {
            let line = find(&errand.ask().await?, &asked.id).await?;
            revoking::revoke(errand, &line, &asked).await
        }
        OfficerVerb::ResetSecondFactor { id } => reset_second_factor(errand, &id).await,
        OfficerVerb::Import { file } => import(errand, &file).await,
    }
}

async fn reset_second_factor(errand: &mut Errand, given: &str) -> Done {
    let asker = errand.ask_as_officer().await?;
    let path = route_of(route::SECOND_FACTOR_RESET, &find(&asker, given).await?.certificate);
    let officer: Officer = asker.post_nothing(&path).await?;
    errand.voice.data(&officer, |officer, _| officer.name.clone())?;
    errand.voice.note("officer-second-factor-reset", &[("name", officer.name.into())]);
    Ok(Exit::Yes)
}

async fn add(errand: &mut Errand, asked: OfficerAdd) -> Done {
    must_be_free(asked.out.as_ref())?;
    let passphrase = errand.input.passphrase(&asked.new_passphrase_file)?;
    let unit = match asked.unit {
        Some(unit) => errand.unit(&unit).await?,
        None => errand.ask().await?.get::<Status>(route::STATUS, &()).await?.unit,
    };
    let asker = errand.ask_as_officer().await?;
    let form = OfficerForm {
        unit,
        role: asked.role,
        name: asked.name,
        holder: None,
        passphrase: Passphrase::new(passphrase.to_string()),
        valid_days: None,
        carry: asked.out.is_some(),
    };
    let added: OfficerAdded = asker.post(route::OFFICERS, &form).await?;
    if let Some(path) = &asked.out {
        let missing = || Complaint::failed("odd-answer").with("cause", "no sealed key");
        write_secret(path, added.sealed_key.as_deref().ok_or_else(missing)?.trim_end())?;
    }
    let officer = &added.officer;
    let values = [
        ("name", officer.name.clone().into()),
        ("roles", officer.role_names.join("、").into()),
        ("unit", place(&officer.unit, &officer.unit_name).into()),
    ];
    errand.voice.note("officer-added", &values);
    if let Some(path) = &asked.out {
        errand.voice.hint("officer-carry-hint", &[("path", path.display().to_string().into())]);
    }
    if officer.awaits_endorsement {
        let shown: CertificateShown = asker.get(&route_of(route::OFFICER, &officer.certificate), &()).await?;
        endorse_hint(errand, &shown);
    }
    errand.voice.data(&added, |added, _| added.officer.short.clone())?;
    Ok(Exit::Yes)
}

/// Says who must agree before a certificate counts.
pub fn endorse_hint(errand: &mut Errand, shown: &CertificateShown) {
    let can: Vec<String> = shown.may_be_endorsed_by.iter().map(author).collect();
    let who = if can.is_empty() { errand.voice.words().say("officer-endorser-unknown", &[]) } else { can.join("、") };
    errand.voice.hint("officer-endorse-hint", &[("id", shown.line.short.clone().into()), ("who", who.into())]);
}

/// `endorse`, and `officer endorse`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn endorse(errand: &mut Errand, given: &str, is_confirmed: bool) -> Done {
    let asker = errand.ask_as_officer().await?;
    let is_whole_id = given.len() == 64 && given.bytes().all(|byte| byte.is_ascii_hexdigit());
    let path = match find(&asker, given).await {
        Ok(officer) => route_of(route::OFFICER_ENDORSE, &officer.certificate),
        Err(complaint) => match redacting::pending(&asker, given).await? {
            Some(redaction) => return redacting::endorse(errand, &redaction, is_confirmed).await,
            None if is_whole_id => route_of(route::ENTRY_ENDORSE, &given.to_ascii_lowercase()),
            None => return Err(complaint),
        },
    };
    let written: Written = asker.post_nothing(&path).await?;
    verb::written(errand, "thing-endorsement", &written)
}

async fn list(errand: &mut Errand, asked: OfficerList) -> Done {
    let unit = errand.unit_or_none(asked.unit).await?;
    let query = OfficersQuery { unit, pending: asked.pending, ..OfficersQuery::default() };
    let listed: Officers = errand.ask().await?.get(route::OFFICERS, &query).await?;
    if listed.officers.is_empty() {
        errand.voice.note(if asked.pending { "officers-none-pending" } else { "officers-none" }, &[]);
    }
    errand.voice.data(&listed, |listed, words| {
        let heads = ["head-id", "head-name", "head-roles", "head-unit", "head-ends", "head-state"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for officer in &listed.officers {
            table.row([
                officer.short.clone(),
                officer.name.clone(),
                officer.role_names.join("、"),
                place(&officer.unit, &officer.unit_name),
                last_day(officer),
                state(officer, words),
            ]);
        }
        table.text()
    })?;
    Ok(Exit::Yes)
}

async fn show(errand: &mut Errand, given: &str) -> Done {
    let asker = errand.ask().await?;
    let officer = find(&asker, given).await?;
    let shown: CertificateShown = asker.get(&route_of(route::OFFICER, &officer.certificate), &()).await?;
    errand.voice.data(&shown, whole)?;
    Ok(Exit::Yes)
}

async fn import(errand: &mut Errand, file: &Path) -> Done {
    let sealed_key = errand.input.text(file)?.to_string();
    let asker = errand.ask().await?;
    let officer: Officer = asker.post(route::OFFICERS_IMPORT, &ImportForm { sealed_key }).await?;
    errand.voice.note("officer-imported", &[("name", called(&officer).into())]);
    errand.voice.data(&officer, |officer, _| officer.short.clone())?;
    Ok(Exit::Yes)
}

/// One certificate by its holder's name or its id. A name means those that are not dead, where there are such.
///
/// # Errors
///
/// There is none, or several.
pub async fn find(asker: &Asker, given: &str) -> Result<Officer, Complaint> {
    let listed: Officers = asker.get(route::OFFICERS, &OfficersQuery { all: true, ..Default::default() }).await?;
    let prefix = given.to_ascii_lowercase();
    let is_meant = |officer: &Officer| officer.name == given || officer.certificate.starts_with(&prefix);
    let mut found: Vec<Officer> = listed.officers.into_iter().filter(is_meant).collect();
    if found.len() > 1 && found.iter().any(|officer| officer.dead.is_none()) {
        found.retain(|officer| officer.dead.is_none());
    }
    match (found.pop(), found.is_empty()) {
        (Some(officer), true) => Ok(officer),
        (Some(_), false) => Err(Complaint::wrong("officer-several").with("given", given).hint("officer-list-hint")),
        (None, _) => Err(Complaint::refused("officer-unknown").with("given", given).hint("officer-list-hint")),
    }
}
