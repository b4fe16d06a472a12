//! What stands between two entries of the journal, looked at byte by byte, and written again where it is damaged.
//!
//! The index knows where each entry begins, so what is damaged has known bounds, whatever its own lengths say. An entry's
//! *stretch* begins at its place and ends where the next entry begins, or its segment does: its body, the entry, then
//! records that are no entries. What an entry says is known again once another node gives it, for its id names the very
//! bytes; what the other records say is derived elsewhere, so a damaged one becomes a filler.

use fangwei_protocol::{
    record::entry::{Claim, Entry, Hash},
    records::LogIndex,
};

use super::{
    Journal, Position, RECORD_HEAD_BYTES, RawRecord, RecordKind, Unreadable, layout, read_entry, read_record,
    redacted_record,
    segment::{RECORD_TYPE_AT, push_record},
    unflip::unflipped,
};
use crate::{limits::RECEIPT_BYTES_MAX, store::failure::StoreFailure};

/// What a look at a stretch found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::store) enum Look {
    /// All as it was written.
    Sound,
    /// The entry cannot be read, or is not the one that belongs there.
    Entry,
    /// Only what comes behind it cannot.
    Behind,
}

impl Journal {
    /// Where a stretch ends that begins at a place: at the next entry, or with its segment.
    fn stretch_end(&self, at: Position, next: Option<Position>) -> u32 {
        let end = self.segment_end(at.segment);
        match next {
            Some(next) if next.segment == at.segment => next.offset.min(end),
            _ => end,
        }
    }

    /// Where a segment ends, as far as it is durable.
    fn segment_end(&self, number: u32) -> u32 {
        if number == self.durable.segment {
            return self.durable.offset;
        }
        let place = (number as usize).saturating_sub(1);
        self.complete.get(place).copied().unwrap_or(self.durable.offset)
    }

    /// The bytes of a stretch; fewer where the file has become shorter.
    fn stretch(&self, at: Position, next: Option<Position>) -> Result<Vec<u8>, StoreFailure> {
        let path = layout::segment_file(&self.dir, at.segment);
        let len = self.stretch_end(at, next).saturating_sub(at.offset) as usize;
        let mut bytes = Vec::new();
        self.read_bytes(at, len, &mut bytes).map_err(|cause| StoreFailure::disk(&path, cause))?;
        bytes.resize(len, 0);
        Ok(bytes)
    }

    /// Reads a stretch and checks all of it. `is_right` says whether an entry is the one that belongs there.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`].
    pub(in crate::store) fn look(
        &self,
        at: Position,
        next: Option<Position>,
        is_right: impl FnOnce(&Entry) -> bool,
    ) -> Result<(Look, usize), StoreFailure> {
        let bytes = self.stretch(at, next)?;
        let Ok((entry, body)) = read_entry(&bytes) else { return Ok((Look::Entry, bytes.len())) };
        let opened = Claim::parse(entry).map(|claim| claim.reopen(&self.genesis));
        let is_whole = opened.is_ok_and(|opened| {
            let body_is_right = body.is_none_or(|body| Hash::of(body) == opened.header().body);
            body_is_right && is_right(&opened)
        });
        if !is_whole {
            return Ok((Look::Entry, bytes.len()));
        }
        let skip = entry_end(&bytes);
        let behind = bytes.get(skip..).unwrap_or_default();
        let look = if is_sound(behind, at.behind(skip)) { Look::Sound } else { Look::Behind };
        Ok((look, bytes.len()))
    }

    /// Turns back a single flipped bit of an entry or its body, if that is all that is wrong with them. Returns whether the
    /// entry that belongs there reads now.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`], [`StoreFailure::Stopped`].
    pub(in crate::store) fn unflip(
        &mut self,
        at: Position,
        next: Option<Position>,
        is_right: impl FnOnce(&Entry) -> bool,
    ) -> Result<bool, StoreFailure> {
        self.sync()?;
        let old = self.stretch(at, next)?;
        let mut new = old.clone();
        let mut from = 0;
        for _ in 0..2 {
            let rest = new.get(from..).unwrap_or_default();
            let record = match read_record(rest) {
                Ok(record) => rest.get(..RECORD_HEAD_BYTES + record.payload.len()).map(<[u8]>::to_vec),
                Err(_) => unflipped(rest),
            };
            let Some(record) = record else { return Ok(false) };
            if let Some(place) = new.get_mut(from..from + record.len()) {
                place.copy_from_slice(&record);
            }
            if read_entry(&new).is_ok() {
                break;
            }
            from += record.len();
        }
        let Ok((entry, body)) = read_entry(&new) else { return Ok(false) };
        let Ok(claim) = Claim::parse(entry) else { return Ok(false) };
        let opened = claim.reopen(&self.genesis);
        if body.is_some_and(|body| Hash::of(body) != opened.header().body) || !is_right(&opened) {
            return Ok(false);
        }
        self.write_again(at, &old, &new)?;
        Ok(true)
    }

