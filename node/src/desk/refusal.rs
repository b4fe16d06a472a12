//! Every way in which the answer is not what was asked for: one stable code each, with the values it is about.
//!
//! Programs go by the code; people read the words that [`crate::words`] has for it in their language. The status is
//! that of the local HTTP and tells the three families apart: asked wrongly, the rules say no, this machine failed.

mod codes;
mod core;
mod reports;

use std::{collections::BTreeMap, fmt};

use thiserror::Error;

use crate::{
    ceremony::CeremonyFault,
    keyring::KeyFailure,
    run::{Stopped, WriteFailure},
    session::{NoSession, UnlockRefusal},
};

pub use codes::Code;

/// Values by name.
pub type Values = BTreeMap<&'static str, String>;

/// Why a deed was not done.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{code}")]
pub struct DeskError {
    /// What programs go by.
    pub code: Code,
    /// What it is about.
    pub values: Values,
    /// What is wrong with single rows.
    pub rows: Vec<RowError>,
}

/// What is wrong with one row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowError {
    /// The line it stands on.
    pub line: u64,
    /// What programs go by.
    pub code: Code,
    /// What it is about.
    pub values: Values,
}

impl DeskError {
    /// Without values.
    #[must_use]
    pub fn new(code: Code) -> DeskError {
        DeskError { code, values: Values::new(), rows: Vec::new() }
    }

    /// With one more value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> DeskError {
        self.values.insert(name, value.to_string());
        self
    }
}

impl From<Code> for DeskError {
    fn from(code: Code) -> DeskError {
        DeskError::new(code)
    }
}

impl From<Stopped> for DeskError {
    fn from(stopped: Stopped) -> DeskError {
        DeskError::new(Code::NodeStopped).with("reason", stopped.0)
    }
}

impl From<fangwei_protocol::records::RecordsFailure> for DeskError {
    fn from(failure: fangwei_protocol::records::RecordsFailure) -> DeskError {
        DeskError::new(Code::StoreFailed).with("reason", failure)
    }
}

impl From<NoSession> for DeskError {
    fn from(_: NoSession) -> DeskError {
        DeskError::new(Code::NoSession)
    }
}

impl From<WriteFailure> for DeskError {
    fn from(failure: WriteFailure) -> DeskError {
        match failure {
            WriteFailure::Refused(refusal) => refusal.into(),
            WriteFailure::Unsigned(fault) => DeskError::new(Code::NotSigned).with("reason", fault),
            WriteFailure::DiskFull { path } => DeskError::new(Code::DiskFull).with("path", path.display()),
            WriteFailure::Stopped(reason) => DeskError::new(Code::NodeStopped).with("reason", reason),
            WriteFailure::InDoubt(reason) => DeskError::new(Code::InDoubt).with("reason", reason),
        }
    }
}

impl From<CeremonyFault> for DeskError {
    fn from(fault: CeremonyFault) -> DeskError {
        match fault {
            CeremonyFault::Damaged { reason } => DeskError::new(Code::FileDamaged).with("reason", reason),
            CeremonyFault::Newer { .. } => Code::FileNewer.into(),
            CeremonyFault::Key(fault) => DeskError::new(Code::KeyNotAdmitted).with("reason", fault),
            CeremonyFault::NotPossessed => Code::NotPossessed.into(),
            CeremonyFault::Genesis(fault) => DeskError::new(Code::GrantNotProved).with("reason", fault),
            CeremonyFault::NotProved { reason } | CeremonyFault::Another { reason } => {
                DeskError::new(Code::GrantNotProved).with("reason", reason)
            }
        }
    }
}

impl From<KeyFailure> for DeskError {
    fn from(failure: KeyFailure) -> DeskError {
        match failure {
            KeyFailure::WrongPassphrase => Code::WrongPassphrase.into(),
            KeyFailure::WeakPassphrase => {
                DeskError::new(Code::WeakPassphrase).with("min", crate::limits::PASSPHRASE_CHARS_MIN)
            }
            KeyFailure::Damaged { reason } => DeskError::new(Code::KeyDamaged).with("reason", reason),
            KeyFailure::Cost { .. } => Code::KeyCost.into(),
            KeyFailure::Newer { .. } => Code::KeyNewer.into(),
            KeyFailure::OtherTree { .. } => Code::KeyOtherTree.into(),
            KeyFailure::NoSuchKey { certificate } => DeskError::new(Code::NoSuchKey).with("certificate", certificate),
            KeyFailure::Disk { path, cause } => {
                DeskError::new(Code::DiskFailed).with("path", path.display()).with("reason", cause)
            }
        }
    }
}

impl From<UnlockRefusal> for DeskError {
    fn from(refusal: UnlockRefusal) -> DeskError {
        match refusal {
            UnlockRefusal::TooManyAttempts { wait } => {
                DeskError::new(Code::TooManyAttempts).with("minutes", wait.as_secs().div_ceil(60))
            }
            UnlockRefusal::Busy => Code::Busy.into(),
            UnlockRefusal::Key(failure) => failure.into(),
            UnlockRefusal::SecondFactor(failure) => failure.into(),
        }
    }
}
