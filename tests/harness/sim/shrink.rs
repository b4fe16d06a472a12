//! Makes a plan that breaks a claim smaller, as long as the same claim breaks.

use super::{
    plan::{Fault, Plan},
    run,
    tally::Broken,
};

/// The smallest plan found that breaks the same claim, and how it breaks there. Tries at most so many runs.
#[must_use]
pub fn shrink(plan: &Plan, broken: &Broken, tries: u32) -> (Plan, Broken) {
    let (mut plan, mut broken) = (plan.clone(), broken.clone());
    let mut left = tries;
    let mut is_smaller = true;
    while std::mem::take(&mut is_smaller) && left > 0 {
        for smaller in smaller(&plan) {
            if left == 0 {
                break;
            }
            left -= 1;
            if let Err(again) = run(&smaller)
                && again.claim == broken.claim
            {
                (plan, broken, is_smaller) = (smaller, again, true);
                break;
            }
        }
    }
    (plan, broken)
}

/// Plans a step smaller than this one, the smallest first.
fn smaller(plan: &Plan) -> Vec<Plan> {
    let mut some = Vec::new();
    let mut add = |change: &dyn Fn(&mut Plan)| {
        let mut changed = plan.clone();
        change(&mut changed);
        if changed != *plan {
            some.push(changed);
        }
    };
    add(&|plan| plan.hours = (plan.hours / 2).max(1));
    add(&|plan| plan.units = (plan.units / 2).max(3));
    add(&|plan| plan.hours = (plan.hours * 3 / 4).max(1));
    add(&|plan| plan.units = (plan.units - 1).max(3));
    let faults: Vec<Fault> = plan.faults.keys().copied().collect();
    for half in faults.chunks(faults.len().div_ceil(2).max(1)) {
        add(&|plan| plan.faults.retain(|fault, _| !half.contains(fault)));
    }
    for fault in &faults {
        add(&|plan| plan.faults.retain(|other, _| other != fault));
    }
    some
}
