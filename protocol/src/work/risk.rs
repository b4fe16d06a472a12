//! Risk points 廉政风险点: where in a post corruption could arise, with level and measures. Source: domain §4 and §5.

use crate::work::schema::{Field, items, number, prose, word};

/// The fields of a risk point. Risks belong to posts, not to people; `level` is ordinal, 1 the highest.
pub const FIELDS: &[Field] =
    &[word("post"), word("kind"), prose("description"), items("measures"), number("level"), word("responsible_post")];

/// Levels: one ordinal inside, a pack's words outside.
pub const LEVELS: std::ops::RangeInclusive<i64> = 1..=3;

/// Kinds of risk of domain §4: exercise of power, post duties, institutions and mechanisms, thought and morals,
/// external environment, professional competence.
pub const KINDS: &[&str] = &["power", "duty", "institution", "morals", "environment", "competence"];
