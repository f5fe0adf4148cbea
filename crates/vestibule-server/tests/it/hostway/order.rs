//! The order of checks (section 3), and each status of section 2.2.

use vestibule_core::help_desk::DeskSettings;

use super::{ADMIN, APP, BEN, EVE, LINK, PASSWORD, billing, delete, forbidden, get, not_found, put, refused, request, server, set_desk};
use crate::harness::{Server, doors::basic, hostway, http::Reply, on_both};

#[track_caller]
fn unauthorized(reply: &Reply) {
    refused(reply, 401, "unauthorized", "Unauthorized");
    assert_eq!(reply.header("www-authenticate"), Some(r#"Basic realm="api", charset="UTF-8""#));
}

/// An answer without what names this one refusal.
fn told(reply: &Reply) -> (u16, String, Vec<(String, String)>) {
    let text = reply.text();
    let (before, after) = text.split_once(r#""guid":""#).unwrap();
    let headers = reply.headers.iter().filter(|(name, _)| !["date", "x-request-id", "x-correlation-id"].contains(&name.as_str()));
    (reply.status, format!("{before}{}", &after[36..]), headers.map(|(name, value)| (name.clone(), value.clone())).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_come_in_their_published_order() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        let at = |account: &str, kind: &str| format!("/accounts/{account}/contacts/{kind}/supportSSOLink");
        // 1: route and method, whoever asks.
        not_found(&server.request("GET", &format!("{LINK}/more")).send().await);
        for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            let reply = server.request(method, LINK).send().await;
            assert_eq!((reply.status, reply.header("allow")), (405, Some("GET")), "{method}");
            if method != "HEAD" {
                refused(&reply, 405, "badMethod", "Method not allowed");
            }
        }
        // 2: the credential, before anything is looked for.
        for path in [LINK, &at("nobodys", "technical"), &at("acct-515393", "owner")] {
            unauthorized(&server.request("GET", path).send().await);
            unauthorized(&get(&server, path, (APP.0, "wrong")).await);
        }
        // 3: the account; 4: the permission; 5: the contact.
        let absent = told(&get(&server, &at("nobodys", "technical"), APP).await);
        assert_eq!(absent.0, 404);
        for kind in ["technical", "owner"] {
            assert_eq!(told(&get(&server, &at("nobodys", kind), BEN).await), absent, "{kind}");
            assert_eq!(told(&get(&server, &at("acct-of-other", kind), ADMIN).await), absent, "{kind}");
            forbidden(&get(&server, &at("acct-515393", kind), BEN).await);
            forbidden(&get(&server, &at("acct-2", kind), APP).await);
            forbidden(&get(&server, &at("acct-3", kind), APP).await);
            // The right on the account is not enough while it is suspended; the elevated one is, and there is nobody.
            assert_eq!(told(&get(&server, &at("acct-3", kind), ADMIN).await), absent, "{kind}");
        }
        for kind in ["owner", "Technical", "primary", "*"] {
            assert_eq!(told(&get(&server, &at("acct-515393", kind), APP).await), absent, "{kind}");
        }
        // 6: the address; 7: the help desk, then what the link would carry.
        set_desk(&server, DeskSettings { enabled: false, ..DeskSettings::at("acme") }).await;
        refused(&get(&server, &billing(), APP).await, 403, "forbidden", "Email address is not verified");
        let astray = format!("{LINK}?return_to=https://evil.example/");
        refused(&get(&server, &astray, APP).await, 409, "conflictingRequest", "No help desk is configured");
        set_desk(&server, DeskSettings::at("acme")).await;
        refused(&get(&server, &astray, APP).await, 400, "badRequest", "Query data error");
        let twice = get(&server, &format!("{LINK}?return_to=/&return_to=/"), APP).await;
        refused(&twice, 400, "badRequest", "Query data error");
        // And whoever asks for an account that is purged learns nothing of it, not even that its address is unverified.
        get(&server, LINK, APP).await.expect(200);
        assert_eq!(delete(&server, "/accounts/acct-515393", ADMIN).await.status, 204);
        for path in [LINK, &billing()] {
            assert_eq!(told(&get(&server, path, APP).await), absent);
            assert_eq!(told(&get(&server, path, ADMIN).await), absent);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_credential_is_that_of_the_realm_that_the_path_names() {
    let server = server().await;
    let below = |realm: &str| format!("/realms/{realm}{LINK}");
    let link = get(&server, &below("acme"), APP).await.expect(200);
    assert_eq!(link["links"][0]["href"], format!("http://{}/realms/acme{LINK}/", server.address));
    for realm in ["other", "vendor", "nobodys", "ACME", "%ff"] {
        let reply = get(&server, &below(realm), APP).await;
        // A path that cannot be read names nothing; but who asks is asked first.
        if realm == "%ff" { not_found(&reply) } else { unauthorized(&reply) }
    }
    not_found(&get(&server, &below("other"), EVE).await);
    not_found(&get(&server, LINK, EVE).await);
    for who in [("sso_app", ""), ("", ""), ("sso_app ", APP.1), ("nobody", PASSWORD)] {
        unauthorized(&get(&server, LINK, who).await);
    }
    // Names of accounts are found in any case, as everywhere.
    get(&server, LINK, ("SSO_APP", APP.1)).await.expect(200);
    server.stop().await;
}

/// Guesses, then asks properly.
async fn guess(server: &Server, times: usize) -> Reply {
    for _ in 0..times {
        unauthorized(&get(server, LINK, (APP.0, "guessed")).await);
    }
    get(server, LINK, (APP.0, "guessed")).await
}

#[tokio::test]
async fn whoever_guesses_waits() {
    let server = server().await;
    let reply = guess(&server, 10).await;
    refused(&reply, 429, "overLimit", "Too many requests");
    assert_eq!(reply.header("retry-after"), Some("60"));
    // The name's own failures: another name is let in.
    get(&server, LINK, ADMIN).await.expect(200);
    server.clock.advance_ms(60_000);
    get(&server, LINK, APP).await.expect(200);
    // A password that was proven is not guessed.
    refused(&guess(&server, 10).await, 429, "overLimit", "Too many requests");
    get(&server, LINK, APP).await.expect(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_links_for_one_contact_are_refused_for_a_while() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        for _ in 0..120 {
            get(&server, LINK, APP).await.expect(200);
        }
        server.clock.advance_ms(10_000);
        let reply = get(&server, LINK, APP).await;
        refused(&reply, 429, "overLimit", "Too many requests");
        assert_eq!(reply.header("retry-after"), Some("50"));
        get(&server, "/accounts/acct-515393/contacts/regular/supportSSOLink", APP).await.expect(200);
        server.clock.advance_ms(49_999);
        assert_eq!(get(&server, LINK, APP).await.status, 429);
        server.clock.advance_ms(1);
        get(&server, LINK, APP).await.expect(200);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_body_too_long_is_refused_and_one_on_a_get_is_passed_over() {
    let server = server().await;
    let path = "/accounts/acct-515393/contacts/regular";
    let reply = request(&server, "PUT", path, APP).json(vec![b' '; 65_537]).send().await;
    refused(&reply, 413, "overLimit", "POST data error");
    assert_eq!(put(&server, path, APP, &hostway::person("rae@example.net")).await.status, 204);
    let with_body = server.request("GET", LINK).header("authorization", basic(APP.0, APP.1)).json("{").send().await;
    with_body.expect(200);
    server.stop().await;
}
