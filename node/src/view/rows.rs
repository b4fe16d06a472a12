//! The read model in SQLite: the one place that names it.
//!
//! One connection writes, a few read beside it (write-ahead log), so that a page never waits for the lists to follow the
//! journal. What is written together stands or falls together with the position in the log it was made from, so a cut at
//! any moment leaves lists that are behind, never wrong. A file that does not open or check is deleted and made again.

mod asked;
mod counts;
mod lines;

use std::{
    io,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use fangwei_protocol::{
    record::entry::{DocKey, EntryId, Hash, Kind, Reach, Scope, Shelf},
    trust::charter::HolderId,
    work::unit::UnitPath,
};
use sqlx::{
    ConnectOptions, Connection, Row, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use thiserror::Error;

pub use self::{
    asked::{Asked, Cursor, Line, List, Page},
    counts::{Count, Quarter},
};
use super::{
    NamedNow,
    summary::{Made, Summary},
};
use crate::{
    desk::{Code, DeskError},
    limits::{VIEW_JOINED_AFTER_LINES, VIEW_JOINED_PAGES, VIEW_READERS, VIEW_WRITER_PAGES},
};

/// Raised when the tables or what stands in them change: lists of another version are made again.
const VERSION: i64 = 5;

/// The lists of one node.
#[derive(Debug)]
pub(super) struct Rows {
    path: PathBuf,
    writer: SqliteConnection,
    /// Whether the last transaction was not committed: SQLite may have ended it by itself, so what the connection
    /// believes of it is not to be relied on.
    is_cut: bool,
    /// Documents written since the parts of the index of words were joined, as far as this process knows.
    written: usize,
    readers: Reader,
}

/// Reads beside the writer.
#[derive(Clone, Debug)]
pub struct Reader(SqlitePool);

/// What the lists were made from.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Position {
    /// Entries of the log, from the first.
    pub(super) seen: u64,
    /// The last of them.
    pub(super) last: Option<EntryId>,
    /// What had been struck, stood for or redacted.
    pub(super) standing: Option<Hash>,
    /// How often that changed.
    pub(super) generation: i64,
}

/// What is written at once.
#[derive(Default, Debug)]
pub(super) struct Changes {
    pub(super) position: Position,
    pub(super) named: Vec<NamedNow>,
    pub(super) made: Vec<Made>,
    /// Documents that cannot be read.
    pub(super) unread: Vec<DocKey>,
}

/// Why the lists cannot be read or written.
#[derive(Debug, Error)]
pub enum RowsFailure {
    /// The file cannot be deleted, or there is no room for it.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database says so.
    #[error("the lists: {0}")]
    Database(#[from] sqlx::Error),
    /// Something that was never written like that.
    #[error("the lists hold {0:?}")]
    Strange(String),
}

impl RowsFailure {
    /// Whether there is no room on the disk: what is there can be read on.
    pub(super) fn is_full(&self) -> bool {
        match self {
            // No room for a page, and none for the index of the write-ahead log (SQLITE_FULL, SQLITE_IOERR_SHMSIZE).
            RowsFailure::Database(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| ["13", "4874"].contains(&code.as_ref()))
            }
            RowsFailure::Database(sqlx::Error::Io(error)) | RowsFailure::File { source: error, .. } => {
                error.kind() == io::ErrorKind::StorageFull
            }
            _ => false,
        }
    }
}

impl From<RowsFailure> for DeskError {
    fn from(failure: RowsFailure) -> DeskError {
        match failure {
            full if full.is_full() => DeskError::new(Code::DiskFull),
            failure => DeskError::new(Code::ListsFailed).with("reason", failure.to_string()),
        }
    }
}

impl Rows {
    /// Opens the lists, or begins them.
    pub(super) async fn open(path: &Path) -> Result<Rows, RowsFailure> {
        match Rows::open_as_is(path).await {
            Ok(Some(rows)) => Ok(rows),
            Ok(None) => Rows::begin(path).await,
            Err(failure) if failure.is_full() => Err(failure),
            Err(failure) => {
                tracing::warn!(%failure, "the lists do not open; they are made again");
                Rows::begin(path).await
            }
        }
    }

    /// Deletes what is there and begins empty lists.
    pub(super) async fn begin(path: &Path) -> Result<Rows, RowsFailure> {
        delete(path)?;
        let mut writer = for_writing(path).create_if_missing(true).connect().await?;
        let mut all = writer.begin().await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&mut *all).await?;
        sqlx::query("INSERT INTO position (one, seen, generation) VALUES (1, 0, 0)").execute(&mut *all).await?;
        sqlx::raw_sql("PRAGMA user_version = 5").execute(&mut *all).await?;
        all.commit().await?;
        Rows::with(writer, path)
    }

    async fn open_as_is(path: &Path) -> Result<Option<Rows>, RowsFailure> {
        if !path.exists() {
            return Ok(None);
        }
        let mut writer = for_writing(path).connect().await?;
        let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut writer).await?;
        let check: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut writer).await?;
        if version != VERSION || check != "ok" {
            writer.close().await?;
            return Ok(None);
        }
        Rows::with(writer, path).map(Some)
    }

    fn with(writer: SqliteConnection, path: &Path) -> Result<Rows, RowsFailure> {
        let pool = SqlitePoolOptions::new().max_connections(VIEW_READERS).min_connections(0);
        let readers = Reader(pool.connect_lazy_with(options(path).read_only(true)));
        Ok(Rows { path: path.to_owned(), writer, is_cut: false, written: 0, readers })
    }

    /// Closes it, so that its file can be deleted.
    pub(super) async fn close(self) {
        self.readers.0.close().await;
        if let Err(failure) = self.writer.close().await {
            tracing::warn!(%failure, "the lists were not closed well");
        }
    }

    /// Begins what stands or falls together, on a connection that knows of nothing else.
    async fn ready(&mut self) -> Result<(), RowsFailure> {
        if self.is_cut {
            self.writer = for_writing(&self.path).connect().await?;
        }
        self.is_cut = true;
        Ok(())
    }

    pub(super) fn reader(&self) -> Reader {
        self.readers.clone()
    }

    pub(super) async fn position(&mut self) -> Result<Position, RowsFailure> {
        let row =
            sqlx::query("SELECT seen, last, standing, generation FROM position").fetch_one(&mut self.writer).await?;
        let text = |column| -> Result<Option<String>, RowsFailure> { Ok(row.try_get(column)?) };
        Ok(Position {
            seen: row.try_get::<i64, _>("seen")?.unsigned_abs(),
            last: text("last")?.map(|id| read(&id)).transpose()?,
            standing: text("standing")?.map(|digest| read(&digest)).transpose()?,
            generation: row.try_get("generation")?,
        })
    }

    /// What units and holders are called.
    pub(super) async fn named(&mut self) -> Result<Vec<NamedNow>, RowsFailure> {
        let since = |row: &SqliteRow| -> Result<_, RowsFailure> {
            let entry: String = row.try_get("since_entry")?;
            Ok((row.try_get("since_s")?, row.try_get::<i64, _>("since_seq")?.unsigned_abs(), read(&entry)?))
        };
        let mut named = Vec::new();
        for row in sqlx::query("SELECT * FROM unit").fetch_all(&mut self.writer).await? {
            let unit: UnitPath = read(row.try_get("path")?)?;
            named.push(NamedNow::Unit(since(&row)?, unit, row.try_get("name")?));
        }
        for row in sqlx::query("SELECT * FROM holder").fetch_all(&mut self.writer).await? {
            let holder: HolderId = holder(row.try_get("id")?)?;
            named.push(NamedNow::Holder(since(&row)?, holder, row.try_get("name")?));
        }
        Ok(named)
    }

    /// Writes all of it or nothing.
    pub(super) async fn write(&mut self, changes: &Changes) -> Result<(), RowsFailure> {
        self.ready().await?;
        let mut all = self.writer.begin().await?;
        for named in &changes.named {
            put_name(&mut all, named).await?;
        }
        let mut lines = lines::Lines::default();
        for made in &changes.made {
            lines.put(&mut all, made, changes.position.generation).await?;
        }
        for document in &changes.unread {
            lines.remove(&mut all, document).await?;
        }
        lines.settle(&mut all).await?;
        let Position { seen, last, standing, generation } = changes.position;
        sqlx::query("UPDATE position SET seen = ?, last = ?, standing = ?, generation = ?")
            .bind(i64::try_from(seen).unwrap_or(i64::MAX))
            .bind(last.map(|id| id.to_string()))
            .bind(standing.map(|digest| digest.to_string()))
            .bind(generation)
            .execute(&mut *all)
            .await?;
        all.commit().await?;
        self.is_cut = false;
        self.written += changes.made.len();
        Ok(())
    }

    /// Whether so much was written that joining the parts of the index of words is worth it.
    pub(super) fn is_in_parts(&self) -> bool {
        self.written >= VIEW_JOINED_AFTER_LINES
    }

    /// Notes that nodes above hold all of these.
    pub(super) async fn held(&mut self, documents: &[DocKey]) -> Result<(), RowsFailure> {
        self.ready().await?;
        let mut all = self.writer.begin().await?;
        for document in documents {
            let Some((id, line)) = lines::find(&mut all, document).await? else { continue };
            sqlx::query("UPDATE document SET held_above = 1 WHERE id = ?").bind(id).execute(&mut *all).await?;
            sqlx::query(
                "UPDATE line SET held_above = (SELECT min(held_above) FROM document WHERE line = ?1) WHERE id = ?1",
            )
            .bind(line)
            .execute(&mut *all)
            .await?;
        }
        all.commit().await?;
        self.is_cut = false;
        Ok(())
    }

    /// Joins parts of the index of words, a little; whether there may be more to do. A search asks every part, and of many
    /// words in a place where little is it asks often.
    pub(super) async fn join_parts(&mut self) -> Result<bool, RowsFailure> {
        self.ready().await?;
        let mut all = self.writer.begin().await?;
        let before: i64 = sqlx::query_scalar("SELECT total_changes()").fetch_one(&mut *all).await?;
        // Less than nothing: all of them are to become one (SQLite, FTS5, the merge command).
        let join = sqlx::query("INSERT INTO words (words, rank) VALUES ('merge', ?)").bind(-VIEW_JOINED_PAGES);
        join.execute(&mut *all).await?;
        let after: i64 = sqlx::query_scalar("SELECT total_changes()").fetch_one(&mut *all).await?;
        all.commit().await?;
        self.is_cut = false;
        let is_more = after - before >= 2;
        if !is_more {
            self.written = 0;
        }
        Ok(is_more)
    }

    /// Some documents made in an earlier generation than this.
    pub(super) async fn older(&mut self, generation: i64, limit: usize) -> Result<Vec<DocKey>, RowsFailure> {
        let some = sqlx::query("SELECT * FROM document WHERE generation < ? LIMIT ?")
            .bind(generation)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        some.fetch_all(&mut self.writer).await?.iter().map(document).collect()
    }

    /// How many those are.
    pub(super) async fn count_older(&mut self, generation: i64) -> Result<u64, RowsFailure> {
        let count = sqlx::query_scalar("SELECT count(*) FROM document WHERE generation < ?").bind(generation);
        let count: i64 = count.fetch_one(&mut self.writer).await?;
        Ok(count.unsigned_abs())
    }

    /// Takes other names in the place of all that are there.
    pub(super) async fn rename(&mut self, named: &[NamedNow]) -> Result<(), RowsFailure> {
        self.ready().await?;
        let mut all = self.writer.begin().await?;
        sqlx::raw_sql("DELETE FROM unit; DELETE FROM holder").execute(&mut *all).await?;
        for named in named {
            put_name(&mut all, named).await?;
        }
        all.commit().await?;
        self.is_cut = false;
        Ok(())
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    // Losing the last commits in a power cut is no loss: they are made again from the journal.
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(false)
        .disable_statement_logging()
}

