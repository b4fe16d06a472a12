//! A checkpoint: what a node signs of its log, as text any tool of C2SP reads; and what witnesses add to it.
//!
//! A signed note: origin, size, root, two kinds of extension line, then signature lines. Reading is strict: whatever
//! would be written otherwise is refused, so that one checkpoint has one text. A cosignature is a witness's word that the
//! log only ever grew; a policy says whose words make a checkpoint *witnessed*. Bytes are described in SPEC.md §10.

use std::{collections::BTreeSet, fmt, str::FromStr};

use data_encoding::BASE64;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{
    limits::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX},
    record::{
        body::Witness,
        entry::{CertificateId, Hash},
        log::Head,
    },
    trust::key::{KeyPair, PublicKey, SignatureBytes},
};

/// Signature type of a note's own Ed25519 signature.
const NOTE_ED25519: u8 = 0x01;

/// Signature type of a witness's Ed25519 cosignature with its time.
const COSIGNATURE_V1: u8 = 0x04;

/// One log of one node. A node begins another one when it learns that it was restored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct LogName {
    /// Whose, by its certificate.
    #[n(0)]
    pub node: CertificateId,
    /// Which, from 0.
    #[n(1)]
    pub epoch: u32,
}

/// A size and root of a log of some epoch: enough to say what of a node's logs somebody has seen. Ordered by epoch and
/// size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct LogHead {
    /// The log's epoch.
    #[n(0)]
    pub epoch: u32,
    /// Leaves.
    #[n(1)]
    pub size: u64,
    /// The root over them.
    #[n(2)]
    pub root: Hash,
}

/// What a node says of its log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Which log.
    pub log: LogName,
    /// Its size and root.
    pub head: Head,
    /// The node's clock: seconds since 1970 UTC, not before.
    pub time_s: i64,
    /// The greatest checkpoint of earlier epochs that was shown to the node; there if and only if the epoch is not 0.
    pub after: Option<LogHead>,
}

/// A checkpoint with its signatures, none of them checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    checkpoint: Checkpoint,
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteSignature {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

/// Whose cosignatures make a checkpoint witnessed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Different keys that must have cosigned.
    pub threshold: u8,
    /// Of these; where any of them is outside, one of those too.
    pub members: Vec<Witness>,
}

/// Why bytes are not a checkpoint, or not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoteFault {
    /// More bytes or signatures than a bound of `limits.rs` allows.
    #[error("note has too many bytes or signatures")]
    TooLarge,
    /// Not the one text of a checkpoint with its signatures.
    #[error("note is not a checkpoint: {0}")]
    Malformed(&'static str),
    /// The node it names did not sign it.
    #[error("signature of the checkpoint does not hold")]
    NotSigned,
    /// A witness did not sign the line that has its name.
    #[error("cosignature does not hold")]
    NotCosigned,
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fangwei/{}/{}", self.node, self.epoch)
    }
}

impl FromStr for LogName {
    type Err = NoteFault;

    fn from_str(text: &str) -> Result<LogName, NoteFault> {
        let fault = NoteFault::Malformed("origin");
        let (node, epoch) = text.strip_prefix("fangwei/").and_then(|rest| rest.split_once('/')).ok_or(fault)?;
        let (node, epoch) = (node.parse().map_err(|_| fault)?, epoch.parse().map_err(|_| fault)?);
        Ok(LogName { node, epoch })
    }
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let Head { size, root } = self.head;
        let mut text = format!("{}\n{size}\n{}\ntime {}\n", self.log, BASE64.encode(&root.0), self.time_s);
        if let Some(LogHead { epoch, size, root }) = self.after {
            text.push_str(&format!("after {epoch} {size} {}\n", BASE64.encode(&root.0)));
        }
        text
    }

    /// Signs with the node's key.
    #[must_use]
    pub fn sign(self, key: &KeyPair) -> Note {
        let (name, text) = (self.log.to_string(), self.text());
        let key_id = key_id(&name, NOTE_ED25519, &key.public());
        let signature = key.sign(text.as_bytes()).to_vec();
        Note { checkpoint: self, text, signatures: vec![NoteSignature { name, key_id, signature }] }
    }

    /// What it says of the log, without the time.
    #[must_use]
    pub fn log_head(&self) -> LogHead {
        LogHead { epoch: self.log.epoch, size: self.head.size, root: self.head.root }
    }

    fn parse(text: &str) -> Result<Checkpoint, NoteFault> {
        let fault = NoteFault::Malformed("lines");
        let mut lines = text.strip_suffix('\n').ok_or(fault)?.split('\n');
        let mut line = || lines.next().ok_or(fault);
        let log: LogName = line()?.parse()?;
        let size = line()?.parse().map_err(|_| NoteFault::Malformed("size"))?;
        let root = root(line()?)?;
        let time_s = line()?.strip_prefix("time ").and_then(|time| time.parse().ok());
        let time_s = time_s.filter(|time| *time >= 0).ok_or(NoteFault::Malformed("time"))?;
        let after = match (log.epoch, lines.next()) {
            (0, None) => None,
            (1.., Some(after)) => Some(mark(after)?),
            _ => return Err(NoteFault::Malformed("after")),
        };
        if after.is_some_and(|after| after.epoch >= log.epoch) || lines.next().is_some() {
            return Err(NoteFault::Malformed("after"));
        }
        Ok(Checkpoint { log, head: Head { size, root }, time_s, after })
    }
}

