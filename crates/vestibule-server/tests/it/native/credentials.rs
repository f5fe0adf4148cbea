//! Credentials: shown once, good at once, and no longer than they are to be.

use serde_json::{Value, json};

use super::{ask, at, each, fields, get, patch, post, text, told_after, walk};
use crate::harness::{ADA, BEN, Server, Start, databases::Database, doors, on_both};

const BENS: &str = "/accounts/ben@acme.example/credentials";

/// Whether a token proves anything: Ben has no right, so that it does is a 403.
async fn proves(server: &Server, token: &str) -> bool {
    match server.get(&at(""), token).await.status {
        403 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

/// Whether a key pair gets a token.
async fn signs_in(server: &Server, id: &str, secret: &str) -> bool {
    let request = server.request("POST", "/oauth/token").header("authorization", doors::basic(id, secret));
    match request.form("grant_type=client_credentials").send().await.status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_and_proves_until_it_is_switched_off_ends_or_is_revoked() {
    on_both(|start| async move {
        let server = start.run().await;
        let before = super::log_size(&server).await;
        let wish = json!({ "kind": "token", "name": " laptop ", "expires_at": "2027-01-16T08:00:00Z" });
        // The manifest's token is older.
        server.clock.advance_ms(1);
        let make = || server.request("POST", &at(BENS)).bearer(ADA).header("idempotency-key", "laptop").json(wish.to_string()).send();
        let (reply, again) = (make().await, make().await);
        let made = reply.expect(201);
        assert_eq!(again.expect(201), made, "with its token, to whoever did not hear the first answer");
        let (id, token) = (text(&made["id"]), text(&made["token"]));
        assert_eq!(reply.header("location"), Some(&*at(&format!("{BENS}/{id}"))));
        let mut shown = made.clone();
        shown.as_object_mut().unwrap().remove("token");
        let expected = json!({
            "id": id, "kind": "token", "name": "laptop", "enabled": true, "expires_at": "2027-01-16T08:00:00Z", "created_at": "2027-01-15T08:00:00.001Z",
        });
        assert_eq!(shown, expected);
        let (one, held) = (format!("{BENS}/{id}"), get(&server, BENS).await);
        assert_eq!((&get(&server, &one).await, &held["items"][0], each(held["items"].as_array().unwrap(), "kind").len()), (&shown, &shown, 2));

        assert!(proves(&server, &token).await);
        let off = patch(&server, &one, json!({ "enabled": false, "name": "old laptop" })).await.expect(200);
        assert_eq!((&off["enabled"], &off["name"]), (&json!(false), &json!("old laptop")));
        assert!(!proves(&server, &token).await && proves(&server, BEN).await);
        patch(&server, &one, json!({ "enabled": true })).await.expect(200);
        assert!(proves(&server, &token).await);
        let told = told_after(&server, before).await;
        assert_eq!(told, ["credential.created", "credential.updated", "credential.updated"]);
        patch(&server, &one, json!({ "enabled": true, "expires_at": "2027-01-16T08:00:00Z" })).await.expect(200);
        assert_eq!(told_after(&server, before).await, told, "what is as wanted already is no change");

        let left = "2027-01-16T08:00:00Z".parse::<vestibule_core::time::Timestamp>().unwrap().millis() - server.clock.now().millis();
        server.clock.advance_ms(left - 1);
        assert!(proves(&server, &token).await);
        server.clock.advance_ms(1);
        assert!(!proves(&server, &token).await, "at its end and not before");
        assert_eq!(patch(&server, &one, json!({ "expires_at": null })).await.expect(200).get("expires_at"), None);
        assert!(proves(&server, &token).await);
        ask(&server, "DELETE", &one).await.expect_status(204);
        assert!(!proves(&server, &token).await);
        for method in ["GET", "DELETE"] {
            ask(&server, method, &one).await.expect(404);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_key_signs_requests_of_whoever_it_was_made_for() {
    on_both(|start| async move {
        let server = start.run().await;
        let keys = "/accounts/sa::app/credentials";
        let made = post(&server, keys, json!({ "kind": "access-key", "name": "upload" })).await.expect(201);
        let (id, secret) = (text(&made["public_id"]), text(&made["secret"]));
        assert_eq!((made.get("token"), &made["kind"]), (None, &json!("access-key")));
        assert!(signs_in(&server, &id, &secret).await && !signs_in(&server, &id, "another secret").await);
        let listed = walk(&server, keys, 1).await;
        assert_eq!((listed.len(), &listed[0]["public_id"], listed[0].get("secret")), (3, &made["public_id"], None));
        let one = format!("{keys}/{}", text(&made["id"]));
        patch(&server, &one, json!({ "enabled": false })).await.expect(200);
        assert!(!signs_in(&server, &id, &secret).await);
        ask(&server, "GET", &format!("{BENS}/{}", text(&made["id"]))).await.expect(404);
        ask(&server, "DELETE", &format!("{BENS}/{}", text(&made["id"]))).await.expect(404);
        ask(&server, "DELETE", &one).await.expect_status(204);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_credential_that_nobody_should_have_is_not_made() {
    let server = Start::on(Database::sqlite()).run().await;
    let scope = |realm: &str| format!("hrn:here:authorization::{realm}:project/atlas");
    let now = server.clock.now();
    for (body, faults) in [
        (json!({ "kind": "password" }), &["kind"][..]),
        (json!({ "kind": "token", "scope": scope("other") }), &["scope"]),
        (json!({ "kind": "token", "expires_at": now.plus_millis(1).to_string() }), &["expires_at"]),
        (json!({ "kind": "token", "secret": "of-my-own-choice" }), &["secret"]),
    ] {
        // The clock stands at the instant that is asked for.
        assert_eq!(fields(&post(&server, BENS, body.clone()).await), faults, "{body}");
        server.clock.set(now);
    }
    let scoped = post(&server, BENS, json!({ "kind": "token", "scope": scope("acme") })).await.expect(201);
    assert_eq!(scoped["scope"], scope("acme"));
    server.get(&at(""), &text(&scoped["token"])).await.expect(403);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_holds_twenty_tokens_and_twenty_keys() {
    on_both(|start| async move {
        let server = start.run().await;
        let app = "/accounts/sa::app/credentials";
        for (kind, there, full) in [("token", 0, "holds 20 tokens"), ("access-key", 2, "holds 20 access keys")] {
            for _ in there..20 {
                post(&server, app, json!({ "kind": kind })).await.expect(201);
            }
            let refused = post(&server, app, json!({ "kind": kind })).await.expect(409);
            assert!(refused["detail"].as_str().unwrap().contains(full), "{refused}");
        }
        let held = walk(&server, app, 7).await;
        assert_eq!(held.len(), 40);
        let ids = each(&held, "id");
        assert!(ids.is_sorted_by(|a, b| a.as_str() > b.as_str()), "newest first");
        let oldest = held.iter().rfind(|one| one["kind"] == "token").map(|one: &Value| text(&one["id"])).unwrap();
        ask(&server, "DELETE", &format!("{app}/{oldest}")).await.expect_status(204);
        post(&server, app, json!({ "kind": "token" })).await.expect(201);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_key_says_where_people_may_be_sent_back_to() {
    on_both(|start| async move {
        let server = start.run().await;
        let (back, app) = ("https://app.example/back", "com.example.app:/back");
        let wish = json!({ "kind": "access-key", "redirect_uris": [back, app, back] });
        let made = post(&server, BENS, wish).await.expect(201);
        assert_eq!(made["redirect_uris"], json!([back, app]), "each once");
        let one = format!("{BENS}/{}", text(&made["id"]));
        assert_eq!(get(&server, &one).await["redirect_uris"], json!([back, app]));
        let changed = patch(&server, &one, json!({ "redirect_uris": [app] })).await.expect(200);
        assert_eq!((&changed["redirect_uris"], &get(&server, &one).await), (&json!([app]), &changed));
        for odd in [json!(["http://app.example/"]), json!(["javascript:alert(1)"]), json!([7]), json!(back)] {
            assert_eq!(patch(&server, &one, json!({ "redirect_uris": odd })).await.status, 400, "{odd}");
        }
        let many: Vec<_> = (0..11).map(|at| format!("https://app.example/{at}")).collect();
        assert_eq!(patch(&server, &one, json!({ "redirect_uris": many })).await.status, 400);
        let token = post(&server, BENS, json!({ "kind": "token", "redirect_uris": [back] })).await;
        assert_eq!(token.status, 400, "no client's");
        let none = patch(&server, &one, json!({ "redirect_uris": [] })).await.expect(200);
        assert_eq!(none.get("redirect_uris"), None);
        server.stop().await;
    })
    .await;
}
