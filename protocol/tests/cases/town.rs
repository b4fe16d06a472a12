//! A township with its people, one case of it by a built-in pack, and every door an act goes through before it is signed.

use std::collections::BTreeMap;

use fangwei_protocol::{
    record::entry::{DocKey, EntryId, Hash, Kind},
    trust::charter::{HolderId, Role},
    work::{
        cadre::Cadres,
        calendar::{Term, TermUnit},
        case::{
            Level,
            act::{
                Day, InnerAct, Interviewer, Meeting, OuterAct, Paper, Present, Proposal, SerialNumber, Subject, Warning,
            },
            inner::Inner,
            law::{Law, Officer, Taken},
            outer::Outer,
            permit::{Knowledge, Seat, may_write, may_write_inner},
            refusal::CaseRefusal,
            series::{Register, Said, Series, SeriesAct},
            table::TABLE,
        },
        days::{Days, LastDay, Moments},
        pack::{BuiltIn, Pack, published::PackName},
        unit::UnitPath,
    },
};

use crate::{
    explore::all_seen,
    model::Place,
    world::{Around, Saw, document, holder, id, keep, roles, shown, unit},
};

/// Monday, 5 January 2026.
pub(crate) const MONDAY: Day = Day::new(20_458).unwrap();

/// A calendar of weekends; a month has thirty days.
pub(crate) struct Weekends;

impl Days for Weekends {
    fn last_day(&self, start: Day, term: Term) -> LastDay {
        let count = i32::from(term.count());
        let day = match term.unit() {
            TermUnit::WorkingDay => {
                (1..).map(|days| start + days).filter(|day| is_worked(*day)).nth(usize::from(term.count()) - 1).unwrap()
            }
            TermUnit::Week => start + 7 * count,
            TermUnit::Month => start + 30 * count,
        };
        LastDay { day, is_provisional: false }
    }

    fn year(&self, day: Day) -> u16 {
        day.year()
    }

    fn working_days(&self, from: Day, to: Day) -> i32 {
        let days = |from: Day, to: Day| (1..=from.days_until(to)).map(move |days| from + days);
        let count = |from, to| i32::try_from(days(from, to).filter(|day| is_worked(*day)).count()).unwrap();
        if to < from { -count(to, from) } else { count(from, to) }
    }
}

fn is_worked(day: Day) -> bool {
    !day.is_weekend()
}

/// Who works here: a person, a place, roles by the letters of [`roles`].
#[derive(Clone, Copy)]
pub(crate) struct Who(pub(crate) u8, pub(crate) Place, pub(crate) &'static str);

pub(crate) const ANALYST: Who = Who(0, Place::Town, "a");
pub(crate) const LEAD: Who = Who(1, Place::Town, "d");
pub(crate) const SECRETARY: Who = Who(3, Place::Town, "s");
pub(crate) const COMMITTEE: Who = Who(4, Place::Town, "c");
pub(crate) const MEMBER: Who = Who(5, Place::Town, "c");
pub(crate) const GROUP: Who = Who(9, Place::Town, "g");
pub(crate) const HEAD: Who = Who(6, Place::Village, "p");
pub(crate) const COUNTY: Who = Who(10, Place::County, "ads");

const EVERYBODY: [Who; 8] = [ANALYST, LEAD, SECRETARY, COMMITTEE, MEMBER, GROUP, HEAD, COUNTY];

impl Who {
    pub(crate) fn officer(self) -> Officer<'static> {
        Officer { holder: holder(self.0), roles: keep(roles(self.2)), unit: keep(unit(self.1)) }
    }

    fn seat(self) -> Seat {
        Seat { holder: holder(self.0), unit: unit(self.1), roles: roles(self.2) }
    }

    pub(crate) fn interviewer(self) -> Interviewer {
        Interviewer { holder: holder(self.0), role: roles(self.2)[0] }
    }

    pub(crate) fn present(self) -> Present {
        Present { holder: Some(holder(self.0)), role: Some(roles(self.2)[0]), name: "与会".into() }
    }
}

