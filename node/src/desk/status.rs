//! How the node stands: what it holds, who above holds it too, which sessions there are; synchronising, rebuilding.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use fangwei_protocol::{
    record::{entry::Reach, reconcile::Stage},
    records::{RecordsFailure, indexes, key},
    replica::Event,
    trust::{
        checkpoint::{Checkpoint, Note},
        confirmed::checkpoint_of,
    },
    work::unit::UnitPath,
};
use tokio::time::{sleep, timeout};

use super::{
    Code, Desk, DeskError,
    time::{moment, now},
};
use crate::{
    api::shape::{
        CheckpointShown, ContradictionShown, FeedShown, HeldCount, PeerShown, Rebuilt, RestoredShown, Scrubbed, Status,
        SyncForm, Synced, TrafficShown, UnconfirmedShown, UpstreamShown,
    },
    identity::key_text,
    limits::{NAMES_WAIT_MAX, SYNC_WAIT_MAX},
    node::alarm::late,
    run::{ScrubFound, Sight},
    store::scrubbed_file,
    view::{Names, View, readable},
};

impl Desk {
    /// How the node stands.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn status(&self) -> Result<Status, DeskError> {
        let (names, lists) = self.names_soon().await?;
        let (rejudging, listed) = lists.unzip();
        let node = self.node();
        let (me, counts, traffic) = (node.me().clone(), node.core().counts(), node.traffic());
        let mut status = Status {
            tree: node.genesis().name.clone(),
            genesis: node.genesis().hash().0.to_string(),
            unit: me.unit.to_string(),
            unit_name: names.unit(&me.unit).into(),
            certificate: me.certificate.to_string(),
            key: key_text(&node.key()),
            listen: node.address().map(|address| address.to_string()),
            online: node.address().is_some() && node.is_online(),
            as_of: String::new(),
            entries: 0,
            digest: String::new(),
            lag_entries: 0,
            rejudging,
            lists_lag_entries: None,
            halted: None,
            certificates: 0,
            feeds: 0,
            branched: Vec::new(),
            forks_seen: counts.forks.load(Ordering::Relaxed),
            peers_refused: counts.refused.load(Ordering::Relaxed),
            held_above: HeldCount { expected: false, entries: 0, confirmed: 0, waiting: 0 },
            contradictions: Vec::new(),
            restored: None,
            log_differs: false,
            damaged: 0,
            damaged_since: None,
            mended: counts.mended.load(Ordering::Relaxed),
            aside: 0,
            scrubbed: scrubbed_at(node.dir()),
            unconfirmed: Vec::new(),
            unconfirmed_s: node.unconfirmed_limit().as_secs(),
            peers: Vec::new(),
            upstream: node
                .upstream()
                .iter()
                .map(|up| UpstreamShown { address: up.address.to_string(), key: key_text(&up.key) })
                .collect(),
            last_failure: node.last_failure(),
            traffic: TrafficShown {
                frames_out: traffic.frames_out,
                frames_in: traffic.frames_in,
                bytes_out: traffic.bytes_out,
                bytes_in: traffic.bytes_in,
            },
        };
        let limit = node.unconfirmed_limit();
        let looked = node.core().read(move |sight| -> Result<Status, DeskError> {
            let replica = sight.replica;
            let frontier = replica.frontier();
            status.as_of = now(sight.now);
            status.halted = sight.halted.map(str::to_owned);
            status.entries = replica.log_length().0;
            status.lists_lag_entries = listed.map(|listed| status.entries.saturating_sub(listed));
            status.digest = frontier.link_digest(&replica.me().unit).to_string();
            status.lag_entries = sight.store.lag_entries();
            status.certificates = replica.charter().all().count() as u64;
            for scope in frontier.scopes() {
                for (author, feed) in frontier.feeds(&scope) {
                    status.feeds += 1;
                    if feed.branched {
                        let (unit, author) = (scope.home.to_string(), author.to_string());
                        status.branched.push(FeedShown { unit, author, tips: feed.tips.len() as u64 });
                    }
                }
            }
            status.held_above = held(sight)?;
            let late = late(sight, limit)?.into_iter().map(|late| UnconfirmedShown {
                unit_name: names.unit(&late.unit).into(),
                unit: late.unit.to_string(),
                entries: late.entries,
                oldest: moment(late.oldest_s),
            });
            status.unconfirmed = late.collect();
            status.contradictions = contradictions(sight, &names)?;
            let epoch = replica.log_epoch();
            let after = epoch.after.map(|after| RestoredShown { epoch: epoch.epoch, after_size: after.size });
            status.restored = after;
            status.log_differs = replica.log_differs();
            status.damaged = replica.damaged().count() as u64;
            status.damaged_since = replica.damaged().map(|(_, lost)| lost.since_s).min().map(moment);
            status.aside = sight.store.aside_count();
            status.peers = peers(sight, &names);
            Ok(status)
        });
        looked.await?
    }

    /// What units and holders are called, and of lists how much is to be looked at again and how many entries they were
    /// made from. Whoever asks how the node stands does not wait until the lists of a large county are made after a start:
    /// until then neither is known.
    async fn names_soon(&self) -> Result<(Arc<Names>, Option<(u64, u64)>), DeskError> {
        let told = |view: &View| (view.names(), Some((view.to_rejudge(), view.seen())));
        if self.shared.view.try_lock().is_err() {
            // Somebody is at it.
            let view = timeout(NAMES_WAIT_MAX, self.shared.view.lock()).await;
            return Ok(view.map(|view| told(&view)).unwrap_or_default());
        }
        let desk = self.clone();
        // Goes on when this no longer waits for it.
        let making = tokio::spawn(async move { desk.fresh_view().await.map(|view| told(&view)) });
        match timeout(NAMES_WAIT_MAX, making).await {
            Ok(Ok(made)) => made,
            Ok(Err(_)) | Err(_) => Ok(Default::default()),
        }
    }

    /// Dials those above at once and, if asked to, waits until they hold everything that is here.
    ///
    /// # Errors
    ///
    /// [`Code::NoNetwork`], [`Code::NoUpstream`], [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn sync(&self, form: &SyncForm) -> Result<Synced, DeskError> {
        let node = self.node();
        if node.address().is_none() || !node.is_online() {
            return Err(Code::NoNetwork.into());
        }
        if node.upstream().is_empty() {
            return Err(Code::NoUpstream.into());
        }
        let mut events = node.core().events();
        node.dial_now();
        let wait = Duration::from_secs(form.wait_s).min(SYNC_WAIT_MAX);
        let began = Instant::now();
        loop {
            let synced = self.synced().await?;
            let left = wait.saturating_sub(began.elapsed());
            if synced.settled || left.is_zero() {
                return Ok(synced);
            }
            // Woken by what happens, and in any case soon: some of what is waited for tells no event.
            let _ = timeout(left.min(Duration::from_secs(1)), async {
                loop {
                    match events.recv().await.as_deref() {
                        Ok(Event::Settled { .. } | Event::Confirmed { .. } | Event::Refused { .. }) => break,
                        Ok(_) => {}
                        Err(_) => sleep(Duration::from_millis(200)).await,
                    }
                }
            })
            .await;
        }
    }

    async fn synced(&self) -> Result<Synced, DeskError> {
        let names = self.fresh_view().await?.names();
        let last_failure = self.node().last_failure();
        let looked = self.node().core().read(move |sight| -> Result<Synced, DeskError> {
            let (held_above, peers) = (held(sight)?, peers(sight, &names));
            let live = |peer: &PeerShown| peer.above && peer.stage.as_deref() == Some("live") && peer.waiting == 0;
            let settled = peers.iter().any(live) && held_above.waiting == 0;
            Ok(Synced { settled, held_above, peers, last_failure })
        });
        looked.await?
    }

    /// Sets the index aside and derives it again from the journal.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`].
    pub async fn rebuild(&self) -> Result<Rebuilt, DeskError> {
        let began = Instant::now();
        self.node().core().rebuild().await?;
        // The lists as well.
        self.shared.view.lock().await.begin_again().await?;
        drop(self.fresh_view().await?);
        let looked = self.node().core().read(|sight| {
            let unit = &sight.replica.me().unit;
            (sight.replica.log_length().0, sight.replica.frontier().link_digest(unit).to_string())
        });
        let (entries, digest) = looked.await?;
        Ok(Rebuilt { entries, digest, took_ms: millis(began.elapsed()) })
    }
}

