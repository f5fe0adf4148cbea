//! The story that Vestibule exists for, from the first token to the proof, on both databases and with
//! a real mail server: invite, enter, ask, end, uninvite, verify.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vestibule_core::audit;

use crate::harness::{ADA, MIA, Server, Start, databases::Database, oauth1::Signed, smtp::Peer};

const KEY: &str = "dK7pQ2sVx9LmT4wZ";
const SECRET: &str = "v8Rk-2nQ_xW5tYhB3jLcMz7pSdFg1aEo";

/// The story's events as a reader of the log sees them.
const EVENTS: &[&str] = &[
    "signin.succeeded success service/tenant credential",
    "invitation.created success service/tenant invitation",
    "account.created success user/vendor account",
    "session.entered success user/vendor realm ticket",
    "decision.allowed success support/vendor resource allowed",
    "decision.denied denied support/vendor resource explicit_deny",
    "decision.denied denied support/vendor resource default_deny",
    "session.ended success user/tenant session ended_by_tenant",
    "session.entered success user/vendor realm stated",
    "invitation.revoked success service/tenant invitation",
    "session.ended success service/tenant session invitation_revoked",
    "account.deleted success service/tenant account invitation_revoked",
    "session.refused denied user/vendor realm no_live_grant",
];

/// A token, obtained the HERE way.
pub async fn here_token(server: &Server, key: &str, secret: &str, nonce: &str) -> String {
    let signed = Signed {
        key,
        secret,
        url: &format!("http://{}/oauth2/token", server.address),
        nonce,
        timestamp: server.clock.now().seconds(),
        parameters: &[("grant_type", "client_credentials")],
    };
    let reply =
        server.request("POST", "/oauth2/token").header("authorization", signed.header()).form("grant_type=client_credentials").send().await;
    reply.expect(200)["access_token"].as_str().unwrap().to_owned()
}

async fn ask(server: &Server, token: &str, action: &str, id: &str) -> Value {
    let body = json!({"subject": {"type": "support", "id": "mia.falk@here.com"}, "action": {"name": action}, "resource": {"type": "config:plan", "id": id}});
    server.post("/access/v1/evaluation", token, &body.to_string()).await.expect(200)
}

async fn enter(server: &Server, ticket: Option<&str>) -> (String, String) {
    let body = json!({"reason": "Ada asked for help with her plans", "ticket": ticket});
    let body = body.as_object().unwrap().iter().filter(|(_, v)| !v.is_null()).collect::<BTreeMap<_, _>>();
    let entered = server.post("/v1/realms/acme/support-sessions", MIA, &serde_json::to_string(&body).unwrap()).await.expect(201);
    (entered["id"].as_str().unwrap().to_owned(), entered["token"].as_str().unwrap().to_owned())
}

/// Tells the story; gives the log's lines after the realm was set up, and the bundle with its anchor.
async fn tell(start: Start) -> Vec<String> {
    let peer = Peer::default();
    let server = Start { transport: Some(peer.transport()), with_workers: true, ..start }.run().await;
    let before = server.get("/v1/realms/acme/audit/events?limit=1000", ADA).await.expect(200)["size"].as_u64().unwrap();

    let admin = here_token(&server, KEY, SECRET, "story-1").await;
    let invited =
        server.post("/support", &admin, r#"{"emailAddress":"mia.falk@here.com","expiresAt":"2031-04-30T18:00:00Z"}"#).await.expect(201);
    assert_eq!(invited["authorizedUsers"], json!([{"emailAddress": "mia.falk@here.com", "expiresAt": "2031-04-30T18:00:00Z"}]));
    let mail = peer.wait_for(1).await.remove(0);
    assert!(mail.contains("To: mia.falk@here.com") && mail.contains("Acme Widgets") && mail.contains("2031-04-30"), "{mail}");

    let (session, token) = enter(&server, Some("zendesk:4711")).await;
    assert_eq!(names_in(&token), ("support::mia.falk@here.com".to_owned(), "mia.falk@here.com".to_owned()), "both names in the token");
    assert_eq!(ask(&server, &token, "retrieve", "gold").await["decision"], true);
    assert_eq!(ask(&server, &token, "retrieve", "secret").await["decision"], false);
    assert_eq!(ask(&server, &token, "delete", "gold").await["decision"], false);

    let live = server.get("/v1/realms/acme/support-sessions?state=live", ADA).await.expect(200);
    assert_eq!(live["items"].as_array().unwrap().len(), 1);
    assert_eq!((&live["items"][0]["id"], &live["items"][0]["agent"]), (&json!(session), &json!("mia.falk@here.com")));
    server.delete(&format!("/v1/realms/acme/support-sessions/{session}"), ADA).await;
    dead(&server, &token).await;

    let (_, token) = enter(&server, None).await;
    assert_eq!(server.delete("/support?emailAddress=mia.falk%40here.com", &admin).await.status, 204);
    dead(&server, &token).await;
    let refused = server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"again"}"#).await;
    assert_eq!(refused.status, 404);
    assert_eq!(peer.mails.lock().unwrap().len(), 1, "one mail for one invitation, none on removal");

    let note = server.get("/v1/realms/acme/audit/checkpoint", ADA).await.text();
    let page = server.get(&format!("/v1/realms/acme/audit/events?limit=1000&after={before}"), ADA).await.expect(200);
    let lines = page["items"].as_array().unwrap().iter().map(line).collect();
    let bundle = server.get("/v1/realms/acme/audit/export", ADA).await.body;
    let report = audit::verify(&bundle, &[], Some(&note), &audit::Options::default());
    assert_eq!(report.exit_code(), 0, "{report}");
    assert_eq!(audit::verify(&bundle, &[], None, &audit::Options::default()).exit_code(), 4, "no anchor, no proof of the end");
    server.stop().await;
    lines
}

/// The account used and the agent behind it, as the token tells them.
fn names_in(token: &str) -> (String, String) {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    (claims["sub"].as_str().unwrap().to_owned(), claims["act"]["sub"].as_str().unwrap().to_owned())
}

async fn dead(server: &Server, token: &str) {
    let body = r#"{"subject":{"type":"support","id":"mia.falk@here.com"},"action":{"name":"retrieve"},"resource":{"type":"config:plan","id":"gold"}}"#;
    let reply = server.post("/access/v1/evaluation", token, body).await;
    assert_eq!(reply.status, 401, "a dead session's token");
    assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer"));
}

/// One event in a line: what, how it went, who, on what, and why.
fn line(item: &Value) -> String {
    let event = &item["event"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let actor = format!("{}/{}", text(&event["actor"]["kind"]), text(&event["actor"]["org"]));
    let parts = [text(&event["action"]), text(&event["outcome"]), actor, text(&event["target"]["kind"]), text(&event["reason"]["code"])];
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_runs_on_the_embedded_database_and_its_log_proves_it() {
    assert_eq!(tell(Start::on(Database::sqlite())).await, EVENTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_runs_on_postgresql_and_its_log_proves_it() {
    assert_eq!(tell(Start::on(Database::postgres().await)).await, EVENTS);
}
