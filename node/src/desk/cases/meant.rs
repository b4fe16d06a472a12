//! From what somebody asks for in a case to the act it means, as far as the form alone says it.
//!
//! What the form does not say, the entries it is about and the hash of what was shown, is left as [`OPEN`] and filled in
//! by [`super::filled`] when it is written, at whatever stands then. What nothing stands for stays open, and the core
//! refuses it with the reason.

use fangwei_protocol::{
    record::entry::{DocKey, EntryId, Hash},
    replica::Replica,
    trust::charter::{HolderId, Role},
    work::{
        attachment::Attachment,
        calendar::{Day, Term, day_of},
        case::{
            Level,
            act::{
                InnerAct, Interviewer, Measure, Meeting, Opinion, OuterAct, Paper, Present, Ruling, SerialNumber,
                TermSet,
            },
        },
        pack::level::{Condition, Debt, To},
    },
};

use super::super::{
    Code, DeskError, Officer, required, shortened,
    time::{read_day, seconds},
};
use crate::api::shape::{CaseForm, InterviewerForm, MeasureForm, MeetingForm, TermForm};

/// An entry or a hash that is filled in when the act is written.
pub(super) const OPEN: Hash = Hash([0; 32]);

pub(super) const OPEN_ENTRY: EntryId = EntryId(OPEN);

/// An act of a case as it is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Meant {
    /// Of the inner file.
    Inner(InnerAct),
    /// Of the outer file.
    Outer(OuterAct),
    /// The warning is given: all but the paper's text and the terms follow from the decision.
    Issue { text: String, terms: Vec<TermSet> },
    /// More time is given: so much, or as much as was asked.
    Extend { by: Option<Term>, text: String },
    /// What crossed or contradicts is settled: what is about an act by the beginning of its id; none: the first.
    Settle { is_inner: bool, act: Option<String>, findings: String },
}

/// What has to be looked up before an act is meant.
pub(super) struct Asked<'a> {
    pub(super) replica: &'a Replica,
    pub(super) officer: &'a Officer,
    /// Seconds since 1970 UTC.
    pub(super) now_s: i64,
    /// The inner file.
    pub(super) case: &'a DocKey,
    /// The case an escalation goes on in, if the form names one.
    pub(super) linked: Option<DocKey>,
    /// What the act comes with.
    pub(super) attachments: Vec<Attachment>,
}

