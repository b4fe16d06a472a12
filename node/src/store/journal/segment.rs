//! The bytes of one segment: its header, its records, and reading them one after another.
//!
//! ```text
//! segment  magic 8 | format u32 | number u32 | first log index u64 | bytes of the segment before u32 |
//!          genesis hash 32 | crc32c u32 over all before it                          64 bytes, little-endian
//! record   payload length u32 | crc32c u32 over all that follows | type u8 | version u8 | payload
//! ```
//!
//! A body comes right before its entry. Each run of records that was synced together begins with a mark that says
//! where it stands; a mark is written only when everything before it was durable, so something unreadable before a
//! mark is damage, and only something unreadable after the last mark can be a torn tail.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use fangwei_protocol::{
    limits::{BODY_BYTES_MAX, HEADER_BYTES_MAX, NOTE_BYTES_MAX},
    record::entry::Hash,
    records::{Fact, LogIndex},
    trust::genesis::GenesisHash,
};

use crate::{
    limits::{EVIDENCE_BYTES_MAX, LOG_EPOCH_BYTES_MAX, RECEIPT_BYTES_MAX},
    store::failure::{Damage, StoreFailure},
};

/// Begins every segment.
const MAGIC: [u8; 8] = *b"fangwei\x01";

/// The format this program writes.
const FORMAT: u32 = 1;

/// Version of every kind of record so far.
const VERSION: u8 = 1;

/// Bytes of a segment's header.
pub(super) const SEGMENT_HEADER_BYTES: u32 = 64;

/// Bytes of a record before its payload.
pub(super) const RECORD_HEAD_BYTES: usize = 10;

/// Bytes of a mark's payload: segment number and offset.
pub(super) const MARK_BYTES: usize = 8;

/// Bytes of a clock's payload: seconds.
const CLOCK_BYTES: usize = 8;

/// Bytes read at once.
const READ_BYTES: usize = 256 * 1024;

/// What a segment says about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::store) struct SegmentHeader {
    pub(in crate::store) number: u32,
    pub(in crate::store) first: LogIndex,
    /// Length of the segment before; 0 in the first.
    pub(in crate::store) before_bytes: u32,
    pub(in crate::store) genesis: GenesisHash,
}

/// What a record is. Numbers are never used again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RecordKind {
    /// Begins what was synced together.
    Mark,
    /// A COSE_Sign1 this node received.
    Entry,
    /// A COSE_Sign1 this node wrote.
    OwnEntry,
    /// The body of the entry that follows.
    Body,
    /// The place of a body that was lawfully taken away: zeros, or what is being made zeros.
    Redacted,
    /// A receipt.
    Receipt,
    /// Under which name this node's log goes on.
    LogEpoch,
    /// A checkpoint that was shown and proved.
    Checkpoint,
    /// Two checkpoints that cannot both be true.
    Evidence,
    /// What the clock said when the entries that follow were taken in.
    Clock,
    /// Where records were that nobody needs any more: zeros.
    Filler,
}

/// One record, checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawRecord<'b> {
    pub(super) kind: RecordKind,
    pub(super) payload: &'b [u8],
}

/// Why the bytes at a place are not a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unreadable {
    /// More bytes are needed: this many in all.
    Short(usize),
    Damaged(Damage),
    /// Sound, but of a kind or version this program does not know.
    Newer {
        code: u8,
        version: u8,
    },
}

/// Reads one segment from some offset on.
pub(in crate::store) struct Scanner {
    pub(super) path: PathBuf,
    pub(in crate::store) header: SegmentHeader,
    file: File,
    /// Length of the file when it was opened.
    pub(super) bytes: u64,
    /// Where the next record begins.
    pub(super) offset: u64,
    buffer: Vec<u8>,
    /// Where in the file the buffer begins.
    buffer_offset: u64,
}

/// What a scanner found next.
pub(super) enum Scanned<'b> {
    Record(RawRecord<'b>),
    End,
    Unreadable(Unreadable),
}

