//! Everything an officer can do by signing, as one value: so that it can be shown first and done afterwards.

use super::{Desk, DeskError, Officer};
use crate::{
    api::shape::{
        CaseForm, FileForm, PostForm, ProposeForm, ReportDeedForm, ReportForm, RiskEdit, RiskForm, ShareForm,
        SharingDeedForm, StrikeForm, TriageForm, Written as WrittenShape,
    },
    words::Language,
};

/// Something an officer means to sign. Ids are as in the routes of the local HTTP.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// 报送: files a report.
    File(Box<FileForm>),
    /// Begins a report that is filed later.
    Draft(Box<ReportForm>),
    /// Changes such a draft.
    EditDraft(String, RiskEdit),
    /// Does something with a report.
    Report(String, ReportDeedForm),
    /// Does something in its triage.
    Triage(String, TriageForm),
    /// Shares a report with a department.
    ShareReport(String, ShareForm),
    /// Proposes a warning.
    Propose(Box<ProposeForm>),
    /// Does something in a case.
    Case(String, Box<CaseForm>),
    /// Shares a case with a department.
    ShareCase(String, ShareForm),
    /// Answers what was shared, or ends it.
    Sharing(String, SharingDeedForm),
    /// Adds a risk point.
    AddRisk(RiskForm),
    /// Changes one.
    EditRisk(String, RiskEdit),
    /// Strikes a number.
    Strike(StrikeForm),
    /// Lists a managed post, or takes it off.
    Post(PostForm),
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Done {
    /// What was written.
    pub written: WrittenShape,
    /// The number a report got, as people write it.
    pub number: Option<String>,
    /// What the unit is called that is to take it up.
    pub to_name: Option<String>,
    /// Of an anonymous report: the code with which the reply can be read; told this once.
    pub receipt_code: Option<String>,
}

impl Desk {
    /// Does it.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`super::Code::NodeStopped`], [`super::Code::StoreFailed`].
    pub async fn perform(&self, officer: &Officer, deed: Deed, language: Language) -> Result<Done, DeskError> {
        let written = match deed {
            Deed::File(form) => {
                let filed = self.file_report(officer, *form, language).await?;
                return Ok(Done {
                    written: filed.written,
                    number: Some(filed.number),
                    to_name: Some(filed.to_name),
                    receipt_code: filed.receipt_code,
                });
            }
            Deed::Draft(form) => self.add_report(officer, *form).await?,
            Deed::EditDraft(id, edit) => self.edit_report(officer, &id, edit).await?,
            Deed::Report(id, form) => self.do_with_report(officer, &id, form).await?,
            Deed::Triage(id, form) => self.triage(officer, &id, form).await?,
            Deed::ShareReport(id, form) => self.share_report(officer, &id, form).await?,
            Deed::Propose(form) => self.propose(officer, *form).await?,
            Deed::Case(id, form) => self.act_in_case(officer, &id, *form).await?,
            Deed::ShareCase(id, form) => self.share_case(officer, &id, form).await?,
            Deed::Sharing(id, form) => self.do_with_sharing(officer, &id, form).await?,
            Deed::AddRisk(form) => self.add_risk(officer, form).await?,
            Deed::EditRisk(id, edit) => self.edit_risk(officer, &id, edit).await?,
            Deed::Strike(form) => self.strike(officer, form).await?,
            Deed::Post(form) => self.do_with_post(officer, form).await?,
        };
        Ok(Done { written, number: None, to_name: None, receipt_code: None })
    }
}
