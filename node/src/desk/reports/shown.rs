//! A report, whole: the draft or what was filed, with whom it lies, what was asked, added and told, and what became of it
//! where that is kept.

use std::collections::BTreeMap;

use fangwei_protocol::{
    record::entry::{DocKey, EntryId},
    replica::{Casefile, Rulebook, Said},
    trust::charter::Role,
    work::{
        calendar::{Day, day_of},
        case::law::{self, HANDLING, Taken},
        days::Moments,
        pack::level::Words,
        report::{
            act::{Concerned, Filed, Origin, Outcome, ReportAct, TriageAct},
            file::Report,
            refusal::ReportRefused,
            table::ReportStage,
        },
    },
};

use super::listed::named;
use crate::{
    api::shape::{
        AcceptanceShown, ConcernedShown, DocumentShown, EntryShown, FiledShown, ReportShown, SaidShown, SharingShown,
        TriageShown,
    },
    desk::{Desk, DeskError, Officer, papers::written_number, sharing, shown::Showing, time::moment},
    run::Sight,
    view::{Names, outcome_name, triages, unknown},
    words::{self, Language},
};

/// When the entries of one document were signed.
struct Signed(BTreeMap<EntryId, Day>);

impl Moments for Signed {
    fn signed(&self, entry: &EntryId) -> Day {
        self.0.get(entry).copied().unwrap_or(Day::MAX)
    }

    fn received(&self, _: &EntryId) -> Option<Day> {
        None
    }
}

impl Desk {
    /// A report, whole, if anybody may see it.
    ///
    /// # Errors
    ///
    /// As [`Desk::report_for`].
    pub async fn report(&self, id: &str, language: Language) -> Result<ReportShown, DeskError> {
        self.report_for(None, id, language).await
    }

    /// A report, whole, if whoever asks may see it.
    ///
    /// # Errors
    ///
    /// `BadId`, `AmbiguousId`, `NoSuchDocument`, `NodeStopped`, `StoreFailed`.
    pub async fn report_for(
        &self,
        officer: Option<&Officer>,
        id: &str,
        language: Language,
    ) -> Result<ReportShown, DeskError> {
        let (document, short) = self.report_document(officer, id).await?;
        let asker = match officer {
            Some(officer) => Some(self.asker(officer).await?),
            None => None,
        };
        let shown = self.show_document(document.clone(), short, language).await?;
        let names = self.fresh_view().await?.names();
        let id = shown.id.clone();
        let read = self.node().core().read(move |sight| {
            let rules = sight.replica.rulebook(sight.store)?;
            let file = sight.replica.casefile(&document, &rules, sight.store)?;
            let report = sight.replica.report(&file);
            // The lists may be behind; the rules are asked.
            let is_open = asker.as_ref().map_or_else(
                || report.concerned().is_none_or(|concerned| !is_delicate(concerned)),
                |asker| {
                    let roles: &[Role] = &asker.roles;
                    report.is_open_to(&law::Officer { holder: asker.holder, roles, unit: &asker.unit })
                },
            );
            if !is_open {
                return Err(unknown(&id));
            }
            let is_handling = asker.as_ref().is_some_and(|asker| {
                let may = HANDLING.iter().chain(&[Role::AUDITOR]).any(|role| asker.roles.contains(role));
                may && report.lies_with.is_some_and(|unit| asker.unit.contains(unit))
            });
            let is_known = asker.is_some();
            let page = ReportPage { sight, names: &names, language, rules: &rules, is_known, is_handling };
            page.whole(&document, &file, &report, shown)
        });
        read.await?
    }
}

/// Of an entry only that it is there is shown.
fn hide(entry: &mut EntryShown) {
    entry.changes.clear();
    entry.attachments.clear();
}

/// Whether whoever does not say who they are is not shown it.
fn is_delicate(concerned: &Concerned) -> bool {
    concerned.is_about(&concerned.unit) || concerned.holder.is_some()
}

/// What a page of a report needs.
struct ReportPage<'a> {
    sight: &'a Sight<'a>,
    names: &'a Names,
    language: Language,
    rules: &'a Rulebook,
    /// Whether it is known who asks.
    is_known: bool,
    /// Whether they handle reports at the unit it lies with or above, or audit there.
    is_handling: bool,
}

