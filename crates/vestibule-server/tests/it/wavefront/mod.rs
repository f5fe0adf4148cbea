//! Wavefront's page, line by line, on a running server (`spec/wavefront-accounts.md`).

mod accounts;
mod groups;
mod legacy;
mod rights;
mod roles;
mod sdk;
mod searching;
mod service_accounts;
mod statuses;
mod tokens;
mod transport;
mod users;

use serde_json::{Value, json};

use crate::harness::{
    ADA, Server, Start,
    databases::Database,
    http::{Reply, Request},
};

async fn server() -> Server {
    Start::on(Database::sqlite()).run().await
}

/// A request by Ada, who administers `acme`.
fn ask(server: &Server, method: &str, path: &str) -> Request {
    server.request(method, &format!("/api/v2{path}")).bearer(ADA)
}

async fn get(server: &Server, path: &str) -> Reply {
    ask(server, "GET", path).send().await
}

async fn delete(server: &Server, path: &str) -> Reply {
    ask(server, "DELETE", path).send().await
}

async fn post(server: &Server, path: &str, body: &Value) -> Reply {
    ask(server, "POST", path).json(body.to_string()).send().await
}

async fn put(server: &Server, path: &str, body: &Value) -> Reply {
    ask(server, "PUT", path).json(body.to_string()).send().await
}

/// What a success in the envelope holds; nothing was left out.
#[track_caller]
fn ok(reply: &Reply) -> Value {
    let body = reply.expect(200);
    assert_eq!(body["status"], json!({ "result": "OK", "message": "", "code": 200 }), "{body}");
    body["response"].clone()
}

/// What a success holds of which something was left out, and the warning.
#[track_caller]
fn warned(reply: &Reply) -> (Value, String) {
    let body = reply.expect(200);
    assert_eq!((&body["status"]["result"], &body["status"]["code"]), (&json!("OK"), &json!(202)), "{body}");
    (body["response"].clone(), body["status"]["message"].as_str().unwrap().to_owned())
}

/// What a success without an envelope is.
#[track_caller]
fn bare(reply: &Reply) -> Value {
    let body = reply.expect(200);
    assert!(body.get("status").is_none(), "{body}");
    body
}

/// Checks the status and the form of a refusal; gives the message.
#[track_caller]
fn refused(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status, "{}", reply.text());
    crate::harness::wavefront::check_form(reply);
    reply.json()["status"]["message"].as_str().unwrap().to_owned()
}

/// A role with these permissions, later than all before it; its id. What is made in one millisecond has no order that a
/// test could rely on.
async fn role(server: &Server, name: &str, permissions: &[&str]) -> String {
    server.clock.advance_ms(1);
    let made = ok(&post(server, "/role", &json!({ "name": name, "permissions": permissions })).await);
    made["id"].as_str().unwrap().to_owned()
}

/// A group that carries these roles; its id.
async fn group(server: &Server, name: &str, roles: &[&str]) -> String {
    server.clock.advance_ms(1);
    let made = ok(&post(server, "/usergroup", &json!({ "name": name, "roleIDs": roles })).await);
    made["id"].as_str().unwrap().to_owned()
}

/// A robot with these permissions and a token; the token.
async fn robot(server: &Server, id: &str, permissions: &[&str]) -> String {
    server.clock.advance_ms(1);
    ok(&post(server, "/account/serviceaccount", &json!({ "identifier": id, "groups": permissions })).await);
    token_of(server, id).await
}

/// A new token of a robot.
async fn token_of(server: &Server, id: &str) -> String {
    server.clock.advance_ms(1);
    let tokens = ok(&post(server, &format!("/apitoken/serviceaccount/{id}"), &json!({})).await);
    tokens.as_array().unwrap().last().unwrap()["tokenID"].as_str().unwrap().to_owned()
}

/// A user with these permissions.
async fn user(server: &Server, email: &str, permissions: &[&str]) {
    server.clock.advance_ms(1);
    let body = json!({ "emailAddress": email, "groups": permissions, "userGroups": [], "roles": [] });
    bare(&post(server, "/account/user", &body).await);
}

/// Ids that may come in any order, in theirs.
fn sorted(ids: &Value) -> Vec<&str> {
    let mut ids: Vec<_> = ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

/// The values of one member in a list of objects.
fn each<'v>(list: &'v Value, member: &str) -> Vec<&'v str> {
    list.as_array().unwrap_or_else(|| panic!("{list}")).iter().map(|one| one[member].as_str().unwrap()).collect()
}
