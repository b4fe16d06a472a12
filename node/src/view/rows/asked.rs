//! What may be asked of a list, and one page of what it answers.

use std::collections::BTreeMap;

use fangwei_protocol::record::entry::{DocKey, Kind};
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

use super::{Reader, RowsFailure, document, summary};
use crate::{
    limits::{LIST_MAX, SEARCH_COUNTED_MAX, SHORT_ID_DIGITS},
    view::{
        summary::Summary,
        words::{self, Marks},
    },
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
}

impl Asked {
    /// All of it, from the first line to the last.
    fn whole(&self) -> Asked {
        Asked { after: None, offset: 0, limit: u64::MAX, ..self.clone() }
    }

    /// As the index is asked.
    fn as_query(&self, list: List) -> String {
        let mut marks = Marks::of(list.name());
        marks.under(self.unit.as_deref().unwrap_or_default());
        marks.narrow(self.stage.as_deref(), self.level, self.category);
        let words = self.words.as_deref().and_then(words::of_query);
        words.into_iter().chain([marks.as_query()]).collect::<Vec<_>>().join(" AND ")
    }
}

/// Bits of a line's number in its place; see `schema.sql`, which lets no greater one in.
const LINE_BITS: u32 = 30;

impl Cursor {
    /// Of a line that was last changed then. No clock that tells the time is beyond these bounds, of which the later is
    /// the year 2242; what claims to be stands at that end.
    pub(super) fn of(changed_s: i64, line: i64) -> Cursor {
        Cursor { changed_s: changed_s.clamp(0, (1 << (i64::BITS - 1 - LINE_BITS)) - 1), line }
    }

    /// As one number, by which the index is in order.
    pub(super) fn place(self) -> i64 {
        self.changed_s << LINE_BITS | self.line
    }

    fn at(place: i64) -> Cursor {
        Cursor { changed_s: place >> LINE_BITS, line: place & ((1 << LINE_BITS) - 1) }
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
            let line = line.parse().ok().filter(|line| (0..1 << LINE_BITS).contains(line))?;
            Some(Cursor::of(changed.parse().ok()?, line))
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
        let words = asked.words.as_deref().and_then(words::of_query);
        let also = match &words {
            Some(_) if !asked.also.is_empty() => {
                let mut closed = self.found(List::Closed, &asked.whole()).await?;
                closed.retain(|cursor| asked.also.contains(cursor));
                closed
            }
            _ => asked.also.clone(),
        };
        // With some of another list among them, the beginnings of both are put in order.
        let offset = if also.is_empty() { asked.offset } else { 0 };
        let limit = asked.limit.saturating_add(asked.offset - offset).saturating_add(1);
        let asked_here = Asked { limit, offset, ..asked.clone() };
        let (total, is_at_least, mut ids) = match &words {
            Some(_) => self.searched(list, &asked_here).await?,
            None => match self.total(list, asked).await? {
                0 => (0, false, Vec::new()),
                total => (total, false, self.found(list, &asked_here).await?),
            },
        };
        if !also.is_empty() {
            ids.extend(&also);
            ids.sort_unstable_by_key(|cursor| std::cmp::Reverse(*cursor));
            ids.retain(|cursor| asked.after.is_none_or(|after| *cursor < after));
            ids.drain(..ids.len().min(usize::try_from(asked.offset).unwrap_or(usize::MAX)));
        }
        let is_more = ids.len() as u64 > asked.limit;
        ids.truncate(usize::try_from(asked.limit).unwrap_or(usize::MAX));
        let next = ids.last().filter(|_| is_more).copied();
        let total = total.saturating_add(also.len() as u64);
        Ok(Page { total, is_at_least, lines: self.lines(&ids).await?, next })
    }

    /// The lines of [`List::Closed`] that were asked for, whatever their words: whoever asks is shown some of them.
    ///
    /// # Errors
    ///
    /// [`RowsFailure`].
    pub async fn closed(&self, asked: &Asked) -> Result<Vec<Line>, RowsFailure> {
        let ids = self.found(List::Closed, &Asked { words: None, ..asked.whole() }).await?;
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
        if let Some(stage) = &asked.stage {
            query.push(" AND stage = ").push_bind(stage.clone());
        }
        if let Some(level) = asked.level {
            query.push(" AND level = ").push_bind(level);
        }
        if let Some(category) = asked.category {
            query.push(" AND category = ").push_bind(category);
        }
        let total: i64 = query.build_query_scalar().fetch_one(&self.0).await?;
        Ok(total.unsigned_abs())
    }

