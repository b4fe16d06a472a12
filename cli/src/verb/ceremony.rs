//! `officer|node request|grant|accept`: a certificate for a key that never leaves its machine, by files carried by hand.

use std::path::Path;

use fangwei_node::{
    api::shape::{GrantForm, GrantMade, ImportForm, Officer, RequestForm, RequestShown, route},
    ceremony::{CeremonyFault, Grant, Granted, Request, Wanted},
    config::remember_upstream,
    founding::new_key,
    identity::{self, Identity, key_text},
    keyring::{KeyFailure, SealCost, SealedKey},
    limits::PASSPHRASE_CHARS_MIN,
    node::Upstream,
};
use fangwei_protocol::{
    record::entry::{CertificateId, Hash},
    replica::Me,
    trust::{charter::HolderId, genesis::GenesisHash, key::KeyPair},
    work::unit::UnitPath,
};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::{
    args::{self, NodeGrant, NodeRequest, OfficerAccept, OfficerRequest},
    complaint::{Complaint, Exit},
    errand::{Errand, must_be_free, write_public, write_secret},
    report::{table::fields, time_of},
    verb::{
        Done,
        certificate::{called, place},
        officer,
    },
    words::Words,
};

/// Names of what waits in the data folder of a node to be, until it is granted.
const PENDING: [&str; 2] = ["pending.key", "pending.fwrequest"];

/// `officer request`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn officer_request(errand: &mut Errand, asked: OfficerRequest) -> Done {
    let key_out = asked.key_out.clone().unwrap_or_else(|| asked.out.with_extension("fwkey"));
    if key_out == asked.out {
        return Err(Complaint::wrong("file-twice").at(&key_out));
    }
    must_be_free(Some(&asked.out))?;
    must_be_free(Some(&key_out))?;
    let unit = path_of(&asked.unit)?;
    let genesis = match &asked.genesis {
        Some(text) => fingerprint(text)?,
        None => Identity::load(&errand.place()?.dir)?.genesis.genesis.hash(),
    };
    let holder = asked.holder.as_deref().map(holder).transpose()?;
    let passphrase = errand.new_passphrase(asked.new_passphrase_file.as_deref(), &asked.name)?;
    let wanted = Wanted::Officer { profile: asked.profile, name: asked.name, holder, custody: asked.custody };
    let key = new_key();
    let request = Request::new(genesis, unit, wanted, &key);
    let sealed = seal(key, request.id(), genesis, passphrase).await?;
    // The key first: a request whose key is lost is of no use.
    write_secret(&key_out, &sealed.to_string())?;
    write_public(&asked.out, &request.to_string())?;
    errand.voice.note("request-made", &[("path", asked.out.display().to_string().into())]);
    errand.voice.note("request-key", &[("path", key_out.display().to_string().into())]);
    errand.voice.hint("request-hint", &[("key", key_text(&request.key).into())]);
    let shown = serde_json::json!({ "request": asked.out, "key_file": key_out, "key": key_text(&request.key) });
    errand.voice.data(&shown, |_, _| asked.out.display().to_string())?;
    Ok(Exit::Yes)
}

/// `node request`.
///
/// # Errors
///
/// What is to be said of it.
pub fn node_request(errand: &mut Errand, asked: &NodeRequest) -> Done {
    must_be_free(Some(&asked.out))?;
    let dir = errand.place()?.dir;
    if Identity::exists(&dir) {
        return Err(Complaint::wrong("node-exists").at(&dir).hint("node-exists-hint"));
    }
    let [key_path, request_path] = PENDING.map(|name| dir.join(name));
    if request_path.exists() {
        return Err(Complaint::wrong("request-pending").at(&request_path).hint("request-pending-hint"));
    }
    let (unit, genesis) = (path_of(&asked.unit)?, fingerprint(&asked.genesis)?);
    let key = new_key();
    let request = Request::new(genesis, unit, Wanted::Node, &key);
    std::fs::create_dir_all(&dir).map_err(|cause| Complaint::failed("disk").at(&dir).with("cause", cause))?;
    // A key without its request is of an attempt that was cut short.
    identity::write(&key_path, seed_text(&key).as_bytes(), 0o600)?;
    write_public(&request_path, &request.to_string())?;
    write_public(&asked.out, &request.to_string())?;
    errand.voice.note("request-made", &[("path", asked.out.display().to_string().into())]);
    errand.voice.hint("request-hint", &[("key", key_text(&request.key).into())]);
    let shown = serde_json::json!({ "request": asked.out, "key": key_text(&request.key) });
    errand.voice.data(&shown, |_, _| asked.out.display().to_string())?;
    Ok(Exit::Yes)
}

