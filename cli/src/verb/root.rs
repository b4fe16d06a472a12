//! `root …`: keys that are on no node. What they sign goes from hand to hand as a file, and back.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fangwei_node::{
    api::shape::{Officer, RootShown, SheetForm, SheetText, Submitted, WitnessForm, route},
    ceremony::{RootKey, Sheet, SignFault},
    clock::Clock,
    founding::new_key,
    identity::{self, Identity, IdentityFailure, key_text},
    keyring::SealedKey,
};
use fangwei_protocol::{
    record::{body::Act, cbor},
    trust::{
        charter::Certificate,
        genesis::SignedGenesis,
        key::{KeyPair, PublicKey},
    },
};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::{
    args::{Grant, Revoke, RootRevoke, RootVerb, RootWitnesses},
    complaint::{Complaint, Exit},
    errand::{Errand, must_be_free, write_public, write_secret},
    report::{table::fields, time_of},
    verb::{
        Done,
        ceremony::{seal, sealed_fault, unsound},
        officer, revoking,
    },
    words::Words,
};

/// What goes to the holders of root keys.
enum Paper {
    /// A tree that is being founded.
    Genesis(Box<SignedGenesis>),
    /// Acts of the root.
    Sheet(Sheet),
}

/// `root …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: RootVerb) -> Done {
    match asked {
        RootVerb::New { out, public_out, new_passphrase_file } => {
            new(errand, &out, public_out, new_passphrase_file.as_deref()).await
        }
        RootVerb::Sign { file, key_file, yes } => sign(errand, &file, &key_file, yes).await,
        RootVerb::Submit { files } => submit(errand, &files).await,
        RootVerb::Show => show(errand).await,
        RootVerb::Endorse { entry, out } => draw_up(errand, &SheetForm::Endorse { entry }, &out).await,
        RootVerb::Replace { root_keys, root_key, out } => {
            let (threshold, count) = k_of_n(&root_keys)?;
            must_be_so_many(count, root_key.len())?;
            let keys = root_key.iter().map(|path| Ok(errand.input.text(path)?.to_string()));
            let keys = keys.collect::<Result<_, Complaint>>()?;
            draw_up(errand, &SheetForm::Replace { keys, threshold }, &out).await
        }
        RootVerb::Witnesses(RootWitnesses { threshold, member, out }) => {
            let members: Vec<WitnessForm> = member.iter().map(|text| witness_of(text)).collect::<Result<_, _>>()?;
            if !members.is_empty() && !members.iter().any(|member| member.outside) {
                errand.voice.hint("witnesses-inside-hint", &[]);
            }
            draw_up(errand, &SheetForm::Witnesses { threshold, members }, &out).await
        }
        RootVerb::Certify(Grant { request, out, valid_days, .. }) => {
            let request = errand.input.text(&request)?.to_string();
            draw_up(errand, &SheetForm::Certify { request, valid_days }, &out).await
        }
        RootVerb::Revoke(RootRevoke { revoke, out }) => draw_up_revocation(errand, &revoke, &out).await,
    }
}

async fn new(errand: &mut Errand, out: &Path, public_out: Option<PathBuf>, passphrase: Option<&Path>) -> Done {
    let public_out = public_out.unwrap_or_else(|| out.with_extension("fwpub"));
    if public_out == out {
        return Err(Complaint::wrong("file-twice").at(out));
    }
    must_be_free(Some(&out.to_path_buf()))?;
    must_be_free(Some(&public_out))?;
    let passphrase = errand.new_passphrase(passphrase, &out.display().to_string())?;
    let key = new_key();
    let public = RootKey::of(&key);
    let sealed = seal(key, RootKey::name(&public.key), RootKey::NO_TREE, passphrase).await?;
    write_secret(out, &sealed.to_string())?;
    write_public(&public_out, &public.to_string())?;
    let text = key_text(&public.key);
    errand.voice.note("root-new", &[("path", out.display().to_string().into())]);
    errand.voice.hint("root-new-carry-hint", &[("path", public_out.display().to_string().into())]);
    let shown = serde_json::json!({ "key_file": out, "public_file": public_out, "key": text });
    errand.voice.data(&shown, |_, _| text.clone())?;
    Ok(Exit::Yes)
}

