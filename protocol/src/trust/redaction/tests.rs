//! Claims about redactions: what may remain, and what several of them leave together.

use super::*;
use crate::{
    record::entry::Hash,
    trust::charter::HolderName,
    work::{
        cadre::{CadreAct, Post},
        case::{
            Level,
            act::{InnerAct, Proposal, Subject, tests::proposal},
            series::SeriesAct,
        },
        unit::UnitPath,
    },
};

fn edit(steps: &[Step]) -> Content {
    Content::Edit(steps.to_vec())
}

fn set(value: Value) -> Step {
    Step::Set { field: "f".into(), value: Some(value) }
}

fn text(text: &str) -> Step {
    set(Value::Text(text.into()))
}

/// A proposal about a post, or about a unit.
fn propose(post: Option<&str>, facts: &str) -> Content {
    let unit: UnitPath = "370126.105".parse().unwrap();
    let subject = match post {
        Some(post) => {
            Subject::Person { managed_by: unit.clone(), unit, post: post.into(), holder: Some([6; 16].into()) }
        }
        None => Subject::Unit { unit, heads: vec![] },
    };
    let proposal = Proposal { subject, facts: facts.into(), reason: String::new(), ..proposal() };
    Content::Act(Act::Inner(Box::new(InnerAct::Propose(Box::new(proposal)))))
}

#[test]
fn what_remains_is_of_the_shape_of_what_was_said() {
    let insert = |at, delete, insert: &str| Step::Splice { field: "f".into(), at, delete, insert: insert.into() };
    let original = edit(&[text("张三"), insert(1, 2, "𠮷ab"), set(Value::Int(-7)), set(Value::Bool(true))]);
    let may = |steps: &[Step]| may_remain(Some(&original), &edit(steps));
    let rest = |of: usize| [set(Value::Int(-7)), set(Value::Bool(true))][of].clone();
    assert_eq!(may_remain(Some(&original), &original), Ok(()), "nothing taken out");
    assert_eq!(may_remain(Some(&original), &shape(&original)), Ok(()), "everything");
    assert_eq!(may(&[text("张█"), insert(1, 2, "█ab"), rest(0), rest(1)]), Ok(()));
    assert_eq!(may(&[text("张三"), insert(1, 2, "𠮷ab"), set(Value::Int(0)), set(Value::Bool(false))]), Ok(()));
    let (shape, words) = (Err(RedactionFault::Shape), Err(RedactionFault::Words));
    for (steps, why) in [
        (vec![text("█"), insert(1, 2, "𠮷ab"), rest(0), rest(1)], shape),
        (vec![text("张三"), insert(0, 2, "𠮷ab"), rest(0), rest(1)], shape),
        (vec![text("张三"), insert(1, 3, "𠮷ab"), rest(0), rest(1)], shape),
        (vec![text("张三"), insert(1, 2, "𠮷ab"), rest(1), rest(0)], shape),
        (vec![text("张三"), insert(1, 2, "𠮷ab"), rest(0)], shape),
        (vec![text("李四"), insert(1, 2, "𠮷ab"), rest(0), rest(1)], words),
        (vec![text("张三"), insert(1, 2, "𠮷ab"), set(Value::Int(7)), rest(1)], words),
    ] {
        assert_eq!(may(&steps), why, "{steps:?}");
    }
    // A flag that was no cannot become yes, and a field that was cleared stays so.
    assert_eq!(may_remain(Some(&edit(&[set(Value::Bool(false))])), &edit(&[set(Value::Bool(true))])), words);
    let cleared = edit(&[Step::Set { field: "f".into(), value: None }]);
    assert_eq!(may_remain(Some(&cleared), &edit(&[text("")])), shape);
    // Of what says nothing a join remains.
    assert_eq!(may_remain(None, &edit(&[])), Ok(()));
    assert_eq!(may_remain(None, &edit(&[text("")])), shape);
}

