//! `report …`: information collected at a reporting point, drafted, filed and what is done with it.

use fangwei_node::api::shape::{
    ConcernedForm, FileForm, ReceiptForm, ReceiptShown, ReportDeedForm, ReportFiled, ReportForm, ReportShown, Reports,
    RiskEdit, ValueShown, Written, route,
};

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::{
    args::{Listed, Prose, ReportAdd, ReportEdit, ReportFile, ReportVerb, Told},
    ask::Asker,
    complaint::{Complaint, Exit},
    errand::{Errand, id, route_of},
    report::{document, reports, table::Table, time},
    verb::{self, Done, attachment::hand_in, certificate::place, sharing},
};

/// `report …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: ReportVerb) -> Done {
    match asked {
        ReportVerb::Add(asked) => add(errand, *asked).await,
        ReportVerb::Edit(asked) => edit(errand, *asked).await,
        ReportVerb::File(asked) => file(errand, *asked).await,
        ReportVerb::Receipt { code, code_file } => receipt(errand, Prose { text: code, file: code_file }).await,
        ReportVerb::List(asked) => list(errand, asked).await,
        ReportVerb::Show { id: given } => {
            let path = route_of(route::REPORT, &id(&given)?);
            let asker = errand.ask_as_whom_it_names().await?;
            let shown: ReportShown = asker.get(&path, &()).await?;
            errand.voice.data(&shown, reports::report)?;
            Ok(Exit::Yes)
        }
        ReportVerb::Supplement { question, attachments, told } => {
            let (given, prose) = told.prose();
            let text = errand.input.prose(prose)?.unwrap_or_default();
            let asker = errand.ask_as_officer().await?;
            let attachments = hand_in(errand, &asker, &attachments).await?;
            act(errand, &asker, &given, &ReportDeedForm::Supplement { text, question, attachments }).await
        }
        ReportVerb::Share(asked) => sharing::share(errand, route::REPORT_SHARE, *asked).await,
        asked => {
            let (given, form) = form_of(errand, asked).await?;
            let asker = errand.ask_as_officer().await?;
            act(errand, &asker, &given, &form).await
        }
    }
}

async fn act(errand: &mut Errand, asker: &Asker, given: &str, form: &ReportDeedForm) -> Done {
    let path = route_of(route::REPORT_ACTS, &id(given)?);
    let written: Written = asker.post(&path, form).await?;
    verb::written(errand, "thing-report-entry", &written)
}

/// What is done with a report that was filed.
async fn form_of(errand: &mut Errand, asked: ReportVerb) -> Result<(String, ReportDeedForm), Complaint> {
    let mut said = |told: Told| -> Result<(String, String), Complaint> {
        let (given, prose) = told.prose();
        Ok((given, errand.input.prose(prose)?.unwrap_or_default()))
    };
    Ok(match asked {
        ReportVerb::AskBack(told) => {
            let (given, question) = said(told)?;
            (given, ReportDeedForm::AskBack { question })
        }
        ReportVerb::Accept { id } => (id, ReportDeedForm::Accept),
        ReportVerb::PassOn { to, id } => (id, ReportDeedForm::PassOn { to: errand.unit(&to).await? }),
        ReportVerb::Withdraw(told) => {
            let (given, reason) = said(told)?;
            (given, ReportDeedForm::Withdraw { reason })
        }
        ReportVerb::Reply(told) => {
            let (given, text) = said(told)?;
            (given, ReportDeedForm::Reply { text })
        }
        ReportVerb::Supplement { .. }
        | ReportVerb::Add(_)
        | ReportVerb::Edit(_)
        | ReportVerb::File(_)
        | ReportVerb::Receipt { .. }
        | ReportVerb::Share(_)
        | ReportVerb::List(_)
        | ReportVerb::Show { .. } => return Err(Complaint::wrong("report-verb")),
    })
}

