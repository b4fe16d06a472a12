//! What deeds and standings are called in the API, in files and in text keys.

use super::{Deed, Standing};
use crate::work::schema::Schema;

impl Deed {
    /// Its name; that of the kind it is done to stands apart, see [`Deed::kind_name`].
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Deed::Edit(_) => "edit",
            Deed::Endorse(_) => "endorse",
            Deed::Revoke => "revoke",
            Deed::Stand => "stand",
            Deed::Redact => "redact",
            Deed::ReplaceRoot => "replace_root",
            Deed::Witnesses => "witnesses",
            Deed::NameHolder => "name_holder",
            Deed::NameUnits => "name_units",
            Deed::Propose => "propose",
            Deed::Approve => "approve",
            Deed::Issue => "issue",
            Deed::Answer => "answer",
            Deed::Lift => "lift",
        }
    }

    /// The name of the kind of document that is edited, or that has what is endorsed.
    #[must_use]
    pub fn kind_name(self) -> Option<&'static str> {
        match self {
            Deed::Edit(kind) | Deed::Endorse(kind) => Schema::of(kind).map(|schema| schema.name),
            _ => None,
        }
    }
}

impl Standing {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Standing::Home => "home",
            Standing::HomeOrAbove => "home_or_above",
        }
    }
}
