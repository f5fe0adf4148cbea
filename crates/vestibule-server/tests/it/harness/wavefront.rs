//! What Wavefront's addresses take, for the tests that go through every door: no document tells of them.

use std::sync::LazyLock;

use serde_json::{Value, json};
use vestibule_server::dialects::wavefront::{self, Asks, words};

use super::{
    doors::{Door, Family, NOWHERE},
    http::Reply,
};

/// Wavefront's addresses: all at the root, and those that can only be read below a realm, too. Their paths are put together once.
pub fn doors() -> impl Iterator<Item = Door> {
    static PATHS: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
        let root = wavefront::operations().map(|route| (route.verb, format!("{}{}", words::PREFIX, route.path)));
        let is_read_only = |path: &str| wavefront::operations().all(|route| route.path != path || route.verb == "get");
        let reads = wavefront::operations().filter(|route| is_read_only(route.path));
        let below = reads.map(|route| (route.verb, format!("{}{}{}", words::REALM, words::PREFIX, route.path)));
        root.chain(below).collect()
    });
    PATHS.iter().map(|(verb, path)| Door { verb, path, family: Family::Customer })
}

/// A path with values for the parameters that name neither a realm nor a thing.
pub fn named(path: &str) -> String {
    path.replace("{permission}", "ingestion").replace("{token}", NOWHERE).replace("{facet}", "id")
}

fn route(door: &Door) -> Option<&'static wavefront::Route> {
    let (_, path) = door.path.split_once(words::PREFIX)?;
    wavefront::operations().find(|route| door.family == Family::Customer && route.verb == door.verb && route.path == path)
}

/// Most bytes that a door reads.
pub fn bytes_max(door: &Door) -> usize {
    route(door).unwrap().bytes_max
}

