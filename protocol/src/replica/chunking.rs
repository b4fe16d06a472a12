//! The content of attachments: asking peers for chunks an act names and this node lacks, giving what is here, taking what
//! comes.
//!
//! An act travels without the content it names; the content follows when everything else was given, or never. A peer is
//! asked by the act, so that it need not look up who names a chunk: it reads the act, sees that this link shares it and
//! that the chunk is named there. One chunk at a time is on its way, so that what officers write meanwhile waits for no
//! more than that. What comes is what was asked for, or the session ends: a chunk's name is the hash of its bytes.

use std::{
    collections::BTreeSet,
    ops::Bound::{Excluded, Unbounded},
};

use super::{Effect, Link, PeerFault, PeerId, Replica};
use crate::{
    limits::{CHUNK_BYTES, CHUNK_PART_BYTES, CHUNK_REST_TICKS_MAX, CHUNKS_ASKED_MAX},
    record::{
        body::Body,
        entry::{DocKey, EntryId, Hash, Kind, Scope},
        message::{ChunkPart, ChunksWant, Frame},
        reconcile::{SessionFault, is_shared},
    },
    records::{LogIndex, Records, RecordsFailure, find, indexes, key},
    work::attachment::{KINDS_WITH_ATTACHMENTS, attached},
};

/// A chunk, and an act that names it.
pub type Named = (EntryId, Hash);

/// What a peer was asked for.
#[derive(Default)]
pub(super) struct Chunking {
    /// In this order, in the frame that is not answered yet.
    awaited: Option<Vec<Named>>,
    /// What has come of the chunk that is on its way.
    came: Vec<u8>,
    /// Behind which one it is asked next.
    after: Option<Named>,
    /// Ticks until it is asked again for what it did not have.
    rest: u32,
    /// As many the next time it has nothing, twice.
    rested: u32,
}

/// What is known of an act that named chunks.
enum Naming {
    /// It stands in this scope.
    In(Scope),
    /// Words were taken out of it, and all that came with them.
    NoMore,
    /// It is not here, or cannot be read for now.
    Unread,
}

/// The chunks an act names, each once.
pub(super) fn chunks_of(kind: Kind, body: Option<&[u8]>) -> BTreeSet<Hash> {
    let body = body.filter(|_| KINDS_WITH_ATTACHMENTS.contains(&kind)).and_then(|body| Body::parse(body).ok());
    let attached = body.iter().flat_map(|body| attached(&body.content));
    attached.flat_map(|attachment| attachment.chunks.iter().copied()).collect()
}

/// The documents whose acts may name chunks.
///
/// # Errors
///
/// [`RecordsFailure::Engine`].
pub fn documents_that_may_attach(records: &dyn Records) -> Result<Vec<DocKey>, RecordsFailure> {
    let mut documents = Vec::new();
    for kind in KINDS_WITH_ATTACHMENTS {
        records.scan(&key::documents(kind), &mut |place, _| {
            documents.extend(key::read_document(place));
            std::ops::ControlFlow::Continue(())
        })?;
    }
    Ok(documents)
}

impl Replica {
    /// The chunks acts of a document name, of those that can be read and are not redacted.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure::Engine`].
    pub fn named_chunks(&self, document: &DocKey, records: &dyn Records) -> Result<Vec<Named>, RecordsFailure> {
        let mut named = Vec::new();
        if !KINDS_WITH_ATTACHMENTS.contains(&document.kind) {
            return Ok(named);
        }
        for at in indexes(records, &key::document_log_prefix(document))? {
            let entry = match self.entry(at, records) {
                Ok(entry) => entry,
                Err(RecordsFailure::Damaged(_)) => continue,
                Err(failure) => return Err(failure),
            };
            if !self.charter.is_redacted(&entry.id(), entry.header()) {
                let chunks = chunks_of(document.kind, records.read(at)?.body.as_deref());
                named.extend(chunks.into_iter().map(|chunk| (entry.id(), chunk)));
            }
        }
        Ok(named)
    }

    /// The chunks the entry at a place names, also where words were taken out of it and are not off the disk yet.
    #[must_use]
    pub fn chunks_named_at(&self, at: LogIndex, records: &dyn Records) -> BTreeSet<Hash> {
        match (self.entry(at, records), records.read(at)) {
            (Ok(entry), Ok(record)) => chunks_of(entry.header().kind, record.body.as_deref()),
            _ => BTreeSet::new(),
        }
    }

    /// Acts came that name chunks which are not here, or a store was looked through for them: every peer is asked.
    pub(super) fn lacks(&mut self, named: impl IntoIterator<Item = Named>) {
        let before = self.lacking.len();
        self.lacking.extend(named);
        if self.lacking.len() > before {
            for link in self.links.values_mut() {
                (link.chunks.after, link.chunks.rest, link.chunks.rested) = (None, 0, 0);
            }
        }
    }

    /// Asks every peer that is not being asked.
    pub(super) fn ask_all_for_chunks(&mut self, records: &dyn Records) -> Vec<Effect> {
        let peers: Vec<PeerId> =
            if self.lacking.is_empty() { Vec::new() } else { self.links.keys().copied().collect() };
        peers.into_iter().filter_map(|peer| self.ask_for_chunks(peer, records)).collect()
    }

    /// Some time has passed: who did not have what is lacking may have it by now.
    pub(super) fn rest_less(&mut self) {
        for link in self.links.values_mut() {
            link.chunks.rest = link.chunks.rest.saturating_sub(1);
        }
    }