/// `node grant`, and without an address `officer grant`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn grant(errand: &mut Errand, asked: NodeGrant, wanted: &str) -> Done {
    let NodeGrant { grant: args::Grant { request, out, valid_days, yes }, address } = asked;
    must_be_free(Some(&out))?;
    let request = errand.input.text(&request)?.to_string();
    let form = RequestForm { request: request.clone() };
    let shown: RequestShown = errand.ask().await?.post(route::REQUESTS, &form).await?;
    if shown.wanted != wanted {
        let other = if wanted == "node" { "grant-not-a-node" } else { "grant-not-an-officer" };
        return Err(Complaint::wrong(other).hint("grant-other-verb-hint"));
    }
    let text = requested(&shown, valid_days, errand.voice.words());
    errand.voice.talk(text.trim_end());
    errand.confirm(yes)?;
    let asker = errand.ask_as_officer().await?;
    let form = GrantForm { request, valid_days, address: address.map(|address| address.to_string()) };
    let made: GrantMade = asker.post(route::GRANTS, &form).await?;
    write_public(&out, &made.grant)?;
    let line = &made.certificate.line;
    let values = [("name", called(line).into()), ("path", out.display().to_string().into())];
    errand.voice.note(if made.again { "granted-again" } else { "granted" }, &values);
    if line.awaits_endorsement {
        officer::endorse_hint(errand, &made.certificate);
    }
    errand.voice.hint("grant-hint", &[]);
    errand.voice.data(&made, |made, _| made.certificate.line.short.clone())?;
    Ok(Exit::Yes)
}

/// What will be certified, for the one who certifies.
fn requested(shown: &RequestShown, valid_days: Option<u32>, words: &Words) -> String {
    let days = valid_days.unwrap_or(shown.valid_days).to_string();
    let pairs = [
        ("head-name", shown.name.clone()),
        ("head-unit", place(&shown.unit, &shown.unit_name)),
        ("head-roles", shown.role_name.clone()),
        ("head-custody", shown.custody_name.clone()),
        ("head-days", days),
        ("head-public-key", shown.key.clone()),
        ("head-holder", shown.holder.clone().unwrap_or_default()),
        ("head-certificate", shown.granted.clone().unwrap_or_default()),
    ];
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    fields(pairs.map(|(key, value)| (words.say(key, &[]), value.as_str())))
}

