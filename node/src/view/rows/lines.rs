//! Lines of lists, made from the documents that belong to them.
//!
//! A report or a risk is one line. A case is one line with as many documents as are kept here: its inner file, if this node
//! keeps it, and the files of its papers.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::record::entry::DocKey;
use sqlx::{Row, SqliteConnection};

use super::{List, RowsFailure, summary};
use crate::view::{
    summary::{Gist, Made, Summary},
    words,
};

/// Lines touched by what is being written.
#[derive(Default)]
pub(super) struct Lines {
    /// By list and id, with the words of documents made now.
    touched: BTreeSet<(List, String)>,
    /// Texts of documents by the number of their row.
    texts: BTreeMap<i64, String>,
}

/// What a line says, from its documents.
struct Line {
    unit: String,
    changed_s: i64,
    title: String,
    stage: Option<String>,
    level: Option<i64>,
    category: Option<i64>,
    struck: i64,
    held_above: bool,
}

/// The number of a document's row, and that of its line.
pub(super) async fn find(
    all: &mut SqliteConnection,
    document: &DocKey,
) -> Result<Option<(i64, Option<i64>)>, RowsFailure> {
    let found = sqlx::query(
        "SELECT id, line FROM document WHERE kind = ? AND home = ? AND reach = ? AND shelf = ? AND doc = ?",
    )
    .bind(i64::from(document.kind.0))
    .bind(document.scope.home.to_string())
    .bind(i64::from(document.scope.reach.0))
    .bind(i64::from(document.scope.shelf.0))
    .bind(document.doc.to_string());
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
        // What it says may have moved it to another line.
        self.touch_line_of(all, document).await?;
        let ends: Vec<String> = ends.iter().map(ToString::to_string).collect();
        let text = gist.as_ref().map(|gist| serde_json::to_string(gist).unwrap_or_default());
        let put = sqlx::query_scalar(
            "INSERT INTO document (kind, home, reach, shelf, doc, changed_s, held_above, ends, struck, generation, gist) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET changed_s = excluded.changed_s, \
             held_above = excluded.held_above, ends = excluded.ends, struck = excluded.struck, \
             generation = excluded.generation, gist = excluded.gist RETURNING id",
        );
        let put = put
            .bind(i64::from(document.kind.0))
            .bind(document.scope.home.to_string())
            .bind(i64::from(document.scope.reach.0))
            .bind(i64::from(document.scope.shelf.0))
            .bind(document.doc.to_string())
            .bind(changed_s)
            .bind(held_above)
            .bind(ends.join(" "))
            .bind(i64::try_from(*struck).unwrap_or(i64::MAX))
            .bind(generation)
            .bind(text);
        let id: i64 = put.fetch_one(&mut *all).await?;
        let place = gist.as_ref().and_then(|gist| place(document, gist));
        let line = match &place {
            None => None,
            Some((list, doc)) => Some(number_of(all, *list, doc).await?),
        };
        sqlx::query("UPDATE document SET line = ? WHERE id = ?").bind(line).bind(id).execute(&mut *all).await?;
        self.touched.extend(place);
        self.texts.insert(id, words::of_text(&made.text));
        Ok(())
    }

    /// Takes a document away.
    pub(super) async fn remove(&mut self, all: &mut SqliteConnection, document: &DocKey) -> Result<(), RowsFailure> {
        self.touch_line_of(all, document).await?;
        if let Some((id, _)) = find(all, document).await? {
            sqlx::query("DELETE FROM words WHERE rowid = ?").bind(id).execute(&mut *all).await?;
            sqlx::query("DELETE FROM document WHERE id = ?").bind(id).execute(&mut *all).await?;
        }
        Ok(())
    }

    async fn touch_line_of(&mut self, all: &mut SqliteConnection, document: &DocKey) -> Result<(), RowsFailure> {
        if let Some((_, Some(line))) = find(all, document).await? {
            let row = sqlx::query("SELECT list, doc FROM line WHERE id = ?").bind(line).fetch_one(&mut *all).await?;
            let list: String = row.try_get("list")?;
            let list = List::named(&list).ok_or(RowsFailure::Strange(list))?;
            self.touched.insert((list, row.try_get("doc")?));
        }
        Ok(())
    }

    /// Makes every line again that was touched.
    pub(super) async fn settle(self, all: &mut SqliteConnection) -> Result<(), RowsFailure> {
        for (list, doc) in &self.touched {
            let id = number_of(all, *list, doc).await?;
            self.untie(all, id).await?;
            let rows = sqlx::query("SELECT * FROM document WHERE line = ? ORDER BY kind, home, doc").bind(id);
            let documents = rows.fetch_all(&mut *all).await?.iter().map(summary).collect::<Result<Vec<_>, _>>()?;
            match Line::of(&documents) {
                Some(line) => tie(all, *list, id, &line).await?,
                None => {
                    sqlx::query("DELETE FROM line WHERE id = ?").bind(id).execute(&mut *all).await?;
                }
            }
        }
        for (id, text) in &self.texts {
            sqlx::query("DELETE FROM words WHERE rowid = ?").bind(id).execute(&mut *all).await?;
            let put = sqlx::query("INSERT INTO words (rowid, text) VALUES (?, ?)").bind(id).bind(text.clone());
            put.execute(&mut *all).await?;
        }
        Ok(())
    }

    /// Takes a line out of every stretch and count it stands in.
    async fn untie(&self, all: &mut SqliteConnection, id: i64) -> Result<(), RowsFailure> {
        let row = sqlx::query("SELECT * FROM line WHERE id = ?").bind(id).fetch_one(&mut *all).await?;
        let (list, unit): (String, String) = (row.try_get("list")?, row.try_get("unit")?);
        if unit.is_empty() {
            return Ok(());
        }
        for above in units_above(&unit) {
            let changed_s: i64 = row.try_get("changed_s")?;
            sqlx::query("DELETE FROM within WHERE list = ? AND unit = ? AND changed_s = ? AND line = ?")
                .bind(list.clone())
                .bind(above)
                .bind(changed_s)
                .bind(id)
                .execute(&mut *all)
                .await?;
            let stage: Option<String> = row.try_get("stage")?;
            count(all, &list, above, stage, row.try_get("level")?, row.try_get("category")?, -1).await?;
        }
        Ok(())
    }
}