impl Desk {
    /// Reads the whole journal again in search of damage.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn scrub(&self) -> Result<Scrubbed, DeskError> {
        let began = Instant::now();
        let found = self.node().core().scrub().await?;
        let ScrubFound { bytes, looked_at, entries, undone, others } = found;
        Ok(Scrubbed { entries: looked_at, bytes, damaged: entries, undone, others, took_ms: millis(began.elapsed()) })
    }
}

/// When the journal was last read again, as the file says that is touched then.
fn scrubbed_at(dir: &Path) -> Option<String> {
    let touched = std::fs::metadata(scrubbed_file(dir)).and_then(|found| found.modified()).ok()?;
    let since = touched.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok().map(moment)
}

/// Milliseconds as a number.
pub(super) fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// How many entries homed here or below are confirmed by a node above.
fn held(sight: &Sight<'_>) -> Result<HeldCount, RecordsFailure> {
    let unit = &sight.replica.me().unit;
    let mut count = HeldCount { expected: unit.parent().is_some(), entries: 0, confirmed: 0, waiting: 0 };
    for (scope, _, feed) in sight.replica.frontier().below(unit) {
        if scope.reach == Reach::LOCAL {
            continue;
        }
        count.entries += feed.entries;
        if count.expected {
            count.confirmed += confirmed(sight, feed)?;
        }
    }
    count.waiting = if count.expected { count.entries - count.confirmed } else { 0 };
    Ok(count)
}

