//! A grant: the certificate that answers a request, with everything that proves it from the genesis on.

use std::{fmt, net::SocketAddr, str::FromStr};

use data_encoding::BASE64;
use fangwei_protocol::{
    record::{
        body::{Act, Content},
        cbor,
        entry::{CertificateId, Claim, EntryId, Hash},
        message::Parcel,
    },
    trust::{
        authority,
        charter::{Certificate, Charter},
        genesis::{GenesisHash, SignedGenesis},
        key::PublicKey,
    },
};
use serde::{Deserialize, Serialize};

use super::{CeremonyFault, FORMAT, key_of, parsed, read, sum, write};
use crate::identity::key_text;

/// What `file` says.
const FILE: &str = "fangwei grant";

/// One grant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The request it answers.
    pub request: EntryId,
    /// The certificate.
    pub certificate: CertificateId,
    /// The genesis.
    pub genesis: Vec<u8>,
    /// The acts that prove the certificate, in an order in which each follows what it stands on.
    pub parcels: Vec<Parcel>,
    /// For a node: whom it dials.
    pub upward: Option<Upward>,
}

/// The node above a new one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upward {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its node key.
    pub key: PublicKey,
}

/// What a grant turns out to give.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Granted {
    /// The tree.
    pub genesis: SignedGenesis,
    /// The certificate.
    pub certificate: Certificate,
    /// Whether it needs nobody's endorsement any more.
    pub complete: bool,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    file: String,
    format: u32,
    request: String,
    certificate: String,
    upward_address: Option<String>,
    upward_key: Option<String>,
    genesis: String,
    acts: Vec<String>,
    sum: String,
}

impl Grant {
    /// Checks that the certificate is proved by the genesis named.
    ///
    /// # Errors
    ///
    /// [`CeremonyFault::Genesis`], [`CeremonyFault::NotProved`].
    pub fn prove(&self, genesis: GenesisHash) -> Result<Granted, CeremonyFault> {
        let genesis = SignedGenesis::parse_expecting(&self.genesis, genesis)?;
        if !genesis.is_in_force() {
            return Err(CeremonyFault::NotProved { reason: "its genesis is not in force" });
        }
        let mut charter = Charter::new(genesis.genesis.clone());
        for parcel in &self.parcels {
            admit(&mut charter, parcel)?;
        }
        let certified = charter.certificate(&self.certificate);
        let certified = certified.ok_or(CeremonyFault::NotProved { reason: "it is not among its acts" })?;
        Ok(Granted { genesis, certificate: certified.certificate.clone(), complete: certified.complete })
    }

    /// Checks that it answers a request for this key, and proves it.
    ///
    /// # Errors
    ///
    /// As [`Grant::prove`], [`CeremonyFault::Another`].
    pub fn answers(&self, request: EntryId, genesis: GenesisHash, key: &PublicKey) -> Result<Granted, CeremonyFault> {
        if self.request != request {
            return Err(CeremonyFault::Another { reason: "it answers another request" });
        }
        let granted = self.prove(genesis)?;
        if granted.certificate.key != *key {
            return Err(CeremonyFault::Another { reason: "its certificate is of another key" });
        }
        Ok(granted)
    }

    fn sum(&self) -> String {
        let acts = cbor::encode(&self.parcels);
        let upward = self.upward.as_ref().map(|up| (up.address.to_string(), up.key.bytes()));
        let (address, key) = upward.as_ref().map_or((&[][..], &[][..]), |(at, key)| (at.as_bytes(), key));
        let parts = [self.request.0.as_slice(), self.certificate.0.as_slice(), address, key, &self.genesis, &acts];
        sum("fangwei grant file 1", &parts)
    }
}

/// Takes one act into the charter, as a node would: signed by whom it names, by whom may say it.
fn admit(charter: &mut Charter, parcel: &Parcel) -> Result<(), CeremonyFault> {
    let no = |reason| CeremonyFault::NotProved { reason };
    let genesis = charter.genesis().hash();
    let claim = Claim::parse(&parcel.entry).map_err(|_| no("an act cannot be read"))?;
    let author = charter.complete(&claim.claimed_author()).ok_or(no("an act's author is not proved before it"))?;
    let entry =
        claim.verify(&genesis, &author.certificate.key).map_err(|_| no("an act is not signed by its author"))?;
    let (header, body) = (entry.header(), parcel.body.as_deref().map(Vec::as_slice));
    if body.is_none_or(|body| Hash::of(body) != header.body) {
        return Err(no("an act's body is another one"));
    }
    authority::may_sign(charter, header).map_err(|_| no("an act's author may not sign there"))?;
    let body = authority::judge(charter, header, body).map_err(|_| no("an act is void"))?;
    match body.content {
        Content::Act(Act::Certify(certificate)) => drop(charter.certify(entry.id(), header, &certificate)),
        Content::Act(Act::Endorse { subject }) => drop(charter.endorse(entry.id(), header, subject)),
        Content::Act(Act::ReplaceRoot { keys, threshold }) => {
            drop(charter.replace_root(entry.id(), header, &keys, threshold));
        }
        _ => return Err(no("an act has no place in it")),
    }
    Ok(())
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text {
            file: FILE.into(),
            format: FORMAT,
            request: self.request.to_string(),
            certificate: self.certificate.to_string(),
            upward_address: self.upward.as_ref().map(|up| up.address.to_string()),
            upward_key: self.upward.as_ref().map(|up| key_text(&up.key)),
            genesis: BASE64.encode(&self.genesis),
            acts: self.parcels.iter().map(|parcel| BASE64.encode(&cbor::encode(parcel))).collect(),
            sum: self.sum(),
        };
        f.write_str(&write(&text)?)
    }
}

impl FromStr for Grant {
    type Err = CeremonyFault;

    fn from_str(text: &str) -> Result<Grant, CeremonyFault> {
        let damaged = |reason| CeremonyFault::Damaged { reason };
        let text: Text = read(text, FILE)?;
        let bytes = |text: &str, reason| BASE64.decode(text.as_bytes()).map_err(|_| damaged(reason));
        let act = |act: &String| -> Result<Parcel, CeremonyFault> {
            cbor::decode(&bytes(act, "an act cannot be read")?).map_err(|_| damaged("an act cannot be read"))
        };
        let upward = match (text.upward_address, text.upward_key) {
            (Some(address), Some(key)) => {
                Some(Upward { address: parsed(&address, "its address cannot be read")?, key: key_of(&key)? })
            }
            (None, None) => None,
            _ => return Err(damaged("it names half of the node above")),
        };
        let grant = Grant {
            request: parsed(&text.request, "its request cannot be read")?,
            certificate: parsed(&text.certificate, "its certificate cannot be read")?,
            genesis: bytes(&text.genesis, "its genesis cannot be read")?,
            parcels: text.acts.iter().map(act).collect::<Result<_, _>>()?,
            upward,
        };
        if grant.sum() == text.sum { Ok(grant) } else { Err(damaged("its sum does not agree")) }
    }
}
