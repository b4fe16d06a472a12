//! Warning cases as tests write them: by the township pack the program brings along, from what stands in their files.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{DocKey, EntryId, Hash, Kind},
    },
    records::Records,
    replica::{Casefile, Now, Replica, Rulebook, Said},
    trust::charter::Role,
    work::{
        calendar::{Day, day_of},
        case::{
            Level,
            act::{InnerAct, Meeting, OuterAct, Paper, Present, Proposal, SerialNumber, Subject, Warning},
            outer_file,
            series::{Register, SeriesAct},
            table::Stage,
        },
        pack::{
            BuiltIn, Pack,
            level::{Debt, PaperRule},
        },
        unit::UnitPath,
    },
};

use crate::attachments;

/// The series word of the tests' papers.
const WORD: &str = "预告";

/// The township pack.
fn township() -> Pack {
    BuiltIn::of("township").unwrap().pack().unwrap()
}

/// An act of the inner file.
pub fn inner(act: InnerAct) -> Content {
    Content::Act(Act::Inner(Box::new(act)))
}

/// An act of the outer file.
pub fn outer(act: OuterAct) -> Content {
    Content::Act(Act::Outer(Box::new(act)))
}

/// Proposes to warn a unit, in the first situation and way of the level.
pub fn propose(subject: &UnitPath, level: Level) -> InnerAct {
    let pack = township();
    let rule = pack.level(level).unwrap();
    let ground = rule.grounds.first().unwrap().id.clone();
    let way = rule.ways_for(&ground).next().unwrap().id.clone();
    InnerAct::Propose(Box::new(Proposal {
        subject: Subject::Unit { unit: subject.clone(), heads: Vec::new() },
        level,
        ground,
        reason: String::new(),
        way,
        facts: "账目不清".into(),
        reports: Vec::new(),
        rules: pack.name(),
        follows: None,
    }))
}

/// Decides for a proposal, with a meeting where every role was present that any level asks for.
pub fn approve(proposal: EntryId, shown: Hash, on: Day) -> InnerAct {
    let roles = [Role::ANALYST, Role::DISCIPLINE_LEAD, Role::SECRETARY, Role::PARTY_COMMITTEE];
    let present = roles.map(|role| Present { holder: None, role: Some(role), name: "到会".into() }).to_vec();
    let meeting = Some(Meeting { on, present, outcome: "同意".into() });
    InnerAct::Decide { proposal, shown, is_approved: true, meeting }
}

/// What comes next in a case as far as a node knows it, for somebody of a unit, from the proposal's decision to the
/// lifting; none where nothing does.
pub fn next_step(
    (replica, records, now): (&Replica, &dyn Records, Now),
    unit: &UnitPath,
    (case, outer_document): (&DocKey, &DocKey),
) -> Option<(DocKey, Content)> {
    let rules = replica.rulebook(records).ok()?;
    let further = replica.casefile(outer_document, &rules, records).ok()?;
    let given = replica.outer(&further);
    let subject = &outer_document.scope.home;
    match (given.stage, given.issue.map(|step| step.id)) {
        (Stage::Blank, _) => {}
        (Stage::Issued | Stage::Delivered, Some(issue)) if unit == subject && given.received.is_none() => {
            let on = day_of(u64::try_from(now.0).ok()?);
            return Some((outer_document.clone(), outer(OuterAct::Receive { issue, on })));
        }
        // Delivery and receipt are recorded on both sides, each without waiting for the other.
        (Stage::Issued | Stage::Delivered, Some(issue)) if *unit == case.scope.home && given.delivered.is_none() => {
            let (on, how) = (day_of(u64::try_from(now.0).ok()?), "送达".into());
            return Some((outer_document.clone(), outer(OuterAct::Deliver { issue, on, how })));
        }
        (Stage::Issued | Stage::Delivered, Some(issue)) if unit == subject => {
            let (what, text) = (Debt::Account, "已整改".into());
            let attachments = vec![attachments::photograph(&attachments::content_of(&issue))];
            let answer = OuterAct::Answer { issue, what, text, measures: Vec::new(), attachments };
            return Some((outer_document.clone(), outer(answer)));
        }
        (Stage::Answered | Stage::Rectifying, Some(issue)) => {
            let answer = given.last_answer()?.id;
            let (visit, shown, reason) = (None, further.shown(&[issue, answer])?, "同意".into());
            return Some((outer_document.clone(), outer(OuterAct::Lift { issue, answer, visit, shown, reason })));
        }
        // What crossed the lifting is looked at once nothing else is to do.
        _ if *unit == case.scope.home => {
            let clash = given.unsettled().next()?.clash();
            let findings = "材料已留档".into();
            return Some((outer_document.clone(), outer(OuterAct::Settle { clash, findings })));
        }
        _ => return None,
    }
    let file = replica.casefile(case, &rules, records).ok()?;
    let decided = replica.inner(&file);
    match decided.stage {
        Stage::Proposed => {
            let proposal = decided.proposal?.id;
            let on = day_of(u64::try_from(now.0).ok()?);
            Some((case.clone(), inner(approve(proposal, file.shown(&[proposal])?, on))))
        }
        Stage::Approved => issue((replica, records, now), &rules, &file, outer_document),
        _ => None,
    }
}