impl SegmentHeader {
    pub(in crate::store) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES as usize] {
        let mut bytes = Vec::with_capacity(SEGMENT_HEADER_BYTES as usize);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.first.0.to_le_bytes());
        bytes.extend_from_slice(&self.before_bytes.to_le_bytes());
        bytes.extend_from_slice(self.genesis.0.as_slice());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes.try_into().unwrap_or([0; SEGMENT_HEADER_BYTES as usize])
    }

    /// The header, or the format of a newer program.
    pub(super) fn decode(bytes: &[u8; SEGMENT_HEADER_BYTES as usize]) -> Result<SegmentHeader, Unreadable> {
        let damaged = Unreadable::Damaged(Damage::Header);
        let (content, sum) = bytes.split_last_chunk::<4>().ok_or(damaged)?;
        let rest = content.strip_prefix(MAGIC.as_slice()).ok_or(damaged)?;
        if crc32c::crc32c(content) != u32::from_le_bytes(*sum) {
            return Err(damaged);
        }
        let (format, rest) = rest.split_first_chunk::<4>().ok_or(damaged)?;
        let (number, rest) = rest.split_first_chunk::<4>().ok_or(damaged)?;
        let (first, rest) = rest.split_first_chunk::<8>().ok_or(damaged)?;
        let (before_bytes, rest) = rest.split_first_chunk::<4>().ok_or(damaged)?;
        let genesis = rest.first_chunk::<32>().ok_or(damaged)?;
        match u32::from_le_bytes(*format) {
            FORMAT => Ok(SegmentHeader {
                number: u32::from_le_bytes(*number),
                first: LogIndex(u64::from_le_bytes(*first)),
                before_bytes: u32::from_le_bytes(*before_bytes),
                genesis: GenesisHash(Hash(*genesis)),
            }),
            format => Err(Unreadable::Newer { code: u8::try_from(format).unwrap_or(u8::MAX), version: 0 }),
        }
    }
}

impl RecordKind {
    const ALL: [RecordKind; 11] = [
        RecordKind::Mark,
        RecordKind::Entry,
        RecordKind::OwnEntry,
        RecordKind::Body,
        RecordKind::Redacted,
        RecordKind::Receipt,
        RecordKind::LogEpoch,
        RecordKind::Checkpoint,
        RecordKind::Evidence,
        RecordKind::Clock,
        RecordKind::Filler,
    ];

    pub(super) fn code(self) -> u8 {
        match self {
            RecordKind::Mark => 1,
            RecordKind::Entry => 2,
            RecordKind::OwnEntry => 3,
            RecordKind::Body => 4,
            // Far from a body's: no single flipped bit takes a body away.
            RecordKind::Redacted => 0x7b,
            RecordKind::Receipt => 6,
            RecordKind::LogEpoch => 7,
            RecordKind::Checkpoint => 8,
            RecordKind::Evidence => 9,
            RecordKind::Clock => 10,
            // Far from all others, as a redacted one's is.
            RecordKind::Filler => 0xa5,
        }
    }

    pub(super) fn bytes_max(self) -> usize {
        match self {
            RecordKind::Mark => MARK_BYTES,
            RecordKind::Entry | RecordKind::OwnEntry => HEADER_BYTES_MAX,
            RecordKind::Body | RecordKind::Redacted => BODY_BYTES_MAX,
            RecordKind::Receipt | RecordKind::Filler => RECEIPT_BYTES_MAX,
            RecordKind::LogEpoch => LOG_EPOCH_BYTES_MAX,
            RecordKind::Checkpoint => NOTE_BYTES_MAX,
            RecordKind::Evidence => EVIDENCE_BYTES_MAX,
            RecordKind::Clock => CLOCK_BYTES,
        }
    }
}

/// Largest payload of any kind, so that a length can be judged before the kind is known.
fn bytes_max() -> usize {
    HEADER_BYTES_MAX.max(BODY_BYTES_MAX).max(RECEIPT_BYTES_MAX)
}

/// Adds one record.
///
/// # Errors
///
/// [`StoreFailure::TooLarge`].
pub(super) fn push_record(bytes: &mut Vec<u8>, kind: RecordKind, payload: &[u8]) -> Result<(), StoreFailure> {
    let (len, bytes_max) = (payload.len(), kind.bytes_max());
    let checked = u32::try_from(len).ok().filter(|_| len <= bytes_max);
    let len = checked.ok_or(StoreFailure::TooLarge { bytes: len, bytes_max })?;
    let tag = [kind.code(), VERSION];
    let sum = crc32c::crc32c_append(crc32c::crc32c(&tag), payload);
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes.extend_from_slice(&tag);
    bytes.extend_from_slice(payload);
    Ok(())
}

/// Bytes of a record before its type.
pub(super) const RECORD_TYPE_AT: usize = 8;

/// The whole record that stands where a body of `payload_bytes` was.
///
/// # Errors
///
/// [`StoreFailure::TooLarge`].
pub(super) fn redacted_record(payload_bytes: usize) -> Result<Vec<u8>, StoreFailure> {
    let mut bytes = Vec::with_capacity(RECORD_HEAD_BYTES + payload_bytes);
    push_record(&mut bytes, RecordKind::Redacted, &vec![0; payload_bytes])?;
    Ok(bytes)
}