    /// Writes an entry again at its place, with its body or, where that was taken away, with zeros as long; and what is
    /// damaged behind it as fillers. Done again it changes nothing; interrupted it is done again. Returns whether
    /// there were records behind it that are lost now.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`], [`StoreFailure::Stopped`]; [`StoreFailure::Damaged`] if it cannot be what stood there.
    pub(in crate::store) fn mend(
        &mut self,
        at: Position,
        next: Option<Position>,
        (entry, body): (&[u8], Option<&[u8]>),
        is_own: bool,
    ) -> Result<bool, StoreFailure> {
        self.sync()?;
        let old = self.stretch(at, next)?;
        let own = [RecordKind::Entry, RecordKind::OwnEntry].map(|kind| {
            let mut record = Vec::new();
            push_record(&mut record, kind, entry).map(|()| record)
        });
        let [received, own] = own;
        let (received, own) = (received?, own?);
        let skip = match body {
            Some(body) => RECORD_HEAD_BYTES + body.len(),
            None => entry_place(at, &old, &received, &own),
        };
        let Some(behind) = old.get(skip + received.len()..) else {
            let path = layout::segment_file(&self.dir, at.segment);
            let damage = super::Damage::OtherBody;
            return Err(Unreadable::Damaged(damage).at(&path, at.offset.into()));
        };
        let mut new = match body {
            Some(body) => {
                let mut record = Vec::new();
                push_record(&mut record, RecordKind::Body, body)?;
                record
            }
            None if skip == 0 => Vec::new(),
            None => redacted_record(skip - RECORD_HEAD_BYTES)?,
        };
        let stood = old.get(skip..skip + received.len()).unwrap_or_default();
        new.extend_from_slice(if was_own(stood, &received, &own).unwrap_or(is_own) { &own } else { &received });
        let filled = filled(behind, at.behind(skip + received.len()))?;
        let has_lost = filled != behind;
        new.extend_from_slice(&filled);
        self.write_again(at, &old, &new)?;
        Ok(has_lost)
    }

    /// Writes fillers over what is damaged behind an entry that is sound, or behind the header of a segment.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`], [`StoreFailure::Stopped`].
    pub(in crate::store) fn fill(&mut self, at: Position, next: Option<Position>) -> Result<(), StoreFailure> {
        self.sync()?;
        let old = self.stretch(at, next)?;
        let skip = if read_entry(&old).is_ok() { entry_end(&old) } else { 0 };
        let (sound, behind) = old.split_at(skip.min(old.len()));
        let new = [sound, &filled(behind, at.behind(skip))?].concat();
        self.write_again(at, &old, &new)
    }

    /// Whether the header of a segment, and what stands before its first entry, read as they should.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`].
    pub(in crate::store) fn is_begun_well(&self, at: Position, first: LogIndex) -> Result<bool, StoreFailure> {
        let begin = Position { offset: 0, ..at };
        let bytes = self.stretch(begin, Some(at))?;
        let header = self.header_of(at.segment, first).encode();
        let behind = bytes.strip_prefix(header.as_slice());
        Ok(behind.is_some_and(|behind| is_sound(behind, begin.behind(header.len()))))
    }

    /// Writes the header of a segment again, and fillers over what is damaged before its first entry.
    ///
    /// # Errors
    ///
    /// [`StoreFailure::Disk`], [`StoreFailure::Stopped`].
    pub(in crate::store) fn begin_again(&mut self, at: Position, first: LogIndex) -> Result<(), StoreFailure> {
        self.sync()?;
        let begin = Position { offset: 0, ..at };
        let old = self.stretch(begin, Some(at))?;
        let header = self.header_of(at.segment, first).encode();
        let behind = old.get(header.len()..).unwrap_or_default();
        let new = [header.as_slice(), &filled(behind, begin.behind(header.len()))?].concat();
        self.write_again(begin, &old, &new)
    }

    fn header_of(&self, number: u32, first: LogIndex) -> super::SegmentHeader {
        let before_bytes =
            number.checked_sub(1).filter(|before| *before > 0).map_or(0, |before| self.segment_end(before));
        super::SegmentHeader { number, first, before_bytes, genesis: self.genesis }
    }

    fn write_again(&self, at: Position, old: &[u8], new: &[u8]) -> Result<(), StoreFailure> {
        if old == new {
            return Ok(());
        }
        let path = layout::segment_file(&self.dir, at.segment);
        let disk = |cause| StoreFailure::disk(&path, cause);
        let file = self.file(at.segment).map_err(disk)?;
        std::os::unix::fs::FileExt::write_all_at(&*file, new, at.offset.into()).map_err(disk)?;
        file.sync_data().map_err(disk)
    }
}