async fn file(errand: &mut Errand, asked: ReportFile) -> Done {
    let account = errand.input.prose(Prose { text: asked.account, file: asked.account_file })?;
    let concerned = match asked.concerned_unit {
        Some(unit) => Some(ConcernedForm {
            unit: errand.unit(&unit).await?,
            post: asked.concerned_post.unwrap_or_default(),
            officer: asked.concerned_officer,
            head: asked.concerned_head,
        }),
        None => None,
    };
    let mut form = FileForm {
        draft: asked.id.map(|given| id(&given)).transpose()?,
        unit: errand.unit_or_none(asked.unit).await?,
        to: errand.unit_or_none(asked.to).await?,
        category: asked.category,
        source: asked.source,
        origin: asked.origin,
        who: asked.who,
        concerned,
        title: asked.title,
        account,
        happened: asked.happened.as_deref().map(when).transpose()?,
        place: asked.place,
        amount_fen: asked.amount.as_deref().map(fen).transpose()?,
        urgent: asked.urgent.then_some(true),
        attachments: Vec::new(),
    };
    let asker = errand.ask_as_officer().await?;
    form.attachments = hand_in(errand, &asker, &asked.attachments).await?;
    let filed: ReportFiled = asker.post(route::REPORTS_FILE, &form).await?;
    let to = place(&filed.to, &filed.to_name);
    errand.voice.note("report-filed", &[("number", filed.number.clone().into()), ("to", to.into())]);
    if let Some(code) = &filed.receipt_code {
        errand.voice.note("report-receipt", &[("code", code.clone().into())]);
    }
    errand.voice.data(&filed, |filed, _| filed.written.short.clone())?;
    Ok(Exit::Yes)
}

async fn add(errand: &mut Errand, asked: ReportAdd) -> Done {
    let account = errand.input.prose(Prose { text: asked.account, file: asked.account_file })?;
    let amount_fen = asked.amount.as_deref().map(fen).transpose()?;
    let form = ReportForm {
        unit: errand.unit_or_none(asked.unit).await?,
        title: asked.title,
        category: asked.category,
        source: asked.source,
        concerned_unit: errand.unit_or_none(asked.concerned_unit).await?,
        concerned_post: asked.concerned_post,
        account: account.unwrap_or_default(),
        happened: asked.happened.as_deref().map(when).transpose()?,
        place: asked.place,
        amount_fen,
        urgency: asked.urgency,
    };
    let asker = errand.ask_as_officer().await?;
    let written: Written = asker.post(route::REPORTS, &form).await?;
    verb::written(errand, "thing-report", &written)
}

async fn edit(errand: &mut Errand, asked: ReportEdit) -> Done {
    let path = route_of(route::REPORT, &id(&asked.id)?);
    let mut form = RiskEdit::default();
    let concerned_unit = match asked.concerned_unit {
        Some(unit) if !unit.is_empty() => Some(errand.unit(&unit).await?),
        cleared => cleared,
    };
    let words = [
        ("title", asked.title),
        ("source", asked.source),
        ("concerned_unit", concerned_unit),
        ("concerned_post", asked.concerned_post),
        ("place", asked.place),
        ("urgency", asked.urgency),
    ];
    for (field, word) in words {
        if let Some(word) = word {
            form.set.insert(field.into(), (!word.is_empty()).then_some(ValueShown::Word(word)));
        }
    }
    if let Some(category) = asked.category {
        form.set.insert("category".into(), Some(ValueShown::Number(category)));
    }
    if let Some(amount) = asked.amount {
        let fen = if amount.is_empty() { None } else { Some(ValueShown::Number(fen(&amount)?)) };
        form.set.insert("amount_fen".into(), fen);
    }
    if let Some(account) = errand.input.prose(Prose { text: asked.account, file: asked.account_file })? {
        form.texts.insert("account".into(), account);
    }
    if form == RiskEdit::default() {
        return Err(Complaint::wrong("nothing-to-edit").hint("report-nothing-to-edit-hint"));
    }
    let written: Written = errand.ask_as_officer().await?.patch(&path, &form).await?;
    verb::written(errand, "thing-edit", &written)
}

