//! The one table of a case's life: at which stage who may do what, on which conditions, and what comes of it.
//!
//! The permit asked before writing and the fold of what was received both go by it, so that they cannot differ. What a
//! county may set otherwise is not here: rows say «who decides the level», and the pack says who that is. Source: domain
//! §7, packs §1 and §2; ◇ marks our own defaults.

use super::deed::CaseDeed;

/// Where a case stands, as far as one of its files shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// The file is not begun, or its paper was cancelled.
    Blank,
    /// Proposed, not decided.
    Proposed,
    /// Sent back to the proposer.
    Returned,
    /// Taken back by the proposer.
    Dropped,
    /// Decided: a warning is given.
    Approved,
    /// Decided: none is given.
    Dismissed,
    /// The decision was taken back.
    Rescinded,
    /// Handed over as a lead.
    Referred,
    /// The warning is given.
    Issued,
    /// The subject has it.
    Delivered,
    /// An answer waits to be looked at.
    Answered,
    /// The answer is accepted; what it promises is carried out.
    Rectifying,
    /// Visited or checked.
    Visited,
    /// Lifted.
    Lifted,
    /// Taken back, by who gave it or on an objection.
    Withdrawn,
    /// Goes on as another case or in organisational handling.
    Escalated,
}

/// Who may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Who {
    /// An analyst of the deciding unit's centre.
    Proposer,
    /// The very person who proposed.
    OwnProposer,
    /// Who decides the level in this way, at the deciding unit.
    Decider,
    /// The handling body: the deciding unit's centre and those who decide there.
    Handling,
    /// Who is concerned speaks for themselves, a secretary or the party committee of anybody.
    SelfOrSecretary,
    /// Who lifts the level, at the deciding unit.
    Lifter,
    /// Who approves extensions of the level, at the deciding unit.
    Approver,
    /// Who answers objections of the level, at the deciding unit or above.
    ObjectionBody,
    /// The person warned, or an officer of the unit warned.
    Subject,
}

/// A condition. Each has its own refusal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// Pack, version and level are known, and the ground is one of the level.
    Ground,
    /// A ground that asks for a reason has one.
    GroundReason,
    /// The way is one of the level and for this ground.
    Way,
    /// The pack foresees warnings to such a subject.
    SubjectForeseen,
    /// The subject is managed by the deciding unit: 干部管理权限.
    Managed,
    /// The outer file stands at the subject's unit.
    SubjectHere,
    /// The matter does not concern who acts, and they have not recused themselves.
    NotConcerned,
    /// What has to be said in words is said.
    Written,
    /// The proposal that stands is named.
    ThisProposal,
    /// Somebody else proposed.
    NotProposer,
    /// What was signed is what is there.
    AsShown,
    /// A collective decision has its record: date, two or more present and not concerned, outcome.
    Meeting,
    /// Everybody the level is decided together with took part.
    Together,
    /// The decision that stands is named.
    ThisDecision,
    /// Somebody else decided.
    NotDecider,
    /// The level can be carried up to this on this condition.
    Escalates,
    /// A case of a higher level is named, or none where it goes outside.
    Linked,
    /// What is linked may be known of where the file is read.
    LinkOpen,
    /// As many interviewers as the pack asks for, none of whom it concerns.
    Interviewers,
    /// The main interviewer is of the right standing.
    MainInterviewer,
    /// The paper is by the form the way asks for, with a number.
    PaperFits,
    /// A number that was cancelled here is not used again.
    NumberNew,
    /// The terms left to whoever issues are set, and no others.
    Terms,
    /// The warning that stands is named.
    ThisWarning,
    /// There is no answer yet.
    Unanswered,
    /// No delivery is recorded yet.
    NotDelivered,
    /// No receipt is confirmed yet.
    NotReceived,
    /// The way has an interview, and the notice is in its form.
    InterviewForm,
    /// The way has an interview, and a notice that stands is named, where one is called in writing.
    ThisNotice,
    /// An answer about measures names some.
    Measures,
    /// It has not been extended yet.
    NotExtended,
    /// Nothing asked is unanswered.
    NothingAsked,
    /// The request that stands is named.
    ThisRequest,
    /// The level can be extended, and it is not more than may be given in all.
    WithinMost,
    /// It is by the form of extensions.
    ExtensionForm,
    /// The last answer is named.
    LastAnswer,
    /// Somebody else answered.
    NotAnswerer,
    /// It is said how the visit was made.
    Means,
    /// Where the level asks for a visit or check, the last one is named and thinks the warning can be lifted.
    VisitDone,
    /// No objection was made yet.
    NotObjected,
    /// The objection that stands is named.
    ThisObjection,
    /// Somebody else signed the warning.
    NotIssuer,
    /// The level has this body told, by this form.
    Told,
    /// What is settled crossed here, or stands here.
    Crossed,
    /// Somebody else did what is without effect, or should be.
    NotItsAuthor,
}

