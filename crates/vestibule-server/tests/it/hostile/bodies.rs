//! Spoilt bodies at every door that takes one: refused in the door's own words, and nothing comes of them.

use serde_json::{Value, json};

use super::attacks::{self, Attack};
use crate::harness::{
    ADA, EVE, MIA, OPERATOR, Server, Start,
    doors::{self, Door, Family},
    egain, hostway,
    http::Reply,
    on_both, organization, wavefront,
};

/// A minute, after which every limit is fresh.
const MINUTE_MS: i64 = 60_000;

impl Door {
    /// Most bytes that the door reads.
    fn bytes_max(&self) -> usize {
        match self.family {
            Family::Access => 1 << 20,
            Family::Customer => wavefront::bytes_max(self),
            _ => 64 * 1024,
        }
    }
}

fn takers() -> Vec<Door> {
    let takers: Vec<_> = doors::all().into_iter().filter(|door| door.good_body().is_some()).collect();
    let all = doors::all();
    for door in all.iter().filter(|door| ["post", "put", "patch"].contains(&door.verb)) {
        let is_documented = takers.iter().any(|taker| taker.path == door.path && taker.verb == door.verb);
        let takes_none = organization::takes_no_body(door) || wavefront::takes_no_object(door) || door.says_all_in_its_address();
        assert_ne!(is_documented, takes_none, "{door:?} has no documented body, or one that it does not take");
    }
    takers
}

/// Everything that a request could have changed, as those who may look see it.
async fn standing(server: &Server) -> Vec<Value> {
    let mut seen = Vec::new();
    for (path, token) in [
        ("/v1/realms", OPERATOR),
        ("/v1/realms/acme/support-access", ADA),
        ("/v1/realms/acme/support-sessions", ADA),
        ("/v1/realms/acme/outbox", ADA),
        ("/v1/realms/acme/audit/events?outcome=success&limit=1000", ADA),
        ("/v1/realms/other/support-access", EVE),
        ("/v1/realms/vendor/audit/events?outcome=success&limit=1000", OPERATOR),
    ] {
        let reply = server.get(path, token).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        let mut body = reply.json();
        // Failures may be told of; how many there are is not looked at.
        body.as_object_mut().unwrap().remove("size");
        seen.push(body);
    }
    seen
}

/// What is wrong with the answer to an attack, if anything is.
fn fault(door: &Door, attack: &Attack, reply: &Reply) -> Option<String> {
    let place = format!("{} {}: {}: {} {}", door.verb, door.path, attack.what, reply.status, String::from_utf8_lossy(&reply.body));
    // There it is a body that cannot be read, as any other.
    let expected = attack.status.filter(|_| door.family != Family::Grants);
    if reply.status != expected.unwrap_or(400) {
        return Some(place);
    }
    door.check_form(reply);
    let field = attack.field.as_ref()?;
    let body = if door.family == Family::Grants { Value::Null } else { reply.json() };
    let is_named = match door.family {
        Family::Support => body["cause"].as_str().unwrap().contains(&format!("`{field}")),
        Family::Token | Family::Organization | Family::ClientCredentials => {
            body["message"].as_str().unwrap().contains(&format!("`{field}"))
        }
        Family::Hosting => {
            let fault = body.as_object().unwrap().values().next().unwrap();
            fault["details"].as_object().unwrap().keys().any(|name| name.starts_with(field))
        }
        Family::Grants => egain::told(reply).1.contains(&format!("'{field}")),
        Family::Customer => body["status"]["message"].as_str().unwrap().contains(&format!("`{field}")),
        _ => body["errors"].as_array().unwrap().iter().any(|error| error["field"].as_str().unwrap().starts_with(field)),
    };
    (!is_named).then(|| format!("{place} does not name {field}"))
}

#[track_caller]
fn check(door: &Door, attack: &Attack, reply: &Reply) {
    assert_eq!(fault(door, attack, reply), None);
}

