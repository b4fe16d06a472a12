//! One of every act of a report and of a triage: read back as written, and their texts can be taken out.

use super::*;
use crate::{
    record::{body::Act, entry::Kind},
    work::case::act::tests::{HOME, attachment, document, is_taken_out_and_read_back, number, rules},
};

fn id() -> EntryId {
    EntryId(Hash([1; 32]))
}

fn concerned() -> Concerned {
    Concerned { unit: HOME.parse().unwrap(), post: "书记".into(), holder: Some([6; 16].into()), is_head: true }
}

/// Says: the post, the title, the account, the place and what its attachment is called.
pub(crate) fn filed(origin: Origin) -> Filed {
    Filed {
        number: number(),
        to: HOME.parse().unwrap(),
        rules: rules(),
        category: 9,
        source: "petition".into(),
        origin,
        concerned: Some(concerned()),
        title: "村务".into(),
        account: "账目不公开".into(),
        happened_s: Some(-1),
        place: "村部".into(),
        amount_fen: Some(100),
        is_urgent: true,
        attachments: vec![attachment()],
    }
}

/// One of each, with how many texts people wrote in it.
pub(crate) fn report_acts() -> Vec<(ReportAct, usize)> {
    let (filed_id, text) = (id(), || "说明".to_owned());
    let file = |origin| ReportAct::File(Box::new(filed(origin)));
    let to: UnitPath = HOME.parse().unwrap();
    vec![
        (file(Origin::Officer), 5),
        (file(Origin::Named { who: "李四".into() }), 6),
        (file(Origin::Anonymous { code: Hash([3; 32]) }), 5),
        (file(Origin::Invited), 5),
        (file(Origin::PassedOn), 5),
        (ReportAct::AskBack { filed: filed_id, question: text() }, 1),
        (
            ReportAct::Supplement {
                filed: filed_id,
                question: Some(id()),
                text: text(),
                attachments: vec![attachment()],
            },
            2,
        ),
        (ReportAct::Supplement { filed: filed_id, question: None, text: text(), attachments: vec![] }, 1),
        (ReportAct::Accept { filed: filed_id }, 0),
        (ReportAct::PassOn { filed: filed_id, to: to.clone(), copy: None }, 0),
        (ReportAct::PassOn { filed: filed_id, to, copy: Some(document(Kind::REPORT)) }, 0),
        (ReportAct::Withdraw { filed: filed_id, reason: text() }, 1),
        (ReportAct::Reply { filed: filed_id, text: text() }, 1),
    ]
}

/// One of each, with how many texts people wrote in it.
pub(crate) fn triage_acts() -> Vec<(TriageAct, usize)> {
    let text = || "说明".to_owned();
    let open = |concerned| TriageAct::Open { report: document(Kind::REPORT), filed: id(), concerned };
    let decide = |outcome| TriageAct::Decide { opened: id(), outcome, reason: text() };
    vec![
        (open(Some(concerned())), 1),
        (open(None), 0),
        (decide(Outcome::NoSubstance), 1),
        (decide(Outcome::Duplicate { of: document(Kind::TRIAGE) }), 1),
        (decide(Outcome::Lead), 1),
        (decide(Outcome::Warning { case: document(Kind::CASE_INNER) }), 1),
        (TriageAct::Reopen { decided: id(), reason: text() }, 1),
        (TriageAct::PassOn { opened: id(), to: HOME.parse().unwrap(), reason: text() }, 1),
        (TriageAct::Recuse { holder: [6; 16].into(), reason: text() }, 1),
    ]
}

#[test]
fn every_act_is_read_back_and_its_texts_can_be_taken_out() {
    for (act, texts) in report_acts() {
        is_taken_out_and_read_back(&Act::Report(Box::new(act)), texts);
    }
    for (act, texts) in triage_acts() {
        is_taken_out_and_read_back(&Act::Triage(Box::new(act)), texts);
    }
}
