//! `evidence …`, and `verify` of a bundle: what others can check without a node, and with tools that are not ours.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use fangwei_node::{
    api::shape::{EvidenceForm, route},
    audit::{
        bundle::{self, BundleFailure},
        explain::explain,
    },
    desk::verify::shown,
};
use fangwei_protocol::{record::entry::Hash, trust::genesis::GenesisHash};
use serde::Serialize;

use crate::{
    args::{EvidenceExplain, EvidenceExport, EvidenceVerb},
    complaint::{Complaint, Exit},
    errand::{Errand, must_be_free},
    verb::{Done, audit::tell},
};

/// A bundle that was written.
#[derive(Serialize)]
struct Exported {
    entries: u64,
    bytes: u64,
    genesis: String,
}

/// A bundle that was taken apart.
#[derive(Serialize)]
struct TakenApart {
    entries: u64,
    genesis: String,
}

/// `evidence …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: EvidenceVerb) -> Done {
    match asked {
        EvidenceVerb::Export(asked) => export(errand, asked).await,
        EvidenceVerb::Explain(asked) => take_apart(errand, &asked),
    }
}

async fn export(errand: &mut Errand, asked: EvidenceExport) -> Done {
    must_be_free(Some(&asked.out))?;
    let EvidenceExport { case, unit, all, out } = asked;
    let unit = errand.unit_or_none(unit).await?;
    let asker = errand.ask_as_whom_it_names().await?;
    let disk = |cause| Complaint::failed("disk").at(&out).with("cause", cause);
    let mut file = BufWriter::new(File::create_new(&out).map_err(disk)?);
    let form = EvidenceForm { case, unit, all };
    let written = asker.bytes(route::EVIDENCE, &form, |bytes| file.write_all(bytes).map_err(disk)).await;
    let synced = written.and_then(|()| {
        file.flush().map_err(disk)?;
        file.get_ref().sync_all().map_err(disk)
    });
    // An answer that broke off is no bundle: it has no end.
    let counted = synced.and_then(|()| count(&out));
    let exported = counted.inspect_err(|_| drop(fs::remove_file(&out)))?;
    errand.voice.data(&exported, |exported, _| exported.genesis.clone())?;
    let (path, bytes) = (out.display().to_string(), exported.bytes);
    errand.voice.note(
        "evidence-exported",
        &[("entries", exported.entries.into()), ("bytes", bytes.into()), ("path", path.into())],
    );
    errand.voice.hint("evidence-exported-hint", &[]);
    Ok(Exit::Yes)
}

/// Reads a bundle to its end, without checking what it says.
fn count(path: &Path) -> Result<Exported, Complaint> {
    let (genesis, facts) = bundle::open(path, None).map_err(|failure| unreadable(path, failure))?;
    let mut entries = 0;
    for fact in facts {
        entries += u64::from(fact.map_err(|failure| unreadable(path, failure))?.index.is_some());
    }
    let bytes = fs::metadata(path).map_or(0, |found| found.len());
    Ok(Exported { entries, bytes, genesis: genesis.hash().0.to_string() })
}

/// `verify BUNDLE --genesis FP`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn verify(errand: &mut Errand, path: &Path, fingerprint: Option<&str>) -> Done {
    let expected = fingerprint.map(read_fingerprint).transpose()?;
    let language = errand.voice.words().lang().node();
    let checked =
        bundle::check(path, expected, &mut |done, total| errand.voice.progress("progress-verify", done, total));
    let audited = checked.map_err(|failure| unreadable(path, failure))?;
    tell(errand, &shown(audited.found, language), "bundle-unsound-hint")
}

fn take_apart(errand: &mut Errand, asked: &EvidenceExplain) -> Done {
    must_be_free(Some(&asked.out))?;
    let expected = asked.genesis.as_deref().map(read_fingerprint).transpose()?;
    let mut progress = |done, total| errand.voice.progress("progress-verify", done, total);
    let explained = explain(&asked.bundle, expected, &asked.out, &mut progress);
    let explained = explained.map_err(|failure| unreadable(&asked.bundle, failure))?;
    let language = errand.voice.words().lang().node();
    if explained.found.fault_count > 0 {
        return tell(errand, &shown(explained.found, language), "bundle-unsound-hint");
    }
    let genesis = explained.genesis.0.to_string();
    let readme = errand.voice.words().say("explain-readme", &[("genesis", genesis.as_str().into())]);
    let path = asked.out.join("README.txt");
    fs::write(&path, readme + "\n").map_err(|cause| Complaint::failed("disk").at(&path).with("cause", cause))?;
    let entries = explained.found.entries;
    errand.voice.data(&TakenApart { entries, genesis }, |parts, _| parts.genesis.clone())?;
    let out = asked.out.display().to_string();
    errand.voice.note("evidence-explained", &[("entries", entries.into()), ("path", out.into())]);
    Ok(Exit::Yes)
}

fn read_fingerprint(text: &str) -> Result<GenesisHash, Complaint> {
    let hash: Result<Hash, _> = text.trim().to_ascii_lowercase().parse();
    hash.map(GenesisHash)
        .map_err(|_| Complaint::wrong("bad-fingerprint").with("given", text).hint("bad-fingerprint-hint"))
}

fn unreadable(path: &Path, failure: BundleFailure) -> Complaint {
    match failure {
        BundleFailure::Disk(cause) => Complaint::unreadable(path, &cause),
        BundleFailure::Bundle(fault) => {
            Complaint::refused("bad-bundle").at(path).with("cause", fault).hint("bad-bundle-hint")
        }
        BundleFailure::Records(failure) => Complaint::failed("disk").at(path).with("cause", failure),
    }
}