/// The list a document is a line of, and the id of that line.
fn place(document: &DocKey, gist: &Gist) -> Option<(List, String)> {
    // An outer file stands in the line of the inner file it names.
    let line = gist.case.as_ref().unwrap_or(document);
    let list = List::of_kind(document.kind)?;
    let list = if list == List::Reports && gist.closed.is_some() { List::Closed } else { list };
    Some((list, line.doc.to_string()))
}

/// The number of a line, which may be new and say nothing yet.
async fn number_of(all: &mut SqliteConnection, list: List, doc: &str) -> Result<i64, RowsFailure> {
    let put = sqlx::query_scalar(
        "INSERT INTO line (list, doc, unit, changed_s, title, struck, held_above) VALUES (?, ?, '', 0, '', 0, 0) \
         ON CONFLICT DO UPDATE SET list = list RETURNING id",
    );
    Ok(put.bind(list.name()).bind(doc.to_owned()).fetch_one(all).await?)
}

impl Line {
    fn of(documents: &[Summary]) -> Option<Line> {
        let gists: Vec<&Gist> = documents.iter().filter_map(|summary| summary.gist.as_ref()).collect();
        let (first, last) = (gists.first()?, gists.last()?);
        Some(Line {
            unit: first.unit.clone(),
            changed_s: documents.iter().map(|summary| summary.changed_s).max()?,
            title: first.title.clone(),
            // The outer file, which stands behind the inner, is further along.
            stage: last.stage.clone(),
            level: last.level,
            category: last.category,
            struck: documents.iter().map(|summary| i64::try_from(summary.struck).unwrap_or(i64::MAX)).sum(),
            held_above: documents.iter().all(|summary| summary.held_above),
        })
    }
}

/// Puts a line into every stretch and count it belongs to.
async fn tie(all: &mut SqliteConnection, list: List, id: i64, line: &Line) -> Result<(), RowsFailure> {
    let update = sqlx::query(
        "UPDATE line SET unit = ?, changed_s = ?, title = ?, stage = ?, level = ?, category = ?, struck = ?, \
         held_above = ? WHERE id = ?",
    );
    let update = update
        .bind(line.unit.clone())
        .bind(line.changed_s)
        .bind(line.title.clone())
        .bind(line.stage.clone())
        .bind(line.level)
        .bind(line.category)
        .bind(line.struck)
        .bind(line.held_above)
        .bind(id);
    update.execute(&mut *all).await?;
    for above in units_above(&line.unit) {
        sqlx::query(
            "INSERT INTO within (list, unit, changed_s, line, stage, level, category) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(list.name())
        .bind(above)
        .bind(line.changed_s)
        .bind(id)
        .bind(line.stage.clone())
        .bind(line.level)
        .bind(line.category)
        .execute(&mut *all)
        .await?;
        count(all, list.name(), above, line.stage.clone(), line.level, line.category, 1).await?;
    }
    Ok(())
}

async fn count(
    all: &mut SqliteConnection,
    list: &str,
    unit: &str,
    stage: Option<String>,
    level: Option<i64>,
    category: Option<i64>,
    more: i64,
) -> Result<(), RowsFailure> {
    let put = sqlx::query(
        "INSERT INTO tally (list, unit, stage, level, category, lines) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT DO UPDATE SET lines = lines + excluded.lines",
    );
    put.bind(list.to_owned())
        .bind(unit.to_owned())
        .bind(stage.unwrap_or_default())
        .bind(level.unwrap_or(-1))
        .bind(category.unwrap_or(-1))
        .bind(more)
        .execute(all)
        .await?;
    Ok(())
}

/// A unit, those above it, and '' for all.
fn units_above(unit: &str) -> impl Iterator<Item = &str> {
    let ends = unit.match_indices('.').map(|(at, _)| at).chain([unit.len()]);
    std::iter::once("").chain(ends.filter_map(|end| unit.get(..end)))
}
