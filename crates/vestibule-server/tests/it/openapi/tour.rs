//! A tour on which every documented operation is done once, and the usual refusals with it.

use serde_json::{Value, json};

use super::people;
use crate::harness::{ADA, BEN, MIA, OPERATOR, Server, Start, databases::Database, http::Reply};

/// What was asked so far, and what came back.
pub struct Tour {
    server: Server,
    /// Verb, path as documented, and the reply.
    taken: Vec<(&'static str, &'static str, Reply)>,
}

/// One request of the tour. `path` is the documented one; `at` fills its braces and adds a query.
#[derive(Clone, Copy, Default)]
pub(super) struct Step<'s> {
    pub verb: &'static str,
    pub path: &'static str,
    /// Another realm than `acme`.
    pub realm: &'s str,
    pub id: &'s str,
    /// What the last parameter names, where there are two below the realm.
    pub other: &'s str,
    pub query: &'s str,
    pub token: &'s str,
    pub headers: &'s [(&'s str, &'s str)],
    /// Another media type than JSON.
    pub media: &'s str,
    pub body: Option<&'s Value>,
}

impl Tour {
    /// Takes a step whose status must be `expected`, and gives the body, if it is JSON.
    #[track_caller]
    pub(super) fn take(&mut self, expected: u16, step: Step<'_>) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let realm = if step.realm.is_empty() { "acme" } else { step.realm };
            let mut path = step.path.replace("{realm}", realm).replace("{id}", step.id).replace("{index}", step.id) + step.query;
            for name in ["{role}", "{credential}", "{account}", "{inner}"] {
                path = path.replace(name, step.other);
            }
            // Lists are in the order of their instants.
            self.server.clock.advance_ms(1);
            let mut request = self.server.request(&step.verb.to_uppercase(), &path);
            if !step.token.is_empty() {
                request = request.bearer(step.token);
            }
            if let Some(body) = step.body {
                request = if step.media.is_empty() {
                    request.json(body.to_string())
                } else {
                    request.header("content-type", step.media).body(body.to_string())
                };
            }
            for (name, value) in step.headers {
                request = request.header(name, value);
            }
            let reply = request.send().await;
            assert_eq!(reply.status, expected, "{} {path} at {caller}: {:?}", step.verb, String::from_utf8_lossy(&reply.body));
            let body = serde_json::from_slice(&reply.body).unwrap_or_default();
            self.taken.push((step.verb, step.path, reply));
            body
        }
    }
}

const REALMS: &str = "/v1/realms";
const REALM: &str = "/v1/realms/{realm}";
const INVITATIONS: &str = "/v1/realms/{realm}/support-access/invitations";
const INVITATION: &str = "/v1/realms/{realm}/support-access/invitations/{id}";
const WINDOW: &str = "/v1/realms/{realm}/support-access/window";
const SESSIONS: &str = "/v1/realms/{realm}/support-sessions";
const SESSION: &str = "/v1/realms/{realm}/support-sessions/{id}";

/// Takes the whole tour on a fresh server; gives what was asked and what came back.
pub async fn take() -> Vec<(&'static str, &'static str, Reply)> {
    let mut tour = Tour { server: Start::on(Database::sqlite()).run().await, taken: Vec::new() };
    realms(&mut tour).await;
    people::tour(&mut tour).await;
    consent(&mut tour).await;
    visits(&mut tour).await;
    evidence(&mut tour).await;
    tour.server.stop().await;
    tour.taken
}