/// Where the entry at the beginning of sound bytes ends.
fn entry_end(bytes: &[u8]) -> usize {
    let mut end = 0;
    while let Ok(record) = read_record(bytes.get(end..).unwrap_or_default()) {
        end += RECORD_HEAD_BYTES + record.payload.len();
        if matches!(record.kind, RecordKind::Entry | RecordKind::OwnEntry) {
            break;
        }
    }
    end
}

/// Whether these, from a place on, are whole records that are no entries.
fn is_sound(mut bytes: &[u8], mut at: Position) -> bool {
    while !bytes.is_empty() {
        match read_record(bytes) {
            Ok(record) if is_fact_or_mark(&record, at) => {
                let len = RECORD_HEAD_BYTES + record.payload.len();
                (bytes, at) = (bytes.get(len..).unwrap_or_default(), at.behind(len));
            }
            _ => return false,
        }
    }
    true
}

fn is_fact_or_mark(record: &RawRecord<'_>, at: Position) -> bool {
    use RecordKind::{Body, Entry, OwnEntry, Redacted};
    !matches!(record.kind, Entry | OwnEntry | Body | Redacted) && !record.is_misplaced(at.segment, at.offset.into())
}

/// These bytes, from a place on, with fillers where they are no sound records.
fn filled(bytes: &[u8], place: Position) -> Result<Vec<u8>, StoreFailure> {
    let mut new = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if let Ok(record) = read_record(rest)
            && is_fact_or_mark(&record, place.behind(at))
        {
            let len = RECORD_HEAD_BYTES + record.payload.len();
            new.extend_from_slice(rest.get(..len).unwrap_or_default());
            at += len;
            continue;
        }
        // Sound again from where all that follows is.
        let resumes = (RECORD_HEAD_BYTES..rest.len())
            .find(|skip| is_sound(rest.get(*skip..).unwrap_or_default(), place.behind(at + skip)));
        let len = resumes.unwrap_or(rest.len());
        let mut left = len;
        while left > 0 {
            // None may be too short to be a record itself.
            let most = RECORD_HEAD_BYTES + RECEIPT_BYTES_MAX;
            let some = if left > most { most.min(left - RECORD_HEAD_BYTES) } else { left };
            if some < RECORD_HEAD_BYTES {
                // Less than a record's head can only be left of a file that was cut: it stays what it is.
                new.extend_from_slice(rest.get(len - left..len).unwrap_or_default());
                break;
            }
            push_record(&mut new, RecordKind::Filler, &vec![0; some - RECORD_HEAD_BYTES])?;
            left -= some;
        }
        at += len;
    }
    Ok(new)
}

/// Where in a damaged stretch an entry stood whose body is not known.
fn entry_place(at: Position, old: &[u8], received: &[u8], own: &[u8]) -> usize {
    let fits = |skip: &usize| *skip == 0 || *skip >= RECORD_HEAD_BYTES;
    let stands = |skip: &usize| {
        let rest = old.get(*skip..).unwrap_or_default();
        rest.starts_with(received) || rest.starts_with(own)
    };
    let ends_soundly = |skip: &usize| {
        let end = skip + received.len();
        old.get(end..).is_some_and(|behind| is_sound(behind, at.behind(end)))
    };
    let last = old.len().saturating_sub(received.len());
    let all = || (0..=last).filter(fits);
    let said = old.first_chunk::<4>().map(|len| u32::from_le_bytes(*len) as usize + RECORD_HEAD_BYTES);
    let is_body = old
        .get(RECORD_TYPE_AT)
        .is_some_and(|kind| [RecordKind::Body.code(), RecordKind::Redacted.code()].contains(kind));
    let said = said.filter(|skip| is_body && *skip <= last);
    all().find(stands).or(said.filter(ends_soundly)).or_else(|| all().find(ends_soundly)).unwrap_or(last)
}

/// Whether a damaged record was this node's own writing, as far as that can be told.
fn was_own(stood: &[u8], received: &[u8], own: &[u8]) -> Option<bool> {
    let sum = |record: &[u8]| record.get(4..RECORD_TYPE_AT).map(<[u8]>::to_vec);
    let kind = |record: &[u8]| record.get(RECORD_TYPE_AT).copied();
    if sum(stood) == sum(own) {
        return Some(true);
    }
    if sum(stood) == sum(received) {
        return Some(false);
    }
    [(kind(own), true), (kind(received), false)].into_iter().find(|(code, _)| *code == kind(stood)).map(|(_, own)| own)
}
