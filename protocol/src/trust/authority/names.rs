//! What deeds and standings are called in the API, in files and in text keys.

use super::{Deed, Standing};
use crate::work::schema::Schema;

impl Deed {
    /// Its name; of an edit that of its kind stands apart, see [`Deed::kind_name`].
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Deed::Edit(_) => "edit",
            Deed::Endorse => "endorse",
            Deed::NameHolder => "name_holder",
            Deed::NameUnits => "name_units",
            Deed::Propose => "propose",
            Deed::Approve => "approve",
            Deed::Issue => "issue",
            Deed::Answer => "answer",
            Deed::Lift => "lift",
        }
    }

    /// The name of the kind that is edited.
    #[must_use]
    pub fn kind_name(self) -> Option<&'static str> {
        match self {
            Deed::Edit(kind) => Schema::of(kind).map(|schema| schema.name),
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
