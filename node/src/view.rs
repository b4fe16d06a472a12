//! Lists that follow the journal: one summary for each document, and who and what is called how.
//!
//! A look brings the view up to the log by reading what is new and making the touched documents again, in small batches,
//! so that the core is never held up. What is made is kept in SQLite beside the store ([`rows`]), so that a start goes on
//! where the last one stopped and a list of a million lines costs no memory. No rule is decided from here.

mod rows;
mod summary;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use fangwei_protocol::{
    record::{
        body::Act,
        entry::{CertificateId, DocKey, Entry, EntryId, Hash, Kind},
    },
    records::{LogIndex, RecordsFailure},
    replica::Said,
    trust::charter::HolderId,
    work::unit::UnitPath,
};

pub(crate) use self::summary::reports::{outcome_name, triages};
pub use self::{
    rows::{Asked, Count, Cursor, Line, List, Page, Quarter, Reader, RowsFailure},
    summary::{CANCELLED, Closed, Gist, Summary, Waiting, is_over, stages},
};
use self::{
    rows::{Changes, Position, Rows},
    summary::{Made, held_above, reports, summarise},
};
use crate::{
    desk::{Code, DeskError},
    limits::{VIEW_DOCUMENTS_AT_A_TIME, VIEW_ENTRIES_AT_A_TIME, VIEW_WRITTEN_AT_A_TIME},
    run::{Core, Sight},
};

/// What units and holders are called.
#[derive(Clone, Default, Debug)]
pub struct Names {
    units: BTreeMap<UnitPath, Named>,
    holders: BTreeMap<HolderId, Named>,
}

/// When something was named: by its author's clock, then by place in the author's feed, then by id, so that every node
/// decides between two names alike.
type Since = (i64, u64, EntryId);

/// A name, and what decides between two.
#[derive(Clone, Debug)]
struct Named {
    since: Since,
    name: String,
}

/// The view of one node.
#[derive(Debug)]
pub struct View {
    path: PathBuf,
    /// Opened when first needed.
    rows: Option<Rows>,
    /// What all of this was made from.
    position: Position,
    names: Arc<Names>,
    touched: BTreeSet<DocKey>,
    /// Entries that could not be read when they were looked at, and documents that cannot be for that: not listed until
    /// they can. A start looks at them again because it begins before the first of them.
    lacking: BTreeSet<LogIndex>,
    unread: BTreeSet<DocKey>,
    /// What is being made again since something was struck, stood for or redacted.
    rejudging: Option<Rejudging>,
    /// Whether somebody joins the parts of the index of words.
    is_joining: bool,
}

/// Everything that may read otherwise now, until it has been looked at again. Lists go on showing what they showed:
/// one document is always read from its entries, so only a list can be behind, and the node says by how much.
#[derive(Debug)]
struct Rejudging {
    /// How many documents are of an earlier generation.
    documents: u64,
    /// Documents that name somebody or something, and what they name by now.
    naming: Vec<DocKey>,
    named: Vec<NamedNow>,
    /// Whether somebody is at it.
    is_claimed: bool,
}

/// What is new in the log.
struct News {
    /// The log is not the one that was seen: begin again.
    another: bool,
    standing: Hash,
    seen: u64,
    last: Option<EntryId>,
    touched: BTreeSet<DocKey>,
    named: Vec<NamedNow>,
    /// Entries that cannot be read.
    lacking: BTreeSet<LogIndex>,
    more: bool,
}

/// Somebody or something that was named.
#[derive(Clone, Debug)]
enum NamedNow {
    Unit(Since, UnitPath, String),
    Holder(Since, HolderId, String),
}

/// Kinds that are listed.
const LISTED: [Kind; 4] = [Kind::REPORT, Kind::RISK, Kind::CASE_INNER, Kind::CASE_OUTER];

impl Names {
    /// What a unit is called; empty if nobody named it.
    #[must_use]
    pub fn unit(&self, unit: &UnitPath) -> &str {
        self.units.get(unit).map_or("", |named| &named.name)
    }

    /// What a holder is called; empty if that is not known here.
    #[must_use]
    pub fn holder(&self, holder: &HolderId) -> &str {
        self.holders.get(holder).map_or("", |named| &named.name)
    }

