//! What is asked and answered over HTTP, as JSON: one structure for each body, one constant for each route. What is asked
//! over the network too, and is in the OpenAPI document, stands in `node/src/api/operations.rs`.
//!
//! Both halves use these: the node's handlers and whoever asks them. Ids are lower-case hexadecimal and whole; the
//! `short` beside one is the shortest prefix that is unique here (8 digits at least), and every route and field that
//! takes an id takes such a prefix too. Keys are 64 hexadecimal digits. Times are RFC 3339 with their offset, units
//! are paths (`370126.105.201`), money is in fen. Words for people are in the language asked for by `Accept-Language`
//! (`zh-CN`, the default, or `en`).
//!
//! Reading needs no session; what is signed needs one: `Authorization: Bearer <token>` with the token of
//! [`SessionOpened`]. An answer other than 2xx carries a [`Failed`]:
//!
//! | status | means |
//! | --- | --- |
//! | 400 | asked wrongly: a field, an id, a unit or a time that cannot be read |
//! | 401, 403, 429 | no session, a wrong passphrase, too many attempts |
//! | 404 | there is no such document, officer or route here |
//! | 409, 422 | the rules say no |
//! | 503 | this node or its machine failed |

mod access;
mod cases;
mod checking;
mod conflicts;
mod documents;
mod duties;
mod meetings;
mod papers;
mod people;
mod posts;
mod proof;
mod published;
mod reports;
mod sessions;
mod sharing;
mod statistics;
mod trust;
mod warned;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    access::*, cases::*, checking::*, conflicts::*, documents::*, duties::*, meetings::*, papers::*, people::*,
    posts::*, proof::*, published::*, reports::*, sessions::*, sharing::*, statistics::*, trust::*, warned::*,
};

