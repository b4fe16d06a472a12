//! The places, people and rules of these tests, and the acts that are tried, good ones and flawed ones.

use std::{cell::RefCell, collections::BTreeMap};

use fangwei_protocol::{
    record::entry::{DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    trust::charter::{HolderId, Role},
    work::{
        calendar::{Day, Term, TermUnit},
        case::{
            Level,
            act::{
                Clash, Contradiction, InnerAct, Interviewer, Meeting, Opinion, OuterAct, Paper, Present, Proposal,
                Ruling, SerialNumber, Subject, TermSet, Warning,
            },
            inner::Inner,
            law::{Law, Officer, Taken, World},
            outer::Outer,
            table::Row,
        },
        pack::{
            BuiltIn, Pack,
            casework::SubjectSort,
            level::{
                Colour, Condition, Debt, Decider, Escalation, Extension, Ground, InterviewUse, LevelRule, LiftedOn,
                Lifter, Objection, Owed, PaperRule, Start, TermRule, To, Told, ToldWhen, VisitRule, Way, Words,
            },
            published::PackName,
        },
        unit::UnitPath,
    },
};

use crate::{
    model::{Actor, Place, Rules},
    tried::{Deed, Flaw},
};

/// Keeps a value for as long as the test runs.
pub(crate) fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(crate) fn holder(person: u8) -> HolderId {
    [person; 16].into()
}

pub(crate) fn unit(place: Place) -> UnitPath {
    let path = match place {
        Place::County => "370126",
        Place::Town => "370126.105",
        Place::Village => "370126.105.201",
    };
    path.parse().unwrap()
}

pub(crate) fn roles(letters: &str) -> Vec<Role> {
    let role = |letter| match letter {
        'a' => Role::ANALYST,
        'd' => Role::DISCIPLINE_LEAD,
        's' => Role::SECRETARY,
        'c' => Role::PARTY_COMMITTEE,
        'g' => Role::LEADING_GROUP,
        'p' => Role::POST_HOLDER,
        'r' => Role::REPORTER,
        _ => Role::ADMINISTRATOR,
    };
    letters.chars().map(role).collect()
}

pub(crate) fn officer(actor: &Actor) -> Officer<'static> {
    Officer { holder: holder(actor.person), roles: keep(roles(actor.roles)), unit: keep(unit(actor.place)) }
}

pub(crate) fn document(place: Place, kind: Kind, n: u8) -> DocKey {
    let scope = Scope { home: unit(place), reach: Reach::UP, shelf: Shelf::CASE };
    DocKey { scope, kind, doc: DocId([n; 16]) }
}

pub(crate) fn id(name: &str) -> EntryId {
    EntryId(Hash::of(name.as_bytes()))
}

/// What stands for the content hash over entries.
pub(crate) fn shown(ids: &[EntryId]) -> Hash {
    Hash::of_parts("shown", ids.iter().map(|id| id.0.0.as_slice()))
}

pub(crate) fn pack() -> PackName {
    PackName { id: "test".into(), version: 1, hash: Hash::of(b"pack") }
}

fn words() -> Words {
    Words { zh: "字".into(), en: "word".into() }
}

pub(crate) fn term(count: u16, unit: TermUnit) -> Term {
    let unit = match unit {
        TermUnit::WorkingDay => "working_day",
        TermUnit::Week => "week",
        TermUnit::Month => "month",
    };
    toml::from_str(&format!("count = {count}\nunit = \"{unit}\"")).unwrap()
}

