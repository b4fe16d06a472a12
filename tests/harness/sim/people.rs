//! What people do: reports and risks with their edits, cases from proposal to lifting, names; each with the officer's own
//! certificate, on a node of the place.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use fangwei_protocol::{
    record::{
        body::{Act, Content, Step, Value},
        entry::{CertificateId, DocId, DocKey, Entry, EntryId, Hash, Kind, Reach, Scope, Shelf},
    },
    records::{Records, indexes, key},
    replica::{Draft, Now, Replica, Unsigned},
    trust::{
        charter::{HolderName, Role},
        checkpoint::LogName,
    },
    work::{
        case::{Level, files_of},
        unit::UnitPath,
    },
};

use super::{Id, disk::Disk, machine::Machine, plan::Draw};
use crate::{cases, world::Officer};

/// Edits after which people begin a new document.
const EDITS_MAX: u32 = 25;

/// One officer.
pub(crate) struct Person {
    pub(crate) officer: Officer,
    /// All they ever had.
    pub(crate) certificates: Vec<CertificateId>,
    pub(crate) roles: Vec<Role>,
    pub(crate) unit: UnitPath,
    /// Revoked, or left: nobody writes with this key any more.
    pub(crate) has_left: bool,
}

/// A document people work on.
struct Paper {
    key: DocKey,
    edits: u32,
}

/// A warning case.
#[derive(Clone)]
struct CaseFiles {
    inner: DocKey,
    outer: DocKey,
}

/// What somebody is about to say.
pub(crate) enum Deed {
    /// To be drafted and signed where it is written.
    Draft { by: Officer, draft: Box<Draft> },
    /// Signed elsewhere.
    Signed { entry: Box<Entry>, body: Arc<[u8]> },
}

/// Who there is, and what they work on.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) persons: Vec<Person>,
    /// Who works on which machine.
    pub(crate) places: BTreeMap<Id, Vec<usize>>,
    papers: Vec<Paper>,
    cases: Vec<CaseFiles>,
    /// Certificates whose key is in two hands, or on two machines of one memory: their feeds may fork.
    pub(crate) suspects: BTreeSet<CertificateId>,
    /// Nodes whose machine was copied while it ran.
    pub(crate) cloned: BTreeSet<CertificateId>,
    /// How often a node came back from a backup: until somebody shows it what it lost, it goes on under the name its log
    /// had, and can sign another root at a size it signed before.
    pub(crate) lives: BTreeMap<CertificateId, u32>,
    /// The roots that were signed for so many entries of a log, and in which of its node's lives each was first.
    pub(crate) roots: BTreeMap<(LogName, u64), BTreeMap<Hash, u32>>,
    /// What came with each entry that was handed in.
    pub(crate) attached: BTreeMap<EntryId, Vec<Hash>>,
    /// Forks somebody made on purpose: scope, author, the two entries.
    pub(crate) forks: Vec<(Scope, CertificateId, EntryId, EntryId)>,
    /// What was said on purpose by somebody who may not say it.
    pub(crate) oversteps: BTreeSet<EntryId>,
}

/// What a composer looks at.
type Sight<'a> = (&'a Replica, &'a Disk, Now);

impl People {
    pub(crate) fn join(&mut self, officer: Officer, roles: Vec<Role>, unit: UnitPath) {
        let certificates = vec![officer.certificate];
        self.persons.push(Person { officer, certificates, roles, unit, has_left: false });
    }

    /// Everybody works where the unit is; some of a township also on the first node below it.
    pub(crate) fn take_places(&mut self, machines: &[Machine]) {
        for (id, machine) in machines.iter().enumerate() {
            let here = self.persons.iter().enumerate().filter(|(_, person)| person.unit == *machine.unit());
            self.places.insert(id, here.map(|(at, _)| at).collect());
        }
        for (at, person) in self.persons.iter().enumerate() {
            if person.unit.depth() == 2 && person.roles.contains(&Role::ANALYST) {
                let below = machines.iter().position(|machine| person.unit.is_above(machine.unit()));
                below.and_then(|id| self.places.get_mut(&id)).into_iter().for_each(|place| place.push(at));
            }
        }
    }

    /// Whether somebody writes on a machine.
    pub(crate) fn works_at(&self, id: Id, certificate: &CertificateId) -> bool {
        let here = self.places.get(&id).into_iter().flatten();
        here.into_iter().any(|at| self.persons[*at].certificates.contains(certificate))
    }

    /// Who holds an officer's certificate.
    pub(crate) fn holder(&self, certificate: &CertificateId) -> Option<&Person> {
        self.persons.iter().find(|person| person.officer.certificate == *certificate)
    }

    /// Somebody who works on a machine and has one of these roles.
    pub(crate) fn somebody(&self, draw: &mut Draw, id: Id, roles: &[Role]) -> Option<usize> {
        let is_one = |at: &&usize| {
            let person = &self.persons[**at];
            !person.has_left && (roles.is_empty() || person.roles.iter().any(|role| roles.contains(role)))
        };
        let some: Vec<usize> = self.places.get(&id)?.iter().filter(is_one).copied().collect();
        draw.pick(&some).copied()
    }

