//! The pitfalls of section 7, each by its number. Where another test goes through one case by case, here is its heart.

use std::collections::BTreeSet;

use serde_json::json;
use vestibule_core::help_desk::DeskSettings;

use super::{
    ADMIN, APP, BEN, EVE, LINK, billing, by_form, claims, events, forms, get, letter, link, not_found, post, put, refused, request, server,
    set_desk, token,
};
use crate::{
    canaries::cage::{Canaries, Lines},
    harness::{
        ADA,
        hostway::{self, DESK_SECRET, person},
        on_both,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn pitfall_1_the_secret_is_shown_to_nobody() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        let mut canaries = Canaries::default();
        canaries.add("the secret", DESK_SECRET);
        get(&server, LINK, APP).await.expect(200);
        for path in ["help-desk", "help-desk/secrets", "audit/events?limit=1000", "audit/export?disclosures=true"] {
            let reply = server.get(&format!("/v1/realms/acme/{path}"), ADA).await;
            assert_eq!(reply.status, 200, "{path}");
            canaries.check(path, &reply.body);
        }
        canaries.check("the database", &server.database.bytes().await);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pitfall_2_no_token_no_code_and_no_password_is_in_a_log_line_or_in_the_database() {
    let lines = Lines::listen();
    on_both(|start| {
        let lines = lines.clone();
        async move {
            let server = hostway::run(start).await;
            let mut canaries = Canaries::default();
            canaries.add("a password", APP.1);
            canaries.add("the secret", DESK_SECRET);
            for _ in 0..3 {
                let link = link(&server, &format!("{LINK}?return_to=%2Fcanary")).await;
                canaries.add("a token", &token(&link));
                canaries.add("a signature", token(&link).rsplit_once('.').unwrap().1);
                canaries.add("a jti", claims(&link)["jti"].as_str().unwrap());
            }
            refused(&get(&server, LINK, (APP.0, "canary-wrong-password")).await, 401, "unauthorized", "Unauthorized");
            canaries.add("a wrong password", "canary-wrong-password");
            set_desk(&server, by_form()).await;
            let path = forms::page(&server, "").await;
            canaries.add("a code", path.rsplit_once('/').unwrap().1);
            let carried = server.request("POST", &path).form("").send().await.text();
            canaries.add("a carried token", carried.split_once(r#"name="jwt" value=""#).unwrap().1.split('"').next().unwrap());
            let verify = json!({ "action": "verifyEmail", "actionData": "billing" });
            assert_eq!(post(&server, "/accounts/acct-515393/contacts/action", APP, &verify).await.status, 202);
            let (selector, secret) = letter(&server).await;
            canaries.add("an authString", &secret);
            let wrong = json!({ "v": selector, "authString": "canary-authString-of-nobody" }).to_string();
            canaries.add("a wrong authString", "canary-authString-of-nobody");
            assert_eq!(server.request("POST", "/validations/email").json(wrong).send().await.status, 409);
            server.request("GET", &format!("/validations/email?v={selector}&authString={secret}")).send().await.expect_status(200);
            let result = format!("/sso/result?kind=error&message=at+/access/jwt?jwt={}", canary_token());
            canaries.add("a token in a message", &canary_token());
            server.request("GET", &result).send().await.expect_status(200);

            canaries.prove();
            let logged = lines.bytes();
            let text = String::from_utf8_lossy(&logged).into_owned();
            assert!(text.contains("supportSSOLink answered 200") && text.contains("at /access/jwt?"), "the log was heard");
            canaries.check("a log line", &logged);
            canaries.check("the database", &server.database.bytes().await);
            tracing::trace!("a slip: {secret}");
            assert_eq!(canaries.in_heap(&lines.bytes()), ["an authString"], "a slip would be found");
            lines.clear();
            server.stop().await;
        }
    })
    .await;
}

fn canary_token() -> String {
    ["eyJ0eXAiOiJKV1QifQ", "eyJjYW5hcnkiOjF9", "canary-signature"].join(".")
}

#[tokio::test]
async fn pitfall_3_each_call_makes_a_token_of_its_own_that_nobody_keeps() {
    let server = server().await;
    let (mut tokens, mut jtis) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..10 {
        let reply = get(&server, LINK, APP).await;
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let link = reply.expect(200)["ssoLink"].as_str().unwrap().to_owned();
        tokens.insert(token(&link));
        jtis.insert(claims(&link)["jti"].as_str().unwrap().to_owned());
    }
    assert_eq!((tokens.len(), jtis.len()), (10, 10));
    // A client that knows the former answer gets a new one.
    let reply =
        request(&server, "GET", LINK, APP).header("if-none-match", "*").header("if-modified-since", "Fri, 15 Jan 2027 08:00:00 GMT");
    assert_eq!(reply.send().await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn pitfall_4_pages_load_nothing_and_tell_nobody_where_their_reader_came_from() {
    let server = server().await;
    set_desk(&server, by_form()).await;
    let path = forms::page(&server, "").await;
    for (method, path) in [("GET", path.as_str()), ("POST", &path), ("GET", "/sso/result"), ("GET", "/validations/email?v=x&authString=y")]
    {
        let reply = server.request(method, path).header("origin", "https://evil.example").send().await;
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{method} {path}");
        assert_eq!(reply.header("access-control-allow-origin"), None, "{method} {path}");
        let text = reply.text();
        for loads in ["src=", "href=", "<link", "@import", "http-equiv"] {
            assert!(!text.contains(loads), "{method} {path}: {text}");
        }
    }
    let reply = request(&server, "GET", LINK, APP).header("origin", "https://evil.example").send().await;
    assert_eq!((reply.header("access-control-allow-origin"), reply.header("referrer-policy")), (None, Some("no-referrer")));
    server.stop().await;
}

#[tokio::test]
async fn pitfall_5_nobody_is_sent_back_anywhere_but_to_the_help_desk() {
    let server = server().await;
    for settings in [DeskSettings::at("acme"), by_form()] {
        set_desk(&server, settings).await;
        for astray in [
            "",
            "hc",
            "//evil.example",
            "/%5Cevil.example",
            "/%09/evil.example",
            "/a%0D%0Ab",
            "http://acme.zendesk.com/",
            "https://evil.example/",
            "https://acme.zendesk.com.evil.example/",
            "https://acme.zendesk.com@evil.example/",
            "https://acme.zendesk.com:443/",
            "https://evil.example%5C.acme.zendesk.com/",
            "javascript:alert(1)",
        ] {
            let reply = get(&server, &format!("{LINK}?return_to={astray}"), APP).await;
            refused(&reply, 400, "badRequest", "Query data error");
            assert!(reply.json()["badRequest"]["details"]["return_to"].is_string(), "{astray}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn pitfall_6_the_algorithm_is_nobodys_to_choose() {
    let server = server().await;
    for query in ["", "?alg=none", "?alg=HS512&typ=x"] {
        let token = token(&link(&server, &format!("{LINK}{query}")).await);
        assert_eq!(token.split('.').next(), Some("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"), "{query}");
    }
    // What a help desk makes of other algorithms is tried in `help_desk.rs`.
    server.stop().await;
}

#[tokio::test]
async fn pitfall_7_only_the_stored_contact_is_asserted_and_never_a_role() {
    let server = server().await;
    let wishes = "?email=agent@acme.example&name=Agent&role=admin&external_id=1&tags=vip&user_fields=x&subdomain=evil&realm=other";
    let told = claims(&link(&server, &format!("{LINK}{wishes}")).await);
    assert_eq!((&told["email"], &told["name"]), (&json!("dana.reyes@example.net"), &json!("Dana Reyes")));
    assert_eq!(told.as_object().unwrap().len(), 4, "{told}");
    let path = "/accounts/acct-515393/contacts/technical";
    for (member, odd) in [("firstName", "Da\r\nna"), ("lastName", "R\u{0}"), ("company", "a\u{7}b")] {
        let mut sent = person("dana.reyes@example.net");
        sent["name"][member] = json!(odd);
        assert_eq!(put(&server, path, APP, &sent).await.status, 400, "{member}");
    }
    for odd in ["a@b.example\r\nbcc:x@y.example", "a b@c.example", "a@b@c.example"] {
        assert_eq!(put(&server, path, APP, &person(odd)).await.status, 400, "{odd:?}");
    }
    for barred in ["dana.reyes@EXAMPLE.net", "example.net"] {
        set_desk(&server, DeskSettings { barred: vec![barred.to_owned()], ..DeskSettings::at("acme") }).await;
        refused(&get(&server, LINK, APP).await, 403, "forbidden", "Email address is not allowed");
    }
    set_desk(&server, DeskSettings::at("acme")).await;
    assert_eq!(put(&server, path, APP, &person("somebody@example.net")).await.status, 204);
    refused(&get(&server, LINK, APP).await, 403, "forbidden", "Email address is not verified");
    server.stop().await;
}

#[tokio::test]
async fn pitfall_8_nobody_learns_which_accounts_there_are() {
    let server = server().await;
    let bare = |reply: crate::harness::http::Reply| {
        let text = reply.text();
        let (before, after) = text.split_once(r#""guid":""#).unwrap();
        (reply.status, format!("{before}{}", &after[36..]))
    };
    let at = |account: &str| format!("/accounts/{account}/contacts/technical/supportSSOLink");
    let absent = bare(get(&server, &at("nobodys"), APP).await);
    assert_eq!(absent.0, 404);
    assert_eq!(bare(get(&server, &at("acct-of-other"), APP).await), absent);
    let unknown = bare(get(&server, &at("acct-515393"), ("nobody", "x")).await);
    for (account, who) in [("acct-515393", (APP.0, "x")), ("nobodys", ("nobody", "x")), ("nobodys", (APP.0, "x"))] {
        assert_eq!(bare(get(&server, &at(account), who).await), unknown);
    }
    assert_eq!(unknown.0, 401);
    server.stop().await;
}

#[tokio::test]
async fn pitfall_9_a_token_says_when_it_was_signed_in_whole_seconds() {
    let server = server().await;
    for (advance_ms, iat) in [(0, 1_800_000_000), (999, 1_800_000_000), (1, 1_800_000_001)] {
        server.clock.advance_ms(advance_ms);
        let told = claims(&link(&server, LINK).await);
        assert_eq!(told["iat"], json!(iat));
        for absent in ["exp", "nbf", "aud", "iss"] {
            assert!(told.get(absent).is_none(), "{absent}");
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pitfall_10_the_realm_is_the_callers_and_what_it_is_refused_is_told_there() {
    on_both(|start| async move {
        let server = hostway::run(start).await;
        for path in [LINK.to_owned(), billing(), "/accounts/acct-515393".to_owned(), "/accounts/acct-515393/contacts".to_owned()] {
            not_found(&get(&server, &path, EVE).await);
            not_found(&get(&server, &format!("{path}?realm=acme&subdomain=acme"), EVE).await);
        }
        not_found(&put(&server, "/accounts/acct-515393", EVE, &json!({ "status": "closed" })).await);
        not_found(&request(&server, "DELETE", "/accounts/acct-515393", EVE).send().await);
        not_found(&get(&server, "/accounts/acct-of-other", ADMIN).await);
        assert_eq!(get(&server, LINK, BEN).await.status, 403);
        assert_eq!(get(&server, &billing(), APP).await.status, 403);
        let denied = events(&server, "request.denied").await;
        let told: Vec<_> = denied.iter().map(|event| (event["reason"]["code"].as_str().unwrap(), &event["data"]["attempted"])).collect();
        let attempted = json!("handoff.issue");
        assert_eq!(told, [("default_deny", &attempted), ("email_not_verified", &attempted)]);
        get(&server, LINK, APP).await.expect(200);
        server.stop().await;
    })
    .await;
}