/// What comes of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Then {
    /// The stage stays.
    Stay,
    /// The case comes to this stage.
    Go(Stage),
}

/// One row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// What is done …
    pub deed: CaseDeed,
    /// … at one of these stages …
    pub at: &'static [Stage],
    /// … by whom …
    pub who: Who,
    /// … on which conditions, in the order in which they are asked …
    pub needs: &'static [Need],
    /// … and what comes of it.
    pub then: Then,
    /// Where that is written.
    pub source: &'static str,
}

const fn row(
    deed: CaseDeed,
    at: &'static [Stage],
    who: Who,
    needs: &'static [Need],
    then: Then,
    source: &'static str,
) -> Row {
    Row { deed, at, who, needs, then, source }
}

use CaseDeed as Do;
use Need::*;
use Stage::*;
use Then::{Go, Stay};

/// Stages at which a warning stands and is worked on.
const LIVE: &[Stage] = &[Issued, Delivered, Answered, Rectifying, Visited];
/// The same, but for the first: the subject has it.
const HELD: &[Stage] = &[Delivered, Answered, Rectifying, Visited];
/// Stages at which a warning counts, although it may have ended.
const COUNTS: &[Stage] = &[Issued, Delivered, Answered, Rectifying, Visited, Lifted, Escalated];
const BEFORE_PAPER: &[Stage] = &[Proposed, Returned, Approved];
const ANY_INNER: &[Stage] = &[Proposed, Returned, Dropped, Approved, Dismissed, Rescinded, Referred];
const ANY_OUTER: &[Stage] = &[Issued, Delivered, Answered, Rectifying, Visited, Lifted, Withdrawn, Escalated, Referred];
/// The same, and after a paper was cancelled.
const EVER_ISSUED: &[Stage] =
    &[Blank, Issued, Delivered, Answered, Rectifying, Visited, Lifted, Withdrawn, Escalated, Referred];
const DECIDES: &[Need] = &[ThisProposal, NotProposer, NotConcerned, AsShown, Meeting, Together];
const SETTLES: &[Need] = &[NotConcerned, Crossed, NotItsAuthor, Written];
const RULES_ON: &[Need] = &[ThisWarning, ThisObjection, NotIssuer, NotConcerned, Written];

