//! Spoilt heads at every door: credentials, headers, paths, queries, methods, and connections that break off.

use std::{collections::BTreeSet, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{
    ADA, OPERATOR, Server, Start,
    databases::Database,
    doors::{self, Door, Family, NOWHERE},
    hostway,
    http::{Reply, Request},
    on_both, organization, wavefront,
};

async fn server() -> Server {
    hostway::run(Start::on(Database::sqlite())).await
}

/// A request that wants nothing but a credential.
fn bare(server: &Server, door: &Door) -> Request {
    with_body(door, server.request(&door.method(), &door.at("acme", NOWHERE)))
}

fn with_body(door: &Door, request: Request) -> Request {
    match door.good_body() {
        Some(body) => request.json(body.to_string()),
        None => request,
    }
}

#[tokio::test]
async fn a_credential_that_is_none_is_refused_at_every_door() {
    let server = server().await;
    let (long, extra) = (format!("Bearer {}", "x".repeat(5_000)), format!("Bearer {ADA} {ADA}"));
    let (basic, quoted, near) = (format!("Basic {ADA}"), format!("Bearer \"{ADA}\""), format!("Bearer {ADA}x"));
    let rows: [&[&[u8]]; 16] = [
        &[],
        &[b""],
        &[b"Bearer"],
        &[b"Bearer  "],
        &[b"Bearer \xff\xfe"],
        &["Bearer ü".as_bytes()],
        &[b"Bearer a.b.c"],
        &[b"Bearer eyJhbGciOiJub25lIn0.e30."],
        &[long.as_bytes()],
        &[extra.as_bytes()],
        &[basic.as_bytes()],
        &[quoted.as_bytes()],
        &[near.as_bytes()],
        &[b"OAuth oauth_consumer_key=\"x\""],
        &[b"\xff\xff"],
        &[b"Bearer a411c16b-3cf7-4f03-bf11-8ca05aab898d", b"Bearer a411c16b-3cf7-4f03-bf11-8ca05aab898d"],
    ];
    for door in doors::all() {
        for row in rows {
            let reply = row.iter().fold(bare(&server, &door), |request, value| request.header("authorization", value)).send().await;
            if door.family == Family::Open {
                assert_eq!(reply.status, 200, "{door:?} asks for none");
            } else if door.family == Family::Organization {
                // m3ter knows no 401.
                assert_eq!(reply.status, 403, "{door:?} {row:?}: {}", reply.text());
                door.check_form(&reply);
            } else {
                assert_eq!(reply.status, 401, "{door:?} {row:?}: {}", reply.text());
                assert!(reply.header("www-authenticate").is_some());
                door.check_form(&reply);
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn headers_that_cannot_be_read_are_left_and_those_that_decide_are_refused() {
    let server = server().await;
    for door in doors::all() {
        let mut request = door.request(&server);
        for name in ["x-request-id", "x-correlation-id", "traceparent", "user-agent", "accept", "cookie", "forwarded", "x-forwarded-for"] {
            request = request.header(name, b"\xff\xfe\x80");
        }
        let reply = with_body(&door, request).send().await;
        let is_taken = ![400, 401].contains(&reply.status)
            || organization::is_about_what_is_stored(&door, &reply)
            || wavefront::is_about_what_is_stored(&door, &reply);
        assert!(reply.status < 500 && is_taken, "{door:?}: {} {}", reply.status, reply.text());
        assert!(reply.header("x-request-id").is_some_and(|id| id.is_ascii()), "ours instead");
    }
    let realm = "/v1/realms/acme";
    for (method, path, name, value) in [
        ("PATCH", realm, "if-match", &b"\xff"[..]),
        ("PATCH", realm, "if-match", b"\"\"\""),
        ("POST", "/v1/realms/acme/support-access/invitations", "idempotency-key", b"\xff"),
        ("POST", "/v1/realms/acme/support-access/invitations", "idempotency-key", b"two words"),
        ("POST", "/v1/realms/acme/support-sessions", "idempotency-key", &[b'k'; 256]),
    ] {
        let reply = server.request(method, path).bearer(ADA).header(name, value).json("{}").send().await;
        assert_eq!(reply.expect(400)["errors"][0]["field"].as_str().unwrap().to_lowercase(), name);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_path_that_cannot_be_read_names_nothing() {
    let server = server().await;
    let long = "x".repeat(8_000);
    for door in doors::all().iter().filter(|door| door.path.contains('{')) {
        for name in ["%ff", "%00", "%zz", "%", "..", "%2e%2e", "%2f", "a%2fb", "acme%20", "ACME", "'", "*", "ü", "\u{202e}", "-", &long] {
            let (inside, below) =
                (door.at(name, NOWHERE), door.named().replace("{realm}", "acme").replace("{id}", name).replace("{index}", name));
            for path in [inside, below].iter().filter(|path| path.contains(name) && (name != "-" || path.contains("/-"))) {
                let request = match door.family {
                    Family::Access | Family::Open => server.request(&door.method(), path).bearer(ADA),
                    _ => door.request_to(&server, path),
                };
                let reply = with_body(door, request).send().await;
                let expected: &[u16] = match door.family {
                    Family::Access => &[403, 404],
                    Family::Organization => &[400, 403, 404, 405],
                    // What reads no body does not miss one, and a form's type is looked at first.
                    Family::Customer => &[200, 404, 405, 415],
                    // Nobody has a password in a realm that is not there.
                    Family::Hosting => &[401, 404, 405],
                    Family::Open => &[200, 404],
                    _ => &[404, 405],
                };
                assert!(expected.contains(&reply.status), "{} {path}: {}", door.verb, reply.status);
                if reply.status != 200 {
                    door.check_form(&reply);
                }
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused_where_it_would_count() {
    on_both(|start| async {
        let server = hostway::run(start).await;
        let long = format!("x={}", "y".repeat(8_000));
        let queries = [
            "%ff=1",
            "limit=%ff",
            "after=%ff",
            "%zz",
            "zz=1",
            "access_token=a411",
            "=",
            "limit=1&limit=2",
            "after=%00",
            "zz=%00",
            "zz[]=1",
            &long,
        ];
        for door in doors::all() {
            for query in queries {
                let path = format!("{}?{query}", door.at("acme", NOWHERE));
                let reply = with_body(&door, door.request_to(&server, &path)).send().await;
                let place = format!("{} {path}: {} {}", door.verb, reply.status, String::from_utf8_lossy(&reply.body));
                match door.family {
                    // A thing that is not there is not there, whatever is asked of it.
                    Family::Native if door.path.contains("{id}") && reply.status == 404 => {}
                    Family::Native if query == "=" => assert!(reply.status == 400, "{place}"),
                    Family::Native => {
                        assert_eq!(reply.status, 400, "{place}");
                        assert!(reply.json()["errors"][0]["field"].is_string(), "{place}");
                    }
                    _ => assert!(reply.status < 500, "{place}"),
                }
            }
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn places_beyond_every_number_are_nowhere() {
    on_both(|start| async {
        let server = hostway::run(start).await;
        for number in
            ["9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-1", "1e3", "+1", " 1", "٣"]
        {
            let number = crate::harness::oauth1::encode(number);
            let reply = server.get(&format!("/v1/realms/acme/audit/events/{number}"), ADA).await;
            assert!([200, 404].contains(&reply.status), "{number}: {}", reply.text());
            let reply = server.get(&format!("/v1/realms/acme/audit/events?after={number}"), ADA).await;
            assert!([200, 400].contains(&reply.status), "{number}: {}", reply.text());
            if reply.status == 200 && number.len() > 10 {
                assert_eq!(reply.json()["items"], serde_json::json!([]), "{number}");
            }
            for path in ["support-sessions", "outbox", "support-access/invitations"] {
                let reply = server.get(&format!("/v1/realms/acme/{path}?after={number}"), ADA).await;
                assert_eq!(reply.status, 400, "{path} {number}");
            }
            let reply = server.get(&format!("/v1/realms/acme/outbox?limit={number}"), ADA).await;
            assert_eq!(reply.status, 400, "limit {number}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_address_without_end_is_refused() {
    let server = server().await;
    for length in [8_000, 60_000, 70_000] {
        for path in [format!("/{}", "x".repeat(length)), format!("/v1/realms?zz={}", "x".repeat(length))] {
            let reply = server.get(&path, OPERATOR).await;
            assert!([400, 404, 414, 431].contains(&reply.status), "{length}: {}", reply.status);
        }
    }
    // Of so much the server need not read all, and the client may lose the answer with the connection.
    let long = "x".repeat(1_000_000);
    for endless in [format!("GET /{long} HTTP/1.1\r\n\r\n"), format!("GET /livez HTTP/1.1\r\nx-long: {long}\r\n\r\n")] {
        let said = said_to(&server, endless.as_bytes(), false).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    server.get("/livez", "").await.expect_status(200);
    server.stop().await;
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_known() {
    let server = server().await;
    let paths: BTreeSet<_> = doors::all().iter().map(|door| door.path).collect();
    for path in paths {
        let at = doors::all().into_iter().filter(|door| door.path == path).collect::<Vec<_>>();
        let mut known: BTreeSet<_> = at.iter().map(Door::method).collect();
        if known.contains("GET") && !hostway::is_alone(&at[0]) {
            known.insert("HEAD".to_owned());
        }
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"] {
            if known.contains(method) {
                continue;
            }
            let reply = server.request(method, &at[0].at("acme", NOWHERE)).bearer(ADA).send().await;
            assert_eq!(reply.status, 405, "{method} {path}");
            let allowed: BTreeSet<_> = reply.header("allow").unwrap().split(',').map(|one| one.trim().to_owned()).collect();
            assert_eq!(allowed, known, "{method} {path}");
            if method == "HEAD" {
                assert!(reply.body.is_empty());
            } else {
                at[0].check_form(&reply);
            }
        }
    }
    server.stop().await;
}

/// Status and headers; those of a body without one, and no body.
fn head_of(reply: &Reply) -> (u16, Option<&str>, bool) {
    (reply.status, reply.header("content-type"), reply.body.is_empty())
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = server().await;
    for door in doors::all().iter().filter(|door| door.verb == "get" && !hostway::is_alone(door)) {
        let path = door.at("acme", NOWHERE);
        let got = door.request_to(&server, &path).send().await;
        let head = Door { verb: "head", ..*door }.request_to(&server, &path).send().await;
        assert_eq!(head_of(&head), (got.status, got.header("content-type"), true), "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_half_hold_nobody_up() {
    let server = server().await;
    let head = "POST /v1/realms/acme/support-access/invitations HTTP/1.1\r\nhost: x\r\n";
    let body = format!("{head}authorization: Bearer {ADA}\r\ncontent-type: application/json\r\ncontent-length: 29\r\n\r\n{{\"email\":");
    let chunked =
        format!("{head}authorization: Bearer {ADA}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{{");
    let mut open = Vec::new();
    for said in ["", "P", head, &body, &chunked].repeat(40) {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        open.push(stream);
    }
    let others = async {
        server.get("/readyz", "").await.expect_status(200);
        let made = server.post("/v1/realms/acme/support-access/invitations", ADA, r#"{"email":"*"}"#).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let id = tokio::time::timeout(Duration::from_secs(20), others).await.expect("others are served meanwhile");
    drop(open);
    let list = server.get("/v1/realms/acme/support-access/invitations", ADA).await.expect(200);
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &list["items"][0]["id"]),
        (1, &serde_json::json!(id)),
        "half a request does nothing"
    );
    server.stop().await;
}

/// What the server says to bytes that are sent as they are, before it hangs up. A client that hangs up
/// first, having said half, need not be told anything.
async fn said_to(server: &Server, bytes: &[u8], hangs_up: bool) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    if hangs_up {
        stream.shutdown().await.unwrap();
    }
    let mut reply = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut reply)).await;
    assert!(read.is_ok(), "no end after {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(300)]));
    String::from_utf8_lossy(&reply).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_request_and_lengths_that_lie_do_nothing() {
    let server = server().await;
    let good = r#"{"email":"*"}"#;
    let head = format!(
        "POST /v1/realms/acme/support-access/invitations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ADA}\r\ncontent-type: application/json\r\nconnection: close\r\n"
    );
    let endless = format!("{head}transfer-encoding: chunked\r\n\r\n{}0\r\n\r\n", format!("400\r\n{}\r\n", " ".repeat(1024)).repeat(65));
    for (bytes, refused_with) in [
        ("\0\0\0\0\r\n\r\n".to_owned(), " 400 "),
        ("\u{16}\u{3}\u{1}\u{2}\0".to_owned(), " 400 "),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), " 400 "),
        (format!("{head}content-length: 100\r\n\r\n{good}"), ""),
        (format!("{head}content-length: 99999999999999999999\r\n\r\n{good}"), " 400 "),
        (format!("{head}content-length: -1\r\n\r\n{good}"), " 400 "),
        (format!("{head}content-length: 2\r\ncontent-length: 13\r\n\r\n{good}"), " 400 "),
        (format!("{head}transfer-encoding: chunked\r\n\r\nd\r\n{good}"), ""),
        (format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n{good}\r\n0\r\n\r\n"), " 400 "),
        (format!("{head}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{good}"), " 400 "),
        (endless, " 413 "),
        (format!("{head}content-length: 13\r\n{}\r\n{good}", "x-many: 1\r\n".repeat(200)), " 431 "),
    ] {
        let said = said_to(&server, bytes.as_bytes(), refused_with.is_empty()).await;
        let begins: String = bytes.chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
        let is_refused = said.is_empty() || said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.0 4");
        assert!(is_refused && said.contains(refused_with), "{begins:?}: {said}");
    }
    let list = server.get("/v1/realms/acme/support-access/invitations", ADA).await.expect(200);
    assert_eq!(list["items"], serde_json::json!([]));
    server.post("/v1/realms/acme/support-access/invitations", ADA, good).await.expect(201);
    server.stop().await;
}
