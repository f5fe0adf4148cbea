//! `/support` refuses: each row of the page's table, in the page's order, and nothing comes of it.

use crate::harness::{ADA, BEN, on_both};

use super::{READER, SAM, SCOPED, invite, list, mailed, post, refused, server};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_post_stores_nothing_and_mails_nobody() {
    on_both(|start| async move {
        let server = start.run().await;
        let json = |body: &'static str| (Some("application/json; charset=utf-8"), body.as_bytes());
        for ((content_type, body), status, code) in [
            (json("{}"), 400, "400201"),
            (json(r#"{"emailAddress":null}"#), 400, "400201"),
            (json(r#"{"emailAddress":""}"#), 400, "400202"),
            (json(r#"{"emailAddress":5}"#), 400, "400217"),
            (json(r#"{"emailAddress":["*"]}"#), 400, "400217"),
            (json(r#"{"emailAddress":"mia@there.com"}"#), 400, "400240"),
            (json(r#"{"emailAddress":"x@evil.here.com"}"#), 400, "400240"),
            (json(r#"{"emailAddress":"x@here.com.evil"}"#), 400, "400240"),
            (json(r#"{"emailAddress":"a b@here.com"}"#), 400, "400240"),
            (json(r#"{"emailAddress":"mia\u0000@here.com"}"#), 400, "400240"),
            (json(r#"{"emailAddress":"**"}"#), 400, "400240"),
            (json(r#"{"emailAddress":"*","expiresAt":null}"#), 400, "400233"),
            (json(r#"{"emailAddress":"*","expiresAt":5}"#), 400, "400233"),
            (json(r#"{"emailAddress":"*","expiresAt":"2031-02-30T00:00:00Z"}"#), 400, "400233"),
            (json(r#"{"emailAddress":"*","expiresAt":"2031-01-01T00:00:00+00:00"}"#), 400, "400233"),
            (json(r#"{"emailAddress":"*","expiresAt":"1969-12-31T23:59:59Z"}"#), 400, "400390"),
            (json(r#"{"emailAddress":"*","expiresAt":"2026-01-01T00:00:00Z"}"#), 400, "400390"),
            (json(""), 400, "400002"),
            (json("{"), 400, "400002"),
            (json(r#"{"emailAddress":"*"}}"#), 400, "400002"),
            (json(r#"{"emailAddress":"*","emailAddress":"*"}"#), 400, "400002"),
            (json(r#"{"emailAddress":"\ud800"}"#), 400, "400002"),
            ((Some("application/json"), b"\"\xff\""), 400, "400002"),
            (json("[]"), 400, "400218"),
            (json("null"), 400, "400218"),
            ((None, br#"{"emailAddress":"*"}"#), 400, "400003"),
            ((Some("text/plain"), br#"{"emailAddress":"*"}"#), 400, "400004"),
            ((Some("application/x-www-form-urlencoded"), b"emailAddress=*"), 400, "400004"),
        ] {
            server.clock.advance_ms(60_000);
            let request = post(&server).body(body);
            let request = content_type.into_iter().fold(request, |request, kind| request.header("content-type", kind));
            refused(&request.send().await, status, code);
        }
        for body in ["[".repeat(30_000), "x".repeat(65_537), format!(r#"{{"emailAddress":"{}"}}"#, "x".repeat(200_000))] {
            server.clock.advance_ms(60_000);
            let (status, code) = if body.len() > 65_536 { (413, "413000") } else { (400, "400002") };
            refused(&post(&server).json(body).send().await, status, code);
        }
        assert_eq!((list(&server, ADA).await, mailed(&server).await), (None, vec![]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_known_is_told_how() {
    let server = server().await;
    for (header, code, error) in [
        (None, "401200", false),
        (Some(&b"Basic YTpi"[..]), "401201", false),
        (Some(b"Bearer"), "400601", true),
        (Some(b"Bearer nobody-has-this"), "400601", true),
        (Some(b"Bearer a.b.c"), "400601", true),
        (Some(b"Bearer a b"), "400300", true),
        (Some("Bearer ü".as_bytes()), "400300", true),
        (Some(b"Bearer \xff\xfe"), "400300", true),
        (Some(b"\xff"), "401201", false),
    ] {
        for (method, path) in [("GET", "/support"), ("POST", "/authentication/v1.1/support"), ("DELETE", "/support?emailAddress=")] {
            let request = server.request(method, path);
            let request = header.into_iter().fold(request, |request, value| request.header("authorization", value));
            let reply = request.send().await;
            refused(&reply, 401, code);
            assert_eq!(reply.header("www-authenticate").unwrap().contains("invalid_token"), error, "{code}");
        }
    }
    let twice = server.request("GET", "/support").bearer(ADA).bearer(ADA).send().await;
    refused(&twice, 401, "401201");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_checks_is_the_pages() {
    let server = server().await;
    let bad = "{";
    refused(&server.post("/support", "nobody", bad).await, 401, "400601");
    let scoped = server.post("/support", SCOPED, bad).await;
    refused(&scoped, 403, "403403");
    assert!(scoped.json()["cause"].as_str().unwrap().contains("project scope"));
    for token in [BEN, READER] {
        let denied = server.post("/support", token, bad).await;
        refused(&denied, 403, "403403");
        let body = denied.json();
        for part in ["acme.example", "manageAccountExecutives", "`account`"] {
            assert!(body["cause"].as_str().unwrap().contains(part), "{body}");
        }
        assert_eq!(body["error"], "invalid_request");
        assert!(body["error_description"].as_str().unwrap().starts_with("errorCode: 403403."));
    }
    for (method, path) in [("GET", "/support"), ("POST", "/support"), ("DELETE", "/support?emailAddress=")] {
        let shut = server.request(method, path).bearer(SAM).send().await;
        refused(&shut, 404, "404000");
        assert!(shut.json()["cause"].as_str().unwrap().contains("shut"));
    }
    assert_eq!(server.get("/support", READER).await.status, 200);
    refused(&server.get("/support", BEN).await, 403, "403403");
    refused(&server.delete("/support", READER).await, 403, "403403");
    refused(&server.get("/support", SCOPED).await, 403, "403403");
    // None of these spent a call: six more may be made.
    for _ in 0..6 {
        refused(&server.post("/support", ADA, bad).await, 400, "400002");
    }
    refused(&server.post("/support", ADA, bad).await, 429, "429003");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_is_told_which_there_are() {
    let server = server().await;
    for path in ["/support", "/authentication/v1.1/support"] {
        for method in ["PUT", "PATCH", "OPTIONS", "BREW"] {
            let reply = server.request(method, path).send().await;
            refused(&reply, 405, "405000");
            assert_eq!(reply.header("allow"), Some("GET, HEAD, POST, DELETE"));
        }
    }
    for (path, allowed) in
        [("/timestamp", "GET, HEAD"), ("/oauth2/token", "POST"), ("/.well-known/oauth-authorization-server", "GET, HEAD")]
    {
        let reply = server.request("DELETE", path).send().await;
        refused(&reply, 405, "405000");
        assert_eq!(reply.header("allow"), Some(allowed));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_were_sent_return_and_others_are_made() {
    let server = server().await;
    let request = || server.request("GET", "/support").bearer(ADA);
    let echoed = request().header("X-Correlation-ID", "case \"4711\"").header("X-Request-ID", "r-1").send().await;
    assert_eq!(
        (echoed.status, echoed.header("x-correlation-id"), echoed.header("x-request-id")),
        (200, Some("case \"4711\""), Some("r-1"))
    );
    let (one, two) = (request().send().await, request().send().await);
    let (one, two) = (one.header("x-correlation-id").unwrap(), two.header("x-correlation-id").unwrap());
    assert!(one != two && one.len() == 36 && one.as_bytes()[14] == b'4', "{one}: a random UUID");
    for hostile in [&b"\xff"[..], &b"x".repeat(1025), b""] {
        let reply = request().header("X-Correlation-ID", hostile).send().await;
        assert_eq!((reply.status, reply.header("x-correlation-id").unwrap().len()), (200, 36));
    }
    let refused = server.request("GET", "/support").header("X-Correlation-ID", "a\tb\\").send().await;
    assert_eq!(refused.json()["correlationId"], "a\tb\\");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seventh_post_in_a_minute_waits() {
    on_both(|start| async move {
        let server = start.run().await;
        for n in 0..6 {
            // Those that cannot be read count, too.
            let body = if n % 2 == 0 { r#"{"emailAddress":"mia@here.com"}"# } else { "{}" };
            assert_eq!(server.post("/support", ADA, body).await.status, if n % 2 == 0 { 201 } else { 400 });
            server.clock.advance_ms(1_000);
        }
        let late = server.post("/authentication/v1.1/support", ADA, r#"{"emailAddress":"*"}"#).await;
        refused(&late, 429, "429003");
        assert_eq!(late.header("retry-after"), Some("54"));
        assert!(late.json()["errorId"].as_str().unwrap().starts_with("ERROR-"));
        assert_eq!(list(&server, ADA).await.unwrap(), ["mia@here.com"]);
        let elsewhere = server.post("/support", crate::harness::EVE, r#"{"emailAddress":"*"}"#).await;
        assert_eq!(elsewhere.status, 201, "each realm has its own count");
        server.clock.advance_ms(53_999);
        refused(&server.post("/support", ADA, "{}").await, 429, "429003");
        server.clock.advance_ms(1);
        refused(&server.post("/support", ADA, "{}").await, 400, "400201");
        refused(&server.post("/support", ADA, "{}").await, 429, "429003");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_when_everybody_comes_at_once() {
    on_both(|start| async move {
        let server = start.run().await;
        let all = (0..12).map(|n| post(&server).json(format!(r#"{{"emailAddress":"p{n}@here.com"}}"#)).send());
        let tasks: Vec<_> = all.map(tokio::spawn).collect();
        let mut statuses = Vec::new();
        for task in tasks {
            let reply = task.await.unwrap();
            statuses.push((reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned()));
        }
        let count = |status: u16, code: &str| statuses.iter().filter(|(s, c)| *s == status && c == code).count();
        assert_eq!((count(201, ""), count(400, "400917"), count(429, "429003")), (5, 1, 6), "{statuses:?}");
        assert_eq!((list(&server, ADA).await.unwrap().len(), mailed(&server).await.len()), (5, 5));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_address_finds_no_room() {
    let server = server().await;
    let five = ["a@here.com", "b@here.com", "c@here.com", "d@here.com", "e@here.com"];
    super::invite_all(&server, &five).await;
    refused(&invite(&server, r#"{"emailAddress":"f@here.com"}"#).await, 400, "400917");
    assert_eq!(
        (list(&server, ADA).await.unwrap(), mailed(&server).await),
        (five.map(str::to_owned).to_vec(), five.map(str::to_owned).to_vec())
    );
    assert_eq!(invite(&server, r#"{"emailAddress":"*"}"#).await.status, 201, "`*` stands beside them");
    assert_eq!(invite(&server, r#"{"emailAddress":"C@HERE.COM"}"#).await.status, 201, "one that is there is amended");
    refused(&invite(&server, r#"{"emailAddress":"f@here.com"}"#).await, 400, "400917");
    server.delete("/support?emailAddress=b%40here.com", ADA).await.expect(204);
    assert_eq!(invite(&server, r#"{"emailAddress":"f@here.com"}"#).await.status, 201);
    assert_eq!(list(&server, ADA).await.unwrap(), ["a@here.com", "c@here.com", "d@here.com", "e@here.com", "*", "f@here.com"]);
    server.stop().await;
}
