//! What is said about a report: the acts of its own document, at the reporting unit, and those of its triage, at the unit
//! that decides.
//!
//! The report itself is one signed act that holds every field, so that what was filed stays what it was; the fields that
//! are edited before are its draft. What the reporting unit may know stands in the report; what was made of it stands in
//! the triage, which never goes to the reporter's or the subject's unit. Source: domain §6, architecture §4.

use minicbor::{Decode, Encode};

use crate::{
    record::entry::{DocKey, EntryId, Hash},
    trust::charter::HolderId,
    work::{attachment::Attachment, case::act::SerialNumber, pack::published::PackName, unit::UnitPath},
};

/// From whom it comes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Origin {
    /// The officer who files it found it.
    #[n(0)]
    Officer,
    /// 实名: somebody who gives a name.
    #[n(1)]
    Named {
        /// Who, and how to reach them.
        #[n(0)]
        who: String,
    },
    /// 匿名: nothing is known of them but a code with which they can read the reply and add to it.
    #[n(2)]
    Anonymous {
        /// Of the receipt code.
        #[n(0)]
        code: Hash,
    },
    /// 特邀: the invited reporter who signs it; known at home and above only.
    #[n(3)]
    Invited,
    /// Passed on by another unit, which keeps what it had: who reported there is not said.
    #[n(4)]
    PassedOn,
}

/// Whom or what it is about.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Concerned {
    /// The unit.
    #[n(0)]
    pub unit: UnitPath,
    /// The post, if one; may be empty.
    #[n(1)]
    pub post: String,
    /// The person, if an officer.
    #[n(2)]
    pub holder: Option<HolderId>,
    /// Whether that is the unit's head, or one of its leading group.
    #[n(3)]
    pub is_head: bool,
}

/// A report as it is filed: the form 预警信息登记表.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Filed {
    /// Its number, of the reporting unit's register.
    #[n(0)]
    pub number: SerialNumber,
    /// The unit that is to take it up: the reporting unit or one above.
    #[n(1)]
    pub to: UnitPath,
    /// The rules that say which categories and sources there are.
    #[n(2)]
    pub rules: PackName,
    /// The category of information.
    #[n(3)]
    pub category: u8,
    /// The source, by the pack's id.
    #[n(4)]
    pub source: String,
    /// From whom.
    #[n(5)]
    pub origin: Origin,
    /// About whom, where it is about somebody.
    #[n(6)]
    pub concerned: Option<Concerned>,
    /// What it is about, in a line.
    #[n(7)]
    pub title: String,
    /// What happened.
    #[n(8)]
    pub account: String,
    /// When: seconds since 1970 UTC.
    #[n(9)]
    pub happened_s: Option<i64>,
    /// Where; may be empty.
    #[n(10)]
    pub place: String,
    /// The amount in fen, if money.
    #[n(11)]
    pub amount_fen: Option<i64>,
    /// Whether it cannot wait.
    #[n(12)]
    pub is_urgent: bool,
    /// What comes with it.
    #[n(13)]
    pub attachments: Vec<Attachment>,
}

/// An act of a report's own document. `filed` names the `File` entry, everywhere.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum ReportAct {
    /// 报送: the report, whole.
    #[n(0)]
    File(#[n(0)] Box<Filed>),
    /// 退补: something is missing.
    #[n(1)]
    AskBack {
        /// The report.
        #[n(0)]
        filed: EntryId,
        /// What.
        #[n(1)]
        question: String,
    },
    /// 补充: more about it, asked for or not.
    #[n(2)]
    Supplement {
        /// The report.
        #[n(0)]
        filed: EntryId,
        /// The question it answers, if one.
        #[n(1)]
        question: Option<EntryId>,
        /// What is added.
        #[n(2)]
        text: String,
        /// What comes with it.
        #[n(3)]
        attachments: Vec<Attachment>,
    },
    /// 受理: it is taken up.
    #[n(3)]
    Accept {
        /// The report.
        #[n(0)]
        filed: EntryId,
    },
    /// 转办: another unit takes it up.
    #[n(4)]
    PassOn {
        /// The report.
        #[n(0)]
        filed: EntryId,
        /// Which.
        #[n(1)]
        to: UnitPath,
        /// The report as that unit has it, where it does not keep this one: where it does not stand above the reporting
        /// unit.
        #[n(2)]
        copy: Option<DocKey>,
    },
    /// 撤回: its author takes it back.
    #[n(5)]
    Withdraw {
        /// The report.
        #[n(0)]
        filed: EntryId,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// 答复: what whoever reported is told.
    #[n(6)]
    Reply {
        /// The report.
        #[n(0)]
        filed: EntryId,
        /// That it was used or not, and why, as far as they may know.
        #[n(1)]
        text: String,
    },
}

/// What becomes of a report. Source: domain §6.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Outcome {
    /// 不实、无实质内容: nothing in it.
    #[n(0)]
    NoSubstance,
    /// 重复: what another one says.
    #[n(1)]
    Duplicate {
        /// The triage of that.
        #[n(0)]
        of: DocKey,
    },
    /// 案件线索: an offence already. It leaves the warning system; only that it was handed over stays.
    #[n(2)]
    Lead,
    /// 预警: a case is opened.
    #[n(3)]
    Warning {
        /// Its inner file.
        #[n(0)]
        case: DocKey,
    },
}

