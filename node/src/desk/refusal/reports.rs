//! Why reports, their triage, registers of numbers and of managed posts, and what is shared of them say no.

use fangwei_protocol::work::{
    cadre::CadreRefusal, case::series::SeriesRefusal, report::refusal::ReportRefusal, sharing::ShareRefusal,
};

use super::{Code, DeskError};

impl From<ReportRefusal> for DeskError {
    fn from(refusal: ReportRefusal) -> DeskError {
        match refusal {
            ReportRefusal::WrongStage { stage, deed } => {
                DeskError::new(Code::WrongStage).with("stage", stage.name()).with("deed", deed.name())
            }
            ReportRefusal::Full => Code::FileFull.into(),
            ReportRefusal::NotTheReporter => Code::NotTheReporter.into(),
            ReportRefusal::NotTheAuthor => Code::NotTheAuthor.into(),
            ReportRefusal::NotTheReceiver => Code::NotTheReceiver.into(),
            ReportRefusal::NotTheTriager => Code::NotTheTriager.into(),
            ReportRefusal::NotForOthers => Code::NotForOthers.into(),
            ReportRefusal::NoSuchRules => Code::NoSuchRules.into(),
            ReportRefusal::NoSuchCategory(category) => DeskError::new(Code::BadCategory).with("value", category),
            ReportRefusal::NoSuchSource => DeskError::new(Code::NoSuchSource).with("known", "-"),
            ReportRefusal::WrongNumber => Code::WrongNumber.into(),
            ReportRefusal::NothingWritten => Code::NothingWritten.into(),
            ReportRefusal::BadAmount => Code::BadAmount.into(),
            ReportRefusal::Attachment(fault) => fault.into(),
            ReportRefusal::NotAbove => Code::NotAbove.into(),
            ReportRefusal::AboutReceiver => Code::AboutReceiver.into(),
            ReportRefusal::NoSuchReport => Code::NoSuchReport.into(),
            ReportRefusal::NoSuchQuestion => Code::NoSuchQuestion.into(),
            ReportRefusal::NotElsewhere => Code::NotElsewhere.into(),
            ReportRefusal::Concerned => Code::Concerned.into(),
            ReportRefusal::NoSuchOpening => Code::NoSuchOpening.into(),
            ReportRefusal::NoSuchDecision => Code::NoSuchOutcome.into(),
            ReportRefusal::NotLinked => Code::OutcomeNotLinked.into(),
            ReportRefusal::LeadSaysNothing => Code::LeadSaysNothing.into(),
            ReportRefusal::NumberNotAllotted => Code::NumberNotAllotted.into(),
            ReportRefusal::RulesNotInForce => Code::RulesNotInForce.into(),
            ReportRefusal::NotYetHappened => Code::NotYetHappened.into(),
            ReportRefusal::NotAccepted => Code::NotAccepted.into(),
            ReportRefusal::Circular => Code::Circular.into(),
            ReportRefusal::OtherDocument => Code::TriageOtherDocument.into(),
            ReportRefusal::NotItsCase => Code::NotItsCase.into(),
        }
    }
}

impl From<SeriesRefusal> for DeskError {
    fn from(refusal: SeriesRefusal) -> DeskError {
        match refusal {
            SeriesRefusal::OtherRegister => Code::OtherRegister.into(),
            SeriesRefusal::BadWord => Code::BadSeriesWord.into(),
            SeriesRefusal::NotNext { next, given } => {
                DeskError::new(Code::NotTheNextNumber).with("next", next).with("given", given)
            }
            SeriesRefusal::NotAllotted(number) => DeskError::new(Code::NumberNeverAllotted).with("number", number),
            SeriesRefusal::AlreadyVoid(number) => DeskError::new(Code::NumberAlreadyStruck).with("number", number),
            SeriesRefusal::NoReason => Code::NoReasonToStrike.into(),
            SeriesRefusal::NotNumbering => Code::NotNumbering.into(),
            SeriesRefusal::OtherNode => Code::RegisterOfOtherNode.into(),
        }
    }
}

impl From<CadreRefusal> for DeskError {
    fn from(refusal: CadreRefusal) -> DeskError {
        match refusal {
            CadreRefusal::NotTheSecretary => Code::PostsNotTheSecretary.into(),
            CadreRefusal::Elsewhere => Code::PostElsewhere.into(),
            CadreRefusal::BadName => Code::BadPostName.into(),
            CadreRefusal::AlreadyManaged => Code::PostAlreadyListed.into(),
            CadreRefusal::NotManaged => Code::PostNotListed.into(),
            CadreRefusal::OtherDocument => Code::PostsOtherDocument.into(),
            CadreRefusal::Full => Code::PostsFull.into(),
        }
    }
}

impl From<ShareRefusal> for DeskError {
    fn from(refusal: ShareRefusal) -> DeskError {
        match refusal {
            ShareRefusal::NotTheCentre => Code::ShareNotTheCentre,
            ShareRefusal::NotADepartment => Code::ShareNotADepartment,
            ShareRefusal::NotTheDepartment => Code::ShareNotTheDepartment,
            ShareRefusal::NotShareable => Code::ShareNotShareable,
            ShareRefusal::NothingWritten => Code::NothingWritten,
            ShareRefusal::BadField => Code::ShareBadField,
            ShareRefusal::NothingAsked => Code::ShareNothingAsked,
            ShareRefusal::NoSuchSharing => Code::NoSuchSharing,
            ShareRefusal::Full => Code::FileFull,
            ShareRefusal::OtherDocument => Code::ShareOtherDocument,
            ShareRefusal::NotHeld => Code::ShareNotHeld,
            ShareRefusal::Lead => Code::ShareLead,
            ShareRefusal::ConcernsDepartment => Code::ShareConcernsDepartment,
            ShareRefusal::Concerned => Code::Concerned,
            ShareRefusal::AlreadyOver => Code::ShareAlreadyOver,
        }
        .into()
    }
}