impl ReportPage<'_> {
    fn whole(
        &self,
        document: &DocKey,
        file: &Casefile,
        report: &Report<'_>,
        mut shown: DocumentShown,
    ) -> Result<ReportShown, DeskError> {
        let mut triage = Vec::new();
        let mut is_lead = false;
        for file in triages(self.sight, document, self.rules)? {
            let one = self.triage(&file)?;
            is_lead |= one.stage == ReportStage::Left.name();
            triage.push(one);
        }
        self.mark(&mut shown.history, &report.refused);
        if report.file.is_some() {
            shown.fields.clear();
        }
        if is_lead {
            // Of a lead only that it was handed over is said, whoever asks.
            shown.fields.clear();
            shown.history.iter_mut().for_each(hide);
        }
        let is_named = report.filed().is_some_and(|filed| matches!(filed.origin, Origin::Named { .. }));
        if is_named && !self.is_known {
            let filed = report.file.map(|file| file.id.to_string());
            let filing = shown.history.iter_mut().filter(|entry| Some(&entry.id) == filed.as_ref());
            filing.for_each(hide);
        }
        let stage = if is_lead { ReportStage::Left } else { report.stage };
        let filed = report.filed().zip(report.file).filter(|_| !is_lead);
        let said = |steps: &[Taken<'_, ReportAct>]| match is_lead {
            true => Vec::new(),
            false => steps.iter().filter_map(|step| self.said(file, step)).collect(),
        };
        Ok(ReportShown {
            document: shown,
            stage: stage.name().into(),
            stage_name: words::stage(self.language, stage.name()),
            filed: filed.map(|(filed, step)| self.filed(file, filed, &step, report)),
            lies_with: report.lies_with.map(|unit| named(unit.as_str(), self.names)),
            acceptance: self.acceptance(file, report).map_or(Ok(None), |shown| shown.map(Some))?,
            questions: said(&report.questions),
            supplements: said(&report.supplements),
            replies: said(&report.replies),
            triage,
            shared: self.shared(document)?,
        })
    }

    /// What was shared of it: nothing to whoever does not say who they are.
    fn shared(&self, document: &DocKey) -> Result<Vec<SharingShown>, DeskError> {
        if !self.is_handling {
            return Ok(Vec::new());
        }
        sharing::about(self.sight, self.names, self.language, self.rules, document)
    }

    /// Says of entries why they are without effect.
    fn mark(&self, history: &mut [EntryShown], refused: &BTreeMap<EntryId, ReportRefused>) {
        let showing = self.showing();
        for (id, why) in refused {
            let id = id.to_string();
            let entries = history.iter_mut().filter(|entry| entry.id == id);
            entries.for_each(|entry| entry.marks.push(showing.spoken(why.why)));
        }
    }

    fn filed(&self, file: &Casefile, filed: &Filed, step: &Taken<'_, ReportAct>, report: &Report<'_>) -> FiledShown {
        let (pack, names) = (report.pack, self.names);
        let (origin, who) = match &filed.origin {
            Origin::Officer => ("officer", None),
            Origin::Named { who } => ("named", Some(who.clone()).filter(|_| self.is_known)),
            Origin::Anonymous { .. } => ("anonymous", None),
            Origin::Invited => ("invited", None),
            Origin::PassedOn => ("passed_on", None),
        };
        let in_words = |words: &Words| match self.language {
            Language::Chinese => words.zh.clone(),
            Language::English => words.en.clone(),
        };
        let category = pack.and_then(|pack| pack.categories.iter().find(|one| one.number == filed.category));
        let source = pack.and_then(|pack| pack.sources.iter().find(|one| one.id == filed.source));
        let number = &filed.number;
        let plain = || format!("{}〔{}〕{}号", number.word, number.year, number.number);
        FiledShown {
            entry: step.id.to_string(),
            author: self.author_of(file, &step.id),
            time: self.time_of(file, &step.id),
            number: pack.map_or_else(plain, |pack| written_number(pack, number, names, self.language)),
            to: named(filed.to.as_str(), names),
            rules: format!("{} {}", filed.rules.id, filed.rules.version),
            category: filed.category,
            category_name: category.map(|one| in_words(&one.words)).unwrap_or_default(),
            source: filed.source.clone(),
            source_name: source.map(|one| in_words(&one.words)).unwrap_or_default(),
            origin: origin.into(),
            origin_name: words::origin(self.language, origin),
            who,
            concerned: filed.concerned.as_ref().map(|concerned| ConcernedShown {
                unit: named(concerned.unit.as_str(), names),
                post: concerned.post.clone(),
                person: concerned.holder.map(|holder| names.holder(&holder).to_owned()),
                head: concerned.is_head,
            }),
            title: filed.title.clone(),
            account: filed.account.clone(),
            happened: filed.happened_s.map(moment),
            place: filed.place.clone(),
            amount_fen: filed.amount_fen,
            urgent: filed.is_urgent,
        }
    }

    fn acceptance(&self, file: &Casefile, report: &Report<'_>) -> Option<Result<AcceptanceShown, DeskError>> {
        let day = |said: &Said| day_of(u64::try_from(said.entry.header().claimed_time_s).unwrap_or(0));
        let signed = Signed(file.history.iter().map(|said| (said.entry.id(), day(said))).collect());
        let calendar = match self.sight.replica.calendar(self.sight.store) {
            Ok(calendar) => calendar,
            Err(failure) => return Some(Err(failure.into())),
        };
        let until = report.acceptance_until(&calendar, &signed)?;
        let today = day_of(u64::try_from(self.sight.now.0).unwrap_or(0));
        Some(Ok(AcceptanceShown {
            until: until.day.to_string(),
            provisional: until.is_provisional,
            overdue: until.is_over(today),
        }))
    }

    fn said(&self, file: &Casefile, step: &Taken<'_, ReportAct>) -> Option<SaidShown> {
        // What was redacted says what remains.
        let text = match step.act {
            ReportAct::AskBack { question: text, .. }
            | ReportAct::Supplement { text, .. }
            | ReportAct::Reply { text, .. } => text.clone(),
            _ => return None,
        };
        let author = self.author_of(file, &step.id);
        Some(SaidShown { entry: step.id.to_string(), author, time: self.time_of(file, &step.id), text })
    }

    fn triage(&self, file: &Casefile) -> Result<TriageShown, DeskError> {
        let folded = self.sight.replica.triage(file);
        let (decided, reason) = match folded.decided.map(|step| (step, step.act)) {
            Some((step, TriageAct::Decide { reason, .. })) => (Some(step.id), reason.clone()),
            _ => (None, String::new()),
        };
        let outcome = folded.outcome();
        let linked = match outcome {
            Some(Outcome::Duplicate { of }) => self.repeated(of)?,
            Some(Outcome::Warning { case }) => Some(case.doc.to_string()),
            _ => None,
        };
        let showing = self.showing();
        let mut history = Vec::with_capacity(file.history.len());
        for said in &file.history {
            history.push(showing.entry(said, Vec::new())?);
        }
        self.mark(&mut history, &folded.refused);
        Ok(TriageShown {
            unit: named(file.document.scope.home.as_str(), self.names),
            stage: folded.stage.name().into(),
            stage_name: words::stage(self.language, folded.stage.name()),
            outcome: outcome.map(|outcome| outcome_name(outcome).into()),
            outcome_name: outcome.map(|outcome| words::outcome(self.language, outcome_name(outcome))),
            linked,
            reason,
            by: decided.map(|decided| self.author_of(file, &decided)),
            recused: folded.recused.iter().map(|holder| self.names.holder(holder).to_owned()).collect(),
            history,
        })
    }

    /// The report a triage is about, by id.
    fn repeated(&self, triage: &DocKey) -> Result<Option<String>, DeskError> {
        let file = self.sight.replica.casefile(triage, self.rules, self.sight.store)?;
        let folded = self.sight.replica.triage(&file);
        Ok(folded.report().map(|(report, _)| report.doc.to_string()))
    }

    fn showing(&self) -> Showing<'_> {
        Showing { sight: self.sight, names: self.names, language: self.language }
    }

    fn author_of(&self, file: &Casefile, id: &EntryId) -> crate::api::shape::AuthorShown {
        let said = file.history.iter().find(|said| said.entry.id() == *id);
        let author = said.map(|said| said.entry.header().author);
        self.showing().author(&author.unwrap_or(*id))
    }

    fn time_of(&self, file: &Casefile, id: &EntryId) -> String {
        let said = file.history.iter().find(|said| said.entry.id() == *id);
        said.map_or_else(String::new, |said| moment(said.entry.header().claimed_time_s))
    }
}
