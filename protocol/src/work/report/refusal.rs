//! Why an act of a report or its triage may not be written; when received it is kept, marked and without effect.

use thiserror::Error;

use super::table::{ReportDeed, ReportStage};
use crate::work::attachment::AttachmentFault;

/// A refusal with the source of the rule it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("{why} ({source_of_rule})")]
pub struct ReportRefused {
    /// Why.
    pub why: ReportRefusal,
    /// Where that is written, as `domain §6`.
    pub source_of_rule: &'static str,
}

/// Why not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum ReportRefusal {
    /// At this stage that is not done.
    #[error("at stage {} there is no {}", stage.name(), deed.name())]
    WrongStage {
        /// Where it stands.
        stage: ReportStage,
        /// What was tried.
        deed: ReportDeed,
    },
    /// More acts stand in the document than one takes.
    #[error("the document is full")]
    Full,
    /// Not a reporter of the unit, or not one for such an origin.
    #[error("this is not a reporter of the unit for a report of this origin")]
    NotTheReporter,
    /// Not who filed it.
    #[error("this is done by who filed the report")]
    NotTheAuthor,
    /// Not of the unit the report lies with, or no role there that handles reports.
    #[error("this is done by the handling body of the unit the report lies with")]
    NotTheReceiver,
    /// Not an analyst of the deciding unit.
    #[error("reports are triaged by the deciding unit's analysts")]
    NotTheTriager,
    /// Somebody else's concern is declared by a secretary or the party committee.
    #[error("only a secretary or the party committee says that somebody else is concerned")]
    NotForOthers,
    /// A pack or version nobody published.
    #[error("there are no such rules")]
    NoSuchRules,
    /// A category the pack does not have.
    #[error("there is no category {0}")]
    NoSuchCategory(u8),
    /// A source the pack does not have.
    #[error("there is no such source")]
    NoSuchSource,
    /// No number, or one of another unit's register.
    #[error("the report's number is not one of its unit's register")]
    WrongNumber,
    /// Something has to be said.
    #[error("something has to be said in writing")]
    NothingWritten,
    /// Below zero.
    #[error("the amount is below zero")]
    BadAmount,
    /// An attachment that cannot be attached.
    #[error("{0}")]
    Attachment(AttachmentFault),
    /// It goes to a unit that does not keep it.
    #[error("a report goes to its own unit or one above")]
    NotAbove,
    /// The unit, or its head, is what it is about.
    #[error("a report about a unit or its head is taken up by the unit above")]
    AboutReceiver,
    /// The act names no report that stands.
    #[error("this is not the report that was filed")]
    NoSuchReport,
    /// The act names no question that waits.
    #[error("this is not a question that waits")]
    NoSuchQuestion,
    /// It lies there already, or a copy is missing or too much.
    #[error("the report cannot be passed on like this")]
    NotElsewhere,
    /// It concerns who acts.
    #[error("nobody acts in what concerns themselves")]
    Concerned,
    /// The act names no opening that stands.
    #[error("this is not the triage that was opened")]
    NoSuchOpening,
    /// The act names no decision that stands.
    #[error("this is not the outcome that stands")]
    NoSuchDecision,
    /// The other triage or the case is of another unit or kind.
    #[error("the outcome names no such document of this unit")]
    NotLinked,
    /// Something is said about a lead.
    #[error("of a lead only that it was handed over is kept")]
    LeadSaysNothing,
    /// The register did not allot the number to this report. Refused when written only.
    #[error("the report's number was not allotted to it")]
    NumberNotAllotted,
    /// Another pack is in force. Refused when written only.
    #[error("other rules are in force for new reports")]
    RulesNotInForce,
    /// Later than now. Refused when written only.
    #[error("what is reported lies in the future")]
    NotYetHappened,
    /// The report was not accepted at this unit. Refused when written only.
    #[error("the report was not taken up by this unit")]
    NotAccepted,
    /// The matters would be duplicates of each other. Refused when written only.
    #[error("that matter is a duplicate of this one")]
    Circular,
    /// Not the document of this report's triage. Refused when written only.
    #[error("the report's triage stands in another document")]
    OtherDocument,
    /// The case does not name the report. Refused when written only.
    #[error("the case is not opened on this report")]
    NotItsCase,
}

impl ReportRefusal {
    /// With the source of the rule.
    #[must_use]
    pub(crate) fn by(self, source_of_rule: &'static str) -> ReportRefused {
        ReportRefused { why: self, source_of_rule }
    }

    /// Its name in the API and in text keys.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ReportRefusal::WrongStage { .. } => "wrong_stage",
            ReportRefusal::Full => "file_full",
            ReportRefusal::NotTheReporter => "not_the_reporter",
            ReportRefusal::NotTheAuthor => "not_the_author",
            ReportRefusal::NotTheReceiver => "not_the_receiver",
            ReportRefusal::NotTheTriager => "not_the_triager",
            ReportRefusal::NotForOthers => "not_for_others",
            ReportRefusal::NoSuchRules => "no_such_rules",
            ReportRefusal::NoSuchCategory(_) => "no_such_category",
            ReportRefusal::NoSuchSource => "no_such_source",
            ReportRefusal::WrongNumber => "wrong_number",
            ReportRefusal::NothingWritten => "nothing_written",
            ReportRefusal::BadAmount => "bad_amount",
            ReportRefusal::Attachment(fault) => fault.code(),
            ReportRefusal::NotAbove => "not_above",
            ReportRefusal::AboutReceiver => "about_receiver",
            ReportRefusal::NoSuchReport => "no_such_report",
            ReportRefusal::NoSuchQuestion => "no_such_question",
            ReportRefusal::NotElsewhere => "not_elsewhere",
            ReportRefusal::Concerned => "concerned",
            ReportRefusal::NoSuchOpening => "no_such_opening",
            ReportRefusal::NoSuchDecision => "no_such_decision",
            ReportRefusal::NotLinked => "not_linked",
            ReportRefusal::LeadSaysNothing => "lead_says_nothing",
            ReportRefusal::NumberNotAllotted => "number_not_allotted",
            ReportRefusal::RulesNotInForce => "rules_not_in_force",
            ReportRefusal::NotYetHappened => "not_yet_happened",
            ReportRefusal::NotAccepted => "not_accepted",
            ReportRefusal::Circular => "circular",
            ReportRefusal::OtherDocument => "triage_other_document",
            ReportRefusal::NotItsCase => "not_its_case",
        }
    }
}

/// Says no unless.
pub(super) fn unless(holds: bool, why: ReportRefusal) -> Result<(), ReportRefusal> {
    if holds { Ok(()) } else { Err(why) }
}
