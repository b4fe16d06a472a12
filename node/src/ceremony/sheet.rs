//! A sheet: acts of the root that go from one holder of a root key to the next until enough have signed.
//!
//! The first to sign becomes the acts' author, the others endorse them; each signs offline, with a root key's file.
//! Where each key's feed goes on was looked up when the sheet was drawn up, so that no store is needed to sign.

use std::{collections::BTreeMap, fmt, str::FromStr};

use data_encoding::BASE64;
use fangwei_protocol::{
    record::{
        body::{Act, Body, Content},
        cbor,
        entry::{CertificateId, Claim, DocKey, EntryId, Epoch, Hash, Header, Scope},
        message::Parcel,
    },
    trust::{
        genesis::GenesisHash,
        key::{KeyPair, PublicKey},
    },
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{CeremonyFault, FORMAT, parsed, read, sum, write};
use crate::run::random;

/// What `file` says.
const FILE: &str = "fangwei sheet";

/// Acts on their way to enough signatures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// Of which tree.
    pub genesis: GenesisHash,
    /// What the tree is called, for people.
    pub tree: String,
    /// How many keys must sign.
    pub threshold: u8,
    /// The acts, in the order in which they are to be admitted.
    pub items: Vec<Item>,
}

/// One act and who has signed it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Item {
    /// Where it stands.
    #[n(0)]
    pub document: DocKey,
    /// What it says.
    #[n(1)]
    pub act: Act,
    /// The heads it was drawn up at.
    #[n(2)]
    pub after: Vec<EntryId>,
    /// Who may sign, and where their feeds go on.
    #[n(3)]
    pub places: Vec<Place>,
    /// What was signed: first the act, then who endorsed it.
    #[n(4)]
    pub signed: Vec<Parcel>,
}

/// Where a root key's feed goes on in the scope of an act.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Place {
    /// The certificate.
    #[n(0)]
    pub certificate: CertificateId,
    /// Its key.
    #[n(1)]
    pub key: PublicKey,
    /// The next entry's number.
    #[n(2)]
    pub seq: u64,
    /// The entry before it.
    #[n(3)]
    pub prev: Option<EntryId>,
}

/// Why a sheet was not signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum SignFault {
    /// The key is none of those asked.
    #[error("sheet does not ask for this key")]
    NotAsked,
    /// It has signed already.
    #[error("this key has signed already")]
    Again,
    /// What it would sign cannot be an entry.
    #[error("what it says cannot be signed")]
    Unsignable,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    file: String,
    format: u32,
    genesis: String,
    tree: String,
    threshold: u8,
    acts: Vec<String>,
    sum: String,
}

impl Sheet {
    /// Signs what this key has not signed yet. Returns how many acts that were.
    ///
    /// # Errors
    ///
    /// [`SignFault`]; the sheet is as it was.
    pub fn sign(&mut self, key: &KeyPair, now_s: i64) -> Result<usize, SignFault> {
        let mut items = self.items.clone();
        // Acts of one sheet may stand in one scope: then each follows the one before it.
        let mut ends: BTreeMap<Scope, (EntryId, u64)> = BTreeMap::new();
        let mut count = 0;
        for item in &mut items {
            let place = item.place_of(&self.genesis, &key.public()).ok_or(SignFault::NotAsked)?;
            if item.authors().any(|author| author == place.certificate) {
                continue;
            }
            let end = ends.get(&item.document.scope);
            let (prev, seq) = match end {
                Some((prev, seq)) => (Some(*prev), seq.checked_add(1).ok_or(SignFault::Unsignable)?),
                None => (place.prev, place.seq),
            };
            let first = item.first(&self.genesis);
            let act = first.map_or_else(|| item.act.clone(), |subject| Act::Endorse { subject });
            let after = first.map_or_else(|| item.after.clone(), |subject| vec![subject]);
            let body = Body::new(random(), Content::Act(act)).bytes();
            let is_usual = after.as_slice() == prev.as_slice();
            let DocKey { scope, kind, doc } = item.document.clone();
            let header = Header {
                scope: scope.clone(),
                kind,
                doc,
                author: place.certificate,
                epoch: Epoch(random()),
                seq,
                prev,
                after: (!is_usual).then_some(after),
                claimed_time_s: now_s,
                anchor: None,
                body: Hash::of(&body),
            };
            let entry = header.sign(&self.genesis, key).map_err(|_| SignFault::Unsignable)?;
            ends.insert(scope, (entry.id(), seq));
            item.signed.push(Parcel::new(entry.bytes(), Some(&body.into())));
            count += 1;
        }
        if count == 0 {
            return Err(SignFault::Again);
        }
        self.items = items;
        Ok(count)
    }

