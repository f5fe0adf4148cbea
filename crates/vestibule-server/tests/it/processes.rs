//! Several processes on one database: what one commits, the others hold to.

use std::time::{Duration, Instant};

use crate::harness::{ADA, MIA, Server, Start, databases::Database};

/// How soon a revocation must be in force everywhere (`design.md`, section 3).
const BOUND: Duration = Duration::from_secs(1);

const QUESTION: &str =
    r#"{"subject":{"type":"support","id":"mia.falk@here.com"},"action":{"name":"retrieve"},"resource":{"type":"config:plan","id":"gold"}}"#;

async fn pair() -> (Server, Server) {
    let database = Database::postgres().await;
    let first = Start::on(database.clone()).run().await;
    let second = Start { manifest: String::new(), data_dir: Some(first.folder.clone()), ..Start::on(database) }.run().await;
    (first, second)
}

async fn enter(server: &Server) -> (String, String) {
    let entered = server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"two processes"}"#).await.expect(201);
    (entered["id"].as_str().unwrap().to_owned(), entered["token"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_through_one_process_is_refused_by_the_other_within_a_second() {
    let (first, second) = pair().await;
    first.post("/support", ADA, r#"{"emailAddress":"mia.falk@here.com"}"#).await.expect(201);
    let mut slowest = Duration::ZERO;
    for round in 0..40 {
        let (session, token) = enter(if round % 2 == 0 { &first } else { &second }).await;
        for server in [&first, &second] {
            assert_eq!(server.post("/access/v1/evaluation", &token, QUESTION).await.expect(200)["decision"], true);
        }
        assert_eq!(first.delete(&format!("/v1/realms/acme/support-sessions/{session}"), ADA).await.status, 204);
        let ended = Instant::now();
        while second.post("/access/v1/evaluation", &token, QUESTION).await.status != 401 {
            assert!(ended.elapsed() < BOUND, "round {round}: still let in after {:?}", ended.elapsed());
        }
        slowest = slowest.max(ended.elapsed());
    }
    println!("the slowest of 40 revocations was in force elsewhere after {slowest:?}");
    first.stop_sharing().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_across_processes() {
    let (first, second) = pair().await;
    let body = |n: usize| format!(r#"{{"emailAddress":"p{n}@here.com"}}"#);
    let calls = (0..12).map(|n| {
        let server = if n % 2 == 0 { &first } else { &second };
        server.request("POST", "/support").bearer(ADA).json(body(n)).send()
    });
    let statuses: Vec<u16> = futures_util::future::join_all(calls).await.iter().map(|reply| reply.status).collect();
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    // Six calls a minute, and five people: one of the six finds no room.
    assert_eq!((count(201), count(400), count(429)), (5, 1, 6), "{statuses:?}");
    first.stop_sharing().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_refused_at_once_by_the_process_that_was_told_and_within_a_second_by_the_other() {
    let (first, second) = pair().await;
    let ask = |method: &'static str, path: String, body: &'static str| first.request(method, &path).bearer(ADA).json(body).send();
    let is_let_in = |server: &Server, token: String| {
        let request = server.request("GET", "/api/v2/apitoken").bearer(&token);
        async move { request.send().await.status == 200 }
    };
    for round in 0..30 {
        let robot = format!("sa::robot-{round}");
        let made = first.post("/api/v2/account/serviceaccount", ADA, &format!(r#"{{"identifier":"{robot}"}}"#)).await;
        made.expect(200);
        let listed = ask("POST", format!("/api/v2/apitoken/serviceaccount/{robot}"), "{}").await.expect(200);
        let token = listed["response"][0]["tokenID"].as_str().unwrap().to_owned();
        assert!(is_let_in(&first, token.clone()).await && is_let_in(&second, token.clone()).await, "round {round}");
        let (method, path) = match round % 3 {
            0 => ("DELETE", format!("/api/v2/apitoken/serviceaccount/{robot}/{token}")),
            1 => ("POST", format!("/api/v2/account/serviceaccount/{robot}/deactivate")),
            _ => ("DELETE", format!("/api/v2/account/{robot}")),
        };
        ask(method, path, "{}").await.expect(200);
        let ended = Instant::now();
        assert!(!is_let_in(&first, token.clone()).await, "round {round}: still let in by the process that was told");
        while is_let_in(&second, token.clone()).await {
            assert!(ended.elapsed() < BOUND, "round {round}: still let in after {:?}", ended.elapsed());
        }
    }
    first.stop_sharing().await;
    second.stop().await;
}
