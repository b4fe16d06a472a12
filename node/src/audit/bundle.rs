//! Checking a bundle with no node: the very audit of a store, over the items of one file.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use fangwei_protocol::{
    record::bundle::{self, BundleFault, MAGIC, Order, Said},
    records::{Fact, LogIndex, RecordsFailure},
    replica::Me,
    trust::genesis::{Genesis, GenesisHash},
};
use thiserror::Error;

use super::{Audit, Audited};
use crate::store::{Bare, Located, Position};

/// Why a bundle could not be checked at all; what is wrong with what it says is found, not failed at.
#[derive(Debug, Error)]
pub enum BundleFailure {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// It is no bundle, or of another tree.
    #[error(transparent)]
    Bundle(#[from] BundleFault),
    /// It changed while it was read.
    #[error(transparent)]
    Records(#[from] RecordsFailure),
}

/// Checks a bundle; blocks for as long as it takes. Returns also what it proves, for whoever reads on.
///
/// # Errors
///
/// [`BundleFailure`].
pub fn check(
    path: &Path,
    expected: Option<GenesisHash>,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<Audited, BundleFailure> {
    let (genesis, facts) = open(path, expected)?;
    // Where it is read is nobody's place: at the root, with the first founder's certificate.
    let unit = genesis.root.clone();
    let (certificate, _) = genesis.founders().next().ok_or(BundleFault::CutOff)?;
    let mut audit = Audit::new(&genesis, &Me { certificate, unit }, Bare::of_bundle(path))?;
    let failed = Arc::new(Mutex::new(None));
    let noted = failed.clone();
    let note = move |failure: BundleFailure| {
        let reason = failure.to_string();
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        reason
    };
    audit.reading.facts = Some(Box::new(facts.map(move |fact| fact.map_err(&note))));
    audit.run(&mut |done| on_progress(done, done.max(1)))?;
    // What is cut off is no bundle, however sound its beginning is.
    if let Some(failure) = failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(failure);
    }
    let receipts = audit.check_receipts()?;
    audit.judge_later()?;
    Ok(audit.found(receipts))
}

/// Opens a bundle: its genesis, and the facts it has.
///
/// # Errors
///
/// [`BundleFailure::Disk`] and [`BundleFailure::Bundle`].
pub fn open(path: &Path, expected: Option<GenesisHash>) -> Result<(Genesis, BundleFacts), BundleFailure> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut facts = BundleFacts {
        file: BufReader::new(file),
        offset: MAGIC.len() as u64,
        bytes,
        order: Order::new(expected),
        ended: false,
    };
    let mut magic = [0; MAGIC.len()];
    match facts.file.read_exact(&mut magic) {
        Ok(()) if magic == *MAGIC => {}
        Err(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => return Err(cause.into()),
        Ok(()) | Err(_) => return Err(BundleFault::NotABundle.into()),
    }
    match facts.item()? {
        Some((_, Said::Genesis(signed))) => Ok((signed.genesis, facts)),
        Some(_) | None => Err(BundleFault::CutOff.into()),
    }
}

/// The facts of a bundle, in order; stops for good at the first failure.
pub struct BundleFacts {
    file: BufReader<File>,
    /// Where the next item begins.
    offset: u64,
    /// Length of the file.
    bytes: u64,
    order: Order,
    ended: bool,
}

impl BundleFacts {
    /// The next item and where it begins; none at the end of the file.
    fn item(&mut self) -> Result<Option<(Position, Said)>, BundleFailure> {
        let cut_off = |cause: io::Error| match cause.kind() {
            io::ErrorKind::UnexpectedEof => BundleFault::CutOff.into(),
            _ => BundleFailure::Disk(cause),
        };
        if self.offset >= self.bytes {
            self.order.finish()?;
            return Ok(None);
        }
        let at = place(self.offset);
        let mut len = [0; 4];
        self.file.read_exact(&mut len).map_err(cut_off)?;
        let mut item = vec![0; bundle::item_bytes(len)?];
        self.file.read_exact(&mut item).map_err(cut_off)?;
        self.offset += (len.len() + item.len()) as u64;
        Ok(Some((at, self.order.next(&item)?)))
    }

    fn fact(&mut self) -> Result<Option<Located>, BundleFailure> {
        loop {
            let Some((at, said)) = self.item()? else { return Ok(None) };
            let (index, fact) = match said {
                Said::Entry(kept) => {
                    let body = kept.body.map(|body| body.as_slice().into());
                    let entry = kept.entry.as_slice().into();
                    (Some(kept.at), Fact::Entry { own: false, entry, body })
                }
                Said::Receipt(bytes) => (None::<LogIndex>, Fact::Receipt(bytes.into())),
                Said::Genesis(_) | Said::End => continue,
            };
            return Ok(Some(Located { at, end: place(self.offset), index, fact }));
        }
    }
}

impl Iterator for BundleFacts {
    type Item = Result<Located, BundleFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let fact = self.fact().transpose();
        self.ended = !matches!(fact, Some(Ok(_)));
        fact
    }
}

/// An offset as records have places.
fn place(offset: u64) -> Position {
    let [upper, lower] = [offset >> 32, offset & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or(u32::MAX));
    Position { segment: upper, offset: lower }
}
