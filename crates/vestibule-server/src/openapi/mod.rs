//! The OpenAPI 3.1 document at `/openapi.json`, and the same as a page at `/docs`.
//!
//! The document is written by hand, in pieces beside this file, one for each group of addresses; a
//! test holds the routes to it (`tests/it/openapi.rs`). The page is made here at start, from
//! the document, with our own style sheet: nobody else is asked for anything.

mod page;

use axum::{
    Router,
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Map, Value, json};
use vestibule_operations::Operations;

/// Where the document is served: verb and path of each route.
pub const ROUTES: &[(&str, &str)] = &[("get", "/openapi.json"), ("get", "/docs"), ("get", "/docs/style.css")];

/// The pieces: what all share first, then each group.
const PIECES: [(&str, &str); 16] = [
    ("base", include_str!("base.json")),
    ("realms", include_str!("realms.json")),
    ("accounts", include_str!("accounts.json")),
    ("groups", include_str!("groups.json")),
    ("roles", include_str!("roles.json")),
    ("departments", include_str!("departments.json")),
    ("customers", include_str!("customers.json")),
    ("cases", include_str!("cases.json")),
    ("help_desk", include_str!("help_desk.json")),
    ("support", include_str!("support.json")),
    ("invitations", include_str!("invitations.json")),
    ("sessions", include_str!("sessions.json")),
    ("log", include_str!("log.json")),
    ("access", include_str!("access.json")),
    ("searches", include_str!("searches.json")),
    ("service", include_str!("service.json")),
];

const STYLE: &str = include_str!("style.css");

/// What the page may load: its style sheet, and nothing of anybody else.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document, with the address that clients reach this server at.
pub fn document(public_url: &str) -> Value {
    let mut whole = json!({ "servers": [{ "url": public_url }] });
    for (name, text) in PIECES {
        match serde_json::from_str(text) {
            Ok(piece) => add(&mut whole, piece),
            // A test reads every piece, so this tells of a build that no test saw.
            Err(error) => tracing::error!(name, %error, "a piece of the OpenAPI document cannot be read"),
        }
    }
    whole
}

/// Adds a piece: objects grow together, anything else is replaced.
pub fn add(whole: &mut Value, piece: Value) {
    match (whole, piece) {
        (Value::Object(whole), Value::Object(piece)) => {
            for (name, value) in piece {
                add(whole.entry(name).or_insert(Value::Object(Map::new())), value);
            }
        }
        (whole, piece) => *whole = piece,
    }
}

/// The routes, as a router. Document and page are made once, here.
pub fn routes(public_url: &str) -> Router<Operations> {
    let document = document(public_url);
    let page = page::render(&document);
    let text = document.to_string();
    Router::new()
        .route("/openapi.json", get(move || std::future::ready(asset("application/json", text.clone()))))
        .route("/docs", get(move || std::future::ready(guarded(asset("text/html; charset=utf-8", page.clone())))))
        .route("/docs/style.css", get(|| std::future::ready(asset("text/css; charset=utf-8", STYLE))))
        .method_not_allowed_fallback(crate::refused::method)
}

fn asset(media_type: &'static str, text: impl IntoResponse) -> Response {
    let headers = [(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-cache")];
    (headers, text).into_response()
}

fn guarded(mut response: Response) -> Response {
    let guards: [(HeaderName, &str); 3] =
        [(CONTENT_SECURITY_POLICY, POLICY), (REFERRER_POLICY, "no-referrer"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    response.headers_mut().extend(guards.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every value under a name, wherever it stands.
    fn under<'v>(value: &'v Value, name: &str, found: &mut Vec<&'v Value>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get(name));
                members.values().for_each(|inner| under(inner, name, found));
            }
            Value::Array(items) => items.iter().for_each(|inner| under(inner, name, found)),
            _ => {}
        }
    }

    #[test]
    fn every_piece_is_there_and_every_reference_leads_somewhere() {
        for (name, text) in PIECES {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{name}.json");
        }
        let document = document("https://support.example");
        assert_eq!((&document["openapi"], &document["servers"][0]["url"]), (&json!("3.1.0"), &json!("https://support.example")));
        let mut references = Vec::new();
        under(&document, "$ref", &mut references);
        assert!(references.len() > 100);
        for reference in references {
            let pointer = reference.as_str().and_then(|text| text.strip_prefix('#')).unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn every_operation_has_its_own_name() {
        let document = document("");
        let mut names = Vec::new();
        under(&document["paths"], "operationId", &mut names);
        let count = names.len();
        names.sort_by_key(|name| name.to_string());
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
