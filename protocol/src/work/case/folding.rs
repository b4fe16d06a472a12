//! Folding a file: acts in causal order, each taken if the table allows it, else kept and marked.
//!
//! Officers work offline, so acts cross each other. The first in causal-then-id order stands at every keeper. What is
//! refused although its author could not have known better, and what stands beside something that contradicts it, is a
//! **crossing**: it is shown, and where people have to settle it, that is said. Source: domain §7, architecture §3.

use std::collections::BTreeMap;

use super::{
    act::Clash,
    deed::CaseDeed,
    law::{Law, Taken},
    refusal::{CaseRefusal, Refused},
    table::{Row, Stage},
};
use crate::{limits::CASE_ACTS_MAX, record::entry::EntryId, trust::charter::HolderId};

/// Two acts whose authors had not seen each other's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Crossing {
    /// The one that stands, the earlier one if both do.
    pub stands: EntryId,
    /// The other.
    pub other: EntryId,
    /// Who wrote the other.
    pub author: HolderId,
    /// Whether the other is without effect.
    pub is_refused: bool,
    /// Whether people have to settle it: the two say different things.
    pub needs_person: bool,
}

impl Crossing {
    /// What is settled, once somebody looked at it.
    #[must_use]
    pub fn clash(&self) -> Clash {
        Clash::Acts { stands: self.stands, other: self.other }
    }
}

/// What a file is, as far as folding asks.
pub(super) trait File<'a>: Default {
    /// Its acts.
    type Act: 'a;

    /// What an act does.
    fn deed(act: &Self::Act) -> CaseDeed;

    /// The row that allows it now.
    fn find(&self, step: &Taken<'a, Self::Act>, law: &Law<'a>) -> Result<&'a Row, Refused>;

    /// Takes it in.
    fn take(&mut self, step: Taken<'a, Self::Act>, row: &Row, law: &Law<'a>);

    /// Everything that stands, in order.
    fn steps(&self) -> &[Taken<'a, Self::Act>];

    /// Everything that crossed so far: what is settled names it.
    fn crossings(&mut self) -> &mut Vec<Crossing>;
}

/// Deeds that leave nothing to settle when two people do the same at once: what both wanted is done.
const REPEATABLE: &[CaseDeed] = &[
    CaseDeed::Return,
    CaseDeed::Drop,
    CaseDeed::Approve,
    CaseDeed::Dismiss,
    CaseDeed::Rescind,
    CaseDeed::ReferProposal,
    CaseDeed::Cancel,
    CaseDeed::Deliver,
    CaseDeed::Receive,
    CaseDeed::AskExtension,
    CaseDeed::RefuseExtension,
    CaseDeed::Accept,
    CaseDeed::SendBack,
    CaseDeed::Lift,
    CaseDeed::Withdraw,
    CaseDeed::Object,
    CaseDeed::Uphold,
    CaseDeed::Reject,
    CaseDeed::Escalate,
    CaseDeed::Refer,
];

/// Deeds that can both stand and yet contradict each other, in this order.
const CONTRADICT: &[(CaseDeed, CaseDeed)] = &[
    // Somebody took part before it was known that it concerns them.
    (CaseDeed::Approve, CaseDeed::Recuse),
    (CaseDeed::Dismiss, CaseDeed::Recuse),
    (CaseDeed::Return, CaseDeed::Recuse),
    (CaseDeed::Plan, CaseDeed::Recuse),
    (CaseDeed::Raise, CaseDeed::Recuse),
    (CaseDeed::Deliberate, CaseDeed::Recuse),
];

/// The row for a deed at a stage.
pub(super) fn row<'a>(deed: CaseDeed, stage: Stage, law: &Law<'a>) -> Result<&'a Row, Refused> {
    let mut rows = law.table.iter().filter(|row| row.deed == deed);
    let source = rows.clone().next().map_or("domain §7", |row| row.source);
    rows.find(|row| row.at.contains(&stage)).ok_or(CaseRefusal::WrongStage { stage, deed }.by(source))
}

