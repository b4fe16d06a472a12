//! Duties that follow from what a centre shares with a department.

use super::{Duty, Reading, Task, Whom};
use crate::{
    record::entry::DocKey,
    trust::charter::Role,
    work::{
        case::law::HANDLING,
        days::LastDay,
        sharing::{RESPONDING, Sharing},
        unit::UnitPath,
    },
};

/// What the department has to answer. The day was set as such: it rests on no year that might not be known.
#[must_use]
pub fn of_sharing(document: &DocKey, sharing: &Sharing<'_>) -> Vec<Duty> {
    let waiting = sharing.told.iter().filter(|told| told.waits());
    let duty = |told: &crate::work::sharing::Told<'_>| Duty {
        document: document.clone(),
        from: told.step.id,
        task: Task::Respond,
        whom: office(&document.scope.home, RESPONDING),
        due: told.shared.respond_by.map(|day| LastDay { day, is_provisional: false }),
    };
    waiting.map(duty).collect()
}

/// What there is to read: by the department what it is told and not asked, and that no answer is waited for any more; by
/// the centre what the department answered.
#[must_use]
pub fn to_read_of_sharing(document: &DocKey, sharing: &Sharing<'_>) -> Vec<Reading> {
    let department = &document.scope.home;
    let reading = |entry, whom| Reading { document: document.clone(), entry, whom };
    let mut readings = Vec::new();
    for told in &sharing.told {
        if told.shared.question.is_none() {
            readings.push(reading(told.step.id, office(department, RESPONDING)));
        }
        if let Some(centre) = department.parent() {
            let answered = told.responses.iter().map(|step| reading(step.id, office(&centre, HANDLING)));
            readings.extend(answered);
        }
        readings.extend(told.closed.map(|step| reading(step.id, office(department, RESPONDING))));
    }
    readings
}

fn office(unit: &UnitPath, roles: &[Role]) -> Whom {
    Whom::Office { unit: unit.clone(), roles: roles.to_vec(), but: Default::default() }
}
