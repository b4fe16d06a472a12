//! Meetings and interviews: what is to come, what was held, and each as a record for signatures on paper.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use fangwei_protocol::work::pack::form::{Line, Paper};

use super::{
    super::{
        Here, Web,
        frame::{Frame, MEETINGS_SEEN_BY, Oops, named},
        visit::{Member, only_for},
    },
    page,
    papers::{PrintPage, Printed},
};
use crate::{
    api::shape::{AwaitedMeeting, CaseLine, InterviewShown, MeetingShown, Meetings, PresentShown},
    desk::{Code, DeskError},
};

/// Of what is over so many are shown at most, and it is said how many there are.
const SHOWN_MAX: usize = 100;

/// Blank lines of a record that is yet to be written by hand.
const BLANK_LINES: usize = 8;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/meetings", get(show)).route("/meetings/{id}/{entry}", get(record))
}

#[derive(Template)]
#[template(path = "meetings.html")]
struct MeetingsPage {
    f: Frame,
    all: Meetings,
    interviews: usize,
    meetings: usize,
}

/// What a case goes by in one line.
fn matter(line: &CaseLine) -> String {
    let post = line.post.as_deref().unwrap_or_default();
    format!("{} {post}", named(&line.subject_name, &line.subject)).trim().to_owned()
}

impl MeetingsPage {
    fn matter(&self, line: &CaseLine) -> String {
        matter(line)
    }

    /// Names with what they are there as.
    fn people(&self, present: &[PresentShown]) -> String {
        present.iter().map(person).collect::<Vec<_>>().join("、")
    }

    /// A time of what is called, a day of what was held.
    fn when(&self, at: &str) -> String {
        if at.contains('T') { self.f.time(at) } else { self.f.day(at) }
    }

    fn deed(&self, name: &str) -> String {
        crate::words::deed(self.f.language, name)
    }
}

fn person(one: &PresentShown) -> String {
    match &one.role_name {
        Some(role) => format!("{} {role}", one.name),
        None => one.name.clone(),
    }
}

async fn found(web: &Web, member: &Member, f: &Frame) -> Result<Meetings, DeskError> {
    web.desk.meetings(member.officer(), f.language).await
}

async fn show(State(web): Here, member: Member) -> Result<Response, Oops> {
    only_for(&Frame::new(&web, &member.visit, "meetings").await, MEETINGS_SEEN_BY)?;
    page(&web, &member, "meetings", async |f| {
        let mut all = found(&web, &member, f).await?;
        let (interviews, meetings) = (all.interviews.len(), all.meetings.len());
        all.interviews.truncate(SHOWN_MAX);
        all.meetings.truncate(SHOWN_MAX);
        Ok(MeetingsPage { f: f.clone(), all, interviews, meetings })
    })
    .await
}

/// A record on A4: filled in as far as it is signed here, blank where a hand writes it first.
async fn record(State(web): Here, member: Member, Path((id, entry)): Path<(String, String)>) -> Result<Response, Oops> {
    only_for(&Frame::new(&web, &member.visit, "meetings").await, MEETINGS_SEEN_BY)?;
    page(&web, &member, "meetings", async |f| {
        let all = found(&web, &member, f).await?;
        let meeting = all.meetings.iter().find(|one| one.line.id == id && one.said.entry == entry);
        let awaited = all.awaited.iter().find(|one| one.line.id == id && one.proposal.entry == entry);
        let interviews = all.to_come.iter().chain(&all.interviews);
        let interview = interviews.into_iter().find(|one| one.line.id == id && one.entry == entry);
        let paper = meeting.map(|one| of_meeting(f, one)).or_else(|| awaited.map(|one| of_awaited(f, one)));
        let paper = paper.or_else(|| interview.map(|one| of_interview(f, one)));
        let paper = paper.ok_or_else(|| DeskError::from(Code::NoSuchPage))?;
        let title = paper.title.clone();
        let papers = vec![Printed::of_paper(entry.clone(), paper)];
        Ok(PrintPage { f: f.clone(), title, back: "/meetings".into(), papers })
    })
    .await
}