/// Folds valid acts that come in causal order, after what the file has. What is without effect is given back.
pub(super) fn fold<'a, F: File<'a>>(
    file: &mut F,
    steps: impl IntoIterator<Item = Taken<'a, F::Act>>,
    law: &Law<'a>,
) -> BTreeMap<EntryId, Refused> {
    let mut refused = BTreeMap::new();
    let mut examined = 0;
    for step in steps {
        let found = if file.steps().len() < CASE_ACTS_MAX {
            file.find(&step, law)
        } else {
            Err(CaseRefusal::FileFull.by("architecture §3"))
        };
        match found {
            Ok(row) => {
                let crossings = contradictions::<F>(file.steps(), &step, law);
                file.crossings().extend(crossings);
                file.take(step, row, law);
            }
            Err(why) => {
                // Somebody who floods a file is not looked at more often than this.
                if examined < CASE_ACTS_MAX {
                    examined += 1;
                    let crossing = crossed(file, &step, law);
                    file.crossings().extend(crossing);
                }
                refused.insert(step.id, why);
            }
        }
    }
    refused
}

/// Acts that stand and that this one, standing too, contradicts without having known of them.
fn contradictions<'a, F: File<'a>>(
    standing: &[Taken<'a, F::Act>],
    step: &Taken<'a, F::Act>,
    law: &Law<'a>,
) -> Vec<Crossing> {
    let deed = F::deed(step.act);
    let contradicts = |other: &&Taken<'a, F::Act>| {
        let other_deed = F::deed(other.act);
        CONTRADICT.contains(&(other_deed, deed)) || CONTRADICT.contains(&(deed, other_deed))
    };
    let unseen = standing.iter().filter(contradicts).filter(|other| !law.world.saw(&step.id, &other.id));
    unseen
        .map(|other| Crossing {
            stands: other.id,
            other: step.id,
            author: step.by.holder,
            is_refused: false,
            needs_person: true,
        })
        .collect()
}

/// Why an act that is refused would have been taken as its author saw the file: what stands and was not seen.
fn crossed<'a, F: File<'a>>(file: &mut F, step: &Taken<'a, F::Act>, law: &Law<'a>) -> Option<Crossing> {
    // What is settled names what crossed, and so knows of it.
    let known = file.crossings().clone();
    let standing = file.steps();
    let saw = |other: &Taken<'a, F::Act>| law.world.saw(&step.id, &other.id);
    if standing.iter().all(saw) || !is_taken::<F>(&known, standing.iter().filter(|other| saw(other)), step, law) {
        return None;
    }
    let unseen: Vec<&Taken<'a, F::Act>> = standing.iter().filter(|other| !saw(other)).collect();
    let with = |one: &Taken<'a, F::Act>| {
        let before = |other: &&Taken<'a, F::Act>| saw(other) || other.id == one.id || law.world.saw(&one.id, &other.id);
        !is_taken::<F>(&known, standing.iter().filter(before), step, law)
    };
    // The first that alone stands in the way; else nothing alone does, and the last is named.
    let culprit = unseen.iter().find(|one| with(one)).or(unseen.last());
    culprit.map(|one| {
        let (deed, other) = (F::deed(one.act), F::deed(step.act));
        let is_same = deed == other && REPEATABLE.contains(&deed);
        Crossing { stands: one.id, other: step.id, author: step.by.holder, is_refused: true, needs_person: !is_same }
    })
}

/// Whether an act would be taken after these.
fn is_taken<'s, 'a: 's, F: File<'a>>(
    crossings: &[Crossing],
    before: impl Iterator<Item = &'s Taken<'a, F::Act>>,
    step: &Taken<'a, F::Act>,
    law: &Law<'a>,
) -> bool {
    let mut file = F::default();
    file.crossings().extend(crossings);
    for earlier in before {
        if let Ok(row) = file.find(earlier, law) {
            file.take(*earlier, row, law);
        }
    }
    file.find(step, law).is_ok()
}
