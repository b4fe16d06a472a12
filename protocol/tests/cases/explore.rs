//! Walks the states a file can reach and asks both opinions about every act of every officer there.

use std::collections::{BTreeMap, VecDeque};

use fangwei_protocol::{
    record::entry::EntryId,
    work::case::{
        act::{InnerAct, OuterAct},
        inner::Inner,
        law::{Law, Officer, Taken},
        outer::Outer,
        table::{Row, Stage, TABLE},
    },
};

use crate::{
    model::{self, ACTORS, LEVELS, Place, Reason, Rules},
    tried::{Deed, Flaw},
    world::{Acts, id, inner_act, keep, law, names_of_inner, names_of_outer, officer, outer_act},
};

/// Acts from the empty file on: the stated depth of the exploration. No state is farther away: the walks end before.
pub(crate) const DEPTH: usize = 24;

/// What is tried in the inner file.
pub(crate) const INNER_TRIES: &[(Deed, &[Flaw])] = &[
    (
        Deed::Propose,
        &[Flaw::Pack, Flaw::Level, Flaw::Ground, Flaw::GroundReason, Flaw::Way, Flaw::Sort, Flaw::Managed, Flaw::Blank],
    ),
    (Deed::Return, &[Flaw::OtherProposal, Flaw::Blank]),
    (Deed::Drop, &[Flaw::OtherProposal]),
    (Deed::RecuseSelf, &[Flaw::Blank]),
    (Deed::RecuseLead, &[Flaw::Blank]),
    (Deed::RecuseLeadUnseen, &[]),
    (Deed::Approve, DECIDING),
    (Deed::Dismiss, DECIDING),
    (
        Deed::Plan,
        &[Flaw::OtherProposal, Flaw::Blank, Flaw::OneInterviewer, Flaw::ConcernedInterviewer, Flaw::MainInterviewer],
    ),
    (Deed::Rescind, &[Flaw::OtherDecision, Flaw::Blank, Flaw::NoMeeting]),
    (Deed::ReferProposal, &[Flaw::Blank]),
    (Deed::Deliberate, &[Flaw::Blank]),
    (Deed::Raise, &[Flaw::Condition, Flaw::Unlinked, Flaw::Blank]),
    (Deed::Note, &[]),
    (Deed::SettleInner, &[Flaw::OtherCrossing, Flaw::Blank]),
];

const DECIDING: &[Flaw] = &[
    Flaw::OtherProposal,
    Flaw::NotShown,
    Flaw::NoMeeting,
    Flaw::ShortMeeting,
    Flaw::ConcernedPresent,
    Flaw::NotTogether,
];

const INTERVIEWING: &[Flaw] =
    &[Flaw::OtherWarning, Flaw::OneInterviewer, Flaw::ConcernedInterviewer, Flaw::MainInterviewer];

/// What is tried in the outer file.
pub(crate) const OUTER_TRIES: &[(Deed, &[Flaw])] = &[
    (
        Deed::Issue,
        &[
            Flaw::Pack,
            Flaw::Level,
            Flaw::Ground,
            Flaw::Way,
            Flaw::Sort,
            Flaw::Elsewhere,
            Flaw::Managed,
            Flaw::OtherForm,
            Flaw::OtherRegister,
            Flaw::NumberCancelled,
            Flaw::NoTerm,
            Flaw::TermNotFree,
            Flaw::TermTooLong,
        ],
    ),
    (Deed::IssueWithoutPaper, &[]),
    (Deed::Cancel, &[Flaw::OtherWarning, Flaw::Blank]),
    (Deed::Deliver, &[Flaw::OtherWarning]),
    (Deed::Receive, &[Flaw::OtherWarning]),
    (Deed::Notice, INTERVIEWING),
    (Deed::Notice, &[Flaw::OtherForm, Flaw::OtherRegister]),
    (Deed::Interview, INTERVIEWING),
    (Deed::Interview, &[Flaw::OtherNotice, Flaw::Blank, Flaw::TermNotFree, Flaw::NoTerm]),
    (Deed::Answer, &[Flaw::OtherWarning, Flaw::Blank, Flaw::NoMeasures]),
    (Deed::Evidence, &[Flaw::OtherWarning, Flaw::Blank]),
    (Deed::AskExtension, &[Flaw::OtherWarning, Flaw::TermTooLong, Flaw::Blank]),
    (Deed::Extend, &[Flaw::OtherWarning, Flaw::OtherRequest, Flaw::TermTooLong, Flaw::OtherForm, Flaw::OtherRegister]),
    (Deed::RefuseExtension, &[Flaw::OtherWarning, Flaw::OtherRequest, Flaw::Blank]),
    (Deed::Accept, &[Flaw::OtherWarning, Flaw::OtherAnswer, Flaw::NotShown]),
    (Deed::SendBack, &[Flaw::OtherWarning, Flaw::OtherAnswer, Flaw::Blank]),
    (Deed::VisitAndLift, &[Flaw::OtherWarning, Flaw::NoMeans, Flaw::Blank]),
    (Deed::VisitAndWait, &[]),
    (Deed::Lift, &[Flaw::OtherWarning, Flaw::OtherAnswer, Flaw::NotShown]),
    (Deed::LiftOnVisit, &[Flaw::OtherVisit, Flaw::NotShown]),
    (Deed::Withdraw, &[Flaw::OtherWarning, Flaw::Blank]),
    (Deed::Object, &[Flaw::OtherWarning, Flaw::Blank]),
    (Deed::Uphold, &[Flaw::OtherWarning, Flaw::OtherObjection, Flaw::Blank]),
    (Deed::Reject, &[Flaw::OtherWarning, Flaw::OtherObjection, Flaw::Blank]),
    (Deed::Escalate, &[Flaw::OtherWarning, Flaw::Condition, Flaw::Unlinked]),
    (Deed::EscalateOutside, &[Flaw::Unlinked]),
    (Deed::Refer, &[Flaw::OtherWarning]),
    (Deed::Tell, &[Flaw::OtherWarning, Flaw::OtherBody, Flaw::OtherForm, Flaw::OtherRegister]),
    (Deed::Link, &[Flaw::OtherWarning, Flaw::Hidden]),
    (Deed::Settle, &[Flaw::OtherCrossing, Flaw::Blank]),
];