/// The level of a pack that says what these rules say.
pub(crate) fn level(rules: &Rules) -> LevelRule {
    let ground =
        |id: &str, needs_reason| Ground { id: id.into(), words: words(), family: "money".into(), needs_reason };
    let owed = |what, term| Owed { what, term, from: Start::ReceiptOrInterview };
    let seven = TermRule::Fixed(term(7, TermUnit::WorkingDay));
    let open = rules.open_term.then(|| owed(Debt::Correction, TermRule::UpTo(term(1, TermUnit::Month))));
    let way = |id: &str, grounds: &[&str]| Way {
        id: id.into(),
        name: words(),
        purpose: words(),
        grounds: grounds.iter().map(|&ground| ground.into()).collect(),
        decider: None,
        paper: match rules.paper {
            'a' => PaperRule::Always("notice".into()),
            'i' => PaperRule::IfNeeded("notice".into()),
            _ => PaperRule::Never,
        },
        interview: if rules.interview { InterviewUse::IfNeeded } else { InterviewUse::Never },
        interview_notice: rules.notice.then(|| "call".into()),
        stops_at_once: false,
        owes: [owed(Debt::Account, seven)].into_iter().chain(open.clone()).collect(),
    };
    let together_with = vec![if rules.meeting { Role::SECRETARY } else { Role::ANALYST }];
    let escalation = |to| Escalation { to, when: Condition::RectificationWeak, ground: None };
    LevelRule {
        level: Level::TWO,
        colour: Colour::Yellow,
        name: words(),
        matter: words(),
        grounds: vec![ground("2.1", false), ground("2.2", true), ground("2.3", false)],
        ways: vec![way("paper", &["2.1", "2.2"]), way("other", &["2.3"])],
        decider: Decider { role: Role::DISCIPLINE_LEAD, meeting: rules.meeting, together_with, convened: Vec::new() },
        visit: if rules.visit { VisitRule::Required } else { VisitRule::None },
        visit_form: rules.visit.then(|| "visit".into()),
        visit_means: Vec::new(),
        lifted_by: Lifter { role: Role::SECRETARY, on: if rules.visit { LiftedOn::Visit } else { LiftedOn::Answer } },
        extension: rules.extension.then(|| Extension {
            max: term(1, TermUnit::Month),
            approver: Role::PARTY_COMMITTEE,
            form: "extension".into(),
        }),
        told: rules
            .told
            .then(|| Told { who: "branch".into(), when: ToldWhen::AtOnce, form: Some("telling".into()) })
            .into_iter()
            .collect(),
        escalations: if rules.carried_up {
            vec![escalation(To::Level(Level::ONE)), escalation(To::Organisational)]
        } else {
            Vec::new()
        },
        objection: Objection {
            within: term(10, TermUnit::WorkingDay),
            from: Start::Receipt,
            answered_within: term(1, TermUnit::Month),
            to: "commission".into(),
            answered_by: vec![Role::LEADING_GROUP, Role::DISCIPLINE_LEAD],
            by_others: rules.by_others,
            suspends: false,
        },
    }
}

/// Who had seen what.
pub(crate) type Saw = dyn Fn(&EntryId, &EntryId) -> bool;

/// What stands around a file here: one pack by its name, and who had seen what.
pub(crate) struct Around {
    pub(crate) name: PackName,
    pub(crate) pack: &'static Pack,
    pub(crate) saw: &'static Saw,
}

impl World for Around {
    fn pack(&self, name: &PackName) -> Option<&Pack> {
        (*name == self.name).then_some(self.pack)
    }

    fn was_shown(&self, ids: &[EntryId], signed: &Hash) -> bool {
        *signed == shown(ids)
    }

    fn saw(&self, one: &EntryId, other: &EntryId) -> bool {
        (self.saw)(one, other)
    }
}

/// The law of a file, with these rows, where `saw` says who had seen what.
pub(crate) fn law(rules: &Rules, place: Place, table: &'static [Row], saw: &'static Saw) -> &'static Law<'static> {
    let mut the_pack = BuiltIn::of("township").unwrap().pack().unwrap();
    the_pack.levels = vec![level(rules)];
    the_pack.subjects.retain(|rule| rule.sort != SubjectSort::LeadingGroup);
    let world = keep(Around { name: pack(), pack: keep(the_pack), saw });
    keep(Law { home: keep(unit(place)), world, table })
}

pub(crate) fn subject(rules: &Rules, flaw: Flaw) -> Subject {
    let mut unit = unit(Place::Village);
    if flaw == Flaw::Elsewhere {
        unit = "370126.105.202".parse().unwrap();
    }
    if flaw == Flaw::Sort {
        return Subject::LeadingGroup { unit, members: vec![holder(6)] };
    }
    if rules.is_person {
        let managed_by = self::unit(if flaw == Flaw::Managed { Place::County } else { Place::Town });
        return Subject::Person { unit, post: "会计".into(), holder: Some(holder(6)), managed_by };
    }
    if flaw == Flaw::Managed {
        unit = "370126.106".parse().unwrap();
    }
    Subject::Unit { unit, heads: vec![holder(6)] }
}

fn text(flaw: Flaw) -> String {
    if flaw == Flaw::Blank { " ".into() } else { "事实".into() }
}

fn interviewers(flaw: Flaw) -> Vec<Interviewer> {
    let one = |person, role| Interviewer { holder: holder(person), role };
    match flaw {
        Flaw::OneInterviewer => vec![one(2, Role::DISCIPLINE_LEAD)],
        Flaw::ConcernedInterviewer => vec![one(2, Role::DISCIPLINE_LEAD), one(6, Role::ANALYST)],
        Flaw::MainInterviewer => vec![one(0, Role::ANALYST), one(2, Role::DISCIPLINE_LEAD)],
        _ => vec![one(2, Role::DISCIPLINE_LEAD), one(0, Role::ANALYST)],
    }
}