async fn sign(errand: &mut Errand, file: &Path, key_file: &Path, is_confirmed: bool) -> Done {
    let mut paper = read(errand, file)?;
    let key = open_root_key(errand, key_file).await?;
    let text = paper.shown(errand.voice.words());
    errand.voice.talk(text.trim_end());
    errand.confirm(is_confirmed)?;
    match &mut paper {
        Paper::Genesis(signed) => {
            let had = signed.signatures().len();
            signed.sign(&key).map_err(|_| not_asked(key_file, &key.public()))?;
            if signed.signatures().len() == had {
                return Err(Complaint::refused("root-signed-already").at(key_file));
            }
        }
        Paper::Sheet(sheet) => {
            sheet.sign(&key, Clock::default().now().0).map_err(|fault| match fault {
                SignFault::NotAsked => not_asked(key_file, &key.public()),
                SignFault::Again => Complaint::refused("root-signed-already").at(key_file),
                SignFault::Unsignable => Complaint::failed("store-failed").with("cause", fault),
            })?;
        }
    }
    let (have, need) = paper.counts();
    identity::write(file, &paper.bytes(), 0o644)?;
    let values = [("have", have.into()), ("need", need.into()), ("path", file.display().to_string().into())];
    errand.voice.note("root-signed", &values);
    errand.voice.hint(if have < need { "root-next-hint" } else { "root-back-hint" }, &values);
    let shown = serde_json::json!({ "file": file, "have": have, "need": need });
    errand.voice.data(&shown, |_, _| format!("{have}/{need}"))?;
    Ok(Exit::Yes)
}

/// Takes back what was signed: a genesis into the data folder, a sheet into the node.
async fn submit(errand: &mut Errand, files: &[PathBuf]) -> Done {
    let mut acts = Vec::new();
    for file in files {
        match read(errand, file)? {
            Paper::Genesis(signed) => submit_genesis(errand, file, &signed)?,
            Paper::Sheet(sheet) => {
                let asker = errand.ask().await?;
                let form = SheetText { sheet: sheet.to_string() };
                let submitted: Submitted = asker.post(route::ROOT_SUBMIT, &form).await?;
                for act in &submitted.acts {
                    let values = [
                        ("deed", crate::report::document::deed(&act.deed, errand.voice.words()).into()),
                        ("id", act.entry.clone().into()),
                        ("have", act.have.into()),
                        ("need", act.need.into()),
                    ];
                    errand.voice.note("root-submitted", &values);
                }
                if sheet.items.iter().any(|item| matches!(item.act, Act::Certify(_))) {
                    errand.voice.hint("root-certified-hint", &[]);
                }
                acts.extend(submitted.acts);
            }
        }
    }
    errand.voice.data(&acts, |acts, _| acts.iter().map(|act| act.entry.clone()).collect::<Vec<_>>().join("\n"))?;
    Ok(Exit::Yes)
}

fn submit_genesis(errand: &mut Errand, file: &Path, brought: &SignedGenesis) -> Result<(), Complaint> {
    let path = genesis_path(errand)?;
    let mut here = read_genesis(&path)?;
    if here.genesis.hash() != brought.genesis.hash() {
        let found = brought.genesis.hash().0;
        return Err(Complaint::refused("genesis-other").at(file).with("found", found).hint("genesis-other-hint"));
    }
    for signature in brought.signatures() {
        here.add(signature.clone()).map_err(|fault| Complaint::refused("bad-genesis").with("cause", fault))?;
    }
    identity::write(&path, &cbor::encode(&here), 0o644)?;
    let (have, need) = (here.signatures().len(), usize::from(here.genesis.threshold));
    errand.voice.note("genesis-signed", &[("have", have.into()), ("need", need.into())]);
    let hint = if here.is_in_force() { "genesis-in-force-hint" } else { "genesis-inert-hint" };
    errand.voice.hint(hint, &[("path", path.display().to_string().into())]);
    Ok(())
}

