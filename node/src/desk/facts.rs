//! What an act says beside its texts: to whom, which level, until when. Read from the act alone, for the page that shows
//! what is about to be signed.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{DocKey, EntryId},
    },
    replica::Rulebook,
    trust::charter::{HolderId, Role},
    work::{
        cadre::CadreAct,
        calendar::Term,
        case::{
            Level,
            act::{
                Clash, InnerAct, Interviewer, Meeting, Opinion, OuterAct, Paper, Ruling, SerialNumber, Subject, TermSet,
            },
            series::SeriesAct,
        },
        pack::{
            Pack,
            level::{Condition, To, Words},
            published::PackName,
        },
        report::act::{Concerned, Filed, Origin, Outcome, ReportAct, TriageAct},
        sharing::ShareAct,
        unit::UnitPath,
    },
};

use super::{SHORT_ID_DIGITS, Values, packs, papers::written_number, shown::Showing, time::moment};
use crate::words::{self, Language};

/// Names of facts, in text keys.
pub const FACTS: &[&str] = &[
    "to",
    "category",
    "source",
    "origin",
    "concerned",
    "happened",
    "amount",
    "urgent",
    "number",
    "subject",
    "level",
    "ground",
    "way",
    "rules",
    "reports",
    "decision",
    "meeting_on",
    "present",
    "interviewers",
    "on",
    "at",
    "by",
    "terms",
    "term",
    "opinion",
    "ruling",
    "stands",
    "crossed",
    "contradicts",
    "why",
    "escalates_to",
    "condition",
    "case",
    "told",
    "what",
    "outcome",
    "linked",
    "year",
    "unit",
    "person",
    "respond_by",
    "attachments",
];

/// Keys of other words said in facts.
pub const WORDS: &[&str] = &[
    "leading-group",
    "organisational",
    "is-head",
    "decision-yes",
    "decision-no",
    "ruling-upheld",
    "ruling-rejected",
    "opinion-lift",
    "opinion-continue",
    "opinion-escalate",
];

/// A fact: what it is called, and what it is.
pub type Fact = (String, String);

/// Collects facts.
struct Facts<'a> {
    showing: &'a Showing<'a>,
    rules: &'a Rulebook,
    facts: Vec<Fact>,
}

/// What content says beside its texts.
pub(super) fn of_content(showing: &Showing<'_>, rules: &Rulebook, content: &Content) -> Vec<Fact> {
    let mut facts = Facts { showing, rules, facts: Vec::new() };
    if let Content::Act(act) = content {
        match act {
            Act::Inner(act) => facts.inner(act),
            Act::Outer(act) => facts.outer(act),
            Act::Report(act) => facts.report(act),
            Act::Triage(act) => facts.triage(act),
            Act::Series(act) => facts.series(act),
            Act::Share(act) => facts.share(act),
            Act::Cadre(act) => facts.cadre(act),
            _ => {}
        }
    }
    facts.facts
}

