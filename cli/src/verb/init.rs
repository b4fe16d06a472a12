//! `init`: a county is founded: its genesis, its first two officers, its first node.
//!
//! Everything that can be refused is looked at before anything is written. The root key of a demonstration is written
//! first and never into the data folder: a node that is stolen must not take the tree's root with it. Under root keys
//! of several holders the folder is made whole and stays inert until enough of them have signed its genesis.

use std::path::{Path, PathBuf};

use fangwei_node::{
    ceremony::RootKey,
    founding::{self, Founded, Root},
    identity::Identity,
    keyring::Keyring,
    node::Node,
    run::random,
    store::StoreOptions,
};
use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{DocId, DocKey, Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
    trust::{
        charter::{HolderName, UnitRow},
        genesis::GenesisFault,
        key::KeyPair,
    },
    work::unit::UnitPath,
};
use zeroize::Zeroizing;

use crate::{
    args::Init,
    complaint::{Complaint, Exit},
    errand::{Errand, must_be_free, write_secret},
    verb::{
        Done,
        ceremony::{seal, unsound},
        root::{k_of_n, must_be_so_many},
    },
};

/// Passphrases of the first officers, and of the root key that is made here.
struct Passphrases {
    administrator: Zeroizing<String>,
    secretary: Zeroizing<String>,
    root: Zeroizing<String>,
}

/// `init`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: Init) -> Done {
    let unit: UnitPath =
        asked.root.parse().map_err(|_| Complaint::wrong("bad-root").with("root", &asked.root).hint("bad-root-hint"))?;
    let dir = errand.place()?.dir;
    if Identity::exists(&dir) {
        return Err(Complaint::wrong("node-exists").at(&dir).hint("node-exists-hint"));
    }
    let (threshold, count) = k_of_n(&asked.root_keys)?;
    if asked.root_key.is_empty() && count == 1 {
        return with_key_made_here(errand, &asked, unit, &dir).await;
    }
    must_be_so_many(count, asked.root_key.len())?;
    let mut keys = Vec::new();
    for path in &asked.root_key {
        let root: RootKey = errand.input.text(path)?.parse().map_err(|fault| unsound(path, &fault))?;
        if keys.contains(&root.key) {
            return Err(Complaint::wrong("file-twice").at(path));
        }
        keys.push(root.key);
    }
    let passphrases = passphrases(errand, &asked)?;
    let founded = founding::draw_up_under(&asked.name, unit, Root { keys, threshold });
    let founded = founded.map_err(|fault| unfit(&fault, &asked))?;
    make(&dir, &founded, passphrases, &asked).await?;
    say(errand, &founded, &asked, None)?;
    let (need, path) = (founded.genesis.genesis.threshold, dir.join("genesis.cbor"));
    errand.voice.note("genesis-signed", &[("have", 0.into()), ("need", need.into())]);
    errand.voice.hint("genesis-inert-hint", &[("path", path.display().to_string().into())]);
    Ok(Exit::Yes)
}

/// A tree of one root key, for demonstrations and for who wants no more.
async fn with_key_made_here(errand: &mut Errand, asked: &Init, unit: UnitPath, dir: &Path) -> Done {
    let root_key_path = asked.root_key_out.clone().unwrap_or_else(|| beside(dir));
    if is_inside(&root_key_path, dir) {
        return Err(Complaint::wrong("root-key-inside").hint("root-key-inside-hint"));
    }
    must_be_free(Some(&root_key_path))?;
    let passphrases = passphrases(errand, asked)?;
    let (founded, key) = founding::draw_up(&asked.name, unit).map_err(|fault| unfit(&fault, asked))?;
    let name = RootKey::name(&key.public());
    let sealed = seal(key, name, RootKey::NO_TREE, passphrases.root.clone()).await?;
    if let Some(parent) = root_key_path.parent() {
        std::fs::create_dir_all(parent).map_err(|cause| Complaint::failed("disk").at(parent).with("cause", cause))?;
    }
    write_secret(&root_key_path, &sealed.to_string())?;
    let made = make(dir, &founded, passphrases, asked).await;
    if made.is_err() && !Identity::exists(dir) {
        // A root key without its tree opens nothing and would only bar the next attempt.
        let _ = std::fs::remove_file(&root_key_path);
    }
    made?;
    say(errand, &founded, asked, Some(&root_key_path))?;
    errand.voice.hint("init-hint-root", &[]);
    errand.voice.hint("init-hint-next", &[]);
    Ok(Exit::Yes)
}

fn unfit(fault: &GenesisFault, asked: &Init) -> Complaint {
    match asked.root_key.is_empty() {
        true => Complaint::wrong("bad-name").with("name", &asked.name),
        false => Complaint::wrong("bad-genesis").with("cause", fault),
    }
}

