//! Acts of cases, reports and registers: each of them, with everything in it that may be there or not.

use fangwei_protocol::{
    record::entry::{DocId, DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    trust::charter::{HolderId, Role},
    work::{
        attachment::Attachment,
        cadre::{CadreAct, Post},
        calendar::{Day, DayOff, Term, TermUnit},
        case::{
            Level,
            act::{
                Clash, Contradiction, InnerAct, Interviewer, Measure, Meeting, Opinion, OuterAct, Paper, Present,
                Proposal, Ruling, SerialNumber, Subject, TermSet, Warning,
            },
            series::{Register, SeriesAct},
        },
        pack::{
            level::{Condition, Debt, To},
            published::PackName,
        },
        report::act::{Concerned, Filed, Origin, Outcome, ReportAct, TriageAct},
        sharing::{Copied, ShareAct, Shared},
        unit::UnitPath,
    },
};
use rand::RngExt;

use crate::{Tree, drafts::pick};

/// Draws what acts say, of a unit and about entries.
pub(crate) struct Draw<'t> {
    pub(crate) tree: &'t mut Tree,
    pub(crate) unit: UnitPath,
    pub(crate) one: EntryId,
    pub(crate) other: EntryId,
}

impl Draw<'_> {
    fn maybe<T>(&mut self, what: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.tree.rng.random_bool(0.5).then(|| what(self))
    }

    fn some<T>(&mut self, most: usize, mut what: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.tree.rng.random_range(0..=most)).map(|_| what(self)).collect()
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        pick(self.tree, from)
    }

    fn text(&mut self) -> String {
        self.pick(&["说明", "", "白条入账", "a\u{0}\u{202e}b", "🚧"]).into()
    }

    fn document(&mut self, kind: Kind) -> DocKey {
        let scope = Scope { home: self.unit.clone(), reach: Reach::UP, shelf: Shelf::CASE };
        DocKey { scope, kind, doc: DocId(self.tree.rng.random()) }
    }

    fn holder(&mut self) -> HolderId {
        let authors = self.tree.authors.clone();
        self.pick(&authors).said.holder
    }

    fn hash(&mut self) -> Hash {
        Hash(self.tree.rng.random())
    }

    fn day(&mut self) -> Day {
        self.pick(&[Day::MIN, Day::new(20_734).unwrap(), Day::MAX])
    }

    fn rules(&mut self) -> PackName {
        PackName { id: self.text(), version: self.tree.rng.random(), hash: self.hash() }
    }

    fn term(&mut self) -> Term {
        let unit = self.pick(&[TermUnit::WorkingDay, TermUnit::Week, TermUnit::Month]);
        let day_off = self.pick(&[DayOff::Moves, DayOff::Stays]);
        Term::new(self.tree.rng.random_range(1..=366), unit).unwrap().with_day_off(day_off)
    }

    fn debt(&mut self) -> Debt {
        self.pick(&[Debt::Account, Debt::Answer, Debt::Measures, Debt::Correction, Debt::Report])
    }

    fn terms(&mut self) -> Vec<TermSet> {
        self.some(2, |draw| TermSet { what: draw.debt(), term: draw.term() })
    }

    fn subject(&mut self) -> Subject {
        let unit = self.unit.clone();
        match self.tree.rng.random_range(0..3) {
            0 => Subject::LeadingGroup { unit, members: self.some(3, Self::holder) },
            1 => Subject::Unit { unit, heads: self.some(1, Self::holder) },
            _ => {
                let (post, holder) = (self.text(), self.maybe(Self::holder));
                Subject::Person { managed_by: unit.clone(), unit, post, holder }
            }
        }
    }

    fn role(&mut self) -> Role {
        Role(self.tree.rng.random())
    }

    fn meeting(&mut self) -> Option<Meeting> {
        self.maybe(|draw| Meeting {
            on: draw.day(),
            present: draw.some(3, |draw| Present {
                holder: draw.maybe(Self::holder),
                role: draw.maybe(Self::role),
                name: draw.text(),
            }),
            outcome: draw.text(),
        })
    }

    fn interviewers(&mut self) -> Vec<Interviewer> {
        self.some(2, |draw| Interviewer { holder: draw.holder(), role: draw.role() })
    }

    fn number(&mut self) -> SerialNumber {
        let (word, year) = (self.text(), self.tree.rng.random());
        let number = self.pick(&[0, 1, 24, u32::MAX]);
        SerialNumber { word, year, number, series: self.document(Kind::PAPER_SERIES) }
    }

    fn paper(&mut self) -> Paper {
        Paper { form: self.text(), number: self.number(), text: self.text() }
    }

    fn attachments(&mut self) -> Vec<Attachment> {
        self.some(2, |draw| Attachment {
            name: draw.text(),
            media_type: draw.text(),
            bytes: draw.pick(&[0, 1, u64::MAX]),
            chunks: draw.some(2, Self::hash),
        })
    }

    fn level(&mut self) -> Level {
        Level(self.pick(&[1, 2, 3, 200]))
    }

    fn up(&mut self) -> (To, Condition, Option<DocKey>) {
        let to = if self.tree.rng.random() { To::Level(self.level()) } else { To::Organisational };
        let when = self.pick(&[
            Condition::ComplaintsContinueAndVerified,
            Condition::RectificationWeak,
            Condition::ErrorSpreads,
            Condition::NotRectifiedInTime,
            Condition::NotCorrectedAfter,
        ]);
        (to, when, self.maybe(|draw| draw.document(Kind::CASE_INNER)))
    }

    fn ruling(&mut self) -> Ruling {
        self.pick(&[Ruling::Upheld, Ruling::Rejected])
    }

    pub(crate) fn inner(&mut self) -> InnerAct {
        let (one, reason) = (self.one, self.text());
        match self.tree.rng.random_range(0..12) {
            0 => InnerAct::Propose(Box::new(Proposal {
                subject: self.subject(),
                level: self.level(),
                ground: self.text(),
                reason,
                way: self.text(),
                facts: self.text(),
                reports: self.some(2, |draw| draw.document(Kind::REPORT)),
                rules: self.rules(),
                follows: self.maybe(|draw| draw.document(Kind::CASE_INNER)),
            })),
            1 => InnerAct::Return { proposal: one, reason },
            2 => InnerAct::Drop { proposal: one, reason },
            3 => InnerAct::Recuse { holder: self.holder(), reason },
            4 => {
                let (shown, is_approved, meeting) = (self.hash(), self.tree.rng.random(), self.meeting());
                InnerAct::Decide { proposal: one, shown, is_approved, meeting }
            }
            5 => InnerAct::Plan { proposal: one, outline: reason, interviewers: self.interviewers() },
            6 => InnerAct::Rescind { decision: one, reason, meeting: self.meeting() },
            7 => InnerAct::Refer { reason },
            8 => {
                let (ruling, meeting) = (self.ruling(), self.meeting());
                InnerAct::Deliberate { objection: one, findings: reason, ruling, meeting }
            }
            9 => {
                let (to, when, case) = self.up();
                InnerAct::Escalate { to, when, findings: reason, case }
            }
            10 => InnerAct::Settle { stands: one, other: self.other, findings: reason },
            _ => InnerAct::Link { document: self.document(Kind::REPORT), note: reason },
        }
    }

    /// What the subject does, and what is done for the unit that warns.
    pub(crate) fn outer(&mut self) -> OuterAct {
        let (issue, answer, reason) = (self.one, self.other, self.text());
        match self.tree.rng.random_range(0..23) {
            0 => OuterAct::Issue(Box::new(Warning {
                case: self.document(Kind::CASE_INNER),
                decision: answer,
                decided_on: self.day(),
                subject: self.subject(),
                level: self.level(),
                ground: self.text(),
                way: self.text(),
                rules: self.rules(),
                paper: self.maybe(Self::paper),
                terms: self.terms(),
                follows: self.maybe(|draw| draw.document(Kind::CASE_OUTER)),
            })),
            1 => OuterAct::Cancel { issue, reason },
            2 => OuterAct::Deliver { issue, on: self.day(), how: reason },
            3 => OuterAct::Receive { issue, on: self.day() },
            4 => {
                let (paper, at_s, interviewers) = (self.paper(), self.tree.rng.random(), self.interviewers());
                OuterAct::Notice { issue, paper, at_s, place: reason, interviewers }
            }
            5 => {
                let (notice, on, terms) = (self.maybe(|draw| draw.other), self.day(), self.terms());
                OuterAct::Interview { issue, notice, on, interviewers: self.interviewers(), record: reason, terms }
            }
            6 => {
                let measures = self.some(2, |draw| Measure { what: draw.text(), who: draw.text(), by: draw.day() });
                OuterAct::Answer { issue, what: self.debt(), text: reason, measures, attachments: self.attachments() }
            }
            7 => OuterAct::Evidence { issue, text: reason, attachments: self.attachments() },
            8 => OuterAct::AskExtension { issue, reason, by: self.term() },
            9 => OuterAct::Extend { issue, request: answer, by: self.term(), paper: self.paper() },
            10 => OuterAct::RefuseExtension { issue, request: answer, reason },
            11 => OuterAct::Accept { issue, answer, shown: self.hash() },
            12 => OuterAct::SendBack { issue, answer, reason },
            13 => {
                let (on, means) = (self.day(), self.some(2, Self::text));
                let opinion = self.pick(&[Opinion::Lift, Opinion::Continue, Opinion::Escalate]);
                OuterAct::Visit { issue, on, means, findings: reason, opinion }
            }
            14 => OuterAct::Lift { issue, answer, visit: self.maybe(|draw| draw.one), shown: self.hash(), reason },
            15 => OuterAct::Withdraw { issue, reason },
            16 => OuterAct::Object { issue, text: reason },
            17 => OuterAct::Rule { issue, objection: answer, ruling: self.ruling(), reason },
            18 => {
                let (to, when, case) = self.up();
                OuterAct::Escalate { issue, to, when, case }
            }
            19 => OuterAct::Refer { issue },
            20 => OuterAct::Tell { issue, who: reason, paper: self.maybe(Self::paper), on: self.day() },
            21 => OuterAct::Settle { clash: self.clash(), findings: reason },
            _ => OuterAct::Link { issue, document: self.document(Kind::CASE_OUTER), note: reason },
        }
    }

    fn clash(&mut self) -> Clash {
        let (stands, other) = (self.one, self.other);
        let why = self.pick(&[
            Contradiction::Concerned,
            Contradiction::NumberNotAllotted,
            Contradiction::NotDecided,
            Contradiction::DecisionGone,
            Contradiction::NotManagedHere,
            Contradiction::StandingNotCertified,
            Contradiction::DecidedIt,
            Contradiction::NotDeliberated,
        ]);
        self.pick(&[Clash::Acts { stands, other }, Clash::Files { entry: stands, why }])
    }

    fn concerned(&mut self) -> Option<Concerned> {
        self.maybe(|draw| Concerned {
            unit: draw.unit.clone(),
            post: draw.text(),
            holder: draw.maybe(Self::holder),
            is_head: draw.tree.rng.random(),
        })
    }

    pub(crate) fn report(&mut self) -> ReportAct {
        let (filed, text, to) = (self.one, self.text(), self.unit.clone());
        match self.tree.rng.random_range(0..7) {
            0 => {
                let named = Origin::Named { who: self.text() };
                let anonymous = Origin::Anonymous { code: self.hash() };
                ReportAct::File(Box::new(Filed {
                    number: self.number(),
                    to,
                    rules: self.rules(),
                    category: self.tree.rng.random(),
                    source: self.text(),
                    origin: self.pick(&[Origin::Officer, named, anonymous, Origin::Invited, Origin::PassedOn]),
                    concerned: self.concerned(),
                    title: self.text(),
                    account: text,
                    happened_s: self.maybe(|draw| draw.tree.rng.random()),
                    place: self.text(),
                    amount_fen: self.maybe(|draw| draw.tree.rng.random()),
                    is_urgent: self.tree.rng.random(),
                    attachments: self.attachments(),
                }))
            }
            1 => ReportAct::AskBack { filed, question: text },
            2 => {
                let question = self.maybe(|draw| draw.other);
                ReportAct::Supplement { filed, question, text, attachments: self.attachments() }
            }
            3 => ReportAct::Accept { filed },
            4 => ReportAct::PassOn { filed, to, copy: self.maybe(|draw| draw.document(Kind::REPORT)) },
            5 => ReportAct::Withdraw { filed, reason: text },
            _ => ReportAct::Reply { filed, text },
        }
    }

    pub(crate) fn triage(&mut self) -> TriageAct {
        let (opened, reason) = (self.one, self.text());
        match self.tree.rng.random_range(0..5) {
            0 => {
                let (report, concerned) = (self.document(Kind::REPORT), self.concerned());
                TriageAct::Open { report, filed: opened, concerned }
            }
            1 => {
                let duplicate = Outcome::Duplicate { of: self.document(Kind::TRIAGE) };
                let warning = Outcome::Warning { case: self.document(Kind::CASE_INNER) };
                let outcome = self.pick(&[Outcome::NoSubstance, duplicate, Outcome::Lead, warning]);
                TriageAct::Decide { opened, outcome, reason }
            }
            2 => TriageAct::Reopen { decided: opened, reason },
            3 => TriageAct::PassOn { opened, to: self.unit.clone(), reason },
            _ => TriageAct::Recuse { holder: self.holder(), reason },
        }
    }

    pub(crate) fn series(&mut self) -> SeriesAct {
        let (number, node) = (self.number(), self.one);
        if self.tree.rng.random() {
            return SeriesAct::Void { number: number.number, reason: self.text() };
        }
        let register = Register { node, word: number.word, year: number.year };
        SeriesAct::Allot { register, number: number.number, paper: self.document(Kind::CASE_OUTER) }
    }

    pub(crate) fn share(&mut self) -> ShareAct {
        let (shared, text) = (self.one, self.text());
        match self.tree.rng.random_range(0..3) {
            0 => {
                let kind = self.pick(&[Kind::REPORT, Kind::CASE_INNER]);
                ShareAct::Share(Box::new(Shared {
                    about: self.document(kind),
                    digest: text,
                    copied: self.some(2, |draw| Copied { field: "title".into(), text: draw.text() }),
                    reason: self.text(),
                    question: self.maybe(Self::text),
                    respond_by: self.maybe(Self::day),
                }))
            }
            1 => ShareAct::Respond { shared, text },
            _ => ShareAct::Close { shared, reason: text },
        }
    }

    pub(crate) fn cadre(&mut self) -> CadreAct {
        let post = Post { unit: self.unit.clone(), post: self.text(), holder: self.maybe(Self::holder) };
        if self.tree.rng.random() { CadreAct::Manage(post) } else { CadreAct::Release(post) }
    }
}
