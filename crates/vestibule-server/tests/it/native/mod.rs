//! The native API on people and their rights: what its document cannot say, on both databases.

mod accounts;
mod credentials;
mod exporting;
mod groups;
mod roles;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{ADA, Server, http::Reply};

/// An address below `acme`.
fn at(path: &str) -> String {
    format!("/v1/realms/acme{path}")
}

async fn get(server: &Server, path: &str) -> Value {
    server.get(&at(path), ADA).await.expect(200)
}

/// A request of Ada's with a body.
async fn send(server: &Server, method: &str, path: &str, body: &Value) -> Reply {
    server.clock.advance_ms(1);
    server.request(method, &at(path)).bearer(ADA).json(body.to_string()).send().await
}

async fn post(server: &Server, path: &str, body: Value) -> Reply {
    send(server, "POST", path, &body).await
}

async fn patch(server: &Server, path: &str, body: Value) -> Reply {
    send(server, "PATCH", path, &body).await
}

/// A request of Ada's without one.
async fn ask(server: &Server, method: &str, path: &str) -> Reply {
    server.clock.advance_ms(1);
    server.request(method, &at(path)).bearer(ADA).send().await
}

/// The fields that a refusal names.
#[track_caller]
fn fields(reply: &Reply) -> Vec<String> {
    let body = reply.expect(400);
    body["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A role that says this; gives its id.
async fn role(server: &Server, name: &str, statements: Value) -> String {
    text(&post(server, "/roles", json!({ "name": name, "statements": statements })).await.expect(201)["id"])
}

/// A group that holds these roles; gives its id.
async fn group(server: &Server, name: &str, roles: &[&str]) -> String {
    text(&post(server, "/groups", json!({ "name": name, "roles": roles })).await.expect(201)["id"])
}

async fn user(server: &Server, id: &str) -> Value {
    post(server, "/accounts", json!({ "kind": "user", "id": id })).await.expect(201)
}

fn allow(action: &str) -> Value {
    json!([{ "effect": "allow", "actions": [action], "resources": ["*"] }])
}

/// Everything in a list, read in pages of so many; no page is longer, and nothing comes twice.
async fn walk(server: &Server, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut after, mut seen) = (Vec::new(), String::new(), BTreeSet::new());
    loop {
        let and = if path.contains('?') { '&' } else { '?' };
        let mut page = get(server, &format!("{path}{and}limit={limit}{after}")).await;
        let found = page["items"].as_array_mut().map(std::mem::take).unwrap();
        assert!(found.len() <= limit && found.iter().all(|item| seen.insert(item["id"].to_string())), "{path}: {found:?}");
        items.extend(found);
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return items,
        }
    }
}

/// What a member of each item is.
fn each(items: &[Value], name: &str) -> Vec<Value> {
    items.iter().map(|item| item[name].clone()).collect()
}

/// Whether somebody may, by the decision engine.
async fn may(server: &Server, kind: &str, id: &str, action: &str) -> bool {
    let question = json!({
        "subject": { "type": kind, "id": id }, "action": { "name": action }, "resource": { "type": "config:plan", "id": "P1" },
    });
    server.post("/access/v1/evaluation", ADA, &question.to_string()).await.expect(200)["decision"].as_bool().unwrap()
}

/// The actions of the events that tell of success, from the newest, after so many.
async fn told_after(server: &Server, size: u64) -> Vec<String> {
    let page = get(server, &format!("/audit/events?limit=1000&outcome=success&after={size}")).await;
    page["items"].as_array().unwrap().iter().map(|item| text(&item["event"]["action"])).collect()
}

async fn log_size(server: &Server) -> u64 {
    get(server, "/audit/events?limit=1").await["size"].as_u64().unwrap()
}
