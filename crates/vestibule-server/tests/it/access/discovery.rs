//! Where decision points are (`spec/authzen-decisions.md`, sections A6 and F).

use serde_json::Value;

use super::{HARNESS, cert};
use crate::harness::http::Reply;

const AT_ROOT: &str = "/.well-known/authzen-configuration";
const IN_REALM: &str = "/.well-known/authzen-configuration/realms/cert";

/// All texts in it.
fn texts(body: &Value) -> Vec<&str> {
    body.as_object().unwrap().values().map(|value| value.as_str().expect("no null, no list")).collect()
}

#[tokio::test]
async fn a_decision_point_is_described_by_our_own_addresses_and_each_is_served() {
    let server = cert().await;
    let own = format!("http://{}", server.address);
    for (path, point) in [(AT_ROOT, own.clone()), (IN_REALM, format!("{own}/realms/cert"))] {
        let plain = server.request("GET", path).send().await;
        assert_eq!((plain.header("content-type"), plain.header("cache-control")), (Some("application/json"), Some("max-age=300")));
        let described = plain.expect(200);
        assert_eq!(described["policy_decision_point"], point.as_str());
        assert_eq!(texts(&described).len(), 6, "the identifier and five addresses");
        for forged in ["host", "x-forwarded-host", "forwarded"] {
            let reply = server.request("GET", path).header(forged, "evil.example").send().await;
            // Two `Host` headers are refused before anybody looks at them, or mean nothing.
            assert!(!reply.text().contains("evil"), "{forged}");
        }
        for address in texts(&described).into_iter().filter(|address| *address != point) {
            let reply = server.post(address.strip_prefix(&own).unwrap(), HARNESS, "{}").await;
            assert_eq!(reply.status, 400, "{address}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_known_is_not_sent_again_and_nobodys_realm_is_not_found() {
    let server = cert().await;
    let first = server.request("GET", IN_REALM).send().await;
    let tag = first.header("etag").unwrap().to_owned();
    let again = |tag: String| {
        let server = &server;
        async move { server.request("GET", IN_REALM).header("if-none-match", tag).send().await }
    };
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let reply: Reply = again(known).await;
        assert_eq!((reply.status, reply.body.len(), reply.header("etag")), (304, 0, Some(tag.as_str())));
    }
    again("\"x\"".to_owned()).await.expect(200);
    for realm in ["nobodys", "CERT", "", "%ff", "a/b"] {
        server.request("GET", &format!("{AT_ROOT}/realms/{realm}")).send().await.expect(404);
    }
    for path in [AT_ROOT, IN_REALM] {
        let reply = server.post(path, HARNESS, "{}").await;
        assert!(reply.header("allow").unwrap().contains("GET"));
        reply.expect(405);
    }
    server.stop().await;
}
