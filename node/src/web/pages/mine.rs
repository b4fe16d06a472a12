//! About me: the warnings served on whoever is signed in, or on the unit they answer for; what they owe, promised and
//! objected to. Everything here is from the outer file, on whatever node one looks.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};

use super::{
    super::{
        Here, Web,
        form::{Filled, query},
        frame::{Frame, Oops},
        visit::Member,
    },
    cases::{deed_form, take_deed},
    filling::{Form, Subject},
    page,
    papers::{PrintPage, of_case_served},
};
use crate::{
    api::shape::{DeadlineShown, WarningShown},
    desk::{Code, DeskError},
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/mine", get(show))
        .route("/mine/{id}/papers", get(papers))
        .route("/mine/{id}/do/{deed}", get(form_of_deed).post(do_it))
}

#[derive(Template)]
#[template(path = "mine.html")]
struct MinePage {
    f: Frame,
    warnings: Vec<WarningShown>,
}

/// A deed whoever is warned may do now, and where.
struct Step {
    name: String,
    place: String,
    /// Whether it is what should be done next.
    is_first: bool,
}

impl MinePage {
    /// What can be done about a warning: the receipt first, then an answer to each debt that is open.
    fn steps(&self, one: &WarningShown) -> Vec<Step> {
        let (f, id) = (&self.f, &one.line.id);
        let mut steps = Vec::new();
        for deed in &one.may {
            let name = crate::words::deed(f.language, deed);
            let place = format!("/mine/{id}/do/{deed}");
            let open: Vec<&DeadlineShown> =
                one.deadlines.iter().filter(|owed| ["open", "overdue"].contains(&owed.state.as_str())).collect();
            if deed == "answer" && !open.is_empty() {
                steps.extend(open.into_iter().map(|owed| Step {
                    name: format!("{name} · {}", owed.what_name),
                    place: format!("{place}?{}", query(&[("what", &owed.what)])),
                    is_first: one.received.is_some(),
                }));
            } else {
                steps.push(Step { name, place, is_first: deed == "receive" });
            }
        }
        steps
    }

    /// Warnings in which something was promised.
    fn promised(&self) -> Vec<&WarningShown> {
        let promises = |one: &&WarningShown| {
            !one.evidence.is_empty() || one.answers.iter().any(|answer| !answer.measures.is_empty())
        };
        self.warnings.iter().filter(promises).collect()
    }

    /// Warnings that were objected to.
    fn objected(&self) -> Vec<&WarningShown> {
        self.warnings.iter().filter(|one| one.objection.is_some()).collect()
    }

    /// What a warning goes by among the others.
    fn named(&self, one: &WarningShown) -> String {
        one.number.clone().unwrap_or_else(|| one.line.short.clone())
    }

    /// Of an answer that was sent back nothing is promised any more.
    fn is_sent_back(&self, accepted: &Option<bool>) -> bool {
        *accepted == Some(false)
    }
}

async fn show(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "mine", async |f| {
        let warnings = web.desk.warnings(member.officer(), f.language).await?.warnings;
        Ok(MinePage { f: f.clone(), warnings })
    })
    .await
}

/// A warning that concerns whoever asks; nobody is told of another one here.
async fn own(web: &Web, member: &Member, f: &Frame, id: &str) -> Result<WarningShown, DeskError> {
    let all = web.desk.warnings(member.officer(), f.language).await?.warnings;
    all.into_iter().find(|one| one.line.id == id).ok_or_else(|| Code::NoSuchPage.into())
}

async fn papers(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "mine", async |f| {
        let one = own(&web, &member, f, &id).await?;
        let papers = of_case_served(&web, &one.line.id, f.language).await?;
        let title = format!("{} {}", f.t("papers"), one.number.unwrap_or(one.line.short));
        Ok(PrintPage { f: f.clone(), title, back: "/mine".into(), papers })
    })
    .await
}

/// The form of a deed of the subject's; from here one comes back here.
async fn own_form(web: &Web, member: &Member, id: &str, name: &str) -> Result<Form, Oops> {
    let f = Frame::new(web, &member.visit, "mine").await;
    let one = own(web, member, &f, id).await.map_err(|error| Oops::of(&f, error))?;
    let form = deed_form(web, member, f, &one.line.id, name).await?;
    let action = format!("/mine/{id}/do/{name}");
    Ok(Form { subject: Subject { action, back: "/mine".into(), ..form.subject }, ..form })
}

async fn form_of_deed(
    State(web): Here,
    member: Member,
    Path((id, name)): Path<(String, String)>,
    asked: Filled,
) -> Result<Response, Oops> {
    own_form(&web, &member, &id, &name).await?.show(&web, &asked).await
}

async fn do_it(
    State(web): Here,
    member: Member,
    Path((id, name)): Path<(String, String)>,
    filled: Filled,
) -> Result<Response, Oops> {
    let form = own_form(&web, &member, &id, &name).await?;
    take_deed(&web, &member, form, (id, &name), filled).await
}
