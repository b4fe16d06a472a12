//! `triage …`: what the deciding unit makes of a report.

use fangwei_node::api::shape::{TriageForm, Written, route};

use crate::{
    args::{Told, TriageVerb},
    complaint::Complaint,
    errand::{Errand, id, route_of},
    verb::{self, Done},
};

/// `triage …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: TriageVerb) -> Done {
    let (given, form) = match asked {
        TriageVerb::Open { id } => (id, TriageForm::Open),
        TriageVerb::Lead { id } => (id, TriageForm::Lead),
        TriageVerb::NoSubstance(told) => with(errand, told, |reason| TriageForm::NoSubstance { reason })?,
        TriageVerb::Duplicate { of, told } => {
            let of = id(&of)?;
            with(errand, told, |reason| TriageForm::Duplicate { of, reason })?
        }
        TriageVerb::Warning { case, told } => {
            let case = id(&case)?;
            with(errand, told, |reason| TriageForm::Warning { case, reason })?
        }
        TriageVerb::Reopen(told) => with(errand, told, |reason| TriageForm::Reopen { reason })?,
        TriageVerb::PassOn { to, told } => {
            let to = errand.unit(&to).await?;
            with(errand, told, |reason| TriageForm::PassOn { to, reason })?
        }
        TriageVerb::Recuse { officer, told } => with(errand, told, |reason| TriageForm::Recuse { officer, reason })?,
    };
    let path = route_of(route::REPORT_TRIAGE, &id(&given)?);
    let asker = errand.ask_as_officer().await?;
    let written: Written = asker.post(&path, &form).await?;
    verb::written(errand, "thing-triage", &written)
}

fn with(
    errand: &mut Errand,
    told: Told,
    form: impl FnOnce(String) -> TriageForm,
) -> Result<(String, TriageForm), Complaint> {
    let (given, prose) = told.prose();
    Ok((given, form(errand.input.prose(prose)?.unwrap_or_default())))
}
