//! Managed posts as they are listed and changed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::UnitNamed;

/// The registers of managed posts kept here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Posts {
    /// By the unit that manages.
    pub registers: Vec<PostRegister>,
}

/// The posts a unit manages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PostRegister {
    /// The unit that manages.
    pub by: UnitNamed,
    /// Which posts.
    pub posts: Vec<PostLine>,
}

/// A managed post.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PostLine {
    /// Where it stands.
    pub at: UnitNamed,
    /// What it is called.
    pub post: String,
    /// Who holds it, if an officer: the holder's id.
    pub holder: Option<String>,
    /// What they are called.
    pub name: Option<String>,
}

/// A post to be listed or taken off, by a secretary of the unit that manages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "deed", rename_all = "snake_case", deny_unknown_fields)]
pub enum PostForm {
    /// 列入: the unit manages it.
    Manage {
        /// Where it stands.
        unit: String,
        /// What it is called.
        post: String,
        /// Who holds it, by an officer's id.
        #[serde(default)]
        officer: Option<String>,
    },
    /// 移出: it does so no more.
    Release {
        /// Where it stands.
        unit: String,
        /// What it is called.
        post: String,
        /// Who holds it; none: whoever is listed, if one is.
        #[serde(default)]
        officer: Option<String>,
    },
}
