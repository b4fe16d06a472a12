//! Reminders 提醒: what is due soon, due or overdue is written once into an outbox, from where it is sent.
//!
//! Whether it was written decides whether it is written again, so the outbox is no list that is made again from the log:
//! see [`crate::ledger`]. It names documents and offices, no persons and no words; what is said to people is composed when
//! it is sent. A node writes for its own unit and for units below that have no node, so that of the nodes of one line
//! each person's is the one that reminds them. Source: domain §7.

use std::collections::{BTreeMap, BTreeSet};

use fangwei_protocol::{
    record::{
        cbor,
        entry::{DocKey, Hash},
    },
    trust::charter::Role,
    work::{
        calendar::day_of,
        duty::{Duty, Notice, Whom},
        pack::casework::{Addressee, ReminderAt},
        unit::UnitPath,
    },
};
use serde::{Deserialize, Serialize};

use super::{
    Code, Desk, DeskError, Officer,
    duties::{Books, Place, task},
    time::moment,
};
use crate::{
    api::shape::{Outbox as OutboxShown, OutboxLine},
    ledger::{Ledger, LedgerFailure},
    limits::{DUTIES_AT_A_TIME, LIST_MAX, REMIND_AFTER_START, REMIND_EVERY},
    run::Sight,
    words::{self, Language},
};

/// The outbox of a node, open.
#[derive(Debug)]
pub(super) struct Outbox {
    ledger: Ledger,
    /// By name of the reminder, which says duty and stage.
    lines: BTreeMap<String, Line>,
}

/// A line of the file: a reminder, and as which it waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Line {
    key: String,
    made_s: i64,
    kind: String,
    id: String,
    task: String,
    about: Option<String>,
    due: String,
    stage: String,
    unit: String,
    to: Vec<String>,
    state: String,
}

impl Desk {
    /// Makes the reminders that are due now and were not made before. Returns how many.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`], [`Code::ListsFailed`], [`Code::DiskFailed`].
    pub async fn remind(&self) -> Result<usize, DeskError> {
        let mut places = self.places_with_duties().await?.into_iter();
        let (mut found, mut is_first) = (Vec::new(), true);
        loop {
            let some: Vec<Place> = places.by_ref().take(DUTIES_AT_A_TIME).collect();
            if some.is_empty() && !is_first {
                break;
            }
            let with_sharings = std::mem::take(&mut is_first);
            let read = self.node().core().read(move |sight| reminders(sight, &some, with_sharings));
            found.extend(read.await??);
        }
        let mut outbox = self.outbox().await?;
        let outbox = outbox.as_mut().ok_or(Code::Busy)?;
        found.retain(|line: &Line| !outbox.lines.contains_key(&line.key));
        let mut seen = BTreeSet::new();
        found.retain(|line| seen.insert(line.key.clone()));
        outbox.ledger.add(&found)?;
        let made = found.len();
        outbox.lines.extend(found.into_iter().map(|line| (line.key.clone(), line)));
        Ok(made)
    }

    /// The reminders made here, the newest first.
    ///
    /// # Errors
    ///
    /// [`Code::NoAuthority`], [`Code::NodeStopped`], [`Code::DiskFailed`].
    pub async fn reminders(&self, officer: &Officer, language: Language) -> Result<OutboxShown, DeskError> {
        // Whoever works here may know what is due; a stranger on this machine may not.
        self.asker(officer).await?;
        let outbox = self.outbox().await?;
        let lines = outbox.iter().flat_map(|outbox| outbox.lines.values());
        let mut lines: Vec<&Line> = lines.collect();
        lines.sort_by(|one, other| (other.made_s, &one.key).cmp(&(one.made_s, &other.key)));
        let shown = lines.into_iter().take(LIST_MAX).map(|line| OutboxLine {
            made: moment(line.made_s),
            kind: line.kind.clone(),
            id: line.id.clone(),
            task: line.task.clone(),
            task_name: words::task(language, &line.task),
            about: line.about.clone(),
            due: line.due.clone(),
            stage_name: words::reminder(language, stage_word(&line.stage)),
            stage: line.stage.clone(),
            unit: line.unit.clone(),
            to: line.to.clone(),
            state_name: words::reminder(language, &line.state),
            state: line.state.clone(),
        });
        Ok(OutboxShown { lines: shown.collect() })
    }

    /// Makes reminders every now and then, for as long as the node runs.
    pub async fn keep_reminding(self) {
        tokio::time::sleep(REMIND_AFTER_START).await;
        loop {
            match self.remind().await {
                Ok(0) => {}
                Ok(made) => tracing::info!(made, "reminders were made"),
                Err(error) if error.code == Code::NodeStopped => return,
                Err(error) => tracing::warn!(%error, "reminders could not be made; tried again later"),
            }
            tokio::time::sleep(REMIND_EVERY).await;
        }
    }

    async fn outbox(&self) -> Result<tokio::sync::MutexGuard<'_, Option<Outbox>>, DeskError> {
        let mut outbox = self.shared.outbox.lock().await;
        if outbox.is_none() {
            let (ledger, lines) = Ledger::open::<Line>(&self.node().dir().join("outbox.jsonl"))?;
            // A later line of the same name says what became of it.
            let lines = lines.into_iter().map(|line| (line.key.clone(), line)).collect();
            *outbox = Some(Outbox { ledger, lines });
        }
        Ok(outbox)
    }
}

impl From<LedgerFailure> for DeskError {
    fn from(LedgerFailure { path, cause }: LedgerFailure) -> DeskError {
        DeskError::new(Code::DiskFailed).with("path", path.display()).with("reason", cause)
    }
}