fn root(text: &str) -> Result<Hash, NoteFault> {
    let fault = NoteFault::Malformed("root");
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| fault)?;
    Ok(Hash(bytes.try_into().map_err(|_| fault)?))
}

fn mark(text: &str) -> Result<LogHead, NoteFault> {
    let fault = NoteFault::Malformed("after");
    let mut words = text.strip_prefix("after ").ok_or(fault)?.split(' ');
    let mut word = || words.next().ok_or(fault);
    let (epoch, size) = (word()?.parse().map_err(|_| fault)?, word()?.parse().map_err(|_| fault)?);
    Ok(LogHead { epoch, size, root: root(word()?)? })
}

impl Note {
    /// Reads a note as it travels.
    ///
    /// # Errors
    ///
    /// [`NoteFault::TooLarge`] and [`NoteFault::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Note, NoteFault> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteFault::TooLarge);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteFault::Malformed("not UTF-8"))?;
        let at = whole.rfind("\n\n").ok_or(NoteFault::Malformed("no signatures"))?;
        let (text, lines) = (whole.get(..=at).unwrap_or_default(), whole.get(at + 2..).unwrap_or_default());
        let mut signatures = Vec::new();
        for line in lines.split_inclusive('\n') {
            if signatures.len() == NOTE_SIGNATURES_MAX {
                return Err(NoteFault::TooLarge);
            }
            let signature = NoteSignature::parse(line)?;
            let is_known = |other: &NoteSignature| (&other.name, other.key_id) == (&signature.name, signature.key_id);
            if signatures.iter().any(is_known) {
                return Err(NoteFault::Malformed("one key signs twice"));
            }
            signatures.push(signature);
        }
        if signatures.is_empty() {
            return Err(NoteFault::Malformed("no signatures"));
        }
        let note = Note { checkpoint: Checkpoint::parse(text)?, text: text.into(), signatures };
        // Numbers with zeros or signs before them, another base64, anything else there might be twice.
        if note.checkpoint.text() == text && note.to_bytes() == bytes {
            Ok(note)
        } else {
            Err(NoteFault::Malformed("not as it is written"))
        }
    }

    /// The bytes that travel.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let lines: String = self.signatures.iter().map(NoteSignature::to_string).collect();
        format!("{}\n{lines}", self.text).into_bytes()
    }

    /// What it says; nobody has checked.
    #[must_use]
    pub fn claimed(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Opens the checkpoint if the log's node signed it with this key.
    ///
    /// # Errors
    ///
    /// [`NoteFault::NotSigned`].
    pub fn verify(&self, key: &PublicKey) -> Result<Checkpoint, NoteFault> {
        let name = self.checkpoint.log.to_string();
        let line = self.line(&name, key_id(&name, NOTE_ED25519, key)).ok_or(NoteFault::NotSigned)?;
        let signature: Option<SignatureBytes> = line.signature.as_slice().try_into().ok();
        let holds = signature.is_some_and(|signature| key.verifies(self.text.as_bytes(), &signature));
        holds.then_some(self.checkpoint).ok_or(NoteFault::NotSigned)
    }

    /// A witness's line over this checkpoint.
    #[must_use]
    pub fn cosign(&self, name: &str, time_s: i64, key: &KeyPair) -> NoteSignature {
        let name = &key_name(name);
        let time = u64::try_from(time_s).unwrap_or(0);
        let mut signature = time.to_be_bytes().to_vec();
        signature.extend(key.sign(self.cosigned(time).as_bytes()));
        NoteSignature { name: name.clone(), key_id: key_id(name, COSIGNATURE_V1, &key.public()), signature }
    }

    /// Adds a witness's line, if it is one; a line that is there already is not added again.
    ///
    /// # Errors
    ///
    /// [`NoteFault::NotCosigned`]; [`NoteFault::TooLarge`] where there is no room for it.
    pub fn add(&mut self, line: NoteSignature, witness: &Witness) -> Result<(), NoteFault> {
        let mut with = self.clone();
        if self.line(&line.name, line.key_id).is_none() {
            with.signatures.push(line);
        }
        with.cosigned_at(witness)?;
        if with.signatures.len() > NOTE_SIGNATURES_MAX || with.to_bytes().len() > NOTE_BYTES_MAX {
            return Err(NoteFault::TooLarge);
        }
        *self = with;
        Ok(())
    }

    /// When this witness cosigned; seconds since 1970 UTC by its clock.
    ///
    /// # Errors
    ///
    /// [`NoteFault::NotCosigned`] if it did not.
    pub fn cosigned_at(&self, witness: &Witness) -> Result<i64, NoteFault> {
        let fault = NoteFault::NotCosigned;
        let name = key_name(&witness.name);
        let line = self.line(&name, key_id(&name, COSIGNATURE_V1, &witness.key)).ok_or(fault)?;
        let (time, signature) = line.signature.split_first_chunk::<8>().ok_or(fault)?;
        let time = u64::from_be_bytes(*time);
        let signature: SignatureBytes = signature.try_into().map_err(|_| fault)?;
        let holds = witness.key.verifies(self.cosigned(time).as_bytes(), &signature);
        if holds { i64::try_from(time).map_err(|_| fault) } else { Err(fault) }
    }

    /// Signature lines but the log's own.
    #[must_use]
    pub fn cosignatures(&self) -> usize {
        self.signatures.len().saturating_sub(1)
    }

    fn cosigned(&self, time: u64) -> String {
        format!("cosignature/v1\ntime {time}\n{}", self.text)
    }

    fn line(&self, name: &str, key_id: [u8; 4]) -> Option<&NoteSignature> {
        self.signatures.iter().find(|line| line.name == name && line.key_id == key_id)
    }
}