/// The routes. `{id}` stands for an id or a unique prefix of one.
pub mod route {
    /// GET: whether the node answers; plain text `ok`.
    pub const HEALTH: &str = "/healthz";
    /// POST [`super::SessionForm`] → [`super::SessionOpened`]; DELETE (with the token) → 204.
    pub const SESSIONS: &str = "/v1/sessions";
    /// POST (by an administrator) → [`super::Officer`], whose second factor is taken away.
    pub const SECOND_FACTOR_RESET: &str = "/v1/officers/{id}/second-factor/reset";
    /// GET → [`super::AccessTokensShown`]; POST [`super::AccessForm`] → [`super::AccessCreated`].
    pub const ACCESS_TOKENS: &str = "/v1/access-tokens";
    /// POST, no body → [`super::AccessTokensShown`], without the one of this name.
    pub const ACCESS_TOKEN_END: &str = "/v1/access-tokens/{id}/end";
    /// GET (query [`super::StatisticsQuery`]) → [`super::Statistics`]. Needs a session.
    pub const STATISTICS: &str = "/v1/statistics";
    /// GET → [`super::ProofShown`]. Needs a session.
    pub const ENTRY: &str = "/v1/entries/{id}";
    /// GET → [`super::Status`].
    pub const STATUS: &str = "/v1/status";
    /// GET → [`super::Units`]; POST [`super::UnitsForm`] → [`super::UnitsImported`].
    pub const UNITS: &str = "/v1/units";
    /// POST [`super::PackForm`] → [`super::PackPublished`].
    pub const PACKS: &str = "/v1/packs";
    /// GET → [`super::Years`]; POST [`super::YearForm`] → [`super::YearPublished`].
    pub const CALENDAR: &str = "/v1/calendar";
    /// GET (query [`super::YearQuery`]) → [`super::YearShown`].
    pub const CALENDAR_YEAR: &str = "/v1/calendar/year";
    /// GET (query [`super::DueQuery`]) → [`super::DueShown`].
    pub const CALENDAR_DUE: &str = "/v1/calendar/due";
    /// POST [`super::TokenForm`] → [`super::TokenCreated`].
    pub const TOKENS: &str = "/v1/tokens";
    /// GET (query [`super::OfficersQuery`]) → [`super::Officers`]; POST [`super::OfficerForm`] →
    /// [`super::OfficerAdded`].
    pub const OFFICERS: &str = "/v1/officers";
    /// GET → [`super::CertificateShown`].
    pub const OFFICER: &str = "/v1/officers/{id}";
    /// GET (query [`super::NodesQuery`]) → [`super::Nodes`].
    pub const NODES: &str = "/v1/nodes";
    /// GET → [`super::CertificateShown`].
    pub const NODE: &str = "/v1/nodes/{id}";
    /// POST [`super::RequestForm`] → [`super::RequestShown`]. Needs no session: nothing is granted.
    pub const REQUESTS: &str = "/v1/requests";
    /// POST [`super::GrantForm`] → [`super::GrantMade`].
    pub const GRANTS: &str = "/v1/grants";
    /// POST [`super::RotateForm`] → [`super::Rotated`].
    pub const OFFICER_ROTATE: &str = "/v1/officers/{id}/rotate";
    /// POST [`super::RevokeForm`] → [`super::Revoked`].
    pub const CERTIFICATE_REVOKE: &str = "/v1/certificates/{id}/revoke";
    /// POST [`super::StandForm`] → [`super::Stood`].
    pub const CERTIFICATE_STAND: &str = "/v1/certificates/{id}/stand";
    /// GET → [`super::Struck`].
    pub const CERTIFICATE_STRUCK: &str = "/v1/certificates/{id}/struck";
    /// POST, no body → [`super::Written`]: endorses any act that is here, by its entry.
    pub const ENTRY_ENDORSE: &str = "/v1/entries/{id}/endorse";
    /// POST [`super::RedactForm`] → [`super::Redacted`].
    pub const ENTRY_REDACT: &str = "/v1/entries/{id}/redact";
    /// GET → [`super::Redactions`]: those that do not count yet.
    pub const REDACTIONS: &str = "/v1/redactions";
    /// GET → [`super::RootShown`].
    pub const ROOT: &str = "/v1/root";
    /// POST [`super::SheetForm`] → [`super::SheetText`]. Needs no session: a sheet has no effect before it is signed.
    pub const ROOT_SHEETS: &str = "/v1/root/sheets";
    /// POST [`super::SheetText`] → [`super::Submitted`]. Needs no session: what it brings is signed.
    pub const ROOT_SUBMIT: &str = "/v1/root/submit";
    /// POST [`super::ImportForm`] → [`super::Officer`]. Needs no session: the key stays sealed.
    pub const OFFICERS_IMPORT: &str = "/v1/officers/import";
    /// POST, no body → [`super::Written`].
    pub const OFFICER_ENDORSE: &str = "/v1/officers/{id}/endorse";
    /// GET (query [`super::ListQuery`]) → [`super::Reports`]; POST [`super::ReportForm`] → [`super::Written`].
    pub const REPORTS: &str = "/v1/reports";
    /// POST [`super::FileForm`] → [`super::ReportFiled`].
    pub const REPORTS_FILE: &str = "/v1/reports/file";
    /// POST [`super::ReceiptForm`] → [`super::ReceiptShown`]. Needs no session: whoever has the code may know. A code never
    /// stands in an address, which others keep.
    pub const REPORTS_RECEIPT: &str = "/v1/reports/receipt";
    /// GET → [`super::ReportShown`]; PATCH [`super::RiskEdit`] → [`super::Written`], of a draft.
    pub const REPORT: &str = "/v1/reports/{id}";
    /// POST [`super::ReportDeedForm`] → [`super::Written`].
    pub const REPORT_ACTS: &str = "/v1/reports/{id}/acts";
    /// POST [`super::TriageForm`] → [`super::Written`].
    pub const REPORT_TRIAGE: &str = "/v1/reports/{id}/triage";
    /// POST [`super::ShareForm`] → [`super::Written`].
    pub const REPORT_SHARE: &str = "/v1/reports/{id}/share";
    /// POST [`super::ShareForm`] → [`super::Written`].
    pub const CASE_SHARE: &str = "/v1/cases/{id}/share";
    /// GET → [`super::Sharings`]. Needs a session: of the officer whose unit it is.
    pub const SHARINGS: &str = "/v1/sharings";
    /// GET → [`super::SharingShown`]. Needs a session.
    pub const SHARING: &str = "/v1/sharings/{id}";
    /// POST [`super::SharingDeedForm`] → [`super::Written`].
    pub const SHARING_ACTS: &str = "/v1/sharings/{id}/acts";
    /// GET (query [`super::ListQuery`]) → [`super::Risks`]; POST [`super::RiskForm`] → [`super::Written`].
    pub const RISKS: &str = "/v1/risks";
    /// GET → [`super::DocumentShown`]; PATCH [`super::RiskEdit`] → [`super::Written`].
    pub const RISK: &str = "/v1/risks/{id}";
    /// GET (query [`super::ListQuery`]) → [`super::Cases`]; POST [`super::ProposeForm`] → [`super::Written`].
    pub const CASES: &str = "/v1/cases";
    /// GET → [`super::CaseShown`].
    pub const CASE: &str = "/v1/cases/{id}";
    /// POST [`super::CaseForm`] → [`super::Written`].
    pub const CASE_ACTS: &str = "/v1/cases/{id}/acts";
    /// GET → [`super::Posts`]; POST [`super::PostForm`] → [`super::Written`].
    pub const POSTS: &str = "/v1/posts";
    /// GET → [`super::Duties`]. Needs a session: of the officer whose it is.
    pub const DUTIES: &str = "/v1/duties";
    /// POST [`super::ReadForm`] → [`super::ReadMarked`]. Needs a session: of the officer who has read.
    pub const DUTIES_READ: &str = "/v1/duties/read";
    /// GET → [`super::Outbox`]. Needs a session.
    pub const OUTBOX: &str = "/v1/outbox";
    /// GET → [`super::Warnings`]. Needs a session: of the officer whom they concern.
    pub const WARNINGS: &str = "/v1/warnings";
    /// GET → [`super::Meetings`]. Needs a session.
    pub const MEETINGS: &str = "/v1/meetings";
    /// GET → [`super::Conflicts`]. Needs a session.
    pub const CONFLICTS: &str = "/v1/conflicts";
    /// GET → [`super::Papers`].
    pub const PAPERS: &str = "/v1/papers";
    /// POST [`super::StrikeForm`] → [`super::Written`].
    pub const PAPERS_STRIKE: &str = "/v1/papers/strike";
    /// POST (query [`super::AttachForm`], the content as body) → [`super::AttachmentShape`].
    pub const ATTACHMENTS: &str = "/v1/attachments";
    /// GET → the content of the attachment with this number, from 1, of an entry.
    pub const ATTACHMENT: &str = "/v1/attachments/{id}/{number}";
    /// POST [`super::SyncForm`] → [`super::Synced`]. Needs no session.
    pub const SYNC: &str = "/v1/sync";
    /// GET → [`super::Timeline`].
    pub const TIMELINE: &str = "/v1/cases/{id}/timeline";
    /// POST [`super::EvidenceForm`] → a bundle, as SPEC.md describes it; without its end if it could not be finished.
    pub const EVIDENCE: &str = "/v1/evidence";
    /// POST [`super::VerifyForm`] → one [`super::VerifyLine`] a line (newline-delimited JSON), the last one `done` or `failed`.
    pub const VERIFY: &str = "/v1/verify";
    /// POST, no body → [`super::Rebuilt`]. Needs no session.
    pub const REBUILD: &str = "/v1/rebuild";
    /// Reading the journal again in search of damage.
    pub const SCRUB: &str = "/v1/scrub";
}

