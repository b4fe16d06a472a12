//! The conditions of the outer file, one by one.

use super::{
    act::{Clash, Opinion, OuterAct, Paper, Warning},
    law::{self, Law, Taken, is_within, level_of, unless, written},
    outer::Outer,
    refusal::CaseRefusal,
    table::{Need, Stage},
};
use crate::{
    record::entry::{EntryId, Hash, Kind},
    trust::charter::HolderId,
    work::pack::level::{Debt, InterviewUse, LiftedOn, PaperRule, VisitRule, Way},
};

/// Kinds of documents that may be named where the subject reads: whoever reported or deliberated stands in none of them.
const OPEN_KINDS: &[Kind] = &[Kind::CASE_OUTER, Kind::RISK];

/// Whether a condition holds for a step. The row has been found and who acts is entitled.
pub(super) fn of_outer<'a>(
    file: &Outer<'a>,
    need: Need,
    step: &Taken<'a, OuterAct>,
    law: &Law<'a>,
) -> Result<(), CaseRefusal> {
    let (act, by) = (step.act, &step.by);
    if let OuterAct::Issue(new) = act {
        return of_issue(file, need, new, step, law);
    }
    if let OuterAct::Settle { clash, findings } = act {
        return of_settling(file, need, clash, findings, step);
    }
    let warning = file.warning().ok_or(CaseRefusal::NoSuchWarning)?;
    let rule = file.rule.ok_or(CaseRefusal::NoSuchRules)?;
    let pack = file.pack.ok_or(CaseRefusal::NoSuchRules)?;
    let way = file.way().ok_or(CaseRefusal::NoSuchWay)?;
    let concerns = |holder: &_| warning.subject.concerns(holder);
    match (need, act) {
        (Need::ThisWarning, _) => {
            let is_it = file.issue.map(|issue| issue.id) == names_issue(act);
            unless(is_it, CaseRefusal::NoSuchWarning)
        }
        (Need::NotConcerned, _) => unless(!concerns(&by.holder), CaseRefusal::Concerned),
        (Need::Written, _) => written(said(act)),
        (Need::Unanswered, _) => unless(file.answers.is_empty(), CaseRefusal::AlreadyAnswered),
        (Need::NotDelivered, _) => unless(file.delivered.is_none(), CaseRefusal::AlreadyDelivered),
        (Need::NotReceived, _) => unless(file.received.is_none(), CaseRefusal::AlreadyReceived),
        (Need::InterviewForm, OuterAct::Notice { paper, .. }) => {
            let is_form = way.interview_notice.as_deref() == Some(paper.form.as_str());
            let is_right = way.interview != InterviewUse::Never && is_form && is_numbered(paper, warning);
            unless(is_right, CaseRefusal::NoInterview)
        }
        (Need::Interviewers, OuterAct::Notice { interviewers, .. } | OuterAct::Interview { interviewers, .. }) => {
            law::interviewers(&pack.interview, interviewers, concerns)
        }
        (Need::MainInterviewer, OuterAct::Notice { interviewers, .. } | OuterAct::Interview { interviewers, .. }) => {
            law::main_interviewer(&pack.interview, interviewers)
        }
        (Need::ThisNotice, OuterAct::Interview { notice, .. }) => {
            unless(way.interview != InterviewUse::Never, CaseRefusal::NoInterview)?;
            let is_right = match notice {
                Some(notice) => file.notices.iter().any(|standing| standing.id == *notice),
                None => way.interview_notice.is_none(),
            };
            unless(is_right, CaseRefusal::NoSuchNotice)
        }
        (Need::Terms, OuterAct::Interview { terms, .. }) => law::terms(way, terms, &file.terms(), true),
        (Need::Measures, OuterAct::Answer { what, measures, .. }) => {
            unless(*what != Debt::Measures || !measures.is_empty(), CaseRefusal::NoMeasures)
        }
        (Need::NotExtended, _) => unless(file.extended.is_none(), CaseRefusal::AlreadyExtended),
        (Need::NothingAsked, _) => unless(file.requested.is_none(), CaseRefusal::AlreadyAsked),
        (Need::ThisRequest, OuterAct::Extend { request, .. } | OuterAct::RefuseExtension { request, .. }) => {
            unless(file.requested.is_some_and(|asked| asked.id == *request), CaseRefusal::NoSuchRequest)
        }
        (Need::WithinMost, OuterAct::AskExtension { by: term, .. } | OuterAct::Extend { by: term, .. }) => {
            let most = rule.extension.as_ref().ok_or(CaseRefusal::NotExtendable)?.max;
            unless(is_within(*term, most), CaseRefusal::ExtensionTooLong)
        }
        (Need::ExtensionForm, OuterAct::Extend { paper, .. }) => {
            let form = &rule.extension.as_ref().ok_or(CaseRefusal::NotExtendable)?.form;
            unless(paper.form == *form && is_numbered(paper, warning), CaseRefusal::WrongPaper)
        }
        (Need::LastAnswer, _) => {
            let last = file.last_answer().map(|answer| answer.id);
            unless(last.is_some() && last == names_answer(act), CaseRefusal::NoSuchAnswer)
        }
        (Need::NotAnswerer, _) => {
            let is_own = file.last_answer().is_some_and(|answer| answer.by.holder == by.holder);
            unless(!is_own, CaseRefusal::SelfApproval)
        }
        (Need::AsShown, _) => match (file.issue.map(|issue| issue.id), signs(act)) {
            (Some(issue), Some((answer, visit, shown))) => {
                let ids: Vec<EntryId> = [issue, answer].into_iter().chain(visit).collect();
                unless(law.world.was_shown(&ids, &shown), CaseRefusal::NotAsShown)
            }
            _ => Err(CaseRefusal::NotAsShown),
        },
        (Need::Means, OuterAct::Visit { means, .. }) => {
            let is_said = !means.is_empty() && means.iter().all(|one| !law::is_blank(one));
            unless(is_said, CaseRefusal::NoMeans)
        }
        (Need::VisitDone, OuterAct::Lift { visit, .. }) => {
            let is_needed = rule.visit == VisitRule::Required || rule.lifted_by.on != LiftedOn::Answer;
            visit_done(file, *visit, is_needed)
        }
        (Need::NotObjected, _) => unless(file.objection.is_none(), CaseRefusal::AlreadyObjected),
        (Need::ThisObjection, OuterAct::Rule { objection, .. }) => {
            let waits = file.ruling.is_none() && file.objection.is_some_and(|standing| standing.id == *objection);
            unless(waits, CaseRefusal::NoSuchObjection)
        }
        (Need::NotIssuer, _) => {
            let is_own = file.issue.is_some_and(|issue| issue.by.holder == by.holder);
            unless(!rule.objection.by_others || !is_own, CaseRefusal::DecidedIt)
        }
        (Need::Escalates, OuterAct::Escalate { to, when, .. }) => law::escalates(rule, *to, *when),
        (Need::Linked, OuterAct::Escalate { to, case, .. }) => law::linked(*to, case.as_ref()),
        (Need::Told, OuterAct::Tell { who, paper, .. }) => {
            let told = rule.told.iter().find(|told| told.who == *who).ok_or(CaseRefusal::NotTold)?;
            let is_form = match (&told.form, paper) {
                (Some(form), Some(paper)) => paper.form == *form && is_numbered(paper, warning),
                (Some(_), None) => false,
                (None, _) => true,
            };
            unless(is_form, CaseRefusal::NotTold)
        }
        (Need::LinkOpen, OuterAct::Link { document, .. }) => {
            unless(OPEN_KINDS.contains(&document.kind), CaseRefusal::LinkReveals)
        }
        // A condition of the other file or another act asks nothing here: a row of the table never names it.
        _ => Ok(()),
    }
}

