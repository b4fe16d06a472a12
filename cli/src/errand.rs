//! One errand: what every verb takes, whom it speaks to, what it may read, and the node it asks.

use std::path::{Path, PathBuf};

use fangwei_node::{
    api::shape::{ListQuery, Officer, Officers, OfficersQuery, Status, route},
    config::Config,
};
use zeroize::Zeroizing;

use crate::{
    args::{self, Globals, Listed, Verb},
    ask::{Asker, Place},
    complaint::{Complaint, Exit},
    input::Input,
    report::Voice,
    verb,
};

/// One errand.
pub struct Errand {
    /// What every verb takes.
    pub globals: Globals,
    /// Whom it speaks to.
    pub voice: Voice,
    /// What it may read.
    pub input: Input,
    /// The node it asks, to be closed in the end.
    asker: Option<Asker>,
}

impl Errand {
    /// Nothing asked yet.
    #[must_use]
    pub fn new(globals: Globals, voice: Voice, input: Input) -> Errand {
        Errand { globals, voice, input, asker: None }
    }

    /// Does the verb, says what went wrong, closes what was opened.
    pub async fn run(mut self, verb: Verb) -> Exit {
        let done = verb::run(&mut self, verb).await;
        if let Some(asker) = self.asker.take() {
            asker.close().await;
        }
        match done {
            Ok(exit) => exit,
            Err(complaint) => {
                self.voice.complain(&complaint);
                complaint.exit
            }
        }
    }

    /// What the node is told by its operator, and by the flags of this errand.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or says what it may not.
    pub fn config(&self) -> Result<Config, Complaint> {
        let (data_dir, installed) = args::installed();
        let data = self.globals.data.as_ref();
        let file = match (&self.globals.config, data) {
            (Some(path), _) => Some(path.as_path()),
            // Whoever names a folder means that one, whatever is installed.
            (None, Some(_)) => None,
            (None, None) => Some(installed.as_path()).filter(|installed| installed.exists()),
        };
        let mut config = match file {
            Some(path) => Config::load(path)?,
            None => Config::of(&data_dir),
        };
        if let Some(data) = data {
            config.data_dir = data.clone();
        }
        if let Some(socket) = &self.globals.socket {
            config.set_socket(socket.clone());
        }
        Ok(config)
    }

    /// Where the node is.
    ///
    /// # Errors
    ///
    /// As [`Errand::config`].
    pub fn place(&self) -> Result<Place, Complaint> {
        let config = self.config()?;
        Ok(Place { socket: config.socket(), dir: config.data_dir })
    }

    /// The node, for reading.
    ///
    /// # Errors
    ///
    /// See [`Asker::open`].
    pub async fn ask(&mut self) -> Result<Asker, Complaint> {
        if let Some(asker) = &self.asker {
            return Ok(asker.clone());
        }
        let place = self.place()?;
        let asker = Asker::open(&place, &mut self.voice).await?;
        self.asker = Some(asker.clone());
        Ok(asker)
    }

    /// The node for reading, as the officer that is named, if one is: some reports are not shown to everybody.
    ///
    /// # Errors
    ///
    /// As [`Errand::ask`] and [`Errand::ask_as_officer`].
    pub async fn ask_as_whom_it_names(&mut self) -> Result<Asker, Complaint> {
        if self.globals.officer.is_some() { self.ask_as_officer().await } else { self.ask().await }
    }

    /// The node, with an officer's key unlocked.
    ///
    /// # Errors
    ///
    /// It is not clear who signs, there is no passphrase, or the node says no.
    pub async fn ask_as_officer(&mut self) -> Result<Asker, Complaint> {
        // Read first: a missing file is no reason to open a store.
        let passphrase = match self.globals.passphrase_file.clone() {
            Some(path) => Some(self.input.passphrase(&path)?),
            None => None,
        };
        let mut asker = self.ask().await?;
        let officer = match self.globals.officer.clone() {
            Some(officer) => officer,
            None => only_signer(&asker).await?,
        };
        let passphrase = match passphrase {
            Some(passphrase) => passphrase,
            None => self.prompt(&officer)?,
        };
        asker.unlock(&officer, &passphrase).await?;
        self.asker = Some(asker.clone());
        Ok(asker)
    }

