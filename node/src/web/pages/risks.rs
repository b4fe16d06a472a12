//! Risk points: the library, a new one, one with who wrote what, and what was written at the same time.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};

use super::{
    super::{
        Here, Web, fields,
        form::Filled,
        frame::{Frame, Oops},
        visit::Member,
    },
    conflicts::settle,
    filling::{Form, Subject},
    listed, next_query, page,
};
use crate::{
    api::shape::{DocumentShown, FieldContent, ItemAdd, ItemRemove, RiskEdit, RiskLine, ValueShown},
    desk::Deed,
};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/risks", get(list))
        .route("/risks/new", get(new).post(add))
        .route("/risks/{id}", get(one))
        .route("/risks/{id}/edit", get(form).post(edit))
        .route("/risks/{id}/choose", post(choose))
}

#[derive(Template)]
#[template(path = "risks.html")]
struct RisksPage {
    f: Frame,
    asked: Filled,
    total: u64,
    at_least: bool,
    risks: Vec<(RiskLine, String)>,
    next: Option<String>,
}

async fn list(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    page(&web, &member, "risks", async |f| {
        let found = web.desk.risks(&listed(&asked)).await?;
        let kind = |line: RiskLine| {
            let kind = crate::words::kind(f.language, &line.kind);
            (line, kind)
        };
        Ok(RisksPage {
            f: f.clone(),
            next: next_query(&asked, found.next.as_deref()),
            asked,
            total: found.total,
            at_least: found.at_least,
            risks: found.risks.into_iter().map(kind).collect(),
        })
    })
    .await
}

async fn new_risk(web: &Web, member: &Member) -> Form {
    let f = Frame::new(web, &member.visit, "risks").await;
    let subject = Subject {
        title: f.t("risk-new"),
        about: String::new(),
        note: String::new(),
        action: "/risks/new".into(),
        back: "/risks".into(),
        rules: None,
    };
    Form { f, subject, fields: fields::RISK }
}

async fn new(State(web): Here, member: Member, asked: Filled) -> Result<Response, Oops> {
    new_risk(&web, &member).await.show(&web, &asked).await
}

async fn add(State(web): Here, member: Member, filled: Filled) -> Result<Response, Oops> {
    new_risk(&web, &member).await.take(&web, &member, filled, [], Deed::AddRisk).await
}

#[derive(Template)]
#[template(path = "risk.html")]
struct RiskPage {
    f: Frame,
    risk: DocumentShown,
}

impl RiskPage {
    fn value(&self, field: &str, value: &ValueShown) -> String {
        value_named(&self.f, field, value)
    }

    /// Who wrote an entry, and when.
    fn by(&self, entry: &str) -> String {
        let found = self.risk.history.iter().find(|one| one.id == entry);
        found.map_or_else(String::new, |one| format!("{} {}", one.author.name, self.f.time(&one.time)))
    }
}

async fn one(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "risks", async |f| Ok(RiskPage { f: f.clone(), risk: web.desk.risk(&id, f.language).await? }))
        .await
}

/// A value as people read it: of levels and kinds their names.
pub(super) fn value_named(f: &Frame, field: &str, value: &ValueShown) -> String {
    match (field, value) {
        ("level", ValueShown::Number(level @ 1..=3)) => f.tk("risk-level-", level),
        ("kind", ValueShown::Word(kind)) => crate::words::kind(f.language, kind),
        (_, ValueShown::Flag(flag)) => f.t(if *flag { "yes" } else { "no" }),
        (_, value) => value_text(value),
    }
}

fn value_text(value: &ValueShown) -> String {
    match value {
        ValueShown::Word(text) => text.clone(),
        ValueShown::Number(number) => number.to_string(),
        ValueShown::Flag(flag) => flag.to_string(),
    }
}

/// What a risk point says now, as its form has it.
fn filled_in(risk: &DocumentShown) -> Vec<(String, String)> {
    let value = |content: &FieldContent| match content {
        FieldContent::Single { value, .. } => value.as_ref().map(value_text),
        FieldContent::Prose { text } => Some(text.clone()),
        FieldContent::Items { items } => Some(items.join("\n")),
    };
    risk.fields.iter().filter_map(|field| Some((field.name.clone(), value(&field.content)?))).collect()
}