/// `officer accept`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn officer_accept(errand: &mut Errand, asked: OfficerAccept) -> Done {
    must_be_free(asked.out.as_ref())?;
    let key_path = asked.key_file.unwrap_or_else(|| asked.grant.with_extension("fwkey"));
    let grant: Grant = errand.input.text(&asked.grant)?.parse().map_err(|fault| unsound(&asked.grant, &fault))?;
    let pending: SealedKey =
        errand.input.text(&key_path)?.parse().map_err(|failure| sealed_fault(&key_path, failure))?;
    let passphrase = errand.own_passphrase(&key_path.display().to_string())?;
    let (request, genesis) = (pending.certificate, pending.genesis);
    let (opened, passphrase) = spawn_blocking(move || (pending.open(&passphrase), passphrase)).await.map_err(failed)?;
    let key = opened.map_err(|failure| sealed_fault(&key_path, failure))?;
    let granted = grant.answers(request, genesis, &key.public()).map_err(|fault| unsound(&asked.grant, &fault))?;
    let sealed = seal(key, grant.certificate, genesis, passphrase).await?.to_string();
    say_granted(errand, &granted, grant.certificate);
    match &asked.out {
        Some(path) => {
            write_secret(path, &sealed)?;
            errand.voice.hint("officer-carry-hint", &[("path", path.display().to_string().into())]);
        }
        None => {
            let asker = errand.ask().await?;
            let kept = asker.post::<Officer>(route::OFFICERS_IMPORT, &ImportForm { sealed_key: sealed }).await;
            kept.map_err(|complaint| complaint.hint("accept-out-hint"))?;
        }
    }
    errand.voice.hint("accept-key-hint", &[("path", key_path.display().to_string().into())]);
    if !granted.complete {
        errand.voice.hint("accept-awaits-hint", &[]);
    }
    let short: String = grant.certificate.to_string().chars().take(8).collect();
    let shown = serde_json::json!({
        "certificate": grant.certificate.to_string(),
        "unit": granted.certificate.unit.as_str(),
        "complete": granted.complete,
        "file": asked.out,
    });
    errand.voice.data(&shown, |_, _| short)?;
    Ok(Exit::Yes)
}

/// `node accept`.
///
/// # Errors
///
/// What is to be said of it.
pub fn node_accept(errand: &mut Errand, path: &Path) -> Done {
    let dir = errand.place()?.dir;
    if Identity::exists(&dir) {
        return Err(Complaint::wrong("node-exists").at(&dir).hint("node-exists-hint"));
    }
    let [key_path, request_path] = PENDING.map(|name| dir.join(name));
    if !request_path.exists() {
        return Err(Complaint::wrong("request-absent").at(&dir).hint("request-absent-hint"));
    }
    let request: Request = errand.input.text(&request_path)?.parse().map_err(|fault| unsound(&request_path, &fault))?;
    let key = seed_of(&errand.input.text(&key_path)?, &key_path)?;
    let grant: Grant = errand.input.text(path)?.parse().map_err(|fault| unsound(path, &fault))?;
    let granted = grant.answers(request.id(), request.genesis, &key.public()).map_err(|fault| unsound(path, &fault))?;
    say_granted(errand, &granted, grant.certificate);
    let upstream: Vec<Upstream> = grant.upward.iter().map(|up| Upstream { address: up.address, key: up.key }).collect();
    let me = Me { certificate: grant.certificate, unit: granted.certificate.unit.clone() };
    if !upstream.is_empty() {
        remember_upstream(&dir, &upstream)?;
    }
    Identity { genesis: granted.genesis.clone(), me, key }.save(&dir)?;
    for leftover in [key_path, request_path] {
        // The node is made; what is left is only in the way.
        let _ = std::fs::remove_file(leftover);
    }
    let joined = serde_json::json!({
        "unit": granted.certificate.unit.as_str(),
        "certificate": grant.certificate.to_string(),
        "genesis": granted.genesis.genesis.hash().0.to_string(),
        "tree": granted.genesis.genesis.name,
    });
    errand.voice.data(&joined, |_, words| {
        let values = [
            ("unit", granted.certificate.unit.to_string().into()),
            ("tree", granted.genesis.genesis.name.clone().into()),
            ("genesis", granted.genesis.genesis.hash().0.to_string().into()),
        ];
        words.say("joined", &values)
    })?;
    errand.voice.hint(if upstream.is_empty() { "node-no-upward-hint" } else { "joined-hint" }, &[]);
    Ok(Exit::Yes)
}

