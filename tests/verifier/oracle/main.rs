//! Entries as they should be and in all the ways in which they should not, each with the program's word on it: what an
//! independent verifier must say as well.
//!
//! `oracle DIR ENTRIES` writes bundles (`N.bundle`) and beside each, one word an entry, what the program makes of it
//! (`N.expected`): why it is refused, or what it is worth in the end. One seed draws everything. Most of what is wrong
//! is signed all the same, because whoever holds a key can sign anything.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a generator that cannot go on should stop")]

mod acts;
mod drafts;
mod procedures;
mod receipts;
mod stories;
mod words;

use std::{collections::BTreeMap, env, fs, path::Path, sync::Arc};

use fangwei_protocol::{
    record::{
        body::Witness,
        bundle::{Item, Kept, MAGIC, Totals},
        cbor,
        entry::{CertificateId, Claim, DocKey, EntryId, Header, Scope},
    },
    records::{LogIndex, Memory},
    replica::{Me, Replica, Unchecked},
    trust::{
        genesis::{Genesis, SignedGenesis},
        key::KeyPair,
    },
};
use rand::{SeedableRng, rngs::StdRng};
use rayon::prelude::*;

/// Entries of one bundle.
const ENTRIES_PER_BUNDLE: u64 = 5_000;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [dir, entries] = arguments.as_slice() else { panic!("oracle DIR ENTRIES") };
    let entries: u64 = entries.parse().unwrap();
    fs::create_dir_all(dir).unwrap();
    (0..entries.div_ceil(ENTRIES_PER_BUNDLE)).into_par_iter().for_each(|seed| {
        let mut tree = Tree::new(seed);
        while tree.said.len() < ENTRIES_PER_BUNDLE as usize {
            drafts::next(&mut tree);
            if [2_000, 3_000, 4_000].contains(&tree.said.len()) {
                stories::tell(&mut tree);
            }
        }
        tree.write(Path::new(dir), seed);
    });
}

/// Somebody with a key, whatever the tree thinks of it.
#[derive(Clone)]
struct Author {
    certificate: CertificateId,
    key: Arc<KeyPair>,
    said: fangwei_protocol::trust::charter::Certificate,
}

/// A tree, what it holds, and everything that was offered to it.
struct Tree {
    rng: StdRng,
    seed: u64,
    genesis: Genesis,
    root_keys: Vec<KeyPair>,
    replica: Replica,
    records: Memory,
    authors: Vec<Author>,
    /// Entries held, in the order in which they came.
    held: Vec<(EntryId, Header)>,
    feeds: BTreeMap<(Scope, CertificateId), Vec<usize>>,
    documents: BTreeMap<DocKey, Vec<usize>>,
    /// Whoever was named a witness.
    witnesses: Vec<(Witness, KeyPair)>,
    /// What several must say, and where they say it.
    spoken: Vec<(EntryId, DocKey)>,
    /// Casework certificates that wait for a secretary.
    unendorsed: Vec<(EntryId, DocKey)>,
    said: Vec<(Vec<u8>, Option<Vec<u8>>, Result<LogIndex, &'static str>)>,
}

impl Tree {
    fn new(seed: u64) -> Tree {
        let rng = StdRng::seed_from_u64(seed);
        let (genesis, root_keys, authors) = drafts::founding(seed);
        let me = Me { certificate: authors[0].certificate, unit: genesis.root.clone() };
        let records = Memory::default();
        let replica = Replica::open(genesis.clone(), me, [0; 32], LogIndex(0), &records).unwrap();
        let mut tree = Tree {
            rng,
            seed,
            genesis,
            root_keys,
            replica,
            records,
            authors,
            held: Vec::new(),
            feeds: BTreeMap::new(),
            documents: BTreeMap::new(),
            witnesses: Vec::new(),
            spoken: Vec::new(),
            unendorsed: Vec::new(),
            said: Vec::new(),
        };
        let keys = tree.root_keys.iter().map(|key| KeyPair::from_seed(key.seed())).collect();
        let roots = acts::of_root(&tree, tree.genesis.hash().0, keys, tree.genesis.threshold);
        tree.authors.extend(roots);
        tree
    }

    /// Offers an entry; says whether it is held now and was not before.
    fn offer(&mut self, entry: Vec<u8>, body: Option<Vec<u8>>) -> Option<EntryId> {
        let taken = self.take(&entry, body.as_deref());
        let at = taken.as_ref().ok().map(|(at, _)| *at);
        self.said.push((entry, body, taken.as_ref().map(|(at, _)| *at).map_err(|word| *word)));
        let id = taken.ok()?.1;
        let header = self.replica.entry(at?, &self.records).unwrap().header().clone();
        self.feeds.entry((header.scope.clone(), header.author)).or_default().push(self.held.len());
        self.documents.entry(header.document()).or_default().push(self.held.len());
        self.held.push((id, header));
        Some(id)
    }

    fn take(&mut self, entry: &[u8], body: Option<&[u8]>) -> Result<(LogIndex, EntryId), &'static str> {
        let claim = Claim::parse(entry).map_err(|fault| words::of_claim(&fault))?;
        let author = self.replica.charter().complete(&claim.claimed_author()).ok_or("author")?;
        let unchecked = Unchecked::new(claim, body.map(Into::into), author.certificate.key);
        let checked = unchecked.check(&self.genesis.hash()).map_err(|fault| words::of_parcel(&fault))?;
        let at = self.replica.log_length();
        let admitted = self.replica.admit(&checked, &self.records).unwrap();
        let batch = admitted.map_err(|fault| words::of_header(&fault))?;
        if batch.facts.is_empty() {
            return Err("held");
        }
        self.records.store(&batch);
        Ok((at, checked.entry().id()))
    }

    fn write(&mut self, dir: &Path, seed: u64) {
        let mut signed = SignedGenesis::new(self.genesis.clone());
        for key in &self.root_keys {
            signed.sign(key).unwrap();
        }
        let genesis = Item::Genesis(cbor::encode(&signed).into());
        let mut bundle = [MAGIC, &genesis.framed()].concat();
        let mut words = String::new();
        for (at, (entry, body, taken)) in (0..).map(LogIndex).zip(&self.said) {
            let (entry, body) = (entry.clone().into(), body.clone().map(Into::into));
            bundle.extend(Item::Entry(Kept { at, entry, body }).framed());
            let word = match taken {
                Ok(at) => self.replica.said(*at, &self.records).unwrap().verdict().code().to_owned(),
                Err(word) => format!("refused:{word}"),
            };
            words.push_str(&word);
            words.push('\n');
        }
        let receipts = receipts::of(self);
        for (bytes, word) in &receipts {
            bundle.extend(Item::Receipt(bytes.clone().into()).framed());
            words.push_str(word);
            words.push('\n');
        }
        let totals = Totals { entries: self.said.len() as u64, receipts: receipts.len() as u64 };
        bundle.extend(Item::End(totals).framed());
        fs::write(dir.join(format!("{seed}.bundle")), bundle).unwrap();
        fs::write(dir.join(format!("{seed}.expected")), words).unwrap();
    }
}
