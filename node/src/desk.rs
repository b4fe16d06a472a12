//! What people do on one node, each deed one function: the local HTTP and the demo call the same ones.
//!
//! A deed that is signed takes an unlocked [`Officer`]; the rest needs nobody. The desk decides nothing: it composes
//! what an officer means into a draft, lets the core's first door judge it, and shows what came of it. Rooms by
//! subject; [`refusal`] has every way in which the answer is no.

pub(crate) mod access;
mod account;
mod attachments;
mod calendar;
mod cases;
mod certificates;
pub mod choices;
mod conflicts;
mod deed;
mod documents;
mod duties;
pub mod evidence;
pub mod facts;
mod grants;
mod officers;
mod outbox;
mod packs;
mod papers;
mod posts;
pub mod printed;
mod proof;
mod reading;
mod redacting;
pub mod refusal;
pub mod rehearsal;
mod reports;
mod revoking;
mod risks;
mod root;
mod sharing;
mod shown;
mod splice;
mod statistics;
mod status;
pub(crate) mod texts;
mod time;
mod timeline;
mod units;
pub mod verify;

use std::{sync::Arc, time::Instant};

use fangwei_protocol::{
    record::entry::{CertificateId, DocId, DocKey, Kind},
    replica::Draft,
    trust::charter::HolderId,
    work::unit::UnitPath,
};
use tokio::{sync::Mutex, task::spawn_blocking};
use zeroize::Zeroizing;

pub use self::{
    conflicts::settling,
    deed::{Deed, Done},
    refusal::{Code, DeskError, RowError, Values},
    shown::CHANGE_KEYS,
};
pub use crate::session::Officer;
use crate::{
    access::AccessTokens,
    api::shape::{Passphrase, Written as WrittenShape},
    keyring::{Keyring, SealCost, SealedKey},
    limits::{ID_PREFIX_DIGITS_MIN, SHORT_ID_DIGITS},
    node::Node,
    replies::Replies,
    run::Written,
    second_factor::{SecondFactorFailure, SecondFactors},
    session::{SessionLimits, Sessions, Token},
    view::{Line, List, View, unknown},
    words::Language,
};

/// What is asked for under names that are no fields of documents.
pub const FORM_FIELDS: &[&str] = &[
    "name",
    "ground",
    "facts",
    "paper",
    "text",
    "reason",
    "basis",
    "words",
    "outline",
    "meeting",
    "findings",
    "note",
    "how",
    "record",
    "measure",
    "who",
    "attachment",
    "question",
    "means",
    "what",
    "opinion",
    "when",
    "subject",
    "deed",
    "digest",
    "happened",
    "amount",
];

/// What officers have to do.
pub const TASKS: &[&str] = &[
    "take_up",
    "answer_question",
    "triage",
    "reply",
    "redact",
    "decide",
    "amend",
    "issue",
    "deliver",
    "receive",
    "owe",
    "judge",
    "answer_extension",
    "visit",
    "lift",
    "rule",
    "tell",
    "consider_escalation",
    "settle",
    "respond",
    "strike",
];

/// What is done in documents that are no files of a procedure.
pub const DEEDS: &[&str] = &[
    "edit",
    "certify",
    "endorse",
    "name_holder",
    "name_units",
    "revoke",
    "stand",
    "redact",
    "replace_root",
    "witnesses",
    "publish_calendar",
    "pack_part",
    "publish_pack",
    "unknown",
    "allot",
    "strike",
    "manage_post",
    "release_post",
    "share",
    "respond",
    "close_sharing",
];

/// The desk of one node. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    shared: Arc<Shared>,
    language: Language,
    signing: rehearsal::Signing,
}

