//! m3ter's page, line by line, on a running server (`spec/m3ter-support.md`).

mod attachments;
mod invitations;
mod policies;
mod resource_groups;
mod sdk;
mod service_users;
mod settings;
mod support;
mod table;
mod token;
mod users;

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
    let mut members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!((reply.status, members), (status, vec!["message"]), "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    body["message"].as_str().unwrap().to_owned()
}

/// What a list holds, page by page at this size, as the members of this name tell. No page is empty but the only one.
async fn listed(server: &Server, method: &str, path: &str, size: usize, member: &str) -> Vec<String> {
    let (mut all, mut token) = (Vec::new(), None::<String>);
    loop {
        let next = token.as_ref().map(|token| format!("&nextToken={token}")).unwrap_or_default();
        let page = below(server, method, &format!("{path}?pageSize={size}{next}"), crate::harness::ADA).send().await.expect(200);
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= size && (!data.is_empty() || token.is_none()), "{page}");
        all.extend(data.iter().map(|one| one[member].as_str().unwrap().to_owned()));
        token = page.get("nextToken").map(|token| token.as_str().unwrap().to_owned());
        if token.is_none() {
            return all;
        }
    }
}

/// The id of the user or service user of this name or address.
async fn id_of(server: &Server, list: &str, member: &str, value: &str) -> String {
    let page = get(server, list, crate::harness::ADA).await.expect(200);
    let found = page["data"].as_array().unwrap().iter().find(|one| one[member] == value);
    found.unwrap_or_else(|| panic!("{value} in {page}"))["id"].as_str().unwrap().to_owned()
}

async fn id_of_ben(server: &Server) -> String {
    id_of(server, "/users", "email", "ben@acme.example").await
}
