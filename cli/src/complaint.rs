//! Why a verb did not do what was asked: what is said, the advice beside it, and the exit code.

use std::{io, path::Path};

use fangwei_node::{
    api::shape::Failed, config::ConfigFailure, founding::FoundingFailure, identity::IdentityFailure, net::NetFailure,
    node::StartFailure, run::OpenFailure, store::StoreFailure,
};
use fluent_bundle::FluentValue;

/// How the program ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Yes, done.
    Yes = 0,
    /// The answer is no: refused, or faults found.
    No = 1,
    /// Asked wrongly.
    Wrong = 2,
    /// We failed: disk, network.
    Failed = 3,
}

/// Words of our own by key, or words that came from the node in the reader's language.
#[derive(Clone, Debug)]
pub enum Said {
    /// A key and its values.
    Key(&'static str, Vec<(&'static str, FluentValue<'static>)>),
    /// Words.
    Text(String),
}

/// Why a verb did not do what was asked.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// The exit code.
    pub exit: Exit,
    /// What programs go by.
    pub code: String,
    /// What happened.
    pub what: Said,
    /// What is wrong with single rows.
    pub rows: Vec<(u64, Said)>,
    /// What can be done about it.
    pub hints: Vec<Said>,
}

impl Complaint {
    fn new(exit: Exit, key: &'static str) -> Complaint {
        Complaint { exit, code: key.into(), what: Said::Key(key, Vec::new()), rows: Vec::new(), hints: Vec::new() }
    }

    /// Asked wrongly.
    #[must_use]
    pub fn wrong(key: &'static str) -> Complaint {
        Complaint::new(Exit::Wrong, key)
    }

    /// The answer is no.
    #[must_use]
    pub fn refused(key: &'static str) -> Complaint {
        Complaint::new(Exit::No, key)
    }

    /// We failed.
    #[must_use]
    pub fn failed(key: &'static str) -> Complaint {
        Complaint::new(Exit::Failed, key)
    }

    /// With a value in its text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Complaint {
        if let Said::Key(_, values) = &mut self.what {
            values.push((name, value.to_string().into()));
        }
        self
    }

    /// With a path in its text.
    #[must_use]
    pub fn at(self, path: &Path) -> Complaint {
        self.with("path", path.display())
    }

    /// With advice.
    #[must_use]
    pub fn hint(mut self, key: &'static str) -> Complaint {
        self.hints.push(Said::Key(key, Vec::new()));
        self
    }

    /// With advice that has a value.
    #[must_use]
    pub fn hint_with(mut self, key: &'static str, name: &'static str, value: impl ToString) -> Complaint {
        self.hints.push(Said::Key(key, vec![(name, value.to_string().into())]));
        self
    }

    /// A file that was named cannot be read.
    #[must_use]
    pub fn unreadable(path: &Path, cause: &io::Error) -> Complaint {
        match cause.kind() {
            io::ErrorKind::NotFound => Complaint::wrong("file-absent").at(path),
            io::ErrorKind::PermissionDenied => Complaint::wrong("file-denied").at(path),
            _ => Complaint::wrong("unreadable").at(path).with("cause", cause),
        }
    }

    /// What a node answered instead of what was asked for.
    #[must_use]
    pub fn answered(status: u16, failed: Failed) -> Complaint {
        let exit = match status {
            400 | 405 | 413 | 415 => Exit::Wrong,
            401..=499 => Exit::No,
            _ => Exit::Failed,
        };
        Complaint {
            exit,
            code: failed.code,
            what: Said::Text(failed.message),
            rows: failed.rows.into_iter().map(|row| (row.line, Said::Text(row.message))).collect(),
            hints: failed.hint.into_iter().map(Said::Text).collect(),
        }
    }
}

