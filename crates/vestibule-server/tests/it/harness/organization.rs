//! What m3ter's addresses take, for the tests that go through every door: no document tells of them.

use serde_json::{Value, json};
use vestibule_server::dialects::m3ter;

use super::{
    doors::{Door, Family, NOWHERE},
    http::Reply,
};

/// The organization of `acme`.
pub const ORG: &str = "7d0c1a52-58f5-4a1b-9a63-0d7d3b8f0a11";

/// A path at that organization; parameters that name no thing of it get a value that does.
pub fn named(path: &str) -> String {
    path.replace("{orgId}", ORG).replace("{type}", "plan").replace("{keyId}", NOWHERE)
}

/// A body's schema and an example, by the end of the path.
type Body = (Value, Value);

fn text() -> Value {
    json!({ "type": "string" })
}

/// An object of these members, of which these are required. All have a version.
fn schema(required: &[&str], properties: Value) -> Value {
    let mut properties = properties;
    properties["version"] = json!({ "type": "integer" });
    json!({ "type": "object", "required": required, "properties": properties })
}

fn statements() -> Value {
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let members = json!({ "effect": text(), "action": texts(), "resource": texts() });
    json!({ "type": "array", "items": { "type": "object", "required": ["effect", "action", "resource"], "properties": members } })
}

fn rule() -> Value {
    json!([{ "effect": "allow", "action": ["config:retrieve"], "resource": ["config:*"] }])
}

/// What a door takes; nothing where it takes no body.
pub fn body(door: &Door) -> Option<Body> {
    if door.family == Family::ClientCredentials {
        let schema = json!({ "type": "object", "required": ["grant_type"], "properties": { "grant_type": text() } });
        return Some((schema, json!({ "grant_type": "client_credentials" })));
    }
    let (_, path) = door.path.split_once("{orgId}")?;
    bodies().into_iter().find(|(verb, end, _)| *verb == door.verb && *end == path).map(|(_, _, body)| body)
}

/// Every operation that takes a body.
fn bodies() -> Vec<(&'static str, &'static str, Body)> {
    let support = json!({ "dtEndSupportUsersAccess": text(), "supportUsersPermissionPolicy": statements() });
    let grant = json!({ "dtEndSupportUsersAccess": "2031-03-01T00:00:00Z", "supportUsersPermissionPolicy": rule() });
    let policy = || schema(&["name", "permissionPolicy"], json!({ "name": text(), "permissionPolicy": statements() }));
    let written = |version: Option<i64>| json!({ "name": "Meter editors", "permissionPolicy": rule(), "version": version });
    vec![
        ("put", "/support", (schema(&["dtEndSupportUsersAccess"], support), grant)),
        ("post", "/permissionpolicies", (schema_of_new(policy()), written(None))),
        ("put", "/permissionpolicies/{id}", (policy(), written(Some(1)))),
    ]
    .into_iter()
    .chain(bodies_about_people())
    .chain(bodies_about_groups())
    .collect()
}

fn bodies_about_people() -> Vec<(&'static str, &'static str, Body)> {
    let invitation = json!({
        "email": text(), "firstName": text(), "lastName": text(), "contactNumber": text(), "m3terUser": { "type": "boolean" },
        "permissionPolicyIds": { "type": "array", "items": text() }, "dtEndAccess": text(), "dtExpiry": text(),
    });
    let ann = json!({
        "email": "ann@acme.example", "firstName": "Ann", "lastName": "O'Hara", "contactNumber": "+49 89 1", "m3terUser": false,
        "permissionPolicyIds": [NOWHERE], "dtEndAccess": "2031-03-01T00:00:00Z", "dtExpiry": "2031-02-01T00:00:00Z",
    });
    let user = json!({ "permissionPolicy": statements(), "dtEndAccess": text() });
    let robot = || schema(&["name"], json!({ "name": text() }));
    vec![
        ("put", "/users/{id}", (schema(&[], user), json!({ "permissionPolicy": rule(), "version": 1 }))),
        ("post", "/invitations", (schema_of_new(schema(&["email", "firstName", "lastName"], invitation)), ann)),
        ("post", "/serviceusers", (schema_of_new(robot()), json!({ "name": "Meter upload" }))),
        ("put", "/serviceusers/{id}", (robot(), json!({ "name": "Meter upload", "version": 1 }))),
        (
            "post",
            "/serviceusers/{id}/credentials",
            (json!({ "type": "object", "properties": { "name": text() } }), json!({ "name": "main" })),
        ),
    ]
}