fn meeting(rules: &Rules, flaw: Flaw) -> Option<Meeting> {
    let one = |person, role| Present { holder: Some(holder(person)), role, name: "张三".into() };
    let (secretary, committee) = (one(3, Some(Role::SECRETARY)), one(4, Some(Role::PARTY_COMMITTEE)));
    let present = match flaw {
        Flaw::NoMeeting => return None,
        Flaw::ShortMeeting => vec![secretary],
        Flaw::ConcernedPresent => vec![secretary, committee, one(6, None)],
        Flaw::NotTogether => vec![one(3, None), committee],
        _ if !rules.meeting => return None,
        _ => vec![secretary, committee],
    };
    Some(Meeting { on: day(20_000), present, outcome: "同意".into() })
}

fn paper(form: &str, number: u32, flaw: Flaw) -> Paper {
    let form = if flaw == Flaw::OtherForm { "another" } else { form };
    let place = if flaw == Flaw::OtherRegister { Place::Village } else { Place::Town };
    let series = document(place, Kind(20), 9);
    let number = SerialNumber { word: "镇纪预".into(), year: 2026, number, series };
    Paper { form: form.into(), number, text: "限期说明".into() }
}

/// The id an act names, or another one.
fn named(standing: Option<EntryId>, is_other: bool) -> EntryId {
    if is_other { id("no such entry") } else { standing.unwrap_or(id("nothing")) }
}

fn way(flaw: Flaw) -> (String, String) {
    let ground = match flaw {
        Flaw::Ground => "2.9",
        Flaw::GroundReason => "2.2",
        _ => "2.1",
    };
    (ground.into(), if flaw == Flaw::Way { "other" } else { "paper" }.into())
}

fn level_of(flaw: Flaw) -> (Level, PackName) {
    let mut rules = pack();
    rules.version += u32::from(flaw == Flaw::Pack);
    (if flaw == Flaw::Level { Level(9) } else { Level::TWO }, rules)
}

fn escalation(to: To, flaw: Flaw) -> (To, Condition, Option<DocKey>) {
    let when = if flaw == Flaw::Condition { Condition::ErrorSpreads } else { Condition::RectificationWeak };
    let is_linked = matches!(to, To::Level(_)) != (flaw == Flaw::Unlinked);
    (to, when, is_linked.then(|| document(Place::Town, Kind::CASE_INNER, 2)))
}

/// An act of the inner file as it is tried by somebody.
pub(crate) fn inner_act(rules: &Rules, file: &Inner<'_>, who: &Actor, deed: Deed, flaw: Flaw) -> InnerAct {
    let proposal = named(file.proposal.map(|step| step.id), flaw == Flaw::OtherProposal);
    let reason = text(flaw);
    match deed {
        Deed::Propose => {
            let (ground, way) = way(flaw);
            let (level, pack) = level_of(flaw);
            let reason = if flaw == Flaw::GroundReason { String::new() } else { "其他".into() };
            InnerAct::Propose(Box::new(Proposal {
                subject: subject(rules, flaw),
                level,
                ground,
                reason,
                way,
                facts: text(flaw),
                reports: Vec::new(),
                rules: pack,
                follows: None,
            }))
        }
        Deed::Return => InnerAct::Return { proposal, reason },
        Deed::Drop => InnerAct::Drop { proposal, reason },
        Deed::RecuseSelf => InnerAct::Recuse { holder: holder(who.person), reason },
        Deed::RecuseLead | Deed::RecuseLeadUnseen => InnerAct::Recuse { holder: holder(1), reason },
        Deed::Approve | Deed::Dismiss => InnerAct::Decide {
            proposal,
            shown: if flaw == Flaw::NotShown { shown(&[]) } else { shown(&[proposal]) },
            is_approved: deed == Deed::Approve,
            meeting: meeting(rules, flaw),
        },
        Deed::Plan => InnerAct::Plan { proposal, outline: text(flaw), interviewers: interviewers(flaw) },
        Deed::Rescind => {
            let decision = named(file.decision.map(|step| step.id), flaw == Flaw::OtherDecision);
            InnerAct::Rescind { decision, reason, meeting: meeting(rules, flaw) }
        }
        Deed::ReferProposal => InnerAct::Refer { reason },
        Deed::Deliberate => InnerAct::Deliberate {
            objection: id("objection"),
            findings: text(flaw),
            ruling: Ruling::Rejected,
            meeting: None,
        },
        Deed::Raise => {
            let (to, when, case) = escalation(To::Level(Level::ONE), flaw);
            InnerAct::Escalate { to, when, findings: text(flaw), case }
        }
        Deed::SettleInner => {
            let crossing = file.crossings.last().filter(|_| flaw != Flaw::OtherCrossing);
            let (stands, other) = crossing.map_or((id("nothing"), id("else")), |one| (one.stands, one.other));
            InnerAct::Settle { stands, other, findings: text(flaw) }
        }
        _ => InnerAct::Link { document: document(Place::Town, Kind::REPORT, 3), note: "附".into() },
    }
}

