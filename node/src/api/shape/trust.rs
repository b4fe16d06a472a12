//! Revoking, standing for what was struck, and the root: what is asked and answered over the local HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AuthorShown, CertificateShown, Officer, Spoken, Written};

// --- revoking and standing

/// Which entries of a certificate somebody stands for.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StandForm {
    /// All that is here of each of its feeds.
    pub all: bool,
    /// Of these feeds all from the first entry up to this one, which each is of another feed.
    pub until: Vec<String>,
    /// These stretches, each of one feed.
    pub stretches: Vec<Stretch>,
    /// Only say what would happen.
    pub dry_run: bool,
}

/// A stretch of one feed, both ends included.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Its first entry.
    pub first: String,
    /// Its last.
    pub last: String,
}

/// Revokes a certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeForm {
    /// `superseded`, `lost`, `stolen`, `left_office`, `mistaken` or `retired`.
    pub reason: String,
    /// What stands all the same.
    #[serde(default)]
    pub stand: StandForm,
}

/// What a revocation did, or would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Revoked {
    /// The certificate.
    pub certificate: Officer,
    /// Its feeds, as far as they are kept here.
    pub feeds: Vec<FeedStanding>,
    /// Certificates that fall with it, because nobody stands for their issue.
    pub falls: Vec<Officer>,
    /// Entries written; none where it was only asked what would happen.
    pub written: Vec<String>,
}

/// One feed of a certificate, and what stands of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FeedStanding {
    /// Where it is homed.
    pub unit: String,
    /// What that is called; empty if unknown.
    pub unit_name: String,
    /// `charter`, `case` or `library`.
    pub shelf: String,
    /// `up`, `down` or `local`.
    pub reach: String,
    /// Entries kept here.
    pub entries: u64,
    /// Of these, those that will not be struck, by what stands already and by what is asked.
    pub stands: u64,
    /// Its first entry.
    pub first: String,
    /// Its last; of a branched feed the last of each branch.
    pub tips: Vec<String>,
    /// Stretches asked for.
    pub stretches: Vec<Stretch>,
}

/// The struck entries of one certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Struck {
    /// The certificate.
    pub certificate: Officer,
    /// How many there are.
    pub total: u64,
    /// The first of them, in the order of the log.
    pub entries: Vec<StruckEntry>,
}

/// One struck entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct StruckEntry {
    /// The entry.
    pub id: String,
    /// Where it is homed.
    pub unit: String,
    /// What that is called; empty if unknown.
    pub unit_name: String,
    /// What it does, as in an entry shown.
    pub deed: String,
    /// The document it stands in.
    pub document: String,
    /// When, by its author's clock.
    pub time: String,
    /// Why it is struck.
    pub why: Spoken,
}

/// What standing for entries did, or would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Stood {
    /// Its feeds, as far as they are kept here.
    pub feeds: Vec<FeedStanding>,
    /// Entries written; none where it was only asked what would happen.
    pub written: Vec<String>,
}

/// Gives an officer another key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateForm {
    /// What the new key is sealed under.
    pub passphrase: super::Passphrase,
    /// Days from now; none: the profile's.
    #[serde(default)]
    pub valid_days: Option<u32>,
    /// Whether the sealed key is only given out.
    #[serde(default)]
    pub carry: bool,
}

/// Another key of an officer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Rotated {
    /// The new certificate.
    pub certificate: CertificateShown,
    /// The sealed key, if it was asked for.
    pub sealed_key: Option<String>,
    /// The old certificate's revocation; none while the new one awaits an endorsement, or where another must do it.
    pub revoked: Option<Revoked>,
}

// --- taking words out

/// Takes words out of an entry, once somebody else agrees.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RedactForm {
    /// What law or decision it rests on. It stays, so it must not repeat what is taken out.
    pub basis: String,
    /// Words to be taken out wherever they stand in the entry's texts.
    pub words: Vec<String>,
    /// Everything that can be taken out.
    pub all: bool,
    /// Only say what would remain.
    pub dry_run: bool,
}