/// An act of a triage.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum TriageAct {
    /// Begins the triage of a report that was accepted.
    #[n(0)]
    Open {
        /// The report.
        #[n(0)]
        report: DocKey,
        /// Its `File` entry.
        #[n(1)]
        filed: EntryId,
        /// Whom it is about, as filed: none of them decides here.
        #[n(2)]
        concerned: Option<Concerned>,
    },
    /// 分流: what becomes of it.
    #[n(1)]
    Decide {
        /// The `Open` entry.
        #[n(0)]
        opened: EntryId,
        /// What.
        #[n(1)]
        outcome: Outcome,
        /// Why. Of a lead nothing is said.
        #[n(2)]
        reason: String,
    },
    /// Looks at it again: something was added, or the outcome was wrong.
    #[n(2)]
    Reopen {
        /// The `Decide` entry.
        #[n(0)]
        decided: EntryId,
        /// Why.
        #[n(1)]
        reason: String,
    },
    /// 转办: it is another unit's; the report says so to the reporting unit.
    #[n(3)]
    PassOn {
        /// The `Open` entry.
        #[n(0)]
        opened: EntryId,
        /// Whose.
        #[n(1)]
        to: UnitPath,
        /// Why.
        #[n(2)]
        reason: String,
    },
    /// 回避: somebody is concerned and takes no part from here on.
    #[n(4)]
    Recuse {
        /// Who.
        #[n(0)]
        holder: HolderId,
        /// Why.
        #[n(1)]
        reason: String,
    },
}

impl Concerned {
    /// Whether a unit must not take the matter up: it is about the unit itself or its head. Source: domain §6.
    #[must_use]
    pub fn is_about(&self, unit: &UnitPath) -> bool {
        self.unit == *unit && (self.post.trim().is_empty() || self.is_head)
    }

    /// Whether it is about this person.
    #[must_use]
    pub fn concerns(&self, who: &HolderId) -> bool {
        self.holder.as_ref() == Some(who)
    }
}

impl ReportAct {
    /// Whether who reports does it: all else is done for the unit it lies with.
    #[must_use]
    pub fn is_of_reporter(&self) -> bool {
        matches!(self, ReportAct::File(_) | ReportAct::Supplement { .. } | ReportAct::Withdraw { .. })
    }

    /// What can be redacted of it, in order.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            ReportAct::File(filed) => {
                let Filed { origin, concerned, title, account, place, attachments, .. } = &mut **filed;
                let who = match origin {
                    Origin::Named { who } => Some(who),
                    _ => None,
                };
                let post = concerned.iter_mut().map(|concerned| &mut concerned.post);
                let names = attachments.iter_mut().map(|attachment| &mut attachment.name);
                who.into_iter().chain(post).chain([title, account, place]).chain(names).collect()
            }
            ReportAct::AskBack { question, .. } => vec![question],
            ReportAct::Supplement { text, attachments, .. } => {
                [text].into_iter().chain(attachments.iter_mut().map(|attachment| &mut attachment.name)).collect()
            }
            ReportAct::Withdraw { reason, .. } => vec![reason],
            ReportAct::Reply { text, .. } => vec![text],
            ReportAct::Accept { .. } | ReportAct::PassOn { .. } => Vec::new(),
        }
    }
}

impl TriageAct {
    /// What can be redacted of it, in order.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            TriageAct::Open { concerned, .. } => concerned.iter_mut().map(|concerned| &mut concerned.post).collect(),
            TriageAct::Decide { reason, .. }
            | TriageAct::Reopen { reason, .. }
            | TriageAct::PassOn { reason, .. }
            | TriageAct::Recuse { reason, .. } => vec![reason],
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