/// How many entries of a feed are confirmed.
fn confirmed(sight: &Sight<'_>, feed: &fangwei_protocol::record::feed::Feed) -> Result<u64, RecordsFailure> {
    let is_held = |at| -> Result<bool, RecordsFailure> {
        let entry = readable(sight.replica.entry(at, sight.store))?;
        let above = entry.map(|entry| readable(sight.replica.held_above(&entry, sight.store))).transpose()?.flatten();
        Ok(above.is_some_and(|above| !above.is_empty()))
    };
    let mut all = true;
    for tip in &feed.tips {
        all = all && is_held(tip.at)?;
    }
    if all {
        return Ok(feed.entries);
    }
    let log = indexes(sight.store, &key::feed_log_prefix(&feed.key))?;
    if feed.branched {
        let mut held = 0;
        for at in log {
            held += u64::from(is_held(at)?);
        }
        return Ok(held);
    }
    // What is confirmed is the beginning of the chain: look for its end.
    let (mut held, mut open) = (0, log.len());
    while held < open {
        let middle = held + (open - held) / 2;
        match log.get(middle) {
            Some(at) if is_held(*at)? => held = middle + 1,
            _ => open = middle,
        }
    }
    Ok(held as u64)
}

/// What is kept of checkpoints that cannot both be true.
fn contradictions(sight: &Sight<'_>, names: &Names) -> Result<Vec<ContradictionShown>, RecordsFailure> {
    let shown = |checkpoint: &Checkpoint| CheckpointShown {
        epoch: checkpoint.log.epoch,
        size: checkpoint.head.size,
        root: checkpoint.head.root.to_string(),
        time: moment(checkpoint.time_s),
    };
    let mut all = Vec::new();
    for evidence in sight.replica.evidence(sight.store)? {
        // It was read before it was kept.
        let (Ok(held), Ok(came)) = (Note::parse(&evidence.held), Note::parse(&evidence.came)) else { continue };
        let node = held.claimed().log.node;
        let unit = sight.replica.charter().certificate(&node).map(|known| &known.certificate.unit);
        let newest = checkpoint_of(&node, sight.store)?;
        let explained = newest.filter(|newest| evidence.is_explained_by(newest.claimed()));
        all.push(ContradictionShown {
            certificate: node.to_string(),
            unit: unit.map(ToString::to_string).unwrap_or_default(),
            unit_name: unit.map_or("", |unit| names.unit(unit)).into(),
            held: shown(held.claimed()),
            came: shown(came.claimed()),
            explained: explained.map(|note| shown(note.claimed())),
        });
    }
    Ok(all)
}

fn peers(sight: &Sight<'_>, names: &Names) -> Vec<PeerShown> {
    let me: &UnitPath = &sight.replica.me().unit;
    let shown = sight.replica.peers().map(|peer| PeerShown {
        unit_name: peer.unit.as_ref().map_or("", |unit| names.unit(unit)).into(),
        above: peer.unit.as_ref().is_some_and(|unit| unit.is_above(me)),
        unit: peer.unit.map(|unit| unit.to_string()),
        certificate: peer.certificate.map(|id| id.to_string()),
        stage: peer.stage.map(|stage| stage_name(stage).into()),
        to_give: peer.progress.to_give,
        given: peer.progress.given,
        to_take: peer.progress.to_take,
        taken: peer.progress.taken,
        waiting: peer.waiting as u64,
        parked: peer.parked as u64,
    });
    shown.collect()
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Comparing => "comparing",
        Stage::Giving => "giving",
        Stage::Live => "live",
    }
}
