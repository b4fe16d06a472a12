//! Every two acts that officers can do without knowing of each other, in every reachable state: whichever arrives first,
//! everybody folds the same; what is refused or contradicts is a crossing, and what people have to settle is said.
//!
//! What comes of each pair is written into `protocol/CROSSINGS.md`: `FANGWEI_WRITE_DOCS=1 cargo test -p
//! fangwei-protocol --test cases` writes it anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fangwei_protocol::{
    record::{entry::EntryId, fold::causal_order},
    work::case::{
        Crossing,
        act::{InnerAct, OuterAct},
        deed::CaseDeed,
        inner::Inner,
        law::{Law, Taken},
        outer::Outer,
        table::TABLE,
    },
};

use crate::{
    explore::{DEPTH, Explored, Kept, Node, explore, officers, tries},
    model::{ACTORS, LEVELS},
    tried::{Deed, Flaw},
    world::{id, keep, law},
};

/// What can come of two acts that cross.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Outcome {
    /// Both stand, in either order the same.
    Both,
    /// The first stands, the other says no more than it.
    First,
    /// Both stand, and people settle it.
    BothSettled,
    /// The first stands, and people settle it.
    FirstSettled,
}

type Table = BTreeMap<(CaseDeed, CaseDeed), BTreeSet<Outcome>>;

