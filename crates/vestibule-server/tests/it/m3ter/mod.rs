//! m3ter's page, line by line, on a running server (`spec/m3ter-support.md`).

mod policies;
mod sdk;
mod settings;
mod support;
mod table;
mod token;

use serde_json::Value;

use crate::harness::{
    Server, Start,
    databases::Database,
    doors::{KEY, SECRET, basic},
    http::{Reply, Request},
    organization::ORG,
};

async fn server() -> Server {
    Start::on(Database::sqlite()).run().await
}

/// A request below the organization of `acme`.
fn below(server: &Server, method: &str, path: &str, token: &str) -> Request {
    server.request(method, &format!("/organizations/{ORG}{path}")).bearer(token)
}

async fn get(server: &Server, path: &str, token: &str) -> Reply {
    below(server, "GET", path, token).send().await
}

async fn put(server: &Server, path: &str, token: &str, body: &Value) -> Reply {
    below(server, "PUT", path, token).json(body.to_string()).send().await
}

async fn post(server: &Server, path: &str, token: &str, body: &Value) -> Reply {
    below(server, "POST", path, token).json(body.to_string()).send().await
}

/// A token of the service user `sa::app`.
async fn token_of_the_app(server: &Server) -> String {
    let request = server.request("POST", "/oauth/token").header("authorization", basic(KEY, SECRET));
    let answer = request.json(r#"{"grant_type":"client_credentials"}"#).send().await.expect(200);
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Checks the status, and what every refusal has; gives the message.
#[track_caller]
fn refused(reply: &Reply, status: u16) -> String {
    let body = reply.json();
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((reply.status, members), (status, vec!["message"]), "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    body["message"].as_str().unwrap().to_owned()
}
