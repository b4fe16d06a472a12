//! The one table of a report's life and of its triage: at which stage who may do what, on which conditions, and what comes
//! of it.
//!
//! The permit asked before writing and the fold of what was received both go by it. Source: domain §6, §3; ◇ marks our own
//! defaults.

use super::act::{ReportAct, TriageAct};

/// Where a report or its triage stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ReportStage {
    /// Not filed yet; not opened yet.
    Blank,
    /// Filed: to be accepted or passed on.
    Filed,
    /// Something was asked back.
    Asked,
    /// Taken up.
    Accepted,
    /// Whoever reported was told what became of it.
    Replied,
    /// Taken back by its author.
    Withdrawn,
    /// Passed on to a unit that keeps a report of its own.
    PassedOn,
    /// The triage is open.
    Open,
    /// It is decided what becomes of it.
    Decided,
    /// It was a lead: nothing more is done here.
    Left,
}

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ReportDeed {
    /// Files the report.
    File,
    /// Asks something back.
    AskBack,
    /// Adds to it.
    Supplement,
    /// Takes it up.
    Accept,
    /// Passes it on to a unit that keeps this report.
    PassUp,
    /// Passes it on to a unit that has a report of its own.
    PassOver,
    /// Takes it back.
    Withdraw,
    /// Tells whoever reported.
    Reply,
    /// Opens the triage.
    Open,
    /// Decides, but for a lead.
    Decide,
    /// Decides that it is a lead.
    Lead,
    /// Looks at it again.
    Reopen,
    /// Says that it is another unit's.
    PassOn,
    /// Says that somebody is concerned.
    Recuse,
}

/// Who may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReportWho {
    /// Who files for the unit: by the origin of the report.
    Reporter,
    /// Who filed it.
    Author,
    /// The handling body of the unit the report lies with.
    Receiver,
    /// An analyst of the deciding unit's centre.
    Triager,
    /// Who is concerned speaks for themselves, a secretary or the party committee of anybody.
    SelfOrSecretary,
}

/// A condition. Each has its own refusal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReportNeed {
    /// The pack is known and has the category.
    Category,
    /// The pack has the source.
    Source,
    /// A number of a register of this unit or of the unit that passes it on.
    Number,
    /// Title and account are there.
    Written,
    /// An amount is not below zero.
    Amount,
    /// The attachments can be attached.
    Attachments,
    /// It goes to the reporting unit or one above.
    Above,
    /// It is not about the unit that takes it up, nor about that unit's head.
    NotAboutReceiver,
    /// The report that was filed is named.
    ThisReport,
    /// A question that was asked and not answered is named, or none.
    ThisQuestion,
    /// It goes to another unit than it lies with.
    Elsewhere,
    /// It is not about who acts, and they have not recused themselves.
    NotConcerned,
    /// The triage's own opening is named.
    ThisOpening,
    /// The decision that stands is named.
    ThisDecision,
    /// The other triage or case is one of this unit.
    Linked,
    /// Nothing is said of a lead.
    NothingSaid,
}

/// One row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReportRow {
    /// What is done …
    pub deed: ReportDeed,
    /// … at one of these stages …
    pub at: &'static [ReportStage],
    /// … by whom …
    pub who: ReportWho,
    /// … on which conditions, in the order in which they are asked …
    pub needs: &'static [ReportNeed],
    /// … and the stage it comes to; none: it stays.
    pub then: Option<ReportStage>,
    /// Where that is written.
    pub source: &'static str,
}

const fn row(
    deed: ReportDeed,
    at: &'static [ReportStage],
    who: ReportWho,
    needs: &'static [ReportNeed],
    then: Option<ReportStage>,
    source: &'static str,
) -> ReportRow {
    ReportRow { deed, at, who, needs, then, source }
}

use ReportDeed as Do;
use ReportNeed::*;
use ReportStage::*;
use ReportWho::*;

const FILES: &[ReportNeed] = &[Category, Source, Number, Written, Amount, Attachments, Above, NotAboutReceiver];
const HELD: &[ReportStage] = &[Filed, Asked, Accepted];

/// The whole life. At each stage a deed has at most one row.
pub const REPORT_TABLE: &[ReportRow] = &[
    // The report.
    row(Do::File, &[Blank], Reporter, FILES, Some(Filed), "domain §6, §3"),
    row(Do::AskBack, &[Filed], Receiver, &[ThisReport, NotConcerned, Written], Some(Asked), "domain §6"),
    row(Do::AskBack, &[Asked, Accepted], Receiver, &[ThisReport, NotConcerned, Written], None, "domain §6"),
    row(Do::Supplement, &[Asked], Author, &[ThisReport, ThisQuestion, Written, Attachments], Some(Filed), "domain §6"),
    row(
        Do::Supplement,
        &[Filed, Accepted],
        Author,
        &[ThisReport, ThisQuestion, Written, Attachments],
        None,
        "domain §6",
    ),
    row(
        Do::Supplement,
        &[Replied],
        Author,
        &[ThisReport, ThisQuestion, Written, Attachments],
        Some(Accepted),
        "domain §6 ◇",
    ),
    row(Do::Accept, &[Filed, Asked], Receiver, &[ThisReport, NotConcerned], Some(Accepted), "domain §6"),
    row(Do::PassUp, HELD, Receiver, &[ThisReport, NotConcerned, NotAboutReceiver, Elsewhere], Some(Filed), "domain §6"),
    row(
        Do::PassOver,
        HELD,
        Receiver,
        &[ThisReport, NotConcerned, NotAboutReceiver, Elsewhere],
        Some(PassedOn),
        "domain §6",
    ),
    row(Do::Withdraw, &[Filed, Asked], Author, &[ThisReport, Written], Some(Withdrawn), "domain §6 ◇"),
    row(Do::Reply, &[Accepted], Receiver, &[ThisReport, NotConcerned, Written], Some(Replied), "domain §6"),
    row(Do::Reply, &[Replied], Receiver, &[ThisReport, NotConcerned, Written], None, "domain §6"),
    // The triage.
    row(Do::Open, &[Blank], Triager, &[NotConcerned, NotAboutReceiver], Some(Open), "domain §6, §3"),
    row(Do::Decide, &[Open], Triager, &[ThisOpening, NotConcerned, Written, Linked], Some(Decided), "domain §6, §3"),
    row(Do::Lead, &[Open], Triager, &[ThisOpening, NotConcerned, NothingSaid], Some(Left), "domain §6; packs §1.4"),
    row(Do::Reopen, &[Decided], Triager, &[ThisDecision, NotConcerned, Written], Some(Open), "domain §6 ◇"),
    row(Do::PassOn, &[Open], Triager, &[ThisOpening, NotConcerned, Elsewhere, Written], Some(PassedOn), "domain §6"),
    row(Do::Recuse, &[Open, Decided], SelfOrSecretary, &[Written], None, "domain §3"),
];

