//! What the core refuses, as codes.

use fangwei_protocol::{
    record::{document::Inapplicable, feed::HeaderFault},
    replica::{WriteError, WriteRefusal},
    trust::{authority::VoidReason, charter::CertificateFault, redaction::RedactionFault, revocation::Strike},
    work::{attachment::AttachmentFault, case::refusal::CaseRefusal, schema::SchemaFault},
};

use super::{Code, DeskError};

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
            WriteRefusal::Case(refusal) => refusal.why.into(),
            WriteRefusal::Report(refusal) => refusal.why.into(),
            WriteRefusal::Series(refusal) => refusal.into(),
            WriteRefusal::Cadre(refusal) => refusal.into(),
            WriteRefusal::Share(refusal) => refusal.into(),
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
            CaseRefusal::WrongStage { stage, deed } => {
                DeskError::new(Code::WrongStage).with("stage", stage.name()).with("deed", deed.name())
            }
            CaseRefusal::FileFull => Code::FileFull.into(),
            CaseRefusal::WrongDecider(role) => {
                DeskError::new(Code::WrongDecider).with("role", role.name().unwrap_or("unknown"))
            }
            CaseRefusal::WrongLifter(role) => {
                DeskError::new(Code::WrongLifter).with("role", role.name().unwrap_or("unknown"))
            }
            CaseRefusal::WrongApprover(role) => {
                DeskError::new(Code::WrongApprover).with("role", role.name().unwrap_or("unknown"))
            }
            CaseRefusal::NotTheDecidingUnit => Code::NotTheDecidingUnit.into(),
            CaseRefusal::NotHandling => Code::NotHandling.into(),
            CaseRefusal::NotTheProposer => Code::NotTheProposer.into(),
            CaseRefusal::NotForOthers => Code::NotForOthers.into(),
            CaseRefusal::NotTheObjectionBody => Code::NotTheObjectionBody.into(),
            CaseRefusal::NotTheSubject => Code::NotTheSubject.into(),
            CaseRefusal::NoSuchRules => Code::NoSuchRules.into(),
            CaseRefusal::NoSuchLevel(level) => DeskError::new(Code::NoSuchLevel).with("level", level.0),
            CaseRefusal::NoSuchGround => Code::NoSuchGround.into(),
            CaseRefusal::NoReasonForGround => Code::NoReasonForGround.into(),
            CaseRefusal::NoSuchWay => Code::NoSuchWay.into(),
            CaseRefusal::SubjectNotForeseen => Code::SubjectNotForeseen.into(),
            CaseRefusal::NotManagedHere => Code::NotManagedHere.into(),
            CaseRefusal::NotTheSubjectsFile => Code::NotTheSubjectsFile.into(),
            CaseRefusal::Concerned => Code::Concerned.into(),
            CaseRefusal::NothingWritten => Code::NothingWritten.into(),
            CaseRefusal::NoSuchProposal => Code::NoSuchProposal.into(),
            CaseRefusal::SelfApproval => Code::SelfApproval.into(),
            CaseRefusal::NotAsShown => Code::NotAsShown.into(),
            CaseRefusal::NoMeeting => Code::NoMeeting.into(),
            CaseRefusal::ConcernedPresent => Code::ConcernedPresent.into(),
            CaseRefusal::NotTogether(role) => {
                DeskError::new(Code::NotTogether).with("role", role.name().unwrap_or("unknown"))
            }
            CaseRefusal::NoSuchDecision => Code::NoSuchDecision.into(),
            CaseRefusal::DecidedIt => Code::DecidedIt.into(),
            CaseRefusal::NoSuchEscalation(_) => Code::NoSuchEscalation.into(),
            CaseRefusal::NotLinked => Code::NotLinked.into(),
            CaseRefusal::Interviewers => Code::Interviewers.into(),
            CaseRefusal::MainInterviewer => Code::MainInterviewer.into(),
            CaseRefusal::WrongPaper => Code::WrongPaper.into(),
            CaseRefusal::NumberCancelled => Code::NumberCancelled.into(),
            CaseRefusal::NoTerm(debt) => DeskError::new(Code::NoTerm).with("debt", debt.name()),
            CaseRefusal::TermNotFree(debt) => DeskError::new(Code::TermNotFree).with("debt", debt.name()),
            CaseRefusal::TermTooLong(debt) => DeskError::new(Code::TermTooLong).with("debt", debt.name()),
            CaseRefusal::NoSuchWarning => Code::NoSuchWarning.into(),
            CaseRefusal::AlreadyAnswered => Code::AlreadyAnswered.into(),
            CaseRefusal::AlreadyDelivered => Code::AlreadyDelivered.into(),
            CaseRefusal::AlreadyReceived => Code::AlreadyReceived.into(),
            CaseRefusal::NoInterview => Code::NoInterview.into(),
            CaseRefusal::NoSuchNotice => Code::NoSuchNotice.into(),
            CaseRefusal::NoMeasures => Code::NoMeasures.into(),
            CaseRefusal::NotExtendable => Code::NotExtendable.into(),
            CaseRefusal::AlreadyExtended => Code::AlreadyExtended.into(),
            CaseRefusal::AlreadyAsked => Code::AlreadyAsked.into(),
            CaseRefusal::NoSuchRequest => Code::NoSuchRequest.into(),
            CaseRefusal::ExtensionTooLong => Code::ExtensionTooLong.into(),
            CaseRefusal::NoSuchAnswer => Code::NoSuchAnswer.into(),
            CaseRefusal::NoMeans => Code::NoMeans.into(),
            CaseRefusal::NotVisited => Code::NotVisited.into(),
            CaseRefusal::OpinionAgainst => Code::OpinionAgainst.into(),
            CaseRefusal::AlreadyObjected => Code::AlreadyObjected.into(),
            CaseRefusal::NoSuchObjection => Code::NoSuchObjection.into(),
            CaseRefusal::NotTold => Code::NotTold.into(),
            CaseRefusal::LinkReveals => Code::LinkReveals.into(),
            CaseRefusal::NothingCrossed => Code::NothingCrossed.into(),
            CaseRefusal::OwnAct => Code::OwnAct.into(),
            CaseRefusal::NotDecided => Code::NotDecided.into(),
            CaseRefusal::TooLate => Code::TooLate.into(),
            CaseRefusal::AnsweredBelow => Code::AnsweredBelow.into(),
            CaseRefusal::StandingNotCertified => Code::StandingNotCertified.into(),
            CaseRefusal::NotDeliberated => Code::NotDeliberated.into(),
            CaseRefusal::NoPlan => Code::NoPlan.into(),
            CaseRefusal::NumberNotAllotted => Code::NumberNotAllotted.into(),
            CaseRefusal::RulesNotInForce => Code::RulesNotInForce.into(),
            CaseRefusal::NotFollowing => Code::NotFollowing.into(),
            CaseRefusal::Attachment(fault) => fault.into(),
        }
    }
}

impl From<AttachmentFault> for DeskError {
    fn from(fault: AttachmentFault) -> DeskError {
        match fault {
            AttachmentFault::TooMany { count } => DeskError::new(Code::TooManyAttachments).with("count", count),
            AttachmentFault::TooLarge { bytes } => DeskError::new(Code::AttachmentTooLarge).with("bytes", bytes),
            AttachmentFault::BadName => DeskError::new(Code::AttachmentName),
            AttachmentFault::Chunks => DeskError::new(Code::AttachmentChunks),
        }
    }
}
