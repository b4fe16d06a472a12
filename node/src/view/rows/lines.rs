//! Lines of lists, made from the documents that belong to them.
//!
//! A report or a risk is one line. A case is one line with as many documents as are kept here: its inner file, if this node
//! keeps it, and the files of its papers.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::record::entry::{DocKey, Kind};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Cursor, List, RowsFailure, summary};
use crate::view::{
    summary::{Gist, Made, Summary},
    words::{self, Marks},
};

/// Lines touched by what is being written.
#[derive(Default)]
pub(super) struct Lines {
    /// By their numbers.
    touched: BTreeSet<i64>,
    /// Words of documents made now, by the number of their row.
    words: BTreeMap<i64, String>,
}

/// What a line says, from its documents.
struct Line {
    unit: String,
    changed_s: i64,
    title: String,
    stage: Option<String>,
    level: Option<i64>,
    category: Option<i64>,
    quarter: Option<i64>,
    struck: i64,
    held_above: bool,
}

/// A document of a line that was touched.
struct Part {
    summary: Summary,
    words: String,
}

/// How many lines there are more, by list, unit, stage, level, category and quarter.
#[derive(Default)]
struct Tally(BTreeMap<(String, String, String, i64, i64, i64), i64>);

/// The number of a document's row, and that of its line.
pub(super) async fn find(
    all: &mut SqliteConnection,
    document: &DocKey,
) -> Result<Option<(i64, Option<i64>)>, RowsFailure> {
    let found = sqlx::query(
        "SELECT id, line FROM document WHERE doc = ? AND kind = ? AND home = ? AND reach = ? AND shelf = ?",
    )
    .bind(document.doc.to_string())
    .bind(i64::from(document.kind.0))
    .bind(document.scope.home.to_string())
    .bind(i64::from(document.scope.reach.0))
    .bind(i64::from(document.scope.shelf.0));
    let found = found.fetch_optional(all).await?;
    found.map(|row| Ok((row.try_get("id")?, row.try_get("line")?))).transpose()
}

impl Lines {
    /// Puts a document in its row; its line follows with [`Lines::settle`].
    pub(super) async fn put(
        &mut self,
        all: &mut SqliteConnection,
        made: &Made,
        generation: i64,
    ) -> Result<(), RowsFailure> {
        let Summary { document, changed_s, ends, held_above, struck, gist } = &made.summary;
        let line = match gist.as_ref().and_then(|gist| place(document, gist)) {
            None => None,
            Some((list, file)) => Some(number_of(all, list, &file).await?),
        };
        let ends: Vec<String> = ends.iter().map(ToString::to_string).collect();
        let text = gist.as_ref().map(|gist| serde_json::to_string(gist).unwrap_or_default());
        let words = words::of_text(&made.text);
        let put = sqlx::query(
            "INSERT INTO document (doc, kind, home, reach, shelf, changed_s, held_above, ends, struck, generation, gist, \
             words, line) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET \
             changed_s = excluded.changed_s, held_above = excluded.held_above, ends = excluded.ends, \
             struck = excluded.struck, generation = excluded.generation, gist = excluded.gist, words = excluded.words \
             RETURNING id, line",
        );
        let put = put
            .bind(document.doc.to_string())
            .bind(i64::from(document.kind.0))
            .bind(document.scope.home.to_string())
            .bind(i64::from(document.scope.reach.0))
            .bind(i64::from(document.scope.shelf.0))
            .bind(changed_s)
            .bind(held_above)
            .bind(ends.join(" "))
            .bind(i64::try_from(*struck).unwrap_or(i64::MAX))
            .bind(generation)
            .bind(text)
            .bind(shares_line(document).then(|| words.clone()))
            .bind(line);
        let row = put.fetch_one(&mut *all).await?;
        // A row that was there still names the line it was in.
        let (id, before): (i64, Option<i64>) = (row.try_get("id")?, row.try_get("line")?);
        if before != line {
            sqlx::query("UPDATE document SET line = ? WHERE id = ?").bind(line).bind(id).execute(&mut *all).await?;
        }
        self.touched.extend(before);
        self.touched.extend(line);
        self.words.insert(id, words);
        Ok(())
    }