    /// What somebody on a machine writes next.
    pub(crate) fn compose(&mut self, draw: &mut Draw, id: Id, sight: Sight<'_>) -> Option<Deed> {
        for _ in 0..6 {
            let at = self.somebody(draw, id, &[])?;
            let by = self.persons[at].officer.clone();
            // Who was given a new certificate waits until it is known here; who was revoked does not try.
            let charter = sight.0.charter();
            if charter.complete(&by.certificate).is_none() || charter.dead(&by.certificate).is_some() {
                continue;
            }
            if draw.percent(2)
                && let Some(deed) = self.newer(draw, at, sight)
            {
                return Some(deed);
            }
            let found = match draw.below(100) {
                0..70 => self.document(draw, at, sight),
                70..95 => self.case(draw, at, sight),
                _ => self.name(draw, at),
            };
            if let Some((document, after, content)) = found {
                let draft = Box::new(Draft { author: by.certificate, document, after, content });
                return Some(Deed::Draft { by, draft });
            }
        }
        None
    }

    /// A report or a risk: a new one, or an edit of one that is here.
    fn document(
        &mut self,
        draw: &mut Draw,
        at: usize,
        (replica, disk, _): Sight<'_>,
    ) -> Option<(DocKey, Option<Vec<EntryId>>, Content)> {
        let person = &self.persons[at];
        let has = |roles: &[Role]| person.roles.iter().any(|role| roles.contains(role));
        let at_home = person.roles.iter().all(|role| is_home_only(*role));
        let mut kinds = Vec::new();
        if has(&[Role::REPORTER, Role::INVITED_REPORTER, Role::ANALYST]) {
            kinds.extend([Kind::REPORT, Kind::REPORT]);
        }
        if has(&[Role::REPORTER, Role::POST_HOLDER, Role::ANALYST, Role::DISCIPLINE_LEAD, Role::SECRETARY]) {
            kinds.push(Kind::RISK);
        }
        let kind = *draw.pick(&kinds)?;
        if draw.percent(65) {
            let may_edit = |paper: &&mut Paper| {
                let home = &paper.key.scope.home;
                let is_there = if at_home { *home == person.unit } else { person.unit.contains(home) };
                paper.key.kind == kind
                    && paper.edits < EDITS_MAX
                    && is_there
                    && (!at_home || paper.key.scope.reach == Reach::UP)
                    && matches!(disk.get(&key::document(&paper.key)), Ok(Some(_)))
            };
            let mut open: Vec<&mut Paper> = self.papers.iter_mut().rev().filter(may_edit).take(8).collect();
            let chosen = usize::try_from(draw.below(open.len() as u64)).unwrap_or(0);
            if let Some(paper) = open.get_mut(chosen) {
                paper.edits += 1;
                // Now and then somebody has not seen what others wrote since.
                let log = indexes(disk, &key::document_log_prefix(&paper.key)).ok()?;
                let seen = draw.pick(&log).filter(|_| draw.clone().percent(15));
                let after = seen.and_then(|at| replica.entry(*at, disk).ok()).map(|entry| vec![entry.id()]);
                draw.number();
                return Some((paper.key.clone(), after, Content::Edit(steps(draw, kind))));
            }
        }
        let reach = match kind {
            Kind::REPORT if at_home || draw.percent(92) => Reach::UP,
            Kind::REPORT => Reach::LOCAL,
            _ if at_home => Reach::UP,
            _ if draw.percent(70) => Reach::DOWN,
            _ if draw.percent(70) => Reach::UP,
            _ => Reach::LOCAL,
        };
        let shelf = if kind == Kind::REPORT { Shelf::CASE } else { Shelf::LIBRARY };
        let scope = Scope { home: person.unit.clone(), reach, shelf };
        let document = new_document(draw, scope, kind);
        self.papers.push(Paper { key: document.clone(), edits: 0 });
        Some((document, None, Content::Edit(steps(draw, kind))))
    }

