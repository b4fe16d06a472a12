//! A bundle taken apart for tools that are not ours: for each entry the bytes that were signed, the signature, the body
//! that is shown, and the author's key as openssl reads it.

use std::{collections::BTreeSet, fs, path::Path};

use data_encoding::BASE64;
use fangwei_protocol::{
    record::entry::Claim,
    records::Fact,
    trust::{genesis::GenesisHash, key::PublicKey},
};

use super::{
    Audited, Found,
    bundle::{BundleFailure, check, open},
};

/// What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const PUBLIC_KEY_INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What was written.
#[derive(Debug)]
pub struct Explained {
    /// What checking the bundle found; of what is not sound nothing is written.
    pub found: Found,
    /// Of which tree it is.
    pub genesis: GenesisHash,
    /// One line an entry: number, id, key's file, whether the body is shown.
    pub table: String,
}

/// Writes the parts of a bundle into a folder, which is made; blocks for as long as it takes.
///
/// # Errors
///
/// [`BundleFailure`].
pub fn explain(
    path: &Path,
    expected: Option<GenesisHash>,
    out: &Path,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<Explained, BundleFailure> {
    let Audited { found, replica, .. } = check(path, expected, on_progress)?;
    let genesis = *replica.genesis();
    let mut table = String::from("number\tid\tkey\tbody\n");
    if found.fault_count > 0 {
        return Ok(Explained { found, genesis, table });
    }
    fs::create_dir_all(out.join("keys"))?;
    let mut written = BTreeSet::new();
    for located in open(path, Some(genesis))?.1 {
        let located = located?;
        let (Some(at), Fact::Entry { entry, body, .. }) = (located.index, located.fact) else { continue };
        // It was read and checked just now.
        let Ok(claim) = Claim::parse(&entry) else { continue };
        let Some(author) = replica.charter().complete(&claim.claimed_author()) else { continue };
        let entry = claim.reopen(&genesis);
        let Some(signature) = entry.signature() else { continue };
        // A bundle may say that its entries stand at the end of all numbers.
        let number = u128::from(at.0) + 1;
        let certificate = entry.header().author;
        if written.insert(certificate) {
            fs::write(out.join(format!("keys/{certificate}.pem")), pem(&author.certificate.key))?;
        }
        fs::write(out.join(format!("{number}.tbs")), entry.to_be_signed(&genesis))?;
        fs::write(out.join(format!("{number}.sig")), signature)?;
        if let Some(body) = &body {
            fs::write(out.join(format!("{number}.body")), body)?;
        }
        let shown = if body.is_some() { "yes" } else { "no" };
        table.push_str(&format!("{number}\t{}\tkeys/{certificate}.pem\t{shown}\n", entry.id()));
    }
    fs::write(out.join("entries.tsv"), &table)?;
    Ok(Explained { found, genesis, table })
}

fn pem(key: &PublicKey) -> String {
    let info = BASE64.encode(&[PUBLIC_KEY_INFO.as_slice(), &key.bytes()].concat());
    // In two parts, so that no file of this repository looks like a key.
    let line = |what: &str| format!("-----{what} PUBLIC KEY-----\n");
    format!("{}{info}\n{}", line("BEGIN"), line("END"))
}