/// An act of the outer file as it is tried.
pub(crate) fn outer_act(rules: &Rules, file: &Outer<'_>, deed: Deed, flaw: Flaw) -> OuterAct {
    let issue = named(file.issue.map(|step| step.id), flaw == Flaw::OtherWarning);
    let answer = named(file.answers.last().map(|step| step.id), flaw == Flaw::OtherAnswer);
    let request = named(file.requested.map(|step| step.id), flaw == Flaw::OtherRequest);
    let objection = named(file.objection.map(|step| step.id), flaw == Flaw::OtherObjection);
    let reason = text(flaw);
    let month = term(if flaw == Flaw::TermTooLong { 2 } else { 1 }, TermUnit::Month);
    match deed {
        Deed::Issue | Deed::IssueWithoutPaper => {
            let with_paper = deed == Deed::Issue;
            let (ground, way) = way(flaw);
            let (level, pack) = level_of(flaw);
            let cancelled = file.cancelled_numbers().map(|number| number.number).max().unwrap_or_default();
            let number = if flaw == Flaw::NumberCancelled { cancelled } else { cancelled + 1 };
            let mut terms = Vec::new();
            if rules.open_term && with_paper && flaw != Flaw::NoTerm {
                terms.push(TermSet { what: Debt::Correction, term: month });
            }
            if flaw == Flaw::TermNotFree {
                terms.push(TermSet { what: Debt::Account, term: month });
            }
            OuterAct::Issue(Box::new(Warning {
                case: document(Place::Town, Kind::CASE_INNER, 1),
                decision: id("decision"),
                decided_on: day(20_000),
                subject: subject(rules, flaw),
                level,
                ground,
                way,
                rules: pack,
                paper: with_paper.then(|| paper("notice", number, flaw)),
                terms,
                follows: None,
            }))
        }
        Deed::Cancel => OuterAct::Cancel { issue, reason },
        Deed::Deliver => OuterAct::Deliver { issue, on: day(20_001), how: "当面".into() },
        Deed::Receive => OuterAct::Receive { issue, on: day(20_001) },
        Deed::Notice => OuterAct::Notice {
            issue,
            paper: paper("call", 50, flaw),
            at_s: 0,
            place: "会议室".into(),
            interviewers: interviewers(flaw),
        },
        Deed::Interview => {
            let is_set = file.terms().iter().any(|set| set.what == Debt::Correction);
            let mut terms = Vec::new();
            if rules.open_term && !is_set && flaw != Flaw::NoTerm {
                terms.push(TermSet { what: Debt::Correction, term: month });
            }
            if flaw == Flaw::TermNotFree {
                terms.push(TermSet { what: Debt::Account, term: month });
            }
            let last = file.notices.last().map(|step| step.id);
            let notice = if flaw == Flaw::OtherNotice { Some(named(None, true)) } else { last };
            OuterAct::Interview {
                issue,
                notice,
                on: day(20_002),
                interviewers: interviewers(flaw),
                record: text(flaw),
                terms,
            }
        }
        Deed::Answer => OuterAct::Answer {
            issue,
            what: if flaw == Flaw::NoMeasures { Debt::Measures } else { Debt::Account },
            text: text(flaw),
            measures: Vec::new(),
            attachments: Vec::new(),
        },
        Deed::Evidence => OuterAct::Evidence { issue, text: text(flaw), attachments: Vec::new() },
        Deed::AskExtension => OuterAct::AskExtension { issue, reason, by: month },
        Deed::Extend => OuterAct::Extend { issue, request, by: month, paper: paper("extension", 60, flaw) },
        Deed::RefuseExtension => OuterAct::RefuseExtension { issue, request, reason },
        Deed::Accept => {
            let shown = if flaw == Flaw::NotShown { shown(&[]) } else { shown(&[issue, answer]) };
            OuterAct::Accept { issue, answer, shown }
        }
        Deed::SendBack => OuterAct::SendBack { issue, answer, reason },
        Deed::VisitAndLift | Deed::VisitAndWait => OuterAct::Visit {
            issue,
            on: day(20_030),
            means: if flaw == Flaw::NoMeans { Vec::new() } else { vec!["听取汇报".into()] },
            findings: text(flaw),
            opinion: if deed == Deed::VisitAndLift { Opinion::Lift } else { Opinion::Continue },
        },
        Deed::Lift | Deed::LiftOnVisit => {
            let last = file.visits.last().map(|step| step.id);
            let visit = (deed == Deed::LiftOnVisit).then(|| named(last, flaw == Flaw::OtherVisit));
            let ids: Vec<EntryId> = [issue, answer].into_iter().chain(visit).collect();
            let shown = if flaw == Flaw::NotShown { shown(&[]) } else { shown(&ids) };
            OuterAct::Lift { issue, answer, visit, shown, reason }
        }
        Deed::Withdraw => OuterAct::Withdraw { issue, reason },
        Deed::Object => OuterAct::Object { issue, text: text(flaw) },
        Deed::Uphold => OuterAct::Rule { issue, objection, ruling: Ruling::Upheld, reason },
        Deed::Reject => OuterAct::Rule { issue, objection, ruling: Ruling::Rejected, reason },
        Deed::Escalate => {
            let (to, when, case) = escalation(To::Level(Level::ONE), flaw);
            OuterAct::Escalate { issue, to, when, case }
        }
        Deed::EscalateOutside => {
            let (to, when, case) = escalation(To::Organisational, flaw);
            OuterAct::Escalate { issue, to, when, case }
        }
        Deed::Refer => OuterAct::Refer { issue },
        Deed::Tell => {
            let who = if flaw == Flaw::OtherBody { "nobody" } else { "branch" };
            OuterAct::Tell { issue, who: who.into(), paper: Some(paper("telling", 70, flaw)), on: day(20_001) }
        }
        Deed::Settle => {
            let entry = named(file.steps.first().map(|step| step.id), flaw == Flaw::OtherCrossing);
            OuterAct::Settle { clash: Clash::Files { entry, why: Contradiction::NotDecided }, findings: text(flaw) }
        }
        _ => {
            let kind = if flaw == Flaw::Hidden { Kind::REPORT } else { Kind::CASE_OUTER };
            OuterAct::Link { issue, document: document(Place::Town, kind, 3), note: "附".into() }
        }
    }
}

