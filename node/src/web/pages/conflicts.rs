//! Conflicts: everything that concurrent edits and acts crossed, side by side, with what settles it.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{
    super::{
        Here, Web,
        form::Filled,
        frame::{Frame, Oops},
        review,
        visit::Member,
    },
    page,
    risks::value_named,
};
use crate::{
    api::shape::{ActsCrossed, CaseLine, DocumentShown, FieldContent, FieldCrossed, ValueShown},
    desk::{Code, DeskError, settling},
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/conflicts", get(show)).route("/conflicts/{kind}/{id}", post(choose))
}

#[derive(Template)]
#[template(path = "conflicts.html")]
struct ConflictsPage {
    f: Frame,
    fields: Vec<FieldCrossed>,
    /// What people have to settle.
    open: Vec<ActsCrossed>,
    /// What they did.
    settled: Vec<ActsCrossed>,
    /// What nobody has to: both did the same.
    same: Vec<ActsCrossed>,
}

impl ConflictsPage {
    fn value(&self, field: &str, value: &ValueShown) -> String {
        value_named(&self.f, field, value)
    }

    fn matter(&self, line: &CaseLine) -> String {
        format!("{} {}", line.subject_name, line.post.as_deref().unwrap_or_default())
    }

    /// The form of a deed that does something about an act.
    fn form(&self, one: &ActsCrossed, deed: &str) -> String {
        let about = if deed.starts_with("settle") { format!("?act={}", one.other.id) } else { String::new() };
        format!("/cases/{}/do/{deed}{about}", one.line.id)
    }

    fn deed(&self, name: &str) -> String {
        crate::words::deed(self.f.language, name)
    }
}

async fn show(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "conflicts", async |f| {
        let all = web.desk.conflicts(member.officer(), f.language).await?;
        let (open, over): (Vec<_>, _) = all.acts.into_iter().partition(|one| one.needs_person);
        let (settled, same) = over.into_iter().partition(|one| one.settled.is_some());
        Ok(ConflictsPage { f: f.clone(), fields: all.fields, open, settled, same })
    })
    .await
}

/// A document with fields that whoever asks may see.
async fn document(web: &Web, member: &Member, f: &Frame, kind: &str, id: &str) -> Result<DocumentShown, DeskError> {
    match kind {
        "risk" => web.desk.risk(id, f.language).await,
        "report" => Ok(web.desk.report_for(Some(member.officer()), id, f.language).await?.document),
        _ => Err(Code::NoSuchPage.into()),
    }
}

/// The value of a field that an entry set, if that is still one of those beside each other.
fn chosen(document: &DocumentShown, name: &str, by: &str) -> Option<ValueShown> {
    let field = document.fields.iter().find(|field| field.name == name)?;
    let FieldContent::Single { value, by: shown, others } = &field.content else { return None };
    if others.is_empty() {
        return None;
    }
    let others = others.iter().map(|other| (other.by.as_str(), &other.value));
    let all: BTreeMap<&str, &ValueShown> = shown.as_deref().zip(value.as_ref()).into_iter().chain(others).collect();
    all.get(by).map(|value| (*value).clone())
}

/// Settles what was set at the same time: one of the values is shown for signing as the one that stands.
pub(super) async fn settle(
    web: &Web,
    member: &Member,
    f: &Frame,
    (kind, id): (&str, &str),
    form: &Filled,
    back: impl FnOnce(&DocumentShown) -> String,
) -> Result<Response, Oops> {
    form.check(web, member).await?;
    let oops = |error: DeskError| Oops::of(f, error);
    let document = document(web, member, f, kind, id).await.map_err(oops)?;
    let name = form.text("field");
    let Some(value) = chosen(&document, &name, &form.text("by")) else {
        return Err(oops(Code::ChangedMeanwhile.into()));
    };
    let asked = review::ask(web, member, settling(&document, &name, Some(value)), back(&document)).await;
    Ok(asked.map_err(oops)?.into_response())
}

async fn choose(
    State(web): Here,
    member: Member,
    Path((kind, id)): Path<(String, String)>,
    form: Filled,
) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "conflicts").await;
    settle(&web, &member, &f, (&kind, &id), &form, |_| "/conflicts".into()).await
}