async fn realms(tour: &mut Tour) {
    let get = Step { verb: "get", path: REALMS, token: OPERATOR, ..Step::default() };
    tour.take(200, get).await;
    tour.take(400, Step { query: "?limit=0", ..get }).await;
    tour.take(403, Step { token: BEN, ..get }).await;
    let wish = json!({ "id": "beta", "name": "Beta" });
    let post =
        Step { verb: "post", path: REALMS, token: OPERATOR, body: Some(&wish), headers: &[("idempotency-key", "k1")], ..Step::default() };
    let made = tour.take(201, post).await;
    assert_eq!(tour.take(201, post).await, made, "the same key gets the same answer");
    let other = json!({ "id": "gamma", "name": "Gamma" });
    tour.take(422, Step { body: Some(&other), ..post }).await;
    tour.take(409, Step { headers: &[], ..post }).await;
    tour.take(403, Step { token: ADA, ..post }).await;
    tour.take(415, Step { media: "text/plain", ..post }).await;

    let show = Step { verb: "get", path: REALM, token: ADA, ..Step::default() };
    tour.take(200, show).await;
    tour.take(403, Step { token: BEN, ..show }).await;
    tour.take(404, Step { token: MIA, ..show }).await;
    let change = json!({ "name": "Acme" });
    let patch = Step { verb: "patch", path: REALM, token: ADA, body: Some(&change), headers: &[("if-match", "\"1\"")], ..Step::default() };
    assert_eq!(tour.take(200, patch).await["version"], 2);
    tour.take(412, patch).await;
    tour.take(400, Step { headers: &[("if-match", "1")], ..patch }).await;
    let long = json!({ "name": "x".repeat(70_000) });
    tour.take(413, Step { body: Some(&long), ..patch }).await;
}

async fn consent(tour: &mut Tour) {
    let wish = json!({ "email": "mia.falk@here.com", "expires_at": "2031-04-30T18:00:00Z" });
    let post = Step { verb: "post", path: INVITATIONS, token: ADA, body: Some(&wish), ..Step::default() };
    let made = tour.take(201, post).await;
    assert_eq!(tour.take(200, post).await, made);
    for (refused, field) in [
        (json!({ "email": "mia@evil.example" }), "email"),
        (json!({ "email": "mia.falk@here.com", "expires_at": "2026-11-21T22:50:00Z" }), "expires_at"),
        (json!({ "mail": "mia.falk@here.com", "email": "*" }), "mail"),
    ] {
        assert_eq!(tour.take(400, Step { body: Some(&refused), ..post }).await["errors"][0]["field"], field);
    }
    let anyone = json!({ "email": "*" });
    tour.take(201, Step { body: Some(&anyone), ..post }).await;
    let get = Step { verb: "get", path: INVITATIONS, token: ADA, query: "?limit=1", ..Step::default() };
    let first = tour.take(200, get).await;
    assert_eq!((&first["items"][0]["email"], first["items"].as_array().map(Vec::len)), (&json!("mia.falk@here.com"), Some(1)));
    let rest = tour.take(200, Step { query: &format!("?after={}", first["next"].as_str().unwrap()), ..get }).await;
    assert_eq!((&rest["items"][0]["email"], rest.get("next")), (&json!("*"), None));

    let id = rest["items"][0]["id"].as_str().unwrap();
    let one = Step { verb: "get", path: INVITATION, token: ADA, id, ..Step::default() };
    tour.take(200, one).await;
    tour.take(204, Step { verb: "delete", ..one }).await;
    tour.take(404, one).await;
    tour.take(404, Step { verb: "delete", ..one }).await;
    tour.take(404, Step { id: "x", ..one }).await;

    let show = Step { verb: "get", path: WINDOW, token: ADA, ..Step::default() };
    tour.take(404, show).await;
    let window = json!({ "ends_at": "2031-03-01T00:00:00Z", "statements": [{ "effect": "allow", "actions": ["config:retrieve"], "resources": ["*"] }] });
    let put = Step { verb: "put", body: Some(&window), ..show };
    tour.take(412, Step { headers: &[("if-match", "*")], ..put }).await;
    assert_eq!(tour.take(201, put).await["version"], 1);
    assert_eq!(tour.take(200, Step { headers: &[("if-match", "\"1\"")], ..put }).await["version"], 2);
    tour.take(412, Step { headers: &[("if-match", "\"1\"")], ..put }).await;
    let damaged = json!({ "ends_at": "2031-03-01T00:00:00Z", "statements": [{ "effect": "let", "actions": [], "resources": ["*"] }] });
    assert_eq!(tour.take(400, Step { body: Some(&damaged), ..put }).await["errors"][0]["field"], "statements[0].effect");
    assert_eq!(tour.take(200, show).await["live"], true);
    tour.take(200, Step { verb: "get", path: "/v1/realms/{realm}/support-access", token: ADA, ..Step::default() }).await;
}