/// Adds the mark of what is synced together from here on.
pub(super) fn push_mark(bytes: &mut Vec<u8>, number: u32, offset: u32) -> Result<(), StoreFailure> {
    let mut payload = [0; MARK_BYTES];
    payload
        .iter_mut()
        .zip(number.to_le_bytes().into_iter().chain(offset.to_le_bytes()))
        .for_each(|(to, from)| *to = from);
    push_record(bytes, RecordKind::Mark, &payload)
}

/// Adds the records of a fact, a body before its entry.
///
/// # Errors
///
/// [`StoreFailure::TooLarge`]; some of it may have been added then.
pub(in crate::store) fn push_fact(bytes: &mut Vec<u8>, fact: &Fact) -> Result<(), StoreFailure> {
    match fact {
        Fact::Entry { own, entry, body } => {
            if let Some(body) = body {
                push_record(bytes, RecordKind::Body, body)?;
            }
            push_record(bytes, if *own { RecordKind::OwnEntry } else { RecordKind::Entry }, entry)
        }
        Fact::Receipt(receipt) => push_record(bytes, RecordKind::Receipt, receipt),
        Fact::LogEpoch(epoch) => push_record(bytes, RecordKind::LogEpoch, epoch),
        Fact::Checkpoint(note) => push_record(bytes, RecordKind::Checkpoint, note),
        Fact::Evidence(evidence) => push_record(bytes, RecordKind::Evidence, evidence),
        Fact::Clock(time_s) => push_record(bytes, RecordKind::Clock, &time_s.to_le_bytes()),
    }
}

/// Reads the record at the beginning of `bytes`. Says how much it needs when there is too little.
pub(super) fn read_record(bytes: &[u8]) -> Result<RawRecord<'_>, Unreadable> {
    let short = Unreadable::Short(RECORD_HEAD_BYTES);
    let (len, rest) = bytes.split_first_chunk::<4>().ok_or(short)?;
    let (sum, rest) = rest.split_first_chunk::<4>().ok_or(short)?;
    let len = u32::from_le_bytes(*len);
    let too_long = |bytes_max: usize| {
        let bytes_max = u32::try_from(bytes_max).unwrap_or(u32::MAX);
        Unreadable::Damaged(Damage::TooLong { bytes: len, bytes_max })
    };
    let payload_bytes = usize::try_from(len).unwrap_or(usize::MAX);
    if payload_bytes > bytes_max() {
        return Err(too_long(bytes_max()));
    }
    let checked = rest.get(..payload_bytes + 2).ok_or(Unreadable::Short(RECORD_HEAD_BYTES + payload_bytes))?;
    let (&[code, version], payload) = checked.split_first_chunk::<2>().ok_or(short)?;
    // What was in a redacted record is nobody's to read, and a power cut may have left it half overwritten.
    let is_redacted = [code, version] == [RecordKind::Redacted.code(), VERSION];
    if !is_redacted && crc32c::crc32c(checked) != u32::from_le_bytes(*sum) {
        return Err(Unreadable::Damaged(Damage::Checksum));
    }
    let kind = RecordKind::ALL.into_iter().find(|kind| kind.code() == code && version == VERSION);
    let kind = kind.ok_or(Unreadable::Newer { code, version })?;
    if payload.len() > kind.bytes_max() {
        return Err(too_long(kind.bytes_max()));
    }
    Ok(RawRecord { kind, payload })
}

impl RawRecord<'_> {
    /// Bytes it takes in the segment.
    pub(super) fn bytes(&self) -> u64 {
        (RECORD_HEAD_BYTES + self.payload.len()) as u64
    }

    /// Whether it is a mark that names another place than the one where it stands.
    pub(super) fn is_misplaced(&self, number: u32, at: u64) -> bool {
        let place = number.to_le_bytes().into_iter().chain((at as u32).to_le_bytes());
        self.kind == RecordKind::Mark && !self.payload.iter().copied().eq(place)
    }
}

impl Scanner {
    /// Opens a segment and reads its header.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`], [`StoreFailure::Damaged`], [`StoreFailure::Newer`].
    pub(in crate::store) fn open(path: PathBuf) -> Result<Scanner, StoreFailure> {
        let disk = |cause| StoreFailure::disk(&path, cause);
        let file = File::open(&path).map_err(disk)?;
        let bytes = file.metadata().map_err(disk)?.len();
        let mut head = [0; SEGMENT_HEADER_BYTES as usize];
        let header = match file.read_exact_at(&mut head, 0) {
            Ok(()) => SegmentHeader::decode(&head),
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Err(Unreadable::Damaged(Damage::Header)),
            Err(cause) => return Err(disk(cause)),
        };
        let header = header.map_err(|unreadable| unreadable.at(&path, 0))?;
        let offset = u64::from(SEGMENT_HEADER_BYTES);
        Ok(Scanner { path, header, file, bytes, offset, buffer: Vec::new(), buffer_offset: offset })
    }