async fn show(errand: &mut Errand) -> Done {
    let path = genesis_path(errand)?;
    match Identity::load(&errand.place()?.dir) {
        Err(IdentityFailure::Inert { .. }) => {
            let signed = read_genesis(&path)?;
            let keys: Vec<String> = signed.genesis.root_keys.iter().map(key_text).collect();
            let signatures: Vec<u8> = signed.signatures().iter().map(|signature| signature.number).collect();
            let shown = serde_json::json!({
                "genesis": signed.genesis.hash().0.to_string(),
                "threshold": signed.genesis.threshold,
                "keys": keys,
                "signed": signatures,
                "in_force": false,
            });
            errand.voice.data(&shown, |_, words| Paper::Genesis(Box::new(signed.clone())).shown(words))?;
            errand.voice.hint("genesis-inert-hint", &[("path", path.display().to_string().into())]);
            return Ok(Exit::Yes);
        }
        loaded => drop(loaded?),
    }
    let root: RootShown = errand.ask().await?.get(route::ROOT, &()).await?;
    errand.voice.data(&root, |root, words| {
        let threshold = format!("{}-of-{}", root.threshold, root.keys.len());
        let keys: Vec<String> = root.keys.iter().map(|key| format!("{}  {}", key.number, key.key)).collect();
        let pending = root.pending.iter().map(|act| {
            let deed = crate::report::document::deed(&act.deed, words);
            format!("{}  {deed}  {}/{}", act.entry, act.have, act.need)
        });
        let policy = root.witnesses.as_ref().map(|policy| {
            let members = policy.members.iter().map(|one| (one.name.as_str(), one.key.clone(), one.outside));
            format!("{}\n{}", witnesses(policy.threshold, members, words), crate::report::time(&policy.since))
        });
        let policy = policy.unwrap_or_default();
        let (keys, pending) = (keys.join("\n"), pending.collect::<Vec<_>>().join("\n"));
        let pairs = [
            ("head-genesis", root.genesis.as_str()),
            ("head-root", &threshold),
            ("head-root-keys", &keys),
            ("head-witnesses", &policy),
            ("head-pending", &pending),
        ];
        fields(
            pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (words.say(key, &[]), value)),
        )
    })?;
    Ok(Exit::Yes)
}

async fn draw_up_revocation(errand: &mut Errand, asked: &Revoke, out: &Path) -> Done {
    let line: Officer = officer::find(&errand.ask().await?, &asked.id).await?;
    let form = revoking::form_of(asked)?;
    let form = SheetForm::Revoke { certificate: line.certificate, reason: form.reason, stand: form.stand };
    draw_up(errand, &form, out).await
}

async fn draw_up(errand: &mut Errand, form: &SheetForm, out: &Path) -> Done {
    must_be_free(Some(&out.to_path_buf()))?;
    let asker = errand.ask().await?;
    let made: SheetText = asker.post(route::ROOT_SHEETS, form).await?;
    let sheet: Sheet = made.sheet.parse().map_err(|fault| unsound(out, &fault))?;
    let paper = Paper::Sheet(sheet);
    let text = paper.shown(errand.voice.words());
    errand.voice.talk(text.trim_end());
    write_public(out, &made.sheet)?;
    let values = [("path", out.display().to_string().into())];
    errand.voice.note("sheet-made", &values);
    errand.voice.hint("sheet-hint", &values);
    errand.voice.data(&serde_json::json!({ "sheet": out }), |_, _| out.display().to_string())?;
    Ok(Exit::Yes)
}

