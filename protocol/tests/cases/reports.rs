//! Reports and their triage: every reachable state, every act, every officer, against a second opinion in plain values;
//! and a change to any row of the table is noticed.

use std::{collections::BTreeMap, sync::LazyLock};

use fangwei_protocol::{
    record::entry::{Hash, Kind},
    work::{
        attachment::Attachment,
        case::{
            act::SerialNumber,
            law::{Officer, Taken},
        },
        pack::{BuiltIn, Pack, published::PackName},
        report::{
            act::{Concerned, Filed, Origin, Outcome, ReportAct, TriageAct},
            file::{Report, ReportLaw},
            table::{REPORT_TABLE, ReportDeed, ReportNeed, ReportRow, ReportStage, ReportWho},
            triage::Triage,
        },
    },
};

use crate::{
    explore::all_seen,
    model::Place,
    opinion::{ACTORS, Model, REPORT_TRIES, TRIAGE_TRIES, TriageModel, Try},
    world::{Around, document, holder, id, keep, unit},
};

pub(crate) fn rules() -> PackName {
    PackName { id: "township".into(), version: 1, hash: Hash::of(b"pack") }
}

/// The built-in pack, read once.
static PACK: LazyLock<Pack> = LazyLock::new(|| BuiltIn::of("township").unwrap().pack().unwrap());

pub(crate) fn law(home: Place, table: &'static [ReportRow]) -> &'static ReportLaw<'static> {
    let world = keep(Around { name: rules(), pack: &PACK, saw: &all_seen });
    keep(ReportLaw { home: keep(unit(home)), world, table })
}

pub(crate) fn officer(who: usize) -> Officer<'static> {
    let (person, place, roles) = ACTORS[who];
    Officer { holder: holder(person), roles, unit: keep(unit(place)) }
}

pub(crate) fn series(place: Place, number: u32) -> SerialNumber {
    SerialNumber { word: "预信".into(), year: 2026, number, series: document(place, Kind::PAPER_SERIES, 9) }
}

pub(crate) fn attachments(flaw: &str) -> Vec<Attachment> {
    let bytes = if flaw == "attachment" { 0 } else { 1 };
    let (name, media_type, chunks) = ("照片".into(), "image/jpeg".into(), vec![Hash([1; 32])]);
    vec![Attachment { name, media_type, bytes, chunks }]
}

pub(crate) fn text(flaw: &str) -> String {
    if flaw == "blank" { " ".into() } else { "反映村集体账目不公开".into() }
}

pub(crate) fn village() -> Concerned {
    Concerned { unit: unit(Place::Village), post: "书记".into(), holder: Some(holder(6)), is_head: true }
}

pub(crate) fn filed(origin: Origin, number: SerialNumber, flaw: &str) -> Filed {
    let mut rules = rules();
    rules.version += u32::from(flaw == "rules");
    let to = match flaw {
        "sideways" => "370126.106".parse().unwrap(),
        "about" => unit(Place::Village),
        _ => unit(Place::Town),
    };
    Filed {
        number,
        to,
        rules,
        category: if flaw == "category" { 14 } else { 9 },
        source: if flaw == "source" { "rumour" } else { "petition" }.into(),
        origin,
        concerned: Some(village()),
        title: "村务".into(),
        account: text(flaw),
        happened_s: None,
        place: String::new(),
        amount_fen: Some(if flaw == "amount" { -1 } else { 100 }),
        is_urgent: false,
        attachments: attachments(flaw),
    }
}

