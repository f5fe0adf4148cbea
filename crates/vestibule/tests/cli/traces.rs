//! Traces: what a collector gets, what it never gets, and that nobody waits for one.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};

use crate::{
    collector::{Collector, attributes, hex},
    databases::{Database, Engine},
    harness::{ADMIN, AGENT, Folder, Server, beside, curl, demo, log, run, until},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
const UNSAMPLED: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Enough for more than one batch, and for more than waits at most.
const MANY: usize = 3_000;
/// The longest that one request may take; a try to reach the collector takes longer.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Asks with a token and further arguments of `curl`; gives the status.
fn ask(server: &Server, token: &str, path: &str, more: &[&str]) -> String {
    let (url, bearer) = (format!("http://{}{path}", server.address()), format!("Authorization: Bearer {token}"));
    curl(&[&["-o", "/dev/null", "-w", "%{http_code}", "-H", &bearer, "-H", "Content-Type: application/json", &url], more].concat()).out
}

/// The one span of a name.
#[track_caller]
fn only<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name}: {:?}", spans.iter().map(|span| &span.name).collect::<Vec<_>>());
    found[0]
}

fn is_inside(span: &Span, parent: &Span) -> bool {
    span.trace_id == parent.trace_id
        && span.parent_span_id == parent.span_id
        && parent.start_time_unix_nano <= span.start_time_unix_nano
        && span.end_time_unix_nano <= parent.end_time_unix_nano
}

/// Sends requests of all kinds, with what must not be told in every place that a client can fill.
fn send_everything(server: &Server) {
    let traced = format!("traceparent: 00-{TRACE}-{PARENT}-01");
    let untraced = format!("traceparent: 00-{UNSAMPLED}-{PARENT}-00");
    let wish = r#"{"email": "mia.falk@here.com"}"#;
    let question = r#"{"subject": {"type": "user", "id": "ada@acme.example"}, "action": {"name": "config:retrieve"}, "resource": {"type": "canary-body", "id": "P1"}}"#;
    for (status, token, path, more) in [
        ("201", ADMIN, "/v1/realms/acme/support-access/invitations", &["-H", &traced, "-d", wish][..]),
        ("200", ADMIN, "/v1/realms/acme/support-sessions", &["-H", &untraced]),
        ("200", ADMIN, "/access/v1/evaluation", &["-d", question, "-A", "canary-agent", "-H", "X-Request-ID: canary-id"]),
        ("204", ADMIN, "/support?emailAddress=canary-query@here.com", &["-X", "DELETE"]),
        ("201", AGENT, "/v1/realms/acme/support-sessions", &["-d", r#"{"reason": "canary-reason"}"#]),
        ("404", ADMIN, "/v1/realms/canary-realm/audit/events", &[]),
        ("401", "canary-token", "/v1/realms/acme", &[]),
        ("404", ADMIN, "/canary-path?canary=query", &["-X", "CANARY-METHOD"]),
    ] {
        assert_eq!(ask(server, token, path, more), status, "{path}");
    }
    let outbox =
        || curl(&["-H", &format!("Authorization: Bearer {ADMIN}"), &format!("http://{}/v1/realms/acme/outbox", server.address())]).out;
    until(|| outbox().contains("\"state\":\"sent\"").then_some(()));
}

#[test]
fn a_collector_gets_requests_units_of_work_and_deliveries_and_no_secret() {
    let (folder, collector) = (Folder::new(), Collector::start());
    let server = demo(&folder, &["--otlp-endpoint", &collector.url()], "listening on http://");
    send_everything(&server);
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));

    let spans = collector.spans();
    let invited = only(&spans, "POST /v1/realms/{realm}/support-access/invitations");
    assert_eq!((hex(&invited.trace_id), hex(&invited.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    assert_eq!(invited.kind(), SpanKind::Server);
    assert_eq!(
        attributes(invited),
        "http.request.method=POST http.response.status_code=#201 http.route=/v1/realms/{realm}/support-access/invitations realm.id=acme"
    );
    let commits: Vec<_> = spans.iter().filter(|span| span.trace_id == invited.trace_id && span.name == "commit").collect();
    assert_eq!(commits.len(), 1);
    assert!(is_inside(commits[0], invited) && commits[0].kind() == SpanKind::Client);
    assert_eq!(attributes(commits[0]), "db.system.name=sqlite realm.id=acme");
    let mail = only(&spans, "deliver mail");
    assert!(attributes(mail).starts_with("mail.id=") && attributes(mail).ends_with(" mail.outcome=sent realm.id=acme"), "{mail:?}");
    assert_eq!(spans.iter().filter(|span| span.name == "commit" && is_inside(span, mail)).count(), 2, "leased, and settled");

    for (name, told) in [
        (
            "POST /access/v1/evaluation",
            "http.request.method=POST http.response.status_code=#200 http.route=/access/v1/evaluation realm.id=acme",
        ),
        ("DELETE /support", "http.request.method=DELETE http.response.status_code=#204 http.route=/support realm.id=acme"),
        ("GET /v1/realms/{realm}", "http.request.method=GET http.response.status_code=#401 http.route=/v1/realms/{realm}"),
        ("HTTP", "http.request.method=_OTHER http.response.status_code=#404"),
    ] {
        let span = only(&spans, name);
        assert_eq!(attributes(span), told);
        assert!(span.parent_span_id.is_empty() && span.status.as_ref().is_none_or(|status| status.code() == StatusCode::Unset), "{name}");
    }
    let entered = only(&spans, "POST /v1/realms/{realm}/support-sessions");
    assert!(attributes(entered).ends_with(" realm.id=acme"), "{entered:?}");
    let stranger = only(&spans, "GET /v1/realms/{realm}/audit/events");
    assert!(!attributes(stranger).contains("realm.id"), "{stranger:?}");
    assert!(spans.iter().all(|span| hex(&span.trace_id) != UNSAMPLED), "the caller said not to");
    check_secrets(&collector);
}

#[track_caller]
fn check_secrets(collector: &Collector) {
    for told in [("service.name", "vestibule"), ("service.version", env!("CARGO_PKG_VERSION"))] {
        assert!(collector.resource().contains(&(told.0.to_owned(), told.1.to_owned())), "{told:?}");
    }
    for head in collector.heads() {
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
        assert!(head.to_lowercase().contains("content-type: application/x-protobuf"), "{head}");
    }
    let bytes = String::from_utf8_lossy(&collector.bytes()).to_lowercase();
    for secret in ["canary", ADMIN, AGENT, "mia.falk", "ada@", "here.com", "127.0.0.1", "curl/", "bearer"] {
        assert!(!bytes.contains(&secret.to_lowercase()), "it tells `{secret}`");
    }
}

#[test]
fn a_failure_of_ours_is_an_error_in_its_span() {
    let (folder, collector) = (Folder::new(), Collector::start());
    let database = Database::fresh(Engine::Postgres, &folder);
    let flags = ["--otlp-endpoint", &collector.url(), "--database", &database.url];
    let server = demo(&folder, &flags, "listening on http://");
    assert_eq!(ask(&server, ADMIN, "/v1/realms/acme", &[]), "200");
    drop(database);
    assert_eq!(ask(&server, ADMIN, "/readyz", &[]), "503");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));

    let spans = collector.spans();
    let is_error = |span: &Span| span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error);
    let (well, failed) = (only(&spans, "GET /v1/realms/{realm}"), only(&spans, "GET /readyz"));
    let reads = |parent| spans.iter().filter(move |span| span.name == "read" && is_inside(span, parent)).collect::<Vec<_>>();
    assert!(!is_error(well) && is_error(failed));
    assert_eq!(attributes(failed), "error.type=503 http.request.method=GET http.response.status_code=#503 http.route=/readyz");
    // The token was looked up before its realm was known.
    let told: BTreeSet<_> = reads(well).into_iter().map(attributes).collect();
    assert_eq!(told, ["db.system.name=postgresql realm.id=acme", "db.system.name=postgresql realm.id=vendor"].map(String::from).into());
    assert!(!reads(failed).is_empty() && reads(failed).into_iter().all(is_error) && !reads(well).into_iter().any(is_error));
}

