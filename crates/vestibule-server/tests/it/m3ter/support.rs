//! The support grant: S1 and S2 (section 5 of the page).

use serde_json::{Value, json};

use super::{ORG, get, put, refused, server};
use crate::harness::{ADA, BEN, EVE, on_both};

fn rule() -> Value {
    json!({ "effect": "allow", "action": ["config:retrieve"], "resource": ["config:*"] })
}

fn grant(ends_at: &str, version: Option<i64>) -> Value {
    let mut body = json!({ "dtEndSupportUsersAccess": ends_at, "supportUsersPermissionPolicy": [rule()] });
    if let Some(version) = version {
        body["version"] = version.into();
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_example_is_answered_as_the_page_has_it() {
    on_both(|start| async move {
        let server = start.run().await;
        refused(&get(&server, "/support", ADA).await, 404);
        let first = put(&server, "/support", ADA, &grant("2031-03-01T00:00:00Z", None)).await;
        let expected = format!(
            r#"{{"id":"{ORG}","version":1,"dtEndSupportUsersAccess":"2031-03-01T00:00:00.000Z","supportUsersPermissionPolicy":[{{"effect":"allow","action":["config:retrieve"],"resource":["config:*"]}}]}}"#
        );
        assert_eq!((first.status, first.text().as_str()), (200, expected.as_str()));
        assert_eq!(get(&server, "/support", ADA).await.text(), expected);

        let update = json!({ "version": 1, "dtEndSupportUsersAccess": "2031-02-01T12:00:00+02:00", "supportUsersPermissionPolicy": [] });
        let second = put(&server, "/support", ADA, &update).await.expect(200);
        let cleared = json!({ "id": ORG, "version": 2, "dtEndSupportUsersAccess": "2031-02-01T10:00:00.000Z", "supportUsersPermissionPolicy": [] });
        assert_eq!(second, cleared);
        refused(&put(&server, "/support", ADA, &update).await, 400);
        assert_eq!(get(&server, "/support", ADA).await.expect(200), cleared);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_must_be_the_stored_one_and_on_creation_absent() {
    let server = server().await;
    let end = "2031-03-01T00:00:00Z";
    for needless in [0, 1] {
        refused(&put(&server, "/support", ADA, &grant(end, Some(needless))).await, 400);
    }
    refused(&get(&server, "/support", ADA).await, 404);
    put(&server, "/support", ADA, &grant(end, None)).await.expect(200);
    for stale in [None, Some(0), Some(2)] {
        refused(&put(&server, "/support", ADA, &grant(end, stale)).await, 400);
    }
    let as_terraform = json!({ "dtEndSupportUsersAccess": end, "version": null });
    refused(&put(&server, "/support", ADA, &as_terraform).await, 400);
    let after = put(&server, "/support", ADA, &grant(end, Some(1))).await.expect(200);
    assert_eq!(after["version"], 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_door_sets_the_other_shows() {
    let server = server().await;
    let window = "/v1/realms/acme/support-access/window";
    put(&server, "/support", ADA, &grant("2031-03-01T00:00:00Z", None)).await.expect(200);
    let native = server.get(window, ADA).await.expect(200);
    assert_eq!((&native["version"], &native["ends_at"]), (&json!(1), &json!("2031-03-01T00:00:00Z")));
    assert_eq!(native["statements"], json!([{ "effect": "allow", "actions": ["config:retrieve"], "resources": ["config:*"] }]));

    let body = json!({ "ends_at": "2032-01-01T00:00:00Z", "statements": [{ "effect": "deny", "actions": ["all"], "resources": ["*"] }] });
    server.request("PUT", window).bearer(ADA).json(body.to_string()).send().await.expect(200);
    let shown = get(&server, "/support", ADA).await.expect(200);
    assert_eq!((&shown["version"], &shown["dtEndSupportUsersAccess"]), (&json!(2), &json!("2032-01-01T00:00:00.000Z")));
    assert_eq!(shown["supportUsersPermissionPolicy"], json!([{ "effect": "deny", "action": ["all"], "resource": ["*"] }]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gets_past_the_door() {
    let server = server().await;
    for (token, why) in [(BEN, "`config:retrieve` is not allowed"), (EVE, "the token is not one of this organization")] {
        assert_eq!(refused(&get(&server, "/support", token).await, 403), why);
    }
    for unknown in ["/organizations/0b9d7a52-58f5-4a1b-9a63-0d7d3b8f0a22/support", "/organizations/x/support"] {
        assert_eq!(refused(&server.get(unknown, ADA).await, 403), "the token is not one of this organization");
    }
    refused(&get(&server, "/support", "forged").await, 403);
    refused(&server.request("GET", &format!("/organizations/{ORG}/support")).send().await, 403);
    for elsewhere in ["", "/", "/nothing", "/support/", "/support/x"] {
        refused(&get(&server, elsewhere, ADA).await, 404);
    }
    let delete = super::below(&server, "DELETE", "/support", ADA).send().await;
    refused(&delete, 405);
    assert_eq!(delete.header("allow"), Some("GET,HEAD,PUT"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_may_stand_in_the_path_too() {
    let server = server().await;
    put(&server, "/support", ADA, &grant("2031-03-01T00:00:00Z", None)).await.expect(200);
    let at = |realm: &str| format!("/realms/{realm}/organizations/{ORG}/support");
    server.get(&at("acme"), ADA).await.expect(200);
    refused(&server.get(&at("other"), ADA).await, 403);
    refused(&server.get(&at("nowhere"), ADA).await, 403);
    refused(&server.get(&format!("{}/x", at("acme")), ADA).await, 404);
    server.stop().await;
}
