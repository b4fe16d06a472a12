//! What an entry says: an intent a person can read, never bytes of the merge engine.
//!
//! Two sorts: an **edit** changes fields of a document at a stated state; an **act** is a typed step of a procedure.
//! A body begins with sixteen random bytes, so that a redacted value cannot be guessed back from its hash.

use minicbor::{
    Decode, Decoder, Encode,
    bytes::{ByteArray, ByteVec},
    decode,
};
use thiserror::Error;

use crate::{
    limits::{BODY_BYTES_MAX, EDIT_STEPS_MAX, PACK_PARTS_MAX, ROOT_KEYS_MAX, WITNESSES_MAX},
    record::{
        cbor::{self, CborFault},
        entry::{CertificateId, EntryId, Hash},
    },
    trust::{
        charter::{Certificate, HolderName, UnitRow},
        key::PublicKey,
    },
    work::{
        cadre::CadreAct,
        calendar::{Day, Year},
        case::{
            act::{InnerAct, OuterAct},
            series::SeriesAct,
        },
        report::act::{ReportAct, TriageAct},
        sharing::ShareAct,
    },
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
    /// A step in the inner file of a warning case.
    #[n(4)]
    Inner(#[n(0)] Box<InnerAct>),
    /// Ends a certificate: what it said is struck, but where somebody stands for it.
    #[n(5)]
    Revoke {
        /// Which certificate.
        #[n(0)]
        subject: CertificateId,
        /// Why.
        #[n(1)]
        reason: RevokeReason,
    },
    /// Vouches for a stretch of a feed in this very scope, whatever became of its author's certificate.
    #[n(6)]
    Stand {
        /// Whose feed.
        #[n(0)]
        author: CertificateId,
        /// The first entry vouched for.
        #[n(1)]
        first: EntryId,
        /// The last; what is on the chain from here back to the first is vouched for, both included.
        #[n(2)]
        last: EntryId,
    },
    /// Lawfully takes words out of an entry.
    #[n(7)]
    Redact {
        /// Which entry.
        #[n(0)]
        subject: EntryId,
        /// By what law or decision.
        #[n(1)]
        basis: String,
        /// What is left: of the shape of what was said, the words taken out replaced.
        #[cbor(n(2), decode_with = "decode_remains")]
        remains: Box<Content>,
    },
    /// Hands the root over to other keys.
    #[n(8)]
    ReplaceRoot {
        /// The keys from now on, 1 to 9.
        #[cbor(n(0), decode_with = "decode_keys")]
        keys: Vec<PublicKey>,
        /// How many of them must agree.
        #[n(1)]
        threshold: u8,
    },
    /// Says who witnesses the checkpoints of the root's nodes, and how many must.
    #[n(9)]
    Witnesses {
        /// How many of them must cosign; 0 where nobody is asked.
        #[n(0)]
        threshold: u8,
        /// Who is asked, at most 64.
        #[cbor(n(1), decode_with = "decode_members")]
        members: Vec<Witness>,
    },
    /// Publishes a year of the working-day calendar, in one version, for the whole tree.
    #[n(10)]
    PublishCalendar(#[n(0)] Box<Year>),
    /// A part of a policy pack's bytes, in the document of the act that publishes it.
    #[n(11)]
    PackPart {
        /// 1 to [`crate::limits::PACK_PART_BYTES_MAX`].
        #[n(0)]
        bytes: ByteVec,
    },
    /// Publishes a version of a policy pack for a unit and everything below it.
    #[n(12)]
    PublishPack(#[n(0)] Box<Publication>),
    /// A step in the outer file of a warning case.
    #[n(13)]
    Outer(#[n(0)] Box<OuterAct>),
    /// A step of a report.
    #[n(14)]
    Report(#[n(0)] Box<ReportAct>),
    /// A step of a triage.
    #[n(15)]
    Triage(#[n(0)] Box<TriageAct>),
    /// A step in a register of serial numbers.
    #[n(16)]
    Series(#[n(0)] Box<SeriesAct>),
    /// A step in a register of managed posts.
    #[n(17)]
    Cadre(#[n(0)] Box<CadreAct>),
    /// A step in what is shared with a department.
    #[n(18)]
    Share(#[n(0)] Box<ShareAct>),
}

/// Which version of which policy pack, and where its bytes are.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Publication {
    /// The pack.
    #[n(0)]
    pub id: String,
    /// From 1.
    #[n(1)]
    pub version: u32,
    /// The first civil day it is for.
    #[n(2)]
    pub applies_from: Day,
    /// The entries that hold its bytes one after another, 1 to 16, of this very document.
    #[cbor(n(3), decode_with = "decode_parts")]
    pub parts: Vec<EntryId>,
    /// Of the bytes: [`crate::work::pack::Pack::hash_of`].
    #[n(4)]
    pub hash: Hash,
}

/// Why a certificate is revoked. An open code: it decides nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
#[cbor(transparent)]
pub struct RevokeReason(#[n(0)] pub u8);

impl RevokeReason {
    /// The holder has another key.
    pub const SUPERSEDED: RevokeReason = RevokeReason(1);
    /// The key is lost.
    pub const LOST: RevokeReason = RevokeReason(2);
    /// The key is in other hands.
    pub const STOLEN: RevokeReason = RevokeReason(3);
    /// The holder does this work no more.
    pub const LEFT_OFFICE: RevokeReason = RevokeReason(4);
    /// It ought not to have been issued.
    pub const MISTAKEN: RevokeReason = RevokeReason(5);
    /// The node is no more.
    pub const RETIRED: RevokeReason = RevokeReason(6);

    /// The reasons this version knows, with their names in the API and in text keys.
    pub const ALL: &[(RevokeReason, &str)] = &[
        (RevokeReason::SUPERSEDED, "superseded"),
        (RevokeReason::LOST, "lost"),
        (RevokeReason::STOLEN, "stolen"),
        (RevokeReason::LEFT_OFFICE, "left_office"),
        (RevokeReason::MISTAKEN, "mistaken"),
        (RevokeReason::RETIRED, "retired"),
    ];

    /// The reason's name, or `None` if a newer version's.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        RevokeReason::ALL.iter().find(|(reason, _)| *reason == self).map(|(_, name)| *name)
    }

    /// The reason of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<RevokeReason> {
        RevokeReason::ALL.iter().find(|(_, known)| *known == name).map(|(reason, _)| *reason)
    }
}

/// One who cosigns checkpoints.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Witness {
    /// What people call it, and its name in notes.
    #[n(0)]
    pub name: String,
    /// What it signs with.
    #[n(1)]
    pub key: PublicKey,
    /// Whether it stands outside the administration whose checkpoints it cosigns.
    #[n(2)]
    pub outside: bool,
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
        let content = match &body.content {
            Content::Act(Act::Redact { remains, .. }) => remains,
            content => content,
        };
        match content {
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

impl Act {
    /// Whether words may ever be taken out of it. What decides who is who and what stands may not be forgotten.
    #[must_use]
    pub fn is_redactable(&self) -> bool {
        match self {
            Act::NameHolder(_)
            | Act::NameUnits(_)
            | Act::Inner(_)
            | Act::Outer(_)
            | Act::Report(_)
            | Act::Triage(_)
            | Act::Series(_)
            | Act::Share(_) => true,
            Act::Certify(_)
            | Act::Endorse { .. }
            | Act::Revoke { .. }
            | Act::Stand { .. }
            | Act::Redact { .. }
            | Act::ReplaceRoot { .. }
            | Act::Witnesses { .. }
            | Act::PublishCalendar(_)
            | Act::PackPart { .. }
            | Act::PublishPack(_)
            | Act::Cadre(_) => false,
        }
    }
}

/// Acts of which something can remain: [`Act::is_redactable`], by number.
const REDACTABLE_ACTS: [u32; 8] = [2, 3, 4, 13, 14, 15, 16, 18];

/// Reads the keys of a root: each takes fifty microseconds to be admitted, so they are counted first.
fn decode_keys<'b, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<PublicKey>, decode::Error> {
    cbor::at_most(ROOT_KEYS_MAX, d, context)
}

fn decode_members<'b, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<Witness>, decode::Error> {
    cbor::at_most(WITNESSES_MAX, d, context)
}

fn decode_parts<'b, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<EntryId>, decode::Error> {
    cbor::at_most(PACK_PARTS_MAX, d, context)
}

/// Reads what remains of an entry. An act that is never redacted is none, so that bodies nest once and no deeper,
/// whatever a stranger sends.
fn decode_remains<'b, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Box<Content>, decode::Error> {
    let at = d.position();
    let mut probe = d.probe();
    probe.array()?;
    if probe.u32()? == 1 {
        probe.array()?;
        probe.array()?;
        if !REDACTABLE_ACTS.contains(&probe.u32()?) {
            return Err(decode::Error::message("nothing remains of an act that is never redacted").at(at));
        }
    }
    Box::<Content>::decode(d, context)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(remains: Content) -> Body {
        let subject = EntryId(Hash([1; 32]));
        let remains = Box::new(remains);
        Body::new([0; 16], Content::Act(Act::Redact { subject, basis: "档案法".into(), remains }))
    }

    #[test]
    fn remains_nest_once_and_no_deeper() {
        let holder = HolderName { holder: [1; 16].into(), name: "██".into() };
        for remains in [Content::Edit(vec![]), Content::Act(Act::NameHolder(holder))] {
            let body = redact(remains);
            assert_eq!(Body::parse(&body.bytes()), Ok(body));
        }
        let endorse = Content::Act(Act::Endorse { subject: EntryId(Hash([1; 32])) });
        assert!(Body::parse(&redact(endorse).bytes()).is_err());
        let mut deep = redact(Content::Edit(vec![]));
        for _ in 0..500 {
            deep = redact(deep.content);
        }
        let bytes = deep.bytes();
        assert!(bytes.len() < BODY_BYTES_MAX, "{}", bytes.len());
        assert!(matches!(Body::parse(&bytes), Err(BodyFault::NotCanonical(CborFault::Malformed { .. }))));
    }

    #[test]
    fn what_remains_has_no_more_steps_than_an_edit_may_have() {
        let steps = |n| Content::Edit(vec![Step::Remove { field: "measures".into(), at: 0 }; n]);
        let most = redact(steps(EDIT_STEPS_MAX));
        assert_eq!(Body::parse(&most.bytes()), Ok(most));
        let fault = Body::parse(&redact(steps(EDIT_STEPS_MAX + 1)).bytes());
        assert_eq!(fault, Err(BodyFault::TooManySteps { steps: EDIT_STEPS_MAX + 1 }));
    }

    #[test]
    fn each_act_by_its_number_is_redactable_or_not() {
        let key = crate::trust::key::KeyPair::from_seed(&[1; 32]).public();
        let id = EntryId(Hash([1; 32]));
        let name = HolderName { holder: [1; 16].into(), name: "张三".into() };
        let post = crate::work::cadre::Post { unit: "370126".parse().unwrap(), post: "书记".into(), holder: None };
        let acts = [
            Act::Endorse { subject: id },
            Act::NameHolder(name),
            Act::NameUnits(vec![]),
            Act::Revoke { subject: id, reason: RevokeReason::LOST },
            Act::Stand { author: id, first: id, last: id },
            Act::ReplaceRoot { keys: vec![key], threshold: 1 },
            Act::Witnesses { threshold: 0, members: vec![] },
            Act::PublishCalendar(Box::new(crate::work::calendar::tests::year_2027())),
            Act::PackPart { bytes: vec![0].into() },
            Act::PublishPack(Box::new(Publication {
                id: "township".into(),
                version: 1,
                applies_from: Day::MIN,
                parts: vec![id],
                hash: Hash([2; 32]),
            })),
            Act::Inner(Box::new(InnerAct::Refer { reason: String::new() })),
            Act::Outer(Box::new(OuterAct::Refer { issue: id })),
            Act::Report(Box::new(ReportAct::Accept { filed: id })),
            Act::Triage(Box::new(TriageAct::Recuse { holder: [1; 16].into(), reason: String::new() })),
            Act::Series(Box::new(SeriesAct::Void { number: 1, reason: String::new() })),
            Act::Cadre(Box::new(CadreAct::Manage(post))),
            Act::Share(Box::new(ShareAct::Close { shared: id, reason: String::new() })),
        ];
        for act in acts {
            let number = cbor::encode(&act).get(1).copied().map(u32::from).unwrap();
            assert_eq!(act.is_redactable(), REDACTABLE_ACTS.contains(&number), "{act:?}");
        }
    }
}
