//! Why a step of a case may not be taken: refused when written; when received it is kept, marked and without effect.

use thiserror::Error;

use super::{Level, deed::CaseDeed, table::Stage};
use crate::{
    trust::charter::Role,
    work::{
        attachment::AttachmentFault,
        pack::level::{Condition, Debt},
    },
};

/// A refusal with the source of the rule it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("{why} ({source_of_rule})")]
pub struct Refused {
    /// Why.
    pub why: CaseRefusal,
    /// Where that is written, as `domain §7`.
    pub source_of_rule: &'static str,
}

/// Why a step may not be taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum CaseRefusal {
    /// At this stage that is not done.
    #[error("at stage {} there is no {}", stage.name(), deed.name())]
    WrongStage {
        /// Where the file stands.
        stage: Stage,
        /// What was tried.
        deed: CaseDeed,
    },
    /// More acts stand in the file than one file takes.
    #[error("the file is full")]
    FileFull,
    /// Another level's decider.
    #[error("this level is decided by {}", .0.name().unwrap_or("another role"))]
    WrongDecider(Role),
    /// Another level's lifter.
    #[error("this level is lifted by {}", .0.name().unwrap_or("another role"))]
    WrongLifter(Role),
    /// Another level's approver.
    #[error("extensions of this level are approved by {}", .0.name().unwrap_or("another role"))]
    WrongApprover(Role),
    /// An officer of another unit.
    #[error("this is done by the unit that decides")]
    NotTheDecidingUnit,
    /// Not of the centre, nor one who decides.
    #[error("this is done by the handling body")]
    NotHandling,
    /// Not who proposed.
    #[error("this is done by who proposed")]
    NotTheProposer,
    /// Somebody else's concern is declared by a secretary or the party committee.
    #[error("only a secretary or the party committee says that somebody else is concerned")]
    NotForOthers,
    /// Not a body objections go to.
    #[error("objections are answered by another body")]
    NotTheObjectionBody,
    /// Not who is warned.
    #[error("this is done by who is warned")]
    NotTheSubject,
    /// A pack or version nobody published.
    #[error("there are no such rules")]
    NoSuchRules,
    /// A level the pack does not have.
    #[error("there is no level {}", .0.0)]
    NoSuchLevel(Level),
    /// A ground the level does not have.
    #[error("the level has no such ground")]
    NoSuchGround,
    /// The ground asks for a reason.
    #[error("this ground needs a reason in writing")]
    NoReasonForGround,
    /// A way the level does not have, or not for this ground.
    #[error("the level has no such way for this ground")]
    NoSuchWay,
    /// The pack foresees no warnings to a subject of this sort.
    #[error("the rules foresee no warning to such a subject")]
    SubjectNotForeseen,
    /// Another unit manages the subject.
    #[error("the subject is managed by another unit")]
    NotManagedHere,
    /// The outer file stands elsewhere.
    #[error("the subject is of another unit than the file")]
    NotTheSubjectsFile,
    /// It concerns who acts.
    #[error("nobody acts in what concerns themselves")]
    Concerned,
    /// Nothing is said where something must be.
    #[error("something has to be said in writing")]
    NothingWritten,
    /// The act names no proposal that stands.
    #[error("this is not the proposal that stands")]
    NoSuchProposal,
    /// Nobody decides what they proposed, or judges what they answered.
    #[error("nobody decides what they proposed, or judges what they answered")]
    SelfApproval,
    /// What was signed is not what is there.
    #[error("what was approved is not what is shown")]
    NotAsShown,
    /// The level is decided by a meeting of two or more.
    #[error("the meeting that decided is not recorded with those present and its outcome")]
    NoMeeting,
    /// Somebody whom it concerns was present.
    #[error("somebody whom it concerns was at the meeting")]
    ConcernedPresent,
    /// Somebody has to take part.
    #[error("this is decided together with {}", .0.name().unwrap_or("another role"))]
    NotTogether(Role),
    /// The act names no decision that stands.
    #[error("this is not the decision that stands")]
    NoSuchDecision,
    /// Who decided does not answer the objection to it.
    #[error("who decided does not answer the objection")]
    DecidedIt,
    /// The level is not carried up to this on this condition.
    #[error("the level is not carried up like this")]
    NoSuchEscalation(Condition),
    /// Carrying up needs a case, going outside has none.
    #[error("the case it goes on in is missing, or there is none")]
    NotLinked,
    /// Fewer than the pack asks for, one twice, or one whom it concerns.
    #[error("an interview has enough interviewers, all different, whom it does not concern")]
    Interviewers,
    /// The main interviewer's standing.
    #[error("the main interviewer has not the standing the rules ask for")]
    MainInterviewer,
    /// Another form than the way's, none where there must be one, or no number.
    #[error("the paper is not the one this way asks for")]
    WrongPaper,
    /// The number was cancelled.
    #[error("the paper's number was cancelled")]
    NumberCancelled,
    /// The rules leave a term to the paper.
    #[error("the term for {0:?} is not set")]
    NoTerm(Debt),
    /// The rules fix the term, or nothing of the kind is owed.
    #[error("the term for {0:?} cannot be set")]
    TermNotFree(Debt),
    /// More than the rules allow.
    #[error("the term for {0:?} is too long")]
    TermTooLong(Debt),
    /// The act names no warning that stands.
    #[error("this is not the warning that stands")]
    NoSuchWarning,
    /// Answered already.
    #[error("the paper was answered already")]
    AlreadyAnswered,
    /// Delivered already.
    #[error("the delivery is recorded already")]
    AlreadyDelivered,
    /// Received already.
    #[error("the receipt is confirmed already")]
    AlreadyReceived,
    /// The way has no interview, or another form of notice.
    #[error("this way has no such interview")]
    NoInterview,
    /// The act names no notice that stands.
    #[error("this is not a notice of the case")]
    NoSuchNotice,
    /// Measures without any.
    #[error("no measures are named")]
    NoMeasures,
    /// The level is never extended.
    #[error("the level is not extended")]
    NotExtendable,
    /// Extended already: once.
    #[error("the term was extended already")]
    AlreadyExtended,
    /// Asked already.
    #[error("an extension was asked for and is not answered yet")]
    AlreadyAsked,
    /// The act names no request that stands.
    #[error("this is not the request that stands")]
    NoSuchRequest,
    /// More than may be given in all.
    #[error("the extension is longer than may be given")]
    ExtensionTooLong,
    /// The act names not the last answer.
    #[error("this is not the last answer")]
    NoSuchAnswer,
    /// It is not said how the visit was made.
    #[error("it is not said how the visit was made")]
    NoMeans,
    /// The level asks for a visit or check.
    #[error("the level is lifted on a visit or check that has not been made")]
    NotVisited,
    /// The visit does not think so.
    #[error("the visit's opinion is not to lift")]
    OpinionAgainst,
    /// Objected already.
    #[error("an objection was made already")]
    AlreadyObjected,
    /// The act names no objection that waits.
    #[error("this is not an objection that waits")]
    NoSuchObjection,
    /// The level does not have this body told, or by another form.
    #[error("the rules do not have this body told like this")]
    NotTold,
    /// A link to what the subject's unit must not know of.
    #[error("the file is read where the linked document must not be known of")]
    LinkReveals,
    /// The act names nothing that crossed here and waits for people, or nothing that contradicts.
    #[error("nothing of the kind crossed or contradicts here")]
    NothingCrossed,
    /// What became of somebody's act is settled by somebody else.
    #[error("nobody settles what became of what they did themselves")]
    OwnAct,
    /// The paper differs from what was decided, or nothing was.
    #[error("the paper is not covered by a decision")]
    NotDecided,
    /// Too late by the rules, counted with the calendar at hand. Refused when written only.
    #[error("the term for this has passed")]
    TooLate,
    /// Somebody at the deciding unit can answer the objection. Refused when written only.
    #[error("the objection is answered at the unit that decided")]
    AnsweredBelow,
    /// The certificate does not say so. Refused when written only.
    #[error("the standing of somebody who took part is not certified")]
    StandingNotCertified,
    /// The inner file does not say this first. Refused when written only.
    #[error("the deciding unit's own file does not say so yet")]
    NotDeliberated,
    /// The rules ask for a plan of the interview. Refused when written only.
    #[error("there is no plan for the interview")]
    NoPlan,
    /// The register did not allot the number to this file, struck it, or the file has used it. Refused when written only.
    #[error("the paper's number is not one allotted to this file")]
    NumberNotAllotted,
    /// Too large, too many, or not what it says. Refused when written only.
    #[error("{0}")]
    Attachment(AttachmentFault),
    /// Another pack is in force for new cases. Refused when written only.
    #[error("other rules are in force for new cases")]
    RulesNotInForce,
    /// A ground for what goes on from a lower level names no such case, or another subject's. Refused when written only.
    #[error("the case this one carries up is not named, or it is not carried up like this")]
    NotFollowing,
}