/// The whole life. At each stage a deed has at most one row.
pub const TABLE: &[Row] = &[
    // The inner file.
    row(
        Do::Propose,
        &[Blank, Returned],
        Who::Proposer,
        &[Ground, GroundReason, Way, SubjectForeseen, Managed, NotConcerned, Written],
        Go(Proposed),
        "domain §7, §2; packs §1.1, §1.2",
    ),
    row(
        Do::Return,
        &[Proposed],
        Who::Decider,
        &[ThisProposal, NotProposer, NotConcerned, Written],
        Go(Returned),
        "domain §7",
    ),
    row(Do::Drop, &[Proposed, Returned], Who::OwnProposer, &[ThisProposal], Go(Dropped), "domain §7 ◇"),
    row(Do::Recuse, BEFORE_PAPER, Who::SelfOrSecretary, &[Written], Stay, "domain §3"),
    row(Do::Approve, &[Proposed], Who::Decider, DECIDES, Go(Approved), "domain §7, §3; packs §1.1, §2"),
    row(Do::Dismiss, &[Proposed], Who::Decider, DECIDES, Go(Dismissed), "domain §7, §3 ◇"),
    row(
        Do::Plan,
        &[Proposed, Approved],
        Who::Handling,
        &[ThisProposal, NotConcerned, Written, Interviewers, MainInterviewer],
        Stay,
        "packs §1.3",
    ),
    row(
        Do::Rescind,
        &[Approved],
        Who::Decider,
        &[ThisDecision, NotConcerned, Written, Meeting],
        Go(Rescinded),
        "domain §7 ◇",
    ),
    row(Do::ReferProposal, BEFORE_PAPER, Who::Handling, &[NotConcerned, Written], Go(Referred), "packs §1.4"),
    row(
        Do::Deliberate,
        &[Approved],
        Who::ObjectionBody,
        &[NotDecider, NotConcerned, Written],
        Stay,
        "domain §7; packs §1.4",
    ),
    row(
        Do::Raise,
        &[Approved],
        Who::Handling,
        &[NotConcerned, Escalates, Linked, Written],
        Stay,
        "domain §7; packs §1.4, §2",
    ),
    row(Do::Note, ANY_INNER, Who::Handling, &[], Stay, "packs §1.4"),
    row(Do::SettleInner, ANY_INNER, Who::Handling, SETTLES, Stay, "domain §7 ◇; architecture §3"),
    // The outer file.
    row(
        Do::Issue,
        &[Blank],
        Who::Decider,
        &[Ground, Way, SubjectForeseen, SubjectHere, Managed, NotConcerned, PaperFits, NumberNew, Terms],
        Go(Issued),
        "domain §7, §2; packs §1.1, §2",
    ),
    row(
        Do::Cancel,
        &[Issued, Delivered],
        Who::Decider,
        &[ThisWarning, Unanswered, NotConcerned, Written],
        Go(Blank),
        "domain §7 ◇",
    ),
    row(Do::Deliver, &[Issued], Who::Handling, &[ThisWarning], Go(Delivered), "domain §7"),
    row(Do::Deliver, HELD, Who::Handling, &[ThisWarning, NotDelivered], Stay, "domain §7"),
    row(Do::Receive, &[Issued], Who::Subject, &[ThisWarning], Go(Delivered), "domain §7"),
    row(Do::Receive, HELD, Who::Subject, &[ThisWarning, NotReceived], Stay, "domain §7"),
    row(
        Do::Notice,
        LIVE,
        Who::Handling,
        &[ThisWarning, NotConcerned, InterviewForm, Interviewers, MainInterviewer],
        Stay,
        "packs §1.3",
    ),
    row(
        Do::Interview,
        &[Issued],
        Who::Handling,
        &[ThisWarning, NotConcerned, ThisNotice, Interviewers, MainInterviewer, Written, Terms],
        Go(Delivered),
        "packs §1.3",
    ),
    row(
        Do::Interview,
        HELD,
        Who::Handling,
        &[ThisWarning, NotConcerned, ThisNotice, Interviewers, MainInterviewer, Written, Terms],
        Stay,
        "packs §1.3",
    ),
    row(Do::Answer, LIVE, Who::Subject, &[ThisWarning, Written, Measures], Go(Answered), "domain §7; packs §1.1"),
    row(Do::Evidence, LIVE, Who::Subject, &[ThisWarning, Written], Stay, "domain §7"),
    row(
        Do::AskExtension,
        LIVE,
        Who::Subject,
        &[ThisWarning, NotExtended, NothingAsked, WithinMost, Written],
        Stay,
        "packs §1.1",
    ),
    row(
        Do::Extend,
        LIVE,
        Who::Approver,
        &[ThisWarning, NotConcerned, NotExtended, ThisRequest, WithinMost, ExtensionForm],
        Stay,
        "packs §1.1",
    ),
    row(
        Do::RefuseExtension,
        LIVE,
        Who::Approver,
        &[ThisWarning, NotConcerned, ThisRequest, Written],
        Stay,
        "packs §1.1",
    ),
    row(
        Do::Accept,
        &[Answered],
        Who::Handling,
        &[ThisWarning, LastAnswer, NotAnswerer, NotConcerned, AsShown],
        Go(Rectifying),
        "packs §1.1, §1.4",
    ),
    row(
        Do::SendBack,
        &[Answered],
        Who::Handling,
        &[ThisWarning, LastAnswer, NotAnswerer, NotConcerned, Written],
        Go(Delivered),
        "packs §1.4 ◇",
    ),
    row(
        Do::Visit,
        &[Rectifying, Visited],
        Who::Handling,
        &[ThisWarning, NotConcerned, Means, Written],
        Go(Visited),
        "packs §1.4",
    ),
    row(
        Do::Lift,
        &[Answered, Rectifying, Visited],
        Who::Lifter,
        &[ThisWarning, LastAnswer, NotAnswerer, NotConcerned, VisitDone, AsShown],
        Go(Lifted),
        "domain §7; packs §1.1, §2",
    ),
    row(Do::Withdraw, LIVE, Who::Decider, &[ThisWarning, NotConcerned, Written], Go(Withdrawn), "domain §7 ◇"),
    row(Do::Object, COUNTS, Who::Subject, &[ThisWarning, NotObjected, Written], Stay, "packs §1.4"),
    row(Do::Uphold, COUNTS, Who::ObjectionBody, RULES_ON, Go(Withdrawn), "domain §7; packs §1.4"),
    row(Do::Reject, COUNTS, Who::ObjectionBody, RULES_ON, Stay, "domain §7; packs §1.4"),
    row(
        Do::Escalate,
        LIVE,
        Who::Handling,
        &[ThisWarning, NotConcerned, Escalates, Linked],
        Go(Escalated),
        "packs §1.4, §2",
    ),
    row(
        Do::Escalate,
        &[Lifted],
        Who::Handling,
        &[ThisWarning, NotConcerned, Escalates, Linked],
        Stay,
        "domain §7: also after closing",
    ),
    row(Do::Refer, LIVE, Who::Handling, &[ThisWarning, NotConcerned], Go(Referred), "packs §1.4"),
    row(Do::Tell, COUNTS, Who::Handling, &[ThisWarning, Told], Stay, "packs §1.1"),
    row(Do::Link, ANY_OUTER, Who::Handling, &[ThisWarning, LinkOpen], Stay, "packs §1.4; architecture §4"),
    row(Do::Settle, EVER_ISSUED, Who::Handling, SETTLES, Stay, "domain §7 ◇; architecture §3, §6"),
];

