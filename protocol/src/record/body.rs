//! What an entry says: an intent a person can read, never bytes of the merge engine.
//!
//! Two sorts: an **edit** changes fields of a document at a stated state; an **act** is a typed step of a procedure.
//! A body begins with sixteen random bytes, so that a redacted value cannot be guessed back from its hash.

use minicbor::{Decode, Encode, bytes::ByteArray};
use thiserror::Error;

use crate::{
    limits::{BODY_BYTES_MAX, EDIT_STEPS_MAX},
    record::{
        cbor::{self, CborFault},
        entry::{EntryId, Hash},
    },
    trust::charter::{Certificate, HolderName, UnitRow},
    work::case::CaseAct,
};

/// One body.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Body {
    /// Sixteen random bytes.
    #[n(0)]
    pub salt: ByteArray<16>,
    /// What is said.
    #[n(1)]
    pub content: Content,
}

/// What is said.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Content {
    /// Changes to fields, all or none; no steps at all joins heads and changes nothing.
    #[n(0)]
    Edit(#[n(0)] Vec<Step>),
    /// A step of a procedure.
    #[n(1)]
    Act(#[n(0)] Act),
}

/// One change to one field, at the state made of `after` and this document's earlier edits on the author's own chain.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Step {
    /// Sets a field, or clears it.
    #[n(0)]
    Set {
        /// Which field.
        #[n(0)]
        field: String,
        /// The new value; none clears it.
        #[n(1)]
        value: Option<Value>,
    },
    /// Replaces a stretch of a text. Positions count Unicode scalar values.
    #[n(1)]
    Splice {
        /// Which field.
        #[n(0)]
        field: String,
        /// Where it begins.
        #[n(1)]
        at: u32,
        /// How many characters go.
        #[n(2)]
        delete: u32,
        /// What comes.
        #[n(3)]
        insert: String,
    },
    /// Puts an item into a list, before the one at `at`.
    #[n(2)]
    Add {
        /// Which field.
        #[n(0)]
        field: String,
        /// Its position afterwards.
        #[n(1)]
        at: u32,
        /// The item.
        #[n(2)]
        item: Value,
    },
    /// Takes the item at `at` out of a list.
    #[n(3)]
    Remove {
        /// Which field.
        #[n(0)]
        field: String,
        /// Its position.
        #[n(1)]
        at: u32,
    },
}

/// The value of a field or an item.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
pub enum Value {
    /// A text that is replaced as a whole.
    #[n(0)]
    Text(#[n(0)] String),
    /// A whole number; money in fen, times in seconds since 1970 UTC.
    #[n(1)]
    Int(#[n(0)] i64),
    /// Yes or no.
    #[n(2)]
    Bool(#[n(0)] bool),
}

/// A step of a procedure.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Act {
    /// Gives a key roles at a unit.
    #[n(0)]
    Certify(#[n(0)] Box<Certificate>),
    /// Agrees to an act that needs more than one holder.
    #[n(1)]
    Endorse {
        /// The entry agreed to.
        #[n(0)]
        subject: EntryId,
    },
    /// Says which person a holder id is; apart from certificates, so that it alone can be redacted.
    #[n(2)]
    NameHolder(#[n(0)] HolderName),
    /// Names units below the home.
    #[n(3)]
    NameUnits(#[n(0)] Vec<UnitRow>),
    /// A step of a warning case.
    #[n(4)]
    Case(#[n(0)] Box<CaseAct>),
}

/// Why bytes are not a body. An entry with such a body is kept and void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BodyFault {
    /// More bytes than [`BODY_BYTES_MAX`].
    #[error("body has {bytes} bytes, at most {BODY_BYTES_MAX} are allowed")]
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// Not the hash the header names.
    #[error("body is not the one its header names")]
    Another,
    /// Not the one encoding of a body, or of a newer version.
    #[error("body is {0}")]
    NotCanonical(#[from] CborFault),
    /// More steps than [`EDIT_STEPS_MAX`].
    #[error("edit has {steps} steps, at most {EDIT_STEPS_MAX} are allowed")]
    TooManySteps {
        /// How many there are.
        steps: usize,
    },
}

impl Body {
    /// A body with its salt.
    #[must_use]
    pub fn new(salt: [u8; 16], content: Content) -> Body {
        Body { salt: salt.into(), content }
    }

    /// The bytes that travel and are hashed.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// Everything in [`BodyFault`] but `Another`, which the receiver checks against the header.
    pub fn parse(bytes: &[u8]) -> Result<Body, BodyFault> {
        if bytes.len() > BODY_BYTES_MAX {
            return Err(BodyFault::TooLarge { bytes: bytes.len() });
        }
        let body: Body = cbor::decode(bytes)?;
        match &body.content {
            Content::Edit(steps) if steps.len() > EDIT_STEPS_MAX => Err(BodyFault::TooManySteps { steps: steps.len() }),
            _ => Ok(body),
        }
    }

    /// What an approver signs of the bodies shown: their ids and bytes, salts included, so that what was approved can
    /// be proved for ever and not guessed back.
    #[must_use]
    pub fn shown<'a>(bodies: impl IntoIterator<Item = (&'a EntryId, &'a [u8])>) -> Hash {
        let parts = bodies.into_iter().flat_map(|(id, body)| [id.0.as_slice(), body]).collect::<Vec<_>>();
        Hash::of_parts("fangwei shown 1", parts)
    }
}

impl Step {
    /// The field it changes.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Step::Set { field, .. }
            | Step::Splice { field, .. }
            | Step::Add { field, .. }
            | Step::Remove { field, .. } => field,
        }
    }
}
