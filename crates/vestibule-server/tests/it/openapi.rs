//! The server is held to its OpenAPI document: every route is documented, every documented
//! operation answers, and each answer has the status, headers and shape that the document gives it.

mod desk;
pub mod document;
mod people;
mod tour;

use std::collections::BTreeSet;

use document::Document;
use vestibule_server::{access, health, native, openapi};

use crate::harness::{ADA, Start, databases::Database};

/// Verb and path of every route of the native API, decisions, health and the document itself.
fn served() -> BTreeSet<(String, String)> {
    let native = native::ROUTES.iter().map(|route| (route.verb, route.path));
    let others = access::ROUTES.iter().chain(access::DISCOVERY_ROUTES).chain(health::ROUTES).chain(openapi::ROUTES).copied();
    native.chain(others).map(|(verb, path)| (verb.to_owned(), path.to_owned())).collect()
}

#[test]
fn what_is_served_is_documented_and_what_is_documented_is_served() {
    assert_eq!(Document::new().operations(), served());
}

#[test]
fn native_operations_bear_the_names_that_the_document_gives_them() {
    let document = Document::new();
    for route in native::ROUTES {
        assert_eq!(document.operation(route.verb, route.path)["operationId"], route.operation);
    }
}

#[tokio::test]
async fn every_documented_operation_answers_as_documented() {
    let (document, taken) = (Document::new(), tour::take().await);
    for (verb, path, reply) in &taken {
        document.check(verb, path, reply);
    }
    let done = taken.iter().filter(|(.., reply)| reply.status < 300);
    let done: BTreeSet<_> = done.map(|(verb, path, _)| ((*verb).to_owned(), (*path).to_owned())).collect();
    assert_eq!(done, served(), "the tour leaves no operation out");
}

#[tokio::test]
async fn without_a_credential_nothing_but_the_service_answers() {
    let (document, server) = (Document::new(), Start::on(Database::sqlite()).run().await);
    for (verb, path) in served() {
        let is_open = document.operation(&verb, &path).get("security").is_some();
        let reply = server.request(&verb.to_uppercase(), &path.replace("{realm}", "acme")).send().await;
        assert_eq!(reply.status == 401, !is_open, "{verb} {path}");
        document.check(&verb, &path, &reply);
    }
    server.stop().await;
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_known() {
    let server = Start::on(Database::sqlite()).run().await;
    for (_, path) in served() {
        let reply = server.request("TRACE", &path.replace("{realm}", "acme")).send().await;
        for (verb, _) in served().into_iter().filter(|(_, known)| *known == path) {
            assert!(reply.header("allow").unwrap().contains(&verb.to_uppercase()), "{path}");
        }
        assert_eq!(reply.expect(405)["type"], "urn:vestibule:problem:method-not-allowed");
    }
    let reply = server.request("GET", "/nowhere").header("x-request-id", "r 1").send().await;
    assert_eq!((reply.header("content-type"), reply.header("x-request-id")), (Some("application/problem+json"), Some("r 1")));
    assert_eq!(reply.expect(404)["instance"], "r 1");
    for (method, path, status) in [("GET", "/v1/realms/%ff", 404), ("POST", "/realms/%ff/access/v1/evaluation", 403)] {
        server.request(method, path).send().await.expect(401);
        let reply = server.request(method, path).bearer(ADA).send().await;
        assert!(reply.expect(status)["type"].as_str().unwrap().starts_with("urn:vestibule:problem:"), "{path}");
    }
    server.stop().await;
}