/// The node, the founders' keys on it, and what they and the county are called.
async fn make(dir: &Path, founded: &Founded, passphrases: Passphrases, asked: &Init) -> Result<(), Complaint> {
    let genesis = founded.genesis.genesis.hash();
    let founders = [(&founded.administrator, passphrases.administrator), (&founded.secretary, passphrases.secretary)];
    let mut sealed = Vec::new();
    for ((certificate, key), passphrase) in founders {
        sealed.push(seal(KeyPair::from_seed(key.seed()), *certificate, genesis, passphrase).await?);
    }
    founding::found(dir, founded, StoreOptions::default()).await?;
    let keyring = Keyring::new(dir, genesis);
    for key in &sealed {
        keyring.keep(key).map_err(|failure| Complaint::failed("store-failed").with("cause", failure))?;
    }
    let identity = Identity::load_inert(dir)?;
    let node = Node::open_offline_as(dir, identity.into(), StoreOptions::default(), &mut |_| {})?;
    let named = name(&node, founded, asked).await;
    node.stop().await;
    named
}

async fn name(node: &Node, founded: &Founded, asked: &Init) -> Result<(), Complaint> {
    let genesis = &founded.genesis.genesis;
    let home = genesis.root.clone();
    let holders = genesis.founders.iter().map(|founder| founder.holder);
    let names = [&asked.administrator, &asked.secretary];
    let mut acts: Vec<(Kind, DocId, Act)> = holders
        .zip(names)
        .map(|(holder, name)| {
            let named = HolderName { holder, name: name.clone() };
            (Kind::HOLDER, DocId(holder.into()), Act::NameHolder(named))
        })
        .collect();
    let row = UnitRow { unit: home.clone(), name: genesis.name.clone() };
    acts.push((Kind::UNITS, DocId(random()), Act::NameUnits(vec![row])));
    for (kind, doc, act) in acts {
        let scope = Scope { home: home.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
        let (author, key) = (founded.administrator.0, KeyPair::from_seed(founded.administrator.1.seed()));
        let draft = Draft { author, document: DocKey { scope, kind, doc }, after: None, content: Content::Act(act) };
        let written = node.core().write(key.into(), move |_| Ok(draft)).await;
        written.map_err(|failure| Complaint::failed("not-written").with("cause", failure))?;
    }
    Ok(())
}

fn say(errand: &mut Errand, founded: &Founded, asked: &Init, root_key: Option<&Path>) -> Result<(), Complaint> {
    let tree = &founded.genesis.genesis;
    let genesis = tree.hash().0.to_string();
    let shown = serde_json::json!({
        "tree": asked.name,
        "root": tree.root.as_str(),
        "genesis": genesis,
        "root_keys": format!("{}-of-{}", tree.threshold, tree.root_keys.len()),
        "root_key": root_key,
        "in_force": founded.genesis.is_in_force(),
        "administrator": founded.administrator.0.to_string(),
        "secretary": founded.secretary.0.to_string(),
    });
    errand.voice.data(&shown, |_, words| {
        let of = format!("{}-of-{}", tree.threshold, tree.root_keys.len());
        let root_key = root_key.map_or(of, |path| path.display().to_string());
        let values = [
            ("name", asked.name.clone().into()),
            ("root", tree.root.to_string().into()),
            ("genesis", genesis.clone().into()),
            ("root_key", root_key.into()),
        ];
        words.say("init-done", &values)
    })?;
    let names = [("administrator", asked.administrator.clone().into()), ("secretary", asked.secretary.clone().into())];
    errand.voice.note("init-officers", &names);
    errand.voice.hint("init-hint-genesis", &[]);
    Ok(())
}

fn passphrases(errand: &mut Errand, asked: &Init) -> Result<Passphrases, Complaint> {
    let both = errand.globals.passphrase_file.clone();
    let both = both.map(|path| errand.input.passphrase(&path)).transpose()?;
    let mut own = |path: &Option<PathBuf>| path.as_ref().map(|path| errand.input.passphrase(path)).transpose();
    let missing = || Complaint::wrong("no-founder-passphrase").hint("no-founder-passphrase-hint");
    let administrator = own(&asked.administrator_passphrase_file)?.or_else(|| both.clone()).ok_or_else(missing)?;
    let secretary = own(&asked.secretary_passphrase_file)?.or_else(|| both.clone()).ok_or_else(missing)?;
    let root = own(&asked.root_passphrase_file)?.or(both).unwrap_or_else(|| secretary.clone());
    Ok(Passphrases { administrator, secretary, root })
}

/// `county` → `county.root-key`, outside the folder that is the node.
fn beside(dir: &Path) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".root-key");
    dir.with_file_name(name)
}

fn is_inside(path: &Path, dir: &Path) -> bool {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.into());
    whole(path).starts_with(whole(dir))
}
