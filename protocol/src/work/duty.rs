//! What each officer has to do 待办 and to read 待阅, due and overdue.
//!
//! Computed from what is folded and the calendar at hand, so that a node that is cut off knows as well; nothing is stored.
//! A duty says who can do it rather than who must: an office shares its work. Whether a duty is due is the rules';
//! whether it was read is the reader's own business, which [`Reading`] leaves to the caller. Source: domain §6, §7.

mod case;
mod report;
mod sharing;

use std::collections::BTreeSet;

pub use self::{
    case::{CaseFiles, of_case, to_read_of_case},
    report::{ReportFiles, of_report, to_read_of_report},
    sharing::{of_sharing, to_read_of_sharing},
};
use crate::{
    record::entry::{DocKey, EntryId},
    trust::charter::{HolderId, Role},
    work::{
        case::{
            law::{HANDLING, Officer},
            series::Series,
        },
        days::{Day, Days, LastDay},
        pack::{
            Pack,
            casework::{Addressee, Reminder, ReminderAt},
            level::{BodyId, Debt},
        },
        unit::UnitPath,
    },
};

/// Something to be done.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Task {
    /// 受理或转办: take a report up, or pass it on.
    TakeUp,
    /// 补充: answer what was asked about a report.
    AnswerQuestion,
    /// 分流: open the triage of a report that was taken up, or decide what becomes of it.
    Triage,
    /// 答复: tell whoever reported.
    Reply,
    /// Take the words of a lead out of the report: only that it was handed over is kept.
    Redact,
    /// 审批: decide a proposal.
    Decide,
    /// Amend a proposal that was returned, or drop it.
    Amend,
    /// 签发: issue the warning that was decided.
    Issue,
    /// 送达: deliver the paper.
    Deliver,
    /// 签收: confirm the receipt.
    Receive,
    /// What the subject owes.
    Owe(Debt),
    /// 审核答复: accept an answer or send it back.
    Judge,
    /// Give more time or not.
    AnswerExtension,
    /// 回访 or 跟踪: look how it is carried out.
    Visit,
    /// 解除: lift the warning.
    Lift,
    /// 申诉答复: answer the objection.
    Rule,
    /// 通报: tell a body.
    Tell(BodyId),
    /// 升级研究: a deadline was missed for so long that the pack proposes to carry the case up. A person decides.
    ConsiderEscalation,
    /// Two acts crossed or two files contradict each other: people settle it.
    Settle,
    /// 反馈: answer what a centre shared with the department.
    Respond,
    /// 作废: strike a number whose paper was never issued or was cancelled.
    Strike(u32),
}

/// Who can do something or has to read it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whom {
    /// One person.
    Person(HolderId),
    /// Officers of a unit with one of these roles, but not these people.
    Office {
        /// The unit.
        unit: UnitPath,
        /// The roles.
        roles: Vec<Role>,
        /// People who may not: whom it concerns, who proposed, who decided.
        but: BTreeSet<HolderId>,
    },
    /// Officers of a unit above this one with one of these roles, but not these people.
    Above {
        /// The unit.
        unit: UnitPath,
        /// The roles.
        roles: Vec<Role>,
        /// People who may not.
        but: BTreeSet<HolderId>,
    },
}

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duty {
    /// The document it is done in; of what does not exist yet, the one it follows from.
    pub document: DocKey,
    /// The entry it follows from: with the task it is the duty's name.
    pub from: EntryId,
    /// What.
    pub task: Task,
    /// By whom.
    pub whom: Whom,
    /// The last day, where there is one.
    pub due: Option<LastDay>,
}

/// One thing to read: an entry somebody else wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// Where.
    pub document: DocKey,
    /// What.
    pub entry: EntryId,
    /// For whom.
    pub whom: Whom,
}

/// A reminder to be sent on a day: an entry of the outbox. Two nodes that make it make the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// The duty's document.
    pub document: DocKey,
    /// The duty's entry.
    pub from: EntryId,
    /// The duty's task.
    pub task: Task,
    /// The day it is for.
    pub on: Day,
    /// The last day of the duty.
    pub due: Day,
    /// Before, on or after that day …
    pub at: ReminderAt,
    /// … by so many working days.
    pub working_days: u16,
    /// Whom it goes to.
    pub to: Vec<Addressee>,
}

