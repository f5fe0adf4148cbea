//! The server is held to its OpenAPI document: every route is documented, every documented
//! operation answers, and each answer has the status, headers and shape that the document gives it.

mod document;
mod story;

use std::collections::BTreeSet;

use axum::Router;
use document::Document;
use vestibule_server::{access, health, native, openapi};

/// Verb and path of every route of the native API, decisions, health and the document itself.
fn served() -> BTreeSet<(String, String)> {
    let native = native::ROUTES.iter().map(|route| (route.verb, route.path));
    let others = access::ROUTES.iter().chain(health::ROUTES).chain(openapi::ROUTES).copied();
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
    let document = Document::new();
    let (app, mut answered) = (story::app("openapi-story").await, BTreeSet::new());
    for step in story::steps() {
        let answer = story::take(&app, &step).await;
        assert_eq!(answer.status, step.expected, "{} {}: {}", step.verb, step.path, answer.text());
        document.check(step.verb, step.template(), &answer);
        if answer.status < 300 {
            answered.insert((step.verb.to_owned(), step.template().to_owned()));
        }
    }
    assert_eq!(answered, served(), "the story leaves no operation out");
}

#[tokio::test]
async fn without_a_credential_nothing_but_the_service_answers() {
    let (document, app) = (Document::new(), story::app("openapi-nobody").await);
    for (verb, path) in served() {
        let is_open = document.operation(&verb, &path).get("security").is_some();
        let answer = story::ask(&app, &verb, &path.replace("{realm}", "acme"), None, None).await;
        assert_eq!(answer.status == 401, !is_open, "{verb} {path}");
        document.check(&verb, &path, &answer);
    }
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_known() {
    let app: Router = story::app("openapi-methods").await;
    for (_, path) in served() {
        let answer = story::ask(&app, "trace", &path.replace("{realm}", "acme"), None, None).await;
        assert_eq!(answer.status, 405, "{path}");
        for (verb, _) in served().into_iter().filter(|(_, known)| *known == path) {
            assert!(answer.header("allow").contains(&verb.to_uppercase()), "{path}");
        }
        assert_eq!(answer.json()["type"], "urn:vestibule:problem:method-not-allowed");
    }
    let answer = story::ask(&app, "get", "/nowhere", None, None).await;
    assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"));
    assert_eq!(answer.json()["instance"], answer.header("x-request-id"));
}