    /// The next step of a case that this person may take here, or a new case.
    fn case(
        &mut self,
        draw: &mut Draw,
        at: usize,
        sight: Sight<'_>,
    ) -> Option<(DocKey, Option<Vec<EntryId>>, Content)> {
        let person = &self.persons[at];
        let has = |role: Role| person.roles.contains(&role);
        if has(Role::ANALYST) && (self.cases.len() < 3 || draw.percent(40)) {
            let below: Vec<&UnitPath> =
                self.persons.iter().map(|other| &other.unit).filter(|unit| person.unit.contains(unit)).collect();
            let subject = (*draw.pick(&below)?).clone();
            let inner = new_document(draw, files_of(&person.unit), Kind::CASE_INNER);
            let (inner, outer) = cases::files(inner, &subject);
            self.cases.push(CaseFiles { inner: inner.clone(), outer });
            let level = Level(u8::try_from(draw.between(1, 3)).unwrap_or(1));
            return Some((inner, None, cases::inner(cases::propose(&subject, level))));
        }
        let unit = person.unit.clone();
        let is_ours = |case: &&CaseFiles| [&case.inner, &case.outer].iter().any(|file| file.scope.home == unit);
        let cases: Vec<CaseFiles> = self.cases.iter().rev().filter(is_ours).take(12).cloned().collect();
        for _ in 0..3 {
            let case = draw.pick(&cases)?;
            let (replica, disk, now) = sight;
            let step = if draw.percent(25) {
                cases::side_step((replica, disk), &unit, &case.outer)
            } else {
                cases::next_step((replica, disk, now), &unit, (&case.inner, &case.outer))
            };
            if let Some((document, content)) = step {
                return Some((document, None, content));
            }
        }
        None
    }

    /// A document of a kind that only a newer version knows: nobody here understands it, and everybody carries it.
    fn newer(&self, draw: &mut Draw, at: usize, (replica, disk, now): Sight<'_>) -> Option<Deed> {
        let Person { officer, unit, roles, .. } = &self.persons[at];
        if !roles.contains(&Role::REPORTER) {
            return None;
        }
        let scope = Scope { home: unit.clone(), reach: Reach::UP, shelf: Shelf::CASE };
        let document = new_document(draw, scope, Kind::REPORT);
        let content = Content::Edit(vec![]);
        let draft = Draft { author: officer.certificate, document, after: None, content };
        let Unsigned { mut header, body } = replica.draft(now, draw.bytes(), draft, disk).ok()?;
        header.kind = Kind(999);
        let entry = header.sign(replica.genesis(), &officer.key).ok()?;
        Some(Deed::Signed { entry: Box::new(entry), body: body.into() })
    }

    /// An administrator says how somebody is called.
    fn name(&mut self, draw: &mut Draw, at: usize) -> Option<(DocKey, Option<Vec<EntryId>>, Content)> {
        let person = &self.persons[at];
        if !person.roles.contains(&Role::ADMINISTRATOR) {
            return None;
        }
        let scope = Scope { home: person.unit.clone(), reach: Reach::DOWN, shelf: Shelf::CHARTER };
        let name = HolderName { holder: draw.bytes::<16>().into(), name: "张三".into() };
        Some((new_document(draw, scope, Kind::HOLDER), None, Content::Act(Act::NameHolder(name))))
    }

    /// A redaction that waits for a second person's word, as a machine has it.
    pub(crate) fn endorse_redaction(&self, by: &Officer, (replica, disk, _): Sight<'_>) -> Option<Deed> {
        for document in replica.documents(Kind::REDACTION, disk).ok()? {
            let history = replica.history(&document, disk).ok()?;
            let redact =
                history.iter().find(|said| matches!(said.content(), Some(Content::Act(Act::Redact { .. }))))?;
            let is_endorsed = history.len() > 1;
            if !is_endorsed && redact.entry.header().author != by.certificate {
                let content = Content::Act(Act::Endorse { subject: redact.entry.id() });
                let draft = Box::new(Draft { author: by.certificate, document, after: None, content });
                return Some(Deed::Draft { by: by.clone(), draft });
            }
        }
        None
    }
}

/// A document nobody has yet.
pub(crate) fn new_document(draw: &mut Draw, scope: Scope, kind: Kind) -> DocKey {
    DocKey { scope, kind, doc: DocId(draw.bytes()) }
}

fn is_home_only(role: Role) -> bool {
    [Role::REPORTER, Role::INVITED_REPORTER, Role::POST_HOLDER].contains(&role)
}

/// One to three steps of an edit.
fn steps(draw: &mut Draw, kind: Kind) -> Vec<Step> {
    let text = |draw: &mut Draw| -> String {
        let words = ["账目", "招标", "审批", "车辆", "接待", "补贴", "用地", "物资", "公示", "合同"];
        (0..draw.between(1, 6)).filter_map(|_| draw.pick(&words).copied()).collect()
    };
    let count = draw.between(1, 3);
    let mut steps = Vec::new();
    for _ in 0..count {
        let (word, prose, number) =
            if kind == Kind::REPORT { ("title", "account", "amount_fen") } else { ("post", "description", "level") };
        steps.push(match draw.below(10) {
            0..2 => Step::Set { field: word.into(), value: Some(Value::Text(text(draw))) },
            2..4 => {
                let value = Some(Value::Int(i64::try_from(draw.between(1, 3)).unwrap_or(1)));
                Step::Set { field: number.into(), value }
            }
            4..6 if kind == Kind::RISK => Step::Add { field: "measures".into(), at: 0, item: Value::Text(text(draw)) },
            _ => Step::Splice { field: prose.into(), at: 0, delete: 0, insert: text(draw) },
        });
    }
    steps
}