fn report_act(report: &Report<'_>, who: usize, (deed, flaw): Try) -> ReportAct {
    let filed_id = if flaw == "other" { id("other") } else { report.file.map_or(id("nothing"), |file| file.id) };
    let question = report.questions.last().map_or(id("nothing"), |asked| asked.id);
    let text = text(flaw);
    match deed {
        "file" | "file invited" | "file passed on" => {
            let origin = match deed {
                "file" => Origin::Named { who: "李四，电话略".into() },
                "file invited" => Origin::Invited,
                _ => Origin::PassedOn,
            };
            let number = series(ACTORS[who].1, if flaw == "number" { 0 } else { 1 });
            ReportAct::File(Box::new(filed(origin, number, flaw)))
        }
        "ask" => ReportAct::AskBack { filed: filed_id, question: text },
        "answer" => {
            let question = Some(if flaw == "question" { id("other") } else { question });
            ReportAct::Supplement { filed: filed_id, question, text, attachments: attachments(flaw) }
        }
        "add" => ReportAct::Supplement { filed: filed_id, question: None, text, attachments: Vec::new() },
        "accept" => ReportAct::Accept { filed: filed_id },
        "up" => {
            let to = match flaw {
                "same" => report.lies_with.cloned().unwrap_or(unit(Place::Town)),
                "about" => unit(Place::Village),
                "copyless" => "370126.105.d02".parse().unwrap(),
                _ => unit(Place::County),
            };
            ReportAct::PassOn { filed: filed_id, to, copy: None }
        }
        "over" => {
            let to = if flaw == "about" { unit(Place::Village) } else { "370126.105.d02".parse().unwrap() };
            let mut copy = document(Place::Town, Kind::REPORT, 7);
            if flaw != "elsewhere" {
                copy.scope.home = "370126.105.d02".parse().unwrap();
            }
            ReportAct::PassOn { filed: filed_id, to, copy: Some(copy) }
        }
        "withdraw" => ReportAct::Withdraw { filed: filed_id, reason: text },
        _ => ReportAct::Reply { filed: filed_id, text },
    }
}

pub(crate) fn triage_act(triage: &Triage<'_>, who: usize, (deed, flaw): Try) -> TriageAct {
    let named = |standing: Option<Taken<'_, TriageAct>>| {
        if flaw == "other" { id("other") } else { standing.map_or(id("nothing"), |step| step.id) }
    };
    let (opened, decided, reason) = (named(triage.opened), named(triage.decided), text(flaw));
    let other = if flaw == "link" { Place::County } else { Place::Town };
    let decide = |outcome| TriageAct::Decide { opened, outcome, reason: text(flaw) };
    match deed {
        "open" => {
            let mut concerned = village();
            if flaw == "about" {
                concerned.unit = unit(Place::Town);
            }
            let report = document(Place::Village, Kind::REPORT, 1);
            TriageAct::Open { report, filed: id("filed"), concerned: Some(concerned) }
        }
        "nothing" => decide(Outcome::NoSubstance),
        "duplicate" => decide(Outcome::Duplicate { of: document(other, Kind::TRIAGE, 2) }),
        "warning" => decide(Outcome::Warning { case: document(other, Kind::CASE_INNER, 2) }),
        "lead" => {
            let reason = if flaw == "words" { "涉嫌受贿".into() } else { String::new() };
            TriageAct::Decide { opened, outcome: Outcome::Lead, reason }
        }
        "reopen" => TriageAct::Reopen { decided, reason },
        "pass" => {
            let to = unit(if flaw == "same" { Place::Town } else { Place::County });
            TriageAct::PassOn { opened, to, reason }
        }
        "recuse" => TriageAct::Recuse { holder: holder(ACTORS[who].0), reason },
        _ => TriageAct::Recuse { holder: holder(4), reason },
    }
}

