//! What proves one entry, checked anew from the bytes on the disk whenever somebody asks.

use data_encoding::HEXLOWER;
use fangwei_protocol::{
    record::{
        entry::{Claim, EntryId, Hash, Kind},
        log::{is_included, leaf},
    },
    records::{Records as _, RecordsFailure},
    replica::Said,
    work::schema::Schema,
};

use super::{Code, Desk, DeskError, Officer, cases::inner_closed_to, shown::Showing};
use crate::{
    api::shape::{ChainLink, ProofShown},
    profile::custody_name,
    run::Sight,
    view::Names,
    words::{self, Language},
};

/// What every officer of this node may read; of all else it is shown that it is there, and what proves it.
const SAID_TO_ALL: [Kind; 3] = [Kind::RISK, Kind::CASE_INNER, Kind::CASE_OUTER];

/// Certificates a chain may have: more levels than a tree has, and an end to whatever else.
const CHAIN_MAX: usize = 16;

impl Desk {
    /// An entry by its whole id, with what proves it.
    ///
    /// # Errors
    ///
    /// [`Code::BadId`], [`Code::NoSuchEntry`], also of a report or inner file whoever asks may not see, [`Code::NodeStopped`].
    pub async fn proof(&self, officer: &Officer, id: &str, language: Language) -> Result<ProofShown, DeskError> {
        let hash: Hash = id.parse().map_err(|_| DeskError::new(Code::BadId).with("value", super::shortened(id)))?;
        let id = EntryId(hash);
        let closed = self.reports_closed_to(Some(officer)).await?;
        let names = self.fresh_view().await?.names();
        let officer = officer.clone();
        let read = self.node().core().read(move |sight| {
            let unknown = || DeskError::new(Code::NoSuchEntry).with("id", id);
            let said = sight.replica.find(&id, sight.store)?.ok_or_else(unknown)?;
            let document = said.entry.header().document();
            let is_closed = !inner_closed_to(sight, Some(&officer), [&document])?.is_empty();
            if is_closed || closed.contains(&document) {
                return Err(unknown());
            }
            proof_of(sight, &said, &names, language)
        });
        read.await?
    }
}

fn proof_of(sight: &Sight<'_>, said: &Said, names: &Names, language: Language) -> Result<ProofShown, DeskError> {
    let showing = Showing { sight, names, language };
    let header = said.entry.header();
    let record = sight.store.read(said.at)?;
    let charter = sight.replica.charter();
    let author = charter.certificate(&header.author).ok_or_else(|| DeskError::from(Code::NoAuthority))?;
    let key = author.certificate.key;
    let genesis = sight.replica.genesis();
    let damaged = || DeskError::from(RecordsFailure::Damaged(said.at));
    let claim = Claim::parse(&record.entry).map_err(|_| damaged())?;
    let signed = said.entry.to_be_signed(genesis);
    let signature = said.entry.signature().map_or_else(String::new, |bytes| HEXLOWER.encode(&bytes));
    let head = sight.replica.log_head();
    let path = sight.replica.log_path(said.at, sight.store)?;
    let mut entry = showing.entry(said, Vec::new())?;
    if !SAID_TO_ALL.contains(&header.document().kind) {
        // What a report, a triage or a sharing says is on a page that asks who looks; here one entry leads to the one before.
        entry.changes.clear();
        entry.attachments.clear();
    }
    Ok(ProofShown {
        entry,
        kind: Schema::of(header.document().kind).map_or("unknown", |schema| schema.name).into(),
        signature_holds: claim.verify(genesis, &key).is_ok_and(|entry| entry.id() == said.entry.id()),
        // Where words were taken out, what is shown is not what was signed.
        body_holds: record.body.as_ref().filter(|_| said.remains.is_none()).map(|body| Hash::of(body) == header.body),
        signed: HEXLOWER.encode(&signed),
        signature,
        key: HEXLOWER.encode(&key.bytes()),
        chain: chain(&showing, said),
        seq: header.seq + 1,
        previous: header.prev.map(|id| id.to_string()),
        log_size: head.size,
        log_root: head.root.to_string(),
        log_holds: is_included(&leaf(&said.entry.id()), said.at.0, &path, &head),
        log_path: path.iter().map(ToString::to_string).collect(),
    })
}

/// The author's certificate, who issued it, who issued that one, up to the founders.
fn chain(showing: &Showing<'_>, said: &Said) -> Vec<ChainLink> {
    let charter = showing.sight.replica.charter();
    let mut links = Vec::new();
    let mut next = Some(said.entry.header().author);
    while let Some(id) = next.filter(|_| links.len() < CHAIN_MAX) {
        let Some(certified) = charter.certificate(&id) else { break };
        let custody = custody_name(certified.certificate.custody);
        links.push(ChainLink {
            holder: showing.author(&id),
            custody_name: words::custody(showing.language, custody),
            complete: certified.complete,
            founder: certified.issuer.is_none(),
        });
        next = certified.issuer;
    }
    links
}