struct Shared {
    node: Node,
    keyring: Keyring,
    sessions: Sessions,
    second_factors: SecondFactors,
    access: AccessTokens,
    replies: Replies,
    seal_cost: SealCost,
    view: Mutex<View>,
    /// Held while a report is filed.
    filing: Mutex<()>,
    /// Cases in which something crossed, at a length of the log.
    crossed: Mutex<Option<(u64, Vec<String>)>>,
    /// Opened when it is first asked for.
    outbox: Mutex<Option<outbox::Outbox>>,
    read: Mutex<Option<reading::ReadMarks>>,
    /// Locked only for moments, on the core's thread too.
    ended: std::sync::Mutex<duties::Ended>,
}

impl Desk {
    /// The desk of a node.
    #[must_use]
    pub fn new(node: Node) -> Desk {
        Desk::with(node, SealCost::DEFAULT, SessionLimits::default())
    }

    /// The desk of a node with another cost of sealing keys and other limits of sessions.
    #[must_use]
    pub fn with(node: Node, seal_cost: SealCost, limits: SessionLimits) -> Desk {
        let keyring = Keyring::new(node.dir(), node.genesis().hash());
        let view = Mutex::new(View::at(node.dir().join("lists.sqlite")));
        let sessions = Sessions::new(limits);
        let second_factors = SecondFactors::new(node.dir());
        let (access, replies) = (AccessTokens::new(node.dir()), Replies::new(node.dir()));
        let shared = Arc::new(Shared {
            node,
            keyring,
            sessions,
            second_factors,
            access,
            replies,
            seal_cost,
            view,
            filing: Mutex::default(),
            crossed: Mutex::default(),
            outbox: Mutex::default(),
            read: Mutex::default(),
            ended: std::sync::Mutex::default(),
        });
        Desk { shared, language: Language::default(), signing: rehearsal::Signing::default() }
    }

    /// The same desk, speaking another language to those who ask for none.
    #[must_use]
    pub fn speaking(self, language: Language) -> Desk {
        Desk { language, ..self }
    }

