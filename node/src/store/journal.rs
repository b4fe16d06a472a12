//! The truth on disk: every fact this node stored, in log order, in append-only segments that need no engine to read.
//!
//! A fact is written once and never changed, but for the body of an entry that was lawfully redacted: that is
//! overwritten where it stands. What is put is collected in memory and becomes durable with one write and
//! one `fdatasync`; a power cut in between leaves a torn tail, which opening cuts, and every prefix is sound. Anything
//! else that does not check is damage and is named, never skipped. The bytes are described in `segment`.

mod chain;
mod facts;
mod mending;
mod pieces;
mod reading;
mod segment;
mod unflip;

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use fangwei_protocol::{
    limits::BODY_BYTES_MAX,
    record::entry::{Claim, Hash},
    records::{Fact, LogIndex, Record},
    trust::genesis::GenesisHash,
};
use minicbor::{Decode, Encode};

use self::chain::{Chain, Leftovers, segments};
pub use self::facts::{JournalFacts, Located};
use self::segment::{
    RECORD_HEAD_BYTES, RECORD_TYPE_AT, RawRecord, RecordKind, SEGMENT_HEADER_BYTES, Scanned, Unreadable, push_mark,
    read_record, read_up_to, redacted_record,
};
pub(super) use self::segment::{Scanner, SegmentHeader, push_fact};
pub(super) use self::{mending::Look, pieces::pieces};
use super::{
    failure::{Damage, StoreFailure},
    layout,
};
use crate::limits::SEGMENTS_OPEN_MAX;

/// Bytes asked for when one entry is read: nearly all bodies with their headers are smaller.
const READ_ENTRY_BYTES: usize = 2 * 1024;

/// A place in the journal. Places are ordered as the journal is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct Position {
    /// Number of the segment, from 1.
    #[n(0)]
    pub segment: u32,
    /// Byte in it.
    #[n(1)]
    pub offset: u32,
}

/// What an append and a read need to know of the segments.
pub(super) struct Journal {
    dir: PathBuf,
    genesis: GenesisHash,
    segment_bytes_max: u32,
    /// Lengths of the segments before the last one.
    complete: Vec<u32>,
    /// Written and not yet durable, or not even written.
    pending: VecDeque<Chunk>,
    end: Position,
    durable: Position,
    entries: u64,
    stopped: bool,
    /// Segments open for reading and writing, the least recently opened first.
    files: Mutex<VecDeque<(u32, Arc<File>)>>,
    /// Bytes that may still be written before the disk is full.
    #[cfg(test)]
    pub(super) room_bytes: u64,
}

/// What is to be appended to one segment.
struct Chunk {
    /// Where it goes.
    at: Position,
    bytes: Vec<u8>,
    /// The header, if the segment is to be begun.
    begins: Option<SegmentHeader>,
}

/// What opening found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tail {
    /// Bytes of a torn tail that were cut.
    pub(super) cut_bytes: u64,
}

impl Position {
    /// Where the first record is.
    pub(super) const START: Position = Position { segment: 1, offset: SEGMENT_HEADER_BYTES };

    /// The place so many bytes behind it in the same segment.
    fn behind(self, bytes: usize) -> Position {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Position { offset: self.offset.saturating_add(bytes), ..self }
    }
}

impl Journal {
    /// Opens the journal in `dir`, beginning it if there is none, and cuts a torn tail. Up to a place the index knows,
    /// with so many entries before it, nothing is read: what is damaged there is found when it is read.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Damaged`], [`StoreFailure::Newer`], [`StoreFailure::OtherTree`], and what the disk says.
    pub(super) fn open(
        dir: &Path,
        genesis: GenesisHash,
        segment_bytes_max: u32,
        known: Option<(Position, u64)>,
    ) -> Result<(Journal, Tail), StoreFailure> {
        fs::create_dir_all(dir).map_err(|cause| StoreFailure::disk(dir, cause))?;
        sync_dir(dir.parent().unwrap_or(dir))?;
        let mut journal = Journal::empty(dir, genesis, segment_bytes_max);
        let last = segments(dir, Leftovers::Remove)?;
        let mut tail = Tail { cut_bytes: 0 };
        if last == 0 {
            journal.begin_segment(&SegmentHeader { number: 1, first: LogIndex(0), before_bytes: 0, genesis })?;
        } else {
            let mut chain = Chain::new(genesis);
            for number in 1..last {
                chain.link(&Scanner::open(layout::segment_file(dir, number))?)?;
            }
            let mut scanner = Scanner::open(layout::segment_file(dir, last))?;
            chain.link(&scanner)?;
            let known = known.filter(|(place, entries)| {
                place.segment == last && u64::from(place.offset) <= scanner.bytes && *entries >= scanner.header.first.0
            });
            if let Some((place, _)) = known {
                scanner.seek(place.offset.into());
            }
            let before = known.map_or(0, |(_, entries)| entries - scanner.header.first.0);
            let (end, entries) = scan_last(&mut scanner)?;
            let entries = before + entries;
            journal.end = Position { segment: last, offset: small(end, &scanner.path)? };
            journal.durable = journal.end;
            journal.entries = scanner.header.first.0 + entries;
            chain.lengths.pop();
            journal.complete = chain.lengths;
            tail.cut_bytes = scanner.bytes.saturating_sub(end);
            journal.cut(journal.end)?;
        }
        Ok((journal, tail))
    }

