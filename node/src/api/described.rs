//! What an operation takes and answers, read off its handler's own types, so that the document of the local HTTP says
//! what the program does.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode, response::Response};
use utoipa::{
    ToSchema,
    openapi::{
        ContentBuilder, ObjectBuilder, Ref, RefOr, Required, Schema, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::SchemaType,
    },
};

use super::{
    answer::{Answer, Asker, Asks, Form, Id, No, Numbered, Raw, Signed, Speaks},
    shape::{Failed, RowFailed},
};
use crate::{desk::Desk, limits::ID_PREFIX_DIGITS_MIN};

/// The kind of what is bytes and nothing else.
pub(super) const BYTES: &str = "application/octet-stream";

/// The kind of JSON.
pub(super) const JSON: &str = "application/json";

/// What an operation says of itself.
#[derive(Default)]
pub(super) struct Told {
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
    /// The status of an answer that is no refusal, and what it holds: its kind and shape.
    pub(super) answer: Option<(StatusCode, Option<(&'static str, RefOr<Schema>)>)>,
    pub(super) schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Told {
    /// A shape by its name, which is kept with all that it names.
    pub(super) fn shape<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let mut named = Vec::new();
        T::schemas(&mut named);
        self.schemas.extend(named);
        self.schemas.insert(T::name().into(), T::schema());
        Ref::from_schema_name(T::name()).into()
    }

    fn parameter(&mut self, name: &str, place: ParameterIn, is_required: bool, schema: RefOr<Schema>) {
        let required = if is_required { Required::True } else { Required::False };
        let parameter = ParameterBuilder::new().name(name).parameter_in(place).schema(Some(schema));
        self.parameters.push(parameter.required(required).build());
    }
}

/// Bytes of any kind.
fn bytes() -> RefOr<Schema> {
    // Without a type: the kind of the content says it all.
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
}

/// Part of what a handler takes or answers.
pub(super) trait Describes {
    fn describe(told: &mut Told);
}

/// These say nothing: they are there for every operation, or go by the token.
macro_rules! silent {
    ($($name:ty),*) => { $(impl Describes for $name { fn describe(_: &mut Told) {} })* };
}

silent!(State<Desk>, Speaks, Signed, Asker);

/// The beginning of an id, or all of it.
fn id() -> RefOr<Schema> {
    let pattern = format!("^[0-9a-f]{{{ID_PREFIX_DIGITS_MIN},64}}$");
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
}

impl Describes for Id {
    fn describe(told: &mut Told) {
        told.parameter("id", ParameterIn::Path, true, id());
    }
}

impl Describes for Numbered {
    fn describe(told: &mut Told) {
        told.parameter("id", ParameterIn::Path, true, id());
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        told.parameter("number", ParameterIn::Path, true, number.into());
    }
}

impl<T: ToSchema> Describes for Asks<T> {
    fn describe(told: &mut Told) {
        let RefOr::T(Schema::Object(query)) = T::schema() else { return };
        for (name, schema) in query.properties {
            told.parameter(&name, ParameterIn::Query, query.required.contains(&name), without_null(schema));
        }
    }
}

/// What is left out of a query is none of it; there is no other null.
fn without_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Array(types) = &object.schema_type {
                let types: Vec<Type> = types.iter().filter(|one| **one != Type::Null).cloned().collect();
                object.schema_type = SchemaType::Array(types);
            }
            RefOr::T(Schema::Object(object))
        }
        schema => schema,
    }
}

impl<T: ToSchema> Describes for Form<T> {
    fn describe(told: &mut Told) {
        let content = ContentBuilder::new().schema(Some(told.shape::<T>())).build();
        told.body = Some(RequestBodyBuilder::new().content(JSON, content).required(Some(Required::True)).build());
    }
}

impl Describes for Raw {
    fn describe(told: &mut Told) {
        let content = ContentBuilder::new().schema(Some(bytes())).build();
        told.body = Some(RequestBodyBuilder::new().content(BYTES, content).required(Some(Required::True)).build());
    }
}

impl<T: ToSchema> Describes for Answer<T> {
    fn describe(told: &mut Told) {
        let shape = told.shape::<T>();
        told.answer = Some((StatusCode::OK, Some((JSON, shape))));
    }
}

impl<T: ToSchema> Describes for Json<T> {
    fn describe(told: &mut Told) {
        Answer::<T>::describe(told);
    }
}

impl Describes for Result<StatusCode, No> {
    fn describe(told: &mut Told) {
        told.answer = Some((StatusCode::NO_CONTENT, None));
    }
}

/// An answer that a handler makes by itself is content.
impl Describes for Response {
    fn describe(told: &mut Told) {
        told.answer = Some((StatusCode::OK, Some((BYTES, bytes()))));
    }
}

/// A handler, by what it takes.
pub(super) trait Tells<A> {
    fn tell(told: &mut Told);
}

macro_rules! tells {
    ($($taken:ident),*) => {
        impl<F, W, R, $($taken),*> Tells<($($taken,)* R)> for F
        where
            F: FnOnce($($taken),*) -> W,
            W: Future<Output = R>,
            R: Describes,
            $($taken: Describes,)*
        {
            fn tell(told: &mut Told) {
                $($taken::describe(told);)*
                R::describe(told);
            }
        }
    };
}

tells!(A);
tells!(A, B);
tells!(A, B, C);
tells!(A, B, C, D);
tells!(A, B, C, D, E);

/// A refusal, in the form of RFC 9457.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize, ToSchema)]
pub(super) struct Problem {
    /// Names what is wrong, as `urn:fangwei:refusal:self-approval`; never changes its meaning.
    pub(super) r#type: String,
    /// The HTTP status.
    pub(super) status: u16,
    /// What people read, in the language asked for.
    pub(super) detail: String,
    /// The last part of `type`.
    pub(super) code: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
    /// The values in `detail`, by name.
    pub(super) values: BTreeMap<String, String>,
    /// What is wrong with single rows, where rows were given.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(super) rows: Vec<RowFailed>,
}

impl Problem {
    pub(super) fn of(status: StatusCode, failed: Failed) -> Problem {
        let Failed { code, message, hint, values, rows } = failed;
        let r#type = format!("urn:fangwei:refusal:{code}");
        Problem { r#type, status: status.as_u16(), detail: message, code, hint, values, rows }
    }
}