    /// The language spoken to those who ask for none.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.shared.node
    }

    /// The sealed keys.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.shared.keyring
    }

    /// The unlocked ones.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.shared.sessions
    }

    /// Unlocks the key of an officer named by certificate, a prefix of it, or the holder's name.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchKey`], [`Code::NoSuchOfficer`], [`Code::AmbiguousId`], [`Code::WrongPassphrase`],
    /// [`Code::TooManyAttempts`], [`Code::Busy`] and those of reading the key.
    pub async fn unlock(&self, officer: &str, passphrase: &Passphrase) -> Result<(Token, Officer), DeskError> {
        self.unlock_if(officer, passphrase, |_| Ok(())).await
    }

    async fn unlock_if(
        &self,
        officer: &str,
        passphrase: &Passphrase,
        second: impl FnOnce(&Officer) -> Result<(), SecondFactorFailure>,
    ) -> Result<(Token, Officer), DeskError> {
        let certificate = self.officer_with_key(officer).await?;
        let key = self.keyring().get(&certificate)?;
        let passphrase = Zeroizing::new(passphrase.expose().to_owned());
        let (token, officer) = self.sessions().unlock(key, passphrase, second, Instant::now()).await?;
        let public = officer.key.public();
        let fits = self.node().core().read(move |sight| {
            let certified = sight.replica.charter().certificate(&certificate);
            certified.is_some_and(|certified| certified.certificate.key == public)
        });
        if !fits.await? {
            self.sessions().lock(token.expose())?;
            return Err(DeskError::new(Code::KeyDamaged).with("reason", "it is not the certificate's"));
        }
        Ok((token, officer))
    }

    /// The time this long from now, for people.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`].
    pub async fn in_time(&self, wait: std::time::Duration) -> Result<String, DeskError> {
        let now = self.node().core().read(|sight| sight.now.0).await?;
        Ok(time::moment(now.saturating_add_unsigned(wait.as_secs())))
    }

    /// Seals a key under a passphrase.
    async fn seal(&self, officer: &Officer, passphrase: &Passphrase) -> Result<SealedKey, DeskError> {
        let (certificate, key, cost) = (officer.certificate, officer.key.clone(), self.shared.seal_cost);
        let genesis = self.node().genesis().hash();
        let passphrase = Zeroizing::new(passphrase.expose().to_owned());
        let sealed = spawn_blocking(move || SealedKey::seal(&key, certificate, genesis, &passphrase, cost)).await;
        Ok(sealed.map_err(|_| DeskError::new(Code::Busy))??)
    }

    /// Seals an officer's key and keeps it on this node: for founders, whose keys were drawn up elsewhere.
    ///
    /// # Errors
    ///
    /// [`Code::WeakPassphrase`], [`Code::DiskFailed`].
    pub async fn keep_key(&self, officer: &Officer, passphrase: &Passphrase) -> Result<(), DeskError> {
        Ok(self.keyring().keep(&self.seal(officer, passphrase).await?)?)
    }

    async fn officer_with_key(&self, named: &str) -> Result<CertificateId, DeskError> {
        let here = self.keyring().certificates()?;
        let text = named.to_owned();
        let names = self.fresh_view().await?.names();
        let found = self.node().core().read(move |sight| {
            let is_alive = |id: &CertificateId| sight.replica.charter().dead(id).is_none();
            let by_id = |id: &CertificateId| is_prefix(&text, &id.to_string());
            let by_name = |id: &CertificateId| names.of_certificate(id, sight) == text;
            let some: Vec<CertificateId> = here.iter().filter(|id| by_id(id)).copied().collect();
            // Whoever was given another key goes by that one.
            let named = || here.iter().filter(|id| by_name(id) && is_alive(id)).copied().collect();
            if some.is_empty() { named() } else { some }
        });
        match found.await?.as_slice() {
            [] => Err(DeskError::new(Code::NoSuchKey).with("certificate", shortened(named))),
            [one] => Ok(*one),
            _ => Err(DeskError::new(Code::AmbiguousId).with("value", shortened(named))),
        }
    }

    /// The view, brought up to the log.
    async fn fresh_view(&self) -> Result<tokio::sync::MutexGuard<'_, View>, DeskError> {
        let mut view = self.shared.view.lock().await;
        match view.refresh(self.node().core()).await {
            // What is there can be read on.
            Err(error) if error.code == Code::DiskFull && view.reader().is_ok() => {
                tracing::warn!(%error, "the lists are not brought up to the log");
            }
            refreshed => refreshed?,
        }
        if view.claim_rejudging() {
            tokio::spawn(rejudge(self.shared.clone()));
        }
        if view.claim_joining() {
            tokio::spawn(join_parts(self.shared.clone()));
        }
        Ok(view)
    }

    /// Whether a draft could be signed and stored now; nothing is.
    async fn could_write(&self, draft: Draft) -> Result<(), DeskError> {
        let tried = self.node().core().read(move |sight| {
            let unsigned = sight.replica.draft(sight.now, [0; 16], draft, sight.store);
            unsigned.map(drop)
        });
        Ok(tried.await??)
    }

    /// The document of one of these lists whose id begins with `prefix`, with its line.
    async fn line(&self, list: List, prefix: &str) -> Result<Line, DeskError> {
        check_prefix(prefix)?;
        let reader = self.fresh_view().await?.reader()?;
        let mut found = reader.beginning_with(list, prefix).await?.into_iter();
        match (found.next(), found.next()) {
            (Some(line), None) => Ok(line),
            (None, _) => Err(unknown(prefix)),
            _ => Err(DeskError::new(Code::AmbiguousId).with("value", prefix)),
        }
    }

    /// The document of a list whose lines have one each.
    async fn document(&self, list: List, prefix: &str) -> Result<(DocKey, String), DeskError> {
        let line = self.line(list, prefix).await?;
        let document = line.documents.into_iter().next().ok_or_else(|| unknown(prefix))?;
        Ok((document.document, line.short))
    }

    /// What to tell of something written.
    async fn written(&self, id: DocId, kind: Kind, written: Written) -> Result<WrittenShape, DeskError> {
        let id = id.to_string();
        let reader = self.fresh_view().await?.reader()?;
        let line = match List::of_kind(kind) {
            Some(list) => reader.beginning_with(list, &id).await?.into_iter().find(|line| line.doc == id),
            None => None,
        };
        Ok(WrittenShape {
            short: line.map_or_else(|| id.chars().take(SHORT_ID_DIGITS).collect(), |line| line.short),
            document: id,
            entry: written.id.to_string(),
            at: written.at.0,
        })
    }

    /// A unit of this tree, by path or by its code of twelve digits; `None` is this node's own.
    fn unit(&self, text: Option<&str>) -> Result<UnitPath, DeskError> {
        let Some(text) = text else { return Ok(self.node().me().unit.clone()) };
        let root = &self.node().genesis().root;
        let code = UnitPath::from_code(text, root).ok();
        let unit = code.or_else(|| text.parse().ok()).filter(|unit| root.contains(unit));
        unit.ok_or_else(|| DeskError::new(Code::BadUnit).with("value", shortened(text)))
    }
}