async fn visits(tour: &mut Tour) {
    let why = json!({ "reason": "Invoice 70421 shows a wrong total", "ticket": "zendesk:4711" });
    let enter =
        Step { verb: "post", path: SESSIONS, token: MIA, body: Some(&why), headers: &[("idempotency-key", "visit-1")], ..Step::default() };
    let entered = tour.take(201, enter).await;
    assert_eq!((&entered["agent"], &entered["realm"], &entered["state"]), (&json!("mia.falk@here.com"), &json!("acme"), &json!("live")));
    assert_eq!(tour.take(201, enter).await, entered, "the same key, the same visit");
    tour.take(404, Step { token: ADA, headers: &[], ..enter }).await;
    let silent = json!({ "reason": "" });
    tour.take(400, Step { body: Some(&silent), headers: &[], ..enter }).await;
    let second = tour.take(201, Step { headers: &[], ..enter }).await;
    tour.take(201, Step { headers: &[], ..enter }).await;

    let (id, token) = (entered["id"].as_str().unwrap(), entered["token"].as_str().unwrap());
    decisions(tour, token).await;

    let list = Step { verb: "get", path: SESSIONS, token: ADA, ..Step::default() };
    assert_eq!(tour.take(200, Step { query: "?state=live&limit=2", ..list }).await["items"].as_array().map(Vec::len), Some(2));
    tour.take(400, Step { query: "?state=dead", ..list }).await;
    tour.take(403, Step { token: BEN, ..list }).await;
    let own = Step { verb: "get", path: SESSION, token, id, ..Step::default() };
    assert_eq!(tour.take(200, own).await["id"], id);
    tour.take(204, Step { verb: "delete", ..own }).await;
    tour.take(401, own).await;
    let left = tour.take(200, Step { token: ADA, ..own }).await;
    assert_eq!((&left["state"], &left["ended_by"]), (&json!("ended"), &json!("left")));
    tour.take(409, Step { verb: "delete", token: ADA, ..own }).await;
    let other = Step { verb: "delete", id: second["id"].as_str().unwrap(), token: ADA, ..own };
    tour.take(204, other).await;
    assert_eq!(tour.take(200, Step { verb: "delete", path: SESSIONS, token: ADA, ..Step::default() }).await, json!({ "ended": 1 }));
    tour.take(400, Step { verb: "delete", path: INVITATIONS, token: ADA, query: "?email=*", ..Step::default() }).await;
    tour.take(204, Step { verb: "delete", path: INVITATIONS, token: ADA, ..Step::default() }).await;
}

async fn decisions(tour: &mut Tour, session: &str) {
    let about = |kind: &str, id: &str, verb: &str| json!({ "subject": { "type": kind, "id": id }, "action": { "name": verb }, "resource": { "type": "config:plan", "id": "P1" } });
    let (allowed, denied, agent) = (
        about("user", "ada@acme.example", "retrieve"),
        about("user", "ben@acme.example", "delete"),
        about("support", "mia.falk@here.com", "delete"),
    );
    let ask = Step { verb: "post", path: "/access/v1/evaluation", token: ADA, body: Some(&allowed), ..Step::default() };
    assert_eq!(tour.take(200, ask).await, json!({ "decision": true }));
    assert_eq!(tour.take(200, Step { body: Some(&denied), ..ask }).await, json!({ "decision": false }));
    let told = tour.take(200, Step { body: Some(&agent), token: session, ..ask }).await;
    assert_eq!(told, json!({ "decision": false, "context": { "reason": "default_deny" } }));
    tour.take(403, Step { token: session, ..ask }).await;
    let (array, half) = (json!([allowed]), json!({ "subject": { "type": "user", "id": "x" } }));
    tour.take(400, Step { body: Some(&array), ..ask }).await;
    assert_eq!(tour.take(400, Step { body: Some(&half), ..ask }).await["errors"][0]["field"], "action");
    tour.take(400, Step { media: "text/plain", ..ask }).await;
    let long = json!({ "x": "x".repeat(1 << 20) });
    tour.take(413, Step { body: Some(&long), ..ask }).await;
    let named = Step { path: "/realms/{realm}/access/v1/evaluation", ..ask };
    tour.take(200, named).await;
    tour.take(403, Step { token: MIA, ..named }).await;
    searches(tour, ask).await;
}

