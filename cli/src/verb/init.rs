//! `init`: a county is founded: its genesis, its first two officers, its first node.
//!
//! Everything that can be refused is looked at before anything is written. The root key is written first and never into
//! the data folder: a node that is stolen must not take the tree's root with it.

use std::path::{Path, PathBuf};

use fangwei_node::{
    founding::{self, Founded},
    identity::Identity,
    keyring::{KeyFailure, Keyring, SealCost, SealedKey},
    limits::PASSPHRASE_CHARS_MIN,
    node::Node,
    run::random,
    store::StoreOptions,
};
use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{CertificateId, DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
    trust::{
        charter::{HolderName, UnitRow},
        key::KeyPair,
    },
    work::unit::UnitPath,
};
use zeroize::Zeroizing;

use crate::{
    args::Init,
    complaint::{Complaint, Exit},
    errand::{Errand, must_be_free, write_secret},
    verb::Done,
};

/// Passphrases of the administrator, the secretary and the root key.
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
    let root: UnitPath =
        asked.root.parse().map_err(|_| Complaint::wrong("bad-root").with("root", &asked.root).hint("bad-root-hint"))?;
    let dir = errand.place()?.dir;
    if Identity::exists(&dir) {
        return Err(Complaint::wrong("node-exists").at(&dir).hint("node-exists-hint"));
    }
    let root_key_path = asked.root_key_out.clone().unwrap_or_else(|| beside(&dir));
    if is_inside(&root_key_path, &dir) {
        return Err(Complaint::wrong("root-key-inside").hint("root-key-inside-hint"));
    }
    must_be_free(Some(&root_key_path))?;
    let passphrases = passphrases(errand, &asked)?;
    let founded = founding::draw_up(&asked.name, root);
    let founded = founded.map_err(|_| Complaint::wrong("bad-name").with("name", &asked.name))?;
    let (founded, sealed) = tokio::task::spawn_blocking(move || seal(founded, &passphrases))
        .await
        .map_err(|cause| Complaint::failed("store-failed").with("cause", cause))??;
    if let Some(parent) = root_key_path.parent() {
        std::fs::create_dir_all(parent).map_err(|cause| Complaint::failed("disk").at(parent).with("cause", cause))?;
    }
    write_secret(&root_key_path, sealed.root.to_string().trim_end())?;
    let made = make(&dir, &founded, &sealed, &asked).await;
    if made.is_err() && !Identity::exists(&dir) {
        // A root key without its tree opens nothing and would only bar the next attempt.
        let _ = std::fs::remove_file(&root_key_path);
    }
    made?;
    say(errand, &founded, &asked, &root_key_path)
}

/// The three sealed keys.
struct Sealed {
    administrator: SealedKey,
    secretary: SealedKey,
    root: SealedKey,
}

fn seal(founded: Founded, passphrases: &Passphrases) -> Result<(Founded, Sealed), Complaint> {
    let genesis = founded.genesis.hash();
    let seal = |certificate: CertificateId, key: &KeyPair, passphrase: &str| {
        let sealed = SealedKey::seal(key, certificate, genesis, passphrase, SealCost::DEFAULT);
        sealed.map_err(|failure| match failure {
            KeyFailure::WeakPassphrase => Complaint::wrong("weak-passphrase").with("min", PASSPHRASE_CHARS_MIN),
            failure => Complaint::failed("store-failed").with("cause", failure),
        })
    };
    // The root key has no certificate: its file names a hash of its public half instead.
    let root_name = EntryId(Hash::of_parts("fangwei root key 1", [founded.root.public().bytes().as_slice()]));
    let sealed = Sealed {
        administrator: seal(founded.administrator.0, &founded.administrator.1, &passphrases.administrator)?,
        secretary: seal(founded.secretary.0, &founded.secretary.1, &passphrases.secretary)?,
        root: seal(root_name, &founded.root, &passphrases.root)?,
    };
    Ok((founded, sealed))
}

/// The node, the founders' keys on it, and what they and the county are called.
async fn make(dir: &Path, founded: &Founded, sealed: &Sealed, asked: &Init) -> Result<(), Complaint> {
    founding::found(dir, founded, StoreOptions::default()).await?;
    let keyring = Keyring::new(dir, founded.genesis.hash());
    for key in [&sealed.administrator, &sealed.secretary] {
        keyring.keep(key).map_err(|failure| Complaint::failed("store-failed").with("cause", failure))?;
    }
    let node = Node::open_offline(dir, StoreOptions::default(), &mut |_| {})?;
    let named = name(&node, founded, asked).await;
    node.stop().await;
    named
}

async fn name(node: &Node, founded: &Founded, asked: &Init) -> Result<(), Complaint> {
    let home = founded.genesis.root.clone();
    let holders = founded.genesis.founders.iter().map(|founder| founder.holder);
    let names = [&asked.administrator, &asked.secretary];
    let mut acts: Vec<(Kind, DocId, Act)> = holders
        .zip(names)
        .map(|(holder, name)| {
            let named = HolderName { holder, name: name.clone() };
            (Kind::HOLDER, DocId(holder.into()), Act::NameHolder(named))
        })
        .collect();
    let row = UnitRow { unit: home.clone(), name: founded.genesis.name.clone() };
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

fn say(errand: &mut Errand, founded: &Founded, asked: &Init, root_key: &Path) -> Done {
    let genesis = founded.genesis.hash().0.to_string();
    let shown = serde_json::json!({
        "tree": asked.name,
        "root": founded.genesis.root.as_str(),
        "genesis": genesis,
        "root_key": root_key,
        "administrator": founded.administrator.0.to_string(),
        "secretary": founded.secretary.0.to_string(),
    });
    errand.voice.data(&shown, |_, words| {
        let values = [
            ("name", asked.name.clone().into()),
            ("root", founded.genesis.root.to_string().into()),
            ("genesis", genesis.clone().into()),
            ("root_key", root_key.display().to_string().into()),
        ];
        words.say("init-done", &values)
    })?;
    let names = [("administrator", asked.administrator.clone().into()), ("secretary", asked.secretary.clone().into())];
    errand.voice.note("init-officers", &names);
    errand.voice.hint("init-hint-root", &[]);
    errand.voice.hint("init-hint-genesis", &[]);
    errand.voice.hint("init-hint-next", &[]);
    Ok(Exit::Yes)
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