/// Brings the lists up to what was struck, stood for or redacted, a little at a time, so that pages stay up meanwhile.
async fn rejudge(shared: Arc<Shared>) {
    loop {
        // Whoever waits for the view comes first: its lock is fair.
        let mut view = shared.view.lock().await;
        match view.rejudge_some(shared.node.core()).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "the lists could not be brought up to a revocation; the next look tries again");
                view.release_rejudging();
                return;
            }
        }
    }
}

/// Joins the parts of the index of words, a little at a time, so that pages stay up meanwhile.
async fn join_parts(shared: Arc<Shared>) {
    loop {
        let joined = shared.view.lock().await.join_some().await;
        match joined {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "the parts of the lists' index were not joined");
                return;
            }
        }
    }
}

/// Ids of one group of documents, for finding the shortest prefix that tells one from the others.
struct Ids(Vec<String>);

impl Ids {
    fn new(mut ids: Vec<String>) -> Ids {
        ids.sort_unstable();
        ids.dedup();
        Ids(ids)
    }

    fn short(&self, id: &impl ToString) -> String {
        let id = id.to_string();
        let place = self.0.partition_point(|other| *other < id);
        let before = place.checked_sub(1).and_then(|before| self.0.get(before));
        let after = self.0.iter().skip(place).find(|other| **other != id);
        let shared = |other: &String| other.bytes().zip(id.bytes()).take_while(|(one, other)| one == other).count();
        let shared = before.into_iter().chain(after).map(shared).max().unwrap_or(0);
        id.chars().take((shared + 1).max(SHORT_ID_DIGITS)).collect()
    }
}

/// Whether a text can be the beginning of an id at all.
fn check_prefix(text: &str) -> Result<(), DeskError> {
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() >= ID_PREFIX_DIGITS_MIN && text.bytes().all(is_hex) {
        Ok(())
    } else {
        Err(DeskError::new(Code::BadId).with("value", shortened(text)))
    }
}

fn is_prefix(text: &str, id: &str) -> bool {
    text.len() >= ID_PREFIX_DIGITS_MIN && id.starts_with(text)
}

/// What a stranger typed, short enough to be shown.
fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

/// A text that must be there.
fn required(field: &'static str, text: &str) -> Result<String, DeskError> {
    if text.trim().is_empty() { Err(DeskError::new(Code::MissingField).with("field", field)) } else { Ok(text.into()) }
}

/// A holder id as text: 32 hexadecimal digits.
fn holder_text(holder: &HolderId) -> String {
    data_encoding::HEXLOWER.encode(holder.as_slice())
}

#[cfg(test)]
pub(crate) mod tests;