/// What the certificate gives, for the one who gets it.
fn say_granted(errand: &mut Errand, granted: &Granted, id: CertificateId) {
    let words = errand.voice.words();
    let language = words.lang().tag().parse().unwrap_or_default();
    let certificate = &granted.certificate;
    let roles: Vec<String> = certificate.roles.iter().map(|role| fangwei_node::words::role(language, *role)).collect();
    let (roles, unit, id) = (roles.join("、"), certificate.unit.to_string(), id.to_string());
    let valid = format!("{} – {}", time_of(certificate.not_before_s), time_of(certificate.not_after_s));
    let tree = format!("{} {}", granted.genesis.genesis.name, granted.genesis.genesis.hash().0);
    let pairs = [
        ("head-unit", unit.as_str()),
        ("head-roles", &roles),
        ("head-valid", &valid),
        ("head-certificate", &id),
        ("head-tree", &tree),
    ];
    let text = fields(pairs.map(|(key, value)| (words.say(key, &[]), value)));
    errand.voice.talk(text.trim_end());
}

/// Seals a key where that may take its time.
///
/// # Errors
///
/// A passphrase that is too short.
pub async fn seal(
    key: KeyPair,
    certificate: CertificateId,
    genesis: GenesisHash,
    passphrase: Zeroizing<String>,
) -> Result<SealedKey, Complaint> {
    let sealed = spawn_blocking(move || SealedKey::seal(&key, certificate, genesis, &passphrase, SealCost::DEFAULT));
    sealed.await.map_err(failed)?.map_err(|failure| match failure {
        KeyFailure::WeakPassphrase => Complaint::wrong("weak-passphrase").with("min", PASSPHRASE_CHARS_MIN),
        failure => failed(failure),
    })
}

/// A genesis fingerprint as people copy it.
///
/// # Errors
///
/// It is none.
pub fn fingerprint(text: &str) -> Result<GenesisHash, Complaint> {
    let hash: Result<Hash, _> = text.trim().to_ascii_lowercase().parse();
    let wrong = |_| Complaint::wrong("bad-fingerprint").with("given", text).hint("bad-fingerprint-hint");
    hash.map(GenesisHash).map_err(wrong)
}

/// A file that is not what it should be.
#[must_use]
pub fn unsound(path: &Path, fault: &CeremonyFault) -> Complaint {
    let complaint = match fault {
        CeremonyFault::Damaged { .. } | CeremonyFault::Newer { .. } => Complaint::wrong("damaged"),
        _ => Complaint::refused("file-refused"),
    };
    complaint.at(path).with("cause", fault)
}

/// A sealed key that does not open.
#[must_use]
pub fn sealed_fault(path: &Path, failure: KeyFailure) -> Complaint {
    match failure {
        KeyFailure::WrongPassphrase => Complaint::refused("passphrase-wrong").at(path),
        failure => Complaint::wrong("damaged").at(path).with("cause", failure),
    }
}

fn holder(text: &str) -> Result<HolderId, Complaint> {
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes.map(HolderId::from).ok_or_else(|| Complaint::wrong("bad-holder").with("given", text).hint("bad-holder-hint"))
}

fn path_of(text: &str) -> Result<UnitPath, Complaint> {
    text.parse().map_err(|_| Complaint::wrong("bad-unit").with("unit", text).hint("bad-unit-path-hint"))
}

fn seed_text(key: &KeyPair) -> Zeroizing<String> {
    Zeroizing::new(data_encoding::HEXLOWER.encode(key.seed()))
}

fn seed_of(text: &str, path: &Path) -> Result<KeyPair, Complaint> {
    let bytes = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).map(Zeroizing::new).ok();
    let seed = bytes.as_ref().and_then(|bytes| <&[u8; 32]>::try_from(bytes.as_slice()).ok());
    seed.map(KeyPair::from_seed).ok_or_else(|| Complaint::wrong("damaged").at(path).with("cause", "not a key"))
}

fn failed(cause: impl std::fmt::Display) -> Complaint {
    Complaint::failed("store-failed").with("cause", cause.to_string())
}