impl Whom {
    /// Whether an officer is one of them.
    #[must_use]
    pub fn is(&self, officer: &Officer<'_>) -> bool {
        match self {
            Whom::Person(holder) => *holder == officer.holder,
            Whom::Office { unit, roles, but } => {
                unit == officer.unit && officer.has_any(roles) && !but.contains(&officer.holder)
            }
            Whom::Above { unit, roles, but } => {
                officer.unit.is_above(unit) && officer.has_any(roles) && !but.contains(&officer.holder)
            }
        }
    }
}

impl Duty {
    /// Whether it is over.
    #[must_use]
    pub fn is_overdue(&self, today: Day) -> bool {
        self.due.is_some_and(|due| due.is_over(today))
    }

    /// The reminders of it that a pack has sent on a day.
    #[must_use]
    pub fn notices(&self, pack: &Pack, today: Day, days: &dyn Days) -> Vec<Notice> {
        let Some(due) = self.due else { return Vec::new() };
        let due_now = pack.reminders.iter().filter(|reminder| is_on(reminder, due, today, days));
        due_now.map(|reminder| self.notice_of(reminder, due, today)).collect()
    }

    /// The last reminder of it whose day has come by a day: the one that is still to be sent by a node that was switched off
    /// on that day. Those before it are of no use any more.
    #[must_use]
    pub fn notice(&self, pack: &Pack, today: Day, days: &dyn Days) -> Option<Notice> {
        let due = self.due?;
        let come = pack.reminders.iter().filter(|reminder| has_come(reminder, due, today, days));
        let last = come.max_by_key(|reminder| match reminder.at {
            ReminderAt::Before => -i32::from(reminder.working_days),
            ReminderAt::On => 0,
            ReminderAt::After => i32::from(reminder.working_days).max(1),
        });
        last.map(|reminder| self.notice_of(reminder, due, today))
    }

    fn notice_of(&self, reminder: &Reminder, due: LastDay, today: Day) -> Notice {
        Notice {
            document: self.document.clone(),
            from: self.from,
            task: self.task.clone(),
            on: today,
            due: due.day,
            at: reminder.at,
            working_days: reminder.working_days,
            to: reminder.to.clone(),
        }
    }
}

/// Numbers of a register to be struck: allotted, and no paper bears them. `is_issued` says whether the paper of a number
/// stands in its document.
#[must_use]
pub fn of_series(document: &DocKey, series: &Series, is_issued: impl Fn(u32, &DocKey) -> bool) -> Vec<Duty> {
    let strike = |number: u32| {
        let whom = Whom::Office { unit: document.scope.home.clone(), roles: HANDLING.to_vec(), but: BTreeSet::new() };
        let from = series.of(number)?.by;
        Some(Duty { document: document.clone(), from, task: Task::Strike(number), whom, due: None })
    };
    series.unused(is_issued).filter_map(strike).collect()
}

/// Whether a reminder is for this very day: the first day on which so many working days are left, or have gone by.
fn is_on(reminder: &Reminder, due: LastDay, today: Day, days: &dyn Days) -> bool {
    let count = i32::from(reminder.working_days);
    let at = |day: Day| match reminder.at {
        ReminderAt::On => day == due.day,
        ReminderAt::Before => day < due.day && days.working_days(day, due.day) == count,
        ReminderAt::After => day > due.day && days.working_days(due.day, day) == count,
    };
    at(today) && !today.yesterday().is_some_and(at)
}

/// Whether the day of a reminder is here or gone by.
fn has_come(reminder: &Reminder, due: LastDay, today: Day, days: &dyn Days) -> bool {
    let count = i32::from(reminder.working_days);
    match reminder.at {
        ReminderAt::Before => today >= due.day || days.working_days(today, due.day) <= count,
        ReminderAt::On => today >= due.day,
        ReminderAt::After => today > due.day && days.working_days(due.day, today) >= count,
    }
}

/// The duties of one officer among these: what is due earliest first, then what has no day.
#[must_use]
pub fn of_officer(duties: impl IntoIterator<Item = Duty>, officer: &Officer<'_>) -> Vec<Duty> {
    let mut own: Vec<Duty> = duties.into_iter().filter(|duty| duty.whom.is(officer)).collect();
    own.sort_by(|one, other| {
        let key = |duty: &Duty| (duty.due.is_none(), duty.due.map(|due| due.day), duty.from, duty.task.clone());
        key(one).cmp(&key(other))
    });
    own
}
