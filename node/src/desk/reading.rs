//! What an officer has read 已读: a mark beside something to read, for the officer's own order.
//!
//! Nobody signs it and it never leaves this node: that somebody has read something proves nothing to others, and whoever
//! works at two nodes reads it twice. A procedure that needs a proof has an act for it, as *receive*.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Code, Desk, DeskError, Officer, holder_text};
use crate::{
    api::shape::{ReadForm, ReadMarked},
    ledger::Ledger,
    limits::READ_MARKS_MAX,
    words::Language,
};

/// The marks of a node's officers, open.
#[derive(Debug)]
pub(super) struct ReadMarks {
    ledger: Ledger,
    marks: BTreeSet<Mark>,
}

/// That a person has read an entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
struct Mark {
    holder: String,
    entry: String,
}

impl Desk {
    /// Marks what an officer has read; where nothing is named, all there is to read now.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::TooLarge`], [`Code::NodeStopped`], [`Code::DiskFailed`].
    pub async fn mark_read(&self, officer: &Officer, form: &ReadForm) -> Result<ReadMarked, DeskError> {
        if form.entries.len() > READ_MARKS_MAX {
            return Err(DeskError::new(Code::TooLarge).with("bytes", form.entries.len()));
        }
        let readings = self.duties(officer, Language::default()).await?.readings;
        let to_read: BTreeSet<String> = readings.into_iter().map(|reading| reading.entry).collect();
        let mut entries = BTreeSet::new();
        for text in &form.entries {
            super::check_prefix(text)?;
            let mut found = to_read.iter().filter(|entry| entry.starts_with(text.as_str()));
            match (found.next(), found.next()) {
                (Some(entry), None) => drop(entries.insert(entry.clone())),
                // What is not theirs to read is not marked, and is as good as not there.
                (None, _) => return Err(DeskError::new(Code::BadId).with("value", super::shortened(text))),
                _ => return Err(DeskError::new(Code::AmbiguousId).with("value", super::shortened(text))),
            }
        }
        if form.entries.is_empty() {
            entries = to_read;
        }
        let holder = holder_text(&self.asker(officer).await?.holder);
        let mut read = self.marks().await?;
        let read = read.as_mut().ok_or(Code::Busy)?;
        let marks = entries.into_iter().map(|entry| Mark { holder: holder.clone(), entry });
        let new: Vec<Mark> = marks.filter(|mark| !read.marks.contains(mark)).collect();
        read.ledger.add(&new)?;
        let marked = new.len() as u64;
        read.marks.extend(new);
        Ok(ReadMarked { marked })
    }

    /// The entries an officer has read.
    pub(super) async fn read_by(&self, officer: &Officer) -> Result<BTreeSet<String>, DeskError> {
        let holder = holder_text(&self.asker(officer).await?.holder);
        let read = self.marks().await?;
        let marks = read.iter().flat_map(|read| &read.marks);
        Ok(marks.filter(|mark| mark.holder == holder).map(|mark| mark.entry.clone()).collect())
    }

    async fn marks(&self) -> Result<tokio::sync::MutexGuard<'_, Option<ReadMarks>>, DeskError> {
        let mut read = self.shared.read.lock().await;
        if read.is_none() {
            let (ledger, marks) = Ledger::open::<Mark>(&self.node().dir().join("read.jsonl"))?;
            *read = Some(ReadMarks { ledger, marks: marks.into_iter().collect() });
        }
        Ok(read)
    }
}
