//! Every way in which the answer is not what was asked for: one stable code each, with the values it is about.
//!
//! Programs go by the code; people read the words that [`crate::words`] has for it in their language. The status is
//! that of the local HTTP and tells the three families apart: asked wrongly, the rules say no, this machine failed.

use std::{collections::BTreeMap, fmt};

use fangwei_protocol::{
    record::{document::Inapplicable, feed::HeaderFault},
    replica::{WriteError, WriteRefusal},
    trust::{authority::VoidReason, charter::CertificateFault, redaction::RedactionFault, revocation::Strike},
    work::{case::CaseRefusal, schema::SchemaFault},
};
use thiserror::Error;

use crate::{
    ceremony::CeremonyFault,
    keyring::KeyFailure,
    run::{Stopped, WriteFailure},
    session::{NoSession, UnlockRefusal},
};

/// Values by name.
pub type Values = BTreeMap<&'static str, String>;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident $code:literal $status:literal)*) => {
        /// What programs go by.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code as text: never changes its meaning, and is the key of its words.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// The status of an answer that carries it; 0 for what is only said of entries and rows.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Code::$name => $status,)* }
            }
        }
    };
}

codes! {
    // asked wrongly
    /// The body is not the JSON expected: `reason`.
    BadJson "bad-json" 400
    /// The query cannot be read: `reason`.
    BadQuery "bad-query" 400
    /// The body is larger than `max` bytes.
    BodyTooLarge "body-too-large" 413
    /// `field` is empty.
    MissingField "missing-field" 400
    /// `value` is not a unit of this tree.
    BadUnit "bad-unit" 400
    /// `value` is not an id or the beginning of one.
    BadId "bad-id" 400
    /// `value` is the beginning of several ids.
    AmbiguousId "ambiguous-id" 400
    /// `value` is not a time.
    BadTime "bad-time" 400
    /// `value` is not `address:port`.
    BadAddress "bad-address" 400
    /// An address is needed: this node listens at every address or at none.
    AddressNeeded "address-needed" 400
    /// `value` is not a category.
    BadCategory "bad-category" 400
    /// `value` is not a level.
    BadLevel "bad-level" 400
    /// `value` is not a kind of risk.
    BadKind "bad-kind" 400
    /// `value` is not a role with a profile.
    BadRole "bad-role" 400
    /// `value` is outside what a validity may be.
    BadValidity "bad-validity" 400
    /// There is no field `field`, or it is not changed like this.
    BadField "bad-field" 400
    /// Nothing is changed by this.
    NothingChanged "nothing-changed" 400
    /// `count` rows are wrong.
    RowsWrong "rows-wrong" 422
    /// There is no document `id` of this kind here.
    NoSuchDocument "no-such-document" 404
    /// There is no officer `id` here.
    NoSuchOfficer "no-such-officer" 404
    /// There is no such route.
    NoSuchRoute "no-such-route" 404
    /// The route is there, but not for this method.
    WrongMethod "wrong-method" 405

    // rows of units
    /// `value` is not a division code or path of this tree.
    RowCode "row-code" 0
    /// The level is `found`, the code says `expected`.
    RowLevel "row-level" 0
    /// The unit above, `parent`, is neither known nor among the rows.
    RowParent "row-parent" 0
    /// The name is empty, too long or has control characters.
    RowName "row-name" 0
    /// The unit stands on line `first` already.
    RowTwice "row-twice" 0

    // sessions and keys
    /// No session, or it is over.
    NoSession "no-session" 401
    /// The passphrase is wrong.
    WrongPassphrase "wrong-passphrase" 403
    /// Too many attempts: wait `minutes`.
    TooManyAttempts "too-many-attempts" 429
    /// Too many sessions at once.
    Busy "busy" 429
    /// The officer's key is not on this node.
    NoSuchKey "no-such-key" 404
    /// The passphrase has fewer than `min` characters.
    WeakPassphrase "weak-passphrase" 400
    /// The sealed key is damaged: `reason`.
    KeyDamaged "key-damaged" 400
    /// The sealed key asks for more work than is done here, or for too little.
    KeyCost "key-cost" 400
    /// The sealed key was written by a newer program.
    KeyNewer "key-newer" 400
    /// The sealed key is of another tree.
    KeyOtherTree "key-other-tree" 400

    // requests and grants
    /// The file is damaged: `reason`.
    FileDamaged "file-damaged" 400
    /// The file was written by a newer program.
    FileNewer "file-newer" 400
    /// The key is none that is admitted: `reason`.
    KeyNotAdmitted "key-not-admitted" 422
    /// The file does not prove that its writer holds the key.
    NotPossessed "not-possessed" 422
    /// The request is for another tree, `found`.
    RequestOtherTree "request-other-tree" 409
    /// The key has a certificate already, `certificate`, and for something else.
    KeyCertified "key-certified" 409
    /// It is not signed as it says: `reason`.
    NotSigned "not-signed" 422
    /// There is no holder `holder` here.
    NoSuchHolder "no-such-holder" 404
    /// The certificate is not proved: `reason`.
    GrantNotProved "grant-not-proved" 422

    // revoking and the root
    /// `value` is not a reason of revocation.
    BadReason "bad-reason" 400
    /// `entry` is in none of the certificate's feeds here.
    NotInFeeds "not-in-feeds" 404
    /// From `last` no chain leads back to `first` in one feed.
    BadStretch "bad-stretch" 422
    /// `value` of `keys` keys cannot be how many must agree.
    BadThreshold "bad-threshold" 400
    /// `value` cannot be the name of a witness, or is named twice.
    BadWitness "bad-witness" 400
    /// This officer may not decide over that certificate.
    MayNotRevoke "may-not-revoke" 409
    /// The certificate is revoked already.
    RevokedAlready "revoked-already" 409
    /// There is no entry `id` here.
    NoSuchEntry "no-such-entry" 404

    // the rules say no: cases
    /// A warning is proposed in this file already.
    AlreadyProposed "already-proposed" 409
    /// There is no such proposal in the case.
    NoSuchProposal "no-such-proposal" 409
    /// Nobody decides what they proposed, or lifts what they answered.
    SelfApproval "self-approval" 409
    /// This level is decided by `role`.
    WrongDecider "wrong-decider" 409
    /// There is no level `level`.
    NoSuchLevel "no-such-level" 422
    /// What was approved is not what is shown.
    NotAsShown "not-as-shown" 409
    /// The proposal is decided already.
    AlreadyDecided "already-decided" 409
    /// The paper has been given already.
    AlreadyIssued "already-issued" 409
    /// There is no such paper in the case.
    NoSuchPaper "no-such-paper" 409
    /// The paper is not covered by a decision.
    NotDecided "not-decided" 409
    /// There is no such answer in the case.
    NoSuchAnswer "no-such-answer" 409
    /// The warning has been lifted already.
    AlreadyLifted "already-lifted" 409

    // the rules say no: writing
    /// The certificate `certificate` is unknown here or not complete.
    CertificateIncomplete "certificate-incomplete" 409
    /// An officer of `unit` may not write at `home`.
    AuthorElsewhere "author-elsewhere" 409
    /// A certificate for home and upward only, used elsewhere.
    HomeOnly "home-only" 409
    /// The entry does not fit what is here: `reason`.
    MisplacedEntry "misplaced-entry" 409
    /// No role of the author allows it here.
    NoAuthority "no-authority" 409
    /// The certificate is not valid now.
    OutsideValidity "outside-validity" 409
    /// A kind of a newer version.
    UnknownKind "unknown-kind" 409
    /// This kind does not stand on this shelf or reach.
    WrongShelf "wrong-shelf" 422
    /// The body cannot be read: `reason`.
    IllFormedBody "ill-formed-body" 422
    /// The act does not belong into this document, or says what no page can show.
    MisplacedAct "misplaced-act" 422
    /// The body is not here.
    BodyNotHere "body-not-here" 409
    /// The author's root keys are not the root.
    RootNotInForce "root-not-in-force" 409
    /// The author may not decide over this certificate here.
    NotEntitled "not-entitled" 409
    /// Not enough have said it yet.
    Pending "pending" 409
    /// The author's certificate was revoked.
    StruckRevoked "struck-revoked" 409
    /// The issue of the author's certificate is without effect.
    StruckIssue "struck-issue" 409
    /// The endorsement of the author's certificate is without effect.
    StruckEndorsement "struck-endorsement" 409
    /// The root was handed over.
    StruckRoot "struck-root" 409
    /// No chain leads from the one entry to the other.
    NoSuchStretch "no-such-stretch" 409
    /// What is to be redacted is not in this scope.
    RedactionNoSubject "redaction-no-subject" 409
    /// What decides who is who is never redacted.
    RedactionForbidden "redaction-forbidden" 409
    /// What remains is not of the shape of what was said.
    RedactionShape "redaction-shape" 409
    /// What it rests on would repeat the words.
    RedactionBasis "redaction-basis" 422
    /// The words do not stand in the entry, or nothing is left to be taken out.
    RedactionNothing "redaction-nothing" 409
    /// Somebody else must agree to it.
    RedactionOwn "redaction-own" 409
    /// It counts already.
    RedactionCounts "redaction-counts" 409
    /// The certificate contradicts itself: `reason`.
    CertificateIllFormed "certificate-ill-formed" 422
    /// The issuer may not give these roles.
    CertificateRoles "certificate-roles" 409
    /// The unit is outside what the issuer may issue for.
    CertificateUnit "certificate-unit" 409
    /// The rank is not greater than the issuer's.
    CertificateRank "certificate-rank" 409
    /// The certificate is not in the charter of its unit.
    CertificateCharter "certificate-charter" 422
    /// The issuer's certificate is not valid now.
    CertificateIssuer "certificate-issuer" 409
    /// Nobody needs to endorse it any more.
    EndorsedAlready "endorsed-already" 409
    /// This officer may not endorse that certificate.
    MayNotEndorse "may-not-endorse" 409
    /// A position in `field` is not there.
    OutOfRange "out-of-range" 409
    /// The document has all the edits one may have.
    TooManyEdits "too-many-edits" 409
    /// `field` would become too long.
    TooLong "too-long" 422
    /// The merge engine refused the edit.
    MergeRefused "merge-refused" 409
    /// The entry would have `bytes` bytes.
    TooLarge "too-large" 422
    /// The document has too many heads.
    TooManyHeads "too-many-heads" 409
    /// The state named is not one of this document.
    NotInDocument "not-in-document" 409
    /// The node at `unit` does not keep what is homed at `home`.
    NotKept "not-kept" 409
    /// The item to be taken out is gone already.
    ItemGone "item-gone" 409

    // this machine failed
    /// The node has stopped: `reason`.
    NodeStopped "node-stopped" 503
    /// The disk failed while it was being written, and still does: `reason`.
    InDoubt "in-doubt" 503
    /// Something stored cannot be read: `reason`.
    StoreFailed "store-failed" 503
    /// There is no room left for `path`.
    DiskFull "disk-full" 503
    /// A file cannot be used: `path`, `reason`.
    DiskFailed "disk-failed" 503
    /// This node runs without a network.
    NoNetwork "no-network" 503
    /// There is no node above to synchronise with.
    NoUpstream "no-upstream" 409

    // what a verification finds
    /// The journal cannot be read further: `reason`.
    FaultJournal "fault-journal" 0
    /// The entry cannot be read: `reason`.
    FaultUnreadable "fault-unreadable" 0
    /// Its author's certificate is not proved by what comes before it.
    FaultAuthor "fault-author" 0
    /// Its signature does not hold.
    FaultSignature "fault-signature" 0
    /// Its body is not the one it names.
    FaultBody "fault-body" 0
    /// Its author may not sign there: `reason`.
    FaultNotAllowed "fault-not-allowed" 0
    /// It does not follow what comes before it in its feed or its document.
    FaultPlace "fault-place" 0
    /// A receipt is not signed by the node it names.
    FaultReceipt "fault-receipt" 0
    /// The index says something else than the journal.
    FaultIndex "fault-index" 0
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a deed was not done.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{code}")]
pub struct DeskError {
    /// What programs go by.
    pub code: Code,
    /// What it is about.
    pub values: Values,
    /// What is wrong with single rows.
    pub rows: Vec<RowError>,
}

/// What is wrong with one row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowError {
    /// The line it stands on.
    pub line: u64,
    /// What programs go by.
    pub code: Code,
    /// What it is about.
    pub values: Values,
}

