//! Verifying an address (section 4.2): a letter goes out, and its link comes back, by a program or by a person.

use serde_json::{Value, json};

use super::{ADMIN, APP, BEN, billing, claims, faults, forbidden, get, letter, link, not_found, post, put, refused, server};
use crate::harness::{
    Server,
    hostway::{self, person},
    http::Reply,
    on_both,
};

const ACTION: &str = "/accounts/acct-515393/contacts/action";
const NO_LINK: &str = "the link is not valid or has expired";

async fn ask(server: &Server) -> (String, String) {
    let reply = post(server, ACTION, APP, &json!({ "action": "verifyEmail", "actionData": "billing" })).await;
    assert_eq!((reply.status, reply.body.len()), (202, 0), "{}", reply.text());
    letter(server).await
}

async fn confirm(server: &Server, selector: &str, secret: &str) -> Reply {
    let body = json!({ "authString": secret, "v": selector });
    server.request("POST", "/validations/email").json(body.to_string()).send().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_verified_by_whoever_got_the_letter_and_the_link_follows() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        refused(&get(&server, &billing(), APP).await, 403, "forbidden", "Email address is not verified");
        let (selector, secret) = ask(&server).await;
        assert_eq!((selector.len(), secret.len()), (22, 43), "16 and 32 bytes");
        refused(&confirm(&server, &selector, &selector).await, 409, "conflictingRequest", NO_LINK);
        refused(&confirm(&server, &secret, &secret).await, 409, "conflictingRequest", NO_LINK);
        let reply = confirm(&server, &selector, &secret).await;
        assert_eq!((reply.status, reply.body.len()), (204, 0));
        assert_eq!(claims(&link(&server, &billing()).await)["email"], "bill@example.net");
        refused(&confirm(&server, &selector, &secret).await, 409, "conflictingRequest", NO_LINK);
        let again = post(&server, ACTION, APP, &json!({ "action": "verifyEmail", "actionData": "billing" })).await;
        refused(&again, 409, "conflictingRequest", "the e-mail address is verified already");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_for_48_hours_for_its_address_and_until_the_next() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        let former = ask(&server).await;
        server.clock.advance_ms(1);
        let (selector, secret) = ask(&server).await;
        refused(&confirm(&server, &former.0, &former.1).await, 409, "conflictingRequest", NO_LINK);
        server.clock.advance_ms(48 * 3_600_000);
        refused(&confirm(&server, &selector, &secret).await, 409, "conflictingRequest", NO_LINK);
        server.clock.advance_ms(-1);
        assert_eq!(confirm(&server, &selector, &secret).await.status, 204);
        // Another address voids a link that is under way, also when the first address comes back.
        let path = "/accounts/acct-515393/contacts/billing";
        assert_eq!(put(&server, path, APP, &person("other@example.net")).await.status, 204);
        server.clock.advance_ms(1);
        let (selector, secret) = ask(&server).await;
        for email in ["third@example.net", "other@example.net"] {
            assert_eq!(put(&server, path, APP, &person(email)).await.status, 204);
        }
        refused(&confirm(&server, &selector, &secret).await, 409, "conflictingRequest", NO_LINK);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_letter_is_asked_for_by_whoever_may_and_for_an_address_that_is_there() {
    let server = server().await;
    let action = |action: Value, data: Value| json!({ "action": action, "actionData": data });
    let good = || action(json!("verifyEmail"), json!("billing"));
    forbidden(&post(&server, ACTION, BEN, &good()).await);
    not_found(&post(&server, "/accounts/nobodys/contacts/action", BEN, &good()).await);
    // Nobody of that type.
    not_found(&post(&server, "/accounts/acct-2/contacts/action", ADMIN, &good()).await);
    let verified = post(&server, ACTION, APP, &action(json!("verifyEmail"), json!("technical"))).await;
    refused(&verified, 409, "conflictingRequest", "the e-mail address is verified already");
    for (body, field) in [
        (action(json!("verify"), json!("billing")), "action"),
        (action(Value::Null, json!("billing")), "action"),
        (action(json!("verifyEmail"), json!("primary")), "actionData"),
        (action(json!("verifyEmail"), Value::Null), "actionData"),
        (action(json!("verifyEmail"), json!(1)), "actionData"),
    ] {
        let told = faults(&post(&server, ACTION, APP, &body).await);
        assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), [field], "{told}");
    }
    assert_eq!(server.get("/v1/realms/acme/outbox", crate::harness::ADA).await.expect(200)["items"], json!([]), "nothing was mailed");
    for _ in 0..10 {
        assert_eq!(post(&server, ACTION, APP, &good()).await.status, 202);
    }
    refused(&post(&server, ACTION, APP, &good()).await, 429, "overLimit", "Too many requests");
    server.stop().await;
}