async fn edit_form(web: &Web, member: &Member, id: &str) -> Result<(Form, DocumentShown), Oops> {
    let f = Frame::new(web, &member.visit, "risks").await;
    let risk = web.desk.risk(id, f.language).await.map_err(|error| Oops::of(&f, error))?;
    // What was looked at goes with the form: an edit that crosses another one is merged, not lost.
    let heads = risk.heads.join(" ");
    let subject = Subject {
        title: f.t("risk-edit"),
        about: risk.short.clone(),
        note: f.t("risk-edit-note"),
        action: format!("/risks/{}/edit?{}", risk.id, super::super::form::query(&[("heads", &heads)])),
        back: format!("/risks/{}", risk.id),
        rules: None,
    };
    Ok((Form { f, subject, fields: fields::RISK }, risk))
}

async fn form(State(web): Here, member: Member, Path(id): Path<String>) -> Result<Response, Oops> {
    let (form, risk) = edit_form(&web, &member, &id).await?;
    form.show(&web, &Filled::with(filled_in(&risk))).await
}

async fn edit(
    State(web): Here,
    member: Member,
    Path(id): Path<String>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
    filled: Filled,
) -> Result<Response, Oops> {
    let (mut form, risk) = edit_form(&web, &member, &id).await?;
    let seen = query.as_deref().and_then(|query| query.split_once("heads=")).map(|(_, heads)| heads.replace('+', " "));
    if let Some(seen) = &seen {
        let query = super::super::form::query(&[("heads", seen)]);
        form.subject.action = format!("/risks/{}/edit?{query}", risk.id);
    }
    let heads = seen.map(|seen| seen.split(' ').filter(|head| !head.is_empty()).map(ToOwned::to_owned).collect());
    let deed = fields::read(fields::RISK, &filled)
        .map(|_| changed(&risk, &filled, heads))
        .map(|edit| Deed::EditRisk(risk.id.clone(), edit));
    form.go_on(&web, &member, filled, deed).await
}

/// What differs between a risk point as it stands and the form.
fn changed(risk: &DocumentShown, filled: &Filled, after: Option<Vec<String>>) -> RiskEdit {
    let mut edit = RiskEdit { after, ..RiskEdit::default() };
    for field in &risk.fields {
        let wanted = filled.text(&field.name);
        match &field.content {
            FieldContent::Single { value, others, .. } => {
                let stands = value.as_ref().map(value_text).unwrap_or_default();
                if wanted != stands || (!others.is_empty() && filled.is_set(&field.name)) {
                    let number = matches!(value, Some(ValueShown::Number(_))) || field.name == "level";
                    let new = (!wanted.is_empty()).then(|| match wanted.parse() {
                        Ok(wanted) if number => ValueShown::Number(wanted),
                        _ => ValueShown::Word(wanted),
                    });
                    edit.set.insert(field.name.clone(), new);
                }
            }
            FieldContent::Prose { text } => {
                let wanted = wanted.replace("\r\n", "\n");
                if wanted != *text {
                    edit.texts.insert(field.name.clone(), wanted);
                }
            }
            FieldContent::Items { items } => {
                let wanted: Vec<&str> = wanted.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                let gone = items.iter().enumerate().rev().filter(|(_, item)| !wanted.contains(&item.as_str()));
                edit.remove.extend(gone.map(|(at, _)| remove(&field.name, at)));
                let new = wanted.iter().filter(|line| !items.iter().any(|item| item == *line));
                edit.add.extend(new.map(|line| add_item(&field.name, line)));
            }
        }
    }
    edit
}

fn remove(field: &str, at: usize) -> ItemRemove {
    ItemRemove { field: field.to_owned(), at: u32::try_from(at).unwrap_or(u32::MAX) }
}

fn add_item(field: &str, text: &str) -> ItemAdd {
    ItemAdd { field: field.to_owned(), item: text.to_owned(), at: None }
}

/// Settles what was set at the same time: one of the values is signed as the one that stands.
async fn choose(State(web): Here, member: Member, Path(id): Path<String>, form: Filled) -> Result<Response, Oops> {
    let f = Frame::new(&web, &member.visit, "risks").await;
    settle(&web, &member, &f, ("risk", &id), &form, |risk| format!("/risks/{}", risk.id)).await
}
