//! Papers: the registers of numbers, a number struck, and a report or a case's papers as they are printed.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use fangwei_protocol::work::pack::form::{self, Line};
use serde_json::Value;

use super::{
    super::{
        Here, Web, fields,
        form::Filled,
        frame::{Frame, Oops},
        print,
        visit::Member,
    },
    filling::{Form, Subject},
    page,
};
use crate::{
    api::shape::{CaseShown, PaperRegister},
    desk::{Code, Deed, DeskError},
    words::Language,
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/papers", get(list))
        .route("/papers/{word}/{year}/{number}/strike", get(form_of_striking).post(strike))
        .route("/cases/{id}/papers", get(of_a_case))
        .route("/reports/{id}/paper", get(of_a_report))
}

#[derive(Template)]
#[template(path = "papers.html")]
struct PapersPage {
    f: Frame,
    registers: Vec<PaperRegister>,
}

async fn list(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "papers", async |f| {
        Ok(PapersPage { f: f.clone(), registers: web.desk.papers(f.language).await?.registers })
    })
    .await
}

async fn striking(web: &Web, member: &Member, (word, year, number): &(String, u16, u32)) -> Form {
    let f = Frame::new(web, &member.visit, "papers").await;
    let subject = Subject {
        title: crate::words::deed(f.language, "strike"),
        about: format!("{word}〔{year}〕{number}"),
        note: f.t("strike-note"),
        action: format!("/papers/{word}/{year}/{number}/strike"),
        back: "/papers".into(),
        rules: None,
    };
    Form { f, subject, fields: fields::STRIKE }
}

async fn form_of_striking(
    State(web): Here,
    member: Member,
    Path(which): Path<(String, u16, u32)>,
    asked: Filled,
) -> Result<Response, Oops> {
    striking(&web, &member, &which).await.show(&web, &asked).await
}

async fn strike(
    State(web): Here,
    member: Member,
    Path(which): Path<(String, u16, u32)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let form = striking(&web, &member, &which).await;
    let (word, year, number) = which;
    let more = [("word", Value::from(word)), ("year", Value::from(year)), ("number", Value::from(number))];
    form.take(&web, &member, filled, more, Deed::Strike).await
}

/// A paper with the picture of its entry's id.
pub(super) struct Printed {
    pub(super) entry: String,
    pub(super) paper: form::Paper,
    pub(super) picture: String,
}

impl Printed {
    fn of(printed: crate::desk::printed::Printed) -> Printed {
        Printed { picture: print::picture(&printed.entry), entry: printed.entry, paper: printed.paper }
    }

    /// A paper that is made for a page.
    pub(super) fn of_paper(entry: String, paper: form::Paper) -> Printed {
        Printed { picture: print::picture(&entry), entry, paper }
    }

    /// Its lines: what sort each is, what stands at its head, and what it says.
    pub(super) fn lines(&self) -> Vec<(&'static str, &str, &str)> {
        self.paper
            .lines
            .iter()
            .map(|one| match one {
                Line::Heading(text) => ("heading", "", text.as_str()),
                Line::Text(text) => ("text", "", text.as_str()),
                Line::Row(label, text) => ("row", label.as_str(), text.as_str()),
            })
            .collect()
    }
}

#[derive(Template)]
#[template(path = "print.html")]
pub(super) struct PrintPage {
    pub(super) f: Frame,
    pub(super) title: String,
    pub(super) back: String,
    pub(super) papers: Vec<Printed>,
}

/// The papers of a case.
pub(super) async fn of_case(
    web: &Web,
    member: &Member,
    case: &CaseShown,
    language: Language,
) -> Result<Vec<Printed>, DeskError> {
    let papers = web.desk.papers_of_case(Some(member.officer()), &case.line.id, language).await?;
    Ok(papers.into_iter().map(Printed::of).collect())
}

/// Those of them that stand in the outer file: what the subject has.
pub(super) async fn of_case_served(web: &Web, id: &str, language: Language) -> Result<Vec<Printed>, DeskError> {
    let papers = web.desk.papers_of_case(None, id, language).await?;
    Ok(papers.into_iter().filter(|paper| !paper.is_inner).map(Printed::of).collect())
}

async fn of_a_case(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "cases", async |f| {
        let case = web.desk.case(Some(member.officer()), &id, f.language).await?;
        let papers = of_case(&web, &member, &case, f.language).await?;
        let title = format!("{} {}", f.t("papers"), case.number.clone().unwrap_or_else(|| case.line.short.clone()));
        Ok(PrintPage { f: f.clone(), title, back: format!("/cases/{}", case.line.id), papers })
    })
    .await
}

async fn of_a_report(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "reports", async |f| {
        let paper = web.desk.paper_of_report(member.officer(), &id, f.language).await?;
        let paper = paper.ok_or_else(|| DeskError::from(Code::NoSuchPage))?;
        let title = paper.paper.title.clone();
        Ok(PrintPage { f: f.clone(), title, back: format!("/reports/{id}"), papers: vec![Printed::of(paper)] })
    })
    .await
}
