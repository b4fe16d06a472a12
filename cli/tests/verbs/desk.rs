//! A desk to try verbs at: a folder of its own, and what a verb said on both outputs.

use std::{
    fs,
    io::{self, Cursor, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use fangwei_cli::{complaint::Exit, input::Input};
use serde_json::Value;
use tempfile::TempDir;

/// What a verb said and how it ended.
pub(crate) struct Answer {
    /// The exit code.
    pub(crate) exit: Exit,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// A folder with passphrases, where verbs are tried.
pub(crate) struct Desk {
    dir: TempDir,
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Answer {
    /// The data, where JSON was asked for.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|fault| panic!("{fault}: {}{}", self.out, self.err))
    }

    /// The answer was yes.
    #[track_caller]
    pub(crate) fn yes(self) -> Answer {
        assert_eq!(self.exit, Exit::Yes, "{}{}", self.out, self.err);
        self
    }

    /// It was not, in this way, and standard output stayed clean.
    #[track_caller]
    pub(crate) fn not(self, exit: Exit) -> Answer {
        assert_eq!(self.exit, exit, "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        self
    }

    /// The one word on standard output: an id.
    pub(crate) fn id(&self) -> String {
        self.out.trim().to_owned()
    }
}

impl Desk {
    /// With one passphrase for everybody.
    pub(crate) fn new() -> Desk {
        let desk = Desk { dir: TempDir::new().unwrap() };
        desk.file("pass", "horse battery staple\n");
        desk
    }

    /// With a county and a few units in `county`.
    pub(crate) fn founded() -> Desk {
        let desk = Desk::new();
        desk.ask("init --data county --root 999901 --name 示例县 --passphrase-file pass").yes();
        desk.file(
            "units.csv",
            "\u{feff}code,name,level\n999901000000,示例县,county\n999901105000,清水镇,town\n999901105201,柳河村,village\n",
        );
        desk.ask("unit import units.csv --data county --as 系统管理员 --passphrase-file pass").yes();
        desk
    }

    /// A path here.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Asks with an empty standard input. Names of files here, and `county`, are found here.
    pub(crate) fn ask(&self, line: &str) -> Answer {
        self.ask_with(line, "")
    }

    /// The same with something on standard input.
    pub(crate) fn ask_with(&self, line: &str, stdin: &str) -> Answer {
        let here = |word: &str| {
            let path = self.path(word);
            let names_file = path.exists()
                || ["county", "village"].contains(&word)
                || word.ends_with(".out")
                || word.contains(".fw");
            if names_file { path.into_os_string() } else { word.into() }
        };
        let line = ["fangwei".into()].into_iter().chain(line.split_whitespace().map(here));
        let (out, err) = (Sink::default(), Sink::default());
        let input = Input::from(Box::new(Cursor::new(stdin.to_owned().into_bytes())));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let asked = fangwei_cli::run(line, input, Box::new(out.clone()), Box::new(err.clone()));
        let exit = runtime.block_on(asked);
        let mut answer = Answer { exit, out: out.text(), err: err.text() };
        // What is said does not depend on where the folder is.
        let at = self.dir.path().to_str().unwrap();
        answer.err = answer.err.replace(at, "DIR");
        answer
    }

    /// The journal's bytes: what must not change when nothing is written.
    pub(crate) fn journal(&self) -> Vec<u8> {
        bytes_below(&self.path("county").join("journal"))
    }
}

fn bytes_below(dir: &Path) -> Vec<u8> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|item| item.unwrap().path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| fs::read(path).unwrap()).collect()
}