/// The rows every record begins with.
fn about(f: &Frame, line: &CaseLine) -> Vec<Line> {
    let level = f.tk("level-", line.level);
    vec![Line::Row(f.t("record-matter"), format!("{} · {level} · {}", matter(line), line.short))]
}

fn blank() -> impl Iterator<Item = Line> {
    std::iter::repeat_n(Line::Row(String::new(), "\u{3000}".into()), BLANK_LINES)
}

fn sheet(title: String, lines: Vec<Line>, signatures: Vec<String>, date: String) -> Paper {
    Paper { title, number: None, lines, stamp: None, date, signatures, copies: Vec::new() }
}

fn of_meeting(f: &Frame, one: &MeetingShown) -> Paper {
    let mut lines = about(f, &one.line);
    lines.push(Line::Row(f.t("meeting-on"), f.day(&one.on)));
    let people = one.present.iter().map(person).collect::<Vec<_>>().join("、");
    lines.push(Line::Row(f.t("record-present"), people));
    lines.push(Line::Row(f.t("decision"), one.deed_name.clone()));
    lines.push(Line::Heading(f.t("meeting-outcome")));
    lines.push(Line::Text(one.outcome.clone()));
    let signatures = one.present.iter().map(|one| one.name.clone()).chain([f.t("record-keeper")]).collect();
    sheet(f.t("record-of-meeting"), lines, signatures, f.day(&one.on))
}

/// What a meeting that is to come is led by.
fn of_awaited(f: &Frame, one: &AwaitedMeeting) -> Paper {
    let mut lines = about(f, &one.line);
    lines.push(Line::Row(f.t("meeting-on"), String::new()));
    lines.push(Line::Row(f.t("record-must-be-there"), must_be_there(one)));
    lines.push(Line::Row(f.t("record-present"), String::new()));
    lines.push(Line::Heading(f.t("proposal")));
    lines.push(Line::Text(one.proposal.text.clone().unwrap_or_default()));
    lines.push(Line::Heading(f.t("meeting-outcome")));
    lines.extend(blank());
    let roles = [one.decider_name.clone()].into_iter().chain(one.together.iter().cloned());
    let signatures = roles.chain([f.t("record-others"), f.t("record-keeper")]).collect();
    sheet(f.t("record-of-meeting"), lines, signatures, String::new())
}

fn must_be_there(one: &AwaitedMeeting) -> String {
    [one.decider_name.clone()].into_iter().chain(one.together.iter().cloned()).collect::<Vec<_>>().join("、")
}

fn of_interview(f: &Frame, one: &InterviewShown) -> Paper {
    let mut lines = about(f, &one.line);
    let when = one.at.as_deref().map(|at| if at.contains('T') { f.time(at) } else { f.day(at) });
    lines.push(Line::Row(f.t("when"), when.unwrap_or_default()));
    lines.push(Line::Row(f.t("place"), one.place.clone().unwrap_or_default()));
    let main = one.interviewers.first().map(person).unwrap_or_default();
    let others = one.interviewers.iter().skip(1).map(person).collect::<Vec<_>>().join("、");
    lines.push(Line::Row(f.t("record-main"), main));
    lines.push(Line::Row(f.t("record-interviewers"), others));
    if let (Some(plan), None) = (&one.plan, &one.record) {
        lines.push(Line::Heading(f.t("interview-plan")));
        lines.push(Line::Text(plan.text.clone().unwrap_or_default()));
    }
    lines.push(Line::Heading(f.t("record-said")));
    match one.record.as_ref().and_then(|record| record.text.clone()) {
        Some(text) => lines.push(Line::Text(text)),
        None => lines.extend(blank()),
    }
    let signatures = one.interviewers.iter().map(|one| one.name.clone());
    let signatures = signatures.chain([f.t("record-of-whom"), f.t("record-keeper")]).collect();
    let date = one.record.is_some().then(|| one.at.as_deref().map(|day| f.day(day))).flatten();
    sheet(f.t("record-of-interview"), lines, signatures, date.unwrap_or_default())
}