    /// Has the disk keep what a process that is gone may have written and not synced.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`].
    pub(super) fn sync(&self) -> Result<(), StoreFailure> {
        self.file.sync_all().map_err(|cause| StoreFailure::disk(&self.path, cause))
    }

    /// Goes on from another record.
    pub(super) fn seek(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Reads the next record and steps behind it; stays where it is if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`].
    pub(super) fn next(&mut self) -> Result<Scanned<'_>, StoreFailure> {
        if self.offset >= self.bytes {
            return Ok(Scanned::End);
        }
        self.fill(RECORD_HEAD_BYTES)?;
        if let Err(Unreadable::Short(needed)) = read_record(self.buffered()) {
            self.fill(needed)?;
        }
        let at = self.offset;
        // Borrowed field by field, so that stepping on does not end the record's borrow of the buffer.
        let skip = usize::try_from(at.saturating_sub(self.buffer_offset)).unwrap_or(usize::MAX);
        match read_record(self.buffer.get(skip..).unwrap_or_default()) {
            Ok(record) if record.is_misplaced(self.header.number, at) => {
                Ok(Scanned::Unreadable(Unreadable::Damaged(Damage::Mark)))
            }
            Ok(record) => {
                self.offset = at + record.bytes();
                Ok(Scanned::Record(record))
            }
            Err(Unreadable::Short(_)) => Ok(Scanned::Unreadable(Unreadable::Damaged(Damage::CutOff))),
            Err(unreadable) => Ok(Scanned::Unreadable(unreadable)),
        }
    }

    /// Whether a mark stands somewhere after `offset`: then everything up to there had been durable.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`].
    pub(super) fn mark_after(&mut self, offset: u64) -> Result<bool, StoreFailure> {
        const NEEDED: usize = RECORD_HEAD_BYTES + MARK_BYTES;
        self.offset = offset;
        while self.offset < self.bytes {
            self.fill(NEEDED)?;
            let here = self.offset;
            let windows = self.buffered().windows(NEEDED);
            let tried = windows.len() as u64;
            for (at, window) in (here..).zip(windows) {
                if window.starts_with(&(MARK_BYTES as u32).to_le_bytes()) && self.is_mark(window, at) {
                    return Ok(true);
                }
            }
            if tried == 0 {
                return Ok(false);
            }
            self.offset = here + tried;
        }
        Ok(false)
    }

    fn is_mark(&self, window: &[u8], at: u64) -> bool {
        let Ok(record @ RawRecord { kind: RecordKind::Mark, .. }) = read_record(window) else { return false };
        !record.is_misplaced(self.header.number, at)
    }

    fn buffered(&self) -> &[u8] {
        let skip = usize::try_from(self.offset.saturating_sub(self.buffer_offset)).unwrap_or(usize::MAX);
        self.buffer.get(skip..).unwrap_or_default()
    }

    /// Makes at least `needed` bytes from the offset on available, if the file has them.
    fn fill(&mut self, needed: usize) -> Result<(), StoreFailure> {
        if self.offset >= self.buffer_offset && self.buffered().len() >= needed {
            return Ok(());
        }
        let left = usize::try_from(self.bytes.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        self.buffer.resize(needed.max(READ_BYTES).min(left), 0);
        self.buffer_offset = self.offset;
        let read = read_up_to(&self.file, &mut self.buffer, self.offset);
        let read = read.map_err(|cause| StoreFailure::disk(&self.path, cause))?;
        self.buffer.truncate(read);
        Ok(())
    }
}

impl Unreadable {
    /// The failure this is at a place where a torn tail is not to be expected.
    pub(super) fn at(self, path: &Path, offset: u64) -> StoreFailure {
        let path = path.to_owned();
        match self {
            Unreadable::Short(_) => StoreFailure::Damaged { path, offset, damage: Damage::CutOff },
            Unreadable::Damaged(damage) => StoreFailure::Damaged { path, offset, damage },
            Unreadable::Newer { code, version } => StoreFailure::Newer {
                path,
                found: u32::from(version) << 8 | u32::from(code),
                expected: u32::from(VERSION) << 8,
            },
        }
    }
}

/// Reads until the buffer is full or the file ends.
pub(super) fn read_up_to(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(done)
}