/// What a redaction leaves, or would leave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Redacted {
    /// The redaction; its `entry` is empty where it was only asked what would remain.
    pub redaction: RedactionShown,
    /// Other entries of the same document here that say these words too.
    pub also_in: Vec<String>,
}

/// Redactions that wait for somebody else to agree.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Redactions {
    /// They.
    pub redactions: Vec<RedactionShown>,
}

/// A redaction that does not count yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RedactionShown {
    /// The entry that says it.
    pub entry: String,
    /// The entry words are to be taken out of.
    pub subject: String,
    /// What that does, as in an entry shown.
    pub deed: String,
    /// Who said that.
    pub said_by: AuthorShown,
    /// When, by their clock.
    pub said_at: String,
    /// Where both stand.
    pub unit: String,
    /// What that is called; empty if unknown.
    pub unit_name: String,
    /// What it says now, one line each, for people.
    pub says: Vec<String>,
    /// What would remain of it, line by line.
    pub remains: Vec<String>,
    /// Who wants the words taken out, when, and on what basis.
    pub note: RedactionNote,
}

/// Who took words out of an entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RedactionNote {
    /// Who.
    pub by: AuthorShown,
    /// When, by their clock.
    pub time: String,
    /// What law or decision it rests on.
    pub basis: String,
}

// --- the root

/// The root now, and what it is about to decide.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RootShown {
    /// The tree's fingerprint.
    pub genesis: String,
    /// The genesis, or the entry that handed the root over.
    pub origin: String,
    /// How many keys must agree.
    pub threshold: u8,
    /// The keys.
    pub keys: Vec<RootKeyShown>,
    /// Who witnesses the checkpoints of the root's nodes; none if nobody ever was asked.
    #[serde(default)]
    pub witnesses: Option<WitnessesShown>,
    /// Acts of root keys that too few have said yet.
    pub pending: Vec<RootActShown>,
}

/// A root key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RootKeyShown {
    /// Its number.
    pub number: u8,
    /// The public half: 64 hexadecimal digits.
    pub key: String,
    /// The certificate it signs under.
    pub certificate: String,
}

/// Who witnesses the checkpoints of the root's nodes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct WitnessesShown {
    /// The entry that says so.
    pub entry: String,
    /// Since when, by the root key's clock.
    pub since: String,
    /// How many of them must cosign.
    pub threshold: u8,
    /// They.
    pub members: Vec<WitnessForm>,
}

/// One who cosigns checkpoints.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WitnessForm {
    /// What people call it.
    pub name: String,
    /// The public half of what it signs with: 64 hexadecimal digits.
    pub key: String,
    /// Whether it stands outside the county's administration.
    #[serde(default)]
    pub outside: bool,
}

/// An act of a root key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct RootActShown {
    /// The entry.
    pub entry: String,
    /// What it does, as in an entry shown.
    pub deed: String,
    /// How many keys have said it.
    pub have: u8,
    /// How many must.
    pub need: u8,
}

/// What a sheet is drawn up for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum SheetForm {
    /// To endorse an act that is here.
    Endorse {
        /// The entry.
        entry: String,
    },
    /// To hand the root over.
    Replace {
        /// The new keys: texts of their files, which prove possession.
        keys: Vec<String>,
        /// How many of them must agree.
        threshold: u8,
    },
    /// To say who witnesses the checkpoints of the root's nodes from now on.
    Witnesses {
        /// How many of them must cosign; 0 where nobody is asked.
        threshold: u8,
        /// They.
        members: Vec<WitnessForm>,
    },
    /// To grant a request, where no administrator is left.
    Certify {
        /// The text of the request's file.
        request: String,
        /// Days from now; none: the profile's.
        valid_days: Option<u32>,
    },
    /// To revoke a certificate.
    Revoke {
        /// Which.
        certificate: String,
        /// As in [`RevokeForm`].
        reason: String,
        /// What stands all the same.
        stand: StandForm,
    },
}

/// A sheet, drawn up or brought back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetText {
    /// The text of the file.
    pub sheet: String,
}

/// What came of a sheet that was brought back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Submitted {
    /// Entries that are here now.
    pub written: Vec<Written>,
    /// Its acts, with how many have said them.
    pub acts: Vec<RootActShown>,
}