/// The reminders of some cases and reports, and of what is shared, that this node makes.
fn reminders(sight: &Sight<'_>, places: &[Place], with_sharings: bool) -> Result<Vec<Line>, DeskError> {
    let books = Books::of(sight)?;
    let nodes = nodes(sight);
    let now_s = sight.now.0;
    let mut lines = Vec::new();
    let mut take = |kind: &str, id: &str, handling: &UnitPath, duties: &[Duty]| -> Result<(), DeskError> {
        for duty in duties.iter().filter(|duty| duty.due.is_some()) {
            let rules = books.rules.in_force(&duty.document.scope.home, day_of(u64::try_from(now_s).unwrap_or(0)))?;
            let Some(notice) = duty.notice(rules.1, books.today, &books.calendar) else { continue };
            let owes = unit_of(sight, &duty.whom);
            let to = |to: &&Addressee| {
                let unit = if **to == Addressee::Subject { owes.as_ref() } else { Some(handling) };
                unit.is_some_and(|unit| is_ours(unit, &sight.replica.me().unit, &nodes))
            };
            let to: Vec<Addressee> = notice.to.iter().filter(to).copied().collect();
            if !to.is_empty() {
                let unit = if to.contains(&Addressee::Subject) { owes.as_ref().unwrap_or(handling) } else { handling };
                lines.push(line(now_s, (kind, id), unit, &notice, &to));
            }
        }
        Ok(())
    };
    for place in places {
        let (duties, _) = books.of_place(sight, place)?;
        let Some(handling) = place.handling() else { continue };
        take(place.kind(), &place.id(), &handling, &duties)?;
    }
    if with_sharings {
        for document in super::sharing::of_line(sight)? {
            let (duties, _, place) = books.of_sharing(sight, &document)?;
            let centre = document.scope.home.parent().unwrap_or_else(|| document.scope.home.clone());
            take("sharing", &place.id, &centre, &duties)?;
        }
    }
    Ok(lines)
}

fn line(now_s: i64, (kind, id): (&str, &str), unit: &UnitPath, notice: &Notice, to: &[Addressee]) -> Line {
    let (task, about) = task(&notice.task, Language::default());
    let stage = match notice.at {
        ReminderAt::Before => format!("before {}", notice.working_days),
        ReminderAt::On => "on".into(),
        ReminderAt::After => format!("after {}", notice.working_days),
    };
    let to = to.iter().map(|to| match to {
        Addressee::Subject => "subject",
        Addressee::HandlingBody => "handling_body",
        Addressee::Decider => "decider",
    });
    Line {
        key: key(&notice.document, notice, task, about.as_deref(), &stage),
        made_s: now_s,
        kind: kind.into(),
        id: id.into(),
        task: task.into(),
        about,
        due: notice.due.to_string(),
        stage,
        unit: unit.to_string(),
        to: to.map(str::to_owned).collect(),
        state: "waiting".into(),
    }
}

/// The name of a reminder: the duty, the day it is due, the stage. A duty that got more time is reminded of again.
fn key(document: &DocKey, notice: &Notice, task: &str, about: Option<&str>, stage: &str) -> String {
    let document = cbor::encode(document);
    let due = notice.due.to_string();
    let parts = [
        &document,
        notice.from.0.as_slice(),
        task.as_bytes(),
        about.unwrap_or("").as_bytes(),
        due.as_bytes(),
        stage.as_bytes(),
    ];
    let hash = Hash::of_parts("fangwei reminder 1", parts).to_string();
    hash.chars().take(32).collect()
}

/// The word for a stage: `before`, `on` or `after`.
fn stage_word(stage: &str) -> &str {
    stage.split(' ').next().unwrap_or(stage)
}

/// Where who owes it is.
fn unit_of(sight: &Sight<'_>, whom: &Whom) -> Option<UnitPath> {
    match whom {
        Whom::Office { unit, .. } => Some(unit.clone()),
        Whom::Above { unit, .. } => unit.parent(),
        Whom::Person(holder) => {
            let bench = sight.replica.bench();
            bench.into_iter().find(|seat| seat.holder == *holder).map(|seat| seat.unit)
        }
    }
}

/// The units that have a node.
fn nodes(sight: &Sight<'_>) -> BTreeSet<UnitPath> {
    let bench = sight.replica.bench().into_iter();
    bench.filter(|seat| seat.roles.contains(&Role::NODE)).map(|seat| seat.unit).collect()
}

/// Whether this node reminds people of a unit: it is its own, or the nearest above with a node.
fn is_ours(unit: &UnitPath, own: &UnitPath, nodes: &BTreeSet<UnitPath>) -> bool {
    let is_between = |node: &UnitPath| own.is_above(node) && node.contains(unit);
    own.contains(unit) && !nodes.iter().any(is_between)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn of_the_nodes_of_one_line_the_nearest_one_reminds() {
        let unit = |path: &str| path.parse::<UnitPath>().unwrap();
        let nodes = ["370126", "370126.105", "370126.105.201"].map(unit).into_iter().collect();
        let who = |of: &str| {
            let ours = ["370126", "370126.105", "370126.105.201"].into_iter();
            ours.filter(|own| is_ours(&unit(of), &unit(own), &nodes)).collect::<Vec<_>>()
        };
        assert_eq!(who("370126.105.201"), ["370126.105.201"]);
        assert_eq!(who("370126.105.202"), ["370126.105"]);
        assert_eq!(who("370126.105.d02"), ["370126.105"]);
        assert_eq!(who("370126.106"), ["370126"]);
        assert!(who("370127").is_empty());
    }
}