impl Paper {
    /// Signatures there are, and must be.
    fn counts(&self) -> (usize, usize) {
        match self {
            Paper::Genesis(signed) => (signed.signatures().len(), usize::from(signed.genesis.threshold)),
            Paper::Sheet(sheet) => (sheet.signatures(), sheet.needed()),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Paper::Genesis(signed) => cbor::encode(&**signed),
            Paper::Sheet(sheet) => sheet.to_string().into_bytes(),
        }
    }

    /// Everything that will be signed, for the one who signs.
    fn shown(&self, words: &Words) -> String {
        let (have, need) = self.counts();
        let signed = words.say("root-count", &[("have", have.into()), ("need", need.into())]);
        let mut pairs: Vec<(&str, String)> = Vec::new();
        match self {
            Paper::Genesis(signed) => {
                let genesis = &signed.genesis;
                pairs.push(("head-tree", format!("{} {}", genesis.name, genesis.root)));
                pairs.push(("head-genesis", genesis.hash().0.to_string()));
                pairs.push(("head-root", format!("{}-of-{}", genesis.threshold, genesis.root_keys.len())));
                pairs.push(("head-root-keys", genesis.root_keys.iter().map(key_text).collect::<Vec<_>>().join("\n")));
                let founders = genesis.founders.iter().map(|founder| certificate(founder, words));
                pairs.push(("head-founders", founders.collect::<Vec<_>>().join("\n")));
            }
            Paper::Sheet(sheet) => {
                pairs.push(("head-tree", sheet.tree.clone()));
                pairs.push(("head-genesis", sheet.genesis.0.to_string()));
                pairs.extend(sheet.items.iter().map(|item| ("head-act", act(&item.act, words))));
            }
        }
        pairs.push(("head-signatures", signed));
        fields(pairs.iter().map(|(key, value)| (words.say(key, &[]), value.as_str())))
    }
}

/// An act of the root, with all it names.
fn act(act: &Act, words: &Words) -> String {
    match act {
        Act::ReplaceRoot { keys, threshold } => {
            let keys: Vec<String> = keys.iter().map(key_text).collect();
            let root = format!("{threshold}-of-{}", keys.len());
            format!("{} {root}\n{}", words.say("act-replace-root", &[]), keys.join("\n"))
        }
        Act::Witnesses { threshold, members } => {
            let members = members.iter().map(|one| (one.name.as_str(), key_text(&one.key), one.outside));
            format!("{} {}", words.say("act-witnesses", &[]), witnesses(*threshold, members, words))
        }
        Act::Certify(subject) => {
            format!("{}\n{}", crate::report::document::deed("certify", words), certificate(subject, words))
        }
        Act::Revoke { subject, reason } => {
            format!("{} {subject} ({})", words.say("act-revoke", &[]), reason.name().unwrap_or("?"))
        }
        Act::Stand { author, first, last } => {
            format!("{} {author}\n{first}\n{last}", words.say("act-stand", &[]))
        }
        Act::Endorse { subject } => format!("{} {subject}", crate::report::document::deed("endorse", words)),
        other => format!("{other:?}"),
    }
}

/// How many of whom must cosign, one witness a line.
fn witnesses<'a>(threshold: u8, members: impl Iterator<Item = (&'a str, String, bool)>, words: &Words) -> String {
    let lines: Vec<String> = members
        .map(|(name, key, outside)| {
            let outside = if outside { format!("  {}", words.say("witness-outside", &[])) } else { String::new() };
            format!("\n{name}  {key}{outside}")
        })
        .collect();
    format!("{threshold}-of-{}{}", lines.len(), lines.concat())
}

