//! XML that attackers send (section 3): each is refused as an unreadable body, nothing is fetched, and memory stays bounded.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{GRANT, refused, server};
use crate::harness::{Server, egain::GUS};

/// A good document with this before it and this inside it.
fn document(before: &str, inside: &str) -> String {
    format!(r#"{before}<grants><grantsOn><customer id="2210"/></grantsOn><grantsTo><customer id="2214"/>{inside}</grantsTo></grants>"#)
}

async fn post(server: &Server, body: impl AsRef<[u8]>) -> crate::harness::http::Reply {
    server.request("POST", GRANT).bearer(GUS).header("content-type", "application/xml").body(body).send().await
}

#[tokio::test]
async fn what_attackers_send_is_an_unreadable_body_and_nothing_is_fetched() {
    let server = server(false).await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x", elsewhere.local_addr().unwrap());
    let laughs: String = (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let utf16 = |order: fn(u16) -> [u8; 2]| [0xfeff].into_iter().chain(document("", "").encode_utf16()).flat_map(order).collect::<Vec<_>>();
    let deep = "<a>".repeat(15_000);
    for (what, body) in [
        ("a billion laughs", document(&format!("<!DOCTYPE grants [<!ENTITY l0 \"ha\">{laughs}]>"), "&l9;").into_bytes()),
        (
            "quadratic blow-up",
            document(&format!("<!DOCTYPE g [<!ENTITY a \"{}\">]>", "a".repeat(30_000)), &"&a;".repeat(1_000)).into_bytes(),
        ),
        ("an external entity", document(&format!("<!DOCTYPE g [<!ENTITY x SYSTEM \"{url}\">]>"), "&x;").into_bytes()),
        ("a file", document("<!DOCTYPE g [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", "&x;").into_bytes()),
        ("an external document type", document(&format!("<!DOCTYPE g SYSTEM \"{url}\">"), "").into_bytes()),
        ("a parameter entity", document(&format!("<!DOCTYPE g [<!ENTITY % x SYSTEM \"{url}\"> %x;]>"), "").into_bytes()),
        ("an undeclared entity", document("", "&x;").into_bytes()),
        ("a style sheet", document(&format!("<?xml-stylesheet href=\"{url}\"?>"), "").into_bytes()),
        ("an inclusion", document("", &format!("<x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"{url}\"/>")).into_bytes()),
        ("deep nesting", document("", &deep).into_bytes()),
        ("deep nesting, closed", document("", &("<a>".repeat(9_000) + &"</a>".repeat(9_000))).into_bytes()),
        ("another namespace", document("", "").replace("<grants>", "<grants xmlns=\"urn:else\">").into_bytes()),
        ("a namespace inside", document("", "<customer xmlns=\"urn:else\" id=\"1\"/>").into_bytes()),
        ("UTF-16, little end first", utf16(u16::to_le_bytes)),
        ("UTF-16, big end first", utf16(u16::to_be_bytes)),
        ("another encoding", document("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", "").into_bytes()),
        ("a NUL", document("", "\0").into_bytes()),
        ("a root of something else", b"<customers/>".to_vec()),
        ("two roots", document("", "").repeat(2).into_bytes()),
        ("JSON", b"{}".to_vec()),
        ("a byte too long", format!("{}{}", document("", ""), " ".repeat(65_537 - document("", "").len())).into_bytes()),
        ("ten million bytes", document("", &"<customer id=\"1\"/>".repeat(600_000)).into_bytes()),
    ] {
        let reply = post(&server, &body).await;
        assert_eq!(reply.status, 400, "{what}: {}", reply.text());
        refused(&reply, "400-152", "'body'");
    }
    server.get("/core/customermgr/v3/customer/2210/grants", GUS).await.expect_status(204);
    let fetched = tokio::time::timeout(Duration::from_millis(1), elsewhere.accept()).await;
    assert!(fetched.is_err(), "somebody came to fetch");
    // The same unspoilt are taken: the rows above could fail.
    for body in [
        document("", ""),
        document("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!-- nothing -->"),
        format!("{}{}", document("", ""), " ".repeat(65_536 - document("", "").len())),
    ] {
        post(&server, &body).await.expect_status(201);
    }
    server.stop().await;
}

#[tokio::test]
async fn json_that_cannot_be_read_is_refused_too() {
    let server = server(false).await;
    for body in [&b"{"[..], b"[]", b"\"x\"", b"\xff\xfe{\0}\0", b"{\"grantsOn\":\xff}", &[b'['; 20_000], b"{} {}"] {
        let reply = server.request("POST", GRANT).bearer(GUS).json(body).send().await;
        refused(&reply, "400-152", "'body'");
    }
    server.stop().await;
}

/// The most memory that this process ever held, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_takes_no_memory() {
    let server = server(false).await;
    post(&server, document("", "")).await.expect_status(201);
    let before = peak_kib();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let total = 64 * 1024 * 1024;
    let head = format!(
        "POST {GRANT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {GUS}\r\ncontent-type: application/xml\r\ncontent-length: {total}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = "<a>".repeat(10_000);
    // The server stops reading, and may hang up before all is sent.
    for _ in 0..total / piece.len() {
        if stream.write_all(piece.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    let said = String::from_utf8_lossy(&said);
    assert!(said.is_empty() || said.contains("400-152"), "{said}");
    let grown = peak_kib() - before;
    assert!(grown < 8 * 1024, "{grown} KiB more");
    server.stop().await;
}