impl DeskError {
    /// Without values.
    #[must_use]
    pub fn new(code: Code) -> DeskError {
        DeskError { code, values: Values::new(), rows: Vec::new() }
    }

    /// With one more value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> DeskError {
        self.values.insert(name, value.to_string());
        self
    }
}

impl From<Code> for DeskError {
    fn from(code: Code) -> DeskError {
        DeskError::new(code)
    }
}

impl From<Stopped> for DeskError {
    fn from(stopped: Stopped) -> DeskError {
        DeskError::new(Code::NodeStopped).with("reason", stopped.0)
    }
}

impl From<fangwei_protocol::records::RecordsFailure> for DeskError {
    fn from(failure: fangwei_protocol::records::RecordsFailure) -> DeskError {
        DeskError::new(Code::StoreFailed).with("reason", failure)
    }
}

impl From<NoSession> for DeskError {
    fn from(_: NoSession) -> DeskError {
        DeskError::new(Code::NoSession)
    }
}

impl From<WriteFailure> for DeskError {
    fn from(failure: WriteFailure) -> DeskError {
        match failure {
            WriteFailure::Refused(refusal) => refusal.into(),
            WriteFailure::Unsigned(fault) => DeskError::new(Code::NotSigned).with("reason", fault),
            WriteFailure::DiskFull { path } => DeskError::new(Code::DiskFull).with("path", path.display()),
            WriteFailure::Stopped(reason) => DeskError::new(Code::NodeStopped).with("reason", reason),
            WriteFailure::InDoubt(reason) => DeskError::new(Code::InDoubt).with("reason", reason),
        }
    }
}