impl Facts<'_> {
    fn put(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.facts.push((words::fact(self.showing.language, name), value));
        }
    }

    fn word(&self, key: &str) -> String {
        words::text(self.showing.language, key, &Values::new())
    }

    fn words(&self, words: &Words) -> String {
        match self.showing.language {
            Language::Chinese => words.zh.clone(),
            Language::English => words.en.clone(),
        }
    }

    fn list(&self, items: impl IntoIterator<Item = String>) -> String {
        let comma = if self.showing.language == Language::Chinese { "、" } else { ", " };
        items.into_iter().filter(|item| !item.is_empty()).collect::<Vec<_>>().join(comma)
    }

    fn unit(&self, unit: &UnitPath) -> String {
        match self.showing.names.unit(unit) {
            "" => unit.to_string(),
            name => format!("{name} {unit}"),
        }
    }

    fn holder(&self, holder: &HolderId) -> String {
        match self.showing.names.holder(holder) {
            "" => super::holder_text(holder),
            name => name.to_owned(),
        }
    }

    fn role(&self, role: Role) -> String {
        words::role(self.showing.language, role)
    }

    fn document(&self, document: &DocKey) -> String {
        document.doc.to_string().chars().take(SHORT_ID_DIGITS).collect()
    }

    /// A pack by its name; one that is not here by its id.
    fn pack(&self, name: &PackName) -> String {
        match self.rules.pack(name) {
            Some(pack) => packs::named(pack, self.showing.language),
            None => format!("{} {}", name.id, name.version),
        }
    }

    fn level(&self, level: Level, pack: Option<&Pack>) -> String {
        let rule = pack.and_then(|pack| pack.level(level));
        let name = rule.map_or_else(String::new, |rule| self.words(&rule.name));
        format!("{} {name}", words::level(self.showing.language, level.0))
    }

    fn number(&self, number: &SerialNumber, pack: Option<&Pack>) -> String {
        match pack {
            Some(pack) => written_number(pack, number, self.showing.names, self.showing.language),
            None => format!("{}〔{}〕{}", number.word, number.year, number.number),
        }
    }

    fn term(term: Term) -> String {
        term.to_string()
    }

    fn meeting(&mut self, meeting: Option<&Meeting>) {
        let Some(meeting) = meeting else { return };
        self.put("meeting_on", meeting.on.to_string());
        let present = meeting.present.iter().map(|one| match one.role {
            Some(role) => format!("{} {}", one.name, self.role(role)),
            None => one.name.clone(),
        });
        self.put("present", self.list(present));
    }

    fn interviewers(&mut self, interviewers: &[Interviewer]) {
        let names = interviewers.iter().map(|one| format!("{} {}", self.holder(&one.holder), self.role(one.role)));
        self.put("interviewers", self.list(names));
    }

    fn paper(&mut self, paper: Option<&Paper>, pack: Option<&Pack>) {
        if let Some(paper) = paper {
            self.put("number", self.number(&paper.number, pack));
        }
    }

    fn terms(&mut self, terms: &[TermSet]) {
        let language = self.showing.language;
        let terms = terms.iter().map(|set| format!("{} {}", words::debt(language, set.what.name()), set.term));
        self.put("terms", self.list(terms));
    }

    fn subject(&mut self, subject: &Subject) {
        let (unit, holders): (_, Vec<HolderId>) = match subject {
            Subject::LeadingGroup { unit, members } => (unit, members.clone()),
            Subject::Unit { unit, heads } => (unit, heads.clone()),
            Subject::Person { unit, holder, .. } => (unit, holder.iter().copied().collect()),
        };
        let group = match subject {
            Subject::LeadingGroup { .. } => self.word("leading-group"),
            _ => String::new(),
        };
        let unit = self.unit(unit);
        let people = self.list(holders.iter().map(|holder| self.holder(holder)));
        let parts: Vec<String> = [unit, group, people].into_iter().filter(|part| !part.is_empty()).collect();
        self.put("subject", parts.join(" "));
    }

    fn escalates(&mut self, to: To, condition: Condition) {
        let to = match to {
            To::Level(level) => self.level(level, None),
            To::Organisational => self.word("organisational"),
        };
        self.put("escalates_to", to);
        let name = Condition::ALL.iter().find(|(known, _)| *known == condition).map_or("", |(_, name)| name);
        self.put("condition", words::condition(self.showing.language, name));
    }

    /// What crossed, by the short ids that people see beside entries, or why something contradicts.
    fn clash(&mut self, clash: &Clash) {
        let short = |entry: &EntryId| entry.to_string().chars().take(SHORT_ID_DIGITS).collect::<String>();
        match clash {
            Clash::Acts { stands, other } => {
                self.put("stands", short(stands));
                self.put("crossed", short(other));
            }
            Clash::Files { entry, why } => {
                self.put("contradicts", short(entry));
                self.put("why", self.showing.spoken(why.refusal()).message);
            }
        }
    }

    fn ruling(&mut self, ruling: Ruling) {
        let key = if ruling == Ruling::Upheld { "ruling-upheld" } else { "ruling-rejected" };
        self.put("ruling", self.word(key));
    }

    fn concerned(&mut self, concerned: Option<&Concerned>) {
        let Some(concerned) = concerned else { return };
        let holder = concerned.holder.as_ref().map_or_else(String::new, |holder| self.holder(holder));
        let head = if concerned.is_head { self.word("is-head") } else { String::new() };
        let parts: Vec<String> =
            [self.unit(&concerned.unit), holder, head].into_iter().filter(|part| !part.is_empty()).collect();
        self.put("concerned", parts.join(" "));
    }

    fn inner(&mut self, act: &InnerAct) {
        match act {
            InnerAct::Propose(proposal) => {
                let rules = self.rules;
                let pack = rules.pack(&proposal.rules);
                self.subject(&proposal.subject);
                self.put("level", self.level(proposal.level, pack));
                let rule = pack.and_then(|pack| pack.level(proposal.level));
                let ground = rule.and_then(|rule| rule.ground(&proposal.ground));
                let ground = ground.map_or_else(String::new, |ground| self.words(&ground.words));
                self.put("ground", format!("{} {ground}", proposal.ground));
                let way = rule.and_then(|rule| rule.way(&proposal.way));
                self.put("way", way.map_or_else(|| proposal.way.clone(), |way| self.words(&way.name)));
                self.put("reports", self.list(proposal.reports.iter().map(|report| self.document(report))));
                self.put("rules", self.pack(&proposal.rules));
                if let Some(follows) = &proposal.follows {
                    self.put("linked", self.document(follows));
                }
            }
            InnerAct::Decide { is_approved, meeting, .. } => {
                self.put("decision", self.word(if *is_approved { "decision-yes" } else { "decision-no" }));
                self.meeting(meeting.as_ref());
            }
            InnerAct::Recuse { holder, .. } => self.put("person", self.holder(holder)),
            InnerAct::Plan { interviewers, .. } => self.interviewers(interviewers),
            InnerAct::Rescind { meeting, .. } => self.meeting(meeting.as_ref()),
            InnerAct::Deliberate { ruling, meeting, .. } => {
                self.ruling(*ruling);
                self.meeting(meeting.as_ref());
            }
            InnerAct::Escalate { to, when, case, .. } => {
                self.escalates(*to, *when);
                if let Some(case) = case {
                    self.put("case", self.document(case));
                }
            }
            InnerAct::Link { document, .. } => self.put("linked", self.document(document)),
            InnerAct::Settle { stands, other, .. } => self.clash(&Clash::Acts { stands: *stands, other: *other }),
            InnerAct::Return { .. } | InnerAct::Drop { .. } | InnerAct::Refer { .. } => {}
        }
    }

    fn outer(&mut self, act: &OuterAct) {
        match act {
            OuterAct::Issue(warning) => {
                let rules = self.rules;
                let pack = rules.pack(&warning.rules);
                self.subject(&warning.subject);
                self.put("level", self.level(warning.level, pack));
                let rule = pack.and_then(|pack| pack.level(warning.level));
                let ground = rule.and_then(|rule| rule.ground(&warning.ground));
                let ground = ground.map_or_else(String::new, |ground| self.words(&ground.words));
                self.put("ground", format!("{} {ground}", warning.ground));
                self.paper(warning.paper.as_ref(), pack);
                self.terms(&warning.terms);
                self.put("rules", self.pack(&warning.rules));
            }
            OuterAct::Deliver { on, .. } | OuterAct::Receive { on, .. } => self.put("on", on.to_string()),
            OuterAct::Notice { paper, at_s, interviewers, .. } => {
                self.paper(Some(paper), None);
                self.put("at", moment(*at_s));
                self.interviewers(interviewers);
            }
            OuterAct::Interview { on, interviewers, terms, .. } => {
                self.put("on", on.to_string());
                self.interviewers(interviewers);
                self.terms(terms);
            }
            OuterAct::Answer { what, measures, .. } => {
                self.put("what", words::debt(self.showing.language, what.name()));
                let days = measures.iter().map(|measure| format!("{} {}", measure.what, measure.by));
                self.put("by", self.list(days));
            }
            OuterAct::AskExtension { by, .. } => self.put("term", Self::term(*by)),
            OuterAct::Extend { by, paper, .. } => {
                self.put("term", Self::term(*by));
                self.paper(Some(paper), None);
            }
            OuterAct::Visit { on, opinion, .. } => {
                self.put("on", on.to_string());
                let opinion = match opinion {
                    Opinion::Lift => "opinion-lift",
                    Opinion::Continue => "opinion-continue",
                    Opinion::Escalate => "opinion-escalate",
                };
                self.put("opinion", self.word(opinion));
            }
            OuterAct::Rule { ruling, .. } => self.ruling(*ruling),
            OuterAct::Escalate { to, when, case, .. } => {
                self.escalates(*to, *when);
                if let Some(case) = case {
                    self.put("case", self.document(case));
                }
            }
            OuterAct::Tell { who, paper, on, .. } => {
                self.put("told", who.clone());
                self.put("on", on.to_string());
                self.paper(paper.as_ref(), None);
            }
            OuterAct::Link { document, .. } => self.put("linked", self.document(document)),
            OuterAct::Settle { clash, .. } => self.clash(clash),
            OuterAct::Cancel { .. }
            | OuterAct::Evidence { .. }
            | OuterAct::RefuseExtension { .. }
            | OuterAct::Accept { .. }
            | OuterAct::SendBack { .. }
            | OuterAct::Lift { .. }
            | OuterAct::Withdraw { .. }
            | OuterAct::Object { .. }
            | OuterAct::Refer { .. } => {}
        }
    }

    fn report(&mut self, act: &ReportAct) {
        match act {
            ReportAct::File(filed) => self.filed(filed),
            ReportAct::PassOn { to, .. } => self.put("to", self.unit(to)),
            ReportAct::AskBack { .. }
            | ReportAct::Supplement { .. }
            | ReportAct::Accept { .. }
            | ReportAct::Withdraw { .. }
            | ReportAct::Reply { .. } => {}
        }
    }

    fn filed(&mut self, filed: &Filed) {
        let rules = self.rules;
        let pack = rules.pack(&filed.rules);
        self.put("number", self.number(&filed.number, pack));
        self.put("to", self.unit(&filed.to));
        let category = pack.and_then(|pack| pack.categories.iter().find(|one| one.number == filed.category));
        let category = category.map_or_else(String::new, |one| self.words(&one.words));
        self.put("category", format!("{} {category}", filed.category));
        let source = pack.and_then(|pack| pack.sources.iter().find(|one| one.id == filed.source));
        self.put("source", source.map_or_else(|| filed.source.clone(), |one| self.words(&one.words)));
        let origin = match filed.origin {
            Origin::Officer => "officer",
            Origin::Named { .. } => "named",
            Origin::Anonymous { .. } => "anonymous",
            Origin::Invited => "invited",
            Origin::PassedOn => "passed_on",
        };
        self.put("origin", words::origin(self.showing.language, origin));
        self.concerned(filed.concerned.as_ref());
        if let Some(happened) = filed.happened_s {
            self.put("happened", moment(happened));
        }
        if let Some(fen) = filed.amount_fen {
            self.put("amount", yuan(fen));
        }
        if filed.is_urgent {
            self.put("urgent", self.word("word-yes"));
        }
        self.put("rules", self.pack(&filed.rules));
    }

    fn triage(&mut self, act: &TriageAct) {
        match act {
            TriageAct::Open { report, concerned, .. } => {
                self.put("linked", self.document(report));
                self.concerned(concerned.as_ref());
            }
            TriageAct::Decide { outcome, .. } => {
                let (name, linked) = match outcome {
                    Outcome::NoSubstance => ("no_substance", None),
                    Outcome::Duplicate { of } => ("duplicate", Some(of)),
                    Outcome::Lead => ("lead", None),
                    Outcome::Warning { case } => ("warning", Some(case)),
                };
                self.put("outcome", words::outcome(self.showing.language, name));
                if let Some(linked) = linked {
                    self.put("linked", self.document(linked));
                }
            }
            TriageAct::PassOn { to, .. } => self.put("to", self.unit(to)),
            TriageAct::Recuse { holder, .. } => self.put("person", self.holder(holder)),
            TriageAct::Reopen { .. } => {}
        }
    }

    fn series(&mut self, act: &SeriesAct) {
        if let SeriesAct::Void { number, .. } = act {
            self.put("number", number.to_string());
        }
    }

    fn share(&mut self, act: &ShareAct) {
        if let ShareAct::Share(shared) = act {
            self.put("linked", self.document(&shared.about));
            if let Some(day) = shared.respond_by {
                self.put("respond_by", day.to_string());
            }
        }
    }

    fn cadre(&mut self, act: &CadreAct) {
        let (CadreAct::Manage(post) | CadreAct::Release(post)) = act;
        self.put("unit", self.unit(&post.unit));
        self.put("what", post.post.clone());
        if let Some(holder) = &post.holder {
            self.put("person", self.holder(holder));
        }
    }
}

/// An amount in fen as people write it, in yuan.
pub(crate) fn yuan(fen: i64) -> String {
    let (sign, fen) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}