/// Everybody has seen everything, but for the one act that is tried as if it had not.
pub(crate) fn all_seen(later: &EntryId, _: &EntryId) -> bool {
    *later != unseeing()
}

/// The act whose author had seen nothing.
fn unseeing() -> EntryId {
    id("unseeing")
}

fn step_id(deed: Deed, count: usize) -> EntryId {
    if deed == Deed::RecuseLeadUnseen { unseeing() } else { id(&format!("{deed:?} {count}")) }
}

/// A file as both opinions have it.
pub(crate) trait Kept: Sized + 'static {
    type Act: 'static;
    type Model: Copy + Ord + std::fmt::Debug;
    const HOME: Place;
    const TRIES: &'static [(Deed, &'static [Flaw])];

    fn blank_model() -> Self::Model;
    /// Whether the walk goes on from here: not where states differ only in which of those who may signed, or in which
    /// of fourteen were recused beyond two.
    fn is_of_interest(model: &Self::Model) -> bool;
    fn next(model: Self::Model, rules: &Rules, who: model::Actor, try_: (Deed, Flaw)) -> Result<Self::Model, Reason>;
    fn stage_of(model: &Self::Model) -> Stage;
    fn fold(path: Vec<Taken<'static, Self::Act>>, law: &Law<'static>) -> Self;
    fn may(&self, step: &Taken<'static, Self::Act>, law: &Law<'static>) -> Result<Stage, Reason>;
    fn agrees(&self, model: &Self::Model) -> bool;
    fn act(&self, rules: &Rules, who: usize, try_: (Deed, Flaw), acts: &Acts<Self::Act>) -> &'static Self::Act;
    fn stage(&self) -> Stage;
}

/// One state that can be reached, and a way there.
pub(crate) struct Node<F: Kept> {
    pub(crate) model: F::Model,
    pub(crate) file: F,
    pub(crate) path: Vec<Taken<'static, F::Act>>,
}

/// All states of a file under some rules.
pub(crate) struct Explored<F: Kept> {
    pub(crate) rules: &'static Rules,
    pub(crate) nodes: Vec<Node<F>>,
    pub(crate) acts: Acts<F::Act>,
    pub(crate) is_complete: bool,
}

pub(crate) fn officers() -> Vec<Officer<'static>> {
    ACTORS.iter().map(officer).collect()
}

/// Whether a try makes sense at all under these rules.
fn is_apt(rules: &Rules, (deed, flaw): (Deed, Flaw)) -> bool {
    match (deed, flaw) {
        (_, Flaw::NoTerm) | (Deed::Issue, Flaw::TermTooLong) => rules.open_term,
        (Deed::Issue, Flaw::Managed) => rules.is_person,
        (_, Flaw::NotTogether) => rules.meeting,
        _ => true,
    }
}

/// The tries of a deed or of all.
pub(crate) fn tries<F: Kept>(rules: &Rules) -> Vec<(Deed, Flaw)> {
    let mut all: Vec<(Deed, Flaw)> =
        F::TRIES.iter().flat_map(|(deed, flaws)| flaws.iter().map(|flaw| (*deed, *flaw))).collect();
    let mut deeds: Vec<Deed> = F::TRIES.iter().map(|(deed, _)| *deed).collect();
    deeds.dedup();
    all.extend(deeds.into_iter().map(|deed| (deed, Flaw::None)));
    all.retain(|one| is_apt(rules, *one));
    all
}