impl CaseRefusal {
    /// With the source of the rule.
    #[must_use]
    pub fn by(self, source_of_rule: &'static str) -> Refused {
        Refused { why: self, source_of_rule }
    }

    /// Its name in the API and in text keys.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            CaseRefusal::WrongStage { .. } => "wrong_stage",
            CaseRefusal::FileFull => "file_full",
            CaseRefusal::WrongDecider(_) => "wrong_decider",
            CaseRefusal::WrongLifter(_) => "wrong_lifter",
            CaseRefusal::WrongApprover(_) => "wrong_approver",
            CaseRefusal::NotTheDecidingUnit => "not_the_deciding_unit",
            CaseRefusal::NotHandling => "not_handling",
            CaseRefusal::NotTheProposer => "not_the_proposer",
            CaseRefusal::NotForOthers => "not_for_others",
            CaseRefusal::NotTheObjectionBody => "not_the_objection_body",
            CaseRefusal::NotTheSubject => "not_the_subject",
            CaseRefusal::NoSuchRules => "no_such_rules",
            CaseRefusal::NoSuchLevel(_) => "no_such_level",
            CaseRefusal::NoSuchGround => "no_such_ground",
            CaseRefusal::NoReasonForGround => "no_reason_for_ground",
            CaseRefusal::NoSuchWay => "no_such_way",
            CaseRefusal::SubjectNotForeseen => "subject_not_foreseen",
            CaseRefusal::LinkReveals => "link_reveals",
            CaseRefusal::NothingCrossed => "nothing_crossed",
            CaseRefusal::OwnAct => "own_act",
            CaseRefusal::NotDeliberated => "not_deliberated",
            CaseRefusal::NoPlan => "no_plan",
            CaseRefusal::NumberNotAllotted => "number_not_allotted",
            CaseRefusal::Attachment(fault) => fault.code(),
            CaseRefusal::RulesNotInForce => "rules_not_in_force",
            CaseRefusal::NotFollowing => "not_following",
            CaseRefusal::NotManagedHere => "not_managed_here",
            CaseRefusal::NotTheSubjectsFile => "not_the_subjects_file",
            CaseRefusal::Concerned => "concerned",
            CaseRefusal::NothingWritten => "nothing_written",
            CaseRefusal::NoSuchProposal => "no_such_proposal",
            CaseRefusal::SelfApproval => "self_approval",
            CaseRefusal::NotAsShown => "not_as_shown",
            CaseRefusal::NoMeeting => "no_meeting",
            CaseRefusal::ConcernedPresent => "concerned_present",
            CaseRefusal::NotTogether(_) => "not_together",
            CaseRefusal::NoSuchDecision => "no_such_decision",
            CaseRefusal::DecidedIt => "decided_it",
            CaseRefusal::NoSuchEscalation(_) => "no_such_escalation",
            CaseRefusal::NotLinked => "not_linked",
            CaseRefusal::Interviewers => "interviewers",
            CaseRefusal::MainInterviewer => "main_interviewer",
            CaseRefusal::WrongPaper => "wrong_paper",
            CaseRefusal::NumberCancelled => "number_cancelled",
            CaseRefusal::NoTerm(_) => "no_term",
            CaseRefusal::TermNotFree(_) => "term_not_free",
            CaseRefusal::TermTooLong(_) => "term_too_long",
            CaseRefusal::NoSuchWarning => "no_such_warning",
            CaseRefusal::AlreadyAnswered => "already_answered",
            CaseRefusal::AlreadyDelivered => "already_delivered",
            CaseRefusal::AlreadyReceived => "already_received",
            CaseRefusal::NoInterview => "no_interview",
            CaseRefusal::NoSuchNotice => "no_such_notice",
            CaseRefusal::NoMeasures => "no_measures",
            CaseRefusal::NotExtendable => "not_extendable",
            CaseRefusal::AlreadyExtended => "already_extended",
            CaseRefusal::AlreadyAsked => "already_asked",
            CaseRefusal::NoSuchRequest => "no_such_request",
            CaseRefusal::ExtensionTooLong => "extension_too_long",
            CaseRefusal::NoSuchAnswer => "no_such_answer",
            CaseRefusal::NoMeans => "no_means",
            CaseRefusal::NotVisited => "not_visited",
            CaseRefusal::OpinionAgainst => "opinion_against",
            CaseRefusal::AlreadyObjected => "already_objected",
            CaseRefusal::NoSuchObjection => "no_such_objection",
            CaseRefusal::NotTold => "not_told",
            CaseRefusal::NotDecided => "not_decided",
            CaseRefusal::TooLate => "too_late",
            CaseRefusal::AnsweredBelow => "answered_below",
            CaseRefusal::StandingNotCertified => "standing_not_certified",
        }
    }
}
