//! A form of anything that is signed: shown, taken to what would be signed, or shown again with what is wrong.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::super::{
    Web,
    fields::{self, Field, FieldShown},
    form::Filled,
    frame::{Frame, Html, Oops},
    review,
    visit::Member,
};
use crate::desk::{Code, Deed, DeskError, choices::Choices};

/// A form on its way to somebody, or back from them.
pub(super) struct Form {
    pub(super) f: Frame,
    pub(super) subject: Subject,
    pub(super) fields: &'static [Field],
}

/// What a form is about.
pub(super) struct Subject {
    /// What is done.
    pub(super) title: String,
    /// What it is done with; may be empty.
    pub(super) about: String,
    /// What whoever fills it in should know; may be empty.
    pub(super) note: String,
    /// Where it goes.
    pub(super) action: String,
    pub(super) back: String,
    /// The rules its choices come from; none: those in force.
    pub(super) rules: Option<String>,
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    f: Frame,
    title: String,
    about: String,
    note: String,
    action: String,
    back: String,
    fields: Vec<FieldShown>,
    problem: Option<(String, Option<String>)>,
}

impl Form {
    /// Shows it, empty or as a link fills it in.
    pub(super) async fn show(self, web: &Web, filled: &Filled) -> Result<Response, Oops> {
        let choices = self.choices(web).await?;
        Ok(Html(self.page(&choices, filled, None)).into_response())
    }

    /// Takes it: what was filled in, with `more` beside it, is one of the desk's shapes, and that is what is done.
    pub(super) async fn take<T: DeserializeOwned>(
        self,
        web: &Web,
        member: &Member,
        filled: Filled,
        more: impl IntoIterator<Item = (&'static str, Value)>,
        deed: impl FnOnce(T) -> Deed,
    ) -> Result<Response, Oops> {
        let read = fields::read(self.fields, &filled).and_then(|fields| shape(fields, more)).map(deed);
        self.go_on(web, member, filled, read).await
    }

    /// Lets an officer see what they would sign by a deed. What they asked wrongly is said on the form they filled in.
    pub(super) async fn go_on(
        self,
        web: &Web,
        member: &Member,
        filled: Filled,
        deed: Result<Deed, DeskError>,
    ) -> Result<Response, Oops> {
        filled.check(web, member).await?;
        let error = match deed {
            Ok(deed) => match review::ask(web, member, deed, self.subject.back.clone()).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            },
            Err(error) => error,
        };
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        let choices = self.choices(web).await?;
        Ok((status, Html(self.page(&choices, &filled, Some(&error)))).into_response())
    }

    async fn choices(&self, web: &Web) -> Result<Choices, Oops> {
        let choices = web.desk.choices(self.subject.rules.clone(), self.f.language).await;
        choices.map_err(|error| Oops::of(&self.f, error))
    }

    /// The form with what was filled in and what is wrong with that.
    fn page(self, choices: &Choices, filled: &Filled, error: Option<&DeskError>) -> FormPage {
        let Form { f, subject: Subject { title, about, note, action, back, .. }, fields } = self;
        let fields = fields::show(&f, fields, choices, filled, error);
        let problem = error.map(|error| {
            let failed = crate::words::failed(f.language, error);
            (failed.message, failed.hint)
        });
        FormPage { f, title, about, note, action, back, fields, problem }
    }
}

/// What a form of fields says as one of the desk's shapes.
fn shape<T: DeserializeOwned>(
    fields: Map<String, Value>,
    more: impl IntoIterator<Item = (&'static str, Value)>,
) -> Result<T, DeskError> {
    let mut fields = fields;
    fields.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let reason = |fault: serde_json::Error| {
        // Which of our own fields it is, never what was typed into it.
        let said = fault.to_string();
        let said = said.split(':').next().unwrap_or_default().chars().take(120).collect::<String>();
        DeskError::new(Code::BadJson).with("reason", said)
    };
    serde_json::from_value(Value::Object(fields)).map_err(reason)
}
