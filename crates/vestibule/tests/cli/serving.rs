//! What stands beside the doors: health, metrics, encryption.

use std::fs;

use crate::harness::{ADMIN, Folder, beside, curl, demo, log, run, until};

#[test]
fn healthcheck_asks_whether_the_server_is_ready() {
    let folder = Folder::new();
    let server = demo(&folder, &[], "listening on http://");
    let address = server.address();
    let ready = run(&["healthcheck", "--listen", &address]);
    assert_eq!((ready.code, ready.out.as_str(), ready.err.as_str()), (0, "", ""));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let gone = run(&["healthcheck", "--listen", &address]);
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.err.contains(&format!("error: could not ask the server at {address}")), "{gone:?}");
}

#[test]
fn metrics_count_what_happens_and_name_nobody() {
    let folder = Folder::new();
    let server = demo(&folder, &[], "listening on http://");
    let url = format!("http://{}", server.address());
    let bearer = format!("Authorization: Bearer {ADMIN}");
    for _ in 0..3 {
        assert_eq!(curl(&["-f", "-H", &bearer, &format!("{url}/v1/realms/acme")]).code, 0);
    }
    curl(&["-X", "BREW", &format!("{url}/support")]);
    let question =
        r#"{"subject": {"type": "user", "id": "ada@acme.example"}, "action": {"name": "a:b"}, "resource": {"type": "c", "id": "d"}}"#;
    let asked =
        curl(&["-f", "-H", &bearer, "-H", "Content-Type: application/json", "-d", question, &format!("{url}/access/v1/evaluation")]);
    assert_eq!(asked.code, 0, "{asked:?}");

    let page = curl(&["-i", &format!("{url}/metrics")]).out;
    assert!(page.contains("content-type: text/plain; version=0.0.4"), "{page}");
    for line in [
        r#"vestibule_requests_total{door="native",method="GET",status="2xx"} 3"#,
        r#"vestibule_requests_total{door="here",method="other",status="4xx"} 1"#,
        r#"vestibule_request_seconds_count{door="native"} 3"#,
        "vestibule_decision_seconds_count 1",
        "vestibule_database_up 1",
        "vestibule_outbox_pending 0",
        concat!("vestibule_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
    ] {
        assert!(page.lines().any(|found| found == line), "`{line}` is missing: {page}");
    }
    for begin in [
        "vestibule_commit_seconds_count ",
        "vestibule_commit_units_count ",
        "vestibule_log_events_total ",
        "vestibule_memory_misses_total ",
        "vestibule_memory_hits_total ",
    ] {
        let count = page.lines().find_map(|line| line.strip_prefix(begin)).and_then(|count| count.parse::<u64>().ok());
        assert!(count.is_some_and(|count| count > 0), "{begin}: {page}");
    }
    for secret in ["acme", "ada@", ADMIN, "127.0.0.1"] {
        assert!(!page.contains(secret), "it tells `{secret}`: {page}");
    }
}

#[test]
fn metrics_on_an_address_of_their_own_stand_there_alone() {
    let folder = Folder::new();
    let server = demo(&folder, &["--metrics-listen", "127.0.0.1:0"], "metrics on ");
    let (everything, apart) = (format!("http://{}", server.address()), server.told("metrics on "));
    let status = |url: &str| curl(&["-o", "/dev/null", "-w", "%{http_code}", url]).out;
    assert_eq!(status(&apart), "200");
    assert_eq!(status(&format!("{everything}/metrics")), "404");
    assert_eq!(status(&apart.replace("/metrics", "/v1/realms")), "404");
}

#[test]
fn encryption_stands_beside_and_its_certificate_is_read_anew() {
    let folder = Folder::new();
    let install = |which: &str| {
        fs::copy(beside(&format!("{which}-certificate.pem")), folder.path("certificate.pem")).unwrap();
        fs::copy(beside(&format!("{which}-key.pem")), folder.path("key.pem")).unwrap();
    };
    install("first");
    let (certificate, key) = (folder.path("certificate.pem"), folder.path("key.pem"));
    let flags = ["--tls-listen", "127.0.0.1:0", "--tls-certificate", &certificate, "--tls-key", &key];
    let server = demo(&folder, &flags, "listening on https://");
    let port = server.told("listening on https://127.0.0.1:");
    let trusts = |which: &str| {
        let trusted = beside(&format!("{which}-certificate.pem"));
        curl(&["--cacert", trusted.to_str().unwrap(), &format!("https://localhost:{port}/livez")]).out == "ok\n"
    };
    assert!(trusts("first") && !trusts("second"));
    assert_eq!(curl(&[&format!("http://{}/livez", server.address())]).out, "ok\n", "in the clear as well");

    install("second");
    server.signal("HUP");
    until(|| trusts("second").then_some(()));
    assert!(!trusts("first"));
    fs::write(&key, "no key").unwrap();
    server.signal("HUP");
    until(|| log(&server).contains("the old one stays").then_some(()));
    assert!(trusts("second"), "what cannot be read leaves the old one");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn a_certificate_that_cannot_work_is_refused_before_anything_is_served() {
    let folder = Folder::new();
    let (data, certificate, other_key) = (folder.path("data"), beside("first-certificate.pem"), beside("second-key.pem"));
    let (certificate, other_key) = (certificate.to_str().unwrap(), other_key.to_str().unwrap());
    for (certificate, key, code) in [(certificate, other_key, 1), (certificate, certificate, 1), (other_key, other_key, 1)] {
        let tls = ["--tls-listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key];
        let ended = run(&[&["serve", "--listen", "127.0.0.1:0", "--data-dir", &data], &tls[..]].concat());
        assert_eq!((ended.code, ended.out.as_str()), (code, ""), "{ended:?}");
    }
    let half = run(&["serve", "--data-dir", &data, "--tls-listen", "127.0.0.1:0"]);
    assert_eq!(half.code, 2, "{half:?}");
}
