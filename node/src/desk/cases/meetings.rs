//! Meetings and interviews of all cases, as far as an officer may see their inner files.

use fangwei_protocol::{
    trust::charter::Role,
    work::case::{
        act::{InnerAct, Interviewer, Meeting, OuterAct, Present},
        deed::CaseDeed,
        inner::Inner,
        law::{Officer as Acting, Taken, decider},
        table::Stage,
    },
};

use super::{Files, Standing, seeing::sees_inner, shown::act, warned::acting};
use crate::{
    api::shape::{AwaitedMeeting, CaseLine, InterviewShown, MeetingShown, Meetings, PresentShown},
    desk::{Desk, DeskError, Officer, shown::Showing, time::moment},
    view::stages,
    words::{self, Language},
};

impl Desk {
    /// Meetings and interviews of the cases kept here whose inner files an officer may see.
    ///
    /// # Errors
    ///
    /// [`crate::desk::Code::NoSuchOfficer`], [`crate::desk::Code::NodeStopped`], [`crate::desk::Code::StoreFailed`],
    /// [`crate::desk::Code::ListsFailed`].
    pub async fn meetings(&self, officer: &Officer, language: Language) -> Result<Meetings, DeskError> {
        let officer = officer.clone();
        let found = self.of_each_case(stages(), language, move |showing, files, line| {
            let acting = acting(showing.sight, &officer)?;
            files.standing(showing.sight, |standing| of_case(showing, &officer, &acting, files, standing, line))
        });
        let mut all =
            Meetings { awaited: Vec::new(), to_come: Vec::new(), interviews: Vec::new(), meetings: Vec::new() };
        for one in found.await? {
            all.awaited.extend(one.awaited);
            all.to_come.extend(one.to_come);
            all.interviews.extend(one.interviews);
            all.meetings.extend(one.meetings);
        }
        all.awaited.sort_by(|one, other| one.proposal.time.cmp(&other.proposal.time));
        all.to_come.sort_by(|one, other| (one.at.is_none(), &one.at).cmp(&(other.at.is_none(), &other.at)));
        all.interviews.sort_by(|one, other| (&other.at, &other.entry).cmp(&(&one.at, &one.entry)));
        all.meetings.sort_by(|one, other| (&other.on, &other.said.entry).cmp(&(&one.on, &one.said.entry)));
        Ok(all)
    }
}

fn of_case(
    showing: &Showing<'_>,
    officer: &Officer,
    acting: &Acting<'_>,
    files: &Files,
    standing: &Standing<'_>,
    line: CaseLine,
) -> Result<Option<Meetings>, DeskError> {
    let Some((_, inner)) = standing.inner else { return Ok(None) };
    if !sees_inner(acting, files.decided_at(), inner) {
        return Ok(None);
    }
    let of_it = Matter { showing, officer, files, standing, line };
    let interviews = of_it.interviews(inner)?;
    let (interviews, to_come) = interviews.into_iter().partition(|one| one.state == "held");
    Ok(Some(Meetings {
        awaited: of_it.awaited(inner)?.into_iter().collect(),
        to_come,
        interviews,
        meetings: of_it.meetings(inner),
    }))
}

/// A case whose meetings and interviews are looked for.
struct Matter<'a> {
    showing: &'a Showing<'a>,
    officer: &'a Officer,
    files: &'a Files,
    standing: &'a Standing<'a>,
    line: CaseLine,
}