    /// What a search finds: how many there are, whether there may be more, and those asked for. It walks through what
    /// matches from the newest, and no further than it has to: with words that stand everywhere, in a place where little
    /// is, every step is a search of its own.
    async fn searched(&self, list: List, asked: &Asked) -> Result<(u64, bool, Vec<Cursor>), RowsFailure> {
        let most = asked.limit.saturating_add(asked.offset).max(SEARCH_COUNTED_MAX as u64);
        let mut found = self.found(list, &Asked { after: None, offset: 0, limit: most, ..asked.clone() }).await?;
        let total = found.len() as u64;
        if asked.after.is_some() {
            found = self.found(list, asked).await?;
        } else {
            found.drain(..found.len().min(usize::try_from(asked.offset).unwrap_or(usize::MAX)));
            found.truncate(usize::try_from(asked.limit).unwrap_or(usize::MAX));
        }
        Ok((total, total >= most, found))
    }

    /// The lines of a list that match all that is asked, in order.
    async fn found(&self, list: List, asked: &Asked) -> Result<Vec<Cursor>, RowsFailure> {
        let found = sqlx::query_scalar(
            "SELECT rowid FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ? OFFSET ?",
        );
        let found = found.bind(asked.as_query(list)).bind(asked.after.map_or(i64::MAX, Cursor::place));
        let found = found.bind(bounded(asked.limit)).bind(bounded(asked.offset));
        Ok(found.fetch_all(&self.0).await?.into_iter().map(Cursor::at).collect())
    }

    /// These lines, in this order.
    async fn lines(&self, ids: &[Cursor]) -> Result<Vec<Line>, RowsFailure> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT document.*, line.id AS of_line, line.file AS of_file, line.changed_s AS of_changed_s, \
             line.held_above AS of_held_above, \
             (SELECT max(file) FROM line one WHERE one.list = line.list AND one.file < line.file) AS before, \
             (SELECT min(file) FROM line one WHERE one.list = line.list AND one.file > line.file) AS behind \
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

    /// The documents in which a field has several values.
    ///
    /// # Errors
    ///
    /// [`RowsFailure`].
    pub async fn crossed(&self) -> Result<Vec<DocKey>, RowsFailure> {
        // Word for word as the index has it, which is then all that is read.
        let found = sqlx::query("SELECT * FROM document WHERE json_extract(gist, '$.alternatives') > 0 ORDER BY id");
        found.fetch_all(&self.0).await?.iter().map(document).collect()
    }

    /// The lines whose id begins with `prefix`, two at most; if there is none, those with a document whose id does.
    ///
    /// # Errors
    ///
    /// [`RowsFailure`].
    pub async fn beginning_with(&self, list: List, prefix: &str) -> Result<Vec<Line>, RowsFailure> {
        const LINES: &str =
            "SELECT changed_s, id AS line FROM line WHERE list = ? AND file >= ? AND file < ? ORDER BY file LIMIT 2";
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

fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn cursor(row: &SqliteRow) -> Result<Cursor, RowsFailure> {
    Ok(Cursor::of(row.try_get("changed_s")?, row.try_get("line")?))
}

fn line(row: &SqliteRow, document: Summary) -> Result<Line, RowsFailure> {
    let of = |column: &str| -> Result<Option<String>, RowsFailure> {
        let file: Option<String> = row.try_get(column)?;
        Ok(file.and_then(|file| Some(file.split_once(' ')?.0.to_owned())))
    };
    let (doc, before, behind) = (of("of_file")?.unwrap_or_default(), of("before")?, of("behind")?);
    let shared = |other: &String| other.bytes().zip(doc.bytes()).take_while(|(one, other)| one == other).count();
    let shared = before.iter().chain(&behind).map(shared).max().unwrap_or(0);
    let changed_s = row.try_get("of_changed_s")?;
    Ok(Line {
        short: doc.chars().take((shared + 1).max(SHORT_ID_DIGITS)).collect(),
        doc,
        place: Cursor::of(changed_s, row.try_get("of_line")?),
        changed_s,
        held_above: row.try_get("of_held_above")?,
        documents: vec![document],
    })
}