/// What whoever has a receipt code is told. Nobody signs: the code is enough.
async fn receipt(errand: &mut Errand, code: Prose) -> Done {
    let code = errand.input.prose(code)?.unwrap_or_default();
    let form = ReceiptForm { code: code.trim().to_owned() };
    let shown: ReceiptShown = errand.ask().await?.post(route::REPORTS_RECEIPT, &form).await?;
    errand.voice.data(&shown, reports::receipt)?;
    Ok(Exit::Yes)
}

async fn list(errand: &mut Errand, asked: Listed) -> Done {
    let query = errand.list_query(asked).await?;
    let asker = errand.ask_as_whom_it_names().await?;
    let listed: Reports = asker.get(route::REPORTS, &query).await?;
    let shown = listed.reports.len() as u64;
    errand.voice.data(&listed, |listed, words| {
        let heads = [
            "head-id",
            "head-changed",
            "head-unit",
            "head-category",
            "head-title",
            "head-stage",
            "head-number",
            "head-lies-with",
            "head-acceptance",
            "head-outcome",
            "head-held",
        ];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for report in &listed.reports {
            table.row([
                report.short.clone(),
                time(&report.changed),
                place(&report.unit, &report.unit_name),
                report.category.map(|category| category.to_string()).unwrap_or_default(),
                document::marked(&report.title, report.struck, words),
                report.stage_name.clone(),
                report.number.clone().unwrap_or_default(),
                report.lies_with.as_ref().map(reports::unit).unwrap_or_default(),
                reports::acceptance(report.acceptance.as_ref(), words),
                report.outcome_name.clone().unwrap_or_default(),
                document::held(report.held_above, words),
            ]);
        }
        table.text()
    })?;
    document::count(errand, "reports-none", shown, (listed.total, listed.at_least), listed.next.as_deref());
    Ok(Exit::Yes)
}

/// A date, or a time: without an offset it is this machine's.
fn when(given: &str) -> Result<String, Complaint> {
    let wrong = || Complaint::wrong("bad-time").with("time", given).hint("bad-time-hint");
    if given.parse::<Timestamp>().is_ok() || (given.len() == 10 && given.parse::<Date>().is_ok()) {
        return Ok(given.to_owned());
    }
    let time: DateTime = given.parse().map_err(|_| wrong())?;
    let zoned = time.to_zoned(TimeZone::system()).map_err(|_| wrong())?;
    Ok(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

/// Yuan, with at most two decimals, in fen.
fn fen(yuan: &str) -> Result<i64, Complaint> {
    let wrong = || Complaint::wrong("bad-amount").with("amount", yuan);
    let (whole, cents) = yuan.split_once('.').unwrap_or((yuan, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || cents.len() > 2 || !digits(whole) || !digits(cents) {
        return Err(wrong());
    }
    let fen = format!("{whole}{cents:0<2}");
    fen.parse().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_an_offset_is_this_machines() {
        assert_eq!(when("2026-11-03").unwrap(), "2026-11-03");
        assert_eq!(when("2026-11-03T09:30:00+08:00").unwrap(), "2026-11-03T09:30:00+08:00");
        assert!(when("2026-11-03T09:30").unwrap().parse::<Timestamp>().is_ok());
        for bad in ["", "昨天", "2026-13-01", "2026-11-03T25:00"] {
            assert!(when(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn yuan_become_fen() {
        for (yuan, want) in [("1", 100), ("1.5", 150), ("0.05", 5), ("120000", 12_000_000)] {
            assert_eq!(fen(yuan).unwrap(), want, "{yuan}");
        }
        for bad in ["", ".5", "1.234", "-1", "1,000", "一", "99999999999999999999"] {
            assert!(fen(bad).is_err(), "{bad:?} was taken");
        }
    }
}
