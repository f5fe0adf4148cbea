//! Shapes to and from core types (`spec/wavefront-accounts.md`, section 5): what several of them share is here, the rest
//! in a file for each model.
//!
//! Bodies are read in two steps, since the page's order of checks puts the thing that a path names between them
//! (section 4): what a member's type is, when the body is read; what it says, later. A member that is null was not given,
//! and one that nobody knows is ignored (section 2).

pub mod accounts;
pub mod groups;
pub mod pages;
pub mod roles;
pub mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use vestibule_core::{
    id::{AccountId, AccountKey},
    policy::ActionName,
    refusal::{Fault, Malformed},
    time::Timestamp,
};

use super::words::Permission;
use crate::body::Object;

/// What every shape needs to know of where it is shown.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The customer: the realm.
    pub customer: String,
    /// The instant of the request.
    pub now: Timestamp,
    /// What those go by who wrote the roles last that are shown; who is gone is not among them.
    pub authors: BTreeMap<AccountKey, String>,
}

/// Whether two spellings name one account: those of robots are folded to lower case, those of people are not
/// (section 9.1, inferred).
pub fn is_same_id(one: &str, other: &str) -> bool {
    one == other || AccountId::is_service(one) && one.eq_ignore_ascii_case(other)
}

/// An optional string.
pub fn text(body: &Object, name: &'static str) -> Result<Option<String>, Malformed> {
    let Some(text) = body.text_or_none(name)? else { return Ok(None) };
    storable(text, name).map(|text| Some(text.to_owned()))
}

/// A required string.
pub fn required(body: &Object, name: &'static str) -> Result<String, Malformed> {
    text(body, name)?.ok_or_else(|| Malformed::new(name, Fault::Missing))
}

/// Text that a database can be asked for.
fn storable<'t>(text: &'t str, field: &str) -> Result<&'t str, Malformed> {
    match text.contains('\0') {
        true => Err(Malformed::new(field.to_owned(), Fault::Format("text without NUL"))),
        false => Ok(text),
    }
}

/// An optional list of strings.
pub fn texts(body: &Object, name: &'static str) -> Result<Option<Vec<String>>, Malformed> {
    let Some(list) = body.list_or_none(name)? else { return Ok(None) };
    let read = |(at, value): (usize, &Value)| {
        let field = format!("{name}[{at}]");
        let text = value.as_str().ok_or_else(|| Malformed::new(field.clone(), Fault::NotA("a string")))?;
        storable(text, &field).map(str::to_owned)
    };
    list.iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
}

/// An optional list of ids.
pub fn ids_or_none(body: &Object, name: &'static str) -> Result<Option<Vec<String>>, Malformed> {
    body.list_or_none(name)?.map(|list| ids(list, name)).transpose()
}

/// The members by which an object that was sent back as it was shown is known (section 2).
const ID_MEMBERS: [&str; 3] = ["id", "tokenID", "identifier"];

/// A list of ids, each a string or an object with its id in it.
pub fn ids(list: &[Value], field: &str) -> Result<Vec<String>, Malformed> {
    let read = |(at, value): (usize, &Value)| {
        let place = || format!("{field}[{at}]");
        let id = match value {
            Value::String(id) => Some(id.as_str()),
            Value::Object(members) => ID_MEMBERS.iter().find_map(|name| members.get(*name)?.as_str()),
            _ => None,
        };
        let id = id.ok_or_else(|| Malformed::new(place(), Fault::NotA("an id, or an object with its id")))?;
        storable(id, &place()).map(str::to_owned)
    };
    list.iter().enumerate().map(read).collect()
}

/// The actions that names of permissions stand for. `field` is where they were given.
pub fn actions(names: &[String], field: &'static str) -> Result<BTreeSet<ActionName>, Malformed> {
    names.iter().map(|name| Permission::action(name, field)).collect()
}

/// The names of those actions that are permissions of this dialect, in order.
pub fn permission_names<'a>(actions: impl IntoIterator<Item = &'a ActionName>) -> Vec<&'static str> {
    let names: BTreeSet<_> = actions.into_iter().filter_map(Permission::name_of).collect();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_text_or_an_object_that_was_shown() {
        for (list, expected) in [
            (json!([]), Ok(&[][..])),
            (json!(["a", { "id": "b", "name": "x" }, { "tokenID": "c" }, { "identifier": "d" }]), Ok(&["a", "b", "c", "d"])),
            (json!(["a", null]), Err("roles[1]")),
            (json!([7]), Err("roles[0]")),
            (json!([["a"]]), Err("roles[0]")),
            (json!([{ "name": "a" }]), Err("roles[0]")),
            (json!([{ "id": 7 }]), Err("roles[0]")),
            (json!(["a\0"]), Err("roles[0]")),
        ] {
            let read = ids(list.as_array().unwrap(), "roles").map_err(|malformed| malformed.field.into_owned());
            assert_eq!(read, expected.map(|ids| ids.iter().map(ToString::to_string).collect()).map_err(str::to_owned), "{list}");
        }
    }

    #[test]
    fn ids_of_robots_are_folded_and_those_of_people_are_not() {
        for (one, other, same) in [
            ("sa::ci", "sa::ci", true),
            ("sa::CI", "sa::ci", true),
            ("SA::ci", "sa::ci", true),
            ("sa::ci", "sa::cd", false),
            ("Ada@acme.example", "ada@acme.example", false),
            ("ada@acme.example", "ada@acme.example", true),
            ("s", "s", true),
            ("sä:", "s", false),
        ] {
            assert_eq!(is_same_id(one, other), same, "{one} {other}");
        }
    }

    #[test]
    fn names_of_permissions_come_once_and_in_order() {
        let names = ["ingestion", "alerts_management", "ingestion"].map(str::to_owned);
        let actions = actions(&names, "groups").unwrap();
        assert_eq!(permission_names(&actions), ["alerts_management", "ingestion"]);
        assert_eq!(permission_names(&["config:retrieve".parse().unwrap()]), [""; 0]);
    }
}