/// Whether there is a number to use again.
fn has_cancelled(names: u32) -> bool {
    names >= 2
}

pub(crate) fn explore<F: Kept>(rules: &'static Rules, depth: usize) -> Explored<F> {
    let law = law(rules, F::HOME, TABLE, &all_seen);
    let acts = Acts::new();
    let officers = officers();
    let mut seen: BTreeMap<F::Model, usize> = BTreeMap::from([(F::blank_model(), 0)]);
    let mut nodes = vec![Node { model: F::blank_model(), file: F::fold(Vec::new(), law), path: Vec::new() }];
    let mut open = VecDeque::from([0]);
    let mut is_complete = true;
    while let Some(at) = open.pop_front() {
        for try_ in tries::<F>(rules).into_iter().filter(|(_, flaw)| *flaw == Flaw::None) {
            for (who, officer) in officers.iter().enumerate() {
                let Ok(next) = F::next(nodes[at].model, rules, ACTORS[who], try_) else { continue };
                if seen.contains_key(&next) || !F::is_of_interest(&next) {
                    continue;
                }
                if nodes[at].path.len() >= depth {
                    is_complete = false;
                    continue;
                }
                let act = nodes[at].file.act(rules, who, try_, &acts);
                let count = nodes[at].path.len();
                let mut path = nodes[at].path.clone();
                path.push(Taken { id: step_id(try_.0, count), by: *officer, act });
                let file = F::fold(path.clone(), law);
                seen.insert(next, nodes.len());
                open.push_back(nodes.len());
                nodes.push(Node { model: next, file, path });
            }
        }
    }
    Explored { rules, nodes, acts, is_complete }
}

/// The first answer on which the opinions differ with these rows, among the tries that are let through, and how many
/// were compared.
pub(crate) fn compare<F: Kept>(
    explored: &Explored<F>,
    table: &'static [Row],
    only: impl Fn(Deed) -> bool,
) -> (Option<String>, usize) {
    let law = law(explored.rules, F::HOME, table, &all_seen);
    let officers = officers();
    let tries: Vec<(Deed, Flaw)> = tries::<F>(explored.rules).into_iter().filter(|(deed, _)| only(*deed)).collect();
    let mut count = 0;
    for node in &explored.nodes {
        for try_ in &tries {
            let mut act = node.file.act(explored.rules, 0, *try_, &explored.acts);
            for (who, officer) in officers.iter().enumerate() {
                if try_.0 == Deed::RecuseSelf {
                    act = node.file.act(explored.rules, who, *try_, &explored.acts);
                }
                let step = Taken { id: id("tried"), by: *officer, act };
                let ours = node.file.may(&step, law);
                let theirs = F::next(node.model, explored.rules, ACTORS[who], *try_).map(|next| F::stage_of(&next));
                count += 1;
                if ours != theirs {
                    let (rules, model) = (explored.rules.name, node.model);
                    return (Some(format!("{rules}: {model:?} {try_:?} by {who}: {ours:?}, not {theirs:?}")), count);
                }
            }
        }
    }
    (None, count)
}

impl Kept for Inner<'static> {
    type Act = InnerAct;
    type Model = model::Inner;
    const HOME: Place = Place::Town;
    const TRIES: &'static [(Deed, &'static [Flaw])] = INNER_TRIES;

    fn blank_model() -> model::Inner {
        model::Inner::BLANK
    }

    fn is_of_interest(model: &model::Inner) -> bool {
        // Person 4 recuses the lead unseen, once and where that crosses something.
        model.out.count_ones() <= 2 && [99, 4].contains(&model.crosser)
    }

    fn next(
        model: model::Inner,
        rules: &Rules,
        who: model::Actor,
        (deed, flaw): (Deed, Flaw),
    ) -> Result<model::Inner, Reason> {
        model.next(rules, who, deed, flaw)
    }

    fn stage_of(model: &model::Inner) -> Stage {
        match model.stage {
            '.' => Stage::Blank,
            'p' => Stage::Proposed,
            'r' => Stage::Returned,
            'o' => Stage::Dropped,
            'a' => Stage::Approved,
            'd' => Stage::Dismissed,
            'z' => Stage::Rescinded,
            _ => Stage::Referred,
        }
    }

    fn fold(path: Vec<Taken<'static, InnerAct>>, law: &Law<'static>) -> Self {
        Inner::fold(path, law)
    }

    fn may(&self, step: &Taken<'static, InnerAct>, law: &Law<'static>) -> Result<Stage, Reason> {
        Inner::may(self, step, law).map_err(|refused| refused.why.code())
    }

    fn agrees(&self, model: &model::Inner) -> bool {
        let out = (0..16).filter(|person| self.recused.contains(&crate::world::holder(*person)));
        self.stage == Self::stage_of(model)
            && self.refused.is_empty()
            && self.crossings.is_empty() == (model.crosser == 99)
            && out.fold(0u16, |bits, person| bits | 1 << person) == model.out
    }

    fn act(&self, rules: &Rules, who: usize, try_: (Deed, Flaw), acts: &Acts<InnerAct>) -> &'static InnerAct {
        let (names, more) = names_of_inner(self);
        let actor = &ACTORS[who];
        let by = if try_.0 == Deed::RecuseSelf { actor.person } else { 0 };
        acts.get((try_.0, try_.1, by, names, more), || inner_act(rules, self, actor, try_.0, try_.1))
    }

    fn stage(&self) -> Stage {
        self.stage
    }
}