impl Asked<'_> {
    /// The act.
    ///
    /// # Errors
    ///
    /// What of the form cannot be read.
    pub(super) fn meant(&self, form: CaseForm) -> Result<Meant, DeskError> {
        let (proposal, issue, answer) = (OPEN_ENTRY, OPEN_ENTRY, OPEN_ENTRY);
        Ok(match form {
            // A proposal is composed by its own deed.
            CaseForm::Propose(_) => return Err(DeskError::new(Code::BadField).with("field", "deed")),
            CaseForm::Return { reason } => Meant::Inner(InnerAct::Return { proposal, reason }),
            CaseForm::Drop { reason } => Meant::Inner(InnerAct::Drop { proposal, reason }),
            CaseForm::Recuse { officer, reason } => {
                let holder = match officer {
                    Some(id) => self.holder(&id)?,
                    None => self.holder(&self.officer.certificate.to_string())?,
                };
                Meant::Inner(InnerAct::Recuse { holder, reason })
            }
            CaseForm::Approve { shown, meeting } => self.decide(true, shown.as_deref(), meeting)?,
            CaseForm::Dismiss { shown, meeting } => self.decide(false, shown.as_deref(), meeting)?,
            CaseForm::Plan { outline, interviewers } => {
                let interviewers = self.interviewers(&interviewers)?;
                Meant::Inner(InnerAct::Plan { proposal, outline, interviewers })
            }
            CaseForm::Rescind { reason, meeting } => {
                let meeting = meeting.map(|meeting| self.meeting(meeting)).transpose()?;
                Meant::Inner(InnerAct::Rescind { decision: OPEN_ENTRY, reason, meeting })
            }
            CaseForm::ReferProposal { reason } => Meant::Inner(InnerAct::Refer { reason }),
            CaseForm::Deliberate { findings, upheld, meeting } => Meant::Inner(InnerAct::Deliberate {
                objection: OPEN_ENTRY,
                findings,
                ruling: ruling(upheld),
                meeting: meeting.map(|meeting| self.meeting(meeting)).transpose()?,
            }),
            CaseForm::Raise { level, when, findings, .. } => {
                let case = self.linked.clone();
                Meant::Inner(InnerAct::Escalate { to: to(level), when: condition(&when)?, findings, case })
            }
            CaseForm::SettleInner { act, findings } => settle(true, act, findings)?,
            CaseForm::Settle { act, findings } => settle(false, act, findings)?,
            CaseForm::Issue { paper, terms } => Meant::Issue { text: paper, terms: read_terms(&terms)? },
            CaseForm::Cancel { reason } => Meant::Outer(OuterAct::Cancel { issue, reason }),
            CaseForm::Deliver { on, how } => {
                Meant::Outer(OuterAct::Deliver { issue, on: self.day(on.as_deref())?, how })
            }
            CaseForm::Receive { on } => Meant::Outer(OuterAct::Receive { issue, on: self.day(on.as_deref())? }),
            CaseForm::Notice { at, place, paper, interviewers } => Meant::Outer(OuterAct::Notice {
                issue,
                paper: self.unnumbered(paper),
                at_s: seconds(&at)?,
                place,
                interviewers: self.interviewers(&interviewers)?,
            }),
            CaseForm::Interview { on, record, interviewers, terms } => Meant::Outer(OuterAct::Interview {
                issue,
                notice: None,
                on: self.day(on.as_deref())?,
                interviewers: self.interviewers(&interviewers)?,
                record,
                terms: read_terms(&terms)?,
            }),
            CaseForm::Answer { what, text, measures, .. } => Meant::Outer(OuterAct::Answer {
                issue,
                what: debt(what.as_deref().unwrap_or(Debt::Account.name()))?,
                text: required("text", &text)?,
                measures: measures.into_iter().map(measure).collect::<Result<_, _>>()?,
                attachments: self.attachments.clone(),
            }),
            CaseForm::Evidence { text, .. } => {
                let (text, attachments) = (required("text", &text)?, self.attachments.clone());
                Meant::Outer(OuterAct::Evidence { issue, text, attachments })
            }
            CaseForm::AskExtension { reason, by } => {
                Meant::Outer(OuterAct::AskExtension { issue, reason: required("reason", &reason)?, by: term(&by)? })
            }
            CaseForm::Extend { by, paper } => Meant::Extend { by: by.as_deref().map(term).transpose()?, text: paper },
            CaseForm::RefuseExtension { reason } => {
                Meant::Outer(OuterAct::RefuseExtension { issue, request: OPEN_ENTRY, reason })
            }
            CaseForm::Accept { shown } => {
                Meant::Outer(OuterAct::Accept { issue, answer, shown: looked_at(shown.as_deref())? })
            }
            CaseForm::SendBack { reason } => Meant::Outer(OuterAct::SendBack { issue, answer, reason }),
            CaseForm::Visit { on, means, findings, opinion } => Meant::Outer(OuterAct::Visit {
                issue,
                on: self.day(on.as_deref())?,
                means,
                findings,
                opinion: read_opinion(&opinion)?,
            }),
            CaseForm::Lift { reason, shown } => {
                let (reason, shown) = (required("reason", &reason)?, looked_at(shown.as_deref())?);
                Meant::Outer(OuterAct::Lift { issue, answer, visit: None, shown, reason })
            }
            CaseForm::Withdraw { reason } => Meant::Outer(OuterAct::Withdraw { issue, reason }),
            CaseForm::Object { text } => Meant::Outer(OuterAct::Object { issue, text: required("text", &text)? }),
            CaseForm::Rule { upheld, reason } => {
                Meant::Outer(OuterAct::Rule { issue, objection: OPEN_ENTRY, ruling: ruling(upheld), reason })
            }
            CaseForm::Escalate { level, when, .. } => {
                let case = self.linked.clone();
                Meant::Outer(OuterAct::Escalate { issue, to: to(level), when: condition(&when)?, case })
            }
            CaseForm::Refer => Meant::Outer(OuterAct::Refer { issue }),
            CaseForm::Tell { who, on, paper } => Meant::Outer(OuterAct::Tell {
                issue,
                who,
                paper: Some(paper).filter(|text| !text.trim().is_empty()).map(|text| self.unnumbered(text)),
                on: self.day(on.as_deref())?,
            }),
        })
    }

    /// The person an officer's certificate is of.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchOfficer`], [`Code::AmbiguousId`].
    pub(super) fn holder(&self, id: &str) -> Result<HolderId, DeskError> {
        super::super::check_prefix(id)?;
        let all = self.replica.charter().all();
        let mut found = all.filter(|(certificate, _)| super::super::is_prefix(id, &certificate.to_string()));
        match (found.next(), found.next()) {
            (Some((_, known)), None) => Ok(known.certificate.holder),
            (None, _) => Err(DeskError::new(Code::NoSuchOfficer).with("id", shortened(id))),
            _ => Err(DeskError::new(Code::AmbiguousId).with("value", shortened(id))),
        }
    }

    fn decide(&self, is_approved: bool, shown: Option<&str>, meeting: Option<MeetingForm>) -> Result<Meant, DeskError> {
        let meeting = meeting.map(|meeting| self.meeting(meeting)).transpose()?;
        let shown = looked_at(shown)?;
        Ok(Meant::Inner(InnerAct::Decide { proposal: OPEN_ENTRY, shown, is_approved, meeting }))
    }

    fn meeting(&self, form: MeetingForm) -> Result<Meeting, DeskError> {
        let present = form.present.into_iter().map(|one| {
            let holder = one.officer.map(|id| self.holder(&id)).transpose()?;
            Ok(Present { holder, role: one.role.map(|role| read_role(&role)).transpose()?, name: one.name })
        });
        let present = present.collect::<Result<_, DeskError>>()?;
        Ok(Meeting { on: self.day(form.on.as_deref())?, present, outcome: form.outcome })
    }

    fn interviewers(&self, forms: &[InterviewerForm]) -> Result<Vec<Interviewer>, DeskError> {
        let read = |form: &InterviewerForm| {
            Ok(Interviewer { holder: self.holder(&form.officer)?, role: read_role(&form.role)? })
        };
        forms.iter().map(read).collect()
    }

    /// A paper that has no form and number yet: none that a register allots.
    pub(super) fn unnumbered(&self, text: String) -> Paper {
        let number = SerialNumber { word: String::new(), year: 0, number: 0, series: self.case.clone() };
        Paper { form: String::new(), number, text }
    }

    /// A civil day; none: today.
    fn day(&self, text: Option<&str>) -> Result<Day, DeskError> {
        let today = || day_of(u64::try_from(self.now_s).unwrap_or(0));
        text.map_or_else(|| Ok(today()), read_day)
    }
}