    /// The units that have names, in the order of their paths.
    pub fn units(&self) -> impl Iterator<Item = (&UnitPath, &str)> {
        self.units.iter().map(|(unit, named)| (unit, named.name.as_str()))
    }

    fn put(&mut self, named: &NamedNow) {
        match named.clone() {
            NamedNow::Unit(since, unit, name) => put_name(&mut self.units, unit, Named { since, name }),
            NamedNow::Holder(since, holder, name) => put_name(&mut self.holders, holder, Named { since, name }),
        }
    }

    /// What the holder of a certificate is called.
    #[must_use]
    pub fn of_certificate(&self, id: &CertificateId, sight: &Sight<'_>) -> &str {
        let certified = sight.replica.charter().certificate(id);
        certified.map_or("", |certified| self.holder(&certified.certificate.holder))
    }
}

impl View {
    /// The view whose lists are in this file.
    #[must_use]
    pub fn at(path: PathBuf) -> View {
        View {
            path,
            rows: None,
            position: Position::default(),
            names: Arc::default(),
            touched: BTreeSet::new(),
            lacking: BTreeSet::new(),
            unread: BTreeSet::new(),
            rejudging: None,
            is_joining: false,
        }
    }

    /// Brings the view up to the log.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn refresh(&mut self, core: &Core) -> Result<(), DeskError> {
        match self.follow(core).await {
            // What was not written is made again with the next look, from the position that stands in the file.
            Err(error) if error.code == Code::ListsFailed => {
                self.rows = None;
                Err(error)
            }
            followed => followed,
        }
    }

    async fn follow(&mut self, core: &Core) -> Result<(), DeskError> {
        if self.rows.is_none() {
            self.open().await?;
        }
        self.touched.append(&mut self.unread);
        loop {
            let (seen, last) = (self.position.seen, self.position.last);
            let again = std::mem::take(&mut self.lacking);
            let news = core.read(move |sight| look(sight, seen, last, again)).await??;
            if news.another {
                self.begin_again().await?;
                continue;
            }
            self.lacking = news.lacking;
            self.touched.extend(news.touched);
            let names = Arc::make_mut(&mut self.names);
            news.named.iter().for_each(|named| names.put(named));
            if let Some(rejudging) = &mut self.rejudging {
                rejudging.named.extend(news.named.iter().cloned());
            }
            let mut position = Position { seen: news.seen, last: news.last, ..self.position };
            let is_otherwise = position.standing.replace(news.standing).is_some_and(|before| before != news.standing);
            if is_otherwise {
                position.generation += 1;
            }
            self.make(core, position, news.named).await?;
            if is_otherwise {
                self.rejudge(core).await?;
            }
            if !news.more {
                return Ok(());
            }
        }
    }

    async fn open(&mut self) -> Result<(), DeskError> {
        let mut rows = Rows::open(&self.path).await?;
        self.position = rows.position().await?;
        let mut names = Names::default();
        rows.named().await?.iter().for_each(|named| names.put(named));
        let documents = rows.count_older(self.position.generation).await?;
        self.names = Arc::new(names);
        if documents > 0 {
            let is_claimed = self.rejudging.as_ref().is_some_and(|rejudging| rejudging.is_claimed);
            self.rejudging = Some(Rejudging { documents, naming: Vec::new(), named: Vec::new(), is_claimed });
        }
        self.rows = Some(rows);
        Ok(())
    }

    /// Forgets everything; the next look makes it again.
    ///
    /// # Errors
    ///
    /// [`Code::ListsFailed`], [`Code::DiskFull`].
    pub(crate) async fn begin_again(&mut self) -> Result<(), DeskError> {
        if let Some(rows) = self.rows.take() {
            rows.close().await;
        }
        let rows = Rows::begin(&self.path).await?;
        *self = View { rows: Some(rows), ..View::at(std::mem::take(&mut self.path)) };
        Ok(())
    }

    /// Makes the documents that were touched and writes them with the position they were touched at: the last of them
    /// with the whole of it, the others with the one before.
    async fn make(&mut self, core: &Core, position: Position, named: Vec<NamedNow>) -> Result<(), DeskError> {
        let mut named = Some(named);
        loop {
            let some: Vec<DocKey> = self.touched.iter().take(VIEW_WRITTEN_AT_A_TIME).cloned().collect();
            let is_last = some.len() == self.touched.len();
            // What could not be read is looked at again after a start too.
            let is_whole = is_last && self.lacking.is_empty();
            let before = Position { standing: position.standing, generation: position.generation, ..self.position };
            let at = if is_whole { position } else { before };
            let (mut made, mut unread) = (Vec::new(), Vec::new());
            for few in some.chunks(VIEW_DOCUMENTS_AT_A_TIME) {
                let read = read_all(core, few.to_vec()).await?;
                made.extend(read.0);
                unread.extend(read.1);
            }
            let is_nothing = some.is_empty() && named.as_ref().is_none_or(Vec::is_empty) && at == self.position;
            if !is_nothing {
                let changes = Changes { position: at, named: named.take().unwrap_or_default(), made, unread };
                self.rows()?.write(&changes).await?;
                self.unread.extend(changes.unread);
            }
            for document in &some {
                self.touched.remove(document);
            }
            if is_last {
                // In memory it has gone on, so that only what is lacking is read again.
                self.position = position;
                return Ok(());
            }
        }
    }

    fn rows(&mut self) -> Result<&mut Rows, DeskError> {
        self.rows.as_mut().ok_or_else(|| DeskError::new(Code::ListsFailed).with("reason", "not open"))
    }

    /// From now on everything is to be looked at again.
    async fn rejudge(&mut self, core: &Core) -> Result<(), DeskError> {
        let naming = core.read(|sight| -> Result<Vec<DocKey>, DeskError> {
            let mut naming = sight.replica.documents(Kind::UNITS, sight.store)?;
            naming.extend(sight.replica.documents(Kind::HOLDER, sight.store)?);
            Ok(naming)
        });
        let naming = naming.await??;
        let is_claimed = self.rejudging.as_ref().is_some_and(|rejudging| rejudging.is_claimed);
        let generation = self.position.generation;
        let documents = self.rows()?.count_older(generation).await?;
        self.rejudging = Some(Rejudging { documents, naming, named: Vec::new(), is_claimed });
        Ok(())
    }

    /// Entries of the log that the lists were made from: behind the log while they are being made, and while there is no
    /// room on the disk for more.
    #[must_use]
    pub(crate) fn seen(&self) -> u64 {
        self.position.seen
    }

    /// Documents that may read otherwise than they are listed.
    #[must_use]
    pub fn to_rejudge(&self) -> u64 {
        self.rejudging.as_ref().map_or(0, |rejudging| rejudging.documents + rejudging.naming.len() as u64)
    }

    /// Whether there is something to look at again and nobody is at it; from now on the caller is.
    pub(crate) fn claim_rejudging(&mut self) -> bool {
        match &mut self.rejudging {
            Some(rejudging) => !std::mem::replace(&mut rejudging.is_claimed, true),
            None => false,
        }
    }

    /// Whoever claimed it gives up.
    pub(crate) fn release_rejudging(&mut self) {
        if let Some(rejudging) = &mut self.rejudging {
            rejudging.is_claimed = false;
        }
    }

    /// Looks at some of it again; returns whether there is more. What is left when the process ends is known by its
    /// generation.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub(crate) async fn rejudge_some(&mut self, core: &Core) -> Result<bool, DeskError> {
        let Some(rejudging) = &mut self.rejudging else { return Ok(false) };
        let rest = rejudging.naming.len().saturating_sub(VIEW_DOCUMENTS_AT_A_TIME);
        let naming = rejudging.naming.split_off(rest);
        if !naming.is_empty() {
            let named = core.read(move |sight| -> Result<Vec<NamedNow>, DeskError> {
                let mut named = Vec::new();
                for document in naming {
                    if let Some(history) = readable(sight.replica.history(&document, sight.store))? {
                        named.extend(history.iter().flat_map(names_in));
                    }
                }
                Ok(named)
            });
            rejudging.named.extend(named.await??);
            if rejudging.naming.is_empty() {
                let named = std::mem::take(&mut rejudging.named);
                let mut names = Names::default();
                named.iter().for_each(|named| names.put(named));
                self.rows()?.rename(&named).await?;
                self.names = Arc::new(names);
            }
            return Ok(true);
        }
        let position = self.position;
        let some = self.rows()?.older(position.generation, VIEW_DOCUMENTS_AT_A_TIME).await?;
        if some.is_empty() {
            self.rejudging = None;
            return Ok(false);
        }
        let written = self.rows()?.position().await?;
        let (made, unread) = read_all(core, some).await?;
        let count = (made.len() + unread.len()) as u64;
        let changes = Changes { position: written, named: Vec::new(), made, unread };
        self.rows()?.write(&changes).await?;
        self.unread.extend(changes.unread);
        if let Some(rejudging) = &mut self.rejudging {
            rejudging.documents = rejudging.documents.saturating_sub(count);
        }
        Ok(true)
    }

    /// Whether the parts of the index of words should be joined and nobody is at it; from now on the caller is.
    pub(crate) fn claim_joining(&mut self) -> bool {
        let is_due = self.rows.as_ref().is_some_and(Rows::is_in_parts);
        is_due && !std::mem::replace(&mut self.is_joining, true)
    }

    /// Joins some of them; returns whether there is more. What is left when the process ends does no harm.
    ///
    /// # Errors
    ///
    /// [`Code::ListsFailed`], [`Code::DiskFull`].
    pub(crate) async fn join_some(&mut self) -> Result<bool, DeskError> {
        let joined = match &mut self.rows {
            Some(rows) => rows.join_parts().await,
            None => Ok(false),
        };
        if !matches!(joined, Ok(true)) {
            self.is_joining = false;
        }
        Ok(joined?)
    }

    /// Asks for the documents of these lines whether nodes above hold all of them by now.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn refresh_held(&mut self, core: &Core, lines: &mut [Line]) -> Result<(), DeskError> {
        let open: Vec<(DocKey, Vec<EntryId>)> = lines
            .iter()
            .flat_map(|line| &line.documents)
            .filter(|summary| !summary.held_above)
            .map(|summary| (summary.document.clone(), summary.ends.clone()))
            .collect();
        for some in open.chunks(VIEW_ENTRIES_AT_A_TIME) {
            let some = some.to_vec();
            let held = core.read(move |sight| -> Result<Vec<DocKey>, DeskError> {
                let mut held = Vec::new();
                for (document, ends) in some {
                    if held_above(sight, &document, &ends)? {
                        held.push(document);
                    }
                }
                Ok(held)
            });
            let held = held.await??;
            if held.is_empty() {
                continue;
            }
            self.rows()?.held(&held).await?;
            for line in lines.iter_mut() {
                for summary in &mut line.documents {
                    summary.held_above |= held.contains(&summary.document);
                }
                line.held_above = line.documents.iter().all(|summary| summary.held_above);
            }
        }
        Ok(())
    }

    /// What is called how.
    #[must_use]
    pub fn names(&self) -> Arc<Names> {
        self.names.clone()
    }

    /// Reads the lists as they are, beside whoever brings them up to the log.
    ///
    /// # Errors
    ///
    /// [`Code::ListsFailed`] before the first look.
    pub fn reader(&self) -> Result<Reader, DeskError> {
        let rows = self.rows.as_ref().map(Rows::reader);
        rows.ok_or_else(|| DeskError::new(Code::ListsFailed).with("reason", "not open"))
    }
}

