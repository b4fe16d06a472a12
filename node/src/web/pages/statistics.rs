//! Statistics: how many reports and cases, by unit, level, category, stage and quarter, down from the county to a village.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{
    super::{
        Here, Web,
        form::{Filled, query},
        frame::{Frame, Oops, named},
        visit::Member,
    },
    page,
};
use crate::{
    api::shape::{Counted, QuarterCounted, Statistics, StatisticsQuery},
    desk::{Code, DeskError},
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/statistics", get(show))
        .route("/statistics.csv", get(csv))
        .route("/statistics.xlsx", get(spreadsheet))
}

/// A bar of a chart.
struct Bar {
    name: String,
    /// Nothing where no number is known.
    count: Option<u64>,
    /// Of the longest bar, in a hundred.
    share: u64,
    /// What it is drawn as: levels have their colours, nothing else has.
    kind: String,
    place: Option<String>,
}

#[derive(Template)]
#[template(path = "statistics.html")]
struct StatisticsPage {
    f: Frame,
    all: Statistics,
    above: Option<String>,
    charts: Vec<(String, Vec<Bar>)>,
    heard: usize,
}

fn bars(all: &Statistics, counted: Vec<(String, u64, String, Option<String>)>) -> Vec<Bar> {
    let most = counted.iter().map(|(_, count, ..)| *count).max().unwrap_or(0).max(1);
    let bar = |(name, count, kind, place): (String, u64, String, Option<String>)| Bar {
        name,
        count: Some(count).filter(|_| all.heard),
        share: count * 100 / most,
        kind,
        place,
    };
    counted.into_iter().map(bar).collect()
}

async fn counted(web: &Web, f: &Frame, member: &Member, asked: &Filled) -> Result<Statistics, DeskError> {
    web.desk.statistics(member.officer(), &StatisticsQuery { unit: asked.some("unit") }, f.language).await
}

async fn show(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    page(&web, &member, "statistics", async |f| {
        let all = counted(&web, f, &member, &asked).await?;
        let list = |list: &str, name: &'static str, one: &Counted| {
            Some(format!("/{list}?{}", query(&[("unit", all.unit.as_str()), (name, one.value.as_str())])))
        };
        let plain = |one: &Counted, place| (one.name.clone(), one.count, "plain".to_owned(), place);
        let level =
            |one: &Counted| (one.name.clone(), one.count, format!("level-{}", one.value), list("cases", "level", one));
        let quarter_name = |year: u16, quarter: u8| f.t2("quarter", "year", year, "quarter", quarter);
        let quarters = |count: fn(&QuarterCounted) -> u64| {
            let bar =
                |one: &QuarterCounted| (quarter_name(one.year, one.quarter), count(one), "plain".to_owned(), None);
            bars(&all, all.quarters.iter().map(bar).collect())
        };
        let charts = vec![
            (f.t("cases-by-level"), bars(&all, all.levels.iter().map(level).collect())),
            (
                f.t("cases-by-stage"),
                bars(&all, all.stages.iter().map(|one| plain(one, list("cases", "stage", one))).collect()),
            ),
            (f.t("cases-by-quarter"), quarters(|one| one.cases)),
            (
                f.t("reports-by-category"),
                bars(&all, all.categories.iter().map(|one| plain(one, list("reports", "category", one))).collect()),
            ),
            (f.t("reports-by-quarter"), quarters(|one| one.reports)),
        ];
        let me = web.desk.node().me().unit.to_string();
        let above = all.unit.rsplit_once('.').map(|(above, _)| above.to_owned());
        Ok(StatisticsPage {
            f: f.clone(),
            above: above.filter(|above| all.unit != me && above.starts_with(&me)),
            heard: all.units.iter().filter(|row| row.heard).count(),
            charts,
            all,
        })
    })
    .await
}

/// Rows and columns of what is exported; a number that is not known is none.
struct Sheet {
    name: String,
    heads: Vec<String>,
    rows: Vec<(Vec<String>, Vec<Option<u64>>)>,
}