impl Stage {
    /// Every stage.
    pub const ALL: &[Stage] = &[
        Blank, Proposed, Returned, Dropped, Approved, Dismissed, Rescinded, Referred, Issued, Delivered, Answered,
        Rectifying, Visited, Lifted, Withdrawn, Escalated,
    ];

    /// Its name in the API and in text keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Blank => "blank",
            Proposed => "proposed",
            Returned => "returned",
            Dropped => "dropped",
            Approved => "approved",
            Dismissed => "dismissed",
            Rescinded => "rescinded",
            Referred => "referred",
            Issued => "issued",
            Delivered => "delivered",
            Answered => "answered",
            Rectifying => "rectifying",
            Visited => "visited",
            Lifted => "lifted",
            Withdrawn => "withdrawn",
            Escalated => "escalated",
        }
    }

    /// Whether nothing more has to be done in the case, but for an objection that may still come.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Dropped | Dismissed | Rescinded | Referred | Lifted | Withdrawn | Escalated)
    }
}

impl Then {
    /// The stage after it.
    #[must_use]
    pub fn from(self, stage: Stage) -> Stage {
        match self {
            Stay => stage,
            Go(next) => next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_each_stage_a_deed_has_at_most_one_row() {
        for deed in CaseDeed::ALL {
            let rows: Vec<&Row> = TABLE.iter().filter(|row| row.deed == *deed).collect();
            assert!(!rows.is_empty(), "{deed:?}");
            for stage in Stage::ALL {
                let count = rows.iter().filter(|row| row.at.contains(stage)).count();
                assert!(count <= 1, "{deed:?} at {stage:?}");
            }
        }
    }

    #[test]
    fn every_row_says_where_it_is_written_and_repeats_nothing() {
        for row in TABLE {
            assert!(row.source.contains("domain §") || row.source.contains("packs §"), "{row:?}");
            for (at, need) in row.needs.iter().enumerate() {
                assert!(!row.needs[at + 1..].contains(need), "{row:?}");
            }
            for (at, stage) in row.at.iter().enumerate() {
                assert!(!row.at[at + 1..].contains(stage), "{row:?}");
            }
        }
    }

    #[test]
    fn deeds_and_stages_have_names_of_their_own() {
        let deeds: std::collections::BTreeSet<&str> = CaseDeed::ALL.iter().map(|deed| deed.name()).collect();
        assert_eq!(deeds.len(), CaseDeed::ALL.len());
        let stages: std::collections::BTreeSet<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        assert_eq!(stages.len(), Stage::ALL.len());
        assert!(CaseDeed::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