impl ReportStage {
    /// Every stage.
    pub const ALL: &[ReportStage] = &[Blank, Filed, Asked, Accepted, Replied, Withdrawn, PassedOn, Open, Decided, Left];

    /// Its name in the API and in text keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Blank => "blank",
            Filed => "filed",
            Asked => "asked",
            Accepted => "accepted",
            Replied => "replied",
            Withdrawn => "withdrawn",
            PassedOn => "passed_on",
            Open => "open",
            Decided => "decided",
            Left => "left",
        }
    }
}

impl ReportDeed {
    /// Every deed: those of the report, then those of the triage.
    pub const ALL: &[ReportDeed] = &[
        Do::File,
        Do::AskBack,
        Do::Supplement,
        Do::Accept,
        Do::PassUp,
        Do::PassOver,
        Do::Withdraw,
        Do::Reply,
        Do::Open,
        Do::Decide,
        Do::Lead,
        Do::Reopen,
        Do::PassOn,
        Do::Recuse,
    ];

    /// What an act of a report does.
    #[must_use]
    pub fn of_report(act: &ReportAct) -> ReportDeed {
        match act {
            ReportAct::File(_) => Do::File,
            ReportAct::AskBack { .. } => Do::AskBack,
            ReportAct::Supplement { .. } => Do::Supplement,
            ReportAct::Accept { .. } => Do::Accept,
            ReportAct::PassOn { copy: None, .. } => Do::PassUp,
            ReportAct::PassOn { copy: Some(_), .. } => Do::PassOver,
            ReportAct::Withdraw { .. } => Do::Withdraw,
            ReportAct::Reply { .. } => Do::Reply,
        }
    }

    /// What an act of a triage does.
    #[must_use]
    pub fn of_triage(act: &TriageAct) -> ReportDeed {
        match act {
            TriageAct::Open { .. } => Do::Open,
            TriageAct::Decide { outcome: super::act::Outcome::Lead, .. } => Do::Lead,
            TriageAct::Decide { .. } => Do::Decide,
            TriageAct::Reopen { .. } => Do::Reopen,
            TriageAct::PassOn { .. } => Do::PassOn,
            TriageAct::Recuse { .. } => Do::Recuse,
        }
    }

    /// Its name in the API and in text keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Do::File => "file",
            Do::AskBack => "ask_back",
            Do::Supplement => "supplement",
            Do::Accept => "accept",
            Do::PassUp => "pass_up",
            Do::PassOver => "pass_over",
            Do::Withdraw => "withdraw",
            Do::Reply => "reply",
            Do::Open => "open",
            Do::Decide => "decide",
            Do::Lead => "lead",
            Do::Reopen => "reopen",
            Do::PassOn => "pass_on",
            Do::Recuse => "recuse",
        }
    }
}

/// The row for a deed at a stage, or where its rule is written.
pub(super) fn find(
    table: &'static [ReportRow],
    deed: ReportDeed,
    at: ReportStage,
) -> Result<&'static ReportRow, &'static str> {
    let mut rows = table.iter().filter(|row| row.deed == deed);
    let source = rows.clone().next().map_or("domain §6", |row| row.source);
    rows.find(|row| row.at.contains(&at)).ok_or(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_each_stage_a_deed_has_at_most_one_row_and_says_where_it_is_written() {
        for deed in ReportDeed::ALL {
            let rows: Vec<&ReportRow> = REPORT_TABLE.iter().filter(|row| row.deed == *deed).collect();
            assert!(!rows.is_empty(), "{deed:?}");
            for stage in ReportStage::ALL {
                assert!(rows.iter().filter(|row| row.at.contains(stage)).count() <= 1, "{deed:?} at {stage:?}");
            }
            assert!(rows.iter().all(|row| row.source.contains("domain §")), "{deed:?}");
        }
        let names: std::collections::BTreeSet<&str> = ReportDeed::ALL.iter().map(|deed| deed.name()).collect();
        assert_eq!(names.len(), ReportDeed::ALL.len());
        let names: std::collections::BTreeSet<&str> = ReportStage::ALL.iter().map(|stage| stage.name()).collect();
        assert_eq!(names.len(), ReportStage::ALL.len());
    }
}
