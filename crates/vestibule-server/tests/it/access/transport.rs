//! HTTP round decisions (`spec/authzen-decisions.md`, sections A5 and F).

use super::{DOORS, EVALUATION, HARNESS, STRANGER, cert, question};

#[tokio::test]
async fn each_door_keeps_to_the_rules_of_http() {
    let server = cert().await;
    let body = question("alice read record-1").to_string();
    for path in DOORS {
        let named = |method: &str| server.request(method, path).header("x-request-id", "q1");
        for media in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
            let reply = named("POST").bearer(HARNESS).header("content-type", media).body(&body).send().await;
            assert_eq!((reply.header("x-request-id"), reply.header("content-type")), (Some("q1"), Some("application/problem+json")));
            reply.expect(400);
        }
        named("POST").bearer(HARNESS).body(&body).send().await.expect(400);
        let charset = named("POST").bearer(HARNESS).header("content-type", "application/json; charset=utf-8").body(&body).send().await;
        charset.expect(200);
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let reply = named(method).bearer(HARNESS).send().await;
            assert_eq!((reply.header("allow"), reply.header("x-request-id")), (Some("POST"), Some("q1")), "{method} {path}");
            reply.expect(405);
        }
        for token in [None, Some("none-of-ours")] {
            let request = token.into_iter().fold(named("POST").json(&body), |request, token| request.bearer(token));
            let reply = request.send().await;
            assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer realm="), "{path}");
            assert_eq!(reply.header("x-request-id"), Some("q1"));
            reply.expect(401);
        }
        let reply = named("POST").bearer(STRANGER).json(&body).send().await;
        assert_eq!(reply.header("x-request-id"), Some("q1"));
        reply.expect(403);
        let good = named("POST").bearer(HARNESS).json(&body).send().await;
        assert_eq!((good.header("x-request-id"), good.header("cache-control")), (Some("q1"), Some("no-store")), "{path}");
        assert_eq!(good.header("content-type"), Some("application/json"));
        let unnamed = server.request("POST", path).bearer(HARNESS).json(&body).send().await;
        assert!(uuid::Uuid::try_parse(unnamed.header("x-request-id").unwrap()).is_ok(), "{path}");
        let long = format!("{{\"x\":\"{}\",{}", "x".repeat(1 << 20), &body[1..]);
        server.post(path, HARNESS, &long).await.expect(413);
        let twice = body.replacen("\"subject\"", "\"subject\":{\"type\":\"user\",\"id\":\"bob\"},\"subject\"", 1);
        server.post(path, HARNESS, &twice).await.expect(400);
        let deep = |levels: usize| format!("{{\"x\":{}{},{}", "[".repeat(levels), "]".repeat(levels), &body[1..]);
        server.post(path, HARNESS, &deep(31)).await.expect(200);
        server.post(path, HARNESS, &deep(32)).await.expect(400);
    }
    server.stop().await;
}

#[tokio::test]
async fn at_the_root_each_token_asks_in_its_own_realm() {
    let server = cert().await;
    let body = question("alice read record-1").to_string();
    let of = |path: &str| path.strip_prefix("/realms/cert").unwrap().to_owned();
    assert_eq!(server.post(&of(EVALUATION), HARNESS, &body).await.text(), r#"{"decision":true}"#);
    assert_eq!(server.post(&of(EVALUATION), STRANGER, &body).await.text(), r#"{"decision":false}"#);
    for path in DOORS {
        server.post(&of(path), HARNESS, &body).await.expect(200);
        server.post(&path.replace("cert", "elsewhere"), HARNESS, &body).await.expect(403);
        server.post(&path.replace("cert", "nobodys"), HARNESS, &body).await.expect(403);
    }
    server.stop().await;
}
