//! Sharing 共享: what a centre lets one department of its own unit know of a report or a case, and what that answers.
//!
//! Nothing of a report or an inner file travels to a department. What is shared is said again, in a document homed at the
//! department that reaches up: the department and the centre it hangs on keep it, with those above who keep everything of the
//! centre anyway; no sibling and nobody below does. A department hangs on the centre directly, so that nobody stands
//! between ◇. Source: domain §2, the horizontal network; packs §1.5; architecture §4.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use thiserror::Error;

use super::{
    calendar::Day,
    case::{
        files_of,
        inner::Inner,
        law::{HANDLING, Officer, Taken},
        outer::Outer,
        permit::Seat,
        table::Stage,
    },
    report::{file::Report, table::ReportStage, triage::Triage},
    unit::UnitPath,
};
use crate::{
    limits::CASE_ACTS_MAX,
    record::{
        cbor,
        entry::{DocId, DocKey, EntryId, Hash, Kind},
    },
    trust::charter::{HolderId, Role},
};

/// What of a report or a proposal can be copied, by its name in the API and in text keys.
pub const COPIED: &[&str] = &["title", "account", "place", "happened", "amount", "category", "ground", "facts"];

/// Who answers for a department: its head is its reporter, where it has no centre of its own. Source: domain §3.
pub const RESPONDING: &[Role] = &[
    Role::REPORTER,
    Role::ANALYST,
    Role::DISCIPLINE_LEAD,
    Role::SECRETARY,
    Role::PARTY_COMMITTEE,
    Role::LEADING_GROUP,
];

/// A field as it was copied for the department.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Copied {
    /// Which, one of [`COPIED`].
    #[n(0)]
    pub field: String,
    /// What it says.
    #[n(1)]
    pub text: String,
}

/// What is shared.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Shared {
    /// The report, or the inner file of the case.
    #[n(0)]
    pub about: DocKey,
    /// What the department is to know, in the words chosen for it.
    #[n(1)]
    pub digest: String,
    /// Fields copied as they stand.
    #[n(2)]
    pub copied: Vec<Copied>,
    /// Why this department.
    #[n(3)]
    pub reason: String,
    /// What is asked of it; none: it is to know, not to answer.
    #[n(4)]
    pub question: Option<String>,
    /// The last day for answering.
    #[n(5)]
    pub respond_by: Option<Day>,
}

/// An act of a sharing. `shared` names the `Share` entry.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum ShareAct {
    /// 共享: the centre tells the department.
    #[n(0)]
    Share(#[n(0)] Box<Shared>),
    /// 反馈: the department answers.
    #[n(1)]
    Respond {
        /// To what.
        #[n(0)]
        shared: EntryId,
        /// What it found.
        #[n(1)]
        text: String,
    },
    /// 办结: the centre waits for no answer any more.
    #[n(2)]
    Close {
        /// Which.
        #[n(0)]
        shared: EntryId,
        /// Why.
        #[n(1)]
        reason: String,
    },
}

/// Something shared, with what came of it.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The act.
    pub step: Taken<'a, ShareAct>,
    /// What it says.
    pub shared: &'a Shared,
    /// What was answered, in order.
    pub responses: Vec<Taken<'a, ShareAct>>,
    /// By which the centre ended it.
    pub closed: Option<Taken<'a, ShareAct>>,
}

/// A sharing, folded.
#[derive(Clone, Default, Debug)]
pub struct Sharing<'a> {
    /// What was shared, in order.
    pub told: Vec<Told<'a>>,
    /// Acts without effect, and why.
    pub refused: BTreeMap<EntryId, ShareRefusal>,
    taken: usize,
}

/// Why something may not be shared or answered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum ShareRefusal {
    /// Not the centre of the unit the department hangs on, or no role there that handles reports and cases.
    #[error("this is done by the handling body of the unit the department belongs to")]
    NotTheCentre,
    /// Not a department right below.
    #[error("the matter can be shared with a department of the unit itself only")]
    NotADepartment,
    /// Not an officer of the department who answers for it.
    #[error("this is done by an officer of the department it was shared with")]
    NotTheDepartment,
    /// Neither a report kept here nor a case of this unit.
    #[error("this is neither a report of the unit or below nor a case of the unit")]
    NotShareable,
    /// Nothing is written where something must be.
    #[error("something has to be said in writing")]
    NothingWritten,
    /// A field that is not copied, or one twice.
    #[error("a field is copied that there is not, or twice")]
    BadField,
    /// A last day for answering where nothing is asked.
    #[error("nothing is asked, so nothing is due")]
    NothingAsked,
    /// The act names nothing that was shared, or what is closed.
    #[error("this was not shared, or is closed")]
    NoSuchSharing,
    /// More acts than the document takes.
    #[error("the document is full")]
    Full,
    /// Not the document of this matter and department. Refused when written only.
    #[error("what is shared about this matter stands in another document")]
    OtherDocument,
    /// The report does not lie with this unit, taken up; the case is not under way. Refused when written only.
    #[error("the matter does not lie with this unit")]
    NotHeld,
    /// A lead was handed over: nothing more is said of it. Refused when written only.
    #[error("of a lead nothing is said")]
    Lead,
    /// It concerns the department or somebody of it. Refused when written only.
    #[error("the matter concerns the department or somebody of it")]
    ConcernsDepartment,
    /// It concerns who acts, or they were recused. Refused when written only.
    #[error("nobody acts in what concerns themselves")]
    Concerned,
    /// The last day has gone by. Refused when written only.
    #[error("the last day for answering has gone by")]
    AlreadyOver,
}

