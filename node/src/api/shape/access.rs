//! Access tokens as they are asked for and shown.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Makes an access token for whoever asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessForm {
    /// What it is called, so that it is known again.
    pub label: String,
    /// For how much it is: `read`, `report`, `work`, `administer`.
    pub scopes: Vec<String>,
    /// For how many days, 366 at most.
    pub days: u32,
}

/// An access token, shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessCreated {
    /// For `Authorization: Bearer`. A secret.
    pub token: String,
    /// What it is called.
    pub label: String,
    /// From when on it is over.
    pub ends: String,
}

/// An access token of this node, as those who may take it back see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccessShown {
    /// Names it; no secret.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// Whose it is.
    pub officer: String,
    /// Their certificate.
    pub certificate: String,
    /// Whether it is one of whoever asks.
    pub own: bool,
    /// For how much it is.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created: String,
    /// From when on it is over.
    pub ends: String,
    /// Whether it is over by now.
    pub over: bool,
    /// When it was last used since this node started; none if it was not.
    pub used: Option<String>,
}

/// Access tokens, the newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccessTokensShown {
    /// All that whoever asks may see.
    pub tokens: Vec<AccessShown>,
}

impl fmt::Debug for AccessCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessCreated({})", self.label)
    }
}