// --- what went wrong

/// Why the answer is not what was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Failed {
    /// What programs go by, as `self-approval`. Never changes its meaning.
    pub code: String,
    /// What people read.
    pub message: String,
    /// What they can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The values in the message, by name.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// What is wrong with single rows, where rows were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowFailed>,
}

/// What is wrong with one row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RowFailed {
    /// The `line` that was given with it.
    pub line: u64,
    /// As in [`Failed`].
    pub code: String,
    /// As in [`Failed`].
    pub message: String,
}

/// A code and the words for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Spoken {
    /// What programs go by.
    pub code: String,
    /// What people read.
    pub message: String,
}

// --- the node

/// How this node stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// What the tree is called.
    pub tree: String,
    /// Its fingerprint.
    pub genesis: String,
    /// Where this node stands.
    pub unit: String,
    /// What that is called; empty if nobody named it.
    pub unit_name: String,
    /// The node's certificate.
    pub certificate: String,
    /// The node's public key.
    pub key: String,
    /// Where it listens; none without a network.
    pub listen: Option<String>,
    /// Whether it uses its network.
    pub online: bool,
    /// When all this was so.
    pub as_of: String,
    /// Entries held.
    pub entries: u64,
    /// Digest of all that is shared, this node's own subtree and what comes from above: equal digests, equal holdings.
    pub digest: String,
    /// Entries held and not in the index yet.
    pub lag_entries: u64,
    /// Documents that lists may show otherwise than they read since something was struck, stood for or redacted; they
    /// are being looked at again. None while the lists are still being made, as after a start: not known, and neither is
    /// what units are called, `unit_name` in what stands here included.
    pub rejudging: Option<u64>,
    /// Entries held that lists do not show yet: there was no room on the disk for that. None while `rejudging` is.
    pub lists_lag_entries: Option<u64>,
    /// Why nothing is written for now, though it may be read what was durable before; none while all is well.
    pub halted: Option<String>,
    /// Certificates held, complete or not.
    pub certificates: u64,
    /// Feeds held.
    pub feeds: u64,
    /// Feeds that branch.
    pub branched: Vec<FeedShown>,
    /// Forks seen since the start.
    pub forks_seen: u64,
    /// Checkpoints of one log that cannot both be true: their node lied, or the machine was cloned.
    pub contradictions: Vec<ContradictionShown>,
    /// This node's own log was restored; none if it never was.
    pub restored: Option<RestoredShown>,
    /// This node's log does not read as it was written: nothing is signed any more.
    pub log_differs: bool,
    /// Entries that cannot be read any more; they are asked for again from other nodes.
    pub damaged: u64,
    /// Since when the oldest of them is known to be damaged; none if there is none.
    pub damaged_since: Option<String>,
    /// Damaged entries written again since the start.
    pub mended: u64,
    /// Entries that could be read in a damaged journal and wait for what comes before them.
    pub aside: u64,
    /// When the whole journal was last read again in search of damage; none if it never was.
    pub scrubbed: Option<String>,
    /// Peers refused since the start.
    pub peers_refused: u64,
    /// What those above have confirmed.
    pub held_above: HeldCount,
    /// What units above have not confirmed for too long, root first.
    pub unconfirmed: Vec<UnconfirmedShown>,
    /// From how many seconds on that is too long.
    pub unconfirmed_s: u64,
    /// Sessions with other nodes.
    pub peers: Vec<PeerShown>,
    /// Nodes above that are dialled.
    pub upstream: Vec<UpstreamShown>,
    /// Why the last dialling failed; none while connected.
    pub last_failure: Option<String>,
    /// What went over all links since the start.
    pub traffic: TrafficShown,
}

