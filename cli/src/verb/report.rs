//! `report add|list|show`: information collected at a reporting point.

use fangwei_node::api::shape::{DocumentShown, ListQuery, ReportForm, Reports, Written, route};

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use crate::{
    args::{Listed, Prose, ReportAdd, ReportVerb},
    complaint::{Complaint, Exit},
    errand::{Errand, id, route_of},
    report::{document, table::Table, time},
    verb::{self, Done, certificate::place},
};

/// `report …`.
///
/// # Errors
///
/// What is to be said of it.
pub async fn run(errand: &mut Errand, asked: ReportVerb) -> Done {
    match asked {
        ReportVerb::Add(asked) => add(errand, *asked).await,
        ReportVerb::List(asked) => list(errand, asked).await,
        ReportVerb::Show { id: given } => {
            let path = route_of(route::REPORT, &id(&given)?);
            let shown: DocumentShown = errand.ask().await?.get(&path, &()).await?;
            errand.voice.data(&shown, document::whole)?;
            Ok(Exit::Yes)
        }
    }
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

async fn list(errand: &mut Errand, asked: Listed) -> Done {
    let query = ListQuery { unit: errand.unit_or_none(asked.under).await?, ..ListQuery::default() };
    let listed: Reports = errand.ask().await?.get(route::REPORTS, &query).await?;
    let shown = listed.reports.len() as u64;
    errand.voice.data(&listed, |listed, words| {
        let heads = ["head-id", "head-changed", "head-unit", "head-category", "head-title", "head-held"];
        let mut table = Table::new(heads.map(|key| words.say(key, &[])));
        for report in &listed.reports {
            table.row([
                report.short.clone(),
                time(&report.changed),
                place(&report.unit, &report.unit_name),
                report.category.map(|category| category.to_string()).unwrap_or_default(),
                report.title.clone(),
                document::held(report.held_above, words),
            ]);
        }
        table.text()
    })?;
    document::count(errand, "reports-none", shown, listed.total);
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