/// A realm with something in every list, so that a loss would be seen.
async fn furnished(start: Start) -> Server {
    let server = hostway::run(start).await;
    for door in takers().iter().filter(|door| door.path.contains("/support-access/") || door.path == "/support") {
        let body = door.good_body().unwrap().to_string();
        let reply = door.request(&server).json(body).send().await;
        assert!(reply.status < 300, "{door:?}: {}", reply.text());
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_refused_and_nothing_comes_of_it() {
    on_both(|start| async {
        let server = furnished(start).await;
        let (before, mut faults) = (standing(&server).await, Vec::new());
        for door in takers() {
            let attacks = attacks::against(&door.good_body().unwrap(), &door.schema().unwrap(), door.bytes_max());
            let is_taken = |attack: &&Attack| match &attack.body[..] {
                b"" => organization::may_be_empty(&door) || wavefront::may_be_empty(&door),
                b"null" => wavefront::may_be_empty(&door),
                _ => false,
            };
            for attack in attacks.iter().filter(|attack| !is_taken(attack)) {
                server.clock.advance_ms(MINUTE_MS);
                faults.extend(fault(&door, attack, &door.request(&server).json(&attack.body).send().await));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
        assert_eq!(standing(&server).await, before);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused_and_nothing_comes_of_it() {
    let server = furnished(Start::on(crate::harness::databases::Database::sqlite())).await;
    let before = standing(&server).await;
    // m3ter's clients all send one type, also where there is no body; theirs does not matter.
    // Nor does eGain's surface need one, and it takes XML, too: `egain` tries that.
    for door in takers().into_iter().filter(|door| ![Family::Organization, Family::Grants].contains(&door.family)) {
        let body = door.good_body().unwrap().to_string();
        let kinds: [&[&[u8]]; 8] = [
            &[],
            &[b""],
            &[b"text/plain"],
            &[b"application/jsonp"],
            &[b"application/xml"],
            &[b"application/json\xff"],
            &[b"multipart/form-data; boundary=x"],
            &[b"application/json", b"application/json"],
        ];
        for kind in kinds {
            server.clock.advance_ms(MINUTE_MS);
            let request = kind.iter().fold(door.request(&server).body(&body), |request, kind| request.header("content-type", kind));
            let what = format!("content type {:?}", kind.iter().map(|kind| String::from_utf8_lossy(kind)).collect::<Vec<_>>());
            let status = if matches!(door.family, Family::Native | Family::Customer | Family::Hosting) { 415 } else { 400 };
            check(&door, &Attack { what, body: vec![], field: None, status: Some(status) }, &request.send().await);
        }
    }
    assert_eq!(standing(&server).await, before);
    server.stop().await;
}

#[tokio::test]
async fn a_form_that_cannot_be_read_gets_no_token() {
    let server = furnished(Start::on(crate::harness::databases::Database::sqlite())).await;
    let before = standing(&server).await;
    let door = doors::all().into_iter().find(|door| door.family == Family::Token).unwrap();
    let long = format!("grant_type=client_credentials&x={}", "x".repeat(64 * 1024));
    for (form, status, field) in [
        (&b"grant_type=%zz"[..], 400, None),
        (b"grant_type=%ff", 400, None),
        (b"grant_type=\xff", 400, None),
        (b"%=&%", 400, None),
        (long.as_bytes(), 413, None),
    ] {
        let attack =
            Attack { what: String::from_utf8_lossy(&form[..form.len().min(40)]).into_owned(), body: vec![], field, status: Some(status) };
        check(&door, &attack, &door.request(&server).form(form).send().await);
    }
    for (form, parameters, field) in [
        ("", &[][..], "grant_type"),
        ("grant_type=", &[("grant_type", "")], "grant_type"),
        ("grant_type=a%00b", &[("grant_type", "a\0b")], "grant_type"),
        ("grant_type=password", &[("grant_type", "password")], "grant_type"),
        (
            "grant_type=client_credentials&grant_type=client_credentials",
            &[("grant_type", "client_credentials"), ("grant_type", "client_credentials")],
            "grant_type",
        ),
        ("grant_type=client_credentials&expires_in=1e9", &[("grant_type", "client_credentials"), ("expires_in", "1e9")], "expires_in"),
        ("grant_type=client_credentials&scope=%00", &[("grant_type", "client_credentials"), ("scope", "\0")], "scope"),
    ] {
        let attack = Attack { what: form.to_owned(), body: vec![], field: Some(field.to_owned()), status: None };
        let request = server.request("POST", door.path).header("authorization", doors::signature(&server, parameters));
        check(&door, &attack, &request.form(form).send().await);
    }
    assert_eq!(standing(&server).await, before);
    server.stop().await;
}

/// Whatever a visiting agent asks about enters the log, so the log must hold it.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_as_odd_as_may_be_is_answered_and_its_event_is_kept() {
    on_both(|start| async {
        let server = furnished(start).await;
        let entered = server.post("/v1/realms/acme/support-sessions", MIA, r#"{"reason":"asked to"}"#).await.expect(201);
        let session = entered["token"].as_str().unwrap();
        let (long, wide) = ("x".repeat(300_000), "\u{10ffff}\u{7f}\"\\\n\u{202e}\u{85}".repeat(20_000));
        for odd in [&long, &wide, "\u{1}\u{1b}[31m", "../..", "*", " ", "a/b:c", "\u{feff}", "ß"] {
            for (kind, id, action) in [(odd, "P1", "retrieve"), ("config:plan", odd, "retrieve"), ("config:plan", "P1", odd)] {
                let ask = json!({
                    "subject": { "type": "support", "id": "mia.falk@here.com", "properties": { odd: odd } },
                    "action": { "name": action }, "resource": { "type": kind, "id": id }, "context": { odd: [odd] },
                });
                let before = server.get("/v1/realms/acme/audit/events?limit=1", ADA).await.expect(200)["size"].as_u64();
                let reply = server.post("/access/v1/evaluation", session, &ask.to_string()).await;
                let size = server.get("/v1/realms/acme/audit/events?limit=1", ADA).await.expect(200)["size"].as_u64();
                let place: String = ask.to_string().chars().take(300).collect();
                match reply.status {
                    200 => assert_eq!(size, before.map(|size| size + 1), "{place}"),
                    400 | 413 => assert_eq!(size, before, "{place}"),
                    other => panic!("{other}: {place}"),
                }
            }
        }
        let note = server.get("/v1/realms/acme/audit/checkpoint", ADA).await.text();
        let bundle = server.get("/v1/realms/acme/audit/export", ADA).await.body;
        let report = vestibule_core::audit::verify(&bundle, &[], Some(&note), &Default::default());
        assert_eq!(report.exit_code(), 0, "{report}");
        server.stop().await;
    })
    .await;
}

/// The same requests unspoilt are taken, to the last byte: the tests above could fail.
#[tokio::test]
async fn the_longest_body_that_is_well_formed_is_taken() {
    let server = furnished(Start::on(crate::harness::databases::Database::sqlite())).await;
    for door in takers() {
        server.clock.advance_ms(MINUTE_MS);
        let body = attacks::padded(&door.good_body().unwrap().to_string(), door.bytes_max());
        assert_eq!(body.len(), door.bytes_max());
        let reply = door.request(&server).json(&body).send().await;
        let is_taken = reply.status < 300
            || egain::is_about_what_is_stored(&door, &reply)
            || organization::is_about_what_is_stored(&door, &reply)
            || wavefront::is_about_what_is_stored(&door, &reply);
        assert!(is_taken, "{door:?}: {} {}", reply.status, reply.text());
    }
    server.stop().await;
}