/// A file whose folds can be compared.
trait Comparable: Kept + Clone {
    fn then(self, steps: [Taken<'static, Self::Act>; 2], law: &Law<'static>) -> Self;
    fn deed(act: &Self::Act) -> CaseDeed;
    fn stands(&self, id: EntryId) -> bool;
    fn crossings(&self) -> &[Crossing];
    /// All that matters of it, with names for the ids.
    fn gist(&self, name: &dyn Fn(EntryId) -> String) -> String;
}

fn one<A>(step: &Option<Taken<'_, A>>, name: &dyn Fn(EntryId) -> String) -> String {
    step.map_or_else(String::new, |step| name(step.id))
}

fn set<'s, 'a: 's, A: 'a>(
    steps: impl IntoIterator<Item = &'s Taken<'a, A>>,
    name: &dyn Fn(EntryId) -> String,
) -> BTreeSet<String> {
    steps.into_iter().map(|step| name(step.id)).collect()
}

impl Comparable for Inner<'static> {
    fn then(self, steps: [Taken<'static, InnerAct>; 2], law: &Law<'static>) -> Self {
        self.followed_by(steps, law)
    }

    fn deed(act: &InnerAct) -> CaseDeed {
        CaseDeed::of_inner(act)
    }

    fn stands(&self, id: EntryId) -> bool {
        self.steps.iter().any(|step| step.id == id)
    }

    fn crossings(&self) -> &[Crossing] {
        &self.crossings
    }

    fn gist(&self, name: &dyn Fn(EntryId) -> String) -> String {
        let (proposal, decision) = (one(&self.proposal, name), one(&self.decision, name));
        format!("{:?} {proposal} {decision} {:?} {:?}", self.stage, self.recused, set(&self.steps, name))
    }
}

impl Comparable for Outer<'static> {
    fn then(self, steps: [Taken<'static, OuterAct>; 2], law: &Law<'static>) -> Self {
        self.followed_by(steps, law)
    }

    fn deed(act: &OuterAct) -> CaseDeed {
        CaseDeed::of_outer(act)
    }

    fn stands(&self, id: EntryId) -> bool {
        self.steps.iter().any(|step| step.id == id)
    }

    fn crossings(&self) -> &[Crossing] {
        &self.crossings
    }

    fn gist(&self, name: &dyn Fn(EntryId) -> String) -> String {
        let singles = [&self.issue, &self.requested, &self.extended, &self.lifting, &self.objection, &self.ruling];
        let lists = [
            &self.notices,
            &self.interviews,
            &self.answers,
            &self.evidence,
            &self.visits,
            &self.escalations,
            &self.told,
            &self.steps,
        ];
        let singles: Vec<String> = singles.into_iter().map(|step| one(step, name)).collect();
        let lists: Vec<BTreeSet<String>> = lists.into_iter().map(|steps| set(steps, name)).collect();
        let days = self.delivered.iter().chain(&self.received).map(|(id, _)| name(*id)).collect::<Vec<_>>();
        let judged: BTreeMap<String, bool> = self.judged.iter().map(|(id, is)| (name(*id), *is)).collect();
        format!("{:?} {singles:?} {lists:?} {days:?} {judged:?}", self.stage)
    }
}

/// The file after two acts that had not seen each other, the first of which has the smaller id.
fn met<F: Comparable>(
    node: &Node<F>,
    law: &Law<'static>,
    first: Taken<'static, F::Act>,
    second: Taken<'static, F::Act>,
) -> F {
    let (one, other) = (Taken { id: small(), ..first }, Taken { id: great(), ..second });
    node.file.clone().then([one, other], law)
}

/// What leads to a state comes first and of the two the smaller id, whichever arrives first.
fn check_order<F: Kept>(node: &Node<F>) {
    let chain: Vec<(EntryId, Vec<EntryId>)> = (0..node.path.len())
        .map(|at| (node.path[at].id, at.checked_sub(1).map(|before| node.path[before].id).into_iter().collect()))
        .collect();
    let tip: Vec<EntryId> = node.path.last().map(|step| step.id).into_iter().collect();
    let ends = [(small(), tip.clone()), (great(), tip)];
    let expected: Vec<EntryId> = node.path.iter().map(|step| step.id).chain([small(), great()]).collect();
    assert_eq!(causal_order(chain.iter().cloned().chain(ends.clone())), expected);
    assert_eq!(causal_order(ends.into_iter().rev().chain(chain)), expected, "whichever arrives first");
}

fn small() -> EntryId {
    EntryId(fangwei_protocol::record::entry::Hash([0; 32]))
}

fn great() -> EntryId {
    EntryId(fangwei_protocol::record::entry::Hash([255; 32]))
}

/// Nobody who wrote one of the two had seen the other.
fn crossed(later: &EntryId, earlier: &EntryId) -> bool {
    ![(small(), great()), (great(), small())].contains(&(*later, *earlier))
}

fn outcome<F: Comparable>(file: &F) -> Outcome {
    let crossing = file.crossings().iter().find(|crossing| crossing.stands == small() && crossing.other == great());
    match (file.stands(great()), crossing) {
        (true, None) => Outcome::Both,
        (true, Some(_)) => Outcome::BothSettled,
        (false, Some(crossing)) if crossing.needs_person => Outcome::FirstSettled,
        (false, Some(_)) => Outcome::First,
        (false, None) => panic!("refused, and nobody is told that it crossed something"),
    }
}

/// Lets every two acts meet that can in a state. Who acts is the first who may; of two alike, the next one too.
fn meet<F: Comparable>(explored: &Explored<F>, table: &mut Table) -> usize {
    let law = law(explored.rules, F::HOME, TABLE, &crossed);
    let officers = officers();
    let tries: Vec<(Deed, Flaw)> =
        tries::<F>(explored.rules).into_iter().filter(|(_, flaw)| *flaw == Flaw::None).collect();
    let mut count = 0;
    for node in &explored.nodes {
        check_order(node);
        let mut can: Vec<(Deed, Taken<'static, F::Act>, bool)> = Vec::new();
        for try_ in &tries {
            let may = |who: &usize| F::next(node.model, explored.rules, ACTORS[*who], *try_).is_ok();
            for (nth, who) in (0..ACTORS.len()).filter(may).take(2).enumerate() {
                let act = node.file.act(explored.rules, who, *try_, &explored.acts);
                can.push((try_.0, Taken { id: id("new"), by: officers[who], act }, nth > 0));
            }
        }
        for (at, (tried, one, is_next)) in can.iter().enumerate() {
            for (tried_too, other, _) in can[at + 1..].iter().filter(|(too, _, next)| !next || too == tried) {
                if *is_next && tried != tried_too {
                    continue;
                }
                count += 1;
                let (there, back) = (met(node, law, *one, *other), met(node, law, *other, *one));
                assert!(there.stands(small()) && back.stands(small()));
                let name = |first: &'static str, second: &'static str| {
                    move |id: EntryId| match id {
                        id if id == small() => first.to_owned(),
                        id if id == great() => second.to_owned(),
                        id => id.to_string(),
                    }
                };
                let outcomes = [outcome(&there), outcome(&back)];
                if outcomes == [Outcome::Both; 2] {
                    let (one_way, other_way) = (there.gist(&name("a", "b")), back.gist(&name("b", "a")));
                    assert_eq!(one_way, other_way, "{:?} {:?}", node.model, (F::deed(one.act), F::deed(other.act)));
                }
                let (deed, with) = (F::deed(one.act), F::deed(other.act));
                table.entry((deed.min(with), deed.max(with))).or_default().extend(outcomes);
            }
        }
    }
    count
}

fn meet_all<F: Comparable>(table: &mut Table) -> usize {
    LEVELS.iter().map(|rules| meet(&explore::<F>(keep(*rules), DEPTH), table)).sum()
}

fn rendered(table: &Table) -> String {
    let mut text = String::from(
        "# What comes of acts that cross\n\n\
         Officers work offline, so two of them can act on a case without knowing of each other. Everybody folds the\n\
         acts in causal order, then by id, so everybody comes to the same. This table is made by letting every two acts\n\
         meet in every state a file can reach (`protocol/tests/cases/crossing.rs`); a pair that is not here never meets,\n\
         and one that stands in two columns comes out differently in different states or orders.\n\n\
         - **both stand**: in either order the file is the same;\n\
         - **one is enough**: the first stands, the other says no more than it did and is shown without effect;\n\
         - **people settle it**: the first stands, the other is shown without effect, and both sides are told;\n\
         - **both stand, people settle it**: the two contradict each other.\n",
    );
    for (file, is_inner) in [("The inner file", true), ("The outer file", false)] {
        text.push_str(&format!(
            "\n## {file}\n\n\
             | act | both stand with | one is enough with | people settle it with | both stand, people settle it with |\n\
             | --- | --- | --- | --- | --- |\n"
        ));
        for deed in CaseDeed::ALL.iter().filter(|deed| deed.is_inner() == is_inner) {
            let with = |outcome: Outcome| {
                let others = CaseDeed::ALL.iter().filter(|other| {
                    let pair = ((*deed).min(**other), (*deed).max(**other));
                    table.get(&pair).is_some_and(|outcomes| outcomes.contains(&outcome))
                });
                others.map(|other| other.name().replace('_', " ")).collect::<Vec<_>>().join(", ")
            };
            let columns = [Outcome::Both, Outcome::First, Outcome::FirstSettled, Outcome::BothSettled].map(with);
            text.push_str(&format!("| {} | {} |\n", deed.name().replace('_', " "), columns.join(" | ")));
        }
    }
    text
}

#[test]
fn whichever_of_two_acts_arrives_first_everybody_comes_to_the_same() {
    let mut table = Table::new();
    let counts = (meet_all::<Inner<'static>>(&mut table), meet_all::<Outer<'static>>(&mut table));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CROSSINGS.md");
    if std::env::var_os("FANGWEI_WRITE_DOCS").is_some() {
        fs::write(&path, rendered(&table)).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), rendered(&table));
    assert_eq!((table.len(), counts), (334, (147_508, 1_444_115)));
}