#[test]
fn acts_keep_whom_they_are_about() {
    let original = propose(Some("会计"), "白条入账");
    assert_eq!(may_remain(Some(&original), &propose(Some("██"), "白条██")), Ok(()));
    assert_eq!(may_remain(Some(&original), &propose(None, "白条入账")), Err(RedactionFault::Shape));
    let mut other = original.clone();
    if let Content::Act(Act::Inner(act)) = &mut other
        && let InnerAct::Propose(proposal) = &mut **act
    {
        proposal.level = Level::ONE;
    }
    assert_eq!(may_remain(Some(&original), &other), Err(RedactionFault::Shape));
    let name = |holder: u8, name: &str| {
        Content::Act(Act::NameHolder(HolderName { holder: [holder; 16].into(), name: name.into() }))
    };
    assert_eq!(may_remain(Some(&name(1, "张三")), &name(1, "██")), Ok(()));
    assert_eq!(may_remain(Some(&name(1, "张三")), &name(2, "██")), Err(RedactionFault::Shape));
    let decide =
        InnerAct::Decide { proposal: EntryId(Hash([1; 32])), shown: Hash([2; 32]), is_approved: true, meeting: None };
    let approve = Content::Act(Act::Inner(Box::new(decide)));
    assert_eq!(shape(&approve), approve, "nothing can be taken out of it");
    // Of a register why a number was cancelled; of managed posts nothing.
    let void =
        |number, reason: &str| Content::Act(Act::Series(Box::new(SeriesAct::Void { number, reason: reason.into() })));
    assert_eq!(shape(&void(1, "打印错误")), void(1, "████"));
    assert_eq!(may_remain(Some(&void(1, "打印错误")), &void(2, "████")), Err(RedactionFault::Shape));
    let post = Post { unit: "370126.105".parse().unwrap(), post: "镇长".into(), holder: None };
    let manage = Content::Act(Act::Cadre(Box::new(CadreAct::Manage(post))));
    assert_eq!(shape(&manage), manage);
}

#[test]
fn letters_remain_where_all_leave_them_in_any_order() {
    let remains = [edit(&[text("举报人██说")]), edit(&[text("█报人张三█")]), edit(&[text("举报█张三说")])];
    let meet_all =
        |order: &[usize]| order.iter().map(|at| remains[*at].clone()).reduce(|one, other| meet(one, &other)).unwrap();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(meet_all(&order), edit(&[text("█报████")]));
    }
    // Of another shape than the first, nothing but the first one's shape is left.
    assert_eq!(meet(remains[0].clone(), &edit(&[text("举")])), edit(&[text("██████")]));
    assert_eq!(meet(remains[0].clone(), &propose(None, "")), edit(&[text("██████")]));
}

#[test]
fn every_occurrence_of_a_word_is_blocked_out_and_nothing_else() {
    let insert = |insert: &str| Step::Splice { field: "f".into(), at: 3, delete: 1, insert: insert.into() };
    let said = edit(&[text("张三和张三丰"), insert("𠮷张三"), set(Value::Int(3)), set(Value::Bool(true))]);
    let left = edit(&[text("██和██丰"), insert("𠮷██"), set(Value::Int(3)), set(Value::Bool(true))]);
    assert_eq!(without(&said, &["张三"]), left);
    assert_eq!(may_remain(Some(&said), &left), Ok(()));
    assert!(says(&said, &["丰", "无"]) && !says(&said, &["李四"]) && !says(&said, &[]));
    // Occurrences that overlap, and words that do.
    let blocked = |said: &str, taken: &[&str]| without(&edit(&[text(said)]), taken) == edit(&[text("a████")]);
    assert!(blocked("ababa", &["ba", "bab"]) && blocked("a三三三三", &["三三三"]));
    assert_eq!(without(&propose(Some("主任"), "主任收钱"), &["主任"]), propose(Some("██"), "██收钱"));
}
