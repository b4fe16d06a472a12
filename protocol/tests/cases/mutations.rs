//! Whatever is changed in a row of the table, the two opinions differ: no row, stage, officer, condition or outcome of
//! it is there without being tested.

use fangwei_protocol::work::case::{
    deed::CaseDeed,
    inner::Inner,
    outer::Outer,
    table::{Need, Row, Stage, TABLE, Then, Who},
};

use crate::{
    explore::{DEPTH, Explored, Kept, compare, explore},
    model::LEVELS,
    tried::Deed,
    world::keep,
};

const INNER_STAGES: &[Stage] = &[
    Stage::Blank,
    Stage::Proposed,
    Stage::Returned,
    Stage::Dropped,
    Stage::Approved,
    Stage::Dismissed,
    Stage::Rescinded,
    Stage::Referred,
];
const OUTER_STAGES: &[Stage] = &[
    Stage::Blank,
    Stage::Issued,
    Stage::Delivered,
    Stage::Answered,
    Stage::Rectifying,
    Stage::Visited,
    Stage::Lifted,
    Stage::Withdrawn,
    Stage::Escalated,
    Stage::Referred,
];
const INNER_WHO: &[Who] =
    &[Who::Proposer, Who::OwnProposer, Who::Decider, Who::Handling, Who::SelfOrSecretary, Who::ObjectionBody];
const OUTER_WHO: &[Who] = &[Who::Decider, Who::Handling, Who::Lifter, Who::Approver, Who::ObjectionBody, Who::Subject];

/// The tries that do a deed of the table.
fn does(deed: CaseDeed, tried: Deed) -> bool {
    let by = match tried {
        Deed::Propose => CaseDeed::Propose,
        Deed::Return => CaseDeed::Return,
        Deed::Drop => CaseDeed::Drop,
        Deed::RecuseSelf | Deed::RecuseLead | Deed::RecuseLeadUnseen => CaseDeed::Recuse,
        Deed::Approve => CaseDeed::Approve,
        Deed::Dismiss => CaseDeed::Dismiss,
        Deed::Plan => CaseDeed::Plan,
        Deed::Rescind => CaseDeed::Rescind,
        Deed::ReferProposal => CaseDeed::ReferProposal,
        Deed::Deliberate => CaseDeed::Deliberate,
        Deed::Raise => CaseDeed::Raise,
        Deed::Note => CaseDeed::Note,
        Deed::SettleInner => CaseDeed::SettleInner,
        Deed::Issue | Deed::IssueWithoutPaper => CaseDeed::Issue,
        Deed::Cancel => CaseDeed::Cancel,
        Deed::Deliver => CaseDeed::Deliver,
        Deed::Receive => CaseDeed::Receive,
        Deed::Notice => CaseDeed::Notice,
        Deed::Interview => CaseDeed::Interview,
        Deed::Answer => CaseDeed::Answer,
        Deed::Evidence => CaseDeed::Evidence,
        Deed::AskExtension => CaseDeed::AskExtension,
        Deed::Extend => CaseDeed::Extend,
        Deed::RefuseExtension => CaseDeed::RefuseExtension,
        Deed::Accept => CaseDeed::Accept,
        Deed::SendBack => CaseDeed::SendBack,
        Deed::VisitAndLift | Deed::VisitAndWait => CaseDeed::Visit,
        Deed::Lift | Deed::LiftOnVisit => CaseDeed::Lift,
        Deed::Withdraw => CaseDeed::Withdraw,
        Deed::Object => CaseDeed::Object,
        Deed::Uphold => CaseDeed::Uphold,
        Deed::Reject => CaseDeed::Reject,
        Deed::Escalate | Deed::EscalateOutside => CaseDeed::Escalate,
        Deed::Refer => CaseDeed::Refer,
        Deed::Tell => CaseDeed::Tell,
        Deed::Link => CaseDeed::Link,
        Deed::Settle => CaseDeed::Settle,
    };
    by == deed
}

/// Every table with one thing changed in one row of this file, and what was changed.
fn mutations(stages: &[Stage], whos: &[Who], is_inner: bool) -> Vec<(CaseDeed, String, Vec<Row>)> {
    let mut all = Vec::new();
    for (at, row) in TABLE.iter().enumerate().filter(|(_, row)| row.deed.is_inner() == is_inner) {
        let mut put = |what: String, changed: Option<Row>| {
            let mut table = TABLE.to_vec();
            match changed {
                Some(changed) => table[at] = changed,
                None => drop(table.remove(at)),
            }
            all.push((row.deed, format!("row {at}, {:?}: {what}", row.deed), table));
        };
        put("left out".into(), None);
        for stage in stages {
            let elsewhere = TABLE.iter().any(|other| other.deed == row.deed && other.at.contains(stage));
            let with: Vec<Stage> = if row.at.contains(stage) {
                row.at.iter().copied().filter(|other| other != stage).collect()
            } else if elsewhere {
                continue;
            } else {
                row.at.iter().copied().chain([*stage]).collect()
            };
            put(format!("at {stage:?} or not"), Some(Row { at: keep(with), ..*row }));
        }
        for who in whos.iter().filter(|who| **who != row.who) {
            put(format!("by {who:?}"), Some(Row { who: *who, ..*row }));
        }
        for need in row.needs {
            let needs: Vec<Need> = row.needs.iter().copied().filter(|other| other != need).collect();
            put(format!("without {need:?}"), Some(Row { needs: keep(needs), ..*row }));
        }
        let leads_to = |then: Then| -> Vec<Stage> { row.at.iter().map(|stage| then.from(*stage)).collect() };
        for then in stages.iter().map(|stage| Then::Go(*stage)).chain([Then::Stay]) {
            if leads_to(then) != leads_to(row.then) {
                put(format!("then {then:?}"), Some(Row { then, ..*row }));
            }
        }
    }
    all
}

fn is_noticed<F: Kept>(explored: &[Explored<F>], deed: CaseDeed, table: Vec<Row>) -> bool {
    let table = keep(table);
    explored.iter().any(|explored| compare(explored, table, |tried| does(deed, tried)).0.is_some())
}

fn check<F: Kept>(stages: &[Stage], whos: &[Who], is_inner: bool) -> usize {
    let explored: Vec<Explored<F>> = LEVELS.iter().map(|rules| explore::<F>(keep(*rules), DEPTH)).collect();
    let mut unnoticed = Vec::new();
    let all = mutations(stages, whos, is_inner);
    let count = all.len();
    for (deed, what, table) in all {
        if !is_noticed(&explored, deed, table) {
            unnoticed.push(what);
        }
    }
    assert!(unnoticed.is_empty(), "{} of {count} not noticed: {unnoticed:#?}", unnoticed.len());
    count
}

#[test]
fn a_change_to_any_row_of_the_inner_file_is_noticed() {
    assert_eq!(check::<Inner<'static>>(INNER_STAGES, INNER_WHO, true), 331);
}

#[test]
fn a_change_to_any_row_of_the_outer_file_is_noticed() {
    assert_eq!(check::<Outer<'static>>(OUTER_STAGES, OUTER_WHO, false), 818);
}