    fn empty(dir: &Path, genesis: GenesisHash, segment_bytes_max: u32) -> Journal {
        Journal {
            dir: dir.to_owned(),
            genesis,
            segment_bytes_max,
            complete: Vec::new(),
            pending: VecDeque::new(),
            end: Position::START,
            durable: Position::START,
            entries: 0,
            stopped: false,
            files: Mutex::new(VecDeque::new()),
            #[cfg(test)]
            room_bytes: u64::MAX,
        }
    }

    /// Entries held, those not durable yet included.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// Behind the last fact.
    pub(super) fn end(&self) -> Position {
        self.end
    }

    /// Behind the last fact that a power cut leaves.
    pub(super) fn durable(&self) -> Position {
        self.durable
    }

    /// Bytes put and not durable yet.
    pub(super) fn pending_bytes(&self) -> usize {
        self.pending.iter().map(|chunk| chunk.bytes.len()).sum()
    }

    /// Bytes of the whole journal before a position.
    pub(super) fn bytes_before(&self, position: Position) -> u64 {
        let before = self.complete.iter().take(position.segment.saturating_sub(1) as usize);
        before.map(|&bytes| u64::from(bytes)).sum::<u64>() + u64::from(position.offset)
    }

    /// Adds facts to what the next [`Journal::sync`] makes durable; returns where each of the entries among them is.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Stopped`]; [`StoreFailure::TooLarge`], then nothing was added.
    pub(super) fn append(&mut self, facts: &[Fact]) -> Result<Vec<Position>, StoreFailure> {
        if self.stopped {
            return Err(StoreFailure::Stopped { path: self.dir.clone() });
        }
        let mut records = Vec::with_capacity(facts.iter().map(fact_bytes).sum());
        let mut ends = Vec::with_capacity(facts.len());
        for fact in facts {
            push_fact(&mut records, fact)?;
            ends.push(records.len());
        }
        let mut positions = Vec::with_capacity(facts.len());
        let mut start = 0;
        for (fact, end) in facts.iter().zip(ends) {
            let bytes = records.get(start..end).unwrap_or_default();
            start = end;
            let at = self.append_records(bytes)?;
            if let Fact::Entry { .. } = fact {
                positions.push(at);
                self.entries += 1;
            }
        }
        Ok(positions)
    }

    fn append_records(&mut self, records: &[u8]) -> Result<Position, StoreFailure> {
        let len = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let begins =
            if self.end.offset > SEGMENT_HEADER_BYTES && self.end.offset.saturating_add(len) > self.segment_bytes_max {
                let number = self.end.segment + 1;
                let (first, before_bytes) = (LogIndex(self.entries), self.end.offset);
                self.complete.push(before_bytes);
                self.end = Position { segment: number, offset: SEGMENT_HEADER_BYTES };
                Some(SegmentHeader { number, first, before_bytes, genesis: self.genesis })
            } else {
                None
            };
        if begins.is_some() || self.pending.is_empty() {
            let mut bytes = Vec::new();
            push_mark(&mut bytes, self.end.segment, self.end.offset)?;
            let at = self.end;
            self.end.offset += small(bytes.len() as u64, &self.dir)?;
            self.pending.push_back(Chunk { at, bytes, begins });
        }
        let at = self.end;
        if let Some(chunk) = self.pending.back_mut() {
            chunk.bytes.extend_from_slice(records);
        }
        self.end.offset += len;
        Ok(at)
    }