impl From<IdentityFailure> for Complaint {
    fn from(failure: IdentityFailure) -> Complaint {
        match &failure {
            IdentityFailure::None { dir } => Complaint::wrong("no-node").at(dir).hint("no-node-hint"),
            IdentityFailure::Exists { dir } => Complaint::wrong("node-exists").at(dir).hint("node-exists-hint"),
            IdentityFailure::Exposed { path, mode } => Complaint::failed("key-exposed")
                .at(path)
                .with("mode", format!("{mode:o}"))
                .hint_with("key-exposed-hint", "path", path.display()),
            IdentityFailure::Disk { path, cause } => Complaint::failed("disk").at(path).with("cause", cause),
            IdentityFailure::Damaged { path, reason } => Complaint::failed("damaged").at(path).with("cause", reason),
            IdentityFailure::Genesis(fault) => Complaint::failed("bad-genesis").with("cause", fault),
            IdentityFailure::Inert { dir, have, need, missing } => {
                let missing: Vec<String> = missing.iter().map(|(number, key)| format!("{number} {key}")).collect();
                let complaint = Complaint::refused("node-inert").at(dir).with("have", have).with("need", need);
                complaint.hint_with("node-inert-hint", "missing", missing.join("、"))
            }
        }
    }
}

impl From<ConfigFailure> for Complaint {
    fn from(failure: ConfigFailure) -> Complaint {
        match &failure {
            ConfigFailure::Disk { path, cause } => Complaint::unreadable(path, cause),
            ConfigFailure::Wrong { path, line, key, reason } => Complaint::wrong("bad-config")
                .at(path)
                .with("line", line)
                .with("named", key)
                .with("cause", reason)
                .hint("bad-config-hint"),
            ConfigFailure::HalfAKey => Complaint::wrong("pages-half-a-key").hint("pages-key-hint"),
            ConfigFailure::Pages { path, fault } => {
                Complaint::wrong("bad-pages-key").at(path).with("cause", fault).hint("pages-key-hint")
            }
            ConfigFailure::Unresolved { address, cause } => {
                Complaint::failed("no-address").with("address", address).with("cause", cause).hint("no-address-hint")
            }
        }
    }
}

impl From<StoreFailure> for Complaint {
    fn from(failure: StoreFailure) -> Complaint {
        match &failure {
            StoreFailure::Locked { path } => Complaint::failed("store-locked").at(path).hint("store-locked-hint"),
            StoreFailure::DiskFull { path } => Complaint::failed("disk-full").at(path).hint("disk-full-hint"),
            StoreFailure::Disk { path, cause } => Complaint::failed("disk").at(path).with("cause", cause),
            _ => Complaint::failed("store-failed").with("cause", &failure),
        }
    }
}

impl From<OpenFailure> for Complaint {
    fn from(failure: OpenFailure) -> Complaint {
        match failure {
            OpenFailure::Store(failure) => failure.into(),
            OpenFailure::Identity(failure) => failure.into(),
            OpenFailure::Records(failure) => Complaint::failed("store-failed").with("cause", failure),
        }
    }
}

impl From<NetFailure> for Complaint {
    fn from(failure: NetFailure) -> Complaint {
        Complaint::failed("net-failed").with("cause", failure).hint("net-failed-hint")
    }
}

impl From<StartFailure> for Complaint {
    fn from(failure: StartFailure) -> Complaint {
        match failure {
            StartFailure::Identity(failure) => failure.into(),
            StartFailure::Open(failure) => failure.into(),
            StartFailure::Net(failure) => failure.into(),
        }
    }
}

impl From<FoundingFailure> for Complaint {
    fn from(failure: FoundingFailure) -> Complaint {
        match failure {
            FoundingFailure::Identity(failure) => failure.into(),
            FoundingFailure::Start(failure) => failure.into(),
            FoundingFailure::Open(failure) => failure.into(),
            FoundingFailure::Genesis(fault) => Complaint::refused("bad-genesis").with("cause", fault),
            FoundingFailure::NotInForce => Complaint::refused("parent-inert").hint("parent-inert-hint"),
            FoundingFailure::Token(_) => Complaint::wrong("bad-token").hint("bad-token-hint"),
            FoundingFailure::Expired { not_after_s, now_s } => Complaint::refused("token-expired")
                .with("ended", crate::report::time_of(not_after_s))
                .with("now", crate::report::time_of(now_s))
                .hint("token-expired-hint"),
            FoundingFailure::Parent { address, failure } => {
                Complaint::failed("no-parent").with("address", address).with("cause", failure).hint("no-parent-hint")
            }
            FoundingFailure::Late { limit, last } => Complaint::failed("parent-late")
                .with("seconds", limit.as_secs())
                .with("cause", last)
                .hint("no-parent-hint"),
            FoundingFailure::Write(failure) => Complaint::refused("not-written").with("cause", failure),
            FoundingFailure::Stopped(failure) => Complaint::failed("store-failed").with("cause", failure),
        }
    }
}