/// Acts by what is tried and what they name, so that each is made once.
pub(crate) struct Acts<A: 'static> {
    made: RefCell<BTreeMap<(Deed, Flaw, u8, Vec<EntryId>, u32), &'static A>>,
}

impl<A> Acts<A> {
    pub(crate) fn new() -> Acts<A> {
        Acts { made: RefCell::default() }
    }

    pub(crate) fn get(&self, key: (Deed, Flaw, u8, Vec<EntryId>, u32), make: impl FnOnce() -> A) -> &'static A {
        self.made.borrow_mut().entry(key).or_insert_with(|| keep(make()))
    }
}

/// What acts of the outer file name.
pub(crate) fn names_of_outer(file: &Outer<'_>) -> (Vec<EntryId>, u32) {
    let one = |step: Option<Taken<'_, OuterAct>>| step.map_or(id("nothing"), |step| step.id);
    let names = vec![
        one(file.issue),
        one(file.notices.last().copied()),
        one(file.answers.last().copied()),
        one(file.requested),
        one(file.visits.last().copied()),
        one(file.objection),
        one(file.steps.first().copied()),
    ];
    let cancelled = file.cancelled_numbers().map(|number| number.number).max().unwrap_or_default();
    let is_set = file.terms().iter().any(|set| set.what == Debt::Correction);
    (names, cancelled * 2 + u32::from(is_set))
}

/// What acts of the inner file name.
pub(crate) fn names_of_inner(file: &Inner<'_>) -> (Vec<EntryId>, u32) {
    let one = |step: Option<Taken<'_, InnerAct>>| step.map_or(id("nothing"), |step| step.id);
    let crossed = file.crossings.last();
    let crossed = crossed.map_or([id("nothing"); 2], |crossing| [crossing.stands, crossing.other]);
    ([one(file.proposal), one(file.decision)].into_iter().chain(crossed).collect(), 0)
}

/// A day by its number since 1970-01-01.
fn day(days: u32) -> Day {
    Day::new(days).unwrap()
}