    /// Takes a document away.
    pub(super) async fn remove(&mut self, all: &mut SqliteConnection, document: &DocKey) -> Result<(), RowsFailure> {
        if let Some((id, line)) = find(all, document).await? {
            sqlx::query("DELETE FROM document WHERE id = ?").bind(id).execute(&mut *all).await?;
            self.touched.extend(line);
        }
        Ok(())
    }

    /// Makes every line again that was touched.
    pub(super) async fn settle(mut self, all: &mut SqliteConnection) -> Result<(), RowsFailure> {
        let touched = serde_json::to_string(&self.touched).unwrap_or_default();
        let mut parts = self.parts(all, &touched).await?;
        let (mut tally, mut rows) = (Tally::default(), BTreeMap::new());
        let before = sqlx::query("SELECT * FROM line WHERE id IN (SELECT value FROM json_each(?))").bind(touched);
        for row in before.fetch_all(&mut *all).await? {
            let (id, list): (i64, String) = (row.try_get("id")?, row.try_get("list")?);
            if let Some(line) = Line::before(&row)? {
                tally.count(&list, &line, -1);
                let place = Cursor::of(line.changed_s, id).place();
                sqlx::query("DELETE FROM words WHERE rowid = ?").bind(place).execute(&mut *all).await?;
            }
            let parts = parts.remove(&id).unwrap_or_default();
            match Line::of(&parts) {
                Some(line) => {
                    line.write(all, id).await?;
                    tally.count(&list, &line, 1);
                    let words = parts.iter().map(|part| part.words.as_str());
                    let text = words.chain([line.marks(&list).as_str()]).collect::<Vec<_>>().join(" ");
                    rows.insert(Cursor::of(line.changed_s, id).place(), text);
                }
                None => {
                    sqlx::query("DELETE FROM line WHERE id = ?").bind(id).execute(&mut *all).await?;
                }
            }
        }
        // In their order, because the index begins a new part of itself wherever the number of a row is not the greatest.
        for (place, text) in rows {
            let put = sqlx::query("INSERT INTO words (rowid, text) VALUES (?, ?)").bind(place).bind(text);
            put.execute(&mut *all).await?;
        }
        tally.write(all).await
    }

    /// The documents of these lines, by line: of a case the inner file first.
    async fn parts(
        &mut self,
        all: &mut SqliteConnection,
        lines: &str,
    ) -> Result<BTreeMap<i64, Vec<Part>>, RowsFailure> {
        let rows = sqlx::query(
            "SELECT * FROM document WHERE line IN (SELECT value FROM json_each(?)) ORDER BY kind, home, doc",
        );
        let mut parts: BTreeMap<i64, Vec<Part>> = BTreeMap::new();
        for row in rows.bind(lines.to_owned()).fetch_all(all).await? {
            let (id, line): (i64, i64) = (row.try_get("id")?, row.try_get("line")?);
            let words = match self.words.remove(&id) {
                Some(words) => words,
                None => row.try_get::<Option<String>, _>("words")?.unwrap_or_default(),
            };
            parts.entry(line).or_default().push(Part { summary: summary(&row)?, words });
        }
        Ok(parts)
    }
}

/// Whether other documents may be in the line of this one.
fn shares_line(document: &DocKey) -> bool {
    [Kind::CASE_INNER, Kind::CASE_OUTER].contains(&document.kind)
}

/// The list a document is a line of, and the file that line goes by.
fn place(document: &DocKey, gist: &Gist) -> Option<(List, String)> {
    let list = List::of_kind(document.kind)?;
    let list = if list == List::Reports && gist.closed.is_some() { List::Closed } else { list };
    // An outer file stands in the line of the inner file it names.
    let DocKey { scope, kind, doc } = gist.case.as_ref().unwrap_or(document);
    Some((list, format!("{doc} {} {} {} {}", kind.0, scope.home, scope.reach.0, scope.shelf.0)))
}

/// The number of a line, which may be new and say nothing yet.
async fn number_of(all: &mut SqliteConnection, list: List, file: &str) -> Result<i64, RowsFailure> {
    let put = sqlx::query_scalar(
        "INSERT INTO line (list, file, unit, changed_s, title, struck, held_above) VALUES (?, ?, '', 0, '', 0, 0) \
         ON CONFLICT DO UPDATE SET list = list RETURNING id",
    );
    Ok(put.bind(list.name()).bind(file.to_owned()).fetch_one(all).await?)
}