fn settle(is_inner: bool, act: Option<String>, findings: String) -> Result<Meant, DeskError> {
    if let Some(act) = &act {
        super::super::check_prefix(act)?;
    }
    Ok(Meant::Settle { is_inner, act, findings })
}

fn term(text: &str) -> Result<Term, DeskError> {
    text.trim().parse().map_err(|_| DeskError::new(Code::BadTerm).with("value", shortened(text)))
}

fn read_terms(forms: &[TermForm]) -> Result<Vec<TermSet>, DeskError> {
    forms.iter().map(|form| Ok(TermSet { what: debt(&form.what)?, term: term(&form.term)? })).collect()
}

fn debt(text: &str) -> Result<Debt, DeskError> {
    let found = Debt::ALL.iter().find(|debt| debt.name() == text);
    found.copied().ok_or_else(|| bad_field("what"))
}

fn measure(form: MeasureForm) -> Result<Measure, DeskError> {
    Ok(Measure { what: required("measure", &form.what)?, who: form.who, by: read_day(&form.by)? })
}

fn read_role(text: &str) -> Result<Role, DeskError> {
    Role::from_name(text).ok_or_else(|| DeskError::new(Code::BadRole).with("value", shortened(text)))
}

fn read_opinion(text: &str) -> Result<Opinion, DeskError> {
    match text {
        "lift" => Ok(Opinion::Lift),
        "continue" => Ok(Opinion::Continue),
        "escalate" => Ok(Opinion::Escalate),
        _ => Err(bad_field("opinion")),
    }
}

fn condition(text: &str) -> Result<Condition, DeskError> {
    Condition::from_name(text).ok_or_else(|| bad_field("when"))
}

fn to(level: Option<u8>) -> To {
    level.map_or(To::Organisational, |level| To::Level(Level(level)))
}

fn ruling(upheld: bool) -> Ruling {
    if upheld { Ruling::Upheld } else { Ruling::Rejected }
}

fn looked_at(shown: Option<&str>) -> Result<Hash, DeskError> {
    let read = |text: &str| text.parse().map_err(|_| DeskError::new(Code::BadId).with("value", shortened(text)));
    shown.map_or(Ok(OPEN), read)
}

fn bad_field(name: &'static str) -> DeskError {
    DeskError::new(Code::BadField).with("field", name)
}
