//! Every reader of bytes that come from elsewhere, behind one shape: bytes in, and taken or refused with the reason.
//!
//! A reader here does what the program does with such bytes up to the point where it believes them, signatures included,
//! by the keys of the samples.

use std::{cell::OnceCell, collections::BTreeMap, fs, path::PathBuf};

use fangwei_cli::verb::unit;
use fangwei_node::{
    api::shape,
    audit::bundle,
    ceremony::{Grant, Request, RootKey, Sheet},
    config::Config,
    keyring::SealedKey,
    store::journal_facts,
    token::JoinToken,
    words::Language,
};
use fangwei_protocol::{
    record::{
        body::Body,
        bundle::{MAGIC, Order, item_bytes},
        cbor,
        entry::{CertificateId, Claim, Hash},
        log::{Head, is_consistent, is_included, prove_set},
        message::Frame,
    },
    trust::{
        checkpoint::{Note, NoteSignature},
        genesis::{Genesis, GenesisHash, SignedGenesis},
        key::{KeyPair, PublicKey},
        receipt::Receipt,
        witnessing::{Evidence, LogEpoch},
    },
    work::unit::UnitPath,
};
use minicbor::{Decode, Encode};
use tempfile::TempDir;

use super::samples;

/// What became of some bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Believed; and what is written of it again, if it is ever written.
    Taken(Option<Vec<u8>>),
    /// Refused, and why.
    Refused(String),
}

/// One reader.
#[derive(Clone, Copy)]
pub struct Decoder {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// What its input is.
    pub form: Form,
    /// How many of a thousand inputs of a bulk run are for it.
    pub share: u64,
    /// Reads.
    pub read: fn(&[u8]) -> Verdict,
}

/// What a decoder's input is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// One CBOR value with one encoding.
    Cbor,
    /// Bytes of another format.
    Bytes,
    /// Text with one form.
    Line,
    /// Text that may be written in several ways.
    Text,
}

/// All of them.
pub const DECODERS: &[Decoder] = &[
    decoder("entry", Form::Cbor, 120, entry),
    decoder("body", Form::Cbor, 160, body),
    decoder("frame", Form::Cbor, 200, frame),
    decoder("bundle_items", Form::Bytes, 40, bundle_items),
    decoder("bundle", Form::Bytes, 10, bundle_file),
    decoder("checkpoint", Form::Line, 50, checkpoint),
    decoder("cosignature", Form::Line, 30, cosignature),
    decoder("proof", Form::Cbor, 50, proof),
    decoder("receipt", Form::Cbor, 50, receipt),
    decoder("genesis", Form::Cbor, 20, genesis),
    decoder("signed_genesis", Form::Cbor, 20, signed_genesis),
    decoder("log_epoch", Form::Cbor, 20, log_epoch),
    decoder("evidence", Form::Cbor, 20, evidence),
    decoder("journal", Form::Bytes, 15, journal),
    decoder("token", Form::Text, 25, token),
    decoder("request", Form::Text, 15, request),
    decoder("grant", Form::Text, 15, grant),
    decoder("root_key", Form::Text, 15, root_key),
    decoder("sheet", Form::Text, 15, sheet),
    decoder("sealed_key", Form::Text, 15, sealed_key),
    decoder("config", Form::Text, 10, config),
    decoder("units", Form::Text, 20, units),
    decoder("forms", Form::Text, 30, forms),
    decoder("language", Form::Text, 10, language),
    decoder("unit_path", Form::Line, 25, unit_path),
];

const fn decoder(name: &'static str, form: Form, share: u64, read: fn(&[u8]) -> Verdict) -> Decoder {
    Decoder { name, form, share, read }
}

/// The decoder of a name.
pub fn of_name(name: &str) -> &'static Decoder {
    DECODERS.iter().find(|decoder| decoder.name == name).unwrap()
}

impl Decoder {
    /// Reads, and checks what must hold of whatever is taken: written again it is the same, or reads as the same.
    pub fn judge(&self, bytes: &[u8]) -> Verdict {
        let verdict = (self.read)(bytes);
        if let Verdict::Taken(Some(again)) = &verdict {
            match self.form {
                Form::Cbor | Form::Line => assert_eq!(again, bytes, "{}: taken, and written otherwise", self.name),
                Form::Bytes | Form::Text => {
                    assert_eq!((self.read)(again), verdict, "{}: written again it is another", self.name);
                }
            }
        }
        verdict
    }
}