    /// The passphrase of a key of one's own: the signer's file, or asked for.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn own_passphrase(&mut self, whose: &str) -> Result<Zeroizing<String>, Complaint> {
        match self.globals.passphrase_file.clone() {
            Some(path) => self.input.passphrase(&path),
            None => self.prompt(whose),
        }
    }

    /// A passphrase for a new key: from a file, or asked for twice.
    ///
    /// # Errors
    ///
    /// There is none, or the two differ.
    pub fn new_passphrase(&mut self, file: Option<&Path>, whose: &str) -> Result<Zeroizing<String>, Complaint> {
        if let Some(path) = file {
            return self.input.passphrase(path);
        }
        let first = self.prompt(whose)?;
        if self.prompt(whose)? == first { Ok(first) } else { Err(Complaint::wrong("passphrases-differ")) }
    }

    /// Lets the person confirm what was just said, unless that was done with `--yes`.
    ///
    /// # Errors
    ///
    /// They did not, or there is nobody to ask.
    pub fn confirm(&mut self, is_confirmed: bool) -> Result<(), Complaint> {
        use std::io::{self, IsTerminal};
        if is_confirmed {
            return Ok(());
        }
        let refused = || Complaint::wrong("not-confirmed").hint("not-confirmed-hint");
        if !self.voice.is_live() || !io::stdin().is_terminal() {
            return Err(refused());
        }
        self.voice.note("prompt-confirm", &[]);
        let mut line = String::new();
        io::stdin().read_line(&mut line).map_err(|_| refused())?;
        let is_yes = ["y", "yes", "是"].contains(&line.trim().to_lowercase().as_str());
        if is_yes { Ok(()) } else { Err(refused()) }
    }

    /// Asks the person at the terminal.
    fn prompt(&mut self, officer: &str) -> Result<Zeroizing<String>, Complaint> {
        let missing = || Complaint::wrong("no-passphrase").hint("no-passphrase-hint");
        if !self.voice.is_live() {
            return Err(missing());
        }
        let prompt = self.voice.words().say("prompt-passphrase", &[("officer", officer.into())]);
        rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| missing())
    }

    /// A unit as a path, given as one or as a twelve-digit code.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub async fn unit(&mut self, given: &str) -> Result<String, Complaint> {
        use fangwei_protocol::work::unit::UnitPath;
        let wrong = || Complaint::wrong("bad-unit").with("unit", given).hint("bad-unit-hint");
        if given.len() != 12 || !given.bytes().all(|byte| byte.is_ascii_digit()) {
            return given.parse::<UnitPath>().map(|unit| unit.to_string()).map_err(|_| wrong());
        }
        let status: Status = self.ask().await?.get(route::STATUS, &()).await?;
        let root = status.unit.split('.').next().and_then(|root| root.parse::<UnitPath>().ok());
        let unit = root.and_then(|root| UnitPath::from_code(given, &root).ok());
        unit.map(|unit| unit.to_string()).ok_or_else(wrong)
    }

    /// The same where it may be left out.
    ///
    /// # Errors
    ///
    /// As [`Errand::unit`].
    pub async fn unit_or_none(&mut self, given: Option<String>) -> Result<Option<String>, Complaint> {
        match given {
            Some(given) => Ok(Some(self.unit(&given).await?)),
            None => Ok(None),
        }
    }

    /// What is asked of a list.
    ///
    /// # Errors
    ///
    /// As [`Errand::unit`].
    pub async fn list_query(&mut self, asked: Listed) -> Result<ListQuery, Complaint> {
        let Listed { under, search, level, category, stage, limit, after } = asked;
        let unit = self.unit_or_none(under).await?;
        Ok(ListQuery { unit, words: search, stage, level, category, after, offset: 0, limit })
    }
}

/// An id in a route: only digits may stand there.
///
/// # Errors
///
/// It is no id.
pub fn id(given: &str) -> Result<String, Complaint> {
    let given = given.to_ascii_lowercase();
    let is_id = !given.is_empty() && given.len() <= 64 && given.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { Ok(given) } else { Err(Complaint::wrong("bad-id").with("id", &given).hint("bad-id-hint")) }
}

/// A route with its id.
#[must_use]
pub fn route_of(route: &str, id: &str) -> String {
    route.replace("{id}", id)
}

/// Makes a file that must not be there yet, for its owner's eyes only.
///
/// # Errors
///
/// It is there, or cannot be written.
pub fn write_secret(path: &Path, text: &str) -> Result<(), Complaint> {
    write_new(path, text, 0o600)
}

/// Makes a file that must not be there yet, for everybody. Whole or not at all.
///
/// # Errors
///
/// It is there, or cannot be written.
pub fn write_public(path: &Path, text: &str) -> Result<(), Complaint> {
    write_new(path, text, 0o644)
}

fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), Complaint> {
    use std::{
        fs::{self, OpenOptions},
        io::{self, Write},
        os::unix::fs::OpenOptionsExt,
    };
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let written = opened.and_then(|mut file| {
        let written = file
            .write_all(text.trim_end().as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all());
        if written.is_err() {
            // Half a file is worse than none, and would bar the next attempt.
            let _ = fs::remove_file(path);
        }
        written
    });
    written.map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Complaint::wrong("file-exists").at(path).hint("file-exists-hint"),
        _ => Complaint::failed("disk").at(path).with("cause", cause),
    })
}

/// Whether a file that is to be made is there already, asked before anything is done.
///
/// # Errors
///
/// It is.
pub fn must_be_free(path: Option<&PathBuf>) -> Result<(), Complaint> {
    match path {
        Some(path) if path.exists() => Err(Complaint::wrong("file-exists").at(path).hint("file-exists-hint")),
        _ => Ok(()),
    }
}

/// The officer whose key is the only one on the node.
async fn only_signer(asker: &Asker) -> Result<String, Complaint> {
    let listed: Officers = asker.get(route::OFFICERS, &OfficersQuery::default()).await?;
    let here: Vec<Officer> =
        listed.officers.into_iter().filter(|officer| officer.key_here && officer.dead.is_none()).collect();
    match here.as_slice() {
        [only] => Ok(only.certificate.clone()),
        [] => Err(Complaint::refused("no-signer").hint("no-signer-hint")),
        several => {
            let names: Vec<String> = several.iter().map(|one| format!("{} ({})", one.name, one.short)).collect();
            Err(Complaint::wrong("who-signs").hint_with("who-signs-hint", "names", names.join("、")))
        }
    }
}