fn bodies_about_groups() -> Vec<(&'static str, &'static str, Body)> {
    let group = || schema(&["name"], json!({ "name": text() }));
    let item = || {
        let schema = schema(&["targetId", "targetType"], json!({ "targetId": text(), "targetType": text() }));
        (schema, json!({ "targetId": "P1", "targetType": "ITEM", "version": 1 }))
    };
    let principal = || (schema(&["principalId"], json!({ "principalId": text() })), json!({ "principalId": ORG, "version": 1 }));
    vec![
        ("post", "/resourcegroups/{type}", (schema_of_new(group()), json!({ "name": "Gold plans" }))),
        ("put", "/resourcegroups/{type}/{id}", (group(), json!({ "name": "Gold plans", "version": 1 }))),
        ("post", "/resourcegroups/{type}/{id}/addresource", item()),
        ("post", "/resourcegroups/{type}/{id}/removeresource", item()),
        ("post", "/permissionpolicies/{id}/addtouser", principal()),
        ("post", "/permissionpolicies/{id}/addtousergroup", principal()),
        ("post", "/permissionpolicies/{id}/addtoserviceuser", principal()),
        ("post", "/permissionpolicies/{id}/removefromuser", principal()),
        ("post", "/permissionpolicies/{id}/removefromusergroup", principal()),
        ("post", "/permissionpolicies/{id}/removefromserviceuser", principal()),
    ]
}

/// A body that creates has no version: any is wrong.
fn schema_of_new(mut schema: Value) -> Value {
    schema["properties"]["version"] = json!({ "type": "null" });
    schema
}

/// Whether a door that changes something reads no body.
pub fn takes_no_body(door: &Door) -> bool {
    door.family == Family::Organization && body(door).is_none()
}

/// Whether no body at all is as good as an empty object.
pub fn may_be_empty(door: &Door) -> bool {
    door.path.ends_with("/credentials")
}

/// Whether a door asks for more than a valid token.
pub fn asks_for_a_right(door: &Door) -> bool {
    let Some((_, path)) = door.path.split_once("{orgId}") else { return false };
    m3ter::operations().any(|route| route.verb == door.verb && route.path == path && route.asks.is_some())
}

/// How a door refuses whoever lacks the right: one of them as m3ter publishes it (section 2, U5).
pub fn denied_with(door: &Door) -> u16 {
    if door.path.ends_with("/password/resend") { 401 } else { 403 }
}

/// Whether a door refuses a request that it has read, for what is stored: a version that is not the one, or a thing
/// that is not there. An example cannot know either.
pub fn is_about_what_is_stored(door: &Door, reply: &Reply) -> bool {
    let is_stored = |message: &str| reply.status == 404 || message.starts_with("the version is stale");
    match door.family {
        Family::Organization => is_stored(reply.json()["message"].as_str().unwrap_or_default()),
        Family::Native if reply.status == 404 => door.path.contains("{id}") || door.path.contains("{role}"),
        Family::Native if reply.status == 400 => {
            let faults = reply.json()["errors"].clone();
            let is_of_realm = |fault: &Value| fault["message"].as_str().is_some_and(|message| message.contains("of this realm"));
            faults.as_array().is_some_and(|faults| !faults.is_empty() && faults.iter().all(is_of_realm))
        }
        _ => false,
    }
}