fn sheets(f: &Frame, all: &Statistics) -> Vec<Sheet> {
    // Nothing was heard of the unit itself: no number is known.
    let known = |count: u64| Some(count).filter(|_| all.heard);
    let of = |name: String, counted: &[Counted]| Sheet {
        heads: vec![name.clone(), f.t("count")],
        rows: counted.iter().map(|one| (vec![one.name.clone()], vec![known(one.count)])).collect(),
        name,
    };
    let unit_heads = [f.t("unit"), f.t("code"), f.t("reports"), f.t("cases")];
    let units = Sheet {
        name: f.t("by-unit"),
        heads: unit_heads.into_iter().chain(all.levels.iter().map(|level| level.name.clone())).collect(),
        rows: all
            .units
            .iter()
            .map(|row| {
                let numbers = [row.reports, row.cases].into_iter().chain(row.levels.iter().copied());
                // Nothing was heard: no number is known.
                let numbers = numbers.map(|count| Some(count).filter(|_| row.heard)).collect();
                (vec![row.name.clone(), row.unit.clone()], numbers)
            })
            .collect(),
    };
    let quarters = Sheet {
        name: f.t("by-quarter"),
        heads: vec![f.t("by-quarter"), f.t("reports"), f.t("cases")],
        rows: all
            .quarters
            .iter()
            .map(|one| {
                let name = f.t2("quarter", "year", one.year, "quarter", one.quarter);
                (vec![name], vec![known(one.reports), known(one.cases)])
            })
            .collect(),
    };
    vec![
        units,
        of(f.t("cases-by-level"), &all.levels),
        of(f.t("cases-by-stage"), &all.stages),
        of(f.t("reports-by-category"), &all.categories),
        quarters,
    ]
}

/// What stands above every table: of which unit, and as of when.
fn caption(f: &Frame, all: &Statistics) -> String {
    let unit = named(&all.unit_name, &all.unit);
    format!("{unit} · {}", f.t1("as-of-time", "time", f.time(&all.as_of)))
}

/// The units below as a table that any program reads; the mark in front tells spreadsheets that it is UTF-8.
async fn csv(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "statistics").await;
    let all = counted(&web, &f, &member, &asked).await.map_err(|error| Oops::of(&f, error))?;
    let mut lines = vec![cell(&caption(&f, &all))];
    for Sheet { heads, rows, .. } in sheets(&f, &all).into_iter().take(1) {
        lines.push(heads.iter().map(|one| cell(one)).collect::<Vec<_>>().join(","));
        for (texts, numbers) in rows {
            let numbers = numbers.into_iter().map(|count| count.map_or_else(|| "-".into(), |count| count.to_string()));
            lines.push(texts.iter().map(|text| cell(text)).chain(numbers).collect::<Vec<_>>().join(","));
        }
    }
    let text = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    let kind =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"statistics.csv\"")];
    Ok((kind, text).into_response())
}

/// Everything the page says as a spreadsheet, one sheet for each table.
async fn spreadsheet(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "statistics").await;
    let oops = |error| Oops::of(&f, error);
    let all = counted(&web, &f, &member, &asked).await.map_err(oops)?;
    let (caption, sheets) = (caption(&f, &all), sheets(&f, &all));
    let written = tokio::task::spawn_blocking(move || workbook(&caption, sheets)).await;
    let written = written.map_err(|_| oops(Code::Busy.into()))?;
    let bytes = written.map_err(|fault| oops(DeskError::new(Code::ListsFailed).with("reason", fault)))?;
    let kind = [
        (CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (CONTENT_DISPOSITION, "attachment; filename=\"statistics.xlsx\""),
    ];
    Ok((kind, bytes).into_response())
}

fn workbook(caption: &str, sheets: Vec<Sheet>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold();
    for sheet in sheets {
        let page = book.add_worksheet();
        // A name has at most 31 signs, and none of these.
        let name: String = sheet.name.chars().filter(|sign| !"[]:*?/\\".contains(*sign)).take(31).collect();
        page.set_name(name)?;
        page.write(0, 0, caption)?;
        for (column, text) in (0_u16..).zip(&sheet.heads) {
            page.write_with_format(1, column, text, &head)?;
        }
        for (row, (texts, numbers)) in (2_u32..).zip(&sheet.rows) {
            let mut column = 0_u16;
            for text in texts {
                // As a text, whatever it begins with.
                page.write_string(row, column, text)?;
                column += 1;
            }
            for number in numbers {
                match number {
                    Some(number) => page.write(row, column, *number)?,
                    None => page.write_string(row, column, "-")?,
                };
                column += 1;
            }
        }
        page.set_freeze_panes(2, 0)?;
        page.autofit();
    }
    book.save_to_buffer()
}

/// A cell; what a spreadsheet would take for a formula is made a text.
fn cell(text: &str) -> String {
    let quoted = text.replace('"', "\"\"");
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{quoted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell("某镇"), "\"某镇\"");
        let rows = vec![(vec!["=1+1".to_owned()], vec![Some(3), None])];
        let sheet = Sheet { name: "按单位[1]".into(), heads: vec!["单位".into()], rows };
        let bytes = workbook("某县", vec![sheet]).unwrap();
        assert!(bytes.starts_with(b"PK"), "a zip, as spreadsheets are");
    }
}