/// The conditions for giving the warning.
fn of_issue<'a>(
    file: &Outer<'a>,
    need: Need,
    new: &Warning,
    step: &Taken<'a, OuterAct>,
    law: &Law<'a>,
) -> Result<(), CaseRefusal> {
    let rule = level_of(law, &new.rules, new.level)?;
    match need {
        Need::Ground => law::ground(rule, &new.ground),
        Need::Way => law::way(rule, &new.way, &new.ground).map(drop),
        Need::SubjectForeseen => law::foreseen(law::pack_of(law, &new.rules)?, &new.subject),
        Need::SubjectHere => unless(new.subject.unit() == law.home, CaseRefusal::NotTheSubjectsFile),
        Need::Managed => law::managed(&new.subject, &new.case.scope.home),
        Need::NotConcerned => unless(!new.subject.concerns(&step.by.holder), CaseRefusal::Concerned),
        Need::PaperFits => {
            let way = rule.way(&new.way).ok_or(CaseRefusal::NoSuchWay)?;
            unless(paper_fits(way, new), CaseRefusal::WrongPaper)
        }
        Need::NumberNew => {
            let number = new.paper.as_ref().map(|paper| &paper.number);
            let is_used = number.is_some_and(|number| file.cancelled_numbers().any(|cancelled| cancelled == number));
            unless(!is_used, CaseRefusal::NumberCancelled)
        }
        Need::Terms => {
            let way = rule.way(&new.way).ok_or(CaseRefusal::NoSuchWay)?;
            // Where there is no paper the interview sets what is open.
            law::terms(way, &new.terms, &[], new.paper.is_some())
        }
        _ => Ok(()),
    }
}

/// The conditions for settling: also where no warning stands any more.
fn of_settling(
    file: &Outer<'_>,
    need: Need,
    clash: &Clash,
    findings: &str,
    step: &Taken<'_, OuterAct>,
) -> Result<(), CaseRefusal> {
    match need {
        Need::NotConcerned => {
            let concerns = file.last_warning().is_some_and(|warning| warning.subject.concerns(&step.by.holder));
            unless(!concerns, CaseRefusal::Concerned)
        }
        Need::Crossed => author_of(file, clash).map(drop),
        Need::NotItsAuthor => unless(author_of(file, clash) != Ok(step.by.holder), CaseRefusal::OwnAct),
        Need::Written => written(findings),
        _ => Ok(()),
    }
}