impl Kept for Outer<'static> {
    type Act = OuterAct;
    type Model = model::Outer;
    const HOME: Place = Place::Village;
    const TRIES: &'static [(Deed, &'static [Flaw])] = OUTER_TRIES;

    fn blank_model() -> model::Outer {
        model::Outer::BLANK
    }

    fn is_of_interest(model: &model::Outer) -> bool {
        [99, 1].contains(&model.issuer)
    }

    fn next(
        model: model::Outer,
        rules: &Rules,
        who: model::Actor,
        (deed, flaw): (Deed, Flaw),
    ) -> Result<model::Outer, Reason> {
        // Nothing was cancelled: there is no such number to use again, and the try is a good one.
        let flaw = if flaw == Flaw::NumberCancelled && !model.was_cancelled { Flaw::OtherRegister } else { flaw };
        model.next(rules, who, deed, flaw)
    }

    fn stage_of(model: &model::Outer) -> Stage {
        match model.stage {
            '.' => Stage::Blank,
            'i' => Stage::Issued,
            'd' => Stage::Delivered,
            'a' => Stage::Answered,
            'r' => Stage::Rectifying,
            'v' => Stage::Visited,
            'l' => Stage::Lifted,
            'w' => Stage::Withdrawn,
            'e' => Stage::Escalated,
            _ => Stage::Referred,
        }
    }

    fn fold(path: Vec<Taken<'static, OuterAct>>, law: &Law<'static>) -> Self {
        Outer::fold(path, law)
    }

    fn may(&self, step: &Taken<'static, OuterAct>, law: &Law<'static>) -> Result<Stage, Reason> {
        Outer::may(self, step, law).map_err(|refused| refused.why.code())
    }

    fn agrees(&self, model: &model::Outer) -> bool {
        self.stage == Self::stage_of(model)
            && self.refused.is_empty()
            && self.crossings.is_empty()
            && self.delivered.is_some() == model.delivered
            && self.received.is_some() == model.received
            && self.notices.is_empty() != model.noticed
            && self.requested.is_some() == model.asked
            && self.extended.is_some() == model.extended
            && self.objection.is_some() == (model.objection != '.')
            && self.ruling.is_some() == (model.objection == 'a')
    }

    fn act(&self, rules: &Rules, _: usize, try_: (Deed, Flaw), acts: &Acts<OuterAct>) -> &'static OuterAct {
        let (names, more) = names_of_outer(self);
        // The number of a cancelled paper, or one of another register where none was cancelled.
        let flaw = match try_.1 {
            Flaw::NumberCancelled if !has_cancelled(more) => Flaw::OtherRegister,
            flaw => flaw,
        };
        acts.get((try_.0, flaw, 0, names, more), || outer_act(rules, self, try_.0, flaw))
    }

    fn stage(&self) -> Stage {
        self.stage
    }
}

fn check<F: Kept>(states: [usize; 3]) {
    for (rules, expected) in LEVELS.iter().zip(states) {
        let explored = explore::<F>(keep(*rules), DEPTH);
        assert!(explored.is_complete, "{}: there are states beyond the depth", rules.name);
        for node in &explored.nodes {
            assert!(node.file.agrees(&node.model), "{}: {:?} is {:?}", rules.name, node.model, node.file.stage());
        }
        let (difference, count) = compare(&explored, TABLE, |_| true);
        assert_eq!(difference, None);
        assert_eq!(count, explored.nodes.len() * tries::<F>(rules).len() * ACTORS.len());
        assert_eq!(explored.nodes.len(), expected, "states of {}", rules.name);
    }
}

#[test]
fn the_inner_file_is_as_the_second_opinion_has_it_in_every_state() {
    check::<Inner<'static>>([3_285, 3_705, 3_705]);
}

#[test]
fn the_outer_file_is_as_the_second_opinion_has_it_in_every_state() {
    check::<Outer<'static>>([3_620, 18_021, 521]);
}