impl From<WriteError> for DeskError {
    fn from(error: WriteError) -> DeskError {
        match error {
            WriteError::Refusal(refusal) => refusal.into(),
            WriteError::Failure(failure) => failure.into(),
        }
    }
}

impl From<WriteRefusal> for DeskError {
    fn from(refusal: WriteRefusal) -> DeskError {
        match refusal {
            WriteRefusal::Header(fault) => fault.into(),
            WriteRefusal::NotKept { unit, home } => DeskError::new(Code::NotKept).with("unit", unit).with("home", home),
            WriteRefusal::Void(reason) => reason.into(),
            WriteRefusal::Struck(strike) => strike.into(),
            WriteRefusal::NoSuchStretch { first, last } => {
                DeskError::new(Code::NoSuchStretch).with("first", first).with("last", last)
            }
            WriteRefusal::Redaction(fault) => fault.into(),
            WriteRefusal::Inapplicable(why) => why.into(),
            WriteRefusal::Case(refusal) => refusal.into(),
            WriteRefusal::TooLarge { bytes } => DeskError::new(Code::TooLarge).with("bytes", bytes),
            WriteRefusal::TooManyHeads { heads } => DeskError::new(Code::TooManyHeads).with("heads", heads),
            WriteRefusal::NotInDocument { after } => DeskError::new(Code::NotInDocument).with("entry", after),
        }
    }
}