/// One of the two documents, as both opinions have it.
trait Doubted: Copy + Ord + std::fmt::Debug {
    type Act: 'static;
    type File;
    const HOME: Place;
    const BLANK: Self;
    const TRIES: &'static [Try];
    fn next(self, who: usize, try_: Try) -> Result<Self, &'static str>;
    fn stage(self) -> ReportStage;
    fn is_of_interest(self) -> bool;
    fn fold(path: &[Taken<'static, Self::Act>]) -> Self::File;
    fn act(file: &Self::File, who: usize, try_: Try) -> Self::Act;
    fn may(file: &Self::File, step: &Taken<'static, Self::Act>, law: &ReportLaw<'static>) -> Answer;
}

type Answer = Result<ReportStage, &'static str>;

impl Doubted for Model {
    type Act = ReportAct;
    type File = Report<'static>;
    const HOME: Place = Place::Village;
    const BLANK: Model = Model { stage: '.', author: 0, at_county: false, question: false };
    const TRIES: &'static [Try] = REPORT_TRIES;

    fn next(self, who: usize, try_: Try) -> Result<Model, &'static str> {
        Model::next(self, who, try_)
    }

    fn stage(self) -> ReportStage {
        Model::stage(self)
    }

    fn is_of_interest(self) -> bool {
        true
    }

    fn fold(path: &[Taken<'static, ReportAct>]) -> Report<'static> {
        let report = Report::fold(path.iter().copied(), law(Place::Village, REPORT_TABLE));
        assert!(report.refused.is_empty());
        report
    }

    fn act(file: &Report<'static>, who: usize, try_: Try) -> ReportAct {
        report_act(file, who, try_)
    }

    fn may(file: &Report<'static>, step: &Taken<'static, ReportAct>, law: &ReportLaw<'static>) -> Answer {
        file.may(step, law).map_err(|refused| refused.why.code())
    }
}

impl Doubted for TriageModel {
    type Act = TriageAct;
    type File = Triage<'static>;
    const HOME: Place = Place::Town;
    const BLANK: TriageModel = TriageModel { stage: '.', out: 0 };
    const TRIES: &'static [Try] = TRIAGE_TRIES;

    fn next(self, who: usize, try_: Try) -> Result<TriageModel, &'static str> {
        TriageModel::next(self, who, try_)
    }

    fn stage(self) -> ReportStage {
        TriageModel::stage(self)
    }

    fn is_of_interest(self) -> bool {
        self.out.count_ones() <= 2
    }

    fn fold(path: &[Taken<'static, TriageAct>]) -> Triage<'static> {
        fold_triage(path)
    }

    fn act(file: &Triage<'static>, who: usize, try_: Try) -> TriageAct {
        triage_act(file, who, try_)
    }

    fn may(file: &Triage<'static>, step: &Taken<'static, TriageAct>, law: &ReportLaw<'static>) -> Answer {
        file.may(step, law).map_err(|refused| refused.why.code())
    }
}

/// One state: what both opinions say of everything that is tried there.
struct State<M: Doubted> {
    model: M,
    file: M::File,
    tries: Vec<(Try, usize, Taken<'static, M::Act>, Answer)>,
}

pub(crate) type Path<A> = Vec<Taken<'static, A>>;

/// Every state that can be reached.
fn reachable<M: Doubted>() -> Vec<State<M>> {
    let mut found: BTreeMap<M, Path<M::Act>> = BTreeMap::from([(M::BLANK, Vec::new())]);
    let mut open = vec![M::BLANK];
    while let Some(model) = open.pop() {
        let file = M::fold(&found[&model]);
        for try_ in M::TRIES.iter().filter(|(_, flaw)| flaw.is_empty()) {
            for who in 0..ACTORS.len() {
                let Ok(next) = model.next(who, *try_) else { continue };
                if found.contains_key(&next) || !next.is_of_interest() {
                    continue;
                }
                let mut path = found[&model].clone();
                path.push(step(&format!("{} {}", try_.0, path.len()), who, M::act(&file, who, *try_)));
                found.insert(next, path);
                open.push(next);
            }
        }
    }
    let state = |(model, path): (M, Path<M::Act>)| {
        let file = M::fold(&path);
        let tried = M::TRIES.iter().flat_map(|try_| (0..ACTORS.len()).map(|who| (*try_, who)));
        let answer = |(try_, who): (Try, usize)| {
            let theirs = model.next(who, try_).map(M::stage);
            (try_, who, step("tried", who, M::act(&file, who, try_)), theirs)
        };
        let tries = tried.map(answer).collect();
        State { model, tries, file }
    };
    found.into_iter().map(state).collect()
}

/// Where the opinions first differ with these rows.
fn difference<M: Doubted>(states: &[State<M>], table: &'static [ReportRow]) -> Option<String> {
    let law = law(M::HOME, table);
    for State { model, file, tries } in states {
        for (try_, who, step, theirs) in tries {
            let ours = M::may(file, step, law);
            if ours != *theirs {
                return Some(format!("{model:?} {try_:?} by {who}: {ours:?}, not {theirs:?}"));
            }
        }
    }
    None
}

fn check<M: Doubted>(states: usize) {
    let reached = reachable::<M>();
    assert_eq!(reached.len(), states);
    assert_eq!(difference(&reached, REPORT_TABLE), None);
    assert!(reached.iter().all(|state| state.tries.len() == M::TRIES.len() * ACTORS.len()));
}

#[test]
fn a_report_is_as_the_second_opinion_has_it_in_every_state() {
    check::<Model>(REPORT_STATES);
}

#[test]
fn a_triage_is_as_the_second_opinion_has_it_in_every_state() {
    check::<TriageModel>(TRIAGE_STATES);
}

const REPORT_STATES: usize = 133;
const TRIAGE_STATES: usize = 77;

/// Every table with one thing changed in one row about the report, or about its triage.
fn mutations(of_report: bool) -> Vec<(String, Vec<ReportRow>)> {
    let whos = if of_report {
        &[ReportWho::Reporter, ReportWho::Author, ReportWho::Receiver][..]
    } else {
        &[ReportWho::Triager, ReportWho::SelfOrSecretary][..]
    };
    let mut all = Vec::new();
    for (at, row) in REPORT_TABLE.iter().enumerate().filter(|(_, row)| (row.deed < ReportDeed::Open) == of_report) {
        let mut put = |what: String, changed: Option<ReportRow>| {
            let mut table = REPORT_TABLE.to_vec();
            match changed {
                Some(changed) => table[at] = changed,
                None => drop(table.remove(at)),
            }
            all.push((format!("row {at}, {:?}: {what}", row.deed), table));
        };
        put("left out".into(), None);
        for stage in row.at {
            let stages: Vec<ReportStage> = row.at.iter().copied().filter(|other| other != stage).collect();
            put(format!("not at {stage:?}"), Some(ReportRow { at: keep(stages), ..*row }));
        }
        for who in whos.iter().filter(|who| **who != row.who) {
            put(format!("by {who:?}"), Some(ReportRow { who: *who, ..*row }));
        }
        for need in row.needs {
            let needs: Vec<ReportNeed> = row.needs.iter().copied().filter(|other| other != need).collect();
            put(format!("without {need:?}"), Some(ReportRow { needs: keep(needs), ..*row }));
        }
        let then = if row.then.is_some() { None } else { Some(ReportStage::Left) };
        put("to another stage".into(), Some(ReportRow { then, ..*row }));
    }
    all
}

fn check_mutations<M: Doubted>(of_report: bool) -> usize {
    let states = reachable::<M>();
    let all = mutations(of_report);
    let count = all.len();
    let unnoticed: Vec<String> = all
        .into_iter()
        .filter(|(_, table)| difference(&states, keep(table.clone())).is_none())
        .map(|(what, _)| what)
        .collect();
    assert!(unnoticed.is_empty(), "{} of {count} not noticed: {unnoticed:#?}", unnoticed.len());
    count
}

#[test]
fn a_change_to_any_row_about_a_report_is_noticed() {
    assert_eq!(check_mutations::<Model>(true), 112);
}

#[test]
fn a_change_to_any_row_about_a_triage_is_noticed() {
    assert_eq!(check_mutations::<TriageModel>(false), 42);
}

pub(crate) fn fold(path: &Path<ReportAct>) -> Report<'static> {
    Report::fold(path.iter().copied(), law(Place::Village, REPORT_TABLE))
}

pub(crate) fn step<A>(name: &str, who: usize, act: A) -> Taken<'static, A> {
    Taken { id: id(name), by: officer(who), act: keep(act) }
}

pub(crate) fn fold_triage(steps: &[Taken<'static, TriageAct>]) -> Triage<'static> {
    let triage = Triage::fold(steps.iter().copied(), law(Place::Town, REPORT_TABLE));
    assert!(triage.refused.is_empty());
    triage
}
