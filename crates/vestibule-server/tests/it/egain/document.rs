//! The surface is held to its own OpenAPI document: each answer has a status, headers and a shape that the document gives it.

use vestibule_server::dialects::egain::{document, negotiate::Media};

use super::{grant, grants, server};
use crate::{
    harness::{
        BEN, Server,
        egain::{GUS, SAL, doors},
        http::Request,
    },
    openapi::document::Document,
};

/// A request that is taken, or nearly.
fn good(server: &Server, verb: &str, path: &str) -> Request {
    let request = server.request(&verb.to_uppercase(), path).bearer(SAL);
    let media = if path.contains("v12") { Media::Xml } else { Media::Json };
    match verb {
        "post" => request.header("content-type", media.as_str()).body(grants(&["2210"], &["2214"], media)),
        "delete" if path.ends_with("/grant") => request.header("content-type", media.as_str()).body(grants(&[], &["2214"], media)),
        _ => request,
    }
}

#[tokio::test]
async fn every_answer_is_a_documented_one() {
    let server = server(false).await;
    let served = server.request("GET", document::PATH).send().await.expect(200);
    assert_eq!(served, document::document(&format!("http://{}", server.address)));
    let document = Document::of(served);
    // The siblings are held to it where they are tried.
    for door in doors().filter(|door| door.path.contains("/grant")) {
        let path = door.path.replace("{realm}", "acme").replace("{id}", "2210").replace("{grantedcustomerid}", "2214");
        let unknown = path.replace("2210", "9");
        grant(&server, GUS, "2210", &["2214"]).await.expect_status(201);
        let mut seen = Vec::new();
        for request in [
            good(&server, door.verb, &path),
            good(&server, door.verb, &path).header("accept", "application/xml").header("x-egain-error-message", "yes"),
            good(&server, door.verb, &unknown),
            good(&server, door.verb, &unknown).header("accept", "application/json").header("x-egain-error-message", "yes"),
            good(&server, door.verb, &path).header("accept-language", "tlh"),
            good(&server, door.verb, &path).header("accept", "text/html"),
            good(&server, door.verb, &path).header("authorization", "Bearer nobody"),
            good(&server, door.verb, &format!("{path}?x=1")),
            server.request(&door.method(), &path).bearer(BEN).header("content-type", "text/plain").body("x"),
            server.request(&door.method(), &path).bearer(BEN),
            server.request(&door.method(), &path),
            server.request(&door.method(), &path.replace("/acme/", "/nobodys/")).bearer(SAL),
        ] {
            let reply = request.send().await;
            document.check(door.verb, door.path, &reply);
            seen.push(reply.status);
        }
        // Customers alone read their own grants.
        let taken = if path.ends_with("/customer/grants") { 403 } else { seen[0] };
        assert!(taken == seen[0] && (taken == 403 || taken < 300), "{} {path}: {seen:?}", door.verb);
        for status in [401, 406] {
            let is_own = path.ends_with("/customer/grants") && status == 406;
            assert!(is_own || seen.contains(&status), "{} {path}: {seen:?} without {status}", door.verb);
        }
    }
    server.stop().await;
}
