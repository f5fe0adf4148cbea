//! A clock that jumps back in the middle of the story: nothing fails, the log's times do not fall, and
//! what ends, ends when the clock says so.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use vestibule_core::{audit, time::Timestamp};

use crate::{
    harness::{
        ADA, MIA, Server, Start,
        databases::Database,
        doors::{KEY, SECRET},
        on_both,
    },
    story::here_token,
};

const HOUR_MS: i64 = 3_600_000;
const SESSIONS: &str = "/v1/realms/acme/support-sessions";

async fn ask(server: &Server, token: &str) -> u16 {
    let body = json!({ "subject": { "type": "support", "id": "mia.falk@here.com" }, "action": { "name": "retrieve" }, "resource": { "type": "config:plan", "id": "gold" } });
    server.post("/access/v1/evaluation", token, &body.to_string()).await.status
}

async fn enter(server: &Server) -> Value {
    server.post(SESSIONS, MIA, r#"{"reason":"Ada asked for help"}"#).await.expect(201)
}

/// The log's times, in its order.
async fn times(server: &Server) -> Vec<Timestamp> {
    let page = server.get("/v1/realms/acme/audit/events?limit=1000", ADA).await.expect(200);
    page["items"].as_array().unwrap().iter().map(|item| item["event"]["time"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_back_breaks_nothing() {
    on_both(|start| async move {
        let server = start.run().await;
        let admin = here_token(&server, KEY, SECRET, "before").await;
        server.post("/support", &admin, r#"{"emailAddress":"mia.falk@here.com"}"#).await.expect(201);
        let first = enter(&server).await;
        let visit = first["token"].as_str().unwrap();
        assert_eq!(ask(&server, visit).await, 200);
        let (noted, before) = (server.get("/v1/realms/acme/audit/checkpoint", ADA).await.text(), server.clock.now());

        server.clock.advance_ms(-HOUR_MS);
        assert_eq!(ask(&server, visit).await, 200, "a visit that began later than now goes on");
        server.get("/support", &admin).await.expect(200);
        let again = here_token(&server, KEY, SECRET, "after").await;
        server.get("/support", &again).await.expect(200);
        // The limit counts the calls of the hour that has not been yet: six in all, then none.
        for call in 2..=7 {
            let reply = server.post("/support", &again, r#"{"emailAddress":"tom.berg@here.com"}"#).await;
            reply.expect(if call <= 6 { 201 } else { 429 });
        }
        let second = enter(&server).await;
        let list = server.get(&format!("{SESSIONS}?state=live"), ADA).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 2);
        let end = |session: &Value| format!("{SESSIONS}/{}", session["id"].as_str().unwrap());
        assert_eq!(server.delete(&end(&second), ADA).await.status, 204);
        assert_eq!(ask(&server, second["token"].as_str().unwrap()).await, 401);

        let times = times(&server).await;
        assert!(times.is_sorted(), "{times:?}");
        assert!(times.iter().filter(|time| **time >= before).count() > 10, "what came after the jump stands at or after what came before");
        proven(&server, &noted).await;

        // The first visit ends when it was to end, by whatever the clock says then.
        let ends: Timestamp = first["expires_at"].as_str().unwrap().parse().unwrap();
        for (instant, status) in [(ends.plus_millis(-1), 200), (ends, 401), (ends.plus_millis(-1), 200)] {
            server.clock.set(instant);
            assert_eq!(ask(&server, visit).await, status, "at {instant}");
        }
        assert_eq!(server.delete(&end(&first), ADA).await.status, 204);
        assert_eq!(ask(&server, visit).await, 401);
        proven(&server, &noted).await;
        server.stop().await;
    })
    .await;
}

/// An agent got `{"decision":true}` for a session that had lapsed, by sending the question's head in time
/// and its body later. The server asks for the body (100) once it has judged the head.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_trickles_in_outlasts_no_session() {
    let server = Start::on(Database::sqlite()).run().await;
    server.post("/support", ADA, r#"{"emailAddress":"mia.falk@here.com"}"#).await.expect(201);
    let session = enter(&server).await;
    let (token, ends): (_, Timestamp) = (session["token"].as_str().unwrap(), session["expires_at"].as_str().unwrap().parse().unwrap());
    for (instant, status) in [(ends.plus_millis(-1), "HTTP/1.1 200"), (ends, "HTTP/1.1 401")] {
        server.clock.set(ends.plus_millis(-2));
        let body = r#"{"subject":{"type":"support","id":"mia.falk@here.com"},"action":{"name":"retrieve"},"resource":{"type":"config:plan","id":"gold"}}"#;
        let head = format!(
            "POST /access/v1/evaluation HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        server.clock.set(instant);
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        assert!(reply.starts_with(status), "at {instant}: {reply}");
    }
    server.stop().await;
}

/// A checkpoint is still signed, over the whole log, and holds with the one from before the jump.
async fn proven(server: &Server, noted: &str) {
    let size = server.get("/v1/realms/acme/audit/events?limit=1", ADA).await.expect(200)["size"].as_u64().unwrap();
    let note = server.get("/v1/realms/acme/audit/checkpoint", ADA).await.text();
    assert_eq!(note.lines().nth(1), Some(size.to_string().as_str()), "all of it is covered");
    let bundle = server.get("/v1/realms/acme/audit/export", ADA).await.body;
    for anchor in [&note, noted] {
        let report = audit::verify(&bundle, &[], Some(anchor), &audit::Options::default());
        assert_eq!(report.exit_code(), 0, "{report}");
    }
}