async fn searches(tour: &mut Tour, ask: Step<'_>) {
    let (ada, read) = (json!({ "type": "user", "id": "ada@acme.example" }), json!({ "name": "retrieve" }));
    let plan = json!({ "type": "config:plan", "id": "P1" });
    let batch = json!({ "subject": ada, "action": read, "resource": plan, "evaluations": [{}, { "action": 7 }] });
    let who = json!({ "subject": { "type": "user" }, "action": read, "resource": plan, "page": {} });
    let what = json!({ "subject": ada, "action": read, "resource": { "type": "config:plan" }, "context": { "explain": true } });
    let how = json!({ "subject": ada, "resource": plan, "context": { "simulate": true } });
    for (at_root, in_realm, body) in [
        ("/access/v1/evaluations", "/realms/{realm}/access/v1/evaluations", batch),
        ("/access/v1/search/subject", "/realms/{realm}/access/v1/search/subject", who),
        ("/access/v1/search/resource", "/realms/{realm}/access/v1/search/resource", what),
        ("/access/v1/search/action", "/realms/{realm}/access/v1/search/action", how),
    ] {
        tour.take(200, Step { path: at_root, body: Some(&body), ..ask }).await;
        tour.take(200, Step { path: in_realm, body: Some(&body), ..ask }).await;
        tour.take(400, Step { path: in_realm, body: Some(&json!({})), ..ask }).await;
    }
    let explained = json!({ "subject": ada, "action": read, "resource": plan, "context": { "explain": true, "simulate": true } });
    tour.take(200, Step { body: Some(&explained), ..ask }).await;
    for (path, unknown) in [("/.well-known/authzen-configuration", false), ("/.well-known/authzen-configuration/realms/{realm}", true)] {
        let get = Step { verb: "get", path, token: "", body: None, ..ask };
        tour.take(200, get).await;
        tour.take(304, Step { headers: &[("if-none-match", "*")], ..get }).await;
        if unknown {
            tour.take(404, Step { realm: "nobodys", ..get }).await;
        }
    }
}

async fn evidence(tour: &mut Tour) {
    let events = Step { verb: "get", path: "/v1/realms/{realm}/audit/events", token: ADA, ..Step::default() };
    let first = tour.take(200, Step { query: "?limit=1", ..events }).await;
    assert_eq!(first["items"][0]["event"]["action"], "log.created");
    let entered = tour.take(200, Step { query: "?action=session.entered&outcome=success", ..events }).await;
    assert_eq!(entered["items"].as_array().map(Vec::len), Some(3));
    tour.take(400, Step { query: "?actoin=session.entered", ..events }).await;
    tour.take(403, Step { token: BEN, ..events }).await;
    let one = Step { path: "/v1/realms/{realm}/audit/events/{index}", id: "0", ..events };
    assert_eq!(tour.take(200, one).await, first["items"][0]);
    tour.take(404, Step { id: "99999", ..one }).await;
    tour.take(404, Step { id: "-1", ..one }).await;
    tour.take(200, Step { path: "/v1/realms/{realm}/audit/checkpoint", ..events }).await;
    tour.take(200, Step { path: "/v1/realms/{realm}/audit/export", query: "?disclosures=true", ..events }).await;
    let mail = tour.take(200, Step { path: "/v1/realms/{realm}/outbox", ..events }).await;
    assert_eq!(mail["items"][0]["to"], "mia.falk@here.com");
    for path in ["/livez", "/readyz", "/openapi.json", "/docs", "/docs/style.css"] {
        tour.take(200, Step { verb: "get", path, ..Step::default() }).await;
    }
}
