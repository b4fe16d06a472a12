//! What programs can ask of this node, for whoever writes one: made from the very document that programs read.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use serde_json::Value;

use super::{
    super::{
        Here, Web,
        frame::{Frame, Oops},
        visit::Member,
    },
    page,
};
use crate::api::network;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/developers", get(show))
}

/// One operation.
struct Operation {
    method: String,
    path: String,
    summary: String,
    scopes: Vec<String>,
    parameters: Vec<Property>,
    /// The shape in the body: its name.
    body: Option<String>,
    /// The shape of the answer.
    answer: Option<String>,
}

/// One shape.
struct Shape {
    name: String,
    note: String,
    properties: Vec<Property>,
    /// What it is one of, where it is one of several.
    one_of: Vec<Vec<Property>>,
}

/// A field or parameter.
struct Property {
    name: String,
    kind: Kind,
    is_required: bool,
    note: String,
}

/// What is in a field: a shape of ours, or a plain type; in a list or not.
struct Kind {
    shape: Option<String>,
    plain: String,
    is_list: bool,
}

#[derive(Template)]
#[template(path = "developers.html")]
struct DevelopersPage {
    f: Frame,
    note: String,
    groups: Vec<(String, Vec<Operation>)>,
    shapes: Vec<Shape>,
}

async fn show(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "me", async |f| {
        let document: Value = serde_json::from_str(&network::described(f.language)).unwrap_or_default();
        Ok(DevelopersPage {
            note: text(at(&document, "/info/description")),
            groups: groups(&document),
            shapes: shapes(&document),
            f: f.clone(),
        })
    })
    .await
}

/// What stands at a place in the document; null where nothing does.
fn at<'v>(value: &'v Value, place: &str) -> &'v Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The last part of a reference.
fn named(value: &Value) -> Option<String> {
    at(value, "/$ref").as_str()?.rsplit('/').next().map(str::to_owned)
}

fn groups(document: &Value) -> Vec<(String, Vec<Operation>)> {
    let mut groups: Vec<(String, Vec<Operation>)> = Vec::new();
    for (path, methods) in at(document, "/paths").as_object().into_iter().flatten() {
        for (method, told) in methods.as_object().into_iter().flatten() {
            let scope = |one: &Value| at(one, "/token/0").as_str().map(str::to_owned);
            let content = |part: &Value| {
                let (kind, content) = at(part, "/content").as_object()?.iter().next()?;
                Some(named(at(content, "/schema")).unwrap_or_else(|| kind.clone()))
            };
            let parameter =
                |one: &Value| property(&text(at(one, "/name")), at(one, "/schema"), at(one, "/required") == true);
            let operation = Operation {
                method: method.to_uppercase(),
                path: format!("{}{path}", network::ROOT),
                summary: text(at(told, "/summary")),
                scopes: at(told, "/security").as_array().into_iter().flatten().filter_map(scope).collect(),
                parameters: at(told, "/parameters").as_array().into_iter().flatten().map(parameter).collect(),
                body: content(at(told, "/requestBody")),
                answer: content(at(told, "/responses/200")),
            };
            let tag = text(at(told, "/tags/0"));
            match groups.iter_mut().find(|(name, _)| *name == tag) {
                Some((_, operations)) => operations.push(operation),
                None => groups.push((tag, vec![operation])),
            }
        }
    }
    groups
}

fn shapes(document: &Value) -> Vec<Shape> {
    let all = at(document, "/components/schemas").as_object().into_iter().flatten();
    let shape = |(name, schema): (&String, &Value)| Shape {
        name: name.clone(),
        note: text(at(schema, "/description")),
        properties: properties(schema),
        one_of: at(schema, "/oneOf").as_array().into_iter().flatten().map(properties).collect(),
    };
    all.map(shape).collect()
}

/// The fields of a shape, also of those it is made of.
fn properties(schema: &Value) -> Vec<Property> {
    let required = at(schema, "/required").as_array();
    let is_required = |name: &String| required.is_some_and(|names| names.iter().any(|one| one == name));
    let own = at(schema, "/properties").as_object().into_iter().flatten();
    let own = own.map(|(name, schema)| property(name, schema, is_required(name)));
    let parts = at(schema, "/allOf").as_array().into_iter().flatten();
    let parts = parts.flat_map(|part| match named(part) {
        Some(shape) => vec![Property {
            name: "…".into(),
            kind: Kind { shape: Some(shape), plain: String::new(), is_list: false },
            is_required: true,
            note: String::new(),
        }],
        None => properties(part),
    });
    own.chain(parts).collect()
}

fn property(name: &str, schema: &Value, is_required: bool) -> Property {
    Property { name: name.to_owned(), kind: kind(schema), is_required, note: text(at(schema, "/description")) }
}

fn kind(schema: &Value) -> Kind {
    if let Some(items) = schema.get("items") {
        return Kind { is_list: true, ..kind(items) };
    }
    let several = ["oneOf", "allOf", "anyOf"].iter().find_map(|key| schema.get(*key).and_then(Value::as_array));
    let shape = named(schema).or_else(|| several.into_iter().flatten().find_map(named));
    let plain = match at(schema, "/type") {
        Value::String(one) => one.clone(),
        Value::Array(several) => {
            let names: Vec<&str> = several.iter().filter_map(Value::as_str).collect();
            names.join(" | ")
        }
        _ => String::new(),
    };
    let plain = match at(schema, "/enum").as_array() {
        Some(values) => values.iter().map(text).collect::<Vec<String>>().join(" | "),
        None => plain,
    };
    Kind { shape, plain, is_list: false }
}