/// Adds these summaries and the texts they are found by to the lists at a path, without a log: very long lists are measured
/// by it.
///
/// # Errors
///
/// [`RowsFailure`].
pub async fn lists_of(path: &Path, summaries: impl Iterator<Item = (Summary, String)>) -> Result<Reader, RowsFailure> {
    let mut rows = Rows::open(path).await?;
    let position = rows.position().await?;
    let mut made = summaries.map(|(summary, text)| Made { summary, text }).peekable();
    while made.peek().is_some() {
        let made = made.by_ref().take(VIEW_WRITTEN_AT_A_TIME).collect();
        rows.write(&Changes { made, position, ..Changes::default() }).await?;
    }
    while rows.join_parts().await? {}
    Ok(rows.reader())
}

/// Makes these documents; those that cannot be read come second.
async fn read_all(core: &Core, documents: Vec<DocKey>) -> Result<(Vec<Made>, Vec<DocKey>), DeskError> {
    if documents.is_empty() {
        return Ok(Default::default());
    }
    let asked = documents.clone();
    let all = core.read(move |sight| summaries(sight, &asked)).await??;
    let (mut made, mut unread) = (Vec::new(), Vec::new());
    for (document, one) in documents.into_iter().zip(all) {
        match one {
            Some(one) => made.push(one),
            None => unread.push(document),
        }
    }
    Ok((made, unread))
}

