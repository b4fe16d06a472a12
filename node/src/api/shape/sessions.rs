//! Unlocked keys: passphrases on their way, and sessions.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroize;

use super::Officer;

/// A passphrase on its way: never shown by `Debug`, wiped when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Passphrase(String);

/// Unlocks an officer's key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionForm {
    /// The certificate's id, a unique prefix of 6 digits or more, or the holder's name, among the keys on this node.
    pub officer: String,
    /// What the key is sealed under.
    pub passphrase: Passphrase,
}

/// An unlocked key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionOpened {
    /// For `Authorization: Bearer`. A secret.
    pub token: String,
    /// Whose.
    pub officer: Officer,
    /// It ends after this many seconds without use …
    pub idle_s: u64,
    /// … and then at the latest.
    pub ends: String,
}

/// A session of this node, as those who may end it see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionShown {
    /// Names it; no secret.
    pub name: String,
    /// Whose it is.
    pub officer: String,
    /// Their certificate.
    pub certificate: String,
    /// Whether it is one of whoever asks.
    pub own: bool,
    /// When it began.
    pub began: String,
    /// When it was last used.
    pub used: String,
}

impl Passphrase {
    /// Takes a passphrase over.
    #[must_use]
    pub fn new(text: String) -> Passphrase {
        Passphrase(text)
    }

    /// The passphrase.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Passphrase {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl fmt::Debug for SessionOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionOpened(for {})", self.officer.short)
    }
}