fn refused(why: impl std::fmt::Debug) -> Verdict {
    Verdict::Refused(format!("{why:?}"))
}

fn written(result: Result<Vec<u8>, impl std::fmt::Debug>) -> Verdict {
    result.map_or_else(refused, |again| Verdict::Taken(Some(again)))
}

fn text(bytes: &[u8], read: impl FnOnce(&str) -> Verdict) -> Verdict {
    match std::str::from_utf8(bytes) {
        Ok(text) => read(text),
        Err(_) => Verdict::Refused("not UTF-8".into()),
    }
}

/// What is known of the samples' tree: kept for each thread, made once.
struct Known {
    genesis: GenesisHash,
    authors: BTreeMap<CertificateId, PublicKey>,
    dir: TempDir,
}

thread_local! {
    static KNOWN: OnceCell<Known> = const { OnceCell::new() };
}

fn known<T>(look: impl FnOnce(&Known) -> T) -> T {
    KNOWN.with(|known| look(known.get_or_init(Known::gather)))
}

impl Known {
    fn gather() -> Known {
        let authors = samples::entries().into_iter().map(|(_, entry, key)| {
            let author = Claim::parse(&entry).unwrap().claimed_author();
            (author, PublicKey::admit(key.as_slice().try_into().unwrap()).unwrap())
        });
        let dir =
            if PathBuf::from("/dev/shm").is_dir() { tempfile::tempdir_in("/dev/shm") } else { tempfile::tempdir() };
        let dir = dir.unwrap();
        fs::create_dir(dir.path().join("journal")).unwrap();
        Known { genesis: samples::genesis_hash(), authors: authors.collect(), dir }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn entry(bytes: &[u8]) -> Verdict {
    let claim = match Claim::parse(bytes) {
        Ok(claim) => claim,
        Err(fault) => return refused(fault),
    };
    known(|known| {
        let Some(key) = known.authors.get(&claim.claimed_author()) else { return Verdict::Refused("parked".into()) };
        written(claim.verify(&known.genesis, key).map(|entry| entry.bytes().to_vec()))
    })
}

fn body(bytes: &[u8]) -> Verdict {
    written(Body::parse(bytes).map(|body| body.bytes()))
}

fn frame(bytes: &[u8]) -> Verdict {
    written(Frame::parse(bytes).map(|frame| frame.to_bytes()))
}

fn bundle_items(bytes: &[u8]) -> Verdict {
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else { return Verdict::Refused("NotABundle".into()) };
    let mut order = Order::new(Some(known(|known| known.genesis)));
    while let Some((len, behind)) = rest.split_first_chunk::<4>() {
        let len = match item_bytes(*len) {
            Ok(len) => len,
            Err(fault) => return refused(fault),
        };
        let Some((item, behind)) = behind.split_at_checked(len) else { return Verdict::Refused("CutOff".into()) };
        if let Err(fault) = order.next(item) {
            return refused(fault);
        }
        rest = behind;
    }
    match order.finish() {
        Ok(()) if rest.is_empty() => Verdict::Taken(None),
        Ok(()) => Verdict::Refused("CutOff".into()),
        Err(fault) => refused(fault),
    }
}

fn bundle_file(bytes: &[u8]) -> Verdict {
    known(|known| {
        let path = known.file("evidence.bundle", bytes);
        let out = known.dir.path().join("explained");
        match bundle::check(&path, Some(known.genesis), &mut |_, _| {}) {
            Err(failure) => refused(failure),
            Ok(audited) if audited.found.fault_count > 0 => {
                let faults = audited.found.faults.iter().map(|fault| format!("{fault:?}")).collect::<Vec<_>>();
                Verdict::Refused(faults.join("; "))
            }
            Ok(_) => {
                let explained = fangwei_node::audit::explain::explain(&path, None, &out, &mut |_, _| {});
                fs::remove_dir_all(&out).ok();
                explained.map_or_else(refused, |_| Verdict::Taken(None))
            }
        }
    })
}

fn checkpoint(bytes: &[u8]) -> Verdict {
    let note = match Note::parse(bytes) {
        Ok(note) => note,
        Err(fault) => return refused(fault),
    };
    written(note.verify(&samples::key(6).public()).map(|_| note.to_bytes()))
}

fn cosignature(bytes: &[u8]) -> Verdict {
    text(bytes, |line| written(NoteSignature::parse(line).map(|line| line.to_string().into_bytes())))
}

/// What is proved, as one value: which sort of proof, what of, and the hashes.
#[derive(Encode, Decode)]
pub struct Asked {
    /// 0 inclusion, 1 consistency, 2 a set.
    #[n(0)]
    pub sort: u8,
    /// Indexes of the leaves, or the old size.
    #[n(1)]
    pub places: Vec<u64>,
    /// The leaves, or the old root.
    #[n(2)]
    pub leaves: Vec<Hash>,
    /// The tree's size.
    #[n(3)]
    pub size: u64,
    /// The tree's root.
    #[n(4)]
    pub root: Hash,
    /// The proof.
    #[n(5)]
    pub hashes: Vec<Hash>,
}

fn proof(bytes: &[u8]) -> Verdict {
    let asked: Asked = match cbor::decode(bytes) {
        Ok(asked) => asked,
        Err(fault) => return refused(fault),
    };
    let head = Head { size: asked.size, root: asked.root };
    let first = asked.places.first().copied().zip(asked.leaves.first().copied());
    let holds = match (asked.sort, first) {
        (0, Some((index, leaf))) => is_included(&leaf, index, &asked.hashes, &head),
        (1, Some((size, root))) => is_consistent(&Head { size, root }, &head, &asked.hashes),
        (2, Some(_)) => {
            let leaves: Vec<_> = asked.places.iter().copied().zip(asked.leaves.iter().copied()).collect();
            prove_set(&leaves, asked.size, &asked.hashes).is_some_and(|proven| proven.root == asked.root)
        }
        _ => false,
    };
    if holds { Verdict::Taken(Some(bytes.to_vec())) } else { Verdict::Refused("NotProved".into()) }
}

fn receipt(bytes: &[u8]) -> Verdict {
    let receipt = match Receipt::parse(bytes) {
        Ok(receipt) => receipt,
        Err(fault) => return refused(fault),
    };
    written(receipt.verify(&samples::key(6).public()).map(|_| receipt.to_bytes()))
}

fn genesis(bytes: &[u8]) -> Verdict {
    written(Genesis::parse(bytes).map(|genesis| cbor::encode(&genesis)))
}

fn signed_genesis(bytes: &[u8]) -> Verdict {
    written(SignedGenesis::parse(bytes).map(|signed| cbor::encode(&signed)))
}

fn log_epoch(bytes: &[u8]) -> Verdict {
    written(cbor::decode::<LogEpoch>(bytes).map(|epoch| cbor::encode(&epoch)))
}

fn evidence(bytes: &[u8]) -> Verdict {
    let evidence: Evidence = match cbor::decode(bytes) {
        Ok(evidence) => evidence,
        Err(fault) => return refused(fault),
    };
    for note in [&evidence.held, &evidence.came] {
        if let Err(fault) = Note::parse(note) {
            return refused(fault);
        }
    }
    Verdict::Taken(Some(cbor::encode(&evidence)))
}

fn journal(bytes: &[u8]) -> Verdict {
    known(|known| {
        known.file("journal/00000001.fwj", bytes);
        let facts = match journal_facts(known.dir.path()) {
            Ok(facts) => facts,
            Err(failure) => return refused_here(known, &failure),
        };
        for fact in facts {
            if let Err(failure) = fact {
                return refused_here(known, &failure);
            }
        }
        Verdict::Taken(None)
    })
}

/// The words of a refusal, without the place where this process keeps its file.
fn refused_here(known: &Known, why: &impl ToString) -> Verdict {
    Verdict::Refused(why.to_string().replace(&known.dir.path().display().to_string(), ""))
}

fn token(bytes: &[u8]) -> Verdict {
    text(bytes, |line| {
        let token = line.parse::<JoinToken>().and_then(|token| token.address().map(|_| token));
        written(token.map(|token| token.to_string().into_bytes()))
    })
}

fn request(bytes: &[u8]) -> Verdict {
    text(bytes, |file| written(file.parse::<Request>().map(|request| request.to_string().into_bytes())))
}

fn grant(bytes: &[u8]) -> Verdict {
    text(bytes, |file| {
        let grant = match file.parse::<Grant>() {
            Ok(grant) => grant,
            Err(fault) => return refused(fault),
        };
        let proved = grant.prove(known(|known| known.genesis));
        written(proved.map(|_| grant.to_string().into_bytes()))
    })
}

fn root_key(bytes: &[u8]) -> Verdict {
    text(bytes, |file| written(file.parse::<RootKey>().map(|key| key.to_string().into_bytes())))
}

fn sheet(bytes: &[u8]) -> Verdict {
    text(bytes, |file| {
        let sheet = match file.parse::<Sheet>() {
            Ok(sheet) => sheet,
            Err(fault) => return refused(fault),
        };
        let again = sheet.to_string().into_bytes();
        // Whoever reads one looks how far it is, and signs it.
        let mut signed = sheet;
        let _ = (signed.signatures(), signed.needed(), signed.sign(&KeyPair::from_seed(&[1; 32]), 0));
        Verdict::Taken(Some(again))
    })
}

fn sealed_key(bytes: &[u8]) -> Verdict {
    text(bytes, |file| match file.parse::<SealedKey>() {
        Ok(sealed) => Verdict::Taken(Some(sealed.to_string().into_bytes())),
        Err(failure) => Verdict::Refused(failure.to_string()),
    })
}

fn config(bytes: &[u8]) -> Verdict {
    known(|known| {
        let path = known.file("fangwei.toml", bytes);
        match Config::load(&path) {
            Ok(_) => Verdict::Taken(None),
            Err(failure) => refused_here(known, &failure),
        }
    })
}

fn units(bytes: &[u8]) -> Verdict {
    text(bytes, |file| match unit::rows(file) {
        Ok(_) => Verdict::Taken(None),
        Err(complaint) => {
            let lines: Vec<u64> = complaint.rows.iter().map(|(line, _)| *line).collect();
            Verdict::Refused(format!("{} {lines:?}", complaint.code))
        }
    })
}

/// A form of the local HTTP: whichever of them it is.
fn forms(bytes: &[u8]) -> Verdict {
    fn is<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<(), String> {
        serde_json::from_slice::<T>(bytes).map(drop).map_err(|fault| fault.to_string())
    }
    let all = [
        is::<shape::ReportForm>,
        is::<shape::RiskForm>,
        is::<shape::RiskEdit>,
        is::<shape::ProposeForm>,
        is::<shape::CaseForm>,
        is::<shape::OfficerForm>,
        is::<shape::UnitsForm>,
        is::<shape::TokenForm>,
        is::<shape::EvidenceForm>,
        is::<shape::RedactForm>,
        is::<shape::RevokeForm>,
        is::<shape::SessionForm>,
    ];
    let results: Vec<_> = all.iter().map(|is| is(bytes)).collect();
    match results.iter().find_map(|result| result.as_ref().err()) {
        Some(fault) if results.iter().all(Result::is_err) => Verdict::Refused(fault.clone()),
        _ => Verdict::Taken(None),
    }
}

fn language(bytes: &[u8]) -> Verdict {
    text(bytes, |header| match Language::accepted(header, Language::Chinese) {
        Language::Chinese => Verdict::Refused("spoken to in the default language".into()),
        Language::English => Verdict::Taken(None),
    })
}

fn unit_path(bytes: &[u8]) -> Verdict {
    text(bytes, |path| {
        let root: UnitPath = "370126".parse().unwrap();
        let of_code = UnitPath::from_code(path, &root).ok().and_then(|unit| unit.to_code());
        assert!(of_code.is_none_or(|code| code == path), "one code, one unit");
        written(path.parse::<UnitPath>().map(|unit| unit.to_string().into_bytes()))
    })
}
