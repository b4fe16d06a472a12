//! The files of the repository as the checks see them, and what a check says when something is wrong.

use std::{
    collections::BTreeSet,
    fmt, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use crate::rust::Source;

/// One file: where it is, from the top of the repository with `/` between, and what it holds.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// Something that is not as it should be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    /// Counted from 1.
    line: usize,
    /// What is wrong and what to do.
    what: String,
}

/// What runs over the files: made so that it can run over made-up ones too.
pub(crate) type Check = fn(&[File]) -> Vec<Finding>;

/// Every file of this repository but what git and cargo keep for themselves.
static REPOSITORY: LazyLock<Vec<File>> = LazyLock::new(|| {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let listing = fs::read_dir(top.join(&folder)).expect("a folder of the repository can be listed");
        for found in listing.map(|found| found.expect("a folder of the repository can be listed")) {
            let path = folder.join(found.file_name());
            let kind = found.file_type().expect("a file of the repository has a type");
            if kind.is_dir() && found.file_name() != "target" && found.file_name() != ".git" {
                folders.push(path);
            } else if kind.is_file() && path != Path::new(".git") {
                let bytes = fs::read(top.join(&path)).expect("a file of the repository can be read");
                files.push(File { path: path.to_str().expect("paths here are UTF-8").replace('\\', "/"), bytes });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
});

/// Runs a check over the repository and fails with everything it finds.
#[track_caller]
pub(crate) fn holds(check: Check) {
    let found: BTreeSet<_> = check(&REPOSITORY).into_iter().collect();
    let lines: Vec<_> = found.iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

/// Runs a check over files made up for it and gives what it finds as `path:line`.
pub(crate) fn finds(check: Check, files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> = files.iter().map(|(path, text)| File::new(path, text)).collect();
    let found: BTreeSet<_> = check(&files).into_iter().collect();
    found.iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect()
}

impl File {
    pub(crate) fn new(path: &str, text: &str) -> File {
        File { path: path.into(), bytes: text.into() }
    }

    /// The text, or nothing if it is not one.
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// The lines, counted from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text().lines())
    }

    /// The last segment of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether the name ends in a dot and `ext`.
    pub(crate) fn is(&self, ext: &str) -> bool {
        self.name().strip_suffix(ext).is_some_and(|stem| stem.ends_with('.'))
    }

    /// Whether it is the file `place`, or in the folder `place` that belongs to it (`node/src/api` is the place of
    /// `node/src/api.rs` and all of `node/src/api/`).
    pub(crate) fn is_at(&self, place: &str) -> bool {
        self.path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
    }

    /// The Rust in it; a file that is none gives one without names.
    pub(crate) fn rust(&self) -> Source {
        Source::read(self.text()).unwrap_or_default()
    }

    pub(crate) fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into() }
    }
}

impl Finding {
    /// Something about a file that is not there.
    pub(crate) fn missing(path: &str, what: impl Into<String>) -> Finding {
        Finding { path: path.into(), line: 1, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// The file at a path.
pub(crate) fn file<'f>(files: &'f [File], path: &str) -> Option<&'f File> {
    files.iter().find(|file| file.path == path)
}

/// The Rust files.
pub(crate) fn rust_files(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.is("rs"))
}

/// The Rust files of protocol, node and cli: what is built, without what doubts it.
pub(crate) fn product_files(files: &[File]) -> impl Iterator<Item = &File> {
    rust_files(files).filter(|file| ["protocol/", "node/", "cli/"].iter().any(|part| file.path.starts_with(part)))
}

#[test]
fn every_rust_file_can_be_read() {
    fn check(files: &[File]) -> Vec<Finding> {
        let unread = rust_files(files).filter_map(|file| Some((file, Source::read(file.text()).err()?)));
        unread
            .map(|(file, line)| file.finding(line, "is not Rust that tidy can read; let the compiler say why"))
            .collect()
    }
    holds(check);
    assert_eq!(finds(check, &[("node/src/a.rs", "fn a() {}\nfn b( {}")]), ["node/src/a.rs:2"]);
}