/// Who wrote what is without effect, or should be. Whether the files do contradict each other, only those who keep both
/// can say: that is asked before it is written.
fn author_of(file: &Outer<'_>, clash: &Clash) -> Result<HolderId, CaseRefusal> {
    match clash {
        Clash::Acts { stands, other } => Ok(law::crossing(&file.crossings, *stands, *other)?.author),
        Clash::Files { entry, .. } => {
            let step = file.steps.iter().find(|step| step.id == *entry).ok_or(CaseRefusal::NothingCrossed)?;
            Ok(step.by.holder)
        }
    }
}

/// Whether the paper is the one the way asks for. Without one the warning is given in an interview, or by word of mouth
/// where the way has neither.
fn paper_fits(way: &Way, new: &Warning) -> bool {
    match (&way.paper, &new.paper) {
        (PaperRule::Never | PaperRule::IfNeeded(_), None) => true,
        (PaperRule::Always(_), None) | (PaperRule::Never, Some(_)) => false,
        (PaperRule::IfNeeded(form) | PaperRule::Always(form), Some(paper)) => {
            paper.form == *form && is_numbered(paper, new)
        }
    }
}

/// Whether a paper has a number from a register of the deciding unit, and says something.
fn is_numbered(paper: &Paper, warning: &Warning) -> bool {
    let number = &paper.number;
    let is_its_own = number.series.scope.home == warning.case.scope.home;
    is_its_own && number.number > 0 && !law::is_blank(&number.word) && !law::is_blank(&paper.text)
}

/// Whether the visit named, or none, is what the level is lifted on. A visit before the last answer does not count.
fn visit_done(file: &Outer<'_>, named: Option<EntryId>, is_needed: bool) -> Result<(), CaseRefusal> {
    let last = file.visits.last().filter(|_| file.stage == Stage::Visited);
    match (last, named) {
        (_, None) if !is_needed => Ok(()),
        (Some(last), Some(named)) if last.id == named => match last.act {
            OuterAct::Visit { opinion: Opinion::Lift, .. } => Ok(()),
            _ => Err(CaseRefusal::OpinionAgainst),
        },
        _ => Err(CaseRefusal::NotVisited),
    }
}

/// What has to be said in words.
fn said(act: &OuterAct) -> &str {
    match act {
        OuterAct::Cancel { reason, .. }
        | OuterAct::AskExtension { reason, .. }
        | OuterAct::RefuseExtension { reason, .. }
        | OuterAct::SendBack { reason, .. }
        | OuterAct::Lift { reason, .. }
        | OuterAct::Withdraw { reason, .. }
        | OuterAct::Rule { reason, .. } => reason,
        OuterAct::Interview { record, .. } => record,
        OuterAct::Answer { text, .. } | OuterAct::Evidence { text, .. } | OuterAct::Object { text, .. } => text,
        OuterAct::Visit { findings, .. } => findings,
        _ => "",
    }
}

/// The warning an act is about.
fn names_issue(act: &OuterAct) -> Option<EntryId> {
    match act {
        OuterAct::Issue(_) | OuterAct::Settle { .. } => None,
        OuterAct::Cancel { issue, .. }
        | OuterAct::Deliver { issue, .. }
        | OuterAct::Receive { issue, .. }
        | OuterAct::Notice { issue, .. }
        | OuterAct::Interview { issue, .. }
        | OuterAct::Answer { issue, .. }
        | OuterAct::Evidence { issue, .. }
        | OuterAct::AskExtension { issue, .. }
        | OuterAct::Extend { issue, .. }
        | OuterAct::RefuseExtension { issue, .. }
        | OuterAct::Accept { issue, .. }
        | OuterAct::SendBack { issue, .. }
        | OuterAct::Visit { issue, .. }
        | OuterAct::Lift { issue, .. }
        | OuterAct::Withdraw { issue, .. }
        | OuterAct::Object { issue, .. }
        | OuterAct::Rule { issue, .. }
        | OuterAct::Escalate { issue, .. }
        | OuterAct::Refer { issue }
        | OuterAct::Tell { issue, .. }
        | OuterAct::Link { issue, .. } => Some(*issue),
    }
}

fn names_answer(act: &OuterAct) -> Option<EntryId> {
    match act {
        OuterAct::Accept { answer, .. } | OuterAct::SendBack { answer, .. } | OuterAct::Lift { answer, .. } => {
            Some(*answer)
        }
        _ => None,
    }
}

/// What a deciding act signs as shown, beside the warning.
fn signs(act: &OuterAct) -> Option<(EntryId, Option<EntryId>, Hash)> {
    match act {
        OuterAct::Accept { answer, shown, .. } => Some((*answer, None, *shown)),
        OuterAct::Lift { answer, visit, shown, .. } => Some((*answer, *visit, *shown)),
        _ => None,
    }
}
