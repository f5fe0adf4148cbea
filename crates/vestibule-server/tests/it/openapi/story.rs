//! A story in which every documented operation is done once, and the usual refusals with it.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use serde_json::{Value, json};
use tower::ServiceExt;
use vestibule_core::{chance::Chance, time::Timestamp};
use vestibule_operations::{Edge, OpenSettings, Operations, Settings, apply::Mode, manifest::Manifest, notify::Transport};

/// 2026-11-21T22:50:00Z.
const NOW_MILLIS: i64 = 1_795_301_400_000;

const OPERATOR: &str = "operator-0000000000000000000000000000000000";
const ADMIN: &str = "admin-000000000000000000000000000000000000";
const READER: &str = "reader-00000000000000000000000000000000000";
const AGENT: &str = "agent-000000000000000000000000000000000000";

const MANIFEST: &str = r#"
[[realms]]
id = "acme"
name = "Acme Widgets"
support = { enabled = true }

[[realms.accounts]]
id = "ada@acme.example"
kind = "user"
name = "Ada Lind"
permissions = ["realm:administer", "audit:retrieve"]
credentials = [{ type = "token", secret = "admin-000000000000000000000000000000000000" }]

[[realms.accounts]]
id = "rob@acme.example"
kind = "user"
name = "Rob Reed"
permissions = ["config:retrieve"]
credentials = [{ type = "token", secret = "reader-00000000000000000000000000000000000" }]

[[support_staff]]
email = "mia.falk@here.com"
name = "Mia Falk"
credentials = [{ type = "token", secret = "agent-000000000000000000000000000000000000" }]
"#;

/// A server with an empty database of its own, the manifest applied.
pub async fn app(name: &str) -> Router {
    let dir: PathBuf = std::env::temp_dir().join(format!("vestibule-{name}-{}", std::process::id()));
    // Left over from a run that had the same process id, if there is one.
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let draws = Arc::new(AtomicU64::new(1));
    let chance = Chance::new(move |bytes| {
        for chunk in bytes.chunks_mut(8) {
            let draw = draws.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&draw[..chunk.len()]);
        }
    });
    let open = OpenSettings {
        database: format!("sqlite://{}", dir.join("vestibule.db").display()),
        data_dir: dir.clone(),
        master_key_file: None,
        operator_token: Some(OPERATOR.to_owned().into()),
        settings: Settings::new("http://127.0.0.1:8080"),
        transport: Transport::files(dir.join("mail"), "vestibule@support.example").unwrap(),
        edge: Edge { clock: Arc::new(|| Timestamp::from_millis(NOW_MILLIS)), chance },
    };
    let operations = Operations::open(open).await.unwrap();
    let manifest = Manifest::parse(MANIFEST, "story.toml", &|_| Err("no files here".to_owned())).unwrap();
    operations.apply(&manifest, Mode::Act).await.unwrap();
    vestibule_server::router(operations)
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request.
pub async fn ask(app: &Router, verb: &str, path: &str, token: Option<&str>, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
    let mut request = Request::builder().method(verb.to_uppercase().as_str()).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if body.is_some() && headers.iter().all(|(name, _)| *name != "content-type") {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body: to_bytes(body, usize::MAX).await.unwrap().to_vec() }
}

/// The story so far: what was asked, and what came back.
pub struct Story {
    app: Router,
    /// Verb, path as documented, and the answer.
    pub told: Vec<(&'static str, &'static str, Answer)>,
}

/// One request of the story. `path` is the documented one; `at` fills its braces and adds a query.
#[derive(Clone, Copy, Default)]
struct Step<'s> {
    verb: &'static str,
    path: &'static str,
    id: &'s str,
    query: &'s str,
    token: &'s str,
    headers: &'s [(&'s str, &'s str)],
    body: Option<&'s Value>,
}

