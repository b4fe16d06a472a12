//! Reports: drafted, filed under a number, and what is done with them afterwards.
//!
//! Filing takes two entries: the number is allotted, then the report that bears it is signed. Whatever can be refused is
//! asked before the first, and a number a power cut left over is taken up by the next report its officer files.

mod listed;
mod receipt;
mod shown;
mod triage;

pub(super) use self::listed::named;

use fangwei_protocol::{
    record::{
        body::{Act, Content, Value},
        document::FieldValue,
        entry::{DocId, DocKey, EntryId, Hash, Kind},
    },
    replica::{Draft, WriteError, WriteRefusal},
    trust::charter::{HolderId, Role},
    work::{
        attachment::Attachment,
        calendar::day_of,
        case::{act::SerialNumber, files_of},
        pack::Pack,
        report::{
            act::{Concerned, Filed, Origin, ReportAct},
            file::Report,
            refusal::{ReportRefusal, ReportRefused},
            report_of_code,
            table::ReportStage,
        },
        unit::UnitPath,
    },
};

use super::{Code, Desk, DeskError, Officer, papers::written_number, required, shortened, time::seconds};
use crate::{
    api::shape::{ConcernedForm, FileForm, ReportDeedForm, ReportFiled, Written as WrittenShape},
    run::{Sight, Written},
    words::Language,
};

/// Characters of a receipt code: none that is taken for another one when read aloud or copied by hand.
const CODE_CHARS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// How many of them a code has: 80 bits, so that nobody finds it from its hash.
const CODE_LENGTH: usize = 16;

/// Who asks: hiding goes by the person and where they stand.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) holder: HolderId,
    pub(super) unit: UnitPath,
    pub(super) roles: Vec<Role>,
}

/// What filing rests on, read before anything is written.
struct Basis {
    asker: Asker,
    /// The rules in force where the report stands.
    pack: Pack,
    /// The series word of the officer's own unit.
    word: String,
    /// Where it was left over: a document that got a number and never its report.
    left_over: Option<DocKey>,
    draft: Drafted,
    now_s: i64,
    /// Whom it is about, if an officer was named.
    person: Option<HolderId>,
}

/// A draft's fields.
#[derive(Default)]
struct Drafted {
    title: String,
    account: String,
    place: String,
    source: String,
    concerned_unit: String,
    concerned_post: String,
    urgency: String,
    category: Option<i64>,
    happened_s: Option<i64>,
    amount_fen: Option<i64>,
}

