//! Statistics: how many reports and cases, by unit, level, category and stage, down from the county to a village.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};

use super::{
    super::{
        Here, Web,
        form::Filled,
        frame::{Frame, Oops, named},
        visit::Member,
    },
    page,
};
use crate::{
    api::shape::ListQuery,
    desk::{Desk, DeskError, Officer, choices::Choices},
    words::Language,
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/statistics", get(show)).route("/statistics.csv", get(table))
}

/// A bar of a chart.
struct Bar {
    name: String,
    count: u64,
    /// Of the longest bar, in a hundred.
    share: u64,
    /// What it is drawn as: levels have their colours, nothing else has.
    kind: String,
    place: Option<String>,
}

/// One unit below.
struct Row {
    unit: String,
    name: String,
    reports: u64,
    cases: u64,
    /// By level, the most severe first.
    levels: Vec<u64>,
    /// Whether anybody of that unit, or below, was ever heard here; zero of an unheard unit is not zero.
    is_heard: bool,
}

#[derive(Template)]
#[template(path = "statistics.html")]
struct StatisticsPage {
    f: Frame,
    unit: String,
    unit_name: String,
    above: Option<String>,
    reports: u64,
    cases: u64,
    levels: Vec<Bar>,
    categories: Vec<Bar>,
    stages: Vec<Bar>,
    level_names: Vec<String>,
    rows: Vec<Row>,
    heard: usize,
}

impl StatisticsPage {
    fn charts(&self) -> Vec<(String, &[Bar])> {
        let f = &self.f;
        vec![
            (f.t("cases-by-level"), self.levels.as_slice()),
            (f.t("cases-by-stage"), self.stages.as_slice()),
            (f.t("reports-by-category"), self.categories.as_slice()),
        ]
    }
}

/// How many lines there are that were asked for.
async fn reports(desk: &Desk, by: &Officer, unit: &str, category: Option<i64>) -> Result<u64, DeskError> {
    let query = ListQuery { unit: Some(unit.into()), category, limit: Some(0), ..ListQuery::default() };
    Ok(desk.reports_for(Some(by), &query, Language::default()).await?.total)
}

async fn cases(desk: &Desk, f: &Frame, unit: &str, level: Option<i64>, stage: Option<&str>) -> Result<u64, DeskError> {
    let stage = stage.map(ToOwned::to_owned);
    let query = ListQuery { unit: Some(unit.into()), level, stage, limit: Some(0), ..ListQuery::default() };
    Ok(desk.cases(&query, f.language).await?.total)
}

fn bars(counted: Vec<(String, u64, String, Option<String>)>) -> Vec<Bar> {
    let most = counted.iter().map(|(_, count, ..)| *count).max().unwrap_or(0).max(1);
    let bar = |(name, count, kind, place): (String, u64, String, Option<String>)| Bar {
        name,
        count,
        share: count * 100 / most,
        kind,
        place,
    };
    counted.into_iter().map(bar).collect()
}

/// Everything the page says.
async fn counted(web: &Web, f: &Frame, by: &Officer, asked: &Filled) -> Result<StatisticsPage, DeskError> {
    let desk = &web.desk;
    let me = desk.node().me().unit.to_string();
    let unit = asked.some("unit").unwrap_or_else(|| me.clone());
    let choices: Choices = desk.choices(None, f.language).await?;
    let units = desk.units().await?.units;
    let heard = desk.heard().await?;
    let name_of = |path: &str| {
        units.iter().find(|one| one.unit == path).map_or_else(|| path.to_owned(), |one| named(&one.name, path))
    };
    let (mut levels, mut categories, mut stages) = (Vec::new(), Vec::new(), Vec::new());
    for level in &choices.levels {
        let count = cases(desk, f, &unit, level.value.parse().ok(), None).await?;
        let place = format!("/cases?{}", super::super::form::query(&[("unit", &unit), ("level", &level.value)]));
        levels.push((level.label.clone(), count, format!("level-{}", level.value), Some(place)));
    }
    for category in &choices.categories {
        let count = reports(desk, by, &unit, category.value.parse().ok()).await?;
        let place =
            format!("/reports?{}", super::super::form::query(&[("unit", &unit), ("category", &category.value)]));
        categories.push((category.label.clone(), count, "plain".into(), Some(place)));
    }
    for stage in
        ["proposed", "approved", "issued", "delivered", "answered", "rectifying", "visited", "lifted", "escalated"]
    {
        let count = cases(desk, f, &unit, None, Some(stage)).await?;
        let place = format!("/cases?{}", super::super::form::query(&[("unit", &unit), ("stage", stage)]));
        stages.push((crate::words::stage(f.language, stage), count, "plain".into(), Some(place)));
    }
    let depth = unit.matches('.').count();
    let children = units
        .iter()
        .filter(|one| one.unit.starts_with(&format!("{unit}.")) && one.unit.matches('.').count() == depth + 1);
    let mut rows = Vec::new();
    for child in children {
        let mut by_level = Vec::new();
        for level in &choices.levels {
            by_level.push(cases(desk, f, &child.unit, level.value.parse().ok(), None).await?);
        }
        let of_child = |path: &str| path == child.unit || path.starts_with(&format!("{}.", child.unit));
        rows.push(Row {
            reports: reports(desk, by, &child.unit, None).await?,
            cases: cases(desk, f, &child.unit, None, None).await?,
            levels: by_level,
            is_heard: heard.iter().any(|unit| of_child(unit)),
            name: name_of(&child.unit),
            unit: child.unit.clone(),
        });
    }
    let above = unit.rsplit_once('.').map(|(above, _)| above.to_owned());
    Ok(StatisticsPage {
        f: f.clone(),
        unit_name: name_of(&unit),
        above: above.filter(|above| unit != me && above.starts_with(&me)),
        reports: reports(desk, by, &unit, None).await?,
        cases: cases(desk, f, &unit, None, None).await?,
        levels: bars(levels),
        categories: bars(categories),
        stages: bars(stages),
        level_names: choices.levels.iter().map(|level| level.label.clone()).collect(),
        heard: rows.iter().filter(|row| row.is_heard).count(),
        rows,
        unit,
    })
}

async fn show(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    page(&web, &member, "statistics", async |f| counted(&web, f, member.officer(), &asked).await).await
}

/// The same as a table that spreadsheets read; the mark in front tells them that it is UTF-8.
async fn table(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    use axum::response::IntoResponse as _;
    let f = Frame::new(&web, &member.visit, "statistics").await;
    let counted = counted(&web, &f, member.officer(), &asked).await.map_err(|error| Oops::of(&f, error))?;
    let mut lines = vec![format!("{},{}", f.t("as-of"), counted.f.as_of)];
    let heads = [f.t("unit"), f.t("code"), f.t("reports"), f.t("cases")];
    lines.push(
        heads
            .into_iter()
            .chain(counted.level_names.iter().cloned())
            .map(|one| cell(&one))
            .collect::<Vec<_>>()
            .join(","),
    );
    for row in &counted.rows {
        let numbers = [row.reports, row.cases].into_iter().chain(row.levels.iter().copied());
        // Nothing was heard: no number is known.
        let numbers = numbers.map(|count| if row.is_heard { count.to_string() } else { "-".into() });
        lines.push([cell(&row.name), cell(&row.unit)].into_iter().chain(numbers).collect::<Vec<_>>().join(","));
    }
    let text = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    let kind = [
        (axum::http::header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (axum::http::header::CONTENT_DISPOSITION, "attachment; filename=\"statistics.csv\""),
    ];
    Ok((kind, text).into_response())
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
    }
}
