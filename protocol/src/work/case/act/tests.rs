//! One of every act of a case, and what holds of all of them: they are read back as written, and of each the texts that
//! people wrote can be taken out and nothing else.

use super::*;
use crate::{
    record::{
        body::{Act, Content},
        cbor,
        entry::{DocId, Kind},
    },
    trust::redaction::{BLOCK, may_remain, shape},
    work::{
        attachment::Attachment,
        calendar::{Term, TermUnit},
        case::{deed::CaseDeed, files_of},
        pack::level::Debt,
    },
};

pub(crate) const HOME: &str = "370126.105";

pub(crate) fn document(kind: Kind) -> DocKey {
    DocKey { scope: files_of(&HOME.parse().unwrap()), kind, doc: DocId([1; 16]) }
}

pub(crate) fn number() -> SerialNumber {
    SerialNumber { word: "镇纪预告".into(), year: 2026, number: 3, series: document(Kind::PAPER_SERIES) }
}

pub(crate) fn attachment() -> Attachment {
    Attachment { name: "账页".into(), media_type: "image/jpeg".into(), bytes: 1, chunks: vec![hash()] }
}

pub(crate) fn rules() -> PackName {
    PackName { id: "township".into(), version: 1, hash: hash() }
}

fn hash() -> Hash {
    Hash([2; 32])
}

fn id() -> EntryId {
    EntryId(Hash([1; 32]))
}

pub(crate) fn person() -> Subject {
    let unit: UnitPath = HOME.parse().unwrap();
    Subject::Person { managed_by: unit.clone(), unit, post: "会计".into(), holder: Some([6; 16].into()) }
}

/// Says: the post, the reason, the facts.
pub(crate) fn proposal() -> Proposal {
    Proposal {
        subject: person(),
        level: Level::TWO,
        ground: "2.1".into(),
        reason: "缘由".into(),
        way: "notice".into(),
        facts: "白条入账".into(),
        reports: vec![document(Kind::REPORT)],
        rules: rules(),
        follows: Some(document(Kind::CASE_INNER)),
    }
}

fn meeting() -> Option<Meeting> {
    let present = Present { holder: Some([4; 16].into()), role: Some(Role::PARTY_COMMITTEE), name: "张三".into() };
    Some(Meeting { on: Day::MIN, present: vec![present], outcome: "同意".into() })
}

fn interviewers() -> Vec<Interviewer> {
    vec![Interviewer { holder: [2; 16].into(), role: Role::DISCIPLINE_LEAD }]
}

fn paper() -> Paper {
    Paper { form: "notice".into(), number: number(), text: "限期说明".into() }
}

fn terms() -> Vec<TermSet> {
    vec![TermSet { what: Debt::Measures, term: Term::new(7, TermUnit::WorkingDay).unwrap() }]
}

/// One of each, with how many texts people wrote in it.
pub(crate) fn inner_acts() -> Vec<(InnerAct, usize)> {
    let text = || "说明".to_owned();
    let leading = Subject::LeadingGroup { unit: HOME.parse().unwrap(), members: vec![[7; 16].into()] };
    let of_group = Proposal { subject: leading, reports: vec![], follows: None, ..proposal() };
    let of_unit = Subject::Unit { unit: HOME.parse().unwrap(), heads: vec![] };
    let of_unit = Proposal { subject: of_unit, ..of_group.clone() };
    let decide = |is_approved, meeting| InnerAct::Decide { proposal: id(), shown: hash(), is_approved, meeting };
    let deliberate = |ruling, meeting| InnerAct::Deliberate { objection: id(), findings: text(), ruling, meeting };
    let (higher, case) = (To::Level(Level::ONE), Some(document(Kind::CASE_INNER)));
    let escalate = |to, when, case| InnerAct::Escalate { to, when, findings: text(), case };
    vec![
        (InnerAct::Propose(Box::new(proposal())), 3),
        (InnerAct::Propose(Box::new(of_group)), 2),
        (InnerAct::Propose(Box::new(of_unit)), 2),
        (InnerAct::Return { proposal: id(), reason: text() }, 1),
        (InnerAct::Drop { proposal: id(), reason: text() }, 1),
        (InnerAct::Recuse { holder: [6; 16].into(), reason: text() }, 1),
        (decide(true, meeting()), 2),
        (decide(false, None), 0),
        (InnerAct::Plan { proposal: id(), outline: text(), interviewers: interviewers() }, 1),
        (InnerAct::Rescind { decision: id(), reason: text(), meeting: meeting() }, 3),
        (InnerAct::Refer { reason: text() }, 1),
        (deliberate(Ruling::Upheld, meeting()), 3),
        (deliberate(Ruling::Rejected, None), 1),
        (escalate(higher, Condition::RectificationWeak, case), 1),
        (escalate(To::Organisational, Condition::ErrorSpreads, None), 1),
        (InnerAct::Link { document: document(Kind::REPORT), note: text() }, 1),
        (InnerAct::Settle { stands: id(), other: id(), findings: text() }, 1),
    ]
}

