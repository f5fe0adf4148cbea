//! Statements on the wire (`spec/m3ter-support.md`, section 8.1): `effect`, `action`, `resource`, and our own
//! `condition`, which passes through as it is written.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::Value;
use vestibule_core::{
    policy::{RawStatement, Statement},
    refusal::{Fault, Malformed},
};

use super::words::ACTIONS;
use crate::body::Object;

/// How enums are spelt. The reference's text and its OpenAPI file disagree; the page decides for lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EnumCase {
    /// `allow`, `config:create`; capitals are refused.
    #[default]
    Lower,
    /// `ALLOW`, `CONFIG_CREATE` on output; on input either.
    Upper,
}

const EFFECT: &str = "effect";
const ACTION: &str = "action";
const RESOURCE: &str = "resource";
const CONDITION: &str = "condition";

/// An optional list of statements.
pub fn read(body: &Object, field: &'static str, case: EnumCase) -> Result<Option<Vec<Statement>>, Malformed> {
    let Some(list) = body.list_or_none(field)? else { return Ok(None) };
    if list.len() > Statement::STATEMENTS_MAX {
        return Err(Malformed::new(field, Fault::TooMany { limit: Statement::STATEMENTS_MAX }));
    }
    let named = |(at, value)| {
        statement(value, case).map_err(|malformed: Malformed| {
            let member = match malformed.field.as_ref() {
                "" => format!("{field}[{at}]"),
                member => format!("{field}[{at}].{member}"),
            };
            malformed.of(member)
        })
    };
    list.iter().enumerate().map(named).collect::<Result<_, _>>().map(Some)
}

/// One statement; the fault names the member, and nothing when it is no object.
fn statement(value: &Value, case: EnumCase) -> Result<Statement, Malformed> {
    let Value::Object(members) = value else { return Err(Malformed::new("", Fault::NotA("a JSON object"))) };
    let object = Object::new(members.clone());
    let effect = object.text(EFFECT)?;
    let effect = match case {
        EnumCase::Lower => effect.to_owned(),
        EnumCase::Upper => effect.to_ascii_lowercase(),
    };
    let actions = texts(&object, ACTION)?.into_iter().enumerate().map(|(at, raw)| action(raw, case).ok_or(at)).collect();
    let known = |at| Malformed::new(format!("{ACTION}[{at}]"), Fault::UnknownValue(format!("all, {}", ACTIONS.join(", "))));
    let actions: Result<Vec<String>, usize> = actions;
    let resources = texts(&object, RESOURCE)?.into_iter().map(str::to_owned).collect();
    let raw = RawStatement { effect, actions: actions.map_err(known)?, resources, condition: object.get(CONDITION).cloned() };
    Statement::parse(raw).map_err(|malformed| {
        // The core says `actions[3]` and `resources`.
        let member = match malformed.field.as_ref() {
            member if member.starts_with("actions") => member.replacen("actions", ACTION, 1),
            member if member.starts_with("resources") => member.replacen("resources", RESOURCE, 1),
            member => member.to_owned(),
        };
        malformed.of(member)
    })
}

/// A required list of texts.
fn texts<'o>(object: &'o Object, name: &'static str) -> Result<Vec<&'o str>, Malformed> {
    let list = object.list_or_none(name)?.ok_or_else(|| Malformed::new(name, Fault::Missing))?;
    let text =
        |(at, value): (usize, &'o Value)| value.as_str().ok_or_else(|| Malformed::new(format!("{name}[{at}]"), Fault::NotA("a string")));
    list.iter().enumerate().map(text).collect()
}

/// An action as the core writes it; `None`: m3ter has none of that name (section 8.2).
fn action(raw: &str, case: EnumCase) -> Option<String> {
    let spelt = match (case, raw.rsplit_once('_')) {
        (EnumCase::Upper, Some((service, verb))) if raw.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') => {
            format!("{}:{}", service.to_ascii_lowercase(), verb.to_ascii_lowercase())
        }
        (EnumCase::Upper, None) => raw.to_ascii_lowercase(),
        (EnumCase::Upper | EnumCase::Lower, _) => raw.to_owned(),
    };
    match spelt.as_str() {
        "all" | "*" => Some("all".to_owned()),
        known if ACTIONS.contains(&known) => Some(spelt),
        _ => None,
    }
}

/// A list of statements as it is shown.
pub struct Shown {
    statements: Vec<Statement>,
    case: EnumCase,
}

impl Shown {
    /// In this spelling.
    pub fn new(statements: &[Statement], case: EnumCase) -> Self {
        Self { statements: statements.to_vec(), case }
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.statements.iter().map(|statement| ShownStatement { statement, case: self.case }))
    }
}

struct ShownStatement<'a> {
    statement: &'a Statement,
    case: EnumCase,
}

impl Serialize for ShownStatement<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { statement, case } = self;
        let members = 3 + usize::from(statement.condition().is_some());
        let mut object = serializer.serialize_struct("Statement", members)?;
        let actions = statement.actions().iter().filter_map(|action| shown_action(action.as_str(), *case)).collect();
        object.serialize_field(EFFECT, &shown_effect(statement.effect().as_str(), *case))?;
        object.serialize_field(ACTION, &Texts(actions))?;
        object.serialize_field(RESOURCE, &Texts(statement.resources().iter().map(ToString::to_string).collect()))?;
        match statement.condition() {
            Some(condition) => object.serialize_field(CONDITION, condition.written())?,
            None => object.skip_field(CONDITION)?,
        }
        object.end()
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Texts(Vec<String>);

fn shown_effect(effect: &str, case: EnumCase) -> String {
    match case {
        EnumCase::Lower => effect.to_owned(),
        EnumCase::Upper => effect.to_ascii_uppercase(),
    }
}

/// An action as it is shown. One that m3ter does not have comes from another door: it is shown as it is stored, or left
/// out where answers have enums, since those have no name for it and clients that go by them could read nothing.
fn shown_action(action: &str, case: EnumCase) -> Option<String> {
    match case {
        EnumCase::Lower => Some(action.to_owned()),
        EnumCase::Upper => (action == "all" || ACTIONS.contains(&action)).then(|| enum_name(action)),
    }
}

/// The name of an action in the OpenAPI file's enums: `CONFIG_CREATE`.
pub fn enum_name(action: &str) -> String {
    action.replace(':', "_").to_ascii_uppercase()
}

impl fmt::Display for EnumCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lower => "lower",
            Self::Upper => "upper",
        })
    }
}

#[cfg(test)]
#[path = "statements_tests.rs"]
mod tests;
