//! What a pack says of information: where it is collected, of what sort it is, how soon it is taken up, what is made
//! of it.
//!
//! Source: domain §6, packs §1.5 and §2.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    trust::charter::Role,
    work::{
        calendar::Term,
        pack::level::{BodyId, FormId, Named, Words},
    },
};

/// One of the categories of information.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// From 1, without a gap; a report names it.
    #[n(0)]
    pub number: u8,
    /// What people read.
    #[n(1)]
    pub words: Words,
}

/// How reports are taken up.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportRule {
    /// Accepted or passed on within so long after a report was filed (national rule on handling reports, 2020: five
    /// working days).
    #[n(0)]
    pub acceptance: Term,
    /// The form a report is printed in.
    #[n(1)]
    pub form: FormId,
    /// What the rules ask of collecting: what is sent when, how it is analysed, secrecy.
    #[n(2)]
    #[serde(default)]
    pub keeping: Vec<Named>,
}

/// Where information is collected 信息专报点.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Once in its list.
    #[n(0)]
    pub id: String,
    /// What people read: which places or bodies.
    #[n(1)]
    pub words: Words,
    /// Who answers for it.
    #[n(2)]
    pub answers: Option<Words>,
    /// Who reports.
    #[n(3)]
    pub reporter: Option<Words>,
    /// The roles of those who report there; nothing where they have no key.
    #[n(4)]
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// The meeting of the centre with its member bodies 成员单位会议.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointMeeting {
    /// Who sits in it.
    #[n(0)]
    #[serde(default)]
    pub members: Vec<BodyId>,
    /// What it does.
    #[n(1)]
    pub tasks: Words,
    /// When it meets.
    #[n(2)]
    pub held: Words,
}

/// The periodical analysis 廉政风险信息预警专报.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulletin {
    /// What it is called.
    #[n(0)]
    pub name: Words,
    /// Months it covers, from 1 to 12; 3: each quarter.
    #[n(1)]
    pub months: u8,
    /// Its form.
    #[n(2)]
    pub form: FormId,
    /// Who draws it up.
    #[n(3)]
    pub drafted_by: Role,
    /// Who studies it.
    #[n(4)]
    pub studied_by: BodyId,
    /// To whom it goes, of the same level.
    #[n(5)]
    #[serde(default)]
    pub submitted_to: Vec<BodyId>,
    /// Whether a copy goes to the unit above.
    #[n(6)]
    #[serde(default)]
    pub copied_upward: bool,
}