impl Desk {
    /// 报送: files a report, a new one or a draft.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn file_report(
        &self,
        officer: &Officer,
        form: FileForm,
        language: Language,
    ) -> Result<ReportFiled, DeskError> {
        // One at a time: what was left over is taken up once.
        let _filing = self.shared.filing.lock().await;
        let draft = match &form.draft {
            Some(id) => Some(self.report_document(Some(officer), id).await?.0),
            None => None,
        };
        let home = match &draft {
            Some(draft) => draft.scope.home.clone(),
            None => self.unit(form.unit.as_deref())?,
        };
        let person = form.concerned.as_ref().and_then(|concerned| concerned.officer.clone());
        let basis = self.basis(officer, &home, draft.clone(), person).await?;
        let code = match origin_name(&form, &basis.asker)? {
            // A draft has an author who wrote it bit by bit: none of that is kept of somebody who gives no name.
            "anonymous" if draft.is_some() => return Err(Code::AnonymousDraft.into()),
            "anonymous" => Some(receipt_code(self.draw())),
            _ => None,
        };
        let attachments = self.attachments(form.attachments.clone()).await?;
        let filed = Filed { attachments, ..self.filed(&home, form, &basis, code.as_deref())? };
        let new = || self.new_document(files_of(&home), Kind::REPORT);
        let document = match &code {
            // What was left over has a name already, which does not follow from this code.
            Some(code) => report_of_code(&code_hash(code), &home),
            None => draft.or(basis.left_over).unwrap_or_else(new),
        };
        let to = filed.to.clone();
        let (written, number) =
            self.number_and_file(officer, &basis.word, document.clone(), filed, basis.now_s).await?;
        let written = self.written(document.doc, Kind::REPORT, written).await?;
        let names = self.fresh_view().await?.names();
        Ok(ReportFiled {
            written,
            number: written_number(&basis.pack, &number, &names, language),
            to: to.to_string(),
            to_name: names.unit(&to).into(),
            receipt_code: code,
        })
    }

    /// Allots the number and signs the report, once nothing but the number is missing.
    async fn number_and_file(
        &self,
        officer: &Officer,
        word: &str,
        document: DocKey,
        mut filed: Filed,
        now_s: i64,
    ) -> Result<(Written, SerialNumber), DeskError> {
        if filed.happened_s.is_some_and(|happened| happened > now_s) {
            return Err(Code::NotYetHappened.into());
        }
        let author = officer.certificate;
        let draft = |filed: &Filed| Draft {
            author,
            document: document.clone(),
            after: None,
            content: Content::Act(Act::Report(Box::new(ReportAct::File(Box::new(filed.clone()))))),
        };
        filed.number = self.expected_number(officer, word).await?;
        match self.could_write(draft(&filed)).await {
            Err(error) if error.code == Code::NumberNotAllotted => {}
            tried => tried?,
        }
        filed.number = self.allot(officer, word, &document).await?;
        let draft = draft(&filed);
        let written = self.write(officer, move |_| Ok(draft)).await?;
        Ok((written, filed.number))
    }

    /// Does something with a report.
    ///
    /// # Errors
    ///
    /// What is asked wrongly, what the rules refuse, [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn do_with_report(
        &self,
        officer: &Officer,
        id: &str,
        form: ReportDeedForm,
    ) -> Result<WrittenShape, DeskError> {
        let (document, _) = self.report_document(Some(officer), id).await?;
        let asked_question = match &form {
            ReportDeedForm::Supplement { question: Some(id), .. } => Some(read_entry(id)?),
            _ => None,
        };
        let attachments = match &form {
            ReportDeedForm::Supplement { attachments, .. } => self.attachments(attachments.clone()).await?,
            _ => Vec::new(),
        };
        let (to, copy) = match &form {
            ReportDeedForm::PassOn { to } => {
                let to = self.unit(Some(to))?;
                let copy = self.passed_over(officer, &document, &to).await?;
                (Some(to), copy)
            }
            _ => (None, None),
        };
        let (author, home_document) = (officer.certificate, document.clone());
        let written = self.write(officer, move |sight| {
            let file = sight.replica.casefile(&document, &sight.replica.rulebook(sight.store)?, sight.store)?;
            let report = sight.replica.report(&file);
            let act = act_of(form, &report, asked_question, attachments, to, copy)?;
            let content = Content::Act(Act::Report(Box::new(act)));
            Ok(Draft { author, document: document.clone(), after: None, content })
        });
        self.written(home_document.doc, Kind::REPORT, written.await?).await
    }

    /// Files the report that a unit gets which does not keep this one; none where it keeps it. Done once, however often it
    /// is asked.
    async fn passed_over(
        &self,
        officer: &Officer,
        document: &DocKey,
        to: &UnitPath,
    ) -> Result<Option<DocKey>, DeskError> {
        if to.contains(&document.scope.home) {
            return Ok(None);
        }
        let copy = copy_of(document, to);
        let basis = self.basis(officer, to, Some(copy.clone()), None).await;
        let basis = match basis {
            Err(error) if error.code == Code::FiledAlready => return Ok(Some(copy)),
            basis => basis?,
        };
        let (original, holder, unit) = (document.clone(), basis.asker.holder, basis.asker.unit.clone());
        let (rules, target) = (basis.pack.name(), to.clone());
        // What may be done with the original is asked first: a copy is never filed for nothing.
        let read = self.node().core().read(move |sight| {
            let file = sight.replica.casefile(&original, &sight.replica.rulebook(sight.store)?, sight.store)?;
            let report = sight.replica.report(&file);
            let filed = report.filed().ok_or_else(|| no(ReportRefusal::NoSuchReport))?;
            let is_held = matches!(report.stage, ReportStage::Filed | ReportStage::Asked | ReportStage::Accepted);
            if !is_held || report.lies_with != Some(&unit) {
                return Err(DeskError::from(no(ReportRefusal::NotTheReceiver)));
            }
            if filed.concerned.as_ref().is_some_and(|concerned| concerned.concerns(&holder)) {
                return Err(no(ReportRefusal::Concerned).into());
            }
            Ok(Filed { origin: Origin::PassedOn, to: target, rules, ..filed.clone() })
        });
        let filed = read.await??;
        self.number_and_file(officer, &basis.word, copy.clone(), filed, basis.now_s).await?;
        Ok(Some(copy))
    }

    /// Who an officer is, for what is hidden from whom.
    pub(super) async fn asker(&self, officer: &Officer) -> Result<Asker, DeskError> {
        let id = officer.certificate;
        let found = self.node().core().read(move |sight| asker_in(sight, &id));
        found.await?.ok_or_else(|| Code::NoAuthority.into())
    }

    async fn basis(
        &self,
        officer: &Officer,
        home: &UnitPath,
        draft: Option<DocKey>,
        person: Option<String>,
    ) -> Result<Basis, DeskError> {
        let (id, home) = (officer.certificate, home.clone());
        let read = self.node().core().read(move |sight| {
            let asker = asker_in(sight, &id).ok_or(Code::NoAuthority)?;
            let rules = sight.replica.rulebook(sight.store)?;
            let today = day_of(u64::try_from(sight.now.0).unwrap_or(0));
            let (_, pack) = rules.in_force(&home, today)?;
            let (_, own) = rules.in_force(&asker.unit, today)?;
            let series = own.form(&own.reports.form).and_then(|form| own.series(form.series.as_deref()?));
            let word = series.map(|series| series.word.zh.clone()).ok_or(Code::NoReportSeries)?;
            let mut drafted = Drafted::default();
            let mut left_over = None;
            match &draft {
                Some(document) => {
                    let history = sight.replica.history(document, sight.store)?;
                    let file = sight.replica.casefile_of(document, history, &rules);
                    if sight.replica.report(&file).file.is_some() {
                        return Err(Code::FiledAlready.into());
                    }
                    if let Some(document) = sight.replica.document(&file.history, sight.store, None)? {
                        drafted = Drafted::read(&document.read().fields);
                    }
                }
                None => left_over = super::papers::left_over(sight, &id, &home)?,
            }
            let person = person.map(|id| holder_in(sight, &id)).transpose()?;
            Ok::<_, DeskError>(Basis {
                asker,
                pack: pack.clone(),
                word,
                left_over,
                draft: drafted,
                now_s: sight.now.0,
                person,
            })
        });
        read.await?
    }

    /// The report as it is to be filed, but for its number.
    fn filed(&self, home: &UnitPath, form: FileForm, basis: &Basis, code: Option<&str>) -> Result<Filed, DeskError> {
        let (draft, pack) = (&basis.draft, &basis.pack);
        let origin = match origin_name(&form, &basis.asker)? {
            "named" => Origin::Named { who: required("who", form.who.as_deref().unwrap_or_default())? },
            "anonymous" => Origin::Anonymous { code: code_hash(code.unwrap_or_default()) },
            "invited" => Origin::Invited,
            _ => Origin::Officer,
        };
        let category = form.category.or(draft.category).ok_or_else(|| missing("category"))?;
        let bad_category = || DeskError::new(Code::BadCategory).with("value", category);
        let category = u8::try_from(category).map_err(|_| bad_category())?;
        let source = form.source.unwrap_or_else(|| draft.source.clone());
        let source = source_in(pack, &required("source", &source)?)?;
        let concerned = match form.concerned {
            Some(ConcernedForm { unit, post, head, .. }) => {
                required("concerned_unit", &unit)?;
                Some(Concerned { unit: self.unit(Some(&unit))?, post, holder: basis.person, is_head: head })
            }
            None if draft.concerned_unit.is_empty() => None,
            None => Some(Concerned {
                unit: self.unit(Some(&draft.concerned_unit))?,
                post: draft.concerned_post.clone(),
                holder: None,
                is_head: false,
            }),
        };
        let to = match form.to {
            Some(to) => self.unit(Some(&to))?,
            None => receiver(home, concerned.as_ref(), &self.node().genesis().root),
        };
        let happened = form.happened.as_deref().map(seconds).transpose()?;
        Ok(Filed {
            number: nothing_allotted(home),
            to,
            rules: pack.name(),
            category,
            source,
            origin,
            concerned,
            title: required("title", form.title.as_deref().unwrap_or(&draft.title))?,
            account: required("account", form.account.as_deref().unwrap_or(&draft.account))?,
            happened_s: happened.or(draft.happened_s),
            place: form.place.unwrap_or_else(|| draft.place.clone()),
            amount_fen: form.amount_fen.or(draft.amount_fen),
            is_urgent: form.urgent.unwrap_or_else(|| is_urgent(&draft.urgency)),
            attachments: Vec::new(),
        })
    }
}