impl Line {
    fn of(parts: &[Part]) -> Option<Line> {
        let summaries = || parts.iter().map(|part| &part.summary);
        let gists: Vec<&Gist> = summaries().filter_map(|summary| summary.gist.as_ref()).collect();
        let (first, last) = (gists.first()?, Gist::furthest(&gists)?);
        Some(Line {
            unit: first.unit.clone(),
            changed_s: summaries().map(|summary| summary.changed_s).max()?,
            title: first.title.clone(),
            stage: last.stage.clone(),
            level: last.level,
            category: last.category,
            quarter: first.quarter.map(|quarter| quarter.0),
            struck: summaries().map(|summary| i64::try_from(summary.struck).unwrap_or(i64::MAX)).sum(),
            held_above: summaries().all(|summary| summary.held_above),
        })
    }

    /// What a line said so far; nothing if it is new.
    fn before(row: &SqliteRow) -> Result<Option<Line>, RowsFailure> {
        let line = Line {
            unit: row.try_get("unit")?,
            changed_s: row.try_get("changed_s")?,
            title: row.try_get("title")?,
            stage: row.try_get("stage")?,
            level: row.try_get("level")?,
            category: row.try_get("category")?,
            quarter: row.try_get("quarter")?,
            struck: row.try_get("struck")?,
            held_above: row.try_get("held_above")?,
        };
        Ok(Some(line).filter(|line| !line.unit.is_empty()))
    }

    async fn write(&self, all: &mut SqliteConnection, id: i64) -> Result<(), RowsFailure> {
        let update = sqlx::query(
            "UPDATE line SET unit = ?, changed_s = ?, title = ?, stage = ?, level = ?, category = ?, quarter = ?, \
             struck = ?, held_above = ? WHERE id = ?",
        );
        let update = update
            .bind(self.unit.clone())
            .bind(self.changed_s)
            .bind(self.title.clone())
            .bind(self.stage.clone())
            .bind(self.level)
            .bind(self.category)
            .bind(self.quarter)
            .bind(self.struck)
            .bind(self.held_above)
            .bind(id);
        update.execute(all).await?;
        Ok(())
    }

    /// All it is found by beside its words.
    fn marks(&self, list: &str) -> String {
        let mut marks = Marks::of(list);
        units_above(&self.unit).for_each(|unit| marks.under(unit));
        marks.narrow(self.stage.as_deref(), self.level, self.category);
        marks.as_text()
    }
}

impl Tally {
    fn count(&mut self, list: &str, line: &Line, more: i64) {
        let stage = line.stage.clone().unwrap_or_default();
        let [level, category, quarter] = [line.level, line.category, line.quarter].map(|value| value.unwrap_or(-1));
        for unit in units_above(&line.unit) {
            *self.0.entry((list.into(), unit.into(), stage.clone(), level, category, quarter)).or_default() += more;
        }
    }

    async fn write(self, all: &mut SqliteConnection) -> Result<(), RowsFailure> {
        let more: Vec<_> = self.0.into_iter().filter(|(_, more)| *more != 0).collect();
        let put = sqlx::query(
            "INSERT INTO tally (list, unit, stage, level, category, quarter, lines) SELECT value ->> '$[0][0]', \
             value ->> '$[0][1]', value ->> '$[0][2]', value ->> '$[0][3]', value ->> '$[0][4]', value ->> '$[0][5]', \
             value ->> '$[1]' FROM json_each(?) WHERE true ON CONFLICT DO UPDATE SET lines = lines + excluded.lines",
        );
        put.bind(serde_json::to_string(&more).unwrap_or_default()).execute(all).await?;
        Ok(())
    }
}

/// A unit, those above it, and '' for all.
fn units_above(unit: &str) -> impl Iterator<Item = &str> {
    let ends = unit.match_indices('.').map(|(at, _)| at).chain([unit.len()]);
    std::iter::once("").chain(ends.filter_map(|end| unit.get(..end)))
}
