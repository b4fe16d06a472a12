//! What a pack says of risks: how they are found, of what kinds they are, how they are rated, who watches them.
//!
//! Data for the risk library; bounded and checked here, decided by nothing yet. Source: domain §4, §5, packs §2 and §4.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    trust::charter::Role,
    work::pack::level::{BodyId, FormId, Named, Words},
};

/// How risks are found.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskFinding {
    /// When it is done again.
    #[n(0)]
    #[serde(default)]
    pub cycle: Vec<Cycle>,
    /// The steps, in order; none is skipped, and nobody does two.
    #[n(1)]
    #[serde(default)]
    pub steps: Vec<FindingStep>,
    /// The order of the rounds, as 两上两下两集中; none: each step once.
    #[n(2)]
    pub rounds: Option<Words>,
    /// Who else contributes: public comment, expert advice, case analysis.
    #[n(3)]
    #[serde(default)]
    pub others: Vec<Named>,
    /// The kinds of risk.
    #[n(4)]
    #[serde(default)]
    pub kinds: Vec<RiskKind>,
    /// To what a risk point belongs, each with its signer.
    #[n(5)]
    #[serde(default)]
    pub holders: Vec<RiskHolder>,
    /// Where a signed sheet is filed 备案; one of them.
    #[n(6)]
    #[serde(default)]
    pub filed_with: Vec<BodyId>,
    /// The form of the commitment 承诺书.
    #[n(7)]
    pub commitment: Option<FormId>,
    /// Where risk points are shown.
    #[n(8)]
    #[serde(default)]
    pub shown_at: Vec<Named>,
    /// What a sheet is checked for.
    #[n(9)]
    #[serde(default)]
    pub sheet_checks: Vec<Named>,
    /// The phases of a round with their dates; nothing where each round sets its own.
    #[n(10)]
    #[serde(default)]
    pub phases: Vec<Phase>,
}

/// When risks are found anew.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Cycle {
    /// Each year.
    #[n(0)]
    Year,
    /// With each project.
    #[n(1)]
    Project,
    /// Whenever a law, a power, a post's holder or a measure's effect changes.
    #[n(2)]
    Change,
}

/// A phase of a round.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Once in a round.
    #[n(0)]
    pub id: String,
    /// What is done.
    #[n(1)]
    pub words: Words,
    /// First day, `MM-DD`.
    #[n(2)]
    pub from: String,
    /// Last day, `MM-DD`.
    #[n(3)]
    pub to: String,
}

/// A step of finding.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingStep {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What it is called.
    #[n(1)]
    pub words: Words,
    /// The colour of what is written in it; none: without.
    #[n(2)]
    pub colour: Option<String>,
    /// Who does it.
    #[n(3)]
    pub finder: Finder,
    /// Whether it is collective: its date, those present and its outcome are recorded.
    #[n(4)]
    #[serde(default)]
    pub meeting: bool,
}

/// Who does a step of finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Finder {
    /// The holder of the post.
    #[n(0)]
    Own,
    /// A colleague.
    #[n(1)]
    Colleague,
    /// The leader.
    #[n(2)]
    Leader,
    /// A meeting of the unit.
    #[n(3)]
    Collective,
    /// The party organisation.
    #[n(4)]
    Organisation,
    /// The public.
    #[n(5)]
    Public,
    /// Experts.
    #[n(6)]
    Expert,
    /// Those the holder leads: staff check leaders.
    #[n(7)]
    Subordinate,
    /// Another section: cross-checking.
    #[n(8)]
    OtherSection,
}

/// A kind of risk.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskKind {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What people read.
    #[n(1)]
    pub words: Words,
    /// Its sub-kinds.
    #[n(2)]
    #[serde(default)]
    pub subkinds: Vec<Named>,
}

/// To what a risk point belongs.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskHolder {
    /// As `post`.
    #[n(0)]
    pub id: String,
    /// What people read.
    #[n(1)]
    pub words: Words,
    /// Who signs its sheet.
    #[n(2)]
    pub signed_by: Words,
}