impl Drafted {
    fn read(fields: &std::collections::BTreeMap<&str, FieldValue>) -> Drafted {
        let word = |name: &str| match fields.get(name) {
            Some(FieldValue::Single { shown: Some(setting), .. }) => match &setting.value {
                Value::Text(text) => text.clone(),
                _ => String::new(),
            },
            Some(FieldValue::Prose(text)) => text.clone(),
            _ => String::new(),
        };
        let number = |name: &str| match fields.get(name) {
            Some(FieldValue::Single { shown: Some(setting), .. }) => match &setting.value {
                Value::Int(number) => Some(*number),
                _ => None,
            },
            _ => None,
        };
        Drafted {
            title: word("title"),
            account: word("account"),
            place: word("place"),
            source: word("source"),
            concerned_unit: word("concerned_unit"),
            concerned_post: word("concerned_post"),
            urgency: word("urgency"),
            category: number("category"),
            happened_s: number("happened_s"),
            amount_fen: number("amount_fen"),
        }
    }
}

/// What is done, with the entries it is about.
fn act_of(
    form: ReportDeedForm,
    report: &Report<'_>,
    question: Option<EntryId>,
    attachments: Vec<Attachment>,
    to: Option<UnitPath>,
    copy: Option<DocKey>,
) -> Result<ReportAct, WriteError> {
    let filed = report.file.map(|file| file.id).ok_or_else(|| no(ReportRefusal::NoSuchReport))?;
    Ok(match form {
        ReportDeedForm::AskBack { question } => ReportAct::AskBack { filed, question },
        ReportDeedForm::Supplement { text, .. } => {
            let question = question.or_else(|| report.questions.first().map(|asked| asked.id));
            ReportAct::Supplement { filed, question, text, attachments }
        }
        ReportDeedForm::Accept => ReportAct::Accept { filed },
        ReportDeedForm::PassOn { .. } => {
            ReportAct::PassOn { filed, to: to.ok_or_else(|| no(ReportRefusal::NotElsewhere))?, copy }
        }
        ReportDeedForm::Withdraw { reason } => ReportAct::Withdraw { filed, reason },
        ReportDeedForm::Reply { text } => ReportAct::Reply { filed, text },
    })
}