fn for_writing(path: &Path) -> SqliteConnectOptions {
    let pages = VIEW_WRITER_PAGES.to_string();
    options(path).pragma("cache_size", pages.clone()).pragma("wal_autocheckpoint", pages)
}

fn delete(path: &Path) -> Result<(), RowsFailure> {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let path = PathBuf::from(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(RowsFailure::File { path, source }),
            _ => {}
        }
    }
    Ok(())
}

async fn put_name(all: &mut SqliteConnection, named: &NamedNow) -> Result<(), RowsFailure> {
    let ((since_s, seq, entry), key, name, put) = match named {
        NamedNow::Unit(since, unit, name) => (since, unit.to_string(), name, PUT_UNIT),
        NamedNow::Holder(since, holder, name) => (since, hex(holder), name, PUT_HOLDER),
    };
    let put = sqlx::query(put).bind(key).bind(name.clone()).bind(*since_s);
    let put = put.bind(i64::try_from(*seq).unwrap_or(i64::MAX)).bind(entry.to_string());
    put.execute(all).await?;
    Ok(())
}

const PUT_UNIT: &str = "INSERT INTO unit (path, name, since_s, since_seq, since_entry) VALUES (?, ?, ?, ?, ?) \
    ON CONFLICT DO UPDATE SET name = excluded.name, since_s = excluded.since_s, since_seq = excluded.since_seq, \
    since_entry = excluded.since_entry \
    WHERE (excluded.since_s, excluded.since_seq, excluded.since_entry) >= (since_s, since_seq, since_entry)";