/// What the subject may add while a warning stands, whatever the deciding unit does meanwhile: so it crosses with that.
pub fn side_step(
    (replica, records): (&Replica, &dyn Records),
    unit: &UnitPath,
    outer_document: &DocKey,
) -> Option<(DocKey, Content)> {
    if *unit != outer_document.scope.home {
        return None;
    }
    let rules = replica.rulebook(records).ok()?;
    let further = replica.casefile(outer_document, &rules, records).ok()?;
    let issue = replica.outer(&further).issue?.id;
    let evidence = OuterAct::Evidence { issue, text: "公示照片已张贴".into(), attachments: Vec::new() };
    Some((outer_document.clone(), outer(evidence)))
}

/// Gives the warning that was decided: first the number, then the paper that bears it.
fn issue(
    (replica, records, now): (&Replica, &dyn Records, Now),
    rules: &Rulebook,
    file: &Casefile,
    outer_document: &DocKey,
) -> Option<(DocKey, Content)> {
    let decided = replica.inner(file);
    let (proposal, decision) = (decided.proposed()?, decided.decision?);
    let on = day_of(u64::try_from(now.0).ok()?);
    let home = &file.document.scope.home;
    let register = Register { node: replica.me().certificate, word: WORD.into(), year: on.year() };
    let document = register.document(home);
    let series = replica.series(&replica.casefile(&document, rules, records).ok()?);
    let allotted = (1..series.next()).find(|number| series.bears(*number, outer_document));
    let Some(number) = allotted else {
        let (number, paper) = (series.next(), outer_document.clone());
        let act = SeriesAct::Allot { register, number, paper };
        return Some((document, Content::Act(Act::Series(Box::new(act)))));
    };
    let form = match &decided.rule?.way(&proposal.way)?.paper {
        PaperRule::Always(form) => Some(form.clone()),
        PaperRule::Never | PaperRule::IfNeeded(_) => None,
    };
    let number: SerialNumber = register.number(home, number);
    let warning = Warning {
        case: file.document.clone(),
        decision: decision.id,
        decided_on: on,
        subject: proposal.subject.clone(),
        level: proposal.level,
        ground: proposal.ground.clone(),
        way: proposal.way.clone(),
        rules: proposal.rules.clone(),
        paper: form.map(|form| Paper { form, number, text: "限期整改".into() }),
        terms: Vec::new(),
        follows: None,
    };
    Some((outer_document.clone(), outer(OuterAct::Issue(Box::new(warning)))))
}

/// The two files of a case about a unit.
pub fn files(case: DocKey, subject: &UnitPath) -> (DocKey, DocKey) {
    let outer = outer_file(&case, subject);
    (case, outer)
}

/// What everybody who keeps a document of a procedure must see of it: where it stands, on which entries, and what of it
/// has no effect. A pack's own text is not repeated.
pub fn folded(replica: &Replica, document: &DocKey, history: &[Said], records: &dyn Records) -> String {
    if Kind::REPORT > document.kind || document.kind > Kind::SHARING {
        return String::new();
    }
    let rules = replica.rulebook(records).unwrap();
    let file = replica.casefile_of(document, history.to_vec(), &rules);
    match document.kind {
        Kind::CASE_INNER => {
            let fold = replica.inner(&file);
            let steps: Vec<EntryId> = fold.steps.iter().map(|step| step.id).collect();
            let decision = fold.decision.map(|step| step.id);
            format!("{:?} {decision:?} {steps:?} {:?} {:?}", fold.stage, fold.refused, fold.crossings)
        }
        Kind::CASE_OUTER => {
            let fold = replica.outer(&file);
            let steps: Vec<EntryId> = fold.steps.iter().map(|step| step.id).collect();
            let issue = fold.issue.map(|step| step.id);
            format!("{:?} {issue:?} {steps:?} {:?} {:?}", fold.stage, fold.refused, fold.crossings)
        }
        Kind::REPORT => {
            let fold = replica.report(&file);
            format!("{:?} {:?} {:?} {:?}", fold.stage, fold.lies_with, fold.came_by, fold.refused)
        }
        Kind::TRIAGE => {
            let fold = replica.triage(&file);
            let decided = fold.decided.map(|step| step.id);
            format!("{:?} {decided:?} {:?}", fold.stage, fold.refused)
        }
        Kind::PAPER_SERIES => format!("{:?}", replica.series(&file)),
        Kind::SHARING => {
            let fold = replica.sharing(&file);
            format!("{:?} {:?}", fold.told, fold.refused)
        }
        Kind::CADRES => format!("{:?}", replica.register(&file)),
        _ => String::new(),
    }
}
