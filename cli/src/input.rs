//! What is given by file or standard input: texts, tables, secrets. `-` is standard input, which serves once.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{args::Prose, complaint::Complaint};

/// Bytes read from one file at most: far more than the largest text a body may hold, and than the units of a province.
const INPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Where `-` reads from.
pub struct Input {
    stdin: Option<Box<dyn Read + Send>>,
}

impl Input {
    /// The process's own standard input.
    #[must_use]
    pub fn standard() -> Input {
        Input::from(Box::new(io::stdin()))
    }

    /// Another.
    #[must_use]
    pub fn from(stdin: Box<dyn Read + Send>) -> Input {
        Input { stdin: Some(stdin) }
    }

    /// The whole of a file.
    ///
    /// # Errors
    ///
    /// It cannot be read, is too long, or is standard input and was read before.
    pub fn bytes(&mut self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Complaint> {
        let mut bytes = Zeroizing::new(Vec::new());
        let mut source: Box<dyn Read> = if path.as_os_str() == "-" {
            let taken = self.stdin.take();
            taken.ok_or_else(|| Complaint::wrong("stdin-twice").hint("stdin-twice-hint"))?
        } else {
            Box::new(fs::File::open(path).map_err(|cause| Complaint::unreadable(path, &cause))?)
        };
        let read = source.by_ref().take(INPUT_BYTES_MAX + 1).read_to_end(&mut bytes);
        read.map_err(|cause| Complaint::unreadable(path, &cause))?;
        if bytes.len() as u64 > INPUT_BYTES_MAX {
            return Err(Complaint::wrong("input-long").at(path).with("mib", INPUT_BYTES_MAX / 1024 / 1024));
        }
        Ok(bytes)
    }

    /// A text in UTF-8; a byte order mark before it is passed over.
    ///
    /// # Errors
    ///
    /// As [`Input::bytes`], and where it is not UTF-8.
    pub fn text(&mut self, path: &Path) -> Result<Zeroizing<String>, Complaint> {
        let bytes = self.bytes(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|fault| {
            let line = 1 + bytes.iter().take(fault.valid_up_to()).filter(|byte| **byte == b'\n').count();
            Complaint::wrong("not-utf8").at(path).with("line", line).hint("not-utf8-hint")
        })?;
        Ok(Zeroizing::new(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()))
    }

    /// A long text, from the line or a file; without either, nothing.
    ///
    /// # Errors
    ///
    /// As [`Input::text`].
    pub fn prose(&mut self, given: Prose) -> Result<Option<String>, Complaint> {
        let text = match (given.text, given.file) {
            (Some(text), _) => text,
            (None, Some(path)) => self.text(&path)?.to_string(),
            (None, None) => return Ok(None),
        };
        Ok(Some(text.trim_end().to_owned()))
    }

    /// A passphrase: the file's text without its line end.
    ///
    /// # Errors
    ///
    /// As [`Input::text`], and where there is none.
    pub fn passphrase(&mut self, path: &Path) -> Result<Zeroizing<String>, Complaint> {
        let text = self.text(path)?;
        let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        if line.is_empty() {
            return Err(Complaint::wrong("passphrase-empty").at(path));
        }
        Ok(Zeroizing::new(line.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::complaint::Exit;

    fn input(bytes: &'static [u8]) -> Input {
        Input::from(Box::new(bytes))
    }

    #[test]
    fn standard_input_serves_once() {
        let mut given = input("\u{feff}a\r\n".as_bytes());
        assert_eq!(given.passphrase(Path::new("-")).unwrap().as_str(), "a");
        assert_eq!(given.bytes(Path::new("-")).unwrap_err().code, "stdin-twice");
    }

    #[test]
    fn what_is_not_utf8_or_empty_or_absent_is_said_with_the_place() {
        let fault = input(b"a\n\xd6\xd0").text(Path::new("-")).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.exit), ("not-utf8", Exit::Wrong));
        assert_eq!(input(b"\n").passphrase(Path::new("-")).unwrap_err().code, "passphrase-empty");
        assert_eq!(input(b"").text(Path::new("/nowhere/at all")).unwrap_err().code, "file-absent");
    }
}