/// What the writer's node knows of the matter.
#[derive(Clone, Copy)]
pub enum Matter<'w> {
    /// A report, and its triage at this unit if that was opened.
    Report(&'w Report<'w>, Option<&'w Triage<'w>>),
    /// A case, and its outer file if a warning was given.
    Case(&'w Inner<'w>, Option<&'w Outer<'w>>),
}

/// The document in which a matter is shared with a department: it follows from both, so that there is one.
#[must_use]
pub fn sharing_of(about: &DocKey, department: &UnitPath) -> DocKey {
    let parts = [cbor::encode(about), cbor::encode(department)];
    let hash = Hash::of_parts("fangwei sharing 1", parts.iter().map(Vec::as_slice));
    let mut id = [0; 16];
    id.iter_mut().zip(hash.as_slice()).for_each(|(to, from)| *to = *from);
    DocKey { scope: files_of(department), kind: Kind::SHARING, doc: DocId(id) }
}

impl ShareRefusal {
    /// Its name in the API and in text keys.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ShareRefusal::NotTheCentre => "share_not_the_centre",
            ShareRefusal::NotADepartment => "share_not_a_department",
            ShareRefusal::NotTheDepartment => "share_not_the_department",
            ShareRefusal::NotShareable => "share_not_shareable",
            ShareRefusal::NothingWritten => "nothing_written",
            ShareRefusal::BadField => "share_bad_field",
            ShareRefusal::NothingAsked => "share_nothing_asked",
            ShareRefusal::NoSuchSharing => "no_such_sharing",
            ShareRefusal::Full => "file_full",
            ShareRefusal::OtherDocument => "share_other_document",
            ShareRefusal::NotHeld => "share_not_held",
            ShareRefusal::Lead => "share_lead",
            ShareRefusal::ConcernsDepartment => "share_concerns_department",
            ShareRefusal::Concerned => "concerned",
            ShareRefusal::AlreadyOver => "share_already_over",
        }
    }
}

impl ShareAct {
    /// Its name in the API and in text keys.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            ShareAct::Share(_) => "share",
            ShareAct::Respond { .. } => "respond",
            ShareAct::Close { .. } => "close_sharing",
        }
    }

    /// Whether the department does it: all else is done for the centre.
    #[must_use]
    pub fn is_of_department(&self) -> bool {
        matches!(self, ShareAct::Respond { .. })
    }

    /// What can be redacted of it, in order.
    pub fn texts(&mut self) -> Vec<&mut String> {
        match self {
            ShareAct::Share(shared) => {
                let Shared { digest, copied, reason, question, .. } = &mut **shared;
                let copied = copied.iter_mut().map(|copied| &mut copied.text);
                [digest].into_iter().chain(copied).chain([reason]).chain(question).collect()
            }
            ShareAct::Respond { text, .. } => vec![text],
            ShareAct::Close { reason, .. } => vec![reason],
        }
    }
}

impl Told<'_> {
    /// Whether the department still has to answer.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.shared.question.is_some() && self.responses.is_empty() && self.closed.is_none()
    }
}

impl<'a> Sharing<'a> {
    /// Folds valid acts in causal order.
    pub fn fold(document: &DocKey, acts: impl IntoIterator<Item = Taken<'a, ShareAct>>) -> Sharing<'a> {
        let mut sharing = Sharing::default();
        for step in acts {
            match sharing.may(document, &step.by, step.act) {
                Err(refusal) => drop(sharing.refused.insert(step.id, refusal)),
                Ok(()) => sharing.take(step),
            }
        }
        sharing
    }

    /// Whether an act may be taken now: asked before writing, and by the fold. The document alone decides.
    ///
    /// # Errors
    ///
    /// [`ShareRefusal`], but those that are refused when written only.
    pub fn may(&self, document: &DocKey, by: &Officer<'_>, act: &ShareAct) -> Result<(), ShareRefusal> {
        let department = &document.scope.home;
        unless(self.taken < CASE_ACTS_MAX, ShareRefusal::Full)?;
        if act.is_of_department() {
            unless(by.unit == department && by.has_any(RESPONDING), ShareRefusal::NotTheDepartment)?;
        } else {
            unless(department.is_department(), ShareRefusal::NotADepartment)?;
            let is_its = department.parent().as_ref() == Some(by.unit) && by.has_any(HANDLING);
            unless(is_its, ShareRefusal::NotTheCentre)?;
        }
        match act {
            ShareAct::Share(shared) => of_shared(shared, document, by.unit),
            ShareAct::Respond { shared, text } | ShareAct::Close { shared, reason: text } => {
                let stands = |told: &Told<'_>| told.step.id == *shared && told.closed.is_none();
                unless(self.told.iter().any(stands), ShareRefusal::NoSuchSharing)?;
                unless(!text.trim().is_empty(), ShareRefusal::NothingWritten)
            }
        }
    }

    /// What all of it is about.
    #[must_use]
    pub fn about(&self) -> Option<&'a DocKey> {
        self.told.first().map(|told| &told.shared.about)
    }