impl From<RedactionFault> for DeskError {
    fn from(fault: RedactionFault) -> DeskError {
        match fault {
            RedactionFault::NoSubject => Code::RedactionNoSubject.into(),
            RedactionFault::Forbidden => Code::RedactionForbidden.into(),
            RedactionFault::Shape | RedactionFault::Words => Code::RedactionShape.into(),
        }
    }
}

impl From<HeaderFault> for DeskError {
    fn from(fault: HeaderFault) -> DeskError {
        match fault {
            HeaderFault::Certificate { author } => {
                DeskError::new(Code::CertificateIncomplete).with("certificate", author)
            }
            HeaderFault::AuthorUnit { unit, home } => {
                DeskError::new(Code::AuthorElsewhere).with("unit", unit).with("home", home)
            }
            HeaderFault::HomeOnly => Code::HomeOnly.into(),
            fault => DeskError::new(Code::MisplacedEntry).with("reason", fault),
        }
    }
}

impl From<VoidReason> for DeskError {
    fn from(reason: VoidReason) -> DeskError {
        match reason {
            VoidReason::NoAuthority => Code::NoAuthority.into(),
            VoidReason::OutsideValidity => Code::OutsideValidity.into(),
            VoidReason::UnknownKind(_) => Code::UnknownKind.into(),
            VoidReason::WrongShelf => Code::WrongShelf.into(),
            VoidReason::IllFormedBody(fault) => DeskError::new(Code::IllFormedBody).with("reason", fault),
            VoidReason::UnfittingEdit(SchemaFault::NoField { field } | SchemaFault::WrongStep { field }) => {
                DeskError::new(Code::BadField).with("field", field)
            }
            VoidReason::MisplacedAct => Code::MisplacedAct.into(),
            VoidReason::Certificate(fault) => match fault {
                CertificateFault::IllFormed(reason) => {
                    DeskError::new(Code::CertificateIllFormed).with("reason", reason)
                }
                CertificateFault::Roles => Code::CertificateRoles.into(),
                CertificateFault::Unit => Code::CertificateUnit.into(),
                CertificateFault::Rank => Code::CertificateRank.into(),
                CertificateFault::Charter => Code::CertificateCharter.into(),
                CertificateFault::Expired => Code::CertificateIssuer.into(),
            },
            VoidReason::NoBody => Code::BodyNotHere.into(),
            VoidReason::RootNotInForce => Code::RootNotInForce.into(),
            VoidReason::NotEntitled => Code::NotEntitled.into(),
            VoidReason::Pending(agreement) => {
                DeskError::new(Code::Pending).with("have", agreement.have).with("need", agreement.need)
            }
        }
    }
}