#[tokio::test]
async fn a_confirmation_that_cannot_be_read_is_refused() {
    let server = server().await;
    let (selector, secret) = ask(&server).await;
    for (body, field) in [
        (json!({ "v": selector }), "authString"),
        (json!({ "authString": secret }), "v"),
        (json!({ "authString": null, "v": selector }), "authString"),
        (json!({ "authString": secret, "v": "" }), "v"),
        (json!({ "authString": [secret], "v": selector }), "authString"),
        (json!({ "authString": secret, "v": "a\0b" }), "v"),
        (json!([secret]), "body"),
    ] {
        let reply = server.request("POST", "/validations/email").json(body.to_string()).send().await;
        let told = faults(&reply);
        assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), [field], "{told}");
        assert!(!reply.text().contains(&secret), "what was sent is not sent back");
    }
    let raw = |media: &'static str, body: Vec<u8>| server.request("POST", "/validations/email").header("content-type", media).body(body);
    refused(&raw("text/plain", b"{}".to_vec()).send().await, 415, "badMediaType", "POST data error");
    refused(&raw("application/json", b"{".to_vec()).send().await, 400, "badRequest", "POST data error");
    refused(&raw("application/json", vec![b' '; 65_537]).send().await, 413, "overLimit", "POST data error");
    for odd in ["x".repeat(10_000), "\u{10ffff}".repeat(100), "../..".to_owned()] {
        refused(&confirm(&server, &odd, &secret).await, 409, "conflictingRequest", NO_LINK);
        refused(&confirm(&server, &selector, &odd).await, 409, "conflictingRequest", NO_LINK);
    }
    // Nobody is asked who they are, and whoever says so is not listened to. Below a realm it is the same address.
    let body = json!({ "authString": secret, "v": selector }).to_string();
    let reply = server.request("POST", "/realms/acme/validations/email").bearer("nobody").json(body).send().await;
    assert_eq!(reply.status, 204);
    server.stop().await;
}

/// Holds a page to what each of them has.
#[track_caller]
fn check_page(reply: &Reply, status: u16, words: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert!(reply.text().contains(words), "{}", reply.text());
    for (header, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
    ] {
        assert_eq!(reply.header(header), Some(value), "{header}");
    }
}

#[tokio::test]
async fn a_person_confirms_on_a_page_and_looking_changes_nothing() {
    let server = server().await;
    let (selector, secret) = ask(&server).await;
    let page = format!("/validations/email?v={selector}&authString={secret}");
    for _ in 0..2 {
        let reply = server.request("GET", &page).send().await;
        check_page(&reply, 200, r#"<form method="post" action="email">"#);
        for (name, value) in [("v", &selector), ("authString", &secret)] {
            assert!(reply.text().contains(&format!(r#"<input type="hidden" name="{name}" value="{value}">"#)), "{}", reply.text());
        }
    }
    check_page(
        &server.request("GET", "/validations/email?v=%22%3E%3Cscript%3E&authString=x").send().await,
        200,
        "&#34;&#62;&#60;script&#62;",
    );
    for query in ["", "?v=x", "?authString=x", "?v=x&v=x&authString=x", "?v=&authString=x"] {
        check_page(&server.request("GET", &format!("/validations/email{query}")).send().await, 400, "cannot be read");
    }
    let form = |body: String| server.request("POST", "/validations/email").form(body);
    for (body, status, words) in [
        ("v=x".to_owned(), 400, "cannot be read"),
        (format!("v={selector}&authString=x"), 409, "This link does not work"),
        (format!("v={selector}&authString={secret}"), 200, "Your address is confirmed"),
        (format!("v={selector}&authString={secret}"), 409, "This link does not work"),
    ] {
        check_page(&form(body).send().await, status, words);
    }
    link(&server, &billing()).await;
    server.stop().await;
}
