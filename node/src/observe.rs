//! What happened, as one log line with fields each. Never what people wrote: ids, units and counts only.

use fangwei_protocol::replica::Event;

/// Logs an event of the core.
pub fn tell(event: &Event) {
    match event {
        Event::Admitted { from, to } => tracing::debug!(from = from.0, entries = to.0 - from.0, "entries admitted"),
        Event::Branched { scope, author, id } => {
            tracing::info!(home = %scope.home, %author, entry = %id, "feed branched between epochs");
        }
        Event::Forked { scope, author, id, other } => {
            tracing::warn!(home = %scope.home, %author, entry = %id, %other, "feed forked within one epoch: kept as evidence");
        }
        Event::TokenReused { token } => tracing::warn!(%token, "a one-use join token certified a second node"),
        Event::SecondKey { certificate, known } => {
            tracing::warn!(%certificate, %known, "another key was certified for a holder or a unit's node known already");
        }
        Event::Met { peer, unit, agreed } => tracing::info!(peer = peer.0, %unit, agreed, "session began"),
        Event::Settled { peer, unit } => tracing::info!(peer = peer.0, %unit, "everything that differed is given"),
        Event::Confirmed { holder, tips } => tracing::debug!(%holder, tips, "held above"),
        Event::Restored { node, epoch } => {
            tracing::warn!(%node, epoch, "a node was restored: its log goes on under another name");
        }
        Event::Contradicted { node } => {
            tracing::error!(%node, "two checkpoints of one log cannot both be true (a lie, a cloned machine, or one restored from a backup): kept as evidence");
        }
        Event::LogDiffers { from, to } => {
            tracing::error!(
                from = from.0,
                to = to.0,
                "the log does not read as it was written; nothing is signed any more"
            );
        }
        Event::Damaged { entries } => {
            tracing::error!(entries, "records are damaged: shown to nobody, asked for again from other nodes");
        }
        Event::Mended { at, id } => tracing::warn!(at = at.0, entry = %id, "a damaged record was written again"),
        Event::Witnessed { size, cosignatures } => tracing::info!(size, cosignatures, "checkpoint witnessed"),
        Event::Refused { peer, fault } => tracing::warn!(peer = peer.0, %fault, "peer refused"),
        Event::Ended { peer, bye } => {
            tracing::info!(peer = peer.0, code = bye.code.0, detail = %bye.detail, "peer ended the session");
        }
    }
}
