//! A file to which lines are added, for what this node did and nobody signs: reminders it made, what its officers have read.
//!
//! These are neither entries nor made from entries. What the lists or the index hold can be thrown away and made again,
//! and whoever makes reminders again sends them twice; so they have a file of their own, which nothing rebuilds. A line is
//! on the disk before anybody is told; a last line that a power cut left without its end was never told, and is cut off.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

/// A file of lines of JSON, only ever added to.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines.
    end: u64,
}

/// A ledger failed: which file, and what the system said.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", .path.display())]
pub struct LedgerFailure {
    /// Which file.
    pub path: PathBuf,
    /// What it said.
    pub cause: io::Error,
}

impl Ledger {
    /// Opens the ledger at a path, making it where there is none, and returns its lines.
    ///
    /// # Errors
    ///
    /// [`LedgerFailure`] if the file cannot be read, or a whole line of it cannot be understood: nothing is guessed, since
    /// what is not known to be done would be done again.
    pub fn open<T: DeserializeOwned>(path: &Path) -> Result<(Ledger, Vec<T>), LedgerFailure> {
        let failed = |cause| LedgerFailure { path: path.into(), cause };
        let is_new = !path.exists();
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
        let mut file = opened.map_err(failed)?;
        if is_new && let Some(dir) = path.parent() {
            File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
        }
        let bytes = fs::read(path).map_err(failed)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let mut lines = Vec::new();
        for line in bytes.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n') {
            if !line.is_empty() {
                lines.push(serde_json::from_slice(line).map_err(|fault| failed(io::Error::other(fault)))?);
            }
        }
        let end = whole as u64;
        if bytes.len() > whole {
            file.set_len(end).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        file.seek(SeekFrom::Start(end)).map_err(failed)?;
        Ok((Ledger { path: path.into(), file, end }, lines))
    }

    /// Adds lines, all of them durably before this returns.
    ///
    /// # Errors
    ///
    /// [`LedgerFailure`]; then none of them stands there, as far as the disk lets that be said.
    pub fn add<T: Serialize>(&mut self, lines: &[T]) -> Result<(), LedgerFailure> {
        let mut bytes = Vec::new();
        let mut attempt = || -> io::Result<u64> {
            for line in lines {
                serde_json::to_writer(&mut bytes, line)?;
                bytes.push(b'\n');
            }
            self.file.write_all(&bytes)?;
            self.file.sync_data()?;
            Ok(bytes.len() as u64)
        };
        match attempt() {
            Ok(added) => {
                self.end += added;
                Ok(())
            }
            Err(cause) => {
                let _ = self.file.set_len(self.end).and_then(|()| self.file.seek(SeekFrom::Start(self.end)).map(drop));
                Err(LedgerFailure { path: self.path.clone(), cause })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn lines_are_there_again_and_a_torn_one_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        let open = || Ledger::open::<String>(&path).unwrap();
        let (mut ledger, lines) = open();
        assert!(lines.is_empty());
        ledger.add(&["一", "二"]).unwrap();
        ledger.add(&["三"]).unwrap();
        assert_eq!(open().1, ["一", "二", "三"]);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice("\"四".as_bytes());
        fs::write(&path, &bytes).unwrap();
        let (mut ledger, lines) = open();
        assert_eq!(lines, ["一", "二", "三"]);
        ledger.add(&["五"]).unwrap();
        assert_eq!(open().1, ["一", "二", "三", "五"]);
    }

    #[test]
    fn a_line_that_is_none_is_not_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        fs::write(&path, "\"一\"\nx\n\"二\"\n").unwrap();
        assert!(Ledger::open::<String>(&path).unwrap_err().to_string().contains("lines"));
    }
}