/// One of each, with how many texts people wrote in it.
pub(crate) fn outer_acts() -> Vec<(OuterAct, usize)> {
    let (issue, text, on, one) = (id(), || "说明".to_owned(), Day::MIN, Term::new(1, TermUnit::Month).unwrap());
    let attachments = || vec![attachment(), attachment()];
    let measures = vec![Measure { what: text(), who: "李四".into(), by: on }];
    let warning = Warning {
        case: document(Kind::CASE_INNER),
        decision: id(),
        decided_on: on,
        subject: person(),
        level: Level::TWO,
        ground: "2.1".into(),
        way: "notice".into(),
        rules: rules(),
        paper: Some(paper()),
        terms: terms(),
        follows: Some(document(Kind::CASE_OUTER)),
    };
    let spoken = Warning { paper: None, terms: vec![], follows: None, ..warning.clone() };
    let rule = |ruling| OuterAct::Rule { issue, objection: id(), ruling, reason: text() };
    let escalate = |to, case| OuterAct::Escalate { issue, to, when: Condition::RectificationWeak, case };
    let visit = |opinion| OuterAct::Visit { issue, on, means: vec!["papers".into()], findings: text(), opinion };
    let lift = |visit| OuterAct::Lift { issue, answer: id(), visit, shown: hash(), reason: text() };
    let settle = |clash| OuterAct::Settle { clash, findings: text() };
    let tell = |paper| OuterAct::Tell { issue, who: "branch".into(), paper, on };
    let answer = OuterAct::Answer { issue, what: Debt::Account, text: text(), measures, attachments: attachments() };
    let (place, record) = (text(), text());
    let notice = OuterAct::Notice { issue, paper: paper(), at_s: -1, place, interviewers: interviewers() };
    let interview = |notice, terms| {
        let (interviewers, record) = (interviewers(), record.clone());
        OuterAct::Interview { issue, notice, on, interviewers, record, terms }
    };
    vec![
        (OuterAct::Issue(Box::new(warning)), 2),
        (OuterAct::Issue(Box::new(spoken)), 1),
        (OuterAct::Cancel { issue, reason: text() }, 1),
        (OuterAct::Deliver { issue, on, how: text() }, 1),
        (OuterAct::Receive { issue, on }, 0),
        (notice, 2),
        (interview(Some(id()), terms()), 1),
        (interview(None, vec![]), 1),
        (answer, 5),
        (OuterAct::Evidence { issue, text: text(), attachments: attachments() }, 3),
        (OuterAct::AskExtension { issue, reason: text(), by: one }, 1),
        (OuterAct::Extend { issue, request: id(), by: one, paper: paper() }, 1),
        (OuterAct::RefuseExtension { issue, request: id(), reason: text() }, 1),
        (OuterAct::Accept { issue, answer: id(), shown: hash() }, 0),
        (OuterAct::SendBack { issue, answer: id(), reason: text() }, 1),
        (visit(Opinion::Lift), 1),
        (visit(Opinion::Escalate), 1),
        (lift(Some(id())), 1),
        (lift(None), 1),
        (OuterAct::Withdraw { issue, reason: text() }, 1),
        (OuterAct::Object { issue, text: text() }, 1),
        (rule(Ruling::Upheld), 1),
        (rule(Ruling::Rejected), 1),
        (escalate(To::Level(Level::ONE), Some(document(Kind::CASE_INNER))), 0),
        (escalate(To::Organisational, None), 0),
        (OuterAct::Refer { issue }, 0),
        (tell(Some(paper())), 1),
        (tell(None), 0),
        (OuterAct::Link { issue, document: document(Kind::CASE_OUTER), note: text() }, 1),
        (settle(Clash::Acts { stands: id(), other: id() }), 1),
        (settle(Clash::Files { entry: id(), why: Contradiction::NotDeliberated }), 1),
    ]
}

#[test]
fn of_every_deed_there_is_one_here() {
    let inner = inner_acts().into_iter().map(|(act, _)| CaseDeed::of_inner(&act));
    let found: std::collections::BTreeSet<CaseDeed> =
        inner.chain(outer_acts().into_iter().map(|(act, _)| CaseDeed::of_outer(&act))).collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), CaseDeed::ALL);
}

/// An act as it is said, and its texts.
pub(crate) fn is_taken_out_and_read_back(act: &Act, texts: usize) {
    let content = Content::Act(act.clone());
    assert_eq!(cbor::decode(&cbor::encode(&content)), Ok(content.clone()), "{act:?}");
    let taken_out = shape(&content);
    assert_eq!(may_remain(Some(&content), &taken_out), Ok(()), "{act:?}");
    assert_eq!(cbor::decode(&cbor::encode(&taken_out)), Ok(taken_out.clone()), "{act:?}");
    // Runs of blocks: each text becomes one, and no text of these acts is empty.
    let blocks = format!("{taken_out:?}").split('"').filter(|text| text.chars().all(|c| c == BLOCK)).count();
    let empty = format!("{taken_out:?}").matches("\"\"").count();
    assert_eq!(blocks - empty, texts, "{taken_out:?}");
    assert_eq!(content != taken_out, texts > 0, "{act:?}");
}

#[test]
fn every_act_is_read_back_and_its_texts_can_be_taken_out() {
    for (act, texts) in inner_acts() {
        let mut redacted = act.clone();
        redacted.texts().into_iter().for_each(|text| *text = "█".into());
        assert_eq!(CaseDeed::of_inner(&redacted), CaseDeed::of_inner(&act), "and does the same");
        is_taken_out_and_read_back(&Act::Inner(Box::new(act)), texts);
    }
    for (act, texts) in outer_acts() {
        let mut redacted = act.clone();
        redacted.texts().into_iter().for_each(|text| *text = "█".into());
        assert_eq!(CaseDeed::of_outer(&redacted), CaseDeed::of_outer(&act), "and does the same");
        is_taken_out_and_read_back(&Act::Outer(Box::new(act)), texts);
    }
}
