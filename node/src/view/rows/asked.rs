//! What may be asked of a list, and one page of what it answers.

use std::collections::BTreeMap;

use fangwei_protocol::record::entry::Kind;
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

use super::{Reader, RowsFailure, summary};
use crate::{
    limits::{LIST_MAX, SEARCH_FOUND_MAX, SHORT_ID_DIGITS},
    view::{summary::Summary, words},
};

/// A list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum List {
    /// Reports.
    Reports,
    /// Reports that not everybody may see.
    Closed,
    /// Risk points.
    Risks,
    /// Warning cases.
    Cases,
}

/// What is asked of a list; everything left out is any.
#[derive(Clone, Default, Debug)]
pub struct Asked {
    /// About this unit or one below it, by path.
    pub unit: Option<String>,
    /// With these words in any of its texts, each in one piece.
    pub words: Option<String>,
    /// As far as this.
    pub stage: Option<String>,
    /// As severe as this.
    pub level: Option<i64>,
    /// Of this category.
    pub category: Option<i64>,
    /// Behind this line.
    pub after: Option<Cursor>,
    /// So many to pass over.
    pub offset: u64,
    /// So many at most.
    pub limit: u64,
    /// Of reports: these of [`List::Closed`] too, which whoever asks may see; see [`Reader::closed`].
    pub also: Vec<Cursor>,
}

/// The last line of a page: the next page begins behind it, whatever is written meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cursor {
    changed_s: i64,
    line: i64,
}

/// One page of a list, the last changed first.
#[derive(Debug)]
pub struct Page {
    /// How many there are in all that were asked for.
    pub total: u64,
    /// Whether there are more than `total`: a search stops counting.
    pub is_at_least: bool,
    /// These.
    pub lines: Vec<Line>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
}

/// A line of a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// The id it goes by.
    pub doc: String,
    /// The shortest beginning of it that no other line of its list has, of at least seven digits.
    pub short: String,
    /// When it was last changed, by the authors' clocks; seconds since 1970 UTC.
    pub changed_s: i64,
    /// Whether nodes above hold all of it.
    pub held_above: bool,
    /// Its documents: of a case the inner file first.
    pub documents: Vec<Summary>,
    /// Its place in its list.
    pub place: Cursor,
}

impl List {
    /// Its name in the tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            List::Reports => "report",
            List::Closed => "report_closed",
            List::Risks => "risk",
            List::Cases => "case",
        }
    }

    /// The list documents of a kind are in.
    #[must_use]
    pub fn of_kind(kind: Kind) -> Option<List> {
        match kind {
            Kind::REPORT => Some(List::Reports),
            Kind::RISK => Some(List::Risks),
            Kind::CASE_INNER | Kind::CASE_OUTER => Some(List::Cases),
            _ => None,
        }
    }

    pub(super) fn named(name: &str) -> Option<List> {
        [List::Reports, List::Closed, List::Risks, List::Cases].into_iter().find(|list| list.name() == name)
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.changed_s, self.line)
    }
}

impl std::str::FromStr for Cursor {
    type Err = RowsFailure;

    fn from_str(text: &str) -> Result<Cursor, RowsFailure> {
        let read = || -> Option<Cursor> {
            let (changed, line) = text.rsplit_once('-')?;
            Some(Cursor { changed_s: changed.parse().ok()?, line: line.parse().ok()? })
        };
        read().ok_or_else(|| RowsFailure::Strange(text.chars().take(40).collect()))
    }
}

impl Reader {
    /// A page of a list.
    ///
    /// # Errors
    ///
    /// [`RowsFailure`].
    pub async fn page(&self, list: List, asked: &Asked) -> Result<Page, RowsFailure> {
        let mut found = match asked.words.as_deref().map(words::of_query) {
            Some(Some(words)) => Some((self.found(list, asked, &words).await?, words)),
            _ => None,
        };
        if let Some((found, words)) = found.as_mut().filter(|_| !asked.also.is_empty()) {
            let closed = self.found(List::Closed, asked, words).await?;
            found.extend(closed.into_iter().filter(|cursor| asked.also.contains(cursor)));
            found.sort_unstable_by_key(|cursor| std::cmp::Reverse(*cursor));
        }
        let (total, is_at_least) = match &found {
            Some((found, _)) => (found.len() as u64, found.len() >= SEARCH_FOUND_MAX),
            None => (self.total(list, asked).await?.saturating_add(asked.also.len() as u64), false),
        };
        let mut ids = match found {
            Some((found, _)) => found_page(found, asked),
            None if total == 0 => Vec::new(),
            None if asked.also.is_empty() => self.walked(list, asked).await?,
            None => {
                // The beginnings of both, as one.
                let (limit, offset) = (asked.limit.saturating_add(asked.offset), 0);
                let mut both = self.walked(list, &Asked { limit, offset, ..asked.clone() }).await?;
                both.extend(&asked.also);
                both.sort_unstable_by_key(|cursor| std::cmp::Reverse(*cursor));
                found_page(both, asked)
            }
        };
        let is_more = ids.len() as u64 > asked.limit;
        ids.truncate(usize::try_from(asked.limit).unwrap_or(usize::MAX));
        let next = ids.last().filter(|_| is_more).copied();
        Ok(Page { total, is_at_least, lines: self.lines(&ids).await?, next })
    }