/// Whether a door asks everybody for the permission to manage accounts.
pub fn asks_for_a_right(door: &Door) -> bool {
    route(door).is_some_and(|route| route.asks != Asks::Nothing)
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn texts() -> Value {
    json!({ "type": "array", "items": text() })
}

/// An object of these members, of which these are required, and an example.
fn body_of(required: &[&str], properties: Value, good: Value) -> Option<(Value, Value)> {
    Some((json!({ "type": "object", "required": required, "properties": properties }), good))
}

/// The schema of an object that a door takes, and an example; nothing where it takes none, or a list.
pub fn body(door: &Door) -> Option<(Value, Value)> {
    let route = route(door)?;
    let rights = |mut properties: Value| {
        for name in ["groups", "userGroups", "roles"] {
            properties[name] = texts();
        }
        properties
    };
    match (route.verb, route.path) {
        ("post", "/account/user" | "/user") => {
            let good = json!({ "emailAddress": "new@acme.example", "groups": ["ingestion"], "userGroups": [NOWHERE], "roles": [NOWHERE] });
            body_of(&["emailAddress"], rights(json!({ "emailAddress": text() })), good)
        }
        ("put", "/account/user/{id}" | "/user/{id}") => {
            let good = json!({ "identifier": NOWHERE, "ssoId": "x", "groups": ["ingestion"], "userGroups": [NOWHERE], "roles": [NOWHERE] });
            let members = json!({ "identifier": text(), "customer": {}, "ssoId": text(), "credential": text() });
            body_of(&[], rights(without_untyped(members)), good)
        }
        ("post" | "put", "/account/serviceaccount" | "/account/serviceaccount/{id}") => {
            let members = json!({ "identifier": text(), "active": { "type": "boolean" }, "description": text(), "tokens": texts() });
            let identifier = if route.verb == "post" { "sa::new" } else { NOWHERE };
            let good = json!({
                "identifier": identifier, "active": true, "description": "x", "tokens": [NOWHERE],
                "groups": ["ingestion"], "userGroups": [NOWHERE], "roles": [NOWHERE],
            });
            let required: &[&str] = if route.verb == "post" { &["identifier"] } else { &[] };
            body_of(required, rights(members), good)
        }
        ("post" | "put", "/role" | "/role/{id}") => {
            let members = json!({ "name": text(), "description": text(), "permissions": texts() });
            let required: &[&str] = if route.verb == "post" { &["name"] } else { &[] };
            body_of(required, members, json!({ "name": "new", "description": "x", "permissions": ["ingestion"] }))
        }
        ("post" | "put", "/usergroup" | "/usergroup/{id}") => {
            let members = json!({ "name": text(), "description": text(), "roleIDs": texts() });
            let required: &[&str] = if route.verb == "post" { &["name"] } else { &[] };
            body_of(required, members, json!({ "name": "new", "description": "x", "roleIDs": [NOWHERE] }))
        }
        ("put", "/apitoken/customertokens/revoke") => body_of(&["tokenID"], json!({ "tokenID": text() }), json!({ "tokenID": NOWHERE })),
        ("put", path) if path.starts_with("/apitoken") => {
            let members = json!({ "tokenID": text(), "tokenName": text() });
            body_of(&[], members, json!({ "tokenID": NOWHERE, "tokenName": "laptop" }))
        }
        ("post", "/customer/preferences") => {
            let members = json!({ "invitePermissions": texts(), "defaultUserGroups": texts() });
            body_of(&[], members, json!({ "invitePermissions": ["ingestion"], "defaultUserGroups": [NOWHERE] }))
        }
        ("post", path) if path.starts_with("/search/") => searched(path),
        _ => None,
    }
}

/// The members that have a type.
fn without_untyped(mut members: Value) -> Value {
    members.as_object_mut().unwrap().retain(|_, schema| schema.get("type").is_some());
    members
}

/// What a search takes, and what a question for facets does.
fn searched(path: &str) -> Option<(Value, Value)> {
    let flag = json!({ "type": "boolean" });
    let members = json!({ "key": text(), "value": text(), "values": texts(), "matchingMethod": text(), "negated": flag });
    let entries = json!({ "type": "array", "items": { "type": "object", "required": ["key"], "properties": members } });
    let number = || json!({ "type": "integer" });
    let mut properties = json!({ "query": entries, "limit": number(), "offset": number() });
    let entry = json!({ "key": "id", "value": "x", "values": ["x"], "matchingMethod": "EXACT", "negated": false });
    let mut good = json!({ "query": [entry], "limit": 10, "offset": 0 });
    let (is_many, is_one) = (path.ends_with("/facets"), path.ends_with("/{facet}"));
    if is_many || is_one {
        (properties["facetQuery"], properties["facetQueryMatchingMethod"]) = (text(), text());
        (good["facetQuery"], good["facetQueryMatchingMethod"]) = (json!("x"), json!("EXACT"));
    } else {
        let members = json!({ "field": text(), "ascending": { "type": "boolean" } });
        properties["sort"] = json!({ "type": "object", "required": ["field"], "properties": members });
        good["sort"] = json!({ "field": "id", "ascending": true });
    }
    if is_many {
        (properties["facets"], good["facets"]) = (texts(), json!(["id"]));
    }
    let required: &[&str] = if is_many { &["facets"] } else { &[] };
    body_of(required, properties, good)
}

/// Whether a door that changes something reads no object: a list, a form, a name that may be left out, or nothing.
pub fn takes_no_object(door: &Door) -> bool {
    door.family == Family::Customer && body(door).is_none()
}

/// Whether no body at all is as good as an empty object.
pub fn may_be_empty(door: &Door) -> bool {
    door.family == Family::Customer && door.path.contains("/search/") && !door.path.ends_with("/facets")
}

/// Whether a door refuses a request that it has read, for what is stored: a thing that is not there, or a list of none
/// that are.
pub fn is_about_what_is_stored(door: &Door, reply: &Reply) -> bool {
    let is_stored = || reply.json()["status"]["message"].as_str().unwrap().starts_with("No valid ");
    door.family == Family::Customer && (reply.status == 404 || reply.status == 400 && is_stored())
}

/// Holds a refusal to the envelope.
#[track_caller]
pub fn check_form(reply: &Reply) {
    let body = reply.json();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["status"], "{body}");
    let status = &body["status"];
    assert_eq!((&status["result"], &status["code"]), (&json!("ERROR"), &json!(reply.status)), "{body}");
    assert!(status["message"].is_string(), "{body}");
    assert_eq!(reply.header("content-type"), Some("application/json"));
}