/// The core's refusal of what the desk sees cannot be composed.
fn no(why: ReportRefusal) -> WriteError {
    WriteRefusal::Report(ReportRefused { why, source_of_rule: "domain §6" }).into()
}

/// The report a unit gets of one that was passed on to it: it follows from that and the unit, so that there is one.
fn copy_of(report: &DocKey, to: &UnitPath) -> DocKey {
    let parts = [report.scope.home.as_str().as_bytes(), report.doc.0.as_slice(), to.as_str().as_bytes()];
    let hash = Hash::of_parts("fangwei report passed on 1", parts);
    let mut doc = [0; 16];
    doc.iter_mut().zip(hash.as_slice()).for_each(|(to, from)| *to = *from);
    DocKey { scope: files_of(to), kind: Kind::REPORT, doc: DocId(doc) }
}

/// Who takes a report up where nobody says: the centre of the reporting unit, which of a village and of a section is the
/// unit above; where the matter is about that unit or its head, the next one above. Source: domain §6.
fn receiver(home: &UnitPath, concerned: Option<&Concerned>, root: &UnitPath) -> UnitPath {
    let digits = |unit: &UnitPath| unit.as_str().split('.').filter(|part| !part.starts_with('d')).map(str::len).sum();
    let has_centre = |unit: &UnitPath| {
        let above: usize = unit.parent().as_ref().map_or(0, digits);
        let own: usize = digits(unit);
        let is_section =
            unit.is_department() && (above >= 9 || unit.parent().is_some_and(|above| above.is_department()));
        own < 12 && !is_section
    };
    let mut to = home.clone();
    while to != *root && (!has_centre(&to) || concerned.is_some_and(|concerned| concerned.is_about(&to))) {
        let Some(above) = to.parent() else { break };
        to = above;
    }
    to
}

fn origin_name(form: &FileForm, asker: &Asker) -> Result<&'static str, DeskError> {
    let reports_otherwise = asker.roles.iter().any(|role| [Role::REPORTER, Role::ANALYST].contains(role));
    let is_invited = asker.roles.contains(&Role::INVITED_REPORTER) && !reports_otherwise;
    match form.origin.as_deref() {
        None if is_invited => Ok("invited"),
        None | Some("officer") => Ok("officer"),
        Some("named") => Ok("named"),
        Some("anonymous") => Ok("anonymous"),
        Some("invited") => Ok("invited"),
        Some(other) => Err(DeskError::new(Code::BadOrigin).with("value", shortened(other))),
    }
}