    /// Makes everything appended so far durable.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::DiskFull`], [`StoreFailure::Disk`], and from then on [`StoreFailure::Stopped`]: after a failed
    /// `fsync` nobody knows what is on the disk until it is read again.
    pub(super) fn sync(&mut self) -> Result<(), StoreFailure> {
        if self.stopped {
            return Err(StoreFailure::Stopped { path: self.dir.clone() });
        }
        while let Some(chunk) = self.pending.pop_front() {
            match self.write(&chunk) {
                Ok(()) => {
                    self.durable = Position {
                        segment: chunk.at.segment,
                        offset: chunk.at.offset.saturating_add(small(chunk.bytes.len() as u64, &self.dir)?),
                    };
                }
                Err(failure) => {
                    self.stopped = true;
                    // Should cutting fail too, opening cuts: nothing from here on was acknowledged.
                    self.cut(chunk.at).ok();
                    // It stays readable, so that whoever is told of the failure can still show what was there.
                    self.pending.push_front(chunk);
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// Whether an earlier failure has stopped writing.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    fn write(&mut self, chunk: &Chunk) -> Result<(), StoreFailure> {
        if let Some(header) = &chunk.begins {
            self.begin_segment(header)?;
        }
        let path = layout::segment_file(&self.dir, chunk.at.segment);
        let disk = |cause| StoreFailure::disk(&path, cause);
        let file = self.file(chunk.at.segment).map_err(disk)?;
        #[cfg(test)]
        self.spend(&file, chunk).map_err(disk)?;
        file.write_all_at(&chunk.bytes, u64::from(chunk.at.offset)).map_err(disk)?;
        file.sync_data().map_err(disk)
    }

    /// Writes what there is room for and then fails as a full disk does.
    #[cfg(test)]
    fn spend(&mut self, file: &File, chunk: &Chunk) -> io::Result<()> {
        let room = usize::try_from(self.room_bytes).unwrap_or(usize::MAX);
        if let Some(fits) = chunk.bytes.get(..room).filter(|fits| fits.len() < chunk.bytes.len()) {
            self.room_bytes = 0;
            file.write_all_at(fits, u64::from(chunk.at.offset))?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.room_bytes -= chunk.bytes.len() as u64;
        Ok(())
    }

    /// Begins a segment under another name first, so that a segment without a whole header is never seen.
    fn begin_segment(&self, header: &SegmentHeader) -> Result<(), StoreFailure> {
        let path = layout::new_segment_file(&self.dir, header.number);
        let disk = |cause| StoreFailure::disk(&path, cause);
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path).map_err(disk)?;
        file.write_all_at(&header.encode(), 0).map_err(disk)?;
        file.sync_all().map_err(disk)?;
        fs::rename(&path, layout::segment_file(&self.dir, header.number)).map_err(disk)?;
        sync_dir(&self.dir)
    }

    /// Takes away what is behind `end` in its segment.
    fn cut(&self, end: Position) -> Result<(), StoreFailure> {
        let path = layout::segment_file(&self.dir, end.segment);
        let disk = |cause| StoreFailure::disk(&path, cause);
        let file = self.file(end.segment).map_err(disk)?;
        file.set_len(u64::from(end.offset)).map_err(disk)?;
        // Also for what a killed process wrote and never synced: from here on it counts as durable.
        file.sync_all().map_err(disk)
    }

    /// Reads an entry and checks it: that it is what was written, and that the body is the one its header names.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Damaged`], [`StoreFailure::Newer`], [`StoreFailure::Disk`].
    pub(super) fn read(&self, at: Position) -> Result<Record, StoreFailure> {
        let path = layout::segment_file(&self.dir, at.segment);
        let fail = |unreadable: Unreadable| unreadable.at(&path, at.offset.into());
        let damaged = |damage| fail(Unreadable::Damaged(damage));
        let mut bytes = Vec::new();
        let mut needed = READ_ENTRY_BYTES;
        loop {
            let had = bytes.len();
            self.read_bytes(at, needed, &mut bytes).map_err(|cause| StoreFailure::disk(&path, cause))?;
            needed = match read_entry(&bytes) {
                Ok((entry, body)) => {
                    let body_hash = Claim::parse(entry).ok().map(|claim| claim.reopen(&self.genesis).header().body);
                    if body.is_some_and(|body| body_hash != Some(Hash::of(body))) {
                        return Err(damaged(Damage::OtherBody));
                    }
                    return Ok(Record { entry: entry.into(), body: body.map(Into::into) });
                }
                Err(Unreadable::Short(needed)) if bytes.len() > had => needed,
                Err(unreadable) => return Err(fail(unreadable)),
            }
        }
    }

    /// Overwrites the body of a durable entry with zeros, for good. Done again it changes nothing; interrupted it is
    /// done again: from its first step on the record counts as redacted, whatever a power cut leaves of the rest.
    /// Returns whether there was anything left to take away.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Damaged`] if no body or entry stands there, [`StoreFailure::Disk`], [`StoreFailure::Stopped`].
    pub(super) fn erase(&mut self, at: Position) -> Result<bool, StoreFailure> {
        self.sync()?;
        let path = layout::segment_file(&self.dir, at.segment);
        let disk = |cause| StoreFailure::disk(&path, cause);
        let mut bytes = Vec::new();
        self.read_bytes(at, RECORD_HEAD_BYTES + BODY_BYTES_MAX, &mut bytes).map_err(disk)?;
        let record = read_record(&bytes).map_err(|unreadable| unreadable.at(&path, at.offset.into()))?;
        match record.kind {
            RecordKind::Body | RecordKind::Redacted => {}
            // It came without its body.
            RecordKind::Entry | RecordKind::OwnEntry => return Ok(false),
            _ => return Err(Unreadable::Damaged(Damage::NotAnEntry).at(&path, at.offset.into())),
        }
        let erased = redacted_record(record.payload.len())?;
        if bytes.starts_with(&erased) {
            return Ok(false);
        }
        let file = self.file(at.segment).map_err(disk)?;
        // One byte cannot be torn: either the body is still whole, or the record is redacted whatever its rest.
        let kind_at = u64::from(at.offset) + RECORD_TYPE_AT as u64;
        for (place, bytes) in [(kind_at, &[RecordKind::Redacted.code()][..]), (at.offset.into(), &erased)] {
            let written = file.write_all_at(bytes, place).and_then(|()| file.sync_data());
            if let Err(cause) = written {
                self.stopped = true;
                return Err(disk(cause));
            }
        }
        Ok(true)
    }

    /// Up to `len` bytes from a position on; fewer where the segment ends.
    fn read_bytes(&self, at: Position, len: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        if at >= self.durable
            && let Some(chunk) = self.pending.iter().rfind(|chunk| chunk.at.segment == at.segment && chunk.at <= at)
        {
            let skip = (at.offset - chunk.at.offset) as usize;
            let rest = chunk.bytes.get(skip..).unwrap_or_default();
            bytes.extend_from_slice(rest.get(..len).unwrap_or(rest));
            return Ok(());
        }
        bytes.resize(len, 0);
        let read = read_up_to(&*self.file(at.segment)?, bytes, at.offset.into())?;
        bytes.truncate(read);
        Ok(())
    }

    fn file(&self, number: u32) -> io::Result<Arc<File>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = files.iter().find(|(open, _)| *open == number) {
            return Ok(file.clone());
        }
        let path = layout::segment_file(&self.dir, number);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            // As a system makes a disk that fails: what is on it can still be read.
            Err(cause) if cause.kind() == io::ErrorKind::ReadOnlyFilesystem => File::open(&path)?,
            opened => opened?,
        };
        let file = Arc::new(file);
        if files.len() >= SEGMENTS_OPEN_MAX {
            files.pop_front();
        }
        files.push_back((number, file.clone()));
        Ok(file)
    }

    /// The durable facts from a position on.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`].
    pub(super) fn facts_from(&self, from: Position, entries: u64) -> Result<JournalFacts, StoreFailure> {
        JournalFacts::between(self.dir.clone(), self.genesis, from, entries, self.durable)
    }
}

/// The entry at a place of a segment's file, with its body, as its records say; whether the body is the one the header
/// names is for the caller.
///
/// # Errors
///
/// [`StoreFailure::Damaged`], [`StoreFailure::Newer`], [`StoreFailure::Disk`].
pub(super) fn read_at(file: &File, path: &Path, at: Position) -> Result<Record, StoreFailure> {
    read_grown(file, path, at, |bytes| {
        let (entry, body) = read_entry(bytes)?;
        Ok(Record { entry: entry.into(), body: body.map(Into::into) })
    })
}

/// The payload of the record at a place of a segment's file, whatever it is.
///
/// # Errors
///
/// As [`read_at`].
pub(super) fn read_payload(file: &File, path: &Path, at: Position) -> Result<Vec<u8>, StoreFailure> {
    read_grown(file, path, at, |bytes| Ok(read_record(bytes)?.payload.to_vec()))
}

/// Reads ever more until what stands there is whole.
fn read_grown<T>(
    file: &File,
    path: &Path,
    at: Position,
    read: impl Fn(&[u8]) -> Result<T, Unreadable>,
) -> Result<T, StoreFailure> {
    let (mut bytes, mut needed) = (Vec::new(), READ_ENTRY_BYTES);
    loop {
        let had = bytes.len();
        bytes.resize(needed, 0);
        let filled = read_up_to(file, &mut bytes, at.offset.into()).map_err(|cause| StoreFailure::disk(path, cause))?;
        bytes.truncate(filled);
        needed = match read(&bytes) {
            Ok(whole) => return Ok(whole),
            Err(Unreadable::Short(needed)) if bytes.len() > had => needed,
            Err(unreadable) => return Err(unreadable.at(path, at.offset.into())),
        }
    }
}

/// Bytes of the records of a fact.
fn fact_bytes(fact: &Fact) -> usize {
    match fact {
        Fact::Entry { entry, body, .. } => {
            2 * RECORD_HEAD_BYTES + entry.len() + body.as_ref().map_or(0, |body| body.len())
        }
        Fact::Receipt(bytes) | Fact::LogEpoch(bytes) | Fact::Checkpoint(bytes) | Fact::Evidence(bytes) => {
            RECORD_HEAD_BYTES + bytes.len()
        }
        Fact::Clock(time_s) => RECORD_HEAD_BYTES + size_of_val(time_s),
    }
}

/// The entry at the beginning of `bytes`, with its body.
fn read_entry(bytes: &[u8]) -> Result<(&[u8], Option<&[u8]>), Unreadable> {
    let first = read_record(bytes)?;
    let body = match first.kind {
        RecordKind::Entry | RecordKind::OwnEntry => return Ok((first.payload, None)),
        RecordKind::Body => Some(first.payload),
        RecordKind::Redacted => None,
        RecordKind::Mark
        | RecordKind::Receipt
        | RecordKind::LogEpoch
        | RecordKind::Checkpoint
        | RecordKind::Evidence
        | RecordKind::Clock
        | RecordKind::Filler => return Err(Unreadable::Damaged(Damage::NotAnEntry)),
    };
    let skip = RECORD_HEAD_BYTES + first.payload.len();
    match read_record(bytes.get(skip..).unwrap_or_default()) {
        Ok(RawRecord { kind: RecordKind::Entry | RecordKind::OwnEntry, payload }) => Ok((payload, body)),
        Ok(_) => Err(Unreadable::Damaged(Damage::Unpaired)),
        Err(Unreadable::Short(needed)) => Err(Unreadable::Short(skip + needed)),
        Err(unreadable) => Err(unreadable),
    }
}

/// Reads the last segment; returns where its sound part ends and how many entries are in it.
fn scan_last(scanner: &mut Scanner) -> Result<(u64, u64), StoreFailure> {
    let mut sound = scanner.offset;
    let mut entries = 0;
    let mut body_open = false;
    loop {
        let at = scanner.offset;
        let kind = match scanner.next()? {
            Scanned::Record(record) => record.kind,
            Scanned::End => return Ok((sound, entries)),
            Scanned::Unreadable(unreadable @ Unreadable::Newer { .. }) => {
                return Err(unreadable.at(&scanner.path, at));
            }
            Scanned::Unreadable(unreadable) => {
                if scanner.mark_after(at)? {
                    return Err(unreadable.at(&scanner.path, at));
                }
                return Ok((sound, entries));
            }
        };
        let opens = matches!(kind, RecordKind::Body | RecordKind::Redacted);
        let is_entry = matches!(kind, RecordKind::Entry | RecordKind::OwnEntry);
        if body_open && !is_entry {
            // A mark after a body: the body was durable and its entry is not there.
            return Err(Unreadable::Damaged(Damage::Unpaired).at(&scanner.path, at));
        }
        body_open = opens;
        if is_entry {
            entries += 1;
        }
        if !opens {
            sound = scanner.offset;
        }
    }
}

/// Makes names in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), StoreFailure> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|cause| StoreFailure::disk(dir, cause))
}

/// An offset as segments have them; larger ones cannot be ours.
fn small(bytes: u64, path: &Path) -> Result<u32, StoreFailure> {
    u32::try_from(bytes).map_err(|_| {
        let damage = Damage::Length { expected: u32::MAX.into(), found: bytes };
        StoreFailure::Damaged { path: path.to_owned(), offset: u32::MAX.into(), damage }
    })
}