/// How many entries homed here or below are confirmed by a node above.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldCount {
    /// Whether there is anybody above at all.
    pub expected: bool,
    /// Entries homed at this unit or below.
    pub entries: u64,
    /// Of these, confirmed by at least one node above (已上报).
    pub confirmed: u64,
    /// Of these, only saved here (已保存).
    pub waiting: u64,
}

/// Two checkpoints of one log that cannot both be true: evidence, never guilt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ContradictionShown {
    /// The certificate of the node whose log it is.
    pub certificate: String,
    /// Where that stands; empty if its certificate is not here.
    pub unit: String,
    /// What that is called; empty if unknown.
    pub unit_name: String,
    /// The checkpoint that was held.
    pub held: CheckpointShown,
    /// The one that came.
    pub came: CheckpointShown,
    /// The newest one, where it says that the log goes on after a restoration from a backup: a lie looks the same only
    /// until then.
    pub explained: Option<CheckpointShown>,
}

/// A checkpoint, as its node signed it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckpointShown {
    /// How often the log was restored before.
    pub epoch: u32,
    /// Entries in it.
    pub size: u64,
    /// Its root hash, in hexadecimal digits.
    pub root: String,
    /// When, by that node's clock.
    pub time: String,
}

/// A log that was restored: it goes on under another name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RestoredShown {
    /// Its name's number: 1 after the first time.
    pub epoch: u32,
    /// Entries of the greatest checkpoint it had signed before.
    pub after_size: u64,
}