    /// The lines of [`List::Closed`] that were asked for, whatever their words: whoever asks is shown some of them.
    ///
    /// # Errors
    ///
    /// [`RowsFailure`].
    pub async fn closed(&self, asked: &Asked) -> Result<Vec<Line>, RowsFailure> {
        let whole = Asked { after: None, offset: 0, limit: u64::MAX, ..asked.clone() };
        let ids = self.walked(List::Closed, &whole).await?;
        let mut lines = Vec::with_capacity(ids.len());
        for some in ids.chunks(LIST_MAX) {
            lines.extend(self.lines(some).await?);
        }
        Ok(lines)
    }

    /// How many lines there are, from counts that are kept.
    async fn total(&self, list: List, asked: &Asked) -> Result<u64, RowsFailure> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT coalesce(sum(lines), 0) FROM tally WHERE list = ");
        query.push_bind(list.name()).push(" AND unit = ").push_bind(asked.unit.clone().unwrap_or_default());
        narrow(&mut query, asked, "");
        let total: i64 = query.build_query_scalar().fetch_one(&self.0).await?;
        Ok(total.unsigned_abs())
    }

    /// One more than a page of lines, in order.
    async fn walked(&self, list: List, asked: &Asked) -> Result<Vec<Cursor>, RowsFailure> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT changed_s, line FROM within WHERE list = ");
        query.push_bind(list.name()).push(" AND unit = ").push_bind(asked.unit.clone().unwrap_or_default());
        if let Some(Cursor { changed_s, line }) = asked.after {
            query.push(" AND (changed_s, line) < (").push_bind(changed_s).push(", ").push_bind(line).push(")");
        }
        narrow(&mut query, asked, "");
        query.push(" ORDER BY changed_s DESC, line DESC LIMIT ").push_bind(bounded(asked.limit.saturating_add(1)));
        query.push(" OFFSET ").push_bind(bounded(asked.offset));
        query.build().fetch_all(&self.0).await?.iter().map(cursor).collect()
    }

    /// The lines with these words: of very many those that were last made, in order.
    async fn found(&self, list: List, asked: &Asked, words: &str) -> Result<Vec<Cursor>, RowsFailure> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT DISTINCT line.changed_s, line.id AS line FROM words CROSS JOIN document ON document.id = words.rowid \
             CROSS JOIN line ON line.id = document.line WHERE words MATCH ",
        );
        query.push_bind(words.to_owned()).push(" AND line.list = ").push_bind(list.name());
        if let Some(unit) = &asked.unit {
            query.push(" AND (line.unit = ").push_bind(unit.clone());
            query.push(" OR line.unit BETWEEN ").push_bind(format!("{unit}.")).push(" AND ");
            query.push_bind(format!("{unit}/")).push(")");
        }
        narrow(&mut query, asked, "line.");
        query.push(" ORDER BY words.rowid DESC LIMIT ").push_bind(bounded(SEARCH_FOUND_MAX as u64));
        let rows = query.build().fetch_all(&self.0).await?;
        let mut found = rows.iter().map(cursor).collect::<Result<Vec<_>, _>>()?;
        found.sort_unstable_by_key(|cursor| std::cmp::Reverse((cursor.changed_s, cursor.line)));
        found.dedup();
        Ok(found)
    }

    /// These lines, in this order.
    async fn lines(&self, ids: &[Cursor]) -> Result<Vec<Line>, RowsFailure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT document.*, line.id AS of_line, line.list AS of_list, line.doc AS of_doc, \
             line.changed_s AS of_changed_s, line.held_above AS of_held_above, \
             (SELECT max(doc) FROM line one WHERE one.list = line.list AND one.doc < line.doc) AS before, \
             (SELECT min(doc) FROM line one WHERE one.list = line.list AND one.doc > line.doc) AS behind \
             FROM document JOIN line ON line.id = document.line WHERE line.id IN (",
        );
        let mut all = query.separated(", ");
        for cursor in ids {
            all.push_bind(cursor.line);
        }
        query.push(") ORDER BY document.kind, document.home, document.doc");
        let mut lines: BTreeMap<i64, Line> = BTreeMap::new();
        for row in query.build().fetch_all(&self.0).await? {
            let id: i64 = row.try_get("of_line")?;
            let document = summary(&row)?;
            match lines.get_mut(&id) {
                Some(line) => line.documents.push(document),
                None => {
                    lines.insert(id, line(&row, document)?);
                }
            }
        }
        Ok(ids.iter().filter_map(|cursor| lines.remove(&cursor.line)).collect())
    }

    /// The lines whose id begins with `prefix`, two at most; if there is none, those with a document whose id does.
    ///
    /// # Errors
    ///
    /// [`RowsFailure`].
    pub async fn beginning_with(&self, list: List, prefix: &str) -> Result<Vec<Line>, RowsFailure> {
        const LINES: &str =
            "SELECT changed_s, id AS line FROM line WHERE list = ? AND doc >= ? AND doc < ? ORDER BY doc LIMIT 2";
        const DOCUMENTS: &str = "SELECT DISTINCT line.changed_s, line.id AS line FROM document \
             JOIN line ON line.id = document.line WHERE line.list = ? AND document.doc >= ? AND document.doc < ? LIMIT 2";
        // Behind every hexadecimal digit.
        let end = format!("{prefix}g");
        for query in [LINES, DOCUMENTS] {
            let found = sqlx::query(query).bind(list.name()).bind(prefix.to_owned()).bind(end.clone());
            let found = found.fetch_all(&self.0).await?;
            if !found.is_empty() {
                let ids = found.iter().map(cursor).collect::<Result<Vec<_>, _>>()?;
                return self.lines(&ids).await;
            }
        }
        Ok(Vec::new())
    }
}

