//! Certificates over the local HTTP: whose they are, who agreed to them, and the tokens and keys that go with them.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AuthorShown, Passphrase, Spoken, Written};

// --- tokens

/// Asks for a join token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenForm {
    /// For which unit.
    pub unit: String,
    /// Where the new node reaches this one, `address:port`; none: where this node listens, if that is one address.
    #[serde(default)]
    pub address: Option<String>,
    /// How long it may be used; none: the profile's three days.
    #[serde(default)]
    pub valid_hours: Option<u32>,
}

/// A join token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenCreated {
    /// The token, `FW1-…`. A secret, shown once.
    pub token: String,
    /// For which unit.
    pub unit: String,
    /// Its certificate.
    pub certificate: String,
    /// Until when it may be used.
    pub ends: String,
}

// --- officers

/// Which certificates are listed.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OfficersQuery {
    /// Of this unit and below; none: of all.
    pub unit: Option<String>,
    /// Nodes and join tokens too.
    pub all: bool,
    /// Only those that await an endorsement.
    pub pending: bool,
}

/// Certificates, in the order of their units.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Officers {
    /// One each.
    pub officers: Vec<Officer>,
}

/// One certificate and whose it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Officer {
    /// The certificate's id.
    pub certificate: String,
    /// Its shortest unique prefix here.
    pub short: String,
    /// The person, whatever the key.
    pub holder: String,
    /// The person's name; empty if nobody named them, or if that is not known here.
    pub name: String,
    /// Where they stand.
    pub unit: String,
    /// What that is called; empty if unknown.
    pub unit_name: String,
    /// Their roles, as `discipline_lead`.
    pub roles: Vec<String>,
    /// The same for people.
    pub role_names: Vec<String>,
    /// Distance from the genesis.
    pub rank: u16,
    /// From when it signs.
    pub begins: String,
    /// Until when it signs.
    pub ends: String,
    /// Who issued it; none for founders.
    pub issuer: Option<String>,
    /// Whether it writes at home and upward only.
    pub home_only: bool,
    /// Whether chain and endorsements are there: before, nothing it signs is taken.
    pub complete: bool,
    /// Whether a secretary must endorse it still.
    pub awaits_endorsement: bool,
    /// Why what it says is struck, where it was revoked or fell with another; none while it stands.
    pub dead: Option<Spoken>,
    /// Whether its key is on this node: an officer's sealed, the node's own as it is.
    pub key_here: bool,
    /// Where the key is kept, as the certificate says: `node`, `device` or `token`.
    pub custody: String,
    /// The same for people.
    pub custody_name: String,
}

/// One certificate with everything known of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CertificateShown {
    /// The certificate.
    #[serde(flatten)]
    pub line: Officer,
    /// Its public key: 64 hexadecimal digits.
    pub key: String,
    /// Since when, by its issuer's clock; by the genesis for founders.
    pub since: String,
    /// Who issued it; none for founders.
    pub issued_by: Option<AuthorShown>,
    /// Who endorsed it so that it counts.
    pub endorsed_by: Vec<EndorsementShown>,
    /// While it awaits an endorsement: who known here can give it.
    pub may_be_endorsed_by: Vec<AuthorShown>,
    /// What it may issue further.
    pub may_issue: Option<MayIssueShown>,
    /// By whom it was revoked.
    pub revoked: Option<RevocationShown>,
}

/// One revocation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RevocationShown {
    /// Whose.
    pub by: AuthorShown,
    /// When, by their clock.
    pub time: String,
    /// `superseded`, `lost`, `stolen`, `left_office`, `mistaken`, `retired` or `unknown`.
    pub reason: String,
    /// The same for people.
    pub reason_name: String,
    /// The entry.
    pub entry: String,
}

/// One endorsement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct EndorsementShown {
    /// Whose.
    pub by: AuthorShown,
    /// When, by their clock.
    pub time: String,
    /// The entry.
    pub entry: String,
}

/// What a certificate may issue further.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct MayIssueShown {
    /// Roles it may give, as `discipline_lead`.
    pub roles: Vec<String>,
    /// The same for people.
    pub role_names: Vec<String>,
    /// How many levels below its own unit.
    pub levels_below: u8,
}

/// Which nodes are listed.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodesQuery {
    /// Of this unit and below; none: of all.
    pub unit: Option<String>,
    /// Join tokens too.
    pub tokens: bool,
}

/// Nodes, in the order of their units.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Nodes {
    /// One each.
    pub nodes: Vec<NodeShown>,
}

/// A node's certificate, or a join token's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct NodeShown {
    /// The certificate.
    #[serde(flatten)]
    pub line: Officer,
    /// Whether it is the node that answers.
    pub is_this: bool,
    /// Whether a session with it stands now.
    pub is_connected: bool,
}

/// A new officer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficerForm {
    /// Where they stand.
    pub unit: String,
    /// The profile: a role's name.
    pub role: String,
    /// The person's name.
    pub name: String,
    /// A person who has a certificate already, by holder id; none: a new person.
    #[serde(default)]
    pub holder: Option<String>,
    /// What the new key is sealed under.
    pub passphrase: Passphrase,
    /// Days from now; none: the profile's.
    #[serde(default)]
    pub valid_days: Option<u32>,
    /// Whether the sealed key is only given out, to be carried to another node, and not kept here.
    #[serde(default)]
    pub carry: bool,
}

/// A new officer's certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct OfficerAdded {
    /// The certificate.
    pub officer: Officer,
    /// The sealed key as text, to be given to [`ImportForm`] on another node; only if it was asked for.
    pub sealed_key: Option<String>,
    /// The `certify` act.
    pub written: Written,
}

/// A sealed key made elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportForm {
    /// The text of the file.
    pub sealed_key: String,
}

// --- requests and grants

/// A request as it came.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestForm {
    /// The text of the file.
    pub request: String,
}

/// What somebody asks a certificate for. Its writer holds the key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RequestShown {
    /// `officer` or `node`.
    pub wanted: String,
    /// For which unit.
    pub unit: String,
    /// What that is called; empty if unknown.
    pub unit_name: String,
    /// The role, as `discipline_lead`.
    pub role: String,
    /// The same for people.
    pub role_name: String,
    /// The officer's name; empty for a node.
    pub name: String,
    /// Who has a certificate already; none: somebody new.
    pub holder: Option<String>,
    /// Where the key is kept: `node`, `device` or `token`.
    pub custody: String,
    /// The same for people.
    pub custody_name: String,
    /// The public key: 64 hexadecimal digits.
    pub key: String,
    /// Days the profile gives.
    pub valid_days: u32,
    /// Whether a secretary must endorse it afterwards.
    pub needs_endorsement: bool,
    /// The certificate this very key has already; none: it is new.
    pub granted: Option<String>,
}

/// Grants a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantForm {
    /// The text of the request's file.
    pub request: String,
    /// Days from now; none: the profile's.
    #[serde(default)]
    pub valid_days: Option<u32>,
    /// For a node: where it reaches this one, `address:port`; none: where this node listens, if that is one address.
    #[serde(default)]
    pub address: Option<String>,
}

/// A granted request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct GrantMade {
    /// The certificate.
    pub certificate: CertificateShown,
    /// The text of the grant's file.
    pub grant: String,
    /// Whether it had been granted before, and nothing was written.
    pub again: bool,
}

impl fmt::Debug for TokenCreated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenCreated(for {})", self.unit)
    }
}