/// What a unit above has not confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnconfirmedShown {
    /// The unit above.
    pub unit: String,
    /// What that is called; empty if nobody named it.
    pub unit_name: String,
    /// How many entries homed here or below, as far as they were counted.
    pub entries: u64,
    /// The least claimed time of them.
    pub oldest: String,
}

/// One feed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FeedShown {
    /// Where it is homed.
    pub unit: String,
    /// Who writes it.
    pub author: String,
    /// How many tips it has now.
    pub tips: u64,
}

/// A session with another node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeerShown {
    /// Where it stands; none before its hello.
    pub unit: Option<String>,
    /// What that is called; empty if unknown.
    pub unit_name: String,
    /// Its certificate.
    pub certificate: Option<String>,
    /// Whether it stands above this node.
    pub above: bool,
    /// `comparing`, `giving` or `live`; none before both hellos.
    pub stage: Option<String>,
    /// Entries this session announced to give.
    pub to_give: u64,
    /// Of these, acknowledged.
    pub given: u64,
    /// Entries the peer announced to give.
    pub to_take: u64,
    /// Of these, taken.
    pub taken: u64,
    /// Entries waiting to be given.
    pub waiting: u64,
    /// Entries waiting for their author's certificate.
    pub parked: u64,
}

/// A node above that is dialled.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UpstreamShown {
    /// Where it listens.
    pub address: String,
    /// Its node key.
    pub key: String,
}

/// What went over links.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct TrafficShown {
    /// Frames sent.
    pub frames_out: u64,
    /// Frames received.
    pub frames_in: u64,
    /// Bytes of frames sent.
    pub bytes_out: u64,
    /// Bytes of frames received.
    pub bytes_in: u64,
}

/// Asks to dial those above at once.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncForm {
    /// How long to wait until everything that differs is given and confirmed, in seconds; 0 does not wait. At most 600.
    pub wait_s: u64,
}

/// How a synchronisation went.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Synced {
    /// Whether a node above has everything that was here when it was asked.
    pub settled: bool,
    /// What those above have confirmed now.
    pub held_above: HeldCount,
    /// Sessions now.
    pub peers: Vec<PeerShown>,
    /// Why the last dialling failed; none while connected.
    pub last_failure: Option<String>,
}

/// What reading the whole journal again found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Scrubbed {
    /// Entries looked at.
    pub entries: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Entries that could not be read, and are asked for again from other nodes.
    pub damaged: u64,
    /// Entries of which a single bit had flipped, which was turned back.
    pub undone: u64,
    /// Places where records that are no entries were damaged; they were made readable again.
    pub others: u64,
    /// Milliseconds it took.
    pub took_ms: u64,
}

/// The index was derived again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Rebuilt {
    /// Entries indexed.
    pub entries: u64,
    /// Digest afterwards.
    pub digest: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

// --- units

/// Units named so far, in the order of their paths.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Units {
    /// One each.
    pub units: Vec<UnitShown>,
}

/// One unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitShown {
    /// Its path.
    pub unit: String,
    /// Its division code of twelve digits; none for a department.
    pub code: Option<String>,
    /// Its name.
    pub name: String,
    /// `county`, `town`, `village`, `department`, `prefecture` or `province`.
    pub level: String,
}

/// Units to be named.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitsForm {
    /// The rows.
    pub rows: Vec<UnitLine>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// One row of units.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitLine {
    /// The line of the file it stands on, to be named when it is wrong.
    pub line: u64,
    /// A division code of twelve digits, or a path (for departments).
    pub code: String,
    /// What people call it.
    pub name: String,
    /// `province`, `prefecture`, `county`, `town`, `village` or `department`: must agree with the code.
    pub level: String,
}

/// What an import did, or would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitsImported {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Units named for the first time.
    pub added: u64,
    /// Units that get another name.
    pub renamed: u64,
    /// Units that have this name already.
    pub unchanged: u64,
    /// Entries written, or that would be.
    pub entries: u64,
}