/// `NAME:KEY[:outside]`.
fn witness_of(text: &str) -> Result<WitnessForm, Complaint> {
    let (rest, outside) = text.strip_suffix(":outside").map_or((text, false), |rest| (rest, true));
    let wrong = || Complaint::wrong("bad-member").with("given", text).hint("bad-member-hint");
    let (name, key) = rest.rsplit_once(':').ok_or_else(wrong)?;
    let key = key.to_ascii_lowercase();
    let is_key = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    if name.trim().is_empty() || !is_key {
        return Err(wrong());
    }
    Ok(WitnessForm { name: name.trim().into(), key, outside })
}

fn certificate(one: &Certificate, words: &Words) -> String {
    let language = words.lang().tag().parse().unwrap_or_default();
    let roles: Vec<String> = one.roles.iter().map(|role| fangwei_node::words::role(language, *role)).collect();
    let valid = format!("{} – {}", time_of(one.not_before_s), time_of(one.not_after_s));
    format!("{} {} {valid} {}", roles.join("、"), one.unit, key_text(&one.key))
}

fn read(errand: &mut Errand, file: &Path) -> Result<Paper, Complaint> {
    let bytes = errand.input.bytes(file)?;
    // A genesis is CBOR and never begins like a text of ours.
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.trim_start().starts_with("file") => {
            text.parse().map(Paper::Sheet).map_err(|fault| unsound(file, &fault))
        }
        _ => parse_genesis(&bytes, file).map(|signed| Paper::Genesis(Box::new(signed))),
    }
}

fn read_genesis(path: &Path) -> Result<SignedGenesis, Complaint> {
    let bytes = fs::read(path).map_err(|cause| Complaint::unreadable(path, &cause))?;
    parse_genesis(&bytes, path)
}

fn parse_genesis(bytes: &[u8], path: &Path) -> Result<SignedGenesis, Complaint> {
    SignedGenesis::parse(bytes).map_err(|fault| Complaint::wrong("damaged").at(path).with("cause", fault))
}

fn genesis_path(errand: &Errand) -> Result<PathBuf, Complaint> {
    let dir = errand.place()?.dir;
    let path = dir.join("genesis.cbor");
    if path.exists() { Ok(path) } else { Err(Complaint::wrong("no-node").at(&dir).hint("no-node-hint")) }
}

async fn open_root_key(errand: &mut Errand, path: &Path) -> Result<KeyPair, Complaint> {
    let sealed: SealedKey = errand.input.text(path)?.parse().map_err(|failure| sealed_fault(path, failure))?;
    let passphrase: Zeroizing<String> = errand.own_passphrase(&path.display().to_string())?;
    let opened = spawn_blocking(move || sealed.open(&passphrase)).await;
    let opened = opened.map_err(|cause| Complaint::failed("store-failed").with("cause", cause))?;
    opened.map_err(|failure| sealed_fault(path, failure))
}

fn not_asked(path: &Path, key: &PublicKey) -> Complaint {
    Complaint::refused("root-not-asked").at(path).with("key", key_text(key)).hint("root-not-asked-hint")
}

/// Whether as many root keys are given as there will be.
///
/// # Errors
///
/// They are not.
pub fn must_be_so_many(wanted: usize, given: usize) -> Result<(), Complaint> {
    if wanted == given {
        return Ok(());
    }
    Err(Complaint::wrong("root-keys-count").with("wanted", wanted).with("given", given).hint("root-new-hint"))
}

/// `2-of-3`.
///
/// # Errors
///
/// It is no such thing.
pub fn k_of_n(text: &str) -> Result<(u8, usize), Complaint> {
    let wrong = || Complaint::wrong("bad-k-of-n").with("given", text).hint("bad-k-of-n-hint");
    let (threshold, count) = text.split_once("-of-").ok_or_else(wrong)?;
    let (threshold, count): (u8, usize) =
        (threshold.parse().map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?);
    let is_possible = (1..=9).contains(&count) && threshold >= 1 && usize::from(threshold) <= count;
    if is_possible { Ok((threshold, count)) } else { Err(wrong()) }
}