const PUT_HOLDER: &str = "INSERT INTO holder (id, name, since_s, since_seq, since_entry) VALUES (?, ?, ?, ?, ?) \
    ON CONFLICT DO UPDATE SET name = excluded.name, since_s = excluded.since_s, since_seq = excluded.since_seq, \
    since_entry = excluded.since_entry \
    WHERE (excluded.since_s, excluded.since_seq, excluded.since_entry) >= (since_s, since_seq, since_entry)";

fn read<T: std::str::FromStr>(text: &str) -> Result<T, RowsFailure> {
    text.parse().map_err(|_| RowsFailure::Strange(text.into()))
}

fn hex(holder: &HolderId) -> String {
    HEXLOWER.encode(holder.as_slice())
}

fn holder(text: &str) -> Result<HolderId, RowsFailure> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok();
    let bytes: Option<[u8; 16]> = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.map(HolderId::from).ok_or_else(|| RowsFailure::Strange(text.into()))
}

/// The document of a row.
fn document(row: &SqliteRow) -> Result<DocKey, RowsFailure> {
    let strange = |number: i64| RowsFailure::Strange(number.to_string());
    let number = |column: &str| -> Result<i64, RowsFailure> { Ok(row.try_get(column)?) };
    let (kind, reach, shelf) = (number("kind")?, number("reach")?, number("shelf")?);
    let scope = Scope {
        home: read(row.try_get("home")?)?,
        reach: Reach(u8::try_from(reach).map_err(|_| strange(reach))?),
        shelf: Shelf(u8::try_from(shelf).map_err(|_| strange(shelf))?),
    };
    Ok(DocKey { scope, kind: Kind(u16::try_from(kind).map_err(|_| strange(kind))?), doc: read(row.try_get("doc")?)? })
}

/// What lists say of the document of a row.
fn summary(row: &SqliteRow) -> Result<Summary, RowsFailure> {
    let gist: Option<String> = row.try_get("gist")?;
    let gist = gist.map(|gist| serde_json::from_str(&gist).map_err(|_| RowsFailure::Strange(gist))).transpose()?;
    let ends: String = row.try_get("ends")?;
    Ok(Summary {
        document: document(row)?,
        changed_s: row.try_get("changed_s")?,
        ends: ends.split_terminator(' ').map(read).collect::<Result<_, _>>()?,
        held_above: row.try_get("held_above")?,
        struck: row.try_get::<i64, _>("struck")?.unsigned_abs(),
        gist,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]
mod tests;