/// One case with all that is known of it.
pub(crate) struct Case {
    pub(crate) pack: &'static Pack,
    pub(crate) inner: Vec<Taken<'static, InnerAct>>,
    pub(crate) outer: Vec<Taken<'static, OuterAct>>,
    /// The inner file of the case it carries up.
    pub(crate) followed: Option<&'static Inner<'static>>,
    pub(crate) bench: Vec<Seat>,
    pub(crate) cadres: Cadres,
    pub(crate) register: Vec<SeriesAct>,
    pub(crate) today: Day,
    pub(crate) moments: Times,
    /// By how much the version of the pack in force for new cases is greater.
    pub(crate) newer_version: u32,
    /// Who had seen what.
    pub(crate) saw: &'static Saw,
    /// The deciding unit.
    pub(crate) deciding: Place,
}

/// When entries were signed and received.
#[derive(Default)]
pub(crate) struct Times(pub(crate) BTreeMap<EntryId, (Day, Option<Day>)>);

impl Moments for Times {
    fn signed(&self, entry: &EntryId) -> Day {
        self.0[entry].0
    }

    fn received(&self, entry: &EntryId) -> Option<Day> {
        self.0[entry].1
    }
}

pub(crate) fn person(post: &str, of: Who) -> Subject {
    Subject::Person {
        unit: unit(Place::Village),
        post: post.into(),
        holder: Some(holder(of.0)),
        managed_by: unit(Place::Town),
    }
}

pub(crate) fn meeting(present: &[Who], on: Day) -> Option<Meeting> {
    Some(Meeting { on, present: present.iter().map(|who| who.present()).collect(), outcome: "同意预警".into() })
}

impl Case {
    pub(crate) fn of(pack: &str) -> Case {
        Case {
            pack: keep(BuiltIn::of(pack).unwrap().pack().unwrap()),
            inner: Vec::new(),
            outer: Vec::new(),
            followed: None,
            bench: EVERYBODY.map(Who::seat).to_vec(),
            cadres: Cadres::new(),
            register: Vec::new(),
            today: MONDAY,
            moments: Times::default(),
            newer_version: 0,
            saw: &all_seen,
            deciding: Place::Town,
        }
    }

    pub(crate) fn name(&self) -> PackName {
        PackName { id: self.pack.id.clone(), version: self.pack.version, hash: self.pack.hash() }
    }

    fn law(&self, home: Place) -> &'static Law<'static> {
        let world = keep(Around { name: self.name(), pack: self.pack, saw: self.saw });
        keep(Law { home: keep(unit(home)), world, table: TABLE })
    }