/// Some of what was found.
fn found_page(found: Vec<Cursor>, asked: &Asked) -> Vec<Cursor> {
    let is_behind = |cursor: &Cursor| {
        asked.after.is_none_or(|after| (cursor.changed_s, cursor.line) < (after.changed_s, after.line))
    };
    let offset = usize::try_from(asked.offset).unwrap_or(usize::MAX);
    let limit = usize::try_from(asked.limit).unwrap_or(usize::MAX).saturating_add(1);
    found.into_iter().filter(is_behind).skip(offset).take(limit).collect()
}

/// Narrows a query to what was asked.
fn narrow(query: &mut QueryBuilder<Sqlite>, asked: &Asked, table: &str) {
    if let Some(stage) = &asked.stage {
        query.push(format!(" AND {table}stage = ")).push_bind(stage.clone());
    }
    if let Some(level) = asked.level {
        query.push(format!(" AND {table}level = ")).push_bind(level);
    }
    if let Some(category) = asked.category {
        query.push(format!(" AND {table}category = ")).push_bind(category);
    }
}

fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn cursor(row: &SqliteRow) -> Result<Cursor, RowsFailure> {
    Ok(Cursor { changed_s: row.try_get("changed_s")?, line: row.try_get("line")? })
}

fn line(row: &SqliteRow, document: Summary) -> Result<Line, RowsFailure> {
    let doc: String = row.try_get("of_doc")?;
    let (before, behind): (Option<String>, Option<String>) = (row.try_get("before")?, row.try_get("behind")?);
    let shared = |other: &String| other.bytes().zip(doc.bytes()).take_while(|(one, other)| one == other).count();
    let shared = before.iter().chain(&behind).map(shared).max().unwrap_or(0);
    Ok(Line {
        short: doc.chars().take((shared + 1).max(SHORT_ID_DIGITS)).collect(),
        doc,
        place: Cursor { changed_s: row.try_get("of_changed_s")?, line: row.try_get("of_line")? },
        changed_s: row.try_get("of_changed_s")?,
        held_above: row.try_get("of_held_above")?,
        documents: vec![document],
    })
}