    fn take(&mut self, step: Taken<'a, ShareAct>) {
        self.taken += 1;
        match step.act {
            ShareAct::Share(shared) => {
                self.told.push(Told { step, shared, responses: Vec::new(), closed: None });
            }
            ShareAct::Respond { shared, .. } => {
                self.of(shared).for_each(|told| told.responses.push(step));
            }
            ShareAct::Close { shared, .. } => self.of(shared).for_each(|told| told.closed = Some(step)),
        }
    }

    fn of(&mut self, shared: &EntryId) -> impl Iterator<Item = &mut Told<'a>> {
        self.told.iter_mut().filter(move |told| told.step.id == *shared)
    }
}

/// Whether a matter may be shared by an officer with a department today: what is asked beyond the fold, before it is
/// signed. None of this decides what is received, for the department keeps neither report nor case.
///
/// # Errors
///
/// The refusals of [`ShareRefusal`] that are refused when written only.
pub fn may_share(
    shared: &Shared,
    matter: Matter<'_>,
    department: &UnitPath,
    by: &Officer<'_>,
    bench: &[Seat],
    today: Day,
) -> Result<(), ShareRefusal> {
    let (unit, people, is_out) = match matter {
        Matter::Report(report, triage) => {
            let is_lead = triage.is_some_and(|triage| triage.stage == ReportStage::Left);
            unless(!is_lead, ShareRefusal::Lead)?;
            let is_held = matches!(report.stage, ReportStage::Accepted | ReportStage::Replied);
            unless(is_held && report.lies_with == Some(by.unit), ShareRefusal::NotHeld)?;
            let concerned = report.concerned();
            let is_out = concerned.is_some_and(|concerned| concerned.concerns(&by.holder))
                || triage.is_some_and(|triage| triage.is_out(&by.holder));
            let people: BTreeSet<HolderId> = concerned.and_then(|concerned| concerned.holder).into_iter().collect();
            (concerned.map(|concerned| &concerned.unit), people, is_out)
        }
        Matter::Case(inner, outer) => {
            let stages = [Some(inner.stage), outer.map(|outer| outer.stage)];
            unless(!stages.contains(&Some(Stage::Referred)), ShareRefusal::Lead)?;
            let proposal = inner.proposed().ok_or(ShareRefusal::NotHeld)?;
            let people = bench.iter().map(|seat| seat.holder).filter(|holder| proposal.subject.concerns(holder));
            (Some(proposal.subject.unit()), people.collect(), inner.is_out(&by.holder))
        }
    };
    unless(!is_out, ShareRefusal::Concerned)?;
    let sits_there = |seat: &Seat| people.contains(&seat.holder) && department.contains(&seat.unit);
    let is_theirs = unit.is_some_and(|unit| department.contains(unit)) || bench.iter().any(sits_there);
    unless(!is_theirs, ShareRefusal::ConcernsDepartment)?;
    unless(shared.respond_by.is_none_or(|day| day >= today), ShareRefusal::AlreadyOver)
}

/// What is wrong with something shared, whoever keeps it.
fn of_shared(shared: &Shared, document: &DocKey, centre: &UnitPath) -> Result<(), ShareRefusal> {
    let about = &shared.about;
    let is_its = match about.kind {
        Kind::REPORT => centre.contains(&about.scope.home),
        Kind::CASE_INNER => about.scope.home == *centre,
        _ => false,
    };
    unless(is_its && about.scope == files_of(&about.scope.home), ShareRefusal::NotShareable)?;
    unless(sharing_of(about, &document.scope.home) == *document, ShareRefusal::OtherDocument)?;
    let fields: BTreeSet<&str> = shared.copied.iter().map(|copied| copied.field.as_str()).collect();
    let are_known = fields.iter().all(|field| COPIED.contains(field));
    unless(are_known && fields.len() == shared.copied.len(), ShareRefusal::BadField)?;
    let texts = [Some(&shared.digest), Some(&shared.reason), shared.question.as_ref()];
    unless(texts.into_iter().flatten().all(|text| !text.trim().is_empty()), ShareRefusal::NothingWritten)?;
    unless(shared.question.is_some() || shared.respond_by.is_none(), ShareRefusal::NothingAsked)
}

/// Says no unless.
fn unless(holds: bool, why: ShareRefusal) -> Result<(), ShareRefusal> {
    if holds { Ok(()) } else { Err(why) }
}

#[cfg(test)]
pub(crate) mod tests;