    pub(crate) fn inner_file(&self) -> Inner<'static> {
        Inner::fold(self.inner.iter().copied(), self.law(self.deciding))
    }

    pub(crate) fn outer_file(&self) -> Outer<'static> {
        Outer::fold(self.outer.iter().copied(), self.law(Place::Village))
    }

    pub(crate) fn outer_document(&self) -> DocKey {
        document(Place::Village, Kind::CASE_OUTER, 1)
    }

    pub(crate) fn series(&self) -> (DocKey, Series) {
        let key = register().document(&unit(self.deciding));
        let said = (0..).zip(&self.register).map(|(n, act)| Said { id: id(&format!("number {n}")), act });
        let series = Series::fold(&key, said);
        (key, series)
    }

    pub(crate) fn is_allotted(&self, number: &SerialNumber) -> bool {
        let (key, series) = self.series();
        number.series == key && series.bears(number.number, &self.outer_document())
    }

    fn known<T>(&self, ask: impl FnOnce(&Knowledge<'_>) -> T) -> T {
        let (inner, outer, mut in_force) = (self.inner_file(), self.outer_file(), self.name());
        in_force.version += self.newer_version;
        ask(&Knowledge {
            inner: Some(&inner),
            outer: Some(&outer),
            followed: self.followed,
            in_force: &in_force,
            bench: &self.bench,
            cadres: &self.cadres,
            is_allotted: &|number| self.is_allotted(number),
            today: self.today,
            days: &Weekends,
        })
    }

    fn signed(&mut self, id: EntryId) {
        self.moments.0.insert(id, (self.today, Some(self.today)));
    }

    /// Writes an act of the inner file, if it may be.
    pub(crate) fn say(&mut self, who: Who, act: InnerAct) -> Result<EntryId, CaseRefusal> {
        let step = Taken { id: id(&format!("inner {}", self.inner.len())), by: who.officer(), act: keep(act) };
        let law = self.law(self.deciding);
        self.known(|known| may_write_inner(&self.inner_file(), &step, law, known)).map_err(|refused| refused.why)?;
        self.inner.push(step);
        self.signed(step.id);
        Ok(step.id)
    }

    /// Writes an act of the outer file, if it may be.
    pub(crate) fn do_(&mut self, who: Who, act: OuterAct) -> Result<EntryId, CaseRefusal> {
        let step = self.step(who, act);
        let law = self.law(Place::Village);
        self.known(|known| may_write(&self.outer_file(), &step, law, known)).map_err(|refused| refused.why)?;
        self.take(step);
        Ok(step.id)
    }

    /// Takes in an act that was written elsewhere, without asking.
    pub(crate) fn receive(&mut self, who: Who, act: OuterAct) -> EntryId {
        let step = self.step(who, act);
        self.take(step);
        step.id
    }

    fn step(&self, who: Who, act: OuterAct) -> Taken<'static, OuterAct> {
        Taken { id: id(&format!("outer {}", self.outer.len())), by: who.officer(), act: keep(act) }
    }

    fn take(&mut self, step: Taken<'static, OuterAct>) {
        self.outer.push(step);
        self.signed(step.id);
    }

    pub(crate) fn proposal(&self, level: u8, ground: &str, subject: Subject) -> Proposal {
        let way = self.pack.level(Level(level)).unwrap().ways_for(ground).next().unwrap().id.clone();
        let (ground, facts, rules) = (ground.into(), "账目混乱".into(), self.name());
        let (reason, reports) = (String::new(), Vec::new());
        Proposal { subject, level: Level(level), ground, reason, way, facts, reports, rules, follows: None }
    }

    /// Proposes and decides.
    pub(crate) fn decide(&mut self, by: Who, proposal: Proposal, meeting: Option<Meeting>) -> EntryId {
        let proposal = self.say(ANALYST, InnerAct::Propose(Box::new(proposal))).unwrap();
        let shown = shown(&[proposal]);
        self.say(by, InnerAct::Decide { proposal, shown, is_approved: true, meeting }).unwrap()
    }

    /// The next number of the register, allotted to the outer file.
    pub(crate) fn number(&mut self) -> SerialNumber {
        let (_, series) = self.series();
        let (register, number, paper) = (register(), series.next(), self.outer_document());
        self.register.push(SeriesAct::Allot { register: register.clone(), number, paper });
        register.number(&unit(self.deciding), number)
    }

    pub(crate) fn paper(&mut self, form: &str) -> Paper {
        Paper { form: form.into(), number: self.number(), text: "请于规定期限内书面说明".into() }
    }

    /// The warning that was decided, with a number of its own.
    pub(crate) fn warning(&mut self) -> Warning {
        let inner = self.inner_file();
        let form = inner.rule.unwrap().way(&inner.proposed().unwrap().way).unwrap().paper.form().unwrap().to_owned();
        Warning { paper: Some(self.paper(&form)), decided_on: self.today, ..self.by_word() }
    }

    /// The warning that was decided, by word of mouth.
    pub(crate) fn by_word(&self) -> Warning {
        let inner = self.inner_file();
        let proposal = inner.proposed().unwrap();
        Warning {
            case: document(self.deciding, Kind::CASE_INNER, 1),
            decision: inner.decision.unwrap().id,
            decided_on: MONDAY,
            subject: proposal.subject.clone(),
            level: proposal.level,
            ground: proposal.ground.clone(),
            way: proposal.way.clone(),
            rules: proposal.rules.clone(),
            paper: None,
            terms: Vec::new(),
            follows: None,
        }
    }

    pub(crate) fn issue(&mut self, by: Who) -> EntryId {
        let warning = self.warning();
        self.do_(by, OuterAct::Issue(Box::new(warning))).unwrap()
    }
}

fn register() -> Register {
    Register { node: EntryId(Hash([1; 32])), word: "预告".into(), year: 2026 }
}

pub(crate) fn seat_of(person: u8, place: Place, role: Role) -> Seat {
    let holder: HolderId = holder(person);
    let unit: UnitPath = unit(place);
    Seat { holder, unit, roles: vec![role] }
}
