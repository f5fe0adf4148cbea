//! HERE's page, line by line, on a running server (`spec/here-support.md`, sections 2 to 6).

mod rules;
mod support;
mod token;

use serde_json::Value;

use crate::harness::{
    ADA, Server, Start,
    databases::Database,
    http::{Reply, Request},
};

/// A token of Ada's that carries a project scope.
const SCOPED: &str = "ada-scoped-token-31337";
/// May see the list and not change it.
const READER: &str = "reader-token-may-only-look";
/// An administrator of a realm that has not switched support access on.
const SAM: &str = "sam-token-of-a-shut-realm-9";

async fn server() -> Server {
    Start::on(Database::sqlite()).run().await
}

/// Checks status and code, and what every refusal of `/support` has.
#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.json()["code"].as_str()), (status, Some(code)), "{}", reply.text());
    let body = reply.json();
    assert_eq!(body["status"], status);
    assert_eq!(body["correlationId"].as_str(), reply.header("x-correlation-id"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("www-authenticate").is_some(), status == 401);
    assert!(reply.header("x-request-id").is_some() && reply.header("date").is_some() && reply.header("content-length").is_some());
}

/// The addresses on the list, in order; `None`: there is no list.
async fn list(server: &Server, token: &str) -> Option<Vec<String>> {
    let body = server.get("/support", token).await.expect(200);
    let address = |entry: &Value| entry["emailAddress"].as_str().unwrap().to_owned();
    body.get("authorizedUsers").map(|all| all.as_array().unwrap().iter().map(address).collect())
}

/// The addresses that mail was written to, sorted.
async fn mailed(server: &Server) -> Vec<String> {
    let body = server.get("/v1/realms/acme/outbox", ADA).await.expect(200);
    let mut all: Vec<_> = body["items"].as_array().unwrap().iter().map(|mail| mail["to"].as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

/// Invites somebody, as Ada; a minute passes first, so that no limit is met.
async fn invite(server: &Server, body: &str) -> Reply {
    server.clock.advance_ms(60_000);
    server.post("/support", ADA, body).await
}

async fn invite_all(server: &Server, addresses: &[&str]) {
    for address in addresses {
        invite(server, &format!(r#"{{"emailAddress":"{address}"}}"#)).await.expect(201);
    }
}

fn post(server: &Server) -> Request {
    server.request("POST", "/support").bearer(ADA)
}