impl From<Strike> for DeskError {
    fn from(strike: Strike) -> DeskError {
        match strike {
            Strike::Revoked { revoke, .. } => DeskError::new(Code::StruckRevoked).with("entry", revoke),
            Strike::Issue => Code::StruckIssue.into(),
            Strike::Endorsement => Code::StruckEndorsement.into(),
            Strike::Root { successor } => DeskError::new(Code::StruckRoot).with("entry", successor),
        }
    }
}

impl From<Inapplicable> for DeskError {
    fn from(why: Inapplicable) -> DeskError {
        match why {
            Inapplicable::OutOfRange { field, .. } => DeskError::new(Code::OutOfRange).with("field", field),
            Inapplicable::TooManyEdits => DeskError::new(Code::TooManyEdits),
            Inapplicable::TooLong { field, .. } => DeskError::new(Code::TooLong).with("field", field),
            Inapplicable::Unfit { field } => DeskError::new(Code::BadField).with("field", field),
            Inapplicable::Refused => Code::MergeRefused.into(),
        }
    }
}

impl From<CaseRefusal> for DeskError {
    fn from(refusal: CaseRefusal) -> DeskError {
        match refusal {
            CaseRefusal::AlreadyProposed => Code::AlreadyProposed.into(),
            CaseRefusal::NoSuchProposal => Code::NoSuchProposal.into(),
            CaseRefusal::SelfApproval => Code::SelfApproval.into(),
            CaseRefusal::WrongDecider(role) => {
                DeskError::new(Code::WrongDecider).with("role", role.name().unwrap_or("unknown"))
            }
            CaseRefusal::NoSuchLevel(level) => DeskError::new(Code::NoSuchLevel).with("level", level.0),
            CaseRefusal::NotAsShown => Code::NotAsShown.into(),
            CaseRefusal::AlreadyDecided => Code::AlreadyDecided.into(),
            CaseRefusal::AlreadyIssued => Code::AlreadyIssued.into(),
            CaseRefusal::NoSuchPaper => Code::NoSuchPaper.into(),
            CaseRefusal::NotDecided => Code::NotDecided.into(),
            CaseRefusal::NoSuchAnswer => Code::NoSuchAnswer.into(),
            CaseRefusal::AlreadyLifted => Code::AlreadyLifted.into(),
        }
    }
}

impl From<CeremonyFault> for DeskError {
    fn from(fault: CeremonyFault) -> DeskError {
        match fault {
            CeremonyFault::Damaged { reason } => DeskError::new(Code::FileDamaged).with("reason", reason),
            CeremonyFault::Newer { .. } => Code::FileNewer.into(),
            CeremonyFault::Key(fault) => DeskError::new(Code::KeyNotAdmitted).with("reason", fault),
            CeremonyFault::NotPossessed => Code::NotPossessed.into(),
            CeremonyFault::Genesis(fault) => DeskError::new(Code::GrantNotProved).with("reason", fault),
            CeremonyFault::NotProved { reason } | CeremonyFault::Another { reason } => {
                DeskError::new(Code::GrantNotProved).with("reason", reason)
            }
        }
    }
}

impl From<KeyFailure> for DeskError {
    fn from(failure: KeyFailure) -> DeskError {
        match failure {
            KeyFailure::WrongPassphrase => Code::WrongPassphrase.into(),
            KeyFailure::WeakPassphrase => {
                DeskError::new(Code::WeakPassphrase).with("min", crate::limits::PASSPHRASE_CHARS_MIN)
            }
            KeyFailure::Damaged { reason } => DeskError::new(Code::KeyDamaged).with("reason", reason),
            KeyFailure::Cost { .. } => Code::KeyCost.into(),
            KeyFailure::Newer { .. } => Code::KeyNewer.into(),
            KeyFailure::OtherTree { .. } => Code::KeyOtherTree.into(),
            KeyFailure::NoSuchKey { certificate } => DeskError::new(Code::NoSuchKey).with("certificate", certificate),
            KeyFailure::Disk { path, cause } => {
                DeskError::new(Code::DiskFailed).with("path", path.display()).with("reason", cause)
            }
        }
    }
}

impl From<UnlockRefusal> for DeskError {
    fn from(refusal: UnlockRefusal) -> DeskError {
        match refusal {
            UnlockRefusal::TooManyAttempts { wait } => {
                DeskError::new(Code::TooManyAttempts).with("minutes", wait.as_secs().div_ceil(60))
            }
            UnlockRefusal::Busy => Code::Busy.into(),
            UnlockRefusal::Key(failure) => failure.into(),
        }
    }
}