/// How risks are rated.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// The words for the levels; the first is used.
    #[n(0)]
    #[serde(default)]
    pub scales: Vec<Scale>,
    /// The levels, 1 the highest, without a gap.
    #[n(1)]
    #[serde(default)]
    pub levels: Vec<RiskLevel>,
    /// What a qualitative rating looks at.
    #[n(2)]
    #[serde(default)]
    pub criteria: Vec<Named>,
    /// How it is fixed.
    #[n(3)]
    pub fixed: Words,
    /// Whether the finder rates first, before it is reviewed.
    #[n(4)]
    #[serde(default)]
    pub own_first: bool,
    /// Levels a post begins with.
    #[n(5)]
    #[serde(default)]
    pub presets: Vec<Preset>,
    /// The factors of a quantitative rating, each 1 to 5; nothing where it is not used.
    #[n(6)]
    #[serde(default)]
    pub factors: Vec<Factor>,
    /// From what product of likelihood and severity on a risk is of a level.
    #[n(7)]
    #[serde(default)]
    pub cut_offs: Vec<CutOff>,
    /// Up to what a risk of a kind is acceptable.
    #[n(8)]
    #[serde(default)]
    pub baselines: Vec<Baseline>,
    /// The key areas.
    #[n(9)]
    #[serde(default)]
    pub areas: Vec<Named>,
    /// Who watches.
    #[n(10)]
    #[serde(default)]
    pub watchers: Vec<Watcher>,
    /// A risk's running state.
    #[n(11)]
    #[serde(default)]
    pub cards: Vec<Card>,
    /// The conclusions of a rating that are told to the unit.
    #[n(12)]
    #[serde(default)]
    pub conclusions: Vec<Conclusion>,
}

/// The words of three levels.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// As `high_middle_low`.
    #[n(0)]
    pub id: String,
    /// From the highest.
    #[n(1)]
    #[serde(default)]
    pub words: Vec<Words>,
}

/// A level of risk.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskLevel {
    /// 1 the highest.
    #[n(0)]
    pub level: u8,
    /// What matters fall into it by their content; nothing where only the rating decides.
    #[n(1)]
    #[serde(default)]
    pub contents: Vec<Named>,
    /// How one answers for a risk of this level that came true.
    #[n(2)]
    pub accountability: Option<Words>,
}

/// A level a post begins with.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Which posts.
    #[n(0)]
    pub posts: Words,
    /// Which level.
    #[n(1)]
    pub level: u8,
}

/// A factor of the quantitative rating.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What people read.
    #[n(1)]
    pub words: Words,
    /// On which side it counts.
    #[n(2)]
    pub side: Side,
    /// How much, beside the others of its side; from 1.
    #[n(3)]
    pub weight: u8,
    /// What 1 to 5 mean.
    #[n(4)]
    #[serde(default)]
    pub anchors: Vec<Words>,
}

/// The side on which a factor counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Side {
    /// How likely.
    #[n(0)]
    Likelihood,
    /// How severe.
    #[n(1)]
    Severity,
}

/// From what on a risk is of a level.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOff {
    /// Which.
    #[n(0)]
    pub level: u8,
    /// Likelihood times severity, from 1 to 25.
    #[n(1)]
    pub from: u8,
}

/// Up to what a risk of a kind is acceptable.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The kind of risk.
    #[n(0)]
    pub kind: String,
    /// Likelihood times severity, from 1 to 25.
    #[n(1)]
    pub up_to: u8,
}

/// Who watches risks of some levels and kinds.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watcher {
    /// Which levels; nothing: every.
    #[n(0)]
    #[serde(default)]
    pub levels: Vec<u8>,
    /// Which kinds; nothing: every.
    #[n(1)]
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Who.
    #[n(2)]
    #[serde(default)]
    pub bodies: Vec<BodyId>,
    /// Whose certificates count as theirs.
    #[n(3)]
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// A risk's running state.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// As `green`.
    #[n(0)]
    pub id: String,
    /// When it is shown.
    #[n(1)]
    pub words: Words,
    /// What is done then.
    #[n(2)]
    #[serde(default)]
    pub steps: Vec<Named>,
    /// By which form.
    #[n(3)]
    pub form: Option<FormId>,
}

/// A conclusion of a rating.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    /// As `prompt`.
    #[n(0)]
    pub id: String,
    /// What people read.
    #[n(1)]
    pub words: Words,
    /// The notice the unit gets.
    #[n(2)]
    pub form: Option<FormId>,
    /// The plan it answers with.
    #[n(3)]
    pub answered_by: Option<FormId>,
}
