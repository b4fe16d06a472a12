//! A policy pack 制度包: a county's own levels, deadlines, deciders, forms and words as data.
//!
//! Where the texts of different places differ, the difference stands here and never as a condition in the code. A case
//! keeps the version it was opened under. As text a pack is TOML, signed it is CBOR. What is our own default where the
//! texts are silent (◇ in the sources) is listed in `ours`, so that it can be shown as such. Source: domain §9, packs.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    limits::{PACK_BYTES_MAX, PACK_LIST_MAX, PACK_TEXT_CHARS_MAX},
    record::{
        cbor::{self, CborFault},
        entry::Hash,
    },
    work::{
        calendar::Day,
        case::Level,
        pack::{
            assessing::{Assessment, Automatic, Threshold},
            casework::{Archive, CadreRule, Consequence, InterviewRule, Overdue, Reminder, RoleName, SubjectRule},
            collecting::{Bulletin, Category, JointMeeting, Point, ReportRule},
            form::{Form, Series},
            level::{LevelRule, Named, Words},
            published::UnitSort,
            risk::{Rating, RiskFinding},
            tree::Leaf,
        },
        toml_text::{self, TextFault},
    },
};

pub mod assessing;
pub mod casework;
pub mod check;
pub mod collecting;
pub mod diff;
pub mod form;
pub mod level;
mod naming;
pub mod published;
pub mod risk;
pub mod tree;

/// One version of a county's rules.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Which pack: small letters, digits and `_`.
    #[n(0)]
    pub id: String,
    /// Which version of it, from 1.
    #[n(1)]
    pub version: u32,
    /// The first civil day it is for. Cases opened before keep the version they have.
    #[n(2)]
    pub applies_from: Day,
    /// What it is called.
    #[n(3)]
    pub name: Words,
    /// The sorts of units it is for.
    #[n(4)]
    pub used_by: Vec<UnitSort>,
    /// Where the rules come from.
    #[n(5)]
    pub source: Words,
    /// Paths of what is our own default where the source is silent: see [`Pack::is_ours`].
    #[n(6)]
    #[serde(default)]
    pub ours: Vec<String>,
    /// What roles are called here; a role that is not listed keeps its own name.
    #[n(7)]
    #[serde(default)]
    pub roles: Vec<RoleName>,
    /// The bodies that are told, convened and appealed to.
    #[n(8)]
    pub bodies: Vec<Named>,
    /// The families of grounds.
    #[n(9)]
    pub families: Vec<Named>,
    /// Whom a warning can be given to.
    #[n(10)]
    pub subjects: Vec<SubjectRule>,
    /// Who may act over whom.
    #[n(11)]
    pub cadres: CadreRule,
    /// The warning levels, 1 first.
    #[n(12)]
    pub levels: Vec<LevelRule>,
    /// How one is talked with.
    #[n(13)]
    pub interview: InterviewRule,
    /// Reminders of every deadline.
    #[n(14)]
    #[serde(default)]
    pub reminders: Vec<Reminder>,
    /// What a missed deadline does.
    #[n(15)]
    pub overdue: Overdue,
    /// What follows beyond the case.
    #[n(16)]
    #[serde(default)]
    pub consequences: Vec<Consequence>,
    /// What is kept.
    #[n(17)]
    pub archive: Archive,
    /// The registers papers are numbered in.
    #[n(18)]
    pub series: Vec<Series>,
    /// The forms 文书.
    #[n(19)]
    pub forms: Vec<Form>,
    /// The categories of information.
    #[n(20)]
    pub categories: Vec<Category>,
    /// The sources of information.
    #[n(21)]
    pub sources: Vec<Named>,
    /// How reports are taken up.
    #[n(22)]
    pub reports: ReportRule,
    /// Where information is collected.
    #[n(23)]
    #[serde(default)]
    pub points: Vec<Point>,
    /// The meeting of the centre with its member bodies; none where the rules know none.
    #[n(24)]
    pub joint_meeting: Option<JointMeeting>,
    /// The periodical analysis; none where the rules ask for none.
    #[n(25)]
    pub bulletin: Option<Bulletin>,
    /// How risks are found.
    #[n(26)]
    pub finding: RiskFinding,
    /// How they are rated and watched.
    #[n(27)]
    pub rating: Rating,
    /// How units are scored.
    #[n(28)]
    pub assessment: Assessment,
    /// Numbers the rules set.
    #[n(29)]
    #[serde(default)]
    pub thresholds: Vec<Threshold>,
    /// Conditions that are watched by themselves.
    #[n(30)]
    #[serde(default)]
    pub automatic: Vec<Automatic>,
}

