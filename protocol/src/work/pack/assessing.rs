//! What a pack says of scoring units, of thresholds and of conditions that are watched by themselves.
//!
//! Data for what is built on cases; bounded and checked here, decided by nothing yet. Source: domain §8, packs §2 and §4.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::work::{
    case::Level,
    pack::level::{BodyId, FormId, Named, Words},
};

/// How units are scored 考核评责.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The stages of the whole work it stands at the end of.
    #[n(0)]
    #[serde(default)]
    pub stages: Vec<Named>,
    /// The groups of items; their points sum to 100.
    #[n(1)]
    #[serde(default)]
    pub groups: Vec<ItemGroup>,
    /// The grades, the best first.
    #[n(2)]
    #[serde(default)]
    pub grades: Vec<Grade>,
    /// Self-check, office check, half-year summary, yearly evaluation.
    #[n(3)]
    #[serde(default)]
    pub rounds: Vec<Named>,
    /// Who gets the result.
    #[n(4)]
    pub reported_to: BodyId,
    /// Into what the result enters.
    #[n(5)]
    #[serde(default)]
    pub enters: Vec<Named>,
    /// Classes of integrity talks.
    #[n(6)]
    #[serde(default)]
    pub talks: Vec<Talk>,
    /// What one answers for.
    #[n(7)]
    #[serde(default)]
    pub accountability: Vec<Accountable>,
}

/// A group of items.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemGroup {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What people read.
    #[n(1)]
    pub words: Words,
    /// What it is worth.
    #[n(2)]
    pub points: u8,
    /// What it is made of; their points sum to its own.
    #[n(3)]
    #[serde(default)]
    pub items: Vec<Item>,
}

/// An item that is scored.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What is asked.
    #[n(1)]
    pub words: Words,
    /// What it is worth.
    #[n(2)]
    pub points: u8,
    /// What the system knows of it.
    #[n(3)]
    pub fact: Option<Fact>,
}

/// What the system can show beside an item.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Fact {
    /// Reports filed.
    #[n(0)]
    Reports,
    /// Risk points found.
    #[n(1)]
    RisksFound,
    /// Deadlines kept and missed.
    #[n(2)]
    Deadlines,
    /// Warnings received.
    #[n(3)]
    Warnings,
    /// Measures carried out.
    #[n(4)]
    Measures,
    /// Studies recorded.
    #[n(5)]
    Studies,
}

/// A grade.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What people read.
    #[n(1)]
    pub words: Words,
    /// From so many points on.
    #[n(2)]
    pub from: u8,
    /// What follows.
    #[n(3)]
    pub effect: Words,
    /// The form of what follows, as an order to rectify.
    #[n(4)]
    pub form: Option<FormId>,
}

/// A class of integrity talks.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Talk {
    /// As `a`.
    #[n(0)]
    pub id: String,
    /// With whom.
    #[n(1)]
    pub words: Words,
    /// By whom.
    #[n(2)]
    pub held_by: Words,
}

/// What one answers for.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accountable {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// Who answers.
    #[n(1)]
    pub of: AccountableSort,
    /// The act.
    #[n(2)]
    pub words: Words,
    /// How one answers.
    #[n(3)]
    pub manner: Words,
}

/// Who answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum AccountableSort {
    /// Staff.
    #[n(0)]
    Staff,
    /// Heads.
    #[n(1)]
    Head,
}

/// A number the rules set.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What it bounds.
    #[n(1)]
    pub words: Words,
    /// How much.
    #[n(2)]
    pub value: u32,
    /// Of what.
    #[n(3)]
    pub of: Measure,
}

/// What a threshold counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Measure {
    /// Yuan.
    #[n(0)]
    Yuan,
    /// Times.
    #[n(1)]
    Times,
    /// Working days.
    #[n(2)]
    WorkingDays,
    /// Hundredths.
    #[n(3)]
    Percent,
    /// Points.
    #[n(4)]
    Points,
}

/// A condition that is watched by itself. A hit proposes; a person decides.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Automatic {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What is watched for.
    #[n(1)]
    pub words: Words,
    /// In what.
    #[n(2)]
    pub watches: Watched,
    /// From which threshold on.
    #[n(3)]
    pub threshold: Option<String>,
    /// Counted within so many months; none: each alone.
    #[n(4)]
    pub within_months: Option<u8>,
    /// At which level a case is proposed.
    #[n(5)]
    pub proposes: Level,
    /// Whether it is watched unless somebody turns it off.
    #[n(6)]
    #[serde(default)]
    pub on: bool,
}

/// In what a condition looks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Watched {
    /// Reports.
    #[n(0)]
    Reports,
    /// Ratings of risks.
    #[n(1)]
    Ratings,
    /// Deadlines.
    #[n(2)]
    Deadlines,
    /// Steps of a flow that took too long.
    #[n(3)]
    StepOverTime,
    /// Steps of a flow that were skipped.
    #[n(4)]
    StepSkipped,
    /// Large payments without a collective decision.
    #[n(5)]
    PaymentWithoutDecision,
    /// Purchases split to stay below a bound.
    #[n(6)]
    SplitPurchase,
    /// The same supplier again and again.
    #[n(7)]
    SameSupplier,
    /// The public's scores.
    #[n(8)]
    Appraisal,
}