    /// Asks a peer for the next of what is lacking, once everything else was given. A store that cannot be read puts it off.
    pub(super) fn ask_for_chunks(&mut self, peer: PeerId, records: &dyn Records) -> Option<Effect> {
        if self.lacking.is_empty() {
            return None;
        }
        let link = self.links.get(&peer).filter(|link| link.settled)?;
        let Chunking { awaited: None, rest: 0, after, .. } = &link.chunks else { return None };
        let lower = link.session.as_ref()?.lower();
        let (mut asked, mut came) = (Vec::new(), Vec::new());
        for (id, chunk) in self.lacking.range((after.map_or(Unbounded, Excluded), Unbounded)) {
            match self.named_where(id, records) {
                _ if records.has_chunk(chunk) => came.push((*id, *chunk)),
                Naming::NoMore => came.push((*id, *chunk)),
                Naming::In(scope) if is_shared(lower, &scope) => asked.push((*id, *chunk)),
                Naming::In(_) | Naming::Unread => {}
            }
            if asked.len() == CHUNKS_ASKED_MAX {
                break;
            }
        }
        for named in came {
            self.lacking.remove(&named);
        }
        let link = self.links.get_mut(&peer)?;
        let Some(last) = asked.last() else {
            let rest = (2 * link.chunks.rested).clamp(1, CHUNK_REST_TICKS_MAX);
            (link.chunks.after, link.chunks.rest, link.chunks.rested) = (None, rest, rest);
            return None;
        };
        link.chunks.after = Some(*last);
        let wants = asked.chunk_by(|one, next| one.0 == next.0).filter_map(|run| {
            let (entry, _) = run.first()?;
            Some(ChunksWant { entry: *entry, chunks: run.iter().map(|(_, chunk)| *chunk).collect() })
        });
        let frame = Frame::ChunksWanted(wants.collect());
        link.chunks.awaited = Some(asked);
        Some(Effect::Send { peer, frame })
    }

    /// Where an act stands that names chunks.
    fn named_where(&self, id: &EntryId, records: &dyn Records) -> Naming {
        let entry = find(records, id).ok().flatten().and_then(|at| self.entry(at, records).ok());
        match entry {
            None => Naming::Unread,
            Some(entry) if self.charter.is_redacted(id, entry.header()) => Naming::NoMore,
            Some(entry) => Naming::In(entry.header().scope.clone()),
        }
    }

    /// A peer lacks these: it is given the first of them that is here, in parts, or told that none is.
    pub(super) fn chunks_wanted(
        &self,
        link: &Link,
        wants: &[ChunksWant],
        records: &dyn Records,
    ) -> Result<Vec<Frame>, RecordsFailure> {
        let lower = link.session.as_ref().map(|session| session.lower());
        for want in wants {
            let Some(at) = find(records, &want.entry)? else { continue };
            let Naming::In(scope) = self.named_where(&want.entry, records) else { continue };
            if !lower.is_some_and(|lower| is_shared(lower, &scope)) {
                continue;
            }
            let (Ok(entry), Ok(record)) = (self.entry(at, records), records.read(at)) else { continue };
            let named = chunks_of(entry.header().kind, record.body.as_deref());
            let here = want.chunks.iter().filter(|chunk| named.contains(*chunk));
            if let Some(bytes) = here.filter_map(|chunk| records.chunk(chunk)).next() {
                return Ok(parts_of(&bytes));
            }
        }
        Ok(vec![Frame::Chunk(ChunkPart { bytes: Vec::new().into(), rest: 0 })])
    }

    /// A part of what was asked for came, or that the peer has none of it.
    pub(super) fn chunk_came(
        &self,
        link: &mut Link,
        part: &ChunkPart,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) -> Result<(), PeerFault> {
        let out_of_turn = || PeerFault::from(SessionFault::OutOfTurn("chunk"));
        let asked = link.chunks.awaited.take().ok_or_else(out_of_turn)?;
        if part.bytes.is_empty() {
            return if part.rest == 0 && link.chunks.came.is_empty() { Ok(()) } else { Err(out_of_turn()) };
        }
        link.chunks.came.extend_from_slice(&part.bytes);
        let whole = (link.chunks.came.len() as u64).saturating_add(u64::from(part.rest));
        if whole > CHUNK_BYTES {
            return Err(SessionFault::Flood("bytes of a chunk").into());
        }
        if part.rest > 0 {
            link.chunks.awaited = Some(asked);
            return Ok(());
        }
        let bytes = std::mem::take(&mut link.chunks.came);
        let chunk = Hash::of(&bytes);
        let named = asked.into_iter().find(|(_, asked)| *asked == chunk).ok_or_else(out_of_turn)?;
        // What stands before it the peer does not have; what stands behind it it was not looked for.
        (link.chunks.after, link.chunks.rested) = (Some(named), 0);
        // Words may have been taken out of what named it, since it was asked for.
        if matches!(self.named_where(&named.0, records), Naming::In(_)) {
            effects.push(Effect::Keep { chunk, bytes: bytes.into() });
        }
        Ok(())
    }
}

/// A chunk in as many frames as it takes.
fn parts_of(bytes: &[u8]) -> Vec<Frame> {
    let mut rest = bytes.len();
    let parts = bytes.chunks(CHUNK_PART_BYTES).map(|part| {
        rest -= part.len();
        Frame::Chunk(ChunkPart { bytes: part.to_vec().into(), rest: u32::try_from(rest).unwrap_or(u32::MAX) })
    });
    parts.collect()
}
