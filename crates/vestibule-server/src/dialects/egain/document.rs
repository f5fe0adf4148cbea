//! The OpenAPI 3.1 document of this surface. `openapi.json` and the pieces beside it describe each
//! operation once; its other spellings, below a realm
//! and without `/system`, are put in here, so that every address that is served stands in the document.

use serde_json::{Map, Value, json};

use super::words;
use crate::openapi;

/// Where the document is served.
pub const PATH: &str = "/openapi/egain.json";

/// The grants, and what all operations share; then the siblings, a piece for each group.
const PIECES: [&str; 4] = [
    include_str!("openapi.json"),
    include_str!("openapi/cases.json"),
    include_str!("openapi/customers.json"),
    include_str!("openapi/users.json"),
];

/// The document, with the address that clients reach this server at.
pub fn document(public_url: &str) -> Value {
    let mut whole = json!({});
    for piece in PIECES {
        match serde_json::from_str(piece) {
            Ok(piece) => openapi::add(&mut whole, piece),
            // A test reads them, so this tells of a build that no test saw.
            Err(error) => tracing::error!(%error, "a piece of the OpenAPI document of grants cannot be read"),
        }
    }
    if let Some(members) = whole.as_object_mut() {
        members.insert("servers".to_owned(), json!([{ "url": public_url }]));
        if let Some(Value::Object(paths)) = members.get_mut("paths") {
            *paths = respelt(paths);
        }
    }
    whole
}

/// Every path in every spelling.
fn respelt(paths: &Map<String, Value>) -> Map<String, Value> {
    let mut all = Map::new();
    for (path, operations) in paths {
        let short = path.strip_prefix("/system").map(|short| (short.to_owned(), named(operations, "Short")));
        for (path, operations) in [(path.clone(), operations.clone())].into_iter().chain(short) {
            all.insert(format!("{}{path}", words::REALM), in_realm(named(&operations, "InRealm")));
            all.insert(path, operations);
        }
    }
    all
}

/// The same with other names.
fn named(operations: &Value, suffix: &str) -> Value {
    let mut operations = operations.clone();
    for operation in operations.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(Value::String(name)) = operation.get_mut("operationId") {
            name.push_str(suffix);
        }
    }
    operations
}

/// The same with the realm among the parameters, which may not be the caller's.
fn in_realm(mut operations: Value) -> Value {
    for operation in operations.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
            parameters.insert(0, json!({ "$ref": "#/components/parameters/Realm" }));
        }
        if let Some(Value::Object(responses)) = operation.get_mut("responses") {
            responses.entry("404").or_insert_with(|| json!({ "$ref": "#/components/responses/NotFound" }));
        }
    }
    operations
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::dialects::egain::{login, operations};

    #[test]
    fn what_is_served_is_documented_and_what_is_documented_is_served() {
        let document = document("https://vestibule.example");
        assert_eq!(document["servers"][0]["url"], "https://vestibule.example");
        let mut names = BTreeSet::new();
        let mut documented = BTreeSet::new();
        for (path, verbs) in document["paths"].as_object().unwrap() {
            for (verb, operation) in verbs.as_object().unwrap() {
                assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{verb} {path}");
                documented.insert((verb.clone(), path.clone()));
            }
        }
        let served = operations().flat_map(|route| route.spellings().map(|(_, path)| (route.verb.to_owned(), path)));
        let logins = login::addresses().map(|(verb, path)| (verb.to_owned(), path));
        assert_eq!(documented, served.chain(logins).collect());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(whole: &Value, part: &Value) -> usize {
            match part {
                Value::Object(members) => {
                    let pointer = members.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
                    assert!(pointer.is_none_or(|pointer| whole.pointer(pointer).is_some()), "{pointer:?}");
                    usize::from(pointer.is_some()) + members.values().map(|inner| check(whole, inner)).sum::<usize>()
                }
                Value::Array(items) => items.iter().map(|inner| check(whole, inner)).sum(),
                _ => 0,
            }
        }
        let document = document("");
        assert!(check(&document, &document) > 100);
    }
}