/// Asks many times over one connection; gives the longest that an answer took.
fn ask_many(address: &str) -> Duration {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut longest = Duration::ZERO;
    for _ in 0..MANY {
        let begun = Instant::now();
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\nok\n") {
            let mut part = [0; 1024];
            let read = stream.read(&mut part).unwrap();
            assert!(read > 0, "it closed: {}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&part[..read]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "));
        longest = longest.max(begun.elapsed());
    }
    longest
}

#[test]
fn a_collector_that_is_gone_or_silent_slows_and_fails_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (endpoint, is_gone) in [(gone, true), (silent.local_addr().unwrap(), false)] {
        let folder = Folder::new();
        let server = demo(&folder, &["--otlp-endpoint", &format!("http://{endpoint}")], "listening on http://");
        let longest = ask_many(&server.address());
        assert!(longest < AT_ONCE, "{longest:?}");
        if is_gone {
            until(|| log(&server).contains("traces do not reach the collector").then_some(()));
        }
        let told = Instant::now();
        server.signal("TERM");
        let log = server.log.clone();
        assert_eq!(server.wait(), Some(0));
        assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.matches("traces do not reach the collector").count() <= 1, "{log}");
        assert!(log.contains("the last traces may not have reached the collector"), "{log}");
    }
}

#[test]
fn a_collector_may_have_a_certificate_of_a_private_authority() {
    let (folder, other) = (Folder::new(), Folder::new());
    let (certificate, key) = (beside("first-certificate.pem"), beside("first-key.pem"));
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    // Whoever answers there is no collector: that it is told so shows that it was spoken to.
    let tls = ["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key];
    let answers = demo(&other, &tls, "listening on https://");
    let endpoint = format!("https://localhost:{}", answers.told("listening on https://127.0.0.1:"));
    for (trust, told) in [(&["--otlp-ca-file", certificate][..], r#""error":"404""#), (&[], "UnknownIssuer")] {
        let server = demo(&folder, &[&["--otlp-endpoint", &endpoint], trust].concat(), "listening on http://");
        assert_eq!(ask(&server, ADMIN, "/v1/realms/acme", &[]), "200");
        server.signal("TERM");
        let log = server.log.clone();
        assert_eq!(server.wait(), Some(0));
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.lines().any(|line| line.contains("traces do not reach the collector") && line.contains(told)), "{told}: {log}");
    }
}

#[test]
fn an_endpoint_that_cannot_be_sent_to_is_refused_before_anything_is_served() {
    let folder = Folder::new();
    let data = folder.path("data");
    for endpoint in ["127.0.0.1:4318", "grpc://127.0.0.1:4317", "http://ada:secret@127.0.0.1:4318", ""] {
        let ended = run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &data, "--otlp-endpoint", endpoint]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
        assert!(ended.err.contains("hint: write it as `http://127.0.0.1:4318`"), "{ended:?}");
    }
}