/// A source by its id, or by what people call it.
fn source_in(pack: &Pack, named: &str) -> Result<String, DeskError> {
    let named = named.trim();
    let is_it = |words: &fangwei_protocol::work::pack::level::Words| words.zh == named || words.en == named;
    let found = pack.sources.iter().find(|source| source.id == named || is_it(&source.words));
    found.map(|source| source.id.clone()).ok_or_else(|| {
        let known: Vec<String> =
            pack.sources.iter().map(|source| format!("{} {}", source.id, source.words.zh)).collect();
        DeskError::new(Code::NoSuchSource).with("known", known.join("、"))
    })
}

fn is_urgent(urgency: &str) -> bool {
    ["紧急", "特急", "加急", "urgent"].contains(&urgency.trim())
}

fn missing(field: &'static str) -> DeskError {
    DeskError::new(Code::MissingField).with("field", field)
}

/// What stands for the number until it is known.
fn nothing_allotted(home: &UnitPath) -> SerialNumber {
    let series = DocKey { scope: files_of(home), kind: Kind::PAPER_SERIES, doc: DocId([0; 16]) };
    SerialNumber { word: String::new(), year: 0, number: 0, series }
}

/// A code of readable characters, five bits each.
fn receipt_code(random: [u8; CODE_LENGTH]) -> String {
    let chars = random.iter().filter_map(|byte| CODE_CHARS.get(usize::from(byte % 32))).map(|byte| char::from(*byte));
    let chars: Vec<char> = chars.collect();
    chars.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is kept of a receipt code; how it is spaced and whether it is typed in capitals does not matter.
fn code_hash(code: &str) -> Hash {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Hash::of_parts("fangwei receipt code 1", [plain.as_bytes()])
}

fn asker_in(sight: &Sight<'_>, id: &fangwei_protocol::record::entry::CertificateId) -> Option<Asker> {
    let certificate = &sight.replica.charter().certificate(id)?.certificate;
    Some(Asker { holder: certificate.holder, unit: certificate.unit.clone(), roles: certificate.roles.clone() })
}

/// The person of an officer's certificate.
pub(super) fn holder_in(sight: &Sight<'_>, id: &str) -> Result<HolderId, DeskError> {
    super::check_prefix(id)?;
    let all = sight.replica.charter().all();
    let mut found = all.filter(|(certificate, _)| super::is_prefix(id, &certificate.to_string()));
    match (found.next(), found.next()) {
        (Some((_, known)), None) => Ok(known.certificate.holder),
        (None, _) => Err(DeskError::new(Code::NoSuchOfficer).with("id", shortened(id))),
        _ => Err(DeskError::new(Code::AmbiguousId).with("value", shortened(id))),
    }
}

pub(super) fn read_entry(id: &str) -> Result<EntryId, DeskError> {
    id.parse().map_err(|_| DeskError::new(Code::BadId).with("value", shortened(id)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

    use super::*;

    fn unit(path: &str) -> UnitPath {
        path.parse().unwrap()
    }

    #[test]
    fn a_report_goes_to_the_centre_above_and_never_to_whom_it_is_about() {
        let root = unit("999901");
        let about = |path: &str, is_head| Concerned { unit: unit(path), post: "镇长".into(), holder: None, is_head };
        let to =
            |home: &str, concerned: Option<Concerned>| receiver(&unit(home), concerned.as_ref(), &root).to_string();
        assert_eq!(to("999901.105.201", None), "999901.105");
        assert_eq!(to("999901.105", None), "999901.105");
        assert_eq!(to("999901.105.d2", None), "999901.105");
        assert_eq!(to("999901.d3", None), "999901.d3");
        assert_eq!(to("999901.d3.d1", None), "999901.d3");
        assert_eq!(to("999901.105.201", Some(about("999901.105", true))), "999901");
        assert_eq!(
            to("999901.105.201", Some(about("999901.105", false))),
            "999901.105",
            "a post is the town's to see to"
        );
        assert_eq!(to("999901", Some(about("999901", true))), "999901", "there is nobody above: the rules refuse it");
    }

    #[test]
    fn a_receipt_code_is_readable_and_its_hash_does_not_depend_on_how_it_is_typed() {
        let code = receipt_code(std::array::from_fn(|at| u8::try_from(at * 17 % 256).unwrap()));
        assert_eq!((code.len(), code.matches('-').count()), (19, 3));
        assert!(code.chars().all(|c| c == '-' || CODE_CHARS.contains(&u8::try_from(c).unwrap())), "{code}");
        assert_eq!(code_hash(&code), code_hash(&code.to_lowercase().replace('-', " ")));
        assert_ne!(code_hash(&code), code_hash(&receipt_code([1; 16])));
    }
}