impl Matter<'_> {
    /// Those of some deeds the officer may do, in the order in which they are asked for: what comes next first.
    fn may(&self, deeds: &[CaseDeed]) -> Result<Vec<String>, DeskError> {
        let found =
            self.files.possible(self.showing.sight, self.standing, self.officer, |deed| deeds.contains(&deed))?;
        Ok(deeds.iter().filter(|deed| found.contains(deed)).map(|deed| deed.name().into()).collect())
    }

    fn role(&self, role: Role) -> String {
        words::role(self.showing.language, role)
    }

    /// The proposal, where the rules have it decided by a meeting that has not been recorded.
    fn awaited(&self, inner: &Inner<'_>) -> Result<Option<AwaitedMeeting>, DeskError> {
        let waits = inner.stage == Stage::Proposed;
        let (Some((file, _)), Some(step)) = (self.standing.inner, inner.proposal.filter(|_| waits)) else {
            return Ok(None);
        };
        let (Some(rule), Some(proposed)) = (inner.rule, inner.proposed()) else { return Ok(None) };
        let decider = decider(rule, &proposed.way);
        if !decider.meeting {
            return Ok(None);
        }
        let Some(proposal) = act(self.showing, file, &step.id, Some(&proposed.facts)) else { return Ok(None) };
        Ok(Some(AwaitedMeeting {
            line: self.line.clone(),
            proposal,
            decider_name: self.role(decider.role),
            together: decider.together_with.iter().map(|role| self.role(*role)).collect(),
            may: self.may(&[CaseDeed::Approve, CaseDeed::Dismiss, CaseDeed::Return])?,
        }))
    }

    fn meetings(&self, inner: &Inner<'_>) -> Vec<MeetingShown> {
        let Some((file, _)) = self.standing.inner else { return Vec::new() };
        let meetings = inner.steps.iter().filter_map(|step| {
            let meeting = meeting_of(step.act)?;
            let deed = CaseDeed::of_inner(step.act).name();
            Some(MeetingShown {
                line: self.line.clone(),
                said: act(self.showing, file, &step.id, None)?,
                deed: deed.into(),
                deed_name: words::deed(self.showing.language, deed),
                on: meeting.on.to_string(),
                present: meeting.present.iter().map(|one| self.present(one)).collect(),
                outcome: meeting.outcome.clone(),
            })
        });
        meetings.collect()
    }

    fn present(&self, one: &Present) -> PresentShown {
        let known = one.holder.as_ref().map(|holder| self.showing.names.holder(holder)).unwrap_or_default();
        let name = if one.name.trim().is_empty() { known.to_owned() } else { one.name.clone() };
        PresentShown { name, role_name: one.role.map(|role| self.role(role)) }
    }

    fn interviewers(&self, interviewers: &[Interviewer]) -> Vec<PresentShown> {
        let one = |one: &Interviewer| PresentShown {
            name: self.showing.names.holder(&one.holder).to_owned(),
            role_name: Some(self.role(one.role)),
        };
        interviewers.iter().map(one).collect()
    }

    /// What was called, each with its plan and what was recorded of it; what was held without a notice; and the last plan,
    /// where nothing came of it yet.
    fn interviews(&self, inner: &Inner<'_>) -> Result<Vec<InterviewShown>, DeskError> {
        let plan = inner.steps.iter().rev().find_map(|step| match step.act {
            InnerAct::Plan { outline, interviewers, .. } => Some((step, outline, interviewers)),
            _ => None,
        });
        let plan_shown = plan.and_then(|(step, outline, _)| {
            let (file, _) = self.standing.inner?;
            act(self.showing, file, &step.id, Some(outline))
        });
        let blank = |entry: String| InterviewShown {
            line: self.line.clone(),
            entry,
            state: "planned".into(),
            at: None,
            place: None,
            interviewers: Vec::new(),
            plan: plan_shown.clone(),
            notice: None,
            record: None,
            may: Vec::new(),
        };
        let mut found: Vec<InterviewShown> = Vec::new();
        if let Some((file, outer)) = self.standing.outer {
            let said = |step: &Taken<'_, OuterAct>, text| act(self.showing, file, &step.id, Some(text));
            for step in &outer.notices {
                let OuterAct::Notice { paper, at_s, place, interviewers, .. } = step.act else { continue };
                let is_over = *at_s < self.showing.sight.now.0;
                found.push(InterviewShown {
                    state: if is_over { "passed" } else { "called" }.into(),
                    at: Some(moment(*at_s)),
                    place: Some(place.clone()),
                    interviewers: self.interviewers(interviewers),
                    notice: said(step, &paper.text),
                    ..blank(step.id.to_string())
                });
            }
            for step in &outer.interviews {
                let OuterAct::Interview { notice, on, interviewers, record, .. } = step.act else { continue };
                let named = notice.map(|notice| notice.to_string());
                let called = found.iter().position(|one| Some(&one.entry) == named.as_ref() && one.state != "held");
                let before = called.map_or_else(|| blank(step.id.to_string()), |at| found.remove(at));
                found.push(InterviewShown {
                    entry: step.id.to_string(),
                    state: "held".into(),
                    at: Some(on.to_string()),
                    interviewers: self.interviewers(interviewers),
                    record: said(step, record),
                    ..before
                });
            }
            // What ended before it came to that is not to come any more.
            if outer.stage.is_end() {
                found.retain(|one| one.state == "held");
            } else {
                for one in found.iter_mut().filter(|one| one.state != "held") {
                    one.may = self.may(&[CaseDeed::Interview, CaseDeed::Notice])?;
                }
            }
        }
        let is_over = inner.stage.is_end() || self.standing.outer.is_some_and(|(_, outer)| outer.stage.is_end());
        if let Some((step, _, interviewers)) = plan.filter(|_| found.is_empty() && !is_over) {
            let may = self.may(&[CaseDeed::Notice, CaseDeed::Interview])?;
            found.push(InterviewShown {
                interviewers: self.interviewers(interviewers),
                may,
                ..blank(step.id.to_string())
            });
        }
        Ok(found)
    }
}

/// The meeting an act records.
fn meeting_of(act: &InnerAct) -> Option<&Meeting> {
    match act {
        InnerAct::Decide { meeting, .. } | InnerAct::Rescind { meeting, .. } | InnerAct::Deliberate { meeting, .. } => {
            meeting.as_ref()
        }
        _ => None,
    }
}