/// A pack that ships with the program: its files one after another are its text.
pub struct BuiltIn {
    /// Its id.
    pub id: &'static str,
    /// Its files.
    files: [&'static str; 4],
}

/// What both built-in packs say alike.
const SHARED: [&str; 2] = [include_str!("pack/shared.toml"), include_str!("pack/rating.toml")];

/// The packs that ship: the township plan and the bureau rules.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        id: "township",
        files: [include_str!("pack/township.toml"), include_str!("pack/township_forms.toml"), SHARED[0], SHARED[1]],
    },
    BuiltIn {
        id: "bureau",
        files: [include_str!("pack/bureau.toml"), include_str!("pack/bureau_forms.toml"), SHARED[0], SHARED[1]],
    },
];

/// Why a text or bytes are no pack.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum PackFault {
    /// Not TOML, or not of this shape: a role there is not, a term without a unit, a field too many.
    #[error("{0}")]
    Text(#[from] TextFault),
    /// Not the one encoding of a pack, or a newer version's.
    #[error("pack is {0}")]
    NotCanonical(#[from] CborFault),
    /// More bytes than [`PACK_BYTES_MAX`].
    #[error("pack has {bytes} bytes, at most {PACK_BYTES_MAX} are allowed")]
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// A text of more characters than [`PACK_TEXT_CHARS_MAX`].
    #[error("{path} has {chars} characters, at most {PACK_TEXT_CHARS_MAX} are allowed")]
    TooLong {
        /// Where.
        path: String,
        /// How many there are.
        chars: usize,
    },
    /// A list of more items than [`PACK_LIST_MAX`].
    #[error("{path} has {items} items, at most {PACK_LIST_MAX} are allowed")]
    TooMany {
        /// Where.
        path: String,
        /// How many there are.
        items: usize,
    },
}

impl BuiltIn {
    /// The pack.
    ///
    /// # Errors
    ///
    /// Never, as tests prove; the text is read as any other.
    pub fn pack(&self) -> Result<Pack, PackFault> {
        Pack::from_toml(&self.text())
    }

    /// Its text, to be copied and edited.
    #[must_use]
    pub fn text(&self) -> String {
        self.files.concat()
    }

    /// The built-in pack of an id.
    #[must_use]
    pub fn of(id: &str) -> Option<&'static BuiltIn> {
        BUILT_IN.iter().find(|built_in| built_in.id == id)
    }
}

impl Pack {
    /// Reads a pack's text. That it makes sense is [`check`]'s.
    ///
    /// # Errors
    ///
    /// See [`PackFault`].
    pub fn from_toml(text: &str) -> Result<Pack, PackFault> {
        let pack: Pack = toml_text::read(text)?;
        pack.is_bounded(pack.bytes().len())?;
        Ok(pack)
    }

    /// Its text, to be copied and edited.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // What a pack is made of has no form that TOML could not have.
        toml::to_string(self).unwrap_or_default()
    }

    /// Reads the bytes of a published pack.
    ///
    /// # Errors
    ///
    /// See [`PackFault`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Pack, PackFault> {
        if bytes.len() > PACK_BYTES_MAX {
            return Err(PackFault::TooLarge { bytes: bytes.len() });
        }
        let pack: Pack = cbor::decode(bytes)?;
        pack.is_bounded(bytes.len())?;
        Ok(pack)
    }

    /// The bytes that are published.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// What a case names beside id and version, so that nobody can put another pack under the same number.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Pack::hash_of(&self.bytes())
    }

    /// The hash of a pack's bytes.
    #[must_use]
    pub fn hash_of(bytes: &[u8]) -> Hash {
        Hash::of_parts("fangwei pack 1", [bytes])
    }

    /// One level.
    #[must_use]
    pub fn level(&self, level: Level) -> Option<&LevelRule> {
        self.levels.iter().find(|rule| rule.level == level)
    }

    /// One form.
    #[must_use]
    pub fn form(&self, id: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.id == id)
    }

    /// One body.
    #[must_use]
    pub fn body(&self, id: &str) -> Option<&Named> {
        self.bodies.iter().find(|body| body.id == id)
    }

    /// One series of numbers.
    #[must_use]
    pub fn series(&self, id: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.id == id)
    }

    /// Whether what stands at a path (as [`tree`] writes them) is our own default rather than the source's.
    #[must_use]
    pub fn is_ours(&self, path: &str) -> bool {
        self.ours.iter().any(|ours| {
            let rest = path.strip_prefix(ours.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    fn is_bounded(&self, bytes: usize) -> Result<(), PackFault> {
        if bytes > PACK_BYTES_MAX {
            return Err(PackFault::TooLarge { bytes });
        }
        for (path, leaf) in tree::leaves(self) {
            match leaf {
                Leaf::Text(text) if text.chars().count() > PACK_TEXT_CHARS_MAX => {
                    return Err(PackFault::TooLong { path, chars: text.chars().count() });
                }
                Leaf::List(items) if items > PACK_LIST_MAX => return Err(PackFault::TooMany { path, items }),
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