fn put_name<K: Ord>(names: &mut BTreeMap<K, Named>, key: K, named: Named) {
    match names.get(&key) {
        Some(standing) if standing.since > named.since => {}
        _ => {
            names.insert(key, named);
        }
    }
}

/// What was read, or nothing where a record is damaged: it is shown to nobody and keeps nothing else from being shown.
pub(crate) fn readable<T>(read: Result<T, RecordsFailure>) -> Result<Option<T>, RecordsFailure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(RecordsFailure::Damaged(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// A summary of each of these; none of those that cannot be read.
fn summaries(sight: &Sight<'_>, documents: &[DocKey]) -> Result<Vec<Option<Made>>, DeskError> {
    let rules = sight.replica.rulebook(sight.store)?;
    let made = documents.iter().map(|document| match summarise(sight, document, &rules) {
        Ok(summary) => Ok(Some(summary)),
        // It may be the document, or what its place in a branched feed depends on.
        Err(error) if error.code == Code::StoreFailed && sight.store.has_damage() => Ok(None),
        Err(error) => Err(error),
    });
    made.collect()
}

fn look(sight: &Sight<'_>, seen: u64, last: Option<EntryId>, again: BTreeSet<LogIndex>) -> Result<News, DeskError> {
    let length = sight.replica.log_length().0;
    // A case reads otherwise, too, once the pack it goes by is here.
    let (standing, rules) = (sight.replica.charter().standing_digest(), sight.replica.rulebook(sight.store)?.digest());
    let now = Hash::of_parts("fangwei lists 1", [standing.as_slice(), rules.as_slice()]);
    let mut news = News {
        another: false,
        standing: now,
        seen,
        last,
        touched: BTreeSet::new(),
        named: Vec::new(),
        lacking: BTreeSet::new(),
        more: false,
    };
    // A node whose disk failed may have lost what was never acknowledged.
    let same = match seen.checked_sub(1) {
        None => true,
        Some(before) if before < length => {
            let entry = readable(sight.replica.entry(LogIndex(before), sight.store))?;
            entry.is_none_or(|entry| Some(entry.id()) == last)
        }
        Some(_) => false,
    };
    if !same {
        return Ok(News { another: true, ..news });
    }
    let end = length.min(seen + VIEW_ENTRIES_AT_A_TIME as u64);
    for at in again.into_iter().chain((seen..end).map(LogIndex)) {
        let entry = readable(sight.replica.entry(at, sight.store))?;
        if at.0 >= seen {
            news.last = entry.as_ref().map(Entry::id);
        }
        let Some(entry) = entry else {
            news.lacking.insert(at);
            continue;
        };
        let header = entry.header();
        if LISTED.contains(&header.kind) {
            news.touched.insert(header.document());
        }
        // What is said of a report depends on what was made of it.
        if header.kind == Kind::TRIAGE
            && let Some(about) = readable(reports::reports_of(sight, &header.document()))?
        {
            news.touched.extend(about);
        }
        if [Kind::UNITS, Kind::HOLDER].contains(&header.kind)
            && let Some(said) = readable(sight.replica.said(at, sight.store))?
        {
            news.named.extend(names_in(&said));
        }
    }
    news.seen = end;
    news.more = end < length;
    Ok(news)
}

/// What an entry names, if it has effect.
fn names_in(said: &Said) -> Vec<NamedNow> {
    let header = said.entry.header();
    let since = (header.claimed_time_s, header.seq, said.entry.id());
    match said.act() {
        Some(Act::NameUnits(rows)) => {
            rows.iter().map(|row| NamedNow::Unit(since, row.unit.clone(), row.name.clone())).collect()
        }
        Some(Act::NameHolder(named)) => vec![NamedNow::Holder(since, named.holder, named.name.clone())],
        _ => Vec::new(),
    }
}

/// The error of an id that names nothing here.
pub(crate) fn unknown(id: &str) -> DeskError {
    DeskError::new(Code::NoSuchDocument).with("id", id.chars().take(64).collect::<String>())
}