impl Story {
    /// Takes a step whose status must be `expected`, and gives the body, if it is JSON.
    #[track_caller]
    fn take(&mut self, expected: u16, step: Step<'_>) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let path = step.path.replace("{realm}", "acme").replace("{id}", step.id).replace("{index}", step.id) + step.query;
            let token = Some(step.token).filter(|token| !token.is_empty());
            let answer = ask(&self.app, step.verb, &path, token, step.headers, step.body).await;
            assert_eq!(answer.status, expected, "{} {path} at {caller}: {}", step.verb, answer.text());
            let body = serde_json::from_slice(&answer.body).unwrap_or_default();
            self.told.push((step.verb, step.path, answer));
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

/// Tells the whole story on a fresh server.
pub async fn tell(name: &str) -> Story {
    let mut story = Story { app: app(name).await, told: Vec::new() };
    realms(&mut story).await;
    consent(&mut story).await;
    visits(&mut story).await;
    evidence(&mut story).await;
    story
}

async fn realms(story: &mut Story) {
    let get = Step { verb: "get", path: REALMS, token: OPERATOR, ..Step::default() };
    story.take(200, get).await;
    story.take(400, Step { query: "?limit=0", ..get }).await;
    story.take(403, Step { token: READER, ..get }).await;
    let wish = json!({ "id": "beta", "name": "Beta" });
    let post =
        Step { verb: "post", path: REALMS, token: OPERATOR, body: Some(&wish), headers: &[("idempotency-key", "k1")], ..Step::default() };
    let made = story.take(201, post).await;
    assert_eq!(story.take(201, post).await, made, "the same key gets the same answer");
    let other = json!({ "id": "gamma", "name": "Gamma" });
    story.take(422, Step { body: Some(&other), ..post }).await;
    story.take(409, Step { headers: &[], ..post }).await;
    story.take(403, Step { token: ADMIN, ..post }).await;
    story.take(415, Step { headers: &[("content-type", "text/plain")], ..post }).await;

    let show = Step { verb: "get", path: REALM, token: ADMIN, ..Step::default() };
    story.take(200, show).await;
    story.take(403, Step { token: READER, ..show }).await;
    story.take(404, Step { token: AGENT, ..show }).await;
    let change = json!({ "name": "Acme" });
    let patch =
        Step { verb: "patch", path: REALM, token: ADMIN, body: Some(&change), headers: &[("if-match", "\"1\"")], ..Step::default() };
    assert_eq!(story.take(200, patch).await["version"], 2);
    story.take(412, patch).await;
    story.take(400, Step { headers: &[("if-match", "1")], ..patch }).await;
    let long = json!({ "name": "x".repeat(70_000) });
    story.take(413, Step { body: Some(&long), ..patch }).await;
}

async fn consent(story: &mut Story) {
    let wish = json!({ "email": "mia.falk@here.com", "expires_at": "2031-04-30T18:00:00Z" });
    let post = Step { verb: "post", path: INVITATIONS, token: ADMIN, body: Some(&wish), ..Step::default() };
    let made = story.take(201, post).await;
    assert_eq!(story.take(200, post).await, made);
    for (refused, field) in [
        (json!({ "email": "mia@evil.example" }), "email"),
        (json!({ "email": "mia.falk@here.com", "expires_at": "2026-11-21T22:50:00Z" }), "expires_at"),
        (json!({ "mail": "mia.falk@here.com", "email": "*" }), "mail"),
    ] {
        assert_eq!(story.take(400, Step { body: Some(&refused), ..post }).await["errors"][0]["field"], field);
    }
    let anyone = json!({ "email": "*" });
    story.take(201, Step { body: Some(&anyone), ..post }).await;
    let get = Step { verb: "get", path: INVITATIONS, token: ADMIN, query: "?limit=1", ..Step::default() };
    let first = story.take(200, get).await;
    assert_eq!((&first["items"][0]["email"], first["items"].as_array().map(Vec::len)), (&json!("mia.falk@here.com"), Some(1)));
    let rest = story.take(200, Step { query: &format!("?after={}", first["next"].as_str().unwrap()), ..get }).await;
    assert_eq!((&rest["items"][0]["email"], rest.get("next")), (&json!("*"), None));

    let id = rest["items"][0]["id"].as_str().unwrap();
    let one = Step { verb: "get", path: INVITATION, token: ADMIN, id, ..Step::default() };
    story.take(200, one).await;
    story.take(204, Step { verb: "delete", ..one }).await;
    story.take(404, one).await;
    story.take(404, Step { verb: "delete", ..one }).await;
    story.take(404, Step { id: "x", ..one }).await;

    let show = Step { verb: "get", path: WINDOW, token: ADMIN, ..Step::default() };
    story.take(404, show).await;
    let window = json!({ "ends_at": "2031-03-01T00:00:00Z", "statements": [{ "effect": "allow", "actions": ["config:retrieve"], "resources": ["*"] }] });
    let put = Step { verb: "put", body: Some(&window), ..show };
    story.take(412, Step { headers: &[("if-match", "*")], ..put }).await;
    assert_eq!(story.take(201, put).await["version"], 1);
    assert_eq!(story.take(200, Step { headers: &[("if-match", "\"1\"")], ..put }).await["version"], 2);
    story.take(412, Step { headers: &[("if-match", "\"1\"")], ..put }).await;
    let damaged = json!({ "ends_at": "2031-03-01T00:00:00Z", "statements": [{ "effect": "let", "actions": [], "resources": ["*"] }] });
    assert_eq!(story.take(400, Step { body: Some(&damaged), ..put }).await["errors"][0]["field"], "statements[0].effect");
    assert_eq!(story.take(200, show).await["live"], true);
    story.take(200, Step { verb: "get", path: "/v1/realms/{realm}/support-access", token: ADMIN, ..Step::default() }).await;
}

async fn visits(story: &mut Story) {
    let why = json!({ "reason": "Invoice 70421 shows a wrong total", "ticket": "zendesk:4711" });
    let enter = Step {
        verb: "post",
        path: SESSIONS,
        token: AGENT,
        body: Some(&why),
        headers: &[("idempotency-key", "visit-1")],
        ..Step::default()
    };
    let entered = story.take(201, enter).await;
    assert_eq!((&entered["agent"], &entered["realm"], &entered["state"]), (&json!("mia.falk@here.com"), &json!("acme"), &json!("live")));
    assert_eq!(story.take(201, enter).await, entered, "the same key, the same visit");
    story.take(404, Step { token: ADMIN, headers: &[], ..enter }).await;
    let silent = json!({ "reason": "" });
    story.take(400, Step { body: Some(&silent), headers: &[], ..enter }).await;
    let second = story.take(201, Step { headers: &[], ..enter }).await;
    story.take(201, Step { headers: &[], ..enter }).await;

    let (id, token) = (entered["id"].as_str().unwrap(), entered["token"].as_str().unwrap());
    decisions(story, token).await;

    let list = Step { verb: "get", path: SESSIONS, token: ADMIN, ..Step::default() };
    assert_eq!(story.take(200, Step { query: "?state=live&limit=2", ..list }).await["items"].as_array().map(Vec::len), Some(2));
    story.take(400, Step { query: "?state=dead", ..list }).await;
    story.take(403, Step { token: READER, ..list }).await;
    let own = Step { verb: "get", path: SESSION, token, id, ..Step::default() };
    assert_eq!(story.take(200, own).await["id"], id);
    story.take(204, Step { verb: "delete", ..own }).await;
    story.take(401, own).await;
    let left = story.take(200, Step { token: ADMIN, ..own }).await;
    assert_eq!((&left["state"], &left["ended_by"]), (&json!("ended"), &json!("left")));
    story.take(409, Step { verb: "delete", token: ADMIN, ..own }).await;
    let other = Step { verb: "delete", id: second["id"].as_str().unwrap(), token: ADMIN, ..own };
    story.take(204, other).await;
    assert_eq!(story.take(200, Step { verb: "delete", path: SESSIONS, token: ADMIN, ..Step::default() }).await, json!({ "ended": 1 }));
    story.take(400, Step { verb: "delete", path: INVITATIONS, token: ADMIN, query: "?email=*", ..Step::default() }).await;
    story.take(204, Step { verb: "delete", path: INVITATIONS, token: ADMIN, ..Step::default() }).await;
}

async fn decisions(story: &mut Story, session: &str) {
    let about = |kind: &str, id: &str, verb: &str| json!({ "subject": { "type": kind, "id": id }, "action": { "name": verb }, "resource": { "type": "config:plan", "id": "P1" } });
    let (allowed, denied, agent) = (
        about("user", "rob@acme.example", "retrieve"),
        about("user", "rob@acme.example", "delete"),
        about("support", "mia.falk@here.com", "delete"),
    );
    let ask = Step { verb: "post", path: "/access/v1/evaluation", token: ADMIN, body: Some(&allowed), ..Step::default() };
    assert_eq!(story.take(200, ask).await, json!({ "decision": true }));
    assert_eq!(story.take(200, Step { body: Some(&denied), ..ask }).await, json!({ "decision": false }));
    let told = story.take(200, Step { body: Some(&agent), token: session, ..ask }).await;
    assert_eq!(told, json!({ "decision": false, "context": { "reason": "default_deny" } }));
    story.take(403, Step { token: session, ..ask }).await;
    let (array, half) = (json!([allowed]), json!({ "subject": { "type": "user", "id": "x" } }));
    story.take(400, Step { body: Some(&array), ..ask }).await;
    assert_eq!(story.take(400, Step { body: Some(&half), ..ask }).await["errors"][0]["field"], "action");
    story.take(400, Step { headers: &[("content-type", "text/plain")], ..ask }).await;
    let long = json!({ "x": "x".repeat(1 << 20) });
    story.take(413, Step { body: Some(&long), ..ask }).await;
    let named = Step { path: "/realms/{realm}/access/v1/evaluation", ..ask };
    story.take(200, named).await;
    story.take(403, Step { token: AGENT, ..named }).await;
}

async fn evidence(story: &mut Story) {
    let events = Step { verb: "get", path: "/v1/realms/{realm}/audit/events", token: ADMIN, ..Step::default() };
    let first = story.take(200, Step { query: "?limit=1", ..events }).await;
    assert_eq!(first["items"][0]["event"]["action"], "log.created");
    let entered = story.take(200, Step { query: "?action=session.entered&outcome=success", ..events }).await;
    assert_eq!(entered["items"].as_array().map(Vec::len), Some(3));
    story.take(400, Step { query: "?actoin=session.entered", ..events }).await;
    story.take(403, Step { token: READER, ..events }).await;
    let one = Step { path: "/v1/realms/{realm}/audit/events/{index}", id: "0", ..events };
    assert_eq!(story.take(200, one).await, first["items"][0]);
    story.take(404, Step { id: "99999", ..one }).await;
    story.take(404, Step { id: "-1", ..one }).await;
    story.take(200, Step { path: "/v1/realms/{realm}/audit/checkpoint", ..events }).await;
    story.take(200, Step { path: "/v1/realms/{realm}/audit/export", query: "?disclosures=true", ..events }).await;
    let mail = story.take(200, Step { path: "/v1/realms/{realm}/outbox", ..events }).await;
    assert_eq!(mail["items"][0]["to"], "mia.falk@here.com");
    for path in ["/livez", "/readyz", "/openapi.json", "/docs", "/docs/style.css"] {
        story.take(200, Step { verb: "get", path, ..Step::default() }).await;
    }
}