    /// How many keys have signed all of it.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.items.iter().map(|item| item.signed.len()).min().unwrap_or(0)
    }

    /// How many must: where the root is handed over, as many of the new keys besides.
    #[must_use]
    pub fn needed(&self) -> usize {
        let more = self.items.iter().map(|item| match &item.act {
            Act::ReplaceRoot { threshold, .. } => usize::from(*threshold),
            _ => 0,
        });
        usize::from(self.threshold) + more.max().unwrap_or(0)
    }

    fn sum(&self) -> String {
        let items = cbor::encode(&self.items);
        sum("fangwei sheet file 1", &[self.genesis.0.as_slice(), self.tree.as_bytes(), &[self.threshold], &items])
    }
}

impl Item {
    /// The act's id, once it is signed.
    #[must_use]
    pub fn first(&self, genesis: &GenesisHash) -> Option<EntryId> {
        let claim = Claim::parse(&self.signed.first()?.entry).ok()?;
        Some(claim.reopen(genesis).id())
    }

    /// The certificates that have signed.
    pub fn authors(&self) -> impl Iterator<Item = CertificateId> {
        self.signed.iter().filter_map(|parcel| Some(Claim::parse(&parcel.entry).ok()?.claimed_author()))
    }

    /// Where a key signs: as it was looked up, or, a root to be, as the first of its feed once there is an act.
    fn place_of(&self, genesis: &GenesisHash, key: &PublicKey) -> Option<Place> {
        if let Some(place) = self.places.iter().find(|place| place.key == *key) {
            return Some(place.clone());
        }
        let Act::ReplaceRoot { keys, .. } = &self.act else { return None };
        let number = u8::try_from(keys.iter().position(|known| known == key)?).ok()?;
        let origin = self.first(genesis)?;
        let certificate = EntryId(Hash::of_parts("fangwei root 1", [origin.0.as_slice(), &[number]]));
        Some(Place { certificate, key: *key, seq: 0, prev: None })
    }

    /// Whether what was signed is what is shown: a signer must not endorse another act than the one read.
    fn is_sound(&self, genesis: &GenesisHash) -> bool {
        let mut first = None;
        self.signed.iter().all(|parcel| {
            let Ok(claim) = Claim::parse(&parcel.entry) else { return false };
            let entry = claim.reopen(genesis);
            let Some(body) = &parcel.body else { return false };
            let content = Body::parse(body).map(|body| body.content);
            let says = match first {
                None => content == Ok(Content::Act(self.act.clone())),
                Some(subject) => content == Ok(Content::Act(Act::Endorse { subject })),
            };
            first = first.or(Some(entry.id()));
            says && entry.header().document() == self.document && Hash::of(body) == entry.header().body
        })
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text {
            file: FILE.into(),
            format: FORMAT,
            genesis: self.genesis.0.to_string(),
            tree: self.tree.clone(),
            threshold: self.threshold,
            acts: self.items.iter().map(|item| BASE64.encode(&cbor::encode(item))).collect(),
            sum: self.sum(),
        };
        f.write_str(&write(&text)?)
    }
}

impl FromStr for Sheet {
    type Err = CeremonyFault;

    fn from_str(text: &str) -> Result<Sheet, CeremonyFault> {
        let unreadable = || CeremonyFault::Damaged { reason: "an act cannot be read" };
        let text: Text = read(text, FILE)?;
        let item = |act: &String| -> Result<Item, CeremonyFault> {
            let bytes = BASE64.decode(act.as_bytes()).map_err(|_| unreadable())?;
            cbor::decode(&bytes).map_err(|_| unreadable())
        };
        let sheet = Sheet {
            genesis: GenesisHash(parsed(&text.genesis, "its tree cannot be read")?),
            tree: text.tree,
            threshold: text.threshold,
            items: text.acts.iter().map(item).collect::<Result<_, _>>()?,
        };
        if sheet.sum() != text.sum {
            return Err(CeremonyFault::Damaged { reason: "its sum does not agree" });
        }
        if !sheet.items.iter().all(|item| item.is_sound(&sheet.genesis)) {
            return Err(CeremonyFault::Damaged { reason: "what was signed is not what it says" });
        }
        Ok(sheet)
    }
}