impl NoteSignature {
    /// Reads a signature line, its end included.
    ///
    /// # Errors
    ///
    /// [`NoteFault::Malformed`].
    pub fn parse(line: &str) -> Result<NoteSignature, NoteFault> {
        let fault = NoteFault::Malformed("signature line");
        let words = line.strip_prefix("— ").and_then(|words| words.strip_suffix('\n')).ok_or(fault)?;
        let (name, signature) = words.split_once(' ').ok_or(fault)?;
        let bytes = BASE64.decode(signature.as_bytes()).map_err(|_| fault)?;
        let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(fault)?;
        if !is_key_name(name) || signature.is_empty() {
            return Err(fault);
        }
        let read = NoteSignature { name: name.into(), key_id: *key_id, signature: signature.into() };
        // The decoder takes padding in the middle too.
        if read.to_string() == line { Ok(read) } else { Err(fault) }
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.signature].concat();
        writeln!(f, "— {} {}", self.name, BASE64.encode(&bytes))
    }
}

impl Policy {
    /// The member with this key.
    #[must_use]
    pub fn member(&self, key: &PublicKey) -> Option<&Witness> {
        self.members.iter().find(|member| member.key == *key)
    }

    /// Whether enough different members have cosigned.
    #[must_use]
    pub fn is_met(&self, note: &Note) -> bool {
        let mut keys = BTreeSet::new();
        let mut outside = !self.members.iter().any(|member| member.outside);
        for member in &self.members {
            if note.cosigned_at(member).is_ok() {
                keys.insert(member.key.bytes());
                outside |= member.outside;
            }
        }
        outside && keys.len() >= usize::from(self.threshold.max(1))
    }
}

/// What a key of somebody of this name is called in a note: `_` for each space, `+` and control character.
fn key_name(name: &str) -> String {
    let may_not = |c: char| c == '+' || c.is_whitespace() || c.is_control();
    let name = name.replace(may_not, "_");
    if name.is_empty() { "_".into() } else { name }
}

/// Whether a key can have this name in a note.
fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c == '+' || c.is_whitespace() || c.is_control())
}

/// What a signature line calls a key of a name.
fn key_id(name: &str, kind: u8, key: &PublicKey) -> [u8; 4] {
    let sum = Sha256::new().chain_update(name).chain_update([b'\n', kind]).chain_update(key.bytes()).finalize();
    let mut id = [0; 4];
    id.iter_mut().zip(sum).for_each(|(to, from)| *to = from);
    id
}

#[cfg(test)]
mod tests;
